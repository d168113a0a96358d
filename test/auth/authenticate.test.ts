/** Who may call: tokens as EHRs make them, and as attackers do. */
import { createHmac, createSign, generateKeyPairSync, KeyObject, randomUUID, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type JWK } from 'jose';
import { AuthenticationError, createAuthenticator, type Authenticate } from '../../src/auth/authenticate.ts';
import { parseClients, type Client } from '../../src/auth/clients.ts';
import { isDemoKey } from '../../src/auth/demo-keys.ts';
import { fetchedKeys, givenKeys, type KeyServerLimits } from '../../src/auth/key-source.ts';

const ENDPOINT = 'https://cds.example.org/cds-services/bone-heart-patient-view';
const ISSUER = 'https://ehr.example.org/fhir';
const OTHER_JKU = 'https://other.example.org/jwks';
const NOW = 1_768_471_200; // 2026-01-15T10:00:00Z

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;
let ec: KeyPair;
let rsa: KeyPair;
let other: KeyPair;
let publicKeys: JWK[];

async function publicJwk(pair: KeyPair, kid: string, extra: JWK = {}): Promise<JWK> {
  return { ...(await exportJWK(pair.publicKey)), kid, ...extra };
}

beforeAll(async () => {
  [ec, rsa, other] = await Promise.all([
    generateKeyPair('ES384', { extractable: true }),
    generateKeyPair('RS384', { extractable: true }),
    generateKeyPair('ES384', { extractable: true }),
  ]);
  publicKeys = [await publicJwk(ec, 'ec-1'), await publicJwk(rsa, 'rsa-1')];
});

const client = (extra: Partial<Client> = {}): Client => ({
  name: 'Example EHR',
  iss: ISSUER,
  fhirServers: ['https://ehr.example.org/fhir'],
  ...extra,
});

interface Making {
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
  readonly key?: KeyPair['privateKey'];
}

const claims = (): Record<string, unknown> => ({
  iss: ISSUER,
  aud: ENDPOINT,
  iat: NOW,
  exp: NOW + 300,
  jti: randomUUID(),
});

/** `undefined` takes a header or claim out. */
function token({ header = {}, claims: own = {}, key = ec.privateKey }: Making = {}): Promise<string> {
  const all = { alg: 'ES384', typ: 'JWT', kid: 'ec-1', ...header };
  const kept = Object.fromEntries(Object.entries<unknown>(all).filter(([, value]) => value !== undefined));
  return new SignJWT({ ...claims(), ...own }).setProtectedHeader(kept as { alg: string }).sign(key);
}

function authenticator(extra: Partial<Client> = {}, used = new Set<string>()): Authenticate {
  return createAuthenticator({
    clients: [
      client(extra),
      client({ name: 'Other EHR', iss: 'https://other.example.org/fhir', jku: OTHER_JKU }),
    ],
    keysOf: () => givenKeys(publicKeys),
    useToken: (issuer, jti) => {
      const isFirst = !used.has(`${issuer} ${jti}`);
      used.add(`${issuer} ${jti}`);
      return Promise.resolve(isFirst);
    },
    now: () => new Date(NOW * 1000),
  });
}

const accepted = async (made: Promise<string> | string, extra?: Partial<Client>): Promise<string> =>
  (await authenticator(extra)(`Bearer ${await made}`, ENDPOINT)).client.name;
const refused = async (made: Promise<string> | string, extra?: Partial<Client>): Promise<string> =>
  accepted(made, extra).catch((error: unknown) =>
    error instanceof AuthenticationError ? error.refusal : String(error),
  );

