/**
 * Findings to cards: words from cards/, values from the finding, nothing else. Pure; ids are added by `withUuids`.
 *
 * @see rules.md 0.4 (card conventions); https://cds-hooks.hl7.org/2.0/#cds-service-response
 */
import type { Evidence } from './facts/fact.ts';
import { isoDay, parseDay } from './facts/fhir-date.ts';
import type { HookContext } from './facts/record.ts';
import type { Day } from './facts/fhir-date.ts';
import type { Action, Card, OverrideReason, Suggestion } from './hooks/card.ts';
import type { ActiveRecommendation, Policy } from './knowledge/policy.ts';
import type { Recommendation } from './knowledge/recommendation.ts';
import type { Hook, Part, Recommend } from './rules/define-rule.ts';
import { isOrderSafety } from './rules/exclusions.ts';
import { MERGED_TOPIC, type CardRecord, type SuggestionRecord } from './store/contract.ts';

export const TOPIC_SYSTEM = 'https://bone-heart-cds.org/CodeSystem/recommendation';

export type SuggestionDraft = Omit<Suggestion, 'uuid'> & {
  /** For the store, as `order`; not sent. */
  readonly recommendation: string;
  /** Days from today until what is ordered should have been done. Not sent. */
  readonly withinDays?: number;
  /** Key of cards/orders.yaml: the same order is suggested once in an answer. Not sent. */
  readonly order?: string;
};
export type CardDraft = Omit<Card, 'uuid' | 'suggestions'> & {
  /** What the card speaks for: feedback on it is feedback on these. Not sent. */
  readonly covers: CardRecord['recommendations'];
  /** False for order-time safety. Not sent. */
  readonly canBeQuieted: boolean;
  readonly suggestions?: readonly SuggestionDraft[];
  /** What a failed search left unchecked. Not sent. */
  readonly couldNotCheck?: string;
};

export interface RenderInput {
  readonly active: ActiveRecommendation;
  readonly finding: Recommend;
  readonly hook: Hook;
  readonly dropped: ReadonlySet<Part>;
  /** "Could not check" lines for inputs that were unknown or partly unreadable. */
  readonly unchecked: readonly string[];
  readonly context: HookContext;
  readonly policy: Policy;
  readonly today: Day;
}

/** Nobody signs so many drafts of one drug; a call that holds more gets the first ones. */
const MOST_TARGETS = 20;

/**
 * The cards of one finding: one, or one for each draft order that it is about.
 *
 * @throws RangeError when a placeholder has no value or the YAML lacks a line: our bug, this card is left out.
 */
export function renderCards(input: RenderInput): readonly CardDraft[] {
  const targets = [...new Set(input.finding.targets ?? [undefined])].slice(0, MOST_TARGETS);
  return targets.map((target) => renderCard(input, target));
}

function renderCard(input: RenderInput, target: string | undefined): CardDraft {
  const { active, finding, policy } = input;
  const { recommendation } = active;
  const { card, evidence } = recommendation;
  const variant = at(card.variants, finding.variant, recommendation);
  const suggestions = suggestionsOf(input, target);
  const links = card.links.map((link) => ({
    label: link.label,
    url: at(evidence, link.evidence, recommendation).url,
    type: 'absolute' as const,
  }));
  return {
    covers: [{ id: recommendation.id, version: recommendation.version }],
    canBeQuieted: !isOrderSafety(recommendation.kind, input.hook),
    summary: fitSummary(fill(variant.summary, finding.values, withoutAddress)),
    detail: detailOf(input),
    indicator: variant.indicator,
    ...(variant.couldNotCheck === undefined ? {} : { couldNotCheck: variant.couldNotCheck }),
    source: {
      label: card.source.label,
      url: at(evidence, card.source.evidence, recommendation).url,
      topic: { system: TOPIC_SYSTEM, code: recommendation.id, display: recommendation.title },
    },
    ...(suggestions.length === 0 ? {} : { suggestions, selectionBehavior: card.selectionBehavior ?? 'any' }),
    overrideReasons: card.overrideReasons.map((code) => overrideReason(code, policy)),
    ...(links.length === 0 ? {} : { links }),
  };
}

function at<T>(table: Readonly<Record<string, T>>, key: string, { id }: Recommendation): T {
  const found = Object.hasOwn(table, key) ? table[key] : undefined;
  if (found === undefined) throw new RangeError(`${id}: cards/ has no entry ${key}`);
  return found;
}

function overrideReason(code: string, { knowledge }: Policy): OverrideReason {
  const { system, reasons } = knowledge.overrideReasons;
  return { system, code, display: reasons.find((reason) => reason.code === code)?.display ?? code };
}

