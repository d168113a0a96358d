/** The codes of synthetic charts: those that the service reads, and some that it does not. */
import type { Analyte, Coded } from './chart-writer.ts';

const over =
  (factor: number) =>
  (value: number): number =>
    value / factor;
const times =
  (factor: number) =>
  (value: number): number =>
    value * factor;

const MG_DL = { unit: 'mg/dL' } as const;
const MMOL_L = { unit: 'mmol/L' } as const;
const cholesterol = { unit: MMOL_L, decimals: 2, from: over(38.67) };

const T_SCORE = { unit: { unit: '{T-score}' }, decimals: 1, category: 'imaging' } as const;

export const ANALYTES = {
  tScoreHip: { code: ['loinc 38264-8', 'DXA Hip [T-score] Bone density'], ...T_SCORE },
  tScoreFemur: {
    code: ['loinc 38263-0', 'DXA Femur [T-score] Bone density'],
    ...T_SCORE,
    unit: { unit: 'T-score', code: '1' },
  },
  tScoreSpine: { code: ['loinc 38267-1', 'DXA Lumbar spine [T-score] Bone density'], ...T_SCORE },
  /** As one public generator writes every scan: the code of the forearm, a display without a site, all decimals. */
  tScoreForearm: {
    code: ['loinc 38265-5', 'DXA [T-score] Bone density'],
    ...T_SCORE,
    decimals: 14,
  },
  bmd: {
    code: ['loinc 24701-5', 'DXA Femur [Mass/Area] Bone density'],
    unit: { unit: 'g/cm²', code: 'g/cm-2' },
    decimals: 3,
    category: 'imaging',
  },
  vitaminD: {
    code: ['loinc 62292-8', '25-hydroxyvitamin D3+25-hydroxyvitamin D2 [Mass/volume] in Serum or Plasma'],
    unit: { unit: 'ng/mL' },
    decimals: 0,
    si: { unit: { unit: 'nmol/L' }, decimals: 0, from: times(2.496) },
    reportable: { low: 7, high: 150 },
  },
  hsCrp: {
    code: ['loinc 30522-7', 'C reactive protein [Mass/volume] in Serum or Plasma by High sensitivity method'],
    unit: { unit: 'mg/L' },
    decimals: 1,
    reportable: { low: 0.2 },
  },
  hsCrpMgDl: {
    code: ['loinc 30522-7', 'C reactive protein [Mass/volume] in Serum or Plasma by High sensitivity method'],
    unit: MG_DL,
    decimals: 2,
  },
  crp: {
    code: ['loinc 1988-5', 'C reactive protein [Mass/volume] in Serum or Plasma'],
    unit: { unit: 'mg/L' },
    decimals: 0,
    reportable: { low: 5 },
  },
  ldl: {
    code: ['loinc 13457-7', 'Cholesterol in LDL [Mass/volume] in Serum or Plasma by calculation'],
    unit: MG_DL,
    decimals: 0,
    si: {
      ...cholesterol,
      code: ['loinc 39469-2', 'Cholesterol in LDL [Moles/volume] in Serum or Plasma by calculation'],
    },
  },
  hdl: {
    code: ['loinc 2085-9', 'Cholesterol in HDL [Mass/volume] in Serum or Plasma'],
    unit: MG_DL,
    decimals: 0,
    // The mass code with a molar unit: public data has it.
    si: cholesterol,
  },
  totalCholesterol: {
    code: ['loinc 2093-3', 'Cholesterol [Mass/volume] in Serum or Plasma'],
    unit: MG_DL,
    decimals: 0,
    si: { ...cholesterol, code: ['loinc 14647-2', 'Cholesterol [Moles/volume] in Serum or Plasma'] },
  },
  triglycerides: {
    code: ['loinc 2571-8', 'Triglyceride [Mass/volume] in Serum or Plasma'],
    unit: MG_DL,
    decimals: 0,
    si: {
      unit: MMOL_L,
      decimals: 2,
      from: over(88.57),
      code: ['loinc 14927-8', 'Triglyceride [Moles/volume] in Serum or Plasma'],
    },
  },
  hba1c: {
    code: ['loinc 4548-4', 'Hemoglobin A1c/Hemoglobin.total in Blood'],
    unit: { unit: '%' },
    decimals: 1,
    si: { unit: { unit: 'mmol/mol' }, decimals: 0, from: (value) => (value - 2.152) / 0.09148 },
  },
  egfr: {
    code: [
      'loinc 98979-8',
      'Glomerular filtration rate/1.73 sq M.predicted [Volume Rate/Area] in Serum, Plasma or Blood by Creatinine-based formula (CKD-EPI 2021)',
    ],
    unit: { unit: 'mL/min/{1.73_m2}' },
    decimals: 0,
    reportable: { high: 90 },
  },
  egfrExact: {
    code: [
      'loinc 33914-3',
      'Glomerular filtration rate [Volume Rate/Area] in Serum or Plasma by Creatinine-based formula (MDRD)/1.73 sq M',
    ],
    unit: { unit: 'mL/min/1.73m2', code: 'mL/min/{1.73_m2}' },
    decimals: 1,
  },
  creatinine: {
    code: ['loinc 2160-0', 'Creatinine [Mass/volume] in Serum or Plasma'],
    unit: MG_DL,
    decimals: 2,
    si: {
      unit: { unit: 'umol/L' },
      decimals: 0,
      from: times(88.42),
      code: ['loinc 14682-9', 'Creatinine [Moles/volume] in Serum or Plasma'],
    },
  },
  calcium: {
    code: ['loinc 17861-6', 'Calcium [Mass/volume] in Serum or Plasma'],
    unit: MG_DL,
    decimals: 1,
    si: {
      unit: MMOL_L,
      decimals: 2,
      from: over(4.008),
      code: ['loinc 2000-8', 'Calcium [Moles/volume] in Serum or Plasma'],
    },
  },
  albumin: {
    code: ['loinc 1751-7', 'Albumin [Mass/volume] in Serum or Plasma'],
    unit: { unit: 'g/dL' },
    decimals: 1,
    si: { unit: { unit: 'g/L' }, decimals: 0, from: times(10) },
  },
  phosphate: {
    code: ['loinc 2777-1', 'Phosphate [Mass/volume] in Serum or Plasma'],
    unit: MG_DL,
    decimals: 1,
  },
  alkalinePhosphatase: {
    code: ['loinc 6768-6', 'Alkaline phosphatase [Enzymatic activity/volume] in Serum or Plasma'],
    unit: { unit: 'U/L' },
    decimals: 0,
  },
  tsh: {
    code: ['loinc 3016-3', 'Thyrotropin [Units/volume] in Serum or Plasma'],
    unit: { unit: 'mIU/L', code: 'm[IU]/L' },
    decimals: 2,
  },
  pth: {
    code: ['loinc 2731-8', 'Parathyrin.intact [Mass/volume] in Serum or Plasma'],
    unit: { unit: 'pg/mL' },
    decimals: 0,
  },
  testosterone: {
    code: ['loinc 2986-8', 'Testosterone [Mass/volume] in Serum or Plasma'],
    unit: { unit: 'ng/dL' },
    decimals: 0,
  },
  coronaryCalcium: {
    code: ['snomed 450360000', 'Coronary artery calcium score (observable entity)'],
    unit: { unit: 'Agatston', code: '{Agatston}' },
    decimals: 0,
    category: 'imaging',
  },
  weight: {
    code: ['loinc 29463-7', 'Body weight'],
    unit: { unit: 'kg' },
    decimals: 1,
    category: 'vital-signs',
  },
  height: {
    code: ['loinc 8302-2', 'Body height'],
    unit: { unit: 'cm' },
    decimals: 0,
    category: 'vital-signs',
  },
  bmi: {
    code: ['loinc 39156-5', 'Body mass index (BMI) [Ratio]'],
    unit: { unit: 'kg/m2' },
    decimals: 1,
    category: 'vital-signs',
  },
  pulse: {
    code: ['loinc 8867-4', 'Heart rate'],
    unit: { unit: '/min' },
    decimals: 0,
    category: 'vital-signs',
  },
  haemoglobin: {
    code: ['loinc 718-7', 'Hemoglobin [Mass/volume] in Blood'],
    unit: { unit: 'g/dL' },
    decimals: 1,
  },
  sodium: {
    code: ['loinc 2951-2', 'Sodium [Moles/volume] in Serum or Plasma'],
    unit: MMOL_L,
    decimals: 0,
  },
  potassium: {
    code: ['loinc 2823-3', 'Potassium [Moles/volume] in Serum or Plasma'],
    unit: MMOL_L,
    decimals: 1,
  },
} as const satisfies Readonly<Record<string, Analyte>>;

