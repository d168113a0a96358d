/**
 * The clinical specification of patient-view and encounter-discharge as a tester outside sees it: R06, R07, R12, R14, R18 to
 * R22, R25 and R26. The other recommendations are in specification.test.ts, the order hooks in specification-orders.test.ts.
 *
 * Sections are named after clarifications.md and rules.md. The evaluation date is 2026-01-15. `cards` of a case is the answer
 * of the recommendations that its section is about.
 */
import { describe, expect, test } from '@jest/globals';
import type { Resource } from '../../src/facts/record.ts';
import {
  bloodPressure,
  calcium,
  clinicalStatus,
  coded,
  daily,
  drug,
  eGfr,
  hdl,
  lab,
  ldl,
  order,
  osteopenia,
  osteoporosis,
  procedure,
  pth,
  quantity,
  report,
  statement,
  totalCholesterol,
  tScore,
  verificationStatus,
  vitaminD,
} from '../build-record.ts';
import {
  cardsOf,
  cases,
  codedValue,
  comparedOf,
  current,
  currentSmoker,
  cutOff,
  days,
  encounter,
  formerSmoker,
  hip,
  icd,
  male,
  months,
  neverSmoker,
  noValue,
  OUTCOME,
  over,
  R06,
  R07,
  R12,
  R14,
  R18,
  R19,
  R20,
  R21,
  R22,
  R25,
  R26,
  recorded,
  referral,
  settled,
  snomed,
  STANDARD,
  stopped,
  useServices,
  woman,
  type Case,
  type Extra,
} from './specification-helpers.ts';

useServices();

const CALCIUM = '17861-6';
const ALBUMIN = '1751-7';
const PTH = '2731-8';
const VITAMIN_D = '62292-8';
const PHOSPHATE = '2777-1';
const ALP = '6768-6';
const CREATININE = '2160-0';
const TSH = '3016-3';
const TESTOSTERONE = '2986-8';
const DXA = '38268-9';
const LIPIDS = '24331-1';
const HBA1C = '4548-4';
const CARDIOLOGY = '308471005';
const ENDOCRINOLOGY = '306278007';
const NEPHROLOGY = '306286007';

const phosphate = (value: number, date = '2025-12-01'): Resource => lab('2777-1', value, 'mg/dL', date);
const alp = (value: number, date = '2025-12-01'): Resource => lab('6768-6', value, 'U/L', date);
const tsh = (value: number, date = '2025-12-01'): Resource => lab('3016-3', value, 'm[IU]/L', date);
const hba1c = (value: number, date = '2025-12-01', unit = '%'): Resource => lab('4548-4', value, unit, date);
const albumin = (value: number, date = '2025-12-01', unit = 'g/dL'): Resource =>
  lab('1751-7', value, unit, date);
const creatinine = (value: number, date = '2025-12-01', unit = 'mg/dL'): Resource =>
  lab('2160-0', value, unit, date);
const testosterone = (value: number, date = '2025-12-01T08:00:00-05:00', unit = 'ng/dL'): Resource =>
  lab('2986-8', value, unit, date);
const withRange = (one: Resource, low: number, high: number, unit: string): Resource => ({
  ...one,
  referenceRange: [{ low: { value: low, unit }, high: { value: high, unit } }],
});
const alendronate = drug('alendronate 70 MG Oral Tablet', { authoredOn: months(24) });
const statin = drug('atorvastatin 20 MG Oral Tablet', { authoredOn: months(20) });

const EMPTY = { resourceType: 'Bundle', type: 'searchset', entry: [] };

/** A row of one recommendation; null is silence. */
function rowOf(
  id: string,
): (name: string, record: readonly Resource[], indicator: string | null, more?: Partial<Case>) => Case {
  return (name, record, indicator, more = {}) => ({
    name,
    record,
    about: [id],
    cards: indicator === null ? {} : { [id]: indicator },
    ...more,
  });
}

/** What silences every reminder (rules.md 0.2); `record` makes it speak. */
function exclusions(
  id: string,
  who: (extra?: Extra) => Resource,
  record: readonly Resource[],
  indicator: string,
): void {
  const one = rowOf(id);
  cases([
    one('the record of these cases speaks', [who(), ...record], indicator, { triggeredByDrug: true }),
    one('deceased: silent', [who({ deceasedDateTime: days(3) }), ...record], null),
    one('birth date missing: silent', [who({ birthDate: undefined }), ...record], null),
    one('hospice: silent', [who(), ...record, icd('Z51.5')], null),
    one('inpatient: silent', [who(), ...record, encounter('IMP')], null, { encounterId: 'e1' }),
    one('emergency department: silent', [who(), ...record, encounter('EMER')], null, { encounterId: 'e1' }),
    one('ambulatory: speaks', [who(), ...record, encounter('AMB')], indicator, {
      encounterId: 'e1',
      triggeredByDrug: true,
    }),
    one('conditions not obtained: silent', [who(), ...record], null, { without: ['conditions'] }),
    one('procedures not obtained: silent', [who(), ...record], null, { without: ['procedures'] }),
    one('service requests not obtained: silent', [who(), ...record], null, { without: ['serviceRequests'] }),
  ]);
}

/* ------------------------------------------------------------------ R06 */

const workup = rowOf(R06);
const ion = (value: number, date = '2025-12-01', unit = 'mmol/L'): Resource =>
  lab('1995-0', value, unit, date);

describe('R06 high calcium', () => {
  const w = woman(58);
  cases([
    workup('10.5: none', [w, calcium(10.5)], null),
    workup('10.6: A', [w, calcium(10.6)], 'warning', {
      summary: /^High calcium on 2025-12-01 with no PTH on file\. Check PTH, repeat calcium\.$/,
      ordersWith: [PTH, CALCIUM, ALBUMIN],
      ordersWithout: [ENDOCRINOLOGY],
    }),
    workup('2.62 mmol/L: none', [w, calcium(2.62, '2025-12-01', 'mmol/L')], null),
    workup('2.63 mmol/L: A', [w, calcium(2.63, '2025-12-01', 'mmol/L')], 'warning'),
    workup('ionised 1.33: none', [w, ion(1.33)], null),
    workup('ionised 1.34: A', [w, ion(1.34)], 'warning'),
    workup('ionised normal before total high: none', [w, calcium(10.9), ion(1.25)], null),
    workup('total 10.2, albumin 3.0 (corrected 11.0): A', [w, calcium(10.2), albumin(3)], 'warning'),
    workup('total 10.6, albumin 5.0: not corrected downwards, A', [w, calcium(10.6), albumin(5)], 'warning'),
    workup(
      "high by the report's own range only",
      [w, withRange(calcium(10.4), 8.6, 10.2, 'mg/dL')],
      'warning',
    ),
    workup("normal by the report's own range", [w, withRange(calcium(10.7), 8.6, 10.8, 'mg/dL')], null),
    workup('a range of 0 to 0 is no range: 8.7 is normal', [w, withRange(calcium(8.7), 0, 0, 'mg/dL')], null),
    workup(
      'a range of 0 to 0 is no range: 10.8 is high',
      [w, withRange(calcium(10.8), 0, 0, 'mg/dL')],
      'warning',
      {
        detailWithout: /limit[^.]*: 0\b/,
      },
    ),
    workup(
      'a range in mmol/L under a value in mg/dL: 9.5 is normal',
      [w, withRange(calcium(9.5), 2.12, 2.62, 'mmol/L')],
      null,
    ),
    workup(
      'a range of 2.1 to 2.6 without unit under 9.5 mg/dL: normal',
      [w, { ...calcium(9.5), referenceRange: [{ low: { value: 2.1 }, high: { value: 2.6 } }] }],
      null,
    ),
    workup(
      'PTH with a range of 0 to 0: 12 is suppressed',
      [w, calcium(10.8), withRange(pth(12), 0, 0, 'pg/mL')],
      'warning',
      {
        summary: /suppressed/,
      },
    ),
    workup(
      'PTH with a range of 0 to 0: 30 is possible',
      [w, calcium(10.8), withRange(pth(30), 0, 0, 'pg/mL')],
      'warning',
      {
        summary: /possible/,
      },
    ),
    workup('12 months ago to the day: A', [w, calcium(10.8, months(12))], 'warning'),
    workup('over 12 months ago: none', [w, calcium(10.8, over(12))], null),
    workup('the latest is normal: none', [w, calcium(10.9, months(6)), calcium(9.9, months(1))], null),
    workup(
      '10.6 with PTH 70 five months later: A2',
      [w, calcium(10.6, months(7)), pth(70, months(2))],
      'warning',
      {
        summary: /^High calcium with PTH 70( pg\/mL)?: PTH-dependent cause likely, refer\.$/,
        ordersWith: [ENDOCRINOLOGY],
      },
    ),
    workup(
      'PTH five months earlier counts as well',
      [w, calcium(10.6, months(2)), pth(70, months(7))],
      'warning',
      {
        summary: /PTH-dependent/,
      },
    ),
    workup('PTH 6 months away counts', [w, calcium(10.6, months(8)), pth(70, months(2))], 'warning', {
      summary: /PTH-dependent/,
    }),
    workup(
      'PTH over 6 months away does not: A',
      [w, calcium(10.6, months(9)), pth(70, months(2))],
      'warning',
      {
        summary: /no PTH within 6 months of it/,
      },
    ),
    workup('PTH 12: A3', [w, calcium(10.6), pth(12)], 'warning', {
      summary: /^High calcium, PTH 12( pg\/mL)? suppressed: look for another cause\.$/,
      detail: /PTH-independent|another cause/,
    }),
    workup('PTH 19.9: A3', [w, calcium(10.6), pth(19.9)], 'warning', { summary: /suppressed/ }),
    workup('PTH 20: A2 possible', [w, calcium(10.6), pth(20)], 'warning', { summary: /possible/ }),
    workup('PTH 30: A2 "not suppressed"', [w, calcium(10.6), pth(30)], 'warning', {
      summary: /^High calcium with PTH 30( pg\/mL)?: PTH-dependent cause possible, refer\.$/,
      detail: /not suppressed/i,
    }),
    workup('PTH 64: possible', [w, calcium(10.6), pth(64)], 'warning', { summary: /possible/ }),
    workup('PTH 65 without range: likely', [w, calcium(10.6), pth(65)], 'warning', { summary: /likely/ }),
    workup('2.0 pmol/L: A3', [w, calcium(10.6), lab('14866-8', 2, 'pmol/L', '2025-12-01')], 'warning', {
      summary: /suppressed/,
    }),
    workup(
      '2.1 pmol/L: A2 possible',
      [w, calcium(10.6), lab('14866-8', 2.1, 'pmol/L', '2025-12-01')],
      'warning',
      { summary: /possible/ },
    ),
    workup('6.9 pmol/L: likely', [w, calcium(10.6), lab('14866-8', 6.9, 'pmol/L', '2025-12-01')], 'warning', {
      summary: /likely/,
    }),
    workup(
      '6.8 pmol/L: possible',
      [w, calcium(10.6), lab('14866-8', 6.8, 'pmol/L', '2025-12-01')],
      'warning',
      { summary: /possible/ },
    ),
    workup(
      'PTH 41 of 15 to 65 (above the midpoint): likely',
      [w, calcium(10.6), withRange(pth(41), 15, 65, 'pg/mL')],
      'warning',
      { summary: /likely/ },
    ),
    workup(
      'PTH 39 of 15 to 65: possible',
      [w, calcium(10.6), withRange(pth(39), 15, 65, 'pg/mL')],
      'warning',
      { summary: /possible/ },
    ),
    workup(
      'PTH 24 below its range 25 to 90: A3',
      [w, calcium(10.6), withRange(pth(24), 25, 90, 'pg/mL')],
      'warning',
      { summary: /suppressed/ },
    ),
    workup('PTH "< 5": A3', [w, calcium(10.6), { ...pth(5), ...quantity('<', 5, 'pg/mL') }], 'warning', {
      summary: /suppressed/,
    }),
    workup('14.0 ten days ago: critical', [w, calcium(14, days(10))], 'critical', {
      summary: /^Calcium 14(\.0)? mg\/dL: urgent review\.$/,
    }),
    workup('14.0 30 days ago: critical', [w, calcium(14, days(30))], 'critical'),
    workup('14.0 31 days ago: warning', [w, calcium(14, days(31))], 'warning'),
    workup('14.0 four months ago: warning', [w, calcium(14, months(4))], 'warning'),
    workup('13.9 ten days ago: warning', [w, calcium(13.9, days(10))], 'warning'),
    workup('3.5 mmol/L: critical', [w, calcium(3.5, days(10), 'mmol/L')], 'critical', {
      summary: /urgent review/,
    }),
    workup('3.49 mmol/L: warning', [w, calcium(3.49, days(10), 'mmol/L')], 'warning'),
    workup('ionised 1.75: critical', [w, ion(1.75, days(10))], 'critical'),
    workup('ionised 1.74: warning', [w, ion(1.74, days(10))], 'warning'),
    workup(
      '14.0 with PTH on file: still critical',
      [w, calcium(14, days(10)), pth(12, days(10))],
      'critical',
    ),
    workup(
      'critical with low bone density labs missing: one card',
      [w, osteoporosis(), alendronate, calcium(14, days(10))],
      'critical',
    ),
    workup('at discharge: critical speaks', [w, calcium(14, days(10)), encounter('IMP')], 'critical', {
      hook: 'encounter-discharge',
      encounterId: 'e1',
    }),
    workup('at discharge: 11.0 does not', [w, calcium(11, days(10)), encounter('IMP')], null, {
      hook: 'encounter-discharge',
      encounterId: 'e1',
    }),
    workup('known hyperparathyroidism, 11.5: silent', [w, icd('E21.0'), calcium(11.5)], null),
    workup(
      'known hyperparathyroidism, 11.6, no endocrinology contact: speaks',
      [w, icd('E21.0'), calcium(11.6)],
      'warning',
    ),
    workup(
      'known hyperparathyroidism, 11.6, contact within 12 months: silent',
      [w, icd('E21.0'), calcium(11.6), referral(months(12))],
      null,
    ),
    workup(
      'known hyperparathyroidism, 11.6, contact over 12 months ago: speaks',
      [w, icd('E21.0'), calcium(11.6), referral(over(12))],
      'warning',
    ),
    workup(
      'known hyperparathyroidism, 2.87 mmol/L: silent',
      [w, icd('E21.0'), calcium(2.87, '2025-12-01', 'mmol/L')],
      null,
    ),
    workup(
      'known hyperparathyroidism, 2.88 mmol/L: speaks',
      [w, icd('E21.0'), calcium(2.88, '2025-12-01', 'mmol/L')],
      'warning',
    ),
    workup('known hyperparathyroidism, PTH 80, 11.0: silent', [w, icd('E21.3'), calcium(11), pth(80)], null),
    workup(
      'known hyperparathyroidism, 14.0 last week, no contact: critical',
      [w, icd('E21.0'), calcium(14, days(7))],
      'critical',
    ),
    workup('malignancy is named, not excluded', [w, icd('C50.911'), calcium(11)], 'warning', {
      detail: /[Mm]alignan/,
    }),
    workup('myeloma: A still speaks', [w, icd('C90.00'), calcium(11)], 'warning'),
    workup('thiazide is noted', [w, drug('hydrochlorothiazide 25 MG Oral Tablet'), calcium(11)], 'warning', {
      detail: /thiazide|hydrochlorothiazide/i,
    }),
    workup('PTH ordered: not suggested again', [w, calcium(11), order(coded('loinc', PTH))], 'warning', {
      ordersWithout: [PTH],
    }),
    workup('hypercalcaemia by code without a value: none', [w, icd('E83.52')], null),
    workup('calcium "> 12": high', [w, { ...calcium(12), ...quantity('>', 12, 'mg/dL') }], 'warning'),
    workup('calcium "> 10" proves nothing', [w, { ...calcium(10), ...quantity('>', 10, 'mg/dL') }], null),
    workup('calcium preliminary: none', [w, { ...calcium(11.5, days(2)), status: 'preliminary' }], null),
    workup(
      'calcium entered in error: none',
      [w, { ...calcium(11.5, days(2)), status: 'entered-in-error' }],
      null,
    ),
    workup('calcium amended: A', [w, { ...calcium(11.5, days(2)), status: 'amended' }], 'warning'),
    workup('calcium in an unknown unit: none', [w, calcium(11.5, days(2), 'mg')], null),
    workup('calcium in mEq/L (5.4 is 10.8 mg/dL): A', [w, calcium(5.4, days(2), 'meq/L')], 'warning'),
    workup('PTH list not obtained: "no PTH on file" is not said', [w, calcium(11)], null, {
      without: [PTH, CALCIUM],
    }),
    workup('a man of 18', [male(18), calcium(11)], 'warning'),
    workup('17 years: silent', [male(17), calcium(11)], null),
  ]);
});

