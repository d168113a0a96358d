import { describe, expect, test } from '@jest/globals';
import {
  isAbove,
  isAtLeast,
  isBelow,
  readQuantity,
  showQuantity,
  type Quantity,
} from '../../src/facts/quantity.ts';
import { ucumFactor } from '../../src/facts/ucum.ts';
import { guideline } from '../build-record.ts';
import { definitions } from './chart-of.ts';

const UCUM = 'http://unitsofmeasure.org';

function read(
  concept: string,
  node: Readonly<Record<string, unknown>>,
  declared?: string,
): Quantity | string {
  const found = guideline.concepts.concepts.get(concept);
  if (found === undefined) throw new Error(`no concept ${concept}`);
  return readQuantity(node, found, definitions.units, declared);
}
const coded = (value: number, unit: string, comparator?: string): Readonly<Record<string, unknown>> => ({
  valueQuantity: {
    value,
    unit,
    system: UCUM,
    code: unit,
    ...(comparator === undefined ? {} : { comparator }),
  },
});
const labelled = (value: number, unit: string): Readonly<Record<string, unknown>> => ({
  valueQuantity: { value, unit },
});
function quantity(concept: string, value: number, unit: string, comparator?: string): Quantity {
  const found = read(concept, coded(value, unit, comparator));
  if (typeof found === 'string') throw new Error(`${concept} ${String(value)} ${unit}: ${found}`);
  return found;
}
const canonical = (concept: string, value: number, unit: string): number =>
  quantity(concept, value, unit).canonical;

describe('conversion to the canonical unit (units.md 1)', () => {
  test.each([
    ['vitaminD25OH', 50, 'nmol/L', 20.03205],
    ['vitaminD25OH', 20, 'ug/L', 20],
    ['hsCrp', 0.4, 'mg/dL', 4],
    ['hsCrp', 4000, 'ng/mL', 4],
    ['hsCrp', 100, 'nmol/L', 10.5],
    ['crpPlain', 1.1, 'mg/dL', 11],
    ['ldlCholesterol', 2.6, 'mmol/L', 100.542],
    ['ldlCholesterol', 4.9, 'mmol/L', 189.483],
    ['ldlCholesterol', 1.9, 'g/L', 190],
    ['hdlCholesterol', 1, 'mmol/L', 38.67],
    ['totalCholesterol', 5, 'mmol/L', 193.35],
    ['nonHdlCholesterol', 4, 'mmol/L', 154.68],
    ['triglycerides', 4.5, 'mmol/L', 398.565],
    ['triglycerides', 1, 'g/L', 100],
    ['calciumTotal', 2.65, 'mmol/L', 10.6212],
    ['calciumTotal', 5, 'meq/L', 10.02],
    ['calciumIonized', 4.8, 'mg/dL', 1.1976],
    ['albuminSerum', 40, 'g/L', 4],
    ['albuminSerum', 600, 'umol/L', 3.99],
    ['pthIntact', 6.9, 'pmol/L', 65.067],
    ['pthIntact', 30, 'ng/L', 30],
    ['testosteroneTotal', 10.4, 'nmol/L', 299.936],
    ['testosteroneTotal', 3, 'ng/mL', 300],
    ['hba1c', 48, 'mmol/mol', 6.54304],
    ['hba1c', 53, 'mmol/mol', 7.00044],
    ['creatinineSerum', 88.42, 'umol/L', 1.0000302],
    ['creatinineSerum', 0.09, 'mmol/L', 1.0179],
    ['phosphate', 1, 'mmol/L', 3.097],
    ['systolicBloodPressure', 16, 'kPa', 120.00992],
    ['diastolicBloodPressure', 10.7, 'kPa', 80.256634],
    ['bodyWeight', 150, '[lb_av]', 68.0388555],
    ['bodyHeight', 70, '[in_i]', 177.8],
    ['dxaBmd', 850, 'mg/cm2', 0.85],
    ['egfr', 59, 'mL/min', 59],
    ['fraxResult', 0.21, '1', 21],
    ['fraxResult', 21, '%', 21],
  ])('%s %d %s', (concept, value, unit, expected) => {
    expect(canonical(concept, value, unit)).toBeCloseTo(expected, 6);
  });
  test('lipoprotein(a) in mg/dL is not converted: the isoform size differs between people', () => {
    expect(read('lipoproteinA', coded(50, 'mg/dL'))).toBe('unit');
  });
  test('the same number in code and label of another spelling is one unit', () => {
    expect(
      read('systolicBloodPressure', {
        valueQuantity: { value: 120, unit: 'mmHg', system: UCUM, code: 'mm[Hg]' },
      }),
    ).toMatchObject({ canonical: 120, unit: 'mm[Hg]' });
  });
});

