/**
 * The last step of a hook call: gather, answer, respond. Everything clinical happens in `deps.answer`.
 *
 * @see https://cds-hooks.hl7.org/2.0/#cds-service-response
 */
import type { RequestHandler } from 'express';
import type { PatientRecord } from '../facts/record.ts';
import type { CdsResponse } from '../hooks/card.ts';
import type { HookRequest } from '../hooks/request.ts';
import { callOf, clientName, msSince, required, type Call } from './call.ts';
import type { Answer, AppDeps } from './deps.ts';
import { hookContext } from './hook-context.ts';
import { errorFields } from './request-log.ts';

const EXPLAIN = 'org.bone-heart-cds.explain';
const EXPLANATION = 'org.bone-heart-cds.explanation';

/** Kept free of the deadline of the answer, so that a slow EHR does not cost the record. */
const STORE_RESERVE_MS = 100;

/**
 * Answers a validated hook call with 200 and its cards.
 *
 * A repeated hookInstance is served again: the standard says nothing against it, and a client may retry.
 */
export function answerHook(deps: AppDeps): RequestHandler {
  return async function answerHookCall(req, res) {
    const call = callOf(req);
    const request = required(call.request, 'request');
    const answer = await decideCall(deps, call, request);
    for (const { recommendation, error } of answer.faults) {
      const { requestId } = call;
      deps.log.error(
        { requestId, recommendation, error: errorFields(error) },
        'rule failed, its card is left out',
      );
    }
    res.set('Cache-Control', 'no-store').json(responseOf(answer, request));
  };
}

async function decideCall(deps: AppDeps, call: Call, request: HookRequest): Promise<Answer> {
  const service = required(call.service, 'service');
  const deadlineAt = call.startedAt + deps.config.answerDeadlineMs;
  call.durations.readMs = msSince(call.startedTick);

  const called = {
    request,
    client: clientName(call),
    ...(call.caller === undefined ? {} : { caller: call.caller }),
  };
  const gatherTick = performance.now();
  const remaining = (): number => Math.max(0, deadlineAt - Date.now());
  const [gathered, quiet] = await Promise.all([
    deps.gather(request, service.queries, deadlineAt - STORE_RESERVE_MS, deps.accessOf(call.caller)),
    deps.quietsOf(called, remaining()),
  ]);
  call.durations.gatherMs = msSince(gatherTick);
  call.durations.fetchMs = gathered.fetchMs;
  call.sources = gathered.sources;

  const answerTick = performance.now();
  const context = { ...hookContext(request), quiet };
  const answer = deps.answer(service.discovery.id, gathered.record, context);
  call.durations.answerMs = msSince(answerTick);
  call.outcomes = answer.outcomes;
  call.findings = answer.record.outcomes;
  call.cards = answer.record.cards.map(({ recommendations, indicator }) => ({
    recommendation: recommendations.length === 1 ? (recommendations[0]?.id ?? '') : 'more-recommendations',
    indicator,
  }));

  const storeTick = performance.now();
  const missing = missingIn(gathered.record);
  call.missing = missing;
  const durationMs = msSince(call.startedTick);
  await deps.remember(
    called,
    { service: service.discovery.id, durationMs, missing, ...answer.record },
    Math.max(remaining(), STORE_RESERVE_MS),
  );
  call.durations.storeMs = msSince(storeTick);
  return answer;
}

/** Queries that were not answered in full, and why. */
function missingIn({ queries }: PatientRecord): Record<string, string> {
  return Object.fromEntries(
    [...queries].flatMap(([key, result]) => (result.state === 'complete' ? [] : [[key, result.reason]])),
  );
}

function responseOf({ cards, explanation }: Answer, request: HookRequest): CdsResponse {
  if (request.extension?.[EXPLAIN] !== true) return { cards };
  const content = withoutEmpty(explanation());
  return content === undefined ? { cards } : { cards, extension: { [EXPLANATION]: content } };
}

/**
 * The value without `null`, `""`, `[]` and `{}` at any depth; undefined when nothing is left.
 *
 * "A JSON key SHALL NOT have null, an empty string, array or object as its value."
 */
export function withoutEmpty(value: unknown): unknown {
  if (value === null || value === '') return undefined;
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const items = value.map(withoutEmpty).filter((item) => item !== undefined);
    return items.length > 0 ? items : undefined;
  }
  const members = Object.entries(value)
    .map(([key, member]) => [key, withoutEmpty(member)] as const)
    .filter(([, member]) => member !== undefined);
  return members.length > 0 ? Object.fromEntries(members) : undefined;
}
