/**
 * The doctor's FHIR server: read, search by GET and by POST `_search`, paging, and the ways in which real ones fail.
 *
 * Each hook call has a session with an access token of its own, so that a request shows which call it belongs to.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonObject } from '../json.ts';
import type { Chart } from './chart.ts';
import { searchset } from './chart.ts';
import { sendJson, startLoopback, type Loopback } from './loopback.ts';

/** A number is a status with an OperationOutcome; `foreign-next` and `redirect` lead elsewhere. */
export type Behaviour = 'good' | number | 'hang' | 'html' | 'redirect' | 'paged' | 'endless' | 'foreign-next';

export interface FhirRequest {
  /** Path and query below the base, of a `_search` its form. */
  readonly query: string;
  /** Whose token it carried: this session's, none, or one that is not this session's. */
  readonly token: 'right' | 'none' | 'wrong';
}

export interface FhirSession {
  readonly accessToken: string;
  readonly requests: readonly FhirRequest[];
  /** The hook call is over: a later request with its token is a token kept too long. */
  end(): void;
}

export interface FhirServer {
  /** FHIR base as the service is told it. */
  readonly base: string;
  /** @param answers what it holds, by query; asked before the chart. */
  begin(behaviour: Behaviour, chart: Chart, answers?: ReadonlyMap<string, unknown>): FhirSession;
  /** Requests ever, metadata not counted. */
  count(): number;
  /** Requests with a token whose call had been answered. */
  reusedTokens(): number;
  /** Those of them whose call had been answered more than `GRACE_MS` before. */
  lateRequests(): number;
  close(): Promise<void>;
}

/** A service that answers at its deadline may still have requests on the way. */
const GRACE_MS = 1000;
const LONGEST_FORM = 64 * 1024;
export const MOST_RECORDED = 2000;

interface Session extends FhirSession {
  readonly requests: FhirRequest[];
  readonly behaviour: Behaviour;
  readonly chart: Chart;
  readonly answers: ReadonlyMap<string, unknown>;
  endedAt: number | undefined;
}

export interface FhirServerOptions {
  readonly port: number;
  /** Where the service reaches this server when not on the loopback, e.g. through a tunnel. */
  readonly publicUrl: string | undefined;
  readonly elsewhere: string;
}

export async function startFhirServer({
  port,
  publicUrl,
  elsewhere,
}: FhirServerOptions): Promise<FhirServer> {
  const sessions = new Map<string, Session>();
  let current: Session | undefined;
  let total = 0;
  let reused = 0;
  let late = 0;
  let base = '';

  function answer(request: IncomingMessage, response: ServerResponse, form: string): void {
    const url = new URL(request.url ?? '', 'http://127.0.0.1');
    const path = url.pathname.replace(/^\/fhir\/?/, '').replace(/\/_search$/, '');
    if (path === 'metadata') {
      sendJson(response, 200, CAPABILITY);
      return;
    }
    const parameters = [url.search.slice(1), form].filter((part) => part !== '').join('&');
    const query = parameters === '' ? path : `${path}?${decoded(parameters)}`;
    const session = record(request.headers.authorization, query);
    if (session === undefined) sendJson(response, 401, outcome('login'));
    else reply(session, query, response, base, elsewhere);
  }

  /** Notes the request at the call that it belongs to; one without a known token at the call that is under way. */
  function record(authorization: string | undefined, query: string): Session | undefined {
    total += 1;
    const token = authorization?.replace(/^bearer /i, '');
    const owner = token === undefined ? undefined : sessions.get(token);
    const session = owner ?? current;
    if (session === undefined || session.requests.length >= MOST_RECORDED) return undefined;
    if (owner?.endedAt !== undefined) {
      reused += 1;
      if (performance.now() - owner.endedAt > GRACE_MS) late += 1;
    }
    const state = owner !== undefined ? 'right' : token === undefined ? 'none' : 'wrong';
    session.requests.push({ query, token: state });
    return state === 'wrong' ? undefined : session;
  }

  const server: Loopback = await startLoopback(port, (request, response) => {
    let form = '';
    request.on('data', (chunk: Buffer) => {
      form = (form + chunk.toString()).slice(0, LONGEST_FORM);
    });
    request.on('end', () => {
      answer(request, response, form);
    });
  });
  base = publicUrl ?? `${server.url}/fhir`;

  return {
    base,
    begin(behaviour, chart, answers = new Map()) {
      const accessToken = `doctor-access-${randomBytes(12).toString('hex')}`;
      const session: Session = {
        accessToken,
        requests: [],
        behaviour,
        chart,
        answers,
        endedAt: undefined,
        end: () => (session.endedAt ??= performance.now()),
      };
      sessions.set(accessToken, session);
      current = session;
      return session;
    },
    count: () => total,
    reusedTokens: () => reused,
    lateRequests: () => late,
    close: () => server.close(),
  };
}