describe('R06-B secondary causes of low bone density', () => {
  const w = woman(60);
  const base = [...current, osteoporosis(), alendronate];
  const all = [calcium(9.5), creatinine(0.8), vitaminD(40), alp(70), tsh(2)];
  cases([
    workup('osteoporosis on alendronate, nothing on file: info', [w, ...base], 'info', {
      summary: /^Low bone density: secondary-cause labs not on file/,
      orders: [CALCIUM, CREATININE, VITAMIN_D, ALP, TSH],
    }),
    workup('all on file: none', [w, ...base, ...all], null),
    workup(
      'all on file 24 months ago to the day: none',
      [
        w,
        ...base,
        calcium(9.5, months(24)),
        creatinine(0.8, months(24)),
        vitaminD(40, months(24)),
        alp(70, months(24)),
        tsh(2, months(24)),
      ],
      null,
    ),
    workup('TSH over 24 months ago: only TSH', [w, ...base, ...all.slice(0, 4), tsh(2, over(24))], 'info', {
      orders: [TSH],
    }),
    workup(
      'eGFR in place of creatinine',
      [w, ...base, calcium(9.5), eGfr(80), vitaminD(40), alp(70), tsh(2)],
      null,
    ),
    workup(
      'eGFR 55: lists PTH',
      [w, ...base, calcium(9.5), eGfr(55), vitaminD(40), alp(70), tsh(2)],
      'info',
      { orders: [PTH] },
    ),
    workup('eGFR 60: no PTH', [w, ...base, calcium(9.5), eGfr(60), vitaminD(40), alp(70), tsh(2)], null),
    workup(
      'calcium low: lists PTH',
      [w, ...base, calcium(8), albumin(4.2), eGfr(80), vitaminD(40), alp(70), tsh(2)],
      'info',
      { orders: [PTH] },
    ),
    workup('man of 69: testosterone', [male(69), ...base, ...all], 'info', { orders: [TESTOSTERONE] }),
    workup('man of 70: none', [male(70), ...base, ...all], null),
    workup('man of 69 with testosterone on file: none', [male(69), ...base, ...all, testosterone(500)], null),
    workup('T -2.5 on alendronate', [w, ...current, alendronate, tScore(-2.5)], 'info'),
    workup('osteopenia: none', [w, ...current, osteopenia()], null),
    workup('T -2.4: none', [w, ...current, tScore(-2.4)], null),
    workup('M80 fracture on alendronate', [w, ...current, alendronate, icd('M80.08XA', months(30))], 'info'),
    workup('untreated: R08 speaks, R06-B is silent', [w, ...current, osteoporosis()], null),
    workup('Paget disease: silent', [w, ...base, icd('M88.9')], null),
    workup(
      'TSH ordered: not suggested',
      [w, ...base, calcium(9.5), creatinine(0.8), vitaminD(40), alp(70), order(coded('loinc', TSH))],
      null,
    ),
    workup(
      'TSH cancelled: counts as missing',
      [w, ...base, ...all.slice(0, 4), { ...tsh(2), status: 'cancelled' }],
      'info',
      { orders: [TSH] },
    ),
    workup('TSH search failed: not called missing', [w, ...base, ...all.slice(0, 4)], null, {
      without: [TSH],
    }),
    workup('TSH list cut off: not called missing', [w, ...base, ...all.slice(0, 4)], null, {
      prefetch: (filled, keysOf) => ({
        ...filled,
        ...Object.fromEntries(keysOf(TSH).map((key) => [key, cutOff(filled[key])])),
      }),
    }),
    workup(
      'phenytoin and omeprazole are named',
      [w, ...base, drug('phenytoin 100 MG'), drug('omeprazole 20 MG')],
      'info',
      { detail: /phenytoin|anticonvuls/i },
    ),
  ]);
  exclusions(R06, (extra) => woman(60, extra), base, 'info');
});

/* ------------------------------------------------------------------ R07 */

const after = rowOf(R07);
const smoker = neverSmoker(months(3));
const twoPressures = [bloodPressure(120, 70, months(1)), bloodPressure(122, 72, months(2))];
const complete = [...twoPressures, ldl(100, months(2)), smoker, hba1c(5.4, months(6))];
const vertebral = (onset: string, extra: Extra = {}): Resource => icd('M80.08XA', onset, extra);

