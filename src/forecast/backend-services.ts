/**
 * Access tokens by SMART Backend Services: a signed assertion (private_key_jwt) for a token, no user.
 *
 * @see https://hl7.org/fhir/smart-app-launch/backend-services.html
 */
import { readFile } from 'node:fs/promises';
import { importJWK, SignJWT, type JWK } from 'jose';
import { ServiceError } from '../errors.ts';
import { isJsonObject } from '../json.ts';

export interface SigningKey {
  readonly kid: string | undefined;
  readonly alg: 'ES384' | 'RS384';
  readonly key: Awaited<ReturnType<typeof importJWK>>;
}

/**
 * @param file a private JWK, or a JWK Set whose first private key of a fitting kind is taken.
 * @throws ServiceError ERR_CONFIG without a word of what the file holds.
 */
export async function readSigningKey(file: string): Promise<SigningKey> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch {
    throw new ServiceError('ERR_CONFIG', `${file}: cannot be read as a JWK`);
  }
  const keys = isJsonObject(content) && Array.isArray(content['keys']) ? content['keys'] : [content];
  const found = keys
    .filter(isJsonObject)
    .find((one) => typeof one['d'] === 'string' && algorithmOf(one) !== undefined);
  const alg = found === undefined ? undefined : algorithmOf(found);
  if (found === undefined || alg === undefined)
    throw new ServiceError('ERR_CONFIG', `${file}: holds no private key for ES384 (EC P-384) or RS384 (RSA)`);
  try {
    const kid = typeof found['kid'] === 'string' ? found['kid'] : undefined;
    return { kid, alg, key: await importJWK(found as JWK, alg) };
  } catch {
    throw new ServiceError('ERR_CONFIG', `${file}: the private key is damaged`);
  }
}

function algorithmOf({ kty, crv }: Readonly<Record<string, unknown>>): SigningKey['alg'] | undefined {
  if (kty === 'EC' && crv === 'P-384') return 'ES384';
  return kty === 'RSA' ? 'RS384' : undefined;
}

export interface TokenOptions {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly key: SigningKey;
  readonly scope: string;
  /** Sends the form and returns status and JSON body. */
  readonly post: (
    url: string,
    form: URLSearchParams,
  ) => Promise<{ readonly status: number; readonly body: unknown }>;
  readonly newUuid: () => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface TokenSource {
  /** The token in hand while it is good; a new one otherwise. @throws ServiceError ERR_DATA_UNAVAILABLE when none is given. */
  token(): Promise<string>;
  /** The server has refused the token in hand. */
  forget(): void;
}

const ASSERTION_SECONDS = 240;
/** A token is renewed so much before it ends. */
const EARLY_MS = 20_000;
const WITHOUT_EXPIRY_SECONDS = 300;

export function tokenSource(options: TokenOptions): TokenSource {
  let held: { readonly token: string; readonly until: number } | undefined;
  return {
    async token() {
      if (held === undefined || options.now() >= held.until) held = await newToken(options);
      return held.token;
    },
    forget() {
      held = undefined;
    },
  };
}

async function newToken(options: TokenOptions): Promise<{ readonly token: string; readonly until: number }> {
  const { status, body } = await options.post(
    options.tokenUrl,
    new URLSearchParams({
      grant_type: 'client_credentials',
      scope: options.scope,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await assertionOf(options),
    }),
  );
  const answer = isJsonObject(body) ? body : {};
  const token = answer['access_token'];
  if (status !== 200 || typeof token !== 'string' || !/^[\x21-\x7e]{1,16384}$/.test(token))
    throw new ServiceError(
      'ERR_DATA_UNAVAILABLE',
      `the token endpoint gave no token (status ${String(status)})`,
    );
  const seconds = typeof answer['expires_in'] === 'number' ? answer['expires_in'] : WITHOUT_EXPIRY_SECONDS;
  return { token, until: options.now() + Math.max(seconds * 1000 - EARLY_MS, seconds * 500) };
}

function assertionOf({ clientId, tokenUrl, key, newUuid, now }: TokenOptions): Promise<string> {
  const seconds = Math.floor(now() / 1000);
  return new SignJWT()
    .setProtectedHeader({ alg: key.alg, typ: 'JWT', ...(key.kid === undefined ? {} : { kid: key.kid }) })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(tokenUrl)
    .setJti(newUuid())
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + ASSERTION_SECONDS)
    .sign(key.key);
}
