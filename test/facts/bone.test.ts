import { describe, expect, test } from '@jest/globals';
import { dxaDone, dxaWithin, lowBmd, lowestT, showT } from '../../src/facts/dxa.ts';
import { fractures } from '../../src/facts/fractures.ts';
import { lastMonths } from '../../src/facts/results.ts';
import type { Resource } from '../../src/facts/record.ts';
import {
  clinicalStatus,
  coded,
  condition,
  lab,
  man,
  osteopenia,
  osteoporosis,
  patient,
  procedure,
  quantity,
  report,
  tScore,
  verificationStatus,
} from '../build-record.ts';
import { chartOf, reading, today, type Setting } from './chart-of.ts';

const T = '{T-score}';
const leftHip = (value: number, date = '2025-06-01'): Resource => lab('80946-7', value, T, date);
const radius = (value: number, date = '2025-06-01', text = 'DXA one-third radius'): Resource =>
  lab('80944-2', value, T, date, {
    code: { coding: [{ system: 'http://loinc.org', code: '80944-2', display: text }] },
  });
const zScore = (value: number): Resource => lab('80938-4', value, '1', '2025-06-01');
const bmd = (value: number, extra = {}): Resource => lab('24966-4', value, 'g/cm2', '2025-06-01', extra);

/** `-2.6 hip osteoporosis`, or `absent`, or why unknown. */
function lowest(resources: readonly Resource[], setting: Setting = {}): string {
  const fact = lowestT(chartOf(resources, setting));
  if (fact.state !== 'known') return reading(fact);
  const { quantity: value, site, range } = fact.value;
  return `${showT(value)} ${site} ${range}`;
}

describe('the lowest T-score of the newest scan', () => {
  test.each([
    [
      'the lowest of hip, femur and spine',
      [tScore(-1.2), tScore(-2.1, '2025-06-01', 'femur'), tScore(-2.6, '2025-06-01', 'spine')],
      '-2.6 lumbar spine osteoporosis',
    ],
    ['left and right have codes of their own', [tScore(-1.2), leftHip(-1.9)], '-1.9 hip osteopenia'],
    [
      '30 days before the newest is the same scan',
      [tScore(-1.2, '2025-06-30'), tScore(-2.6, '2025-05-31', 'spine')],
      '-2.6 lumbar spine osteoporosis',
    ],
    [
      '31 days before is an older scan',
      [tScore(-1.2, '2025-06-30'), tScore(-2.6, '2025-05-30', 'spine')],
      '-1.2 hip osteopenia',
    ],
    ['heel is not diagnostic', [tScore(-3, '2025-06-01', 'heel')], 'absent'],
    ['a Z-score is not a T-score, although its unit is 1 too', [zScore(-3)], 'absent'],
    ['a BMD is never read as a T-score', [bmd(0.887)], 'absent'],
    [
      'Ward triangle is rejected',
      [tScore(-3, '2025-06-01', 'femur', { bodySite: { text: "Ward's triangle" } })],
      'absent',
    ],
  ])('%s', (_, record, expected) => {
    expect(lowest(record)).toBe(expected);
    expect(lowest(record.toReversed())).toBe(expected);
  });
  test.each([
    [-2.5, 'osteoporosis', 'exactly -2.5 is osteoporosis'],
    [-2.4996, 'osteopenia', 'compared unrounded'],
    [-3.774300898585162, 'osteoporosis', 'fifteen decimals occur'],
    [-1.0, 'normal', 'exactly -1.0 is normal'],
    [-1.0001, 'osteopenia', 'just below'],
    [0.3, 'normal', 'positive scores occur'],
  ])('T %d: %s, %s', (value, range) => {
    expect(lowest([tScore(value)])).toContain(range);
  });
  test.each([
    [-2.4996, '-2.4'],
    [-2.5, '-2.5'],
    [-0.04, '0.0'],
    [1.29, '1.2'],
  ])('T %d is shown as %s: cut toward zero', (value, shown) => {
    expect(lowest([tScore(value)])).toContain(`${shown} hip`);
  });
  test('comparators: "< -2.5" is osteoporosis, "< -2.0" is open', () => {
    const below = (value: number): Resource => tScore(0, '2025-06-01', 'hip', quantity('<', value, T));
    expect(lowest([below(-2.5)])).toContain('osteoporosis');
    expect(lowest([below(-2.0)])).toBe('unknown: ambiguous');
  });
  test('-6 asks for confirmation, -5.9 does not', () => {
    const confirm = (value: number): unknown => {
      const fact = lowestT(chartOf([tScore(value)]));
      return fact.state === 'known' && fact.value.confirm;
    };
    expect([confirm(-6), confirm(-5.9)]).toEqual([true, false]);
  });
  test('components of one report have their own codes', () => {
    const node = (loinc: string, value: number, unit: string): unknown => ({
      code: coded('loinc', loinc),
      valueQuantity: { value, unit },
    });
    const study = lab('38269-7', 0, '1', '2025-06-01', {
      valueQuantity: undefined,
      component: [node('38264-8', -2.1, 'T-score'), node('80938-4', -3, '1'), node('24966-4', 0.7, 'g/cm2')],
    });
    expect(lowest([study])).toBe('-2.1 hip osteopenia');
  });
});

