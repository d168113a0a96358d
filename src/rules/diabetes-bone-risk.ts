/**
 * R19: fracture risk that is underestimated in type 1 or type 2 diabetes. In the chart: no bone density scan in three years
 * (A), or a T-score just above osteoporosis (B). Before signing: a thiazolidinedione with osteoporosis or a fragility
 * fracture (C).
 *
 * Inputs: diabetes; age; from 50 to 64 years two of the risk factors of diabetes-factors.ts; scans and lowest T-score;
 * osteoporosis drugs (gap use); basic tests for secondary causes, suggested with B. A factor that is not known counts only
 * where it would decide. Numbers, words and evidence: cards/recommendations/diabetes-bone-risk.yaml.
 */
import { isAtLeastAge } from '../facts/demographics.ts';
import { dxaWithin, showT } from '../facts/dxa.ts';
import { allOf, anyOf, evidenceOf, has, not, test, type Tri } from '../facts/fact.ts';
import type { FactName, Facts } from '../facts/index.ts';
import { isAbove } from '../facts/quantity.ts';
import { lastMonths } from '../facts/results.ts';
import { boneReasons } from './bone-reasons.ts';
import {
  defineRule,
  lacking,
  notApplicable,
  type Finding,
  type ParameterValues,
  type Recommend,
  type Situation,
} from './define-rule.ts';
import {
  areEnough,
  diabetesEvidence,
  FACTOR_INPUTS,
  factorsOf,
  showDiabetes,
  type Factor,
} from './diabetes-factors.ts';
import { labList } from './lab-names.ts';
import { THERAPY_INPUTS, therapyState } from './osteoporosis-therapy.ts';
import { SECONDARY_CAUSE_INPUTS, secondaryCauseLabs, type SecondaryCauseLab } from './secondary-causes.ts';

const VIEW_INPUTS = [
  ...FACTOR_INPUTS.filter((name) => name !== 'fractures'),
  'metabolicBoneOther',
  'dxaDone',
  'dxaSearched',
  'dxaOrdered',
  'lowestT',
  ...THERAPY_INPUTS,
  ...SECONDARY_CAUSE_INPUTS.filter((name) => name !== 'age'),
] as const satisfies readonly FactName[];
const ORDER_INPUTS = ['thiazolidinedioneDrafts', 'lowBmd'] as const satisfies readonly FactName[];
const INPUTS = ['age', 'fractures', ...VIEW_INPUTS, ...ORDER_INPUTS] as const satisfies readonly FactName[];

const PARAMETERS = {
  ageFrom: 'a',
  ageAlone: 'a',
  factorsFrom: '{count}',
  hba1cAbove: ['%', 'mmol/mol'],
  hba1cMonths: 'mo',
  durationYears: 'a',
  scanMonths: 'mo',
  tScoreThreshold: ['{T-score}', null],
  zoledronateMonths: 'mo',
  denosumabMonths: 'mo',
  labMonths: 'mo',
  testosteroneBelowAge: 'a',
  orderAgeFrom: 'a',
  warnAtOrders: 'boolean',
  showCouldNotCheck: 'boolean',
} as const;

type Input = Pick<Facts, (typeof INPUTS)[number]>;
type Limits = ParameterValues<typeof PARAMETERS>;

export const diabetesBoneRisk = defineRule({
  id: 'diabetes-bone-risk',
  inputs: INPUTS,
  notReadAt: { 'patient-view': ORDER_INPUTS, 'order-sign': VIEW_INPUTS },
  parameters: PARAMETERS,

  evaluate(facts, limits, at) {
    return at.hook === 'order-sign' ? beforeSigning(facts, limits) : inTheChart(facts, limits, at);
  },
});

/** Part of cards/cofiring.yaml: what a silence of branch B names. */
const T_SCORE_PART = 'diabetesTScore';

