/** The client against services and FHIR servers that are broken or hostile, and with context that tries to change a query. */
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair } from 'jose';
import {
  accepted,
  CLIENT_ERROR_CODES,
  ClientError,
  createCdsClient,
  overridden,
  type ReadFhir,
} from '../../src/client/index.ts';
import { fillPrefetch } from '../../src/client/prefetch.ts';
import { entry, errorOf, json, serve, serviceWith } from './loopback.ts';

const CONTEXT = { userId: 'Practitioner/1', patientId: 'p1' };
const PATIENT = { resourceType: 'Patient', id: 'p1' };
const signal = new AbortController().signal;

const filled = (
  prefetch: Record<string, string>,
  read: ReadFhir,
  context: object = CONTEXT,
): Promise<object> =>
  fillPrefetch(prefetch, context as Record<string, unknown>, read, {
    signal,
    today: new Date('2026-01-15T00:00:00Z'),
  });

describe('prefetch: unknown is not absent', () => {
  const search = { resourceType: 'Bundle', type: 'searchset' };
  const one = { ...search, entry: [{ resource: PATIENT }] };

  test.each([
    ['a Bundle with entries is sent', one, { prefetch: { k: one } }],
    ['an empty Bundle is null', search, { prefetch: { k: null } }],
    ['a Bundle with total 0 is null', { ...search, total: 0, entry: [] }, { prefetch: { k: null } }],
    ['null is null', null, { prefetch: { k: null } }],
    ['undefined is left out', undefined, { omitted: { k: 'failed' } }],
    ['an OperationOutcome is left out', { resourceType: 'OperationOutcome' }, { omitted: { k: 'failed' } }],
    ['a resource for a search is left out', PATIENT, { omitted: { k: 'failed' } }],
    ['text is left out', 'Bundle', { omitted: { k: 'failed' } }],
    [
      'a total that says there is more is no null',
      { ...search, total: 3 },
      { prefetch: { k: { ...search, total: 3 } } },
    ],
    [
      'an empty page with a next one is no null',
      { ...search, link: [{ relation: 'next', url: 'https://x' }] },
      { prefetch: { k: { ...search, link: [{ relation: 'next', url: 'https://x' }] } } },
    ],
  ])('%s', async (_, answer, expected) => {
    const result = await filled({ k: 'Patient?_id={{context.patientId}}' }, () => Promise.resolve(answer));
    expect(result).toEqual({ prefetch: {}, omitted: {}, ...expected });
  });

  test.each([
    ['the patient', PATIENT, { prefetch: { k: PATIENT } }],
    ['another patient', { ...PATIENT, id: 'p2' }, { omitted: { k: 'failed' } }],
    ['another type', { ...PATIENT, resourceType: 'Group' }, { omitted: { k: 'failed' } }],
  ])('a read that gives %s', async (_, answer, expected) => {
    const result = await filled({ k: 'Patient/{{context.patientId}}' }, () => Promise.resolve(answer));
    expect(result).toEqual({ prefetch: {}, omitted: {}, ...expected });
  });

  test.each([
    [200, { resourceType: 'Bundle' }, { prefetch: { k: null } }],
    [410, {}, { prefetch: { k: null } }],
    [404, { resourceType: 'OperationOutcome' }, { omitted: { k: 'failed' } }],
    [401, {}, { omitted: { k: 'failed' } }],
    [500, { resourceType: 'Bundle' }, { omitted: { k: 'failed' } }],
    [200, '{"resourceType":"Bundle",', { omitted: { k: 'failed' } }],
    [200, `{"resourceType":"Bundle","a":${'['.repeat(1e6)}${']'.repeat(1e6)}}`, { omitted: { k: 'failed' } }],
  ])('a FHIR server that answers %d', async (status, body, expected) => {
    const url = await serve((_, res) => {
      json(res, body, status);
    });
    const cds = createCdsClient({ url: 'http://127.0.0.1:1', fhir: { url } });
    const service = {
      id: 's',
      hook: 'patient-view',
      prefetch: { k: 'Observation?patient={{context.patientId}}' },
    };
    expect(await cds.prefetch(service, CONTEXT)).toEqual({ prefetch: {}, omitted: {}, ...expected });
  });

  test('a user token has a value only for a user of its type; today() is a date', async () => {
    const queries: string[] = [];
    const read: ReadFhir = (query) => {
      queries.push(query);
      return Promise.resolve(null);
    };
    const result = await filled(
      {
        doctor: 'Practitioner/{{userPractitionerId}}',
        role: 'PractitionerRole/{{userPractitionerRoleId}}',
        user: '{{context.userId}}',
        recent: 'Observation?patient={{context.patientId}}&date=ge{{ today() - 90 days }}',
        path: 'Observation?patient={{context.draftOrders.entry.resource.subject}}',
      },
      read,
    );
    expect(queries).toEqual(['Practitioner/1', 'Practitioner/1', 'Observation?patient=p1&date=ge2025-10-17']);
    expect(result).toMatchObject({ omitted: { role: 'no-value', path: 'no-value' } });
  });

  test('one that never answers costs its own key, and the call is made', async () => {
    let sent: unknown;
    const url = await serviceWith(
      { patient: 'Patient/{{context.patientId}}', slow: 'Observation?patient={{context.patientId}}' },
      (_, res, body) => {
        sent = JSON.parse(body);
        json(res, { cards: [] });
      },
    );
    const fhir: ReadFhir = (query) =>
      query.startsWith('Patient/') ? Promise.resolve(PATIENT) : new Promise(() => undefined);
    const answer = await createCdsClient({ url, fhir, timeoutMs: 1000 }).call('patient-view', CONTEXT);
    expect(answer.omitted).toEqual({ slow: 'late' });
    expect(sent).toMatchObject({ prefetch: { patient: PATIENT } });
  });

  test('what the EHR has at hand is sent and not read', async () => {
    let sent: { prefetch?: unknown } = {};
    const url = await serviceWith(
      { a: 'Patient/{{context.patientId}}', b: 'Patient/{{context.patientId}}' },
      (_, res, body) => {
        sent = JSON.parse(body) as typeof sent;
        json(res, { cards: [] });
      },
    );
    const queries: string[] = [];
    const fhir: ReadFhir = (query) => {
      queries.push(query);
      return Promise.resolve(PATIENT);
    };
    await createCdsClient({ url, fhir }).call('s', CONTEXT, { prefetch: { a: null, b: undefined } });
    expect(sent.prefetch).toEqual({ a: null });
    expect(queries).toEqual([]);
  });
});

