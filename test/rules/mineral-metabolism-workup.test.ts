import { describe, expect, test } from '@jest/globals';
import { decide } from '../../src/decide.ts';
import type { Resource } from '../../src/facts/record.ts';
import { mineralMetabolismWorkup } from '../../src/rules/mineral-metabolism-workup.ts';
import {
  calcium,
  coded,
  condition,
  contextOf,
  drug,
  eGfr,
  guideline,
  lab,
  man,
  order,
  osteopenia,
  osteoporosis,
  patient,
  pth,
  quantity,
  recordOf,
  TODAY,
  tScore,
  vitaminD,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

const woman = patient(66);
const LATE = '2025-12-01';
const range = (
  low: number | undefined,
  high: number | undefined,
  unit: string,
): Readonly<Record<string, unknown>> => ({
  referenceRange: [
    {
      ...(low === undefined ? {} : { low: { value: low, unit } }),
      ...(high === undefined ? {} : { high: { value: high, unit } }),
    },
  ],
});
const ionised = (value: number, date = LATE, extra = {}): Resource =>
  lab('1995-0', value, 'mmol/L', date, extra);
const albumin = (value: number, date = LATE, unit = 'g/dL'): Resource => lab('1751-7', value, unit, date);
const creatinine = (value: number, date = LATE): Resource => lab('2160-0', value, 'mg/dL', date);
const phosphate = lab('2777-1', 3.1, 'mg/dL', LATE);
const alkalinePhosphatase = lab('6768-6', 70, 'U/L', LATE);
const tsh = (date = LATE): Resource => lab('3016-3', 1.8, 'm[IU]/L', date);
const testosterone = lab('2986-8', 420, 'ng/dL', LATE);
const endocrinology = (extra = {}): Resource => order(coded('snomed', '306278007'), extra);
const hyperparathyroidism = condition('snomed', '36348003');
const ordered = (loinc: string): Resource => order(coded('loinc', loinc));
const hip = condition('icd10cm', 'S72.001A', { onsetDateTime: '2019-10-01' });
const draftDrug = { ...drug('Alendronic acid 70 MG Oral Tablet'), id: 'draft-1', status: 'draft' };
const draftScan = { ...order(coded('loinc', '38268-9')), id: 'draft-2', status: 'draft' };
const atSigning = { hook: 'order-sign', drafts: [draftDrug] } as const;

/** All basic tests but one, so that a case is about that one. */
const basics: Readonly<Record<string, Resource>> = {
  vitaminD: vitaminD(32),
  calcium: calcium(9.4),
  creatinine: creatinine(0.8),
  alkalinePhosphatase,
  tsh: tsh(),
  pth: pth(40),
};
const without = (...names: readonly string[]): readonly Resource[] =>
  Object.entries(basics)
    .filter(([name]) => !names.includes(name))
    .map(([, resource]) => resource);
const alendronate = drug('Alendronic acid 70 MG Oral Tablet');

/** The work-up of a high calcium with nothing else on file. */
const workup = [
  'repeatCalcium',
  'albumin',
  'earlyPth',
  'earlyCreatinine',
  'earlyVitaminD',
  'phosphate',
  'earlyAlkalinePhosphatase',
];
const supporting = workup.filter((key) => key !== 'earlyPth');
const urgent = ['urgentCalcium', 'urgentAlbumin', 'earlyPth', 'urgentCreatinine', ...workup.slice(4)];

describeRule(mineralMetabolismWorkup, {
  recommends: [
    // A: high calcium without PTH
    {
      name: 'calcium 10.6 mg/dL, no PTH: work-up',
      record: [woman, calcium(10.6)],
      variant: 'noPth',
      says: ['High calcium on 2025-12-01 with no PTH on file. Check PTH, repeat calcium.'],
      suggests: workup,
    },
    { name: 'calcium 2.63 mmol/L', record: [woman, calcium(2.63, LATE, 'mmol/L')], variant: 'noPth' },
    {
      name: 'calcium above 10.5 as a bound',
      record: [woman, lab('17861-6', 0, 'mg/dL', LATE, quantity('>', 10.5, 'mg/dL'))],
      variant: 'noPth',
    },
    { name: 'ionised calcium 1.34 mmol/L', record: [woman, ionised(1.34)], variant: 'noPth' },
    {
      name: 'calcium 10.4 above the upper limit of its own report, 10.2',
      record: [woman, lab('17861-6', 10.4, 'mg/dL', LATE, range(8.6, 10.2, 'mg/dL'))],
      variant: 'noPth',
    },
    {
      name: 'calcium 9.9 with albumin 3.0: 10.7 when corrected',
      record: [woman, calcium(9.9), albumin(3)],
      variant: 'noPth',
    },
    {
      name: 'corrected calcium in CKD stage 4: ionised calcium is advised',
      record: [woman, calcium(9.9), albumin(3), eGfr(29)],
      variant: 'noPth',
    },
    {
      name: 'corrected calcium with eGFR 30: no such advice',
      record: [woman, calcium(9.9), albumin(3), eGfr(30)],
      variant: 'noPth',
    },
    {
      name: 'high calcium 12 months ago to the day',
      record: [woman, calcium(10.6, '2025-01-15')],
      variant: 'noPth',
    },
    { name: 'a man of 40', record: [patient(40, man), calcium(10.6)], variant: 'noPth' },
    {
      name: 'PTH six months and a day after the calcium is not near',
      record: [woman, calcium(10.6, '2025-06-01'), pth(70, '2025-12-02')],
      variant: 'noPthNear',
      says: ['High calcium on 2025-06-01, no PTH within 6 months of it.'],
      suggests: workup,
    },
    {
      name: 'PTH six months and a day before the calcium is not near',
      record: [woman, calcium(10.6, '2025-06-01'), pth(70, '2024-11-30')],
      variant: 'noPthNear',
    },
    {
      name: 'PTH ordered, calcium not: the rest of the work-up',
      record: [woman, calcium(10.6), ordered('2731-8')],
      variant: 'noPth',
      suggests: supporting,
    },
    {
      name: 'calcium ordered, PTH not',
      record: [woman, calcium(10.6), ordered('17861-6')],
      variant: 'noPth',
      suggests: workup.slice(2),
    },
    {
      name: 'supporting tests on file near the calcium are not asked for again',
      record: [woman, calcium(10.6), vitaminD(30), creatinine(0.9), phosphate, alkalinePhosphatase],
      variant: 'noPth',
      suggests: ['repeatCalcium', 'albumin', 'earlyPth'],
    },
    {
      name: 'supporting tests ordered are not asked for again',
      record: [woman, calcium(10.6), ...['62292-8', '2160-0', '2777-1', '6768-6'].map(ordered)],
      variant: 'noPth',
      suggests: ['repeatCalcium', 'albumin', 'earlyPth'],
    },
    {
      name: 'supporting tests that could not be searched are not asked for',
      record: [woman, calcium(10.6), pth(70)],
      unknown: { kidney: 'failed' },
      variant: 'pthDependent',
      suggests: [
        'repeatCalcium',
        'albumin',
        'earlyVitaminD',
        'phosphate',
        'earlyAlkalinePhosphatase',
        'endocrinology',
      ],
    },
    {
      name: '25-OH vitamin D belongs to another card',
      record: [woman, calcium(10.6)],
      dropped: ['vitaminD'],
      variant: 'noPth',
      suggests: workup.filter((key) => key !== 'earlyVitaminD'),
    },
    {
      name: 'malignancy, thiazide, lithium and active vitamin D are named, not excluded',
      record: [
        woman,
        calcium(10.6),
        condition('icd10cm', 'C50.911'),
        drug('Hydrochlorothiazide 25 MG Oral Tablet'),
        drug('Lithium carbonate 300 MG Oral Capsule'),
        drug('Calcitriol 0.25 MCG Oral Capsule'),
      ],
      variant: 'noPth',
    },
    {
      name: 'high calcium before missing basic tests: both on one card',
      record: [woman, calcium(10.6), osteoporosis()],
      variant: 'noPth',
      suggests: [...workup, 'tsh'],
    },
    {
      name: 'high calcium and osteoporosis, the basic tests belong to another card',
      record: [woman, calcium(10.6), osteoporosis()],
      dropped: ['secondaryCauses'],
      variant: 'noPth',
      suggests: workup,
    },
    {
      name: 'calcium 14.0 four months ago: a warning, no emergency',
      record: [woman, calcium(14, '2025-09-15')],
      variant: 'noPth',
    },
    { name: 'calcium 14.0 31 days ago', record: [woman, calcium(14, '2025-12-15')], variant: 'noPth' },
    { name: 'calcium 13.9 yesterday', record: [woman, calcium(13.9, '2026-01-14')], variant: 'noPth' },
    {
      name: 'ionised calcium 1.74 yesterday',
      record: [woman, ionised(1.74, '2026-01-14')],
      variant: 'noPth',
    },
    {
      name: 'calcium 14.2 in December, day unknown: may be older than 30 days',
      record: [woman, calcium(14.2, '2025-12')],
      variant: 'noPth',
    },

    // A2, A3: what PTH says
    {
      name: 'calcium 10.6 with PTH 70 five months later: PTH-dependent pattern',
      record: [woman, calcium(10.6, '2025-03-01'), pth(70, '2025-08-01')],
      variant: 'pthDependent',
      says: ['High calcium with PTH 70 pg/mL: PTH-dependent cause likely, refer.'],
      suggests: [...supporting, 'endocrinology'],
    },
    {
      name: 'PTH six months before the calcium to the day counts',
      record: [woman, calcium(10.6, '2025-06-01'), pth(70, '2024-12-01')],
      variant: 'pthDependent',
    },
    {
      name: 'PTH six months after the calcium to the day counts',
      record: [woman, calcium(10.6, '2025-06-01'), pth(70, '2025-12-01')],
      variant: 'pthDependent',
    },
    { name: 'PTH 65 without a range', record: [woman, calcium(10.6), pth(65)], variant: 'pthDependent' },
    {
      name: 'PTH 6.9 pmol/L',
      record: [woman, calcium(10.6), pth(6.9, LATE, 'pmol/L')],
      variant: 'pthDependent',
    },
    {
      name: 'PTH 45 above the middle of its range 15-65',
      record: [woman, calcium(10.6), lab('2731-8', 45, 'pg/mL', LATE, range(15, 65, 'pg/mL'))],
      variant: 'pthDependent',
    },
    {
      name: 'PTH 80 above a range that has only an upper end',
      record: [woman, calcium(10.6), lab('2731-8', 80, 'pg/mL', LATE, range(undefined, 72, 'pg/mL'))],
      variant: 'pthDependent',
    },
    {
      name: 'PTH 64.9 without a range: not suppressed',
      record: [woman, calcium(10.6), pth(64.9)],
      variant: 'pthNotSuppressed',
    },
    {
      name: 'PTH 6.8 pmol/L',
      record: [woman, calcium(10.6), pth(6.8, LATE, 'pmol/L')],
      variant: 'pthNotSuppressed',
    },
    {
      name: 'calcium 10.6 with PTH 30: not suppressed',
      record: [woman, calcium(10.6), pth(30)],
      variant: 'pthNotSuppressed',
      says: ['High calcium with PTH 30 pg/mL: PTH-dependent cause possible, refer.'],
      suggests: [...supporting, 'endocrinology'],
    },
    {
      name: 'PTH 40 at the middle of its range 15-65',
      record: [woman, calcium(10.6), lab('2731-8', 40, 'pg/mL', LATE, range(15, 65, 'pg/mL'))],
      variant: 'pthNotSuppressed',
    },
    {
      name: 'PTH 70 below an upper end of 72, no lower end',
      record: [woman, calcium(10.6), lab('2731-8', 70, 'pg/mL', LATE, range(undefined, 72, 'pg/mL'))],
      variant: 'pthNotSuppressed',
    },
    {
      name: 'PTH 20 is not suppressed',
      record: [woman, calcium(10.6), pth(20)],
      variant: 'pthNotSuppressed',
    },
    {
      name: 'PTH 2.1 pmol/L is not suppressed',
      record: [woman, calcium(10.6), pth(2.1, LATE, 'pmol/L')],
      variant: 'pthNotSuppressed',
    },
    {
      name: 'the PTH nearest to the calcium counts, not the newest',
      record: [woman, calcium(10.6, '2025-06-01'), pth(12, '2025-06-03'), pth(70, '2025-10-01')],
      variant: 'pthSuppressed',
    },
    {
      name: 'calcium 10.6 with PTH 12: suppressed, another cause',
      record: [woman, calcium(10.6), pth(12)],
      variant: 'pthSuppressed',
      says: ['High calcium, PTH 12 pg/mL suppressed: look for another cause.'],
      suggests: supporting,
    },
    { name: 'PTH 19.9', record: [woman, calcium(10.6), pth(19.9)], variant: 'pthSuppressed' },
    {
      name: 'PTH 2.0 pmol/L',
      record: [woman, calcium(10.6), pth(2, LATE, 'pmol/L')],
      variant: 'pthSuppressed',
    },
    {
      name: 'PTH below 4 as a bound',
      record: [woman, calcium(10.6), lab('2731-8', 0, 'pg/mL', LATE, quantity('<', 4, 'pg/mL'))],
      variant: 'pthSuppressed',
    },
    {
      name: 'PTH 22 below its own range 25-80',
      record: [woman, calcium(10.6), lab('2731-8', 22, 'pg/mL', LATE, range(25, 80, 'pg/mL'))],
      variant: 'pthSuppressed',
    },
    {
      name: 'PTH 30 in a report that gives only a lower end',
      record: [woman, calcium(10.6), lab('2731-8', 30, 'pg/mL', LATE, range(15, undefined, 'pg/mL'))],
      variant: 'pthNotSuppressed',
    },
    {
      name: 'suppressed PTH is said even when PTH, calcium and endocrinology are ordered',
      record: [woman, calcium(10.6), pth(12), ordered('2731-8'), ordered('17861-6'), endocrinology()],
      variant: 'pthSuppressed',
      suggests: workup.slice(3),
    },
    {
      name: 'endocrinology referral 12 months and a day ago is no contact',
      record: [woman, calcium(10.6), pth(70), endocrinology({ authoredOn: '2025-01-14' })],
      variant: 'pthDependent',
    },
    {
      name: 'a referral to nephrology is no endocrinology contact',
      record: [woman, calcium(10.6), pth(70), order(coded('snomed', '306286007'))],
      variant: 'pthDependent',
    },

    // known hyperparathyroidism
    {
      name: 'known hyperparathyroidism, calcium 11.6, no endocrinology contact',
      record: [woman, hyperparathyroidism, calcium(11.6), pth(120)],
      variant: 'pthDependent',
    },
    {
      name: 'known hyperparathyroidism, calcium 2.88 mmol/L',
      record: [woman, hyperparathyroidism, calcium(2.88, LATE, 'mmol/L'), pth(120)],
      variant: 'pthDependent',
    },
    {
      name: 'known hyperparathyroidism, calcium 11.3 against its own limit 10.2',
      record: [
        woman,
        hyperparathyroidism,
        lab('17861-6', 11.3, 'mg/dL', LATE, range(8.6, 10.2, 'mg/dL')),
        pth(120),
      ],
      variant: 'pthDependent',
    },
    {
      name: 'hyperparathyroidism resolved: not known any more',
      record: [
        woman,
        condition('snomed', '36348003', { abatementDateTime: '2020-01-01' }),
        calcium(10.6),
        pth(70),
      ],
      variant: 'pthDependent',
    },

    // urgent
    {
      name: 'calcium 14.0 ten days ago: urgent',
      record: [woman, calcium(14, '2026-01-05')],
      variant: 'urgent',
      says: ['Calcium 14 mg/dL: urgent review.'],
      suggests: urgent,
    },
    {
      name: 'calcium 14.0 30 days ago to the day',
      record: [woman, calcium(14, '2025-12-16')],
      variant: 'urgent',
    },
    { name: 'calcium 3.5 mmol/L', record: [woman, calcium(3.5, '2026-01-05', 'mmol/L')], variant: 'urgent' },
    {
      name: 'ionised calcium 1.75 mmol/L',
      record: [woman, ionised(1.75, '2026-01-05')],
      variant: 'urgent',
      says: ['Calcium (ionised) 1.75 mmol/L: urgent review.'],
    },
    {
      name: 'calcium 13.4 with albumin 3.0: 14.2 when corrected',
      record: [woman, calcium(13.4, '2026-01-05'), albumin(3, '2026-01-05')],
      variant: 'urgentCorrected',
      says: ['Calcium 13.4 mg/dL, 14.2 mg/dL when corrected for albumin: urgent review.'],
    },
    {
      name: 'urgent although PTH and calcium are ordered: nothing of that is asked for again',
      record: [woman, calcium(14.2, '2026-01-05'), ordered('2731-8'), ordered('17861-6')],
      variant: 'urgent',
      suggests: ['urgentCreatinine', ...workup.slice(4)],
    },
    {
      name: 'urgent although hyperparathyroidism is known and endocrinology has been asked',
      record: [
        woman,
        hyperparathyroidism,
        calcium(14.2, '2026-01-05'),
        pth(150, '2026-01-05'),
        endocrinology(),
      ],
      variant: 'urgent',
      suggests: urgent.filter((key) => key !== 'earlyPth'),
    },
    {
      name: 'urgent although PTH could not be searched',
      record: [woman, calcium(14.2, '2026-01-05')],
      unknown: { bone: 'failed' },
      variant: 'urgent',
    },
    {
      name: 'urgent before signing a bone drug',
      record: [woman, calcium(14.2, '2026-01-05')],
      ...atSigning,
      variant: 'urgent',
      suggests: urgent,
    },
    {
      name: 'urgent before signing a bone density scan',
      record: [woman, calcium(14.2, '2026-01-05')],
      hook: 'order-sign',
      drafts: [draftScan],
      variant: 'urgent',
    },
    {
      name: 'urgent before signing at 18 years, the conditions could not be had',
      record: [patient(18), calcium(14.2, '2026-01-05')],
      ...atSigning,
      unknown: { conditions: 'failed', serviceRequests: 'not-asked' },
      variant: 'urgent',
    },
    {
      name: 'urgent at discharge; the basic tests are not spoken of there',
      record: [woman, calcium(14.2, '2026-01-05'), osteoporosis()],
      hook: 'encounter-discharge',
      variant: 'urgent',
      suggests: urgent,
    },

    // B: basic tests
    {
      name: 'osteoporosis without any basic test',
      record: [woman, osteoporosis()],
      variant: 'causes',
      says: [
        'Low bone density: secondary-cause labs not on file (25-OH vitamin D, calcium, creatinine, alkaline phosphatase, TSH, PTH).',
      ],
      suggests: ['vitaminD', 'calcium', 'creatinine', 'alkalinePhosphatase', 'tsh', 'pth'],
    },
    {
      name: 'a man of 69 is asked for testosterone as well, and the summary holds all seven',
      record: [patient(69, man), osteoporosis()],
      variant: 'causes',
      says: ['PTH, testosterone).'],
      suggests: ['vitaminD', 'calcium', 'creatinine', 'alkalinePhosphatase', 'tsh', 'pth', 'testosterone'],
    },
    {
      name: 'a man of 70 is not',
      record: [patient(70, man), osteoporosis()],
      variant: 'causes',
      suggests: ['vitaminD', 'calcium', 'creatinine', 'alkalinePhosphatase', 'tsh', 'pth'],
    },
    {
      name: 'a man of 60 with testosterone on file, TSH missing',
      record: [patient(60, man), osteoporosis(), ...without('tsh'), testosterone],
      variant: 'causes',
      suggests: ['tsh'],
    },
    {
      name: 'T-score -2.5: only the missing test is listed',
      record: [woman, tScore(-2.5), ...without('tsh')],
      variant: 'causes',
      says: ['(TSH)'],
      suggests: ['tsh'],
    },
    {
      name: 'extreme T-score',
      record: [woman, tScore(-6.2), ...without('tsh')],
      variant: 'causes',
    },
    {
      name: 'TSH 24 months and a day ago is not on file',
      record: [woman, osteoporosis(), ...without('tsh'), tsh('2024-01-14')],
      variant: 'causes',
      suggests: ['tsh'],
    },
    {
      name: 'fragility fracture without a T-score, treated or not: no PTH',
      record: [woman, hip],
      variant: 'causesAfterFracture',
      says: ['Fragility fracture: secondary-cause labs not on file'],
      suggests: ['vitaminD', 'calcium', 'creatinine', 'alkalinePhosphatase', 'tsh'],
    },
    {
      name: 'fracture at 55: mechanism unknown',
      record: [patient(55), condition('icd10cm', 'S72.001A', { onsetDateTime: '2025-10-01' })],
      variant: 'causesAfterFracture',
    },
    {
      name: 'fragility fracture without a date, contributing drugs named',
      record: [
        woman,
        condition('icd10cm', 'Z87.310'),
        drug('Phenytoin 100 MG Oral Capsule'),
        drug('Omeprazole 20 MG Oral Capsule'),
      ],
      variant: 'causesAfterFracture',
    },
    {
      name: 'osteoporosis on treatment, calcium and kidney normal: no PTH',
      record: [woman, osteoporosis(), alendronate, ...without('pth', 'tsh')],
      variant: 'causes',
      suggests: ['tsh'],
    },
    {
      name: 'zoledronic acid 18 months ago to the day is treatment: no PTH',
      record: [
        woman,
        osteoporosis(),
        drug('zoledronic acid 5 MG/100 ML', { status: 'completed', authoredOn: '2024-07-15' }),
        ...without('pth', 'tsh'),
      ],
      variant: 'causes',
      suggests: ['tsh'],
    },
    {
      name: 'zoledronic acid 18 months and a day ago is not: PTH',
      record: [
        woman,
        osteoporosis(),
        drug('zoledronic acid 5 MG/100 ML', { status: 'completed', authoredOn: '2024-07-14' }),
        ...without('pth', 'tsh'),
      ],
      variant: 'causes',
      suggests: ['tsh', 'pth'],
    },
    {
      name: 'denosumab 7 months and a day ago is no treatment: PTH',
      record: [
        woman,
        osteoporosis(),
        drug('denosumab 60 MG/ML', { status: 'stopped', authoredOn: '2025-06-14' }),
        ...without('pth', 'tsh'),
      ],
      variant: 'causes',
      suggests: ['tsh', 'pth'],
    },
    {
      name: 'eGFR 55 lists PTH, although treated',
      record: [woman, osteoporosis(), alendronate, ...without('pth'), eGfr(55)],
      variant: 'causes',
      suggests: ['pth'],
    },
    {
      name: 'low calcium lists PTH, although treated',
      record: [woman, osteoporosis(), alendronate, ...without('pth', 'calcium'), calcium(8.2), albumin(4.2)],
      variant: 'causes',
      suggests: ['pth'],
    },
    {
      name: 'high calcium with referral on file: the missing basic tests, calcium named',
      record: [
        woman,
        osteoporosis(),
        ...without('tsh', 'calcium', 'pth'),
        calcium(10.8),
        pth(80),
        endocrinology(),
      ],
      variant: 'causes',
      suggests: ['tsh'],
    },
    {
      name: 'a search for calcium that failed leaves the tests that are certainly missing',
      record: [woman, osteoporosis(), alendronate, ...without('tsh')],
      unknown: { calcium: 'failed' },
      variant: 'causes',
      suggests: ['tsh'],
    },
    {
      name: '25-OH vitamin D belongs to another card; the others remain',
      record: [woman, osteoporosis(), ...without('vitaminD', 'tsh')],
      dropped: ['vitaminD'],
      variant: 'causes',
      suggests: ['tsh'],
    },
    {
      name: 'the other tests belong to another card; 25-OH vitamin D remains',
      record: [woman, osteoporosis(), ...without('vitaminD', 'tsh')],
      dropped: ['secondaryLabs'],
      variant: 'causes',
      suggests: ['vitaminD'],
    },
  ],
  doesNotApply: [
    { name: 'calcium 10.5 mg/dL, the limit itself', record: [woman, calcium(10.5)] },
    { name: 'calcium 2.62 mmol/L', record: [woman, calcium(2.62, LATE, 'mmol/L')] },
    { name: 'ionised calcium 1.33 mmol/L', record: [woman, ionised(1.33)] },
    {
      name: 'calcium 10.8 inside the range of its own report',
      record: [woman, lab('17861-6', 10.8, 'mg/dL', LATE, range(8.8, 11, 'mg/dL'))],
    },
    {
      name: 'ionised calcium normal on the day of a high total one',
      record: [woman, calcium(10.8), ionised(1.25)],
    },
    { name: 'a newer calcium is normal', record: [woman, calcium(10.8, '2025-06-01'), calcium(9.8)] },
    { name: 'high calcium 12 months and a day ago', record: [woman, calcium(10.8, '2025-01-14')] },
    {
      name: 'calcium entered in error',
      record: [woman, lab('17861-6', 12, 'mg/dL', LATE, { status: 'entered-in-error' })],
    },
    { name: 'nothing on file, no bone disease', record: [woman] },
    {
      name: 'no PTH, but PTH and calcium are both ordered',
      record: [woman, calcium(10.6), ordered('2731-8'), ordered('17861-6')],
    },
    {
      name: 'PTH not suppressed and endocrinology asked 12 months ago to the day',
      record: [woman, calcium(10.6), pth(70), endocrinology({ authoredOn: '2025-01-15' })],
    },
    {
      name: 'endocrinology asked in words',
      record: [woman, calcium(10.6), pth(70), order({ text: 'Referral: Endocrinology clinic' })],
    },
    {
      name: 'known hyperparathyroidism, calcium 11.5',
      record: [woman, hyperparathyroidism, calcium(11.5), pth(120)],
    },
    {
      name: 'known hyperparathyroidism, calcium 2.87 mmol/L',
      record: [woman, hyperparathyroidism, calcium(2.87, LATE, 'mmol/L'), pth(120)],
    },
    {
      name: 'known hyperparathyroidism, calcium 11.2 against its own limit 10.2',
      record: [
        woman,
        hyperparathyroidism,
        lab('17861-6', 11.2, 'mg/dL', LATE, range(8.6, 10.2, 'mg/dL')),
        pth(120),
      ],
    },
    { name: 'known hyperparathyroidism, no PTH', record: [woman, hyperparathyroidism, calcium(10.8)] },
    {
      name: 'known hyperparathyroidism, PTH suppressed',
      record: [woman, hyperparathyroidism, calcium(10.8), pth(12)],
    },
    {
      name: 'known hyperparathyroidism, calcium 12.5, endocrinology asked',
      record: [woman, hyperparathyroidism, calcium(12.5), endocrinology()],
    },
    { name: 'before signing: calcium 13.9', record: [woman, calcium(13.9, '2026-01-14')], ...atSigning },
    {
      name: 'before signing: calcium 14.0 31 days ago',
      record: [woman, calcium(14, '2025-12-15')],
      ...atSigning,
    },
    {
      name: 'before signing: osteoporosis without basic tests is no reason to interrupt',
      record: [woman, osteoporosis()],
      ...atSigning,
    },
    {
      name: 'before signing another drug',
      record: [woman, calcium(14.2, '2026-01-05')],
      hook: 'order-sign',
      drafts: [{ ...drug('Atorvastatin 20 MG'), status: 'draft' }],
    },
    { name: 'before signing nothing', record: [woman, calcium(14.2, '2026-01-05')], hook: 'order-sign' },
    { name: 'before signing at 17 years', record: [patient(17), calcium(14.2, '2026-01-05')], ...atSigning },
    { name: 'at discharge: calcium 10.6', record: [woman, calcium(10.6)], hook: 'encounter-discharge' },
    { name: 'at discharge: no calcium', record: [woman, osteoporosis()], hook: 'encounter-discharge' },
    { name: 'osteopenia only: no basic tests', record: [woman, osteopenia()] },
    { name: 'T-score -2.4: no basic tests', record: [woman, tScore(-2.4)] },
    { name: 'osteoporosis, all basic tests on file', record: [woman, osteoporosis(), ...without()] },
    {
      name: 'TSH 24 months ago to the day',
      record: [woman, osteoporosis(), ...without('tsh'), tsh('2024-01-15')],
    },
    {
      name: 'denosumab 7 months ago to the day is treatment: PTH is not asked for',
      record: [
        woman,
        osteoporosis(),
        drug('denosumab 60 MG/ML', { status: 'completed', authoredOn: '2025-06-15' }),
        ...without('pth'),
      ],
    },
    {
      name: 'the missing test is ordered',
      record: [woman, osteoporosis(), ...without('tsh'), ordered('3016-3')],
    },
    {
      name: 'the missing test is pending',
      record: [
        woman,
        osteoporosis(),
        ...without('tsh'),
        lab('3016-3', 0, 'm[IU]/L', '2026-01-10', { status: 'registered', valueQuantity: undefined }),
      ],
    },
    { name: 'Paget disease: no basic tests', record: [woman, osteoporosis(), condition('icd10cm', 'M88.9')] },
    {
      name: 'another recommendation speaks for the basic tests',
      record: [woman, osteoporosis()],
      dropped: ['secondaryCauses'],
    },
    {
      name: 'all that is missing belongs to other cards',
      record: [woman, osteoporosis(), ...without('vitaminD', 'tsh')],
      dropped: ['vitaminD', 'secondaryLabs'],
    },
    {
      name: 'osteoporosis refuted',
      record: [
        woman,
        condition('snomed', '64859006', { verificationStatus: { coding: [{ code: 'refuted' }] } }),
      ],
    },
    {
      name: 'sex unknown: testosterone is not asked for',
      record: [patient(60, { gender: 'unknown' }), osteoporosis(), ...without()],
    },
  ],
  lacksData: [
    {
      name: 'calcium search failed, no bone disease',
      record: [woman],
      unknown: { calcium: 'failed' },
      missing: ['calcium'],
    },
    {
      name: 'newest calcium in a unit that cannot be read',
      record: [woman, calcium(10.8, '2025-06-01'), calcium(10, LATE, 'furlong')],
      missing: ['calcium'],
    },
    {
      name: 'calcium above 9 as a bound proves nothing',
      record: [woman, lab('17861-6', 0, 'mg/dL', LATE, quantity('>', 9, 'mg/dL'))],
      missing: ['calcium'],
    },
    {
      name: 'high calcium, PTH search failed',
      record: [woman, calcium(10.6)],
      unknown: { bone: 'failed' },
      missing: ['pth', 'lowestT'],
    },
    {
      name: 'high calcium, PTH search cut off',
      record: [woman, calcium(10.6)],
      incomplete: { bone: 'truncated' },
      missing: ['pth', 'lowestT'],
    },
    {
      name: 'high calcium, the only PTH cannot be read',
      record: [woman, calcium(10.6), pth(70, LATE, 'furlong')],
      missing: ['pth'],
    },
    {
      name: 'high calcium, PTH below 30 as a bound: suppressed or not',
      record: [woman, calcium(10.6), lab('2731-8', 0, 'pg/mL', LATE, quantity('<', 30, 'pg/mL'))],
      missing: ['pth'],
    },
    {
      name: 'high calcium in 2025, PTH in 2025: near or not',
      record: [woman, calcium(10.6, '2025-12-01'), pth(70, '2025')],
      missing: ['pth'],
    },
    {
      name: 'high calcium, problem list not available: hyperparathyroidism may be known',
      record: [woman, calcium(10.6)],
      unknown: { conditions: 'failed' },
      missing: ['hyperparathyroidism', 'osteoporosis', 'fractures', 'metabolicBoneOther'],
    },
    {
      name: 'high calcium and PTH, referrals not available',
      record: [woman, calcium(10.6), pth(70)],
      unknown: { serviceRequests: 'failed' },
      missing: ['endocrinologyReferral'],
    },
    {
      name: 'known hyperparathyroidism, calcium 12, referrals not available',
      record: [woman, hyperparathyroidism, calcium(12), pth(12)],
      unknown: { serviceRequests: 'failed' },
      missing: ['endocrinologyReferral'],
    },
    {
      name: 'high calcium without PTH, orders not available',
      record: [woman, calcium(10.6)],
      unknown: { serviceRequests: 'failed' },
      missing: ['pthOrdered'],
    },
    {
      name: 'high calcium without PTH, PTH ordered as a draft, the other orders not available',
      record: [woman, calcium(10.6)],
      unknown: { serviceRequests: 'failed' },
      drafts: [{ ...ordered('2731-8'), status: 'draft' }],
      missing: ['calciumOrdered'],
    },
    {
      name: 'before signing: calcium search failed',
      record: [woman],
      ...atSigning,
      unknown: { calcium: 'failed' },
      missing: ['calcium'],
    },
    {
      name: 'before signing: a draft that cannot be identified',
      record: [woman, calcium(14.2, '2026-01-05')],
      hook: 'order-sign',
      drafts: [{ resourceType: 'MedicationRequest', id: 'draft-3', status: 'draft' }],
      missing: ['boneDrugDrafts'],
    },
    {
      name: 'before signing: adult or not',
      record: [patient(18, { birthDate: '2008' }), calcium(14.2, '2026-01-05')],
      ...atSigning,
      missing: ['age'],
    },
    {
      name: 'at discharge: calcium search failed',
      record: [woman],
      hook: 'encounter-discharge',
      unknown: { calcium: 'timed-out' },
      missing: ['calcium'],
    },
    {
      name: 'adult or not, high calcium',
      record: [patient(18, { birthDate: '2008' }), calcium(10.6)],
      missing: ['age'],
    },
    {
      name: 'osteoporosis, only TSH open: its search failed',
      record: [woman, osteoporosis(), alendronate, ...without('vitaminD', 'pth')],
      unknown: { bone: 'failed' },
      missing: ['anyVitaminD', 'tsh'],
    },
    {
      name: 'osteoporosis, TSH cannot be read',
      record: [woman, osteoporosis(), ...without('tsh'), lab('3016-3', 2, 'furlong', LATE)],
      missing: ['tsh'],
    },
    {
      name: 'osteoporosis, TSH missing, orders not available',
      record: [woman, osteoporosis(), ...without('tsh')],
      unknown: { serviceRequests: 'failed' },
      missing: ['tshOrdered'],
    },
    {
      name: 'T-scores of a woman without any, scans not available',
      record: [woman, ...without('vitaminD', 'tsh', 'pth')],
      unknown: { bone: 'failed' },
      missing: ['lowestT', 'anyVitaminD', 'tsh'],
    },
  ],
});

describe('what the card says', () => {
  const detail = (resources: readonly Resource[]): string => {
    const { cards } = decide(
      'bone-heart-patient-view',
      recordOf([woman, ...resources]),
      contextOf(),
      guideline,
      TODAY,
    );
    return cards.find(({ source }) => source.topic?.code === 'mineral-metabolism-workup')?.detail ?? '';
  };

  test('the limit that was used and whose it is', () => {
    expect(detail([calcium(10.6)])).toContain('The report gives no upper limit; 10.5 mg/dL is used.');
    expect(detail([calcium(2.7, LATE, 'mmol/L')])).toContain('2.62 mmol/L is used.');
    expect(detail([calcium(5.4, LATE, 'meq/L')])).toContain('5.24 meq/L is used.');
    expect(detail([ionised(1.4, LATE, range(1.15, 1.32, 'mmol/L'))])).toContain(
      'Upper limit of that report: 1.32 mmol/L.',
    );
    expect(detail([ionised(1.4)])).toContain('Calcium (ionised) 1.4 mmol/L on 2025-12-01: high.');
  });

  test('PTH with the range of its report, or that fixed limits are used', () => {
    const reported = lab('2731-8', 50, 'pg/mL', LATE, range(15, 65, 'pg/mL'));
    expect(detail([calcium(10.6), reported])).toContain('Range of that report: 15-65 pg/mL.');
    expect(
      detail([calcium(10.6), lab('2731-8', 50, 'pg/mL', LATE, range(undefined, 65, 'pg/mL'))]),
    ).toContain('up to 65 pg/mL');
    expect(
      detail([calcium(10.6), lab('2731-8', 50, 'pg/mL', LATE, range(15, undefined, 'pg/mL'))]),
    ).toContain('from 15 pg/mL');
    expect(detail([calcium(10.6), pth(50)])).toContain('The report gives no range');
  });

  test('a corrected value is never rounded onto its limit', () => {
    expect(detail([calcium(10.49), albumin(3.98)])).toContain('10.51 mg/dL when corrected');
  });

  test('an inpatient or pregnant person gets the urgent card before signing, not in the chart', () => {
    const high = calcium(14.2, '2026-01-05');
    const pregnant = condition('snomed', '77386006', { onsetDateTime: '2025-12-01' });
    const record = recordOf([patient(40), pregnant, high]);
    const sign = decide('bone-heart-order-sign', record, contextOf([draftScan]), guideline, TODAY);
    expect(sign.cards.map(({ indicator }) => indicator)).toEqual(['critical']);
    expect(sign.cards[0]?.detail).toContain('before the scan or bone drug being signed');
    expect(decide('bone-heart-patient-view', record, contextOf(), guideline, TODAY).cards).toEqual([]);
  });

  test('one urgent card before signing, however many drafts', () => {
    const record = recordOf([woman, calcium(14.2, '2026-01-05'), eGfr(80)]);
    const { cards } = decide(
      'bone-heart-order-sign',
      record,
      contextOf([draftDrug, draftScan]),
      guideline,
      TODAY,
    );
    expect(cards.filter(({ source }) => source.topic?.code === 'mineral-metabolism-workup')).toHaveLength(1);
  });

  test('with high calcium no card of the answer speaks of vitamin D or calcium intake', () => {
    const low = [woman, vitaminD(15), eGfr(80)];
    const answer = (records: readonly Resource[]): string =>
      JSON.stringify(
        decide('bone-heart-patient-view', recordOf(records), contextOf(), guideline, TODAY).cards,
      );
    expect(answer([...low, calcium(9.4)])).toMatch(/Intake range/);
    const high = answer([...low, calcium(10.9), hip]);
    expect(high).toContain('mineral-metabolism-workup');
    expect(high).toContain('vitamin-d-low-result');
    expect(high).not.toMatch(/Intake range|Refer to dietitian|IU a day\. Recommended/);
  });
});