describe('R07 cardiovascular risk after a fracture', () => {
  const w = woman(70);
  const [first = w] = twoPressures;
  cases([
    after(
      'age 50, M80 at 12 months to the day, no lipids: fires',
      [woman(50), ...twoPressures, smoker, hba1c(5.4), vertebral(months(12))],
      'info',
      {
        summary: /^Vertebral fracture 2025-01-15: cardiovascular risk check is incomplete \(.*lipid.*\)\.$/,
      },
    ),
    after('age 50, M80 over 12 months ago: none', [woman(50), vertebral(over(12))], null),
    after('age 49: none', [woman(49), vertebral(months(2))], null),
    after('hip at 23 months: fires', [w, hip(months(23))], 'info'),
    after('hip at 24 months: fires', [w, hip(months(24))], 'info'),
    after('hip over 24 months ago: none', [w, hip(over(24))], null),
    after('wrist S52: none', [w, icd('S52.501A', months(2))], null),
    after('Z87.310 recorded today: none', [w, icd('Z87.310', undefined, recorded(days(0)))], null),
    after('all items current: silent', [w, ...complete, hip(months(3))], null),
    after('blood pressure once: fires', [w, first, ldl(100), smoker, hba1c(5.4), hip(months(3))], 'info'),
    after(
      'two blood pressures of one day: fires',
      [
        w,
        bloodPressure(120, 70, months(1)),
        bloodPressure(126, 72, months(1)),
        ldl(100),
        smoker,
        hba1c(5.4),
        hip(months(3)),
      ],
      'info',
    ),
    after(
      'blood pressures 6 months ago: current',
      [
        w,
        bloodPressure(120, 70, months(6)),
        bloodPressure(120, 70, months(5)),
        ldl(100),
        smoker,
        hba1c(5.4),
        hip(months(3)),
      ],
      null,
    ),
    after(
      'blood pressures over 6 months ago: fires',
      [
        w,
        bloodPressure(120, 70, over(6)),
        bloodPressure(120, 70, months(8)),
        ldl(100),
        smoker,
        hba1c(5.4),
        hip(months(3)),
      ],
      'info',
    ),
    after(
      'lipids 12 months ago: current',
      [w, ...twoPressures, ldl(100, months(12)), smoker, hba1c(5.4), hip(months(3))],
      null,
    ),
    after(
      'lipids over 12 months ago: fires',
      [w, ...twoPressures, ldl(100, over(12)), smoker, hba1c(5.4), hip(months(3))],
      'info',
      { orders: [LIPIDS] },
    ),
    after(
      'smoking 12 months ago: current',
      [w, ...twoPressures, ldl(100), neverSmoker(months(12)), hba1c(5.4), hip(months(3))],
      null,
    ),
    after(
      'smoking over 12 months ago: fires',
      [w, ...twoPressures, ldl(100), neverSmoker(over(12)), hba1c(5.4), hip(months(3))],
      'info',
      { summary: /smoking/ },
    ),
    after(
      'HbA1c 36 months ago: current',
      [w, ...twoPressures, ldl(100), smoker, hba1c(5.4, months(36)), hip(months(3))],
      null,
    ),
    after(
      'HbA1c over 36 months ago: fires',
      [w, ...twoPressures, ldl(100), smoker, hba1c(5.4, over(36)), hip(months(3))],
      'info',
      { orders: [HBA1C] },
    ),
    after(
      'diabetes needs no HbA1c here',
      [w, ...twoPressures, ldl(100), smoker, icd('E11.9'), hip(months(3))],
      null,
    ),
    after('nothing on file: lipids and HbA1c suggested, no cardiology', [w, hip(months(1))], 'info', {
      orders: [LIPIDS, HBA1C],
      detail: /12\.97/,
    }),
    after('lipids ordered: not suggested', [w, hip(months(1)), order(coded('loinc', LIPIDS))], 'info', {
      orders: [HBA1C],
    }),
    after('ASCVD, hip 90 days ago, no statin: warning', [w, icd('I25.10'), hip(days(90))], 'warning', {
      detail: /secondary prevention/i,
    }),
    after('91 days ago: info', [w, icd('I25.10'), hip(days(91))], 'info'),
    after('stent without statin: warning', [w, icd('Z95.5'), hip(days(30))], 'warning'),
    after('ischaemic stroke: warning', [w, icd('I63.9', months(60)), hip(days(30))], 'warning'),
    after('haemorrhagic stroke only: info', [w, icd('I61.9', months(60)), hip(days(30))], 'info'),
    after('on a statin: info', [w, icd('I25.10'), statin, hip(days(30))], 'info'),
    after(
      'on ezetimibe: info',
      [w, icd('I25.10'), drug('ezetimibe 10 MG Oral Tablet'), hip(days(30))],
      'info',
    ),
    after(
      'statin active from 3 years ago (gap use): info',
      [w, icd('I25.10'), drug('simvastatin 20 MG', { authoredOn: months(36) }), hip(days(30))],
      'info',
    ),
    after('statin statement: info', [w, icd('I25.10'), statement('Lipitor 20 mg'), hip(days(30))], 'info'),
    after(
      'statin on hold: not called missing',
      [w, icd('I25.10'), drug('simvastatin 20 MG', { status: 'on-hold' }), hip(days(30))],
      'info',
    ),
    after(
      'statin stopped: warning',
      [w, icd('I25.10'), drug('simvastatin 20 MG', stopped(months(3))), hip(days(30))],
      'warning',
    ),
    after('statin intolerance: info', [w, icd('I25.10'), icd('G72.0'), hip(days(30))], 'info'),
    after('75 years: warning', [woman(75), icd('I25.10'), hip(days(30))], 'warning'),
    after('76 years: info', [woman(76), icd('I25.10'), hip(days(30))], 'info'),
    after('medication list missing: no claim about statins', [w, icd('I25.10'), hip(days(30))], 'info', {
      without: ['medicationRequests'],
    }),
    after('80 years, blood pressure current: silent', [woman(80), ...twoPressures, hip(months(3))], null),
    after('80 years, no blood pressure: BP only', [woman(80), hip(months(3))], 'info', {
      orders: [],
      summary: /\((BP|blood pressure).*\)/i,
    }),
    after('79 years: all items', [woman(79), hip(months(3))], 'info', { ordersWith: [LIPIDS] }),
    after('traffic accident of the same day: none', [w, hip(months(3)), icd('V43.52XA', months(3))], null),
    after('hip fracture at 60: "mechanism unknown"', [woman(60), hip(months(3))], 'info', {
      detail: /mechanism unknown/i,
    }),
    after('hip fracture at 66: not so', [woman(66), hip(months(3))], 'info', {
      detailWithout: /mechanism unknown/i,
    }),
    after('Paget disease: silent', [w, hip(months(3)), icd('M88.9')], null),
    after(
      'S72.001D recorded today without onset: none',
      [w, icd('S72.001D', undefined, recorded(days(0)))],
      null,
    ),
    after('at discharge: fracture 30 days ago', [w, hip(days(30)), encounter('IMP')], 'info', {
      hook: 'encounter-discharge',
      encounterId: 'e1',
    }),
    after('at discharge: fracture 31 days ago: none', [w, hip(days(31)), encounter('IMP')], null, {
      hook: 'encounter-discharge',
      encounterId: 'e1',
    }),
    after(
      'at discharge: undated fracture of this encounter',
      [
        w,
        icd('S72.001A', undefined, { encounter: { reference: 'Encounter/e1' } }),
        encounter('IMP', { period: { start: '2026-01-09T08:00:00Z' } }),
      ],
      'info',
      { hook: 'encounter-discharge', encounterId: 'e1' },
    ),
    after(
      'lipids not obtained: not called missing',
      [w, ...twoPressures, smoker, hba1c(5.4), hip(months(3))],
      null,
      { without: ['2089-1'] },
    ),
    after(
      'smoking not obtained: not called missing',
      [w, ...twoPressures, ldl(100), hba1c(5.4), hip(months(3))],
      null,
      { without: ['72166-2'] },
    ),
    after('blood pressure null: absent', [w, ldl(100), smoker, hba1c(5.4), hip(months(3))], 'info', {
      prefetch: (filled, keysOf) => ({
        ...filled,
        ...Object.fromEntries(keysOf('85354-9').map((key) => [key, null])),
      }),
    }),
    after(
      'blood pressure as OperationOutcome: unknown',
      [w, ldl(100), smoker, hba1c(5.4), hip(months(3))],
      null,
      {
        prefetch: (filled, keysOf) => ({
          ...filled,
          ...Object.fromEntries(keysOf('85354-9').map((key) => [key, OUTCOME])),
        }),
      },
    ),
  ]);

  test.each([
    { event: days(14), start: '2026-02-12' },
    { event: months(6), start: '2026-01-15' },
  ])('lipids and HbA1c from 6 weeks after a fracture of $event', async ({ event, start }) => {
    const one = after('', [w, hip(event)], 'info');
    const [card] = comparedOf(one, await cardsOf(one));
    const periods = (card?.suggestions ?? []).flatMap(({ actions = [] }) =>
      actions.map((action) =>
        action.type === 'delete' ? {} : (action.resource as Extra)['occurrencePeriod'],
      ),
    ) as { start: string; end: string }[];
    expect(periods.length).toBeGreaterThan(0);
    for (const period of periods) expect(period.start >= start).toBe(true);
  });

  exclusions(R07, (extra) => woman(70, extra), [hip(months(3))], 'info');
});

/* ------------------------------------------------------------------ R12 */

const pressure = rowOf(R12);
const pair = (systolic: number, diastolic: number): Resource[] => [
  bloodPressure(systolic, diastolic, days(10)),
  bloodPressure(systolic, diastolic, days(40)),
];
const high = (systolic: number, diastolic: number, date: string): Resource =>
  bloodPressure(systolic, diastolic, date);

