/** All cores: a pool of worker threads that take one part at a time. */
import { Worker } from 'node:worker_threads';
import { ServiceError } from '../errors.ts';
import type { IdentifiedRow } from './evaluate.ts';
import type { PartResult } from './part-work.ts';
import type { Terms } from './policies.ts';
import type { Part } from './source.ts';
import { fromJson, type Problem, type TallyJson } from './tally.ts';

export interface ThreadData {
  readonly terms: Terms;
  readonly identify: boolean;
}
export interface Request {
  readonly part: Part;
  readonly index: number;
}
export type Reply = { readonly index: number } & (
  | {
      readonly tally: TallyJson;
      readonly problems: readonly Problem[];
      readonly rows: readonly IdentifiedRow[];
      readonly patients: number;
    }
  | { readonly failed: string }
);

export interface Pool {
  /** Resolves with the counts of the part; parts wait until a thread is free. */
  work(part: Part, index: number): Promise<PartResult>;
  /** Stops at once; a part that is being worked on is lost. */
  close(): Promise<void>;
}

interface Waiting extends Request {
  readonly resolve: (result: PartResult) => void;
  readonly reject: (error: Error) => void;
}

/** Of each thread. Patients are forgotten at once: more space for the young makes nothing faster. The old have no limit but the machine's. */
const HEAP = { maxYoungGenerationSizeMb: 24 };

export function startPool(size: number, data: ThreadData): Pool {
  const waiting: Waiting[] = [];
  const idle: Worker[] = [];
  const busy = new Map<Worker, Waiting>();
  let failure: Error | undefined;
  const all = Array.from({ length: size }, () => startThread());

  function startThread(): Worker {
    const worker = new Worker(
      new URL(import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js', import.meta.url),
      { workerData: data, resourceLimits: HEAP },
    );
    worker.on('message', (reply: Reply) => {
      const task = busy.get(worker);
      busy.delete(worker);
      idle.push(worker);
      if (task !== undefined) settle(task, reply);
      next();
    });
    // Out of memory, or our bug: the run stops with what is finished written down.
    worker.on('error', (error) => {
      fail(error instanceof Error ? error : new Error('a worker thread failed'));
    });
    idle.push(worker);
    return worker;
  }

  function fail(error: Error): void {
    failure ??= error;
    for (const task of [...busy.values(), ...waiting.splice(0)]) task.reject(failure);
    busy.clear();
  }

  function next(): void {
    while (waiting.length > 0 && idle.length > 0) {
      const [task, worker] = [waiting.shift(), idle.pop()];
      if (task === undefined || worker === undefined) return;
      busy.set(worker, task);
      worker.postMessage({ part: task.part, index: task.index } satisfies Request);
    }
  }

  return {
    work: (part, index) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) {
          reject(failure);
          return;
        }
        waiting.push({ part, index, resolve, reject });
        next();
      }),
    close: async () => {
      fail(new ServiceError('ERR_SHUTTING_DOWN', 'stopped'));
      await Promise.all(all.map((worker) => worker.terminate()));
    },
  };
}

function settle({ resolve, reject }: Waiting, reply: Reply): void {
  if ('failed' in reply) reject(new Error(`part ${String(reply.index + 1)}: ${reply.failed}`));
  else resolve({ ...reply, tally: fromJson(reply.tally) });
}
