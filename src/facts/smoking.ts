/** Smoking: the newest dated source wins, the status observation before the problem list on the same day (R26). */
import { isJsonObject } from '../json.ts';
import { gapIn, once, type Chart } from './chart.ts';
import { codingsOf, type ConceptRow } from './concepts.ts';
import { conditionEntries, conditionEvidence } from './conditions.ts';
import { absent, known, unknown, type Evidence, type Fact } from './fact.ts';
import { readFhirDate, type FhirDate } from './fhir-date.ts';
import type { Resource } from './record.ts';
import { collectedOn, mayBeNewer } from './results.ts';

export interface SmokingStatus {
  readonly current: boolean;
  /** Day of the observation, or of the event that the problem list names (G5): decides which source is newest. */
  readonly date: FhirDate | null;
  /** Day on which the status was last written down: a problem that began long ago may have been recorded lately. */
  readonly recorded: FhirDate | null;
  readonly isObserved: boolean;
  readonly source: string;
  /** Nothing newer can be hidden: both searches were complete, and no other status is, or may be, newer and different. */
  readonly settled: boolean;
}

interface Status extends Omit<SmokingStatus, 'settled'> {
  readonly evidence: Evidence;
}

interface Unreadable {
  readonly unreadable: true;
  readonly date: FhirDate | null;
}

/** Last known smoking status; absent when nothing is recorded; unknown when the status cannot be read or obtained. */
export function smoking(chart: Chart): Fact<SmokingStatus> {
  return once(chart, 'smoking', () => {
    const all = [...observed(chart), ...diagnosed(chart)];
    const statuses = all.filter((one): one is Status => !('unreadable' in one)).sort(newestFirst);
    const [latest] = statuses;
    const gap = gapIn(chart, 'socialHistory', 'conditions');
    if (latest !== undefined) {
      const { evidence, ...status } = latest;
      const settled = gap === undefined && !all.some((one) => mayOvertake(one, latest));
      return known({ ...status, settled }, [evidence]);
    }
    if (all.length > 0) return unknown('unreadable');
    return gap === undefined ? absent : unknown(gap.reason);
  });
}

/** By day; on one day the Observation before the problem list, then the later time, then what asks for action. */
function newestFirst(a: Status, b: Status): number {
  const day = ({ date }: Status): number => date?.last ?? -Number.MAX_VALUE;
  return (
    day(b) - day(a) ||
    Number(b.isObserved) - Number(a.isObserved) ||
    (b.date?.order ?? 0) - (a.date?.order ?? 0) ||
    Number(b.current) - Number(a.current) ||
    (a.source < b.source ? 1 : -1)
  );
}

/** A status that cannot be read and may be newer; or one that says otherwise, with dates that do not tell which is newer. */
function mayOvertake(one: Status | Unreadable, latest: Status): boolean {
  if ('unreadable' in one)
    return one.date === null || latest.date === null || mayBeNewer(one.date, latest.date);
  if (one.current === latest.current) return false;
  if (one.date === null || latest.date === null) return latest.date === null;
  return one.date.last >= latest.date.first && !isDay(one.date, latest.date);
}

function isDay(...dates: readonly FhirDate[]): boolean {
  return dates.every(({ first, last }) => first === last);
}

/** Statuses of an Observation that say nothing about smoking: void, or not yet a result. */
const NO_STATUS: ReadonlySet<unknown> = new Set([
  'cancelled',
  'entered-in-error',
  'preliminary',
  'registered',
]);

function observed(chart: Chart): (Status | Unreadable)[] {
  const values = chart.concepts.concepts.get('smokingStatus')?.valueCodes ?? {};
  const current = codeSet(values['current']);
  const others = codeSet([...(values['former'] ?? []), ...(values['never'] ?? [])]);
  return (chart.observations.get('smokingStatus') ?? []).flatMap(
    ({ node, observation, source }): (Status | Unreadable)[] => {
      const status = observation['status'];
      const date = statedOn(observation, chart);
      if (date === 'outside-life' || NO_STATUS.has(status)) return [];
      const codes = codingsOf(node['valueCodeableConcept']).map(({ code }) => code);
      const isCurrent = codes.some((code) => current.has(code));
      const isReadable = typeof status === 'string' && chart.observationStatuses.has(status);
      if (!isReadable || !(isCurrent || codes.some((code) => others.has(code))))
        return [{ unreadable: true, date }];
      const evidence = { source, what: 'smoking', ...(date === null ? {} : { date }) };
      return [{ current: isCurrent, date, recorded: date, isObserved: true, source, evidence }];
    },
  );
}

/** A status that goes on since 1998 (a period without an end) was stated when it was issued. */
function statedOn(observation: Resource, chart: Chart): ReturnType<typeof collectedOn> {
  const date = collectedOn(observation, chart);
  const { effectivePeriod: period } = observation as { effectivePeriod?: unknown };
  const goesOn = isJsonObject(period) && period['end'] === undefined && date !== 'outside-life';
  return goesOn ? later(date, notAhead(observation['issued'], chart)) : date;
}

function notAhead(value: unknown, { today }: Chart): FhirDate | null {
  const date = readFhirDate(value);
  return date !== null && date.first <= today + 1 ? date : null;
}

function codeSet(rows: readonly ConceptRow[] | undefined): ReadonlySet<string> {
  return new Set((rows ?? []).filter(({ verification }) => verification !== 'none').map(({ code }) => code));
}

function diagnosed(chart: Chart): Status[] {
  return conditionEntries(chart)
    .filter(({ isActive, matches }) => isActive && matches.has('tobaccoUse'))
    .map((entry) => {
      const date = entry.event?.date ?? null;
      const recorded = notAhead(entry.resource['recordedDate'], chart);
      return {
        current: true,
        date,
        recorded: later(date, recorded),
        isObserved: false,
        source: entry.source,
        evidence: conditionEvidence(entry, 'smoking'),
      };
    });
}

function later(a: FhirDate | null, b: FhirDate | null): FhirDate | null {
  if (a === null || b === null) return a ?? b;
  return a.last >= b.last ? a : b;
}
