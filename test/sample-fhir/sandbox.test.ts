/** docs/sandbox.md, step by step, with a client that does what the public sandbox does. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { parseClients } from '../../src/auth/clients.ts';
import { guideline } from '../build-record.ts';
import { startService, topics, type TestService } from '../endpoint/ehr.ts';
import { NO_MEMORY } from '../../src/store/memory.ts';
import { startServer } from '../faults/server-process.ts';
import { sandboxClient, type SandboxClient } from './sandbox-client.ts';

const page = readFileSync(new URL('../../docs/sandbox.md', import.meta.url), 'utf8');
const [, clientsExample = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
const root = fileURLToPath(new URL('../../', import.meta.url));
const SANDBOX = 'https://sandbox.cds-hooks.org';

let running: TestService;
let client: SandboxClient;
beforeAll(async () => {
  // A busy machine may need its time for the first reading.
  running = await startService(guideline, { ANSWER_DEADLINE_MS: '8000' });
  client = sandboxClient({
    discoveryUrl: `${running.url}/cds-services`,
    fhirServer: `${running.url}/fhir`,
  });
});
afterAll(() => running.close());

interface Row {
  readonly patient: string;
  readonly hook: string;
  readonly drug: string;
  readonly days: number;
  readonly cards: readonly string[];
}

/** The table of the page: what it says of a patient is what is tested. */
const rows = [...page.matchAll(/^\| `(sandbox-[\w-]+)` +\| ([\w-]+) +\| (.+?) +\| (.+?) +\|$/gm)].map(
  ([, patient = '', hook = '', typed = '', shown = '']): Row => {
    const [drug = '', days = '30'] = typed.split(', ');
    const cards = [...shown.matchAll(/`([\w-]+)`/g)].map(([, id = '']) => id);
    return { patient, hook, drug: drug === '–' ? '' : drug, days: Number(days), cards };
  },
);
/** A page about time must hold at any time: also on leap days and at the turn of a year. */
const DAYS = ['2026-01-15', '2028-02-29', '2031-12-31'];

test('the page has a row for each sandbox patient, and each hook in one', () => {
  const expected = JSON.parse(
    readFileSync(new URL('../../fixtures/patients/sandbox/expected.json', import.meta.url), 'utf8'),
  ) as object;
  const files = Object.keys(expected).map((file) => file.replace('.json', ''));
  expect([...new Set(rows.map(({ patient }) => patient))].sort()).toEqual(files.sort());
  expect(new Set(rows.map(({ hook }) => hook)).size).toBe(4);
});

describe.each(DAYS)('on %s', (day) => {
  beforeAll(() => {
    running.setToday(day);
  });

  test.each(rows)('$patient at $hook $drug $days', async ({ patient, hook, drug, days, cards }) => {
    const services = await client.discover();
    const service = [...services.values()].find((one) => one.hook === hook);
    if (service === undefined) throw new Error(`no service for ${hook}`);
    const typed = drug === '' ? {} : { drug, supplyDays: days };
    // The sandbox cannot fire this hook, and never names an encounter: the page uses curl.
    if (hook === 'encounter-discharge') return;
    const shown = topics(await client.fire(service, patient, typed));
    expect(Object.keys(shown).sort()).toEqual([...cards].sort());
    expect(topics(await client.fire(service, patient, { ...typed, prefetch: false }))).toEqual(shown);
  });
});

test('Rx View is entered with an order without drug and intent: no card, no error', async () => {
  const service = (await client.discover()).get('bone-heart-order-select');
  if (service === undefined) throw new Error('no order-select');
  expect(await client.fire(service, 'sandbox-kidney-disease', { drug: null })).toEqual([]);
});

test.each(['alendronic acid 70 MG Oral Tablet [Fosamax]', 'Alendronate Sodium 70 MG'])(
  'another spelling: %s',
  async (drug) => {
    const service = (await client.discover()).get('bone-heart-order-select');
    if (service === undefined) throw new Error('no order-select');
    expect(Object.keys(topics(await client.fire(service, 'sandbox-kidney-disease', { drug })))).toContain(
      'antiresorptive-hypocalcemia-order',
    );
  },
);

test('what the sandbox needs of a FHIR server: fhirVersion, and patients with given and family name, ours first', async () => {
  expect(await client.fhirVersion()).toBe('4.0.1');
  const patients = await client.patients();
  for (const { name } of patients) {
    expect(name[0]?.given[0]).toEqual(expect.any(String));
    expect(name[0]?.family).toEqual(expect.any(String));
  }
  const ours = new Set(rows.map(({ patient }) => patient));
  expect(new Set(patients.slice(0, ours.size).map(({ id }) => id))).toEqual(ours);
});