describe('units as they are sent', () => {
  test.each([
    ['ldlCholesterol', 'mg/dl'],
    ['ldlCholesterol', 'MG/DL'],
    ['ldlCholesterol', 'mmol/l'],
    ['vitaminD25OH', 'ng/ml'],
    ['vitaminD25OH', 'µg/L'],
    ['vitaminD25OH', 'mcg/L'],
    ['hsCrp', 'mg/l'],
    ['albuminSerum', 'g/dl'],
    ['creatinineSerum', 'µmol/L'],
    ['systolicBloodPressure', 'mmhg'],
    ['systolicBloodPressure', 'mm Hg'],
    ['bodyWeight', 'lbs'],
    ['bodyWeight', 'Kg'],
    ['dxaBmd', 'g/cm²'],
    ['egfr', 'mL/min/1.73m2'],
    ['egfr', 'mL/min/1.73 m2'],
    ['egfr', 'mL/min/{1.73_m2}'],
  ])('%s in %s without a code is read', (concept, unit) => {
    const [low, high] = guideline.concepts.concepts.get(concept)?.plausibleRange ?? [0, 0];
    const middle = { vitaminD25OH: 30, albuminSerum: 4, ldlCholesterol: 6, hsCrp: 3, dxaBmd: 0.9 } as const;
    const value = Object.hasOwn(middle, concept) ? middle[concept as keyof typeof middle] : (low + high) / 2;
    expect(typeof read(concept, labelled(value, unit))).toBe('object');
  });
  test('BMD: unit g/cm² with code g/cm-2 is one unit', () => {
    expect(
      read('dxaBmd', { valueQuantity: { value: 0.887, unit: 'g/cm²', system: UCUM, code: 'g/cm-2' } }),
    ).toMatchObject({ canonical: 0.887 });
  });
  test('a code without a label is read', () => {
    expect(read('hba1c', { valueQuantity: { value: 6.5, system: UCUM, code: '%' } })).toMatchObject({
      canonical: 6.5,
    });
  });
  test.each([
    ['mg/dL', 'mg/L'],
    ['mg/dL', 'mmol/L'],
    ['mmol/L', 'mg/dL'],
    ['mg/dL', 'kg'],
  ])('code %s with unit %s disagree: unknown', (code, unit) => {
    expect(read('ldlCholesterol', { valueQuantity: { value: 5, unit, system: UCUM, code } })).toBe('unit');
  });
  test('a label that is no unit at all says nothing against the code', () => {
    expect(
      read('ldlCholesterol', {
        valueQuantity: { value: 130, unit: 'milligrams, calculated', system: UCUM, code: 'mg/dL' },
      }),
    ).toMatchObject({ canonical: 130 });
  });
  test('a code of another system than UCUM is not taken for a unit', () => {
    expect(
      read('ldlCholesterol', {
        valueQuantity: { value: 130, system: 'urn:local:units', code: 'mmol/L' },
      }),
    ).toBe('unit');
  });
  test.each(['ldlCholesterol', 'hsCrp', 'vitaminD25OH', 'calciumTotal', 'systolicBloodPressure', 'egfr'])(
    '%s without a unit is never guessed from its size',
    (concept) => {
      expect(read(concept, { valueQuantity: { value: 100 } })).toBe('unit');
      expect(read(concept, { valueQuantity: { value: 100, system: UCUM } })).toBe('unit');
    },
  );
  test('the unit that the site declares for its local code serves only where none was sent', () => {
    expect(read('hsCrp', { valueQuantity: { value: 4 } }, 'mg/L')).toMatchObject({ canonical: 4 });
    expect(read('hsCrp', labelled(0.4, 'mg/dL'), 'mg/L')).toMatchObject({ canonical: 4 });
  });
  test('case is put right for a closed list only: NMOL/L is not one of them', () => {
    expect(read('vitaminD25OH', labelled(50, 'NMOL/L'))).toBe('unit');
  });
  test('an annotation is part of the meaning: mL/min is not mL/min/{1.73_m2} for UCUM', () => {
    expect(ucumFactor('mL/min', 'mL/min/{1.73_m2}')).toBeNull();
    expect(ucumFactor('mg/dL', 'g/L')).toBe(0.01);
    expect(ucumFactor('Cel', '[degF]')).toBeNull();
    expect(ucumFactor('mmol/L', 'mg/dL')).toBeNull();
    expect(ucumFactor('mmol/L', 'mg/dL', 40.08)).toBeCloseTo(4.008, 6);
  });
  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', '{', '}', '/', '10*', '['.repeat(39)])(
    'unit %j is not a unit, and no fault',
    (unit) => {
      expect(read('ldlCholesterol', labelled(100, unit))).toBe('unit');
      expect(read('dxaTScoreHip', labelled(-1, unit))).toBe('unit');
    },
  );
});

