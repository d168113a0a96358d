/**
 * The clinical specification as a tester outside sees it: patients built around its boundaries, served by a FHIR server, the
 * templates filled as an EHR does, and the recommendation, indicator and words of every card compared.
 *
 * Sections are named after clarifications.md (R.., G.., C) and rules.md (0.2 to 0.5). The evaluation date is 2026-01-15.
 * `cards` of a case is the whole answer: what is not listed must not be there. This file is about R01, R08 to R11, R13, R15 to
 * R17, R23 and R24, with the others switched off; specification-cofiring.test.ts has all of them together.
 */
import { describe, expect, test } from '@jest/globals';
import type { Resource } from '../../src/facts/record.ts';
import {
  bloodPressure,
  calcium,
  clinicalStatus,
  coded,
  condition,
  daily,
  drug,
  eGfr,
  hdl,
  hsCrp,
  lab,
  ldl,
  order,
  osteopenia,
  osteoporosis,
  plainCrp,
  procedure,
  pth,
  quantity,
  report,
  statement,
  TODAY,
  totalCholesterol,
  triglycerides,
  tScore,
  verificationStatus,
  vitaminD,
  weight,
} from '../build-record.ts';
import {
  cardsOf,
  cases,
  current,
  cutOff,
  days,
  encounter,
  hip,
  icd,
  male,
  months,
  noValue,
  over,
  R01,
  R08,
  R09,
  R10,
  R11,
  R13,
  R15,
  R16,
  R17,
  R23,
  R24,
  recorded,
  referral,
  settled,
  snomed,
  STANDARD,
  stopped,
  useServices,
  woman,
  type Case,
  type Extra,
} from './specification-helpers.ts';

const alendronate = drug('alendronate 70 MG Oral Tablet', { authoredOn: months(24) });

useServices([R01, R08, R09, R10, R11, R13, R15, R16, R17, R23, R24]);

/* ------------------------------------------------------------------ R01 */

const romosozumab: Resource = {
  resourceType: 'MedicationRequest',
  id: 'draft-romo',
  status: 'draft',
  intent: 'order',
  subject: { reference: 'Patient/p1' },
  medicationCodeableConcept: { text: 'romosozumab 105 MG/1.17 ML Prefilled Syringe [Evenity]' },
};
const signing = { hook: 'order-sign', drafts: [romosozumab] } as const;
const selecting = { hook: 'order-select', drafts: [romosozumab] } as const;
const RECENT = 'Romosozumab: MI or stroke within 12 months. Boxed warning: do not start.';
const HISTORY = 'Romosozumab: history of MI or stroke. Review cardiovascular risk before starting.';
const REMOVE = ['Remove the romosozumab order', 'Refer to cardiology', 'Refer to endocrinology'];
const romo = (
  name: string,
  history: readonly Resource[],
  indicator: string | null,
  more: Partial<Case> = {},
): Case => ({
  ...signing,
  name,
  record: [woman(70), ...history],
  cards: indicator === null ? {} : { [R01]: indicator },
  ...more,
});

describe('R01 romosozumab after MI or stroke', () => {
  cases([
    romo('I21 12 months ago to the day: A', [icd('I21.9', months(12))], 'critical', {
      summary: RECENT,
      suggests: REMOVE,
    }),
    romo('I21 one day more: B', [icd('I21.9', over(12))], 'warning', { summary: HISTORY, suggests: REMOVE }),
    romo('the same at order-select', [icd('I21.9', months(12))], 'critical', { ...selecting }),
    romo('B at order-select', [icd('I21.9', over(12))], 'warning', { ...selecting }),
    romo(
      'I25.2 recorded yesterday without onset: B',
      [icd('I25.2', undefined, recorded(days(1)))],
      'warning',
      {
        summary: HISTORY,
      },
    ),
    romo(
      '1755008 old infarction recorded yesterday: B',
      [snomed('1755008', undefined, recorded(days(1)))],
      'warning',
    ),
    romo(
      '399211009 history of infarction recorded yesterday: B',
      [snomed('399211009', undefined, recorded(days(1)))],
      'warning',
    ),
    romo('I69.354 recorded yesterday: B', [icd('I69.354', undefined, recorded(days(1)))], 'warning'),
    romo(
      'I21 recorded two months ago without onset: A, "recorded on"',
      [icd('I21.9', undefined, recorded(months(2)))],
      'critical',
      {
        detail: /recorded on 2025-11-15/,
      },
    ),
    romo(
      'onsetAge beside a recorded date: the date is unknown, B',
      [
        icd('I21.9', undefined, {
          ...recorded(months(2)),
          onsetAge: { value: 69, unit: 'a', system: 'http://unitsofmeasure.org', code: 'a' },
        }),
      ],
      'warning',
    ),
    romo('undated stroke: B', [icd('I63.9')], 'warning'),
    romo('onset 2025 only: not surely within 12 months, B', [icd('I21.9', '2025')], 'warning'),
    romo('onset 2025-02 only: surely within 12 months, A', [icd('I21.9', '2025-02')], 'critical'),
    romo('onset 2025-01 only: the first half lies outside, B', [icd('I21.9', '2025-01')], 'warning'),
    romo(
      'onsetPeriod counts from its start',
      [icd('I21.9', undefined, { onsetPeriod: { start: months(3) } })],
      'critical',
    ),
    romo('MI refuted: none', [icd('I21.9', months(3), verificationStatus('refuted'))], null),
    romo(
      'MI entered in error: none',
      [icd('I21.9', months(3), verificationStatus('entered-in-error'))],
      null,
    ),
    romo('MI differential: none', [icd('I21.9', months(3), verificationStatus('differential'))], null),
    romo('MI provisional: none', [icd('I21.9', months(3), verificationStatus('provisional'))], null),
    romo(
      'MI in the family: none',
      [icd('I21.9', months(3), { category: [{ coding: [{ code: 'family-history' }] }] })],
      null,
    ),
    romo(
      'resolved stroke three months ago: A',
      [icd('I63.9', months(3), clinicalStatus('resolved'))],
      'critical',
    ),
    romo(
      'inactive MI without verification status: A',
      [icd('I22.0', months(3), { ...clinicalStatus('inactive'), verificationStatus: undefined })],
      'critical',
    ),
    romo('haemorrhagic stroke counts here', [icd('I61.9', months(3))], 'critical'),
    romo('an older and a recent event: A', [icd('I21.9', months(60)), icd('I63.9', months(6))], 'critical', {
      summary: RECENT,
    }),
    romo('Z86.73: B, the code does not say which', [icd('Z86.73', undefined, recorded(days(1)))], 'warning', {
      summary: /stroke or TIA, code does not say which/,
    }),
    romo('Z86.73 in the EU stays a warning', [icd('Z86.73')], 'warning', { policy: 'EU' }),
    romo('B in the EU: critical', [icd('I21.9', months(60))], 'critical', { policy: 'EU' }),
    romo('B in the UK: critical', [icd('I63.9')], 'critical', { policy: 'UK' }),
    romo('B in Australia: critical', [icd('I25.2')], 'critical', { policy: 'AU' }),
    romo('only TIA at order-select: C', [icd('G45.9', months(3))], 'info', {
      ...selecting,
      summary: 'Romosozumab: transient ischaemic attack on record. Weigh cardiovascular risk and benefit.',
    }),
    romo('only TIA at order-sign: none', [icd('G45.9', months(3))], null),
    romo('coronary disease at order-select: C', [icd('I25.10')], 'info', selecting),
    romo('peripheral disease at order-select: C', [icd('I73.9')], 'info', selecting),
    romo('hypertension and diabetes at order-select: C', [icd('I10'), icd('E11.9')], 'info', {
      ...selecting,
      summary: /2 cardiovascular risk factors/,
    }),
    romo('hypertension alone: none', [icd('I10')], null, selecting),
    romo('type 1 and type 2 codes are one factor: none', [icd('E10.9'), icd('E11.9')], null, selecting),
    romo('dyslipidaemia and CKD: C', [icd('E78.5'), icd('N18.2')], 'info', selecting),
    romo('risk factors at order-sign: none', [icd('I10'), icd('E11.9')], null),
    romo(
      'current smoker with hypertension: C',
      [
        icd('I10'),
        {
          ...lab('72166-2', 0, '1', months(2)),
          valueQuantity: undefined,
          valueCodeableConcept: coded('snomed', '449868002'),
        },
      ],
      'info',
      selecting,
    ),
    romo('nothing on record: none', [], null),
    romo('condition search failed: could not check', [], 'info', {
      without: ['conditions'],
      summary: 'Romosozumab: MI/stroke history could not be checked.',
      suggests: [],
    }),
    romo('condition search failed at order-select: could not check', [], 'info', {
      ...selecting,
      without: ['conditions'],
    }),
    romo('condition search failed, two drafts: one line', [], 'info', {
      drafts: [romosozumab, { ...romosozumab, id: 'second' }],
      without: ['conditions'],
    }),
    romo('another search failed: none', [], null, {
      without: ['procedures', 'medicationRequests', 'socialHistory'],
    }),
    romo(
      'MI after the first dose, an order this year: D',
      [drug('Evenity', { authoredOn: months(6) }), icd('I21.9', months(2))],
      'critical',
      { summary: 'Romosozumab: MI or stroke recorded after treatment began. Label: discontinue.' },
    ),
    romo(
      'MI on the day of the first dose is not after it: A',
      [drug('Evenity', { authoredOn: months(2) }), icd('I21.9', months(2))],
      'critical',
      { summary: RECENT },
    ),
    romo(
      'MI after the first dose, last dose over 12 months ago: B',
      [drug('Evenity', { ...stopped(months(16)) }), icd('I21.9', months(13))],
      'warning',
      { summary: HISTORY },
    ),
    romo(
      'MI 13 months ago, doses from 14 to 11 months ago: D',
      [drug('Evenity', stopped(months(14))), drug('Evenity', stopped(months(11))), icd('I21.9', months(13))],
      'critical',
      { summary: /after treatment began/ },
    ),
    romo('undated MI on treatment: B', [drug('Evenity', { authoredOn: months(6) }), icd('I21.9')], 'warning'),
    romo('deceased: none', [], null, {
      record: [woman(70, { deceasedDateTime: days(3) }), icd('I21.9', months(3))],
    }),
    romo('17 years: none', [], null, { record: [woman(17), icd('I21.9', months(3))] }),
    romo('inpatient: still speaks (no global exclusions)', [], 'critical', {
      record: [woman(70), icd('I21.9', months(3)), encounter('IMP')],
      encounterId: 'e1',
    }),
    romo('hospice: still speaks', [icd('I21.9', months(3)), icd('Z51.5')], 'critical'),
    romo('birth date missing: still speaks', [], 'critical', {
      record: [woman(70, { birthDate: undefined }), icd('I21.9', months(3))],
    }),
    romo(
      'MI of another patient in the answer: not taken',
      [icd('I21.9', months(3), { subject: { reference: 'Patient/p2' } })],
      null,
    ),
    romo('denosumab is not romosozumab', [icd('I21.9', months(3))], null, {
      drafts: [{ ...romosozumab, medicationCodeableConcept: { text: 'denosumab 60 MG/ML [Prolia]' } }],
    }),
    romo('by ATC code', [icd('I21.9', months(3))], 'critical', {
      drafts: [{ ...romosozumab, medicationCodeableConcept: coded('atc', 'M05BX06') }],
    }),
    romo('contained Medication', [icd('I21.9', months(3))], 'critical', {
      drafts: [
        {
          ...romosozumab,
          medicationCodeableConcept: undefined,
          contained: [{ resourceType: 'Medication', id: 'm', code: { text: 'Evenity' } }],
          medicationReference: { reference: '#m' },
        },
      ],
    }),
    romo('Medication as another entry of the drafts', [icd('I21.9', months(3))], 'critical', {
      drafts: [
        {
          ...romosozumab,
          medicationCodeableConcept: undefined,
          medicationReference: { reference: 'Medication/m1' },
        },
        { resourceType: 'Medication', id: 'm1', code: { text: 'Evenity' } },
      ],
    }),
    romo('selected by another id: none', [icd('I21.9', months(3))], null, {
      ...selecting,
      selections: ['MedicationRequest/x'],
    }),
  ]);

  test('two drafts at order-sign: one card for each, each deletes its own', async () => {
    const drafts = [romosozumab, { ...romosozumab, id: 'second' }];
    const cards = await cardsOf(romo('', [icd('I21.9', months(3))], 'critical', { drafts }));
    const deleted = cards.map(({ suggestions = [] }) => suggestions[0]?.actions?.[0]);
    expect(deleted).toMatchObject([
      { type: 'delete', resourceId: 'MedicationRequest/draft-romo' },
      { type: 'delete', resourceId: 'MedicationRequest/second' },
    ]);
    expect(cards.map(({ indicator }) => indicator)).toEqual(['critical', 'critical']);
  });

  test('OR-safe, selectionBehavior any, links, the numbers of the trials', async () => {
    const [card] = await cardsOf(romo('', [icd('I21.9', months(3))], 'critical'));
    expect(card?.overrideReasons?.map(({ code }) => code)).toEqual([
      'risk-benefit-ratio',
      'expert-contradicts',
      'mitigate-risk-negative-outcome',
      'patient-ineligible',
      'prefers-alternative',
      'does-not-align-latest-evidence',
    ]);
    expect(card?.selectionBehavior).toBe('any');
    expect(card?.links?.map(({ url }) => new URL(url).hostname)).toEqual([
      'dailymed.nlm.nih.gov',
      'www.tga.gov.au',
    ]);
    expect(card?.detail).toMatch(/0\.8 % v 0\.2 %, stroke 0\.6 % v 0\.3 %/);
  });
});

/* ------------------------------------------------------------------ R08 */

const gap = (
  name: string,
  record: readonly Resource[],
  indicator: string | null,
  more: Partial<Case> = {},
): Case => ({
  name,
  record,
  cards: indicator === null ? {} : { [R08]: indicator },
  ...more,
});
const man66 = [male(66), ...settled];
const woman60 = [woman(60), ...settled];
const prolia = (extra: Extra): Resource => drug('denosumab 60 MG/ML Prefilled Syringe [Prolia]', extra);

