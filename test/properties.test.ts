/**
 * Laws that every answer obeys, over arbitrary charts and for every recommendation of every service.
 *
 * PROPERTY_RUNS sets the charts per law (for a long hunt: 20000), PROPERTY_SEED the seed (a number, or `random`). A failure
 * prints the seed, the path and the smallest chart that was found.
 */
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { QUERY_KEYS, type QueryKey, type Resource, type UnknownReason } from '../src/facts/record.ts';
import { cdsResponseSchema } from '../src/hooks/card.ts';
import { withUuids } from '../src/render.ts';
import { bloodPressure, ldl, osteoporosis, patient } from './build-record.ts';
import { charts, resourcesOf, unrelated } from './charts.ts';
import { alone, answers, outcomes, POLICIES, said, type PolicyName } from './charts/answers.ts';
import { unaccounted } from './charts/citations.ts';
import { added, claimsOf } from './charts/claims.ts';
import { shiftDate, shiftDates } from './charts/dates.ts';

const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 300);
const seed = process.env['PROPERTY_SEED'] ?? '20260115';
const settings = seed === 'random' ? { numRuns } : { numRuns, seed: Number(seed) };

const anyPolicy = fc.constantFrom(...(Object.keys(POLICIES) as PolicyName[]));

describe('what must not matter', () => {
  test('the order of the resources', () => {
    fc.assert(
      fc.property(charts, anyPolicy, fc.infiniteStream(fc.nat({ max: 99 })), (chart, policy, keys) => {
        const [person, ...rest] = resourcesOf(chart);
        const shuffled = rest
          .map((resource) => ({ resource, key: Number(keys.next().value) }))
          .sort((a, b) => a.key - b.key)
          .map(({ resource }) => resource);
        const resources = person === undefined ? shuffled : [person, ...shuffled];
        expect(said(answers(chart, { policy, resources }))).toEqual(said(answers(chart, { policy })));
      }),
      settings,
    );
  });

  test('resources that no recommendation reads', () => {
    const chartAndMore = charts.chain((chart) =>
      fc.tuple(fc.constant(chart), unrelated(chart.today), fc.nat()),
    );
    fc.assert(
      fc.property(chartAndMore, anyPolicy, ([chart, others, place], policy) => {
        const resources = resourcesOf(chart);
        const at = 1 + (place % resources.length);
        const more = [...resources.slice(0, at), ...others, ...resources.slice(at)];
        expect(said(answers(chart, { policy, resources: more }))).toEqual(said(answers(chart, { policy })));
      }),
      settings,
    );
  });

  test('a resource that came twice', () => {
    fc.assert(
      fc.property(charts, anyPolicy, fc.nat({ max: 3 }), (chart, policy, from) => {
        const resources = resourcesOf(chart);
        const again = resources.filter((_, index) => index > 0 && index % 3 <= from);
        expect(said(answers(chart, { policy, resources: [...resources, ...again] }))).toEqual(
          said(answers(chart, { policy })),
        );
      }),
      settings,
    );
  });

  // units.md 2, duplicates: the same result from two sources is one.
  test('the same Observation under a second id', () => {
    fc.assert(
      fc.property(charts, anyPolicy, fc.nat({ max: 3 }), (chart, policy, from) => {
        const resources = resourcesOf(chart);
        const again = resources
          .filter(({ resourceType }, index) => resourceType === 'Observation' && index % 3 <= from)
          .map((resource) => ({ ...resource, id: `${String(resource.id)}-copy` }));
        const withoutIds = (value: unknown): unknown =>
          JSON.parse(JSON.stringify(value).replaceAll('-copy', ''));
        expect(withoutIds(outcomes(answers(chart, { policy, resources: [...resources, ...again] })))).toEqual(
          withoutIds(outcomes(answers(chart, { policy }))),
        );
      }),
      settings,
    );
  });

  // The points of a chart lie on the same side of every limit in both families: see charts/measures.ts.
  test('conventional or SI units', () => {
    fc.assert(
      fc.property(charts, anyPolicy, (chart, policy) => {
        const si = answers(chart, { policy, resources: resourcesOf(chart, 'si') });
        expect(outcomes(si)).toEqual(outcomes(answers(chart, { policy })));
      }),
      settings,
    );
  });

  test('when it is: all dates and the evaluation date 28 years later or earlier', () => {
    const years = fc.constantFrom(28, -28);
    fc.assert(
      fc.property(charts, anyPolicy, years, (chart, policy, by) => {
        const then = { ...shiftDates(chart, by), today: shiftDate(chart.today, by) };
        // Years that are no dates (of a guideline) stand in both; a year by itself is compared by its place only.
        const dated = (value: unknown, shift: number): unknown =>
          JSON.parse(JSON.stringify(value), (_, one: unknown) =>
            typeof one === 'string'
              ? one
                  .replace(/\b(?:19|20)\d\d(?:-\d\d){1,2}\b/g, (date) => shiftDate(date, shift))
                  .replace(/\b(?:18|19|20)\d\d\b(?!-)/g, 'YYYY')
              : one,
          );
        expect(dated(said(answers(then, { policy })), 0)).toEqual(
          dated(said(answers(chart, { policy })), by),
        );
      }),
      settings,
    );
  });
});

