/** The insights as JSON: types and JSON Schema, one source for both (TypeBox). The page and the CSV are made from it. */
import { Type, type Static } from 'typebox';

const closed = { additionalProperties: false } as const;
const text = Type.String();
const day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
const count = Type.Integer({ minimum: 0 });
const number = Type.Union([Type.Number(), Type.Null()]);

/** A share; `percent` and its 95 % Wilson interval are null below 10 cases. */
const rate = Type.Object({ count, of: count, percent: number, low: number, high: number }, closed);

/** Cards by what became of them. `acceptance` is of those that were answered; `answered` of all. */
const fates = { cards: count, accepted: count, overridden: count, unanswered: count, acceptance: rate };

const reason = Type.Object({ reason: text, display: text, count }, closed);

const duration = Type.Object(
  {
    /** Absent for all services together. */
    service: Type.Optional(text),
    calls: count,
    /** Milliseconds; null when the calls are too few for it. */
    median: number,
    p90: number,
    p95: number,
    p99: number,
    longest: number,
    buckets: Type.Array(Type.Object({ fromMs: count, belowMs: number, count }, closed)),
  },
  closed,
);

export const insightsSchema = Type.Object(
  {
    /** UTC days, both counted. */
    range: Type.Object({ from: day, to: day, days: count }, closed),
    filter: Type.Object({ client: Type.Optional(text), service: Type.Optional(text) }, closed),
    totals: Type.Object(
      {
        calls: count,
        cardsPer100Calls: number,
        ...fates,
        answered: rate,
        silent: count,
        quiet: count,
        merged: count,
      },
      closed,
    ),
    /** Days up to a month, else weeks from Monday; the first and the last may be cut by the range. */
    unit: Type.Union([Type.Literal('day'), Type.Literal('week')]),
    periods: Type.Array(Type.Object({ from: day, to: day, calls: count, ...fates }, closed)),
    recommendations: Type.Array(
      Type.Object(
        { id: text, title: text, cardsPer100Calls: number, ...fates, reasons: Type.Array(reason) },
        closed,
      ),
    ),
    reasons: Type.Array(reason),
    /** Had something to say and no card of its own. */
    withoutCard: Type.Array(
      Type.Object({ id: text, title: text, silent: count, quiet: count, merged: count }, closed),
    ),
    clients: Type.Array(
      Type.Object(
        {
          client: text,
          calls: count,
          prefetch: count,
          fetched: count,
          failed: count,
          notSent: count,
          /** Of all queries; without interval, because the queries of one call go together. */
          hitPercent: number,
        },
        closed,
      ),
    ),
    durations: Type.Object({ all: duration, services: Type.Array(duration) }, closed),
    store: Type.Object(
      {
        decisions: count,
        feedback: count,
        unknownFeedback: count,
        oldest: Type.Union([Type.String(), Type.Null()]),
        retentionDays: count,
        /** Of this process since it started. */
        process: Type.Object(
          {
            decisionsKept: count,
            decisionsLost: count,
            quietsUnread: count,
            feedbackKept: count,
            feedbackRefused: count,
          },
          closed,
        ),
      },
      closed,
    ),
  },
  { ...closed, title: 'Insights' },
);

export type Insights = Static<typeof insightsSchema>;
export type Fates = Pick<
  Insights['totals'],
  'cards' | 'accepted' | 'overridden' | 'unanswered' | 'acceptance'
>;
export type Duration = Static<typeof duration>;
export type ReasonCount = Static<typeof reason>;