describe('templates and context that try to reach something else', () => {
  const nothing: ReadFhir = () => Promise.reject(new Error('must not be asked'));

  test.each([
    'https://evil.example.org/x',
    '//evil.example.org/x',
    '/Patient/{{context.patientId}}',
    '../admin?x={{context.patientId}}',
    'Patient/../../admin',
    'Patient/..',
    'Patient/%2e%2e',
    'Patient/{{context.patientId}}/$everything',
    'Patient/{{context.patientId}}/_history',
    '$export?x={{context.patientId}}',
    'Observation?patient={{context.patientId}}#x',
    'Observation?patient={{context.patientId}} HTTP/1.1',
    'Observation?patient={{context.patientId}}\r\nHost: evil',
    'Observation\\..\\..?x=1',
    `Observation?code=${'x'.repeat(9000)}`,
    '@evil.example.org/x',
    '',
  ])('a template %j is refused', async (template) => {
    expect(await filled({ k: template }, nothing)).toEqual({ prefetch: {}, omitted: { k: 'refused' } });
  });

  test.each([
    'p1&_revinclude=*',
    '../Patient/p2',
    '..',
    'Patient/..',
    'p1#',
    'p1?x',
    'p1%26x=1',
    'p1,p2',
    '{{context.userId}}',
    'p 1',
    'p1\n',
    '',
    'x'.repeat(65),
  ])('a patient id %j fills nothing', async (patientId) => {
    const result = await filled({ k: 'Observation?patient={{context.patientId}}' }, nothing, { patientId });
    expect(result).toEqual({ prefetch: {}, omitted: { k: 'no-value' } });
  });

  test.each(['constructor', 'toString', '__proto__'])('{{context.%s}} is no value', async (field) => {
    expect(await filled({ k: `Patient/{{context.${field}}}` }, nothing)).toMatchObject({
      omitted: { k: 'no-value' },
    });
  });

  test('no context value adds a parameter, a path or a host, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (patientId) => {
        const queries: string[] = [];
        const template = 'Observation?patient={{context.patientId}}&code=a';
        await filled({ k: template }, (query) => Promise.resolve(void queries.push(query)), { patientId });
        for (const query of queries) {
          const url = new URL(`https://ehr.example.org/fhir/${query}`);
          expect([url.host, url.pathname, [...url.searchParams.keys()]]).toEqual([
            'ehr.example.org',
            '/fhir/Observation',
            ['patient', 'code'],
          ]);
          expect(url.searchParams.get('patient')).toBe(patientId);
        }
      }),
    );
  });

  test.each([
    '{{' + ' '.repeat(7000),
    '{{'.repeat(3900),
    `{{${'context.'.repeat(900)}`,
    '{{today()' + ' '.repeat(7000) + 'x}}',
  ])('a long template without end is no work', async (template) => {
    const began = performance.now();
    await filled({ k: template }, nothing);
    expect(performance.now() - began).toBeLessThan(1000);
  });

  test('a thousand templates ask a hundred times at most, and __proto__ is a key as any', async () => {
    let asked = 0;
    const templates = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [`k${String(index)}`, 'Patient/p1']),
    );
    await filled(templates, () => {
      asked += 1;
      return Promise.resolve(null);
    });
    expect(asked).toBe(100);
    const odd = JSON.parse('{"__proto__":"Patient/p1"}') as Record<string, string>;
    const { prefetch } = (await filled(odd, () => Promise.resolve(PATIENT))) as { prefetch: object };
    expect(Object.entries(prefetch)).toEqual([['__proto__', PATIENT]]);
    expect(Object.getPrototypeOf(prefetch)).toBe(Object.prototype);
  });

  test('a FHIR server that redirects gets no second call, and nobody else the token', async () => {
    const heard: (string | undefined)[] = [];
    const other = await serve((req, res) => {
      heard.push(req.headers.authorization);
      json(res, PATIENT);
    });
    const url = await serve((_, res) => {
      json(res, '', 302, { location: `${other}/Patient/p1` });
    });
    const service = { id: 's', hook: 'patient-view', prefetch: { k: 'Patient/{{context.patientId}}' } };
    const cds = createCdsClient({ url: other, fhir: { url, accessToken: 'fhir-secret' } });
    expect(await cds.prefetch(service, CONTEXT)).toEqual({ prefetch: {}, omitted: { k: 'failed' } });
    expect(heard).toEqual([]);
  });

  test('the access token goes to the FHIR server alone, and its links are not followed', async () => {
    const heard: string[] = [];
    const fhirUrl = await serve((req, res) => {
      heard.push(`${String(req.headers.authorization)} ${String(req.url)}`);
      json(res, {
        resourceType: 'Bundle',
        entry: [{ resource: PATIENT }],
        link: [{ relation: 'next', url: `${url}/next` }],
      });
    });
    const service: string[] = [];
    const url = await serve((req, res, body) => {
      service.push(JSON.stringify(req.headers) + body);
      json(
        res,
        req.method === 'GET'
          ? { services: [entry({ prefetch: { k: 'Patient?_id={{context.patientId}}' } })] }
          : { cards: [] },
      );
    });
    await createCdsClient({ url, fhir: { url: fhirUrl, accessToken: () => 'fhir-secret' } }).call(
      's',
      CONTEXT,
    );
    expect(heard).toEqual(['Bearer fhir-secret /Patient?_id=p1']);
    expect(service).toHaveLength(2);
    expect(service.join()).not.toContain('fhir-secret');
  });
});

