/**
 * Which recommendation speaks when several could (clarifications C), as a tester outside sees it: every owner of a topic, every
 * silence, age limits, the cap, and what holds for any mixture of findings.
 *
 * The evaluation date is 2026-01-15. `cards` of a case is the whole answer unless `about` names a part of it.
 */
import { describe, expect, test } from '@jest/globals';
import { decide } from '../../src/decide.ts';
import { QUERY_KEYS, type Resource } from '../../src/facts/record.ts';
import type { Card } from '../../src/hooks/card.ts';
import { withUuids } from '../../src/render.ts';
import {
  bloodPressure,
  calcium,
  coded,
  contextOf,
  daily,
  drug,
  eGfr,
  hdl,
  hsCrp,
  lab,
  ldl,
  osteopenia,
  osteoporosis,
  policyOf,
  pth,
  recordOf,
  TODAY,
  totalCholesterol,
  tScore,
  vitaminD,
  weight,
} from '../build-record.ts';
import {
  cardsOf,
  cases,
  codedValue,
  currentSmoker,
  days,
  draftOf,
  encounter,
  expectConvention,
  hip,
  icd,
  male,
  months,
  MORE,
  neverSmoker,
  orderedCodes,
  over,
  R02,
  R04,
  R05,
  R06,
  R07,
  R08,
  R09,
  R10,
  R11,
  R12,
  R13,
  R14,
  R15,
  R16,
  R17,
  R18,
  R19,
  R20,
  R21,
  R22,
  R23,
  R24,
  R25,
  R26,
  topicOf,
  useServices,
  woman,
  type Case,
} from './specification-helpers.ts';

useServices();

const DXA = '38268-9';
const LIPIDS = '24331-1';
const VITAMIN_D = '62292-8';
const DIETITIAN = '103699006';

const hba1c = (value: number, date = '2025-12-01'): Resource => lab('4548-4', value, '%', date);
const tsh = lab('3016-3', 2, 'm[IU]/L', '2025-12-01');
const alp = lab('6768-6', 70, 'U/L', '2025-12-01');
const phosphate = lab('2777-1', 3.5, 'mg/dL', '2025-12-01');
/** All of R06-B. */
const bonework = [calcium(9.5), eGfr(80), alp, tsh];
const pressures = [bloodPressure(120, 70, days(20)), bloodPressure(122, 72, days(50))];
const heart = [ldl(100), ...pressures, hba1c(5.4), neverSmoker(months(2))];
const bone = [vitaminD(40), ...bonework];
const alendronate = drug('alendronate 70 MG Oral Tablet', { authoredOn: months(24) });
const statin = drug('atorvastatin 20 MG Oral Tablet', { authoredOn: months(20) });
const prednisone = (mg: number, supply = 120): Resource =>
  drug('prednisone 5 MG Oral Tablet', { authoredOn: days(supply), ...daily(mg, supply) });
const letrozole = drug('letrozole 2.5 MG Oral Tablet', { authoredOn: months(8) });
const breast = icd('C50.911');
const diabetes = icd('E11.9');
const coeliac = icd('K90.0');
const cac = (value: number): Resource => ({
  ...lab('0', value, '1', '2025-09-01'),
  code: coded('snomed', '450360000'),
  valueQuantity: { value },
});
const kidney3 = [eGfr(45, days(5)), eGfr(46, months(6))];

/** Who suggests an order, in the order of the cards. */
function holders(cards: readonly Card[], code: string): readonly string[] {
  return cards.flatMap((card) =>
    orderedCodes(card).flatMap((ordered) => (ordered === code ? [topicOf(card)] : [])),
  );
}
/** Who speaks. */
const speakers = (cards: readonly Card[]): readonly string[] => cards.map(topicOf);

interface Ownership {
  readonly name: string;
  readonly record: readonly Resource[];
  readonly owner: string;
  /** Speak as well, without the suggestion. */
  readonly beside?: readonly string[];
  /** Have nothing else to say. */
  readonly silent?: readonly string[];
}

function ownerOf(code: string, rows: readonly Ownership[]): void {
  test.each(rows)('$name', async ({ record, owner, beside = [], silent = [] }) => {
    const cards = await cardsOf({ name: '', record, cards: {} });
    expect(holders(cards, code)).toEqual([owner]);
    for (const id of beside) expect(speakers(cards)).toContain(id);
    for (const id of silent) expect(speakers(cards)).not.toContain(id);
    for (const card of cards) expectConvention(card, true);
  });
}

/* ------------------------------------------------------------------ owners */

