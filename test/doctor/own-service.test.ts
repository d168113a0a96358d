/** The doctor against our own server, as an integrator runs it: the command line, both ways of authentication, a request file. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { doctor } from '../../src/doctor/command.ts';
import { DOCTOR_USAGE } from '../../src/doctor/options.ts';
import type { Report } from '../../src/doctor/report.ts';
import { startServer, type ServerProcess } from '../faults/server-process.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'doctor-'));
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

interface Told {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The real command line. */
async function run(...args: readonly string[]): Promise<Told> {
  const child = spawn(process.execPath, [join(root, 'bin/bone-heart-cds.cjs'), 'doctor', ...args], {
    cwd: scratch,
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const [status] = (await once(child, 'close')) as [number];
  return { status, stdout, stderr };
}

const reportOf = ({ stdout }: Told): Report => JSON.parse(stdout) as Report;
const idsOf = ({ rows }: Report, ...results: readonly string[]): string[] =>
  rows.filter(({ result }) => results.includes(result)).map(({ id }) => id);

/** Two ports that nobody has right now. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()] as const;
  const ports = await Promise.all(
    servers.map(async (server) => {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return (server.address() as AddressInfo).port;
    }),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return [ports[0] ?? 0, ports[1] ?? 0];
}

describe('our server without authentication', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer({ DATA_DIR: join(scratch, 'open'), ANSWER_DEADLINE_MS: '500' });
  }, 30_000);
  afterAll(() => server.kill('SIGTERM'));

  test('nothing fails or warns; what needs tokens is called unchecked, not passed', async () => {
    const told = await run(server.url, '--json');
    const report = reportOf(told);
    expect(idsOf(report, 'fail', 'warning')).toEqual([]);
    expect(told.status).toBe(0);
    expect(report.services).toHaveLength(4);
    const unchecked = idsOf(report, 'not checked');
    expect(unchecked.filter((id) => !id.startsWith('X-')).sort()).toEqual(['B-1.token', 'F-8', 'J-2', 'S-5']);
    expect(report.summary.notChecked).toBe(unchecked.length);
    expect(report.requests).toBeLessThan(700);
  }, 60_000);

  test('a request file: its cards are looked at, and nothing of its patient is shown', async () => {
    const file = join(scratch, 'request.json');
    const sample = readFileSync(join(root, 'fixtures/requests/patient-view-low-bmd.json'), 'utf8');
    writeFileSync(
      file,
      sample.replaceAll('"example"', '"erika-2f91"').replaceAll('Patient/example', 'Patient/erika-2f91'),
    );
    const told = await run(
      server.url,
      '--request',
      file,
      '--service',
      'bone-heart-patient-view',
      '--header',
      'X-Key: gateway-secret',
    );
    expect(told.status).toBe(0);
    expect(told.stdout).toContain('1 service called');
    expect(told.stdout).toMatch(/pass +R-1 .*cards: [1-9]/);
    expect(told.stdout).not.toMatch(/erika|gateway-secret/);
  }, 60_000);

  test('only some rows', async () => {
    const told = await run(`${server.url}/cds-services/`, '--only', 'D', '--only', 'X-1', '--json');
    expect(new Set(reportOf(told).rows.map(({ id }) => id.replace(/-.*/, '')))).toEqual(new Set(['D', 'X']));
    expect(
      reportOf(told)
        .rows.filter(({ id }) => id.startsWith('X'))
        .map(({ id }) => id),
    ).toEqual(['X-1']);
  }, 60_000);

  test('a service that is not listed: status 2, and those that are', async () => {
    const told = await run(server.url, '--service', 'nobody');
    expect(told).toMatchObject({ status: 2, stdout: '' });
    expect(told.stderr).toContain('discovery lists no service nobody; it lists bone-heart-patient-view');
  });
});

