/**
 * Numbers for Prometheus; the only file that imports prom-client.
 *
 * Every label has a bounded set of values: ids of this version's cards/, our own words, and the names of configured clients. Nothing
 * of a patient and nothing that a caller writes becomes a label.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { DecisionRecord } from '../store/contract.ts';

export interface CardFate {
  readonly recommendation: string;
  readonly outcome: 'accepted' | 'overridden';
  /** Code of an override reason that we offer, `other`, `none`, or `accepted`. */
  readonly reason: string;
}

export interface StoreHealth {
  readonly up: boolean;
  readonly decisionsKept: number;
  readonly decisionsLost: number;
  readonly quietsUnread: number;
  readonly feedbackKept: number;
  readonly feedbackRefused: number;
}

/** What of a call is counted. */
export interface CountedCall {
  readonly route: string;
  readonly service?: { readonly discovery: { readonly id: string } };
  /** Set for a hook call that was valid. */
  readonly hookInstance?: string;
  readonly durations: Readonly<Record<string, number>>;
  readonly findings?: DecisionRecord['outcomes'];
  readonly cards?: readonly { readonly recommendation: string; readonly indicator: string }[];
  /** Where each query was answered from. */
  readonly sources?: Readonly<Record<string, string>>;
}

export interface Metrics {
  /** One request that has been answered. */
  answered(call: CountedCall, client: string, status: number, totalMs: number): void;
  feedback(fates: readonly CardFate[]): void;
  readonly contentType: string;
  text(): Promise<string>;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** @param storeHealth is read when the numbers are asked for. */
export function createMetrics(storeHealth: () => StoreHealth): Metrics {
  const registers = [new Registry()];
  const [registry = new Registry()] = registers;
  const calls = new Counter({
    name: 'cds_calls_total',
    help: 'Answered requests by route, service, client and HTTP status.',
    labelNames: ['route', 'service', 'client', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'cds_call_seconds',
    help: 'Duration of hook calls by stage: read, gather, answer, store (what is quiet, and the record), total.',
    labelNames: ['service', 'stage'],
    buckets: SECONDS,
    registers,
  });
  const findings = tally({
    name: 'cds_findings_total',
    help: 'Findings by recommendation, outcome and mode of the recommendation.',
    labelNames: ['recommendation', 'outcome', 'mode'],
    registers,
  });
  const shown = new Counter({
    name: 'cds_cards_total',
    help: 'Cards sent, by recommendation and indicator.',
    labelNames: ['recommendation', 'indicator'],
    registers,
  });
  const fates = new Counter({
    name: 'cds_feedback_total',
    help: 'Feedback by recommendation, outcome and override reason.',
    labelNames: ['recommendation', 'outcome', 'reason'],
    registers,
  });
  const queries = tally({
    name: 'cds_queries_total',
    help: 'Queries by service, client, key and where the answer came from.',
    labelNames: ['service', 'client', 'key', 'source'],
    registers,
  });
  new Gauge({
    name: 'cds_store',
    help: 'Store health: up (1 or 0) and counts since the start of the process.',
    labelNames: ['what'],
    registers,
    collect() {
      const { up, ...counts } = storeHealth();
      this.set({ what: 'up' }, up ? 1 : 0);
      for (const [what, count] of Object.entries(counts)) this.set({ what }, count);
    },
  });

  return {
    answered(call, client, status, totalMs) {
      const service = call.service?.discovery.id ?? 'none';
      calls.inc({ route: call.route, service, client, status });
      if (call.hookInstance === undefined) return;
      seconds.observe({ service, stage: 'total' }, totalMs / 1000);
      for (const [stage, ms] of Object.entries(call.durations))
        seconds.observe({ service, stage: stage.slice(0, -'Ms'.length) }, ms / 1000);
      for (const { recommendation, outcome, mode } of call.findings ?? [])
        findings([recommendation, outcome, mode]);
      for (const card of call.cards ?? []) shown.inc({ ...card });
      for (const [key, source] of Object.entries(call.sources ?? {})) queries([service, client, key, source]);
    },
    feedback(all) {
      for (const fate of all) fates.inc({ ...fate });
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}

/**
 * A counter that a call raises dozens of times: kept in a map of our own and handed over when the numbers are asked for, because
 * prom-client sorts and joins the labels at every count.
 *
 * @returns raises the count of these label values, in the order of `labelNames`, by one.
 */
function tally(options: {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
  readonly registers: Registry[];
}): (values: readonly string[]) => void {
  const counts = new Map<string, { readonly values: readonly string[]; count: number }>();
  new Counter({
    ...options,
    collect() {
      this.reset();
      for (const { values, count } of counts.values())
        this.inc(
          Object.fromEntries(options.labelNames.map((name, place) => [name, values[place] ?? ''])),
          count,
        );
    },
  });
  return (values) => {
    // No label holds a line feed: ids of cards/, our own words, names of configured clients.
    const key = values.join('\n');
    const one = counts.get(key);
    if (one === undefined) counts.set(key, { values, count: 1 });
    else one.count += 1;
  };
}
