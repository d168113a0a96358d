/** Every recommendation as those who govern it read it: cards/ and what this site's policy makes of it. Pure. */
import { titleOf } from '../explain.ts';
import type { Policy, Setting } from '../knowledge/policy.ts';
import type { Cofiring, Parameter, Recommendation } from '../knowledge/recommendation.ts';
import { exclusionsAt, isOrderSafety } from '../rules/exclusions.ts';
import type { Catalogue, Entry, ParameterEntry, SuggestionEntry } from './catalogue-schema.ts';

/** In the order of the specification; those that are `off` too. */
export function catalogueOf(policy: Policy): Catalogue {
  const { preset, region, maxCards, mergeOverflow } = policy;
  const settings = [...policy.settings.values()].sort((a, b) =>
    a.active.recommendation.specification < b.active.recommendation.specification ? -1 : 1,
  );
  return {
    site: { preset, region, maxCards, mergeOverflow },
    recommendations: settings.map((setting) => entryOf(setting, policy)),
  };
}

function entryOf(setting: Setting, policy: Policy): Entry {
  const { recommendation: one, rule } = setting.active;
  const { knowledge } = policy;
  const hooks = hooksOf(one, policy);
  return {
    id: one.id,
    specification: one.specification,
    title: one.title,
    version: one.version,
    kind: one.kind,
    question: one.question,
    hooks,
    ...statusOf(setting),
    forWhom: one.forWhom.trim(),
    notForWhom: one.notForWhom.trim(),
    whenDataIsMissing: one.whenDataIsMissing.trim(),
    exclusions: exclusionsOf(one, hooks, policy),
    reads: [...new Set(rule.inputs.map((name) => titleOf(name, knowledge.definitions)))].sort(),
    parameters: Object.entries(one.parameters).map(([name, parameter]) =>
      parameterEntry(name, parameter, setting, policy.preset),
    ),
    card: cardOf(one),
    suggestions: suggestionsOf(one, policy),
    overrideReasons: one.card.overrideReasons.map((code) => reasonOf(code, one, policy)),
    quiet: quietOf(hooks, policy),
    cofiring: cofiringOf(one.id, knowledge.cofiring),
    evidence: Object.entries(one.evidence).map(([name, { citation, url, checked, note }]) => ({
      name,
      citation: citation.trim(),
      url,
      checked,
      ...(note === undefined ? {} : { note }),
    })),
    history: one.history.map((entry) => ({ ...entry })),
  };
}

function hooksOf({ id, kind }: Recommendation, { knowledge }: Policy): Entry['hooks'] {
  return knowledge.services
    .filter((service) => service.recommendations.includes(id))
    .map(({ hook, id: service }) => ({ hook, service, isOrderSafety: isOrderSafety(kind, hook) }));
}

function statusOf({
  active,
  asked,
  approval,
  isApproved,
}: Setting): Pick<Entry, 'mode' | 'review' | 'approval'> {
  const effective = active.mode;
  const state = isApproved ? 'approved' : approval === undefined ? 'none' : 'other-version';
  return {
    mode: { effective, asked, isForWantOfApproval: asked === 'show' && effective === 'silent' },
    review: { ...active.recommendation.review },
    approval: { state, ...approval },
  };
}

function exclusionsOf(
  { kind, exclusions = [] }: Recommendation,
  hooks: Entry['hooks'],
  { concepts }: Policy,
): Entry['exclusions'] {
  const shared = hooks.flatMap(({ hook }) => exclusionsAt(kind, hook).map(({ name }) => ({ name, hook })));
  const byName = Map.groupBy(shared, ({ name }) => name);
  return [
    ...[...byName].map(([what, at]) => ({ what, hooks: at.map(({ hook }) => hook) })),
    ...exclusions.map((concept) => ({
      what: concepts.concepts.get(concept)?.title ?? concept,
      hooks: hooks.map(({ hook }) => hook),
    })),
  ];
}