describe('our server with authentication', () => {
  let server: ServerProcess;
  let ports: [number, number];
  const iss = 'https://doctor.example.org';
  const base = 'https://cds.example.org';
  const key = join(scratch, 'key.json');
  beforeAll(async () => {
    ports = await freePorts();
    const made = await run('--make-key', key, '--kid', 'by-hand');
    expect(made.status).toBe(0);
    const jwks = JSON.parse(made.stdout) as { keys: Record<string, unknown>[] };
    expect(jwks.keys.map(({ kid, d }) => [kid, d])).toEqual([['by-hand', undefined]]);
    expect(statSync(key).mode & 0o077).toBe(0);
    const fhirServers = [`http://127.0.0.1:${String(ports[1])}/fhir`];
    const clients = [
      {
        name: 'doctor',
        iss,
        jku: `http://127.0.0.1:${String(ports[0])}/jwks.json`,
        fhirServers,
        tenants: ['north'],
      },
      { name: 'by hand', iss: `${iss}/by-hand`, jwks, fhirServers },
    ];
    const file = join(scratch, 'clients.json');
    writeFileSync(file, JSON.stringify({ clients }), { mode: 0o600 });
    server = await startServer({
      AUTH: 'required',
      BASE_URL: base,
      CLIENTS_FILE: file,
      DATA_DIR: join(scratch, 'trusting'),
      ANSWER_DEADLINE_MS: '500',
    });
  }, 30_000);
  afterAll(() => server.kill('SIGTERM'));

  const identity = (): string[] => [
    ...['--iss', iss, '--tenant', 'north', '--public-url', base],
    ...['--jwks-port', String(ports[0]), '--fhir-port', String(ports[1])],
  ];

  test('every row that its cards allow is checked and passes', async () => {
    const told = await run(server.url, '--json', '--service', 'bone-heart-order-sign', ...identity());
    const report = reportOf(told);
    expect(idsOf(report, 'fail', 'warning')).toEqual([]);
    // No https here; no card at null; no card whose suggestions exclude each other.
    expect(idsOf(report, 'not checked')).toEqual(['P-9.query', 'J-2', 'A-2']);
    expect(told.status).toBe(0);
    expect(told.stdout + told.stderr).not.toMatch(/eyJ|doctor-access-/);
  }, 60_000);

  test('a key given by hand', async () => {
    const told = await run(
      ...[server.url, '--json', '--only', 'X', '--only', 'R-1', '--service', 'bone-heart-order-sign'],
      ...['--iss', `${iss}/by-hand`, '--key', key, '--public-url', base, '--fhir-port', String(ports[1])],
    );
    const report = reportOf(told);
    expect(idsOf(report, 'fail', 'warning')).toEqual([]);
    expect(idsOf(report, 'not checked')).toEqual(['X-6', 'X-12', 'X-9.rotation', 'X-9.flood', 'X-9.down']);
  }, 60_000);

  test('without an identity: status 2, and what to give', async () => {
    const told = await run(server.url);
    expect(told.status).toBe(2);
    expect(told.stdout).toContain('Note: the service wants a token and the doctor has none (give --iss');
  }, 60_000);

  test('an identity that is not registered: one failed row, which says what to look at', async () => {
    const told = await run(
      server.url,
      '--iss',
      'https://nobody.example.org',
      '--service',
      'bone-heart-order-sign',
    );
    expect(told.status).toBe(1);
    expect(told.stdout).toMatch(/FAIL +X-3\.valid/);
    expect(told.stdout).toContain('Is there at the service a client with iss https://nobody.example.org');
    expect(told.stdout).toContain('Look at X-3.valid.');
  }, 60_000);
});

describe('wrong use ends with status 2 and a sentence', () => {
  test.each([
    [[], 'give one URL'],
    [['http://127.0.0.1:1', 'http://127.0.0.1:2'], 'give one URL'],
    [['not a url'], 'is no http or https URL'],
    [['file:///etc/passwd'], 'is no http or https URL'],
    [['http://user:secret@127.0.0.1'], 'put credentials into --header'],
    [['http://127.0.0.1:1', '--nonsense'], 'nonsense'],
    [['http://127.0.0.1:1', '--timeout', 'soon'], '--timeout must be a number'],
    [['http://127.0.0.1:1', '--header', 'no colon'], '--header must look like'],
    [['http://127.0.0.1:1', '--request', 'nowhere.json'], '--request nowhere.json cannot be read'],
    [['http://127.0.0.1:1', '--key', 'nowhere.pem'], '--key needs --iss'],
    [['http://127.0.0.1:1', '--iss', 'x', '--key', 'nowhere.pem'], '--key nowhere.pem cannot be read'],
    [['http://127.0.0.1:1'], 'nobody listens there'],
    [['http://127.0.0.1:1', '--only', 'X-99'], '--only X-99: no row begins so'],
  ])('%j', async (args, sentence) => {
    const printed: string[] = [];
    const told: string[] = [];
    const status = await doctor({
      args,
      print: (text) => printed.push(text),
      printError: (text) => told.push(text),
      colour: false,
    });
    expect([status, printed]).toEqual([2, []]);
    expect(told.join('\n')).toContain(sentence);
    expect(told.join('\n')).not.toMatch(/\n\s+at |secret/);
  });

  test('docs/doctor.md names every option', () => {
    const page = readFileSync(join(root, 'docs/doctor.md'), 'utf8');
    const options = [...DOCTOR_USAGE.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, name = '']) => name);
    expect(options.length).toBeGreaterThan(15);
    expect(options.filter((name) => !page.includes(`\`${name}`))).toEqual([]);
  });

  test('--help lists every option and ends with 0', async () => {
    const told = await run('--help');
    expect(told.status).toBe(0);
    expect(told.stdout).toContain('--jwks-port PORT');
  });
});
