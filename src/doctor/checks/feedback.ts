/** B: feedback in every shape, for cards of a patient of its own, so that it quiets nothing in the other checks. */
import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../json.ts';
import { answered, cardsOf, isSuccess, objectsIn, statusOf } from '../bench.ts';
import { notChecked, pass, problem, problems, type Check, type Problem, type Verdict } from '../check.ts';
import type { Exchange } from '../exchange.ts';
import type { ServiceBench } from '../service-bench.ts';
import { refusalFault } from './expect.ts';

/** What the feedback checks of one service share. */
export interface FeedbackBench {
  readonly service: ServiceBench;
  /** A card and suggestion that the service really sent, or made-up ids when none came. */
  readonly card: string;
  readonly suggestion: string | undefined;
  readonly isReal: boolean;
  /** The first feedback; decides whether there is an endpoint at all. */
  readonly first: Exchange;
}

export async function openFeedback(service: ServiceBench): Promise<FeedbackBench> {
  const patientId = `doctor-${randomUUID().slice(0, 8)}`;
  const exchange = await service.call('a call for cards to give feedback on', {
    ...(service.isFromFile
      ? {}
      : {
          context: { ...service.context, patientId },
          prefetch: service.prefetchFrom(service.chartOf(patientId)),
        }),
  });
  const cards = objectsIn(cardsOf(exchange)).filter(({ uuid }) => typeof uuid === 'string');
  const withSuggestion = cards.find(({ suggestions }) => objectsIn(suggestions).length > 0);
  const card = withSuggestion ?? cards[0];
  const [suggestion] = objectsIn(withSuggestion?.['suggestions']).map(({ uuid }) => uuid);
  const ids = {
    card: typeof card?.['uuid'] === 'string' ? card['uuid'] : randomUUID(),
    suggestion: typeof suggestion === 'string' ? suggestion : undefined,
  };
  const first = await post(service, 'overridden without a reason', entriesOf(overridden(ids.card)));
  return { service, ...ids, isReal: card !== undefined, first };
}

export function hasEndpoint({ first }: FeedbackBench): boolean {
  return ![404, 405, 501].includes(statusOf(first) ?? 0);
}

function post(service: ServiceBench, what: string, body: unknown): Promise<Exchange> {
  return service.bench.send({ path: `${service.path}/feedback`, what, body });
}

function entriesOf(...feedback: readonly unknown[]): JsonObject {
  return { feedback };
}

function overridden(card: string, more: JsonObject = {}): JsonObject {
  return { card, outcome: 'overridden', outcomeTimestamp: new Date().toISOString(), ...more };
}

function accepted(card: string, suggestion: string): JsonObject {
  return { ...overridden(card), outcome: 'accepted', acceptedSuggestions: [{ id: suggestion }] };
}

type Case = readonly [what: string, body: unknown];

async function expectEach(
  { service }: FeedbackBench,
  cases: readonly Case[],
  fault: (exchange: Exchange) => string | undefined,
): Promise<Verdict> {
  const found: Problem[] = [];
  for (const [what, body] of cases) {
    const exchange = await post(service, what, body);
    const text = fault(exchange);
    if (text !== undefined) found.push({ text: `${what}: ${text}`, exchange });
  }
  return problems(found);
}

const taken = (exchange: Exchange): string | undefined =>
  isSuccess(exchange) ? undefined : `${answered(exchange)}, not 2xx`;

function takes(
  id: string,
  level: Check<never>['level'],
  title: string,
  cases: (bench: FeedbackBench) => Case[],
): Check<FeedbackBench> {
  return { id, level, title, run: (bench) => expectEach(bench, cases(bench), taken) };
}

function refuses(id: string, title: string, cases: (bench: FeedbackBench) => Case[]): Check<FeedbackBench> {
  return { id, level: 'advice', title, run: (bench) => expectEach(bench, cases(bench), refusalFault) };
}

const REASON = {
  reason: {
    system: 'http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes',
    code: 'patient-refuses',
  },
};
const COMMENT = 'Doctor comment 7f3a: free text of a clinician';

