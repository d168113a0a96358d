/**
 * `dry-run INPUT --out DIR`: what would fire in a population, before anyone is interrupted.
 *
 * Exit status 0: everything was read and evaluated; 2: the report is written and says what was not; 1: refused; 130: stopped, the
 * same command goes on.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import type { Config } from '../config.ts';
import { ServiceError } from '../errors.ts';
import { readArguments, type Arguments } from './arguments.ts';
import type { BulkServer } from './bulk-export.ts';
import { openCheckpoint, type Checkpoint } from './checkpoint.ts';
import { addProblems } from './file-names.ts';
import { knowledgeOf, readPolicyText, setupOf, type Terms } from './policies.ts';
import { progressLine } from './progress.ts';
import { reportOf } from './report.ts';
import { inputKey, runKey, type InputKey, type RunKey } from './run-key.ts';
import { openSource, type InputProblem, type Source } from './source.ts';
import { emptyTally, type Tally } from './tally.ts';
import { startPool } from './threads.ts';
import { writeReport } from './write-report.ts';

export interface DryRunOptions {
  readonly args: readonly string[];
  readonly config: Config;
  /** Words for the operator, on standard error. */
  readonly tell: (text: string) => void;
  readonly isTerminal: boolean;
  /** Aborts when the operator stops the run. */
  readonly signal: AbortSignal;
}

/**
 * @returns the exit status.
 * @throws ServiceError ERR_BAD_REQUEST, ERR_CONFIG when the run is refused.
 */
export async function dryRun(options: DryRunOptions): Promise<number> {
  try {
    return await forecast(options);
  } catch (error) {
    // Stopped while the input was exported or indexed: nothing is lost but that.
    if (options.signal.aborted) return STOPPED;
    throw error;
  }
}

/** What a shell gives a command that SIGINT has ended. */
const STOPPED = 130;

async function forecast(options: DryRunOptions): Promise<number> {
  const [first, ...rest] = options.args;
  if (first === 'worker') {
    const { runWorker } = await import('./queue-worker.ts');
    return runWorker({ ...options, args: rest });
  }
  const args = readArguments(options.args);
  const terms = termsOf(args, options.config);
  const knowledge = knowledgeOf();
  const setup = setupOf(terms, knowledge);
  const exported = args.server === undefined ? [] : await exportInto(args.input, args.server, options);
  const input = await inputKey(args.input);
  const run: Run = { args, terms, input, options, exported };
  const result = await counted(run);
  if (result === 'stopped') return STOPPED;
  const { tally, key } = result;
  const defaults = setupOf({ ...terms, policy: { name: 'defaults', text: '' } }, knowledge).base;
  const names = {
    policy: terms.policy.name,
    ...(terms.compare === undefined ? {} : { compare: terms.compare.name }),
  };
  const files = { files: input.names.length, bytes: input.bytes };
  const report = reportOf(tally, { setup, defaults, key, names, input: files, visits: args.visits });
  writeReport(args.out, report);
  if (report.run.input.patients === 0)
    throw new ServiceError('ERR_BAD_REQUEST', `${args.input}: holds no patient${hint(tally)}`);
  tellEnd(report, args, options.tell);
  return report.problems.all === 0 ? 0 : 2;
}

interface Run {
  readonly args: Arguments;
  readonly terms: Terms;
  readonly input: InputKey;
  readonly options: DryRunOptions;
  /** What a FHIR server could not export. */
  readonly exported: readonly InputProblem[];
}

/** The whole export or none: a part of one would say "none on record" of what is still to come. */
async function exportInto(
  folder: string,
  server: BulkServer,
  { signal, tell }: DryRunOptions,
): Promise<readonly InputProblem[]> {
  if (existsSync(folder))
    throw new ServiceError(
      'ERR_BAD_REQUEST',
      `${folder} is there already: leave --server away to go on with it`,
    );
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true, mode: 0o700 });
  const problems: InputProblem[] = [];
  tell(`Exporting Group/${server.group}\n`);
  const { exportGroup } = await import('./bulk-export.ts');
  await exportGroup(server, partial, { signal, onProblem: (problem) => problems.push(problem) });
  renameSync(partial, folder);
  return problems;
}

