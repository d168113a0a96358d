/**
 * Laboratory values: number, comparator, unit and what they prove about a threshold. Rules: clinical/units.md.
 *
 * A value is compared in the unit family that the laboratory reported: molar reports against the SI twin of a
 * threshold, all others against the conventional one. Conversion is otherwise for display and plausibility only.
 */
import { isJsonObject } from '../json.ts';
import { type Concept } from './concepts.ts';
import { significant, ucumFactor } from './ucum.ts';

export type Comparator = '<' | '<=' | '>' | '>=';

export interface Quantity {
  /** As reported. */
  readonly value: number;
  readonly comparator?: Comparator;
  /** As understood: a UCUM code or an accepted label of the concept; empty for a dimensionless value. */
  readonly unit: string;
  /** As sent, before spelling and dimensionless labels were settled; for the explanation, never for a card. */
  readonly sentUnit: string;
  /** In `canonicalUnit`. */
  readonly canonical: number;
  readonly canonicalUnit: string;
  /** Amount of substance per volume (mmol/L, nmol/L, …): thresholds are compared with their SI twin. */
  readonly molar: boolean;
}

/** A limit in the conventional unit, with its SI twin where molar reports exist. */
export interface Threshold {
  readonly value: number;
  readonly unit: string;
  readonly si?: { readonly value: number; readonly unit: string };
}

export interface UnitNames {
  /** Closed list of spellings that are read as UCUM: `mg/dl`, `mcg/L`, `mmHg`. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Labels (lower case) that mean a dimensionless score: `t-score`, `score`. */
  readonly dimensionless: readonly string[];
}

const NUMBER_TEXT = /^([<>]=?)?\s*([-+\u2212]?)(\d+)(?:([.,])(\d+))?$/;

export type Unreadable = 'no-value' | 'value' | 'unit' | 'implausible';

/**
 * Reads value[x] of an Observation or component against one concept.
 *
 * @param declaredUnit unit that the site's policy states for its local code; used only when the quantity has none.
 * @returns the quantity, or why it cannot be used. A missing unit is accepted for dimensionless concepts only.
 */
export function readQuantity(
  node: Readonly<Record<string, unknown>>,
  concept: Concept,
  names: UnitNames,
  declaredUnit?: string,
): Quantity | Unreadable {
  const raw = rawValue(node);
  if (raw === 'no-value' || raw === 'value') return raw;
  const understood = unitOf(raw, concept, names, declaredUnit);
  const canonicalUnit = concept.units?.canonical;
  if (understood === null || canonicalUnit === undefined) return 'unit';
  const { unit, scale, molar } = understood;
  const canonical = significant(raw.value * scale.slope + scale.intercept);
  const [low, high] = concept.plausibleRange ?? ANY;
  if (canonical < low || canonical > high) return 'implausible';
  const { value, comparator } = raw;
  const sentUnit = raw.code ?? raw.label ?? unit;
  return comparator === undefined
    ? { value, unit, sentUnit, canonical, canonicalUnit, molar }
    : { value, comparator, unit, sentUnit, canonical, canonicalUnit, molar };
}

const ANY = [-Infinity, Infinity] as const;

interface RawValue {
  readonly value: number;
  readonly comparator: Comparator | undefined;
  readonly code: string | undefined;
  readonly label: string | undefined;
}

/** A unit as sent, understood for one concept. */
interface UnderstoodUnit {
  readonly unit: string;
  readonly scale: Scale;
  readonly molar: boolean;
}

/** What was understood before, by concept and the code and label that were sent: laboratories repeat themselves. */
interface KeptUnits {
  readonly names: UnitNames;
  readonly byText: Map<string, UnderstoodUnit | null>;
}
const keptUnits = new WeakMap<Concept, KeptUnits>();
/** More than any laboratory uses for one concept; further ones are worked out each time. */
const MOST_KEPT_UNITS = 100;

function unitOf(
  raw: RawValue,
  concept: Concept,
  names: UnitNames,
  declaredUnit: string | undefined,
): UnderstoodUnit | null {
  let kept = keptUnits.get(concept);
  if (kept?.names !== names) {
    kept = { names, byText: new Map() };
    keptUnits.set(concept, kept);
  }
  const { code, label } = raw;
  // A line feed stands in no unit; where both texts are one, as usual, nothing is put together.
  const key =
    code === label && code !== undefined
      ? code
      : `${code ?? ''}\n${label ?? ''}\n${code === undefined && label === undefined ? (declaredUnit ?? '') : ''}`;
  const known = kept.byText.get(key);
  if (known !== undefined) return known;
  const understood = understandUnit(raw, concept, names, declaredUnit);
  if (kept.byText.size < MOST_KEPT_UNITS && key.length < 100) kept.byText.set(key, understood);
  return understood;
}

