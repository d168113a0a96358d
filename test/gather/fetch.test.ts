import { afterEach, describe, expect, test } from '@jest/globals';
import type { Query, Resource } from '../../src/facts/record.ts';
import { createGather } from '../../src/gather/gather.ts';
import { isInsideBase, normalizeBase, resolveInsideBase } from '../../src/gather/outbound.ts';
import { grantFor } from '../../src/gather/smart-scope.ts';
import { fillTemplate } from '../../src/gather/template.ts';
import { type LoopbackFhirServer, type LoopbackOptions, startFhirServer } from './loopback-fhir-server.ts';
import {
  authorized,
  BONE,
  bundle,
  call,
  condition,
  CONDITIONS,
  ENCOUNTER,
  gatherOnce,
  LOINC,
  observation,
  ORDERS,
  PATIENT,
  QUERIES,
  summary,
  TOKEN,
  woman,
} from './patients.ts';

const elsewhere = { subject: { reference: 'Patient/p2' } };
const chart: readonly Resource[] = [
  woman,
  { resourceType: 'Patient', id: 'p2' },
  condition('c1'),
  condition('c2'),
  condition('c3'),
  condition('c9', elsewhere),
  observation('o1', '38267-1', { effectiveDateTime: '2024-05-01' }),
  observation('o2', '1989-3', { effectiveDateTime: '2025-06-01' }),
  observation('o3', '718-7', { effectiveDateTime: '2025-06-01' }),
];

const running: LoopbackFhirServer[] = [];

