/** How a card shows a CRP: as reported, and in mg/L where the laboratory used another unit. */
import { showQuantity, type Quantity } from '../facts/quantity.ts';

/** `3.5 mg/L`, `1.1 mg/dL (11 mg/L)`. */
export function showCrp(quantity: Quantity): string {
  const { unit, canonicalUnit, canonical } = quantity;
  const sent = showQuantity(quantity);
  if (unit === canonicalUnit) return sent;
  return `${sent} (${showQuantity({ ...quantity, value: canonical, unit: canonicalUnit })})`;
}

/** `2.4/3.5 mg/L`; values in different units or with a comparator each in full. */
export function showCrpPair(earlier: Quantity, later: Quantity): string {
  const plain = [earlier, later].every(
    ({ unit, canonicalUnit, comparator }) => unit === canonicalUnit && comparator === undefined,
  );
  if (!plain) return `${showCrp(earlier)} and ${showCrp(later)}`;
  return `${showQuantity({ ...earlier, unit: '1' })}/${showQuantity(later)}`;
}