const CAPABILITY = {
  resourceType: 'CapabilityStatement',
  status: 'active',
  kind: 'instance',
  fhirVersion: '4.0.1',
  format: ['json'],
  rest: [{ mode: 'server' }],
} as const;

function outcome(code: string): JsonObject {
  return { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code }] };
}

function decoded(parameters: string): string {
  return [...new URLSearchParams(parameters)].map(([name, value]) => `${name}=${value}`).join('&');
}

/** One form of a query to find answers by: parameters in order, paging left out. */
export function queryKey(query: string): string {
  const [path = '', ...rest] = query.split('?');
  const parameters = [...new URLSearchParams(rest.join('?'))]
    .filter(([name]) => name !== '_count' && name !== '_page')
    .map(([name, value]) => `${name}=${value.replace(/^Patient\//, '')}`);
  return [path, ...parameters.sort()].join('&');
}

function reply(
  { behaviour, chart, answers }: Session,
  query: string,
  response: ServerResponse,
  base: string,
  elsewhere: string,
): void {
  // Never answered: ends when the service gives up or the doctor closes.
  if (behaviour === 'hang') return;
  if (typeof behaviour === 'number') sendJson(response, behaviour, outcome('exception'));
  else if (behaviour === 'html') {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Please log in</body></html>');
  } else if (behaviour === 'redirect') {
    response.writeHead(302, { location: `${elsewhere}/fhir/${encodeURI(query)}` }).end();
  } else {
    const key = queryKey(query);
    const value = answers.has(key) ? answers.get(key) : chart.answer(query);
    if (value === null || value === undefined) sendJson(response, 404, outcome('not-found'));
    else if (behaviour === 'good' || !isSearchset(value)) sendJson(response, 200, value, FHIR_JSON);
    else sendJson(response, 200, page(value, query, behaviour, base, elsewhere), FHIR_JSON);
  }
}

const FHIR_JSON = { 'content-type': 'application/fhir+json' } as const;

function isSearchset(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && 'resourceType' in value && value.resourceType === 'Bundle'
  );
}

/** One entry a page, so that a service that reads only the first sees that there is more. */
function page(
  bundle: JsonObject,
  query: string,
  behaviour: 'paged' | 'endless' | 'foreign-next',
  base: string,
  elsewhere: string,
): JsonObject {
  const entries = Array.isArray(bundle['entry']) ? (bundle['entry'] as { resource: JsonObject }[]) : [];
  const [path = '', ...rest] = query.split('?');
  const parameters = new URLSearchParams(rest.join('?'));
  const number = Number(parameters.get('_page') ?? 0);
  const isLast = number >= entries.length - 1 && behaviour !== 'endless';
  const shown = entries[behaviour === 'endless' ? number % Math.max(1, entries.length) : number];
  parameters.set('_page', String(number + 1));
  const root = behaviour === 'foreign-next' ? `${elsewhere}/fhir` : base;
  const { entry: _entry, ...content } = searchset([], entries.length);
  return {
    ...content,
    ...(shown === undefined ? {} : { entry: [shown] }),
    ...(isLast ? {} : { link: [{ relation: 'next', url: `${root}/${path}?${parameters.toString()}` }] }),
  };
}
