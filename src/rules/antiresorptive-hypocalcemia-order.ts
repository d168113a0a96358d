/**
 * R02: a drug that lowers calcium is being ordered for somebody with low calcium, or denosumab with advanced kidney disease.
 *
 * Inputs: drafts (order-select: the selected ones); calcium of the last 90 days, hypocalcaemia on the problem list; for
 * denosumab kidney function, stage codes, dialysis and pregnancy; 25-OH vitamin D and supplements; open and drafted orders.
 * Drafts of different drugs are judged apart. A search that failed becomes a could-not-check card only when nothing else
 * is to be said; what is there but cannot be read is counted as lacking data.
 * Numbers, words and evidence: cards/recommendations/antiresorptive-hypocalcemia-order.yaml.
 */
import type { BoneDrug, BoneDrugDraft } from '../facts/bone-drugs.ts';
import { isQueryFailure } from '../facts/fact.ts';
import { isBelow, showQuantity } from '../facts/quantity.ts';
import { lastMonths, latestWithin } from '../facts/results.ts';
import type { FactName } from '../facts/index.ts';
import { defineRule, lacking, notApplicable, perDraft, type Finding, type Situation } from './define-rule.ts';
import { combined, hazardsIn, withoutHazard, type Answer } from './hazards.ts';
import {
  advancedKidney,
  INPUTS,
  isDenosumab,
  labs,
  lowCalcium,
  missingKidney,
  PARAMETERS,
  pregnant,
  type Input,
  type Limits,
} from './antiresorptive-hazards.ts';

/** The variant that speaks first at the front: critical ones, then warnings, then information. */
const PRECEDENCE = [
  'lowCalcium',
  'hypocalcemia',
  'advancedKidney',
  'advancedKidneyCode',
  'pregnancy',
  'lowCalciumUncorrected',
  'hypocalcemiaContradicted',
  'kidneyConflict',
  'noCalcium',
  'noKidney',
  'vitaminD',
  'oncologyKidney',
  'calciumAwaited',
  'oncologyNoCalcium',
  'kidneyAwaited',
  'oncologyNoKidney',
  'oncologyVitaminD',
];

/** For these low calcium is the only question; ibandronate of unknown route is taken as oral. */
const CALCIUM_ONLY: ReadonlySet<BoneDrug> = new Set([
  'ibandronate',
  'alendronate',
  'risedronate',
  'otherBisphosphonate',
]);

export const antiresorptiveHypocalcemiaOrder = defineRule({
  id: 'antiresorptive-hypocalcemia-order',
  inputs: INPUTS,
  parameters: PARAMETERS,

  evaluate(facts, limits, at) {
    const { antiresorptiveDrafts } = facts;
    if (antiresorptiveDrafts.state === 'absent')
      return notApplicable('no such bone drug in the draft orders');
    if (antiresorptiveDrafts.state === 'unknown') return lacking('antiresorptiveDrafts');
    const byDrug = Map.groupBy(antiresorptiveDrafts.value, ({ drug }) => drug);
    return perDraft([...byDrug].map(([drug, drafts]) => judge(drug, drafts, { facts, limits, at })));
  },
});

interface Call {
  readonly facts: Input;
  readonly limits: Limits;
  readonly at: Situation;
}

function judge(drug: BoneDrug, drafts: readonly BoneDrugDraft[], call: Call): Finding {
  const answers = answersFor(drug, call);
  const hazards = hazardsIn(answers);
  if (hazards.length === 0)
    return couldNotCheck(drug, call) ?? withoutHazard(answers, 'calcium and kidney function allow it');
  const card = combined(hazards, PRECEDENCE);
  return {
    ...card,
    values: { ...card.values, drug: drafts[0]?.name ?? '' },
    found: ['draft', ...card.found],
    why: isDenosumab(drug) ? [...card.why, 'followOn'] : card.why,
    because: ['antiresorptiveDrafts', ...card.because],
    targets: drafts.map(({ source }) => source),
  };
}

