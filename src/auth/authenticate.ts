/**
 * Is this token from a trusted client, for this endpoint, and used for the first time?
 *
 * @see https://cds-hooks.hl7.org/2.0/#trusting-cds-clients; RFC 7519, RFC 8725
 */
import { decodeJwt, decodeProtectedHeader, importJWK, jwtVerify, type JWK, type JWTPayload } from 'jose';
import type { Client } from './clients.ts';
import type { KeySource } from './key-source.ts';

/** Asymmetric only; each with the key that it needs. */
const ALGORITHMS: Readonly<Record<string, { readonly kty: string; readonly crv?: string }>> = {
  ES384: { kty: 'EC', crv: 'P-384' },
  RS384: { kty: 'RSA' },
};
const SKEW_SECONDS = 60;
const LONGEST_LIFE_SECONDS = 3600;
const LONGEST_TOKEN = 16_384;
const LONGEST_ID = 1000;

/** Why a token was refused: for the log, never for the answer. */
export type Refusal =
  | 'no token'
  | 'not a bearer token'
  | 'too long'
  | 'unreadable'
  | 'algorithm'
  | 'type'
  | 'no kid'
  | 'unknown issuer'
  | 'jku of another'
  | 'unknown key'
  | 'key does not fit'
  | 'signature or time'
  | 'audience'
  | 'life too long'
  | 'tenant'
  | 'no jti'
  | 'used before';

export class AuthenticationError extends Error {
  readonly refusal: Refusal;
  /** Set once the issuer was recognised: the name of a configured client, safe to log. */
  readonly client: string | undefined;

  constructor(refusal: Refusal, client?: string) {
    super(refusal);
    this.name = 'AuthenticationError';
    this.refusal = refusal;
    this.client = client;
  }
}

export interface Caller {
  readonly client: Client;
  readonly tenant?: string;
}

export interface AuthenticatorOptions {
  readonly clients: readonly Client[];
  readonly keysOf: (client: Client) => KeySource;
  /** Marks a token id as used; false when this issuer has used it before. */
  readonly useToken: (issuer: string, jti: string, expiresAt: Date) => Promise<boolean>;
  readonly now: () => Date;
}

export type Authenticate = (authorization: string | undefined, endpoint: string) => Promise<Caller>;

/** @returns a function that resolves to the caller, or rejects with AuthenticationError. */
export function createAuthenticator({ clients, keysOf, useToken, now }: AuthenticatorOptions): Authenticate {
  const byIssuer = new Map(clients.map((client) => [client.iss, { client, keys: keysOf(client) }]));
  const listed = new Set(clients.map(({ jku }) => jku));

  return async function authenticate(authorization, endpoint) {
    const token = bearerToken(authorization);
    const { header, issuer } = unverified(token);
    const known = byIssuer.get(issuer);
    if (known === undefined) throw new AuthenticationError('unknown issuer');
    const { client, keys } = known;
    const refuse = (refusal: Refusal): AuthenticationError => new AuthenticationError(refusal, client.name);
    // A jku may be named, but only the one that this client is bound to; no other is ever asked. Where the keys were given, a jku says
    // nothing (the public sandbox always sends its own), unless it is that of another client.
    const isForeign = client.jku === undefined ? listed.has(header.jku) : header.jku !== client.jku;
    if (header.jku !== undefined && isForeign) throw refuse('jku of another');
    const jwk = await keys.keyFor(header.kid);
    if (jwk === undefined) throw refuse('unknown key');
    const payload = await verified(token, header.alg, jwk, issuer, now()).catch((error: unknown) => {
      throw error instanceof AuthenticationError ? refuse(error.refusal) : refuse('signature or time');
    });
    if (!isFor(payload, [endpoint, ...(client.audiences ?? [])])) throw refuse('audience');
    const { exp = 0, iat = 0, jti } = payload;
    if (exp - iat > LONGEST_LIFE_SECONDS) throw refuse('life too long');
    if (iat > now().getTime() / 1000 + SKEW_SECONDS) throw refuse('signature or time');
    const tenant = tenantOf(payload);
    if (client.tenants !== undefined && (tenant === undefined || !client.tenants.includes(tenant)))
      throw refuse('tenant');
    if (typeof jti !== 'string' || jti === '' || jti.length > LONGEST_ID) throw refuse('no jti');
    // Last, so that a token that is refused for another reason does not use up its id.
    const isFirst = await useToken(issuer, jti, new Date((exp + SKEW_SECONDS) * 1000));
    if (!isFirst) throw refuse('used before');
    return tenant === undefined ? { client } : { client, tenant };
  };
}

function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined) throw new AuthenticationError('no token');
  if (authorization.length > LONGEST_TOKEN) throw new AuthenticationError('too long');
  const [, token, signature = ''] =
    /^bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+))$/i.exec(authorization) ?? [];
  if (token === undefined) throw new AuthenticationError('not a bearer token');
  // The last character may hold unused bits: one signature must not have two spellings.
  if (Buffer.from(signature, 'base64url').toString('base64url') !== signature)
    throw new AuthenticationError('unreadable');
  return token;
}

interface Unverified {
  readonly header: { readonly alg: string; readonly kid: string; readonly jku?: string };
  readonly issuer: string;
}

/** Header and issuer, only to find the key: nothing of them is believed before the signature is checked. */
function unverified(token: string): Unverified {
  let header: Record<string, unknown>;
  let issuer: unknown;
  try {
    header = { ...decodeProtectedHeader(token) };
    issuer = decodeJwt(token).iss;
  } catch {
    throw new AuthenticationError('unreadable');
  }
  const { alg, kid, typ, jku } = header;
  if (typeof alg !== 'string' || !Object.hasOwn(ALGORITHMS, alg)) throw new AuthenticationError('algorithm');
  if (typeof typ !== 'string' || typ.toUpperCase() !== 'JWT') throw new AuthenticationError('type');
  if (typeof kid !== 'string' || kid === '' || kid.length > LONGEST_ID)
    throw new AuthenticationError('no kid');
  if (typeof issuer !== 'string') throw new AuthenticationError('unknown issuer');
  if (jku !== undefined && typeof jku !== 'string') throw new AuthenticationError('jku of another');
  return { header: { alg, kid, ...(jku === undefined ? {} : { jku }) }, issuer };
}

async function verified(
  token: string,
  alg: string,
  jwk: JWK,
  issuer: string,
  currentDate: Date,
): Promise<JWTPayload> {
  const needed = ALGORITHMS[alg];
  const fits =
    needed !== undefined &&
    jwk.kty === needed.kty &&
    (needed.crv === undefined || jwk.crv === needed.crv) &&
    (jwk.alg === undefined || jwk.alg === alg) &&
    (jwk.use === undefined || jwk.use === 'sig') &&
    (jwk.key_ops === undefined || jwk.key_ops.includes('verify'));
  if (!fits) throw new AuthenticationError('key does not fit');
  const key = await importJWK(jwk, alg);
  const { payload } = await jwtVerify(token, key, {
    algorithms: [alg],
    issuer,
    clockTolerance: SKEW_SECONDS,
    currentDate,
    requiredClaims: ['iss', 'aud', 'exp', 'iat', 'jti'],
  });
  return payload;
}

/** `aud` is compared exactly, as text, with the public URL of the endpoint and what the site has typed in. */
function isFor({ aud }: JWTPayload, accepted: readonly string[]): boolean {
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return named.some((one) => typeof one === 'string' && accepted.includes(one));
}

function tenantOf({ tenant }: JWTPayload): string | undefined {
  return typeof tenant === 'string' ? tenant : undefined;
}
