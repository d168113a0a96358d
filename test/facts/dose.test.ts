import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readElemental } from '../../src/facts/calcium-elemental.ts';
import type { Span } from '../../src/facts/dose-text.ts';
import { courseDays, dailyDose, isAsNeeded, isSameDrug, mgPerDay } from '../../src/facts/dose.ts';
import { drugEntries, type DrugEntry } from '../../src/facts/medications.ts';
import type { Resource } from '../../src/facts/record.ts';
import { drug, statement } from '../build-record.ts';
import { chartOf } from './chart-of.ts';

type Extra = Readonly<Record<string, unknown>>;

const PREDNISONE = 'Prednisone 5 MG Oral Tablet';

function entryOf(resource: Resource): DrugEntry {
  const [entry] = drugEntries(chartOf([resource]));
  if (entry === undefined) throw new Error('no entry');
  return entry;
}

function shown(span: Span | null): unknown {
  if (span === null) return null;
  return span.low === span.high ? span.low : [span.low, span.high];
}

/** mg a day of an entry with these instructions. */
function mg(dosages: readonly unknown[], text = PREDNISONE, more: Extra = {}): unknown {
  const resource = drug(text, { dosageInstruction: dosages, ...more });
  return shown(mgPerDay(entryOf(resource), 'systemicGlucocorticoids', chartOf([resource])));
}

const dose = (value: unknown, unit?: unknown, code?: unknown): Extra => ({
  doseAndRate: [
    {
      doseQuantity: {
        value,
        ...(unit === undefined ? {} : { unit }),
        ...(code === undefined ? {} : { code }),
      },
    },
  ],
});
const repeat = (own: Extra): Extra => ({ timing: { repeat: own } });
const DAILY = repeat({ frequency: 1, period: 1, periodUnit: 'd' });
const timingCode = (
  code: string,
  system = 'http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation',
): Extra => ({ timing: { code: { coding: [{ system, code }] } } });

describe('how much: units of a dose, once a day', () => {
  const once = (own: Extra, text?: string): unknown => mg([{ ...own, ...DAILY }], text);
  test.each<[string, Extra, unknown]>([
    ['mg', dose(7.5, 'mg', 'mg'), 7.5],
    ['MG as a label alone', dose(7.5, 'MG'), 7.5],
    ['UCUM code alone', dose(7.5, undefined, 'mg'), 7.5],
    ['grams', dose(0.005, 'g'), 5],
    ['micrograms', dose(2500, 'ug'), 2.5],
    ['"tablet"', dose(2, 'tablet'), 10],
    ['"{tablet}"', dose(2, '{tablet}', '{tablet}'), 10],
    ['TAB of orderableDrugForm', dose(2, 'TAB', 'TAB'), 10],
    ['"tablet(s)" with a SNOMED code', dose(2, 'tablet(s)', '428673006'), 10],
    ['"chewable tablet"', dose(2, 'chewable tablet'), 10],
    ['capsules', dose(2, 'Capsules'), 10],
    ['dimensionless 1', dose(2, '1', '1'), 10],
    ['half a tablet', dose(0.5, 'tablet'), 2.5],
    ['no unit at all: mg or tablets', dose(2), null],
    ['mL', dose(2, 'mL'), null],
    ['mg per kg', dose(2, 'mg/kg'), null],
    ['international units', dose(2, 'unit'), null],
    ['puffs', dose(2, 'puff'), null],
    ['unit and code that disagree', dose(2, 'tablet', 'mg'), null],
    ['zero', dose(0, 'mg'), null],
    ['negative', dose(-5, 'mg'), null],
    ['not a number', dose(NaN, 'mg'), null],
    ['infinite', dose(Infinity, 'mg'), null],
    ['a number in words', dose('5', 'mg'), null],
    ['a comparator', { doseAndRate: [{ doseQuantity: { value: 5, unit: 'mg', comparator: '<' } }] }, null],
    [
      'a range',
      {
        doseAndRate: [
          { doseRange: { low: { value: 1, unit: 'tablet' }, high: { value: 2, unit: 'tablet' } } },
        ],
      },
      [5, 10],
    ],
    [
      'a range the wrong way round',
      {
        doseAndRate: [
          { doseRange: { low: { value: 2, unit: 'tablet' }, high: { value: 1, unit: 'tablet' } } },
        ],
      },
      null,
    ],
    [
      'a range without its low end',
      { doseAndRate: [{ doseRange: { high: { value: 2, unit: 'mg' } } }] },
      null,
    ],
    [
      'ordered and calculated, the same',
      {
        doseAndRate: [{ doseQuantity: { value: 5, unit: 'mg' } }, { doseQuantity: { value: 5, unit: 'mg' } }],
      },
      5,
    ],
    [
      'ordered and calculated, not the same',
      {
        doseAndRate: [{ doseQuantity: { value: 5, unit: 'mg' } }, { doseQuantity: { value: 6, unit: 'mg' } }],
      },
      null,
    ],
    ['only a rate', { doseAndRate: [{ rateQuantity: { value: 5, unit: 'mg/h' } }] }, null],
    ['no dose', {}, null],
  ])('%s', (_, own, expected) => {
    expect(once(own)).toEqual(expected);
  });
});

