/** F: how the service uses the FHIR server and the access token that a call gives it. */
import { answered, CannotCheck, cardsOf, statusOf } from '../bench.ts';
import { notChecked, pass, problem, together, type Check, type Verdict } from '../check.ts';
import type { Exchange } from '../exchange.ts';
import { MOST_RECORDED, type Behaviour, type FhirSession } from '../fhir-server.ts';
import { requireFetching, type ServiceBench } from '../service-bench.ts';
import { expectSameGuidance, missingDataFault, refusalFault } from './expect.ts';

function fetching(
  service: ServiceBench,
  what: string,
  behaviour: Behaviour,
  authorization: Readonly<Record<string, unknown>> = {},
): Promise<{ exchange: Exchange; session: FhirSession }> {
  requireFetching(service);
  return service.callWithServer(what, behaviour, { prefetch: undefined, authorization });
}

/** What came to the address that nobody may call while `act` ran. */
async function strayRequests<T>(
  { bench }: ServiceBench,
  act: () => Promise<T>,
): Promise<{ result: T; strays: readonly { withToken: boolean }[] }> {
  if (!bench.options.isLoopback)
    throw new CannotCheck('only when the service runs on this machine can it be seen where else it calls');
  const before = bench.elsewhere.requests.length;
  const result = await act();
  return { result, strays: bench.elsewhere.requests.slice(before) };
}

const MEMBERS = ['access_token', 'token_type', 'expires_in', 'scope', 'subject'] as const;