describe('R08 fracture or osteoporosis without treatment', () => {
  cases([
    gap('T -2.5: info', [...woman60, tScore(-2.5)], 'info', {
      summary: 'T-score -2.5: no osteoporosis therapy or review on file.',
    }),
    gap('T -2.49, no fracture, no diagnosis: none', [...woman60, tScore(-2.49)], null),
    gap('T -2.4996 is not at the threshold: none', [...woman60, tScore(-2.4996)], null),
    gap('diagnosis alone: info', [...woman60, osteoporosis()], 'info'),
    gap('inactive diagnosis: none', [...man66, osteoporosis(clinicalStatus('inactive'))], null),
    gap('S72.001A at 66 without drug: warning', [...man66, hip(months(3))], 'warning', {
      summary: /^Hip fracture .*2025-10-15 and no osteoporosis evaluation or therapy on file\./,
      detailWithout: /mechanism unknown/i,
      suggests: [
        'Order bone density scan',
        'Refer to bone health service',
        'Order calcium',
        'Order creatinine',
        'Order alkaline phosphatase',
        'Order TSH',
        'Order PTH',
        'Order total testosterone',
        'Refer to dietitian',
      ],
    }),
    gap(
      'S72.001D recorded today without onset: not dated',
      [...man66, icd('S72.001D', undefined, recorded(TODAY))],
      null,
    ),
    gap(
      'S72.001A recorded last month without onset: counts',
      [...man66, icd('S72.001A', undefined, recorded(months(1)))],
      'warning',
    ),
    gap(
      'S72.001S with onset two months ago: dated by its onset',
      [...man66, icd('S72.001S', months(2))],
      'warning',
    ),
    gap('Z87.310 recorded today: not dated', [...man66, icd('Z87.310', undefined, recorded(TODAY))], null),
    gap('24 months to the day: counts', [...man66, hip(months(24))], 'warning'),
    gap('24 months and a day: none', [...man66, hip(over(24))], null),
    gap('resolved hip fracture: counts', [...man66, hip(months(3), clinicalStatus('resolved'))], 'warning'),
    gap('at 64 the card says "mechanism unknown"', [male(64), ...settled, hip(months(3))], 'warning', {
      detail: /mechanism unknown/i,
    }),
    gap('at 49 a hip fracture code does not count', [male(49), ...settled, hip(months(3))], null),
    gap('at 49 M80 does not fire either (age 50)', [male(49), ...settled, icd('M80.051A', months(3))], null),
    gap(
      'at 50 M80 counts without "mechanism unknown"',
      [male(50), ...settled, icd('M80.051A', months(3))],
      'warning',
      { detailWithout: /mechanism unknown/i },
    ),
    gap(
      'vertebral fracture S22.080A at 70: warning',
      [male(70), ...settled, icd('S22.080A', months(3))],
      'warning',
      { summary: /^Vertebral fracture/ },
    ),
    gap(
      'other fragility fracture: warning as hip',
      [male(70), ...settled, snomed('443165006', months(3))],
      'warning',
    ),
    gap('wrist S52: none', [...man66, icd('S52.501A', months(3))], null),
    gap(
      'traffic accident of the same day: none',
      [...man66, hip(months(3)), icd('V43.52XA', months(3))],
      null,
    ),
    gap(
      'traffic accident of another day: counts',
      [...man66, hip(months(3)), icd('V43.52XA', months(4))],
      'warning',
    ),
    gap(
      'W12 fall from scaffolding, same day: none',
      [...man66, hip(months(3)), icd('W12.XXXA', months(3))],
      null,
    ),
    gap('W17 same day: none', [...man66, hip(months(3)), icd('W17.89XA', months(3))], null),
    gap(
      'W18 fall on the same level, same day: counts',
      [...man66, hip(months(3)), icd('W18.30XA', months(3))],
      'warning',
    ),
    gap(
      'W11 fall from a ladder is not in the list: counts',
      [...man66, hip(months(3)), icd('W11.XXXA', months(3))],
      'warning',
    ),
    gap('W01 same day: counts', [...man66, hip(months(3)), icd('W01.0XXA', months(3))], 'warning'),
    gap(
      'M84.48XA with lung cancer: does not count',
      [...man66, icd('M84.48XA', months(3)), icd('C34.90')],
      null,
    ),
    gap(
      'M48.56XA with lung cancer: does not count',
      [...man66, icd('M48.56XA', months(3)), icd('C34.90')],
      null,
    ),
    gap(
      'M84.48XA with skin cancer C44: counts',
      [...man66, icd('M84.48XA', months(3)), icd('C44.311')],
      'warning',
    ),
    gap(
      'M80 with cancer: counts, "oncology plan"',
      [...man66, icd('M80.051A', months(3)), icd('C34.90')],
      'warning',
      { detail: /oncology plan/ },
    ),
    gap('Paget disease: silent', [...man66, hip(months(3)), icd('M88.9')], null),
    gap('bone metastases: silent', [...man66, hip(months(3)), icd('C79.51')], null),
    gap(
      'atypical femoral fracture ever: silent',
      [...man66, osteoporosis(), icd('M84.751S', months(60))],
      null,
    ),
    gap('jaw osteonecrosis M87.180: silent', [...man66, osteoporosis(), icd('M87.180', months(60))], null),
    gap(
      'jaw osteonecrosis, denosumab late: "specialist"',
      [...man66, icd('M87.180'), prolia(stopped(months(8)))],
      'warning',
      { detail: /specialist/, triggeredByDrug: true },
    ),
    gap(
      'alendronate active from 3 years ago: on therapy',
      [...woman60, tScore(-2.6), drug('alendronate 70 MG', { authoredOn: months(36) })],
      null,
    ),
    gap(
      'alendronate statement active: on therapy',
      [...woman60, tScore(-2.6), statement('Fosamax 70 mg')],
      null,
    ),
    gap(
      'Alendronic acid 10 MG (Synthea): on therapy',
      [...woman60, tScore(-2.6), drug('Alendronic acid 10 MG')],
      null,
    ),
    gap(
      'alendronate active without authoredOn: on therapy',
      [...woman60, tScore(-2.6), drug('alendronate 70 MG', { authoredOn: undefined })],
      null,
    ),
    gap(
      'alendronate on hold: unknown, silent',
      [...woman60, tScore(-2.6), drug('alendronate 70 MG', { status: 'on-hold' })],
      null,
    ),
    gap(
      'alendronate with status unknown: silent',
      [...woman60, tScore(-2.6), drug('alendronate 70 MG', { status: 'unknown' })],
      null,
    ),
    gap(
      'alendronate stopped last year: info',
      [...woman60, tScore(-2.6), drug('alendronate 70 MG', stopped(months(12)))],
      'info',
    ),
    gap(
      'alendronate completed, supply ended: info',
      [
        ...woman60,
        tScore(-2.6),
        drug('alendronate 70 MG', { status: 'completed', authoredOn: months(6), ...daily(10, 90) }),
      ],
      'info',
    ),
    gap(
      'alendronate completed, supply covers today: on therapy',
      [
        ...woman60,
        tScore(-2.6),
        drug('alendronate 10 MG', { status: 'completed', authoredOn: months(1), ...daily(10, 90) }),
      ],
      null,
    ),
    gap(
      'doNotPerform is not therapy',
      [...woman60, tScore(-2.6), drug('alendronate 70 MG', { doNotPerform: true })],
      'info',
    ),
    gap(
      'entered in error is not therapy',
      [...woman60, tScore(-2.6), drug('alendronate 70 MG', { status: 'entered-in-error' })],
      'info',
    ),
    gap(
      'a proposal is not therapy',
      [...woman60, tScore(-2.6), drug('alendronate 70 MG', { intent: 'proposal' })],
      'info',
    ),
    gap(
      'an original-order is therapy (gap use)',
      [...woman60, tScore(-2.6), drug('alendronate 70 MG', { intent: 'original-order' })],
      null,
    ),
    gap('raloxifene is therapy', [...woman60, tScore(-2.6), drug('raloxifene 60 MG Oral Tablet')], null),
    gap(
      'teriparatide is therapy',
      [...woman60, tScore(-2.6), drug('teriparatide 20 MCG injection [Forteo]')],
      null,
    ),
    gap(
      'calcium and vitamin D are not therapy',
      [...woman60, tScore(-2.6), drug('calcium 600 MG / vitamin D 400 UNT')],
      'info',
    ),
    gap(
      'hip fracture after a bisphosphonate that ended within 36 months: info',
      [...man66, hip(months(3)), drug('alendronate 70 MG', stopped(months(30)))],
      'info',
    ),
    gap(
      'the same 40 months ago: warning',
      [...man66, hip(months(3)), drug('alendronate 70 MG', stopped(months(40)))],
      'warning',
    ),
    gap(
      'zoledronate 18 months ago: on therapy',
      [
        ...man66,
        osteoporosis(),
        drug('zoledronic acid 5 MG/100ML [Reclast]', { status: 'completed', authoredOn: months(18) }),
      ],
      null,
    ),
    gap(
      'zoledronate 18 months and a day ago: info',
      [
        ...man66,
        osteoporosis(),
        drug('zoledronic acid 5 MG/100ML [Reclast]', { status: 'completed', authoredOn: over(18) }),
      ],
      'info',
    ),
    gap(
      'denosumab last order 8 months ago, stopped: gap',
      [...man66, prolia(stopped(months(8)))],
      'warning',
      {
        triggeredByDrug: true,
        summary:
          'Denosumab: last order found 2025-05-15, no follow-on drug. Delay risks rebound vertebral fractures.',
      },
    ),
    gap(
      'denosumab 7 months ago: on therapy',
      [...man66, osteoporosis(), prolia({ status: 'completed', authoredOn: months(7) })],
      null,
    ),
    gap(
      'denosumab 7 months and a day: gap',
      [...man66, osteoporosis(), prolia({ status: 'completed', authoredOn: over(7) })],
      'warning',
    ),
    gap('denosumab 36 months: gap', [...man66, prolia(stopped(months(36)))], 'warning', {
      summary: /^Denosumab/,
      triggeredByDrug: true,
    }),
    gap(
      'denosumab 36 months and a day, osteoporosis: no gap',
      [...man66, osteoporosis(), prolia(stopped(over(36)))],
      'info',
      { summary: /^Osteoporosis/ },
    ),
    gap(
      'denosumab with an active request: on therapy',
      [...man66, osteoporosis(), prolia({ authoredOn: months(10) })],
      null,
    ),
    gap(
      'denosumab 8 months ago, alendronate since: silent',
      [...man66, prolia(stopped(months(8))), drug('alendronate 70 MG')],
      null,
    ),
    gap(
      'Xgeva 120 MG 8 months ago is no gap',
      [...man66, drug('denosumab 120 MG/1.7 ML [Xgeva]', stopped(months(8)))],
      null,
    ),
    gap(
      'gap before fracture in precedence',
      [...man66, hip(months(3)), prolia(stopped(months(8)))],
      'warning',
      { summary: /^Denosumab/, detail: /Hip fracture/ },
    ),
    gap(
      'fracture before T-score in precedence',
      [...woman60, tScore(-2.6), icd('M80.051A', months(3))],
      'warning',
      { summary: /^Hip fracture/ },
    ),
    gap(
      'DXA 60 months and referral 12 months: silent',
      [...woman60, tScore(-2.6, months(60)), referral(months(12))],
      null,
    ),
    gap('DXA 60 months and a day: fires', [...woman60, tScore(-2.6, over(60)), referral(months(12))], 'info'),
    gap('referral 12 months and a day: fires', [...woman60, tScore(-2.6), referral(over(12))], 'info'),
    gap(
      'completed rheumatology referral counts',
      [...woman60, tScore(-2.6), order(coded('snomed', '306290009'), { status: 'completed' })],
      null,
    ),
    gap(
      'referral by text "Fracture liaison service" counts',
      [...woman60, tScore(-2.6), order({ text: 'Fracture Liaison Service' })],
      null,
    ),
    gap(
      'revoked referral does not count',
      [...woman60, tScore(-2.6), referral(months(2), { status: 'revoked' })],
      'info',
    ),
    gap(
      '49 years, T -2.6, menopause on record: none',
      [woman(49), ...settled, icd('Z78.0', months(24)), tScore(-2.6)],
      null,
    ),
    gap('50 years, T -2.6 measured at 50', [woman(50), ...settled, tScore(-2.6, TODAY)], 'info'),
    gap('eGFR 29: "specialist advice first"', [...woman60, tScore(-2.6), eGfr(29)], 'info', {
      detail: /specialist advice first/,
    }),
    gap('eGFR 30: no such text', [...woman60, tScore(-2.6), eGfr(30)], 'info', {
      detailWithout: /specialist advice first/,
    }),
    gap(
      'vitamin D missing: suggested here, R09 silent',
      [woman(60), ...current, tScore(-2.6), calcium(9.5), eGfr(80), pth(40)],
      'info',
      {
        suggests: [
          'Refer to bone health service',
          'Order 25-OH vitamin D',
          'Order alkaline phosphatase',
          'Order TSH',
          'Refer to dietitian',
        ],
      },
    ),
    gap('high calcium: no dietitian', [...woman60, tScore(-2.6), calcium(10.6), eGfr(80), pth(40)], 'info', {
      suggests: ['Refer to bone health service', 'Order alkaline phosphatase', 'Order TSH'],
    }),
    gap('medication requests missing: silent', [...woman60, tScore(-2.6)], null, {
      without: ['medicationRequests'],
    }),
    gap('medication statements missing: silent', [...woman60, tScore(-2.6)], null, {
      without: ['medicationStatements'],
    }),
    gap('conditions missing: silent (unknown exclusion)', [...woman60, tScore(-2.6)], null, {
      without: ['conditions'],
    }),
    gap('bone results missing: hip fracture still speaks', [...man66, hip(months(3))], 'warning', {
      without: ['bone'],
      detail: /[Cc]ould not check/,
    }),
    gap(
      'at discharge, inpatient: speaks',
      [male(70), hip(days(5)), vitaminD(40), encounter('IMP')],
      'warning',
      { hook: 'encounter-discharge', encounterId: 'e1' },
    ),
    gap('in patient-view, inpatient: silent', [...man66, hip(days(5)), encounter('IMP')], null, {
      encounterId: 'e1',
    }),
    gap(
      'at discharge of a hospice patient: silent',
      [male(70), hip(days(5)), icd('Z51.5'), encounter('IMP')],
      null,
      { hook: 'encounter-discharge', encounterId: 'e1' },
    ),
  ]);

  test('OR-std with the two additions; reason of the orders', async () => {
    const [card] = await cardsOf(gap('', [...man66, hip(months(3))], 'warning'));
    expect(card?.overrideReasons?.map(({ code }) => code)).toEqual([...STANDARD, 'too-costly-uncovered']);
    expect(JSON.stringify(card?.suggestions)).toContain('"code":"S72.001A"');
    expect(JSON.stringify(card?.suggestions)).toContain('"code":"38268-9"');
    expect(card?.detail).toMatch(/weight-bearing/);
  });
});

/* ------------------------------------------------------------------ G9, G10, units: T-scores */

