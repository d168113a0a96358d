import { describe, expect, test } from '@jest/globals';
import { glucocorticoid, plannedGlucocorticoid } from '../../src/facts/glucocorticoid.ts';
import type { Resource } from '../../src/facts/record.ts';
import { condition, daily, drug, statement, TODAY } from '../build-record.ts';
import { chartOf, reading, type Setting } from './chart-of.ts';

type Extra = Readonly<Record<string, unknown>>;

const ago = (days: number): string =>
  new Date(Date.parse(TODAY) - days * 86_400_000).toISOString().slice(0, 10);
const supply = (
  mg: number,
  start: number,
  days: number,
  text = 'Prednisone 5 MG Oral Tablet',
  extra: Extra = {},
): Resource => drug(text, { authoredOn: ago(start), ...daily(mg, days), ...extra });
const addison = condition('icd10cm', 'E27.1');

/** Days, dose and its upper end; or why there is none. */
function exposure(record: readonly Resource[], setting: Setting = {}): unknown {
  const fact = glucocorticoid(chartOf(record, setting));
  return fact.state === 'known'
    ? [fact.value.days, fact.value.mgPerDay, fact.value.mgPerDayTo]
    : reading(fact);
}
function planned(record: readonly Resource[], drafts: readonly Resource[], setting: Setting = {}): unknown {
  const fact = plannedGlucocorticoid(chartOf(record, { ...setting, drafts }));
  return fact.state === 'known' ? [fact.value.days, fact.value.mgPerDay, fact.value.planned] : reading(fact);
}

describe('exposure: days of supply in the last 12 months', () => {
  const range = (from: number, to: number): Extra => ({
    dosageInstruction: [
      {
        doseAndRate: [{ doseRange: { low: { value: from, unit: 'mg' }, high: { value: to, unit: 'mg' } } }],
        timing: { repeat: { frequency: 1, period: 1, periodUnit: 'd' } },
      },
    ],
  });
  test.each<[string, readonly Resource[], unknown]>([
    ['overlapping refills count once', [supply(5, 150, 60), supply(5, 100, 60)], [110, 5, 5]],
    ['a bridged gap is no supply', [supply(5, 150, 60), supply(5, 70, 40)], [100, 5, 5]],
    ['90 days of supply in 110 days are not more than 90', [supply(5, 150, 50), supply(5, 80, 40)], 'absent'],
    ['supply before the 12 months does not count', [supply(5, 440, 165)], 'absent'],
    ['supply of days to come does not count', [supply(5, 60, 365)], 'absent'],
    [
      'the dose of the newest of several strengths that follow each other',
      [supply(20, 150, 60), supply(5, 90, 60, 'Prednisone 2.5 MG Oral Tablet')],
      [120, 5, 5],
    ],
    [
      'two strengths at the same time: together or instead, no dose',
      [supply(5, 150, 150), supply(2, 140, 140, 'Prednisone 1 MG Oral Tablet')],
      [150, null, null],
    ],
    ['the same drug ordered twice is one', [supply(5, 150, 150), supply(5, 140, 140)], [150, 5, 5]],
    [
      'two glucocorticoids in one name',
      [supply(5, 120, 120, 'Prednisone 5 MG or dexamethasone')],
      [120, null, null],
    ],
    ['a brand without ingredient', [supply(4, 120, 120, 'Medrol 4 MG Oral Tablet')], [120, null, null]],
    [
      'cortisone acetate has no equivalent in the list',
      [supply(25, 120, 120, 'Cortisone acetate 25 MG Oral Tablet')],
      [120, null, null],
    ],
    [
      'betamethasone 0.6 mg is 5 mg',
      [supply(0.6, 120, 120, 'Betamethasone 0.6 MG Oral Tablet')],
      [120, 5, 5],
    ],
    ['deflazacort 6 mg is 5 mg', [supply(6, 120, 120, 'Deflazacort 6 MG Oral Tablet')], [120, 5, 5]],
    ['a range of doses', [supply(5, 120, 120, undefined, range(5, 10))], [120, 5, 10]],
    [
      'a range of 2 to 3 mg may be below the limit',
      [supply(5, 120, 120, undefined, range(2, 3))],
      'unknown: ambiguous',
    ],
    [
      'as needed, with supply',
      [supply(5, 120, 120, undefined, { dosageInstruction: [{ asNeededBoolean: true }] })],
      'absent',
    ],
    [
      'a stated course of 91 days, both ends included',
      [
        statement('Prednisone 5 MG Oral Tablet', {
          effectivePeriod: { start: '2025-06-01', end: '2025-08-30' },
        }),
      ],
      [91, null, null],
    ],
    [
      'a stated course of 90 days',
      [
        statement('Prednisone 5 MG Oral Tablet', {
          effectivePeriod: { start: '2025-06-01', end: '2025-08-29' },
        }),
      ],
      'absent',
    ],
    [
      '5 to 10 mg with Addison disease may be replacement',
      [supply(5, 120, 120, undefined, range(5, 10)), addison],
      'unknown: ambiguous',
    ],
    [
      'no supply stated, two strengths active',
      [
        drug('Prednisone 5 MG Oral Tablet', { authoredOn: ago(100), ...daily(5) }),
        drug('Prednisone 1 MG Oral Tablet', { authoredOn: ago(100), ...daily(2) }),
      ],
      [null, null, null],
    ],
    ['a stopped order', [supply(5, 120, 120, undefined, { status: 'stopped' })], 'absent'],
  ])('%s', (_, record, expected) => {
    expect(exposure(record)).toEqual(expected);
    expect(exposure([...record].reverse())).toEqual(expected);
  });
  test('problem list not obtained: 7.5 mg may be replacement, more is not', () => {
    expect(exposure([supply(7.5, 120, 120)], { unknown: { conditions: 'failed' } })).toBe(
      'unknown: ambiguous',
    );
    expect(exposure([supply(7.6, 120, 120)], { unknown: { conditions: 'failed' } })).toEqual([120, 7.6, 7.6]);
  });
});