async function start(options: LoopbackOptions = {}, resources = chart): Promise<LoopbackFhirServer> {
  const server = await startFhirServer(resources, options);
  running.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

/** Gathers from a server that misbehaves for Conditions, and tells what became of them; the rest must be there. */
async function conditionsWith(options: LoopbackOptions, limits = {}, deadlineMs?: number): Promise<unknown> {
  const { url } = await start(options);
  const result = await gatherOnce(authorized(url), QUERIES, { limits }, deadlineMs);
  expect(summary(result, BONE)).toEqual(['o2', 'o1']);
  return summary(result, CONDITIONS);
}

describe('what prefetch lacks is read from the client’s FHIR server', () => {
  test('P-7, F-4: each query once, by GET, with the token, inside the base', async () => {
    const server = await start();
    const result = await gatherOnce(authorized(server.url));
    expect(summary(result, PATIENT)).toEqual(['p1']);
    expect(summary(result, CONDITIONS)).toEqual(['c1', 'c2', 'c3']);
    expect(summary(result, BONE)).toEqual(['o2', 'o1']);
    expect(result.sources).toEqual({ patient: 'fetched', conditions: 'fetched', bone: 'fetched' });
    const asked = { method: 'GET', authorization: `Bearer ${TOKEN}` };
    const code = 'http%3A%2F%2Floinc.org%7C38267-1,http%3A%2F%2Floinc.org%7C1989-3';
    expect(server.requests.toSorted((a, b) => a.url.length - b.url.length)).toEqual([
      { ...asked, url: '/fhir/Patient/p1' },
      { ...asked, url: '/fhir/Condition?patient=p1' },
      { ...asked, url: `/fhir/Observation?patient=p1&code=${code}&_sort=-date` },
    ]);
  });

  test('F-7: the same patient by prefetch and by fetch gives the same record', async () => {
    const server = await start({ pageSize: 2 });
    const prefetch = {
      patient: chart[0],
      conditions: bundle([chart[2], chart[3], chart[4]]),
      bone: bundle([chart[7], chart[6]]),
    };
    const fetched = await gatherOnce(authorized(server.url));
    const given = await gatherOnce(call({ prefetch }));
    expect(fetched.record).toEqual(given.record);
  });

  test('P-8, P-9: only missing and unusable keys are asked for', async () => {
    const server = await start();
    const prefetch = {
      patient: woman,
      conditions: null,
      bone: { resourceType: 'OperationOutcome' },
      medicationRequests: 7,
    };
    const result = await gatherOnce(authorized(server.url, {}, { prefetch }), [...QUERIES, ORDERS]);
    expect(server.requests.map(({ url }) => url)).toEqual(['/fhir/MedicationRequest?patient=p1']);
    expect(summary(result, CONDITIONS)).toEqual([]);
    expect(summary(result, BONE)).toBe('error-reported');
    expect(summary(result, ORDERS)).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['P-9: an OperationOutcome as patient', { resourceType: 'OperationOutcome' }],
    ['Q-12: the Patient of somebody else', { resourceType: 'Patient', id: 'p2' }],
    ['P-13: a Bundle as patient', bundle([woman])],
  ])('%s: the Patient is required and read', async (_, patient) => {
    const { url } = await start();
    const result = await gatherOnce(authorized(url, {}, { prefetch: { patient, conditions: null } }));
    expect(result.record.patient).toEqual(woman);
    expect(result.sources.patient).toBe('fetched');
  });

  test('the encounter of the call is read', async () => {
    const encounter = { resourceType: 'Encounter', id: 'e1', subject: { reference: 'Patient/p1' } };
    const server = await start({}, [...chart, encounter]);
    const context = { userId: 'Practitioner/d1', patientId: 'p1', encounterId: 'e1' };
    const result = await gatherOnce(authorized(server.url, {}, { context }), [PATIENT, ENCOUNTER]);
    expect(summary(result, ENCOUNTER)).toEqual(['e1']);
  });
});

describe('F-1 to F-6: when the server may be asked', () => {
  const prefetch = { patient: woman, bone: bundle([]) };

  async function refusal(authorization: object, options = {}, members: object = {}): Promise<unknown> {
    const server = await start();
    const result = await gatherOnce(
      authorized(server.url, authorization, { prefetch, ...members }),
      QUERIES,
      options,
    );
    expect(server.requests).toEqual([]);
    expect(result.fetchMs).toBe(0);
    return summary(result, CONDITIONS);
  }

  test('F-1: an open server only where that is allowed, and without a token', async () => {
    expect(await refusal({}, {}, { fhirAuthorization: undefined })).toBe('not-provided');
    const server = await start();
    const open = await gatherOnce(call({ fhirServer: server.url }), QUERIES, { allowOpenServer: true });
    expect(summary(open, CONDITIONS)).toEqual(['c1', 'c2', 'c3']);
    expect(server.requests.map(({ authorization }) => authorization)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('F-3: never with a token for another patient', async () => {
    expect(await refusal({ patient: 'p2' })).toBe('not-permitted');
  });

  test('F-5: never with an expired token', async () => {
    expect(await refusal({ expires_in: 0 })).toBe('not-permitted');
  });

  test('F-6: never beyond the scope', async () => {
    expect(await refusal({ scope: 'launch patient/Observation.read' })).toBe('not-permitted');
  });

  test('F-6: a scope for some resources of a type leaves the answer incomplete', async () => {
    const { url } = await start();
    const scope =
      'patient/Patient.r patient/Condition.rs?category=encounter-diagnosis patient/Observation.rs';
    const result = await gatherOnce(authorized(url, { scope }));
    expect(summary(result, CONDITIONS)).toEqual({ ids: ['c1', 'c2', 'c3'], reason: 'not-permitted' });
    expect(summary(result, BONE)).toEqual(['o2', 'o1']);
  });

  test('F-8: never a server that is not on the list', async () => {
    expect(await refusal({}, { allowServer: () => false })).toBe('not-provided');
  });

  test.each([
    'http://127.0.0.1:1/fhir/../x',
    'http://user@127.0.0.1:1/fhir',
    'http://127.0.0.1:1/fhir?x=1',
    'ftp://h/',
  ])('F-8: never a base like %s', async (fhirServer) => {
    const result = await gatherOnce(authorized(fhirServer, {}, { prefetch }));
    expect(summary(result, CONDITIONS)).toBe('not-provided');
  });

  test('an id that would climb out of the resource type is not sent', async () => {
    const server = await start();
    const context = { userId: 'Practitioner/d1', patientId: '..' };
    await expect(gatherOnce(authorized(server.url, {}, { context }))).rejects.toMatchObject({
      code: 'ERR_DATA_UNAVAILABLE',
    });
    expect(server.requests).toEqual([]);
  });
});

describe('F-9: only what failed is unknown', () => {
  test.each<[string, LoopbackOptions['faults'], unknown]>([
    ['401', { Condition: 401 }, 'not-permitted'],
    ['403', { Condition: 403 }, 'not-permitted'],
    ['404', { Condition: 404 }, 'failed'],
    ['500', { Condition: 500 }, 'failed'],
    ['503', { Condition: 503 }, 'failed'],
    ['HTML with status 200', { Condition: 'html' }, 'failed'],
    ['a redirect, which is not followed', { Condition: 'redirect' }, 'failed'],
    ['an encoded body, which the size limit could not count', { Condition: 'gzip' }, 'failed'],
    ['JSON null', { Condition: 'null' }, 'failed'],
    ['JSON that is no resource', { Condition: 'not-a-resource' }, 'wrong-type'],
    ['an OperationOutcome with status 200', { Condition: 'outcome' }, 'error-reported'],
    ['a body above the size limit', { Condition: 'oversize' }, 'too-large'],
  ])('%s', async (_, faults = {}, reason) => {
    expect(await conditionsWith({ faults }, { bytes: 100_000 })).toBe(reason);
  });

  test('a redirect is not followed', async () => {
    const server = await start({ faults: { Condition: 'redirect' } });
    await gatherOnce(authorized(server.url));
    expect(server.requests.map(({ url }) => url)).not.toContain('/fhir/Patient/elsewhere');
  });

  test('a query that hangs ends at the deadline; the others are used', async () => {
    expect(await conditionsWith({ faults: { Condition: 'hang' } }, {}, 800)).toBe('timed-out');
  });

  test('no call is made when the deadline has passed', async () => {
    const server = await start();
    await expect(gatherOnce(authorized(server.url), QUERIES, {}, -1)).rejects.toMatchObject({
      detail: 'patient: timed-out',
    });
    expect(server.requests).toEqual([]);
  });

  test('a server that is not there', async () => {
    const server = await start();
    await server.close();
    await expect(gatherOnce(authorized(server.url))).rejects.toMatchObject({ detail: 'patient: failed' });
  });

  test('entries of somebody else are dropped', async () => {
    const { url } = await start();
    const everybody: Query = { ...CONDITIONS, template: 'Condition?_sort=-date' };
    const result = await gatherOnce(authorized(url), [PATIENT, everybody]);
    expect(summary(result, CONDITIONS)).toEqual({ ids: ['c1', 'c2', 'c3'], reason: 'other-patient' });
  });
});

describe('S-2, S-3: 412 with a FHIR server', () => {
  test.each<[string, LoopbackOptions, string]>([
    ['the patient is forbidden', { faults: { Patient: 403 } }, 'patient: not-permitted'],
    ['the patient is not found', { faults: { Patient: 404 } }, 'patient: failed'],
    ['the server is down', { faults: { Patient: 500, Condition: 500, Observation: 500 } }, 'patient: failed'],
    [
      'everything but the patient fails',
      { faults: { Condition: 500, Observation: 'html' } },
      'conditions: failed, bone: failed',
    ],
  ])('%s', async (_, options, detail) => {
    const { url } = await start(options);
    await expect(gatherOnce(authorized(url))).rejects.toMatchObject({ code: 'ERR_DATA_UNAVAILABLE', detail });
  });

  test('the server answers with another Patient', async () => {
    const other: Query = { ...PATIENT, template: 'Patient/p2' };
    const { url } = await start();
    await expect(gatherOnce(authorized(url), [other])).rejects.toMatchObject({
      detail: 'patient: other-patient',
    });
  });

  test('F-5: the error holds no token, id or URL, at any depth', async () => {
    const { url } = await start({ faults: { Patient: 500 } });
    const error: unknown = await gatherOnce(authorized(url)).catch((reason: unknown) => reason);
    const { message, stack, cause } = error as Error;
    expect(`${message}${String(stack)}${JSON.stringify(error)}`).not.toMatch(
      /secret-token|Patient\/p1|127\.0\.0\.1/,
    );
    expect(cause).toBeUndefined();
  });
});

describe('P-11: pages', () => {
  test('are followed to the end, with the token, each resource once', async () => {
    const server = await start({ pageSize: 1 });
    const result = await gatherOnce(authorized(server.url), [PATIENT, CONDITIONS]);
    expect(summary(result, CONDITIONS)).toEqual(['c1', 'c2', 'c3']);
    expect(server.requests).toHaveLength(4);
    expect(new Set(server.requests.map(({ authorization }) => authorization))).toEqual(
      new Set([`Bearer ${TOKEN}`]),
    );
  });

  test('are followed from a prefetched first page', async () => {
    const server = await start({ pageSize: 2 });
    const link = [{ relation: 'next', url: `${server.url}/Condition?patient=p1&_page=1` }];
    const prefetch = { patient: woman, bone: null, conditions: bundle([chart[2], chart[3]], { link }) };
    const result = await gatherOnce(authorized(server.url, {}, { prefetch }));
    expect(summary(result, CONDITIONS)).toEqual(['c1', 'c2', 'c3']);
    expect(result.sources.conditions).toBe('prefetch');
  });

  test.each<[string, (url: string) => string]>([
    ['relative to the base', (url) => url.slice(url.indexOf('Condition'))],
    ['relative to the host', (url) => new URL(url).pathname + new URL(url).search],
  ])('a next link %s is resolved', async (_, nextLink) => {
    expect(await conditionsWith({ nextLink, faults: {}, pageSize: 2 })).toEqual(['c1', 'c2', 'c3']);
  });

  test.each<[string, (url: string) => string]>([
    ['out of the base path', (url) => url.replace('/fhir/', '/admin/')],
    ['to a path that only starts alike', (url) => url.replace('/fhir/', '/fhirX/')],
    ['with dot segments', (url) => url.replace('/fhir/', '/fhir/../fhir/')],
    ['with encoded dots', (url) => url.replace('/fhir/', '/fhir/%2e%2e/fhir/')],
    ['with user info', (url) => url.replace('http://', 'http://user@')],
    ['with another host name for the same server', (url) => url.replace('127.0.0.1', 'localhost')],
    ['that is empty', () => ''],
  ])('a next link %s is never requested', async (_, nextLink) => {
    const server = await start({ nextLink, pageSize: 2 });
    const result = await gatherOnce(authorized(server.url), [PATIENT, CONDITIONS]);
    expect(summary(result, CONDITIONS)).toEqual({ ids: ['c1', 'c2'], reason: 'truncated' });
    expect(server.requests).toHaveLength(2);
  });

  test('a next link to another server is never requested, with or without the token', async () => {
    const thief = await start();
    const server = await start({ pageSize: 2, nextLink: () => `${thief.url}/Condition?patient=p1` });
    const result = await gatherOnce(authorized(server.url), [PATIENT, CONDITIONS]);
    expect(summary(result, CONDITIONS)).toEqual({ ids: ['c1', 'c2'], reason: 'truncated' });
    expect(thief.requests).toEqual([]);
  });

  test('a next link that repeats ends the search', async () => {
    const nextLink = (url: string): string => url.replace(/_page=\d/, '_page=1');
    const server = await start({ nextLink, pageSize: 1 });
    const result = await gatherOnce(authorized(server.url), [PATIENT, CONDITIONS]);
    expect(summary(result, CONDITIONS)).toEqual({ ids: ['c1', 'c2'], reason: 'truncated' });
    expect(server.requests).toHaveLength(3);
  });

  test.each([
    ['pages', { pages: 2 }],
    ['entries', { entries: 2 }],
  ])('the cap on %s leaves the answer truncated', async (_, limits) => {
    const { url } = await start({ pageSize: 1 });
    const result = await gatherOnce(authorized(url), [PATIENT, CONDITIONS], { limits });
    expect(summary(result, CONDITIONS)).toEqual({ ids: ['c1', 'c2'], reason: 'truncated' });
  });

  test.each<[string, NonNullable<LoopbackOptions['pageFaults']>[string], string]>([
    ['fails', 500, 'failed'],
    ['is forbidden', 403, 'not-permitted'],
    ['is an OperationOutcome', 'outcome', 'error-reported'],
    ['is no Bundle', 'not-a-resource', 'wrong-type'],
    ['hangs', 'hang', 'timed-out'],
  ])('a second page that %s keeps the first', async (_, fault, reason) => {
    const { url } = await start({ pageSize: 2, pageFaults: { Condition: fault } });
    const result = await gatherOnce(authorized(url), [PATIENT, CONDITIONS], {}, 800);
    expect(summary(result, CONDITIONS)).toEqual({ ids: ['c1', 'c2'], reason });
  });
});

describe('connections', () => {
  test('are bounded per server and kept alive between hook calls', async () => {
    const server = await start();
    const gather = createGather({ allowServer: () => true, limits: { connections: 2 } });
    const many = Array.from({ length: 6 }, () =>
      gather(authorized(server.url), QUERIES, Date.now() + 30_000),
    );
    await Promise.all(many);
    await gather(authorized(server.url), QUERIES, Date.now() + 30_000);
    await gather.close();
    expect(server.requests).toHaveLength(21);
    expect(server.connections()).toBeLessThanOrEqual(2);
  });
});

describe('isInsideBase compares parsed URLs, never prefixes', () => {
  const base = 'https://ehr.example/fhir';

  test.each([
    [base, 'https://ehr.example/fhir'],
    [base, 'https://ehr.example/fhir/'],
    [base, 'https://ehr.example/fhir?_getpages=1&x=a@b'],
    [base, 'https://ehr.example/fhir/Condition?patient=1&name=../..'],
    [base, 'https://EHR.example:443/fhir/Condition'],
    ['https://ehr.example/fhir/', 'https://ehr.example/fhir/Condition'],
    ['https://ehr.example', 'https://ehr.example/Condition'],
    ['http://[::1]:8080/fhir', 'http://[0:0:0:0:0:0:0:1]:8080/fhir/Condition'],
  ])('%s holds %s', (from, url) => {
    expect(isInsideBase(from, url)).toBe(true);
  });

  test.each([
    'https://ehr.example.evil.com/fhir/Condition',
    'https://ehr.example:444/fhir/Condition',
    'https://ehr.example:4430/fhir',
    'http://ehr.example/fhir/Condition',
    'https://ehr.example/fhirX',
    'https://ehr.example/FHIR/Condition',
    'https://ehr.example/',
    'https://ehr.example/fhir/../admin',
    'https://ehr.example/fhir/../fhir/Condition',
    'https://ehr.example/fhir/.',
    'https://ehr.example/fhir/%2e%2e/admin',
    'https://ehr.example/fhir/.%2E/admin',
    'https://ehr.example/fhir/%2e%2e%2fadmin',
    'https://ehr.example/fhir/%252e%252e/admin',
    'https://ehr.example/fhir\\..\\admin',
    'https://user@ehr.example/fhir',
    'https://user:password@ehr.example/fhir',
    'https://@ehr.example/fhir',
    'https:user@ehr.example/fhir',
    'https://ehr.example@evil.com/fhir',
    'https://ehr.example/fhir /Condition',
    'https://ehr.example/fhir\n/Condition',
    'https://еhr.example/fhir',
    '//evil/fhir',
    '//ehr.example/fhir',
    '/fhir/Condition',
    'Condition',
    '',
    'javascript:alert(1)',
    'file:///fhir',
    'http://[::1]/fhir',
    'https://[::ffff:1.2.3.4]/fhir',
    'https://[',
  ])('%j is outside', (url) => {
    expect(isInsideBase(base, url)).toBe(false);
  });

  test('loopback look-alikes differ', () => {
    expect(isInsideBase('http://127.0.0.1/fhir', 'http://[::1]/fhir')).toBe(false);
    expect(isInsideBase('http://[::1]/fhir', 'http://[::2]/fhir')).toBe(false);
    expect(isInsideBase('http://[::1]/fhir', 'http://[::1]:81/fhir')).toBe(false);
  });

  test('links are resolved against the base', () => {
    expect(resolveInsideBase(base, '?page=2')).toBe(`${base}/?page=2`);
    expect(resolveInsideBase(base, 'Condition?page=2')).toBe(`${base}/Condition?page=2`);
    expect(resolveInsideBase(base, '/fhir/Condition?page=2')).toBe(`${base}/Condition?page=2`);
    expect(resolveInsideBase(base, '../admin')).toBeUndefined();
    expect(resolveInsideBase(base, '//evil/fhir')).toBeUndefined();
  });

  test.each([
    'http://169.254.169.254/latest',
    'http://2852039166/fhir',
    'http://0xa9.0xfe.0xa9.0xfe/fhir',
    'http://0251.0376.0251.0376/fhir',
    'http://169.254.43518/fhir',
    'http://[::ffff:169.254.169.254]/fhir',
    'http://[0:0:0:0:0:ffff:a9fe:a9fe]/fhir',
    'http://[64:ff9b::169.254.169.254]/fhir',
    'http://[fe80::1]/fhir',
    'http://[fd00:ec2::254]/fhir',
    'http://100.100.100.200/fhir',
    'http://metadata.google.internal/fhir',
    'http://METADATA.google.internal./fhir',
  ])('%s, where clouds keep their credentials, is never a base', (url) => {
    expect(normalizeBase(url)).toBeUndefined();
  });

  test('a base is kept without its trailing slash, and only without query', () => {
    expect(normalizeBase('https://ehr.example/fhir/')).toBe(base);
    expect(normalizeBase('https://ehr.example')).toBe('https://ehr.example');
    expect(normalizeBase('https://ehr.example/fhir?tenant=1')).toBeUndefined();
    expect(normalizeBase('nonsense')).toBeUndefined();
  });
});

describe('F-6: SMART scopes of both generations', () => {
  test.each<[string, string, 'read' | 'search', string]>([
    ['patient/Observation.read', 'Observation', 'search', 'full'],
    ['patient/Observation.read', 'Observation', 'read', 'full'],
    ['patient/Observation.read', 'Condition', 'search', 'none'],
    ['user/*.*', 'Condition', 'search', 'full'],
    ['system/*.read', 'Condition', 'search', 'full'],
    ['patient/*.write', 'Condition', 'search', 'none'],
    ['patient/Condition.rs', 'Condition', 'search', 'full'],
    ['patient/Condition.cruds', 'Condition', 'search', 'full'],
    ['patient/Condition.r', 'Condition', 'search', 'none'],
    ['patient/Condition.s', 'Condition', 'read', 'none'],
    ['patient/Patient.r', 'Patient', 'read', 'full'],
    ['patient/Observation.rs?category=laboratory', 'Observation', 'search', 'partial'],
    ['patient/Observation.rs?category=laboratory user/Observation.rs', 'Observation', 'search', 'full'],
    ['openid fhirUser launch patient/Condition.rs', 'Observation', 'search', 'none'],
    ['patient/garbage', 'Observation', 'search', 'none'],
    ['patient/ObservationX.rs', 'Observation', 'search', 'none'],
    ['', 'Observation', 'search', 'full'],
    ['openid launch/patient fhirUser', 'Observation', 'search', 'full'],
  ])('"%s" for %s, %s: %s', (scope, type, interaction, grant) => {
    expect(grantFor(scope, type, interaction)).toBe(grant);
  });
});

describe('P-1: prefetch templates', () => {
  test.each<[string, object, object]>([
    ['Patient/{{context.patientId}}', { patientId: 'a-1.B' }, { state: 'filled', path: 'Patient/a-1.B' }],
    [
      `Observation?patient={{ context.patientId }}&code:in=${LOINC}|1,${LOINC}|2&date=ge2020-01-01`,
      { patientId: '1' },
      {
        state: 'filled',
        path: 'Observation?patient=1&code%3Ain=http%3A%2F%2Floinc.org%7C1,http%3A%2F%2Floinc.org%7C2&date=ge2020-01-01',
      },
    ],
    ['Encounter/{{context.encounterId}}', { patientId: '1' }, { state: 'no-value' }],
    ['Encounter/{{context.encounterId}}', { encounterId: '' }, { state: 'no-value' }],
    ['Patient/{{context.constructor}}', {}, { state: 'no-value' }],
    ['Patient/{{userPractitionerId}}', {}, { state: 'no-value' }],
    ['Patient/{{context.patientId}}', { patientId: '../metadata?x=' }, { state: 'refused' }],
    ['Patient/{{context.patientId}}', { patientId: '..' }, { state: 'refused' }],
    ['Patient/{{context.patientId}}', { patientId: 'x'.repeat(65) }, { state: 'refused' }],
  ])('%s', (template, context, expected) => {
    expect(fillTemplate(template, context)).toEqual(expected);
  });
});
