/**
 * The interface as an OpenAPI 3.1 description, made from the schemas that requests and answers are checked against.
 *
 * @see https://spec.openapis.org/oas/v3.1.1
 */
import { existsSync, readFileSync } from 'node:fs';
import type { RequestHandler } from 'express';
import type { Config } from '../config.ts';
import type { ErrorCode } from '../errors.ts';
import { cdsResponseSchema } from '../hooks/card.ts';
import { discoverySchema } from '../hooks/discovery.ts';
import { feedbackSchema } from '../hooks/feedback.ts';
import { REQUEST_SCHEMAS, type HookName } from '../hooks/request.ts';
import { isJsonObject } from '../json.ts';
import { packageVersion } from '../package-version.ts';
import type { HookService } from './deps.ts';
import { PUBLIC_ERRORS } from './error-response.ts';

type Json = Readonly<Record<string, unknown>>;

export interface Described {
  readonly config: Config;
  readonly services: readonly HookService[];
}

/** GET /openapi.json. Made by the first request for it: most processes are never asked. */
export function sendOpenApi(described: Described): RequestHandler {
  let body: string | undefined;
  return function sendDescription(_req, res) {
    body ??= JSON.stringify(openApi(described));
    res.set('Cache-Control', 'no-cache').type('application/json').send(body);
  };
}

/** What a caller can ask and every status that it can get, for the services of this site and its public URL. */
export function openApi({ config, services }: Described): Json {
  return {
    openapi: '3.1.1',
    info: {
      title: 'bone-heart-cds',
      version: packageVersion(),
      summary: 'CDS Hooks service for bone health and cardiovascular risk.',
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: config.baseUrl }],
    externalDocs: { url: 'https://cds-hooks.hl7.org/2.0/', description: 'CDS Hooks 2.0' },
    tags: [{ name: 'CDS Hooks' }, { name: 'Operation' }],
    paths: {
      '/cds-services': { get: discoveryOperation(config) },
      ...Object.fromEntries(
        services.map((service) => [
          `/cds-services/${service.discovery.id}`,
          { post: hookOperation(service, config) },
        ]),
      ),
      '/cds-services/{id}/feedback': { post: feedbackOperation(services, config) },
      '/healthz': { get: HEALTH },
      '/readyz': { get: READINESS },
      '/openapi.json': { get: DESCRIBE },
    },
    components: {
      schemas: SCHEMAS,
      securitySchemes: {
        client: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'A JWT that the CDS Client signs for this one call: ES384 or RS384, kid, typ JWT, iss, aud (the exact URL that is called), iat, exp, jti.',
        },
      },
    },
  };
}

const DESCRIPTION = [
  'The interface for EHRs. The CDS Hooks specification says what each part means; this document says what this service accepts and answers.',
  'Every answer other than 2xx is a FHIR OperationOutcome and every answer has an X-Request-Id; what the HTTP server itself refuses (400, 408, 417, 431) has an OperationOutcome without it.',
  'HEAD is answered where GET is, OPTIONS everywhere with 204; any other method is a 405, any other path a 404.',
  'Not a medical device.',
].join('\n\n');

/** Before the body is read; see the order of steps in app.ts. Nobody is refused a token while AUTH=off. */
function callerErrors({ auth }: Config): readonly ErrorCode[] {
  return auth === 'off' ? [] : ['ERR_UNAUTHENTICATED', 'ERR_RATE_LIMITED'];
}

const ANYWHERE = ['ERR_BAD_REQUEST', 'ERR_METHOD_NOT_ALLOWED', 'ERR_INTERNAL'] as const;
const BODY = ['ERR_BAD_JSON', 'ERR_UNKNOWN_SERVICE', 'ERR_TOO_LARGE', 'ERR_MEDIA_TYPE', 'ERR_BUSY'] as const;

