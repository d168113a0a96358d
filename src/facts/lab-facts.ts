/** Laboratory facts that need more than one concept's series: vitamin D, lipid panel, calcium status, kidney status. */
import { ckdEpi2021 } from '../risk/ckd-epi.ts';
import { once, type Chart } from './chart.ts';
import { condition } from './conditions.ts';
import { age, sex } from './demographics.ts';
import { absent, anyOf, known, unknown, type Evidence, type Fact, type Tri } from './fact.ts';
import type { FhirDate } from './fhir-date.ts';
import {
  asReported,
  isAbove,
  isAboveAsReported,
  isBelow,
  isBelowAsReported,
  type Quantity,
} from './quantity.ts';
import { referenceRange } from './reference-range.ts';
import {
  doneWithin,
  lastMonths,
  latestWithin,
  readSeries,
  resultEvidence,
  resultsWithin,
  unusableEvidence,
  type Result,
  type Series,
  type Unusable,
  type UnusableWhy,
  type Window,
} from './results.ts';
import { significant, ucumFactor } from './ucum.ts';
import { patternOf } from './pattern.ts';

/**
 * 25-OH vitamin D as total: a total result; else D2 + D3 of one time; else D3 alone read as total; never D2 alone.
 *
 * Results under unverified codes are listed as unreadable: they must not make a recommendation fire, and a newer one says
 * that the verified one may be out of date.
 *
 * @see units.md 2 (vitamin D); clarifications R10
 */
export function vitaminD(chart: Chart): Series {
  return once(chart, 'vitaminD', () => {
    const series = readSeries(chart, 'vitaminD25OH');
    const verified = series.results.filter((result) => result.verified);
    const totals = [...Map.groupBy(verified, ({ date }) => date.order).values()].map(totalAt);
    return {
      ...series,
      results: totals.flatMap(({ results }) => results),
      unusable: [
        ...series.unusable,
        ...series.results.filter((result) => !result.verified).map((result) => unusable(result, 'code')),
        ...totals.flatMap(({ left }) => left.map((result) => unusable(result, 'value'))),
      ],
    };
  });
}

function unusable({ source, concept, date }: Result, why: UnusableWhy): Unusable {
  return { source, concept, date, why };
}

/** The total of one time, and what is left over without one. */
function totalAt(results: readonly Result[]): { results: readonly Result[]; left: readonly Result[] } {
  const fraction = (role: string): Result | undefined => results.find(({ roles }) => roles.includes(role));
  const total = results.filter(({ roles }) => !roles.includes('D2') && !roles.includes('D3'));
  if (total.length > 0) return { results: total, left: [] };
  const [d2, d3] = [fraction('D2'), fraction('D3')];
  if (d3 === undefined) return { results: [], left: results };
  if (d2 === undefined) return { results: [d3], left: [] };
  const quantity = sum(d3.quantity, d2.quantity);
  return quantity === null ? { results: [], left: results } : { results: [{ ...d3, quantity }], left: [] };
}

/** `30` and `< 4` add up to `< 34`; `> 30` and `< 4` to nothing that can be compared. */
function sum(a: Quantity, b: Quantity): Quantity | null {
  const comparators = [...new Set([a.comparator, b.comparator])].filter((one) => one !== undefined);
  const [comparator] = comparators;
  if (comparators.length > 1) return null;
  const factor = ucumFactor(b.unit, a.unit);
  const canonical = significant(a.canonical + b.canonical);
  const added = { ...a, ...(comparator === undefined ? {} : { comparator }), canonical };
  return factor === null
    ? { ...added, value: canonical, unit: a.canonicalUnit, molar: false }
    : { ...added, value: significant(a.value + b.value * factor) };
}

/** A panel is on file when LDL, or total + HDL + triglycerides, exists. */
export interface LipidPanel {
  readonly ldl: Series;
  readonly total: Series;
  readonly hdl: Series;
  readonly triglycerides: Series;
  readonly nonHdl: Series;
}

