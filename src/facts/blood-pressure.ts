/**
 * Blood pressure: pairs from panels (85354-9, 55284-4) and single codes, day values, and the mean of separate days.
 *
 * @see clarifications G16
 */
import { once, type Chart } from './chart.ts';
import { encounterOf, isInpatientEncounter } from './encounter.ts';

import { known, unknown, type Fact, type Tri } from './fact.ts';
import type { Day, FhirDate } from './fhir-date.ts';
import {
  inWindow,
  lastMonths,
  mayBeNewer,
  noneWithin,
  readResults,
  readSeries,
  resultEvidence,
  resultsWithin,
  type Result,
  type Series,
  type Window,
} from './results.ts';

export interface Pressure {
  readonly systolic: number;
  readonly diastolic: number;
  readonly date: FhirDate;
  readonly source: string;
}

export interface MeanPressure {
  /** mm[Hg], rounded half up. */
  readonly systolic: number;
  readonly diastolic: number;
  readonly days: number;
  readonly newest: FhirDate;
}

/** All systolic and diastolic values, and what they are as readings: "a blood pressure is on file" needs no complete pair. */
export interface PressureReadings extends Series {
  /** Complete pairs, newest first. */
  readonly pairs: readonly Pressure[];
  /** Dates of values without a partner or with a comparator. */
  readonly unpaired: readonly FhirDate[];
  /** Mean of separate days (G16). */
  readonly mean: Fact<MeanPressure>;
  /** Separate days that a mean needs. */
  readonly minDays: number;
}

export function pressureReadings(chart: Chart): PressureReadings {
  return once(chart, 'pressure readings', () => ({
    ...pressureSeries(chart),
    ...pairing(chart),
    mean: meanPressure(chart),
    minDays: chart.definitions.bloodPressure.minDays,
  }));
}

function pressureSeries(chart: Chart): Series {
  return readSeries(chart, 'systolicBloodPressure', 'diastolicBloodPressure');
}

/** Complete pairs without comparator, newest first; readings of a supplied inpatient or emergency encounter dropped. */
export function pressurePairs(chart: Chart): readonly Pressure[] {
  return pairing(chart).pairs;
}

function pairing(chart: Chart): Pick<PressureReadings, 'pairs' | 'unpaired'> {
  return once(chart, 'pressure pairs', () => {
    // Not `readSeries`: 130/80 and 130/90 of one day are two readings, although the systolic values are the same.
    const [systolics, diastolics] = ['systolicBloodPressure', 'diastolicBloodPressure'].map((concept) =>
      readResults(chart, concept).filter((result) => !isInpatient(result, chart)),
    );
    const pairs = matched(systolics ?? [], diastolics ?? []).filter((pair) =>
      pair.every(({ quantity }) => quantity.comparator === undefined),
    );
    const used = new Set<Result>(pairs.flat());
    return {
      pairs: withoutCopies(
        pairs.map(([systolic, diastolic]) => ({
          systolic: systolic.quantity.canonical,
          diastolic: diastolic.quantity.canonical,
          date: systolic.date,
          source: systolic.source,
        })),
      ),
      unpaired: [...(systolics ?? []), ...(diastolics ?? [])]
        .filter((result) => !used.has(result))
        .map(({ date }) => date),
    };
  });
}

/**
 * Are there readings for a mean in the window: complete pairs on enough separate days?
 *
 * Open when values that could not be paired or read might make up the missing days.
 */
export function meanWithin(readings: PressureReadings, window: Window): Tri {
  const { pairs, unpaired, minDays } = readings;
  const days = pairs.filter(({ date }) => date.first === date.last && inWindow(date, window) === true);
  if (new Set(days.map(({ date }) => date.first)).size >= minDays) return true;
  const possible = [...pairs.map(({ date }) => date), ...unpaired].filter(
    (date) => inWindow(date, window) !== false,
  );
  if (new Set(possible.map(({ text }) => text)).size >= minDays) return undefined;
  return noneWithin(readings, window).state === 'unknown' ? undefined : false;
}

/**
 * The newest complete readings, when they lie in the window: several when the record gives them one time.
 *
 * @returns empty when the newest lie before the window or there are none; undefined when a newer value has no partner or
 * cannot be read, or when the search was not complete and found none there.
 */
