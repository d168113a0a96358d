/** The population maker: the same patient for the same seed, rates as docs/population.md states them, dirt, validity, speed of nothing. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { decide } from '../../src/decide.ts';
import type { Resource } from '../../src/facts/record.ts';
import { recordOfBundle } from '../../src/gather/bundle.ts';
import { populationOf } from '../../src/population/chart.ts';
import { makePopulation } from '../../src/population/make.ts';
import { personOf, type Person } from '../../src/population/person.ts';
import { randomOf } from '../../src/population/random.ts';
import { guideline, TODAY } from '../build-record.ts';
import { expectValidResource } from '../endpoint/valid-r4.ts';

const population = populationOf({ seed: 7, asOf: TODAY });
const MANY = 20_000;
const people: readonly Person[] = Array.from({ length: MANY }, (_, number) => personOf(randomOf(7, number)));
const charts = Array.from({ length: 1500 }, (_, number) => population.chart(number) as readonly Resource[]);

function share<T>(all: readonly T[], holds: (one: T) => boolean): number {
  return (100 * all.filter(holds).length) / all.length;
}

function correlation(
  one: (person: Person) => number,
  other: (person: Person) => number,
  of = people,
): number {
  const mean = (f: (person: Person) => number): number => of.reduce((sum, p) => sum + f(p), 0) / of.length;
  const [a, b] = [mean(one), mean(other)];
  const product = (f: (p: Person) => number, x: number, g: (p: Person) => number, y: number): number =>
    of.reduce((sum, p) => sum + (f(p) - x) * (g(p) - y), 0);
  return product(one, a, other, b) / Math.sqrt(product(one, a, one, a) * product(other, b, other, b));
}

describe('the same patients', () => {
  it('for the same seed and date, in a population of any size and in any order', () => {
    const again = populationOf({ seed: 7, asOf: TODAY });
    for (const number of [1499, 17, 0]) expect(again.chart(number)).toEqual(charts[number]);
  });

  it('others for another seed', () => {
    expect(populationOf({ seed: 8, asOf: TODAY }).chart(0).slice(1)).not.toEqual(charts[0]?.slice(1));
  });
});

/** Published figures, docs/population.md. The population is not the survey's, so a few points apart are allowed. */
describe('rates of the sources', () => {
  const from50 = people.filter(({ ageYears }) => ageYears >= 50);
  const women = from50.filter(({ female }) => female);
  const men = from50.filter(({ female }) => !female);
  it.each([
    ['women from 50: T-score of -2.5 or lower, 19.6 %', women, (p: Person) => p.tScore <= -2.5, 19.6, 4],
    ['men from 50: T-score of -2.5 or lower, 4.4 %', men, (p: Person) => p.tScore <= -2.5, 4.4, 2],
    [
      'women from 50: -1.0 to above -2.5, 51.5 %',
      women,
      (p: Person) => p.tScore <= -1 && p.tScore > -2.5,
      51.5,
      5,
    ],
    [
      'men from 50: -1.0 to above -2.5, 33.5 %',
      men,
      (p: Person) => p.tScore <= -1 && p.tScore > -2.5,
      33.5,
      5,
    ],
    [
      'from 60: vitamin D below 50 nmol/L, 15.2 %',
      from50.filter((p) => p.ageYears >= 60),
      (p: Person) => p.vitaminD < 50,
      15.2,
      3,
    ],
    ['hs-CRP above 3 mg/L, 36.7 %', people, (p: Person) => p.hsCrp > 3, 36.7, 3],
    ['women: HDL below 40 mg/dL, 6.6 %', people.filter((p) => p.female), (p: Person) => p.hdl < 40, 6.6, 2],
    ['men: HDL below 40 mg/dL, 21.5 %', people.filter((p) => !p.female), (p: Person) => p.hdl < 40, 21.5, 3],
    [
      'LDL of 130 mg/dL or more as measured, 30.3 %',
      people,
      (p: Person) => p.ldl * (p.statin ? 0.65 : 1) >= 130,
      30.3,
      4,
    ],
  ] as const)('%s', (_, of, holds, percent, points) => {
    expect(Math.abs(share(of, holds) - percent)).toBeLessThan(points);
  });
});

