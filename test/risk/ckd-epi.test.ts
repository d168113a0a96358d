import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { ckdEpi2021 } from '../../src/risk/ckd-epi.ts';

interface Vector {
  readonly creatinineMgDl: number;
  readonly ageYears: number;
  readonly sex: 'female' | 'male';
  readonly egfrRounded: number;
}
const { ckdEpi2021: vectors } = JSON.parse(
  readFileSync(new URL('../../fixtures/risk-vectors.json', import.meta.url), 'utf8'),
) as { ckdEpi2021: readonly Vector[] };

describe('CKD-EPI 2021 creatinine', () => {
  test.each(vectors)(
    'agrees with the reference: creatinine $creatinineMgDl mg/dL, $ageYears years, $sex',
    ({ egfrRounded, ...input }) => {
      expect(ckdEpi2021(input)).toBe(egfrRounded);
    },
  );

  test('is lower with more creatinine and with age', () => {
    const at = (creatinineMgDl: number, ageYears: number): number =>
      ckdEpi2021({ creatinineMgDl, ageYears, sex: 'male' }) ?? NaN;
    expect(at(2, 60)).toBeLessThan(at(1, 60));
    expect(at(1, 80)).toBeLessThan(at(1, 60));
  });

  test.each([
    { name: 'below 18 years', creatinineMgDl: 0.8, ageYears: 17 },
    { name: 'creatinine below 0.1 mg/dL', creatinineMgDl: 0.09, ageYears: 60 },
    { name: 'creatinine above 30 mg/dL', creatinineMgDl: 30.1, ageYears: 60 },
    { name: 'creatinine that is no number', creatinineMgDl: NaN, ageYears: 60 },
  ])('gives nothing for $name', ({ creatinineMgDl, ageYears }) => {
    expect(ckdEpi2021({ creatinineMgDl, ageYears, sex: 'female' })).toBeNull();
  });

  test.each([
    { creatinineMgDl: 0.1, ageYears: 18 },
    { creatinineMgDl: 30, ageYears: 90 },
  ])('gives a value at its limits: $creatinineMgDl mg/dL, $ageYears years', (input) => {
    expect(ckdEpi2021({ ...input, sex: 'female' })).toEqual(expect.any(Number));
  });
});
