/**
 * Medications by concept and whether the patient is on them.
 *
 * Two readings (clarifications G6): *hazard* use, where the drug's presence makes a warning, is strict; *gap* use, where
 * its absence makes a card, is generous, so that a sloppy list does not produce "no statin on file".
 */
import { isJsonObject } from '../json.ts';
import { isResource } from './record.ts';
import { gapIn, once, sourceOf, type Chart } from './chart.ts';
import { cleanText, codingsOf, textsOf, type Coding, type ConceptMatch } from './concepts.ts';
import { isActiveConcept } from './conditions.ts';
import { absent, evidenceOf, known, unknown, type Evidence, type Fact, type Tri } from './fact.ts';
import { addMonths, readFhirDate, type FhirDate } from './fhir-date.ts';
import type { Resource } from './record.ts';
import { patternOf } from './pattern.ts';

export interface DrugEntry {
  readonly source: string;
  readonly resource: Resource;
  readonly status: unknown;
  readonly intent: unknown;
  readonly matches: ReadonlyMap<string, ConceptMatch>;
  readonly texts: readonly string[];
  /** Dose form of a referenced Medication, in words. */
  readonly forms: readonly string[];
  readonly codings: readonly Coding[];
  /** Concepts that match by name alone where the route decides and none is given (G7). */
  readonly routeUnclear: ReadonlySet<string>;
  readonly authored: FhirDate | null;
  readonly start: FhirDate | null;
  readonly end: FhirDate | null;
  /** Days of supply with all refills; null when not stated. */
  readonly supplyDays: number | null;
  readonly dosages: readonly Readonly<Record<string, unknown>>[];
  /** Active ingredients of a contained or bundled Medication. */
  readonly ingredients: readonly DrugIngredient[];
}

export interface DrugIngredient {
  readonly codings: readonly Coding[];
  readonly texts: readonly string[];
  /** As sent; read by src/facts/dose.ts. */
  readonly strength: unknown;
}

/** Medication entries of the record that could count at all: no error entries, no proposals, no "do not perform". */
export function drugEntries(chart: Chart): readonly DrugEntry[] {
  return once(chart, 'drugs', () => {
    const requests = chart.resources('medicationRequests');
    const statements = chart.resources('medicationStatements');
    const medications = medicationsById([...requests, ...statements]);
    return [...requests, ...statements]
      .filter(isDrugResource)
      .map((resource) => readDrug(resource, medications, chart));
  });
}

/** Draft medication orders of the hook context, whatever their status and intent; only "do not perform" is dropped. */
export function draftDrugs(chart: Chart): readonly DrugEntry[] {
  return once(chart, 'draft drugs', () => {
    const drafts = chart.context.draftOrders;
    const medications = medicationsById(drafts);
    return drafts
      .filter(
        ({ resourceType, ...rest }) =>
          resourceType === 'MedicationRequest' &&
          rest['doNotPerform'] !== true &&
          rest['status'] !== 'entered-in-error',
      )
      .map((resource) => readDrug(resource, medications, chart));
  });
}

function isDrugResource(resource: Resource): boolean {
  if (resource.resourceType !== 'MedicationRequest' && resource.resourceType !== 'MedicationStatement')
    return false;
  return (
    resource['status'] !== 'entered-in-error' &&
    resource['doNotPerform'] !== true &&
    resource['intent'] !== 'proposal'
  );
}

function medicationsById(resources: readonly Resource[]): ReadonlyMap<string, Resource> {
  return new Map(
    resources
      .filter(({ resourceType }) => resourceType === 'Medication')
      .map((one) => [`Medication/${String(one.id)}`, one]),
  );
}