describe('the program itself, started and used as the page says', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'sandbox-'));
  afterAll(() => {
    rmSync(scratch, { recursive: true });
  });
  const env = { DATA_DIR: scratch, ANSWER_DEADLINE_MS: '8000' };

  test('accept, dismiss, dismiss with a reason: the card stays away until it is brought back', async () => {
    const server = await startServer(env);
    try {
      const real = sandboxClient({
        discoveryUrl: `${server.url}/cds-services`,
        fhirServer: `${server.url}/fhir`,
      });
      const service = (await real.discover()).get('bone-heart-patient-view');
      if (service === undefined) throw new Error('no patient-view');
      const [card, other] = await real.fire(service, 'sandbox-osteoporosis');
      const at = { card: card?.uuid, outcomeTimestamp: new Date(0).toISOString() };
      const [reason] = other?.overrideReasons ?? [];
      const acceptedSuggestions = [{ id: card?.suggestions?.[0]?.uuid }];
      const overrideReason = { reason: { code: reason?.code, system: reason?.system } };
      for (const entry of [
        { ...at, outcome: 'overridden' },
        { ...at, outcome: 'accepted', acceptedSuggestions },
        { ...at, card: other?.uuid, outcome: 'overridden', overrideReason },
      ])
        expect(await real.feedback(service, entry)).toBe(200);
      expect(await real.fire(service, 'sandbox-osteoporosis')).toEqual([]);
      expect((await real.fire(service, 'sandbox-high-calcium')).length).toBe(1);
      const forget = ['bin/bone-heart-cds.cjs', 'forget', '--quiet', '--all'];
      await promisify(execFile)(process.execPath, forget, { cwd: root, env });
      expect((await real.fire(service, 'sandbox-osteoporosis')).length).toBe(2);
    } finally {
      await server.kill('SIGTERM');
    }
  });

  test('AUTH=required with the clients file of the page: starts, and a call without token is refused', async () => {
    const file = join(scratch, 'sandbox-clients.yaml');
    writeFileSync(file, clientsExample);
    const server = await startServer({ ...env, AUTH: 'required', CLIENTS_FILE: file });
    try {
      const response = await fetch(`${server.url}/cds-services/bone-heart-patient-view`, { method: 'POST' });
      expect(response.status).toBe(401);
      expect((await fetch(`${server.url}/fhir/Patient/sandbox-all-well`)).status).toBe(200);
    } finally {
      await server.kill('SIGTERM');
    }
  });
});

describe('the links and commands of the page', () => {
  test('the link opens the sandbox on this service, without a slash at the end', () => {
    const [, link = ''] = /<(https:\/\/sandbox\.cds-hooks\.org\/\?[^>]+)>/.exec(page) ?? [];
    const { searchParams } = new URL(link);
    expect(Object.fromEntries(searchParams)).toEqual({
      fhirServiceUrl: 'http://127.0.0.1:3000/fhir',
      patientId: 'sandbox-osteoporosis',
      serviceDiscoveryURL: 'http://127.0.0.1:3000/cds-services',
      hook: 'patient-view',
      screen: 'patient-view',
    });
  });

  const commands = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text = '']) => text.trim());
  const calls = commands.filter((command) => command.startsWith('curl'));

  test('every command is a call that is run here, or one that the tests of the program run', () => {
    const others = commands.filter((command) => !command.startsWith('curl'));
    expect(others).toEqual([
      'npm start',
      'npm run forget -- --quiet --all',
      'AUTH=required CLIENTS_FILE=sandbox-clients.yaml npm start',
    ]);
  });

  test.each(calls)('%s', async (command) => {
    running.setToday('2026-11-28');
    const { stdout } = await promisify(execFile)('bash', [
      '-c',
      command.replaceAll('http://127.0.0.1:3000', running.url),
    ]);
    const answer = JSON.parse(stdout) as { resourceType?: string; total?: number; cards?: never[] };
    if (answer.cards !== undefined)
      expect(Object.keys(topics(answer.cards)).sort()).toEqual(
        rows.find(({ hook }) => hook === 'encounter-discharge')?.cards,
      );
    else if (answer.resourceType === 'Bundle') expect(answer.total).toBe(1);
    else expect(answer).toMatchObject({ resourceType: 'Patient', id: 'sandbox-osteoporosis' });
  });

  test('the clients file is accepted in development and refused in production', () => {
    expect(parseClients(clientsExample)).toMatchObject([{ name: 'sandbox', profile: 'sandbox' }]);
    expect(() => parseClients(clientsExample, { production: true })).toThrow(/private key, for tests only/);
  });
});

test('with AUTH=required: each call signed for its own URL, from the origin of the sandbox alone', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES384', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'of-this-test' };
  const [trusted] = parseClients(
    JSON.stringify({
      clients: [
        {
          name: 'sandbox',
          iss: SANDBOX,
          jwks: { keys: [jwk] },
          fhirServers: [],
          origins: [SANDBOX],
          profile: 'sandbox',
        },
      ],
    }),
  );
  if (trusted === undefined) throw new Error('no client');
  const free = await startService(guideline);
  const port = new URL(free.url).port;
  await free.close();
  // aud is compared with BASE_URL, so the port must be known before the start.
  const env = {
    AUTH: 'required',
    CLIENTS_FILE: 'given.yaml',
    CORS_ORIGINS: 'https://ehr.example.org',
    BASE_URL: `http://127.0.0.1:${port}`,
  };
  const strict = await startService(guideline, env, NO_MEMORY, [trusted], Number(port));
  try {
    const token = (aud: string): Promise<string> =>
      new SignJWT({ jti: crypto.randomUUID() })
        .setProtectedHeader({
          alg: 'ES384',
          typ: 'JWT',
          kid: jwk.kid,
          jku: `${SANDBOX}/.well-known/jwks.json`,
        })
        .setIssuer(SANDBOX)
        .setAudience(aud)
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(privateKey);
    const options = { discoveryUrl: `${strict.url}/cds-services`, fhirServer: `${strict.url}/fhir` };
    const signed = sandboxClient({ ...options, token });
    const service = (await signed.discover()).get('bone-heart-patient-view');
    if (service === undefined) throw new Error('no patient-view');
    expect(Object.keys(topics(await signed.fire(service, 'sandbox-osteoporosis'))).sort()).toEqual(
      rows.find(({ patient }) => patient === 'sandbox-osteoporosis')?.cards,
    );
    await expect(sandboxClient(options).fire(service, 'sandbox-osteoporosis')).rejects.toThrow('status 401');
    await expect(
      sandboxClient({ ...options, token: () => token(`${strict.url}/`) }).fire(
        service,
        'sandbox-osteoporosis',
      ),
    ).rejects.toThrow('status 401');
  } finally {
    await strict.close();
  }
});
