/**
 * Results: the Observations of one concept as a series, and what the series says about a time window.
 *
 * Statuses, dates, units and duplicates are settled here once (clinical/units.md 2); rules ask for "latest within" or
 * "done within" and get a fact with three states.
 */
import { isJsonObject } from '../json.ts';
import { gapIn, onceFor, type Chart, type ObservationEntry } from './chart.ts';
import { codesIn, codingsOf } from './concepts.ts';
import { absent, known, unknown, type Evidence, type Fact, type Tri } from './fact.ts';
import { addMonths, isWithin, readFhirDate, type Day, type FhirDate } from './fhir-date.ts';
import { readQuantity, type Quantity, type Unreadable } from './quantity.ts';
import type { UnknownReason } from './record.ts';

export interface Result {
  readonly concept: string;
  readonly quantity: Quantity;
  readonly date: FhirDate;
  readonly source: string;
  readonly roles: readonly string[];
  readonly verified: boolean;
  readonly observation: Readonly<Record<string, unknown>>;
  readonly node: Readonly<Record<string, unknown>>;
}

export type UnusableWhy = Exclude<Unreadable, 'no-value'> | 'date' | 'status' | 'masked' | 'code';

/** In the record, of this concept, but not usable: it is listed, it never triggers, and it forbids saying "none". */
export interface Unusable {
  readonly source: string;
  readonly concept: string;
  readonly date?: FhirDate;
  readonly why: UnusableWhy;
}

export interface Series {
  /** Usable results, newest first; duplicates collapsed. */
  readonly results: readonly Result[];
  readonly unusable: readonly Unusable[];
  /** Preliminary or registered: never triggers, but a new order would be needless. */
  readonly pending: readonly Unusable[];
  readonly complete: boolean;
  readonly reason: UnknownReason;
}

const PENDING: ReadonlySet<unknown> = new Set(['preliminary', 'registered']);
const VOID: ReadonlySet<unknown> = new Set(['cancelled', 'entered-in-error']);

/** Reads all Observations of the given concepts as one series. */
export function readSeries(chart: Chart, ...concepts: readonly string[]): Series {
  const key = concepts.length === 1 ? (concepts[0] ?? '') : concepts.join(' ');
  return onceFor(chart, 'series', key, () => {
    const keys = concepts.map((concept) => chart.queryOf.get(concept) ?? 'bone');
    const gap = gapIn(chart, ...keys);
    const coverage = { complete: gap === undefined, reason: gap?.reason ?? 'not-asked' } as const;
    const found = concepts.flatMap((concept) => readEntries(chart, concept));
    // Most concepts have no result in most charts.
    if (found.length === 0) return { results: [], unusable: [], pending: [], ...coverage };
    const others = found
      .filter((one): one is Unusable & { pending?: true } => 'why' in one)
      .sort(newestUnusableFirst);
    return {
      results: withoutDuplicates(current(found)),
      unusable: others.filter(({ pending }) => pending !== true),
      pending: others.filter(({ pending }) => pending === true),
      ...coverage,
    };
  });
}

/** Usable results of one concept, newest first, also where two of the same time have the same value. */
export function readResults(chart: Chart, concept: string): readonly Result[] {
  return current(readEntries(chart, concept));
}

function readEntries(chart: Chart, concept: string): readonly Entry[] {
  return (chart.observations.get(concept) ?? []).map((entry) => readEntry(entry, chart));
}

function current(entries: readonly Entry[]): readonly Result[] {
  return withoutSuperseded(entries.filter((one) => 'quantity' in one).sort(newestFirst));
}

type Entry = Result | (Unusable & { pending?: true }) | { readonly ignored: true };

function readEntry(entry: ObservationEntry, chart: Chart): Entry {
  const { node, observation, match, source } = entry;
  const concept = chart.concepts.concepts.get(match.concept);
  const status = observation['status'];
  if (!concept || VOID.has(status)) return { ignored: true };
  const quantity = readQuantity(node, concept, chart.definitions.units, match.unit);
  const date = collectedOn(observation, chart);
  if (date === 'outside-life') return { ignored: true };
  const at = { source, concept: match.concept, ...(date === null ? {} : { date }) };
  // Before the value is asked for: a registered test has none yet.
  if (PENDING.has(status) && !isNotDone(node, chart)) return { ...at, why: 'status', pending: true };
  const why = quantity === 'no-value' ? whyMissing(node, chart) : quantity;
  if (why === 'nothing') return { ignored: true };
  if (typeof status !== 'string' || !chart.observationStatuses.has(status)) return { ...at, why: 'status' };
  if (typeof why === 'string') return { ...at, why: date === null ? 'date' : why };
  if (date === null) return { ...at, why: 'date' };
  const { roles, verified } = match;
  return { concept: match.concept, quantity: why, date, source, roles, verified, observation, node };
}

