/**
 * R08: a fragility fracture, osteoporosis or a late denosumab dose, and no osteoporosis therapy or evaluation on file.
 *
 * Inputs: age; fragility fractures within 24 months; osteoporosis by diagnosis or T-score; osteoporosis drugs now and
 * before (gap use); bone density scan and bone-health referral; atypical femoral fracture and drug-related osteonecrosis of
 * the jaw (silence all but the denosumab gap); kidney function, calcium, malignancy and the tests for secondary causes for the
 * text and the suggestions. Numbers, words and evidence: cards/recommendations/fracture-osteoporosis-treatment-gap.yaml.
 */
import { isAtLeastAge } from '../facts/demographics.ts';
import { dxaWithin, showT } from '../facts/dxa.ts';
import { allOf, anyOf, evidenceOf, has, not, test, type Evidence, type Tri } from '../facts/fact.ts';
import type { Day } from '../facts/fhir-date.ts';
import type { Fracture } from '../facts/fractures.ts';
import type { FactName, Facts } from '../facts/index.ts';
import { lastMonths } from '../facts/results.ts';
import { calciumLines, calciumValues, isHighCalcium } from './calcium.ts';
import { defineRule, lacking, notApplicable, type ParameterValues, type Recommend } from './define-rule.ts';
import { fractureValues, fractureWithin, mainFracture } from './fracture.ts';
import { labList } from './lab-names.ts';
import {
  denosumabGap,
  endedBisphosphonate,
  newestTherapy,
  THERAPY_INPUTS,
  therapyState,
  type DenosumabGap,
  type TherapyState,
} from './osteoporosis-therapy.ts';
import { SECONDARY_CAUSE_INPUTS, secondaryCauseLabs } from './secondary-causes.ts';

const INPUTS = [
  ...SECONDARY_CAUSE_INPUTS,
  'fractures',
  'osteoporosis',
  'lowestT',
  ...THERAPY_INPUTS,
  'dxaDone',
  'dxaSearched',
  'dxaOrdered',
  'boneReferral',
  'atypicalFracture',
  'osteonecrosisJaw',
  'malignancy',
  'kidney',
  'ckdStage4to5',
  'anticonvulsants',
  'protonPumpInhibitors',
  'calcium',
  'dietitianReferral',
] as const;
const PARAMETERS = {
  ageFrom: 'a',
  fractureMonths: 'mo',
  dxaMonths: 'mo',
  zoledronateMonths: 'mo',
  denosumabMonths: 'mo',
  denosumabGapMonths: 'mo',
  holidayMonths: 'mo',
  labMonths: 'mo',
  testosteroneBelowAge: 'a',
  specialistBelow: ['mL/min/{1.73_m2}', null],
} as const;

type Inputs = Pick<Facts, (typeof INPUTS)[number]>;
type Limits = ParameterValues<typeof PARAMETERS>;

export const fractureOsteoporosisTreatmentGap = defineRule({
  id: 'fracture-osteoporosis-treatment-gap',
  inputs: INPUTS,
  parameters: PARAMETERS,

  evaluate(facts, limits, { today }) {
    const oldEnough = isAtLeastAge(facts.age, limits.ageFrom);
    if (oldEnough === false) return notApplicable('below 50 years');
    const therapy = therapyOf(facts, limits, today);
    if (therapy.treated === true) return notApplicable('on osteoporosis therapy');

    const gap = denosumabGap(facts, therapy.treated, lastMonths(limits.denosumabGapMonths, today), today);
    const bone = boneReason(facts, limits, today);
    const evaluation = evaluationOf(facts, limits, today);
    const specialist = specialistOnly(facts);
    const general = allOf(bone, not(specialist), not(evaluation.complete));
    const speaks = anyOf(gap.holds, general);
    if (speaks === false) {
      if (bone === false) return notApplicable('no recent fracture, no osteoporosis, no denosumab gap');
      return notApplicable(specialist === true ? 'specialist territory' : 'scan and referral on file');
    }
    if (oldEnough === undefined || therapy.treated === undefined || speaks === undefined)
      return lacking(
        ...(oldEnough === undefined ? (['age'] as const) : []),
        ...openInputs(facts, therapy, gap, { bone, specialist, evaluation }, limits, today),
      );

    const fracture = mainFracture(facts.fractures, lastMonths(limits.fractureMonths, today));
    return card({ facts, limits, today, fracture, evaluation, gap });
  },
});

