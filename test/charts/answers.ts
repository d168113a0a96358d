/** The answers of every service to a generated chart, and what of them is compared. */
import { decide, type Decision } from '../../src/decide.ts';
import type { Resource } from '../../src/facts/record.ts';
import { deepFreeze } from '../../src/knowledge/load.ts';
import type { Policy } from '../../src/knowledge/policy.ts';
import { recommendationsOf, type Finding } from '../../src/rules/define-rule.ts';
import { contextOf, knowledge, policyOf, recordOf, type Gaps } from '../build-record.ts';
import { resourcesOf, type GeneratedChart } from '../charts.ts';

export const whole = policyOf({ maxCards: 50 });
export const POLICIES = {
  default: policyOf(),
  'all cards': whole,
  'article, EU': policyOf({ maxCards: 50, preset: 'article', region: 'EU' }),
};
export type PolicyName = keyof typeof POLICIES;
/** Nobody silences anybody: what each recommendation finds by itself. */
export const alone = policyOf({
  recommendations: Object.fromEntries(
    [...knowledge.recommendations.keys()].map((id) => [id, { mode: 'silent' as const }]),
  ),
});

export interface Answer {
  readonly service: string;
  readonly decision: Decision;
}

export interface Call {
  readonly policy?: Policy | PolicyName;
  readonly resources?: readonly Resource[];
  readonly gaps?: Gaps;
}

/** The answers of all services to one chart. A service gets what it asks for; drafts belong to the order hooks. */
export function answers(chart: GeneratedChart, call: Call = {}): readonly Answer[] {
  const { resources = resourcesOf(chart), gaps = {} } = call;
  const policy = typeof call.policy === 'string' ? POLICIES[call.policy] : (call.policy ?? whole);
  const record = deepFreeze(recordOf(resources, gaps, policy));
  return [...policy.services].map(([service, { definition, queries }]) => {
    const asked = queries.flatMap(({ key }) => {
      const result = record.queries.get(key);
      return result === undefined ? [] : [[key, result] as const];
    });
    const context = definition.hook.startsWith('order')
      ? contextOf(chart.drafts, definition.hook === 'order-select' ? chart.selections : undefined)
      : contextOf();
    const own = { patient: record.patient, queries: new Map(asked) };
    return { service, decision: decide(service, own, context, policy, chart.today) };
  });
}

/** Everything that is said: cards word for word, and what each recommendation found. References have no order. */
export function said(all: readonly Answer[]): unknown {
  return all.map(({ service, decision: { cards, judgements, faults } }) => ({
    service,
    cards: JSON.parse(JSON.stringify(cards), (key, value: unknown) =>
      key === 'reasonReference'
        ? (value as { reference: string }[]).map(({ reference }) => reference).sort()
        : value,
    ) as unknown,
    findings: judgements.map(({ active, finding }) => ({ id: active.rule.id, ...wording(finding) })),
    faults,
  }));
}

/** A finding without what is only for machines: day numbers, and evidence, whose order means nothing. */
function wording(finding: Finding): object {
  if (finding.outcome !== 'recommend') return finding;
  const cards = recommendationsOf(finding).map(
    ({ variant, values, found, why, notFound, suggestions, parts, targets }) => {
      return { variant, values, found, why, notFound, suggestions, parts, targets };
    },
  );
  return { outcome: finding.outcome, cards };
}

/** What is recommended, without the words and numbers of the cards. */
export function outcomes(all: readonly Answer[]): unknown {
  return all.map(({ service, decision: { cards, judgements } }) => ({
    service,
    findings: judgements.map(({ active, finding }) =>
      finding.outcome === 'recommend'
        ? {
            id: active.rule.id,
            cards: recommendationsOf(finding).map(({ variant, parts }) => ({ variant, parts })),
          }
        : { id: active.rule.id, ...finding },
    ),
    cards: cards.map(({ indicator, source, suggestions = [] }) => ({
      indicator,
      topic: source.topic?.code,
      suggestions: suggestions.map(({ label }) => label),
    })),
  }));
}