function understandUnit(
  raw: RawValue,
  concept: Concept,
  names: UnitNames,
  declaredUnit: string | undefined,
): UnderstoodUnit | null {
  const unit = resolveUnit(raw, concept, names, declaredUnit);
  const scale = unit === null ? null : scaleOf(unit, concept);
  return unit === null || scale === null ? null : { unit, scale, molar: /mol/.test(unit) };
}

function bareValue(value: number, comparator?: Comparator): RawValue {
  return { value, comparator, code: undefined, label: undefined };
}

function rawValue(node: Readonly<Record<string, unknown>>): RawValue | 'no-value' | 'value' {
  const { valueQuantity, valueString, valueInteger } = node;
  if (isJsonObject(valueQuantity)) return fromQuantity(valueQuantity);
  if (typeof valueInteger === 'number') return bareValue(valueInteger);
  if (typeof valueString === 'string') return fromText(valueString) ?? 'value';
  return Object.keys(node).some((key) => key.startsWith('value') && node[key] !== undefined)
    ? 'value'
    : 'no-value';
}

function fromQuantity(quantity: Readonly<Record<string, unknown>>): RawValue | 'no-value' | 'value' {
  const { value, comparator, unit, code, system } = quantity;
  if (value === undefined) return 'no-value';
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'value';
  if (comparator !== undefined && !isComparator(comparator)) return 'value';
  const isUcum = system === undefined || system === 'http://unitsofmeasure.org';
  return {
    value,
    comparator,
    code: typeof code === 'string' && code !== '' && isUcum ? code.trim() : undefined,
    label: typeof unit === 'string' && unit.trim() !== '' ? unit.trim() : undefined,
  };
}

function isComparator(value: unknown): value is Comparator {
  return value === '<' || value === '<=' || value === '>' || value === '>=';
}

/** `<0.3`, `-2.7`, `2,6`, U+2212; nothing looser. A decimal comma has at most two decimals (units.md 2). */
function fromText(text: string): RawValue | null {
  const match = NUMBER_TEXT.exec(text.trim());
  if (!match) return null;
  const [, comparator, sign, whole, mark, decimals] = match;
  if (mark === ',' && (decimals ?? '').length > 2) return null;
  const value = Number(`${whole ?? ''}.${decimals ?? '0'}`) * (sign === '-' || sign === '\u2212' ? -1 : 1);
  if (!Number.isFinite(value)) return null;
  return bareValue(value, isComparator(comparator) ? comparator : undefined);
}

/** The UCUM code wins over the label, but a label that is a different unit makes the value unreadable (units.md 2). */
function resolveUnit(
  raw: RawValue,
  concept: Concept,
  names: UnitNames,
  declaredUnit: string | undefined,
): string | null {
  const code = raw.code === undefined ? undefined : unitName(raw.code, names);
  const label = raw.label === undefined ? undefined : unitName(raw.label, names);
  if (code !== undefined)
    return code === label || label === undefined || labelAgrees(code, label, concept) ? code : null;
  if (label !== undefined) return label;
  return declaredUnit ?? '';
}

/** A unit by the one name that we use for it: aliases resolved, every dimensionless label as `1`. */
export function unitName(unit: string, names: UnitNames): string {
  const alias = (Object.hasOwn(names.aliases, unit) ? names.aliases[unit] : undefined) ?? unit;
  return names.dimensionless.includes(alias.toLowerCase()) ? '1' : alias;
}

/** A label that is no unit at all ("T-Score", "points") says nothing against the code. */
function labelAgrees(code: string, label: string, concept: Concept): boolean {
  const byCode = scaleOf(code, concept);
  const byLabel = scaleOf(label, concept);
  if (byCode !== null && byLabel !== null) return sameScale(byCode, byLabel);
  return byLabel === null && !isUnit(label);
}

/** A valid unit converts to twice itself; text that is no unit ("T-Score", "points") does not. */
function isUnit(label: string): boolean {
  return ucumFactor(`2.${label}`, label) !== null;
}

type Scale = { readonly slope: number; readonly intercept: number };

function sameScale(a: Scale, b: Scale): boolean {
  return a.intercept === b.intercept && Math.abs(a.slope - b.slope) <= Math.abs(a.slope) * 1e-6;
}

function scaleOf(unit: string, concept: Concept): Scale | null {
  const { units } = concept;
  if (!units) return null;
  const accepted = Object.hasOwn(units.accepted, unit) ? units.accepted[unit] : undefined;
  if (typeof accepted === 'number') return { slope: accepted, intercept: 0 };
  if (accepted !== undefined) return accepted;
  // Fractions (unit 1) are tabled per concept: UCUM alone would read 21 of unit 1 as 2,100 %.
  if (unit === '' || unit === '1') return null;
  const slope = ucumFactor(unit, units.canonical, units.molarMass);
  return slope === null ? null : { slope, intercept: 0 };
}

