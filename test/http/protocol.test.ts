/** The conformance checklist, section by section, from outside. Row ids stand in the test names. */
import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { ERROR_CODES, ServiceError } from '../../src/errors.ts';
import type { HookContext } from '../../src/facts/record.ts';
import { cdsResponseSchema } from '../../src/hooks/card.ts';
import { discoverySchema } from '../../src/hooks/discovery.ts';
import { hookContext } from '../../src/http/hook-context.ts';
import { PUBLIC_ERRORS } from '../../src/http/error-response.ts';
import { hookRequestOf } from '../../src/http/validate.ts';
import {
  fhirAuthorization,
  gathered,
  answersWith,
  goodAnswer,
  HOOKS,
  jsonOf,
  pointersOf,
  post,
  runService,
  validRequest,
  type Fakes,
  type Running,
} from './running-service.ts';

const ajv = new Ajv({ strict: true });
const validDiscovery = ajv.compile(discoverySchema);
const validResponse = ajv.compile(cdsResponseSchema);

let service: Running;
beforeAll(async () => {
  service = await runService();
});
afterAll(() => service.stop());

let other: Running | undefined;
afterEach(async () => {
  await other?.stop();
  other = undefined;
});
async function runOther(fakes: Fakes): Promise<Running> {
  other = await runService(fakes);
  return other;
}

/** The request with the value at a path of keys replaced, or removed when undefined. */
function changed(base: object, path: string, value: unknown): Record<string, unknown> {
  const copy = structuredClone(base) as Record<string, unknown>;
  const keys = path.split('/').slice(1);
  const last = keys.pop() ?? '';
  const parent = keys.reduce((object, key) => object[key] as Record<string, unknown>, copy);
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else parent[last] = value;
  return copy;
}

describe('1. Transport and JSON', () => {
  test('J-1 a success is JSON without byte order mark', async () => {
    const response = await post(service, validRequest());
    const bytes = new Uint8Array(await response.clone().arrayBuffer());
    expect(response.status).toBe(200);
    expect(bytes[0]).toBe('{'.charCodeAt(0));
    await jsonOf(response);
  });

  test('J-3 nothing empty in an answer, not in the explanation either', async () => {
    const body = await jsonOf(
      await post(service, { ...validRequest(), extension: { 'org.bone-heart-cds.explain': true } }),
    );
    expect(body.extension).toEqual({
      'org.bone-heart-cds.explanation': { recommendations: [{ id: 'test', outcome: 'recommend' }] },
    });
  });

  test('J-5 null is legal as a prefetch value', async () => {
    expect((await post(service, { ...validRequest(), prefetch: { patient: null } })).status).toBe(200);
  });
});

