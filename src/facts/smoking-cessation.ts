/**
 * Support to stop smoking: counselling and therapy (Procedure), referrals (ServiceRequest) and drugs.
 *
 * @see rules.md R26; clarifications R26 (bupropion counts only as Zyban)
 */
import { gapIn, once, sourceOf, type Chart } from './chart.ts';
import { codingsOf, textsOf } from './concepts.ts';
import { performedOn } from './conditions.ts';
import { absent, anyIn, anyOf, known, unknown, type Evidence, type Fact, type Tri } from './fact.ts';
import { isoDay, readFhirDate, type FhirDate } from './fhir-date.ts';
import { drugEvidence, drugHistory, isOn, onDrug, type DrugEntry } from './medications.ts';
import { ordersFor } from './orders.ts';
import type { Resource, UnknownReason } from './record.ts';
import { inWindow, type Window } from './results.ts';
import { patternOf } from './pattern.ts';

const DRUGS = 'smokingCessationDrugs';

interface SupportEntry {
  /** Days on which it was ordered, given or ended; empty when none can be read. */
  readonly dates: readonly FhirDate[];
  /** Goes on today, whatever its dates; undefined when its status leaves that open. */
  readonly goesOn: Tri;
  /** Undefined when its status does not tell whether it came to anything. */
  readonly counts: true | undefined;
  readonly evidence: Evidence;
}

export interface CessationSupport {
  readonly entries: readonly SupportEntry[];
  /** Every search that could hold support was complete and every current drug could be identified. */
  readonly complete: boolean;
}

/** Every entry of the record that is support to stop smoking, of any date; absent after complete searches. */
export function cessationSupport(chart: Chart): Fact<CessationSupport> {
  return once(chart, 'cessationSupport', () => {
    const entries = [...procedures(chart), ...orders(chart), ...drugs(chart)];
    const gap = gapReason(chart);
    if (entries.length > 0)
      return known(
        { entries, complete: gap === undefined },
        entries.map(({ evidence }) => evidence),
      );
    return gap === undefined ? absent : unknown(gap);
  });
}

/** Was there support in the window? Undated entries, open statuses and incomplete searches leave it open. */
export function supportedWithin(support: Fact<CessationSupport>, window: Window): Tri {
  if (support.state !== 'known') return support.state === 'absent' ? false : undefined;
  const { entries, complete } = support.value;
  const states = entries.map(({ dates, goesOn, counts }): Tri => {
    const dated = dates.length === 0 ? undefined : anyIn(dates.map((date) => inWindow(date, window)));
    const inTime = anyOf(goesOn, dated);
    return inTime === true ? counts : inTime;
  });
  return anyIn([...states, complete ? false : undefined]);
}

function gapReason(chart: Chart): UnknownReason | undefined {
  const gap = gapIn(chart, 'procedures', 'serviceRequests', 'medicationRequests', 'medicationStatements');
  if (gap !== undefined) return gap.reason;
  // A current drug without any name may be one of these.
  const current = onDrug(chart, DRUGS, 'gap');
  return current.state === 'unknown' && current.reason === 'unreadable' ? current.reason : undefined;
}

const DONE: ReadonlySet<unknown> = new Set(['completed', 'in-progress', 'stopped']);
const NOT_DONE: ReadonlySet<unknown> = new Set(['not-done', 'entered-in-error']);

function procedures(chart: Chart): readonly SupportEntry[] {
  const { roles, textPattern } = chart.definitions.smokingCessation;
  const words = patternOf(textPattern);
  return chart.resources('procedures').flatMap((resource) => {
    const { status } = resource as { status?: unknown };
    if (NOT_DONE.has(status) || !isSupport(resource, roles, words, chart)) return [];
    const date = performedOn(resource, chart)?.date ?? null;
    return [
      {
        dates: date === null ? [] : [date],
        goesOn: status === 'in-progress',
        counts: DONE.has(status) ? (true as const) : undefined,
        evidence: evidenceOf(sourceOf(resource), date),
      },
    ];
  });
}

function isSupport(resource: Resource, roles: readonly string[], words: RegExp, chart: Chart): boolean {
  const matches = chart.concepts.match(codingsOf(resource['code']));
  return (
    matches.some((match) => match.roles.some((role) => roles.includes(role))) ||
    textsOf(resource['code']).some((text) => words.test(text))
  );
}

const ORDERED: ReadonlySet<unknown> = new Set(['active', 'completed', 'draft', 'on-hold']);

function orders(chart: Chart): readonly SupportEntry[] {
  const { roles, textPattern } = chart.definitions.smokingCessation;
  return ordersFor(chart, roles, patternOf(textPattern))
    .filter(({ status }) => status !== 'revoked')
    .map(({ source, status, authored }) => ({
      dates: authored === null ? [] : [authored],
      goesOn: false,
      counts: ORDERED.has(status) ? (true as const) : undefined,
      evidence: evidenceOf(source, authored),
    }));
}

function drugs(chart: Chart): readonly SupportEntry[] {
  const history = drugHistory(chart, DRUGS);
  return history.state === 'known' ? history.value.map((entry) => drugSupport(entry, chart)) : [];
}

function drugSupport(entry: DrugEntry, chart: Chart): SupportEntry {
  const { authored, start, end, supplyDays } = entry;
  const supplied =
    start === null || supplyDays === null ? null : readFhirDate(isoDay(Math.floor(start.last + supplyDays)));
  return {
    dates: [authored, start, end, supplied]
      .filter((date) => date !== null)
      .filter(({ first }) => first <= chart.today + 1),
    goesOn: isOn(entry, 'gap', chart),
    counts: true,
    evidence: drugEvidence(entry, DRUGS),
  };
}

function evidenceOf(source: string, date: FhirDate | null): Evidence {
  return { source, what: 'cessationSupport', ...(date === null ? {} : { date }) };
}