describe('how often: 5 mg each time', () => {
  const often = (timing: Extra): unknown => mg([{ ...dose(5, 'mg'), ...timing }]);
  const every = (own: Extra): unknown => often(repeat(own));
  test.each<[string, unknown, unknown]>([
    ['once a day', every({ frequency: 1, period: 1, periodUnit: 'd' }), 5],
    ['every 6 hours', every({ frequency: 1, period: 6, periodUnit: 'h' }), 20],
    ['every 4 to 6 hours', every({ frequency: 1, period: 4, periodMax: 6, periodUnit: 'h' }), [20, 30]],
    ['1 to 3 a day', every({ frequency: 1, frequencyMax: 3, period: 1, periodUnit: 'd' }), [5, 15]],
    ['every other day', every({ frequency: 1, period: 2, periodUnit: 'd' }), 2.5],
    ['weekly', every({ frequency: 7, period: 1, periodUnit: 'wk' }), 5],
    ['frequency left out is once', every({ period: 1, periodUnit: 'd' }), 5],
    ['morning and evening', every({ when: ['MORN', 'EVE'] }), 10],
    [
      'morning and evening, twice a day',
      every({ frequency: 2, period: 1, periodUnit: 'd', when: ['MORN', 'EVE'] }),
      10,
    ],
    [
      'morning and evening, yet once a day',
      every({ frequency: 1, period: 1, periodUnit: 'd', when: ['MORN', 'EVE'] }),
      null,
    ],
    ['with meals, however many', every({ when: ['C'] }), null],
    ['three a day with meals', every({ frequency: 3, period: 1, periodUnit: 'd', when: ['C'] }), 15],
    ['at three times of the day', every({ timeOfDay: ['08:00:00', '14:00:00', '20:00:00'] }), 15],
    ['both events and times of day', every({ timeOfDay: ['08:00:00'], when: ['MORN'] }), null],
    [
      'on Monday to Friday',
      every({ dayOfWeek: ['mon', 'tue', 'wed', 'thu', 'fri'], frequency: 7, period: 1, periodUnit: 'd' }),
      25,
    ],
    [
      '3 a week on Mo, We, Fr',
      every({ dayOfWeek: ['mon', 'wed', 'fri'], frequency: 3, period: 1, periodUnit: 'wk' }),
      15 / 7,
    ],
    [
      'once a week on three days',
      every({ dayOfWeek: ['mon', 'wed', 'fri'], frequency: 1, period: 1, periodUnit: 'wk' }),
      null,
    ],
    ['the same day twice', every({ dayOfWeek: ['mon', 'mon'] }), null],
    ['eight days a week', every({ dayOfWeek: ['1', '2', '3', '4', '5', '6', '7', '8'] }), null],
    ['BID', often(timingCode('BID')), 10],
    ['TID', often(timingCode('TID')), 15],
    ['QID', often(timingCode('QID')), 20],
    ['QD', often(timingCode('QD')), 5],
    ['QOD', often(timingCode('QOD')), 2.5],
    ['Q12H', often(timingCode('Q12H')), 10],
    ['a code of another system', often(timingCode('BID', 'http://example.org')), null],
    ['an unknown abbreviation', often(timingCode('XID')), null],
    ['a timing code in words', often({ timing: { code: { text: '2 times daily' } } }), 10],
    ['a timing code in other words', often({ timing: { code: { text: 'Every 4-6 hours' } } }), null],
    [
      'code and repeat agree',
      often({
        timing: {
          ...(timingCode('BID')['timing'] as Extra),
          repeat: { frequency: 2, period: 1, periodUnit: 'd' },
        },
      }),
      10,
    ],
    [
      'code and repeat disagree',
      often({
        timing: {
          ...(timingCode('BID')['timing'] as Extra),
          repeat: { frequency: 1, period: 1, periodUnit: 'd' },
        },
      }),
      null,
    ],
    [
      'a date and a code',
      often({
        timing: {
          ...(timingCode('BID')['timing'] as Extra),
          repeat: { boundsPeriod: { start: '2026-01-01' } },
        },
      }),
      10,
    ],
    ['a fixed number of doses', every({ count: 3, frequency: 1, period: 1, periodUnit: 'd' }), null],
    ['dates of administration', often({ timing: { event: ['2026-01-01'] } }), null],
    ['no timing', often({}), null],
    ['period zero', every({ frequency: 1, period: 0, periodUnit: 'd' }), null],
    ['negative period', every({ frequency: 1, period: -1, periodUnit: 'd' }), null],
    ['period not a number', every({ frequency: 1, period: NaN, periodUnit: 'd' }), null],
    ['period without unit', every({ frequency: 1, period: 1 }), null],
    ['unknown unit of time', every({ frequency: 1, period: 1, periodUnit: 'fortnight' }), null],
    ['frequency zero', every({ frequency: 0, period: 1, periodUnit: 'd' }), null],
    ['25 times a day', every({ frequency: 25, period: 1, periodUnit: 'd' }), null],
    ['24 times a day', every({ frequency: 24, period: 1, periodUnit: 'd' }), 120],
    ['every 31 days', every({ frequency: 31, period: 31, periodUnit: 'd' }), 5],
    ['every 32 days', every({ frequency: 1, period: 32, periodUnit: 'd' }), null],
    ['every million years', every({ frequency: 1, period: 1e6, periodUnit: 'a' }), null],
    ['a period beyond numbers', every({ frequency: 1, period: 1e308, periodUnit: 'a' }), null],
  ])('%s', (_, actual, expected) => {
    if (typeof expected === 'number') expect(actual).toBeCloseTo(expected, 8);
    else expect(actual).toEqual(expected);
  });
});

