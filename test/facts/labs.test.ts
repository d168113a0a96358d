import { describe, expect, test } from '@jest/globals';
import { meanPressure } from '../../src/facts/blood-pressure.ts';
import { calciumStatus, kidneyStatus, lipidPanel, panelWithin, vitaminD } from '../../src/facts/lab-facts.ts';
import { lastDays, lastMonths, latestWithin } from '../../src/facts/results.ts';
import type { Resource } from '../../src/facts/record.ts';
import {
  bloodPressure,
  calcium,
  condition,
  eGfr,
  hdl,
  lab,
  ldl,
  man,
  patient,
  quantity,
  totalCholesterol,
  triglycerides,
} from '../build-record.ts';
import { chartOf, reading, today } from './chart-of.ts';

const year = lastMonths(12, today);

describe('25-OH vitamin D as a total', () => {
  const part = (code: string, value: number, unit = 'ng/mL', extra = {}): Resource =>
    lab(code, value, unit, '2025-12-01', extra);
  const [total, d3, d2] = ['62292-8', '1989-3', '49054-0'];
  function found(...resources: readonly Resource[]): string {
    const fact = latestWithin(vitaminD(chartOf(resources)), year);
    if (fact.state !== 'known') return reading(fact);
    const { comparator = '', value, unit } = fact.value.quantity;
    return `${comparator}${String(value)} ${unit}`;
  }
  test.each([
    ['a total', [part(total, 30)], '30 ng/mL'],
    ['a total before its parts', [part(total, 30), part(d3, 12), part(d2, 8)], '30 ng/mL'],
    ['D2 and D3 of one specimen are added', [part(d3, 12), part(d2, 9)], '21 ng/mL'],
    ['also when both are 8', [part(d3, 8), part(d2, 8)], '16 ng/mL'],
    ['also in nmol/L', [part(d3, 30, 'nmol/L'), part(d2, 25, 'nmol/L')], '55 nmol/L'],
    [
      'D2 below detection: an upper bound',
      [part(d3, 12), part(d2, 4, 'ng/mL', quantity('<', 4, 'ng/mL'))],
      '<16 ng/mL',
    ],
    ['D3 alone is read as total', [part(d3, 18)], '18 ng/mL'],
    ['D2 alone is unusable', [part(d2, 8)], 'unknown: unreadable'],
    ['an unverified code is unusable here', [part('68438-1', 12)], 'unknown: unreadable'],
    ['calcitriol ordered by mistake', [part('1649-3', 30)], 'absent'],
  ])('%s', (_, resources, expected) => {
    expect(found(...resources)).toBe(expected);
    expect(found(...resources.toReversed())).toBe(expected);
  });
});

describe('a lipid panel is on file', () => {
  const done = (...resources: readonly Resource[]): unknown =>
    panelWithin(lipidPanel(chartOf(resources)), year);
  test('with LDL, or with total, HDL and triglycerides together', () => {
    expect(done(ldl(130))).toBe(true);
    expect(done(totalCholesterol(200), hdl(50), triglycerides(150))).toBe(true);
    expect(done(totalCholesterol(200), hdl(50))).toBe(false);
    expect(done(totalCholesterol(200), hdl(50), triglycerides(150, '2024-12-01'))).toBe(false);
    expect(done()).toBe(false);
  });
});

