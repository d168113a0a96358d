/**
 * Puts the parts together: policy, gathering and the decision behind the HTTP app. main.ts listens; tests call it directly.
 */
import { createSecretKey } from 'node:crypto';
import type { Express, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { createAuthenticator, type Authenticate, type Caller } from './auth/authenticate.ts';
import type { Client } from './auth/clients.ts';
import { isDemoKey } from './auth/demo-keys.ts';
import { fetchedKeys, givenKeys } from './auth/key-source.ts';
import { isLoopback, type Config } from './config.ts';
import {
  consider,
  explain,
  settle,
  type Considered,
  type Judgement,
  type Quiets,
  type Settled,
} from './decide.ts';
import { ServiceError } from './errors.ts';
import type { Chart } from './facts/chart.ts';
import type { AccessRules } from './gather/access.ts';
import { createGather } from './gather/gather.ts';
import { normalizeBase } from './gather/outbound.ts';
import { CDS_HOOKS_VERSION, HOOK_VERSION, type CdsService } from './hooks/discovery.ts';
import { createApp, createOperatorApp, type Answer, type AppDeps, type HookService } from './http/app.ts';
import type { Called } from './http/deps.ts';
import { strayFeedback, type Rates } from './http/limits.ts';
import { whenAsked } from './http/operator.ts';
import { createMetrics, type CardFate, type Metrics } from './http/metrics.ts';
import type { Policy, ServicePlan } from './knowledge/policy.ts';
import { quietsFromFeedback, type SnoozeReasons } from './quiet.ts';
import { identified } from './render.ts';
import { cardsFor, policyFor, PROFILES, type ProfileName, type RenderProfile } from './render-profile.ts';
import { topicOf, type FeedbackRecord, type KnownCard, type OutcomeRecord } from './store/contract.ts';
import type { Memory, QuietsFrom } from './store/memory.ts';
import { patientKey } from './store/patient-key.ts';

export interface ServiceOptions {
  readonly config: Config;
  readonly policy: Policy;
  readonly log: Logger;
  readonly memory: Memory;
  /** Trusted EHRs; nobody may call without them when AUTH=required. */
  readonly clients?: readonly Client[];
  /** Keys the hash by which the store knows a patient. */
  readonly patientKeySecret: string;
  /** Evaluation date, `YYYY-MM-DD`, in the time zone of the process. */
  readonly today: () => string;
  readonly newUuid: () => string;
}

export interface Service {
  readonly app: Express;
  /** For ADMIN_PORT; undefined when it is not set. */
  readonly operatorApp?: Express;
  /** Closes the connections to FHIR servers. */
  close(): Promise<void>;
}

/**
 * All queries of a call go out in one wave, and all calls to one EHR share these connections: with 16 queries a call, 16 calls that
 * prefetch nothing do not wait for each other.
 */
const CONNECTIONS_PER_SERVER = 256;

export function createService(options: ServiceOptions): Service {
  const { config, policy, log, memory, patientKeySecret, today, newUuid, clients = [] } = options;
  const authenticate =
    config.auth === 'off' ? undefined : authenticatorOf(clients, memory, config.nodeEnv === 'production');
  const gather = createGather({ ...NO_SERVER, limits: { connections: CONNECTIONS_PER_SERVER } });
  const keyOf = patientKeys(patientKeySecret);
  const metrics = createMetrics(() => ({ up: memory.problems().length === 0, ...memory.counts }));
  const services = [...policy.services.values()].map(hookService);
  const policies = policiesOf(policy);
  const operator = async (canCallHooks: boolean): Promise<RequestHandler> =>
    (await import('./web/operator.ts')).operatorRouter({
      config,
      policy,
      memory,
      metrics,
      today,
      canCallHooks,
    });
  const app = createApp({
    config,
    services,
    gather,
    accessOf: (caller) => accessOf(config, caller),
    ...(authenticate === undefined ? {} : { authenticate }),
    corsOrigins: corsOriginsOf(config, clients),
    log,
    metrics,
    ...(config.nodeEnv === 'production' ? {} : { knowledgeFhir: knowledgeFhir(policy) }),
    // design 3: operator pages are not for callers; production serves them on ADMIN_PORT or not at all.
    ...(config.nodeEnv === 'production' ? {} : { operator: () => operator(config.auth === 'off') }),
    degraded: () => memory.problems(),
    answer: (serviceId, record, context, { profile = 'default', explained }) => {
      const { considered, chart } = consider(serviceId, record, context, policies[profile], today());
      const shown = { considered, profile: PROFILES[profile], policy, newUuid };
      return explained
        ? explainedAnswer(shown, chart)
        : (quiets) => answerOf(shown, settle(considered, quiets));
    },
    quietsOf: (called) => memory.quietsOf(keyOf(called), today()),
    remember: async (called, decision, waitMs) => {
      const at = new Date().toISOString();
      const { client, hookInstance } = called;
      const record = { id: newUuid(), at, client, hookInstance, patientKey: keyOf(called), ...decision };
      await memory.remember(record, waitMs);
    },
    keepFeedback: feedbackKeeper({ memory, policy, metrics, today }),
    ...(config.nodeEnv === 'production' ? {} : { sampleFhir: sampleFhir(config, today) }),
  });
  const operatorApp =
    config.admin === undefined
      ? undefined
      : createOperatorApp({
          log,
          metrics,
          operator: () => operator(false),
          isLocal: isLoopback(config.admin.host),
        });
  return { app, ...(operatorApp === undefined ? {} : { operatorApp }), close: () => gather.close() };
}

/** The patient of a call as the store knows one, computed once for a call. */
function patientKeys(secret: string): (called: Called) => string {
  const hmac = createSecretKey(secret, 'utf8');
  const keys = new WeakMap<Called, string>();
  return (called) => {
    const { patientId, caller } = called;
    const key = keys.get(called) ?? patientKey(hmac, caller?.client.iss ?? '', patientId);
    keys.set(called, key);
    return key;
  };
}

function sampleFhir({ baseUrl }: Config, today: () => string): RequestHandler {
  return whenAsked(async () => {
    const { sampleFhirRoutes } = await import('./sample-fhir/routes.ts');
    return sampleFhirRoutes({ baseUrl, today, folder: new URL('../fixtures/patients/', import.meta.url) });
  });
}

/** In development beside the sample patients; production has it among the operator pages. */
function knowledgeFhir(policy: Policy): RequestHandler {
  return whenAsked(async () => (await import('./fhir-export/routes.ts')).knowledgeFhirRoutes({ policy }));
}

const NO_SERVER: AccessRules = { allowServer: () => false };

/** Any http(s) server in development without authentication; else those of the client, and only with its token. */
function accessOf({ auth }: Config, caller: Caller | undefined): AccessRules {
  if (auth === 'off') return { allowServer: () => true, allowOpenServer: true };
  const servers = new Set(caller?.client.fhirServers.map(normalizeBase));
  return { allowServer: (url) => servers.has(normalizeBase(url) ?? 'none') };
}

function corsOriginsOf({ corsOrigins }: Config, clients: readonly Client[]): Config['corsOrigins'] {
  return corsOrigins === '*' ? '*' : [...corsOrigins, ...clients.flatMap(({ origins = [] }) => origins)];
}

function authenticatorOf(clients: readonly Client[], memory: Memory, production: boolean): Authenticate {
  return createAuthenticator({
    clients,
    // Demo keys stay out in production though a key server offers them.
    keysOf: ({ jku, jwks }) =>
      jku === undefined
        ? givenKeys(jwks?.keys ?? [])
        : fetchedKeys(jku, () => performance.now(), { refuse: production ? isDemoKey : () => false }),
    useToken: (issuer, jti, expiresAt) => memory.useToken(issuer, jti, expiresAt),
    now: () => new Date(),
  });
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
  const strays = strayFeedback();
  return async (entries) => {
    let fates: readonly CardFate[] = [];
    const quietsFrom: QuietsFrom = (cards) => {
      refuseFlood(entries, cards, strays);
      fates = fatesOf(entries, cards, offered);
      return quietsFromFeedback(entries, cards, definitions.snooze, snoozeOf, today());
    };
    try {
      await memory.keepFeedback(entries, quietsFrom, new Date().toISOString());
    } catch (error) {
      if (error instanceof ServiceError) throw error;
      throw new ServiceError('ERR_STORE_UNAVAILABLE', 'feedback was not kept', { cause: error });
    }
    metrics.feedback(fates);
  };
}

/** Feedback on cards that we never sent is kept and flagged, but only so much of it that nobody can fill the disk with it. */
function refuseFlood(
  entries: readonly Omit<FeedbackRecord, 'isKnown'>[],
  cards: readonly KnownCard[],
  strays: Rates,
): void {
  const known = new Set(cards.map(({ uuid }) => uuid));
  const unknown = entries.filter(({ card }) => !known.has(card));
  const bytes = unknown.reduce((sum, entry) => sum + JSON.stringify(entry).length, 0);
  if (bytes > 0 && !strays.take(unknown[0]?.client ?? '', bytes))
    throw new ServiceError('ERR_RATE_LIMITED', 'feedback on unknown cards');
}

/** What became of which recommendation, in words that are ours: a reason that we do not offer is `other`. */
function fatesOf(
  entries: readonly Omit<FeedbackRecord, 'isKnown'>[],
  cards: readonly KnownCard[],
  offered: ReadonlySet<string>,
): readonly CardFate[] {
  const byUuid = new Map(cards.map((card) => [card.uuid, card]));
  return entries.map(({ card, outcome, reason }) => {
    const known = byUuid.get(card);
    const recommendation = known === undefined ? 'unknown' : topicOf(known);
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

/** Made once: a call only looks its own up. */
function policiesOf(policy: Policy): Readonly<Record<ProfileName, Policy>> {
  const of = (name: ProfileName): Policy => policyFor(policy, PROFILES[name]);
  return {
    default: of('default'),
    epic: of('epic'),
    oracle: of('oracle'),
    athena: of('athena'),
    sandbox: of('sandbox'),
  };
}

interface Shown {
  readonly considered: Considered;
  readonly profile: RenderProfile;
  readonly policy: Policy;
  readonly newUuid: () => string;
}

/** A function of its own: a closure beside it would hold the chart too, and with it the record. */
function explainedAnswer(shown: Shown, chart: Chart): (quiets: Quiets) => Answer {
  return (quiets) => {
    const settled = settle(shown.considered, quiets);
    return {
      ...answerOf(shown, settled),
      explanation: { recommendations: explain(settled, shown.considered.plan, chart) },
    };
  };
}

/** The cards are sent and recorded as the client can show them. */
function answerOf({ profile, policy, newUuid }: Shown, settled: Settled): Answer {
  const outcomes: Record<string, number> = {};
  for (const { finding } of settled.judgements)
    outcomes[finding.outcome] = (outcomes[finding.outcome] ?? 0) + 1;
  const { cards, records } = identified(cardsFor(settled.cards, profile, policy), newUuid);
  return {
    cards,
    outcomes: { ...outcomes, cards: cards.length },
    record: { cards: records, outcomes: settled.judgements.map(outcomeRecord) },
    faults: settled.faults,
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
