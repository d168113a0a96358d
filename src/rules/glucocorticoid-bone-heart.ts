/**
 * R20: long-term systemic glucocorticoid without the bone and cardiovascular checks that go with it.
 *
 * Three parts, each with its own answer: no bone density scan; a low T-score without osteoporosis drug; lipids, HbA1c or blood
 * pressure not on file. A part that cannot be judged is left out; with no part left, lacking data. Before signing only a missing
 * scan at a high dose or after a fracture interrupts, and only when a glucocorticoid is among the drafts.
 *
 * Inputs: exposure and dose (of the record, or with the draft's supply); fragility fracture ever; scans, T-score, Paget disease,
 * myeloma or bone metastases (silence the scan and the T-score); osteoporosis drugs (gap use); lipids, HbA1c, blood pressure;
 * 25-OH vitamin D for a suggestion beside the scan. Numbers, words and evidence:
 * cards/recommendations/glucocorticoid-bone-heart.yaml.
 */
import { isAtLeastAge } from '../facts/demographics.ts';
import { showSpan } from '../facts/dose-text.ts';
import { showT } from '../facts/dxa.ts';
import { allOf, anyIn, evidenceOf, has, not, test, type Fact, type Tri } from '../facts/fact.ts';
import { isoDay } from '../facts/fhir-date.ts';
import type { Fracture } from '../facts/fractures.ts';
import type { GlucocorticoidExposure } from '../facts/glucocorticoid.ts';
import type { FactName, Facts } from '../facts/index.ts';
import { newestPanelDate } from '../facts/lab-facts.ts';
import { isAbove } from '../facts/quantity.ts';
import { inWindow, lastMonths } from '../facts/results.ts';
import {
  defineRule,
  lacking,
  notApplicable,
  type Finding,
  type ParameterValues,
  type Recommend,
  type Situation,
} from './define-rule.ts';
import { fractureValues } from './fracture.ts';
import {
  CHECK_INPUTS,
  checkParts,
  isVitaminDDue,
  itemsOf,
  MONITORING_PARAMETERS,
  partOf,
  SCAN_INPUTS,
  scanPart,
  type PartState,
} from './monitoring-parts.ts';
import { THERAPY_INPUTS, therapyState } from './osteoporosis-therapy.ts';

/** Information only, so of no use before signing. */
const INFORMATION_INPUTS = [
  'age',
  'lowestT',
  ...THERAPY_INPUTS,
  'boneReferral',
  ...CHECK_INPUTS,
] as const satisfies readonly FactName[];

const INPUTS = [
  'glucocorticoid',
  'plannedGlucocorticoid',
  'fractures',
  ...SCAN_INPUTS,
  ...INFORMATION_INPUTS,
] as const satisfies readonly FactName[];

const PARAMETERS = {
  ...MONITORING_PARAMETERS,
  highDoseFrom: ['mg/d', null],
  veryHighDoseFrom: ['mg/d', null],
  reviewFromAge: 'a',
  reviewTo: ['{T-score}', null],
  veryHighTo: ['{T-score}', null],
  tScoreMonths: 'mo',
  zoledronateMonths: 'mo',
  denosumabMonths: 'mo',
} as const;

type Input = Pick<Facts, (typeof INPUTS)[number]>;
type Limits = ParameterValues<typeof PARAMETERS>;

export const glucocorticoidBoneHeart = defineRule({
  id: 'glucocorticoid-bone-heart',
  inputs: INPUTS,
  notReadAt: {
    'patient-view': ['plannedGlucocorticoid'],
    'order-sign': ['glucocorticoid', ...INFORMATION_INPUTS],
  },
  parameters: PARAMETERS,

  evaluate(facts, limits, at) {
    return at.hook === 'order-sign' ? beforeSigning(facts, limits, at) : inTheChart(facts, limits, at);
  },
});

function beforeSigning(facts: Input, limits: Limits, at: Situation): Finding {
  const { plannedGlucocorticoid: exposure } = facts;
  if (exposure.state === 'absent') return notApplicable('no long-term glucocorticoid in the draft orders');
  const scan = scanPart(facts, limits, at);
  const strong = isStrongReason(facts, exposure, limits);
  if (scan.due === false) return notApplicable('scan current, ordered or asked for elsewhere');
  if (exposure.state === 'unknown') return lacking('plannedGlucocorticoid');
  if (strong === false) return notApplicable('information is not shown before signing');
  if (scan.due === undefined) return lacking(...scan.open);
  // A range around the limit; fractures that could not be read leave the exposure itself open (adrenal insufficiency).
  if (strong === undefined) return lacking('plannedGlucocorticoid');
  return cardOf({ facts, limits, at, exposure, parts: [scan] });
}