function discoveryOperation(config: Config): Json {
  const security = config.auth === 'off' || config.discovery === 'open' ? OPTIONAL : REQUIRED;
  return {
    tags: ['CDS Hooks'],
    operationId: 'discover',
    summary: 'The services, their hooks and prefetch templates',
    security,
    responses: {
      ...success('The services of this site.', 'Discovery'),
      ...errors([...ANYWHERE, ...callerErrors(config)]),
    },
  };
}

function hookOperation({ discovery }: HookService, config: Config): Json {
  const { hook, id, title, description } = discovery;
  const example = exampleRequest(hook);
  return {
    tags: ['CDS Hooks'],
    operationId: `call-${id}`,
    summary: title,
    description,
    security: config.auth === 'off' ? OPTIONAL : REQUIRED,
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: { $ref: `#/components/schemas/${requestName(hook)}` },
          ...(example === undefined ? {} : { examples: { sample: { value: example } } }),
        },
      },
    },
    responses: {
      ...success('The cards; an empty list is a good answer.', 'CdsResponse'),
      ...errors([...ANYWHERE, ...BODY, ...callerErrors(config), 'ERR_WRONG_HOOK', 'ERR_DATA_UNAVAILABLE']),
    },
  };
}

function feedbackOperation(services: readonly HookService[], config: Config): Json {
  return {
    tags: ['CDS Hooks'],
    operationId: 'feedback',
    summary: 'What became of cards',
    security: config.auth === 'off' ? OPTIONAL : REQUIRED,
    parameters: [
      {
        name: 'id',
        in: 'path',
        required: true,
        schema: { type: 'string', enum: services.map(({ discovery }) => discovery.id) },
      },
    ],
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: { $ref: '#/components/schemas/Feedback' },
          examples: { overridden: { value: EXAMPLE_FEEDBACK } },
        },
      },
    },
    responses: {
      '200': { description: 'Kept, durably. No body.', headers: REQUEST_ID },
      // A flood of feedback on unknown cards is refused whether or not clients authenticate.
      ...errors([...ANYWHERE, ...BODY, ...callerErrors(config), 'ERR_RATE_LIMITED', 'ERR_STORE_UNAVAILABLE']),
    },
  };
}

const EXAMPLE_FEEDBACK = {
  feedback: [
    {
      card: '2f1c3c1e-6f0b-4a3e-9d6c-0a1b2c3d4e5f',
      outcome: 'overridden',
      outcomeTimestamp: '2026-01-15T10:05:00Z',
      overrideReason: { userComment: 'Scan done elsewhere last month.' },
    },
  ],
};

const OPTIONAL = [{}, { client: [] }];
const REQUIRED = [{ client: [] }];

const REQUEST_ID = { 'X-Request-Id': { schema: { type: 'string', format: 'uuid' } } };
/** Headers that some errors have beside it. */
const ERROR_HEADERS: Readonly<Record<string, Json>> = {
  '401': { 'WWW-Authenticate': { schema: { type: 'string' } } },
  '405': { Allow: { schema: { type: 'string' } } },
  '429': { 'Retry-After': { schema: { type: 'integer' }, description: 'Seconds.' } },
  '503': { 'Retry-After': { schema: { type: 'integer' }, description: 'Seconds.' } },
};

function success(description: string, schema: string): Json {
  return { '200': { description, headers: REQUEST_ID, content: jsonOf(schema) } };
}

function jsonOf(schema: string): Json {
  return { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } };
}

/** One response for each status, with the texts of all its codes. */
function errors(codes: readonly ErrorCode[]): Json {
  const texts = new Map<string, Set<string>>();
  for (const code of codes) {
    const { status, text } = PUBLIC_ERRORS[code];
    const own = texts.get(String(status)) ?? new Set();
    texts.set(String(status), own.add(text));
  }
  return Object.fromEntries(
    [...texts].map(([status, own]) => [
      status,
      {
        description: [...own].join(' '),
        headers: { ...REQUEST_ID, ...ERROR_HEADERS[status] },
        content: jsonOf('OperationOutcome'),
      },
    ]),
  );
}

const text = { type: 'string', minLength: 1 } as const;

