/**
 * The public keys of one client: given, or fetched from its one listed `jku` and kept.
 *
 * An unknown kid may be a rotated key or noise: it asks the key server again, but only as often as a small bucket allows, so that a
 * flood of invented kids stays a few requests. While the key server is down, the keys that it gave before stay in use.
 */
import type { JWK } from 'jose';
import { Agent, request } from 'undici';
import { isJsonObject } from '../json.ts';

export interface KeySource {
  /** The key with this kid; undefined when the client has none. Never rejects. */
  keyFor(kid: string): Promise<JWK | undefined>;
}

export function givenKeys(keys: readonly JWK[]): KeySource {
  return { keyFor: (kid) => Promise.resolve(keys.find((key) => key.kid === kid)) };
}

export interface KeyServerLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Keys older than this are fetched again when one is needed. */
  readonly freshMs: number;
  /** Keys older than this are not used although the key server is down. */
  readonly staleMs: number;
  /** Fetches for unknown kids: so many at once, and one more after each pause. */
  readonly burst: number;
  readonly pauseMs: number;
}

const LIMITS: KeyServerLimits = {
  timeoutMs: 2500,
  maxBytes: 256 * 1024,
  freshMs: 10 * 60_000,
  staleMs: 24 * 60 * 60_000,
  burst: 3,
  pauseMs: 10_000,
};

/** Keys of a set are few; more are noise. */
const MOST_KEYS = 100;

const agent = new Agent({ connections: 2, maxResponseSize: LIMITS.maxBytes });

export interface KeyServerOptions {
  readonly limits?: KeyServerLimits;
  /** Keys that are not taken although the key server offers them. */
  readonly refuse?: (key: JWK) => boolean;
}

/** @param now milliseconds on a clock that only goes forward. */
export function fetchedKeys(
  jku: string,
  now: () => number,
  { limits = LIMITS, refuse = () => false }: KeyServerOptions = {},
): KeySource {
  let keys: readonly JWK[] = [];
  let fetchedAt = -Infinity;
  let isDown = false;
  let running: Promise<void> | undefined;
  let tokens = limits.burst;
  let refilledAt = now();

  function mayFetch(): boolean {
    const gained = Math.floor((now() - refilledAt) / limits.pauseMs);
    if (gained > 0) {
      tokens = Math.min(limits.burst, tokens + gained);
      refilledAt += gained * limits.pauseMs;
    }
    if (tokens <= 0) return false;
    tokens -= 1;
    return true;
  }

  async function refresh(): Promise<void> {
    const fresh = await fetchKeys(jku, limits);
    isDown = fresh === undefined;
    if (fresh === undefined) return;
    keys = fresh.filter((key) => !refuse(key));
    fetchedAt = now();
  }

  /** One fetch at a time, shared by all who wait. */
  function fetchOnce(): Promise<void> {
    if (running !== undefined) return running;
    if (!mayFetch()) return Promise.resolve();
    running = refresh().finally(() => {
      running = undefined;
    });
    return running;
  }

  const find = (kid: string): JWK | undefined => {
    const isUsable = now() - fetchedAt <= limits.staleMs;
    return isUsable ? keys.find((key) => key.kid === kid) : undefined;
  };

  return {
    async keyFor(kid) {
      const known = find(kid);
      if (known !== undefined && now() - fetchedAt <= limits.freshMs) return known;
      const asked = fetchOnce();
      // While the key server does not answer, nobody who has a key waits for it again.
      if (known !== undefined && isDown) return known;
      await asked;
      return find(kid);
    },
  };
}

/** The key set; undefined when it cannot be had: unreachable, redirected, too slow, too large, not a key set. */
async function fetchKeys(jku: string, limits: KeyServerLimits): Promise<readonly JWK[] | undefined> {
  try {
    // Follows no redirect and inflates nothing, so that the limit of bytes holds for what is parsed.
    const { statusCode, body } = await request(jku, {
      headers: { accept: 'application/json', 'accept-encoding': 'identity' },
      signal: AbortSignal.timeout(limits.timeoutMs),
      dispatcher: agent,
    });
    if (statusCode !== 200) {
      await body.dump({ limit: limits.maxBytes });
      return undefined;
    }
    const content: unknown = JSON.parse(await body.text());
    const list = isJsonObject(content) ? content['keys'] : undefined;
    return Array.isArray(list) ? list.filter(isPublicKey).slice(0, MOST_KEYS) : undefined;
  } catch {
    return undefined;
  }
}

function isPublicKey(value: unknown): value is JWK {
  return (
    isJsonObject(value) &&
    typeof value['kid'] === 'string' &&
    (value['kty'] === 'EC' || value['kty'] === 'RSA')
  );
}
