/**
 * Values of a population beside the limits that they are compared with, one histogram for each unit family.
 *
 * Limits come from the policy that is forecast; only the shape of the axis is ours.
 */
import type { Definitions } from '../knowledge/definitions.ts';
import type { Policy, ServicePlan } from '../knowledge/policy.ts';
import type { Fact } from '../facts/fact.ts';
import type { FactName, Facts } from '../facts/index.ts';
import type { Quantity, Threshold } from '../facts/quantity.ts';
import { addMonths, type Day } from '../facts/fhir-date.ts';
import { significant, ucumFactor } from '../facts/ucum.ts';
import type { Series } from '../facts/results.ts';

export type Family = 'conventional' | 'si';

/** Equal bins from `from` to `to`; what lies outside falls into the first or the last one. */
export interface Axis {
  readonly unit: string;
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

export interface Limit {
  /** Recommendation and parameter, or the definition that sets it. */
  readonly name: string;
  readonly recommendation: string | null;
  readonly value: number;
}

export interface ValueSpec {
  readonly id: string;
  readonly title: string;
  readonly fact: FactName;
  readonly conventional: Axis;
  readonly si?: Axis;
  /** Parameters that are limits of this value. */
  readonly limits: readonly (readonly [recommendation: string, parameter: string])[];
  /** Parameter that says how many months back a result counts; all of the record without it. */
  readonly window?: readonly [recommendation: string, parameter: string];
}

export const T_SCORE = 'tScore';

export const VALUES: readonly ValueSpec[] = [
  {
    id: T_SCORE,
    title: 'Lowest T-score of the newest scan',
    fact: 'lowestT',
    conventional: { unit: '{T-score}', from: -5, to: 3, step: 0.25 },
    limits: [],
  },
  {
    id: 'vitaminD',
    title: '25-OH vitamin D',
    fact: 'vitaminD',
    conventional: { unit: 'ng/mL', from: 0, to: 120, step: 4 },
    si: { unit: 'nmol/L', from: 0, to: 300, step: 10 },
    limits: [
      ['vitamin-d-low-result', 'severeBelow'],
      ['vitamin-d-low-result', 'deficientBelow'],
      ['vitamin-d-low-result', 'insufficientBelow'],
      ['vitamin-d-low-result', 'excessAbove'],
    ],
    window: ['vitamin-d-low-result', 'resultMonths'],
  },
  {
    id: 'ldl',
    title: 'LDL cholesterol',
    fact: 'ldl',
    conventional: { unit: 'mg/dL', from: 0, to: 300, step: 10 },
    si: { unit: 'mmol/L', from: 0, to: 8, step: 0.25 },
    limits: [
      ['severe-ldl-low-bmd', 'severe'],
      ['severe-ldl-low-bmd', 'raised'],
      ['prevent-risk-low-bmd', 'ldlFrom'],
    ],
    window: ['severe-ldl-low-bmd', 'resultMonths'],
  },
  {
    id: 'hsCrp',
    title: 'hs-CRP',
    fact: 'hsCrp',
    conventional: { unit: 'mg/L', from: 0, to: 15, step: 0.5 },
    limits: [
      ['hscrp-risk-enhancer', 'enhancer'],
      ['hscrp-risk-enhancer', 'high'],
      ['hscrp-risk-enhancer', 'acute'],
    ],
    window: ['hscrp-risk-enhancer', 'resultMonths'],
  },
  {
    id: 'hba1c',
    title: 'HbA1c',
    fact: 'hba1c',
    conventional: { unit: '%', from: 4, to: 14, step: 0.5 },
    si: { unit: 'mmol/mol', from: 20, to: 130, step: 5 },
    limits: [['diabetes-bone-risk', 'hba1cAbove']],
  },
  {
    id: 'testosterone',
    title: 'Total testosterone',
    fact: 'testosterone',
    conventional: { unit: 'ng/dL', from: 0, to: 1000, step: 50 },
    si: { unit: 'nmol/L', from: 0, to: 35, step: 1.5 },
    limits: [['low-testosterone-bone-heart', 'lowBelow']],
  },
];

/** The value that a histogram counts for this patient; null when it is not known or not in the window. */
export function valueOf(
  { fact, window }: ValueSpec,
  facts: ReadonlyMap<FactName, Facts[FactName]>,
  plan: ServicePlan,
  today: Day,
): Quantity | null {
  const read = facts.get(fact);
  if (read === undefined || typeof read !== 'object') return null;
  if ('results' in read) return newest(read, from(window, plan, today));
  const t = read as Fact<unknown>;
  return fact === 'lowestT' && t.state === 'known'
    ? (t as Extract<Facts['lowestT'], { state: 'known' }>).value.quantity
    : null;
}

function newest({ results }: Series, first: Day): Quantity | null {
  const [latest] = results;
  return latest === undefined || latest.date.last < first ? null : latest.quantity;
}

function from(window: ValueSpec['window'], plan: ServicePlan, today: Day): Day {
  const months = window === undefined ? undefined : parameterOf(plan, window);
  return typeof months === 'number' ? addMonths(today, -months) : -Infinity;
}

function parameterOf(
  { recommendations }: ServicePlan,
  [recommendation, parameter]: readonly [string, string],
): number | boolean | Threshold | undefined {
  const active = recommendations.find((one) => one.recommendation.id === recommendation);
  return active?.parameters[parameter];
}

/**
 * Family and bin of a value, in the family that the laboratory reported; null when its unit does not fit the axis.
 *
 * A value with a comparator is counted at its bound: `< 4` in the bin of 4.
 */
export function binOf(spec: ValueSpec, quantity: Quantity): readonly [Family, number] | null {
  const family: Family = quantity.molar && spec.si !== undefined ? 'si' : 'conventional';
  const axis = axisOf(spec, family);
  const [value, unit] =
    family === 'si' ? [quantity.value, quantity.unit] : [quantity.canonical, quantity.canonicalUnit];
  const factor = unit === axis.unit ? 1 : ucumFactor(unit, axis.unit);
  if (factor === null) return null;
  const steps = significant((significant(value * factor) - axis.from) / axis.step);
  return [family, Math.min(Math.max(Math.floor(steps), 0), bins(axis) - 1)];
}

export function axisOf(spec: ValueSpec, family: Family): Axis {
  return family === 'si' && spec.si !== undefined ? spec.si : spec.conventional;
}

export function bins({ from: first, to, step }: Axis): number {
  return Math.round((to - first) / step);
}

/** The limits of a value in one unit family, lowest first; a recommendation that is off has none. */
export function limitsOf(
  spec: ValueSpec,
  family: Family,
  plan: ServicePlan,
  policy: Policy,
): readonly Limit[] {
  const found =
    spec.id === T_SCORE
      ? tScoreLimits(policy.knowledge.definitions)
      : spec.limits.flatMap(([recommendation, parameter]): Limit[] => {
          const value = limitIn(parameterOf(plan, [recommendation, parameter]), family);
          return value === null ? [] : [{ name: parameter, recommendation, value }];
        });
  return [...found].sort((a, b) => a.value - b.value);
}

function tScoreLimits({ tScore }: Definitions): readonly Limit[] {
  return [
    { name: 'osteoporosisAtMost', recommendation: null, value: tScore.osteoporosisAtMost.value },
    { name: 'normalAtLeast', recommendation: null, value: tScore.normalAtLeast.value },
  ];
}

function limitIn(parameter: number | boolean | Threshold | undefined, family: Family): number | null {
  if (typeof parameter === 'number') return parameter;
  if (typeof parameter !== 'object') return null;
  return family === 'si' ? (parameter.si?.value ?? null) : parameter.value;
}
