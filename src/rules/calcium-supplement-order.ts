/**
 * R05: an oral calcium supplement is ordered with high calcium, above a safe dose, or without vitamin D.
 *
 * The dose is that of all regular drafts of the call and of the active calcium orders that no draft renews, in elemental
 * calcium; where a name can be read as salt or as calcium, a limit counts as passed only when both readings pass it. What cannot
 * be computed is left out and said, so the total is the least that is ordered. An exclusion that could not be checked does not
 * silence a hazard. Before signing only high calcium and the upper level interrupt.
 *
 * Inputs: calcium drafts (order-select: the selected ones) and orders; age; calcium, kidney function; hypoparathyroidism,
 * dialysis, thyroidectomy (exclusions); primary hyperparathyroidism, kidney stones; vitamin D level, supplements and active
 * vitamin D. Numbers, words and evidence: cards/recommendations/calcium-supplement-order.yaml.
 */
import { isPrimaryHyperparathyroidism } from '../facts/conditions.ts';
import { isAtLeastAge } from '../facts/demographics.ts';
import { allOf, anyIn, anyOf, evidenceOf, has, not, test, type Evidence, type Tri } from '../facts/fact.ts';
import type { Day } from '../facts/fhir-date.ts';
import type { FactName, Facts } from '../facts/index.ts';
import { isAtLeast, isBelow, showQuantity } from '../facts/quantity.ts';
import { doneWithin, inWindow, lastDays, lastMonths, latestWithin } from '../facts/results.ts';
import { calciumLines, calciumValues, isHighCalcium } from './calcium.ts';
import { intakeLines, intakeOf, intakeValues, isOver, isRegular, type Intake } from './calcium-intake.ts';
import { defineRule, lacking, notApplicable, type ParameterValues, type Recommend } from './define-rule.ts';
import { showEvent } from './event-date.ts';
import { isVitaminDTestIndicated } from './vitamin-d-indication.ts';

/** Of no use before signing, where only warnings appear. */
const INFORMATION_INPUTS = [
  'anyVitaminD',
  'vitaminD',
  'vitaminDOrdered',
  'vitaminDSupplements',
  'vitaminDDrafted',
  'granulomatousDisease',
  'activeVitaminD',
  'osteoporosis',
  'lowestT',
  'fractures',
  'malabsorption',
  'glucocorticoid',
  'anticonvulsants',
] as const satisfies readonly FactName[];

const INPUTS = [
  'calciumDrafts',
  'calciumOrders',
  'age',
  'hypoparathyroidism',
  'dialysis',
  'filtration',
  'ckdStage4to5',
  'thyroidectomy',
  'calcium',
  'calciumOrdered',
  'hyperparathyroidism',
  'nephrolithiasis',
  'activeVitaminDOrders',
  'activeVitaminDDrafted',
  'dietitianReferral',
  ...INFORMATION_INPUTS,
] as const satisfies readonly FactName[];

const PARAMETERS = {
  ageFrom: 'a',
  reviewAbove: ['mg/d', null],
  upperAbove: ['mg/d', null],
  upperAboveYoung: ['mg/d', null],
  youngFrom: 'a',
  youngTo: 'a',
  shortSupplyDays: 'd',
  thyroidectomyMonths: 'mo',
  advancedBelow: ['mL/min/{1.73_m2}', null],
  calciumDays: 'd',
  urgentFrom: ['mg/dL', 'mmol/L'],
  urgentIonizedFrom: ['mmol/L', null],
  urgentDays: 'd',
  vitaminDMonths: 'mo',
  deficientBelow: ['ng/mL', 'nmol/L'],
  fractureMonths: 'mo',
} as const;

type Input = Pick<Facts, (typeof INPUTS)[number]>;
type Limits = ParameterValues<typeof PARAMETERS>;

