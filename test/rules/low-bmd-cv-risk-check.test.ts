import { lowBmdCvRiskCheck } from '../../src/rules/low-bmd-cv-risk-check.ts';
import {
  bloodPressure,
  clinicalStatus,
  coded,
  condition,
  drug,
  eGfr,
  hdl,
  ldl,
  man,
  order,
  osteopenia,
  osteoporosis,
  patient,
  policyOf,
  procedure,
  quantity,
  totalCholesterol,
  triglycerides,
  tScore,
  verificationStatus,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

const woman = patient(64);
const porotic = tScore(-2.6);
const penic = tScore(-1.8);
const pressure = bloodPressure(128, 76);
const panel = ldl(120, '2025-06-01');
const diabetes = condition('icd10cm', 'E11.9');
const monthsAgo13 = ldl(120, '2024-12-15');
const article = policyOf({ preset: 'article' });

describeRule(lowBmdCvRiskCheck, {
  recommends: [
    {
      name: 'T -2.6, no lipids and no blood pressure: both are named',
      record: [woman, porotic],
      variant: 'osteoporosisT',
      says: ['T-score -2.6 (hip, 2025-06-01): lipid panel/BP not current. Consider CV risk check.'],
      suggests: ['lipidPanel'],
    },
    {
      name: 'T -2.6, panel 25 months ago, blood pressure current',
      record: [woman, porotic, pressure, ldl(120, '2023-12-15')],
      variant: 'osteoporosisT',
      says: [': lipid panel not current.'],
    },
    {
      name: 'panel one day older than 24 months',
      record: [woman, porotic, pressure, ldl(120, '2024-01-14')],
      variant: 'osteoporosisT',
    },
    {
      name: 'panel current, no blood pressure',
      record: [woman, porotic, panel],
      variant: 'osteoporosisT',
      says: [': BP not current.'],
      suggests: [],
    },
    {
      name: 'blood pressure one day older than 12 months',
      record: [woman, porotic, panel, bloodPressure(128, 76, '2025-01-14')],
      variant: 'osteoporosisT',
      says: [': BP not current.'],
    },
    {
      name: 'T exactly -2.5 is osteoporosis',
      record: [woman, tScore(-2.5), pressure],
      variant: 'osteoporosisT',
    },
    {
      name: 'T -2.49 is low bone mass, shown as -2.4, never "osteoporosis"',
      record: [woman, tScore(-2.49), pressure],
      variant: 'osteopeniaT',
      says: ['Low bone mass (T -2.4): lipid panel not on file in 24 months.'],
    },
    {
      name: 'osteopenia, neither on file: the months that are true for both',
      record: [woman, penic],
      variant: 'osteopeniaT',
      says: ['Low bone mass (T -1.8): lipid panel or BP not on file in 12 months.'],
    },
    {
      name: 'osteopenia, blood pressure only',
      record: [woman, penic, panel],
      variant: 'osteopeniaT',
      says: ['BP not on file in 12 months.'],
    },
    {
      name: 'osteoporosis on the problem list without a scan',
      record: [woman, osteoporosis(), pressure],
      variant: 'osteoporosisDiagnosis',
      says: ['Osteoporosis on the problem list: lipid panel not current. Consider CV risk check.'],
    },
    {
      name: 'osteopenia on the problem list without a scan',
      record: [woman, osteopenia()],
      variant: 'osteopeniaDiagnosis',
      says: ['Low bone mass on the problem list: lipid panel or BP not on file in 12 months.'],
    },
    {
      name: 'osteoporosis diagnosis with T -1.8: the score is not called osteoporosis',
      record: [woman, osteoporosis(), penic],
      variant: 'osteoporosisDiagnosis',
    },
    {
      name: 'osteoporosis diagnosis with T -2.7 cites the score',
      record: [woman, osteoporosis(), tScore(-2.7)],
      variant: 'osteoporosisT',
      says: ['T-score -2.7'],
    },
    {
      name: 'diagnosis without verification status counts',
      record: [woman, osteoporosis({ verificationStatus: undefined })],
      variant: 'osteoporosisDiagnosis',
    },
    {
      name: 'only a score coded radius and ulna: the card asks which radius site',
      record: [woman, tScore(-2.6, '2025-06-01', 'forearm')],
      variant: 'osteoporosisT',
      says: ['(radius/ulna as coded; confirm one-third radius, 2025-06-01)'],
    },
    {
      name: 'extreme T-score asks to confirm it',
      record: [woman, tScore(-6.2)],
      variant: 'osteoporosisT',
    },
    {
      name: 'diabetes, panel 13 months ago',
      record: [woman, porotic, pressure, diabetes, monthsAgo13],
      variant: 'osteoporosisT',
      says: [': lipid panel not current.'],
    },
    {
      name: 'osteopenia with diabetes says 12 months',
      record: [woman, penic, pressure, diabetes, monthsAgo13],
      variant: 'osteopeniaT',
      says: ['lipid panel not on file in 12 months.'],
    },
    {
      name: 'chronic kidney disease code, panel 13 months ago',
      record: [woman, porotic, pressure, condition('icd10cm', 'N18.31'), monthsAgo13],
      variant: 'osteoporosisT',
    },
    {
      name: 'eGFR 59, panel 13 months ago',
      record: [woman, porotic, pressure, eGfr(59), monthsAgo13],
      variant: 'osteoporosisT',
    },
    {
      name: 'statin, panel 13 months ago',
      record: [woman, porotic, pressure, drug('Simvastatin 20 MG'), monthsAgo13],
      variant: 'osteoporosisT',
    },
    {
      name: 'ezetimibe, panel 13 months ago',
      record: [woman, porotic, pressure, drug('Ezetimibe 10 MG'), monthsAgo13],
      variant: 'osteoporosisT',
    },
    {
      name: 'latest LDL exactly 160 mg/dL, 13 months ago',
      record: [woman, porotic, pressure, ldl(160, '2024-12-15')],
      variant: 'osteoporosisT',
    },
    {
      name: 'latest LDL exactly 4.1 mmol/L, 13 months ago',
      record: [woman, porotic, pressure, ldl(4.1, '2024-12-15', 'mmol/L')],
      variant: 'osteoporosisT',
    },
    {
      name: 'total and HDL cholesterol without triglycerides are no panel',
      record: [woman, porotic, pressure, totalCholesterol(200), hdl(55)],
      variant: 'osteoporosisT',
    },
    {
      name: 'LDL entered in error is no panel',
      record: [woman, porotic, pressure, ldl(120, '2025-12-01', 'mg/dL', { status: 'entered-in-error' })],
      variant: 'osteoporosisT',
    },
    {
      name: 'lipid panel already ordered leaves blood pressure',
      record: [woman, porotic, order(coded('loinc', '24331-1'))],
      variant: 'osteoporosisT',
      says: [': BP not current.'],
      suggests: [],
    },
    {
      name: 'age 80: blood pressure only',
      record: [patient(80), porotic],
      variant: 'osteoporosisT',
      says: [': BP not current.'],
      suggests: [],
    },
    {
      name: 'age 79: both',
      record: [patient(79), porotic],
      variant: 'osteoporosisT',
      says: ['lipid panel/BP'],
    },
    {
      name: 'woman 40 with osteoporosis on the problem list',
      record: [patient(40), osteoporosis()],
      variant: 'osteoporosisDiagnosis',
    },
    {
      name: 'man 50 with T -3',
      record: [patient(50, man), tScore(-3, '2026-01-15')],
      variant: 'osteoporosisT',
    },
    {
      name: 'subarachnoid haemorrhage is not atherosclerotic',
      record: [woman, porotic, condition('icd10cm', 'I60.9')],
      variant: 'osteoporosisT',
    },
    {
      name: 'refuted infarction does not silence',
      record: [woman, porotic, condition('icd10cm', 'I21.9', verificationStatus('refuted'))],
      variant: 'osteoporosisT',
    },
    {
      name: 'lipid search failed: blood pressure only',
      record: [woman, porotic],
      unknown: { lipids: 'failed' },
      variant: 'osteoporosisT',
      says: [': BP not current.'],
      suggests: [],
    },
    {
      name: 'order search failed: blood pressure only',
      record: [woman, porotic],
      unknown: { serviceRequests: 'failed' },
      variant: 'osteoporosisT',
      says: [': BP not current.'],
    },
    {
      name: 'blood pressure search failed: lipids only',
      record: [woman, porotic],
      unknown: { bloodPressure: 'timed-out' },
      variant: 'osteoporosisT',
      says: [': lipid panel not current.'],
    },
    {
      name: 'no panel at all needs no medication list: both intervals have passed',
      record: [woman, porotic, pressure],
      unknown: { medicationRequests: 'failed' },
      variant: 'osteoporosisT',
    },
    {
      name: 'severe-ldl-low-bmd owns the panel: blood pressure only',
      record: [woman, porotic],
      dropped: ['lipidPanel'],
      variant: 'osteoporosisT',
      says: [': BP not current.'],
      suggests: [],
    },
    {
      name: 'article preset: lipids yearly for low bone density alone',
      record: [woman, penic, pressure, monthsAgo13],
      policy: article,
      variant: 'osteopeniaT',
      says: ['lipid panel not on file in 12 months.'],
    },
  ],
  doesNotApply: [
    {
      name: 'panel 23 months ago, blood pressure current',
      record: [woman, porotic, pressure, ldl(120, '2024-02-15')],
    },
    { name: 'panel 24 months ago to the day', record: [woman, porotic, pressure, ldl(120, '2024-01-15')] },
    {
      name: 'diabetes, panel 12 months ago to the day',
      record: [woman, porotic, pressure, diabetes, ldl(120, '2025-01-15')],
    },
    {
      name: 'resolved diabetes, panel 13 months ago',
      record: [
        woman,
        porotic,
        pressure,
        condition('icd10cm', 'E11.9', clinicalStatus('resolved')),
        monthsAgo13,
      ],
    },
    { name: 'eGFR 60, panel 13 months ago', record: [woman, porotic, pressure, eGfr(60), monthsAgo13] },
    { name: 'LDL 159 mg/dL 13 months ago', record: [woman, porotic, pressure, ldl(159, '2024-12-15')] },
    {
      name: 'LDL 4.0 mmol/L 13 months ago',
      record: [woman, porotic, pressure, ldl(4.0, '2024-12-15', 'mmol/L')],
    },
    {
      name: 'total, HDL and triglycerides are a panel',
      record: [woman, porotic, pressure, totalCholesterol(200), hdl(55), triglycerides(120)],
    },
    {
      name: 'blood pressure 12 months ago to the day (panel 55284-4)',
      record: [woman, porotic, panel, bloodPressure(128, 76, '2025-01-15', '55284-4')],
    },
    {
      name: 'statin with LDL in the last 12 months',
      record: [woman, porotic, pressure, panel, drug('Simvastatin 20 MG')],
    },
    {
      name: 'both current, bone density not obtained',
      record: [woman, pressure, panel],
      unknown: { bone: 'failed' },
    },
    { name: 'T -1.0 is normal', record: [woman, tScore(-1)] },
    { name: 'man 49 with T -3: T-scores are not valid', record: [patient(49, man), tScore(-3)] },
    { name: 'woman 39 with osteoporosis', record: [patient(39), osteoporosis()] },
    { name: 'no bone density and no diagnosis', record: [woman] },
    { name: 'heel T-score only', record: [woman, tScore(-3, '2025-06-01', 'heel')] },
    {
      name: 'osteopenia cancelled by a later normal scan',
      record: [woman, osteopenia({ onsetDateTime: '2020-01-01' }), tScore(-0.8)],
    },
    {
      name: 'infarction ten years ago',
      record: [
        woman,
        porotic,
        condition('icd10cm', 'I21.9', { onsetDateTime: '2015-01-01', ...clinicalStatus('resolved') }),
      ],
    },
    { name: 'ischaemic stroke', record: [woman, porotic, condition('icd10cm', 'I63.9')] },
    { name: 'transient ischaemic attack', record: [woman, porotic, condition('icd10cm', 'G45.9')] },
    {
      name: 'coronary bypass as a procedure',
      record: [woman, porotic, procedure(coded('snomed', '232717009'), '2019-01-01')],
    },
    { name: 'age 80 with blood pressure', record: [patient(80), porotic, pressure] },
    {
      name: 'panel owned elsewhere and blood pressure current',
      record: [woman, porotic, pressure],
      dropped: ['lipidPanel'],
    },
    {
      name: 'both parts owned elsewhere',
      record: [woman, porotic],
      dropped: ['lipidPanel', 'noBloodPressure'],
    },
    {
      name: 'panel ordered and blood pressure current',
      record: [woman, porotic, pressure, order(coded('loinc', '24331-1'))],
    },
    {
      name: 'preliminary LDL is a pending result',
      record: [woman, porotic, pressure, ldl(120, '2026-01-14', 'mg/dL', { status: 'preliminary' })],
    },
  ],
  lacksData: [
    { name: 'scan results not obtained', record: [woman], unknown: { bone: 'failed' }, missing: ['lowBmd'] },
    {
      name: 'problem list not obtained',
      record: [woman, porotic],
      unknown: { conditions: 'not-permitted' },
      missing: ['atheroscleroticDisease'],
    },
    {
      name: 'procedures not obtained: revascularisation unknown',
      record: [woman, porotic],
      unknown: { procedures: 'failed' },
      missing: ['atheroscleroticDisease'],
    },
    {
      name: 'haemorrhagic stroke and procedures not obtained',
      record: [woman, porotic, condition('icd10cm', 'I61.9')],
      unknown: { procedures: 'failed' },
      missing: ['atheroscleroticDisease'],
    },
    {
      name: 'T-score with a lost minus sign',
      record: [
        woman,
        tScore(2.7, '2025-06-01', 'hip', {
          interpretation: [
            {
              coding: [
                { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', code: 'L' },
              ],
            },
          ],
        }),
      ],
      missing: ['lowBmd'],
    },
    {
      name: 'T-score in g/cm2',
      record: [
        woman,
        tScore(0, '2025-06-01', 'hip', {
          valueQuantity: { value: 0.7, unit: 'g/cm2', system: 'http://unitsofmeasure.org', code: 'g/cm2' },
        }),
      ],
      missing: ['lowBmd'],
    },
    {
      name: 'neither lipids nor blood pressure obtained',
      record: [woman, porotic],
      unknown: { lipids: 'failed', bloodPressure: 'failed' },
      missing: ['lipidPanel', 'bloodPressure'],
    },
    {
      name: 'lipids cut off, blood pressure current',
      record: [woman, porotic, pressure],
      incomplete: { lipids: 'truncated' },
      missing: ['lipidPanel'],
    },
    {
      name: 'LDL without unit is not guessed, blood pressure current',
      record: [woman, porotic, pressure, ldl(0, '2025-12-01', 'mg/dL', { valueQuantity: { value: 3.1 } })],
      missing: ['lipidPanel'],
    },
    {
      name: 'LDL without a date, blood pressure current',
      record: [woman, porotic, pressure, ldl(120, '2025-12-01', 'mg/dL', { effectiveDateTime: undefined })],
      missing: ['lipidPanel'],
    },
    {
      name: 'LDL of 2024 straddles the 24 months',
      record: [woman, porotic, pressure, ldl(120, '2024')],
      missing: ['lipidPanel'],
    },
    {
      name: 'LDL "> 90" 13 months ago proves nothing about 160',
      record: [woman, porotic, pressure, ldl(0, '2024-12-15', 'mg/dL', quantity('>', 90, 'mg/dL'))],
      missing: ['lipidPanel'],
    },
    {
      name: 'panel 13 months ago and medication list not obtained',
      record: [woman, porotic, pressure, monthsAgo13],
      unknown: { medicationRequests: 'failed' },
      missing: ['statins', 'nonStatinLipidLowering'],
    },
    {
      name: 'panel 13 months ago and kidney function not obtained',
      record: [woman, porotic, pressure, monthsAgo13],
      unknown: { kidney: 'failed' },
      missing: ['kidney'],
    },
    {
      name: 'orders not obtained, blood pressure current',
      record: [woman, porotic, pressure],
      unknown: { serviceRequests: 'failed' },
      missing: ['lipidPanelOrdered'],
    },
    {
      name: 'born in 1946: 79 or 80, blood pressure current',
      record: [patient(80, { birthDate: '1946' }), porotic, pressure],
      missing: ['age'],
    },
    {
      name: 'born in 1986: 39 or 40',
      record: [patient(40, { birthDate: '1986' }), osteoporosis()],
      missing: ['age'],
    },
  ],
});
