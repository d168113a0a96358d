import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { orai, ost } from '../../src/risk/osteoporosis-tools.ts';

interface Vector {
  readonly ageYears: number;
  readonly weightKg: number;
  readonly onOestrogen: boolean;
  readonly ost: number;
  readonly orai: number | null;
}
const { bone: vectors } = JSON.parse(
  readFileSync(new URL('../../fixtures/risk-vectors.json', import.meta.url), 'utf8'),
) as { bone: readonly Vector[] };

describe('OST', () => {
  test.each(vectors)('agrees with the reference: $weightKg kg, $ageYears years', (one) => {
    expect(ost(one.weightKg, one.ageYears)).toBeCloseTo(one.ost, 9);
  });

  test.each([
    { weightKg: 74, ageYears: 64, low: false },
    { weightKg: 73.9, ageYears: 64, low: true },
    { weightKg: 69.6, ageYears: 59.6, low: false },
    { weightKg: 73.999, ageYears: 64, low: true },
  ])('is below 2 exactly when weight minus age is below 10: $weightKg kg, $ageYears years', (one) => {
    expect(ost(one.weightKg, one.ageYears) < 2).toBe(one.low);
  });
});

describe('ORAI', () => {
  test.each(vectors)(
    'agrees with the reference: $weightKg kg, $ageYears years, oestrogen $onOestrogen',
    (one) => {
      expect(orai(one.weightKg, one.ageYears, one.onOestrogen)).toBe(one.orai);
    },
  );

  test.each([
    { name: '75 years', weightKg: 80, ageYears: 75, points: 15 },
    { name: '74 years', weightKg: 80, ageYears: 74, points: 9 },
    { name: '65 years', weightKg: 80, ageYears: 65, points: 9 },
    { name: '64 years', weightKg: 80, ageYears: 64, points: 5 },
    { name: '55 years', weightKg: 80, ageYears: 55, points: 5 },
    { name: '54 years', weightKg: 80, ageYears: 54, points: 0 },
    { name: '45 years', weightKg: 80, ageYears: 45, points: 0 },
    { name: 'exactly 70 kg', weightKg: 70, ageYears: 50, points: 0 },
    { name: '69.9 kg', weightKg: 69.9, ageYears: 50, points: 3 },
    { name: 'exactly 60 kg', weightKg: 60, ageYears: 50, points: 3 },
    { name: '59.9 kg', weightKg: 59.9, ageYears: 50, points: 9 },
  ])('counts the points at each boundary: $name', ({ weightKg, ageYears, points }) => {
    expect(orai(weightKg, ageYears, true)).toBe(points);
    expect(orai(weightKg, ageYears, false)).toBe(points + 2);
  });

  test('is for women of 45 years or more', () => {
    expect(orai(55, 44, false)).toBeNull();
  });
});
