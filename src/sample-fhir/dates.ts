/**
 * FHIR dates as spans of time, as search compares them. What has no time zone is taken as UTC.
 *
 * @see https://hl7.org/fhir/R4/search.html#date
 */
import { readFhirDate } from '../facts/fhir-date.ts';
import { isJsonObject } from '../json.ts';

/** Seconds since 1970, both ends included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const SECONDS_PER_DAY = 86_400;

/** The span of a date, dateTime or instant at its own precision, to the second; undefined for anything else, such as 30 February. */
export function spanOf(text: string): Span | undefined {
  const date = readFhirDate(text);
  if (date === null) return undefined;
  return { from: date.order, to: text.includes('T') ? date.order : (date.last + 1) * SECONDS_PER_DAY - 1 };
}

/** The span of an element: a date, or a Period, open where it has no start or no end. */
export function spanOfElement(element: unknown): Span | undefined {
  if (typeof element === 'string') return spanOf(element);
  if (!isJsonObject(element)) return undefined;
  const start = typeof element['start'] === 'string' ? spanOf(element['start']) : undefined;
  const end = typeof element['end'] === 'string' ? spanOf(element['end']) : undefined;
  if (start === undefined && end === undefined) return undefined;
  return { from: start?.from ?? -Infinity, to: end?.to ?? Infinity };
}

export type Comparison = (found: Span, asked: Span) => boolean;

/** `ap` takes whatever touches. */
export const COMPARISONS: Readonly<Record<string, Comparison>> = {
  eq: (found, asked) => found.from >= asked.from && found.to <= asked.to,
  ne: (found, asked) => found.from < asked.from || found.to > asked.to,
  gt: (found, asked) => found.to > asked.to,
  lt: (found, asked) => found.from < asked.from,
  ge: (found, asked) => found.to >= asked.from,
  le: (found, asked) => found.from <= asked.to,
  sa: (found, asked) => found.from > asked.to,
  eb: (found, asked) => found.to < asked.from,
  ap: (found, asked) => found.from <= asked.to && found.to >= asked.from,
};
