import type { Resource } from '../../src/facts/record.ts';
import { bloodPressureBoneHeart } from '../../src/rules/blood-pressure-bone-heart.ts';
import {
  bloodPressure,
  clinicalStatus,
  condition,
  daily,
  drug,
  eGfr,
  lab,
  man,
  osteopenia,
  osteoporosis,
  patient,
  tScore,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

const woman = patient(66);
const porotic = tScore(-2.6);
const hypertension = condition('icd10cm', 'I10');
const falls = condition('icd10cm', 'R29.6');
const lisinopril = drug('lisinopril 10 MG Oral Tablet');

/** The same reading on two days, the newer one on `newest`; 2026-01-05 is ten days ago. */
const onTwoDays = (systolic: number, diastolic: number, newest = '2026-01-05'): Resource[] => [
  bloodPressure(systolic, diastolic, '2025-10-01'),
  bloodPressure(systolic, diastolic, newest),
];
const person = [woman, porotic];
const systolicOnly = (value: number, date: string): Resource => lab('8480-6', value, 'mm[Hg]', date);
const unreadable = (date: string): Resource => ({ ...bloodPressure(150, 90, date), status: 'unknown' });
const inEmergency = (reading: Resource): Resource => ({
  ...reading,
  encounter: { reference: 'Encounter/e1' },
});
const emergency: Resource = {
  resourceType: 'Encounter',
  id: 'e1',
  status: 'finished',
  class: { code: 'EMER' },
};

const REASONS: readonly { name: string; words: string; reason: Resource }[] = [
  {
    name: 'Fractures',
    words: 'a fragility fracture',
    reason: condition('icd10cm', 'S32.010A', { onsetDateTime: '2025-05-01' }),
  },
  {
    name: 'Glucocorticoid',
    words: 'long-term glucocorticoid',
    reason: drug('prednisone 5 MG Oral Tablet', { authoredOn: '2025-09-01', ...daily(5, 120) }),
  },
  { name: 'Ckd', words: 'chronic kidney disease', reason: condition('icd10cm', 'N18.31') },
  { name: 'Diabetes', words: 'diabetes', reason: condition('icd10cm', 'E11.9') },
];

describeRule(bloodPressureBoneHeart, {
  recommends: [
    {
      name: 'mean 130/79 on 2 days: systolic at the limit',
      record: [...person, ...onTwoDays(130, 79)],
      variant: 'raisedLowBmd',
      says: ['BP 130/79 (mean of 2 days) in a patient with low bone density: confirm and review.'],
      suggests: [],
    },
    {
      name: 'mean 129/80 on 2 days: diastolic at the limit',
      record: [...person, ...onTwoDays(129, 80)],
      variant: 'raisedLowBmd',
    },
    {
      name: 'mean 129.5 is rounded up, then compared',
      record: [...person, bloodPressure(129, 70, '2025-10-01'), bloodPressure(130, 70, '2025-11-01')],
      variant: 'raisedLowBmd',
      says: ['BP 130/70'],
    },
    { name: 'mean 139/89', record: [...person, ...onTwoDays(139, 89)], variant: 'raisedLowBmd' },
    {
      name: 'mean 140/70 is a warning',
      record: [...person, ...onTwoDays(140, 70)],
      variant: 'highLowBmd',
      says: ['BP 140/70 (mean of 2 days) in a patient with low bone density'],
    },
    { name: 'mean 120/90 is a warning', record: [...person, ...onTwoDays(120, 90)], variant: 'highLowBmd' },
    {
      name: 'reported in kPa: 18.0/9.0 is 135/68',
      record: [
        ...person,
        ...['2025-10-01', '2025-11-01'].flatMap((date) => [
          lab('8480-6', 18, 'kPa', date),
          lab('8462-4', 9, 'kPa', date),
        ]),
      ],
      variant: 'raisedLowBmd',
      says: ['BP 135/68'],
    },
    {
      name: 'the mean of the last three of four days',
      record: [
        ...person,
        ...['2025-09-01', '2025-10-01', '2025-11-01'].map((date) => bloodPressure(142, 85, date)),
        bloodPressure(100, 60, '2025-03-01'),
      ],
      variant: 'highLowBmd',
      says: ['BP 142/85 (mean of 3 days)'],
    },
    {
      name: '180/90 yesterday, one reading',
      record: [...person, bloodPressure(180, 90, '2026-01-14')],
      variant: 'severe',
      says: ['BP 180/90 (2026-01-14): repeat now.'],
      suggests: [],
    },
    {
      name: '150/121 seven days ago: diastolic above 120',
      record: [...person, bloodPressure(150, 121, '2026-01-08')],
      variant: 'severe',
    },
    {
      name: '190/100 today with known hypertension and a drug',
      record: [...person, hypertension, lisinopril, bloodPressure(190, 100, '2026-01-15')],
      variant: 'severe',
    },
    {
      name: 'very high now and high on average: both are said, the first is the headline',
      record: [...person, ...onTwoDays(182, 95, '2026-01-14')],
      variant: 'severe',
    },
    {
      name: '185/100 this morning, 150/90 yesterday: the later one is the newest',
      record: [
        ...person,
        bloodPressure(150, 90, '2026-01-14T15:00:00Z'),
        bloodPressure(185, 100, '2026-01-15T08:00:00Z'),
      ],
      variant: 'severe',
    },
    {
      name: 'two very high readings of one time',
      record: [...person, bloodPressure(185, 100, '2026-01-15'), bloodPressure(190, 100, '2026-01-15')],
      variant: 'severe',
    },
    {
      name: 'hypertension, mean 132/78, newest reading 3 months and a day ago',
      record: [...person, hypertension, ...onTwoDays(132, 78, '2025-10-14')],
      variant: 'hypertension',
      says: ['Hypertension, BP mean 132/78, last reading 2025-10-14: review.'],
    },
    {
      name: 'hypertensive kidney disease I12.9 is hypertension',
      record: [...person, condition('icd10cm', 'I12.9'), ...onTwoDays(150, 78, '2025-09-01')],
      variant: 'hypertension',
    },
    {
      name: 'hypertensive heart and kidney disease I13.10 is hypertension',
      record: [...person, condition('icd10cm', 'I13.10'), ...onTwoDays(150, 78, '2025-09-01')],
      variant: 'hypertension',
    },
    {
      name: 'blood pressure drug without the diagnosis, newest reading 4 months ago',
      record: [...person, lisinopril, ...onTwoDays(150, 85, '2025-09-15')],
      variant: 'treated',
      says: ['Blood pressure drug on file, BP mean 150/85, last reading 2025-10-01: review.'],
    },
    {
      name: 'hypertension that is resolved is not known hypertension',
      record: [...person, condition('icd10cm', 'I10', clinicalStatus('resolved')), ...onTwoDays(150, 85)],
      variant: 'highLowBmd',
    },
    {
      name: 'a loop diuretic alone is no blood pressure drug without hypertension',
      record: [...person, drug('furosemide 40 MG Oral Tablet'), ...onTwoDays(150, 85)],
      variant: 'highLowBmd',
    },
    {
      name: 'a blood pressure drug that was stopped',
      record: [...person, drug('lisinopril 10 MG Oral Tablet', { status: 'stopped' }), ...onTwoDays(150, 85)],
      variant: 'highLowBmd',
    },
    {
      name: 'age 79, mean 140/80',
      record: [patient(79), porotic, ...onTwoDays(140, 80)],
      variant: 'highLowBmd',
    },
    {
      name: 'age 80, mean 140/80: for information',
      record: [patient(80), porotic, ...onTwoDays(140, 80)],
      variant: 'raisedLowBmd',
    },
    {
      name: 'repeated falls, mean 120/90: for information',
      record: [...person, falls, ...onTwoDays(120, 90)],
      variant: 'raisedLowBmd',
    },
    {
      name: 'age 80 or not by the birth date, mean 145/80: for information',
      record: [patient(80, { birthDate: '1946' }), porotic, ...onTwoDays(145, 80)],
      variant: 'raisedLowBmd',
    },
    {
      name: 'age 82, hypertension, mean 140/70, newest reading 4 months ago',
      record: [patient(82), porotic, hypertension, ...onTwoDays(140, 70, '2025-09-15')],
      variant: 'hypertension',
    },
    {
      name: 'no blood pressure at all',
      record: person,
      variant: 'none',
      says: ['No blood pressure on file in 12 months.'],
    },
    {
      name: 'blood pressure one day more than 12 months ago',
      record: [...person, bloodPressure(128, 76, '2025-01-14')],
      variant: 'none',
    },
    {
      name: 'readings of the emergency visit left out',
      record: [
        ...person,
        emergency,
        ...onTwoDays(132, 78),
        inEmergency(bloodPressure(190, 110, '2026-01-14')),
      ],
      variant: 'raisedLowBmd',
      says: ['BP 132/78'],
    },
    {
      name: 'an older value that cannot be read does not matter',
      record: [...person, ...onTwoDays(132, 78), unreadable('2025-11-01')],
      variant: 'raisedLowBmd',
    },
    {
      name: 'medication list not obtained, 180/90 yesterday',
      record: [...person, bloodPressure(180, 90, '2026-01-14')],
      unknown: { medicationRequests: 'failed' },
      variant: 'severe',
    },
    {
      name: 'osteopenia on the problem list',
      record: [woman, osteopenia(), ...onTwoDays(145, 80)],
      variant: 'highLowBmd',
    },
    {
      name: 'osteoporosis on the problem list',
      record: [woman, osteoporosis(), ...onTwoDays(145, 80)],
      variant: 'highLowBmd',
    },
    ...REASONS.flatMap(({ name, words, reason }) => [
      {
        name: `${words}, mean 131/79`,
        record: [woman, reason, ...onTwoDays(131, 79)],
        variant: `raised${name}`,
        says: [`in a patient with ${words}: confirm and review.`],
      },
      {
        name: `${words}, mean 141/79`,
        record: [woman, reason, ...onTwoDays(141, 79)],
        variant: `high${name}`,
      },
    ]),
    ...[131, 141].map((systolic) => ({
      name: `man with prostate cancer on leuprolide for a year, mean ${String(systolic)}/79`,
      record: [
        patient(66, man),
        condition('icd10cm', 'C61'),
        drug('leuprolide acetate 7.5 MG Injection', { authoredOn: '2025-02-01' }),
        ...onTwoDays(systolic, 79),
      ],
      variant: systolic === 131 ? 'raisedHormoneDeprivation' : 'highHormoneDeprivation',
      says: ['hormone deprivation therapy'],
    })),
    {
      name: 'hip fracture at 60: mechanism unknown',
      record: [
        woman,
        condition('icd10cm', 'S72.001A', { onsetDateTime: '2020-03-01' }),
        ...onTwoDays(131, 79),
      ],
      variant: 'raisedFractures',
    },
  ],
  doesNotApply: [
    { name: 'mean 129/79', record: [...person, ...onTwoDays(129, 79)] },
    {
      name: 'I12.9, mean 132/78, newest reading 2 months ago',
      record: [...person, condition('icd10cm', 'I12.9'), ...onTwoDays(132, 78, '2025-11-15')],
    },
    {
      name: 'hypertension, newest reading 3 months ago to the day',
      record: [...person, hypertension, ...onTwoDays(150, 95, '2025-10-15')],
    },
    {
      name: 'blood pressure drug without the diagnosis, newest reading 10 days ago',
      record: [...person, lisinopril, ...onTwoDays(150, 95)],
    },
    { name: 'hypertension, mean below the limit', record: [...person, hypertension, ...onTwoDays(128, 70)] },
    { name: 'age 80, mean 139/89', record: [patient(80), porotic, ...onTwoDays(139, 89)] },
    { name: 'repeated falls, mean 139/89', record: [...person, falls, ...onTwoDays(139, 89)] },
    {
      name: 'mean 125/75 with 150/120 yesterday among the days: diastolic not above 120',
      record: [
        ...person,
        bloodPressure(110, 50, '2025-10-01'),
        bloodPressure(110, 50, '2025-11-01'),
        bloodPressure(150, 120, '2026-01-14'),
      ],
    },
    {
      name: 'no bone or heart condition',
      record: [woman, ...onTwoDays(190, 120, '2026-01-14')],
    },
    {
      name: 'one low eGFR is no chronic kidney disease',
      record: [woman, eGfr(55), ...onTwoDays(150, 90)],
    },
    {
      name: 'no blood pressure, asked for by another recommendation',
      record: person,
      dropped: ['noBloodPressure'],
    },
    {
      name: 'condition search not complete, but blood pressure is normal',
      record: [...person, ...onTwoDays(120, 70)],
      unknown: { conditions: 'failed' },
    },
  ],
  lacksData: [
    {
      name: 'one day only, 150/95',
      record: [...person, bloodPressure(150, 95, '2025-11-01'), bloodPressure(155, 95, '2025-11-01')],
      missing: ['bloodPressure'],
    },
    {
      name: '180/90 eight months ago, single',
      record: [...person, bloodPressure(180, 90, '2025-05-15')],
      missing: ['bloodPressure'],
    },
    {
      name: '180/90 eight days ago, single',
      record: [...person, bloodPressure(180, 90, '2026-01-07')],
      missing: ['bloodPressure'],
    },
    {
      name: '179/100 yesterday, single',
      record: [...person, bloodPressure(179, 100, '2026-01-14')],
      missing: ['bloodPressure'],
    },
    {
      name: '150/120 yesterday, single: not above 120',
      record: [...person, bloodPressure(150, 120, '2026-01-14')],
      missing: ['bloodPressure'],
    },
    {
      name: '185/100 and 150/90 of one time: which is the repeat is open',
      record: [...person, bloodPressure(185, 100, '2026-01-15'), bloodPressure(150, 90, '2026-01-15')],
      missing: ['bloodPressure'],
    },
    {
      name: '180/90 five days ago, a newer value without its diastolic',
      record: [...person, bloodPressure(180, 90, '2026-01-10'), systolicOnly(140, '2026-01-14')],
      missing: ['bloodPressure'],
    },
    {
      name: '180/90 five days ago, a newer value that cannot be read',
      record: [...person, bloodPressure(180, 90, '2026-01-10'), unreadable('2026-01-14')],
      missing: ['bloodPressure'],
    },
    {
      name: 'very high reading of this month without a day',
      record: [...person, bloodPressure(190, 110, '2026-01')],
      missing: ['bloodPressure'],
    },
    {
      name: 'mean 150/95, but a newer value cannot be read',
      record: [...person, ...onTwoDays(150, 95), unreadable('2026-01-06')],
      missing: ['bloodPressure'],
    },
    {
      name: 'blood pressure search failed',
      record: person,
      unknown: { bloodPressure: 'failed' },
      missing: ['bloodPressure'],
    },
    {
      name: 'nothing in a list that was cut off',
      record: person,
      incomplete: { bloodPressure: 'truncated' },
      missing: ['bloodPressure'],
    },
    {
      name: 'the only value cannot be read',
      record: [...person, unreadable('2025-12-01')],
      missing: ['bloodPressure'],
    },
    {
      name: 'mean 150/95, medication list not obtained, no hypertension',
      record: [...person, ...onTwoDays(150, 95)],
      unknown: { medicationStatements: 'not-permitted' },
      missing: ['antihypertensives'],
    },
    {
      name: 'mean 150/95, problem list not obtained',
      record: [...person, ...onTwoDays(150, 95)],
      unknown: { conditions: 'failed' },
      missing: ['hypertension'],
    },
    {
      name: 'mean 135/80, problem list not obtained: falls are open too',
      record: [...person, ...onTwoDays(135, 80)],
      unknown: { conditions: 'failed' },
      missing: ['hypertension', 'repeatedFalls'],
    },
    {
      name: 'mean 135/80, age 79 or 80',
      record: [patient(80, { birthDate: '1946' }), porotic, ...onTwoDays(135, 80)],
      missing: ['age'],
    },
    {
      name: 'bone density not obtained, no other condition, no blood pressure',
      record: [woman],
      unknown: { bone: 'failed' },
      missing: ['lowBmd'],
    },
    {
      name: 'hypertension, newest value unreadable and recent: not "last reading 4 months ago"',
      record: [...person, hypertension, ...onTwoDays(150, 95, '2025-09-15'), unreadable('2026-01-02')],
      missing: ['bloodPressure'],
    },
  ],
});