describe('R12 blood pressure', () => {
  const sugar = [woman(60), icd('E11.9'), ldl(100), hba1c(6.5)];
  const thin = [woman(60), osteopenia(), ldl(100)];
  cases([
    pressure('diabetes, none on file: A', sugar, 'info', {
      summary: 'No blood pressure on file in 12 months.',
      orders: [],
    }),
    pressure('12 months ago to the day: none', [...sugar, high(120, 70, months(12))], null),
    pressure('over 12 months ago: A', [...sugar, high(120, 70, over(12))], 'info', {
      summary: /^No blood pressure/,
    }),
    pressure('mean 130/79, 2 days: B info', [...thin, ...pair(130, 79)], 'info', {
      summary: /^BP 130\/79 \(mean of 2 days\) in a patient with low bone density: confirm and review\.$/,
    }),
    pressure('129/80: B info', [...thin, ...pair(129, 80)], 'info'),
    pressure('129/79: none', [...thin, ...pair(129, 79)], null),
    pressure('140/70: warning', [...thin, ...pair(140, 70)], 'warning'),
    pressure('139/89: info', [...thin, ...pair(139, 89)], 'info'),
    pressure('139/90: warning', [...thin, ...pair(139, 90)], 'warning'),
    pressure('one day only: none', [...thin, high(150, 95, days(10))], null),
    pressure('twice on one day: none', [...thin, high(150, 95, days(10)), high(152, 95, days(10))], null),
    pressure(
      '129.5 rounds up to 130: info',
      [...thin, high(129, 70, days(10)), high(130, 70, days(40))],
      'info',
      { summary: /^BP 130\/70/ },
    ),
    pressure('129.4 does not', [...thin, high(129, 70, days(10)), high(129.8, 70, days(40))], null),
    pressure(
      'the last three days count',
      [
        ...thin,
        high(120, 70, days(5)),
        high(120, 70, days(20)),
        high(120, 70, days(30)),
        high(190, 110, days(60)),
      ],
      null,
    ),
    pressure(
      'the mean of a day first',
      [...thin, high(120, 70, days(5)), high(160, 70, days(5)), high(120, 70, days(30))],
      'info',
      { summary: /^BP 130\/70/ },
    ),
    pressure(
      'older than 12 months does not count',
      [...thin, high(150, 95, days(5)), high(150, 95, over(12))],
      null,
    ),
    pressure('12 months ago counts', [...thin, high(150, 95, days(5)), high(150, 95, months(12))], 'warning'),
    pressure('180/90 yesterday: C', [...thin, high(180, 90, days(1))], 'warning', {
      summary: /^BP 180\/90 \(2026-01-14\): repeat now\.$/,
      detail: /organ damage/,
    }),
    pressure('181/90 yesterday: C', [...thin, high(181, 90, days(1))], 'warning', { summary: /repeat now/ }),
    pressure('150/121 yesterday: C', [...thin, high(150, 121, days(1))], 'warning', {
      summary: /repeat now/,
    }),
    pressure('179/119 yesterday, once: none', [...thin, high(179, 119, days(1))], null),
    pressure('190/100 seven days ago: C', [...thin, high(190, 100, days(7))], 'warning', {
      summary: /repeat now/,
    }),
    pressure('190/100 eight days ago, once: none', [...thin, high(190, 100, days(8))], null),
    pressure('180/90 eight months ago, single: none', [...thin, high(180, 90, months(8))], null),
    pressure(
      '190/100 yesterday, normal today: not C',
      [...thin, high(190, 100, days(1)), high(118, 70, days(0))],
      'warning',
      { summary: /^BP 154\/85/ },
    ),
    pressure(
      '190/100 yesterday with hypertension: C',
      [...thin, icd('I10'), high(190, 100, days(1))],
      'warning',
      { summary: /repeat now/ },
    ),
    pressure('C goes before B', [...thin, high(190, 100, days(1)), high(150, 95, days(30))], 'warning', {
      summary: /repeat now/,
    }),
    pressure(
      'I12.9, mean 132/78, reading 2 months old: none',
      [...thin, icd('I12.9'), high(132, 78, months(2)), high(132, 78, months(4))],
      null,
    ),
    pressure(
      'I12.9, mean 132/78, reading 4 months old: D',
      [...thin, icd('I12.9'), high(132, 78, months(4)), high(132, 78, months(6))],
      'info',
      {
        summary: /^Hypertension, BP mean 132\/78, last reading 2025-09-15: review\.$/,
      },
    ),
    pressure(
      'I13.0 is hypertension',
      [...thin, icd('I13.0'), high(132, 78, months(4)), high(132, 78, months(6))],
      'info',
      { summary: /^Hypertension/ },
    ),
    pressure(
      'newest reading 3 months old to the day: none',
      [...thin, icd('I10'), high(150, 95, months(3)), high(150, 95, months(6))],
      null,
    ),
    pressure(
      'newest reading over 3 months old: D',
      [...thin, icd('I10'), high(150, 95, over(3)), high(150, 95, months(6))],
      'info',
      { summary: /^Hypertension/ },
    ),
    pressure(
      'hypertension, 129/79: none',
      [...thin, icd('I10'), high(129, 79, months(4)), high(129, 79, months(6))],
      null,
    ),
    pressure(
      'an antihypertensive without diagnosis: D',
      [...thin, drug('lisinopril 10 MG Oral Tablet'), high(135, 70, months(4)), high(135, 70, months(6))],
      'info',
      { summary: /BP mean 135\/70/ },
    ),
    pressure('80 years, 139/85: none', [woman(80), osteopenia(), ...pair(139, 85)], null),
    pressure('80 years, 140/85: info', [woman(80), osteopenia(), ...pair(140, 85)], 'info'),
    pressure('80 years, 155/95: info', [woman(80), osteopenia(), ...pair(155, 95)], 'info'),
    pressure('79 years, 135/80: info', [woman(79), osteopenia(), ...pair(135, 80)], 'info'),
    pressure('repeated falls, 135/80: none', [...thin, icd('R29.6'), ...pair(135, 80)], null),
    pressure('repeated falls, 142/80: info', [...thin, icd('R29.6'), ...pair(142, 80)], 'info'),
    pressure(
      '80 years with hypertension, 139/70, 4 months: none',
      [woman(80), osteopenia(), icd('I10'), high(139, 70, months(4)), high(139, 70, months(6))],
      null,
    ),
    pressure('fragility fracture is a reason', [woman(60), ...pair(135, 80), vertebral(months(40))], 'info'),
    pressure('CKD is a reason', [woman(60), icd('N18.30'), ...pair(135, 80)], 'info'),
    pressure('none of the reasons: none', [woman(60), ...pair(150, 95)], null),
    pressure('18 years with diabetes', [woman(18), icd('E10.9')], 'info'),
    pressure('17 years: silent', [woman(17), icd('E10.9')], null),
    pressure('pregnancy: silent', [woman(30), icd('E10.9'), icd('O09.90', months(3))], null),
    pressure(
      'a reading counts when its Encounter is not supplied',
      [
        ...thin,
        high(120, 70, days(10)),
        { ...high(170, 100, days(12)), encounter: { reference: 'Encounter/e1' } },
        encounter('IMP', { id: 'e1' }),
        high(122, 70, days(50)),
      ],
      'info',
    ),
    pressure(
      'diastolic missing: no pair',
      [...thin, high(150, 95, days(10)), systolicOnly(150, days(40))],
      null,
    ),
    pressure(
      'panel 55284-4',
      [...thin, bloodPressure(145, 80, days(10), '55284-4'), bloodPressure(145, 80, days(30), '55284-4')],
      'warning',
    ),
    pressure(
      'entered in error',
      [...thin, high(150, 95, days(10)), { ...high(150, 95, days(30)), status: 'entered-in-error' }],
      null,
    ),
    pressure('implausible 400/95', [...thin, high(150, 95, days(10)), high(400, 95, days(30))], null),
    pressure('blood pressure not obtained: "none on file" is not said', sugar, null, {
      without: ['85354-9'],
    }),
    pressure('blood pressure null: A', sugar, 'info', {
      prefetch: (filled, keysOf) => ({
        ...filled,
        ...Object.fromEntries(keysOf('85354-9').map((key) => [key, null])),
      }),
    }),
    pressure('empty Bundle: A', sugar, 'info', {
      prefetch: (filled, keysOf) => ({
        ...filled,
        ...Object.fromEntries(keysOf('85354-9').map((key) => [key, EMPTY])),
      }),
    }),
    pressure('list cut off, nothing on the first page: not said', sugar, null, {
      prefetch: (filled, keysOf) => ({
        ...filled,
        ...Object.fromEntries(keysOf('85354-9').map((key) => [key, cutOff(EMPTY)])),
      }),
    }),
  ]);
  exclusions(R12, (extra) => woman(60, extra), [icd('E11.9'), ldl(100)], 'info');
});