describe('sentences', () => {
  const sentence = (text: string, more: Extra = {}): unknown => mg([{ text, ...more }]);
  test.each<[string, unknown]>([
    ['take 1 tablet twice daily', 10],
    ['Take 1 tablet (5 mg total) by mouth 2 (two) times daily.', 10],
    ['TAKE TWO TABLETS BY MOUTH ONCE DAILY WITH FOOD', 10],
    ['1 tablet daily', 5],
    ['2 tabs po bid', 20],
    ['1 tablet(s) orally every morning', 5],
    ['7.5 mg daily', 7.5],
    ['10mg every other day', 5],
    ['Take two tablets, three times per day.', 30],
    ['1/2 tablet daily', 2.5],
    ['half tablet daily', 2.5],
    ['1 daily', null],
    ['1-2 tablets daily', null],
    ['take 1 to 2 tablets daily', null],
    ['taper as directed', null],
    ['take 4 tablets for 5 days, then 3 tablets', null],
    ['1 tablet daily prn', null],
    ['take 1 tablet twice daily as needed for pain', null],
    ['Take one tablet twice per day for pain.', null],
    ['10 mL bid', null],
    ['Take 1.5 mg/kg daily', null],
    ['0 tablets daily', null],
    ['tablet daily', null],
    ['take many tablets daily', null],
    ['', null],
  ])('%s: %p mg', (text, expected) => {
    expect(sentence(text)).toEqual(expected);
  });
  test('a sentence fills in what the data do not state', () => {
    const timing = repeat({ frequency: 3, period: 1, periodUnit: 'd' });
    expect(sentence('Take two tablets, three times per day.', timing)).toBe(30);
    expect(sentence('1 tablet daily', dose(1, 'tablet'))).toBe(5);
  });
  test('a sentence that contradicts the data leaves the dose open', () => {
    expect(sentence('1 tablet twice daily', { ...dose(1, 'tablet'), ...DAILY })).toBeNull();
    expect(sentence('2 tablets daily', { ...dose(1, 'tablet'), ...DAILY })).toBeNull();
  });
  test('a sentence does not stand in for data that cannot be read', () => {
    expect(sentence('1 tablet daily', dose(10, 'mL'))).toBeNull();
    expect(sentence('1 tablet daily', repeat({ frequency: 1, period: 1 }))).toBeNull();
  });
  test('a sentence that cannot be read leaves the data alone', () => {
    expect(sentence('Take with plenty of water', { ...dose(1, 'tablet'), ...DAILY })).toBe(5);
  });
  test.each(['taper as directed', 'Decrease by one tablet each week', 'alternate 5 and 10 mg'])(
    'data beside "%s" are not the dose of every day',
    (text) => {
      expect(sentence(text, { ...dose(1, 'tablet'), ...DAILY })).toBeNull();
      expect(mg([{ patientInstruction: text, ...dose(1, 'tablet'), ...DAILY }])).toBeNull();
      expect(mg([{ additionalInstruction: [{ text }], ...dose(1, 'tablet'), ...DAILY }])).toBeNull();
    },
  );
});

