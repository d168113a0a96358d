/** Counting: laws of tallies, days of evaluation, and a small population counted by hand. */
import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { chartOn, visitDay } from '../../src/forecast/as-of.ts';
import { clinicDay } from '../../src/forecast/clinic-day.ts';
import { csv } from '../../src/csv.ts';
import { evaluate, type IdentifiedRow, type Setup } from '../../src/forecast/evaluate.ts';
import { placeNames } from '../../src/forecast/file-names.ts';
import { html, table } from '../../src/forecast/html.ts';
import { page } from '../../src/forecast/page.ts';
import { setupOf, type Terms } from '../../src/forecast/policies.ts';
import { progressLine } from '../../src/forecast/progress.ts';
import { reportOf, share, type Report } from '../../src/forecast/report.ts';
import { runKey } from '../../src/forecast/run-key.ts';
import {
  addProblem,
  cellsOf,
  count,
  emptyTally,
  fromJson,
  mergeInto,
  MOST_PROBLEMS,
  TABLES,
  toJson,
  type Table,
  type Tally,
} from '../../src/forecast/tally.ts';
import { VALUES, binOf, limitsOf } from '../../src/forecast/values.ts';
import { isoDay, parseDay } from '../../src/facts/fhir-date.ts';
import type { Resource } from '../../src/facts/record.ts';
import { drug, knowledge, ldl, man, patient, tScore } from '../build-record.ts';

const TERMS: Terms = {
  policy: { name: 'defaults', text: '' },
  production: false,
  hook: 'patient-view',
  asOf: '2026-01-15',
  seed: '1',
  partSize: 250,
};

interface Person {
  readonly id: string;
  readonly resources: readonly Resource[];
}

/** The same resources as another patient's. */
function as(id: string, resources: readonly Resource[]): Person {
  const own = resources.map((one) =>
    one.resourceType === 'Patient' ? { ...one, id } : { ...one, subject: { reference: `Patient/${id}` } },
  );
  return { id, resources: own };
}

function counted(people: readonly Person[], setup: Setup, rows?: IdentifiedRow[]): Tally {
  const tally = emptyTally();
  people.forEach((one, line) => {
    evaluate(
      tally,
      { kind: 'patient', ...one },
      setup,
      null,
      { file: 'test', line },
      rows && ((row) => void rows.push(row)),
    );
  });
  return tally;
}

function reported(tally: Tally, terms: Terms = TERMS): Report {
  const setup = setupOf(terms, knowledge);
  return reportOf(tally, {
    setup,
    defaults: setupOf(TERMS, knowledge).base,
    key: runKey({ terms, input: { hash: 'x', names: [], bytes: 0 }, parts: 1, identify: false }),
    names: { policy: 'defaults', ...(terms.compare === undefined ? {} : { compare: terms.compare.name }) },
    input: { files: 1, bytes: 1000 },
    visits: 20,
  });
}

const statin = drug('atorvastatin 20 mg tablet', { authoredOn: '2025-11-01' });

/** Counted by hand for R13: 13 hold (12 in mg/dL, 1 in mmol/L), 1 is treated, 1 is below, 3 have no LDL, 1 is a child. */
const POPULATION: readonly Person[] = [
  ...Array.from({ length: 12 }, (_, index) => as(`pat-high-${String(index)}`, [patient(45, man), ldl(195)])),
  as('pat-molar', [patient(62), ldl(5, '2025-12-01', 'mmol/L')]),
  as('pat-treated', [patient(45, man), ldl(195), statin]),
  as('pat-below', [patient(45, man), ldl(150)]),
  as('pat-none-1', [patient(45, man)]),
  as('pat-none-2', [patient(30)]),
  as('pat-none-3', [patient(45, { gender: 'other' })]),
  as('pat-child', [patient(12), ldl(195)]),
];
const R13 = 'severe-ldl-low-bmd';

