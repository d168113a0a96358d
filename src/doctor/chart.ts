/**
 * The synthetic patient: a woman of 72 with enough wrong for most services to have something to say. Nobody's data.
 *
 * The same chart fills prefetch templates and answers on the doctor's FHIR server, for whatever a service asks: resources of the type,
 * of the asked codes when it names some.
 */
import { isJsonObject, type JsonObject } from '../json.ts';

export interface ChartOptions {
  readonly patientId: string;
  /** Whose resources are in the answers; another than the patient of the call only to see whether the service notices. */
  readonly subjectId?: string;
  /** Put into names and texts; empty for none. */
  readonly hostileText?: string;
  readonly today: Date;
}

export interface Chart {
  readonly ids: { readonly patient: string; readonly practitioner: string; readonly encounter: string };
  /** Orders that the user is writing: a drug, then an examination. */
  readonly drafts: readonly JsonObject[];
  readonly appointment: JsonObject;
  readonly problem: JsonObject;
  readonly allergy: JsonObject;
  /** The answer to `Type/id` (a resource) or `Type?query` (a searchset Bundle); null for a resource that is not there. */
  answer(query: string): JsonObject | null;
}

/** Family name of the synthetic patient. */
export const SYNTHETIC_NAME = 'Doctor-Test';

type Measured = readonly [code: string, name: string, value: number, unit: string];

/** LOINC, UCUM. Values that many guidelines have something to say about. */
const MEASURED: readonly Measured[] = [
  ['38263-0', 'DXA Femur [T-score] Bone density', -3.1, '{T-score}'],
  ['13457-7', 'Cholesterol in LDL', 196, 'mg/dL'],
  ['2085-9', 'Cholesterol in HDL', 38, 'mg/dL'],
  ['2093-3', 'Cholesterol', 281, 'mg/dL'],
  ['2571-8', 'Triglyceride', 235, 'mg/dL'],
  ['4548-4', 'Hemoglobin A1c', 9.4, '%'],
  ['62292-8', '25-hydroxyvitamin D', 11, 'ng/mL'],
  ['30522-7', 'C reactive protein, high sensitivity', 4.2, 'mg/L'],
  ['17861-6', 'Calcium', 9.4, 'mg/dL'],
  ['1751-7', 'Albumin', 4.1, 'g/dL'],
  ['98979-8', 'Glomerular filtration rate (CKD-EPI 2021)', 24, 'mL/min/{1.73_m2}'],
  ['33914-3', 'Glomerular filtration rate (MDRD)', 24, 'mL/min/{1.73_m2}'],
  ['2160-0', 'Creatinine', 2.2, 'mg/dL'],
  ['2823-3', 'Potassium', 5.8, 'mmol/L'],
  ['2345-7', 'Glucose', 212, 'mg/dL'],
  ['718-7', 'Hemoglobin', 9.6, 'g/dL'],
  ['4544-3', 'Hematocrit', 55, '%'],
  ['6301-6', 'INR', 4.1, '{INR}'],
  ['8480-6', 'Systolic blood pressure', 168, 'mm[Hg]'],
  ['8462-4', 'Diastolic blood pressure', 98, 'mm[Hg]'],
  ['29463-7', 'Body weight', 82, 'kg'],
  ['8302-2', 'Body height', 162, 'cm'],
  ['39156-5', 'Body mass index', 31.2, 'kg/m2'],
];

const LOINC = 'http://loinc.org';
const SNOMED = 'http://snomed.info/sct';
const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm';
const DAY_MS = 86_400_000;