export function lipidPanel(chart: Chart): LipidPanel {
  return {
    ldl: readSeries(chart, 'ldlCholesterol'),
    total: readSeries(chart, 'totalCholesterol'),
    hdl: readSeries(chart, 'hdlCholesterol'),
    triglycerides: readSeries(chart, 'triglycerides'),
    nonHdl: readSeries(chart, 'nonHdlCholesterol'),
  };
}

/** Was a lipid panel done in the window? An unreadable part leaves it open. */
export function panelWithin(panel: LipidPanel, window: Window): Tri {
  const parts = [panel.total, panel.hdl, panel.triglycerides].map((series) => doneWithin(series, window));
  const three = parts.includes(false) ? false : parts.includes(undefined) ? undefined : true;
  return anyOf(doneWithin(panel.ldl, window), three);
}

/** Date of the newest panel: LDL, or the oldest of the newest total, HDL and triglycerides. */
export function newestPanelDate(panel: LipidPanel): FhirDate | null {
  const ldl = panel.ldl.results[0]?.date ?? null;
  const three = [panel.total, panel.hdl, panel.triglycerides].map(({ results }) => results[0]?.date);
  const oldest = three.every((date) => date !== undefined)
    ? (three.sort((a, b) => a.order - b.order)[0] ?? null)
    : null;
  if (ldl === null || oldest === null) return ldl ?? oldest;
  return ldl.order >= oldest.order ? ldl : oldest;
}

export interface CalciumStatus {
  readonly level: 'low' | 'normal' | 'high';
  /** Low total without albumin within 14 days: one step down in indicator, "not corrected for albumin" (G17). */
  readonly uncertain: boolean;
  readonly kind: 'ionized' | 'lab-corrected' | 'corrected' | 'uncorrected';
  readonly result: Result;
  /** Corrected value in the unit of the report, when we corrected it. */
  readonly corrected: number | null;
  /** What was compared: the corrected value when we corrected it, else the reported one. */
  readonly compared: Quantity;
  /** Limits in the unit of the report. */
  readonly lowerLimit: CalciumLimit;
  readonly upperLimit: CalciumLimit;
}

export interface CalciumLimit {
  readonly value: number;
  /** By the laboratory's own range; else the fallback of cards/definitions.yaml. */
  readonly fromReport: boolean;
}

/**
 * Latest calcium in a window: ionised > laboratory-corrected > corrected by us > uncorrected, of the latest day (G17).
 * Low and high by the report's own range, else the fallback of cards/definitions.yaml.
 */
export function calciumStatus(chart: Chart, window: Window): Fact<CalciumStatus> {
  const byKind = ['calciumIonized', 'calciumCorrected', 'calciumTotal'].map((concept) =>
    readSeries(chart, concept),
  );
  const facts = byKind.map((series) => latestWithin(series, window));
  const found = facts.filter((fact) => fact.state === 'known').map(({ value }) => value);
  const latestDay = Math.max(...found.map(({ date }) => date.last));
  const result = found.find(({ date }) => date.last === latestDay);
  if (result === undefined) return facts.find((fact) => fact.state === 'unknown') ?? absent;
  const newer = byKind
    .flatMap(({ unusable }) => unusable)
    .filter(({ date }) => date !== undefined && date.last > result.date.last);
  if (newer.length > 0) return unknown('unreadable', newer.map(unusableEvidence));
  const status = readCalcium(result, chart);
  return status === null
    ? unknown('ambiguous', [resultEvidence(result)])
    : known(status, [resultEvidence(result)]);
}

