/**
 * Puts the parts together: policy, gathering and the decision behind the HTTP app. main.ts listens; tests call it directly.
 */
import type { Express } from 'express';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { decide, type Decision, type Judgement } from './decide.ts';
import { ServiceError } from './errors.ts';
import { createGather } from './gather/gather.ts';
import { CDS_HOOKS_VERSION, HOOK_VERSION, type CdsService } from './hooks/discovery.ts';
import type { HookRequest } from './hooks/request.ts';
import { createApp, type Answer, type AppDeps, type HookService } from './http/app.ts';
import { NO_CLIENT } from './http/call.ts';
import { createMetrics, type CardFate, type Metrics } from './http/metrics.ts';
import type { Policy, ServicePlan } from './knowledge/policy.ts';
import { quietsFromFeedback, type SnoozeReasons } from './quiet.ts';
import { identified, MORE_TOPIC } from './render.ts';
import type { FeedbackRecord, KnownCard, OutcomeRecord } from './store/contract.ts';
import type { Memory, QuietsFrom } from './store/memory.ts';
import { patientKey } from './store/patient-key.ts';

export interface ServiceOptions {
  readonly config: Config;
  readonly policy: Policy;
  readonly log: Logger;
  readonly memory: Memory;
  /** Keys the hash by which the store knows a patient. */
  readonly patientKeySecret: string;
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

export function createService(options: ServiceOptions): Service {
  const { config, policy, log, memory, patientKeySecret, today, newUuid } = options;
  const gather = createGather({
    // Development mode with AUTH=off is all that exists: any http(s) server that the client names (design.md 6).
    allowServer: () => true,
    allowOpenServer: true,
    limits: { connections: CONNECTIONS_PER_SERVER },
  });
  const keyOf = ({ context }: HookRequest): string => patientKey(patientKeySecret, '', context.patientId);
  const metrics = createMetrics(() => ({ up: memory.problems().length === 0, ...memory.counts }));
  const services = [...policy.services.values()].map(hookService);
  const app = createApp({
    config,
    services,
    gather,
    log,
    metrics,
    degraded: () => memory.problems(),
    answer: (serviceId, record, context) =>
      answerOf(decide(serviceId, record, context, policy, today()), newUuid),
    quietsOf: (request, waitMs) => memory.quietsOf(keyOf(request), today(), waitMs),
    remember: async (request, decision, waitMs) => {
      const at = new Date().toISOString();
      const { hookInstance } = request;
      const record = {
        id: newUuid(),
        at,
        client: NO_CLIENT,
        hookInstance,
        patientKey: keyOf(request),
        ...decision,
      };
      await memory.remember(record, waitMs);
    },
    keepFeedback: feedbackKeeper({ memory, policy, metrics, today }),
  });
  return { app, close: () => gather.close() };
}

/** Feedback to the store, with the quiets that follow from it and the numbers that it changes. */
function feedbackKeeper({
  memory,
  policy,
  metrics,
  today,
}: Pick<ServiceOptions, 'memory' | 'policy' | 'today'> & {
  readonly metrics: Metrics;
}): AppDeps['keepFeedback'] {
  const { definitions, recommendations, overrideReasons } = policy.knowledge;
  const offered = new Set(overrideReasons.reasons.map(({ code }) => code));
  const snoozeOf = (id: string): SnoozeReasons => recommendations.get(id)?.snooze ?? {};
  return async (sent) => {
    const entries = sent.map((entry) => ({ ...entry, client: NO_CLIENT }));
    let fates: readonly CardFate[] = [];
    const quietsFrom: QuietsFrom = (cards) => {
      fates = fatesOf(entries, cards, offered);
      return quietsFromFeedback(entries, cards, definitions.snooze, snoozeOf, today());
    };
    try {
      await memory.keepFeedback(entries, quietsFrom, new Date().toISOString());
    } catch (error) {
      throw new ServiceError('ERR_STORE_UNAVAILABLE', 'feedback was not kept', { cause: error });
    }
    metrics.feedback(fates);
  };
}

/** What became of which recommendation, in words that are ours: a reason that we do not offer is `other`. */
function fatesOf(
  entries: readonly Omit<FeedbackRecord, 'isKnown'>[],
  cards: readonly KnownCard[],
  offered: ReadonlySet<string>,
): readonly CardFate[] {
  const byUuid = new Map(cards.map((card) => [card.uuid, card]));
  return entries.map(({ card, outcome, reason }) => {
    const known = byUuid.get(card)?.recommendations ?? [];
    const recommendation =
      known.length === 1 ? (known[0]?.id ?? 'unknown') : known.length > 1 ? MORE_TOPIC : 'unknown';
    const why = outcome === 'accepted' ? 'accepted' : reason === undefined ? 'none' : reason.code;
    return { recommendation, outcome, reason: reason === undefined || offered.has(why) ? why : 'other' };
  });
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
  const { cards, records } = identified(decision.cards, newUuid);
  return {
    cards,
    explanation: () => ({ recommendations: decision.explain() }),
    outcomes: { ...outcomes, cards: decision.cards.length },
    record: { cards: records, outcomes: decision.judgements.map(outcomeRecord) },
    faults: decision.faults,
  };
}

function outcomeRecord({ active: { recommendation, mode }, finding, quieted }: Judgement): OutcomeRecord {
  const { id, version } = recommendation;
  if (quieted !== undefined) return { recommendation: id, version, outcome: 'quiet', mode };
  const variant = finding.outcome === 'recommend' ? { variant: finding.variant } : {};
  return { recommendation: id, version, outcome: finding.outcome, ...variant, mode };
}

/** Today's date where the process runs (TZ), as the service's evaluation date. */
export function localDate(now: Date): string {
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${String(now.getFullYear())}-${pad(now.getMonth() + 1)}-${pad(now.getDate())}`;
}
