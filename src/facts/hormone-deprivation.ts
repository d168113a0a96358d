/**
 * Hormone-lowering cancer treatment: aromatase inhibitor in a woman, GnRH treatment in a man with prostate cancer.
 *
 * @see rules.md R21 (population); clarifications R21 (fertility use, antiandrogens alone, 6 months)
 */
import { gapIn, once, type Chart } from './chart.ts';
import { activeCondition, conditionEver } from './conditions.ts';
import { age, isAtLeastAge, isSex, sex, type Sex } from './demographics.ts';
import {
  absent,
  allOf,
  anyIn,
  anyOf,
  evidenceOf,
  has,
  known,
  test,
  unknown,
  type Evidence,
  type Fact,
  type Tri,
} from './fact.ts';
import { addMonths, type FhirDate } from './fhir-date.ts';
import { drugEvidence, drugHistory, onDrug, type DrugEntry } from './medications.ts';
import { drafts } from './orders.ts';

export type HormoneTreatment = 'aromataseInhibitor' | 'androgenDeprivation';

const CONCEPTS = {
  aromataseInhibitor: 'aromataseInhibitors',
  androgenDeprivation: 'androgenDeprivation',
} as const satisfies Readonly<Record<HormoneTreatment, string>>;

/** A GnRH agent; an antiandrogen alone is not androgen deprivation (clarifications R21). */
export function isGnrh({ matches }: DrugEntry): boolean {
  const match = matches.get('androgenDeprivation');
  // Product codes carry no role, so what is not known as an antiandrogen is a GnRH agent.
  return match !== undefined && (match.roles.includes('gnrh') || !matches.has('antiandrogens'));
}

interface HormoneFacts {
  readonly sex: Fact<Sex>;
  readonly aromataseInhibitors: Fact<readonly DrugEntry[]>;
  readonly androgenDeprivation: Fact<readonly DrugEntry[]>;
}

/** A woman on an aromatase inhibitor, for whatever reason and however long. */
export function takesAromataseInhibitor({ sex, aromataseInhibitors }: HormoneFacts): Tri {
  return allOf(isSex(sex, 'female'), has(aromataseInhibitors));
}

/** A man on a GnRH agent, for whatever reason and however long. */
export function takesGnrhAgent({ sex, androgenDeprivation }: HormoneFacts): Tri {
  return allOf(
    isSex(sex, 'male'),
    test(androgenDeprivation, (entries) => entries.some(isGnrh)),
  );
}

export interface HormoneDeprivation {
  readonly treatment: HormoneTreatment;
  /** First dated entry of the class in this record. */
  readonly since: FhirDate;
}

/**
 * On hormone-lowering treatment whose first entry is at least six months old.
 *
 * @returns absent for men on an aromatase inhibitor, younger women without breast cancer (fertility use), a GnRH agent
 * without active prostate cancer, antiandrogens alone, and shorter use; unknown when sex, age, a list or the start is open.
 */
export function hormoneDeprivation(chart: Chart): Fact<HormoneDeprivation> {
  return once(chart, 'hormoneDeprivation', () => {
    const facts = [longTerm(chart, 'aromataseInhibitor'), longTerm(chart, 'androgenDeprivation')];
    return (
      facts.find(({ state }) => state === 'known') ?? facts.find(({ state }) => state === 'unknown') ?? absent
    );
  });
}

function longTerm(chart: Chart, treatment: HormoneTreatment): Fact<HormoneDeprivation> {
  const current = ofClass(chart, treatment, onDrug(chart, CONCEPTS[treatment], 'hazard'));
  if (current.state === 'absent') return absent;
  const { holds, reason, evidence } = indication(chart, treatment);
  const { since, long } = exposure(chart, treatment);
  if (holds === false || long === false) return absent;
  if (current.state === 'unknown') return current;
  if (holds === undefined) return reason;
  if (long === undefined || since === null) return unknown('ambiguous', current.evidence);
  return known({ treatment, since }, [...current.evidence, ...evidence]);
}

/** Entries of the class only: of androgen deprivation the GnRH agents. */
function ofClass(
  chart: Chart,
  treatment: HormoneTreatment,
  fact: Fact<readonly DrugEntry[]>,
): Fact<readonly DrugEntry[]> {
  if (treatment === 'aromataseInhibitor' || fact.state !== 'known') return fact;
  const agents = fact.value.filter(isGnrh);
  if (agents.length > 0)
    return known(
      agents,
      agents.map((entry) => drugEvidence(entry, CONCEPTS[treatment])),
    );
  const gap = gapIn(chart, 'medicationRequests', 'medicationStatements');
  return gap === undefined ? absent : unknown(gap.reason);
}

