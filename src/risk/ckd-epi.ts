/**
 * CKD-EPI 2021 creatinine equation, without race.
 *
 * @param input creatinine in mg/dL (0.1-30), age in completed years (18 or more), sex.
 * @returns eGFR in mL/min/{1.73_m2}, rounded half up as laboratories report it; null outside the ranges.
 * @see Inker LA et al., N Engl J Med 2021;385:1737-1749; clinical/prevent.md
 */
export function ckdEpi2021(input: {
  readonly creatinineMgDl: number;
  readonly ageYears: number;
  readonly sex: 'female' | 'male';
}): number | null {
  const { creatinineMgDl, ageYears, sex } = input;
  if (!(creatinineMgDl >= 0.1 && creatinineMgDl <= 30) || ageYears < 18) return null;
  const female = sex === 'female';
  const ratio = creatinineMgDl / (female ? 0.7 : 0.9);
  const low = Math.min(ratio, 1) ** (female ? -0.241 : -0.302);
  const high = Math.max(ratio, 1) ** -1.2;
  return Math.floor(142 * low * high * 0.9938 ** ageYears * (female ? 1.012 : 1) + 0.5);
}