describe('several instructions', () => {
  const own = (value: number, more: Extra): Extra => ({ ...dose(value, 'mg'), ...more });
  test.each<[string, readonly Extra[], unknown]>([
    [
      'one sequence number: together',
      [own(10, { ...DAILY, sequence: 1 }), own(5, { ...DAILY, sequence: 1 })],
      15,
    ],
    [
      'one sequence number, copies of each other',
      [own(5, { ...DAILY, sequence: 1 }), own(5, { ...DAILY, sequence: 1 })],
      null,
    ],
    ['steps', [own(10, { ...DAILY, sequence: 1 }), own(5, { ...DAILY, sequence: 2 })], null],
    ['no sequence: may be alternatives', [own(10, DAILY), own(5, DAILY)], null],
    ['morning and evening', [own(10, repeat({ when: ['MORN'] })), own(5, repeat({ when: ['EVE'] }))], 15],
    ['twice the morning', [own(10, repeat({ when: ['MORN'] })), own(5, repeat({ when: ['MORN'] }))], null],
    [
      'some days and the other days',
      [
        own(7, repeat({ dayOfWeek: ['mon', 'wed', 'fri'] })),
        own(14, repeat({ dayOfWeek: ['tue', 'thu', 'sat', 'sun'] })),
      ],
      11,
    ],
    [
      'morning first, evening later in the year',
      [
        own(10, repeat({ when: ['MORN'], boundsPeriod: { start: '2025-01-01' } })),
        own(5, repeat({ when: ['EVE'], boundsPeriod: { start: '2025-06-01' } })),
      ],
      null,
    ],
    ['one of them unreadable', [own(10, repeat({ when: ['MORN'] })), { ...repeat({ when: ['EVE'] }) }], null],
    [
      'mg and tablets',
      [own(10, repeat({ when: ['MORN'] })), { ...dose(1, 'tablet'), ...repeat({ when: ['EVE'] }) }],
      null,
    ],
    [
      'one of them as needed',
      [own(10, { ...DAILY, sequence: 1 }), own(5, { ...DAILY, sequence: 1, asNeededBoolean: true })],
      null,
    ],
    ['none', [], null],
  ])('%s', (_, dosages, expected) => {
    expect(mg(dosages)).toEqual(expected);
    expect(mg([...dosages].reverse())).toEqual(expected);
  });
});

