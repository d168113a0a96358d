/**
 * Conditions (and the procedures that stand for one) by concept: active or ever, with the date of the event.
 *
 * @see clarifications G3 (active), G4 (ever), G5 (event date), rules.md 0.1
 */
import { isJsonObject } from '../json.ts';
import { gapIn, once, onceFor, sourceOf, type Chart } from './chart.ts';
import { codesIn, codingsOf, type Coding, type ConceptMatch } from './concepts.ts';
import { encounterOf } from './encounter.ts';
import { absent, known, unknown, type Evidence, type Fact } from './fact.ts';
import { readFhirDate, type FhirDate } from './fhir-date.ts';
import type { Resource, UnknownReason } from './record.ts';
import { patternOf } from './pattern.ts';

export interface EventDate {
  readonly date: FhirDate;
  /** `recorded`: the card says "recorded on". */
  readonly kind: 'onset' | 'recorded' | 'encounter' | 'performed';
}

export interface ConditionEntry {
  readonly source: string;
  /** First coding that means a concept, for `reasonCode` of a suggestion. */
  readonly coding: Coding | null;
  readonly matches: ReadonlyMap<string, ConceptMatch>;
  readonly event: EventDate | null;
  readonly isHistory: boolean;
  readonly isActive: boolean;
  /** Verification allows it to count at all. */
  readonly counts: boolean;
  readonly resource: Resource;
}

/** All Conditions of the record with at least one concept, read once; newest event first, whatever order they came in. */
export function conditionEntries(chart: Chart): readonly ConditionEntry[] {
  return once(chart, 'conditions', () =>
    chart
      .resources('conditions')
      .flatMap((resource) => readCondition(resource, chart))
      .sort(newestEventFirst),
  );
}

/** By event, undated ones last, then by source: the first one gives a suggested order its reason. */
function newestEventFirst(a: ConditionEntry, b: ConditionEntry): number {
  const order = ({ event }: ConditionEntry): number => event?.date.order ?? -Number.MAX_VALUE;
  return order(b) - order(a) || (a.source < b.source ? -1 : a.source > b.source ? 1 : 0);
}

function readCondition(resource: Resource, chart: Chart): ConditionEntry[] {
  if (resource.resourceType !== 'Condition') return [];
  const codings = codingsOf(resource['code']);
  const matches = new Map(chart.concepts.match(codings).map((match) => [match.concept, match]));
  if (matches.size === 0 || isFamilyHistory(resource, chart)) return [];
  const isHistory = isHistoryEntry(codings, matches, chart);
  const event = eventDate(resource, isHistory, chart);
  if (event !== null && chart.birth !== null && event.date.last < chart.birth.first) return [];
  const counts = isVerified(resource, chart);
  return [
    {
      source: sourceOf(resource),
      coding: codings.find((one) => chart.concepts.match([one]).length > 0) ?? null,
      matches,
      event,
      isHistory,
      isActive: counts && isActive(resource, chart),
      counts,
      resource,
    },
  ];
}

function isFamilyHistory(resource: Resource, chart: Chart): boolean {
  const categories = Array.isArray(resource['category']) ? resource['category'] : [];
  return categories.some((category) =>
    codesIn(category).some((code) => chart.definitions.conditions.familyHistoryCategories.includes(code)),
  );
}

function isHistoryEntry(
  codings: readonly Coding[],
  matches: ReadonlyMap<string, ConceptMatch>,
  chart: Chart,
): boolean {
  const { historyCodePattern, historyRole } = chart.definitions.conditions;
  const pattern = patternOf(historyCodePattern);
  return (
    [...matches.values()].some(({ roles }) => roles.includes(historyRole)) ||
    codings.some(
      ({ system, code }) =>
        system.endsWith('icd-10-cm') && pattern.test(code.slice(0, 12).replaceAll('.', '')),
    )
  );
}