describe('C owner of the DXA suggestion', () => {
  ownerOf(DXA, [
    {
      name: 'R08 before R20',
      record: [woman(66), ...heart, ...bone, osteoporosis(), prednisone(10)],
      owner: R08,
      silent: [R20],
    },
    {
      name: 'R08 before R20 after a fracture',
      record: [woman(66), ...heart, ...bone, hip(months(3)), prednisone(10)],
      owner: R08,
      silent: [R20],
    },
    {
      name: 'R08 before R21',
      record: [woman(66), ...heart, ...bone, osteoporosis(), breast, letrozole],
      owner: R08,
      silent: [R21],
    },
    {
      name: 'R08 before R19-A',
      record: [woman(66), ...heart, ...bone, osteoporosis(), diabetes],
      owner: R08,
      silent: [R19],
    },
    {
      name: 'R08 before R22-B',
      record: [male(60), ...heart, ...bone, osteoporosis(), icd('E29.1')],
      owner: R08,
      silent: [R22],
    },
    {
      name: 'R20 before R21',
      record: [woman(60), ...heart, ...bone, breast, letrozole, prednisone(10)],
      owner: R20,
      silent: [R21],
    },
    {
      name: 'R20 before R15',
      record: [woman(66), ...heart, ...bone, prednisone(10)],
      owner: R20,
      silent: [R15],
    },
    {
      name: 'R20 before R19-A',
      record: [woman(66), ...heart, ...bone, diabetes, tScore(-0.5, months(40)), prednisone(10)],
      owner: R20,
      silent: [R19],
    },
    {
      name: 'R20 before R16',
      record: [woman(66), ...heart, ...bone, tScore(-1.2, months(30)), prednisone(10)],
      owner: R20,
      silent: [R16],
    },
    {
      name: 'R20 before R22-B',
      record: [male(60), ...heart, ...bone, icd('E29.1'), prednisone(10)],
      owner: R20,
      silent: [R22],
    },
    {
      name: 'R21 before R15',
      record: [woman(66), ...heart, ...bone, breast, letrozole],
      owner: R21,
      silent: [R15],
    },
    {
      name: 'R21 before R19-A',
      record: [woman(66), ...heart, ...bone, diabetes, tScore(-0.5, months(40)), breast, letrozole],
      owner: R21,
      silent: [R19],
    },
    {
      name: 'R21 before R16',
      record: [woman(66), ...heart, ...bone, tScore(-1.2, months(30)), breast, letrozole],
      owner: R21,
      silent: [R16],
    },
    { name: 'R15 before R19-A', record: [woman(66), ...heart, ...bone, diabetes], owner: R15, silent: [R19] },
    {
      name: 'R15-C before R22-B in a man with primary hyperparathyroidism',
      record: [male(60), ...heart, ...bone, icd('E29.1'), icd('E21.0')],
      owner: R15,
      silent: [R22],
    },
    {
      name: 'R19-A before R16',
      record: [woman(66), ...heart, ...bone, diabetes, tScore(-1.2, months(37))],
      owner: R19,
      silent: [R16],
    },
    {
      name: 'R19-A before R22-B',
      record: [male(66), ...heart, ...bone, diabetes, icd('E29.1')],
      owner: R19,
      silent: [R22],
    },
    { name: 'R15 alone', record: [woman(66), ...heart, ...bone], owner: R15 },
    { name: 'R16 alone', record: [woman(66), ...heart, ...bone, tScore(-2.2, months(24))], owner: R16 },
    { name: 'R22-B alone', record: [male(60), ...heart, ...bone, icd('E29.1')], owner: R22 },
  ]);
});

describe('C owner of the lipid panel', () => {
  const noLipids = [...pressures, hba1c(5.4), neverSmoker(months(2)), ...bone];
  ownerOf(LIPIDS, [
    {
      name: 'R07 before R13, whose finding still shows',
      record: [woman(66), ...noLipids, alendronate, ldl(195, months(14)), hip(months(3))],
      owner: R07,
      beside: [R13],
    },
    {
      name: 'R07 silences R11',
      record: [woman(66), ...noLipids, alendronate, osteopenia(), hip(months(3))],
      owner: R07,
      silent: [R11, R17],
    },
    {
      name: 'R07 before R20',
      record: [woman(66), ...noLipids, alendronate, tScore(-0.5), hip(months(3)), prednisone(10)],
      owner: R07,
      silent: [R17],
    },
    {
      name: 'R07 before R25',
      record: [woman(66), ...noLipids, alendronate, osteopenia(), hip(months(3)), cac(150)],
      owner: R07,
      beside: [R25],
    },
    {
      name: 'R13 before R11',
      record: [woman(60), ...noLipids, osteopenia(), ldl(195, months(14))],
      owner: R13,
      silent: [R11],
    },
    {
      name: 'R13 before R17',
      record: [woman(60), ...noLipids, diabetes, ldl(195, months(14))],
      owner: R13,
      silent: [R17],
    },
    {
      name: 'R13 before R20',
      record: [woman(60), ...noLipids, tScore(-0.5), ldl(195, months(14)), prednisone(10)],
      owner: R13,
      silent: [R20],
    },
    {
      name: 'R11 before R20',
      record: [woman(60), ...noLipids, osteopenia(), tScore(-1.2, months(10)), prednisone(10)],
      owner: R11,
    },
    {
      name: 'R11 before R21',
      record: [woman(60), ...noLipids, tScore(-1.2, months(10)), breast, letrozole],
      owner: R11,
      silent: [R21],
    },
    {
      name: 'R11 before R25',
      record: [woman(60), ...noLipids, osteopenia(), cac(150)],
      owner: R11,
      beside: [R25],
    },
    {
      name: 'R11 before R22-B',
      record: [male(60), ...noLipids, tScore(-1.2, months(10)), icd('E29.1')],
      owner: R11,
      silent: [R22],
    },
    {
      name: 'R20 before R21',
      record: [woman(60), ...noLipids, tScore(-0.5, months(10)), breast, letrozole, prednisone(10)],
      owner: R20,
      silent: [R21],
    },
    {
      name: 'R20 before R22-B',
      record: [male(60), ...noLipids, tScore(-0.5, months(10)), icd('E29.1'), prednisone(10)],
      owner: R20,
      silent: [R22],
    },
    {
      name: 'R20 silences R17',
      record: [woman(60), ...noLipids, diabetes, tScore(-0.5, months(10)), prednisone(10)],
      owner: R20,
      silent: [R17],
    },
    {
      name: 'R21 silences R17',
      record: [woman(60), ...noLipids, diabetes, tScore(-0.5, months(10)), breast, letrozole],
      owner: R21,
      silent: [R17],
    },
    {
      name: 'R22 before R17',
      record: [male(60), ...noLipids, diabetes, tScore(-0.5, months(10)), icd('E29.1')],
      owner: R22,
      silent: [R17],
    },
    { name: 'R17 alone', record: [woman(60), ...noLipids, diabetes], owner: R17 },
    {
      name: 'R25 alone: panel 14 months old',
      record: [woman(60), ...noLipids, osteopenia(), ldl(100, months(14)), cac(150)],
      owner: R25,
    },
  ]);
});