describe('2. Discovery', () => {
  test.each(['/cds-services', '/cds/base/cds-services'])(
    'D-1..D-10 %s lists callable services',
    async (path) => {
      const running = await runOther({ env: { BASE_URL: 'https://example.org/cds/base' } });
      const response = await fetch(running.url + path, { redirect: 'error' });
      expect(response.status).toBe(200);
      const body = await jsonOf(response);
      validDiscovery(body);
      expect(validDiscovery.errors ?? []).toEqual([]);

      const services = body.services as {
        id: string;
        hook: (typeof HOOKS)[number];
        version: string;
        hookVersion: string;
      }[];
      expect(services.map(({ hook }) => hook)).toEqual(HOOKS);
      expect(new Set(services.map(({ id }) => id)).size).toBe(services.length);
      for (const { id, hook, version, hookVersion } of services) {
        expect([version, hookVersion]).toEqual(['2.0.1', '1.0']);
        const called = await fetch(`${running.url}${path}/${id}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(validRequest(hook)),
        });
        expect(called.status).toBe(200);
      }
    },
  );

  test('D-2 no services give an empty list', async () => {
    const running = await runOther({ services: [] });
    expect(await jsonOf(await fetch(`${running.url}/cds-services`))).toEqual({ services: [] });
  });

  test('HEAD answers without a body', async () => {
    const response = await fetch(`${service.url}/cds-services`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});

describe('3. Request validation', () => {
  describe.each(HOOKS)('%s', (hook) => {
    const valid = validRequest(hook);
    const required = [
      '/hook',
      '/hookInstance',
      '/context',
      ...Object.keys(valid.context).map((key) => `/context/${key}`),
    ];

    test('a valid request gives cards', async () => {
      const response = await post(service, valid, {}, hook);
      expect(response.status).toBe(200);
      const body = await jsonOf(response);
      expect(validResponse(body)).toBe(true);
    });

    test.each(required)('Q-1, Q-7 %s is required, of its type and not empty', async (path) => {
      for (const value of [undefined, null, '', 7, true, [], [[]]]) {
        const response = await post(service, changed(valid, path, value), {}, hook);
        expect([path, value, response.status]).toEqual([path, value, 400]);
        const pointers = pointersOf(await jsonOf(response));
        // A list of the right type with a wrong entry is named by that entry.
        expect(pointers.map((pointer) => pointer.replace(/\/0$/, ''))).toEqual([
          path === '/hook' && value === '' ? '/hook' : path,
        ]);
      }
    });

    test('Q-7 optional members may be left out', async () => {
      const { hookInstance, context } = valid;
      expect((await post(service, { hook, hookInstance, context }, {}, hook)).status).toBe(200);
      expect((await post(service, changed(valid, '/context/encounterId', 'e1'), {}, hook)).status).toBe(200);
    });

    test.each([
      ['/hookInstance', 'not-a-uuid'],
      ['/hookInstance', 'urn:uuid:d1577c69-dfbe-44ad-ba6d-3e05e953b2ea'],
      ['/context/patientId', 'Patient/1'],
      ['/context/patientId', '..'],
      ['/context/patientId', 'a'.repeat(65)],
      ['/context/patientId', 'p1\n'],
      ['/context/encounterId', 'Encounter/1'],
      ['/context/encounterId', ''],
      ['/context/encounterId', 1],
      ['/context/userId', '123'],
      ['/context/userId', 'Device/1'],
      ['/context/userId', 'Practitioner/'],
      ['/context/userId', 'http://ehr.example.org/fhir/Practitioner/1'],
      ['/fhirServer', 'ftp://ehr.example.org'],
      ['/fhirServer', '/fhir'],
      ['/fhirServer', 'ehr.example.org/fhir'],
      ['/fhirServer', 'http://'],
      ['/fhirServer', 'https://user:pw@ehr.example.org/fhir'],
      ['/fhirServer', null],
      ['/fhirServer', undefined], // there is a fhirAuthorization
      ['/fhirAuthorization', null],
      ['/fhirAuthorization', []],
      ['/fhirAuthorization/access_token', undefined],
      ['/fhirAuthorization/access_token', 7],
      ['/fhirAuthorization/access_token', ''],
      ['/fhirAuthorization/access_token', 'a\r\nX-Evil: 1'],
      ['/fhirAuthorization/token_type', undefined],
      ['/fhirAuthorization/token_type', 'Basic'],
      ['/fhirAuthorization/expires_in', undefined],
      ['/fhirAuthorization/expires_in', '300'],
      ['/fhirAuthorization/expires_in', -1],
      ['/fhirAuthorization/expires_in', 1.5],
      ['/fhirAuthorization/scope', undefined],
      ['/fhirAuthorization/scope', ['a']],
      ['/fhirAuthorization/subject', undefined],
      ['/fhirAuthorization/subject', 7],
      ['/fhirAuthorization/patient', 7],
      ['/prefetch', []],
      ['/prefetch', 'x'],
      ['/extension', 'x'],
      ['/extension', []],
    ])('Q-3, Q-5, Q-6, Q-8, F-2, E-1 %s = %j is a 400 that names it', async (path, value) => {
      const response = await post(service, changed(valid, path, value), {}, hook);
      expect(response.status).toBe(400);
      const body = await jsonOf(response);
      expect(pointersOf(body)).toEqual([path]);
      expect(body).toMatchObject({ issue: [{ expression: [path.slice(1).replace('/', '.')] }] });
    });
  });

  test.each(['Patient/1', 'RelatedPerson/1', 'PractitionerRole/1'])(
    'Q-8 userId %s by hook',
    async (userId) => {
      for (const hook of HOOKS) {
        const allowed = hook === 'patient-view' || userId.startsWith('PractitionerRole');
        const response = await post(
          service,
          changed(validRequest(hook), '/context/userId', userId),
          {},
          hook,
        );
        expect([hook, response.status]).toEqual([hook, allowed ? 200 : 400]);
      }
    },
  );

  test.each([
    ['access_token', 16_000],
    ['scope', 10_000],
    ['subject', 1000],
    ['patient', 1000],
  ])('fhirAuthorization.%s has at most %i characters', async (name, longest) => {
    const status = async (length: number): Promise<number> => {
      const path = `/fhirAuthorization/${name}`;
      return (await post(service, changed(validRequest(), path, 'a'.repeat(length)))).status;
    };
    expect([await status(longest), await status(longest + 1)]).toEqual([200, 400]);
  });

  test.each(['bearer', 'BEARER'])('F-2 token_type %s is taken in any case', async (token_type) => {
    const request = { ...validRequest(), fhirAuthorization: { ...fhirAuthorization, token_type } };
    expect((await post(service, request)).status).toBe(200);
  });

  test('Q-2 the hook of another service is a 400 at /hook', async () => {
    const response = await post(service, validRequest('order-sign'));
    expect(response.status).toBe(400);
    expect(pointersOf(await jsonOf(response))).toEqual(['/hook']);
  });

  test('Q-4 a repeated hookInstance is served again', async () => {
    const [first, second] = [await post(service, validRequest()), await post(service, validRequest())];
    expect(await jsonOf(first)).toEqual(await jsonOf(second));
  });

  test('Q-9, E-1 unknown members are ignored everywhere', async () => {
    for (const hook of HOOKS) {
      const request = { ...validRequest(hook), 'x-unknown': null, extension: { 'com.example.x': 1 } };
      Object.assign(request.context, { unknown: { a: [] } });
      expect((await post(service, request, {}, hook)).status).toBe(200);
    }
  });

  test('Q-9 fields of another hook in a patient-view context are unknown members', async () => {
    const request = validRequest();
    Object.assign(request.context, { draftOrders: null, selections: 'x' });
    expect((await post(service, request)).status).toBe(200);
  });

  test.each([
    [
      'as the public sandbox sends it',
      { resourceType: 'Bundle', entry: [{ resource: { resourceType: 'MedicationRequest', category: {} } }] },
    ],
    ['no entries', { resourceType: 'Bundle' }],
    ['an empty object', {}],
    ['an empty list', { entry: [] }],
    [
      'entries that are no resources',
      { entry: [null, 'x', 7, [], {}, { resource: null }, { resource: {} }, { resource: [] }] },
    ],
  ])('Q-11 loose draft orders: %s', async (_name, draftOrders) => {
    for (const hook of ['order-select', 'order-sign'] as const) {
      const response = await post(
        service,
        changed(validRequest(hook), '/context/draftOrders', draftOrders),
        {},
        hook,
      );
      expect(response.status).toBe(200);
    }
  });

  test('a wrong selection is named by its index', async () => {
    const request = changed(validRequest('order-select'), '/context/selections', [
      'MedicationRequest/d1',
      'd2',
    ]);
    const body = await jsonOf(await post(service, request, {}, 'order-select'));
    expect(body).toMatchObject({
      issue: [
        {
          diagnostics: '/context/selections/1: a reference of the form Type/id',
          expression: ['context.selections[1]'],
        },
      ],
    });
  });

  test('context for the rules: drafts that are resources, selections only for order-select', () => {
    const select = validRequest('order-select');
    Object.assign(select.context.draftOrders as object, {
      entry: [null, { resource: { resourceType: 'X', id: 1 } }, {}],
    });
    const ids = { userId: 'Practitioner/u1', patientId: 'p1' };
    const draftOrders = [{ resourceType: 'X', id: 1 }];
    const contextOf = (hook: (typeof HOOKS)[number], body: unknown): HookContext =>
      hookContext(hookRequestOf(hook, body));

    expect(contextOf('order-select', select)).toEqual({
      ...ids,
      draftOrders,
      selections: ['MedicationRequest/d1'],
    });
    expect(contextOf('order-sign', { ...select, hook: 'order-sign' })).toEqual({ ...ids, draftOrders });
    expect(contextOf('patient-view', validRequest())).toEqual({ ...ids, draftOrders: [] });
    expect(contextOf('encounter-discharge', validRequest('encounter-discharge'))).toEqual({
      ...ids,
      encounterId: 'e1',
      draftOrders: [],
    });
  });
});

describe('3. Q-10 bodies', () => {
  test.each([
    ['malformed', '{"hook":'],
    ['a comment', '{/* no */}'],
    ['a trailing comma', '{"hook":"patient-view",}'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a string', '"patient-view"'],
    ['a number', '7'],
    ['empty', ''],
    ['blank', ' \n '],
    ['with a byte order mark', `\uFEFF${JSON.stringify(validRequest())}`],
    ['invalid UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['UTF-16', Buffer.from('{}', 'utf16le')],
  ])('%s → 400', async (_name, body) => {
    const response = await post(service, body);
    expect(response.status).toBe(400);
    await jsonOf(response);
  });

  test('no body at all → 400', async () => {
    const response = await fetch(`${service.url}/cds-services/bone-heart-patient-view`, { method: 'POST' });
    expect(response.status).toBe(400);
    await jsonOf(response);
  });

  test.each([
    ['application/json', 200],
    ['application/json; charset=utf-8', 200],
    ['application/json;charset="UTF-8"', 200],
    ['Application/JSON', 200],
    ['application/fhir+json', 200],
    ['application/fhir+json; fhirVersion=4.0', 200],
    ['application/json; charset=utf-16', 415],
    ['application/json; charset=iso-8859-1', 415],
    ['application/x-www-form-urlencoded', 415],
    ['text/plain', 415],
    ['text/json', 415],
    ['application/xml', 415],
    ['nonsense', 415],
  ])('content type %s → %i', async (type, status) => {
    const response = await post(service, validRequest(), { headers: { 'content-type': type } });
    expect(response.status).toBe(status);
    await jsonOf(response);
  });

  test('more than MAX_BODY → 413, exactly MAX_BODY is read', async () => {
    const running = await runOther({ env: { MAX_BODY: '2kb' } });
    const text = JSON.stringify(validRequest());
    expect((await post(running, text.padEnd(2048))).status).toBe(200);
    const response = await post(running, text.padEnd(2049));
    expect(response.status).toBe(413);
    await jsonOf(response);
  });

  test('compressed bodies are read; what does not decompress is a 400, an unknown encoding a 415', async () => {
    const json = { 'content-type': 'application/json' };
    const gzip = { headers: { ...json, 'content-encoding': 'gzip' } };
    expect((await post(service, gzipSync(JSON.stringify(validRequest())), gzip)).status).toBe(200);
    const wrong = await post(service, validRequest(), gzip);
    expect(wrong.status).toBe(400);
    await jsonOf(wrong);
    const unknown = await post(service, validRequest(), {
      headers: { ...json, 'content-encoding': 'compress' },
    });
    expect(unknown.status).toBe(415);
    await jsonOf(unknown);
  });

  test.each([
    ['GET', '/nothing', 404],
    ['POST', '/cds-services/unknown', 404],
    ['POST', '/cds-services/__proto__', 404],
    ['POST', '/cds-services/constructor', 404],
    ['POST', '/cds-services/%E0%A4%A', 404],
    ['GET', '/cds-services/unknown', 404],
    ['GET', '/cds-services/bone-heart-patient-view/feedback', 405],
    ['POST', '/CDS-services', 404],
    ['GET', '/', 404],
  ])('%s %s → %i', async (method, path, status) => {
    const response = await fetch(service.url + path, { method });
    expect(response.status).toBe(status);
    await jsonOf(response);
  });

  test.each([
    ['POST', '/cds-services', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/cds-services', 'GET, HEAD, OPTIONS'],
    ['GET', '/cds-services/bone-heart-patient-view', 'POST, OPTIONS'],
    ['PUT', '/cds-services/bone-heart-patient-view', 'POST, OPTIONS'],
    ['POST', '/healthz', 'GET, HEAD, OPTIONS'],
    ['POST', '/readyz', 'GET, HEAD, OPTIONS'],
  ])('%s %s → 405 with Allow', async (method, path, allow) => {
    const response = await fetch(service.url + path, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
    await jsonOf(response);
  });
});

describe('4. Prefetch', () => {
  test.each([
    ['nothing', {}],
    ['null', { patient: null }],
    ['an OperationOutcome', { patient: { resourceType: 'OperationOutcome', issue: [] } }],
    ['an empty Bundle', { conditions: { resourceType: 'Bundle', type: 'searchset' } }],
    ['junk', { patient: 'x', conditions: [1], bone: 7, 'not asked for': true }],
  ])('P-6..P-13 %s in prefetch is no bad request', async (_name, prefetch) => {
    expect((await post(service, { ...validRequest(), prefetch })).status).toBe(200);
  });
});

describe('6, 10. Responses and statuses', () => {
  test('R-2 nothing to say → 200 with no cards', async () => {
    const running = await runOther({ answer: answersWith({ ...goodAnswer, cards: [] }) });
    const response = await post(running, validRequest());
    expect(response.status).toBe(200);
    expect(await jsonOf(response)).toEqual({ cards: [] });
  });

  test.each([
    undefined,
    {},
    { 'org.bone-heart-cds.explain': false },
    { 'org.bone-heart-cds.explain': 'true' },
  ])('E-1 no explanation unless asked for: extension %j', async (extension) => {
    expect(await jsonOf(await post(service, { ...validRequest(), extension }))).not.toHaveProperty(
      'extension',
    );
  });

  test('an explanation that is empty is left out', async () => {
    const running = await runOther({ answer: answersWith(goodAnswer, { facts: [] }) });
    const request = { ...validRequest(), extension: { 'org.bone-heart-cds.explain': true } };
    expect(await jsonOf(await post(running, request))).not.toHaveProperty('extension');
  });

  test('S-2 required data that cannot be had → 412', async () => {
    const running = await runOther({
      gather: () => Promise.reject(new ServiceError('ERR_DATA_UNAVAILABLE', 'patient: 403 from FHIR server')),
    });
    const response = await post(running, validRequest());
    expect(response.status).toBe(412);
    expect(JSON.stringify(await jsonOf(response))).not.toContain('403');
    expect(running.logged()).toContain('patient: 403 from FHIR server');
  });

  test('the deadline for the data counts from the start of the request', async () => {
    const before = Date.now();
    let deadline = 0;
    const running = await runOther({
      env: { ANSWER_DEADLINE_MS: '1234' },
      gather: (_request, _queries, deadlineAt) => {
        deadline = deadlineAt;
        return Promise.resolve(gathered);
      },
    });
    await post(running, validRequest());
    // 100 ms are kept free for the record of the decision.
    expect(deadline).toBeGreaterThanOrEqual(before + 1134);
    expect(deadline).toBeLessThanOrEqual(Date.now() + 1134);
  });

  test('a gather or an answer that throws → 500 without a word about why, and the process lives', async () => {
    const fault = new Error('Jane Doe, born 1950');
    const running = await runOther({
      answer: () => {
        throw fault;
      },
    });
    for (const extra of [{}, { again: true }]) {
      const response = await post(running, { ...validRequest(), ...extra });
      expect(response.status).toBe(500);
      expect(JSON.stringify(await jsonOf(response))).not.toContain('Jane');
    }
    expect(running.logged()).not.toContain('Jane');
    expect(running.logged()).toContain('protocol.test.ts');
  });

  test('a rule that threw is logged by recommendation without its message; its siblings are answered', async () => {
    const error = new TypeError('cannot read Jane Doe\n    at Jane.doe (secret:1:1)');
    const running = await runOther({
      answer: answersWith({ ...goodAnswer, faults: [{ recommendation: 'dxa-repeat-due', error }] }),
    });
    const body = await jsonOf(await post(running, validRequest()));
    expect(body.cards).toHaveLength(1);
    expect(running.logged()).toContain('dxa-repeat-due');
    expect(running.logged()).toContain('TypeError');
    expect(running.logged()).not.toMatch(/Jane|secret:1/);
  });

  test('each error code has one status, and internal ones say nothing', () => {
    expect(Object.keys(PUBLIC_ERRORS).sort()).toEqual([...ERROR_CODES].sort());
    expect(Object.values(PUBLIC_ERRORS).every(({ status }) => status >= 400 && status < 600)).toBe(true);
  });
});

describe('health', () => {
  test('/healthz is alive, /readyz is ready', async () => {
    expect(await jsonOf(await fetch(`${service.url}/healthz`))).toEqual({ status: 'alive' });
    expect(await jsonOf(await fetch(`${service.url}/readyz`))).toEqual({ status: 'ready' });
  });

  test('/readyz gives 503 with every reason; hooks are still answered', async () => {
    const running = await runOther({ ready: () => ['the store is down', 'the knowledge is old'] });
    const response = await fetch(`${running.url}/readyz`);
    expect(response.status).toBe(503);
    expect(pointersOf(await jsonOf(response))).toEqual(['the store is down', 'the knowledge is old']);
    expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
    expect((await post(running, validRequest())).status).toBe(200);
  });
});

describe('12. CORS', () => {
  const origin = 'https://sandbox.cds-hooks.org';
  const paths = [
    '/cds-services',
    '/cds-services/bone-heart-patient-view',
    '/cds-services/bone-heart-patient-view/feedback',
  ];

  /** fetch() drops the Origin header; the plain client sends what it is told. */
  function plain(url: string, method: string, headers: Record<string, string>) {
    return new Promise<{ status: number; headers: Record<string, unknown> }>((resolve, reject) => {
      const request = httpRequest(url, { method, headers }, (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0, headers: response.headers });
      });
      request.on('error', reject).end();
    });
  }

  test.each(paths)('C-1 preflight on %s needs no token and names the headers', async (path) => {
    const { status, headers } = await plain(service.url + path, 'OPTIONS', {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    });
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET,POST',
      'access-control-allow-headers': 'authorization,content-type',
      'access-control-max-age': '600',
    });
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
  });

  test.each([
    ['GET', '/cds-services', 200],
    ['GET', '/nothing', 404],
    ['PUT', '/cds-services', 405],
    ['POST', '/cds-services/bone-heart-patient-view', 400],
  ])('C-1 %s %s → %i is readable from another origin', async (method, path, status) => {
    const answer = await plain(service.url + path, method, { origin });
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'X-Request-Id',
      'cross-origin-resource-policy': 'cross-origin',
    });
  });

  test('C-2 a list of origins: a listed one is echoed, another gets nothing, both vary', async () => {
    const running = await runOther({
      env: { CORS_ORIGINS: `${origin},https://b.example.org` },
      answer: () => {
        throw new Error('broken');
      },
    });
    const url = `${running.url}/cds-services`;
    const listed = await plain(url, 'GET', { origin });
    expect(listed.headers).toMatchObject({ 'access-control-allow-origin': origin, vary: 'Origin' });
    for (const method of ['GET', 'OPTIONS', 'PUT']) {
      const unlisted = await plain(url, method, { origin: 'https://evil.example.org' });
      expect(unlisted.headers).not.toHaveProperty('access-control-allow-origin');
      expect(unlisted.headers).toMatchObject({ vary: 'Origin' });
    }
    const failed = await post(running, validRequest());
    expect(failed.status).toBe(500);
    expect(failed.headers.get('vary')).toBe('Origin');
  });
});

