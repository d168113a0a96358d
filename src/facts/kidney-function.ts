/**
 * Kidney function as drug labels ask for it: the newest creatinine clearance or eGFR in a window.
 *
 * The day of the sample decides first, so that an old clearance never hides a newer result; on one day the clearance
 * (Cockcroft-Gault) comes before the reported eGFR and that before an eGFR computed from creatinine (CKD-EPI 2021).
 *
 * @see clarifications G18, R04; units.md 2 (eGFR)
 */
import { ckdEpi2021 } from '../risk/ckd-epi.ts';
import { cockcroftGault } from '../risk/cockcroft-gault.ts';
import { onceFor, type Chart } from './chart.ts';
import { age, sex, type Sex } from './demographics.ts';
import { absent, known, unknown, type Fact } from './fact.ts';
import type { FhirDate } from './fhir-date.ts';
import { reportedEgfr } from './lab-facts.ts';
import type { Comparator, Quantity } from './quantity.ts';
import { lastMonths, latestWithin, readSeries, resultEvidence, type Result, type Window } from './results.ts';

export interface KidneyFunction {
  /** Creatinine clearance by Cockcroft-Gault, reported eGFR, or eGFR by CKD-EPI 2021 from creatinine. */
  readonly method: 'clearance' | 'reported' | 'computed';
  /** mL/min for a clearance, mL/min/{1.73_m2} for an eGFR; not rounded. */
  readonly quantity: Quantity;
  readonly date: FhirDate;
  /** What it was computed from. */
  readonly creatinine?: Result;
  readonly weight?: Result;
}

const CLEARANCE_UNIT = 'mL/min';
const EGFR_UNIT = 'mL/min/{1.73_m2}';

/** eGFR, reported or computed; absent when neither eGFR nor creatinine is in the window. */
export function filtration(chart: Chart, window: Window): Fact<KidneyFunction> {
  return onceFor(chart, 'filtration', window.from, () => {
    const creatinine = latestWithin(readSeries(chart, 'creatinineSerum'), window);
    return newest([reported(chart, window), computed(creatinine, chart)]);
  });
}

/** Creatinine clearance where age, sex, weight and creatinine are known, else eGFR. */
export function clearance(chart: Chart, window: Window): Fact<KidneyFunction> {
  return onceFor(chart, 'clearance', window.from, () => {
    const creatinine = latestWithin(readSeries(chart, 'creatinineSerum'), window);
    return newest([cleared(creatinine, chart), reported(chart, window), computed(creatinine, chart)]);
  });
}

/** The newest by day, the earlier of the list on one day; unknown when something that cannot be used may be newer. */
function newest(facts: readonly Fact<KidneyFunction>[]): Fact<KidneyFunction> {
  const [best] = facts
    .filter((fact) => fact.state === 'known')
    .sort((a, b) => b.value.date.last - a.value.date.last);
  const open = facts.filter((fact) => fact.state === 'unknown');
  if (best === undefined) return open[0] ?? absent;
  const day = best.value.date.last;
  const rival = open.find(
    ({ evidence = [] }) =>
      evidence.length === 0 || evidence.some(({ date }) => date === undefined || date.last > day),
  );
  return rival ?? best;
}

function reported(chart: Chart, window: Window): Fact<KidneyFunction> {
  const fact = reportedEgfr(chart, window);
  if (fact.state !== 'known') return fact;
  const { quantity, date } = fact.value;
  return known({ method: 'reported', quantity, date }, fact.evidence);
}

/** Absent when it cannot be computed: the eGFR then speaks. */
function cleared(creatinine: Fact<Result>, chart: Chart): Fact<KidneyFunction> {
  const weight = latestWithin(
    readSeries(chart, 'bodyWeight'),
    lastMonths(chart.definitions.kidney.weightMonths, chart.today),
  );
  const who = person(chart);
  if (creatinine.state !== 'known' || weight.state !== 'known' || who === null) return absent;
  if (weight.value.quantity.comparator !== undefined) return absent;
  const { quantity, date } = creatinine.value;
  const weightKg = weight.value.quantity.canonical;
  const value = cockcroftGault({ creatinineMgDl: quantity.canonical, weightKg, ...who });
  if (value === null) return absent;
  return known(
    {
      method: 'clearance',
      quantity: derived(value, CLEARANCE_UNIT, quantity),
      date,
      creatinine: creatinine.value,
      weight: weight.value,
    },
    [resultEvidence(creatinine.value), resultEvidence(weight.value)],
  );
}

/** A creatinine that cannot be turned into an eGFR (sex or age not known) is not "nothing on file". */
function computed(creatinine: Fact<Result>, chart: Chart): Fact<KidneyFunction> {
  if (creatinine.state !== 'known') return creatinine;
  const { quantity, date } = creatinine.value;
  const who = person(chart);
  const value = who === null ? null : ckdEpi2021({ creatinineMgDl: quantity.canonical, ...who });
  if (value === null) return unknown('ambiguous', creatinine.evidence);
  return known(
    {
      method: 'computed',
      quantity: derived(value, EGFR_UNIT, quantity),
      date,
      creatinine: creatinine.value,
    },
    creatinine.evidence,
  );
}

function person(chart: Chart): { readonly ageYears: number; readonly sex: Sex } | null {
  const [years, who] = [age(chart), sex(chart)];
  if (years.state !== 'known' || years.value.min !== years.value.max || who.state !== 'known') return null;
  return { ageYears: years.value.min, sex: who.value };
}

/** The more creatinine the less clearance: its comparator turns round. */
const TURNED: Readonly<Record<Comparator, Comparator>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

function derived(value: number, unit: string, { comparator }: Quantity): Quantity {
  return {
    value,
    ...(comparator === undefined ? {} : { comparator: TURNED[comparator] }),
    unit,
    sentUnit: unit,
    canonical: value,
    canonicalUnit: unit,
    molar: false,
  };
}
