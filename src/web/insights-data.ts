/** From the store's counts to what the insights page, its JSON and its CSV say. Pure. */
import { isoDay, parseDay } from '../facts/fhir-date.ts';
import type { Policy } from '../knowledge/policy.ts';
import { MERGED_TOPIC } from '../store/contract.ts';
import type { InsightCounts, InsightFilter } from '../store/insight-counts.ts';
import type { MemoryCounts } from '../store/memory.ts';
import type { Question } from './insights-question.ts';
import type { Duration, Fates, Insights, ReasonCount } from './insights-schema.ts';
import { FEWEST, per100, percentile, rateOf, type Tally } from './statistics.ts';

/** A month in days, more in weeks. */
const MOST_DAYS_BY_DAY = 31;

/** Upper bounds of the histogram's bars, ms; the last bar takes what is slower. */
const BARS_MS = [2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000];

export interface InsightsInput {
  readonly question: Question;
  readonly counts: InsightCounts;
  readonly policy: Policy;
  readonly retentionDays: number;
  readonly process: MemoryCounts;
}

/** What the store is asked for a question. */
export function filterOf({ from, to, ...only }: Question, { knowledge }: Policy): InsightFilter {
  const { system, reasons } = knowledge.overrideReasons;
  return {
    from: `${from}T00:00:00.000Z`,
    before: `${isoDay(parseDay(to) + 1)}T00:00:00.000Z`,
    ...only,
    reasons: { system, codes: reasons.map(({ code }) => code) },
  };
}

export function insightsOf({ question, counts, policy, retentionDays, process }: InsightsInput): Insights {
  const { from, to, ...filter } = question;
  const days = parseDay(to) - parseDay(from) + 1;
  const calls = sum(counts.calls);
  const fates = fatesOf(counts.cards);
  const unit = days <= MOST_DAYS_BY_DAY ? 'day' : 'week';
  const without = (why: string): number => sum(counts.withoutCard.filter((one) => one.why === why));
  return {
    range: { from, to, days },
    filter,
    totals: {
      calls,
      cardsPer100Calls: per100(fates.cards, calls),
      ...fates,
      answered: rateOf(fates.accepted + fates.overridden, fates.cards),
      silent: without('silent'),
      quiet: without('quiet'),
      merged: without('merged'),
    },
    unit,
    periods: periodsOf(question, unit, counts),
    recommendations: recommendationsOf(counts, calls, policy),
    reasons: reasonsOf(counts.reasons, policy),
    withoutCard: withoutCardOf(counts, policy),
    clients: counts.queries.map((one) => ({ ...one, hitPercent: hitPercent(one) })),
    durations: durationsOf(counts.durations),
    store: { ...counts.store, retentionDays, process: { ...process } },
  };
}

function sum(rows: readonly { readonly count: number }[]): number {
  return rows.reduce((total, { count }) => total + count, 0);
}

function fatesOf(cards: InsightCounts['cards']): Fates {
  const of = (fate: string): number => sum(cards.filter((one) => one.fate === fate));
  const [accepted, overridden, unanswered] = [of('accepted'), of('overridden'), of('unanswered')];
  return {
    cards: accepted + overridden + unanswered,
    accepted,
    overridden,
    unanswered,
    acceptance: rateOf(accepted, accepted + overridden),
  };
}

/** Every day or week of the range, those without a call too: a gap must be seen. */
function periodsOf(
  { from, to }: Question,
  unit: 'day' | 'week',
  { calls, cards }: InsightCounts,
): Insights['periods'] {
  const [first, last] = [parseDay(from), parseDay(to)];
  const startOf = (day: number): number => Math.max(first, unit === 'day' ? day : mondayOf(day));
  const starts = [...new Set(Array.from({ length: last - first + 1 }, (_, index) => startOf(first + index)))];
  const callsBy = Map.groupBy(calls, ({ day }) => startOf(parseDay(day)));
  const cardsBy = Map.groupBy(cards, ({ day }) => startOf(parseDay(day)));
  return starts.map((start, index) => ({
    from: isoDay(start),
    to: isoDay((starts[index + 1] ?? last + 1) - 1),
    calls: sum(callsBy.get(start) ?? []),
    ...fatesOf(cardsBy.get(start) ?? []),
  }));
}