describe('G8 to G10, units.md 2: which T-score counts (seen through R08, R11, R16)', () => {
  const text = (value: string): Resource =>
    tScore(0, months(7), 'hip', { valueQuantity: undefined, valueString: value });
  cases([
    gap('38265-5 alone counts, named as coded', [...woman60, tScore(-2.6, months(7), 'forearm')], 'info', {
      detail: /radius\/ulna as coded; confirm one-third radius/,
    }),
    gap(
      '38265-5 beside a hip T-score does not',
      [...woman60, tScore(-2.6, months(7), 'forearm'), tScore(-1.2)],
      null,
    ),
    gap(
      '38265-5 newer than a hip T-score does not',
      [...woman60, tScore(-2.6, months(2), 'forearm'), tScore(-1.2, months(40))],
      null,
    ),
    gap('heel does not count', [...woman60, tScore(-3, months(7), 'heel')], null),
    gap('a Z-score does not count', [...woman60, lab('80938-4', -3, '{Z-score}', months(7))], null),
    gap(
      'BMD 0.6 g/cm2 under a T-score code: unreadable',
      [
        ...woman60,
        tScore(-2.7, months(7), 'hip', {
          valueQuantity: { value: -2.7, unit: 'g/cm2', system: 'http://unitsofmeasure.org', code: 'g/cm2' },
        }),
      ],
      null,
    ),
    gap(
      'no unit at all is accepted',
      [...woman60, tScore(-2.7, months(7), 'hip', { valueQuantity: { value: -2.7 } })],
      'info',
    ),
    gap(
      'unit "T-Score" with code 1 is accepted',
      [
        ...woman60,
        tScore(-2.7, months(7), 'hip', {
          valueQuantity: { value: -2.7, unit: 'T-Score', system: 'http://unitsofmeasure.org', code: '1' },
        }),
      ],
      'info',
    ),
    gap(
      'unit {SD} is accepted',
      [
        ...woman60,
        tScore(-2.7, months(7), 'hip', { valueQuantity: { value: -2.7, unit: '{SD}', code: '{SD}' } }),
      ],
      'info',
    ),
    gap(
      'percent is rejected',
      [...woman60, tScore(-2.7, months(7), 'hip', { valueQuantity: { value: -2.7, unit: '%', code: '%' } })],
      null,
    ),
    gap('-9 is implausible', [...woman60, tScore(-9)], null),
    gap('-6: please confirm', [...woman60, tScore(-6)], 'info', { detail: /confirm/ }),
    gap('text "-2.7"', [...woman60, text('-2.7')], 'info', { summary: /T-score -2\.7/ }),
    gap('text with a decimal comma', [...woman60, text('-2,7')], 'info', { summary: /T-score -2\.7/ }),
    gap('text with a unicode minus', [...woman60, text('−2.7')], 'info', { summary: /T-score -2\.7/ }),
    gap('text "-2.7 (low)" cannot be read', [...woman60, text('-2.7 (low)')], null),
    gap(
      '2.7 flagged low: lost minus sign, unknown',
      [
        ...woman60,
        tScore(2.7, months(7), 'hip', {
          interpretation: [
            {
              coding: [
                { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', code: 'L' },
              ],
            },
          ],
        }),
      ],
      null,
    ),
    gap(
      'comparator < -2.5 proves osteoporosis',
      [...woman60, tScore(-2.5, months(7), 'hip', quantity('<', -2.5, '{T-score}'))],
      'info',
    ),
    gap(
      'comparator < -1 proves nothing about -2.5',
      [...woman60, tScore(-1, months(7), 'hip', quantity('<', -1, '{T-score}'))],
      null,
    ),
    gap(
      'lowest of the sites within 30 days',
      [...woman60, tScore(-1.5, months(7)), tScore(-2.5, '2025-05-16', 'spine')],
      'info',
      { summary: /T-score -2\.5/, detail: /spine/ },
    ),
    gap(
      'a lower one 31 days earlier belongs to another scan',
      [...woman60, tScore(-1.5, '2025-06-15'), tScore(-2.5, '2025-05-15', 'spine')],
      null,
    ),
    gap(
      'preliminary never triggers',
      [...woman60, tScore(-2.7, months(7), 'hip', { status: 'preliminary' })],
      null,
    ),
    gap(
      'status unknown is not read by default',
      [...woman60, tScore(-2.7, months(7), 'hip', { status: 'unknown' })],
      null,
    ),
    gap('amended is read', [...woman60, tScore(-2.7, months(7), 'hip', { status: 'amended' })], 'info'),
    gap(
      'panel with components',
      [
        ...woman60,
        {
          ...tScore(0, months(7)),
          code: coded('loinc', '38268-9'),
          valueQuantity: undefined,
          component: [
            {
              code: coded('loinc', '38267-1'),
              valueQuantity: { value: -2.8, unit: '{T-score}', code: '{T-score}' },
            },
            { code: coded('loinc', '80938-4'), valueQuantity: { value: -1, unit: '{Z-score}' } },
          ],
        },
      ],
      'info',
      { summary: /T-score -2\.8/ },
    ),
    gap(
      'woman 44 on the DXA date, no menopause evidence: ignored',
      [woman(54), ...settled, tScore(-2.6, months(120))],
      null,
    ),
    gap('man 49 on the DXA date: ignored', [male(51), ...settled, tScore(-2.6, months(20))], null),
    gap('man 50 on the DXA date: counts', [male(51), ...settled, tScore(-2.6, months(12))], 'info'),
    gap(
      'woman 48 on the DXA date with menopause evidence: counts',
      [woman(50), ...settled, icd('Z78.0', months(60)), tScore(-2.6, months(24))],
      'info',
    ),
    gap('the diagnosis stands beside T -0.5', [...woman60, osteoporosis(), tScore(-0.5)], 'info', {
      summary: /^Osteoporosis/,
    }),
    gap('future date beyond 24 hours: unknown', [...woman60, tScore(-2.6, '2026-01-20')], null),
    {
      name: 'osteopenia T 10 years old to the day: low bone mass',
      record: [woman(70), vitaminD(40), ldl(100), tScore(-1.2, months(120))],
      cards: { [R11]: 'info', [R16]: 'info' },
    },
    {
      name: 'osteopenia T over 10 years old: no longer low bone mass',
      record: [woman(70), vitaminD(40), ldl(100), tScore(-1.2, over(120))],
      cards: { [R16]: 'info' },
    },
    {
      name: 'osteopenia code cancelled by a later T -1.0',
      record: [woman(60), vitaminD(40), osteopenia({ recordedDate: months(60) }), tScore(-1)],
      cards: {},
    },
    {
      name: 'osteopenia code with T -1.01: T -1.0 shown, cut toward zero',
      record: [woman(60), vitaminD(40), osteopenia(), tScore(-1.01)],
      cards: { [R11]: 'info' },
      summary: /T -1\.0\)/,
    },
    {
      name: 'T -2.4996 shows -2.4 and is osteopenia',
      record: [woman(60), vitaminD(40), tScore(-2.4996)],
      cards: { [R11]: 'info' },
      summary: /Low bone mass \(T -2\.4\)/,
    },
    { name: 'T -1.0 is normal', record: [woman(60), tScore(-1)], cards: {} },
  ]);
});

/* ------------------------------------------------------------------ R09 */

const level = (
  name: string,
  record: readonly Resource[],
  fires: boolean,
  more: Partial<Case> = {},
): Case => ({
  name,
  record,
  cards: fires ? { [R09]: 'info' } : {},
  ...more,
});
const coeliac = icd('K90.0');
const prednisone = (mg: number, supplyDays: number): Resource =>
  drug('prednisone 5 MG Oral Tablet', { authoredOn: days(supplyDays), ...daily(mg, supplyDays) });

describe('R09 vitamin D level indicated and not on file', () => {
  cases([
    level(
      'coeliac disease, last level 24 months to the day: silent',
      [male(45), coeliac, vitaminD(40, months(24))],
      false,
    ),
    level('one day more: fires', [male(45), coeliac, vitaminD(40, over(24))], true, {
      summary: /^No 25-OH vitamin D in 24 months; testing is indicated by malabsorption\.$/,
    }),
    level('none ever: fires', [male(45), coeliac], true, { suggests: ['Order 25-OH vitamin D'] }),
    level('coeliac disease in SNOMED CT', [male(45), snomed('396331005')], true),
    level(
      'resolved coeliac disease: silent',
      [male(45), icd('K90.0', undefined, clinicalStatus('resolved'))],
      false,
    ),
    level(
      'coeliac disease with an abatement in the past: silent',
      [male(45), icd('K90.0', undefined, { abatementDateTime: months(1) })],
      false,
    ),
    level(
      'unconfirmed coeliac disease: silent',
      [male(45), icd('K90.0', undefined, verificationStatus('unconfirmed'))],
      false,
    ),
    level(
      'bariatric surgery Z98.84, resolved: counts (ever)',
      [male(45), icd('Z98.84', undefined, clinicalStatus('resolved'))],
      true,
    ),
    level('osteopenia only: silent', [woman(60), ...current, osteopenia()], false),
    level('obesity and age only: silent', [male(70), icd('E66.9')], false),
    level('CKD stage 4 is not a reason here', [male(38), icd('N18.4')], false),
    level('valproate is not a reason here', [male(45), drug('valproate 500 MG')], false),
    level('phenytoin is', [male(45), drug('phenytoin 100 MG')], true, { triggeredByDrug: true }),
    level('stopped phenytoin is not', [male(45), drug('phenytoin 100 MG', stopped(months(2)))], false),
    level('hyperparathyroidism is', [male(45), icd('E21.3')], true),
    level('prednisone 5 mg for 91 days', [male(38), prednisone(5, 91)], true, { triggeredByDrug: true }),
    level('prednisone 5 mg for 90 days', [male(38), prednisone(5, 90)], false),
    level('prednisone 2.5 mg for 91 days', [male(38), prednisone(2.5, 91)], true, { triggeredByDrug: true }),
    level('prednisone 2.4 mg for 91 days', [male(38), prednisone(2.4, 91)], false),
    level(
      'dexamethasone ear drops are not',
      [male(38), drug('dexamethasone 1 MG/ML ear drops', daily(5, 100))],
      false,
    ),
    level('calcium 10.6 without PTH', [male(45), calcium(10.6)], true),
    level('calcium 10.5 without PTH', [male(45), calcium(10.5)], false),
    level('calcium 2.63 mmol/L without PTH', [male(45), calcium(2.63, months(2), 'mmol/L')], true),
    level('calcium 2.62 mmol/L without PTH', [male(45), calcium(2.62, months(2), 'mmol/L')], false),
    level(
      'calcium 10.6 with PTH five months later',
      [male(45), calcium(10.6, months(7)), pth(70, months(2))],
      false,
    ),
    level(
      'calcium 10.6 with PTH eight months later',
      [male(45), calcium(10.6, months(10)), pth(70, months(2))],
      true,
    ),
    level(
      'a low level 12 months ago, on a supplement',
      [male(45), coeliac, vitaminD(19.9, months(12)), drug('cholecalciferol 1000 UNT')],
      false,
    ),
    level(
      'a low level over 12 months ago, on a supplement',
      [male(45), coeliac, vitaminD(19.9, over(12)), drug('cholecalciferol 1000 UNT')],
      true,
      { summary: /in 12 months/ },
    ),
    level(
      '20.0 over 12 months ago',
      [male(45), coeliac, vitaminD(20, over(12)), drug('cholecalciferol 1000 UNT')],
      false,
    ),
    level(
      '49 nmol/L over 12 months ago',
      [male(45), coeliac, vitaminD(49, over(12), 'nmol/L'), drug('cholecalciferol 1000 UNT')],
      true,
    ),
    level(
      '50 nmol/L over 12 months ago',
      [male(45), coeliac, vitaminD(50, over(12), 'nmol/L'), drug('cholecalciferol 1000 UNT')],
      false,
    ),
    level(
      'an unverified vitamin D code in the window: silent',
      [male(45), coeliac, lab('68438-1', 40, 'ng/mL', months(3))],
      false,
    ),
    level('1989-3 in the window: silent', [male(45), coeliac, lab('1989-3', 40, 'ng/mL', months(3))], false),
    level(
      'calcitriol 1649-3 is another test: fires',
      [male(45), coeliac, lab('1649-3', 40, 'pg/mL', months(3))],
      true,
    ),
    level(
      'a preliminary level: result pending, silent',
      [male(45), coeliac, vitaminD(40, days(1), 'ng/mL', { status: 'preliminary' })],
      false,
    ),
    level(
      'a cancelled one: fires',
      [male(45), coeliac, vitaminD(40, days(9), 'ng/mL', { status: 'cancelled' })],
      true,
    ),
    level(
      'not performed: fires',
      [male(45), coeliac, vitaminD(0, days(9), 'ng/mL', noValue('not-performed'))],
      true,
    ),
    level(
      'masked: unknown, silent',
      [male(45), coeliac, vitaminD(0, days(9), 'ng/mL', noValue('masked'))],
      false,
    ),
    level(
      'ordered 6 months ago: silent',
      [male(45), coeliac, order(coded('loinc', '62292-8'), { authoredOn: months(6) })],
      false,
    ),
    level(
      'ordered over 6 months ago: fires',
      [male(45), coeliac, order(coded('loinc', '62292-8'), { authoredOn: over(6) })],
      true,
    ),
    level(
      'order revoked: fires',
      [male(45), coeliac, order(coded('loinc', '62292-8'), { status: 'revoked' })],
      true,
    ),
    level(
      'order on hold: silent',
      [male(45), coeliac, order(coded('loinc', '62292-8'), { status: 'on-hold' })],
      false,
    ),
    level('85 years: fires', [male(85), coeliac], true),
    level('86 years: silent', [male(86), coeliac], false),
    level('lab search failed: silent', [male(45), coeliac], false, { without: ['bone'] }),
    level('service requests missing: silent', [male(45), coeliac], false, { without: ['serviceRequests'] }),
    level(
      'fragility fracture under therapy: reason is the fracture',
      [male(66), ...current, icd('S72.001A', months(24)), alendronate],
      true,
      { summary: /fragility fracture/ },
    ),
    level(
      'fracture over 24 months ago: silent',
      [male(66), ...current, icd('S72.001A', over(24)), alendronate],
      false,
    ),
    level('osteoporosis under therapy', [male(66), ...current, osteoporosis(), alendronate], true, {
      summary: /by osteoporosis/,
    }),
    level('T -2.5 under therapy', [woman(60), ...current, tScore(-2.5), alendronate], true),
  ]);

  test('a list that is cut off: "none on file" is not said', async () => {
    const cards = await cardsOf(
      level('', [male(45), coeliac], true, {
        prefetch: (filled) => ({ ...filled, bone: cutOff(filled['bone']) }),
      }),
    );
    expect(cards).toEqual([]);
  });
});

/* ------------------------------------------------------------------ R10 */

const low = (
  name: string,
  record: readonly Resource[],
  indicator: string | null,
  more: Partial<Case> = {},
): Case => ({
  name,
  record: [male(45), ...record],
  cards: indicator === null ? {} : { [R10]: indicator },
  ...more,
});
const supplement = drug('cholecalciferol 1000 UNT Oral Tablet');

