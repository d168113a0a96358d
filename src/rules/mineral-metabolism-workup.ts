/**
 * R06: high calcium that nobody has explained, or osteoporosis without the basic tests for secondary causes.
 *
 * Inputs: latest calcium within 12 months with the PTH nearest to it; known hyperparathyroidism and endocrinology contact;
 * osteoporosis by diagnosis or T-score, fragility fracture; the basic tests and their orders; osteoporosis drugs (gap use)
 * and kidney function, which decide about PTH; drugs and malignancy for the text. At order-sign (bone density scan or bone
 * drug among the drafts) and at discharge only an urgent calcium is said; what the rest needs is not read there.
 * A calcium or PTH that cannot be read gives no card about it. Numbers, words and evidence:
 * cards/recommendations/mineral-metabolism-workup.yaml.
 */
import { isAtLeastAge } from '../facts/demographics.ts';
import { showT } from '../facts/dxa.ts';
import { anyOf, evidenceOf, type Tri } from '../facts/fact.ts';
import type { FactName, Facts } from '../facts/index.ts';
import type { CalciumStatus } from '../facts/lab-facts.ts';
import type { Series } from '../facts/results.ts';
import { showCalcium } from './calcium.ts';
import { showNumber } from '../facts/quantity.ts';
import {
  defineRule,
  lacking,
  notApplicable,
  type ParameterValues,
  type Recommend,
  type Situation,
} from './define-rule.ts';
import { fractureValues } from './fracture.ts';
import {
  isMissingNear,
  pthLines,
  pthValues,
  readHypercalcemia,
  type Hypercalcemia,
} from './hypercalcemia.ts';
import { labList } from './lab-names.ts';
import { THERAPY_INPUTS } from './osteoporosis-therapy.ts';
import { CAUSES_PART, NO_GAP, readSecondaryCauses, type SecondaryCauseGap } from './secondary-cause-gap.ts';

/** Read for the branch about secondary causes only. */
const CAUSES_ONLY = [
  ...THERAPY_INPUTS,
  'sex',
  'osteoporosis',
  'lowestT',
  'fractures',
  'metabolicBoneOther',
  'tsh',
  'tshOrdered',
  'testosterone',
  'testosteroneOrdered',
  'anticonvulsants',
  'protonPumpInhibitors',
] as const satisfies readonly FactName[];
const ORDERS = [
  'calciumOrdered',
  'pthOrdered',
  'kidneyOrdered',
  'vitaminDOrdered',
  'phosphateOrdered',
  'alkalinePhosphataseOrdered',
  'endocrinologyReferral',
] as const satisfies readonly FactName[];
const DRAFTS = ['dxaDraft', 'boneDrugDrafts'] as const satisfies readonly FactName[];
const INPUTS = [
  'age',
  'calcium',
  'calciumResults',
  'pth',
  'kidney',
  'kidneyResults',
  'anyVitaminD',
  'phosphate',
  'alkalinePhosphatase',
  'hyperparathyroidism',
  'malignancy',
  'thiazides',
  'lithium',
  'activeVitaminD',
  ...ORDERS,
  ...CAUSES_ONLY,
  ...DRAFTS,
] as const satisfies readonly FactName[];

const PARAMETERS = {
  ageFrom: 'a',
  criticalFrom: ['mg/dL', 'mmol/L'],
  criticalIonizedFrom: ['mmol/L', null],
  criticalDays: 'd',
  pthMonths: 'mo',
  suppressedBelow: ['pg/mL', 'pmol/L'],
  dependentFrom: ['pg/mL', 'pmol/L'],
  knownMargin: ['mg/dL', 'mmol/L'],
  correctionUnreliableBelow: ['mL/min/{1.73_m2}', null],
  labMonths: 'mo',
  testosteroneBelowAge: 'a',
  zoledronateMonths: 'mo',
  denosumabMonths: 'mo',
} as const;

type Inputs = Pick<Facts, (typeof INPUTS)[number]>;
type Limits = ParameterValues<typeof PARAMETERS>;

export const mineralMetabolismWorkup = defineRule({
  id: 'mineral-metabolism-workup',
  inputs: INPUTS,
  notReadAt: {
    'patient-view': DRAFTS,
    // No order list for the sake of an urgent card: at worst it suggests a test that is ordered already.
    'order-sign': [...ORDERS, ...CAUSES_ONLY],
    'encounter-discharge': [...CAUSES_ONLY, ...DRAFTS],
  },
  parameters: PARAMETERS,

  evaluate(facts, limits, at) {
    const adult = isAtLeastAge(facts.age, limits.ageFrom);
    if (adult === false) return notApplicable('below 18 years');
    if (at.hook === 'order-sign' && !facts.dxaDraft) {
      if (facts.boneDrugDrafts.state === 'absent')
        return notApplicable('no bone density scan and no bone drug in the draft orders');
      if (facts.boneDrugDrafts.state === 'unknown') return lacking('boneDrugDrafts');
    }
    const calcium = readHypercalcemia(facts, limits, at.today);
    const reminds = at.hook === 'patient-view';
    const gap = reminds ? readSecondaryCauses(facts, limits, at) : NO_GAP;
    const speaks = anyOf(calcium.urgent, ...(reminds ? [calcium.due, gap.due] : []));
    if (speaks === false) return notApplicable('no high calcium to explain, no basic test to ask for');
    if (adult === undefined) return lacking('age');
    if (speaks === undefined) return lacking(...new Set([...calcium.open, ...gap.open]));
    return card({ facts, limits, at, calcium, gap });
  },
});

