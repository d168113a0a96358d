/**
 * A chart as it was on an earlier day, and which day that is.
 *
 * Without --as-of every patient is judged on a day on which somebody saw them: one of the days of encounters and results in
 * the last two years of their own chart, chosen by a hash of seed and patient id. What was written later is left out. Statuses
 * (a drug stopped since, a condition resolved since) stay as exported: no export says what they were.
 */
import { createHash } from 'node:crypto';
import { isoDay, readFhirDate, type Day } from '../facts/fhir-date.ts';
import type { Resource } from '../facts/record.ts';
import { isJsonObject } from '../json.ts';

/** Older visits say little about the clinic of today. */
export const VISIT_YEARS = 2;
const DAYS_OF_VISITS = 730;

/**
 * A day on which the patient was seen.
 *
 * @returns null when no encounter and no Observation has a date with day precision.
 */
export function visitDay(resources: readonly Resource[], patientId: string, seed: string): Day | null {
  const days = new Set<Day>();
  for (const resource of resources) {
    if (resource.resourceType !== 'Encounter' && resource.resourceType !== 'Observation') continue;
    const date = writtenOn(resource);
    if (date !== null) days.add(date);
  }
  if (days.size === 0) return null;
  const sorted = [...days].sort((a, b) => a - b);
  const last = sorted.at(-1) ?? 0;
  const recent = sorted.filter((day) => day > last - DAYS_OF_VISITS);
  return recent[draw(`${seed}\n${patientId}`, recent.length)] ?? null;
}

/** A number below `count`, the same for the same text on every machine. */
function draw(text: string, count: number): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) % count;
}

/** Where each type says on which day it came into the record; the first that is there decides. */
const WHEN: Readonly<Record<string, readonly string[]>> = {
  Encounter: ['period.start'],
  Observation: [
    'effectiveDateTime',
    'effectivePeriod.end',
    'effectivePeriod.start',
    'effectiveInstant',
    'issued',
  ],
  Condition: ['recordedDate', 'onsetDateTime', 'onsetPeriod.start'],
  MedicationRequest: ['authoredOn'],
  MedicationStatement: ['dateAsserted', 'effectiveDateTime', 'effectivePeriod.start'],
  Procedure: ['performedDateTime', 'performedPeriod.end', 'performedPeriod.start'],
  DiagnosticReport: ['effectiveDateTime', 'effectivePeriod.end', 'effectivePeriod.start', 'issued'],
  ServiceRequest: ['authoredOn', 'occurrenceDateTime'],
};

/** The day of a resource; null without a date of day precision. */
function writtenOn(resource: Resource): Day | null {
  for (const path of WHEN[resource.resourceType] ?? []) {
    const [key = '', inner] = path.split('.');
    const outer = resource[key];
    const value = inner === undefined ? outer : isJsonObject(outer) ? outer[inner] : undefined;
    if (value === undefined) continue;
    const date = readFhirDate(value);
    return date === null || date.first !== date.last ? null : date.first;
  }
  return null;
}

/**
 * The resources that were there on `day`. What has no date, or a partial one, stays: leaving it out would say "none on record".
 *
 * A death after the day had not happened yet.
 */
export function chartOn(resources: readonly Resource[], day: Day): readonly Resource[] {
  return resources.flatMap((resource): Resource[] => {
    if (resource.resourceType === 'Patient') return [aliveOn(resource, day)];
    const date = writtenOn(resource);
    return date !== null && date > day ? [] : [resource];
  });
}

function aliveOn(patient: Resource, day: Day): Resource {
  const death = readFhirDate(patient['deceasedDateTime']);
  if (death === null || death.first <= day) return patient;
  const { deceasedDateTime: _later, ...alive } = patient;
  return { ...alive, resourceType: 'Patient' };
}

export { isoDay };