describe('C owner of 25-OH-D', () => {
  const treated = [osteoporosis(), alendronate];
  ownerOf(VITAMIN_D, [
    {
      name: 'R08 silences R06-B and R09',
      record: [woman(66), ...heart, ...bonework, osteoporosis()],
      owner: R08,
      silent: [R06, R09],
    },
    {
      name: 'R08 before R14',
      record: [woman(66), ...heart, calcium(9.5), phosphate, pth(50), ...kidney3, osteoporosis()],
      owner: R08,
    },
    {
      name: 'R06-B before R09',
      record: [woman(66), ...heart, ...bonework, ...treated, tScore(-2.6)],
      owner: R06,
      silent: [R09],
    },
    {
      name: 'R06-B before R14',
      record: [
        woman(66),
        ...heart,
        calcium(9.5),
        phosphate,
        pth(50),
        alp,
        tsh,
        ...kidney3,
        ...treated,
        tScore(-2.6),
      ],
      owner: R06,
      silent: [R14],
    },
    {
      name: 'R06-B before R20',
      record: [woman(66), ...heart, ...bonework, ...treated, prednisone(10)],
      owner: R06,
      beside: [R20],
    },
    {
      name: 'R14 before R09',
      record: [woman(60), ...heart, calcium(9.5), phosphate, pth(50), ...kidney3, coeliac],
      owner: R14,
      silent: [R09],
    },
    {
      name: 'R14 before R20',
      record: [male(45), ...heart, calcium(9.5), phosphate, pth(50), ...kidney3, prednisone(10)],
      owner: R14,
      beside: [R20],
    },
    {
      name: 'R20 before R09',
      record: [male(45), ...heart, ...bonework, prednisone(10)],
      owner: R20,
      silent: [R09],
    },
    {
      name: 'R20 before R21',
      record: [woman(60), ...heart, ...bonework, breast, letrozole, prednisone(10)],
      owner: R20,
      silent: [R21],
    },
    {
      name: 'R21 before R09',
      record: [woman(45), ...heart, ...bonework, coeliac, breast, letrozole],
      owner: R21,
      silent: [R09],
    },
    {
      name: 'R10 before R09',
      record: [male(45), ...heart, coeliac, vitaminD(15, months(14))],
      owner: R10,
      silent: [R09],
    },
    { name: 'R09 alone', record: [male(45), ...heart, coeliac], owner: R09 },
  ]);
  cases([
    {
      name: 'R10 still shows beside R14 without the repeat being asked twice',
      record: [woman(60), ...heart, calcium(9.5), phosphate, pth(50), ...kidney3, vitaminD(8)],
      cards: { [R10]: 'warning' },
      about: [R10],
    },
    {
      name: 'R10 still shows beside R20',
      record: [male(45), ...heart, ...bonework, prednisone(10), vitaminD(8)],
      cards: { [R10]: 'warning' },
      about: [R10],
      triggeredByDrug: true,
    },
  ]);
});

describe('C owner of "no blood pressure"', () => {
  const noBp = [ldl(100), hba1c(5.4), neverSmoker(months(2)), ...bone];
  const said = async (record: readonly Resource[]): Promise<readonly string[]> =>
    (await cardsOf({ name: '', record, cards: {} }))
      .filter(({ summary }) => /\bBP\b|blood pressure/i.test(summary))
      .map(topicOf);
  test.each([
    { name: 'R07 before R12-A', record: [woman(66), ...noBp, alendronate, hip(months(3))], owner: R07 },
    {
      name: 'R07 before R20',
      record: [woman(66), ...noBp, alendronate, tScore(-0.5), hip(months(3)), prednisone(10)],
      owner: R07,
    },
    { name: 'R11 before R12-A', record: [woman(60), ...noBp, osteopenia()], owner: R11 },
    {
      name: 'R11 before R20',
      record: [woman(60), ...noBp, tScore(-1.2, months(10)), prednisone(2.5)],
      owner: R11,
    },
    {
      name: 'R11 before R21',
      record: [woman(60), ...noBp, tScore(-1.2, months(10)), breast, letrozole],
      owner: R11,
    },
    {
      name: 'R20 silences R12-A',
      record: [woman(60), ...noBp, tScore(-0.5, months(10)), diabetes, prednisone(10)],
      owner: R20,
    },
    {
      name: 'R20 before R21',
      record: [woman(60), ...noBp, tScore(-0.5, months(10)), breast, letrozole, prednisone(10)],
      owner: R20,
    },
    {
      name: 'R21 silences R12-A',
      record: [woman(60), ...noBp, tScore(-0.5, months(10)), breast, letrozole],
      owner: R21,
    },
    {
      name: 'R22 before R12-A',
      record: [male(60), ...noBp, tScore(-0.5, months(10)), diabetes, icd('E29.1')],
      owner: R22,
    },
    { name: 'R12-A alone', record: [woman(60), ...noBp, diabetes], owner: R12 },
  ])('$name', async ({ record, owner }) => {
    expect(await said(record)).toEqual([owner]);
  });
});

