/** The client of a TypeScript EHR against the real service, and against services and FHIR servers that misbehave. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { exportJWK, exportPKCS8, generateKeyPair, type CryptoKey, type JWK } from 'jose';
import {
  accepted,
  createCdsClient,
  overridden,
  type CallAnswer,
  type CdsClient,
  type ClientOptions,
  type SigningOptions,
} from '../../src/client/index.ts';
import { startService, topics, type TestService } from '../endpoint/ehr.ts';
import { startServer, type ServerProcess } from '../faults/server-process.ts';
import { sandboxClient } from '../sample-fhir/sandbox-client.ts';
import { freePort } from '../../scripts/free-port.ts';
import { errorOf, json, serve } from './loopback.ts';

const CONTEXT = { userId: 'Practitioner/1', patientId: 'sandbox-osteoporosis' };
const VIEW = 'bone-heart-patient-view';

const topicsOf = ({ cards }: CallAnswer): Record<string, string> =>
  topics(cards as Parameters<typeof topics>[0]);

describe('against the service, without authentication', () => {
  let running: TestService;
  let options: ClientOptions;
  beforeAll(async () => {
    running = await startService(undefined, { ANSWER_DEADLINE_MS: '8000' });
    options = { url: running.url, fhir: { url: `${running.url}/fhir` }, timeoutMs: 30_000 };
  });
  afterAll(() => running.close());

  test('discovery gives the four services, each with its templates', async () => {
    const services = await createCdsClient(options).discovery();
    expect(services).toEqual(JSON.parse(JSON.stringify(await running.discovery())));
  });

  test.each(['patient-view', VIEW])('a call by %s gives the cards that the sandbox shows', async (name) => {
    const sandbox = sandboxClient({
      discoveryUrl: `${running.url}/cds-services`,
      fhirServer: `${running.url}/fhir`,
    });
    const service = (await sandbox.discover()).get(VIEW);
    if (service === undefined) throw new Error('no patient-view');
    const answer = await createCdsClient(options).call(name, CONTEXT);
    expect(topicsOf(answer)).toEqual(topics(await sandbox.fire(service, CONTEXT.patientId)));
    expect(answer).toMatchObject({ service: VIEW, unreadable: 0, omitted: { encounter: 'no-value' } });
  });

  test('the URL may be that of discovery, with or without slash', async () => {
    for (const end of ['/', '/cds-services', '/cds-services/'])
      expect(await createCdsClient({ url: running.url + end }).discovery()).toHaveLength(4);
  });

  test('a context that the hook does not allow: ERR_BAD_REQUEST, and the outcome names the field', async () => {
    const error = await errorOf(
      createCdsClient(options).call('patient-view', { userId: 'x', patientId: '1' }),
    );
    expect(error).toMatchObject({ code: 'ERR_BAD_REQUEST', status: 400 });
    expect(error.outcome?.issue[0]?.expression).toEqual(['context.userId']);
    expect(error.requestId).toEqual(expect.any(String));
  });

  test('no data at all: ERR_DATA_UNAVAILABLE', async () => {
    const error = await errorOf(createCdsClient({ url: running.url }).call(VIEW, CONTEXT));
    expect(error).toMatchObject({ code: 'ERR_DATA_UNAVAILABLE', status: 412 });
    expect(error.outcome?.issue[0]?.code).toBe('incomplete');
  });

  test('a service that is not there: found in discovery or by its 404', async () => {
    const client = createCdsClient(options);
    expect(await errorOf(client.call('nobody', CONTEXT))).toMatchObject({ code: 'ERR_UNKNOWN_SERVICE' });
    const gone = { id: 'gone', hook: 'patient-view' };
    expect(await errorOf(client.call(gone, CONTEXT))).toMatchObject({
      code: 'ERR_UNKNOWN_SERVICE',
      status: 404,
    });
  });

  test('the explanation extension comes back when it is asked for', async () => {
    const { extension } = await createCdsClient(options).call('patient-view', CONTEXT, {
      extension: { 'org.bone-heart-cds.explain': true },
    });
    expect(Object.keys(extension ?? {})).toEqual(['org.bone-heart-cds.explanation']);
  });

  /** The order of parameters and their encoding do not count, what is asked does. */
  const asked = (url: string): string => {
    const { pathname, searchParams } = new URL(url, 'http://x');
    return JSON.stringify([pathname.replace(/^\/fhir|\/_search$/g, ''), [...searchParams].sort()]);
  };

  test('for any FHIR ids the filled templates ask what the sandbox client asks', async () => {
    const seen = new Set<string>();
    const fhirServer = await serve((req, res, body) => {
      if (req.method === 'POST') seen.add(asked(`${req.url ?? ''}?${body}`));
      else seen.add(asked(req.url ?? ''));
      json(res, { resourceType: 'Bundle', type: 'searchset' });
    });
    const discoveryUrl = await serve((req, res) => {
      const cors = {
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers': 'content-type',
      };
      json(res, { cards: [] }, 200, cors);
    });
    const sandbox = sandboxClient({ discoveryUrl, fhirServer: `${fhirServer}/fhir` });
    const client = createCdsClient({
      url: running.url,
      fhir: { url: `${fhirServer}/fhir` },
      timeoutMs: 30_000,
    });
    const services = await running.discovery();
    const id = fc.stringMatching(/^[A-Za-z0-9\-.]{1,64}$/).filter((one) => !/^\.{1,2}$/.test(one));
    await fc.assert(
      fc.asyncProperty(id, fc.constantFrom(...services), async (patientId, service) => {
        seen.clear();
        await client.prefetch(service.id, { userId: 'Practitioner/COREPRACTITIONER1', patientId });
        const ours = [...seen].sort();
        seen.clear();
        await sandbox.fire(service, patientId).catch(() => undefined);
        expect(ours.length).toBeGreaterThan(0);
        expect(ours).toEqual([...seen].sort());
      }),
      { numRuns: 12 },
    );
  });
});

