/**
 * Sorts what the scan found by patient, and the patients into the order of the input.
 *
 * DuckDB does both as plain sorts, which spill to disk within a fixed memory; a join of everything with everything would need memory that
 * grows with the input.
 */
import { statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { BlockFile } from '../block-file.ts';
import { RUN_KINDS } from './ndjson-scan.ts';
import { DEFAULT_PART_SIZE, type SourceOptions } from './source-item.ts';

/** Patients that one worker reads alone, by their rows of the order. */
export interface NdjsonPart {
  readonly kind: 'ndjson';
  /** The folder of the index; whoever reads the part must see it and the input under the same path. */
  readonly folder: string;
  readonly fromPatient: number;
  readonly patients: number;
}

/** Runs by patient: file, line, offset, bytes. All numbers are 64-bit floats. */
export const RUNS_FILE = 'runs.bin';
export const RUN_NUMBERS = 4;
/** Patients in the order of the input: first row in the runs, rows. */
export const ORDER_FILE = 'order.bin';
export const ORDER_NUMBERS = 2;

const DUCKDB_MEMORY = '128MB';
/** A part ends after so much text: a worker holds it in memory. */
export const PART_BYTES = 16 * 1024 * 1024;
/** Place of the patients of whom the input has no Patient: last. */
const NO_FILE = 1e9;

/**
 * @param folder holds scan/*.csv; the index is written beside.
 * @param baseOf lines of its file before each segment.
 */
export async function sortIndex(
  folder: string,
  baseOf: ReadonlyMap<number, number>,
  options: SourceOptions,
): Promise<{ readonly parts: readonly NdjsonPart[]; readonly patients: number }> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: DUCKDB_MEMORY,
    temp_directory: join(folder, 'duckdb'),
    threads: String(Math.min(options.threads ?? availableParallelism(), 2)),
    preserve_insertion_order: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  try {
    const connection = await instance.connect();
    try {
      await writeRuns(connection, folder, baseOf, options);
      return await writeOrder(connection, folder, options);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

function csv(folder: string, name: string, columns: readonly string[]): string {
  return (
    `read_csv('${join(folder, name).replaceAll("'", "''")}', header = false, auto_detect = false, delim = ',', quote = '', ` +
    `max_line_size = 1024, buffer_size = 1048576, columns = {${columns.map((column) => `'${column}': 'BIGINT'`).join(', ')}})`
  );
}

const RUN_COLUMNS = ['kind', 'hash', 'file', 'segment', 'line', 'place', 'bytes', 'lines'];

/** A Medication that is a resource of its own stands with every patient who names it. */
function runsSql(folder: string, withMedications: boolean): string {
  const runs = csv(folder, 'scan/runs-*.csv', RUN_COLUMNS);
  const columns = 'kind, file, segment, line, place, bytes';
  const medication = String(RUN_KINDS.medication);
  const named = withMedications
    ? `UNION ALL SELECT named.patient AS hash, ${columns}
       FROM (SELECT DISTINCT * FROM ${csv(folder, 'scan/medications-*.csv', ['patient', 'medication'])}) named
       JOIN (SELECT * FROM ${runs} WHERE kind = ${medication}) own ON own.hash = named.medication`
    : '';
  return `
    SELECT hash::DOUBLE, kind::DOUBLE, file::DOUBLE, segment::DOUBLE, line::DOUBLE, place::DOUBLE, bytes::DOUBLE
    FROM (SELECT hash, ${columns} FROM ${runs} WHERE kind <> ${medication} ${named})
    ORDER BY hash, kind, file, place`;
}

/** One group of runs that share a hash. */
interface Group {
  readonly hash: number;
  /** Where its Patient stands. */
  readonly file: number;
  readonly place: number;
  readonly fromRow: number;
  rows: number;
  bytes: number;
}

async function writeRuns(
  connection: DuckDBConnection,
  folder: string,
  baseOf: ReadonlyMap<number, number>,
  { signal }: SourceOptions,
): Promise<void> {
  const runs = new NumberWriter(join(folder, RUNS_FILE));
  const groups = new TextWriter(join(folder, 'groups.csv'));
  let group: Group | undefined;
  let row = 0;
  const endGroup = (): string =>
    group === undefined
      ? ''
      : `${[group.file, group.place, group.hash, group.fromRow, group.rows, group.bytes].join(',')}\n`;
  for await (const { rowCount, at } of chunksOf(connection, runsSql(folder, await hasMedications(folder)))) {
    signal?.throwIfAborted();
    for (let index = 0; index < rowCount; index += 1) {
      const hash = at(RUN.hash, index);
      if (group?.hash !== hash) {
        if (groups.write(endGroup())) await groups.flush();
        const known = at(RUN.kind, index) === RUN_KINDS.patient;
        group = {
          hash,
          file: known ? at(RUN.file, index) : NO_FILE,
          place: known ? at(RUN.place, index) : 0,
          fromRow: row,
          rows: 0,
          bytes: 0,
        };
      }
      const bytes = at(RUN.bytes, index);
      group.rows += 1;
      group.bytes += bytes;
      row += 1;
      const line = at(RUN.line, index) + (baseOf.get(at(RUN.segment, index)) ?? 0);
      if (runs.write(at(RUN.file, index), line, at(RUN.place, index), bytes)) await runs.flush();
    }
  }
  groups.write(endGroup());
  await groups.end();
  await runs.end();
}

/** Columns of `runsSql`. */
const RUN = { hash: 0, kind: 1, file: 2, segment: 3, line: 4, place: 5, bytes: 6 } as const;

async function hasMedications(folder: string): Promise<boolean> {
  const scan = join(folder, 'scan');
  return (await readdir(scan)).some(
    (name) => name.startsWith('medications-') && statSync(join(scan, name)).size > 0,
  );
}

async function writeOrder(
  connection: DuckDBConnection,
  folder: string,
  { partSize = DEFAULT_PART_SIZE, signal }: SourceOptions,
): Promise<{ readonly parts: readonly NdjsonPart[]; readonly patients: number }> {
  const order = new NumberWriter(join(folder, ORDER_FILE));
  const parts: NdjsonPart[] = [];
  let patients = 0;
  let part = { fromPatient: 0, patients: 0, bytes: 0 };
  const cut = (): void => {
    if (part.patients > 0)
      parts.push({ kind: 'ndjson', folder, fromPatient: part.fromPatient, patients: part.patients });
    part = { fromPatient: patients, patients: 0, bytes: 0 };
  };
  const groups = csv(folder, 'groups.csv', ['file', 'place', 'hash', 'from_row', 'row_count', 'bytes']);
  const sql = `SELECT from_row::DOUBLE, row_count::DOUBLE, bytes::DOUBLE FROM ${groups} ORDER BY file, place, hash`;
  for await (const { rowCount, at } of chunksOf(connection, sql)) {
    signal?.throwIfAborted();
    for (let index = 0; index < rowCount; index += 1) {
      if (part.patients >= partSize || part.bytes >= PART_BYTES) cut();
      if (order.write(at(0, index), at(1, index))) await order.flush();
      part.patients += 1;
      part.bytes += at(2, index);
      patients += 1;
    }
  }
  cut();
  await order.end();
  return { parts, patients };
}

/** Some thousand rows of numbers. */
interface Chunk {
  readonly rowCount: number;
  /** Read where DuckDB has it: rows made of hundreds of thousands of runs would be most of the memory of a dry run. */
  readonly at: (column: number, row: number) => number;
}

async function* chunksOf(connection: DuckDBConnection, sql: string): AsyncGenerator<Chunk> {
  const result = await connection.stream(sql);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    const columns = Array.from({ length: chunk.columnCount }, (_, column) => chunk.getColumnVector(column));
    yield { rowCount: chunk.rowCount, at: (column, row) => Number(columns[column]?.getItem(row) ?? 0) };
  }
}

class TextWriter {
  readonly #file;
  #text = '';

  constructor(path: string) {
    this.#file = new BlockFile(path);
  }

  /** True when a block is full and has to be flushed. */
  write(text: string): boolean {
    this.#text += text;
    return this.#text.length >= 1 << 16;
  }

  async flush(): Promise<void> {
    const block = this.#text;
    this.#text = '';
    await this.#file.write(block);
  }

  async end(): Promise<void> {
    await this.flush();
    await this.#file.end();
  }
}

/** Writes numbers as 64-bit floats. */
class NumberWriter {
  readonly #file;
  #block = new Float64Array(1 << 14);
  #used = 0;

  constructor(path: string) {
    this.#file = new BlockFile(path);
  }

  /** True when a block is full and has to be flushed before more is written. */
  write(...numbers: readonly number[]): boolean {
    this.#block.set(numbers, this.#used);
    this.#used += numbers.length;
    return this.#used > this.#block.length - RUN_NUMBERS;
  }

  async flush(): Promise<void> {
    const block = Buffer.from(this.#block.buffer, 0, this.#used * Float64Array.BYTES_PER_ELEMENT);
    // The stream may still hold it when this returns.
    this.#block = new Float64Array(this.#block.length);
    this.#used = 0;
    await this.#file.write(block);
  }

  async end(): Promise<void> {
    await this.flush();
    await this.#file.end();
  }
}
