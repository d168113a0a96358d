/**
 * Small synthetic records for tests: FHIR R4 resources in clinical words, and the gathered record made of them.
 *
 * The evaluation date of all tests is 2026-01-15.
 */
import { fileURLToPath } from 'node:url';
import { codingsOf } from '../src/facts/concepts.ts';
import {
  QUERY_KEYS,
  type HookContext,
  type PatientRecord,
  type QueryKey,
  type QueryResult,
  type Resource,
  type UnknownReason,
} from '../src/facts/record.ts';
import { loadKnowledge } from '../src/knowledge/load.ts';
import { applyPolicy, type Policy, type PolicyFile } from '../src/knowledge/policy.ts';
import { RULES } from '../src/rules/index.ts';

export const TODAY = '2026-01-15';
export const PATIENT_ID = 'p1';

export const knowledge = loadKnowledge(fileURLToPath(new URL('../cards', import.meta.url)));

export function policyOf(file: PolicyFile = {}): Policy {
  return applyPolicy(file, { knowledge, rules: RULES, production: false });
}
export const guideline = policyOf();

type Extra = Readonly<Record<string, unknown>>;

let serial = 0;
/** Ids are unique within a test run and never decide an outcome. */
function nextId(): string {
  serial += 1;
  return `t${String(serial)}`;
}

const subject = { reference: `Patient/${PATIENT_ID}` };

const LOINC = 'http://loinc.org';
const UCUM = 'http://unitsofmeasure.org';

/** A patient of a given age on 2026-01-15 (birthday that day), female unless said otherwise. */
export function patient(ageYears: number, extra: Extra = {}): Resource {
  return {
    resourceType: 'Patient',
    id: PATIENT_ID,
    gender: 'female',
    birthDate: `${String(2026 - ageYears)}-01-15`,
    ...extra,
  };
}
export const man = { gender: 'male' };

/** A laboratory or vital sign Observation, final, with a UCUM quantity. */
export function lab(loinc: string, value: number, unit: string, date: string, extra: Extra = {}): Resource {
  return {
    resourceType: 'Observation',
    id: nextId(),
    status: 'final',
    subject,
    code: { coding: [{ system: LOINC, code: loinc }] },
    effectiveDateTime: date,
    valueQuantity: { value, unit, system: UCUM, code: unit },
    ...extra,
  };
}

/** `valueQuantity` with a comparator, for `extra`. */
export function quantity(comparator: string, value: number, unit: string): Extra {
  return { valueQuantity: { value, comparator, unit, system: UCUM, code: unit } };
}

export const ldl = (value: number, date = '2025-12-01', unit = 'mg/dL', extra: Extra = {}): Resource =>
  lab('2089-1', value, unit, date, extra);
export const triglycerides = (value: number, date = '2025-12-01', unit = 'mg/dL'): Resource =>
  lab('2571-8', value, unit, date);
export const hdl = (value: number, date = '2025-12-01', unit = 'mg/dL'): Resource =>
  lab('2085-9', value, unit, date);
export const totalCholesterol = (value: number, date = '2025-12-01', unit = 'mg/dL'): Resource =>
  lab('2093-3', value, unit, date);
export const vitaminD = (value: number, date = '2025-12-01', unit = 'ng/mL', extra: Extra = {}): Resource =>
  lab('62292-8', value, unit, date, extra);
export const hsCrp = (value: number, date = '2025-12-20', unit = 'mg/L', extra: Extra = {}): Resource =>
  lab('30522-7', value, unit, date, extra);
export const plainCrp = (value: number, date = '2025-12-20', unit = 'mg/L'): Resource =>
  lab('1988-5', value, unit, date);
export const eGfr = (value: number, date = '2025-12-01', extra: Extra = {}): Resource =>
  lab('98979-8', value, 'mL/min/{1.73_m2}', date, extra);
export const calcium = (value: number, date = '2025-12-01', unit = 'mg/dL'): Resource =>
  lab('17861-6', value, unit, date);
export const pth = (value: number, date = '2025-12-01', unit = 'pg/mL'): Resource =>
  lab('2731-8', value, unit, date);
