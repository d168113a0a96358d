/**
 * The doctor's identity as a CDS Client: its keys, its key server, and tokens, right ones and wrong ones.
 *
 * @see https://cds-hooks.hl7.org/2.0/#trusting-cds-clients
 */
import { createHmac, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';
import { unsignedToken, type Algorithm, type Signer } from '../client/token.ts';
import { isJsonObject } from '../json.ts';
import { sendJson, startLoopback, type Loopback } from './loopback.ts';

export interface SigningKey {
  readonly alg: Algorithm;
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicJwk: JWK;
}

export async function newKey(alg: Algorithm, kid: string): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return keyOf(createPrivateKey({ key: await exportJWK(privateKey), format: 'jwk' }), kid);
}

/** @throws Error with a sentence for the user. */
export async function readKey(file: string, kid: string | undefined): Promise<SigningKey> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Error(`--key ${file} cannot be read`);
  }
  const jwk = jwkIn(text);
  const named = kid ?? (typeof jwk?.['kid'] === 'string' ? jwk['kid'] : undefined);
  if (named === undefined)
    throw new Error('--key holds no kid: give --kid, as it is registered at the service');
  let key: KeyObject;
  try {
    key = jwk === undefined ? createPrivateKey(text) : createPrivateKey({ key: jwk, format: 'jwk' });
  } catch {
    throw new Error(
      `--key ${file} is no private key: a PEM file (PKCS #8) or a private JWK without password`,
    );
  }
  return keyOf(key, named);
}

function jwkIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function keyOf(privateKey: KeyObject, kid: string): Promise<SigningKey> {
  const publicKey = createPublicKey(privateKey);
  const { namedCurve, modulusLength = 0 } = publicKey.asymmetricKeyDetails ?? {};
  const isEc = publicKey.asymmetricKeyType === 'ec' && namedCurve === 'secp384r1';
  if (!isEc && !(publicKey.asymmetricKeyType === 'rsa' && modulusLength >= 2048))
    throw new Error('--key must be an EC key on P-384 (ES384) or an RSA key of at least 2048 bits (RS384)');
  const alg = isEc ? 'ES384' : 'RS384';
  return { alg, kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** Writes a new private JWK for its user alone. @returns its public half. @throws Error when the file is there already. */
export async function makeKey(file: string, kid: string): Promise<JWK> {
  const key = await newKey('ES384', kid);
  const content = { ...key.privateKey.export({ format: 'jwk' }), kid, alg: key.alg, use: 'sig' };
  try {
    writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const isThere = isJsonObject(error) && error['code'] === 'EEXIST';
    throw new Error(`--make-key ${file} ${isThere ? 'is there already' : 'cannot be written'}`, {
      cause: error,
    });
  }
  return key.publicJwk;
}

export interface KeyServer extends Loopback {
  readonly jku: string;
  /** What it serves; may change during the run. */
  keys: readonly JWK[];
  /** Answers 503 while set. */
  isDown: boolean;
  count(): number;
}

export async function startKeyServer(port: number): Promise<KeyServer> {
  let requests = 0;
  const server = await startLoopback(port, (_request, response) => {
    requests += 1;
    if (keyServer.isDown) sendJson(response, 503, {});
    else sendJson(response, 200, { keys: keyServer.keys }, { 'cache-control': 'no-store' });
  });
  const keyServer: KeyServer = {
    ...server,
    jku: `${server.url}/jwks.json`,
    keys: [],
    isDown: false,
    count: () => requests,
  };
  return keyServer;
}

export interface Changes {
  /** `undefined` takes a claim out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: SigningKey;
}

export interface Identity {
  readonly iss: string;
  readonly tenant: string | undefined;
  /** Named in the header when set. */
  readonly jku: string | undefined;
  readonly key: SigningKey;
}

/** A token as the client would send it to the endpoint `aud`, with changes that make it wrong. */
export function signToken(
  identity: Identity,
  aud: string | readonly string[],
  { claims = {}, header = {}, key = identity.key }: Changes = {},
): Promise<string> {
  const right = unsignedToken(signerOf(identity, key), aud);
  return new SignJWT(defined({ ...right.claims, ...claims }))
    .setProtectedHeader({ ...defined({ ...right.header, ...header }), alg: key.alg })
    .sign(key.privateKey);
}

function signerOf({ iss, tenant, jku }: Identity, { alg, kid }: SigningKey): Signer {
  return { iss, tenant, jku, alg, kid };
}

/** A token that is signed with no key at all, or with a secret that everybody knows: the public key. */
export function forgeToken(identity: Identity, aud: string, alg: string): string {
  const { key } = identity;
  const right = unsignedToken(signerOf({ ...identity, tenant: undefined }, key), aud);
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ ...right.header, alg })}.${part(right.claims)}`;
  if (!alg.startsWith('HS')) return `${signed}.`;
  const pem = createPublicKey(key.privateKey).export({ type: 'spki', format: 'pem' });
  return `${signed}.${createHmac(`sha${alg.slice(2)}`, pem)
    .update(signed)
    .digest('base64url')}`;
}

function defined(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
}
