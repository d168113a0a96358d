/**
 * R22: a low testosterone in a man. In the chart: confirm a single low value (A), or bone and cardiovascular checks once it is
 * confirmed (B). Before signing testosterone: testosterone-order.ts (D, C).
 *
 * Inputs of the chart part: sex; testosterone with the time of the samples; male hypogonadism; testosterone and androgen
 * deprivation (silence); scans, lipids, blood pressure. A part of B that cannot be judged is left out. Numbers, words and
 * evidence: cards/recommendations/low-testosterone-bone-heart.yaml.
 */
import { isAtLeastAge, isSex } from '../facts/demographics.ts';
import { allOf, anyOf, evidenceOf, has, not, type Tri } from '../facts/fact.ts';
import type { FactName, Facts } from '../facts/index.ts';
import { doneWithin, lastMonths, resultEvidence } from '../facts/results.ts';
import {
  defineRule,
  lacking,
  notApplicable,
  type Finding,
  type ParameterValues,
  type Recommend,
  type Situation,
} from './define-rule.ts';
import { showEvent } from './event-date.ts';
import { LIPID_INPUTS, lipidLines, lipidStatus, lipidValues, type LipidStatus } from './lipid-interval.ts';
import { ORDER_INPUTS, ORDER_PARAMETERS, testosteroneOrder } from './testosterone-order.ts';
import {
  levelWords,
  testosteroneLevel,
  type LevelLimits,
  type TestosteroneLevel,
} from './testosterone-level.ts';

const VIEW_INPUTS = [
  'testosterone',
  'testosteroneOrdered',
  'maleHypogonadism',
  'testosteroneTherapy',
  'androgenDeprivation',
  'dxaDone',
  'dxaOrdered',
  'metabolicBoneOther',
  'bloodPressure',
  'endocrinologyReferral',
  ...LIPID_INPUTS,
] as const satisfies readonly FactName[];

const VIEW_PARAMETERS = {
  lowBelow: ['ng/dL', 'nmol/L'],
  levelMonths: 'mo',
  morningBefore: ['h', null],
  apart: ['h', null],
  boneAgeFrom: 'a',
  lipidMonthsShort: 'mo',
  lipidMonths: 'mo',
  ldlRaised: ['mg/dL', 'mmol/L'],
  pressureMonths: 'mo',
} as const;

type Input = Pick<Facts, (typeof VIEW_INPUTS)[number] | 'age'>;
type Limits = ParameterValues<typeof VIEW_PARAMETERS>;

export const lowTestosteroneBoneHeart = defineRule({
  id: 'low-testosterone-bone-heart',
  inputs: ['sex', 'age', ...VIEW_INPUTS, ...ORDER_INPUTS],
  notReadAt: { 'patient-view': ORDER_INPUTS, 'order-sign': VIEW_INPUTS },
  parameters: { ...VIEW_PARAMETERS, ...ORDER_PARAMETERS },

  evaluate(facts, limits, at) {
    const man = isSex(facts.sex, 'male');
    if (man === false) return notApplicable('not a man');
    const finding =
      at.hook === 'order-sign' ? testosteroneOrder(facts, limits, at) : inTheChart(facts, limits, at);
    return man === undefined && finding.outcome === 'recommend' ? lacking('sex') : finding;
  },
});

function inTheChart(facts: Input, limits: Limits, { today, dropped }: Situation): Finding {
  if (facts.testosteroneTherapy.state === 'known') return notApplicable('on testosterone');
  if (facts.androgenDeprivation.state === 'known') return notApplicable('on androgen deprivation');
  const levels = {
    lowBelow: limits.lowBelow,
    morningBefore: limits.morningBefore.value,
    hoursApart: limits.apart.value,
  };
  const level = testosteroneLevel(facts.testosterone, lastMonths(limits.levelMonths, today), levels);
  const confirm = confirmation(facts, level);
  const checks = checksOf(facts, limits, { today, dropped });
  const bone = allOf(
    confirmed(facts, level),
    isAtLeastAge(facts.age, limits.boneAgeFrom),
    anyOf(checks.scan, checks.lipids, checks.pressure),
  );
  const speaks = anyOf(confirm, bone);
  if (speaks === false) return notApplicable('no low testosterone to confirm, no check missing');
  const { testosteroneTherapy, androgenDeprivation } = facts;
  if (testosteroneTherapy.state === 'unknown') return lacking('testosteroneTherapy');
  if (androgenDeprivation.state === 'unknown') return lacking('androgenDeprivation');
  if (confirm === true && level.state === 'single') return confirmCard(level.low, levels);
  return bone === true
    ? checksCard(facts, limits, { level, levels, checks })
    : lacking(...openInputs(facts, limits, level, checks));
}

/** A single low level asks for a second sample, unless hypogonadism is diagnosed or the sample is ordered. */
function confirmation({ maleHypogonadism, testosteroneOrdered }: Input, level: TestosteroneLevel): Tri {
  const single = level.state === 'open' ? undefined : level.state === 'single';
  return allOf(single, not(has(maleHypogonadism)), not(testosteroneOrdered));
}

function confirmed({ maleHypogonadism }: Input, level: TestosteroneLevel): Tri {
  return anyOf(level.state === 'open' ? undefined : level.state === 'confirmed', has(maleHypogonadism));
}

interface Checks {
  readonly scan: Tri;
  readonly lipids: Tri;
  readonly pressure: Tri;
  readonly lipidStatus: LipidStatus;
}