export function newestPressures(readings: PressureReadings, window: Window): readonly Pressure[] | undefined {
  const [newest] = readings.pairs;
  const others = [
    ...readings.pairs.map(({ date }) => date),
    ...readings.unpaired,
    ...readings.unusable.flatMap(({ date }) => date ?? []),
  ];
  const hidden = others.filter(
    (date) => inWindow(date, window) !== false && (newest === undefined || isNewer(date, newest.date)),
  );
  if (hidden.length > 0) return undefined;
  const inside = newest === undefined ? false : inWindow(newest.date, window);
  if (newest === undefined || inside !== true)
    return inside === undefined || !readings.complete ? undefined : [];
  return readings.pairs.filter(({ date }) => !isNewer(newest.date, date));
}

/** Is a value that cannot be read as new as this date or newer? Then what is known is not the newest. */
export function isOvertaken(readings: PressureReadings, date: FhirDate): boolean {
  return readings.unusable.some((one) => one.date !== undefined && mayBeNewer(one.date, date));
}

function isNewer(date: FhirDate, than: FhirDate): boolean {
  return date.last > than.last || (date.last === than.last && date.order > than.order);
}

type Pair = readonly [systolic: Result, diastolic: Result];

/** Components of one panel belong together; readings of single codes by their time, each used once. */
function matched(systolics: readonly Result[], diastolics: readonly Result[]): readonly Pair[] {
  const byPanel = Map.groupBy(diastolics, ({ observation }) => observation);
  const byTime = Map.groupBy(diastolics.filter(isSingle), ({ date }) => date.order);
  const used = new Set<Result>();
  const take = (candidates: Result[] = []): Result | undefined => {
    let one = candidates.shift();
    while (one !== undefined && used.has(one)) one = candidates.shift();
    if (one !== undefined) used.add(one);
    return one;
  };
  const ofPanel = new Map(systolics.map((systolic) => [systolic, take(byPanel.get(systolic.observation))]));
  return systolics.flatMap((systolic) => {
    const single = isSingle(systolic)
      ? (): Result | undefined => take(byTime.get(systolic.date.order))
      : undefined;
    const partner = ofPanel.get(systolic) ?? single?.();
    return partner === undefined ? [] : [[systolic, partner] as const];
  });
}

function isSingle({ node, observation }: Result): boolean {
  return node['component'] === undefined && node['effectiveDateTime'] === observation['effectiveDateTime'];
}

function withoutCopies(pairs: readonly Pressure[]): readonly Pressure[] {
  const key = ({ systolic, diastolic, date }: Pressure): string =>
    `${systolic}/${diastolic} ${date.text} ${date.order}`;
  return [...new Map(pairs.map((pair) => [key(pair), pair])).values()];
}

function isInpatient({ observation }: Result, chart: Chart): boolean {
  const encounter = encounterOf(observation, chart);
  return encounter !== undefined && isInpatientEncounter(encounter, chart);
}

/**
 * Mean blood pressure: day values (mean of that day's pairs) of up to the last 3 days with a value in 12 months.
 *
 * @returns unknown `ambiguous` with fewer than two days, or only incomplete readings: one reading only supports a recheck.
 */
export function meanPressure(chart: Chart): Fact<MeanPressure> {
  const { months, maxDays, minDays } = chart.definitions.bloodPressure;
  const window = lastMonths(months, chart.today);
  const inside = pressurePairs(chart).filter(
    ({ date }) => date.first === date.last && inWindow(date, window) === true,
  );
  if (inside.length === 0) {
    const series = pressureSeries(chart);
    return resultsWithin(series, window).length > 0 ? unknown('ambiguous') : noneWithin(series, window);
  }
  const days = [...groupByDay(inside).values()].sort((a, b) => dayOf(b) - dayOf(a)).slice(0, maxDays);
  if (days.length < minDays) return unknown('ambiguous');
  const used = days.flat();
  const newest = used[0];
  if (newest === undefined) return unknown('ambiguous');
  const evidence = readSeries(chart, 'systolicBloodPressure', 'diastolicBloodPressure')
    .results.filter(({ source }) => used.some((pair) => pair.source === source))
    .map(resultEvidence);
  return known(
    {
      systolic: meanOfDays(days, 'systolic'),
      diastolic: meanOfDays(days, 'diastolic'),
      days: days.length,
      newest: newest.date,
    },
    evidence,
  );
}

function groupByDay(pairs: readonly Pressure[]): Map<Day, Pressure[]> {
  const days = new Map<Day, Pressure[]>();
  for (const pair of pairs) days.set(pair.date.first, [...(days.get(pair.date.first) ?? []), pair]);
  return days;
}

function dayOf(pairs: readonly Pressure[]): Day {
  return pairs[0]?.date.first ?? -Infinity;
}

function meanOfDays(days: readonly (readonly Pressure[])[], key: 'systolic' | 'diastolic'): number {
  return Math.floor(mean(days.map((pairs) => mean(pairs.map((pair) => pair[key])))) + 0.5);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