function readCalcium(result: Result, chart: Chart): CalciumStatus | null {
  const { low, high, ionizedLow, ionizedHigh } = chart.definitions.calcium;
  const ionized = result.concept === 'calciumIonized';
  const corrected = result.concept === 'calciumTotal' ? correctedValue(result, chart) : null;
  const quantity = typeof corrected === 'number' ? shifted(result.quantity, corrected) : result.quantity;
  const own = referenceRange(result, chart);
  const below =
    own.low === undefined
      ? isBelow(quantity, ionized ? ionizedLow : low)
      : isBelowAsReported(quantity, own.low);
  const above =
    own.high === undefined
      ? isAbove(quantity, ionized ? ionizedHigh : high)
      : isAboveAsReported(quantity, own.high);
  if (below === undefined || above === undefined) return null;
  const level = below ? 'low' : above ? 'high' : 'normal';
  const kind = ionized
    ? 'ionized'
    : result.concept === 'calciumCorrected'
      ? 'lab-corrected'
      : typeof corrected === 'number'
        ? 'corrected'
        : 'uncorrected';
  const uncertain = level === 'low' && result.concept === 'calciumTotal' && corrected === 'no-albumin';
  return {
    level,
    uncertain,
    kind,
    result,
    corrected: typeof corrected === 'number' ? corrected : null,
    compared: quantity,
    lowerLimit: {
      value: own.low ?? asReported(ionized ? ionizedLow : low, quantity),
      fromReport: own.low !== undefined,
    },
    upperLimit: {
      value: own.high ?? asReported(ionized ? ionizedHigh : high, quantity),
      fromReport: own.high !== undefined,
    },
  };
}

/** Albumin-corrected value in the unit of the report; null when albumin is normal; `no-albumin` when none is near. */
function correctedValue(result: Result, chart: Chart): number | 'no-albumin' | null {
  const { albuminDays, albuminNormal, correctionPerAlbumin } = chart.definitions.calcium;
  const albumin = readSeries(chart, 'albuminSerum').results.filter(
    ({ date }) => Math.abs(date.last - result.date.last) <= albuminDays,
  );
  const [nearest] = [...albumin].sort(
    (a, b) => Math.abs(a.date.last - result.date.last) - Math.abs(b.date.last - result.date.last),
  );
  if (
    nearest === undefined ||
    nearest.quantity.comparator !== undefined ||
    result.quantity.comparator !== undefined
  )
    return 'no-albumin';
  const missing = albuminNormal.value - nearest.quantity.canonical;
  if (missing <= 0) return null;
  const { value, unit, canonical, molar } = result.quantity;
  const inMmol = molar ? ucumFactor(unit, 'mmol/L') : null;
  // Molar reports have their own published correction, + 0.02 mmol/L for each g/L (G24).
  if (inMmol !== null) return significant(value + (correctionPerAlbumin.si * missing * 10) / inMmol);
  return significant(((canonical + correctionPerAlbumin.value * missing) * value) / canonical);
}

function shifted(quantity: Quantity, value: number): Quantity {
  return { ...quantity, value, canonical: significant((quantity.canonical / quantity.value) * value) };
}

export interface KidneyStatus {
  /** G1-G5, or null when only a diagnosis without stage says so. */
  readonly stage: string | null;
  readonly threeOrMore: boolean;
  readonly eGfr: number | null;
  readonly date: FhirDate | null;
  readonly basis: 'egfr' | 'creatinine' | 'diagnosis';
  readonly source: string;
}

/**
 * Kidney function (G18): the latest eGFR within 12 months (reported, else CKD-EPI 2021 from creatinine) decides; stage codes
 * count only without one.
 *
 * @returns absent when nothing speaks of kidney function; `> 60` gives "not stage 3" without a stage.
 */
export function kidneyStatus(chart: Chart): Fact<KidneyStatus> {
  return once(chart, 'kidney', () => {
    const window = lastMonths(chart.definitions.kidney.months, chart.today);
    const reported = reportedEgfr(chart, window);
    if (reported.state === 'known') return fromEgfr(reported.value, reported.evidence, chart);
    if (reported.state === 'unknown') return reported;
    const creatinine = latestWithin(readSeries(chart, 'creatinineSerum'), window);
    if (creatinine.state === 'unknown') return creatinine;
    if (creatinine.state === 'absent') return fromDiagnosis(chart);
    const computed = fromCreatinine(creatinine.value, creatinine.evidence, chart) ?? fromDiagnosis(chart);
    // A creatinine that cannot be turned into an eGFR (sex or age not known) is not "nothing on file".
    return computed.state === 'absent' ? unknown('ambiguous', creatinine.evidence) : computed;
  });
}

