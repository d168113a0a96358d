import { describe, expect, test } from '@jest/globals';
import {
  doneWithin,
  lastDays,
  lastMonths,
  latestWithin,
  readSeries,
  type Series,
} from '../../src/facts/results.ts';
import type { Resource } from '../../src/facts/record.ts';
import { bloodPressure, hsCrp, lab, ldl, patient, policyOf, vitaminD } from '../build-record.ts';
import { chartOf, reading, today, type Setting } from './chart-of.ts';

const year = lastMonths(12, today);
const series = (resources: readonly Resource[], setting: Setting = {}, concept = 'ldlCholesterol'): Series =>
  readSeries(chartOf(resources, setting), concept);
const values = (resources: readonly Resource[], setting: Setting = {}): readonly number[] =>
  series(resources, setting).results.map(({ quantity }) => quantity.value);
/** The latest LDL in 12 months: its value, `absent` or `unknown: reason`. */
function latest(resources: readonly Resource[], setting: Setting = {}): number | string {
  const fact = latestWithin(series(resources, setting), year);
  return fact.state === 'known' ? fact.value.quantity.value : reading(fact);
}
const at = (value: number, extra: Readonly<Record<string, unknown>>): Resource =>
  ldl(value, '2025-12-01', 'mg/dL', extra);
const absentReason = (code: string): Readonly<Record<string, unknown>> => ({
  valueQuantity: undefined,
  dataAbsentReason: { coding: [{ system: 'urn:x', code: 'other-system' }, { code }] },
});

describe('status', () => {
  test.each(['final', 'amended', 'corrected'])('%s counts', (status) => {
    expect(latest([at(130, { status })])).toBe(130);
  });
  test.each(['cancelled', 'entered-in-error'])('%s is as if it were not there', (status) => {
    expect(latest([at(130, { status })])).toBe('absent');
  });
  test.each(['preliminary', 'registered'])('%s is pending: no result, but on its way', (status) => {
    expect(latest([at(130, { status })])).toBe('absent');
    expect(series([at(130, { status })]).pending).toHaveLength(1);
  });
  test('a registered test without a value yet is pending', () => {
    expect(series([at(0, { status: 'registered', valueQuantity: undefined })]).pending).toHaveLength(1);
  });
  test('status unknown, as on every SMART lab, is not used and forbids saying "none"', () => {
    expect(latest([at(130, { status: 'unknown' })])).toBe('unknown: unreadable');
  });
  test('a site may count status unknown', () => {
    const policy = policyOf({ observationStatuses: ['final', 'amended', 'corrected', 'unknown'] });
    expect(latest([at(130, { status: 'unknown' })], { policy })).toBe(130);
  });
  test.each([undefined, null, 7, 'FINAL'])('status %j cannot be read', (status) => {
    expect(latest([at(130, { status })])).toBe('unknown: unreadable');
  });
});

describe('when the specimen was taken', () => {
  const dated = (extra: Readonly<Record<string, unknown>>): string | undefined =>
    series([at(130, { effectiveDateTime: undefined, ...extra })]).results[0]?.date.text;
  test('effectiveDateTime before all others', () => {
    expect(
      dated({
        effectiveDateTime: '2025-11-01',
        effectivePeriod: { end: '2025-10-01' },
        effectiveInstant: '2025-09-01T00:00:00Z',
        issued: '2025-12-01T00:00:00Z',
      }),
    ).toBe('2025-11-01');
  });
  test('then the end of effectivePeriod, then its start', () => {
    expect(
      dated({ effectivePeriod: { start: '2025-09-01', end: '2025-10-01' }, issued: '2025-12-01T00:00:00Z' }),
    ).toBe('2025-10-01');
    expect(dated({ effectivePeriod: { start: '2025-09-01' }, issued: '2025-12-01T00:00:00Z' })).toBe(
      '2025-09-01',
    );
  });
  test('then effectiveInstant, then issued', () => {
    expect(dated({ effectiveInstant: '2025-09-01T00:00:00Z', issued: '2025-12-01T00:00:00Z' })).toBe(
      '2025-09-01',
    );
    expect(dated({ issued: '2025-12-01T00:00:00Z' })).toBe('2025-12-01');
  });
  test.each([
    ['no date at all', {}],
    ['an invalid date', { effectiveDateTime: '2021-02-26T17:50:52.165T17:50:52.165' }],
    ['a date two days ahead', { effectiveDateTime: '2026-01-17' }],
  ])('%s: the value is not usable', (_, extra) => {
    expect(latest([at(130, { effectiveDateTime: undefined, ...extra })])).toBe('unknown: unreadable');
  });
  test('one day ahead is a clock difference and counts', () => {
    expect(latest([ldl(130, '2026-01-16T08:00:00+10:00')])).toBe(130);
  });
  test('before birth is somebody else or nobody: ignored', () => {
    expect(latest([patient(66), ldl(130, '1950-01-01')])).toBe('absent');
  });
});

