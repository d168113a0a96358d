/**
 * Long-term systemic glucocorticoid: exposure in days and daily dose as prednisone equivalent.
 *
 * @see rules.md R20 (population); clarifications R20; units.md 1 (equivalents)
 */
import { isJsonObject } from '../json.ts';
import { gapIn, once, type Chart } from './chart.ts';
import { activeCondition } from './conditions.ts';
import { exactly, times, type Span } from './dose-text.ts';
import { courseDays, isAsNeeded, isSameDrug, mgPerDay, suppliedDays } from './dose.ts';
import { absent, allOf, evidenceOf, has, known, not, unknown, type Fact, type Tri } from './fact.ts';
import { addMonths, type Day } from './fhir-date.ts';
import { drugEntries, drugEvidence, type DrugEntry } from './medications.ts';
import { drafts } from './orders.ts';
import { patternOf } from './pattern.ts';

const CONCEPT = 'systemicGlucocorticoids';

export interface GlucocorticoidExposure {
  /** Days of supply in the longest merged run; null when only "active for more than 90 days" is known. */
  readonly days: number | null;
  /** Prednisone equivalent, mg/d, the lower end of a range; null when it cannot be computed. */
  readonly mgPerDay: number | null;
  /** The upper end; the same as `mgPerDay` for a plain dose. */
  readonly mgPerDayTo: number | null;
  readonly since: Day;
  /** The run includes the supply of a draft order of this call. */
  readonly planned: boolean;
}

/**
 * Exposure over 90 days in the last 12 months at 2.5 mg/d or more (or at a dose that cannot be read). Replacement doses in
 * adrenal insufficiency do not count, nor what is taken as needed.
 *
 * @returns unknown when a list is incomplete, an entry's route is unclear, or a dose may be below the limit or may replace what
 * failing adrenals do not make.
 */
export function glucocorticoid(chart: Chart): Fact<GlucocorticoidExposure> {
  return once(chart, 'glucocorticoid', () => {
    const { all, clear } = recordEntries(chart);
    const exposure =
      longest(mergeRuns(recordRuns(clear, chart), chart), chart) ?? withoutSupply(clear, chart);
    if (exposure !== null)
      return judged(
        exposure,
        clear.map((entry) => drugEvidence(entry, CONCEPT)),
        chart,
      );
    if (clear.length < all.length)
      return unknown(
        'ambiguous',
        all.map((entry) => drugEvidence(entry, CONCEPT)),
      );
    const gap = gapIn(chart, 'medicationRequests', 'medicationStatements');
    return gap === undefined ? absent : unknown(gap.reason);
  });
}

/**
 * What signing a glucocorticoid draft of this call makes or continues: its supply, merged with that of the record, over 90
 * days; else the exposure of the record.
 *
 * @returns absent without such a draft, or when it is taken as needed; unknown when its supply is not stated, or the record
 * that it may continue could not be read.
 */
export function plannedGlucocorticoid(chart: Chart): Fact<GlucocorticoidExposure> {
  const found = drafts(chart, CONCEPT);
  if (found.state !== 'known') return found;
  const own = found.value.filter((entry) => !isAsNeeded(entry, chart));
  if (own.length === 0) return absent;
  if (own.some(({ routeUnclear }) => routeUnclear.has(CONCEPT))) return unknown('ambiguous', found.evidence);
  const planned = own.flatMap((entry) => draftRun(entry, chart));
  const runs = [...recordRuns(recordEntries(chart).clear, chart), ...planned];
  const merged = mergeRuns(runs, chart).filter(({ members }) => members.some((run) => planned.includes(run)));
  const exposure = longest(merged, chart);
  if (exposure !== null)
    return judged({ ...exposure, ...doseOf(own, chart), planned: true }, found.evidence, chart);
  const before = glucocorticoid(chart);
  if (before.state === 'known') return known(before.value, [...found.evidence, ...evidenceOf(before)]);
  if (before.state === 'unknown') return before;
  return planned.length < own.length ? unknown('ambiguous', found.evidence) : absent;
}