export function createChart({
  patientId,
  subjectId = patientId,
  hostileText = '',
  today,
}: ChartOptions): Chart {
  const ids = { patient: patientId, practitioner: 'doctor-user', encounter: 'doctor-encounter' };
  const subject = { reference: `Patient/${subjectId}` };
  const daysAgo = (days: number): string =>
    new Date(today.getTime() - days * DAY_MS).toISOString().slice(0, 10);
  const concept = (system: string, code: string, display: string): JsonObject => ({
    coding: [{ system, code, display }],
    text: `${display}${hostileText}`,
  });
  const own = (resourceType: string, id: string, more: JsonObject): JsonObject => ({
    resourceType,
    id: `doctor-${id}`,
    ...more,
  });

  const alendronate = concept(RXNORM, '46041', 'alendronate');
  const atorvastatin = concept(RXNORM, '83367', 'atorvastatin');
  const drug = own('MedicationRequest', 'draft-drug', {
    status: 'draft',
    intent: 'order',
    medicationCodeableConcept: alendronate,
    subject,
    authoredOn: daysAgo(0),
    dosageInstruction: [{ text: '70 mg by mouth once a week' }],
  });
  const examination = own('ServiceRequest', 'draft-examination', {
    status: 'draft',
    intent: 'order',
    code: concept(SNOMED, '303653007', 'Computed tomography of head'),
    subject,
    authoredOn: daysAgo(0),
  });

  const condition = (id: string, code: string, display: string): JsonObject =>
    own('Condition', id, {
      clinicalStatus: { coding: [{ system: `${HL7}/condition-clinical`, code: 'active' }] },
      verificationStatus: { coding: [{ system: `${HL7}/condition-ver-status`, code: 'confirmed' }] },
      category: [{ coding: [{ system: `${HL7}/condition-category`, code: 'problem-list-item' }] }],
      code: concept(SNOMED, code, display),
      subject,
      recordedDate: daysAgo(400),
    });
  const observation = (id: string, code: JsonObject, value: JsonObject): JsonObject =>
    own('Observation', id, { status: 'final', code, subject, effectiveDateTime: daysAgo(30), ...value });
  const measured = ([code, name, value, unit]: Measured): JsonObject =>
    observation(code, concept(LOINC, code, name), { valueQuantity: quantity(value, unit) });
  const allergy = own('AllergyIntolerance', 'allergy', {
    clinicalStatus: { coding: [{ system: `${HL7}/allergyintolerance-clinical`, code: 'active' }] },
    code: concept(SNOMED, '91936005', 'Allergy to penicillin'),
    patient: subject,
  });
  const problem = condition('hypertension', '59621000', 'Essential hypertension');

  const resources: readonly JsonObject[] = [
    {
      resourceType: 'Patient',
      id: subjectId,
      name: [{ family: `${SYNTHETIC_NAME}${hostileText}`, given: ['Synthetic'] }],
      gender: 'female',
      birthDate: daysAgo(72 * 365 + 100),
    },
    own('Encounter', 'encounter', {
      status: 'in-progress',
      class: { system: `${HL7}/v3-ActCode`, code: 'AMB' },
      subject,
      period: { start: `${daysAgo(0)}T08:00:00Z` },
    }),
    own('Practitioner', 'user', { name: [{ family: 'Doctor-User' }] }),
    problem,
    condition('diabetes', '44054006', 'Diabetes mellitus type 2'),
    ...MEASURED.map(measured),
    observation('85354-9', concept(LOINC, '85354-9', 'Blood pressure panel'), {
      component: MEASURED.filter(([code]) => code === '8480-6' || code === '8462-4').map(
        ([code, name, value, unit]) => ({
          code: concept(LOINC, code, name),
          valueQuantity: quantity(value, unit),
        }),
      ),
    }),
    observation('72166-2', concept(LOINC, '72166-2', 'Tobacco smoking status'), {
      valueCodeableConcept: concept(SNOMED, '449868002', 'Smokes tobacco daily'),
    }),
    own('MedicationRequest', 'statin', {
      status: 'active',
      intent: 'order',
      medicationCodeableConcept: atorvastatin,
      subject,
      authoredOn: daysAgo(90),
    }),
    allergy,
  ];

  return {
    ids,
    drafts: [drug, examination],
    appointment: own('Appointment', 'appointment', {
      status: 'proposed',
      participant: [{ actor: subject, status: 'accepted' }],
    }),
    problem,
    allergy,
    answer: (query) => answerTo(query, resources, subject),
  };
}

const HL7 = 'http://terminology.hl7.org/CodeSystem';

function quantity(value: number, unit: string): JsonObject {
  return { value, unit, system: 'http://unitsofmeasure.org', code: unit };
}

function answerTo(query: string, resources: readonly JsonObject[], subject: JsonObject): JsonObject | null {
  const [path = '', ...rest] = query.split('?');
  const [type = '', id] = path.split('/');
  const ofType = resources.filter(({ resourceType }) => resourceType === type);
  if (rest.length === 0 && id !== undefined) return ofType.find((one) => one['id'] === id) ?? null;
  const codes = askedCodes(rest.join('?'));
  const found = codes.length === 0 ? ofType : ofType.filter((one) => hasCode(one, codes));
  // A code that the chart does not know: some result of that code, so that the service sees one.
  const [unknown] = codes;
  const made =
    found.length === 0 && unknown !== undefined && type === 'Observation' ? [resultOf(unknown, subject)] : [];
  return searchset([...found, ...made]);
}

export function searchset(resources: readonly JsonObject[], total = resources.length): JsonObject {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total,
    ...(resources.length === 0
      ? {}
      : {
          entry: resources.map((resource) => ({
            fullUrl: `urn:doctor:${String(resource['resourceType'])}:${String(resource['id'])}`,
            resource,
            search: { mode: 'match' },
          })),
        }),
  };
}

/** The values of the `code` parameter; none for `code:in`, whose value set only a terminology server knows. */
function askedCodes(query: string): readonly string[] {
  return new URLSearchParams(query)
    .getAll('code')
    .flatMap((value) => value.split(','))
    .filter((code) => code !== '');
}

function hasCode({ code }: JsonObject, asked: readonly string[]): boolean {
  const codings =
    isJsonObject(code) && Array.isArray(code['coding']) ? code['coding'].filter(isJsonObject) : [];
  return codings.some(
    ({ system, code: own }) =>
      asked.includes(String(own)) || asked.includes(`${String(system)}|${String(own)}`),
  );
}

function resultOf(token: string, subject: JsonObject): JsonObject {
  const [code = '', system = LOINC] = token.split('|').reverse();
  return {
    resourceType: 'Observation',
    id: 'doctor-other-result',
    status: 'final',
    code: { coding: [{ system, code }] },
    subject,
    effectiveDateTime: new Date().toISOString().slice(0, 10),
    valueQuantity: quantity(1, '1'),
  };
}
