import { crpAcuteInflammation } from '../../src/rules/crp-acute-inflammation.ts';
import {
  clinicalStatus,
  coded,
  condition,
  hsCrp,
  order,
  patient,
  plainCrp,
  policyOf,
  quantity,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

const woman = patient(60);
const hsCrpOrder = coded('loinc', '30522-7');
const draft = order(hsCrpOrder, { id: 'draft-hs-crp', status: 'draft' });
const other = order(coded('loinc', '24331-1'), { id: 'draft-lipids', status: 'draft' });
const selecting = {
  hook: 'order-select',
  drafts: [draft, other],
  selections: ['ServiceRequest/draft-hs-crp'],
} as const;

describeRule(crpAcuteInflammation, {
  recommends: [
    {
      name: 'hs-CRP 10.1',
      record: [woman, hsCrp(10.1)],
      variant: 'acute',
      says: ['CRP 10.1 mg/L suggests acute inflammation: not for CV risk. Recheck 2+ weeks after recovery.'],
      suggests: ['recheck'],
    },
    {
      name: '1.1 mg/dL is 11 mg/L',
      record: [woman, hsCrp(1.1, '2025-12-20', 'mg/dL')],
      variant: 'acute',
      says: ['CRP 1.1 mg/dL (11 mg/L) suggests'],
    },
    {
      name: '96 nmol/L is 10.08 mg/L',
      record: [woman, hsCrp(96, '2025-12-20', 'nmol/L')],
      variant: 'acute',
      says: ['96 nmol/L (10.08 mg/L)'],
    },
    {
      name: 'hs-CRP "> 10"',
      record: [woman, hsCrp(0, '2025-12-20', 'mg/L', quantity('>', 10, 'mg/L'))],
      variant: 'acute',
      says: ['CRP > 10 mg/L'],
    },
    { name: 'hs-CRP 12 thirty days ago', record: [woman, hsCrp(12, '2025-12-16')], variant: 'acute' },
    { name: 'age 18', record: [patient(18), hsCrp(12)], variant: 'acute' },
    { name: 'age 90', record: [patient(90), hsCrp(12)], variant: 'acute' },
    {
      name: 'recheck already ordered is not suggested again',
      record: [woman, hsCrp(12), order(hsCrpOrder)],
      variant: 'acute',
      suggests: [],
    },
    {
      name: 'orders not obtained: no suggestion',
      record: [woman, hsCrp(12)],
      unknown: { serviceRequests: 'failed' },
      variant: 'acute',
      suggests: [],
    },
    {
      name: 'rheumatoid arthritis is noted',
      record: [woman, hsCrp(12), condition('icd10cm', 'M06.9')],
      variant: 'acute',
    },
    {
      name: 'hs-CRP 12 needs no problem list',
      record: [woman, hsCrp(12)],
      unknown: { conditions: 'failed' },
      variant: 'acute',
    },
    {
      name: 'order-select: second hs-CRP selected after 12',
      record: [woman, hsCrp(12)],
      ...selecting,
      variant: 'acute',
      suggests: ['recheck'],
    },
    {
      name: 'order-select: plain CRP 45 and an hs-CRP selected, no earlier hs-CRP',
      record: [woman, plainCrp(45)],
      ...selecting,
      variant: 'acute',
      says: ['CRP 45 mg/L'],
      suggests: [],
    },
    {
      name: 'order-select: plain CRP 45, an earlier hs-CRP result shows the intent',
      record: [woman, plainCrp(45), hsCrp(2.4, '2024-03-01')],
      ...selecting,
      variant: 'acute',
      suggests: ['recheck'],
    },
    {
      name: 'order-select: plain CRP 45, an earlier completed hs-CRP order shows the intent',
      record: [woman, plainCrp(45), order(hsCrpOrder, { status: 'completed', authoredOn: '2025-06-01' })],
      ...selecting,
      variant: 'acute',
      suggests: ['recheck'],
    },
    {
      name: 'order-select: hs-CRP not obtained, plain CRP 45 settles it',
      record: [woman, plainCrp(45), hsCrp(3)],
      ...selecting,
      incomplete: { inflammation: 'truncated' },
      variant: 'acute',
    },
    {
      name: 'article preset has the same limit',
      record: [woman, hsCrp(10.1)],
      policy: policyOf({ preset: 'article' }),
      variant: 'acute',
    },
  ],
  doesNotApply: [
    { name: 'hs-CRP exactly 10.0 is hscrp-risk-enhancer', record: [woman, hsCrp(10)] },
    { name: '1.0 mg/dL', record: [woman, hsCrp(1, '2025-12-20', 'mg/dL')] },
    { name: '95 nmol/L is 9.975 mg/L', record: [woman, hsCrp(95, '2025-12-20', 'nmol/L')] },
    { name: 'hs-CRP 12 thirty-one days ago', record: [woman, hsCrp(12, '2025-12-15')] },
    { name: 'a newer hs-CRP of 3 shows recovery', record: [woman, hsCrp(12), hsCrp(3, '2026-01-10')] },
    { name: 'plain CRP 45 alone', record: [woman, plainCrp(45)] },
    { name: 'plain CRP 45 with an hs-CRP order on file', record: [woman, plainCrp(45), order(hsCrpOrder)] },
    { name: 'plain CRP 5', record: [woman, plainCrp(5)] },
    { name: 'no CRP at all', record: [woman] },
    {
      name: 'entered in error',
      record: [woman, hsCrp(12, '2025-12-20', 'mg/L', { status: 'entered-in-error' })],
    },
    { name: 'preliminary', record: [woman, hsCrp(12, '2026-01-10', 'mg/L', { status: 'preliminary' })] },
    {
      name: 'resolved infection and hs-CRP 4',
      record: [woman, hsCrp(4), condition('icd10cm', 'J18.9', clinicalStatus('resolved'))],
    },
    { name: 'order-select: plain CRP exactly 10', record: [woman, plainCrp(10)], ...selecting },
    {
      name: 'order-select: plain CRP 45 thirty-one days ago',
      record: [woman, plainCrp(45, '2025-12-15')],
      ...selecting,
    },
    {
      name: 'order-select: hs-CRP in the drafts but something else selected',
      record: [woman, plainCrp(45), hsCrp(12)],
      hook: 'order-select',
      drafts: [draft, other],
      selections: ['ServiceRequest/draft-lipids'],
    },
    {
      name: 'order-select: no hs-CRP being ordered, though the last one was 12',
      record: [woman, hsCrp(12)],
      hook: 'order-select',
      drafts: [other],
      selections: ['ServiceRequest/draft-lipids'],
    },
  ],
  lacksData: [
    { name: 'search failed', record: [woman], unknown: { inflammation: 'failed' }, missing: ['hsCrp'] },
    {
      name: 'order-select: search failed',
      record: [woman],
      ...selecting,
      unknown: { inflammation: 'failed' },
      missing: ['hsCrp', 'crpPlain'],
    },
    {
      name: 'hs-CRP without unit',
      record: [woman, hsCrp(0, '2025-12-20', 'mg/L', { valueQuantity: { value: 12 } })],
      missing: ['hsCrp'],
    },
    {
      name: 'code and unit of the quantity disagree',
      record: [
        woman,
        hsCrp(0, '2025-12-20', 'mg/L', {
          valueQuantity: { value: 2, unit: 'mg/dL', system: 'http://unitsofmeasure.org', code: 'mg/L' },
        }),
      ],
      missing: ['hsCrp'],
    },
    {
      name: 'hs-CRP "> 5" may be above 10',
      record: [woman, hsCrp(0, '2025-12-20', 'mg/L', quantity('>', 5, 'mg/L'))],
      missing: ['hsCrp'],
    },
    {
      name: 'dated 2025-12: may be older than 30 days',
      record: [woman, hsCrp(12, '2025-12')],
      missing: ['hsCrp'],
    },
    {
      name: 'order-select: plain CRP "> 8" may be above 10',
      record: [woman, plainCrp(8), hsCrp(3)],
      ...selecting,
      unknown: { inflammation: 'too-large' },
      missing: ['hsCrp', 'crpPlain'],
    },
  ],
});
