/** Factors that raise fracture risk in diabetes (rules.md R19; ADA "multiple risk factors"): which hold, and how many. */
import type { ConditionEntry } from '../facts/conditions.ts';
import { anyOf, evidenceOf, has, test, type Evidence, type Fact, type Tri } from '../facts/fact.ts';
import { addMonths, type Day, type FhirDate } from '../facts/fhir-date.ts';
import type { FactName, Facts } from '../facts/index.ts';
import { isAbove, showQuantity, type Threshold } from '../facts/quantity.ts';
import { lastMonths, latestWithin, type Result } from '../facts/results.ts';
import type { Recommend } from './define-rule.ts';
import { showEvent } from './event-date.ts';

/** What the factors are read from; a rule that uses this file names them in its `inputs`. */
export const FACTOR_INPUTS = [
  'type1Diabetes',
  'type2Diabetes',
  'fractures',
  'glucocorticoid',
  'insulins',
  'sulfonylureas',
  'thiazolidinediones',
  'hba1c',
  'repeatedFalls',
  'peripheralNeuropathy',
] as const satisfies readonly FactName[];
type Inputs = Pick<Facts, (typeof FACTOR_INPUTS)[number]>;

export interface FactorLimits {
  readonly hba1cAbove: Threshold;
  readonly hba1cMonths: number;
  readonly durationYears: number;
}

export interface Factor {
  readonly holds: Tri;
  /** Lines of the Found block. */
  readonly found: readonly string[];
  readonly values: Recommend['values'];
  readonly because: readonly FactName[];
  readonly open: readonly FactName[];
}

export function factorsOf(facts: Inputs, limits: FactorLimits, today: Day): readonly Factor[] {
  return [
    fracture(facts),
    plain('glucocorticoid', facts),
    glucoseDrugs(facts),
    hba1c(facts, limits, today),
    plain('repeatedFalls', facts),
    plain('peripheralNeuropathy', facts),
    duration(facts, limits, today),
  ];
}

/** At least `wanted` factors? Undefined when the ones that are not known would decide. */
export function areEnough(factors: readonly Factor[], wanted: number): Tri {
  const held = factors.filter(({ holds }) => holds === true).length;
  if (held >= wanted) return true;
  return held + factors.filter(({ holds }) => holds === undefined).length >= wanted ? undefined : false;
}

function plain(name: 'glucocorticoid' | 'repeatedFalls' | 'peripheralNeuropathy', facts: Inputs): Factor {
  return { holds: has(facts[name]), found: [name], values: {}, because: [name], open: [name] };
}

function fracture({ fractures }: Inputs): Factor {
  const mechanismUnknown =
    fractures.state === 'known' && fractures.value.every((one) => one.mechanismUnknown);
  return {
    holds: has(fractures),
    found: ['fractures', ...(mechanismUnknown ? ['mechanismUnknown'] : [])],
    values: fractures.state === 'known' ? { fractureEvent: showEvent(evidenceOf(fractures)) } : {},
    because: ['fractures'],
    open: ['fractures'],
  };
}

const GLUCOSE_DRUGS = ['insulins', 'sulfonylureas', 'thiazolidinediones'] as const;

/** Insulin, sulfonylurea or thiazolidinedione: one factor, however many of them (rules.md R19). */
function glucoseDrugs(facts: Inputs): Factor {
  const taken = GLUCOSE_DRUGS.filter((name) => facts[name].state === 'known');
  return {
    holds: anyOf(...GLUCOSE_DRUGS.map((name) => has(facts[name]))),
    found: taken,
    values: {},
    because: taken,
    open: GLUCOSE_DRUGS.filter((name) => facts[name].state === 'unknown'),
  };
}

function hba1c({ hba1c: series }: Inputs, { hba1cAbove, hba1cMonths }: FactorLimits, today: Day): Factor {
  const latest: Fact<Result> = latestWithin(series, lastMonths(hba1cMonths, today));
  return {
    holds: test(latest, ({ quantity }) => isAbove(quantity, hba1cAbove)),
    found: ['hba1c'],
    values:
      latest.state === 'known'
        ? { hba1c: showQuantity(latest.value.quantity), hba1cDate: latest.value.date.text }
        : {},
    because: ['hba1c'],
    open: ['hba1c'],
  };
}

/** By onset only: the day an entry was written says nothing about the duration, which then does not count. */
function duration(facts: Inputs, { durationYears }: FactorLimits, today: Day): Factor {
  const since = earliestOnset(facts);
  const limit = addMonths(today, -12 * durationYears);
  return {
    holds: since !== null && since.last < limit,
    found: ['duration'],
    values: since === null ? {} : { since: since.text, durationYears },
    because: (['type1Diabetes', 'type2Diabetes'] as const).filter((name) => facts[name].state === 'known'),
    open: [],
  };
}

function earliestOnset(facts: Inputs): FhirDate | null {
  const dates = diabetesEntries(facts).map(({ event }) => (event?.kind === 'onset' ? event.date : null));
  return dates.filter((date) => date !== null).sort((a, b) => a.order - b.order)[0] ?? null;
}

function diabetesEntries({ type1Diabetes, type2Diabetes }: Inputs): readonly ConditionEntry[] {
  return [type1Diabetes, type2Diabetes].flatMap((fact) => (fact.state === 'known' ? fact.value : []));
}

/** The date of the oldest entry: the newest one may be a complication. */
export function showDiabetes(facts: Inputs): string {
  const dated = diabetesEvidence(facts).filter(({ date }) => date !== undefined);
  const [oldest] = dated.sort((a, b) => (a.date?.order ?? 0) - (b.date?.order ?? 0));
  return showEvent(oldest === undefined ? diabetesEvidence(facts) : [oldest]);
}

export function diabetesEvidence({ type1Diabetes, type2Diabetes }: Inputs): readonly Evidence[] {
  return [...evidenceOf(type1Diabetes), ...evidenceOf(type2Diabetes)];
}
