/** /openapi.json: valid OpenAPI 3.1, true of every answer, and of no other route than the app has. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Express } from 'express';
import { AuthenticationError } from '../../src/auth/authenticate.ts';
import { readConfig } from '../../src/config.ts';
import { ServiceError } from '../../src/errors.ts';
import { createApp } from '../../src/http/app.ts';
import { openApi } from '../../src/http/openapi.ts';
import {
  fhirAuthorization,
  gathered,
  answersWith,
  goodAnswer,
  hookService,
  HOOKS,
  noStore,
  post,
  runService,
  validRequest,
  type Fakes,
  type Running,
} from './running-service.ts';
import { pino } from 'pino';

type Json = Record<string, unknown>;
interface Operation {
  readonly responses: Record<string, { content?: Record<string, { schema: Json }>; headers: Json }>;
  readonly requestBody?: { content: Record<string, { examples?: Record<string, { value: unknown }> }> };
  readonly security: Json[];
}
interface Document extends Json {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly info: Json;
  readonly servers: Json[];
}

const config = readConfig({ BASE_URL: 'https://cds.example.org/bone' });
const services = HOOKS.map(hookService);
const document = openApi({ config, services }) as Document;
const ajv = new Ajv2020({ strict: false });
ajv.addSchema({ ...document, $id: 'openapi' });

let running: Running;
beforeAll(async () => {
  running = await runService();
});
afterAll(() => running.stop());

describe('the document', () => {
  test('is valid by the official schema of OpenAPI 3.1, and every reference in it resolves', async () => {
    const validator = new Validator();
    const result = await validator.validate(structuredClone(document));
    expect(result).toMatchObject({ valid: true });
    expect(validator.version).toBe('3.1');
    for (const [, pointer] of JSON.stringify(document).matchAll(/"\$ref":"#([^"]+)"/g))
      expect(ajv.getSchema(`openapi#${String(pointer)}`)).toBeDefined();
  });

  test('is served to pages of every origin, without a token, and in production', async () => {
    const production = await runService({
      env: { ...required, NODE_ENV: 'production', PATIENT_KEY_SECRET: 'x'.repeat(64) },
      authenticate: () => Promise.reject(new AuthenticationError('no token')),
    });
    const response = await fetch(`${production.url}/openapi.json`);
    expect(response.status).toBe(200);
    const body = (await response.json()) as Document;
    expect(body.servers).toEqual([{ url: 'https://cds.example.org' }]);
    expect(body.paths['/cds-services/bone-heart-patient-view']?.['post']).toMatchObject({
      security: [{ client: [] }],
      responses: { '401': {} },
    });
    await production.stop();
    const open = await fetch(`${running.url}/openapi.json`, { headers: { origin: 'https://a.example.org' } });
    expect(open.headers.get('access-control-allow-origin')).toBe('*');
    expect(open.headers.get('content-type')).toMatch(/^application\/json/);
    expect((await open.json()) as Document).toHaveProperty('info.version', '0.1.0');
  });

  test('lists the routes of the app, no more and no fewer', () => {
    const app = createApp({
      config: readConfig({}),
      services,
      gather: () => Promise.resolve(gathered),
      answer: answersWith(goodAnswer),
      ...noStore(),
      log: pino({ level: 'silent' }),
    });
    const described = new Set(
      Object.keys(document.paths).map((path) => path.replace(/bone-heart-[\w-]+/, '{id}')),
    );
    // Operator pages are no part of the interface for EHRs.
    const routes = routesOf(app).filter((path) => path !== '/metrics');
    expect([...described].sort()).toEqual(routes.map((path) => path.replace(':id', '{id}')).sort());
  });

  test('shows requests that are right by its own schemas and that the service takes', async () => {
    for (const hook of HOOKS) {
      const body = document.paths[`/cds-services/bone-heart-${hook}`]?.['post']?.requestBody;
      const example = body?.content['application/json']?.examples?.['sample']?.value;
      const response = await post(running, example, {}, hook);
      expect([hook, response.status]).toEqual([hook, 200]);
      const name = hook.replace(/(^|-)(.)/g, (_, _dash: string, letter: string) => letter.toUpperCase());
      expect(problems(`#/components/schemas/${name}Request`, example)).toEqual([]);
    }
  });

  test('keeps that a token needs a server, which JSON Schema 2020-12 writes in another way', () => {
    const { fhirServer: _server, ...request } = validRequest();
    const schema = '#/components/schemas/PatientViewRequest';
    expect(problems(schema, { ...request, fhirAuthorization })).toHaveLength(1);
    expect(problems(schema, validRequest())).toEqual([]);
  });
});

function problems(ref: string, value: unknown): unknown[] {
  const validate = ajv.getSchema(`openapi${ref}`);
  if (validate === undefined) throw new Error(`no schema ${ref}`);
  void validate(value);
  return validate.errors ?? [];
}

interface Layer {
  readonly route?: { readonly path: string };
  readonly handle?: { readonly stack?: Layer[] };
}

function routesOf(app: Express): string[] {
  const walk = (layers: readonly Layer[]): string[] =>
    layers.flatMap(({ route, handle }) => [
      ...(route === undefined ? [] : [route.path]),
      ...walk(handle?.stack ?? []),
    ]);
  return [...new Set(walk((app as unknown as { router: { stack: Layer[] } }).router.stack))];
}

const VIEW = '/cds-services/bone-heart-patient-view';
const FEEDBACK = `${VIEW}/feedback`;
const json = { 'content-type': 'application/json' };
const send = (body: unknown, headers: Record<string, string> = json): RequestInit => ({
  method: 'POST',
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const required = { AUTH: 'required', CLIENTS_FILE: 'x', BASE_URL: 'https://cds.example.org' };
const stranger = (): Promise<never> => Promise.reject(new AuthenticationError('no token'));
const fails =
  (code: 'ERR_DATA_UNAVAILABLE' | 'ERR_STORE_UNAVAILABLE' | 'ERR_RATE_LIMITED' | 'ERR_BUSY') =>
  (): Promise<never> =>
    Promise.reject(new ServiceError(code, 'test'));
const feedback = {
  feedback: [{ card: 'c', outcome: 'overridden', outcomeTimestamp: '2026-01-15T10:05:00Z' }],
};

/** What a caller does, on which path of the document, and what it gets. */
const WALK: readonly (readonly [string, number, RequestInit, Fakes?])[] = [
  ['/cds-services', 200, {}],
  ['/cds-services', 401, {}, { env: { ...required, DISCOVERY: 'closed' }, authenticate: stranger }],
  ['/cds-services', 405, { method: 'PUT' }],
  [VIEW, 200, send(validRequest())],
  [VIEW, 400, send('{"hook":')],
  [VIEW, 400, send({ ...validRequest(), hook: 'order-sign' })],
  [VIEW, 400, send({ ...validRequest(), hookInstance: 'x' })],
  [VIEW, 401, send(validRequest()), { env: required, authenticate: stranger }],
  ['/cds-services/no-such', 404, send(validRequest())],
  [VIEW, 405, { method: 'DELETE' }],
  [VIEW, 412, send(validRequest()), { gather: fails('ERR_DATA_UNAVAILABLE') }],
  [VIEW, 413, send({ ...validRequest(), extension: { a: 'x'.repeat(2000) } }), { env: { MAX_BODY: '1kb' } }],
  [VIEW, 415, send(validRequest(), { 'content-type': 'text/plain' })],
  [VIEW, 429, send(validRequest()), { env: required, authenticate: fails('ERR_RATE_LIMITED') }],
  [VIEW, 503, send(validRequest()), { gather: fails('ERR_BUSY') }],
  [VIEW, 500, send(validRequest()), { gather: () => Promise.reject(new Error('secret-token')) }],
  [FEEDBACK, 200, send(feedback)],
  [FEEDBACK, 400, send({ feedback: [] })],
  [FEEDBACK, 404, send(feedback)],
  [FEEDBACK, 415, send(feedback, { 'content-type': 'text/plain' })],
  [FEEDBACK, 429, send(feedback), { keepFeedback: fails('ERR_RATE_LIMITED') }],
  [FEEDBACK, 503, send(feedback), { keepFeedback: fails('ERR_STORE_UNAVAILABLE') }],
  ['/healthz', 200, {}],
  ['/healthz', 405, { method: 'POST' }],
  ['/readyz', 200, {}, { degraded: () => ['the store fails'] }],
  ['/readyz', 503, {}, { ready: () => ['test'] }],
  ['/openapi.json', 200, {}],
  ['/openapi.json', 405, { method: 'POST' }],
];

