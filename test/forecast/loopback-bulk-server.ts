/** A Bulk Data server on the loopback: asynchronous export of one Group, Backend Services, and misbehaviour on demand. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createLocalJWKSet, jwtVerify, type JWK } from 'jose';

export interface BulkServerOptions {
  /** NDJSON of each file, by type. */
  readonly files: readonly (readonly [type: string, text: string])[];
  readonly errors?: string;
  /** Public key of the client; without it no token is asked for. */
  readonly publicKey?: JWK;
  /** Answers before the export is ready. */
  readonly pollsBefore?: number;
  /** Status answered first, once, by path prefix. */
  readonly busyOnce?: Readonly<Record<string, number>>;
  readonly gzip?: boolean;
  /** Tokens are good for so many requests. */
  readonly usesOfToken?: number;
  readonly requiresAccessToken?: boolean;
  readonly manifestUrl?: (url: string) => string;
  readonly statusUrl?: (url: string) => string;
  readonly tokenEndpoint?: string;
  readonly failExport?: number;
}

export interface LoopbackBulkServer {
  readonly url: string;
  readonly requests: readonly string[];
  readonly tokens: () => number;
  close(): Promise<void>;
}

export async function startBulkServer(options: BulkServerOptions): Promise<LoopbackBulkServer> {
  const requests: string[] = [];
  const busy = new Map(Object.entries(options.busyOnce ?? {}));
  const used = new Map<string, number>();
  let polls = 0;
  let origin = '';

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?')[0] ?? '';
    requests.push(
      `${request.method ?? ''} ${path}${request.headers.authorization === undefined ? '' : ' token'}`,
    );
    const status = [...busy].find(([prefix]) => path.startsWith(prefix));
    if (status !== undefined) {
      busy.delete(status[0]);
      response.writeHead(status[1], { 'retry-after': '0' }).end('busy');
      return;
    }
    if (path === '/fhir/.well-known/smart-configuration') {
      json(response, 200, { token_endpoint: options.tokenEndpoint ?? `${origin}/token` });
      return;
    }
    if (path === '/token') {
      await giveToken(request, response);
      return;
    }
    if (
      options.publicKey !== undefined &&
      !(path.startsWith('/files') && options.requiresAccessToken === false)
    ) {
      const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
      const left = used.get(token) ?? 0;
      if (left <= 0) {
        response.writeHead(401).end();
        return;
      }
      used.set(token, left - 1);
    }
    route(request, response, path);
  }

  function route(request: IncomingMessage, response: ServerResponse, path: string): void {
    if (path === '/fhir/Group/g1/$export' && request.headers.prefer === 'respond-async') {
      const url = `${origin}/status/1`;
      response.writeHead(202, { 'content-location': options.statusUrl?.(url) ?? url }).end();
    } else if (path === '/status/1' && request.method === 'DELETE') response.writeHead(202).end();
    else if (path === '/status/1') status(response);
    else if (path.startsWith('/files/')) file(response, Number(path.slice('/files/'.length)));
    else if (path === '/errors') response.writeHead(200).end(options.errors);
    else response.writeHead(404).end();
  }

  function status(response: ServerResponse): void {
    polls += 1;
    if (polls <= (options.pollsBefore ?? 1)) {
      response.writeHead(202, { 'retry-after': '0', 'x-progress': 'in progress' }).end();
      return;
    }
    if (options.failExport !== undefined) {
      response.writeHead(options.failExport).end('Synthetic Patient1 could not be exported');
      return;
    }
    const url = (path: string): string => options.manifestUrl?.(`${origin}${path}`) ?? `${origin}${path}`;
    json(response, 200, {
      transactionTime: '2026-01-01T00:00:00Z',
      request: `${origin}/fhir/Group/g1/$export`,
      requiresAccessToken: options.requiresAccessToken ?? true,
      output: options.files.map(([type], number) => ({ type, url: url(`/files/${String(number)}`) })),
      error: options.errors === undefined ? [] : [{ type: 'OperationOutcome', url: url('/errors') }],
    });
  }

  function file(response: ServerResponse, number: number): void {
    const text = options.files[number]?.[1] ?? '';
    if (options.gzip === true) response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(text));
    else response.writeHead(200, { 'content-type': 'application/fhir+ndjson' }).end(text);
  }

  async function giveToken(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const assertion = new URLSearchParams(body).get('client_assertion') ?? '';
    const keys = createLocalJWKSet({ keys: options.publicKey === undefined ? [] : [options.publicKey] });
    try {
      await jwtVerify(assertion, keys, {
        issuer: 'forecast',
        subject: 'forecast',
        audience: `${origin}/token`,
        requiredClaims: ['jti', 'exp'],
      });
    } catch {
      json(response, 400, { error: 'invalid_client' });
      return;
    }
    const token = `token-${String(used.size + 1)}`;
    used.set(token, options.usesOfToken ?? Infinity);
    json(response, 200, { access_token: token, token_type: 'bearer', expires_in: 300 });
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    url: `${origin}/fhir`,
    requests,
    tokens: () => used.size,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