interface Case {
  readonly facts: Inputs;
  readonly limits: Limits;
  readonly at: Situation;
  readonly calcium: Hypercalcemia;
  readonly gap: SecondaryCauseGap;
}

function card(one: Case): Recommend {
  const { facts, calcium, gap } = one;
  const high = isAboutCalcium(one);
  const suggestions = suggestionsOf(one);
  return {
    outcome: 'recommend',
    variant: variantOf(one),
    values: valuesOf(one),
    found: [...calciumFound(one), ...(gap.due === true ? boneFound(one) : [])],
    why: [...(high ? calciumWhy(one) : []), ...(gap.due === true ? ['causes'] : [])],
    notFound: [
      ...(high && isAsking(calcium) ? [calcium.pattern] : []),
      ...(high && isForReferral(calcium) && facts.endocrinologyReferral === false ? ['referral'] : []),
      ...(gap.due === true ? ['labs'] : []),
    ],
    suggestions,
    parts: [
      ...(gap.due === true ? [CAUSES_PART] : []),
      ...(suggestions.some((key) => key === 'vitaminD' || key === 'earlyVitaminD') ? ['vitaminD'] : []),
      ...(gap.due === true && gap.labs.some((name) => name !== 'vitaminD') ? ['secondaryLabs'] : []),
    ],
    because: [
      ...(high ? (['calcium', 'pth'] as const) : []),
      ...(gap.due === true ? boneReasons(facts) : []),
    ],
    // The calcium is the reason of its orders; without it, the bone is the reason of the basic tests.
    triggers: high
      ? evidenceOf(facts.calcium)
      : boneReasons(facts).flatMap((name) => evidenceOf(facts[name])),
  };
}

function isAboutCalcium({ calcium }: Case): boolean {
  return calcium.urgent === true || calcium.due === true;
}

function isAsking(calcium: Hypercalcemia): calcium is Hypercalcemia & { pattern: 'noPth' | 'noPthNear' } {
  return calcium.pattern === 'noPth' || calcium.pattern === 'noPthNear';
}

function isForReferral({ pattern }: Hypercalcemia): boolean {
  return pattern === 'pthDependent' || pattern === 'pthNotSuppressed';
}

/** Precedence (clarifications R06): urgent calcium, what PTH shows, no PTH, basic tests. */
function variantOf({ calcium, gap }: Case): string {
  if (calcium.urgent === true) return calcium.status?.corrected == null ? 'urgent' : 'urgentCorrected';
  if (calcium.due === true && calcium.pattern !== null) return calcium.pattern;
  return gap.osteoporosis ? 'causes' : 'causesAfterFracture';
}

function boneReasons({ osteoporosis, lowestT, fractures }: Inputs): readonly BoneReason[] {
  return [
    ...(osteoporosis.state === 'known' ? (['osteoporosis'] as const) : []),
    ...(lowestT.state === 'known' && lowestT.value.range === 'osteoporosis' ? (['lowestT'] as const) : []),
    ...(fractures.state === 'known' ? (['fractures'] as const) : []),
  ];
}
type BoneReason = 'osteoporosis' | 'lowestT' | 'fractures';

/** A high calcium is named on every card of this rule, also where only the basic tests are due. */
function calciumFound({ facts, calcium: { status, extreme, near } }: Case): readonly string[] {
  if (status === null || (status.level !== 'high' && !extreme)) return [];
  return [
    status.corrected === null ? 'calcium' : 'calciumCorrected',
    status.upperLimit.fromReport ? 'limitOfReport' : 'limitOfService',
    ...(extreme ? ['confirm'] : []),
    ...pthLines(near),
    ...(facts.hyperparathyroidism.state === 'known' ? ['hyperparathyroidism'] : []),
    ...(facts.endocrinologyReferral === true ? ['endocrinologyReferral'] : []),
    ...(facts.malignancy.state === 'known' ? ['malignancy'] : []),
    ...(facts.thiazides.state === 'known' ? ['thiazide'] : []),
    ...(facts.lithium.state === 'known' ? ['lithium'] : []),
    ...(facts.activeVitaminD.state === 'known' ? ['activeVitaminD'] : []),
  ];
}

