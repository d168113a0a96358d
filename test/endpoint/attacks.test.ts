/** What an attacker tries against the real process, one after the other; none of it may work, and the process must not mind. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BASE, SAMPLE, startTrusted, statusesOf, VIEW, type TrustedEhr } from './trusted-ehr.ts';

let ehr: TrustedEhr;
beforeAll(async () => {
  ehr = await startTrusted({}, { origins: ['https://ehr-app.example.org'] });
});
afterAll(async () => {
  // Whatever was tried, the process still answers.
  expect((await ehr.post(VIEW)).status).toBe(200);
  await ehr.stop();
});

const bytesOf = (endpoint: string, head: readonly string[], body = SAMPLE): string =>
  [
    `POST ${endpoint} HTTP/1.1`,
    'Host: cds.example.org',
    'Content-Type: application/json',
    'Connection: close',
    ...head,
    `Content-Length: ${String(Buffer.byteLength(body))}`,
    '',
    body,
  ].join('\r\n');

describe('who calls', () => {
  test('two Authorization headers are one too many, whichever is good', async () => {
    const lines = async (): Promise<[string, string]> => [
      `Authorization: Bearer ${await ehr.token(VIEW)}`,
      'Authorization: Bearer a.b.c',
    ];
    const [good, bad] = await lines();
    expect(statusesOf(await ehr.raw(bytesOf(VIEW, [good, bad])))).toEqual([401]);
    expect(statusesOf(await ehr.raw(bytesOf(VIEW, [bad, good])))).toEqual([401]);
    expect(statusesOf(await ehr.raw(bytesOf(VIEW, [good])))).toEqual([200]);
  });

  test.each([
    ['Host', { host: 'evil.example' }, 'https://evil.example'],
    [
      'X-Forwarded-Host',
      { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
      'https://evil.example',
    ],
    ['Forwarded', { forwarded: 'host=evil.example;proto=https' }, 'https://evil.example'],
    ['X-Original-URL', { 'x-original-url': '/cds-services', 'x-rewrite-url': '/cds-services' }, `${BASE}/x`],
  ])('%s does not move the audience', async (_, headers, base) => {
    const stolen = await ehr.token(VIEW, { aud: `${base}${VIEW}` });
    expect((await ehr.post(VIEW, SAMPLE, { ...headers, authorization: `Bearer ${stolen}` })).status).toBe(
      401,
    );
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const own = `Authorization: Bearer ${await ehr.token(VIEW)}`;
    const withoutHost = lines.filter((line) => !line.startsWith('host'));
    expect(statusesOf(await ehr.raw(bytesOf(VIEW, [own, ...withoutHost])))).toEqual([200]);
  });

  test.each([
    ['a query', `${VIEW}?access_token=TOKEN`],
    ['a cookie', VIEW],
  ])('a token in %s is no token', async (_, path) => {
    const token = await ehr.token(VIEW);
    const response = await fetch(`${ehr.url}${path.replace('TOKEN', token)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: `authorization=Bearer ${token}` },
      body: SAMPLE,
    });
    expect(response.status).toBe(401);
  });

  test.each([
    ['the service, for its feedback', `${VIEW}/feedback`, VIEW],
    ['feedback, for the service', VIEW, `${VIEW}/feedback`],
    ['discovery, for the service', VIEW, '/cds-services'],
    ['another service', VIEW, '/cds-services/bone-heart-order-sign'],
    ['the same with another case', VIEW, '/CDS-Services/bone-heart-patient-view'],
    ['the same with a slash', VIEW, `${VIEW}/`],
    ['the same with a query', VIEW, `${VIEW}?x`],
    ['the same encoded', VIEW, '/cds-services/bone-heart%2Dpatient-view'],
  ])('a token for %s is refused', async (_, endpoint, audience) => {
    const authorization = `Bearer ${await ehr.token(audience)}`;
    expect((await ehr.post(endpoint, SAMPLE, { authorization })).status).toBe(401);
  });

  test('of many replays at the same time one passes', async () => {
    const authorization = `Bearer ${await ehr.token(VIEW)}`;
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => ehr.post(VIEW, SAMPLE, { authorization })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(29);
  });

  test.each([
    ['kid as a path', { kid: '../../../../dev/null' }],
    ['kid as SQL', { kid: "k1' OR '1'='1" }],
    ['kid as a URL', { kid: 'https://evil.example/key' }],
    ['kid as a member of every object', { kid: '__proto__' }],
    ['kid as a list', { kid: ['k1'] }],
    ['alg as a member of every object', { alg: 'constructor' }],
    ['alg in lower case', { alg: 'es384' }],
  ])('%s', async (_, header) => {
    const [, claims = '', signature = ''] = (await ehr.token(VIEW)).split('.');
    const head = Buffer.from(JSON.stringify({ alg: 'ES384', typ: 'JWT', kid: 'k1', ...header })).toString(
      'base64url',
    );
    const response = await ehr.post(VIEW, SAMPLE, { authorization: `Bearer ${head}.${claims}.${signature}` });
    expect(response.status).toBe(401);
  });

  test.each([
    ['numbers beyond all numbers', '"exp":1e999,"iat":1e999'],
    ['an end beyond all numbers', '"exp":1e999,"iat":NOW'],
    ['a beginning before all numbers', '"exp":NOW,"iat":-1e999'],
    ['negative times', '"exp":-1,"iat":-5'],
    ['an audience that is an object', '"exp":NOW,"iat":NOW,"aud":{"0":"AUD"}'],
    ['an issuer given twice', '"exp":NOW,"iat":NOW,"iss":"https://evil.example"'],
    ['an issuer as a member of every object', '"exp":NOW,"iat":NOW,"iss":"__proto__"'],
  ])('%s', async (_, claims) => {
    const now = String(Math.floor(Date.now() / 1000) + 1);
    const aud = `${BASE}${VIEW}`;
    const text = `{"iss":"https://ehr.example.org","aud":"${aud}","jti":"j${now}",${claims}}`;
    const token = await ehr.tokenOf(text.replaceAll('NOW', now).replaceAll('AUD', aud));
    expect((await ehr.post(VIEW, SAMPLE, { authorization: `Bearer ${token}` })).status).toBe(401);
  });
});

describe('paths and methods', () => {
  test.each([
    '//cds-services/bone-heart-patient-view',
    '/cds-services//bone-heart-patient-view',
    '/cds-services/%2e%2e/cds-services/bone-heart-patient-view',
    '/cds-services/../cds-services/bone-heart-patient-view',
    '/cds-services/bone-heart-patient-view%00',
    '/cds-services/bone-heart-patient-view%2ffeedback',
    '/cds-services/bone-heart-patient-view;a=b',
    '/CDS-SERVICES/bone-heart-patient-view',
    '/cds-services/__proto__',
    '/cds-services/constructor',
    '/cds-services/%',
    '/cds-services/%ff',
    'http://evil.example/cds-services/bone-heart-patient-view',
  ])('%s answers nobody without a token', async (path) => {
    const [status = 0] = statusesOf(await ehr.raw(bytesOf(path, [])));
    expect([401, 404]).toContain(status);
  });

  test.each(['TRACE', 'PUT', 'DELETE', 'PATCH', 'PROPFIND', 'GET'])('%s is not allowed', async (method) => {
    const received = await ehr.raw(
      `${method} ${VIEW} HTTP/1.1\r\nHost: x\r\nX-Secret: zqxj\r\nConnection: close\r\n\r\n`,
    );
    expect(statusesOf(received)).toEqual([405]);
    expect(received).not.toContain('zqxj');
  });

  test('no header changes the method', async () => {
    const headers = {
      'x-http-method-override': 'POST',
      'x-method-override': 'POST',
      'x-http-method': 'POST',
    };
    expect((await fetch(`${ehr.url}${VIEW}?_method=POST`, { headers })).status).toBe(405);
  });

  test('CONNECT and an upgrade lead nowhere', async () => {
    expect(statusesOf(await ehr.raw('CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n'))).not.toContain(
      200,
    );
    const upgrade = `GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n`;
    expect(await ehr.raw(upgrade)).not.toContain('101 ');
  });

  test('HTTP/1.0 is served like any other, HTTP/2 in the clear is not', async () => {
    expect(await ehr.raw('GET /healthz HTTP/1.0\r\n\r\n')).toContain('"alive"');
    expect(statusesOf(await ehr.raw('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'))).not.toContain(200);
  });
});

describe('requests that two servers could read differently', () => {
  test.each([
    ['two Hosts', ['Host: evil.example'], [400]],
    ['two lengths', ['Content-Length: 5'], [400]],
    ['a length and chunks', ['Transfer-Encoding: chunked'], [400]],
    ['chunks under another name', ['Transfer-Encoding: xchunked'], [400]],
    ['a folded header', ['X-A: b', ' Authorization: c'], [400]],
    ['a space before the colon', ['X-A : b'], [400]],
    ['a NUL', ['X-A: b\0c'], [400]],
    ['a bare line feed', ['X-A: b\nX-B: c'], [400]],
  ])('%s', async (_, lines, statuses) => {
    expect(statusesOf(await ehr.raw(bytesOf(VIEW, lines)))).toEqual(statuses);
  });

  test('a second request hidden in a refused body is not run with the token of the first', async () => {
    const hidden = `POST ${VIEW} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}`;
    const received = await ehr.raw(bytesOf(VIEW, [], hidden).replace('Connection: close', 'X-A: b'));
    expect(statusesOf(received)).toEqual([401]);
  });
});

describe('size', () => {
  test.each([
    ['one header of 64 kB', `X-A: ${'a'.repeat(65_536)}`],
    ['a token of 64 kB', `Authorization: Bearer ${'a'.repeat(65_536)}.b.c`],
    ['5,000 headers', Array.from({ length: 5000 }, (_, index) => `X-${String(index)}: a`).join('\r\n')],
  ])('%s → 431', async (_, line) => {
    expect(statusesOf(await ehr.raw(bytesOf(VIEW, [line])))).toEqual([431]);
  });

  test.each([
    ['a bomb of gzip', gzipSync(Buffer.alloc(64 * 1024 * 1024, ' ')), { 'content-encoding': 'gzip' }, 413],
    ['a bomb in a bomb', gzipSync(gzipSync(Buffer.alloc(1024))), { 'content-encoding': 'gzip, gzip' }, 415],
    ['a number with a thousand digits', Buffer.from(`{"hook":${'9'.repeat(1000)}}`), {}, 400],
    ['deep nesting', Buffer.from('{"a":'.repeat(100_000)), {}, 400],
  ])('%s', async (_, body, headers, status) => {
    const response = await fetch(`${ehr.url}${VIEW}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...headers,
        authorization: `Bearer ${await ehr.token(VIEW)}`,
      },
      body,
    });
    expect(response.status).toBe(status);
  });

  test('a length that nobody will send is refused before a byte is read', async () => {
    const token = await ehr.token(VIEW);
    const head = `POST ${VIEW} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n`;
    expect(statusesOf(await ehr.raw(`${head}Content-Length: 999999999999\r\n\r\n`))).toEqual([413]);
  });

  test('hundreds of connections that never finish a request keep nobody out', async () => {
    const slow = Array.from({ length: 300 }, () =>
      ehr.raw(`POST ${VIEW} HTTP/1.1\r\nHost: x\r\nX-A: `, 3000),
    );
    const statuses = await Promise.all(Array.from({ length: 10 }, async () => (await ehr.post(VIEW)).status));
    expect(new Set(statuses)).toEqual(new Set([200]));
    await Promise.all(slow);
  });
});

describe('browsers', () => {
  const allowed = async (origin: string, iss = 'https://ehr.example.org'): Promise<string | null> => {
    const token = await ehr.token(VIEW, { iss });
    const response = await ehr.post(VIEW, SAMPLE, { origin, authorization: `Bearer ${token}` });
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    return response.headers.get('access-control-allow-origin');
  };

  test.each([
    'null',
    'https://evil.example',
    'https://app.example.org.evil.example',
    'http://app.example.org',
    'https://app.example.org:8443',
    'HTTPS://APP.EXAMPLE.ORG',
    'https://app.example.org/',
    '*',
  ])('%s may not read', async (origin) => {
    expect(await allowed(origin)).toBeNull();
  });

  test('a listed origin may, and that of a client only what is answered to that client', async () => {
    expect(await allowed('https://app.example.org')).toBe('https://app.example.org');
    expect(await allowed('https://ehr-app.example.org')).toBe('https://ehr-app.example.org');
    expect(await allowed('https://ehr-app.example.org', 'https://other.example.org')).toBeNull();
  });

  test('no answer names the software, and every one forbids to be framed, sniffed or run', async () => {
    for (const response of [
      await ehr.post(VIEW),
      await fetch(`${ehr.url}/none`),
      await ehr.post(VIEW, '{'),
    ]) {
      expect(response.headers.get('x-powered-by')).toBeNull();
      expect(response.headers.get('server')).toBeNull();
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(response.headers.get('strict-transport-security')).toContain('max-age');
    }
  });
});

describe('filling', () => {
  const sizeOf = (folder: string): number =>
    readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

  test('feedback on cards that were never sent is kept, but cannot fill the disk', async () => {
    const feedback = (userComment: string, count: number): string =>
      JSON.stringify({
        feedback: Array.from({ length: count }, () => ({
          card: crypto.randomUUID(),
          outcome: 'overridden',
          outcomeTimestamp: '2026-01-15T10:00:00Z',
          overrideReason: { userComment },
        })),
      });
    expect((await ehr.post(`${VIEW}/feedback`, feedback('a note', 10))).status).toBe(200);
    const statuses: number[] = [];
    for (let index = 0; index < 12; index += 1)
      statuses.push((await ehr.post(`${VIEW}/feedback`, feedback('x'.repeat(5000), 400))).status);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect(statuses.at(-1)).toBe(429);
    expect(sizeOf(join(ehr.folder, 'data'))).toBeLessThan(128 * 1024 * 1024);
    // Other clients, and cards that are ours, are not affected.
    expect((await ehr.post(VIEW)).status).toBe(200);
    const other = `Bearer ${await ehr.token(`${VIEW}/feedback`, { iss: 'https://other.example.org' })}`;
    expect((await ehr.post(`${VIEW}/feedback`, feedback('b', 1), { authorization: other })).status).toBe(200);
    expect((await fetch(`${ehr.url}/readyz`)).status).toBe(200);
  });

  test('an address that floods without a token fills no log', async () => {
    const before = ehr
      .output()
      .split('\n')
      .filter((line) => line.includes('"level":30')).length;
    const count = 1500;
    for (let done = 0; done < count; done += 100)
      await Promise.all(Array.from({ length: 100 }, () => fetch(`${ehr.url}${VIEW}`, { method: 'POST' })));
    const lines =
      ehr
        .output()
        .split('\n')
        .filter((line) => line.includes('"level":30')).length - before;
    expect(lines).toBeLessThan(count);
  });

  test('no line of the log can be forged', async () => {
    const forged = 'x\\n{\\"level\\":60,\\"msg\\":\\"forged\\"}';
    const body = SAMPLE.replace(/"hookInstance": ?"[^"]+"/, `"hookInstance":"${forged}"`);
    expect((await ehr.post(VIEW, body)).status).toBe(400);
    const tenant = 'north\n{"level":60,"msg":"forged"}';
    const authorization = `Bearer ${await ehr.token(VIEW, { tenant })}`;
    expect((await ehr.post(VIEW, SAMPLE, { authorization })).status).toBe(200);
    expect(ehr.output()).not.toContain('forged');
  });
});