function inTheChart(facts: Input, limits: Limits, at: Situation): Finding {
  const { type1Diabetes, type2Diabetes, metabolicBoneOther } = facts;
  const diabetes = anyOf(has(type1Diabetes), has(type2Diabetes));
  if (diabetes === false) return notApplicable('no type 1 or type 2 diabetes');
  if (has(metabolicBoneOther) === true) return notApplicable('Paget disease, myeloma or bone metastases');
  const oldEnough = isAtLeastAge(facts.age, limits.ageFrom);
  if (oldEnough === false) return notApplicable('below the age limit');
  const factors = factorsOf(facts, limits, at.today);
  const atRisk = anyOf(
    isAtLeastAge(facts.age, limits.ageAlone),
    allOf(oldEnough, areEnough(factors, limits.factorsFrom)),
  );
  if (atRisk === false) return notApplicable('below 65 years with too few risk factors');
  const scan = scanBranch(facts, limits, at);
  const score = scoreBranch(facts, limits, at);
  const speaks = anyOf(scan.holds, score.holds);
  if (speaks === false)
    return notApplicable('scan current, no T-score in the range, or on osteoporosis therapy');
  if (diabetes === undefined) return lacking(...openNames(facts, ['type1Diabetes', 'type2Diabetes']));
  if (metabolicBoneOther.state === 'unknown') return lacking('metabolicBoneOther');
  if (atRisk === undefined) return lacking(...openRisks(facts, limits, factors));
  if (speaks === undefined) return lacking(...new Set([...scan.open, ...score.open]));
  return card(facts, limits, at, { scan: scan.holds === true, score: score.holds === true, factors });
}

interface Branch {
  readonly holds: Tri;
  /** Inputs that leave it open. */
  readonly open: readonly FactName[];
}

const SILENT: Branch = { holds: false, open: [] };

/** A: no scan in the window and none ordered. */
function scanBranch(
  { dxaDone, dxaSearched, dxaOrdered }: Input,
  { scanMonths }: Limits,
  { today, dropped }: Situation,
): Branch {
  if (dropped.has('dxa')) return SILENT;
  const found = dxaWithin(dxaDone, lastMonths(scanMonths, today));
  // A search that was cut off may hide a newer scan than the one found.
  const none = found === false && dxaSearched.state !== 'known' ? undefined : not(found);
  return {
    holds: allOf(none, not(dxaOrdered)),
    open: [
      ...(none === undefined ? (['dxaDone'] as const) : []),
      ...(dxaOrdered === undefined ? (['dxaOrdered'] as const) : []),
    ],
  };
}

/** B: T-score at or below the threshold that the ADA reads like osteoporosis, not in its range, without therapy. */
function scoreBranch(facts: Input, limits: Limits, { today, dropped }: Situation): Branch {
  if (dropped.has(T_SCORE_PART)) return SILENT;
  const inRange = test(facts.lowestT, ({ quantity, range }) =>
    allOf(range === 'osteopenia', not(isAbove(quantity, limits.tScoreThreshold))),
  );
  const windows = {
    zoledronate: lastMonths(limits.zoledronateMonths, today),
    denosumab: lastMonths(limits.denosumabMonths, today),
  };
  const therapy = therapyState(facts, windows, today);
  return {
    holds: allOf(inRange, not(therapy.treated)),
    open: [
      ...(inRange === undefined ? (['lowestT'] as const) : []),
      ...(therapy.treated === undefined ? therapy.open : []),
    ],
  };
}

function openNames(facts: Input, names: readonly ('type1Diabetes' | 'type2Diabetes')[]): readonly FactName[] {
  return names.filter((name) => facts[name].state === 'unknown');
}

function openRisks(facts: Input, limits: Limits, factors: readonly Factor[]): readonly FactName[] {
  const ages = [limits.ageFrom, limits.ageAlone];
  const ageOpen = ages.some((years) => isAtLeastAge(facts.age, years) === undefined);
  const factorsOpen = areEnough(factors, limits.factorsFrom) === undefined;
  return [
    ...(ageOpen ? (['age'] as const) : []),
    ...new Set(factorsOpen ? factors.flatMap(({ holds, open }) => (holds === undefined ? open : [])) : []),
  ];
}

interface Branches {
  readonly scan: boolean;
  readonly score: boolean;
  readonly factors: readonly Factor[];
}

