/**
 * PREVENT against values of another implementation (fixtures/prevent-vectors.json).
 *
 * Every row applies: all five variants are implemented, because they are the same sum with a few more terms. A recommendation
 * uses the base model (decision 0019).
 */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import {
  prevent,
  preventFormula,
  shownPercent,
  type Outcome,
  type PreventField,
  type PreventInput,
  type Years,
} from '../../src/risk/prevent.ts';
import { knowledge } from '../build-record.ts';

const models = knowledge.definitions.prevent;

type Sent = Readonly<Record<string, number | boolean | string | null>>;
type Values = Readonly<Record<string, number | null>>;
interface Row {
  readonly id: string;
  readonly note?: string;
  readonly input: Sent;
  readonly expected: Values;
}
interface Vector extends Row {
  readonly variant: string;
  readonly extra: Values;
  readonly formula30?: Values;
}
const { vectors, rangeCases } = JSON.parse(
  readFileSync(new URL('../../fixtures/prevent-vectors.json', import.meta.url), 'utf8'),
) as { vectors: readonly Vector[]; rangeCases: readonly (Row & { expectedVariant: string })[] };

function read(sent: Sent): PreventInput {
  const number = (key: string): number | null => (typeof sent[key] === 'number' ? sent[key] : null);
  const bit = (key: string): boolean | null => (typeof sent[key] === 'boolean' ? sent[key] : null);
  const cholesterol = (key: string): PreventInput['totalCholesterol'] => {
    const value = number(key);
    return value === null ? null : { value, unit: 'mg/dL' };
  };
  const sex = sent['sex'] === 'female' || sent['sex'] === 'male' ? sent['sex'] : null;
  return {
    sex,
    ageYears: number('age'),
    totalCholesterol: cholesterol('tc_mgdl'),
    hdlCholesterol: cholesterol('hdl_mgdl'),
    systolicPressure: number('sbp'),
    diabetes: bit('dm'),
    smoking: bit('smoking'),
    eGfr: number('egfr'),
    bodyMassIndex: number('bmi'),
    bloodPressureTreated: bit('bp_treated'),
    statin: bit('statin'),
    hba1c: number('hba1c'),
    uacr: number('uacr'),
    sdiDecile: number('sdi'),
  };
}

/** `ascvd_10` -> outcome and years. */
function named(key: string): readonly [Outcome, Years] {
  return [key.slice(0, -3) as Outcome, Number(key.slice(-2)) as Years];
}

function expectClose(actual: number | null, expected: number | null): void {
  if (expected === null || actual === null) expect(actual).toBe(expected);
  else expect(Math.abs(actual - expected)).toBeLessThan(1e-6);
}

describe('PREVENT agrees with the reference', () => {
  test('the file holds every model once, each with a coefficient or null for every term', () => {
    const names = models.models.map(
      ({ sex, outcome, years, variant }) => `${sex} ${outcome} ${years} ${variant}`,
    );
    expect(new Set(names).size).toBe(2 * 5 * 2 * 5);
    for (const { coefficients } of models.models)
      expect(coefficients.length).toBe(Object.keys(models.terms).length);
  });

  test('every variant has rows', () => {
    expect(new Set(vectors.map(({ variant }) => variant))).toEqual(
      new Set(['base', 'hba1c', 'uacr', 'sdi', 'full']),
    );
  });

  test.each(vectors)('$id $variant $note', ({ input, variant, expected, extra, formula30 = {} }) => {
    const result = prevent(models, read(input));
    expect(result.variant).toBe(variant);
    for (const [key, value] of Object.entries(expected)) {
      const [outcome, years] = named(key);
      expectClose(result.risk[outcome][years], value);
    }
    // Formula values: coronary disease and stroke at any age, and the 30-year ones that are not reported above 59.
    for (const [key, value] of Object.entries({ ...extra, ...formula30 })) {
      const [outcome, years] = named(key);
      expectClose(preventFormula(models, read(input), { outcome, years, variant: result.variant }), value);
    }
  });

  test.each(rangeCases)('$id $note', ({ input, expectedVariant, expected }) => {
    const result = prevent(models, read(input));
    expect(result.variant).toBe(expectedVariant);
    for (const [key, value] of Object.entries(expected)) {
      const [outcome, years] = named(key);
      expectClose(result.risk[outcome][years], value);
    }
  });
});

