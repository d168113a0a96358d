/**
 * R04: a bisphosphonate is being ordered below the renal limit of its label.
 *
 * Inputs: drafts (order-select: the selected ones); creatinine clearance (Cockcroft-Gault, actual weight of 12 months) or, where
 * that cannot be computed, eGFR, of the last 12 months, for zoledronic acid of the last 90 days; for zoledronic acid acute
 * kidney injury; dialysis, and stage codes where no value tells; open and drafted orders. The limit belongs to the
 * ingredient; bisphosphonates without one here are silent. Only a clearance contraindicates, an eGFR warns.
 * No value after a complete search is a finding; a search that failed becomes a could-not-check card.
 * Numbers, words and evidence: cards/recommendations/bisphosphonate-renal-order.yaml.
 */
import type { BoneDrug, BoneDrugDraft } from '../facts/bone-drugs.ts';
import { evidenceOf, isQueryFailure } from '../facts/fact.ts';
import type { FactName, Facts } from '../facts/index.ts';
import type { KidneyFunction } from '../facts/kidney-function.ts';
import { inWindow, lastDays } from '../facts/results.ts';
import {
  defineRule,
  lacking,
  notApplicable,
  perDraft,
  type Finding,
  type ParameterValues,
  type Situation,
} from './define-rule.ts';
import { showEvent } from './event-date.ts';
import { combined, hazardsIn, withoutHazard, type Answer } from './hazards.ts';
import { isBelowRate, kidneyLine, kidneyValues, showKidney } from './kidney-values.ts';
import { stillUseful } from './suggested-labs.ts';

const INPUTS = [
  'bisphosphonateDrafts',
  'clearance',
  'recentClearance',
  'weight',
  'acuteKidneyInjury',
  'dialysis',
  'ckdStage4to5',
  'kidneyDrafted',
  'creatinine',
  'pth',
  'calciumResults',
  'phosphate',
  'alkalinePhosphatase',
  'kidneyOrdered',
  'pthOrdered',
  'calciumOrdered',
  'phosphateOrdered',
  'alkalinePhosphataseOrdered',
  'nephrologyReferral',
] as const satisfies readonly FactName[];

const PARAMETERS = {
  alendronateBelow: ['mL/min', null],
  risedronateBelow: ['mL/min', null],
  ibandronateBelow: ['mL/min', null],
  zoledronateBelow: ['mL/min', null],
  zoledronate4Below: ['mL/min', null],
  closeWithin: ['mL/min', null],
  injuryDays: 'd',
  labDays: 'd',
  showCouldNotCheck: 'boolean',
} as const;

type Input = Pick<Facts, (typeof INPUTS)[number]>;
type Limits = ParameterValues<typeof PARAMETERS>;

/** Parameter with the limit of each drug, and the line that quotes its label. */
const LABELS = {
  alendronate: { limit: 'alendronateBelow', label: 'alendronate' },
  risedronate: { limit: 'risedronateBelow', label: 'risedronate' },
  ibandronate: { limit: 'ibandronateBelow', label: 'ibandronate' },
  ibandronateIntravenous: { limit: 'ibandronateBelow', label: 'ibandronateIntravenous' },
  zoledronate5: { limit: 'zoledronateBelow', label: 'zoledronate' },
  zoledronate4: { limit: 'zoledronate4Below', label: 'zoledronate4' },
} as const satisfies Partial<Record<BoneDrug, { readonly limit: keyof Limits; readonly label: string }>>;
type Labelled = keyof typeof LABELS;

/** The variant that speaks first at the front: critical ones, then warnings, then information. */
const PRECEDENCE = [
  'contraindicated',
  'kidneyInjury',
  'zoledronateEgfr',
  'below',
  'advancedDisease',
  'kidneyInjuryBefore',
  'zoledronateNotOnFile',
  'awaited',
  'notOnFile',
  'close',
];

export const bisphosphonateRenalOrder = defineRule({
  id: 'bisphosphonate-renal-order',
  inputs: INPUTS,
  parameters: PARAMETERS,

  evaluate(facts, limits, at) {
    const { bisphosphonateDrafts } = facts;
    if (bisphosphonateDrafts.state === 'absent')
      return notApplicable('no bisphosphonate in the draft orders');
    if (bisphosphonateDrafts.state === 'unknown') return lacking('bisphosphonateDrafts');
    const byDrug = Map.groupBy(bisphosphonateDrafts.value, ({ drug }) => drug);
    return perDraft([...byDrug].map(([drug, drafts]) => judge(drug, drafts, { facts, limits, at })));
  },
});

