/**
 * The token by which a CDS Client says who it is: a JWT for one endpoint, for five minutes, used once.
 *
 * @see https://cds-hooks.hl7.org/2.0/#trusting-cds-clients
 */
import { importJWK, importPKCS8, SignJWT, type CryptoKey, type JWK } from 'jose';
import { isJsonObject } from '../json.ts';
import { ClientError } from './client-error.ts';

export type Algorithm = 'ES384' | 'RS384';

/** Who signs, as the service has it in its list of clients. */
export interface Signer {
  readonly iss: string;
  readonly kid: string;
  /** Where the service finds the public key; left out when it was given the key itself. */
  readonly jku?: string | undefined;
  readonly tenant?: string | undefined;
  readonly alg: Algorithm;
}

/** Header and claims of a token, before it is signed. */
export interface UnsignedToken {
  readonly header: {
    readonly alg: Algorithm;
    readonly typ: 'JWT';
    readonly kid: string;
    readonly jku?: string;
  };
  readonly claims: {
    readonly iss: string;
    readonly aud: string | readonly string[];
    /** Seconds since 1970. */
    readonly iat: number;
    readonly exp: number;
    readonly jti: string;
    readonly tenant?: string;
  };
}

const LIFE_SECONDS = 300;

/** @param aud the URL of the endpoint that is called, exactly. */
export function unsignedToken(
  { iss, kid, jku, tenant, alg }: Signer,
  aud: string | readonly string[],
): UnsignedToken {
  const iat = Math.floor(Date.now() / 1000);
  return {
    header: { alg, typ: 'JWT', kid, ...(jku === undefined ? {} : { jku }) },
    claims: {
      iss,
      aud,
      iat,
      exp: iat + LIFE_SECONDS,
      jti: crypto.randomUUID(),
      ...(tenant === undefined ? {} : { tenant }),
    },
  };
}

/** A client's identity as an EHR configures it. */
export interface SigningOptions extends Omit<Signer, 'alg' | 'kid'> {
  /** A private key: JWK, PKCS #8 PEM, or a CryptoKey that may sign. P-384 for ES384, RSA of at least 2048 bits for RS384. */
  readonly key: JWK | CryptoKey | string;
  /** Read from a JWK when it is not given. */
  readonly kid?: string;
  /** Read from a JWK or CryptoKey when it is not given; ES384 for a PEM. */
  readonly alg?: Algorithm;
}

/** Makes the token for the endpoint `aud`. */
export type Sign = (aud: string) => Promise<string>;

/**
 * The key is read once, at the first call.
 *
 * @throws ClientError `ERR_OPTIONS` when iss, kid or algorithm is missing, or (first call) the key cannot sign. No message shows the key.
 */
export function createSign({ key, ...options }: SigningOptions): Sign {
  const jwk = isJsonObject(key) && 'kty' in key ? key : undefined;
  const kid = options.kid ?? jwk?.kid;
  const alg = options.alg ?? algorithmOf(key, jwk);
  if (typeof options.iss !== 'string' || options.iss === '')
    throw new ClientError('ERR_OPTIONS', 'signing.iss is missing');
  if (typeof kid !== 'string' || kid === '')
    throw new ClientError('ERR_OPTIONS', 'signing.kid is missing, and the key has none');
  if (alg !== 'ES384' && alg !== 'RS384')
    throw new ClientError('ERR_OPTIONS', 'signing.key must be on P-384 (ES384) or RSA (RS384)');
  let imported: Promise<CryptoKey> | undefined;
  return async (aud) => {
    const { header, claims } = unsignedToken({ ...options, kid, alg }, aud);
    try {
      imported ??= importKey(key, jwk, alg);
      return await new SignJWT({ ...claims, aud }).setProtectedHeader(header).sign(await imported);
    } catch {
      // The cause may quote the key.
      throw new ClientError('ERR_OPTIONS', `signing.key is no private key that can sign ${alg}`);
    }
  };
}

function algorithmOf(key: SigningOptions['key'], jwk: JWK | undefined): string | undefined {
  if (typeof key === 'string') return 'ES384';
  if (jwk === undefined) return (key as CryptoKey).algorithm.name === 'ECDSA' ? 'ES384' : 'RS384';
  return jwk.alg ?? (jwk.kty === 'EC' ? 'ES384' : 'RS384');
}

async function importKey(
  key: SigningOptions['key'],
  jwk: JWK | undefined,
  alg: Algorithm,
): Promise<CryptoKey> {
  if (typeof key === 'string') return importPKCS8(key, alg);
  if (jwk === undefined) return key as CryptoKey;
  const imported = await importJWK(jwk, alg);
  if (imported instanceof Uint8Array) throw new TypeError('a symmetric key');
  return imported;
}
