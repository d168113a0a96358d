/** What the HTTP layer is given: it translates and calls, and decides nothing clinical itself. */
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { Authenticate, Caller } from '../auth/authenticate.ts';
import type { Config } from '../config.ts';
import type { HookContext, PatientRecord } from '../facts/record.ts';
import type { AccessRules } from '../gather/access.ts';
import type { Gather } from '../gather/gather.ts';
import type { Card } from '../hooks/card.ts';
import type { ProfileName } from '../render-profile.ts';
import type { DecisionRecord, FeedbackRecord, Quiet } from '../store/contract.ts';
import type { HookService } from './hook-service.ts';
import type { Metrics } from './metrics.ts';

export type { HookService } from './hook-service.ts';

export interface Answer {
  readonly cards: Card[];
  /** Made when it was asked for. */
  readonly explanation?: Record<string, unknown>;
  /** How many recommendations had which outcome. */
  readonly outcomes: Record<string, number>;
  /** What is kept of it: outcomes, cards and their uuids. */
  readonly record: Pick<DecisionRecord, 'outcomes' | 'cards'>;
  /** Rules that threw. Their cards are left out, the others are answered. */
  readonly faults: readonly { readonly recommendation: string; readonly error: unknown }[];
}

/** What the store needs to know of a hook call: by whom, about whom. */
export interface Called {
  readonly hookInstance: string;
  readonly patientId: string;
  readonly caller?: Caller;
  /** Name of the client for the store. */
  readonly client: string;
}

export interface AppDeps {
  readonly config: Config;
  /** CORS_ORIGINS with those of the trusted clients. */
  readonly corsOrigins?: Config['corsOrigins'];
  readonly services: readonly HookService[];
  readonly gather: Gather;
  /** What the calling client lets us ask; without a caller development's rules. */
  readonly accessOf: (caller: Caller | undefined) => AccessRules;
  /**
   * Considers the record at once; the answer is given when it is known what is quiet. Without an explanation, what is returned holds
   * nothing of the record: between the two a call waits for the store.
   */
  readonly answer: (
    serviceId: string,
    record: PatientRecord,
    context: HookContext,
    options: {
      /** Of the calling client; `default` without. */
      readonly profile?: ProfileName | undefined;
      /** Whether `explanation` will be asked for. */
      readonly explained: boolean;
    },
  ) => (quiets: ReadonlyMap<string, Quiet>) => Answer;
  /** Asks what feedback has quieted for the patient of the call; empty when it is not told in the time. Never rejects. */
  readonly quietsOf: (call: Called) => (waitMs: number) => Promise<ReadonlyMap<string, Quiet>>;
  /** Keeps the decision, durable before the answer leaves, as far as that goes in time. Never rejects. */
  readonly remember: (
    called: Called,
    decision: Pick<DecisionRecord, 'service' | 'durationMs' | 'missing' | 'queries' | 'outcomes' | 'cards'>,
    waitMs: number,
  ) => Promise<void>;
  /** Keeps a batch of feedback; durable when it resolves. ERR_STORE_UNAVAILABLE when it cannot be kept. */
  readonly keepFeedback: (entries: readonly Omit<FeedbackRecord, 'isKnown'>[]) => Promise<void>;
  /** Undefined while AUTH=off. */
  readonly authenticate?: Authenticate;
  /** The knowledge as FHIR, below `/fhir`: an operator page. */
  readonly knowledgeFhir?: RequestHandler;
  readonly metrics: Metrics;
  /** Development only: the sample patients as a FHIR server. */
  readonly sampleFhir?: RequestHandler;
  /** Loads the operator pages. Undefined where this port does not serve them: in production. */
  readonly operator?: () => Promise<RequestHandler>;
  readonly log: Logger;
  /** Reasons why the service cannot answer, in our own words; empty when it can. */
  readonly ready?: () => string[];
  /** What does not work although hooks are answered. */
  readonly degraded?: () => readonly string[];
}
