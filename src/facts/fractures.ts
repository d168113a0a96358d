/**
 * Fragility fractures (clarifications G11): which fracture Conditions count, when, and whether the mechanism is known.
 */
import { once, type Chart } from './chart.ts';
import {
  conditionEntries,
  conditionEvidence,
  conditionEver,
  activeCondition,
  type ConditionEntry,
  type EventDate,
} from './conditions.ts';
import { age, ageAt, isAtLeastAge } from './demographics.ts';
import { isOfThisEncounter } from './encounter.ts';
import { absent, known, unknown, type Fact, type Tri } from './fact.ts';
import type { Day } from './fhir-date.ts';

export interface Fracture {
  readonly source: string;
  readonly entry: ConditionEntry;
  readonly kind: 'hip' | 'vertebral' | 'other';
  readonly event: EventDate | null;
  /** Age 50-64 with a code that does not say fragility: the card says "mechanism unknown". */
  readonly mechanismUnknown: boolean;
  /** Recorded for the encounter of this hook call. */
  readonly ofThisEncounter: boolean;
}

/** Fractures that count as fragility fractures, newest first, undated last. Unverified codes do not count. */
export function fractures(chart: Chart): Fact<readonly Fracture[]> {
  return once(chart, 'fractures', () => {
    const facts = ['fragilityFracture', 'hipFracture', 'vertebralFracture'].map((concept) =>
      conditionEver(chart, concept),
    );
    const entries = [...new Set(facts.flatMap((fact) => (fact.state === 'known' ? fact.value : [])))];
    const counted = entries.map((entry) => readFracture(entry, chart)).filter((one) => one !== null);
    const found = counted.filter((one) => one !== 'unknown');
    if (found.length > 0)
      return known(
        found.sort(newestFirst),
        found.map(({ entry }) => conditionEvidence(entry, 'fractures')),
      );
    const gap = facts.find((fact) => fact.state === 'unknown');
    if (gap !== undefined) return gap;
    return counted.length > 0 ? unknown('ambiguous') : absent;
  });
}

/**
 * Every recorded fracture of the fracture concepts, whatever its cause and the patient's age: for the acute phase after it.
 *
 * Unverified codes count: they can only discard a sample.
 */
export function fractureEvents(chart: Chart): Fact<readonly ConditionEntry[]> {
  const facts = FRACTURE_CONCEPTS.map((concept) => conditionEver(chart, concept, 'any'));
  const entries = [...new Set(facts.flatMap((fact) => (fact.state === 'known' ? fact.value : [])))];
  if (entries.length > 0)
    return known(
      entries,
      entries.map((entry) => conditionEvidence(entry, 'fractures')),
    );
  return facts.find((fact) => fact.state === 'unknown') ?? absent;
}

const FRACTURE_CONCEPTS: readonly string[] = [
  'fragilityFracture',
  'hipFracture',
  'vertebralFracture',
  'atypicalFemoralFracture',
];

function newestFirst(a: Fracture, b: Fracture): number {
  return (
    (b.event?.date.order ?? -Infinity) - (a.event?.date.order ?? -Infinity) || (a.source < b.source ? -1 : 1)
  );
}

function readFracture(entry: ConditionEntry, chart: Chart): Fracture | 'unknown' | null {
  const { minAgeYears, fragilityAssumedFromAgeYears } = chart.definitions.fracture;
  const then = entry.event === null ? age(chart) : ageAt(chart, entry.event.date.first);
  const named = entry.matches.get('fragilityFracture')?.verified === true;
  const oldEnough: Tri = isAtLeastAge(then, minAgeYears);
  if (!named && oldEnough === false) return null;
  if (hasOtherCause(entry, chart)) return null;
  if (!named && oldEnough === undefined) return 'unknown';
  const assumed = named || isAtLeastAge(then, fragilityAssumedFromAgeYears) === true;
  return {
    source: entry.source,
    entry,
    kind: kindOf(entry),
    event: entry.event,
    mechanismUnknown: !assumed,
    ofThisEncounter: isOfThisEncounter(entry.resource, chart),
  };
}

function kindOf(entry: ConditionEntry): Fracture['kind'] {
  if (entry.matches.has('hipFracture')) return 'hip';
  return entry.matches.has('vertebralFracture') ? 'vertebral' : 'other';
}

/** A high-energy cause on the same day, a cancer that explains a collapse, or an atypical femoral fracture. */
function hasOtherCause(entry: ConditionEntry, chart: Chart): boolean {
  if (entry.matches.has('atypicalFemoralFracture')) return true;
  if (
    entry.matches.has('malignancySensitiveFracture') &&
    activeCondition(chart, 'activeMalignancy', 'any').state === 'known'
  )
    return true;
  if (entry.matches.has('highEnergyMechanism')) return true;
  const day = dayOf(entry);
  return day !== null && highEnergyDays(chart).has(day);
}

function highEnergyDays(chart: Chart): ReadonlySet<Day | null> {
  return once(chart, 'high-energy days', () => {
    const causes = conditionEntries(chart).filter(
      ({ counts, matches }) => counts && matches.has('highEnergyMechanism'),
    );
    return new Set(causes.map(dayOf));
  });
}

/** A month or a year is no day: two entries of 2024 need not be the same accident. */
function dayOf({ event }: ConditionEntry): Day | null {
  return event !== null && event.date.first === event.date.last ? event.date.first : null;
}
