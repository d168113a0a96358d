/**
 * Groups NDJSON by patient without moving it: an index says which stretches of which files belong to whom.
 *
 * The files are scanned once (ndjson-scan.ts), on all cores. DuckDB sorts what the scan found, out of core and within a fixed memory
 * (ndjson-sort.ts), in the order in which the Patients stand in the input, so that files in the usual order are read from front to back. The
 * index is small: a row for each run of lines of one patient, not for each line. The text is never copied, so it stays byte-equal.
 */
import { availableParallelism } from 'node:os';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { InputFile } from './input-files.ts';
import { expand } from './ndjson-expand.ts';
import { scanSegment, type Scanned, type Segment } from './ndjson-scan.ts';
import { sortIndex, type NdjsonPart } from './ndjson-sort.ts';
import type { SourceOptions } from './source-item.ts';

export interface NdjsonIndex {
  readonly parts: readonly NdjsonPart[];
  readonly patients: number;
  /** Lines of each type that nothing reads. */
  readonly skipped: Readonly<Record<string, number>>;
}

export const FILES_FILE = 'files.json';

const SEGMENT_BYTES = 64 * 1024 * 1024;
/** Less than this is scanned at once: starting threads would take longer. */
const WITHOUT_THREADS = 8 * 1024 * 1024;

interface IndexedFile {
  readonly path: string;
  readonly name: string;
}

/**
 * @param files NDJSON files, gzipped or not.
 * @param folder an empty folder of our own; the index stays in it, the rest is removed with it.
 * @throws what the file system or DuckDB throws; never for what a file holds.
 */
export async function indexNdjson(
  files: readonly InputFile[],
  folder: string,
  options: SourceOptions,
): Promise<NdjsonIndex> {
  const plain = await plainFiles(files, folder, options);
  await writeFile(join(folder, FILES_FILE), JSON.stringify(plain.map(({ path, name }) => ({ path, name }))));
  const segments = await segmentsOf(plain, folder);
  const scanned = await scanAll(segments, options);
  const baseOf = linesBefore(segments, scanned);
  tellProblems(segments, scanned, baseOf, plain, options);
  const { parts, patients } = await sortIndex(folder, baseOf, options);
  return { parts, patients, skipped: totalOf(scanned) };
}

async function plainFiles(
  files: readonly InputFile[],
  folder: string,
  options: SourceOptions,
): Promise<IndexedFile[]> {
  const plain: IndexedFile[] = [];
  for (const [number, { path, name, bytes, gzipped }] of files.entries()) {
    options.signal?.throwIfAborted();
    if (!gzipped) {
      plain.push({ path, name });
      continue;
    }
    const to = join(folder, `expanded-${String(number)}.ndjson`);
    const reason = await expand(path, bytes, to, options.signal);
    if (reason !== undefined) options.onProblem?.({ kind: 'problem', file: name, reason });
    if (reason !== 'cannot be read') plain.push({ path: to, name });
  }
  return plain;
}

async function segmentsOf(files: readonly IndexedFile[], folder: string): Promise<Segment[]> {
  await mkdir(join(folder, 'scan'));
  const segments: Segment[] = [];
  for (const [file, { path }] of files.entries()) {
    const { size } = await stat(path);
    for (let from = 0; from < size; from += SEGMENT_BYTES) {
      const id = segments.length;
      segments.push({
        id,
        file,
        path,
        from,
        to: Math.min(from + SEGMENT_BYTES, size),
        runs: join(folder, 'scan', `runs-${String(id)}.csv`),
        medications: join(folder, 'scan', `medications-${String(id)}.csv`),
      });
    }
  }
  return segments;
}

async function scanAll(segments: readonly Segment[], options: SourceOptions): Promise<Scanned[]> {
  const total = segments.reduce((sum, { from, to }) => sum + to - from, 0);
  let done = 0;
  const finished = ({ from, to }: Segment): void => {
    options.signal?.throwIfAborted();
    done += to - from;
    options.onProgress?.(done, total);
  };
  if (total < WITHOUT_THREADS)
    return segments.map((segment) => {
      const scanned = scanSegment(segment);
      finished(segment);
      return scanned;
    });
  const threads = Math.min(options.threads ?? availableParallelism(), segments.length);
  // The largest first, so that no thread is left alone with one at the end.
  const waiting = segments.toSorted((one, other) => other.to - other.from - (one.to - one.from));
  const scanned: Scanned[] = [];
  await Promise.all(Array.from({ length: threads }, () => scanInThread(waiting, scanned, finished)));
  return scanned;
}

/** The built code runs from dist/, where it is plain JavaScript. */
const SCAN_WORKER = import.meta.url.endsWith('.ts') ? './ndjson-scan-worker.ts' : './ndjson-scan-worker.js';

async function scanInThread(
  waiting: Segment[],
  scanned: Scanned[],
  finished: (segment: Segment) => void,
): Promise<void> {
  // A small young generation: what a thread reads is garbage at once, and would else pile up until the collector comes.
  const worker = new Worker(new URL(SCAN_WORKER, import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  });
  try {
    for (let segment = waiting.shift(); segment !== undefined; segment = waiting.shift()) {
      const answer = answerOf(worker);
      worker.postMessage(segment);
      scanned.push(await answer);
      finished(segment);
    }
  } finally {
    await worker.terminate();
  }
}

function answerOf(worker: Worker): Promise<Scanned> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      worker.off('message', answered).off('error', failed).off('exit', ended);
    };
    const answered = (message: Scanned): void => {
      settle();
      resolve(message);
    };
    const failed = (error: unknown): void => {
      settle();
      reject(error instanceof Error ? error : new Error('the scanning thread failed'));
    };
    const ended = (): void => {
      failed(new Error('the scanning thread ended'));
    };
    worker.on('message', answered).on('error', failed).on('exit', ended);
  });
}

/** Lines of a file that stand before each of its segments. */
function linesBefore(segments: readonly Segment[], scanned: readonly Scanned[]): ReadonlyMap<number, number> {
  const linesOf = new Map(scanned.map(({ id, lines }) => [id, lines]));
  const before = new Map<number, number>();
  let file = -1;
  let lines = 0;
  for (const segment of segments) {
    if (segment.file !== file) lines = 0;
    file = segment.file;
    before.set(segment.id, lines);
    lines += linesOf.get(segment.id) ?? 0;
  }
  return before;
}

function tellProblems(
  segments: readonly Segment[],
  scanned: readonly Scanned[],
  baseOf: ReadonlyMap<number, number>,
  files: readonly IndexedFile[],
  { onProblem }: SourceOptions,
): void {
  if (onProblem === undefined) return;
  for (const { id, problems, moreProblems } of scanned.toSorted((one, other) => one.id - other.id)) {
    const file = files[segments[id]?.file ?? -1]?.name ?? '';
    for (const { line, reason } of problems)
      onProblem({ kind: 'problem', file, line: (baseOf.get(id) ?? 0) + line, reason });
    if (moreProblems > 0)
      onProblem({
        kind: 'problem',
        file,
        reason: `and ${String(moreProblems)} more lines that cannot be used`,
      });
  }
}

function totalOf(scanned: readonly Scanned[]): Readonly<Record<string, number>> {
  const total: Record<string, number> = {};
  for (const { skipped } of scanned)
    for (const [type, count] of Object.entries(skipped)) total[type] = (total[type] ?? 0) + count;
  return total;
}
