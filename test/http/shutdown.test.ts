/** Listening and stopping: running requests are finished, new ones are refused, the process ends with status 0. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { readConfig } from '../../src/config.ts';
import type { GatherResult } from '../../src/gather/gather.ts';
import { createApp } from '../../src/http/app.ts';
import { startServer, type RunningServer } from '../../src/http/server.ts';
import {
  answersWith,
  gathered,
  goodAnswer,
  hookService,
  jsonOf,
  noStore,
  validRequest,
} from './running-service.ts';

const log = pino({ level: 'silent' });

interface Started extends RunningServer {
  /** Resolves when a hook call waits for its data. */
  readonly waiting: Promise<void>;
  /** Lets the waiting call go on. */
  readonly release: () => void;
  readonly shutdowns: () => number;
}

async function start(): Promise<Started> {
  const waiting = Promise.withResolvers<undefined>();
  const data = Promise.withResolvers<GatherResult>();
  const app = createApp({
    config: readConfig({}),
    services: [hookService('patient-view')],
    gather: () => {
      waiting.resolve(undefined);
      return data.promise;
    },
    answer: answersWith(goodAnswer),
    ...noStore(),
    log,
  });
  let shutdowns = 0;
  const server = await startServer(app, {
    host: '127.0.0.1',
    port: 0,
    log,
    onShutdown: () => (shutdowns += 1),
  });
  return {
    ...server,
    waiting: waiting.promise,
    release: () => {
      data.resolve(gathered);
    },
    shutdowns: () => shutdowns,
  };
}

function call(url: string): Promise<Response> {
  return fetch(`${url}/cds-services/bone-heart-patient-view`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(validRequest()),
  });
}

describe('close', () => {
  test('finishes the running call, refuses new connections, then resolves', async () => {
    const server = await start();
    const running = call(server.url);
    await server.waiting;

    let closed = false;
    const closing = server.close().then(() => (closed = true));
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
    expect(closed).toBe(false);

    server.release();
    const response = await running;
    expect(response.status).toBe(200);
    expect((await jsonOf(response)).cards).toHaveLength(1);
    await closing;
  });

  test('does not wait for idle connections, and may be asked twice', async () => {
    const server = await start();
    const idle = connect(Number(new URL(server.url).port), '127.0.0.1');
    idle.on('error', () => undefined);
    await once(idle, 'connect');
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);

    await Promise.all([server.close(), server.close()]);
    expect(server.shutdowns()).toBe(1);
    idle.destroy();
  });

  test('leaves no signal handler behind', async () => {
    const before = process.listenerCount('SIGTERM');
    const server = await start();
    expect(process.listenerCount('SIGTERM')).toBe(before + 1);
    await server.close();
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });

  test('/readyz says so while the last calls run', async () => {
    const app = createApp({
      config: readConfig({}),
      services: [],
      gather: () => Promise.resolve(gathered),
      answer: answersWith(goodAnswer),
      ...noStore(),
      log,
    });
    const server = await startServer(app, { host: '127.0.0.1', port: 0, log });
    const port = Number(new URL(server.url).port);
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.on('data', (data) => (received += data.toString()));
    // The first line is out before the shutdown, so that the connection is not idle; the rest follows after it.
    socket.write('GET /readyz HTTP/1.1\r\nHost: x\r\n');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const closing = server.close();
    socket.write('\r\n');
    await Promise.all([once(socket, 'close'), closing]);
    expect(received).toContain(' 503 ');
    expect(received).toContain('shutting down');
  });
});

describe('listen', () => {
  test('a port that is taken is an error, not a crash', async () => {
    const server = await start();
    const app = createApp({
      config: readConfig({}),
      services: [],
      gather: () => Promise.resolve(gathered),
      answer: answersWith(goodAnswer),
      ...noStore(),
      log,
    });
    const port = Number(new URL(server.url).port);
    await expect(startServer(app, { host: '127.0.0.1', port, log })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    await server.close();
  });

  async function raw(text: string): Promise<string> {
    const server = await start();
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    let received = '';
    socket.on('data', (data) => (received += data.toString()));
    socket.write(text);
    await once(socket, 'close');
    await server.close();
    return received;
  }

  test('RFC 9112 section 3.2: no Host header → 400 with an OperationOutcome', async () => {
    const received = await raw('GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n');
    expect(received).toMatch(/^HTTP\/1\.1 400 /);
    expect(received).toContain('"resourceType":"OperationOutcome"');
  });

  test('an expectation that nobody can meet → 417 with an OperationOutcome', async () => {
    const received = await raw('GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: foo\r\n\r\n');
    expect(received).toMatch(/^HTTP\/1\.1 417 /);
    expect(received).toMatch(/\r\ncontent-type: application\/json\r\n/i);
    expect(JSON.parse(received.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', code: 'not-supported' }],
    });
  });

  test('what is not HTTP gets an OperationOutcome too', async () => {
    const server = await start();
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    let received = '';
    socket.on('data', (data) => (received += data.toString()));
    socket.write('this is not HTTP\r\n\r\n');
    await once(socket, 'close');
    expect(received).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(received.split('\r\n\r\n')[1] ?? '')).toHaveProperty(
      'resourceType',
      'OperationOutcome',
    );
    await server.close();
  });
});

describe('signals', () => {
  const script = `
    import { pino } from 'pino';
    import express from 'express';
    import { startServer } from './src/http/server.ts';
    const app = express();
    app.get('/slow', (_req, res) => { console.log('waiting'); setTimeout(() => res.send('done'), 500); });
    const { url } = await startServer(app, { host: '127.0.0.1', port: 0, log: pino({ level: 'silent' }) });
    console.log(url);
    setInterval(() => {}, 1000); // something that would keep the process alive
  `;

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: the running request is answered, then exit 0',
    async (signal) => {
      const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
        cwd: fileURLToPath(new URL('../..', import.meta.url)),
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exited = once(child, 'exit');
      const lines = child.stdout[Symbol.asyncIterator]();
      const url = String((await lines.next()).value).trim();
      const running = fetch(`${url}/slow`);
      await lines.next();
      child.kill(signal);
      child.kill(signal); // npm and the terminal both send it

      expect(await (await running).text()).toBe('done');
      expect(await exited).toEqual([0, null]);
    },
  );
});