describe('windows', () => {
  test.each<[string, number | string, string]>([
    ['2025-01-15', 130, 'the same day last year still counts'],
    ['2025-01-14', 'absent', 'one day more'],
    ['2025-03', 130, 'the whole month is inside'],
    ['2025', 'unknown: ambiguous', 'the year straddles the start'],
    ['2024', 'absent', 'the year is over'],
    ['2026', 130, 'the part of the year that is past is inside'],
  ])('LDL of %s: %s, %s', (date, expected, why) => {
    expect([why, latest([ldl(130, date)])]).toEqual([why, expected]);
    const done = doneWithin(series([ldl(130, date)]), year);
    expect(done).toBe(expected === 130 ? true : expected === 'absent' ? false : undefined);
  });
  test('30 days: 16 December counts, 15 December does not', () => {
    const within = (date: string): unknown =>
      latestWithin(readSeries(chartOf([hsCrp(3, date)]), 'hsCrp'), lastDays(30, today)).state;
    expect([within('2025-12-16'), within('2025-12-15')]).toEqual(['known', 'absent']);
  });
  test('a year only may be later than a full date of that year: nobody can say which is the latest', () => {
    expect(latest([ldl(130, '2025-06-01'), ldl(190, '2025')])).toBe('unknown: ambiguous');
    expect(latest([ldl(130, '2025-06-01'), ldl(190, '2024')])).toBe(130);
  });
});

describe('which result is the latest', () => {
  test('the newer one, whatever the order of the record', () => {
    const two = [ldl(130, '2025-06-01'), ldl(160, '2025-12-01')];
    expect([latest(two), latest(two.toReversed())]).toEqual([160, 160]);
  });
  test('of two at the same time the amended one, and the superseded value is gone', () => {
    const two = [at(160, { status: 'final', id: 'z' }), at(130, { status: 'amended', id: 'a' })];
    expect([values(two), values(two.toReversed())]).toEqual([[130], [130]]);
  });
  test('of two at the same time the later issued', () => {
    const two = [at(160, { issued: '2025-12-02T10:00:00Z' }), at(130, { issued: '2025-12-03T10:00:00Z' })];
    expect([latest(two), latest(two.toReversed())]).toEqual([130, 130]);
  });
  test('otherwise the choice is the same under reversal', () => {
    const two = [at(160, { id: 'a' }), at(130, { id: 'b' })];
    expect(latest(two)).toBe(latest(two.toReversed()));
  });
  test('the same value at the same time from two sources is one result', () => {
    expect(values([at(130, {}), at(130, {}), at(131, {})])).toHaveLength(2);
  });
  test('two specimens are two results', () => {
    expect(
      values([
        at(130, { specimen: { reference: 'Specimen/1' } }),
        at(130, { specimen: { reference: 'Specimen/2' } }),
      ]),
    ).toHaveLength(2);
  });
  test('a newer one without a unit: the older one is not the latest any more', () => {
    expect(latest([ldl(130, '2025-06-01'), at(190, { valueQuantity: { value: 190 } })])).toBe(
      'unknown: unreadable',
    );
  });
  test('an unreadable one of the same morning is older than the readable one of noon', () => {
    const morning = at(0, {
      valueString: 'x',
      valueQuantity: undefined,
      effectiveDateTime: '2025-12-01T08:00:00Z',
    });
    expect(latest([morning, ldl(130, '2025-12-01T12:00:00Z')])).toBe(130);
  });
  test('an unreadable one of an unknown day of the year may be newer', () => {
    expect(
      latest([ldl(130, '2025-06-01'), at(0, { valueQuantity: { value: 9 }, effectiveDateTime: '2025' })]),
    ).toBe('unknown: unreadable');
  });
  test('an older unreadable one does not matter', () => {
    expect(latest([ldl(130), at(1, { valueQuantity: { value: 1 }, effectiveDateTime: '2025-06-01' })])).toBe(
      130,
    );
  });
});

