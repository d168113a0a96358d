/** AUTH=required through the endpoint: who may call what, what may be asked of whom, and what an answer gives away. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Client } from '../../src/auth/clients.ts';
import { openMemory, type Memory } from '../../src/store/memory.ts';
import { openStore } from '../../src/store/open.ts';
import { startService, type TestService } from './ehr.ts';

const BASE = 'https://cds.example.org/bone-heart';
const ENV = {
  AUTH: 'required',
  CLIENTS_FILE: 'given by the test',
  BASE_URL: BASE,
  CORS_ORIGINS: 'https://a.example',
};
const VIEW = '/cds-services/bone-heart-patient-view';
const SAMPLE = readFileSync(
  new URL('../../fixtures/requests/patient-view-low-bmd.json', import.meta.url),
  'utf8',
);

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;
let keys: KeyPair;
let service: TestService;
let memory: Memory;
let folder = '';
let ehr: Server;
let asked: string[] = [];
let ehrUrl = '';

beforeAll(async () => {
  keys = await generateKeyPair('ES384', { extractable: true });
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k1' };
  ehr = createServer((req, res) => {
    asked.push(`${req.url ?? ''} ${req.headers.authorization ?? ''}`);
    res.writeHead(404, { 'content-type': 'application/fhir+json' });
    res.end('{"resourceType":"OperationOutcome","issue":[]}');
  });
  await new Promise<void>((resolve) => ehr.listen(0, '127.0.0.1', resolve));
  ehrUrl = `http://127.0.0.1:${String((ehr.address() as AddressInfo).port)}/fhir`;
  const client = (name: string, extra: Partial<Client> = {}): Client => ({
    name,
    iss: `https://${name}.example.org`,
    jwks: { keys: [jwk] } as never,
    fhirServers: [],
    ...extra,
  });
  folder = mkdtempSync(join(tmpdir(), 'trust-'));
  memory = await openMemory({
    open: () => openStore({ dataDir: folder }, randomUUID),
    onChange: () => undefined,
    retentionDays: 400,
    now: () => new Date(),
  });
  service = await startService(undefined, ENV, memory, [
    client('north', { fhirServers: [ehrUrl], origins: ['https://north-app.example'] }),
    client('south'),
    client('busy'),
  ]);
});
afterAll(async () => {
  await service.close();
  await memory.close();
  ehr.closeAllConnections();
  ehr.close();
  rmSync(folder, { recursive: true });
});

function tokenOf(name: string, endpoint: string, own: Record<string, unknown> = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    iss: `https://${name}.example.org`,
    aud: `${BASE}${endpoint}`,
    iat: now,
    exp: now + 300,
    jti: randomUUID(),
    ...own,
  })
    .setProtectedHeader({ alg: 'ES384', typ: 'JWT', kid: 'k1' })
    .sign(keys.privateKey);
}

async function send(
  endpoint: string,
  authorization: string | undefined,
  body: string = SAMPLE,
): Promise<Response> {
  return fetch(`${service.url}${endpoint}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
    },
    body,
  });
}
const bearer = async (name: string, endpoint: string, own?: Record<string, unknown>): Promise<string> =>
  `Bearer ${await tokenOf(name, endpoint, own)}`;

test('a token for the endpoint is answered with cards, under the path of BASE_URL too', async () => {
  const response = await send(VIEW, await bearer('north', VIEW));
  expect(response.status).toBe(200);
  expect(((await response.json()) as { cards: unknown[] }).cards.length).toBeGreaterThan(0);
});

describe('401', () => {
  test('is the same for every cause, but for the request id', async () => {
    const causes = [
      undefined,
      'Basic dXNlcjpwYXNz',
      'Bearer x',
      await bearer('north', `${VIEW}/feedback`),
      await bearer('nobody', VIEW),
      await bearer('north', VIEW, { exp: 1 }),
    ];
    const answers = await Promise.all(causes.map((cause) => send(VIEW, cause)));
    const seen = await Promise.all(
      answers.map(async (response) => {
        const headers = [...response.headers].filter(([name]) => !['x-request-id', 'date'].includes(name));
        return JSON.stringify([response.status, headers, await response.text()]);
      }),
    );
    expect(new Set(seen).size).toBe(1);
    expect(answers[0]?.headers.get('www-authenticate')).toBe('Bearer');
  });

  test('comes before the body is looked at, and for a service that does not exist', async () => {
    expect((await send(VIEW, undefined, '{')).status).toBe(401);
    expect((await send('/cds-services/none', undefined)).status).toBe(401);
    expect((await send('/cds-services/none', await bearer('north', '/cds-services/none'))).status).toBe(404);
  });

  test('for a token that was used before, also by two calls at the same time', async () => {
    const authorization = await bearer('north', VIEW);
    const statuses = (await Promise.all([send(VIEW, authorization), send(VIEW, authorization)])).map(
      ({ status }) => status,
    );
    expect(statuses.sort()).toEqual([200, 401]);
    expect((await send(VIEW, authorization)).status).toBe(401);
  });

  test('the Host header is not the audience', async () => {
    const own = service.url.replace('http://', '');
    const authorization = `Bearer ${await tokenOf('north', VIEW, { aud: `http://${own}${VIEW}` })}`;
    expect((await send(VIEW, authorization)).status).toBe(401);
  });
});

describe('discovery and health', () => {
  test('discovery is open, a token that is sent must be right', async () => {
    const get = (authorization?: string): Promise<Response> =>
      fetch(`${service.url}/cds-services`, authorization === undefined ? {} : { headers: { authorization } });
    expect((await get()).status).toBe(200);
    expect((await get(await bearer('north', '/cds-services'))).status).toBe(200);
    expect((await get('Bearer x')).status).toBe(401);
    expect((await get(await bearer('north', VIEW))).status).toBe(401);
  });

  test('discovery can be closed', async () => {
    const closed = await startService(undefined, { ...ENV, DISCOVERY: 'closed' });
    expect((await fetch(`${closed.url}/cds-services`)).status).toBe(401);
    expect((await fetch(`${closed.url}/healthz`)).status).toBe(200);
    await closed.close();
  });

  test('preflights need no token; only listed origins may read', async () => {
    const preflight = (origin: string): Promise<Response> =>
      fetch(`${service.url}${VIEW}`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization, content-type',
        },
      });
    for (const origin of ['https://a.example', 'https://north-app.example']) {
      const response = await preflight(origin);
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([204, origin]);
      expect(response.headers.get('access-control-allow-headers')).toMatch(/authorization/i);
    }
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('what may be asked', () => {
  const request = (fhirServer: string, extra: Record<string, unknown> = {}): string => {
    const sample = JSON.parse(SAMPLE) as { prefetch: { patient: unknown } };
    const fhirAuthorization = {
      access_token: 'token-of-the-ehr',
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'user/*.rs',
      subject: 'cds',
      ...extra,
    };
    return JSON.stringify({
      ...sample,
      prefetch: { patient: sample.prefetch.patient },
      fhirServer,
      fhirAuthorization,
    });
  };
  const call = async (name: string, server: string, extra?: Record<string, unknown>): Promise<number> => {
    asked = [];
    return (await send(VIEW, await bearer(name, VIEW), request(server, extra))).status;
  };

  test("the client's own listed server, with the token of the call", async () => {
    await call('north', ehrUrl);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.every((one) => one.endsWith('Bearer token-of-the-ehr'))).toBe(true);
  });

  test('no server of another client, and none that only looks like it', async () => {
    await call('south', ehrUrl);
    expect(asked).toEqual([]);
    const { port } = new URL(ehrUrl);
    for (const lookAlike of [
      `http://127.0.0.1:${port}/fhirX`,
      `http://127.0.0.1:${port}/other`,
      `http://127.0.0.1:${port}/fhir/../other`,
      `http://user@127.0.0.1:${port}/fhir`,
      `http://127.0.0.1:${port}/%66hir`,
      `http://[::ffff:127.0.0.1]:${port}/fhir`,
      `http://localhost:${port}/fhir`,
      'http://169.254.169.254/latest/meta-data',
    ]) {
      await call('north', lookAlike);
      expect([lookAlike, asked]).toEqual([lookAlike, []]);
    }
  });

  test.each([
    ['a token that has ended', { expires_in: 0 }],
    ['a token for another patient', { patient: 'somebody-else' }],
  ])('nothing with %s', async (_, extra) => {
    await call('north', ehrUrl, extra);
    expect(asked).toEqual([]);
  });
});

test('patients of two clients with the same id are two patients: feedback of one quiets nothing for the other', async () => {
  const cards = async (name: string): Promise<{ uuid: string; source: { topic: { code: string } } }[]> => {
    const response = await send(VIEW, await bearer(name, VIEW));
    return ((await response.json()) as { cards: { uuid: string; source: { topic: { code: string } } }[] })
      .cards;
  };
  const [card] = await cards('north');
  const topic = card?.source.topic.code ?? '';
  const entry = { card: card?.uuid, outcome: 'overridden', outcomeTimestamp: new Date().toISOString() };
  const feedback = JSON.stringify({ feedback: [entry] });
  expect((await send(`${VIEW}/feedback`, await bearer('north', VIEW), feedback)).status).toBe(401);
  const good = await bearer('north', `${VIEW}/feedback`);
  expect((await send(`${VIEW}/feedback`, good, feedback)).status).toBe(200);
  expect((await cards('north')).some(({ source }) => source.topic.code === topic)).toBe(false);
  expect((await cards('south')).some(({ source }) => source.topic.code === topic)).toBe(true);
});

test('a client beyond its rate is told to come later, and no other client is', async () => {
  const tokens = await Promise.all(Array.from({ length: 800 }, () => bearer('busy', VIEW)));
  const answers = await Promise.all(tokens.map((authorization) => send(VIEW, authorization, '{}')));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.every(({ headers }) => headers.get('retry-after') === '1')).toBe(true);
  // A burst of 200 passes.
  expect(answers.filter(({ status }) => status === 400).length).toBeGreaterThanOrEqual(200);
  expect((await send(VIEW, await bearer('south', VIEW))).status).toBe(200);
});

test('an address that only fails gets 429 in the end, and a good token from there still passes', async () => {
  const statuses = new Set<number>();
  for (let done = 0; done < 1500; done += 50)
    for (const { status } of await Promise.all(Array.from({ length: 50 }, () => send(VIEW, 'Bearer x'))))
      statuses.add(status);
  expect(statuses).toEqual(new Set([401, 429]));
  expect((await send(VIEW, await bearer('north', VIEW))).status).toBe(200);
});