describe('against the program with AUTH=required', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'ehr-'));
  const env = { DATA_DIR: join(scratch, 'data'), ANSWER_DEADLINE_MS: '8000' };
  let server: ServerProcess;
  let keys: Record<'ES384' | 'RS384', { publicKey: CryptoKey; privateKey: CryptoKey }>;
  let jwk: JWK;
  beforeAll(async () => {
    const [ec, rsa] = await Promise.all([
      generateKeyPair('ES384', { extractable: true }),
      generateKeyPair('RS384', { extractable: true }),
    ]);
    keys = { ES384: ec, RS384: rsa };
    jwk = { ...(await exportJWK(ec.privateKey)), kid: 'ES384', alg: 'ES384' };
    const trusted = await Promise.all(
      Object.entries(keys).map(async ([kid, { publicKey }]) => ({ ...(await exportJWK(publicKey)), kid })),
    );
    const file = join(scratch, 'clients.json');
    const client = {
      name: 'EHR',
      iss: 'https://ehr.example.org',
      jwks: { keys: trusted },
      tenants: ['north'],
    };
    const port = String(await freePort());
    const fhirServers = [`http://127.0.0.1:${port}/fhir`];
    writeFileSync(file, JSON.stringify({ clients: [{ ...client, fhirServers }] }), { mode: 0o600 });
    server = await startServer({ ...env, PORT: port, AUTH: 'required', CLIENTS_FILE: file });
  });
  afterAll(async () => {
    await server.kill('SIGTERM');
    rmSync(scratch, { recursive: true });
  });

  const signed = (signing: Partial<SigningOptions> & Pick<SigningOptions, 'key'>): CdsClient =>
    createCdsClient({
      url: server.url,
      signing: { iss: 'https://ehr.example.org', tenant: 'north', ...signing },
      fhir: { url: `${server.url}/fhir` },
      timeoutMs: 30_000,
    });

  test('discovery, call and feedback are accepted; the feedback is in the store', async () => {
    const cds = signed({ key: jwk });
    expect(await cds.discovery()).toHaveLength(4);
    const { cards, service } = await cds.call('patient-view', CONTEXT);
    const [first, second] = cards;
    const [suggestion] = first?.suggestions ?? [];
    const [reason] = second?.overrideReasons ?? [];
    if (first === undefined || suggestion === undefined || second === undefined || reason === undefined)
      throw new Error('two cards, a suggestion and a reason');
    await cds.feedback(service, [accepted(first, [suggestion]), overridden(second, { reason })]);
    const command = [
      fileURLToPath(new URL('../../bin/bone-heart-cds.cjs', import.meta.url)),
      'export',
      '--csv',
    ];
    const stored = execFileSync(process.execPath, command, { env, encoding: 'utf8' });
    const lineOf = (uuid: string): string =>
      stored.split('\n').find((line) => line.startsWith('feedback,') && line.includes(uuid)) ?? '';
    expect(lineOf(String(first.uuid))).toContain('accepted');
    expect(lineOf(String(second.uuid))).toContain('overridden');
    expect(lineOf(String(second.uuid))).toContain(reason.code);
  });

  test('the key may be a JWK, a PEM or a CryptoKey, EC or RSA', async () => {
    const pem = await exportPKCS8(keys.ES384.privateKey);
    const rsaPem = await exportPKCS8(keys.RS384.privateKey);
    for (const signing of [
      { key: pem, kid: 'ES384' },
      { key: keys.ES384.privateKey, kid: 'ES384' },
      { key: keys.RS384.privateKey, kid: 'RS384' },
      { key: rsaPem, kid: 'RS384', alg: 'RS384' as const },
    ])
      expect(await signed(signing).discovery()).toHaveLength(4);
  });

  test('no token, another issuer, tenant or kid: ERR_UNAUTHENTICATED', async () => {
    for (const cds of [
      createCdsClient({ url: server.url }),
      signed({ key: jwk, iss: 'https://other.example.org' }),
      signed({ key: jwk, tenant: 'south' }),
      signed({ key: jwk, kid: 'unknown' }),
    ]) {
      const service = { id: VIEW, hook: 'patient-view' };
      const error = await errorOf(cds.call(service, CONTEXT));
      expect(error).toMatchObject({ code: 'ERR_UNAUTHENTICATED', status: 401 });
      expect(error.outcome?.issue[0]?.code).toBe('login');
    }
  });

  test('twenty calls at once have twenty tokens of their own', async () => {
    const cds = signed({ key: jwk });
    const all = await Promise.all(Array.from({ length: 20 }, () => cds.discovery()));
    expect(all.every((services) => services.length === 4)).toBe(true);
  });
});
