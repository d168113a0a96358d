/** Which patient a resource belongs to, from the resource alone. */
import { isJsonObject, type JsonObject } from '../json.ts';

/** Types that a recommendation may read, and Encounter, which tells when a patient was seen. Others are counted and left. */
const READ_TYPES: ReadonlySet<string> = new Set([
  'Patient',
  'Condition',
  'Observation',
  'MedicationRequest',
  'MedicationStatement',
  'Medication',
  'Procedure',
  'DiagnosticReport',
  'ServiceRequest',
  'Encounter',
]);

export function isReadType(resourceType: string): boolean {
  return READ_TYPES.has(resourceType);
}

/**
 * The plain id in a reference to a Patient or Medication: `Patient/1`, `/Patient/1`, an absolute URL, any of them with a version, or
 * `urn:uuid:`. Undefined for whatever points to something else or to a contained resource.
 *
 * @see https://hl7.org/fhir/R4/references.html#literal
 */
export function idInReference(reference: string, type: 'Patient' | 'Medication'): string | undefined {
  if (reference.startsWith('urn:uuid:')) return reference.slice('urn:uuid:'.length) || undefined;
  const end = reference.indexOf('/_history/');
  const path = end === -1 ? reference : reference.slice(0, end);
  const slash = path.lastIndexOf('/');
  const before = path.slice(0, slash);
  const names = before === type || before === `/${type}` || /^https?:\/\/[^?#]+$/.test(before);
  return slash > 0 && names && (before === type || before.endsWith(`/${type}`))
    ? path.slice(slash + 1) || undefined
    : undefined;
}

/** What a parsed resource says about where it belongs. */
export interface Belonging {
  readonly resourceType: string;
  /** Id of the patient; for a Medication its own id. */
  readonly key: string;
  /** The Medication that it names, where that is a resource of its own. */
  readonly medication?: string;
}

/** @returns why it cannot be given to a patient, in our words, when it cannot. */
export function belongingOf(resource: unknown): Belonging | string {
  const resourceType = isJsonObject(resource) ? resource['resourceType'] : undefined;
  if (!isJsonObject(resource) || typeof resourceType !== 'string') return 'is not a FHIR resource';
  if (resourceType === 'Bundle') return 'is a Bundle among resources; give each Bundle as a file';
  if (resourceType === 'Patient' || resourceType === 'Medication') {
    const { id } = resource;
    return typeof id === 'string' && id !== ''
      ? { resourceType, key: id }
      : `is a ${resourceType} without id`;
  }
  if (!isReadType(resourceType)) return { resourceType, key: '' };
  const reference = referenceIn(resource, 'subject') ?? referenceIn(resource, 'patient');
  if (reference === undefined) return 'names no patient';
  if (reference.startsWith('#')) return 'names a contained patient';
  const key = idInReference(reference, 'Patient');
  if (key === undefined) return 'names something other than a patient';
  const named = referenceIn(resource, 'medicationReference');
  const medication = named === undefined ? undefined : idInReference(named, 'Medication');
  return medication === undefined ? { resourceType, key } : { resourceType, key, medication };
}

function referenceIn(resource: JsonObject, element: string): string | undefined {
  const value = resource[element];
  const reference = isJsonObject(value) ? value['reference'] : undefined;
  return typeof reference === 'string' ? reference : undefined;
}

/**
 * 53 bits of an id, case ignored, as a number. Two ids may share it: whoever reads a group compares the ids themselves.
 */
export function hashOf(id: string): number {
  let a = 0x811c9dc5;
  let b = 0x1b873593;
  for (let at = 0; at < id.length; at += 1) {
    let unit = id.charCodeAt(at);
    if (unit >= 65 && unit <= 90) unit += 32;
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x85ebca6b);
    b ^= b >>> 13;
  }
  a ^= a >>> 16;
  b ^= b >>> 16;
  return (a >>> 0) * 0x200000 + ((b >>> 0) & 0x1fffff);
}