function systolicOnly(value: number, date: string): Resource {
  return {
    ...bloodPressure(value, 80, date),
    component: [
      {
        code: coded('loinc', '8480-6'),
        valueQuantity: { value, unit: 'mmHg', system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
      },
      { code: coded('loinc', '8462-4'), ...noValue('unknown') },
    ],
  };
}

/* ------------------------------------------------------------------ R14 */

const mineral = rowOf(R14);

describe('R14 CKD and mineral metabolism', () => {
  const w = woman(60);
  const stage = (value: number): Resource[] => [eGfr(value, months(1)), eGfr(value + 1, months(6))];
  const labs = (month: number): Resource[] => [calcium(9.5, months(month)), phosphate(3.5, months(month))];
  const rest = [pth(50, months(2)), alp(70, months(2)), vitaminD(40, months(2))];
  cases([
    mineral('59 and 58, 90 days apart: G3a', [w, eGfr(59, days(10)), eGfr(58, days(100))], 'info', {
      summary: /^CKD G3a: .+ overdue for bone-mineral monitoring\.$/,
      orders: [CALCIUM, PHOSPHATE, PTH, VITAMIN_D],
    }),
    mineral('89 days apart: none', [w, eGfr(59, days(10)), eGfr(58, days(99))], null),
    mineral('60: silent', [w, eGfr(60, days(10)), eGfr(58, days(100))], null),
    mineral('59 now, 60 before: not CKD yet', [w, eGfr(59, days(10)), eGfr(60, days(120))], null),
    mineral(
      'one of 60 and more between: not',
      [w, eGfr(55, days(10)), eGfr(62, days(60)), eGfr(55, days(120))],
      null,
    ),
    mineral('G3b, calcium 13 months: info', [w, ...stage(40), ...labs(13), ...rest], 'info', {
      summary: /^CKD G3b: .*calcium.*overdue/,
      orders: [CALCIUM, PHOSPHATE],
    }),
    mineral('G3b, calcium 12 months: silent', [w, ...stage(40), ...labs(12), ...rest], null),
    mineral('G3a, all current: silent', [w, ...stage(55), ...labs(11), ...rest], null),
    mineral('G3: ALP is not asked for', [w, ...stage(50), ...labs(3), pth(50), vitaminD(40)], null),
    mineral(
      'G3: PTH once, years ago, is enough',
      [w, ...stage(50), ...labs(3), pth(50, months(60)), vitaminD(40)],
      null,
    ),
    mineral('G3: PTH never', [w, ...stage(50), ...labs(3), vitaminD(40)], 'info', { orders: [PTH] }),
    mineral('G4, calcium 6 months: silent', [w, ...stage(25), ...labs(6), ...rest], null),
    mineral('G4, calcium 7 months: info', [w, ...stage(25), ...labs(7), ...rest], 'info', {
      ordersWith: [CALCIUM, PHOSPHATE],
    }),
    mineral(
      'G4, PTH 11 months: not due',
      [w, ...stage(25), ...labs(3), pth(80, months(11)), alp(70), vitaminD(40)],
      null,
    ),
    mineral(
      'G4, PTH 13 months: due',
      [w, ...stage(25), ...labs(3), pth(80, months(13)), alp(70), vitaminD(40)],
      'info',
      { ordersWith: [PTH] },
    ),
    mineral(
      'G4, ALP 13 months: due',
      [w, ...stage(25), ...labs(3), pth(80), alp(70, months(13)), vitaminD(40)],
      'info',
      { ordersWith: [ALP] },
    ),
    mineral('G4, none in 12 months: warning', [w, ...stage(25)], 'warning', {
      ordersWith: [CALCIUM, PHOSPHATE, PTH, ALP, VITAMIN_D, NEPHROLOGY],
    }),
    mineral('G4, calcium 8 months ago, no PTH: info', [w, ...stage(25), calcium(9.5, months(8))], 'info'),
    mineral(
      'G4 with nephrology contact: no referral',
      [w, ...stage(25), referral(months(5), {}, NEPHROLOGY)],
      'warning',
      { ordersWithout: [NEPHROLOGY] },
    ),
    mineral(
      'G5, calcium 3 months: silent',
      [w, ...stage(12), ...labs(3), pth(80, months(6)), alp(70), vitaminD(40)],
      null,
    ),
    mineral(
      'G5, calcium 4 months: info',
      [w, ...stage(12), ...labs(4), pth(80, months(5)), alp(70), vitaminD(40)],
      'info',
      { summary: /^CKD G5/ },
    ),
    mineral(
      'G5, PTH 7 months: due',
      [w, ...stage(12), ...labs(2), pth(80, months(7)), alp(70), vitaminD(40)],
      'info',
      { ordersWith: [PTH] },
    ),
    mineral(
      'vitamin D 24 months: not due',
      [w, ...stage(50), ...labs(3), pth(50), vitaminD(40, months(24))],
      null,
    ),
    mineral(
      'vitamin D over 24 months: due',
      [w, ...stage(50), ...labs(3), pth(50), vitaminD(40, over(24))],
      'info',
      { orders: [VITAMIN_D] },
    ),
    mineral(
      'eGFR "< 15" twice: G5',
      [w, ...[10, 150].map((d) => eGfr(15, days(d), quantity('<', 15, 'mL/min/{1.73_m2}')))],
      'warning',
      { summary: /^CKD G5/ },
    ),
    mineral(
      'eGFR "> 60": silent',
      [w, icd('N18.30', months(30)), eGfr(60, days(10), quantity('>', 60, 'mL/min/{1.73_m2}'))],
      null,
    ),
    mineral('stage 3 by code only', [w, icd('N18.31', months(30))], 'info', { summary: /^CKD (stage 3|G3)/ }),
    mineral('stage 4 by code only: warning', [w, icd('N18.4', months(30))], 'warning'),
    mineral('stage 2 by code: silent', [w, icd('N18.2', months(30))], null),
    mineral('N18.9 without stage: silent', [w, icd('N18.9', months(30))], null),
    mineral('stage 3 code against eGFR 75: silent', [w, icd('N18.30', months(30)), eGfr(75, days(10))], null),
    mineral('dialysis: silent', [w, ...stage(10), icd('Z99.2')], null),
    mineral('N18.6: silent', [w, ...stage(10), icd('N18.6')], null),
    mineral(
      'dialysis procedure 90 days ago: silent',
      [w, ...stage(10), procedure(coded('snomed', '302497006'), days(90))],
      null,
    ),
    mineral('transplant: silent', [w, ...stage(40), icd('Z94.0')], null),
    mineral(
      'transplant as procedure, years ago: silent',
      [w, ...stage(40), procedure(coded('snomed', '70536003'), months(60))],
      null,
    ),
    mineral('one eGFR of 55, 91 days ago: confirm', [w, eGfr(55, days(91))], 'info', {
      summary: /^eGFR 55 on 2025-10-16, not repeated: confirm CKD\.$/,
    }),
    mineral('one eGFR of 55, 90 days ago: not shown', [w, eGfr(55, days(90))], null),
    mineral('one eGFR of 65: silent', [w, eGfr(65, days(200))], null),
    mineral(
      'creatinine 1.5 twice (eGFR 40): counts',
      [w, creatinine(1.5, days(10)), creatinine(1.5, days(150))],
      'info',
      { summary: /^CKD G3b/ },
    ),
    mineral(
      'calcium ordered: not suggested',
      [
        w,
        ...stage(40),
        ...labs(13),
        ...rest,
        order(coded('loinc', CALCIUM)),
        order(coded('loinc', PHOSPHATE)),
      ],
      null,
    ),
    mineral('phosphate not obtained: not called overdue', [w, ...stage(40), calcium(9.5), ...rest], null, {
      without: [PHOSPHATE],
    }),
    mineral('kidney results not obtained: silent', [w, ...stage(40)], null, { without: ['98979-8'] }),
    mineral(
      'race-specific pair: the lower value',
      [
        w,
        ...[10, 150].flatMap((d) => [
          lab('48642-3', 55, 'mL/min/{1.73_m2}', days(d)),
          lab('48643-1', 64, 'mL/min/{1.73_m2}', days(d)),
        ]),
      ],
      'info',
    ),
    mineral('a man of 17: silent', [male(17), ...stage(40)], null),
  ]);
  exclusions(R14, (extra) => woman(60, extra), stage(40), 'info');
});

/* ------------------------------------------------------------------ R18 */

const risk = rowOf(R18);
/**
 * Woman of 60, total cholesterol 200, HDL 50, eGFR 80, never smoked, no diabetes, no drugs: 10-year ASCVD risk by PREVENT base is
 * 2.92 % at a systolic pressure of 123 and 2.96 % at 124; with diabetes and smoking 9.90 % at 132 and, with cholesterol 210,
 * 9.97 % at 131.
 */
const inputs = (systolic: number, total = 200, more: readonly Resource[] = []): Resource[] => [
  totalCholesterol(total),
  hdl(50),
  ldl(120),
  eGfr(80),
  bloodPressure(systolic, 75, days(10)),
  bloodPressure(systolic, 75, days(40)),
  vitaminD(40),
  ...more,
];

describe('R18 PREVENT with low bone density', () => {
  const w = [woman(60), osteopenia()];
  const both = [currentSmoker(months(2)), icd('E11.9'), hba1c(6.5)];
  const never = [neverSmoker(months(2))];
  cases([
    risk('2.9: not shown', [...w, ...inputs(123, 200, never)], null),
    risk('2.96 shows 3.0, borderline', [...w, ...inputs(124, 200, never)], 'info', {
      summary:
        /^10-year ASCVD risk \(PREVENT\) 3\.0 %: borderline\. Low bone density is extra context only\.$/,
      orders: [],
    }),
    risk('9.9: info', [...w, ...inputs(132, 200, both)], 'info', { summary: /9\.9 %: intermediate/ }),
    risk('9.97 shows 10.0: warning', [...w, ...inputs(131, 210, both)], 'warning', {
      summary: /10\.0 %: high/,
    }),
    risk(
      '10.0 on ezetimibe: info',
      [...w, ...inputs(131, 210, both), drug('ezetimibe 10 MG Oral Tablet')],
      'info',
    ),
    risk('on a statin: not shown', [...w, ...inputs(132, 200, both), statin], null),
    risk(
      'statin active from 3 years ago: not shown',
      [...w, ...inputs(132, 200, both), drug('simvastatin 20 MG', { authoredOn: months(36) })],
      null,
    ),
    risk(
      'fragility fracture without low bone density',
      [woman(60), ...inputs(132, 200, both), vertebral(months(40)), alendronate],
      'info',
    ),
    risk('no low bone density, no fracture: silent', [woman(60), ...inputs(132, 200, both)], null),
    risk('smoking unknown: no card', [...w, ...inputs(140)], null),
    risk('smoking not obtained: no card', [...w, ...inputs(132, 200, both)], null, { without: ['72166-2'] }),
    risk(
      'total cholesterol missing: no card',
      [...w, ...both, hdl(50), ldl(120), eGfr(80), ...pair(140, 75)],
      null,
    ),
    risk(
      'HDL missing: no card',
      [...w, ...both, totalCholesterol(200), ldl(120), eGfr(80), ...pair(140, 75)],
      null,
    ),
    risk(
      'eGFR missing: no card',
      [...w, ...both, totalCholesterol(200), hdl(50), ldl(120), ...pair(140, 75)],
      null,
    ),
    risk(
      'blood pressure missing: no card',
      [...w, ...both, totalCholesterol(200), hdl(50), ldl(120), eGfr(80)],
      null,
    ),
    risk(
      'one day of blood pressure: says so',
      [...w, ...both, totalCholesterol(200), hdl(50), ldl(120), eGfr(80), high(132, 75, days(10))],
      'info',
      { detail: /single|one day|one reading/i },
    ),
    risk(
      'cholesterol 24 months ago counts',
      [
        ...w,
        ...both,
        totalCholesterol(200, months(24)),
        hdl(50, months(24)),
        ldl(120, months(24)),
        eGfr(80, months(24)),
        ...pair(132, 75),
      ],
      'info',
    ),
    risk(
      'cholesterol over 24 months ago: no card',
      [
        ...w,
        ...both,
        totalCholesterol(200, over(24)),
        hdl(50, over(24)),
        ldl(120, over(24)),
        eGfr(80),
        ...pair(132, 75),
      ],
      null,
    ),
    risk(
      'eGFR over 24 months ago: no card',
      [...w, ...both, totalCholesterol(200), hdl(50), ldl(120), eGfr(80, over(24)), ...pair(132, 75)],
      null,
    ),
    risk(
      'LDL 190: R13 speaks',
      [
        ...w,
        ...inputs(132, 290, both).filter(({ code }) => JSON.stringify(code) !== JSON.stringify(ldl(1).code)),
        ldl(190),
      ],
      null,
    ),
    risk('total cholesterol 321: outside, no card', [...w, ...inputs(132, 321, both)], null),
    risk(
      'HDL 101: outside, no card',
      [...w, ...both, totalCholesterol(250), hdl(101), ldl(120), eGfr(80), ...pair(132, 75)],
      null,
    ),
    risk('SBP 201: outside, no card', [...w, ...inputs(201, 200, both)], null),
    risk(
      'eGFR 14: outside, no card',
      [...w, ...both, totalCholesterol(200), hdl(50), ldl(120), eGfr(14), ...pair(132, 75)],
      null,
    ),
    risk('age 29: silent', [woman(29), osteopenia(), ...inputs(132, 200, both)], null),
    risk('age 79: speaks', [woman(79), osteopenia(), ...inputs(125, 200, never)], 'warning'),
    risk('age 80: silent', [woman(80), osteopenia(), ...inputs(132, 200, both)], null),
    risk('stent: silent', [...w, ...inputs(132, 200, both), icd('Z95.5')], null),
    risk('bypass: silent', [...w, ...inputs(132, 200, both), icd('Z95.1')], null),
    risk('angioplasty status: silent', [...w, ...inputs(132, 200, both), icd('Z98.61')], null),
    risk('angina: silent', [...w, ...inputs(132, 200, both), icd('I20.9')], null),
    risk('MI: silent', [...w, ...inputs(132, 200, both), icd('I25.2')], null),
    risk('haemorrhagic stroke: silent', [...w, ...inputs(132, 200, both), icd('I61.9', months(60))], null),
    risk('TIA: silent', [...w, ...inputs(132, 200, both), icd('G45.9', months(60))], null),
    risk('heart failure: silent', [...w, ...inputs(132, 200, both), icd('I50.9')], null),
    risk('Paget disease: silent', [...w, ...inputs(132, 200, both), icd('M88.9')], null),
    risk(
      'sex unknown: no card',
      [woman(60, { gender: 'unknown' }), osteopenia(), ...inputs(132, 200, both)],
      null,
    ),
    risk(
      'cholesterol in mmol/L',
      [
        ...w,
        ...both,
        totalCholesterol(5.17, '2025-12-01', 'mmol/L'),
        hdl(1.29, '2025-12-01', 'mmol/L'),
        ldl(3.1, '2025-12-01', 'mmol/L'),
        eGfr(80),
        ...pair(132, 75),
      ],
      'info',
      { summary: /9\.\d %|10\.0 %/ },
    ),
    risk(
      'creatinine in place of eGFR',
      [...w, ...both, totalCholesterol(200), hdl(50), ldl(120), creatinine(0.8), ...pair(132, 75)],
      'info',
    ),
    risk(
      'no diabetes entry is stated as such',
      [...w, ...inputs(140, 200, [currentSmoker(months(2))])],
      'info',
      { detail: /diabetes/i },
    ),
    risk('medication list missing: no card', [...w, ...inputs(132, 200, both)], null, {
      without: ['medicationRequests'],
    }),
    risk(
      'blood pressure drug raises the estimate',
      [...w, ...inputs(124, 200, never), drug('lisinopril 10 MG Oral Tablet')],
      'info',
      { summary: /3\.[1-9] %/ },
    ),
  ]);
  exclusions(R18, (extra) => woman(60, extra), [osteopenia(), ...inputs(140, 200, both)], 'warning');
});

/* ------------------------------------------------------------------ R19 */

/** A normal scan 40 months ago: R15 and R16 have nothing to say. */
const oldScan = tScore(-0.5, months(40));

const sweet = rowOf(R19);

describe('R19 diabetes and fracture risk', () => {
  const diabetic = (age: number, ...more: Resource[]): Resource[] => [
    woman(age),
    ...settled,
    icd('E11.9'),
    ...more,
  ];
  const insulin = drug('insulin glargine 100 UNT/ML Injection');
  cases([
    sweet('65, DXA 37 months: A', diabetic(65, tScore(-0.5, months(37))), 'info', {
      summary: 'Diabetes, age 65: no DXA in 3 years (T-scores underestimate fracture risk).',
      ordersWith: [DXA],
    }),
    sweet('65, DXA 36 months: none', diabetic(65, tScore(-0.5, months(36))), null),
    sweet('64 without factors: none', diabetic(64), null),
    sweet('60 with HbA1c 8.1 only: none', diabetic(60, hba1c(8.1)), null),
    sweet('60 with insulin and 8.1: A', diabetic(60, hba1c(8.1), insulin), 'info', { triggeredByDrug: true }),
    sweet('60 with insulin and 8.0: none', diabetic(60, hba1c(8), insulin), null),
    sweet(
      '60 with insulin and 65 mmol/mol: A',
      diabetic(60, hba1c(65, '2025-12-01', 'mmol/mol'), insulin),
      'info',
    ),
    sweet(
      '60 with insulin and 64 mmol/mol: none',
      diabetic(60, hba1c(64, '2025-12-01', 'mmol/mol'), insulin),
      null,
    ),
    sweet('HbA1c 12 months ago counts', diabetic(60, hba1c(8.5, months(12)), insulin), 'info'),
    sweet('HbA1c over 12 months ago does not', diabetic(60, hba1c(8.5, over(12)), insulin), null),
    sweet(
      'insulin and sulfonylurea are one factor: none',
      diabetic(60, insulin, drug('glipizide 5 MG Oral Tablet')),
      null,
    ),
    sweet(
      'sulfonylurea and falls: A',
      diabetic(60, drug('glipizide 5 MG Oral Tablet'), icd('R29.6')),
      'info',
    ),
    sweet('neuropathy and falls: A', [woman(60), ...settled, icd('E11.42'), icd('R29.6')], 'info'),
    sweet('49 with falls and neuropathy: none', [woman(49), ...settled, icd('E11.42'), icd('R29.6')], null),
    sweet('50 with falls and neuropathy: A', [woman(50), ...settled, icd('E11.42'), icd('R29.6')], 'info'),
    sweet(
      'onset 11 years ago and insulin: A',
      [woman(60), ...settled, icd('E11.9', months(132)), insulin],
      'info',
    ),
    sweet(
      'onset 10 years ago to the day and insulin: none',
      [woman(60), ...settled, icd('E11.9', months(120)), insulin],
      null,
    ),
    sweet(
      'recorded 15 years ago without onset: does not count',
      [woman(60), ...settled, icd('E11.9', undefined, recorded(months(180))), insulin],
      null,
    ),
    sweet('type 1 at 66: A', [woman(66), ...settled, oldScan, icd('E10.9')], 'info'),
    sweet('SNOMED CT type 2 at 66: A', [woman(66), ...settled, oldScan, snomed('44054006')], 'info'),
    sweet('man of 66: A', [male(66), ...settled, icd('E11.9')], 'info'),
    sweet('prediabetes: none', [woman(66), ...settled, snomed('714628002')], null),
    sweet(
      'resolved diabetes: none',
      [woman(66), ...settled, icd('E11.9', undefined, clinicalStatus('resolved'))],
      null,
    ),
    sweet('DXA ordered: none', diabetic(66, oldScan, order(coded('loinc', DXA))), null),
    sweet(
      'DXA report without T-score counts as scan',
      diabetic(66, report(coded('loinc', DXA), months(20))),
      null,
    ),
    sweet('T -2.0: B', diabetic(66, tScore(-2)), 'info', {
      summary: 'Diabetes and T -2.0: fracture risk is higher than the T-score suggests.',
      ordersWithout: [DXA],
    }),
    sweet('T -1.99: none', diabetic(66, tScore(-1.99)), null),
    sweet('T -2.49: B', diabetic(66, tScore(-2.49)), 'info', { summary: /T -2\.4/ }),
    sweet('T -2.5: R08 speaks', diabetic(66, tScore(-2.5)), null),
    sweet('T -2.0 on alendronate: none', diabetic(66, tScore(-2), alendronate), null),
    sweet(
      'T -2.0 on alendronate of 3 years ago, active: none',
      diabetic(66, tScore(-2), drug('alendronate 70 MG', { authoredOn: months(36) })),
      null,
    ),
    sweet(
      'T -2.0 measured at 48, no menopause: not valid',
      [woman(66), ...settled, icd('E11.9'), tScore(-2, months(18 * 12))],
      'info',
      { summary: /no DXA in 3 years/ },
    ),
    sweet('T -2.0, DXA 40 months ago: A goes first', diabetic(66, tScore(-2, months(40))), 'info', {
      summary: /no DXA in 3 years/,
    }),
    sweet('R08 on the same record silences it', diabetic(66, osteoporosis(), tScore(-2)), null),
    sweet('bone results not obtained: silent', diabetic(66, oldScan), null, { without: ['bone'] }),
    sweet('reports not obtained: "no DXA" is not said', diabetic(66, oldScan), null, {
      without: ['reports'],
    }),
    sweet(
      'DXA preliminary: pending',
      diabetic(66, oldScan, { ...tScore(-1, days(2)), status: 'preliminary' }),
      null,
    ),
    sweet('Paget disease: silent', diabetic(66, oldScan, icd('M88.9')), null),
  ]);
  exclusions(R19, (extra) => woman(66, extra), [...settled, oldScan, icd('E11.9')], 'info');
});

/* ------------------------------------------------------------------ R20 */

const cortisone = rowOf(R20);
const course = (
  mg: number,
  supply: number,
  extra: Extra = {},
  text = 'prednisone 5 MG Oral Tablet',
): Resource => drug(text, { authoredOn: days(supply), ...daily(mg, supply), ...extra });

describe('R20 long-term glucocorticoid', () => {
  const w = [woman(60), ...settled, hba1c(5.4)];
  const scan = tScore(-0.5, months(10));
  const drugged = { triggeredByDrug: true } as const;
  cases([
    cortisone('2.5 mg, 91 days: info', [...w, course(2.5, 91)], 'info', {
      ...drugged,
      summary: /^Glucocorticoid > 3 months \(2\.5 mg\/day\): fracture-risk assessment not on file\.$/,
      ordersWith: [DXA],
    }),
    cortisone('90 days: none', [...w, course(2.5, 90)], null),
    cortisone('2.4 mg, 91 days: none', [...w, course(2.4, 91)], null),
    cortisone('7.4 mg: info', [...w, course(7.4, 120)], 'info', drugged),
    cortisone('7.5 mg: warning', [...w, course(7.5, 120)], 'warning', drugged),
    cortisone(
      '5 mg after a fracture: warning',
      [...w, course(5, 120), vertebral(months(40)), alendronate],
      'warning',
      drugged,
    ),
    cortisone(
      'methylprednisolone 6 mg (7.5): warning',
      [...w, course(6, 120, {}, 'methylprednisolone 4 MG Oral Tablet')],
      'warning',
      drugged,
    ),
    cortisone(
      'dexamethasone 1.125 mg (7.5): warning',
      [...w, course(1.125, 120, {}, 'dexamethasone 0.75 MG Oral Tablet')],
      'warning',
      drugged,
    ),
    cortisone(
      'hydrocortisone 20 mg with Addison disease: none',
      [...w, course(20, 120, {}, 'hydrocortisone 20 MG Oral Tablet'), icd('E27.1')],
      null,
    ),
    cortisone(
      'hydrocortisone 30 mg (7.5) with Addison disease: none',
      [...w, course(30, 120, {}, 'hydrocortisone 10 MG Oral Tablet'), icd('E27.1')],
      null,
    ),
    cortisone(
      'hydrocortisone 35 mg with Addison disease: warning',
      [...w, course(35, 120, {}, 'hydrocortisone 10 MG Oral Tablet'), icd('E27.1')],
      'warning',
      drugged,
    ),
    cortisone('prednisone 5 mg in hypopituitarism: none', [...w, course(5, 120), icd('E23.0')], null),
    cortisone('prednisone 5 mg in E25: none', [...w, course(5, 120), icd('E25.0')], null),
    cortisone('prednisone 5 mg in E89.6: none', [...w, course(5, 120), icd('E89.6')], null),
    cortisone(
      'hydrocortisone 20 mg without it: info',
      [...w, course(20, 120, {}, 'hydrocortisone 20 MG Oral Tablet')],
      'info',
      drugged,
    ),
    cortisone('eye drops: none', [...w, course(10, 120, {}, 'prednisolone 1 % ophthalmic suspension')], null),
    cortisone(
      'dose not readable: info',
      [
        ...w,
        drug('prednisone 5 MG Oral Tablet', {
          authoredOn: days(120),
          dosageInstruction: [{ text: 'taper' }],
          dispenseRequest: {
            expectedSupplyDuration: { value: 120, unit: 'd', system: 'http://unitsofmeasure.org', code: 'd' },
          },
        }),
      ],
      'info',
      drugged,
    ),
    cortisone(
      'gap of 30 days is merged: 60 + 60',
      [...w, course(5, 60, { status: 'completed', authoredOn: days(150) }), course(5, 60)],
      'info',
      drugged,
    ),
    cortisone(
      'stopped years ago: none',
      [...w, course(10, 120, { status: 'stopped', authoredOn: months(40) })],
      null,
    ),
    cortisone('DXA 24 months ago: none', [...w, course(10, 120), tScore(-0.5, months(24))], null),
    cortisone(
      'DXA over 24 months ago: warning',
      [...w, course(10, 120), tScore(-0.5, over(24))],
      'warning',
      drugged,
    ),
    cortisone('DXA ordered: none', [...w, course(10, 120), order(coded('loinc', DXA))], null),
    cortisone('all current, T -0.5: none', [...w, course(10, 120), scan], null),
    cortisone(
      'lipids over 12 months ago: info',
      [
        woman(60),
        vitaminD(40),
        bloodPressure(120, 70),
        hba1c(5.4),
        ldl(100, over(12)),
        course(10, 120),
        scan,
      ],
      'info',
      {
        ...drugged,
        summary: /^.*[Gg]lucocorticoid.*: .*lipids.* not on file in 12 months\.$/,
        ordersWith: [LIPIDS],
      },
    ),
    cortisone('HbA1c missing: info', [woman(60), ...settled, course(10, 120), scan], 'info', {
      ...drugged,
      summary: /HbA1c/,
      ordersWith: [HBA1C],
    }),
    cortisone(
      'HbA1c 12 months ago: none',
      [woman(60), ...settled, hba1c(5.4, months(12)), course(10, 120), scan],
      null,
    ),
    cortisone(
      'blood pressure missing: info',
      [woman(60), vitaminD(40), ldl(100), hba1c(5.4), course(10, 120), scan],
      'info',
      { ...drugged, summary: /BP|blood pressure/ },
    ),
    cortisone(
      'T -1.0 without therapy: info, "treatment review"',
      [...w, course(10, 120), tScore(-1, months(10))],
      'info',
      { ...drugged, detail: /[Tt]reatment review|moderate/ },
    ),
    cortisone('T -0.99: none', [...w, course(10, 120), tScore(-0.99, months(10))], null),
    cortisone(
      'T -1.5 on alendronate: none',
      [...w, course(10, 120), tScore(-1.5, months(10)), alendronate],
      null,
    ),
    cortisone('T -2.6: R08 owns the treatment part', [...w, course(10, 120), tScore(-2.6, months(10))], null),
    cortisone('17 years: silent', [woman(17), course(10, 120)], null),
    cortisone('Paget disease: no DXA part', [...w, course(10, 120), icd('M88.9')], null),
    cortisone('bone results not obtained: "no DXA" is not said', [...w, course(10, 120)], null, {
      without: ['bone'],
    }),
    cortisone('medication requests not obtained: silent', [...w, course(10, 120)], null, {
      without: ['medicationRequests'],
    }),
    cortisone(
      'statement of long-term prednisone',
      [
        ...w,
        statement('prednisone 5 MG Oral Tablet', {
          effectivePeriod: { start: months(8) },
          dosage: [
            {
              doseAndRate: [
                { doseQuantity: { value: 10, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' } },
              ],
              timing: { repeat: { frequency: 1, period: 1, periodUnit: 'd' } },
            },
          ],
        }),
      ],
      'warning',
      drugged,
    ),
  ]);
  exclusions(R20, (extra) => woman(60, extra), [...settled, hba1c(5.4), course(10, 120)], 'warning');
});

/* ------------------------------------------------------------------ R21 */

const deprived = rowOf(R21);

describe('R21 aromatase inhibitor, androgen deprivation', () => {
  const letrozole = (date: string, extra: Extra = {}): Resource =>
    drug('letrozole 2.5 MG Oral Tablet', { authoredOn: date, ...extra });
  const lupron = (date: string, extra: Extra = {}): Resource =>
    drug('leuprolide acetate 22.5 MG Injection [Lupron]', { authoredOn: date, ...extra });
  const her = [woman(60), ...settled, icd('C50.911')];
  const him = [male(70), ...settled, hba1c(5.4), icd('C61')];
  const NO_DXA = /^(Aromatase inhibitor|Androgen deprivation): baseline or 2-yearly DXA not on file\.$/;
  cases(
    [
      deprived('letrozole since 6 months, no DXA: info', [...her, letrozole(months(6))], 'info', {
        summary: NO_DXA,
        ordersWith: [DXA],
      }),
      deprived('letrozole since under 6 months: silent', [...her, letrozole(months(5))], null),
      deprived(
        'DXA 25 months ago on AI: info',
        [...her, letrozole(months(12)), tScore(-0.5, months(25))],
        'info',
        { summary: NO_DXA },
      ),
      deprived(
        'DXA 24 months ago on AI: none',
        [...her, letrozole(months(12)), tScore(-0.5, months(24))],
        null,
      ),
      deprived('letrozole, 32 y, no cancer: silent', [woman(32), ...settled, letrozole(months(8))], null),
      deprived('letrozole, 50 y, no cancer: info', [woman(50), ...settled, letrozole(months(8))], 'info'),
      deprived('man on letrozole: silent', [male(60), ...settled, letrozole(months(8))], null),
      deprived(
        'letrozole stopped two years ago: silent',
        [...her, letrozole(months(40), { status: 'stopped' })],
        null,
      ),
      deprived('leuprolide since 8 months with prostate cancer: info', [...him, lupron(months(8))], 'info', {
        summary: NO_DXA,
      }),
      deprived('leuprolide without prostate cancer: silent', [male(70), ...settled, lupron(months(8))], null),
      deprived(
        'bicalutamide alone: silent',
        [...him, drug('bicalutamide 50 MG Oral Tablet', { authoredOn: months(8) })],
        null,
      ),
      deprived('bone metastases: silent', [...him, lupron(months(8)), icd('C79.51')], null),
      deprived(
        'zoledronate 4 mg on file: silent',
        [...him, lupron(months(8)), drug('zoledronic acid 4 MG Injection [Zometa]')],
        null,
      ),
      deprived('DXA ordered: none', [...her, letrozole(months(8)), order(coded('loinc', DXA))], null),
      deprived(
        'lipids missing: info',
        [
          woman(60),
          icd('C50.911'),
          bloodPressure(120, 70),
          vitaminD(40),
          letrozole(months(8)),
          tScore(-0.5, months(10)),
        ],
        'info',
        {
          summary: /^[Aa]romatase inhibitor.*: .*lipids.* not on file in 12 months\.$/,
          ordersWith: [LIPIDS],
        },
      ),
      deprived(
        'AI: HbA1c is not suggested as ADT asks it',
        [...her, letrozole(months(8)), tScore(-0.5, months(10)), hba1c(5.4)],
        null,
      ),
      deprived(
        'ADT: HbA1c missing: info',
        [male(70), ...settled, icd('C61'), lupron(months(8)), tScore(-0.5, months(10))],
        'info',
        { ordersWith: [HBA1C], summary: /HbA1c/ },
      ),
      deprived('bone results not obtained: silent', [...her, letrozole(months(8))], null, {
        without: ['bone'],
      }),
    ],
    { triggeredByDrug: true },
  );

  test('the scan under an aromatase inhibitor carries Z79.811, under ADT it does not', async () => {
    const reasons = async (record: readonly Resource[]): Promise<string> => {
      const one = deprived('', record, 'info');
      return JSON.stringify(comparedOf(one, await cardsOf(one))[0]?.suggestions ?? null);
    };
    expect(await reasons([...her, letrozole(months(8))])).toContain('Z79.811');
    expect(await reasons([...him, lupron(months(8))])).not.toContain('Z79.811');
  });

  exclusions(R21, (extra) => woman(60, extra), [...settled, icd('C50.911'), letrozole(months(8))], 'info');
});

/* ------------------------------------------------------------------ R22 */

const androgen = rowOf(R22);

describe('R22 low testosterone', () => {
  const m = [male(60), ...settled, tScore(-0.5, months(30))];
  const at = (day: string, time = '08:00:00-05:00'): string => `${day}T${time}`;
  cases([
    androgen('299 once: A', [...m, testosterone(299)], 'info', {
      summary: /^Testosterone 299 ng\/dL: confirm on a second morning sample before acting\.$/,
      orders: [TESTOSTERONE],
    }),
    androgen('300: none', [...m, testosterone(300)], null),
    androgen('10.4 nmol/L: none', [...m, testosterone(10.4, at('2025-12-01'), 'nmol/L')], null),
    androgen('10.3 nmol/L: A', [...m, testosterone(10.3, at('2025-12-01'), 'nmol/L')], 'info', {
      summary: /10\.3 nmol\/L|29\d ng\/dL/,
    }),
    androgen('24 months ago counts', [...m, testosterone(250, at(months(24)))], 'info'),
    androgen('over 24 months ago: none', [...m, testosterone(250, at(over(24)))], null),
    androgen('"< 100": A', [...m, { ...testosterone(100), ...quantity('<', 100, 'ng/dL') }], 'info'),
    androgen(
      '"< 400" proves nothing',
      [...m, { ...testosterone(400), ...quantity('<', 400, 'ng/dL') }],
      null,
    ),
    androgen(
      'two low mornings at 48 h, no DXA ever, 60: B',
      [male(60), ...settled, testosterone(250, at('2025-12-01')), testosterone(260, at('2025-12-03'))],
      'info',
      {
        summary: 'Confirmed low testosterone, no DXA on file.',
        ordersWith: [DXA],
      },
    ),
    androgen(
      'at 50: B',
      [male(50), ...settled, testosterone(250, at('2025-12-01')), testosterone(260, at('2025-12-03'))],
      'info',
      { summary: /no DXA/ },
    ),
    androgen(
      'at 49: none',
      [male(49), ...settled, testosterone(250, at('2025-12-01')), testosterone(260, at('2025-12-03'))],
      null,
    ),
    androgen(
      'with a DXA on file: none',
      [...m, testosterone(250, at('2025-12-01')), testosterone(260, at('2025-12-03'))],
      null,
    ),
    androgen(
      '14:00 sample is not confirmatory',
      [
        male(60),
        ...settled,
        testosterone(250, at('2025-12-01')),
        testosterone(260, at('2025-12-03', '14:00:00-05:00')),
      ],
      'info',
      { summary: /confirm/ },
    ),
    androgen(
      '11:00 is not before 11:00',
      [
        male(60),
        ...settled,
        testosterone(250, at('2025-12-01')),
        testosterone(260, at('2025-12-03', '11:00:00-05:00')),
      ],
      'info',
      { summary: /confirm/ },
    ),
    androgen(
      '10:59 is',
      [
        male(60),
        ...settled,
        testosterone(250, at('2025-12-01')),
        testosterone(260, at('2025-12-03', '10:59:00-05:00')),
      ],
      'info',
      { summary: /no DXA/ },
    ),
    androgen(
      '47 h apart: not confirmed',
      [
        male(60),
        ...settled,
        testosterone(250, at('2025-12-01', '09:00:00-05:00')),
        testosterone(260, at('2025-12-03', '08:00:00-05:00')),
      ],
      'info',
      { summary: /confirm/ },
    ),
    androgen(
      'date only: time unknown, counts, says so',
      [male(60), ...settled, testosterone(250, '2025-12-01'), testosterone(260, '2025-12-05')],
      'info',
      { summary: /no DXA/, detail: /time/i },
    ),
    androgen(
      'Z: time unknown, counts, says so',
      [
        male(60),
        ...settled,
        testosterone(250, '2025-12-01T15:00:00Z'),
        testosterone(260, '2025-12-05T15:00:00Z'),
      ],
      'info',
      { summary: /no DXA/, detail: /time/i },
    ),
    androgen(
      'low once, normal since: none',
      [...m, testosterone(250, at('2025-10-01')), testosterone(420, at('2025-12-03'))],
      null,
    ),
    androgen('hypogonadism by code, no DXA: B', [male(60), ...settled, icd('E29.1')], 'info', {
      summary: /no DXA/,
    }),
    androgen(
      'hypogonadism by code, DXA on file, lipids overdue: B, the heart part',
      [
        male(60),
        tScore(-0.5, months(30)),
        bloodPressure(120, 70),
        vitaminD(40),
        ldl(100, months(80)),
        icd('E29.1'),
      ],
      'info',
      { ordersWith: [LIPIDS], ordersWithout: [DXA] },
    ),
    androgen(
      'on testosterone: silent',
      [male(60), ...settled, icd('E29.1'), drug('testosterone gel 1.62 %')],
      null,
    ),
    androgen(
      'under androgen deprivation: silent',
      [
        male(60),
        ...settled,
        icd('C61'),
        drug('leuprolide 22.5 MG [Lupron]', { authoredOn: months(8) }),
        testosterone(20),
      ],
      null,
    ),
    androgen('woman: silent', [woman(60), ...settled, testosterone(20)], null),
    androgen('17 years: silent', [male(17), testosterone(250)], null),
    androgen('18 years: A', [male(18), testosterone(250)], 'info'),
    androgen(
      'free testosterone 2991-8 is another test',
      [...m, lab('2991-8', 5, 'ng/dL', at('2025-12-01'))],
      null,
    ),
    androgen('repeat ordered: none', [...m, testosterone(250), order(coded('loinc', TESTOSTERONE))], null),
    androgen('preliminary: none', [...m, { ...testosterone(250), status: 'preliminary' }], null),
    androgen('not obtained: none', [...m, testosterone(250)], null, { without: [TESTOSTERONE] }),
  ]);
  exclusions(
    R22,
    (extra) => male(60, extra),
    [...settled, tScore(-0.5, months(30)), testosterone(250)],
    'info',
  );
});

/* ------------------------------------------------------------------ R25 */

const plaque = rowOf(R25);
const cac = (value: number, date = '2025-09-01', extra: Extra = {}): Resource => ({
  ...lab('0', value, '1', date),
  code: coded('snomed', '450360000'),
  valueQuantity: { value },
  ...extra,
});

describe('R25 coronary calcium with low bone density', () => {
  const w = [woman(60), ...settled, osteopenia()];
  cases([
    plaque('0: none', [...w, cac(0)], null),
    plaque('1: info', [...w, cac(1)], 'info', {
      summary: 'CAC 1 and low bone density: review CV prevention.',
    }),
    plaque('99: info', [...w, cac(99)], 'info', {
      summary: 'CAC 99 and low bone density: review CV prevention.',
      orders: [],
    }),
    plaque('100: warning', [...w, cac(100)], 'warning', {
      summary: 'CAC 100 and low bone density: lipid therapy not on file. Review CV prevention.',
      ordersWithout: [CARDIOLOGY],
      detail: /do not stop|not stop/i,
    }),
    plaque('299: no referral', [...w, cac(299)], 'warning', { ordersWithout: [CARDIOLOGY] }),
    plaque('300: "very high", cardiology', [...w, cac(300)], 'warning', {
      detail: /very high|300 or more/,
      ordersWith: [CARDIOLOGY],
    }),
    plaque(
      'the unit {score}',
      [
        ...w,
        cac(150, '2025-09-01', {
          valueQuantity: {
            value: 150,
            unit: '{score}',
            system: 'http://unitsofmeasure.org',
            code: '{score}',
          },
        }),
      ],
      'warning',
    ),
    plaque('the highest total counts', [...w, cac(40, '2025-09-01'), cac(120, '2021-09-01')], 'warning', {
      summary: /CAC 120/,
    }),
    plaque('statin: silent', [...w, cac(400), statin], null),
    plaque('PCSK9 drug: silent', [...w, cac(400), drug('evolocumab 140 MG/ML Injection [Repatha]')], null),
    plaque('ezetimibe: silent', [...w, cac(400), drug('ezetimibe 10 MG Oral Tablet')], null),
    plaque(
      'statin active from 3 years ago: silent',
      [...w, cac(400), drug('simvastatin 20 MG', { authoredOn: months(36) })],
      null,
    ),
    plaque(
      'statin on hold: silent',
      [...w, cac(400), drug('simvastatin 20 MG', { status: 'on-hold' })],
      null,
    ),
    plaque(
      'statin stopped: warning',
      [...w, cac(400), drug('simvastatin 20 MG', stopped(months(30)))],
      'warning',
    ),
    plaque('statin intolerance: info', [...w, cac(400), icd('G72.0')], 'info'),
    plaque('medication list missing: silent', [...w, cac(400)], null, { without: ['medicationRequests'] }),
    plaque('no low bone density: silent', [woman(60), ...settled, cac(400)], null),
    plaque('39 years: silent', [woman(39), ...settled, osteopenia(), cac(400)], null),
    plaque('40 years: warning', [woman(40), ...settled, osteopenia(), cac(400)], 'warning'),
    plaque('80 years: warning', [woman(80), ...settled, osteopenia(), cac(400)], 'warning'),
    plaque('81 years: silent', [woman(81), ...settled, osteopenia(), cac(400)], null),
    plaque(
      'lipids over 12 months ago: panel',
      [woman(60), osteopenia(), bloodPressure(120, 70), vitaminD(40), ldl(100, months(14)), cac(150)],
      'warning',
      { ordersWith: [LIPIDS] },
    ),
    plaque(
      'left anterior descending is not the total',
      [
        ...w,
        cac(150, '2025-09-01', { code: { ...coded('snomed', '450360000'), text: 'Agatston score LAD' } }),
      ],
      null,
    ),
    plaque(
      '"> 1000": very high',
      [...w, cac(1000, '2025-09-01', { valueQuantity: { value: 1000, comparator: '>' } })],
      'warning',
      { ordersWith: [CARDIOLOGY] },
    ),
    plaque(
      'percentile is not the score',
      [...w, cac(90, '2025-09-01', { code: { text: 'Coronary calcium percentile' } })],
      null,
    ),
    plaque('preliminary: silent', [...w, cac(150, '2025-09-01', { status: 'preliminary' })], null),
    plaque(
      '"> 100": warning',
      [...w, cac(100, '2025-09-01', { valueQuantity: { value: 100, comparator: '>' } })],
      'warning',
    ),
    plaque('Paget disease: silent', [...w, cac(150), icd('M88.9')], null),
  ]);
  exclusions(R25, (extra) => woman(60, extra), [...settled, osteopenia(), cac(150)], 'warning');
});

/* ------------------------------------------------------------------ R26 */

const tobacco = rowOf(R26);

describe('R26 smoking cessation', () => {
  const w = [woman(60), ...settled];
  const risky = icd('I10');
  cases([
    tobacco('hypertension only: fires', [...w, risky, currentSmoker(months(2))], 'info', {
      summary: /^Current smoker with hypertension: no cessation support on file in 12 months\.$/,
    }),
    tobacco('status current 24 months ago: fires', [...w, risky, currentSmoker(months(24))], 'info', {
      summary: /no cessation support/,
    }),
    tobacco('status current over 24 months ago: update', [...w, risky, currentSmoker(over(24))], 'info', {
      summary: /^Smoking status last recorded 2024-01-14 \(current\): update\.$/,
    }),
    tobacco('never smoked, 5 years ago: no update', [...w, risky, neverSmoker(months(60))], null),
    tobacco('former, 5 years ago: no update', [...w, risky, formerSmoker(months(60))], null),
    tobacco(
      'former last month, F17.210 from 2019: silent',
      [...w, risky, formerSmoker(months(1)), icd('F17.210', '2019-03-01')],
      null,
    ),
    tobacco(
      'former in 2019, F17.210 last month: fires',
      [...w, risky, formerSmoker('2019-03-01'), icd('F17.210', months(1))],
      'info',
    ),
    tobacco(
      'Observation before Condition on the same day',
      [...w, risky, formerSmoker('2025-10-01'), icd('F17.210', '2025-10-01')],
      null,
    ),
    tobacco('F17.211 (remission) is not smoking', [...w, risky, icd('F17.211', months(2))], null),
    tobacco('Z72.0: fires', [...w, risky, icd('Z72.0', months(2))], 'info'),
    tobacco('77176002 as value: fires', [...w, risky, codedValue('72166-2', '77176002', months(2))], 'info'),
    tobacco(
      '428041000124106 some days: fires',
      [...w, risky, codedValue('72166-2', '428041000124106', months(2))],
      'info',
    ),
    tobacco(
      '428071000124103 heavy: fires',
      [...w, risky, codedValue('72166-2', '428071000124103', months(2))],
      'info',
    ),
    tobacco(
      '428061000124105 light: fires',
      [...w, risky, codedValue('72166-2', '428061000124105', months(2))],
      'info',
    ),
    tobacco(
      'status "unknown if ever smoked": silent',
      [...w, risky, codedValue('72166-2', '266927001', months(2))],
      null,
    ),
    tobacco('no status: silent', [...w, risky], null),
    tobacco('no risk: silent', [...w, currentSmoker(months(2))], null),
    tobacco('osteopenia is a risk', [...w, osteopenia(), currentSmoker(months(2))], 'info'),
    tobacco('diabetes is a risk', [...w, icd('E11.9'), currentSmoker(months(2))], 'info'),
    tobacco('coronary disease is a risk', [...w, icd('I25.10'), currentSmoker(months(2))], 'info'),
    tobacco('CKD is a risk', [...w, icd('N18.30'), currentSmoker(months(2))], 'info'),
    tobacco('fracture is a risk', [...w, vertebral(months(8)), currentSmoker(months(2))], 'info'),
    tobacco(
      'counselling 12 months to the day: silent',
      [...w, risky, currentSmoker(months(2)), procedure(coded('snomed', '225323000'), months(12))],
      null,
    ),
    tobacco(
      'counselling over 12 months ago: fires',
      [...w, risky, currentSmoker(months(2)), procedure(coded('snomed', '225323000'), over(12))],
      'info',
    ),
    tobacco(
      '710081004: silent',
      [...w, risky, currentSmoker(months(2)), procedure(coded('snomed', '710081004'), months(3))],
      null,
    ),
    tobacco(
      'referral 395700008 made: silent',
      [...w, risky, currentSmoker(months(2)), order(coded('snomed', '395700008'))],
      null,
    ),
    tobacco(
      'counselling not done: fires',
      [
        ...w,
        risky,
        currentSmoker(months(2)),
        procedure(coded('snomed', '225323000'), months(2), { status: 'not-done' }),
      ],
      'info',
    ),
    tobacco(
      'varenicline: silent',
      [...w, risky, currentSmoker(months(2)), drug('varenicline 1 MG Oral Tablet')],
      null,
    ),
    tobacco(
      'nicotine patch: silent',
      [...w, risky, currentSmoker(months(2)), drug('nicotine 21 MG/24HR Transdermal Patch')],
      null,
    ),
    tobacco(
      'Zyban: silent',
      [...w, risky, currentSmoker(months(2)), drug('bupropion 150 MG Extended Release Oral Tablet [Zyban]')],
      null,
    ),
    tobacco(
      'bupropion for depression: fires',
      [
        ...w,
        risky,
        currentSmoker(months(2)),
        drug('bupropion 150 MG Extended Release Oral Tablet [Wellbutrin]'),
      ],
      'info',
    ),
    tobacco('18 years: fires', [woman(18), risky, currentSmoker(months(2))], 'info'),
    tobacco('17 years: silent', [woman(17), risky, currentSmoker(months(2))], null),
    tobacco('smoking not obtained: silent', [...w, risky, currentSmoker(months(2))], null, {
      without: ['72166-2'],
    }),
    tobacco('medication requests not obtained: silent', [...w, risky, currentSmoker(months(2))], null, {
      without: ['medicationRequests'],
    }),
    tobacco(
      'status entered in error: silent',
      [...w, risky, { ...currentSmoker(months(2)), status: 'entered-in-error' }],
      null,
    ),
    tobacco(
      'refuted F17: silent',
      [...w, risky, icd('F17.210', months(2), verificationStatus('refuted'))],
      null,
    ),
  ]);

  test('the order is counselling or a referral', async () => {
    const one = tobacco('', [...w, risky, currentSmoker(months(2))], 'info');
    const [card] = comparedOf(one, await cardsOf(one));
    expect(JSON.stringify(card?.suggestions)).toMatch(/395700008|225323000/);
    expect(JSON.stringify(card?.suggestions)).toMatch(/409063005|3457005/);
  });

  exclusions(R26, (extra) => woman(60, extra), [...settled, icd('I10'), currentSmoker(months(2))], 'info');
});

/* ------------------------------------------------------------------ 0.4 */

describe('0.4 links, override reasons and sentences', () => {
  test.each([
    { id: R06, record: [woman(58), calcium(10.8)], link: '10.1002/jbmr.4677', more: [], says: [] },
    {
      id: R07,
      record: [woman(70), hip(months(2))],
      link: '10.1093/gerona/glab336',
      more: [],
      says: [/12\.97/, /9\.42/, /1\.05/, /1\.29/],
    },
    {
      id: R12,
      record: [woman(60), osteopenia(), ldl(100), ...pair(145, 80)],
      link: '10.1161/CIR.0000000000001356',
      more: [],
      says: [/130\/80/, /standing/i],
    },
    {
      id: R14,
      record: [woman(60), eGfr(40, days(5)), eGfr(41, days(150))],
      link: '10.1016/j.kisu.2017.04.001',
      more: [],
      says: [/KDIGO/],
    },
    {
      id: R19,
      record: [woman(66), ...settled, oldScan, icd('E11.9')],
      link: '10.2337/dc26-S004',
      more: [],
      says: [/ADA/],
    },
    {
      id: R20,
      record: [woman(60), ...settled, course(10, 120)],
      link: '10.1002/art.42646',
      more: [],
      says: [/ACR/],
    },
    {
      id: R21,
      record: [woman(60), ...settled, icd('C50.911'), drug('letrozole 2.5 MG', { authoredOn: months(8) })],
      link: '10.1200/JCO.19.01696',
      more: ['expert-contradicts'],
      says: [/ASCO/],
    },
    {
      id: R22,
      record: [male(60), ...settled, testosterone(250)],
      link: '10.1056/NEJMoa2308836',
      more: [],
      says: [],
    },
    {
      id: R25,
      record: [woman(60), ...settled, osteopenia(), cac(150)],
      link: '10.1161/CIR.0000000000001423',
      more: [],
      says: [/food/i],
    },
    {
      id: R26,
      record: [woman(60), ...settled, icd('I10'), currentSmoker(months(2))],
      link: 'uspreventiveservicestaskforce.org',
      more: [],
      says: [/USPSTF/],
    },
  ])('$id', async ({ id, record, link, more, says }) => {
    const one = rowOf(id)('', record, 'info');
    const [card] = comparedOf(one, await cardsOf(one));
    expect(card?.overrideReasons?.map(({ code }) => code)).toEqual([...STANDARD, ...more]);
    expect((card?.links ?? []).map(({ url }) => url).join(' ')).toContain(link);
    for (const sentence of says) expect(card?.detail).toMatch(sentence);
  });
});