describe('accepted', () => {
  test('ES384 and RS384', async () => {
    expect(await accepted(token())).toBe('Example EHR');
    expect(await accepted(token({ header: { alg: 'RS384', kid: 'rsa-1' }, key: rsa.privateKey }))).toBe(
      'Example EHR',
    );
  });

  test('as Epic sends it: RS384, nbf five minutes early, fifteen minutes of life, sub, an audience typed in by hand', async () => {
    const epic = token({
      header: { alg: 'RS384', kid: 'rsa-1' },
      key: rsa.privateKey,
      claims: { nbf: NOW - 300, exp: NOW + 900, sub: 'client-id', aud: 'https://typed.example/in' },
    });
    expect(await accepted(epic, { audiences: ['https://typed.example/in'] })).toBe('Example EHR');
  });

  test.each([
    ['an audience among several', { aud: ['https://x.example', ENDPOINT] }],
    ['a clock 60 s ahead', { iat: NOW + 60, exp: NOW + 360 }],
    ['an end 59 s ago', { iat: NOW - 300, exp: NOW - 59 }],
    ['a life of exactly one hour', { exp: NOW + 3600 }],
    ['claims that nobody asked for', { tenant: 't', scope: 'x' }],
  ])('%s', async (_, own) => {
    expect(await accepted(token({ claims: own }))).toBe('Example EHR');
  });

  test('the scheme in any case', async () => {
    const made = await token();
    expect((await authenticator()(`bEARER ${made}`, ENDPOINT)).client.name).toBe('Example EHR');
  });

  test('a listed tenant', async () => {
    const made = await token({ claims: { tenant: 'north' } });
    expect(await authenticator({ tenants: ['north'] })(`Bearer ${made}`, ENDPOINT)).toMatchObject({
      tenant: 'north',
    });
  });
});

