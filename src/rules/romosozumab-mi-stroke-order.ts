/**
 * R01: romosozumab in the draft orders of somebody with a myocardial infarction or stroke.
 *
 * Inputs: drafts (order-select: the selected ones); infarction and stroke ever, with date; earlier romosozumab; other
 * cardiovascular disease and risk factors (order-select only). Unverified codes count: this is a safety alert.
 * Numbers, words and evidence: cards/recommendations/romosozumab-mi-stroke-order.yaml.
 */
import type { ConditionEntry } from '../facts/conditions.ts';
import { isAtLeastAge } from '../facts/demographics.ts';
import { anyOf, evidenceOf, has, test, type Evidence, type Fact, type Tri } from '../facts/fact.ts';
import { addMonths, type Day, type FhirDate } from '../facts/fhir-date.ts';
import type { FactName, Facts } from '../facts/index.ts';
import type { DrugEntry } from '../facts/medications.ts';
import { inWindow, lastMonths } from '../facts/results.ts';
import {
  defineRule,
  lacking,
  notApplicable,
  type Finding,
  type ParameterValues,
  type Recommend,
  type Situation,
} from './define-rule.ts';
import { showEvent } from './event-date.ts';

const INPUTS = [
  'romosozumabDrafts',
  'age',
  'myocardialInfarction',
  'stroke',
  'romosozumabHistory',
  'ascvd',
  'hypertension',
  'diabetes',
  'smoking',
  'dyslipidemia',
  'ckd',
] as const satisfies readonly FactName[];

const PARAMETERS = {
  ageFrom: 'a',
  recentMonths: 'mo',
  treatmentMonths: 'mo',
  riskFactorsFrom: '{count}',
  showCouldNotCheck: 'boolean',
} as const;

type Input = Pick<Facts, (typeof INPUTS)[number]>;
type Limits = ParameterValues<typeof PARAMETERS>;

export const romosozumabMiStrokeOrder = defineRule({
  id: 'romosozumab-mi-stroke-order',
  inputs: INPUTS,
  parameters: PARAMETERS,

  evaluate(facts, limits, at) {
    const { romosozumabDrafts, age, myocardialInfarction, stroke } = facts;
    if (romosozumabDrafts.state === 'absent') return notApplicable('no romosozumab in the draft orders');
    if (romosozumabDrafts.state === 'unknown') return lacking('romosozumabDrafts');
    if (isAtLeastAge(age, limits.ageFrom) === false) return notApplicable('below 18 years');
    const targets = romosozumabDrafts.value.map(({ source }) => source);

    const events = eventsOf(facts);
    if (events.length > 0) return { ...eventCard(events, facts, limits, at), targets };
    if (myocardialInfarction.state === 'unknown' || stroke.state === 'unknown') {
      if (!limits.showCouldNotCheck) return lacking('myocardialInfarction', 'stroke');
      return couldNotCheckCard(facts, at);
    }
    if (at.hook !== 'order-select') return notApplicable('no myocardial infarction or stroke');
    return riskCard(facts, limits, targets);
  },
});

const KINDS = ['infarction', 'stroke', 'strokeOrTia'] as const;
type EventKind = (typeof KINDS)[number];

interface CardiovascularEvent {
  readonly kind: EventKind;
  readonly date: FhirDate | null;
  readonly evidence: readonly Evidence[];
}

/** Infarctions and strokes; a code that means stroke or TIA is kept apart and never decides more than a history. */
function eventsOf({ myocardialInfarction, stroke }: Input): readonly CardiovascularEvent[] {
  return [
    ...toEvents(myocardialInfarction, () => 'infarction'),
    ...toEvents(stroke, ({ matches }) => (matches.has('strokeOrTia') ? 'strokeOrTia' : 'stroke')),
  ];
}

function toEvents(
  fact: Fact<readonly ConditionEntry[]>,
  kindOf: (entry: ConditionEntry) => EventKind,
): readonly CardiovascularEvent[] {
  if (fact.state !== 'known') return [];
  return fact.value.map((entry, index) => ({
    kind: kindOf(entry),
    date: entry.event?.date ?? null,
    evidence: fact.evidence.slice(index, index + 1),
  }));
}

