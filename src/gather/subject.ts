import type { Resource } from '../facts/record.ts';
import { isJsonObject } from '../json.ts';

/**
 * Whether a resource may be used for this patient.
 *
 * A Patient without id answers the read of that id; a resource without subject answers a query that named the patient. A reference to
 * anybody or anything else (another Patient, a Group, a contained resource) is not this patient.
 *
 * @param patientId the plain id of `context.patientId`.
 * @see https://hl7.org/fhir/R4/references.html
 */
export function belongsTo(resource: Resource, patientId: string): boolean {
  if (resource.resourceType === 'Patient') return isMissing(resource.id) || resource.id === patientId;
  return mayPointTo(resource.subject, patientId) && mayPointTo(resource.patient, patientId);
}

function mayPointTo(reference: unknown, patientId: string): boolean {
  if (isMissing(reference)) return true;
  if (!isJsonObject(reference)) return false;
  // By identifier or display only: nothing to compare, so it counts like a resource without subject.
  if (isMissing(reference.reference)) return true;
  return typeof reference.reference === 'string' && pointsTo(reference.reference, patientId);
}

function pointsTo(reference: string, patientId: string): boolean {
  // As nearly every reference is written; an id holds no slash.
  if (
    reference.length === PLAIN.length + patientId.length &&
    reference.startsWith(PLAIN) &&
    reference.endsWith(patientId)
  )
    return !patientId.includes('/');
  if (reference.startsWith('urn:uuid:')) return reference.slice(9).toLowerCase() === patientId.toLowerCase();
  const unversioned = reference.replace(/\/_history\/[^/]*$/, '');
  // `/Patient/1` with a leading slash occurs in public SMART sample data.
  const [, id] = /^(?:https?:\/\/[^?#]+\/|\/)?Patient\/([^/]+)$/.exec(unversioned) ?? [];
  return id === patientId;
}

const PLAIN = 'Patient/';

function isMissing(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}
