/** The range that a report sends, and limits in the unit of the report. */
import { describe, expect, test } from '@jest/globals';
import { calciumStatus } from '../../src/facts/lab-facts.ts';
import { asReported } from '../../src/facts/quantity.ts';
import { withRanges } from '../../src/facts/reference-range.ts';
import { lastMonths, readSeries } from '../../src/facts/results.ts';
import type { Resource } from '../../src/facts/record.ts';
import { isAboveUpperLimitBy } from '../../src/rules/calcium.ts';
import { calcium, lab } from '../build-record.ts';
import { chartOf, today } from './chart-of.ts';

const DAY = '2025-12-01';

describe('ranges of a series', () => {
  const rangeOf = (referenceRange: unknown, unit = 'pg/mL'): unknown => {
    const chart = chartOf([lab('2731-8', 40, unit, DAY, { referenceRange })]);
    const series = withRanges(readSeries(chart, 'pthIntact'), chart);
    const [result] = series.results;
    return result === undefined ? undefined : series.ranges.get(result);
  };
  const low = { value: 15, unit: 'pg/mL' };
  const high = { value: 65, unit: 'pg/mL' };

  test('both ends, one end, none', () => {
    expect(rangeOf([{ low, high }])).toEqual({ low: 15, high: 65 });
    expect(rangeOf([{ high }])).toEqual({ high: 65 });
    expect(rangeOf(undefined)).toEqual({});
  });

  test('an end in another unit, and several ranges, do not count', () => {
    expect(rangeOf([{ low, high: { value: 6.9, unit: 'pmol/L' } }])).toEqual({ low: 15 });
    expect(rangeOf([{ low, high }, { high }])).toEqual({});
  });
});

describe('limits in the unit of the report', () => {
  const status = (result: Resource): ReturnType<typeof calciumStatus> =>
    calciumStatus(chartOf([result]), lastMonths(12, today));
  const limit = (result: Resource): unknown => {
    const fact = status(result);
    return fact.state === 'known' ? fact.value.upperLimit : fact.state;
  };

  test('upper limit of calcium: conventional, SI twin, equivalents, ionised, own', () => {
    expect(limit(calcium(9, DAY))).toEqual({ value: 10.5, fromReport: false });
    expect(limit(calcium(2.3, DAY, 'mmol/L'))).toEqual({ value: 2.62, fromReport: false });
    expect(limit(calcium(90, DAY, 'mg/L'))).toEqual({ value: 105, fromReport: false });
    expect(limit(calcium(4.5, DAY, 'meq/L'))).toMatchObject({ value: expect.closeTo(5.24, 2) });
    expect(limit(lab('1995-0', 1.2, 'mmol/L', DAY))).toEqual({ value: 1.33, fromReport: false });
    expect(limit(lab('1995-0', 4.8, 'mg/dL', DAY))).toMatchObject({ value: expect.closeTo(5.33, 2) });
    const own = [{ high: { value: 10.1, unit: 'mg/dL' } }];
    expect(limit(lab('17861-6', 9, 'mg/dL', DAY, { referenceRange: own }))).toEqual({
      value: 10.1,
      fromReport: true,
    });
  });

  const margin = { value: 1, unit: 'mg/dL', si: { value: 0.25, unit: 'mmol/L' } };
  test.each([
    [calcium(11.5, DAY), false],
    [calcium(11.6, DAY), true],
    [calcium(2.87, DAY, 'mmol/L'), false],
    [calcium(2.88, DAY, 'mmol/L'), true],
    [lab('1995-0', 1.58, 'mmol/L', DAY), false],
    [lab('1995-0', 1.59, 'mmol/L', DAY), true],
    [lab('1994-3', 6.33, 'mg/dL', DAY), false],
    [lab('1994-3', 6.34, 'mg/dL', DAY), true],
    [calcium(5.7, DAY, 'meq/L'), false],
    [calcium(5.8, DAY, 'meq/L'), true],
  ])('more than 1 mg/dL (0.25 mmol/L) above the limit, case %#', (result, above) => {
    const fact = status(result);
    expect(fact.state === 'known' && isAboveUpperLimitBy(fact.value, margin)).toBe(above);
  });

  test('a limit whose unit converts directly', () => {
    const [result] = readSeries(chartOf([calcium(90, DAY, 'mg/L')]), 'calciumTotal').results;
    expect(result && asReported({ value: 1, unit: 'mg/dL' }, result.quantity)).toBe(10);
  });
});
