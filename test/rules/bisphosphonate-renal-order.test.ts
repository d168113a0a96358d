import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { decide, type Decision } from '../../src/decide.ts';
import type { Resource } from '../../src/facts/record.ts';
import { bisphosphonateRenalOrder } from '../../src/rules/bisphosphonate-renal-order.ts';
import {
  calcium,
  clinicalStatus,
  coded,
  condition,
  contextOf,
  eGfr,
  guideline,
  knowledge,
  lab,
  man,
  order,
  patient,
  policyOf,
  procedure,
  pth,
  quantity,
  recordOf,
  TODAY,
  verificationStatus,
  weight,
  type Gaps,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

const quiet = policyOf({
  recommendations: { 'bisphosphonate-renal-order': { parameters: { showCouldNotCheck: false } } },
});

/** With 72 kg and a creatinine of 2.0 mg/dL his clearance is exactly 35 mL/min: (140 - 70) x 72 / (72 x 2). */
const he = patient(70, man);
const she = patient(70);
const draftOf = (text: string, id = 'draft-1', extra = {}): Resource => ({
  resourceType: 'MedicationRequest',
  id,
  status: 'draft',
  medicationCodeableConcept: { text },
  ...extra,
});
const reclast = [draftOf('zoledronic acid 5 MG/100 ML')];
const zometa = [draftOf('Zoledronic acid 4 MG/5 ML')];
const alendronate = [draftOf('Alendronic acid 70 MG Oral Tablet')];
const risedronate = [draftOf('Risedronate 35 MG')];
const ibandronate = [draftOf('Ibandronate 150 MG Oral Tablet')];

const creatinine = (value: number, date = '2025-12-01', unit = 'mg/dL', extra = {}): Resource =>
  lab('2160-0', value, unit, date, extra);
const comparator = (sign: string, value: number): Readonly<Record<string, unknown>> =>
  quantity(sign, value, 'mL/min/{1.73_m2}');
const injury = (extra = {}): Resource => condition('icd10cm', 'N17.9', extra);
const stageFour = condition('icd10cm', 'N18.4', { recordedDate: '2024-01-01' });
const workUp = ['remove', 'creatinine', 'pth', 'calcium', 'phosphate', 'alkalinePhosphatase', 'nephrology'];
const measured = workUp.filter((key) => key !== 'creatinine');

describeRule(bisphosphonateRenalOrder, {
  recommends: [
    // zoledronic acid 5 mg
    {
      name: 'clearance 34.9 before zoledronic acid 5 mg: contraindicated',
      record: [he, weight(71.8), creatinine(2)],
      drafts: reclast,
      variant: 'contraindicated',
      says: ['Zoledronic acid: CrCl < 35. Contraindicated.'],
      suggests: measured,
    },
    {
      name: 'clearance 34.99 is not rounded up to the limit',
      record: [he, weight(71.98), creatinine(2)],
      drafts: reclast,
      variant: 'contraindicated',
    },
    {
      name: 'creatinine in umol/L, weight in pounds',
      record: [he, weight(150, '2025-12-01', '[lb_av]'), creatinine(190, '2025-12-01', 'umol/L')],
      drafts: reclast,
      variant: 'contraindicated',
    },
    {
      name: 'the same values in a woman: times 0.85',
      record: [she, weight(80), creatinine(2)],
      drafts: reclast,
      variant: 'contraindicated',
    },
    {
      name: 'clearance 34.9 beside an eGFR of 40 of the same day: the label asks for the clearance',
      record: [he, weight(71.8), creatinine(2), eGfr(40)],
      drafts: reclast,
      variant: 'contraindicated',
    },
    {
      name: 'creatinine "> 3": clearance below the limit whatever it is',
      record: [he, weight(72), creatinine(3, '2025-12-01', 'mg/dL', quantity('>', 3, 'mg/dL'))],
      drafts: reclast,
      variant: 'contraindicated',
    },
    {
      name: 'weight twelve months old to the day, creatinine 90 days old to the day',
      record: [he, weight(60, '2025-01-15'), creatinine(2, '2025-10-17')],
      drafts: reclast,
      variant: 'contraindicated',
    },
    {
      name: 'product of zoledronic acid unclear: read as 5 mg',
      record: [he, weight(71.8), creatinine(2)],
      drafts: [draftOf('zoledronic acid injection')],
      variant: 'contraindicated',
    },
    {
      name: 'names of both products: read as 5 mg',
      record: [he, weight(71.8), creatinine(2)],
      drafts: [draftOf('Zoledronic acid (Reclast or Zometa)')],
      variant: 'contraindicated',
    },
    {
      name: 'clearance exactly 35.0 before zoledronic acid 5 mg: close to the limit',
      record: [he, weight(72), creatinine(2)],
      drafts: reclast,
      hook: 'order-select',
      variant: 'close',
      says: ['Zoledronic acid: kidney function close to the labelled limit (35 mL/min).'],
      suggests: [],
    },
    {
      name: 'clearance 39.9: still close',
      record: [he, weight(82.2), creatinine(2)],
      drafts: reclast,
      hook: 'order-select',
      variant: 'close',
      says: ['(39.9 mL/min)'],
    },
    {
      name: 'eGFR 34 without a weight: compute the clearance',
      record: [he, eGfr(34)],
      drafts: reclast,
      variant: 'zoledronateEgfr',
      says: ['Zoledronic acid: eGFR 34, below 35. Compute CrCl before dosing.'],
      suggests: workUp,
    },
    {
      name: 'weight twelve months and a day old: eGFR computed from creatinine',
      record: [he, weight(60, '2025-01-14'), creatinine(2.2)],
      drafts: reclast,
      variant: 'zoledronateEgfr',
      suggests: measured,
    },
    {
      name: 'weight with a comparator is no weight',
      record: [he, { ...weight(60), ...quantity('>', 60, 'kg') }, eGfr(30)],
      drafts: reclast,
      variant: 'zoledronateEgfr',
    },
    {
      name: 'eGFR newer than the creatinine: the newer sample decides',
      record: [he, weight(90), creatinine(1.2, '2025-11-01'), eGfr(28, '2026-01-05')],
      drafts: reclast,
      variant: 'zoledronateEgfr',
    },
    {
      name: 'creatinine 91 days old before zoledronic acid: not on file',
      record: [he, weight(72), creatinine(1, '2025-10-16')],
      drafts: reclast,
      variant: 'zoledronateNotOnFile',
      says: ['Zoledronic acid: kidney function not on file in 90 days. Check creatinine before each dose.'],
      suggests: ['remove', 'creatinine'],
    },
    {
      name: 'eGFR 91 days old before zoledronic acid 4 mg',
      record: [he, eGfr(80, '2025-10-16')],
      drafts: zometa,
      variant: 'zoledronateNotOnFile',
    },
    {
      name: 'no kidney function on file, an open order for creatinine',
      record: [he, order(coded('loinc', '2160-0'))],
      drafts: reclast,
      variant: 'zoledronateNotOnFile',
      suggests: ['remove'],
    },
    {
      name: 'no kidney function on file, creatinine among the draft orders: information',
      record: [he],
      drafts: [...reclast, order(coded('loinc', '2160-0'), { status: 'draft' })],
      hook: 'order-select',
      variant: 'awaited',
      suggests: [],
    },
    // zoledronic acid 4 mg
    {
      name: 'clearance 29.9 before zoledronic acid 4 mg: warning',
      record: [he, weight(61.6), creatinine(2)],
      drafts: zometa,
      variant: 'below',
      says: ['Kidney function is below the labelled limit for this bisphosphonate.'],
    },
    {
      name: 'clearance 33 before zoledronic acid 4 mg: no contraindication, close to its limit',
      record: [he, weight(67.9), creatinine(2)],
      drafts: zometa,
      hook: 'order-select',
      variant: 'close',
      says: ['Zoledronic acid 4 mg: kidney function close'],
    },
    {
      name: 'zoledronic acid 0.04 MG/ML by its code',
      record: [he, weight(61.6), creatinine(2)],
      drafts: [draftOf('', 'draft-1', { medicationCodeableConcept: coded('rxnorm', '1114085') })],
      variant: 'below',
    },
    // acute kidney injury
    {
      name: 'acute kidney injury with onset 90 days ago to the day',
      record: [he, weight(90), creatinine(1), injury({ onsetDateTime: '2025-10-17' })],
      drafts: reclast,
      variant: 'kidneyInjury',
      says: ['Zoledronic acid: acute kidney injury in the last 90 days. Contraindicated.'],
      suggests: ['remove', 'creatinine', 'nephrology'],
    },
    {
      name: 'acute kidney injury recorded last week, no kidney function on file',
      record: [he, injury({ recordedDate: '2026-01-08' })],
      drafts: reclast,
      variant: 'kidneyInjury',
    },
    {
      name: 'acute kidney injury 91 days old, still active: warning',
      record: [he, weight(90), creatinine(1), injury({ onsetDateTime: '2025-10-16' })],
      drafts: reclast,
      variant: 'kidneyInjuryBefore',
      says: ['acute kidney injury on record. Confirm recovery and CrCl before dosing.'],
    },
    {
      name: 'undated active acute kidney injury: warning',
      record: [he, weight(90), creatinine(1), injury()],
      drafts: reclast,
      variant: 'kidneyInjuryBefore',
    },
    {
      name: 'acute kidney injury last month before zoledronic acid 4 mg: warning',
      record: [he, weight(90), creatinine(1), injury({ onsetDateTime: '2025-12-05' })],
      drafts: zometa,
      variant: 'kidneyInjuryBefore',
    },
    {
      name: 'acute kidney injury and clearance 34.9: the clearance speaks',
      record: [he, weight(71.8), creatinine(2), injury({ onsetDateTime: '2025-12-05' })],
      drafts: reclast,
      variant: 'contraindicated',
    },
    {
      name: 'acute kidney injury although kidney function could not be obtained',
      record: [he, injury({ onsetDateTime: '2025-12-05' })],
      unknown: { kidney: 'failed' },
      drafts: reclast,
      variant: 'kidneyInjury',
    },
    // the others
    {
      name: 'alendronate with a clearance of 34.9',
      record: [he, weight(71.8), creatinine(2)],
      drafts: alendronate,
      variant: 'below',
      suggests: measured,
    },
    {
      name: 'alendronate with an eGFR of 34',
      record: [he, eGfr(34)],
      drafts: alendronate,
      variant: 'below',
      suggests: workUp,
    },
    {
      name: 'alendronate with an eGFR "< 30"',
      record: [he, eGfr(30, '2025-12-01', comparator('<', 30))],
      drafts: alendronate,
      variant: 'below',
    },
    {
      name: 'alendronate with an eGFR of 34 twelve months ago to the day',
      record: [he, eGfr(34, '2025-01-15')],
      drafts: alendronate,
      variant: 'below',
    },
    {
      name: 'alendronate with an eGFR of 34, part of the work-up done or ordered',
      record: [
        he,
        eGfr(34),
        pth(60),
        calcium(9.4),
        order(coded('loinc', '2777-1')),
        order(coded('snomed', '306286007'), { status: 'completed' }),
      ],
      drafts: alendronate,
      variant: 'below',
      suggests: ['remove', 'creatinine', 'alkalinePhosphatase'],
    },
    {
      name: 'PTH 90 days old to the day is not suggested again',
      record: [he, eGfr(34), pth(60, '2025-10-17')],
      drafts: alendronate,
      variant: 'below',
      suggests: workUp.filter((key) => key !== 'pth'),
    },
    {
      name: 'PTH 91 days old is',
      record: [he, eGfr(34), pth(60, '2025-10-16')],
      drafts: alendronate,
      variant: 'below',
      suggests: workUp,
    },
    {
      name: 'alendronate with an eGFR of 35',
      record: [he, eGfr(35)],
      drafts: alendronate,
      hook: 'order-select',
      variant: 'close',
      says: ['Alendronate: kidney function close to the labelled limit (35 mL/min/1.73 m2).'],
    },
    {
      name: 'alendronate by product code',
      record: [he, eGfr(34)],
      drafts: [draftOf('', 'draft-1', { medicationCodeableConcept: coded('rxnorm', '904419') })],
      variant: 'below',
    },
    { name: 'Fosamax Plus D', record: [he, eGfr(34)], drafts: [draftOf('Fosamax Plus D')], variant: 'below' },
    { name: 'risedronate with an eGFR of 29', record: [he, eGfr(29)], drafts: risedronate, variant: 'below' },
    {
      name: 'risedronate with an eGFR of 30',
      record: [he, eGfr(30)],
      drafts: risedronate,
      hook: 'order-select',
      variant: 'close',
    },
    {
      name: 'ibandronate tablets with an eGFR of 29',
      record: [he, eGfr(29)],
      drafts: ibandronate,
      variant: 'below',
    },
    {
      name: 'ibandronate tablets with an eGFR of 30',
      record: [he, eGfr(30)],
      drafts: ibandronate,
      hook: 'order-select',
      variant: 'close',
    },
    {
      name: 'ibandronate injection with an eGFR of 29',
      record: [he, eGfr(29)],
      drafts: [draftOf('3 ML ibandronate 1 MG/ML Prefilled Syringe')],
      variant: 'below',
    },
    {
      name: 'ibandronate injection needs no value of 90 days',
      record: [he, eGfr(29, '2025-06-01')],
      drafts: [draftOf('3 ML ibandronate 1 MG/ML Prefilled Syringe')],
      variant: 'below',
    },
    {
      name: 'a race-specific pair alone: the lower one',
      record: [
        he,
        lab('48642-3', 33, 'mL/min/{1.73_m2}', '2025-12-01'),
        lab('48643-1', 40, 'mL/min/{1.73_m2}', '2025-12-01'),
      ],
      drafts: alendronate,
      variant: 'below',
    },
    {
      name: 'no kidney function of 12 months before alendronate: information',
      record: [he, eGfr(34, '2025-01-14')],
      drafts: alendronate,
      hook: 'order-select',
      variant: 'notOnFile',
      says: ['Alendronate: kidney function not on file in 12 months. Check creatinine.'],
      suggests: ['creatinine'],
    },
    // dialysis and stage codes
    {
      name: 'CKD stage 4 on the problem list, no kidney function on file, alendronate',
      record: [he, stageFour],
      drafts: alendronate,
      variant: 'advancedDisease',
      says: ['CKD stage 4-5 or dialysis on record'],
      suggests: workUp,
    },
    {
      name: 'CKD stage 4 on the problem list, kidney function could not be obtained',
      record: [he, stageFour],
      unknown: { kidney: 'failed' },
      drafts: alendronate,
      variant: 'advancedDisease',
    },
    {
      name: 'dialysis last week, computed clearance 50',
      record: [he, weight(103), creatinine(2), procedure(coded('snomed', '302497006'), '2026-01-10')],
      drafts: reclast,
      variant: 'advancedDisease',
    },
    // searches that failed
    {
      name: 'kidney function could not be obtained before alendronate',
      record: [he],
      unknown: { kidney: 'failed' },
      drafts: alendronate,
      variant: 'kidneyUnchecked',
      says: ['Bisphosphonate: kidney function could not be checked.'],
      suggests: [],
    },
    {
      name: 'kidney results cut off without one in the window',
      record: [he, eGfr(80, '2023-01-01')],
      incomplete: { kidney: 'truncated' },
      drafts: reclast,
      variant: 'kidneyUnchecked',
    },
    {
      name: 'problem list not obtained before zoledronic acid',
      record: [he, weight(90), creatinine(1)],
      unknown: { conditions: 'failed' },
      drafts: reclast,
      variant: 'injuryUnchecked',
    },
    {
      name: 'neither could be obtained before zoledronic acid',
      record: [he],
      unknown: { conditions: 'failed', kidney: 'failed' },
      drafts: zometa,
      variant: 'bothUnchecked',
    },
    {
      name: 'weight could not be obtained: the eGFR warns',
      record: [he, weight(60), creatinine(2.2)],
      unknown: { body: 'failed' },
      drafts: reclast,
      variant: 'zoledronateEgfr',
    },
    // several drafts
    {
      name: 'alendronate and zoledronic acid with a clearance of 34.9: a variant for each',
      record: [he, weight(71.8), creatinine(2)],
      drafts: [...alendronate, draftOf('Reclast', 'draft-2')],
      variant: 'below',
      others: ['contraindicated'],
    },
    {
      name: 'alendronate and risedronate with an eGFR of 32: only alendronate is below its limit',
      record: [he, eGfr(32)],
      drafts: [...alendronate, draftOf('Actonel', 'draft-2')],
      hook: 'order-select',
      variant: 'below',
      others: ['close'],
    },
    {
      name: 'order-select speaks about the selected drug only',
      record: [he, eGfr(32)],
      drafts: [...alendronate, draftOf('Actonel', 'draft-2')],
      selections: ['MedicationRequest/draft-2'],
      hook: 'order-select',
      variant: 'close',
    },
    {
      name: 'a boy of 17: no clearance is computed, the reported eGFR counts',
      record: [patient(17, man), weight(50), eGfr(30)],
      drafts: reclast,
      variant: 'zoledronateEgfr',
    },
  ],
  doesNotApply: [
    { name: 'no draft', record: [he, eGfr(20)] },
    { name: 'draft of another bone drug', record: [he, eGfr(20)], drafts: [draftOf('Denosumab 60 MG')] },
    { name: 'pamidronate has no limit here', record: [he, eGfr(20)], drafts: [draftOf('Pamidronate 90 MG')] },
    { name: 'etidronate has no limit here', record: [he], drafts: [draftOf('Etidronate 400')] },
    { name: 'eGFR "> 60"', record: [he, eGfr(60, '2025-12-01', comparator('>', 60))], drafts: reclast },
    {
      name: 'eGFR "> 35": not below, and nothing says close',
      record: [he, eGfr(35, '2025-12-01', comparator('>', 35))],
      drafts: alendronate,
    },
    { name: 'clearance exactly 40.0', record: [he, weight(72), creatinine(1.75)], drafts: reclast },
    { name: 'alendronate with an eGFR of 40', record: [he, eGfr(40)], drafts: alendronate },
    { name: 'risedronate with an eGFR of 35', record: [he, eGfr(35)], drafts: risedronate },
    {
      name: 'zoledronic acid 4 mg with a clearance of 35.0',
      record: [he, weight(72), creatinine(2)],
      drafts: zometa,
    },
    {
      name: 'eGFR 30 but clearance 48 of the same day in a heavy man: the label asks for the clearance',
      record: [he, weight(120), creatinine(2.4), eGfr(30)],
      drafts: alendronate,
    },
    {
      name: 'acute kidney injury of last month before alendronate',
      record: [he, eGfr(70), injury({ onsetDateTime: '2025-12-05' })],
      drafts: alendronate,
    },
    {
      name: 'acute kidney injury of last month that is over: active entries count only',
      record: [he, eGfr(70), injury({ ...clinicalStatus('resolved'), onsetDateTime: '2025-12-05' })],
      drafts: reclast,
    },
    {
      name: 'acute kidney injury that is over, date unknown',
      record: [he, eGfr(70), injury(clinicalStatus('resolved'))],
      drafts: reclast,
    },
    {
      name: 'refuted acute kidney injury',
      record: [he, eGfr(70), injury({ onsetDateTime: '2025-12-05', ...verificationStatus('refuted') })],
      drafts: reclast,
    },
    {
      name: 'CKD stage 4 on the problem list, eGFR 48',
      record: [he, eGfr(48), stageFour],
      drafts: alendronate,
    },
    {
      name: 'problem list not obtained before alendronate with an eGFR of 70',
      record: [he, eGfr(70)],
      unknown: { conditions: 'failed', procedures: 'failed' },
      drafts: alendronate,
    },
    {
      name: 'amended creatinine replaces the first one',
      record: [
        he,
        weight(72),
        creatinine(3, '2025-12-01'),
        creatinine(1, '2025-12-01', 'mg/dL', { status: 'amended' }),
      ],
      drafts: reclast,
    },
  ],
  lacksData: [
    {
      name: 'draft that cannot be identified',
      record: [he, eGfr(20)],
      drafts: [{ resourceType: 'MedicationRequest', id: 'draft-1', status: 'draft' }],
      missing: ['bisphosphonateDrafts'],
    },
    {
      name: 'eGFR "< 60" leaves it open',
      record: [he, eGfr(60, '2025-12-01', comparator('<', 60))],
      drafts: alendronate,
      missing: ['clearance'],
    },
    {
      name: 'eGFR in a unit that cannot be read: no card, no search failed',
      record: [he, lab('98979-8', 50, 'furlong', '2025-12-01')],
      drafts: reclast,
      missing: ['recentClearance'],
    },
    {
      name: 'creatinine without a known sex is not "nothing on file"',
      record: [patient(70, { gender: 'other' }), weight(72), creatinine(2)],
      drafts: reclast,
      missing: ['recentClearance'],
    },
    {
      name: 'creatinine with only the year of birth known',
      record: [patient(70, { ...man, birthDate: '1956' }), weight(72), creatinine(2)],
      drafts: alendronate,
      missing: ['clearance'],
    },
    {
      name: 'a creatinine that cannot be used is newer than the eGFR',
      record: [patient(70, { gender: 'other' }), eGfr(70, '2025-11-01'), creatinine(4, '2026-01-05')],
      drafts: alendronate,
      missing: ['clearance'],
    },
    {
      name: 'an eGFR that cannot be read is newer than the creatinine',
      record: [he, weight(72), creatinine(1, '2025-11-01'), lab('98979-8', 50, 'furlong', '2025-12-01')],
      drafts: alendronate,
      missing: ['clearance'],
    },
    {
      name: 'kidney function not obtained where the site has switched the information off',
      record: [he],
      unknown: { kidney: 'failed', conditions: 'failed' },
      drafts: reclast,
      policy: quiet,
      missing: ['recentClearance', 'acuteKidneyInjury'],
    },
  ],
});

const id = 'bisphosphonate-renal-order';
function sign(record: readonly Resource[], drafts: readonly Resource[], gaps: Gaps = {}): Decision['cards'] {
  return decide(
    'bone-heart-order-sign',
    recordOf(record, gaps),
    contextOf(drafts),
    guideline,
    TODAY,
  ).cards.filter(({ source }) => source.topic?.code === id);
}

describe('before signing', () => {
  test('each draft gets its own variant and its own removal; information is not shown', () => {
    const cards = sign(
      [he, weight(71.8), creatinine(2)],
      [...alendronate, draftOf('Reclast', 'draft-2'), draftOf('Actonel', 'draft-3')],
    );
    const removed = cards.map(({ suggestions = [] }) =>
      suggestions.flatMap(({ actions = [] }) =>
        actions.flatMap((action) => (action.type === 'delete' ? [action.resourceId] : [])),
      ),
    );
    expect(cards.map(({ indicator }) => indicator)).toEqual(['critical', 'warning']);
    expect(removed).toEqual([['MedicationRequest/draft-2'], ['MedicationRequest/draft-1']]);
  });

  test('the card shows clearance, creatinine, weight and their dates, cut downwards', () => {
    const [card] = sign([he, weight(71.98, '2025-11-20'), creatinine(2)], reclast);
    expect(card?.detail).toContain(
      'Creatinine clearance 34.9 mL/min (Cockcroft-Gault): creatinine 2 mg/dL on 2025-12-01, weight 71.98 kg on 2025-11-20.',
    );
    expect(card?.detail).toContain('contraindicated with a creatinine clearance below 35 mL/min');
  });

  test('an older value is shown and called too old', () => {
    const [card] = sign([he, weight(72), creatinine(1.1, '2025-09-01')], reclast);
    expect(card?.detail).toContain('creatinine 1.1 mg/dL on 2025-09-01');
    expect(card?.detail).toContain('This value is older than 90 days.');
  });

  test('an eGFR alone says that the clearance is to be computed, and what could not be had', () => {
    const [card] = sign([he, eGfr(30)], reclast, { unknown: { body: 'failed' } });
    expect(card?.detail).toContain('Labels state creatinine clearance.');
    expect(card?.detail).toContain('eGFR 30 mL/min/1.73 m2 on 2025-12-01.');
    expect(card?.detail).toContain('Could not check body weight: the search failed.');
  });

  test('zoledronic acid 4 mg: the dose reduction is named', () => {
    const [card] = sign([he, weight(61.6), creatinine(2)], zometa);
    expect(card?.detail).toContain('dose reduction at a creatinine clearance of 30-60 mL/min');
  });
});

test('nothing could be had before zoledronic acid: one card for both recommendations, nothing cut off', () => {
  const { cards } = decide(
    'bone-heart-order-sign',
    recordOf([he], { unknown: { conditions: 'failed', kidney: 'failed', calcium: 'failed' } }),
    contextOf(reclast),
    guideline,
    TODAY,
  );
  expect(cards.map(({ indicator, summary }) => [indicator, summary])).toEqual([
    [
      'info',
      'Could not check before signing: calcium, kidneys or problem list, kidney function, acute kidney injury.',
    ],
  ]);
  expect(cards[0]?.detail).toContain(
    'Zoledronic acid: kidney function and acute kidney injury could not be checked.',
  );
});

test('the limits agree with those of the code lists', () => {
  const concepts = JSON.parse(
    readFileSync(new URL('../../cards/concepts.json', import.meta.url), 'utf8'),
  ) as { bisphosphonates: { renalThresholds: Readonly<Record<string, number | string>> } };
  const { parameters } = knowledge.recommendations.get(id) ?? {};
  const { renalThresholds } = concepts.bisphosphonates;
  expect({
    '46041': parameters?.['alendronateBelow']?.value,
    '73056': parameters?.['risedronateBelow']?.value,
    '77655': parameters?.['zoledronateBelow']?.value,
    '115264': parameters?.['ibandronateBelow']?.value,
  }).toEqual(Object.fromEntries(Object.entries(renalThresholds).filter(([key]) => key !== 'unit')));
});