function checksOf(
  facts: Input,
  limits: Limits,
  { today, dropped }: Pick<Situation, 'today' | 'dropped'>,
): Checks {
  const { dxaDone, dxaOrdered, metabolicBoneOther, lipidPanelOrdered, bloodPressure } = facts;
  const intervals = { raised: limits.ldlRaised, short: limits.lipidMonthsShort, long: limits.lipidMonths };
  const status = lipidStatus(facts, intervals, today);
  return {
    scan: dropped.has('dxa')
      ? false
      : allOf(not(has(dxaDone)), not(dxaOrdered), not(has(metabolicBoneOther))),
    lipids: dropped.has('lipidPanel') ? false : allOf(status.overdue, not(lipidPanelOrdered)),
    pressure: dropped.has('noBloodPressure')
      ? false
      : not(doneWithin(bloodPressure, lastMonths(limits.pressureMonths, today))),
    lipidStatus: status,
  };
}

function confirmCard(
  low: Extract<TestosteroneLevel, { state: 'single' }>['low'],
  levels: LevelLimits,
): Recommend {
  const { found, values } = levelWords(low, levels);
  return {
    outcome: 'recommend',
    variant: 'confirm',
    values: { ...values, morningBefore: levels.morningBefore, hoursApart: levels.hoursApart },
    found,
    why: ['confirm'],
    notFound: ['confirming'],
    suggestions: ['testosterone'],
    because: ['testosterone'],
    triggers: low.map(resultEvidence),
  };
}

interface ChecksCase {
  readonly level: TestosteroneLevel;
  readonly levels: LevelLimits;
  readonly checks: Checks;
}

function checksCard(facts: Input, limits: Limits, { level, levels, checks }: ChecksCase): Recommend {
  const { maleHypogonadism, endocrinologyReferral } = facts;
  const [scan, lipids, pressure] = [checks.scan, checks.lipids, checks.pressure].map((due) => due === true);
  const words = level.state === 'confirmed' ? levelWords(level.low, levels) : { found: [], values: {} };
  const { months, reasons } = checks.lipidStatus;
  const basis = level.state === 'confirmed' ? 'confirmed' : 'diagnosis';
  return {
    outcome: 'recommend',
    variant: `${basis}${scan === true ? 'Scan' : 'Checks'}`,
    values: {
      ...words.values,
      morningBefore: levels.morningBefore,
      ...(maleHypogonadism.state === 'known' ? { diagnosisDate: showEvent(maleHypogonadism.evidence) } : {}),
      ...(lipids === true ? { lipidMonths: months, ...lipidValues(facts) } : {}),
      ...(pressure === true ? { pressureMonths: limits.pressureMonths } : {}),
      items: [...(lipids === true ? ['lipids'] : []), ...(pressure === true ? ['BP'] : [])].join('/'),
      months: Math.min(
        ...(lipids === true ? [months] : []),
        ...(pressure === true ? [limits.pressureMonths] : []),
      ),
    },
    found: [
      ...(maleHypogonadism.state === 'known' ? ['diagnosis'] : []),
      ...words.found,
      ...(lipids === true ? lipidLines(facts, reasons) : []),
    ],
    why: [
      ...(scan === true ? ['scan'] : []),
      ...(lipids === true || pressure === true ? ['checks'] : []),
      ...(pressure === true ? ['measure'] : []),
    ],
    notFound: [
      ...(scan === true ? ['scan'] : []),
      ...(lipids === true ? ['lipidPanel'] : []),
      ...(pressure === true ? ['bloodPressure'] : []),
    ],
    suggestions: [
      ...(scan === true ? ['dxa'] : []),
      ...(lipids === true ? ['lipidPanel'] : []),
      ...(endocrinologyReferral === true ? [] : ['endocrinology']),
    ],
    parts: [
      ...(scan === true ? ['dxa'] : []),
      ...(lipids === true ? ['lipidPanel'] : []),
      ...(pressure === true ? ['noBloodPressure'] : []),
    ],
    because: [
      ...(level.state === 'confirmed' ? (['testosterone'] as const) : (['maleHypogonadism'] as const)),
      ...(scan === true ? (['dxaDone'] as const) : []),
      ...(lipids === true ? (['lipidPanel'] as const) : []),
      ...(pressure === true ? (['bloodPressure'] as const) : []),
    ],
    triggers: [
      ...evidenceOf(maleHypogonadism),
      ...(level.state === 'confirmed' ? level.low.map(resultEvidence) : []),
    ],
  };
}

/** The inputs that leave both questions open. */
function openInputs(
  facts: Input,
  limits: Limits,
  level: TestosteroneLevel,
  checks: Checks,
): readonly FactName[] {
  const ofAge = isAtLeastAge(facts.age, limits.boneAgeFrom);
  const isBoneOpen = confirmed(facts, level) !== false && ofAge !== false;
  const names: readonly (readonly [FactName, boolean])[] = [
    ['testosterone', level.state === 'open'],
    ['maleHypogonadism', facts.maleHypogonadism.state === 'unknown'],
    ['testosteroneOrdered', level.state === 'single' && facts.testosteroneOrdered === undefined],
    ['age', isBoneOpen && ofAge === undefined],
    ['dxaDone', isBoneOpen && facts.dxaDone.state === 'unknown'],
    ['dxaOrdered', isBoneOpen && checks.scan === undefined && facts.dxaOrdered === undefined],
    [
      'metabolicBoneOther',
      isBoneOpen && checks.scan === undefined && facts.metabolicBoneOther.state === 'unknown',
    ],
    ['lipidPanelOrdered', isBoneOpen && checks.lipids === undefined && facts.lipidPanelOrdered === undefined],
    ...checks.lipidStatus.open.map((name): readonly [FactName, boolean] => [
      name,
      isBoneOpen && checks.lipids === undefined,
    ]),
    ['bloodPressure', isBoneOpen && checks.pressure === undefined],
  ];
  return names.filter(([, open]) => open).map(([name]) => name);
}
