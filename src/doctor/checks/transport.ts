/** C: browsers. J: how answers travel. S-4, F-5: what answers must not hold. Over one service, or over all that came. */
import { setTimeout as pause } from 'node:timers/promises';
import { isJsonObject } from '../../json.ts';
import { answered, cardsOf, isSuccess, objectsIn, statusOf, type Bench } from '../bench.ts';
import {
  notChecked,
  pass,
  problem,
  problems,
  together,
  type Check,
  type Problem,
  type Verdict,
} from '../check.ts';
import type { Exchange } from '../exchange.ts';
import { NO_CARD, type ServiceBench } from '../service-bench.ts';

const HOSTILE = ' <img src=x onerror=doctor()> [a](javascript:doctor())';
const SAMPLES = 8;
const SLOW_MS = 500;

function allowOrigin({ received }: Exchange): string | undefined {
  return received?.headers['access-control-allow-origin'];
}

function isAllowed(exchange: Exchange, { options }: Bench): boolean {
  return ['*', options.origin].includes(allowOrigin(exchange) ?? '');
}

async function preflight(bench: Bench, path: string, method: string): Promise<Verdict> {
  const exchange = await bench.send({
    path,
    method: 'OPTIONS',
    what: `preflight of a ${method}`,
    token: 'none',
    headers: {
      origin: bench.options.origin,
      'access-control-request-method': method,
      'access-control-request-headers': 'authorization,content-type',
    },
  });
  const named = (header: string): string[] =>
    (exchange.received?.headers[header] ?? '')
      .toLowerCase()
      .split(',')
      .map((one) => one.trim());
  const missing = ['authorization', 'content-type'].filter(
    (name) => !named('access-control-allow-headers').includes(name),
  );
  const faults = [
    ...(isSuccess(exchange) ? [] : [answered(exchange)]),
    ...(isAllowed(exchange, bench) ? [] : [`the origin ${bench.options.origin} is not allowed`]),
    ...(missing.length === 0 ? [] : [`Access-Control-Allow-Headers does not name ${missing.join(', ')}`]),
  ];
  return faults.length === 0 ? pass() : problem(`${method} ${path}: ${faults.join('; ')}`, exchange);
}

export const SERVICE_TRANSPORT_CHECKS: readonly Check<ServiceBench>[] = [
  {
    id: 'R-8.hostile',
    level: 'advice',
    title: 'HTML and script links in the record do not come back as such in Markdown or URLs',
    async run(service) {
      if (service.isFromFile) return notChecked('the data is that of a file');
      const chart = service.chartOf(service.bench.patientId, { hostileText: HOSTILE });
      const exchange = await service.call('a record with HTML in names and texts', {
        prefetch: service.prefetchFrom(chart),
      });
      if (statusOf(exchange) !== 200) return problem(`${answered(exchange)}, not 200`, exchange);
      const cards = objectsIn(cardsOf(exchange));
      if (cards.length === 0) return notChecked(NO_CARD);
      const isActive = (text: string): boolean => /(?<!\\)<img|\]\(javascript:|^javascript:/i.test(text);
      const rendered = cards.flatMap(({ detail, links }) => [
        detail,
        ...objectsIn(links).map(({ url }) => url),
      ]);
      return rendered.some((text) => typeof text === 'string' && isActive(text))
        ? problem('text of the record stands unescaped in a detail or a URL', exchange)
        : pass();
    },
  },
  {
    id: 'J-6',
    level: 'SHOULD',
    title: 'answers with prefetch take less than 500 ms',
    async run(service) {
      const times: number[] = [];
      for (let sample = 0; sample < SAMPLES; sample += 1) {
        const { received } = await service.call('a valid call, timed');
        if (received !== undefined) times.push(received.ms);
      }
      times.sort((a, b) => a - b);
      const median = times[Math.floor(times.length / 2)];
      const slowest = times.at(-1);
      if (median === undefined || slowest === undefined) return notChecked('no call was answered');
      const text = `median ${median.toFixed(0)} ms, slowest ${slowest.toFixed(0)} ms of ${String(times.length)}`;
      return median < SLOW_MS ? pass(text) : problem(text);
    },
  },
  {
    id: 'C-1.preflight',
    level: 'implied',
    title: 'a browser may call: preflights need no token and allow authorization and content-type',
    async run({ bench, path }) {
      return together([await preflight(bench, '/cds-services', 'GET'), await preflight(bench, path, 'POST')]);
    },
  },
  {
    id: 'C-1.answers',
    level: 'implied',
    title: 'a browser may read answers and errors (Access-Control-Allow-Origin)',
    async run(service) {
      const headers = { origin: service.bench.options.origin };
      const found: Problem[] = [];
      const wrong = { members: { context: undefined } };
      for (const [what, change] of [
        ['an answer', {}],
        ['an error', wrong],
      ] as const) {
        const exchange = await service.call(`${what} for a web page`, { ...change, send: { headers } });
        if (!isAllowed(exchange, service.bench))
          found.push({ text: `${what} cannot be read by a page of ${headers.origin}`, exchange });
      }
      return problems(found);
    },
  },
  {
    id: 'C-2',
    level: 'advice',
    title: 'no cookies for any origin: Access-Control-Allow-Credentials is not true for a stranger',
    async run(service) {
      const origin = 'https://doctor-stranger.example.org';
      const exchange = await service.call('a call of a page of a stranger', {
        send: { headers: { origin } },
      });
      const withCredentials = exchange.received?.headers['access-control-allow-credentials'] === 'true';
      return withCredentials && allowOrigin(exchange) === origin
        ? problem('any web page may call with cookies', exchange)
        : pass();
    },
  },
];

