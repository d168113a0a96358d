/**
 * A CDS Client: discovery, prefetch, token, hook call and feedback, against any CDS Hooks service. On fetch and jose alone, so that it
 * runs in Node 20 and newer and in browsers.
 *
 * @see https://cds-hooks.hl7.org/2.0/
 */
import type { FeedbackEntry } from '../hooks/feedback.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import {
  isServiceId,
  readCards,
  readDiscovery,
  type DiscoveredService,
  type ReceivedCards,
} from './answer.ts';
import { baseUrl } from './base-url.ts';
import { ClientError, errorOfStatus, outcomeIn } from './client-error.ts';
import { deadline, exchange, orAborted, type Incoming } from './exchange.ts';
import { fillPrefetch, readerOf, type FhirSource, type FilledPrefetch, type Omission } from './prefetch.ts';
import { createSign, type SigningOptions } from './token.ts';

export interface ClientOptions {
  /** Where the service is, with or without `/cds-services` at the end. */
  readonly url: string;
  /** Signs every call. Left out for a service that asks for no token. */
  readonly signing?: SigningOptions;
  /** Where prefetch is read, unless a call names another. */
  readonly fhir?: FhirSource;
  /** For a whole call, from discovery to the last byte; 5000 milliseconds. Prefetch may use half of it. */
  readonly timeoutMs?: number;
  /** Allows http to other machines, for a private network. */
  readonly allowPlainHttp?: boolean;
}

