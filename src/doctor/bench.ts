/**
 * What every check works with: the service's URL, the doctor's own servers and identity, and bounded calls.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { isJsonObject, type JsonObject } from '../json.ts';
import type { Exchange, Transport } from './exchange.ts';
import type { FhirServer } from './fhir-server.ts';
import type { Elsewhere } from './loopback.ts';
import type { DoctorOptions } from './options.ts';
import { signToken, type Changes, type Identity, type KeyServer, type SigningKey } from './signer.ts';

/** Ends the check at hand, and with `forGood` all that follow: why it, or they, cannot be checked. */
export class CannotCheck extends Error {
  readonly forGood: boolean;

  constructor(reason: string, forGood = false) {
    super(reason);
    this.name = 'CannotCheck';
    this.forGood = forGood;
  }
}

export interface Outgoing {
  /** Below the base URL: `/cds-services/some-id`. */
  readonly path: string;
  readonly method?: 'GET' | 'POST' | 'OPTIONS' | 'DELETE';
  /** In words, what is particular about this call. */
  readonly what: string;
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly raw?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** `right` by default: a fresh one where the service wants one; a text goes into the header as it is. */
  readonly token?: 'right' | 'none' | Changes | { readonly authorization: string };
}

export interface Answer {
  readonly service: string;
  readonly exchange: Exchange;
}

export interface Bench {
  readonly options: DoctorOptions;
  readonly fhir: FhirServer;
  readonly keyServer: KeyServer;
  readonly elsewhere: Elsewhere;
  readonly identity: Identity | undefined;
  /** Further keys of the doctor that its key server offers, by algorithm. */
  readonly otherKeys: readonly SigningKey[];
  readonly today: Date;
  readonly patientId: string;
  /** Whether calls need a token; found out by the first calls. */
  auth: 'open' | 'required';
  /** Every exchange, newest last, for what is checked over all of them. */
  readonly exchanges: Exchange[];
  /** Hook calls that were answered with 200, one of each form: equal cards with other uuids are one. */
  readonly answers: readonly Answer[];
  /** The uuid of every card that came. */
  readonly cardUuids: readonly string[];
  /** Keeps an answer for the checks at the end. */
  keep(answer: Answer): void;
  send(outgoing: Outgoing): Promise<Exchange>;
  /** `aud` for a path. */
  audience(path: string): string;
}

export interface BenchParts {
  readonly options: DoctorOptions;
  readonly transport: Transport;
  readonly fhir: FhirServer;
  readonly keyServer: KeyServer;
  readonly elsewhere: Elsewhere;
  readonly identity: Identity | undefined;
  readonly otherKeys: readonly SigningKey[];
  readonly today: Date;
}

const UUIDS = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
const MOST_FORMS = 200;
const MOST_UUIDS = 10_000;
const MOST_SILENCES = 4;
const MOST_RETRIES = 4;
const LONGEST_PAUSE_SECONDS = 5;
const LONGEST_RUN_MS = 10 * 60_000;

export function createBench({ transport, ...parts }: BenchParts): Bench {
  const { options } = parts;
  const began = performance.now();
  let silences = 0;
  const answers: Answer[] = [];
  const cardUuids: string[] = [];
  const forms = new Set<string>();

  /** A service that does not answer, or a list of services without end, must not keep the doctor busy for hours. */
  function mayGoOn(): void {
    if (bench.exchanges.length >= options.maxRequests)
      throw new CannotCheck(
        `the limit of ${String(options.maxRequests)} requests is reached (--max-requests)`,
        true,
      );
    if (silences >= MOST_SILENCES)
      throw new CannotCheck(
        `${String(silences)} calls in a row got no answer: the doctor stopped calling`,
        true,
      );
    if (performance.now() - began > LONGEST_RUN_MS)
      throw new CannotCheck('the run took more than 10 minutes: use --service or --only', true);
  }

  async function authorization({ path, token = 'right' }: Outgoing): Promise<string | undefined> {
    if (token === 'none') return undefined;
    if (token !== 'right' && 'authorization' in token) return token.authorization;
    const { identity } = parts;
    if (identity === undefined || (token === 'right' && bench.auth === 'open')) return undefined;
    return `Bearer ${await signToken(identity, bench.audience(path), token === 'right' ? {} : token)}`;
  }

  async function sendOnce(outgoing: Outgoing): Promise<Exchange> {
    mayGoOn();
    const { path, method = 'POST', what, body, raw, headers = {} } = outgoing;
    const bearer = await authorization(outgoing);
    const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const exchange = await transport.send({
      method,
      url: `${options.base}${path}`,
      what,
      headers: {
        accept: 'application/json',
        ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
        ...options.headers,
        ...(bearer === undefined ? {} : { authorization: bearer }),
        ...headers,
      },
      ...(content === undefined ? {} : { body: content }),
    });
    bench.exchanges.push(exchange);
    silences = exchange.received === undefined ? silences + 1 : 0;
    return exchange;
  }

  const bench: Bench = {
    ...parts,
    patientId: `doctor-${randomUUID().slice(0, 8)}`,
    auth: 'open',
    exchanges: [],
    answers,
    cardUuids,
    keep(answer) {
      for (const { uuid } of objectsIn(cardsOf(answer.exchange)))
        if (typeof uuid === 'string' && cardUuids.length < MOST_UUIDS) cardUuids.push(uuid);
      const form = `${answer.service} ${(answer.exchange.received?.text ?? '').replace(UUIDS, '')}`;
      if (forms.has(form) || forms.size >= MOST_FORMS) return;
      forms.add(form);
      answers.push(answer);
    },
    audience: (path) => `${options.publicUrl ?? options.base}${path}`,
    // A service may limit its clients: that is no fault, so wait and ask again.
    async send(outgoing) {
      let exchange = await sendOnce(outgoing);
      for (let retry = 0; retry < MOST_RETRIES && exchange.received?.status === 429; retry += 1) {
        const wanted = Number(exchange.received.headers['retry-after'] ?? 1);
        await pause(
          1000 * Math.min(Number.isFinite(wanted) ? Math.max(wanted, 0.5) : 1, LONGEST_PAUSE_SECONDS),
        );
        exchange = await sendOnce(outgoing);
      }
      return exchange;
    },
  };
  return bench;
}

export function statusOf({ received }: Exchange): number | undefined {
  return received?.status;
}

/** `answered 500`, or why there is no answer. */
export function answered({ received, failure = '' }: Exchange): string {
  return received === undefined ? failure : `answered ${String(received.status)}`;
}

export function isSuccess({ received }: Exchange): boolean {
  return received !== undefined && received.status >= 200 && received.status < 300;
}

/** Refused as the caller's mistake: 4xx. */
export function isRefused({ received }: Exchange): boolean {
  return received !== undefined && received.status >= 400 && received.status < 500;
}

/** The list of cards of an answer; undefined when it has none. */
export function cardsOf({ received }: Exchange): readonly unknown[] | undefined {
  const body = received?.json;
  return isJsonObject(body) && Array.isArray(body['cards']) ? (body['cards'] as unknown[]) : undefined;
}

/** Cards without their fresh ids, as text, for comparison. */
export function guidanceOf(exchange: Exchange): string {
  return JSON.stringify(cardsOf(exchange) ?? [], (key, value: unknown) =>
    key === 'uuid' ? undefined : value,
  );
}

export function objectsIn(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
