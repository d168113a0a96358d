/** `dry-run worker`: takes parts of whatever runs are in the queue, on any number of machines that see the same input. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { ServiceError } from '../errors.ts';
import { readWorkerArguments, type WorkerArguments } from './arguments.ts';
import { addProblems } from './file-names.ts';
import { differences, inputKey, runKey, type InputKey } from './run-key.ts';
import { openRunStore, TOUCH_EVERY_MS, type Claim, type RunStore, type StoredRun } from './run-store.ts';
import { openSource, type Source } from './source.ts';
import { startPool, type Pool } from './threads.ts';

export interface WorkerOptions {
  readonly args: readonly string[];
  readonly config: Config;
  readonly tell: (text: string) => void;
  readonly signal: AbortSignal;
}

const IDLE_MS = 1000;

/**
 * Works until it is stopped, or with --until-idle until every run is finished. A stop lets parts that are being worked on end.
 *
 * @returns 0.
 * @throws ServiceError ERR_CONFIG without DATABASE_URL, or when this machine would count otherwise: another input, version, code, cards/.
 */
export async function runWorker({ args, config, tell, signal }: WorkerOptions): Promise<number> {
  const options = readWorkerArguments(args);
  if (config.databaseUrl === undefined)
    throw new ServiceError('ERR_CONFIG', 'a worker needs DATABASE_URL: the queue is in PostgreSQL');
  const store = await openRunStore(config.databaseUrl, (error) => {
    tell(`database: ${error.message}\n`);
  });
  try {
    while (!signal.aborted) {
      const [run] = await store.unfinished();
      if (run !== undefined) await workOn(run, { store, options, tell, signal });
      else if (options.untilIdle) return 0;
      else await wait(IDLE_MS, undefined, { signal }).catch(() => undefined);
    }
    return 0;
  } finally {
    await store.close();
  }
}

interface Shift {
  readonly store: RunStore;
  readonly options: WorkerArguments;
  readonly tell: (text: string) => void;
  readonly signal: AbortSignal;
}

/** All threads on one run until it is finished, whoever finishes it. */
async function workOn(run: StoredRun, shift: Shift): Promise<void> {
  const { options, tell } = shift;
  const path = options.input ?? run.input;
  const input = await inputKey(path);
  const source = await openSource(path, {
    threads: options.threads,
    partSize: run.terms.partSize,
    signal: shift.signal,
  });
  const pool = startPool(options.threads, { terms: run.terms, identify: false });
  try {
    refuseOther(run, input, source, path);
    tell(`Run ${run.id}: working with ${String(options.threads)} threads on ${path}\n`);
    await Promise.all(
      Array.from({ length: options.threads }, () => workLoop(run, { ...shift, pool, source, input })),
    );
    tell(`Run ${run.id}: nothing left to do\n`);
  } finally {
    await pool.close();
    await source.close();
  }
}

/** Counts of another input or of other code must never be added to this run. */
function refuseOther({ id, key, terms }: StoredRun, input: InputKey, source: Source, path: string): void {
  const own = runKey({ terms, input, parts: source.parts.length, identify: false });
  const differs = differences(key, own);
  if (differs.length > 0)
    throw new ServiceError(
      'ERR_CONFIG',
      `run ${id} was begun with other data than this worker has (${path}): ${differs.join(', ')} differ. Workers need the same version and must see the same files (a shared volume; --input where it is mounted elsewhere).`,
    );
}

interface Bench extends Shift {
  readonly pool: Pool;
  readonly source: Source;
  readonly input: InputKey;
}

async function workLoop(run: StoredRun, bench: Bench): Promise<void> {
  const { store, signal } = bench;
  while (!signal.aborted) {
    const claim = await store.claim(run);
    if (claim !== undefined) await workOne(claim, bench);
    else if (!(await store.unfinished()).some(({ id }) => id === run.id)) return;
    else if ((await store.state(run)).failed > 0) return;
    else await wait(IDLE_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function workOne(claim: Claim, { pool, source, input, tell }: Bench): Promise<void> {
  const part = source.parts[claim.part];
  if (part === undefined) return claim.giveBack('no such part');
  const beat = setInterval(() => {
    claim.touch().catch(() => undefined);
  }, TOUCH_EVERY_MS);
  try {
    const { tally, problems, patients } = await pool.work(part, claim.part);
    addProblems(tally, problems, input);
    await claim.keep(tally, patients);
  } catch (error) {
    const why = error instanceof Error ? error.name : 'unknown error';
    tell(`part ${String(claim.part + 1)}: ${why}; it goes back to the queue\n`);
    await claim.giveBack(why).catch(() => undefined);
    await wait(IDLE_MS);
  } finally {
    clearInterval(beat);
  }
}