function readDrug(resource: Resource, medications: ReadonlyMap<string, Resource>, chart: Chart): DrugEntry {
  const concepts = drugConcepts(resource, medications);
  const codings = concepts.flatMap((concept) => codingsOf(concept));
  const texts = [...concepts.flatMap((concept) => textsOf(concept)), ...referenceDisplay(resource)];
  const dosages = objects(resource['dosageInstruction'] ?? resource['dosage']);
  const found = chart.concepts.matchDrug(codings, texts, (concept) => isActiveConcept(chart, concept));
  const required = found.filter(({ requires }) => requires === undefined || isActiveConcept(chart, requires));
  const local = isLocalRoute(texts, dosages, chart);
  const routed = new Set(chart.definitions.medications.routedConcepts);
  const kept = required.filter(({ concept }) => !(local && routed.has(concept)));
  return {
    source: sourceOf(resource),
    resource,
    status: resource['status'],
    intent: resource['intent'],
    matches: new Map(kept.map((match) => [match.concept, match])),
    texts,
    forms: textsOf(referencedMedication(resource, medications)?.['form']),
    codings,
    routeUnclear: routeUnclear(kept, texts, dosages, chart),
    dosages,
    ingredients: ingredientsOf(referencedMedication(resource, medications)),
    ...datesOf(resource, dosages, chart),
  };
}

/** CodeableConcepts that name the drug: its own, or those of a contained or bundled Medication and its ingredients. */
function drugConcepts(resource: Resource, medications: ReadonlyMap<string, Resource>): readonly unknown[] {
  const medication = referencedMedication(resource, medications);
  const ingredients = objects(medication?.['ingredient']).map(
    (ingredient) => ingredient['itemCodeableConcept'],
  );
  return [resource['medicationCodeableConcept'], medication?.['code'], ...ingredients].filter(isJsonObject);
}

function referencedMedication(
  resource: Resource,
  medications: ReadonlyMap<string, Resource>,
): Resource | undefined {
  const reference = isJsonObject(resource['medicationReference'])
    ? resource['medicationReference']['reference']
    : undefined;
  if (typeof reference !== 'string') return undefined;
  if (reference.startsWith('#')) {
    return objects(resource['contained']).find(
      (one): one is Resource => isResource(one) && `#${String(one.id)}` === reference,
    );
  }
  // Absolute and versioned references name the same Medication as the relative one.
  const name = /(?:^|\/)(Medication\/[^/]+)(?:\/_history\/[^/]+)?$/.exec(reference.slice(0, 2000))?.[1];
  return name === undefined ? undefined : medications.get(name);
}

function ingredientsOf(medication: Resource | undefined): readonly DrugIngredient[] {
  return objects(medication?.['ingredient'])
    .filter((ingredient) => ingredient['isActive'] !== false)
    .map(({ itemCodeableConcept, strength }) => ({
      codings: codingsOf(itemCodeableConcept),
      texts: textsOf(itemCodeableConcept),
      strength,
    }));
}

function referenceDisplay(resource: Resource): readonly string[] {
  const display = isJsonObject(resource['medicationReference'])
    ? resource['medicationReference']['display']
    : undefined;
  return typeof display === 'string' ? [cleanText(display)] : [];
}