describe('every answer is one that the document describes', () => {
  test.each(WALK)('%s: %i', async (path, status, init, fakes = {}) => {
    const started = await runService(fakes);
    const sent = status === 404 ? path.replace('patient-view', 'no-such') : path;
    const response = await fetch(`${started.url}${sent}`, init);
    const body = await response.text();
    await started.stop();
    expect(response.status).toBe(status);
    const described = openApi({ config: readConfig(fakes.env ?? {}), services }) as Document;
    const documented = operationOf(described, path, init.method).responses[String(status)];
    expect(documented).toBeDefined();
    for (const header of Object.keys(documented?.headers ?? {})) {
      // One that shuts down does not come back: there is nothing to wait for.
      if (header !== 'Retry-After' || path !== '/readyz')
        expect([header, response.headers.has(header)]).toEqual([header, true]);
    }
    const schema = documented?.content?.['application/json']?.schema;
    if (schema === undefined) {
      expect(body).toBe('');
      return;
    }
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    const validate = ajv.compile(
      typeof schema['$ref'] === 'string' ? { $ref: `openapi${schema['$ref']}` } : schema,
    );
    void validate(JSON.parse(body));
    expect(validate.errors ?? []).toEqual([]);
  });
});

/** The operation of a method; another method gets what each operation of the path says of it. */
function operationOf({ paths }: Document, path: string, method = 'GET'): Operation {
  const known = path.endsWith('/feedback') ? '/cds-services/{id}/feedback' : path;
  const item = paths[known] ?? paths[VIEW] ?? {};
  const [any] = Object.values(item);
  const operation = item[method.toLowerCase()] ?? any;
  if (operation === undefined) throw new Error(`${path} is not described`);
  return operation;
}
