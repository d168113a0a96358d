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
  /** Why it is a query of its own; docs/prefetch.md prints it. */
  readonly why: string;
}

/**
 * Observations are grouped so that a busy history of one kind cannot push a rare result of another off the page: scans,
 * vitamin D, PTH, TSH, testosterone and coronary calcium are rare; lipids with HbA1c, calcium with its panel, kidney, blood
 * pressure, blood count and body measures each fill a page of their own.
 */
const PLANS: Readonly<Record<Exclude<QueryKey, 'patient' | 'encounter'>, Plan>> = {
  conditions: {
    why: 'Problems decide about exclusions, hazards and reasons; entries without a code list are few.',
    resourceType: 'Condition',
  },
  bone: {
    why: 'Results that are rare and stay important for years: nothing frequent may push a T-score off the page.',
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
      'tsh',
      'testosteroneTotal',
      'coronaryCalciumScore',
      'coronaryCalciumExam',
    ],
    sort: '-date',
    count: 100,
  },
  lipids: {
    why: 'Lipids come five or six at a time, HbA1c with them.',
    resourceType: 'Observation',
    concepts: [
      'ldlCholesterol',
      'directLdl',
      'hdlCholesterol',
      'totalCholesterol',
      'nonHdlCholesterol',
      'triglycerides',
      'lipidPanel',
      'hba1c',
    ],
    sort: '-date',
    count: 100,
  },
  inflammation: {
    why: 'CRP can be daily in an illness; the pair of hs-CRP that counts must stay on the page.',
    resourceType: 'Observation',
    concepts: ['hsCrp', 'crpPlain'],
    sort: '-date',
    count: 50,
  },
  calcium: {
    why: 'Calcium with albumin, phosphate and alkaline phosphatase: one metabolic panel, frequent.',
    resourceType: 'Observation',
    concepts: [
      'calciumTotal',
      'calciumCorrected',
      'calciumIonized',
      'albuminSerum',
      'phosphate',
      'alkalinePhosphatase',
    ],
    sort: '-date',
    count: 100,
  },
  kidney: {
    why: 'eGFR and creatinine are the most frequent results of all; two of them 90 days apart are needed.',
    resourceType: 'Observation',
    concepts: ['egfr', 'egfrCkdEpi2021', 'creatinineSerum'],
    sort: '-date',
    count: 50,
  },
  bloodPressure: {
    why: 'A busy blood pressure history fills any page alone; the newest days are enough.',
    resourceType: 'Observation',
    concepts: ['bloodPressurePanel', 'systolicBloodPressure', 'diastolicBloodPressure'],
    sort: '-date',
    count: 50,
  },
  blood: {
    why: 'The haematocrit of a frequent blood count, before testosterone is signed.',
    resourceType: 'Observation',
    concepts: ['hematocrit'],
    sort: '-date',
    count: 20,
  },
  body: {
    why: 'Weight, height and body mass index for risk tools and creatinine clearance.',
    resourceType: 'Observation',
    concepts: ['bodyWeight', 'bodyHeight', 'bodyMassIndex'],
    sort: '-date',
    count: 50,
  },
  socialHistory: {
    why: 'Smoking and pregnancy status.',
    resourceType: 'Observation',
    concepts: ['smokingStatus', 'pregnancy'],
    sort: '-date',
    count: 50,
  },
  medicationRequests: {
    why: 'Drugs by order. No code list: drugs are also recognised by text.',
    resourceType: 'MedicationRequest',
  },
  medicationStatements: {
    why: 'Drugs by statement, where a patient takes what nobody here ordered.',
    resourceType: 'MedicationStatement',
  },
  procedures: {
    why: 'Revascularisation, dialysis, oophorectomy, counselling, scans recorded as procedures.',
    resourceType: 'Procedure',
  },
  reports: {
    why: 'Scans that exist only as a report: done, without a T-score.',
    resourceType: 'DiagnosticReport',
    concepts: ['dxaStudy'],
  },
  serviceRequests: {
    why: 'What is already ordered or referred: never ask for it again.',
    resourceType: 'ServiceRequest',
  },
};

/** The queries whose answers are results. */
export const OBSERVATION_KEYS: readonly QueryKey[] = QUERY_KEYS.filter(
  (key) => key !== 'patient' && key !== 'encounter' && PLANS[key].resourceType === 'Observation',
);

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

/** What a query asks for and why, for the documentation. */
export function planOf(key: QueryKey): {
  readonly concepts: readonly string[];
  readonly count: number | null;
  readonly why: string;
} {
  if (key === 'patient')
    return { concepts: [], count: null, why: 'Age, sex, death: nothing is said without them.' };
  if (key === 'encounter')
    return {
      concepts: [],
      count: null,
      why: 'Inpatient or emergency care silences reminders; dates of entries.',
    };
  const { concepts = [], count = null, why } = PLANS[key];
  return { concepts, count, why };
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