describe('refused', () => {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

  test.each([
    ['nothing', undefined, 'no token'],
    ['Basic', 'Basic dXNlcjpwYXNz', 'not a bearer token'],
    ['an empty bearer', 'Bearer ', 'not a bearer token'],
    ['no dots', 'Bearer abc', 'not a bearer token'],
    ['five parts (encrypted)', 'Bearer a.b.c.d.e', 'not a bearer token'],
    ['rubbish in three parts', 'Bearer a.b.c', 'unreadable'],
    ['a megabyte', `Bearer ${'a'.repeat(1_000_000)}.b.c`, 'too long'],
  ])('%s', async (_, authorization, refusal) => {
    await expect(authenticator()(authorization, ENDPOINT)).rejects.toMatchObject({ refusal });
  });

  test.each(['none', 'None', 'nOnE', ''])('alg %p without signature', async (alg) => {
    const made = `${encode({ alg, typ: 'JWT', kid: 'ec-1' })}.${encode(claims())}.e30`;
    expect(await refused(made)).toBe('algorithm');
  });

  test.each(['HS256', 'HS384', 'HS512'])('%s keyed with the public key', async (alg) => {
    const unsigned = `${encode({ alg, typ: 'JWT', kid: 'rsa-1' })}.${encode(claims())}`;
    const pem = await exportSPKI(rsa.publicKey);
    const signature = createHmac(`sha${alg.slice(2)}`, pem)
      .update(unsigned)
      .digest('base64url');
    expect(await refused(`${unsigned}.${signature}`)).toBe('algorithm');
  });

  test('an algorithm that is asymmetric but not on our list', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    expect(await refused(token({ header: { alg: 'ES256' }, key: privateKey }))).toBe('algorithm');
  });

  test('an algorithm that is not that of the key', async () => {
    expect(await refused(token({ header: { alg: 'RS384', kid: 'ec-1' }, key: rsa.privateKey }))).toBe(
      'key does not fit',
    );
  });

  test('an RSA key of 1024 bits', async () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const weak = { ...pair.publicKey.export({ format: 'jwk' }), kid: 'weak' } as JWK;
    publicKeys.push(weak);
    const unsigned = `${encode({ alg: 'RS384', typ: 'JWT', kid: 'weak' })}.${encode(claims())}`;
    const signature = createSign('sha384').update(unsigned).sign(pair.privateKey, 'base64url');
    expect(await refused(`${unsigned}.${signature}`)).toBe('signature or time');
    publicKeys.pop();
  });

  test.each([
    ['no kid', { kid: undefined }, 'no kid'],
    ['an empty kid', { kid: '' }, 'no kid'],
    ['an unknown kid', { kid: 'other' }, 'unknown key'],
    ['no typ', { typ: undefined }, 'type'],
    ['another typ', { typ: 'at+jwt' }, 'type'],
  ])('%s', async (_, header, refusal) => {
    expect(await refused(token({ header }))).toBe(refusal);
  });

  describe('a jku', () => {
    const jku = 'https://ehr.example.org/jwks';
    test.each([
      'https://evil.example/jwks',
      `${jku}/`,
      `${jku}?`,
      `${jku}#`,
      'https://ehr.example.org:443/jwks',
      'https://EHR.example.org/jwks',
      'https://ehr.example.org./jwks',
      'https://ehr.example.org/./jwks',
      'https://ehr.example.org/JWKS',
      'https://ehr.example.org@evil.example/jwks',
      'http://ehr.example.org/jwks',
      'https://other.example.org/jwks',
      '',
    ])('%p is not the one that is listed', async (other) => {
      expect(await refused(token({ header: { jku: other } }), { jku })).toBe('jku of another');
    });

    test('the listed one, or none, is accepted', async () => {
      expect(await accepted(token({ header: { jku } }), { jku })).toBe('Example EHR');
      expect(await accepted(token(), { jku })).toBe('Example EHR');
    });

    test('that is no text is refused', async () => {
      expect(await refused(token({ header: { jku: [jku] } }), { jku })).toBe('jku of another');
    });

    test('says nothing where the keys were given, as the sandbox sends its own, but that of another client is refused', async () => {
      expect(await accepted(token({ header: { jku: 'https://unlisted.example/jwks' } }))).toBe('Example EHR');
      expect(await refused(token({ header: { jku: OTHER_JKU } }))).toBe('jku of another');
    });
  });

  test('a second spelling of the signature', async () => {
    const made = await token({ header: { alg: 'RS384', kid: 'rsa-1' }, key: rsa.privateKey });
    // 256 bytes leave four bits unused in the last character: 16 spellings decode to one signature.
    const spellings = Array.from(
      'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
      (last) => `${made.slice(0, -1)}${last}`,
    );
    const results = await Promise.all(spellings.map((one) => refused(one)));
    expect(results.filter((one) => one === 'Example EHR')).toHaveLength(1);
  });

  test('a critical header that nobody here understands', async () => {
    const header = { alg: 'ES384', typ: 'JWT', kid: 'ec-1', crit: ['own'], own: 1 };
    const unsigned = `${encode(header)}.${encode(claims())}`;
    const key = KeyObject.from(ec.privateKey);
    const signature = sign('sha384', Buffer.from(unsigned), { key, dsaEncoding: 'ieee-p1363' });
    expect(await refused(`${unsigned}.${signature.toString('base64url')}`)).toBe('signature or time');
  });

  test.each(['jwk', 'x5u', 'x5c'])('a key brought along in %s is not used', async (name) => {
    const jwk = await publicJwk(other, 'ec-1');
    const value = name === 'jwk' ? jwk : name === 'x5c' ? ['MIIB'] : 'https://evil.example/cert';
    expect(await refused(token({ header: { [name]: value }, key: other.privateKey }))).toBe(
      'signature or time',
    );
  });

  test.each([
    ['another key under a known kid', {}, 'signature or time'],
    ['an unknown issuer', { iss: 'https://evil.example' }, 'unknown issuer'],
    ['no issuer', { iss: undefined }, 'unknown issuer'],
    ['an issuer that is no text', { iss: 7 }, 'unknown issuer'],
  ])('%s', async (name, own, refusal) => {
    const key = name.startsWith('another key') ? other.privateKey : ec.privateKey;
    expect(await refused(token({ claims: own, key }))).toBe(refusal);
  });

  test.each([
    ['no audience', { aud: undefined }, 'signature or time'],
    ['another service', { aud: `${ENDPOINT}x` }, 'audience'],
    ['the base URL', { aud: 'https://cds.example.org' }, 'audience'],
    ['a slash at the end', { aud: `${ENDPOINT}/` }, 'audience'],
    ['another case', { aud: ENDPOINT.toUpperCase() }, 'audience'],
    ['a list of other things', { aud: [7, null, 'x'] }, 'audience'],
    ['no exp', { exp: undefined }, 'signature or time'],
    ['exp as text', { exp: String(NOW + 300) }, 'signature or time'],
    ['an end 61 s ago', { iat: NOW - 300, exp: NOW - 61 }, 'signature or time'],
    ['no iat', { iat: undefined }, 'signature or time'],
    ['iat as text', { iat: String(NOW) }, 'signature or time'],
    ['issued 61 s ahead', { iat: NOW + 61, exp: NOW + 361 }, 'signature or time'],
    ['not valid before 61 s from now', { nbf: NOW + 61 }, 'signature or time'],
    ['a life of more than an hour', { exp: NOW + 3601 }, 'life too long'],
    ['milliseconds', { iat: NOW * 1000, exp: NOW * 1000 + 300_000 }, 'life too long'],
    ['no jti', { jti: undefined }, 'signature or time'],
    ['an empty jti', { jti: '' }, 'no jti'],
    ['a jti that is no text', { jti: 7 }, 'no jti'],
    ['a jti of a kilobyte', { jti: 'x'.repeat(1001) }, 'no jti'],
  ])('%s', async (_, own, refusal) => {
    expect(await refused(token({ claims: own }))).toBe(refusal);
  });

  test.each([
    ['no tenant', {}],
    ['another tenant', { tenant: 'south' }],
    ['a tenant that is no text', { tenant: ['north'] }],
  ])('%s where tenants are listed', async (_, own) => {
    expect(await refused(token({ claims: own }), { tenants: ['north'] })).toBe('tenant');
  });

  test('used a second time, but the same id of another issuer is another', async () => {
    const authenticate = authenticator();
    const made = await token({ claims: { jti: 'once' } });
    await authenticate(`Bearer ${made}`, ENDPOINT);
    await expect(authenticate(`Bearer ${made}`, ENDPOINT)).rejects.toMatchObject({ refusal: 'used before' });
    const elsewhere = await token({ claims: { jti: 'once', iss: 'https://other.example.org/fhir' } });
    expect((await authenticate(`Bearer ${elsewhere}`, ENDPOINT)).client.name).toBe('Other EHR');
  });

  test('a token that is refused for another reason does not use up its id', async () => {
    const authenticate = authenticator();
    const made = await token({ claims: { jti: 'late' } });
    await expect(authenticate(`Bearer ${made}`, `${ENDPOINT}/feedback`)).rejects.toMatchObject({
      refusal: 'audience',
    });
    await expect(authenticate(`Bearer ${made}`, ENDPOINT)).resolves.toBeDefined();
  });

  test('every byte of a token counts', async () => {
    const made = await token();
    for (let index = 0; index < made.length; index += 7) {
      const flipped = `${made.slice(0, index)}${made[index] === 'A' ? 'B' : 'A'}${made.slice(index + 1)}`;
      expect([index, await refused(flipped)]).not.toEqual([index, 'Example EHR']);
    }
  });
});

