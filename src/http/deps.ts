/** What the HTTP layer is given: it translates and calls, and decides nothing clinical itself. */
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { HookContext, PatientRecord, Query } from '../facts/record.ts';
import type { Gather } from '../gather/gather.ts';
import type { Card } from '../hooks/card.ts';
import type { CdsService } from '../hooks/discovery.ts';

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
  /** Rules that threw. Their cards are left out, the others are answered. */
  readonly faults: readonly { readonly recommendation: string; readonly error: unknown }[];
}

export interface AppDeps {
  readonly config: Config;
  readonly services: readonly HookService[];
  readonly gather: Gather;
  readonly answer: (serviceId: string, record: PatientRecord, context: HookContext) => Answer;
  readonly log: Logger;
  /** Reasons why the service cannot answer, in our own words; empty when it can. */
  readonly ready?: () => string[];
}
