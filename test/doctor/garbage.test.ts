/** Whatever answers, the doctor ends in time, with a status, and prints nothing that moves a terminal's cursor. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { doctor } from '../../src/doctor/command.ts';

interface Told {
  readonly status: number;
  readonly text: string;
  readonly ms: number;
}

async function ask(url: string, ...args: readonly string[]): Promise<Told> {
  const lines: string[] = [];
  const began = performance.now();
  const status = await doctor({
    args: [url, '--timeout', '0.3', ...args],
    print: (text) => lines.push(text),
    printError: (text) => lines.push(text),
    colour: false,
  });
  return { status, text: lines.join('\n'), ms: performance.now() - began };
}

async function withTcp<T>(answer: (socket: Socket) => void, act: (url: string) => Promise<T>): Promise<T> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => {
      answer(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await act(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

type Handler = (path: string, response: ServerResponse) => void;

async function withHttp<T>(handler: Handler, act: (url: string) => Promise<T>): Promise<T> {
  const server = createHttpServer((request, response) => {
    request.resume();
    response.on('error', () => undefined);
    handler(request.url ?? '', response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await act(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const head = (more: string): string => `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${more}\r\n`;

function drip(socket: Socket): void {
  socket.write(head('content-length: 100000\r\n'));
  const timer = setInterval(() => socket.write(' '), 50);
  socket.once('close', () => {
    clearInterval(timer);
  });
}

function flood(socket: Socket): void {
  socket.write(head('content-length: 1000000000\r\n'));
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const go = (): void => {
    while (socket.writable && socket.write(chunk));
    if (socket.writable) socket.once('drain', go);
  };
  go();
}

describe('discovery that is no answer ends with status 2 and a sentence', () => {
  test.each<[string, (socket: Socket) => void]>([
    ['a socket closed at once', (socket) => socket.destroy()],
    ['silence', () => undefined],
    ['bytes that are no HTTP', (socket) => socket.end('\u0000\u001b[2Jnonsense\r\n\r\n')],
    ['a slow drip', drip],
    ['a body without end', flood],
    ['half an answer', (socket) => socket.end(head('content-length: 50\r\n') + '{"serv')],
    ['headers without end', (socket) => socket.write(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(50_000)}`)],
  ])('%s', async (_, answer) => {
    const told = await withTcp(answer, (url) => ask(url));
    expect(told.status).toBe(2);
    expect(told.text).toMatch(/^doctor: http:\/\/127\.0\.0\.1:\d+\/cds-services: \S/);
    expect(told.ms).toBeLessThan(5000);
  });

  test('nobody listens', async () => {
    expect(await ask('http://127.0.0.1:9')).toMatchObject({
      status: 2,
      text: expect.stringContaining('nobody listens'),
    });
  });
});

const entry = (more: object = {}): object => ({
  hook: 'patient-view',
  id: 'a',
  title: 'A',
  description: 'A',
  prefetch: { p: 'Patient/{{context.patientId}}' },
  ...more,
});
const json = (response: ServerResponse, body: unknown, status = 200): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

/** A right discovery answer, and `answer` to everything else. */
const listed =
  (services: readonly unknown[], answer: (response: ServerResponse) => void): Handler =>
  (path, response) => {
    if (path === '/cds-services') json(response, { services });
    else answer(response);
  };

const onlyPrintable = /^[^\p{Cc}\u2028\u2029]*$/u;

function expectReadable({ text, status }: Told): void {
  expect([0, 1, 2]).toContain(status);
  for (const line of text.split('\n')) expect(line).toMatch(onlyPrintable);
}

