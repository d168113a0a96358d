/** Creatinine clearance and eGFR for drug labels: which value counts, and when none does. */
import { describe, expect, test } from '@jest/globals';
import { clearance, filtration } from '../../src/facts/kidney-function.ts';
import type { Resource } from '../../src/facts/record.ts';
import { lastDays, lastMonths } from '../../src/facts/results.ts';
import { eGfr, lab, man, patient, quantity, weight } from '../build-record.ts';
import { chartOf, reading, today, type Setting } from './chart-of.ts';

const year = lastMonths(12, today);
const he = patient(70, man);
const creatinine = (value: number, date = '2025-12-01', extra = {}): Resource =>
  lab('2160-0', value, 'mg/dL', date, extra);

function show(fact: ReturnType<typeof clearance>): string {
  if (fact.state !== 'known') return reading(fact);
  const {
    method,
    quantity: { comparator = '', canonical, canonicalUnit },
    date,
  } = fact.value;
  return `${method} ${comparator}${String(canonical)} ${canonicalUnit} ${date.text}`;
}
const cleared = (resources: readonly Resource[], setting: Setting = {}): string =>
  show(clearance(chartOf(resources, setting), year));
const filtered = (resources: readonly Resource[], setting: Setting = {}): string =>
  show(filtration(chartOf(resources, setting), year));

describe('creatinine clearance', () => {
  test('from age, sex, actual weight and creatinine, unrounded', () => {
    expect(cleared([he, weight(71.8), creatinine(2)])).toBe('clearance 34.90277778 mL/min 2025-12-01');
    expect(cleared([patient(70), weight(72), creatinine(2)])).toBe('clearance 29.75 mL/min 2025-12-01');
  });
  test('on one day clearance before reported eGFR before computed eGFR', () => {
    expect(cleared([he, weight(72), creatinine(2), eGfr(40)])).toBe('clearance 35 mL/min 2025-12-01');
    expect(cleared([he, creatinine(2), eGfr(40)])).toBe('reported 40 mL/min/{1.73_m2} 2025-12-01');
    expect(cleared([he, creatinine(2)])).toBe('computed 35 mL/min/{1.73_m2} 2025-12-01');
  });
  test('the newer sample decides', () => {
    expect(cleared([he, weight(72), creatinine(1, '2025-11-01'), eGfr(28, '2025-12-20')])).toBe(
      'reported 28 mL/min/{1.73_m2} 2025-12-20',
    );
    expect(cleared([he, weight(72), creatinine(2, '2025-12-20'), eGfr(60, '2025-11-01')])).toBe(
      'clearance 35 mL/min 2025-12-20',
    );
  });
  test('a comparator of the creatinine turns round', () => {
    expect(cleared([he, weight(72), creatinine(2, '2025-12-01', quantity('>', 2, 'mg/dL'))])).toBe(
      'clearance <35 mL/min 2025-12-01',
    );
    expect(cleared([he, weight(72), creatinine(2, '2025-12-01', quantity('<=', 2, 'mg/dL'))])).toBe(
      'clearance >=35 mL/min 2025-12-01',
    );
  });
  test('weight of twelve months to the day; an older or unusable one gives no clearance', () => {
    expect(cleared([he, weight(72, '2025-01-15'), creatinine(2)])).toContain('clearance');
    expect(cleared([he, weight(72, '2025-01-14'), creatinine(2)])).toContain('computed');
    expect(cleared([he, { ...weight(72), ...quantity('>', 72, 'kg') }, creatinine(2)])).toContain('computed');
    expect(cleared([he, weight(72, '2025-12-01', 'furlong'), creatinine(2)])).toContain('computed');
    expect(cleared([he, weight(72), creatinine(2)], { unknown: { body: 'failed' } })).toContain('computed');
  });
  test('sex or exact age not known: reported eGFR only, and a creatinine is not "nothing"', () => {
    const who = patient(70, { gender: 'unknown' });
    expect(cleared([who, weight(72), creatinine(2), eGfr(33)])).toContain('reported 33');
    expect(cleared([who, weight(72), creatinine(2)])).toBe('unknown: ambiguous');
    expect(cleared([patient(70, { ...man, birthDate: '1956' }), weight(72), creatinine(2)])).toBe(
      'unknown: ambiguous',
    );
    expect(cleared([patient(17, man), weight(60), creatinine(1)])).toBe('unknown: ambiguous');
  });
});

describe('eGFR', () => {
  test('reported, else computed; the newer of the two', () => {
    expect(filtered([he, weight(72), creatinine(2), eGfr(40)])).toContain('reported 40');
    expect(filtered([he, creatinine(2, '2025-12-20'), eGfr(60, '2025-11-01')])).toContain('computed 35');
    expect(filtered([he, creatinine(2, '2025-11-01'), eGfr(60, '2025-12-20')])).toContain('reported 60');
  });
  test('absent only after a complete search', () => {
    expect(filtered([he])).toBe('absent');
    expect(filtered([he, eGfr(40, '2025-01-14')])).toBe('absent');
    expect(filtered([he, eGfr(40, '2025-01-15')])).toContain('reported');
    expect(filtered([he], { unknown: { kidney: 'timed-out' } })).toBe('unknown: timed-out');
    expect(filtered([he], { incomplete: { kidney: 'truncated' } })).toBe('unknown: truncated');
  });
  test('something newer that cannot be read leaves it open, something older does not', () => {
    const unreadable = (date: string): Resource => lab('98979-8', 50, 'furlong', date);
    expect(filtered([he, creatinine(1, '2025-11-01'), unreadable('2025-12-20')])).toBe('unknown: unreadable');
    expect(filtered([he, creatinine(1, '2025-12-20'), unreadable('2025-11-01')])).toContain('computed');
    expect(filtered([he, unreadable('2025-12-20')])).toBe('unknown: unreadable');
  });
  test('the window is inclusive: 90 days', () => {
    const inDays = (date: string): string =>
      show(filtration(chartOf([he, eGfr(40, date)]), lastDays(90, today)));
    expect(inDays('2025-10-17')).toContain('reported');
    expect(inDays('2025-10-16')).toBe('absent');
  });
});
