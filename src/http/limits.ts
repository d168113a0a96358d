/**
 * Load and abuse: how many calls and how many bytes at once, how often a client may call, how often an address may fail, how much a
 * client may store about cards that we never sent.
 *
 * Rates hold per replica and only with AUTH=required: without authentication there is no client to count.
 */
import { isIPv6 } from 'node:net';
import type { RequestHandler } from 'express';
import { TokenBucket } from 'limiter';
import { ServiceError } from '../errors.ts';
import { callOf } from './call.ts';

type BucketOptions = ConstructorParameters<typeof TokenBucket>[0];

/** design: 50 a second with bursts of 200 for each client. */
const CLIENT_RATE = { bucketSize: 200, tokensPerInterval: 50, interval: 'second' } as const;
/** Failed authentications of one address; a proxy may stand for many clients, so successful calls are not counted. */
const FAILURE_RATE = { bucketSize: 300, tokensPerInterval: 50, interval: 'second' } as const;
/** Bytes of feedback on cards that are not ours: a restored backup or a mistake fits, filling the disk does not. */
const STRAY_FEEDBACK = { bucketSize: 16 * 1024 * 1024, tokensPerInterval: 256, interval: 'second' } as const;
const MOST_KEYS = 10_000;
const MOST_CALLS = 1000;
const MOST_BODY_BYTES = 512 * 1024 * 1024;

/** A token bucket for each key, full at first; of many keys the least recently used is forgotten. */
export class Rates {
  private readonly buckets = new Map<string, TokenBucket>();
  private readonly options: BucketOptions;
  private readonly mostKeys: number;

  constructor(options: BucketOptions, mostKeys: number = MOST_KEYS) {
    this.options = options;
    this.mostKeys = mostKeys;
  }

  /** False when the key has used up its rate. */
  take(key: string, amount = 1): boolean {
    const bucket = this.buckets.get(key) ?? this.fresh();
    this.buckets.delete(key);
    this.buckets.set(key, bucket);
    const [oldest] = this.buckets.keys();
    if (this.buckets.size > this.mostKeys && oldest !== undefined) this.buckets.delete(oldest);
    return bucket.tryRemoveTokens(amount);
  }

  private fresh(): TokenBucket {
    const bucket = new TokenBucket(this.options);
    bucket.content = bucket.bucketSize;
    return bucket;
  }
}

export function clientRates(): Rates {
  return new Rates(CLIENT_RATE);
}

export function failureRates(): Rates {
  return new Rates(FAILURE_RATE);
}

export function strayFeedback(): Rates {
  return new Rates(STRAY_FEEDBACK);
}

/** The address to count by: of IPv6 the network, because one machine has all addresses of its /64. */
export function addressKey(address: string | undefined): string {
  if (address === undefined || !isIPv6(address) || address.startsWith('::ffff:')) return address ?? '';
  const [left = '', right] = address.split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  return [...head, ...zeros, ...tail].slice(0, 4).join(':');
}

/** 429 when the authenticated client has used up its rate; nothing without a client. */
export function limitRate(rates: Rates): RequestHandler {
  return function limitClient(req, _res, next) {
    const { caller } = callOf(req);
    if (caller !== undefined && !rates.take(caller.client.name))
      throw new ServiceError('ERR_RATE_LIMITED', `client ${caller.client.name}`);
    next();
  };
}

export interface LoadLimits {
  readonly calls: number;
  readonly bytes: number;
}

/**
 * 503 while too many calls, or too many bytes of bodies, are on their way: what has begun is finished first.
 *
 * A body counts with its declared length until it has been read, one without (chunked, compressed) with the most it may have; then
 * with its real length.
 */
export function limitLoad(
  maxBodyBytes: number,
  most: LoadLimits = { calls: MOST_CALLS, bytes: MOST_BODY_BYTES },
): RequestHandler {
  let calls = 0;
  let bytes = 0;
  return function takePart(req, res, next) {
    const declared =
      req.headers['content-encoding'] === undefined ? req.headers['content-length'] : undefined;
    const length = Number(declared ?? maxBodyBytes);
    let own = Number.isFinite(length) ? Math.min(Math.max(length, 0), maxBodyBytes) : maxBodyBytes;
    // One call alone always passes, whatever MAX_BODY is.
    if (calls >= most.calls || (calls > 0 && bytes + own > most.bytes))
      throw new ServiceError('ERR_BUSY', `${String(calls)} calls, ${String(bytes)} bytes under way`);
    calls += 1;
    bytes += own;
    callOf(req).bodyRead = (real) => {
      bytes += real - own;
      own = real;
    };
    res.once('close', () => {
      calls -= 1;
      bytes -= own;
    });
    next();
  };
}
