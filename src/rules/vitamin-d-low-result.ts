/**
 * R10: a low 25-OH vitamin D without supplement or recheck, or one so high that excess is possible.
 *
 * Inputs: latest 25-OH vitamin D as total within 18 months, verified codes only; vitamin D drugs (gap use); repeat orders;
 * what makes 20 to 30 ng/mL low (osteoporosis, CKD G3 or higher, malabsorption); what makes intake a specialist matter (high
 * calcium, granulomatous disease, primary hyperparathyroidism). Numbers, words and evidence:
 * cards/recommendations/vitamin-d-low-result.yaml.
 */
import { isPrimaryHyperparathyroidism } from '../facts/conditions.ts';
import { allOf, anyIn, anyOf, has, test, type Tri } from '../facts/fact.ts';
import { showT } from '../facts/dxa.ts';
import type { Facts } from '../facts/index.ts';
import { isAbove, isBelow, showQuantity } from '../facts/quantity.ts';
import { lastMonths, latestWithin, resultEvidence, type Result } from '../facts/results.ts';
import { calciumLines, calciumValues, isHighCalcium } from './calcium.ts';
import {
  defineRule,
  lacking,
  notApplicable,
  type Finding,
  type ParameterValues,
  type Recommend,
} from './define-rule.ts';

const INPUTS = [
  'vitaminD',
  'anyVitaminD',
  'vitaminDOrdered',
  'vitaminDSupplements',
  'activeVitaminD',
  'osteoporosis',
  'lowestT',
  'kidney',
  'malabsorption',
  'calcium',
  'calciumOrdered',
  'pthOrdered',
  'alkalinePhosphataseOrdered',
  'granulomatousDisease',
  'hyperparathyroidism',
  'dietitianReferral',
] as const;
const PARAMETERS = {
  resultMonths: 'mo',
  severeBelow: ['ng/mL', 'nmol/L'],
  deficientBelow: ['ng/mL', 'nmol/L'],
  insufficientBelow: ['ng/mL', 'nmol/L'],
  excessAbove: ['ng/mL', 'nmol/L'],
} as const;

type Inputs = Pick<Facts, (typeof INPUTS)[number]>;
type Limits = ParameterValues<typeof PARAMETERS>;

export const vitaminDLowResult = defineRule({
  id: 'vitamin-d-low-result',
  inputs: INPUTS,
  parameters: PARAMETERS,

  evaluate(facts, limits, { today }) {
    const latest = latestWithin(facts.vitaminD, lastMonths(limits.resultMonths, today));
    if (latest.state === 'absent') return notApplicable('no 25-OH vitamin D within the window');
    // A newer result under an unverified code may not decide, and it hides what the latest level is.
    if (latest.state === 'unknown' || !latest.value.verified) return lacking('vitaminD');
    const { quantity } = latest.value;
    const excess = isAbove(quantity, limits.excessAbove);
    if (excess === true) return excessCard(facts, latest.value);
    if (isBelow(quantity, limits.insufficientBelow) === false)
      return excess === undefined ? lacking('vitaminD') : notApplicable('25-OH vitamin D not low');
    return lowFinding(facts, limits, latest.value);
  },
});

/** Low: needs no supplement, no active vitamin D and no repeat on order. */
function lowFinding(facts: Inputs, limits: Limits, result: Result): Finding {
  const { quantity } = result;
  const context = contextOf(facts);
  const deficient = isBelow(quantity, limits.deficientBelow);
  const insufficient = allOf(isBelow(quantity, limits.insufficientBelow), anyIn(Object.values(context)));
  if (deficient === false && insufficient === false)
    return notApplicable('no condition that asks for a level of 30 ng/mL');
  const { vitaminDSupplements, activeVitaminD, vitaminDOrdered } = facts;
  if (vitaminDSupplements.state === 'known') return notApplicable('on a vitamin D supplement');
  if (activeVitaminD.state === 'known') return notApplicable('on active vitamin D');
  if (vitaminDOrdered === true) return notApplicable('repeat ordered');
  if (deficient === undefined) return lacking('vitaminD');
  if (!deficient && insufficient === undefined) return lacking(...openContext(facts));
  if (vitaminDSupplements.state === 'unknown') return lacking('vitaminDSupplements');
  if (activeVitaminD.state === 'unknown') return lacking('activeVitaminD');
  if (vitaminDOrdered === undefined) return lacking('vitaminDOrdered');
  const severe = isBelow(quantity, limits.severeBelow) === true;
  return lowCard(facts, result, severe ? 'severe' : deficient ? 'deficient' : 'insufficient');
}

type ContextName = 'osteoporosis' | 'lowestT' | 'kidney' | 'malabsorption';

