/** Listening and stopping: the only state with a lifetime in the HTTP layer. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Express } from 'express';
import type { Logger } from 'pino';
import { ACCEPTING } from './app.ts';
import type { OperationOutcome } from './error-response.ts';

/** Against callers that send byte by byte. Node refuses a `headersMs` above `requestMs`. */
const TIMEOUTS = { headersMs: 10_000, requestMs: 30_000, checkMs: 2_000 };
/** The last resort below the limits of the machine: further connections are closed at once. */
const MOST_CONNECTIONS = 10_000;
/** What still runs then is cut off, so that the process ends within the 10 s that supervisors usually give. */
const SHUTDOWN_DEADLINE_MS = 9_000;
const IDLE_SWEEP_MS = 100;
/** Callers that never pause must not hold up a stop. */
const MOST_TURNS = 100;

export interface ServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly log: Logger;
  readonly timeouts?: typeof TIMEOUTS;
  /** False for a server that another one closes. */
  readonly stopsOnSignal?: boolean;
  /** Called once when the shutdown begins, for instance to stop timers. */
  readonly onShutdown?: () => void;
  /** Called once when the last request has been answered; the process ends when it resolves. */
  readonly onClosed?: () => Promise<void>;
}

export interface RunningServer {
  /** Where it listens, with the port that was taken. */
  readonly url: string;
  /** Stops accepting, lets running requests finish, then resolves. Calling it again waits for the same end. */
  close(): Promise<void>;
}

/**
 * Listens with the app until SIGTERM or SIGINT, which close the server and end the process with status 0.
 *
 * @throws The error of `listen`, for instance EADDRINUSE; nothing is left open then.
 */
export async function startServer(app: Express, options: ServerOptions): Promise<RunningServer> {
  const { headersMs, requestMs, checkMs } = options.timeouts ?? TIMEOUTS;
  const server = createServer(
    {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: checkMs,
      // Node would answer a request without Host by an empty 400; the app answers it with an OperationOutcome.
      requireHostHeader: false,
    },
    app,
  );
  server.on('clientError', refuseUnreadable).on('checkExpectation', refuseExpectation);
  server.maxConnections = MOST_CONNECTIONS;
  await listen(server, options.host, options.port);

  let closing: Promise<void> | undefined;
  function close(): Promise<void> {
    closing ??= shutDown(server, app, options).then(() => options.onClosed?.());
    return closing;
  }
  if (options.stopsOnSignal !== false)
    server.once(
      'close',
      onSignal(options.log, () => waitingAreIn(server).then(close)),
    );
  return { url: urlOf(server.address()), close };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function urlOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') return String(address);
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

/** Readiness off, no new connections, then every idle connection is closed as soon as its last answer is out. */
function shutDown(server: Server, app: Express, { log, onShutdown }: ServerOptions): Promise<void> {
  app.disable(ACCEPTING);
  onShutdown?.();
  return new Promise((resolve) => {
    // `server.close` alone waits for ever for a connection that becomes idle later.
    const sweep = setInterval(() => {
      server.closeIdleConnections();
    }, IDLE_SWEEP_MS);
    const deadline = setTimeout(() => {
      log.warn('shutdown deadline: open requests are cut off');
      server.closeAllConnections();
    }, SHUTDOWN_DEADLINE_MS);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(deadline);
      resolve();
    });
  });
}

/**
 * Connections that the system has accepted and we have not seen yet would be reset by `server.close`, after the client may have sent its
 * call: turns of the event loop until one brings none.
 */
async function waitingAreIn(server: Server): Promise<void> {
  let came = true;
  const note = (): void => {
    came = true;
  };
  server.on('connection', note);
  for (let turn = 0; turn < MOST_TURNS && (came || turn < 2); turn += 1) {
    came = false;
    await nextTurn();
  }
  server.off('connection', note);
}

/** A repeated signal changes nothing: npm and the terminal both send SIGINT on Ctrl-C. */
function onSignal(log: Logger, close: () => Promise<void>): () => void {
  function stop(signal: NodeJS.Signals): void {
    log.info({ signal }, 'shutting down');
    void close().then(() => process.exit(0));
  }
  process.on('SIGTERM', stop).on('SIGINT', stop);
  return () => {
    process.off('SIGTERM', stop).off('SIGINT', stop);
  };
}

/** What is not HTTP, or comes too slowly, never reaches the app; it gets its OperationOutcome here. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const status = CLIENT_ERROR_STATUS[error.code ?? ''] ?? '400 Bad Request';
  const body = JSON.stringify(UNREADABLE);
  const headers = `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close`;
  socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${body}`);
}

/** `Expect` with anything but 100-continue, which Node would answer by an empty 417. */
function refuseExpectation(_req: IncomingMessage, res: ServerResponse): void {
  const body = JSON.stringify(UNMET_EXPECTATION);
  res.writeHead(417, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  });
  res.end(body);
}

const UNMET_EXPECTATION: OperationOutcome = {
  resourceType: 'OperationOutcome',
  issue: [
    {
      severity: 'error',
      code: 'not-supported',
      details: { text: 'The Expect header asks for something that this service does not do.' },
    },
  ],
};

const UNREADABLE: OperationOutcome = {
  resourceType: 'OperationOutcome',
  issue: [
    { severity: 'error', code: 'structure', details: { text: 'This is not a readable HTTP request.' } },
  ],
};

const CLIENT_ERROR_STATUS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};
