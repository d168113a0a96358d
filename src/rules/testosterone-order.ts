/**
 * The order part of R22: testosterone in the draft orders of a man with a recent infarction or stroke, a high haematocrit or
 * prostate cancer (D), or with osteoporosis or a fragility fracture (C).
 *
 * Unverified codes count for D: it is a safety alert. A search that failed makes at most "could not check" (rules.md 0).
 */
import type { ConditionEntry } from '../facts/conditions.ts';
import { isAtLeastAge } from '../facts/demographics.ts';
import {
  anyIn,
  evidenceOf,
  has,
  isQueryFailure,
  test,
  type Evidence,
  type Fact,
  type Tri,
} from '../facts/fact.ts';
import type { Day } from '../facts/fhir-date.ts';
import type { FactName, Facts } from '../facts/index.ts';
import { isAbove, showQuantity, type Quantity, showNumber } from '../facts/quantity.ts';
import { inWindow, lastMonths, latestWithin, type Result, type Window } from '../facts/results.ts';
import { BONE_REASON_INPUTS, boneReasons } from './bone-reasons.ts';
import {
  lacking,
  notApplicable,
  type Finding,
  type ParameterValues,
  type Recommend,
  type Situation,
} from './define-rule.ts';
import { showEvent } from './event-date.ts';

export const ORDER_INPUTS = [
  'testosteroneDrafts',
  'activeTestosterone',
  'myocardialInfarction',
  'stroke',
  'hematocrit',
  'prostateCancer',
  ...BONE_REASON_INPUTS,
] as const satisfies readonly FactName[];

export const ORDER_PARAMETERS = {
  ageFrom: 'a',
  eventMonths: 'mo',
  hematocritStart: ['%', null],
  hematocritTherapy: ['%', null],
  hematocritMonths: 'mo',
  showCouldNotCheck: 'boolean',
} as const;

type Input = Pick<Facts, (typeof ORDER_INPUTS)[number] | 'age'>;
type Limits = ParameterValues<typeof ORDER_PARAMETERS>;

/** Precedence D, C (clarifications R22); the other true branch becomes lines of the card. The caller has checked the sex. */
export function testosteroneOrder(facts: Input, limits: Limits, { today }: Situation): Finding {
  const { testosteroneDrafts: drafts } = facts;
  if (drafts.state === 'absent') return notApplicable('no testosterone in the draft orders');
  if (drafts.state === 'unknown') return lacking('testosteroneDrafts');
  if (isAtLeastAge(facts.age, limits.ageFrom) === false) return notApplicable('below 18 years');
  const hazards = [
    ...eventHazards(facts, limits, today),
    hematocritHazard(facts, limits, today),
    cancer(facts),
  ];
  const bones = bonesOf(facts);
  const held = [...hazards, ...bones].filter(({ holds }) => holds === true);
  const [top] = held;
  if (top !== undefined)
    return { ...card(held, top, hazards.includes(top)), targets: drafts.value.map(({ source }) => source) };
  const failed = hazards.filter((hazard) => hazard.holds === undefined && hazard.failed);
  if (failed.length > 0 && limits.showCouldNotCheck) return couldNotCheck(failed);
  const open = [...hazards, ...bones].filter(({ holds }) => holds === undefined);
  return open.length === 0
    ? notApplicable('no hazard and no osteoporosis or fracture found')
    : lacking(...new Set(open.flatMap(({ open: names }) => names)));
}

/** A reason to speak; its key is that of the variant and of the Found line. */
interface Reason {
  readonly key: string;
  /** Variant where it is not the key. */
  readonly variant?: string;
  readonly holds: Tri;
  /** Not known because a search failed. */
  readonly failed: boolean;
  readonly fact: FactName;
  readonly open: readonly FactName[];
  readonly values: Recommend['values'];
  readonly evidence: readonly Evidence[];
  readonly why: readonly string[];
  readonly more?: readonly string[];
}

function eventHazards(facts: Input, { eventMonths }: Limits, today: Day): readonly Reason[] {
  const window = lastMonths(eventMonths, today);
  const isAmbiguous = ({ matches }: ConditionEntry): boolean => matches.has('strokeOrTia');
  const event = (
    key: string,
    fact: 'myocardialInfarction' | 'stroke',
    counts: (entry: ConditionEntry) => boolean,
  ): Reason => {
    const recent = recentEvidence(facts[fact], window, counts);
    return {
      key,
      variant: 'recentEvent',
      holds: test(facts[fact], (entries) =>
        anyIn(entries.filter(counts).map((entry) => lies(entry, window))),
      ),
      failed: isQueryFailure(facts[fact]),
      fact,
      open: [fact],
      values: recent.length === 0 ? {} : { eventMonths, [`${key}Date`]: showEvent(recent) },
      evidence: recent,
      why: ['recentEvent'],
    };
  };
  return [
    event('infarction', 'myocardialInfarction', () => true),
    event('stroke', 'stroke', (entry) => !isAmbiguous(entry)),
    event('strokeOrTia', 'stroke', isAmbiguous),
  ];
}

