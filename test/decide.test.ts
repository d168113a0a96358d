/** The decision as a whole: exclusions, co-firing, ranking, the cap, faults, and laws over generated charts. */
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { consider, decide, settle, type Considered, type Decision } from '../src/decide.ts';
import type { Resource } from '../src/facts/record.ts';
import { cdsResponseSchema, type Card } from '../src/hooks/card.ts';
import type { Policy } from '../src/knowledge/policy.ts';
import {
  lacking,
  notApplicable,
  perDraft,
  type Finding,
  type Hook,
  type Recommend,
} from '../src/rules/define-rule.ts';
import type { Cofiring } from '../src/knowledge/recommendation.ts';
import { escapeMarkdown, withUuids } from '../src/render.ts';
import {
  bloodPressure,
  coded,
  condition,
  contextOf,
  daily,
  drug,
  guideline,
  hsCrp,
  lab,
  ldl,
  order,
  osteopenia,
  osteoporosis,
  patient,
  plainCrp,
  policyOf,
  recordOf,
  TODAY,
  tScore,
  vitaminD,
  weight,
  type Gaps,
} from './build-record.ts';
import { topics } from './endpoint/ehr.ts';

const VIEW = 'bone-heart-patient-view';
const UUID = '00000000-0000-4000-8000-000000000000';
const validate = new Ajv({ strict: true }).compile(cdsResponseSchema);

function run(resources: readonly Resource[], policy: Policy = guideline, gaps: Gaps = {}): Decision {
  return decide(VIEW, recordOf(resources, gaps, policy), contextOf(), policy, TODAY);
}
function cards(resources: readonly Resource[], policy: Policy = guideline, gaps: Gaps = {}): Card[] {
  return withUuids(run(resources, policy, gaps).cards, () => UUID);
}
const all = policyOf({ maxCards: 50 });
const withCofiring = (changes: Partial<Cofiring>): Policy => ({
  ...all,
  knowledge: { ...all.knowledge, cofiring: { ...all.knowledge.cofiring, ...changes } },
});

describe('global exclusions', () => {
  const chart = [ldl(195), tScore(-2.8)];
  test.each([
    ['a child of 17', [patient(17), ...chart]],
    ['no birth date', [{ resourceType: 'Patient', id: 'p1', gender: 'female' }, ...chart]],
    ['an unreadable birth date', [patient(60, { birthDate: '1966-01-15T10:00:00.000Z00' }), ...chart]],
    ['deceased', [patient(60, { deceasedBoolean: true }), ...chart]],
    ['died on a date', [patient(60, { deceasedDateTime: '2025-12-30' }), ...chart]],
    ['hospice', [patient(60), condition('snomed', '385763009'), ...chart]],
    ['pregnancy', [patient(40), condition('snomed', '77386006', { onsetDateTime: '2025-10-01' }), ...chart]],
    ['inpatient', [patient(60), { resourceType: 'Encounter', id: 'e1', class: { code: 'IMP' } }, ...chart]],
  ] as const)('%s: no reminder', (_, resources) => {
    expect(cards(resources)).toEqual([]);
  });

  test('`deceasedBoolean: false` is not death', () => {
    expect(cards([patient(60, { deceasedBoolean: false }), ...chart]).length).toBeGreaterThan(0);
  });

  test('a problem list that could not be had blocks every reminder: an exclusion may be on it', () => {
    expect(cards([patient(60), ...chart], guideline, { unknown: { conditions: 'failed' } })).toEqual([]);
  });
});

