import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Resource } from '../../src/facts/record.ts';

/** What a resource type answers instead of its data; a number is an HTTP status with an OperationOutcome. */
export type Fault =
  number | 'html' | 'hang' | 'redirect' | 'oversize' | 'gzip' | 'outcome' | 'not-a-resource' | 'null';

export interface LoopbackOptions {
  readonly pageSize?: number;
  /** Faults by resource type. */
  readonly faults?: Readonly<Record<string, Fault>>;
  /** Faults by resource type from the second page on. */
  readonly pageFaults?: Readonly<Record<string, Fault>>;
  /** What stands in the Bundle in place of the right next link. */
  readonly nextLink?: (url: string) => string;
}

export interface RecordedRequest {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
}

export interface LoopbackFhirServer {
  /** FHIR base: `http://127.0.0.1:<port>/fhir`. */
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** Connections ever opened. */
  connections(): number;
  close(): Promise<void>;
}

const MEGABYTES_TOO_MANY = 'x'.repeat(200_000);

/**
 * A FHIR R4 server on the loopback: read, type search with `patient`, `code`, `_count`, `_sort=-date` and paging; other parameters are
 * ignored. Faults make it misbehave by resource type.
 */
export async function startFhirServer(
  resources: readonly Resource[],
  options: LoopbackOptions = {},
): Promise<LoopbackFhirServer> {
  const requests: RecordedRequest[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    requests.push({
      method: request.method ?? '',
      url: request.url ?? '',
      authorization: request.headers.authorization,
    });
    answer(request, response, resources, options, baseOf(server.address()));
  });
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  return { url: baseOf(server.address()), requests, connections: () => connections, close };
}

function baseOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') throw new TypeError('not listening on a port');
  return `http://127.0.0.1:${String(address.port)}/fhir`;
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  resources: readonly Resource[],
  options: LoopbackOptions,
  base: string,
): void {
  const url = new URL(request.url ?? '', base);
  const [, root, type = '', id] = url.pathname.split('/');
  const fault = (url.searchParams.has('_page') ? options.pageFaults : options.faults)?.[type];
  if (root !== 'fhir' || request.method !== 'GET') send(response, 404, outcome('not-found'));
  else if (fault !== undefined) misbehave(response, fault, base);
  else if (id === undefined) send(response, 200, search(url, type, resources, options, base));
  else
    sendOne(
      response,
      resources.find((one) => one.resourceType === type && one.id === id),
    );
}

function sendOne(response: ServerResponse, resource: Resource | undefined): void {
  if (resource === undefined) send(response, 404, outcome('not-found'));
  else send(response, 200, resource);
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/fhir+json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

export function outcome(code: string, severity = 'error'): Resource {
  return { resourceType: 'OperationOutcome', issue: [{ severity, code }] };
}

function misbehave(response: ServerResponse, fault: Fault, base: string): void {
  if (typeof fault === 'number') send(response, fault, outcome('exception'));
  if (fault === 'html') send(response, 200, '<html>Please log in</html>', { 'content-type': 'text/html' });
  if (fault === 'redirect') send(response, 302, '', { location: `${base}/Patient/elsewhere` });
  if (fault === 'oversize') send(response, 200, { resourceType: 'Bundle', id: MEGABYTES_TOO_MANY });
  if (fault === 'gzip') send(response, 200, '\x1f\x8b', { 'content-encoding': 'gzip' });
  if (fault === 'outcome') send(response, 200, outcome('throttled'));
  if (fault === 'not-a-resource') send(response, 200, { hello: 'world' });
  if (fault === 'null') send(response, 200, 'null');
}

function search(
  url: URL,
  type: string,
  resources: readonly Resource[],
  options: LoopbackOptions,
  base: string,
): Resource {
  const found = resources.filter((one) => one.resourceType === type && matches(one, url.searchParams));
  if (url.searchParams.get('_sort') === '-date') found.sort((a, b) => dateOf(b).localeCompare(dateOf(a)));
  const size = Number(url.searchParams.get('_count') ?? options.pageSize ?? 1_000);
  const page = Number(url.searchParams.get('_page') ?? 0);
  const entry = found.slice(page * size, (page + 1) * size).map((resource) => ({
    fullUrl: `${base}/${type}/${String(resource.id)}`,
    resource,
    search: { mode: 'match' },
  }));
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: found.length,
    link: links(url, page, size, found.length, options),
    entry,
  };
}

function links(
  url: URL,
  page: number,
  size: number,
  total: number,
  { nextLink }: LoopbackOptions,
): unknown[] {
  const self = { relation: 'self', url: url.href };
  if ((page + 1) * size >= total) return [self];
  const next = new URL(url);
  next.searchParams.set('_page', String(page + 1));
  return [self, { relation: 'next', url: nextLink === undefined ? next.href : nextLink(next.href) }];
}

function matches(resource: Resource, parameters: URLSearchParams): boolean {
  const patient = parameters.get('patient')?.replace('Patient/', '');
  const codes = parameters.get('code')?.split(',');
  const ownCodes = codingsOf(resource).flatMap(({ system, code }) => [
    String(code),
    `${String(system)}|${String(code)}`,
  ]);
  return (
    (patient === undefined || referenceOf(resource) === `Patient/${patient}`) &&
    (codes === undefined || codes.some((code) => ownCodes.includes(code)))
  );
}

interface Concept {
  readonly coding?: readonly { readonly system?: unknown; readonly code?: unknown }[];
}

function codingsOf(resource: Resource): { readonly system?: unknown; readonly code?: unknown }[] {
  return [...((resource.code as Concept | undefined)?.coding ?? [])];
}

function referenceOf(resource: Resource): unknown {
  return ((resource.subject ?? resource.patient) as { reference?: unknown } | undefined)?.reference;
}

function dateOf(resource: Resource): string {
  const dates = [
    resource.effectiveDateTime,
    resource.authoredOn,
    resource.recordedDate,
    resource.performedDateTime,
  ];
  return dates.find((date) => typeof date === 'string') ?? '';
}
