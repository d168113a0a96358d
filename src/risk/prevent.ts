/**
 * PREVENT, the American Heart Association's risk equations, for people without known cardiovascular disease.
 *
 * The terms and their knots are the equations themselves; coefficients and accepted ranges are data (cards/prevent.json).
 * Nothing is clamped, imputed or guessed: an input that is missing or out of range leaves out the outcomes that use it.
 *
 * @see Khan SS et al., Circulation 2024;149:430-449, doi 10.1161/CIRCULATIONAHA.123.067626, supplementary Table S12
 */
export const OUTCOMES = ['total_cvd', 'ascvd', 'hf', 'chd', 'stroke'] as const;
export type Outcome = (typeof OUTCOMES)[number];
export type Years = 10 | 30;
/** Which optional inputs the model uses; `full` has a term of its own for one that is not known. */
export type Variant = 'base' | 'hba1c' | 'uacr' | 'sdi' | 'full';

/** As reported, so that a molar report is compared with the molar limit. */
export interface Cholesterol {
  readonly value: number;
  readonly unit: 'mg/dL' | 'mmol/L';
}

/** null: not known. */
export interface PreventInput {
  readonly sex: 'female' | 'male' | null;
  /** Completed years, 30-79; 30-59 for 30-year risk. */
  readonly ageYears: number | null;
  /** 130-320 mg/dL (3.36-8.28 mmol/L); not used for heart failure. */
  readonly totalCholesterol: Cholesterol | null;
  /** 20-100 mg/dL (0.52-2.59 mmol/L); not used for heart failure. */
  readonly hdlCholesterol: Cholesterol | null;
  /** mm[Hg], 90-200. */
  readonly systolicPressure: number | null;
  readonly diabetes: boolean | null;
  /** Cigarettes within the last 30 days. */
  readonly smoking: boolean | null;
  /** CKD-EPI 2021 creatinine, mL/min/{1.73_m2}, 15-140. */
  readonly eGfr: number | null;
  /** kg/m2, 18.5 to below 40; used for heart failure only. */
  readonly bodyMassIndex: number | null;
  /** On antihypertensive medication. */
  readonly bloodPressureTreated: boolean | null;
  /** On a statin; not used for heart failure. */
  readonly statin: boolean | null;
  /** %, 3-15; outside it counts as not known. */
  readonly hba1c?: number | null;
  /** Urine albumin/creatinine, mg/g, 0-25000 (below 0.1 counts as 0.1); outside it counts as not known. */
  readonly uacr?: number | null;
  /** Social Deprivation Index, decile 1-10; anything else counts as not known. */
  readonly sdiDecile?: number | null;
}
export type PreventField = keyof PreventInput;

/** Why outcomes were left out. */
export interface Refusal {
  readonly input: PreventField;
  readonly why: 'missing' | 'range';
  readonly outcomes: readonly Outcome[];
  readonly years: readonly Years[];
}

export interface PreventResult {
  readonly variant: Variant;
  /** Probability from 0 to 1, unrounded; null when an input that it needs is missing or out of range. */
  readonly risk: Readonly<Record<Outcome, Readonly<Record<Years, number | null>>>>;
  readonly refusals: readonly Refusal[];
}

/** One accepted range, named as in the data file; `si` for molar reports. */
export interface PreventRange {
  readonly input: string;
  readonly min: number;
  readonly max: number;
  readonly inclusiveMax: boolean;
  /** Outcomes that need the input; none for an optional one. */
  readonly invalidates: readonly Outcome[];
  readonly horizons?: readonly Years[];
  readonly si?: { readonly min: number; readonly max: number; readonly unit: string };
}

/** cards/prevent.json */
export interface PreventModels {
  readonly ranges: readonly PreventRange[];
  /** Name -> expression, for the reader; the names are the columns of the coefficients. */
  readonly terms: Readonly<Record<string, string>>;
  readonly models: readonly {
    readonly sex: 'female' | 'male';
    readonly outcome: Outcome;
    readonly years: Years;
    readonly variant: Variant;
    /** null: the model does not have the term. */
    readonly coefficients: readonly (number | null)[];
  }[];
}

/**
 * The risk of each outcome within 10 and 30 years.
 *
 * Optional inputs choose the model: none, base; one, the model of that one; two or three, full. The caller sees to it that
 * the person has no known cardiovascular disease.
 */
