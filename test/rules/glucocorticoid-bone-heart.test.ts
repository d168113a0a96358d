import { expect, test } from '@jest/globals';
import { decide } from '../../src/decide.ts';
import type { Resource } from '../../src/facts/record.ts';
import { glucocorticoidBoneHeart } from '../../src/rules/glucocorticoid-bone-heart.ts';
import {
  bloodPressure,
  coded,
  condition,
  contextOf,
  daily,
  drug,
  guideline,
  lab,
  ldl,
  order,
  osteoporosis,
  patient,
  procedure,
  quantity,
  recordOf,
  report,
  statement,
  TODAY,
  tScore,
  vitaminD,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

type Extra = Readonly<Record<string, unknown>>;

const woman = patient(60);
const hba1c = (date = '2025-12-01'): Resource => lab('4548-4', 5.6, '%', date);
/** Lipids, blood pressure and HbA1c of last month. */
const checks = [ldl(110), bloodPressure(128, 78), hba1c()];
const replete = vitaminD(40);
const scanned = tScore(-0.4, '2025-06-01');
/** Everything but the scan is current. */
const current = [...checks, replete];

const from = (days: number): string =>
  new Date(Date.parse(TODAY) - days * 86_400_000).toISOString().slice(0, 10);
const prednisone = (
  mg: number,
  days: number,
  extra: Extra = {},
  text = 'Prednisone 5 MG Oral Tablet',
): Resource => drug(text, { authoredOn: from(days), ...daily(mg, days), ...extra });
const onFive = prednisone(5, 120);
const onSevenAndAHalf = prednisone(7.5, 120);
const addison = condition('icd10cm', 'E27.1');
const hip = condition('icd10cm', 'S72.001A', { onsetDateTime: '2019-03-01' });
const draft = (
  mg: number,
  days: number,
  extra: Extra = {},
  text = 'Prednisone 10 MG Oral Tablet',
): Resource =>
  drug(text, { id: 'draft-1', status: 'draft', authoredOn: TODAY, ...daily(mg, days), ...extra });
const sign = { hook: 'order-sign' } as const;

describeRule(glucocorticoidBoneHeart, {
  recommends: [
    // scan
    {
      name: '2.5 mg for 91 days, no scan',
      record: [woman, prednisone(2.5, 91), ...current],
      variant: 'scan',
      says: ['Glucocorticoid > 3 months (2.5 mg/day): fracture-risk assessment not on file.'],
      suggests: ['dxa'],
    },
    {
      name: '7.5 mg, no scan',
      record: [woman, onSevenAndAHalf, ...current],
      variant: 'scanHighRisk',
      says: ['(7.5 mg/day)'],
      suggests: ['dxa'],
    },
    { name: '7.4 mg, no scan', record: [woman, prednisone(7.4, 120), ...current], variant: 'scan' },
    {
      name: '5 mg after a hip fracture years ago',
      record: [woman, onFive, hip, ...current],
      variant: 'scanHighRisk',
    },
    {
      name: '5 mg after a fracture without a date',
      record: [woman, onFive, condition('icd10cm', 'Z87.310', { recordedDate: '2020-01-01' }), ...current],
      variant: 'scanHighRisk',
    },
    {
      name: 'man of 30 on 10 mg',
      record: [patient(30, { gender: 'male' }), prednisone(10, 120), ...current],
      variant: 'scanHighRisk',
    },
    {
      name: 'methylprednisolone 6 mg is 7.5 mg',
      record: [woman, prednisone(6, 120, {}, 'Methylprednisolone 2 MG Oral Tablet'), ...current],
      variant: 'scanHighRisk',
    },
    {
      name: 'dexamethasone 0.5 mg is 3.33 mg',
      record: [woman, prednisone(0.5, 120, {}, 'Dexamethasone 0.5 MG Oral Tablet'), ...current],
      variant: 'scan',
      says: ['(3.3 mg/day)'],
    },
    {
      name: '5 to 10 mg a day may be high, but need not be',
      record: [
        woman,
        prednisone(5, 120, {
          dosageInstruction: [
            {
              doseAndRate: [
                { doseRange: { low: { value: 5, unit: 'mg' }, high: { value: 10, unit: 'mg' } } },
              ],
              timing: { repeat: { frequency: 1, period: 1, periodUnit: 'd' } },
            },
          ],
        }),
        ...current,
      ],
      variant: 'scan',
      says: ['(5–10 mg/day)'],
    },
    {
      name: 'dose that cannot be computed, also with a fracture',
      record: [
        woman,
        prednisone(5, 120, { dosageInstruction: [{ text: 'taper as directed' }] }),
        hip,
        ...current,
      ],
      variant: 'scanDoseUnknown',
      says: ['(dose not computable)'],
    },
    {
      name: 'no supply stated, active for 91 days',
      record: [woman, drug('Prednisone 5 MG Oral Tablet', { authoredOn: from(91), ...daily(5) }), ...current],
      variant: 'scan',
    },
    {
      name: 'hydrocortisone 40 mg with Addison disease is more than replacement',
      record: [woman, prednisone(40, 120, {}, 'Hydrocortisone 20 MG Oral Tablet'), addison, ...current],
      variant: 'scanHighRisk',
    },
    {
      name: 'scan 24 months and a day ago',
      record: [woman, onFive, tScore(-0.4, '2024-01-14'), ...current],
      variant: 'scan',
    },
    {
      name: 'scan by a procedure 25 months ago',
      record: [woman, onFive, procedure(coded('snomed', '312681000'), '2023-12-10'), ...current],
      variant: 'scan',
    },
    {
      name: 'no vitamin D in 24 months: suggested beside the scan',
      record: [woman, onFive, ...checks, vitaminD(40, '2024-01-14')],
      variant: 'scan',
      suggests: ['dxa', 'vitaminD'],
    },
    {
      name: 'vitamin D 24 months ago to the day',
      record: [woman, onFive, ...checks, vitaminD(40, '2024-01-15')],
      variant: 'scan',
      suggests: ['dxa'],
    },
    {
      name: 'vitamin D ordered',
      record: [woman, onFive, ...checks, order(coded('loinc', '62292-8'))],
      variant: 'scan',
      suggests: ['dxa'],
    },
    {
      name: 'vitamin D asked for by another recommendation',
      record: [woman, onFive, ...checks],
      dropped: ['vitaminD'],
      variant: 'scan',
      suggests: ['dxa'],
    },
    {
      name: 'no scan and nothing else on file',
      record: [woman, onFive],
      variant: 'scan',
      suggests: ['dxa', 'lipidPanel', 'hba1c', 'vitaminD'],
    },
    // treatment review
    {
      name: 'T -1.0 exactly, no drug, scan current',
      record: [woman, onFive, tScore(-1), ...current],
      variant: 'review',
      says: ['T-score -1.0, no osteoporosis drug on file: treatment review.'],
      suggests: ['rheumatology', 'endocrinology'],
    },
    { name: 'T -2.6', record: [woman, onFive, tScore(-2.6), ...current], variant: 'review' },
    { name: 'T -3.5', record: [woman, onFive, tScore(-3.5), ...current], variant: 'review' },
    { name: 'T -6.1', record: [woman, onFive, tScore(-6.1), ...current], variant: 'review' },
    {
      name: 'T -1.5 on 30 mg',
      record: [woman, prednisone(30, 120), tScore(-1.5), ...current],
      variant: 'review',
    },
    {
      name: 'T -1.5 on 29 mg',
      record: [woman, prednisone(29, 120), tScore(-1.5), ...current],
      variant: 'review',
    },
    {
      name: 'T -1.5 and a hip fracture',
      record: [woman, onFive, tScore(-1.5), hip, ...current],
      variant: 'review',
    },
    {
      name: 'fracture at 62, the mechanism is unknown',
      record: [
        patient(63),
        onFive,
        tScore(-1.5),
        condition('icd10cm', 'S72.001A', { onsetDateTime: '2025-03-01' }),
        ...current,
      ],
      variant: 'review',
    },
    {
      name: 'T -1.5 ten years ago to the day, scan current by a report',
      record: [
        woman,
        onFive,
        tScore(-1.5, '2016-01-15'),
        report(coded('loinc', '38268-9'), '2025-06-01'),
        ...current,
      ],
      variant: 'review',
    },
    {
      name: 'T -2.6 twelve years ago stands',
      record: [
        patient(66),
        onFive,
        tScore(-2.6, '2014-01-15'),
        report(coded('loinc', '38268-9'), '2025-06-01'),
        ...current,
      ],
      variant: 'review',
    },
    {
      name: 'age 40 after an early menopause',
      record: [patient(40), onFive, condition('icd10cm', 'E28.310'), tScore(-1.5, TODAY), ...current],
      variant: 'review',
    },
    {
      name: 'endocrinology has seen the patient',
      record: [woman, onFive, tScore(-1.5), order(coded('snomed', '306278007')), ...current],
      variant: 'review',
      suggests: [],
    },
    {
      name: 'zoledronic acid 18 months and a day ago no longer counts',
      record: [
        woman,
        onFive,
        tScore(-1.5),
        drug('Zoledronic acid 5 MG', { status: 'completed', authoredOn: '2024-07-14' }),
        ...current,
      ],
      variant: 'review',
    },
    {
      name: 'denosumab 7 months and a day ago no longer counts',
      record: [
        woman,
        onFive,
        tScore(-1.5),
        drug('Denosumab 60 MG', { status: 'completed', authoredOn: '2025-06-14' }),
        ...current,
      ],
      variant: 'review',
    },
    {
      name: 'T -1.5 of a scan 30 months ago: scan first, the review is a line',
      record: [woman, onFive, tScore(-1.5, '2023-07-01'), ...current],
      variant: 'scan',
      suggests: ['dxa', 'rheumatology', 'endocrinology'],
    },
    {
      name: 'the review belongs to the treatment gap, lipids are left',
      record: [woman, onFive, osteoporosis(), tScore(-2.6), bloodPressure(128, 78), hba1c()],
      dropped: ['treatmentReview'],
      variant: 'checks',
      suggests: ['lipidPanel'],
    },
    // checks
    {
      name: 'no lipids, blood pressure or HbA1c',
      record: [woman, onFive, scanned],
      variant: 'checks',
      says: ['Glucocorticoid: lipids/BP/HbA1c not on file in 12 months.'],
      suggests: ['lipidPanel', 'hba1c'],
    },
    {
      name: 'all 12 months and a day ago',
      record: [
        woman,
        onFive,
        scanned,
        ldl(110, '2025-01-14'),
        bloodPressure(128, 78, '2025-01-14'),
        hba1c('2025-01-14'),
      ],
      variant: 'checks',
      says: ['lipids/BP/HbA1c'],
    },
    {
      name: 'lipids and HbA1c 12 months ago to the day, no blood pressure',
      record: [woman, onFive, scanned, ldl(110, '2025-01-15'), hba1c('2025-01-15')],
      variant: 'checks',
      says: ['Glucocorticoid: BP not on file'],
      suggests: [],
    },
    {
      name: 'lipids ordered, HbA1c not',
      record: [woman, onFive, scanned, bloodPressure(128, 78), order(coded('loinc', '24331-1'))],
      variant: 'checks',
      says: ['HbA1c not on file'],
      suggests: ['hba1c'],
    },
    {
      name: 'lipids belong to another recommendation',
      record: [woman, onFive, scanned, hba1c()],
      dropped: ['lipidPanel'],
      variant: 'checks',
      says: ['BP not on file'],
    },
    {
      name: 'scan ordered: what is left are the checks',
      record: [woman, onFive, order(coded('loinc', '38268-9')), bloodPressure(128, 78), ldl(110)],
      variant: 'checks',
      suggests: ['hba1c'],
    },
    {
      name: 'Paget disease silences scan and review, not the checks',
      record: [woman, onFive, tScore(-2.6, '2020-01-01'), condition('icd10cm', 'M88.9')],
      variant: 'checks',
      says: ['lipids/BP/HbA1c'],
    },
    {
      name: 'lipid search failed: the rest is said',
      record: [woman, onFive, scanned],
      unknown: { lipids: 'failed' },
      variant: 'checks',
      says: ['Glucocorticoid: BP not on file'],
    },
    // before signing
    {
      name: 'draft of 10 mg for 91 days, no scan',
      record: [woman],
      drafts: [draft(10, 91)],
      ...sign,
      variant: 'scanHighRisk',
      says: ['(10 mg/day)'],
      suggests: ['dxa', 'vitaminD'],
    },
    {
      name: 'draft of 31 days after 60 days of supply',
      record: [woman, replete, prednisone(10, 60)],
      drafts: [draft(10, 31)],
      ...sign,
      variant: 'scanHighRisk',
      suggests: ['dxa'],
    },
    {
      name: 'draft of 61 days, 30 days after a course of 30 days',
      record: [
        woman,
        replete,
        drug('Prednisone 10 MG Oral Tablet', { authoredOn: from(60), ...daily(10, 30) }),
      ],
      drafts: [draft(10, 61)],
      ...sign,
      variant: 'scanHighRisk',
    },
    {
      name: 'draft without supply that continues a long exposure',
      record: [woman, replete, prednisone(10, 120)],
      drafts: [draft(10, 30, { dispenseRequest: undefined })],
      ...sign,
      variant: 'scanHighRisk',
    },
    {
      name: 'draft of 5 mg after a hip fracture',
      record: [woman, replete, hip],
      drafts: [draft(5, 91)],
      ...sign,
      variant: 'scanHighRisk',
    },
    {
      name: 'draft with refills: 30 days and three refills',
      record: [woman, replete],
      drafts: [
        draft(10, 30, {
          dispenseRequest: {
            expectedSupplyDuration: { value: 30, unit: 'd', code: 'd' },
            numberOfRepeatsAllowed: 3,
          },
        }),
      ],
      ...sign,
      variant: 'scanHighRisk',
    },
    {
      name: 'draft for a stated period of 91 days',
      record: [woman, replete],
      drafts: [
        draft(10, 91, {
          dispenseRequest: undefined,
          dosageInstruction: [
            {
              text: 'Take 1 tablet by mouth once daily',
              timing: { repeat: { boundsDuration: { value: 91, code: 'd' } } },
            },
          ],
        }),
      ],
      ...sign,
      variant: 'scanHighRisk',
    },
    {
      name: 'lipids are not asked for before signing',
      record: [woman, replete],
      unknown: { lipids: 'not-asked', bloodPressure: 'not-asked' },
      drafts: [draft(10, 91)],
      ...sign,
      variant: 'scanHighRisk',
      suggests: ['dxa'],
    },
  ],
  doesNotApply: [
    { name: 'no glucocorticoid', record: [woman] },
    { name: '2.5 mg for 90 days', record: [woman, prednisone(2.5, 90)] },
    { name: '2.4 mg for 120 days', record: [woman, prednisone(2.4, 120)] },
    {
      name: 'three courses of 30 days: the gaps are bridged, but they are no supply',
      record: [
        woman,
        ...[150, 100, 50].map((start) =>
          drug('Prednisone 10 MG Oral Tablet', { authoredOn: from(start), ...daily(10, 30) }),
        ),
      ],
    },
    {
      name: 'hydrocortisone 20 mg with Addison disease',
      record: [woman, prednisone(20, 120, {}, 'Hydrocortisone 20 MG Oral Tablet'), addison],
    },
    {
      name: 'prednisone 7.5 mg with hypopituitarism',
      record: [woman, onSevenAndAHalf, condition('icd10cm', 'E23.0')],
    },
    {
      name: 'prednisone 5 mg with congenital adrenal hyperplasia',
      record: [woman, onFive, condition('icd10cm', 'E25.0')],
    },
    { name: 'after adrenal surgery', record: [woman, onFive, condition('icd10cm', 'E89.6')] },
    {
      name: 'eye drops',
      record: [woman, prednisone(5, 120, {}, 'Prednisolone acetate 1% ophthalmic suspension')],
    },
    { name: 'inhaled', record: [woman, prednisone(5, 120, {}, 'Dexamethasone nasal spray 0.1 MG')] },
    {
      name: 'as needed, with supply',
      record: [woman, prednisone(10, 120, { dosageInstruction: [{ text: '1 tablet daily prn flare' }] })],
    },
    { name: 'all current, T -0.9', record: [woman, onFive, tScore(-0.9), ...checks] },
    {
      name: 'scan 24 months ago to the day, checks current',
      record: [woman, onFive, tScore(-0.4, '2024-01-15'), ...checks],
    },
    {
      name: 'T -1.5 on alendronate',
      record: [woman, onFive, tScore(-1.5), drug('Alendronate 70 MG Oral Tablet'), ...checks],
    },
    {
      name: 'T -1.5, zoledronic acid 18 months ago to the day',
      record: [
        woman,
        onFive,
        tScore(-1.5),
        drug('Zoledronic acid 5 MG', { status: 'completed', authoredOn: '2024-07-15' }),
        ...checks,
      ],
    },
    {
      name: 'T -1.5, denosumab 7 months ago to the day',
      record: [
        woman,
        onFive,
        tScore(-1.5),
        drug('Denosumab 60 MG', { status: 'completed', authoredOn: '2025-06-15' }),
        ...checks,
      ],
    },
    {
      name: 'T -1.5 at 39 after an early menopause',
      record: [patient(39), onFive, condition('icd10cm', 'E28.310'), tScore(-1.5), ...checks],
    },
    {
      name: 'T -1.5 ten years and a day ago, scan current by a report',
      record: [
        woman,
        onFive,
        tScore(-1.5, '2016-01-14'),
        report(coded('loinc', '38268-9'), '2025-06-01'),
        ...checks,
      ],
    },
    {
      name: 'scan, lipids and blood pressure belong to others, HbA1c on file',
      record: [woman, onFive, hba1c()],
      dropped: ['dxa', 'lipidPanel', 'noBloodPressure'],
    },
    {
      name: 'Paget disease and current checks',
      record: [woman, onFive, condition('icd10cm', 'M88.9'), ...checks],
    },
    // before signing
    { name: 'no draft before signing', record: [woman, onSevenAndAHalf], ...sign },
    {
      name: 'another draft before signing',
      record: [woman, onSevenAndAHalf],
      drafts: [drug('Amoxicillin 500 MG', { status: 'draft' })],
      ...sign,
    },
    { name: 'draft of 90 days', record: [woman], drafts: [draft(10, 90)], ...sign },
    {
      name: 'draft of 31 days after 59 days of supply',
      record: [woman, prednisone(10, 59)],
      drafts: [draft(10, 31)],
      ...sign,
    },
    {
      name: 'draft of 61 days, 31 days after a course of 30 days',
      record: [woman, drug('Prednisone 10 MG Oral Tablet', { authoredOn: from(61), ...daily(10, 30) })],
      drafts: [draft(10, 61)],
      ...sign,
    },
    {
      name: 'draft of 5 mg for 120 days without fracture',
      record: [woman],
      drafts: [draft(5, 120)],
      ...sign,
    },
    { name: 'draft of 2.4 mg for 120 days', record: [woman, hip], drafts: [draft(2.4, 120)], ...sign },
    { name: 'draft, scan current', record: [woman, scanned], drafts: [draft(10, 120)], ...sign },
    {
      name: 'draft with the scan among the drafts',
      record: [woman],
      drafts: [draft(10, 120), order(coded('loinc', '38268-9'), { status: 'draft' })],
      ...sign,
    },
    {
      name: 'draft as needed',
      record: [woman],
      drafts: [draft(10, 120, { dosageInstruction: [{ asNeededBoolean: true }] })],
      ...sign,
    },
    {
      name: 'draft whose dose cannot be computed: information only',
      record: [woman, hip],
      drafts: [draft(10, 120, { dosageInstruction: [{ text: 'taper as directed' }] })],
      ...sign,
    },
    {
      name: 'replacement draft with Addison disease',
      record: [woman, addison],
      drafts: [draft(20, 120, {}, 'Hydrocortisone 20 MG Oral Tablet')],
      ...sign,
    },
    {
      name: 'eye drops in the drafts',
      record: [woman],
      drafts: [draft(1, 120, {}, 'Prednisolone 1% eye drops')],
      ...sign,
    },
  ],
  lacksData: [
    {
      name: 'medication list not obtained',
      record: [woman],
      unknown: { medicationRequests: 'failed' },
      missing: ['glucocorticoid'],
    },
    {
      name: 'a bare name without route',
      record: [woman, drug('Prednisone', { authoredOn: from(120) })],
      missing: ['glucocorticoid'],
    },
    {
      name: 'a dose that cannot be read with Addison disease may be replacement',
      record: [woman, prednisone(5, 120, { dosageInstruction: [{ text: 'taper' }] }), addison],
      missing: ['glucocorticoid'],
    },
    {
      name: '5 mg and the problem list not obtained: may be replacement',
      record: [woman, onFive],
      unknown: { conditions: 'failed' },
      missing: ['glucocorticoid'],
    },
    {
      name: 'scans not obtained, checks current',
      record: [woman, onFive, ...checks],
      unknown: { bone: 'failed' },
      missing: ['dxaDone', 'lowestT'],
    },
    {
      name: 'an old scan in a list that was cut off',
      record: [woman, onFive, tScore(-0.4, '2020-01-01'), ...checks],
      incomplete: { procedures: 'truncated' },
      missing: ['dxaDone'],
    },
    {
      name: 'orders not obtained',
      record: [woman, onFive, ...checks],
      unknown: { serviceRequests: 'failed' },
      missing: ['dxaOrdered'],
    },
    {
      name: 'a high dose, problem list not obtained: Paget disease cannot be excluded',
      record: [woman, prednisone(10, 120), ...checks],
      unknown: { conditions: 'failed' },
      missing: ['metabolicBoneOther'],
    },
    {
      name: 'T "< -1" may be any: osteoporosis drugs not readable',
      record: [woman, onFive, tScore(-1.5), drug('Alendronate 70 MG', { status: 'on-hold' }), ...checks],
      missing: ['osteoporosisTherapy'],
    },
    {
      name: 'T "> -2" leaves the review open',
      record: [woman, onFive, tScore(0, '2025-06-01', 'hip', quantity('>', -2, '{T-score}')), ...checks],
      missing: ['lowestT'],
    },
    {
      name: 'HbA1c without a unit',
      record: [
        woman,
        onFive,
        scanned,
        ldl(110),
        bloodPressure(128, 78),
        { ...hba1c(), valueQuantity: { value: 5.6 } },
      ],
      missing: ['hba1c'],
    },
    // before signing
    {
      name: 'draft without stated supply, nothing in the record',
      record: [woman],
      drafts: [draft(10, 1, { dispenseRequest: undefined })],
      ...sign,
      missing: ['plannedGlucocorticoid'],
    },
    {
      name: 'draft of a bare name',
      record: [woman],
      drafts: [drug('Prednisone', { status: 'draft' })],
      ...sign,
      missing: ['plannedGlucocorticoid'],
    },
    {
      name: 'a draft without name or code',
      record: [woman],
      drafts: [drug({}, { status: 'draft' })],
      ...sign,
      missing: ['plannedGlucocorticoid'],
    },
    {
      name: 'draft of 31 days, medication list not obtained',
      record: [woman],
      unknown: { medicationRequests: 'failed' },
      drafts: [draft(10, 31)],
      ...sign,
      missing: ['plannedGlucocorticoid'],
    },
    {
      name: 'draft of 10 mg, scans not obtained',
      record: [woman],
      unknown: { reports: 'failed' },
      drafts: [draft(10, 120)],
      ...sign,
      missing: ['dxaDone'],
    },
    {
      name: 'draft of 5 to 10 mg a day, no scan',
      record: [woman],
      drafts: [
        draft(5, 120, {
          dosageInstruction: [
            {
              doseAndRate: [
                { doseRange: { low: { value: 5, unit: 'mg' }, high: { value: 10, unit: 'mg' } } },
              ],
              timing: { repeat: { frequency: 1, period: 1, periodUnit: 'd' } },
            },
          ],
        }),
      ],
      ...sign,
      missing: ['plannedGlucocorticoid'],
    },
    {
      name: 'draft of 5 mg, fractures in a list that was cut off',
      record: [woman, statement('omeprazole 20 mg')],
      incomplete: { conditions: 'truncated' },
      drafts: [draft(5, 120)],
      ...sign,
      missing: ['plannedGlucocorticoid'],
    },
  ],
});

function cards(
  service: 'bone-heart-patient-view' | 'bone-heart-order-sign',
  record: readonly Resource[],
  drafts: readonly Resource[] = [],
): ReturnType<typeof decide>['cards'] {
  return decide(service, recordOf(record), contextOf(drafts), guideline, TODAY).cards;
}
const topicsOf = (all: ReturnType<typeof cards>): (string | undefined)[] =>
  all.map(({ source }) => source.topic?.code);

test('R08 takes the treatment review: with the scan and the checks current this card is silent', () => {
  const record = [woman, onFive, tScore(-2.6), ...current];
  expect(topicsOf(cards('bone-heart-patient-view', record))).toEqual(['fracture-osteoporosis-treatment-gap']);
});

test('R08 takes the treatment review and the scan, the blood pressure stays here', () => {
  const record = [woman, onFive, osteoporosis(), tScore(-2.6, '2020-01-01'), ldl(110), hba1c(), replete];
  const all = cards('bone-heart-patient-view', record);
  const own = all.find(({ source }) => source.topic?.code === 'glucocorticoid-bone-heart');
  expect(topicsOf(all)).toContain('fracture-osteoporosis-treatment-gap');
  expect(own?.detail ?? '').not.toContain('No bone density scan');
});

test('this card takes the scan from screening and lipids from the overdue panel', () => {
  const record = [patient(66), onSevenAndAHalf, bloodPressure(128, 78), hba1c()];
  const all = cards('bone-heart-patient-view', record);
  expect(topicsOf(all)).toEqual(['glucocorticoid-bone-heart']);
  expect(all[0]?.suggestions?.map(({ label }) => label)).toEqual([
    'Order bone density scan (DXA)',
    'Order lipid panel',
    'Order 25-OH vitamin D',
  ]);
});

test('before signing: one warning, though two glucocorticoids are drafted; a reminder, so not for an inpatient', () => {
  const drafts = [draft(10, 120), draft(20, 120, { id: 'draft-2' }, 'Dexamethasone 4 MG Oral Tablet')];
  const inpatient = { resourceType: 'Encounter', id: 'e1', class: { code: 'IMP' } };
  expect(topicsOf(cards('bone-heart-order-sign', [woman], [draft(10, 120)]))).toEqual([
    'glucocorticoid-bone-heart',
  ]);
  // Two drugs may be steps or alternatives: the dose is not computable, which is information.
  expect(topicsOf(cards('bone-heart-order-sign', [woman], drafts))).toEqual([]);
  expect(topicsOf(cards('bone-heart-order-sign', [woman, inpatient], [draft(10, 120)]))).toEqual([]);
});

test('before signing: supply by quantity and refills, where no duration is stated', () => {
  const tablets = (value: number, refills: number): Resource =>
    drug('Prednisone 10 MG Oral Tablet', {
      id: 'draft-1',
      status: 'draft',
      authoredOn: TODAY,
      dosageInstruction: [{ text: '1 tablet daily' }],
      dispenseRequest: { quantity: { value, unit: 'tablet' }, numberOfRepeatsAllowed: refills },
    });
  const topics = (value: number, refills: number): unknown =>
    topicsOf(cards('bone-heart-order-sign', [woman], [tablets(value, refills)]));
  expect(topics(180, 0)).toEqual(['glucocorticoid-bone-heart']);
  expect(topics(30, 3)).toEqual(['glucocorticoid-bone-heart']);
  expect(topics(30, 2)).toEqual([]);
});
