/** The coordinator of a run over the queue: puts the parts up, waits for workers, and takes the counts home. */
import { setTimeout as wait } from 'node:timers/promises';
import { resolve } from 'node:path';
import { ServiceError } from '../errors.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Terms } from './policies.ts';
import { progressLine } from './progress.ts';
import type { RunKey } from './run-key.ts';
import { openRunStore, runId, type RunStore, type StoredRun } from './run-store.ts';
import type { Tally } from './tally.ts';

export interface QueueOptions {
  readonly input: string;
  readonly databaseUrl: string | undefined;
  readonly terms: Terms;
  readonly key: RunKey;
  readonly checkpoint: Checkpoint;
  readonly tell: (text: string) => void;
  readonly isTerminal: boolean;
  readonly signal: AbortSignal;
}

const POLL_MS = 1000;

/**
 * @returns the counts of the whole input; `stopped` when the operator has left: workers go on, the same command comes back to it.
 * @throws ServiceError ERR_CONFIG without DATABASE_URL, ERR_STORE_UNAVAILABLE, ERR_INTERNAL when a part has failed on every try.
 */
export async function throughQueue(options: QueueOptions): Promise<Tally | 'stopped'> {
  const { databaseUrl, key, checkpoint, terms, input, tell } = options;
  const { progress } = checkpoint;
  const isDone = (index: number): boolean => progress.done.has(index);
  if (Array.from({ length: key.parts }, (_, index) => index).every(isDone)) return progress.tally;
  if (databaseUrl === undefined)
    throw new ServiceError('ERR_CONFIG', '--queue needs DATABASE_URL: the queue is in PostgreSQL');
  const store = await openRunStore(databaseUrl, (error) => {
    tell(`database: ${error.message}\n`);
  });
  try {
    const run: StoredRun = { id: runId(key), key, terms, input: resolve(input) };
    await store.open(run);
    tell(`Run ${run.id}: ${String(key.parts)} parts are up. Start workers with: npm run dry-run -- worker\n`);
    const failed = await waitFor(store, run, options);
    if (options.signal.aborted) {
      tell('Stopped waiting; workers go on. The same command comes back to this run.\n');
      return 'stopped';
    }
    for await (const { index, ...part } of store.parts(run)) checkpoint.save(index, { ...part, rows: [] });
    checkpoint.flush();
    await store.remove(run);
    if (failed > 0)
      throw new ServiceError(
        'ERR_INTERNAL',
        `${String(failed)} parts failed on every try (workers say why). The same command tries them again.`,
      );
    return progress.tally;
  } finally {
    await store.close();
  }
}

/** Resolves when every part is finished or has failed for good; how many have failed. */
async function waitFor(
  store: RunStore,
  run: StoredRun,
  { tell, isTerminal, signal, key }: QueueOptions,
): Promise<number> {
  const line = progressLine({ write: tell, isTerminal, now: () => performance.now() });
  try {
    while (!signal.aborted) {
      const { parts, patients, failed } = await store.state(run);
      line.show(patients, parts, key.parts);
      if (parts + failed >= key.parts) return key.parts - parts;
      await wait(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
    return 0;
  } finally {
    line.end();
  }
}
