import { severeLdlLowBmd } from '../../src/rules/severe-ldl-low-bmd.ts';
import {
  condition,
  drug,
  ldl,
  lab,
  order,
  coded,
  osteoporosis,
  patient,
  quantity,
  statement,
  triglycerides,
  tScore,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

const woman = patient(64);
const lowBone = tScore(-1.8);
const intolerance = condition('icd10cm', 'T46.6X5A');

describeRule(severeLdlLowBmd, {
  recommends: [
    {
      name: 'LDL exactly 190 mg/dL, no drug',
      record: [woman, ldl(190)],
      variant: 'severe',
      says: ['LDL 190 mg/dL (2025-12-01)'],
      suggests: ['lipidPanel', 'tsh', 'lipoproteinA', 'lipidClinic'],
    },
    {
      name: 'LDL exactly 4.9 mmol/L, though 4.9 x 38.67 is 189.5 mg/dL',
      record: [woman, ldl(4.9, '2025-12-01', 'mmol/L')],
      variant: 'severe',
      says: ['4.9 mmol/L'],
    },
    {
      name: 'LDL "> 190" proves 190 or more',
      record: [woman, ldl(0, '2025-12-01', 'mg/dL', quantity('>', 190, 'mg/dL'))],
      variant: 'severe',
    },
    { name: 'LDL 24 months ago to the day', record: [woman, ldl(200, '2024-01-15')], variant: 'severe' },
    { name: 'age 20', record: [patient(20), ldl(200)], variant: 'severe' },
    { name: 'age 75 still a warning', record: [patient(75), ldl(200)], variant: 'severe' },
    { name: 'age 76 for information', record: [patient(76), ldl(200)], variant: 'severeInformation' },
    {
      name: 'statin intolerance for information',
      record: [woman, ldl(200), intolerance],
      variant: 'severeInformation',
    },
    { name: 'extreme value asks to confirm it', record: [woman, ldl(600)], variant: 'severe' },
    {
      name: 'extreme value in mmol/L asks to confirm it',
      record: [woman, ldl(15.5, '2025-12-01', 'mmol/L')],
      variant: 'severe',
    },
    {
      name: 'LDL 189 with osteopenia T-score',
      record: [woman, ldl(189), lowBone],
      variant: 'raisedWithLowBmd',
      says: ['189 mg/dL', 'low bone density'],
    },
    {
      name: 'LDL exactly 160 with osteoporosis on the problem list',
      record: [woman, ldl(160), osteoporosis()],
      variant: 'raisedWithLowBmd',
    },
    {
      name: 'LDL exactly 4.1 mmol/L with low bone density',
      record: [woman, ldl(4.1, '2025-12-01', 'mmol/L'), lowBone],
      variant: 'raisedWithLowBmd',
    },
    {
      name: 'LDL 4.8 mmol/L with low bone density is the lower branch',
      record: [woman, ldl(4.8, '2025-12-01', 'mmol/L'), lowBone],
      variant: 'raisedWithLowBmd',
    },
    {
      name: 'stopped statin is no therapy',
      record: [woman, ldl(200), drug('Simvastatin 20 MG', { status: 'stopped' })],
      variant: 'severe',
    },
    {
      name: 'nystatin is no statin',
      record: [woman, ldl(200), drug('Nystatin 100000 UNT/ML')],
      variant: 'severe',
    },
    {
      name: 'triglycerides exactly 400 on the same day',
      record: [woman, ldl(200), triglycerides(400)],
      variant: 'severe',
    },
    {
      name: 'triglycerides 4.5 mmol/L on the same day',
      record: [woman, ldl(200), triglycerides(4.5, '2025-12-01', 'mmol/L')],
      variant: 'severe',
    },
    {
      name: 'triglycerides 500 on another day',
      record: [woman, ldl(200), triglycerides(500, '2025-11-30')],
      variant: 'severe',
    },
    {
      name: 'directly measured LDL with triglycerides 500',
      record: [woman, lab('18262-6', 200, 'mg/dL', '2025-12-01'), triglycerides(500)],
      variant: 'severe',
    },
    {
      name: 'lipid panel already ordered is not suggested again',
      record: [woman, ldl(200), order(coded('loinc', '24331-1'))],
      variant: 'severe',
      suggests: ['tsh', 'lipoproteinA', 'lipidClinic'],
    },
    {
      name: 'LDL 200 needs no bone density',
      record: [woman, ldl(200)],
      unknown: { bone: 'failed' },
      variant: 'severe',
    },
  ],
  doesNotApply: [
    { name: 'LDL 189 without low bone density', record: [woman, ldl(189)] },
    { name: 'LDL 4.8 mmol/L without low bone density', record: [woman, ldl(4.8, '2025-12-01', 'mmol/L')] },
    { name: 'LDL 159 with low bone density', record: [woman, ldl(159), lowBone] },
    { name: 'age 19', record: [patient(19), ldl(200)] },
    { name: 'active statin', record: [woman, ldl(200), drug('Atorvastatin 40 MG Oral Tablet')] },
    { name: 'misspelt Synthea statin', record: [woman, ldl(200), drug('Simvistatin 10 MG')] },
    {
      name: 'statin active for years without an end date',
      record: [woman, ldl(200), drug('Rosuvastatin 10 MG', { authoredOn: '2019-03-01' })],
    },
    { name: 'statin as a statement only', record: [woman, ldl(200), statement('pravastatin 40 mg')] },
    { name: 'ezetimibe', record: [woman, ldl(200), drug('Ezetimibe 10 MG')] },
    { name: 'LDL one day older than 24 months', record: [woman, ldl(200, '2024-01-14')] },
    { name: 'no LDL at all', record: [woman] },
    { name: 'newer LDL below the limit', record: [woman, ldl(200, '2025-06-01'), ldl(120, '2025-12-01')] },
    { name: 'LDL goal is not a result', record: [woman, lab('86911-5', 200, 'mg/dL', '2025-12-01')] },
    {
      name: 'entered in error',
      record: [woman, ldl(200, '2025-12-01', 'mg/dL', { status: 'entered-in-error' })],
    },
  ],
  lacksData: [
    {
      name: 'LDL "< 175" with low bone density may be below 160',
      record: [woman, lowBone, ldl(0, '2025-12-01', 'mg/dL', quantity('<', 175, 'mg/dL'))],
      missing: ['ldl'],
    },
    {
      name: 'LDL "> 180" with low bone density proves neither branch',
      record: [woman, lowBone, ldl(0, '2025-12-01', 'mg/dL', quantity('>', 180, 'mg/dL'))],
      missing: ['ldl'],
    },
    { name: 'lipid search failed', record: [woman], unknown: { lipids: 'failed' }, missing: ['ldl'] },
    {
      name: 'LDL without unit is not guessed',
      record: [woman, ldl(0, '2025-12-01', 'mg/dL', { valueQuantity: { value: 5.1 } })],
      missing: ['ldl'],
    },
    {
      name: 'code and unit of the quantity disagree',
      record: [
        woman,
        ldl(0, '2025-12-01', 'mg/dL', {
          valueQuantity: { value: 200, unit: 'mg/L', system: 'http://unitsofmeasure.org', code: 'mg/dL' },
        }),
      ],
      missing: ['ldl'],
    },
    {
      name: 'calculated LDL with triglycerides 401',
      record: [woman, ldl(200), triglycerides(401)],
      missing: ['ldl', 'triglycerides'],
    },
    {
      name: 'calculated LDL with triglycerides 4.6 mmol/L',
      record: [woman, ldl(200), triglycerides(4.6, '2025-12-01', 'mmol/L')],
      missing: ['ldl', 'triglycerides'],
    },
    {
      name: 'medication list not obtained',
      record: [woman, ldl(200)],
      unknown: { medicationRequests: 'failed' },
      missing: ['statins'],
    },
    {
      name: 'medication list cut off',
      record: [woman, ldl(200)],
      incomplete: { medicationStatements: 'truncated' },
      missing: ['statins'],
    },
    {
      name: 'statin on hold',
      record: [woman, ldl(200), drug('Atorvastatin 40 MG', { status: 'on-hold' })],
      missing: ['statins'],
    },
    {
      name: 'LDL 170 and bone density not obtained',
      record: [woman, ldl(170)],
      unknown: { bone: 'timed-out' },
      missing: ['lowBmd'],
    },
    {
      name: 'age between 19 and 20 by a birth year',
      record: [patient(20, { birthDate: '2006' }), ldl(200)],
      missing: ['age'],
    },
  ],
});
