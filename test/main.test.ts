/** The command line as an operator meets it: start, refusal, stop, replay. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { STORE_USAGE } from '../src/store/commands.ts';
import { startFhirServer } from './gather/loopback-fhir-server.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const command = join(root, 'bin/bone-heart-cds.cjs');
const scratch = mkdtempSync(join(tmpdir(), 'bone-heart-'));
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

/** Only what is given: the environment of the machine must not decide a test. */
function start(env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(process.execPath, [command, 'serve'], {
    cwd: root,
    env: { PORT: '0', DATA_DIR: join(scratch, 'data'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function output(child: ChildProcess, until: RegExp): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (until.test(text)) break;
  }
  return text;
}

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
    cwd: root,
    env: {},
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('serve', () => {
  test('prints its URLs and a call that returns cards, says that nobody is authenticated, and SIGTERM ends it with 0', async () => {
    const child = start();
    const told = await output(child, /Not a medical device[^\n]*\n/);
    const [, url = ''] = /listens at (\S+)/.exec(told) ?? [];
    expect(told).toContain(
      `${url}/cds-services/bone-heart-patient-view -H 'Content-Type: application/json' -d @fixtures/requests/patient-view-low-bmd.json`,
    );
    expect(told).toContain(`${url}/fhir `);
    expect(told).toContain('clients are not authenticated');
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });

  test.each([
    [
      'two wrong variables at once',
      { PORT: 'http', LOG_LEVEL: 'loud' },
      [/PORT must be/, /LOG_LEVEL must be/],
    ],
    [
      'production with nothing set',
      { NODE_ENV: 'production' },
      [/CLIENTS_FILE is needed/, /PATIENT_KEY_SECRET is needed/],
    ],
    [
      'environment, clients and policy that are all wrong, at once',
      {
        NODE_ENV: 'production',
        BASE_URL: 'http://cds.example.org',
        CLIENTS_FILE: 'nowhere.yaml',
        POLICY_FILE: 'nowhere-either.yaml',
      },
      [
        /BASE_URL must be https/,
        /PATIENT_KEY_SECRET/,
        /CLIENTS_FILE.*cannot be read/,
        /POLICY_FILE.*cannot be read/,
      ],
    ],
    [
      'a policy file that is not there',
      { POLICY_FILE: 'nowhere.yaml' },
      [/POLICY_FILE nowhere\.yaml: cannot be read/],
    ],
    [
      'a HOST that no name server knows',
      { HOST: 'nosuch.invalid' },
      [/^HOST is not an address of this machine; set another HOST\.\n$/],
    ],
    [
      'a HOST of another machine',
      { HOST: '203.0.113.1' },
      [/^HOST is not an address of this machine; set another HOST\.\n$/],
    ],
  ])('refuses %s: status 1 and the reasons, no stack', async (_, env, reasons) => {
    const child = start(env);
    let told = '';
    child.stderr?.on('data', (chunk) => (told += String(chunk)));
    const [status] = (await once(child, 'close')) as [number];
    expect(status).toBe(1);
    for (const reason of reasons) expect(told).toMatch(reason);
    expect(told).not.toMatch(/\n\s+at /);
  });

  test('a wrong policy file is told by line and path', async () => {
    const file = join(scratch, 'policy.yaml');
    writeFileSync(file, 'preset: guideline\nmaxCards: many\n');
    const child = start({ POLICY_FILE: file });
    let told = '';
    child.stderr?.on('data', (chunk) => (told += String(chunk)));
    await once(child, 'close');
    expect(told).toContain('policy.yaml:2 /maxCards');
  });
});

async function isListening(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`)).ok;
  } catch {
    return false;
  }
}

describe('a stop', () => {
  test('lets a call whose body is still arriving ask the FHIR server', async () => {
    const ehr = await startFhirServer([
      { resourceType: 'Patient', id: 'p', birthDate: '1961-05-04', gender: 'female' },
    ]);
    const child = start();
    const told = await output(child, /Not a medical device[^\n]*\n/);
    const [, url = ''] = /listens at (\S+)/.exec(told) ?? [];
    const body = (hookInstance: string): string =>
      JSON.stringify({
        hook: 'patient-view',
        hookInstance,
        fhirServer: ehr.url,
        context: { userId: 'Practitioner/u', patientId: 'p' },
      });
    const path = `${url}/cds-services/bone-heart-patient-view`;
    const headers = { 'content-type': 'application/json' };
    // The connections to FHIR servers are made by the first call that needs one.
    const first = body('5d0c4d80-8c2f-4d32-9a35-0d0c9b8ff6a1');
    expect((await fetch(path, { method: 'POST', headers, body: first })).status).toBe(200);

    const late = body('5d0c4d80-8c2f-4d32-9a35-0d0c9b8ff6a2');
    const call = request(path, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(late) },
    });
    call.write(late.slice(0, 20));
    const answer = once(call, 'response') as Promise<[IncomingMessage]>;
    // Begun before the stop: another connection that came later has been answered.
    await fetch(`${url}/healthz`);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    while (await isListening(url)) await new Promise((resolve) => setTimeout(resolve, 20));
    call.end(late.slice(20));
    const [response] = await answer;
    response.resume();
    await ended;
    await ehr.close();
    expect(response.statusCode).toBe(200);
  });
});

describe('production', () => {
  const file = (name: string, content: string, mode = 0o600): string => {
    const path = join(scratch, name);
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  };
  const clients = (...extra: string[]): string =>
    [
      'clients:',
      '  - name: Example EHR',
      '    iss: https://ehr.example.org/fhir',
      '    jku: https://ehr.example.org/jwks.json',
      '    fhirServers: [https://ehr.example.org/fhir]',
      ...extra,
    ].join('\n');
  const env = (own: Record<string, string> = {}): Record<string, string> => ({
    NODE_ENV: 'production',
    BASE_URL: 'https://cds.example.org',
    PATIENT_KEY_SECRET: '3f1c0a5be7d2948860c1f7a2b95e4d13',
    CLIENTS_FILE: file('clients.yaml', clients()),
    DATA_DIR: join(scratch, 'data'),
    ...own,
  });
  const refusal = async (own: Record<string, string>): Promise<string> => {
    const child = start(env(own));
    let told = '';
    child.stderr?.on('data', (chunk) => (told += String(chunk)));
    expect(await once(child, 'close')).toEqual([1, null]);
    return told;
  };

  test('starts when all is in order, keeps its files to itself, shows no numbers and answers nobody without a token', async () => {
    const child = start(env());
    const told = await output(child, /Silent until[^\n]*\n/);
    const [, url = ''] = /listens at (\S+)/.exec(told) ?? [];
    expect(told).toMatch(/Silent until POLICY_FILE approves their version.*dxa-screening-due/);
    expect(told).not.toContain('Development mode');
    expect(told).not.toContain('/fhir');
    expect((await fetch(`${url}/fhir/metadata`)).status).toBe(404);
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
    expect((await fetch(`${url}/cds-services`)).status).toBe(200);
    expect((await fetch(`${url}/cds-services/bone-heart-patient-view`, { method: 'POST' })).status).toBe(401);
    for (const name of readdirSync(join(scratch, 'data')))
      expect([name, statSync(join(scratch, 'data', name)).mode & 0o077]).toEqual([name, 0]);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });

  test('ADMIN_PORT serves the pages on a port of its own, without the hooks, and ends with the service', async () => {
    const child = start(env({ ADMIN_PORT: '0' }));
    const told = await output(child, /Not a medical device[^\n]*\n/);
    const [, url = ''] = /listens at (\S+)/.exec(told) ?? [];
    const [, pages = ''] = / pages +(http\S+)\/ /.exec(told) ?? [];
    expect(pages).not.toBe(url);
    const status = async (address: string): Promise<number> => (await fetch(address)).status;
    const own = [
      '/',
      '/metrics',
      '/recommendations',
      '/insights',
      '/assets/operator.css',
      '/fhir/PlanDefinition',
    ];
    expect(await Promise.all(own.map((path) => status(`${pages}${path}`)))).toEqual(own.map(() => 200));
    expect(await Promise.all(own.map((path) => status(`${url}${path}`)))).toEqual(own.map(() => 404));
    expect(await status(`${pages}/cds-services`)).toBe(404);
    expect(await status(`${pages}/fhir/Patient`)).toBe(404);
    expect(await (await fetch(`${pages}/`)).text()).toContain('data-live="no"');
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });

  test('an ADMIN_PORT that is taken is named', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    expect(await refusal({ ADMIN_PORT: String(port) })).toBe(
      'ADMIN_PORT is in use by another process; set another ADMIN_PORT.\n',
    );
    taken.close();
  });

  test('does not call silent what the policy approves', async () => {
    const policy = 'approval: { by: A physician, date: 2026-11-28 }\n';
    const child = start(env({ POLICY_FILE: file('approved.yaml', policy) }));
    expect(await output(child, /Not a medical device[\s\S]*\n/)).not.toContain('Silent until');
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  });

  test('a secret file that other users can read, and files that they can write, are refused together', async () => {
    const dataDir = join(scratch, 'open-data');
    mkdirSync(dataDir);
    const secret = join(dataDir, 'patient-key-secret');
    writeFileSync(secret, '3f1c0a5be7d2948860c1f7a2b95e4d13\n');
    chmodSync(secret, 0o644);
    const told = await refusal({
      DATA_DIR: dataDir,
      CLIENTS_FILE: file('shared.yaml', clients(), 0o666),
      POLICY_FILE: file('shared-policy.yaml', 'preset: guideline\n', 0o666),
    });
    expect(told).toMatch(/patient-key-secret that other users can read/);
    expect(told).toMatch(/CLIENTS_FILE can be written/);
    expect(told).toMatch(/POLICY_FILE can be written/);
    expect(told).not.toContain('3f1c0a5be7d2948860c1f7a2b95e4d13');
  });

  test.each([
    [
      'the public sandbox',
      clients().replace('https://ehr.example.org/fhir', 'https://sandbox.cds-hooks.org'),
    ],
    ['its key server', clients().replace('ehr.example.org/jwks', 'sandbox.cds-hooks.org/.well-known/jwks')],
    ['plain http', clients().replace('https://ehr.example.org/jwks', 'http://ehr.example.org/jwks')],
  ])('%s as a trusted client is refused', async (_, content) => {
    expect(await refusal({ CLIENTS_FILE: file('demo.yaml', content) })).toMatch(
      /demo\.yaml|CLIENTS_FILE:\d+/,
    );
  });
});

test('an old Node prints one sentence, not a stack', () => {
  const script = `Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } }); require(${JSON.stringify(command)})`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', env: {} });
  expect(status).toBe(1);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toContain('needs Node 24 or newer');
});

test('an unknown command prints the usage', () => {
  const { status, stderr } = run('dance');
  expect(status).toBe(1);
  expect(stderr).toContain('usage: bone-heart-cds serve');
  for (const one of Object.values(STORE_USAGE).flat())
    expect(stderr.split('\n').filter((line) => line.endsWith(one))).toHaveLength(1);
});

describe('replay', () => {
  const sample = 'fixtures/requests/patient-view-low-bmd.json';
  const bundle = 'fixtures/patients/public/synthea2019--5c79bba4-62e4-46f5-862e-0a84a364dd33.json.gz';
  const request = JSON.parse(readFileSync(join(root, sample), 'utf8')) as Record<string, unknown>;
  function saved(content: unknown): string {
    const file = join(scratch, 'case.json');
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  }

  test('a saved hook request: its cards, with suggestions', () => {
    const { status, stdout } = run('replay', sample, '--as-of', '2026-01-15');
    expect(status).toBe(0);
    expect(stdout).toContain('patient-view on 2026-01-15');
    expect(stdout).toMatch(/\[info\].*T-score -2\.7/);
    expect(stdout).toMatch(/ {2}\+ Order/);
    expect(stdout).not.toContain('\u001b');
  });

  test('--explain names every recommendation and why it did not fire; --json is JSON', () => {
    expect(run('replay', sample, '--as-of', '2026-01-15', '--explain').stdout).toMatch(
      /R13 severe-ldl-low-bmd: notApplicable \(/,
    );
    const { explanation } = JSON.parse(
      run('replay', sample, '--as-of', '2026-01-15', '--explain', '--json').stdout,
    ) as { explanation: unknown[] };
    expect(explanation.length).toBeGreaterThan(8);
  });

  test('a gzipped patient Bundle, on a date and on another hook', () => {
    expect(run('replay', bundle, '--as-of', '2021-01-05').status).toBe(0);
    expect(run('replay', bundle, '--as-of', '2021-01-05', '--hook', 'encounter-discharge').stdout).toContain(
      'encounter-discharge on 2021-01-05',
    );
  });

  test('a byte order mark before the JSON is passed over, and the hook of a request decides, not --hook', () => {
    const file = saved(`\uFEFF${JSON.stringify(request)}`);
    const { stdout } = run('replay', file, '--as-of', '2026-01-15', '--hook', 'order-sign');
    expect(stdout).toContain('patient-view on 2026-01-15');
  });

  test.each([
    ['null', null, /neither a hook request nor a Bundle/],
    ['a list', [], /neither a hook request nor a Bundle/],
    ['an empty object', {}, /neither a hook request nor a Bundle/],
    ['a lone Patient', { resourceType: 'Patient', id: 'p1' }, /neither a hook request nor a Bundle/],
    ['a field that is wrong', { ...request, hookInstance: 7 }, /\/hookInstance: required, a UUID/],
    ['no hook', { ...request, hook: undefined }, /\/hook: required, the name of the hook/],
    ['an unknown hook', { ...request, hook: 'x\u009b1m' }, /no service for the hook "x1m"/],
    ['no Patient', { ...request, prefetch: {} }, /the Patient is not in the prefetch/],
    [
      'a Patient and nothing else',
      { ...request, prefetch: { patient: (request['prefetch'] as { patient: unknown }).patient } },
      /the prefetch does not hold enough/,
    ],
  ])('a file with %s is refused in words', (_, content, reason) => {
    const { status, stderr } = run('replay', saved(content));
    expect(status).toBe(1);
    expect(stderr).toMatch(reason);
  });

  test.each([[], ['--json']])('control characters of the record do not reach the terminal %j', (...look) => {
    const text = JSON.stringify(request).replaceAll(
      /"(id|display|text|code|system)":"([^"]*)"/g,
      (whole, name: string, own: string) =>
        name === 'id' && own === 'example' ? whole : `"${name}":"${own}\\u001b[31m\\u009b2J"`,
    );
    const { status, stdout } = run('replay', saved(text), '--as-of', '2026-01-15', '--explain', ...look);
    expect(status).toBe(0);
    expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  test.each([
    ['no file', [], /usage: bone-heart-cds/],
    ['a file that is not there', ['nowhere.json'], /nowhere\.json: cannot be read/],
    ['a file that is not JSON', ['README.md'], /README\.md: is not JSON/],
    ['JSON that is neither request nor Bundle', ['package.json'], /neither a hook request nor a Bundle/],
    ['--patient for a request', [sample, '--patient', 'p1'], /--patient is for a Bundle/],
    ['an order hook for a Bundle', [bundle, '--hook', 'order-sign'], /a Bundle holds no draft orders/],
    ['an unknown hook for a Bundle', [bundle, '--hook', 'x'], /no service for the hook "x"/],
    ['an impossible date', [sample, '--as-of', '2026-02-30'], /not a date of the form YYYY-MM-DD/],
    ['an unknown option', [sample, '--fast'], /Unknown option/],
  ])('%s: status 1 and the reason', (_, args, reason) => {
    const { status, stderr } = run('replay', ...args);
    expect(status).toBe(1);
    expect(stderr).toMatch(reason);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
