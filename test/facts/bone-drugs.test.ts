/** Which bone drug a draft order is: ingredient, strength and route by code, text, dose form and route. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { antiresorptiveDrafts, bisphosphonateDrafts } from '../../src/facts/bone-drugs.ts';
import type { Resource } from '../../src/facts/record.ts';
import { sermDrafts, otherOestrogen } from '../../src/facts/serms.ts';
import { coded, drug } from '../build-record.ts';
import { chartOf, reading } from './chart-of.ts';

type Extra = Readonly<Record<string, unknown>>;
const draftOf = (medication: string | Extra, extra: Extra = {}): Resource =>
  drug(medication, { id: 'd1', status: 'draft', ...extra });

function drugsOf(...drafts: readonly Resource[]): string {
  const fact = antiresorptiveDrafts(chartOf([], { drafts }));
  return fact.state === 'known' ? fact.value.map((one) => one.drug).join(' ') : reading(fact);
}

describe('strength and product by text', () => {
  test.each([
    // denosumab: 120 mg by strength, concentration or brand; anything else is read as 60 mg
    ['Denosumab 60 MG/ML Prefilled Syringe', 'denosumab60'],
    ['1 ML denosumab 60 MG/ML Prefilled Syringe (Prolia)', 'denosumab60'],
    ['Prolia', 'denosumab60'],
    ['Jubbonti 60 MG/ML', 'denosumab60'],
    ['denosumab-bbdz 60 mg', 'denosumab60'],
    ['denosumab', 'denosumab60'],
    ['Denosumab 1120 mg', 'denosumab60'],
    ['denosumab 120 MG/1.7 ML', 'denosumab120'],
    ['denosumab 120mg/1.7mL (70 mg/mL)', 'denosumab120'],
    ['1.7 ML denosumab 70 MG/ML Injection', 'denosumab120'],
    ['Xgeva', 'denosumab120'],
    ['Wyost 120 mg', 'denosumab120'],
    ['Osenvelt', 'denosumab120'],
    ['XBRYK', 'denosumab120'],
    // zoledronic acid: 4 mg only when said; both or neither is 5 mg
    ['Zometa', 'zoledronate4'],
    ['Zoledronic acid 4 MG/5 ML', 'zoledronate4'],
    ['zoledronic acid 4mg/100mL', 'zoledronate4'],
    ['100 ML zoledronic acid 0.04 MG/ML Injection', 'zoledronate4'],
    ['5 ML zoledronic acid 0.8 MG/ML Injection', 'zoledronate4'],
    ['Reclast', 'zoledronate5'],
    ['Aclasta 5 mg/100 mL', 'zoledronate5'],
    ['zoledronic acid 5 MG/100 ML', 'zoledronate5'],
    ['100 ML zoledronic acid 0.05 MG/ML Injection', 'zoledronate5'],
    ['zoledronic acid injection', 'zoledronate5'],
    ['zoledronic acid 4 mg (Reclast)', 'zoledronate5'],
    ['Zoledronic acid 0.4 mg', 'zoledronate5'],
    ['zoledronic acid 14 mg', 'zoledronate5'],
    // ibandronate: intravenous by its words, else by mouth or unknown
    ['3 ML ibandronate 1 MG/ML Prefilled Syringe', 'ibandronateIntravenous'],
    ['Boniva 3 mg/3 mL injection', 'ibandronateIntravenous'],
    ['Ibandronic acid 3 mg IV every 3 months', 'ibandronateIntravenous'],
    ['Bonviva 3 mg solution for infusion', 'ibandronateIntravenous'],
    ['Ibandronate 150 MG Oral Tablet', 'ibandronate'],
    ['Boniva 150 mg', 'ibandronate'],
    ['Bonviva', 'ibandronate'],
    ['ibandronate 3 mg/3 mL or 150 mg tablet', 'ibandronate'],
    // the others
    ['Alendronic acid 10 MG Oral Tablet', 'alendronate'],
    ['Fosamax Plus D', 'alendronate'],
    ['Binosto 70 mg effervescent', 'alendronate'],
    ['Actonel 35', 'risedronate'],
    ['Risedronate 5 MG', 'risedronate'],
    ['Pamidronate 90 MG', 'otherBisphosphonate'],
    ['Clodronate 800', 'otherBisphosphonate'],
    ['Evenity 210 mg', 'romosozumab'],
    ['Raloxifene 60 MG', 'absent'],
  ])('%s: %s', (text, expected) => {
    expect(drugsOf(draftOf(text))).toBe(expected);
  });
});

interface Row {
  readonly text: string;
  readonly expected: readonly string[];
  readonly roles?: Readonly<Record<string, readonly string[]>>;
}
const rows = JSON.parse(
  readFileSync(new URL('../../fixtures/medication-texts.json', import.meta.url), 'utf8'),
) as readonly Row[];
const strengths = rows
  .filter(
    ({ text, expected }) => expected.includes('denosumab') || /zoled|reclast|aclasta|zometa/i.test(text),
  )
  .map(({ text, expected, roles = {} }) => {
    const marked = Object.values(roles).flat();
    if (expected.includes('denosumab'))
      return [text, marked.includes('oncology120') ? 'denosumab120' : 'denosumab60'] as const;
    return [text, marked.includes('zol4') ? 'zoledronate4' : 'zoledronate5'] as const;
  });

describe('strengths of the drug texts of the clinical specification', () => {
  test('there are some of each', () => {
    expect(new Set(strengths.map(([, drugName]) => drugName)).size).toBe(4);
  });
  test.each(strengths)('%s: %s', (text, expected) => {
    expect(drugsOf(draftOf(text))).toBe(expected);
  });
});

describe('by code, route and dose form', () => {
  const ibandronate = coded('atc', 'M05BA06');
  const route = (value: Extra): Extra => ({ dosageInstruction: [{ route: value }] });
  const form = (text: string): Extra => ({
    medicationCodeableConcept: undefined,
    medicationReference: { reference: '#m' },
    contained: [{ resourceType: 'Medication', id: 'm', code: ibandronate, form: { text } }],
  });

  test.each([
    ['denosumab 60 mg by product code', draftOf(coded('rxnorm', '993452')), 'denosumab60'],
    ['denosumab by ATC: strength unreadable', draftOf(coded('atc', 'M05BX04')), 'denosumab60'],
    ['zoledronic acid 4 mg by product code', draftOf(coded('rxnorm', '1114085')), 'zoledronate4'],
    ['zoledronic acid by ATC: product unclear', draftOf(coded('atc', 'M05BA08')), 'zoledronate5'],
    ['alendronate by product code', draftOf(coded('rxnorm', '904419')), 'alendronate'],
    ['alendronate with vitamin D by ATC', draftOf(coded('atc', 'M05BB03')), 'alendronate'],
    ['risedronate by ingredient', draftOf(coded('rxnorm', '73056')), 'risedronate'],
    ['etidronate by ATC', draftOf(coded('atc', 'M05BA01')), 'otherBisphosphonate'],
    ['ibandronate by ATC: route unknown', draftOf(ibandronate), 'ibandronate'],
    [
      'ibandronate, intravenous route by code',
      draftOf(ibandronate, route(coded('snomed', '47625008'))),
      'ibandronateIntravenous',
    ],
    [
      'ibandronate, intravenous route by text',
      draftOf(ibandronate, route({ text: 'Intravenous' })),
      'ibandronateIntravenous',
    ],
    [
      'a stated oral route wins over the words',
      draftOf('Boniva injection', route({ text: 'Oral' })),
      'ibandronate',
    ],
    [
      'an oral code wins over an intravenous text',
      draftOf(ibandronate, route({ ...coded('snomed', '26643006'), text: 'IV' })),
      'ibandronate',
    ],
    [
      'instruction text',
      draftOf(ibandronate, { dosageInstruction: [{ text: '3 mg intravenously every 3 months' }] }),
      'ibandronateIntravenous',
    ],
    [
      'dose form solution for injection',
      draftOf(ibandronate, form('Solution for injection')),
      'ibandronateIntravenous',
    ],
    ['dose form tablet', draftOf(ibandronate, form('Film-coated tablet')), 'ibandronate'],
  ] as const)('%s', (_, draft, expected) => {
    expect(drugsOf(draft)).toBe(expected);
  });

  test('each draft once, in the order of the call; names for the card', () => {
    const drafts = [draftOf('Prolia', { id: 'a' }), draftOf('Fosamax', { id: 'b' })];
    expect(antiresorptiveDrafts(chartOf([], { drafts }))).toMatchObject({
      value: [
        { drug: 'denosumab60', name: 'Denosumab', source: 'MedicationRequest/a' },
        { drug: 'alendronate', name: 'Alendronate', source: 'MedicationRequest/b' },
      ],
    });
    expect(bisphosphonateDrafts(chartOf([], { drafts }))).toMatchObject({
      value: [{ source: 'MedicationRequest/b' }],
    });
  });

  test('a text that names two of them is one draft', () => {
    expect(drugsOf(draftOf('denosumab 60 mg, change from alendronate'))).toBe('denosumab60');
  });

  test('unknown when a draft has neither code nor words; only the selected ones at order-select', () => {
    expect(drugsOf(draftOf({}))).toBe('unknown: unreadable');
    const chart = chartOf([], {
      drafts: [draftOf('Prolia', { id: 'a' }), draftOf('Fosamax', { id: 'b' })],
      selections: ['MedicationRequest/b'],
    });
    expect(antiresorptiveDrafts(chart)).toMatchObject({ value: [{ drug: 'alendronate' }] });
  });
});

describe('SERMs and oestrogen', () => {
  const combined = (medication: string | Extra): boolean | string => {
    const fact = sermDrafts(chartOf([], { drafts: [draftOf(medication)] }));
    return fact.state === 'known' ? (fact.value[0]?.withOestrogen ?? 'none') : reading(fact);
  };

  test.each([
    ['Raloxifene 60 MG', false],
    ['Evista', false],
    ['Conbriza 20 mg', false],
    ['Duavee', true],
    ['Conjugated estrogens / bazedoxifene', true],
    ['bazedoxifene 20 mg with conjugated oestrogens 0.45 mg', true],
    ['Estradiol 1 MG', 'absent'],
  ])('%s: with oestrogen %s', (text, expected) => {
    expect(combined(text)).toBe(expected);
  });

  test('by code', () => {
    expect(combined(coded('atc', 'G03XC01'))).toBe(false);
    expect(combined(coded('atc', 'G03CC07'))).toBe(true);
    expect(combined(coded('rxnorm', '1441392'))).toBe(true);
    expect(combined({})).toBe('unknown: unreadable');
  });

  test('oestrogen beside the SERM: on the list or drafted; never the SERM product, never by vagina', () => {
    const other = (list: readonly Resource[], drafts: readonly Resource[] = []): string =>
      otherOestrogen(chartOf(list, { drafts })).state;
    expect(other([drug('Estradiol 1 MG Oral Tablet')])).toBe('known');
    expect(other([], [draftOf('Premarin 0.625 MG tablet')])).toBe('known');
    expect(other([drug('Duavee')], [draftOf('Duavee')])).toBe('absent');
    expect(other([drug('Estradiol vaginal cream')])).toBe('absent');
    expect(otherOestrogen(chartOf([], { unknown: { medicationRequests: 'failed' } }))).toMatchObject({
      state: 'unknown',
      reason: 'failed',
    });
  });
});