describe('co-firing', () => {
  test('osteoporosis T-score without therapy: the treatment gap speaks, screening and repeat scan are silent', () => {
    const spoken = topics(cards([patient(66), tScore(-2.6, '2022-01-01'), weight(60)], all));
    expect(spoken).toHaveProperty('fracture-osteoporosis-treatment-gap');
    expect(spoken).not.toHaveProperty('dxa-repeat-due');
    expect(spoken).not.toHaveProperty('vitamin-d-level-missing');
  });

  test('the treatment gap silences the missing basic tests, but not the high calcium', () => {
    const record = [patient(66), tScore(-2.6, '2022-01-01'), lab('17861-6', 10.9, 'mg/dL', '2025-12-01')];
    const [gap, workup] = ['fracture-osteoporosis-treatment-gap', 'mineral-metabolism-workup'];
    expect(topics(cards(record, all))).toMatchObject({ [gap]: 'info', [workup]: 'warning' });
    expect(topics(cards(record.slice(0, 2), all))).not.toHaveProperty(workup);
    const card = cards(record, all).find(({ source }) => source.topic?.code === workup);
    expect(card?.detail).not.toContain('TSH');
  });

  test('acute inflammation silences the risk enhancer', () => {
    const spoken = topics(cards([patient(60), hsCrp(2.5, '2025-10-01'), hsCrp(12, '2026-01-10')], all));
    expect(spoken).toMatchObject({ 'crp-acute-inflammation': 'info' });
    expect(spoken).not.toHaveProperty('hscrp-risk-enhancer');
  });

  test('a recommendation in silent mode does not quiet another', () => {
    const policy = policyOf({
      maxCards: 50,
      recommendations: { 'fracture-osteoporosis-treatment-gap': { mode: 'silent' } },
    });
    const spoken = topics(cards([patient(66), tScore(-2.6, '2022-01-01')], policy));
    expect(spoken).not.toHaveProperty('fracture-osteoporosis-treatment-gap');
    expect(spoken).toHaveProperty('mineral-metabolism-workup');
  });

  const lowVitaminD = [patient(60), vitaminD(10), ldl(195)];
  const partOf = { recommendation: 'vitamin-d-low-result', part: 'vitaminD' };

  test('a silenced part leaves the rest of the card', () => {
    const labels = (policy: Policy): readonly string[] =>
      cards(lowVitaminD, policy)
        .filter(({ source }) => source.topic?.code === 'vitamin-d-low-result')
        .flatMap(({ suggestions = [] }) => suggestions.map(({ label }) => label));
    const whole = labels(withCofiring({ silences: {} }));
    expect(whole).toContain('Repeat 25-OH vitamin D in 3 months');
    expect(labels(withCofiring({ silences: { 'severe-ldl-low-bmd': [partOf] } }))).toEqual(
      whole.filter((label) => label !== 'Repeat 25-OH vitamin D in 3 months'),
    );
  });

  test('a recommendation that has nothing but the silenced part says nothing', () => {
    const policy = withCofiring({
      silences: { 'severe-ldl-low-bmd': [{ recommendation: 'vitamin-d-level-missing', part: 'vitaminD' }] },
    });
    const record = [patient(40), condition('snomed', '396331005'), ldl(195)];
    expect(topics(cards(record, withCofiring({ silences: {} })))).toHaveProperty('vitamin-d-level-missing');
    expect(topics(cards(record, policy))).not.toHaveProperty('vitamin-d-level-missing');
  });

  test('a part silences nothing when its recommendation does not claim it or the silencer is not shown', () => {
    const before = cards(lowVitaminD, withCofiring({ silences: {} }));
    for (const silences of [
      { 'severe-ldl-low-bmd': [{ recommendation: 'vitamin-d-low-result', part: 'dxa' }] },
      { 'dxa-repeat-due': [partOf] },
    ])
      expect(cards(lowVitaminD, withCofiring({ silences }))).toEqual(before);
  });

  test('one that an earlier line silenced silences nobody', () => {
    const silences = {
      'severe-ldl-low-bmd': ['vitamin-d-low-result'],
      'vitamin-d-low-result': ['lipid-panel-overdue', 'low-bmd-cv-risk-check'],
    };
    const record = [...lowVitaminD.slice(0, 2), tScore(-2), ldl(195, '2024-06-01')];
    const spoken = topics(cards(record, withCofiring({ silences })));
    expect(spoken).toHaveProperty('severe-ldl-low-bmd');
    expect(spoken).not.toHaveProperty('vitamin-d-low-result');
    expect(spoken).toHaveProperty('low-bmd-cv-risk-check');
  });

  test('the same order is suggested once in an answer', () => {
    const answer = cards(
      [patient(66), tScore(-2.6, '2023-01-01'), ldl(195, '2024-06-01'), vitaminD(10), hsCrp(4, '2025-12-01')],
      all,
    );
    const ordered = answer.flatMap(({ suggestions = [] }) =>
      suggestions.flatMap(({ actions = [] }) =>
        actions.map((action) =>
          'resource' in action
            ? JSON.stringify((action.resource as Readonly<Record<string, unknown>>)['code'])
            : '',
        ),
      ),
    );
    expect(ordered.length).toBeGreaterThan(2);
    expect(new Set(ordered).size).toBe(ordered.length);
  });
});

