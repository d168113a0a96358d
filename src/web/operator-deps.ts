/** What the operator pages are given. */
import type { Config } from '../config.ts';
import type { Metrics } from '../http/metrics.ts';
import type { Policy } from '../knowledge/policy.ts';
import type { Memory } from '../store/memory.ts';

export interface OperatorDeps {
  readonly config: Config;
  readonly policy: Policy;
  readonly memory: Memory;
  readonly metrics: Metrics;
  /** Evaluation date, `YYYY-MM-DD`. */
  readonly today: () => string;
  /** Whether a page can call the hooks: they are on the same port and need no token. */
  readonly canCallHooks: boolean;
}