function parameterEntry(
  name: string,
  { value, unit, si, article, articleSi, evidence, why }: Parameter,
  { active, changed }: Setting,
  preset: Policy['preset'],
): ParameterEntry {
  const inForce = active.parameters[name] ?? value;
  const threshold = typeof inForce === 'object' ? inForce : undefined;
  const twinOf = (twin: Parameter['si']): { si?: { value: number; unit: string } } =>
    twin === undefined ? {} : { si: { value: twin.value, unit: twin.unit } };
  const isArticle = preset === 'article' && article !== undefined;
  return {
    name,
    value: typeof inForce === 'object' ? inForce.value : inForce,
    unit,
    ...twinOf(threshold === undefined ? undefined : threshold.si),
    guideline: { value, ...twinOf(si) },
    ...(article === undefined ? {} : { article: { value: article, ...twinOf(articleSi ?? si) } }),
    from: changed.includes(name) ? 'site' : isArticle ? 'article' : 'guideline',
    evidence,
    ...(why === undefined ? {} : { why }),
  };
}

function cardOf({ card, evidence }: Recommendation): Entry['card'] {
  const urlOf = (key: string): string => evidence[key]?.url ?? '';
  const lines = (table: Readonly<Record<string, string>>): { name: string; text: string }[] =>
    Object.entries(table).map(([name, text]) => ({ name, text: text.trim() }));
  return {
    source: { label: card.source.label, url: urlOf(card.source.evidence) },
    variants: Object.entries(card.variants).map(([name, variant]) => ({ name, ...variant })),
    found: lines(card.found),
    why: lines(card.why),
    notFound: lines(card.notFound ?? {}),
    limits: [...(card.limits ?? [])],
    sources: [...card.sources],
    links: card.links.map(({ label, evidence: key }) => ({ label, url: urlOf(key) })),
    selectionBehavior: card.selectionBehavior ?? 'any',
  };
}

function suggestionsOf(
  { suggestions = {} }: Recommendation,
  { orders, knowledge }: Policy,
): SuggestionEntry[] {
  return Object.entries(suggestions).map(([name, suggestion]) => {
    if (!('order' in suggestion)) return { name, label: suggestion.label };
    const { label, order: key, occurrence, text } = suggestion;
    const order = orders[key];
    const { fromDays, toDays, after } = occurrence;
    return {
      name,
      label,
      ...(order === undefined
        ? {}
        : {
            order: {
              key,
              title: order.title,
              category: order.category,
              ...order.code,
              isSiteCode: order.code !== knowledge.orders[key]?.code,
            },
          }),
      occurrence: { fromDays, toDays, from: after ?? 'today' },
      ...(text === undefined ? {} : { text }),
    };
  });
}

function reasonOf(
  code: string,
  { snooze = {} }: Recommendation,
  { knowledge }: Policy,
): Entry['overrideReasons'][number] {
  const { system, reasons } = knowledge.overrideReasons;
  const table = knowledge.definitions.snooze;
  return {
    system,
    code,
    display: reasons.find((reason) => reason.code === code)?.display ?? code,
    quietDays: snooze[code] ?? table.reasons[code] ?? table.otherReasonDays,
  };
}

function quietOf(hooks: Entry['hooks'], { knowledge }: Policy): Entry['quiet'] {
  const { noReasonDays, otherReasonDays, acceptedGraceDays } = knowledge.definitions.snooze;
  return {
    hooks: hooks.filter((one) => !one.isOrderSafety).map(({ hook }) => hook),
    noReasonDays,
    otherReasonDays,
    acceptedGraceDays,
  };
}

function cofiringOf(id: string, { owners, silences }: Cofiring): Entry['cofiring'] {
  const targets = Object.entries(silences).flatMap(([by, list]) =>
    list.map((target) => ({ by, ...(typeof target === 'string' ? { recommendation: target } : target) })),
  );
  return {
    parts: Object.entries(owners)
      .filter(([, ids]) => ids.includes(id))
      .map(([part, ids]) => ({
        part,
        before: ids.slice(0, ids.indexOf(id)),
        after: ids.slice(ids.indexOf(id) + 1),
      })),
    silences: targets.filter(({ by }) => by === id).map(({ by: _, ...target }) => target),
    silencedBy: targets
      .filter(({ recommendation }) => recommendation === id)
      .map(({ by, recommendation: _, ...part }) => ({ recommendation: by, ...part })),
  };
}
