/**
 * What PREVENT takes from the record: each input within its window, or why it cannot be used.
 *
 * Nothing is imputed. "No entry" counts as no for diabetes, blood pressure treatment and statin only after complete searches,
 * and then the card says so (rules/prevent-lines.ts). @see clinical/prevent.md
 */
import { isOvertaken, newestPressures, type PressureReadings } from '../facts/blood-pressure.ts';
import { has, known, unknown, type Fact } from '../facts/fact.ts';
import type { Day, FhirDate } from '../facts/fhir-date.ts';
import type { FactName, Facts } from '../facts/index.ts';
import {
  inWindow,
  lastMonths,
  latestWithin,
  noneWithin,
  resultEvidence,
  resultsWithin,
} from '../facts/results.ts';
import type { Result, Series, Window } from '../facts/results.ts';
import type { SmokingStatus } from '../facts/smoking.ts';
import { significant, ucumFactor } from '../facts/ucum.ts';
import { ckdEpi2021 } from '../risk/ckd-epi.ts';
import type { Cholesterol, PreventInput } from '../risk/prevent.ts';

export const PREVENT_INPUTS = [
  'age',
  'sex',
  'totalCholesterol',
  'hdlCholesterol',
  'bloodPressure',
  'kidneyResults',
  'eGfr2021',
  'smoking',
  'diabetesForRisk',
  'bloodPressureTreatment',
  'statins',
  'bodyMassIndex',
  'weight',
  'height',
] as const;
export type PreventFacts = Pick<Facts, (typeof PREVENT_INPUTS)[number]>;

export const PREVENT_WINDOWS = {
  lipidMonths: 'mo',
  pressureMonths: 'mo',
  kidneyMonths: 'mo',
  smokingMonths: 'mo',
  bodyMonths: 'mo',
  heightMonths: 'mo',
} as const;
type Windows = Readonly<Record<keyof typeof PREVENT_WINDOWS, number>>;

interface Systolic {
  readonly value: number;
  readonly days: number;
  readonly date: FhirDate;
}

export interface Egfr {
  /** Whole number, half up: one rule for reported and computed values (clinical/prevent.md). */
  readonly value: number;
  readonly kind: 'eGfrReported' | 'eGfrOtherEquation' | 'eGfrComputed';
  readonly result: Result;
}

export interface Body {
  readonly value: number;
  readonly kind: 'bodyMassIndex' | 'bodyMassIndexComputed';
  readonly sources: readonly Result[];
}

/** The inputs that are read within a window; a value with a comparator is no value for an equation. */
export interface PreventReadings {
  readonly total: Fact<Result>;
  readonly hdl: Fact<Result>;
  readonly systolic: Fact<Systolic>;
  readonly eGfr: Fact<Egfr>;
  readonly smoking: Fact<SmokingStatus>;
  readonly body: Fact<Body>;
}

export function preventReadings(facts: PreventFacts, windows: Windows, today: Day): PreventReadings {
  const within = (months: number): Window => lastMonths(months, today);
  return {
    total: exactWithin(facts.totalCholesterol, within(windows.lipidMonths)),
    hdl: exactWithin(facts.hdlCholesterol, within(windows.lipidMonths)),
    systolic: systolicWithin(facts.bloodPressure, within(windows.pressureMonths)),
    eGfr: eGfrWithin(facts, within(windows.kidneyMonths)),
    smoking: smokingWithin(facts.smoking, within(windows.smokingMonths)),
    body: bodyWithin(facts, within(windows.bodyMonths), within(windows.heightMonths)),
  };
}

function exactWithin(series: Series, window: Window): Fact<Result> {
  const latest = latestWithin(series, window);
  return latest.state === 'known' && latest.value.quantity.comparator !== undefined
    ? unknown('ambiguous', latest.evidence)
    : latest;
}

/** Mean of separate days (G16), else the mean of the latest single day. */
function systolicWithin(readings: PressureReadings, window: Window): Fact<Systolic> {
  const { mean } = readings;
  if (mean.state === 'known') {
    const { systolic, days, newest: date } = mean.value;
    return isOvertaken(readings, date)
      ? unknown('unreadable', mean.evidence)
      : known({ value: systolic, days, date }, mean.evidence);
  }
  const newest = newestPressures(readings, window);
  if (newest === undefined) return unknown('ambiguous');
  const [latest] = newest;
  if (latest === undefined) return noneWithin(readings, window);
  const { date } = latest;
  if (date.first !== date.last || isOvertaken(readings, date)) return unknown('ambiguous');
  const ofDay = readings.pairs.filter(
    (pair) => pair.date.first === date.first && pair.date.last === date.last,
  );
  const value = Math.floor(ofDay.reduce((sum, { systolic }) => sum + systolic, 0) / ofDay.length + 0.5);
  return known(
    { value, days: 1, date },
    ofDay.map(({ source, systolic }) => ({
      source,
      what: 'systolicBloodPressure',
      date,
      used: { value: systolic, unit: 'mm[Hg]' },
    })),
  );
}

/**
 * eGFR of the latest day with a kidney result: reported by CKD-EPI 2021, else computed from creatinine, else reported by
 * another equation (the lowest, units.md 2), which the card says.
 */