describe('R10 low vitamin D not followed up', () => {
  cases([
    low('19.9: info', [vitaminD(19.9)], 'info', {
      summary: '25-OH vitamin D 19.9 ng/mL (2025-12-01), no supplement or recheck on file.',
      suggests: ['Repeat 25-OH vitamin D in 3 months', 'Refer to dietitian'],
    }),
    low('20.0: none', [vitaminD(20)], null),
    low('50 nmol/L: none', [vitaminD(50, months(1), 'nmol/L')], null),
    low('49 nmol/L: info, shown as reported', [vitaminD(49, months(1), 'nmol/L')], 'info', {
      summary: /49 nmol\/L/,
    }),
    low('12 ng/mL: info', [vitaminD(12)], 'info'),
    low('11.9 ng/mL: warning', [vitaminD(11.9)], 'warning', {
      suggests: [
        'Repeat 25-OH vitamin D in 3 months',
        'Order calcium',
        'Order PTH',
        'Order alkaline phosphatase',
        'Refer to dietitian',
      ],
    }),
    low('30 nmol/L: info', [vitaminD(30, months(1), 'nmol/L')], 'info'),
    low('29 nmol/L: warning', [vitaminD(29, months(1), 'nmol/L')], 'warning'),
    low('19 ug/L: info', [vitaminD(19, months(1), 'ug/L')], 'info'),
    low('25 alone: none', [vitaminD(25)], null),
    low('25 with coeliac disease: info', [vitaminD(25), coeliac], 'info'),
    low('30 with coeliac disease: none', [vitaminD(30), coeliac], null),
    low('74 nmol/L with coeliac disease: info', [vitaminD(74, months(1), 'nmol/L'), coeliac], 'info'),
    low('75 nmol/L with coeliac disease: none', [vitaminD(75, months(1), 'nmol/L'), coeliac], null),
    low('25 with CKD 3 by code', [vitaminD(25), ldl(100), icd('N18.31')], 'info'),
    low(
      '25 with CKD 3 by code against eGFR 70 (G18)',
      [vitaminD(25), ldl(100), icd('N18.31'), eGfr(70)],
      null,
    ),
    low('25 with eGFR 59', [vitaminD(25), ldl(100), eGfr(59)], 'info'),
    low('25 with osteoporosis', [], 'info', {
      record: [male(60), ...current, osteoporosis(), alendronate, vitaminD(25)],
    }),
    low('25 with osteopenia: none', [], null, { record: [male(60), ...current, osteopenia(), vitaminD(25)] }),
    low('101 on supplements: warning', [vitaminD(101), supplement], 'warning', {
      summary: '25-OH vitamin D 101 ng/mL: possible excess. Check calcium and supplements.',
    }),
    low('100: none', [vitaminD(100)], null),
    low('251 nmol/L: warning', [vitaminD(251, months(1), 'nmol/L')], 'warning'),
    low('250 nmol/L: none', [vitaminD(250, months(1), 'nmol/L')], null),
    low('"> 150": warning', [vitaminD(150, months(1), 'ng/mL', quantity('>', 150, 'ng/mL'))], 'warning', {
      summary: /> ?150 ng\/mL/,
    }),
    low('"< 4": warning', [vitaminD(4, months(1), 'ng/mL', quantity('<', 4, 'ng/mL'))], 'warning', {
      summary: /< ?4 ng\/mL/,
    }),
    low('"< 12": warning', [vitaminD(12, months(1), 'ng/mL', quantity('<', 12, 'ng/mL'))], 'warning'),
    low('"< 20": low', [vitaminD(20, months(1), 'ng/mL', quantity('<', 20, 'ng/mL'))], 'info'),
    low('"< 30": unknown', [vitaminD(30, months(1), 'ng/mL', quantity('<', 30, 'ng/mL'))], null),
    low('18 months to the day: fires', [vitaminD(15, months(18))], 'info'),
    low('18 months and a day: none', [vitaminD(15, over(18))], null),
    low('the latest decides', [vitaminD(15, months(6)), vitaminD(40, months(1))], null),
    low('on a supplement: none', [vitaminD(15), supplement], null),
    low('supplement in a statement: none', [vitaminD(15), statement('Vitamin D3 2000 IU')], null),
    low(
      'supplement stopped: fires',
      [vitaminD(15), drug('cholecalciferol 1000 UNT', stopped(months(2)))],
      'info',
    ),
    low(
      'supplement active without date: none',
      [vitaminD(15), drug('cholecalciferol 1000 UNT', { authoredOn: undefined })],
      null,
    ),
    low(
      'supplement on hold: unknown',
      [vitaminD(15), drug('cholecalciferol 1000 UNT', { status: 'on-hold' })],
      null,
    ),
    low('Caltrate 600+D: none', [vitaminD(15), drug('Caltrate 600+D')], null),
    low('calcitriol: none', [vitaminD(15), drug('calcitriol 0.25 MCG Oral Capsule')], null),
    low('repeat ordered: none', [vitaminD(15), order(coded('loinc', '62292-8'))], null),
    low('1989-3 alone is read as total', [lab('1989-3', 15, 'ng/mL', months(1))], 'info'),
    low(
      'D2 + D3 of one specimen: 9 + 9',
      [lab('49054-0', 9, 'ng/mL', months(1)), lab('1989-3', 9, 'ng/mL', months(1))],
      'info',
      { summary: /18 ng\/mL/ },
    ),
    low(
      'D2 + D3: 12 + 9',
      [lab('49054-0', 12, 'ng/mL', months(1)), lab('1989-3', 9, 'ng/mL', months(1))],
      null,
    ),
    low('no unit: unknown', [vitaminD(9, months(1), 'ng/mL', { valueQuantity: { value: 9 } })], null),
    low(
      'unit and code disagree: unknown',
      [
        vitaminD(9, months(1), 'ng/mL', {
          valueQuantity: { value: 9, unit: 'nmol/L', system: 'http://unitsofmeasure.org', code: 'ng/mL' },
        }),
      ],
      null,
    ),
    low(
      'unit text only (HL7 examples)',
      [vitaminD(9, months(1), 'ng/mL', { valueQuantity: { value: 9, unit: 'ng/ml' } })],
      'warning',
    ),
    low('900 ng/mL is implausible', [vitaminD(900)], null),
    low('goal 86918-0 is no result', [lab('86918-0', 9, 'ng/mL', months(1))], null),
    low('entered in error: none', [vitaminD(9, months(1), 'ng/mL', { status: 'entered-in-error' })], null),
    low(
      'the newest masked: unknown',
      [vitaminD(9, months(2)), vitaminD(0, months(1), 'ng/mL', noValue('masked'))],
      null,
    ),
    low(
      'the newest not performed: the older one counts',
      [vitaminD(9, months(2)), vitaminD(0, months(1), 'ng/mL', noValue('not-performed'))],
      'warning',
    ),
    low(
      'an amended copy of the same sample wins',
      [vitaminD(9, '2025-12-01'), vitaminD(40, '2025-12-01', 'ng/mL', { status: 'amended' })],
      null,
    ),
    low('year only, wholly within 18 months', [vitaminD(15, '2025')], 'info'),
    low('year only, partly outside', [vitaminD(15, '2024')], null),
    low(
      'only issued: counts',
      [vitaminD(15, months(1), 'ng/mL', { effectiveDateTime: undefined, issued: `${months(1)}T10:00:00Z` })],
      'info',
    ),
    low('sarcoidosis: specialist, no intake range', [vitaminD(15), icd('D86.9')], 'info', {
      detail: /specialist/i,
      detailWithout: /800/,
      suggests: ['Repeat 25-OH vitamin D in 3 months'],
    }),
    low('high calcium: specialist, no intake range', [vitaminD(15), calcium(10.9), pth(40)], 'info', {
      detail: /specialist/i,
      detailWithout: /800/,
    }),
    low('intake range otherwise', [vitaminD(15)], 'info', { detail: /800/ }),
    low('medication statements missing: silent', [vitaminD(15)], null, { without: ['medicationStatements'] }),
    low('17 years: none', [], null, { record: [male(17), vitaminD(10)] }),
    low('90 years: no age cap here', [], 'warning', { record: [male(90), vitaminD(10)] }),
  ]);
});

/* ------------------------------------------------------------------ R11 */

const check = (
  name: string,
  record: readonly Resource[],
  fires: boolean,
  more: Partial<Case> = {},
): Case => ({
  name,
  record: [vitaminD(40), ...record],
  cards: fires ? { [R11]: 'info' } : {},
  ...more,
});
const bp = bloodPressure(120, 70);

describe('R11 low bone density: lipids and blood pressure', () => {
  cases([
    check(
      '64 years, T -2.6, panel 25 months ago: fires',
      [woman(64), tScore(-2.6), alendronate, ldl(100, months(25)), bp],
      true,
      {
        summary: /^T-score -2\.6 \(hip, 2025-06-01\): lipid panel not current\. Consider CV risk check\.$/,
        suggests: ['Order lipid panel'],
      },
    ),
    check(
      'panel 23 months ago: silent',
      [woman(64), tScore(-2.6), alendronate, ldl(100, months(23)), bp],
      false,
    ),
    check(
      'panel 24 months to the day: silent',
      [woman(64), tScore(-2.6), alendronate, ldl(100, months(24)), bp],
      false,
    ),
    check(
      'panel 24 months and a day: fires',
      [woman(64), tScore(-2.6), alendronate, ldl(100, over(24)), bp],
      true,
    ),
    check(
      'panel as total, HDL and triglycerides: silent',
      [woman(64), tScore(-2.6), alendronate, totalCholesterol(200), hdl(50), triglycerides(100), bp],
      false,
    ),
    check(
      'diabetes, panel 13 months: fires',
      [woman(64), tScore(-2), icd('E11.9'), ldl(100, months(13)), bp],
      true,
    ),
    check(
      'diabetes, panel 12 months: silent',
      [woman(64), tScore(-2), icd('E11.9'), ldl(100, months(12)), bp],
      false,
    ),
    check(
      'prediabetes does not shorten: silent',
      [woman(64), tScore(-2), icd('R73.03'), ldl(100, months(13)), bp],
      false,
    ),
    check(
      'CKD by code, panel 13 months: fires',
      [woman(64), tScore(-2), icd('N18.2'), ldl(100, months(13)), bp],
      true,
    ),
    check(
      'eGFR 59, panel 13 months: fires',
      [woman(64), tScore(-2), eGfr(59), ldl(100, months(13)), bp],
      true,
    ),
    check(
      'eGFR 60, panel 13 months: silent',
      [woman(64), tScore(-2), eGfr(60), ldl(100, months(13)), bp],
      false,
    ),
    check(
      'on a statin, LDL 12 months: lipid part off, silent',
      [woman(64), tScore(-2), drug('atorvastatin 20 MG'), ldl(100, months(12)), bp],
      false,
    ),
    check(
      'on a statin, LDL 13 months: fires',
      [
        woman(64),
        tScore(-2),
        drug('atorvastatin 20 MG', { authoredOn: months(24) }),
        ldl(100, months(13)),
        bp,
      ],
      true,
    ),
    check(
      'on a statin, LDL current, no blood pressure: BP',
      [woman(64), tScore(-2), drug('atorvastatin 20 MG', { authoredOn: months(24) }), ldl(100)],
      true,
      { summary: /BP not/ },
    ),
    check(
      'blood pressure 12 months to the day: silent',
      [woman(64), tScore(-2), ldl(100), bloodPressure(120, 70, months(12))],
      false,
    ),
    check(
      'blood pressure 12 months and a day: fires',
      [woman(64), tScore(-2), ldl(100), bloodPressure(120, 70, over(12))],
      true,
      { summary: 'Low bone mass (T -2.0): BP not on file in 12 months.', suggests: [] },
    ),
    check(
      'an older panel code 55284-4 counts',
      [woman(64), tScore(-2), ldl(100), bloodPressure(120, 70, months(2), '55284-4')],
      false,
    ),
    check('79 years: both', [woman(79), tScore(-2)], true, {
      summary: /: lipid panel or BP not on file in 12 months/,
    }),
    check('80 years: BP only', [woman(80), tScore(-2)], true, {
      summary: /BP/,
      detailWithout: /No lipid panel/,
      suggests: [],
    }),
    check('80 years, BP current: silent', [woman(80), tScore(-2), bp], false),
    check('man 49 with T -3: silent', [male(49), tScore(-3)], false),
    check('man 50 with T -2: fires', [male(50), tScore(-2, TODAY)], true),
    check(
      'woman 40, menopause at 39, T -2: fires',
      [woman(40), icd('E28.310', months(12)), tScore(-2, TODAY), ldl(100)],
      true,
    ),
    check('woman 45 without menopause evidence, T -2: silent', [woman(45), tScore(-2)], false),
    check('woman 39 with the diagnosis of osteopenia: silent', [woman(39), osteopenia()], false),
    check('woman 40 with the diagnosis of osteopenia: fires', [woman(40), osteopenia()], true, {
      summary: /^Low bone mass on the problem list/,
    }),
    check('osteopenia is never called osteoporosis', [woman(60), tScore(-2)], true, {
      summary: /^Low bone mass \(T -2\.0\)/,
      detailWithout: /\*\*Found\*\*[^]*osteoporosis[^]*\*\*Why\*\*/,
    }),
    check('MI ever: silent', [woman(64), tScore(-2), icd('I25.2')], false),
    check(
      'TIA ever: silent',
      [woman(64), tScore(-2), icd('G45.9', undefined, clinicalStatus('resolved'))],
      false,
    ),
    check('haemorrhagic stroke alone: fires (G22)', [woman(64), tScore(-2), icd('I61.9', months(40))], true),
    check(
      '274100004 cerebral haemorrhage alone: fires',
      [woman(64), tScore(-2), snomed('274100004', months(40))],
      true,
    ),
    check('stent Z95.5: silent (G22)', [woman(64), tScore(-2), icd('Z95.5')], false),
    check('bypass Z95.1: silent (G22)', [woman(64), tScore(-2), icd('Z95.1')], false),
    check('angioplasty status Z98.61: silent (G22)', [woman(64), tScore(-2), icd('Z98.61')], false),
    check('angina I20.9: silent (G22)', [woman(64), tScore(-2), icd('I20.9')], false),
    check('I24.9: silent (G22)', [woman(64), tScore(-2), icd('I24.9')], false),
    check(
      '394659003 acute coronary syndrome: silent (G22)',
      [woman(64), tScore(-2), snomed('394659003')],
      false,
    ),
    check(
      'coronary intervention 415070008 as Procedure: silent (G22)',
      [woman(64), tScore(-2), procedure(coded('snomed', '415070008'), months(40))],
      false,
    ),
    check(
      'bypass 232717009 as Procedure not done: fires',
      [woman(64), tScore(-2), procedure(coded('snomed', '232717009'), months(40), { status: 'not-done' })],
      true,
    ),
    check(
      'lipid panel ordered, BP current: silent',
      [woman(64), tScore(-2), bp, order(coded('loinc', '24331-1'))],
      false,
    ),
    check('lipid panel ordered, no BP: BP', [woman(64), tScore(-2), order(coded('loinc', '24331-1'))], true, {
      summary: /: BP not/,
      suggests: [],
    }),
    check('lipids missing from the answer: BP only', [woman(64), tScore(-2)], true, {
      without: ['lipids'],
      summary: /: BP not/,
      detail: /Could not check lipid panel/i,
    }),
    check('blood pressure missing from the answer: lipids only', [woman(64), tScore(-2)], true, {
      without: ['bloodPressure'],
      summary: /: lipid panel not/,
    }),
    check('bone metastases: silent', [woman(64), tScore(-2), icd('C79.51')], false),
    check('order-sign: not shown', [woman(64), tScore(-2)], false, {
      hook: 'order-sign',
      drafts: [romosozumab],
    }),
    check('hip fracture code without low density: silent', [woman(70), tScore(-0.5), icd('I10')], false),
  ]);
});

/* ------------------------------------------------------------------ R13 */

const severe = (
  name: string,
  record: readonly Resource[],
  indicator: string | null,
  more: Partial<Case> = {},
): Case => ({
  name,
  record: [male(45), ...record],
  cards: indicator === null ? {} : { [R13]: indicator },
  ...more,
});
const lowMass = [male(60), osteopenia(), bp];

