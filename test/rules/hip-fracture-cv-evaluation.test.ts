import { describe, expect, test } from '@jest/globals';
import { decide } from '../../src/decide.ts';
import type { Resource } from '../../src/facts/record.ts';
import { hipFractureCvEvaluation } from '../../src/rules/hip-fracture-cv-evaluation.ts';
import {
  bloodPressure,
  coded,
  condition,
  contextOf,
  drug,
  guideline,
  hdl,
  lab,
  ldl,
  order,
  patient,
  quantity,
  recordOf,
  smokingStatus,
  statement,
  TODAY,
  totalCholesterol,
  triglycerides,
  verificationStatus,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

const woman = patient(70);
const fracture = (code: string, onsetDateTime?: string, extra = {}): Resource =>
  condition('icd10cm', code, { ...(onsetDateTime === undefined ? {} : { onsetDateTime }), ...extra });
const hip = fracture('S72.001A', '2025-10-01');
const osteoporotic = (date: string): Resource => fracture('M80.021A', date);
const hba1c = (value: number, date: string, unit = '%'): Resource => lab('4548-4', value, unit, date);
const pressures = [bloodPressure(128, 76, '2025-11-01'), bloodPressure(126, 74, '2025-12-01')];
const panel = ldl(110, '2025-06-01');
const status = smokingStatus('2025-06-01', '8517006');
const glucose = hba1c(5.6, '2024-06-01');
const all = [...pressures, panel, status, glucose];
const diabetes = condition('icd10cm', 'E11.9');
const infarction = condition('icd10cm', 'I21.9', { onsetDateTime: '2020-03-01' });
const atDischarge = { hook: 'encounter-discharge', encounterId: 'e1' } as const;
const ofStay = { encounter: { reference: 'Encounter/e1' } };

describeRule(hipFractureCvEvaluation, {
  recommends: [
    {
      name: 'hip fracture at 70, nothing on file: all items are named',
      record: [woman, hip],
      variant: 'incomplete',
      says: [
        'Hip fracture 2025-10-01: cardiovascular risk check is incomplete (BP, lipids, smoking status, HbA1c).',
      ],
      suggests: ['lipidPanel', 'hba1c'],
    },
    {
      name: 'age 50, M80 12 months ago to the day, no lipids',
      record: [patient(50), osteoporotic('2025-01-15'), ...pressures, status, glucose],
      variant: 'incomplete',
      says: ['Fragility fracture 2025-01-15: cardiovascular risk check is incomplete (lipids).'],
      suggests: ['lipidPanel'],
    },
    {
      name: 'hip fracture 23 months ago',
      record: [woman, fracture('S72.001A', '2024-02-15')],
      variant: 'incomplete',
      says: ['Hip fracture 2024-02-15'],
    },
    {
      name: 'hip fracture 24 months ago to the day',
      record: [woman, fracture('S72.001A', '2024-01-15')],
      variant: 'incomplete',
    },
    {
      name: 'osteoporotic hip fracture, coded so, 20 months ago',
      record: [
        woman,
        condition('snomed', '704335006'),
        condition('snomed', '704334005', { onsetDateTime: '2024-05-15' }),
        hip,
      ],
      variant: 'incomplete',
      says: ['Hip fracture 2025-10-01'],
    },
    {
      name: 'vertebral fracture 11 months ago counts like other fragility fractures',
      record: [woman, fracture('S32.010A', '2025-02-15')],
      variant: 'incomplete',
      says: ['Vertebral fracture 2025-02-15'],
    },
    {
      name: 'hip fracture at 55: mechanism unknown',
      record: [patient(55), hip],
      variant: 'incomplete',
    },
    {
      name: 'only a recorded date: the card says so',
      record: [woman, fracture('S72.001A', undefined, { recordedDate: '2025-10-02' })],
      variant: 'incomplete',
      says: ['Hip fracture recorded on 2025-10-02'],
    },
    {
      name: 'two fractures: the newer one is named',
      record: [woman, fracture('S72.001A', '2024-05-01'), osteoporotic('2025-11-01')],
      variant: 'incomplete',
      says: ['Fragility fracture 2025-11-01'],
    },
    {
      name: 'two fractures of one day: the hip is named',
      record: [woman, osteoporotic('2025-11-01'), fracture('S72.001A', '2025-11-01')],
      variant: 'incomplete',
      says: ['Hip fracture 2025-11-01'],
    },
    {
      name: 'blood pressure on one day only is no mean',
      record: [woman, hip, ...all.slice(1)],
      variant: 'incomplete',
      says: ['(BP)'],
      suggests: [],
    },
    {
      name: 'blood pressure of two days, one of them 6 months and a day ago',
      record: [woman, hip, bloodPressure(128, 76, '2025-07-14'), ...all.slice(1)],
      variant: 'incomplete',
      says: ['(BP)'],
    },
    {
      name: 'two readings of one day are no mean',
      record: [
        woman,
        hip,
        bloodPressure(128, 76, '2025-12-01T08:00:00Z'),
        bloodPressure(130, 76, '2025-12-01T09:00:00Z'),
        ...all.slice(2),
      ],
      variant: 'incomplete',
      says: ['(BP)'],
    },
    {
      name: 'lipid panel one day more than 12 months ago',
      record: [woman, hip, ...pressures, ldl(110, '2025-01-14'), status, glucose],
      variant: 'incomplete',
      says: ['(lipids)'],
    },
    {
      name: 'total and HDL cholesterol without triglycerides are no panel',
      record: [woman, hip, ...pressures, totalCholesterol(200), hdl(50), status, glucose],
      variant: 'incomplete',
      says: ['(lipids)'],
    },
    {
      name: 'smoking status one day more than 12 months ago: named, no suggestion',
      record: [woman, hip, ...pressures, panel, smokingStatus('2025-01-14', '266919005'), glucose],
      variant: 'incomplete',
      says: ['(smoking status)'],
      suggests: [],
    },
    {
      name: 'HbA1c one day more than 36 months ago',
      record: [woman, hip, ...pressures, panel, status, hba1c(38, '2023-01-14', 'mmol/mol')],
      variant: 'incomplete',
      says: ['(HbA1c)'],
      suggests: ['hba1c'],
    },
    {
      name: 'diabetes: HbA1c is not asked for',
      record: [woman, hip, diabetes],
      variant: 'incomplete',
      says: ['(BP, lipids, smoking status)'],
      suggests: ['lipidPanel'],
    },
    {
      name: 'lipid panel and HbA1c already ordered',
      record: [woman, hip, order(coded('loinc', '24331-1')), order(coded('loinc', '4548-4'))],
      variant: 'incomplete',
      says: ['(BP, smoking status)'],
      suggests: [],
    },
    {
      name: 'age 79: everything',
      record: [patient(79), hip],
      variant: 'incomplete',
      says: ['(BP, lipids, smoking status, HbA1c)'],
    },
    {
      name: 'age 80: blood pressure only',
      record: [patient(80), hip],
      variant: 'incomplete',
      says: ['(BP)'],
      suggests: [],
    },
    {
      name: 'fracture 41 days ago: laboratory tests for 6 to 12 weeks after it',
      record: [woman, fracture('S72.001A', '2025-12-05')],
      variant: 'incomplete',
      suggests: ['lipidPanelLater', 'hba1cLater'],
    },
    {
      name: 'fracture 42 days ago: laboratory tests now',
      record: [woman, fracture('S72.001A', '2025-12-04')],
      variant: 'incomplete',
      suggests: ['lipidPanel', 'hba1c'],
    },
    {
      name: 'myocardial infarction on record, hip fracture 90 days ago, no lipid drug: warning',
      record: [woman, fracture('S72.001A', '2025-10-17'), infarction],
      variant: 'secondaryPrevention',
      says: [
        'Hip fracture 2025-10-17, ASCVD: no lipid therapy on file; not current: BP, lipids, smoking status, HbA1c.',
      ],
    },
    {
      name: 'the longest words of a warning fit',
      record: [woman, fracture('S32.010A', undefined, { recordedDate: '2025-11-15' }), infarction],
      variant: 'secondaryPrevention',
    },
    {
      name: 'the same, 91 days ago: for information',
      record: [woman, fracture('S72.001A', '2025-10-16'), infarction],
      variant: 'incomplete',
    },
    {
      name: 'age 75 with stent: warning',
      record: [patient(75), osteoporotic('2025-12-01'), condition('icd10cm', 'Z95.5')],
      variant: 'secondaryPrevention',
    },
    {
      name: 'age 76 with stent: for information',
      record: [patient(76), osteoporotic('2025-12-01'), condition('icd10cm', 'Z95.5')],
      variant: 'incomplete',
    },
    ...(
      [
        ['on a statin', drug('atorvastatin 40 MG Oral Tablet')],
        ['statin by statement', statement('simvastatin 20 MG')],
        ['on ezetimibe', drug('ezetimibe 10 MG Oral Tablet')],
        [
          'statin on hold: nobody can say that there is none',
          drug('atorvastatin 40 MG', { status: 'on-hold' }),
        ],
        ['statin intolerance', condition('icd10cm', 'G72.0')],
        ['haemorrhagic stroke as well', condition('icd10cm', 'I61.9')],
      ] as const
    ).map(([words, resource]) => ({
      name: `infarction and hip fracture a month ago, ${words}: for information`,
      record: [woman, fracture('S72.001A', '2025-12-15'), infarction, resource],
      variant: 'incomplete',
    })),
    {
      name: 'haemorrhagic stroke alone is not atherosclerotic: for information',
      record: [woman, fracture('S72.001A', '2025-12-15'), condition('icd10cm', 'I61.9')],
      variant: 'incomplete',
    },
    {
      name: 'refuted infarction: for information',
      record: [
        woman,
        fracture('S72.001A', '2025-12-15'),
        condition('icd10cm', 'I21.9', verificationStatus('refuted')),
      ],
      variant: 'incomplete',
    },
    {
      name: 'medication list not obtained: for information',
      record: [woman, fracture('S72.001A', '2025-12-15'), infarction],
      unknown: { medicationRequests: 'failed' },
      variant: 'incomplete',
    },
    {
      name: 'lipid therapy owned by another recommendation: for information',
      record: [woman, fracture('S72.001A', '2025-12-15'), infarction],
      dropped: ['lipidTherapy'],
      variant: 'incomplete',
    },
    {
      name: 'lipid panel and blood pressure owned by others: the rest is left',
      record: [woman, hip],
      dropped: ['lipidPanel', 'noBloodPressure'],
      variant: 'incomplete',
      says: ['(smoking status, HbA1c)'],
      suggests: ['hba1c'],
    },
    {
      name: 'lipid search failed: the others are named',
      record: [woman, hip],
      unknown: { lipids: 'failed' },
      variant: 'incomplete',
      says: ['(BP, smoking status)'],
    },
    {
      name: 'blood pressure search failed: the others are named',
      record: [woman, hip],
      unknown: { bloodPressure: 'timed-out' },
      variant: 'incomplete',
      says: ['(lipids, smoking status, HbA1c)'],
    },
    {
      name: 'social history not obtained: the others are named',
      record: [woman, hip],
      unknown: { socialHistory: 'failed' },
      variant: 'incomplete',
      says: ['(BP, lipids, HbA1c)'],
    },
    {
      name: 'orders not obtained: blood pressure and smoking status are named',
      record: [woman, hip],
      unknown: { serviceRequests: 'failed' },
      variant: 'incomplete',
      says: ['(BP, smoking status)'],
    },
    {
      name: 'at discharge, hip fracture 30 days ago',
      record: [woman, fracture('S72.001A', '2025-12-16')],
      ...atDischarge,
      variant: 'incomplete',
      says: ['Hip fracture 2025-12-16'],
      suggests: ['lipidPanelLater', 'hba1cLater'],
    },
    {
      name: 'at discharge, hip fracture 5 months ago recorded for this stay',
      record: [woman, fracture('S72.001A', '2025-08-16', ofStay)],
      ...atDischarge,
      variant: 'incomplete',
    },
    {
      name: 'at discharge, fracture without a date recorded for this stay',
      record: [woman, fracture('S72.001A', undefined, ofStay), infarction],
      ...atDischarge,
      variant: 'thisEncounter',
      says: ['Hip fracture in this encounter: cardiovascular risk check is incomplete'],
      suggests: ['lipidPanelLater', 'hba1cLater'],
    },
    {
      name: 'at discharge, readings of the stay do not make the mean',
      record: [
        woman,
        { resourceType: 'Encounter', id: 'e1', status: 'in-progress', class: { code: 'IMP' } },
        fracture('S72.001A', '2026-01-10', ofStay),
        ...pressures.map((reading) => ({ ...reading, ...ofStay })),
        ...all.slice(2),
      ],
      ...atDischarge,
      variant: 'incomplete',
      says: ['(BP)'],
    },
  ],
  doesNotApply: [
    { name: 'all items current', record: [woman, hip, ...all] },
    {
      name: 'all items current on their last day',
      record: [
        woman,
        hip,
        bloodPressure(128, 76, '2025-07-15'),
        bloodPressure(128, 76, '2025-12-01'),
        totalCholesterol(200, '2025-01-15'),
        hdl(50, '2025-01-15'),
        triglycerides(120, '2025-01-15'),
        smokingStatus('2025-01-15'),
        hba1c(38, '2023-01-15', 'mmol/mol'),
      ],
    },
    { name: 'all items current, no lipid drug after infarction', record: [woman, hip, infarction, ...all] },
    { name: 'wrist fracture S52', record: [woman, fracture('S52.501A', '2025-12-01')] },
    { name: 'M80 12 months and a day ago', record: [woman, osteoporotic('2025-01-14')] },
    { name: 'vertebral fracture 13 months ago', record: [woman, fracture('S32.010A', '2024-12-15')] },
    { name: 'hip fracture 24 months and a day ago', record: [woman, fracture('S72.001A', '2024-01-14')] },
    { name: 'hip fracture at 49', record: [patient(49), hip] },
    {
      name: 'hip fracture in a traffic accident on the same day',
      record: [woman, hip, fracture('V43.52XA', '2025-10-01')],
    },
    { name: 'no fracture', record: [woman] },
    { name: 'age 80, blood pressure current, nothing else', record: [patient(80), hip, ...pressures] },
    {
      name: 'current smoking problem recorded this year is a status',
      record: [
        woman,
        hip,
        ...pressures,
        panel,
        glucose,
        condition('icd10cm', 'F17.210', { onsetDateTime: '2001', recordedDate: '2025-05-01' }),
      ],
    },
    {
      name: 'only the lipid panel is missing, and another recommendation asks for it',
      record: [woman, hip, ...pressures, status, glucose],
      dropped: ['lipidPanel'],
    },
    {
      name: 'at discharge, hip fracture 31 days ago of another encounter',
      record: [woman, fracture('S72.001A', '2025-12-15', { encounter: { reference: 'Encounter/e2' } })],
      ...atDischarge,
    },
    {
      name: 'at discharge, hip fracture 3 years ago recorded for this stay',
      record: [woman, fracture('S72.001A', '2022-12-15', ofStay)],
      ...atDischarge,
    },
  ],
  lacksData: [
    {
      name: 'history of fracture Z87.310, recorded today',
      record: [woman, fracture('Z87.310', undefined, { recordedDate: '2026-01-15' })],
      missing: ['fractures'],
    },
    {
      name: 'hip fracture S72.001D recorded today without onset: not dated',
      record: [woman, fracture('S72.001D', undefined, { recordedDate: '2026-01-15' })],
      missing: ['fractures'],
    },
    {
      name: 'the same at discharge for this stay: still an old fracture without a date',
      record: [woman, fracture('S72.001D', undefined, { recordedDate: '2026-01-15', ...ofStay })],
      ...atDischarge,
      missing: ['fractures'],
    },
    {
      name: 'fracture in the year 2025, day not known',
      record: [woman, osteoporotic('2025')],
      missing: ['fractures'],
    },
    {
      name: 'problem list not obtained',
      record: [woman],
      unknown: { conditions: 'failed' },
      missing: ['fractures'],
    },
    {
      name: 'age 49 or 50 by the birth date',
      record: [patient(50, { birthDate: '1976' }), osteoporotic('2025-10-01')],
      missing: ['age'],
    },
    {
      name: 'blood pressure current, age 79 or 80, nothing else',
      record: [patient(80, { birthDate: '1946' }), hip, ...pressures],
      missing: ['age'],
    },
    {
      name: 'lipid search failed, the rest current',
      record: [woman, hip, ...pressures, status, glucose],
      unknown: { lipids: 'failed' },
      missing: ['lipidPanel', 'hba1c'],
    },
    {
      name: 'orders cut off, only lipids missing',
      record: [woman, hip, ...pressures, status, glucose],
      incomplete: { serviceRequests: 'truncated' },
      missing: ['lipidPanelOrdered'],
    },
    {
      name: 'LDL without a readable date',
      record: [woman, hip, ...pressures, status, glucose, ldl(110, 'spring')],
      missing: ['lipidPanel'],
    },
    {
      name: 'HbA1c of a unit that cannot be read',
      record: [woman, hip, ...pressures, panel, status, hba1c(48, '2025-06-01', 'mg/L')],
      missing: ['hba1c'],
    },
    {
      name: 'smoking status that cannot be read',
      record: [woman, hip, ...pressures, panel, glucose, smokingStatus('2025-11-01', '266927001')],
      missing: ['smoking'],
    },
    {
      name: 'an old smoking status, a newer one cannot be read',
      record: [
        woman,
        hip,
        ...pressures,
        panel,
        glucose,
        smokingStatus('2022-11-01'),
        smokingStatus('2025-11-01', '266927001'),
      ],
      missing: ['smoking'],
    },
    {
      name: 'smoking problem without any date',
      record: [woman, hip, ...pressures, panel, glucose, condition('icd10cm', 'F17.210')],
      missing: ['smoking'],
    },
    {
      name: 'blood pressures of two days that have no diastolic value',
      record: [
        woman,
        hip,
        lab('8480-6', 130, 'mm[Hg]', '2025-11-01'),
        lab('8480-6', 132, 'mm[Hg]', '2025-12-01'),
        ...all.slice(2),
      ],
      missing: ['bloodPressure'],
    },
    {
      name: 'one blood pressure in a list that was cut off',
      record: [woman, hip, ...all.slice(1)],
      incomplete: { bloodPressure: 'truncated' },
      missing: ['bloodPressure'],
    },
    {
      name: 'one blood pressure, another above what the cuff measures',
      record: [
        woman,
        hip,
        ...all.slice(1),
        lab('8480-6', 0, 'mm[Hg]', '2025-11-01', quantity('>', 250, 'mm[Hg]')),
      ],
      missing: ['bloodPressure'],
    },
  ],
});

describe('the time of the suggested tests', () => {
  const periods = (onset: string): readonly unknown[] =>
    decide(
      'bone-heart-patient-view',
      recordOf([woman, fracture('S72.001A', onset)]),
      contextOf(),
      guideline,
      TODAY,
    )
      .cards.filter(({ source }) => source.topic?.code === 'hip-fracture-cv-evaluation')
      .flatMap(({ suggestions = [] }) => suggestions)
      .flatMap(({ actions = [] }) => actions)
      .flatMap((action) =>
        action.type === 'create' ? (action.resource as Record<string, unknown>)['occurrencePeriod'] : [],
      );

  test('6 to 12 weeks after a fracture of last week', () => {
    const period = { start: '2026-02-19', end: '2026-04-02' };
    expect(periods('2026-01-08')).toEqual([period, period]);
  });

  test('within 6 weeks from now after an older fracture', () => {
    const period = { start: '2026-01-15', end: '2026-02-26' };
    expect(periods('2025-06-01')).toEqual([period, period]);
  });
});