export const FHIR_CHECKS: readonly Check<ServiceBench>[] = [
  {
    id: 'F-7',
    level: 'SHOULD',
    title: 'the same cards whether data comes by prefetch or from the FHIR server',
    async run(service) {
      requireFetching(service);
      if (service.valid === undefined || service.fetched === undefined)
        return notChecked('there is nothing to compare');
      return Promise.resolve(expectSameGuidance(service.fetched.exchange, service.valid, 'fetched'));
    },
  },
  {
    id: 'F-4.token',
    level: 'SHALL',
    title: 'every request to the FHIR server carries the access token of its call',
    async run(service) {
      const before = service.bench.fhir.reusedTokens();
      const { exchange, session } = await fetching(service, 'no prefetch, with FHIR access', 'good');
      const reused = service.bench.fhir.reusedTokens() - before;
      if (reused > 0)
        return problem(`${String(reused)} requests carried the token of an earlier call`, exchange);
      const wrong = session.requests.filter(({ token }) => token !== 'right');
      return wrong.length === 0
        ? pass(`${String(session.requests.length)} requests`)
        : problem(
            `${String(wrong.length)} of ${String(session.requests.length)} requests came without it`,
            exchange,
          );
    },
  },
  {
    id: 'F-4.next',
    level: 'SHALL',
    title: 'a next link that leaves the FHIR server is not followed with the token',
    async run(service) {
      const { result, strays } = await strayRequests(service, () =>
        fetching(service, 'no prefetch; next links lead to another server', 'foreign-next'),
      );
      return strayVerdict(strays, result.exchange);
    },
  },
  {
    id: 'F-4.redirect',
    level: 'SHALL',
    title: 'a redirect that leaves the FHIR server is not followed with the token',
    async run(service) {
      const { result, strays } = await strayRequests(service, () =>
        fetching(service, 'no prefetch; the FHIR server redirects to another server', 'redirect'),
      );
      return strayVerdict(strays, result.exchange);
    },
  },
  {
    id: 'P-11.pages',
    level: 'advice',
    title: 'pages of the FHIR server are read: the same cards from one page and from many',
    async run(service) {
      const { exchange } = await fetching(service, 'no prefetch; one entry a page', 'paged');
      const fault = missingDataFault(exchange);
      if (fault !== undefined) return problem(fault, exchange);
      if (service.fetched === undefined || (cardsOf(service.fetched.exchange) ?? []).length === 0)
        return notChecked('no card came that could differ');
      return expectSameGuidance(exchange, service.fetched.exchange, 'one entry a page');
    },
  },
  {
    id: 'P-11.endless',
    level: 'advice',
    title: 'a FHIR server whose pages never end does not keep the service',
    async run(service) {
      const { exchange, session } = await fetching(service, 'no prefetch; pages without end', 'endless');
      // A fast service may get through all pages that the doctor is ready to serve.
      const fault =
        session.requests.length >= MOST_RECORDED
          ? 'it read as long as pages came'
          : missingDataFault(exchange);
      return fault === undefined
        ? pass(`${String(session.requests.length)} requests`)
        : problem(`${fault}, after ${String(session.requests.length)} requests`, exchange);
    },
  },
  {
    id: 'F-2.missing',
    level: 'advice',
    title: 'fhirAuthorization without one of its required members is refused',
    run: (service) => authorizations(service, (member) => ({ [member]: undefined }), 'without'),
  },
  {
    id: 'F-2.type',
    level: 'advice',
    title: 'fhirAuthorization with a member of the wrong type is refused',
    run: (service) =>
      authorizations(
        service,
        (member) => ({ [member]: member === 'expires_in' ? 'soon' : 7 }),
        'with a wrong',
      ),
  },
  {
    id: 'F-3.absent',
    level: 'implied',
    title: 'fhirAuthorization without patient is accepted',
    async run(service) {
      const { exchange } = await fetching(service, 'fhirAuthorization without patient', 'good', {
        patient: undefined,
        scope: 'user/*.rs',
      });
      return statusOf(exchange) === 200 ? pass() : problem(`${answered(exchange)}, not 200`, exchange);
    },
  },
  {
    id: 'F-3.other',
    level: 'advice',
    title: 'a token for another patient than that of the call is not used',
    async run(service) {
      const { exchange, session } = await fetching(
        service,
        'fhirAuthorization.patient is another patient',
        'good',
        {
          patient: 'doctor-other',
        },
      );
      return session.requests.length === 0
        ? pass(answered(exchange))
        : problem(`${String(session.requests.length)} requests were made with it`, exchange);
    },
  },
  {
    id: 'F-5.expired',
    level: 'SHOULD',
    title: 'a token with expires_in 0 is not used',
    async run(service) {
      const { exchange, session } = await fetching(service, 'expires_in 0', 'good', { expires_in: 0 });
      return session.requests.length === 0
        ? pass(answered(exchange))
        : problem(`${String(session.requests.length)} requests were made with it`, exchange);
    },
  },
  {
    id: 'F-6.versions',
    level: 'implied',
    title: 'scopes of SMART 1 and of SMART 2 are both understood',
    async run(service) {
      const verdicts: Verdict[] = [];
      for (const scope of ['patient/*.read', 'user/*.*', 'patient/*.rs user/*.rs']) {
        const { exchange, session } = await fetching(service, `scope "${scope}"`, 'good', { scope });
        if (statusOf(exchange) !== 200)
          verdicts.push(problem(`scope "${scope}": ${answered(exchange)}, not 200`, exchange));
        else if (session.requests.length === 0)
          verdicts.push(problem(`scope "${scope}": nothing was asked`, exchange));
        else verdicts.push(pass());
      }
      return together(verdicts);
    },
  },
  {
    id: 'F-6.narrow',
    level: 'advice',
    title: 'what the scope does not cover is not asked for, and is missing data: 200 or 412',
    async run(service) {
      const scope = 'patient/Patient.r';
      const { exchange, session } = await fetching(service, `scope "${scope}"`, 'good', { scope });
      const fault = missingDataFault(exchange);
      if (fault !== undefined) return problem(fault, exchange);
      const beyond = session.requests.filter(({ query }) => !query.startsWith('Patient'));
      return beyond.length === 0
        ? pass(answered(exchange))
        : problem(`${String(beyond.length)} requests went beyond it`, exchange);
    },
  },
  {
    id: 'F-8',
    level: 'advice',
    title: 'a fhirServer that is not registered for the client is not called',
    async run(service) {
      requireFetching(service);
      const { bench } = service;
      if (bench.auth === 'open')
        return notChecked('service accepts calls without token: it knows no clients');
      const session = bench.fhir.begin('good', service.chart);
      const { result, strays } = await strayRequests(service, () =>
        service.callAlone('fhirServer is another address of this machine', {
          prefetch: undefined,
          session,
          members: { fhirServer: `${bench.elsewhere.url}/fhir` },
        }),
      );
      session.end();
      return strays.length === 0
        ? pass(answered(result))
        : problem(`${String(strays.length)} requests went there`, result);
    },
  },
];

function strayVerdict(strays: readonly { withToken: boolean }[], exchange: Exchange): Verdict {
  const leaked = strays.filter(({ withToken }) => withToken).length;
  if (leaked > 0) return problem(`${String(leaked)} requests took the token to another server`, exchange);
  const fault = missingDataFault(exchange);
  if (fault !== undefined) return problem(fault, exchange);
  return pass(strays.length === 0 ? answered(exchange) : 'followed, but without the token');
}

async function authorizations(
  service: ServiceBench,
  change: (member: string) => Readonly<Record<string, unknown>>,
  words: string,
): Promise<Verdict> {
  const verdicts: Verdict[] = [];
  for (const member of MEMBERS) {
    const what = `fhirAuthorization ${words} ${member}`;
    const { exchange } = await service.callWithServer(what, 'good', { authorization: change(member) });
    const fault = refusalFault(exchange);
    verdicts.push(fault === undefined ? pass() : problem(`${what}: ${fault}`, exchange));
  }
  return together(verdicts);
}