describe('C owner of "lipid therapy not on file"', () => {
  const phrase =
    /(lipid therapy|secondary prevention therapy|statin) not (on file|seen)|no lipid therapy on file/i;
  const said = async (record: readonly Resource[]): Promise<readonly string[]> =>
    (await cardsOf({ name: '', record, cards: {} }))
      .filter(({ summary, detail = '' }) => phrase.test(`${summary} ${detail}`))
      .map(topicOf);
  const prevent = [
    totalCholesterol(210),
    hdl(50),
    eGfr(80),
    bloodPressure(131, 75, days(10)),
    bloodPressure(131, 75, days(40)),
    currentSmoker(months(2)),
    diabetes,
    hba1c(6.5),
    vitaminD(40),
  ];
  test.each([
    {
      name: 'R13 before R07',
      record: [woman(66), ...pressures, ...bone, alendronate, icd('I25.10'), ldl(195), hip(days(60))],
      owner: R13,
    },
    {
      name: 'R13 before R25',
      record: [woman(60), ...heart.slice(1), ...bone, osteopenia(), ldl(195), cac(150)],
      owner: R13,
    },
    {
      name: 'R07 before R25',
      record: [
        woman(66),
        ...pressures,
        ...bone,
        alendronate,
        tScore(-2.1),
        icd('I25.10'),
        ldl(100),
        hip(days(60)),
        cac(150),
      ],
      owner: R07,
    },
    { name: 'R25 before R18', record: [woman(60), osteopenia(), ldl(120), ...prevent, cac(150)], owner: R25 },
  ])('$name', async ({ record, owner }) => {
    expect(await said(record)).toEqual([owner]);
  });
  test('on a statin nobody says it', async () => {
    expect(
      await said([
        woman(66),
        ...pressures,
        ...bone,
        tScore(-2.6),
        icd('I25.10'),
        ldl(195),
        hip(days(60)),
        cac(400),
        statin,
      ]),
    ).toEqual([]);
  });
});

/* ------------------------------------------------------------------ high calcium */

describe('C high calcium', () => {
  test.each([
    { name: 'with low vitamin D', record: [woman(60), ...heart, vitaminD(8), calcium(10.9)] },
    {
      name: 'with osteoporosis, untreated',
      record: [woman(60), ...heart, vitaminD(15), calcium(10.9), osteoporosis()],
    },
    {
      name: 'with osteoporosis, treated',
      record: [woman(60), ...heart, vitaminD(15), calcium(10.9), osteoporosis(), alendronate],
    },
    {
      name: 'with coronary calcium',
      record: [woman(60), ...heart, vitaminD(40), calcium(10.9), osteopenia(), cac(150)],
    },
    {
      name: 'with a hip fracture',
      record: [woman(66), ...heart, vitaminD(15), calcium(10.9), hip(months(2))],
    },
    { name: 'with low bone mass and nothing on file', record: [woman(60), calcium(10.9), osteopenia()] },
    { name: 'with CKD', record: [woman(60), ...heart, calcium(10.9), ...kidney3, vitaminD(15)] },
  ])('R06 speaks and no card suggests vitamin D or calcium intake: $name', async ({ record }) => {
    const cards = await cardsOf({ name: '', record, cards: {} });
    expect(speakers(cards)).toContain(R06);
    expect(holders(cards, DIETITIAN)).toEqual([]);
    for (const { summary, detail = '' } of cards) {
      expect(`${summary} ${detail}`).not.toMatch(
        /\d[-–]\d+ ?IU\b|IU per day|1[02]00 mg|intake of (calcium|vitamin D)|take vitamin D|[Pp]refer calcium from food|supplementation is/i,
      );
    }
  });

  cases(
    [
      {
        name: 'calcium order with high calcium: C without B',
        record: [woman(60), calcium(10.9, days(5)), eGfr(80)],
        cards: { [R05]: 'warning' },
        detailWithout: /combined product|diet first/,
      },
      {
        name: 'calcium order with high calcium at order-select: the same',
        hook: 'order-select',
        record: [woman(60), calcium(10.9, days(5)), eGfr(80)],
        cards: { [R05]: 'warning' },
      },
    ],
    {
      hook: 'order-sign',
      drafts: [draftOf('calcium carbonate 1250 MG Oral Tablet')],
      about: [R05],
      triggeredByDrug: true,
    },
  );
});

/* ------------------------------------------------------------------ smoking */

describe('C smoking: R26 alone advises', () => {
  test.each([
    {
      name: 'after a fracture',
      record: [woman(66), ...heart.slice(0, 4), ...bone, hip(months(3)), currentSmoker(months(1))],
    },
    {
      name: 'with low bone density and PREVENT',
      record: [
        woman(60),
        osteopenia(),
        totalCholesterol(210),
        hdl(50),
        ...heart.slice(0, 4),
        ...bone,
        currentSmoker(months(1)),
      ],
    },
    {
      name: 'with coronary calcium',
      record: [woman(60), osteopenia(), ...heart.slice(0, 4), ...bone, cac(400), currentSmoker(months(1))],
    },
  ])('$name', async ({ record }) => {
    const cards = await cardsOf({ name: '', record, cards: {} });
    expect(speakers(cards)).toContain(R26);
    expect([...new Set([...holders(cards, '395700008'), ...holders(cards, '225323000')])]).toEqual([R26]);
  });
});

/* ------------------------------------------------------------------ silences */

