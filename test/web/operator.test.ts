/** Operator pages over HTTP: where they are served, their headers, and the workbench as a caller without a browser meets it. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { readConfig } from '../../src/config.ts';
import { createService } from '../../src/service.ts';
import { NO_MEMORY } from '../../src/store/memory.ts';
import { guideline } from '../build-record.ts';

const TODAY = '2026-01-15';
const logged: string[] = [];
const open: (() => Promise<void>)[] = [];

/** Both apps of one service, each on a port of its own. */
async function start(env: Readonly<Record<string, string>>): Promise<{ main: string; admin: string }> {
  const service = createService({
    config: readConfig({ ADMIN_PORT: '0', ...env }),
    policy: guideline,
    log: pino({ level: 'trace' }, { write: (line: string) => logged.push(line) }),
    memory: NO_MEMORY,
    patientKeySecret: 'a secret of the tests, thirty-two characters',
    today: () => TODAY,
    newUuid: randomUUID,
  });
  const [main = '', admin = ''] = await Promise.all([service.app, service.operatorApp].map(listen));
  open.push(() => service.close());
  return { main, admin };
}

async function listen(app: Parameters<typeof createServer>[1] | undefined): Promise<string> {
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

const statusOf = async (url: string, init?: RequestInit): Promise<number> => {
  const response = await fetch(url, init);
  await response.text();
  return response.status;
};

const PRODUCTION = {
  NODE_ENV: 'production',
  CLIENTS_FILE: 'clients.yaml',
  PATIENT_KEY_SECRET: 'another secret, for a service that is in production',
  BASE_URL: 'https://cds.example.org',
};

let development: { main: string; admin: string };
let production: { main: string; admin: string };
beforeAll(async () => {
  development = await start({});
  production = await start(PRODUCTION);
});
afterAll(async () => {
  for (const close of open) await close();
});

describe('where', () => {
  const PAGES = ['/', '/metrics', '/assets/operator.css', '/workbench/samples/hs-crp'];

  test.each(PAGES)('%s is on both ports in development, on ADMIN_PORT alone in production', async (path) => {
    const urls = [development.main, development.admin, production.main, production.admin];
    expect(await Promise.all(urls.map((url) => statusOf(url + path)))).toEqual([200, 200, 404, 200]);
  });

  test.each(['/cds-services', '/healthz', '/readyz'])('%s is not on ADMIN_PORT', async (path) => {
    expect(await statusOf(development.admin + path)).toBe(404);
  });
});

describe('a page whose name is pointed at this machine (DNS rebinding)', () => {
  test.each([
    ['evil.example', 400],
    ['localhost.evil.example:9100', 400],
    ['127.0.0.1.evil.example', 400],
    ['10.0.0.5:9100', 400],
    ['user@evil.example', 400],
    ['localhost:9100', 200],
    ['LOCALHOST', 200],
    ['127.0.0.1', 200],
    ['[::1]:9100', 200],
  ])('ADMIN_PORT on 127.0.0.1, Host: %s → %i', async (host, status) => {
    expect(await statusFor(production.admin, host)).toBe(status);
  });

  test('on an address of an inside network names are the business of the site', async () => {
    const inside = await start({ ...PRODUCTION, ADMIN_PORT: '10.0.0.5:0' });
    expect(await statusFor(inside.admin, 'metrics.inside.example')).toBe(200);
  });
});

/** `fetch` sets Host by itself. */
function statusFor(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(`${url}/metrics`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}

describe('headers', () => {
  test.each(['/', '/metrics', '/assets/operator.css', '/assets/dom.js', '/workbench/samples/hs-crp'])(
    '%s runs nothing from elsewhere, is kept by no cache and read by no other origin',
    async (path) => {
      const { headers } = await fetch(development.main + path, {
        headers: { Origin: 'https://evil.example' },
      });
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    },
  );

  test('a page of another site cannot have a chart judged', async () => {
    for (const site of ['cross-site', 'same-site'])
      expect(await evaluate({}, { 'Sec-Fetch-Site': site })).toMatchObject({ status: 404 });
  });
});

async function evaluate(
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${development.main}/workbench/evaluate`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

const read = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../fixtures/${path}`, import.meta.url), 'utf8'));

const HS_CRP = read('patients/hscrp-risk-enhancer/hs-crp-2-4-and-3-5-14-days-apart.json');

describe('the endpoint of the workbench', () => {
  test('judges a Bundle by the policy of the site', async () => {
    const { status, body } = await evaluate({ content: HS_CRP });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      service: 'bone-heart-patient-view',
      asOf: TODAY,
      response: { cards: [{ source: { topic: { code: 'hscrp-risk-enhancer' } } }] },
    });
  });

  test('a request that names a FHIR server is judged by what it carries: nothing is fetched', async () => {
    const request = {
      ...(read('requests/patient-view-low-bmd.json') as object),
      fhirServer: 'http://127.0.0.1:1/',
    };
    expect(await evaluate({ content: request })).toMatchObject({ status: 200 });
  });

  test('neither logs nor numbers hold anything of the chart', async () => {
    const name = 'Zqxjkova';
    const chart = structuredClone(HS_CRP) as { entry: { resource: Record<string, unknown> }[] };
    for (const { resource } of chart.entry)
      if (resource['resourceType'] === 'Patient') resource['name'] = [{ family: name }];
    await evaluate({ content: chart });
    const numbers = await (await fetch(`${development.main}/metrics`)).text();
    expect(logged.join('') + numbers).not.toMatch(/Zqxjkova|hs-crp-first/);
    expect(logged.join('')).toContain('/workbench/evaluate');
  });
});
