/**
 * The insights as CSV (RFC 4180): one count in each row, so that a spreadsheet can add and divide as it likes. Rates are left to it.
 */
import { csvLine, csvRow } from '../csv.ts';
import type { Fates, Insights } from './insights-schema.ts';

const COLUMNS = [
  'table',
  'from',
  'to',
  'client',
  'service',
  'recommendation',
  'reason',
  'measure',
  'value',
] as const;
type Row = Partial<Record<(typeof COLUMNS)[number], string | number>>;

/** The whole file, the header first. */
export function insightsCsv(insights: Insights): string {
  return [csvLine(COLUMNS), ...rows(insights)].join('');
}

function rows(insights: Insights): string[] {
  const { range, filter, totals, periods, recommendations, withoutCard, clients, durations, store } =
    insights;
  const common: Row = { from: range.from, to: range.to, ...filter };
  const many = (table: string, own: Row, values: Readonly<Record<string, number | null>>): string[] =>
    Object.entries(values).flatMap(([measure, value]) =>
      value === null ? [] : [csvRow(COLUMNS, { table, ...common, ...own, measure, value })],
    );
  const { calls, silent, quiet, merged } = totals;
  const all = [durations.all, ...durations.services];
  return [
    ...many('total', {}, { calls, ...fateCounts(totals), silent, quiet, merged }),
    ...periods.flatMap((one) =>
      many(insights.unit, { from: one.from, to: one.to }, { calls: one.calls, ...fateCounts(one) }),
    ),
    ...recommendations.flatMap(({ id: recommendation, reasons, ...one }) => [
      ...many('recommendation', { recommendation }, fateCounts(one)),
      ...reasons.flatMap(({ reason, count }) =>
        many('override reason', { recommendation, reason }, { overridden: count }),
      ),
    ]),
    ...withoutCard.flatMap(({ id: recommendation, ...one }) =>
      many('without card', { recommendation }, { silent: one.silent, quiet: one.quiet, merged: one.merged }),
    ),
    ...clients.flatMap(({ client, calls: counted, prefetch, fetched, failed, notSent }) =>
      many('queries', { client }, { calls: counted, prefetch, fetched, failed, notSent }),
    ),
    ...all.flatMap(({ service, calls: counted, median, p90, p95, p99, longest, buckets }) => {
      const own: Row = service === undefined ? {} : { service };
      return [
        ...many('duration ms', own, { calls: counted, median, p90, p95, p99, longest }),
        ...buckets.flatMap(({ belowMs, count }) =>
          many('duration ms', own, { [`below ${String(belowMs)}`]: count }),
        ),
      ];
    }),
    ...many(
      'store',
      {},
      { decisions: store.decisions, feedback: store.feedback, unknownFeedback: store.unknownFeedback },
    ),
  ];
}

function fateCounts({
  cards,
  accepted,
  overridden,
  unanswered,
}: Omit<Fates, 'acceptance'>): Record<string, number> {
  return { cards, accepted, overridden, unanswered };
}