describe('a tally', () => {
  const words = fc.constantFrom('a', 'b', 'c', 'd');
  const entry = fc
    .constantFrom(...(Object.keys(TABLES) as Table[]))
    .chain((name) =>
      fc.tuple(
        fc.constant(name),
        fc.array(words, { minLength: TABLES[name], maxLength: TABLES[name] }),
        fc.nat(50),
      ),
    );
  const problem = fc.record({ file: words, line: fc.nat(3), reason: words });
  const parts = fc.array(fc.record({ entries: fc.array(entry), problems: fc.array(problem) }), {
    maxLength: 5,
  });
  type Made = {
    entries: [Table, string[], number][];
    problems: { file: string; line: number; reason: string }[];
  };
  const made = ({ entries, problems }: Made): Tally => {
    const tally = emptyTally();
    for (const [name, cell, n] of entries) count(tally, name, cell, n);
    for (const one of problems) addProblem(tally, one);
    return tally;
  };
  const merged = (tallies: readonly Tally[]): Tally => {
    const whole = emptyTally();
    for (const one of tallies) mergeInto(whole, one);
    return whole;
  };
  const text = (tally: Tally): string => JSON.stringify(toJson(tally));

  test('adds up to the same whatever the order and the grouping, and nothing added changes nothing', () => {
    fc.assert(
      fc.property(parts, fc.nat(4), (list, cut) => {
        const whole = text(merged(list.map(made)));
        expect(text(merged(list.map(made).reverse()))).toBe(whole);
        const [left, right] = [list.slice(0, cut), list.slice(cut)];
        expect(text(merged([merged(left.map(made)), emptyTally(), merged(right.map(made))]))).toBe(whole);
        expect(
          text(
            made({
              entries: list.flatMap((one) => one.entries),
              problems: list.flatMap((one) => one.problems),
            }),
          ),
        ).toBe(whole);
      }),
    );
  });

  test('survives a checkpoint, and anything else is refused', () => {
    fc.assert(
      fc.property(parts, (list) => {
        const whole = merged(list.map(made));
        expect(text(fromJson(JSON.parse(text(whole))))).toBe(text(whole));
      }),
    );
    for (const wrong of [
      null,
      [],
      {},
      { tables: { patients: { a: -1 } }, problems: [] },
      { tables: { none: {} }, problems: [] },
    ])
      expect(() => fromJson(wrong)).toThrow(RangeError);
  });

  test('keeps the first problems by place and the number of all', () => {
    const tally = emptyTally();
    for (let line = MOST_PROBLEMS + 10; line > 0; line--)
      addProblem(tally, { file: 'file 2', line, reason: 'is not JSON' });
    addProblem(tally, { file: 'file 10', line: 1, reason: 'is not JSON' });
    expect(tally.problems).toHaveLength(MOST_PROBLEMS);
    expect(tally.problems[0]).toEqual({ file: 'file 2', line: 1, reason: 'is not JSON' });
    expect(tally.problemCounts.get('is not JSON')).toBe(MOST_PROBLEMS + 11);
  });
});

