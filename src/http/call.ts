/** What is known about the HTTP request at hand, filled in step by step by the handlers of the route. */
import { randomUUID } from 'node:crypto';
import type { Request } from 'express';
import type { Caller } from '../auth/authenticate.ts';
import { ServiceError } from '../errors.ts';
import type { HookRequest } from '../hooks/request.ts';
import type { DecisionRecord } from '../store/contract.ts';
import type { Step } from '../tracing.ts';
import type { HookService } from './hook-service.ts';

export interface Call {
  readonly requestId: string;
  /** Epoch milliseconds: the deadline of the answer counts from here. */
  readonly startedAt: number;
  readonly startedTick: number;
  /** Pattern of the route, never the URL itself: a URL is the caller's text. */
  route: string;
  /** Who calls, once authenticated. */
  caller?: Caller;
  service?: HookService;
  /** Validated; let go when it is considered, because it holds the record. */
  request?: HookRequest;
  /** Set with `request`, and kept. */
  hookInstance?: string;
  error?: unknown;
  /** Told once how long the body was, after decompression. */
  bodyRead?: (bytes: number) => void;
  /** Queries that were not answered in full, by key, with the reason. */
  missing?: Readonly<Record<string, string>>;
  outcomes?: Readonly<Record<string, number>>;
  /** Where each query was answered from. */
  sources?: Readonly<Record<string, string>>;
  findings?: DecisionRecord['outcomes'];
  cards?: readonly { readonly recommendation: string; readonly indicator: string }[];
  readonly durations: Record<string, number>;
  /** The span of a hook call; undefined when no tracing is loaded. */
  trace?: Step;
}

/** Where clients do not authenticate, or this one did not. */
const NO_CLIENT = 'unauthenticated';

const calls = new WeakMap<Request, Call>();

export function beginCall(req: Request): Call {
  const call: Call = {
    requestId: randomUUID(),
    startedAt: Date.now(),
    startedTick: performance.now(),
    route: 'unmatched',
    durations: {},
  };
  calls.set(req, call);
  return call;
}

/** @throws ServiceError ERR_INTERNAL when `beginCall` was not the first step. */
export function callOf(req: Request): Call {
  return required(calls.get(req), 'call');
}

/**
 * A part of the call that an earlier step has set.
 *
 * @throws ServiceError ERR_INTERNAL when it has not: the steps are in the wrong order.
 */
export function required<T>(part: T | undefined, name: string): T {
  if (part === undefined)
    throw new ServiceError('ERR_INTERNAL', `${name} is missing: steps in the wrong order`);
  return part;
}

/** Milliseconds since `tick`, to the tenth. */
export function msSince(tick: number): number {
  return Math.round((performance.now() - tick) * 10) / 10;
}

/** Name of the caller for logs, numbers and the store: that of a configured client. */
export function clientName({ caller }: Call): string {
  return caller?.client.name ?? NO_CLIENT;
}
