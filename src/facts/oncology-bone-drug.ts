/**
 * Bone drugs in the dose given against metastases: denosumab 120 mg, zoledronic acid 4 mg.
 *
 * Strength unreadable is not read as one of them (clarifications R02, R04).
 */
import { gapIn, once, type Chart } from './chart.ts';
import { absent, anyOf, known, unknown, type Evidence, type Fact, type Tri } from './fact.ts';
import { drugEntries, drugEvidence, isOn, NEVER_USED, type DrugEntry } from './medications.ts';
import { inWindow, lastMonths } from './results.ts';

const REGIMENS = [
  { concept: 'denosumab', role: 'oncology120' },
  { concept: 'bisphosphonates', role: 'zol4' },
] as const;

/**
 * On such a drug: active, or an entry of the last months, because an infusion is a short order.
 *
 * @returns unknown when an entry is on hold or undated, or when a list is incomplete.
 */
export function oncologyBoneDrug(chart: Chart): Fact<readonly DrugEntry[]> {
  return once(chart, 'oncologyBoneDrug', () => {
    const found = drugEntries(chart).filter(
      (entry) => conceptOf(entry) !== undefined && !NEVER_USED.has(entry.status),
    );
    const current = found.filter((entry) => isCurrent(entry, chart) === true);
    if (current.length > 0) return known(current, evidence(current));
    const open = found.filter((entry) => isCurrent(entry, chart) === undefined);
    if (open.length > 0) return unknown('ambiguous', evidence(open));
    const gap = gapIn(chart, 'medicationRequests', 'medicationStatements');
    return gap === undefined ? absent : unknown(gap.reason);
  });
}

function conceptOf({ matches }: DrugEntry): string | undefined {
  return REGIMENS.find(({ concept, role }) => matches.get(concept)?.roles.includes(role) === true)?.concept;
}

function evidence(entries: readonly DrugEntry[]): readonly Evidence[] {
  return entries.map((entry) => drugEvidence(entry, conceptOf(entry) ?? ''));
}

function isCurrent(entry: DrugEntry, chart: Chart): Tri {
  const written = entry.start ?? entry.authored;
  const window = lastMonths(chart.definitions.hormoneDeprivation.oncologyDrugMonths, chart.today);
  return anyOf(isOn(entry, 'gap', chart), written === null ? undefined : inWindow(written, window));
}