describe('a service that misbehaves', () => {
  test.each([
    ['text', 'hello'],
    ['half a document', '{"services":['],
    ['a list', []],
    ['services that are no list', { services: {} }],
    ['null', 'null'],
    ['a million levels', '['.repeat(1e6) + ']'.repeat(1e6)],
    ['more than 5 MB', `{"services":[],"x":"${'x'.repeat(6e6)}"}`],
    ['two thousand services', { services: Array(2000).fill(entry()) }],
  ])('discovery with %s: ERR_BAD_ANSWER', async (_, body) => {
    const url = await serve((__, res) => {
      json(res, body);
    });
    expect(await errorOf(createCdsClient({ url }).discovery())).toMatchObject({ code: 'ERR_BAD_ANSWER' });
  });

  test('discovery leaves out what cannot be called, and templates that are no text', async () => {
    const ids = ['../admin', '..', '.', 'a/b', 'a?b', 'a b', '', 7, null, 'x'.repeat(300), '%2e%2e'];
    const services = [
      ...ids.map((id) => entry({ id })),
      entry({ hook: '' }),
      'x',
      null,
      entry({ prefetch: { a: {}, b: 'Patient/1' } }),
    ];
    const url = await serve((_, res) => {
      json(res, { services });
    });
    expect(await createCdsClient({ url }).discovery()).toEqual([
      { id: 's', hook: 'patient-view', description: 'd', prefetch: { b: 'Patient/1' } },
    ]);
  });

  test.each(['../admin', '..', 'a/b', ''])('an id %j of the caller is no part of a URL', async (id) => {
    const cds = createCdsClient({ url: 'http://127.0.0.1:1' });
    expect(await errorOf(cds.feedback(id, []))).toMatchObject({ code: 'ERR_OPTIONS' });
    expect(await errorOf(cds.call({ id, hook: 'patient-view' }, CONTEXT))).toMatchObject({
      code: 'ERR_OPTIONS',
    });
  });

  test('two services for a hook: the caller has to say which', async () => {
    const url = await serve((_, res) => {
      json(res, { services: [entry(), entry({ id: 't' })] });
    });
    expect(await errorOf(createCdsClient({ url }).call('patient-view', CONTEXT))).toMatchObject({
      code: 'ERR_UNKNOWN_SERVICE',
    });
  });

  test.each([
    [302, 'ERR_REDIRECTED'],
    [400, 'ERR_BAD_REQUEST'],
    [401, 'ERR_UNAUTHENTICATED'],
    [403, 'ERR_UNAUTHENTICATED'],
    [404, 'ERR_UNKNOWN_SERVICE'],
    [412, 'ERR_DATA_UNAVAILABLE'],
    [413, 'ERR_TOO_LARGE'],
    [422, 'ERR_BAD_REQUEST'],
    [429, 'ERR_RATE_LIMITED'],
    [500, 'ERR_SERVICE_FAILED'],
    [502, 'ERR_UNAVAILABLE'],
    [503, 'ERR_UNAVAILABLE'],
    [504, 'ERR_UNAVAILABLE'],
  ])('status %d is %s, with outcome and Retry-After', async (status, code) => {
    const issue = [
      { severity: 'error', code: 'x', details: { text: 'why', more: 1 }, diagnostics: {} },
      'no issue',
    ];
    const url = await serviceWith({}, (_, res) => {
      json(res, { resourceType: 'OperationOutcome', issue }, status, {
        'retry-after': '7',
        'x-request-id': 'abc-1',
        location: 'http://127.0.0.1:1/',
      });
    });
    const error = await errorOf(createCdsClient({ url }).call('s', CONTEXT));
    expect(error).toMatchObject({ code, status, retryAfterSeconds: 7, requestId: 'abc-1' });
    expect(error.outcome).toEqual({
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', code: 'x', details: { text: 'why' } }],
    });
  });

  test.each(['text', '{"cards":{}}', '{}', 'null', '', '{"cards":['])(
    'a call answered with %j: ERR_BAD_ANSWER',
    async (body) => {
      const url = await serviceWith({}, (_, res) => {
        json(res, body);
      });
      expect(await errorOf(createCdsClient({ url }).call('s', CONTEXT))).toMatchObject({
        code: 'ERR_BAD_ANSWER',
      });
    },
  );

  test('a card that cannot be shown costs no other; no link that runs code gets through', async () => {
    const source = { label: 'x' };
    const good = { uuid: 'u', summary: 'good', indicator: 'info', source, custom: 1 };
    const links = [
      { label: 'a', url: 'https://x.example.org', type: 'absolute' },
      { label: 'a', url: 'javascript:alert(1)', type: 'absolute' },
      { label: 'a', url: ' javascript:alert(1)', type: 'smart' },
    ];
    const create = { type: 'create', description: 'd', resource: { resourceType: 'ServiceRequest' } };
    const suggestions = [
      { label: 'a', uuid: 's', actions: [create] },
      { label: 'b', actions: [create, { type: 'create' }] },
      { label: 'c', actions: 'all' },
    ];
    const cards = [
      good,
      { ...good, summary: '' },
      { ...good, indicator: ['info'] },
      { ...good, source: 'x' },
      null,
      {
        ...good,
        links,
        suggestions,
        source: { label: 'x', url: 'javascript:alert(1)', icon: 'data:x' },
        overrideReasons: {},
      },
    ];
    const url = await serviceWith({}, (_, res) => {
      json(res, { cards, systemActions: [create, { type: 'wipe' }] });
    });
    const answer = await createCdsClient({ url }).call('s', CONTEXT);
    expect(answer.cards).toEqual([
      good,
      { ...good, links: links.slice(0, 1), suggestions: suggestions.slice(0, 1) },
    ]);
    expect(answer.systemActions).toEqual([create]);
    expect(answer.unreadable).toBe(4 + 2 + 2 + 2 + 1);
  });

  test('no answer in time, a body that never ends, and an abort by the caller', async () => {
    const silent = await serviceWith({}, () => undefined);
    const drip = await serviceWith({}, (_, res) => {
      res.write('{"cards":[');
    });
    for (const url of [silent, drip])
      expect(await errorOf(createCdsClient({ url, timeoutMs: 300 }).call('s', CONTEXT))).toMatchObject({
        code: 'ERR_TIMEOUT',
      });
    const aborter = new AbortController();
    const pending = errorOf(createCdsClient({ url: silent }).call('s', CONTEXT, { signal: aborter.signal }));
    aborter.abort();
    expect(await pending).toMatchObject({ code: 'ERR_ABORTED' });
    expect(
      await errorOf(createCdsClient({ url: silent }).discovery({ signal: AbortSignal.abort() })),
    ).toMatchObject({
      code: 'ERR_ABORTED',
    });
  });

  test('nobody listens, or it is no HTTP: ERR_UNREACHABLE with the system code', async () => {
    const error = await errorOf(createCdsClient({ url: 'http://127.0.0.1:1' }).discovery());
    expect(error).toMatchObject({ code: 'ERR_UNREACHABLE' });
  });

  test('a 404 makes the next call read discovery again', async () => {
    let discoveries = 0;
    let gone = false;
    const url = await serve((req, res) => {
      if (req.method === 'GET') discoveries += 1;
      json(
        res,
        req.method === 'GET' ? { services: [entry()] } : { cards: [] },
        req.method === 'POST' && gone ? 404 : 200,
      );
    });
    const cds = createCdsClient({ url });
    await cds.call('s', CONTEXT);
    await cds.call('s', CONTEXT);
    expect(discoveries).toBe(1);
    gone = true;
    await errorOf(cds.call('s', CONTEXT));
    gone = false;
    await cds.call('s', CONTEXT);
    expect(discoveries).toBe(2);
  });
});

