/** The site's policy: presets, modes, parameters, local codes, and a wrong file told by line and path. */
import { describe, expect, test } from '@jest/globals';
import { decide } from '../../src/decide.ts';
import type { Resource } from '../../src/facts/record.ts';
import { applyPolicy, parsePolicy, type Policy, type PolicyFile } from '../../src/knowledge/policy.ts';
import { withUuids } from '../../src/render.ts';
import { RULES } from '../../src/rules/index.ts';
import {
  contextOf,
  guideline,
  hsCrp,
  knowledge,
  lab,
  ldl,
  order,
  patient,
  policyOf,
  recordOf,
  TODAY,
  tScore,
} from '../build-record.ts';
import { topics } from '../endpoint/ehr.ts';

const options = { knowledge, rules: RULES, production: false };
const parse = (text: string): Policy => parsePolicy(text, 'site.yaml', options);

function answer(resources: readonly Resource[], policy: Policy): Record<string, string> {
  const { cards } = decide(
    'bone-heart-patient-view',
    recordOf(resources, {}, policy),
    contextOf(),
    policy,
    TODAY,
  );
  return topics(withUuids(cards, () => ''));
}

describe('a wrong policy file stops the start with every problem by line and path', () => {
  function problems(text: string): string {
    try {
      parse(text);
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
    return 'accepted';
  }

  test('unknown keys, wrong types and wrong values, all at once', () => {
    const told = problems('preset: guidelines\nmaxCard: 3\nregion: US\nmaxCards: zero\n');
    expect(told).toContain('site.yaml:1 /preset');
    expect(told).toContain('site.yaml:2 /maxCard is not a known key');
    expect(told).toContain('site.yaml:4 /maxCards');
  });

  test('recommendations, parameters, concepts and orders that do not exist', () => {
    const told = problems(
      [
        'recommendations:',
        '  no-such-rule: { mode: off }',
        '  severe-ldl-low-bmd:',
        '    parameters:',
        '      seveer: 5',
        'concepts:',
        '  hsCRP: [{ system: "urn:x:lab", code: A }]',
        'orderCodes:',
        '  lipids: { system: "urn:x:lab", code: A, display: A }',
      ].join('\n'),
    );
    expect(told).toContain('site.yaml:2 /recommendations/no-such-rule is not a recommendation');
    expect(told).toContain(
      'site.yaml:5 /recommendations/severe-ldl-low-bmd/parameters/seveer is not a parameter',
    );
    expect(told).toContain('site.yaml:7 /concepts/hsCRP is not a concept');
    expect(told).toContain('site.yaml:9 /orderCodes/lipids is not an order');
  });

  test('a threshold with a molar twin needs both numbers: the twin is never derived', () => {
    expect(problems('recommendations: { severe-ldl-low-bmd: { parameters: { severe: 160 } } }')).toContain(
      'must be { value: (mg/dL), si: (mmol/L) }',
    );
  });

  test('a file that is no YAML', () => {
    expect(problems('preset: [guideline\n')).toMatch(/site\.yaml:\d+ /);
  });

  test('a duplicate key', () => {
    expect(problems('maxCards: 2\nmaxCards: 3\n')).toContain('site.yaml:2');
  });

  test('an empty file is the default policy', () => {
    expect(parse('')).toMatchObject({ preset: 'guideline', region: 'US', maxCards: 3, mergeOverflow: true });
  });

  test('JSON is accepted as well', () => {
    expect(parse('{ "maxCards": 5 }').maxCards).toBe(5);
  });
});

describe('what a policy changes', () => {
  const severe = [patient(60), ldl(195)];

  test('mode off: the recommendation is not evaluated', () => {
    expect(answer(severe, guideline)).toMatchObject({ 'severe-ldl-low-bmd': 'warning' });
    expect(
      answer(severe, policyOf({ recommendations: { 'severe-ldl-low-bmd': { mode: 'off' } } })),
    ).not.toHaveProperty('severe-ldl-low-bmd');
  });

  test('mode silent: evaluated and counted, not shown', () => {
    const policy = policyOf({ recommendations: { 'severe-ldl-low-bmd': { mode: 'silent' } } });
    const decision = decide('bone-heart-patient-view', recordOf(severe), contextOf(), policy, TODAY);
    expect(topics(withUuids(decision.cards, () => ''))).not.toHaveProperty('severe-ldl-low-bmd');
    expect(
      decision.judgements.find(({ active }) => active.rule.id === 'severe-ldl-low-bmd')?.finding.outcome,
    ).toBe('recommend');
  });

  test('a parameter: LDL 180 fires when the site sets 180 mg/dL (4.7 mmol/L)', () => {
    const policy = policyOf({
      recommendations: { 'severe-ldl-low-bmd': { parameters: { severe: { value: 180, si: 4.7 } } } },
    });
    expect(answer([patient(60), ldl(180)], guideline)).not.toHaveProperty('severe-ldl-low-bmd');
    expect(answer([patient(60), ldl(180)], policy)).toMatchObject({ 'severe-ldl-low-bmd': 'warning' });
    expect(answer([patient(60), ldl(4.7, '2025-12-01', 'mmol/L')], policy)).toMatchObject({
      'severe-ldl-low-bmd': 'warning',
    });
    expect(answer([patient(60), ldl(4.6, '2025-12-01', 'mmol/L')], policy)).not.toHaveProperty(
      'severe-ldl-low-bmd',
    );
  });

  test('a local result code with a declared unit is read, and asked for in the prefetch template', () => {
    const policy = policyOf({
      concepts: { ldlCholesterol: [{ system: 'urn:site:lab', code: 'LDLC', unit: 'mg/dL' }] },
    });
    const local = lab('x', 195, 'mg/dL', '2025-12-01', {
      code: { coding: [{ system: 'urn:site:lab', code: 'LDLC' }] },
      valueQuantity: { value: 195 },
    });
    expect(answer([patient(60), local], guideline)).not.toHaveProperty('severe-ldl-low-bmd');
    expect(answer([patient(60), local], policy)).toMatchObject({ 'severe-ldl-low-bmd': 'warning' });
    const queries = policy.services.get('bone-heart-patient-view')?.queries ?? [];
    expect(queries.find(({ key }) => key === 'lipids')?.template).toContain('urn:site:lab|LDLC');
  });

  test("the site's order code stands in the suggestion and counts as already ordered", () => {
    const policy = policyOf({
      orderCodes: { lipidPanel: { system: 'urn:site:orders', code: 'LIP', display: 'Lipids' } },
    });
    const decision = decide(
      'bone-heart-patient-view',
      recordOf(severe, {}, policy),
      contextOf(),
      policy,
      TODAY,
    );
    expect(JSON.stringify(decision.cards)).toContain('"urn:site:orders"');
    const ordered = [...severe, order({ coding: [{ system: 'urn:site:orders', code: 'LIP' }] })];
    const again = decide(
      'bone-heart-patient-view',
      recordOf(ordered, {}, policy),
      contextOf(),
      policy,
      TODAY,
    );
    expect(
      again.cards
        .flatMap(({ suggestions = [] }) => suggestions)
        .filter(({ order: key }) => key === 'lipidPanel'),
    ).toEqual([]);
  });

  test('observationStatuses may admit `unknown`, which some sources put on every result', () => {
    const unset = [patient(60), ldl(195, '2025-12-01', 'mg/dL', { status: 'unknown' })];
    expect(answer(unset, guideline)).not.toHaveProperty('severe-ldl-low-bmd');
    expect(answer(unset, policyOf({ observationStatuses: ['final', 'unknown'] }))).toMatchObject({
      'severe-ldl-low-bmd': 'warning',
    });
  });

  test('the article preset puts its banner on every card', () => {
    const policy = policyOf({ preset: 'article' });
    const { cards } = decide(
      'bone-heart-patient-view',
      recordOf([...severe, tScore(-2.8)]),
      contextOf(),
      policy,
      TODAY,
    );
    expect(cards.length).toBeGreaterThan(0);
    for (const card of cards.filter(({ source }) => source.topic?.code !== 'more-recommendations')) {
      expect(card.detail).toContain(knowledge.definitions.articleBanner);
    }
  });

  test('the article preset takes hs-CRP 3.0 as the first mark', () => {
    const one = [patient(60), hsCrp(2.5)];
    expect(answer(one, guideline)).toMatchObject({ 'hscrp-risk-enhancer': 'info' });
    expect(answer(one, policyOf({ preset: 'article' }))).not.toHaveProperty('hscrp-risk-enhancer');
  });
});

describe('production', () => {
  const production = (file: PolicyFile): Policy => applyPolicy(file, { ...options, production: true });

  test('without an approval every recommendation runs silent, and the policy says which', () => {
    const policy = production({});
    expect(policy.unapproved).toHaveLength(RULES.length);
    expect(answer([patient(60), ldl(195)], policy)).toEqual({});
  });

  test('an approval for this version shows it; one for another version does not', () => {
    const approved = (version: string): PolicyFile => ({
      recommendations: {
        'severe-ldl-low-bmd': { approval: { by: 'Dr A. Name', date: '2026-01-01', version } },
      },
    });
    expect(answer([patient(60), ldl(195)], production(approved('0.1.0')))).toMatchObject({
      'severe-ldl-low-bmd': 'warning',
    });
    expect(answer([patient(60), ldl(195)], production(approved('0.0.9')))).toEqual({});
  });
});
