import { dxaScreeningDue } from '../../src/rules/dxa-screening-due.ts';
import {
  clinicalStatus,
  coded,
  condition,
  drug,
  lab,
  man,
  order,
  osteoporosis,
  patient,
  policyOf,
  procedure,
  quantity,
  report,
  statement,
  tScore,
  verificationStatus,
  weight,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

const article = policyOf({ preset: 'article' });
const withMen = policyOf({
  recommendations: { 'dxa-screening-due': { parameters: { menEnabled: true } } },
});

const menopause = condition('icd10cm', 'Z78.0');
const primaryHyperparathyroidism = condition('icd10cm', 'E21.0', { onsetDateTime: '2024-03-01' });
const arthritis = condition('icd10cm', 'M05.9', { recordedDate: '2023-05-02' });
const frax = (value: number, unit = '%', date = '2025-10-01', extra = {}): ReturnType<typeof lab> =>
  lab('90265-0', value, unit, date, extra);
const hipFrax = (value: number): ReturnType<typeof lab> => lab('90266-8', value, '%', '2025-10-01');
const light = weight(55);
const heavy = weight(90);

describeRule(dxaScreeningDue, {
  recommends: [
    {
      name: 'woman of 65 with nothing on record',
      record: [patient(65)],
      variant: 'woman',
      says: ['Woman 65, no bone density scan found in this record. Screening DXA due.'],
      suggests: ['dxa'],
    },
    { name: 'woman of 85: the last year of reminders', record: [patient(85)], variant: 'woman' },
    {
      name: 'birth year only, 65 or 66',
      record: [patient(66, { birthDate: '1960' })],
      variant: 'woman',
      says: ['Woman 65-66'],
    },
    {
      name: 'woman of 70 whose weight was not obtained: age settles it',
      record: [patient(70)],
      unknown: { body: 'failed' },
      variant: 'woman',
    },
    {
      name: 'woman of 64 with 73.9 kg: OST 1.98',
      record: [patient(64), weight(73.9)],
      variant: 'tool',
      says: ['Post-menopausal, OST 1.98: meets threshold for screening DXA.'],
    },
    {
      name: 'OST 1.998 never shows as 2',
      record: [patient(64), weight(73.99)],
      variant: 'tool',
      says: ['OST 1.99:'],
    },
    {
      name: 'weight in pounds: 162 lb at 64',
      record: [patient(64), weight(162, '2025-12-01', '[lb_av]')],
      variant: 'tool',
      says: ['OST 1.89'],
    },
    {
      name: 'woman of 56 with 69.9 kg: ORAI 10 by age, weight and no oestrogen',
      record: [patient(56), weight(69.9)],
      variant: 'tool',
      says: ['ORAI 10'],
    },
    {
      name: 'oestrogen on hold: 14 points from age and weight alone',
      record: [patient(60), weight(59.9), drug('Estradiol 1 MG Oral Tablet', { status: 'on-hold' })],
      variant: 'tool',
    },
    {
      name: 'woman of 50 with recorded menopause, 59.9 kg on oestrogen: OST leads, ORAI exactly 9',
      record: [patient(50), menopause, weight(59.9), drug('Estradiol 1 MG Oral Tablet')],
      variant: 'tool',
      says: ['OST 1.98'],
    },
    {
      name: 'woman of 52 with recorded menopause, 60 kg',
      record: [patient(52), menopause, weight(60)],
      variant: 'tool',
    },
    {
      name: 'weight 24 months ago to the day',
      record: [patient(58), weight(55, '2024-01-15')],
      variant: 'tool',
    },
    {
      name: 'birth year only, 58 or 59: both ages reach the limit',
      record: [patient(58, { birthDate: '1967' }), light],
      variant: 'tool',
    },
    {
      name: 'recorded FRAX major fracture 8.4 %, no weight',
      record: [patient(58), frax(8.4)],
      variant: 'tool',
      says: ['FRAX 8.4 %'],
    },
    {
      name: 'FRAX as a fraction 0.09',
      record: [patient(58), frax(0.09, '1')],
      variant: 'tool',
      says: ['FRAX 9 %'],
    },
    {
      name: 'FRAX ">= 9 %"',
      record: [patient(58), frax(0, '%', '2025-10-01', quantity('>=', 9, '%'))],
      variant: 'tool',
      says: ['FRAX >= 9 %'],
    },
    {
      name: 'primary hyperparathyroidism before age: cause, age and tool are one card',
      record: [patient(65), primaryHyperparathyroidism],
      variant: 'hyperparathyroidism',
      says: ['Primary hyperparathyroidism and no bone density scan found in this record.'],
    },
    {
      name: 'woman of 50 with normocalcaemic primary hyperparathyroidism',
      record: [patient(50), condition('snomed', '190045361000119101')],
      variant: 'hyperparathyroidism',
    },
    {
      name: 'man of 50 with primary hyperparathyroidism',
      record: [patient(50, man), primaryHyperparathyroidism],
      variant: 'hyperparathyroidism',
    },
    {
      name: 'unknown sex with primary hyperparathyroidism: needs no sex',
      record: [patient(60, { gender: 'unknown' }), primaryHyperparathyroidism],
      variant: 'hyperparathyroidism',
    },
    {
      name: 'woman of 52 with premature menopause',
      record: [patient(52), condition('icd10cm', 'E28.310', { onsetDateTime: '2012' }), heavy],
      variant: 'prematureMenopause',
    },
    {
      name: 'woman of 52, both ovaries removed at 40',
      record: [patient(52), condition('icd10cm', 'Z90.722', { onsetDateTime: '2014-02-01' }), heavy],
      variant: 'prematureMenopause',
    },
    {
      name: 'woman of 58 with coeliac disease',
      record: [patient(58), condition('icd10cm', 'K90.0'), heavy],
      variant: 'malabsorption',
    },
    {
      name: 'woman of 58 with rheumatoid arthritis, date recorded only',
      record: [patient(58), arthritis, heavy],
      variant: 'rheumatoidArthritis',
    },
    {
      name: 'woman of 50 with hyperthyroidism',
      record: [patient(50), condition('icd10cm', 'E05.90'), heavy],
      variant: 'hyperthyroidism',
    },
    {
      name: 'two causes: the first one leads',
      record: [patient(58), arthritis, primaryHyperparathyroidism, light],
      variant: 'hyperparathyroidism',
    },
    {
      name: 'man of 70 when screening of men is on',
      record: [patient(70, man)],
      policy: withMen,
      variant: 'man',
    },
    {
      name: 'man of 55 with rheumatoid arthritis when screening of men is on',
      record: [patient(55, man), arthritis],
      policy: withMen,
      variant: 'rheumatoidArthritis',
    },
    {
      name: 'article preset: woman of 50',
      record: [patient(50)],
      policy: article,
      variant: 'woman',
      says: ['Woman 50'],
    },
    {
      name: 'article preset: woman of 65 needs no remark',
      record: [patient(65)],
      policy: article,
      variant: 'woman',
    },
    {
      name: 'article preset: man of 50',
      record: [patient(50, man)],
      policy: article,
      variant: 'man',
      says: ['Man 50, no bone density scan found in this record. Screening DXA due.'],
    },
    { name: 'article preset: man of 70', record: [patient(70, man)], policy: article, variant: 'man' },
    {
      name: 'scan order of 13 months ago no longer counts',
      record: [patient(65), order(coded('loinc', '38268-9'), { authoredOn: '2024-12-14' })],
      variant: 'woman',
    },
    {
      name: 'cancelled bone density result is no scan',
      record: [patient(65), tScore(-1.2, '2020-01-01', 'hip', { status: 'cancelled' })],
      variant: 'woman',
    },
    {
      name: 'planned scan procedure is no scan',
      record: [patient(65), procedure(coded('snomed', '312681000'), undefined, { status: 'preparation' })],
      variant: 'woman',
    },
    {
      name: 'refuted osteoporosis is no osteoporosis',
      record: [patient(65), osteoporosis(verificationStatus('refuted'))],
      variant: 'woman',
    },
    {
      name: 'stopped alendronate is no therapy',
      record: [patient(65), drug('Alendronate 70 MG', { status: 'stopped' })],
      variant: 'woman',
    },
  ],
  doesNotApply: [
    { name: 'woman of 64 with 74.0 kg: OST exactly 2, ORAI 7', record: [patient(64), weight(74)] },
    { name: 'woman of 64 and 90 kg', record: [patient(64), heavy] },
    { name: 'woman of 86', record: [patient(86)] },
    {
      name: 'woman of 86 with primary hyperparathyroidism',
      record: [patient(86), primaryHyperparathyroidism],
    },
    {
      name: 'woman of 49 with a low weight and premature menopause',
      record: [patient(49), condition('icd10cm', 'E28.310'), light],
    },
    {
      name: 'woman of 49 with primary hyperparathyroidism',
      record: [patient(49), primaryHyperparathyroidism],
    },
    {
      name: 'woman of 58 on oestrogen, 75 kg',
      record: [patient(58), weight(75), drug('Estradiol 1 MG Oral Tablet')],
    },
    {
      name: 'woman of 55 and 70 kg: OST 3, ORAI 7',
      record: [patient(55), weight(70)],
    },
    {
      name: 'woman of 56, 69.9 kg on oestrogen: ORAI 8',
      record: [patient(56), weight(69.9), drug('Estradiol 1 MG Oral Tablet')],
    },
    { name: 'man of 72 by default', record: [patient(72, man)] },
    { name: 'man of 55 with rheumatoid arthritis by default', record: [patient(55, man), arthritis] },
    { name: 'man of 55, light, with a high FRAX', record: [patient(55, man), light, frax(20)] },
    { name: 'man of 69 when screening of men is on', record: [patient(69, man)], policy: withMen },
    { name: 'article preset: woman of 49', record: [patient(49)], policy: article },
    { name: 'FRAX 8.3 %, 90 kg', record: [patient(58), heavy, frax(8.3)] },
    {
      name: 'hip FRAX alone is not the major fracture probability',
      record: [patient(58), heavy, hipFrax(9)],
    },
    {
      name: 'unspecified hyperparathyroidism is not primary',
      record: [patient(58), condition('icd10cm', 'E21.3'), heavy],
    },
    {
      name: 'resolved rheumatoid arthritis',
      record: [patient(58), condition('icd10cm', 'M05.9', clinicalStatus('resolved')), heavy],
    },
    {
      name: 'woman of 62, 90 kg, both ovaries removed at 50: not premature',
      record: [patient(62), condition('icd10cm', 'Z90.722', { onsetDateTime: '2014-02-01' }), heavy],
    },
    {
      name: 'woman of 62, 90 kg, both ovaries removed at an unknown age: not counted as premature',
      record: [patient(62), condition('icd10cm', 'Z90.722', { recordedDate: '1999-02-01' }), heavy],
    },
    { name: 'T-score on record', record: [patient(70), tScore(-0.5, '2009-01-01')] },
    {
      name: 'scan known from a report only',
      record: [patient(70), report(coded('loinc', '38269-7'), '2018-01-01')],
    },
    {
      name: 'completed scan procedure without a date',
      record: [patient(70), procedure(coded('snomed', '312681000'))],
    },
    {
      name: 'scan found although other searches failed',
      record: [patient(70), tScore(-0.5)],
      unknown: { procedures: 'failed', reports: 'failed' },
    },
    { name: 'osteoporosis on the problem list', record: [patient(70), osteoporosis()] },
    { name: 'on alendronate', record: [patient(70), drug('Alendronate 70 MG Oral Tablet')] },
    { name: 'alendronate as a statement', record: [patient(70), statement('alendronic acid 70 mg')] },
    { name: 'long-term bisphosphonate use by code', record: [patient(70), condition('icd10cm', 'Z79.83')] },
    { name: 'scan ordered', record: [patient(70), order(coded('loinc', '38268-9'))] },
    {
      name: 'scan among the draft orders',
      record: [patient(70)],
      drafts: [order(coded('loinc', '38268-9'))],
    },
    { name: 'another recommendation suggests the scan', record: [patient(70)], dropped: ['dxa'] },
    {
      name: 'woman of 64 and 90 kg whose searches for scans failed: no reason to screen anyway',
      record: [patient(64), heavy],
      unknown: { reports: 'failed' },
    },
  ],
  lacksData: [
    { name: 'woman of 52 without menopause data', record: [patient(52), light], missing: ['postmenopausal'] },
    { name: 'woman of 58 without weight', record: [patient(58)], missing: ['weight'] },
    {
      name: 'weight 24 months and a day ago',
      record: [patient(58), weight(55, '2024-01-14')],
      missing: ['weight'],
    },
    { name: 'weight without unit', record: [patient(58), weight(55, '2025-12-01', '')], missing: ['weight'] },
    {
      name: 'weight "> 50 kg"',
      record: [patient(58), lab('29463-7', 0, 'kg', '2025-12-01', quantity('>', 50, 'kg'))],
      missing: ['weight'],
    },
    {
      name: 'weight dated 2024 only',
      record: [patient(58), weight(55, '2024')],
      missing: ['weight'],
    },
    {
      name: 'woman of 56, 69.9 kg, oestrogen on hold: 8 or 10 points',
      record: [patient(56), weight(69.9), drug('Estradiol 1 MG Oral Tablet', { status: 'on-hold' })],
      missing: ['systemicEstrogens'],
    },
    {
      name: 'birth year only, 64 or 65',
      record: [patient(65, { birthDate: '1961' }), heavy],
      missing: ['age'],
    },
    {
      name: 'birth year only, 54 or 55, 65 kg: ORAI 5 or 10',
      record: [patient(55, { birthDate: '1971' }), menopause, weight(66)],
      missing: ['age'],
    },
    {
      name: 'birth year only, 85 or 86',
      record: [patient(86, { birthDate: '1940' })],
      missing: ['age'],
    },
    {
      name: 'FRAX "< 10 %"',
      record: [patient(58), heavy, frax(0, '%', '2025-10-01', quantity('<', 10, '%'))],
      missing: ['frax'],
    },
    { name: 'FRAX above 100 %', record: [patient(58), heavy, frax(120)], missing: ['frax'] },
    { name: 'sex not stated', record: [patient(66, { gender: undefined })], missing: ['sex'] },
    {
      name: 'sex recorded as other',
      record: [patient(66, { gender: 'other' })],
      missing: ['sex'],
    },
    {
      name: 'both ovaries removed, onset in a year that leaves the age open',
      record: [patient(52), condition('icd10cm', 'Z90.722', { onsetDateTime: '2019' }), heavy],
      missing: ['prematureMenopause'],
    },
    {
      name: 'report search failed',
      record: [patient(65)],
      unknown: { reports: 'failed' },
      missing: ['dxaDone'],
    },
    {
      name: 'bone density search cut off',
      record: [patient(65)],
      incomplete: { bone: 'truncated' },
      missing: ['dxaDone'],
    },
    {
      name: 'problem list not obtained',
      record: [patient(65)],
      unknown: { conditions: 'failed' },
      missing: ['osteoporosis'],
    },
    {
      name: 'medication list not obtained',
      record: [patient(65)],
      unknown: { medicationRequests: 'not-permitted' },
      missing: ['osteoporosisTherapy'],
    },
    {
      name: 'alendronate on hold',
      record: [patient(65), drug('Alendronate 70 MG', { status: 'on-hold' })],
      missing: ['osteoporosisTherapy'],
    },
    {
      name: 'orders not obtained',
      record: [patient(65)],
      unknown: { serviceRequests: 'failed' },
      missing: ['dxaOrdered'],
    },
  ],
});