describe('what goes together', () => {
  const age = (p: Person): number => p.ageYears;
  it.each([
    ['density falls with age', age, (p: Person) => p.tScore, -1],
    ['density rises with body mass', (p: Person) => p.bmi, (p: Person) => p.tScore, 1],
    [
      'density falls with inflammation beside body mass',
      (p: Person) => Math.log(p.hsCrp) - 2.1 * Math.log(p.bmi),
      (p: Person) => p.tScore,
      -1,
    ],
    [
      'density rises with vitamin D',
      (p: Person) => p.vitaminD,
      (p: Person) => p.tScore - 0.1 * Math.log(p.bmi),
      1,
    ],
    ['vitamin D falls with body mass', (p: Person) => p.bmi, (p: Person) => p.vitaminD, -1],
    ['CRP rises with body mass', (p: Person) => p.bmi, (p: Person) => Math.log(p.hsCrp), 1],
    ['HDL falls with triglycerides', (p: Person) => p.triglycerides, (p: Person) => p.hdl, -1],
    ['eGFR falls with age', age, (p: Person) => p.egfr, -1],
    ['pressure rises with age', age, (p: Person) => p.systolic, 1],
  ] as const)('%s', (_, one, other, sign) => {
    const of = people.filter((p) => p.female && p.ageYears >= 50);
    expect(Math.sign(correlation(one, other, of))).toBe(sign);
    expect(Math.abs(correlation(one, other, of))).toBeGreaterThan(0.02);
  });
});

