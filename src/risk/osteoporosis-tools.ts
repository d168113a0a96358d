/**
 * OST and ORAI: published tools that select women for a bone density scan. Neither is a fracture risk.
 *
 * The coefficients are the tools themselves; the cut-offs at which we act are parameters in cards/.
 */

/**
 * Osteoporosis Self-assessment Tool: 0.2 x (weight - age), unrounded.
 *
 * @param weightKg kg; @param ageYears completed years.
 * @returns the score to ten significant digits, so that `kg - years < 10` and `OST < 2` agree exactly.
 * @see Koh LK et al., Osteoporos Int 2001;12:699-705
 */
export function ost(weightKg: number, ageYears: number): number {
  return Number((0.2 * (weightKg - ageYears)).toPrecision(10));
}

/**
 * Osteoporosis Risk Assessment Instrument, women of 45 or more.
 *
 * @param weightKg kg; @param ageYears completed years; @param onOestrogen current systemic oestrogen.
 * @returns the points; null below 45 years.
 * @see Cadarette SM et al., CMAJ 2000;162:1289-1294
 */
export function orai(weightKg: number, ageYears: number, onOestrogen: boolean): number | null {
  if (ageYears < 45) return null;
  const byAge = ageYears >= 75 ? 15 : ageYears >= 65 ? 9 : ageYears >= 55 ? 5 : 0;
  const byWeight = weightKg < 60 ? 9 : weightKg < 70 ? 3 : 0;
  return byAge + byWeight + (onOestrogen ? 0 : 2);
}