/** Entries that say that it is or was taken, and those of them whose route is clear. */
function recordEntries(chart: Chart): {
  readonly all: readonly DrugEntry[];
  readonly clear: readonly DrugEntry[];
} {
  const all = drugEntries(chart).filter(
    (entry) =>
      entry.matches.has(CONCEPT) &&
      (entry.status === 'active' || entry.status === 'completed') &&
      !isAsNeeded(entry, chart),
  );
  return { all, clear: all.filter(({ routeUnclear }) => !routeUnclear.has(CONCEPT)) };
}

function judged(
  exposure: GlucocorticoidExposure,
  evidence: Parameters<typeof known>[1],
  chart: Chart,
): Fact<GlucocorticoidExposure> {
  const counted = counts(exposure, chart);
  if (counted === undefined) return unknown('ambiguous', evidence);
  return counted ? known(exposure, evidence) : absent;
}

/** An unreadable dose counts by its duration alone, unless the adrenals may be failing. */
function counts({ mgPerDay: from, mgPerDayTo: to }: GlucocorticoidExposure, chart: Chart): Tri {
  const { minMgPerDay, replacementMaxMgPerDay } = chart.definitions.glucocorticoid;
  const failing = has(activeCondition(chart, 'adrenalInsufficiency', 'any'));
  if (from === null || to === null) return failing === false ? true : undefined;
  const enough = from >= minMgPerDay ? true : to < minMgPerDay ? false : undefined;
  const low = to <= replacementMaxMgPerDay ? true : from > replacementMaxMgPerDay ? false : undefined;
  return allOf(enough, not(allOf(low, failing)));
}

interface Run {
  readonly from: Day;
  readonly to: Day;
  readonly entry: DrugEntry;
}

interface MergedRun {
  readonly from: Day;
  readonly to: Day;
  /** Days with supply; a bridged gap is no supply. */
  readonly days: number;
  readonly members: readonly Run[];
}

/** Supplies of the last 12 months up to today. */
function recordRuns(entries: readonly DrugEntry[], chart: Chart): readonly Run[] {
  const earliest = addMonths(chart.today, -chart.definitions.glucocorticoid.months);
  return entries
    .flatMap((entry): Run[] => {
      const end = endOfSupply(entry, chart);
      if (entry.start === null || end === null) return [];
      return [{ from: Math.max(entry.start.first, earliest), to: Math.min(end, chart.today), entry }];
    })
    .filter(({ from, to }) => to > from);
}

/** From today, or from its own later start. */
function draftRun(entry: DrugEntry, chart: Chart): readonly Run[] {
  const days = courseDays(entry, CONCEPT, chart);
  const from = Math.max(chart.today, entry.start?.first ?? chart.today);
  return days === null || !(days > 0) ? [] : [{ from, to: from + days, entry }];
}

function mergeRuns(runs: readonly Run[], chart: Chart): readonly MergedRun[] {
  const sorted = [...runs].sort(
    (a, b) => a.from - b.from || a.to - b.to || (a.entry.source < b.entry.source ? -1 : 1),
  );
  const merged: MergedRun[] = [];
  for (const run of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && run.from - last.to <= chart.definitions.glucocorticoid.mergeGapDays)
      merged[merged.length - 1] = {
        from: last.from,
        to: Math.max(last.to, run.to),
        days: last.days + Math.max(0, run.to - Math.max(last.to, run.from)),
        members: [...last.members, run],
      };
    else merged.push({ from: run.from, to: run.to, days: run.to - run.from, members: [run] });
  }
  return merged;
}

