/** A balancer as sites have one: in turn to every replica whose /readyz says 200, and to the next when a connection is refused. */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const POLL_MS = 200;

interface Replica {
  readonly url: string;
  isReady: boolean;
}

export interface Balancer {
  readonly url: string;
  /** Calls that went to another replica because the first refused the connection: nothing had been sent. */
  redirected(): number;
  /** Takes part from its first good /readyz on. */
  add(url: string): void;
  remove(url: string): void;
  /** Waits until this many replicas take part. */
  takingPart(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Listens on a free port of the loopback address. */
export async function startBalancer(): Promise<Balancer> {
  const replicas: Replica[] = [];
  let turn = 0;
  let redirected = 0;

  const server = createServer((req, res) => {
    forward(req, res, [...replicas].filter(({ isReady }) => isReady).length);
  });

  /** One connection for each call, as nginx does it by default: none is reused while a replica closes it. */
  function forward(req: IncomingMessage, res: ServerResponse, tries: number): void {
    const ready = replicas.filter(({ isReady }) => isReady);
    turn += 1;
    const replica = ready[turn % Math.max(ready.length, 1)];
    if (replica === undefined) {
      res.writeHead(503).end();
      return;
    }
    let isConnected = false;
    const headers = { ...req.headers, connection: 'close' };
    const out = request(`${replica.url}${req.url ?? ''}`, { method: req.method, headers, agent: false });
    out.once('socket', (socket) => {
      socket.once('connect', () => {
        isConnected = true;
        req.pipe(out);
      });
    });
    out.once('response', (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    out.once('error', () => {
      if (!isConnected && tries > 1) {
        replica.isReady = false;
        redirected += 1;
        forward(req, res, tries - 1);
      } else if (res.headersSent) res.destroy();
      else res.writeHead(502).end();
    });
  }

  const poll = setInterval(() => {
    for (const replica of replicas) void ask(replica);
  }, POLL_MS);

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    redirected: () => redirected,
    add: (url) => {
      replicas.push({ url, isReady: false });
    },
    remove: (url) => {
      replicas.splice(
        replicas.findIndex((one) => one.url === url),
        1,
      );
    },
    takingPart: async (count) => {
      while (replicas.filter(({ isReady }) => isReady).length < count)
        await new Promise((resolve) => setTimeout(resolve, POLL_MS / 4));
    },
    close: async () => {
      clearInterval(poll);
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function ask(replica: Replica): Promise<void> {
  try {
    const answer = await fetch(`${replica.url}/readyz`, { signal: AbortSignal.timeout(1000) });
    await answer.text();
    replica.isReady = answer.status === 200;
  } catch {
    replica.isReady = false;
  }
}