describe('R13 LDL of 190 and more', () => {
  cases([
    severe('190: warning', [ldl(190)], 'warning', {
      summary: 'LDL 190 mg/dL (2025-12-01), no lipid therapy on file. Severe hypercholesterolaemia range.',
      suggests: [
        'Repeat lipid panel',
        'Order TSH (secondary cause)',
        'Order lipoprotein(a) once',
        'Refer to lipid clinic',
      ],
    }),
    severe('189: none', [ldl(189)], null),
    severe('189.9 is below 190', [ldl(189.9)], null),
    severe('189 with low bone mass: info', [], 'info', {
      record: [...lowMass, ldl(189)],
      summary: 'LDL 189 mg/dL and low bone density, no lipid therapy on file: discuss risk.',
    }),
    severe('160 with low bone mass: info', [], 'info', { record: [...lowMass, ldl(160)] }),
    severe('159 with low bone mass: none', [], null, { record: [...lowMass, ldl(159)] }),
    severe('4.9 mmol/L: warning', [ldl(4.9, months(1), 'mmol/L')], 'warning', { summary: /4\.9 mmol\/L/ }),
    severe('4.8 mmol/L: none', [ldl(4.8, months(1), 'mmol/L')], null),
    severe('4.8 mmol/L with low bone mass: info', [], 'info', {
      record: [...lowMass, ldl(4.8, months(1), 'mmol/L')],
    }),
    severe('4.1 mmol/L with low bone mass: info', [], 'info', {
      record: [...lowMass, ldl(4.1, months(1), 'mmol/L')],
    }),
    severe('4.0 mmol/L with low bone mass: none', [], null, {
      record: [...lowMass, ldl(4, months(1), 'mmol/L')],
    }),
    severe('1.95 g/L: warning', [ldl(1.95, months(1), 'g/L')], 'warning'),
    severe(
      'LDL 4.9 without unit: unknown',
      [ldl(4.9, months(1), 'mmol/L', { valueQuantity: { value: 4.9 } })],
      null,
    ),
    severe('"> 180": unknown', [ldl(180, months(1), 'mg/dL', quantity('>', 180, 'mg/dL'))], null),
    severe('"> 190": warning', [ldl(190, months(1), 'mg/dL', quantity('>', 190, 'mg/dL'))], 'warning'),
    severe('">= 190": warning', [ldl(190, months(1), 'mg/dL', quantity('>=', 190, 'mg/dL'))], 'warning'),
    severe('"< 200": unknown', [ldl(200, months(1), 'mg/dL', quantity('<', 200, 'mg/dL'))], null),
    severe('statin active: silent', [ldl(195), drug('atorvastatin 20 MG Oral Tablet')], null),
    severe(
      'statin active from 3 years ago: silent',
      [ldl(195), drug('atorvastatin 20 MG', { authoredOn: months(36) })],
      null,
    ),
    severe('Simvistatin 10 MG: a statin', [ldl(195), drug('Simvistatin 10 MG')], null),
    severe('Nystatin: no statin', [ldl(195), drug('Nystatin 100000 UNT/ML Oral Suspension')], 'warning'),
    severe('ezetimibe: silent', [ldl(195), drug('ezetimibe 10 MG')], null),
    severe('evolocumab: silent', [ldl(195), drug('Repatha 140 MG/ML')], null),
    severe('statin on hold: unknown', [ldl(195), drug('atorvastatin 20 MG', { status: 'on-hold' })], null),
    severe('statin stopped: warning', [ldl(195), drug('atorvastatin 20 MG', stopped(months(3)))], 'warning'),
    severe(
      'statin cancelled: warning',
      [ldl(195), drug('atorvastatin 20 MG', { status: 'cancelled' })],
      'warning',
    ),
    severe(
      'statin completed, supply covers today: silent',
      [ldl(195), drug('atorvastatin 20 MG', { status: 'completed', authoredOn: days(30), ...daily(20, 90) })],
      null,
    ),
    severe(
      'statin completed, supply over: warning',
      [
        ldl(195),
        drug('atorvastatin 20 MG', { status: 'completed', authoredOn: days(100), ...daily(20, 90) }),
      ],
      'warning',
    ),
    severe(
      'statin that shall not be given: warning',
      [ldl(195), drug('atorvastatin 20 MG', { doNotPerform: true })],
      'warning',
    ),
    severe('statin in an active statement: silent', [ldl(195), statement('Crestor 10 mg')], null),
    severe(
      'statin in a statement taken in error: warning',
      [ldl(195), statement('Crestor 10 mg', { status: 'entered-in-error' })],
      'warning',
    ),
    severe(
      'statin as contained Medication: silent',
      [
        ldl(195),
        drug('', {
          medicationCodeableConcept: undefined,
          contained: [
            {
              resourceType: 'Medication',
              id: 'm',
              code: { coding: [{ system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: '83367' }] },
            },
          ],
          medicationReference: { reference: '#m' },
        }),
      ],
      null,
    ),
    severe(
      'a drug that cannot be read: unknown',
      [
        ldl(195),
        drug('', {
          medicationCodeableConcept: undefined,
          medicationReference: { reference: 'Medication/m9' },
        }),
      ],
      null,
    ),
    severe('19 years: silent', [], null, { record: [male(19), ldl(195)] }),
    severe('20 years: warning', [], 'warning', { record: [male(20), ldl(195)] }),
    severe('75 years: warning', [], 'warning', { record: [male(75), ldl(195)] }),
    severe('76 years: info', [], 'info', { record: [male(76), ldl(195)] }),
    severe('statin intolerance G72.0: info', [ldl(195), icd('G72.0')], 'info'),
    severe('statin intolerance T46.6X5A: info', [ldl(195), icd('T46.6X5A')], 'info'),
    severe('24 months to the day: counts', [ldl(195, months(24))], 'warning'),
    severe('24 months and a day: none', [ldl(195, over(24))], null),
    severe('a newer lower LDL: none', [ldl(195, months(6)), ldl(150, months(1))], null),
    severe('triglycerides 401 the same day: unknown', [ldl(195), triglycerides(401)], null),
    severe('triglycerides 400 the same day: warning', [ldl(195), triglycerides(400)], 'warning'),
    severe(
      'triglycerides 401 ten minutes later: unknown',
      [ldl(195, '2025-12-01T08:00:00Z'), triglycerides(401, '2025-12-01T08:10:00Z')],
      null,
    ),
    severe(
      'triglycerides 401 of the same date, LDL with a time: unknown',
      [ldl(195, '2025-12-01T08:00:00Z'), triglycerides(401)],
      null,
    ),
    severe(
      'triglycerides 4.6 mmol/L the same day: unknown',
      [ldl(195), triglycerides(4.6, '2025-12-01', 'mmol/L')],
      null,
    ),
    severe('triglycerides 401 another day: warning', [ldl(195), triglycerides(401, '2025-11-01')], 'warning'),
    severe(
      'measured LDL 18262-6 with triglycerides 401: warning',
      [lab('18262-6', 195, 'mg/dL', '2025-12-01'), triglycerides(401)],
      'warning',
    ),
    severe('600: please confirm', [ldl(600)], 'warning', { detail: /confirm/ }),
    severe('goal 86911-5 is no result', [lab('86911-5', 195, 'mg/dL', months(1))], null),
    severe('medication requests missing: silent', [ldl(195)], null, { without: ['medicationRequests'] }),
    severe('pregnancy: silent', [], null, { record: [woman(30), ldl(195), icd('O09.90', months(4))] }),
    severe('LDL 160 at 13 months, low bone mass: R13 owns the panel, R11 silent', [], 'info', {
      record: [...lowMass, ldl(160, months(13))],
    }),
    severe(
      'diabetes, LDL 195 at 13 months: R13 owns the panel, R17 silent',
      [ldl(195, months(13)), icd('E11.9')],
      'warning',
    ),
    severe('the same without blood pressure: R11 keeps that part', [], 'info', {
      record: [male(60), osteopenia(), ldl(160, months(13))],
      cards: { [R13]: 'info', [R11]: 'info' },
    }),
  ]);
});

/* ------------------------------------------------------------------ R15 */

const screen = (
  name: string,
  record: readonly Resource[],
  fires: boolean,
  more: Partial<Case> = {},
): Case => ({
  name,
  record,
  cards: fires ? { [R15]: 'info' } : {},
  ...more,
});

describe('R15 screening DXA', () => {
  cases([
    screen('woman 65: A', [woman(65)], true, {
      summary: 'Woman 65, no bone density scan found in this record. Screening DXA due.',
      suggests: ['Order bone density scan (DXA), hip and spine'],
    }),
    screen('woman 64, 74.0 kg (OST 2.0, ORAI 7): none', [woman(64), weight(74)], false),
    screen('woman 64, 73.9 kg: B', [woman(64), weight(73.9)], true, {
      summary: /^Post-menopausal, OST 1\.9\d*: meets threshold/,
    }),
    screen('woman 64 without weight: none', [woman(64)], false),
    screen('weight 163.1 [lb_av] (73.98 kg): B', [woman(64), weight(163.1, months(1), '[lb_av]')], true),
    screen('weight 24 months old: B', [woman(64), weight(73.9, months(24))], true),
    screen('weight over 24 months old: none', [woman(64), weight(73.9, over(24))], false),
    screen('52 without menopause data: none', [woman(52), weight(50)], false),
    screen('52, menopausal, 50 kg: B', [woman(52), weight(50), icd('Z78.0')], true),
    screen('52, N95.1: B', [woman(52), weight(50), icd('N95.1')], true),
    screen('56, 69.9 kg: B (ORAI 10)', [woman(56), weight(69.9)], true, { summary: /ORAI 10/ }),
    screen('56, 70.0 kg: none (ORAI 7)', [woman(56), weight(70)], false),
    screen(
      '56, 69.9 kg on oestrogen: none (ORAI 8)',
      [woman(56), weight(69.9), drug('estradiol 1 MG Oral Tablet')],
      false,
    ),
    screen(
      '56, 69.9 kg, vaginal oestrogen only: B',
      [woman(56), weight(69.9), drug('estradiol 0.1 MG/G vaginal cream')],
      true,
    ),
    screen('56, 69.9 kg, medication lists missing: none', [woman(56), weight(69.9)], false, {
      without: ['medicationRequests', 'medicationStatements'],
    }),
    screen('57, 50 kg, medication lists missing: silent (therapy unknown)', [woman(57), weight(50)], false, {
      without: ['medicationRequests'],
    }),
    screen('woman 49, 40 kg, menopausal: none', [woman(49), weight(40), icd('Z78.0')], false),
    screen('FRAX 8.4 %: B', [woman(60), lab('90265-0', 8.4, '%', months(3))], true, { summary: /FRAX 8\.4/ }),
    screen('FRAX 8.3 %: none', [woman(60), lab('90265-0', 8.3, '%', months(3))], false),
    screen('man 72: none by default', [male(72)], false),
    screen('DXA report only: silent', [woman(70), report(coded('loinc', '38268-9'), months(24))], false),
    screen(
      'DXA Procedure only: silent',
      [woman(70), procedure(coded('snomed', '312681000'), months(24))],
      false,
    ),
    screen(
      'DXA Procedure not done: fires',
      [woman(70), procedure(coded('snomed', '312681000'), months(24), { status: 'not-done' })],
      true,
    ),
    screen('a Z-score: silent', [woman(70), lab('80938-4', -1, '{Z-score}', months(24))], false),
    screen('a BMD value 20 years ago: silent', [woman(70), lab('38261-4', 0.8, 'g/cm2', months(240))], false),
    screen('a heel T-score: silent', [woman(70), tScore(-0.5, months(24), 'heel')], false),
    screen('woman 85: fires', [woman(85)], true),
    screen('woman 86: silent', [woman(86)], false),
    screen(
      'DXA ordered 12 months ago: silent',
      [woman(70), order(coded('loinc', '38268-9'), { authoredOn: months(12) })],
      false,
    ),
    screen(
      'DXA ordered over 12 months ago: fires',
      [woman(70), order(coded('loinc', '38268-9'), { authoredOn: over(12) })],
      true,
    ),
    screen(
      'preliminary DXA result: silent',
      [woman(70), tScore(-1.5, days(1), 'hip', { status: 'preliminary' })],
      false,
    ),
    screen('on alendronate: silent', [woman(70), drug('alendronate 70 MG')], false),
    screen('osteoporosis: R08 instead', [woman(70), ...settled, osteoporosis()], false, {
      cards: { [R08]: 'info' },
    }),
    screen('osteopenia by code: still due', [woman(70), ...settled, osteopenia()], true),
    screen('reports missing: silent', [woman(70)], false, { without: ['reports'] }),
    screen('procedures missing: silent', [woman(70)], false, { without: ['procedures'] }),
    screen('bone observations missing: silent', [woman(70)], false, { without: ['bone'] }),
    screen('service requests missing: silent', [woman(70)], false, { without: ['serviceRequests'] }),
    screen('gender other: silent', [woman(70, { gender: 'other' })], false),
    screen('gender absent: silent', [woman(70, { gender: undefined })], false),
    screen('born 1961 (64 or 65): silent', [woman(65, { birthDate: '1961' })], false),
    screen('born 1960 (at least 65): fires', [woman(65, { birthDate: '1960' })], true),
    screen('birthday tomorrow: 64', [woman(65, { birthDate: '1961-01-16' })], false),
    screen('Paget disease: silent', [woman(70), icd('M88.9')], false),
    screen('C: woman 50, premature menopause', [woman(50), icd('E28.310'), ldl(100)], true, {
      summary: 'Premature menopause and no bone density scan found in this record.',
    }),
    screen('C: woman 50, rheumatoid arthritis', [woman(50), icd('M05.79')], true),
    screen('C: woman 49, rheumatoid arthritis: none', [woman(49), icd('M05.79')], false),
    screen('C: woman 50, hyperthyroidism', [woman(50), icd('E05.90')], true),
    screen('C: woman 50, coeliac disease', [woman(50), coeliac, vitaminD(40)], true),
    screen('C: woman 50, primary hyperparathyroidism', [woman(50), icd('E21.0'), vitaminD(40)], true),
    screen(
      'C: woman 50, secondary hyperparathyroidism: none',
      [woman(50), icd('N25.81'), vitaminD(40)],
      false,
    ),
    screen('C: man 50, primary hyperparathyroidism', [male(50), icd('E21.0'), vitaminD(40)], true),
    screen('C: man 49, primary hyperparathyroidism: none', [male(49), icd('E21.0'), vitaminD(40)], false),
    screen('C: man 60, rheumatoid arthritis: none', [male(60), icd('M05.79')], false),
    screen('C before A in precedence', [woman(70), icd('M05.79')], true, {
      summary: /^Rheumatoid arthritis/,
      detail: /70/,
    }),
    screen(
      'C: glucocorticoid is no reason here',
      [woman(50), prednisone(7.5, 120), vitaminD(40), ldl(100)],
      false,
    ),
  ]);

  test('reason, code and horizon of the order', async () => {
    const [card] = await cardsOf(screen('', [woman(65)], true));
    expect(card?.suggestions?.[0]?.actions?.[0]).toMatchObject({
      type: 'create',
      resource: {
        category: [{ coding: [{ code: '363679005' }] }],
        code: { coding: [{ system: 'http://loinc.org', code: '38268-9' }] },
        occurrencePeriod: { start: TODAY, end: '2026-04-15' },
        reasonCode: [{ coding: [{ code: 'Z13.820' }] }],
      },
    });
    expect(card?.overrideReasons?.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['service-not-available', 'too-costly-uncovered']),
    );
  });
});

/* ------------------------------------------------------------------ R16 */

const repeat = (
  name: string,
  record: readonly Resource[],
  fires: boolean,
  more: Partial<Case> = {},
): Case => ({
  name,
  record: [...settled, ...record],
  cards: fires ? { [R16]: 'info' } : {},
  ...more,
});

describe('R16 repeat DXA', () => {
  const diabetes = icd('E11.9');
  cases([
    repeat('T -2.2, 24 months: due', [woman(66), tScore(-2.2, months(24))], true, {
      summary: 'Last DXA 2024-01-15 (T -2.2): repeat is due by interval for this risk level.',
    }),
    repeat('T -2.2, 23 months: not', [woman(66), tScore(-2.2, months(23))], false),
    repeat('T -2.2, one day short of 24 months: not', [woman(66), tScore(-2.2, '2024-01-16')], false),
    repeat('T -2.0, 24 months: due', [woman(66), tScore(-2, months(24))], true),
    repeat('T -1.99, 24 months: not', [woman(66), tScore(-1.99, months(24))], false),
    repeat('T -1.99, 60 months: due', [woman(66), tScore(-1.99, months(60))], true),
    repeat('T -1.5, 60 months: due', [woman(66), tScore(-1.5, months(60))], true),
    repeat('T -1.49, 60 months: not', [woman(66), tScore(-1.49, months(60))], false),
    repeat('T -1.2, 119 months: not', [woman(66), tScore(-1.2, months(119))], false),
    repeat('T -1.2, 120 months: due', [woman(66), tScore(-1.2, months(120))], true),
    repeat('T -1.2 and diabetes, 36 months: due', [woman(66), tScore(-1.2, months(36)), diabetes], true),
    repeat('T -1.2 and diabetes, 35 months: not', [woman(66), tScore(-1.2, months(35)), diabetes], false),
    repeat('T -0.5: silent', [woman(75), tScore(-0.5, months(200))], false),
    repeat('DXA without T-score: unknown', [woman(66), report(coded('loinc', '38268-9'), months(60))], false),
    repeat(
      'a newer DXA without T-score: unknown',
      [woman(66), tScore(-2.2, months(36)), report(coded('loinc', '38268-9'), months(12))],
      false,
    ),
    repeat('T -2.6 without therapy: R08', [woman(66), tScore(-2.6, months(24))], false, {
      cards: { [R08]: 'info' },
    }),
    repeat(
      'T -2.6 on alendronate for 24 months, 24 months: due',
      [woman(66), tScore(-2.6, months(24)), alendronate],
      true,
    ),
    repeat(
      'T -2.6 on alendronate, 23 months: not',
      [woman(66), tScore(-2.6, months(23)), alendronate],
      false,
    ),
    repeat(
      'anastrozole, T -1.2, 24 months: due',
      [woman(66), tScore(-1.2, months(24)), drug('anastrozole 1 MG')],
      true,
    ),
    repeat(
      'prednisone 5 mg, T -1.2, 24 months: due',
      [woman(66), tScore(-1.2, months(24)), prednisone(5, 120)],
      true,
    ),
    repeat(
      'prednisone 5 mg, T -1.2, 12 months: not',
      [woman(66), tScore(-1.2, months(12)), prednisone(5, 120)],
      false,
    ),
    repeat(
      'prednisone 7.5 mg, T -1.2, 12 months: due',
      [woman(66), tScore(-1.2, months(12)), prednisone(7.5, 120)],
      true,
    ),
    repeat(
      'primary hyperparathyroidism, T -1.2, 12 months: due',
      [woman(66), tScore(-1.2, months(12)), icd('E21.0')],
      true,
    ),
    repeat('49 years: silent', [woman(49), icd('Z78.0', months(60)), tScore(-2.2, months(24))], false),
    repeat('85 years: due', [woman(85), tScore(-2.2, months(24))], true),
    repeat('86 years: silent', [woman(86), tScore(-2.2, months(24))], false),
    repeat('ordered: silent', [woman(66), tScore(-2.2, months(24)), order(coded('loinc', '38268-9'))], false),
    repeat(
      'new hip fracture without therapy: R08',
      [woman(66), tScore(-2.2, months(24)), hip(months(2))],
      false,
      { cards: { [R08]: 'warning' } },
    ),
    repeat('man 60, T -2.2, 24 months: due', [male(60), tScore(-2.2, months(24))], true),
  ]);
});

