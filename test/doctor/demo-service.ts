/**
 * A small right CDS service on order-sign, and switches that break it in one way each. Nothing clinical: it says how many results it saw.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, importJWK, jwtVerify, type JWK } from 'jose';

type Json = Record<string, unknown>;

export interface DemoOptions {
  readonly defects?: readonly string[];
  /** Trusts one client: its keys are at the `jku` that its first token names. Without it nobody is authenticated. */
  readonly client?: { readonly iss: string };
  /** Turns of 10 ms or more that a call waits for the FHIR server: turns, so that a busy machine does not shorten it. */
  readonly patience?: number;
}

export interface DemoService {
  readonly url: string;
  close(): Promise<void>;
}

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}

function afterTurns(turns: number): AbortSignal {
  const controller = new AbortController();
  let left = turns;
  const turn = (): void => {
    left -= 1;
    if (left > 0) setTimeout(turn, 10).unref();
    else controller.abort();
  };
  turn();
  return controller.signal;
}

const ID = 'demo';
const FIELDS = { userId: /^Practitioner(Role)?\/[\w.-]+$/, patientId: /^[\w.-]+$/ } as const;
const TEMPLATES: Readonly<Record<string, string>> = {
  patient: 'Patient/{{context.patientId}}',
  results: 'Observation?patient={{context.patientId}}&code=http://loinc.org|13457-7,http://loinc.org|2085-9',
};
const MEGABYTE = 1024 * 1024;

