/**
 * A tally as a report: what the HTML page, the JSON file and the CSV files all say, computed once.
 *
 * Small numbers are honest: every count is shown, a rate only from ten patients on, and small counts are marked. No clock: the
 * same tally gives the same report.
 */
import { FACTS, type FactName } from '../facts/index.ts';
import type { ActiveRecommendation, ParameterValue, Policy } from '../knowledge/policy.ts';
import { clinicDay, type ClinicDay } from './clinic-day.ts';
import type { Setup, Side } from './evaluate.ts';
import { AGE_BANDS, SEXES } from './groups.ts';
import type { RunKey } from './run-key.ts';
import { cellsOf, totalOf, type Cell, type Problem, type Table, type Tally } from './tally.ts';
import { axisOf, bins, limitsOf, VALUES, type Axis, type Family, type Limit } from './values.ts';

/** Below this many patients a count has no rate. */
export const SMALL = 10;

export interface Share {
  readonly n: number;
  /** Per 1,000 patients of the group, one decimal; null for a small count or a small group. */
  readonly per1000: number | null;
  /** Between 1 and 9: says something about few people. */
  readonly small: boolean;
}
export type Named<T> = { readonly name: string } & T;
export type Group = Named<{ readonly patients: number }>;

export interface RecommendationReport {
  readonly id: string;
  readonly specification: string;
  readonly title: string;
  readonly version: string;
  readonly mode: string;
  readonly all: Share;
  readonly bySex: readonly Named<Share>[];
  readonly byAge: readonly Named<Share>[];
  readonly variants: readonly (Named<Share> & { readonly indicator: string; readonly when: string })[];
  readonly notApplicable: number;
  readonly insufficientData: number;
  /** Why not, most frequent first. */
  readonly reasons: readonly { readonly outcome: string; readonly reason: string; readonly n: number }[];
  /** Facts that it lacked, most frequent first. */
  readonly missing: readonly Named<{ readonly title: string; readonly n: number }>[];
  /** How often only the merged card mentioned it, or the cap cut it off. */
  readonly merged: number;
  readonly cut: number;
  readonly faults: number;
}

export interface FactReport {
  readonly name: string;
  readonly title: string;
  /** Patients of whom a rule asked for it. */
  readonly asked: number;
  readonly known: number;
  readonly absent: number;
  readonly unknown: number;
  readonly reasons: readonly Named<{ readonly n: number }>[];
}

export interface Histogram {
  readonly id: string;
  readonly title: string;
  readonly family: Family;
  readonly axis: Axis;
  readonly patients: number;
  readonly bins: readonly number[];
  readonly limits: readonly Limit[];
}

export interface Burden {
  /** Patients by number of cards after the cap; the index is the number. */
  readonly patients: readonly number[];
  readonly clinicDay: ClinicDay | null;
}

export interface Comparison {
  readonly name: string;
  readonly cards: Burden;
  readonly recommendations: readonly {
    readonly id: string;
    readonly title: string;
    readonly before: number;
    readonly after: number;
    readonly gains: number;
    readonly loses: number;
    readonly changes: number;
  }[];
  /** Which finding became which, most frequent first. */
  readonly findings: readonly {
    readonly recommendation: string;
    readonly direction: string;
    readonly before: string;
    readonly after: string;
    readonly n: number;
  }[];
  readonly groups: readonly {
    readonly recommendation: string;
    readonly direction: string;
    readonly sex: string;
    readonly age: string;
    readonly n: number;
  }[];
}

/** What a policy changes against the defaults. */
export interface PolicyReport {
  readonly name: string;
  readonly hash: string;
  readonly preset: string;
  readonly region: string;
  readonly maxCards: number;
  readonly changed: readonly { readonly what: string; readonly from: string; readonly to: string }[];
}

