/**
 * The one adapter around fhir-kit-client, which is not safe by default: it follows links and redirects with the token, sends to any
 * URL, and knows no limit of time, size or connections. Nothing else imports it.
 */
import { Client } from 'fhir-kit-client';
import { Agent, type Dispatcher } from 'undici';
import type { UnknownReason } from '../facts/record.ts';
import { isJsonObject } from '../json.ts';
import { isInsideBase } from './outbound.ts';

export type Reply =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: UnknownReason };

export interface FhirServer {
  /** GET of an absolute URL inside the base. Never rejects. */
  get(url: string): Promise<Reply>;
}

export interface FhirConnections {
  /** A server for one hook call: the token lives no longer than what is returned here. */
  server(base: string, token: string | undefined, signal: AbortSignal): FhirServer;
  close(): Promise<void>;
}

export interface ConnectionLimits {
  /** Bytes of one answer. */
  readonly bytes: number;
  /** Connections to one origin. */
  readonly connections: number;
}

/** Last resort only: the deadline of the hook call is far shorter. */
const SILENCE_TIMEOUT_MS = 10_000;

/**
 * Opens the connection pool that all hook calls share, kept alive between them.
 *
 * @see https://cds-hooks.hl7.org/2.0/#fhir-resource-access
 */
export function createFhirConnections({ bytes, connections }: ConnectionLimits): FhirConnections {
  const agent = new Agent({
    connections,
    maxResponseSize: bytes,
    headersTimeout: SILENCE_TIMEOUT_MS,
    bodyTimeout: SILENCE_TIMEOUT_MS,
    connectTimeout: SILENCE_TIMEOUT_MS,
  });
  return {
    server: (base, token, signal) => ({ get: (url) => get(agent, { base, token, signal }, url) }),
    close: () => agent.close(),
  };
}

interface Target {
  readonly base: string;
  readonly token: string | undefined;
  readonly signal: AbortSignal;
}

async function get(agent: Agent, { base, token, signal }: Target, url: string): Promise<Reply> {
  if (isOver(signal)) return { ok: false, reason: 'timed-out' };
  if (!isInsideBase(base, url)) return { ok: false, reason: 'not-permitted' };
  const transport: Transport = { errorCode: undefined };
  const client = new Client({
    baseUrl: base,
    // A redirect could lead anywhere, so it is an error and not followed.
    requestOptions: { dispatcher: agent.compose(plainBodies(transport)), redirect: 'error' },
    customHeaders: { 'accept-encoding': 'identity' },
    ...(token !== undefined && { bearerToken: token }),
  });
  try {
    return { ok: true, value: await client.request(url, { options: { signal } }) };
  } catch (error) {
    // The error itself ends here: it carries the URL with the patient id, headers and the answer's body.
    return { ok: false, reason: isOver(signal) ? 'timed-out' : reasonFor(error, transport) };
  }
}

/** A call of its own, because the compiler takes `aborted` for unchanged across an await. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}

const REASON_BY_CODE: Readonly<Record<string, UnknownReason>> = {
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'too-large',
  UND_ERR_HEADERS_TIMEOUT: 'timed-out',
  UND_ERR_BODY_TIMEOUT: 'timed-out',
  UND_ERR_CONNECT_TIMEOUT: 'timed-out',
};

function reasonFor(error: unknown, { errorCode }: Transport): UnknownReason {
  const status = isJsonObject(error) && isJsonObject(error.response) ? error.response.status : undefined;
  if (status === 401 || status === 403) return 'not-permitted';
  return (errorCode === undefined ? undefined : REASON_BY_CODE[errorCode]) ?? 'failed';
}

/** What ended one exchange below fetch, which says no more than "terminated" and does not always keep the cause. */
interface Transport {
  errorCode: string | undefined;
}

/**
 * The size limit counts bytes as received and fetch inflates behind it, so 10 MB of gzip could become gigabytes. We ask for plain bodies
 * and take no other.
 */
function plainBodies(transport: Transport): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, {
      onRequestStart: (...args) => handler.onRequestStart?.(...args),
      onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
      onResponseStart: (...args) => {
        const [controller, , headers] = args;
        const encoding = headers['content-encoding'] ?? 'identity';
        if (encoding === 'identity') handler.onResponseStart?.(...args);
        else controller.abort(new Error('encoded body refused'));
      },
      onResponseData: (...args) => handler.onResponseData?.(...args),
      onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
      onResponseError: (controller, error) => {
        transport.errorCode = 'code' in error ? String(error.code) : undefined;
        handler.onResponseError?.(controller, error);
      },
      onResponseStarted: () => handler.onResponseStarted?.(),
      onBodySent: (...args) => handler.onBodySent?.(...args),
      onRequestSent: () => handler.onRequestSent?.(),
    });
}
