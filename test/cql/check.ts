/**
 * The independent check: five recommendations written a second time in CQL must find the same as the service, over arbitrary
 * charts. See docs/independent-check.md.
 *
 * CQL_CHARTS sets the number of charts, CQL_SEED the seed. Ends with 1 when a difference is found.
 */
import { readFileSync } from 'node:fs';
import cql from 'cql-execution';
import cqlFhir from 'cql-exec-fhir';
import fc from 'fast-check';
import { decide } from '../../src/decide.ts';
import type { PatientRecord, QueryKey, Resource, UnknownReason } from '../../src/facts/record.ts';
import { contextOf, knowledge, policyOf, recordOf, type Gaps } from '../build-record.ts';
import { charts, chartsAbout, resourcesOf, type Family, type GeneratedChart } from '../charts.ts';
import { translate } from './translate.ts';

const numRuns = Number(process.env['CQL_CHARTS'] ?? 3000);
const seed = Number(process.env['CQL_SEED'] ?? 20260115);

const LIBRARIES = ['Codes', 'Chart', 'Results', 'Findings', 'Screening', 'Recommendations'] as const;

/** CQL expression -> service and recommendation. */
const COMPARED = {
  'Low Vitamin D': ['bone-heart-patient-view', 'vitamin-d-low-result'],
  'Severe LDL': ['bone-heart-patient-view', 'severe-ldl-low-bmd'],
  'Screening DXA': ['bone-heart-patient-view', 'dxa-screening-due'],
  'Risk Enhancer': ['bone-heart-patient-view', 'hscrp-risk-enhancer'],
  'Acute Inflammation At Opening': ['bone-heart-patient-view', 'crp-acute-inflammation'],
  'Acute Inflammation While Ordering': ['bone-heart-order-select', 'crp-acute-inflammation'],
} as const;
type Expression = keyof typeof COMPARED;

/** Nobody silences anybody: each recommendation is compared by itself. */
const policy = policyOf({
  recommendations: Object.fromEntries(
    [...knowledge.recommendations.keys()].map((id) => [id, { mode: 'silent' as const }]),
  ),
});

const DIFFERS = ' / CQL ';

/** A difference that is explained, and the CQL expression that must be true of the chart for the explanation to hold. */
interface Known {
  readonly line: string;
  readonly holds: string;
  readonly because: string;
}

const KNOWN: readonly Known[] = [
  {
    line: 'Severe LDL: notApplicable / CQL insufficientData',
    holds: 'Calculated LDL Has High Triglycerides',
    because:
      'a calculated LDL below the limit is read as low although triglycerides make it unusable; no card either way',
  },
  {
    line: 'Severe LDL: insufficientData / CQL notApplicable',
    holds: 'Is Silent For LDL Anyway',
    because:
      'the service asks for the LDL before it asks for what would settle the answer; no card either way',
  },
  {
    line: 'Low Vitamin D: notApplicable / CQL insufficientData',
    holds: 'Vitamin D Excess Is Open',
    because:
      'a level reported as "> 29.9" could be excess; the service only sees that it is not low; no card either way',
  },
  {
    line: 'Low Vitamin D: insufficientData / CQL notApplicable',
    holds: 'T-Score Has Comparator',
    because: 'a T-score reported as ">= -1.49" is unknown as a whole to the service; no card either way',
  },
  {
    line: 'Screening DXA: notApplicable / CQL insufficientData',
    holds: 'Hyperparathyroidism May Be Primary',
    because:
      'a problem list that was cut off names hyperparathyroidism of no stated kind; the service takes it for not primary; no card either way',
  },
  {
    line: 'Risk Enhancer: insufficientData / CQL notApplicable',
    holds: 'Is Silent For hs-CRP Anyway',
    because:
      'the service asks for a readable latest result before it asks for what would settle the answer; no card either way',
  },
];

interface Case {
  readonly chart: GeneratedChart;
  readonly family: Family;
  readonly gaps: Gaps;
}

const SEARCHES: readonly QueryKey[] = [
  'conditions',
  'bone',
  'lipids',
  'inflammation',
  'kidney',
  'body',
  'socialHistory',
  'medicationRequests',
  'medicationStatements',
  'procedures',
  'reports',
  'serviceRequests',
];

const gaps: fc.Arbitrary<Gaps> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc
      .record({ key: fc.constantFrom(...SEARCHES), state: fc.constantFrom('unknown', 'incomplete') })
      .map(({ key, state }): Gaps => ({ [state]: { [key]: 'failed' satisfies UnknownReason } })),
  },
);
/** What the five recommendations read. */
const about = chartsAbout([
  'bone',
  'fracture',
  'lipids',
  'inflammation',
  'inflammation',
  'vitaminD',
  'kidney',
  'body',
  'women',
  'otherBone',
]);
const cases: fc.Arbitrary<Case> = fc.record({
  chart: fc.oneof({ weight: 3, arbitrary: about }, { weight: 1, arbitrary: charts }),
  family: fc.constantFrom('conventional', 'si'),
  gaps,
});

/** What the service finds: outcome and variant. */
function found({ chart }: Case, record: PatientRecord, [service, id]: readonly [string, string]): string {
  const context = service.endsWith('order-select') ? contextOf(chart.drafts, chart.selections) : contextOf();
  const judgement = decide(service, record, context, policy, chart.today).judgements.find(
    ({ active }) => active.rule.id === id,
  );
  if (judgement === undefined) return 'fault';
  const { finding } = judgement;
  return finding.outcome === 'recommend' ? `recommend ${finding.variant}` : finding.outcome;
}

