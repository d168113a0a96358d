import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { buildChart } from '../../src/facts/chart.ts';
import { evidenceOf } from '../../src/facts/fact.ts';
import { FACTS, readFacts, type FactName } from '../../src/facts/index.ts';
import { QUERY_KEYS, type Resource } from '../../src/facts/record.ts';
import {
  bloodPressure,
  calcium,
  coded,
  condition,
  contextOf,
  daily,
  drug,
  eGfr,
  guideline,
  lab,
  ldl,
  patient,
  tScore,
  vitaminD,
} from '../build-record.ts';
import { chartOf, today } from './chart-of.ts';

const names = Object.keys(FACTS) as FactName[];
const read = (resources: readonly Resource[]): unknown => readFacts(chartOf(resources), names);

const TYPES = [
  'Observation',
  'Condition',
  'MedicationRequest',
  'MedicationStatement',
  'Procedure',
  'DiagnosticReport',
  'ServiceRequest',
  'Encounter',
  'Patient',
];
const word = fc.constantFrom(
  'final',
  'active',
  '2025-06-01',
  '2025',
  'constructor',
  '__proto__',
  'mg/dL',
  '2089-1',
  '38264-8',
  'http://loinc.org',
  '#m',
  '',
);
const json = fc.oneof(
  word,
  fc.jsonValue({ maxDepth: 3 }),
  fc.record({
    coding: fc.array(fc.record({ system: word, code: word })),
    value: fc.oneof(fc.double(), word),
    unit: word,
    reference: word,
  }),
);
const KEYS = [
  'id',
  'status',
  'code',
  'valueQuantity',
  'valueString',
  'effectiveDateTime',
  'effectivePeriod',
  'component',
  'contained',
  'hasMember',
  'dataAbsentReason',
  'referenceRange',
  'clinicalStatus',
  'onsetDateTime',
  'medicationReference',
  'medicationCodeableConcept',
  'dosageInstruction',
  'dispenseRequest',
  'birthDate',
  'class',
  'interpretation',
  'note',
  'category',
  'encounter',
];
const resource = fc
  .tuple(fc.constantFrom(...TYPES), fc.dictionary(fc.constantFrom(...KEYS), json))
  .map(([resourceType, own]): Resource => ({ ...own, resourceType }));

test('whatever a record holds, every fact is read and nothing throws', () => {
  fc.assert(
    fc.property(fc.array(resource, { maxLength: 6 }), resource, (resources, person) => {
      const queries = new Map(QUERY_KEYS.map((key) => [key, { state: 'complete' as const, resources }]));
      const chart = buildChart({ patient: person, queries }, contextOf(resources), today, {
        concepts: guideline.concepts,
        definitions: guideline.knowledge.definitions,
        observationStatuses: guideline.observationStatuses,
        queryOf: guideline.queryOf,
      });
      const facts = readFacts(chart, names);
      expect(names.map((name) => facts[name])).toHaveLength(names.length);
    }),
    { numRuns: 300 },
  );
});

const person = patient(66);
const record: readonly Resource[] = [
  ldl(130),
  ldl(150, '2025-06-01'),
  tScore(-1.8),
  tScore(-2.2, '2025-06-01', 'spine'),
  vitaminD(25),
  calcium(9.1),
  eGfr(55),
  bloodPressure(130, 80, '2025-12-01'),
  bloodPressure(140, 85, '2025-12-02'),
  condition('icd10cm', 'E11.9'),
  condition('icd10cm', 'S72.001A', { onsetDateTime: '2025-02-01' }),
  drug('Atorvastatin 20 MG Oral Tablet'),
  drug('Prednisone 5 MG Oral Tablet', { authoredOn: '2025-07-01', ...daily(5, 120) }),
];

/** Lists of entries have no order of their own; everything else must be equal. */
const sorted = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, one: unknown) =>
    Array.isArray(one) ? one.map((item) => JSON.stringify(item)).sort() : one,
  );

test('the order of the record changes no fact', () => {
  const before = sorted(read([person, ...record]));
  fc.assert(
    fc.property(fc.shuffledSubarray([...record], { minLength: record.length }), (shuffled) => {
      expect(sorted(read([person, ...shuffled]))).toEqual(before);
    }),
    { numRuns: 30 },
  );
});

test('a resource that came twice changes no fact', () => {
  const before = sorted(read([person, ...record]));
  fc.assert(
    fc.property(fc.subarray([...record]), (again) => {
      expect(sorted(read([person, ...record, ...again]))).toEqual(before);
    }),
    { numRuns: 30 },
  );
});

test('the newest entry comes first, whatever order the record has: it gives a suggested order its reason', () => {
  const older = condition('icd10cm', 'I61.9', { id: 'a', onsetDateTime: '2023-03-31' });
  const newer = condition('icd10cm', 'I63.9', { id: 'b', onsetDateTime: '2025-03-30' });
  const sources = (resources: readonly Resource[]): readonly string[] =>
    evidenceOf(readFacts(chartOf(resources), ['stroke']).stroke).map(({ source }) => source);
  expect(sources([older, newer])).toEqual(['Condition/b', 'Condition/a']);
  expect(sources([newer, older])).toEqual(['Condition/b', 'Condition/a']);
});

test('results that cannot be read are listed newest first, whatever order the record has', () => {
  const odd = ldl(130, '2025-06-01', 'furlong', { id: 'a' });
  const implausible = ldl(9000, '2025-12-01', 'mg/dL', { id: 'b' });
  const why = (resources: readonly Resource[]): readonly string[] =>
    readFacts(chartOf(resources), ['ldl']).ldl.unusable.map((one) => one.why);
  expect(why([odd, implausible])).toEqual(['implausible', 'unit']);
  expect(why([implausible, odd])).toEqual(['implausible', 'unit']);
});

test('of two equal smoking statuses of one day the higher id is cited, whatever order the record has', () => {
  const status = (id: string): Resource =>
    lab('72166-2', 0, '1', '2025-11-30', {
      id,
      valueQuantity: undefined,
      valueCodeableConcept: coded('snomed', '449868002'),
    });
  const source = (resources: readonly Resource[]): unknown =>
    evidenceOf(readFacts(chartOf(resources), ['smoking']).smoking).map((one) => one.source);
  expect(source([status('a'), status('b')])).toEqual(['Observation/b']);
  expect(source([status('b'), status('a')])).toEqual(['Observation/b']);
});