/** Four blocks (rules.md 0.4). Bullets and bold headings read well as plain text in a narrow column. */
function detailOf({ active, finding, unchecked, policy }: RenderInput): string {
  const { recommendation } = active;
  const { card, evidence } = recommendation;
  const { definitions } = policy.knowledge;
  const line = (table: Readonly<Record<string, string>>, key: string): string =>
    fill(at(table, key, recommendation), finding.values, escapeMarkdown);
  const notFound = [...(finding.notFound ?? []).map((key) => line(card.notFound ?? {}, key)), ...unchecked];
  const sources = card.sources.map(
    (key) => `${at(evidence, key, recommendation).citation} ${at(evidence, key, recommendation).url}`,
  );
  const blocks = [
    block(
      'Found',
      finding.found.map((key) => line(card.found, key)),
    ),
    block(
      'Why',
      finding.why.map((key) => line(card.why, key)),
    ),
    block('Not found / could not check', notFound.length === 0 ? [definitions.nothingMissing] : notFound),
    block('Sources and limits', [...sources, ...(card.limits ?? []), definitions.closing]),
  ];
  return [...(policy.preset === 'article' ? [definitions.articleBanner] : []), ...blocks].join('\n\n');
}

function block(heading: string, lines: readonly string[]): string {
  return [`**${heading}**`, '', ...lines.map((line) => `- ${line.trim()}`)].join('\n');
}

/** Fills `{placeholder}`s; every one must have a value. */
export function fill(
  template: string,
  values: Readonly<Record<string, string | number>>,
  show: (value: string) => string,
): string {
  return template.trim().replace(/\{([a-z][A-Za-z0-9]*)\}/g, (_, key: string) => {
    const value = Object.hasOwn(values, key) ? values[key] : undefined;
    if (value === undefined || (typeof value === 'number' && !Number.isFinite(value)) || value === '')
      throw new RangeError(`no value for {${key}}`);
    return show(String(value));
  });
}

/** Characters of one value on a card. */
const MOST_OF_VALUE = 120;

/** Record text on one line, without control characters, of bounded length. */
function plainText(value: string): string {
  return value
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, MOST_OF_VALUE)
    .replace(/[\uD800-\uDBFF]$/, '');
}

/** For a summary, which is no Markdown: an EHR that makes links of addresses finds none in record text. */
function withoutAddress(value: string): string {
  return plainText(value).replaceAll('://', ': //').replace(/www\./gi, 'www .');
}

/** Numbers, units, dates and words, one space between them: nothing that the steps of `escapeMarkdown` change. */
const INERT = /^[A-Za-z0-9.,;%+()/-]+(?: [A-Za-z0-9.,;%+()/-]+)*$/;

/**
 * Makes text inert in GitHub-flavoured Markdown and in HTML: no tag, entity, link, autolink, emphasis, code or table.
 *
 * `-2.6`, `< 4 ng/mL` and dates pass unchanged, so that plain-text clients read well.
 */