/** G5. Onset of another form (age, range, text) or that cannot be read leaves the date unknown; so does a history code. */
function eventDate(resource: Resource, isHistory: boolean, chart: Chart): EventDate | null {
  const period = isJsonObject(resource['onsetPeriod']) ? resource['onsetPeriod'] : {};
  const onset = resource['onsetDateTime'] ?? period['start'];
  if (onset !== undefined) return dated(onset, 'onset', chart);
  const otherOnset = Object.keys(resource).some((key) => key.startsWith('onset'));
  if (otherOnset || isHistory) return null;
  const recorded = resource['recordedDate'];
  return recorded === undefined
    ? dated(encounterStart(resource, chart), 'encounter', chart)
    : dated(recorded, 'recorded', chart);
}

/** Start of the Encounter that the entry names, when the record holds it. */
function encounterStart(resource: Resource, chart: Chart): unknown {
  const period = encounterOf(resource, chart)?.['period'];
  return isJsonObject(period) ? period['start'] : undefined;
}

function dated(value: unknown, kind: EventDate['kind'], chart: Chart): EventDate | null {
  const date = readFhirDate(value);
  return date === null || date.first > chart.today + 1 ? null : { date, kind };
}

/** Confirmed or not stated; never refuted, entered-in-error, differential, provisional, unconfirmed. */
function isVerified(resource: Resource, chart: Chart): boolean {
  const status = resource['verificationStatus'];
  if (status === undefined) return true;
  const codes = codesIn(status);
  return (
    codes.length > 0 && codes.every((code) => chart.definitions.conditions.countedVerification.includes(code))
  );
}

function isActive(resource: Resource, chart: Chart): boolean {
  const status = resource['clinicalStatus'];
  const codes = codesIn(status);
  const stated =
    status === undefined ||
    (codes.length > 0 && codes.every((code) => chart.definitions.conditions.activeStatuses.includes(code)));
  return stated && !hasEnded(resource, chart);
}

/** An abatement today or earlier ends it; so does one whose form gives no date. */
function hasEnded(resource: Resource, chart: Chart): boolean {
  const keys = Object.keys(resource).filter((key) => key.startsWith('abatement'));
  if (keys.length === 0) return false;
  const period = isJsonObject(resource['abatementPeriod']) ? resource['abatementPeriod'] : undefined;
  if (period !== undefined && period['end'] === undefined) return false;
  const date = readFhirDate(resource['abatementDateTime'] ?? period?.['end']);
  return date === null || date.first <= chart.today;
}

/** Procedures that stand for a condition (revascularisation, oophorectomy, bariatric surgery): history for ever. */
function procedureEntries(chart: Chart): readonly ConditionEntry[] {
  return once(chart, 'procedure conditions', () =>
    chart.resources('procedures').flatMap((resource) => {
      if (resource.resourceType !== 'Procedure' || resource['status'] !== 'completed') return [];
      const codings = codingsOf(resource['code']);
      const matches = new Map(chart.concepts.match(codings).map((match) => [match.concept, match]));
      if (matches.size === 0) return [];
      const event = performedOn(resource, chart);
      if (event !== null && chart.birth !== null && event.date.last < chart.birth.first) return [];
      return [
        {
          source: sourceOf(resource),
          coding: codings.find((one) => chart.concepts.match([one]).length > 0) ?? null,
          matches,
          event,
          isHistory: true,
          isActive: true,
          counts: true,
          resource,
        },
      ];
    }),
  );
}

/** When a Procedure was done: performedDateTime, else the end, else the start of performedPeriod. */
export function performedOn(resource: Resource, chart: Chart): EventDate | null {
  const period = isJsonObject(resource['performedPeriod']) ? resource['performedPeriod'] : {};
  return dated(resource['performedDateTime'] ?? period['end'] ?? period['start'], 'performed', chart);
}

export type Trust = 'verified' | 'any';

/**
 * The concept as the specification reads it: "ever" for the concepts of G4, active for all others.
 *
 * @param trust `any` also counts unverified codes: for exclusions and safety alerts only.
 * @returns known with the entries; absent after a complete search; unknown when the search was not complete.
 */
export function condition(
  chart: Chart,
  concept: string,
  trust: Trust = 'verified',
): Fact<readonly ConditionEntry[]> {
  return chart.definitions.conditions.ever.includes(concept)
    ? conditionEver(chart, concept, trust)
    : activeCondition(chart, concept, trust);
}