function inTheChart(facts: Input, limits: Limits, at: Situation): Finding {
  const { glucocorticoid: exposure } = facts;
  if (exposure.state === 'absent') return notApplicable('no long-term glucocorticoid');
  const parts = [
    scanPart(facts, limits, at),
    reviewPart(facts, limits, at),
    ...checkParts(facts, limits, at),
  ];
  const due = anyIn(parts.map((part) => part.due));
  if (due === false) return notApplicable('checks current, ordered or asked for elsewhere');
  if (exposure.state === 'unknown') return lacking('glucocorticoid');
  if (due === undefined)
    return lacking(...new Set(parts.flatMap((part) => (part.due === undefined ? part.open : []))));
  return cardOf({ facts, limits, at, exposure, parts });
}

/** A valid T-score of -1.0 or lower from 40 years without an osteoporosis drug; R08 speaks first where it speaks. */
function reviewPart(facts: Input, limits: Limits, at: Situation): PartState {
  const therapy = therapyState(
    facts,
    {
      zoledronate: lastMonths(limits.zoledronateMonths, at.today),
      denosumab: lastMonths(limits.denosumabMonths, at.today),
    },
    at.today,
  );
  const low = test(facts.lowestT, ({ quantity, range, date }) =>
    allOf(
      not(isAbove(quantity, limits.reviewTo)),
      range === 'osteoporosis' ? true : inWindow(date, lastMonths(limits.tScoreMonths, at.today)),
    ),
  );
  return partOf(
    { key: 'therapy', part: 'treatmentReview', fact: 'lowestT' },
    [
      ['lowestT', low],
      ['age', isAtLeastAge(facts.age, limits.reviewFromAge)],
      [therapy.open[0] ?? 'osteoporosisTherapy', not(therapy.treated)],
      ['metabolicBoneOther', not(has(facts.metabolicBoneOther))],
    ],
    at,
  );
}

/** A high dose, or a prior fracture at a dose that is known to count; without a dose it is information (clarifications R20). */
function isStrongReason(
  { fractures }: Input,
  exposure: Fact<GlucocorticoidExposure>,
  { highDoseFrom }: Limits,
): Tri {
  if (exposure.state !== 'known') return exposure.state === 'absent' ? false : undefined;
  const high = isDoseFrom(exposure.value, highDoseFrom.value);
  return exposure.value.mgPerDay === null ? false : anyIn([high, has(fractures)]);
}

function isDoseFrom({ mgPerDay: low, mgPerDayTo: most }: GlucocorticoidExposure, limit: number): Tri {
  if (low === null || most === null) return undefined;
  if (low >= limit) return true;
  return most < limit ? false : undefined;
}

interface Case {
  readonly facts: Input;
  readonly limits: Limits;
  readonly at: Situation;
  readonly exposure: Extract<Input['glucocorticoid'], { state: 'known' }>;
  readonly parts: readonly PartState[];
}

function cardOf(one: Case): Recommend {
  const { facts, limits, at, parts } = one;
  const due = parts.filter((part) => part.due === true);
  const keys = due.map(({ key }) => key);
  const withVitaminD = keys.includes('dxa') && isVitaminDDue(facts, limits, at);
  const planning = at.hook === 'order-sign';
  return {
    outcome: 'recommend',
    variant: variantOf(one, keys),
    values: { ...valuesOf(one), ...itemsOf(due) },
    found: foundLines(one, keys),
    why: whyLines(one, keys),
    notFound: [...keys, ...(withVitaminD ? ['vitaminD'] : [])],
    suggestions: [
      ...keys.filter((key) => key === 'dxa' || key === 'lipidPanel' || key === 'hba1c'),
      ...(withVitaminD ? ['vitaminD'] : []),
      ...(keys.includes('therapy') && facts.boneReferral !== true ? ['rheumatology', 'endocrinology'] : []),
    ],
    parts: [...due.flatMap(({ part }) => part ?? []), ...(withVitaminD ? ['vitaminD'] : [])],
    because: [
      planning ? 'plannedGlucocorticoid' : 'glucocorticoid',
      ...due.map(({ fact }) => fact),
      ...(facts.fractures.state === 'known' && keys.includes('dxa') ? (['fractures'] as const) : []),
    ],
    triggers: [
      ...evidenceOf(facts.fractures).filter(({ source }) => source === priorFracture(facts)?.source),
      ...(keys.includes('therapy') ? evidenceOf(facts.lowestT) : []),
    ],
  };
}

