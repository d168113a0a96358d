import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  addMonths,
  ageOn,
  civil,
  dayOf,
  isoDay,
  isWithin,
  parseDay,
  readFhirDate,
} from '../../src/facts/fhir-date.ts';
import { fhirDate, today } from './chart-of.ts';

const span = (text: string): string | null => {
  const date = readFhirDate(text);
  return date === null ? null : `${isoDay(date.first)}..${isoDay(date.last)}`;
};

describe('a FHIR date', () => {
  test.each([
    ['2024-05-17', '2024-05-17..2024-05-17'],
    ['2024-05-17T23:30:00-05:00', '2024-05-17..2024-05-17'],
    ['2024-05-17T00:30:00+11:00', '2024-05-17..2024-05-17'],
    ['2024-05-17T10:00:00.123456Z', '2024-05-17..2024-05-17'],
    ['2016-12-31T23:59:60Z', '2016-12-31..2016-12-31'],
    ['2024-02-29', '2024-02-29..2024-02-29'],
    ['2000-02-29', '2000-02-29..2000-02-29'],
  ])('%s is the local day of collection, as written', (text, expected) => {
    expect(span(text)).toBe(expected);
  });
  test.each([
    ['2024', '2024-01-01..2024-12-31'],
    ['2024-05', '2024-05-01..2024-05-31'],
    ['2024-02', '2024-02-01..2024-02-29'],
    ['2023-02', '2023-02-01..2023-02-28'],
  ])('%s without a day is an interval', (text, expected) => {
    expect(span(text)).toBe(expected);
  });
  test('a local time without a zone is accepted: it occurs in real data', () => {
    expect(span('2021-02-26T17:50:52')).toBe('2021-02-26..2021-02-26');
  });
  test.each([
    '2021-02-26T17:50:52.165T17:50:52.165',
    '2023-02-29',
    '1900-02-29',
    '2023-04-31',
    '2023-13',
    '2023-00-10',
    '2023-01-00',
    '0000-01-01',
    '2023-01-01T24:30:00Z',
    '2023-01-01T10:60:00Z',
    '2023-01-01T10:00:61Z',
    '2023-01-01T10:00:00+99:00',
    '2023-01-01T10:00:00+10:75',
    '2023-01-01 10:00',
    '20230101',
    '1/2/2023',
    ' 2023-01-01',
    '2023-01-01\n',
    '',
    '9'.repeat(5000),
  ])('%j is no date, and is refused without a fault', (text) => {
    expect(readFhirDate(text)).toBeNull();
  });
  test.each([null, undefined, 20230101, {}, [], true])('%j is no date', (value) => {
    expect(readFhirDate(value)).toBeNull();
  });
  test('zones order results of one day: 01:00+02:00 is before 00:30Z', () => {
    const [a, b] = [fhirDate('2024-05-17T01:00:00+02:00'), fhirDate('2024-05-17T00:30:00Z')];
    expect(a.order).toBeLessThan(b.order);
    expect(a.text).toBe('2024-05-17');
  });
});

describe('the evaluation date', () => {
  test.each(['2026', '2026-01', '2026-01-15T10:00:00Z', '2026-02-30', 'today'])('refuses %j', (text) => {
    expect(() => parseDay(text)).toThrow(RangeError);
  });
});

describe('months', () => {
  test.each([
    ['2026-01-15', -12, '2025-01-15'],
    ['2024-02-29', 12, '2025-02-28'],
    ['2024-02-29', -12, '2023-02-28'],
    ['2024-02-29', 48, '2028-02-29'],
    ['2026-03-31', -1, '2026-02-28'],
    ['2024-03-31', -1, '2024-02-29'],
    ['2026-01-31', 1, '2026-02-28'],
    ['2026-10-31', 4, '2027-02-28'],
    ['2026-01-15', -25, '2023-12-15'],
    ['2026-12-31', 0, '2026-12-31'],
  ])('%s and %i months is %s, cut to the end of the month', (from, months, expected) => {
    expect(isoDay(addMonths(parseDay(from), months))).toBe(expected);
  });
});

