/** Smoking: the newest dated source wins, the status observation before the problem list on the same day (R26). */
import { gapIn, once, sourceOf, type Chart } from './chart.ts';
import { codingsOf, type ConceptRow } from './concepts.ts';
import { conditionEntries } from './conditions.ts';
import { absent, known, unknown, type Fact } from './fact.ts';
import type { FhirDate } from './fhir-date.ts';
import { collectedOn } from './results.ts';

export interface SmokingStatus {
  readonly current: boolean;
  readonly date: FhirDate | null;
  readonly source: string;
}

/** Last known smoking status; absent when nothing is recorded; unknown when the status cannot be read or obtained. */
export function smoking(chart: Chart): Fact<SmokingStatus> {
  return once(chart, 'smoking', () => {
    const all = [...observed(chart), ...diagnosed(chart)];
    const statuses = all.filter((one) => one !== null).sort(newestFirst);
    const [latest] = statuses;
    if (latest !== undefined)
      return known(latest, [
        { source: latest.source, what: 'smoking', ...(latest.date === null ? {} : { date: latest.date }) },
      ]);
    if (all.length > 0) return unknown('unreadable');
    const gap = gapIn(chart, 'socialHistory', 'conditions');
    return gap === undefined ? absent : unknown(gap.reason);
  });
}

/** By day; on one day the Observation before the problem list, then the later time, then what asks for action. */
function newestFirst(a: SmokingStatus, b: SmokingStatus): number {
  const day = ({ date }: SmokingStatus): number => date?.last ?? -Number.MAX_VALUE;
  const observed = ({ source }: SmokingStatus): number => (source.startsWith('Observation') ? 1 : 0);
  return (
    day(b) - day(a) ||
    observed(b) - observed(a) ||
    (b.date?.order ?? 0) - (a.date?.order ?? 0) ||
    Number(b.current) - Number(a.current)
  );
}

function observed(chart: Chart): (SmokingStatus | null)[] {
  const values = chart.concepts.concepts.get('smokingStatus')?.valueCodes ?? {};
  const current = codeSet(values['current']);
  const others = codeSet([...(values['former'] ?? []), ...(values['never'] ?? [])]);
  return (chart.observations.get('smokingStatus') ?? []).flatMap(
    ({ node, observation, source }): (SmokingStatus | null)[] => {
      const status = observation['status'];
      const date = collectedOn(observation, chart);
      if (date === 'outside-life' || typeof status !== 'string' || !chart.observationStatuses.has(status))
        return [];
      const codes = codingsOf(node['valueCodeableConcept']).map(({ code }) => code);
      if (codes.some((code) => current.has(code))) return [{ current: true, date, source }];
      return codes.some((code) => others.has(code)) ? [{ current: false, date, source }] : [null];
    },
  );
}

function codeSet(rows: readonly ConceptRow[] | undefined): ReadonlySet<string> {
  return new Set((rows ?? []).filter(({ verification }) => verification !== 'none').map(({ code }) => code));
}

function diagnosed(chart: Chart): SmokingStatus[] {
  return conditionEntries(chart)
    .filter(({ isActive, matches }) => isActive && matches.has('tobaccoUse'))
    .map(({ event, resource }) => ({ current: true, date: event?.date ?? null, source: sourceOf(resource) }));
}