function variantOf(one: Case, keys: readonly PartState['key'][]): string {
  if (keys.includes('dxa')) {
    if (one.exposure.value.mgPerDay === null) return 'scanDoseUnknown';
    return isStrongReason(one.facts, one.exposure, one.limits) === true ? 'scanHighRisk' : 'scan';
  }
  return keys.includes('therapy') ? 'review' : 'checks';
}

function valuesOf({ facts, limits, exposure }: Case): Recommend['values'] {
  const { days, mgPerDay: low, mgPerDayTo: high, since } = exposure.value;
  const t = facts.lowestT.state === 'known' ? facts.lowestT.value : null;
  const panel = newestPanelDate(facts.lipidPanel);
  const scan = lastScan(facts);
  return {
    scanMonths: limits.scanMonths,
    lipidMonths: limits.lipidMonths,
    hba1cMonths: limits.hba1cMonths,
    pressureMonths: limits.pressureMonths,
    vitaminDMonths: limits.vitaminDMonths,
    since: isoDay(since),
    ...(days === null ? {} : { days }),
    ...(low === null || high === null ? {} : { d: showSpan({ low, high }, 1) }),
    ...(t === null ? {} : { t: showT(t.quantity), site: t.site, tDate: t.date.text }),
    ...(panel === null ? {} : { panelDate: panel.text }),
    ...(scan === null ? {} : { scanDate: scan }),
    ...fractureValues(priorFracture(facts)),
  };
}

function foundLines({ facts, exposure, at }: Case, keys: readonly PartState['key'][]): readonly string[] {
  const { days, mgPerDay, planned } = exposure.value;
  const fracture = priorFracture(facts);
  const t = facts.lowestT.state === 'known' ? facts.lowestT.value : null;
  const run = days === null ? 'active' : planned ? 'planned' : 'exposure';
  return [
    ...(at.hook === 'order-sign' ? ['draft'] : []),
    run,
    mgPerDay === null ? 'doseUnknown' : 'dose',
    ...(fracture === null ? [] : [fracture.event === null ? 'fractureUndated' : 'fracture']),
    ...(fracture?.mechanismUnknown === true ? ['mechanismUnknown'] : []),
    ...(t === null ? [] : ['tScore', ...(t.confirm ? ['confirm'] : [])]),
    ...(keys.includes('dxa') && lastScan(facts) !== null ? ['lastScan'] : []),
    ...(keys.includes('lipidPanel') && newestPanelDate(facts.lipidPanel) !== null ? ['newestPanel'] : []),
  ];
}

function whyLines(one: Case, keys: readonly PartState['key'][]): readonly string[] {
  return [
    ...(keys.includes('dxa') ? ['assessment'] : []),
    ...(keys.includes('therapy') ? ['review', categoryOf(one)] : []),
    ...(keys.some((key) => key === 'lipidPanel' || key === 'hba1c' || key === 'bloodPressure')
      ? ['checks']
      : []),
    ...(keys.includes('bloodPressure') ? ['measure'] : []),
  ];
}

/** Category of the ACR by what was found; a dose that cannot be read raises nothing. */
function categoryOf({ facts, exposure, limits }: Case): 'moderate' | 'high' | 'veryHigh' {
  const t = facts.lowestT.state === 'known' ? facts.lowestT.value : null;
  const veryHigh =
    (t !== null && isAbove(t.quantity, limits.veryHighTo) === false) ||
    facts.fractures.state === 'known' ||
    isDoseFrom(exposure.value, limits.veryHighDoseFrom.value) === true;
  if (veryHigh) return 'veryHigh';
  return t?.range === 'osteoporosis' ? 'high' : 'moderate';
}

/** Hip or vertebra before others, then the newest; of any date. */
function priorFracture({ fractures }: Input): Fracture | null {
  if (fractures.state !== 'known') return null;
  return fractures.value.find(({ kind }) => kind !== 'other') ?? fractures.value[0] ?? null;
}

function lastScan({ dxaDone }: Input): string | null {
  return dxaDone.state === 'known' ? (dxaDone.value[0]?.date?.text ?? null) : null;
}
