/**
 * What feedback quiets, and for how long: pure, from the cards that it is about and the tables in cards/.
 *
 * Order-time safety is never quieted. A later feedback on the same recommendation and patient replaces an earlier one.
 */
import { isoDay, parseDay } from './facts/fhir-date.ts';
import type { FeedbackRecord, KnownCard, Quiet } from './store/contract.ts';

/** Days of quiet; 0 quiets nothing. */
export interface SnoozeTable {
  /** By code of the override reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** A reason that is not in the table, such as a site's own. */
  readonly otherReasonDays: number;
  readonly noReasonDays: number;
  /** After an accepted suggestion: the days until it should be done, and these. */
  readonly acceptedGraceDays: number;
  /** An accepted suggestion without a time of its own. */
  readonly acceptedDays: number;
}

/** The reasons of one recommendation, where they differ from the table. */
export type SnoozeReasons = Readonly<Record<string, number>>;

export type QuietOfPatient = Quiet & { readonly patientKey: string };

/**
 * @param snoozeOf the recommendation's own days by reason; empty when it has none.
 * @param today day of the feedback by our clock, `YYYY-MM-DD`: a client's clock must not quiet for years.
 */
export function quietsFromFeedback(
  entries: readonly Omit<FeedbackRecord, 'isKnown'>[],
  cards: readonly KnownCard[],
  table: SnoozeTable,
  snoozeOf: (recommendation: string) => SnoozeReasons,
  today: string,
): readonly QuietOfPatient[] {
  const byUuid = new Map(cards.map((card) => [card.uuid, card]));
  const latest = new Map<string, QuietOfPatient>();
  for (const entry of entries) {
    const card = byUuid.get(entry.card);
    if (card === undefined || !card.canBeQuieted) continue;
    for (const { recommendation, days, because } of daysOf(entry, card, table, snoozeOf)) {
      if (days <= 0) continue;
      const until = isoDay(parseDay(today) + days);
      const quiet = { patientKey: card.patientKey, recommendation, until, because, since: today };
      latest.set(`${card.patientKey} ${recommendation}`, quiet);
    }
  }
  return [...latest.values()];
}

interface QuietDays {
  readonly recommendation: string;
  readonly days: number;
  readonly because: string;
}

function daysOf(
  entry: Omit<FeedbackRecord, 'isKnown'>,
  card: KnownCard,
  table: SnoozeTable,
  snoozeOf: (recommendation: string) => SnoozeReasons,
): readonly QuietDays[] {
  if (entry.outcome === 'accepted') return accepted(entry, card, table);
  const code = entry.reason?.code;
  return card.recommendations.map(({ id }) => ({
    recommendation: id,
    days:
      code === undefined
        ? table.noReasonDays
        : (snoozeOf(id)[code] ?? table.reasons[code] ?? table.otherReasonDays),
    because: code !== undefined && /^[A-Za-z0-9-]{1,64}$/.test(code) ? code : 'no-reason',
  }));
}

/** Quiet until what was ordered should have arrived; of several, the longest. */
function accepted(
  { acceptedSuggestions }: Omit<FeedbackRecord, 'isKnown'>,
  card: KnownCard,
  table: SnoozeTable,
): readonly QuietDays[] {
  const chosen = card.suggestions.filter(({ uuid }) => acceptedSuggestions.includes(uuid));
  const byRecommendation = Map.groupBy(chosen, ({ recommendation }) => recommendation);
  return [...byRecommendation].map(([recommendation, suggestions]) => ({
    recommendation,
    days:
      Math.max(...suggestions.map(({ withinDays }) => withinDays ?? table.acceptedDays)) +
      table.acceptedGraceDays,
    because: 'accepted',
  }));
}