export const calciumSupplementOrder = defineRule({
  id: 'calcium-supplement-order',
  inputs: INPUTS,
  notReadAt: { 'order-sign': INFORMATION_INPUTS },
  parameters: PARAMETERS,

  evaluate(facts, limits, { today, hook }) {
    const { calciumDrafts, age } = facts;
    if (calciumDrafts.state === 'absent') return notApplicable('no calcium in the draft orders');
    if (calciumDrafts.state === 'unknown') return lacking('calciumDrafts');
    if (isAtLeastAge(age, limits.ageFrom) === false) return notApplicable('below 18 years');
    const drafts = calciumDrafts.value.filter(({ parenteral }) => !parenteral);
    if (drafts.length === 0) return notApplicable('parenteral calcium');
    if (isForAnotherReason(facts, limits, today) === true)
      return notApplicable('calcium given for another reason');

    const intake = intakeOf(drafts, facts.calciumOrders, limits.shortSupplyDays);
    const branches = branchesOf(facts, intake, limits, today);
    const shown = hook === 'order-sign' ? branches.filter(({ interrupts }) => interrupts) : branches;
    const first = shown.find(({ holds }) => holds === true);
    if (first !== undefined) return cardOf(first.name, { facts, intake, branches, limits, today });
    const open = conditionsWhere(shown, undefined);
    if (open.length > 0) return lacking(...new Set(open));
    return notApplicable('nothing to say about this calcium order');
  },
});

/** Replacement after neck surgery, phosphate binding in advanced kidney disease (clarifications R05; rules.md R05). */
function isForAnotherReason(facts: Input, limits: Limits, today: Day): Tri {
  const window = lastMonths(limits.thyroidectomyMonths, today);
  const recentSurgery = test(facts.thyroidectomy, (entries) =>
    anyIn(
      entries
        // Hypothyroidism after surgery is recorded for years and says nothing about when it was.
        .filter(({ matches }) => matches.get('thyroidectomy')?.roles.includes('consequence') !== true)
        .map(({ event }) => (event === null ? undefined : inWindow(event.date, window))),
    ),
  );
  return anyOf(
    has(facts.hypoparathyroidism),
    has(facts.dialysis),
    recentSurgery,
    hasAdvancedKidneyDisease(facts, limits),
  );
}

/** Stage codes count only without an eGFR (G18). */
function hasAdvancedKidneyDisease({ filtration, ckdStage4to5 }: Input, { advancedBelow }: Limits): Tri {
  return filtration.state === 'known'
    ? isBelow(filtration.value.quantity, advancedBelow)
    : has(ckdStage4to5) === true
      ? true
      : filtration.state === 'absent'
        ? has(ckdStage4to5)
        : undefined;
}

type BranchName =
  | 'urgentCalcium'
  | 'highCalcium'
  | 'aboveUpperLevel'
  | 'stones'
  | 'aboveReview'
  | 'withoutVitaminD'
  | 'activeVitaminD';

interface Branch {
  readonly name: BranchName;
  readonly holds: Tri;
  /** A warning: shown before signing too. */
  readonly interrupts: boolean;
  /** What it rests on, each with its own answer: a fact that is open leaves the branch open. */
  readonly conditions: readonly Condition[];
}
type Condition = readonly [name: FactName, holds: Tri];

/** Precedence of the clarifications (C, A above the upper level, A, B, D); stones are information, so they follow the warning. */
function branchesOf(facts: Input, intake: Intake, limits: Limits, today: Day): readonly Branch[] {
  const high = highCalcium(facts, limits, today);
  const primary = test(facts.hyperparathyroidism, (all) => all.some(isPrimaryHyperparathyroidism));
  const urgent = allOf(high, isUrgent(facts, limits, today));
  const any = (name: BranchName, interrupts: boolean, ...conditions: readonly Condition[]): Branch => ({
    name,
    holds: anyIn(conditions.map(([, holds]) => holds)),
    interrupts,
    conditions,
  });
  const without = vitaminDConditions(facts, limits, anyOf(high, primary), today);
  const openDose = facts.calciumOrders.state === 'unknown' ? 'calciumOrders' : 'calciumDrafts';
  return [
    any('urgentCalcium', true, ['calcium', urgent]),
    any('highCalcium', true, ['calcium', high], ['hyperparathyroidism', primary]),
    any('aboveUpperLevel', true, [openDose, isOver(intake, upperLevel(facts, limits))]),
    any('stones', false, ['nephrolithiasis', has(facts.nephrolithiasis)]),
    any('aboveReview', false, [openDose, isOver(intake, limits.reviewAbove.value)]),
    {
      name: 'withoutVitaminD',
      holds: allOf(...without.map(([, holds]) => holds)),
      interrupts: false,
      conditions: without,
    },
    any(
      'activeVitaminD',
      false,
      ['activeVitaminDOrders', has(facts.activeVitaminDOrders)],
      ['activeVitaminDDrafted', facts.activeVitaminDDrafted],
    ),
  ];
}