describe('a score that cannot be read', () => {
  const percent = tScore(80, '2025-06-01', 'spine', { valueQuantity: { value: 80, unit: '%' } });
  test('beside one that shows no osteoporosis: the lowest is not known', () => {
    expect(lowest([tScore(-1.8), percent])).toBe('unknown: unreadable');
  });
  test('beside one that shows osteoporosis: nothing could change that', () => {
    expect(lowest([tScore(-2.6), percent])).toBe('-2.6 hip osteoporosis');
  });
  test('of an older scan: it does not matter', () => {
    expect(lowest([tScore(-1.8, '2025-12-01'), percent])).toBe('-1.8 hip osteopenia');
  });
  test('of a newer scan: the old score is not the newest', () => {
    expect(lowest([tScore(-2.6, '2024-12-01'), percent])).toBe('unknown: unreadable');
  });
  test('alone', () => {
    expect(lowest([percent])).toBe('unknown: unreadable');
  });
});

describe('a lost minus sign is never put back', () => {
  const low = { interpretation: [{ coding: [{ code: 'L' }] }] };
  test.each([
    ['interpretation L', [tScore(2.7, '2025-06-01', 'hip', low)], 'unknown: ambiguous'],
    [
      'a note that says osteoporosis',
      [tScore(2.7, '2025-06-01', 'hip', { note: [{ text: 'Osteoporosis' }] })],
      'unknown: ambiguous',
    ],
    [
      'a report of that day that concludes osteoporosis',
      [
        tScore(2.7),
        report(coded('loinc', '38269-7'), '2025-06-01', { conclusion: 'Osteoporosis of the hip' }),
      ],
      'unknown: ambiguous',
    ],
    [
      'a report of another day',
      [tScore(2.7), report(coded('loinc', '38269-7'), '2020-06-01', { conclusion: 'Osteoporosis' })],
      '2.7 hip normal',
    ],
    ['no such sign', [tScore(2.7)], '2.7 hip normal'],
    ['+2.5 is not suspicious', [tScore(2.5, '2025-06-01', 'hip', low)], '2.5 hip normal'],
  ])('%s', (_, record, expected) => {
    expect(lowest(record)).toBe(expected);
  });
});

describe('forearm', () => {
  const hyperparathyroid = condition('icd10cm', 'E21.0');
  test.each([
    [
      '38265-5 counts when there is no hip or spine score',
      [tScore(-2.6, '2025-06-01', 'forearm')],
      '-2.6 radius/ulna as coded; confirm one-third radius osteoporosis',
    ],
    [
      '38265-5 beside a hip score does not, however old the hip score',
      [tScore(-2.6, '2025-06-01', 'forearm'), tScore(-1.5, '2019-01-01')],
      '-1.5 hip osteopenia',
    ],
    ['one-third radius counts without hip and spine', [radius(-2.6)], '-2.6 one-third radius osteoporosis'],
    [
      'a zero-width space does not hide the site',
      [radius(-2.6, '2025-06-01', 'one-\u200Bthird radius')],
      '-2.6 one-third radius osteoporosis',
    ],
    ['one-third radius beside the hip does not', [radius(-2.6), tScore(-1.5)], '-1.5 hip osteopenia'],
    [
      'but does in hyperparathyroidism',
      [radius(-2.6), tScore(-1.5), hyperparathyroid],
      '-2.6 one-third radius osteoporosis',
    ],
    ['another radius site never does', [radius(-2.6, '2025-06-01', 'DXA distal radius')], 'absent'],
  ])('%s', (_, record, expected) => {
    expect(lowest(record)).toBe(expected);
  });
  test('"no hip or spine score" needs a complete search', () => {
    expect(lowest([tScore(-2.6, '2025-06-01', 'forearm')], { incomplete: { bone: 'truncated' } })).toBe(
      'unknown: truncated',
    );
  });
});