describe('a value that is missing', () => {
  test.each(['not-performed', 'error', 'unknown'])('reason %s: the test was not done', (code) => {
    expect(latest([at(0, absentReason(code))])).toBe('absent');
  });
  test.each(['masked', 'as-text', 'temp-unknown'])('reason %s: there may be a value', (code) => {
    expect(latest([at(0, absentReason(code))])).toBe('unknown: unreadable');
  });
  test('no value and no reason is no result', () => {
    expect(latest([at(0, { valueQuantity: undefined })])).toBe('absent');
  });
});

describe('codes', () => {
  const code = (...codes: readonly string[]): Readonly<Record<string, unknown>> => ({
    code: { coding: codes.map((one) => ({ system: 'http://loinc.org', code: one, display: 'x' })) },
  });
  test('any of several codings is enough', () => {
    expect(latest([at(130, code('99999-9', '2089-1'))])).toBe(130);
  });
  test('an OID for LOINC is LOINC', () => {
    expect(
      latest([at(130, { code: { coding: [{ system: 'urn:oid:2.16.840.1.113883.6.1', code: '2089-1' }] } })]),
    ).toBe(130);
  });
  test('a goal code beside the LDL code: it is a goal, not a result', () => {
    expect(values([at(70, code('2089-1', '86911-5'))])).toEqual([]);
  });
  test.each([
    ['vitaminD25OH', '62292-8', '86918-0'],
    ['vitaminD25OH', '62292-8', '1649-3'],
    ['pthIntact', '2731-8', '86917-2'],
  ])('%s: %s with %s is excluded', (concept, own, excluded) => {
    const both = lab(own, 30, 'ng/mL', '2025-12-01', code(own, excluded));
    expect(series([both], {}, concept).results).toEqual([]);
  });
  test.each([
    undefined,
    null,
    {},
    { coding: 'x' },
    { coding: [null, 1, { code: '2089-1' }] },
    { text: 'LDL' },
  ])('code %j matches nothing', (own) => {
    expect(latest([ldl(130), at(190, { code: own })])).toBe(130);
  });
  test.each(['__proto__', 'constructor', 'toString'])(
    'system %s matches nothing and is no fault',
    (system) => {
      expect(latest([at(130, { code: { coding: [{ system, code: system }] } })])).toBe('absent');
    },
  );
  test('plain CRP is never hs-CRP, whatever the site calls it', () => {
    const plain = lab('1988-5', 3, 'mg/L', '2025-12-20', {
      code: {
        text: 'CRP, cardiac',
        coding: [{ system: 'http://loinc.org', code: '1988-5', display: 'hs-CRP' }],
      },
    });
    expect(series([plain], {}, 'hsCrp').results).toEqual([]);
    expect(series([plain], {}, 'crpPlain').results).toHaveLength(1);
  });
  test("a site's local code with its declared unit", () => {
    const policy = policyOf({
      concepts: { ldlCholesterol: [{ system: 'urn:site', code: 'LDL', unit: 'mmol/L' }] },
    });
    const local = at(3.1, {
      code: { coding: [{ system: 'urn:site', code: 'LDL' }] },
      valueQuantity: { value: 3.1 },
    });
    expect(latest([local], { policy })).toBe(3.1);
  });
});

