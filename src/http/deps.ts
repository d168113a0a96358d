/** What the HTTP layer is given: it translates and calls, and decides nothing clinical itself. */
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { HookContext, PatientRecord, Query } from '../facts/record.ts';
import type { Gather } from '../gather/gather.ts';
import type { Card } from '../hooks/card.ts';
import type { CdsService } from '../hooks/discovery.ts';
import type { HookRequest } from '../hooks/request.ts';
import type { DecisionRecord, FeedbackRecord, Quiet } from '../store/contract.ts';
import type { Metrics } from './metrics.ts';

export interface HookService {
  readonly discovery: CdsService;
  readonly queries: readonly Query[];
}

export interface Answer {
  readonly cards: Card[];
  /** Made and sent only when asked for. */
  readonly explanation: () => Record<string, unknown>;
  /** How many recommendations had which outcome. */
  readonly outcomes: Record<string, number>;
  /** What is kept of it: outcomes, cards and their uuids. */
  readonly record: Pick<DecisionRecord, 'outcomes' | 'cards'>;
  /** Rules that threw. Their cards are left out, the others are answered. */
  readonly faults: readonly { readonly recommendation: string; readonly error: unknown }[];
}

export interface AppDeps {
  readonly config: Config;
  readonly services: readonly HookService[];
  readonly gather: Gather;
  readonly answer: (serviceId: string, record: PatientRecord, context: HookContext) => Answer;
  /** What feedback has quieted for the patient of the call; empty when that cannot be told in time. Never rejects. */
  readonly quietsOf: (request: HookRequest, waitMs: number) => Promise<ReadonlyMap<string, Quiet>>;
  /** Keeps the decision, durable before the answer leaves, as far as that goes in time. Never rejects. */
  readonly remember: (
    request: HookRequest,
    decision: Pick<DecisionRecord, 'service' | 'durationMs' | 'missing' | 'outcomes' | 'cards'>,
    waitMs: number,
  ) => Promise<void>;
  /** Keeps a batch of feedback; durable when it resolves. ERR_STORE_UNAVAILABLE when it cannot be kept. */
  readonly keepFeedback: (entries: readonly Omit<FeedbackRecord, 'isKnown' | 'client'>[]) => Promise<void>;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Reasons why the service cannot answer, in our own words; empty when it can. */
  readonly ready?: () => string[];
  /** What does not work although hooks are answered. */
  readonly degraded?: () => readonly string[];
}