describe('C hard silences', () => {
  const silent = (
    name: string,
    record: readonly Resource[],
    by: string,
    silenced: readonly string[],
  ): Case & { by: string; silenced: readonly string[] } => ({
    name,
    record,
    cards: {},
    by,
    silenced,
  });
  const inflamed = [hsCrp(4, days(20)), hsCrp(4, days(80))];
  test.each([
    silent('R07 silences R11', [woman(66), ...bone, alendronate, osteopenia(), hip(months(3))], R07, [R11]),
    silent(
      'R07 silences R17',
      [woman(66), ...pressures, ...bone, alendronate, diabetes, hip(months(20))],
      R07,
      [R17],
    ),
    silent('R08 silences R06-B', [woman(60), ...heart, osteoporosis()], R08, [R06]),
    silent('R08 silences R09', [woman(60), ...heart, osteoporosis(), coeliac], R08, [R09]),
    silent('R08 silences R15', [woman(66), ...heart, osteoporosis()], R08, [R15]),
    silent('R08 silences R16', [woman(66), ...heart, ...bone, tScore(-2.6, months(30))], R08, [R16]),
    silent(
      'R08 silences R19-B',
      [woman(66), ...heart, ...bone, diabetes, osteoporosis(), tScore(-2.1)],
      R08,
      [R19],
    ),
    silent(
      'R08 silences the T part of R20',
      [woman(60), ...heart, ...bone, tScore(-2.6), prednisone(10)],
      R08,
      [R20],
    ),
    silent(
      'R13 silences R18',
      [
        woman(60),
        osteopenia(),
        ldl(195),
        totalCholesterol(290),
        hdl(50),
        eGfr(80),
        ...pressures,
        currentSmoker(months(1)),
        vitaminD(40),
      ],
      R13,
      [R18],
    ),
    silent(
      'R13 at 160 to 189 silences R18',
      [
        woman(60),
        osteopenia(),
        ldl(170),
        totalCholesterol(250),
        hdl(50),
        eGfr(80),
        ...pressures,
        currentSmoker(months(1)),
        vitaminD(40),
      ],
      R13,
      [R18],
    ),
    silent('R24 silences R23', [male(60), hsCrp(12, days(5)), ...inflamed], R24, [R23]),
    silent(
      'R20 silences R12-A',
      [woman(60), vitaminD(40), ldl(100), hba1c(5.4), diabetes, prednisone(10)],
      R20,
      [R12],
    ),
    silent(
      'R20 silences R17',
      [woman(60), vitaminD(40), ...pressures, hba1c(5.4), diabetes, prednisone(10)],
      R20,
      [R17],
    ),
    silent(
      'R21 silences R12-A',
      [woman(60), vitaminD(40), ldl(100), hba1c(5.4), diabetes, breast, letrozole],
      R21,
      [R12],
    ),
    silent(
      'R21 silences R17',
      [woman(60), vitaminD(40), ...pressures, hba1c(5.4), diabetes, breast, letrozole],
      R21,
      [R17],
    ),
  ])('$name', async ({ by, silenced, ...one }) => {
    const spoken = speakers(await cardsOf(one));
    expect(spoken).toContain(by);
    for (const id of silenced) expect(spoken).not.toContain(id);
  });

  cases(
    [
      {
        name: 'zoledronate with eGFR 20: R04 alone owns the kidney',
        record: [woman(70), calcium(9.5, days(5)), vitaminD(40), eGfr(20)],
        drafts: [draftOf('zoledronic acid 5 MG in 100 ML [Reclast]')],
        cards: { [R04]: 'warning' },
      },
      {
        name: 'zoledronate without kidney function: R04 alone',
        record: [woman(70), calcium(9.5, days(5)), vitaminD(40)],
        drafts: [draftOf('zoledronic acid 5 MG in 100 ML [Reclast]')],
        cards: { [R04]: 'warning' },
      },
      {
        name: 'denosumab with eGFR 20: R02 alone',
        record: [woman(70), calcium(9.5, days(5)), vitaminD(40), eGfr(20)],
        drafts: [draftOf('Prolia 60 MG')],
        cards: { [R02]: 'critical' },
      },
      {
        name: 'zoledronate with low calcium and eGFR 20: both',
        record: [woman(70), lab('46099-8', 8, 'mg/dL', days(5)), vitaminD(40), eGfr(20)],
        drafts: [draftOf('zoledronic acid 5 MG in 100 ML [Reclast]')],
        cards: { [R02]: 'critical', [R04]: 'warning' },
      },
    ],
    { hook: 'order-sign', triggeredByDrug: true },
  );
});

/* ------------------------------------------------------------------ results in themselves */

describe('C a finding that is a result in itself still shows without the suggestion', () => {
  const drugged = { triggeredByDrug: true } as const;
  cases([
    {
      name: 'R10 low beside R08',
      record: [woman(66), ...heart, calcium(9.5), osteoporosis(), vitaminD(8)],
      about: [R10],
      cards: { [R10]: 'warning' },
    },
    {
      name: 'R10 high beside R08',
      record: [woman(66), ...heart, calcium(9.5), osteoporosis(), vitaminD(120)],
      about: [R10],
      cards: { [R10]: 'warning' },
    },
    {
      name: 'R12-B beside R11',
      record: [
        woman(60),
        osteopenia(),
        vitaminD(40),
        bloodPressure(145, 85, days(10)),
        bloodPressure(145, 85, days(30)),
      ],
      about: [R11, R12],
      cards: { [R11]: 'info', [R12]: 'warning' },
    },
    {
      name: 'R12-B beside R20',
      record: [
        woman(60),
        ldl(100),
        vitaminD(40),
        bloodPressure(145, 85, days(10)),
        bloodPressure(145, 85, days(30)),
        prednisone(10),
      ],
      about: [R12, R20],
      cards: { [R12]: 'warning', [R20]: 'warning' },
      ...drugged,
    },
    {
      name: 'R12-C beside R07',
      record: [woman(66), alendronate, hip(months(2)), bloodPressure(190, 100, days(1))],
      about: [R07, R12],
      cards: { [R07]: 'info', [R12]: 'warning' },
    },
    {
      name: 'R12-D beside R21',
      record: [
        woman(60),
        icd('I10'),
        breast,
        letrozole,
        bloodPressure(145, 85, months(4)),
        bloodPressure(145, 85, months(5)),
      ],
      about: [R12, R21],
      cards: { [R12]: 'info', [R21]: 'info' },
      ...drugged,
    },
    {
      name: 'R13 beside R07',
      record: [woman(66), ...pressures, ...bone, alendronate, hip(months(3)), ldl(195, months(13))],
      about: [R07, R13],
      cards: { [R07]: 'info', [R13]: 'warning' },
    },
    {
      name: 'R14 warning beside R08',
      record: [woman(66), ...heart, osteoporosis(), eGfr(25, days(5)), eGfr(26, months(6))],
      about: [R08, R14],
      cards: { [R08]: 'info', [R14]: 'warning' },
    },
    {
      name: 'R22-A beside R16',
      record: [
        male(66),
        ...heart,
        ...bone,
        tScore(-2.2, months(30)),
        lab('2986-8', 250, 'ng/dL', '2025-12-01'),
      ],
      about: [R16, R22],
      cards: { [R16]: 'info', [R22]: 'info' },
    },
    {
      name: 'R23 beside R11',
      record: [woman(60), osteopenia(), ...bone, ...pressures, hsCrp(4), hsCrp(4, days(80))],
      about: [R11, R23],
      cards: { [R11]: 'info', [R23]: 'info' },
      ordersWith: [LIPIDS],
    },
    {
      name: 'R26 beside R07',
      record: [
        woman(66),
        ...heart.slice(0, 4),
        ...bone,
        alendronate,
        hip(months(3)),
        currentSmoker(over(12)),
      ],
      about: [R07, R26],
      cards: { [R07]: 'info', [R26]: 'info' },
    },
  ]);
});

