/**
 * One HTTP exchange on fetch alone: bounded in bytes and depth, follows no redirect, sends no cookie, and tells nothing but a code
 * when it fails, because fetch's own errors may quote a header.
 */
import { isDeeperThan } from '../json.ts';
import { ClientError } from './client-error.ts';

export interface Outgoing {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly accept: string;
  /** A bearer token. */
  readonly token: string | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly mostBytes: number;
  readonly signal: AbortSignal;
}

export interface Incoming {
  readonly status: number;
  readonly headers: Headers;
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown;
}

/** Deeper than any FHIR resource; what looks at one recursively stays far from the end of the stack. */
const MOST_LEVELS = 200;
const PRINTABLE = /^[\x21-\x7e]+$/;

/** @throws ClientError `ERR_OPTIONS`, `ERR_UNREACHABLE`, `ERR_BAD_ANSWER`, and what `reasonOf` makes of an ended signal. */
export async function exchange({
  method,
  url,
  accept,
  token,
  body,
  mostBytes,
  signal,
}: Outgoing): Promise<Incoming> {
  if (token !== undefined && !PRINTABLE.test(token))
    throw new ClientError('ERR_OPTIONS', 'a token must be printable ASCII without spaces');
  signal.throwIfAborted();
  const text = body === undefined ? undefined : jsonOf(body);
  try {
    const response = await fetch(url, {
      method,
      headers: {
        accept,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(text === undefined ? {} : { body: text }),
      redirect: 'manual',
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
      signal,
    });
    return {
      status: response.status,
      headers: response.headers,
      json: parsed(await bytesOf(response, mostBytes)),
    };
  } catch (error) {
    if (error instanceof ClientError) throw error;
    if (signal.aborted) throw signal.reason as Error;
    throw new ClientError('ERR_UNREACHABLE', `no answer (${systemCode(error)})`);
  }
}

function jsonOf(body: unknown): string {
  try {
    return JSON.stringify(body);
  } catch {
    throw new ClientError('ERR_OPTIONS', 'context, prefetch or extension cannot be written as JSON');
  }
}

async function bytesOf({ body }: Response, most: number): Promise<Uint8Array> {
  const reader = (body as ReadableStream<Uint8Array> | null)?.getReader();
  if (reader === undefined) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    length += read.value.byteLength;
    if (length > most) {
      await reader.cancel().catch(() => undefined);
      throw new ClientError('ERR_BAD_ANSWER', `the answer is larger than ${most} bytes`);
    }
    chunks.push(read.value);
  }
  return joined(chunks, length);
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

function parsed(bytes: Uint8Array): unknown {
  if (isDeeperThan(MOST_LEVELS, bytes)) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}

/** Such as ECONNREFUSED, which Node gives and browsers do not. */
function systemCode(error: unknown): string {
  const { code } = ((error as { cause?: unknown } | undefined)?.cause ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : 'connection failed';
}

/** A signal that ends after `ms`, or with the caller's own; its reason is a ClientError. */
export function deadline(
  ms: number,
  own: AbortSignal | undefined,
): { readonly signal: AbortSignal; readonly end: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new ClientError('ERR_TIMEOUT', `no answer within ${ms} ms`));
  }, ms);
  const stop = (): void => {
    controller.abort(new ClientError('ERR_ABORTED', 'the call was aborted by its caller'));
  };
  if (own?.aborted === true) stop();
  own?.addEventListener('abort', stop, { once: true });
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer);
      own?.removeEventListener('abort', stop);
    },
  };
}

/** `work`, or the signal's reason as soon as that ends: work that ignores the signal does not hold the caller. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    work.catch(() => undefined);
    throw signal.reason as Error;
  }
  let stop = (): void => undefined;
  const ended = new Promise<never>((_, reject) => {
    stop = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, ended]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