export function activeCondition(
  chart: Chart,
  concept: string,
  trust: Trust = 'verified',
): Fact<readonly ConditionEntry[]> {
  return onceFor(chart, trust === 'any' ? 'active, any code' : 'active', concept, () =>
    find(chart, concept, trust, ({ isActive }) => isActive),
  );
}

export function conditionEver(
  chart: Chart,
  concept: string,
  trust: Trust = 'verified',
): Fact<readonly ConditionEntry[]> {
  return onceFor(chart, trust === 'any' ? 'ever, any code' : 'ever', concept, () =>
    find(chart, concept, trust, ({ counts }) => counts),
  );
}

/** ASCVD ever, atherosclerotic only: an entry that says nothing but haemorrhagic stroke does not count (G22). */
export function atheroscleroticDisease(chart: Chart): Fact<readonly ConditionEntry[]> {
  const { haemorrhagicRole } = chart.definitions.conditions;
  return find(chart, 'ascvd', 'any', ({ counts, matches }) => {
    const others = ATHEROSCLEROTIC.some((concept) => matches.has(concept));
    return counts && (others || matches.get('stroke')?.roles.includes(haemorrhagicRole) !== true);
  });
}

/** Malabsorption: active, or bariatric surgery ever, which does not resolve (G4, R09). */
export function malabsorption(chart: Chart): Fact<readonly ConditionEntry[]> {
  return find(
    chart,
    'malabsorption',
    'verified',
    ({ isActive, counts, matches }) => isActive || (counts && matches.has('bariatricSurgery')),
  );
}

const ATHEROSCLEROTIC: readonly string[] = [
  'myocardialInfarction',
  'transientIschemicAttack',
  'coronaryArteryDisease',
  'peripheralArterialDisease',
];

function find(
  chart: Chart,
  concept: string,
  trust: Trust,
  counts: (entry: ConditionEntry) => boolean,
): Fact<readonly ConditionEntry[]> {
  const matching = (entry: ConditionEntry): boolean => {
    const match = entry.matches.get(concept);
    return match !== undefined && (trust === 'any' || match.verified) && counts(entry);
  };
  const fromProcedures = chart.definitions.conditions.fromProcedures.includes(concept);
  const all = fromProcedures
    ? [...conditionEntries(chart), ...procedureEntries(chart)].sort(newestEventFirst)
    : conditionEntries(chart);
  const entries = all.filter(matching);
  if (entries.length > 0)
    return known(
      entries,
      entries.map((entry) => conditionEvidence(entry, concept)),
    );
  const gap = reasonForGap(chart, fromProcedures);
  return gap === null ? absent : unknown(gap);
}

function reasonForGap(chart: Chart, fromProcedures: boolean): UnknownReason | null {
  return gapIn(chart, 'conditions', ...(fromProcedures ? (['procedures'] as const) : []))?.reason ?? null;
}

/** Is the concept active? False also when unknown: for look-ups that only widen (`requires`, `unless`). */
export function isActiveConcept(chart: Chart, concept: string): boolean {
  return activeCondition(chart, concept, 'any').state === 'known';
}

export function conditionEvidence(
  { source, coding, event, isHistory }: ConditionEntry,
  concept: string,
): Evidence {
  return {
    source,
    what: concept,
    ...(coding === null ? {} : { coding: { system: coding.system, code: coding.code } }),
    ...(event === null ? {} : { date: event.date }),
    ...(event === null
      ? { note: isHistory ? 'history, date unknown' : 'date unknown' }
      : event.kind === 'recorded'
        ? { note: 'recorded on' }
        : {}),
  };
}

/** Haemorrhagic stroke, by the role of its code (G22). */
export function isHaemorrhagicStroke({ matches }: ConditionEntry): boolean {
  return matches.get('stroke')?.roles.includes('haemorrhagic') === true;
}

/** Primary hyperparathyroidism, by the role of its code. */
export function isPrimaryHyperparathyroidism({ matches }: ConditionEntry): boolean {
  return matches.get('hyperparathyroidism')?.roles.includes('primary') === true;
}
