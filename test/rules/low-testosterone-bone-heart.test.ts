import { expect, test } from '@jest/globals';
import { decide } from '../../src/decide.ts';
import type { Resource } from '../../src/facts/record.ts';
import { lowTestosteroneBoneHeart } from '../../src/rules/low-testosterone-bone-heart.ts';
import {
  bloodPressure,
  clinicalStatus,
  coded,
  condition,
  contextOf,
  drug,
  eGfr,
  guideline,
  lab,
  ldl,
  man,
  order,
  osteopenia,
  osteoporosis,
  patient,
  policyOf,
  procedure,
  quantity,
  recordOf,
  report,
  statement,
  TODAY,
  tScore,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

type Extra = Readonly<Record<string, unknown>>;

const elder = patient(60, man);
const level = (
  value: number,
  date = '2025-12-01T08:30:00-05:00',
  unit = 'ng/dL',
  extra: Extra = {},
): Resource => lab(unit === 'nmol/L' ? '14913-8' : '2986-8', value, unit, date, extra);
const low = level(250);
const lower = level(240, '2025-12-05T09:15:00-05:00');
const confirmed = [low, lower];
const hypogonadism = condition('icd10cm', 'E29.1', { onsetDateTime: '2020-05-01' });
const hematocrit = (value: number, date = '2025-12-01', unit = '%', extra: Extra = {}): Resource =>
  lab('4544-3', value, unit, date, extra);
const infarction = (onsetDateTime?: string): Resource =>
  condition('icd10cm', 'I21.4', onsetDateTime === undefined ? {} : { onsetDateTime });
const stroke = (onsetDateTime: string): Resource => condition('icd10cm', 'I63.9', { onsetDateTime });
const prostateCancer = condition('icd10cm', 'C61', { onsetDateTime: '2019-03-01' });
const fracture = (onsetDateTime = '2019-03-01'): Resource =>
  condition('icd10cm', 'M80.051A', { onsetDateTime });
const hipFracture = condition('icd10cm', 'S72.001A', { onsetDateTime: '2023-03-01' });
const pressure = bloodPressure(124, 76);
const scan = tScore(-0.5);
const testosterone = (extra: Extra = {}): Resource => drug('Testosterone 1 % Gel (AndroGel)', extra);
const referral = order(coded('snomed', '306278007'));

const draft: Resource = {
  resourceType: 'MedicationRequest',
  id: 'draft-1',
  status: 'draft',
  medicationCodeableConcept: { text: 'Testosterone cypionate 200 MG/ML Injection' },
};
const signing = { hook: 'order-sign', drafts: [draft] } as const;
const quiet = policyOf({
  recommendations: { 'low-testosterone-bone-heart': { parameters: { showCouldNotCheck: false } } },
});

describeRule(lowTestosteroneBoneHeart, {
  recommends: [
    // A: one low level
    {
      name: '299 ng/dL once',
      record: [elder, level(299)],
      variant: 'confirm',
      says: ['Testosterone 299 ng/dL: confirm on a second morning sample before acting.'],
      suggests: ['testosterone'],
    },
    {
      name: '10.3 nmol/L once',
      record: [elder, level(10.3, '2025-12-01', 'nmol/L')],
      variant: 'confirm',
      says: ['10.3 nmol/L'],
    },
    {
      name: '"< 50" ng/dL is low',
      record: [elder, level(0, '2025-12-01', 'ng/dL', quantity('<', 50, 'ng/dL'))],
      variant: 'confirm',
    },
    { name: '24 months ago to the day', record: [elder, level(250, '2024-01-15')], variant: 'confirm' },
    { name: 'age 18', record: [patient(18, man), low], variant: 'confirm' },
    {
      name: 'low level at 14:00, local time',
      record: [elder, level(250, '2025-12-01T14:00:00+01:00')],
      variant: 'confirm',
    },
    {
      name: 'second low level at 11:00 does not confirm, all else on file',
      record: [elder, low, level(240, '2025-12-05T11:00:00-05:00')],
      variant: 'confirm',
      suggests: ['testosterone'],
    },
    {
      name: 'second low level at 14:00 does not confirm',
      record: [elder, low, level(240, '2025-12-05T14:00:00-05:00')],
      variant: 'confirm',
    },
    {
      name: 'two morning samples 47 hours apart',
      record: [elder, level(250, '2025-12-01T09:00:00-05:00'), level(240, '2025-12-03T08:00:00-05:00')],
      variant: 'confirm',
    },
    {
      name: 'two dates without time on following days',
      record: [elder, level(250, '2025-12-01'), level(240, '2025-12-02')],
      variant: 'confirm',
    },
    {
      name: 'a normal level between two low ones: not consistent',
      record: [elder, low, level(420, '2025-12-03T08:30:00-05:00'), lower],
      variant: 'confirm',
    },
    {
      name: 'the other low level is older than 24 months',
      record: [elder, low, level(240, '2024-01-14')],
      variant: 'confirm',
    },
    {
      name: 'other parts are no matter',
      record: [elder, low],
      dropped: ['dxa', 'lipidPanel', 'noBloodPressure'],
      variant: 'confirm',
    },
    {
      name: 'stopped testosterone is no treatment',
      record: [elder, low, testosterone({ status: 'stopped' })],
      variant: 'confirm',
    },

    // B: confirmed, from 50 years
    {
      name: 'two low morning samples, nothing else on file',
      record: [elder, ...confirmed],
      variant: 'confirmedScan',
      says: ['Confirmed low testosterone, no DXA on file.'],
      suggests: ['dxa', 'lipidPanel', 'endocrinology'],
    },
    {
      name: 'two low morning samples 48 hours apart, age 50',
      record: [
        patient(50, man),
        level(250, '2025-12-01T09:00:00-05:00'),
        level(240, '2025-12-03T09:00:00-05:00'),
        ldl(110),
        pressure,
      ],
      variant: 'confirmedScan',
      suggests: ['dxa', 'endocrinology'],
    },
    {
      name: 'times in UTC count, 48 hours apart',
      record: [
        elder,
        level(250, '2025-12-01T15:00:00Z'),
        level(240, '2025-12-03T15:00:00Z'),
        ldl(110),
        pressure,
      ],
      variant: 'confirmedScan',
    },
    {
      name: 'dates without time count, two days apart',
      record: [elder, level(250, '2025-12-01'), level(240, '2025-12-03'), ldl(110), pressure],
      variant: 'confirmedScan',
    },
    {
      name: 'local midnight is a date without time',
      record: [
        elder,
        level(250, '2025-12-01T00:00:00-05:00'),
        level(240, '2025-12-03T00:00:00-05:00'),
        ldl(110),
        pressure,
      ],
      variant: 'confirmedScan',
    },
    {
      name: 'two low morning samples and one of the afternoon between them',
      record: [elder, low, level(200, '2025-12-03T15:00:00-05:00'), lower, ldl(110), pressure],
      variant: 'confirmedScan',
    },
    {
      name: 'hypogonadism on the problem list, no level, no scan',
      record: [elder, hypogonadism, ldl(110), pressure],
      variant: 'diagnosisScan',
      says: ['Male hypogonadism on the problem list, no DXA on file.'],
      suggests: ['dxa', 'endocrinology'],
    },
    {
      name: 'hypogonadism and confirmed level, endocrinology involved',
      record: [elder, hypogonadism, ...confirmed, ldl(110), pressure, referral],
      variant: 'confirmedScan',
      suggests: ['dxa'],
    },
    {
      name: 'confirmed, scan on file, lipids 60 months and a day ago, no blood pressure',
      record: [elder, ...confirmed, scan, ldl(110, '2021-01-14')],
      variant: 'confirmedChecks',
      says: ['Confirmed low testosterone: lipids/BP not on file in 12 months.'],
      suggests: ['lipidPanel', 'endocrinology'],
    },
    {
      name: 'confirmed, only blood pressure missing, one day older than 12 months',
      record: [elder, ...confirmed, scan, ldl(110), bloodPressure(124, 76, '2025-01-14'), referral],
      variant: 'confirmedChecks',
      says: ['BP not on file in 12 months'],
      suggests: [],
    },
    {
      name: 'hypogonadism with diabetes, lipids 12 months and a day ago',
      record: [elder, hypogonadism, scan, condition('icd10cm', 'E11.9'), ldl(110, '2025-01-14'), pressure],
      variant: 'diagnosisChecks',
      says: ['Male hypogonadism on the problem list: lipids not on file in 12 months.'],
    },
    {
      name: 'confirmed on a statin, LDL 160, eGFR 50: short interval',
      record: [
        elder,
        ...confirmed,
        scan,
        drug('Atorvastatin 20 MG'),
        ldl(160, '2024-12-01'),
        condition('icd10cm', 'N18.31'),
        eGfr(50),
        pressure,
      ],
      variant: 'confirmedChecks',
    },
    {
      name: 'LDL exactly 160 asks for the short interval',
      record: [elder, ...confirmed, scan, ldl(160, '2024-12-01'), pressure],
      variant: 'confirmedChecks',
    },
    {
      name: 'Paget disease: no scan asked for, lipids are',
      record: [elder, ...confirmed, condition('icd10cm', 'M88.9'), pressure],
      variant: 'confirmedChecks',
      suggests: ['lipidPanel', 'endocrinology'],
    },
    {
      name: 'scan asked for elsewhere, blood pressure missing',
      record: [elder, ...confirmed, ldl(110)],
      dropped: ['dxa'],
      variant: 'confirmedChecks',
      suggests: ['endocrinology'],
    },
    {
      name: 'search for scans failed: lipids are asked for all the same',
      record: [elder, ...confirmed, pressure],
      unknown: { reports: 'failed' },
      variant: 'confirmedChecks',
    },
    {
      name: 'confirmed although the list of levels was cut off',
      record: [elder, ...confirmed, scan, ldl(110)],
      incomplete: { bone: 'truncated' },
      variant: 'confirmedChecks',
    },
    {
      name: 'problem list not obtained, two low morning samples',
      record: [elder, ...confirmed, pressure],
      unknown: { conditions: 'failed' },
      variant: 'confirmedChecks',
    },

    // D: hazards before signing
    {
      name: 'infarction six months ago to the day',
      record: [elder, infarction('2025-07-15')],
      ...signing,
      variant: 'recentEvent',
      says: ['Testosterone with MI or stroke < 6 months: review before starting.'],
      suggests: ['remove', 'endocrinology'],
    },
    { name: 'stroke last month', record: [elder, stroke('2025-12-20')], ...signing, variant: 'recentEvent' },
    {
      name: 'stroke or TIA by a code that does not say which, dated last month',
      record: [elder, condition('icd10cm', 'Z86.73', { onsetDateTime: '2025-12-20' })],
      ...signing,
      variant: 'recentEvent',
    },
    {
      name: 'infarction resolved, recorded last month without onset',
      record: [
        elder,
        condition('icd10cm', 'I21.4', { recordedDate: '2025-12-20', ...clinicalStatus('resolved') }),
      ],
      ...signing,
      variant: 'recentEvent',
    },
    {
      name: 'age 18 with a recent infarction',
      record: [patient(18, man), infarction('2025-12-01')],
      ...signing,
      variant: 'recentEvent',
    },
    {
      name: 'birth date missing: safety does not wait for the age',
      record: [patient(60, { ...man, birthDate: undefined }), infarction('2025-12-01')],
      ...signing,
      variant: 'recentEvent',
    },
    {
      name: 'haematocrit 50.1 % at a new start',
      record: [elder, hematocrit(50.1)],
      ...signing,
      variant: 'hematocritStart',
      says: ['Testosterone with haematocrit 50.1 %: review before starting.'],
      suggests: ['remove', 'endocrinology'],
    },
    {
      name: 'haematocrit 0.51 as a fraction',
      record: [elder, hematocrit(0.51, '2025-12-01', 'L/L')],
      ...signing,
      variant: 'hematocritStart',
      says: ['0.51 L/L (51 %)'],
    },
    {
      name: 'haematocrit "> 50" %',
      record: [elder, hematocrit(0, '2025-12-01', '%', quantity('>', 50, '%'))],
      ...signing,
      variant: 'hematocritStart',
    },
    {
      name: 'haematocrit 12 months ago to the day',
      record: [elder, hematocrit(52, '2025-01-15')],
      ...signing,
      variant: 'hematocritStart',
    },
    {
      name: 'haematocrit 52 % after testosterone that was stopped: a new start',
      record: [elder, hematocrit(52), testosterone({ status: 'stopped' })],
      ...signing,
      variant: 'hematocritStart',
    },
    {
      name: 'the draft itself is on the medication list already: a new start',
      record: [elder, hematocrit(52), { ...testosterone(), id: 'draft-1' }],
      ...signing,
      variant: 'hematocritStart',
    },
    {
      name: 'haematocrit 54.1 % on testosterone',
      record: [elder, hematocrit(54.1), testosterone()],
      ...signing,
      variant: 'hematocritTherapy',
      says: ['Testosterone with haematocrit 54.1 %: review before continuing.'],
    },
    {
      name: 'haematocrit 55 %, medication list not obtained',
      record: [elder, hematocrit(55)],
      unknown: { medicationRequests: 'failed' },
      ...signing,
      variant: 'hematocritTherapy',
    },
    {
      name: 'active prostate cancer',
      record: [elder, prostateCancer],
      ...signing,
      variant: 'prostateCancer',
      says: ['Testosterone with prostate cancer: review before starting.'],
    },
    {
      name: 'prostate cancer in a man on androgen deprivation',
      record: [elder, prostateCancer, drug('leuprolide acetate 22.5 MG')],
      ...signing,
      variant: 'prostateCancer',
    },
    {
      name: 'all hazards and osteoporosis: the event leads',
      record: [elder, infarction('2025-12-01'), hematocrit(55), prostateCancer, osteoporosis(), fracture()],
      ...signing,
      variant: 'recentEvent',
    },
    {
      name: 'infarction and haematocrit search failed: the hazard that was found is said',
      record: [elder, infarction('2025-12-01')],
      unknown: { blood: 'failed' },
      ...signing,
      variant: 'recentEvent',
    },

    // C: before signing, osteoporosis or fracture
    {
      name: 'osteoporosis on the problem list',
      record: [elder, osteoporosis()],
      ...signing,
      variant: 'osteoporosis',
      says: ['Testosterone with osteoporosis: does not reduce fractures; review plan.'],
      suggests: ['endocrinology'],
    },
    { name: 'T-score -2.5', record: [elder, tScore(-2.5)], ...signing, variant: 'osteoporosis' },
    {
      name: 'hip fracture years ago at 67',
      record: [patient(70, man), hipFracture],
      ...signing,
      variant: 'fracture',
      says: ['Testosterone with fragility fracture'],
    },
    {
      name: 'hip fracture at 58, mechanism unknown',
      record: [elder, condition('icd10cm', 'S72.001A', { onsetDateTime: '2024-03-01' })],
      ...signing,
      variant: 'fracture',
    },
    {
      name: 'osteoporosis found, haematocrit search failed',
      record: [elder, osteoporosis()],
      unknown: { blood: 'failed' },
      ...signing,
      variant: 'osteoporosis',
    },

    // could not check
    {
      name: 'problem list not obtained',
      record: [elder],
      unknown: { conditions: 'failed' },
      ...signing,
      variant: 'couldNotCheck',
      says: ['could not be checked'],
      suggests: [],
    },
    {
      name: 'haematocrit search failed',
      record: [elder],
      unknown: { blood: 'timed-out' },
      ...signing,
      variant: 'couldNotCheck',
    },
    {
      name: 'haematocrit 52 %, medication list not obtained: which limit?',
      record: [elder, hematocrit(52)],
      unknown: { medicationStatements: 'failed' },
      ...signing,
      variant: 'couldNotCheck',
    },
    {
      name: 'old infarction on a problem list that was cut off: a newer stroke may be hidden',
      record: [elder, infarction('2019-01-01')],
      incomplete: { conditions: 'truncated' },
      ...signing,
      variant: 'couldNotCheck',
    },
  ],
  doesNotApply: [
    { name: '300 ng/dL', record: [elder, level(300)] },
    { name: '10.4 nmol/L, though that is 299.9 ng/dL', record: [elder, level(10.4, '2025-12-01', 'nmol/L')] },
    { name: '"> 300" ng/dL', record: [elder, level(0, '2025-12-01', 'ng/dL', quantity('>', 300, 'ng/dL'))] },
    { name: 'woman with 30 ng/dL', record: [patient(60), level(30)] },
    { name: 'one day older than 24 months', record: [elder, level(250, '2024-01-14')] },
    { name: 'no level at all', record: [elder] },
    { name: 'a newer normal level', record: [elder, level(250, '2025-06-01'), level(400)] },
    { name: 'second sample ordered', record: [elder, low, order(coded('loinc', '2986-8'))] },
    {
      name: 'second sample pending',
      record: [elder, low, level(0, '2025-12-20', 'ng/dL', { status: 'preliminary' })],
    },
    { name: 'on testosterone', record: [elder, low, testosterone()] },
    { name: 'on testosterone by statement', record: [elder, ...confirmed, statement('Testosterone gel')] },
    {
      name: 'testosterone active for years without an end date',
      record: [elder, ...confirmed, testosterone({ authoredOn: '2019-01-01' })],
    },
    { name: 'on leuprolide', record: [elder, ...confirmed, drug('leuprolide acetate 22.5 MG')] },
    { name: 'confirmed at 49', record: [patient(49, man), ...confirmed] },
    { name: 'hypogonadism diagnosed at 40, one low level', record: [patient(40, man), hypogonadism, low] },
    { name: 'confirmed, all on file', record: [elder, ...confirmed, scan, ldl(110), pressure] },
    {
      name: 'confirmed, scan of 2010 as a report, lipids 60 months and blood pressure 12 months ago to the day',
      record: [
        elder,
        ...confirmed,
        report(coded('loinc', '38268-9'), '2010-01-01'),
        ldl(110, '2021-01-15'),
        bloodPressure(124, 76, '2025-01-15'),
      ],
    },
    {
      name: 'confirmed, undated scan is a scan',
      record: [elder, ...confirmed, procedure(coded('loinc', '38268-9')), ldl(110), pressure],
    },
    {
      name: 'confirmed, missing checks are ordered',
      record: [
        elder,
        ...confirmed,
        order(coded('loinc', '38268-9')),
        order(coded('loinc', '24331-1')),
        pressure,
      ],
    },
    {
      name: 'confirmed, missing checks asked for elsewhere',
      record: [elder, ...confirmed],
      dropped: ['dxa', 'lipidPanel', 'noBloodPressure'],
    },
    {
      name: 'hypogonadism resolved',
      record: [elder, condition('icd10cm', 'E29.1', clinicalStatus('resolved'))],
    },
    { name: 'hypogonadism by a code that is not verified', record: [elder, condition('snomed', '48130008')] },
    {
      name: 'diabetes, lipids 12 months ago to the day',
      record: [elder, hypogonadism, scan, condition('icd10cm', 'E11.9'), ldl(110, '2025-01-15'), pressure],
    },
    {
      name: 'LDL 159, lipids 13 months ago',
      record: [elder, hypogonadism, scan, ldl(159, '2024-12-01'), pressure],
    },
    // before signing
    { name: 'haematocrit 50.0 % at a new start', record: [elder, hematocrit(50)], ...signing },
    {
      name: 'haematocrit 0.5 as a fraction',
      record: [elder, hematocrit(0.5, '2025-12-01', '1')],
      ...signing,
    },
    {
      name: 'haematocrit 54.0 % on testosterone',
      record: [elder, hematocrit(54), testosterone()],
      ...signing,
    },
    {
      name: 'haematocrit one day older than 12 months',
      record: [elder, hematocrit(56, '2025-01-14')],
      ...signing,
    },
    {
      name: 'newer haematocrit is lower',
      record: [elder, hematocrit(56, '2025-06-01'), hematocrit(45)],
      ...signing,
    },
    { name: 'infarction six months and a day ago', record: [elder, infarction('2025-07-14')], ...signing },
    {
      name: 'TIA last month',
      record: [elder, condition('icd10cm', 'G45.9', { onsetDateTime: '2025-12-20' })],
      ...signing,
    },
    {
      name: 'prostate cancer resolved',
      record: [elder, condition('icd10cm', 'C61', clinicalStatus('resolved'))],
      ...signing,
    },
    { name: 'osteopenia only', record: [elder, osteopenia(), tScore(-2.4)], ...signing },
    { name: 'low level and nothing else', record: [elder, low], ...signing },
    { name: 'woman with a recent infarction', record: [patient(60), infarction('2025-12-01')], ...signing },
    {
      name: 'boy of 17 with a recent infarction',
      record: [patient(17, man), infarction('2025-12-01')],
      ...signing,
    },
    {
      name: 'no testosterone in the drafts',
      record: [elder, infarction('2025-12-01')],
      hook: 'order-sign',
      drafts: [{ ...draft, medicationCodeableConcept: { text: 'Ibuprofen 400 MG' } }],
    },
  ],
  lacksData: [
    { name: 'sex not recorded', record: [patient(60, { gender: undefined }), low], missing: ['sex'] },
    {
      name: 'level without unit',
      record: [elder, lab('2986-8', 250, 'ng/dL', '2025-12-01', { valueQuantity: { value: 250 } })],
      missing: ['testosterone'],
    },
    {
      name: '"< 350" ng/dL proves nothing',
      record: [elder, level(0, '2025-12-01', 'ng/dL', quantity('<', 350, 'ng/dL'))],
      missing: ['testosterone'],
    },
    {
      name: 'an earlier level that cannot be read may be the second sample',
      record: [elder, low, lab('2986-8', 250, 'mg/L', '2025-06-01')],
      missing: ['testosterone'],
    },
    {
      name: 'an earlier "< 350" may be the second low one',
      record: [elder, low, level(0, '2025-06-01', 'ng/dL', quantity('<', 350, 'ng/dL'))],
      missing: ['testosterone'],
    },
    {
      name: 'an earlier level in January 2024, day unknown, may lie in the window',
      record: [elder, low, level(240, '2024-01')],
      missing: ['testosterone'],
    },
    {
      name: 'list of levels cut off, one low',
      record: [elder, low],
      incomplete: { bone: 'truncated' },
      missing: ['testosterone', 'dxaDone'],
    },
    {
      name: 'levels not obtained',
      record: [elder, ldl(110), pressure],
      unknown: { bone: 'failed' },
      missing: ['testosterone', 'dxaDone'],
    },
    {
      name: 'medication list not obtained',
      record: [elder, low],
      unknown: { medicationRequests: 'failed' },
      missing: ['testosteroneTherapy'],
    },
    {
      name: 'testosterone on hold',
      record: [elder, low, testosterone({ status: 'on-hold' })],
      missing: ['testosteroneTherapy'],
    },
    {
      name: 'problem list not obtained, one low level',
      record: [elder, low, scan, ldl(110), pressure],
      unknown: { conditions: 'failed' },
      missing: ['maleHypogonadism'],
    },
    {
      name: 'orders not obtained, one low level',
      record: [elder, low],
      unknown: { serviceRequests: 'failed' },
      missing: ['testosteroneOrdered'],
    },
    {
      name: 'age 49 or 50, confirmed',
      record: [patient(50, { ...man, birthDate: '1976' }), ...confirmed],
      missing: ['age'],
    },
    {
      name: 'search for scans failed, confirmed, all else current',
      record: [elder, ...confirmed, ldl(110), pressure],
      unknown: { procedures: 'failed' },
      missing: ['dxaDone'],
    },
    {
      name: 'orders not obtained, confirmed, no scan, no lipids',
      record: [elder, ...confirmed, pressure],
      unknown: { serviceRequests: 'failed' },
      missing: ['dxaOrdered', 'lipidPanelOrdered'],
    },
    {
      name: 'lipids not obtained, confirmed, all else current',
      record: [elder, ...confirmed, scan, pressure],
      unknown: { lipids: 'failed' },
      missing: ['lipidPanel'],
    },
    {
      name: 'blood pressure not obtained, confirmed, all else current',
      record: [elder, ...confirmed, scan, ldl(110)],
      unknown: { bloodPressure: 'failed' },
      missing: ['bloodPressure'],
    },
    {
      name: 'problem list not obtained, confirmed, no scan on file, all else current',
      record: [elder, ...confirmed, ldl(110), pressure],
      unknown: { conditions: 'failed' },
      missing: ['maleHypogonadism', 'metabolicBoneOther'],
    },
    // before signing
    {
      name: 'draft without code and name',
      record: [elder],
      hook: 'order-sign',
      drafts: [{ resourceType: 'MedicationRequest', id: 'draft-1', status: 'draft' }],
      missing: ['testosteroneDrafts'],
    },
    {
      name: 'undated infarction is not called recent',
      record: [elder, infarction()],
      ...signing,
      missing: ['myocardialInfarction'],
    },
    {
      name: 'infarction in 2025, month unknown',
      record: [elder, infarction('2025')],
      ...signing,
      missing: ['myocardialInfarction'],
    },
    {
      name: 'haematocrit with an impossible unit',
      record: [elder, hematocrit(51, '2025-12-01', 'g/dL')],
      ...signing,
      missing: ['hematocrit'],
    },
    {
      name: 'haematocrit "< 54" % proves nothing about the limit before a start',
      record: [elder, hematocrit(0, '2025-12-01', '%', quantity('<', 54, '%'))],
      ...signing,
      missing: ['hematocrit'],
    },
    {
      name: 'could-not-check is switched off',
      record: [elder],
      unknown: { conditions: 'failed' },
      ...signing,
      policy: quiet,
      missing: ['myocardialInfarction', 'stroke', 'prostateCancer', 'lowBmd', 'fractures'],
    },
    {
      name: 'T-scores not obtained',
      record: [elder],
      unknown: { bone: 'failed' },
      ...signing,
      missing: ['lowBmd'],
    },
    {
      name: 'sex not recorded, recent infarction',
      record: [patient(60, { gender: 'other' }), infarction('2025-12-01')],
      ...signing,
      missing: ['sex'],
    },
  ],
});

test('a sample time that is not stated, or too late, is said on the card', () => {
  const details = (resources: readonly Resource[]): string =>
    decide('bone-heart-patient-view', recordOf(resources), contextOf(), guideline, TODAY)
      .cards.filter(({ source }) => source.topic?.code === 'low-testosterone-bone-heart')
      .map(({ detail }) => detail)
      .join();
  expect(details([elder, level(250, '2025-12-01')])).toContain('taken as a morning sample');
  expect(details([elder, level(250, '2025-12-01T08:30:00Z')])).toContain('taken as a morning sample');
  expect(details([elder, level(250, '2025-12-01T10:59:00+01:00')])).not.toContain(
    'taken as a morning sample',
  );
  expect(details([elder, level(250, '2025-12-01T14:00:00+01:00')])).toContain('11:00 or later');
});

test('before signing, each draft has its warning, which offers to remove that draft', () => {
  const second = { ...draft, id: 'draft-2' };
  const { cards } = decide(
    'bone-heart-order-sign',
    recordOf([elder, prostateCancer]),
    contextOf([draft, second]),
    guideline,
    TODAY,
  );
  expect(cards.map(({ indicator }) => indicator)).toEqual(['warning', 'warning']);
  expect(JSON.stringify(cards[0]?.suggestions)).toContain('MedicationRequest/draft-1');
  expect(JSON.stringify(cards[1]?.suggestions)).toContain('MedicationRequest/draft-2');
});
