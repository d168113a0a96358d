/**
 * CDS Hooks requests: wire types and their JSON Schemas, one source for both (TypeBox).
 *
 * Strict about what the service relies on, loose about everything else: unknown members are ignored, prefetch values and
 * draft orders may be anything (the public sandbox sends drafts that are not valid R4), because bad patient data is an
 * unknown fact and no bad request.
 *
 * @see https://cds-hooks.hl7.org/2.0/#http-request_1
 * @see https://cds-hooks.hl7.org/hooks/ for the context of each hook
 */
import { Type, type Static, type TProperties, type TUnsafe } from 'typebox';
import { FEEDBACK_RULES } from './feedback.ts';

/** "." and ".." would be FHIR ids by the letter of the standard, but they climb in a URL. */
const FHIR_ID = '(?!\\.{1,2}$)[A-Za-z0-9\\-.]{1,64}';

/** What each field has to be, in constant words: the only text about a field that an answer holds. */
const FIELD_RULES: Readonly<Record<string, string>> = {
  '/hook': 'required, the name of the hook of this service',
  '/hookInstance': 'required, a UUID without prefix',
  '/fhirServer':
    'an absolute http or https URL without credentials; required when fhirAuthorization is there',
  '/fhirAuthorization': 'an object with access_token, token_type, expires_in, scope and subject',
  '/fhirAuthorization/access_token': 'required, a bearer token of at most 16,000 characters',
  '/fhirAuthorization/token_type': 'required, Bearer',
  '/fhirAuthorization/expires_in': 'required, a whole number of seconds, 0 or more',
  '/fhirAuthorization/scope': 'required, a string of at most 10,000 characters',
  '/fhirAuthorization/subject': 'required, a string of at most 1,000 characters',
  '/fhirAuthorization/patient': 'a string of at most 1,000 characters',
  '/context': 'required, an object with the fields of the hook',
  '/context/userId': 'required, Type/id of the current user, of a type that the hook allows',
  '/context/patientId': 'required, a FHIR id without resource type',
  '/context/encounterId': 'a FHIR id without resource type; required by encounter-discharge',
  '/context/selections': 'required, a list of Type/id with at least one entry',
  '/context/selections/*': 'a reference of the form Type/id',
  '/context/draftOrders': 'required, a Bundle object',
  '/context/draftOrders/entry': 'a list',
  '/prefetch': 'an object',
  '/extension': 'an object',
};

/**
 * What the field at `pointer` has to be, in words that hold nothing of the caller's.
 *
 * @param pointer JSON pointer into the request; list indexes are ignored.
 */
export function fieldRule(pointer: string): string | undefined {
  const name = pointer.replace(/\/\d+(?=\/|$)/g, '/*');
  return FIELD_RULES[name] ?? FEEDBACK_RULES[name];
}

const uuid = Type.String({
  pattern: '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$',
});
const fhirId = Type.String({ pattern: `^${FHIR_ID}$` });
const anyObject = Type.Unsafe<Record<string, unknown>>({ type: 'object' });

/** "FHIR resource access": the token travels in a header, so it has to be printable ASCII without spaces. */
export const fhirAuthorizationSchema = Type.Object({
  access_token: Type.String({ pattern: '^[\\x21-\\x7e]+$', maxLength: 16_000 }),
  // Fixed to "Bearer" by the standard; accepted in any case, as OAuth 2 compares it.
  token_type: Type.String({ pattern: '^[Bb][Ee][Aa][Rr][Ee][Rr]$' }),
  expires_in: Type.Integer({ minimum: 0 }),
  scope: Type.String({ maxLength: 10_000 }),
  subject: Type.String({ maxLength: 1000 }),
  patient: Type.Optional(Type.String({ maxLength: 1000 })),
});

function userOf(...types: string[]): TUnsafe<string> {
  return Type.Unsafe<string>({ type: 'string', pattern: `^(${types.join('|')})/${FHIR_ID}$` });
}

const clinician = userOf('Practitioner', 'PractitionerRole');

/** A Bundle, read loosely: entries that are no resources are skipped where they are read, not refused here. */
const draftOrders = Type.Object({ entry: Type.Optional(Type.Array(Type.Unknown())) });

function hookRequest<Hook extends string, Context extends TProperties>(hook: Hook, context: Context) {
  return Type.Object(
    {
      hook: Type.Literal(hook),
      hookInstance: uuid,
      fhirServer: Type.Optional(
        Type.String({ pattern: '^[hH][tT][tT][pP][sS]?://[^\\s]+$', maxLength: 2048 }),
      ),
      fhirAuthorization: Type.Optional(fhirAuthorizationSchema),
      context: Type.Object(context),
      prefetch: Type.Optional(anyObject),
      extension: Type.Optional(anyObject),
    },
    // "If fhirAuthorization is provided, fhirServer is REQUIRED."
    { dependencies: { fhirAuthorization: ['fhirServer'] } },
  );
}

export const patientViewSchema = hookRequest('patient-view', {
  userId: userOf('Practitioner', 'PractitionerRole', 'Patient', 'RelatedPerson'),
  patientId: fhirId,
  encounterId: Type.Optional(fhirId),
});

export const orderSelectSchema = hookRequest('order-select', {
  userId: clinician,
  patientId: fhirId,
  encounterId: Type.Optional(fhirId),
  // Ids of drafts are often temporary: only the form Type/… is asked for.
  selections: Type.Array(Type.String({ pattern: '^[A-Za-z]+/[^\\s]+$' }), { minItems: 1 }),
  draftOrders,
});

export const orderSignSchema = hookRequest('order-sign', {
  userId: clinician,
  patientId: fhirId,
  encounterId: Type.Optional(fhirId),
  draftOrders,
});

export const encounterDischargeSchema = hookRequest('encounter-discharge', {
  userId: clinician,
  patientId: fhirId,
  encounterId: fhirId,
});

/** Request schema by hook name. */
export const REQUEST_SCHEMAS = {
  'patient-view': patientViewSchema,
  'order-select': orderSelectSchema,
  'order-sign': orderSignSchema,
  'encounter-discharge': encounterDischargeSchema,
} as const;

export type HookName = keyof typeof REQUEST_SCHEMAS;
export type HookRequest =
  | Static<typeof patientViewSchema>
  | Static<typeof orderSelectSchema>
  | Static<typeof orderSignSchema>
  | Static<typeof encounterDischargeSchema>;