describe('T-score units', () => {
  test.each(['{T-score}', 'T-Score', 't-score', '{score}', 'score', '1', '{SD}', 'SD', '[SD]'])(
    '%s is dimensionless',
    (unit) => {
      expect(read('dxaTScoreHip', labelled(-2.5, unit))).toMatchObject({ canonical: -2.5 });
    },
  );
  test('no unit at all is accepted', () => {
    expect(read('dxaTScoreHip', { valueQuantity: { value: -2.5 } })).toMatchObject({ canonical: -2.5 });
    expect(read('dxaTScoreHip', { valueInteger: -3 })).toMatchObject({ canonical: -3 });
  });
  test('unit T-Score with code 1 is accepted', () => {
    expect(
      read('dxaTScoreHip', { valueQuantity: { value: -2.5, unit: 'T-Score', system: UCUM, code: '1' } }),
    ).toMatchObject({ canonical: -2.5 });
  });
  test.each(['%', 'g/cm2', 'mg/cm2'])('%s under a T-score code is rejected, as unit or as code', (unit) => {
    expect(read('dxaTScoreHip', labelled(0.8, unit))).toBe('unit');
    expect(read('dxaTScoreHip', { valueQuantity: { value: 0.8, unit, system: UCUM, code: '1' } })).toBe(
      'unit',
    );
    expect(
      read('dxaTScoreHip', { valueQuantity: { value: 0.8, unit: 'T-score', system: UCUM, code: unit } }),
    ).toBe('unit');
  });
});

describe('numbers in text', () => {
  test.each([
    ['<0.3', 0.3, '<'],
    ['< 0.3', 0.3, '<'],
    ['>=2', 2, '>='],
    ['-2.7', -2.7, undefined],
    ['\u22122.7', -2.7, undefined],
    ['+1.0', 1, undefined],
    ['2,6', 2.6, undefined],
    ['-1,75', -1.75, undefined],
    [' 3 ', 3, undefined],
  ])('%j is %d', (text, value, comparator) => {
    const found = read('dxaTScoreHip', { valueString: text });
    expect(found).toMatchObject({ value });
    expect((found as Quantity).comparator).toBe(comparator);
  });
  test.each([
    '>10.0 H',
    '2,600',
    '1,234.5',
    '2.6.1',
    '.5',
    '5.',
    '2 6',
    '<',
    '',
    'normal',
    '-',
    '1e3',
    '--2',
    '9'.repeat(400),
  ])('%j is not a number that we trust', (text) => {
    expect(read('dxaTScoreHip', { valueString: text })).toBe('value');
  });
  test('text has no unit, so it serves dimensionless concepts only', () => {
    expect(read('hsCrp', { valueString: '<0.3' })).toBe('unit');
  });
  test.each([
    { valueBoolean: true },
    { valueCodeableConcept: { text: 'low' } },
    { valueRange: { low: { value: 1 } } },
    { valueQuantity: { value: '27', unit: 'ng/mL' } },
    { valueQuantity: { value: 27, unit: 'ng/mL', comparator: '~' } },
    { valueQuantity: { value: null, unit: 'ng/mL' } },
  ])('%j is unreadable', (node) => {
    expect(read('vitaminD25OH', node)).toBe('value');
  });
  test.each([{}, { valueQuantity: {} }, { valueQuantity: { unit: 'ng/mL' } }])('%j is no value', (node) => {
    expect(read('vitaminD25OH', node)).toBe('no-value');
  });
});