describe('what a draft plans or continues', () => {
  const draft = (
    mg: number,
    days?: number,
    extra: Extra = {},
    text = 'Prednisone 10 MG Oral Tablet',
  ): Resource => drug(text, { status: 'draft', authoredOn: TODAY, ...daily(mg, days), ...extra });
  test.each<[string, readonly Resource[], readonly Resource[], unknown]>([
    ['91 days', [], [draft(10, 91)], [91, 10, true]],
    ['90 days', [], [draft(10, 90)], 'absent'],
    [
      'a draft written two weeks ago starts when it is signed',
      [],
      [draft(10, 91, { authoredOn: ago(14) })],
      [91, 10, true],
    ],
    ['30 days ago supply of 60, and 31 days', [supply(5, 90, 60)], [draft(10, 31)], [91, 10, true]],
    ['31 days ago', [supply(5, 91, 60)], [draft(10, 31)], 'absent'],
    ['a short draft beside a long exposure', [supply(5, 200, 120)], [draft(10, 5)], [120, 5, false]],
    ['no supply stated, nothing before', [], [draft(10)], 'unknown: ambiguous'],
    ['no supply stated, long before', [supply(5, 120, 120)], [draft(10)], [120, 5, false]],
    [
      'two drafts: together or instead',
      [],
      [draft(10, 91), draft(4, 91, {}, 'Dexamethasone 4 MG Oral Tablet')],
      [91, null, true],
    ],
    ['no draft', [supply(5, 120, 120)], [], 'absent'],
    ['as needed', [], [draft(10, 91, { dosageInstruction: [{ asNeededBoolean: true }] })], 'absent'],
    ['a bare name', [], [drug('Prednisone', { status: 'draft' })], 'unknown: ambiguous'],
    ['replacement', [addison], [draft(20, 91, {}, 'Hydrocortisone 20 MG Oral Tablet')], 'absent'],
  ])('%s', (_, record, drafts, expected) => {
    expect(planned(record, drafts)).toEqual(expected);
  });
  test('a long draft needs no list of earlier orders, a short one does', () => {
    const setting: Setting = { unknown: { medicationRequests: 'failed' } };
    expect(planned([], [draft(10, 91)], setting)).toEqual([91, 10, true]);
    expect(planned([], [draft(10, 31)], setting)).toBe('unknown: failed');
  });
});
