/**
 * Kidney function over time: one eGFR for each day, reported or computed from creatinine (clarifications G18 and R14).
 */
import { ckdEpi2021 } from '../risk/ckd-epi.ts';
import { once, type Chart } from './chart.ts';
import { ageAt, sex } from './demographics.ts';
import { absent, known, unknown, type Evidence, type Fact, type Tri } from './fact.ts';
import type { FhirDate } from './fhir-date.ts';
import { eGfrOfDay, stageFloor, stageOf } from './lab-facts.ts';
import { isBelow, type Comparator, type Quantity } from './quantity.ts';
import { mayBeNewer, readSeries, resultEvidence, unusableEvidence, type Result } from './results.ts';
import { patternOf } from './pattern.ts';

export interface EgfrDay {
  readonly date: FhirDate;
  /** mL/min/{1.73_m2}. */
  readonly eGfr: number;
  /** Then `eGfr` is a bound. */
  readonly comparator?: Comparator;
  /** Null when a comparator leaves it open. */
  readonly stage: string | null;
  /** Below 60: stage 3 or higher. */
  readonly threeOrMore: Tri;
  readonly basis: 'egfr' | 'creatinine';
  /** The lower one of a race-specific pair: the card says so. */
  readonly raceSpecific: boolean;
  readonly evidence: readonly Evidence[];
}

export interface EgfrHistory {
  /** Newest first. */
  readonly days: readonly EgfrDay[];
  /** Dates of what is there but gives no eGFR; null where it has none. */
  readonly hidden: readonly (FhirDate | null)[];
  /** Whether the search was complete, so that a day that is not in the list does not exist. */
  readonly complete: boolean;
}

/**
 * A day's reported eGFR as in `kidneyStatus`; only a day without one takes the equation, with the age of that day.
 *
 * @returns unknown when there is nothing usable but something unusable, or when the search was not complete.
 */
export function eGfrHistory(chart: Chart): Fact<EgfrHistory> {
  return once(chart, 'eGfrHistory', () => {
    const [reported, creatinine] = [readSeries(chart, 'egfr'), readSeries(chart, 'creatinineSerum')];
    const reportedDays = byDay(reported.results).flatMap((same) => reportedDay(same, chart));
    const dates = new Set(reportedDays.map(({ date }) => date.text));
    const alone = byDay(creatinine.results.filter(({ date }) => !dates.has(date.text)));
    const computed = alone.map(([first]) => (first === undefined ? null : computedDay(first, chart)));
    const unreadable = [...reported.unusable, ...creatinine.unusable].filter((one) => !isOn(one, dates));
    const days = [...reportedDays, ...computed.filter((day) => day !== null)].sort(newestFirst);
    const hidden = [
      ...unreadable.map(({ date }) => date ?? null),
      ...alone.flatMap(([first], index) =>
        first === undefined || computed[index] != null ? [] : [first.date],
      ),
    ];
    const complete = reported.complete && creatinine.complete;
    if (days.length > 0)
      return known(
        { days, hidden, complete },
        days.flatMap(({ evidence }) => evidence),
      );
    if (!complete) return unknown(reported.complete ? creatinine.reason : reported.reason);
    return hidden.length > 0 ? unknown('unreadable', unreadable.map(unusableEvidence)) : absent;
  });
}

function byDay(results: readonly Result[]): readonly (readonly Result[])[] {
  return [...Map.groupBy(results, ({ date }) => date.text).values()];
}

function isOn({ date }: { readonly date?: FhirDate }, dates: ReadonlySet<string>): boolean {
  return date !== undefined && dates.has(date.text);
}

function newestFirst(a: EgfrDay, b: EgfrDay): number {
  return b.date.last - a.date.last || b.date.first - a.date.first;
}

function reportedDay(sameDay: readonly Result[], chart: Chart): readonly EgfrDay[] {
  const chosen = eGfrOfDay(sameDay, chart);
  if (chosen === undefined) return [];
  const { quantity, date, roles } = chosen;
  const race = patternOf(chart.definitions.kidney.raceSpecificRolePattern, '');
  return [
    {
      date,
      ...levelOf(quantity, chart),
      basis: 'egfr',
      raceSpecific: roles.some((role) => race.test(role)),
      evidence: [resultEvidence(chosen)],
    },
  ];
}

function levelOf(
  quantity: Quantity,
  chart: Chart,
): Pick<EgfrDay, 'eGfr' | 'comparator' | 'stage' | 'threeOrMore'> {
  const limit = (stage: string) => ({ value: stageFloor(chart, stage), unit: quantity.canonicalUnit });
  const threeOrMore = isBelow(quantity, limit('G2'));
  const { canonical: eGfr, comparator } = quantity;
  if (comparator === undefined) return { eGfr, stage: stageOf(eGfr, chart), threeOrMore };
  // "< 15" leaves only the last stage; any other bound leaves several.
  const [last, previous] = [...chart.definitions.kidney.stages].sort((a, b) => a.from - b.from);
  const isLast = previous !== undefined && isBelow(quantity, limit(previous.stage)) === true;
  return { eGfr, comparator, stage: isLast ? (last?.stage ?? null) : null, threeOrMore };
}

/** Null when sex or age on that day is not known, or the creatinine is only a bound. */
function computedDay(creatinine: Result, chart: Chart): EgfrDay | null {
  const { quantity, date } = creatinine;
  const [years, who] = [ageAt(chart, date.first), sex(chart)];
  if (years.state !== 'known' || years.value.min !== years.value.max || who.state !== 'known') return null;
  if (quantity.comparator !== undefined) return null;
  const eGfr = ckdEpi2021({
    creatinineMgDl: quantity.canonical,
    ageYears: years.value.min,
    sex: who.value,
  });
  if (eGfr === null) return null;
  return {
    date,
    eGfr,
    stage: stageOf(eGfr, chart),
    threeOrMore: eGfr < stageFloor(chart, 'G2'),
    basis: 'creatinine',
    raceSpecific: false,
    evidence: [resultEvidence(creatinine)],
  };
}

/** Whether something that gives no eGFR may lie after a date (and, when given, before another). */
export function mayHide({ hidden }: EgfrHistory, after: FhirDate, before?: FhirDate): boolean {
  return hidden.some(
    (date) =>
      date === null || (mayBeNewer(date, after) && (before === undefined || date.first <= before.last)),
  );
}