/* ------------------------------------------------------------------ R17 */

const overdue = (
  name: string,
  record: readonly Resource[],
  fires: boolean,
  more: Partial<Case> = {},
): Case => ({
  name,
  record,
  cards: fires ? { [R17]: 'info' } : {},
  ...more,
});

describe('R17 lipid panel overdue', () => {
  const diabetes = icd('E11.9');
  cases([
    overdue('diabetes, 12 months to the day: silent', [male(50), diabetes, ldl(100, months(12))], false),
    overdue('one day more: fires', [male(50), diabetes, ldl(100, over(12))], true, {
      summary: 'Lipid panel overdue (12 months) with diabetes.',
      suggests: ['Order lipid panel'],
    }),
    overdue('none on file: fires', [male(50), diabetes], true),
    overdue('39 years: silent', [male(39), diabetes], false),
    overdue('40 years: fires', [male(40), diabetes], true),
    overdue('75 years: fires', [male(75), diabetes], true),
    overdue('76 years: silent', [male(76), diabetes], false),
    overdue('low bone mass: R11 instead', [male(60), diabetes, osteopenia(), bp], false, {
      cards: { [R11]: 'info' },
    }),
    overdue('hypertension only: silent', [male(50), icd('I10')], false),
    overdue('prediabetes: silent', [male(50), icd('R73.03')], false),
    overdue('gestational or family diabetes is not read: Z83.3', [male(50), icd('Z83.3')], false),
    overdue('eGFR 59: fires', [male(50), eGfr(59)], true, { summary: /reduced kidney function/ }),
    overdue('eGFR 60: silent', [male(50), eGfr(60)], false),
    overdue('stage 3 code without eGFR: fires', [male(50), icd('N18.31')], true),
    overdue('stage 3 code, newer eGFR 65: silent (G18)', [male(50), icd('N18.31'), eGfr(65)], false),
    overdue(
      'stage 3 code, eGFR 65 of 13 months ago: the code counts',
      [male(50), icd('N18.31'), eGfr(65, months(13))],
      true,
    ),
    overdue('stage 2 code: silent', [male(50), icd('N18.2')], false),
    overdue(
      'eGFR "> 60": silent',
      [male(50), eGfr(60, months(1), quantity('>', 60, 'mL/min/{1.73_m2}'))],
      false,
    ),
    overdue(
      'on a statin, LDL 12 months: silent',
      [male(50), drug('atorvastatin 20 MG', { authoredOn: months(24) }), ldl(100, months(12))],
      false,
    ),
    overdue(
      'on a statin, LDL over 12 months: fires',
      [male(50), drug('atorvastatin 20 MG', { authoredOn: months(24) }), ldl(100, over(12))],
      true,
      { summary: /with lipid therapy/ },
    ),
    overdue(
      'statin since 5 months, LDL 7 months ago: fires',
      [male(50), drug('atorvastatin 20 MG', { authoredOn: months(5) }), ldl(100, months(7))],
      true,
      { summary: /since lipid therapy started/ },
    ),
    overdue(
      'statin since 2 months, LDL 7 months ago: silent',
      [male(50), drug('atorvastatin 20 MG', { authoredOn: months(2) }), ldl(100, months(7))],
      false,
    ),
    overdue(
      'statin since 5 months, LDL 2 months ago: silent',
      [male(50), drug('atorvastatin 20 MG', { authoredOn: months(5) }), ldl(100, months(2))],
      false,
    ),
    overdue(
      'premature menopause, 60 months: silent',
      [woman(48), icd('E28.310'), ldl(100, months(60))],
      false,
    ),
    overdue(
      'premature menopause, over 60 months: fires',
      [woman(48), icd('E28.310'), ldl(100, over(60))],
      true,
    ),
    overdue('anastrozole, none on file: fires', [woman(48), drug('anastrozole 1 MG')], true),
    overdue(
      'leuprolide in a man: fires',
      [male(50), drug('leuprolide acetate 7.5 MG injection'), icd('C61')],
      true,
    ),
    overdue('bicalutamide alone: silent', [male(50), drug('bicalutamide 50 MG'), icd('C61')], false),
    overdue('prednisone 5 mg over 90 days: fires', [male(50), prednisone(5, 100), vitaminD(40)], true),
    overdue(
      'fragility fracture 13 months ago, none on file: fires',
      [male(66), icd('S72.001A', months(13)), alendronate, vitaminD(40)],
      true,
    ),
    overdue('lipid panel ordered: silent', [male(50), diabetes, order(coded('loinc', '24331-1'))], false),
    overdue('lipids missing: silent', [male(50), diabetes], false, { without: ['lipids'] }),
    overdue(
      'LDL preliminary: pending, silent',
      [male(50), diabetes, ldl(100, days(1), 'mg/dL', { status: 'preliminary' })],
      false,
    ),
  ]);
});

/* ------------------------------------------------------------------ R23, R24 */

const crp = (
  name: string,
  record: readonly Resource[],
  cards: Case['cards'],
  more: Partial<Case> = {},
): Case => ({
  name,
  record: [male(60), ...record],
  cards,
  ...more,
});
const enhancer = { [R23]: 'info' };
const acute = { [R24]: 'info' };
const hsDraft = order(coded('loinc', '30522-7'), { id: 'draft-crp', status: 'draft' });

describe('R23 hs-CRP as risk enhancer, R24 acute inflammation', () => {
  cases([
    crp('2.0 once: repeat', [hsCrp(2)], enhancer, {
      summary: /^hs-CRP 2(\.0)? mg\/L: repeat in 2\+ weeks when well before using it for CV risk\.$/,
    }),
    crp('1.9: none', [hsCrp(1.9)], {}),
    crp('0.25 mg/dL is 2.5 mg/L: repeat', [hsCrp(0.25, days(20), 'mg/dL')], enhancer),
    crp('0.19 mg/dL: none', [hsCrp(0.19, days(20), 'mg/dL')], {}),
    crp('2.4 and 3.5, 14 days apart: enhancer', [hsCrp(2.4, days(20)), hsCrp(3.5, days(34))], enhancer, {
      summary: /risk-enhancing range; include in risk discussion/,
    }),
    crp('13 days apart: repeat', [hsCrp(2.4, days(20)), hsCrp(3.5, days(33))], enhancer, {
      summary: /repeat/,
    }),
    crp('3.0 and 4: high band', [hsCrp(3, days(20)), hsCrp(4, days(60))], enhancer, {
      summary: /high-risk band/,
    }),
    crp('2.9 and 4: not the high band', [hsCrp(2.9, days(20)), hsCrp(4, days(60))], enhancer, {
      summary: /risk-enhancing/,
    }),
    crp('latest 1.9, earlier 4: silent', [hsCrp(1.9, days(20)), hsCrp(4, days(60))], {}),
    crp('latest 4, earlier 1.0: silent', [hsCrp(4, days(20)), hsCrp(1, days(60))], {}),
    crp('10.0: repeat', [hsCrp(10)], enhancer),
    crp('10.1: R24', [hsCrp(10.1)], acute, {
      summary:
        /10\.1 mg\/L suggests acute inflammation: not for CV risk\. Recheck 2\+ weeks after recovery\./,
    }),
    crp('10.1 30 days ago: R24', [hsCrp(10.1, days(30))], acute),
    crp('10.1 31 days ago: none', [hsCrp(10.1, days(31))], {}),
    crp('1.1 mg/dL: R24, 11 mg/L', [hsCrp(1.1, days(20), 'mg/dL')], acute, { summary: /11 mg\/L/ }),
    crp('12 months to the day: repeat', [hsCrp(4, months(12))], enhancer),
    crp('12 months and a day: none', [hsCrp(4, over(12))], {}),
    crp('plain CRP 5: none', [plainCrp(5)], {}),
    crp('plain CRP 45 alone: none', [plainCrp(45)], {}),
    crp(
      'plain CRP named cardiac is still plain',
      [
        {
          ...plainCrp(5),
          code: {
            text: 'CRP, cardiac',
            coding: [{ system: 'http://loinc.org', code: '1988-5', display: 'CRP, cardiac' }],
          },
        },
      ],
      {},
    ),
    crp('statin: silent', [hsCrp(4), drug('atorvastatin 20 MG', { authoredOn: months(24) }), ldl(100)], {}),
    crp('MI: silent', [hsCrp(4), icd('I25.2')], {}),
    crp('39 years: silent', [], {}, { record: [male(39), hsCrp(4)] }),
    crp('40 years: repeat', [], enhancer, { record: [male(40), hsCrp(4)] }),
    crp('75 years: repeat', [], enhancer, { record: [male(75), hsCrp(4)] }),
    crp('76 years: silent', [], {}, { record: [male(76), hsCrp(4)] }),
    crp(
      'fracture 28 days before the sample: discarded',
      [hsCrp(4, days(20)), icd('S72.001A', days(48)), alendronate, ...settled],
      {},
    ),
    crp(
      'fracture 29 days before the sample: used',
      [hsCrp(4, days(20)), icd('S72.001A', days(49)), alendronate, ...settled],
      enhancer,
    ),
    crp('hs-CRP ordered: silent', [hsCrp(4), order(coded('loinc', '30522-7'))], {}),
    crp('rheumatoid arthritis: listed as a limit', [hsCrp(4), icd('M06.9')], enhancer, {
      detail: /inflammat/i,
    }),
    crp('order-select of hs-CRP, plain CRP 45: R24', [plainCrp(45)], acute, {
      hook: 'order-select',
      drafts: [hsDraft],
    }),
    crp(
      'order-select of hs-CRP, plain CRP 10.0: none',
      [plainCrp(10)],
      {},
      { hook: 'order-select', drafts: [hsDraft] },
    ),
    crp('order-select of hs-CRP, hs-CRP 12: R24', [hsCrp(12)], acute, {
      hook: 'order-select',
      drafts: [hsDraft],
    }),
    crp(
      'order-select of something else, plain CRP 45: none',
      [plainCrp(45)],
      {},
      { hook: 'order-select', drafts: [order(coded('loinc', '24331-1'), { id: 'x', status: 'draft' })] },
    ),
    crp(
      'order-sign of hs-CRP: info is not shown',
      [plainCrp(45)],
      {},
      { hook: 'order-sign', drafts: [hsDraft] },
    ),
    crp('inpatient: silent', [hsCrp(12), encounter('IMP')], {}, { encounterId: 'e1' }),
  ]);
});

/* ------------------------------------------------------------------ 0.2, G3, G12 to G15 */

const excluded = (
  name: string,
  record: readonly Resource[],
  speaks: boolean,
  more: Partial<Case> = {},
): Case => ({
  name,
  record,
  cards: speaks ? { [R10]: 'warning' } : {},
  ...more,
});

describe('0.2 global exclusions (seen through R10)', () => {
  const d = vitaminD(8);
  cases([
    excluded('18 years: speaks', [male(18), d], true),
    excluded('17 years', [male(17), d], false),
    excluded('18th birthday tomorrow', [male(18, { birthDate: '2008-01-16' }), d], false),
    excluded('birth date missing', [male(45, { birthDate: undefined }), d], false),
    excluded('deceasedBoolean true', [male(45, { deceasedBoolean: true }), d], false),
    excluded('deceasedBoolean false: speaks', [male(45, { deceasedBoolean: false }), d], true),
    excluded('deceasedDateTime', [male(45, { deceasedDateTime: '2026-01-10' }), d], false),
    excluded('hospice Condition', [male(45), d, icd('Z51.5')], false),
    excluded(
      'resolved palliative Condition: speaks',
      [male(45), d, icd('Z51.5', undefined, clinicalStatus('resolved'))],
      true,
    ),
    excluded(
      'hospice Procedure 12 months ago',
      [male(45), d, procedure(coded('snomed', '385763009'), months(12))],
      false,
    ),
    excluded(
      'hospice Procedure over 12 months ago: speaks',
      [male(45), d, procedure(coded('snomed', '385763009'), over(12))],
      true,
    ),
    excluded('hospice referral', [male(45), d, order(coded('snomed', '385763009'))], false),
    excluded('pregnancy with onset 10 months ago', [woman(30), d, icd('O09.90', months(10))], false),
    excluded(
      'pregnancy with onset over 10 months ago: speaks',
      [woman(30), d, icd('O09.90', over(10))],
      true,
    ),
    excluded(
      'pregnancy recorded 3 months ago',
      [woman(30), d, icd('Z33.1', undefined, recorded(months(3)))],
      false,
    ),
    excluded('positive pregnancy status', [woman(30), d, pregnancyStatus('77386006', months(5))], false),
    excluded(
      'positive pregnancy status over 10 months ago: speaks',
      [woman(30), d, pregnancyStatus('77386006', over(10))],
      true,
    ),
    excluded(
      'positive, then negative: speaks',
      [woman(30), d, pregnancyStatus('77386006', months(5)), pregnancyStatus('60001007', months(1))],
      true,
    ),
    excluded('pregnancy code in a man: speaks', [male(30), d, icd('O09.90', months(3))], true),
    excluded('pregnancy code at 56: speaks', [woman(56), d, icd('O09.90', months(3))], true),
    excluded('pregnancy code at 55', [woman(55), d, icd('O09.90', months(3))], false),
    excluded('IMP', [male(45), d, encounter('IMP')], false, { encounterId: 'e1' }),
    excluded('ACUTE', [male(45), d, encounter('ACUTE')], false, { encounterId: 'e1' }),
    excluded('NONAC', [male(45), d, encounter('NONAC')], false, { encounterId: 'e1' }),
    excluded('EMER', [male(45), d, encounter('EMER')], false, { encounterId: 'e1' }),
    excluded('AMB: speaks', [male(45), d, encounter('AMB')], true, { encounterId: 'e1' }),
    excluded('encounter not found: speaks (G14)', [male(45), d], true, { encounterId: 'e1' }),
    excluded('Paget disease does not silence vitamin D (G15)', [male(45), d, icd('M88.9')], true),
    excluded('conditions missing: silent', [male(45), d], false, { without: ['conditions'] }),
    excluded('procedures missing: silent', [male(45), d], false, { without: ['procedures'] }),
    excluded('service requests missing: silent', [male(45), d], false, { without: ['serviceRequests'] }),
    excluded('result dated before birth: none', [male(18), vitaminD(8, '2007-01-01')], false),
  ]);
});

function pregnancyStatus(code: string, date: string): Resource {
  return {
    ...lab('82810-3', 0, '1', date),
    valueQuantity: undefined,
    valueCodeableConcept: coded('snomed', code),
  };
}

/* ------------------------------------------------------------------ C */

describe('C co-firing, 0.3 cap and merge', () => {
  cases([
    {
      name: 'R08 silences R09, R15 and R16',
      record: [woman(70), ...current, tScore(-2.6, months(60))],
      cards: { [R08]: 'info' },
    },
    {
      name: 'R08 leaves R10 its own finding',
      record: [woman(70), ...current, tScore(-2.6), vitaminD(8)],
      cards: { [R08]: 'info', [R10]: 'warning' },
    },
    {
      name: 'R10 silences the same request of R09',
      record: [male(45), coeliac, vitaminD(15, over(12))],
      cards: { [R10]: 'info' },
    },
    {
      name: 'R24 silences R23',
      record: [male(60), hsCrp(12, days(5)), hsCrp(4, days(40)), hsCrp(4, days(80))],
      cards: { [R24]: 'info' },
    },
    {
      name: 'display order: warning first, then by recommendation',
      record: [woman(66), ldl(195), vitaminD(15), hsCrp(4)],
      cards: { [R13]: 'warning', [R10]: 'info', [R15]: 'info', [R23]: 'info' },
    },
    {
      name: 'three cards at most, the rest merged',
      policy: 'capped',
      record: [woman(66), ldl(195), vitaminD(15), hsCrp(4), icd('E11.9')],
      cards: { [R13]: 'warning', [R10]: 'info', [R15]: 'info', 'more-recommendations': 'info' },
    },
  ]);

  test('the order of the cards', async () => {
    const cards = await cardsOf({
      name: '',
      record: [woman(66), ldl(195), vitaminD(15), hsCrp(4)],
      cards: {},
    });
    expect(cards.map(({ source }) => source.topic?.code)).toEqual([R13, R10, R15, R23]);
  });

  test('a lipid panel is suggested once', async () => {
    const cards = await cardsOf({
      name: '',
      record: [male(60), icd('E11.9'), hsCrp(4), hsCrp(4, days(80))],
      cards: {},
    });
    expect(JSON.stringify(cards).split('"24331-1"').length - 1).toBe(1);
  });
});

