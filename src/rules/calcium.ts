/** High calcium as a rule sees it and as a card says it: shared by the rules that hold back when calcium is high. */
import { test, type Fact, type Tri } from '../facts/fact.ts';
import type { CalciumStatus } from '../facts/lab-facts.ts';
import {
  asReported,
  isAboveAsReported,
  showQuantity,
  type Threshold,
  showNumber,
} from '../facts/quantity.ts';
import { significant } from '../facts/ucum.ts';

/** No calcium on file is not high; one that cannot be read is unknown. */
export function isHighCalcium(calcium: Fact<CalciumStatus>): Tri {
  return test(calcium, ({ level }) => level === 'high');
}

/** More than `margin` above the upper limit, the report's own or the fallback. */
export function isAboveUpperLimitBy({ compared, upperLimit }: CalciumStatus, margin: Threshold): Tri {
  return isAboveAsReported(compared, significant(upperLimit.value + asReported(margin, compared)));
}

/** `{calcium}` as reported, `{calciumDate}`, and `{corrected}` when we corrected it for albumin; only of a high calcium. */
export function calciumValues(calcium: Fact<CalciumStatus>): Readonly<Record<string, string>> {
  return calcium.state === 'known' && calcium.value.level === 'high' ? showCalcium(calcium.value) : {};
}

/** The same whatever the level. */
export function showCalcium({ result, corrected, kind }: CalciumStatus): Readonly<Record<string, string>> {
  const { quantity, date } = result;
  const value = showQuantity(quantity);
  const shown = { calcium: kind === 'ionized' ? `(ionised) ${value}` : value, calciumDate: date.text };
  // Three decimals are all that the correction makes of a reported value: rounding must not reach a limit.
  return corrected === null ? shown : { ...shown, corrected: `${showNumber(corrected)} ${quantity.unit}` };
}

/** Line `highCalcium` or `highCalciumCorrected` of a card's Found block, when calcium is high. */
export function calciumLines(calcium: Fact<CalciumStatus>): readonly string[] {
  if (calcium.state !== 'known' || calcium.value.level !== 'high') return [];
  return [calcium.value.corrected === null ? 'highCalcium' : 'highCalciumCorrected'];
}
