/**
 * What can be searched for: R4 search parameters by resource type, with the elements that they look at. Those of our prefetch
 * templates, of the public sandbox, and what a curious integrator tries next.
 *
 * @see https://hl7.org/fhir/R4/searchparameter-registry.html
 */

export interface SearchParameter {
  readonly kind: 'token' | 'date' | 'reference' | 'string';
  /** Elements, dotted; lists are looked through. */
  readonly elements: readonly string[];
  /** The one type that it points to. */
  readonly target?: 'Patient' | 'Encounter';
}

type Parameters = Readonly<Record<string, SearchParameter>>;

const token = (...elements: string[]): SearchParameter => ({ kind: 'token', elements });
const date = (...elements: string[]): SearchParameter => ({ kind: 'date', elements });
const string = (...elements: string[]): SearchParameter => ({ kind: 'string', elements });
const reference = (...elements: string[]): SearchParameter => ({ kind: 'reference', elements });
const to = (target: 'Patient' | 'Encounter', ...elements: string[]): SearchParameter => ({
  kind: 'reference',
  elements,
  target,
});

/** Of every type. */
const ID: Parameters = { _id: token('id') };
/** `patient` names a Patient; `subject` may name anything. */
const ofPatient: Parameters = { patient: to('Patient', 'subject'), subject: reference('subject') };
const encounter: Parameters = { encounter: to('Encounter', 'encounter') };
const code = token('code');
const status = token('status');
const category = token('category');

const BY_TYPE: Readonly<Record<string, Parameters>> = {
  Patient: {
    identifier: token('identifier'),
    name: string('name.text', 'name.family', 'name.given', 'name.prefix', 'name.suffix'),
    family: string('name.family'),
    given: string('name.given'),
    gender: token('gender'),
    birthdate: date('birthDate'),
  },
  Condition: {
    ...ofPatient,
    ...encounter,
    code,
    category,
    'clinical-status': token('clinicalStatus'),
    'verification-status': token('verificationStatus'),
    'onset-date': date('onsetDateTime', 'onsetPeriod'),
    'recorded-date': date('recordedDate'),
  },
  Observation: {
    ...ofPatient,
    ...encounter,
    code,
    category,
    status,
    date: date('effectiveDateTime', 'effectivePeriod', 'effectiveInstant'),
  },
  MedicationRequest: {
    ...ofPatient,
    ...encounter,
    code: token('medicationCodeableConcept'),
    status,
    intent: token('intent'),
    category,
    authoredon: date('authoredOn'),
  },
  MedicationStatement: {
    ...ofPatient,
    context: to('Encounter', 'context'),
    code: token('medicationCodeableConcept'),
    status,
    category,
    effective: date('effectiveDateTime', 'effectivePeriod'),
  },
  Medication: { code, status },
  Procedure: {
    ...ofPatient,
    ...encounter,
    code,
    category,
    status,
    date: date('performedDateTime', 'performedPeriod'),
  },
  DiagnosticReport: {
    ...ofPatient,
    ...encounter,
    code,
    category,
    status,
    date: date('effectiveDateTime', 'effectivePeriod'),
    issued: date('issued'),
  },
  ServiceRequest: {
    ...ofPatient,
    ...encounter,
    code,
    category,
    status,
    intent: token('intent'),
    authored: date('authoredOn'),
  },
  Encounter: { ...ofPatient, status, class: token('class'), type: token('type'), date: date('period') },
  AllergyIntolerance: {
    patient: to('Patient', 'patient'),
    code: token('code', 'reaction.substance'),
    category,
    'clinical-status': token('clinicalStatus'),
    'verification-status': token('verificationStatus'),
    date: date('recordedDate'),
  },
  Immunization: {
    patient: to('Patient', 'patient'),
    status,
    'vaccine-code': token('vaccineCode'),
    date: date('occurrenceDateTime'),
  },
  CarePlan: { ...ofPatient, ...encounter, status, category, date: date('period') },
  CareTeam: { ...ofPatient, ...encounter, status, category, date: date('period') },
  Goal: { ...ofPatient, 'lifecycle-status': token('lifecycleStatus'), 'start-date': date('startDate') },
  Practitioner: { identifier: token('identifier'), name: string('name.text', 'name.family', 'name.given') },
  Organization: { identifier: token('identifier'), name: string('name') },
  Location: { identifier: token('identifier'), name: string('name') },
};

/** Types about a patient that are searched by patient only. */
const BY_PATIENT_ONLY = [
  'Claim',
  'Consent',
  'Device',
  'DocumentReference',
  'ExplanationOfBenefit',
  'ImagingStudy',
  'MedicationDispense',
  'RelatedPerson',
  'RiskAssessment',
  'Specimen',
] as const;
const BY_ID_ONLY = ['Contract', 'PractitionerRole', 'Provenance'] as const;

const PARAMETERS: ReadonlyMap<string, Parameters> = new Map([
  ...Object.entries(BY_TYPE).map(([type, own]) => [type, { ...ID, ...own }] as const),
  ...BY_PATIENT_ONLY.map((type) => [type, { ...ID, patient: to('Patient', 'subject', 'patient') }] as const),
  ...BY_ID_ONLY.map((type) => [type, ID] as const),
]);

export const SERVED_TYPES: readonly string[] = [...PARAMETERS.keys()].sort();

/** Undefined for a type that is not served. */
export function parametersOf(type: string): Parameters | undefined {
  return PARAMETERS.get(type);
}