function calciumWhy({ facts, limits, at, calcium }: Case): readonly string[] {
  const known = facts.hyperparathyroidism.state === 'known';
  return [
    ...(calcium.urgent === true ? ['urgent', ...(at.hook === 'order-sign' ? ['beforeOrder'] : [])] : []),
    ...(calcium.pattern === null ? [] : [isAsking(calcium) ? 'askPth' : calcium.pattern]),
    ...(known && calcium.urgent !== true ? ['knownHyperparathyroidism'] : []),
    ...(isForReferral(calcium) ? ['surgery'] : []),
    ...(isCorrectionUnreliable(facts, calcium.status, limits) ? ['ionized'] : []),
  ];
}

/** Our albumin correction in CKD stage 4 or 5 (units.md 1). */
function isCorrectionUnreliable(
  { kidney }: Inputs,
  status: CalciumStatus | null,
  { correctionUnreliableBelow: limit }: Limits,
): boolean {
  if (status?.corrected == null || kidney.state !== 'known') return false;
  return kidney.value.eGfr !== null && kidney.value.eGfr < limit.value;
}

function boneFound({ facts, gap }: Case): readonly string[] {
  const reasons = boneReasons(facts);
  const t = facts.lowestT.state === 'known' ? facts.lowestT.value : null;
  return [
    ...(reasons.includes('osteoporosis') ? ['diagnosis'] : []),
    ...(t === null ? [] : ['tScore', ...(t.confirm ? ['confirmT'] : [])]),
    ...(reasons.includes('fractures') ? [gap.fracture === null ? 'fractureUndated' : 'fracture'] : []),
    ...(gap.fracture?.mechanismUnknown === true ? ['mechanismUnknown'] : []),
    ...(facts.anticonvulsants.state === 'known' ? ['anticonvulsant'] : []),
    ...(facts.protonPumpInhibitors.state === 'known' ? ['protonPumpInhibitor'] : []),
  ];
}

/** The work-up of the calcium first; a basic test that it already asks for is not asked for twice. */
function suggestionsOf(one: Case): readonly string[] {
  const { facts, calcium, gap } = one;
  const high = isAboutCalcium(one);
  const workup = high ? workupLabs(one) : [];
  const asked = new Set(workup.map(({ lab }) => lab));
  return [
    ...workup.map(({ key }) => key),
    ...(high && isForReferral(calcium) && facts.endocrinologyReferral !== true ? ['endocrinology'] : []),
    ...(gap.due === true ? gap.labs.filter((name) => !asked.has(name)) : []),
  ];
}

interface WorkupLab {
  readonly lab: string;
  /** Key of the YAML's suggestions. */
  readonly key: string;
}

/** Calcium again with albumin, and what a complete search did not find near the high calcium. */
function workupLabs({ facts, limits, calcium: { status, urgent }, at }: Case): readonly WorkupLab[] {
  if (status === null) return [];
  const now = urgent === true;
  const supporting = (lab: string, key: string, series: Series, ordered: Tri): readonly WorkupLab[] =>
    ordered !== true && isMissingNear(series, status, limits.pthMonths) ? [{ lab, key }] : [];
  return [
    ...(facts.calciumOrdered === true
      ? []
      : [
          { lab: 'calcium', key: now ? 'urgentCalcium' : 'repeatCalcium' },
          { lab: 'albumin', key: now ? 'urgentAlbumin' : 'albumin' },
        ]),
    ...supporting('pth', 'earlyPth', facts.pth, facts.pthOrdered),
    ...supporting(
      'creatinine',
      now ? 'urgentCreatinine' : 'earlyCreatinine',
      facts.kidneyResults,
      facts.kidneyOrdered,
    ),
    ...(at.dropped.has('vitaminD')
      ? []
      : supporting('vitaminD', 'earlyVitaminD', facts.anyVitaminD, facts.vitaminDOrdered)),
    ...supporting('phosphate', 'phosphate', facts.phosphate, facts.phosphateOrdered),
    ...supporting(
      'alkalinePhosphatase',
      'earlyAlkalinePhosphatase',
      facts.alkalinePhosphatase,
      facts.alkalinePhosphataseOrdered,
    ),
  ];
}

function valuesOf({ facts, limits, calcium, gap }: Case): Readonly<Record<string, string | number>> {
  const { status, near } = calcium;
  const t = facts.lowestT.state === 'known' ? facts.lowestT.value : null;
  return {
    ...(status === null ? {} : { ...showCalcium(status), calciumLimit: shownLimit(status) }),
    ...pthValues(near),
    ...(t === null ? {} : { t: showT(t.quantity), site: t.site, tDate: t.date.text }),
    ...fractureValues(gap.fracture),
    labs: labList(gap.labs),
    labMonths: limits.labMonths,
    pthMonths: limits.pthMonths,
  };
}

function shownLimit({ upperLimit, compared }: CalciumStatus): string {
  return `${showNumber(upperLimit.value)} ${compared.unit}`;
}