export interface Report {
  readonly run: {
    readonly version: string;
    readonly code: string;
    readonly knowledge: string;
    readonly hook: string;
    readonly asOf: string | null;
    readonly seed: string | null;
    readonly production: boolean;
    readonly input: { readonly files: number; readonly bytes: number; readonly patients: number };
    readonly policy: PolicyReport;
    readonly compare: PolicyReport | null;
  };
  readonly population: {
    readonly evaluated: number;
    readonly bySex: readonly Group[];
    readonly byAge: readonly Group[];
    readonly leftOut: readonly Named<{ readonly n: number }>[];
    readonly incomplete: number;
  };
  readonly anyCard: Share;
  readonly indicators: readonly Named<Share>[];
  readonly recommendations: readonly RecommendationReport[];
  readonly overlap: readonly { readonly a: string; readonly b: string; readonly n: number }[];
  readonly cards: Burden;
  readonly wanted: readonly number[];
  readonly facts: readonly FactReport[];
  readonly values: readonly Histogram[];
  readonly comparison: Comparison | null;
  readonly problems: {
    readonly all: number;
    readonly counts: readonly Named<{ readonly n: number }>[];
    readonly first: readonly Problem[];
  };
}

export interface ReportOptions {
  readonly setup: Setup;
  /** The policy without a file: what "changed" is measured against. */
  readonly defaults: Side;
  readonly key: RunKey;
  readonly names: { readonly policy: string; readonly compare?: string };
  readonly input: { readonly files: number; readonly bytes: number };
  /** Visits of a day in clinic. */
  readonly visits: number;
}

export function reportOf(tally: Tally, options: ReportOptions): Report {
  const { setup, key, input, visits } = options;
  const { base, compare } = setup;
  const patients = cellsOf(tally, 'patients');
  const evaluated = sum(patients);
  const groups = {
    evaluated,
    bySex: groupsBy(patients, 0, SEXES),
    byAge: groupsBy(patients, 1, AGE_BANDS),
  };
  const leftOut = named(cellsOf(tally, 'leftOut'));
  const cards = burdenOf(tally, 'cards', visits);
  return {
    run: {
      version: key.version,
      code: key.code,
      knowledge: key.knowledge,
      hook: key.hook,
      asOf: setup.asOf ?? null,
      seed: setup.asOf === undefined ? setup.seed : null,
      production: key.production,
      input: { ...input, patients: evaluated + leftOut.reduce((all, { n }) => all + n, 0) },
      policy: policyReport(base, options.defaults, options.names.policy, key.policy),
      compare:
        compare === undefined
          ? null
          : policyReport(compare, options.defaults, options.names.compare ?? '', key.compare ?? ''),
    },
    population: { ...groups, leftOut, incomplete: totalOf(tally, 'incomplete') },
    anyCard: share(evaluated - (cards.patients[0] ?? 0), evaluated),
    indicators: ['critical', 'warning', 'info'].map((name) => ({
      name,
      ...share(sum(cellsOf(tally, 'indicator').filter(({ words }) => words[0] === name)), evaluated),
    })),
    recommendations: base.plan.recommendations.map((active) =>
      recommendationReport(active, tally, groups, base.policy),
    ),
    overlap: cellsOf(tally, 'overlap').map(({ words: [a = '', b = ''], n }) => ({ a, b, n })),
    cards,
    wanted: distribution(cellsOf(tally, 'wanted')),
    facts: factReports(tally, base.policy),
    values: histograms(tally, base),
    comparison: compare === undefined ? null : comparisonOf(tally, base, compare, options),
    problems: problemsOf(tally),
  };
}

export function share(n: number, of: number): Share {
  const isSmall = n < SMALL || of < SMALL;
  return { n, per1000: isSmall ? null : Math.round((n / of) * 10_000) / 10, small: n > 0 && n < SMALL };
}

function sum(cells: readonly Cell[]): number {
  return cells.reduce((all, { n }) => all + n, 0);
}

/** Most frequent first; equal ones by their words, so that the order is fixed. */
function named(cells: readonly Cell[]): readonly Named<{ n: number }>[] {
  return byFrequency(cells.map(({ words, n }) => ({ name: words[0] ?? '', n })));
}

