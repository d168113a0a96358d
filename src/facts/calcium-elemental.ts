/**
 * Elemental calcium a day of one entry.
 *
 * Names give the mass of the salt or of the calcium in it. Order of trust: the ingredient as coded, a name that says
 * "elemental", a name of plain calcium, the salt times its fraction. A salt with one mass can be read both ways: both are
 * computed and kept as a range.
 *
 * @see units.md 1 (elemental calcium)
 */
import type { Chart } from './chart.ts';
import { exactly, massesIn, massOf, showNumber, showSpan, times, type Span } from './dose-text.ts';
import { dailyDose, strengthOf } from './dose.ts';
import type { DrugEntry } from './medications.ts';
import { significant } from './ucum.ts';
import { patternOf } from './pattern.ts';

const CONCEPT = 'calciumSalts';

export interface Elemental {
  /** mg/d */
  readonly elemental: Span;
  /** The arithmetic in figures, for a card: `2 × 1250 × 0.4 = 1000`. */
  readonly shown: string;
  /** The range comes from a name that can be read as salt or as calcium. */
  readonly ambiguous: boolean;
}

/** @returns null when dose, strength or salt is not plainly stated. */
export function readElemental(entry: DrugEntry, chart: Chart): Elemental | null {
  const dose = dailyDose(entry, chart);
  const name = dose === null ? null : readName(entry, chart);
  if (dose === null || name === null) return null;
  return dose.in === 'pieces' ? fromPieces(dose.perDay, name, chart) : fromMass(dose.perDay, name, chart);
}

/** What a name says of one piece. */
interface Name {
  /** Elemental calcium of one piece, mg, where the name or the ingredient says so. */
  readonly elemental: number | null;
  /** Mass of the salt in one piece, mg. */
  readonly salt: number | null;
  /** Share of calcium in the salt; null when no salt is named. */
  readonly fraction: number | null;
}

function fromPieces(perDay: Span, { elemental, salt, fraction }: Name, chart: Chart): Elemental | null {
  if (
    salt !== null &&
    fraction !== null &&
    (elemental === null || elemental === significant(salt * fraction))
  ) {
    const least = times(perDay, exactly(significant(salt * fraction)));
    const asCalcium = elemental === null && mayBeElemental(salt, chart);
    return asCalcium
      ? eitherWay(least, times(perDay, exactly(salt)))
      : one(least, `${showSpan(perDay)} × ${showNumber(salt)} × ${showNumber(fraction)}`);
  }
  if (elemental === null) return null;
  return one(times(perDay, exactly(elemental)), `${showSpan(perDay)} × ${showNumber(elemental)}`);
}

/** A dose in mg is of calcium when no salt is named; else of the salt or of its calcium, as it fits whole tablets. */
function fromMass(perDay: Span, { elemental, salt, fraction }: Name, chart: Chart): Elemental | null {
  if (fraction === null) return one(perDay);
  const asSalt = times(perDay, exactly(fraction));
  const wholeSalt = salt !== null && isMultiple(perDay, salt);
  const wholeElemental = elemental !== null && isMultiple(perDay, elemental);
  if (wholeElemental && !wholeSalt) return one(perDay);
  if (wholeSalt && !wholeElemental && (elemental !== null || !mayBeElemental(salt, chart)))
    return one(asSalt, `${showSpan(perDay)} × ${showNumber(fraction)}`);
  return eitherWay(asSalt, perDay);
}

function isMultiple({ low, high }: Span, piece: number): boolean {
  return low === high && Number.isInteger(significant(low / piece));
}

function mayBeElemental(mass: number, chart: Chart): boolean {
  return mass <= chart.definitions.calciumSupplement.maxElementalMgPerPiece;
}

function one(elemental: Span, arithmetic?: string): Elemental {
  const result = showSpan(elemental);
  return {
    elemental,
    shown: arithmetic === undefined ? result : `${arithmetic} = ${result}`,
    ambiguous: false,
  };
}

function eitherWay(least: Span, most: Span): Elemental {
  const elemental = { low: least.low, high: most.high };
  return { elemental, shown: showSpan(elemental), ambiguous: true };
}