describe('ranking and the cap', () => {
  const busy = [
    patient(66),
    tScore(-2.6, '2022-01-01'),
    ldl(195, '2025-12-01'),
    vitaminD(10),
    hsCrp(4, '2025-12-01'),
    bloodPressure(130, 80, '2020-01-01'),
  ];

  test('critical, warning, info, then the order of the specification', () => {
    const rank = { critical: 0, warning: 1, info: 2 };
    const answer = cards(busy, all);
    const keys = answer.map(
      ({ indicator, source }) =>
        `${String(rank[indicator])} ${guideline.knowledge.recommendations.get(source.topic?.code ?? '')?.specification ?? ''}`,
    );
    expect(answer.length).toBeGreaterThan(3);
    expect(keys).toEqual([...keys].sort());
  });

  test('what exceeds maxCards becomes one more card that keeps the suggestions', () => {
    const whole = cards(busy, all);
    const answer = cards(busy);
    expect(answer).toHaveLength(4);
    expect(answer.at(-1)?.source.topic?.code).toBe('more-recommendations');
    expect(answer.at(-1)?.summary).toContain(String(whole.length - 3));
    const labels = (list: readonly Card[]): string[] =>
      list.flatMap(({ suggestions = [] }) => suggestions.map(({ label }) => label)).sort();
    expect(labels(answer)).toEqual(labels(whole));
  });

  test('without mergeOverflow the rest is not shown', () => {
    expect(cards(busy, policyOf({ mergeOverflow: false }))).toHaveLength(3);
  });
});

describe('faults', () => {
  test('a rule that throws is named and left out; the others answer', () => {
    const plan = guideline.services.get(VIEW);
    if (plan === undefined) throw new Error('no service');
    const broken = plan.recommendations.map((active) =>
      active.rule.id === 'severe-ldl-low-bmd'
        ? {
            ...active,
            rule: {
              ...active.rule,
              evaluate: () => {
                throw new Error('boom');
              },
            },
          }
        : active,
    );
    const policy = { ...all, services: new Map([[VIEW, { ...plan, recommendations: broken }]]) };
    const decision = run([patient(66), ldl(195), tScore(-2.6)], policy);
    expect(decision.faults.map(({ recommendation }) => recommendation)).toEqual(['severe-ldl-low-bmd']);
    expect(decision.cards.length).toBeGreaterThan(0);
    expect(decision.explain()).toContainEqual(
      expect.objectContaining({ recommendation: 'severe-ldl-low-bmd', outcome: 'fault' }),
    );
  });
});