export function prevent(models: PreventModels, given: PreventInput): PreventResult {
  const input = withUsableOptions(models, given);
  const refusals = refusalsOf(models, input);
  const variant = variantOf(input);
  const riskIn = (outcome: Outcome, years: Years): number | null =>
    refusals.some((one) => one.outcomes.includes(outcome) && one.years.includes(years))
      ? null
      : preventFormula(models, input, { outcome, years, variant });
  const risk = Object.fromEntries(
    OUTCOMES.map((outcome) => [outcome, { 10: riskIn(outcome, 10), 30: riskIn(outcome, 30) }]),
  ) as Record<Outcome, Record<Years, number | null>>;
  return { variant, risk, refusals };
}

/** Percent with one decimal, half up, as shown and as classified. */
export function shownPercent(probability: number): number {
  return Math.floor(probability * 1000 + 0.5) / 10;
}

/** The plain formula of one model, whatever the ranges say: NaN when it needs an input that is not there. */
export function preventFormula(
  { models, terms }: PreventModels,
  input: PreventInput,
  which: { readonly outcome: Outcome; readonly years: Years; readonly variant: Variant },
): number {
  const model = models.find(
    ({ sex, outcome, years, variant }) =>
      sex === input.sex && outcome === which.outcome && years === which.years && variant === which.variant,
  );
  if (model === undefined) return NaN;
  const values = termsOf(input);
  const x = Object.keys(terms).reduce((sum, name, column) => {
    const coefficient = model.coefficients[column] ?? null;
    return coefficient === null ? sum : sum + coefficient * (values[name] ?? NaN);
  }, 0);
  return 1 / (1 + Math.exp(-x));
}

const NUMBERS: Readonly<Record<string, PreventField>> = {
  age: 'ageYears',
  sbp: 'systolicPressure',
  egfr: 'eGfr',
  tc_mgdl: 'totalCholesterol',
  hdl_mgdl: 'hdlCholesterol',
  bmi: 'bodyMassIndex',
  hba1c: 'hba1c',
  uacr: 'uacr',
  sdi: 'sdiDecile',
};
const BOTH: readonly Years[] = [10, 30];

/** Yes/no inputs and sex have no range: they are known or missing. */
const NEEDED: readonly (readonly [PreventField, readonly Outcome[]])[] = [
  ['sex', OUTCOMES],
  ['diabetes', OUTCOMES],
  ['smoking', OUTCOMES],
  ['bloodPressureTreated', OUTCOMES],
  ['statin', OUTCOMES.filter((outcome) => outcome !== 'hf')],
];

function refusalsOf({ ranges }: PreventModels, input: PreventInput): readonly Refusal[] {
  const unknown = NEEDED.filter(([field]) => input[field] === null).map(([field, outcomes]): Refusal => ({
    input: field,
    why: 'missing',
    outcomes,
    years: BOTH,
  }));
  const numbers = ranges.flatMap((range): Refusal[] => {
    const field = NUMBERS[range.input];
    if (field === undefined || range.invalidates.length === 0) return [];
    const why = isNumber(input[field]) ? (isInside(range, input[field]) ? null : 'range') : 'missing';
    return why === null
      ? []
      : [{ input: field, why, outcomes: range.invalidates, years: range.horizons ?? BOTH }];
  });
  // Age has a second, narrower range for 30 years: when it is missing, or outside the wider one, that says nothing more.
  const told = (one: Refusal, before: readonly Refusal[]): boolean =>
    before.some(({ input: field, years }) => field === one.input && years.length === BOTH.length);
  return [...unknown, ...numbers.filter((one, index) => !told(one, numbers.slice(0, index)))];
}

type Amount = number | Cholesterol;

function isNumber(value: unknown): value is Amount {
  const amount = typeof value === 'object' && value !== null && 'value' in value ? value.value : value;
  return typeof amount === 'number' && Number.isFinite(amount);
}

function isInside(range: PreventRange, amount: Amount): boolean {
  const [value, limits] =
    typeof amount === 'number'
      ? [amount, range]
      : [amount.value, amount.unit === 'mmol/L' && range.si !== undefined ? range.si : range];
  return value >= limits.min && (range.inclusiveMax ? value <= limits.max : value < limits.max);
}

