/**
 * R09: a 25-OH vitamin D level is indicated and none is on file.
 *
 * Inputs: any 25-OH vitamin D result (also of unverified codes: they only keep the card away) and its orders; the reasons:
 * osteoporosis by diagnosis or T-score, fragility fracture, hyperparathyroidism, high calcium without PTH, malabsorption,
 * long-term glucocorticoid, enzyme-inducing anticonvulsant; age. Numbers, words and evidence:
 * cards/recommendations/vitamin-d-level-missing.yaml.
 */
import { isAtLeastAge } from '../facts/demographics.ts';
import { showT } from '../facts/dxa.ts';
import { allOf, anyIn, anyOf, evidenceOf, has, not, test, type Evidence, type Tri } from '../facts/fact.ts';
import { addMonths, type Day } from '../facts/fhir-date.ts';
import type { FactName, Facts } from '../facts/index.ts';
import { isBelow, showQuantity } from '../facts/quantity.ts';
import { doneWithin, lastMonths } from '../facts/results.ts';
import { calciumLines, calciumValues, isHighCalcium } from './calcium.ts';
import { defineRule, lacking, notApplicable, type ParameterValues } from './define-rule.ts';
import { fractureValues, fractureWithin, mainFracture } from './fracture.ts';
import { onEnzymeInducer } from './vitamin-d-indication.ts';

const INPUTS = [
  'age',
  'anyVitaminD',
  'vitaminD',
  'vitaminDOrdered',
  'osteoporosis',
  'lowestT',
  'fractures',
  'hyperparathyroidism',
  'calcium',
  'pth',
  'malabsorption',
  'glucocorticoid',
  'anticonvulsants',
] as const;
const PARAMETERS = {
  levelMonths: 'mo',
  levelMonthsAfterLow: 'mo',
  deficientBelow: ['ng/mL', 'nmol/L'],
  fractureMonths: 'mo',
  pthMonths: 'mo',
  ageTo: 'a',
  testEveryone: 'boolean',
  everyoneFromAge: 'a',
} as const;

type Inputs = Pick<Facts, (typeof INPUTS)[number]>;
type Limits = ParameterValues<typeof PARAMETERS>;

export const vitaminDLevelMissing = defineRule({
  id: 'vitamin-d-level-missing',
  inputs: INPUTS,
  parameters: PARAMETERS,

  evaluate(facts, limits, { today, dropped }) {
    const tooOld = isAtLeastAge(facts.age, limits.ageTo + 1);
    if (tooOld === true) return notApplicable('above the age limit');
    const level = levelOf(facts, limits, today);
    if (level.onFile === true) return notApplicable('25-OH vitamin D on file');
    if (facts.vitaminDOrdered === true) return notApplicable('25-OH vitamin D ordered');
    if (dropped.has('vitaminD')) return notApplicable('another recommendation asks for it');
    const reasons = reasonsOf(facts, limits, today);
    const indicated = anyIn(reasons.map(({ holds }) => holds));
    if (indicated === false) return notApplicable('no reason to test');
    if (tooOld === undefined) return lacking('age');
    if (level.onFile === undefined) return lacking('anyVitaminD');
    if (facts.vitaminDOrdered === undefined) return lacking('vitaminDOrdered');
    const holding = reasons.filter(({ holds }) => holds === true);
    const [main] = holding;
    if (main === undefined)
      return lacking(...reasons.filter(({ holds }) => holds === undefined).flatMap(openIn(facts)));

    return {
      outcome: 'recommend',
      variant: main.name,
      values: valuesOf(facts, limits, level.months, today),
      found: [
        ...holding.flatMap(({ line }) => line),
        ...(facts.anyVitaminD.results.length > 0 ? ['lastLevel'] : []),
        ...(level.months < limits.levelMonths ? ['previouslyLow'] : []),
      ],
      why: main.name === 'everyone' ? ['articleOnly', 'disagreement'] : ['indication', 'disagreement'],
      notFound: [
        ...(holding.some(({ name }) => name === 'highCalcium') ? ['noPth'] : []),
        facts.anyVitaminD.results.length > 0 ? 'inWindow' : 'ever',
      ],
      suggestions: ['vitaminD'],
      parts: ['vitaminD'],
      because: ['anyVitaminD', ...main.facts],
      triggers: main.evidence,
    };
  },
});

interface Level {
  readonly onFile: Tri;
  /** The interval that applies. */
  readonly months: number;
}