export const RUN_CHECKS: readonly Check<Bench>[] = [
  {
    id: 'J-2',
    level: 'SHALL',
    title: 'the service is called over https',
    run({ options }) {
      if (options.base.startsWith('https:')) return pass();
      if (options.isLoopback) return notChecked('http on this machine: for development');
      return isPrivate(new URL(options.base).hostname)
        ? notChecked('http in a private network: for development')
        : problem('http to another machine: patient data would be readable on the way');
    },
  },
  {
    id: 'S-4',
    level: 'advice',
    title: 'errors say what is wrong in an OperationOutcome (draft 3.0)',
    run({ exchanges }) {
      const errors = exchanges.filter(
        ({ sent, received }) => (received?.status ?? 0) >= 400 && sent.method !== 'OPTIONS',
      );
      if (errors.length === 0) return notChecked('no call was refused');
      const bare = errors.filter(({ received }) => !isOutcome(received?.json));
      const [first] = bare;
      return first === undefined
        ? pass(`${String(errors.length)} errors`)
        : problem(`${String(bare.length)} of ${String(errors.length)} errors have none`, first);
    },
  },
  {
    id: 'S-4.stack',
    level: 'advice',
    title: 'no error shows a stack trace',
    run({ exchanges }) {
      const trace = exchanges.find(
        ({ received }) =>
          (received?.status ?? 0) >= 400 &&
          /\n\s+at .+[:(]|\\n\s+at |Traceback \(most recent|Exception in thread|\.java:\d+\)/.test(
            received?.text ?? '',
          ),
      );
      return trace === undefined ? pass() : problem('an error shows one', trace);
    },
  },
  {
    id: 'F-5.echo',
    level: 'SHALL',
    title: 'no access token or JWT stands in an answer',
    run({ exchanges }) {
      const echo = exchanges.find(({ received }) =>
        /doctor-access-\w|eyJ[\w-]{1,500}\.eyJ/.test(
          `${received?.text ?? ''} ${JSON.stringify(received?.headers ?? {})}`,
        ),
      );
      return echo === undefined ? pass() : problem('one does', echo);
    },
  },
  {
    id: 'F-5.late',
    level: 'SHALL',
    title: 'an access token is not used after its call was answered',
    async run({ fhir }) {
      if (fhir.count() === 0) return notChecked("the service made no request to the doctor's FHIR server");
      // What still comes, comes soon. In small steps, so that a machine that stood still meanwhile lets it arrive.
      for (let tenths = 0; tenths < 20; tenths += 1) await pause(100);
      const late = fhir.lateRequests();
      return late === 0
        ? pass()
        : problem(`${String(late)} requests came more than a second after the answer`);
    },
  },
];

/** A name without a dot, as containers have, or an address that no router of the internet knows. */
function isPrivate(hostname: string): boolean {
  return (
    /^[a-z0-9-]+$/i.test(hostname) ||
    /^(10|192\.168|172\.(1[6-9]|2\d|3[01]))(\.\d{1,3})+$/.test(hostname) ||
    /^\[f[cd]/i.test(hostname)
  );
}

function isOutcome(value: unknown): boolean {
  if (!isJsonObject(value) || value['resourceType'] !== 'OperationOutcome') return false;
  const [issue] = objectsIn(value['issue']);
  return issue !== undefined && typeof issue['severity'] === 'string' && typeof issue['code'] === 'string';
}
