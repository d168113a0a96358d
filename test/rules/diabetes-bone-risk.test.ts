import { expect, test } from '@jest/globals';
import { decide } from '../../src/decide.ts';
import type { Resource } from '../../src/facts/record.ts';
import { diabetesBoneRisk } from '../../src/rules/diabetes-bone-risk.ts';
import {
  calcium,
  clinicalStatus,
  coded,
  condition,
  contextOf,
  daily,
  drug,
  eGfr,
  guideline,
  lab,
  man,
  order,
  osteopenia,
  osteoporosis,
  patient,
  policyOf,
  procedure,
  quantity,
  recordOf,
  report,
  TODAY,
  tScore,
  vitaminD,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

type Extra = Readonly<Record<string, unknown>>;

const elder = patient(65);
const woman = patient(60);
const type2 = condition('icd10cm', 'E11.9', { recordedDate: '2018-05-01' });
const type1 = condition('icd10cm', 'E10.9', { recordedDate: '2018-05-01' });
const hba1c = (value: number, date = '2025-12-01', unit = '%', extra: Extra = {}): Resource =>
  lab(unit === 'mmol/mol' ? '59261-8' : '4548-4', value, unit, date, extra);
const insulin = drug('Insulin Glargine 100 UNT/ML');
const falls = condition('icd10cm', 'R29.6');
const neuropathy = condition('icd10cm', 'G62.9');
const prednisone = drug('Prednisone 5 MG Oral Tablet', { authoredOn: '2025-08-01', ...daily(5, 180) });
const hipFracture = condition('icd10cm', 'S72.001A', { onsetDateTime: '2022-03-01' });
const scan = tScore(-0.5);
const labs = [
  vitaminD(34),
  calcium(9.4),
  eGfr(80),
  lab('6768-6', 70, 'U/L', '2025-12-01'),
  lab('3016-3', 2, 'm[IU]/L', '2025-12-01'),
];
const onset = (onsetDateTime: string, extra: Extra = {}): Resource =>
  condition('icd10cm', 'E11.9', { onsetDateTime, ...extra });

const draft: Resource = {
  resourceType: 'MedicationRequest',
  id: 'draft-1',
  status: 'draft',
  medicationCodeableConcept: { text: 'Pioglitazone 30 MG Oral Tablet' },
};
const signing = { hook: 'order-sign', drafts: [draft] } as const;
const off = (name: string): ReturnType<typeof policyOf> =>
  policyOf({ recommendations: { 'diabetes-bone-risk': { parameters: { [name]: false } } } });

describeRule(diabetesBoneRisk, {
  recommends: [
    // A
    {
      name: 'age 65, scan 37 months ago',
      record: [elder, type2, tScore(-0.5, '2022-12-15')],
      variant: 'noScan',
      says: ['Diabetes, age 65: no DXA in 3 years (T-scores underestimate fracture risk).'],
      suggests: ['dxa'],
    },
    { name: 'age 65, no scan at all, type 1', record: [elder, type1], variant: 'noScan' },
    {
      name: 'scan 36 months and a day ago',
      record: [elder, type2, tScore(-0.5, '2023-01-14')],
      variant: 'noScan',
    },
    { name: 'man of 80', record: [patient(80, man), type2], variant: 'noScan', suggests: ['dxa'] },
    {
      name: 'age 66 or 67 by a birth year',
      record: [patient(66, { birthDate: '1959' }), type2],
      variant: 'noScan',
      says: ['age 66-67'],
    },
    {
      name: 'age 60 on insulin with HbA1c 8.1 %',
      record: [woman, type2, insulin, hba1c(8.1)],
      variant: 'noScan',
      says: ['age 60'],
    },
    {
      name: 'age 50 on insulin with HbA1c 65 mmol/mol',
      record: [patient(50), type2, insulin, hba1c(65, '2025-12-01', 'mmol/mol')],
      variant: 'noScan',
    },
    {
      name: 'HbA1c "> 8" % and falls',
      record: [woman, type2, falls, hba1c(0, '2025-12-01', '%', quantity('>', 8, '%'))],
      variant: 'noScan',
    },
    {
      name: 'HbA1c 12 months ago to the day, and neuropathy',
      record: [woman, type2, neuropathy, hba1c(9, '2025-01-15')],
      variant: 'noScan',
    },
    {
      name: 'diabetic neuropathy by the diabetes code, and falls',
      record: [woman, condition('icd10cm', 'E11.42'), falls],
      variant: 'noScan',
    },
    {
      name: 'sulfonylurea and long-term glucocorticoid',
      record: [woman, type2, drug('Glimepiride 2 MG'), prednisone],
      variant: 'noScan',
    },
    {
      name: 'thiazolidinedione and falls',
      record: [woman, type2, drug('Pioglitazone 30 MG'), falls],
      variant: 'noScan',
    },
    {
      name: 'fragility fracture and falls, mechanism unknown',
      record: [woman, type2, hipFracture, falls],
      variant: 'noScan',
    },
    {
      name: 'known for 10 years and a day by onset, and falls',
      record: [woman, onset('2016-01-14'), falls],
      variant: 'noScan',
    },
    {
      name: 'two factors are enough though the medication list failed',
      record: [woman, type2, falls, neuropathy],
      unknown: { medicationRequests: 'failed' },
      variant: 'noScan',
    },
    {
      name: 'no scan found in three years and an old T-score of -2.2: both are said',
      record: [elder, type2, tScore(-2.2, '2018-06-01'), ...labs],
      variant: 'noScan',
      suggests: ['dxa'],
    },
    {
      name: 'on alendronate, scan 37 months ago',
      record: [elder, type2, tScore(-2.2, '2022-12-15'), drug('Alendronate 70 MG')],
      variant: 'noScan',
      suggests: ['dxa'],
    },
    {
      name: 'T-score of the old scan silenced by another recommendation',
      record: [elder, type2, tScore(-2.2, '2018-06-01')],
      dropped: ['diabetesTScore'],
      variant: 'noScan',
      suggests: ['dxa'],
    },
    // B
    {
      name: 'T-score exactly -2.0, nothing else on file',
      record: [elder, type2, tScore(-2)],
      variant: 'tScore',
      says: ['Diabetes and T -2.0: fracture risk is higher than the T-score suggests.'],
      suggests: ['vitaminD', 'calcium', 'creatinine', 'alkalinePhosphatase', 'tsh'],
    },
    {
      name: 'T-score -2.49 shows as -2.4, tests on file',
      record: [elder, type2, tScore(-2.49), ...labs],
      variant: 'tScore',
      says: ['T -2.4'],
      suggests: [],
    },
    {
      name: 'man of 69: testosterone too',
      record: [patient(69, man), type2, tScore(-2.2), ...labs],
      variant: 'tScore',
      suggests: ['testosterone'],
    },
    {
      name: 'man of 70: no testosterone',
      record: [patient(70, man), type2, tScore(-2.2), ...labs],
      variant: 'tScore',
      suggests: [],
    },
    {
      name: 'calcium 24 months and a day ago',
      record: [
        elder,
        type2,
        tScore(-2.2),
        ...labs.filter((_, index) => index !== 1),
        calcium(9.4, '2024-01-14'),
      ],
      variant: 'tScore',
      suggests: ['calcium'],
    },
    {
      name: 'TSH ordered is not suggested again',
      record: [elder, type2, tScore(-2.2), ...labs.slice(0, 4), order(coded('loinc', '3016-3'))],
      variant: 'tScore',
      suggests: [],
    },
    {
      name: 'tests asked for elsewhere',
      record: [elder, type2, tScore(-2.2)],
      dropped: ['vitaminD', 'secondaryLabs'],
      variant: 'tScore',
      suggests: [],
    },
    {
      name: 'scan asked for elsewhere, T-score of an old scan',
      record: [elder, type2, tScore(-2.2, '2018-06-01'), ...labs],
      dropped: ['dxa'],
      variant: 'tScore',
      suggests: [],
    },
    {
      name: 'old T-score, new scan ordered',
      record: [elder, type2, tScore(-2.2, '2018-06-01'), ...labs, order(coded('loinc', '38268-9'))],
      variant: 'tScore',
    },
    {
      name: 'age 60 with two factors',
      record: [woman, type2, falls, neuropathy, tScore(-2.2), ...labs],
      variant: 'tScore',
    },
    {
      name: 'laboratory search failed: the T-score is said all the same',
      record: [elder, type2, tScore(-2.2)],
      unknown: { calcium: 'failed', kidney: 'failed' },
      variant: 'tScore',
      suggests: ['vitaminD', 'tsh'],
    },
    {
      name: 'zoledronic acid 18 months and a day ago is no longer therapy',
      record: [
        elder,
        type2,
        tScore(-2.2),
        ...labs,
        drug('zoledronic acid 5 MG', { authoredOn: '2024-07-14', status: 'completed' }),
      ],
      variant: 'tScore',
    },
    {
      name: 'denosumab 7 months and a day ago is no longer therapy',
      record: [
        elder,
        type2,
        tScore(-2.2),
        ...labs,
        drug('Prolia 60 MG', { authoredOn: '2025-06-14', status: 'completed' }),
      ],
      variant: 'tScore',
    },
    // C
    {
      name: 'pioglitazone draft with osteoporosis on the problem list',
      record: [woman, osteoporosis()],
      ...signing,
      variant: 'osteoporosis',
      says: ['Thiazolidinedione with osteoporosis: raises fracture risk. Review choice.'],
      suggests: ['remove'],
    },
    {
      name: 'pioglitazone draft, T-score -2.5',
      record: [woman, tScore(-2.5)],
      ...signing,
      variant: 'osteoporosis',
    },
    {
      name: 'pioglitazone draft, hip fracture at 56',
      record: [woman, hipFracture],
      ...signing,
      variant: 'fracture',
      says: ['Thiazolidinedione with fragility fracture'],
    },
    {
      name: 'pioglitazone draft, osteoporosis and hip fracture',
      record: [woman, osteoporosis(), hipFracture],
      ...signing,
      variant: 'osteoporosis',
    },
    {
      name: 'pioglitazone draft at 18 with osteoporosis',
      record: [patient(18), osteoporosis()],
      ...signing,
      variant: 'osteoporosis',
    },
    {
      name: 'pioglitazone draft, Paget disease and osteoporosis: the hazard stays',
      record: [woman, condition('icd10cm', 'M88.9'), osteoporosis()],
      ...signing,
      variant: 'osteoporosis',
    },
    {
      name: 'pioglitazone draft, problem list not obtained',
      record: [woman],
      unknown: { conditions: 'failed' },
      ...signing,
      variant: 'couldNotCheck',
      says: ['could not be checked'],
    },
    {
      name: 'pioglitazone draft, T-scores not obtained',
      record: [woman],
      unknown: { bone: 'timed-out' },
      ...signing,
      variant: 'couldNotCheck',
    },
    {
      name: 'pioglitazone draft, T-score found though the problem list failed',
      record: [woman, tScore(-2.6)],
      unknown: { conditions: 'failed' },
      ...signing,
      variant: 'osteoporosis',
    },
  ],
  doesNotApply: [
    { name: 'age 60 with HbA1c 8.1 % only', record: [woman, type2, hba1c(8.1)] },
    { name: 'age 60 with insulin only', record: [woman, type2, insulin] },
    {
      name: 'age 60: insulin, sulfonylurea and thiazolidinedione are one factor',
      record: [woman, type2, insulin, drug('Glipizide 5 MG'), drug('Pioglitazone 30 MG')],
    },
    { name: 'age 60 on insulin with HbA1c exactly 8.0 %', record: [woman, type2, insulin, hba1c(8)] },
    {
      name: 'age 60 on insulin with HbA1c exactly 64 mmol/mol',
      record: [woman, type2, insulin, hba1c(64, '2025-12-01', 'mmol/mol')],
    },
    {
      name: 'HbA1c 12 months and a day ago does not count',
      record: [woman, type2, insulin, hba1c(9, '2025-01-14')],
    },
    { name: 'a newer HbA1c is lower', record: [woman, type2, insulin, hba1c(9, '2025-06-01'), hba1c(7)] },
    {
      name: 'known for 10 years to the day by onset, and falls',
      record: [woman, onset('2016-01-15'), falls],
    },
    {
      name: 'recorded 15 years ago without onset, and falls: duration not known, does not count',
      record: [woman, condition('icd10cm', 'E11.9', { recordedDate: '2010-01-01' }), falls],
    },
    { name: 'age 49 with two factors', record: [patient(49), type2, falls, neuropathy] },
    { name: 'no diabetes', record: [elder] },
    { name: 'diabetes of unstated type', record: [elder, condition('snomed', '73211009')] },
    { name: 'diabetes resolved', record: [elder, condition('icd10cm', 'E11.9', clinicalStatus('resolved'))] },
    { name: 'Paget disease', record: [elder, type2, condition('icd10cm', 'M88.9')] },
    { name: 'scan 36 months ago to the day', record: [elder, type2, tScore(-0.5, '2023-01-15')] },
    {
      name: 'scan as a report only',
      record: [elder, type2, report(coded('loinc', '38268-9'), '2025-01-15')],
    },
    { name: 'scan ordered', record: [elder, type2, order(coded('loinc', '38268-9'))] },
    { name: 'scan suggested elsewhere', record: [elder, type2], dropped: ['dxa'] },
    { name: 'T-score -1.99', record: [elder, type2, tScore(-1.99)] },
    { name: 'T-score -2.5: the treatment gap speaks', record: [elder, type2, tScore(-2.5)] },
    { name: 'T-score -2.2 at 48: not valid', record: [patient(65), type2, tScore(-2.2, '2008-06-01'), scan] },
    { name: 'T-score -2.2 on alendronate', record: [elder, type2, tScore(-2.2), drug('Alendronate 70 MG')] },
    {
      name: 'T-score -2.2, alendronate active for years without an end date',
      record: [elder, type2, tScore(-2.2), drug('Alendronate 70 MG', { authoredOn: '2019-01-01' })],
    },
    {
      name: 'T-score -2.2, zoledronic acid 18 months ago to the day',
      record: [
        elder,
        type2,
        tScore(-2.2),
        drug('zoledronic acid 5 MG', { authoredOn: '2024-07-15', status: 'completed' }),
      ],
    },
    {
      name: 'T-score -2.2, denosumab 7 months ago to the day',
      record: [
        elder,
        type2,
        tScore(-2.2),
        drug('Prolia 60 MG', { authoredOn: '2025-06-15', status: 'completed' }),
      ],
    },
    {
      name: 'T-score -2.2, silenced by the treatment gap',
      record: [elder, type2, tScore(-2.2)],
      dropped: ['diabetesTScore'],
    },
    {
      name: 'article preset: no such T-score',
      record: [elder, type2, tScore(-2.2)],
      policy: policyOf({ preset: 'article' }),
    },
    // before signing
    { name: 'pioglitazone draft with osteopenia', record: [woman, osteopenia(), tScore(-2.4)], ...signing },
    { name: 'pioglitazone draft, nothing on file', record: [woman, type2], ...signing },
    {
      name: 'pioglitazone draft, wrist fracture at 40',
      record: [patient(45), condition('icd10cm', 'S52.501A', { onsetDateTime: '2020-01-01' })],
      ...signing,
    },
    { name: 'pioglitazone draft at 17 with osteoporosis', record: [patient(17), osteoporosis()], ...signing },
    {
      name: 'metformin draft with osteoporosis',
      record: [woman, osteoporosis()],
      hook: 'order-sign',
      drafts: [{ ...draft, medicationCodeableConcept: { text: 'Metformin 500 MG' } }],
    },
    {
      name: 'warning before signing switched off',
      record: [woman, osteoporosis()],
      ...signing,
      policy: off('warnAtOrders'),
    },
  ],
  lacksData: [
    {
      name: 'problem list not obtained',
      record: [elder],
      unknown: { conditions: 'failed' },
      missing: ['type1Diabetes', 'type2Diabetes'],
    },
    {
      name: 'problem list cut off, diabetes found: bone metastases may be hidden',
      record: [elder, type2],
      incomplete: { conditions: 'truncated' },
      missing: ['metabolicBoneOther'],
    },
    {
      name: 'age 64 or 65, no factor',
      record: [patient(65, { birthDate: '1961' }), type2],
      missing: ['age'],
    },
    {
      name: 'age 49 or 50, two factors',
      record: [patient(50, { birthDate: '1976' }), type2, falls, neuropathy],
      missing: ['age'],
    },
    {
      name: 'birth date missing',
      record: [patient(60, { birthDate: undefined }), type2, falls, neuropathy],
      missing: ['age'],
    },
    {
      name: 'age 60, falls, medication list not obtained: it would decide',
      record: [woman, type2, falls],
      unknown: { medicationRequests: 'failed' },
      missing: ['glucocorticoid', 'insulins', 'sulfonylureas', 'thiazolidinediones'],
    },
    {
      name: 'age 60, falls, HbA1c 48 % cannot be read',
      record: [woman, type2, falls, hba1c(48)],
      missing: ['hba1c'],
    },
    {
      name: 'age 60, falls, HbA1c "> 7" % proves nothing',
      record: [woman, type2, falls, hba1c(0, '2025-12-01', '%', quantity('>', 7, '%'))],
      missing: ['hba1c'],
    },
    {
      name: 'undated scan',
      record: [elder, type2, procedure(coded('loinc', '38268-9'))],
      missing: ['dxaDone'],
    },
    {
      name: 'search for scans cut off, old scan found',
      record: [elder, type2, report(coded('loinc', '38268-9'), '2015-01-01')],
      incomplete: { reports: 'truncated' },
      missing: ['dxaDone'],
    },
    {
      name: 'orders not obtained, no scan',
      record: [elder, type2],
      unknown: { serviceRequests: 'failed' },
      missing: ['dxaOrdered'],
    },
    {
      name: 'T-score in the wrong unit, scan current',
      record: [elder, type2, lab('38264-8', -2.2, '%', '2025-06-01')],
      missing: ['lowestT'],
    },
    {
      name: 'T-score -2.2, medication list not obtained',
      record: [elder, type2, tScore(-2.2)],
      unknown: { medicationStatements: 'failed' },
      missing: ['osteoporosisTherapy', 'zoledronicAcidHistory', 'denosumabHistory'],
    },
    {
      name: 'draft without code and name',
      record: [woman, osteoporosis()],
      hook: 'order-sign',
      drafts: [{ resourceType: 'MedicationRequest', id: 'draft-1', status: 'draft' }],
      missing: ['thiazolidinedioneDrafts'],
    },
    {
      name: 'pioglitazone draft, problem list not obtained, could-not-check switched off',
      record: [woman],
      unknown: { conditions: 'failed' },
      ...signing,
      policy: off('showCouldNotCheck'),
      missing: ['lowBmd', 'fractures'],
    },
    {
      name: 'pioglitazone draft, T-score that cannot be read is no failed search',
      record: [woman, lab('38264-8', -2.7, '%', '2025-06-01')],
      ...signing,
      missing: ['lowBmd'],
    },
  ],
});

const outcomeOf = (resources: readonly Resource[], id = 'diabetes-bone-risk'): unknown =>
  decide('bone-heart-patient-view', recordOf(resources), contextOf(), guideline, TODAY).judgements.find(
    ({ active }) => active.recommendation.id === id,
  )?.finding;

test('the screening scan is left to dxa-screening-due', () => {
  expect(outcomeOf([elder, type2], 'dxa-screening-due')).toMatchObject({ outcome: 'recommend' });
  expect(outcomeOf([elder, type2])).toMatchObject({ outcome: 'notApplicable' });
});

test('a man, whom dxa-screening-due leaves alone by default, is asked here', () => {
  expect(outcomeOf([patient(70, man), type2])).toMatchObject({ outcome: 'recommend', variant: 'noScan' });
});

test('with untreated osteoporosis the treatment gap speaks, not the T-score in diabetes', () => {
  const record = [elder, type2, tScore(-2.2), osteoporosis()];
  expect(outcomeOf(record, 'fracture-osteoporosis-treatment-gap')).toMatchObject({ outcome: 'recommend' });
  expect(outcomeOf(record)).toMatchObject({ outcome: 'notApplicable' });
});