/** Exact codes of each concept as a value set: those that may make a recommendation fire, and (`-any`) all that may be read. */
function valueSets(): Record<string, Record<string, { code: string; system: string }[]>> {
  const file = new URL('../../cards/concepts.json', import.meta.url);
  const concepts = JSON.parse(readFileSync(file, 'utf8')) as Readonly<
    Record<string, { codes?: readonly Row[] }>
  >;
  return Object.fromEntries(
    Object.entries(concepts).flatMap(([id, { codes = [] }]) => {
      const exact = codes.filter(({ match, verification }) => match === undefined && verification !== 'none');
      const verified = exact.filter(({ verification }) => /authoritative|corroborated/.test(verification));
      const url = `https://bone-heart-cds.org/ValueSet/${id}`;
      return [
        [url, { '1': verified.map(({ code, system }) => ({ code, system })) }],
        [`${url}-any`, { '1': exact.map(({ code, system }) => ({ code, system })) }],
      ];
    }),
  );
}
interface Row {
  readonly system: string;
  readonly code: string;
  readonly match?: string;
  readonly verification: string;
}

function bundleOf(record: PatientRecord): {
  resourceType: string;
  type: string;
  entry: { resource: Resource }[];
} {
  const resources = [...record.queries.values()].flatMap((result) =>
    result.state === 'unknown' ? [] : result.resources,
  );
  return { resourceType: 'Bundle', type: 'collection', entry: resources.map((resource) => ({ resource })) };
}

function unanswered(record: PatientRecord): string[] {
  return [...record.queries].filter(([, { state }]) => state !== 'complete').map(([key]) => key);
}

/** A function from one case to what the CQL finds. The library, its value sets and the FHIR model are loaded once. */
function engine(): (one: Case, record: PatientRecord) => Promise<Readonly<Record<string, unknown>>> {
  const elms = translate(LIBRARIES);
  const main = elms.at(-1);
  const library = new cql.Library(
    main,
    new cql.Repository(Object.fromEntries(elms.map((elm, index) => [index, elm]))),
  );
  const source = cqlFhir.PatientSource.FHIRv401();
  const wrapper = cqlFhir.FHIRWrapper.FHIRv401();
  const codes = new cql.CodeService(valueSets());
  return async ({ chart }, record) => {
    source.reset();
    source.loadBundles([bundleOf(record)]);
    const executor = new cql.Executor(library, codes, {
      Today: cql.Date.parse(chart.today),
      Unanswered: unanswered(record),
      Drafts: chart.drafts
        .filter(({ resourceType, id }) => chart.selections.includes(`${resourceType}/${String(id)}`))
        .filter(({ resourceType }) => resourceType === 'ServiceRequest')
        .map((draft) => wrapper.wrap(draft)),
    });
    // Date-only values take the offset of the execution: none.
    const results = await executor.exec(
      source,
      cql.DateTime.parse(`${chart.today}T12:00:00.000+00:00`) ?? undefined,
    );
    return (
      Object.values(
        results.patientResults as Readonly<Record<string, Readonly<Record<string, unknown>>>>,
      )[0] ?? {}
    );
  };
}

const evaluate = engine();

/** One line for each comparison: expression, what the service found, what the CQL found where that differs, and why. */
async function compare(one: Case): Promise<readonly string[]> {
  const record = recordOf(resourcesOf(one.chart, one.family), one.gaps, policy);
  const second = await evaluate(one, record);
  return (Object.keys(COMPARED) as Expression[]).map((expression) => {
    const ours = found(one, record, COMPARED[expression]);
    const theirs = String(second[expression]);
    if (ours === theirs) return `${expression}: ${ours}`;
    const line = `${expression}: ${ours}${DIFFERS}${theirs}`;
    const known = KNOWN.find((difference) => difference.line === line && second[difference.holds] === true);
    return known === undefined ? line : `${line} (${known.because})`;
  });
}

/** The smallest chart with this difference, starting from those that were sampled. */
async function smallest(line: string): Promise<string> {
  const property = fc.asyncProperty(cases, async (one) => !(await compare(one)).includes(line));
  const { counterexample } = await fc.check(property, { numRuns, seed });
  const [one] = counterexample ?? [];
  return one === undefined ? '' : `${line}\n  ${fc.stringify(one)}`;
}

const started = performance.now();
const counts = new Map<string, number>();
for (const one of fc.sample(cases, { numRuns, seed }))
  for (const line of await compare(one)) counts.set(line, (counts.get(line) ?? 0) + 1);
const lines = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
console.log(lines.map(([line, count]) => `${String(count).padStart(6)} ${line}`).join('\n'));
const differences = lines.map(([line]) => line).filter((line) => line.includes(DIFFERS));
const unexplained = differences.filter((line) => !line.endsWith(')'));
const silent = Object.keys(COMPARED).filter(
  (expression) => !lines.some(([line]) => line.startsWith(`${expression}: recommend`)),
);
console.log(
  `${String(numRuns)} charts, ${String(differences.length - unexplained.length)} explained and ` +
    `${String(unexplained.length)} unexplained kinds of differences, ${String(Math.round((performance.now() - started) / 1000))} s`,
);
for (const line of unexplained) console.log(await smallest(line));
for (const expression of silent) console.log(`${expression}: never recommended, so nothing was compared`);
if (unexplained.length > 0 || silent.length > 0) process.exitCode = 1;
