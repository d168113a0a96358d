/** What a generated chart is put together from: resources in two unit families, and how often which is chosen. */
import fc from 'fast-check';
import type { Resource } from '../../src/facts/record.ts';
import { coded, type SystemName } from '../build-record.ts';

/** A resource in the two unit families: the same one where it has no twin. */
export interface Entry {
  readonly conventional: Resource;
  readonly si: Resource;
}
export type Entries = fc.Arbitrary<readonly Entry[]>;
/** What a chart can be about, on an evaluation date. */
export type Topic = (today: string) => Entries;

export type Json = Readonly<Record<string, unknown>>;
/** How often which value. */
export type Weighted<T> = readonly (readonly [weight: number, value: T])[];

export function plain(resource: Resource): Entry {
  return { conventional: resource, si: resource };
}

/** One of the values, as often as its weight says; the first is the plainest. */
export function weighted<T>(values: Weighted<T>): fc.Arbitrary<T> {
  const [first, ...rest] = values.map(([weight, value]) => ({
    weight: Math.round(10 * weight),
    arbitrary: fc.constant(value),
  }));
  if (first === undefined) throw new RangeError('nothing to choose from');
  return fc.oneof({ withCrossShrink: true }, first, ...rest);
}

/** A value in so many of a hundred charts. */
export function inPercent<T>(percent: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof(
    { withCrossShrink: true },
    { weight: Math.round(10 * (100 - percent)), arbitrary: fc.constant(undefined) },
    { weight: Math.round(10 * percent), arbitrary },
  );
}

/** Up to `most` entries of one kind. */
export function some(entry: fc.Arbitrary<Entry>, most = 2, least = 0): Entries {
  return fc.array(entry, { minLength: least, maxLength: most });
}

/** All that the parts give. */
export function together(...parts: readonly Entries[]): Entries {
  return fc.tuple(...parts).map((lists) => lists.flat());
}

/** Nothing in most charts, else the entries. */
export function maybe(percent: number, entries: Entries): Entries {
  return inPercent(percent, entries).map((list) => list ?? []);
}

export const UCUM = 'http://unitsofmeasure.org';

/** `system code`, e.g. `icd10cm I25.2`. */
export type Written = `${SystemName} ${string}`;

export function codedAs(text: Written): ReturnType<typeof coded> {
  const [system, ...code] = text.split(' ');
  return coded(system as SystemName, code.join(' '));
}
