import { ServiceError } from '../errors.ts';
import type {
  PatientRecord,
  Query,
  QueryKey,
  QueryResult,
  Resource,
  UnknownReason,
} from '../facts/record.ts';
import type { HookRequest } from '../hooks/request.ts';
import { type Access, type AccessRules, accessFor } from './access.ts';
import type { ConnectionLimits, FhirConnections, FhirServer } from './fhir-client.ts';
import { resolveInsideBase } from './outbound.ts';
import { collectPages, type PageLimits, type PageSource } from './paging.ts';
import { type Answer, type CallIds, readAnswer, readPrefetch } from './prefetch.ts';
import { type Grant, grantFor } from './smart-scope.ts';
import { fillTemplate } from './template.ts';

/** Where the answer to a query came from; `absent`: the client did not give it and it could not be asked for. */
export type QuerySource = 'prefetch' | 'fetched' | 'failed' | 'absent';

export interface GatherResult {
  readonly record: PatientRecord;
  readonly sources: Readonly<Record<string, QuerySource>>;
  /** Time spent on the FHIR server; 0 when it was not asked. */
  readonly fetchMs: number;
}

export type Gather = (
  request: HookRequest,
  queries: readonly Query[],
  deadlineAt: number,
  /** Of the calling client; those of `createGather` without. */
  rules?: AccessRules,
  onFetch?: FetchObserver,
) => Promise<GatherResult>;

/** Told when a query goes to the FHIR server; what it returns is told `ok`, or why the query was not answered. */
export type FetchObserver = (key: QueryKey) => (outcome: 'ok' | UnknownReason) => void;

export type GatherLimits = PageLimits & ConnectionLimits;

export interface GatherOptions extends AccessRules {
  readonly limits?: Partial<GatherLimits>;
  /** Milliseconds on the clock of `deadlineAt`. */
  readonly now?: () => number;
}

const DEFAULT_LIMITS: GatherLimits = { pages: 10, entries: 2_000, bytes: 10_000_000, connections: 8 };

/**
 * Creates the one way to a patient's data: prefetch first, and what it lacks from the client's own FHIR server, all at once.
 *
 * The returned function takes a validated hook request, the queries of the service and the time at which the answer is due, and never
 * waits longer. Only what failed is unknown; the rest is used. It throws ERR_DATA_UNAVAILABLE when the Patient, or everything else,
 * cannot be had. Call `close()` when no further hook call will come.
 *
 * @see https://cds-hooks.hl7.org/2.0/#prefetch-template
 * @see https://cds-hooks.hl7.org/2.0/#fhir-resource-access
 */
export function createGather(options: GatherOptions): Gather & { close(): Promise<void> } {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  let connections: Promise<FhirConnections> | undefined;
  // Loaded by the first call that fetches: a client that always sends prefetch never needs the HTTP client, nor does the start.
  const connect = (): Promise<FhirConnections> =>
    (connections ??= import('./fhir-client.ts').then(({ createFhirConnections }) =>
      createFhirConnections(limits),
    ));
  const now = options.now ?? Date.now;

  async function gather(
    request: HookRequest,
    queries: readonly Query[],
    deadlineAt: number,
    rules: AccessRules = options,
    onFetch?: FetchObserver,
  ): Promise<GatherResult> {
    const startedAt = now();
    const deadline = abortAfter(Math.min(deadlineAt - startedAt, tokenLifeMs(request)));
    const access = accessFor(request, rules);
    const call: Call = {
      request,
      ids: idsOf(request),
      access,
      limits,
      server: undefined,
      asked: false,
      onFetch,
    };
    if (access.open) call.server = (await connect()).server(access.base, access.token, deadline.signal);
    const outcomes = await Promise.all(queries.map((query) => gatherOne(query, call))).finally(
      deadline.clear,
    );
    requireData(request.hook, outcomes);
    return {
      record: toRecord(outcomes),
      sources: Object.fromEntries(outcomes.map(({ query, source }) => [query.key, source])),
      fetchMs: call.asked ? now() - startedAt : 0,
    };
  }

  return Object.assign(gather, { close: async () => (await connections)?.close() });
}

/** One hook call while its data is gathered. */
interface Call {
  readonly request: HookRequest;
  readonly ids: CallIds;
  readonly access: Access;
  readonly limits: GatherLimits;
  server: FhirServer | undefined;
  asked: boolean;
  readonly onFetch: FetchObserver | undefined;
}

interface Outcome {
  readonly query: Query;
  readonly result: QueryResult;
  readonly source: QuerySource;
}

async function gatherOne(query: Query, call: Call): Promise<Outcome> {
  const given = readPrefetch(query, call.request.prefetch, call.ids);
  if (given.usable) {
    const result = await collectPages(given.page, pageSource(query, call), call.limits);
    // Pages that we read ourselves are only as complete as the scope allows.
    return {
      query,
      result: given.page.next === undefined ? result : withinGrant(result, query, call),
      source: 'prefetch',
    };
  }
  // An OperationOutcome is the client's answer: asking again would get the same. Only the Patient is worth the try.
  if (given.reason === 'error-reported' && query.key !== 'patient') return unknown(query, given.reason);
  return fetchOne(query, given.reason, call);
}

