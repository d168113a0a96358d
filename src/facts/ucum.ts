/**
 * UCUM conversion: the one place that knows the unit library.
 *
 * The library ignores annotations, so it would turn `mL/min/{1.73_m2}` into `mL/min` one to one; an annotation carries
 * clinical meaning (per body surface, T-score), so here it must be the same on both sides.
 *
 * @see https://ucum.org/ucum
 */
import { UcumLhcUtils } from '@lhncbc/ucum-lhc';

const utils = UcumLhcUtils.getInstance();

// The library prints every unit text that its parser rejects, and a unit text is record data: it must not reach the log.
const parser = utils.uStrParser_;
const parseLoudly = parser.parseString.bind(parser);
parser.parseString = (unit, ...rest) => {
  try {
    return parseLoudly(unit, ...rest);
  } catch {
    return [null, unit, []];
  }
};

/**
 * Factor from one UCUM unit to another: `value in to = factor * value in from`.
 *
 * @param molarMass g/mol, needed between mass and substance units.
 * @returns null when a unit is not UCUM, the dimensions differ, an annotation differs, or a unit is not proportional (°C).
 */
export function ucumFactor(from: string, to: string, molarMass?: number): number | null {
  if (from === to) return 1;
  if (from.length > 40 || TOO_MANY_PARTS.test(from) || annotations(from) !== annotations(to)) return null;
  const options = molarMass === undefined ? undefined : { molecularWeight: molarMass };
  const one = convert(from, 1, to, options);
  const ten = one === null ? null : convert(from, 10, to, options);
  if (one === null || ten === null || Math.abs(ten - 10 * one) > Math.abs(ten) * 1e-9) return null;
  return significant(one);
}

/** No laboratory unit has so many; the library takes a millisecond over each product of ten. */
const TOO_MANY_PARTS = /(?:[./][^./]*){5}/;

function convert(
  from: string,
  value: number,
  to: string,
  options?: { molecularWeight: number },
): number | null {
  try {
    const result = utils.convertUnitTo(from, value, to, options);
    return result.status === 'succeeded' && result.toVal !== null && Number.isFinite(result.toVal)
      ? result.toVal
      : null;
  } catch {
    // The library looks names up in plain objects and throws for a unit called "constructor".
    return null;
  }
}

function annotations(unit: string): string {
  return (unit.match(/\{[^}]*\}/g) ?? []).join('');
}

/** Ten significant digits: takes away float noise (0.00499999…) and nothing a laboratory reports. */
export function significant(value: number): number {
  // Four decimals below 100,000 are nine digits at the most: nearly every value of a laboratory.
  if (Math.abs(value) < 1e5 && Math.round(value * 1e4) / 1e4 === value) return value;
  return Number(value.toPrecision(10));
}
