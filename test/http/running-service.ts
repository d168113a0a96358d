/** A listening service with a made-up gather and answer, and requests as CDS Clients send them. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Ajv } from 'ajv';
import { expect } from '@jest/globals';
import { pino, type Logger } from 'pino';
import { readConfig } from '../../src/config.ts';
import type { Query } from '../../src/facts/record.ts';
import type { GatherResult } from '../../src/gather/gather.ts';
import type { Card } from '../../src/hooks/card.ts';
import { CDS_HOOKS_VERSION, HOOK_VERSION } from '../../src/hooks/discovery.ts';
import type { HookName } from '../../src/hooks/request.ts';
import { createApp, type Answer, type AppDeps, type HookService } from '../../src/http/app.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { NO_MEMORY } from '../../src/store/memory.ts';

const patientQuery: Query = {
  key: 'patient',
  resourceType: 'Patient',
  kind: 'read',
  template: 'Patient/{{context.patientId}}',
};

export function hookService(hook: HookName): HookService {
  return {
    discovery: {
      hook,
      title: `Bone and heart: ${hook}`,
      description: 'Test service.',
      id: `bone-heart-${hook}`,
      prefetch: { patient: patientQuery.template },
      usageRequirements: 'FHIR R4',
      version: CDS_HOOKS_VERSION,
      hookVersion: HOOK_VERSION,
    },
    queries: [patientQuery],
  };
}

const card: Card = {
  uuid: '2f1c3c1e-6f0b-4a3e-9d6c-0a1b2c3d4e5f',
  summary: 'Test card',
  indicator: 'info',
  source: { label: 'Test' },
};

export const goodAnswer: Answer = {
  cards: [card],
  outcomes: { recommend: 1 },
  record: {
    outcomes: [{ recommendation: 'test', version: '0.1.0', outcome: 'recommend', mode: 'show' }],
    cards: [
      {
        uuid: card.uuid,
        recommendations: [{ id: 'test', version: '0.1.0' }],
        indicator: 'info',
        suggestions: [],
        canBeQuieted: true,
      },
    ],
  },
  faults: [],
};

/** The answer as the service gives it: explained when that is asked for. */
export const answersWith =
  (
    answer: Answer,
    explanation: Record<string, unknown> = {
      recommendations: [{ id: 'test', outcome: 'recommend', facts: [], note: '', missing: null }],
    },
  ): AppDeps['answer'] =>
  (_service, _record, _context, { explained }) =>
  () =>
    explained ? { ...answer, explanation } : answer;

/** An app that remembers nothing. */
export const noStore = (): Pick<
  AppDeps,
  'metrics' | 'quietsOf' | 'remember' | 'keepFeedback' | 'accessOf'
> => ({
  metrics: createMetrics(() => ({ up: true, ...NO_MEMORY.counts })),
  quietsOf: () => () => Promise.resolve(new Map()),
  remember: () => Promise.resolve(),
  keepFeedback: () => Promise.resolve(),
  accessOf: () => ({ allowServer: () => false }),
});

export const gathered: GatherResult = {
  record: { patient: { resourceType: 'Patient', id: 'p1' }, queries: new Map() },
  sources: { patient: 'prefetch' },
  fetchMs: 0,
};

export interface Running {
  readonly url: string;
  readonly server: Server;
  /** Everything that was logged, as text. */
  readonly logged: () => string;
  stop(): Promise<void>;
}

export interface Fakes extends Partial<Omit<AppDeps, 'config' | 'log'>> {
  readonly env?: Record<string, string>;
}