/** `not-performed`, `error`, `unknown`: the test was not done, as far as anybody can say (units.md 2). */
export function isNotDone(node: Readonly<Record<string, unknown>>, chart: Chart): boolean {
  const { notDoneReasons } = chart.definitions.results;
  return codesIn(node['dataAbsentReason']).some((code) => notDoneReasons.includes(code));
}

/** A value that is withheld, or there in a form that we cannot read, is not nothing: it forbids saying "none". */
function whyMissing(node: Readonly<Record<string, unknown>>, chart: Chart): 'nothing' | 'masked' | 'value' {
  const reasons = codesIn(node['dataAbsentReason']);
  if (reasons.length === 0 || isNotDone(node, chart)) return 'nothing';
  const { maskedReasons } = chart.definitions.results;
  return reasons.some((code) => maskedReasons.includes(code)) ? 'masked' : 'value';
}

/**
 * When the specimen was taken: effectiveDateTime > end (else start) of effectivePeriod > effectiveInstant > issued.
 *
 * @returns null when there is no readable date or it lies more than a day ahead; `outside-life` before birth.
 */
export function collectedOn(
  resource: Readonly<Record<string, unknown>>,
  chart: Chart,
): FhirDate | 'outside-life' | null {
  const period = isJsonObject(resource['effectivePeriod']) ? resource['effectivePeriod'] : {};
  const written =
    resource['effectiveDateTime'] ??
    period['end'] ??
    period['start'] ??
    resource['effectiveInstant'] ??
    resource['issued'];
  const date = readFhirDate(written);
  if (date === null || date.first > chart.today + 1) return null;
  if (chart.birth !== null && date.last < chart.birth.first) return 'outside-life';
  return date;
}

/** Newest first; at the same time the corrected copy, then the later issued, then the higher id: a stable order. */
function newestFirst(a: Result, b: Result): number {
  return (
    b.date.order - a.date.order ||
    statusRank(b) - statusRank(a) ||
    issuedOrder(b) - issuedOrder(a) ||
    (a.source < b.source ? 1 : a.source > b.source ? -1 : 0) ||
    b.quantity.canonical - a.quantity.canonical
  );
}

/** Undated ones last; the rest of the order is only there to be the same for every order of the record. */
function newestUnusableFirst(a: Unusable, b: Unusable): number {
  const order = ({ date }: Unusable): number => date?.order ?? -Number.MAX_VALUE;
  const rest = ({ source, why }: Unusable): string => `${source} ${why}`;
  return order(b) - order(a) || (rest(a) < rest(b) ? -1 : rest(a) > rest(b) ? 1 : 0);
}

function statusRank({ observation }: Result): number {
  return observation['status'] === 'corrected' || observation['status'] === 'amended' ? 1 : 0;
}

function issuedOrder({ observation }: Result): number {
  return readFhirDate(observation['issued'])?.order ?? 0;
}

/** An earlier version beside its amended copy: the same codes, time, specimen and site. The amended one wins (units.md 2). */
function withoutSuperseded(results: readonly Result[]): readonly Result[] {
  const amended = new Set(results.filter((one) => statusRank(one) === 1).map(identity));
  if (amended.size === 0) return results;
  return results.filter((one) => statusRank(one) === 1 || !amended.has(identity(one)));
}

function identity({ concept, date, node, observation }: Result): string {
  const codes = (key: string): readonly string[] =>
    codingsOf(node[key] ?? observation[key])
      .map(({ system, code }) => `${system}|${code}`)
      .sort();
  return JSON.stringify([
    concept,
    date.text,
    date.order,
    codes('code'),
    codes('bodySite'),
    specimenOf(observation),
  ]);
}

function specimenOf(observation: Readonly<Record<string, unknown>>): string {
  const specimen = isJsonObject(observation['specimen']) ? observation['specimen']['reference'] : undefined;
  return typeof specimen === 'string' ? specimen : '';
}

