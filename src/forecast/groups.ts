/** Groups of people in a report: sex and age band. Bands are for counting; no rule reads them. */
import type { Facts } from '../facts/index.ts';

export const SEXES = ['female', 'male', 'not stated'] as const;
export type SexGroup = (typeof SEXES)[number];

const BANDS = [
  ['0-17', 17],
  ['18-39', 39],
  ['40-49', 49],
  ['50-59', 59],
  ['60-69', 69],
  ['70-79', 79],
  ['80+', Infinity],
] as const;
const UNKNOWN_AGE = 'not known';
export const AGE_BANDS: readonly string[] = [...BANDS.map(([name]) => name), UNKNOWN_AGE];

/** `other`, `unknown` and nothing are not stated. */
export function sexGroup(sex: Facts['sex']): SexGroup {
  return sex.state === 'known' ? sex.value : 'not stated';
}

/** The band of the age at evaluation; a partial birth date that fits two bands is not known. */
export function ageBand(age: Facts['age']): string {
  if (age.state !== 'known' || age.value.min < 0) return UNKNOWN_AGE;
  const [youngest, oldest] = [age.value.min, age.value.max].map((years) =>
    BANDS.find(([, last]) => years <= last),
  );
  return youngest !== undefined && youngest === oldest ? youngest[0] : UNKNOWN_AGE;
}
