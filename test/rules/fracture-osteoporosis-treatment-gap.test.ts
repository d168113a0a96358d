import { fractureOsteoporosisTreatmentGap } from '../../src/rules/fracture-osteoporosis-treatment-gap.ts';
import type { Resource } from '../../src/facts/record.ts';
import {
  calcium,
  clinicalStatus,
  coded,
  condition,
  drug,
  eGfr,
  lab,
  man,
  order,
  osteopenia,
  osteoporosis,
  patient,
  policyOf,
  procedure,
  pth,
  report,
  statement,
  tScore,
  verificationStatus,
  vitaminD,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

const woman = patient(66);
const fracture = (code: string, onsetDateTime?: string, extra = {}): Resource =>
  condition('icd10cm', code, { ...(onsetDateTime === undefined ? {} : { onsetDateTime }), ...extra });
const hip = fracture('S72.001A', '2025-10-01');
const scan = (date: string): Resource => report(coded('loinc', '38268-9'), date);
const referral = (extra = {}): Resource => order(coded('snomed', '306278007'), extra);
const stopped = (text: string, authoredOn: string, extra = {}): Resource =>
  drug(text, { status: 'stopped', authoredOn, ...extra });
const denosumab = (authoredOn: string, extra = {}): Resource =>
  stopped('1 ML denosumab 60 MG/ML Prefilled Syringe', authoredOn, extra);
const zoledronate = (authoredOn: string): Resource =>
  drug('zoledronic acid 5 MG/100 ML Injection', { status: 'completed', authoredOn });
const labs = [
  vitaminD(32),
  calcium(9.4),
  lab('2160-0', 0.8, 'mg/dL', '2025-12-01'),
  lab('6768-6', 70, 'U/L', '2025-12-01'),
  lab('3016-3', 1.8, 'm[IU]/L', '2025-12-01'),
  pth(40),
];
const allLabs = ['vitaminD', 'calcium', 'creatinine', 'alkalinePhosphatase', 'tsh', 'pth'];

describeRule(fractureOsteoporosisTreatmentGap, {
  recommends: [
    {
      name: 'hip fracture S72.001A at 66, no drug',
      record: [woman, hip],
      variant: 'fracture',
      says: ['Hip fracture 2025-10-01 and no osteoporosis evaluation or therapy on file.'],
      suggests: ['dxa', 'boneHealth', ...allLabs, 'dietitian'],
    },
    {
      name: 'the same at discharge, on the day of the fracture',
      record: [woman, fracture('S72.001A', '2026-01-15')],
      hook: 'encounter-discharge',
      variant: 'fracture',
    },
    {
      name: 'hip fracture 24 months ago to the day',
      record: [woman, fracture('S72.001A', '2024-01-15')],
      variant: 'fracture',
    },
    {
      name: 'only a recorded date: the card says so',
      record: [woman, fracture('S72.001A', undefined, { recordedDate: '2025-10-02' })],
      variant: 'fracture',
      says: ['Hip fracture recorded on 2025-10-02'],
    },
    {
      name: 'age 50 and a hip fracture: mechanism unknown',
      record: [patient(50), fracture('S72.001A', '2026-01-15')],
      variant: 'fracture',
    },
    {
      name: 'a man of 69 is asked for testosterone as well',
      record: [patient(69, man), hip],
      variant: 'fracture',
      suggests: ['dxa', 'boneHealth', ...allLabs, 'testosterone', 'dietitian'],
    },
    {
      name: 'a man of 70 is not',
      record: [patient(70, man), hip],
      variant: 'fracture',
      suggests: ['dxa', 'boneHealth', ...allLabs, 'dietitian'],
    },
    {
      name: 'vertebral fracture, a man of 70',
      record: [patient(70, man), fracture('S32.010A', '2025-06-01')],
      variant: 'fracture',
      says: ['Vertebral fracture 2025-06-01'],
    },
    {
      name: 'osteoporotic fracture of another site is a warning as well',
      record: [woman, condition('snomed', '704335006', { onsetDateTime: '2025-06-01' })],
      variant: 'fracture',
      says: ['Fragility fracture 2025-06-01'],
    },
    {
      name: 'hip before a newer fracture of another site',
      record: [woman, hip, condition('snomed', '704335006', { onsetDateTime: '2025-12-01' })],
      variant: 'fracture',
      says: ['Hip fracture 2025-10-01'],
    },
    {
      name: 'resolved fracture still counts',
      record: [woman, fracture('S72.001A', '2025-03-01', clinicalStatus('resolved'))],
      variant: 'fracture',
    },
    {
      name: 'hip fracture with a scan but no referral',
      record: [woman, hip, scan('2025-11-01')],
      variant: 'fracturePartlyEvaluated',
      says: ['no osteoporosis therapy on file, evaluation incomplete'],
      suggests: ['boneHealth', ...allLabs, 'dietitian'],
    },
    {
      name: 'hip fracture with a referral but no scan',
      record: [woman, hip, referral()],
      variant: 'fracturePartlyEvaluated',
      suggests: ['dxa', ...allLabs, 'dietitian'],
    },
    {
      name: 'scan one day older than 60 months does not count, even with a referral',
      record: [woman, hip, scan('2021-01-14'), referral()],
      variant: 'fracturePartlyEvaluated',
      suggests: ['dxa', ...allLabs, 'dietitian'],
    },
    {
      name: 'a referral to a cardiologist is none',
      record: [woman, hip, order(coded('snomed', '308471005'))],
      variant: 'fracture',
    },
    {
      name: 'a referral 13 months ago is none',
      record: [woman, hip, scan('2025-11-01'), referral({ authoredOn: '2025-01-14' })],
      variant: 'fracturePartlyEvaluated',
    },
    {
      name: 'scan ordered: not suggested again; laboratory tests current',
      record: [woman, hip, order(coded('loinc', '38268-9')), ...labs],
      variant: 'fracture',
      suggests: ['boneHealth', 'dietitian'],
    },
    {
      name: 'laboratory tests and dietitian ordered: not suggested again',
      record: [
        woman,
        hip,
        order(coded('loinc', '62292-8')),
        order(coded('loinc', '17861-6')),
        order(coded('loinc', '2160-0')),
        order(coded('loinc', '2731-8')),
        order(coded('loinc', '6768-6')),
        order(coded('loinc', '3016-3')),
        order(coded('snomed', '103699006')),
      ],
      variant: 'fracture',
      suggests: ['dxa', 'boneHealth'],
    },
    {
      name: 'laboratory tests 24 months ago to the day are current',
      record: [
        woman,
        hip,
        vitaminD(32, '2024-01-15'),
        calcium(9.4, '2024-01-15'),
        eGfr(80, '2024-01-15'),
        lab('6768-6', 70, 'U/L', '2024-01-15'),
        lab('3016-3', 1.8, 'm[IU]/L', '2024-01-15'),
        pth(40, '2024-01-15'),
      ],
      variant: 'fracture',
      suggests: ['dxa', 'boneHealth', 'dietitian'],
    },
    {
      name: 'laboratory tests one day older are due',
      record: [woman, hip, vitaminD(32, '2024-01-14'), calcium(9.4, '2024-01-14'), pth(40, '2024-01-14')],
      variant: 'fracture',
      suggests: ['dxa', 'boneHealth', ...allLabs, 'dietitian'],
    },
    {
      name: 'high calcium: no dietitian',
      record: [woman, hip, calcium(10.9)],
      variant: 'fracture',
      suggests: ['dxa', 'boneHealth', ...allLabs.filter((name) => name !== 'calcium')],
    },
    {
      name: 'calcium high only after correction for albumin',
      record: [woman, hip, calcium(10.2), lab('1751-7', 3.0, 'g/dL', '2025-12-01')],
      variant: 'fracture',
      suggests: ['dxa', 'boneHealth', ...allLabs.filter((name) => name !== 'calcium')],
    },
    {
      name: 'calcium high in mmol/L, corrected for albumin',
      record: [
        woman,
        hip,
        lab('2000-8', 2.6, 'mmol/L', '2025-12-01'),
        lab('1751-7', 30, 'g/L', '2025-12-01'),
      ],
      variant: 'fracture',
    },
    {
      name: 'eGFR 29.9: specialist first',
      record: [woman, hip, eGfr(29.9)],
      variant: 'fracture',
    },
    { name: 'eGFR 30: no such text', record: [woman, hip, eGfr(30)], variant: 'fracture' },
    {
      name: 'stage 4 on the problem list without an eGFR: specialist first',
      record: [woman, hip, condition('icd10cm', 'N18.4')],
      variant: 'fracture',
    },
    {
      name: 'active malignancy: oncology plan',
      record: [woman, hip, condition('icd10cm', 'C50.911')],
      variant: 'fracture',
    },
    {
      name: 'anticonvulsant and proton pump inhibitor are named',
      record: [woman, hip, drug('Phenytoin 100 MG Oral Capsule'), drug('Omeprazole 20 MG Oral Capsule')],
      variant: 'fracture',
    },
    {
      name: 'bisphosphonate stopped 36 months ago to the day: information',
      record: [woman, hip, stopped('Alendronate 70 MG', '2023-01-15')],
      variant: 'fractureAfterBisphosphonate',
      says: ['bisphosphonate ended (2023-01-15)'],
    },
    {
      name: 'bisphosphonate with a stated end within 36 months',
      record: [
        woman,
        hip,
        statement('risedronate 35 mg', {
          status: 'completed',
          effectivePeriod: { start: '2016-01-01', end: '2024-06-30' },
        }),
      ],
      variant: 'fractureAfterBisphosphonate',
      says: ['(2024-06-30)'],
    },
    {
      name: 'bisphosphonate whose supply ended within 36 months',
      record: [
        woman,
        hip,
        drug('Alendronate 70 MG', {
          status: 'completed',
          authoredOn: '2022-12-01',
          dispenseRequest: { expectedSupplyDuration: { value: 90, unit: 'days', code: 'd' } },
        }),
      ],
      variant: 'fractureAfterBisphosphonate',
      says: ['(2023-03-01)'],
    },
    {
      name: 'bisphosphonate stopped one day earlier: warning',
      record: [woman, hip, stopped('Alendronate 70 MG', '2023-01-14')],
      variant: 'fracture',
    },
    {
      name: 'bisphosphonate stopped without a date is no proof of a pause: warning',
      record: [woman, hip, statement('alendronate 70 mg', { status: 'stopped' })],
      variant: 'fracture',
    },
    {
      name: 'zoledronic acid 18 months and a day ago: information',
      record: [woman, hip, zoledronate('2024-07-14')],
      variant: 'fractureAfterBisphosphonate',
    },
    {
      name: 'statement of a drug not taken is no therapy',
      record: [
        woman,
        hip,
        statement('alendronate 70 mg', { status: 'not-taken', effectiveDateTime: '2025-12-01' }),
      ],
      variant: 'fracture',
    },
    {
      name: 'T-score exactly -2.5',
      record: [woman, tScore(-2.5)],
      variant: 'tScore',
      says: ['T-score -2.5: no osteoporosis therapy or review on file.'],
      suggests: ['boneHealth', ...allLabs, 'dietitian'],
    },
    {
      name: 'T-score -2.6 from 2015 counts at any date; the scan is due',
      record: [patient(70), tScore(-2.6, '2015-03-01')],
      variant: 'tScore',
      suggests: ['dxa', 'boneHealth', ...allLabs, 'dietitian'],
    },
    { name: 'extreme T-score asks to confirm it', record: [woman, tScore(-6.1)], variant: 'tScore' },
    {
      name: 'T-score from 2015 and a referral',
      record: [patient(70), tScore(-2.6, '2015-03-01'), referral()],
      variant: 'tScorePartlyEvaluated',
    },
    {
      name: 'T-score -2.6 and the referrals could not be read: does not claim that none exists',
      record: [patient(70), tScore(-2.6, '2015-03-01')],
      unknown: { serviceRequests: 'failed' },
      variant: 'tScorePartlyEvaluated',
    },
    {
      name: 'osteoporosis on the problem list, never scanned',
      record: [woman, osteoporosis()],
      variant: 'diagnosis',
      says: ['Osteoporosis on the problem list'],
      suggests: ['dxa', 'boneHealth', ...allLabs, 'dietitian'],
    },
    {
      name: 'osteoporosis on the problem list stands with a T-score of -1.8',
      record: [woman, osteoporosis(), tScore(-1.8)],
      variant: 'diagnosis',
    },
    {
      name: 'osteoporosis on the problem list with a referral, never scanned',
      record: [woman, osteoporosis(), referral()],
      variant: 'diagnosisPartlyEvaluated',
    },
    {
      name: 'a scan without a date and no referral',
      record: [woman, osteoporosis(), procedure(coded('loinc', '38268-9'))],
      variant: 'diagnosis',
      suggests: ['boneHealth', ...allLabs, 'dietitian'],
    },
    {
      name: 'undated hip fracture with osteoporosis on the problem list: information',
      record: [woman, fracture('S72.001D', undefined, { recordedDate: '2026-01-15' }), osteoporosis()],
      variant: 'diagnosis',
    },
    {
      name: 'hip fracture 24 months and a day ago with osteoporosis on the problem list: information',
      record: [woman, fracture('S72.001A', '2024-01-14'), osteoporosis()],
      variant: 'diagnosis',
    },
    {
      name: 'earlier therapy that ended long ago is named',
      record: [woman, osteoporosis(), stopped('teriparatide 20 mcg', '2018-05-01')],
      variant: 'diagnosis',
    },
    {
      name: 'denosumab last order 8 months ago, stopped',
      record: [woman, denosumab('2025-05-15')],
      variant: 'denosumabGap',
      says: ['last order found 2025-05-15, no follow-on drug'],
    },
    {
      name: 'denosumab gap before a hip fracture',
      record: [woman, hip, denosumab('2025-05-15')],
      variant: 'denosumabGap',
    },
    {
      name: 'denosumab 7 months and a day ago',
      record: [woman, denosumab('2025-06-14')],
      variant: 'denosumabGap',
    },
    {
      name: 'denosumab 36 months ago to the day',
      record: [woman, denosumab('2023-01-15')],
      variant: 'denosumabGap',
    },
    {
      name: 'denosumab whose strength cannot be read counts as 60 mg',
      record: [woman, stopped('denosumab', '2025-05-15')],
      variant: 'denosumabGap',
    },
    {
      name: 'denosumab gap although scan and referral are on file: the delay itself is the hazard',
      record: [woman, denosumab('2025-05-15'), scan('2024-11-01'), referral()],
      variant: 'denosumabGap',
    },
    {
      name: 'denosumab gap after osteonecrosis of the jaw: specialist',
      record: [woman, denosumab('2025-05-15'), condition('icd10cm', 'M87.180')],
      variant: 'denosumabGap',
    },
    {
      name: 'alendronate before denosumab is no follow-on drug',
      record: [woman, denosumab('2025-05-15'), stopped('Alendronate 70 MG', '2020-05-15')],
      variant: 'denosumabGap',
    },
    {
      name: 'the article preset changes nothing here',
      record: [woman, hip],
      policy: policyOf({ preset: 'article' }),
      variant: 'fracture',
    },
  ],
  doesNotApply: [
    { name: 'T-score -2.49 without fracture or diagnosis', record: [woman, tScore(-2.49)] },
    { name: 'osteopenia only', record: [woman, osteopenia(), tScore(-1.8)] },
    { name: 'nothing on file', record: [woman] },
    { name: 'age 49 with osteoporosis', record: [patient(49), osteoporosis()] },
    { name: 'age 49 with a hip fracture', record: [patient(49), hip] },
    { name: 'hip fracture 24 months and a day ago', record: [woman, fracture('S72.001A', '2024-01-14')] },
    {
      name: 'hip fracture refuted',
      record: [woman, fracture('S72.001A', '2025-10-01', verificationStatus('refuted'))],
    },
    {
      name: 'hip fracture in a fall from a building on the same day',
      record: [woman, hip, fracture('W13.0XXA', '2025-10-01')],
    },
    { name: 'wrist fracture S52 is no fragility code', record: [woman, fracture('S52.501A', '2025-10-01')] },
    {
      name: 'alendronate active from 3 years ago',
      record: [woman, hip, drug('Alendronate 70 MG', { authoredOn: '2023-01-10' })],
    },
    { name: 'alendronate as a statement', record: [woman, hip, statement('alendronate 70 mg')] },
    {
      name: 'long-term bisphosphonate by ICD-10-CM code only',
      record: [woman, hip, condition('icd10cm', 'Z79.83')],
    },
    { name: 'teriparatide', record: [woman, hip, drug('teriparatide 20 mcg')] },
    { name: 'raloxifene', record: [woman, hip, drug('Raloxifene 60 MG')] },
    { name: 'zoledronic acid 18 months ago to the day', record: [woman, hip, zoledronate('2024-07-15')] },
    { name: 'denosumab 7 months ago to the day', record: [woman, hip, denosumab('2025-06-15')] },
    {
      name: 'denosumab 120 mg a month ago is therapy',
      record: [woman, hip, stopped('Xgeva 120 MG', '2025-12-15')],
    },
    {
      name: 'denosumab 120 mg stopped 8 months ago is no 60 mg gap',
      record: [woman, stopped('Xgeva 120 MG', '2025-05-15')],
    },
    { name: 'denosumab 36 months and a day ago', record: [woman, denosumab('2023-01-14')] },
    { name: 'denosumab request active', record: [woman, denosumab('2025-05-15', { status: 'active' })] },
    {
      name: 'denosumab 8 months ago, alendronate now',
      record: [woman, denosumab('2025-05-15'), drug('Alendronate 70 MG')],
    },
    {
      name: 'denosumab 30 months ago, followed by alendronate that has ended',
      record: [woman, denosumab('2023-07-15'), stopped('Alendronate 70 MG', '2024-01-15')],
    },
    {
      name: 'scan 60 months ago to the day and a referral 12 months ago to the day',
      record: [woman, hip, scan('2021-01-15'), referral({ authoredOn: '2025-01-15', status: 'completed' })],
    },
    {
      name: 'scan and fracture liaison referral by text',
      record: [woman, hip, scan('2025-11-01'), order({ text: 'Fracture liaison service' })],
    },
    {
      name: 'atypical femoral fracture on record',
      record: [woman, osteoporosis(), fracture('M84.750A', '2019-05-01')],
    },
    {
      name: 'drug-related osteonecrosis of the jaw on record',
      record: [woman, osteoporosis(), condition('icd10cm', 'M87.180', clinicalStatus('resolved'))],
    },
    {
      name: 'on therapy settles it although the scans are unknown',
      record: [woman, hip, drug('Alendronate 70 MG')],
      unknown: { bone: 'failed', reports: 'failed' },
    },
  ],
  lacksData: [
    {
      name: 'S72.001D recorded today without onset is not dated',
      record: [woman, fracture('S72.001D', undefined, { recordedDate: '2026-01-15' })],
      missing: ['fractures'],
    },
    {
      name: 'history of an osteoporotic fracture is not dated by its recording',
      record: [woman, condition('icd10cm', 'Z87.310', { recordedDate: '2026-01-10' })],
      missing: ['fractures'],
    },
    {
      name: 'fracture in 2024: before or after the limit',
      record: [woman, fracture('S72.001A', '2024')],
      missing: ['fractures'],
    },
    {
      name: 'medication lists not obtained',
      record: [woman, hip],
      unknown: { medicationRequests: 'failed', medicationStatements: 'failed' },
      missing: ['osteoporosisTherapy', 'zoledronicAcidHistory', 'denosumabHistory'],
    },
    {
      name: 'medication list cut off',
      record: [woman, hip, denosumab('2025-05-15')],
      incomplete: { medicationRequests: 'truncated' },
      missing: ['osteoporosisTherapy', 'zoledronicAcidHistory'],
    },
    {
      name: 'alendronate on hold',
      record: [woman, hip, drug('Alendronate 70 MG', { status: 'on-hold' })],
      missing: ['osteoporosisTherapy'],
    },
    {
      name: 'denosumab stopped without a date',
      record: [woman, hip, statement('denosumab 60 mg', { status: 'stopped' })],
      missing: ['denosumabHistory'],
    },
    {
      name: 'denosumab in 2025: perhaps within 7 months',
      record: [woman, hip, denosumab('2025')],
      missing: ['denosumabHistory'],
    },
    {
      name: 'denosumab in 2023: perhaps longer ago than a gap is worth saying',
      record: [woman, denosumab('2023')],
      missing: ['denosumabHistory'],
    },
    {
      name: 'denosumab 8 months ago and an undated alendronate that may have followed',
      record: [woman, denosumab('2025-05-15'), statement('alendronate 70 mg', { status: 'stopped' })],
      missing: ['denosumabHistory'],
    },
    {
      name: 'problem list not obtained',
      record: [woman],
      unknown: { conditions: 'failed' },
      missing: [
        'osteoporosisTherapyCoded',
        'fractures',
        'osteoporosis',
        'atypicalFracture',
        'osteonecrosisJaw',
      ],
    },
    {
      name: 'T-scores not obtained',
      record: [woman],
      unknown: { bone: 'timed-out' },
      missing: ['lowestT'],
    },
    {
      name: 'hip fracture with a referral; the scans are unknown',
      record: [woman, hip, referral()],
      unknown: { reports: 'failed' },
      missing: ['dxaDone'],
    },
    {
      name: 'hip fracture with a referral and an old scan; the reports are cut off',
      record: [woman, hip, referral(), scan('2019-01-01')],
      incomplete: { reports: 'truncated' },
      missing: ['dxaDone'],
    },
    {
      name: 'hip fracture with a scan; the referrals are unknown',
      record: [woman, hip, scan('2025-11-01')],
      unknown: { serviceRequests: 'not-permitted' },
      missing: ['boneReferral'],
    },
    {
      name: 'scan dated 2021 only, with a referral: before or after the limit',
      record: [woman, hip, scan('2021'), referral()],
      missing: ['dxaDone'],
    },
    {
      name: 'T-score without its minus sign',
      record: [woman, tScore(2.7, '2025-06-01', 'hip', { interpretation: [{ text: 'osteoporosis' }] })],
      missing: ['lowestT'],
    },
    {
      name: 'T-score in g/cm2 is not read',
      record: [
        woman,
        tScore(-2.7, '2025-06-01', 'hip', {
          valueQuantity: { value: 0.7, unit: 'g/cm2', code: 'g/cm2', system: 'http://unitsofmeasure.org' },
        }),
      ],
      missing: ['lowestT'],
    },
    {
      name: 'birth year 1976: 49 or 50',
      record: [patient(50, { birthDate: '1976' }), osteoporosis()],
      missing: ['age'],
    },
  ],
});
