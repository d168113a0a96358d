import { hscrpRiskEnhancer } from '../../src/rules/hscrp-risk-enhancer.ts';
import {
  clinicalStatus,
  coded,
  condition,
  drug,
  hsCrp,
  ldl,
  order,
  osteoporosis,
  patient,
  plainCrp,
  policyOf,
  quantity,
  tScore,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

const woman = patient(60);
const panel = ldl(120);
const latest = hsCrp(3.5, '2025-12-20');
const article = policyOf({ preset: 'article' });
const hip = (onsetDateTime: string) => condition('icd10cm', 'S72.001A', { onsetDateTime });

describeRule(hscrpRiskEnhancer, {
  recommends: [
    {
      name: 'hs-CRP exactly 2.0 once: repeat',
      record: [woman, hsCrp(2.0), panel],
      variant: 'repeat',
      says: ['hs-CRP 2 mg/L: repeat in 2+ weeks when well before using it for CV risk.'],
      suggests: ['repeat'],
    },
    { name: 'hs-CRP exactly 10.0 once: still the value band', record: [woman, hsCrp(10)], variant: 'repeat' },
    {
      name: '0.26 mg/dL is 2.6 mg/L',
      record: [woman, hsCrp(0.26, '2025-12-20', 'mg/dL'), panel],
      variant: 'repeat',
      says: ['hs-CRP 0.26 mg/dL (2.6 mg/L)'],
    },
    {
      name: '30 nmol/L is 3.15 mg/L',
      record: [woman, hsCrp(30, '2025-12-20', 'nmol/L'), panel],
      variant: 'repeat',
      says: ['30 nmol/L (3.15 mg/L)'],
    },
    { name: '12 months ago to the day', record: [woman, hsCrp(2.5, '2025-01-15')], variant: 'repeat' },
    { name: 'age 40', record: [patient(40), latest], variant: 'repeat' },
    { name: 'age 75', record: [patient(75), latest], variant: 'repeat' },
    {
      name: '2.4 and 3.5, 14 days apart',
      record: [woman, hsCrp(2.4, '2025-12-06'), latest, panel],
      variant: 'enhancer',
      says: ['hs-CRP 2.4/3.5 mg/L: risk-enhancing range; include in risk discussion.'],
      suggests: [],
    },
    {
      name: 'the lower one decides, whichever is newer',
      record: [woman, hsCrp(3.5, '2025-12-06'), hsCrp(2.4, '2025-12-20')],
      variant: 'enhancer',
      says: ['3.5/2.4 mg/L'],
    },
    {
      name: '3.0 and 4',
      record: [woman, hsCrp(3.0, '2025-10-01'), hsCrp(4), panel],
      variant: 'highBand',
      says: ['hs-CRP 3/4 mg/L: high-risk band'],
    },
    {
      name: '2.9 and 4: not the high band',
      record: [woman, hsCrp(2.9, '2025-10-01'), hsCrp(4)],
      variant: 'enhancer',
    },
    {
      name: 'different units are shown in full',
      record: [woman, hsCrp(0.31, '2025-10-01', 'mg/dL'), hsCrp(4), panel],
      variant: 'highBand',
      says: ['hs-CRP 0.31 mg/dL (3.1 mg/L) and 4 mg/L'],
    },
    {
      name: '13 days apart: repeat',
      record: [woman, hsCrp(2.4, '2025-12-07'), latest, panel],
      variant: 'repeat',
      says: ['3.5 mg/L'],
    },
    {
      name: '1.5 only 10 days before: not another occasion',
      record: [woman, hsCrp(1.5, '2025-12-10'), latest],
      variant: 'repeat',
    },
    {
      name: 'partner one day older than 12 months',
      record: [woman, hsCrp(2.4, '2025-01-14'), latest],
      variant: 'repeat',
    },
    {
      name: 'partner above 10.0 was acute: no pair',
      record: [woman, hsCrp(10.1, '2025-10-01'), latest],
      variant: 'repeat',
    },
    {
      name: 'any other value makes the pair',
      record: [woman, hsCrp(2.4, '2025-06-01'), hsCrp(1.5, '2025-10-01'), latest],
      variant: 'enhancer',
    },
    {
      name: 'sample 29 days after a hip fracture counts',
      record: [woman, latest, hip('2025-11-21')],
      variant: 'repeat',
    },
    {
      name: 'sample 28 days after a fracture is not used, the older pair is',
      record: [woman, latest, hip('2025-11-22'), hsCrp(2.2, '2025-05-01'), hsCrp(2.3, '2025-07-01')],
      variant: 'enhancer',
      says: ['2.2/2.3 mg/L'],
    },
    {
      name: 'fracture without a date discards nothing',
      record: [woman, latest, condition('icd10cm', 'Z87.310')],
      variant: 'repeat',
    },
    {
      name: 'rheumatoid arthritis and oral oestrogen are noted',
      record: [woman, latest, condition('icd10cm', 'M06.9'), drug('Estradiol 1 MG Oral Tablet')],
      variant: 'repeat',
    },
    {
      name: 'bone density is context',
      record: [woman, latest, osteoporosis(), tScore(-2.6)],
      variant: 'repeat',
    },
    {
      name: 'no lipid panel in 60 months: suggested too',
      record: [woman, latest, ldl(120, '2021-01-14')],
      variant: 'repeat',
      suggests: ['repeat', 'lipidPanel'],
    },
    {
      name: 'lipid panel 60 months ago to the day',
      record: [woman, latest, ldl(120, '2021-01-15')],
      variant: 'repeat',
      suggests: ['repeat'],
    },
    {
      name: 'lipid panel ordered',
      record: [woman, latest, order(coded('loinc', '24331-1'))],
      variant: 'repeat',
      suggests: ['repeat'],
    },
    {
      name: 'lipids not obtained: no claim about them',
      record: [woman, latest],
      unknown: { lipids: 'failed' },
      variant: 'repeat',
      suggests: ['repeat'],
    },
    {
      name: 'a pair is a result in itself: shown while another hs-CRP is ordered',
      record: [woman, hsCrp(2.4, '2025-10-01'), latest, order(coded('loinc', '30522-7'))],
      variant: 'enhancer',
    },
    {
      name: 'stopped statin',
      record: [woman, latest, drug('Simvastatin 20 MG', { status: 'stopped' })],
      variant: 'repeat',
    },
    {
      name: 'plain CRP 45 beside it changes nothing',
      record: [woman, latest, plainCrp(45)],
      variant: 'repeat',
    },
    {
      name: 'article preset: exactly 3.0',
      record: [woman, hsCrp(3.0), panel],
      policy: article,
      variant: 'repeat',
      suggests: ['repeat'],
    },
  ],
  doesNotApply: [
    { name: 'hs-CRP 1.9', record: [woman, hsCrp(1.9)] },
    { name: 'hs-CRP 10.1 is crp-acute-inflammation', record: [woman, hsCrp(10.1)] },
    { name: 'hs-CRP 11 half a year ago', record: [woman, hsCrp(11, '2025-07-01')] },
    { name: 'hs-CRP "> 10"', record: [woman, hsCrp(0, '2025-12-20', 'mg/L', quantity('>', 10, 'mg/L'))] },
    { name: 'hs-CRP "< 2"', record: [woman, hsCrp(0, '2025-12-20', 'mg/L', quantity('<', 2, 'mg/L'))] },
    { name: '0.19 mg/dL is 1.9 mg/L', record: [woman, hsCrp(0.19, '2025-12-20', 'mg/dL')] },
    { name: '19 nmol/L is 1.995 mg/L', record: [woman, hsCrp(19, '2025-12-20', 'nmol/L')] },
    { name: 'latest below 2.0, older one above', record: [woman, hsCrp(1.9), hsCrp(4, '2025-10-01')] },
    {
      name: '3.5 now and 1.9 fourteen days before: the lower decides',
      record: [woman, hsCrp(1.9, '2025-12-06'), latest],
    },
    { name: 'one day older than 12 months', record: [woman, hsCrp(2.5, '2025-01-14')] },
    { name: 'plain CRP is never used', record: [woman, plainCrp(4)] },
    { name: 'no hs-CRP at all', record: [woman] },
    { name: 'age 39', record: [patient(39), latest] },
    { name: 'age 76', record: [patient(76), latest] },
    {
      name: 'infarction ever',
      record: [woman, latest, condition('icd10cm', 'I25.2', clinicalStatus('inactive'))],
    },
    { name: 'haemorrhagic stroke', record: [woman, latest, condition('icd10cm', 'I61.9')] },
    { name: 'on a statin', record: [woman, latest, drug('Simvastatin 20 MG')] },
    { name: 'sample 28 days after a hip fracture', record: [woman, latest, hip('2025-11-22')] },
    { name: 'sample on the day of a fracture', record: [woman, latest, hip('2025-12-20')] },
    { name: 'traumatic hip fracture at 45 discards too', record: [patient(45), latest, hip('2025-12-10')] },
    { name: 'fracture in 2025-12, day unknown', record: [woman, latest, hip('2025-12')] },
    { name: 'repeat already ordered', record: [woman, latest, order(coded('loinc', '30522-7'))] },
    {
      name: 'repeat pending',
      record: [woman, latest, hsCrp(3, '2026-01-14', 'mg/L', { status: 'preliminary' })],
    },
    {
      name: 'entered in error',
      record: [woman, hsCrp(3.5, '2025-12-20', 'mg/L', { status: 'entered-in-error' })],
    },
    { name: 'article preset: 2.9', record: [woman, hsCrp(2.9)], policy: article },
  ],
  lacksData: [
    {
      name: 'one value, and a low one of which only the year is known: it may be a second value',
      record: [woman, latest, hsCrp(1, '2025')],
      missing: ['hsCrp'],
    },
    { name: 'search failed', record: [woman], unknown: { inflammation: 'failed' }, missing: ['hsCrp'] },
    {
      name: 'one value and the list cut off: a second may be hidden',
      record: [woman, latest],
      incomplete: { inflammation: 'truncated' },
      missing: ['hsCrp'],
    },
    {
      name: 'hs-CRP without unit',
      record: [woman, hsCrp(0, '2025-12-20', 'mg/L', { valueQuantity: { value: 3 } })],
      missing: ['hsCrp'],
    },
    {
      name: 'hs-CRP "> 5": may be acute',
      record: [woman, hsCrp(0, '2025-12-20', 'mg/L', quantity('>', 5, 'mg/L'))],
      missing: ['hsCrp'],
    },
    {
      name: 'an older value that cannot be read',
      record: [woman, latest, hsCrp(0, '2025-10-01', 'mg/L', { valueQuantity: { value: 3 } })],
      missing: ['hsCrp'],
    },
    {
      name: 'older value "< 3" leaves the pair open',
      record: [woman, latest, hsCrp(0, '2025-10-01', 'mg/L', quantity('<', 3, 'mg/L'))],
      missing: ['hsCrp'],
    },
    {
      name: 'older value dated 2025-12 only',
      record: [woman, latest, hsCrp(2.5, '2025-12')],
      missing: ['hsCrp'],
    },
    {
      name: 'dated 2025 only: may be outside the window',
      record: [woman, hsCrp(2.5, '2025-01')],
      missing: ['hsCrp'],
    },
    {
      name: 'problem list not obtained',
      record: [woman, latest],
      unknown: { conditions: 'failed' },
      missing: ['ascvd'],
    },
    {
      name: 'procedures not obtained',
      record: [woman, latest],
      unknown: { procedures: 'failed' },
      missing: ['ascvd'],
    },
    {
      name: 'medication list not obtained',
      record: [woman, latest],
      unknown: { medicationRequests: 'failed' },
      missing: ['statins'],
    },
    {
      name: 'statin on hold',
      record: [woman, latest, drug('Simvastatin 20 MG', { status: 'on-hold' })],
      missing: ['statins'],
    },
    {
      name: 'orders not obtained: a repeat may be ordered',
      record: [woman, latest],
      unknown: { serviceRequests: 'failed' },
      missing: ['hsCrpOrdered'],
    },
    {
      name: 'born in 1986: 39 or 40',
      record: [patient(40, { birthDate: '1986' }), latest],
      missing: ['age'],
    },
  ],
});
