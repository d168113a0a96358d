import { expect, test } from '@jest/globals';
import { decide } from '../../src/decide.ts';
import type { Resource } from '../../src/facts/record.ts';
import { calciumSupplementOrder } from '../../src/rules/calcium-supplement-order.ts';
import {
  calcium,
  coded,
  condition,
  contextOf,
  drug,
  eGfr,
  guideline,
  lab,
  order,
  osteoporosis,
  patient,
  procedure,
  quantity,
  recordOf,
  statement,
  TODAY,
  vitaminD,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

type Extra = Readonly<Record<string, unknown>>;

const sixty = patient(60);
const replete = vitaminD(40, '2025-12-01');
const PLAIN = 'Calcium 600 MG Oral Tablet';

/** So many tablets a day. */
const tablets = (perDay: number, more: Extra = {}): Extra => ({
  dosageInstruction: [
    {
      doseAndRate: [{ doseQuantity: { value: 1, unit: 'tablet' } }],
      timing: { repeat: { frequency: perDay, period: 1, periodUnit: 'd' } },
      ...more,
    },
  ],
});
const mg = (value: number): Extra => ({
  dosageInstruction: [
    {
      doseAndRate: [{ doseQuantity: { value, unit: 'mg' } }],
      timing: { repeat: { frequency: 1, period: 1, periodUnit: 'd' } },
    },
  ],
});
const supply = (days: number): Extra => ({
  dispenseRequest: { expectedSupplyDuration: { value: days, unit: 'd' } },
});
const draft = (text: string | Extra, extra: Extra = tablets(2), id = 'draft-1'): Resource =>
  drug(text, { id, status: 'draft', authoredOn: TODAY, ...extra });
const activeOrder = (text: string | Extra, extra: Extra = tablets(2)): Resource => drug(text, extra);

const stones = condition('icd10cm', 'N20.0', { recordedDate: '2020-05-01' });
const primaryHyperparathyroidism = condition('icd10cm', 'E21.0');
const calcitriol = drug('calcitriol 0.25 MCG Oral Capsule');
const calciumOf = (daysAgo: number): Resource =>
  calcium(10.9, new Date(Date.parse(TODAY) - daysAgo * 86_400_000).toISOString().slice(0, 10));
const select = { hook: 'order-select' } as const;

describeRule(calciumSupplementOrder, {
  recommends: [
    // A: dose
    {
      name: '1200 mg a day, order-select',
      record: [sixty, replete],
      drafts: [draft(PLAIN)],
      ...select,
      variant: 'aboveReview',
      says: ['Calcium supplement > 1000 mg/day elemental'],
      suggests: ['dietitian'],
    },
    {
      name: '1001 mg a day',
      record: [sixty, replete],
      drafts: [draft(PLAIN, mg(1001))],
      ...select,
      variant: 'aboveReview',
    },
    {
      name: 'renewal of 600 mg twice daily with the old order active: 1200, not 2400',
      record: [sixty, replete, activeOrder(PLAIN)],
      drafts: [draft(PLAIN)],
      ...select,
      variant: 'aboveReview',
    },
    {
      name: 'renewal under another name that names the old order as prior prescription',
      record: [sixty, replete, activeOrder('calcium 600 mg tablets', { ...tablets(2), id: 'old' })],
      drafts: [draft(PLAIN, { ...tablets(2), priorPrescription: { reference: 'MedicationRequest/old' } })],
      ...select,
      variant: 'aboveReview',
    },
    {
      name: 'old orders left active count once',
      record: [
        sixty,
        replete,
        activeOrder('Calcium 500 MG Oral Tablet', { ...tablets(1), authoredOn: '2025-06-01' }),
        activeOrder('Calcium 500 MG Oral Tablet', { ...tablets(1), authoredOn: '2025-09-01' }),
        activeOrder('Calcium 500 MG Oral Tablet', { ...tablets(1), authoredOn: '2025-12-01' }),
      ],
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
      variant: 'aboveReview',
    },
    {
      name: 'another calcium order is added: 600 and 500',
      record: [sixty, replete, activeOrder('Calcium 500 MG Oral Tablet', tablets(1))],
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
      variant: 'aboveReview',
    },
    {
      name: '2000 mg a day at 60 years',
      record: [sixty, replete],
      drafts: [draft(PLAIN, mg(2000))],
      ...select,
      variant: 'aboveReview',
    },
    {
      name: '2001 mg a day at 60 years',
      record: [sixty, replete],
      drafts: [draft(PLAIN, mg(2001))],
      variant: 'aboveUpperLevel',
      says: ['2001 mg/day elemental: above the upper level of 2000 mg'],
      suggests: ['calcium', 'dietitian'],
    },
    {
      name: '2001 mg a day at 51 years',
      record: [patient(51), replete],
      drafts: [draft(PLAIN, mg(2001))],
      variant: 'aboveUpperLevel',
    },
    {
      name: '2500 mg a day at 50 years',
      record: [patient(50), replete],
      drafts: [draft(PLAIN, mg(2500))],
      ...select,
      variant: 'aboveReview',
    },
    {
      name: '2501 mg a day at 50 years',
      record: [patient(50), replete],
      drafts: [draft(PLAIN, mg(2501))],
      variant: 'aboveUpperLevel',
      says: ['upper level of 2500 mg'],
    },
    {
      name: '2500 mg a day at 19 years',
      record: [patient(19), replete],
      drafts: [draft(PLAIN, mg(2500))],
      ...select,
      variant: 'aboveReview',
    },
    {
      name: '2001 mg a day at 18 years',
      record: [patient(18), replete],
      drafts: [draft(PLAIN, mg(2001))],
      variant: 'aboveUpperLevel',
    },
    {
      name: '2001 mg a day without birth date: the lower level',
      record: [patient(60, { birthDate: undefined }), replete],
      drafts: [draft(PLAIN, mg(2001))],
      variant: 'aboveUpperLevel',
    },
    {
      name: '2001 mg a day, calcium 90 days ago on file',
      record: [sixty, replete, calcium(9.4, '2025-10-17')],
      drafts: [draft(PLAIN, mg(2001))],
      variant: 'aboveUpperLevel',
      suggests: ['dietitian'],
    },
    {
      name: '2001 mg a day, calcium 91 days ago, calcium and dietitian ordered',
      record: [
        sixty,
        replete,
        calcium(9.4, '2025-10-16'),
        order(coded('loinc', '17861-6')),
        order(coded('snomed', '103699006')),
      ],
      drafts: [draft(PLAIN, mg(2001))],
      variant: 'aboveUpperLevel',
      suggests: [],
    },
    {
      name: 'two drafts in one call are signed together: 1200 and 1200',
      record: [sixty, replete],
      drafts: [draft(PLAIN), draft('Calcium citrate 600 mg elemental tablet', tablets(2), 'draft-2')],
      variant: 'aboveUpperLevel',
      says: ['2400 mg/day'],
    },
    {
      name: 'two drafts of the same drug, morning and evening',
      record: [sixty, replete],
      drafts: [draft(PLAIN, tablets(1)), draft(PLAIN, tablets(1), 'draft-2')],
      ...select,
      variant: 'aboveReview',
    },
    {
      name: 'salt by its fraction: five tablets of calcium carbonate 1250 mg are 2500 mg',
      record: [sixty, replete],
      drafts: [draft('Calcium carbonate 1250 MG Oral Tablet', tablets(5))],
      variant: 'aboveUpperLevel',
      says: ['2500 mg/day'],
    },
    {
      name: 'a name that may be salt or calcium counts when both readings pass the limit',
      record: [sixty, replete],
      drafts: [draft('Calcium carbonate 600 MG Oral Tablet', tablets(5))],
      ...select,
      variant: 'aboveReview',
    },
    {
      name: 'a second order that cannot be read: the rest passes the limit',
      record: [sixty, replete, activeOrder('Caltrate 600')],
      drafts: [draft(PLAIN), draft('Os-Cal 500', tablets(1), 'draft-2')],
      ...select,
      variant: 'aboveReview',
    },
    {
      name: 'medication list not obtained: the draft alone passes the limit',
      record: [sixty, replete],
      unknown: { medicationRequests: 'failed' },
      drafts: [draft(PLAIN)],
      ...select,
      variant: 'aboveReview',
    },
    {
      name: 'supply of 14 days is no short course',
      record: [sixty, replete],
      drafts: [draft(PLAIN, { ...tablets(2), ...supply(14) })],
      ...select,
      variant: 'aboveReview',
    },
    {
      name: 'a sentence instead of data',
      record: [sixty, replete],
      drafts: [
        draft(PLAIN, {
          dosageInstruction: [{ text: 'Take 1 tablet by mouth 2 (two) times daily with meals' }],
        }),
      ],
      ...select,
      variant: 'aboveReview',
    },
    // C: high calcium, hyperparathyroidism, stones
    {
      name: 'calcium 10.9: C and no B',
      record: [sixty, calcium(10.9)],
      drafts: [draft(PLAIN, tablets(1))],
      variant: 'highCalcium',
      says: ['Calcium ordered with high calcium or hyperparathyroidism on record.'],
      suggests: ['calcium'],
    },
    {
      name: 'calcium 10.9, order-select: the dose becomes a line, vitamin D is not spoken of',
      record: [sixty, calcium(10.9), order(coded('loinc', '17861-6'))],
      drafts: [draft(PLAIN)],
      ...select,
      variant: 'highCalcium',
      suggests: [],
    },
    {
      name: 'calcium 2.63 mmol/L',
      record: [sixty, calcium(2.63, '2025-12-01', 'mmol/L')],
      drafts: [draft(PLAIN)],
      variant: 'highCalcium',
    },
    {
      name: 'high calcium 90 days ago',
      record: [sixty, calciumOf(90)],
      drafts: [draft(PLAIN)],
      variant: 'highCalcium',
    },
    {
      name: 'total 10.2 with albumin 3.0 is high when corrected',
      record: [sixty, calcium(10.2), lab('1751-7', 3, 'g/dL', '2025-12-01')],
      drafts: [draft(PLAIN)],
      variant: 'highCalcium',
    },
    {
      name: 'primary hyperparathyroidism with normal calcium',
      record: [sixty, calcium(9.8), primaryHyperparathyroidism],
      drafts: [draft(PLAIN, tablets(1))],
      variant: 'highCalcium',
    },
    {
      name: 'normocalcaemic primary hyperparathyroidism',
      record: [sixty, condition('snomed', '190045361000119101')],
      drafts: [draft(PLAIN, tablets(1))],
      variant: 'highCalcium',
    },
    {
      name: 'high calcium and an antacid as needed',
      record: [sixty, calcium(10.9)],
      drafts: [draft('Calcium carbonate 500 MG Oral Tablet', tablets(4, { asNeededBoolean: true }))],
      variant: 'highCalcium',
    },
    {
      name: 'high calcium and a dose above the upper level: the calcium comes first',
      record: [sixty, calcium(10.9), stones, calcitriol],
      drafts: [draft(PLAIN, tablets(4))],
      variant: 'highCalcium',
    },
    {
      name: 'calcium 14.0 thirty days ago',
      record: [sixty, calcium(14, '2025-12-16')],
      drafts: [draft(PLAIN, tablets(1))],
      variant: 'urgentCalcium',
      says: ['14 mg/dL (2025-12-16) is very high'],
    },
    {
      name: 'calcium 14.0 thirty-one days ago',
      record: [sixty, calcium(14, '2025-12-15')],
      drafts: [draft(PLAIN, tablets(1))],
      variant: 'highCalcium',
    },
    {
      name: 'calcium 13.9',
      record: [sixty, calcium(13.9, '2026-01-10')],
      drafts: [draft(PLAIN)],
      variant: 'highCalcium',
    },
    {
      name: 'calcium 3.5 mmol/L',
      record: [sixty, calcium(3.5, '2026-01-10', 'mmol/L')],
      drafts: [draft(PLAIN)],
      variant: 'urgentCalcium',
    },
    {
      name: 'ionised calcium 1.75 mmol/L',
      record: [sixty, lab('1995-0', 1.75, 'mmol/L', '2026-01-10')],
      drafts: [draft(PLAIN)],
      variant: 'urgentCalcium',
    },
    {
      name: 'ionised calcium 1.74 mmol/L',
      record: [sixty, lab('1995-0', 1.74, 'mmol/L', '2026-01-10')],
      drafts: [draft(PLAIN)],
      variant: 'highCalcium',
    },
    {
      name: 'kidney stones, order-select',
      record: [sixty, replete, stones],
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
      variant: 'stones',
      says: ['kidney stones on record: review need and timing with meals'],
      suggests: ['dietitian'],
    },
    {
      name: 'kidney stones do not hide a dose above the upper level',
      record: [sixty, replete, stones],
      drafts: [draft(PLAIN, tablets(4))],
      variant: 'aboveUpperLevel',
    },
    {
      name: 'a dose that could not be read, said beside the stones',
      record: [sixty, replete, stones],
      drafts: [draft('Caltrate 600+D')],
      ...select,
      variant: 'stones',
    },
    // B: without vitamin D
    {
      name: 'no vitamin D and no level',
      record: [sixty],
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
      variant: 'withoutVitaminD',
      says: ['Calcium without vitamin D on file: check vitamin D intake and need.'],
      suggests: ['dietitian'],
    },
    {
      name: 'level 12 months ago to the day is on file, 19 ng/mL',
      record: [sixty, vitaminD(19, '2025-01-15')],
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
      variant: 'withoutVitaminD',
    },
    {
      name: 'level 49 nmol/L',
      record: [sixty, vitaminD(49, '2025-12-01', 'nmol/L')],
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
      variant: 'withoutVitaminD',
    },
    {
      name: 'level 12 months and a day ago',
      record: [sixty, vitaminD(40, '2025-01-14')],
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
      variant: 'withoutVitaminD',
    },
    {
      name: 'no vitamin D with osteoporosis: the test is suggested',
      record: [sixty, osteoporosis()],
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
      variant: 'withoutVitaminD',
      suggests: ['vitaminD', 'dietitian'],
    },
    {
      name: 'fragility fracture 24 months ago to the day: the test is suggested',
      record: [sixty, condition('icd10cm', 'S72.001A', { onsetDateTime: '2024-01-15' })],
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
      variant: 'withoutVitaminD',
      suggests: ['vitaminD', 'dietitian'],
    },
    {
      name: 'fragility fracture a day older: it is not',
      record: [sixty, condition('icd10cm', 'S72.001A', { onsetDateTime: '2024-01-14' })],
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
      variant: 'withoutVitaminD',
      suggests: ['dietitian'],
    },
    {
      name: 'osteoporosis and the level ordered',
      record: [sixty, osteoporosis(), order(coded('loinc', '62292-8'))],
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
      variant: 'withoutVitaminD',
      suggests: ['dietitian'],
    },
    {
      name: 'dose not readable and no vitamin D',
      record: [sixty],
      drafts: [draft('Os-Cal 500')],
      ...select,
      variant: 'withoutVitaminD',
    },
    // D: active vitamin D
    {
      name: 'calcitriol on the list',
      record: [sixty, replete, calcitriol],
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
      variant: 'activeVitaminD',
      suggests: ['calcium', 'dietitian'],
    },
    {
      name: 'calcitriol among the drafts, chosen or not',
      record: [sixty, calcium(9.4)],
      drafts: [draft(PLAIN, tablets(1)), draft('calcitriol 0.25 MCG Oral Capsule', {}, 'draft-2')],
      selections: ['MedicationRequest/draft-1'],
      ...select,
      variant: 'activeVitaminD',
      suggests: ['dietitian'],
    },
    // exclusions at their limits, and unknown ones
    {
      name: 'thyroidectomy 3 months and a day ago, 2400 mg',
      record: [sixty, replete, procedure(coded('snomed', '13619001'), '2025-10-14')],
      drafts: [draft(PLAIN, tablets(4))],
      variant: 'aboveUpperLevel',
    },
    {
      name: 'hypothyroidism after an operation says nothing about when it was',
      record: [sixty, replete, condition('icd10cm', 'E89.0', { recordedDate: '2026-01-01' })],
      drafts: [draft(PLAIN, tablets(4))],
      variant: 'aboveUpperLevel',
    },
    {
      name: 'eGFR 30',
      record: [sixty, replete, eGfr(30)],
      drafts: [draft(PLAIN, tablets(4))],
      variant: 'aboveUpperLevel',
    },
    {
      name: 'CKD 4 by code against eGFR 45',
      record: [sixty, replete, eGfr(45), condition('icd10cm', 'N18.4')],
      drafts: [draft(PLAIN, tablets(4))],
      variant: 'aboveUpperLevel',
    },
    {
      name: 'problem list not obtained: an exclusion that cannot be checked does not silence a hazard',
      record: [sixty, replete],
      unknown: { conditions: 'failed' },
      drafts: [draft(PLAIN, tablets(4))],
      variant: 'aboveUpperLevel',
    },
    {
      name: 'kidney function not obtained',
      record: [sixty, calcium(10.9)],
      unknown: { kidney: 'failed', procedures: 'failed' },
      drafts: [draft(PLAIN, tablets(1))],
      variant: 'highCalcium',
    },
    {
      name: 'calcium by ATC code',
      record: [sixty, calcium(10.9)],
      drafts: [draft(coded('atc', 'A12AA04'), tablets(1))],
      variant: 'highCalcium',
    },
  ],
  doesNotApply: [
    { name: 'no draft', record: [sixty, calcium(10.9)] },
    {
      name: 'draft of another drug',
      record: [sixty, calcium(10.9)],
      drafts: [draft('Atorvastatin calcium 20 MG Oral Tablet')],
    },
    {
      name: 'calcium drafted but not selected, order-select',
      record: [sixty, calcium(10.9)],
      drafts: [draft(PLAIN)],
      selections: ['MedicationRequest/other'],
      ...select,
    },
    { name: 'age 17', record: [patient(17), calcium(10.9)], drafts: [draft(PLAIN)] },
    {
      name: '1000 mg a day, order-select',
      record: [sixty, replete],
      drafts: [draft(PLAIN, mg(1000))],
      ...select,
    },
    {
      name: '1000 mg a day as two tablets of calcium carbonate 1250 mg',
      record: [sixty, replete],
      drafts: [draft('Calcium carbonate 1250 MG Oral Tablet')],
      ...select,
    },
    { name: '1200 mg a day before signing', record: [sixty], drafts: [draft(PLAIN)] },
    { name: '2000 mg a day before signing', record: [sixty], drafts: [draft(PLAIN, mg(2000))] },
    { name: 'no vitamin D before signing', record: [sixty], drafts: [draft(PLAIN, tablets(1))] },
    { name: 'kidney stones before signing', record: [sixty, stones], drafts: [draft(PLAIN, tablets(1))] },
    {
      name: 'calcium with vitamin D 600 mg once a day, nothing else on file',
      record: [sixty],
      drafts: [draft('Calcium-Vitamin D 600 mg-400 unit', tablets(1))],
      ...select,
    },
    {
      name: 'vitamin D among the drafts',
      record: [sixty],
      drafts: [draft(PLAIN, tablets(1)), draft('cholecalciferol 1000 UNT Oral Tablet', {}, 'draft-2')],
      selections: ['MedicationRequest/draft-1'],
      ...select,
    },
    {
      name: 'vitamin D by report',
      record: [sixty, statement('Vitamin D3 1000 IU')],
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
    },
    {
      name: 'level exactly 20 ng/mL',
      record: [sixty, vitaminD(20)],
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
    },
    {
      name: 'level exactly 50 nmol/L',
      record: [sixty, vitaminD(50, '2025-12-01', 'nmol/L')],
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
    },
    {
      name: 'sarcoidosis: no word about vitamin D',
      record: [sixty, condition('icd10cm', 'D86.0')],
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
    },
    {
      name: 'high calcium 91 days ago: neither C nor B',
      record: [sixty, calciumOf(91)],
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
    },
    {
      name: 'calcium 10.5',
      record: [sixty, replete, calcium(10.5)],
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
    },
    {
      name: 'secondary hyperparathyroidism',
      record: [sixty, replete, condition('icd10cm', 'E21.1')],
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
    },
    {
      name: 'as needed: neither dose nor vitamin D',
      record: [sixty],
      drafts: [draft(PLAIN, tablets(4, { asNeededBoolean: true }))],
      ...select,
    },
    {
      name: 'as needed by the words of the instruction',
      record: [sixty],
      drafts: [draft(PLAIN, { dosageInstruction: [{ text: '2 tablets q6h PRN heartburn' }] })],
      ...select,
    },
    {
      name: 'supply of 13 days',
      record: [sixty],
      drafts: [draft(PLAIN, { ...tablets(4), ...supply(13) })],
      ...select,
    },
    {
      name: 'a stated course of 10 days',
      record: [sixty],
      drafts: [
        draft(PLAIN, {
          dosageInstruction: [
            {
              timing: {
                repeat: {
                  frequency: 4,
                  period: 1,
                  periodUnit: 'd',
                  boundsDuration: { value: 10, code: 'd' },
                },
              },
            },
          ],
        }),
      ],
      ...select,
    },
    {
      name: 'stopped, finished, drafted and old orders are not added',
      record: [
        sixty,
        replete,
        activeOrder('Calcium 500 MG Oral Tablet', { ...tablets(4), status: 'stopped' }),
        activeOrder('Calcium 501 MG Oral Tablet', { ...tablets(4), status: 'completed' }),
        activeOrder('Calcium 502 MG Oral Tablet', { ...tablets(4), status: 'draft' }),
        activeOrder('Calcium 503 MG Oral Tablet', { ...tablets(4), authoredOn: '2024-10-14' }),
        activeOrder('Calcium 504 MG Oral Tablet', tablets(4, { asNeededBoolean: true })),
        statement('Calcium 505 MG Oral Tablet', { dosage: tablets(4)['dosageInstruction'] }),
      ],
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
    },
    {
      name: 'the order itself, active already',
      record: [sixty, replete, activeOrder('calcium tablet, 600 mg', { ...tablets(1), id: 'draft-1' })],
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
    },
    {
      name: 'calcium acetate',
      record: [sixty, calcium(10.9)],
      drafts: [draft('Calcium acetate 667 MG Oral Capsule')],
    },
    {
      name: 'calcium acetate by ATC code',
      record: [sixty, calcium(10.9)],
      drafts: [
        draft({
          coding: [{ system: 'http://www.whocc.no/atc', code: 'V03AE07', display: 'calcium acetate' }],
        }),
      ],
    },
    {
      name: 'calcium gluconate for injection',
      record: [sixty, calcium(10.9)],
      drafts: [draft('Calcium gluconate 10% injection')],
    },
    {
      name: 'calcium gluconate by an intravenous route',
      record: [sixty, calcium(10.9)],
      drafts: [draft('Calcium gluconate 500 MG', tablets(1, { route: coded('snomed', '47625008') }))],
    },
    {
      name: 'hypoparathyroidism',
      record: [sixty, condition('icd10cm', 'E20.9'), calcium(10.9)],
      drafts: [draft(PLAIN, tablets(4))],
    },
    {
      name: 'hypoparathyroidism after surgery (E89.2)',
      record: [sixty, condition('icd10cm', 'E89.2')],
      drafts: [draft(PLAIN, tablets(4))],
    },
    {
      name: 'thyroidectomy 3 months ago to the day',
      record: [sixty, procedure(coded('snomed', '13619001'), '2025-10-15')],
      drafts: [draft(PLAIN, tablets(4))],
    },
    { name: 'dialysis', record: [sixty, condition('icd10cm', 'Z99.2')], drafts: [draft(PLAIN, tablets(4))] },
    { name: 'eGFR 29', record: [sixty, eGfr(29)], drafts: [draft(PLAIN, tablets(4))] },
    {
      name: 'eGFR "< 30"',
      record: [sixty, eGfr(30, '2025-12-01', quantity('<', 30, 'mL/min/{1.73_m2}'))],
      drafts: [draft(PLAIN, tablets(4))],
    },
    {
      name: 'CKD 5 by code, no eGFR',
      record: [sixty, condition('icd10cm', 'N18.5')],
      drafts: [draft(PLAIN, tablets(4))],
    },
    {
      name: 'CKD 4 by code and kidney function not obtained',
      record: [sixty, condition('icd10cm', 'N18.4')],
      unknown: { kidney: 'failed' },
      drafts: [draft(PLAIN, tablets(4))],
    },
  ],
  lacksData: [
    {
      name: 'a draft without name or code',
      record: [sixty, calcium(10.9)],
      drafts: [draft({}, tablets(1))],
      missing: ['calciumDrafts'],
    },
    {
      name: 'Caltrate 600+D: no B; the dose could not be read',
      record: [sixty],
      drafts: [draft('Caltrate 600+D')],
      ...select,
      missing: ['calciumDrafts'],
    },
    {
      name: 'a name that may be salt or calcium: 400 or 1200 mg',
      record: [sixty, replete],
      drafts: [draft('Calcium carbonate 600 MG Oral Tablet')],
      ...select,
      missing: ['calciumDrafts'],
    },
    {
      name: 'a draft that cannot be read may take the place of the order above the limit',
      record: [sixty, replete, activeOrder(PLAIN, tablets(4))],
      drafts: [draft('Caltrate 600+D')],
      missing: ['calciumDrafts'],
    },
    {
      name: 'calcium results not obtained',
      record: [sixty],
      unknown: { calcium: 'failed' },
      drafts: [draft(PLAIN, tablets(1))],
      missing: ['calcium'],
    },
    {
      name: 'problem list not obtained, a small dose',
      record: [sixty],
      unknown: { conditions: 'failed' },
      drafts: [draft(PLAIN, tablets(1))],
      missing: ['hyperparathyroidism'],
    },
    {
      name: 'medication list not obtained, a small dose',
      record: [sixty],
      unknown: { medicationRequests: 'failed' },
      drafts: [draft(PLAIN, tablets(1))],
      missing: ['calciumOrders'],
    },
    {
      name: 'vitamin D level not obtained, order-select',
      record: [sixty],
      unknown: { bone: 'failed' },
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
      missing: ['anyVitaminD'],
    },
    {
      name: 'level "< 30" does not prove below 20, order-select',
      record: [sixty, vitaminD(30, '2025-12-01', 'ng/mL', quantity('<', 30, 'ng/mL'))],
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
      missing: ['anyVitaminD'],
    },
    {
      name: 'vitamin D on hold, order-select',
      record: [sixty, drug('cholecalciferol 1000 UNT Oral Tablet', { status: 'on-hold' })],
      drafts: [draft(PLAIN, tablets(1))],
      ...select,
      missing: ['vitaminDSupplements'],
    },
  ],
});

function cardsOf(
  record: readonly Resource[],
  drafts: readonly Resource[],
  service = 'bone-heart-order-select',
): ReturnType<typeof decide>['cards'] {
  const selections = drafts.map(({ id }) => `MedicationRequest/${String(id)}`);
  const context = contextOf(drafts, service === 'bone-heart-order-select' ? selections : undefined);
  return decide(service, recordOf(record), context, guideline, TODAY).cards.filter(
    ({ source }) => source.topic?.code === 'calcium-supplement-order',
  );
}

test('the arithmetic is shown', () => {
  const [card] = cardsOf(
    [sixty, replete, activeOrder('Calcium 500 MG Oral Tablet', tablets(1))],
    [draft('Calcium carbonate 1250 MG Oral Tablet')],
  );
  expect(card?.detail).toContain('elemental: 2 × 1250 × 0.4 = 1000 mg a day.');
  expect(card?.detail).toContain('counted with it, elemental: 1 × 500 = 500 mg a day.');
  expect(card?.detail).toContain('Together 1500 mg elemental calcium a day.');
});

test('a renewal says which order was left out, an ambiguous name shows both readings', () => {
  const [renewal] = cardsOf([sixty, replete, activeOrder(PLAIN)], [draft(PLAIN)]);
  expect(renewal?.detail).toContain('elemental: 2 × 600 = 1200 mg a day.');
  expect(renewal?.detail).toContain('taken as the one that this draft renews');
  const [ambiguous] = cardsOf([sixty], [draft('Calcium carbonate 600 MG Oral Tablet')]);
  expect(ambiguous?.detail).toContain('elemental: 480–1200 mg a day.');
});

test('high calcium: no card advises calcium or vitamin D intake', () => {
  const [card] = cardsOf([sixty, calcium(10.9)], [draft(PLAIN)]);
  expect(card?.detail).not.toMatch(/dietitian|food counts first|vitamin D intake/i);
  expect(card?.indicator).toBe('warning');
});

test('high calcium with kidney stones: the stones are named, taking calcium is not advised', () => {
  const [card] = cardsOf([sixty, calcium(10.9), stones], [draft(PLAIN)]);
  expect(card?.detail).toContain('Kidney stones, recorded on 2020-05-01.');
  expect(card?.detail).not.toMatch(/from food|with meals/);
});

test('"not a hazard" stands on no card with a hazard', () => {
  const heavy = draft('Calcium 600 MG Oral Tablet', tablets(4));
  expect(cardsOf([sixty, replete], [draft('Calcium 600 MG Oral Tablet', tablets(2))])[0]?.detail).toMatch(
    /not a hazard/,
  );
  for (const record of [
    [sixty, replete],
    [sixty, calcium(10.9)],
    [sixty, calcium(14, '2026-01-10')],
  ])
    expect(cardsOf(record, [heavy])[0]?.detail).not.toMatch(/not a hazard/);
});

test('two drafts make one card about their sum, before signing too', () => {
  const cards = cardsOf(
    [sixty, replete],
    [draft(PLAIN), draft('Calcium citrate 600 mg elemental tablet', tablets(2), 'draft-2')],
    'bone-heart-order-sign',
  );
  expect(cards.map(({ summary }) => summary)).toEqual([
    'Calcium supplement 2400 mg/day elemental: above the upper level of 2000 mg even before diet.',
  ]);
});

test('no card before signing for what is information only', () => {
  expect(cardsOf([sixty, stones], [draft(PLAIN)], 'bone-heart-order-sign')).toEqual([]);
});

test('a deceased patient gets no card, an inpatient does', () => {
  const inpatient = { resourceType: 'Encounter', id: 'e1', class: { code: 'IMP' } };
  const ask = (one: Resource): number =>
    cardsOf([one, calcium(10.9), inpatient], [draft(PLAIN)], 'bone-heart-order-sign').length;
  expect(ask(patient(60, { deceasedBoolean: true }))).toBe(0);
  expect(ask(sixty)).toBe(1);
});
