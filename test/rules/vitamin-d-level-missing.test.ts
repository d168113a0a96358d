import { vitaminDLevelMissing } from '../../src/rules/vitamin-d-level-missing.ts';
import {
  calcium,
  clinicalStatus,
  coded,
  condition,
  daily,
  drug,
  lab,
  order,
  osteopenia,
  osteoporosis,
  patient,
  policyOf,
  pth,
  quantity,
  tScore,
  vitaminD,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

const woman = patient(66);
const celiac = condition('snomed', '396331005');
const article = policyOf({ preset: 'article' });

describeRule(vitaminDLevelMissing, {
  recommends: [
    {
      name: 'coeliac disease, last level 24 months and a day ago',
      record: [woman, celiac, vitaminD(32, '2024-01-14')],
      variant: 'malabsorption',
      says: ['No 25-OH vitamin D in 24 months; testing is indicated by malabsorption.'],
      suggests: ['vitaminD'],
    },
    {
      name: 'osteoporosis on the problem list, no level ever',
      record: [woman, osteoporosis()],
      variant: 'osteoporosis',
      says: ['testing is indicated by osteoporosis'],
    },
    { name: 'osteoporosis at any adult age', record: [patient(30), osteoporosis()], variant: 'osteoporosis' },
    {
      name: 'T-score exactly -2.5',
      record: [woman, tScore(-2.5)],
      variant: 'tScore',
      says: ['indicated by T-score -2.5'],
    },
    {
      name: 'osteoporosis before the other reasons, which become lines',
      record: [woman, celiac, osteoporosis(), tScore(-2.7)],
      variant: 'osteoporosis',
    },
    {
      name: 'hip fracture 24 months ago to the day',
      record: [woman, condition('icd10cm', 'S72.001A', { onsetDateTime: '2024-01-15' })],
      variant: 'fracture',
      says: ['fragility fracture (2024-01-15)'],
    },
    {
      name: 'hip fracture at 58, recorded only: mechanism unknown',
      record: [patient(58), condition('icd10cm', 'S72.001A', { recordedDate: '2025-10-02' })],
      variant: 'fracture',
      says: ['(recorded on 2025-10-02)'],
    },
    {
      name: 'secondary hyperparathyroidism is a reason as well',
      record: [woman, condition('icd10cm', 'E21.1')],
      variant: 'hyperparathyroidism',
    },
    {
      name: 'calcium 10.6 without PTH',
      record: [woman, calcium(10.6)],
      variant: 'highCalcium',
      says: ['high calcium without PTH'],
    },
    {
      name: 'calcium high in mmol/L',
      record: [woman, lab('2000-8', 2.63, 'mmol/L', '2025-12-01')],
      variant: 'highCalcium',
    },
    {
      name: 'calcium high after correction for albumin',
      record: [woman, calcium(10.2), lab('1751-7', 3.0, 'g/dL', '2025-12-01')],
      variant: 'highCalcium',
    },
    {
      name: 'calcium 10.6, PTH 6 months and a day before it',
      record: [woman, calcium(10.6, '2025-12-01'), pth(30, '2025-05-31')],
      variant: 'highCalcium',
    },
    {
      name: 'calcium 10.6, PTH 6 months and a day after it',
      record: [woman, calcium(10.6, '2025-06-01'), pth(30, '2025-12-02')],
      variant: 'highCalcium',
    },
    {
      name: 'bariatric surgery by its status code',
      record: [woman, condition('icd10cm', 'Z98.84')],
      variant: 'malabsorption',
    },
    {
      name: 'prednisone 5 mg for 100 days',
      record: [woman, drug('prednisone 5 MG Oral Tablet', { authoredOn: '2025-09-01', ...daily(5, 100) })],
      variant: 'glucocorticoid',
    },
    {
      name: 'phenytoin',
      record: [woman, drug('Phenytoin 100 MG Oral Capsule')],
      variant: 'anticonvulsant',
      says: ['enzyme-inducing anticonvulsant'],
    },
    {
      name: 'phenytoin with valproate',
      record: [woman, drug('Phenytoin 100 MG'), drug('Valproate 500 MG')],
      variant: 'anticonvulsant',
    },
    {
      name: 'last level 19.9 ng/mL, 12 months and a day ago',
      record: [woman, celiac, vitaminD(19.9, '2025-01-14')],
      variant: 'malabsorption',
      says: ['in 12 months'],
    },
    {
      name: 'last level 49 nmol/L, 12 months and a day ago',
      record: [woman, celiac, vitaminD(49, '2025-01-14', 'nmol/L')],
      variant: 'malabsorption',
      says: ['in 12 months'],
    },
    { name: 'age 85', record: [patient(85), osteoporosis()], variant: 'osteoporosis' },
    {
      name: 'article preset: everybody from 50 years',
      record: [patient(50)],
      policy: article,
      variant: 'everyone',
      says: ['the source article tests everyone from 50 years'],
    },
    {
      name: 'article preset: a reason of the guidelines comes first',
      record: [woman, celiac],
      policy: article,
      variant: 'malabsorption',
    },
    {
      name: 'a reason that is certain needs no other',
      record: [woman, celiac],
      unknown: { calcium: 'failed', medicationRequests: 'failed' },
      variant: 'malabsorption',
    },
    {
      name: 'vitamin D goal and calcitriol are no 25-OH vitamin D',
      record: [
        woman,
        celiac,
        lab('86918-0', 30, 'ng/mL', '2025-12-01'),
        lab('1649-3', 40, 'pg/mL', '2025-12-01'),
      ],
      variant: 'malabsorption',
    },
    {
      name: 'level entered in error',
      record: [woman, celiac, vitaminD(32, '2025-12-01', 'ng/mL', { status: 'entered-in-error' })],
      variant: 'malabsorption',
    },
    {
      name: 'order of 7 months ago no longer counts',
      record: [woman, celiac, order(coded('loinc', '62292-8'), { authoredOn: '2025-06-14' })],
      variant: 'malabsorption',
    },
  ],
  doesNotApply: [
    {
      name: 'coeliac disease, last level 24 months ago to the day',
      record: [woman, celiac, vitaminD(32, '2024-01-15')],
    },
    { name: 'osteopenia only', record: [woman, osteopenia(), tScore(-1.8)] },
    { name: 'T-score -2.49', record: [woman, tScore(-2.49)] },
    { name: 'age alone', record: [patient(80)] },
    { name: 'obesity alone', record: [woman, condition('icd10cm', 'E66.9')] },
    { name: 'chronic kidney disease is no reason here', record: [woman, condition('icd10cm', 'N18.30')] },
    { name: 'valproate is no reason here', record: [woman, drug('Valproate 500 MG')] },
    {
      name: 'coeliac disease resolved',
      record: [woman, condition('snomed', '396331005', clinicalStatus('resolved'))],
    },
    {
      name: 'hip fracture 24 months and a day ago',
      record: [woman, condition('icd10cm', 'S72.001A', { onsetDateTime: '2024-01-14' })],
    },
    { name: 'calcium exactly 10.5', record: [woman, calcium(10.5)] },
    {
      name: 'calcium 10.6 with PTH 6 months before it to the day',
      record: [woman, calcium(10.6, '2025-12-01'), pth(30, '2025-06-01')],
    },
    {
      name: 'calcium 10.6 with PTH 6 months after it to the day',
      record: [woman, calcium(10.6, '2025-06-01'), pth(30, '2025-12-01')],
    },
    { name: 'calcium 10.6 more than 12 months ago', record: [woman, calcium(10.6, '2025-01-14')] },
    {
      name: 'prednisone 5 mg for 90 days',
      record: [woman, drug('prednisone 5 MG Oral Tablet', { authoredOn: '2025-09-01', ...daily(5, 90) })],
    },
    {
      name: 'level under an unverified code is on file',
      record: [woman, celiac, lab('68438-1', 30, 'ng/mL', '2025-12-01')],
    },
    {
      name: 'low level under an unverified code does not shorten the interval',
      record: [woman, celiac, lab('68438-1', 12, 'ng/mL', '2024-12-01')],
    },
    {
      name: 'level of D2 alone is on file',
      record: [woman, celiac, lab('49054-0', 8, 'ng/mL', '2025-12-01')],
    },
    { name: 'last level 20 ng/mL, 13 months ago', record: [woman, celiac, vitaminD(20, '2024-12-15')] },
    {
      name: 'last level 50 nmol/L, 13 months ago',
      record: [woman, celiac, vitaminD(50, '2024-12-15', 'nmol/L')],
    },
    { name: 'low level 12 months ago to the day', record: [woman, celiac, vitaminD(12, '2025-01-15')] },
    { name: 'level ordered', record: [woman, celiac, order(coded('loinc', '62292-8'))] },
    {
      name: 'result pending',
      record: [
        woman,
        celiac,
        vitaminD(0, '2026-01-14', 'ng/mL', { status: 'registered', valueQuantity: undefined }),
      ],
    },
    { name: 'age 86', record: [patient(86), osteoporosis()] },
    { name: 'another recommendation asks for it', record: [woman, celiac], dropped: ['vitaminD'] },
    { name: 'article preset: age 49', record: [patient(49)], policy: article },
    { name: 'guideline: age 50 alone', record: [patient(50)] },
  ],
  lacksData: [
    {
      name: 'results cut off',
      record: [woman, celiac],
      incomplete: { bone: 'truncated' },
      missing: ['anyVitaminD'],
    },
    {
      name: 'results not obtained',
      record: [woman, celiac],
      unknown: { bone: 'failed' },
      missing: ['anyVitaminD'],
    },
    {
      name: 'level without a unit may be on file',
      record: [woman, celiac, vitaminD(0, '2025-12-01', 'ng/mL', { valueQuantity: { value: 32 } })],
      missing: ['anyVitaminD'],
    },
    {
      name: 'level dated 2024: in the window or not',
      record: [woman, celiac, vitaminD(32, '2024')],
      missing: ['anyVitaminD'],
    },
    {
      name: 'last level "< 30", 13 months ago: which interval applies is open',
      record: [woman, celiac, vitaminD(0, '2024-12-15', 'ng/mL', quantity('<', 30, 'ng/mL'))],
      missing: ['anyVitaminD'],
    },
    {
      name: 'orders not obtained',
      record: [woman, celiac],
      unknown: { serviceRequests: 'timed-out' },
      missing: ['vitaminDOrdered'],
    },
    {
      name: 'no certain reason, medication lists not obtained',
      record: [woman],
      unknown: { medicationRequests: 'failed' },
      missing: ['glucocorticoid', 'anticonvulsants'],
    },
    {
      name: 'no certain reason, calcium not obtained',
      record: [woman],
      unknown: { calcium: 'failed' },
      missing: ['calcium'],
    },
    {
      name: 'high calcium and a PTH that cannot be read',
      record: [woman, calcium(10.9), lab('2731-8', 60, 'furlong', '2025-12-01')],
      missing: ['pth'],
    },
    {
      name: 'undated fracture only',
      record: [woman, condition('icd10cm', 'Z87.310', { recordedDate: '2026-01-10' })],
      missing: ['fractures'],
    },
    {
      name: 'birth year 1940: 85 or 86',
      record: [patient(85, { birthDate: '1940' }), osteoporosis()],
      missing: ['age'],
    },
  ],
});