/** Every search that can fail. Without the Patient there is no answer (412); without the Encounter nobody is an inpatient (G14). */
const SEARCHES: readonly QueryKey[] = QUERY_KEYS.filter((key) => key !== 'patient' && key !== 'encounter');
const REASONS: readonly UnknownReason[] = ['failed', 'timed-out', 'not-provided', 'truncated'];

describe('unknown is not absent', () => {
  test('a search that failed adds no recommendation and no "not found"', () => {
    const failure = fc.record({
      lost: fc.uniqueArray(fc.constantFrom(...SEARCHES), { minLength: 1, maxLength: 2 }),
      state: fc.constantFrom('unknown', 'incomplete'),
      reason: fc.constantFrom(...REASONS),
    });
    fc.assert(
      fc.property(charts, failure, (chart, { lost, state, reason }) => {
        const gaps = { [state]: Object.fromEntries(lost.map((key) => [key, reason])) };
        const before = claimsOf(answers(chart, { policy: alone }));
        const after = claimsOf(answers(chart, { policy: alone, gaps }));
        expect(added(before, after, lost)).toEqual([]);
      }),
      settings,
    );
  });

  test('the same search without a result adds one: no lipid panel', () => {
    const chart = { today: '2026-01-15', person: patient(66), entries: [], drafts: [], selections: [] };
    const has = (resources: readonly Resource[], lipids?: UnknownReason): boolean =>
      claimsOf(
        answers(chart, {
          policy: alone,
          resources,
          gaps: lipids === undefined ? {} : { unknown: { lipids } },
        }),
      ).has('bone-heart-patient-view low-bmd-cv-risk-check');
    const low = [patient(66), osteoporosis(), bloodPressure(120, 70)];
    expect(has([...low, ldl(100)])).toBe(false);
    expect(has(low)).toBe(true);
    expect(has(low, 'failed')).toBe(false);
  });
});

test('the charts are rich enough: every recommendation speaks on every hook in some of them', () => {
  const silent = new Set<string>();
  const spoken = new Set<string>();
  for (const chart of fc.sample(charts, { ...settings, numRuns: Math.max(1500, numRuns) }))
    for (const { service, decision } of answers(chart, { policy: alone }))
      for (const { active, finding } of decision.judgements)
        (finding.outcome === 'recommend' ? spoken : silent).add(`${service} ${active.rule.id}`);
  expect([...silent].filter((name) => !spoken.has(name))).toEqual([]);
});

describe('every answer', () => {
  const validate = new Ajv({ strict: true }).compile(cdsResponseSchema);

  test('fits the response schema, without a fault, an empty placeholder or a number that is none', () => {
    fc.assert(
      fc.property(charts, anyPolicy, (chart, policy) => {
        for (const { decision } of answers(chart, { policy })) {
          const cards = withUuids(decision.cards, () => '00000000-0000-4000-8000-000000000000');
          expect(decision.faults).toEqual([]);
          expect(validate({ cards }) ? [] : validate.errors).toEqual([]);
          expect(JSON.stringify(cards)).not.toMatch(
            /NaN|undefined|\bnull\b|Invalid|Infinity|\{[a-z]\w*\}|\[object/,
          );
        }
      }),
      settings,
    );
  });

  test('cites no number and no date that is not in the chart, a parameter or computed by a named formula', () => {
    fc.assert(
      fc.property(charts, fc.constantFrom('conventional', 'si'), (chart, family) => {
        const resources = resourcesOf(chart, family);
        for (const { decision } of answers(chart, { resources }))
          expect(unaccounted(decision, [...resources, ...chart.drafts])).toEqual([]);
      }),
      settings,
    );
  });
});
