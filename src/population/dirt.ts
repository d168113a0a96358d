/**
 * How charts really look: statuses, units, references and dates as public patient data has them. The rates are chosen by us, so that
 * each shape occurs in a few hundred patients; docs/population.md lists them.
 */
import type { JsonObject } from '../json.ts';
import type { Random } from './random.ts';

/** Status of a result. */
export const RESULT_STATUS = [
  [955, 'final'],
  [10, 'amended'],
  [8, 'corrected'],
  [8, 'preliminary'],
  [8, 'entered-in-error'],
  [4, 'cancelled'],
  [7, 'unknown'],
] as const;

export const UCUM = 'http://unitsofmeasure.org';

/** A quantity with unit and UCUM code, unit only, code only, or neither: all four occur in public data. */
export function quantityOf(random: Random, value: number, { unit, code = unit }: Unit): JsonObject {
  const shape = random.next();
  if (shape < 0.86) return { value, unit, system: UCUM, code };
  if (shape < 0.93) return { value, unit };
  if (shape < 0.99) return { value, system: UCUM, code };
  return { value, system: UCUM };
}

export interface Unit {
  readonly unit: string;
  /** UCUM code where it is not written like the unit. */
  readonly code?: string;
}

/** A date as a day, with a time and zone, or coarser. Local time without zone is not valid R4 and occurs all the same. */
export function writtenDate(random: Random, day: string): string {
  const shape = random.next();
  if (shape < 0.68) return day;
  const time = `${day}T${two(random.integer(7, 18))}:${two(random.integer(0, 59))}:00`;
  if (shape < 0.88) return `${time}-05:00`;
  if (shape < 0.975) return `${time}Z`;
  if (shape < 0.99) return day.slice(0, 7);
  return shape < 0.998 ? day.slice(0, 4) : time;
}

function two(value: number): string {
  return value < 10 ? `0${String(value)}` : String(value);
}

/** How this patient's resources point to the Patient; a server writes one form, a few records mix them. */
export function referenceForm(random: Random, id: string): () => string {
  const plain = `Patient/${id}`;
  const shape = random.next();
  if (shape < 0.9) return () => plain;
  if (shape < 0.94) return () => `https://ehr.example.org/fhir/${plain}`;
  if (shape < 0.96) return () => `${plain}/_history/2`;
  if (shape < 0.98) return () => `/${plain}`;
  return () => (random.chance(0.5) ? plain : `https://ehr.example.org/fhir/${plain}/_history/1`);
}

/** When a result was taken; missing now and then, a period now and then. */
export function effectiveOf(random: Random, day: string): JsonObject {
  const shape = random.next();
  if (shape < 0.985) return { effectiveDateTime: writtenDate(random, day) };
  return shape < 0.993 ? { issued: `${day}T12:00:00Z` } : { effectivePeriod: { start: day, end: day } };
}

export const NOT_MEASURED: JsonObject = {
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'not-performed' }],
};
