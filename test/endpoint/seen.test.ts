/**
 * What an operator sees: everything that the real process prints at LOG_LEVEL=trace, over every fixture, bad requests, bad tokens and
 * feedback with comments, holds nothing of a patient, no token and no comment, and one audit line for each call.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isJsonObject } from '../../src/json.ts';
import { hookRequest } from './ehr.ts';
import { SAMPLE, startTrusted, VIEW, type TrustedEhr } from './trusted-ehr.ts';

interface Resource {
  readonly resourceType: string;
  readonly id?: string;
}

const fixtures = new URL('../../fixtures/', import.meta.url);
const COMMENT = 'She told me that she is afraid of needles';
const ACCESS_TOKEN = 'access-token-of-the-ehr-zqxj';

function contentOf(path: string): unknown {
  const bytes = readFileSync(new URL(path, fixtures));
  return JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'));
}

const filesIn = (folder: string): string[] =>
  readdirSync(new URL(folder, fixtures), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.json(\.gz)?$/.test(name) && !name.endsWith('expected.json'))
    .map((name) => `${folder}${name}`);

const patients = filesIn('patients/').map((path) =>
  ((contentOf(path) as { entry?: { resource: Resource }[] }).entry ?? []).map(({ resource }) => resource),
);
const requests = filesIn('requests/').map(contentOf);

/** Every text and number of a value, with the name under which it stands. */
function leavesOf(value: unknown, name = ''): [string, string | number][] {
  if (typeof value === 'string' || typeof value === 'number') return [[name, value]];
  if (Array.isArray(value)) return value.flatMap((item) => leavesOf(item, name));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => leavesOf(member, key));
}

/** What tells of a person: names, dates, ids, references, words. Codes and systems of terminologies are public. */
const PERSONAL = new Set([
  ...[
    'family',
    'given',
    'birthDate',
    'id',
    'reference',
    'text',
    'display',
    'line',
    'city',
    'postalCode',
    'value',
  ],
  ...[
    'effectiveDateTime',
    'authoredOn',
    'issued',
    'recordedDate',
    'onsetDateTime',
    'fullUrl',
    'patientId',
    'userId',
  ],
]);
/** Words of our own log lines that fixtures hold too; the keys of our queries are added. */
const ownWords = new Set(['patient', 'encounter', 'procedure', 'request', 'final', 'known', 'unknown']);

function personal(content: unknown): string[] {
  return leavesOf(content).flatMap(([name, value]) => {
    const text = String(value);
    const isTelling = PERSONAL.has(name) && typeof value === 'string' && text.length >= 4;
    return isTelling && !ownWords.has(text.toLowerCase()) ? [text] : [];
  });
}

let ehr: TrustedEhr;
let calls = 0;
const answered: { status: number; instance: string }[] = [];
const sentTokens: string[] = [];
const secrets = new Set<string>([COMMENT, ACCESS_TOKEN]);

