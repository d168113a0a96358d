/**
 * R15: no bone density scan in the record although a guideline says screen: by cause of bone loss, by age, by tool.
 *
 * Inputs: any sign of a scan, osteoporosis diagnosis or drug, open order; age and sex; causes of bone loss; menopause, weight
 * within 24 months, oestrogen (OST, ORAI) and a recorded FRAX. Numbers, words and evidence:
 * cards/recommendations/dxa-screening-due.yaml.
 */
import { isPrimaryHyperparathyroidism, type ConditionEntry } from '../facts/conditions.ts';
import { isAtLeastAge, isSex } from '../facts/demographics.ts';
import {
  absent,
  allOf,
  anyIn,
  anyOf,
  evidenceOf,
  has,
  not,
  test,
  type Evidence,
  type Fact,
  type Tri,
} from '../facts/fact.ts';
import type { Day } from '../facts/fhir-date.ts';
import type { FactName, Facts } from '../facts/index.ts';
import { isAtLeast, showQuantity } from '../facts/quantity.ts';
import { ever, lastMonths, latestWithin, type Result, type Series } from '../facts/results.ts';
import { orai, ost } from '../risk/osteoporosis-tools.ts';
import { defineRule, lacking, notApplicable, type ParameterValues } from './define-rule.ts';
import { showEvent } from './event-date.ts';

const INPUTS = [
  'age',
  'sex',
  'dxaDone',
  'osteoporosis',
  'osteoporosisTherapy',
  'osteoporosisTherapyCoded',
  'dxaOrdered',
  'hyperparathyroidism',
  'prematureMenopause',
  'malabsorption',
  'rheumatoidArthritis',
  'hyperthyroidism',
  'postmenopausal',
  'weight',
  'systemicEstrogens',
  'frax',
] as const satisfies readonly FactName[];

const PARAMETERS = {
  womenStartAge: 'a',
  womenGuidelineAge: 'a',
  menEnabled: 'boolean',
  menStartAge: 'a',
  menGuidelineAge: 'a',
  causeAgeFrom: 'a',
  toolAgeFrom: 'a',
  toolAgeTo: 'a',
  ageTo: 'a',
  ostBelow: '{score}',
  oraiFrom: '{points}',
  fraxFrom: ['%', null],
  weightMonths: 'mo',
} as const;

type Input = Pick<Facts, (typeof INPUTS)[number]>;
type Limits = ParameterValues<typeof PARAMETERS>;

export const dxaScreeningDue = defineRule({
  id: 'dxa-screening-due',
  inputs: INPUTS,
  parameters: PARAMETERS,

  evaluate(facts, limits, { today, dropped }) {
    if (isAtLeastAge(facts.age, limits.ageTo + 1) === true) return notApplicable('above the age limit');
    if (facts.dxaDone.state === 'known') return notApplicable('a bone density scan is on record');
    if (has(facts.osteoporosis) === true) return notApplicable('osteoporosis is diagnosed');
    if (has(facts.osteoporosisTherapy) === true || has(facts.osteoporosisTherapyCoded) === true)
      return notApplicable('on an osteoporosis drug');
    if (facts.dxaOrdered === true) return notApplicable('a scan is ordered');
    if (dropped.has('dxa')) return notApplicable('another recommendation suggests the scan');

    const causes = causesOf(facts, limits);
    const { woman, man } = byAge(facts, limits);
    const tools = readTools(facts, limits, today);
    const byTool = toolApplies(facts, limits, tools);
    const due = anyIn([...causes.map(({ holds }) => holds), woman, man, byTool]);
    if (due === false) return notApplicable('no reason for a screening scan');
    const missing = [
      ...guardsMissing(facts, limits),
      ...(due === true ? [] : undecided(facts, limits, byTool === undefined ? tools.open : [])),
    ];
    if (missing.length > 0) return lacking(...new Set(missing));

    const held = causes.filter(({ holds }) => holds === true);
    const positive = byTool === true ? tools.positive : [];
    const [cause] = held;
    const [tool] = positive;
    return {
      outcome: 'recommend',
      variant: cause?.key ?? (woman === true ? 'woman' : man === true ? 'man' : 'tool'),
      values: {
        age: showAge(facts),
        ...Object.fromEntries(held.map(({ key, date }) => [`${key}Date`, date])),
        ...(tool === undefined ? {} : { ...tools.values, tool: tool.name, score: tool.score }),
      },
      found: [
        ...held.map(({ key }) => key),
        ...(woman === true ? ['woman'] : []),
        ...(man === true ? ['man'] : []),
        ...(tool === undefined ? [] : toolLines(facts, positive)),
      ],
      why: [
        ...(cause === undefined ? [] : ['cause']),
        ...(held.some(({ key }) => key === 'hyperparathyroidism') ? ['parathyroid'] : []),
        ...(woman === true ? ['women'] : []),
        ...(woman === true && !isOldEnough(facts, limits.womenGuidelineAge) ? ['womenEarlier'] : []),
        ...(man === true ? ['men'] : []),
        ...(man === true && !isOldEnough(facts, limits.menGuidelineAge) ? ['menEarlier'] : []),
        ...(tool === undefined ? [] : ['younger', 'accuracy']),
        'lifestyle',
      ],
      notFound: ['scan', 'osteoporosis'],
      suggestions: ['dxa'],
      parts: ['dxa'],
      because: [
        'dxaDone',
        ...held.map(({ key }) => key),
        ...(woman === true || man === true ? (['age', 'sex'] as const) : []),
        ...positive.map(({ fact }) => fact),
      ],
      triggers: [
        ...held.flatMap(({ evidence }) => evidence),
        ...positive.flatMap(({ evidence }) => evidence),
      ],
    };
  },
});

