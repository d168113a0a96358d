/** The context of a hook call as the core reads it. */
import { isJsonObject } from '../json.ts';
import { isResource } from '../facts/record.ts';
import type { HookContext, Resource } from '../facts/record.ts';
import type { HookRequest } from '../hooks/request.ts';

/**
 * The context of a validated request, with the draft orders taken out of their Bundle.
 *
 * Drafts are as loose as the client sent them. An entry that holds no resource is skipped: there is nothing to advise on.
 *
 * @see https://cds-hooks.hl7.org/hooks/order-select/
 */
export function hookContext(request: HookRequest): HookContext {
  const { userId, patientId, encounterId } = request.context;
  const ids = { userId, patientId, ...(encounterId === undefined ? {} : { encounterId }) };
  // By the name of the hook: what another hook's context holds besides its own fields has not been checked.
  switch (request.hook) {
    case 'order-select':
      return { ...ids, ...draftsOf(request.context), selections: request.context.selections };
    case 'order-sign':
      return { ...ids, ...draftsOf(request.context) };
    default:
      return { ...ids, draftOrders: [] };
  }
}

function draftsOf({ draftOrders }: { draftOrders: { entry?: unknown[] } }): { draftOrders: Resource[] } {
  return { draftOrders: resourcesOf(draftOrders.entry ?? []) };
}

function resourcesOf(entries: readonly unknown[]): Resource[] {
  return entries
    .map((entry) => (isJsonObject(entry) ? entry.resource : undefined))
    .filter((resource) => isResource(resource));
}