async function fire(service: string, request: Record<string, unknown>): Promise<unknown> {
  const path = `/cds-services/${service}`;
  for (;;) {
    const token = await ehr.token(path, { tenant: 'north' });
    sentTokens.push(token);
    const response = await ehr.post(path, JSON.stringify(request), { authorization: `Bearer ${token}` });
    const answer: unknown = await response.json();
    if (response.status !== 429) {
      calls += 1;
      answered.push({ status: response.status, instance: String(request['hookInstance']) });
      return answer;
    }
    // A fast machine sends more than one client may: as a client would, again a little later.
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Prefetch as far as the type goes: which codes a query asks for does not matter here. */
function prefetchOf(templates: Readonly<Record<string, string>>, resources: readonly Resource[]): object {
  return Object.fromEntries(
    Object.entries(templates).map(([key, template]) => {
      const [, type = '', sign = ''] = /^([A-Za-z]+)([/?])/.exec(template) ?? [];
      const own = resources.filter(({ resourceType }) => resourceType === type);
      const entry = own.map((resource) => ({ resource }));
      return [key, sign === '/' ? (own[0] ?? null) : { resourceType: 'Bundle', type: 'searchset', entry }];
    }),
  );
}

beforeAll(async () => {
  ehr = await startTrusted();
  const { services } = (await (await fetch(`${ehr.url}/cds-services`)).json()) as {
    services: { id: string; hook: string; prefetch: Record<string, string> }[];
  };
  for (const key of services.flatMap(({ prefetch }) => Object.keys(prefetch)))
    ownWords.add(key.toLowerCase());
  let lastCard = '';
  for (const resources of patients) {
    for (const text of personal(resources)) secrets.add(text);
    const patientId = resources.find(({ resourceType }) => resourceType === 'Patient')?.id ?? 'none';
    for (const { id, hook, prefetch } of services) {
      const context = {
        encounterId: 'enc-zqxj',
        ...(hook.startsWith('order') ? { selections: ['MedicationRequest/d'], draftOrders: {} } : {}),
      };
      const fhirAuthorization = {
        access_token: ACCESS_TOKEN,
        token_type: 'Bearer',
        expires_in: 300,
        scope: 'user/*.rs',
        subject: 'cds-zqxj',
      };
      const more = { prefetch: prefetchOf(prefetch, resources), fhirServer: 'https://zqxj.example/fhir' };
      const extension = { 'org.bone-heart-cds.explain': true };
      const request = hookRequest(hook, patientId, { context, ...more, fhirAuthorization, extension });
      const answer = (await fire(id, request)) as { cards?: { uuid: string }[] };
      lastCard = answer.cards?.[0]?.uuid ?? lastCard;
    }
  }
  for (const request of requests) {
    for (const text of personal(request)) secrets.add(text);
    await fire('bone-heart-patient-view', request as Record<string, unknown>);
  }
  // The client has used up its rate; a second brings 50 calls more.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await misbehave(lastCard);
});
afterAll(() => ehr.stop());

/** Bad requests and bad tokens, all with words that must not come back, and feedback with a comment. */
async function misbehave(card: string): Promise<void> {
  const bad = [
    '{"zqxj',
    '[]',
    '{"hook":"zqxj"}',
    SAMPLE.replace('"example"', '"zqxj zqxj"'),
    `{"a":${'['.repeat(300)}`,
  ];
  for (const body of bad) await ehr.post(VIEW, body);
  const token = await ehr.token(VIEW);
  sentTokens.push(token);
  for (const other of [`${token}x`, token.slice(1), `zqxj.${token}`]) {
    sentTokens.push(other);
    expect((await ehr.post(VIEW, SAMPLE, { authorization: `Bearer ${other}` })).status).toBe(401);
  }
  const unknown = await ehr.token(VIEW, { iss: 'https://zqxj.example', tenant: 'zqxj zqxj' });
  await ehr.post(VIEW, SAMPLE, { authorization: `Bearer ${unknown}` });
  await fetch(`${ehr.url}/zqxj/zqxj?zqxj=zqxj`, {
    headers: { 'user-agent': 'zqxj', referer: 'https://zqxj' },
  });
  await ehr.raw('zqxj / HTTP/1.1\r\n\r\n');
  const overridden = { card, outcome: 'overridden', outcomeTimestamp: '2026-01-15T10:00:00Z' };
  const entry = {
    ...overridden,
    overrideReason: { reason: { code: 'zqxj', display: 'zqxj' }, userComment: COMMENT },
  };
  const feedback = JSON.stringify({ feedback: [entry, { ...entry, card: 'zqxj' }] });
  expect((await ehr.post(`${VIEW}/feedback`, feedback)).status).toBe(200);
  expect((await ehr.post(`${VIEW}/feedback`, feedback.replace('overridden', 'zqxj'))).status).toBe(400);
}

/** What was printed, without what is random or a time: short ids of fixtures would be found in those by chance. */
const told = (): string =>
  ehr
    .output()
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '')
    .replaceAll(/"(time|\w+Ms)":[\d.]+/g, '');

const linesOf = (): Record<string, unknown>[] =>
  ehr
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('every fixture was answered', () => {
  expect(patients.length).toBeGreaterThan(50);
  expect(answered.filter(({ status }) => status === 200).length).toBeGreaterThan(patients.length);
  expect(answered.every(({ status }) => [200, 412].includes(status))).toBe(true);
});

describe('nothing that was printed holds', () => {
  test('a word of a patient, of a bad request or of a comment', () => {
    const printed = told();
    expect(secrets.size).toBeGreaterThan(500);
    expect([...secrets].filter((text) => printed.includes(text))).toEqual([]);
    expect(printed).not.toContain('zqxj');
  });

  test('a token, or any part of one', () => {
    const printed = ehr.output();
    const parts = sentTokens.flatMap((token) => token.split('.')).filter((part) => part.length > 20);
    expect(parts.length).toBeGreaterThan(500);
    expect(parts.filter((part) => printed.includes(part))).toEqual([]);
    const [tokenLike] = /eyJ[\w-]+|[Bb]earer [\w-]{8,}/.exec(printed) ?? [];
    expect(tokenLike).toBeUndefined();
  });

  test('a field that is not on the list, and numbers only where counts and times stand', () => {
    const allowed = [
      ...['level', 'time', 'msg', 'requestId', 'method', 'route', 'client', 'tenant', 'service', 'hook'],
      ...['hookInstance', 'status', 'aborted', 'outcomes', 'queries', 'missing', 'durations', 'error'],
    ];
    for (const line of linesOf()) {
      expect(Object.keys(line).filter((name) => !allowed.includes(name))).toEqual([]);
      const { outcomes, queries, durations, level, time, status, ...rest } = line;
      expect(leavesOf(rest).filter(([, value]) => typeof value === 'number')).toEqual([]);
      expect(leavesOf({ outcomes, queries, durations }).every(([, value]) => typeof value === 'number')).toBe(
        true,
      );
      expect([level, time, status].every((value) => value === undefined || typeof value === 'number')).toBe(
        true,
      );
    }
  });
});

describe('the audit line of a call', () => {
  test('is there once, with client, tenant, service, hook instance, outcomes, missing data and durations', () => {
    const audit = linesOf().filter(
      (line) => line['hookInstance'] !== undefined && line['tenant'] === 'north',
    );
    expect(audit).toHaveLength(calls);
    for (const line of audit) {
      expect(line).toMatchObject({ client: 'ehr', method: 'POST', route: '/cds-services/:id' });
      if (line['status'] !== 200) continue;
      expect(Object.keys(line)).toEqual(
        expect.arrayContaining(['outcomes', 'missing', 'durations', 'service']),
      );
    }
    expect(new Set(audit.map((line) => line['hookInstance']))).toEqual(
      new Set(answered.map(({ instance }) => instance)),
    );
  });

  test('names each query that was not answered, with the reason', async () => {
    const sample = JSON.parse(SAMPLE) as { prefetch: Record<string, unknown> };
    const { conditions: _, ...prefetch } = sample.prefetch;
    const hookInstance = crypto.randomUUID();
    await ehr.post(VIEW, JSON.stringify({ ...sample, hookInstance, prefetch }));
    let line: Record<string, unknown> | undefined;
    while (line === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      line = linesOf().find((one) => one['hookInstance'] === hookInstance);
    }
    expect(line['missing']).toMatchObject({ conditions: 'not-provided' });
  });
});