type CauseKey =
  'hyperparathyroidism' | 'prematureMenopause' | 'malabsorption' | 'rheumatoidArthritis' | 'hyperthyroidism';

interface Cause {
  readonly key: CauseKey;
  readonly holds: Tri;
  readonly date: string;
  readonly evidence: readonly Evidence[];
}

/** Causes of bone loss from 50 years; men count with primary hyperparathyroidism, with the others only when switched on. */
function causesOf(facts: Input, limits: Limits): readonly Cause[] {
  const oldEnough = isAtLeastAge(facts.age, limits.causeAgeFrom);
  const covered = anyOf(isSex(facts.sex, 'female'), limits.menEnabled);
  const primary = primaryOnly(facts.hyperparathyroidism);
  const { malabsorption, rheumatoidArthritis, hyperthyroidism, prematureMenopause } = facts;
  const others = { malabsorption, rheumatoidArthritis, hyperthyroidism };
  return [
    {
      key: 'hyperparathyroidism',
      holds: allOf(oldEnough, has(primary)),
      date: showEvent(evidenceOf(primary)),
      evidence: evidenceOf(primary),
    },
    {
      key: 'prematureMenopause',
      holds: allOf(oldEnough, isSex(facts.sex, 'female'), has(prematureMenopause)),
      date: showEvent(evidenceOf(prematureMenopause)),
      evidence: evidenceOf(prematureMenopause),
    },
    ...(['malabsorption', 'rheumatoidArthritis', 'hyperthyroidism'] as const).map((key) => ({
      key,
      holds: allOf(oldEnough, covered, has(others[key])),
      date: showEvent(evidenceOf(others[key])),
      evidence: evidenceOf(others[key]),
    })),
  ];
}

function primaryOnly(fact: Fact<readonly ConditionEntry[]>): Fact<readonly ConditionEntry[]> {
  if (fact.state !== 'known') return fact;
  const value = fact.value.filter(isPrimaryHyperparathyroidism);
  const sources = new Set(value.map(({ source }) => source));
  return value.length === 0
    ? absent
    : { ...fact, value, evidence: fact.evidence.filter(({ source }) => sources.has(source)) };
}

function byAge(facts: Input, limits: Limits): { woman: Tri; man: Tri } {
  return {
    woman: allOf(isSex(facts.sex, 'female'), isAtLeastAge(facts.age, limits.womenStartAge)),
    man: allOf(
      limits.menEnabled,
      not(isSex(facts.sex, 'female')),
      isAtLeastAge(facts.age, limits.menStartAge),
    ),
  };
}

function isOldEnough({ age }: Input, years: number): boolean {
  return isAtLeastAge(age, years) === true;
}

