/**
 * R12: blood pressure in people with a bone or heart condition: very high, above the limit on average, or not on file.
 *
 * Inputs: the conditions; blood pressure readings with their mean (G16); hypertension and blood pressure drugs, which part a
 * new finding (B) from a known one (D); age and repeated falls, which raise the limit. A single day gives no mean: lacking
 * data. A newer value that cannot be read makes both the newest reading and the mean unknown. Numbers, words and evidence:
 * cards/recommendations/blood-pressure-bone-heart.yaml.
 */
import { isOvertaken, newestPressures, type MeanPressure, type Pressure } from '../facts/blood-pressure.ts';
import { isAtLeastAge } from '../facts/demographics.ts';
import { allOf, anyIn, anyOf, has, not, test, unknown, type Fact, type Tri } from '../facts/fact.ts';
import type { FactName, Facts } from '../facts/index.ts';
import { doneWithin, lastDays, lastMonths } from '../facts/results.ts';
import {
  defineRule,
  lacking,
  notApplicable,
  type ParameterValues,
  type Recommend,
  type Situation,
} from './define-rule.ts';
import { risk, riskLines, riskValues, type Risk } from './risk.ts';

const RISKS = ['lowBmd', 'fractures', 'glucocorticoid', 'hormoneDeprivation', 'ckd', 'diabetes'] as const;
const INPUTS = [
  'age',
  'bloodPressure',
  'hypertension',
  'antihypertensives',
  'repeatedFalls',
  ...RISKS,
] as const satisfies readonly FactName[];

const PRESSURE = ['mm[Hg]', null] as const;
const PARAMETERS = {
  systolic: PRESSURE,
  diastolic: PRESSURE,
  highSystolic: PRESSURE,
  highDiastolic: PRESSURE,
  severeSystolic: PRESSURE,
  severeDiastolicAbove: PRESSURE,
  cautiousFromAge: 'a',
  severeDays: 'd',
  reviewMonths: 'mo',
  noneMonths: 'mo',
} as const;

type Inputs = Pick<Facts, (typeof INPUTS)[number]>;
type Limits = ParameterValues<typeof PARAMETERS>;

export const bloodPressureBoneHeart = defineRule({
  id: 'blood-pressure-bone-heart',
  inputs: INPUTS,
  parameters: PARAMETERS,

  evaluate(facts, limits, at) {
    const risks = RISKS.map((name) => risk(name, facts[name]));
    const atRisk = anyIn(risks.map(({ holds }) => holds));
    if (atRisk === false) return notApplicable('no bone or heart condition on record');
    const verdict = judge(facts, limits, at);
    const { severe, found, review, none } = verdict;
    const speaks = anyOf(severe, found, review, none);
    if (speaks === false)
      return notApplicable('blood pressure on file and below the limits, or reviewed lately');

    if (atRisk === undefined)
      return lacking(...risks.filter(({ holds }) => holds === undefined).map(({ name }) => name));
    if (speaks === undefined) return lacking(...openInputs(facts, limits, verdict));
    return card(
      facts,
      limits,
      verdict,
      risks.filter(({ holds }) => holds === true),
    );
  },
});

interface Verdict {
  readonly newest: readonly Pressure[];
  readonly mean: Fact<MeanPressure>;
  /** At the limits for everybody, and those for treatment in everybody. */
  readonly high: Tri;
  readonly cautious: Tri;
  /** Hypertension on the problem list, or a blood pressure drug. */
  readonly known: Tri;
  /** Branches C, B, D and A of the specification. */
  readonly severe: Tri;
  readonly found: Tri;
  readonly review: Tri;
  readonly none: Tri;
}

function judge(facts: Inputs, limits: Limits, { today, dropped }: Situation): Verdict {
  const { bloodPressure: readings, hypertension, antihypertensives } = facts;
  const newest = newestPressures(readings, lastDays(limits.severeDays, today));
  const mean = usableMean(facts);
  const high = test(mean, isAtLeast(limits.highSystolic.value, limits.highDiastolic.value));
  const raised = test(mean, isAtLeast(limits.systolic.value, limits.diastolic.value));
  const cautious = anyOf(isAtLeastAge(facts.age, limits.cautiousFromAge), has(facts.repeatedFalls));
  // High is also raised: where it is open which limit holds, only what both say counts.
  const elevated = allOf(raised, anyOf(high, not(cautious)));
  const known = anyOf(has(hypertension), has(antihypertensives));
  return {
    newest: newest ?? [],
    mean,
    high,
    cautious,
    known,
    severe: isSevere(newest, limits),
    found: allOf(elevated, not(known)),
    review: allOf(elevated, known, not(doneWithin(readings, lastMonths(limits.reviewMonths, today)))),
    none: dropped.has('noBloodPressure')
      ? false
      : not(doneWithin(readings, lastMonths(limits.noneMonths, today))),
  };
}