describe('calcium status (G17)', () => {
  const albumin = (value: number, date = '2025-12-01', unit = 'g/dL'): Resource =>
    lab('1751-7', value, unit, date);
  const ionized = (value: number, date = '2025-12-01', unit = 'mmol/L'): Resource =>
    lab('1995-0', value, unit, date);
  const corrected = (value: number): Resource => lab('29265-6', value, 'mg/dL', '2025-12-01');
  const ranged = (value: number, low: number, high: number, unit = 'mg/dL', extra = {}): Resource => ({
    ...calcium(value, '2025-12-01', unit),
    referenceRange: [{ low: { value: low, unit }, high: { value: high, unit }, ...extra }],
  });
  function found(resources: readonly Resource[], window = year): string {
    const fact = calciumStatus(chartOf(resources), window);
    if (fact.state !== 'known') return reading(fact);
    return `${fact.value.level} ${fact.value.kind}${fact.value.uncertain ? ' uncertain' : ''}`;
  }
  test.each([
    ['8.4 by the laboratory', [corrected(8.4)], 'low lab-corrected'],
    ['8.5 by the laboratory', [corrected(8.5)], 'normal lab-corrected'],
    ['total 8.0 with albumin 3.0 is 8.8', [calcium(8), albumin(3)], 'normal corrected'],
    ['total 7.6 with albumin 3.0 is 8.4', [calcium(7.6), albumin(3)], 'low corrected'],
    [
      'total 2.00 mmol/L with albumin 34 g/L is 2.12',
      [calcium(2, '2025-12-01', 'mmol/L'), albumin(34, '2025-12-01', 'g/L')],
      'normal corrected',
    ],
    [
      'total 1.99 mmol/L with albumin 34 g/L is 2.11',
      [calcium(1.99, '2025-12-01', 'mmol/L'), albumin(34, '2025-12-01', 'g/L')],
      'low corrected',
    ],
    ['albumin 14 days away', [calcium(8), albumin(3, '2025-12-15')], 'normal corrected'],
    ['albumin 15 days away', [calcium(8), albumin(3, '2025-12-16')], 'low uncorrected uncertain'],
    ['total 8.0 without albumin', [calcium(8)], 'low uncorrected uncertain'],
    ['normal albumin needs no correction', [calcium(8), albumin(4)], 'low uncorrected'],
    ['a high one is never uncertain', [calcium(10.6)], 'high uncorrected'],
    ['10.5 is not high', [calcium(10.5)], 'normal uncorrected'],
    ['2.62 mmol/L is not high', [calcium(2.62, '2025-12-01', 'mmol/L')], 'normal uncorrected'],
    ['2.63 mmol/L is', [calcium(2.63, '2025-12-01', 'mmol/L')], 'high uncorrected'],
    ['ionised before corrected before total', [calcium(8), corrected(8.4), ionized(1.2)], 'normal ionized'],
    ['ionised 1.11', [ionized(1.11)], 'low ionized'],
    ['ionised 1.12', [ionized(1.12)], 'normal ionized'],
    ['ionised 1.34', [ionized(1.34)], 'high ionized'],
    ['the latest day decides', [ionized(1, '2025-06-01'), calcium(9)], 'normal uncorrected'],
    ['own range 8.6 to 10.2: 8.5 is low', [ranged(8.5, 8.6, 10.2)], 'low uncorrected uncertain'],
    ['own range 8.6 to 10.2: 10.3 is high', [ranged(10.3, 8.6, 10.2)], 'high uncorrected'],
    ['own range up to 10.8: 10.6 is not high', [ranged(10.6, 8.6, 10.8)], 'normal uncorrected'],
    [
      'own range in mmol/l beside a value in mmol/L',
      [{ ...ranged(2.6, 2.1, 2.55, 'mmol/L') }],
      'high uncorrected',
    ],
    [
      'a critical range is not the normal one',
      [ranged(10.6, 6, 13, 'mg/dL', { type: { coding: [{ system: 'x', code: 'critical' }] } })],
      'high uncorrected',
    ],
    ['"< 9" may be low or not', [{ ...calcium(9), ...quantity('<', 9, 'mg/dL') }], 'unknown: ambiguous'],
    [
      '"< 9" with own range from 8.6',
      [{ ...ranged(9, 8.6, 10.2), ...quantity('<', 9, 'mg/dL') }],
      'unknown: ambiguous',
    ],
    [
      'a newer one that cannot be read',
      [ionized(1.2, '2025-06-01'), { ...calcium(9), valueQuantity: { value: 9 } }],
      'unknown: unreadable',
    ],
    ['none', [], 'absent'],
  ])('%s', (_, resources, expected) => {
    expect(found(resources)).toBe(expected);
  });
  test('90 days: 17 October counts, 16 October does not', () => {
    expect(found([calcium(9, '2025-10-17')], lastDays(90, today))).toBe('normal uncorrected');
    expect(found([calcium(9, '2025-10-16')], lastDays(90, today))).toBe('absent');
  });
});

describe('kidney status (G18)', () => {
  const unit = 'mL/min/{1.73_m2}';
  const creatinine = (value: number, u = 'mg/dL'): Resource => lab('2160-0', value, u, '2025-12-01');
  const stage4 = condition('icd10cm', 'N18.4');
  function found(...resources: readonly Resource[]): string {
    const fact = kidneyStatus(chartOf(resources));
    if (fact.state !== 'known') return reading(fact);
    const { stage, eGfr: value, basis, threeOrMore } = fact.value;
    return `${stage ?? '-'} ${value === null ? '-' : String(value)} ${basis}${threeOrMore ? ' 3+' : ''}`;
  }
  test.each([
    ['60 is G2', [eGfr(60)], 'G2 60 egfr'],
    ['59.9 is G3a', [eGfr(59.9)], 'G3a 59.9 egfr 3+'],
    ['45 is G3a', [eGfr(45)], 'G3a 45 egfr 3+'],
    ['44 is G3b', [eGfr(44)], 'G3b 44 egfr 3+'],
    ['29 is G4', [eGfr(29)], 'G4 29 egfr 3+'],
    ['14 is G5', [eGfr(14)], 'G5 14 egfr 3+'],
    [
      'the 2021 equation before others of the day',
      [lab('33914-3', 50, unit, '2025-12-01'), eGfr(62)],
      'G2 62 egfr',
    ],
    [
      'of a race-specific pair the lower',
      [lab('48642-3', 58, unit, '2025-12-01'), lab('48643-1', 67, unit, '2025-12-01')],
      'G3a 58 egfr 3+',
    ],
    ['"> 60" is not stage 3', [eGfr(0, '2025-12-01', quantity('>', 60, unit))], '- - egfr'],
    ['"> 30" is open', [eGfr(0, '2025-12-01', quantity('>', 30, unit))], 'unknown: ambiguous'],
    ['a newer eGFR before the stage code', [eGfr(70), stage4], 'G2 70 egfr'],
    ['the stage code without an eGFR of 12 months', [eGfr(70, '2025-01-14'), stage4], '- - diagnosis 3+'],
    ['creatinine 1.0, woman of 66', [creatinine(1)], 'G2 62 creatinine'],
    ['creatinine in mmol/L', [creatinine(0.0884, 'mmol/L')], 'G2 62 creatinine'],
    ['creatinine 1.0, man of 66', [patient(66, man), creatinine(1)], 'G2 83 creatinine'],
    ['creatinine, sex unknown', [patient(66, { gender: 'unknown' }), creatinine(1)], 'unknown: ambiguous'],
    ['nothing', [], 'absent'],
  ])('%s', (_, resources, expected) => {
    expect(found(...resources)).toBe(expected);
    expect(found(...resources.toReversed())).toBe(expected);
  });
});

