/**
 * The clinical specification of the order hooks as a tester outside sees it: R01 to R06, R19-C, R20, R21, R22-C and R22-D.
 *
 * Sections are named after clarifications.md and rules.md. The evaluation date is 2026-01-15. `cards` of a case is the answer
 * of the recommendations that its section is about.
 */
import { describe, expect, test } from '@jest/globals';
import type { Resource } from '../../src/facts/record.ts';
import {
  bloodPressure,
  calcium,
  clinicalStatus,
  coded,
  daily,
  drug,
  eGfr,
  lab,
  order,
  osteopenia,
  osteoporosis,
  procedure,
  quantity,
  statement,
  tScore,
  verificationStatus,
  vitaminD,
  weight,
} from '../build-record.ts';
import {
  cardsOf,
  cases,
  codedValue,
  comparedOf,
  currentSmoker,
  cutOff,
  days,
  draftOf,
  encounter,
  formerSmoker,
  hip,
  icd,
  male,
  months,
  noValue,
  orderedCodes,
  OUTCOME,
  over,
  R01,
  R02,
  R03,
  R04,
  R05,
  R06,
  R19,
  R20,
  R21,
  R22,
  recorded,
  removedDrafts,
  SAFE,
  settled,
  snomed,
  STANDARD,
  stopped,
  topicOf,
  useServices,
  woman,
  type Case,
  type Extra,
} from './specification-helpers.ts';

useServices();

/** LOINC and SNOMED CT codes of what is suggested. */
const CALCIUM = '17861-6';
const PTH = '2731-8';
const VITAMIN_D = '62292-8';
const PHOSPHATE = '2777-1';
const ALP = '6768-6';
const CREATININE = '2160-0';
const DXA = '38268-9';
const ENDOCRINOLOGY = '306278007';
const NEPHROLOGY = '306286007';
const DIETITIAN = '103699006';

const selecting = { hook: 'order-select' } as const;
const pregnancyCode = icd('O09.90', months(3));
const albumin = (value: number, date = '2025-12-01', unit = 'g/dL'): Resource =>
  lab('1751-7', value, unit, date);
const corrected = (value: number, date = '2025-12-01', unit = 'mg/dL'): Resource =>
  lab('46099-8', value, unit, date);
const ionised = (value: number, date = '2025-12-01', unit = 'mmol/L'): Resource =>
  lab('1995-0', value, unit, date);
const creatinine = (value: number, date = '2025-12-01', unit = 'mg/dL'): Resource =>
  lab('2160-0', value, unit, date);
const range = (low: number | undefined, high: number | undefined, unit: string): Extra => ({
  referenceRange: [
    {
      ...(low === undefined ? {} : { low: { value: low, unit } }),
      ...(high === undefined ? {} : { high: { value: high, unit } }),
    },
  ],
});

/** What a laboratory phones for; not the normal range. */
function alarmRange(low: number, high: number): Extra {
  return {
    type: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/referencerange-meaning', code: 'critical' }],
    },
    low: { value: low, unit: 'mg/dL' },
    high: { value: high, unit: 'mg/dL' },
  };
}

/** The same row at order-sign, which shows warnings only, and at order-select. */
interface Row {
  readonly name: string;
  readonly history: readonly Resource[];
  readonly indicator: string | null;
  readonly more?: Partial<Case>;
}
const row = (
  name: string,
  history: readonly Resource[],
  indicator: string | null,
  more: Partial<Case> = {},
): Row => ({ name, history, indicator, more });

function orderCases(
  id: string,
  who: Resource,
  drafts: readonly Resource[],
  rows: readonly Row[],
  base: readonly Resource[] = [],
): void {
  const shared: Partial<Case> = { hook: 'order-sign', about: [id], drafts, triggeredByDrug: true };
  cases(
    rows.map(({ name, history, indicator, more }): Case => ({
      name,
      record: [who, ...base, ...history],
      cards: indicator === null ? {} : { [id]: indicator },
      ...more,
    })),
    shared,
  );
}

/* ------------------------------------------------------------------ R02 */

const prolia = draftOf('denosumab 60 MG/ML Prefilled Syringe [Prolia]');
const xgeva = draftOf('denosumab 120 MG/1.7 ML Injection [Xgeva]');
const reclast = draftOf('zoledronic acid 5 MG in 100 ML Injection [Reclast]');
const zometa = draftOf('zoledronic acid 4 MG in 100 ML Injection [Zometa]');
const evenity = draftOf('romosozumab 105 MG/1.17 ML Prefilled Syringe [Evenity]');
const fosamax = draftOf('alendronate 70 MG Oral Tablet [Fosamax]');
const actonel = draftOf('risedronate sodium 35 MG Oral Tablet [Actonel]');
const bonivaInjection = draftOf('ibandronate 3 MG in 3 ML Prefilled Syringe Injection [Boniva]', {
  dosageInstruction: [{ route: { text: 'Intravenous' } }],
});
const bonivaTablet = draftOf('ibandronate 150 MG Oral Tablet [Boniva]');

const goodCalcium = [calcium(9.5), albumin(4.2)];
const goodKidney = [eGfr(80)];
const goodD = [vitaminD(40)];
const sound = [...goodCalcium, ...goodKidney, ...goodD];

const LOW_CALCIUM = 'Low calcium on file: correct before this bone drug (contraindicated in hypocalcaemia).';
const ADVANCED_CKD =
  'Denosumab with eGFR < 30: boxed warning for severe hypocalcaemia. Assess CKD-MBD first.';
const NO_CALCIUM = 'No calcium in 90 days: check before this bone drug.';
const NO_KIDNEY = 'Denosumab: kidney function not on file in 12 months. Check before dosing.';

