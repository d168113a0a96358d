/**
 * Hook requests of a given size: one synthetic woman with a low T-score and years of visits, the newest first, as an EHR sends them.
 *
 * Deterministic but for the dates, which count back from today, so that the same cards come whenever it is run.
 */
import { randomUUID } from 'node:crypto';

type Json = Readonly<Record<string, unknown>>;

const LOINC = 'http://loinc.org';
const SNOMED = 'http://snomed.info/sct';
const UCUM = 'http://unitsofmeasure.org';
const DAY_MS = 86_400_000;
const DAYS_BETWEEN_VISITS = 91;
const PATIENT = 'bench-1';

interface Lab {
  readonly key: string;
  readonly code: string;
  readonly display: string;
  readonly unit: string;
  readonly value: number;
}

const LABS: readonly Lab[] = [
  {
    key: 'lipids',
    code: '18262-6',
    display: 'Cholesterol in LDL [Mass/volume] in Serum or Plasma by Direct assay',
    unit: 'mg/dL',
    value: 128,
  },
  {
    key: 'lipids',
    code: '2085-9',
    display: 'Cholesterol in HDL [Mass/volume] in Serum or Plasma',
    unit: 'mg/dL',
    value: 52,
  },
  {
    key: 'lipids',
    code: '2093-3',
    display: 'Cholesterol [Mass/volume] in Serum or Plasma',
    unit: 'mg/dL',
    value: 206,
  },
  {
    key: 'lipids',
    code: '2571-8',
    display: 'Triglyceride [Mass/volume] in Serum or Plasma',
    unit: 'mg/dL',
    value: 131,
  },
  {
    key: 'lipids',
    code: '4548-4',
    display: 'Hemoglobin A1c/Hemoglobin.total in Blood',
    unit: '%',
    value: 5.6,
  },
  {
    key: 'kidney',
    code: '2160-0',
    display: 'Creatinine [Mass/volume] in Serum or Plasma',
    unit: 'mg/dL',
    value: 0.9,
  },
  {
    key: 'kidney',
    code: '33914-3',
    display: 'Glomerular filtration rate/1.73 sq M.predicted',
    unit: 'mL/min/{1.73_m2}',
    value: 72,
  },
  {
    key: 'calcium',
    code: '17861-6',
    display: 'Calcium [Mass/volume] in Serum or Plasma',
    unit: 'mg/dL',
    value: 9.4,
  },
  {
    key: 'calcium',
    code: '1751-7',
    display: 'Albumin [Mass/volume] in Serum or Plasma',
    unit: 'g/dL',
    value: 4.1,
  },
  { key: 'body', code: '29463-7', display: 'Body weight', unit: 'kg', value: 64 },
  { key: 'body', code: '39156-5', display: 'Body mass index (BMI) [Ratio]', unit: 'kg/m2', value: 24.1 },
];

/** A patient-view request whose JSON has about `bytes` bytes, or that holds `observations` Observations. */
export function hookRequest(size: { readonly bytes: number } | { readonly observations: number }): Json {
  const prefetch = fixedPart();
  const lists = new Map<string, Json[]>();
  const isFull = 'bytes' in size ? fullByBytes(size.bytes, prefetch) : fullByCount(size.observations);
  for (let visit = 0; ; visit += 1) {
    for (const [key, resource] of visitEntries(visit)) {
      if (isFull(resource)) return requestWith({ ...prefetch, ...bundles(lists) });
      const list = lists.get(key);
      if (list) list.push(resource);
      else lists.set(key, [resource]);
    }
  }
}

/** A request once more, as another call: a fresh hookInstance. */
export function again(request: Json): Json {
  return { ...request, hookInstance: randomUUID() };
}

function fullByBytes(bytes: number, prefetch: Json): (next: Json) => boolean {
  // A bundle for each key, and about 150 bytes of `fullUrl` and punctuation for each entry.
  let used = JSON.stringify(requestWith(prefetch)).length + 600;
  return (next) => {
    used += JSON.stringify(next).length + 90;
    return used > bytes;
  };
}

function fullByCount(most: number): () => boolean {
  let count = 0;
  return () => count++ >= most;
}

function requestWith(prefetch: Json): Json {
  return {
    hook: 'patient-view',
    hookInstance: randomUUID(),
    context: { userId: 'Practitioner/bench', patientId: PATIENT },
    prefetch,
  };
}