/** On file within the interval, which is shorter after a low level. Only a verified code proves a low level. */
function levelOf({ anyVitaminD, vitaminD }: Inputs, limits: Limits, today: Day): Level {
  const [latest] = vitaminD.results;
  const low = latest?.verified === true ? isBelow(latest.quantity, limits.deficientBelow) : false;
  const short = doneWithin(anyVitaminD, lastMonths(limits.levelMonthsAfterLow, today));
  const long = doneWithin(anyVitaminD, lastMonths(limits.levelMonths, today));
  return {
    onFile: anyOf(short, allOf(long, not(low))),
    months: low === true ? limits.levelMonthsAfterLow : limits.levelMonths,
  };
}

interface Reason {
  /** Key of the YAML's variants. */
  readonly name: string;
  readonly holds: Tri;
  readonly line: readonly string[];
  readonly facts: readonly (typeof INPUTS)[number][];
  readonly evidence: readonly Evidence[];
}

/** Reasons to test, the first that holds makes the summary. */
function reasonsOf(facts: Inputs, limits: Limits, today: Day): readonly Reason[] {
  const window = lastMonths(limits.fractureMonths, today);
  const fracture = mainFracture(facts.fractures, window);
  const reason = (
    name: string,
    holds: Tri,
    inputs: Reason['facts'],
    line: readonly string[] = [name],
    evidence: readonly Evidence[] = inputs.flatMap((one) => evidenceIn(facts, one)),
  ): Reason => ({ name, holds, line, facts: inputs, evidence });
  return [
    reason('osteoporosis', has(facts.osteoporosis), ['osteoporosis']),
    reason(
      'tScore',
      test(facts.lowestT, ({ range }) => range === 'osteoporosis'),
      ['lowestT'],
    ),
    reason(
      'fracture',
      fractureWithin(facts.fractures, window),
      ['fractures'],
      ['fracture', ...(fracture?.mechanismUnknown === true ? ['mechanismUnknown'] : [])],
      evidenceOf(facts.fractures).filter(({ source }) => source === fracture?.source),
    ),
    reason('hyperparathyroidism', has(facts.hyperparathyroidism), ['hyperparathyroidism']),
    reason(
      'highCalcium',
      highCalciumWithoutPth(facts, limits),
      ['calcium', 'pth'],
      calciumLines(facts.calcium),
    ),
    reason('malabsorption', has(facts.malabsorption), ['malabsorption']),
    reason('glucocorticoid', has(facts.glucocorticoid), ['glucocorticoid']),
    reason('anticonvulsant', onEnzymeInducer(facts), ['anticonvulsants']),
    reason('everyone', everyone(facts, limits), ['age']),
  ];
}

function evidenceIn(facts: Inputs, name: (typeof INPUTS)[number]): readonly Evidence[] {
  const fact = facts[name];
  return typeof fact === 'object' && 'state' in fact ? evidenceOf(fact) : [];
}

/** R06-A: high calcium within 12 months and no PTH near it, before or after. */
function highCalciumWithoutPth({ calcium, pth }: Inputs, { pthMonths }: Limits): Tri {
  if (calcium.state !== 'known') return isHighCalcium(calcium);
  const { date } = calcium.value.result;
  const around = { from: addMonths(date.first, -pthMonths), to: addMonths(date.last, pthMonths) };
  return allOf(isHighCalcium(calcium), not(doneWithin(pth, around)));
}

/** The article preset only: everybody from an age. */
function everyone({ age }: Inputs, { testEveryone, everyoneFromAge }: Limits): Tri {
  return testEveryone ? isAtLeastAge(age, everyoneFromAge) : false;
}

/** Of an open reason's inputs, those that are open: PTH matters only when calcium is high. */
function openIn(facts: Inputs): (reason: Reason) => readonly FactName[] {
  return ({ name, facts: inputs }) =>
    name === 'highCalcium' ? [facts.calcium.state === 'unknown' ? 'calcium' : 'pth'] : inputs;
}

function valuesOf(
  facts: Inputs,
  limits: Limits,
  months: number,
  today: Day,
): Readonly<Record<string, string | number>> {
  const { lowestT, anyVitaminD } = facts;
  const [last] = anyVitaminD.results;
  const t = lowestT.state === 'known' ? lowestT.value : null;
  return {
    n: months,
    pthMonths: limits.pthMonths,
    everyoneFromAge: limits.everyoneFromAge,
    ...(last === undefined ? {} : { v: showQuantity(last.quantity), date: last.date.text }),
    ...(t === null ? {} : { t: showT(t.quantity), site: t.site, tDate: t.date.text }),
    ...fractureValues(mainFracture(facts.fractures, lastMonths(limits.fractureMonths, today))),
    ...calciumValues(facts.calcium),
  };
}
