/** A saved hook request or patient Bundle as a case to judge: what replay and the workbench have in common. No network. */
import { ServiceError } from './errors.ts';
import type { HookContext, PatientRecord, Resource } from './facts/record.ts';
import { plainBundle, recordOfBundle } from './gather/bundle.ts';
import { createGather } from './gather/gather.ts';
import { fieldRule } from './hooks/request.ts';
import { hookContext } from './http/hook-context.ts';
import { hookRequestOf } from './http/validate.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import type { Policy, ServicePlan } from './knowledge/policy.ts';

/** A saved hook request or chart, as `decide` takes it. */
export interface Case {
  readonly plan: ServicePlan;
  readonly record: PatientRecord;
  readonly context: HookContext;
}

export function isBundle(content: unknown): boolean {
  return isJsonObject(content) && content['resourceType'] === 'Bundle';
}

/**
 * The case of one patient of a Bundle.
 *
 * Before an order, MedicationRequests with status draft are taken for the orders that are being written, all of them selected.
 *
 * @param patientId which Patient, when the Bundle holds several.
 * @throws ServiceError ERR_BAD_REQUEST when it holds no such Patient, or no service answers the hook.
 */
export function caseOfBundle(content: unknown, hook: string, policy: Policy, patientId?: string): Case {
  const bundle = plainBundle(content, patientId);
  const drafts = bundle.resources.filter(isDraft);
  const chart = isOrderHook(hook)
    ? { ...bundle, resources: bundle.resources.filter((resource) => !isDraft(resource)) }
    : bundle;
  const context: HookContext = {
    userId: 'Practitioner/replay',
    patientId: bundle.patientId,
    draftOrders: isOrderHook(hook) ? drafts : [],
    ...(hook === 'order-select'
      ? { selections: drafts.map(({ resourceType, id }) => `${resourceType}/${String(id)}`) }
      : {}),
  };
  return { plan: planFor(hook, policy), record: recordOfBundle(chart), context };
}

function isOrderHook(hook: string): boolean {
  return hook === 'order-select' || hook === 'order-sign';
}

function isDraft({ resourceType, ...rest }: Resource): boolean {
  return resourceType === 'MedicationRequest' && rest['status'] === 'draft';
}

/**
 * The case of a hook request, from its prefetch alone: no FHIR server is asked.
 *
 * @throws ServiceError ERR_BAD_REQUEST in words for somebody who has the request at hand; ERR_DATA_UNAVAILABLE.
 */
export async function caseOfRequest(content: JsonObject, policy: Policy): Promise<Case> {
  const { hook } = content;
  if (typeof hook !== 'string')
    throw inWords(new ServiceError('ERR_BAD_REQUEST', '', { pointers: ['/hook'] }));
  const plan = planFor(hook, policy);
  const gather = createGather({ allowServer: () => false });
  try {
    const request = hookRequestOf(plan.definition.hook, content);
    const { record } = await gather(request, plan.queries, Infinity);
    return { plan, record, context: hookContext(request) };
  } catch (error) {
    throw inWords(error, content);
  } finally {
    await gather.close();
  }
}

/** The error of a hook call, said to somebody who has the file at hand. */
function inWords(error: unknown, content: JsonObject = {}): unknown {
  if (!(error instanceof ServiceError)) return error;
  if (error.code === 'ERR_DATA_UNAVAILABLE') {
    const prefetch = isJsonObject(content['prefetch']) ? content['prefetch'] : {};
    const lacks =
      prefetch['patient'] === undefined
        ? 'the Patient is not in the prefetch'
        : `the prefetch does not hold enough (${error.detail})`;
    return new ServiceError(error.code, `${lacks}, and replay asks no FHIR server`, { cause: error });
  }
  const rules = error.pointers.map((pointer) => `${pointer}: ${fieldRule(pointer) ?? 'wrong'}`);
  return rules.length === 0
    ? error
    : new ServiceError(error.code, `the hook request is wrong at ${rules.join('; ')}`, {
        cause: error,
        pointers: error.pointers,
      });
}

function planFor(hook: string, policy: Policy): ServicePlan {
  const plan = [...policy.services.values()].find(({ definition }) => definition.hook === hook);
  if (plan === undefined)
    throw new ServiceError('ERR_BAD_REQUEST', `no service for the hook ${printable(JSON.stringify(hook))}`, {
      pointers: ['/hook'],
    });
  return plan;
}

/** Text without control characters: ids and texts of a record could otherwise steer the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '');
}
