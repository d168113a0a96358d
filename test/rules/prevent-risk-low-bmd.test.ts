import { describe, expect, test } from '@jest/globals';
import type { Resource } from '../../src/facts/record.ts';
import { decide } from '../../src/decide.ts';
import { preventRiskLowBmd } from '../../src/rules/prevent-risk-low-bmd.ts';
import {
  bloodPressure,
  clinicalStatus,
  coded,
  condition,
  contextOf,
  drug,
  eGfr,
  guideline,
  hdl,
  lab,
  ldl,
  man,
  osteopenia,
  osteoporosis,
  patient,
  procedure,
  quantity,
  recordOf,
  smokingStatus,
  statement,
  TODAY,
  totalCholesterol,
  triglycerides,
  tScore,
  weight,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

const NEVER = '266919005';
const SMOKES = '449868002';

type Part = Resource | readonly Resource[];

/** Two days with the same systolic pressure. */
const pressure = (systolic: number): Part => [
  bloodPressure(systolic, 80, '2025-12-01'),
  bloodPressure(systolic, 80, '2025-11-01'),
];
const bmi = (value: number, date = '2025-12-01'): Resource => lab('39156-5', value, 'kg/m2', date);
const height = (cm: number, date = '2025-12-01'): Resource => lab('8302-2', cm, 'cm', date);
const creatinine = (value: number, date = '2025-12-01', unit = 'mg/dL'): Resource =>
  lab('2160-0', value, unit, date);
const diabetes = condition('snomed', '44054006');
const hypertension = condition('icd10cm', 'I10');
const smoker = smokingStatus('2025-12-01', SMOKES);

/** A woman of 60 with osteopenia whose every input is on file: 10-year ASCVD risk 3.7 %. */
const WOMAN = {
  patient: patient(60),
  bone: tScore(-1.8),
  total: totalCholesterol(200),
  hdl: hdl(50),
  ldl: ldl(120),
  pressure: pressure(140),
  kidney: eGfr(90),
  smoking: smokingStatus('2025-12-01', NEVER),
} satisfies Record<string, Part>;
function woman(change: Partial<Record<keyof typeof WOMAN, Part>> = {}, ...more: readonly Part[]): Resource[] {
  return [...Object.values({ ...WOMAN, ...change }), ...more].flat();
}
/** The same woman at 64 with diabetes; 154 mm Hg gives 9.9 %, 155 gives 10.0 %. */
const older = (systolic: number, ...more: readonly Part[]): Resource[] =>
  woman({ patient: patient(64), pressure: pressure(systolic) }, diabetes, ...more);

describeRule(preventRiskLowBmd, {
  recommends: [
    {
      name: 'every input on file, no body mass index: heart failure left out',
      record: woman(),
      variant: 'borderline',
      says: ['10-year ASCVD risk (PREVENT) 3.7 %: borderline. Low bone density is extra context only.'],
      suggests: [],
    },
    {
      name: '2.98 % shows as 3.0 and is borderline',
      record: woman({ pressure: pressure(126) }),
      variant: 'borderline',
      says: ['3.0 %'],
    },
    {
      name: '4.9 % is borderline',
      record: woman({ pressure: pressure(160) }),
      variant: 'borderline',
      says: ['4.9 %'],
    },
    {
      name: '4.99 % shows as 5.0 and is intermediate',
      record: woman({ pressure: pressure(161) }),
      variant: 'intermediate',
      says: ['5.0 %: intermediate'],
    },
    { name: '9.9 % is for information', record: older(154), variant: 'intermediate', says: ['9.9 %'] },
    { name: '10.0 % is a warning', record: older(155), variant: 'high', says: ['10.0 %: high'] },
    {
      name: '9.96 % shows as 10.0 and is a warning: text and class agree',
      record: woman({ patient: patient(70), pressure: pressure(135) }, diabetes),
      variant: 'high',
      says: ['10.0 %'],
    },
    {
      name: 'high, but another recommendation speaks of lipid therapy',
      record: older(155),
      dropped: ['lipidTherapy'],
      variant: 'highInformation',
      says: ['10.0 %: high'],
    },
    { name: 'high on ezetimibe', record: older(155, drug('Ezetimibe 10 MG')), variant: 'highInformation' },
    {
      name: 'high with statin intolerance on record',
      record: older(155, condition('icd10cm', 'T46.6X5A')),
      variant: 'highInformation',
    },
    {
      name: 'intermediate, ezetimibe on hold: it would change nothing',
      record: older(154, drug('Ezetimibe 10 MG', { status: 'on-hold' })),
      variant: 'intermediate',
    },
    {
      name: 'a statin that was stopped is no statin',
      record: woman({}, drug('Simvastatin 20 MG', { status: 'stopped' })),
      variant: 'borderline',
      says: ['3.7 %'],
    },
    // population
    {
      name: 'hip fracture at 65 without low bone density',
      record: woman({
        patient: patient(66),
        bone: condition('icd10cm', 'S72.001A', { onsetDateTime: '2025-03-01' }),
      }),
      variant: 'intermediate',
      says: ['The fracture is extra context only.'],
    },
    {
      name: 'hip fracture at 58, mechanism unknown, bone density not obtained',
      record: woman({ bone: condition('icd10cm', 'S72.001A', { onsetDateTime: '2024-03-01' }) }),
      unknown: { bone: 'failed' },
      variant: 'borderline',
    },
    {
      name: 'osteoporosis on the problem list',
      record: woman({ bone: osteoporosis() }),
      variant: 'borderline',
      says: ['Low bone density is extra context only.'],
    },
    {
      name: 'man of 30, youngest age, with 30-year risk',
      record: woman(
        { patient: patient(30, man), bone: osteoporosis(), pressure: pressure(180), smoking: smoker },
        diabetes,
        bmi(27),
      ),
      variant: 'high',
      says: ['12.7 %'],
    },
    {
      name: 'woman of 59: last age with 30-year risk',
      record: woman({ patient: patient(59) }),
      variant: 'borderline',
      says: ['3.4 %'],
    },
    {
      name: 'age 79, oldest age',
      record: woman({ patient: patient(79) }),
      variant: 'high',
      says: ['11.5 %'],
    },
    // LDL
    { name: 'LDL exactly 70 mg/dL', record: woman({ ldl: ldl(70) }), variant: 'borderline' },
    {
      name: 'LDL exactly 1.8 mmol/L, though that is 69.6 mg/dL',
      record: woman({ ldl: ldl(1.8, '2025-12-01', 'mmol/L') }),
      variant: 'borderline',
    },
    { name: 'LDL 189 mg/dL', record: woman({ ldl: ldl(189) }), variant: 'borderline' },
    {
      name: 'LDL 4.8 mmol/L',
      record: woman({ ldl: ldl(4.8, '2025-12-01', 'mmol/L') }),
      variant: 'borderline',
    },
    {
      name: 'triglycerides exactly 400 on the same day',
      record: woman({}, triglycerides(400)),
      variant: 'borderline',
    },
    {
      name: 'triglycerides 4.5 mmol/L on the same day',
      record: woman({}, triglycerides(4.5, '2025-12-01', 'mmol/L')),
      variant: 'borderline',
    },
    // each input changes the estimate as it should
    {
      name: 'cholesterol in mmol/L',
      record: woman({
        total: totalCholesterol(5.2, '2025-12-01', 'mmol/L'),
        hdl: hdl(1.3, '2025-12-01', 'mmol/L'),
      }),
      variant: 'borderline',
      says: ['3.7 %'],
    },
    {
      name: 'total cholesterol exactly 3.36 mmol/L is in range, though that is 129.9 mg/dL',
      record: woman({ total: totalCholesterol(3.36, '2025-12-01', 'mmol/L'), pressure: pressure(160) }),
      variant: 'borderline',
    },
    { name: 'current smoker', record: woman({ smoking: smoker }), variant: 'intermediate', says: ['5.6 %'] },
    {
      name: 'current smoker by the problem list, older than any window',
      record: woman({ smoking: condition('icd10cm', 'F17.210', { onsetDateTime: '2010-05-01' }) }),
      variant: 'intermediate',
      says: ['5.6 %'],
    },
    {
      name: 'former smoker',
      record: woman({ smoking: smokingStatus('2025-12-01', '8517006') }),
      variant: 'borderline',
      says: ['3.7 %'],
    },
    { name: 'diabetes', record: woman({}, diabetes), variant: 'intermediate', says: ['7.2 %'] },
    {
      name: 'resolved diabetes with normal HbA1c is no diabetes',
      record: woman(
        {},
        condition('snomed', '44054006', clinicalStatus('resolved')),
        lab('4548-4', 6.4, '%', '2025-12-01'),
      ),
      variant: 'borderline',
      says: ['3.7 %'],
    },
    {
      name: 'HbA1c 47 mmol/mol without a diabetes entry',
      record: woman({}, lab('4548-4', 47, 'mmol/mol', '2025-12-01')),
      variant: 'borderline',
      says: ['3.7 %'],
    },
    {
      name: 'amlodipine without hypertension on record',
      record: woman({}, drug('Amlodipine 5 MG Oral Tablet')),
      variant: 'borderline',
      says: ['4.5 %'],
    },
    {
      name: 'metoprolol with hypertension on record',
      record: woman({}, drug('Metoprolol 50 MG Oral Tablet'), hypertension),
      variant: 'borderline',
      says: ['4.5 %'],
    },
    {
      name: 'amlodipine order of three years ago that nobody ended, hypertension on record',
      record: woman({}, drug('Amlodipine 5 MG Oral Tablet', { authoredOn: '2022-12-01' }), hypertension),
      variant: 'borderline',
      says: ['4.5 %'],
    },
    {
      name: 'lisinopril by ATC code only',
      record: woman({}, drug(coded('atc', 'C09AA03'))),
      variant: 'borderline',
      says: ['4.5 %'],
    },
    {
      name: 'timolol eye drops are no blood pressure treatment',
      record: woman({}, drug('Timolol 5 MG/ML Ophthalmic Solution')),
      variant: 'borderline',
      says: ['3.7 %'],
    },
    {
      name: 'blood pressure drug that was stopped',
      record: woman({}, drug('Amlodipine 5 MG', { status: 'stopped' })),
      variant: 'borderline',
      says: ['3.7 %'],
    },
    // blood pressure
    {
      name: 'blood pressure on one day only: mean of its readings, said on the card',
      record: woman({ pressure: [bloodPressure(150, 80), bloodPressure(151, 82)] }),
      variant: 'borderline',
      says: ['4.3 %'],
    },
    {
      name: 'mean of three days, an older fourth left out',
      record: woman({
        pressure: [
          bloodPressure(140, 80, '2025-12-01'),
          bloodPressure(130, 80, '2025-11-01'),
          bloodPressure(150, 80, '2025-10-01'),
          bloodPressure(190, 80, '2025-09-01'),
        ],
      }),
      variant: 'borderline',
      says: ['3.7 %'],
    },
    {
      name: 'single blood pressure 12 months ago to the day',
      record: woman({ pressure: bloodPressure(140, 80, '2025-01-15') }),
      variant: 'borderline',
    },
    {
      name: 'two days, the older one 12 months and a day ago: one day is left',
      record: woman({
        pressure: [bloodPressure(140, 80, '2025-06-01'), bloodPressure(180, 80, '2025-01-14')],
      }),
      variant: 'borderline',
      says: ['3.7 %'],
    },
    // kidney
    { name: 'eGFR 45', record: woman({ kidney: eGfr(45) }), variant: 'intermediate', says: ['5.8 %'] },
    {
      name: 'eGFR 24 months ago to the day',
      record: woman({ kidney: eGfr(90, '2024-01-15') }),
      variant: 'borderline',
    },
    {
      name: 'eGFR computed from creatinine (woman of 60, 1.36 mg/dL: 45)',
      record: woman({ kidney: creatinine(1.36) }),
      variant: 'intermediate',
      says: ['5.8 %'],
    },
    {
      name: 'eGFR computed from creatinine in umol/L',
      record: woman({ kidney: creatinine(120, '2025-12-01', 'umol/L') }),
      variant: 'intermediate',
      says: ['5.8 %'],
    },
    {
      name: 'reported CKD-EPI 2021 wins over creatinine of the same day',
      record: woman({ kidney: [eGfr(90), creatinine(1.36)] }),
      variant: 'borderline',
      says: ['3.7 %'],
    },
    {
      name: 'creatinine wins over an eGFR of another equation of the same day',
      record: woman({ kidney: [lab('77147-7', 90, 'mL/min/{1.73_m2}', '2025-12-01'), creatinine(1.36)] }),
      variant: 'intermediate',
      says: ['5.8 %'],
    },
    {
      name: 'eGFR "> 60" with creatinine of the same day',
      record: woman({
        kidney: [eGfr(0, '2025-12-01', quantity('>', 60, 'mL/min/{1.73_m2}')), creatinine(0.7)],
      }),
      variant: 'borderline',
    },
    {
      name: 'a newer creatinine wins over an older eGFR',
      record: woman({ kidney: [eGfr(90, '2025-06-01'), creatinine(1.36)] }),
      variant: 'intermediate',
      says: ['5.8 %'],
    },
    {
      name: 'only a race-specific pair: the lower one, and the card says so',
      record: woman({
        kidney: [
          lab('48642-3', 45, 'mL/min/{1.73_m2}', '2025-12-01'),
          lab('48643-1', 55, 'mL/min/{1.73_m2}', '2025-12-01'),
        ],
      }),
      variant: 'intermediate',
      says: ['5.8 %'],
    },
    {
      name: 'eGFR 59.4 goes in as 59: 3.1 %, where 59.4 would give 3.0',
      record: woman({ kidney: eGfr(59.4), pressure: pressure(121) }),
      variant: 'borderline',
      says: ['3.1 %'],
    },
    // windows of the other inputs
    {
      name: 'lipids 24 months ago to the day',
      record: woman({
        total: totalCholesterol(200, '2024-01-15'),
        hdl: hdl(50, '2024-01-15'),
        ldl: ldl(120, '2024-01-15'),
      }),
      variant: 'borderline',
    },
    {
      name: 'smoking status 24 months ago to the day',
      record: woman({ smoking: smokingStatus('2024-01-15', NEVER) }),
      variant: 'borderline',
    },
    // body mass index: for heart failure only
    { name: 'body mass index 27', record: woman({}, bmi(27)), variant: 'borderline' },
    {
      name: 'body mass index 24 months ago to the day',
      record: woman({}, bmi(27, '2024-01-15')),
      variant: 'borderline',
    },
    {
      name: 'body mass index 24 months and a day ago',
      record: woman({}, bmi(27, '2024-01-14')),
      variant: 'borderline',
    },
    { name: 'body mass index 39.96', record: woman({}, bmi(39.96)), variant: 'borderline' },
    { name: 'body mass index 40', record: woman({}, bmi(40)), variant: 'borderline' },
    { name: 'body mass index 18.4', record: woman({}, bmi(18.4)), variant: 'borderline' },
    {
      name: 'weight and height 60 months ago to the day',
      record: woman({}, weight(72, '2024-01-15'), height(165, '2021-01-15')),
      variant: 'borderline',
    },
    {
      name: 'weight in pounds and height in inches',
      record: woman({}, weight(159, '2025-12-01', '[lb_av]'), lab('8302-2', 65, '[in_i]', '2025-12-01')),
      variant: 'borderline',
    },
    {
      name: 'weight and height 60 months and a day ago',
      record: woman({}, weight(72), height(165, '2021-01-14')),
      variant: 'borderline',
    },
    {
      name: 'height without weight',
      record: woman({}, height(165)),
      variant: 'borderline',
    },
    {
      name: 'body mass index "> 40" is no number',
      record: woman({}, lab('39156-5', 40, 'kg/m2', '2025-12-01', quantity('>', 40, 'kg/m2'))),
      variant: 'borderline',
    },
    {
      name: 'body measures not obtained',
      record: woman(),
      unknown: { body: 'failed' },
      variant: 'borderline',
    },
  ],
  doesNotApply: [
    { name: '2.9 % is not shown', record: woman({ pressure: pressure(125) }) },
    {
      name: 'eGFR 59.5 goes in as 60: 2.9 %, where 59.5 would give 3.0',
      record: woman({ kidney: eGfr(59.5), pressure: pressure(120) }),
    },
    { name: 'on a statin', record: older(155, drug('Atorvastatin 40 MG Oral Tablet')) },
    {
      name: 'on a statin, other inputs missing',
      record: [patient(60), tScore(-1.8), statement('simvastatin 20 mg')],
    },
    { name: 'LDL 190 belongs to severe-ldl-low-bmd', record: woman({ ldl: ldl(190) }) },
    { name: 'LDL 4.9 mmol/L', record: woman({ ldl: ldl(4.9, '2025-12-01', 'mmol/L') }) },
    { name: 'LDL 69', record: woman({ ldl: ldl(69) }) },
    { name: 'LDL 1.79 mmol/L', record: woman({ ldl: ldl(1.79, '2025-12-01', 'mmol/L') }) },
    { name: 'no low bone density, no fracture', record: woman({ bone: tScore(-0.5) }) },
    { name: 'age 29', record: woman({ patient: patient(29), bone: osteoporosis() }) },
    { name: 'age 80', record: woman({ patient: patient(80) }) },
    { name: 'coronary stent', record: woman({}, condition('icd10cm', 'Z95.5')) },
    { name: 'coronary bypass', record: woman({}, condition('icd10cm', 'Z95.1')) },
    { name: 'coronary angioplasty', record: woman({}, condition('icd10cm', 'Z98.61')) },
    {
      name: 'coronary bypass as a procedure',
      record: woman({}, procedure(coded('snomed', '232717009'), '2010-01-01')),
    },
    { name: 'angina', record: woman({}, condition('icd10cm', 'I20.9')) },
    { name: 'old infarction', record: woman({}, condition('icd10cm', 'I25.2')) },
    { name: 'haemorrhagic stroke', record: woman({}, condition('icd10cm', 'I61.9')) },
    {
      name: 'TIA long ago, resolved',
      record: woman({}, condition('icd10cm', 'G45.9', clinicalStatus('resolved'))),
    },
    { name: 'heart failure', record: woman({}, condition('icd10cm', 'I50.9')) },
    {
      name: 'heart failure, resolved',
      record: woman({}, condition('snomed', '84114007', clinicalStatus('resolved'))),
    },
    { name: 'systolic pressure 201 is out of range', record: woman({ pressure: pressure(201) }) },
    { name: 'systolic pressure 89 is out of range', record: woman({ pressure: pressure(89) }) },
    { name: 'eGFR 14 is out of range', record: woman({ kidney: eGfr(14) }) },
    { name: 'eGFR 141 is out of range', record: woman({ kidney: eGfr(141) }) },
    { name: 'total cholesterol 321 is out of range', record: woman({ total: totalCholesterol(321) }) },
    { name: 'HDL 19 is out of range', record: woman({ hdl: hdl(19) }) },
    {
      name: 'HDL 2.60 mmol/L is out of range',
      record: woman({ hdl: hdl(2.6, '2025-12-01', 'mmol/L'), smoking: smoker }),
    },
  ],
  lacksData: [
    { name: 'smoking never recorded', record: woman({ smoking: [] }), missing: ['smoking'] },
    {
      name: 'smoking "unknown if ever smoked"',
      record: woman({ smoking: smokingStatus('2025-12-01', '266927001') }),
      missing: ['smoking'],
    },
    {
      name: 'smoking status 24 months and a day ago',
      record: woman({ smoking: smokingStatus('2024-01-14', NEVER) }),
      missing: ['smoking'],
    },
    {
      name: 'former smoker last year, newer status unreadable',
      record: woman({
        smoking: [smokingStatus('2025-06-01', '8517006'), smokingStatus('2025-12-01', '266927001')],
      }),
      missing: ['smoking'],
    },
    {
      name: 'smoking search failed',
      record: woman(),
      unknown: { socialHistory: 'failed' },
      missing: ['smoking'],
    },
    { name: 'no total cholesterol', record: woman({ total: [] }), missing: ['totalCholesterol'] },
    {
      name: 'total cholesterol 24 months and a day ago',
      record: woman({ total: totalCholesterol(200, '2024-01-14') }),
      missing: ['totalCholesterol'],
    },
    {
      name: 'total cholesterol without unit is not guessed',
      record: woman({
        total: lab('2093-3', 5.2, 'mmol/L', '2025-12-01', { valueQuantity: { value: 5.2 } }),
      }),
      missing: ['totalCholesterol'],
    },
    { name: 'no HDL', record: woman({ hdl: [] }), missing: ['hdlCholesterol'] },
    {
      name: 'HDL "< 20" is no value for an equation',
      record: woman({ hdl: lab('2085-9', 20, 'mg/dL', '2025-12-01', quantity('<', 20, 'mg/dL')) }),
      missing: ['hdlCholesterol'],
    },
    { name: 'no LDL: the population is open', record: woman({ ldl: [] }), missing: ['ldl'] },
    {
      name: 'LDL "> 180" may be severe',
      record: woman({ ldl: ldl(0, '2025-12-01', 'mg/dL', quantity('>', 180, 'mg/dL')) }),
      missing: ['ldl'],
    },
    {
      name: 'calculated LDL with triglycerides 401',
      record: woman({}, triglycerides(401)),
      missing: ['ldl'],
    },
    {
      name: 'calculated LDL with triglycerides 4.6 mmol/L',
      record: woman({}, triglycerides(4.6, '2025-12-01', 'mmol/L')),
      missing: ['ldl'],
    },
    {
      name: 'lipid search failed',
      record: woman({ total: [], hdl: [], ldl: [] }),
      unknown: { lipids: 'failed' },
      missing: ['totalCholesterol', 'hdlCholesterol', 'ldl'],
    },
    { name: 'no blood pressure', record: woman({ pressure: [] }), missing: ['bloodPressure'] },
    {
      name: 'blood pressure 12 months and a day ago',
      record: woman({ pressure: bloodPressure(140, 80, '2025-01-14') }),
      missing: ['bloodPressure'],
    },
    {
      name: 'blood pressure search failed',
      record: woman({ pressure: [] }),
      unknown: { bloodPressure: 'timed-out' },
      missing: ['bloodPressure'],
    },
    { name: 'no eGFR, no creatinine', record: woman({ kidney: [] }), missing: ['kidneyResults'] },
    {
      name: 'eGFR 24 months and a day ago',
      record: woman({ kidney: eGfr(90, '2024-01-14') }),
      missing: ['kidneyResults'],
    },
    {
      name: 'eGFR "> 60" alone is no value for an equation',
      record: woman({ kidney: eGfr(0, '2025-12-01', quantity('>', 60, 'mL/min/{1.73_m2}')) }),
      missing: ['kidneyResults'],
    },
    {
      name: 'creatinine, sex not stated',
      record: woman({ patient: patient(60, { gender: 'other' }), kidney: creatinine(0.8) }),
      missing: ['sex', 'kidneyResults'],
    },
    {
      name: 'birth year only',
      record: woman({ patient: patient(60, { birthDate: '1965' }) }),
      missing: ['age'],
    },
    {
      name: 'HbA1c 6.5 % without a diabetes entry speaks against the default',
      record: woman({}, lab('4548-4', 6.5, '%', '2025-12-01')),
      missing: ['diabetesForRisk'],
    },
    {
      name: 'HbA1c 48 mmol/mol without a diabetes entry',
      record: woman({}, lab('4548-4', 48, 'mmol/mol', '2025-12-01')),
      missing: ['diabetesForRisk'],
    },
    {
      name: 'insulin without a diabetes entry',
      record: woman({}, drug('Insulin glargine 100 UNT/ML')),
      missing: ['diabetesForRisk'],
    },
    {
      name: 'glipizide without a diabetes entry',
      record: woman({}, drug('Glipizide 5 MG')),
      missing: ['diabetesForRisk'],
    },
    {
      name: 'pioglitazone without a diabetes entry',
      record: woman({}, drug('Pioglitazone 15 MG')),
      missing: ['diabetesForRisk'],
    },
    {
      name: 'metoprolol without hypertension: given for something else?',
      record: woman({}, drug('Metoprolol 50 MG Oral Tablet')),
      missing: ['bloodPressureTreatment'],
    },
    {
      name: 'amlodipine order of three years ago that nobody ended, no hypertension on record',
      record: woman({}, drug('Amlodipine 5 MG Oral Tablet', { authoredOn: '2022-12-01' })),
      missing: ['bloodPressureTreatment'],
    },
    {
      name: 'amlodipine on hold',
      record: woman({}, drug('Amlodipine 5 MG', { status: 'on-hold' })),
      missing: ['bloodPressureTreatment'],
    },
    {
      name: 'statin on hold',
      record: woman({}, drug('Atorvastatin 40 MG', { status: 'on-hold' })),
      missing: ['statins'],
    },
    {
      name: 'high, ezetimibe on hold: warning or information is open',
      record: older(155, drug('Ezetimibe 10 MG', { status: 'on-hold' })),
      missing: ['nonStatinLipidLowering'],
    },
    {
      name: 'medication list cut off',
      record: woman(),
      incomplete: { medicationRequests: 'truncated' },
      missing: ['bloodPressureTreatment', 'statins'],
    },
    {
      name: 'problem list not obtained',
      record: woman(),
      unknown: { conditions: 'failed' },
      missing: ['smoking', 'diabetesForRisk', 'ascvd', 'heartFailure'],
    },
    {
      name: 'procedures not obtained: a bypass could be there',
      record: woman(),
      unknown: { procedures: 'failed' },
      missing: ['ascvd'],
    },
    {
      name: 'bone density not obtained, no fracture',
      record: woman({ bone: [] }),
      unknown: { bone: 'failed' },
      missing: ['lowBmd'],
    },
    {
      name: 'nothing but osteopenia: every missing input is listed',
      record: [patient(60), osteopenia()],
      missing: ['totalCholesterol', 'hdlCholesterol', 'bloodPressure', 'kidneyResults', 'smoking', 'ldl'],
    },
  ],
});

describe('beside other recommendations', () => {
  const answer = (record: readonly Resource[]): Record<string, string | undefined> => {
    const { judgements } = decide('bone-heart-patient-view', recordOf(record), contextOf(), guideline, TODAY);
    return Object.fromEntries(
      judgements.map(({ active, finding }) => [
        active.recommendation.id,
        finding.outcome === 'recommend' ? finding.variant : undefined,
      ]),
    );
  };

  test('LDL 165 with low bone density: severe-ldl-low-bmd speaks, this one is silent', () => {
    const said = answer(older(155, ldl(165, '2026-01-05')));
    expect(said['severe-ldl-low-bmd']).toBe('raisedWithLowBmd');
    expect(said['prevent-risk-low-bmd']).toBeUndefined();
  });

  test('coronary calcium 150: that card owns lipid therapy, the estimate stays for information', () => {
    const score: Resource = {
      ...lab('450360000', 150, '{score}', '2025-06-01'),
      code: coded('snomed', '450360000'),
    };
    const said = answer(older(155, score));
    expect(said['cac-low-bmd']).toBe('high');
    expect(said['prevent-risk-low-bmd']).toBe('highInformation');
  });

  test('Paget disease silences', () => {
    expect(answer(older(155, condition('icd10cm', 'M88.9')))['prevent-risk-low-bmd']).toBeUndefined();
  });
});