const base: PreventInput = {
  sex: 'female',
  ageYears: 55,
  totalCholesterol: { value: 200, unit: 'mg/dL' },
  hdlCholesterol: { value: 50, unit: 'mg/dL' },
  systolicPressure: 130,
  diabetes: false,
  smoking: false,
  eGfr: 90,
  bodyMassIndex: 27,
  bloodPressureTreated: false,
  statin: false,
};

/** Outcomes that are left out, 10 years before 30. */
function leftOut(input: PreventInput): string {
  const { risk } = prevent(models, input);
  const out = (years: Years): string =>
    Object.entries(risk)
      .filter(([, values]) => values[years] === null)
      .map(([outcome]) => outcome)
      .join(' ');
  return `${out(10)} | ${out(30)}`;
}

const ALL = 'total_cvd ascvd hf chd stroke';
const LIPIDS = 'total_cvd ascvd chd stroke';

describe('PREVENT refuses instead of guessing', () => {
  test('with every input known and in range nothing is left out', () => {
    expect(leftOut(base)).toBe(' | ');
    expect(prevent(models, base).refusals).toEqual([]);
  });

  test.each<[PreventField, string]>([
    ['sex', ALL],
    ['ageYears', ALL],
    ['systolicPressure', ALL],
    ['eGfr', ALL],
    ['diabetes', ALL],
    ['smoking', ALL],
    ['bloodPressureTreated', ALL],
    ['totalCholesterol', LIPIDS],
    ['hdlCholesterol', LIPIDS],
    ['statin', LIPIDS],
    ['bodyMassIndex', 'hf'],
  ])('without %s', (field, outcomes) => {
    const input = { ...base, [field]: null };
    expect(leftOut(input)).toBe(`${outcomes} | ${outcomes}`);
    expect(prevent(models, input).refusals).toMatchObject([{ input: field, why: 'missing' }]);
  });

  const mg = (value: number): PreventInput['totalCholesterol'] => ({ value, unit: 'mg/dL' });
  const mmol = (value: number): PreventInput['totalCholesterol'] => ({ value, unit: 'mmol/L' });
  test.each<[string, Partial<PreventInput>, string]>([
    ['age 29', { ageYears: 29 }, `${ALL} | ${ALL}`],
    ['age 30', { ageYears: 30 }, ' | '],
    ['age 59', { ageYears: 59 }, ' | '],
    ['age 60', { ageYears: 60 }, ` | ${ALL}`],
    ['age 79', { ageYears: 79 }, ` | ${ALL}`],
    ['age 80', { ageYears: 80 }, `${ALL} | ${ALL}`],
    ['systolic 89', { systolicPressure: 89 }, `${ALL} | ${ALL}`],
    ['systolic 90', { systolicPressure: 90 }, ' | '],
    ['systolic 200', { systolicPressure: 200 }, ' | '],
    ['systolic 201', { systolicPressure: 201 }, `${ALL} | ${ALL}`],
    ['eGFR 14', { eGfr: 14 }, `${ALL} | ${ALL}`],
    ['eGFR 15', { eGfr: 15 }, ' | '],
    ['eGFR 140', { eGfr: 140 }, ' | '],
    ['eGFR 141', { eGfr: 141 }, `${ALL} | ${ALL}`],
    ['eGFR that is no number', { eGfr: NaN }, `${ALL} | ${ALL}`],
    ['total cholesterol 129 mg/dL', { totalCholesterol: mg(129) }, `${LIPIDS} | ${LIPIDS}`],
    ['total cholesterol 130 mg/dL', { totalCholesterol: mg(130) }, ' | '],
    ['total cholesterol 320 mg/dL', { totalCholesterol: mg(320) }, ' | '],
    ['total cholesterol 321 mg/dL', { totalCholesterol: mg(321) }, `${LIPIDS} | ${LIPIDS}`],
    ['total cholesterol 3.35 mmol/L', { totalCholesterol: mmol(3.35) }, `${LIPIDS} | ${LIPIDS}`],
    ['total cholesterol 3.36 mmol/L', { totalCholesterol: mmol(3.36) }, ' | '],
    ['total cholesterol 8.28 mmol/L', { totalCholesterol: mmol(8.28) }, ' | '],
    ['total cholesterol 8.29 mmol/L', { totalCholesterol: mmol(8.29) }, `${LIPIDS} | ${LIPIDS}`],
    ['HDL 19 mg/dL', { hdlCholesterol: mg(19) }, `${LIPIDS} | ${LIPIDS}`],
    ['HDL 20 mg/dL', { hdlCholesterol: mg(20) }, ' | '],
    ['HDL 100 mg/dL', { hdlCholesterol: mg(100) }, ' | '],
    ['HDL 101 mg/dL', { hdlCholesterol: mg(101) }, `${LIPIDS} | ${LIPIDS}`],
    ['HDL 0.51 mmol/L', { hdlCholesterol: mmol(0.51) }, `${LIPIDS} | ${LIPIDS}`],
    ['HDL 0.52 mmol/L', { hdlCholesterol: mmol(0.52) }, ' | '],
    ['HDL 2.59 mmol/L', { hdlCholesterol: mmol(2.59) }, ' | '],
    ['HDL 2.60 mmol/L', { hdlCholesterol: mmol(2.6) }, `${LIPIDS} | ${LIPIDS}`],
    ['BMI 18.4', { bodyMassIndex: 18.4 }, 'hf | hf'],
    ['BMI 18.5', { bodyMassIndex: 18.5 }, ' | '],
    ['BMI 39.99', { bodyMassIndex: 39.99 }, ' | '],
    ['BMI 40', { bodyMassIndex: 40 }, 'hf | hf'],
  ])('%s', (_, change, expected) => {
    expect(leftOut({ ...base, ...change })).toBe(expected);
  });

  test('each refusal names the input once and says whether it is missing or out of range', () => {
    const both = prevent(models, { ...base, ageYears: 85, smoking: null, bodyMassIndex: 41 }).refusals;
    expect(both.map(({ input, why }) => `${input} ${why}`)).toEqual([
      'smoking missing',
      'ageYears range',
      'bodyMassIndex range',
    ]);
    expect(prevent(models, { ...base, ageYears: 62 }).refusals).toMatchObject([
      { input: 'ageYears', why: 'range', years: [30] },
    ]);
  });

  test('mmol/L goes in as it is: 5.2 mmol/L is 5.2 / 0.02586 mg/dL', () => {
    const molar = prevent(models, { ...base, totalCholesterol: mmol(5.2) }).risk.ascvd[10];
    expectClose(molar, prevent(models, { ...base, totalCholesterol: mg(5.2 / 0.02586) }).risk.ascvd[10]);
  });
});

