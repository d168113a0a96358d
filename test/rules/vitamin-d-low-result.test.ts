import { vitaminDLowResult } from '../../src/rules/vitamin-d-low-result.ts';
import {
  calcium,
  coded,
  condition,
  drug,
  eGfr,
  lab,
  order,
  osteopenia,
  osteoporosis,
  patient,
  policyOf,
  quantity,
  statement,
  tScore,
  vitaminD,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

const woman = patient(66);
const level = (comparator: string, bound: number, unit = 'ng/mL'): ReturnType<typeof vitaminD> =>
  vitaminD(0, '2025-12-01', unit, quantity(comparator, bound, unit));
const article = policyOf({ preset: 'article' });
const severeTests = ['vitaminD', 'calcium', 'pth', 'alkalinePhosphatase', 'dietitian'];

describeRule(vitaminDLowResult, {
  recommends: [
    {
      name: '19.9 ng/mL',
      record: [woman, vitaminD(19.9)],
      variant: 'deficient',
      says: ['25-OH vitamin D 19.9 ng/mL (2025-12-01), no supplement or recheck on file.'],
      suggests: ['vitaminD', 'dietitian'],
    },
    {
      name: '49 nmol/L',
      record: [woman, vitaminD(49, '2025-12-01', 'nmol/L')],
      variant: 'deficient',
      says: ['49 nmol/L'],
    },
    {
      name: '30 nmol/L is not severe',
      record: [woman, vitaminD(30, '2025-12-01', 'nmol/L')],
      variant: 'deficient',
    },
    { name: 'exactly 12 ng/mL is not severe', record: [woman, vitaminD(12)], variant: 'deficient' },
    { name: '11.9 ng/mL', record: [woman, vitaminD(11.9)], variant: 'severe', suggests: severeTests },
    { name: '29 nmol/L', record: [woman, vitaminD(29, '2025-12-01', 'nmol/L')], variant: 'severe' },
    { name: '"< 4"', record: [woman, level('<', 4)], variant: 'severe', says: ['< 4 ng/mL'] },
    { name: '"< 15": low, but not proven severe', record: [woman, level('<', 15)], variant: 'deficient' },
    { name: '"< 20"', record: [woman, level('<', 20)], variant: 'deficient' },
    {
      name: 'unit spelt ng/ml',
      record: [
        woman,
        lab('1989-3', 0, 'ng/mL', '2025-12-01', { valueQuantity: { value: 8, unit: 'ng/ml' } }),
      ],
      variant: 'severe',
    },
    {
      name: 'severe, all tests ordered already',
      record: [
        woman,
        vitaminD(9),
        order(coded('loinc', '17861-6')),
        order(coded('loinc', '2731-8')),
        order(coded('loinc', '6768-6')),
        order(coded('snomed', '103699006')),
      ],
      variant: 'severe',
      suggests: ['vitaminD'],
    },
    { name: '18 months ago to the day', record: [woman, vitaminD(15, '2024-07-15')], variant: 'deficient' },
    {
      name: '25 ng/mL with osteoporosis',
      record: [woman, vitaminD(25), osteoporosis()],
      variant: 'insufficient',
    },
    {
      name: '25 ng/mL with a T-score of -2.5',
      record: [woman, vitaminD(25), tScore(-2.5)],
      variant: 'insufficient',
    },
    {
      name: 'exactly 20 ng/mL with osteoporosis',
      record: [woman, vitaminD(20), osteoporosis()],
      variant: 'insufficient',
    },
    {
      name: '29.9 ng/mL with osteoporosis',
      record: [woman, vitaminD(29.9), osteoporosis()],
      variant: 'insufficient',
    },
    {
      name: '74 nmol/L with osteoporosis',
      record: [woman, vitaminD(74, '2025-12-01', 'nmol/L'), osteoporosis()],
      variant: 'insufficient',
    },
    { name: '25 ng/mL with eGFR 59', record: [woman, vitaminD(25), eGfr(59)], variant: 'insufficient' },
    {
      name: '25 ng/mL with CKD stage 3 on the problem list, no eGFR',
      record: [woman, vitaminD(25), condition('icd10cm', 'N18.30')],
      variant: 'insufficient',
    },
    {
      name: '25 ng/mL with coeliac disease',
      record: [woman, vitaminD(25), condition('snomed', '396331005')],
      variant: 'insufficient',
    },
    {
      name: 'D3 alone is read as total',
      record: [woman, lab('1989-3', 18, 'ng/mL', '2025-12-01')],
      variant: 'deficient',
    },
    {
      name: 'D2 and D3 of one sample are added',
      record: [woman, lab('1989-3', 8, 'ng/mL', '2025-12-01'), lab('49054-0', 7, 'ng/mL', '2025-12-01')],
      variant: 'deficient',
      says: ['15 ng/mL'],
    },
    {
      name: 'high calcium: specialist advice, no dietitian',
      record: [woman, vitaminD(15), calcium(10.9)],
      variant: 'deficient',
      suggests: ['vitaminD'],
    },
    {
      name: 'calcium high after correction for albumin',
      record: [woman, vitaminD(15), calcium(10.2), lab('1751-7', 3.0, 'g/dL', '2025-12-01')],
      variant: 'deficient',
      suggests: ['vitaminD'],
    },
    {
      name: 'sarcoidosis: specialist advice',
      record: [woman, vitaminD(15), condition('icd10cm', 'D86.0')],
      variant: 'deficient',
      suggests: ['vitaminD'],
    },
    {
      name: 'primary hyperparathyroidism: specialist advice',
      record: [woman, vitaminD(15), condition('icd10cm', 'E21.0')],
      variant: 'deficient',
      suggests: ['vitaminD'],
    },
    {
      name: 'secondary hyperparathyroidism is no caution',
      record: [woman, vitaminD(15), condition('icd10cm', 'E21.1')],
      variant: 'deficient',
      suggests: ['vitaminD', 'dietitian'],
    },
    {
      name: 'calcium not obtained: no intake advice, not even a dietitian',
      record: [woman, vitaminD(15)],
      unknown: { calcium: 'failed' },
      variant: 'deficient',
      suggests: ['vitaminD'],
    },
    {
      name: 'another recommendation owns the repeat: the result is still said',
      record: [woman, vitaminD(15)],
      dropped: ['vitaminD'],
      variant: 'deficient',
    },
    {
      name: 'calcium supplement without vitamin D',
      record: [woman, vitaminD(15), drug('Calcium carbonate 1250 MG')],
      variant: 'deficient',
    },
    {
      name: 'supplement stopped',
      record: [woman, vitaminD(15), drug('Cholecalciferol 1000 UNT', { status: 'stopped' })],
      variant: 'deficient',
    },
    {
      name: 'topical calcitriol is no supplement',
      record: [woman, vitaminD(15), drug('calcitriol ointment')],
      variant: 'deficient',
    },
    {
      name: '101 ng/mL on supplements',
      record: [
        woman,
        vitaminD(101),
        drug('Cholecalciferol 5000 UNT'),
        drug('calcitriol 0.25 MCG Oral Capsule'),
      ],
      variant: 'excess',
      says: ['25-OH vitamin D 101 ng/mL: possible excess. Check calcium and supplements.'],
      suggests: ['calciumNow'],
    },
    {
      name: '251 nmol/L without supplements',
      record: [woman, vitaminD(251, '2025-12-01', 'nmol/L')],
      variant: 'excess',
    },
    { name: '"> 100"', record: [woman, level('>', 100)], variant: 'excess' },
    {
      name: 'excess, calcium ordered',
      record: [woman, vitaminD(120), order(coded('loinc', '17861-6'))],
      variant: 'excess',
      suggests: [],
    },
    {
      name: 'excess needs no medication list',
      record: [woman, vitaminD(120)],
      unknown: { medicationRequests: 'failed' },
      variant: 'excess',
    },
    {
      name: 'article preset: 19.9 ng/mL',
      record: [woman, vitaminD(19.9)],
      policy: article,
      variant: 'deficient',
    },
    {
      name: 'newest of two levels decides',
      record: [woman, vitaminD(35, '2025-01-10'), vitaminD(15, '2025-12-01')],
      variant: 'deficient',
    },
  ],
  doesNotApply: [
    { name: 'exactly 20.0 ng/mL', record: [woman, vitaminD(20)] },
    {
      name: 'exactly 50 nmol/L, though that is 20.03 ng/mL',
      record: [woman, vitaminD(50, '2025-12-01', 'nmol/L')],
    },
    { name: '25 ng/mL with osteopenia only', record: [woman, vitaminD(25), osteopenia(), tScore(-1.8)] },
    { name: '25 ng/mL with eGFR 60', record: [woman, vitaminD(25), eGfr(60)] },
    { name: 'exactly 30 ng/mL with osteoporosis', record: [woman, vitaminD(30), osteoporosis()] },
    {
      name: '75 nmol/L with osteoporosis',
      record: [woman, vitaminD(75, '2025-12-01', 'nmol/L'), osteoporosis()],
    },
    { name: 'exactly 100 ng/mL', record: [woman, vitaminD(100)] },
    { name: '250 nmol/L', record: [woman, vitaminD(250, '2025-12-01', 'nmol/L')] },
    { name: '18 months and a day ago', record: [woman, vitaminD(15, '2024-07-14')] },
    { name: 'no level', record: [woman] },
    {
      name: 'newer level is normal',
      record: [woman, vitaminD(12, '2025-06-01'), vitaminD(35, '2025-12-01')],
    },
    { name: 'vitamin D supplement', record: [woman, vitaminD(15), drug('Cholecalciferol 1000 UNT')] },
    { name: 'supplement as a statement', record: [woman, vitaminD(15), statement('Vitamin D3 2000 IU')] },
    { name: 'combination with calcium', record: [woman, vitaminD(15), statement('Caltrate 600+D')] },
    { name: 'active vitamin D', record: [woman, vitaminD(15), drug('calcitriol 0.25 MCG Oral Capsule')] },
    { name: 'repeat ordered', record: [woman, vitaminD(15), order(coded('loinc', '62292-8'))] },
    {
      name: 'supplement settles it although the orders are unknown',
      record: [woman, vitaminD(15), drug('Cholecalciferol 1000 UNT')],
      unknown: { serviceRequests: 'failed' },
    },
    { name: 'calcitriol result is another test', record: [woman, lab('1649-3', 15, 'pg/mL', '2025-12-01')] },
    { name: 'cancelled', record: [woman, vitaminD(15, '2025-12-01', 'ng/mL', { status: 'cancelled' })] },
    {
      name: 'article preset has no band of 20 to 30 ng/mL',
      record: [woman, vitaminD(25), osteoporosis()],
      policy: article,
    },
  ],
  lacksData: [
    {
      name: 'D2 alone says nothing about the total',
      record: [woman, lab('49054-0', 8, 'ng/mL', '2025-12-01')],
      missing: ['vitaminD'],
    },
    { name: '"< 30"', record: [woman, level('<', 30)], missing: ['vitaminD'] },
    {
      name: '"< 30" with osteoporosis: low, but how low is open',
      record: [woman, level('<', 30), osteoporosis()],
      missing: ['vitaminD'],
    },
    { name: '"> 60": perhaps an excess', record: [woman, level('>', 60)], missing: ['vitaminD'] },
    {
      name: 'unverified code',
      record: [woman, lab('68438-1', 8, 'ng/mL', '2025-12-01')],
      missing: ['vitaminD'],
    },
    {
      name: 'newer level under an unverified code hides what is latest',
      record: [woman, vitaminD(8, '2025-06-01'), lab('68438-1', 32, 'ng/mL', '2025-12-01')],
      missing: ['vitaminD'],
    },
    { name: 'results not obtained', record: [woman], unknown: { bone: 'failed' }, missing: ['vitaminD'] },
    {
      name: 'results cut off with none found',
      record: [woman],
      incomplete: { bone: 'truncated' },
      missing: ['vitaminD'],
    },
    {
      name: 'no unit',
      record: [woman, vitaminD(0, '2025-12-01', 'ng/mL', { valueQuantity: { value: 15 } })],
      missing: ['vitaminD'],
    },
    {
      name: 'level dated 2024: in the window or not',
      record: [woman, vitaminD(15, '2024')],
      missing: ['vitaminD'],
    },
    { name: 'future date', record: [woman, vitaminD(15, '2026-02-01')], missing: ['vitaminD'] },
    {
      name: '25 ng/mL and the problem list not obtained',
      record: [woman, vitaminD(25)],
      unknown: { conditions: 'failed' },
      missing: ['osteoporosis', 'kidney', 'malabsorption'],
    },
    {
      name: 'medication lists not obtained',
      record: [woman, vitaminD(15)],
      unknown: { medicationStatements: 'failed' },
      missing: ['vitaminDSupplements'],
    },
    {
      name: 'supplement on hold',
      record: [woman, vitaminD(15), drug('Cholecalciferol 1000 UNT', { status: 'on-hold' })],
      missing: ['vitaminDSupplements'],
    },
    {
      name: 'active vitamin D of unknown status',
      record: [woman, vitaminD(15), drug('calcitriol 0.25 MCG Oral Capsule', { status: 'unknown' })],
      missing: ['activeVitaminD'],
    },
    {
      name: 'orders not obtained',
      record: [woman, vitaminD(15)],
      unknown: { serviceRequests: 'failed' },
      missing: ['vitaminDOrdered'],
    },
  ],
});
