/** Rows of a decision, for the tables of schema.ts. */
import { topicOf, type CardRecord, type DecisionRecord, type OutcomeRecord } from './contract.ts';
import type { Tables } from './schema.ts';

/** PostgreSQL takes 65,535 parameters in a statement, SQLite 32,766; a row has at most 13. */
const ROWS_PER_INSERT = 1000;

export function decisionRow(decision: DecisionRecord): Tables['decision'] {
  const { queries } = decision;
  return {
    id: decision.id,
    at: decision.at,
    client: decision.client,
    service: decision.service,
    hook_instance: decision.hookInstance,
    patient_key: decision.patientKey,
    duration_ms: Math.round(decision.durationMs),
    outcomes: JSON.stringify(decision.outcomes),
    missing: JSON.stringify(decision.missing),
    from_prefetch: queries?.prefetch ?? null,
    from_server: queries?.fetched ?? null,
    failed: queries?.failed ?? null,
    not_sent: queries?.notSent ?? null,
  };
}

export function cardRows({ id, at, patientKey, client, service, cards }: DecisionRecord): Tables['card'][] {
  return cards.map((card) => ({
    uuid: card.uuid,
    decision_id: id,
    at,
    patient_key: patientKey,
    indicator: card.indicator,
    recommendations: JSON.stringify(card.recommendations),
    suggestions: JSON.stringify(card.suggestions),
    can_be_quieted: card.canBeQuieted ? 1 : 0,
    client,
    service,
    topic: topicOf(card),
  }));
}

type Told = Pick<DecisionRecord, 'id' | 'at' | 'client' | 'service'> & {
  readonly outcomes: readonly OutcomeRecord[];
  readonly cards: readonly Pick<CardRecord, 'recommendations'>[];
};

/**
 * Findings that have something to say and no card of their own: silent by the site's choice, quiet for this patient, or a line of a
 * card that merges several.
 */
export function withoutCardRows({
  id,
  at,
  client,
  service,
  outcomes,
  cards,
}: Told): Tables['without_card'][] {
  const common = { decision_id: id, at, client, service };
  const merged = cards
    .filter(({ recommendations }) => recommendations.length > 1)
    .flatMap(({ recommendations }) => recommendations);
  return [
    ...outcomes.flatMap(({ recommendation, outcome, mode }) => {
      const why =
        outcome === 'quiet' ? 'quiet' : outcome === 'recommend' && mode === 'silent' ? 'silent' : null;
      return why === null ? [] : [{ ...common, recommendation, why }];
    }),
    ...[...new Set(merged.map((one) => one.id))].map((recommendation) => ({
      ...common,
      recommendation,
      why: 'merged',
    })),
  ];
}

export function chunks<T>(rows: readonly T[]): T[][] {
  const count = Math.ceil(rows.length / ROWS_PER_INSERT);
  return Array.from({ length: count }, (_, index) =>
    rows.slice(index * ROWS_PER_INSERT, (index + 1) * ROWS_PER_INSERT),
  );
}
