/** Servers of a test, ended after it, that answer as they are told. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect } from '@jest/globals';
import { ClientError } from '../../src/client/index.ts';

export type Handler = (req: IncomingMessage, res: ServerResponse, body: string) => void;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

export async function serve(handler: Handler): Promise<string> {
  const server = createServer((req, res) => {
    let body = '';
    req.on('data', (chunk: Buffer) => (body += chunk.toString()));
    req.on('end', () => {
      handler(req, res, body);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

export function json(
  res: ServerResponse,
  value: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  res.writeHead(status, { 'content-type': 'application/json', ...headers });
  res.end(typeof value === 'string' ? value : JSON.stringify(value));
}

export const entry = (more: object = {}): object => ({
  id: 's',
  hook: 'patient-view',
  description: 'd',
  ...more,
});

/** A service with one entry of discovery, which answers calls as it is told. */
export async function serviceWith(
  prefetch: object,
  answer: Handler = (_, res) => {
    json(res, { cards: [] });
  },
): Promise<string> {
  return serve((req, res, body) => {
    if (req.method === 'GET') json(res, { services: [entry({ prefetch })] });
    else answer(req, res, body);
  });
}

export async function errorOf(work: Promise<unknown>): Promise<ClientError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ClientError);
  return error as ClientError;
}