function conditionsWhere(branches: readonly Branch[], state: Tri): readonly FactName[] {
  return branches
    .filter(({ holds }) => holds === state)
    .flatMap(({ conditions }) => conditions)
    .filter(([, holds]) => holds === state)
    .map(([name]) => name);
}

/** High calcium of the last days; a low one is never read as high, none on file is not high. */
function highCalcium({ calcium }: Input, { calciumDays }: Limits, today: Day): Tri {
  return allOf(
    isHighCalcium(calcium),
    test(calcium, ({ result }) => inWindow(result.date, lastDays(calciumDays, today))),
  );
}

/** units.md 3: a calcium so high raises the card to critical; only while it is recent, as R06 has it. */
function isUrgent({ calcium }: Input, limits: Limits, today: Day): Tri {
  return allOf(
    isExtreme(calcium, limits),
    test(calcium, ({ result }) => inWindow(result.date, lastDays(limits.urgentDays, today))),
  );
}

function isExtreme(calcium: Input['calcium'], { urgentFrom, urgentIonizedFrom }: Limits): Tri {
  return test(calcium, ({ compared, kind }) =>
    isAtLeast(compared, kind === 'ionized' ? urgentIonizedFrom : urgentFrom),
  );
}

/** The higher level is for 19 to 50 years; an age that is not known does not raise it. */
function upperLevel({ age }: Input, limits: Limits): number {
  const young = allOf(isAtLeastAge(age, limits.youngFrom), not(isAtLeastAge(age, limits.youngTo + 1)));
  return young === true ? limits.upperAboveYoung.value : limits.upperAbove.value;
}

/** No vitamin D anywhere, and no level or a low one; never with what makes vitamin D a specialist matter. */
function vitaminDConditions(facts: Input, limits: Limits, hazard: Tri, today: Day): readonly Condition[] {
  const drafts = facts.calciumDrafts.state === 'known' ? facts.calciumDrafts.value : [];
  const regular = drafts.some((one) => !one.parenteral && isRegular(one, limits.shortSupplyDays));
  return [
    ['calciumDrafts', regular && !drafts.some(({ withVitaminD }) => withVitaminD)],
    ['vitaminDDrafted', !facts.vitaminDDrafted],
    ['vitaminDSupplements', not(has(facts.vitaminDSupplements))],
    ['calcium', not(anyOf(hazard, isHighCalcium(facts.calcium)))],
    ['granulomatousDisease', not(has(facts.granulomatousDisease))],
    ['activeVitaminD', not(anyOf(has(facts.activeVitaminD), facts.activeVitaminDDrafted))],
    ['anyVitaminD', anyOf(noLevel(facts, limits, today), isLevelLow(facts, limits, today))],
  ];
}

/** Results under unverified codes count as on file. */
function noLevel({ anyVitaminD }: Input, { vitaminDMonths }: Limits, today: Day): Tri {
  return not(doneWithin(anyVitaminD, lastMonths(vitaminDMonths, today)));
}

function isLevelLow({ vitaminD }: Input, { vitaminDMonths, deficientBelow }: Limits, today: Day): Tri {
  const latest = latestWithin(vitaminD, lastMonths(vitaminDMonths, today));
  return test(latest, ({ quantity }) => isBelow(quantity, deficientBelow));
}

interface Case {
  readonly facts: Input;
  readonly intake: Intake;
  readonly branches: readonly Branch[];
  readonly limits: Limits;
  readonly today: Day;
}

function cardOf(variant: BranchName, one: Case): Recommend {
  const { facts, intake, branches } = one;
  const holding = branches.filter(({ holds }) => holds === true).map(({ name }) => name);
  return {
    outcome: 'recommend',
    variant,
    values: valuesOf(one),
    found: [...intakeLines(intake), ...resultLines(one, holding)],
    why: whyLines(holding),
    notFound: notFoundLines(one, holding),
    suggestions: suggestionsOf(one, holding),
    because: [...new Set<FactName>(['calciumDrafts', ...conditionsWhere(branches, true)])],
    triggers: triggersOf(facts, holding),
  };
}

