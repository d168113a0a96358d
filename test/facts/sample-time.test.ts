import { describe, expect, test } from '@jest/globals';
import { readSeries, type Result } from '../../src/facts/results.ts';
import { hoursBetween, localHour } from '../../src/facts/sample-time.ts';
import { lab } from '../build-record.ts';
import { chartOf } from './chart-of.ts';

type Extra = Readonly<Record<string, unknown>>;

function sample(time: Extra | string): Result {
  const extra =
    typeof time === 'string' ? { effectiveDateTime: time } : { effectiveDateTime: undefined, ...time };
  const [result] = readSeries(chartOf([lab('2986-8', 250, 'ng/dL', '', extra)]), 'testosteroneTotal').results;
  if (result === undefined) throw new Error('no result');
  return result;
}

describe('local hour of a sample (units.md 2, testosterone)', () => {
  test.each<[string, Extra | string, number | null]>([
    ['with offset', '2025-12-01T09:30:00-05:00', 9.5],
    ['with offset zero', '2025-12-01T10:15:00+00:00', 10.25],
    ['without zone', '2025-12-01T14:00:00', 14],
    ['with fractions of a second', '2025-12-01T08:00:00.123+01:00', 8],
    ['one minute after midnight', '2025-12-01T00:01:00+01:00', 1 / 60],
    ['in UTC', '2025-12-01T09:30:00Z', null],
    ['date only', '2025-12-01', null],
    ['month only', '2025-11', null],
    ['exactly midnight', '2025-12-01T00:00:00+01:00', null],
    [
      'end of a period',
      { effectivePeriod: { start: '2025-12-01T08:00:00+01:00', end: '2025-12-01T08:30:00+01:00' } },
      8.5,
    ],
    ['time of issue only', { issued: '2025-12-01T16:00:00+01:00' }, null],
  ])('%s', (_, time, expected) => {
    expect(localHour(sample(time))).toBe(expected);
  });
});

describe('hours between two samples', () => {
  test.each<[string, string, string, number]>([
    ['two local times', '2025-12-03T09:00:00-05:00', '2025-12-01T09:00:00-05:00', 48],
    ['across a change of the clocks', '2025-11-03T08:00:00-05:00', '2025-11-01T09:00:00-04:00', 48],
    ['UTC and local time', '2025-12-03T14:00:00Z', '2025-12-01T09:00:00-05:00', 48],
    ['a date and a time: whole days', '2025-12-03', '2025-12-01T20:00:00-05:00', 48],
    ['two dates', '2025-12-02', '2025-12-01', 24],
    ['the same date', '2025-12-01', '2025-12-01', 0],
    ['a month and a later date: the shortest it can be', '2025-12-02', '2025-11', 48],
  ])('%s', (_, a, b, expected) => {
    expect(hoursBetween(sample(a), sample(b))).toBe(expected);
    expect(hoursBetween(sample(b), sample(a))).toBe(expected);
  });
});