function byFrequency<T extends { readonly n: number }>(rows: readonly T[]): readonly T[] {
  return [...rows].sort((a, b) => b.n - a.n);
}

function groupsBy(cells: readonly Cell[], place: number, names: readonly string[]): readonly Group[] {
  return names.map((name) => ({ name, patients: sum(cells.filter(({ words }) => words[place] === name)) }));
}

interface Groups {
  readonly evaluated: number;
  readonly bySex: readonly Group[];
  readonly byAge: readonly Group[];
}

function recommendationReport(
  { recommendation, mode }: ActiveRecommendation,
  tally: Tally,
  { evaluated, bySex, byAge }: Groups,
  policy: Policy,
): RecommendationReport {
  const { id, specification, title, version, card } = recommendation;
  const own = (table: Table): readonly Cell[] => cellsOf(tally, table).filter(({ words }) => words[0] === id);
  const fired = own('fired');
  const by = (place: number, groups: readonly Group[]): readonly Named<Share>[] =>
    groups.map(({ name, patients }) => ({
      name,
      ...share(sum(fired.filter(({ words }) => words[place] === name)), patients),
    }));
  const outcomes = own('outcome');
  const ofOutcome = (name: string): number => sum(outcomes.filter(({ words }) => words[1] === name));
  return {
    id,
    specification,
    title,
    version,
    mode,
    all: share(sum(fired), evaluated),
    bySex: by(4, bySex),
    byAge: by(5, byAge),
    variants: Object.entries(card.variants)
      .map(([name, { indicator, when }]) => ({
        name,
        indicator,
        when,
        ...share(sum(fired.filter(({ words }) => words[1] === name)), evaluated),
      }))
      .filter(({ n }) => n > 0),
    notApplicable: ofOutcome('notApplicable'),
    insufficientData: ofOutcome('insufficientData'),
    reasons: byFrequency(
      outcomes
        .filter(({ words }) => words[1] !== 'recommend')
        .map(({ words: [, outcome = '', reason = ''], n }) => ({ outcome, reason, n })),
    ),
    missing: byFrequency(
      own('missing').map(({ words: [, name = ''], n }) => ({ name, title: factTitle(name, policy), n })),
    ),
    merged: sum(own('merged')),
    cut: sum(own('cut')),
    faults: sum(own('fault')),
  };
}

/** `vitaminDOrdered` -> "vitamin d ordered", where definitions.yaml has no title. */
function factTitle(name: string, { knowledge }: Policy): string {
  return knowledge.definitions.factTitles[name] ?? name.replace(/([A-Z]+)/g, ' $1').toLowerCase();
}

function factReports(tally: Tally, policy: Policy): readonly FactReport[] {
  const cells = Map.groupBy(cellsOf(tally, 'fact'), ({ words }) => words[0] ?? '');
  const names = (Object.keys(FACTS) as FactName[]).filter((name) => cells.has(name));
  return names.map((name) => {
    const own = cells.get(name) ?? [];
    const inState = (state: string): readonly Cell[] => own.filter(({ words }) => words[1] === state);
    return {
      name,
      title: factTitle(name, policy),
      asked: sum(own),
      known: sum(inState('known')),
      absent: sum(inState('absent')),
      unknown: sum(inState('unknown')),
      reasons: byFrequency(inState('unknown').map(({ words, n }) => ({ name: words[2] ?? '', n }))),
    };
  });
}

function histograms(tally: Tally, { policy, plan }: Side): readonly Histogram[] {
  const cells = cellsOf(tally, 'value');
  return VALUES.flatMap((spec) =>
    (['conventional', 'si'] as const).flatMap((family): Histogram[] => {
      const own = cells.filter(({ words }) => words[0] === spec.id && words[1] === family);
      if (own.length === 0) return [];
      const axis = axisOf(spec, family);
      const counts = new Array<number>(bins(axis)).fill(0);
      for (const { words, n } of own) counts[Number(words[2])] = n;
      const limits = limitsOf(spec, family, plan, policy);
      return [{ id: spec.id, title: spec.title, family, axis, patients: sum(own), bins: counts, limits }];
    }),
  );
}

