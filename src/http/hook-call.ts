/**
 * The last step of a hook call: gather, answer, respond. Everything clinical happens in `deps.answer`.
 *
 * @see https://cds-hooks.hl7.org/2.0/#cds-service-response
 */
import type { RequestHandler } from 'express';
import type { CdsResponse } from '../hooks/card.ts';
import type { HookRequest } from '../hooks/request.ts';
import { callOf, msSince, required, type Call } from './call.ts';
import type { Answer, AppDeps } from './deps.ts';
import { hookContext } from './hook-context.ts';
import { errorFields } from './request-log.ts';

const EXPLAIN = 'org.bone-heart-cds.explain';
const EXPLANATION = 'org.bone-heart-cds.explanation';

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

  const gatherTick = performance.now();
  const gathered = await deps.gather(request, service.queries, deadlineAt);
  call.durations.gatherMs = msSince(gatherTick);
  call.durations.fetchMs = gathered.fetchMs;
  call.queries = countValues(gathered.sources);

  const answerTick = performance.now();
  const answer = deps.answer(service.discovery.id, gathered.record, hookContext(request));
  call.durations.answerMs = msSince(answerTick);
  call.outcomes = answer.outcomes;
  return answer;
}

function countValues(values: Readonly<Record<string, string>>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of Object.values(values)) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
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