describe('keys of a key server', () => {
  let server: Server;
  interface Reply {
    readonly status?: number;
    readonly body?: string;
    readonly raw?: Buffer;
    readonly location?: string;
    readonly delayMs?: number;
  }
  let answer: (path: string) => Reply;
  let asked = 0;
  let clock = 0;
  const limits: KeyServerLimits = {
    timeoutMs: 300,
    maxBytes: 10_000,
    freshMs: 60_000,
    staleMs: 600_000,
    burst: 3,
    pauseMs: 10_000,
  };

  beforeAll(async () => {
    server = createServer((req, res) => {
      asked += 1;
      const { status = 200, body = '', raw, location, delayMs = 0 } = answer(req.url ?? '');
      setTimeout(() => {
        res.writeHead(status, {
          ...(location === undefined ? {} : { location }),
          ...(raw === undefined ? {} : { 'content-encoding': 'gzip' }),
        });
        res.end(raw ?? body);
      }, delayMs);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    asked = 0;
    clock = 0;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const url = (): string => `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/jwks`;
  const source = (): ReturnType<typeof fetchedKeys> => fetchedKeys(url(), () => clock, { limits });
  const gives = (...keys: JWK[]): void => {
    answer = () => ({ body: JSON.stringify({ keys }) });
  };

  test('are fetched once and kept', async () => {
    gives(publicKeys[0] ?? {});
    const keys = source();
    expect((await keys.keyFor('ec-1'))?.kid).toBe('ec-1');
    await Promise.all([keys.keyFor('ec-1'), keys.keyFor('ec-1')]);
    expect(asked).toBe(1);
  });

  test('many calls at the start ask once', async () => {
    gives(publicKeys[0] ?? {});
    const keys = source();
    await Promise.all(Array.from({ length: 50 }, () => keys.keyFor('ec-1')));
    expect(asked).toBe(1);
  });

  test('a key that was rotated in right after a fetch is found', async () => {
    gives(publicKeys[0] ?? {});
    const keys = source();
    await keys.keyFor('ec-1');
    gives(publicKeys[1] ?? {});
    expect((await keys.keyFor('rsa-1'))?.kid).toBe('rsa-1');
    expect(await keys.keyFor('ec-1')).toBeUndefined();
  });

  test('a flood of invented kids asks a few times, and a rotated key comes in after the pause', async () => {
    gives(publicKeys[0] ?? {});
    const keys = source();
    for (let index = 0; index < 200; index += 1) await keys.keyFor(`invented-${String(index)}`);
    expect(asked).toBe(3);
    expect((await keys.keyFor('ec-1'))?.kid).toBe('ec-1');
    gives(publicKeys[1] ?? {});
    expect(await keys.keyFor('rsa-1')).toBeUndefined();
    clock += 10_000;
    expect((await keys.keyFor('rsa-1'))?.kid).toBe('rsa-1');
  });

  test('stay in use while the key server is down, but not for ever', async () => {
    gives(publicKeys[0] ?? {});
    const keys = source();
    await keys.keyFor('ec-1');
    answer = () => ({ status: 500 });
    clock += 100_000;
    expect((await keys.keyFor('ec-1'))?.kid).toBe('ec-1');
    clock += 600_000;
    expect(await keys.keyFor('ec-1')).toBeUndefined();
  });

  test('are used at once while the key server hangs: only the first call waits', async () => {
    gives(publicKeys[0] ?? {});
    const keys = source();
    await keys.keyFor('ec-1');
    answer = () => ({ delayMs: 1000, body: '{"keys":[]}' });
    clock += 100_000;
    expect((await keys.keyFor('ec-1'))?.kid).toBe('ec-1');
    clock += 100_000;
    const late = Symbol('late');
    const first = await Promise.race([
      keys.keyFor('ec-1'),
      new Promise((done) => setTimeout(done, 100, late)),
    ]);
    expect(first).not.toBe(late);
  });

  test('that are published with their private half can be left out', async () => {
    gives({ ...publicKeys[0], kid: '44823f3d-0b01-4a6c-a80e-b9d3e8a7226f' }, publicKeys[1] ?? {});
    const keys = fetchedKeys(url(), () => clock, { limits, refuse: isDemoKey });
    expect(await keys.keyFor('44823f3d-0b01-4a6c-a80e-b9d3e8a7226f')).toBeUndefined();
    expect((await keys.keyFor('rsa-1'))?.kid).toBe('rsa-1');
  });

  test.each([
    ['a compressed set, however small', () => ({ raw: gzipSync(JSON.stringify({ keys: publicKeys })) })],
    ['a redirect', () => ({ status: 302, location: 'https://evil.example/jwks' })],
    ['a server that is too slow', () => ({ delayMs: 1000, body: '{"keys":[]}' })],
    ['too many bytes', () => ({ body: JSON.stringify({ keys: [], padding: 'x'.repeat(600_000) }) })],
    ['no JSON', () => ({ body: '<html>' })],
    ['no key set', () => ({ body: '[]' })],
    ['symmetric keys', () => ({ body: JSON.stringify({ keys: [{ kty: 'oct', kid: 'ec-1', k: 'AAAA' }] }) })],
  ])('%s gives no key', async (_, reply) => {
    answer = reply;
    expect(await source().keyFor('ec-1')).toBeUndefined();
  });
});

describe('CLIENTS_FILE', () => {
  const good = {
    name: 'Example EHR',
    iss: ISSUER,
    jku: 'https://ehr.example.org/jwks',
    fhirServers: ['https://ehr.example.org/fhir'],
  };
  const parse = (...clients: object[]): readonly Client[] => parseClients(JSON.stringify({ clients }));

  test('one client, and plain http on this machine', () => {
    expect(parse(good)).toHaveLength(1);
    expect(
      parse({ ...good, jku: 'http://127.0.0.1:9000/jwks', fhirServers: ['http://localhost:8080/fhir'] }),
    ).toHaveLength(1);
  });

  test.each([
    ['no clients', [], 'clients'],
    ['neither jku nor jwks', [{ ...good, jku: undefined }], 'jku'],
    ['both', [{ ...good, jwks: { keys: [{ kty: 'EC', kid: 'a' }] } }], 'jku'],
    [
      'a key on a curve that ES384 does not use',
      [{ ...good, jku: undefined, jwks: { keys: [{ kty: 'EC', crv: 'P-256', kid: 'a' }] } }],
      'P-384',
    ],
    [
      'a short RSA key',
      [{ ...good, jku: undefined, jwks: { keys: [{ kty: 'RSA', n: 'AQAB', e: 'AQAB', kid: 'a' }] } }],
      '2048',
    ],
    [
      'a kid given twice',
      [
        {
          ...good,
          jku: undefined,
          jwks: { keys: ['a', 'a'].map((kid) => ({ kty: 'EC', crv: 'P-384', kid })) },
        },
      ],
      'kid is given twice',
    ],
    [
      'a FHIR server at the address of cloud credentials',
      [{ ...good, fhirServers: ['https://169.254.169.254/fhir'] }],
      'fhirServers/0',
    ],
    ['the name of callers without token', [{ ...good, name: 'unauthenticated' }], 'name'],
    ['an origin that no browser sends', [{ ...good, origins: ['https://ehr.example.org:443'] }], 'origins/0'],
    ['plain http key server', [{ ...good, jku: 'http://ehr.example.org/jwks' }], 'jku'],
    ['plain http FHIR server', [{ ...good, fhirServers: ['http://ehr.example.org/fhir'] }], 'fhirServers/0'],
    [
      'a FHIR server with user info',
      [{ ...good, fhirServers: ['https://u:p@ehr.example.org/fhir'] }],
      'fhirServers/0',
    ],
    [
      'a FHIR server with dot segments',
      [{ ...good, fhirServers: ['https://ehr.example.org/a/../fhir'] }],
      'fhirServers/0',
    ],
    ['the same issuer twice', [good, { ...good, name: 'Other' }], 'clients/1/iss'],
    ['the same name twice', [good, { ...good, iss: 'https://other.example' }], 'clients/1/name'],
    [
      'a private key',
      [{ ...good, jku: undefined, jwks: { keys: [{ kty: 'EC', kid: 'a', d: 'x' }] } }],
      'private key',
    ],
    ['a misspelt member', [{ ...good, fhirServer: 'x' }], 'fhirServer'],
    ['an origin with a path', [{ ...good, origins: ['https://ehr.example.org/app'] }], 'origins'],
  ])('%s is refused by its place', (_, clients, place) => {
    expect(() => parse(...clients)).toThrow(place);
  });

  test.each([
    ['in a client', '{"clients":[{"__proto__":{"name":"x"},"name":"a"}]}'],
    ['at the top', '{"__proto__":{"clients":[]},"clients":[]}'],
    ['as YAML', '__proto__:\n  clients: []\n'],
  ])('__proto__ %s is a misspelt member and changes no object', (_, source) => {
    expect(() => parseClients(source)).toThrow('CLIENTS_FILE');
    expect(({} as Record<string, unknown>)['clients']).toBeUndefined();
  });

  describe('in production', () => {
    const jwks = (kid: string, extra: object = {}): object => ({
      ...good,
      jku: undefined,
      jwks: { keys: [{ kty: 'EC', crv: 'P-384', x: 'abc', y: 'abc', kid, ...extra }] },
    });
    const inProduction = (entry: object): (() => unknown) => {
      const source = JSON.stringify({ clients: [entry] });
      expect(() => parseClients(source)).not.toThrow();
      return () => parseClients(source, { production: true });
    };

    test.each([
      ['the sandbox as issuer', { ...good, iss: 'https://sandbox.cds-hooks.org' }],
      ['its key server', { ...good, jku: 'https://sandbox.cds-hooks.org/.well-known/jwks.json' }],
      ['its kid', jwks('44823f3d-0b01-4a6c-a80e-b9d3e8a7226f')],
      [
        'a test key under another kid',
        jwks('a', { x: 'JQKTsV6PT5Szf4QtDA1qrs0EJ1pbimQmM2SKvzOlIAqlph3h1OHmZ2i7MXahIF2C' }),
      ],
    ])('%s is refused', (_, entry) => {
      expect(inProduction(entry)).toThrow('refused in production');
    });

    test('a key of its own is accepted', () => {
      expect(inProduction(jwks('a'))).not.toThrow();
    });
  });

  test('every problem is told at once', () => {
    expect(() => parse({ ...good, jku: 'http://a.example/j', fhirServers: ['http://b.example/f'] })).toThrow(
      /jku[\s\S]*fhirServers/,
    );
  });
});
