/**
 * Doses in words: names of units, masses in a drug's name, and one-line instructions such as
 * "Take 1 tablet (600 mg total) by mouth 2 (two) times daily".
 *
 * Closed lists and a closed grammar of cards/definitions.yaml (`dose`): what does not fit as a whole is not read at all.
 */
import type { Chart } from './chart.ts';
import { significant } from './ucum.ts';
import { patternOf } from './pattern.ts';

/** A stated range, or two readings of one text; both ends are equal for a plain number. Always above zero and finite. */
export interface Span {
  readonly low: number;
  readonly high: number;
}

/** Not stated, stated in a form that cannot be read, or read. */
export type Stated<T> = 'none' | 'unreadable' | T;

/** A dose is a mass, or pieces (tablets, capsules) whose strength the caller must know. */
export type DoseKind = 'mg' | 'pieces';

export interface Amount {
  readonly in: DoseKind;
  /** mg or pieces of one administration. */
  readonly each: Span;
}

export function exactly(value: number): Span {
  return { low: value, high: value };
}

/** Ten significant digits, so that 3 x 0.7 is 2.1. */
export function times(a: Span, b: Span): Span {
  return { low: significant(a.low * b.low), high: significant(a.high * b.high) };
}

export function sum(spans: readonly Span[]): Span {
  const add = (pick: (span: Span) => number): number =>
    significant(spans.reduce((total, span) => total + pick(span), 0));
  return { low: add(({ low }) => low), high: add(({ high }) => high) };
}

/** `1200`, or `400–1000` for a range; decimals are cut, so that the text never passes a limit that the number does not. */
export function showSpan({ low, high }: Span, decimals = 3): string {
  const [from, to] = [showNumber(low, decimals), showNumber(high, decimals)];
  return from === to ? from : `${from}–${to}`;
}

export function showNumber(value: number, decimals = 3): string {
  const scale = 10 ** decimals;
  return String(Math.trunc(significant(value * scale)) / scale);
}

export interface DoseUnit {
  readonly in: DoseKind;
  /** mg or pieces for one of the unit. */
  readonly factor: number;
}

/** A unit of mass, or the name of a piece ("{tablet}", "TAB", "Cap(s)"). */
export function unitNamed(name: unknown, chart: Chart): DoseUnit | null {
  if (typeof name !== 'string') return null;
  const word = name.slice(0, 40).trim().toLowerCase();
  const { massInMg, piecePattern } = chart.definitions.dose;
  const factor = Object.hasOwn(massInMg, word) ? massInMg[word] : undefined;
  if (factor !== undefined) return { in: 'mg', factor };
  return patternOf(piecePattern).test(word) ? { in: 'pieces', factor: 1 } : null;
}

/** Masses that a text names, in mg, without repeats: "600 mg-400 unit" names 600; "5 MG/5 ML" and "5-10 mg" none. */
export function massesIn(text: string, chart: Chart): readonly number[] {
  const { strengthPattern } = chart.definitions.dose;
  const found = [...text.slice(0, 500).matchAll(new RegExp(strengthPattern, 'gi'))].map(([, number, unit]) =>
    massOf(number, unit, chart),
  );
  return [...new Set(found.filter((mg) => mg !== null))];
}

/** A number as a name writes it ("1,250") with its unit, in mg. */
export function massOf(number: string | undefined, unit: string | undefined, chart: Chart): number | null {
  const named = unitNamed(unit, chart);
  if (number === undefined || named?.in !== 'mg') return null;
  const mg = significant(Number(number.replaceAll(',', '')) * named.factor);
  return mg > 0 && Number.isFinite(mg) ? mg : null;
}

export interface Sig {
  readonly amount: Amount;
  /** Times a day. */
  readonly perDay: Span;
}

/** No sentence of the grammar is longer. */
const LONGEST = 200;

/** @returns undefined when the text is not a sentence of the grammar. */
export function readSig(text: unknown, chart: Chart): Sig | undefined {
  const { pattern } = chart.definitions.dose.sig;
  const sentence = plain(text, chart);
  const groups = sentence === undefined ? undefined : patternOf(pattern, '').exec(sentence)?.groups;
  if (groups === undefined) return undefined;
  const perDay = lookUp(groups['often'], chart);
  const count = amountNamed(groups['amount'], chart);
  const unit = unitNamed(groups['unit'], chart);
  if (perDay === undefined || count === null || unit === null) return undefined;
  const { total, totalUnit } = groups;
  if (total === undefined) return { amount: amount(unit.in, count * unit.factor), perDay };
  const mass = unitNamed(totalUnit, chart);
  if (unit.in !== 'pieces' || mass === null) return undefined;
  return { amount: amount('mg', Number(total) * mass.factor), perDay };
}

/** Only how often: for the text of a timing code ("2 times daily"). */
export function readOften(text: unknown, chart: Chart): Span | undefined {
  const words = plain(text, chart);
  return words === undefined ? undefined : lookUp(words, chart);
}

function plain(text: unknown, chart: Chart): string | undefined {
  if (typeof text !== 'string' || text.length > LONGEST) return undefined;
  const small = text.toLowerCase().replace(/\s+/g, ' ').trim();
  return chart.definitions.dose.sig.dropPatterns
    .reduce((rest, drop) => rest.replace(new RegExp(drop, 'g'), ''), small)
    .trim();
}

function lookUp(words: string | undefined, chart: Chart): Span | undefined {
  const { often } = chart.definitions.dose.sig;
  const found = words !== undefined && Object.hasOwn(often, words) ? often[words] : undefined;
  if (found === undefined) return undefined;
  return exactly(significant(found[0] / found[1]));
}

function amountNamed(word: string | undefined, chart: Chart): number | null {
  if (word === undefined) return null;
  const { amounts } = chart.definitions.dose.sig;
  const named = Object.hasOwn(amounts, word) ? amounts[word] : undefined;
  const count = named ?? Number(word);
  return Number.isFinite(count) && count > 0 ? count : null;
}

function amount(kind: DoseKind, value: number): Amount {
  return { in: kind, each: exactly(significant(value)) };
}
