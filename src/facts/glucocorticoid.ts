/**
 * Long-term systemic glucocorticoid: exposure in days and daily dose as prednisone equivalent.
 *
 * @see rules.md R20 (population); clarifications R20; units.md 1 (equivalents)
 */
import { isJsonObject } from '../json.ts';
import { gapIn, once, type Chart } from './chart.ts';

import { isActiveConcept } from './conditions.ts';
import { absent, known, unknown, type Fact, type Tri } from './fact.ts';
import { addMonths, type Day } from './fhir-date.ts';
import { daysPer, drugEntries, drugEvidence, type DrugEntry } from './medications.ts';
import { ucumFactor } from './ucum.ts';

const CONCEPT = 'systemicGlucocorticoids';

export interface GlucocorticoidExposure {
  /** Longest merged run of supply in the last 12 months; null when only "active for more than 90 days" is known. */
  readonly days: number | null;
  /** Prednisone equivalent, mg/d; null when it cannot be computed. */
  readonly mgPerDay: number | null;
  readonly since: Day;
}

/**
 * Exposure over 90 days in the last 12 months at 2.5 mg/d or more (or at a dose that cannot be read). Replacement doses in
 * adrenal insufficiency do not count.
 *
 * @returns unknown when a list is incomplete, an entry's route is unclear, or a dose that cannot be read might replace
 * what failing adrenals do not make.
 */
export function glucocorticoid(chart: Chart): Fact<GlucocorticoidExposure> {
  return once(chart, 'glucocorticoid', () => {
    const entries = drugEntries(chart).filter(
      ({ matches, status }) => matches.has(CONCEPT) && (status === 'active' || status === 'completed'),
    );
    const clear = entries.filter(({ routeUnclear }) => !routeUnclear.has(CONCEPT));
    const exposure = longestRun(clear, chart) ?? withoutSupply(clear, chart);
    const evidence = clear.map((entry) => drugEvidence(entry, CONCEPT));
    if (exposure !== null) {
      const counted = counts(exposure, chart);
      if (counted === undefined) return unknown('ambiguous', evidence);
      return counted ? known(exposure, evidence) : absent;
    }
    if (clear.length < entries.length)
      return unknown(
        'ambiguous',
        entries.map((entry) => drugEvidence(entry, CONCEPT)),
      );
    const gap = gapIn(chart, 'medicationRequests', 'medicationStatements');
    return gap === undefined ? absent : unknown(gap.reason);
  });
}

function counts({ mgPerDay }: GlucocorticoidExposure, chart: Chart): Tri {
  const { minMgPerDay, replacementMaxMgPerDay } = chart.definitions.glucocorticoid;
  const replaced = isActiveConcept(chart, 'adrenalInsufficiency');
  if (mgPerDay === null) return replaced ? undefined : true;
  if (mgPerDay < minMgPerDay) return false;
  return !(mgPerDay <= replacementMaxMgPerDay && replaced);
}

interface Run {
  readonly from: Day;
  readonly to: Day;
  readonly entry: DrugEntry;
}

function longestRun(entries: readonly DrugEntry[], chart: Chart): GlucocorticoidExposure | null {
  const { months, minDays, mergeGapDays } = chart.definitions.glucocorticoid;
  const earliest = addMonths(chart.today, -months);
  const runs = entries
    .flatMap((entry): Run[] => {
      const end = endOfSupply(entry, chart);
      if (entry.start === null || end === null) return [];
      return [{ from: Math.max(entry.start.first, earliest), to: Math.min(end, chart.today), entry }];
    })
    .filter(({ from, to }) => to > from)
    .sort((a, b) => a.from - b.from || a.to - b.to || (a.entry.source < b.entry.source ? -1 : 1));
  const merged: Run[] = [];
  for (const run of runs) {
    const last = merged.at(-1);
    if (last !== undefined && run.from - last.to <= mergeGapDays)
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, run.to), entry: run.entry };
    else merged.push(run);
  }
  const [longest] = merged.sort((a, b) => b.to - b.from - (a.to - a.from));
  if (longest === undefined || longest.to - longest.from <= minDays) return null;
  return {
    days: longest.to - longest.from,
    mgPerDay: prednisoneMgPerDay(longest.entry, chart),
    since: longest.from,
  };
}