/* ------------------------------------------------------------------ 0.5 */

const article = (
  name: string,
  record: readonly Resource[],
  cards: Case['cards'],
  more: Partial<Case> = {},
): Case => ({
  name,
  policy: 'article',
  record,
  cards,
  ...more,
});

describe('0.5 article preset', () => {
  cases([
    article(
      'woman 50 without anything: DXA and vitamin D',
      [woman(50)],
      { [R09]: 'info', [R15]: 'info' },
      { detail: /source article/ },
    ),
    article('man 50: DXA and vitamin D', [male(50)], { [R09]: 'info', [R15]: 'info' }),
    article('man 49: neither', [male(49)], {}),
    article('T -1.2, 24 months: repeat', [woman(66), ...settled, tScore(-1.2, months(24))], {
      [R16]: 'info',
    }),
    article('T -0.5, 24 months: repeat', [woman(66), ...settled, tScore(-0.5, months(24))], {
      [R16]: 'info',
    }),
    article('T -1.2, 23 months: not', [woman(66), ...settled, tScore(-1.2, months(23))], {}),
    article('hs-CRP 2.5: none', [male(45), hsCrp(2.5)], {}),
    article('hs-CRP 3.0: repeat', [male(45), hsCrp(3)], { [R23]: 'info' }),
    article('vitamin D 25 with coeliac disease: none', [male(45), coeliac, vitaminD(25)], {}),
    article('vitamin D 19.9: info', [male(45), vitaminD(19.9)], { [R10]: 'info' }),
    article(
      'low bone mass, panel 13 months: fires',
      [woman(60), vitaminD(40), bp, tScore(-1.5), ldl(100, months(13))],
      { [R11]: 'info' },
    ),
    article(
      'romosozumab is untouched by the preset',
      [woman(70), icd('I21.9', months(12))],
      { [R01]: 'critical' },
      { ...signing },
    ),
  ]);
});

/* ------------------------------------------------------------------ G3, G5, units.md 4 */

const linked = { encounter: { reference: 'Encounter/e1' } };
const admission = encounter('AMB', { period: { start: '2025-12-20T08:00:00Z' } });

describe('G3, G5, units.md 4: active conditions and dates', () => {
  cases([
    romo('an old-infarction code with an onset three months ago: A', [icd('I25.2', months(3))], 'critical'),
    romo(
      'local date decides: 23:30 on the same day last year, A',
      [icd('I21.9', '2025-01-15T23:30:00-05:00')],
      'critical',
    ),
    romo(
      'local date decides: 23:30 the evening before, B',
      [icd('I21.9', '2025-01-14T23:30:00-05:00')],
      'warning',
    ),
    romo('leap day: 12 months before 29 February is 28 February', [icd('I21.9', '2023-02-28')], 'critical', {
      today: '2024-02-29',
    }),
    romo('leap day: one day more', [icd('I21.9', '2023-02-27')], 'warning', { today: '2024-02-29' }),
    romo('29 February last year, evaluated on 28 February', [icd('I21.9', '2024-02-29')], 'critical', {
      today: '2025-02-28',
    }),
    romo(
      'undated MI of the context encounter: its start counts, order-sign',
      [icd('I21.9', undefined, linked)],
      'critical',
      {
        record: [woman(70), icd('I21.9', undefined, linked), admission],
        encounterId: 'e1',
      },
    ),
    romo('undated MI of the context encounter: its start counts, order-select', [], 'critical', {
      ...selecting,
      record: [woman(70), icd('I21.9', undefined, linked), admission],
      encounterId: 'e1',
    }),
    romo('undated old-infarction code of the context encounter: B', [], 'warning', {
      ...selecting,
      record: [woman(70), icd('I25.2', undefined, linked), admission],
      encounterId: 'e1',
    }),
    romo('stent at order-select: C', [icd('Z95.5')], 'info', selecting),
    romo('a draft without id: the card stands, nothing to delete', [icd('I21.9', months(3))], 'critical', {
      drafts: [{ ...romosozumab, id: undefined }],
      suggests: ['Refer to cardiology', 'Refer to endocrinology'],
    }),
    level(
      'abatement today: not active',
      [male(45), icd('K90.0', undefined, { abatementDateTime: TODAY })],
      false,
    ),
    level(
      'abatement tomorrow: active',
      [male(45), icd('K90.0', undefined, { abatementDateTime: '2026-01-16' })],
      true,
    ),
    level(
      'abatement period ended: not active',
      [male(45), icd('K90.0', undefined, { abatementPeriod: { start: months(9), end: months(8) } })],
      false,
    ),
    level(
      'clinical status absent, confirmed: active',
      [male(45), icd('K90.0', undefined, { clinicalStatus: undefined })],
      true,
    ),
    level(
      'both statuses absent: active',
      [male(45), icd('K90.0', undefined, { clinicalStatus: undefined, verificationStatus: undefined })],
      true,
    ),
    level('recurrence is active', [male(45), icd('K90.0', undefined, clinicalStatus('recurrence'))], true),
    level('relapse is active', [male(45), icd('K90.0', undefined, clinicalStatus('relapse'))], true),
    level('remission is not', [male(45), icd('K90.0', undefined, clinicalStatus('remission'))], false),
    level(
      'bariatric operation as Procedure counts',
      [male(45), procedure(coded('snomed', '430715008'), months(60))],
      true,
    ),
    level('code without dot (K900)', [male(45), icd('K900')], true),
    level('WHO ICD-10 K90.0', [male(45), condition('icd10', 'K90.0')], true),
    level(
      'system as OID',
      [
        male(45),
        { ...icd('K90.0'), code: { coding: [{ system: 'urn:oid:2.16.840.1.113883.6.90', code: 'K90.0' }] } },
      ],
      true,
    ),
    gap('fracture in 2024: may be older than 24 months, silent', [...man66, hip('2024')], null),
    gap('fracture in February 2024: within 24 months', [...man66, hip('2024-02')], 'warning'),
    gap('fracture in 2025', [...man66, hip('2025')], 'warning'),
    gap(
      'S72.001 without 7th character, recorded last month: dated',
      [...man66, icd('S72.001', undefined, recorded(months(1)))],
      'warning',
    ),
    gap(
      'S72.001B open fracture, recorded last month: dated',
      [...man66, icd('S72.001B', undefined, recorded(months(1)))],
      'warning',
    ),
    gap(
      'M80.051D recorded last month: the diagnosis stays, the fracture is not dated',
      [...man66, icd('M80.051D', undefined, recorded(months(1)))],
      'info',
      { summary: /^Osteoporosis on the problem list/ },
    ),
    gap('WHO ICD-10 S72.0', [...man66, condition('icd10', 'S72.0', { onsetDateTime: months(2) })], 'warning'),
    gap('SNOMED CT hip fracture', [...man66, snomed('5913000', months(2))], 'warning'),
    gap('M48.56XA without cancer', [...man66, icd('M48.56XA', months(2))], 'warning', {
      summary: /^Vertebral/,
    }),
    gap('hip fracture at 49, now 50: does not count', [male(50), ...settled, hip(months(6))], null),
    gap(
      'hip fracture of the context encounter without dates: its start counts',
      [...man66, icd('S72.001A', undefined, linked), admission],
      'warning',
      { encounterId: 'e1', summary: /2025-12-20/ },
    ),
    gap(
      'the same at discharge',
      [male(66), vitaminD(40), icd('S72.001A', undefined, linked), { ...admission, class: { code: 'IMP' } }],
      'warning',
      { hook: 'encounter-discharge', encounterId: 'e1', summary: /2025-12-20/ },
    ),
    gap(
      'hip fracture of an encounter that is not supplied: not dated',
      [...man66, icd('S72.001A', undefined, { encounter: { reference: 'Encounter/e9' } })],
      null,
    ),
    gap('Z87.310 with an onset: dated by it', [...man66, icd('Z87.310', months(6))], 'warning'),
    gap('Z79.83 on the problem list is therapy', [...woman60, tScore(-2.6), icd('Z79.83')], null),
    gap(
      'zoledronate by ATC code, 12 months ago',
      [
        ...woman60,
        tScore(-2.6),
        drug(coded('atc', 'M05BA08'), { status: 'completed', authoredOn: months(12) }),
      ],
      null,
    ),
    gap(
      'an older low score, a newer normal one: the newer counts',
      [...woman60, tScore(-2.6, months(100)), tScore(-0.9, months(20))],
      null,
    ),
    gap(
      '80944-2 with "one-third radius" in hyperparathyroidism counts beside the hip',
      [...woman60, tScore(-1.2), icd('E21.0'), radius('33% radius')],
      'info',
    ),
    gap(
      '80944-2 without hyperparathyroidism does not count beside the hip',
      [...woman60, tScore(-1.2), radius('33% radius')],
      null,
    ),
    gap('80944-2 alone with "one-third radius" counts', [...woman60, radius('one-third radius')], 'info'),
    gap('80944-2 alone without the site does not', [...woman60, radius('radius')], null),
  ]);
});

function radius(text: string): Resource {
  return lab('80944-2', -2.8, '{T-score}', months(7), {
    code: { coding: [{ system: 'http://loinc.org', code: '80944-2' }], text },
  });
}

/* ------------------------------------------------------------------ G6, G7, R20 population */

const steroid = (text: string, mg: number, extra: Extra = {}): Resource =>
  drug(text, { authoredOn: days(120), ...daily(mg, 120), ...extra });
const lasting = { ...daily(5), authoredOn: days(91) };