describe('R02 calcium before a bone drug: denosumab 60 mg', () => {
  const withRest = [...goodKidney, ...goodD];
  orderCases(
    R02,
    woman(70),
    [prolia],
    [
      row('all on file and normal: none', sound, null),
      row('Ca 8.4 corrected by the laboratory: A', [corrected(8.4), ...withRest], 'critical', {
        summary: LOW_CALCIUM,
        removes: true,
      }),
      row('8.5 corrected: none', [corrected(8.5), ...withRest], null),
      row('total 8.4 with albumin 4.0: A', [calcium(8.4), albumin(4), ...withRest], 'critical'),
      row('total 8.5 with albumin 4.0: none', [calcium(8.5), albumin(4), ...withRest], null),
      row('total 8.0, albumin 3.0 (corrected 8.8): none', [calcium(8), albumin(3), ...withRest], null),
      row('total 7.6, albumin 3.0 (corrected 8.4): A', [calcium(7.6), albumin(3), ...withRest], 'critical'),
      row('total 7.7, albumin 3.0 (corrected 8.5): none', [calcium(7.7), albumin(3), ...withRest], null),
      row(
        'albumin of 4.0 and more does not correct downwards',
        [calcium(8.5), albumin(5), ...withRest],
        null,
      ),
      row('total 8.0 without albumin: warning', [calcium(8), ...withRest], 'warning', {
        detail: /not corrected for albumin/i,
        removes: true,
      }),
      row(
        'albumin 14 days away corrects',
        [calcium(8, '2025-12-01'), albumin(3, '2025-12-15'), ...withRest],
        null,
      ),
      row(
        'albumin 15 days away does not: warning',
        [calcium(8, '2025-12-01'), albumin(3, '2025-12-16'), ...withRest],
        'warning',
      ),
      row('2.11 mmol/L corrected: A', [corrected(2.11, '2025-12-01', 'mmol/L'), ...withRest], 'critical'),
      row('2.12 mmol/L corrected: none', [corrected(2.12, '2025-12-01', 'mmol/L'), ...withRest], null),
      row(
        'total 2.0 mmol/L, albumin 30 g/L (corrected 2.20): none',
        [calcium(2, '2025-12-01', 'mmol/L'), albumin(30, '2025-12-01', 'g/L'), ...withRest],
        null,
      ),
      row(
        'total 1.9 mmol/L, albumin 30 g/L (corrected 2.10): A',
        [calcium(1.9, '2025-12-01', 'mmol/L'), albumin(30, '2025-12-01', 'g/L'), ...withRest],
        'critical',
      ),
      row('ionised 1.11: A', [ionised(1.11), ...withRest], 'critical'),
      row('ionised 1.12: none', [ionised(1.12), ...withRest], null),
      row('ionised before total: none', [calcium(8), ionised(1.2), ...withRest], null),
      row('ionised before total: A', [...goodCalcium, ionised(1.05), ...withRest], 'critical'),
      row(
        "the report's own range 8.2 to 10.2: 8.4 is normal",
        [{ ...corrected(8.4), ...range(8.2, 10.2, 'mg/dL') }, ...withRest],
        null,
      ),
      row(
        "the report's own range 8.8 to 10.2: 8.7 is low",
        [{ ...corrected(8.7), ...range(8.8, 10.2, 'mg/dL') }, ...withRest],
        'critical',
      ),
      row(
        "ionised 1.14 below the report's 1.15",
        [{ ...ionised(1.14), ...range(1.15, 1.3, 'mmol/L') }, ...withRest],
        'critical',
      ),
      row(
        'a range of 0 to 0 is no range: 7.9 is low',
        [{ ...corrected(7.9), ...range(0, 0, 'mg/dL') }, ...withRest],
        'critical',
      ),
      row(
        'a range of 0 to 0 is no range: 9.4 is normal',
        [{ ...corrected(9.4), ...range(0, 0, 'mg/dL') }, ...withRest],
        null,
      ),
      row(
        'a range turned round is no range: 9.4 is normal',
        [{ ...corrected(9.4), ...range(10.2, 8.5, 'mg/dL') }, ...withRest],
        null,
      ),
      row(
        'a range in mmol/L under a value in mg/dL: 7.9 is low',
        [{ ...corrected(7.9), ...range(2.12, 2.62, 'mmol/L') }, ...withRest],
        'critical',
      ),
      row(
        'a range without unit that cannot be meant (2.1 to 2.6): 7.9 is low',
        [{ ...corrected(7.9), referenceRange: [{ low: { value: 2.1 }, high: { value: 2.6 } }] }, ...withRest],
        'critical',
      ),
      row(
        'a critical range is not the normal range: 7.9 is low',
        [{ ...corrected(7.9), referenceRange: [alarmRange(6, 13)] }, ...withRest],
        'critical',
      ),
      row(
        'the normal range counts beside the critical one',
        [
          {
            ...corrected(8.4),
            referenceRange: [
              alarmRange(6, 13),
              { low: { value: 8.2, unit: 'mg/dL' }, high: { value: 10.2, unit: 'mg/dL' } },
            ],
          },
          ...withRest,
        ],
        null,
      ),
      row(
        'a range in words is no range: 7.9 is low',
        [{ ...corrected(7.9), referenceRange: [{ text: 'see report' }] }, ...withRest],
        'critical',
      ),
      row('high calcium is not low', [calcium(11), albumin(4), ...withRest], null),
      row('calcium 90 days old and low: A', [corrected(8.4, days(90)), ...withRest], 'critical'),
      row('calcium 90 days old and normal: none', [corrected(9.5, days(90)), ...withRest], null),
      row('calcium 91 days old: C', [corrected(9.5, days(91)), ...withRest], 'warning', {
        summary: NO_CALCIUM,
        ordersWith: [CALCIUM],
        removes: true,
      }),
      row('low calcium 91 days old: C, not A', [corrected(8, days(91)), ...withRest], 'warning', {
        summary: NO_CALCIUM,
      }),
      row('a month without a day within 90 days: A', [corrected(8, '2025-11'), ...withRest], 'critical'),
      row(
        'a month that may be older than 90 days: no card by guess',
        [corrected(8, '2025-10'), ...withRest],
        null,
      ),
      row(
        'the latest counts: low, then normal',
        [corrected(8, days(60)), corrected(9, days(5)), ...withRest],
        null,
      ),
      row(
        'the latest counts: normal, then low',
        [corrected(9, days(60)), corrected(8, days(5)), ...withRest],
        'critical',
      ),
      row(
        'a preliminary low value does not count: C',
        [{ ...corrected(8, days(3)), status: 'preliminary' }, ...withRest],
        'warning',
        { summary: NO_CALCIUM },
      ),
      row(
        'an erroneous low value does not count',
        [{ ...corrected(8, days(3)), status: 'entered-in-error' }, corrected(9.4), ...withRest],
        null,
      ),
      row('calcium "< 8.0": A', [{ ...corrected(8), ...quantity('<', 8, 'mg/dL') }, ...withRest], 'critical'),
      row(
        'calcium "> 8.0" proves nothing',
        [{ ...corrected(8), ...quantity('>', 8, 'mg/dL') }, ...withRest],
        null,
      ),
      row(
        'calcium in an unknown unit: not "none on file"',
        [corrected(8, '2025-12-01', 'furlong'), ...withRest],
        null,
      ),
      row('calcium dated in the future: no card by guess', [corrected(8, '2026-02-01'), ...withRest], null),
      row(
        'calcium not performed: C',
        [{ ...corrected(8), ...noValue('not-performed') }, ...withRest],
        'warning',
        {
          summary: NO_CALCIUM,
        },
      ),
      row('active hypocalcaemia by code only: critical', [icd('E83.51', months(2)), ...withRest], 'critical'),
      row('SNOMED CT hypocalcaemia', [snomed('5291005', months(2)), ...withRest], 'critical'),
      row(
        'hypocalcaemia and a later normal calcium: warning',
        [icd('E83.51', months(3)), ...sound],
        'warning',
      ),
      row(
        'hypocalcaemia after the normal calcium: critical',
        [icd('E83.51', days(10)), ...sound],
        'critical',
      ),
      row(
        'hypocalcaemia and a normal calcium over 90 days old: critical',
        [icd('E83.51', months(9)), corrected(9.5, days(91)), ...withRest],
        'critical',
      ),
      row(
        'resolved hypocalcaemia: none',
        [icd('E83.51', months(2), clinicalStatus('resolved')), ...sound],
        null,
      ),
      row(
        'refuted hypocalcaemia: none',
        [icd('E83.51', months(2), verificationStatus('refuted')), ...sound],
        null,
      ),
      row('eGFR 29: B', [...goodCalcium, ...goodD, eGfr(29)], 'critical', {
        summary: ADVANCED_CKD,
        ordersWith: [NEPHROLOGY],
        removes: true,
      }),
      row('eGFR 30: not B', [...goodCalcium, ...goodD, eGfr(30)], null),
      row(
        'eGFR "< 30": B',
        [...goodCalcium, ...goodD, eGfr(30, '2025-12-01', quantity('<', 30, 'mL/min/{1.73_m2}'))],
        'critical',
      ),
      row(
        'eGFR "> 60": none',
        [...goodCalcium, ...goodD, eGfr(60, '2025-12-01', quantity('>', 60, 'mL/min/{1.73_m2}'))],
        null,
      ),
      row(
        'eGFR "< 60" does not prove it',
        [...goodCalcium, ...goodD, eGfr(60, '2025-12-01', quantity('<', 60, 'mL/min/{1.73_m2}'))],
        null,
      ),
      row(
        'eGFR 12 months ago to the day: counts',
        [...goodCalcium, ...goodD, eGfr(29, months(12))],
        'critical',
      ),
      row('eGFR over 12 months ago: not on file', [...goodCalcium, ...goodD, eGfr(29, over(12))], 'warning', {
        summary: NO_KIDNEY,
      }),
      row('neither eGFR nor creatinine: warning', [...goodCalcium, ...goodD], 'warning', {
        summary: NO_KIDNEY,
      }),
      row('creatinine 2.5 at 70 (eGFR 20): B', [...goodCalcium, ...goodD, creatinine(2.5)], 'critical', {
        summary: ADVANCED_CKD,
      }),
      row('creatinine 0.8: none', [...goodCalcium, ...goodD, creatinine(0.8)], null),
      row(
        'creatinine 221 umol/L: B',
        [...goodCalcium, ...goodD, creatinine(221, '2025-12-01', 'umol/L')],
        'critical',
      ),
      row('stage 4 by code without eGFR: B', [...goodCalcium, ...goodD, icd('N18.4', months(6))], 'critical'),
      row(
        'stage 3 by code without eGFR: not B',
        [...goodCalcium, ...goodD, icd('N18.30', months(6))],
        'warning',
        {
          summary: NO_KIDNEY,
        },
      ),
      row(
        'stage 4 by code, a newer eGFR of 45: warning, both shown',
        [...goodCalcium, ...goodD, icd('N18.4', months(6)), eGfr(45)],
        'warning',
        { detail: /45/ },
      ),
      row('dialysis Z99.2: B', [...sound, icd('Z99.2', months(6))], 'critical'),
      row(
        'dialysis procedure 90 days ago: B',
        [...sound, procedure(coded('snomed', '302497006'), days(90))],
        'critical',
      ),
      row(
        'dialysis procedure 91 days ago: none',
        [...sound, procedure(coded('snomed', '302497006'), days(91))],
        null,
      ),
      row('25-OH-D 19.9, no supplement: D', [...goodCalcium, ...goodKidney, vitaminD(19.9)], 'warning', {
        summary:
          /^25-OH vitamin D 19\.9( ng\/mL)? before this bone drug, no supplement on file: correct first\.$/,
      }),
      row('25-OH-D 20.0: none', [...goodCalcium, ...goodKidney, vitaminD(20)], null),
      row('49 nmol/L: D', [...goodCalcium, ...goodKidney, vitaminD(49, '2025-12-01', 'nmol/L')], 'warning'),
      row('50 nmol/L: none', [...goodCalcium, ...goodKidney, vitaminD(50, '2025-12-01', 'nmol/L')], null),
      row(
        '25-OH-D 15 on colecalciferol: none',
        [...goodCalcium, ...goodKidney, vitaminD(15), drug('cholecalciferol 1000 UNT Oral Tablet')],
        null,
      ),
      row(
        '25-OH-D 15 with a supplement statement: none',
        [...goodCalcium, ...goodKidney, vitaminD(15), statement('vitamin D3 1000 IU')],
        null,
      ),
      row(
        '25-OH-D 15, supplement stopped: D',
        [...goodCalcium, ...goodKidney, vitaminD(15), drug('cholecalciferol 1000 UNT', stopped(months(2)))],
        'warning',
      ),
      row(
        '25-OH-D 15 of 12 months ago: D',
        [...goodCalcium, ...goodKidney, vitaminD(15, months(12))],
        'warning',
      ),
      row(
        '25-OH-D 15 of over 12 months ago: none',
        [...goodCalcium, ...goodKidney, vitaminD(15, over(12))],
        null,
      ),
      row(
        '25-OH-D "< 4": D',
        [...goodCalcium, ...goodKidney, vitaminD(4, '2025-12-01', 'ng/mL', quantity('<', 4, 'ng/mL'))],
        'warning',
      ),
      row(
        '25-OH-D "< 30": none',
        [...goodCalcium, ...goodKidney, vitaminD(30, '2025-12-01', 'ng/mL', quantity('<', 30, 'ng/mL'))],
        null,
      ),
      row('25-OH-D missing is no reason', [...goodCalcium, ...goodKidney], null),
      row(
        'low calcium and eGFR 25: A, with B in the detail',
        [corrected(8), ...goodD, eGfr(25)],
        'critical',
        {
          summary: LOW_CALCIUM,
          detail: /eGFR.*25|25.*mL\/min/,
          ordersWith: [NEPHROLOGY],
        },
      ),
      row('eGFR 25 and no calcium: B, with C in the detail', [...goodD, eGfr(25)], 'critical', {
        summary: ADVANCED_CKD,
        ordersWith: [CALCIUM, NEPHROLOGY],
      }),
      row('no calcium and low vitamin D: C before D', [...goodKidney, vitaminD(15)], 'warning', {
        summary: NO_CALCIUM,
        detail: /15/,
      }),
      row(
        'uncertain low calcium is a warning even with normal kidneys',
        [calcium(8.4), ...withRest],
        'warning',
      ),
      row(
        'calcium already ordered: not suggested again',
        [...withRest, order(coded('loinc', CALCIUM))],
        'warning',
        {
          ordersWithout: [CALCIUM],
        },
      ),
      row('B is as loud at order-select', [...goodCalcium, ...goodD, eGfr(29)], 'critical', selecting),
      row('A is as loud at order-select', [corrected(8.4), ...withRest], 'critical', selecting),
    ],
  );

  orderCases(
    R02,
    woman(30),
    [prolia],
    [
      row('E: pregnancy', [...sound, pregnancyCode], 'critical', { summary: /[Pp]regnan/, removes: true }),
      row('E: onset 10 months ago', [...sound, icd('O09.90', months(10))], 'critical'),
      row('E: onset over 10 months ago: none', [...sound, icd('O09.90', over(10))], null),
      row(
        'E: pregnancy status positive',
        [...sound, codedValue('82810-3', '77386006', months(2))],
        'critical',
      ),
      row('E: low calcium goes first', [corrected(8), ...goodKidney, ...goodD, pregnancyCode], 'critical', {
        summary: LOW_CALCIUM,
        detail: /[Pp]regnan/,
      }),
      row('E before C', [...goodKidney, ...goodD, pregnancyCode], 'critical', { summary: /[Pp]regnan/ }),
      row('zoledronate in pregnancy is not E', [...sound, pregnancyCode], null, { drafts: [reclast] }),
    ],
  );

  orderCases(
    R02,
    male(40),
    [prolia],
    [row('a pregnancy code in a man is not E', [...sound, pregnancyCode], null)],
  );
});

