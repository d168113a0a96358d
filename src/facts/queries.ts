/**
 * Prefetch templates, derived from the facts that a service's recommendations declare; never retyped.
 *
 * They stay inside the widely supported subset: plain context tokens, reference and token parameters, `_sort`, `_count`;
 * no date bound, no repeated parameter, no FHIRPath.
 *
 * @see https://cds-hooks.hl7.org/2.0/#prefetch-query-restrictions
 */
import type { Concept, ConceptIndex } from './concepts.ts';
import { QUERY_KEYS, type Query, type QueryKey } from './record.ts';

interface Plan {
  readonly resourceType: string;
  /** Concepts whose codes are asked for; none asks for all resources of the type. */
  readonly concepts?: readonly string[];
  readonly sort?: string;
  readonly count?: number;
}

/**
 * Observations are grouped so that a busy history of one kind cannot push a rare result of another off the page:
 * scans, vitamin D and PTH are rare; lipids, calcium, kidney, blood pressure and weight each fill a page of their own.
 */
const PLANS: Readonly<Record<Exclude<QueryKey, 'patient' | 'encounter'>, Plan>> = {
  conditions: { resourceType: 'Condition' },
  bone: {
    resourceType: 'Observation',
    concepts: [
      'dxaTScoreHip',
      'dxaTScoreFemur',
      'dxaTScoreLumbarSpine',
      'dxaTScoreForearm',
      'dxaTScorePeripheral',
      'dxaZScore',
      'dxaBmd',
      'dxaStudy',
      'forearmAsCoded',
      'fraxResult',
      'vitaminD25OH',
      'pthIntact',
    ],
    sort: '-date',
    count: 100,
  },
  lipids: {
    resourceType: 'Observation',
    concepts: [
      'ldlCholesterol',
      'directLdl',
      'hdlCholesterol',
      'totalCholesterol',
      'nonHdlCholesterol',
      'triglycerides',
      'lipidPanel',
    ],
    sort: '-date',
    count: 100,
  },
  inflammation: { resourceType: 'Observation', concepts: ['hsCrp', 'crpPlain'], sort: '-date', count: 50 },
  calcium: {
    resourceType: 'Observation',
    concepts: ['calciumTotal', 'calciumCorrected', 'calciumIonized', 'albuminSerum'],
    sort: '-date',
    count: 50,
  },
  kidney: { resourceType: 'Observation', concepts: ['egfr', 'creatinineSerum'], sort: '-date', count: 50 },
  bloodPressure: {
    resourceType: 'Observation',
    concepts: ['bloodPressurePanel', 'systolicBloodPressure', 'diastolicBloodPressure'],
    sort: '-date',
    count: 50,
  },
  body: { resourceType: 'Observation', concepts: ['bodyWeight'], sort: '-date', count: 20 },
  socialHistory: {
    resourceType: 'Observation',
    concepts: ['smokingStatus', 'pregnancy'],
    sort: '-date',
    count: 50,
  },
  medicationRequests: { resourceType: 'MedicationRequest' },
  medicationStatements: { resourceType: 'MedicationStatement' },
  procedures: { resourceType: 'Procedure' },
  reports: { resourceType: 'DiagnosticReport', concepts: ['dxaStudy'] },
  serviceRequests: { resourceType: 'ServiceRequest' },
};

/** The queries for a set of keys, in the fixed order of QUERY_KEYS. */
export function queriesFor(keys: ReadonlySet<QueryKey>, index: ConceptIndex): readonly Query[] {
  return QUERY_KEYS.filter((key) => keys.has(key)).map((key) => queryFor(key, index));
}

function queryFor(key: QueryKey, index: ConceptIndex): Query {
  if (key === 'patient')
    return { key, resourceType: 'Patient', kind: 'read', template: 'Patient/{{context.patientId}}' };
  if (key === 'encounter')
    return { key, resourceType: 'Encounter', kind: 'read', template: 'Encounter/{{context.encounterId}}' };
  const { resourceType, concepts, sort, count } = PLANS[key];
  const parameters = [
    'patient={{context.patientId}}',
    ...(concepts === undefined ? [] : [`code=${codesOf(concepts, index).join(',')}`]),
    ...(sort === undefined ? [] : [`_sort=${sort}`]),
    ...(count === undefined ? [] : [`_count=${String(count)}`]),
  ];
  return { key, resourceType, kind: 'search', template: `${resourceType}?${parameters.join('&')}` };
}

/** Codes that an Observation or report can carry: exact ones that may be matched at all. */
function codesOf(ids: readonly string[], index: ConceptIndex): readonly string[] {
  const concepts = ids.map((id) => index.concepts.get(id)).filter((one) => one !== undefined);
  return [...new Set(concepts.flatMap(searchable))];
}

function searchable({ codes }: Concept): readonly string[] {
  return codes
    .filter(
      ({ match, verification, system }) =>
        match === undefined && verification !== 'none' && !/icd-10/.test(system),
    )
    .map(({ system, code }) => `${system}|${code}`);
}

/** Where each concept is asked for, so that a fact knows whether its own search was complete. */
export function queryOfConcepts(): ReadonlyMap<string, QueryKey> {
  return new Map(
    Object.entries(PLANS).flatMap(([key, { concepts, resourceType }]) =>
      resourceType === 'Observation'
        ? (concepts ?? []).map((concept) => [concept, key as QueryKey] as const)
        : [],
    ),
  );
}