describe('inside a window', () => {
  const from = parseDay('2025-01-15');
  test.each<[string, boolean | undefined, string]>([
    ['2025-01-15', true, 'both ends count'],
    ['2026-01-15', true, 'both ends count'],
    ['2025-01-14', false, 'one day too old'],
    ['2025-03', true, 'the whole month is inside'],
    ['2025-01', undefined, 'the month straddles the start'],
    ['2025', undefined, 'the year straddles the start'],
    ['2024', false, 'the whole year is outside'],
    ['2024-12', false, 'the whole month is outside'],
  ])('%s: %s, %s', (text, expected, why) => {
    expect([why, isWithin(fhirDate(text), from, today)]).toEqual([why, expected]);
  });
});

describe('age in completed years', () => {
  test.each([
    ['1961-01-15', 65, 65, 'on the birthday'],
    ['1961-01-16', 64, 64, 'on the day before the birthday'],
    ['1961-01-14', 65, 65, 'on the day after'],
    ['1961-01', 64, 65, 'birth month is the current month'],
    ['1961-02', 64, 64, 'birth month is still to come'],
    ['1960', 65, 66, 'birth year only: one year of doubt'],
    ['1961', 64, 65, 'birth year only'],
    ['1961-01-15T08:00:00Z', 65, 65, 'a birth date with a time, invalid but sent'],
  ])('born %s: %i to %i, %s', (birth, min, max) => {
    expect(ageOn(fhirDate(birth), today)).toEqual({ min, max });
  });
  test.each([
    ['2026-02-27', 17],
    ['2026-02-28', 17],
    ['2026-03-01', 18],
    ['2028-02-28', 19],
    ['2028-02-29', 20],
  ])('born on 29 February 2008: on %s aged %i', (day, age) => {
    expect(ageOn(fhirDate('2008-02-29'), parseDay(day))).toEqual({ min: age, max: age });
  });
});

describe('laws', () => {
  const day = fc.integer({ min: dayOf(1, 1, 1), max: dayOf(9999, 12, 31) });
  test('the text of a day reads back as the same day', () => {
    fc.assert(fc.property(day, (n) => parseDay(isoDay(n)) === n));
  });
  test('day numbers agree with the UTC calendar of JavaScript', () => {
    fc.assert(
      fc.property(day, (n) => {
        const date = new Date(n * 86_400_000);
        expect(civil(n)).toEqual([date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]);
      }),
    );
  });
  test('adding and taking away months meets again, unless the end of a month cut it', () => {
    const middle = fc.integer({ min: dayOf(1900, 1, 1), max: dayOf(2100, 12, 31) });
    fc.assert(
      fc.property(middle, fc.integer({ min: -600, max: 600 }), (n, months) => {
        const [, , date] = civil(n);
        const there = addMonths(n, months);
        const back = addMonths(there, -months);
        expect(civil(there)[2]).toBeLessThanOrEqual(date);
        if (date <= 28) expect(back).toBe(n);
        else expect(n - back).toBeLessThanOrEqual(3);
      }),
    );
  });
  test('any text is read or refused, never a fault, and a date is never before its own first day', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{4}(-\d{2}){0,2}(T\d{2}:\d{2})?$/)), (text) => {
        const date = readFhirDate(text);
        expect(date === null || date.first <= date.last).toBe(true);
      }),
    );
  });
  test('one more year of life is one more year of age', () => {
    const birth = fc.integer({ min: dayOf(1920, 1, 1), max: dayOf(2020, 12, 28) });
    fc.assert(
      fc.property(birth, fc.integer({ min: 0, max: 100 }), (n, years) => {
        const [year, month, date] = civil(n);
        if (month === 2 && date === 29) return;
        const then = dayOf(year + years, month, date);
        expect(ageOn(fhirDate(isoDay(n)), then)).toEqual({ min: years, max: years });
        expect(ageOn(fhirDate(isoDay(n)), then - 1)).toEqual({ min: years - 1, max: years - 1 });
      }),
    );
  });
});
