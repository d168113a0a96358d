import type { Query, Resource } from '../../src/facts/record.ts';
import type { HookRequest } from '../../src/hooks/request.ts';
import { createGather, type Gather, type GatherOptions, type GatherResult } from '../../src/gather/gather.ts';

export const LOINC = 'http://loinc.org';
export const TOKEN = 'secret-token-of-this-test';

export const PATIENT: Query = {
  key: 'patient',
  kind: 'read',
  resourceType: 'Patient',
  template: 'Patient/{{context.patientId}}',
};
export const ENCOUNTER: Query = {
  key: 'encounter',
  kind: 'read',
  resourceType: 'Encounter',
  template: 'Encounter/{{context.encounterId}}',
};
export const CONDITIONS: Query = {
  key: 'conditions',
  kind: 'search',
  resourceType: 'Condition',
  template: 'Condition?patient={{context.patientId}}',
};
export const BONE: Query = {
  key: 'bone',
  kind: 'search',
  resourceType: 'Observation',
  template: `Observation?patient={{context.patientId}}&code=${LOINC}|38267-1,${LOINC}|1989-3&_sort=-date`,
};
export const ORDERS: Query = {
  key: 'medicationRequests',
  kind: 'search',
  resourceType: 'MedicationRequest',
  template: 'MedicationRequest?patient={{context.patientId}}',
};
export const QUERIES = [PATIENT, CONDITIONS, BONE] as const;

export const woman: Resource = {
  resourceType: 'Patient',
  id: 'p1',
  gender: 'female',
  birthDate: '1955-03-02',
};

const subject = { reference: 'Patient/p1' };

export function condition(id: string, extra: object = {}): Resource {
  return { resourceType: 'Condition', id, subject, code: { text: 'Osteoporosis' }, ...extra };
}

export function observation(id: string, code = '38267-1', extra: object = {}): Resource {
  return { resourceType: 'Observation', id, subject, code: { coding: [{ system: LOINC, code }] }, ...extra };
}

export function bundle(resources: readonly unknown[], extra: object = {}): Resource {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    entry: resources.map((resource) => ({ resource })),
    ...extra,
  };
}

/** A patient-view call for the woman; members given replace these. */
export function call(members: object = {}, context: object = {}): HookRequest {
  return {
    hook: 'patient-view',
    hookInstance: '0b1c2d3e-0000-4000-8000-000000000001',
    context: { userId: 'Practitioner/d1', patientId: 'p1', ...context },
    ...members,
  };
}

export function authorized(
  fhirServer: string,
  authorization: object = {},
  members: object = {},
): HookRequest {
  const fhirAuthorization = {
    access_token: TOKEN,
    token_type: 'Bearer',
    expires_in: 300,
    scope: 'patient/*.read',
    subject: 'cds',
    ...authorization,
  };
  return call({ fhirServer, fhirAuthorization, ...members });
}

/** Gathers once, with a deadline that only a hang can meet, and closes the connections. */
export async function gatherOnce(
  request: HookRequest,
  queries: readonly Query[] = QUERIES,
  options: Partial<GatherOptions> = {},
  deadlineMs = 30_000,
): Promise<GatherResult> {
  const gather: Gather & { close(): Promise<void> } = createGather({ allowServer: () => true, ...options });
  try {
    return await gather(request, queries, Date.now() + deadlineMs);
  } finally {
    await gather.close();
  }
}

/** The ids that a query yielded, or the reason why it is unknown. */
export function summary(result: GatherResult, { key }: Query): unknown {
  const query = result.record.queries.get(key);
  if (query === undefined) return 'not asked';
  if (query.state === 'unknown') return query.reason;
  const ids = query.resources.map(({ id }) => id);
  return query.state === 'complete' ? ids : { ids, reason: query.reason };
}