describe('mean blood pressure (G16)', () => {
  function mean(...resources: readonly Resource[]): string {
    const fact = meanPressure(chartOf(resources));
    return fact.state === 'known'
      ? `${String(fact.value.systolic)}/${String(fact.value.diastolic)} of ${String(fact.value.days)}`
      : reading(fact);
  }
  const single = (code: string, value: number, date: string): Resource => lab(code, value, 'mm[Hg]', date);
  const encounter = { resourceType: 'Encounter', id: 'e', class: { code: 'EMER' } };
  test.each([
    ['two days', [bloodPressure(130, 80, '2025-12-01'), bloodPressure(140, 90, '2025-12-02')], '135/85 of 2'],
    ['one day only', [bloodPressure(130, 80), bloodPressure(150, 80)], 'unknown: ambiguous'],
    [
      'half is rounded up',
      [bloodPressure(129, 79, '2025-12-01'), bloodPressure(130, 80, '2025-12-02')],
      '130/80 of 2',
    ],
    [
      'the last three of four days',
      [
        bloodPressure(200, 120, '2025-11-01'),
        bloodPressure(130, 80, '2025-12-01'),
        bloodPressure(130, 80, '2025-12-02'),
        bloodPressure(130, 80, '2025-12-03'),
      ],
      '130/80 of 3',
    ],
    [
      'a day is the mean of its readings',
      [
        bloodPressure(120, 80, '2025-12-01T08:00:00Z'),
        bloodPressure(140, 80, '2025-12-01T09:00:00Z'),
        bloodPressure(150, 80, '2025-12-02'),
      ],
      '140/80 of 2',
    ],
    [
      'two readings of a day with one systolic value',
      [
        bloodPressure(130, 80, '2025-12-01'),
        bloodPressure(130, 90, '2025-12-01'),
        bloodPressure(130, 85, '2025-12-02'),
      ],
      '130/85 of 2',
    ],
    [
      'both panel codes',
      [bloodPressure(130, 80, '2025-12-01', '55284-4'), bloodPressure(140, 80, '2025-12-02', '85354-9')],
      '135/80 of 2',
    ],
    [
      'panels without ids',
      [
        { ...bloodPressure(130, 80, '2025-12-01'), id: undefined },
        { ...bloodPressure(140, 90, '2025-12-02'), id: undefined },
      ],
      '135/85 of 2',
    ],
    [
      'single codes of one time',
      [
        single('8480-6', 130, '2025-12-01'),
        single('8462-4', 80, '2025-12-01'),
        bloodPressure(140, 80, '2025-12-02'),
      ],
      '135/80 of 2',
    ],
    [
      'a reading without diastolic is left out',
      [
        single('8480-6', 200, '2025-12-03'),
        bloodPressure(130, 80, '2025-12-01'),
        bloodPressure(140, 80, '2025-12-02'),
      ],
      '135/80 of 2',
    ],
    ['only systolic values', [single('8480-6', 130, '2025-12-01')], 'unknown: ambiguous'],
    [
      'a year ago to the day counts',
      [bloodPressure(130, 80, '2025-01-15'), bloodPressure(140, 80, '2025-12-02')],
      '135/80 of 2',
    ],
    [
      'older than a year does not',
      [bloodPressure(130, 80, '2025-01-14'), bloodPressure(140, 80, '2025-12-02')],
      'unknown: ambiguous',
    ],
    [
      'of a supplied emergency encounter',
      [
        encounter,
        {
          ...bloodPressure(200, 120, '2025-12-03'),
          encounter: { reference: 'https://ehr.example/Encounter/e' },
        },
        bloodPressure(130, 80, '2025-12-01'),
        bloodPressure(140, 80, '2025-12-02'),
      ],
      '135/80 of 2',
    ],
    ['none', [], 'absent'],
  ])('%s', (_, resources, expected) => {
    expect(mean(...(resources as Resource[]))).toBe(expected);
    expect(mean(...(resources as Resource[]).toReversed())).toBe(expected);
  });
});
