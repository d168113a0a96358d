/**
 * Is a low testosterone confirmed: two low morning samples far enough apart, with no normal one between or after them
 * (clarifications R22)?
 */
import { isBelow, showQuantity, type Threshold } from '../facts/quantity.ts';
import {
  inWindow,
  latestWithin,
  resultsWithin,
  type Result,
  type Series,
  type Window,
} from '../facts/results.ts';
import { hoursBetween, localHour } from '../facts/sample-time.ts';
import type { Recommend } from './define-rule.ts';

export interface LevelLimits {
  readonly lowBelow: Threshold;
  /** A sample of this hour or later does not confirm. */
  readonly morningBefore: number;
  readonly hoursApart: number;
}

export type TestosteroneLevel =
  | { readonly state: 'notLow' | 'open' }
  /** Low, without a second sample that confirms it. */
  | { readonly state: 'single'; readonly low: readonly [Result, ...Result[]] }
  | { readonly state: 'confirmed'; readonly low: readonly [Result, Result] };

/**
 * @param series total testosterone; a level at or above the limit ends the run of low ones before it.
 * @returns `open` when a result, its date or the search leaves it open whether there is a confirming sample.
 */
export function testosteroneLevel(series: Series, window: Window, limits: LevelLimits): TestosteroneLevel {
  const latest = latestWithin(series, window);
  if (latest.state === 'absent') return { state: 'notLow' };
  if (latest.state === 'unknown') return { state: 'open' };
  const results = resultsWithin(series, window);
  const states = results.map(({ quantity }) => isBelow(quantity, limits.lowBelow));
  const end = states.findIndex((low) => low !== true);
  const [newest, ...earlier] = results.slice(0, end === -1 ? results.length : end);
  if (newest === undefined) return { state: states[0] === false ? 'notLow' : 'open' };
  const pair = confirmingPair([newest, ...earlier], limits);
  if (pair !== null) return { state: 'confirmed', low: pair };
  const isOpen = (end !== -1 && states[end] === undefined) || mayHoldMore(series, window);
  return isOpen ? { state: 'open' } : { state: 'single', low: [newest, ...earlier] };
}

/** The newest sample that may confirm, and the next one that is far enough from it. */
function confirmingPair(low: readonly Result[], limits: LevelLimits): readonly [Result, Result] | null {
  const [newest, ...others] = low.filter((result) => !isLate(result, limits));
  const other = others.find(
    (result) => newest !== undefined && hoursBetween(newest, result) >= limits.hoursApart,
  );
  return newest === undefined || other === undefined ? null : [newest, other];
}

/** Taken at a stated time that is no longer morning; an unknown time counts as morning (clarifications R22). */
function isLate(result: Result, { morningBefore }: LevelLimits): boolean {
  const hour = localHour(result);
  return hour !== null && hour >= morningBefore;
}

/** Something in the window that cannot be read, or may be there unseen, might be the second sample. */
function mayHoldMore(series: Series, window: Window): boolean {
  const hidden = series.unusable.some(({ date }) => date === undefined || inWindow(date, window) !== false);
  return (
    !series.complete || hidden || series.results.some(({ date }) => inWindow(date, window) === undefined)
  );
}

/** Lines and values of a card about these samples. */
export function levelWords(
  low: readonly [Result, ...Result[]],
  limits: LevelLimits,
): Pick<Recommend, 'found' | 'values'> {
  const [newest, earlier] = low;
  return {
    found: [
      'level',
      ...(earlier === undefined ? [] : ['earlierLevel']),
      ...(low.some((result) => localHour(result) === null) ? ['timeUnknown'] : []),
      ...(low.some((result) => isLate(result, limits)) ? ['late'] : []),
    ],
    values: {
      v: showQuantity(newest.quantity),
      date: newest.date.text,
      ...(earlier === undefined
        ? {}
        : { earlier: showQuantity(earlier.quantity), earlierDate: earlier.date.text }),
    },
  };
}
