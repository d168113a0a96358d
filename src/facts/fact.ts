/**
 * What a rule may know: a value with its evidence, a proven absence, or nothing.
 *
 * `absent` and `unknown` are different clinical statements and are never merged.
 */
import type { FhirDate } from './fhir-date.ts';
import type { UnknownReason } from './record.ts';

/** A value in words of the record: number with UCUM unit and comparator, or a code. */
export interface Measure {
  readonly value: number | string;
  readonly comparator?: string;
  /** UCUM; left out when dimensionless. */
  readonly unit?: string;
}

/** One piece of the record that a statement rests on; shown in the explanation, cited by suggestions. */
export interface Evidence {
  /** `Observation/123`; `(no id)` when the record gives none. */
  readonly source: string;
  /** What it is, in the words of cards/: a concept id or `age`. */
  readonly what: string;
  readonly date?: FhirDate;
  /** The value as it was sent, e.g. 49 nmol/L. */
  readonly sent?: Measure;
  /** The value as it was compared, e.g. 19.63 ng/mL, or a word such as a sex. */
  readonly used?: Measure;
  readonly note?: string;
  /** Code of a Condition, for `reasonCode` of a suggested order. */
  readonly coding?: { readonly system: string; readonly code: string };
}

export interface Known<T> {
  readonly state: 'known';
  readonly value: T;
  readonly evidence: readonly Evidence[];
}
export interface Absent {
  readonly state: 'absent';
}
export interface Unknown {
  readonly state: 'unknown';
  readonly reason: UnknownReason;
  /** What is there but cannot be used, so that a card or an explanation can say so. */
  readonly evidence?: readonly Evidence[];
}
export type Fact<T> = Known<T> | Absent | Unknown;

export const absent: Absent = { state: 'absent' };

export function unknown(reason: UnknownReason, evidence: readonly Evidence[] = []): Unknown {
  return evidence.length === 0 ? { state: 'unknown', reason } : { state: 'unknown', reason, evidence };
}

export function known<T>(value: T, evidence: readonly Evidence[]): Known<T> {
  return { state: 'known', value, evidence };
}

/** Three-valued logic (clarifications G2): undefined is "unknown". */
export type Tri = boolean | undefined;

/** Any true is true; else any unknown is unknown. For lists from a record, which may be longer than a call can spread. */
export function anyIn(values: readonly Tri[]): Tri {
  if (values.includes(true)) return true;
  return values.includes(undefined) ? undefined : false;
}

/** Any true is true; else any unknown is unknown. */
export function anyOf(...values: readonly Tri[]): Tri {
  return anyIn(values);
}

/** Any false is false; else any unknown is unknown. */
export function allOf(...values: readonly Tri[]): Tri {
  if (values.includes(false)) return false;
  return values.includes(undefined) ? undefined : true;
}

export function not(value: Tri): Tri {
  return value === undefined ? undefined : !value;
}

/** Known is true, absent is false, unknown is unknown. */
export function has(fact: Fact<unknown>): Tri {
  if (fact.state === 'unknown') return undefined;
  return fact.state === 'known';
}

/** A test of a known value; absent gives `whenAbsent`, unknown stays unknown. */
export function test<T>(fact: Fact<T>, predicate: (value: T) => Tri, whenAbsent: Tri = false): Tri {
  if (fact.state === 'unknown') return undefined;
  return fact.state === 'known' ? predicate(fact.value) : whenAbsent;
}

/** What a known fact rests on; nothing for the others. */
export function evidenceOf(fact: Fact<unknown>): readonly Evidence[] {
  return fact.state === 'known' ? fact.evidence : [];
}

/** Something is there that does not settle the question: no search failed. */
const UNSETTLED: ReadonlySet<UnknownReason> = new Set(['unreadable', 'ambiguous', 'not-yet-usable']);

/** Unknown because a search was not answered in full, not because what it found cannot be used: "could not check". */
export function isQueryFailure(fact: Fact<unknown>): boolean {
  return fact.state === 'unknown' && !UNSETTLED.has(fact.reason);
}