/** Conditions in which 20 to 30 ng/mL already counts as low. */
function contextOf({
  osteoporosis,
  lowestT,
  kidney,
  malabsorption,
}: Inputs): Readonly<Record<ContextName, Tri>> {
  return {
    osteoporosis: has(osteoporosis),
    lowestT: test(lowestT, ({ range }) => range === 'osteoporosis'),
    kidney: test(kidney, ({ threeOrMore }) => threeOrMore),
    malabsorption: has(malabsorption),
  };
}

function openContext(facts: Inputs): readonly ContextName[] {
  const context = contextOf(facts);
  return (Object.keys(context) as ContextName[]).filter((name) => context[name] === undefined);
}

interface Caution {
  readonly holds: Tri;
  readonly lines: readonly string[];
}

/** Vitamin D or calcium intake is then a specialist matter (clarifications R10 and C). */
function cautionOf({ calcium, granulomatousDisease, hyperparathyroidism }: Inputs): Caution {
  const primary = test(hyperparathyroidism, (entries) => entries.some(isPrimaryHyperparathyroidism));
  return {
    holds: anyOf(isHighCalcium(calcium), has(granulomatousDisease), primary),
    lines: [
      ...calciumLines(calcium),
      ...(granulomatousDisease.state === 'known' ? ['granulomatous'] : []),
      ...(primary === true ? ['primaryHyperparathyroidism'] : []),
    ],
  };
}

function lowCard(facts: Inputs, result: Result, variant: 'severe' | 'deficient' | 'insufficient'): Recommend {
  const caution = cautionOf(facts);
  const context = contextOf(facts);
  const severe = variant === 'severe';
  return {
    outcome: 'recommend',
    variant,
    values: valuesOf(facts, result),
    found: [
      ...levelLines(facts, result),
      ...(Object.keys(context) as ContextName[])
        .filter((name) => context[name] === true)
        .map((name) => (name === 'kidney' && measuredEgfr(facts) === null ? 'kidneyByCode' : name)),
      ...caution.lines,
    ],
    why: [
      variant,
      'repeat',
      ...(caution.holds === false ? ['intake'] : caution.holds === true ? ['specialist'] : []),
      'noHeartBenefit',
      'cutOffs',
    ],
    notFound: ['supplement', 'recheck'],
    suggestions: [
      'vitaminD',
      ...(severe && facts.calciumOrdered !== true ? ['calcium'] : []),
      ...(severe && facts.pthOrdered !== true ? ['pth'] : []),
      ...(severe && facts.alkalinePhosphataseOrdered !== true ? ['alkalinePhosphatase'] : []),
      ...(caution.holds === false && facts.dietitianReferral !== true ? ['dietitian'] : []),
    ],
    parts: ['vitaminD'],
    because: ['vitaminD', 'vitaminDSupplements', 'vitaminDOrdered'],
    triggers: [resultEvidence(result)],
  };
}

function excessCard(facts: Inputs, result: Result): Recommend {
  const { vitaminDSupplements, activeVitaminD, calciumOrdered } = facts;
  return {
    outcome: 'recommend',
    variant: 'excess',
    values: valuesOf(facts, result),
    found: [
      ...levelLines(facts, result),
      ...(vitaminDSupplements.state === 'known' ? ['onSupplement'] : []),
      ...(activeVitaminD.state === 'known' ? ['onActiveVitaminD'] : []),
      ...cautionOf(facts).lines,
    ],
    why: ['excess'],
    notFound: vitaminDSupplements.state === 'absent' ? ['supplement'] : [],
    suggestions: calciumOrdered === true ? [] : ['calciumNow'],
    because: ['vitaminD'],
    triggers: [resultEvidence(result)],
  };
}

/** A total made of fractions says so. */
function levelLines({ anyVitaminD }: Inputs, { roles, date }: Result): readonly string[] {
  if (!roles.includes('D3')) return ['level'];
  const withD2 = anyVitaminD.results.some(
    (other) => other.date.order === date.order && other.roles.includes('D2'),
  );
  return ['level', withD2 ? 'sum' : 'onlyD3'];
}

/** One decimal, cut downwards, so that the text never rounds up to the limit; null when a stage code says it alone. */
function measuredEgfr({ kidney }: Inputs): { readonly eGfr: string; readonly eGfrDate: string } | null {
  if (kidney.state !== 'known') return null;
  const { eGfr, date } = kidney.value;
  return eGfr === null || date === null
    ? null
    : { eGfr: String(Math.floor(eGfr * 10) / 10), eGfrDate: date.text };
}

function valuesOf(facts: Inputs, { quantity, date }: Result): Readonly<Record<string, string>> {
  const { calcium, lowestT } = facts;
  const t = lowestT.state === 'known' && lowestT.value.range === 'osteoporosis' ? lowestT.value : null;
  return {
    v: showQuantity(quantity),
    date: date.text,
    ...calciumValues(calcium),
    ...measuredEgfr(facts),
    ...(t === null ? {} : { t: showT(t.quantity), site: t.site, tDate: t.date.text }),
  };
}