function answersFor(drug: BoneDrug, { facts, limits, at }: Call): readonly Answer[] {
  const kidney = isDenosumab(drug)
    ? [advancedKidney(drug, facts, limits, at), pregnant(facts), missingKidney(drug, facts)]
    : [];
  const others = CALCIUM_ONLY.has(drug)
    ? []
    : [missingCalcium(drug, facts, limits, at), lowVitaminD(drug, facts, limits, at)];
  return [lowCalcium(facts, limits, at), ...kidney, ...others];
}

/** No calcium result is a warning; a test in the very drafts of this call shows that somebody thought of it. */
function missingCalcium(drug: BoneDrug, facts: Input, limits: Limits, at: Situation): Answer {
  if (facts.recentCalcium.state === 'unknown') return ['recentCalcium'];
  if (facts.recentCalcium.state === 'known') return 'none';
  const { variant, why, remove } =
    drug === 'denosumab120'
      ? { variant: 'oncologyNoCalcium', why: ['oncology'], remove: [] }
      : { variant: 'noCalcium', why: [], remove: ['remove'] };
  return {
    variant: facts.calciumDrafted ? 'calciumAwaited' : variant,
    found: facts.calciumDrafted ? ['calciumDrafted'] : [],
    why: ['missingCalcium', ...why],
    notFound: ['calcium'],
    suggestions: facts.calciumDrafted ? [] : [...remove, ...labs(['calcium', 'albumin'], facts, limits, at)],
    because: ['recentCalcium'],
  };
}

function lowVitaminD(
  drug: BoneDrug,
  facts: Input,
  { vitaminDBelow, vitaminDMonths }: Limits,
  at: Situation,
): Answer {
  const { vitaminD, vitaminDSupplements, vitaminDDrafted } = facts;
  const latest = latestWithin(vitaminD, lastMonths(vitaminDMonths, at.today));
  if (latest.state === 'absent' || vitaminDDrafted || vitaminDSupplements.state === 'known') return 'none';
  if (latest.state === 'unknown') return ['vitaminD'];
  const { quantity, date } = latest.value;
  const low = isBelow(quantity, vitaminDBelow);
  if (low === false) return 'none';
  if (low === undefined) return ['vitaminD'];
  if (vitaminDSupplements.state === 'unknown') return ['vitaminDSupplements'];
  const oncology = drug === 'denosumab120';
  return {
    variant: oncology ? 'oncologyVitaminD' : 'vitaminD',
    values: { v: showQuantity(quantity), vDate: date.text },
    found: ['vitaminD'],
    why: ['lowVitaminD', ...(oncology ? ['oncology'] : [])],
    notFound: ['supplement'],
    suggestions: oncology ? [] : ['remove'],
    because: ['vitaminD', 'vitaminDSupplements'],
    triggers: latest.evidence,
  };
}

/** One card however many drafts of a drug there are; only for a search that failed, never for a value that cannot be read. */
function couldNotCheck(drug: BoneDrug, { facts, limits }: Call): Finding | null {
  if (!limits.showCouldNotCheck) return null;
  const read: readonly {
    readonly variant: string;
    readonly names: readonly FactName[];
    readonly failed: boolean;
  }[] = [
    {
      variant: 'calciumUnchecked',
      names: ['recentCalcium'],
      failed: isQueryFailure(facts.recentCalcium),
    },
    {
      variant: 'kidneyUnchecked',
      names: ['filtration'],
      failed: isDenosumab(drug) && isQueryFailure(facts.filtration),
    },
    {
      variant: 'problemsUnchecked',
      names: isDenosumab(drug) ? ['hypocalcemia', 'ckdStage4to5'] : ['hypocalcemia'],
      failed: isQueryFailure(facts.hypocalcemia),
    },
  ];
  const failed = read.filter((one) => one.failed);
  const [first, ...more] = failed;
  if (first === undefined) return null;
  return {
    outcome: 'recommend',
    variant: more.length === 0 ? first.variant : 'severalUnchecked',
    values: {},
    found: ['anyDraft'],
    why: ['check'],
    because: ['antiresorptiveDrafts', ...failed.flatMap(({ names }) => names)],
  };
}
