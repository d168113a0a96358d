/**
 * The table test of a rule, with the dull checks that every rule needs.
 *
 * Cases are records, so that codes, units, dates and statuses are tested with the rule. Beyond each case's own outcome it
 * checks: every group has a case and names are unique; two runs agree and the reversed record gives the same finding;
 * inputs are not changed; each card renders, fits the response schema, has no empty block and repeats no line; every variant,
 * line and suggestion of the YAML is used by some case; and moving any parameter one step up or down changes some case (no
 * untested limit).
 */
import { appendFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { cdsResponseSchema, type Card } from '../../src/hooks/card.ts';
import { uncheckedLines } from '../../src/explain.ts';
import { buildChart } from '../../src/facts/chart.ts';
import { parseDay } from '../../src/facts/fhir-date.ts';
import { readFacts, type FactName } from '../../src/facts/index.ts';
import type { Resource } from '../../src/facts/record.ts';
import { deepFreeze } from '../../src/knowledge/load.ts';
import type { ActiveRecommendation, ParameterValue, Policy } from '../../src/knowledge/policy.ts';
import { renderCards, withUuids } from '../../src/render.ts';
import {
  inputsAt,
  recommendationsOf,
  type Finding,
  type Hook,
  type Recommend,
  type Rule,
} from '../../src/rules/define-rule.ts';
import { contextOf, guideline, recordOf, TODAY, type Gaps } from '../build-record.ts';

export interface RuleCase extends Gaps {
  /** Patient and expectation in clinical words, with the reason at a boundary. */
  readonly name: string;
  readonly record: readonly Resource[];
  readonly drafts?: readonly Resource[];
  readonly selections?: readonly string[];
  /** Encounter of the hook context. */
  readonly encounterId?: string;
  /** Evaluation date, 2026-01-15 unless said otherwise. */
  readonly today?: string;
  readonly hook?: Hook;
  readonly region?: 'US' | 'EU' | 'UK' | 'AU';
  /** Parts that another recommendation owns. */
  readonly dropped?: readonly string[];
  readonly policy?: Policy;
}
export interface RecommendsCase extends RuleCase {
  readonly variant: string;
  /** Variants of the cards about other drafts of the same call; none unless said so. */
  readonly others?: readonly string[];
  /** Parts of the summary that must be there. */
  readonly says?: readonly string[];
  /** Keys of the suggestions, when the case is about them. */
  readonly suggests?: readonly string[];
}
export interface LacksCase extends RuleCase {
  readonly missing: readonly FactName[];
}

export interface RuleTable {
  readonly recommends: readonly RecommendsCase[];
  readonly doesNotApply: readonly RuleCase[];
  readonly lacksData: readonly LacksCase[];
  /** Parameters whose step cannot change a case, with the reason (for example one used in words only). */
  readonly untestedParameters?: Readonly<Record<string, string>>;
}

const validate = new Ajv({ strict: true }).compile(cdsResponseSchema);

export function describeRule(rule: Rule, table: RuleTable): void {
  const cases: readonly RuleCase[] = [...table.recommends, ...table.doesNotApply, ...table.lacksData];

  describe(rule.id, () => {
    test('each group has a case and names are unique', () => {
      expect(
        [table.recommends.length, table.doesNotApply.length, table.lacksData.length].every((n) => n > 0),
      ).toBe(true);
      expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    });

    describe('recommends', () => {
      test.each(table.recommends)('$name', (one) => {
        const finding = stable(rule, one);
        expect(finding).toMatchObject({ outcome: 'recommend', variant: one.variant });
        expect(recommendationsOf(finding).map(({ variant }) => variant)).toEqual([
          one.variant,
          ...(one.others ?? []),
        ]);
        const cards = cardsOf(rule, one, finding as Recommend);
        const [card] = cards;
        expect(validate({ cards })).toBe(true);
        for (const { detail } of cards) expectReadable(detail ?? '');
        if (card !== undefined) printed(rule.id, one, card);
        expect(card?.summary.endsWith('…')).toBe(false);
        for (const words of one.says ?? []) expect(card?.summary).toContain(words);
        if (one.suggests) expect((finding as Recommend).suggestions ?? []).toEqual(one.suggests);
      });
    });
    describe('does not apply', () => {
      test.each(table.doesNotApply)('$name', (one) => {
        expect(stable(rule, one)).toMatchObject({ outcome: 'notApplicable' });
      });
    });
    describe('lacks data', () => {
      test.each(table.lacksData)('$name', (one) => {
        expect(stable(rule, one)).toMatchObject({ outcome: 'insufficientData', missing: one.missing });
      });
    });

    test('every variant, line and suggestion of the YAML is used by some case, and every placeholder value is shown somewhere', () => {
      const findings = table.recommends.flatMap((one) => recommendationsOf(run(rule, one)));
      const { card, suggestions = {} } = recommendationOf(rule, guideline).recommendation;
      expect(used(findings, ({ variant }) => [variant])).toEqual(keys(card.variants));
      expect(used(findings, ({ found }) => found)).toEqual(keys(card.found));
      expect(used(findings, ({ why }) => why)).toEqual(keys(card.why));
      expect(used(findings, ({ notFound = [] }) => notFound)).toEqual(keys(card.notFound ?? {}));
      expect(used(findings, ({ suggestions: own = [] }) => own)).toEqual(keys(suggestions));
      const texts = JSON.stringify(card);
      const values = new Set(findings.flatMap((one) => Object.keys(one.values)));
      expect([...values].filter((key) => !texts.includes(`{${key}}`))).toEqual([]);
    });

    test.each(Object.keys(recommendationOf(rule, guideline).recommendation.parameters))(
      'moving %s one step changes some case',
      (name) => {
        if (table.untestedParameters?.[name] !== undefined) return;
        const before = cases.map((one) => outcome(run(rule, one)));
        const moved = [1, -1].map((direction) =>
          cases.map((one) => outcome(run(rule, one, { name, direction }))),
        );
        expect(moved.some((after) => after.some((finding, index) => finding !== before[index]))).toBe(true);
      },
    );
  });
}

/** No block without a line, no line said twice. */
function expectReadable(detail: string): void {
  expect(detail).not.toMatch(/\*\*\n\n(?!- )/);
  const lines = detail.split('\n').filter((line) => line.startsWith('- '));
  expect(lines.filter((line, index) => lines.indexOf(line) !== index)).toEqual([]);
}

/** `npm run cards` collects every card of the tables: one JSON line each in the file that PRINT_CARDS names. */
function printed(id: string, { name, variant }: RecommendsCase, card: Card): void {
  const file = process.env['PRINT_CARDS'];
  if (file !== undefined && file !== '')
    appendFileSync(file, `${JSON.stringify({ id, variant, name, card })}\n`);
}

function keys(table: object): string[] {
  return Object.keys(table).sort();
}

function used(findings: readonly Recommend[], pick: (finding: Recommend) => readonly string[]): string[] {
  return [...new Set(findings.flatMap(pick))].sort();
}

function outcome(finding: Finding): string {
  const cards = recommendationsOf(finding).map(
    ({ variant, found, why, notFound = [], suggestions = [] }) =>
      `${variant} ${found.join()} ${why.join()} ${notFound.join()} ${suggestions.join()}`,
  );
  return [finding.outcome, ...cards].join(' | ');
}

/** Two runs agree, the order of the record does not matter, and nothing is changed. */
function stable(rule: Rule, one: RuleCase): Finding {
  const first = run(rule, one);
  expect(run(rule, one)).toEqual(first);
  expect(outcome(run(rule, { ...one, record: [...one.record].reverse() }))).toEqual(outcome(first));
  return first;
}

interface Step {
  readonly name: string;
  readonly direction: number;
}

function run(rule: Rule, one: RuleCase, step?: Step): Finding {
  const policy = one.policy ?? guideline;
  const active = recommendationOf(rule, policy);
  const chart = chartOf(one, policy);
  const parameters =
    step === undefined
      ? active.parameters
      : { ...active.parameters, [step.name]: stepped(active.parameters[step.name], step.direction) };
  const at = {
    today: chart.today,
    hook: hookOf(one, active),
    region: one.region ?? ('US' as const),
    dropped: new Set(one.dropped ?? []),
  };
  return rule.evaluate(readFacts(chart, rule.inputs), parameters, at);
}

function chartOf(one: RuleCase, policy: Policy): ReturnType<typeof buildChart> {
  const record = deepFreeze(recordOf(one.record, one, policy));
  const context = contextOf(one.drafts, one.selections, one.encounterId);
  return buildChart(record, context, parseDay(one.today ?? TODAY), {
    concepts: policy.concepts,
    definitions: policy.knowledge.definitions,
    observationStatuses: policy.observationStatuses,
    queryOf: policy.queryOf,
  });
}

function hookOf(one: RuleCase, active: ActiveRecommendation): Hook {
  return one.hook ?? (active.recommendation.kind === 'order-safety' ? 'order-sign' : 'patient-view');
}

function recommendationOf(rule: Rule, policy: Policy): ActiveRecommendation {
  const all = [...policy.services.values()].flatMap(({ recommendations }) => recommendations);
  const found = all.find(({ recommendation }) => recommendation.id === rule.id);
  if (found === undefined) throw new Error(`no service lists ${rule.id}`);
  return found;
}

/** One step: 1 for whole numbers, 0.1 for others, both twins; a switch is turned. */
function stepped(value: ParameterValue | undefined, direction: number): ParameterValue {
  if (value === undefined) throw new Error('no such parameter');
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return moved(value, direction);
  return {
    ...value,
    value: moved(value.value, direction),
    ...(value.si === undefined ? {} : { si: { ...value.si, value: moved(value.si.value, direction) } }),
  };
}

function moved(value: number, direction: number): number {
  return Number((value + direction * (Number.isInteger(value) ? 1 : 0.1)).toPrecision(10));
}

function cardsOf(rule: Rule, one: RuleCase, finding: Recommend): ReturnType<typeof withUuids> {
  const policy = one.policy ?? guideline;
  const active = recommendationOf(rule, policy);
  const inputs = inputsAt(rule, hookOf(one, active));
  const facts = readFacts(chartOf(one, policy), inputs);
  const unchecked = uncheckedLines(inputs, facts, policy.knowledge.definitions);
  const drafts = recommendationsOf(finding).flatMap((own) =>
    renderCards({
      active,
      finding: own,
      hook: hookOf(one, active),
      dropped: new Set(one.dropped ?? []),
      unchecked,
      context: contextOf(one.drafts, one.selections, one.encounterId),
      policy,
      today: parseDay(one.today ?? TODAY),
    }),
  );
  return withUuids(drafts, () => '00000000-0000-4000-8000-000000000000');
}