const SCHEMAS: Json = {
  Discovery: plain(discoverySchema),
  CdsResponse: plain(cdsResponseSchema),
  Feedback: plain(feedbackSchema),
  ...Object.fromEntries(
    Object.entries(REQUEST_SCHEMAS).map(([hook, schema]) => [requestName(hook), plain(schema)]),
  ),
  OperationOutcome: {
    type: 'object',
    required: ['resourceType', 'issue'],
    properties: {
      resourceType: { const: 'OperationOutcome' },
      issue: {
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          required: ['severity', 'code', 'details'],
          properties: {
            severity: { const: 'error' },
            code: { ...text, description: 'http://hl7.org/fhir/issue-type' },
            details: { type: 'object', required: ['text'], properties: { text } },
            diagnostics: text,
            expression: { type: 'array', minItems: 1, items: text },
          },
          additionalProperties: false,
        },
      },
    },
    additionalProperties: false,
  },
  Alive: object({ status: { const: 'alive' } }, ['status']),
  Ready: object(
    { status: { enum: ['ready', 'degraded'] }, reasons: { type: 'array', minItems: 1, items: text } },
    ['status'],
  ),
};

function object(properties: Json, required: readonly string[]): Json {
  return { type: 'object', properties, required, additionalProperties: false };
}

/** JSON Schema 2020-12, which OpenAPI 3.1 uses, has split draft 7's `dependencies`. */
function plain(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema), (key: string, value: unknown): unknown => {
    if (!isJsonObject(value) || !('dependencies' in value) || key === 'properties') return value;
    const { dependencies, ...rest } = value;
    return { ...rest, dependentRequired: dependencies };
  });
}

function requestName(hook: string): string {
  const words = hook.split('-').map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`);
  return `${words.join('')}Request`;
}

const HEALTH = {
  tags: ['Operation'],
  operationId: 'health',
  summary: 'Whether the process is alive',
  security: [{}],
  responses: { ...success('Alive.', 'Alive'), ...errors(ANYWHERE) },
};
const READINESS = {
  tags: ['Operation'],
  operationId: 'readiness',
  summary: 'Whether hooks are answered; degraded while decisions are not kept',
  security: [{}],
  responses: { ...success('Hooks are answered.', 'Ready'), ...errors([...ANYWHERE, 'ERR_SHUTTING_DOWN']) },
};
const DESCRIBE = {
  tags: ['Operation'],
  operationId: 'describe',
  summary: 'This document',
  security: [{}],
  responses: {
    '200': {
      description: 'OpenAPI 3.1.',
      headers: REQUEST_ID,
      content: { 'application/json': { schema: { type: 'object' } } },
    },
    ...errors(ANYWHERE),
  },
};

const SAMPLE = new URL('../../fixtures/requests/patient-view-low-bmd.json', import.meta.url);

/** The sample request of the welcome text, as it is sent by each hook; undefined in an installation without it. */
function exampleRequest(hook: HookName): unknown {
  if (!existsSync(SAMPLE)) return undefined;
  const sample: unknown = JSON.parse(readFileSync(SAMPLE, 'utf8'));
  if (!isJsonObject(sample) || !isJsonObject(sample['context'])) return undefined;
  const context = { ...sample['context'], ...EXAMPLE_CONTEXTS[hook] };
  return { ...sample, hook, context };
}

const DRAFT = {
  resourceType: 'ServiceRequest',
  id: 'draft-1',
  status: 'draft',
  intent: 'order',
  code: { text: 'Lipid panel' },
};
const DRAFT_ORDERS = { resourceType: 'Bundle', type: 'collection', entry: [{ resource: DRAFT }] };
const EXAMPLE_CONTEXTS: Readonly<Record<HookName, Json>> = {
  'patient-view': {},
  'order-select': { selections: ['ServiceRequest/draft-1'], draftOrders: DRAFT_ORDERS },
  'order-sign': { draftOrders: DRAFT_ORDERS },
  'encounter-discharge': { encounterId: 'encounter-1' },
};