describe('the optional inputs choose the model', () => {
  const variant = (more: Partial<PreventInput>): string => prevent(models, { ...base, ...more }).variant;
  test.each<[string, Partial<PreventInput>, string]>([
    ['none', {}, 'base'],
    ['HbA1c 3', { hba1c: 3 }, 'hba1c'],
    ['HbA1c 15', { hba1c: 15 }, 'hba1c'],
    ['HbA1c 2.9 counts as not known', { hba1c: 2.9 }, 'base'],
    ['HbA1c 15.1 counts as not known', { hba1c: 15.1 }, 'base'],
    ['UACR 0', { uacr: 0 }, 'uacr'],
    ['UACR 25000', { uacr: 25000 }, 'uacr'],
    ['UACR 25001 counts as not known', { uacr: 25001 }, 'base'],
    ['SDI 1', { sdiDecile: 1 }, 'sdi'],
    ['SDI 10', { sdiDecile: 10 }, 'sdi'],
    ['SDI 11 counts as not known', { sdiDecile: 11 }, 'base'],
    ['SDI 4.5 counts as not known', { sdiDecile: 4.5 }, 'base'],
    ['two', { hba1c: 6, uacr: 30 }, 'full'],
    ['one usable of two', { hba1c: 2, uacr: 30 }, 'uacr'],
    ['three', { hba1c: 6, uacr: 30, sdiDecile: 4 }, 'full'],
  ])('%s', (_, more, expected) => {
    expect(variant(more)).toBe(expected);
  });

  test('an unusable optional input gives the same risk as none', () => {
    const known = prevent(models, { ...base, hba1c: 6, uacr: 30 });
    expect(prevent(models, { ...base, hba1c: 6, uacr: 30, sdiDecile: 12 })).toEqual(known);
  });

  test('UACR below 0.1 counts as 0.1', () => {
    const risk = (uacr: number): number | null => prevent(models, { ...base, uacr }).risk.ascvd[10];
    expect(risk(0)).toBe(risk(0.1));
  });
});

describe('the shown percent', () => {
  test.each([
    [0.0294, 2.9],
    [0.02949, 2.9],
    [0.0295, 3.0],
    [0.0995, 10.0],
    [0.09949, 9.9],
    [0, 0],
  ])('%p shows as %p', (probability, shown) => {
    expect(shownPercent(probability)).toBe(shown);
  });
});