describe('strength of one tablet', () => {
  const two = [{ ...dose(2, 'tablet'), ...DAILY }];
  test.each<[string, unknown]>([
    ['Prednisone 5 MG Oral Tablet', 10],
    ['predniSONE (DELTASONE) 2.5 mg tablet', 5],
    ['Prednisone 0.005 g tablet', 10],
    ['Dexamethasone 500 microgram tablets', 1],
    ['Methylprednisolone 1,000 MG', 2000],
    ['Prednisone 5 MG / 10 MG Tablet', null],
    ['Prednisone 5-10 MG Tablet', null],
    ['Prednisone 2,5 MG Tablet', null],
    ['Prednisolone 5 MG/5 ML Oral Solution', null],
    ['Prednisolone 5 MG/ML Oral Solution', null],
    ['Prednisone Oral Tablet', null],
    ['Prednisone 0 MG Oral Tablet', null],
  ])('two of "%s"', (text, expected) => {
    expect(mg(two, text)).toEqual(expected);
  });

  const contained = (strength: unknown, text?: string): Extra => ({
    medicationCodeableConcept: undefined,
    medicationReference: { reference: '#m' },
    contained: [
      {
        resourceType: 'Medication',
        id: 'm',
        ...(text === undefined ? {} : { code: { text } }),
        ingredient: [{ itemCodeableConcept: { text: 'prednisone' }, strength }],
      },
    ],
  });
  const ratio = (numerator: unknown, denominator?: unknown): unknown => ({ numerator, denominator });
  const mgOf = (value: number): unknown => ({ value, unit: 'mg' });
  test.each<[string, Extra, unknown]>([
    ['of the ingredient', contained(ratio(mgOf(5), { value: 1, unit: 'TAB' }), 'prednisone tablet'), 10],
    ['without a denominator', contained(ratio(mgOf(5))), 10],
    ['per two tablets', contained(ratio(mgOf(5), { value: 2, unit: 'TAB' })), null],
    ['per mL', contained(ratio(mgOf(5), { value: 1, unit: 'mL' })), null],
    ['the same in name and ingredient', contained(ratio(mgOf(5)), 'Prednisone 5 MG Oral Tablet'), 10],
    ['not the same', contained(ratio(mgOf(5)), 'Prednisone 10 MG Oral Tablet'), null],
    ['no strength', contained(undefined), null],
  ])('%s', (_, more, expected) => {
    expect(mg(two, PREDNISONE, more)).toEqual(expected);
  });

  test('a name on one coding and a strength on another', () => {
    const concept = {
      text: 'prednisone tablet',
      coding: [{ system: 'x', code: 'y', display: 'Prednisone 5 MG' }],
    };
    expect(mg(two, '', { medicationCodeableConcept: concept })).toBe(10);
  });
});