function termsOf(args: Arguments, config: Config): Terms {
  return {
    policy: readPolicyText(args.policy ?? config.policyFile),
    ...(args.compare === undefined ? {} : { compare: readPolicyText(args.compare) }),
    production: config.nodeEnv === 'production',
    hook: args.hook,
    ...(args.asOf === undefined ? {} : { asOf: args.asOf }),
    seed: args.seed,
    partSize: args.partSize,
  };
}

type Counted = { readonly tally: Tally; readonly key: RunKey } | 'stopped';

/** The counts of the whole input: from an earlier run, by threads of this process, or by workers of the queue. */
async function counted(run: Run): Promise<Counted> {
  const { args, terms, input, options } = run;
  const opening: InputProblem[] = [...run.exported];
  const source = await openSource(args.input, {
    threads: args.threads,
    partSize: args.partSize,
    signal: options.signal,
    onProblem: (problem) => opening.push(problem),
  });
  try {
    const key = runKey({ terms, input, parts: source.parts.length, identify: args.identify });
    const checkpoint = openCheckpoint(args.out, key, args.restart);
    saveOpening(checkpoint, opening, input);
    if (args.queue) {
      const { throughQueue } = await import('./queue.ts');
      const { databaseUrl } = options.config;
      const tally = await throughQueue({
        ...options,
        input: args.input,
        databaseUrl,
        terms,
        key,
        checkpoint,
      });
      return tally === 'stopped' ? tally : { tally, key };
    }
    await throughThreads(run, source, checkpoint);
    checkpoint.flush();
    if (options.signal.aborted) {
      const { done, patients } = checkpoint.progress;
      const parts = `${String(partsDone(done))} of ${String(key.parts)} parts (${String(patients)} patients)`;
      options.tell(`Stopped after ${parts}. The same command goes on from there.\n`);
      return 'stopped';
    }
    await checkpoint.joinRows();
    return { tally: checkpoint.progress.tally, key };
  } finally {
    await source.close();
  }
}

/** What was found wrong before there were parts; counted once, as a part of its own. */
const OPENING = -1;

function saveOpening(checkpoint: Checkpoint, problems: readonly InputProblem[], input: InputKey): void {
  const tally = emptyTally();
  addProblems(
    tally,
    problems.map(({ file, line = 0, reason }) => ({ file, line, reason })),
    input,
  );
  checkpoint.save(OPENING, { tally, patients: 0, rows: [] });
}

function partsDone(done: ReadonlySet<number>): number {
  return done.size - (done.has(OPENING) ? 1 : 0);
}

async function throughThreads(
  { args, terms, input, options }: Run,
  source: Source,
  checkpoint: Checkpoint,
): Promise<void> {
  const { progress } = checkpoint;
  const open = source.parts
    .map((part, index) => ({ part, index }))
    .filter(({ index }) => !progress.done.has(index));
  if (open.length === 0) return;
  const { signal, tell, isTerminal } = options;
  const line = progressLine({ write: tell, isTerminal, now: () => performance.now() });
  const pool = startPool(Math.min(args.threads, open.length), { terms, identify: args.identify });
  const stop = (): void => void pool.close();
  signal.addEventListener('abort', stop);
  line.show(progress.patients, partsDone(progress.done), source.parts.length);
  try {
    await Promise.all(
      open.map(async ({ part, index }) => {
        const { problems, ...result } = await pool.work(part, index);
        addProblems(result.tally, problems, input);
        checkpoint.save(index, result);
        line.show(progress.patients, partsDone(progress.done), source.parts.length);
      }),
    );
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    checkpoint.flush();
    line.end();
    signal.removeEventListener('abort', stop);
    await pool.close();
  }
}

function hint(tally: Tally): string {
  const [reason] = [...tally.problemCounts].map(([name, n]) => `${name} (${String(n)})`);
  return reason === undefined ? '' : `; ${reason}`;
}

function tellEnd(
  report: ReturnType<typeof reportOf>,
  { out, identify }: Arguments,
  tell: (text: string) => void,
): void {
  const { run, population, problems } = report;
  const left = run.input.patients - population.evaluated;
  tell(
    [
      `${String(population.evaluated)} of ${String(run.input.patients)} patients evaluated${left === 0 ? '' : `; ${String(left)} left out`}.`,
      ...(problems.all === 0
        ? []
        : [`${String(problems.all)} problems in the input: see the report and problems.csv.`]),
      ...(identify ? ['identified.csv names patients: keep it where charts are kept.'] : []),
      `Report: ${out}/report.html\n`,
    ].join('\n'),
  );
}
