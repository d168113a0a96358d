/**
 * One HTTP exchange with the service under test. Bounded in time and bytes, follows nothing, never rejects: whatever a service does
 * is an observation.
 */
import { Agent, request } from 'undici';
import { isDeeperThan, isJsonObject } from '../json.ts';

export interface Sent {
  readonly method: string;
  readonly url: string;
  /** In words, what is particular about this call. */
  readonly what: string;
}

export interface Received {
  readonly status: number;
  /** Names in lower case; the values of a repeated header are joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown;
  readonly ms: number;
}

export interface Exchange {
  readonly sent: Sent;
  readonly received?: Received;
  /** Why there is no answer. */
  readonly failure?: string;
}

export interface Outgoing extends Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface Transport {
  send(outgoing: Outgoing): Promise<Exchange>;
  close(): Promise<void>;
}

const LARGE_BYTES = 64 * 1024;
const MOST_BYTES = 2 * 1024 * 1024;
/** Deeper than any answer; what looks at one recursively stays far from the end of the stack. */
const MOST_LEVELS = 200;

/** @param timeoutMs for one exchange, from connecting to the last byte. */
export function createTransport(timeoutMs: number): Transport {
  const agent = new Agent({
    connections: 4,
    maxResponseSize: MOST_BYTES,
    connectTimeout: timeoutMs,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });

  async function send({ method, url, what, headers, body }: Outgoing): Promise<Exchange> {
    const sent = { method, url, what };
    const began = performance.now();
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await request(url, {
        method: method as 'GET' | 'POST' | 'OPTIONS',
        headers: { 'accept-encoding': 'identity', ...headers },
        body: body ?? null,
        signal,
        dispatcher: agent,
        // A service may refuse a large body before it has read it: that connection is of no further use.
        reset: (body?.length ?? 0) > LARGE_BYTES,
      });
      const bytes = new Uint8Array(await answer.body.arrayBuffer());
      return { sent, received: { ...readingOf(answer, bytes), ms: performance.now() - began } };
    } catch (error) {
      const failure = signal.aborted ? `no complete answer within ${seconds(timeoutMs)}` : failureOf(error);
      return { sent, failure };
    }
  }

  return { send, close: () => agent.destroy() };
}

export function seconds(ms: number): string {
  return ms < 1000 ? `${String(Math.round(ms))} ms` : `${String(Math.round(ms / 100) / 10)} s`;
}

interface Head {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

function readingOf({ statusCode, headers }: Head, bytes: Uint8Array): Omit<Received, 'ms'> {
  const flat = Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')] as const);
  // A byte order mark is kept, so that it is seen.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const json = isDeeperThan(MOST_LEVELS, bytes) ? undefined : parsed(text);
  return { status: statusCode, headers: Object.fromEntries(flat), text, json };
}

/** Undefined for what is no JSON; a byte order mark, which JSON.parse refuses, is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const UNTRUSTED = 'the certificate is not trusted here (NODE_EXTRA_CA_CERTS can name its authority)';

const FAILURES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there (connection refused)',
  ECONNRESET: 'the connection was closed without an answer',
  EPIPE: 'the connection was closed while the call was sent',
  UND_ERR_SOCKET: 'the connection was closed in the middle of the answer',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'the answer is larger than 2 MB',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of the answer are too large',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_HAS_EXPIRED: 'the certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host',
  ERR_SSL_WRONG_VERSION_NUMBER: 'there is no TLS at that port: is it http?',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be looked up',
};

/** The error's code only: its message may quote what a hostile service sent. */
function failureOf(error: unknown): string {
  const code = codeOf(error) ?? codeOf(isJsonObject(error) ? error['cause'] : undefined) ?? '';
  if (code.startsWith('HPE_')) return 'the answer is no HTTP';
  return FAILURES[code] ?? `the call failed (${code === '' ? 'no code' : code})`;
}

function codeOf(error: unknown): string | undefined {
  const code = isJsonObject(error) ? error['code'] : undefined;
  return typeof code === 'string' && code !== '' ? code : undefined;
}