/** By days of supply, else by the stated end; a statement "taking since" runs to today. */
function endOfSupply({ start, end, supplyDays, status, resource }: DrugEntry, chart: Chart): Day | null {
  if (start === null) return null;
  if (supplyDays !== null) return start.first + supplyDays;
  if (end !== null) return end.last;
  const isTaking = resource.resourceType === 'MedicationStatement' && status === 'active';
  return isTaking && isJsonObject(resource['effectivePeriod']) ? chart.today : null;
}

function withoutSupply(entries: readonly DrugEntry[], chart: Chart): GlucocorticoidExposure | null {
  const { withoutSupplyFromDays, withoutSupplyToMonths } = chart.definitions.glucocorticoid;
  const [found] = entries
    .filter(
      (entry) =>
        entry.status === 'active' &&
        endOfSupply(entry, chart) === null &&
        entry.authored !== null &&
        entry.authored.last <= chart.today - withoutSupplyFromDays &&
        entry.authored.first >= addMonths(chart.today, -withoutSupplyToMonths) &&
        !isAsNeeded(entry),
    )
    .sort(newestFirst);
  return found?.authored
    ? { days: null, mgPerDay: prednisoneMgPerDay(found, chart), since: found.authored.first }
    : null;
}

function isAsNeeded({ dosages }: DrugEntry): boolean {
  return dosages.some(
    (dosage) => dosage['asNeededBoolean'] === true || dosage['asNeededCodeableConcept'] !== undefined,
  );
}

function newestFirst(a: DrugEntry, b: DrugEntry): number {
  return (b.authored?.order ?? 0) - (a.authored?.order ?? 0) || (a.source < b.source ? -1 : 1);
}

/** mg of prednisone a day from one entry; null when ingredient, dose or frequency is not stated in a readable form. */
function prednisoneMgPerDay(entry: DrugEntry, chart: Chart): number | null {
  const table = chart.concepts.concepts.get(CONCEPT)?.prednisoneEquivalentMg ?? {};
  const names = Object.keys(table).sort((a, b) => b.length - a.length);
  const ingredient = names.find((name) => entry.texts.some((text) => text.toLowerCase().includes(name)));
  const equivalent = ingredient === undefined ? undefined : table[ingredient];
  const mg = mgPerDay(entry, chart);
  if (typeof equivalent !== 'number' || mg === null) return null;
  return Number(((mg * chart.definitions.glucocorticoid.prednisoneReferenceMg) / equivalent).toPrecision(6));
}

/** Dose in mg a day of the only dosage; tablets (not mL) are multiplied with the only strength in the drug's text. */
function mgPerDay({ dosages, texts }: DrugEntry, chart: Chart): number | null {
  const [dosage, ...others] = dosages;
  if (dosage === undefined || others.length > 0) return null;
  const perDay = timesPerDay(dosage, chart);
  const rates: readonly unknown[] = Array.isArray(dosage['doseAndRate']) ? dosage['doseAndRate'] : [];
  const [rate] = rates;
  const quantity: unknown = isJsonObject(rate) ? rate['doseQuantity'] : undefined;
  if (perDay === null || !isJsonObject(quantity) || typeof quantity['value'] !== 'number') return null;
  const unit = quantity['code'] ?? quantity['unit'];
  const toMg = typeof unit === 'string' ? ucumFactor(unit, 'mg') : null;
  if (toMg !== null) return quantity['value'] * toMg * perDay;
  const { countedFormPattern, strengthPattern } = chart.definitions.glucocorticoid;
  if (typeof unit !== 'string' || !new RegExp(countedFormPattern, 'i').test(unit.slice(0, 40))) return null;
  const strengthIn = new RegExp(strengthPattern, 'gi');
  const strengths = new Set(
    texts.flatMap((text) => [...text.matchAll(strengthIn)].map(([, mg]) => Number(mg))),
  );
  const [strength] = strengths;
  return strengths.size === 1 && strength !== undefined ? quantity['value'] * strength * perDay : null;
}

function timesPerDay(dosage: Readonly<Record<string, unknown>>, chart: Chart): number | null {
  const timing = isJsonObject(dosage['timing']) ? dosage['timing'] : {};
  const repeat = isJsonObject(timing['repeat']) ? timing['repeat'] : {};
  const { frequency, period, periodUnit } = repeat;
  const unitDays = daysPer(periodUnit, chart);
  if (typeof frequency !== 'number' || typeof period !== 'number' || period <= 0 || unitDays === null)
    return null;
  return frequency / (period * unitDays);
}