/**
 * The same value of the same concept at the same time from two sources is one result; vitamin D2 and D3 are two.
 *
 * @param results newest first: those of one time stand together.
 */
function withoutDuplicates(results: readonly Result[]): readonly Result[] {
  const isAlone = (one: Result, index: number): boolean =>
    results[index - 1]?.date.order !== one.date.order && results[index + 1]?.date.order !== one.date.order;
  const seen = new Set<string>();
  return results.filter((one, index) => {
    if (isAlone(one, index)) return true;
    const { concept, roles, date, quantity, observation } = one;
    const value = `${quantity.comparator ?? ''}${quantity.canonical}`;
    const key = JSON.stringify([concept, roles, date.text, date.order, value, specimenOf(observation)]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** A time window that ends on the evaluation date, both ends included. */
export interface Window {
  readonly from: Day;
  readonly to: Day;
}

/** The last `months` months: the same day `months` ago still counts (units.md 4). A day ahead is tolerated. */
export function lastMonths(months: number, today: Day): Window {
  return { from: addMonths(today, -months), to: today + 1 };
}

export function lastDays(days: number, today: Day): Window {
  return { from: today - days, to: today + 1 };
}

/** Everything up to the evaluation date. */
export function ever(today: Day): Window {
  return { from: -Infinity, to: today + 1 };
}

/** Inside the window? A partial date that reaches past today is cut there: results are not from the future. */
export function inWindow(date: FhirDate, window: Window): Tri {
  const { first } = date;
  const last = Math.min(date.last, Math.max(window.to, first));
  return isWithin({ first, last }, window.from, window.to);
}

/**
 * The newest usable result in a window.
 *
 * Unknown when something newer cannot be used, when a partial date straddles the window or may be later than the newest
 * full one, or when nothing was found and the search was not complete or holds unusable entries that may lie in the window.
 */
export function latestWithin(series: Series, window: Window): Fact<Result> {
  const latest = series.results[0];
  const open = series.results.filter(({ date }) => inWindow(date, window) !== false);
  if (latest === undefined || open.length === 0) return noneWithin(series, window);
  const newer = series.unusable.filter(({ date }) => date !== undefined && mayBeNewer(date, latest.date));
  if (newer.length > 0) return unknown('unreadable', newer.map(unusableEvidence));
  const rivals = open.filter(({ date }) => date.last > latest.date.last);
  if (rivals.length > 0 || inWindow(latest.date, window) !== true)
    return unknown('ambiguous', open.map(resultEvidence));
  return known(latest, [resultEvidence(latest)]);
}

/** Taken at the same time or later, or possibly later because the date is partial. */
export function mayBeNewer(date: FhirDate, than: FhirDate): boolean {
  return date.last > than.last || (date.last === than.last && date.order >= than.order);
}

/** Nothing usable in the window: absent only when the search was complete and nothing there might lie in it. */
export function noneWithin(series: Series, window: Window): Fact<never> {
  if (!series.complete) return unknown(series.reason);
  const hidden = series.unusable.filter(({ date }) => date === undefined || inWindow(date, window) !== false);
  return hidden.length > 0 ? unknown('unreadable', hidden.map(unusableEvidence)) : absent;
}

/** All usable results in the window, newest first (partial dates that straddle it left out). */
export function resultsWithin(series: Series, window: Window): readonly Result[] {
  return series.results.filter(({ date }) => inWindow(date, window) === true);
}

/** Was a result recorded in the window? Undefined when that cannot be told. */
export function doneWithin(series: Series, window: Window): Tri {
  const states = series.results.map(({ date }) => inWindow(date, window));
  if (states.includes(true)) return true;
  if (states.includes(undefined)) return undefined;
  return noneWithin(series, window).state === 'unknown' ? undefined : false;
}

export function resultEvidence({ concept, quantity, date, source }: Result): Evidence {
  const { value, sentUnit, canonical, canonicalUnit, comparator } = quantity;
  const bound = comparator === undefined ? {} : { comparator };
  return {
    source,
    what: concept,
    date,
    sent: { value, ...bound, ...(sentUnit === '' ? {} : { unit: sentUnit }) },
    used: { value: canonical, ...bound, unit: canonicalUnit },
  };
}

export function unusableEvidence({ source, concept, date, why }: Unusable): Evidence {
  return { source, what: concept, ...(date === undefined ? {} : { date }), note: why };
}
