/** High calcium as a rule sees it and as a card says it: shared by the rules that hold back when calcium is high. */
import { test, type Fact, type Tri } from '../facts/fact.ts';
import type { CalciumStatus } from '../facts/lab-facts.ts';
import { showQuantity } from '../facts/quantity.ts';

/** No calcium on file is not high; one that cannot be read is unknown. */
export function isHighCalcium(calcium: Fact<CalciumStatus>): Tri {
  return test(calcium, ({ level }) => level === 'high');
}

/** `{calcium}` as reported, `{calciumDate}`, and `{corrected}` when it is high by our albumin correction. */
export function calciumValues(calcium: Fact<CalciumStatus>): Readonly<Record<string, string>> {
  if (calcium.state !== 'known' || calcium.value.level !== 'high') return {};
  const { result, corrected } = calcium.value;
  const { quantity, date } = result;
  const shown = { calcium: showQuantity(quantity), calciumDate: date.text };
  if (corrected === null) return shown;
  const unit = quantity.molar ? quantity.unit : quantity.canonicalUnit;
  return { ...shown, corrected: `${Number(corrected.toFixed(2))} ${unit}` };
}

/** Line `highCalcium` or `highCalciumCorrected` of a card's Found block, when calcium is high. */
export function calciumLines(calcium: Fact<CalciumStatus>): readonly string[] {
  if (calcium.state !== 'known' || calcium.value.level !== 'high') return [];
  return [calcium.value.corrected === null ? 'highCalcium' : 'highCalciumCorrected'];
}