describe('a rule with several drafts', () => {
  const card = (variant: string, targets?: readonly string[]): Recommend => ({
    outcome: 'recommend',
    variant,
    values: { n: 2 },
    found: [],
    why: [],
    because: ['romosozumabDrafts'],
    ...(targets === undefined ? {} : { targets, suggestions: ['remove'] }),
  });
  const recent = card('recent', ['MedicationRequest/a']);
  const older = card('history', ['MedicationRequest/b', 'MedicationRequest/c']);
  const factors = card('riskFactors', ['MedicationRequest/d']);
  const unchecked = card('couldNotCheck');

  /** The romosozumab rule with a finding of our own. */
  function answerTo(finding: Finding, hook: Hook = 'order-sign'): Decision {
    const id = `bone-heart-${hook}`;
    const plan = guideline.services.get(id);
    const active = plan?.recommendations.find(({ rule }) => rule.id === 'romosozumab-mi-stroke-order');
    if (plan === undefined || active === undefined) throw new Error('no service');
    const rule = { ...active.rule, evaluate: () => finding };
    const services = new Map([[id, { ...plan, recommendations: [{ ...active, rule }] }]]);
    return decide(id, recordOf([patient(70)]), contextOf(), { ...guideline, services }, TODAY);
  }
  const shown = ({ cards: drafts }: Decision): unknown[] =>
    drafts.map(({ indicator, suggestions = [] }) => [
      indicator,
      ...suggestions.flatMap(({ actions = [] }) =>
        actions.map((action) => (action.type === 'delete' ? action.resourceId : action.type)),
      ),
    ]);

  test('each draft has its own variant and delete suggestion', () => {
    const decision = answerTo(perDraft([older, notApplicable('another drug'), recent]));
    expect(shown(decision)).toEqual([
      ['critical', 'MedicationRequest/a'],
      ['warning', 'MedicationRequest/b'],
      ['warning', 'MedicationRequest/c'],
    ]);
    expect(decision.explain()).toEqual([
      expect.objectContaining({ outcome: 'recommend', variant: 'history', otherVariants: ['recent'] }),
    ]);
  });

  test('before signing, information about one draft is left out and the hazard of another stays', () => {
    const finding = perDraft([factors, recent]);
    expect(shown(answerTo(finding))).toEqual([['critical', 'MedicationRequest/a']]);
    expect(shown(answerTo(finding, 'order-select'))).toHaveLength(2);
    expect(answerTo(perDraft([factors])).judgements[0]?.finding.outcome).toBe('notApplicable');
  });

  test('what could not be checked is said once, also beside the hazard of another draft', () => {
    expect(shown(answerTo(perDraft([unchecked, unchecked]), 'order-select'))).toEqual([['info']]);
    expect(shown(answerTo(perDraft([unchecked, recent])))).toEqual([
      ['critical', 'MedicationRequest/a'],
      ['info'],
    ]);
  });

  test('a draft about which too little is known counts only when no draft gets a card', () => {
    const unknown = lacking('romosozumabDrafts');
    expect(perDraft([unknown, recent])).toEqual(recent);
    expect(perDraft([notApplicable('another drug'), unknown, unknown])).toEqual(unknown);
    expect(perDraft([notApplicable('another drug')])).toEqual(notApplicable('another drug'));
    expect(perDraft([])).toMatchObject({ outcome: 'notApplicable' });
  });
});

describe('what could not be checked', () => {
  const id = 'bone-heart-order-sign';
  const denosumab = drug('Denosumab 60 MG/ML Prefilled Syringe', { status: 'draft' });
  const unread = (gaps: Gaps): readonly string[] => {
    const record = recordOf([patient(70), lab('17861-6', 8.1, 'mg/dL', '2026-01-05')], gaps);
    const [card] = decide(id, record, contextOf([denosumab]), guideline, TODAY).cards;
    return (card?.detail ?? '').split('\n').filter((line) => line.startsWith('- Could not check'));
  };

  test('a failed search for orders is one line, however many tests were looked for', () => {
    expect(unread({ unknown: { serviceRequests: 'failed' } })).toEqual([
      '- Could not check earlier orders: the search failed.',
    ]);
  });

  test('a card without gaps has no such line', () => {
    expect(unread({})).toEqual([]);
  });
});

