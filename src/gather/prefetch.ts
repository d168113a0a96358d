import { isResource } from '../facts/record.ts';
import type { Query, Resource, UnknownReason } from '../facts/record.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { belongsTo } from './subject.ts';

/** The patient and encounter of the hook call: what is gathered must be theirs. */
export interface CallIds {
  readonly patientId: string;
  readonly encounterId: string | undefined;
}

/** One page of an answer; `reason` says why what it holds is not all there is. */
export interface Page {
  readonly resources: readonly Resource[];
  readonly reason: UnknownReason | undefined;
  /** Entries that answer the search, dropped ones included, to compare with `total`. */
  readonly matches: number;
  readonly total: number | undefined;
  /** The next link as sent, unchecked. */
  readonly next: string | undefined;
}

export type Answer =
  { readonly usable: true; readonly page: Page } | { readonly usable: false; readonly reason: UnknownReason };

const NOTHING: Page = { resources: [], reason: undefined, matches: 0, total: undefined, next: undefined };

/**
 * Reads the prefetch value of one query.
 *
 * CDS Hooks 2.0 "Prefetch template": a missing key means that the client did not look, null that it looked and found nothing.
 *
 * @param prefetch as sent; only own properties count, so that a key like `__proto__` means nothing.
 * @returns not usable with `not-provided` when the key is missing.
 * @see https://cds-hooks.hl7.org/2.0/#prefetch-template
 */
export function readPrefetch(query: Query, prefetch: unknown, ids: CallIds): Answer {
  const given =
    isJsonObject(prefetch) && Object.hasOwn(prefetch, query.key) ? prefetch[query.key] : undefined;
  return given === undefined ? unusable('not-provided') : readAnswer(query, given, ids);
}

/**
 * Reads what answers one query, whether it came by prefetch or from the FHIR server: a resource or null for a read, a Bundle or null
 * for a search. Never throws; resources are neither copied nor checked beyond type and subject.
 *
 * @returns not usable with `error-reported` for an OperationOutcome, `other-patient` or `wrong-type`.
 */
export function readAnswer(query: Query, value: unknown, ids: CallIds): Answer {
  if (value === null) return { usable: true, page: NOTHING };
  if (!isResource(value)) return unusable('wrong-type');
  if (value.resourceType === 'OperationOutcome') return unusable('error-reported');
  return query.kind === 'read' ? readInstance(query, value, ids) : readBundle(query, value, ids);
}

function readInstance(query: Query, resource: Resource, ids: CallIds): Answer {
  if (resource.resourceType !== query.resourceType) return unusable('wrong-type');
  if (!belongsTo(resource, ids.patientId)) return unusable('other-patient');
  // Another encounter of the same patient is not what was asked for.
  if (resource.resourceType === 'Encounter' && !isEncounter(resource, ids)) return unusable('wrong-type');
  return { usable: true, page: { ...NOTHING, resources: [resource], matches: 1 } };
}

function isEncounter(resource: Resource, { encounterId }: CallIds): boolean {
  return encounterId === undefined || resource.id === undefined || resource.id === encounterId;
}

function readBundle(query: Query, bundle: Resource, ids: CallIds): Answer {
  const { entry = [], total } = bundle;
  if (bundle.resourceType !== 'Bundle' || !Array.isArray(entry)) return unusable('wrong-type');
  const readings = entry.map((one: unknown) => readEntry(one, query, ids));
  return {
    usable: true,
    page: {
      resources: readings.flatMap(({ resource }) => resource ?? []),
      reason: readings.find(({ reason }) => reason !== undefined)?.reason,
      matches: readings.filter(({ match }) => match).length,
      total: typeof total === 'number' ? total : undefined,
      next: nextLink(bundle),
    },
  };
}

interface EntryReading {
  readonly match: boolean;
  readonly resource?: Resource;
  readonly reason?: UnknownReason;
}

function readEntry(entry: unknown, query: Query, ids: CallIds): EntryReading {
  if (!isJsonObject(entry) || !isJsonObject(entry.resource)) return { match: true, reason: 'unreadable' };
  const { resource } = entry;
  const mode = isJsonObject(entry.search) ? entry.search.mode : undefined;
  if (mode === 'outcome' || resource.resourceType === 'OperationOutcome') return readOutcome(resource);
  if (!isResource(resource)) return { match: true, reason: 'unreadable' };
  if (resource.resourceType !== query.resourceType) return readOtherType(resource, query, mode);
  if (!belongsTo(resource, ids.patientId)) return { match: true, reason: 'other-patient' };
  return { match: mode !== 'include', resource };
}

/** A server may say within the Bundle that it left something out; only plain information does not say so. */
function readOutcome({ issue }: JsonObject): EntryReading {
  const isInformation = (one: unknown): boolean => isJsonObject(one) && one.severity === 'information';
  const harmless = Array.isArray(issue) && issue.length > 0 && issue.every(isInformation);
  return harmless ? { match: false } : { match: false, reason: 'error-reported' };
}

function readOtherType(resource: Resource, query: Query, mode: unknown): EntryReading {
  // `_include=MedicationRequest:medication`: the drug of the order is in a resource of its own.
  if (resource.resourceType === 'Medication' && query.resourceType.startsWith('Medication')) {
    return { match: false, resource };
  }
  // Other included resources are never what was searched for, so leaving them out loses nothing.
  return mode === 'include' ? { match: false } : { match: false, reason: 'wrong-type' };
}

/** The URL of the first `next` link; an empty string, which nobody can follow, when it has none. */
function nextLink({ link }: Resource): string | undefined {
  if (!Array.isArray(link)) return undefined;
  const next = link.find((one: unknown): one is JsonObject => isJsonObject(one) && one.relation === 'next');
  if (next === undefined) return undefined;
  return typeof next.url === 'string' ? next.url : '';
}

function unusable(reason: UnknownReason): Answer {
  return { usable: false, reason };
}
