/**
 * Cockcroft-Gault creatinine clearance: the measure in which bisphosphonate labels state their renal limits.
 *
 * `(140 - age) x weight / (72 x creatinine)`, for women times 0.85. The coefficients are the equation itself; the limits at
 * which we act are parameters in cards/.
 *
 * @param input creatinine in mg/dL (0.1-30), age in completed years (18-120), actual body weight in kg (25-400), sex.
 * @returns clearance in mL/min, not normalised to body surface and not rounded (ten significant digits); null outside the
 * ranges.
 * @see Cockcroft DW, Gault MH, Nephron 1976;16:31-41
 */
export function cockcroftGault(input: {
  readonly creatinineMgDl: number;
  readonly ageYears: number;
  readonly weightKg: number;
  readonly sex: 'female' | 'male';
}): number | null {
  const { creatinineMgDl, ageYears, weightKg, sex } = input;
  if (!(creatinineMgDl >= 0.1 && creatinineMgDl <= 30)) return null;
  if (!(ageYears >= 18 && ageYears <= 120) || !(weightKg >= 25 && weightKg <= 400)) return null;
  const male = ((140 - ageYears) * weightKg) / (72 * creatinineMgDl);
  return Number((sex === 'female' ? 0.85 * male : male).toPrecision(10));
}