describe('the explanation', () => {
  test('one entry per recommendation; facts with value as sent and as used, date, source, and what was unknown and why', () => {
    const explained = run([patient(66), vitaminD(40, '2025-12-01', 'nmol/L')], guideline, {
      unknown: { lipids: 'timed-out' },
    }).explain();
    expect(explained.map(({ recommendation }) => recommendation)).toEqual(
      [...(guideline.services.get(VIEW)?.recommendations ?? [])].map(({ rule }) => rule.id),
    );
    const low = explained.find(({ recommendation }) => recommendation === 'vitamin-d-low-result');
    expect(low?.facts?.find(({ name }) => name === 'vitaminD')).toMatchObject({
      state: 'known',
      evidence: [
        { sent: { value: 40, unit: 'nmol/L' }, used: { value: 16.02564, unit: 'ng/mL' }, date: '2025-12-01' },
      ],
    });
    const ldlRule = explained.find(({ recommendation }) => recommendation === 'severe-ldl-low-bmd');
    expect(ldlRule?.facts?.find(({ name }) => name === 'ldl')).toMatchObject({
      state: 'unknown',
      reason: 'timed-out',
    });
  });

  test('an earlier value that a card cites is listed, behind newer ones that do not count', () => {
    const results = [
      hsCrp(2.4, '2026-01-11'),
      hsCrp(2.6, '2026-01-10'),
      hsCrp(2.8, '2026-01-09'),
      hsCrp(2.2, '2026-01-08'),
      hsCrp(3.5, '2025-11-01'),
    ];
    const decision = run([patient(60), ...results]);
    const card = decision.cards.find(({ source }) => source.topic?.code === 'hscrp-risk-enhancer');
    expect(card?.detail).toContain('hs-CRP 3.5 mg/L on 2025-11-01');
    const explained = decision
      .explain()
      .find(({ recommendation }) => recommendation === 'hscrp-risk-enhancer');
    const listed = explained?.facts?.find(({ name }) => name === 'hsCrp')?.evidence ?? [];
    expect(listed.map(({ sent }) => sent?.value)).toEqual([2.4, 2.6, 2.8, 2.2, 3.5]);
  });

  test('a T-score that a card cites before signing is listed, although this hook does not ask for it', () => {
    const draft = drug('Prednisone 5 MG Oral Tablet', { id: 'd1', status: 'draft', ...daily(7.5, 120) });
    const record = recordOf([patient(66), tScore(-2.6, '2022-01-01')]);
    const decision = decide('bone-heart-order-sign', record, contextOf([draft]), guideline, TODAY);
    const [card] = decision.cards.filter(({ source }) => source.topic?.code === 'glucocorticoid-bone-heart');
    expect(card?.detail).toContain('T-score -2.6');
    const explained = decision
      .explain()
      .find(({ recommendation }) => recommendation === 'glucocorticoid-bone-heart');
    expect(explained?.facts?.find(({ name }) => name === 'lowestT')?.evidence).toMatchObject([
      { sent: { value: -2.6 }, date: '2022-01-01' },
    ]);
  });
});