function therapyOf(facts: Inputs, limits: Limits, today: Day): TherapyState {
  return therapyState(
    facts,
    {
      zoledronate: lastMonths(limits.zoledronateMonths, today),
      denosumab: lastMonths(limits.denosumabMonths, today),
    },
    today,
  );
}

function boneReason({ fractures, osteoporosis, lowestT }: Inputs, limits: Limits, today: Day): Tri {
  return anyOf(
    fractureWithin(fractures, lastMonths(limits.fractureMonths, today)),
    has(osteoporosis),
    test(lowestT, ({ range }) => range === 'osteoporosis'),
  );
}

/** After these complications of bone drugs, treatment is the specialist's decision (clarifications R08). */
function specialistOnly({ atypicalFracture, osteonecrosisJaw }: Inputs): Tri {
  return anyOf(has(atypicalFracture), has(osteonecrosisJaw));
}

interface Evaluation {
  readonly recentScan: Tri;
  /** A recent scan and a referral: nothing to remind of. */
  readonly complete: Tri;
  /** Neither a scan of any date nor a referral. */
  readonly none: boolean;
}

function evaluationOf(
  { dxaDone, dxaSearched, boneReferral }: Inputs,
  limits: Limits,
  today: Day,
): Evaluation {
  const found = dxaWithin(dxaDone, lastMonths(limits.dxaMonths, today));
  // A search that was cut off may hide a newer scan than the one found.
  const recentScan = found === false && dxaSearched.state !== 'known' ? undefined : found;
  return {
    recentScan,
    complete: allOf(recentScan, boneReferral),
    none: has(dxaDone) === false && boneReferral === false,
  };
}

interface Verdicts {
  readonly bone: Tri;
  readonly specialist: Tri;
  readonly evaluation: Evaluation;
}

/** The inputs that leave the answer open. */
function openInputs(
  facts: Inputs,
  therapy: TherapyState,
  gap: DenosumabGap,
  { bone, specialist, evaluation }: Verdicts,
  limits: Limits,
  today: Day,
): readonly FactName[] {
  const window = lastMonths(limits.fractureMonths, today);
  const names: readonly (readonly [FactName, boolean])[] = [
    ...therapy.open.map((name) => [name, true] as const),
    ['denosumabHistory', therapy.treated === false && gap.holds === undefined],
    ['fractures', bone === undefined && fractureWithin(facts.fractures, window) === undefined],
    ['osteoporosis', bone === undefined && facts.osteoporosis.state === 'unknown'],
    ['lowestT', bone === undefined && facts.lowestT.state === 'unknown'],
    ['atypicalFracture', specialist === undefined && facts.atypicalFracture.state === 'unknown'],
    ['osteonecrosisJaw', specialist === undefined && facts.osteonecrosisJaw.state === 'unknown'],
    ['dxaDone', evaluation.complete === undefined && evaluation.recentScan === undefined],
    ['boneReferral', evaluation.complete === undefined && facts.boneReferral === undefined],
  ];
  return names.filter(([, open]) => open).map(([name]) => name);
}

interface Case {
  readonly facts: Inputs;
  readonly limits: Limits;
  readonly today: Day;
  readonly fracture: Fracture | null;
  readonly evaluation: Evaluation;
  readonly gap: DenosumabGap;
}

function card(one: Case): Recommend {
  const { facts } = one;
  const due = dueLabs(one);
  const suggestions = [
    ...(one.evaluation.recentScan === false && facts.dxaOrdered !== true ? ['dxa'] : []),
    ...(facts.boneReferral === true ? [] : ['boneHealth']),
    ...due.filter(({ ordered }) => ordered !== true).map(({ name }) => name),
    ...(isHighCalcium(facts.calcium) === false && facts.dietitianReferral !== true ? ['dietitian'] : []),
  ];
  return {
    outcome: 'recommend',
    variant: variantOf(one),
    values: { ...valuesOf(one), labs: labList(due.map(({ name }) => name)) },
    found: foundLines(one),
    why: whyLines(one, due, suggestions),
    notFound: notFoundLines(one, due),
    suggestions,
    parts: [
      ...(suggestions.includes('dxa') ? ['dxa'] : []),
      ...(suggestions.includes('vitaminD') ? ['vitaminD'] : []),
      ...(due.some(({ name, ordered }) => name !== 'vitaminD' && ordered !== true) ? ['secondaryLabs'] : []),
    ],
    because: becauseOf(one),
    triggers: triggersOf(one),
  };
}

