/**
 * Decisions and feedback as CSV (RFC 4180), one row for each finding, card, suggestion and feedback, joined by their uuids.
 *
 * Comments are free text of clinicians and come only when asked for.
 */
import { csvRow } from '../csv.ts';
import type { DecisionRecord, Store, StoredFeedback } from './contract.ts';

const COLUMNS = [
  'record',
  'at',
  'decision',
  'card',
  'suggestion',
  'client',
  'service',
  'hook_instance',
  'patient_key',
  'recommendation',
  'version',
  'outcome',
  'variant',
  'mode',
  'indicator',
  'order',
  'missing',
  'duration_ms',
  'from_prefetch',
  'from_server',
  'failed',
  'not_sent',
  'reason_system',
  'reason_code',
  'reason_display',
  'known_card',
  'comment',
] as const;
type Row = Partial<Record<(typeof COLUMNS)[number], string | number>>;

/** Lines of the file, each with its line break; the header first. */
export async function* csvOf(
  store: Pick<Store, 'decisions' | 'feedback'>,
  { comments }: { readonly comments: boolean },
): AsyncGenerator<string> {
  yield `${COLUMNS.join(',')}\r\n`;
  for await (const decision of store.decisions()) yield decisionRows(decision).map(line).join('');
  for await (const feedback of store.feedback()) yield feedbackRows(feedback, comments).map(line).join('');
}

function decisionRows(decision: DecisionRecord): Row[] {
  const { id, at, client, service, hookInstance, patientKey, durationMs, missing, queries } = decision;
  const common = {
    at,
    decision: id,
    client,
    service,
    hook_instance: hookInstance,
    patient_key: patientKey,
  };
  const gaps = Object.entries(missing).map(([key, reason]) => `${key}: ${reason}`);
  const findings = decision.outcomes.map((one): Row => ({
    record: 'finding',
    ...common,
    ...one,
    missing: gaps.join('; '),
    duration_ms: durationMs,
    ...(queries === undefined
      ? {}
      : {
          from_prefetch: queries.prefetch,
          from_server: queries.fetched,
          failed: queries.failed,
          not_sent: queries.notSent,
        }),
  }));
  const cards = decision.cards.flatMap((card): Row[] => [
    ...card.recommendations.map((one): Row => ({
      record: 'card',
      ...common,
      card: card.uuid,
      recommendation: one.id,
      version: one.version,
      indicator: card.indicator,
    })),
    ...card.suggestions.map(({ uuid, recommendation, order = '' }): Row => ({
      record: 'suggestion',
      ...common,
      card: card.uuid,
      suggestion: uuid,
      recommendation,
      order,
    })),
  ]);
  return [...findings, ...cards];
}

function feedbackRows(feedback: StoredFeedback, comments: boolean): Row[] {
  const { card, client, outcome, outcomeTimestamp, reason, acceptedSuggestions, isKnown } = feedback;
  const common: Row = {
    record: 'feedback',
    at: outcomeTimestamp,
    card,
    client,
    outcome,
    reason_system: reason?.system ?? '',
    reason_code: reason?.code ?? '',
    reason_display: reason?.display ?? '',
    known_card: isKnown ? 'yes' : 'no',
    comment: comments ? (feedback.comment ?? '') : '',
  };
  return acceptedSuggestions.length === 0
    ? [common]
    : acceptedSuggestions.map((suggestion) => ({ ...common, suggestion }));
}

function line(row: Row): string {
  return csvRow(COLUMNS, row);
}
