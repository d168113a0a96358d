import type { Resource } from '../../src/facts/record.ts';
import { smokingCessationBoneHeart } from '../../src/rules/smoking-cessation-bone-heart.ts';
import {
  clinicalStatus,
  coded,
  condition,
  drug,
  order,
  osteopenia,
  osteoporosis,
  patient,
  procedure,
  smokingStatus,
  statement,
  tScore,
  verificationStatus,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

const woman = patient(66);
const current = smokingStatus('2025-12-01');
const [former, never, unknownIfEver] = ['8517006', '266919005', '266927001'];
const dependence = (extra = {}, code = 'F17.210'): Resource => condition('icd10cm', code, extra);
const hypertension = condition('icd10cm', 'I10');
const sinceThen = (extra: object): Resource =>
  smokingStatus('', '449868002', {
    effectiveDateTime: undefined,
    effectivePeriod: { start: '1998-01-01' },
    ...extra,
  });
const person = [woman, current, hypertension];
const education = coded('snomed', '225323000');
const nicotine = 'nicotine 21 MG/24 HR Transdermal System';

describeRule(smokingCessationBoneHeart, {
  recommends: [
    {
      name: 'current smoker with hypertension only',
      record: person,
      variant: 'hypertension',
      says: ['Current smoker with hypertension: no cessation support on file in 12 months.'],
      suggests: ['referral', 'education'],
    },
    {
      name: 'status current 24 months ago to the day',
      record: [woman, smokingStatus('2024-01-15'), hypertension],
      variant: 'hypertension',
    },
    {
      name: 'status current one day more than 24 months ago: update it',
      record: [woman, smokingStatus('2024-01-14'), hypertension],
      variant: 'update',
      says: ['Smoking status last recorded 2024-01-14 (current): update.'],
      suggests: [],
    },
    {
      name: 'an old status is to be updated also where support could not be checked',
      record: [woman, smokingStatus('2023-06-01'), hypertension],
      unknown: { procedures: 'failed' },
      variant: 'update',
    },
    {
      name: 'low bone density stands before the other risks',
      record: [...person, tScore(-2.6), condition('icd10cm', 'E11.9')],
      variant: 'lowBmd',
      says: ['Current smoker with low bone density'],
    },
    { name: 'osteopenia on the problem list', record: [woman, current, osteopenia()], variant: 'lowBmd' },
    { name: 'osteoporosis on the problem list', record: [woman, current, osteoporosis()], variant: 'lowBmd' },
    {
      name: 'vertebral fracture at 65',
      record: [woman, current, condition('icd10cm', 'S32.010A', { onsetDateTime: '2025-05-01' })],
      variant: 'fractures',
      says: ['Current smoker with a fragility fracture'],
    },
    {
      name: 'hip fracture at 60: mechanism unknown',
      record: [woman, current, condition('icd10cm', 'S72.001A', { onsetDateTime: '2020-03-01' })],
      variant: 'fractures',
    },
    {
      name: 'myocardial infarction years ago',
      record: [woman, current, condition('icd10cm', 'I21.9', { onsetDateTime: '2012-05-01' })],
      variant: 'ascvd',
      says: ['Current smoker with cardiovascular disease'],
    },
    {
      name: 'haemorrhagic stroke is cardiovascular disease',
      record: [woman, current, condition('icd10cm', 'I61.9')],
      variant: 'ascvd',
    },
    { name: 'diabetes', record: [woman, current, condition('icd10cm', 'E11.9')], variant: 'diabetes' },
    {
      name: 'chronic kidney disease',
      record: [woman, current, condition('icd10cm', 'N18.31')],
      variant: 'ckd',
    },
    {
      name: 'tobacco dependence on the problem list since last year',
      record: [woman, hypertension, dependence({ onsetDateTime: '2025-02-01' })],
      variant: 'hypertension',
    },
    {
      name: 'an active problem without any date is current',
      record: [woman, hypertension, dependence()],
      variant: 'hypertension',
    },
    {
      name: 'a problem that began in 2005 and was recorded last year is current',
      record: [woman, hypertension, dependence({ onsetDateTime: '2005', recordedDate: '2025-02-01' })],
      variant: 'hypertension',
    },
    {
      name: 'a problem dated 2019 and nothing since: update it',
      record: [woman, hypertension, dependence({ onsetDateTime: '2019-01-01' })],
      variant: 'update',
      says: ['last recorded 2019-01-01 (current)'],
    },
    {
      name: 'smoker since 1998, a period without an end, issued last year: stated last year',
      record: [woman, hypertension, sinceThen({ issued: '2025-03-01T09:00:00Z' })],
      variant: 'hypertension',
    },
    {
      name: 'smoker since 1998, issued three years ago: update it',
      record: [woman, hypertension, sinceThen({ issued: '2022-12-01T09:00:00Z' })],
      variant: 'update',
      says: ['last recorded 2022-12-01'],
    },
    {
      name: 'smokes again: the newer observation wins',
      record: [...person, smokingStatus('2024-12-01', former)],
      variant: 'hypertension',
    },
    {
      name: 'an older status that cannot be read does not matter',
      record: [...person, smokingStatus('2024-12-01', unknownIfEver)],
      variant: 'hypertension',
    },
    {
      name: 'a newer status entered in error does not matter',
      record: [...person, smokingStatus('2026-01-01', former, { status: 'entered-in-error' })],
      variant: 'hypertension',
    },
    {
      name: 'smoker, current status unknown (77176002), counts as current',
      record: [woman, hypertension, smokingStatus('2025-12-01', '77176002')],
      variant: 'hypertension',
    },
    {
      name: 'counselling one day more than 12 months ago',
      record: [...person, procedure(education, '2025-01-14')],
      variant: 'hypertension',
    },
    {
      name: 'counselling that was not done',
      record: [...person, procedure(education, '2025-12-01', { status: 'not-done' })],
      variant: 'hypertension',
    },
    {
      name: 'referral revoked',
      record: [...person, order(coded('snomed', '395700008'), { status: 'revoked' })],
      variant: 'hypertension',
    },
    {
      name: 'referral 13 months ago',
      record: [...person, order(coded('snomed', '395700008'), { authoredOn: '2024-12-15' })],
      variant: 'hypertension',
    },
    {
      name: 'bupropion that is not Zyban',
      record: [...person, drug('bupropion hydrochloride 150 MG Extended Release Oral Tablet')],
      variant: 'hypertension',
    },
    {
      name: 'nicotine patches stopped two years ago',
      record: [...person, drug(nicotine, { status: 'stopped', authoredOn: '2024-01-10' })],
      variant: 'hypertension',
    },
    {
      name: 'nicotine patches cancelled last month were never taken',
      record: [...person, drug(nicotine, { status: 'cancelled' })],
      variant: 'hypertension',
    },
  ],
  doesNotApply: [
    {
      name: 'former smoker last month, F17.210 from 2019',
      record: [
        woman,
        hypertension,
        smokingStatus('2025-12-15', former),
        dependence({ onsetDateTime: '2019-01-01' }),
      ],
    },
    { name: 'never smoked', record: [woman, hypertension, smokingStatus('2025-12-15', never)] },
    {
      name: 'former smoker long ago is not asked to update',
      record: [woman, hypertension, smokingStatus('2015-01-01', former)],
    },
    { name: 'no smoking status on record', record: [woman, hypertension] },
    {
      name: 'dependence in remission (F17.211)',
      record: [woman, hypertension, dependence({ onsetDateTime: '2025-06-01' }, 'F17.211')],
    },
    {
      name: 'dependence that is resolved',
      record: [woman, hypertension, dependence(clinicalStatus('resolved'))],
    },
    { name: 'current smoker without any of the risks', record: [woman, current] },
    {
      name: 'the only risk is refuted',
      record: [woman, current, condition('icd10cm', 'I10', verificationStatus('refuted'))],
    },
    {
      name: 'counselling 12 months ago to the day',
      record: [...person, procedure(education, '2025-01-15')],
    },
    {
      name: 'cessation therapy going on since two years',
      record: [
        ...person,
        procedure(coded('snomed', '710081004'), undefined, {
          status: 'in-progress',
          performedPeriod: { start: '2024-01-01' },
        }),
      ],
    },
    {
      name: 'counselling known by its words only',
      record: [...person, procedure({ text: 'Tobacco cessation counseling' }, '2025-10-01')],
    },
    { name: 'referral active', record: [...person, order(coded('snomed', '395700008'))] },
    {
      name: 'education ordered, completed',
      record: [...person, order(education, { status: 'completed', authoredOn: '2025-03-01' })],
    },
    { name: 'nicotine patches', record: [...person, drug(nicotine)] },
    { name: 'Zyban', record: [...person, drug('Zyban 150 MG Extended Release Oral Tablet')] },
    {
      name: 'nicotine patches stopped last summer',
      record: [...person, drug(nicotine, { status: 'stopped', authoredOn: '2025-07-01' })],
    },
    {
      name: 'supply that ended 11 months ago, ordered 14 months ago',
      record: [
        ...person,
        drug(nicotine, {
          status: 'completed',
          authoredOn: '2024-11-15',
          dispenseRequest: { expectedSupplyDuration: { value: 90, unit: 'd', code: 'd' } },
        }),
      ],
    },
    { name: 'varenicline on the patient’s own list', record: [...person, statement('varenicline 1 MG')] },
    {
      name: 'an old status, but counselling last month',
      record: [woman, smokingStatus('2023-06-01'), hypertension, procedure(education, '2025-12-10')],
    },
  ],
  lacksData: [
    {
      name: 'social history not obtained, dependence on the problem list',
      record: [woman, hypertension, dependence({ onsetDateTime: '2025-02-01' })],
      unknown: { socialHistory: 'failed' },
      missing: ['smoking'],
    },
    {
      name: 'social history cut off',
      record: person,
      incomplete: { socialHistory: 'truncated' },
      missing: ['smoking'],
    },
    {
      name: 'nothing known about smoking because the search failed',
      record: [woman, hypertension],
      unknown: { socialHistory: 'timed-out' },
      missing: ['smoking'],
    },
    {
      name: 'a newer status cannot be read',
      record: [...person, smokingStatus('2026-01-02', unknownIfEver)],
      missing: ['smoking'],
    },
    {
      name: 'a newer status of unknown validity',
      record: [...person, smokingStatus('2026-01-02', former, { status: 'unknown' })],
      missing: ['smoking'],
    },
    {
      name: 'a status without a date that cannot be read',
      record: [...person, smokingStatus('2026-01-02', unknownIfEver, { effectiveDateTime: undefined })],
      missing: ['smoking'],
    },
    {
      name: 'the only observed status has no date',
      record: [
        woman,
        hypertension,
        smokingStatus('2025-12-01', '449868002', { effectiveDateTime: undefined }),
      ],
      missing: ['smoking'],
    },
    {
      name: 'two undated sources that disagree',
      record: [
        woman,
        hypertension,
        dependence(),
        smokingStatus('2025-12-01', '449868002', { effectiveDateTime: undefined }),
        smokingStatus('2025-12-01', former, { effectiveDateTime: undefined }),
      ],
      missing: ['smoking'],
    },
    {
      name: 'a status of the year 2025 beside another of that year: which is newer is open',
      record: [woman, hypertension, smokingStatus('2025'), smokingStatus('2025-06-01', former)],
      missing: ['smoking'],
    },
    {
      name: 'a status of the year 2024: 24 months are open',
      record: [woman, hypertension, smokingStatus('2024')],
      missing: ['smoking'],
    },
    {
      name: 'bone density not obtained, no other risk',
      record: [woman, current],
      unknown: { bone: 'failed' },
      missing: ['lowBmd'],
    },
    {
      name: 'procedures not obtained',
      record: person,
      unknown: { procedures: 'failed' },
      missing: ['cessationSupport'],
    },
    {
      name: 'orders cut off',
      record: person,
      incomplete: { serviceRequests: 'truncated' },
      missing: ['cessationSupport'],
    },
    {
      name: 'medication list not permitted',
      record: person,
      unknown: { medicationRequests: 'not-permitted' },
      missing: ['cessationSupport'],
    },
    {
      name: 'statements failed, old patches in the requests',
      record: [...person, drug(nicotine, { status: 'stopped', authoredOn: '2020-01-10' })],
      unknown: { medicationStatements: 'failed' },
      missing: ['cessationSupport'],
    },
    {
      name: 'an active drug without a name may be one',
      record: [...person, drug({})],
      missing: ['cessationSupport'],
    },
    {
      name: 'nicotine patches on hold',
      record: [...person, drug(nicotine, { status: 'on-hold', authoredOn: '2020-01-10' })],
      missing: ['cessationSupport'],
    },
    {
      name: 'counselling without a date',
      record: [...person, procedure(education)],
      missing: ['cessationSupport'],
    },
    {
      name: 'counselling of unknown status last month',
      record: [...person, procedure(education, '2025-12-10', { status: 'unknown' })],
      missing: ['cessationSupport'],
    },
    {
      name: 'order of unknown status last month',
      record: [...person, order(education, { status: 'unknown' })],
      missing: ['cessationSupport'],
    },
  ],
});
