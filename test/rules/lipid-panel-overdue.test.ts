import { lipidPanelOverdue } from '../../src/rules/lipid-panel-overdue.ts';
import {
  clinicalStatus,
  coded,
  condition,
  daily,
  drug,
  eGfr,
  hdl,
  ldl,
  man,
  order,
  osteopenia,
  patient,
  policyOf,
  quantity,
  statement,
  totalCholesterol,
  triglycerides,
  tScore,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

const woman = patient(60);
const diabetes = condition('icd10cm', 'E11.9');
const letrozole = drug('Letrozole 2.5 MG Oral Tablet');
const leuprolide = drug('Leuprolide acetate 45 MG');
const prednisone = drug('Prednisone 10 MG Oral Tablet', { authoredOn: '2025-08-01', ...daily(10, 150) });
const menopauseAt40 = condition('icd10cm', 'E28.319');
const oldFracture = condition('icd10cm', 'S72.001A', { onsetDateTime: '2025-01-14' });
const statin = drug('Simvastatin 20 MG', { authoredOn: '2025-08-15' });
const oldStatin = drug('Simvastatin 20 MG', { authoredOn: '2020-03-01' });
const article = policyOf({ preset: 'article' });
const fourYearsAgo = ldl(120, '2022-01-10');

describeRule(lipidPanelOverdue, {
  recommends: [
    {
      name: 'diabetes, newest panel one day older than 12 months',
      record: [woman, diabetes, ldl(120, '2025-01-14')],
      variant: 'diabetes',
      says: ['Lipid panel overdue (12 months) with diabetes.'],
      suggests: ['lipidPanel'],
    },
    { name: 'diabetes, no panel at all', record: [woman, diabetes], variant: 'diabetes' },
    { name: 'diabetes at 40', record: [patient(40), diabetes], variant: 'diabetes' },
    { name: 'diabetes at 75', record: [patient(75), diabetes], variant: 'diabetes' },
    {
      name: 'eGFR 59, panel 13 months ago',
      record: [woman, eGfr(59), ldl(120, '2024-12-15')],
      variant: 'ckd',
      says: ['(12 months) with reduced kidney function'],
    },
    {
      name: 'CKD stage 3 code without an eGFR',
      record: [woman, condition('icd10cm', 'N18.31')],
      variant: 'ckd',
    },
    {
      name: 'statin for years, LDL one day older than 12 months',
      record: [woman, oldStatin, ldl(90, '2025-01-14')],
      variant: 'lipidTherapy',
      says: ['(12 months) with lipid therapy'],
    },
    {
      name: 'ezetimibe as a statement only, no panel',
      record: [woman, statement('Ezetimibe 10 MG')],
      variant: 'lipidTherapy',
    },
    {
      name: 'statin first ordered 5 months ago, LDL only before it',
      record: [woman, statin, ldl(170, '2025-07-20')],
      variant: 'sinceStart',
      says: ['No lipid panel on file since lipid therapy started (2025-08-15).'],
    },
    {
      name: 'LDL on the day of the first order is the baseline',
      record: [woman, statin, ldl(170, '2025-08-15')],
      variant: 'sinceStart',
    },
    {
      name: 'first order 3 months ago to the day',
      record: [woman, drug('Simvastatin 20 MG', { authoredOn: '2025-10-15' }), ldl(170, '2025-10-01')],
      variant: 'sinceStart',
    },
    {
      name: 'first order 12 months ago to the day, LDL the same day',
      record: [woman, drug('Simvastatin 20 MG', { authoredOn: '2025-01-15' }), ldl(170, '2025-01-15')],
      variant: 'sinceStart',
    },
    {
      name: 'woman on letrozole, panel one day older than 60 months',
      record: [woman, letrozole, ldl(120, '2021-01-14')],
      variant: 'aromataseInhibitor',
      says: ['(60 months) with an aromatase inhibitor'],
    },
    {
      name: 'woman on letrozole with LDL exactly 160 four years ago: short interval',
      record: [woman, letrozole, ldl(160, '2022-01-10')],
      variant: 'aromataseInhibitor',
      says: ['(12 months)'],
    },
    {
      name: 'woman on letrozole with LDL exactly 4.1 mmol/L four years ago: short interval',
      record: [woman, letrozole, ldl(4.1, '2022-01-10', 'mmol/L')],
      variant: 'aromataseInhibitor',
      says: ['(12 months)'],
    },
    {
      name: 'woman on letrozole with early kidney disease: short interval',
      record: [woman, letrozole, condition('icd10cm', 'N18.2'), fourYearsAgo],
      variant: 'aromataseInhibitor',
      says: ['(12 months)'],
    },
    { name: 'man on leuprolide', record: [patient(68, man), leuprolide], variant: 'androgenDeprivation' },
    { name: 'prednisone for 150 days', record: [woman, prednisone], variant: 'glucocorticoid' },
    { name: 'premature menopause', record: [woman, menopauseAt40], variant: 'prematureMenopause' },
    {
      name: 'hip fracture one day older than 12 months',
      record: [woman, oldFracture],
      variant: 'fracture',
    },
    {
      name: 'diabetes is named before other reasons',
      record: [woman, letrozole, diabetes, oldFracture],
      variant: 'diabetes',
    },
    {
      name: 'total and HDL cholesterol without triglycerides are no panel',
      record: [woman, diabetes, totalCholesterol(200), hdl(55)],
      variant: 'diabetes',
    },
    {
      name: 'no panel at all needs no kidney function',
      record: [woman, letrozole],
      unknown: { kidney: 'failed' },
      variant: 'aromataseInhibitor',
    },
    {
      name: 'cancelled order does not count as ordered',
      record: [woman, diabetes, order(coded('loinc', '24331-1'), { status: 'revoked' })],
      variant: 'diabetes',
    },
    {
      name: 'order older than 6 months does not count as ordered',
      record: [woman, diabetes, order(coded('loinc', '24331-1'), { authoredOn: '2025-07-14' })],
      variant: 'diabetes',
    },
    {
      name: 'article preset: yearly for every reason',
      record: [woman, letrozole, ldl(120, '2024-12-15')],
      policy: article,
      variant: 'aromataseInhibitor',
      says: ['(12 months)'],
    },
  ],
  doesNotApply: [
    { name: 'diabetes, panel 12 months ago to the day', record: [woman, diabetes, ldl(120, '2025-01-15')] },
    { name: 'age 76', record: [patient(76), diabetes] },
    { name: 'age 39', record: [patient(39), diabetes] },
    { name: 'low bone density by T-score', record: [woman, diabetes, tScore(-1.8)] },
    { name: 'osteopenia on the problem list', record: [woman, diabetes, osteopenia()] },
    { name: 'no reason', record: [woman] },
    { name: 'resolved diabetes', record: [woman, condition('icd10cm', 'E11.9', clinicalStatus('resolved'))] },
    { name: 'eGFR 60', record: [woman, eGfr(60)] },
    {
      name: 'stage 3 code with a newer eGFR of 75',
      record: [woman, condition('icd10cm', 'N18.31'), eGfr(75)],
    },
    { name: 'kidney disease stage 2 only', record: [woman, condition('icd10cm', 'N18.2')] },
    { name: 'stopped statin', record: [woman, drug('Simvastatin 20 MG', { status: 'stopped' })] },
    {
      name: 'statin for years, LDL 12 months ago to the day',
      record: [woman, oldStatin, ldl(90, '2025-01-15')],
    },
    {
      name: 'statin for years, total, HDL and triglycerides are a panel',
      record: [woman, oldStatin, totalCholesterol(180), hdl(55), triglycerides(120)],
    },
    { name: 'LDL after the first order', record: [woman, statin, ldl(100, '2025-08-16')] },
    {
      name: 'first order less than 3 months ago',
      record: [woman, drug('Simvastatin 20 MG', { authoredOn: '2025-10-16' }), ldl(170, '2025-10-01')],
    },
    {
      name: 'an older order of another statin is the first one',
      record: [
        woman,
        statin,
        drug('Atorvastatin 10 MG', { authoredOn: '2024-01-01', status: 'stopped' }),
        ldl(100, '2025-07-20'),
      ],
    },
    {
      name: 'woman on letrozole, panel 60 months ago to the day',
      record: [woman, letrozole, ldl(120, '2021-01-15')],
    },
    {
      name: 'woman on letrozole with LDL 159 four years ago',
      record: [woman, letrozole, ldl(159, '2022-01-10')],
    },
    {
      name: 'woman on letrozole with LDL 4.0 mmol/L four years ago',
      record: [woman, letrozole, ldl(4.0, '2022-01-10', 'mmol/L')],
    },
    { name: 'man on letrozole', record: [patient(60, man), letrozole] },
    { name: 'woman on leuprolide', record: [woman, leuprolide] },
    { name: 'bicalutamide alone', record: [patient(68, man), drug(coded('rxnorm', '83008'))] },
    {
      name: 'prednisone for 90 days',
      record: [woman, drug('Prednisone 10 MG Oral Tablet', { authoredOn: '2025-08-01', ...daily(10, 90) })],
    },
    {
      name: 'fracture 12 months ago to the day',
      record: [woman, condition('icd10cm', 'S72.001A', { onsetDateTime: '2025-01-15' })],
    },
    { name: 'lipid panel already ordered', record: [woman, diabetes, order(coded('loinc', '24331-1'))] },
    {
      name: 'draft lipid panel in this call',
      record: [woman, diabetes],
      drafts: [order(coded('loinc', '24331-1'), { status: 'draft' })],
    },
    { name: 'another card asks for the panel', record: [woman, diabetes], dropped: ['lipidPanel'] },
    {
      name: 'panel current and bone density not obtained',
      record: [woman, diabetes, ldl(120)],
      unknown: { bone: 'failed' },
    },
  ],
  lacksData: [
    {
      name: 'lipid search failed',
      record: [woman, diabetes],
      unknown: { lipids: 'failed' },
      missing: ['lipidPanel'],
    },
    {
      name: 'lipids cut off',
      record: [woman, diabetes],
      incomplete: { lipids: 'truncated' },
      missing: ['lipidPanel'],
    },
    {
      name: 'LDL without unit',
      record: [woman, diabetes, ldl(0, '2025-12-01', 'mg/dL', { valueQuantity: { value: 3.1 } })],
      missing: ['lipidPanel'],
    },
    {
      name: 'LDL of 2025-01 straddles the 12 months',
      record: [woman, diabetes, ldl(120, '2025-01')],
      missing: ['lipidPanel'],
    },
    {
      name: 'bone density not obtained',
      record: [woman, diabetes],
      unknown: { bone: 'failed' },
      missing: ['lowBmd'],
    },
    {
      name: 'orders not obtained',
      record: [woman, diabetes],
      unknown: { serviceRequests: 'failed' },
      missing: ['lipidPanelOrdered'],
    },
    {
      name: 'kidney function not obtained, no other reason',
      record: [woman],
      unknown: { kidney: 'failed' },
      missing: ['kidney'],
    },
    {
      name: 'fracture without a date',
      record: [woman, condition('icd10cm', 'Z87.310')],
      missing: ['fractures'],
    },
    {
      name: 'statin on hold',
      record: [woman, drug('Simvastatin 20 MG', { status: 'on-hold' })],
      missing: ['statins'],
    },
    {
      name: 'letrozole, sex unknown',
      record: [patient(60, { gender: 'unknown' }), letrozole],
      missing: ['sex'],
    },
    {
      name: 'letrozole, panel 4 years ago, kidney function not obtained',
      record: [woman, letrozole, fourYearsAgo],
      unknown: { kidney: 'failed' },
      missing: ['kidney'],
    },
    {
      name: 'letrozole, LDL "> 90" 4 years ago: short interval open',
      record: [woman, letrozole, ldl(0, '2022-01-10', 'mg/dL', quantity('>', 90, 'mg/dL'))],
      missing: ['lipidPanel'],
    },
    {
      name: 'recent statin, LDL before it, statements cut off: an earlier start may be hidden',
      record: [woman, statin, ldl(100, '2025-07-20')],
      incomplete: { medicationStatements: 'truncated' },
      missing: ['lipidTherapyStart'],
    },
    {
      name: 'born in 1986: 39 or 40',
      record: [patient(40, { birthDate: '1986' }), diabetes],
      missing: ['age'],
    },
  ],
});