/* ------------------------------------------------------------------ age */

describe('C age limits of reminders', () => {
  const old = (age: number): Resource => woman(age);
  const rows: readonly { id: string; at: number; record: readonly Resource[] }[] = [
    { id: R09, at: 85, record: [...heart, coeliac, tScore(-0.5)] },
    { id: R15, at: 85, record: [...heart, ...bone] },
    { id: R16, at: 85, record: [...heart, ...bone, tScore(-2.2, months(24))] },
  ];
  cases(
    rows.flatMap(({ id, at, record }): Case[] => [
      { name: `${id} speaks at ${at}`, record: [old(at), ...record], about: [id], cards: { [id]: 'info' } },
      { name: `${id} is silent at ${at + 1}`, record: [old(at + 1), ...record], about: [id], cards: {} },
    ]),
  );
  cases([
    {
      name: 'at 90 with everything missing: no screening, no lipids',
      record: [woman(90), diabetes, osteopenia(), cac(400), hsCrp(4)],
      about: [R09, R15, R16, R17, R18, R23, R25],
      cards: {},
    },
    {
      name: 'R07 at 80: blood pressure only',
      record: [woman(80), ...bone, alendronate, hip(months(3))],
      about: [R07],
      cards: { [R07]: 'info' },
      orders: [],
    },
    {
      name: 'R11 at 80: blood pressure only',
      record: [woman(80), ...bone, osteopenia()],
      about: [R11],
      cards: { [R11]: 'info' },
      orders: [],
    },
    {
      name: 'R11 at 80 with blood pressure: silent',
      record: [woman(80), ...bone, ...pressures, osteopenia()],
      about: [R11],
      cards: {},
    },
    {
      name: 'R13 at 80: info',
      record: [woman(80), ...pressures, ldl(195)],
      about: [R13],
      cards: { [R13]: 'info' },
    },
    {
      name: 'R18 at 80: silent',
      record: [woman(80), ...heart, ...bone, osteopenia(), totalCholesterol(210), hdl(50)],
      about: [R18],
      cards: {},
    },
  ]);
  const everything = [
    diabetes,
    icd('I10'),
    osteopenia(),
    coeliac,
    ldl(195),
    vitaminD(8),
    calcium(10.9),
    hsCrp(4),
    cac(400),
    prednisone(10),
    currentSmoker(months(2)),
    weight(50),
    hip(months(2)),
    icd('N18.4'),
  ];
  cases([
    { name: 'a child of 12 with all of it: nothing', record: [woman(12), ...everything], cards: {} },
    { name: 'a girl of 17 with all of it: nothing', record: [woman(17), ...everything], cards: {} },
    {
      name: 'deceased with all of it: nothing',
      record: [woman(66, { deceasedDateTime: days(30) }), ...everything],
      cards: {},
    },
    {
      name: 'without birth date: nothing',
      record: [woman(66, { birthDate: undefined }), ...everything],
      cards: {},
    },
    { name: 'in hospice: nothing', record: [woman(66), ...everything, icd('Z51.5')], cards: {} },
    {
      name: 'inpatient: nothing',
      record: [woman(66), ...everything, encounter('IMP')],
      encounterId: 'e1',
      cards: {},
    },
    { name: 'pregnant: nothing', record: [woman(30), ...everything, icd('O09.90', months(2))], cards: {} },
    {
      name: 'conditions not obtained: nothing',
      record: [woman(66), ...everything],
      without: ['conditions'],
      cards: {},
    },
  ]);
});

/* ------------------------------------------------------------------ information that needs no act */

describe('C information cards that need no act are not shown', () => {
  cases([
    {
      name: 'R18 in class low',
      record: [
        woman(60),
        osteopenia(),
        totalCholesterol(160),
        hdl(70),
        ldl(80),
        eGfr(90),
        ...pressures,
        neverSmoker(months(2)),
        hba1c(5.2),
        vitaminD(40),
      ],
      cards: {},
    },
    { name: 'R25 at 0', record: [woman(60), osteopenia(), ...heart, ...bone, cac(0)], cards: {} },
    {
      name: 'plain CRP alone',
      record: [woman(60), ...heart, ...bone, lab('1988-5', 45, 'mg/L', days(3))],
      cards: {},
    },
    {
      name: 'the only eGFR, 90 days ago',
      record: [woman(60), ...heart, vitaminD(40), eGfr(55, days(90))],
      cards: {},
    },
    { name: 'a healthy woman of 45', record: [woman(45), ...heart], cards: {} },
    { name: 'a healthy man of 45 without anything on file', record: [male(45)], cards: {} },
    {
      name: 'a treated, complete record',
      record: [woman(66), ...heart, ...bone, osteoporosis(), tScore(-2.6, months(10)), alendronate, statin],
      cards: {},
    },
  ]);
});

