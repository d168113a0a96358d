/**
 * Knowledge: the four places of each recommendation agree, and nothing in cards/ is left over or unexplained.
 */
import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { isPlain } from '../src/knowledge/policy.ts';
import { FACTS } from '../src/facts/index.ts';
import { RULES } from '../src/rules/index.ts';
import { guideline, knowledge, policyOf } from './build-record.ts';

const root = new URL('../', import.meta.url);
const idsIn = (folder: string, ending: string): string[] =>
  readdirSync(new URL(folder, root))
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .sort();

describe('the four places of a recommendation', () => {
  const ids = RULES.map(({ id }) => id).sort();

  test('each has a YAML file, a rule, a test table and fixtures, and none is left over', () => {
    expect(idsIn('cards/recommendations', '.yaml')).toEqual(ids);
    expect(ids.filter((id) => !existsSync(new URL(`src/rules/${id}.ts`, root)))).toEqual([]);
    expect(idsIn('test/rules', '.test.ts')).toEqual(ids);
    expect(
      readdirSync(new URL('fixtures/patients', root))
        .filter((name) => name !== 'public' && name !== 'sandbox')
        .sort(),
    ).toEqual(ids);
  });

  test('rules stand in the order of the specification', () => {
    const numbers = RULES.map(({ id }) => knowledge.recommendations.get(id)?.specification ?? '');
    expect(numbers).toEqual([...numbers].sort());
  });

  test('no recommendation calls itself approved: no physician has signed one off', () => {
    expect([...knowledge.recommendations.values()].filter(({ review }) => review.status !== 'draft')).toEqual(
      [],
    );
  });
});

describe.each([...knowledge.recommendations.values()])('$id', (recommendation) => {
  test('every evidence entry is cited and every parameter has its twin where molar reports exist', () => {
    const { card, evidence, parameters } = recommendation;
    const cited = new Set([
      card.source.evidence,
      ...card.sources,
      ...card.links.map((link) => link.evidence),
      ...Object.values(parameters).map((one) => one.evidence),
    ]);
    expect(Object.keys(evidence).filter((key) => !cited.has(key))).toEqual([]);
    const molar = Object.entries(parameters).filter(
      ([, { unit, si }]) => /^(mg\/dL|ng\/mL|pg\/mL)$/.test(unit) && si === undefined,
    );
    expect(molar).toEqual([]);
  });

  test('summaries are one plain sentence without Markdown', () => {
    for (const { summary } of Object.values(recommendation.card.variants)) {
      expect(summary).not.toMatch(/[*_`#\n]|\bTBD\b/);
      expect(summary.replace(/\{\w+\}/g, '').length).toBeLessThan(120);
    }
  });

  test('the guideline preset uses the value of the file, the article preset the article value', () => {
    const article = policyOf({ preset: 'article' });
    for (const [policy, preset] of [
      [guideline, 'value'],
      [article, 'article'],
    ] as const) {
      const active = [...policy.services.values()]
        .flatMap((plan) => plan.recommendations)
        .find((one) => one.recommendation.id === recommendation.id);
      for (const [name, parameter] of Object.entries(recommendation.parameters)) {
        const expected = parameter[preset] ?? parameter.value;
        const actual = active?.parameters[name];
        expect(isPlain(parameter.unit) ? actual : (actual as { value: number }).value).toBe(expected);
      }
    }
  });
});

describe('shared files', () => {
  test('every order can be placed and has a code that the code lists know', () => {
    const codes = new Set(
      knowledge.concepts.flatMap(({ codes: rows }) =>
        rows
          .filter(({ verification }) => verification !== 'none')
          .map(({ system, code }) => `${system}|${code}`),
      ),
    );
    for (const { code } of Object.values(knowledge.orders))
      expect(codes).toContain(`${code.system}|${code.code}`);
  });

  test('every order of orders.yaml is suggested somewhere', () => {
    const used = new Set(
      [...knowledge.recommendations.values()].flatMap(({ suggestions = {} }) =>
        Object.values(suggestions).flatMap((one) => ('order' in one ? [one.order] : [])),
      ),
    );
    expect(Object.keys(knowledge.orders).filter((key) => !used.has(key))).toEqual([]);
  });

  test('every fact that a rule reads has a title for clinicians, and no title is left over', () => {
    const read = new Set(RULES.flatMap(({ inputs }) => inputs));
    const titled = Object.keys(knowledge.definitions.factTitles);
    expect([...read].filter((name) => !titled.includes(name)).sort()).toEqual([]);
    expect(titled.filter((name) => !(name in FACTS))).toEqual([]);
  });

  test('every fact is read by some rule', () => {
    // blood-pressure-bone-heart (R12) will read the mean; the specification asks for the fact already.
    const ahead = ['meanBloodPressure'];
    const read = new Set<string>([...RULES.flatMap(({ inputs }) => inputs), ...ahead]);
    expect(Object.keys(FACTS).filter((name) => !read.has(name))).toEqual([]);
  });

  test('concepts keep their verification, CPT is not shipped, and codes from memory are never matched', () => {
    const rows = knowledge.concepts.flatMap(({ id, codes }) => codes.map((row) => ({ id, ...row })));
    expect(
      rows.filter(
        ({ verification }) =>
          !['authoritative', 'corroborated', 'component-only', 'single-source', 'none'].includes(
            verification,
          ),
      ),
    ).toEqual([]);
    expect(rows.filter(({ system }) => system.includes('ama-assn'))).toEqual([]);
    const remembered = rows.filter(({ verification }) => verification === 'none');
    expect(remembered.length).toBeGreaterThan(0);
    for (const { id, system, code } of remembered) {
      expect(guideline.concepts.match([{ system, code }]).filter(({ concept }) => concept === id)).toEqual(
        [],
      );
    }
  });
});
