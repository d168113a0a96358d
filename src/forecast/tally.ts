/**
 * Tallies: what a dry run knows about a population, as counts that can be added up in any order.
 *
 * A tally is a set of tables; a cell is a tuple of our own words (ids, sexes, bands, reasons; never a text of a record) and a
 * count. `merge` is associative and commutative with the empty tally as its unit, so every split of a population into
 * parts gives the same report.
 */
import { isJsonObject } from '../json.ts';

/** Tables and what the words of a cell are. */
export const TABLES = {
  /** Evaluated patients: sex, age band. */
  patients: 2,
  /** Patients of the input that were not evaluated: why. */
  leftOut: 1,
  /** Patients of whom some data could not be read, so that queries were incomplete. */
  incomplete: 1,
  /** Recommendation, outcome, reason or variant. */
  outcome: 3,
  /** Recommendation, fact that it lacked. */
  missing: 2,
  /** Recommendation, variant, indicator, mode, sex, age band. */
  fired: 6,
  /** Two recommendations shown to one patient, in alphabetical order. */
  overlap: 2,
  /** Cards in the answer, after the cap. */
  cards: 1,
  /** Recommendations that had something to show, before the cap. */
  wanted: 1,
  /** Indicator of a card in an answer. */
  indicator: 1,
  /** Recommendation that only the merged card mentioned. */
  merged: 1,
  /** Recommendation that was over the cap and not shown at all (`mergeOverflow: false`). */
  cut: 1,
  /** Fact, state, reason. */
  fact: 3,
  /** Value, unit family, bin. */
  value: 3,
  /** Recommendation whose rule threw. */
  fault: 1,
  /** What-if: recommendation, gains, loses or changes, finding before, finding after. */
  change: 4,
  /** What-if: recommendation, gains, loses or changes, sex, age band. */
  changedFor: 4,
  /** What-if: cards in the answer under the second policy. */
  cardsAfter: 1,
  /** What-if: recommendation shown under the second policy. */
  firedAfter: 1,
} as const;

export type Table = keyof typeof TABLES;
type Cells = Map<string, number>;

/** Input that was passed over, or a patient whose evaluation failed: by place, never by content. */
export interface Problem {
  /** Name of the file, or its number where the name may say who the patient is. */
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

export interface Tally {
  readonly tables: ReadonlyMap<Table, Cells>;
  /** The first `MOST_PROBLEMS` in the order of file, line and reason. */
  problems: readonly Problem[];
  /** How many there are of each reason. */
  readonly problemCounts: Cells;
}

/** Enough to mend an export by; a file full of errors must not fill the memory. */
export const MOST_PROBLEMS = 1000;

const SEPARATOR = '\t';

export function emptyTally(): Tally {
  const names = Object.keys(TABLES) as Table[];
  return { tables: new Map(names.map((name) => [name, new Map()])), problems: [], problemCounts: new Map() };
}

/** Adds one (or `by`) to a cell. */
export function count(tally: Tally, table: Table, words: readonly string[], by = 1): void {
  const cells = tally.tables.get(table);
  if (cells === undefined || words.length !== TABLES[table]) throw new RangeError(`no such cell: ${table}`);
  addTo(cells, keyOf(words), by);
}

interface KeyNode {
  readonly next: Map<string, KeyNode>;
  key?: string;
}
const keys: KeyNode = { next: new Map() };

/**
 * The words as one text, the same one each time: a text that is put together anew has to be hashed anew, dozens of times for each
 * patient. There are as many as cells.
 */
function keyOf(words: readonly string[]): string {
  let node = keys;
  for (const word of words) {
    let next = node.next.get(word);
    if (next === undefined) {
      next = { next: new Map() };
      node.next.set(word, next);
    }
    node = next;
  }
  return (node.key ??= words.join(SEPARATOR));
}

export function addProblem(tally: Tally, problem: Problem): void {
  tally.problems = firstProblems([...tally.problems, problem]);
  addTo(tally.problemCounts, problem.reason, 1);
}

function addTo(cells: Cells, key: string, by: number): void {
  cells.set(key, (cells.get(key) ?? 0) + by);
}

/** Adds `part` to `into`. */
export function mergeInto(into: Tally, part: Tally): void {
  for (const [name, cells] of part.tables) {
    const target = into.tables.get(name);
    if (target !== undefined) for (const [key, n] of cells) addTo(target, key, n);
  }
  for (const [reason, n] of part.problemCounts) addTo(into.problemCounts, reason, n);
  if (part.problems.length > 0) into.problems = firstProblems([...into.problems, ...part.problems]);
}

function firstProblems(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort(byPlace).slice(0, MOST_PROBLEMS);
}

/** Numbers in names count as numbers: file 2 before file 10. */
const natural = new Intl.Collator('en', { numeric: true });

function byPlace(a: Problem, b: Problem): number {
  return (
    natural.compare(a.file, b.file) ||
    a.line - b.line ||
    (a.reason < b.reason ? -1 : a.reason > b.reason ? 1 : 0)
  );
}

export interface Cell {
  readonly words: readonly string[];
  readonly n: number;
}

/** The cells of a table, in the order of their words. */
export function cellsOf(tally: Tally, table: Table): readonly Cell[] {
  return sorted(tally.tables.get(table) ?? new Map()).map(([key, n]) => ({ words: key.split(SEPARATOR), n }));
}

/** Sum of the cells of a table. */
export function totalOf(tally: Tally, table: Table): number {
  return cellsOf(tally, table).reduce((sum, { n }) => sum + n, 0);
}

function sorted(cells: ReadonlyMap<string, number>): [string, number][] {
  return [...cells].sort(([a], [b]) => (a < b ? -1 : 1));
}

export interface TallyJson {
  readonly tables: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly problems: readonly Problem[];
  readonly problemCounts: Readonly<Record<string, number>>;
}

/** Plain data in a fixed order: equal tallies give equal text. */
export function toJson({ tables, problems, problemCounts }: Tally): TallyJson {
  return {
    tables: Object.fromEntries(
      [...tables].map(([name, cells]) => [name, Object.fromEntries(sorted(cells))] as const),
    ),
    problems,
    problemCounts: Object.fromEntries(sorted(problemCounts)),
  };
}

/** @throws RangeError for anything that `toJson` has not written. */
export function fromJson(json: unknown): Tally {
  const tally = emptyTally();
  if (!isJsonObject(json) || !isJsonObject(json['tables']) || !Array.isArray(json['problems']))
    throw new RangeError('not a tally');
  for (const [name, cells] of Object.entries(json['tables']))
    readCells(tally.tables.get(name as Table), cells);
  readCells(tally.problemCounts, json['problemCounts']);
  tally.problems = json['problems'].map(readProblem);
  return tally;
}

function readCells(into: Cells | undefined, cells: unknown): void {
  if (into === undefined || !isJsonObject(cells)) throw new RangeError('not a tally');
  for (const [key, n] of Object.entries(cells)) {
    if (!Number.isSafeInteger(n) || Number(n) < 0) throw new RangeError('not a tally');
    into.set(key, Number(n));
  }
}

function readProblem(one: unknown): Problem {
  if (!isJsonObject(one)) throw new RangeError('not a tally');
  return { file: String(one['file']), line: Number(one['line']), reason: String(one['reason']) };
}