function eGfrWithin(facts: PreventFacts, window: Window): Fact<Egfr> {
  const { kidneyResults, eGfr2021, age, sex } = facts;
  const latest = latestWithin(kidneyResults, window);
  if (latest.state !== 'known') return latest;
  const exact = resultsWithin(kidneyResults, window).filter(
    ({ date, quantity }) => date.last === latest.value.date.last && quantity.comparator === undefined,
  );
  const is2021 = ({ node }: Result): boolean => eGfr2021.results.some((one) => one.node === node);
  const isCreatinine = ({ concept }: Result): boolean => concept === 'creatinineSerum';
  const reported = exact.find(is2021);
  const creatinine = exact.find(isCreatinine);
  const [lowest] = exact
    .filter((one) => !is2021(one) && !isCreatinine(one))
    .sort((a, b) => a.quantity.canonical - b.quantity.canonical);
  if (reported !== undefined) return eGfrOf(reported, 'eGfrReported', reported.quantity.canonical);
  if (creatinine === undefined)
    return lowest === undefined
      ? unknown('ambiguous', latest.evidence)
      : eGfrOf(lowest, 'eGfrOtherEquation', lowest.quantity.canonical);
  if (age.state !== 'known' || age.value.min !== age.value.max || sex.state !== 'known')
    return unknown('ambiguous', latest.evidence);
  const computed = ckdEpi2021({
    creatinineMgDl: creatinine.quantity.canonical,
    ageYears: age.value.min,
    sex: sex.value,
  });
  return computed === null
    ? unknown('ambiguous', latest.evidence)
    : eGfrOf(creatinine, 'eGfrComputed', computed);
}

function eGfrOf(result: Result, kind: Egfr['kind'], value: number): Fact<Egfr> {
  return known({ value: Math.floor(value + 0.5), kind, result }, [resultEvidence(result)]);
}

/** A status that was asked for lately, or that an active entry of the problem list states. */
function smokingWithin(smoking: Fact<SmokingStatus>, window: Window): Fact<SmokingStatus> {
  if (smoking.state !== 'known') return smoking;
  const { settled, isObserved, date } = smoking.value;
  const isCurrent = !isObserved || (date !== null && inWindow(date, window) === true);
  return settled && isCurrent ? smoking : unknown('ambiguous', smoking.evidence);
}

/** The recorded index; only without one, weight and height. */
function bodyWithin(facts: PreventFacts, window: Window, heightWindow: Window): Fact<Body> {
  const recorded = exactWithin(facts.bodyMassIndex, window);
  if (recorded.state === 'known')
    return known(
      { value: recorded.value.quantity.canonical, kind: 'bodyMassIndex', sources: [recorded.value] },
      recorded.evidence,
    );
  if (recorded.state === 'unknown') return recorded;
  const weight = exactWithin(facts.weight, window);
  const height = exactWithin(facts.height, heightWindow);
  if (weight.state !== 'known') return weight;
  if (height.state !== 'known') return height;
  const metres = height.value.quantity.canonical / 100;
  return known(
    {
      value: significant(weight.value.quantity.canonical / (metres * metres)),
      kind: 'bodyMassIndexComputed',
      sources: [weight.value, height.value],
    },
    [...weight.evidence, ...height.evidence],
  );
}

/** Inputs without which nothing is estimated, in the order of the list; BMI only leaves out heart failure. */
export function missingInputs(facts: PreventFacts, readings: PreventReadings): readonly FactName[] {
  const { age, sex, diabetesForRisk, bloodPressureTreatment, statins } = facts;
  const isOpen: readonly (readonly [FactName, boolean])[] = [
    ['age', age.state !== 'known' || age.value.min !== age.value.max],
    ['sex', sex.state !== 'known'],
    ['totalCholesterol', readings.total.state !== 'known'],
    ['hdlCholesterol', readings.hdl.state !== 'known'],
    ['bloodPressure', readings.systolic.state !== 'known'],
    ['kidneyResults', readings.eGfr.state !== 'known'],
    ['smoking', readings.smoking.state !== 'known'],
    ['diabetesForRisk', diabetesForRisk.state === 'unknown'],
    ['bloodPressureTreatment', bloodPressureTreatment.state === 'unknown'],
    ['statins', statins.state === 'unknown'],
  ];
  return isOpen.filter(([, open]) => open).map(([name]) => name);
}

/** The input of the base model; null where something is not known. */
export function preventInput(facts: PreventFacts, readings: PreventReadings): PreventInput {
  const { age, sex, diabetesForRisk, bloodPressureTreatment, statins } = facts;
  return {
    sex: valueOf(sex),
    ageYears: age.state === 'known' && age.value.min === age.value.max ? age.value.min : null,
    totalCholesterol: cholesterolOf(readings.total),
    hdlCholesterol: cholesterolOf(readings.hdl),
    systolicPressure: valueOf(readings.systolic)?.value ?? null,
    diabetes: has(diabetesForRisk) ?? null,
    smoking: valueOf(readings.smoking)?.current ?? null,
    eGfr: valueOf(readings.eGfr)?.value ?? null,
    bodyMassIndex: valueOf(readings.body)?.value ?? null,
    bloodPressureTreated: has(bloodPressureTreatment) ?? null,
    statin: has(statins) ?? null,
  };
}

function valueOf<T>(fact: Fact<T>): T | null {
  return fact.state === 'known' ? fact.value : null;
}

/** A molar report goes in as it is: 38.67 there and 0.02586 back could change the last shown digit. */
function cholesterolOf(fact: Fact<Result>): Cholesterol | null {
  if (fact.state !== 'known') return null;
  const { quantity } = fact.value;
  const factor = quantity.molar ? ucumFactor(quantity.unit, 'mmol/L') : null;
  return factor === null
    ? { value: quantity.canonical, unit: 'mg/dL' }
    : { value: significant(quantity.value * factor), unit: 'mmol/L' };
}