describe('text from a record is inert', () => {
  test('no tag, entity, link, emphasis or line break survives', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[<>&*_[\]()`|~#!:/a-z\n"'= ]{0,60}$/)),
        (text) => {
          const shown = escapeMarkdown(text);
          expect(shown).not.toMatch(/<[A-Za-z/!?]|&[#\w]+;(?<!&amp;|&lt;)|:\/\/|[\r\n\t]/);
          expect(shown.replace(/\\[\\`*_[\]|~]/g, '')).not.toMatch(/[\\`*_[\]|~]/);
        },
      ),
    );
  });

  test('numbers, units and dates pass unchanged', () => {
    for (const text of ['-2.6', '< 4 ng/mL', '2025-12-01', 'mL/min/{1.73}', '19.9 ng/mL'])
      expect(escapeMarkdown(text)).toBe(text);
  });

  test('hostile text in every string of a record reaches no card', () => {
    const hostile = '<img src=x onerror=alert(1)> [x](javascript:alert(1)) {placeholder} **bold**';
    const poisoned = [
      patient(66, { name: [{ family: hostile }] }),
      lab('2089-1', 195, 'mg/dL', '2025-12-01', {
        code: { coding: [{ system: 'http://loinc.org', code: '2089-1', display: hostile }], text: hostile },
        note: [{ text: hostile }],
      }),
      lab('38264-8', -2.8, '{T-score}', '2025-06-01', {
        bodySite: { text: hostile },
        interpretation: [{ text: hostile }],
      }),
      drug(`Calcium ${hostile}`),
      condition('snomed', '59621000', { code: { ...coded('snomed', '59621000'), text: hostile } }),
    ];
    expect(JSON.stringify(cards(poisoned, all))).not.toMatch(/onerror|javascript:|placeholder|\*\*bold/);
  });
});

/** Small charts in clinical ranges, with dirt. */
const chart = fc
  .record({
    age: fc.integer({ min: 0, max: 100 }),
    gender: fc.constantFrom('female', 'male', 'other', undefined),
    entries: fc.array(
      fc.oneof(
        fc
          .tuple(
            fc.double({ min: -5, max: 3, noNaN: true }),
            fc.constantFrom('2010-01-01', '2024-06-01', '2025-12-31', '2025', 'nonsense'),
          )
          .map(([value, date]) => tScore(value, date)),
        fc
          .tuple(
            fc.integer({ min: 20, max: 300 }),
            fc.constantFrom('2020-05-05', '2025-05-05'),
            fc.constantFrom('mg/dL', 'mmol/L', 'furlong'),
          )
          .map(([value, date, unit]) => ldl(value, date, unit)),
        fc
          .tuple(fc.double({ min: 1, max: 120, noNaN: true }), fc.constantFrom('ng/mL', 'nmol/L'))
          .map(([value, unit]) => vitaminD(value, '2025-11-01', unit)),
        fc
          .tuple(
            fc.double({ min: 0.1, max: 30, noNaN: true }),
            fc.constantFrom('2025-12-20', '2026-01-10', '2025-09-01'),
          )
          .map(([value, date]) => hsCrp(value, date)),
        fc.integer({ min: 30, max: 150 }).map((kg) => weight(kg)),
        fc
          .tuple(fc.integer({ min: 80, max: 200 }), fc.integer({ min: 40, max: 120 }))
          .map(([s, d]) => bloodPressure(s, d)),
        fc
          .constantFrom(
            'Atorvastatin 20 MG',
            'Alendronic acid 10 MG',
            'prednisone',
            'Vitamin D3 1000 IU',
            'Nystatin',
          )
          .map((text) => drug(text)),
        fc
          .constantFrom('59621000', '44054006', '22298006', '709044004', '5913000', '77386006')
          .map((code) => condition('snomed', code, { onsetDateTime: '2025-03-01' })),
        fc.constant(null).map(() => osteoporosis()),
        fc.constant(null).map(() => osteopenia()),
        fc.constant(null).map(() => order(coded('loinc', '24331-1'))),
        fc.constant(null).map(() => plainCrp(40)),
      ),
      { maxLength: 14 },
    ),
  })
  .map(({ age, gender, entries }) => [patient(age, { gender }), ...entries]);

const outcomes = (decision: Decision): string[] =>
  decision.judgements.map(
    ({ active, finding }) =>
      `${active.rule.id} ${finding.outcome} ${finding.outcome === 'recommend' ? finding.variant : ''}`,
  );

describe('laws over generated charts', () => {
  test('every answer fits the response schema; no placeholder, NaN or undefined; no fault', () => {
    fc.assert(
      fc.property(chart, (resources) => {
        const decision = run(resources, all);
        expect(decision.faults).toEqual([]);
        const answer = withUuids(decision.cards, () => UUID);
        expect(validate({ cards: answer })).toBe(true);
        expect(JSON.stringify(answer)).not.toMatch(/\{[a-z]\w*\}|NaN|undefined|\bnull\b/);
      }),
      { numRuns: 300 },
    );
  });

  test('the order of resources, repeated resources and unrelated resources change nothing', () => {
    fc.assert(
      fc.property(chart, (resources) => {
        const [who, ...rest] = resources;
        if (who === undefined) return;
        const before = outcomes(run(resources));
        expect(outcomes(run([who, ...[...rest].reverse()]))).toEqual(before);
        expect(outcomes(run([who, ...rest, ...rest]))).toEqual(before);
        expect(
          outcomes(
            run([who, ...rest, lab('718-7', 14, 'g/dL', '2025-12-01'), condition('snomed', '195967001')]),
          ),
        ).toEqual(before);
      }),
      { numRuns: 150 },
    );
  });

  test('a query that fails never adds a recommendation', () => {
    const keys = [
      'bone',
      'lipids',
      'inflammation',
      'bloodPressure',
      'body',
      'medicationRequests',
      'serviceRequests',
      'procedures',
      'reports',
      'kidney',
      'calcium',
    ] as const;
    // Each for itself: with co-firing, one that another had quieted may come back when that one falls silent.
    const alone = withCofiring({ silences: {}, owners: {} });
    fc.assert(
      fc.property(chart, fc.constantFrom(...keys), (resources, key) => {
        const spoken = (gaps: Gaps): string[] =>
          run(resources, alone, gaps)
            .judgements.filter(({ finding }) => finding.outcome === 'recommend')
            .map(({ active }) => active.rule.id);
        const before = spoken({});
        const added = spoken({ unknown: { [key]: 'failed' } }).filter((id) => !before.includes(id));
        expect(added).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('arbitrary JSON in place of resources never throws and gives a valid answer', () => {
    const junk = fc
      .tuple(
        fc.constantFrom(
          'Observation',
          'Condition',
          'MedicationRequest',
          'Procedure',
          'ServiceRequest',
          'Patient',
          'DiagnosticReport',
        ),
        fc.object({ maxDepth: 3 }),
      )
      .map(([resourceType, body]): Resource => ({ ...body, resourceType }));
    fc.assert(
      fc.property(fc.array(junk, { maxLength: 8 }), (resources) => {
        const decision = run([patient(66), tScore(-2.8), ...resources], all);
        expect(validate({ cards: withUuids(decision.cards, () => UUID) })).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('what feedback has quieted', () => {
  const quiet = { until: '2026-07-14', because: 'patient-refuses', since: '2026-01-15' };
  const low = [patient(66), tScore(-2.6, '2022-01-01')];
  const GAP = 'fracture-osteoporosis-treatment-gap';
  const shown = (one: Pick<Decision, 'cards'>): readonly string[] =>
    one.cards.flatMap(({ covers }) => covers.map(({ id }) => id));

  test('takes its card away and lets nobody else speak in its place', () => {
    const { considered } = consider(VIEW, recordOf(low), contextOf(), all, TODAY);
    const before = shown(settle(considered));
    const after = settle(considered, new Map([[GAP, quiet]]));
    expect(before).toContain(GAP);
    expect(shown(after)).toEqual(before.filter((id) => id !== GAP));
    expect(after.judgements.find(({ active }) => active.recommendation.id === GAP)?.quieted).toEqual(quiet);
  });

  test('another one that speaks for it comes first: then it is not applicable, quiet or not', () => {
    const { considered } = consider(VIEW, recordOf(low), contextOf(), all, TODAY);
    const silenced = settle(considered, new Map([['vitamin-d-level-missing', quiet]])).judgements.find(
      ({ active }) => active.recommendation.id === 'vitamin-d-level-missing',
    );
    expect(silenced?.finding).toEqual({ outcome: 'notApplicable', reason: `${GAP} speaks for it` });
    expect(silenced?.quieted).toBeUndefined();
  });

  test('a card that was beyond the maximum moves up', () => {
    const two = policyOf({ maxCards: 1 });
    const { considered } = consider(VIEW, recordOf(low), contextOf(), two, TODAY);
    const [first = '', ...merged] = shown(settle(considered));
    expect(merged.length).toBeGreaterThan(0);
    expect(shown(settle(considered, new Map([[first, quiet]])))[0]).toBe(merged[0]);
  });

  test('what waits for it holds no resource of the record', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const waiting = (): { considered: Considered; resources: readonly WeakRef<Resource>[] } => {
      const resources = [
        patient(66),
        tScore(-2.6, '2022-01-01'),
        osteoporosis(),
        vitaminD(10),
        drug('alendronic acid 70 MG'),
      ];
      const { considered } = consider(VIEW, recordOf(resources), contextOf(), all, TODAY);
      return { considered, resources: resources.map((resource) => new WeakRef(resource)) };
    };
    const { considered, resources } = waiting();
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      collect();
      expect(resources.map((resource) => resource.deref())).toEqual(resources.map(() => undefined));
      expect(settle(considered).cards).not.toEqual([]);
    });
  });
});