interface Call {
  readonly facts: Input;
  readonly limits: Limits;
  readonly at: Situation;
}

function judge(drug: BoneDrug, drafts: readonly BoneDrugDraft[], call: Call): Finding {
  if (!isLabelled(drug)) return notApplicable('no renal limit for this bisphosphonate');
  const answers = [
    kidneyFunction(drug, call),
    advancedDisease(drug, call),
    ...(isZoledronate(drug) ? [kidneyInjury(drug, call)] : []),
  ];
  const hazards = hazardsIn(answers);
  if (hazards.length === 0)
    return couldNotCheck(drug, call) ?? withoutHazard(answers, 'kidney function above the labelled limit');
  const { limit, label } = LABELS[drug];
  const card = combined(hazards, PRECEDENCE);
  return {
    ...card,
    values: { ...card.values, drug: drafts[0]?.name ?? '', limit: call.limits[limit].value },
    found: ['draft', ...card.found],
    why: [label, ...card.why],
    because: ['bisphosphonateDrafts', ...card.because],
    targets: drafts.map(({ source }) => source),
  };
}

function isLabelled(drug: BoneDrug): drug is Labelled {
  return Object.hasOwn(LABELS, drug);
}

function isZoledronate(drug: BoneDrug): boolean {
  return drug === 'zoledronate5' || drug === 'zoledronate4';
}

/** Zoledronic acid needs a newer value than the others. */
function kidneyFact(drug: Labelled): 'clearance' | 'recentClearance' {
  return isZoledronate(drug) ? 'recentClearance' : 'clearance';
}

function kidneyFunction(drug: Labelled, call: Call): Answer {
  const { facts, limits } = call;
  const name = kidneyFact(drug);
  const fact = facts[name];
  if (fact.state === 'unknown') return [name];
  if (fact.state === 'absent') return notOnFile(drug, call);
  const kidney = fact.value;
  const limit = limits[LABELS[drug].limit].value;
  const below = isBelowRate(kidney, limit);
  if (below === undefined) return [name];
  if (!below && isBelowRate(kidney, limit + limits.closeWithin.value) !== true) return 'none';
  const measured = {
    values: kidneyValues(kidney),
    found: [kidneyLine(kidney)],
    notFound: kidney.method === 'clearance' ? [] : ['clearance'],
    because: [name],
    triggers: fact.evidence,
  };
  const compute = kidney.method === 'clearance' ? [] : ['compute'];
  if (!below)
    return {
      ...measured,
      variant: 'close',
      values: { ...measured.values, v: showKidney(kidney) },
      why: [...compute, ...dose(drug)],
    };
  return {
    ...measured,
    variant: variantBelow(drug, kidney),
    why: [...compute, ...dose(drug), 'assess', 'alternatives'],
    suggestions: ['remove', ...workUp(call)],
  };
}

/** A contraindication only by the clearance that the label of the yearly product names. */
function variantBelow(drug: Labelled, { method }: KidneyFunction): string {
  if (drug !== 'zoledronate5') return 'below';
  return method === 'clearance' ? 'contraindicated' : 'zoledronateEgfr';
}

function dose(drug: Labelled): readonly string[] {
  return drug === 'zoledronate4' ? ['doseReduction'] : [];
}

/** Nothing in the window. An older value is shown, and told to be too old. */
function notOnFile(drug: Labelled, { facts }: Call): Answer {
  const { clearance, kidneyDrafted, kidneyOrdered } = facts;
  const zoledronate = isZoledronate(drug);
  const older = zoledronate && clearance.state === 'known' ? clearance.value : null;
  const variant = kidneyDrafted ? 'awaited' : zoledronate ? 'zoledronateNotOnFile' : 'notOnFile';
  return {
    variant,
    values: older === null ? {} : kidneyValues(older),
    found: [
      ...(older === null ? [] : [kidneyLine(older), 'tooOld']),
      ...(kidneyDrafted ? ['kidneyDrafted'] : []),
    ],
    why: [],
    notFound: [zoledronate ? 'recentKidney' : 'kidney'],
    suggestions: [
      ...(variant === 'zoledronateNotOnFile' ? ['remove'] : []),
      ...(kidneyDrafted || kidneyOrdered === true ? [] : ['creatinine']),
    ],
    because: [kidneyFact(drug)],
  };
}

