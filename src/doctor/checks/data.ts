/** P-6 to P-13, S-2: data that is missing, empty, reported as an error, or of the wrong shape. */
import type { JsonObject } from '../../json.ts';
import { answered, CannotCheck, guidanceOf, statusOf } from '../bench.ts';
import { notChecked, pass, problem, together, type Check, type Verdict } from '../check.ts';
import { searchset } from '../chart.ts';
import type { Behaviour, FhirSession } from '../fhir-server.ts';
import { requireFetching, type ServiceBench } from '../service-bench.ts';
import { expectAnsweredOr412, expectSameGuidance, missingDataFault, type Case } from './expect.ts';

const OUTCOME: JsonObject = {
  resourceType: 'OperationOutcome',
  issue: [
    { severity: 'error', code: 'timeout', details: { text: 'The FHIR server did not answer in time.' } },
  ],
};

/** Keys whose template is a search, among those that the call sends. */
function searchKeys({ templates, prefetch }: ServiceBench): string[] {
  return templates
    .filter(([key, template]) => template.includes('?') && Object.hasOwn(prefetch, key))
    .map(([key]) => key);
}

/** The prefetch with every search replaced. @throws CannotCheck when there is no search. */
function searchesAs(service: ServiceBench, value: unknown): JsonObject {
  const keys = searchKeys(service);
  if (keys.length === 0) throw new CannotCheck('the service asks for no search by prefetch');
  return { ...service.prefetch, ...Object.fromEntries(keys.map((key) => [key, value])) };
}

function allAs({ prefetch }: ServiceBench, value: (key: string) => unknown): JsonObject {
  const keys = Object.keys(prefetch);
  if (keys.length === 0) throw new CannotCheck('the service asks for no prefetch');
  return Object.fromEntries(keys.map((key) => [key, value(key)]));
}

function orOutcome(
  id: string,
  title: string,
  changes: (service: ServiceBench) => Case[],
): Check<ServiceBench> {
  return { id, level: 'implied', title, run: (service) => expectAnsweredOr412(service, changes(service)) };
}

/** A failing FHIR server is missing data: 412 where required data is, 200 where it is not; never a fault of the service. */
function failingServer(name: string, words: string, behaviour: Behaviour): Check<ServiceBench> {
  return {
    id: `S-2.fhir-${name}`,
    level: 'SHALL',
    title: `the FHIR server ${words}: 412, or 200 where nothing is required`,
    async run(service) {
      requireFetching(service);
      const { exchange, session } = await service.callWithServer(
        `no prefetch; the FHIR server ${words}`,
        behaviour,
        {
          prefetch: undefined,
        },
      );
      if (session.requests.length === 0) return notChecked('the service asked nothing');
      const fault = missingDataFault(exchange);
      if (fault !== undefined) return problem(fault, exchange);
      // 404 may honestly mean that there is nothing.
      if (behaviour === 404 || statusOf(exchange) === 412) return pass(answered(exchange));
      const alone = await service.callAlone('no prefetch and no FHIR access', { prefetch: undefined });
      return statusOf(alone) === 412
        ? problem(
            'answered 200, although without any FHIR server the same call is a 412: a failed read was taken for "no data"',
            exchange,
          )
        : pass('answered 200: nothing is required');
    },
  };
}