describe('tokens and secrets', () => {
  test('the token is for exactly the called URL, lives five minutes and is used once', async () => {
    const { privateKey } = await generateKeyPair('ES384', { extractable: true });
    const tokens: [path: string, token: string][] = [];
    const url = await serve((req, res) => {
      tokens.push([req.url ?? '', String(req.headers.authorization).replace('Bearer ', '')]);
      json(res, req.method === 'GET' ? { services: [entry()] } : { cards: [] });
    });
    const jku = 'https://ehr.example.org/jwks.json';
    const cds = createCdsClient({
      url,
      signing: { iss: 'ehr', kid: 'k', jku, tenant: 't', key: privateKey },
    });
    await cds.call('s', CONTEXT);
    await cds.feedback('s', [overridden({ uuid: 'u' })]);
    for (const [path, token] of tokens) {
      expect(decodeProtectedHeader(token)).toEqual({ alg: 'ES384', typ: 'JWT', kid: 'k', jku });
      const claims = decodeJwt(token);
      expect(claims).toMatchObject({ iss: 'ehr', aud: `${url}${path}`, tenant: 't' });
      expect(Number(claims.exp) - Number(claims.iat)).toBe(300);
    }
    expect(tokens.map(([path]) => path)).toEqual([
      '/cds-services',
      '/cds-services/s',
      '/cds-services/s/feedback',
    ]);
    expect(new Set(tokens.map(([, token]) => decodeJwt(token).jti)).size).toBe(3);
  });

  test.each([
    ['no URL', { url: 'cds.example.org' }],
    ['no text', { url: 7 }],
    ['another scheme', { url: 'file:///etc/passwd' }],
    ['http to another machine', { url: 'http://cds.example.org' }],
    ['http to a host that only looks like this one', { url: 'http://127.0.0.1.example.org' }],
    ['a password', { url: 'https://user:hunter2@cds.example.org' }],
    ['a query', { url: 'https://cds.example.org?token=hunter2' }],
    [
      'http to a FHIR server elsewhere',
      { url: 'https://cds.example.org', fhir: { url: 'http://ehr.example.org' } },
    ],
    ['a signer without iss', { url: 'https://cds.example.org', signing: { kid: 'k', key: 'hunter2' } }],
    ['a signer without kid', { url: 'https://cds.example.org', signing: { iss: 'i', key: 'hunter2' } }],
    [
      'a symmetric key',
      {
        url: 'https://cds.example.org',
        signing: { iss: 'i', kid: 'k', key: { kty: 'oct', k: 'hunter2', alg: 'HS256' } },
      },
    ],
  ])('options with %s: ERR_OPTIONS, and the message shows no secret', (_, options) => {
    let error: unknown;
    try {
      createCdsClient(options as never);
    } catch (reason) {
      error = reason;
    }
    expect(error).toBeInstanceOf(ClientError);
    expect(error).toMatchObject({ code: 'ERR_OPTIONS' });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2');
  });

  test('plain http in a private network has to be allowed', () => {
    expect(() => createCdsClient({ url: 'http://10.0.0.1', allowPlainHttp: true })).not.toThrow();
  });

  test('a key that cannot sign, and a token that is no header: no part of them is in the error', async () => {
    const { publicKey } = await generateKeyPair('ES384', { extractable: true });
    const jwk = await exportJWK(publicKey);
    const bad = [
      { kid: 'k', key: '-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----' },
      { kid: 'k', key: { ...jwk, alg: 'ES384' } },
      { kid: 'k', key: { ...jwk, d: 'hunter2' } },
      { kid: 'k', key: { kty: 'RSA', n: 'hunter2', e: 'AQAB', d: 'hunter2' } },
    ];
    for (const signing of bad) {
      const error = await errorOf(
        createCdsClient({ url: 'http://127.0.0.1:1', signing: { iss: 'i', ...signing } }).discovery(),
      );
      expect(error).toMatchObject({ code: 'ERR_OPTIONS' });
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2');
    }
    const url = await serviceWith({ k: 'Patient/{{context.patientId}}' });
    const answer = await createCdsClient({ url, fhir: { url, accessToken: 'hunter2\r\nx: y' } }).call(
      's',
      CONTEXT,
    );
    expect(answer.omitted).toEqual({ k: 'failed' });
  });

  test('neither client nor error shows key, token or patient', async () => {
    const { privateKey } = await generateKeyPair('ES384', { extractable: true });
    const key = { ...(await exportJWK(privateKey)), kid: 'k' };
    const url = await serviceWith({}, (req, res) => {
      json(res, { resourceType: 'OperationOutcome', issue: [], echo: req.headers.authorization }, 500);
    });
    const cds = createCdsClient({
      url,
      signing: { iss: 'i', key },
      fhir: { url, accessToken: 'fhir-secret' },
    });
    const error = await errorOf(cds.call('s', { userId: 'Practitioner/1', patientId: 'patient-secret' }));
    const shown =
      inspect([cds, error], { depth: 9, showHidden: true }) + JSON.stringify(error) + String(error.stack);
    expect(shown).not.toMatch(/fhir-secret|patient-secret|eyJ/);
    expect(shown).not.toContain(String(key.d));
  });

  test.each([0, -1, Number.NaN, Infinity, 1e9])('timeoutMs %d is refused', async (timeoutMs) => {
    expect(
      await errorOf(createCdsClient({ url: 'http://127.0.0.1:1', timeoutMs }).discovery()),
    ).toMatchObject({
      code: 'ERR_OPTIONS',
    });
  });

  test('context that is none, or that is no JSON: ERR_OPTIONS', async () => {
    const url = await serviceWith({});
    const cyclic: Record<string, unknown> = { patientId: 'p1' };
    cyclic['self'] = cyclic;
    for (const context of [undefined, null, 'p1', [], cyclic, { patientId: 1n }])
      expect(await errorOf(createCdsClient({ url }).call('s', context as never))).toMatchObject({
        code: 'ERR_OPTIONS',
      });
  });

  test('feedback without uuid or suggestion is refused before it is sent', () => {
    expect(() => overridden({})).toThrow(ClientError);
    expect(() => accepted({ uuid: 'u' }, [])).toThrow(ClientError);
    expect(() => accepted({ uuid: 'u' }, [{}])).toThrow(ClientError);
    expect(overridden({ uuid: 'u' }, { userComment: '' }, new Date(0))).toEqual({
      card: 'u',
      outcome: 'overridden',
      outcomeTimestamp: '1970-01-01T00:00:00.000Z',
    });
  });

  test('docs/ehr-client.md has a row for each code', () => {
    const page = readFileSync(new URL('../../docs/ehr-client.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `(ERR_\w+)` +\|/gm)].map(([, code]) => code);
    expect(rows).toEqual([...CLIENT_ERROR_CODES]);
  });
});
