import { describe, expect, test } from '@jest/globals';
import { cockcroftGault } from '../../src/risk/cockcroft-gault.ts';

const man = { creatinineMgDl: 2, ageYears: 70, weightKg: 72, sex: 'male' } as const;

describe('Cockcroft-Gault', () => {
  // Worked by hand from the published equation.
  test.each([
    { name: 'man of 70, 72 kg, 2.0 mg/dL', input: man, expected: 35 },
    { name: 'the same woman: times 0.85', input: { ...man, sex: 'female' as const }, expected: 29.75 },
    { name: 'a little less weight', input: { ...man, weightKg: 71.8 }, expected: 34.90277778 },
    {
      name: 'man of 60, 80 kg, 1.2 mg/dL',
      input: { ...man, ageYears: 60, weightKg: 80, creatinineMgDl: 1.2 },
      expected: 74.07407407,
    },
    {
      name: 'woman of 45, 65 kg, 0.9 mg/dL',
      input: { creatinineMgDl: 0.9, ageYears: 45, weightKg: 65, sex: 'female' as const },
      expected: 80.9992284,
    },
  ])('$name', ({ input, expected }) => {
    expect(cockcroftGault(input)).toBe(expected);
  });

  test('creatinine in umol/L by way of mg/dL gives the same', () => {
    expect(cockcroftGault({ ...man, creatinineMgDl: 176.84 / 88.42 })).toBe(35);
  });

  test.each([
    { name: 'age 18', input: { ...man, ageYears: 18 } },
    { name: 'age 120', input: { ...man, ageYears: 120 } },
    { name: '25 kg', input: { ...man, weightKg: 25 } },
    { name: '400 kg', input: { ...man, weightKg: 400 } },
    { name: 'creatinine 0.1 mg/dL', input: { ...man, creatinineMgDl: 0.1 } },
    { name: 'creatinine 30 mg/dL', input: { ...man, creatinineMgDl: 30 } },
  ])('computes at the edge of its range: $name', ({ input }) => {
    expect(cockcroftGault(input)).toBeGreaterThan(0);
  });

  test.each([
    { name: 'age 17', input: { ...man, ageYears: 17 } },
    { name: 'age 121', input: { ...man, ageYears: 121 } },
    { name: '24.9 kg', input: { ...man, weightKg: 24.9 } },
    { name: '400.1 kg', input: { ...man, weightKg: 400.1 } },
    { name: 'creatinine 0.09 mg/dL', input: { ...man, creatinineMgDl: 0.09 } },
    { name: 'creatinine 30.1 mg/dL (umol/L sent as mg/dL)', input: { ...man, creatinineMgDl: 30.1 } },
    { name: 'not a number', input: { ...man, weightKg: Number.NaN } },
  ])('refuses outside its range: $name', ({ input }) => {
    expect(cockcroftGault(input)).toBeNull();
  });

  test('falls with age and creatinine, rises with weight', () => {
    const base = cockcroftGault(man) ?? 0;
    expect(cockcroftGault({ ...man, ageYears: 71 })).toBeLessThan(base);
    expect(cockcroftGault({ ...man, creatinineMgDl: 2.1 })).toBeLessThan(base);
    expect(cockcroftGault({ ...man, weightKg: 73 })).toBeGreaterThan(base);
  });
});