type Card = Omit<Recommend, 'targets'>;

/** Precedence D, A, B of the specification: what happened on treatment, what is recent, what is history. */
function eventCard(
  events: readonly CardiovascularEvent[],
  facts: Input,
  limits: Limits,
  { today, region }: Situation,
): Card {
  const certain = events.filter(({ kind }) => kind !== 'strokeOrTia');
  const firstDose = treatmentStart(facts, limits, today);
  const after =
    firstDose === null ? [] : certain.filter(({ date }) => date !== null && date.first > firstDose.last);
  const window = lastMonths(limits.recentMonths, today);
  const recent = certain.filter(({ date }) => date !== null && inWindow(date, window) === true);
  const { variant, reason, deciding } =
    after.length > 0
      ? { variant: 'afterStart', reason: 'discontinue', deciding: after }
      : recent.length > 0
        ? { variant: 'recent', reason: 'boxed', deciding: recent }
        : { variant: historyVariant(certain, region), reason: 'older', deciding: events };
  const kinds = KINDS.filter((kind) => events.some((event) => event.kind === kind));
  // Where any history contraindicates, the line about the US limit of 12 months would contradict the card.
  const reasons = variant === 'historyContraindicated' ? [] : [reason];
  return {
    outcome: 'recommend',
    variant,
    values: {
      ...Object.fromEntries(kinds.map((kind) => [`${kind}Date`, shownDate(kind, events, deciding)])),
      ...(after.length > 0 && firstDose !== null ? { firstDose: firstDose.text } : {}),
    },
    found: ['draft', ...kinds, ...(after.length > 0 ? ['firstDose'] : [])],
    why: [...reasons, ...(region === 'US' ? [] : ['region']), 'trials', 'alternatives', 'calcium'],
    suggestions: ['remove', 'cardiology', 'endocrinology'],
    because: [
      'romosozumabDrafts',
      ...(kinds.includes('infarction') ? (['myocardialInfarction'] as const) : []),
      ...(kinds.some((kind) => kind !== 'infarction') ? (['stroke'] as const) : []),
      ...(after.length > 0 ? (['romosozumabHistory'] as const) : []),
    ],
    triggers: deciding.flatMap(({ evidence }) => evidence),
  };
}

/** The EU, UK and Australian texts contraindicate any history; a code that may mean TIA stays a warning everywhere. */
function historyVariant(certain: readonly CardiovascularEvent[], region: Situation['region']): string {
  if (certain.length === 0) return 'strokeOrTia';
  return region === 'US' ? 'history' : 'historyContraindicated';
}

/** The date of the deciding events of a kind, else of its newest. */
function shownDate(
  kind: EventKind,
  events: readonly CardiovascularEvent[],
  deciding: readonly CardiovascularEvent[],
): string {
  const own = deciding.filter((event) => event.kind === kind);
  const shown = own.length > 0 ? own : events.filter((event) => event.kind === kind);
  return showEvent(shown.flatMap(({ evidence }) => evidence));
}

/**
 * Start of the first known romosozumab, when treatment goes on: an entry of the last 12 months before today, or an active
 * statement. The drafts themselves are not treatment yet.
 */
function treatmentStart(
  { romosozumabHistory, romosozumabDrafts }: Input,
  { treatmentMonths }: Limits,
  today: Day,
): FhirDate | null {
  if (romosozumabHistory.state !== 'known') return null;
  const drafts = romosozumabDrafts.state === 'known' ? romosozumabDrafts.value : [];
  const entries = romosozumabHistory.value.filter(
    ({ source }) => !drafts.some((draft) => draft.source === source),
  );
  const window = { from: addMonths(today, -treatmentMonths), to: today - 1 };
  if (!entries.some((entry) => goesOn(entry, window))) return null;
  const [first] = entries
    .map(({ start, authored }) => start ?? authored)
    .filter((date) => date !== null)
    .sort((a, b) => a.first - b.first);
  return first ?? null;
}

