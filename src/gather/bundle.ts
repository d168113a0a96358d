/**
 * A patient Bundle as a record: the whole of it is taken as all that the record holds, so what is not in it is absent.
 *
 * For replay, fixtures and everything else that judges a saved chart. References in any form are understood: `Type/id`,
 * absolute, leading slash, and `urn:uuid:` of the Bundle's own fullUrls, which is all that some public Bundles have.
 */
import { ServiceError } from '../errors.ts';
import {
  QUERY_KEYS,
  type PatientRecord,
  type QueryKey,
  type QueryResult,
  type Resource,
} from '../facts/record.ts';
import { isJsonObject } from '../json.ts';
import { belongsTo } from './subject.ts';

const KEY_OF_TYPE: Readonly<Record<string, QueryKey>> = {
  Condition: 'conditions',
  // Facts look at all Observations together; which query brought one does not matter when all are complete.
  Observation: 'bone',
  MedicationRequest: 'medicationRequests',
  Medication: 'medicationRequests',
  MedicationStatement: 'medicationStatements',
  Procedure: 'procedures',
  DiagnosticReport: 'reports',
  ServiceRequest: 'serviceRequests',
};

/** The resources of a Bundle with plain ids and plain references to Patient and Medication. */
export interface PlainBundle {
  readonly patientId: string;
  readonly resources: readonly Resource[];
}

/**
 * @param bundle a FHIR Bundle of any type; entries without a resource are passed over.
 * @param patientId which Patient, when the Bundle holds several; the first one otherwise.
 * @throws ServiceError ERR_BAD_REQUEST when it is no Bundle or holds no such Patient.
 */
export function plainBundle(bundle: unknown, patientId?: string): PlainBundle {
  if (!isJsonObject(bundle) || bundle['resourceType'] !== 'Bundle') {
    throw new ServiceError('ERR_BAD_REQUEST', 'not a FHIR Bundle', { pointers: ['/resourceType'] });
  }
  const entries = (Array.isArray(bundle['entry']) ? bundle['entry'] : []).flatMap(readEntry);
  const ids = new Map(entries.flatMap(({ fullUrl, resource }) => namesOf(resource, fullUrl)));
  const resources = entries.map(({ resource }) => withPlainReferences(resource, ids));
  const patient = resources.find(
    ({ resourceType, id }) => resourceType === 'Patient' && (patientId === undefined || id === patientId),
  );
  if (patient === undefined) {
    throw new ServiceError('ERR_BAD_REQUEST', 'the Bundle holds no such Patient', { pointers: ['/entry'] });
  }
  return { patientId: String(patient.id), resources };
}

/** What a reference to this entry may say instead of `Type/id`. */
function namesOf({ resourceType, id }: Resource, fullUrl: string | null): (readonly [string, string])[] {
  const plain = `${resourceType}/${String(id)}`;
  return [[`urn:uuid:${String(id)}`, plain], ...(fullUrl === null ? [] : [[fullUrl, plain] as const])];
}

interface Entry {
  readonly fullUrl: string | null;
  readonly resource: Resource;
}

function readEntry(entry: unknown, index: number): Entry[] {
  const resource = isJsonObject(entry) ? entry['resource'] : undefined;
  if (!isJsonObject(resource) || typeof resource['resourceType'] !== 'string') return [];
  const fullUrl = isJsonObject(entry) && typeof entry['fullUrl'] === 'string' ? entry['fullUrl'] : null;
  const id =
    typeof resource['id'] === 'string' && resource['id'] !== ''
      ? resource['id']
      : tail(fullUrl) || `entry-${String(index)}`;
  return [{ fullUrl, resource: { ...resource, resourceType: resource['resourceType'], id } }];
}

function tail(fullUrl: string | null): string {
  return (
    fullUrl
      ?.split(/[/:]/)
      .at(-1)
      ?.replace(/[^A-Za-z0-9\-.]/g, '') ?? ''
  );
}

const REFERENCES = ['subject', 'patient', 'medicationReference', 'encounter'] as const;

function withPlainReferences(resource: Resource, ids: ReadonlyMap<string, string>): Resource {
  const changed = REFERENCES.flatMap((key) => {
    const reference = resource[key];
    const target =
      isJsonObject(reference) && typeof reference['reference'] === 'string'
        ? ids.get(reference['reference'])
        : undefined;
    return target === undefined || !isJsonObject(reference)
      ? []
      : [[key, { ...reference, reference: target }] as const];
  });
  return changed.length === 0 ? resource : { ...resource, ...Object.fromEntries(changed) };
}

/** The record of one patient of a Bundle: every query complete, resources of other patients left out. */
export function recordOfBundle({ patientId, resources }: PlainBundle): PatientRecord {
  const patient = resources.find(
    ({ resourceType, id }) => resourceType === 'Patient' && id === patientId,
  ) ?? { resourceType: 'Patient' };
  const own = resources.filter(
    (resource) => resource.resourceType === 'Medication' || belongsTo(resource, patientId),
  );
  const queries = QUERY_KEYS.map((key): [QueryKey, QueryResult] => {
    const found =
      key === 'patient' ? [patient] : own.filter(({ resourceType }) => KEY_OF_TYPE[resourceType] === key);
    return [key, { state: 'complete', resources: found }];
  });
  return { patient, queries: new Map(queries) };
}