/** Starts the app on a free port of this machine. */
export async function runService({ env = {}, ...fakes }: Fakes = {}): Promise<Running> {
  const lines: string[] = [];
  const app = createApp({
    config: readConfig(env),
    services: (['patient-view', 'order-select', 'order-sign', 'encounter-discharge'] as const).map(
      hookService,
    ),
    gather: () => Promise.resolve(gathered),
    answer: answersWith(goodAnswer),
    ...noStore(),
    log: logTo(lines),
    ...fakes,
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    logged: () => lines.join(''),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function logTo(lines: string[]): Logger {
  return pino({ level: 'debug' }, { write: (line: string) => lines.push(line) });
}

const draftOrders = {
  resourceType: 'Bundle',
  type: 'collection',
  entry: [
    { resource: { resourceType: 'MedicationRequest', id: 'd1', status: 'draft', intent: 'order' } },
    { resource: { resourceType: 'ServiceRequest', id: 'd2', status: 'draft', intent: 'order' } },
  ],
};

const ids = { userId: 'Practitioner/u1', patientId: 'p1' };

const CONTEXTS: Readonly<Record<HookName, Record<string, unknown>>> = {
  'patient-view': ids,
  'order-select': { ...ids, selections: ['MedicationRequest/d1'], draftOrders },
  'order-sign': { ...ids, draftOrders },
  'encounter-discharge': { ...ids, encounterId: 'e1' },
};

export const HOOKS = Object.keys(CONTEXTS) as HookName[];

export const fhirAuthorization = {
  access_token: 'secret-token',
  token_type: 'Bearer',
  expires_in: 300,
  scope: 'user/Observation.rs',
  subject: 'cds-service',
};

type Json = Record<string, unknown>;

/** A valid request of the hook, with a FHIR server, a token and prefetch. */
export function validRequest(hook: HookName = 'patient-view'): Json & { context: Json } {
  return {
    hook,
    hookInstance: 'D1577C69-DFBE-44AD-BA6D-3E05E953B2EA',
    fhirServer: 'https://ehr.example.org/fhir',
    fhirAuthorization: { ...fhirAuthorization },
    context: structuredClone(CONTEXTS[hook]),
    prefetch: { patient: { resourceType: 'Patient', id: 'p1' } },
  };
}

export function post(
  running: Running,
  body: unknown,
  init: RequestInit = {},
  hook = 'patient-view',
): Promise<Response> {
  return fetch(`${running.url}/cds-services/bone-heart-${hook}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
    ...init,
  });
}

const ajv = new Ajv({ strict: true });

const text = { type: 'string', minLength: 1 };
const validOutcome = ajv.compile({
  type: 'object',
  additionalProperties: false,
  required: ['resourceType', 'issue'],
  properties: {
    resourceType: { const: 'OperationOutcome' },
    issue: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['severity', 'code', 'details'],
        properties: {
          severity: { const: 'error' },
          code: text,
          details: { type: 'object', additionalProperties: false, required: ['text'], properties: { text } },
          diagnostics: text,
          expression: { type: 'array', minItems: 1, items: text },
        },
      },
    },
  },
});

/** J-1, J-3, S-4: the answer is JSON without empty values, and an OperationOutcome unless it is a success. */
export async function jsonOf(response: Response): Promise<Json> {
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  const body = JSON.parse(await response.text()) as Json;
  expect(emptyValues(body)).toEqual([]);
  if (!response.ok) expectOutcome(body);
  return body;
}

function expectOutcome(body: unknown): void {
  validOutcome(body);
  expect(validOutcome.errors ?? []).toEqual([]);
  expect(JSON.stringify(body)).not.toMatch(/\bat .*:\d+:\d+|node_modules|SyntaxError|secret-token/);
}

/** Paths of values that are null, "", [] or {}. Only `services` and `cards` may be an empty list. */
function emptyValues(value: unknown, path = ''): string[] {
  if (value === null || value === '') return [path];
  if (typeof value !== 'object') return [];
  const members = Object.entries(value);
  if (members.length === 0) return path === '/services' || path === '/cards' ? [] : [path];
  return members.flatMap(([key, member]) => emptyValues(member, `${path}/${key}`));
}

/** JSON pointers that the OperationOutcome names. */
export function pointersOf(body: Json): string[] {
  const issues = body.issue as { diagnostics?: string }[];
  return issues.flatMap(({ diagnostics }) =>
    diagnostics === undefined ? [] : [diagnostics.split(':')[0] ?? ''],
  );
}
