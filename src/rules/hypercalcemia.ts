/**
 * High calcium in the words of R06: how urgent it is, and what the PTH near it says (clarifications R06, A to A3).
 */
import { allOf, anyOf, has, not, type Fact, type Tri } from '../facts/fact.ts';
import { addMonths, type Day } from '../facts/fhir-date.ts';
import type { Facts } from '../facts/index.ts';
import type { CalciumStatus } from '../facts/lab-facts.ts';
import {
  isAboveAsReported,
  isAtLeast,
  isBelow,
  isBelowAsReported,
  showQuantity,
  type Quantity,
  type Threshold,
} from '../facts/quantity.ts';
import type { Range, RangedSeries } from '../facts/reference-range.ts';
import {
  doneWithin,
  inWindow,
  lastDays,
  resultsWithin,
  type Result,
  type Series,
  type Window,
} from '../facts/results.ts';
import { isAboveUpperLimitBy, isHighCalcium } from './calcium.ts';

export const HYPERCALCEMIA_INPUTS = [
  'calcium',
  'calciumOrdered',
  'pth',
  'pthOrdered',
  'hyperparathyroidism',
  'endocrinologyReferral',
] as const;
type Inputs = Pick<Facts, (typeof HYPERCALCEMIA_INPUTS)[number]>;

export interface HypercalcemiaLimits {
  readonly criticalFrom: Threshold;
  readonly criticalIonizedFrom: Threshold;
  readonly criticalDays: number;
  readonly pthMonths: number;
  readonly suppressedBelow: Threshold;
  readonly dependentFrom: Threshold;
  readonly knownMargin: Threshold;
}

/** What the PTH near the calcium says; the names are the variants of the YAML. */
export type PthPattern = 'noPth' | 'noPthNear' | 'pthDependent' | 'pthNotSuppressed' | 'pthSuppressed';

export interface NearPth {
  readonly result: Result;
  readonly range: Range;
}

export interface Hypercalcemia {
  readonly status: CalciumStatus | null;
  /** High enough to be called urgent, whenever it was taken: the card asks to confirm it. */
  readonly extreme: boolean;
  /** Extreme and recent. */
  readonly urgent: Tri;
  /** Null when it cannot be told, or calcium is not high. */
  readonly pattern: PthPattern | null;
  readonly near: NearPth | null;
  /** Whether the card about the pattern is due (A, A2, A3). */
  readonly due: Tri;
  /** The inputs that leave `due` open. */
  readonly open: readonly (typeof HYPERCALCEMIA_INPUTS)[number][];
}

export function readHypercalcemia(facts: Inputs, limits: HypercalcemiaLimits, today: Day): Hypercalcemia {
  const { calcium, pth } = facts;
  const high = isHighCalcium(calcium);
  const status = calcium.state === 'known' ? calcium.value : null;
  const extreme = status !== null && isExtreme(status, limits) === true;
  const around = status === null ? null : aroundCalcium(status, limits.pthMonths);
  const near = status === null || around === null ? null : nearest(pth, status, around);
  const pattern = high !== true || around === null ? null : patternOf(pth, near, around, limits);
  const quieted = isQuieted(facts, status, limits);
  const done = pattern === null ? undefined : isDone(pattern, facts);
  return {
    status,
    extreme,
    urgent: urgency(calcium, extreme, limits, today),
    pattern,
    near,
    due: allOf(high, not(quieted), high === true ? not(done) : high),
    open: openInputs(facts, { pattern, quieted, done }),
  };
}

function isExtreme({ compared, kind }: CalciumStatus, limits: HypercalcemiaLimits): Tri {
  return isAtLeast(compared, kind === 'ionized' ? limits.criticalIonizedFrom : limits.criticalFrom);
}

/** A date that may be older is not recent; an unknown calcium is not urgent, and not "not urgent" either. */
function urgency(
  calcium: Fact<CalciumStatus>,
  extreme: boolean,
  { criticalDays }: HypercalcemiaLimits,
  today: Day,
): Tri {
  if (calcium.state === 'unknown') return undefined;
  if (calcium.state === 'absent' || !extreme) return false;
  return inWindow(calcium.value.result.date, lastDays(criticalDays, today)) === true;
}

function aroundCalcium({ result: { date } }: CalciumStatus, months: number): Window {
  return { from: addMonths(date.first, -months), to: addMonths(date.last, months) };
}

/** The PTH nearest to the calcium, before or after; of two, the newer one. */
function nearest(pth: RangedSeries, { result: { date } }: CalciumStatus, around: Window): NearPth | null {
  const distance = (one: Result): number => Math.abs(one.date.last - date.last);
  const [result] = [...resultsWithin(pth, around)].sort((a, b) => distance(a) - distance(b));
  return result === undefined ? null : { result, range: pth.ranges.get(result) ?? {} };
}