interface Tool {
  readonly name: 'OST' | 'ORAI' | 'FRAX';
  readonly key: 'ost' | 'orai' | 'frax';
  readonly score: string;
  readonly fact: 'weight' | 'frax';
  readonly evidence: readonly Evidence[];
}

interface Tools {
  /** Some tool at or over its limit. */
  readonly any: Tri;
  readonly positive: readonly Tool[];
  /** What keeps a tool open. */
  readonly open: readonly FactName[];
  readonly values: Readonly<Record<string, string | number>>;
}

/** Post-menopausal woman of the tools' age. */
function toolApplies(facts: Input, limits: Limits, tools: Tools): Tri {
  return allOf(
    isSex(facts.sex, 'female'),
    isAtLeastAge(facts.age, limits.toolAgeFrom),
    not(isAtLeastAge(facts.age, limits.toolAgeTo + 1)),
    has(facts.postmenopausal),
    tools.any,
  );
}

function readTools(facts: Input, limits: Limits, today: Day): Tools {
  const weight = exact(latestWithin(facts.weight, lastMonths(limits.weightMonths, today)));
  const frax = latestWithin(majorFracture(facts.frax), ever(today));
  const scores = weight.state === 'known' ? weightScores(weight.value, facts, limits) : null;
  const fraxHigh = test(frax, ({ quantity }) => isAtLeast(quantity, limits.fraxFrom));
  const shownFrax = frax.state === 'known' ? showPercent(frax.value) : '';
  const byWeight = { fact: 'weight', evidence: evidenceOf(weight) } as const;
  return {
    any: anyOf(scores?.ostLow, scores?.oraiHigh, fraxHigh),
    open: [
      ...(facts.postmenopausal.state === 'unknown' ? (['postmenopausal'] as const) : []),
      ...(weight.state === 'known' ? [] : (['weight'] as const)),
      ...(scores !== null && scores.ostLow === undefined ? (['age'] as const) : []),
      ...(scores !== null && scores.oraiHigh === undefined ? openOrai(facts) : []),
      ...(fraxHigh === undefined ? (['frax'] as const) : []),
    ],
    positive: [
      ...(scores?.ostLow === true
        ? [{ name: 'OST', key: 'ost', score: String(scores.ost), ...byWeight } as const]
        : []),
      ...(scores?.oraiHigh === true
        ? [{ name: 'ORAI', key: 'orai', score: String(scores.orai), ...byWeight } as const]
        : []),
      ...(fraxHigh === true
        ? [{ name: 'FRAX', key: 'frax', score: shownFrax, fact: 'frax', evidence: evidenceOf(frax) } as const]
        : []),
    ],
    values: {
      ...(weight.state === 'known' && scores !== null
        ? {
            weight: showQuantity(weight.value.quantity),
            weightDate: weight.value.date.text,
            weightKg: Number(weight.value.quantity.canonical.toFixed(2)),
            toolAge: scores.age,
            ost: scores.ost,
            agePoints: scores.agePoints,
            weightPoints: scores.weightPoints,
            oestrogenPoints: scores.orai - scores.agePoints - scores.weightPoints,
            orai: scores.orai,
            ostBelow: limits.ostBelow,
            oraiFrom: limits.oraiFrom,
          }
        : {}),
      ...(frax.state === 'known'
        ? { frax: shownFrax, fraxDate: frax.value.date.text, fraxFrom: `${limits.fraxFrom.value} %` }
        : {}),
    },
  };
}

function openOrai({ age, systemicEstrogens }: Input): readonly FactName[] {
  const partial = age.state === 'known' && age.value.min !== age.value.max;
  return [
    ...(partial ? (['age'] as const) : []),
    ...(systemicEstrogens.state === 'unknown' ? (['systemicEstrogens'] as const) : []),
  ];
}

/** A comparator ("> 100 kg") leaves the scores open. */
function exact(fact: Fact<Result>): Fact<Result> {
  return fact.state === 'known' && fact.value.quantity.comparator !== undefined
    ? { state: 'unknown', reason: 'ambiguous', evidence: fact.evidence }
    : fact;
}

/** The hip probability shares the concept; its code may widen an exclusion but not fire a recommendation. */
function majorFracture(series: Series): Series {
  return { ...series, results: series.results.filter(({ verified }) => verified) };
}

