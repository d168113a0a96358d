/**
 * What was gathered about one patient, query by query, before anything is read from it.
 *
 * Unknown is not absent: `complete` with no resources means that the record was asked and holds nothing;
 * `incomplete` means that what is there may be used but nothing may be said to be missing;
 * `unknown` means that the query was not answered.
 */

import { isJsonObject } from '../json.ts';

/** A FHIR resource as it came in: nothing about it has been checked but its type name. */
export type Resource = { readonly resourceType: string; readonly id?: unknown } & Readonly<
  Record<string, unknown>
>;

export function isResource(value: unknown): value is Resource {
  return isJsonObject(value) && typeof value['resourceType'] === 'string';
}

/** Resources that came before, by type and id. */
export type Seen = Map<string, Set<string>>;

/** The same resource may come twice; without an id it can only be counted as it comes. Remembers the resource. */
export function isNew({ id, resourceType }: Resource, seen: Seen): boolean {
  if (typeof id !== 'string') return true;
  const ids = seen.get(resourceType);
  if (ids === undefined) {
    seen.set(resourceType, new Set([id]));
    return true;
  }
  const before = ids.size;
  return ids.add(id).size > before;
}

/** Why something is not known. Each has its sentence for clinicians in cards/definitions.yaml (`unknownReasons`). */
export type UnknownReason =
  | 'not-provided' // key missing and no FHIR access
  | 'not-permitted' // 401, 403 or scope
  | 'failed' // 4xx, 5xx, network, not FHIR
  | 'timed-out'
  | 'too-large'
  | 'truncated' // more pages than could be read
  | 'error-reported' // an OperationOutcome in place of data
  | 'wrong-type' // not the resource type that was asked for
  | 'other-patient' // entries that belong to somebody else were dropped
  | 'unreadable' // something is there, but value, unit, date or code cannot be used
  | 'ambiguous' // the record supports two readings
  | 'not-yet-usable' // preliminary or pending
  | 'not-asked'; // nothing in this call asked for it

export type QueryResult =
  | { readonly state: 'complete'; readonly resources: readonly Resource[] }
  | { readonly state: 'incomplete'; readonly resources: readonly Resource[]; readonly reason: UnknownReason }
  | { readonly state: 'unknown'; readonly reason: UnknownReason };

/** One FHIR query of a service: the prefetch key and its template. */
export interface Query {
  readonly key: QueryKey;
  readonly resourceType: string;
  /** `read` yields one resource, `search` a Bundle. */
  readonly kind: 'read' | 'search';
  /** Prefetch template, e.g. `Condition?patient={{context.patientId}}`. Only plain context tokens. */
  readonly template: string;
}

export const QUERY_KEYS = [
  'patient',
  'encounter',
  'conditions',
  'bone',
  'lipids',
  'inflammation',
  'calcium',
  'kidney',
  'bloodPressure',
  'blood',
  'body',
  'socialHistory',
  'medicationRequests',
  'medicationStatements',
  'procedures',
  'reports',
  'serviceRequests',
] as const;
export type QueryKey = (typeof QUERY_KEYS)[number];

export interface PatientRecord {
  readonly patient: Resource;
  /** A key that the service did not ask for is not in the map. */
  readonly queries: ReadonlyMap<QueryKey, QueryResult>;
}

/** What the hook call itself says. Ids are plain ids; drafts are as the client sent them, possibly loose or invalid R4. */
export interface HookContext {
  readonly userId: string;
  readonly patientId: string;
  readonly encounterId?: string;
  /** Draft orders of order-select and order-sign, entries of `context.draftOrders`. */
  readonly draftOrders: readonly Resource[];
  /** `Type/id` of the drafts just chosen (order-select); absent for other hooks. */
  readonly selections?: readonly string[];
  /** What feedback has quieted for this patient: recommendation -> until when and why. Nothing when absent. */
  readonly quiet?: ReadonlyMap<string, QuietUntil>;
}

/** The last day of quiet, `YYYY-MM-DD`, the reason code, and the day of the feedback. */
export interface QuietUntil {
  readonly until: string;
  readonly because: string;
  readonly since: string;
}