type DueLabs = ReturnType<typeof secondaryCauseLabs>;

/** Tests for secondary causes that a complete search did not find. PTH as well: osteoporosis here is untreated. */
function dueLabs({ facts, limits, today }: Case): DueLabs {
  return secondaryCauseLabs(facts, {
    window: lastMonths(limits.labMonths, today),
    pthWanted: true,
    testosteroneBelowAge: limits.testosteroneBelowAge,
  }).filter(({ missing }) => missing === true);
}

/** Precedence (clarifications R08): denosumab gap, fracture, T-score, diagnosis. */
function variantOf({ facts, fracture, evaluation, gap, limits, today }: Case): string {
  if (gap.holds === true) return 'denosumabGap';
  if (fracture !== null) {
    const holiday = lastMonths(limits.holidayMonths, today);
    if (endedBisphosphonate(facts.bisphosphonateHistory, holiday, today) !== null)
      return 'fractureAfterBisphosphonate';
    return evaluation.none ? 'fracture' : 'fracturePartlyEvaluated';
  }
  const byScore = facts.lowestT.state === 'known' && facts.lowestT.value.range === 'osteoporosis';
  const basis = byScore ? 'tScore' : 'diagnosis';
  return facts.boneReferral === false ? basis : `${basis}PartlyEvaluated`;
}

function valuesOf({ facts, fracture, gap, limits, today }: Case): Readonly<Record<string, string | number>> {
  const t = facts.lowestT.state === 'known' ? facts.lowestT.value : null;
  const scan = facts.dxaDone.state === 'known' ? (facts.dxaDone.value[0]?.date ?? null) : null;
  const holiday = lastMonths(limits.holidayMonths, today);
  const ended = endedBisphosphonate(facts.bisphosphonateHistory, holiday, today);
  const earlier = newestTherapy(facts.osteoporosisTherapyHistory, today);
  const eGfr = lowEgfr(facts, limits);
  return {
    ...fractureValues(fracture),
    ...calciumValues(facts.calcium),
    ...(t === null ? {} : { t: showT(t.quantity), site: t.site, tDate: t.date.text }),
    ...(scan === null ? {} : { scanDate: scan.text }),
    ...(ended === null ? {} : { endDate: ended.text }),
    ...(earlier === null ? {} : { earlierDate: earlier.text }),
    ...(eGfr === null ? {} : eGfr),
    ...(gap.date === null ? {} : { denosumabDate: gap.date.text }),
    others: otherFractures(facts, fracture),
    dxaMonths: limits.dxaMonths,
    labMonths: limits.labMonths,
    specialistBelow: limits.specialistBelow.value,
  };
}

function otherFractures({ fractures }: Inputs, main: Fracture | null): number {
  return fractures.state === 'known' ? fractures.value.filter((one) => one !== main).length : 0;
}

/** Cut to one decimal, so that the text never rounds up to the limit. */
function lowEgfr({ kidney }: Inputs, { specialistBelow }: Limits): { eGfr: string; eGfrDate: string } | null {
  if (kidney.state !== 'known') return null;
  const { eGfr, date } = kidney.value;
  if (eGfr === null || date === null || eGfr >= specialistBelow.value) return null;
  return { eGfr: String(Math.floor(eGfr * 10) / 10), eGfrDate: date.text };
}

/** Stage codes count only without an eGFR (G18). */
function isAdvancedByCode({ kidney, ckdStage4to5 }: Inputs): boolean {
  return kidney.state === 'known' && kidney.value.basis === 'diagnosis' && ckdStage4to5.state === 'known';
}

