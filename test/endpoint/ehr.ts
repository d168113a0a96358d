/**
 * A small EHR for tests: fills prefetch templates from a FHIR server as a CDS Client does, and fires hooks at a service.
 */
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { readConfig } from '../../src/config.ts';
import type { CdsResponse, Card } from '../../src/hooks/card.ts';
import type { CdsService } from '../../src/hooks/discovery.ts';
import type { Policy } from '../../src/knowledge/policy.ts';
import type { Client } from '../../src/auth/clients.ts';
import { createService } from '../../src/service.ts';
import { NO_MEMORY, type Memory } from '../../src/store/memory.ts';
import { guideline } from '../build-record.ts';

export interface TestService {
  readonly url: string;
  /** Sets the evaluation date of the next calls. */
  setToday(date: string): void;
  discovery(): Promise<readonly CdsService[]>;
  call(id: string, body: unknown): Promise<{ status: number; body: CdsResponse }>;
  close(): Promise<void>;
}

/** The real app with a fixed evaluation date, on a loopback port, any free one unless it is given. */
export async function startService(
  policy: Policy = guideline,
  env: Readonly<Record<string, string>> = {},
  memory: Memory = NO_MEMORY,
  clients: readonly Client[] = [],
  port = 0,
): Promise<TestService> {
  let today = '2026-01-15';
  const service = createService({
    config: readConfig(env),
    policy,
    log: pino({ level: 'silent' }),
    memory,
    clients,
    patientKeySecret: 'a secret of the tests, thirty-two characters',
    today: () => today,
    newUuid: randomUUID,
  });
  const server = createServer(service.app);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    url,
    setToday: (date) => {
      today = date;
    },
    discovery: async () =>
      ((await (await fetch(`${url}/cds-services`)).json()) as { services: CdsService[] }).services,
    call: async (id, body) => {
      const response = await fetch(`${url}/cds-services/${id}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: (await response.json()) as CdsResponse };
    },
    close: async () => {
      await service.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A hook request for a patient, without prefetch. */
export function hookRequest(
  hook: string,
  patientId: string,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const { context = {}, ...rest } = more;
  return {
    hook,
    hookInstance: randomUUID(),
    context: { userId: 'Practitioner/d1', patientId, ...(context as object) },
    ...rest,
  };
}

/** Fills the templates as a CDS Client does: a template with a token that has no value is left out. */
export async function fillPrefetch(
  service: CdsService,
  context: Readonly<Record<string, string>>,
  fhirServer: string,
): Promise<Record<string, unknown>> {
  const filled = Object.entries(service.prefetch ?? {}).map(async ([key, template]) => {
    const tokens = [...template.matchAll(/\{\{context\.(\w+)\}\}/g)].map(([, name = '']) => name);
    if (tokens.some((name) => !Object.hasOwn(context, name))) return [];
    const query = template.replace(/\{\{context\.(\w+)\}\}/g, (_, name: string) =>
      encodeURIComponent(context[name] ?? ''),
    );
    const response = await fetch(`${fhirServer}/${query}`);
    return [[key, response.status === 404 ? null : await response.json()] as const];
  });
  return Object.fromEntries((await Promise.all(filled)).flat());
}

/** Recommendation id -> indicator, in the order of the cards. */
export function topics(cards: readonly Card[]): Record<string, string> {
  return Object.fromEntries(cards.map(({ source, indicator }) => [source.topic?.code ?? '', indicator]));
}

/** Cards without their fresh ids, for comparison. */
export function withoutUuids(cards: readonly Card[]): unknown {
  return JSON.parse(JSON.stringify(cards, (key, value: unknown) => (key === 'uuid' ? undefined : value)));
}