describe('at which age a T-score is valid: age on the day of the scan', () => {
  const born = (birthDate: string, extra = {}): Resource => patient(60, { birthDate, ...extra });
  const menopause = condition('icd10cm', 'Z78.0');
  const score = tScore(-2.6);
  test.each([
    ['woman of 50 that day', [born('1975-06-01')], 'osteoporosis'],
    ['woman of 49 that day, 50 now', [born('1975-06-02')], 'absent'],
    ['woman of 45 with menopause', [born('1980-01-01'), menopause], 'osteoporosis'],
    ['woman of 39 with menopause', [born('1986-01-01'), menopause], 'absent'],
    ['woman of 45 with N95.1', [born('1980-01-01'), condition('icd10cm', 'N95.1')], 'osteoporosis'],
    [
      'woman of 43 with N95.1: menopause evidence only from 45',
      [born('1982-01-01'), condition('icd10cm', 'N95.1')],
      'absent',
    ],
    ['woman of 42 without ovaries', [born('1983-01-01'), condition('icd10cm', 'Z90.722')], 'osteoporosis'],
    ['man of 50', [born('1975-06-01', man)], 'osteoporosis'],
    ['man of 49', [born('1975-06-02', man)], 'absent'],
    ['sex unknown, 50', [born('1975-06-01', { gender: 'unknown' })], 'osteoporosis'],
    [
      'sex unknown, 45 with menopause code',
      [born('1980-01-01', { gender: 'unknown' }), menopause],
      'unknown',
    ],
    ['birth year 1975: 49 or 50', [born('1975')], 'unknown'],
    ['no birth date', [born('', { birthDate: undefined })], 'unknown'],
  ])('%s: %s', (_, people, expected) => {
    expect(lowest([...people, score])).toContain(expected);
  });
});

describe('low bone density and its label (G10)', () => {
  function label(resources: readonly Resource[], setting: Setting = {}): string {
    const fact = lowBmd(chartOf(resources, setting));
    return fact.state === 'known' ? `${fact.value.label} by ${fact.value.basis}` : reading(fact);
  }
  test.each([
    [
      'diagnosis of osteoporosis before a better T-score',
      [osteoporosis(), tScore(-1.5)],
      'osteoporosis by diagnosis',
    ],
    [
      'a normal T-score never cancels the diagnosis of osteoporosis',
      [osteoporosis(), tScore(0)],
      'osteoporosis by diagnosis',
    ],
    ['T -2.5 of 2005: osteoporosis at any date', [tScore(-2.5, '2012-06-01')], 'osteoporosis by tScore'],
    ['T -1.5 of ten years ago to the day', [tScore(-1.5, '2016-01-15')], 'osteopenia by tScore'],
    ['T -1.5 one day older', [tScore(-1.5, '2016-01-14')], 'absent'],
    ['T -1.5 with the diagnosis of osteopenia', [tScore(-1.5), osteopenia()], 'osteopenia by tScore'],
    ['osteopenia diagnosis alone', [osteopenia()], 'osteopenia by diagnosis'],
    ['cancelled by a later T -1.0', [osteopenia({ onsetDateTime: '2020-01-01' }), tScore(-1)], 'absent'],
    [
      'not by an earlier one',
      [osteopenia({ onsetDateTime: '2025-12-01' }), tScore(-1)],
      'osteopenia by diagnosis',
    ],
    ['resolved osteopenia', [osteopenia(clinicalStatus('resolved'))], 'absent'],
    ['refuted osteoporosis', [osteoporosis(verificationStatus('refuted'))], 'absent'],
    [
      'suspicious T-score',
      [tScore(2.7, '2025-06-01', 'hip', { interpretation: [{ text: 'low' }] })],
      'unknown: ambiguous',
    ],
    ['nothing', [], 'absent'],
  ])('%s', (_, record, expected) => {
    expect(label(record)).toBe(expected);
  });
  test('a measured T-score stands although the problem list was not obtained: any true is true', () => {
    expect(label([tScore(-2.6)], { unknown: { conditions: 'failed' } })).toBe('osteoporosis by tScore');
    expect(label([tScore(-1.8)], { unknown: { conditions: 'failed' } })).toBe('osteopenia by tScore');
    expect(label([tScore(0)], { unknown: { conditions: 'failed' } })).toBe('unknown: failed');
  });
  test('a diagnosis of osteoporosis stands although the scores were not obtained; osteopenia might be cancelled', () => {
    expect(label([osteoporosis()], { unknown: { bone: 'failed' } })).toBe('osteoporosis by diagnosis');
    expect(label([osteopenia()], { unknown: { bone: 'failed' } })).toBe('unknown: failed');
  });
});

