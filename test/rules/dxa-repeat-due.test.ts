import { dxaRepeatDue } from '../../src/rules/dxa-repeat-due.ts';
import {
  coded,
  condition,
  daily,
  drug,
  lab,
  man,
  order,
  osteoporosis,
  patient,
  policyOf,
  procedure,
  quantity,
  report,
  statement,
  tScore,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

const article = policyOf({ preset: 'article' });
/** A site that lowers an interval below what payers usually cover. */
const shortened = policyOf({
  recommendations: { 'dxa-repeat-due': { parameters: { severeMonths: 18 } } },
});

const woman = patient(66);
/** Months before 2026-01-15. */
const MONTHS_AGO = {
  11: '2025-02-15',
  12: '2025-01-15',
  22: '2024-03-15',
  23: '2024-02-15',
  24: '2024-01-15',
  35: '2023-02-15',
  36: '2023-01-15',
  59: '2021-02-15',
  60: '2021-01-15',
  119: '2016-02-15',
  120: '2016-01-15',
} as const;
const scan = (t: number, months: keyof typeof MONTHS_AGO): ReturnType<typeof tScore> =>
  tScore(t, MONTHS_AGO[months]);

const alendronate = (authoredOn: string, extra = {}): ReturnType<typeof drug> =>
  drug('Alendronate 70 MG Oral Tablet', { authoredOn, ...extra });
const prednisone = (mg: number): ReturnType<typeof drug> =>
  drug('Prednisone 5 MG Oral Tablet', { authoredOn: '2025-08-01', ...daily(mg, 120) });
const diabetes = condition('icd10cm', 'E11.9', { onsetDateTime: '2015-04-01' });
const primaryHyperparathyroidism = condition('icd10cm', 'E21.0', { recordedDate: '2022-06-01' });
const fracture = (onsetDateTime: string): ReturnType<typeof condition> =>
  condition('icd10cm', 'M80.08XA', { onsetDateTime });

describeRule(dxaRepeatDue, {
  recommends: [
    {
      name: 'T -2.2, 24 months to the day',
      record: [woman, scan(-2.2, 24)],
      variant: 'due',
      says: ['Last DXA 2024-01-15 (T -2.2): repeat is due by interval for this risk level.'],
      suggests: ['dxa'],
    },
    {
      name: 'T exactly -2.0 is in the severe band',
      record: [woman, scan(-2, 24)],
      variant: 'due',
      says: ['T -2.0'],
    },
    {
      name: 'T -2.4996 shows -2.4 and is not osteoporosis',
      record: [woman, scan(-2.4996, 24)],
      variant: 'due',
      says: ['T -2.4'],
    },
    { name: 'T -1.99, 60 months', record: [woman, scan(-1.99, 60)], variant: 'due', says: ['T -1.9'] },
    { name: 'T exactly -1.5, 60 months', record: [woman, scan(-1.5, 60)], variant: 'due' },
    { name: 'T -1.49, 120 months', record: [woman, scan(-1.49, 120)], variant: 'due' },
    { name: 'T -1.2, 120 months', record: [woman, scan(-1.2, 120)], variant: 'due' },
    { name: 'T -1.2 and diabetes, 36 months', record: [woman, scan(-1.2, 36), diabetes], variant: 'due' },
    {
      name: 'T -0.5 and diabetes, 36 months: only the row for a normal T-score is off',
      record: [woman, scan(-0.5, 36), diabetes],
      variant: 'due',
    },
    {
      name: 'T -2.7 on alendronate for exactly 12 months, 24 months',
      record: [woman, scan(-2.7, 24), alendronate('2025-01-15')],
      variant: 'due',
      says: ['T -2.7'],
    },
    {
      name: 'renewed prescription: the course began with the first one',
      record: [
        woman,
        scan(-2.7, 24),
        alendronate('2025-11-01'),
        alendronate('2020-05-01', { status: 'completed' }),
      ],
      variant: 'due',
    },
    {
      name: 'T -6.2 on denosumab asks to confirm it',
      record: [woman, scan(-6.2, 24), drug('Denosumab 60 MG/ML', { authoredOn: '2024-12-01' })],
      variant: 'due',
    },
    {
      name: 'T -1.2, long-term prednisone 5 mg, 24 months',
      record: [woman, scan(-1.2, 24), prednisone(5)],
      variant: 'due',
    },
    {
      name: 'T -1.2, prednisone 7.5 mg a day, 12 months',
      record: [woman, scan(-1.2, 12), prednisone(7.5)],
      variant: 'due',
    },
    {
      name: 'T -1.2, glucocorticoid without a readable dose, 24 months',
      record: [woman, scan(-1.2, 24), drug('Prednisone 5 MG Oral Tablet', { authoredOn: '2025-08-01' })],
      variant: 'due',
    },
    {
      name: 'T -1.2 on an aromatase inhibitor, 24 months',
      record: [woman, scan(-1.2, 24), drug('Letrozole 2.5 MG')],
      variant: 'due',
    },
    {
      name: 'man, T -1.2, on leuprolide, 24 months',
      record: [patient(70, man), scan(-1.2, 24), drug('Leuprolide 22.5 MG')],
      variant: 'due',
    },
    {
      name: 'T -1.2, primary hyperparathyroidism, 12 months',
      record: [woman, scan(-1.2, 12), primaryHyperparathyroidism],
      variant: 'due',
    },
    {
      name: 'T -2.7 on alendronate, new vertebral fracture, 12 months',
      record: [woman, scan(-2.7, 12), alendronate('2024-06-01'), fracture('2025-09-01')],
      variant: 'due',
    },
    {
      name: 'T -2.2 on alendronate, hip fracture after the scan with unknown mechanism at 60',
      record: [
        patient(60),
        scan(-2.2, 12),
        alendronate('2024-06-01'),
        condition('icd10cm', 'S72.001A', { onsetDateTime: '2025-09-01' }),
      ],
      variant: 'due',
    },
    {
      name: 'T -1.2 of 36 months ago, fracture after it 25 months ago, no therapy: too old for the treatment gap',
      record: [woman, scan(-1.2, 36), fracture('2023-12-14')],
      variant: 'due',
    },
    {
      name: 'T -2.2, 24 months, with an undated fracture: the T-score settles it',
      record: [woman, scan(-2.2, 24), condition('icd10cm', 'Z87.310')],
      variant: 'due',
    },
    {
      name: 'T -2.2, 24 months, and the exposures not obtained: the T-score settles it',
      record: [woman, scan(-2.2, 24)],
      unknown: { medicationRequests: 'failed' },
      variant: 'due',
    },
    {
      name: 'scan on the fiftieth birthday',
      record: [patient(52), tScore(-2.2, '2024-01-15')],
      variant: 'due',
    },
    {
      name: 'woman of 50, scan at 47 with recorded menopause',
      record: [patient(50), condition('icd10cm', 'Z78.0'), tScore(-2.2, '2023-06-01')],
      variant: 'due',
    },
    { name: 'age 85', record: [patient(85), scan(-2.2, 24)], variant: 'due' },
    {
      name: 'report 30 days after the T-score is the same scan and gives its date',
      record: [woman, tScore(-2.2, '2023-12-16'), report(coded('loinc', '38269-7'), '2024-01-15')],
      variant: 'due',
      says: ['Last DXA 2024-01-15'],
    },
    {
      name: 'scan dated 2023 only: wholly before the interval',
      record: [woman, tScore(-2.2, '2023')],
      variant: 'due',
    },
    {
      name: 'payers: an interval set to 18 months still waits for 23',
      record: [woman, scan(-2.2, 23)],
      policy: shortened,
      variant: 'due',
    },
    {
      name: 'article preset: T -1.2, 24 months',
      record: [woman, scan(-1.2, 24)],
      policy: article,
      variant: 'due',
    },
    {
      name: 'article preset: T -1.7, 24 months',
      record: [woman, scan(-1.7, 24)],
      policy: article,
      variant: 'due',
    },
    {
      name: 'article preset: T -0.5, 24 months',
      record: [woman, scan(-0.5, 24)],
      policy: article,
      variant: 'due',
    },
    {
      name: 'article preset: diabetes, 24 months',
      record: [woman, scan(-0.5, 24), diabetes],
      policy: article,
      variant: 'due',
    },
  ],
  doesNotApply: [
    { name: 'T -2.2, 23 months', record: [woman, scan(-2.2, 23)] },
    { name: 'T -2.2, 24 months less a day', record: [woman, tScore(-2.2, '2024-01-16')] },
    { name: 'T -1.99, 59 months', record: [woman, scan(-1.99, 59)] },
    { name: 'T -1.49, 60 months', record: [woman, scan(-1.49, 60)] },
    { name: 'T -1.2, 119 months', record: [woman, scan(-1.2, 119)] },
    { name: 'T -1.2 and diabetes, 35 months', record: [woman, scan(-1.2, 35), diabetes] },
    { name: 'T -0.5, 120 months', record: [woman, scan(-0.5, 120)] },
    { name: 'T exactly -1.0 is normal', record: [woman, scan(-1, 120)] },
    { name: 'T -2.5 without therapy: the treatment gap speaks', record: [woman, scan(-2.5, 36)] },
    {
      name: 'T -2.7 without therapy but with glucocorticoid: the treatment gap speaks',
      record: [woman, scan(-2.7, 36), prednisone(10)],
    },
    { name: 'T -2.7 on alendronate, 23 months', record: [woman, scan(-2.7, 23), alendronate('2023-01-15')] },
    {
      name: 'T -2.7 on alendronate for 12 months less a day',
      record: [woman, scan(-2.7, 36), alendronate('2025-01-16')],
    },
    {
      name: 'T -2.7, changed to denosumab three months ago',
      record: [
        woman,
        scan(-2.7, 36),
        alendronate('2020-05-01', { status: 'stopped' }),
        drug('Denosumab 60 MG/ML', { authoredOn: '2025-10-15' }),
      ],
    },
    {
      name: 'recent fracture without therapy: the treatment gap speaks',
      record: [woman, scan(-1.2, 24), fracture('2025-09-01')],
    },
    {
      name: 'recent fracture without therapy, 24 months ago to the day',
      record: [woman, scan(-1.2, 36), fracture('2024-01-15')],
    },
    {
      name: 'fracture on the day of the scan is not after it',
      record: [woman, scan(-1.2, 12), fracture('2025-01-15')],
    },
    {
      name: 'T -2.7 on alendronate, new fracture, 11 months',
      record: [woman, scan(-2.7, 11), alendronate('2024-06-01'), fracture('2025-09-01')],
    },
    { name: 'prednisone 7.4 mg a day, 12 months', record: [woman, scan(-1.2, 12), prednisone(7.4)] },
    { name: 'prednisone 7.5 mg a day, 11 months', record: [woman, scan(-1.2, 11), prednisone(7.5)] },
    { name: 'prednisone 5 mg a day, 23 months', record: [woman, scan(-1.2, 23), prednisone(5)] },
    { name: 'aromatase inhibitor, 23 months', record: [woman, scan(-1.2, 23), drug('Letrozole 2.5 MG')] },
    {
      name: 'bicalutamide alone, 24 months',
      record: [patient(70, man), scan(-1.2, 24), drug({ coding: coded('rxnorm', '83008').coding })],
    },
    {
      name: 'primary hyperparathyroidism, 11 months',
      record: [woman, scan(-1.2, 11), primaryHyperparathyroidism],
    },
    {
      name: 'secondary hyperparathyroidism, 24 months',
      record: [woman, scan(-1.2, 24), condition('icd10cm', 'N25.81')],
    },
    {
      name: 'payers: an interval set to 18 months, 22 months',
      record: [woman, scan(-2.2, 22)],
      policy: shortened,
    },
    { name: 'article preset: T -1.2, 23 months', record: [woman, scan(-1.2, 23)], policy: article },
    { name: 'article preset: T -0.5, 23 months', record: [woman, scan(-0.5, 23)], policy: article },
    { name: 'no scan at all', record: [woman] },
    { name: 'osteoporosis on the problem list and no scan', record: [woman, osteoporosis()] },
    { name: 'age 49', record: [patient(49), condition('icd10cm', 'Z78.0'), scan(-2.2, 24)] },
    { name: 'age 86', record: [patient(86), scan(-2.2, 24)] },
    { name: 'scan ordered', record: [woman, scan(-2.2, 24), order(coded('loinc', '38268-9'))] },
    {
      name: 'scan among the draft orders',
      record: [woman, scan(-2.2, 24)],
      drafts: [order(coded('loinc', '38268-9'))],
    },
    { name: 'another recommendation suggests the scan', record: [woman, scan(-2.2, 24)], dropped: ['dxa'] },
    {
      name: 'newer scan known from a report inside every interval',
      record: [woman, scan(-2.2, 60), report(coded('loinc', '38269-7'), '2025-06-01')],
    },
  ],
  lacksData: [
    {
      name: 'recent fracture, medication list not available: treated or not',
      record: [woman, scan(-1.2, 24), fracture('2025-09-01')],
      unknown: { medicationRequests: 'failed' },
      missing: ['osteoporosisTherapy'],
    },
    {
      name: 'scan known from a report only',
      record: [woman, report(coded('loinc', '38269-7'), '2020-01-01')],
      missing: ['lowestT'],
    },
    {
      name: 'newer scan without a T-score, 31 days after the T-score',
      record: [woman, tScore(-2.2, '2023-12-15'), report(coded('loinc', '38269-7'), '2024-01-15')],
      missing: ['lowestT'],
    },
    {
      name: 'T-score taken at 45 without menopause',
      record: [patient(51), tScore(-2.2, '2019-06-01')],
      missing: ['lowestT'],
    },
    {
      name: 'lost minus sign: 2.7 marked low',
      record: [woman, tScore(2.7, '2020-01-01', 'hip', { interpretation: [{ text: 'Low' }] })],
      missing: ['lowestT'],
    },
    {
      name: 'T-score in g/cm2',
      record: [woman, lab('38264-8', -2.2, 'g/cm2', '2020-01-01')],
      missing: ['lowestT'],
    },
    {
      name: 'T-score "< -1"',
      record: [woman, tScore(0, '2020-01-01', 'hip', quantity('<', -1, '{T-score}'))],
      missing: ['lowestT'],
    },
    {
      name: 'T-score "< -1.2" proves low bone mass but not the band',
      record: [woman, tScore(0, '2021-01-15', 'hip', quantity('<', -1.2, '{T-score}'))],
      missing: ['lowestT'],
    },
    {
      name: 'a scan procedure without a date beside an old T-score',
      record: [woman, scan(-2.2, 24), procedure(coded('snomed', '312681000'))],
      missing: ['dxaDone'],
    },
    { name: 'scan dated 2024 only', record: [woman, tScore(-2.2, '2024')], missing: ['dxaDone'] },
    {
      name: 'no scan found and the search failed',
      record: [woman],
      unknown: { bone: 'failed' },
      missing: ['dxaDone'],
    },
    {
      name: 'old T-score, reports not obtained: there may be a newer scan',
      record: [woman, scan(-2.2, 24)],
      unknown: { reports: 'failed' },
      missing: ['dxaSearched'],
    },
    {
      name: 'orders not obtained',
      record: [woman, scan(-2.2, 24)],
      unknown: { serviceRequests: 'failed' },
      missing: ['dxaOrdered'],
    },
    {
      name: 'T -2.7 and the medication list not obtained',
      record: [woman, scan(-2.7, 24)],
      unknown: { medicationRequests: 'failed' },
      missing: ['osteoporosisTherapy', 'glucocorticoid', 'aromataseInhibitors'],
    },
    {
      name: 'T -2.7, alendronate statement without a start',
      record: [woman, scan(-2.7, 36), statement('alendronic acid 70 mg')],
      missing: ['osteoporosisTherapy'],
    },
    {
      name: 'T -1.2, 24 months, glucocorticoid without route or dose',
      record: [woman, scan(-1.2, 24), drug('Prednisone', { authoredOn: '2025-08-01' })],
      missing: ['glucocorticoid'],
    },
    {
      name: 'T -1.2, 12 months, glucocorticoid without a readable dose',
      record: [woman, scan(-1.2, 12), drug('Prednisone 5 MG Oral Tablet', { authoredOn: '2025-08-01' })],
      missing: ['glucocorticoid'],
    },
    {
      name: 'T -1.2, 24 months, undated fracture history',
      record: [woman, scan(-1.2, 24), condition('icd10cm', 'Z87.310')],
      missing: ['fractures'],
    },
    {
      name: 'T -1.2, 36 months, problem list cut off',
      record: [woman, scan(-1.2, 36)],
      incomplete: { conditions: 'truncated' },
      missing: ['diabetes', 'hyperparathyroidism', 'fractures'],
    },
    {
      name: 'T -1.2, 24 months, aromatase inhibitor and sex not stated',
      record: [patient(66, { gender: 'unknown' }), scan(-1.2, 24), drug('Letrozole 2.5 MG')],
      missing: ['aromataseInhibitors'],
    },
    {
      name: 'birth year only, 85 or 86',
      record: [patient(86, { birthDate: '1940' }), scan(-2.2, 24)],
      missing: ['age'],
    },
  ],
});