function readName(entry: DrugEntry, chart: Chart): Name | null {
  const { otherSaltPattern, plainPattern } = chart.definitions.calciumSupplement;
  const texts = [...new Set(entry.texts.map((text) => text.toLowerCase()))];
  const coded = fromIngredients(entry, chart);
  if (coded !== undefined) return coded;
  const stated = statedElemental(texts, chart);
  if (stated === 'several') return null;
  if (texts.some((text) => patternOf(otherSaltPattern).test(text)))
    return stated === undefined ? null : { elemental: stated, salt: null, fraction: null };
  const salts = saltsIn(texts, chart);
  const [salt, ...moreSalts] = salts;
  if (moreSalts.length > 0) return null;
  if (salt !== undefined)
    return {
      elemental: stated ?? null,
      salt: massBeside(salt.words, texts, stated, chart),
      fraction: salt.fraction,
    };
  if (stated !== undefined) return { elemental: stated, salt: null, fraction: null };
  const plain = texts.filter((text) => patternOf(plainPattern).test(text));
  if (plain.length === 0 || texts.some((text) => saltWords(chart).some((word) => text.includes(word))))
    return null;
  const mass = massBeside(['calcium'], plain, undefined, chart);
  // A number that is too large for calcium is the mass of a salt that is not named.
  const elemental = mass !== null && mayBeElemental(mass, chart) ? mass : null;
  return mass !== null && elemental === null ? null : { elemental, salt: null, fraction: null };
}

/** Undefined when no ingredient of calcium has a strength; null when several have. */
function fromIngredients({ ingredients }: DrugEntry, chart: Chart): Name | null | undefined {
  const pattern = patternOf(chart.definitions.calciumSupplement.elementalIngredientPattern);
  const found = ingredients.flatMap(({ texts, codings, strength }): Name[] => {
    const mg = strengthOf(strength, chart);
    if (mg === null) return [];
    const names = [...texts, ...codings.flatMap(({ code }) => displaysOf(code, chart))].map((text) =>
      text.toLowerCase(),
    );
    if (names.some((name) => pattern.test(name))) return [{ elemental: mg, salt: null, fraction: null }];
    const [salt, ...others] = saltsIn(names, chart);
    if (salt === undefined || others.length > 0) return [];
    return [{ elemental: significant(mg * salt.fraction), salt: mg, fraction: salt.fraction }];
  });
  const [only, ...others] = found;
  return others.length > 0 ? null : only;
}

function displaysOf(code: string, chart: Chart): readonly string[] {
  const rows = chart.concepts.concepts.get(CONCEPT)?.codes ?? [];
  return rows
    .filter((row) => row.code === code && row.match !== 'prefix')
    .flatMap(({ display }) => display ?? []);
}

/** What the names themselves call elemental, mg. */
function statedElemental(texts: readonly string[], chart: Chart): number | undefined | 'several' {
  const patterns = chart.definitions.calciumSupplement.elementalPatterns.map((one) => new RegExp(one, 'gi'));
  const found = texts.flatMap((text) =>
    patterns.flatMap((pattern) =>
      [...text.matchAll(pattern)].map(([, number, unit]) => massOf(number, unit, chart)),
    ),
  );
  const masses = [...new Set(found.filter((mg) => mg !== null))];
  return masses.length > 1 ? 'several' : masses[0];
}

interface Salt {
  readonly words: readonly string[];
  readonly fraction: number;
}

/** Salts of the list whose words all stand in one name: "calcium carbonate", "calcium (as carbonate)". */
function saltsIn(texts: readonly string[], chart: Chart): readonly Salt[] {
  return Object.entries(chart.concepts.concepts.get(CONCEPT)?.elementalFraction ?? {})
    .map(([name, fraction]) => ({ words: wordsOf(name), fraction }))
    .filter(({ words }) => texts.some((text) => words.every((word) => text.includes(word))));
}

function saltWords(chart: Chart): readonly string[] {
  return Object.keys(chart.concepts.concepts.get(CONCEPT)?.elementalFraction ?? {})
    .flatMap(wordsOf)
    .filter((word) => word !== 'calcium');
}

function wordsOf(name: string): readonly string[] {
  return name.replace(/[()]/g, '').split(' ');
}

/** The mass that follows a name, else the only other mass beside it; null when the names do not agree on one. */
function massBeside(
  words: readonly string[],
  texts: readonly string[],
  stated: number | undefined,
  chart: Chart,
): number | null {
  const last = words.at(-1) ?? '';
  const found = texts.map((text) => {
    if (!words.every((word) => text.includes(word))) return [];
    const after = text.slice(text.lastIndexOf(last) + last.length);
    const next = new RegExp(`^[ ,:(+-]{0,3}${chart.definitions.dose.strengthPattern}`, 'i').exec(after);
    const beside = next === null ? null : massOf(next[1], next[2], chart);
    if (beside !== null && beside !== stated) return [beside];
    return massesIn(text, chart).filter((mass) => mass !== stated);
  });
  const masses = [...new Set(found.flat())];
  return masses.length === 1 ? (masses[0] ?? null) : null;
}
