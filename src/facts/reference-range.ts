/** The reference range that a laboratory sends with a result (units.md 2): which one is the patient's, and its bounds. */
import { isJsonObject } from '../json.ts';
import type { Chart } from './chart.ts';
import { codingsOf } from './concepts.ts';
import { ageOn, type FhirDate } from './fhir-date.ts';
import { unitName } from './quantity.ts';
import type { Result, Series } from './results.ts';

/** The normal range of a report, in the unit of the report. */
export interface Range {
  readonly low?: number;
  readonly high?: number;
}

/**
 * The laboratory's own normal range for this patient's age; empty when none, several, one in another unit, or one that cannot
 * be meant is given.
 */
export function referenceRange(result: Result, chart: Chart): Range {
  const { node, observation, quantity, date } = result;
  const all = node['referenceRange'] ?? observation['referenceRange'];
  const ranges = (Array.isArray(all) ? all.filter(isJsonObject) : []).filter(
    (range) => isNormalRange(range) && fitsAge(range['age'], date, chart),
  );
  const [range] = ranges;
  if (range === undefined || ranges.length > 1) return {};
  const bound = (key: 'low' | 'high'): Range => {
    const limit = range[key];
    if (!isJsonObject(limit) || typeof limit['value'] !== 'number') return {};
    const unit = limit['code'] ?? limit['unit'];
    const same =
      unit === undefined
        ? isPlausible(limit['value'], result, chart)
        : typeof unit === 'string' && unitName(unit, chart.definitions.units) === quantity.unit;
    return same ? { [key]: limit['value'] } : {};
  };
  const { low, high } = { ...bound('low'), ...bound('high') };
  // 0 to 0, or a range turned round, is what a laboratory system sends in place of none.
  return low !== undefined && high !== undefined && low >= high
    ? {}
    : { ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }) };
}

/** A bound without a unit is taken in the unit of the value, unless that is no possible value: 2.1 under mg/dL of calcium. */
function isPlausible(bound: number, { quantity, concept }: Result, chart: Chart): boolean {
  const [low, high] = chart.concepts.concepts.get(concept)?.plausibleRange ?? [-Infinity, Infinity];
  const canonical = (bound * quantity.canonical) / quantity.value;
  return bound === 0 || (canonical >= low && canonical <= high);
}

/** Critical, therapeutic and other ranges travel beside the normal one; without a type it is the normal one. */
function isNormalRange({ type }: Readonly<Record<string, unknown>>): boolean {
  const codes = codingsOf(type).map(({ code }) => code);
  return codes.length === 0 || codes.includes('normal');
}

function fitsAge(span: unknown, on: FhirDate, chart: Chart): boolean {
  if (!isJsonObject(span) || chart.birth === null) return true;
  const years = ageOn(chart.birth, on.first);
  const limit = (key: 'low' | 'high'): number | null => {
    const end = span[key];
    return isJsonObject(end) && typeof end['value'] === 'number' && isYears(end['code'] ?? end['unit'])
      ? end['value']
      : null;
  };
  const [low, high] = [limit('low'), limit('high')];
  return (low === null || years.max >= low) && (high === null || years.min <= high);
}

function isYears(unit: unknown): boolean {
  return unit === 'a' || unit === 'years' || unit === 'year';
}

/** A series that also knows the range of each result: for analytes whose assays are not interchangeable. */
export interface RangedSeries extends Series {
  readonly ranges: ReadonlyMap<Result, Range>;
}

export function withRanges(series: Series, chart: Chart): RangedSeries {
  return {
    ...series,
    ranges: new Map(series.results.map((result) => [result, referenceRange(result, chart)])),
  };
}