describe('R02 other drugs and doses', () => {
  orderCases(
    R02,
    woman(70),
    [xgeva],
    [
      row('denosumab 120 mg, Ca 8.4: critical', [corrected(8.4), ...goodKidney, ...goodD], 'critical', {
        summary: LOW_CALCIUM,
      }),
      row('120 mg, eGFR 29: nothing at order-sign', [...goodCalcium, ...goodD, eGfr(29)], null),
      row('120 mg, eGFR 29: info at order-select', [...goodCalcium, ...goodD, eGfr(29)], 'info', {
        ...selecting,
        removes: false,
      }),
      row('120 mg, no calcium: info at order-select', [...goodKidney, ...goodD], 'info', selecting),
      row('120 mg, no calcium: nothing at order-sign', [...goodKidney, ...goodD], null),
      row(
        '120 mg, 25-OH-D 15: info at order-select',
        [...goodCalcium, ...goodKidney, vitaminD(15)],
        'info',
        selecting,
      ),
      row('a biosimilar of Xgeva', [...goodKidney, ...goodD], null, {
        drafts: [draftOf('Wyost (denosumab-bbdz) injection')],
      }),
    ],
  );
  orderCases(
    R02,
    woman(70),
    [draftOf('denosumab')],
    [
      row('denosumab without strength reads as 60 mg', [...goodKidney, ...goodD], 'warning', {
        summary: NO_CALCIUM,
      }),
      row('by RxNorm ingredient', [...goodKidney, ...goodD], 'warning', {
        drafts: [draftOf(coded('rxnorm', '993449'))],
      }),
      row('by ATC', [...goodKidney, ...goodD], 'warning', { drafts: [draftOf(coded('atc', 'M05BX04'))] }),
      row('a biosimilar of Prolia', [...goodKidney, ...goodD], 'warning', {
        drafts: [draftOf('Jubbonti 60 mg/mL syringe')],
      }),
    ],
  );
  orderCases(
    R02,
    woman(70),
    [reclast],
    [
      row('zoledronate, all normal: none', sound, null),
      row('zoledronate, Ca 8.4: A', [corrected(8.4), ...goodKidney, ...goodD], 'critical'),
      row('zoledronate, no calcium: C', [...goodKidney, ...goodD], 'warning', { summary: NO_CALCIUM }),
      row('zoledronate, 25-OH-D 15: D', [...goodCalcium, ...goodKidney, vitaminD(15)], 'warning'),
      row('zoledronate, eGFR 29 is not B (R04 owns it)', [...goodCalcium, ...goodD, eGfr(29)], null),
      row('zoledronate without kidney function: silent here (R04 owns it)', [...goodCalcium, ...goodD], null),
    ],
  );
  orderCases(
    R02,
    woman(70),
    [evenity],
    [
      row('romosozumab, all normal: none', sound, null),
      row('romosozumab, Ca 8.4: A', [corrected(8.4), ...goodKidney, ...goodD], 'critical'),
      row('romosozumab, no calcium: C', [...goodKidney, ...goodD], 'warning', { summary: NO_CALCIUM }),
      row('romosozumab, 25-OH-D 15: D', [...goodCalcium, ...goodKidney, vitaminD(15)], 'warning'),
      row('romosozumab, eGFR 29 is not B', [...goodCalcium, ...goodD, eGfr(29)], null),
      row('romosozumab without kidney function: none', [...goodCalcium, ...goodD], null),
    ],
  );
  orderCases(
    R02,
    woman(70),
    [fosamax],
    [
      row('alendronate, Ca 8.4: A', [corrected(8.4), ...goodKidney, ...goodD], 'critical', {
        summary: LOW_CALCIUM,
      }),
      row('alendronate, no calcium: none', [...goodKidney, ...goodD], null),
      row('alendronate, 25-OH-D 15: none', [...goodCalcium, ...goodKidney, vitaminD(15)], null),
      row('alendronate, eGFR 20: none here', [...goodCalcium, ...goodD, eGfr(20)], null),
      row('alendronate, uncertain low calcium: warning', [calcium(8), ...goodKidney], 'warning'),
    ],
  );
  orderCases(
    R02,
    woman(70),
    [bonivaInjection],
    [
      row('ibandronate injection, no calcium: C', [...goodKidney, ...goodD], 'warning', {
        summary: NO_CALCIUM,
      }),
      row('ibandronate injection, 25-OH-D 15: D', [...goodCalcium, ...goodKidney, vitaminD(15)], 'warning'),
      row('ibandronate tablet, no calcium: none', [...goodKidney, ...goodD], null, {
        drafts: [bonivaTablet],
      }),
      row('ibandronate tablet, Ca 8.4: A', [corrected(8.4), ...goodKidney], 'critical', {
        drafts: [bonivaTablet],
      }),
    ],
  );
  orderCases(
    R02,
    woman(70),
    [draftOf('metformin 500 MG Oral Tablet')],
    [
      row('another drug: none', [corrected(7)], null),
      row('raloxifene is not antiresorptive here: none', [corrected(7)], null, {
        drafts: [draftOf('raloxifene 60 MG Oral Tablet')],
      }),
      row('teriparatide: none', [corrected(7)], null, { drafts: [draftOf('teriparatide 20 MCG injection')] }),
    ],
  );
});

/* ------------------------------------------------------------------ R03 */

const raloxifene = draftOf('raloxifene 60 MG Oral Tablet [Evista]');
const duavee = draftOf('conjugated estrogens 0.45 MG / bazedoxifene 20 MG Oral Tablet [Duavee]');
const conbriza = draftOf('bazedoxifene 20 MG Oral Tablet [Conbriza]');
const VTE = 'Raloxifene/SERM: past VTE on record. Contraindicated.';
const STROKE_RISK = 'SERM: stroke or coronary risk. Boxed warning for fatal stroke; weigh risk and benefit.';
const resolved = clinicalStatus('resolved');

describe('R03 SERM with VTE or stroke risk', () => {
  orderCases(
    R03,
    woman(65),
    [raloxifene],
    [
      row('nothing on record: none', [], null),
      row('resolved DVT from 2009: A', [icd('I82.409', '2009-04-01', resolved)], 'critical', {
        summary: VTE,
        orders: [ENDOCRINOLOGY],
        removes: true,
      }),
      row('the same at order-select', [icd('I82.409', '2009-04-01', resolved)], 'critical', selecting),
      row(
        'pulmonary embolism, inactive: A',
        [icd('I26.99', undefined, clinicalStatus('inactive'))],
        'critical',
      ),
      row('history codes: A', [icd('Z86.711')], 'critical'),
      row('Z86.718: A', [icd('Z86.718')], 'critical'),
      row('SNOMED CT deep vein thrombosis: A', [snomed('128053003')], 'critical'),
      row('I82.81x only (superficial): none', [icd('I82.811')], null),
      row('I80.0 superficial phlebitis: none', [icd('I80.01')], null),
      row('H34.83x branch retinal vein occlusion: A', [icd('H34.8310')], 'critical'),
      row('H34.81x central retinal vein occlusion: A', [icd('H34.8110')], 'critical'),
      row('H34.1x retinal artery occlusion is not A', [icd('H34.11')], null),
      row('DVT refuted: none', [icd('I82.409', undefined, verificationStatus('refuted'))], null),
      row(
        'DVT entered in error: none',
        [icd('I82.409', undefined, verificationStatus('entered-in-error'))],
        null,
      ),
      row(
        'DVT in the family: none',
        [icd('I82.409', undefined, { category: [{ coding: [{ code: 'family-history' }] }] })],
        null,
      ),
      row('stroke: B', [icd('I63.9', '2012-01-01')], 'warning', { summary: STROKE_RISK, removes: true }),
      row('stroke, resolved: B', [icd('I63.9', '2012-01-01', resolved)], 'warning'),
      row('haemorrhagic stroke: B', [icd('I61.9', '2012-01-01')], 'warning'),
      row('Z86.73: B', [icd('Z86.73')], 'warning'),
      row('TIA: B', [icd('G45.9', months(40))], 'warning'),
      row('G45.4 (transient global amnesia): none', [icd('G45.4', months(4))], null),
      row('coronary disease: B', [icd('I25.10')], 'warning', { summary: STROKE_RISK }),
      row('MI: B', [icd('I21.9', '2011-05-01')], 'warning'),
      row('peripheral disease: B', [icd('I73.9')], 'warning'),
      row('atrial fibrillation: B', [icd('I48.91')], 'warning'),
      row('resolved atrial fibrillation: none (active only)', [icd('I48.91', undefined, resolved)], null),
      row('current smoker with hypertension: B', [icd('I10'), currentSmoker(months(2))], 'warning'),
      row('current smoker alone: none', [currentSmoker(months(2))], null),
      row('hypertension alone: none', [icd('I10')], null),
      row('former smoker with hypertension: none', [icd('I10'), formerSmoker(months(2))], null),
      row('oestrogen on file: E', [drug('estradiol 1 MG Oral Tablet')], 'warning', {
        summary: /^SERM with systemic oestrogen on file\.$/,
      }),
      row(
        'oestrogen authored 15 months ago: E',
        [drug('estradiol 1 MG Oral Tablet', { authoredOn: months(15) })],
        'warning',
      ),
      row(
        'oestrogen authored over 15 months ago: none',
        [drug('estradiol 1 MG Oral Tablet', { authoredOn: over(15) })],
        null,
      ),
      row('vaginal oestrogen: none', [drug('estradiol 10 MCG Vaginal Insert [Vagifem]')], null),
      row('stopped oestrogen: none', [drug('estradiol 1 MG Oral Tablet', stopped(months(2)))], null),
      row(
        'E ignores the SERM product itself',
        [drug('conjugated estrogens 0.45 MG / bazedoxifene 20 MG Oral Tablet [Duavee]')],
        null,
        { drafts: [duavee] },
      ),
      row('inpatient: C', [encounter('IMP')], 'warning', {
        encounterId: 'e1',
        summary: /^SERM: inpatient, VTE risk with immobilisation\.$/,
      }),
      row('ambulatory: none', [encounter('AMB')], null, { encounterId: 'e1' }),
      row(
        'DVT and stroke: A, the stroke in the detail',
        [icd('I82.409', '2009-04-01'), icd('I63.9', '2012-01-01')],
        'critical',
        {
          summary: VTE,
          detail: /stroke|I63/i,
        },
      ),
      row('stroke and oestrogen: B', [icd('I63.9'), drug('estradiol 1 MG Oral Tablet')], 'warning', {
        summary: STROKE_RISK,
      }),
      row('oestrogen and inpatient: E', [drug('estradiol 1 MG Oral Tablet'), encounter('IMP')], 'warning', {
        encounterId: 'e1',
        summary: /oestrogen/,
      }),
      row('bazedoxifene with oestrogens after stroke: critical', [icd('I63.9', '2012-01-01')], 'critical', {
        drafts: [duavee],
      }),
      row('bazedoxifene with oestrogens after MI: critical', [icd('I25.2')], 'critical', {
        drafts: [duavee],
      }),
      row('bazedoxifene with oestrogens, coronary disease: warning', [icd('I25.10')], 'warning', {
        drafts: [duavee],
      }),
      row('bazedoxifene alone after stroke: warning', [icd('I63.9', '2012-01-01')], 'warning', {
        drafts: [conbriza],
      }),
      row('by ATC G03CC07 after stroke: critical', [icd('I63.9')], 'critical', {
        drafts: [draftOf(coded('atc', 'G03CC07'))],
      }),
      row('by ATC G03XC01 after DVT', [icd('I82.409')], 'critical', {
        drafts: [draftOf(coded('atc', 'G03XC01'))],
      }),
      row('by RxNorm after DVT', [icd('I82.409')], 'critical', {
        drafts: [draftOf(coded('rxnorm', '72143'))],
      }),
      row('tamoxifen is not one: none', [icd('I82.409')], null, {
        drafts: [draftOf('tamoxifen 20 MG Oral Tablet')],
      }),
      row('hospice does not silence it', [icd('I82.409'), icd('Z51.5')], 'critical'),
      row('birth date missing: still speaks', [], 'critical', {
        record: [woman(65, { birthDate: undefined }), icd('I82.409')],
      }),
      row('deceased: none', [], null, { record: [woman(65, { deceasedBoolean: true }), icd('I82.409')] }),
    ],
  );

  const premenopausal = /^SERM: outside the labelled population \(.+\)\.$/;
  orderCases(
    R03,
    woman(30),
    [raloxifene],
    [
      row('pregnancy: D, critical', [pregnancyCode], 'critical', { removes: true }),
      row('pregnancy and stroke: D goes first', [pregnancyCode, icd('I63.9')], 'critical'),
      row('30 years, no menopause: D', [], 'warning', { summary: premenopausal }),
      row('44 years, no menopause: D', [], 'warning', { record: [woman(44)], summary: premenopausal }),
      row('45 years, no menopause data: none', [], null, { record: [woman(45)] }),
      row('woman 50, no menopause data: none', [], null, { record: [woman(50)] }),
      row('54 years, no menopause data: none', [], null, { record: [woman(54)] }),
      row('44 years, ovaries removed: none', [icd('Z90.722', months(40))], null, {
        record: [woman(44), icd('Z90.722', months(40))],
      }),
      row('40 years, premature menopause: none', [], null, { record: [woman(40), icd('E28.310')] }),
      row('man: D', [], 'warning', { record: [male(70)], summary: premenopausal }),
      row('man with stroke: B goes first', [], 'warning', {
        record: [male(70), icd('I63.9')],
        summary: STROKE_RISK,
      }),
      row('gender unknown: none', [], null, { record: [woman(65, { gender: 'unknown' })] }),
      row('gender absent: none', [], null, { record: [woman(65, { gender: undefined })] }),
      row('gender absent, DVT: A', [], 'critical', {
        record: [woman(65, { gender: undefined }), icd('I82.409')],
      }),
    ],
  );

  test('OR-safe; the numbers of RUTH', async () => {
    const one: Case = {
      name: '',
      hook: 'order-sign',
      about: [R03],
      drafts: [raloxifene],
      record: [woman(65), icd('I82.409')],
      cards: {},
    };
    const [card] = comparedOf(one, await cardsOf(one));
    expect(card?.overrideReasons?.map(({ code }) => code)).toEqual(SAFE);
    expect(card?.detail).toMatch(/1\.44/);
    expect(card?.detail).toMatch(/1\.49/);
    expect(card?.detail).toMatch(/0\.95/);
    expect(JSON.stringify(card?.links)).toContain('10.1161/STROKEAHA.108.518621');
  });
});