describe('G6, G7: long-term glucocorticoid (seen through R09)', () => {
  const taking = (name: string, drugs: readonly Resource[], fires: boolean): Case =>
    level(name, [male(38), ...drugs], fires, fires ? { triggeredByDrug: true } : {});
  cases([
    taking(
      'methylprednisolone 2 mg equals 2.5 mg',
      [steroid('methylprednisolone 4 MG Oral Tablet', 2)],
      true,
    ),
    taking('methylprednisolone 1.9 mg is less', [steroid('methylprednisolone 4 MG Oral Tablet', 1.9)], false),
    taking('dexamethasone 0.4 mg is more', [steroid('dexamethasone 0.5 MG Oral Tablet', 0.4)], true),
    taking(
      'hydrocortisone 20 mg without adrenal insufficiency',
      [steroid('hydrocortisone 20 MG Oral Tablet', 20)],
      true,
    ),
    taking(
      'hydrocortisone 20 mg in Addison disease: replacement',
      [steroid('hydrocortisone 20 MG Oral Tablet', 20), icd('E27.1')],
      false,
    ),
    taking(
      'prednisone 7.5 mg in hypopituitarism: replacement',
      [steroid('prednisone 5 MG Oral Tablet', 7.5), icd('E23.0')],
      false,
    ),
    taking(
      'prednisone 8 mg in hypopituitarism: more than replacement',
      [steroid('prednisone 5 MG Oral Tablet', 8), icd('E23.0')],
      true,
    ),
    taking('eye drops', [steroid('prednisolone 1 % ophthalmic suspension', 5)], false),
    taking('inhaled', [steroid('dexamethasone inhalation powder', 5)], false),
    taking('cream', [steroid('hydrocortisone 1 % topical cream', 20)], false),
    taking(
      'route says oral',
      [
        drug('prednisone', {
          ...lasting,
          dosageInstruction: [
            {
              route: { text: 'Oral' },
              doseAndRate: [
                { doseQuantity: { value: 5, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' } },
              ],
              timing: { repeat: { frequency: 1, period: 1, periodUnit: 'd' } },
            },
          ],
        }),
      ],
      true,
    ),
    taking('bare name without route: unknown', [drug('prednisone', { authoredOn: days(100) })], false),
    taking('no supply, active since 91 days', [drug('prednisone 5 MG Oral Tablet', lasting)], true),
    taking(
      'no supply, active since 90 days',
      [drug('prednisone 5 MG Oral Tablet', { ...lasting, authoredOn: days(90) })],
      false,
    ),
    taking(
      'no supply, active since 15 months',
      [drug('prednisone 5 MG Oral Tablet', { ...lasting, authoredOn: months(15) })],
      true,
    ),
    taking(
      'no supply, active since over 15 months',
      [drug('prednisone 5 MG Oral Tablet', { ...lasting, authoredOn: over(15) })],
      false,
    ),
    taking(
      'no supply, as needed',
      [drug('prednisone 5 MG Oral Tablet', { ...lasting, dosageInstruction: [{ asNeededBoolean: true }] })],
      false,
    ),
    taking(
      'a completed course of 120 days counts in the last 12 months',
      [steroid('prednisone 5 MG Oral Tablet', 5, { status: 'completed', authoredOn: months(8) })],
      true,
    ),
    taking('not to be performed', [steroid('prednisone 5 MG Oral Tablet', 5, { doNotPerform: true })], false),
  ]);
});

/* ------------------------------------------------------------------ units.md 2: more shapes */

describe('units.md 2: shapes of results', () => {
  const panel = (loinc: string, part: string, quantityOf: Extra): Resource => ({
    ...lab(loinc, 0, '1', months(1)),
    valueQuantity: undefined,
    component: [{ code: coded('loinc', part), valueQuantity: quantityOf }],
  });
  const mgDl = (value: number): Extra => ({
    value,
    unit: 'mg/dL',
    system: 'http://unitsofmeasure.org',
    code: 'mg/dL',
  });
  cases([
    severe('LDL as component of a lipid panel', [panel('24331-1', '13457-7', mgDl(195))], 'warning'),
    severe(
      'calculated LDL 13457-7 with triglycerides 401: unknown',
      [lab('13457-7', 195, 'mg/dL', '2025-12-01'), triglycerides(401)],
      null,
    ),
    severe(
      'the newest LDL "not calculated": the older one is not used',
      [
        ldl(195, months(3)),
        ldl(0, months(1), 'mg/dL', { valueQuantity: undefined, valueString: 'not calculated' }),
      ],
      null,
    ),
    severe(
      'the code alone carries the unit',
      [
        ldl(195, months(1), 'mg/dL', {
          valueQuantity: { value: 195, system: 'http://unitsofmeasure.org', code: 'mg/dL' },
        }),
      ],
      'warning',
    ),
    severe(
      'MG/DL is a known spelling',
      [ldl(195, months(1), 'mg/dL', { valueQuantity: { value: 195, unit: 'MG/DL' } })],
      'warning',
    ),
    severe('LDL of 5 mg/dL reported, 195 in mmol/L: implausible', [ldl(195, months(1), 'mmol/L')], null),
    severe(
      'two sources of the same LDL are one',
      [ldl(195, '2025-12-01'), ldl(195, '2025-12-01')],
      'warning',
    ),
    severe(
      'effectivePeriod counts from its end',
      [
        ldl(195, months(1), 'mg/dL', {
          effectiveDateTime: undefined,
          effectivePeriod: { start: months(30), end: months(24) },
        }),
      ],
      'warning',
    ),
    severe('no date at all: unknown', [ldl(195, months(1), 'mg/dL', { effectiveDateTime: undefined })], null),
    severe('an invalid date: unknown', [ldl(195, '2021-02-26T17:50:52.165T17:50:52.165')], null),
    crp('hs-CRP 2500 ng/mL is 2.5 mg/L', [hsCrp(2500, days(20), 'ng/mL')], enhancer),
    crp('hs-CRP 21 nmol/L is 2.2 mg/L', [lab('76486-0', 21, 'nmol/L', days(20))], enhancer),
    crp('hs-CRP "> 10": R24', [hsCrp(10, days(20), 'mg/L', quantity('>', 10, 'mg/L'))], acute),
    crp('hs-CRP "> 5": unknown', [hsCrp(5, days(20), 'mg/L', quantity('>', 5, 'mg/L'))], {}),
    crp('hs-CRP "< 0.3": none', [hsCrp(0.3, days(20), 'mg/L', quantity('<', 0.3, 'mg/L'))], {}),
    crp('3.0 now, 12 two months ago: repeat', [hsCrp(3, days(20)), hsCrp(12, days(80))], enhancer, {
      summary: /repeat/,
    }),
    overdue(
      'creatinine 1.6 mg/dL in a man of 50 is G3',
      [male(50), lab('2160-0', 1.6, 'mg/dL', months(1))],
      true,
    ),
    overdue(
      'creatinine 1.2 mg/dL in a man of 50 is not',
      [male(50), lab('2160-0', 1.2, 'mg/dL', months(1))],
      false,
    ),
    overdue(
      'creatinine 0.1415 mmol/L (HL7 Australia) is G3',
      [male(50), lab('14682-9', 0.1415, 'mmol/L', months(1))],
      true,
    ),
    overdue('eGFR in plain mL/min is read', [male(50), lab('33914-3', 50, 'mL/min', months(1))], true),
    overdue(
      'race-specific pair: the lower one',
      [
        male(50),
        lab('48642-3', 58, 'mL/min/{1.73_m2}', months(1)),
        lab('48643-1', 67, 'mL/min/{1.73_m2}', months(1)),
      ],
      true,
    ),
    overdue(
      'creatinine 1.6 with a reported eGFR 65: the report decides',
      [male(50), lab('2160-0', 1.6, 'mg/dL', months(1)), eGfr(65, months(2))],
      false,
    ),
    screen('FRAX hip 9 % is not the major fracture', [woman(60), lab('90266-8', 9, '%', months(3))], false),
    screen('FRAX 0.084 with unit 1: 8.4 %', [woman(60), lab('90265-0', 0.084, '1', months(3))], true),
    screen('born in January 1961 (64 or 65): silent', [woman(65, { birthDate: '1961-01' })], false),
    screen(
      'preliminary DXA report: silent',
      [woman(70), report(coded('loinc', '38268-9'), days(2), { status: 'preliminary' })],
      false,
    ),
    screen(
      'DXA with status unknown was done: silent',
      [woman(70), tScore(-1.5, months(24), 'hip', { status: 'unknown' })],
      false,
    ),
    screen(
      'cancelled DXA: fires',
      [woman(70), tScore(-1.5, months(2), 'hip', { status: 'cancelled' })],
      true,
    ),
    screen('DXA ordered by SNOMED CT: silent', [woman(70), order(coded('snomed', '312681000'))], false),
    check(
      'no value in either component: no blood pressure',
      [
        woman(64),
        tScore(-2),
        ldl(100),
        { ...bp, component: [{ code: coded('loinc', '8480-6'), ...noValue('unknown') }] },
      ],
      true,
      { summary: /BP/ },
    ),
    check(
      'a low LDL of 4.1 mmol/L asks for 12 months',
      [
        woman(64),
        tScore(-2),
        drug('ezetimibe 10 MG', { authoredOn: months(24) }),
        ldl(4.1, months(13), 'mmol/L'),
        bp,
      ],
      true,
    ),
    check('38265-5: the card says so', [woman(64), tScore(-2, months(7), 'forearm')], true, {
      detail: /radius\/ulna as coded; confirm one-third radius/,
    }),
    repeat('38265-5: the card says so', [woman(66), tScore(-2.2, months(24), 'forearm')], true, {
      detail: /radius\/ulna as coded; confirm one-third radius/,
    }),
    low(
      'calcium 10.9 as high by the report’s own range 8.5 to 11.0: normal',
      [vitaminD(15), { ...calcium(10.9), referenceRange: [{ low: mgDl(8.5), high: mgDl(11) }] }, pth(40)],
      'info',
      { detail: /800/ },
    ),
    low(
      'total 10.2 with albumin 3.0 is 11.0 corrected: high',
      [vitaminD(15), calcium(10.2), lab('1751-7', 3, 'g/dL', '2025-12-01'), pth(40)],
      'info',
      { detailWithout: /800/ },
    ),
    low(
      'total 2.5 mmol/L with albumin 30 g/L is 2.70 corrected: high',
      [vitaminD(15), calcium(2.5, '2025-12-01', 'mmol/L'), lab('1751-7', 30, 'g/L', '2025-12-01'), pth(40)],
      'info',
      { detailWithout: /800/ },
    ),
    low(
      'albumin 15 days away does not correct',
      [vitaminD(15), calcium(10.2), lab('1751-7', 3, 'g/dL', '2025-11-16'), pth(40)],
      'info',
      { detail: /800/ },
    ),
    low(
      'ionised calcium before total: 1.34 mmol/L is high',
      [vitaminD(15), calcium(9.5), lab('1995-0', 1.34, 'mmol/L', '2025-12-01'), pth(40)],
      'info',
      { detailWithout: /800/ },
    ),
    low(
      'ionised calcium 1.33 mmol/L is not',
      [vitaminD(15), calcium(10.9), lab('1995-0', 1.33, 'mmol/L', '2025-12-01'), pth(40)],
      'info',
      { detail: /800/ },
    ),
  ]);
});

/* ------------------------------------------------------------------ 0.4: words, sources, links, reasons by recommendation */

describe('0.4 source, links, override reasons and sentences of each recommendation', () => {
  test.each([
    {
      id: R08,
      record: [...woman60, tScore(-2.6)],
      link: '10.1007/s00198-021-05900-y',
      more: ['too-costly-uncovered'],
      says: [/medical clearance and falls assessment first/i, /VITAL/],
    },
    {
      id: R09,
      record: [male(45), coeliac],
      link: '10.1210/clinem/dgae290',
      more: ['does-not-align-latest-evidence'],
      says: [/routine/i],
    },
    {
      id: R10,
      record: [male(45), vitaminD(15)],
      link: '10.1056/NEJMoa2202106',
      more: [],
      says: [/3 months/, /800-2000 IU/, /cardiovascular/],
    },
    {
      id: R11,
      record: [woman(60), vitaminD(40), tScore(-2)],
      link: '10.1002/jbmr.3089',
      more: [],
      says: [/1\.33, 1\.27-1\.38/, /1\.16/, /1\.13/],
    },
    {
      id: R13,
      record: [male(45), ldl(195)],
      link: '10.1161/CIR.0000000000001423',
      more: [],
      says: [/familial hypercholesterolaemia/i, /testing of relatives/, /1\.06/],
    },
    {
      id: R15,
      record: [woman(65)],
      link: 'uspreventiveservicestaskforce.org',
      more: ['service-not-available', 'too-costly-uncovered'],
      says: [/USPSTF/, /none found|found in this record/],
    },
    {
      id: R16,
      record: [woman(66), ...settled, tScore(-2.2, months(24))],
      link: '10.1056/NEJMoa1107142',
      more: [],
      says: [/23 months/, /not proven/],
    },
    {
      id: R17,
      record: [male(50), icd('E11.9')],
      link: '10.1161/CIR.0000000000001423',
      more: [],
      says: [/2026/],
    },
    {
      id: R23,
      record: [male(60), hsCrp(4)],
      link: '10.1016/j.jacc.2025.08.047',
      more: ['does-not-align-latest-evidence'],
      says: [/JUPITER/, /Infection, vaccination/],
    },
    {
      id: R24,
      record: [male(60), hsCrp(12)],
      link: '10.1161/01.CIR.0000052939.59093.45',
      more: [],
      says: [/CDC\/AHA/],
    },
  ])('$id', async ({ id, record, link, more, says }) => {
    const [card] = await cardsOf({ name: '', record, cards: {} });
    expect(card?.source.topic?.code).toBe(id);
    expect(card?.overrideReasons?.map(({ code }) => code)).toEqual([...STANDARD, ...more]);
    expect(card?.links?.[0]?.url).toContain(link);
    for (const sentence of says) expect(card?.detail).toMatch(sentence);
  });

  test.each([
    {
      name: 'R10 repeat in 3 months',
      record: [male(45), vitaminD(15)],
      start: '2026-04-15',
      code: '62292-8',
    },
    {
      name: 'R23 repeat in 2 to 4 weeks',
      record: [male(60), hsCrp(4)],
      start: '2026-01-29',
      code: '30522-7',
    },
    { name: 'R24 recheck from 14 days', record: [male(60), hsCrp(12)], start: '2026-01-29', code: '30522-7' },
    {
      name: 'R11 lipid panel within 3 months',
      record: [woman(60), vitaminD(40), tScore(-2)],
      start: TODAY,
      code: '24331-1',
    },
  ])('$name', async ({ record, start, code }) => {
    const [card] = await cardsOf({ name: '', record, cards: {} });
    expect(card?.suggestions?.[0]?.actions?.[0]).toMatchObject({
      resource: {
        occurrencePeriod: { start },
        code: { coding: [{ code }] },
        category: [{ coding: [{ code: '108252007' }] }],
      },
    });
  });

  test('the merged card lists what it holds and keeps its suggestions', async () => {
    const cards = await cardsOf({
      name: '',
      policy: 'capped',
      record: [woman(66), ldl(195), vitaminD(15), hsCrp(4), coeliac, tScore(-2.2, months(24)), bp],
      cards: {},
    });
    expect(cards).toHaveLength(4);
    expect(cards[3]?.summary).toMatch(/^\d more bone-heart items$|^1 more bone-heart item$/);
    expect(cards[3]?.detail).toContain('hs-CRP 4 mg/L');
    expect(JSON.stringify(cards[3]?.suggestions)).toContain('30522-7');
  });

  test('the article preset puts its banner on every card, also on order-time safety cards', async () => {
    const view = await cardsOf({
      name: '',
      policy: 'article',
      record: [woman(66), ldl(195), vitaminD(15), hsCrp(4)],
      cards: {},
    });
    const sign = await cardsOf(romo('', [icd('I21.9', months(3))], 'critical', { policy: 'article' }));
    expect(view.length).toBeGreaterThan(2);
    for (const card of [...view, ...sign])
      expect(card.detail).toMatch(/^This site uses the thresholds of the source article/);
  });
});

/* ------------------------------------------------------------------ G2, C: what is unknown, what belongs to whom */

describe('G2: unknown input, and what does not depend on it', () => {
  cases([
    overdue(
      'diabetes, bone results missing: low bone mass unknown, silent',
      [male(50), icd('E11.9')],
      false,
      { without: ['bone'] },
    ),
    severe('LDL 195, bone results missing: speaks', [ldl(195)], 'warning', { without: ['bone'] }),
    severe('LDL 170, bone results missing: silent', [], null, {
      record: [male(60), ldl(170), bp],
      without: ['bone'],
    }),
    severe(
      'LDL 195, triglycerides masked the same day: unknown',
      [ldl(195), lab('2571-8', 0, 'mg/dL', '2025-12-01', noValue('masked'))],
      null,
    ),
    repeat(
      'T -2.2 due by its own row, medication requests missing: speaks',
      [woman(66), tScore(-2.2, months(24))],
      true,
      { without: ['medicationRequests'] },
    ),
    repeat(
      'T -1.2 after 24 months, medication requests missing: silent',
      [woman(66), tScore(-1.2, months(24))],
      false,
      { without: ['medicationRequests'] },
    ),
    screen(
      'alendronate on hold: therapy unknown, silent',
      [woman(70), drug('alendronate 70 MG', { status: 'on-hold' })],
      false,
    ),
    crp('hs-CRP 4, medication requests missing: silent', [hsCrp(4)], {}, { without: ['medicationRequests'] }),
    crp('hs-CRP 12 needs no medication list', [hsCrp(12)], acute, { without: ['medicationRequests'] }),
    low('vitamin D 101 needs no medication list', [vitaminD(101)], 'warning', {
      without: ['medicationRequests'],
    }),
    level('coeliac disease and no DXA at 50: R09 and R15', [woman(50), coeliac], true, {
      cards: { [R09]: 'info', [R15]: 'info' },
    }),
  ]);
});

describe('G8: menopause', () => {
  cases([
    screen('52, Z90.722, 50 kg: B', [woman(52), weight(50), icd('Z90.722')], true, {
      summary: /^Post-menopausal/,
    }),
    screen('54, no evidence, 50 kg: none', [woman(54), weight(50)], false),
    screen('55, 59.9 kg: inferred, B', [woman(55), weight(59.9)], true),
    check('44, Z90.722, T -2: valid', [woman(44), icd('Z90.722', months(48)), tScore(-2), ldl(100)], true),
    check('44, N95.1, T -2: not valid', [woman(44), icd('N95.1'), tScore(-2), ldl(100)], false),
    check('46, N95.1, T -2: valid', [woman(46), icd('N95.1'), tScore(-2), ldl(100)], true),
    check(
      '39 at the scan, menopause on record: not valid',
      [woman(41), icd('Z78.0'), tScore(-2, months(20)), ldl(100)],
      false,
    ),
  ]);
});

describe('0.1 already ordered: what is on order is not suggested again', () => {
  const panelOrdered = order(coded('loinc', '24331-1'));
  cases([
    severe('LDL 195, lipid panel ordered', [ldl(195), panelOrdered], 'warning', {
      suggests: ['Order TSH (secondary cause)', 'Order lipoprotein(a) once', 'Refer to lipid clinic'],
    }),
    crp('hs-CRP pair, no lipids: panel suggested', [hsCrp(4), hsCrp(4, days(80))], enhancer, {
      suggests: ['Order lipid panel'],
    }),
    crp('hs-CRP pair, lipid panel ordered', [hsCrp(4), hsCrp(4, days(80)), panelOrdered], enhancer, {
      suggests: [],
    }),
    crp('hs-CRP 4 once, lipids on file', [hsCrp(4), ldl(100)], enhancer, {
      suggests: ['Repeat hs-CRP in 2 to 4 weeks'],
    }),
    low('excess: calcium', [vitaminD(101)], 'warning', { suggests: ['Check calcium'] }),
    gap(
      'hip fracture, DXA ordered',
      [...man66, calcium(9.5), eGfr(80), pth(40), hip(months(3)), order(coded('loinc', '38268-9'))],
      'warning',
      {
        suggests: [
          'Refer to bone health service',
          'Order alkaline phosphatase',
          'Order TSH',
          'Order total testosterone',
          'Refer to dietitian',
        ],
      },
    ),
    gap(
      'hip fracture, referral made',
      [...man66, calcium(9.5), eGfr(80), pth(40), hip(months(3)), referral(months(2))],
      'warning',
      {
        summary: /evaluation incomplete/,
        suggests: [
          'Order bone density scan',
          'Order alkaline phosphatase',
          'Order TSH',
          'Order total testosterone',
          'Refer to dietitian',
        ],
      },
    ),
    check('both missing, osteoporosis', [woman(60), tScore(-2.6), alendronate], true, {
      summary: /^T-score -2\.6 \(hip, 2025-06-01\): lipid panel\/BP not current\./,
    }),
    overdue(
      'premature menopause, LDL 165 of 13 months ago: 12 months count',
      [woman(48), icd('E28.310'), ldl(165, months(13))],
      true,
    ),
    article(
      'premature menopause, panel 13 months: fires',
      [woman(48), icd('E28.310'), ldl(100, months(13))],
      { [R17]: 'info' },
    ),
    {
      name: 'four cards: one more',
      policy: 'capped',
      record: [woman(66), ldl(195), vitaminD(15), hsCrp(4)],
      cards: { [R13]: 'warning', [R10]: 'info', [R15]: 'info', 'more-recommendations': 'info' },
    },
  ]);
});
