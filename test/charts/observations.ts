/** Arbitrary Observations: clean for the most part, with the dirt of real records in the rest. */
import fc from 'fast-check';
import type { Resource } from '../../src/facts/record.ts';
import { bloodPressure, coded, lab } from '../build-record.ts';
import { pastDay, written } from './dates.ts';
import { inPercent, plain, UCUM, weighted, type Entry, type Json } from './entries.ts';
import { ANALYTES, point, type Analyte, type AnalyteName, type Point } from './measures.ts';

const observationStatus = weighted<string>([
  [60, 'final'],
  [2, 'amended'],
  [2, 'corrected'],
  [1, 'preliminary'],
  [1, 'registered'],
  [1, 'cancelled'],
  [1, 'entered-in-error'],
  [1, 'unknown'],
]);

const valueForm = weighted([
  [70, 'quantity'],
  [2, '<'],
  [1, '<='],
  [2, '>'],
  [1, '>='],
  [1, 'label only'],
  [1, 'text'],
  [1, 'other unit'],
  [1, 'no unit'],
  [1, 'not-performed'],
  [1, 'masked'],
  [0.5, 'empty'],
] as const);
type ValueForm = typeof valueForm extends fc.Arbitrary<infer T> ? T : never;

function valueOf(form: ValueForm, value: number, unit: string): Json {
  const quantity = { value, unit, system: UCUM, code: unit };
  switch (form) {
    case 'quantity':
      return { valueQuantity: quantity };
    case 'label only':
      return { valueQuantity: { value, unit: unit.toLowerCase() } };
    case 'text':
      return { valueQuantity: undefined, valueString: String(value) };
    case 'other unit':
      return { valueQuantity: { value, unit: 'furlong', system: UCUM, code: '[fur_us]' } };
    case 'no unit':
      return { valueQuantity: { value } };
    case 'not-performed':
    case 'masked':
      return {
        valueQuantity: undefined,
        dataAbsentReason: {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: form }],
        },
      };
    case 'empty':
      return { valueQuantity: undefined };
    default:
      return { valueQuantity: { ...quantity, comparator: form } };
  }
}

function codeOf(code: string): Json {
  return /^\d{6,}$/.test(code) ? coded('snomed', code) : coded('loinc', code);
}

interface ResultOptions {
  readonly date?: fc.Arbitrary<string>;
  readonly value?: fc.Arbitrary<Point>;
  readonly code?: fc.Arbitrary<string>;
  readonly extra?: fc.Arbitrary<readonly [conventional: Json, si: Json]>;
}

/** A laboratory result or body measure in both unit families. */
export function result(name: AnalyteName, today: string, options: ResultOptions = {}): fc.Arbitrary<Entry> {
  const analyte: Analyte = ANALYTES[name];
  return fc
    .record({
      code: options.code ?? fc.constantFrom(...analyte.codes),
      value: options.value ?? point(analyte),
      date: written(options.date ?? pastDay(today, 37)),
      status: observationStatus,
      form: valueForm,
      extra: options.extra ?? fc.constant([{}, {}] as const),
    })
    .map(({ code, value, date, status, form, extra }) => {
      const inFamily = (index: 0 | 1): Resource =>
        lab(code, 0, '1', date, {
          code: codeOf(code),
          status,
          ...valueOf(form, value[index], analyte.units[index]),
          ...extra[index],
        });
      return { conventional: inFamily(0), si: inFamily(1) };
    });
}

/** The laboratory's own range on some results. */
export function withRange(
  analyte: Analyte,
  low: Point,
  high: Point,
): fc.Arbitrary<readonly [conventional: Json, si: Json]> {
  const range = (index: 0 | 1): Json => {
    const bound = (value: number): Json => ({
      value,
      unit: analyte.units[index],
      system: UCUM,
      code: analyte.units[index],
    });
    return { referenceRange: [{ low: bound(low[index]), high: bound(high[index]) }] };
  };
  return inPercent(25, fc.constant([range(0), range(1)] as const)).map((found) => found ?? [{}, {}]);
}

const T_SITES = {
  '38264-8': 8,
  '38263-0': 4,
  '38267-1': 4,
  '38265-5': 3,
  '80944-2': 0.5,
  '38266-3': 0.5,
  '80933-5': 0.5,
} as const;
const T_VALUES = [
  -7, -6, -5.9, -3.4, -2.6, -2.5, -2.49, -2.4996, -2.4, -2.01, -2, -1.99, -1.9, -1.51, -1.5, -1.49, -1.2,
  -1.01, -1, -0.99, -0.5, 0.4, 2.6, 9,
];

export function tScoreOn(date: fc.Arbitrary<string>): fc.Arbitrary<Entry> {
  return fc
    .record({
      code: weighted(Object.entries(T_SITES).map(([code, weight]) => [weight, code] as const)),
      value: fc.constantFrom(...T_VALUES),
      date: written(date),
      status: observationStatus,
      form: valueForm,
      unit: weighted<string>([
        [20, '{T-score}'],
        [2, '1'],
        [1, '{score}'],
        [0.3, 'g/cm2'],
      ]),
      words: inPercent(3, fc.constantFrom('1/3 radius', 'Ward triangle', 'left hip')),
      low: inPercent(4, fc.constant({ interpretation: [{ coding: [{ code: 'L' }] }] })),
    })
    .map(({ code, value, date, status, form, unit, words, low }) =>
      plain(
        lab(code, value, unit, date, {
          status,
          ...valueOf(form, value, unit),
          ...(words === undefined ? {} : { bodySite: { text: words } }),
          ...low,
        }),
      ),
    );
}

const SYSTOLIC = [104, 118, 129, 130, 131, 139, 140, 141, 152, 180, 181, 195];
const DIASTOLIC = [62, 78, 79, 80, 81, 89, 90, 91, 104, 120, 121];

export function pressure(date: fc.Arbitrary<string>): fc.Arbitrary<Entry> {
  return fc
    .record({
      systolic: fc.constantFrom(...SYSTOLIC),
      diastolic: fc.constantFrom(...DIASTOLIC),
      date: written(date),
      panel: fc.constantFrom('85354-9', '85354-9', '55284-4'),
      status: observationStatus,
      half: inPercent(4, fc.integer({ min: 0, max: 1 })),
    })
    .map(({ systolic, diastolic, date: on, panel, status, half }) => {
      const whole = bloodPressure(systolic, diastolic, on, panel);
      const parts = whole['component'] as readonly Json[];
      return plain({
        ...whole,
        status,
        ...(half === undefined ? {} : { component: parts.slice(half, half + 1) }),
      });
    });
}