export function escapeMarkdown(value: string): string {
  if (value.length <= MOST_OF_VALUE && INERT.test(value) && !/www\./i.test(value)) return value;
  return plainText(value)
    .replace(/&(?=[#\w])/g, '&amp;')
    .replace(/<(?=[A-Za-z/!?])/g, '&lt;')
    .replace(/[\\`*_[\]|~]/g, '\\$&')
    .replaceAll('://', ': //')
    .replace(/www\./gi, 'www .')
    .replace(/@(?=\w)/g, '@ ');
}

/** CDS Hooks: fewer than 140 characters. Cut at a word; card texts are tested so that this does not happen to them. */
function fitSummary(summary: string): string {
  if (summary.length < 140) return summary;
  return `${summary.slice(0, 136).replace(/\s+\S*$/, '')} …`;
}

function suggestionsOf(input: RenderInput, target: string | undefined): SuggestionDraft[] {
  const { active, finding, dropped } = input;
  const { recommendation } = active;
  return (finding.suggestions ?? []).flatMap((key): SuggestionDraft[] => {
    const template = at(recommendation.suggestions ?? {}, key, recommendation);
    if ('delete' in template) {
      if (target === undefined || !/^[A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/.test(target)) return [];
      return [
        {
          label: template.label,
          recommendation: recommendation.id,
          actions: [{ type: 'delete', description: template.label, resourceId: target }],
        },
      ];
    }
    if (template.part !== undefined && dropped.has(template.part)) return [];
    const resource = serviceRequest(input, template);
    const action: Action = { type: 'create', description: template.label, resource };
    const { label, order } = template;
    const withinDays = parseDay(resource.occurrencePeriod.end) - input.today;
    return [{ label, order, recommendation: recommendation.id, withinDays, actions: [action] }];
  });
}

type OrderTemplate = Extract<NonNullable<Recommendation['suggestions']>[string], { order: string }>;

/** A complete draft ServiceRequest, R4 (rules.md 0.4). */
function serviceRequest(
  { active, finding, context, policy, today }: RenderInput,
  template: OrderTemplate,
): { resourceType: string; occurrencePeriod: { end: string }; [key: string]: unknown } {
  const { recommendation } = active;
  const order = at(policy.orders, template.order, recommendation);
  const category = policy.concepts.concepts
    .get('serviceRequestCategory')
    ?.codes.find(({ role }) => role === order.category);
  const triggers = finding.triggers ?? [];
  const reasonCode = reasonOf(triggers, template);
  const reasonReference = [
    ...new Set(
      triggers
        .map(({ source }) => source)
        .filter((source) => /^(Condition|Observation|DiagnosticReport)\/\S+$/.test(source)),
    ),
  ];
  const texts = [order.text ?? order.title, template.text].filter((part) => part !== undefined);
  return {
    resourceType: 'ServiceRequest',
    status: 'draft',
    intent: 'proposal',
    priority: 'routine',
    ...(category === undefined
      ? {}
      : {
          category: [
            {
              coding: [
                {
                  system: category.system,
                  code: category.code,
                  ...(category.display === undefined ? {} : { display: category.display }),
                },
              ],
            },
          ],
        }),
    code: { coding: [order.code], text: texts.join(', ') },
    subject: { reference: `Patient/${context.patientId}` },
    ...(context.encounterId === undefined
      ? {}
      : { encounter: { reference: `Encounter/${context.encounterId}` } }),
    occurrencePeriod: occurrenceOf(template, finding, today),
    requester: { reference: context.userId },
    ...(reasonCode === null ? {} : { reasonCode: [{ coding: [reasonCode] }] }),
    ...(reasonReference.length === 0
      ? {}
      : { reasonReference: reasonReference.map((reference) => ({ reference })) }),
    note: [
      {
        text: fill(
          policy.knowledge.definitions.noteOnOrder,
          { rule: recommendation.id, version: recommendation.version },
          plainText,
        ),
      },
    ],
  };
}

/** Counted from today, or from the event of the finding, and never in the past. */
function occurrenceOf(
  { occurrence: { fromDays, toDays, after } }: OrderTemplate,
  { eventDay }: Recommend,
  today: Day,
): { readonly start: string; readonly end: string } {
  const day = after === 'event' ? eventDay : today;
  if (day === undefined) throw new RangeError('no day of the event that the suggestion counts from');
  return { start: isoDay(Math.max(day + fromDays, today)), end: isoDay(Math.max(day + toDays, today)) };
}

/** The triggering condition's own coding, else the screening code of the YAML. */
function reasonOf(
  triggers: readonly Evidence[],
  template: OrderTemplate,
): { system: string; code: string; display?: string } | null {
  const coded = triggers.find(({ coding }) => coding !== undefined)?.coding;
  return coded ?? template.reasonCode ?? null;
}

const INDICATOR_RANK = { critical: 0, warning: 1, info: 2 } as const;

/** Critical, warning, info; equal ones stay in the order of the specification in which they came. */
export function ranked(cards: readonly CardDraft[]): readonly CardDraft[] {
  return [...cards].sort((a, b) => INDICATOR_RANK[a.indicator] - INDICATOR_RANK[b.indicator]);
}

/** The same order asked for by two cards is suggested once, on the higher one. */
export function withoutRepeatedOrders(cards: readonly CardDraft[]): readonly CardDraft[] {
  const asked = new Set<string>();
  return cards.map((card) => {
    if (card.suggestions === undefined) return card;
    const kept = card.suggestions.filter(({ order }) => {
      if (order === undefined) return true;
      if (asked.has(order)) return false;
      asked.add(order);
      return true;
    });
    const { suggestions, selectionBehavior, ...rest } = card;
    return kept.length === 0
      ? rest
      : { ...rest, suggestions: kept, ...(selectionBehavior === undefined ? {} : { selectionBehavior }) };
  });
}

/**
 * At most one line of what could not be checked (G25): several cards become one, under the first one's topic, so that
 * feedback still names a recommendation.
 */
export function withOneUnchecked(cards: readonly CardDraft[], policy: Policy): readonly CardDraft[] {
  const [first, ...others] = cards.filter(({ couldNotCheck }) => couldNotCheck !== undefined);
  if (first === undefined || others.length === 0) return cards;
  const { couldNotCheckMore, closing } = policy.knowledge.definitions;
  const unchecked = [first, ...others];
  const items = [...new Set(unchecked.flatMap(({ couldNotCheck }) => couldNotCheck ?? []))];
  const codes = [...new Set(unchecked.flatMap((one) => (one.overrideReasons ?? []).map(({ code }) => code)))];
  const merged: CardDraft = {
    ...first,
    summary: fitSummary(fill(couldNotCheckMore.summary, { items: items.join(', ') }, plainText)),
    detail: [
      block(
        couldNotCheckMore.heading,
        unchecked.map((card) => `${escapeMarkdown(card.summary)} (${card.source.label})`),
      ),
      closing,
    ].join('\n\n'),
    overrideReasons: codes.map((code) => overrideReason(code, policy)),
  };
  return [...cards.filter(({ couldNotCheck }) => couldNotCheck === undefined), merged];
}

/** At most `maxCards` cards; the rest becomes one card that lists them and keeps their suggestions. */
export function capped(cards: readonly CardDraft[], policy: Policy): readonly CardDraft[] {
  if (cards.length <= policy.maxCards) return cards;
  const shown = cards.slice(0, policy.maxCards);
  const rest = cards.slice(policy.maxCards);
  return policy.mergeOverflow ? [...shown, mergedCard(rest, policy)] : shown;
}

function mergedCard(rest: readonly CardDraft[], policy: Policy): CardDraft {
  const { moreItems, closing } = policy.knowledge.definitions;
  const [first] = rest;
  const suggestions = rest.flatMap((card) => card.suggestions ?? []);
  const codes = [...new Set(rest.flatMap((card) => (card.overrideReasons ?? []).map(({ code }) => code)))];
  return {
    covers: rest.flatMap(({ covers }) => covers),
    canBeQuieted: rest.every(({ canBeQuieted }) => canBeQuieted),
    summary:
      rest.length === 1 ? moreItems.summaryOne : fill(moreItems.summary, { n: rest.length }, plainText),
    detail: [
      block(
        moreItems.heading,
        rest.map((card) => `${escapeMarkdown(card.summary)} (${card.source.label})`),
      ),
      closing,
    ].join('\n\n'),
    indicator: first?.indicator ?? 'info',
    source: {
      label: moreItems.sourceLabel,
      topic: { system: TOPIC_SYSTEM, code: MERGED_TOPIC, display: moreItems.topicDisplay },
    },
    ...(suggestions.length === 0 ? {} : { suggestions, selectionBehavior: 'any' as const }),
    ...(codes.length === 0 ? {} : { overrideReasons: codes.map((code) => overrideReason(code, policy)) }),
  };
}

export interface CardsAndRecords {
  readonly cards: Card[];
  /** The same cards as the store keeps them: ids and what they speak for, no text. */
  readonly records: readonly CardRecord[];
}

/** Fresh ids for cards and suggestions; what is only for us goes to the records. */
export function identified(drafts: readonly CardDraft[], newUuid: () => string): CardsAndRecords {
  const both = drafts.map(({ suggestions = [], couldNotCheck, covers, canBeQuieted, ...rest }) => {
    const uuid = newUuid();
    const identified = suggestions.map((draft) => identify(draft, newUuid()));
    const card: Card = {
      uuid,
      ...rest,
      ...(identified.length === 0 ? {} : { suggestions: identified.map(({ suggestion }) => suggestion) }),
    };
    const record: CardRecord = {
      uuid,
      recommendations: covers,
      indicator: rest.indicator,
      suggestions: identified.map((one) => one.record),
      canBeQuieted,
    };
    return { card, record };
  });
  return { cards: both.map(({ card }) => card), records: both.map(({ record }) => record) };
}

/** The cards alone. */
export function withUuids(drafts: readonly CardDraft[], newUuid: () => string): Card[] {
  return identified(drafts, newUuid).cards;
}

function identify(
  { order, recommendation, withinDays, ...suggestion }: SuggestionDraft,
  uuid: string,
): { readonly suggestion: Suggestion; readonly record: SuggestionRecord } {
  return {
    suggestion: { ...suggestion, uuid },
    record: {
      uuid,
      recommendation,
      ...(order === undefined ? {} : { order }),
      ...(withinDays === undefined ? {} : { withinDays }),
    },
  };
}