function objects(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function routeTexts(dosages: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  return dosages.flatMap((dosage) => [
    ...textsOf(dosage['route']),
    ...(typeof dosage['text'] === 'string' ? [dosage['text']] : []),
  ]);
}

function isLocalRoute(texts: readonly string[], dosages: DrugEntry['dosages'], chart: Chart): boolean {
  const local = patternOf(chart.definitions.medications.localRoutePattern);
  const routes = dosages.flatMap((dosage) => textsOf(dosage['route']));
  // A stated route decides; only without one do the drug's own words and the instruction text.
  const words = routes.length > 0 ? routes : [...texts, ...routeTexts(dosages)];
  return words.some((text) => local.test(text.slice(0, 500)));
}

/** A bare ingredient name without route, strength or form: the route, and so the concept, is unknown (G7). */
function routeUnclear(
  matches: readonly ConceptMatch[],
  texts: readonly string[],
  dosages: DrugEntry['dosages'],
  chart: Chart,
): ReadonlySet<string> {
  const { bareNameUnknownConcepts, formPattern } = chart.definitions.medications;
  const stated = patternOf(formPattern);
  const isBare =
    ![...texts, ...routeTexts(dosages)].some((text) => stated.test(text.slice(0, 500))) &&
    !dosages.some((dosage) => textsOf(dosage['route']).length > 0);
  return new Set(
    isBare
      ? matches.map(({ concept }) => concept).filter((concept) => bareNameUnknownConcepts.includes(concept))
      : [],
  );
}

type DrugDates = Pick<DrugEntry, 'authored' | 'start' | 'end' | 'supplyDays'>;

function datesOf(resource: Resource, dosages: DrugEntry['dosages'], chart: Chart): DrugDates {
  const dispense = isJsonObject(resource['dispenseRequest']) ? resource['dispenseRequest'] : {};
  const validity = isJsonObject(dispense['validityPeriod']) ? dispense['validityPeriod'] : {};
  const effective = isJsonObject(resource['effectivePeriod']) ? resource['effectivePeriod'] : {};
  const bounds = dosages.map((dosage) => boundsPeriod(dosage)).find((period) => period !== undefined) ?? {};
  const authored = readFhirDate(resource['authoredOn'] ?? resource['dateAsserted']);
  const start =
    readFhirDate(
      effective['start'] ?? resource['effectiveDateTime'] ?? bounds['start'] ?? validity['start'],
    ) ?? authored;
  return {
    authored,
    start,
    end: readFhirDate(effective['end'] ?? bounds['end']),
    supplyDays: supplyDays(dispense, chart),
  };
}

function boundsPeriod(
  dosage: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  const timing = isJsonObject(dosage['timing']) ? dosage['timing'] : {};
  const repeat = isJsonObject(timing['repeat']) ? timing['repeat'] : {};
  return isJsonObject(repeat['boundsPeriod']) ? repeat['boundsPeriod'] : undefined;
}

function supplyDays(dispense: Readonly<Record<string, unknown>>, chart: Chart): number | null {
  const duration = isJsonObject(dispense['expectedSupplyDuration']) ? dispense['expectedSupplyDuration'] : {};
  const { value } = duration;
  const perUnit = daysPer(duration['code'] ?? duration['unit'], chart);
  if (typeof value !== 'number' || !(value > 0) || perUnit === null) return null;
  return value * perUnit * (1 + refillsOf(dispense));
}

/** Refills that a dispense request allows; none when it does not say. */
export function refillsOf(dispense: Readonly<Record<string, unknown>>): number {
  const refills = dispense['numberOfRepeatsAllowed'];
  return typeof refills === 'number' && refills > 0 ? refills : 0;
}

/** Days of one unit of time, as cards/definitions.yaml counts them; null for a word that it does not list. */
export function daysPer(unit: unknown, chart: Chart): number | null {
  const table = chart.definitions.units.daysPer;
  return typeof unit === 'string' && Object.hasOwn(table, unit) ? (table[unit] ?? null) : null;
}

export type DrugUse = 'hazard' | 'gap';

/**
 * Is the patient on a drug of this concept?
 *
 * @returns known with the entries that say so; unknown when an entry is on hold or of unknown status (gap use), when an
 * active entry cannot be read (gap use), or when a list is incomplete; absent otherwise.
 */
export function onDrug(chart: Chart, concept: string, use: DrugUse): Fact<readonly DrugEntry[]> {
  const all = drugEntries(chart);
  const matching = all.filter(({ matches }) => matches.has(concept));
  const current = matching.filter(
    (entry) => !entry.routeUnclear.has(concept) && isOn(entry, use, chart) === true,
  );
  if (current.length > 0)
    return known(
      current,
      current.map((entry) => drugEvidence(entry, concept)),
    );
  const open = matching.filter((entry) => isOn(entry, use, chart) !== false);
  if (open.length > 0)
    return unknown(
      'ambiguous',
      open.map((entry) => drugEvidence(entry, concept)),
    );
  const gap = gapIn(chart, 'medicationRequests', 'medicationStatements');
  if (gap !== undefined) return unknown(gap.reason);
  const nameless =
    use === 'gap'
      ? all.filter(
          (entry) =>
            entry.codings.length === 0 && entry.texts.length === 0 && isOn(entry, use, chart) !== false,
        )
      : [];
  return nameless.length > 0
    ? unknown(
        'unreadable',
        nameless.map((entry) => drugEvidence(entry, concept)),
      )
    : absent;
}

/** Whether one entry says that the drug is taken today; undefined when its status leaves that open (gap use only). */
export function isOn(entry: DrugEntry, use: DrugUse, chart: Chart): Tri {
  if (entry.status === 'active') return isActiveEntry(entry, use, chart);
  if (use === 'hazard') return false;
  if (entry.status === 'completed')
    return entry.resource.resourceType === 'MedicationRequest' && coversToday(entry, chart);
  return entry.status === 'on-hold' || entry.status === 'unknown' || entry.status === undefined
    ? undefined
    : false;
}

function isActiveEntry(entry: DrugEntry, use: DrugUse, chart: Chart): boolean {
  const { recentMonths, hazardIntents } = chart.definitions.medications;
  if (entry.resource.resourceType === 'MedicationStatement')
    return hasStarted(entry, chart) && !hasEnded(entry, chart);
  const recent =
    entry.authored !== null &&
    entry.authored.last >= addMonths(chart.today, -recentMonths) &&
    entry.authored.first <= chart.today + 1;
  const current = recent || coversToday(entry, chart);
  if (use === 'hazard')
    return current && typeof entry.intent === 'string' && hazardIntents.includes(entry.intent);
  // "Active with no end date, at any age or without authoredOn": an end in the past ends it for the gap reading too.
  return current || entry.end === null;
}

function hasStarted({ start }: DrugEntry, chart: Chart): boolean {
  return start === null || start.first <= chart.today + 1;
}

function hasEnded({ end }: DrugEntry, chart: Chart): boolean {
  return end !== null && end.last < chart.today;
}

function coversToday({ start, end, supplyDays: days }: DrugEntry, { today }: Chart): boolean {
  if (start !== null && start.first > today) return false;
  if (end !== null) return end.last >= today;
  return start !== null && days !== null && start.last + days >= today;
}

/** Statuses that say that the drug was not taken. */
export const NEVER_USED: ReadonlySet<unknown> = new Set(['cancelled', 'draft', 'intended', 'not-taken']);

/** Entries of a concept whatever their status (stopped, completed, active): for "was ever given" questions. */
export function drugHistory(chart: Chart, concept: string): Fact<readonly DrugEntry[]> {
  const entries = drugEntries(chart).filter(
    ({ matches, status }) => matches.has(concept) && !NEVER_USED.has(status),
  );
  if (entries.length > 0)
    return known(
      entries,
      entries.map((entry) => drugEvidence(entry, concept)),
    );
  const gap = gapIn(chart, 'medicationRequests', 'medicationStatements');
  return gap === undefined ? absent : unknown(gap.reason);
}

/**
 * When a drug of these concepts was first ordered or taken.
 *
 * @returns unknown when a list is incomplete or an entry has no date: an earlier start could be hidden there.
 */
export function firstOrder(chart: Chart, concepts: readonly string[]): Fact<FhirDate> {
  const histories = concepts.map((concept) => drugHistory(chart, concept));
  const entries = histories.flatMap((fact) => (fact.state === 'known' ? fact.value : []));
  const gap = gapIn(chart, 'medicationRequests', 'medicationStatements');
  if (gap !== undefined) return unknown(gap.reason);
  const dates = entries.map(({ start, authored }) => start ?? authored);
  if (dates.includes(null)) return unknown('ambiguous');
  const [first] = dates.filter((date) => date !== null).sort((a, b) => a.order - b.order);
  return first === undefined ? absent : known(first, histories.flatMap(evidenceOf));
}

export function drugEvidence(entry: DrugEntry, concept: string): Evidence {
  const date = entry.authored ?? entry.start;
  return {
    source: entry.source,
    what: concept,
    ...(date === null ? {} : { date }),
    note: typeof entry.status === 'string' ? entry.status : 'status missing',
  };
}
