/** A chart as the hook request that an EHR would send for it: what the workbench calls the real service with. */
import type { HookContext, PatientRecord, Query, QueryKey, Resource } from '../facts/record.ts';
import type { Case } from '../saved-case.ts';

/**
 * @param hookInstance a new UUID.
 * @returns a request whose prefetch holds the whole record, so that nothing has to be fetched.
 */
export function hookRequestOfCase(
  { plan, record, context }: Case,
  hookInstance: string,
): Record<string, unknown> {
  const { hook } = plan.definition;
  return {
    hook,
    hookInstance,
    context: contextOf(context, hook),
    prefetch: prefetchOf(plan.queries, record),
  };
}

function contextOf(
  { userId, patientId, encounterId, draftOrders, selections }: HookContext,
  hook: string,
): object {
  const entry = draftOrders.map((resource) => ({ resource }));
  const isOrder = hook === 'order-select' || hook === 'order-sign';
  return {
    userId,
    patientId,
    ...(encounterId === undefined ? {} : { encounterId }),
    ...(selections === undefined || selections.length === 0 ? {} : { selections }),
    ...(isOrder ? { draftOrders: { resourceType: 'Bundle', type: 'collection', entry } } : {}),
  };
}

function prefetchOf(queries: readonly Query[], { patient, queries: results }: PatientRecord): object {
  // A chart keeps its Observations under one key; here they go into the first query that asks for any.
  const observations = [...results.values()].flatMap((result) =>
    result.state === 'unknown' ? [] : result.resources.filter(isObservation),
  );
  const first = queries.find(({ resourceType }) => resourceType === 'Observation')?.key;
  const valueOf = ({ key, kind, resourceType }: Query): unknown => {
    if (key === 'patient') return patient;
    const found =
      resourceType === 'Observation' ? (key === first ? observations : []) : othersOf(results, key);
    return kind === 'read' ? (found[0] ?? null) : searchset(found);
  };
  return Object.fromEntries(queries.map((query) => [query.key, valueOf(query)]));
}

function isObservation({ resourceType }: Resource): boolean {
  return resourceType === 'Observation';
}

function othersOf(results: PatientRecord['queries'], key: QueryKey): readonly Resource[] {
  const result = results.get(key);
  return result === undefined || result.state === 'unknown' ? [] : result.resources;
}

function searchset(resources: readonly Resource[]): object {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: resources.length,
    entry: resources.map((resource) => ({ resource, search: { mode: 'match' } })),
  };
}