interface WeightScores {
  /** Youngest possible age, used for the shown scores. */
  readonly age: number;
  readonly ost: number;
  readonly ostLow: Tri;
  readonly orai: number;
  readonly oraiHigh: Tri;
  readonly agePoints: number;
  readonly weightPoints: number;
}

/** OST and ORAI for every age and oestrogen use that the record allows: a score counts only when all agree. */
function weightScores({ quantity }: Result, facts: Input, limits: Limits): WeightScores | null {
  if (facts.age.state !== 'known') return null;
  const kg = quantity.canonical;
  const { min, max } = facts.age.value;
  const oestrogen = has(facts.systemicEstrogens);
  const points = [min, max].flatMap((years) =>
    (oestrogen === undefined ? [true, false] : [oestrogen]).map((on) => orai(kg, years, on)),
  );
  const least = orai(kg, min, oestrogen !== false);
  const agePoints = orai(Infinity, min, true);
  const bodyPoints = orai(kg, min, true);
  if (least === null || agePoints === null || bodyPoints === null) return null;
  return {
    age: min,
    ost: cutDown(ost(kg, min)),
    ostLow: agreed([min, max].map((years) => ost(kg, years) < limits.ostBelow)),
    orai: least,
    oraiHigh: agreed(points.map((one) => one !== null && one >= limits.oraiFrom)),
    agePoints,
    weightPoints: bodyPoints - agePoints,
  };
}

function agreed(answers: readonly boolean[]): Tri {
  return answers.every((answer) => answer === answers[0]) ? answers[0] : undefined;
}

/** Two decimals, cut downwards: a score below the limit never shows as the limit. */
function cutDown(score: number): number {
  return Math.floor(Number((score * 100).toPrecision(10))) / 100;
}

function showPercent({ quantity }: Result): string {
  const { comparator, canonical, canonicalUnit } = quantity;
  const number = String(Number(canonical.toFixed(1)));
  return [comparator, number, canonicalUnit].filter((part) => part !== undefined).join(' ');
}

function toolLines(facts: Input, positive: readonly Tool[]): readonly string[] {
  const keys = positive.map(({ key }) => key);
  const byWeight = positive.some(({ fact }) => fact === 'weight');
  const { age, postmenopausal, systemicEstrogens } = facts;
  const inferred = postmenopausal.state === 'known' && postmenopausal.value.inferred;
  return [
    inferred ? 'inferred' : 'postmenopausal',
    ...(byWeight ? ['weight'] : []),
    ...keys,
    ...(keys.includes('orai') && systemicEstrogens.state === 'unknown' ? ['oestrogenOpen'] : []),
    ...(byWeight && age.state === 'known' && age.value.min !== age.value.max ? ['youngest'] : []),
  ];
}

/** "None on file" needs every search that could hold it; each of these blocks when it is open. */
function guardsMissing(facts: Input, limits: Limits): readonly FactName[] {
  const open: readonly (readonly [FactName, boolean])[] = [
    ['age', isAtLeastAge(facts.age, limits.ageTo + 1) === undefined],
    ['dxaDone', facts.dxaDone.state === 'unknown'],
    ['osteoporosis', facts.osteoporosis.state === 'unknown'],
    ['osteoporosisTherapy', facts.osteoporosisTherapy.state === 'unknown'],
    ['dxaOrdered', facts.dxaOrdered === undefined],
  ];
  return open.filter(([, isOpen]) => isOpen).map(([name]) => name);
}

/** What keeps the question open when no branch is true. */
function undecided(facts: Input, limits: Limits, openTools: readonly FactName[]): readonly FactName[] {
  const { sex, prematureMenopause } = facts;
  const ages = [limits.causeAgeFrom, limits.womenStartAge, limits.toolAgeFrom, limits.toolAgeTo + 1];
  return [
    ...(ages.some((years) => isAtLeastAge(facts.age, years) === undefined) ? (['age'] as const) : []),
    ...(sex.state === 'known' ? [] : (['sex'] as const)),
    ...(prematureMenopause.state === 'unknown' ? (['prematureMenopause'] as const) : []),
    ...openTools,
  ];
}

function showAge({ age }: Input): string {
  if (age.state !== 'known') return '';
  const { min, max } = age.value;
  return min === max ? String(min) : `${min}-${max}`;
}
