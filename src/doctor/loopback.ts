/** Small HTTP servers on 127.0.0.1: the doctor's own, for the service to call. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Loopback {
  readonly port: number;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * @param port 0 takes a free one.
 * @throws Error of `listen`, e.g. EADDRINUSE.
 */
export async function startLoopback(
  port: number,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Loopback> {
  const server = createServer(answer);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    port: taken,
    url: `http://127.0.0.1:${String(taken)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

export interface Elsewhere extends Loopback {
  /** Requests of the service to an address that it must not call, and whether one carried a bearer token. */
  readonly requests: readonly { readonly path: string; readonly withToken: boolean }[];
}

/**
 * A server that nobody may call: foreign next links, redirects, unlisted key sets and FHIR servers lead here.
 *
 * @param keySet what a service that does come gets, so that it would fall for it.
 */
export async function startElsewhere(keySet: () => unknown): Promise<Elsewhere> {
  const requests: { path: string; withToken: boolean }[] = [];
  const server = await startLoopback(0, (request, response) => {
    requests.push({ path: request.url ?? '', withToken: request.headers.authorization !== undefined });
    const isKeySet = request.url?.includes('jwks') === true;
    sendJson(response, 200, isKeySet ? keySet() : { resourceType: 'Bundle', type: 'searchset', total: 0 });
  });
  return { ...server, requests };
}