describe('bone density scan done', () => {
  const scan = coded('snomed', '312681000');
  function done(resources: readonly Resource[], setting: Setting = {}): unknown {
    const fact = dxaDone(chartOf(resources, setting));
    return fact.state === 'known' ? fact.value.map(({ date }) => date?.text ?? null) : reading(fact);
  }
  test.each([
    ['T-score', [tScore(-1)], ['2025-06-01']],
    ['heel T-score', [tScore(-1, '2025-06-01', 'heel')], ['2025-06-01']],
    ['Z-score', [zScore(-1)], ['2025-06-01']],
    ['BMD', [bmd(0.9)], ['2025-06-01']],
    ['BMD without a value', [bmd(0, { valueQuantity: undefined })], ['2025-06-01']],
    [
      'BMD that was not performed',
      [bmd(0, { valueQuantity: undefined, dataAbsentReason: coded('loinc', 'not-performed') })],
      'absent',
    ],
    ['a score in error', [tScore(-1, '2025-06-01', 'hip', { status: 'entered-in-error' })], 'absent'],
    ['report only', [report(coded('loinc', '38269-7'), '2024-05-01')], ['2024-05-01']],
    [
      'preliminary report',
      [report(coded('loinc', '38269-7'), '2024-05-01', { status: 'preliminary' })],
      'absent',
    ],
    ['procedure', [procedure(scan, '2023-04-01')], ['2023-04-01']],
    [
      'procedure with a period',
      [procedure(scan, undefined, { performedPeriod: { start: '2023-04-01', end: '2023-04-02' } })],
      ['2023-04-02'],
    ],
    ['procedure not done', [procedure(scan, '2023-04-01', { status: 'not-done' })], 'absent'],
    ['undated procedure', [procedure(scan)], [null]],
    [
      'newest first, undated last',
      [procedure(scan), tScore(-1, '2020-01-01'), tScore(-1, '2024-01-01')],
      ['2024-01-01', '2020-01-01', null],
    ],
    ['nothing', [], 'absent'],
  ])('%s', (_, record, expected) => {
    expect(done(record)).toEqual(expected);
  });
  test('nothing found and one search failed: unknown', () => {
    expect(done([], { unknown: { reports: 'failed' } })).toBe('unknown: failed');
    expect(done([tScore(-1)], { unknown: { reports: 'failed' } })).toEqual(['2025-06-01']);
  });
  test('a window: inclusive, and an undated scan leaves it open', () => {
    const within = (resources: readonly Resource[]): unknown =>
      dxaWithin(dxaDone(chartOf(resources)), lastMonths(24, today));
    expect(within([tScore(-1, '2024-01-15')])).toBe(true);
    expect(within([tScore(-1, '2024-01-14')])).toBe(false);
    expect(within([procedure(scan)])).toBeUndefined();
    expect(within([])).toBe(false);
  });
});