function foundLines({ facts, fracture, gap, limits, today }: Case): readonly string[] {
  const { lowestT, dxaDone } = facts;
  const t = lowestT.state === 'known' ? lowestT.value : null;
  const holiday = lastMonths(limits.holidayMonths, today);
  const ended = endedBisphosphonate(facts.bisphosphonateHistory, holiday, today) !== null;
  const earlier = newestTherapy(facts.osteoporosisTherapyHistory, today) !== null;
  return [
    ...(gap.holds === true ? ['denosumab'] : []),
    ...(fracture === null ? [] : ['fracture']),
    ...(fracture?.mechanismUnknown === true ? ['mechanismUnknown'] : []),
    ...(otherFractures(facts, fracture) > 0 ? ['otherFractures'] : []),
    ...(facts.osteoporosis.state === 'known' ? ['diagnosis'] : []),
    ...(t === null ? [] : ['tScore', ...(t.confirm ? ['confirm'] : [])]),
    ...scanLine(dxaDone, t?.date.text),
    ...(facts.boneReferral === true ? ['referral'] : []),
    ...(gap.holds === true ? [] : ended ? ['bisphosphonateEnded'] : earlier ? ['earlierTherapy'] : []),
    ...(specialistOnly(facts) === true ? ['complication'] : []),
    ...(lowEgfr(facts, limits) === null ? [] : ['kidney']),
    ...(isAdvancedByCode(facts) ? ['kidneyByCode'] : []),
    ...(facts.malignancy.state === 'known' ? ['malignancy'] : []),
    ...calciumLines(facts.calcium),
    ...(facts.anticonvulsants.state === 'known' ? ['anticonvulsant'] : []),
    ...(facts.protonPumpInhibitors.state === 'known' ? ['protonPumpInhibitor'] : []),
  ];
}

/** The newest scan; the one that the T-score comes from is said already. */
function scanLine(dxaDone: Inputs['dxaDone'], scored: string | undefined): readonly string[] {
  if (dxaDone.state !== 'known') return [];
  const date = dxaDone.value[0]?.date ?? null;
  if (date === null) return ['scanUndated'];
  return date.text === scored ? [] : ['scan'];
}

function whyLines(one: Case, due: DueLabs, suggestions: readonly string[]): readonly string[] {
  const { facts, fracture, gap, limits } = one;
  const hip = fracture?.kind === 'hip';
  const variant = variantOf(one);
  return [
    ...(gap.holds === true ? ['denosumabDelay'] : []),
    ...(fracture === null ? [] : ['fracture']),
    ...(hip ? ['hip'] : []),
    ...(fracture === null && gap.holds !== true ? ['decision'] : []),
    ...(variant === 'fractureAfterBisphosphonate' ? ['holiday'] : []),
    ...(specialistOnly(facts) === true ? ['specialistDecision'] : []),
    ...(lowEgfr(facts, limits) !== null || isAdvancedByCode(facts) ? ['specialistFirst'] : []),
    ...(facts.malignancy.state === 'known' ? ['oncology'] : []),
    ...(hip && suggestions.includes('dxa') ? ['doNotDelay'] : []),
    ...(due.length === 0 ? [] : ['secondaryCauses']),
    'lifestyle',
  ];
}

function notFoundLines({ facts, evaluation, gap }: Case, due: DueLabs): readonly string[] {
  return [
    gap.holds === true ? 'followOn' : 'therapy',
    ...(has(facts.dxaDone) === false ? ['scan'] : evaluation.recentScan === false ? ['recentScan'] : []),
    ...(facts.boneReferral === false ? ['referral'] : []),
    ...(due.length === 0 ? [] : ['labs']),
  ];
}

function becauseOf({ facts, fracture, gap }: Case): readonly FactName[] {
  return [
    ...(gap.holds === true ? (['denosumabHistory'] as const) : []),
    ...(fracture === null ? [] : (['fractures'] as const)),
    ...(facts.osteoporosis.state === 'known' ? (['osteoporosis'] as const) : []),
    ...(isOsteoporosisT(facts) ? (['lowestT'] as const) : []),
    'osteoporosisTherapy',
  ];
}

function isOsteoporosisT({ lowestT }: Inputs): boolean {
  return lowestT.state === 'known' && lowestT.value.range === 'osteoporosis';
}

/** The fracture first: its coding is the reason on the suggested orders. */
function triggersOf({ facts, fracture }: Case): readonly Evidence[] {
  return [
    ...evidenceOf(facts.fractures).filter(({ source }) => source === fracture?.source),
    ...evidenceOf(facts.osteoporosis),
    ...(isOsteoporosisT(facts) ? evidenceOf(facts.lowestT) : []),
  ];
}