/* ------------------------------------------------------------------ cap and order */

describe('0.3 cap, merge and order', () => {
  const many = [
    woman(60),
    icd('I10'),
    diabetes,
    osteopenia(),
    ldl(195),
    vitaminD(8),
    calcium(14.5, days(3)),
    cac(400),
    currentSmoker(months(2)),
    coeliac,
    hsCrp(4),
  ];
  const RANK = ['critical', 'warning', 'info'];
  const INDEX = [
    R06,
    R07,
    R08,
    R09,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15,
    R16,
    R17,
    R18,
    R19,
    R20,
    R21,
    R22,
    R23,
    R24,
    R25,
    R26,
  ];

  test('three cards and one that holds the rest; the gravest first', async () => {
    const all = await cardsOf({ name: '', record: many, cards: {} });
    const cards = await cardsOf({ name: '', policy: 'capped', record: many, cards: {} });
    expect(all.length).toBeGreaterThan(4);
    expect(cards).toHaveLength(4);
    expect(topicOf(cards[0] as Card)).toBe(R06);
    expect(cards[0]?.indicator).toBe('critical');
    expect(topicOf(cards[3] as Card)).toBe(MORE);
    expect(cards[3]?.summary).toBe(`${all.length - 3} more bone-heart items`);
    for (const { summary } of all.slice(3)) expect(cards[3]?.detail).toContain(summary.slice(0, 20));
    expect(orderedCodes(cards[3])).toEqual(
      expect.arrayContaining(all.slice(3).flatMap((card) => orderedCodes(card))),
    );
  });

  test('sorted by indicator, then by recommendation', async () => {
    const cards = await cardsOf({ name: '', record: many, cards: {} });
    const keys = cards.map((card) => RANK.indexOf(card.indicator) * 100 + INDEX.indexOf(topicOf(card)));
    expect(keys).toEqual([...keys].sort((a, b) => a - b));
  });

  test('the article preset puts its banner on every card', async () => {
    const cards = await cardsOf({ name: '', policy: 'article', record: many, cards: {} });
    expect(cards.length).toBeGreaterThan(4);
    for (const { detail } of cards)
      expect(detail).toMatch(/^This site uses the thresholds of the source article/);
  });
});

/* ------------------------------------------------------------------ discharge */

describe('encounter-discharge', () => {
  const discharge = { hook: 'encounter-discharge', encounterId: 'e1' } as const;
  const admitted = encounter('IMP', { period: { start: '2026-01-09T08:00:00Z' } });
  cases([
    {
      ...discharge,
      name: 'hip fracture this stay: treatment and heart risk',
      record: [woman(76), admitted, hip(days(6)), ...bone],
      cards: { [R07]: 'info', [R08]: 'warning' },
    },
    {
      ...discharge,
      name: 'hip fracture this stay, coronary disease, no statin',
      record: [woman(72), admitted, hip(days(6)), icd('I25.10'), ...bone],
      cards: { [R07]: 'warning', [R08]: 'warning' },
    },
    {
      ...discharge,
      name: 'nothing about bones: silent',
      record: [woman(76), admitted, icd('J18.9', days(6))],
      cards: {},
    },
    {
      ...discharge,
      name: 'diabetes, no DXA, no lipids: reminders wait',
      record: [woman(76), admitted, diabetes, currentSmoker(days(3))],
      cards: {},
    },
    {
      ...discharge,
      name: 'in hospice: silent',
      record: [woman(76), admitted, hip(days(6)), icd('Z51.5')],
      cards: {},
    },
    {
      ...discharge,
      name: 'calcium 14.2: critical',
      record: [woman(76), admitted, calcium(14.2, days(2))],
      cards: { [R06]: 'critical' },
    },
    {
      ...discharge,
      name: 'a boy with a femur fracture: silent',
      record: [male(15), admitted, hip(days(6))],
      cards: {},
    },
  ]);
});

/* ------------------------------------------------------------------ any mixture */