function distribution(cells: readonly Cell[]): readonly number[] {
  const most = Math.max(0, ...cells.map(({ words }) => Number(words[0])));
  const counts = new Array<number>(most + 1).fill(0);
  for (const { words, n } of cells) counts[Number(words[0])] = n;
  return counts;
}

function burdenOf(tally: Tally, table: 'cards' | 'cardsAfter', visits: number): Burden {
  const patients = distribution(cellsOf(tally, table));
  return { patients, clinicDay: clinicDay(patients, visits) };
}

function comparisonOf(tally: Tally, base: Side, compare: Side, { names, visits }: ReportOptions): Comparison {
  const groups = cellsOf(tally, 'changedFor').map(
    ({ words: [recommendation = '', direction = '', sex = '', age = ''], n }) => ({
      recommendation,
      direction,
      sex,
      age,
      n,
    }),
  );
  const after = new Map(cellsOf(tally, 'firedAfter').map(({ words, n }) => [words[0] ?? '', n]));
  const active = new Map(
    [...base.plan.recommendations, ...compare.plan.recommendations].map((one) => [
      one.recommendation.id,
      one,
    ]),
  );
  const shown = cellsOf(tally, 'fired').filter(({ words }) => words[3] === 'show');
  return {
    name: names.compare ?? '',
    cards: burdenOf(tally, 'cardsAfter', visits),
    recommendations: [...active.values()].map(({ recommendation: { id, title } }) => {
      const going = (direction: string): number =>
        groups
          .filter((one) => one.recommendation === id && one.direction === direction)
          .reduce((all, { n }) => all + n, 0);
      return {
        id,
        title,
        before: sum(shown.filter(({ words }) => words[0] === id)),
        after: after.get(id) ?? 0,
        gains: going('gains'),
        loses: going('loses'),
        changes: going('changes'),
      };
    }),
    findings: byFrequency(
      cellsOf(tally, 'change').map(
        ({ words: [recommendation = '', direction = '', before = '', now = ''], n }) => ({
          recommendation,
          direction,
          before,
          after: now,
          n,
        }),
      ),
    ),
    groups,
  };
}

function problemsOf(tally: Tally): Report['problems'] {
  const counts = byFrequency(
    [...tally.problemCounts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, n]) => ({ name, n })),
  );
  return { all: counts.reduce((all, { n }) => all + n, 0), counts, first: tally.problems };
}

function policyReport({ policy, plan }: Side, defaults: Side, name: string, hash: string): PolicyReport {
  const { preset, region, maxCards } = policy;
  const own = new Map(plan.recommendations.map((one) => [one.recommendation.id, one]));
  const changed = defaults.plan.recommendations.flatMap((before) => {
    const { id } = before.recommendation;
    const now = own.get(id);
    if (now === undefined) return [{ what: `${id}: mode`, from: before.mode, to: 'off' }];
    const mode = now.mode === before.mode ? [] : [{ what: `${id}: mode`, from: before.mode, to: now.mode }];
    const parameters = Object.entries(before.parameters).flatMap(([parameter, value]) => {
      const [from, to] = [showParameter(value), showParameter(now.parameters[parameter] ?? value)];
      return from === to ? [] : [{ what: `${id}: ${parameter}`, from, to }];
    });
    return [...mode, ...parameters];
  });
  const plain = (['preset', 'region', 'maxCards', 'mergeOverflow'] as const).flatMap((what) => {
    const [from, to] = [String(defaults.policy[what]), String(policy[what])];
    return from === to ? [] : [{ what, from, to }];
  });
  return { name, hash, preset, region, maxCards, changed: [...plain, ...changed] };
}

function showParameter(value: ParameterValue): string {
  if (typeof value !== 'object') return String(value);
  const si = value.si === undefined ? '' : ` (${String(value.si.value)} ${value.si.unit})`;
  return `${String(value.value)} ${value.unit}${si}`;
}
