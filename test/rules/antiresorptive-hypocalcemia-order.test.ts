import { describe, expect, test } from '@jest/globals';
import { decide, type Decision } from '../../src/decide.ts';
import type { Resource } from '../../src/facts/record.ts';
import { antiresorptiveHypocalcemiaOrder } from '../../src/rules/antiresorptive-hypocalcemia-order.ts';
import {
  calcium,
  clinicalStatus,
  coded,
  condition,
  contextOf,
  drug,
  eGfr,
  guideline,
  lab,
  man,
  order,
  patient,
  policyOf,
  procedure,
  pth,
  quantity,
  recordOf,
  statement,
  TODAY,
  verificationStatus,
  vitaminD,
  type Gaps,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

const quiet = policyOf({
  recommendations: { 'antiresorptive-hypocalcemia-order': { parameters: { showCouldNotCheck: false } } },
});

const woman = patient(72);
const youngWoman = patient(38);

const draftOf = (text: string, id = 'draft-1', extra = {}): Resource => ({
  resourceType: 'MedicationRequest',
  id,
  status: 'draft',
  medicationCodeableConcept: { text },
  ...extra,
});
const denosumab = [draftOf('Denosumab 60 MG/ML Prefilled Syringe')];
const xgeva = [draftOf('1.7 ML denosumab 70 MG/ML Injection')];
const zoledronate = [draftOf('zoledronic acid 5 MG/100 ML')];
const romosozumab = [draftOf('Romosozumab 105 MG/1.17 ML')];
const alendronate = [draftOf('Alendronic acid 70 MG Oral Tablet')];
const ibandronateSyringe = [draftOf('3 ML ibandronate 1 MG/ML Prefilled Syringe')];

const albumin = (value: number, date = '2025-12-01', unit = 'g/dL'): Resource =>
  lab('1751-7', value, unit, date);
const ionised = (value: number, date = '2025-12-01', unit = 'mmol/L'): Resource =>
  lab('1995-0', value, unit, date);
const labCorrected = (value: number, date = '2025-12-01'): Resource => lab('46099-8', value, 'mg/dL', date);
const creatinine = (value: number, date = '2025-12-01', unit = 'mg/dL'): Resource =>
  lab('2160-0', value, unit, date);
const range = (low: number, high: number, unit = 'mg/dL'): object => ({
  referenceRange: [{ low: { value: low, unit }, high: { value: high, unit } }],
});
const goodCalcium = [calcium(9.4), albumin(4.2)];
const fine = [...goodCalcium, eGfr(75)];
const hypocalcaemia = (extra = {}): Resource => condition('icd10cm', 'E83.51', extra);
const stageFour = (extra = {}): Resource => condition('icd10cm', 'N18.4', extra);
const pregnant = condition('icd10cm', 'Z33.1', { onsetDateTime: '2025-10-01' });
const workUp = ['calcium', 'albumin', 'pth', 'vitaminD', 'phosphate'];

describeRule(antiresorptiveHypocalcemiaOrder, {
  recommends: [
    // A: low calcium
    {
      name: 'calcium 8.4 mg/dL with normal albumin',
      record: [woman, calcium(8.4), albumin(4.1), eGfr(75)],
      drafts: denosumab,
      variant: 'lowCalcium',
      says: ['Low calcium on file: correct before this bone drug (contraindicated in hypocalcaemia).'],
      suggests: ['remove', ...workUp],
    },
    {
      name: 'calcium 8.0 with albumin 3.7: 8.24 when corrected',
      record: [woman, calcium(8), albumin(3.7), eGfr(75)],
      drafts: denosumab,
      variant: 'lowCalcium',
    },
    {
      name: 'calcium 2.11 mmol/L with normal albumin in g/L',
      record: [woman, calcium(2.11, '2025-12-01', 'mmol/L'), albumin(42, '2025-12-01', 'g/L'), eGfr(75)],
      drafts: zoledronate,
      variant: 'lowCalcium',
    },
    {
      name: 'laboratory-corrected calcium 8.4',
      record: [woman, labCorrected(8.4), eGfr(75)],
      drafts: romosozumab,
      variant: 'lowCalcium',
    },
    {
      name: 'ionised calcium 1.11 mmol/L beside a normal total of the same day',
      record: [woman, ionised(1.11), calcium(9.4), albumin(4.2), eGfr(75)],
      drafts: denosumab,
      variant: 'lowCalcium',
    },
    {
      name: 'calcium 8.5 below the range of the report, 8.8-10.2',
      record: [woman, { ...calcium(8.5), ...range(8.8, 10.2) }, albumin(4.1), eGfr(75)],
      drafts: denosumab,
      variant: 'lowCalcium',
    },
    {
      name: 'calcium "< 8" with comparator and albumin: not corrected, uncertain',
      record: [woman, { ...calcium(8), ...quantity('<', 8, 'mg/dL') }, albumin(4.1), eGfr(75)],
      drafts: denosumab,
      variant: 'lowCalciumUncorrected',
    },
    {
      name: 'calcium 7.9 with a range of 0 to 0, which is none',
      record: [woman, { ...labCorrected(7.9), ...range(0, 0) }, eGfr(75)],
      drafts: denosumab,
      variant: 'lowCalcium',
    },
    {
      name: 'calcium 7.9 mg/dL with a range of 2.1-2.6 without unit, which cannot be meant',
      record: [
        woman,
        { ...labCorrected(7.9), referenceRange: [{ low: { value: 2.1 }, high: { value: 2.6 } }] },
        eGfr(75),
      ],
      drafts: denosumab,
      variant: 'lowCalcium',
    },
    {
      name: 'calcium 8.5 below a range of 8.8-10.2 without unit',
      record: [
        woman,
        { ...labCorrected(8.5), referenceRange: [{ low: { value: 8.8 }, high: { value: 10.2 } }] },
        eGfr(75),
      ],
      drafts: denosumab,
      variant: 'lowCalcium',
    },
    {
      name: 'low calcium 90 days ago to the day',
      record: [woman, calcium(8.4, '2025-10-17'), albumin(4.1, '2025-10-17'), eGfr(75)],
      drafts: denosumab,
      variant: 'lowCalcium',
    },
    {
      name: 'low calcium before an oral bisphosphonate',
      record: [woman, calcium(8.4), albumin(4.1)],
      drafts: alendronate,
      variant: 'lowCalcium',
      suggests: ['remove', ...workUp],
    },
    {
      name: 'low calcium before denosumab 120 mg stays critical',
      record: [woman, calcium(8.4), albumin(4.1), eGfr(20)],
      drafts: xgeva,
      variant: 'lowCalcium',
    },
    {
      name: 'low calcium with the work-up partly ordered, partly measured last month',
      record: [
        woman,
        calcium(8.4),
        albumin(4.1),
        eGfr(75),
        pth(80),
        vitaminD(32),
        order(coded('loinc', '17861-6')),
        order(coded('loinc', '2777-1')),
      ],
      drafts: denosumab,
      variant: 'lowCalcium',
      suggests: ['remove', 'albumin'],
    },
    {
      name: 'PTH 90 days old to the day is not suggested again',
      record: [woman, calcium(8.4), albumin(4.1), eGfr(75), pth(80, '2025-10-17')],
      drafts: denosumab,
      variant: 'lowCalcium',
      suggests: ['remove', 'calcium', 'albumin', 'vitaminD', 'phosphate'],
    },
    {
      name: 'PTH 91 days old is suggested',
      record: [woman, calcium(8.4), albumin(4.1), eGfr(75), pth(80, '2025-10-16')],
      drafts: denosumab,
      variant: 'lowCalcium',
      suggests: ['remove', ...workUp],
    },
    {
      name: 'total 8.0 without albumin: may be normal when corrected',
      record: [woman, calcium(8), eGfr(75)],
      drafts: denosumab,
      variant: 'lowCalciumUncorrected',
      says: ['Calcium 8 mg/dL low, not corrected for albumin'],
    },
    {
      name: 'total 8.0 with albumin of 15 days before',
      record: [woman, calcium(8), albumin(4.1, '2025-11-16'), eGfr(75)],
      drafts: denosumab,
      variant: 'lowCalciumUncorrected',
    },
    {
      name: 'uncorrected low calcium and advanced kidney disease: what is critical speaks',
      record: [woman, calcium(8), eGfr(20)],
      drafts: denosumab,
      variant: 'advancedKidney',
    },
    {
      name: 'hypocalcaemia on the problem list, no calcium in 90 days',
      record: [woman, hypocalcaemia({ onsetDateTime: '2025-06-01' }), eGfr(75)],
      drafts: denosumab,
      variant: 'hypocalcemia',
      says: ['Hypocalcaemia on the problem list: correct before this bone drug'],
    },
    {
      name: 'hypocalcaemia on the problem list, calcium could not be obtained',
      record: [woman, hypocalcaemia({ onsetDateTime: '2025-06-01' }), eGfr(75)],
      unknown: { calcium: 'failed' },
      drafts: zoledronate,
      variant: 'hypocalcemia',
    },
    {
      name: 'hypocalcaemia on the problem list with a low calcium that is not corrected: critical by the entry',
      record: [woman, hypocalcaemia({ onsetDateTime: '2025-06-01' }), calcium(8), eGfr(75)],
      drafts: denosumab,
      variant: 'hypocalcemia',
    },
    {
      name: 'hypocalcaemia recorded the day before a normal calcium: a step lower',
      record: [woman, hypocalcaemia({ recordedDate: '2025-11-30' }), ...fine],
      drafts: denosumab,
      variant: 'hypocalcemiaContradicted',
      says: ['later calcium 9.4 mg/dL not low'],
    },
    {
      name: 'hypocalcaemia recorded on the day of a normal calcium: not later',
      record: [woman, hypocalcaemia({ recordedDate: '2025-12-01' }), ...fine],
      drafts: denosumab,
      variant: 'hypocalcemia',
    },
    {
      name: 'undated hypocalcaemia and a normal calcium: nobody can say that it is later',
      record: [woman, hypocalcaemia(), ...fine],
      drafts: denosumab,
      variant: 'hypocalcemia',
    },
    {
      name: 'two entries of hypocalcaemia, one after the normal calcium',
      record: [
        woman,
        hypocalcaemia({ recordedDate: '2025-06-01' }),
        hypocalcaemia({ recordedDate: '2026-01-02' }),
        ...fine,
      ],
      drafts: denosumab,
      variant: 'hypocalcemia',
    },
    {
      name: 'old hypocalcaemia and a high calcium of last month: certainly not low',
      record: [woman, hypocalcaemia({ recordedDate: '2025-06-01' }), calcium(10.9), eGfr(75)],
      drafts: alendronate,
      variant: 'hypocalcemiaContradicted',
    },

    // B: kidney
    {
      name: 'denosumab 60 mg with eGFR 29',
      record: [woman, ...goodCalcium, eGfr(29)],
      drafts: denosumab,
      variant: 'advancedKidney',
      says: ['Denosumab with eGFR < 30: boxed warning for severe hypocalcaemia. Assess CKD-MBD first.'],
      suggests: ['remove', ...workUp, 'nephrology'],
    },
    {
      name: 'denosumab of unreadable strength counts as 60 mg',
      record: [woman, ...goodCalcium, eGfr(29)],
      drafts: [draftOf('denosumab')],
      variant: 'advancedKidney',
    },
    {
      name: 'eGFR "< 30"',
      record: [woman, ...goodCalcium, eGfr(30, '2025-12-01', quantity('<', 30, 'mL/min/{1.73_m2}'))],
      drafts: denosumab,
      variant: 'advancedKidney',
    },
    {
      name: 'eGFR 29 twelve months ago to the day',
      record: [woman, ...goodCalcium, eGfr(29, '2025-01-15')],
      drafts: denosumab,
      variant: 'advancedKidney',
    },
    {
      name: 'no eGFR, creatinine 2.0 mg/dL in a woman of 72: computed 26',
      record: [woman, ...goodCalcium, creatinine(2)],
      drafts: denosumab,
      variant: 'advancedKidney',
    },
    {
      name: 'creatinine 354 umol/L of last week beside an eGFR 45 of last spring: the newer counts',
      record: [woman, ...goodCalcium, eGfr(45, '2025-04-01'), creatinine(354, '2026-01-08', 'umol/L')],
      drafts: denosumab,
      variant: 'advancedKidney',
    },
    {
      name: 'eGFR 29 with the nephrologist involved: no referral suggested',
      record: [woman, ...goodCalcium, eGfr(29), order(coded('snomed', '306286007'), { status: 'completed' })],
      drafts: denosumab,
      variant: 'advancedKidney',
      suggests: ['remove', ...workUp],
    },
    {
      name: 'eGFR 29 although the problem list could not be obtained',
      record: [woman, ...goodCalcium, eGfr(29)],
      unknown: { conditions: 'failed' },
      drafts: denosumab,
      variant: 'advancedKidney',
    },
    {
      name: 'CKD stage 4 on the problem list, no kidney function on file',
      record: [woman, ...goodCalcium, stageFour({ recordedDate: '2023-01-01' })],
      drafts: denosumab,
      variant: 'advancedKidneyCode',
      says: ['CKD stage 4-5 or dialysis on record'],
    },
    {
      name: 'CKD stage 4 on the problem list, eGFR "> 15" leaves it open',
      record: [
        woman,
        ...goodCalcium,
        stageFour({ recordedDate: '2023-01-01' }),
        eGfr(15, '2025-12-01', quantity('>', 15, 'mL/min/{1.73_m2}')),
      ],
      drafts: denosumab,
      variant: 'advancedKidneyCode',
    },
    {
      name: 'CKD stage 5 recorded after an eGFR of 33',
      record: [
        woman,
        ...goodCalcium,
        eGfr(33, '2025-03-01'),
        condition('icd10cm', 'N18.5', { recordedDate: '2025-12-20' }),
      ],
      drafts: denosumab,
      variant: 'advancedKidneyCode',
    },
    {
      name: 'end-stage kidney disease on the problem list counts as dialysis whatever the eGFR',
      record: [
        woman,
        ...goodCalcium,
        eGfr(34),
        condition('icd10cm', 'N18.6', { recordedDate: '2020-01-01' }),
      ],
      drafts: denosumab,
      variant: 'advancedKidneyCode',
    },
    {
      name: 'haemodialysis 90 days ago to the day',
      record: [woman, ...goodCalcium, procedure(coded('snomed', '302497006'), '2025-10-17')],
      drafts: denosumab,
      variant: 'advancedKidneyCode',
    },
    {
      name: 'CKD stage 4 of 2023 against an eGFR of 30: warning, both shown',
      record: [woman, ...goodCalcium, eGfr(30), stageFour({ recordedDate: '2023-01-01' })],
      drafts: denosumab,
      variant: 'kidneyConflict',
      says: ['CKD stage 4-5 on record, but eGFR 30. Confirm'],
    },
    {
      name: 'undated CKD stage 4 against an eGFR of 52: warning',
      record: [woman, ...goodCalcium, eGfr(52), stageFour()],
      drafts: denosumab,
      variant: 'kidneyConflict',
    },
    {
      name: 'CKD stage 4 recorded on the day of an eGFR of 33: warning',
      record: [woman, ...goodCalcium, eGfr(33), stageFour({ recordedDate: '2025-12-01' })],
      drafts: denosumab,
      variant: 'kidneyConflict',
    },
    {
      name: 'denosumab, neither eGFR nor creatinine in 12 months',
      record: [woman, ...goodCalcium],
      drafts: denosumab,
      variant: 'noKidney',
      says: ['Denosumab: kidney function not on file in 12 months. Check before dosing.'],
      suggests: ['remove', 'creatinine'],
    },
    {
      name: 'eGFR 25 twelve months and a day ago is not on file',
      record: [woman, ...goodCalcium, eGfr(25, '2025-01-14')],
      drafts: denosumab,
      variant: 'noKidney',
    },
    {
      name: 'no kidney function on file, an open order for creatinine',
      record: [woman, ...goodCalcium, order(coded('loinc', '2160-0'))],
      drafts: denosumab,
      variant: 'noKidney',
      suggests: ['remove'],
    },
    {
      name: 'no kidney function on file, creatinine among the draft orders',
      record: [woman, ...goodCalcium],
      drafts: [...denosumab, order(coded('loinc', '2160-0'), { status: 'draft' })],
      hook: 'order-select',
      variant: 'kidneyAwaited',
      suggests: [],
    },

    // E: pregnancy
    {
      name: 'denosumab in pregnancy',
      record: [youngWoman, pregnant, ...fine],
      drafts: denosumab,
      variant: 'pregnancy',
      says: ['Denosumab: pregnancy on record. Contraindicated.'],
      suggests: ['remove'],
    },
    {
      name: 'denosumab 120 mg in pregnancy stays critical',
      record: [youngWoman, pregnant, ...fine],
      drafts: xgeva,
      variant: 'pregnancy',
    },
    {
      name: 'pregnancy status of last month',
      record: [
        youngWoman,
        ...fine,
        lab('82810-3', 0, '1', '2025-12-01', {
          valueQuantity: undefined,
          valueCodeableConcept: coded('snomed', '77386006'),
        }),
      ],
      drafts: denosumab,
      variant: 'pregnancy',
    },
    {
      name: 'pregnancy and no calcium: the contraindication speaks',
      record: [youngWoman, pregnant, eGfr(75)],
      drafts: denosumab,
      variant: 'pregnancy',
      suggests: ['remove', 'calcium', 'albumin'],
    },

    // C: calcium not on file
    {
      name: 'calcium 91 days old',
      record: [woman, calcium(9.4, '2025-10-16'), albumin(4.2, '2025-10-16'), eGfr(75)],
      drafts: denosumab,
      variant: 'noCalcium',
      says: ['No calcium in 90 days: check before this bone drug.'],
      suggests: ['remove', 'calcium', 'albumin'],
    },
    {
      name: 'low calcium 91 days old is too old to say so',
      record: [woman, calcium(8.4, '2025-10-16'), albumin(4.1, '2025-10-16'), eGfr(75)],
      drafts: denosumab,
      variant: 'noCalcium',
    },
    { name: 'no calcium before zoledronic acid', record: [woman], drafts: zoledronate, variant: 'noCalcium' },
    {
      name: 'no calcium before zoledronic acid 4 mg',
      record: [woman],
      drafts: [draftOf('Zometa')],
      variant: 'noCalcium',
    },
    { name: 'no calcium before romosozumab', record: [woman], drafts: romosozumab, variant: 'noCalcium' },
    {
      name: 'no calcium before an ibandronate syringe',
      record: [woman],
      drafts: ibandronateSyringe,
      variant: 'noCalcium',
    },
    {
      name: 'no calcium before ibandronate by intravenous route, by its code',
      record: [woman],
      drafts: [
        draftOf('Ibandronate', 'draft-1', {
          dosageInstruction: [{ route: coded('snomed', '47625008') }],
        }),
      ],
      variant: 'noCalcium',
    },
    {
      name: 'no calcium before ibandronate of the dose form "solution for injection"',
      record: [woman],
      drafts: [
        draftOf('unused', 'draft-1', {
          medicationCodeableConcept: undefined,
          medicationReference: { reference: '#m' },
          contained: [
            {
              resourceType: 'Medication',
              id: 'm',
              code: { text: 'Ibandronic acid' },
              form: { text: 'Solution for injection' },
            },
          ],
        }),
      ],
      variant: 'noCalcium',
    },
    {
      name: 'only a preliminary calcium',
      record: [woman, { ...calcium(9.4), status: 'preliminary' }, eGfr(75)],
      drafts: denosumab,
      variant: 'noCalcium',
      suggests: ['remove', 'albumin'],
    },
    {
      name: 'no calcium, an open order of last month: await it',
      record: [woman, eGfr(75), order(coded('loinc', '17861-6'))],
      drafts: denosumab,
      variant: 'noCalcium',
      suggests: ['remove', 'albumin'],
    },
    {
      name: 'no calcium, but calcium among the draft orders: information',
      record: [woman, eGfr(75)],
      drafts: [...denosumab, order(coded('loinc', '17861-6'), { status: 'draft' })],
      hook: 'order-select',
      variant: 'calciumAwaited',
      says: ['a test is among the draft orders'],
      suggests: [],
    },
    {
      name: 'neither calcium nor kidney function on file: both lines',
      record: [woman],
      drafts: denosumab,
      variant: 'noCalcium',
      suggests: ['remove', 'calcium', 'albumin', 'creatinine'],
    },

    // D: vitamin D
    {
      name: '25-OH vitamin D 19.9 without a supplement',
      record: [woman, ...fine, vitaminD(19.9)],
      drafts: denosumab,
      variant: 'vitaminD',
      says: ['25-OH vitamin D 19.9 ng/mL before this bone drug, no supplement on file: correct first.'],
      suggests: ['remove'],
    },
    {
      name: '25-OH vitamin D 49 nmol/L before romosozumab',
      record: [woman, ...fine, vitaminD(49, '2025-12-01', 'nmol/L')],
      drafts: romosozumab,
      variant: 'vitaminD',
    },
    {
      name: '25-OH vitamin D "< 4" twelve months ago to the day before zoledronic acid',
      record: [woman, ...fine, vitaminD(4, '2025-01-15', 'ng/mL', quantity('<', 4, 'ng/mL'))],
      drafts: zoledronate,
      variant: 'vitaminD',
    },
    {
      name: '25-OH vitamin D 12, the supplement was stopped',
      record: [woman, ...fine, vitaminD(12), drug('Vitamin D3 1000 IU', { status: 'stopped' })],
      drafts: denosumab,
      variant: 'vitaminD',
    },

    // 120 mg
    {
      name: 'denosumab 120 mg with eGFR 20: information, no removal suggested',
      record: [woman, ...goodCalcium, eGfr(20)],
      drafts: xgeva,
      hook: 'order-select',
      variant: 'oncologyKidney',
      says: ['Denosumab 120 mg with advanced kidney disease on record'],
      suggests: [...workUp, 'nephrology'],
    },
    {
      name: 'Xgeva by name with CKD stage 4 against an eGFR of 40',
      record: [woman, ...goodCalcium, eGfr(40), stageFour()],
      drafts: [draftOf('Xgeva')],
      hook: 'order-select',
      variant: 'oncologyKidney',
    },
    {
      name: 'denosumab 120 mg without calcium',
      record: [woman, eGfr(75)],
      drafts: xgeva,
      hook: 'order-select',
      variant: 'oncologyNoCalcium',
      suggests: ['calcium', 'albumin'],
    },
    {
      name: 'denosumab 120 mg without kidney function',
      record: [woman, ...goodCalcium],
      drafts: xgeva,
      hook: 'order-select',
      variant: 'oncologyNoKidney',
      suggests: ['creatinine'],
    },
    {
      name: 'denosumab 120 mg with 25-OH vitamin D 12',
      record: [woman, ...fine, vitaminD(12)],
      drafts: xgeva,
      hook: 'order-select',
      variant: 'oncologyVitaminD',
      says: ['Denosumab 120 mg: 25-OH vitamin D 12 ng/mL'],
      suggests: [],
    },

    // searches that failed
    {
      name: 'calcium could not be obtained',
      record: [woman, eGfr(75)],
      unknown: { calcium: 'failed' },
      drafts: denosumab,
      variant: 'calciumUnchecked',
      says: ['Bone drug: calcium could not be checked.'],
      suggests: [],
    },
    {
      name: 'calcium could not be obtained before an oral bisphosphonate',
      record: [woman],
      unknown: { calcium: 'not-permitted' },
      drafts: alendronate,
      variant: 'calciumUnchecked',
    },
    {
      name: 'kidney function could not be obtained',
      record: [woman, ...goodCalcium],
      unknown: { kidney: 'timed-out' },
      drafts: denosumab,
      variant: 'kidneyUnchecked',
    },
    {
      name: 'problem list cut off without such an entry',
      record: [woman, ...fine],
      incomplete: { conditions: 'truncated' },
      drafts: denosumab,
      variant: 'problemsUnchecked',
    },
    {
      name: 'problem list not obtained before an oral bisphosphonate',
      record: [woman, ...fine],
      unknown: { conditions: 'failed' },
      drafts: alendronate,
      variant: 'problemsUnchecked',
    },
    {
      name: 'nothing could be obtained',
      record: [woman],
      unknown: { calcium: 'failed', kidney: 'failed', conditions: 'failed', procedures: 'failed' },
      drafts: denosumab,
      variant: 'severalUnchecked',
    },
    {
      name: 'calcium could not be obtained, no kidney function on file: the warning speaks',
      record: [woman],
      unknown: { calcium: 'failed' },
      drafts: denosumab,
      variant: 'noKidney',
    },

    // several drafts
    {
      name: 'denosumab and alendronate with eGFR 20 and no calcium: denosumab only',
      record: [woman, eGfr(20)],
      drafts: [...denosumab, draftOf('Alendronate 70 MG', 'draft-2')],
      variant: 'advancedKidney',
    },
    {
      name: 'denosumab and zoledronic acid with eGFR 20 and no calcium: a variant for each',
      record: [woman, eGfr(20)],
      drafts: [...denosumab, draftOf('Reclast', 'draft-2')],
      variant: 'advancedKidney',
      others: ['noCalcium'],
    },
    {
      name: 'denosumab 60 mg and 120 mg with eGFR 20',
      record: [woman, ...goodCalcium, eGfr(20)],
      drafts: [...xgeva, draftOf('Prolia', 'draft-2')],
      variant: 'oncologyKidney',
      others: ['advancedKidney'],
    },
    {
      name: 'two drugs and no calcium search: said once',
      record: [woman],
      unknown: { calcium: 'failed' },
      drafts: [draftOf('Reclast'), draftOf('Evenity', 'draft-2')],
      variant: 'calciumUnchecked',
    },
    {
      name: 'order-select speaks about the selected drug only',
      record: [woman, eGfr(20)],
      drafts: [...denosumab, draftOf('Reclast', 'draft-2')],
      selections: ['MedicationRequest/draft-2'],
      hook: 'order-select',
      variant: 'noCalcium',
    },
    {
      name: 'a girl of 16: the label holds at any age',
      record: [patient(16), calcium(8.0), albumin(4.1)],
      drafts: zoledronate,
      variant: 'lowCalcium',
    },
  ],
  doesNotApply: [
    { name: 'no draft', record: [woman, calcium(7), albumin(4.1)] },
    { name: 'draft of another drug', record: [woman, calcium(7)], drafts: [draftOf('Raloxifene 60 MG')] },
    {
      name: 'calcium 8.5 with normal albumin',
      record: [woman, calcium(8.5), albumin(4.1), eGfr(75)],
      drafts: denosumab,
    },
    {
      name: 'calcium 2.12 mmol/L',
      record: [woman, calcium(2.12, '2025-12-01', 'mmol/L'), albumin(42, '2025-12-01', 'g/L'), eGfr(75)],
      drafts: denosumab,
    },
    { name: 'ionised calcium 1.12 mmol/L', record: [woman, ionised(1.12), eGfr(75)], drafts: denosumab },
    {
      name: 'total 8.0 with albumin 3.0: 8.8 when corrected',
      record: [woman, calcium(8), albumin(3), eGfr(75)],
      drafts: denosumab,
    },
    {
      name: 'total 8.0 with albumin 3.0 of 14 days later',
      record: [woman, calcium(8), albumin(3, '2025-12-15'), eGfr(75)],
      drafts: denosumab,
    },
    {
      name: 'calcium 8.3 inside the range of the report, 8.2-10.2',
      record: [woman, { ...calcium(8.3), ...range(8.2, 10.2) }, albumin(4.1), eGfr(75)],
      drafts: denosumab,
    },
    {
      name: 'normal calcium 90 days old',
      record: [woman, calcium(9.4, '2025-10-17'), eGfr(75)],
      drafts: denosumab,
    },
    {
      name: 'calcium 9.4 with a range turned round, which is none',
      record: [woman, { ...labCorrected(9.4), ...range(10.2, 8.5) }, eGfr(75)],
      drafts: denosumab,
    },
    { name: 'high calcium is not low', record: [woman, calcium(10.9), eGfr(75)], drafts: denosumab },
    {
      name: 'refuted hypocalcaemia',
      record: [woman, ...fine, hypocalcaemia(verificationStatus('refuted'))],
      drafts: denosumab,
    },
    {
      name: 'resolved hypocalcaemia',
      record: [woman, ...fine, hypocalcaemia(clinicalStatus('resolved'))],
      drafts: denosumab,
    },
    { name: 'eGFR 30 before denosumab', record: [woman, ...goodCalcium, eGfr(30)], drafts: denosumab },
    {
      name: 'eGFR "> 60" before denosumab',
      record: [woman, ...goodCalcium, eGfr(60, '2025-12-01', quantity('>', 60, 'mL/min/{1.73_m2}'))],
      drafts: denosumab,
    },
    {
      name: 'eGFR 20 before zoledronic acid: kidney function belongs to another recommendation',
      record: [woman, ...goodCalcium, eGfr(20)],
      drafts: zoledronate,
    },
    { name: 'no kidney function before romosozumab', record: [woman, ...goodCalcium], drafts: romosozumab },
    {
      name: 'CKD stage 3 on the problem list, eGFR 45',
      record: [woman, ...goodCalcium, eGfr(45), condition('icd10cm', 'N18.31')],
      drafts: denosumab,
    },
    {
      name: 'dialysis 91 days ago, eGFR 45 since',
      record: [woman, ...goodCalcium, eGfr(45), procedure(coded('snomed', '302497006'), '2025-10-16')],
      drafts: denosumab,
    },
    {
      name: 'pregnancy before zoledronic acid',
      record: [youngWoman, pregnant, ...fine],
      drafts: zoledronate,
    },
    { name: 'pregnancy entry on a man', record: [patient(38, man), pregnant, ...fine], drafts: denosumab },
    {
      name: 'pregnancy of two years ago',
      record: [youngWoman, condition('icd10cm', 'Z33.1', { onsetDateTime: '2024-01-01' }), ...fine],
      drafts: denosumab,
    },
    {
      name: 'no calcium before alendronate: low calcium is the only question',
      record: [woman],
      drafts: alendronate,
    },
    {
      name: 'no calcium before ibandronate tablets',
      record: [woman],
      drafts: [draftOf('Ibandronate 150 MG Oral Tablet')],
    },
    {
      name: 'no calcium before ibandronate of unknown route',
      record: [woman],
      drafts: [draftOf('Ibandronate 150')],
    },
    {
      name: 'no calcium before ibandronate by oral route, by its code',
      record: [woman],
      drafts: [
        draftOf('Ibandronate injection', 'draft-1', {
          dosageInstruction: [{ route: coded('snomed', '26643006') }],
        }),
      ],
    },
    {
      name: '25-OH vitamin D 12 before alendronate',
      record: [woman, ...fine, vitaminD(12)],
      drafts: alendronate,
    },
    { name: '25-OH vitamin D 20.0', record: [woman, ...fine, vitaminD(20)], drafts: denosumab },
    {
      name: '25-OH vitamin D 50 nmol/L',
      record: [woman, ...fine, vitaminD(50, '2025-12-01', 'nmol/L')],
      drafts: denosumab,
    },
    {
      name: '25-OH vitamin D 12 of twelve months and a day ago',
      record: [woman, ...fine, vitaminD(12, '2025-01-14')],
      drafts: denosumab,
    },
    {
      name: '25-OH vitamin D 12 on a supplement',
      record: [woman, ...fine, vitaminD(12), statement('Vitamin D3 1000 IU')],
      drafts: denosumab,
    },
    {
      name: '25-OH vitamin D 12 with a supplement among the draft orders',
      record: [woman, ...fine, vitaminD(12)],
      drafts: [...denosumab, draftOf('Cholecalciferol 1000 UNT Oral Tablet', 'draft-2')],
    },
    {
      name: 'everything in order although procedures failed, before zoledronic acid',
      record: [woman, ...fine],
      unknown: { procedures: 'failed' },
      drafts: zoledronate,
    },
  ],
  lacksData: [
    {
      name: 'draft that cannot be identified',
      record: [woman, ...fine],
      drafts: [{ resourceType: 'MedicationRequest', id: 'draft-1', status: 'draft' }],
      missing: ['antiresorptiveDrafts'],
    },
    {
      name: 'calcium in a unit that cannot be read: no card, no search failed',
      record: [woman, calcium(9.4, '2025-12-01', 'furlong'), eGfr(75)],
      drafts: denosumab,
      missing: ['recentCalcium'],
    },
    {
      name: 'calcium "< 9" leaves it open',
      record: [woman, { ...calcium(9), ...quantity('<', 9, 'mg/dL') }, eGfr(75)],
      drafts: denosumab,
      missing: ['recentCalcium'],
    },
    {
      name: 'calcium of October 2025, day unknown: may be older than 90 days',
      record: [woman, calcium(9.4, '2025-10'), eGfr(75)],
      drafts: denosumab,
      missing: ['recentCalcium'],
    },
    {
      name: 'eGFR "< 60" leaves it open',
      record: [woman, ...goodCalcium, eGfr(60, '2025-12-01', quantity('<', 60, 'mL/min/{1.73_m2}'))],
      drafts: denosumab,
      missing: ['filtration'],
    },
    {
      name: 'creatinine without a known sex is not "nothing on file"',
      record: [patient(72, { gender: 'unknown' }), ...goodCalcium, creatinine(1.1)],
      drafts: denosumab,
      missing: ['filtration'],
    },
    {
      name: 'procedures not obtained: dialysis may be missing',
      record: [woman, ...fine],
      unknown: { procedures: 'failed' },
      drafts: denosumab,
      missing: ['dialysis'],
    },
    {
      name: '25-OH vitamin D "< 30" leaves it open',
      record: [woman, ...fine, vitaminD(30, '2025-12-01', 'ng/mL', quantity('<', 30, 'ng/mL'))],
      drafts: denosumab,
      missing: ['vitaminD'],
    },
    {
      name: '25-OH vitamin D 12, medication list not obtained',
      record: [woman, ...fine, vitaminD(12)],
      unknown: { medicationRequests: 'failed' },
      drafts: denosumab,
      missing: ['vitaminDSupplements'],
    },
    {
      name: 'calcium not obtained where the site has switched the information off',
      record: [woman, eGfr(75)],
      unknown: { calcium: 'failed' },
      drafts: denosumab,
      policy: quiet,
      missing: ['recentCalcium'],
    },
    {
      name: 'nothing obtained where the site has switched the information off',
      record: [woman],
      unknown: { calcium: 'failed', conditions: 'failed' },
      drafts: alendronate,
      policy: quiet,
      missing: ['recentCalcium', 'hypocalcemia'],
    },
  ],
});

const id = 'antiresorptive-hypocalcemia-order';
function sign(record: readonly Resource[], drafts: readonly Resource[], gaps: Gaps = {}): Decision {
  return decide('bone-heart-order-sign', recordOf(record, gaps), contextOf(drafts), guideline, TODAY);
}
const ownCards = ({ cards }: Decision): Decision['cards'] =>
  cards.filter(({ source }) => source.topic?.code === id);

describe('before signing', () => {
  test('each draft gets its own variant and its own removal', () => {
    const cards = ownCards(sign([woman, eGfr(20)], [...denosumab, draftOf('Evenity', 'draft-2')]));
    const removed = cards.map(({ suggestions = [] }) =>
      suggestions.flatMap(({ actions = [] }) =>
        actions.flatMap((action) => (action.type === 'delete' ? [action.resourceId] : [])),
      ),
    );
    expect(cards.map(({ indicator }) => indicator)).toEqual(['critical', 'warning']);
    expect(removed).toEqual([['MedicationRequest/draft-1'], ['MedicationRequest/draft-2']]);
  });

  test('information about denosumab 120 mg and about tests in the drafts is not shown', () => {
    const test17861 = order(coded('loinc', '17861-6'), { status: 'draft' });
    expect(ownCards(sign([woman, ...goodCalcium, eGfr(20)], xgeva))).toEqual([]);
    expect(ownCards(sign([woman, eGfr(75)], [...denosumab, test17861]))).toEqual([]);
  });

  test('the card shows what was found and what was not', () => {
    const [card] = ownCards(sign([woman, calcium(8), albumin(3.7), eGfr(29)], denosumab));
    expect(card?.detail).toContain('Denosumab is in the draft orders.');
    expect(card?.detail).toContain('Calcium 8 mg/dL on 2025-12-01.');
    expect(card?.detail).toContain('Corrected for albumin: 8.24 mg/dL.');
    expect(card?.detail).toContain('Below 8.5 mg/dL; the report states no range.');
    expect(card?.detail).toContain('eGFR 29 mL/min/1.73 m2 on 2025-12-01.');
    expect(card?.detail).toContain('Boxed warning of denosumab 60 mg');
  });

  test('a failed search is named on the card of another hazard', () => {
    const [card] = ownCards(sign([woman, eGfr(20)], denosumab, { unknown: { calcium: 'failed' } }));
    expect(card?.indicator).toBe('critical');
    expect(card?.detail).toContain('Could not check calcium: the search failed.');
  });

  test('a deceased patient gets no card', () => {
    expect(ownCards(sign([patient(72, { deceasedBoolean: true }), calcium(7)], denosumab))).toEqual([]);
  });
});