describe('a service that answers discovery and then', () => {
  test.each<[string, (response: ServerResponse) => void]>([
    ['closes every connection', (response) => response.socket?.destroy()],
    ['never answers', () => undefined],
    ['redirects in a circle', (response) => response.writeHead(307, { location: '/cds-services/a' }).end()],
    [
      'drips',
      (response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{"cards":['),
    ],
    ['sends nested lists', (response) => response.end('['.repeat(200_000) + ']'.repeat(200_000))],
    [
      'sends deep cards',
      (response) => response.end(`{"cards":[{"x":${'['.repeat(5000)}1${']'.repeat(5000)}}]}`),
    ],
    [
      'sends cards that are none',
      (response) => {
        json(response, { cards: [1, null, 'x', [], { suggestions: 'x', links: [1], source: 7 }] });
      },
    ],
    [
      'sends 20,000 cards',
      (response) => {
        json(response, { cards: Array.from({ length: 20_000 }, () => ({ summary: '\u001b[31mred' })) });
      },
    ],
    ['answers 429 for ever', (response) => response.writeHead(429, { 'retry-after': '0' }).end()],
    [
      'colours its errors',
      (response) => {
        json(response, { text: '\u001b]0;title\u0007\u001b[2J\r\n\u202eevil' }, 500);
      },
    ],
  ])(
    '%s',
    async (_, answer) => {
      const told = await withHttp(listed([entry()], answer), (url) => ask(url, '--max-requests', '150'));
      expectReadable(told);
      expect(told.status).toBe(1);
      expect(told.ms).toBeLessThan(20_000);
    },
    30_000,
  );

  test('a thousand services: the first twelve are called, within the limit of requests', async () => {
    let calls = 0;
    const services = Array.from({ length: 1000 }, (_, index) => entry({ id: `s${String(index)}` }));
    const told = await withHttp(
      (path, response) => {
        calls += 1;
        if (path === '/cds-services') json(response, { services });
        else json(response, { cards: [] });
      },
      (url) => ask(url, '--max-requests', '60'),
    );
    expect(calls).toBe(60);
    expect(told.text).toContain('1000 services are listed; the first 12 were called');
    expect(told.text).toContain('the limit of 60 requests is reached');
  }, 30_000);

  test('ids, hooks and templates that attack the reader or the URL', async () => {
    const ids = ['..', '../../x', '\u001b[31mred', '__proto__', 'a b?c#d', '%2e%2e', 'x'.repeat(5000)];
    const services = ids.map((id) =>
      entry({
        id,
        hook: id,
        prefetch: {
          ['\u001b[1m']: '{{context.__proto__}}',
          b: '{{{{}}',
          c: `Patient/{{${'context.'.repeat(3000)}}}`,
        },
      }),
    );
    const paths = new Set<string>();
    const told = await withHttp(
      (path, response) => {
        paths.add(path);
        if (path === '/cds-services') json(response, { services });
        else json(response, { cards: [] });
      },
      (url) => ask(url, '--max-requests', '200'),
    );
    expectReadable(told);
    for (const path of paths) expect(path).toMatch(/^\/cds-services(\/[^/?#]+(\/feedback)?)?$/);
  }, 30_000);
});

test('a service that sends back all that it gets: no token, header or patient is shown', async () => {
  let seen = '';
  const server = createHttpServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      const echo = JSON.stringify({ headers: request.headers, body: body.slice(0, 3000) });
      seen += echo;
      if (request.url === '/cds-services') json(response, { services: [entry()] });
      else if (request.headers.authorization === undefined) json(response, { echo }, 401);
      else if (body.includes('"prefetch"') && seen.length < 20_000) json(response, { cards: [] });
      else response.writeHead(500, { 'content-type': 'text/plain' }).end(echo);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const file = join(mkdtempSync(join(tmpdir(), 'doctor-')), 'request.json');
  const patient = {
    resourceType: 'Patient',
    id: 'erika-2f91',
    name: [{ text: 'Erika Mustermann' }],
    birthDate: '1951-02-03',
  };
  writeFileSync(
    file,
    JSON.stringify({
      hook: 'patient-view',
      context: { userId: 'Practitioner/dr-who', patientId: 'erika-2f91' },
      prefetch: { p: patient },
    }),
  );
  const told = await ask(
    url,
    '--iss',
    'https://doctor.example.org',
    '--header',
    'X-Api-Key: key-81f3',
    '--request',
    file,
    '--max-requests',
    '100',
  );
  const synthetic = await ask(url, '--iss', 'https://doctor.example.org', '--max-requests', '100', '--json');
  server.closeAllConnections();
  server.close();
  rmSync(dirname(file), { recursive: true });
  // It did come back.
  expect(seen).toMatch(/eyJ/);
  expect(seen).toMatch(/Mustermann/);
  expect(told.text).toContain('500 text/plain');
  for (const { text } of [told, synthetic])
    expect(text).not.toMatch(
      /eyJ|doctor-access-|key-81f3|Mustermann|erika-2f91|1951-02-03|dr-who|Doctor-Test/,
    );
}, 60_000);

/** Anything that could stand in a body: discovery, and the answers to calls. */
const anyBody = fc.oneof(
  fc.jsonValue(),
  fc.record({
    services: fc.array(
      fc.oneof(
        fc.jsonValue(),
        fc.record({
          id: fc.string(),
          hook: fc.constantFrom('patient-view', 'order-sign', 'x.y'),
          prefetch: fc.jsonValue(),
        }),
      ),
    ),
  }),
  fc.record({
    cards: fc.array(
      fc.oneof(
        fc.jsonValue(),
        fc.record({
          summary: fc.jsonValue(),
          suggestions: fc.jsonValue(),
          links: fc.jsonValue(),
          source: fc.jsonValue(),
          uuid: fc.string(),
        }),
      ),
    ),
    systemActions: fc.jsonValue(),
    extension: fc.jsonValue(),
  }),
);

test('whatever JSON, bytes and statuses come, the doctor ends with a status and a readable report', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          anyBody.map((body) => Buffer.from(JSON.stringify(body))),
          fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        ),
        { minLength: 1, maxLength: 8 },
      ),
      fc.array(fc.constantFrom(200, 200, 200, 204, 301, 400, 401, 404, 412, 500), {
        minLength: 1,
        maxLength: 5,
      }),
      fc.array(fc.jsonValue(), { maxLength: 2 }),
      async (bodies, statuses, extras) => {
        let turn = 0;
        const told = await withHttp(
          (path, response) => {
            turn += 1;
            if (path === '/cds-services' && turn === 1)
              json(response, { services: [entry(), entry({ id: 'b', hook: 'order-select' }), ...extras] });
            else
              response
                .writeHead(statuses[turn % statuses.length] ?? 200, { 'content-type': 'application/json' })
                .end(bodies[turn % bodies.length]);
          },
          (url) => ask(url, '--max-requests', '120'),
        );
        expectReadable(told);
      },
    ),
    { numRuns: 15 },
  );
}, 120_000);