describe('elemental calcium (units.md 1)', () => {
  function elemental(text: string, dosage: Extra, more: Extra = {}): unknown {
    const resource = drug(text, { dosageInstruction: [{ ...dosage }], ...more });
    const found = readElemental(entryOf(resource), chartOf([resource]));
    return found === null ? null : [shown(found.elemental), found.ambiguous];
  }
  const two = { ...dose(2, 'tablet'), ...DAILY };
  test.each<[string, unknown]>([
    ['Calcium 500 mg tablet', [1000, false]],
    ['Calcium-Vitamin D 600 mg-400 unit', [1200, false]],
    ['Calcium + Vitamin D3 600 mg', [1200, false]],
    ['Calcium carbonate 1250 MG Oral Tablet', [1000, false]],
    ['Calcium carbonate 1,500 mg tablet', [1200, false]],
    ['calcium carbonate 500 MG / cholecalciferol 200 UNT Oral Tablet', [[400, 1000], true]],
    ['Calcium carbonate 600 MG Oral Tablet', [[480, 1200], true]],
    ['calcium carbonate (OS-CAL) 500 mg elemental calcium (1,250 mg) tablet', [1000, false]],
    ['calcium carbonate 600 mg calcium (1,500 mg) tablet', [1200, false]],
    ['calcium (as carbonate) 500 mg', [[400, 1000], true]],
    ['Calcium citrate 950 MG', [[400.9, 1900], true]],
    ['Calcium gluconate 500 MG Oral Tablet', [[93, 1000], true]],
    ['calcium phosphate (tribasic) 1,500 mg', [1164, false]],
    ['calcium phosphate 1500 mg', null],
    ['calcium citrate malate 500 mg', null],
    ['Famotidine 10 MG / calcium carbonate 800 MG / magnesium hydroxide 165 MG', [[640, 1600], true]],
    ['Calcium 1250 mg tablet', null],
    ['Calcium 600 + D3', null],
    ['Caltrate 600+D Plus', null],
    ['Os-Cal 500', null],
    ['Tums 500 MG Chewable', null],
    ['Calcium supplement', null],
  ])('two tablets a day of "%s"', (text, expected) => {
    expect(elemental(text, two)).toEqual(expected);
  });
  test.each<[string, string, number, unknown]>([
    ['plain calcium', 'Calcium 600 MG Oral Tablet', 1200, [1200, false]],
    ['two tablets of the salt', 'Calcium carbonate 1250 MG Oral Tablet', 2500, [1000, false]],
    ['of salt or calcium', 'Calcium carbonate 500 MG Oral Tablet', 1000, [[400, 1000], true]],
    ['tablets of elemental calcium', 'calcium carbonate 600 mg elemental (1,500 mg)', 1200, [1200, false]],
    ['tablets of salt', 'calcium carbonate 600 mg elemental (1,500 mg)', 1500, [600, false]],
    ['tablets of either', 'calcium carbonate 600 mg elemental (1,500 mg)', 3000, [[1200, 3000], true]],
    ['of a brand that names no calcium', 'Os-Cal 500', 1000, null],
  ])('a dose in mg: %s', (_, text, value, expected) => {
    expect(elemental(text, { ...dose(value, 'mg'), ...DAILY })).toEqual(expected);
  });
  const contained = (ingredient: readonly Extra[]): Extra => ({
    medicationCodeableConcept: undefined,
    medicationReference: { reference: '#m' },
    contained: [{ resourceType: 'Medication', id: 'm', code: { text: 'Calcium tablets' }, ingredient }],
  });
  const strength = (value: number): Extra => ({
    numerator: { value, unit: 'mg' },
    denominator: { value: 1, unit: 'TAB' },
  });
  test.each<[string, readonly Extra[], unknown]>([
    ['calcium', [{ itemCodeableConcept: { text: 'calcium' }, strength: strength(600) }], [1200, false]],
    [
      'calcium carbonate',
      [{ itemCodeableConcept: { text: 'Calcium Carbonate' }, strength: strength(1250) }],
      [1000, false],
    ],
    [
      'calcium carbonate by RxNorm ingredient code, with vitamin D',
      [
        {
          itemCodeableConcept: {
            coding: [{ system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: '1897' }],
          },
          strength: strength(1250),
        },
        {
          itemCodeableConcept: { text: 'cholecalciferol' },
          strength: { numerator: { value: 10, unit: 'ug' } },
        },
      ],
      [1000, false],
    ],
    [
      'two salts',
      [
        { itemCodeableConcept: { text: 'calcium carbonate' }, strength: strength(500) },
        { itemCodeableConcept: { text: 'calcium citrate' }, strength: strength(500) },
      ],
      null,
    ],
    [
      'an inactive one',
      [{ isActive: false, itemCodeableConcept: { text: 'calcium' }, strength: strength(600) }],
      null,
    ],
  ])('ingredient %s', (_, ingredient, expected) => {
    expect(elemental('', two, contained(ingredient))).toEqual(expected);
  });
});