interface Indication {
  readonly holds: Tri;
  /** Why it is not known. */
  readonly reason: Fact<never>;
  readonly evidence: readonly Evidence[];
}

/**
 * Given against cancer: a woman with breast cancer now or ever, or too old for fertility treatment; a man with active
 * prostate cancer.
 */
function indication(chart: Chart, treatment: HormoneTreatment): Indication {
  const isWomans = treatment === 'aromataseInhibitor';
  const cancer = isWomans ? conditionEver(chart, 'breastCancer') : activeCondition(chart, 'prostateCancer');
  const { aromataseInhibitorFromAgeYears } = chart.definitions.hormoneDeprivation;
  const indicated = isWomans
    ? anyOf(has(cancer), isAtLeastAge(age(chart), aromataseInhibitorFromAgeYears))
    : has(cancer);
  return {
    holds: allOf(isSex(sex(chart), isWomans ? 'female' : 'male'), indicated),
    reason: cancer.state === 'unknown' ? cancer : unknown('ambiguous'),
    evidence: evidenceOf(cancer),
  };
}

interface Exposure {
  readonly since: FhirDate | null;
  readonly long: Tri;
}

/** Some entry of the class, ended ones too, is old enough: a renewal does not restart the clock. */
function exposure(chart: Chart, treatment: HormoneTreatment): Exposure {
  const limit = addMonths(chart.today, -chart.definitions.hormoneDeprivation.months);
  const history = ofClass(chart, treatment, drugHistory(chart, CONCEPTS[treatment]));
  const entries = history.state === 'known' ? history.value : [];
  const dates = entries.map(({ start, authored }) => start ?? authored);
  const gap = gapIn(chart, 'medicationRequests', 'medicationStatements');
  const [since] = dates.filter((date) => date !== null).sort((a, b) => a.order - b.order);
  return {
    since: since ?? null,
    long: anyIn([
      ...dates.map((date) => (date === null ? undefined : isOnOrBefore(date, limit))),
      gap === undefined ? false : undefined,
    ]),
  };
}

function isOnOrBefore(date: FhirDate, day: number): Tri {
  if (date.last <= day) return true;
  return date.first > day ? false : undefined;
}

export interface HormoneDrafts {
  readonly treatment: HormoneTreatment;
  readonly entries: readonly DrugEntry[];
  /** No earlier order or statement of the class. */
  readonly first: Tri;
}

/**
 * Hormone-lowering treatment among the drafts of this call, for somebody who has the indication; taken as long term.
 *
 * @returns unknown when the indication is open or a draft cannot be identified.
 */
export function hormoneDeprivationDrafts(chart: Chart): Fact<HormoneDrafts> {
  return once(chart, 'hormoneDeprivationDrafts', () => {
    const facts = [drafted(chart, 'aromataseInhibitor'), drafted(chart, 'androgenDeprivation')];
    return (
      facts.find(({ state }) => state === 'known') ?? facts.find(({ state }) => state === 'unknown') ?? absent
    );
  });
}

function drafted(chart: Chart, treatment: HormoneTreatment): Fact<HormoneDrafts> {
  const written = drafts(chart, CONCEPTS[treatment]);
  if (written.state !== 'known') return written;
  const entries = treatment === 'aromataseInhibitor' ? written.value : written.value.filter(isGnrh);
  if (entries.length === 0) return absent;
  const { holds, reason, evidence } = indication(chart, treatment);
  if (holds === undefined) return reason;
  if (!holds) return absent;
  return known({ treatment, entries, first: isFirst(chart, treatment, entries) }, [
    ...entries.map((entry) => drugEvidence(entry, CONCEPTS[treatment])),
    ...evidence,
  ]);
}

function isFirst(chart: Chart, treatment: HormoneTreatment, written: readonly DrugEntry[]): Tri {
  const history = ofClass(chart, treatment, drugHistory(chart, CONCEPTS[treatment]));
  // The EHR may list the very draft among the orders already.
  const earlier =
    history.state === 'known'
      ? history.value.filter(({ source }) => !written.some((draft) => draft.source === source))
      : [];
  if (earlier.length > 0) return false;
  return gapIn(chart, 'medicationRequests', 'medicationStatements') === undefined ? true : undefined;
}