/** Not the mean of the last days when a later value cannot be read. */
function usableMean({ bloodPressure }: Inputs): Fact<MeanPressure> {
  const { mean } = bloodPressure;
  return mean.state === 'known' && isOvertaken(bloodPressure, mean.value.newest)
    ? unknown('unreadable')
    : mean;
}

/** "a/b" means systolic at or above a, or diastolic at or above b. */
function isAtLeast(systolic: number, diastolic: number): (pressure: MeanPressure) => boolean {
  return (pressure) => pressure.systolic >= systolic || pressure.diastolic >= diastolic;
}

/** Several newest readings of one time that differ leave it open: one of them may be the repeat. */
function isSevere(
  newest: readonly Pressure[] | undefined,
  { severeSystolic, severeDiastolicAbove }: Limits,
): Tri {
  if (newest === undefined) return undefined;
  const states = newest.map(
    ({ systolic, diastolic }) => systolic >= severeSystolic.value || diastolic > severeDiastolicAbove.value,
  );
  if (!states.includes(true)) return false;
  return states.includes(false) ? undefined : true;
}

/** What leaves it open: whether hypertension is known, which limit holds, or the readings themselves. */
function openInputs(facts: Inputs, limits: Limits, { high, known, mean }: Verdict): readonly FactName[] {
  if (mean.state !== 'known') return ['bloodPressure'];
  const treated = ['hypertension', 'antihypertensives'] as const;
  const open: readonly FactName[] = [
    ...(known === undefined ? treated.filter((name) => facts[name].state === 'unknown') : []),
    ...(high === false && isAtLeastAge(facts.age, limits.cautiousFromAge) === undefined
      ? (['age'] as const)
      : []),
    ...(high === false && facts.repeatedFalls.state === 'unknown' ? (['repeatedFalls'] as const) : []),
  ];
  return open.length > 0 ? open : ['bloodPressure'];
}

function card(facts: Inputs, limits: Limits, verdict: Verdict, risks: readonly Risk[]): Recommend {
  const { severe, found, review, cautious } = verdict;
  const aboveLimit = found === true || review === true;
  const isMissing = severe !== true && !aboveLimit;
  return {
    outcome: 'recommend',
    variant: variantOf(facts, verdict, risks),
    values: { ...pressureValues(limits, verdict), ...riskValues(facts) },
    found: [
      ...(severe === true ? ['newest'] : []),
      ...(verdict.mean.state === 'known' && !isMissing ? ['mean'] : []),
      ...riskLines(risks, facts),
      ...(facts.hypertension.state === 'known' ? ['hypertension'] : []),
      ...(facts.antihypertensives.state === 'known' ? ['antihypertensives'] : []),
    ],
    why: [
      ...(severe === true ? ['repeat'] : []),
      ...(found === true ? ['confirm'] : []),
      ...(review === true ? ['review'] : []),
      ...(aboveLimit
        ? ['treatment', ...(cautious === true ? ['cautious'] : []), 'standing', 'thiazide']
        : []),
      ...(isMissing ? ['yearly'] : []),
    ],
    notFound: [...(found === true ? ['hypertension'] : []), ...(isMissing ? ['bloodPressure'] : [])],
    parts: isMissing ? ['noBloodPressure'] : [],
    because: [
      'bloodPressure',
      ...risks.map(({ name }) => name),
      ...(aboveLimit ? (['hypertension', 'antihypertensives'] as const) : []),
    ],
    triggers: risks.flatMap(({ evidence }) => evidence),
  };
}

/** Precedence C, B or D, A. Where it is open whether the higher limit holds, the mean is called raised, not high. */
function variantOf(
  { hypertension }: Inputs,
  { severe, found, review, high, cautious }: Verdict,
  risks: readonly Risk[],
): string {
  if (severe === true) return 'severe';
  if (found === true) {
    const name = risks[0]?.name ?? '';
    const level = high === true && cautious === false ? 'high' : 'raised';
    return `${level}${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  }
  if (review === true) return hypertension.state === 'known' ? 'hypertension' : 'treated';
  return 'none';
}

function pressureValues(limits: Limits, { newest, mean }: Verdict): Recommend['values'] {
  const [reading] = newest;
  return {
    months: limits.noneMonths,
    cautiousFromAge: limits.cautiousFromAge,
    ...(reading === undefined
      ? {}
      : {
          newest: [reading.systolic, reading.diastolic].map((value) => Number(value.toFixed(1))).join('/'),
          newestDate: reading.date.text,
        }),
    ...(mean.state === 'known'
      ? {
          s: mean.value.systolic,
          d: mean.value.diastolic,
          n: mean.value.days,
          date: mean.value.newest.text,
        }
      : {}),
  };
}
