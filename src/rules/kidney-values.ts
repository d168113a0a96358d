/** Kidney function as a card shows it: shared by the rules about bone drugs. */
import { isBelow, showQuantity, type Quantity } from '../facts/quantity.ts';
import type { Tri } from '../facts/fact.ts';
import type { KidneyFunction } from '../facts/kidney-function.ts';

/** `34.9`, `< 30`: one decimal, cut downwards, so that no value is shown on the other side of its limit. */
export function showRate({ comparator, canonical }: Quantity): string {
  const number = String(Math.floor(Number((canonical * 10).toPrecision(10))) / 10);
  return comparator === undefined ? number : `${comparator} ${number}`;
}

/** `36.2 mL/min`, `36 mL/min/1.73 m2`: the annotation of the UCUM unit without its braces. */
export function showKidney({ quantity }: KidneyFunction): string {
  return `${showRate(quantity)} ${quantity.canonicalUnit.replace(/[{}]/g, '').replace('_', ' ')}`;
}

/** Labels state limits of creatinine clearance; an eGFR is compared with the same number (units.md 2). */
export function isBelowRate({ quantity }: KidneyFunction, limit: number): Tri {
  return isBelow(quantity, { value: limit, unit: quantity.canonicalUnit });
}

/** Values of the lines `clearance`, `eGfr` and `eGfrComputed`. */
export function kidneyValues({
  method,
  quantity,
  date,
  creatinine,
  weight,
}: KidneyFunction): Readonly<Record<string, string>> {
  const rate = showRate(quantity);
  return {
    ...(method === 'clearance'
      ? { clearance: rate, clearanceDate: date.text }
      : { eGfr: rate, eGfrDate: date.text }),
    ...(creatinine === undefined ? {} : { creatinine: showQuantity(creatinine.quantity) }),
    ...(weight === undefined ? {} : { weight: showQuantity(weight.quantity), weightDate: weight.date.text }),
  };
}

export function kidneyLine({ method }: KidneyFunction): 'clearance' | 'eGfr' | 'eGfrComputed' {
  if (method === 'clearance') return 'clearance';
  return method === 'reported' ? 'eGfr' : 'eGfrComputed';
}
