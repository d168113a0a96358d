/** A recommendation as a PlanDefinition, and what it can order as ActivityDefinitions. */
import type { ActiveRecommendation, Policy } from '../knowledge/policy.ts';
import type { Orders, Recommendation } from '../knowledge/recommendation.ts';
import {
  canonical,
  CANONICAL_BASE,
  filled,
  idOf,
  nameOf,
  PUBLISHER,
  type FhirResource,
} from './canonical.ts';

const UCUM = 'http://unitsofmeasure.org';

export interface ServedRecommendation {
  readonly active: ActiveRecommendation;
  /** Services that evaluate it, with their hooks. */
  readonly services: readonly { readonly id: string; readonly hook: string }[];
}

/**
 * The PlanDefinition of a recommendation as this site runs it.
 *
 * Conditions are words: the logic is code (src/rules/), and no CQL is made up for it. They say so themselves.
 */
export function planDefinition({ active, services }: ServedRecommendation, policy: Policy): FhirResource {
  const { recommendation } = active;
  const { id, version, title, review, question, evidence } = recommendation;
  const { adultAgeYears } = policy.knowledge.definitions.globalExclusions;
  return filled({
    resourceType: 'PlanDefinition' as const,
    id,
    extension: parametersOf(active),
    url: canonical('PlanDefinition', id),
    version,
    name: nameOf(id),
    title,
    type: coded('http://terminology.hl7.org/CodeSystem/plan-definition-type', 'eca-rule'),
    status: review.status === 'approved' ? ('active' as const) : ('draft' as const),
    publisher: PUBLISHER,
    description: recommendation.forWhom,
    useContext: [
      { code: contextType('age'), valueRange: { low: quantity(adultAgeYears, 'a') } },
      ...services.map(({ hook }) => ({
        code: contextType('workflow'),
        valueCodeableConcept: { text: hook },
      })),
    ],
    purpose: question,
    usage: usageOf(active),
    approvalDate: review.status === 'approved' ? review.date : undefined,
    relatedArtifact: [
      ...Object.values(evidence).map(({ citation, url, note }) => ({
        type: 'citation',
        ...(note === undefined ? {} : { display: note }),
        citation,
        url,
      })),
      ...services.map((service) => ({ type: 'depends-on', resource: canonical('Library', service.id) })),
    ],
    action: [actionOf(active, services)],
  });
}

function usageOf({ recommendation, mode, parameters }: ActiveRecommendation): string {
  const { forWhom, notForWhom, whenDataIsMissing, card } = recommendation;
  return [
    `**For whom:** ${forWhom}`,
    `**Not for whom:** ${notForWhom}`,
    `**When data is missing:** ${whenDataIsMissing}`,
    `**At this site:** ${mode === 'show' ? 'shown' : 'evaluated and counted, not shown'}.`,
    `**Limits and numbers:** ${Object.entries(parameters)
      .map(([name, value]) => `${name} ${valueText(value)} ${unitOf(recommendation, name)}`.trim())
      .join('; ')}.`,
    ...(card.limits ?? []),
  ].join('\n\n');
}

type ParameterValue = ActiveRecommendation['parameters'][string];

function valueText(value: ParameterValue): string {
  return String(typeof value === 'object' ? value.value : value);
}

function unitOf({ parameters }: Recommendation, name: string): string {
  const unit = parameters[name]?.unit ?? '';
  return unit === 'boolean' ? '' : unit;
}

/** Numbers as this site has set them, for programs. */
function parametersOf({ recommendation, parameters }: ActiveRecommendation): object[] {
  return Object.entries(parameters).map(([name, value]) => ({
    url: `${CANONICAL_BASE}/StructureDefinition/parameter`,
    extension: [
      { url: 'name', valueString: name },
      typeof value === 'boolean'
        ? { url: 'value', valueBoolean: value }
        : {
            url: 'value',
            valueQuantity: quantity(
              typeof value === 'object' ? value.value : value,
              unitOf(recommendation, name),
            ),
          },
    ],
  }));
}

function actionOf(
  { recommendation }: ActiveRecommendation,
  services: ServedRecommendation['services'],
): object {
  const { id, title, question, forWhom, notForWhom, card } = recommendation;
  return filled({
    title,
    description: question,
    trigger: services.map(({ hook }) => ({ type: 'named-event', name: hook })),
    condition: [condition(id, `For: ${forWhom} Not for: ${notForWhom}`)],
    action: [
      ...Object.entries(card.variants).map(([variant, { summary, when, indicator }]) => ({
        id: `variant-${idOf(variant)}`,
        title: summary,
        description: `Card (${indicator}) when: ${when}.`,
        condition: [condition(id, when)],
      })),
      ...suggestionsOf(recommendation),
    ],
  });
}

function condition(id: string, words: string): object {
  return {
    kind: 'applicability',
    expression: {
      description: `Words for readers, not for evaluation: the logic is the code of src/rules/${id}.ts in bone-heart-cds.`,
      language: 'text/plain',
      expression: words,
    },
  };
}

function suggestionsOf({ suggestions = {}, card }: Recommendation): object[] {
  const actions = Object.entries(suggestions).map(([key, one]) => {
    const base = { id: `suggestion-${idOf(key)}`, title: one.label };
    if ('delete' in one) return { ...base, type: actionType('remove') };
    const { fromDays, toDays, after } = one.occurrence;
    return filled({
      ...base,
      description: [
        ...(one.text === undefined ? [] : [`${one.text}.`]),
        after === 'event' ? 'Days count from the event that the card is about.' : 'Days count from today.',
      ].join(' '),
      timingRange: { low: quantity(fromDays, 'd'), high: quantity(toDays, 'd') },
      type: actionType('create'),
      definitionCanonical: canonical('ActivityDefinition', orderId(one.order)),
    });
  });
  if (actions.length === 0) return [];
  return [
    {
      title: 'Suggestions',
      groupingBehavior: 'logical-group',
      selectionBehavior: card.selectionBehavior ?? 'any',
      requiredBehavior: 'could',
      action: actions,
    },
  ];
}

function orderId(key: string): string {
  return `order-${idOf(key)}`;
}

/** What a suggestion orders, with the site's code. */
export function activityDefinition(
  key: string,
  order: Orders[string],
  { concepts }: Policy,
  version: string,
): FhirResource {
  const id = orderId(key);
  const category = concepts.concepts
    .get('serviceRequestCategory')
    ?.codes.find(({ role }) => role === order.category);
  return filled({
    resourceType: 'ActivityDefinition' as const,
    id,
    url: canonical('ActivityDefinition', id),
    version,
    name: nameOf(id),
    title: order.title,
    status: 'draft' as const,
    publisher: PUBLISHER,
    description: `A draft ServiceRequest that a card can suggest: ${order.title}.`,
    topic: category === undefined ? undefined : [coded(category.system, category.code, category.display)],
    kind: 'ServiceRequest',
    intent: 'proposal',
    priority: 'routine',
    doNotPerform: false,
    code: { coding: [{ ...order.code }], text: order.text ?? order.title },
  });
}

function actionType(code: string): object {
  return coded('http://terminology.hl7.org/CodeSystem/action-type', code);
}

function contextType(code: string): object {
  return { system: 'http://terminology.hl7.org/CodeSystem/usage-context-type', code };
}

function coded(system: string, code: string, display?: string): object {
  return { coding: [{ system, code, ...(display === undefined ? {} : { display }) }] };
}

function quantity(value: number, unit: string): object {
  return { value, ...(unit === '' ? {} : { unit, system: UCUM, code: unit }) };
}
