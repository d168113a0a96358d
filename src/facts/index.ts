/**
 * The list of facts: name -> what it needs from the record and how it is read.
 *
 * A rule's `inputs` are names of this list; a service's prefetch templates are derived from the needs of its rules.
 */
import { meanPressure, pressureReadings } from './blood-pressure.ts';
import { antiresorptiveDrafts, bisphosphonateDrafts } from './bone-drugs.ts';
import { calciumDrafts, calciumOrders } from './calcium-supplement.ts';
import { once, type Chart } from './chart.ts';
import { activeCondition, atheroscleroticDisease, conditionEver, malabsorption } from './conditions.ts';
import { age, postmenopausal, prematureMenopause, sex } from './demographics.ts';
import { dxaDone, dxaOrdered, dxaSearched, lowBmd, lowestT } from './dxa.ts';
import { coronaryCalcium } from './coronary-calcium.ts';
import { dialysis } from './dialysis.ts';
import { eGfrHistory } from './egfr-history.ts';
import { known } from './fact.ts';
import { isAdmitted } from './encounter.ts';
import { fractureEvents, fractures } from './fractures.ts';
import { glucocorticoid, plannedGlucocorticoid } from './glucocorticoid.ts';
import { hormoneDeprivation, hormoneDeprivationDrafts } from './hormone-deprivation.ts';
import { clearance, filtration } from './kidney-function.ts';
import { calciumStatus, kidneyStatus, lipidPanel, vitaminD } from './lab-facts.ts';
import { drugHistory, firstOrder, onDrug } from './medications.ts';
import { oncologyBoneDrug } from './oncology-bone-drug.ts';
import {
  drafts,
  hasDraft,
  hasOrder,
  isDrafted,
  isDrugDrafted,
  isOnOrder,
  isOrdered,
  isReferred,
} from './orders.ts';
import { pregnancy } from './pregnancy.ts';
import { withRanges } from './reference-range.ts';
import type { QueryKey } from './record.ts';
import { lastDays, lastMonths, readSeries } from './results.ts';
import { otherOestrogen, sermDrafts } from './serms.ts';
import { bloodPressureTreatment, diabetesForRisk } from './risk-inputs.ts';
import { smoking } from './smoking.ts';
import { cessationSupport } from './smoking-cessation.ts';
import { patternOf } from './pattern.ts';

const drugs = ['medicationRequests', 'medicationStatements', 'conditions'] as const;
const bone = ['patient', 'bone', 'conditions', 'procedures'] as const;

function fact<T>(
  needs: readonly QueryKey[],
  read: (chart: Chart) => T,
): { readonly needs: readonly QueryKey[]; readonly read: (chart: Chart) => T } {
  return { needs, read };
}

type Referral =
  | 'boneReferral'
  | 'endocrinologyReferral'
  | 'nephrologyReferral'
  | 'dietitianReferral'
  | 'cardiologyReferral';

function referral(name: Referral) {
  return fact(['serviceRequests'], (chart) => {
    const { [name]: to, studyMonths } = chart.definitions.orders;
    return isReferred(chart, to.roles, patternOf(to.textPattern), studyMonths);
  });
}

