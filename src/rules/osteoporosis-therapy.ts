/**
 * Osteoporosis therapy over time: on it now, a late denosumab dose, a bisphosphonate that ended (clarifications R08, G19).
 *
 * Orders and statements are read, doses given are not: every date is that of an entry.
 */
import { allOf, anyIn, has, not, test, type Fact, type Tri } from '../facts/fact.ts';
import { isoDay, readFhirDate, type Day, type FhirDate } from '../facts/fhir-date.ts';
import type { Facts } from '../facts/index.ts';
import type { DrugEntry } from '../facts/medications.ts';
import { inWindow, type Window } from '../facts/results.ts';

/** What "on therapy" is read from; a rule that uses this file names them in its `inputs`. */
export const THERAPY_INPUTS = [
  'osteoporosisTherapy',
  'osteoporosisTherapyCoded',
  'osteoporosisTherapyHistory',
  'zoledronicAcidHistory',
  'denosumabHistory',
  'bisphosphonateHistory',
] as const;
export type TherapyFacts = Pick<Facts, (typeof THERAPY_INPUTS)[number]>;

export interface TherapyWindows {
  /** One infusion of zoledronic acid, one dose of denosumab, still count as therapy. */
  readonly zoledronate: Window;
  readonly denosumab: Window;
}

export interface TherapyState {
  readonly treated: Tri;
  /** Inputs that leave `treated` open. */
  readonly open: readonly (typeof THERAPY_INPUTS)[number][];
}

/** On osteoporosis therapy: an active drug, its problem-list code, or an infusion or injection that still acts. */
export function therapyState(facts: TherapyFacts, windows: TherapyWindows, today: Day): TherapyState {
  const states = {
    osteoporosisTherapy: has(facts.osteoporosisTherapy),
    osteoporosisTherapyCoded: has(facts.osteoporosisTherapyCoded),
    zoledronicAcidHistory: usedWithin(facts.zoledronicAcidHistory, windows.zoledronate, today),
    denosumabHistory: usedWithin(facts.denosumabHistory, windows.denosumab, today),
  };
  const names = Object.keys(states) as (keyof typeof states)[];
  return {
    treated: anyIn(Object.values(states)),
    open: names.filter((name) => states[name] === undefined),
  };
}

function usedWithin(history: Fact<readonly DrugEntry[]>, window: Window, today: Day): Tri {
  return test(history, (entries) =>
    anyIn(
      entries.map((entry) => {
        const date = lastUse(entry, today);
        return date === null ? undefined : inWindow(date, window);
      }),
    ),
  );
}

/** The end of an entry when it has passed, else its start, else when it was written. */
function lastUse({ start, end }: DrugEntry, today: Day): FhirDate | null {
  return end !== null && end.first <= today ? end : start;
}

export interface DenosumabGap {
  readonly holds: Tri;
  /** Date of the latest 60 mg entry. */
  readonly date: FhirDate | null;
}

const NO_GAP: DenosumabGap = { holds: false, date: null };
const ONCOLOGY_DOSE = 'oncology120';

/**
 * A last 60 mg denosumab order that is late, with no other agent on it or after it. Strength unreadable: read as 60 mg.
 *
 * @param treated from `therapyState`: somebody on therapy has no gap.
 */
export function denosumabGap(
  { denosumabHistory, osteoporosisTherapyHistory }: TherapyFacts,
  treated: Tri,
  window: Window,
  today: Day,
): DenosumabGap {
  if (denosumabHistory.state === 'absent' || treated === true) return NO_GAP;
  if (denosumabHistory.state === 'unknown') return { holds: undefined, date: null };
  const sixty = new Set(denosumabHistory.value.filter(isOsteoporosisDose));
  if (sixty.size === 0) return NO_GAP;
  const date = newest([...sixty].map((entry) => lastUse(entry, today)));
  if (date === null) return { holds: undefined, date };
  const followed = test(osteoporosisTherapyHistory, (entries) =>
    anyIn(
      entries
        .filter((entry) => !sixty.has(entry))
        .map((entry) => {
          const used = lastUse(entry, today);
          return used === null ? undefined : used.last >= date.first;
        }),
    ),
  );
  return { holds: allOf(inWindow(date, window), not(treated), not(followed)), date };
}

function isOsteoporosisDose({ matches }: DrugEntry): boolean {
  return matches.get('denosumab')?.roles.includes(ONCOLOGY_DOSE) !== true;
}

/** The newest date; null when one is missing, which may be newer. */
function newest(dates: readonly (FhirDate | null)[]): FhirDate | null {
  const known = dates.filter((date) => date !== null);
  if (known.length < dates.length) return null;
  return known.sort((a, b) => b.order - a.order)[0] ?? null;
}

/** End of the newest bisphosphonate entry, when it certainly lies in the window (a possible drug holiday). */
export function endedBisphosphonate(
  history: Fact<readonly DrugEntry[]>,
  window: Window,
  today: Day,
): FhirDate | null {
  if (history.state !== 'known') return null;
  const ends = history.value.map((entry) => endOf(entry, today)).filter((date) => date !== null);
  return newest(ends.filter((date) => inWindow(date, window) === true));
}

/** The stated end, else the end of the supply, else the start. */
function endOf(entry: DrugEntry, today: Day): FhirDate | null {
  const date = lastUse(entry, today);
  if (date === null || date === entry.end || entry.supplyDays === null) return date;
  return readFhirDate(isoDay(Math.min(date.last + entry.supplyDays, today)));
}

/** The newest dated entry of any osteoporosis drug. */
export function newestTherapy(history: Fact<readonly DrugEntry[]>, today: Day): FhirDate | null {
  if (history.state !== 'known') return null;
  return newest(history.value.map((entry) => lastUse(entry, today)).filter((date) => date !== null));
}