/** Latest day's eGFR: the 2021 creatinine equation first; a race-specific pair only alone, and then the lower one. */
export function reportedEgfr(chart: Chart, window: Window): Fact<Result> {
  const series = readSeries(chart, 'egfr');
  const latest = latestWithin(series, window);
  if (latest.state !== 'known') return latest;
  const sameDay = resultsWithin(series, window).filter(({ date }) => date.last === latest.value.date.last);
  const chosen = eGfrOfDay(sameDay, chart);
  return chosen === undefined ? latest : known(chosen, [resultEvidence(chosen)]);
}

/** Of the eGFR results of one day, the one that counts. */
export function eGfrOfDay(sameDay: readonly Result[], chart: Chart): Result | undefined {
  const { preferredRole, raceSpecificRolePattern } = chart.definitions.kidney;
  const race = patternOf(raceSpecificRolePattern, '');
  const neutral = sameDay.filter(({ roles }) => !roles.some((role) => race.test(role)));
  const preferred = neutral.filter(({ roles }) => roles.includes(preferredRole));
  const [chosen] =
    preferred.length > 0
      ? preferred
      : neutral.length > 0
        ? neutral
        : [...sameDay].sort((a, b) => a.quantity.canonical - b.quantity.canonical);
  return chosen;
}

function fromEgfr(
  { quantity, date, source }: Result,
  evidence: readonly Evidence[],
  chart: Chart,
): Fact<KidneyStatus> {
  const three = isBelow(quantity, { value: stageFloor(chart, 'G2'), unit: quantity.canonicalUnit });
  if (three === undefined) return unknown('ambiguous', evidence);
  const exact = quantity.comparator === undefined;
  return known(
    {
      stage: exact ? stageOf(quantity.canonical, chart) : null,
      threeOrMore: three,
      eGfr: exact ? quantity.canonical : null,
      date,
      basis: 'egfr',
      source,
    },
    evidence,
  );
}

function fromCreatinine(
  { quantity, date, source }: Result,
  evidence: readonly Evidence[],
  chart: Chart,
): Fact<KidneyStatus> | null {
  const [years, who] = [age(chart), sex(chart)];
  if (
    years.state !== 'known' ||
    years.value.min !== years.value.max ||
    who.state !== 'known' ||
    quantity.comparator !== undefined
  )
    return null;
  const eGfr = ckdEpi2021({ creatinineMgDl: quantity.canonical, ageYears: years.value.min, sex: who.value });
  if (eGfr === null) return null;
  return known(
    {
      stage: stageOf(eGfr, chart),
      threeOrMore: eGfr < stageFloor(chart, 'G2'),
      eGfr,
      date,
      basis: 'creatinine',
      source,
    },
    evidence,
  );
}

function fromDiagnosis(chart: Chart): Fact<KidneyStatus> {
  const stage = condition(chart, 'ckdStage3plus');
  if (stage.state !== 'known') return stage;
  return known(
    {
      stage: null,
      threeOrMore: true,
      eGfr: null,
      date: null,
      basis: 'diagnosis',
      source: stage.value[0]?.source ?? 'Condition',
    },
    stage.evidence,
  );
}

/** The eGFR from which a stage holds. */
export function stageFloor(chart: Chart, stage: string): number {
  return chart.definitions.kidney.stages.find((one) => one.stage === stage)?.from ?? 0;
}

export function stageOf(eGfr: number, chart: Chart): string {
  return chart.definitions.kidney.stages.find(({ from }) => eGfr >= from)?.stage ?? '';
}
