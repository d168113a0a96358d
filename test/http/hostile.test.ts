/** No body, however made, kills or hangs the process, gets a 5xx, or finds its own words in the answer. */
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseJsonObject } from '../../src/http/body.ts';
import { hookRequestOf } from '../../src/http/validate.ts';
import { hookContext } from '../../src/http/hook-context.ts';
import {
  gathered,
  answersWith,
  goodAnswer,
  HOOKS,
  jsonOf,
  post,
  runService,
  validRequest,
  type Running,
} from './running-service.ts';

const TIMEOUT_MS = 5_000;
/** A word that no constant text holds: where it shows up, the caller was echoed. */
const CANARY = 'zqxj';

let service: Running;
let contexts = 0;
beforeAll(async () => {
  service = await runService({
    env: { MAX_BODY: '1mb' },
    gather: (request) => {
      hookContext(request);
      contexts += 1;
      return Promise.resolve(gathered);
    },
    answer: answersWith(goodAnswer),
  });
});
afterAll(() => service.stop());

async function expectSafe(
  body: unknown,
  hook = 'patient-view',
  headers: Record<string, string> = {},
): Promise<number> {
  const response = await post(
    service,
    body,
    { headers: { 'content-type': 'application/json', ...headers }, signal: AbortSignal.timeout(TIMEOUT_MS) },
    hook,
  );
  expect(response.status === 200 || (response.status >= 400 && response.status < 500)).toBe(true);
  expect(JSON.stringify(await jsonOf(response))).not.toContain(CANARY);
  return response.status;
}

async function expectAlive(): Promise<void> {
  expect(await expectSafe(validRequest())).toBe(200);
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
}

const word = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    'hasOwnProperty',
    'toString',
    'toJSON',
    'then',
    'length',
    '',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => CANARY + text),
);
const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  word,
  fc.dictionary(word, fc.jsonValue({ maxDepth: 2 })),
);

/** Every path of member names in a value. */
function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key]))];
}

/** A copy with the value at the path replaced or added. Defines members, because setting `__proto__` would set none. */
function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined || typeof value !== 'object' || value === null) return by;
  if (Array.isArray(value)) {
    const index = /^\d$/.test(key) ? Number(key) : 0;
    const items: unknown[] = [...(value as unknown[])];
    items[index] = replaced(items[index], rest, by);
    return items;
  }
  const copy = { ...value };
  const member: unknown = Object.hasOwn(copy, key) ? Reflect.get(copy, key) : undefined;
  const changed = { value: replaced(member, rest, by), enumerable: true, configurable: true, writable: true };
  return Object.defineProperty(copy, key, changed);
}

const mutated = fc.constantFrom(...HOOKS).chain((hook) => {
  const request = validRequest(hook);
  const path = fc.oneof(
    fc.constantFrom(...pathsOf(request)),
    fc.tuple(fc.constantFrom(...pathsOf(request)), word).map(([start, key]) => [...start, key]),
  );
  return fc.array(fc.tuple(path, junk), { minLength: 1, maxLength: 3 }).map((changes) => ({
    hook,
    body: changes.reduce<unknown>((value, [at, by]) => replaced(value, at, by), request),
  }));
});

describe('properties', () => {
  test('any JSON gets an answer below 500 that is a success or an OperationOutcome', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...HOOKS), junk, async (hook, body) => {
        await expectSafe(JSON.stringify(body), hook);
      }),
      { numRuns: 200 },
    );
    await expectAlive();
  });

  test('so does any valid request with members replaced, added or nested in each other', async () => {
    await fc.assert(
      fc.asyncProperty(mutated, async ({ hook, body }) => {
        await expectSafe(JSON.stringify(body), hook);
      }),
      { numRuns: 300 },
    );
    await expectAlive();
  });

  test('so do any bytes, with any content type and encoding', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: 'binary' }),
      fc.nat({ max: 500 }).map((length) => JSON.stringify(validRequest()).slice(0, length)),
    );
    const type = fc.constantFrom(
      'application/json',
      'application/json; charset=utf-7',
      'application/json;;=',
      ';',
      'text/html',
    );
    const encoding = fc.constantFrom('identity', 'gzip', 'deflate', 'br', 'zstd', 'gzip, gzip', 'x');
    await fc.assert(
      fc.asyncProperty(bytes, type, encoding, async (body, contentType, contentEncoding) => {
        await expectSafe(body, 'patient-view', {
          'content-type': contentType,
          'content-encoding': contentEncoding,
        });
      }),
      { numRuns: 150 },
    );
    await expectAlive();
  });

  test('any path and query', async () => {
    await fc.assert(
      fc.asyncProperty(fc.webPath(), fc.webQueryParameters(), async (path, query) => {
        const response = await fetch(`${service.url}/cds-services/${path}?${query}`, { method: 'POST' });
        expect(response.status).toBeGreaterThanOrEqual(400);
        expect(response.status).toBeLessThan(500);
        await jsonOf(response);
      }),
      { numRuns: 100 },
    );
  });

  test('validation accepts a mutated request only when every checked field still has its form', () => {
    fc.assert(
      fc.property(mutated, ({ hook, body }) => {
        let request;
        try {
          request = hookRequestOf(hook, body);
        } catch {
          return;
        }
        const context = hookContext(request);
        expect(context.patientId).toMatch(/^[A-Za-z0-9\-.]{1,64}$/);
        expect(context.userId).toMatch(/^[A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/);
        for (const { resourceType } of context.draftOrders) expect(typeof resourceType).toBe('string');
      }),
      { numRuns: 300 },
    );
  });
});

