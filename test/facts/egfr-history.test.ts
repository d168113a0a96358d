/** Kidney function over time: one eGFR for each day, and what is hidden between them (clarifications G18, R14). */
import { describe, expect, test } from '@jest/globals';
import { eGfrHistory, mayHide } from '../../src/facts/egfr-history.ts';
import type { Resource } from '../../src/facts/record.ts';
import { eGfr, lab, patient, quantity, type Gaps } from '../build-record.ts';
import { chartOf, fhirDate, reading } from './chart-of.ts';

const creatinine = (value: number, date: string, extra = {}): Resource =>
  lab('2160-0', value, 'mg/dL', date, extra);
const unit = 'mL/min/{1.73_m2}';

/** `2025-12-01 58 G3a egfr` for each day, newest first. */
function days(resources: readonly Resource[], gaps: Gaps = {}): readonly string[] | string {
  const fact = eGfrHistory(chartOf(resources, gaps));
  if (fact.state !== 'known') return reading(fact);
  return fact.value.days.map(({ date, eGfr: value, comparator = '', stage, basis, raceSpecific }) =>
    [date.text, `${comparator}${String(value)}`, stage ?? '?', basis, ...(raceSpecific ? ['race'] : [])].join(
      ' ',
    ),
  );
}

describe('days', () => {
  test('newest first; several results of a day are one', () => {
    expect(
      days([eGfr(58, '2025-06-01'), eGfr(61, '2025-12-01'), lab('33914-3', 55, unit, '2025-12-01')]),
    ).toEqual(['2025-12-01 61 G2 egfr', '2025-06-01 58 G3a egfr']);
  });

  test('creatinine counts only on a day without a reported eGFR, with the age of that day', () => {
    const on = [creatinine(1.3, '2026-01-15'), creatinine(1.3, '2025-12-01')];
    expect(days(on)).toEqual(['2026-01-15 45 G3a creatinine', '2025-12-01 46 G3a creatinine']);
    expect(days([...on, eGfr(70, '2026-01-15')])).toEqual([
      '2026-01-15 70 G2 egfr',
      '2025-12-01 46 G3a creatinine',
    ]);
  });

  test('a race-specific pair: the lower one, said so; not beside a neutral result', () => {
    const pair = [lab('48642-3', 52, unit, '2025-12-01'), lab('48643-1', 63, unit, '2025-12-01')];
    expect(days(pair)).toEqual(['2025-12-01 52 G3a egfr race']);
    expect(days([...pair, eGfr(57, '2025-12-01')])).toEqual(['2025-12-01 57 G3a egfr']);
  });

  test.each([
    ['<', 15, '<15 G5'],
    ['<', 16, '<16 ?'],
    ['<', 60, '<60 ?'],
    ['>', 60, '>60 ?'],
  ])('a bound "%s %s" gives a stage only when one is left', (comparator, value, shown) => {
    expect(days([eGfr(0, '2025-12-01', quantity(comparator, value, unit))])).toEqual([
      `2025-12-01 ${shown} egfr`,
    ]);
  });

  test('stage limits', () => {
    const stages = [90, 89.9, 60, 59.9, 45, 44.9, 30, 29.9, 15, 14.9].map(
      (value) => String(days([eGfr(value, '2025-12-01')])).split(' ')[2],
    );
    expect(stages).toEqual(['G1', 'G2', 'G2', 'G3a', 'G3a', 'G3b', 'G3b', 'G4', 'G4', 'G5']);
  });
});

describe('what is not there', () => {
  test('nothing on file, nothing found in a search that failed, nothing readable', () => {
    expect(days([])).toBe('absent');
    expect(days([], { unknown: { kidney: 'timed-out' } })).toBe('unknown: timed-out');
    expect(days([lab('98979-8', 50, 'furlong', '2025-12-01')])).toBe('unknown: unreadable');
    expect(days([patient(66, { gender: 'other' }), creatinine(1.2, '2025-12-01')])).toBe(
      'unknown: unreadable',
    );
  });

  test('a search that was cut off keeps what was found and says so', () => {
    const fact = eGfrHistory(chartOf([eGfr(50)], { incomplete: { kidney: 'truncated' } }));
    expect(fact).toMatchObject({ state: 'known', value: { complete: false } });
  });
});

describe('what may be hidden', () => {
  const between = fhirDate('2025-06-01');
  const latest = fhirDate('2025-12-01');
  const hides = (...hidden: readonly Resource[]): readonly boolean[] => {
    const fact = eGfrHistory(chartOf([eGfr(50, '2025-06-01'), eGfr(50, '2025-12-01'), ...hidden]));
    if (fact.state !== 'known') throw new Error('no history');
    return [mayHide(fact.value, latest), mayHide(fact.value, between, latest)];
  };
  const unreadable = (date: string): Resource => lab('98979-8', 50, 'furlong', date);

  test('an entry that gives no eGFR hides one after it, between two, or neither', () => {
    expect(hides()).toEqual([false, false]);
    expect(hides(unreadable('2025-05-01'))).toEqual([false, false]);
    expect(hides(unreadable('2025-09-01'))).toEqual([false, true]);
    expect(hides(unreadable('2025-12-20'))).toEqual([true, false]);
    expect(hides(unreadable('2025'))).toEqual([true, true]);
    expect(hides(unreadable('nonsense'))).toEqual([true, true]);
    expect(hides(creatinine(0, '2025-09-01', quantity('>', 1, 'mg/dL')))).toEqual([false, true]);
  });

  test('an entry on a day with a usable eGFR hides nothing', () => {
    expect(hides(unreadable('2025-12-01'), lab('2160-0', 1, 'furlong', '2025-06-01'))).toEqual([
      false,
      false,
    ]);
  });
});
