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
    const considered = await considerCall(deps, call);
    // While the store is waited for, nothing holds the record any more: it is most of the memory of a call.
    req.body = undefined;
    const body = await settleCall(deps, call, considered);
    res.set('Cache-Control', 'no-store').type('application/json').send(body);
  };
}

/** What is left of a call once its record has been considered. */
interface Considered {
  readonly called: Called;
  readonly answer: ReturnType<AppDeps['answer']>;
  readonly quiets: ReturnType<AppDeps['quietsOf']>;
  readonly sources: GatherResult['sources'];
  /** Queries that were not answered in full, and why. */
  readonly missing: Readonly<Record<string, string>>;
}

async function considerCall(deps: AppDeps, call: Call): Promise<Considered> {
  const request = required(call.request, 'request');
  delete call.request;
  const { discovery } = required(call.service, 'service');
  call.durations.readMs = msSince(call.startedTick);

  const called = calledBy(call, request);
  const quiets = deps.quietsOf(called);
  const gatherTick = performance.now();
  const { record, sources, fetchMs } = await gatherFor(deps, call, request);
  call.durations.gatherMs = msSince(gatherTick);
  call.durations.fetchMs = fetchMs;
  const missing = missingIn(record);
  call.sources = sources;
  call.missing = missing;

  const answerTick = performance.now();
  const step = call.trace?.child('decide');
  const answer = deps.answer(discovery.id, record, hookContext(request), {
    profile: call.caller?.client.profile,
    explained: request.extension?.[EXPLAIN] === true,
  });
  step?.end();
  call.durations.answerMs = msSince(answerTick);
  return { called, answer, quiets, sources, missing };
}

/** The body of the response, once feedback has had its say and the decision is kept, as far as that goes in time. */
async function settleCall(
  deps: AppDeps,
  call: Call,
  { called, answer, quiets, sources, missing }: Considered,
): Promise<string> {
  const storeTick = performance.now();
  const step = call.trace?.child('store');
  const timeLeft = (): number => Math.max(remaining(deps, call), STORE_RESERVE_MS);
  const settled = answer(await quiets(timeLeft()));
  noteAnswer(deps, call, settled);
  // Text before the next wait: one string in place of the hundreds of objects that it is made of.
  const body = JSON.stringify(responseOf(settled));
  await deps.remember(
    called,
    {
      service: required(call.service, 'service').discovery.id,
      durationMs: msSince(call.startedTick),
      missing,
      queries: countQueries(sources, missing),
      ...settled.record,
    },
    timeLeft(),
  );
  step?.end();
  call.durations.storeMs = msSince(storeTick);
  return body;
}

async function gatherFor(deps: AppDeps, call: Call, request: HookRequest): Promise<GatherResult> {
  const { queries } = required(call.service, 'service');
  const until = deadlineOf(deps, call) - STORE_RESERVE_MS;
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
function noteAnswer(deps: AppDeps, call: Call, answer: Answer): void {
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
function countQueries(sources: GatherResult['sources'], missing: Considered['missing']): QueryCounts {
  const from = (source: QuerySource): string[] =>
    Object.keys(sources).filter((key) => sources[key] === source);
  return {
    prefetch: from('prefetch').length,
    fetched: from('fetched').length,
    failed: from('failed').length,
    notSent: from('absent').filter((key) => Object.hasOwn(missing, key)).length,
  };
}

function responseOf({ cards, explanation }: Answer): CdsResponse {
  const content = withoutEmpty(explanation);
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