describe('deep nesting', () => {
  test.each([
    ['lists', '['.repeat(200_000)],
    ['objects', '{"a":'.repeat(100_000)],
    ['balanced lists', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['balanced objects in prefetch', `{"prefetch":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`],
    ['201 levels', `{"a":${'['.repeat(200)}${']'.repeat(200)}}`],
  ])('%s → 400', async (_name, body) => {
    expect(await expectSafe(body)).toBe(400);
    await expectAlive();
  });

  test('200 levels are read', () => {
    expect(parseJsonObject(Buffer.from(`{"a":${'['.repeat(199)}${']'.repeat(199)}}`))).toHaveProperty('a');
  });

  test('brackets, quotes and backslashes in strings do not count', () => {
    const value = { a: '['.repeat(500), ['{"\\'.repeat(300)]: `\\${'"['.repeat(300)}\\`, b: '\\\\' };
    expect(parseJsonObject(Buffer.from(JSON.stringify(value)))).toEqual(value);
  });

  test('the guard agrees with JSON.parse on everything shallow', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), (value) => {
        const text = JSON.stringify(value);
        expect(parseJsonObject(Buffer.from(text))).toEqual(JSON.parse(Buffer.from(text).toString()));
      }),
      { numRuns: 300 },
    );
  });
});

describe('size', () => {
  test('huge strings, names and lists', async () => {
    const long = CANARY.repeat(100_000);
    const request = validRequest('order-select');
    expect(await expectSafe({ ...request, hookInstance: long }, 'order-select')).toBe(400);
    expect(await expectSafe({ ...request, [long]: 1 }, 'order-select')).toBe(200);
    expect(await expectSafe({ ...request, prefetch: { [long]: [long] } }, 'order-select')).toBe(200);
    Object.assign(request.context, { selections: Array.from({ length: 50_000 }, () => 'A/1') });
    expect(await expectSafe(request, 'order-select')).toBe(200);
    expect(await expectSafe({ ...request, fhirServer: `http://${long}` }, 'order-select')).toBe(400);
    await expectAlive();
  });

  test('a small compressed body that grows beyond the limit → 413', async () => {
    const bomb = Buffer.alloc(200 * 1024 * 1024, ' ');
    expect(await expectSafe(gzipSync(bomb), 'patient-view', { 'content-encoding': 'gzip' })).toBe(413);
    expect(
      await expectSafe(brotliCompressSync(bomb.subarray(0, 8 << 20)), 'patient-view', {
        'content-encoding': 'br',
      }),
    ).toBe(413);
    await expectAlive();
  });

  test('a body that is longer than the limit → 413', async () => {
    expect(await expectSafe('x'.repeat(3 << 20))).toBe(413);
    await expectAlive();
  });
});

describe('prototype names', () => {
  test.each([
    '{"__proto__":{"hook":"patient-view","polluted":true}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    JSON.stringify(validRequest()).replace('"context":{', '"context":{"__proto__":{"polluted":true},'),
    JSON.stringify(validRequest()).replace(
      '"prefetch":{',
      '"prefetch":{"__proto__":{"polluted":true},"constructor":1,',
    ),
    JSON.stringify(validRequest()).replace(
      /}$/,
      ',"extension":{"__proto__":{"org.bone-heart-cds.explain":true}}}',
    ),
  ])('%s changes no object', async (body) => {
    await expectSafe(body);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    const answer = await jsonOf(await post(service, validRequest()));
    expect(answer).not.toHaveProperty('extension');
  });

  test('members of __proto__ do not stand in for missing ones', async () => {
    const body = JSON.stringify({ proto: validRequest() }).replace('proto', '__proto__');
    expect(await expectSafe(body)).toBe(400);
  });
});

describe('connections', () => {
  const head =
    'POST /cds-services/bone-heart-patient-view HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

  /** Sends raw text, then ends or cuts the connection; gives back what came. */
  function raw(text: string, cut = false): Promise<string> {
    return new Promise((resolve) => {
      let received = '';
      const socket = connect(Number(new URL(service.url).port), '127.0.0.1', () => {
        socket.write(text, () => {
          if (cut) setTimeout(() => socket.destroy(), 20);
        });
      });
      socket.on('data', (data) => (received += data.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => {
        resolve(received);
      });
    });
  }

  test('an upload that is cut off is logged as aborted, not as a fault', async () => {
    const before = service.logged().length;
    const gatheredBefore = contexts;
    await raw(`${head}Content-Length: 5000\r\n\r\n{"hook":"patient`, true);
    await raw(`${head}Transfer-Encoding: chunked\r\n\r\n10\r\n{"hook":"patient`, true);
    await raw(`${head}Content-Encoding: gzip\r\nContent-Length: 5000\r\n\r\n\u001f`, true);
    await wait(100);
    const lines = service.logged().slice(before).trim().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      expect(JSON.parse(line)).toMatchObject({ level: 30, aborted: true });
      expect(line).not.toContain('ERR_INTERNAL');
    }
    expect(contexts).toBe(gatheredBefore);
    await expectAlive();
  });

  test('broken chunks and a wrong length do not stop the process', async () => {
    await raw(`${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`);
    await raw(`${head}Content-Length: abc\r\n\r\n`);
    await raw(`${head}Content-Length: 2\r\nConnection: close\r\n\r\n{}{}{}`);
    await raw('GET / HTTP/9.9\r\n\r\n');
    await expectAlive();
  });
});