export const weight = (kg: number, date = '2025-12-01', unit = 'kg'): Resource =>
  lab('29463-7', kg, unit, date);

const T_SCORE = {
  hip: '38264-8',
  femur: '38263-0',
  spine: '38267-1',
  forearm: '38265-5',
  heel: '38266-3',
} as const;
export const tScore = (
  value: number,
  date = '2025-06-01',
  site: keyof typeof T_SCORE = 'hip',
  extra: Extra = {},
): Resource => lab(T_SCORE[site], value, '{T-score}', date, extra);

/** A smoking status Observation (72166-2): daily smoker unless another SNOMED CT code is given. */
export const smokingStatus = (date: string, code = '449868002', extra: Extra = {}): Resource =>
  lab('72166-2', 0, '1', date, {
    valueQuantity: undefined,
    valueCodeableConcept: coded('snomed', code),
    ...extra,
  });

/** A blood pressure panel (85354-9) with both components. */
export function bloodPressure(
  systolic: number,
  diastolic: number,
  date = '2025-12-01',
  panel = '85354-9',
): Resource {
  const part = (loinc: string, value: number): Extra => ({
    code: { coding: [{ system: LOINC, code: loinc }] },
    valueQuantity: { value, unit: 'mmHg', system: UCUM, code: 'mm[Hg]' },
  });
  return {
    resourceType: 'Observation',
    id: nextId(),
    status: 'final',
    subject,
    code: { coding: [{ system: LOINC, code: panel }] },
    effectiveDateTime: date,
    component: [part('8462-4', diastolic), part('8480-6', systolic)],
  };
}

const SYSTEMS = {
  snomed: 'http://snomed.info/sct',
  icd10cm: 'http://hl7.org/fhir/sid/icd-10-cm',
  icd10: 'http://hl7.org/fhir/sid/icd-10',
  rxnorm: 'http://www.nlm.nih.gov/research/umls/rxnorm',
  atc: 'http://www.whocc.no/atc',
  loinc: LOINC,
} as const;
export type SystemName = keyof typeof SYSTEMS;

export function coded(system: SystemName, code: string): { coding: { system: string; code: string }[] } {
  return { coding: [{ system: SYSTEMS[system], code }] };
}

/** An active, confirmed Condition; onset and recorded dates as given in `extra`. */
export function condition(system: SystemName, code: string, extra: Extra = {}): Resource {
  const status = (name: string, value: string): Extra => ({
    coding: [{ system: `http://terminology.hl7.org/CodeSystem/condition-${name}`, code: value }],
  });
  return {
    resourceType: 'Condition',
    id: nextId(),
    subject,
    code: coded(system, code),
    clinicalStatus: status('clinical', 'active'),
    verificationStatus: status('ver-status', 'confirmed'),
    ...extra,
  };
}

/** `clinicalStatus` or `verificationStatus` for `extra` of `condition`. */
export const clinicalStatus = (code: string): Extra => ({
  clinicalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code }] },
});
export const verificationStatus = (code: string): Extra => ({
  verificationStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-ver-status', code }],
  },
});

export const osteoporosis = (extra: Extra = {}): Resource => condition('snomed', '64859006', extra);
export const osteopenia = (extra: Extra = {}): Resource => condition('snomed', '312894000', extra);

/** An active MedicationRequest by text (or CodeableConcept), authored six weeks before the evaluation date. */
export function drug(medication: string | Extra, extra: Extra = {}): Resource {
  return {
    resourceType: 'MedicationRequest',
    id: nextId(),
    status: 'active',
    intent: 'order',
    subject,
    authoredOn: '2025-12-01',
    medicationCodeableConcept: typeof medication === 'string' ? { text: medication } : medication,
    ...extra,
  };
}

/** A daily oral dose in mg and a supply in days, for `extra` of `drug`. */
export const daily = (mg: number, supplyDays?: number): Extra => ({
  dosageInstruction: [
    {
      doseAndRate: [{ doseQuantity: { value: mg, unit: 'mg', system: UCUM, code: 'mg' } }],
      timing: { repeat: { frequency: 1, period: 1, periodUnit: 'd' } },
    },
  ],
  ...(supplyDays === undefined
    ? {}
    : {
        dispenseRequest: {
          expectedSupplyDuration: { value: supplyDays, unit: 'd', system: UCUM, code: 'd' },
        },
      }),
});