/**
 * Whether the true value is below a limit: true, false, or undefined when a comparator leaves it open.
 *
 * `< 4` is below 20; `< 30` is open; `> 60` is not below 60.
 */
export function isBelow(quantity: Quantity, limit: Threshold): boolean | undefined {
  const { value, threshold } = comparable(quantity, limit);
  return provesBelow(value, quantity.comparator, threshold);
}

/** Whether the true value is above a limit: true, false, or undefined when a comparator leaves it open. */
export function isAbove(quantity: Quantity, limit: Threshold): boolean | undefined {
  const { value, threshold } = comparable(quantity, limit);
  return provesAbove(value, quantity.comparator, threshold);
}

/** The same for a limit in the very unit of the report, such as its own reference range. */
export function isBelowAsReported({ value, comparator }: Quantity, limit: number): boolean | undefined {
  return provesBelow(value, comparator, limit);
}

export function isAboveAsReported({ value, comparator }: Quantity, limit: number): boolean | undefined {
  return provesAbove(value, comparator, limit);
}

function provesBelow(
  value: number,
  comparator: Comparator | undefined,
  threshold: number,
): boolean | undefined {
  switch (comparator) {
    case undefined:
      return value < threshold;
    case '<':
      return value <= threshold ? true : undefined;
    case '<=':
      return value < threshold ? true : undefined;
    case '>':
    case '>=':
      return value >= threshold ? false : undefined;
  }
}

function provesAbove(
  value: number,
  comparator: Comparator | undefined,
  threshold: number,
): boolean | undefined {
  switch (comparator) {
    case undefined:
      return value > threshold;
    case '>':
      return value >= threshold ? true : undefined;
    case '>=':
      return value > threshold ? true : undefined;
    case '<':
    case '<=':
      return value <= threshold ? false : undefined;
  }
}

/** Whether the true value is at or above a limit. */
export function isAtLeast(quantity: Quantity, limit: Threshold): boolean | undefined {
  const below = isBelow(quantity, limit);
  return below === undefined ? undefined : !below;
}

/**
 * The value and the limit in one unit: the SI twin's for molar reports, the conventional one for the rest.
 *
 * @throws RangeError when the limit's unit does not fit the concept: our mistake in cards/, never the record's.
 */
function comparable(quantity: Quantity, limit: Threshold): { value: number; threshold: number } {
  if (quantity.molar && limit.si) {
    return { value: scaled(quantity.value, quantity.unit, limit.si.unit), threshold: limit.si.value };
  }
  return { value: scaled(quantity.canonical, quantity.canonicalUnit, limit.unit), threshold: limit.value };
}

/** A limit in the unit of the report, for a card and for adding to a range of the report: the SI twin for molar reports. */
export function asReported(limit: Threshold, quantity: Quantity): number {
  const { unit, canonical, canonicalUnit, value, molar } = quantity;
  if (molar && limit.si) return scaled(limit.si.value, limit.si.unit, unit);
  const twin = ucumFactor(limit.unit, canonicalUnit) === null && limit.si ? limit.si : limit;
  if (ucumFactor(limit.unit, unit) !== null) return scaled(limit.value, limit.unit, unit);
  return significant((scaled(twin.value, twin.unit, canonicalUnit) * value) / canonical);
}

function scaled(value: number, from: string, to: string): number {
  const factor = ucumFactor(from, to);
  if (factor === null) throw new RangeError(`limit in ${to} cannot be compared with ${from}`);
  return significant(value * factor);
}

/**
 * `19.9 ng/mL`, `< 4 ng/mL`, `-2.6`: as reported, at most two decimals so that machine noise does not reach a card. UCUM's
 * `[lb_av]` and `[in_i]` are shown as `lb` and `in`.
 */
export function showQuantity(quantity: Quantity): string {
  const number = showNumber(quantity.value);
  const withoutUnit = quantity.unit === '1' || quantity.unit.startsWith('{T');
  const unit = withoutUnit ? '' : quantity.unit.replace(/\[([a-z]+)_\w+\]/, '$1');
  return [quantity.comparator, number, unit].filter((part) => part !== undefined && part !== '').join(' ');
}

/** Two decimals, or three where two would make 19.996 look like the 20 that a limit may be. */
export function showNumber(value: number): string {
  const [two, three] = [Number(value.toFixed(2)), Number(value.toFixed(3))];
  return String(Number.isInteger(two * 2) && two !== three ? three : two);
}