export const FEEDBACK_CHECKS: readonly Check<FeedbackBench>[] = [
  {
    id: 'B-1',
    level: 'implied',
    title: 'feedback on a card is taken with 2xx',
    run({ first, isReal }) {
      const text = taken(first);
      return text === undefined ? pass(isReal ? undefined : 'on a made-up card') : problem(text, first);
    },
  },
  {
    id: 'B-4.accepted',
    level: 'implied',
    title: 'an accepted suggestion is taken',
    run(bench) {
      const { card, suggestion } = bench;
      if (suggestion === undefined) return notChecked('no card with a suggestion uuid came');
      return expectEach(bench, [['accepted', entriesOf(accepted(card, suggestion))]], taken);
    },
  },
  takes('B-5', 'implied', 'an override is taken with a reason, with words, and with both', ({ card }) => [
    ['a reason with code and system', entriesOf(overridden(card, { overrideReason: REASON }))],
    ['words only', entriesOf(overridden(card, { overrideReason: { userComment: COMMENT } }))],
    ['both', entriesOf(overridden(card, { overrideReason: { ...REASON, userComment: COMMENT } }))],
  ]),
  takes('B-6.fraction', 'implied', 'a time with and without fractions of a second is taken', ({ card }) => [
    ['whole seconds', entriesOf(overridden(card, { outcomeTimestamp: secondsOnly() }))],
    ['milliseconds', entriesOf(overridden(card))],
  ]),
  takes('B-7.batch', 'implied', 'several entries in one call, and the same again, are taken', ({ card }) => {
    const batch = entriesOf(
      overridden(card),
      overridden(randomUUID()),
      overridden(card, { overrideReason: REASON }),
    );
    return [
      ['three entries', batch],
      ['the same three again', batch],
    ];
  }),
  takes(
    'B-8.unknown',
    'advice',
    "a card that is not known and a client's own reason are taken",
    ({ card }) => [
      ['an unknown card', entriesOf(overridden(randomUUID()))],
      [
        'a reason of the client',
        entriesOf(
          overridden(card, { overrideReason: { reason: { system: 'urn:oid:2.999.1', code: 'own-reason' } } }),
        ),
      ],
    ],
  ),
  refuses('B-2', 'a body without the list `feedback`, or with an empty one, is refused', ({ card }) => [
    ['without feedback', { other: 1 }],
    ['feedback is no list', { feedback: overridden(card) }],
    ['a list at the top', [overridden(card)]],
    ['an empty list', entriesOf()],
  ]),
  refuses(
    'B-3',
    'an entry without card, outcome or time, or with another outcome, is refused',
    ({ card }) => [
      ...['card', 'outcome', 'outcomeTimestamp'].map((member): Case => {
        const rest = Object.entries(overridden(card)).filter(([name]) => name !== member);
        return [`without ${member}`, entriesOf(Object.fromEntries(rest))];
      }),
      ['outcome "ignored"', entriesOf({ ...overridden(card), outcome: 'ignored' })],
    ],
  ),
  refuses('B-4.missing', 'accepted without accepted suggestions is refused', ({ card }) => [
    ['without acceptedSuggestions', entriesOf({ ...overridden(card), outcome: 'accepted' })],
    [
      'acceptedSuggestions []',
      entriesOf({ ...overridden(card), outcome: 'accepted', acceptedSuggestions: [] }),
    ],
  ]),
  refuses('B-5.empty', 'an overrideReason with neither reason nor words is refused', ({ card }) => [
    ['overrideReason {}', entriesOf(overridden(card, { overrideReason: {} }))],
  ]),
  refuses('B-6.date', 'a time that is only a date is refused', ({ card }) => [
    ['a date', entriesOf(overridden(card, { outcomeTimestamp: '2026-01-15' }))],
  ]),
  refuses('B-10.batch', 'one wrong entry makes the whole batch refused', ({ card }) => [
    ['a right entry and a wrong one', entriesOf(overridden(card), { card })],
  ]),
  {
    id: 'B-10.echo',
    level: 'advice',
    title: "a clinician's words are not sent back",
    run({ service }) {
      const echo = service.bench.exchanges.find(({ received }) => received?.text.includes(COMMENT) === true);
      return echo === undefined ? pass() : problem('the comment stands in an answer', echo);
    },
  },
  {
    id: 'Q-10.feedback',
    level: 'advice',
    title: 'feedback that is no JSON is refused',
    async run({ service }) {
      const exchange = await service.bench.send({
        path: `${service.path}/feedback`,
        what: 'a body cut off in the middle',
        raw: '{"feedback": [',
      });
      const text = refusalFault(exchange);
      return text === undefined ? pass() : problem(text, exchange);
    },
  },
];

function secondsOnly(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