export const SMOKING: Coded = ['loinc 72166-2', 'Tobacco smoking status'];
export const SMOKING_VALUES = {
  current: ['snomed 449868002', 'Smokes tobacco daily (finding)'],
  former: ['snomed 8517006', 'Ex-smoker (finding)'],
  never: ['snomed 266919005', 'Never smoked tobacco (finding)'],
} as const satisfies Readonly<Record<string, Coded>>;

export const CONDITIONS = {
  osteoporosis: ['snomed 64859006', 'Osteoporosis (disorder)'],
  osteopenia: ['snomed 312894000', 'Osteopenia (disorder)'],
  hipFracture: ['icd10cm S72.001A', 'Fracture of unspecified part of neck of right femur'],
  vertebralFracture: ['snomed 240198002', 'Osteoporotic vertebral collapse (disorder)'],
  wristFracture: ['snomed 704336007', 'Osteoporotic fracture of radius (disorder)'],
  hypertension: ['icd10cm I10', 'Essential (primary) hypertension'],
  type2: ['snomed 44054006', 'Diabetes mellitus type 2 (disorder)'],
  type1: ['snomed 46635009', 'Diabetes mellitus type 1 (disorder)'],
  infarction: ['icd10cm I25.2', 'Old myocardial infarction'],
  stroke: ['snomed 230690007', 'Cerebrovascular accident (disorder)'],
  coronaryDisease: ['icd10cm I25.10', 'Atherosclerotic heart disease of native coronary artery'],
  heartFailure: ['snomed 84114007', 'Heart failure (disorder)'],
  kidneyDisease: ['snomed 433144002', 'Chronic kidney disease stage 3'],
  hyperparathyroidism: ['snomed 36348003', 'Primary hyperparathyroidism (disorder)'],
  rheumatoidArthritis: ['snomed 69896004', 'Rheumatoid arthritis (disorder)'],
  celiac: ['snomed 396331005', 'Celiac disease (disorder)'],
  breastCancer: ['icd10cm C50.912', 'Malignant neoplasm of unspecified site of left female breast'],
  prostateCancer: ['icd10cm C61', 'Malignant neoplasm of prostate'],
  falls: ['icd10cm R29.6', 'Repeated falls'],
  dialysis: ['icd10cm Z99.2', 'Dependence on renal dialysis'],
  myeloma: ['icd10cm C90.00', 'Multiple myeloma not having achieved remission'],
  hyperlipidemia: ['snomed 55822004', 'Hyperlipidemia'],
} as const satisfies Readonly<Record<string, Coded>>;

