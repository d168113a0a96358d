/**
 * Puts the parts together: policy, gathering and the decision behind the HTTP app. main.ts listens; tests call it directly.
 */
import type { Express } from 'express';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { decide, type Decision } from './decide.ts';
import type { HookContext, PatientRecord } from './facts/record.ts';
import { createGather } from './gather/gather.ts';
import { CDS_HOOKS_VERSION, HOOK_VERSION, type CdsService } from './hooks/discovery.ts';
import { createApp, type Answer, type HookService } from './http/app.ts';
import type { Policy, ServicePlan } from './knowledge/policy.ts';
import { withUuids } from './render.ts';

export interface ServiceOptions {
  readonly config: Config;
  readonly policy: Policy;
  readonly log: Logger;
  /** Evaluation date, `YYYY-MM-DD`, in the time zone of the process. */
  readonly today: () => string;
  readonly newUuid: () => string;
}

export interface Service {
  readonly app: Express;
  /** Closes the connections to FHIR servers. */
  close(): Promise<void>;
}

/**
 * All queries of a call go out in one wave, and all calls to one EHR share these connections: with 16 queries a call, 16 calls that
 * prefetch nothing do not wait for each other.
 */
const CONNECTIONS_PER_SERVER = 256;

export function createService({ config, policy, log, today, newUuid }: ServiceOptions): Service {
  const gather = createGather({
    // Development mode with AUTH=off is all that exists: any http(s) server that the client names (design.md 6).
    allowServer: () => true,
    allowOpenServer: true,
    limits: { connections: CONNECTIONS_PER_SERVER },
  });
  const answer = (serviceId: string, record: PatientRecord, context: HookContext): Answer =>
    answerOf(decide(serviceId, record, context, policy, today()), newUuid);
  const services = [...policy.services.values()].map(hookService);
  return { app: createApp({ config, services, gather, answer, log }), close: () => gather.close() };
}

/** A service as discovery lists it, with the queries behind its templates. */
export function hookService({ definition, queries }: ServicePlan): HookService {
  const { hook, id, title, description, usageRequirements } = definition;
  const prefetch = Object.fromEntries(queries.map(({ key, template }) => [key, template]));
  const discovery: CdsService = {
    hook,
    id,
    title,
    description,
    usageRequirements,
    version: CDS_HOOKS_VERSION,
    hookVersion: HOOK_VERSION,
    prefetch,
  };
  return { discovery, queries };
}

function answerOf(decision: Decision, newUuid: () => string): Answer {
  const outcomes: Record<string, number> = {};
  for (const { finding } of decision.judgements)
    outcomes[finding.outcome] = (outcomes[finding.outcome] ?? 0) + 1;
  return {
    cards: withUuids(decision.cards, newUuid),
    explanation: () => ({ recommendations: decision.explain() }),
    outcomes: { ...outcomes, cards: decision.cards.length },
    faults: decision.faults,
  };
}

/** Today's date where the process runs (TZ), as the service's evaluation date. */
export function localDate(now: Date): string {
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${String(now.getFullYear())}-${pad(now.getMonth() + 1)}-${pad(now.getDate())}`;
}