/** The run with most days of supply, when they are more than 90. */
function longest(merged: readonly MergedRun[], chart: Chart): GlucocorticoidExposure | null {
  const [run] = [...merged].sort((a, b) => b.days - a.days || b.to - a.to);
  if (run === undefined || run.days <= chart.definitions.glucocorticoid.minDays) return null;
  return { days: run.days, ...doseOf(newestOf(run.members, chart), chart), since: run.from, planned: false };
}

/** The entries that make the dose at the end of a run: the one begun last, and others that still ran beside it. */
function newestOf(members: readonly Run[], chart: Chart): readonly DrugEntry[] {
  const newest = [...members].sort(
    (a, b) => b.from - a.from || (a.entry.source < b.entry.source ? -1 : 1),
  )[0];
  if (newest === undefined) return [];
  const beside = members.filter(
    (run) => run !== newest && run.to > newest.from && !isSameDrug(run.entry, newest.entry, chart),
  );
  return [newest.entry, ...beside.map(({ entry }) => entry)];
}

/** By days of supply, else by the stated end; a statement "taking since" runs to today. */
function endOfSupply(entry: DrugEntry, chart: Chart): Day | null {
  const { start, end, status, resource } = entry;
  if (start === null) return null;
  const supply = suppliedDays(entry, CONCEPT, chart);
  if (supply !== null) return start.first + supply;
  if (end !== null) return end.last + 1;
  const isTaking = resource.resourceType === 'MedicationStatement' && status === 'active';
  return isTaking && isJsonObject(resource['effectivePeriod']) ? chart.today : null;
}

function withoutSupply(entries: readonly DrugEntry[], chart: Chart): GlucocorticoidExposure | null {
  const { withoutSupplyFromDays, withoutSupplyToMonths } = chart.definitions.glucocorticoid;
  const [newest, ...others] = entries
    .filter(
      (entry) =>
        entry.status === 'active' &&
        endOfSupply(entry, chart) === null &&
        entry.authored !== null &&
        entry.authored.last <= chart.today - withoutSupplyFromDays &&
        entry.authored.first >= addMonths(chart.today, -withoutSupplyToMonths),
    )
    .sort(newestFirst);
  if (newest?.authored == null) return null;
  const beside = others.filter((entry) => !isSameDrug(entry, newest, chart));
  return {
    days: null,
    ...doseOf([newest, ...beside], chart),
    since: newest.authored.first,
    planned: false,
  };
}

function newestFirst(a: DrugEntry, b: DrugEntry): number {
  return (b.authored?.order ?? 0) - (a.authored?.order ?? 0) || (a.source < b.source ? -1 : 1);
}

/** Two drugs at the same time may be added up, or one may replace the other: then no dose is named. */
function doseOf(
  entries: readonly DrugEntry[],
  chart: Chart,
): Pick<GlucocorticoidExposure, 'mgPerDay' | 'mgPerDayTo'> {
  const [only, ...others] = entries;
  const dose = only === undefined || others.length > 0 ? null : prednisoneMgPerDay(only, chart);
  return { mgPerDay: dose?.low ?? null, mgPerDayTo: dose?.high ?? null };
}

/** mg of prednisone a day from one entry; null when ingredient, dose or frequency is not stated in a readable form. */
function prednisoneMgPerDay(entry: DrugEntry, chart: Chart): Span | null {
  const table = chart.concepts.concepts.get(CONCEPT)?.prednisoneEquivalentMg ?? {};
  const named = Object.entries(table).filter(([name]) => {
    const whole = patternOf(`(?<![a-z])${name}(?![a-z])`);
    return entry.texts.some((text) => whole.test(text));
  });
  const equivalents = [...new Set(named.map(([, mg]) => mg))];
  const [equivalent] = equivalents;
  const dose = mgPerDay(entry, CONCEPT, chart);
  if (typeof equivalent !== 'number' || equivalents.length > 1 || dose === null) return null;
  return times(dose, exactly(chart.definitions.glucocorticoid.prednisoneReferenceMg / equivalent));
}
