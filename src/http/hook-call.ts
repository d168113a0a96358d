/**
 * The last step of a hook call: gather, answer, respond. Everything clinical happens in `deps.answer`.
 *
 * @see https://cds-hooks.hl7.org/2.0/#cds-service-response
 */
import type { RequestHandler } from 'express';
import type { PatientRecord } from '../facts/record.ts';
import type { FetchObserver, GatherResult, QuerySource } from '../gather/gather.ts';
import type { CdsResponse } from '../hooks/card.ts';
import type { HookRequest } from '../hooks/request.ts';
import { topicOf, type QueryCounts } from '../store/contract.ts';
import type { Step } from '../tracing.ts';
import { callOf, clientName, msSince, required, type Call } from './call.ts';
import type { Answer, AppDeps, Called } from './deps.ts';
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
    const { response, kept } = await decideCall(deps, call);
    // While the store writes, nothing holds the record any more: it is most of the memory of a call.
    req.body = undefined;
    await remember(deps, call, kept);
    res.set('Cache-Control', 'no-store').json(response);
  };
}

/** What is left of a call once it has been decided. */
interface Decided {
  readonly response: CdsResponse;
  readonly kept: Kept;
}

type Kept = { readonly called: Called } & Parameters<AppDeps['remember']>[1];

async function decideCall(deps: AppDeps, call: Call): Promise<Decided> {
  const request = required(call.request, 'request');
  const service = required(call.service, 'service');
  call.durations.readMs = msSince(call.startedTick);

  const called = calledBy(call, request);
  const gatherTick = performance.now();
  const until = deadlineOf(deps, call) - STORE_RESERVE_MS;
  const [gathered, quiet] = await Promise.all([
    gatherFor(deps, call, request, until),
    deps.quietsOf(called, remaining(deps, call)),
  ]);
  call.durations.gatherMs = msSince(gatherTick);
  call.durations.fetchMs = gathered.fetchMs;
  call.sources = gathered.sources;

  const answerTick = performance.now();
  const context = { ...hookContext(request), quiet };
  const step = call.trace?.child('decide');
  const answer = deps.answer(service.discovery.id, gathered.record, context, call.caller?.client.profile);
  const response = responseOf(answer, request);
  step?.set({ 'cds.recommended': answer.outcomes['recommend'] ?? 0, 'cds.cards': answer.cards.length });
  step?.end();
  call.durations.answerMs = msSince(answerTick);
  const missing = missingIn(gathered.record);
  noteAnswer(deps, call, answer, missing);
  const durationMs = msSince(call.startedTick);
  const kept = {
    called,
    service: service.discovery.id,
    durationMs,
    missing,
    queries: countQueries(gathered.sources, missing),
    ...answer.record,
  };
  return { response, kept };
}

async function gatherFor(
  deps: AppDeps,
  call: Call,
  request: HookRequest,
  until: number,
): Promise<GatherResult> {
  const { queries } = required(call.service, 'service');
  const rules = deps.accessOf(call.caller);
  const step = call.trace?.child('gather');
  if (step === undefined) return deps.gather(request, queries, until, rules);
  try {
    const gathered = await deps.gather(request, queries, until, rules, fetchSpans(step));
    const fetched = Object.values(gathered.sources).filter((source) => source === 'fetched');
    step.set({ 'cds.queries.fetched': fetched.length });
    return gathered;
  } catch (error) {
    step.fail(error);
    throw error;
  } finally {
    step.end();
  }
}

/** A span for each query that goes to the EHR, named by its key: the URL holds the patient's id. */
function fetchSpans(gather: Step): FetchObserver {
  return (key) => {
    const step = gather.child('fetch', { 'cds.query.key': key });
    return (outcome) => {
      step.set({ 'cds.query.outcome': outcome });
      step.end();
    };
  };
}

function calledBy(call: Call, { hookInstance, context }: HookRequest): Called {
  const { caller } = call;
  return {
    hookInstance,
    patientId: context.patientId,
    client: clientName(call),
    ...(caller === undefined ? {} : { caller }),
  };
}

/** For the log and the numbers; the record itself is let go. */
function noteAnswer(deps: AppDeps, call: Call, answer: Answer, missing: Record<string, string>): void {
  const { requestId } = call;
  for (const { recommendation, error } of answer.faults)
    deps.log.error(
      { requestId, recommendation, error: errorFields(error) },
      'rule failed, its card is left out',
    );
  call.outcomes = answer.outcomes;
  call.findings = answer.record.outcomes;
  call.cards = answer.record.cards.map((card) => ({
    recommendation: topicOf(card),
    indicator: card.indicator,
  }));
  call.missing = missing;
  delete call.request;
}

async function remember(deps: AppDeps, call: Call, { called, ...decision }: Kept): Promise<void> {
  const tick = performance.now();
  const step = call.trace?.child('store');
  await deps.remember(called, decision, Math.max(remaining(deps, call), STORE_RESERVE_MS));
  step?.end();
  call.durations.storeMs = msSince(tick);
}

function deadlineOf({ config }: AppDeps, { startedAt }: Call): number {
  return startedAt + config.answerDeadlineMs;
}

function remaining(deps: AppDeps, call: Call): number {
  return Math.max(0, deadlineOf(deps, call) - Date.now());
}

/** Queries that were not answered in full, and why. */
function missingIn({ queries }: PatientRecord): Record<string, string> {
  return Object.fromEntries(
    [...queries].flatMap(([key, result]) => (result.state === 'complete' ? [] : [[key, result.reason]])),
  );
}

/** A query that was neither given nor missing could not be asked: there was nothing to ask for. */
function countQueries(
  sources: GatherResult['sources'],
  missing: Readonly<Record<string, string>>,
): QueryCounts {
  const from = (source: QuerySource): string[] =>
    Object.keys(sources).filter((key) => sources[key] === source);
  return {
    prefetch: from('prefetch').length,
    fetched: from('fetched').length,
    failed: from('failed').length,
    notSent: from('absent').filter((key) => Object.hasOwn(missing, key)).length,
  };
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
