/**
 * The list of facts: name -> what it needs from the record and how it is read.
 *
 * A rule's `inputs` are names of this list; a service's prefetch templates are derived from the needs of its rules.
 */
import { meanPressure, pressureSeries } from './blood-pressure.ts';
import { once, type Chart } from './chart.ts';
import { activeCondition, atheroscleroticDisease, conditionEver, malabsorption } from './conditions.ts';
import { age, postmenopausal, prematureMenopause, sex } from './demographics.ts';
import { dxaDone, dxaOrdered, dxaSearched, lowBmd, lowestT } from './dxa.ts';
import { fractureEvents, fractures } from './fractures.ts';
import { glucocorticoid } from './glucocorticoid.ts';
import { calciumStatus, kidneyStatus, lipidPanel, vitaminD } from './lab-facts.ts';
import { drugHistory, firstOrder, onDrug } from './medications.ts';
import { drafts, hasDraft, hasOrder, isOnOrder, isOrdered, isReferred } from './orders.ts';
import type { QueryKey } from './record.ts';
import { lastMonths, readSeries } from './results.ts';
import { smoking } from './smoking.ts';

const drugs = ['medicationRequests', 'medicationStatements', 'conditions'] as const;
const bone = ['patient', 'bone', 'conditions', 'procedures'] as const;

function fact<T>(
  needs: readonly QueryKey[],
  read: (chart: Chart) => T,
): { readonly needs: readonly QueryKey[]; readonly read: (chart: Chart) => T } {
  return { needs, read };
}

export const FACTS = {
  // the person
  age: fact(['patient'], age),
  sex: fact(['patient'], sex),
  postmenopausal: fact(['patient', 'conditions', 'procedures'], postmenopausal),
  prematureMenopause: fact(['patient', 'conditions', 'procedures'], prematureMenopause),
  smoking: fact(['socialHistory', 'conditions'], smoking),
  weight: fact(['body'], (chart) => readSeries(chart, 'bodyWeight')),

  // bone
  lowestT: fact(bone, lowestT),
  lowBmd: fact(bone, lowBmd),
  dxaDone: fact(['bone', 'procedures', 'reports'], dxaDone),
  dxaSearched: fact(['bone', 'procedures', 'reports'], dxaSearched),
  dxaOrdered: fact(['serviceRequests', 'bone', 'reports'], dxaOrdered),
  boneReferral: fact(['serviceRequests'], (chart) =>
    isReferred(
      chart,
      chart.definitions.orders.boneReferral.roles,
      new RegExp(chart.definitions.orders.boneReferral.textPattern, 'i'),
      chart.definitions.orders.studyMonths,
    ),
  ),
  dietitianReferral: fact(['serviceRequests'], (chart) => {
    const { dietitianReferral, studyMonths } = chart.definitions.orders;
    return isReferred(
      chart,
      dietitianReferral.roles,
      new RegExp(dietitianReferral.textPattern, 'i'),
      studyMonths,
    );
  }),
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
  lipidPanel: fact(['lipids'], lipidPanel),
  lipidPanelOrdered: fact(['serviceRequests', 'lipids'], (chart) =>
    isOrdered(chart, ['lipidPanel', 'ldlCholesterol'], chart.definitions.orders.labMonths),
  ),
  bloodPressure: fact(['bloodPressure'], pressureSeries),
  meanBloodPressure: fact(['bloodPressure', 'encounter'], meanPressure),
  calcium: fact(['calcium'], (chart) =>
    calciumStatus(chart, lastMonths(chart.definitions.calcium.months, chart.today)),
  ),
  pth: fact(['bone'], (chart) => readSeries(chart, 'pthIntact')),
  pthOrdered: fact(['serviceRequests', 'bone'], (chart) =>
    isOrdered(chart, ['pthIntact'], chart.definitions.orders.labMonths),
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
  alkalinePhosphataseOrdered: fact(['serviceRequests'], (chart) =>
    isOrdered(chart, ['alkalinePhosphatase'], chart.definitions.orders.labMonths),
  ),
  kidney: fact(['kidney', 'conditions', 'patient'], kidneyStatus),
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
  diabetes: fact(['conditions'], (chart) => activeCondition(chart, 'diabetesAny')),
  dyslipidemia: fact(['conditions'], (chart) => activeCondition(chart, 'dyslipidemia', 'any')),
  ckd: fact(['conditions'], (chart) => activeCondition(chart, 'ckd')),
  ckdStage4to5: fact(['conditions'], (chart) => activeCondition(chart, 'ckdStage4to5', 'any')),
  hyperparathyroidism: fact(['conditions'], (chart) => activeCondition(chart, 'hyperparathyroidism')),
  hyperthyroidism: fact(['conditions'], (chart) => activeCondition(chart, 'hyperthyroidism')),
  rheumatoidArthritis: fact(['conditions'], (chart) => activeCondition(chart, 'rheumatoidArthritis')),
  malabsorption: fact(['conditions', 'procedures'], malabsorption),
  granulomatousDisease: fact(['conditions'], (chart) =>
    activeCondition(chart, 'granulomatousDisease', 'any'),
  ),
  inflammatoryDisease: fact(['conditions'], (chart) => activeCondition(chart, 'inflammatoryDisease', 'any')),
  statinIntolerance: fact(['conditions'], (chart) => activeCondition(chart, 'statinIntolerance', 'any')),
  malignancy: fact(['conditions'], (chart) => activeCondition(chart, 'activeMalignancy', 'any')),

  // medications
  statins: fact(drugs, (chart) => onDrug(chart, 'statins', 'gap')),
  nonStatinLipidLowering: fact(drugs, (chart) => onDrug(chart, 'nonStatinLipidLowering', 'gap')),
  lipidTherapyStart: fact(drugs, (chart) => firstOrder(chart, ['statins', 'nonStatinLipidLowering'])),
  vitaminDSupplements: fact(drugs, (chart) => onDrug(chart, 'vitaminDSupplements', 'gap')),
  activeVitaminD: fact(drugs, (chart) => onDrug(chart, 'activeVitaminD', 'gap')),
  glucocorticoid: fact(drugs, glucocorticoid),
  anticonvulsants: fact(drugs, (chart) => onDrug(chart, 'enzymeInducingAnticonvulsants', 'hazard')),
  protonPumpInhibitors: fact(drugs, (chart) => onDrug(chart, 'protonPumpInhibitors', 'hazard')),
  aromataseInhibitors: fact(drugs, (chart) => onDrug(chart, 'aromataseInhibitors', 'hazard')),
  androgenDeprivation: fact(drugs, (chart) => onDrug(chart, 'androgenDeprivation', 'hazard')),
  systemicEstrogens: fact(drugs, (chart) => onDrug(chart, 'systemicEstrogens', 'gap')),

  // the order being written
  romosozumabDrafts: fact([], (chart) => drafts(chart, 'romosozumab')),
} as const;

export type FactName = keyof typeof FACTS;
export type Facts = { readonly [Name in FactName]: ReturnType<(typeof FACTS)[Name]['read']> };

/** Reads the named facts; each is read once per chart. */
export function readFacts<Names extends FactName>(chart: Chart, names: readonly Names[]): Pick<Facts, Names> {
  return Object.fromEntries(
    names.map((name) => [name, once(chart, `fact ${name}`, () => FACTS[name].read(chart))]),
  ) as Pick<Facts, Names>;
}

/** Queries that the named facts need, without repeats. */
export function needsOf(names: readonly FactName[]): ReadonlySet<QueryKey> {
  return new Set(names.flatMap((name) => [...FACTS[name].needs]));
}
