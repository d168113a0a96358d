/** Requests to one Bulk Data server: nothing leaves its origin, nothing is without bound, busy servers are asked again later. */
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request, type Dispatcher } from 'undici';
import { ServiceError } from '../errors.ts';
import { isMetadataHost } from '../gather/outbound.ts';
import type { TokenSource } from './backend-services.ts';

export interface BulkLimits {
  /** For the whole export, from kick-off to the last byte. */
  readonly totalMs: number;
  /** Bytes of all files as they come over the wire. */
  readonly totalBytes: number;
  /** Without Retry-After: the first pause, doubled up to the longest. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** Attempts of one request that meets a busy or broken server. */
  readonly attempts: number;
}

export const BULK_LIMITS: BulkLimits = {
  totalMs: 12 * 60 * 60_000,
  totalBytes: 500e9,
  firstPauseMs: 1000,
  longestPauseMs: 60_000,
  attempts: 8,
};

const MANIFEST_BYTES = 16 * 1024 * 1024;
const BUSY: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Dispatcher.ResponseData['body'];
}

export interface AskOptions {
  readonly method?: 'GET' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the access token goes with it; it does unless the manifest says that it is not needed. */
  readonly withToken?: boolean;
}

export interface BulkRequests {
  /** The absolute URL of a link on the server's own origin. @throws ServiceError ERR_DATA_UNAVAILABLE for any other. */
  inside(link: string, what: string): string;
  /** Answers that are not "busy"; their body must be read or dumped. */
  ask(url: string, options?: AskOptions): Promise<Answer>;
  json(answer: Answer): Promise<unknown>;
  /** Writes a body to a file, as it came over the wire. @returns whether it came gzipped. */
  download(url: string, withToken: boolean, to: string): Promise<boolean>;
  /** Waits as Retry-After says, else the given attempt's pause. */
  pause(answer: Pick<Answer, 'headers'> | undefined, attempt: number): Promise<void>;
  post(url: string, form: URLSearchParams): Promise<{ readonly status: number; readonly body: unknown }>;
  close(): Promise<void>;
}

export interface BulkRequestOptions {
  readonly base: string;
  readonly limits: BulkLimits;
  readonly tokens: () => TokenSource | undefined;
  readonly signal: AbortSignal;
}

export function bulkRequests({ base, limits, tokens, signal }: BulkRequestOptions): BulkRequests {
  const agent = new Agent({
    connections: 4,
    headersTimeout: 60_000,
    bodyTimeout: 60_000,
    connectTimeout: 10_000,
  });
  let bytesLeft = limits.totalBytes;

  async function once(
    url: string,
    { method = 'GET', headers = {}, withToken = true }: AskOptions,
  ): Promise<Answer> {
    const source = withToken ? tokens() : undefined;
    const send = async (): Promise<Answer> => {
      const authorization = source === undefined ? {} : { authorization: `Bearer ${await source.token()}` };
      const {
        statusCode,
        headers: got,
        body,
      } = await request(url, {
        method,
        dispatcher: agent,
        signal,
        headers: { ...headers, ...authorization },
      });
      return { status: statusCode, headers: got, body };
    };
    const first = await send();
    if (first.status !== 401 || source === undefined) return first;
    // The token may have ended before its time: one new one.
    await first.body.dump();
    source.forget();
    return send();
  }

  async function ask(url: string, options: AskOptions = {}): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await failing(() => once(url, options));
      if (answer !== undefined && !BUSY.has(answer.status)) return answer;
      await answer?.body.dump();
      if (attempt >= limits.attempts)
        throw unavailable(
          answer === undefined
            ? 'the server cannot be reached'
            : `the server stays busy (status ${String(answer.status)})`,
        );
      await pause(answer, attempt);
    }
  }

  /** Undefined for a failure of the network; an end by time or by the caller goes on up. */
  async function failing<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ServiceError) throw error;
      return undefined;
    }
  }

  async function pause(answer: Pick<Answer, 'headers'> | undefined, attempt: number): Promise<void> {
    const told = retryAfterMs(answer?.headers['retry-after']);
    const ms = told ?? limits.firstPauseMs * 2 ** Math.min(attempt - 1, 16);
    await sleep(Math.min(ms, limits.longestPauseMs), undefined, { signal });
  }

  async function json({ body }: Answer): Promise<unknown> {
    const text = await textOf(body);
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  }

  return {
    inside(link, what) {
      const url = URL.parse(link, `${base}/`);
      const own = URL.parse(base);
      if (
        url === null ||
        own === null ||
        url.origin !== own.origin ||
        url.username !== '' ||
        url.password !== ''
      )
        throw unavailable(`the ${what} leads away from the server and is not followed`);
      return url.href;
    },
    ask,
    json,
    pause,
    async download(url, withToken, to) {
      for (let attempt = 1; ; attempt += 1) {
        const answer = await ask(url, {
          withToken,
          headers: { accept: 'application/fhir+ndjson', 'accept-encoding': 'gzip' },
        });
        const encoding = String(answer.headers['content-encoding'] ?? 'identity');
        if (answer.status !== 200 || !['gzip', 'identity'].includes(encoding)) {
          await answer.body.dump();
          throw unavailable(
            `a file of the export cannot be had (status ${String(answer.status)}, encoding ${encoding === 'identity' ? 'plain' : 'unknown'})`,
          );
        }
        const taken = await failing(() => store(answer.body, to));
        if (taken !== undefined) {
          bytesLeft -= taken;
          return encoding === 'gzip';
        }
        if (attempt >= limits.attempts) throw unavailable('a file of the export ends early again and again');
        await pause(undefined, attempt);
      }
    },
    async post(url, form) {
      const answer = await failing(() =>
        request(url, {
          method: 'POST',
          dispatcher: agent,
          signal,
          headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
          body: form.toString(),
        }),
      );
      if (answer === undefined) throw unavailable('the token endpoint cannot be reached');
      return {
        status: answer.statusCode,
        body: await json({ status: answer.statusCode, headers: answer.headers, body: answer.body }),
      };
    },
    close: () => agent.destroy(),
  };

  async function store(body: Readable, to: string): Promise<number> {
    let taken = 0;
    const bounded = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        taken += chunk.length;
        if (taken > bytesLeft) done(unavailable('the export is larger than allowed'));
        else done(null, chunk);
      },
    });
    await pipeline(body, bounded, createWriteStream(to), { signal });
    return taken;
  }
}

async function textOf(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MANIFEST_BYTES) throw unavailable('an answer of the server is larger than 16 MB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Seconds or an HTTP date. @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
export function retryAfterMs(
  header: string | readonly string[] | undefined,
  now = Date.now(),
): number | undefined {
  const text = typeof header === 'string' ? header.trim() : '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = /^[A-Za-z]{3},/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(at - now, 0);
}

export function unavailable(detail: string): ServiceError {
  return new ServiceError('ERR_DATA_UNAVAILABLE', detail);
}

/** @throws ServiceError ERR_BAD_REQUEST unless it is https, or http on this machine, without credentials in it. */
export function checkedUrl(text: string, what: string): string {
  const url = URL.parse(text);
  const loopback = url !== null && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  const safe = url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && loopback));
  if (url === null || !safe || url.username !== '' || url.password !== '' || isMetadataHost(url.hostname))
    throw new ServiceError('ERR_BAD_REQUEST', `${what}: must be an https URL (http on this machine only)`);
  return url.href;
}