describe('a population counted by hand', () => {
  const setup = setupOf(TERMS, knowledge);
  const report = reported(counted(POPULATION, setup));
  const ofLdl = report.recommendations.find(({ id }) => id === R13);

  test('holds in thirteen, with a rate from ten patients on and a mark below', () => {
    expect(report.population.evaluated).toBe(19);
    expect(ofLdl).toMatchObject({
      all: { n: 13, per1000: 684.2, small: false },
      notApplicable: 6,
      insufficientData: 0,
    });
    expect(ofLdl?.bySex).toEqual([
      { name: 'female', n: 1, per1000: null, small: true },
      { name: 'male', n: 12, per1000: 800, small: false },
      { name: 'not stated', n: 0, per1000: null, small: false },
    ]);
    expect(ofLdl?.byAge.filter(({ n }) => n > 0)).toEqual([
      { name: '40-49', n: 12, per1000: 750, small: false },
      { name: '60-69', n: 1, per1000: null, small: true },
    ]);
    expect(ofLdl?.variants).toMatchObject([{ name: 'severe', indicator: 'warning', n: 13 }]);
  });

  test('says why not in the others', () => {
    expect(ofLdl?.reasons).toEqual([
      { outcome: 'notApplicable', reason: 'no LDL within the window', n: 3 },
      { outcome: 'notApplicable', reason: 'LDL below 160 mg/dL', n: 1 },
      { outcome: 'notApplicable', reason: 'age below 18 or birth date missing', n: 1 },
      { outcome: 'notApplicable', reason: 'on lipid therapy', n: 1 },
    ]);
  });

  test('has its groups, and each finding once for each recommendation and patient', () => {
    expect(report.population.bySex.map(({ patients }) => patients)).toEqual([3, 15, 1]);
    for (const { all, notApplicable, insufficientData } of report.recommendations)
      expect(all.n + notApplicable + insufficientData).toBe(19);
  });

  test('draws LDL in both unit families beside the limits of the policy', () => {
    const drawn = report.values.filter(({ id }) => id === 'ldl');
    expect(drawn.map(({ family, patients }) => [family, patients])).toEqual([
      ['conventional', 14],
      ['si', 1],
    ]);
    expect(drawn[0]?.bins[19]).toBe(13);
    expect(drawn[0]?.bins[15]).toBe(1);
    expect(drawn[0]?.limits.map(({ value }) => value)).toEqual([70, 160, 190]);
    expect(drawn[1]?.limits.map(({ value }) => value)).toEqual([1.8, 4.1, 4.9]);
  });

  test('asks a child nothing, and counts what was asked as known, absent or unknown', () => {
    const fact = report.facts.find(({ name }) => name === 'ldl');
    expect(fact).toMatchObject({ asked: 18, known: 15, absent: 3, unknown: 0 });
    for (const { asked, known, absent, unknown } of report.facts)
      expect(known + absent + unknown).toBe(asked);
  });

  test('shows the cards of an answer after the cap', () => {
    expect(report.cards.patients.reduce((sum, n) => sum + n, 0)).toBe(19);
    const shown = report.cards.patients.reduce((sum, n, cards) => sum + n * cards, 0);
    expect(report.indicators.reduce((sum, { n }) => sum + n, 0)).toBe(shown);
  });

  test('is the same report however it is cut', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...POPULATION], { minLength: POPULATION.length }),
        fc.nat(19),
        (people, cut) => {
          const whole = counted(people.slice(0, cut), setup);
          mergeInto(whole, counted(people.slice(cut), setup));
          expect(page(reported(whole))).toBe(page(report));
        },
      ),
      { numRuns: 10 },
    );
  });

  test('an incomplete chart says nothing is missing: unknown is not absent', () => {
    const tally = emptyTally();
    const none = as('pat', [patient(45, man)]);
    evaluate(tally, { kind: 'patient', ...none }, setup, 'unreadable', { file: 'x', line: 1 });
    const outcomes = cellsOf(tally, 'outcome').filter(
      ({ words: [, outcome] }) => outcome === 'notApplicable',
    );
    expect(outcomes.find(({ words: [id] }) => id === R13)).toBeUndefined();
    expect(cellsOf(tally, 'fact')).toContainEqual({ words: ['ldl', 'unknown', 'unreadable'], n: 1 });
    expect(cellsOf(tally, 'incomplete')).toEqual([{ words: ['unreadable'], n: 1 }]);
  });

  test('a patient whose evaluation throws is counted by place and the rest goes on', () => {
    const broken = {
      resourceType: 'Observation',
      get code(): string {
        throw new TypeError('Anna Muster');
      },
    } as unknown as Resource;
    const tally = counted(
      [as('x', [patient(45)]), { id: 'broken', resources: [patient(45), broken] }],
      setup,
    );
    expect(cellsOf(tally, 'leftOut')).toEqual([{ words: ['evaluation failed'], n: 1 }]);
    expect(tally.problems).toEqual([{ file: 'test', line: 1, reason: 'evaluation failed: TypeError' }]);
    expect(cellsOf(tally, 'patients')).toHaveLength(1);
  });
});