export interface Bounds {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** The context of a hook, such as `{ userId: 'Practitioner/1', patientId: '1' }`. */
export type HookContext = JsonObject & {
  readonly userId?: string;
  readonly patientId?: string;
  readonly encounterId?: string;
};

/** Lets the service read FHIR itself. Give it a token of its own with the scopes that it needs. */
export interface FhirAuthorization {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly scope: string;
  readonly subject: string;
  readonly patient?: string;
}

export interface CallOptions extends Bounds {
  readonly fhir?: FhirSource;
  /** Prefetch that the EHR has at hand; these keys are not read. `undefined` leaves a key out. */
  readonly prefetch?: Readonly<Record<string, unknown>>;
  /** Told to the service. */
  readonly fhirServer?: string;
  readonly fhirAuthorization?: FhirAuthorization;
  readonly extension?: JsonObject;
  /** A fresh one when it is not given. */
  readonly hookInstance?: string;
}

export interface CallAnswer extends ReceivedCards {
  /** The id of the service that answered, for feedback. */
  readonly service: string;
  readonly hookInstance: string;
  /** Prefetch keys that were not sent, and why. */
  readonly omitted: Readonly<Record<string, Omission>>;
}

export interface CdsClient {
  /** Reads discovery anew. Calls remember it for ten minutes. */
  discovery(bounds?: Bounds): Promise<readonly DiscoveredService[]>;
  /**
   * Fires a hook.
   *
   * @param service a service's id, a hook that one service answers, or an entry of discovery, perhaps with templates that the site reviewed.
   */
  call(service: string | DiscoveredService, context: HookContext, options?: CallOptions): Promise<CallAnswer>;
  /** What the service asks for, without calling it. */
  prefetch(
    service: string | DiscoveredService,
    context: HookContext,
    options?: CallOptions,
  ): Promise<FilledPrefetch>;
  /** Sends what the user did with cards; see `accepted` and `overridden`. @param service id, as the answer to the call has it. */
  feedback(service: string, entries: readonly FeedbackEntry[], bounds?: Bounds): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 5000;
const LONGEST_TIMEOUT_MS = 10 * 60_000;
const DISCOVERY_LIFE_MS = 10 * 60_000;
const MOST_ANSWER_BYTES = 5 * 1024 * 1024;

/** @throws ClientError `ERR_OPTIONS` for an address that is not allowed or a signer without iss, kid or algorithm. */
export function createCdsClient(options: ClientOptions): CdsClient {
  const { allowPlainHttp = false } = options;
  const base = `${baseUrl(options.url, 'url', allowPlainHttp).replace(/\/cds-services$/, '')}/cds-services`;
  const sign = options.signing === undefined ? undefined : createSign(options.signing);
  const defaultRead = options.fhir === undefined ? undefined : readerOf(options.fhir, allowPlainHttp);
  let known: { readonly services: readonly DiscoveredService[]; readonly at: number } | undefined;

  async function send(url: string, body: unknown, signal: AbortSignal): Promise<Incoming> {
    const incoming = await exchange({
      method: body === undefined ? 'GET' : 'POST',
      url,
      accept: 'application/json',
      token: sign === undefined ? undefined : await sign(url),
      body,
      mostBytes: MOST_ANSWER_BYTES,
      signal,
    });
    const { status, headers, json } = incoming;
    if (status >= 200 && status < 300) return incoming;
    // A service that moved or went: the next call asks discovery again.
    if (status === 404) known = undefined;
    throw errorOfStatus(status, {
      outcome: outcomeIn(json),
      retryAfterSeconds: secondsOf(headers.get('retry-after')),
      requestId: requestIdOf(headers.get('x-request-id')),
    });
  }

  async function discover(signal: AbortSignal): Promise<readonly DiscoveredService[]> {
    const services = readDiscovery((await send(base, undefined, signal)).json);
    known = { services, at: Date.now() };
    return services;
  }

  async function serviceOf(
    service: string | DiscoveredService,
    signal: AbortSignal,
  ): Promise<DiscoveredService> {
    if (typeof service !== 'string') return { ...service, id: checkedId(service.id) };
    const isFresh = known !== undefined && Math.abs(Date.now() - known.at) < DISCOVERY_LIFE_MS;
    return find(service, isFresh && known !== undefined ? known.services : await discover(signal));
  }

  async function filled(
    service: DiscoveredService,
    context: HookContext,
    { fhir, prefetch: own = {} }: CallOptions,
    ms: number,
    signal: AbortSignal,
  ): Promise<FilledPrefetch> {
    if (!isJsonObject(context))
      throw new ClientError('ERR_OPTIONS', 'the context of the hook must be an object');
    const read = fhir === undefined ? defaultRead : readerOf(fhir, allowPlainHttp);
    const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
    if (read === undefined) return { prefetch: given, omitted: {} };
    const asked = Object.entries(service.prefetch ?? {}).filter(([key]) => !Object.hasOwn(own, key));
    const { prefetch, omitted } = await within(ms, signal, (half) =>
      fillPrefetch(Object.fromEntries(asked), context, read, { signal: half }),
    );
    return { prefetch: { ...prefetch, ...given }, omitted };
  }

  /** Runs `work` until the time is over or the caller aborts. */
  async function bounded<T>(
    { timeoutMs, signal }: Bounds,
    work: (signal: AbortSignal, ms: number) => Promise<T>,
  ): Promise<T> {
    const ms = checkedTimeout(timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    return within(ms, signal, (own) => orAborted(work(own, ms), own));
  }

  return {
    discovery: (bounds = {}) => bounded(bounds, discover),
    prefetch: async (service, context, more = {}) =>
      bounded(more, async (signal, ms) =>
        filled(await serviceOf(service, signal), context, more, ms, signal),
      ),
    call: async (service, context, more = {}) =>
      bounded(more, async (signal, ms) => {
        const found = await serviceOf(service, signal);
        const { prefetch, omitted } = await filled(found, context, more, ms / 2, signal);
        signal.throwIfAborted();
        const { hookInstance = crypto.randomUUID(), fhirServer, fhirAuthorization, extension } = more;
        const request = {
          hook: found.hook,
          hookInstance,
          ...(fhirServer === undefined ? {} : { fhirServer }),
          ...(fhirAuthorization === undefined ? {} : { fhirAuthorization }),
          context,
          ...(Object.keys(prefetch).length === 0 ? {} : { prefetch }),
          ...(extension === undefined ? {} : { extension }),
        };
        const { json } = await send(`${base}/${found.id}`, request, signal);
        return { ...readCards(json), service: found.id, hookInstance, omitted };
      }),
    feedback: async (service, entries, bounds = {}) =>
      bounded(bounds, async (signal) => {
        await send(`${base}/${checkedId(service)}/feedback`, { feedback: entries }, signal);
      }),
  };
}

async function within<T>(
  ms: number,
  own: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, end } = deadline(ms, own);
  try {
    return await work(signal);
  } finally {
    end();
  }
}

function find(name: string, services: readonly DiscoveredService[]): DiscoveredService {
  const byId = services.filter(({ id }) => id === name);
  const [found, ...others] = byId.length > 0 ? byId : services.filter(({ hook }) => hook === name);
  if (found === undefined)
    throw new ClientError('ERR_UNKNOWN_SERVICE', 'discovery lists no service with this id or hook');
  if (others.length > 0)
    throw new ClientError(
      'ERR_UNKNOWN_SERVICE',
      'discovery lists several: pass the entry of discovery that is meant',
    );
  return found;
}

function checkedId(id: unknown): string {
  if (!isServiceId(id)) throw new ClientError('ERR_OPTIONS', 'this is no id of a service');
  return id;
}

function checkedTimeout(ms: unknown): number {
  if (typeof ms === 'number' && ms > 0 && ms <= LONGEST_TIMEOUT_MS) return ms;
  throw new ClientError('ERR_OPTIONS', `timeoutMs must be more than 0 and at most ${LONGEST_TIMEOUT_MS}`);
}

/** Seconds, or the seconds until an HTTP date; what is neither says nothing. */
function secondsOf(retryAfter: string | null): number | undefined {
  if (retryAfter === null) return undefined;
  if (/^\d{1,6}$/.test(retryAfter)) return Number(retryAfter);
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}

function requestIdOf(header: string | null): string | undefined {
  return header !== null && /^[\w.-]{1,100}$/.test(header) ? header : undefined;
}