/* ------------------------------------------------------------------ R04 */

/** A man of 70 with 72 kg: Cockcroft-Gault is 70 / creatinine in mL/min. */
const kg72 = weight(72);
const CONTRAINDICATED = 'Zoledronic acid: CrCl < 35. Contraindicated.';
const BELOW = 'Kidney function is below the labelled limit for this bisphosphonate.';
const per173 = 'mL/min/{1.73_m2}';

describe('R04 bisphosphonate and kidney function: zoledronic acid 5 mg', () => {
  orderCases(
    R04,
    male(70),
    [reclast],
    [
      row('CrCl 34.9: critical', [kg72, creatinine(2.006)], 'critical', {
        summary: CONTRAINDICATED,
        removes: true,
        ordersWith: [NEPHROLOGY],
      }),
      row('CrCl 34.9 at order-select', [kg72, creatinine(2.006)], 'critical', selecting),
      row('CrCl 35.0: info at order-select', [kg72, creatinine(2)], 'info', {
        ...selecting,
        summary: /kidney function close to the labelled limit/,
        removes: false,
      }),
      row('CrCl 35.0: nothing at order-sign', [kg72, creatinine(2)], null),
      row('CrCl 39.9: info at order-select', [kg72, creatinine(1.755)], 'info', selecting),
      row('CrCl 40.0: none', [kg72, creatinine(1.75)], null, selecting),
      row('eGFR 34, no weight: warning "compute CrCl"', [eGfr(34)], 'warning', { detail: /[Cc]ompute/ }),
      row('eGFR 35, no weight: nothing at order-sign', [eGfr(35)], null),
      row('eGFR 80: none', [eGfr(80)], null, selecting),
      row('eGFR "> 60": none', [eGfr(60, '2025-12-01', quantity('>', 60, per173))], null, selecting),
      row('eGFR "< 30": warning', [eGfr(30, '2025-12-01', quantity('<', 30, per173))], 'warning'),
      row('eGFR "< 60" proves nothing', [eGfr(60, '2025-12-01', quantity('<', 60, per173))], null),
      row('CrCl decides over eGFR: 100 kg, creatinine 2.5', [weight(100), creatinine(2.5), eGfr(27)], null),
      row(
        'CrCl decides over eGFR: 40 kg, creatinine 1.3',
        [weight(40), creatinine(1.3), eGfr(58)],
        'critical',
      ),
      row('weight 12 months ago counts', [weight(72, months(12)), creatinine(2.006)], 'critical'),
      row('weight over 12 months ago: eGFR instead', [weight(72, over(12)), creatinine(2.5)], 'warning'),
      row('weight in pounds', [weight(158.73, '2025-12-01', '[lb_av]'), creatinine(2.006)], 'critical'),
      row('creatinine in umol/L', [kg72, creatinine(178, '2025-12-01', 'umol/L')], 'critical'),
      row('creatinine 90 days ago counts', [kg72, creatinine(2.006, days(90))], 'critical'),
      row('creatinine 91 days ago: check before each dose', [kg72, creatinine(2.006, days(91))], 'warning', {
        ordersWith: [CREATININE],
        summary: /before each dose/,
      }),
      row('normal creatinine 91 days ago: the same', [kg72, creatinine(0.8, days(91))], 'warning'),
      row('eGFR 91 days ago: the same', [eGfr(80, days(91))], 'warning'),
      row('no kidney function at all: warning', [], 'warning', { removes: true }),
      row('birth date missing: eGFR instead of CrCl', [], 'warning', {
        record: [male(70, { birthDate: undefined }), kg72, eGfr(34)],
      }),
      row('sex unknown: eGFR instead of CrCl', [], 'warning', {
        record: [male(70, { gender: 'unknown' }), kg72, eGfr(34)],
      }),
      row(
        'acute kidney injury 90 days ago: critical',
        [kg72, creatinine(0.9), icd('N17.9', days(90))],
        'critical',
      ),
      row(
        'acute kidney injury 91 days ago, active: warning',
        [kg72, creatinine(0.9), icd('N17.9', days(91))],
        'warning',
      ),
      row(
        'acute kidney injury, resolved: none',
        [kg72, creatinine(0.9), icd('N17.9', days(30), resolved)],
        null,
      ),
      row('unreadable weight: eGFR instead', [weight(72, '2025-12-01', 'stones'), eGfr(34)], 'warning'),
      row('unreadable creatinine: never by guess', [kg72, creatinine(2, '2025-12-01', 'U/L')], null),
      row(
        'a preliminary creatinine is not a result',
        [kg72, { ...creatinine(0.9), status: 'preliminary' }],
        'warning',
      ),
      row('dose of 4 mg unclear: read as 5 mg', [kg72, creatinine(2.006)], 'critical', {
        drafts: [draftOf('zoledronic acid')],
      }),
      row('0.05 MG/ML x 100 ML', [kg72, creatinine(2.006)], 'critical', {
        drafts: [draftOf('zoledronic acid 0.05 MG/ML Injection, 100 ML')],
      }),
      row('Aclasta', [kg72, creatinine(2.006)], 'critical', { drafts: [draftOf('Aclasta 5 mg/100 mL')] }),
      row('by RxNorm ingredient', [kg72, creatinine(2.006)], 'critical', {
        drafts: [draftOf(coded('rxnorm', '77655'))],
      }),
      row('by ATC', [kg72, creatinine(2.006)], 'critical', { drafts: [draftOf(coded('atc', 'M05BA08'))] }),
    ],
  );
});

describe('R04 other bisphosphonates', () => {
  orderCases(
    R04,
    male(70),
    [zometa],
    [
      row('4 mg, CrCl 33: no contraindication', [kg72, creatinine(2.12)], null),
      row('4 mg, CrCl 29.9: warning', [kg72, creatinine(2.342)], 'warning', { detail: /dose reduction/i }),
      row('4 mg, CrCl 30.0: nothing at order-sign', [kg72, creatinine(2.3333)], null),
      row('0.04 MG/ML x 100 ML, CrCl 33', [kg72, creatinine(2.12)], null, {
        drafts: [draftOf('zoledronic acid 0.04 MG/ML Injection, 100 ML')],
      }),
      row('"4 MG" without brand, CrCl 33', [kg72, creatinine(2.12)], null, {
        drafts: [draftOf('zoledronic acid 4 MG Injection')],
      }),
    ],
  );
  orderCases(
    R04,
    male(70),
    [fosamax],
    [
      row('alendronate, CrCl 34.9: warning', [kg72, creatinine(2.006)], 'warning', {
        summary: BELOW,
        removes: true,
      }),
      row('alendronate, eGFR 34: warning', [eGfr(34)], 'warning', { detail: /eGFR/ }),
      row('alendronate, CrCl 35.0: info at order-select', [kg72, creatinine(2)], 'info', selecting),
      row('alendronate, CrCl 40.0: none', [kg72, creatinine(1.75)], null, selecting),
      row('alendronate, creatinine 12 months ago counts', [kg72, creatinine(2.006, months(12))], 'warning'),
      row(
        'alendronate, creatinine over 12 months ago: info at order-select',
        [kg72, creatinine(2.006, over(12))],
        'info',
        selecting,
      ),
      row('alendronate, nothing on file: nothing at order-sign', [], null),
      row('alendronate, nothing on file: info at order-select', [], 'info', { ...selecting, removes: false }),
      row(
        'alendronate in acute kidney injury: no critical',
        [kg72, creatinine(0.9), icd('N17.9', days(20))],
        null,
      ),
      row('Alendronic acid 10 MG (Synthea)', [eGfr(34)], 'warning', {
        drafts: [draftOf('Alendronic acid 10 MG')],
      }),
      row('alendronate with colecalciferol, by ATC', [eGfr(34)], 'warning', {
        drafts: [draftOf(coded('atc', 'M05BB03'))],
      }),
      row('stage 5 by code, no eGFR: a warning at least', [icd('N18.5', months(6))], 'warning'),
    ],
  );
  orderCases(
    R04,
    male(70),
    [actonel],
    [
      row('risedronate, CrCl 30: info at order-select', [eGfr(30)], 'info', selecting),
      row('risedronate, eGFR 30: nothing at order-sign', [eGfr(30)], null),
      row('risedronate, eGFR 29: warning', [eGfr(29)], 'warning', { summary: BELOW }),
      row('risedronate, eGFR 34.9: info at order-select', [eGfr(34.9)], 'info', selecting),
      row('risedronate, eGFR 35: none', [eGfr(35)], null, selecting),
    ],
  );
  orderCases(
    R04,
    male(70),
    [bonivaTablet],
    [
      row('ibandronate, eGFR 29: warning', [eGfr(29)], 'warning'),
      row('ibandronate, eGFR 30: nothing at order-sign', [eGfr(30)], null),
      row('ibandronate injection, eGFR 29: warning', [eGfr(29)], 'warning', { drafts: [bonivaInjection] }),
      row('ibandronate by ATC, eGFR 29', [eGfr(29)], 'warning', {
        drafts: [draftOf(coded('atc', 'M05BA06'))],
      }),
    ],
  );
  orderCases(
    R04,
    male(70),
    [draftOf('etidronate disodium 400 MG Oral Tablet')],
    [
      row('etidronate has no limit here: silent', [eGfr(10)], null, selecting),
      row('pamidronate: silent', [eGfr(10)], null, {
        ...selecting,
        drafts: [draftOf('pamidronate 30 MG Injection')],
      }),
      row('clodronate: silent', [eGfr(10)], null, {
        ...selecting,
        drafts: [draftOf('clodronate 800 MG tablet')],
      }),
      row('a class code without ingredient: no limit by guess', [eGfr(33)], null, {
        ...selecting,
        drafts: [draftOf(coded('atc', 'M05BA'))],
      }),
      row('denosumab is not a bisphosphonate', [eGfr(10)], null, { ...selecting, drafts: [prolia] }),
    ],
  );

  test('OR-safe, and the labs for CKD-MBD', async () => {
    const one: Case = {
      name: '',
      hook: 'order-sign',
      about: [R04],
      drafts: [reclast],
      record: [male(70), kg72, creatinine(3)],
      cards: {},
    };
    const [card] = comparedOf(one, await cardsOf(one));
    expect(card?.overrideReasons?.map(({ code }) => code)).toEqual(SAFE);
    expect(orderedCodes(card)).toEqual(expect.arrayContaining([PTH, CALCIUM, PHOSPHATE, ALP, NEPHROLOGY]));
    expect(removedDrafts(card)).toEqual(['MedicationRequest/draft-1']);
    expect(card?.detail).toMatch(/CrCl|creatinine clearance/i);
  });
});