describe('what if', () => {
  const terms: Terms = {
    ...TERMS,
    compare: {
      name: 'b.yaml',
      text: `recommendations: { ${R13}: { parameters: { severe: { value: 200, si: 5.2 } } } }`,
    },
  };
  const rows: IdentifiedRow[] = [];
  const people = [...POPULATION, as('low-bmd', [patient(70), ldl(195), tScore(-2.8)])];
  const { comparison } = reported(counted(people, setupOf(terms, knowledge), rows), terms);

  test('a higher limit takes the card from thirteen and makes it another one with low bone density', () => {
    expect(comparison?.recommendations.find(({ id }) => id === R13)).toMatchObject({
      before: 14,
      after: 1,
      gains: 0,
      loses: 13,
      changes: 1,
    });
    expect(comparison?.findings.filter(({ recommendation }) => recommendation === R13)).toEqual([
      {
        recommendation: R13,
        direction: 'loses',
        before: 'recommend: severe',
        after: 'notApplicable: LDL 160 to 189 mg/dL without low bone density',
        n: 13,
      },
      {
        recommendation: R13,
        direction: 'changes',
        before: 'recommend: severe',
        after: 'recommend: raisedWithLowBmd',
        n: 1,
      },
    ]);
  });

  test('names who, for --identify', () => {
    expect(
      rows.filter(({ policy, recommendation }) => policy === 'policy' && recommendation === R13),
    ).toHaveLength(14);
    expect(
      rows.filter(({ policy, recommendation }) => policy === 'compare' && recommendation === R13),
    ).toEqual([
      {
        patient: 'low-bmd',
        asOf: '2026-01-15',
        policy: 'compare',
        recommendation: R13,
        variant: 'raisedWithLowBmd',
        change: 'changes',
      },
    ]);
  });

  test('the same policy twice changes nobody', () => {
    const same: Terms = { ...TERMS, compare: { name: 'same', text: '' } };
    const report = reported(counted(people, setupOf(same, knowledge)), same);
    expect(report.comparison?.findings).toEqual([]);
    expect(report.comparison?.cards).toEqual(report.cards);
  });
});

describe('the day of an evaluation', () => {
  const chart = ['2019-01-01', '2025-03-01', '2025-06-01', '2026-02-01'].map((date) => ldl(100, date));

  test('is a visit of the last two years, the same for the same seed', () => {
    const days = new Set(
      Array.from({ length: 60 }, (_, seed) => visitDay(chart, 'p', String(seed))).map((day) =>
        day === null ? '' : isoDay(day),
      ),
    );
    expect([...days].sort()).toEqual(['2025-03-01', '2025-06-01', '2026-02-01']);
    expect(visitDay(chart, 'p', '7')).toBe(visitDay([...chart].reverse(), 'p', '7'));
    expect(visitDay([patient(50)], 'p', '1')).toBeNull();
  });

  test('leaves out what is dated later, keeps what has no date, and nobody has died yet', () => {
    const undated = { resourceType: 'Condition', id: 'c' };
    const person = patient(70, { deceasedDateTime: '2026-01-01' });
    const left = chartOn([person, undated, ...chart], parseDay('2025-06-01'));
    expect(left).toHaveLength(5);
    expect(left[0]).not.toHaveProperty('deceasedDateTime');
    expect(chartOn([person], parseDay('2026-01-02'))[0]).toHaveProperty('deceasedDateTime');
  });
});