describe('fragility fractures (G11)', () => {
  const onset = (date: string): Readonly<Record<string, unknown>> => ({ onsetDateTime: date });
  const hip = (extra = {}): Resource => condition('icd10cm', 'S72.001A', extra);
  const fragility = (extra = {}): Resource => condition('icd10cm', 'M80.08XA', extra);
  function found(resources: readonly Resource[], setting: Setting = {}): unknown {
    const fact = fractures(chartOf(resources, setting));
    return fact.state === 'known'
      ? fact.value.map(
          ({ kind, event, mechanismUnknown }) =>
            `${kind} ${event?.date.text ?? 'undated'}${mechanismUnknown ? ' ?' : ''}`,
        )
      : reading(fact);
  }
  const aged = (age: number): Resource => patient(age);
  const cancer = condition('icd10cm', 'C50.911');
  test.each([
    ['hip fracture at 66', [aged(66), hip(onset('2026-01-10'))], ['hip 2026-01-10']],
    ['hip fracture on the 65th birthday', [aged(65), hip(onset('2026-01-15'))], ['hip 2026-01-15']],
    ['hip fracture at 64: mechanism unknown', [aged(65), hip(onset('2026-01-14'))], ['hip 2026-01-14 ?']],
    ['hip fracture on the 50th birthday', [aged(50), hip(onset('2026-01-15'))], ['hip 2026-01-15 ?']],
    ['hip fracture at 49', [aged(50), hip(onset('2026-01-14'))], 'absent'],
    ['fragility fracture at 48', [aged(48), fragility(onset('2026-01-10'))], ['vertebral 2026-01-10']],
    ['wrist fracture S52', [aged(66), condition('icd10cm', 'S52.501A', onset('2026-01-10'))], 'absent'],
    [
      'fall from a height on the same day',
      [aged(66), hip(onset('2026-01-10')), condition('icd10cm', 'W13.0XXA', onset('2026-01-10'))],
      'absent',
    ],
    [
      'traffic accident on the same day',
      [aged(66), hip(onset('2026-01-10')), condition('icd10cm', 'V43.52XA', onset('2026-01-10'))],
      'absent',
    ],
    [
      'traffic accident on another day',
      [aged(66), hip(onset('2026-01-10')), condition('icd10cm', 'V43.52XA', onset('2026-01-09'))],
      ['hip 2026-01-10'],
    ],
    [
      'same year is not the same day',
      [aged(66), hip(onset('2025')), condition('icd10cm', 'V43.52XA', onset('2025'))],
      ['hip 2025 ?'],
    ],
    [
      'fall on the same level',
      [aged(66), hip(onset('2026-01-10')), condition('icd10cm', 'W18.30XA', onset('2026-01-10'))],
      ['hip 2026-01-10'],
    ],
    [
      'M48.5 with active cancer',
      [aged(66), condition('icd10cm', 'M48.54XA', onset('2026-01-10')), cancer],
      'absent',
    ],
    [
      'M48.5 with skin cancer C44',
      [aged(66), condition('icd10cm', 'M48.54XA', onset('2026-01-10')), condition('icd10cm', 'C44.91')],
      ['vertebral 2026-01-10'],
    ],
    [
      'M48.5 with past cancer',
      [
        aged(66),
        condition('icd10cm', 'M48.54XA', onset('2026-01-10')),
        { ...cancer, ...clinicalStatus('resolved') },
      ],
      ['vertebral 2026-01-10'],
    ],
    [
      'hip fracture with active cancer counts',
      [aged(66), hip(onset('2026-01-10')), cancer],
      ['hip 2026-01-10'],
    ],
    [
      'atypical femoral fracture',
      [aged(66), condition('icd10cm', 'M84.750A', onset('2026-01-10'))],
      'absent',
    ],
    [
      'newest first, undated last',
      [
        aged(70),
        condition('icd10cm', 'Z87.310', { recordedDate: '2026-01-15' }),
        hip(onset('2020-01-01')),
        fragility(onset('2025-01-01')),
      ],
      ['vertebral 2025-01-01', 'hip 2020-01-01 ?', 'other undated'],
    ],
    ['initial encounter, recorded only', [aged(66), hip({ recordedDate: '2026-01-10' })], ['hip 2026-01-10']],
    [
      'subsequent encounter S72.001D recorded today: not dated',
      [aged(66), condition('icd10cm', 'S72.001D', { recordedDate: '2026-01-15' })],
      ['hip undated'],
    ],
    [
      'resolved fracture still counts',
      [aged(66), hip({ ...onset('2025-01-10'), ...clinicalStatus('resolved') })],
      ['hip 2025-01-10 ?'],
    ],
    ['refuted fracture', [aged(66), hip(verificationStatus('refuted'))], 'absent'],
    [
      'no birth date: age then unknown',
      [patient(66, { birthDate: undefined }), hip(onset('2026-01-10'))],
      'unknown: ambiguous',
    ],
  ])('%s', (_, record, expected) => {
    expect(found(record)).toEqual(expected);
  });
  test('nothing found and no problem list: unknown', () => {
    expect(found([], { unknown: { conditions: 'failed' } })).toBe('unknown: failed');
  });
});