export const DATA_CHECKS: readonly Check<ServiceBench>[] = [
  {
    id: 'S-2.missing',
    level: 'SHALL',
    title: 'no prefetch and no FHIR access: 412, or 200 where nothing is required',
    async run(service) {
      const cases = [undefined, {}] as const;
      const verdicts: Verdict[] = [];
      for (const prefetch of cases) {
        const what =
          prefetch === undefined ? 'no prefetch and no FHIR access' : 'prefetch {} and no FHIR access';
        const exchange = await service.callAlone(what, { prefetch });
        const fault = missingDataFault(exchange);
        verdicts.push(
          fault === undefined
            ? pass(statusOf(exchange) === 412 ? 'answered 412' : 'answered 200: nothing is required')
            : problem(`${what}: ${fault}`, exchange),
        );
      }
      return together(verdicts);
    },
  },
  failingServer('401', 'answers 401', 401),
  failingServer('403', 'answers 403', 403),
  failingServer('404', 'answers 404', 404),
  failingServer('500', 'answers 500', 500),
  failingServer('html', 'answers 200 with a login page', 'html'),
  failingServer('hang', 'never answers', 'hang'),
  {
    id: 'P-6',
    level: 'implied',
    title: 'a client may leave out any prefetch key: 200, or 412 where it is required',
    run(service) {
      const keys = Object.keys(service.prefetch);
      if (keys.length === 0) return notChecked('the service asks for no prefetch');
      return expectAnsweredOr412(
        service,
        keys.map((key) => {
          const { [key]: _left, ...rest } = service.prefetch;
          return [`prefetch without ${key}`, { prefetch: rest }];
        }),
      );
    },
  },
  {
    id: 'P-8.null',
    level: 'implied',
    title: 'null says that there is none: searches that are null are answered with 200',
    async run(service) {
      const exchange = await service.call('every search null', { prefetch: searchesAs(service, null) });
      return statusOf(exchange) === 200 ? pass() : problem(`${answered(exchange)}, not 200`, exchange);
    },
  },
  {
    id: 'P-8.every',
    level: 'implied',
    title: 'every key null: 200 or 412',
    run: (service) =>
      expectAnsweredOr412(service, [['every prefetch key null', { prefetch: allAs(service, () => null) }]]),
  },
  {
    id: 'P-8.query',
    level: 'implied',
    title: 'what is null is not asked for again at the FHIR server',
    async run(service) {
      requireFetching(service);
      const { exchange, session } = await service.callWithServer(
        'every search null, with FHIR access',
        'good',
        {
          prefetch: searchesAs(service, null),
        },
      );
      const again = searchesIn(session);
      return again === 0 || service.needsServer
        ? pass()
        : problem(`${String(again)} searches were made for what the client had answered with null`, exchange);
    },
  },
  {
    id: 'P-9.value',
    level: 'SHOULD',
    title: 'an OperationOutcome in place of data: 200, or 412 where the data is required',
    run: (service) =>
      expectAnsweredOr412(service, [
        ['every search an OperationOutcome', { prefetch: searchesAs(service, OUTCOME) }],
        ['every prefetch key an OperationOutcome', { prefetch: allAs(service, () => OUTCOME) }],
      ]),
  },
  {
    id: 'P-9.entry',
    level: 'SHOULD',
    title: 'an OperationOutcome among the entries of a Bundle: 200 or 412',
    run: (service) =>
      expectAnsweredOr412(service, [
        [
          'every search with an entry OperationOutcome (search.mode outcome)',
          {
            prefetch: searchesAs(service, {
              ...searchset([]),
              entry: [{ resource: OUTCOME, search: { mode: 'outcome' } }],
            }),
          },
        ],
      ]),
  },
  {
    id: 'P-10',
    level: 'implied',
    title: 'a Bundle without entries says the same as null',
    async run(service) {
      const none = await service.call('every search null', { prefetch: searchesAs(service, null) });
      if (statusOf(none) !== 200) return notChecked('null was not answered with 200 (P-8.null)');
      const bare = await service.call('every search a Bundle without entry', {
        prefetch: searchesAs(service, searchset([])),
      });
      const empty = await service.call('every search a Bundle with an empty list of entries', {
        prefetch: searchesAs(service, { ...searchset([]), entry: [] }),
      });
      return together([
        expectSameGuidance(bare, none, 'a Bundle without entry'),
        expectSameGuidance(empty, none, 'a Bundle with no entries'),
      ]);
    },
  },
  orOutcome('P-11.prefetch', 'a Bundle with a next link that nobody can follow: 200 or 412', (service) => [
    [
      'every search with a next link, no FHIR access',
      {
        prefetch: searchesAs(service, {
          ...searchset([], 40),
          link: [{ relation: 'next', url: 'https://ehr.example.org/fhir?page=2' }],
        }),
      },
    ],
  ]),
  orOutcome(
    'P-12',
    'data that does not answer its template is no fault of the service: 200 or 412',
    (service) => [
      [
        'every search with an entry of another type',
        { prefetch: searchesAs(service, searchset([{ resourceType: 'Basic', id: 'doctor-basic' }])) },
      ],
      [
        'every search with entries without resource',
        {
          prefetch: searchesAs(service, {
            ...searchset([]),
            entry: [{}, { resource: { resourceType: 'Observation' } }],
          }),
        },
      ],
    ],
  ),
  orOutcome('P-13', 'a resource where a Bundle belongs, and the reverse: 200 or 412', (service) => [
    ['every search a Patient', { prefetch: searchesAs(service, { resourceType: 'Patient', id: 'x' }) }],
    ['every prefetch key a Bundle', { prefetch: allAs(service, () => searchset([])) }],
  ]),
  {
    id: 'P-13.garbage',
    level: 'advice',
    title: 'text, numbers and lists as prefetch values do not break the service',
    async run(service) {
      const values: readonly unknown[] = ['text', 7, [], true];
      const verdicts: Verdict[] = [];
      for (const value of values) {
        const what = `every prefetch key ${JSON.stringify(value)}`;
        const exchange = await service.call(what, { prefetch: allAs(service, () => value) });
        const status = statusOf(exchange) ?? 599;
        verdicts.push(status < 500 ? pass() : problem(`${what}: ${answered(exchange)}`, exchange));
      }
      return together(verdicts);
    },
  },
  {
    id: 'P-9.query',
    level: 'advice',
    title: 'what the client reports as an error is not taken for "none"',
    async run(service) {
      if (service.isFromFile || service.needsServer) return notChecked('only with the synthetic prefetch');
      const none = await service.call('every search null', { prefetch: searchesAs(service, null) });
      const failed = await service.call('every search an OperationOutcome', {
        prefetch: searchesAs(service, OUTCOME),
      });
      if (statusOf(none) !== 200) return notChecked('null was not answered with 200 (P-8.null)');
      if (guidanceOf(none) === '[]') return notChecked('null gives no card that could be compared');
      return statusOf(failed) === 200 && guidanceOf(failed) === guidanceOf(none)
        ? problem('the same cards as for null: an error was read as "there is none"', failed)
        : pass();
    },
  },
];

function searchesIn({ requests }: FhirSession): number {
  return requests.filter(({ query }) => query.includes('?')).length;
}