/** What a chart holds and no recommendation reads. "Prediabetes" is no diabetes. */
export const OTHER_CONDITIONS: readonly [Coded, ...Coded[]] = [
  ['snomed 195967001', 'Asthma (disorder)'],
  ['icd10cm J45.909', 'Unspecified asthma, uncomplicated'],
  ['icd10cm R73.03', 'Prediabetes'],
  ['icd10cm M17.9', 'Osteoarthritis of knee, unspecified'],
  ['icd10cm K21.9', 'Gastro-esophageal reflux disease without esophagitis'],
  ['icd10cm F41.1', 'Generalized anxiety disorder'],
  ['icd10cm H25.9', 'Unspecified age-related cataract'],
  ['icd10cm M54.50', 'Low back pain, unspecified'],
];

/** Ingredient and product name. */
type Drug = readonly [ingredient: Coded, text: string];

export const DRUGS = {
  alendronate: [['rxnorm 46041', 'Alendronate'], 'alendronic acid 70 MG Oral Tablet'],
  denosumab: [['rxnorm 993449', 'denosumab'], '1 ML denosumab 60 MG/ML Prefilled Syringe'],
  atorvastatin: [['rxnorm 83367', 'atorvastatin'], 'atorvastatin 20 MG Oral Tablet'],
  ezetimibe: [['rxnorm 341248', 'ezetimibe'], 'ezetimibe 10 MG Oral Tablet'],
  prednisone: [['rxnorm 8640', 'Prednisone'], 'prednisone 5 MG Oral Tablet'],
  anastrozole: [['rxnorm 84857', 'anastrozole'], 'anastrozole 1 MG Oral Tablet'],
  leuprolide: [['rxnorm 42375', 'leuprolide'], 'leuprolide acetate 22.5 MG Injection'],
  cholecalciferol: [['rxnorm 2418', 'Cholecalciferol'], 'cholecalciferol 1000 UNT Oral Tablet'],
  glipizide: [['rxnorm 4821', 'Glipizide'], 'glipizide 5 MG Oral Tablet'],
  insulin: [['rxnorm 274783', 'Insulin Glargine'], 'insulin glargine 100 UNT/ML Pen Injector'],
  hydrochlorothiazide: [['rxnorm 5487', 'Hydrochlorothiazide'], 'hydrochlorothiazide 25 MG Oral Tablet'],
  phenytoin: [['rxnorm 8183', 'Phenytoin'], 'phenytoin sodium 100 MG Extended Release Oral Capsule'],
  varenicline: [['rxnorm 591622', 'varenicline'], 'varenicline 1 MG Oral Tablet'],
} as const satisfies Readonly<Record<string, Drug>>;

/** Nystatin ends like a statin and is none; ear drops of dexamethasone are no systemic glucocorticoid. */
export const OTHER_DRUGS: readonly [Drug, ...Drug[]] = [
  [['rxnorm 161', 'acetaminophen'], 'acetaminophen 500 MG Oral Tablet'],
  [['rxnorm 7597', 'nystatin'], 'nystatin 100000 UNT/ML Oral Suspension'],
  [['rxnorm 3264', 'dexamethasone'], 'dexamethasone 1 MG/ML Otic Solution'],
  [['rxnorm 5640', 'ibuprofen'], 'ibuprofen 400 MG Oral Tablet'],
];

export const PROCEDURES = {
  boneScan: ['snomed 312681000', 'Bone density scan (procedure)'],
  smokingCounselling: ['snomed 225323000', 'Smoking cessation education'],
} as const satisfies Readonly<Record<string, Coded>>;

export const ORDERS: readonly [Coded, ...Coded[]] = [
  ['loinc 24331-1', 'Lipid 1996 panel - Serum or Plasma'],
  ['loinc 38269-7', 'DXA Skeletal system Bone density study (report)'],
  ['loinc 62292-8', '25-hydroxyvitamin D3+25-hydroxyvitamin D2 [Mass/volume] in Serum or Plasma'],
  ['loinc 718-7', 'Hemoglobin [Mass/volume] in Blood'],
];