describe('components and members', () => {
  const part = (loinc: string, value: number): Readonly<Record<string, unknown>> => ({
    code: { coding: [{ system: 'http://loinc.org', code: loinc }] },
    valueQuantity: { value, unit: 'mg/dL', code: 'mg/dL', system: 'http://unitsofmeasure.org' },
  });
  const panel = (extra: Readonly<Record<string, unknown>>): Resource => ({
    resourceType: 'Observation',
    id: 'panel',
    status: 'final',
    effectiveDateTime: '2025-12-01',
    code: { coding: [{ system: 'http://loinc.org', code: '2089-1' }] },
    ...extra,
  });
  test('a component has its own code and value and inherits status and time', () => {
    expect(latest([panel({ component: [part('2571-8', 100), part('2089-1', 130)] })])).toBe(130);
    expect(latest([panel({ status: 'entered-in-error', component: [part('2089-1', 130)] })])).toBe('absent');
  });
  test('a component without value for a reason does not touch its neighbours', () => {
    const pressure = bloodPressure(130, 80);
    const [diastolic, systolic] = pressure['component'] as Resource[];
    const broken = {
      ...pressure,
      component: [
        { ...diastolic, valueQuantity: undefined, dataAbsentReason: { coding: [{ code: 'error' }] } },
        systolic,
      ],
    };
    expect(series([broken], {}, 'systolicBloodPressure').results).toHaveLength(1);
    expect(series([broken], {}, 'diastolicBloodPressure').results).toHaveLength(0);
  });
  test('a contained member inherits status and time when it has none', () => {
    const contained = { resourceType: 'Observation', id: 'm', ...part('2089-1', 130) };
    expect(latest([panel({ contained: [contained], hasMember: [{ reference: '#m' }] })])).toBe(130);
    expect(latest([panel({ contained: [contained] })])).toBe('absent');
  });
  test('a separate member without a time has the time of its panel', () => {
    const member = ldl(130, '', 'mg/dL', { id: 'm', effectiveDateTime: undefined });
    const study = panel({ hasMember: [{ reference: 'Observation/m' }] });
    expect([latest([member, study]), latest([study, member])]).toEqual([130, 130]);
  });
  test('two panels that name one member at different times: its time is unknown', () => {
    const member = ldl(130, '', 'mg/dL', { id: 'm', effectiveDateTime: undefined });
    const study = panel({ hasMember: [{ reference: 'Observation/m' }] });
    expect(latest([member, study, { ...study, id: 'other', effectiveDateTime: '2020-01-01' }])).toBe(
      'unknown: unreadable',
    );
  });
  test('a panel that is there twice counts as it came first', () => {
    const member = ldl(130, '', 'mg/dL', { id: 'm', effectiveDateTime: undefined });
    const study = panel({ hasMember: [{ reference: 'Observation/m' }] });
    expect(latest([study, { ...study, effectiveDateTime: '2003-12-01' }, member])).toBe(130);
  });
  test('malformed components and members are passed over', () => {
    expect(latest([ldl(130), panel({ component: [1, 'x', {}], hasMember: 'x', contained: [null, 3] })])).toBe(
      130,
    );
  });
});

describe('searches that failed', () => {
  test('a found value is used although the list is cut off', () => {
    expect(latest([ldl(130)], { incomplete: { lipids: 'truncated' } })).toBe(130);
  });
  test('nothing found in a list that is cut off is not "none"', () => {
    expect(latest([], { incomplete: { lipids: 'truncated' } })).toBe('unknown: truncated');
    expect(latest([ldl(130, '2020-01-01')], { incomplete: { lipids: 'truncated' } })).toBe(
      'unknown: truncated',
    );
  });
  test('a failed search is unknown with its reason', () => {
    expect(latest([ldl(130)], { unknown: { lipids: 'timed-out' } })).toBe('unknown: timed-out');
  });
  test('an unreadable entry forbids saying "none", also when its date is unknown', () => {
    expect(latest([vitaminD(30), at(1, { valueQuantity: { value: 1 }, effectiveDateTime: undefined })])).toBe(
      'unknown: unreadable',
    );
    expect(latest([at(1, { valueQuantity: { value: 1 }, effectiveDateTime: '2020-01-01' })])).toBe('absent');
  });
});