function valuesOf({ facts, intake, limits, today }: Case): Recommend['values'] {
  const level = latestWithin(facts.vitaminD, lastMonths(limits.vitaminDMonths, today));
  return {
    ...intakeValues(intake),
    ...calciumValues(facts.calcium),
    ...(level.state === 'known'
      ? { v: showQuantity(level.value.quantity), vitaminDDate: level.value.date.text }
      : {}),
    ...(facts.nephrolithiasis.state === 'known'
      ? { stonesDate: showEvent(facts.nephrolithiasis.evidence) }
      : {}),
    upper: upperLevel(facts, limits),
    reviewAbove: limits.reviewAbove.value,
    shortSupplyDays: limits.shortSupplyDays,
    vitaminDMonths: limits.vitaminDMonths,
    calciumDays: limits.calciumDays,
  };
}

function resultLines({ facts, limits, today }: Case, holding: readonly BranchName[]): readonly string[] {
  const { hyperparathyroidism, calcium } = facts;
  const primary = test(hyperparathyroidism, (all) => all.some(isPrimaryHyperparathyroidism)) === true;
  return [
    ...calciumLines(calcium),
    ...(isExtreme(calcium, limits) === true ? ['confirm'] : []),
    ...(primary ? ['primaryHyperparathyroidism'] : []),
    ...(holding.includes('stones') ? ['stones'] : []),
    ...(holding.includes('withoutVitaminD') && isLevelLow(facts, limits, today) === true
      ? ['lowVitaminD']
      : []),
    ...(holding.includes('activeVitaminD') ? ['activeVitaminD'] : []),
  ];
}

function isHazard(holding: readonly BranchName[]): boolean {
  return holding.includes('highCalcium');
}

function whyLines(holding: readonly BranchName[]): readonly string[] {
  const hazard = isHazard(holding);
  const aboveUpper = holding.includes('aboveUpperLevel');
  const review = holding.includes('aboveReview') && !aboveUpper && !hazard;
  return [
    ...(holding.includes('urgentCalcium') ? ['urgent'] : []),
    ...(hazard ? ['high'] : []),
    ...(aboveUpper ? ['upper'] : []),
    // "Not a hazard" stands only where nothing on the card is one.
    ...(review ? ['review'] : []),
    ...(holding.includes('stones') && !hazard ? ['stones'] : []),
    ...(holding.includes('withoutVitaminD') ? ['vitaminD'] : []),
    ...(holding.includes('activeVitaminD') ? ['monitor'] : []),
    // No intake advice while calcium is high (clarifications C).
    ...(hazard ? [] : ['need']),
    ...(review || holding.includes('withoutVitaminD') ? ['trials'] : []),
    ...(hazard ? [] : ['spacing']),
  ];
}

function notFoundLines(one: Case, holding: readonly BranchName[]): readonly string[] {
  const without = holding.includes('withoutVitaminD');
  return [
    ...(without ? ['supplement'] : []),
    ...(without && noLevel(one.facts, one.limits, one.today) === true ? ['level'] : []),
    ...(isCalciumDue(one, holding) && !isHazard(holding) ? ['calcium'] : []),
  ];
}

/** Again when it is high; else where a dose or active vitamin D asks for one and none was found lately. */
function isCalciumDue({ facts, limits, today }: Case, holding: readonly BranchName[]): boolean {
  const { calcium } = facts;
  if (isHazard(holding)) return true;
  const recent = test(calcium, ({ result }) => inWindow(result.date, lastDays(limits.calciumDays, today)));
  return recent === false && (holding.includes('aboveUpperLevel') || holding.includes('activeVitaminD'));
}

function suggestionsOf(one: Case, holding: readonly BranchName[]): readonly string[] {
  const { facts, limits, today } = one;
  const indicated = isVitaminDTestIndicated(facts, lastMonths(limits.fractureMonths, today)) === true;
  return [
    ...(isCalciumDue(one, holding) && facts.calciumOrdered !== true ? ['calcium'] : []),
    ...(holding.includes('withoutVitaminD') && indicated && facts.vitaminDOrdered !== true
      ? ['vitaminD']
      : []),
    ...(isHazard(holding) || facts.dietitianReferral === true ? [] : ['dietitian']),
  ];
}

function triggersOf(facts: Input, holding: readonly BranchName[]): readonly Evidence[] {
  if (isHazard(holding)) {
    const high = calciumLines(facts.calcium).length > 0;
    return high ? evidenceOf(facts.calcium) : evidenceOf(facts.hyperparathyroidism);
  }
  return holding.includes('stones') ? evidenceOf(facts.nephrolithiasis) : [];
}