export async function startDemo({
  defects = [],
  client,
  patience = 40,
}: DemoOptions = {}): Promise<DemoService> {
  const has = (defect: string): boolean => defects.includes(defect);
  const used = new Set<string>();
  const keys = new Map<string, JWK>();
  let kept: string | undefined;
  let trustedJku: string | undefined;
  const fixedUuid = randomUUID();

  const server = createServer((request, response) => {
    void serve(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const origin = request.headers.origin;
    if (origin !== undefined && !has('no CORS')) {
      response.setHeader('access-control-allow-origin', has('cookies for everybody') ? origin : '*');
      if (has('cookies for everybody')) response.setHeader('access-control-allow-credentials', 'true');
    }
    try {
      if (request.method === 'OPTIONS') {
        if (has('preflight needs a token')) throw new Refusal(401, 'no token');
        if (!has('no CORS'))
          response.setHeader(
            'access-control-allow-headers',
            has('CORS headers *') ? '*' : 'authorization, content-type',
          );
        response.writeHead(204).end();
        return;
      }
      const path = request.url ?? '';
      if (path === '/cds-services') {
        discovery(response);
        return;
      }
      await authenticate(request.headers.authorization, path);
      if (path === `/cds-services/${ID}/feedback` && !has('no feedback')) await feedback(request, response);
      else if (path === `/cds-services/${ID}`) await hook(request, response);
      else throw new Refusal(404, 'nothing here');
    } catch (error) {
      const status = error instanceof Refusal ? error.status : 500;
      const text = status === 401 && !has('says why') ? 'a token is needed' : String(error);
      const body = has('errors without OperationOutcome')
        ? { error: text }
        : {
            resourceType: 'OperationOutcome',
            issue: [
              {
                severity: 'error',
                code: 'invalid',
                details: { text: has('stack trace') && error instanceof Error ? error.stack : text },
              },
            ],
          };
      if (status === 401 && !has('no WWW-Authenticate')) response.setHeader('www-authenticate', 'Bearer');
      send(response, status, body);
      request.resume();
    }
  }

  function send(response: ServerResponse, status: number, body: unknown): void {
    response.setHeader('content-type', has('text/html') && status === 200 ? 'text/html' : 'application/json');
    response.writeHead(status).end(`${has('byte order mark') ? '\ufeff' : ''}${JSON.stringify(body)}`);
  }

  function discovery(response: ServerResponse): void {
    if (has('redirect')) {
      response.writeHead(302, { location: '/elsewhere' }).end();
      return;
    }
    const entry: Json = {
      hook: has('hook without domain') ? 'my-hook' : 'order-sign',
      id: ID,
      title: has('no title') ? undefined : 'Demo',
      description: has('no description') ? undefined : 'A demo service.',
      prefetch: {
        ...TEMPLATES,
        ...(has('bad token') ? { bad: 'Observation?patient={{Patient.id}}' } : {}),
        ...(has('token that the hook lacks') ? { bad: 'Observation?patient={{context.patient}}' } : {}),
        ...(has('FHIRPath token')
          ? { later: 'Observation?date=ge{{today() - 90 days}}&patient={{context.patientId}}' }
          : {}),
        ...(has('%key before its key')
          ? { later: 'Practitioner/{{%encounter.participant.individual.id}}' }
          : {}),
        ...(has('sort:desc') ? { later: 'Procedure?patient={{context.patientId}}&sort:desc=date' } : {}),
      },
      ...(has('empty prefetch') ? { prefetch: {} } : {}),
      ...(has('nested prefetch') ? { prefetch: { ...TEMPLATES, deep: { a: 'Patient/1' } } } : {}),
      ...(has('usageRequirements number') ? { usageRequirements: 7 } : {}),
      version: has('version R4') ? 'R4' : '2.0.1',
      hookVersion: has('hookVersion 9') ? '9' : undefined,
      ...(has('fhirVersion') ? { fhirVersion: '4.0.1' } : {}),
    };
    const services = has('listed twice') ? [entry, entry] : [entry];
    send(response, 200, has('no list') ? { service: services } : { services });
  }

  async function readBody(request: IncomingMessage): Promise<unknown> {
    if (
      !has('takes any media type') &&
      request.headers['content-type']?.startsWith('application/json') !== true
    )
      throw new Refusal(415, 'not JSON');
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > (has('small bodies only') ? 0.1 : 8) * MEGABYTE) throw new Refusal(413, 'too large');
      chunks.push(chunk);
    }
    try {
      return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
    } catch (error) {
      if (has('500 on bad JSON')) throw error;
      throw new Refusal(400, 'no JSON');
    }
  }

  function require(condition: boolean, text: string): void {
    if (!condition) throw new Refusal(400, text);
  }

  async function hook(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST' && !has('any method')) throw new Refusal(405, 'POST only');
    const body = request.method === 'POST' ? await readBody(request) : { hook: 'order-sign' };
    if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new Refusal(400, 'no object');
    const call = body as Json;
    if (request.method === 'POST') check(call);
    const context = (call['context'] ?? {}) as Json;
    const prefetch = (call['prefetch'] ?? {}) as Json;
    if (has('slow')) await new Promise((resolve) => setTimeout(resolve, 520));
    if (has('fails without encounterId') && context['encounterId'] === undefined)
      throw new TypeError('encounterId');
    const seen: Json = {};
    const signal = afterTurns(patience);
    for (const key of Object.keys(TEMPLATES)) seen[key] = await valueOf(key, prefetch, call, signal);
    const isMissing = seen['patient'] === undefined && request.method === 'POST';
    if (isMissing && has('500 on missing data')) throw new TypeError('patient is undefined');
    if (isMissing && has('400 on missing data')) throw new Refusal(400, 'patient is missing');
    if (isMissing && !(has('failed reads are no data') && call['fhirServer'] !== undefined))
      throw new Refusal(412, 'no patient');
    const isFetched = prefetch['results'] === undefined && has('other cards when it fetches');
    const results = isFetched ? [] : entriesOf(seen['results'], String(context['patientId']));
    const isUnknown = seen['results'] === undefined;
    answer(response, results, isUnknown, call);
  }

  function check(call: Json): void {
    const context = call['context'] as Json | undefined;
    require(call['hook'] === 'order-sign' || (has('any hook') && typeof call['hook'] === 'string'), 'hook');
    require(has('any hookInstance') || /^[0-9a-f-]{36}$/i.test(String(call['hookInstance'])), 'hookInstance');
    require(typeof context === 'object', 'context');
    for (const [field, form] of Object.entries(FIELDS)) {
      const value = context?.[field];
      require(has('any context') || (typeof value === 'string' && form.test(value)), field);
    }
    const drafts = context?.['draftOrders'] as Json | undefined;
    require(has('any context') || typeof drafts === 'object', 'draftOrders');
    if (has('strict drafts')) require(drafts?.['type'] === 'collection', 'draftOrders.type');
    if (has('closed schema')) require(!('doctorUnknown' in call), 'unknown member');
    const server = call['fhirServer'] as string | undefined;
    require(has('any fhirServer') || server === undefined || /^https?:\/\//.test(server), 'fhirServer');
    const access = call['fhirAuthorization'] as Json | undefined;
    if (access === undefined || has('any fhirAuthorization')) return;
    require(server !== undefined, 'fhirServer');
    for (const member of ['access_token', 'token_type', 'scope', 'subject'])
      require(typeof access[member] === 'string', member);
    require(Number.isInteger(access['expires_in']), 'expires_in');
    if (has('patient is required')) require(typeof access['patient'] === 'string', 'patient');
  }

  /** A value; null for none; undefined for unknown. */
  async function valueOf(key: string, prefetch: Json, call: Json, signal: AbortSignal): Promise<unknown> {
    const given = prefetch[key];
    if (given === null && has('500 on null')) throw new TypeError('null');
    if (given === null && !has('asks again for null')) return null;
    if (typeof given === 'object' && given !== null) {
      const { resourceType, id, entry } = given as Json;
      const patientId = (call['context'] as Json)['patientId'];
      if (resourceType === 'OperationOutcome' && has('500 on OperationOutcome'))
        throw new TypeError('outcome');
      if (resourceType === 'OperationOutcome' && has('an error is none')) return null;
      if (key === 'patient')
        return resourceType === 'Patient' && (id === patientId || has('data of anybody')) ? given : undefined;
      if (resourceType === 'Bundle' && entry === undefined && has('500 without entry'))
        throw new TypeError('entry');
      if (resourceType === 'Bundle') return given;
    } else if (given !== undefined && has('500 on odd values')) throw new TypeError('odd');
    if (resourceOutcome(given)) return undefined;
    return fetched(key, call, signal);
  }

  function resourceOutcome(value: unknown): boolean {
    return (
      typeof value === 'object' && value !== null && (value as Json)['resourceType'] === 'OperationOutcome'
    );
  }

  async function fetched(key: string, call: Json, signal: AbortSignal): Promise<unknown> {
    const { fhirServer, fhirAuthorization } = call as { fhirServer?: string; fhirAuthorization?: Json };
    if (fhirServer === undefined || fhirAuthorization === undefined) return undefined;
    const patientId = String((call['context'] as Json)['patientId']);
    const { expires_in: life, patient = patientId, access_token: token, scope } = fhirAuthorization;
    if ((life as number) <= 0 && !has('uses expired tokens')) return undefined;
    if (patient !== patientId && !has('uses tokens of others')) return undefined;
    const type = key === 'patient' ? 'Patient' : 'Observation';
    const wide = String(scope).includes('*') || String(scope).includes(type);
    if (!wide && !has('asks beyond the scope')) return undefined;
    // The client that is trusted has one server.
    if (client !== undefined && new URL(fhirServer).pathname !== '/fhir') return undefined;
    if (
      client !== undefined &&
      !has('any fhirServer of a client') &&
      !fhirServer.startsWith(trustedFhir ?? fhirServer)
    )
      return undefined;
    trustedFhir ??= fhirServer;
    kept ??= String(token);
    if (has('uses the token later')) {
      const later = (): Promise<unknown> =>
        fetch(`${fhirServer}/Patient/later`, { headers: { authorization: `Bearer ${String(token)}` } }).catch(
          () => undefined,
        );
      for (let tenths = 10; tenths < 25; tenths += 1) setTimeout(() => void later(), tenths * 100);
    }
    if (has('SMART 1 only') && /\.[a-z]*s$/.test(String(scope)) && !String(scope).includes('user/*.*'))
      return undefined;
    const bearer = has('keeps the token') ? kept : String(token);
    const query = (TEMPLATES[key] ?? '').replace('{{context.patientId}}', patientId).replaceAll('|', '%7C');
    try {
      return await pages(`${fhirServer}/${query}`, fhirServer, bearer, signal);
    } catch (error) {
      if (has('500 on FHIR errors')) throw error;
      return undefined;
    }
  }

  let trustedFhir: string | undefined;

  async function pages(first: string, base: string, bearer: string, signal: AbortSignal): Promise<unknown> {
    let next: string | undefined = first;
    let whole: Json | undefined;
    for (let page = 0; next !== undefined && (page < 30 || has('reads pages for ever')); page += 1) {
      const response: Response = await fetch(next, {
        headers: has('no token to FHIR') ? {} : { authorization: `Bearer ${bearer}` },
        redirect: has('follows redirects') ? 'manual' : 'error',
        ...(has('waits for ever') ? {} : { signal }),
      });
      const location = response.headers.get('location');
      const answer =
        location !== null
          ? await fetch(location, { headers: { authorization: `Bearer ${bearer}` } })
          : response;
      if (!answer.ok) throw new Error(`FHIR ${String(answer.status)}`);
      const content = (await answer.json()) as Json;
      const entry = [
        ...((whole?.['entry'] as unknown[] | undefined) ?? []),
        ...((content['entry'] as unknown[] | undefined) ?? []),
      ];
      whole = content['resourceType'] === 'Bundle' ? { ...content, entry } : content;
      const links = (content['link'] as { relation: string; url: string }[] | undefined) ?? [];
      const link = links.find(({ relation }) => relation === 'next')?.url;
      const mayFollow = link !== undefined && (link.startsWith(`${base}/`) || has('follows links anywhere'));
      next = mayFollow && !has('reads one page') ? link : undefined;
    }
    return whole;
  }

  function entriesOf(bundle: unknown, patientId: string): Json[] {
    const entries =
      ((bundle as Json | null | undefined)?.['entry'] as { resource?: Json }[] | undefined) ?? [];
    return entries
      .flatMap(({ resource }) => (resource?.['resourceType'] === 'Observation' ? [resource] : []))
      .filter(
        ({ subject }) =>
          has('data of anybody') || (subject as Json | undefined)?.['reference'] === `Patient/${patientId}`,
      );
  }

  function answer(response: ServerResponse, results: readonly Json[], isUnknown: boolean, call: Json): void {
    if (results.length === 0 && has('204')) {
      response.writeHead(204).end();
      return;
    }
    const texts = results.map(({ code }) => String((code as Json)['text']));
    const shown = has('shows texts as they are')
      ? texts
      : texts.map((text) => text.replace(/[<[\]()]/g, '\\$&'));
    const create = {
      type: 'create',
      description: has('action without description') ? undefined : 'Order a test',
      resource: has('create without resource')
        ? undefined
        : {
            resourceType: 'ServiceRequest',
            status: 'draft',
            intent: 'order',
            subject: { reference: `Patient/${String((call['context'] as Json | undefined)?.['patientId'])}` },
            ...(has('empty FHIR list') ? { note: [] } : {}),
          },
      ...(has('action of another type') ? { type: 'replace' } : {}),
    };
    const suggestion = (label: string): Json => ({
      label,
      uuid: has('suggestion without uuid') ? undefined : randomUUID(),
      ...(has('two are recommended') ? { isRecommended: true } : {}),
      actions: [create],
    });
    const card: Json = {
      uuid: has('no uuid') ? undefined : has('one uuid for all') ? fixedUuid : randomUUID(),
      summary: has('long summary')
        ? 'x'.repeat(140)
        : has('two lines')
          ? 'one\ntwo'
          : isUnknown
            ? 'Results are not known'
            : `Results: ${String(results.length)}`,
      detail: [...shown, ...(has('HTML in detail') ? ['<b>bold</b>'] : []), 'Seen.'].join('\n'),
      indicator: has('hard-stop') ? 'hard-stop' : 'info',
      source: {
        label: has('no source label') ? undefined : 'Demo',
        ...(has('relative source URL') ? { url: '/about' } : {}),
        ...(has('topic without system') ? { topic: { code: 'x' } } : {}),
      },
      suggestions: [suggestion('First'), suggestion('Second')],
      selectionBehavior: has('no selectionBehavior') ? undefined : 'at-most-one',
      overrideReasons: [
        { system: 'urn:x', code: 'a', display: has('reasons without display') ? undefined : 'A' },
      ],
      links: [
        {
          label: 'More',
          type: 'absolute',
          url: has('relative link') ? '/more' : 'https://example.org/more',
          ...(has('appContext on absolute') ? { appContext: 'x' } : {}),
        },
      ],
      ...(has('null member') ? { extra: null } : {}),
      ...(has('extension list') ? { extension: ['x'] } : {}),
    };
    const access = call['fhirAuthorization'] as Json | undefined;
    send(response, 200, {
      cards: results.length === 0 && !isUnknown && !has('a card for none') ? [] : [card],
      ...(has('systemActions') ? { systemActions: [create] } : {}),
      ...(has('echoes the token') && access !== undefined
        ? { extension: { 'org.example.debug': access['access_token'] } }
        : {}),
    });
  }

  async function feedback(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await readBody(request)) as { feedback?: unknown };
    const list = body.feedback;
    if (has('takes any feedback')) {
      response.writeHead(200).end();
      return;
    }
    require(Array.isArray(list) && list.length > 0, 'feedback');
    const entries = list as Json[];
    require(entries.length === 1 || !has('one entry only'), 'one entry');
    for (const { card, outcome, outcomeTimestamp, acceptedSuggestions, overrideReason } of entries) {
      require(typeof card === 'string', 'card');
      require(outcome === 'accepted' || outcome === 'overridden', 'outcome');
      require(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(String(outcomeTimestamp)), 'outcomeTimestamp');
      const isAccepted = Array.isArray(acceptedSuggestions) && acceptedSuggestions.length > 0;
      require(outcome === 'overridden' || isAccepted, 'acceptedSuggestions');
      require(overrideReason === undefined ||
        Object.keys(overrideReason as object).length > 0, 'overrideReason');
      if (has('reason required'))
        require(overrideReason !== undefined || outcome === 'accepted', 'overrideReason');
    }
    if (has('echoes feedback')) send(response, 200, body);
    else response.writeHead(200).end();
  }

  async function authenticate(authorization: string | undefined, path: string): Promise<void> {
    if (client === undefined || (has('open feedback') && path.endsWith('/feedback'))) return;
    const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1];
    const refuse = (why: string): never => {
      throw new Refusal(401, why);
    };
    if (token === undefined) return refuse('no token');
    try {
      const header = decodeProtectedHeader(token);
      const claims = decodeJwt(token);
      if (header.alg === 'none' && has('takes alg none')) return undefined;
      if (typeof header.kid !== 'string' && !has('kid is optional')) return refuse('kid');
      if (header.typ !== 'JWT') return refuse('typ');
      trustedJku ??= header.jku ?? '';
      const jku = has('fetches any jku') ? (header.jku ?? trustedJku) : trustedJku;
      if (jku !== header.jku && !has('kid is optional')) return refuse('jku');
      const jwk =
        has('takes the key of the header') && header.jwk !== undefined
          ? header.jwk
          : await keyOf(jku, header.kid);
      if (jwk === undefined) return refuse('key');
      if (!['ES384', ...(has('ES384 only') ? [] : ['RS384'])].includes(String(header.alg)))
        return refuse('alg');
      if (!has('does not verify')) {
        const currentDate = has('does not look at time')
          ? new Date(((claims.iat ?? 0) + 1) * 1000)
          : new Date();
        await jwtVerify(token, await importJWK(jwk, String(header.alg)), { currentDate, clockTolerance: 30 });
      }
      const { iss, aud, exp, iat, jti } = claims;
      if (iss !== client.iss && !has('any issuer')) return refuse('iss');
      if (typeof exp !== 'number' || typeof iat !== 'number') return refuse('exp');
      const seconds = Date.now() / 1000;
      if (!has('does not look at time') && (exp - iat > 3600 || iat > seconds + 60 || exp < seconds - 60))
        return refuse('exp');
      if (![aud].flat().includes(`${url}${path}`) && !has('any audience')) return refuse('aud');
      if (Array.isArray(aud) && has('aud is no list')) return refuse('aud');
      if (claims['tenant'] !== undefined && claims['tenant'] !== 'north' && !has('any tenant'))
        return refuse('tenant');
      if (typeof jti !== 'string') return refuse('jti');
      if (used.has(jti) && !has('replay')) return refuse('jti used');
      used.add(jti);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      return refuse(`invalid: ${String(error)}`);
    }
  }

  async function keyOf(jku: string, kid: string | undefined): Promise<JWK | undefined> {
    const known = keys.get(`${jku} ${String(kid)}`);
    if (known !== undefined && !has('needs the key server each time')) return known;
    if (!has('asks for each kid')) {
      const invented = kid?.startsWith('doctor-invented') === true;
      if (invented) return undefined;
    }
    const { keys: fresh } = (await (await fetch(jku)).json()) as { keys: JWK[] };
    createLocalJWKSet({ keys: fresh });
    for (const key of fresh) keys.set(`${jku} ${String(key.kid)}`, key);
    return keys.get(`${jku} ${String(kid)}`) ?? (has('kid is optional') ? fresh[0] : undefined);
  }

  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