/** Order A, B (clarifications R19); the other branch becomes lines of the card. */
function card(facts: Input, limits: Limits, at: Situation, { scan, score, factors }: Branches): Recommend {
  const held = factors.filter(({ holds }) => holds === true);
  const labs = score ? dueLabs(facts, limits, at) : [];
  const suggested = labs.filter(({ ordered }) => ordered === false).map(({ name }) => name);
  const t = score && facts.lowestT.state === 'known' ? facts.lowestT.value : null;
  const lastScan = scan && facts.dxaDone.state === 'known' ? (facts.dxaDone.value[0]?.date ?? null) : null;
  return {
    outcome: 'recommend',
    variant: scan ? 'noScan' : 'tScore',
    values: {
      ...(scan ? { age: showAge(facts), scanYears: yearsOf(limits.scanMonths) } : {}),
      diabetesDate: showDiabetes(facts),
      ...(Object.assign({}, ...held.map(({ values }) => values)) as Recommend['values']),
      ...(lastScan === null ? {} : { scanDate: lastScan.text }),
      ...(t === null
        ? {}
        : {
            t: showT(t.quantity),
            site: t.site,
            tDate: t.date.text,
            threshold: limits.tScoreThreshold.value.toFixed(1),
          }),
      ...(labs.length === 0
        ? {}
        : { labMonths: limits.labMonths, labs: labList(labs.map(({ name }) => name)) }),
    },
    found: [
      facts.type1Diabetes.state === 'known' ? 'type1' : 'type2',
      ...held.flatMap(({ found }) => found),
      ...(lastScan === null ? [] : ['lastScan']),
      ...(t === null ? [] : ['tScore']),
    ],
    why: [...(scan ? ['scan'] : []), ...(score ? ['tScore'] : []), ...(labs.length > 0 ? ['causes'] : [])],
    notFound: [
      ...(scan ? ['scan'] : []),
      ...(score ? ['therapy'] : []),
      ...(labs.length === 0 ? [] : ['labs']),
    ],
    suggestions: [...(scan ? ['dxa'] : []), ...suggested],
    parts: [
      ...(scan ? ['dxa'] : []),
      ...(score ? [T_SCORE_PART] : []),
      ...(suggested.includes('vitaminD') ? ['vitaminD'] : []),
      ...(suggested.some((name) => name !== 'vitaminD') ? ['secondaryLabs'] : []),
    ],
    because: [
      ...(facts.type1Diabetes.state === 'known'
        ? (['type1Diabetes'] as const)
        : (['type2Diabetes'] as const)),
      ...new Set(held.flatMap(({ because }) => because)),
      ...(scan ? (['dxaDone'] as const) : []),
      ...(score ? (['lowestT'] as const) : []),
    ],
    triggers: [...diabetesEvidence(facts), ...(score ? evidenceOf(facts.lowestT) : [])],
  };
}

/** Basic tests for secondary causes that a complete search did not find; PTH belongs to untreated osteoporosis (R06-B). */
function dueLabs(facts: Input, limits: Limits, { today, dropped }: Situation): readonly SecondaryCauseLab[] {
  const options = {
    window: lastMonths(limits.labMonths, today),
    pthWanted: false,
    testosteroneBelowAge: limits.testosteroneBelowAge,
  };
  return secondaryCauseLabs(facts, options).filter(
    ({ name, missing }) =>
      missing === true && !dropped.has(name === 'vitaminD' ? 'vitaminD' : 'secondaryLabs'),
  );
}

function showAge({ age }: Input): string {
  if (age.state !== 'known') return '';
  const { min, max } = age.value;
  return min === max ? String(min) : `${min}-${max}`;
}

function yearsOf(months: number): number {
  return Number((months / 12).toFixed(1));
}

/** C (clarifications R19): osteoporosis by diagnosis or T-score, or a fragility fracture ever. */
function beforeSigning(facts: Input, limits: Limits): Finding {
  const { thiazolidinedioneDrafts: drafts } = facts;
  if (!limits.warnAtOrders) return notApplicable('the warning before signing is switched off');
  if (drafts.state === 'absent') return notApplicable('no thiazolidinedione in the draft orders');
  if (drafts.state === 'unknown') return lacking('thiazolidinedioneDrafts');
  if (isAtLeastAge(facts.age, limits.orderAgeFrom) === false) return notApplicable('below 18 years');
  const reasons = boneReasons(facts);
  const held = reasons.filter(({ holds }) => holds === true);
  const [top] = held;
  if (top === undefined) {
    const open = reasons.filter(({ holds }) => holds === undefined);
    if (open.length === 0) return notApplicable('no osteoporosis and no fragility fracture found');
    if (!limits.showCouldNotCheck || !open.some(({ failed }) => failed))
      return lacking(...open.map(({ fact }) => fact));
    return {
      outcome: 'recommend',
      variant: 'couldNotCheck',
      values: {},
      found: ['draft'],
      why: ['thiazolidinedione', 'check'],
      because: ['thiazolidinedioneDrafts', ...open.map(({ fact }) => fact)],
    };
  }
  return {
    outcome: 'recommend',
    variant: top.variant,
    values: Object.assign({}, ...held.map(({ values }) => values)) as Recommend['values'],
    found: ['draft', ...held.flatMap(({ found }) => found)],
    why: ['thiazolidinedione'],
    suggestions: ['remove'],
    because: ['thiazolidinedioneDrafts', ...held.map(({ fact }) => fact)],
    triggers: held.flatMap(({ evidence }) => evidence),
    targets: drafts.value.map(({ source }) => source),
  };
}