export function statement(medication: string, extra: Extra = {}): Resource {
  return {
    resourceType: 'MedicationStatement',
    id: nextId(),
    status: 'active',
    subject,
    medicationCodeableConcept: { text: medication },
    ...extra,
  };
}

/** An active ServiceRequest. */
export function order(code: Extra, extra: Extra = {}): Resource {
  return {
    resourceType: 'ServiceRequest',
    id: nextId(),
    status: 'active',
    intent: 'order',
    subject,
    code,
    authoredOn: '2025-12-15',
    ...extra,
  };
}

/** A completed Procedure. */
export function procedure(code: Extra, performedDateTime?: string, extra: Extra = {}): Resource {
  return {
    resourceType: 'Procedure',
    id: nextId(),
    status: 'completed',
    subject,
    code,
    ...(performedDateTime === undefined ? {} : { performedDateTime }),
    ...extra,
  };
}

/** A final DiagnosticReport. */
export function report(code: Extra, effectiveDateTime?: string, extra: Extra = {}): Resource {
  return {
    resourceType: 'DiagnosticReport',
    id: nextId(),
    status: 'final',
    subject,
    code,
    ...(effectiveDateTime === undefined ? {} : { effectiveDateTime }),
    ...extra,
  };
}

export interface Gaps {
  /** Queries that were not answered, with the reason. */
  readonly unknown?: Partial<Record<QueryKey, UnknownReason>>;
  /** Queries whose answer is cut off. */
  readonly incomplete?: Partial<Record<QueryKey, UnknownReason>>;
}

const BY_TYPE: Readonly<Record<string, QueryKey>> = {
  Encounter: 'encounter',
  Condition: 'conditions',
  MedicationRequest: 'medicationRequests',
  MedicationStatement: 'medicationStatements',
  Procedure: 'procedures',
  DiagnosticReport: 'reports',
  ServiceRequest: 'serviceRequests',
};

/** What gathering would yield from a server that holds these resources. The first Patient is the patient. */
export function recordOf(
  resources: readonly Resource[],
  gaps: Gaps = {},
  policy: Policy = guideline,
): PatientRecord {
  const patientResource = resources.find(({ resourceType }) => resourceType === 'Patient') ?? {
    resourceType: 'Patient',
  };
  const entries = QUERY_KEYS.map((key): [QueryKey, QueryResult] => {
    const own =
      key === 'patient' ? [patientResource] : resources.filter((resource) => answers(resource, key, policy));
    const lost = gaps.unknown?.[key];
    const cut = gaps.incomplete?.[key];
    if (lost !== undefined) return [key, { state: 'unknown', reason: lost }];
    return [
      key,
      cut === undefined
        ? { state: 'complete', resources: own }
        : { state: 'incomplete', resources: own, reason: cut },
    ];
  });
  return { patient: patientResource, queries: new Map(entries) };
}

function answers(resource: Resource, key: QueryKey, policy: Policy): boolean {
  if (resource.resourceType !== 'Observation') return BY_TYPE[resource.resourceType] === key;
  const parts = Array.isArray(resource['component']) ? (resource['component'] as Extra[]) : [];
  const codes = [resource['code'], ...parts.map((part) => part['code'])];
  return codes.some((code) =>
    policy.concepts.match(codingsOf(code)).some(({ concept }) => policy.queryOf.get(concept) === key),
  );
}

/** The context of a hook call by a practitioner; drafts and selections for the order hooks. */
export function contextOf(
  draftOrders: readonly Resource[] = [],
  selections?: readonly string[],
  encounterId?: string,
): HookContext {
  return {
    userId: 'Practitioner/d1',
    patientId: PATIENT_ID,
    draftOrders,
    ...(selections === undefined ? {} : { selections }),
    ...(encounterId === undefined ? {} : { encounterId }),
  };
}
