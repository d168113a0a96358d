/** Every card that a policy can show, with every line of its YAML at once: one draft for each variant. */
import { parseDay } from '../src/facts/fhir-date.ts';
import type { ActiveRecommendation, Policy } from '../src/knowledge/policy.ts';
import { escapeMarkdown, renderCards, type CardDraft } from '../src/render.ts';
import { contextOf, TODAY } from './build-record.ts';

export interface EveryCard {
  readonly id: string;
  readonly variant: string;
  readonly card: CardDraft;
}

/** @param value stands in every placeholder. */
export function everyCard(policy: Policy, value = '1.0'): readonly EveryCard[] {
  return [...policy.services.values()].flatMap(({ definition: { hook }, recommendations }) =>
    recommendations.flatMap((active) =>
      Object.keys(active.recommendation.card.variants).flatMap((variant) =>
        cardsOf(active, variant, hook, policy, value).map((card) => ({
          id: active.recommendation.id,
          variant,
          card,
        })),
      ),
    ),
  );
}

function cardsOf(
  active: ActiveRecommendation,
  variant: string,
  hook: Parameters<typeof renderCards>[0]['hook'],
  policy: Policy,
  value: string,
): readonly CardDraft[] {
  const { card, suggestions = {} } = active.recommendation;
  const names = [...JSON.stringify(card).matchAll(/\{([a-z][A-Za-z0-9]*)\}/g)].map(([, name = '']) => name);
  const today = parseDay(TODAY);
  return renderCards({
    active,
    finding: {
      outcome: 'recommend',
      variant,
      values: Object.fromEntries(names.map((name) => [name, value])),
      found: Object.keys(card.found),
      why: Object.keys(card.why),
      notFound: Object.keys(card.notFound ?? {}),
      suggestions: Object.keys(suggestions),
      because: [],
      eventDay: today,
      targets: ['MedicationRequest/draft'],
    },
    hook,
    dropped: new Set(),
    unchecked: [policy.knowledge.definitions.couldNotCheck.replace(/\{\w+\}/g, escapeMarkdown(value))],
    context: contextOf(),
    policy,
    today,
  });
}