function lies({ event }: ConditionEntry, window: Window): Tri {
  return event === null ? undefined : inWindow(event.date, window);
}

/** Events that certainly lie in the window. */
function recentEvidence(
  fact: Fact<readonly ConditionEntry[]>,
  window: Window,
  counts: (entry: ConditionEntry) => boolean,
): readonly Evidence[] {
  if (fact.state !== 'known') return [];
  return fact.evidence.filter((_, index) => {
    const entry = fact.value[index];
    return entry !== undefined && counts(entry) && lies(entry, window) === true;
  });
}

/** Above 50 % before a start, above 54 % on treatment. Only the lower limit counts while treatment is not known. */
function hematocritHazard(facts: Input, limits: Limits, today: Day): Reason {
  const latest = latestWithin(facts.hematocrit, lastMonths(limits.hematocritMonths, today));
  const onTreatment = isOnTreatment(facts);
  const above = (limit: Limits['hematocritStart']): Tri =>
    test(latest, ({ quantity }) => isAbove(quantity, limit));
  const [start, therapy] = [above(limits.hematocritStart), above(limits.hematocritTherapy)];
  const holds =
    onTreatment === undefined ? (start === therapy ? start : undefined) : onTreatment ? therapy : start;
  const byTreatment = start !== therapy && start !== undefined && onTreatment === undefined;
  const key = onTreatment === false ? 'hematocritStart' : 'hematocritTherapy';
  return {
    key,
    holds,
    failed: byTreatment ? isQueryFailure(facts.activeTestosterone) : isQueryFailure(latest),
    fact: 'hematocrit',
    open: [byTreatment ? 'activeTestosterone' : 'hematocrit'],
    values: {
      ...(latest.state === 'known' ? hematocritValues(latest.value) : {}),
      [`${key}Limit`]: (onTreatment === false ? limits.hematocritStart : limits.hematocritTherapy).value,
    },
    evidence: evidenceOf(latest),
    why: ['hematocrit'],
  };
}

/** The drafts of this call are not treatment yet, should the list hold them already. */
function isOnTreatment({ activeTestosterone, testosteroneDrafts }: Input): Tri {
  const drafts = testosteroneDrafts.state === 'known' ? testosteroneDrafts.value : [];
  return test(activeTestosterone, (entries) =>
    entries.some(({ source }) => !drafts.some((draft) => draft.source === source)),
  );
}

function hematocritValues({ quantity, date }: Result): Recommend['values'] {
  return { hematocrit: showPercent(quantity), hematocritDate: date.text };
}

/** As reported; a fraction also in per cent. */
function showPercent(quantity: Quantity): string {
  const { unit, canonical, canonicalUnit, comparator } = quantity;
  if (unit === canonicalUnit) return showQuantity(quantity);
  const percent = [comparator, showNumber(canonical), canonicalUnit].filter((part) => part !== undefined);
  return `${showQuantity(quantity)} (${percent.join(' ')})`;
}

function cancer({ prostateCancer }: Input): Reason {
  const evidence = evidenceOf(prostateCancer);
  return {
    key: 'prostateCancer',
    holds: has(prostateCancer),
    failed: isQueryFailure(prostateCancer),
    fact: 'prostateCancer',
    open: ['prostateCancer'],
    values: evidence.length === 0 ? {} : { prostateCancerDate: showEvent(evidence) },
    evidence,
    why: ['prostateCancer'],
  };
}

/** Osteoporosis by diagnosis or T-score, fragility fracture ever. */
function bonesOf(facts: Input): readonly Reason[] {
  return boneReasons(facts).map(({ variant, fact, found: [key = variant, ...more], ...rest }) => {
    return { ...rest, key, variant, fact, open: [fact], more, why: ['notBoneTherapy'] };
  });
}

function card(held: readonly Reason[], top: Reason, isHazard: boolean): Recommend {
  return {
    outcome: 'recommend',
    variant: top.variant ?? top.key,
    values: Object.assign({}, ...held.map(({ values }) => values)) as Recommend['values'],
    found: ['draft', ...held.flatMap(({ key, more = [] }) => [key, ...more])],
    why: [...new Set(held.flatMap(({ why }) => why))],
    suggestions: [...(isHazard ? ['remove'] : []), 'endocrinology'],
    because: ['testosteroneDrafts', ...new Set(held.map(({ fact }) => fact))],
    triggers: held.flatMap(({ evidence }) => evidence),
  };
}

/** One card however many drafts there are (clarifications G25); the renderer lists what failed. */
function couldNotCheck(failed: readonly Reason[]): Recommend {
  return {
    outcome: 'recommend',
    variant: 'couldNotCheck',
    values: {},
    found: ['draft'],
    why: ['check'],
    because: ['testosteroneDrafts', ...new Set(failed.flatMap(({ open }) => open))],
  };
}