/** Day 0, 1970-01-01, was a Thursday. */
function mondayOf(day: number): number {
  return day - ((((day + 3) % 7) + 7) % 7);
}

/** Those with cards, most cards first. */
function recommendationsOf(
  { cards, reasons }: InsightCounts,
  calls: number,
  policy: Policy,
): Insights['recommendations'] {
  return [...Map.groupBy(cards, ({ topic }) => topic)]
    .map(([id, own]) => {
      const fates = fatesOf(own);
      return {
        id,
        title: titleOf(id, policy),
        cardsPer100Calls: per100(fates.cards, calls),
        ...fates,
        reasons: reasonsOf(
          reasons.filter(({ topic }) => topic === id),
          policy,
        ),
      };
    })
    .sort((a, b) => b.cards - a.cards || (a.id < b.id ? -1 : 1));
}

function titleOf(id: string, { knowledge }: Policy): string {
  if (id === MERGED_TOPIC) return knowledge.definitions.moreItems.topicDisplay;
  return knowledge.recommendations.get(id)?.title ?? id;
}

const OWN_WORDS: Readonly<Record<string, string>> = {
  none: 'No reason given',
  other: 'Another reason, not one that this service offers',
};

function reasonsOf(rows: InsightCounts['reasons'], { knowledge }: Policy): ReasonCount[] {
  const displays = new Map(knowledge.overrideReasons.reasons.map(({ code, display }) => [code, display]));
  return [...Map.groupBy(rows, ({ reason }) => reason)]
    .map(([reason, own]) => ({
      reason,
      display: OWN_WORDS[reason] ?? displays.get(reason) ?? reason,
      count: sum(own),
    }))
    .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
}

function withoutCardOf({ withoutCard }: InsightCounts, policy: Policy): Insights['withoutCard'] {
  return [...Map.groupBy(withoutCard, ({ recommendation }) => recommendation)]
    .map(([id, own]) => {
      const of = (why: string): number => sum(own.filter((one) => one.why === why));
      return {
        id,
        title: titleOf(id, policy),
        silent: of('silent'),
        quiet: of('quiet'),
        merged: of('merged'),
      };
    })
    .sort((a, b) => (a.title < b.title ? -1 : 1));
}

function hitPercent({ prefetch, fetched, failed, notSent }: InsightCounts['queries'][number]): number | null {
  const all = prefetch + fetched + failed + notSent;
  return all < FEWEST ? null : Math.round((prefetch / all) * 1000) / 10;
}

function durationsOf(rows: InsightCounts['durations']): Insights['durations'] {
  const services = [...Map.groupBy(rows, ({ service }) => service)].map(([service, own]) => ({
    service,
    ...durationOf(own),
  }));
  return { all: durationOf(rows), services };
}

function durationOf(rows: readonly Tally[]): Duration {
  const sorted = [...rows].sort((a, b) => a.ms - b.ms);
  const longest = sorted.at(-1)?.ms ?? null;
  const bounds = [...BARS_MS, Math.max(longest ?? 0, BARS_MS.at(-1) ?? 0) + 1];
  return {
    calls: sum(sorted),
    median: percentile(sorted, 50),
    p90: percentile(sorted, 90),
    p95: percentile(sorted, 95),
    p99: percentile(sorted, 99),
    longest,
    buckets: bounds.map((belowMs, index) => {
      const fromMs = bounds[index - 1] ?? 0;
      return { fromMs, belowMs, count: sum(sorted.filter(({ ms }) => ms >= fromMs && ms < belowMs)) };
    }),
  };
}