/** What every request holds: the person, her problems, a drug and a scan, and that the rest was looked for and not found. */
function fixedPart(): Json {
  return {
    patient: { resourceType: 'Patient', id: PATIENT, gender: 'female', birthDate: isoDate(66 * 365 + 120) },
    encounter: null,
    conditions: bundle([
      condition('c1', '59621000', 'Essential hypertension', 2400),
      condition('c2', '55822004', 'Hyperlipidemia', 1900),
    ]),
    bone: bundle([observation(tScore, 'bone-1', 120)]),
    lipids: null,
    inflammation: null,
    calcium: null,
    kidney: null,
    bloodPressure: null,
    body: null,
    socialHistory: null,
    medicationRequests: bundle([medication()]),
    medicationStatements: null,
    procedures: null,
    serviceRequests: null,
    reports: null,
  };
}

const tScore: Lab = {
  key: 'bone',
  code: '80946-7',
  display: 'DXA Hip - left [T-score] Bone density',
  unit: '{T-score}',
  value: -2.7,
};

function* visitEntries(visit: number): Generator<readonly [string, Json]> {
  const daysAgo = 40 + visit * DAYS_BETWEEN_VISITS;
  yield ['bloodPressure', bloodPressure(visit, daysAgo)];
  for (const [place, lab] of LABS.entries()) {
    const value = Math.round(lab.value * (1 + 0.03 * Math.sin(visit + place)) * 10) / 10;
    yield [lab.key, observation({ ...lab, value }, `v${String(visit)}-${String(place)}`, daysAgo)];
  }
}

function observation(lab: Lab, id: string, daysAgo: number): Json {
  const { code, display, unit, value } = lab;
  return {
    ...observationHead(id, daysAgo, lab.key === 'body' ? 'vital-signs' : 'laboratory'),
    code: concept(LOINC, code, display),
    valueQuantity: { value, unit, system: UCUM, code: unit },
  };
}

function bloodPressure(visit: number, daysAgo: number): Json {
  const part = (code: string, display: string, value: number): Json => ({
    code: concept(LOINC, code, display),
    valueQuantity: { value, unit: 'mm[Hg]', system: UCUM, code: 'mm[Hg]' },
  });
  return {
    ...observationHead(`bp-${String(visit)}`, daysAgo, 'vital-signs'),
    code: concept(LOINC, '85354-9', 'Blood pressure panel with all children optional'),
    component: [
      part('8480-6', 'Systolic blood pressure', 128 + (visit % 7)),
      part('8462-4', 'Diastolic blood pressure', 78 + (visit % 5)),
    ],
  };
}

function observationHead(id: string, daysAgo: number, category: string): Json {
  return {
    resourceType: 'Observation',
    id,
    meta: { versionId: '1', lastUpdated: `${isoDate(daysAgo)}T09:30:00.000Z` },
    status: 'final',
    category: [concept('http://terminology.hl7.org/CodeSystem/observation-category', category, category)],
    subject: { reference: `Patient/${PATIENT}` },
    encounter: { reference: `Encounter/e-${String(daysAgo)}` },
    effectiveDateTime: `${isoDate(daysAgo)}T08:15:00+00:00`,
    issued: `${isoDate(daysAgo)}T09:30:00.000Z`,
  };
}

function condition(id: string, code: string, display: string, daysAgo: number): Json {
  return {
    resourceType: 'Condition',
    id,
    clinicalStatus: concept('http://terminology.hl7.org/CodeSystem/condition-clinical', 'active', 'Active'),
    verificationStatus: concept(
      'http://terminology.hl7.org/CodeSystem/condition-ver-status',
      'confirmed',
      'Confirmed',
    ),
    code: concept(SNOMED, code, display),
    subject: { reference: `Patient/${PATIENT}` },
    onsetDateTime: isoDate(daysAgo),
  };
}

function medication(): Json {
  return {
    resourceType: 'MedicationRequest',
    id: 'm1',
    status: 'active',
    intent: 'order',
    medicationCodeableConcept: concept(
      'http://www.nlm.nih.gov/research/umls/rxnorm',
      '314076',
      'lisinopril 10 MG Oral Tablet',
    ),
    subject: { reference: `Patient/${PATIENT}` },
    authoredOn: isoDate(200),
  };
}

function concept(system: string, code: string, display: string): Json {
  return { coding: [{ system, code, display }], text: display };
}

function bundles(lists: ReadonlyMap<string, readonly Json[]>): Json {
  return Object.fromEntries([...lists].map(([key, resources]) => [key, bundle(resources)]));
}

function bundle(resources: readonly Json[]): Json {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: resources.length,
    entry: resources.map((resource) => ({ resource, search: { mode: 'match' } })),
  };
}

function isoDate(daysAgo: number): string {
  return new Date(Date.now() - daysAgo * DAY_MS).toISOString().slice(0, 10);
}