describe('the charts', () => {
  /** The one deliberate fault against R4: a time without a zone. */
  const zoneless = /"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"/;
  const resources = charts.flat();

  it('are valid R4, but for a time without zone', () => {
    const checked = resources.filter((one) => !zoneless.test(JSON.stringify(one)));
    expect(checked.length).toBeLessThan(resources.length);
    for (const resource of checked.slice(0, 1500)) expectValidResource(resource);
  });

  it('point only to their own patient, in one of the forms that belong to them', () => {
    for (const [patient, ...others] of charts.slice(0, 500))
      for (const { subject } of others)
        expect(JSON.stringify(subject)).toMatch(
          new RegExp(`Patient/${String(patient?.id)}(?:/_history/\\d)?"`),
        );
  });

  it.each([
    ['entered in error', /"status":"entered-in-error"/],
    ['of unknown status', /"status":"unknown"/],
    ['amended', /"status":"amended"/],
    ['with a comparator', /"comparator":"[<>]"/],
    ['without value', /"dataAbsentReason"/],
    ['in mmol/L', /"unit":"mmol\/L"/],
    ['in nmol/L', /"unit":"nmol\/L"/],
    ['CRP in mg/dL', /30522-7.*"unit":"mg\/dL"/],
    ['a T-score with the code 1', /"unit":"T-score".*"code":"1"/],
    ['a unit without code', /"valueQuantity":\{"value":[^,]+,"unit":"[^"]+"\}/],
    ['a code without unit', /"valueQuantity":\{"value":[^,]+,"system":"[^"]+","code"/],
    ['neither unit nor code', /"valueQuantity":\{"value":[^,]+,"system":"[^"]+"\}/],
    ['with a period', /"effectivePeriod"/],
    ['only issued', /"issued"/],
    ['of a month', /"effectiveDateTime":"\d{4}-\d\d"/],
    ['a diagnosis refuted', /"refuted"/],
    ['a contained medication', /"contained"/],
    ['an absolute reference', /"reference":"https:\/\/ehr\.example\.org\/fhir\/Patient\//],
    ['a reference with a version', /\/_history\/2"/],
  ])('hold results %s', (_, shape) => {
    expect(resources.some((one) => shape.test(JSON.stringify(one)))).toBe(true);
  });

  it('hold results twice', () => {
    const written = charts.map((chart) => chart.map(({ id: _id, ...rest }) => JSON.stringify(rest)));
    expect(written.some((chart) => new Set(chart).size < chart.length)).toBe(true);
  });

  it('make every recommendation of patient-view speak, none for more than a third of the patients', () => {
    const fired = new Map<string, number>();
    for (const chart of charts) {
      const patientId = String(chart[0]?.id);
      const record = recordOfBundle({ patientId, resources: chart });
      const context = { userId: 'Practitioner/1', patientId, draftOrders: [] };
      const decision = decide('bone-heart-patient-view', record, context, guideline, TODAY);
      expect(decision.faults).toEqual([]);
      for (const { active, finding } of decision.judgements)
        if (finding.outcome === 'recommend') {
          const { id } = active.recommendation;
          fired.set(id, (fired.get(id) ?? 0) + 1);
        }
    }
    const expected = guideline.services
      .get('bone-heart-patient-view')
      ?.recommendations.map((one) => one.recommendation.id);
    expect([...fired.keys()].sort()).toEqual([...(expected ?? [])].sort());
    expect(Math.max(...fired.values())).toBeLessThan(charts.length / 3);
  });
});

describe('make-population', () => {
  const root = mkdtempSync(join(tmpdir(), 'population-'));
  afterAll(() => {
    rmSync(root, { recursive: true });
  });
  const make = (...args: string[]): Promise<void> =>
    makePopulation({ args, today: TODAY, print: () => undefined });
  const read = (folder: string): string =>
    readdirSync(join(root, folder))
      .sort()
      .map((name) => readFileSync(join(root, folder, name), 'utf8'))
      .join('');

  it('writes NDJSON by type, the same for the same seed; fewer patients are the beginning of more', async () => {
    await make('--patients', '40', '--seed', '3', '--out', join(root, 'a'));
    await make('--patients', '40', '--seed', '3', '--out', join(root, 'b'));
    await make('--patients', '15', '--seed', '3', '--out', join(root, 'fewer'));
    expect(read('a')).toBe(read('b'));
    for (const name of readdirSync(join(root, 'fewer')))
      expect(readFileSync(join(root, 'a', name), 'utf8')).toContain(
        readFileSync(join(root, 'fewer', name), 'utf8'),
      );
    expect(readdirSync(join(root, 'a'))).toContain('Observation.ndjson');
  });

  it('starts new files after so many patients', async () => {
    await make('--patients', '25', '--seed', '3', '--out', join(root, 'cut'), '--patients-per-file', '10');
    const names = readdirSync(join(root, 'cut')).filter((name) => name.startsWith('Patient'));
    expect(names.sort()).toEqual(['Patient.000.ndjson', 'Patient.001.ndjson', 'Patient.002.ndjson']);
  });

  it('refuses a folder that is not empty, and writes nothing there', async () => {
    writeFileSync(join(root, 'fewer', 'mine.txt'), 'mine');
    const before = readdirSync(join(root, 'fewer'));
    await expect(make('--patients', '1', '--seed', '1', '--out', join(root, 'fewer'))).rejects.toMatchObject({
      code: 'ERR_BAD_REQUEST',
    });
    expect(readdirSync(join(root, 'fewer'))).toEqual(before);
  });

  it.each([
    [['--patients', '0', '--seed', '1', '--out', 'x']],
    [['--patients', '1e3', '--seed', '1', '--out', 'x']],
    [['--patients', '5', '--out', 'x']],
    [['--patients', '5', '--seed', '1']],
    [['--patients', '5', '--seed', '1', '--out', 'x', '--as-of', '2026-02-30']],
  ])('refuses %j', async (args) => {
    await expect(make(...args)).rejects.toMatchObject({ code: 'ERR_BAD_REQUEST' });
  });
});