describe('as needed, length of the course, the same drug', () => {
  const asNeeded = (dosage: Extra): boolean => {
    const resource = drug(PREDNISONE, { dosageInstruction: [dosage] });
    return isAsNeeded(entryOf(resource), chartOf([resource]));
  };
  test.each<[Extra, boolean]>([
    [{ asNeededBoolean: true }, true],
    [{ asNeededCodeableConcept: { text: 'pain' } }, true],
    [{ text: '1 tab q6h PRN heartburn' }, true],
    [{ text: 'one when needed' }, true],
    [{ asNeededBoolean: false, text: '1 tablet daily' }, false],
    [{}, false],
  ])('%j: %p', (dosage, expected) => {
    expect(asNeeded(dosage)).toBe(expected);
    const resource = statement(PREDNISONE, { dosage: [dosage] });
    expect(isAsNeeded(entryOf(resource), chartOf([resource]))).toBe(expected);
  });

  test.each<[string, Extra, number | null]>([
    ['supply', { dispenseRequest: { expectedSupplyDuration: { value: 30, unit: 'd' } } }, 30],
    [
      'supply with two refills',
      { dispenseRequest: { expectedSupplyDuration: { value: 30, unit: 'd' }, numberOfRepeatsAllowed: 2 } },
      90,
    ],
    [
      'a stated period, both ends included',
      { dosageInstruction: [repeat({ boundsPeriod: { start: '2026-01-01', end: '2026-01-10' } })] },
      10,
    ],
    ['a duration', { dosageInstruction: [repeat({ boundsDuration: { value: 2, code: 'wk' } })] }, 14],
    ['nothing', { dosageInstruction: [DAILY] }, null],
    [
      'tablets at one a day',
      {
        dosageInstruction: [{ text: '1 tablet daily' }],
        dispenseRequest: { quantity: { value: 90, unit: 'tablet' } },
      },
      90,
    ],
    [
      'tablets with a refill',
      {
        dosageInstruction: [{ text: '1 tablet daily' }],
        dispenseRequest: { quantity: { value: 90, unit: 'TAB' }, numberOfRepeatsAllowed: 1 },
      },
      180,
    ],
    [
      'tablets at two a day',
      {
        dosageInstruction: [{ text: '1 tablet twice daily' }],
        dispenseRequest: { quantity: { value: 90, unit: 'tablet' } },
      },
      45,
    ],
    [
      'tablets as needed',
      {
        dosageInstruction: [{ text: '1 tablet daily as needed' }],
        dispenseRequest: { quantity: { value: 90, unit: 'tablet' } },
      },
      null,
    ],
    ['tablets without a dose', { dispenseRequest: { quantity: { value: 90, unit: 'tablet' } } }, null],
    [
      'a quantity without unit',
      { dosageInstruction: [{ text: '1 tablet daily' }], dispenseRequest: { quantity: { value: 90 } } },
      null,
    ],
    [
      'a quantity of zero',
      {
        dosageInstruction: [{ text: '1 tablet daily' }],
        dispenseRequest: { quantity: { value: 0, unit: 'tablet' } },
      },
      null,
    ],
    [
      'a quantity in millilitres',
      {
        dosageInstruction: [{ text: '1 tablet daily' }],
        dispenseRequest: { quantity: { value: 90, unit: 'mL' } },
      },
      null,
    ],
    ['a duration without unit', { dosageInstruction: [repeat({ boundsDuration: { value: 2 } })] }, null],
  ])('course by %s', (_, extra, expected) => {
    const resource = drug(PREDNISONE, extra);
    expect(courseDays(entryOf(resource), 'systemicGlucocorticoids', chartOf([resource]))).toBe(expected);
  });

  const code = (value: string, text: string): Resource =>
    drug({ text, coding: [{ system: 'http://www.whocc.no/atc', code: value }] });
  test.each<[string, Resource, Resource, boolean]>([
    ['name in another case', drug('Calcium 600 MG'), drug('calcium  600 mg'), true],
    ['another strength', drug('Calcium 600 MG'), drug('Calcium 500 MG'), false],
    ['one code', code('A12AA04', 'Calcichew'), code('A12AA04', 'Adcal'), true],
    [
      'one ingredient code, two strengths',
      code('H02AB07', 'prednisone 5 mg'),
      code('H02AB07', 'prednisone 1 mg'),
      false,
    ],
  ])('%s', (_, a, b, expected) => {
    expect(isSameDrug(entryOf(a), entryOf(b), chartOf([a, b]))).toBe(expected);
  });
});

