/**
 * Groups NDJSON by patient without moving it: an index says which stretches of which files belong to whom.
 *
 * The files are scanned once (ndjson-scan.ts), on all cores. DuckDB joins and sorts what the scan found, out of core and within a fixed
 * memory, in the order in which the Patients stand in the input, so that files in the usual order are read from front to back. The
 * index is small: a row for each run of lines of one patient, not for each line. The text is never copied, so it stays byte-equal.
 */
import { availableParallelism } from 'node:os';
import { open, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import type { InputFile } from './input-files.ts';
import { expand } from './ndjson-expand.ts';
import { RUN_KINDS, scanSegment, type Scanned, type Segment } from './ndjson-scan.ts';
import { DEFAULT_PART_SIZE, type SourceOptions } from './source-item.ts';

/** Patients that one worker reads alone, by their rows of the index. */
export interface NdjsonPart {
  readonly kind: 'ndjson';
  /** The folder of the index; whoever reads the part must see it and the input under the same path. */
  readonly folder: string;
  readonly fromRow: number;
  readonly rows: number;
  readonly patients: number;
}

export interface NdjsonIndex {
  readonly parts: readonly NdjsonPart[];
  readonly patients: number;
  /** Lines of each type that nothing reads. */
  readonly skipped: Readonly<Record<string, number>>;
}

/** Numbers of a row: hash of the patient, file, line, offset, bytes, lines. All as 64-bit floats. */
export const ROW_NUMBERS = 6;
export const ROW_BYTES = ROW_NUMBERS * 8;
export const INDEX_FILE = 'index.bin';
export const FILES_FILE = 'files.json';

/** A part ends after so much text: a worker holds it in memory. */
const PART_BYTES = 16 * 1024 * 1024;
const SEGMENT_BYTES = 64 * 1024 * 1024;
/** Less than this is scanned at once: starting threads would take longer. */
const WITHOUT_THREADS = 8 * 1024 * 1024;
const DUCKDB_MEMORY = '64MB';

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
  await writeFile(
    join(folder, 'segments.csv'),
    segments.map(({ id }) => `${String(id)},${String(baseOf.get(id) ?? 0)}\n`).join(''),
  );
  const { parts, patients } = await sortIndex(folder, options);
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

async function scanInThread(
  waiting: Segment[],
  scanned: Scanned[],
  finished: (segment: Segment) => void,
): Promise<void> {
  // A small young generation: what a thread reads is garbage at once, and would else pile up until the collector comes.
  const worker = new Worker(new URL('./ndjson-scan-worker.ts', import.meta.url), {
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

/**
 * Runs in the order of the Patients, then of files and lines; patients who are missing from the input come last. A Medication that is a
 * resource of its own stands with every patient who names it.
 */
function sortedSql(folder: string): string {
  const csv = (name: string, columns: readonly string[]): string =>
    `read_csv('${join(folder, name).replaceAll("'", "''")}', header = false, auto_detect = false, delim = ',', quote = '', max_line_size = 1024, buffer_size = 1048576, ` +
    `columns = {${columns.map((column) => `'${column}': 'BIGINT'`).join(', ')}})`;
  return `
    WITH runs AS (
      SELECT r.kind, r.hash, r.file, r.line + s.base AS line, r.offset_, r.bytes, r.lines
      FROM ${csv('scan/runs-*.csv', ['kind', 'hash', 'file', 'segment', 'line', 'offset_', 'bytes', 'lines'])} r
      JOIN ${csv('segments.csv', ['segment', 'base'])} s USING (segment)
    ),
    own AS (
      SELECT hash, kind, file, line, offset_, bytes, lines FROM runs WHERE kind <> ${String(RUN_KINDS.medication)}
      UNION ALL
      SELECT DISTINCT m.patient, r.kind, r.file, r.line, r.offset_, r.bytes, r.lines
      FROM ${csv('scan/medications-*.csv', ['patient', 'medication'])} m
      JOIN runs r ON r.hash = m.medication AND r.kind = ${String(RUN_KINDS.medication)}
    ),
    patients AS (
      SELECT hash, min(file * 1000000000000::HUGEINT + offset_) FILTER (WHERE kind = ${String(RUN_KINDS.patient)}) AS place
      FROM own GROUP BY hash
    )
    SELECT hash::DOUBLE, file::DOUBLE, line::DOUBLE, offset_::DOUBLE, bytes::DOUBLE, lines::DOUBLE
    FROM own JOIN patients USING (hash)
    ORDER BY place NULLS LAST, hash, kind, file, offset_`;
}

export async function sortIndex(
  folder: string,
  options: SourceOptions,
): Promise<{ parts: NdjsonPart[]; patients: number }> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: DUCKDB_MEMORY,
    temp_directory: join(folder, 'duckdb'),
    threads: String(Math.min(options.threads ?? availableParallelism(), 4)),
    preserve_insertion_order: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  try {
    const connection = await instance.connect();
    try {
      return await writeIndex(connection, folder, options);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

async function writeIndex(
  connection: DuckDBConnection,
  folder: string,
  { partSize = DEFAULT_PART_SIZE, signal }: SourceOptions,
): Promise<{ parts: NdjsonPart[]; patients: number }> {
  const output = await open(join(folder, INDEX_FILE), 'wx');
  const cutter = partCutter(folder, partSize);
  try {
    const result = await connection.stream(sortedSql(folder));
    for (
      let chunk = await result.fetchChunk();
      chunk !== null && chunk.rowCount > 0;
      chunk = await result.fetchChunk()
    ) {
      signal?.throwIfAborted();
      const columns = chunk.getColumns();
      const rows = new Float64Array(chunk.rowCount * ROW_NUMBERS);
      for (const [number, values] of columns.entries())
        for (const [row, value] of values.entries()) rows[row * ROW_NUMBERS + number] = Number(value);
      for (let row = 0; row < rows.length; row += ROW_NUMBERS) cutter.row(rows[row] ?? 0, rows[row + 4] ?? 0);
      await output.write(new Uint8Array(rows.buffer));
    }
    return cutter.end();
  } finally {
    await output.close();
  }
}

/** Cuts the index into parts, between patients. */
function partCutter(
  folder: string,
  partSize: number,
): {
  row(hash: number, bytes: number): void;
  end(): { parts: NdjsonPart[]; patients: number };
} {
  const parts: NdjsonPart[] = [];
  let part = { fromRow: 0, rows: 0, patients: 0, bytes: 0 };
  let patients = 0;
  let last: number | undefined;
  const cut = (): void => {
    const { fromRow, rows } = part;
    if (rows > 0) parts.push({ kind: 'ndjson', folder, fromRow, rows, patients: part.patients });
    part = { fromRow: fromRow + rows, rows: 0, patients: 0, bytes: 0 };
  };
  return {
    row(hash, bytes) {
      if (hash !== last) {
        if (part.patients >= partSize || part.bytes >= PART_BYTES) cut();
        part.patients += 1;
        patients += 1;
        last = hash;
      }
      part.rows += 1;
      part.bytes += bytes;
    },
    end() {
      cut();
      return { parts, patients };
    },
  };
}