describe('what holds for any mixture of findings', () => {
  const all = policyOf({ maxCards: 30 });
  /** Cards whose form was looked at; the same words again need not be. */
  const seen = new Set<string>();
  const view = (record: readonly Resource[]): readonly Card[] => {
    const { cards, faults } = decide('bone-heart-patient-view', recordOf(record), contextOf(), all, TODAY);
    expect(faults).toEqual([]);
    return withUuids(cards, () => '00000000-0000-4000-8000-000000000000');
  };
  const PIECES: Readonly<Record<string, readonly Resource[]>> = {
    diabetes: [diabetes],
    osteopenia: [osteopenia()],
    osteoporosis: [osteoporosis()],
    'T -2.6': [tScore(-2.6, months(30))],
    'T -2.1': [tScore(-2.1, months(30))],
    'hip fracture': [hip(months(2))],
    'old vertebral fracture': [icd('M80.08XA', months(30))],
    alendronate: [alendronate],
    statin: [statin],
    'coronary disease': [icd('I25.10')],
    prednisone: [prednisone(10)],
    letrozole: [breast, letrozole],
    coeliac: [coeliac],
    'low vitamin D': [vitaminD(8)],
    'high vitamin D': [vitaminD(120)],
    'high calcium': [calcium(11)],
    'LDL 195': [ldl(195, months(13))],
    'LDL 170': [ldl(170)],
    CAC: [cac(350)],
    'hs-CRP': [hsCrp(4), hsCrp(5, days(80))],
    'hs-CRP 12': [hsCrp(12, days(4))],
    'CKD 3': kidney3,
    'CKD 4': [eGfr(22, days(5)), eGfr(24, months(6))],
    'blood pressure high': [bloodPressure(152, 92, days(10)), bloodPressure(150, 90, days(60))],
    'blood pressure very high': [bloodPressure(192, 112, days(1))],
    hypertension: [icd('I10'), bloodPressure(142, 86, months(4)), bloodPressure(142, 86, months(6))],
    smoker: [currentSmoker(months(2))],
    'full panel': [totalCholesterol(240), hdl(45), ldl(150)],
    'denosumab late': [drug('denosumab 60 MG/ML [Prolia]', { status: 'stopped', authoredOn: months(9) })],
    pregnancy: [codedValue('82810-3', '60001007', months(2))],
  };
  const names = Object.keys(PIECES);
  const pairs = names.flatMap((first, index) =>
    names.slice(index + 1).map((second) => [first, second] as const),
  );
  const PHRASES = [/No blood pressure on file/, /lipid therapy not on file|no lipid therapy on file/];

  test.each([
    { who: woman(66), sort: 'woman of 66' },
    { who: woman(54), sort: 'woman of 54' },
    { who: woman(83), sort: 'woman of 83' },
    { who: male(71), sort: 'man of 71' },
  ])('$sort, every two of the findings', ({ who }) => {
    for (const [first, second] of pairs) {
      const record = [who, ...(PIECES[first] ?? []), ...(PIECES[second] ?? [])];
      const cards = view(record);
      const label = `${first} and ${second}`;
      const spoken = speakers(cards);
      const codes = cards.flatMap((card) => orderedCodes(card));
      expect([label, ...new Set(codes)]).toEqual([label, ...codes]);
      expect([label, ...new Set(spoken)]).toEqual([label, ...spoken]);
      for (const phrase of PHRASES) {
        expect([label, cards.filter(({ summary }) => phrase.test(summary)).length <= 1]).toEqual([
          label,
          true,
        ]);
      }
      for (const [by, others] of SILENCES) {
        if (spoken.includes(by))
          expect([label, ...spoken.filter((id) => others.includes(id))]).toEqual([label]);
      }
      if (first === 'statin' || second === 'statin') {
        expect([
          label,
          cards.some(({ summary }) => /no lipid therapy|therapy not on file|not on a statin/.test(summary)),
        ]).toEqual([label, false]);
      }
      for (const card of cards) {
        const key = JSON.stringify([topicOf(card), card.summary, orderedCodes(card)]);
        if (!seen.has(key)) expectConvention(card, true);
        seen.add(key);
      }
    }
  });
});

describe('G2: a query that fails or is cut off never makes a claim', () => {
  const all = policyOf({ maxCards: 30 });
  const full = [
    ldl(100),
    totalCholesterol(180),
    hdl(50),
    ...pressures,
    ...bone,
    phosphate,
    pth(40),
    hba1c(5.4),
    weight(70),
    neverSmoker(months(2)),
    tScore(-1.8),
    lab('1751-7', 4.2, 'g/dL', '2025-12-01'),
    lab('2986-8', 500, 'ng/dL', '2025-12-01'),
  ];
  const CHARTS: Readonly<Record<string, readonly Resource[]>> = {
    'nothing on file': [woman(66)],
    'everything on file': [woman(66), ...full],
    'a man, everything on file': [male(66), ...full],
    diabetes: [woman(66), ...full, icd('E11.9', '2010-01-01')],
    'treated osteoporosis': [woman(70), ...full, osteoporosis(), alendronate, statin],
    'hip fracture and coronary disease': [
      woman(70),
      ...full,
      icd('I25.10'),
      statin,
      hip(days(20)),
      alendronate,
    ],
    glucocorticoid: [woman(60), ...full, prednisone(10)],
    'aromatase inhibitor': [woman(60), ...full, breast, letrozole],
    coeliac: [woman(50), ...full, coeliac],
    'coronary calcium': [woman(60), ...full, cac(400), statin],
    hypogonadism: [male(60), ...full, icd('E29.1')],
  };
  const DRAFTED = [
    'Prolia',
    'Evista',
    'Reclast',
    'Evenity',
    'alendronate 70 MG',
    'calcium carbonate 1250 MG',
    'letrozole 2.5 MG',
    'Actos 30 MG',
    'testosterone gel',
  ].map((text, index) => draftOf(text, { id: `d${String(index)}` }));

  test.each(Object.entries(CHARTS))('%s', (_, record) => {
    for (const [service, drafts] of [
      ['bone-heart-patient-view', []],
      ['bone-heart-encounter-discharge', []],
      ['bone-heart-order-sign', DRAFTED],
    ] as const) {
      const answer = (gaps: Parameters<typeof recordOf>[1]): readonly Card[] =>
        withUuids(
          decide(service, recordOf(record, gaps), contextOf(drafts), all, TODAY).cards,
          () => '00000000-0000-4000-8000-000000000000',
        );
      const before = new Set(answer({}).map(topicOf));
      for (const key of QUERY_KEYS.filter((name) => name !== 'patient')) {
        for (const gaps of [{ unknown: { [key]: 'failed' } }, { incomplete: { [key]: 'truncated' } }]) {
          const claims = answer(gaps as Parameters<typeof recordOf>[1]).filter(
            (card) => !before.has(topicOf(card)) && !/could not (be )?check/i.test(card.summary),
          );
          expect([service, key, ...claims.map(({ summary }) => summary)]).toEqual([service, key]);
        }
      }
    }
  });
});

const SILENCES: readonly (readonly [string, readonly string[]])[] = [
  [R07, [R11, R17]],
  [R08, [R09, R15, R16]],
  [R13, [R18]],
  [R24, [R23]],
  [R20, [R17]],
  [R21, [R17]],
];