/* ------------------------------------------------------------------ R05 */

/** A calcium product whose strength is elemental, with a dose in mg of it. */
const calciumDraft = (mg: number, perDay = 1, extra: Extra = {}): Resource =>
  draftOf('Calcium 500 MG (elemental) Oral Tablet', { ...dose(mg, perDay), ...extra });
const dose = (mg: number, perDay = 1, more: Extra = {}): Extra => ({
  dosageInstruction: [
    {
      doseAndRate: [
        { doseQuantity: { value: mg, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' } },
      ],
      timing: { repeat: { frequency: perDay, period: 1, periodUnit: 'd' } },
      ...more,
    },
  ],
});
const tablets = (count: number, perDay = 1): Extra => ({
  dosageInstruction: [
    {
      doseAndRate: [{ doseQuantity: { value: count, unit: 'tablet' } }],
      timing: { repeat: { frequency: perDay, period: 1, periodUnit: 'd' } },
    },
  ],
});
const OVER_1000 = 'Calcium supplement > 1000 mg/day elemental. Review dietary intake and dose.';
const WITHOUT_D = /^Calcium without vitamin D.*check vitamin D intake and need\.$/;
const HIGH_CALCIUM = 'Calcium ordered with high calcium or hyperparathyroidism on record.';
const STONES = 'Calcium supplement with kidney stones on record: review need and timing with meals.';
const activeCalcium = (extra: Extra): Resource => drug('Calcium 600 MG (elemental) Oral Tablet', extra);

describe('R05 calcium supplement', () => {
  const enough = [vitaminD(40), calcium(9.5), eGfr(80)];
  orderCases(
    R05,
    woman(60),
    [calciumDraft(1000)],
    [
      row('1000 mg/day: none', [], null, selecting),
      row('1001 mg/day: info at order-select', [], 'info', {
        ...selecting,
        drafts: [calciumDraft(1001)],
        summary: OVER_1000,
        removes: false,
      }),
      row('1200 mg/day: info at order-select', [], 'info', {
        ...selecting,
        drafts: [calciumDraft(600, 2)],
        summary: OVER_1000,
        ordersWith: [DIETITIAN],
        detail: /1200/,
      }),
      row('1200 mg/day: nothing at order-sign', [], null, { drafts: [calciumDraft(600, 2)] }),
      row('2000 mg/day at 60: info', [], 'info', { ...selecting, drafts: [calciumDraft(1000, 2)] }),
      row('2000 mg/day at 60: nothing at order-sign', [], null, { drafts: [calciumDraft(1000, 2)] }),
      row('2001 mg/day at 60: warning', [], 'warning', { drafts: [calciumDraft(2001)] }),
      row('2500 mg/day at 50: nothing at order-sign', [], null, {
        record: [woman(50), ...enough],
        drafts: [calciumDraft(1250, 2)],
      }),
      row('2501 mg/day at 50: warning', [], 'warning', {
        record: [woman(50), ...enough],
        drafts: [calciumDraft(2501)],
      }),
      row('2001 mg/day at 51: warning', [], 'warning', {
        record: [woman(51), ...enough],
        drafts: [calciumDraft(2001)],
      }),
      row(
        'renewal of 600 twice daily with the old order active: 1200, not 2400',
        [activeCalcium({ ...dose(600, 2) })],
        'info',
        {
          ...selecting,
          drafts: [draftOf('Calcium 600 MG (elemental) Oral Tablet', dose(600, 2))],
          detail: /1200/,
          detailWithout: /2400/,
        },
      ),
      row('the same renewal at order-sign: nothing', [activeCalcium({ ...dose(600, 2) })], null, {
        drafts: [draftOf('Calcium 600 MG (elemental) Oral Tablet', dose(600, 2))],
      }),
      row('tablets times strength: 600 mg twice daily', [], 'info', {
        ...selecting,
        drafts: [draftOf('Calcium 600 MG (elemental) Oral Tablet', tablets(1, 2))],
      }),
      row('salt mass named: 1250 mg (500 mg calcium) twice daily is 1000', [], null, {
        ...selecting,
        drafts: [draftOf('calcium carbonate 1250 MG (500 MG elemental calcium) Oral Tablet', tablets(1, 2))],
      }),
      row('carbonate 600 mg twice daily is 480 or 1200: not both above 1000', [], null, {
        ...selecting,
        drafts: [draftOf('calcium carbonate 600 MG Oral Tablet', tablets(1, 2))],
      }),
      row('carbonate 1500 mg twice daily is 1200 or 3000: both above 1000', [], 'info', {
        ...selecting,
        drafts: [draftOf('calcium carbonate 1500 MG Oral Tablet', tablets(1, 2))],
      }),
      row(
        'another salt on the list is added: 1000 and 1200 mg',
        [drug('calcium citrate 500 MG (elemental) Oral Tablet', dose(500, 2))],
        'warning',
        {
          drafts: [draftOf('calcium carbonate 600 MG (elemental) Oral Tablet', dose(600, 2))],
          detail: /2200/,
        },
      ),
      row('two drafts in one call are added', [], 'warning', {
        drafts: [calciumDraft(600, 2), { ...calciumDraft(600, 2), id: 'd2' }],
        summary: /2400/,
      }),
      row(
        'a stopped calcium order is not added',
        [activeCalcium({ ...dose(600, 2), ...stopped(months(2)) })],
        null,
        {
          drafts: [calciumDraft(1000)],
        },
      ),
      row('an unreadable dose: none with vitamin D on file', [], null, {
        ...selecting,
        drafts: [
          draftOf('Calcium 600 MG (elemental) Oral Tablet', { dosageInstruction: [{ text: 'as directed' }] }),
        ],
      }),
      row('no dose at all: none', [], null, {
        ...selecting,
        drafts: [draftOf('Calcium 600 MG (elemental) Oral Tablet')],
      }),
      row('as needed: A is silent', [], null, {
        drafts: [
          draftOf(
            'calcium carbonate 1000 MG Chewable Tablet [Tums]',
            dose(2500, 2, { asNeededBoolean: true }),
          ),
        ],
      }),
      row('13 days of supply: A is silent', [], null, {
        drafts: [calciumDraft(2500, 1, { dispenseRequest: supply(13) })],
      }),
      row('14 days of supply: A speaks', [], 'warning', {
        drafts: [calciumDraft(2500, 1, { dispenseRequest: supply(14) })],
      }),
      row('calcium acetate: excluded', [], null, {
        drafts: [draftOf('calcium acetate 667 MG Oral Capsule', dose(4000))],
      }),
      row('calcium gluconate injection: excluded', [], null, {
        drafts: [draftOf('calcium gluconate 100 MG/ML Injection', dose(5000))],
      }),
      row('hypoparathyroidism: excluded', [icd('E20.9')], null, { drafts: [calciumDraft(3000)] }),
      row('E89.2: excluded', [icd('E89.2')], null, { drafts: [calciumDraft(3000)] }),
      row('dialysis: excluded', [icd('Z99.2')], null, { drafts: [calciumDraft(3000)] }),
      row('CKD 4 by eGFR: excluded', [], null, {
        record: [woman(60), vitaminD(40), calcium(9.5), eGfr(25)],
        drafts: [calciumDraft(3000)],
      }),
      row('CKD 3: not excluded', [], 'warning', {
        record: [woman(60), vitaminD(40), calcium(9.5), eGfr(45)],
        drafts: [calciumDraft(3000)],
      }),
      row('calcium level 10.6: C', [calcium(10.6, days(5))], 'warning', {
        summary: HIGH_CALCIUM,
      }),
      row('calcium level 10.5: none', [calcium(10.5, days(5))], null),
      row('calcium level 10.9 of 90 days ago: C', [], 'warning', {
        record: [woman(60), vitaminD(40), eGfr(80), calcium(10.9, days(90))],
      }),
      row('calcium level 10.9 of 91 days ago: none', [], null, {
        record: [woman(60), vitaminD(40), eGfr(80), calcium(10.9, days(91))],
      }),
      row('2.63 mmol/L: C', [calcium(2.63, days(5), 'mmol/L')], 'warning'),
      row('2.62 mmol/L: none', [calcium(2.62, days(5), 'mmol/L')], null),
      row('primary hyperparathyroidism: C', [icd('E21.0')], 'warning', { summary: HIGH_CALCIUM }),
      row('36348003: C', [snomed('36348003')], 'warning'),
      row('190045361000119101: C', [snomed('190045361000119101')], 'warning'),
      row('secondary hyperparathyroidism: none', [icd('N25.81')], null),
      row('E21.3 unspecified hyperparathyroidism is not primary: none', [icd('E21.3')], null),
      row('kidney stones: info at order-select', [icd('N20.0')], 'info', { ...selecting, summary: STONES }),
      row('kidney stones: nothing at order-sign', [icd('N20.0')], null),
      row('high calcium and > upper level: C goes first', [calcium(10.9, days(5))], 'warning', {
        drafts: [calciumDraft(2500)],
        summary: HIGH_CALCIUM,
      }),
      row('high calcium as needed: C still speaks', [calcium(10.9, days(5))], 'warning', {
        drafts: [calciumDraft(500, 1, { ...dose(500, 1, { asNeededBoolean: true }) })],
      }),
      row('C with an unreadable dose: says so', [calcium(10.9, days(5))], 'warning', {
        drafts: [
          draftOf('Calcium 600 MG (elemental) Oral Tablet', { dosageInstruction: [{ text: 'as directed' }] }),
        ],
        detail: /could not be read/,
      }),
      row('calcitriol as well: D, info at order-select', [drug('calcitriol 0.25 MCG Oral Capsule')], 'info', {
        ...selecting,
        ordersWithout: [],
      }),
      row('calcitriol as well: nothing at order-sign', [drug('calcitriol 0.25 MCG Oral Capsule')], null),
      row('inpatient: C still speaks', [calcium(10.9, days(5)), encounter('IMP')], 'warning', {
        encounterId: 'e1',
      }),
      row('a channel blocker is not calcium', [calcium(10.9, days(5))], null, {
        drafts: [draftOf('Calcium channel blocker: amlodipine 5 MG')],
      }),
    ],
    enough,
  );

  orderCases(
    R05,
    woman(60),
    [calciumDraft(500)],
    [
      row('no vitamin D, no level: B', [], 'info', {
        ...selecting,
        summary: WITHOUT_D,
        detailWithout: /\b(buy|product X)\b/,
      }),
      row('B: nothing at order-sign', [], null),
      row('level 19.9: B', [vitaminD(19.9)], 'info', { ...selecting, summary: WITHOUT_D }),
      row('level 20: no B', [vitaminD(20)], null, selecting),
      row('49 nmol/L: B', [vitaminD(49, '2025-12-01', 'nmol/L')], 'info', selecting),
      row('50 nmol/L: no B', [vitaminD(50, '2025-12-01', 'nmol/L')], null, selecting),
      row('level 40 over 12 months ago: B', [vitaminD(40, over(12))], 'info', selecting),
      row('level 40 of 12 months ago: no B', [vitaminD(40, months(12))], null, selecting),
      row('on vitamin D: no B', [drug('cholecalciferol 1000 UNT Oral Tablet')], null, selecting),
      row(
        'on vitamin D from 3 years ago, active (gap use): no B',
        [drug('cholecalciferol 1000 UNT', { authoredOn: months(36) })],
        null,
        selecting,
      ),
      row('vitamin D among the drafts: no B', [], null, {
        ...selecting,
        drafts: [calciumDraft(500), draftOf('cholecalciferol 1000 UNT Oral Tablet', { id: 'd2' })],
      }),
      row(
        'vitamin D on hold: unknown, no B',
        [drug('cholecalciferol 1000 UNT', { status: 'on-hold' })],
        null,
        selecting,
      ),
      row('Caltrate 600+D: no B', [], null, {
        ...selecting,
        drafts: [draftOf('Caltrate 600+D Oral Tablet', tablets(1))],
      }),
      row('calcium with D3 by ATC A12AX: no B', [], null, {
        ...selecting,
        drafts: [draftOf(coded('atc', 'A12AX'))],
      }),
      row('calcium 10.9: C and no B', [calcium(10.9, days(5))], 'warning', {
        summary: HIGH_CALCIUM,
        ordersWithout: [VITAMIN_D, DIETITIAN],
        detailWithout: /combined product/,
      }),
      row('sarcoidosis: no B', [icd('D86.9')], null, selecting),
      row('calcitriol: D, not B', [drug('calcitriol 0.25 MCG Oral Capsule')], 'info', {
        ...selecting,
        detailWithout: /combined product/,
      }),
      row('1200 mg without vitamin D: A, B in the detail', [], 'info', {
        ...selecting,
        drafts: [calciumDraft(600, 2)],
        summary: OVER_1000,
        detail: /vitamin D/,
      }),
      row('unreadable dose and B: info that says so', [], 'info', {
        ...selecting,
        drafts: [
          draftOf('Calcium 600 MG (elemental) Oral Tablet', { dosageInstruction: [{ text: 'as directed' }] }),
        ],
        detail: /could not be read/,
      }),
      row('as needed: B is silent', [], null, {
        ...selecting,
        drafts: [calciumDraft(500, 1, dose(500, 1, { asNeededBoolean: true }))],
      }),
      row('medication list missing: no B', [], null, { ...selecting, without: ['medicationRequests'] }),
      row('vitamin D results missing: no B', [], null, { ...selecting, without: [VITAMIN_D] }),
    ],
  );

  test('OR-std and prefers-alternative', async () => {
    const one: Case = {
      name: '',
      hook: 'order-select',
      about: [R05],
      drafts: [calciumDraft(600, 2)],
      record: [woman(60), ...enough],
      cards: {},
    };
    const [card] = comparedOf(one, await cardsOf(one));
    expect(card?.overrideReasons?.map(({ code }) => code)).toEqual([...STANDARD, 'prefers-alternative']);
  });
});

function supply(daysOfSupply: number): Extra {
  return {
    expectedSupplyDuration: {
      value: daysOfSupply,
      unit: 'd',
      system: 'http://unitsofmeasure.org',
      code: 'd',
    },
  };
}

/* ------------------------------------------------------------------ R06 before signing */

describe('R06 before signing and at discharge: critical only', () => {
  const dxaDraft = order(coded('loinc', DXA), { id: 'draft-dxa', status: 'draft' });
  orderCases(
    R06,
    woman(60),
    [prolia],
    [
      row('calcium 14.0 ten days ago, denosumab: critical', [calcium(14, days(10))], 'critical', {
        summary: /urgent review/,
      }),
      row('calcium 14.0 ten days ago, DXA: critical', [calcium(14, days(10))], 'critical', {
        drafts: [dxaDraft],
      }),
      row('calcium 14.0 31 days ago: nothing', [calcium(14, days(31))], null),
      row('calcium 11: nothing', [calcium(11, days(10))], null),
      row(
        'calcium 14.6, an order that has nothing to do with bones: nothing',
        [calcium(14.6, days(5))],
        null,
        {
          drafts: [draftOf('metformin 500 MG Oral Tablet')],
        },
      ),
      row('labs missing with osteoporosis: nothing', [osteoporosis(), drug('alendronate 70 MG')], null),
    ],
  );
});

/* ------------------------------------------------------------------ R19-C */

describe('R19-C thiazolidinedione with osteoporosis or fracture', () => {
  const pioglitazone = draftOf('pioglitazone 30 MG Oral Tablet [Actos]');
  orderCases(
    R19,
    woman(66),
    [pioglitazone],
    [
      row('osteoporosis: warning', [icd('E11.9'), osteoporosis()], 'warning', {
        summary: /^Thiazolidinedione with osteoporosis: raises fracture risk\. Review choice\.$/,
      }),
      row('T -2.5: warning', [icd('E11.9'), tScore(-2.5)], 'warning'),
      row('T -2.4: none', [icd('E11.9'), tScore(-2.4)], null),
      row('osteopenia: none', [icd('E11.9'), osteopenia()], null),
      row('hip fracture: warning', [icd('E11.9'), hip(months(8))], 'warning', {
        summary: /fracture: raises/,
      }),
      row('vertebral M80: warning', [icd('E11.9'), icd('M80.08XA', months(8))], 'warning'),
      row('nothing: none', [icd('E11.9')], null),
      row('another diabetes drug: none', [icd('E11.9'), osteoporosis()], null, {
        drafts: [draftOf('metformin 500 MG')],
      }),
      row('combination with pioglitazone: warning', [icd('E11.9'), osteoporosis()], 'warning', {
        drafts: [draftOf('Actoplus Met 15 MG / 850 MG')],
      }),
      row('by ATC', [icd('E11.9'), osteoporosis()], 'warning', {
        drafts: [draftOf(coded('atc', 'A10BG03'))],
      }),
      row('58 years without further factors: the drug is the hazard', [], 'warning', {
        record: [woman(58), icd('E11.9'), osteoporosis()],
      }),
      row('inpatient does not silence it', [icd('E11.9'), osteoporosis(), encounter('IMP')], 'warning', {
        encounterId: 'e1',
      }),
    ],
  );
});

/* ------------------------------------------------------------------ R20 */

/** A draft of a daily dose in mg for a number of days. */
const course = (text: string, mg: number, supplyDays: number): Resource =>
  draftOf(text, { ...daily(mg, supplyDays) });
const prednisone = (mg: number, supplyDays: number): Resource =>
  course('prednisone 5 MG Oral Tablet', mg, supplyDays);

describe('R20 long-term glucocorticoid before signing', () => {
  const heart = [...settled, lab('4548-4', 5.4, '%', '2025-11-01')];
  orderCases(
    R20,
    woman(60),
    [prednisone(10, 180)],
    [
      row('10 mg for 180 days, no DXA: warning', [], 'warning', {
        summary: /^Glucocorticoid > 3 months \(10 mg\/day\): fracture-risk assessment not on file\.$/,
        ordersWith: [DXA],
      }),
      row('7.5 mg for 91 days: warning', [], 'warning', { drafts: [prednisone(7.5, 91)] }),
      row('7.5 mg for 90 days: none', [], null, { drafts: [prednisone(7.5, 90)] }),
      row('7.4 mg for 180 days: information is not shown before signing', [], null, {
        drafts: [prednisone(7.4, 180)],
      }),
      row('5 mg for 180 days after a hip fracture: warning', [hip(months(30))], 'warning', {
        drafts: [prednisone(5, 180)],
      }),
      row('2 mg for 180 days: none', [hip(months(30))], null, { drafts: [prednisone(2, 180)] }),
      row('DXA 24 months ago: none', [tScore(-0.5, months(24))], null),
      row('DXA over 24 months ago: warning', [tScore(-0.5, over(24))], 'warning'),
      row('DXA ordered: none', [order(coded('loinc', DXA))], null),
      row('DXA among the drafts: none', [], null, {
        drafts: [prednisone(10, 180), order(coded('loinc', DXA), { id: 'd2', status: 'draft' })],
      }),
      row('dexamethasone 1.2 mg (8 mg prednisone): warning', [], 'warning', {
        drafts: [course('dexamethasone 0.5 MG Oral Tablet', 1.2, 120)],
      }),
      row('hydrocortisone 20 mg in Addison disease: none', [icd('E27.1')], null, {
        drafts: [course('hydrocortisone 20 MG Oral Tablet', 20, 180)],
      }),
      row('prednisone 8 mg in Addison disease: warning', [icd('E27.1')], 'warning', {
        drafts: [prednisone(8, 180)],
      }),
      row('eye drops: none', [], null, {
        drafts: [course('prednisolone 1 % Ophthalmic Suspension', 10, 180)],
      }),
      row('inhaled: none', [], null, { drafts: [course('dexamethasone inhalation powder', 10, 180)] }),
      row('cream: none', [], null, { drafts: [course('hydrocortisone 1 % Topical Cream', 50, 180)] }),
      row('unreadable dose: information is not shown before signing', [], null, {
        drafts: [
          draftOf('prednisone 5 MG Oral Tablet', {
            dispenseRequest: supply(180),
            dosageInstruction: [{ text: 'taper as directed' }],
          }),
        ],
      }),
      row('17 years: none', [], null, { record: [woman(17), ...heart] }),
      row('only lipids missing: information is not shown before signing', [tScore(-0.5)], null, {
        record: [woman(60), tScore(-0.5), bloodPressure(120, 70)],
      }),
    ],
    heart,
  );
});

/* ------------------------------------------------------------------ R21 */

describe('R21 aromatase inhibitor or androgen deprivation before signing', () => {
  const anastrozole = draftOf('anastrozole 1 MG Oral Tablet [Arimidex]');
  const lupron = draftOf('leuprolide acetate 22.5 MG Injection [Lupron Depot]');
  const NO_DXA = /^(Aromatase inhibitor|Androgen deprivation): baseline or 2-yearly DXA not on file\.$/;
  orderCases(
    R21,
    woman(60),
    [anastrozole],
    [
      row('new anastrozole, breast cancer, no DXA: warning', [icd('C50.911')], 'warning', {
        summary: NO_DXA,
        ordersWith: [DXA],
      }),
      row('new anastrozole, no DXA, 60 years without cancer code: warning', [], 'warning'),
      row('letrozole at 32 without cancer: silent', [], null, {
        record: [woman(32), ...settled],
        drafts: [draftOf('letrozole 2.5 MG Oral Tablet')],
      }),
      row('letrozole at 32 with breast cancer: warning', [], 'warning', {
        record: [woman(32), ...settled, icd('C50.911')],
        drafts: [draftOf('letrozole 2.5 MG Oral Tablet')],
      }),
      row('letrozole at 44 without cancer: silent', [], null, {
        record: [woman(44), ...settled],
        drafts: [draftOf('letrozole 2.5 MG Oral Tablet')],
      }),
      row('letrozole at 45 without cancer: warning', [], 'warning', {
        record: [woman(45), ...settled],
        drafts: [draftOf('letrozole 2.5 MG Oral Tablet')],
      }),
      row('D05 counts', [], 'warning', { record: [woman(40), ...settled, icd('D05.11')] }),
      row('Z85.3 counts', [], 'warning', { record: [woman(40), ...settled, icd('Z85.3')] }),
      row('254837009 counts', [], 'warning', { record: [woman(40), ...settled, snomed('254837009')] }),
      row('DXA 24 months ago: none', [icd('C50.911'), tScore(-0.5, months(24))], null),
      row('DXA over 24 months ago: warning', [icd('C50.911'), tScore(-0.5, over(24))], 'warning'),
      row(
        'a renewal is information, not shown before signing',
        [icd('C50.911'), drug('anastrozole 1 MG Oral Tablet', { authoredOn: months(12) })],
        null,
      ),
      row(
        'letrozole after anastrozole is not the first of the class',
        [icd('C50.911'), drug('anastrozole 1 MG Oral Tablet', stopped(months(12)))],
        null,
        {
          drafts: [draftOf('letrozole 2.5 MG Oral Tablet')],
        },
      ),
      row('a man: silent', [], null, { record: [male(60), ...settled] }),
      row('DXA ordered: none', [icd('C50.911'), order(coded('loinc', DXA))], null),
      row('bone metastases: silent', [icd('C50.911'), icd('C79.51')], null),
      row(
        'already on denosumab 120 mg: silent',
        [icd('C50.911'), drug('denosumab 120 MG/1.7 ML [Xgeva]')],
        null,
      ),
      row('tamoxifen is not one', [icd('C50.911')], null, {
        drafts: [draftOf('tamoxifen 20 MG Oral Tablet')],
      }),
    ],
    settled,
  );
  orderCases(
    R21,
    male(70),
    [lupron],
    [
      row('new leuprolide, prostate cancer, no DXA: warning', [icd('C61')], 'warning', {
        summary: NO_DXA,
        ordersWith: [DXA],
      }),
      row('without prostate cancer: silent', [], null),
      row('degarelix: warning', [icd('C61')], 'warning', {
        drafts: [draftOf('degarelix 80 MG Injection [Firmagon]')],
      }),
      row('relugolix: warning', [icd('C61')], 'warning', {
        drafts: [draftOf('relugolix 120 MG Oral Tablet [Orgovyx]')],
      }),
      row('goserelin by ATC: warning', [icd('C61')], 'warning', {
        drafts: [draftOf(coded('atc', 'L02AE03'))],
      }),
      row('bicalutamide alone: silent', [icd('C61')], null, {
        drafts: [draftOf('bicalutamide 50 MG Oral Tablet')],
      }),
      row('bicalutamide by ATC L02BB03: silent', [icd('C61')], null, {
        drafts: [draftOf(coded('atc', 'L02BB03'))],
      }),
      row('enzalutamide: silent', [icd('C61')], null, {
        drafts: [draftOf('enzalutamide 40 MG Oral Capsule')],
      }),
      row('leuprolide in a woman: silent', [], null, { record: [woman(60), ...settled, icd('C50.911')] }),
    ],
    settled,
  );
});

/* ------------------------------------------------------------------ R22-C, R22-D */

describe('R22 testosterone ordered', () => {
  const testosterone = draftOf('testosterone cypionate 200 MG/ML Injection');
  const haematocrit = (value: number, date = '2025-12-01', unit = '%'): Resource =>
    lab('4544-3', value, unit, date);
  const BONE = 'Testosterone with osteoporosis: does not reduce fractures; review plan.';
  orderCases(
    R22,
    male(60),
    [testosterone],
    [
      row('nothing: none', [], null),
      row('osteoporosis: C', [osteoporosis()], 'warning', { summary: BONE, detail: /1\.43/ }),
      row('T -2.5: C', [tScore(-2.5)], 'warning'),
      row('osteopenia: none', [osteopenia()], null),
      row('vertebral fracture: C', [icd('M80.08XA', months(10))], 'warning'),
      row('MI within 6 months: D', [icd('I21.9', months(6))], 'warning', {
        summary: /^Testosterone with .*MI.*: review before starting\.$/,
      }),
      row('MI over 6 months ago: none', [icd('I21.9', over(6))], null),
      row('stroke within 6 months: D', [icd('I63.9', months(5))], 'warning', { summary: /stroke/ }),
      row(
        'I25.2 recorded yesterday without onset: date unknown, none',
        [icd('I25.2', undefined, recorded(days(1)))],
        null,
      ),
      row('Hct 50.0: none', [haematocrit(50)], null),
      row('Hct 50.1: D', [haematocrit(50.1)], 'warning', { summary: /haematocrit/i }),
      row('Hct 0.51 L/L: D', [haematocrit(0.51, '2025-12-01', 'L/L')], 'warning'),
      row('Hct 0.50 L/L: none', [haematocrit(0.5, '2025-12-01', 'L/L')], null),
      row('Hct 52 of 12 months ago: D', [haematocrit(52, months(12))], 'warning'),
      row('Hct 52 of over 12 months ago: none', [haematocrit(52, over(12))], null),
      row(
        'Hct 52 on therapy: none',
        [haematocrit(52), drug('testosterone cypionate 200 MG/ML Injection')],
        null,
      ),
      row(
        'Hct 54.0 on therapy: none',
        [haematocrit(54), drug('testosterone cypionate 200 MG/ML Injection')],
        null,
      ),
      row(
        'Hct 54.1 on therapy: D',
        [haematocrit(54.1), drug('testosterone cypionate 200 MG/ML Injection')],
        'warning',
      ),
      row('the latest Hct counts', [haematocrit(55, months(6)), haematocrit(48, months(1))], null),
      row('active prostate cancer: D', [icd('C61')], 'warning', { summary: /prostate cancer/ }),
      row('MI and osteoporosis: D goes first', [icd('I21.9', months(3)), osteoporosis()], 'warning', {
        summary: /review before starting/,
        detail: /fracture/,
      }),
      row('gel by brand', [osteoporosis()], 'warning', { drafts: [draftOf('AndroGel 1.62 %')] }),
      row('by ATC', [osteoporosis()], 'warning', { drafts: [draftOf(coded('atc', 'G03BA03'))] }),
      row('a woman: none', [], null, { record: [woman(60), osteoporosis()] }),
      row('hospice does not silence the hazard', [icd('I21.9', months(3)), icd('Z51.5')], 'warning'),
    ],
  );
});

/* ------------------------------------------------------------------ drafts in every shape */

const HAZARDS: readonly {
  id: string;
  text: string;
  atc: string;
  rxnorm?: string;
  record: readonly Resource[];
  indicator: string;
}[] = [
  {
    id: R01,
    text: 'Evenity',
    atc: 'M05BX06',
    record: [woman(70), icd('I21.9', months(3)), ...sound],
    indicator: 'critical',
  },
  {
    id: R02,
    text: 'Prolia',
    atc: 'M05BX04',
    rxnorm: '993449',
    record: [woman(70), corrected(8), ...goodKidney, ...goodD],
    indicator: 'critical',
  },
  {
    id: R03,
    text: 'Evista',
    atc: 'G03XC01',
    rxnorm: '72143',
    record: [woman(70), icd('I82.409')],
    indicator: 'critical',
  },
  {
    id: R04,
    text: 'alendronate 70 MG',
    atc: 'M05BA04',
    rxnorm: '46041',
    record: [woman(70), eGfr(20), ...goodCalcium],
    indicator: 'warning',
  },
  {
    id: R05,
    text: 'calcium carbonate 1250 MG',
    atc: 'A12AA04',
    rxnorm: '1897',
    record: [woman(70), calcium(11, days(5)), eGfr(80)],
    indicator: 'warning',
  },
  {
    id: R19,
    text: 'Actos 30 MG',
    atc: 'A10BG03',
    rxnorm: '33738',
    record: [woman(70), icd('E11.9'), osteoporosis()],
    indicator: 'warning',
  },
  {
    id: R21,
    text: 'letrozole 2.5 MG',
    atc: 'L02BG04',
    rxnorm: '72965',
    record: [woman(70), icd('C50.911'), ...settled],
    indicator: 'warning',
  },
  {
    id: R22,
    text: 'testosterone gel',
    atc: 'G03BA03',
    rxnorm: '10379',
    record: [male(70), icd('C61'), icd('I21.9', months(2))],
    indicator: 'warning',
  },
];

describe.each(HAZARDS)(
  'drafts of $text in every shape ($id)',
  ({ id, text, atc, rxnorm, record, indicator }) => {
    const contained = {
      ...draftOf({}),
      medicationCodeableConcept: undefined,
      contained: [{ resourceType: 'Medication', id: 'm', code: { text } }],
      medicationReference: { reference: '#m' },
    };
    const speaks = { [id]: indicator };
    const shape = (
      name: string,
      drafts: readonly Resource[],
      cards: Case['cards'],
      more: Partial<Case> = {},
    ): Case => ({
      name,
      record,
      drafts,
      cards,
      ...more,
    });
    cases(
      [
        shape('text only', [draftOf(text)], speaks),
        shape('display only', [draftOf({ coding: [{ display: text }] })], speaks),
        shape('ATC', [draftOf(coded('atc', atc))], speaks),
        ...(rxnorm === undefined
          ? []
          : [shape('RxNorm ingredient', [draftOf(coded('rxnorm', rxnorm))], speaks)]),
        shape(
          'unknown code with the text',
          [draftOf({ coding: [{ system: 'http://example.org', code: 'x' }], text })],
          speaks,
        ),
        shape('contained Medication', [contained], speaks),
        shape(
          'Medication beside it in the Bundle',
          [
            {
              ...draftOf({}),
              medicationCodeableConcept: undefined,
              medicationReference: { reference: 'Medication/m1' },
            },
            { resourceType: 'Medication', id: 'm1', code: { text } },
          ],
          speaks,
        ),
        shape('without id: the card stands', [draftOf(text, { id: undefined })], speaks, { removes: false }),
        shape('among other drafts', [draftOf('metformin 500 MG', { id: 'other' }), draftOf(text)], speaks),
        shape(
          'unknown code only: no card',
          [draftOf({ coding: [{ system: 'http://example.org', code: 'x' }] })],
          {},
        ),
        shape('no code at all: no card', [draftOf({})], {}),
        shape('no medication element: no card', [draftOf({}, { medicationCodeableConcept: undefined })], {}),
        shape(
          'reference that leads nowhere: no card',
          [
            draftOf(
              {},
              { medicationCodeableConcept: undefined, medicationReference: { reference: 'Medication/none' } },
            ),
          ],
          {},
        ),
        shape(
          'the drug as text of a ServiceRequest: no card',
          [order({ text }, { id: 'd1', status: 'draft' })],
          {},
        ),
        shape('no drafts: no card', [], {}),
        shape('a draft that shall not be performed: no card', [draftOf(text, { doNotPerform: true })], {}),
        shape(
          'another draft selected: no card',
          [draftOf(text)],
          {},
          { ...selecting, selections: ['MedicationRequest/x'] },
        ),
        shape(
          'dose that cannot be read',
          [
            draftOf(text, {
              dosageInstruction: [{ doseAndRate: [{ doseQuantity: { value: 1, unit: 'smidgen' } }] }],
            }),
          ],
          speaks,
        ),
        shape('dose of the wrong type', [draftOf(text, { dosageInstruction: 'once' })], speaks),
      ],
      { hook: 'order-sign', about: [id], triggeredByDrug: true },
    );
  },
);

/* ------------------------------------------------------------------ safety is never silenced */

describe('0.2, G2: order-time hazards are never silenced by an exclusion, known or unknown', () => {
  const hazards = HAZARDS.filter(({ id }) => [R01, R02, R03, R04].includes(id));
  const under = (name: string, more: readonly Resource[], extra: Partial<Case> = {}): Case[] =>
    hazards.map(({ id, text, record, indicator }) => ({
      name: `${id}: ${name}`,
      record: [...record, ...more],
      about: [id],
      drafts: [draftOf(text)],
      cards: { [id]: indicator },
      ...extra,
    }));
  cases(
    [
      ...under('inpatient', [encounter('IMP')], { encounterId: 'e1' }),
      ...under('emergency department', [encounter('EMER')], { encounterId: 'e1' }),
      ...under('hospice', [icd('Z51.5')]),
      ...under('metabolic bone disease', [icd('M88.9')]),
      ...under('procedures not obtained', [], { without: ['procedures'] }),
      ...under('service requests not obtained', [], { without: ['serviceRequests'] }),
      ...under('encounter named and not found', [], { encounterId: 'e1' }),
      ...under('pregnancy status masked', [{ ...lab('82810-3', 0, '1', months(1)), ...noValue('masked') }]),
    ],
    { hook: 'order-sign', triggeredByDrug: true },
  );
});

/* ------------------------------------------------------------------ what could not be checked */

describe('G2, G23, G25: a failed search before signing', () => {
  const all = [evenity, { ...prolia, id: 'd2' }, { ...raloxifene, id: 'd3' }, { ...reclast, id: 'd4' }];
  const failing = async (
    one: Partial<Case>,
  ): Promise<readonly { topic: string; indicator: string; summary: string }[]> => {
    const cards = await cardsOf({
      name: '',
      hook: 'order-sign',
      drafts: all,
      record: [woman(70), ...sound, kg72],
      cards: {},
      ...one,
    });
    return cards.map((card) => ({ topic: topicOf(card), indicator: card.indicator, summary: card.summary }));
  };

  test('nothing fails, nothing found: silence', async () => {
    expect(await failing({})).toEqual([]);
  });

  test.each([
    'conditions',
    'procedures',
    'medicationRequests',
    'medicationStatements',
    CALCIUM,
    '98979-8',
    VITAMIN_D,
    '72166-2',
    '29463-7',
  ])('without %s: at most one line, information, and never "none on file"', async (key) => {
    const cards = await failing({ without: [key] });
    expect(cards.length).toBeLessThanOrEqual(1);
    for (const { indicator, summary } of cards) {
      expect(indicator).toBe('info');
      expect(summary).toMatch(/could not/i);
      expect(summary).not.toMatch(/no history|not on file|^No /);
    }
  });

  test('conditions not obtained: exactly one line, for all drafts together', async () => {
    expect(await failing({ without: ['conditions'] })).toHaveLength(1);
  });

  test('an OperationOutcome in place of the conditions is a failed search', async () => {
    const cards = await failing({ prefetch: (filled) => ({ ...filled, conditions: OUTCOME }) });
    expect(cards).toHaveLength(1);
    expect(cards[0]?.indicator).toBe('info');
  });

  test('null and an empty Bundle are complete answers: silence', async () => {
    const empty = { resourceType: 'Bundle', type: 'searchset', entry: [] };
    expect(await failing({ prefetch: (filled) => ({ ...filled, conditions: null }) })).toEqual([]);
    expect(await failing({ prefetch: (filled) => ({ ...filled, conditions: empty }) })).toEqual([]);
  });

  test('everything failed: one line', async () => {
    const cards = await failing({ prefetch: (filled) => ({ patient: filled['patient'] }) });
    expect(cards).toHaveLength(1);
    expect(cards[0]?.indicator).toBe('info');
  });

  test('a known hazard stands beside the line', async () => {
    const cards = await failing({ without: [CALCIUM], record: [woman(70), ...sound, kg72, icd('I82.409')] });
    expect(cards.filter(({ indicator }) => indicator === 'critical').map(({ topic }) => topic)).toContain(
      R03,
    );
    expect(cards.filter(({ indicator }) => indicator === 'info').length).toBeLessThanOrEqual(1);
  });

  test('labs not obtained: no "No calcium in 90 days", no "kidney function not on file"', async () => {
    const cards = await failing({ without: [CALCIUM, '98979-8', CREATININE] });
    for (const { summary } of cards) expect(summary).not.toMatch(/No calcium|not on file/);
  });

  test('a calcium list that is cut off is not "none on file"', async () => {
    const cards = await failing({
      record: [woman(70), ...goodKidney, ...goodD, kg72],
      prefetch: (filled, keysOf) => ({
        ...filled,
        ...Object.fromEntries(keysOf(CALCIUM).map((key) => [key, cutOff(filled[key])])),
      }),
    });
    for (const { summary } of cards) expect(summary).not.toMatch(/No calcium/);
  });

  test('the drafts of an unrelated order: nothing is said about what could not be checked', async () => {
    expect(
      await failing({ drafts: [draftOf('metformin 500 MG')], without: ['conditions', CALCIUM] }),
    ).toEqual([]);
  });
});

/* ------------------------------------------------------------------ G25 */

describe('G25: what each order hook shows', () => {
  test('order-sign: one card for each recommendation and draft, each removes its own', async () => {
    const drafts = [
      draftOf('Prolia', { id: 'a' }),
      draftOf('Jubbonti', { id: 'b' }),
      draftOf('Evista', { id: 'c' }),
    ];
    const cards = await cardsOf({
      name: '',
      hook: 'order-sign',
      drafts,
      record: [woman(70), corrected(8), ...goodKidney, ...goodD, icd('I82.409')],
      cards: {},
    });
    const pairs = cards.map((card) => [topicOf(card), removedDrafts(card)[0]]);
    expect(pairs.sort()).toEqual([
      [R02, 'MedicationRequest/a'],
      [R02, 'MedicationRequest/b'],
      [R03, 'MedicationRequest/c'],
    ]);
  });

  test('order-sign: no information card, whatever the drafts', async () => {
    const cards = await cardsOf({
      name: '',
      hook: 'order-sign',
      drafts: [
        calciumDraft(600, 2),
        { ...fosamax, id: 'd2' },
        { ...evenity, id: 'd3' },
        { ...prednisone(5, 180), id: 'd4' },
        order(coded('loinc', '30522-7'), { id: 'd5', status: 'draft' }),
      ],
      record: [woman(60), ...sound, eGfr(36, days(3)), icd('I25.10'), lab('30522-7', 12, 'mg/L', days(4))],
      cards: {},
    });
    expect(cards.filter(({ indicator }) => indicator === 'info')).toEqual([]);
  });

  test('order-select: only what is selected is judged', async () => {
    const drafts = [draftOf('Prolia', { id: 'a' }), draftOf('Evista', { id: 'b' })];
    const record = [woman(70), corrected(8), ...goodKidney, ...goodD, icd('I82.409')];
    const chosen = async (selections: readonly string[]): Promise<readonly string[]> =>
      (await cardsOf({ name: '', hook: 'order-select', drafts, selections, record, cards: {} })).map(topicOf);
    expect(await chosen(['MedicationRequest/a'])).toEqual([R02]);
    expect(await chosen(['MedicationRequest/b'])).toEqual([R03]);
  });

  test('removal is offered on warnings and hazards only', async () => {
    const cards = await cardsOf({
      name: '',
      hook: 'order-select',
      drafts: [calciumDraft(600, 2), { ...xgeva, id: 'd2' }, { ...raloxifene, id: 'd3' }],
      record: [woman(60), ...goodKidney, ...goodD, icd('I25.10')],
      cards: {},
    });
    expect(cards.some(({ indicator }) => indicator === 'info')).toBe(true);
    for (const card of cards) expect(removedDrafts(card).length > 0).toBe(card.indicator !== 'info');
  });

  test('no suggestion ever creates or changes a medication', async () => {
    const cards = await cardsOf({
      name: '',
      hook: 'order-sign',
      drafts: HAZARDS.map(({ text }, index) => draftOf(text, { id: `d${String(index)}` })),
      record: [
        woman(70),
        corrected(8),
        eGfr(20),
        icd('I82.409'),
        icd('I21.9', months(2)),
        osteoporosis(),
        icd('E11.9'),
        icd('C50.911'),
      ],
      cards: {},
    });
    expect(cards.length).toBeGreaterThan(4);
    const actions = cards.flatMap(({ suggestions = [] }) =>
      suggestions.flatMap(({ actions: all = [] }) => all),
    );
    for (const action of actions) {
      if (action.type === 'delete') expect(action.resourceId).toMatch(/^MedicationRequest\//);
      else expect([action.type, action.resource.resourceType]).toEqual(['create', 'ServiceRequest']);
    }
  });
});