function goesOn(
  { authored, start, end, status, resource }: DrugEntry,
  window: { readonly from: Day; readonly to: Day },
): boolean {
  if (resource.resourceType === 'MedicationStatement' && status === 'active') return true;
  return [authored, start, end].some(
    (date) => date !== null && date.first >= window.from && date.last <= window.to,
  );
}

const DISEASES = [
  { key: 'tia', concept: 'transientIschemicAttack' },
  { key: 'coronary', concept: 'coronaryArteryDisease' },
  { key: 'peripheral', concept: 'peripheralArterialDisease' },
] as const;

const RISK_FACTORS = ['hypertension', 'diabetes', 'smoking', 'dyslipidemia', 'ckd'] as const;

interface Risk {
  readonly key: string;
  readonly fact: FactName;
  readonly evidence: readonly Evidence[];
}

function diseasesOf({ ascvd }: Input): readonly Risk[] {
  if (ascvd.state !== 'known') return [];
  return DISEASES.flatMap(({ key, concept }) => {
    const sources = ascvd.value.filter(({ matches }) => matches.has(concept)).map(({ source }) => source);
    const evidence = ascvd.evidence.filter(({ source }) => sources.includes(source));
    return sources.length === 0 ? [] : [{ key, fact: 'ascvd', evidence }];
  });
}

function factorState(facts: Input, name: (typeof RISK_FACTORS)[number]): Tri {
  return name === 'smoking' ? test(facts.smoking, ({ current }) => current) : has(facts[name]);
}

function factorsOf(facts: Input): readonly Risk[] {
  return RISK_FACTORS.filter((name) => factorState(facts, name) === true).map((name) => ({
    key: name,
    fact: name,
    evidence: evidenceOf(facts[name]),
  }));
}

/** Other cardiovascular disease, or enough risk factors: information while choosing the drug. */
function riskCard(facts: Input, limits: Limits, targets: readonly string[]): Finding {
  const diseases = diseasesOf(facts);
  const factors = factorsOf(facts);
  const open = RISK_FACTORS.filter((name) => factorState(facts, name) === undefined);
  const enough =
    factors.length >= limits.riskFactorsFrom
      ? true
      : factors.length + open.length >= limits.riskFactorsFrom
        ? undefined
        : false;
  const holds = anyOf(has(facts.ascvd), enough);
  if (holds === false) return notApplicable('no cardiovascular disease or too few risk factors');
  if (holds === undefined)
    return lacking(...(facts.ascvd.state === 'unknown' ? (['ascvd'] as const) : []), ...open);
  const [disease] = diseases;
  const risks = [...diseases, ...factors];
  const { found, values } = riskWords(risks);
  return {
    outcome: 'recommend',
    variant: disease?.key ?? 'riskFactors',
    values: disease === undefined ? { ...values, n: factors.length } : values,
    found,
    why: ['weigh', 'trials', 'alternatives', 'calcium'],
    suggestions: ['cardiology', 'endocrinology'],
    because: ['romosozumabDrafts', ...new Set(risks.map(({ fact }) => fact))],
    triggers: risks.flatMap(({ evidence }) => evidence),
    targets,
  };
}

function riskWords(risks: readonly Risk[]): Pick<Recommend, 'found' | 'values'> {
  return {
    found: ['draft', ...risks.map(({ key }) => key)],
    values: Object.fromEntries(risks.map(({ key, evidence }) => [`${key}Date`, showEvent(evidence)])),
  };
}

/** One card however many drafts there are (clarifications G25). */
function couldNotCheckCard(facts: Input, { hook }: Situation): Card {
  const risks = hook === 'order-select' ? [...diseasesOf(facts), ...factorsOf(facts)] : [];
  return {
    outcome: 'recommend',
    variant: 'couldNotCheck',
    ...riskWords(risks),
    why: ['check', 'boxed', 'trials'],
    because: ['romosozumabDrafts', 'myocardialInfarction', 'stroke'],
  };
}
