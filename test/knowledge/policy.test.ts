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

  test('a fault of form does not hide one of content: all are listed, in the order of the lines', () => {
    const told = problems(
      [
        'maxCards: many',
        'recommendations:',
        '  no-such-rule: { mode: loud }',
        '  severe-ldl-low-bmd: { parameters: { seveer: 5, severe: high } }',
        '  hscrp-risk-enhancer: 5',
        'concepts: { hsCRP: {}, hsCrp: [7] }',
        'orderCodes: [lipids]',
      ].join('\n'),
    );
    expect(told.split('\n').slice(1)).toEqual([
      '  site.yaml:1 /maxCards must be integer',
      '  site.yaml:3 /recommendations/no-such-rule/mode must be one of show, silent, off',
      '  site.yaml:3 /recommendations/no-such-rule is not a recommendation',
      '  site.yaml:4 /recommendations/severe-ldl-low-bmd/parameters/seveer is not a parameter of severe-ldl-low-bmd',
      expect.stringContaining('parameters/severe must be { value: (mg/dL), si: (mmol/L) }'),
      '  site.yaml:5 /recommendations/hscrp-risk-enhancer must be object',
      '  site.yaml:6 /concepts/hsCRP must be array',
      '  site.yaml:6 /concepts/hsCrp/0 must be object',
      '  site.yaml:6 /concepts/hsCRP is not a concept',
      '  site.yaml:7 /orderCodes must be object',
    ]);
  });

  test.each([
    ['region: NZ', '/region must be one of US, EU, UK, AU'],
    ['region: 5', '/region must be one of US, EU, UK, AU'],
    [
      'observationStatuses: [final, lost]',
      '/observationStatuses/1 must be one of final, amended, corrected, unknown',
    ],
    [
      'recommendations: { no-such-rule: { parameters: { x: many } } }',
      '/recommendations/no-such-rule/parameters/x must be number or boolean or object',
    ],
    [
      'recommendations: { no-such-rule: { parameters: { x: { value: 5 } } } }',
      '/recommendations/no-such-rule/parameters/x/si is missing',
    ],
  ])('%s: one line for all that is allowed', (text, line) => {
    const lines = problems(text).split('\n').slice(1);
    expect(lines.filter((one) => !one.endsWith('is not a recommendation'))).toEqual([
      `  site.yaml:1 ${line}`,
    ]);
  });

  test.each([
    ['-5', 'must be a whole number (d), 0 or more'],
    ['1.5', 'must be a whole number (d), 0 or more'],
    ['1e400', 'must be a whole number (d), 0 or more'],
    ['true', 'must be a whole number (d), 0 or more'],
  ])('a time of %s cannot be', (value, rule) => {
    const path = '/recommendations/hscrp-risk-enhancer/parameters/pairDays';
    const told = problems(`recommendations: { hscrp-risk-enhancer: { parameters: { pairDays: ${value} } } }`);
    expect(told.split('\n').slice(1)).toEqual([`  site.yaml:1 ${path} ${rule}`]);
  });

  test('an approval on a day that does not exist', () => {
    const told = problems(
      [
        'approval: { by: A, date: 2026-99-99 }',
        'recommendations:',
        '  severe-ldl-low-bmd: { approval: { by: A, date: 2026-02-30 } }',
      ].join('\n'),
    );
    expect(told).toContain('site.yaml:1 /approval/date is not a day of the calendar');
    expect(told).toContain(
      'site.yaml:3 /recommendations/severe-ldl-low-bmd/approval/date is not a day of the calendar',
    );
  });

  test('a local code whose unit can never be read for its concept', () => {
    const local = (concept: string, unit: string): string =>
      problems(`concepts: { ${concept}: [{ system: "urn:x:lab", code: A, unit: "${unit}" }] }`);
    expect(local('hsCrp', 'bananas')).toContain(
      'site.yaml:1 /concepts/hsCrp/0/unit cannot be read for hsCrp (mg/L)',
    );
    expect(local('hsCrp', 'mm[Hg]')).toContain('cannot be read for hsCrp');
    expect(local('osteoporosis', 'mg/L')).toContain('osteoporosis has no unit');
    expect(local('hsCrp', 'kg/m3')).toBe('accepted');
    expect(local('bodyHeight', 'in')).toBe('accepted');
    expect(local('hba1c', 'mmol/mol')).toBe('accepted');
  });

  test.each([
    ['preset: guideline\nregion: *where\n', /site\.yaml:2 .*alias/],
    [
      `a: &a [1,1]\nb: &b [${Array(30).fill('*a').join()}]\nc: [${Array(30).fill('*b').join()}]\n`,
      /site\.yaml:2 .*alias/,
    ],
  ])('aliases that lead nowhere or grow without end: a line, no stack', (text, line) => {
    expect(problems(text)).toMatch(line);
  });

  test('a file that is no YAML', () => {
    expect(problems('preset: [guideline\n')).toMatch(/site\.yaml:\d+ /);
  });

  test('a duplicate key', () => {
    expect(problems('maxCards: 2\nmaxCards: 3\n')).toContain('site.yaml:2');
  });

  test.each(['', ' \n', '# nothing decided yet\n', 'null', '---\n'])('%j is the default policy', (text) => {
    expect(parse(text)).toMatchObject({
      preset: 'guideline',
      region: 'US',
      maxCards: 3,
      mergeOverflow: true,
    });
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