export const FACTS = {
  // the person
  age: fact(['patient'], age),
  sex: fact(['patient'], sex),
  postmenopausal: fact(['patient', 'conditions', 'procedures'], postmenopausal),
  prematureMenopause: fact(['patient', 'conditions', 'procedures'], prematureMenopause),
  smoking: fact(['socialHistory', 'conditions'], smoking),
  cessationSupport: fact(['procedures', 'serviceRequests', ...drugs], cessationSupport),
  pregnancy: fact(['patient', 'conditions', 'socialHistory'], pregnancy),
  weight: fact(['body'], (chart) => readSeries(chart, 'bodyWeight')),
  height: fact(['body'], (chart) => readSeries(chart, 'bodyHeight')),
  bodyMassIndex: fact(['body'], (chart) => readSeries(chart, 'bodyMassIndex')),

  // bone
  lowestT: fact(bone, lowestT),
  lowBmd: fact(bone, lowBmd),
  dxaDone: fact(['bone', 'procedures', 'reports'], dxaDone),
  dxaSearched: fact(['bone', 'procedures', 'reports'], dxaSearched),
  dxaOrdered: fact(['serviceRequests', 'bone', 'reports'], dxaOrdered),
  boneReferral: referral('boneReferral'),
  endocrinologyReferral: referral('endocrinologyReferral'),
  nephrologyReferral: referral('nephrologyReferral'),
  dietitianReferral: referral('dietitianReferral'),
  fractures: fact(['patient', 'conditions'], fractures),
  fractureEvents: fact(['conditions'], fractureEvents),
  frax: fact(['bone'], (chart) => readSeries(chart, 'fraxResult')),
  osteoporosis: fact(['conditions'], (chart) => activeCondition(chart, 'osteoporosis')),
  atypicalFracture: fact(['conditions'], (chart) => conditionEver(chart, 'atypicalFemoralFracture', 'any')),
  osteonecrosisJaw: fact(['conditions'], (chart) => conditionEver(chart, 'osteonecrosisJaw', 'any')),
  osteoporosisTherapy: fact(drugs, (chart) => onDrug(chart, 'osteoporosisTherapy', 'gap')),
  osteoporosisTherapyCoded: fact(['conditions'], (chart) =>
    activeCondition(chart, 'osteoporosisTherapy', 'any'),
  ),
  osteoporosisTherapyHistory: fact(drugs, (chart) => drugHistory(chart, 'osteoporosisTherapy')),
  bisphosphonateHistory: fact(drugs, (chart) => drugHistory(chart, 'bisphosphonates')),
  zoledronicAcidHistory: fact(drugs, (chart) => drugHistory(chart, 'zoledronicAcid')),
  denosumabHistory: fact(drugs, (chart) => drugHistory(chart, 'denosumab')),
  romosozumabHistory: fact(drugs, (chart) => drugHistory(chart, 'romosozumab')),

  // laboratory and vital signs
  vitaminD: fact(['bone'], vitaminD),
  anyVitaminD: fact(['bone'], (chart) => readSeries(chart, 'vitaminD25OH')),
  vitaminDOrdered: fact(['serviceRequests', 'bone'], (chart) =>
    isOrdered(chart, ['vitaminD25OH'], chart.definitions.orders.labMonths),
  ),
  hsCrp: fact(['inflammation'], (chart) => readSeries(chart, 'hsCrp')),
  crpPlain: fact(['inflammation'], (chart) => readSeries(chart, 'crpPlain')),
  hsCrpOrdered: fact(['serviceRequests', 'inflammation'], (chart) =>
    isOrdered(chart, ['hsCrp'], chart.definitions.orders.labMonths),
  ),
  hsCrpOnOrder: fact(['serviceRequests', 'inflammation'], (chart) =>
    isOnOrder(chart, ['hsCrp'], chart.definitions.orders.labMonths),
  ),
  hsCrpOrderedBefore: fact(['serviceRequests'], (chart) =>
    hasOrder(chart, 'hsCrp', chart.definitions.orders.studyMonths),
  ),
  hsCrpDraft: fact([], (chart) => hasDraft(chart, 'hsCrp')),
  ldl: fact(['lipids'], (chart) => readSeries(chart, 'ldlCholesterol')),
  directLdl: fact(['lipids'], (chart) => readSeries(chart, 'directLdl')),
  triglycerides: fact(['lipids'], (chart) => readSeries(chart, 'triglycerides')),
  totalCholesterol: fact(['lipids'], (chart) => readSeries(chart, 'totalCholesterol')),
  hdlCholesterol: fact(['lipids'], (chart) => readSeries(chart, 'hdlCholesterol')),
  lipidPanel: fact(['lipids'], lipidPanel),
  lipidPanelOrdered: fact(['serviceRequests', 'lipids'], (chart) =>
    isOrdered(chart, ['lipidPanel', 'ldlCholesterol'], chart.definitions.orders.labMonths),
  ),
  bloodPressure: fact(['bloodPressure', 'encounter'], pressureReadings),
  meanBloodPressure: fact(['bloodPressure', 'encounter'], meanPressure),
  calcium: fact(['calcium'], (chart) =>
    calciumStatus(chart, lastMonths(chart.definitions.calcium.months, chart.today)),
  ),
  pth: fact(['bone', 'patient'], (chart) => withRanges(readSeries(chart, 'pthIntact'), chart)),
  pthOrdered: fact(['serviceRequests', 'bone'], (chart) =>
    isOrdered(chart, ['pthIntact'], chart.definitions.orders.labMonths),
  ),
  recentCalcium: fact(['calcium'], (chart) =>
    calciumStatus(chart, lastDays(chart.definitions.calcium.recentDays, chart.today)),
  ),
  albuminOrdered: fact(['serviceRequests', 'calcium'], (chart) =>
    isOrdered(chart, ['albuminSerum'], chart.definitions.orders.labMonths),
  ),
  calciumResults: fact(['calcium'], (chart) =>
    readSeries(chart, 'calciumTotal', 'calciumCorrected', 'calciumIonized'),
  ),
  calciumOrdered: fact(['serviceRequests', 'calcium'], (chart) =>
    isOrdered(
      chart,
      ['calciumTotal', 'calciumCorrected', 'calciumIonized'],
      chart.definitions.orders.labMonths,
    ),
  ),
  phosphate: fact(['calcium'], (chart) => readSeries(chart, 'phosphate')),
  phosphateOrdered: fact(['serviceRequests', 'calcium'], (chart) =>
    isOrdered(chart, ['phosphate'], chart.definitions.orders.labMonths),
  ),
  alkalinePhosphatase: fact(['calcium'], (chart) => readSeries(chart, 'alkalinePhosphatase')),
  tsh: fact(['bone'], (chart) => readSeries(chart, 'tsh')),
  tshOrdered: fact(['serviceRequests', 'bone'], (chart) =>
    isOrdered(chart, ['tsh'], chart.definitions.orders.labMonths),
  ),
  hba1c: fact(['lipids'], (chart) => readSeries(chart, 'hba1c')),
  hba1cOrdered: fact(['serviceRequests', 'lipids'], (chart) =>
    isOrdered(chart, ['hba1c'], chart.definitions.orders.labMonths),
  ),
  testosterone: fact(['bone'], (chart) => readSeries(chart, 'testosteroneTotal')),
  testosteroneOrdered: fact(['serviceRequests', 'bone'], (chart) =>
    isOrdered(chart, ['testosteroneTotal'], chart.definitions.orders.labMonths),
  ),
  hematocrit: fact(['blood'], (chart) => readSeries(chart, 'hematocrit')),
  coronaryCalcium: fact(['bone'], coronaryCalcium),
  cardiologyReferral: referral('cardiologyReferral'),
  creatinine: fact(['kidney'], (chart) => readSeries(chart, 'creatinineSerum')),
  eGfr2021: fact(['kidney'], (chart) => readSeries(chart, 'egfrCkdEpi2021')),
  alkalinePhosphataseOrdered: fact(['serviceRequests', 'calcium'], (chart) =>
    isOrdered(chart, ['alkalinePhosphatase'], chart.definitions.orders.labMonths),
  ),
  kidney: fact(['kidney', 'conditions', 'patient'], kidneyStatus),
  eGfrHistory: fact(['kidney', 'patient'], eGfrHistory),
  filtration: fact(['kidney', 'patient'], (chart) =>
    filtration(chart, lastMonths(chart.definitions.kidney.months, chart.today)),
  ),
  clearance: fact(['kidney', 'body', 'patient'], (chart) =>
    clearance(chart, lastMonths(chart.definitions.kidney.months, chart.today)),
  ),
  recentClearance: fact(['kidney', 'body', 'patient'], (chart) =>
    clearance(chart, lastDays(chart.definitions.kidney.recentDays, chart.today)),
  ),
  kidneyResults: fact(['kidney'], (chart) => readSeries(chart, 'egfr', 'creatinineSerum')),
  kidneyOrdered: fact(['serviceRequests', 'kidney'], (chart) =>
    isOrdered(chart, ['egfr', 'creatinineSerum'], chart.definitions.orders.labMonths),
  ),

  // conditions; an entry without onset and recordedDate takes the start of its encounter (clarifications G5)
  myocardialInfarction: fact(['conditions', 'encounter'], (chart) =>
    conditionEver(chart, 'myocardialInfarction', 'any'),
  ),
  stroke: fact(['conditions', 'encounter'], (chart) => conditionEver(chart, 'stroke', 'any')),
  ascvd: fact(['conditions', 'procedures'], (chart) => conditionEver(chart, 'ascvd', 'any')),
  atheroscleroticDisease: fact(['conditions', 'procedures'], atheroscleroticDisease),
  hypertension: fact(['conditions'], (chart) => activeCondition(chart, 'hypertension', 'any')),
  repeatedFalls: fact(['conditions'], (chart) => activeCondition(chart, 'repeatedFalls', 'any')),
  diabetes: fact(['conditions'], (chart) => activeCondition(chart, 'diabetesAny')),
  diabetesForRisk: fact(['lipids', ...drugs], diabetesForRisk),
  // R18: excluded for good, resolved or not
  heartFailure: fact(['conditions'], (chart) => conditionEver(chart, 'heartFailure', 'any')),
  dyslipidemia: fact(['conditions'], (chart) => activeCondition(chart, 'dyslipidemia', 'any')),
  ckd: fact(['conditions'], (chart) => activeCondition(chart, 'ckd')),
  dialysis: fact(['conditions', 'procedures'], dialysis),
  hypoparathyroidism: fact(['conditions'], (chart) => activeCondition(chart, 'hypoparathyroidism', 'any')),
  nephrolithiasis: fact(['conditions'], (chart) => activeCondition(chart, 'nephrolithiasis', 'any')),
  thyroidectomy: fact(['conditions', 'procedures', 'encounter'], (chart) =>
    conditionEver(chart, 'thyroidectomy', 'any'),
  ),
  kidneyTransplant: fact(['conditions', 'procedures'], (chart) =>
    conditionEver(chart, 'kidneyTransplant', 'any'),
  ),
  ckdStage3plus: fact(['conditions'], (chart) => activeCondition(chart, 'ckdStage3plus')),
  acuteKidneyInjury: fact(['conditions', 'encounter'], (chart) =>
    activeCondition(chart, 'acuteKidneyInjury', 'any'),
  ),
  ckdStage4to5: fact(['conditions'], (chart) => activeCondition(chart, 'ckdStage4to5', 'any')),
  hyperparathyroidism: fact(['conditions'], (chart) => activeCondition(chart, 'hyperparathyroidism')),
  hyperthyroidism: fact(['conditions'], (chart) => activeCondition(chart, 'hyperthyroidism')),
  rheumatoidArthritis: fact(['conditions'], (chart) => activeCondition(chart, 'rheumatoidArthritis')),
  malabsorption: fact(['conditions', 'procedures'], malabsorption),
  hypocalcemia: fact(['conditions', 'encounter'], (chart) => activeCondition(chart, 'hypocalcemia', 'any')),
  venousThromboembolism: fact(['conditions'], (chart) =>
    conditionEver(chart, 'venousThromboembolism', 'any'),
  ),
  retinalVeinThrombosis: fact(['conditions'], (chart) =>
    conditionEver(chart, 'retinalVeinThrombosis', 'any'),
  ),
  atrialFibrillation: fact(['conditions'], (chart) => activeCondition(chart, 'atrialFibrillation', 'any')),
  granulomatousDisease: fact(['conditions'], (chart) =>
    activeCondition(chart, 'granulomatousDisease', 'any'),
  ),
  inflammatoryDisease: fact(['conditions'], (chart) => activeCondition(chart, 'inflammatoryDisease', 'any')),
  statinIntolerance: fact(['conditions'], (chart) => activeCondition(chart, 'statinIntolerance', 'any')),
  type1Diabetes: fact(['conditions'], (chart) => activeCondition(chart, 'type1Diabetes')),
  type2Diabetes: fact(['conditions'], (chart) => activeCondition(chart, 'type2Diabetes')),
  peripheralNeuropathy: fact(['conditions'], (chart) => activeCondition(chart, 'peripheralNeuropathy')),
  maleHypogonadism: fact(['conditions'], (chart) => activeCondition(chart, 'maleHypogonadism')),
  prostateCancer: fact(['conditions'], (chart) => activeCondition(chart, 'prostateCancer', 'any')),
  metabolicBoneOther: fact(['conditions'], (chart) => activeCondition(chart, 'metabolicBoneOther', 'any')),
  malignancy: fact(['conditions'], (chart) => activeCondition(chart, 'activeMalignancy', 'any')),

  // medications
  bloodPressureTreatment: fact(drugs, bloodPressureTreatment),
  statins: fact(drugs, (chart) => onDrug(chart, 'statins', 'gap')),
  nonStatinLipidLowering: fact(drugs, (chart) => onDrug(chart, 'nonStatinLipidLowering', 'gap')),
  lipidTherapyStart: fact(drugs, (chart) => firstOrder(chart, ['statins', 'nonStatinLipidLowering'])),
  antihypertensives: fact(drugs, (chart) => onDrug(chart, 'antihypertensives', 'hazard')),
  vitaminDSupplements: fact(drugs, (chart) => onDrug(chart, 'vitaminDSupplements', 'gap')),
  activeVitaminD: fact(drugs, (chart) => onDrug(chart, 'activeVitaminD', 'gap')),
  activeVitaminDOrders: fact(drugs, (chart) => onDrug(chart, 'activeVitaminD', 'hazard')),
  calciumOrders: fact(['medicationRequests', 'conditions'], calciumOrders),
  glucocorticoid: fact(drugs, glucocorticoid),
  thiazides: fact(drugs, (chart) => onDrug(chart, 'thiazides', 'hazard')),
  lithium: fact(drugs, (chart) => onDrug(chart, 'lithium', 'hazard')),
  anticonvulsants: fact(drugs, (chart) => onDrug(chart, 'enzymeInducingAnticonvulsants', 'hazard')),
  protonPumpInhibitors: fact(drugs, (chart) => onDrug(chart, 'protonPumpInhibitors', 'hazard')),
  aromataseInhibitors: fact(drugs, (chart) => onDrug(chart, 'aromataseInhibitors', 'hazard')),
  androgenDeprivation: fact(drugs, (chart) => onDrug(chart, 'androgenDeprivation', 'hazard')),
  hormoneDeprivation: fact(['patient', ...drugs], hormoneDeprivation),
  oncologyBoneDrug: fact(drugs, oncologyBoneDrug),
  insulins: fact(drugs, (chart) => onDrug(chart, 'insulins', 'hazard')),
  sulfonylureas: fact(drugs, (chart) => onDrug(chart, 'sulfonylureas', 'hazard')),
  thiazolidinediones: fact(drugs, (chart) => onDrug(chart, 'thiazolidinediones', 'hazard')),
  testosteroneTherapy: fact(drugs, (chart) => onDrug(chart, 'testosteroneTherapy', 'gap')),
  activeTestosterone: fact(drugs, (chart) => onDrug(chart, 'testosteroneTherapy', 'hazard')),
  systemicEstrogens: fact(drugs, (chart) => onDrug(chart, 'systemicEstrogens', 'gap')),
  otherOestrogen: fact(drugs, otherOestrogen),

  // what an equation needs beside the record
  preventModels: fact([], (chart) => known(chart.definitions.prevent, [])),

  // the order being written
  antiresorptiveDrafts: fact([], antiresorptiveDrafts),
  bisphosphonateDrafts: fact([], bisphosphonateDrafts),
  sermDrafts: fact([], sermDrafts),
  calciumDrafted: fact([], (chart) =>
    isDrafted(chart, ['calciumTotal', 'calciumCorrected', 'calciumIonized']),
  ),
  kidneyDrafted: fact([], (chart) => isDrafted(chart, ['egfr', 'creatinineSerum'])),
  vitaminDDrafted: fact([], (chart) => isDrugDrafted(chart, 'vitaminDSupplements')),
  isAdmitted: fact(['encounter'], isAdmitted),
  hormoneDeprivationDrafts: fact(['patient', ...drugs], hormoneDeprivationDrafts),
  dxaDraft: fact([], (chart) => hasDraft(chart, 'dxaStudy')),
  boneDrugDrafts: fact([], (chart) => drafts(chart, 'osteoporosisTherapy')),
  thiazolidinedioneDrafts: fact([], (chart) => drafts(chart, 'thiazolidinediones')),
  testosteroneDrafts: fact([], (chart) => drafts(chart, 'testosteroneTherapy')),
  romosozumabDrafts: fact([], (chart) => drafts(chart, 'romosozumab')),
  calciumDrafts: fact([], calciumDrafts),
  activeVitaminDDrafted: fact([], (chart) => isDrugDrafted(chart, 'activeVitaminD')),
  plannedGlucocorticoid: fact(drugs, plannedGlucocorticoid),
} as const;

