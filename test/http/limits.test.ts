/** Load: what is under way at once, how often, and how slowly; by counts, never by the clock of the machine. */
import { connect, type Socket } from 'node:net';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import { pino } from 'pino';
import { readJsonBody } from '../../src/http/body.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { errorResponse } from '../../src/http/error-response.ts';
import { addressKey, limitLoad, Rates } from '../../src/http/limits.ts';
import { requestLog } from '../../src/http/request-log.ts';
import { startServer, type RunningServer } from '../../src/http/server.ts';
import { NO_MEMORY } from '../../src/store/memory.ts';
import { createApp } from '../../src/http/app.ts';
import { readConfig } from '../../src/config.ts';
import { answersWith, gathered, goodAnswer, hookService, noStore } from './running-service.ts';

describe('rates', () => {
  /** Refills once in an hour: no test waits for it. */
  const bucket = { bucketSize: 3, tokensPerInterval: 3, interval: 'hour' } as const;

  test('a key has its burst, and keys do not share', () => {
    const rates = new Rates(bucket);
    expect(['a', 'a', 'a', 'a', 'b'].map((key) => rates.take(key))).toEqual([true, true, true, false, true]);
  });

  test('an amount beyond what is left takes nothing', () => {
    const rates = new Rates(bucket);
    expect([rates.take('a', 2), rates.take('a', 2), rates.take('a', 1)]).toEqual([true, false, true]);
    expect(rates.take('b', 4)).toBe(false);
  });

  test('of too many keys the one that was quiet longest is forgotten, not one that is used', () => {
    const rates = new Rates(bucket, 2);
    for (const key of ['a', 'a', 'a', 'b', 'a', 'c', 'd']) rates.take(key);
    expect(rates.take('a')).toBe(true);
    const kept = new Rates(bucket, 2);
    for (const key of ['a', 'a', 'a', 'b', 'a', 'c']) kept.take(key);
    expect(kept.take('a')).toBe(false);
  });

  test.each(['__proto__', 'constructor', ''])('the key %p is a key like any other', (key) => {
    const rates = new Rates(bucket);
    expect([1, 2, 3, 4].map(() => rates.take(key))).toEqual([true, true, true, false]);
  });

  test.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '::ffff:203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::99', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    [undefined, ''],
  ])('%p is counted as %p: one machine has a whole IPv6 network', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});

describe('load', () => {
  let server: Server;
  let release: (() => void)[] = [];
  const MAX = 1000;

  beforeAll(async () => {
    const app = express();
    const metrics = createMetrics(() => ({ up: true, ...NO_MEMORY.counts }));
    app.use(requestLog(pino({ level: 'silent' }), metrics));
    app.post('/', limitLoad(MAX, { calls: 3, bytes: 2500 }), ...readJsonBody(MAX), (_req, res) => {
      release.push(() => res.json({}));
    });
    app.use(errorResponse);
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const port = (): number => (server.address() as AddressInfo).port;
  /** Opens a call that declares `length` bytes and sends none of them. */
  const open = (head: string): Promise<Socket> =>
    new Promise((resolve) => {
      const socket = connect(port(), '127.0.0.1', () => {
        socket.write(`POST / HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\n`, () => {
          setTimeout(resolve, 50, socket);
        });
      });
      socket.on('error', () => undefined);
    });
  const post = (body: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${String(port())}/`, { method: 'POST', body });
  const settled = async (count: number): Promise<void> => {
    while (release.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const answer of release) answer();
    release = [];
  };

  test('a call beyond the most gets 503 and Retry-After, and the next one passes once one has ended', async () => {
    const running = [post('{}'), post('{}'), post('{}')];
    while (release.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    const refused = await post('{}');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await refused.json()).toMatchObject({ resourceType: 'OperationOutcome' });
    await settled(3);
    await Promise.all(running);
    const next = post('{}');
    await settled(1);
    expect((await next).status).toBe(200);
  });

  test('bytes that were only announced count, and those of a caller that has gone no longer', async () => {
    const sockets = await Promise.all([open('Content-Length: 1000'), open('Transfer-Encoding: chunked')]);
    expect((await post(JSON.stringify({ a: 'x'.repeat(900) }))).status).toBe(503);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const next = post(JSON.stringify({ a: 'x'.repeat(900) }));
    await settled(1);
    expect((await next).status).toBe(200);
  });

  test('a body that has been read counts with its real size', async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from('{}'));
        controller.close();
      },
    });
    const url = `http://127.0.0.1:${String(port())}/`;
    const chunked = fetch(url, { method: 'POST', body, duplex: 'half' });
    while (release.length < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    const others = [
      post(JSON.stringify({ a: 'x'.repeat(900) })),
      post(JSON.stringify({ a: 'x'.repeat(900) })),
    ];
    await settled(3);
    expect((await Promise.all([chunked, ...others])).map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});

describe('slow and strange connections', () => {
  let service: RunningServer;
  beforeAll(async () => {
    const app = createApp({
      config: readConfig({}),
      services: [hookService('patient-view')],
      gather: () => Promise.resolve(gathered),
      answer: answersWith(goodAnswer),
      ...noStore(),
      log: pino({ level: 'silent' }),
    });
    const timeouts = { headersMs: 300, requestMs: 600, checkMs: 50 };
    service = await startServer(app, {
      host: '127.0.0.1',
      port: 0,
      log: pino({ level: 'silent' }),
      timeouts,
    });
  });
  afterAll(() => service.close());

  /** Sends a piece now and then, as slow-loris does; gives back what came. */
  function drip(first: string, piece: string): Promise<string> {
    return new Promise((resolve) => {
      let received = '';
      const socket = connect(Number(new URL(service.url).port), '127.0.0.1', () => socket.write(first));
      const timer = setInterval(() => socket.write(piece), 50);
      socket.on('data', (data) => (received += data.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearInterval(timer);
        resolve(received);
      });
    });
  }

  test('headers that come byte by byte end in 408', async () => {
    expect(await drip('GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ', 'a')).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('so does a body that comes byte by byte', async () => {
    const head =
      'POST /cds-services/bone-heart-patient-view HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    expect(await drip(`${head}Content-Length: 100000\r\n\r\n{"a":"`, 'a')).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('an open connection that says nothing is closed', async () => {
    expect(await drip('', '')).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });

  test('and meanwhile others are answered', async () => {
    const slow = Array.from({ length: 50 }, () => drip('GET / HTTP/1.1\r\nX-A: ', 'a'));
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
    await Promise.all(slow);
  });
});