describe('plausible range, after conversion', () => {
  test.each([
    ['hba1c', 48, '%'],
    ['hba1c', 6.5, 'mmol/mol'],
    ['dxaTScoreHip', -8.1, '{T-score}'],
    ['dxaTScoreHip', 8.1, '{T-score}'],
    ['ldlCholesterol', 130, 'mmol/L'],
    ['vitaminD25OH', 251, 'ng/mL'],
    ['calciumTotal', 2.4, 'mg/dL'],
  ])('%s %d %s is outside: unknown', (concept, value, unit) => {
    expect(read(concept, coded(value, unit))).toBe('implausible');
  });
  test.each([
    ['dxaTScoreHip', -8, '{T-score}'],
    ['vitaminD25OH', 250, 'ng/mL'],
    ['vitaminD25OH', 1, 'ng/mL'],
  ])('%s %d %s is still inside', (concept, value, unit) => {
    expect(typeof read(concept, coded(value, unit))).toBe('object');
  });
});

const limits = {
  deficient: { value: 20, unit: 'ng/mL', si: { value: 50, unit: 'nmol/L' } },
  severeLdl: { value: 190, unit: 'mg/dL', si: { value: 4.9, unit: 'mmol/L' } },
  ldl160: { value: 160, unit: 'mg/dL', si: { value: 4.1, unit: 'mmol/L' } },
  triglycerides: { value: 400, unit: 'mg/dL', si: { value: 4.5, unit: 'mmol/L' } },
  hypogonadal: { value: 300, unit: 'ng/dL', si: { value: 10.4, unit: 'nmol/L' } },
  hba1c: { value: 8, unit: '%', si: { value: 64, unit: 'mmol/mol' } },
  pth: { value: 65, unit: 'pg/mL', si: { value: 6.9, unit: 'pmol/L' } },
  enhancer: { value: 2, unit: 'mg/L' },
  acute: { value: 10, unit: 'mg/L' },
  sixty: { value: 60, unit: 'mL/min/{1.73_m2}' },
} as const;

describe('thresholds are compared in the unit family of the report', () => {
  test.each([
    ['vitaminD25OH', 50, 'nmol/L', 'deficient', false],
    ['vitaminD25OH', 49, 'nmol/L', 'deficient', true],
    ['vitaminD25OH', 49.9, 'nmol/L', 'deficient', true],
    ['vitaminD25OH', 0.05, 'umol/L', 'deficient', false],
    ['vitaminD25OH', 20, 'ng/mL', 'deficient', false],
    ['vitaminD25OH', 19.9, 'ng/mL', 'deficient', true],
    ['vitaminD25OH', 19.9, 'ug/L', 'deficient', true],
    ['ldlCholesterol', 4.9, 'mmol/L', 'severeLdl', false],
    ['ldlCholesterol', 4.8, 'mmol/L', 'severeLdl', true],
    ['ldlCholesterol', 4900, 'umol/L', 'severeLdl', false],
    ['ldlCholesterol', 189.99, 'mg/dL', 'severeLdl', true],
    ['ldlCholesterol', 4.1, 'mmol/L', 'ldl160', false],
    ['testosteroneTotal', 10.4, 'nmol/L', 'hypogonadal', false],
    ['testosteroneTotal', 299, 'ng/dL', 'hypogonadal', true],
    ['egfr', 59.9, 'mL/min/{1.73_m2}', 'sixty', true],
    ['egfr', 60, 'mL/min/{1.73_m2}', 'sixty', false],
  ] as const)('%s %d %s below %s: %s', (concept, value, unit, limit, expected) => {
    expect(isBelow(quantity(concept, value, unit), limits[limit])).toBe(expected);
    expect(isAtLeast(quantity(concept, value, unit), limits[limit])).toBe(!expected);
  });
  test.each([
    ['triglycerides', 400, 'mg/dL', 'triglycerides', false],
    ['triglycerides', 4.5, 'mmol/L', 'triglycerides', false],
    ['triglycerides', 4.6, 'mmol/L', 'triglycerides', true],
    ['hba1c', 64, 'mmol/mol', 'hba1c', false],
    ['hba1c', 65, 'mmol/mol', 'hba1c', true],
    ['pthIntact', 6.9, 'pmol/L', 'pth', false],
    ['pthIntact', 65.1, 'pg/mL', 'pth', true],
    ['hsCrp', 10, 'mg/L', 'acute', false],
    ['hsCrp', 10.1, 'mg/L', 'acute', true],
    ['hsCrp', 1.1, 'mg/dL', 'acute', true],
    ['hsCrp', 0.4, 'mg/dL', 'enhancer', true],
  ] as const)('%s %d %s above %s: %s', (concept, value, unit, limit, expected) => {
    expect(isAbove(quantity(concept, value, unit), limits[limit])).toBe(expected);
  });
  const { calcium } = definitions;
  test.each([
    [2.12, 'mmol/L', false, false],
    [2.11, 'mmol/L', true, false],
    [2.62, 'mmol/L', false, false],
    [2.63, 'mmol/L', false, true],
    [8.5, 'mg/dL', false, false],
    [8.49, 'mg/dL', true, false],
    [10.5, 'mg/dL', false, false],
    [10.51, 'mg/dL', false, true],
  ])('calcium %d %s: low %s, high %s', (value, unit, low, high) => {
    expect(isBelow(quantity('calciumTotal', value, unit), calcium.low)).toBe(low);
    expect(isAbove(quantity('calciumTotal', value, unit), calcium.high)).toBe(high);
  });
  test('a limit in a unit that does not fit the concept is our mistake and throws', () => {
    expect(() => isBelow(quantity('hsCrp', 1, 'mg/L'), { value: 1, unit: 'mm[Hg]' })).toThrow(RangeError);
  });
});