export type FactName = keyof typeof FACTS;
export type Facts = { readonly [Name in FactName]: ReturnType<(typeof FACTS)[Name]['read']> };

const NAMES = Object.keys(FACTS) as readonly FactName[];
const UNREAD = Symbol('unread');

/**
 * The facts of one chart, each read when it is first asked for and then kept. Every fact is a getter of the prototype, so that an
 * object for each rule need not be filled.
 */
class ChartFacts {
  readonly chart: Chart;
  readonly kept: unknown[] = new Array<unknown>(NAMES.length).fill(UNREAD);

  constructor(chart: Chart) {
    this.chart = chart;
  }
}

for (const [place, name] of NAMES.entries()) {
  const { read } = FACTS[name] as { readonly read: (chart: Chart) => unknown };
  Object.defineProperty(ChartFacts.prototype, name, {
    get(this: ChartFacts) {
      const kept = this.kept[place];
      return kept === UNREAD ? (this.kept[place] = read(this.chart)) : kept;
    },
  });
}

/**
 * The facts of a chart, each read once and only when it is asked for.
 *
 * @param _names what the caller may ask for; a rest pattern or a spread of the result finds nothing.
 */
export function readFacts<Names extends FactName>(
  chart: Chart,
  _names: readonly Names[],
): Pick<Facts, Names> {
  return once(chart, 'facts', () => new ChartFacts(chart) as unknown as Facts);
}

/** Who the chart is about, without counting as asked for. */
export function personOf(chart: Chart): Pick<Facts, 'age' | 'sex'> {
  return { age: FACTS.age.read(chart), sex: FACTS.sex.read(chart) };
}

/** What has been read from this chart so far: the facts that the rules asked for. */
export function factsRead(chart: Chart): ReadonlyMap<FactName, Facts[FactName]> {
  const { kept } = once(chart, 'facts', () => new ChartFacts(chart));
  const read = NAMES.flatMap((name, place) => (kept[place] === UNREAD ? [] : [[name, kept[place]] as const]));
  return new Map(read as [FactName, Facts[FactName]][]);
}

/** Queries that the named facts need, without repeats. */
export function needsOf(names: readonly FactName[]): ReadonlySet<QueryKey> {
  return new Set(names.flatMap((name) => [...FACTS[name].needs]));
}