describe('numbers', () => {
  test.each([
    [9, 1000, null],
    [10, 1000, 10],
    [9, 9, null],
    [0, 1000, null],
  ])('%d of %d patients: per 1,000 %p', (n, of, per1000) => {
    expect(share(n, of).per1000).toBe(per1000);
  });

  test('a day of two visits with one card in every second one', () => {
    expect(clinicDay([5, 5], 2)).toEqual({ visits: 2, mean: 1, p10: 0, median: 1, p90: 2, silent: 0.5 });
    expect(clinicDay([0, 7], 20)).toMatchObject({ mean: 20, p10: 20, p90: 20, silent: 0 });
    expect(clinicDay([], 20)).toBeNull();
  });

  test('a value at a limit stands in the bin that begins there, one beyond the axis in the last', () => {
    const spec = VALUES.find(({ id }) => id === 'ldl');
    const quantity = (value: number, unit: string, molar: boolean): Parameters<typeof binOf>[1] => ({
      value,
      unit,
      sentUnit: unit,
      canonical: value,
      canonicalUnit: unit,
      molar,
    });
    if (spec === undefined) throw new Error('no LDL');
    expect(binOf(spec, quantity(190, 'mg/dL', false))).toEqual(['conventional', 19]);
    expect(binOf(spec, quantity(189.9, 'mg/dL', false))).toEqual(['conventional', 18]);
    expect(binOf(spec, quantity(900, 'mg/dL', false))).toEqual(['conventional', 29]);
    expect(binOf(spec, quantity(4900, 'umol/L', true))).toEqual(['si', 19]);
    expect(binOf(spec, quantity(1, 'kg', false))).toBeNull();
  });

  test('every limit of a plot is a parameter of a recommendation', () => {
    const { policy, plan } = setupOf(TERMS, knowledge).base;
    for (const spec of VALUES)
      expect(limitsOf(spec, 'conventional', plan, policy).length).toBe(spec.limits.length || 2);
  });
});

describe('what is written', () => {
  test('CSV quotes as RFC 4180 says and runs no formula', () => {
    expect(
      csv(
        ['a', 'b'],
        [
          ['=1+1', 'x "y", z'],
          ['@a', -5],
          ['\tb', 'line\nbreak'],
        ],
      ),
    ).toBe(`a,b\r\n'=1+1,"x ""y"", z"\r\n'@a,-5\r\n'\tb,"line\nbreak"\r\n`);
  });

  test('HTML cannot be broken out of', () => {
    expect(html`<p title="${'"><script>'}">${"<b>'&"}</p>`.text).toBe(
      '<p title="&quot;&gt;&lt;script&gt;">&lt;b&gt;&#39;&amp;</p>',
    );
    expect(table({ caption: '<i>', columns: [{ title: 'a' }], rows: [['<u>']] }).text).not.toMatch(/<i>|<u>/);
  });

  test('a file is named by its number unless its name is a resource type', () => {
    const placed = placeNames([
      'Anna_Muster_1950.json',
      'Observation.000.ndjson.gz',
      'muster/Patient.ndjson',
    ]);
    const fileOf = (file: string): string => placed({ file, line: 1, reason: '' }).file;
    expect(fileOf('Anna_Muster_1950.json')).toBe('file 1');
    expect(fileOf('Observation.000.ndjson.gz')).toBe('Observation.000.ndjson.gz');
    expect(fileOf('muster/Patient.ndjson')).toBe('file 3');
    expect(fileOf('part 2')).toBe('part 2');
  });

  test('progress has rate and time left, a plain line now and then', () => {
    let at = 0;
    const lines: string[] = [];
    const line = progressLine({ write: (text) => lines.push(text), isTerminal: false, now: () => at });
    line.show(100, 1, 11);
    at = 1000;
    line.show(150, 2, 11);
    at = 10_000;
    line.show(600, 6, 11);
    at = 20_000;
    line.show(1100, 11, 11);
    line.end();
    expect(lines).toEqual([
      '600 patients, part 6 of 11, 50 patients/s, 10 s left\n',
      '1100 patients, part 11 of 11, 50 patients/s\n',
    ]);
  });

  test('the page loads nothing, runs nothing and names nobody', () => {
    const written = page(reported(counted(POPULATION, setupOf(TERMS, knowledge))));
    expect(written).not.toMatch(/<script|javascript:|\son\w+=|@import|<link|<img|url\(|src=/i);
    expect(written.match(/https?:\/\/[^"' <]+/g)).toBeNull();
    for (const { id } of POPULATION) expect(written).not.toContain(id);
  });
});