describe('whatever an instruction holds', () => {
  const number = fc.oneof(
    fc.constantFrom(0, -1, 1, 2, 0.5, NaN, Infinity, -Infinity, 1e308, 5e-324),
    fc.double(),
    fc.constantFrom('1', '', null),
  );
  const word = fc.constantFrom(
    'mg',
    'tablet',
    'd',
    'h',
    'BID',
    'MORN',
    'mon',
    '08:00',
    '',
    '__proto__',
    'constructor',
    '1',
  );
  const quantity = fc.record(
    { value: number, unit: word, code: word, comparator: word },
    { requiredKeys: [] },
  );
  const instruction = fc.record(
    {
      text: fc.oneof(word, fc.string(), fc.constantFrom('1 tablet daily', '1e999 mg daily')),
      sequence: number,
      asNeededBoolean: fc.boolean(),
      doseAndRate: fc.oneof(
        fc.array(
          fc.record(
            {
              doseQuantity: quantity,
              doseRange: fc.record({ low: quantity, high: quantity }, { requiredKeys: [] }),
            },
            { requiredKeys: [] },
          ),
          { maxLength: 3 },
        ),
        fc.jsonValue({ maxDepth: 2 }),
      ),
      timing: fc.oneof(
        fc.record(
          {
            code: fc.record({ text: word, coding: fc.array(fc.record({ system: word, code: word })) }),
            repeat: fc.record(
              {
                frequency: number,
                frequencyMax: number,
                period: number,
                periodMax: number,
                periodUnit: word,
                when: fc.array(word),
                timeOfDay: fc.array(word),
                dayOfWeek: fc.array(word),
                count: number,
              },
              { requiredKeys: [] },
            ),
          },
          { requiredKeys: [] },
        ),
        fc.jsonValue({ maxDepth: 2 }),
      ),
    },
    { requiredKeys: [] },
  );
  test('nothing throws, and a dose is above zero, finite and in order, or null', () => {
    fc.assert(
      fc.property(
        fc.array(instruction, { maxLength: 3 }),
        fc.constantFrom(PREDNISONE, 'Calcium carbonate 500 MG', 'Calcium 1e999 mg', ''),
        (dosageInstruction, text) => {
          const resource = drug(text, { dosageInstruction });
          const chart = chartOf([resource]);
          const entry = entryOf(resource);
          const spans = [
            dailyDose(entry, chart)?.perDay,
            mgPerDay(entry, 'systemicGlucocorticoids', chart),
            readElemental(entry, chart)?.elemental,
          ];
          for (const span of spans) {
            if (span == null) continue;
            expect(span.low).toBeGreaterThan(0);
            expect(span.high).toBeGreaterThanOrEqual(span.low);
            expect(Number.isFinite(span.high)).toBe(true);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
  test('one daily dose in mg is itself, whatever the number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), (tenths) => {
        expect(mg([{ ...dose(tenths / 10, 'mg'), ...DAILY }])).toBe(tenths / 10);
      }),
    );
  });
  test('twice the frequency is twice the dose, twice the period is half', () => {
    const at = (frequency: number, period: number): number =>
      Number(mg([{ ...dose(4, 'mg'), ...repeat({ frequency, period, periodUnit: 'd' }) }]));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 15 }), (frequency, period) => {
        expect(at(2 * frequency, period)).toBeCloseTo(2 * at(frequency, period), 7);
        expect(at(frequency, 2 * period)).toBeCloseTo(at(frequency, period) / 2, 7);
      }),
    );
  });
});