/** Dialysis, where no computed value holds, and stage 4-5 codes where there is no value of 12 months (G18). */
function advancedDisease(drug: Labelled, call: Call): Answer {
  const { clearance, dialysis, ckdStage4to5 } = call.facts;
  const onDialysis = dialysis.state === 'known';
  const listed = ckdStage4to5.state === 'known' && (onDialysis || clearance.state !== 'known');
  if (!onDialysis && !listed) return 'none';
  return {
    variant: 'advancedDisease',
    values: {
      ...(onDialysis ? { dialysisDate: showEvent(dialysis.evidence) } : {}),
      ...(listed ? { ckdDate: showEvent(ckdStage4to5.evidence) } : {}),
    },
    found: [...(onDialysis ? ['dialysis'] : []), ...(listed ? ['ckdStage'] : [])],
    why: [...dose(drug), 'assess', 'alternatives'],
    suggestions: ['remove', ...workUp(call)],
    because: [...(onDialysis ? (['dialysis'] as const) : []), ...(listed ? (['ckdStage4to5'] as const) : [])],
    triggers: [...evidenceOf(dialysis), ...(listed ? ckdStage4to5.evidence : [])],
  };
}

/** Onset in the last 90 days contraindicates the yearly product; older or undated, but still active, warns (G4: not ever). */
function kidneyInjury(drug: Labelled, { facts, limits, at }: Call): Answer {
  const { acuteKidneyInjury: injury } = facts;
  if (injury.state === 'unknown') return ['acuteKidneyInjury'];
  if (injury.state === 'absent') return 'none';
  const window = lastDays(limits.injuryDays, at.today);
  const recent = injury.evidence.filter(({ date }) => date !== undefined && inWindow(date, window) === true);
  const critical = drug === 'zoledronate5' && recent.length > 0;
  const shown = critical ? recent : injury.evidence;
  return {
    variant: critical ? 'kidneyInjury' : 'kidneyInjuryBefore',
    values: { injuryDate: showEvent(shown), injuryDays: limits.injuryDays },
    found: ['kidneyInjury'],
    why: ['recovery'],
    suggestions: [
      'remove',
      ...(facts.kidneyOrdered === true ? [] : ['creatinine']),
      ...(facts.nephrologyReferral === true ? [] : ['nephrology']),
    ],
    because: ['acuteKidneyInjury'],
    triggers: shown,
  };
}

function workUp({ facts, limits, at }: Call): readonly string[] {
  const labs = stillUseful(
    [
      { key: 'creatinine', ordered: facts.kidneyOrdered, results: facts.creatinine },
      { key: 'pth', ordered: facts.pthOrdered, results: facts.pth },
      { key: 'calcium', ordered: facts.calciumOrdered, results: facts.calciumResults },
      { key: 'phosphate', ordered: facts.phosphateOrdered, results: facts.phosphate },
      {
        key: 'alkalinePhosphatase',
        ordered: facts.alkalinePhosphataseOrdered,
        results: facts.alkalinePhosphatase,
      },
    ],
    lastDays(limits.labDays, at.today),
  );
  return [...labs, ...(facts.nephrologyReferral === true ? [] : ['nephrology'])];
}

/** Only for a search that failed; one card however many drafts of a drug there are. */
function couldNotCheck(drug: Labelled, { facts, limits }: Call): Finding | null {
  const name = kidneyFact(drug);
  const kidney = isQueryFailure(facts[name]);
  const injury = isZoledronate(drug) && isQueryFailure(facts.acuteKidneyInjury);
  if (!limits.showCouldNotCheck || (!kidney && !injury)) return null;
  return {
    outcome: 'recommend',
    variant: kidney && injury ? 'bothUnchecked' : kidney ? 'kidneyUnchecked' : 'injuryUnchecked',
    values: {},
    found: ['anyDraft'],
    why: ['check'],
    because: [
      'bisphosphonateDrafts',
      ...(kidney ? [name] : []),
      ...(injury ? (['acuteKidneyInjury'] as const) : []),
    ],
  };
}