describe('a comparator is an interval', () => {
  const vitaminD = (comparator: string, value: number): Quantity =>
    quantity('vitaminD25OH', value, 'ng/mL', comparator);
  test.each([
    ['<', 4, true],
    ['<', 20, true],
    ['<', 20.1, undefined],
    ['<', 30, undefined],
    ['<=', 19.9, true],
    ['<=', 20, undefined],
    ['>', 20, false],
    ['>=', 20, false],
    ['>', 19.9, undefined],
    ['>=', 19.9, undefined],
  ])('%s %d ng/mL below 20: %s', (comparator, value, expected) => {
    expect(isBelow(vitaminD(comparator, value), limits.deficient)).toBe(expected);
  });
  test.each([
    ['>', 20, true],
    ['>', 19.9, undefined],
    ['>=', 20, undefined],
    ['>=', 20.1, true],
    ['<', 20, false],
    ['<=', 20, false],
    ['<', 20.1, undefined],
    ['<=', 20.1, undefined],
  ])('%s %d ng/mL above 20: %s', (comparator, value, expected) => {
    expect(isAbove(vitaminD(comparator, value), limits.deficient)).toBe(expected);
  });
  test('eGFR "> 60" does not prove below 60; LDL "> 90" proves nothing about 190', () => {
    expect(isBelow(quantity('egfr', 60, 'mL/min/{1.73_m2}', '>'), limits.sixty)).toBe(false);
    expect(isAtLeast(quantity('ldlCholesterol', 90, 'mg/dL', '>'), limits.severeLdl)).toBeUndefined();
    expect(isAtLeast(quantity('ldlCholesterol', 190, 'mg/dL', '>'), limits.severeLdl)).toBe(true);
  });
  test('"< 50 nmol/L" is below 20 ng/mL by its SI twin', () => {
    expect(isBelow(quantity('vitaminD25OH', 50, 'nmol/L', '<'), limits.deficient)).toBe(true);
  });
});

describe('a value as a card shows it', () => {
  test.each([
    [quantity('vitaminD25OH', 19.9, 'ng/mL'), '19.9 ng/mL'],
    [quantity('vitaminD25OH', 4, 'ng/mL', '<'), '< 4 ng/mL'],
    [quantity('ldlCholesterol', 111.67612345678, 'mg/dL'), '111.68 mg/dL'],
    [quantity('ldlCholesterol', 189.996, 'mg/dL'), '189.996 mg/dL'],
    [quantity('dxaTScoreHip', -2.6, '{T-score}'), '-2.6'],
    [quantity('bodyWeight', 162, '[lb_av]'), '162 lb'],
  ])('%o', (value, expected) => {
    expect(showQuantity(value)).toBe(expected);
  });
});