/** @param reason why the prefetch has no answer; stays the reason when the server cannot be asked. */
async function fetchOne(query: Query, reason: UnknownReason, call: Call): Promise<Outcome> {
  const filled = fillTemplate(query.template, call.request.context);
  if (filled.state === 'no-value' && reason === 'not-provided') return notAskable(query);
  if (filled.state !== 'filled') return unknown(query, reason === 'not-provided' ? 'failed' : reason);
  const refusal = refusalFor(query, call);
  if (refusal !== undefined || !call.access.open)
    return unknown(query, reason === 'not-provided' ? (refusal ?? reason) : reason);
  const done = call.onFetch?.(query.key);
  const answer = await ask(query, `${call.access.base}/${filled.path}`, call);
  if (!answer.usable) {
    done?.(answer.reason);
    return unknown(query, answer.reason);
  }
  const result = await collectPages(answer.page, pageSource(query, call), call.limits);
  done?.('reason' in result ? result.reason : 'ok');
  return { query, result: withinGrant(result, query, call), source: 'fetched' };
}

async function ask(query: Query, url: string, call: Call): Promise<Answer> {
  call.asked = true;
  const reply = await call.server?.get(url);
  if (reply === undefined) return { usable: false, reason: 'not-provided' };
  return reply.ok ? readAnswer(query, reply.value, call.ids) : { usable: false, reason: reply.reason };
}

function pageSource(query: Query, call: Call): PageSource | undefined {
  const { access } = call;
  if (!access.open || refusalFor(query, call) !== undefined) return undefined;
  return { resolve: (link) => resolveInsideBase(access.base, link), get: (url) => ask(query, url, call) };
}

/** Why the FHIR server is not asked this query, or undefined when it may be. */
function refusalFor(query: Query, { access }: Call): UnknownReason | undefined {
  if (!access.open) return access.reason;
  return grantOf(query, access.scope) === 'none' ? 'not-permitted' : undefined;
}

function grantOf(query: Query, scope: string): Grant {
  return grantFor(scope, query.resourceType, query.kind);
}

/**
 * With a scope like `patient/Observation.rs?category=laboratory` the server leaves out, silently, what the scope does not cover: what
 * came may be used, but nothing may be called missing.
 */
function withinGrant(result: QueryResult, query: Query, { access }: Call): QueryResult {
  const partial = access.open && query.kind === 'search' && grantOf(query, access.scope) === 'partial';
  return partial && result.state === 'complete'
    ? { ...result, state: 'incomplete', reason: 'not-permitted' }
    : result;
}

function unknown(query: Query, reason: UnknownReason): Outcome {
  return {
    query,
    result: { state: 'unknown', reason },
    source: reason === 'not-provided' ? 'absent' : 'failed',
  };
}

/** The call names no encounter, so there is none to read; of a search without its value we know nothing. */
function notAskable(query: Query): Outcome {
  const none: QueryResult = { state: 'complete', resources: [] };
  return {
    query,
    result: query.kind === 'read' ? none : { state: 'unknown', reason: 'not-asked' },
    source: 'absent',
  };
}

/** For these hooks a Patient alone says nothing; at order time the drafts in the context are data too. */
const HOOKS_THAT_NEED_A_RECORD: ReadonlySet<string> = new Set(['patient-view', 'encounter-discharge']);

/** CDS Hooks 2.0: 412 exactly when required data is neither in prefetch nor to be had from the FHIR server. */
function requireData(hook: string, outcomes: readonly Outcome[]): void {
  const patient = outcomes.filter(({ query }) => query.key === 'patient');
  if (patient.some(isUnknown)) throw unavailable(patient);
  const asked = outcomes.filter(
    (one) => one.query.key !== 'patient' && (one.source !== 'absent' || isUnknown(one)),
  );
  const nothing = asked.length > 0 && asked.every(isUnknown);
  if (nothing && HOOKS_THAT_NEED_A_RECORD.has(hook)) throw unavailable(asked);
}

function isUnknown({ result }: Outcome): boolean {
  return result.state === 'unknown';
}

function unavailable(outcomes: readonly Outcome[]): ServiceError {
  const reasons = outcomes.map(
    ({ query, result }) => `${query.key}: ${'reason' in result ? result.reason : 'none'}`,
  );
  return new ServiceError('ERR_DATA_UNAVAILABLE', reasons.join(', '));
}

function toRecord(outcomes: readonly Outcome[]): PatientRecord {
  const queries = new Map<QueryKey, QueryResult>(outcomes.map(({ query, result }) => [query.key, result]));
  return { patient: patientOf(queries.get('patient')), queries };
}

/** A null Patient means that the client looked and has none: known to be empty. */
function patientOf(result: QueryResult | undefined): Resource {
  const [patient] = result === undefined || result.state === 'unknown' ? [] : result.resources;
  return patient ?? { resourceType: 'Patient' };
}

function idsOf({ context }: HookRequest): CallIds {
  const { patientId, encounterId } = context;
  return { patientId, encounterId: encounterId === '' ? undefined : encounterId };
}

/** CDS Hooks 2.0: a token must not be used past `expires_in`, seconds from the hook call. */
function tokenLifeMs({ fhirAuthorization }: HookRequest): number {
  return (fhirAuthorization?.expires_in ?? Infinity) * 1000;
}

/** Timers count in 32 bits: a longer wait would end at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function abortAfter(ms: number): { signal: AbortSignal; clear: () => void } {
  const controller = new AbortController();
  if (ms <= 0) controller.abort();
  const timer = setTimeout(
    () => {
      controller.abort();
    },
    Math.max(0, Math.min(ms, LONGEST_TIMER_MS)),
  );
  return {
    signal: controller.signal,
    clear: () => {
      clearTimeout(timer);
    },
  };
}