describe('headers and logs', () => {
  test('answers are not stored, carry a request id, and do not say what runs here', async () => {
    const { headers } = await post(service, validRequest());
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.has('etag')).toBe(false);
    expect(headers.has('x-powered-by')).toBe(false);
  });

  test('F-5 a log line holds the allowed fields and nothing of the patient', async () => {
    const running = await runOther({});
    const request = validRequest();
    request.context.patientId = 'patient-77';
    await post(running, {
      ...request,
      prefetch: { patient: { resourceType: 'Patient', id: 'patient-77', name: 'Doe' } },
    });
    await fetch(`${running.url}/Patient/patient-77?token=secret-token`);
    await fetch(`${running.url}/cds-services/patient-77`, { method: 'POST' });
    await post(running, changed(request, '/hookInstance', 'patient-77'));
    await post(running, '{"patient-77":');

    const logged = running.logged();
    expect(logged).not.toMatch(/patient-77|Doe|secret-token|ehr\.example/);
    const lines = logged
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatchObject({
      method: 'POST',
      route: '/cds-services/:id',
      service: 'bone-heart-patient-view',
      hook: 'patient-view',
      hookInstance: request.hookInstance,
      status: 200,
      outcomes: { recommend: 1 },
      queries: { prefetch: 1 },
      durations: {
        readMs: expect.any(Number),
        gatherMs: expect.any(Number),
        answerMs: expect.any(Number),
        totalMs: expect.any(Number),
      },
    });
    expect(lines[1]).toMatchObject({ route: 'unmatched', status: 404, error: { code: 'ERR_NOT_FOUND' } });
  });
});