/** Optional inputs that are not usable count as not known. */
function withUsableOptions({ ranges }: PreventModels, input: PreventInput): PreventInput {
  const usable = (name: string, value: number | null | undefined): number | null => {
    const range = ranges.find((one) => one.input === name);
    return range !== undefined && isNumber(value) && isInside(range, value) ? value : null;
  };
  const decile = usable('sdi', input.sdiDecile);
  return {
    ...input,
    hba1c: usable('hba1c', input.hba1c),
    uacr: usable('uacr', input.uacr),
    sdiDecile: Number.isInteger(decile) ? decile : null,
  };
}

function variantOf({ hba1c, uacr, sdiDecile }: PreventInput): Variant {
  const known = Object.entries({ hba1c, uacr, sdi: sdiDecile }).filter(([, value]) => isNumber(value));
  const [first, ...others] = known.map(([name]) => name as Variant);
  if (first === undefined) return 'base';
  return others.length === 0 ? first : 'full';
}

const MMOL_PER_MG = 0.02586;

function mmol(cholesterol: Cholesterol | null): number {
  if (cholesterol === null) return NaN;
  return cholesterol.unit === 'mmol/L' ? cholesterol.value : cholesterol.value * MMOL_PER_MG;
}

/** The terms of the equations by name; NaN where an input is missing, which no reported outcome uses. */
function termsOf(input: PreventInput): Readonly<Record<string, number>> {
  const number = (value: number | boolean | null): number => Number(value ?? NaN);
  const age = (number(input.ageYears) - 55) / 10;
  const hdlMmol = mmol(input.hdlCholesterol);
  const nonHdl = mmol(input.totalCholesterol) - hdlMmol - 3.5;
  const hdl = (hdlMmol - 1.3) / 0.3;
  const systolic = number(input.systolicPressure);
  const eGfr = number(input.eGfr);
  const bmi = number(input.bodyMassIndex);
  const systolicHigh = (Math.max(systolic, 110) - 130) / 20;
  const eGfrLow = (Math.min(eGfr, 60) - 60) / -15;
  const bmiHigh = (Math.max(bmi, 30) - 30) / 5;
  const diabetes = number(input.diabetes);
  const smoking = number(input.smoking);
  const treated = number(input.bloodPressureTreated);
  const statin = number(input.statin);
  return {
    age,
    age_sq: age * age,
    non_hdl: nonHdl,
    hdl,
    sbp_lt110: (Math.min(systolic, 110) - 110) / 20,
    sbp_ge110: systolicHigh,
    dm: diabetes,
    smoking,
    bmi_lt30: (Math.min(bmi, 30) - 25) / 5,
    bmi_ge30: bmiHigh,
    egfr_lt60: eGfrLow,
    egfr_ge60: (Math.max(eGfr, 60) - 90) / -15,
    bp_treated: treated,
    statin,
    bp_treated_x_sbp_ge110: treated * systolicHigh,
    statin_x_non_hdl: statin * nonHdl,
    age_x_non_hdl: age * nonHdl,
    age_x_hdl: age * hdl,
    age_x_sbp_ge110: age * systolicHigh,
    age_x_dm: age * diabetes,
    age_x_smoking: age * smoking,
    age_x_bmi_ge30: age * bmiHigh,
    age_x_egfr_lt60: age * eGfrLow,
    ...optionalTerms(input, diabetes),
    constant: 1,
  };
}

/** A term of an input that is not known is 0, and its `_missing` term 1. */
function optionalTerms(
  { hba1c = null, uacr = null, sdiDecile = null }: PreventInput,
  diabetes: number,
): Readonly<Record<string, number>> {
  const above = hba1c === null ? 0 : hba1c - 5.3;
  return {
    sdi_4_6: Number(sdiDecile !== null && sdiDecile >= 4 && sdiDecile <= 6),
    sdi_7_10: Number(sdiDecile !== null && sdiDecile >= 7),
    sdi_missing: Number(sdiDecile === null),
    ln_uacr: uacr === null ? 0 : Math.log(Math.max(uacr, 0.1)),
    uacr_missing: Number(uacr === null),
    hba1c_x_dm: diabetes * above,
    hba1c_x_no_dm: (1 - diabetes) * above,
    hba1c_missing: Number(hba1c === null),
  };
}