function patternOf(
  pth: RangedSeries,
  near: NearPth | null,
  around: Window,
  limits: HypercalcemiaLimits,
): PthPattern | null {
  if (near === null) {
    if (doneWithin(pth, around) !== false) return null;
    return pth.results.length + pth.unusable.length === 0 ? 'noPth' : 'noPthNear';
  }
  const { result, range } = near;
  const suppressed = isSuppressed(result.quantity, range, limits);
  if (suppressed === undefined) return null;
  if (suppressed) return 'pthSuppressed';
  return isDependent(result.quantity, range, limits) === true ? 'pthDependent' : 'pthNotSuppressed';
}

/** Below its own range, or below the fixed limit. */
function isSuppressed(quantity: Quantity, { low }: Range, { suppressedBelow }: HypercalcemiaLimits): Tri {
  const belowRange = low === undefined ? false : isBelowAsReported(quantity, low);
  return anyOf(belowRange, isBelow(quantity, suppressedBelow));
}

/** Above the midpoint of its own range; above a range without lower end; without an upper end from the fixed limit. */
function isDependent(quantity: Quantity, { low, high }: Range, { dependentFrom }: HypercalcemiaLimits): Tri {
  if (high === undefined) return isAtLeast(quantity, dependentFrom);
  return isAboveAsReported(quantity, low === undefined ? high : (low + high) / 2);
}

/** Known hyperparathyroidism explains a high calcium, unless it is far above the limit and nobody special has seen it. */
function isQuieted(
  { hyperparathyroidism, endocrinologyReferral }: Inputs,
  status: CalciumStatus | null,
  { knownMargin }: HypercalcemiaLimits,
): Tri {
  const far = status === null ? undefined : isAboveUpperLimitBy(status, knownMargin);
  return allOf(has(hyperparathyroidism), not(allOf(far, not(endocrinologyReferral))));
}

/** Is what the card would ask for already ordered? A suppressed PTH asks for thought, which is never ordered. */
function isDone(pattern: PthPattern, { pthOrdered, calciumOrdered, endocrinologyReferral }: Inputs): Tri {
  if (pattern === 'pthSuppressed') return false;
  return pattern === 'noPth' || pattern === 'noPthNear'
    ? allOf(pthOrdered, calciumOrdered)
    : endocrinologyReferral;
}

function openInputs(
  facts: Inputs,
  states: { readonly pattern: PthPattern | null; readonly quieted: Tri; readonly done: Tri },
): Hypercalcemia['open'] {
  const { calcium, hyperparathyroidism, pthOrdered, endocrinologyReferral } = facts;
  if (calcium.state === 'unknown') return ['calcium'];
  if (isHighCalcium(calcium) !== true) return [];
  const asksForLabs = states.pattern === 'noPth' || states.pattern === 'noPthNear';
  const quietedOpen = states.quieted === undefined;
  const doneOpen = states.pattern !== null && states.done === undefined;
  return [
    ...(states.pattern === null ? (['pth'] as const) : []),
    ...(quietedOpen && hyperparathyroidism.state === 'unknown' ? (['hyperparathyroidism'] as const) : []),
    ...(endocrinologyReferral === undefined && (quietedOpen || (doneOpen && !asksForLabs))
      ? (['endocrinologyReferral'] as const)
      : []),
    ...(doneOpen && asksForLabs
      ? [pthOrdered === undefined ? ('pthOrdered' as const) : ('calciumOrdered' as const)]
      : []),
  ];
}

/** Tests that belong to the work-up and that a complete search did not find near the calcium. */
export function isMissingNear(series: Series, status: CalciumStatus, months: number): boolean {
  return doneWithin(series, aroundCalcium(status, months)) === false;
}

/** `{pth}`, `{pthDate}` and, when the report gives one, `{pthRange}`. */
export function pthValues(near: NearPth | null): Readonly<Record<string, string>> {
  if (near === null) return {};
  const { quantity, date } = near.result;
  const range = shownRange(near);
  return {
    pth: showQuantity(quantity),
    pthDate: date.text,
    ...(range === null ? {} : { pthRange: range }),
  };
}

function shownRange({ range: { low, high }, result: { quantity } }: NearPth): string | null {
  if (low === undefined && high === undefined) return null;
  if (low === undefined) return `up to ${String(high)} ${quantity.unit}`;
  if (high === undefined) return `from ${String(low)} ${quantity.unit}`;
  return `${String(low)}-${String(high)} ${quantity.unit}`;
}

export function pthLines(near: NearPth | null): readonly string[] {
  return near === null ? [] : ['pth', shownRange(near) === null ? 'pthNoRange' : 'pthRange'];
}
