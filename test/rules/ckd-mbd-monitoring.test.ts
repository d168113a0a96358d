import { describe, expect, test } from '@jest/globals';
import { decide } from '../../src/decide.ts';
import type { Resource } from '../../src/facts/record.ts';
import { ckdMbdMonitoring } from '../../src/rules/ckd-mbd-monitoring.ts';
import {
  calcium,
  coded,
  condition,
  contextOf,
  eGfr,
  guideline,
  lab,
  order,
  patient,
  procedure,
  pth,
  quantity,
  recordOf,
  TODAY,
  vitaminD,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

const woman = patient(66);
const RECENT = '2026-01-05';
const phosphate = (date: string): Resource => lab('2777-1', 3.4, 'mg/dL', date);
const alkalinePhosphatase = (date: string): Resource => lab('6768-6', 80, 'U/L', date);
const creatinine = (value: number, date: string, unit = 'mg/dL', extra = {}): Resource =>
  lab('2160-0', value, unit, date, extra);
const bound = (comparator: string, value: number, date: string): Resource =>
  eGfr(0, date, quantity(comparator, value, 'mL/min/{1.73_m2}'));
const raceSpecific = (loinc: string, value: number, date: string): Resource =>
  lab(loinc, value, 'mL/min/{1.73_m2}', date);
const ordered = (loinc: string): Resource => order(coded('loinc', loinc));
const nephrology = (extra = {}): Resource => order(coded('snomed', '306286007'), extra);
const stage3 = condition('icd10cm', 'N18.31');
const stage4 = condition('icd10cm', 'N18.4');

/** Two eGFRs 2025-06-01 and 2025-12-01. */
const pair = (value: number): readonly Resource[] => [eGfr(value, '2025-06-01'), eGfr(value)];
/** All tests of an interval, done on one day. */
const labs = (date: string): Readonly<Record<string, Resource>> => ({
  calcium: calcium(9.2, date),
  phosphate: phosphate(date),
  pth: pth(60, date),
  alkalinePhosphatase: alkalinePhosphatase(date),
  vitaminD: vitaminD(32, date),
});
const without = (date: string, ...names: readonly string[]): readonly Resource[] =>
  Object.entries(labs(date))
    .filter(([name]) => !names.includes(name))
    .map(([, resource]) => resource);
const G3_LABS = ['calcium', 'phosphate', 'pth', 'vitaminD'];
const G4_LABS = ['calcium', 'phosphate', 'pth', 'alkalinePhosphatase', 'vitaminD'];

describeRule(ckdMbdMonitoring, {
  recommends: [
    // the two eGFRs
    {
      name: 'eGFR 59 and 58, 90 days apart: G3a, nothing on file',
      record: [woman, eGfr(59, '2025-09-02'), eGfr(58, '2025-12-01')],
      variant: 'overdue',
      says: ['CKD G3a: calcium, phosphate, PTH, 25-OH vitamin D overdue for bone-mineral monitoring.'],
      suggests: G3_LABS,
    },
    {
      name: 'the second low eGFR is the third back',
      record: [woman, eGfr(58, '2025-06-01'), eGfr(57, '2025-11-20'), eGfr(56, '2025-12-01')],
      variant: 'overdue',
    },
    {
      name: 'an eGFR of 70 before both does not matter',
      record: [woman, eGfr(70, '2024-01-01'), ...pair(50)],
      variant: 'overdue',
    },
    {
      name: 'latest eGFR 12 months ago to the day',
      record: [woman, eGfr(50, '2024-01-15'), eGfr(50, '2025-01-15')],
      variant: 'overdue',
    },
    {
      name: 'eGFR computed from creatinine 1.3 mg/dL on both days',
      record: [woman, creatinine(1.3, '2025-06-01'), creatinine(1.3, '2025-12-01')],
      variant: 'overdue',
      says: ['CKD G3a'],
    },
    {
      name: 'creatinine in umol/L',
      record: [woman, creatinine(115, '2025-06-01', 'umol/L'), creatinine(115, '2025-12-01', 'umol/L')],
      variant: 'overdue',
      says: ['CKD G3a'],
    },
    {
      name: 'reported eGFR before the equation on the same day',
      record: [woman, ...pair(50), creatinine(0.7, '2025-12-01')],
      variant: 'overdue',
      says: ['CKD G3a'],
    },
    {
      name: 'race-specific pair: the lower one',
      record: [
        woman,
        raceSpecific('48642-3', 52, '2025-06-01'),
        raceSpecific('48643-1', 63, '2025-06-01'),
        raceSpecific('48642-3', 51, '2025-12-01'),
        raceSpecific('48643-1', 62, '2025-12-01'),
      ],
      variant: 'overdue',
      says: ['CKD G3a'],
    },
    {
      name: 'eGFR below 15 as a bound: G5',
      record: [woman, bound('<', 15, '2025-06-01'), bound('<', 15, '2025-12-01')],
      variant: 'noneInYear',
      says: ['CKD G5'],
    },
    {
      name: 'one eGFR and a stage 3 code: the diagnosis stands for the second',
      record: [woman, stage3, eGfr(50)],
      variant: 'overdue',
      says: ['CKD G3a'],
    },
    {
      name: 'stage 3 code, latest eGFR 25: the eGFR gives the stage',
      record: [woman, stage3, eGfr(25)],
      variant: 'noneInYear',
      says: ['CKD G4'],
    },
    {
      name: 'stage 3 code without an eGFR in 12 months',
      record: [woman, stage3, eGfr(50, '2025-01-14')],
      variant: 'overdue',
      says: ['CKD G3:'],
      suggests: G3_LABS,
    },
    {
      name: 'stage 4 code without any eGFR',
      record: [woman, stage4],
      variant: 'noneInYear',
      says: ['CKD G4-G5: calcium, phosphate, PTH, alkaline phosphatase, 25-OH vitamin D overdue'],
      suggests: [...G4_LABS, 'nephrology'],
    },
    {
      name: 'stage 5 code: the intervals of stage 4',
      record: [woman, condition('icd10cm', 'N18.5'), ...without('2025-10-16', 'vitaminD')],
      variant: 'overdue',
      suggests: ['vitaminD', 'nephrology'],
    },
    {
      name: 'an old eGFR that cannot be read does not matter',
      record: [woman, lab('98979-8', 0, 'furlong', '2020-01-01'), ...pair(50)],
      variant: 'overdue',
    },
    {
      name: 'a creatinine that cannot be read on the day of a reported eGFR does not matter',
      record: [woman, ...pair(50), creatinine(1, '2025-12-01', 'furlong')],
      variant: 'overdue',
    },

    // intervals
    {
      name: 'G3b, calcium 13 months ago',
      record: [woman, ...pair(40), ...without(RECENT, 'calcium'), calcium(9.2, '2024-12-15')],
      variant: 'overdue',
      says: ['CKD G3b: calcium overdue'],
      suggests: ['calcium'],
    },
    {
      name: 'G3, phosphate 12 months and a day ago',
      record: [woman, ...pair(50), ...without(RECENT, 'phosphate'), phosphate('2025-01-14')],
      variant: 'overdue',
      suggests: ['phosphate'],
    },
    {
      name: 'G3, no PTH ever',
      record: [woman, ...pair(50), ...without(RECENT, 'pth')],
      variant: 'overdue',
      suggests: ['pth'],
    },
    {
      name: '25-OH vitamin D 24 months and a day ago',
      record: [woman, ...pair(50), ...without(RECENT, 'vitaminD'), vitaminD(32, '2024-01-14')],
      variant: 'overdue',
      suggests: ['vitaminD'],
    },
    {
      name: 'G4, calcium and phosphate six months and a day ago',
      record: [
        woman,
        ...pair(20),
        ...without(RECENT, 'calcium', 'phosphate'),
        calcium(9.2, '2025-07-14'),
        phosphate('2025-07-14'),
      ],
      variant: 'overdue',
      says: ['CKD G4: calcium, phosphate overdue'],
      suggests: ['calcium', 'phosphate', 'nephrology'],
    },
    {
      name: 'G4, PTH 12 months and a day ago',
      record: [woman, ...pair(20), ...without(RECENT, 'pth'), pth(60, '2025-01-14')],
      variant: 'overdue',
      suggests: ['pth', 'nephrology'],
    },
    {
      name: 'G4, alkaline phosphatase 12 months and a day ago',
      record: [
        woman,
        ...pair(20),
        ...without(RECENT, 'alkalinePhosphatase'),
        alkalinePhosphatase('2025-01-14'),
      ],
      variant: 'overdue',
      suggests: ['alkalinePhosphatase', 'nephrology'],
    },
    {
      name: 'G4, none of calcium and PTH in 12 months: a warning',
      record: [woman, ...pair(20)],
      variant: 'noneInYear',
      says: ['CKD G4: calcium, phosphate, PTH, alkaline phosphatase, 25-OH vitamin D overdue'],
      suggests: [...G4_LABS, 'nephrology'],
    },
    {
      name: 'G4, calcium and PTH 12 months and a day ago: a warning',
      record: [woman, ...pair(20), ...without('2025-01-14')],
      variant: 'noneInYear',
    },
    {
      name: 'G4, calcium 12 months ago to the day: overdue, no warning',
      record: [woman, ...pair(20), calcium(9.2, '2025-01-15')],
      variant: 'overdue',
      suggests: ['calcium', 'phosphate', 'pth', 'alkalinePhosphatase', 'vitaminD', 'nephrology'],
    },
    {
      name: 'G4, PTH ordered, calcium not: the warning stays',
      record: [woman, ...pair(20), ordered('2731-8')],
      variant: 'noneInYear',
      suggests: ['calcium', 'phosphate', 'alkalinePhosphatase', 'vitaminD', 'nephrology'],
    },
    {
      name: 'G4, calcium and PTH ordered: the rest without a warning',
      record: [woman, ...pair(20), ordered('2731-8'), ordered('17861-6')],
      variant: 'overdue',
      suggests: ['phosphate', 'alkalinePhosphatase', 'vitaminD', 'nephrology'],
    },
    {
      name: 'G3 with nothing on file is no warning',
      record: [woman, ...pair(30)],
      variant: 'overdue',
      says: ['CKD G3b'],
    },
    {
      name: 'eGFR 29 is G4',
      record: [woman, ...pair(29)],
      variant: 'noneInYear',
      says: ['CKD G4'],
    },
    {
      name: 'eGFR 14.9 is G5: calcium three months and a day ago',
      record: [woman, ...pair(14.9), ...without(RECENT, 'calcium'), calcium(9.2, '2025-10-14')],
      variant: 'overdue',
      says: ['CKD G5: calcium overdue'],
      suggests: ['calcium', 'nephrology'],
    },
    {
      name: 'G5, PTH six months and a day ago',
      record: [woman, ...pair(12), ...without(RECENT, 'pth'), pth(60, '2025-07-14')],
      variant: 'overdue',
      suggests: ['pth', 'nephrology'],
    },
    {
      name: 'G4 with nephrology contact 12 months ago to the day: no referral',
      record: [woman, ...pair(20), nephrology({ authoredOn: '2025-01-15' })],
      variant: 'noneInYear',
      suggests: G4_LABS,
    },
    {
      name: 'nephrology asked in words',
      record: [woman, ...pair(20), order({ text: 'Ref: Nephrology' })],
      variant: 'noneInYear',
      suggests: G4_LABS,
    },
    {
      name: 'nephrology contact 12 months and a day ago',
      record: [woman, ...pair(20), nephrology({ authoredOn: '2025-01-14' })],
      variant: 'noneInYear',
      suggests: [...G4_LABS, 'nephrology'],
    },
    {
      name: '25-OH vitamin D belongs to another card; the warning keeps its other tests',
      record: [woman, ...pair(20)],
      dropped: ['vitaminD'],
      variant: 'noneInYear',
      suggests: ['calcium', 'phosphate', 'pth', 'alkalinePhosphatase', 'nephrology'],
    },
    {
      name: 'a search for PTH that failed leaves the tests that are certainly overdue',
      record: [woman, ...pair(20)],
      unknown: { bone: 'failed' },
      variant: 'overdue',
      suggests: ['calcium', 'phosphate', 'alkalinePhosphatase', 'nephrology'],
    },

    // one eGFR
    {
      name: 'one eGFR of 55, 91 days ago: confirm',
      record: [woman, eGfr(55, '2025-10-16')],
      variant: 'confirm',
      says: ['eGFR 55 on 2025-10-16, not repeated: confirm CKD.'],
      suggests: ['creatinine'],
    },
    {
      name: 'one eGFR of 59.96 is shown cut, not rounded up',
      record: [woman, eGfr(59.96, '2025-10-01')],
      variant: 'confirm',
      says: ['eGFR 59.9 on'],
    },
    {
      name: 'one creatinine: computed with the age of that day, 65',
      record: [woman, creatinine(1.3, '2025-10-01')],
      variant: 'confirm',
      says: ['eGFR 46 on 2025-10-01'],
    },
    {
      name: 'one eGFR as a race-specific pair',
      record: [woman, raceSpecific('48642-3', 52, '2025-10-01'), raceSpecific('48643-1', 63, '2025-10-01')],
      variant: 'confirm',
      says: ['eGFR 52'],
    },
    {
      name: 'one eGFR of less than 60 as a bound',
      record: [woman, bound('<', 60, '2025-10-01')],
      variant: 'confirm',
      says: ['eGFR < 60'],
    },
  ],
  doesNotApply: [
    {
      name: 'eGFR 59 and 58, 89 days apart: not chronic, and not one only',
      record: [woman, eGfr(59, '2025-09-03'), eGfr(58, '2025-12-01')],
    },
    { name: 'latest eGFR 60', record: [woman, eGfr(50, '2025-06-01'), eGfr(60)] },
    {
      name: 'latest eGFR above 60 as a bound',
      record: [woman, eGfr(50, '2025-06-01'), bound('>', 60, '2025-12-01')],
    },
    {
      name: 'eGFR 60 between two low ones',
      record: [woman, eGfr(50, '2025-03-01'), eGfr(60, '2025-11-01'), eGfr(50)],
    },
    {
      name: 'a creatinine between two low eGFRs gives 82',
      record: [woman, ...pair(50), creatinine(0.8, '2025-11-01')],
    },
    {
      name: 'a newer creatinine gives 82',
      record: [woman, ...pair(50), creatinine(0.8, '2025-12-20')],
    },
    { name: 'stage 4 code, latest eGFR 62: the eGFR decides', record: [woman, stage4, eGfr(62)] },
    {
      name: 'two low eGFRs, the latest 12 months and a day ago',
      record: [woman, eGfr(50, '2024-01-01'), eGfr(50, '2025-01-14')],
    },
    { name: 'nothing on file', record: [woman] },
    { name: 'CKD of unknown stage, no eGFR', record: [woman, condition('icd10cm', 'N18.9')] },
    {
      name: 'stage 3 code, refuted',
      record: [
        woman,
        condition('icd10cm', 'N18.31', { verificationStatus: { coding: [{ code: 'refuted' }] } }),
      ],
    },
    { name: 'dialysis', record: [woman, ...pair(10), condition('icd10cm', 'Z99.2')] },
    { name: 'end stage renal disease', record: [woman, condition('icd10cm', 'N18.6')] },
    {
      name: 'haemodialysis last month',
      record: [woman, ...pair(10), procedure(coded('snomed', '302497006'), '2025-12-20')],
    },
    { name: 'kidney transplant', record: [woman, ...pair(40), condition('icd10cm', 'Z94.0')] },
    { name: 'G3, all tests on file', record: [woman, ...pair(50), ...without(RECENT)] },
    {
      name: 'G3, calcium and phosphate 12 months ago to the day, PTH years ago, no alkaline phosphatase',
      record: [
        woman,
        ...pair(50),
        calcium(9.2, '2025-01-15'),
        phosphate('2025-01-15'),
        pth(60, '2016-01-01'),
        vitaminD(32, '2024-01-15'),
      ],
    },
    {
      name: 'G4, calcium and phosphate six months ago to the day, PTH and alkaline phosphatase 12',
      record: [
        woman,
        ...pair(20),
        calcium(9.2, '2025-07-15'),
        phosphate('2025-07-15'),
        pth(60, '2025-01-15'),
        alkalinePhosphatase('2025-01-15'),
        vitaminD(32, '2024-01-15'),
      ],
    },
    {
      name: 'G4, PTH 11 months ago is not due',
      record: [woman, ...pair(20), ...without(RECENT, 'pth'), pth(60, '2025-02-15')],
    },
    {
      name: 'G5, calcium and phosphate three months ago to the day, PTH six',
      record: [
        woman,
        ...pair(14),
        ...without(RECENT, 'calcium', 'phosphate', 'pth'),
        calcium(9.2, '2025-10-15'),
        phosphate('2025-10-15'),
        pth(60, '2025-07-15'),
      ],
    },
    {
      name: 'eGFR 15 is G4: PTH 11 months ago',
      record: [woman, ...pair(15), ...without(RECENT, 'pth'), pth(60, '2025-02-15')],
    },
    {
      name: 'ionised calcium is a calcium',
      record: [woman, ...pair(50), ...without(RECENT, 'calcium'), lab('1995-0', 1.2, 'mmol/L', RECENT)],
    },
    {
      name: 'G4 without nephrology contact, all tests current: the referral alone is no card',
      record: [woman, ...pair(20), ...without(RECENT)],
    },
    {
      name: 'the overdue test is ordered',
      record: [woman, ...pair(50), ...without(RECENT, 'pth'), ordered('2731-8')],
    },
    {
      name: 'only 25-OH vitamin D is overdue, and another card asks for it',
      record: [woman, ...pair(50), ...without(RECENT, 'vitaminD')],
      dropped: ['vitaminD'],
    },
    {
      name: 'one eGFR of 55, 90 days ago: too recent to be called not repeated',
      record: [woman, eGfr(55, '2025-10-17')],
    },
    {
      name: 'one eGFR of 55, creatinine ordered',
      record: [woman, eGfr(55, '2025-10-01'), ordered('2160-0')],
    },
    {
      name: 'one eGFR of 55, CKD of unknown stage on the problem list',
      record: [woman, eGfr(55, '2025-10-01'), condition('icd10cm', 'N18.9')],
    },
    {
      name: 'eGFR 70 two years ago and 55 now: not one only',
      record: [woman, eGfr(70, '2024-01-01'), eGfr(55, '2025-10-01')],
    },
    { name: 'one eGFR of 60', record: [woman, eGfr(60, '2025-10-01')] },
    { name: 'one eGFR, 12 months and a day ago', record: [woman, eGfr(55, '2025-01-14')] },
  ],
  lacksData: [
    {
      name: 'eGFR search failed, stage 3 code',
      record: [woman, stage3],
      unknown: { kidney: 'failed' },
      missing: ['eGfrHistory'],
    },
    {
      name: 'eGFR search cut off',
      record: [woman, ...pair(50)],
      incomplete: { kidney: 'truncated' },
      missing: ['eGfrHistory'],
    },
    {
      name: 'a newer eGFR cannot be read',
      record: [woman, ...pair(50), lab('98979-8', 0, 'furlong', '2025-12-20')],
      missing: ['eGfrHistory'],
    },
    {
      name: 'a newer eGFR without a usable status',
      record: [woman, ...pair(50), eGfr(80, '2025-12-20', { status: 'unknown' })],
      missing: ['eGfrHistory'],
    },
    {
      name: 'an eGFR between the two cannot be read',
      record: [woman, ...pair(50), lab('98979-8', 0, 'furlong', '2025-09-01')],
      missing: ['eGfrHistory'],
    },
    {
      name: 'an eGFR without a date cannot be placed',
      record: [woman, ...pair(50), eGfr(70, 'nonsense')],
      missing: ['eGfrHistory'],
    },
    {
      name: 'a newer creatinine, sex unknown: no eGFR from it',
      record: [patient(66, { gender: 'other' }), ...pair(50), creatinine(1.2, '2025-12-20')],
      missing: ['eGfrHistory'],
    },
    {
      name: 'only creatinine, sex unknown',
      record: [patient(66, { gender: 'other' }), creatinine(1.2, '2025-12-20')],
      missing: ['eGfrHistory'],
    },
    {
      name: 'only creatinine, as a bound',
      record: [woman, creatinine(0, '2025-12-20', 'mg/dL', quantity('>', 1.5, 'mg/dL'))],
      missing: ['eGfrHistory'],
    },
    {
      name: 'latest eGFR above 45 as a bound',
      record: [woman, eGfr(50, '2025-06-01'), bound('>', 45, '2025-12-01')],
      missing: ['eGfrHistory'],
    },
    {
      name: 'an eGFR above 45 as a bound between the two',
      record: [woman, ...pair(50), bound('>', 45, '2025-11-01')],
      missing: ['eGfrHistory'],
    },
    {
      name: 'latest eGFR below 60 as a bound: which stage',
      record: [woman, eGfr(50, '2025-06-01'), bound('<', 60, '2025-12-01')],
      missing: ['eGfrHistory'],
    },
    {
      name: 'latest eGFR in 2025, day unknown: within 12 months or not',
      record: [woman, eGfr(50, '2024-06-01'), eGfr(50, '2025')],
      missing: ['eGfrHistory'],
    },
    {
      name: 'one eGFR and one that cannot be read: whether it was repeated is open',
      record: [woman, eGfr(55, '2025-10-01'), lab('98979-8', 0, 'furlong', '2023-10-01')],
      missing: ['eGfrHistory'],
    },
    {
      name: 'problem list not available, no eGFR',
      record: [woman],
      unknown: { conditions: 'failed' },
      missing: ['ckdStage3plus'],
    },
    {
      name: 'problem list not available, one eGFR',
      record: [woman, eGfr(55, '2025-10-01')],
      unknown: { conditions: 'failed' },
      missing: ['ckdStage3plus'],
    },
    {
      name: 'problem list not available: dialysis or not',
      record: [woman, ...pair(50)],
      unknown: { conditions: 'failed' },
      missing: ['dialysis'],
    },
    {
      name: 'procedures not available: dialysis or not',
      record: [woman, ...pair(50)],
      unknown: { procedures: 'failed' },
      missing: ['dialysis'],
    },
    {
      name: 'one eGFR, orders not available',
      record: [woman, eGfr(55, '2025-10-01')],
      unknown: { serviceRequests: 'failed' },
      missing: ['kidneyOrdered'],
    },
    {
      name: 'PTH search failed, the others current',
      record: [woman, ...pair(50), ...without(RECENT, 'pth', 'vitaminD')],
      unknown: { bone: 'failed' },
      missing: ['pth', 'anyVitaminD'],
    },
    {
      name: 'the only calcium cannot be read',
      record: [woman, ...pair(50), ...without(RECENT, 'calcium'), calcium(9, RECENT, 'furlong')],
      missing: ['calciumResults'],
    },
    {
      name: 'PTH missing, orders not available',
      record: [woman, ...pair(50), ...without(RECENT, 'pth')],
      unknown: { serviceRequests: 'failed' },
      missing: ['pthOrdered'],
    },
  ],
});

describe('among the other recommendations', () => {
  test('the card is a reminder of patient-view, and asks for 25-OH vitamin D before R10 and R09', () => {
    const record = recordOf([woman, ...pair(20), condition('snomed', '396331005')]);
    const { cards } = decide('bone-heart-patient-view', record, contextOf(), guideline, TODAY);
    expect(cards.map(({ source, indicator }) => [source.topic?.code, indicator])).toContainEqual([
      'ckd-mbd-monitoring',
      'warning',
    ]);
    expect(cards.map(({ source }) => source.topic?.code)).not.toContain('vitamin-d-level-missing');
  });
});
