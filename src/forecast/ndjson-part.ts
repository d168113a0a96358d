/** Patients of NDJSON, read by the index. */
import { closeSync, openSync, readSync } from 'node:fs';
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { isResource, type Resource } from '../facts/record.ts';
import { belongsTo } from '../gather/subject.ts';
import { FILES_FILE } from './ndjson-index.ts';
import {
  ORDER_FILE,
  ORDER_NUMBERS,
  PART_BYTES,
  RUN_NUMBERS,
  RUNS_FILE,
  type NdjsonPart,
} from './ndjson-sort.ts';
import type { InputProblem, SourceItem } from './source-item.ts';

interface Run {
  readonly file: number;
  readonly line: number;
  readonly offset: number;
  readonly bytes: number;
}

type Files = readonly { readonly path: string; readonly name: string }[];

export async function* readNdjsonPart(part: NdjsonPart): AsyncGenerator<SourceItem> {
  let files: Files;
  let groups: readonly (readonly Run[])[];
  try {
    files = JSON.parse(await readFile(join(part.folder, FILES_FILE), 'utf8')) as Files;
    groups = groupsOf(part);
  } catch {
    yield { kind: 'problem', file: ORDER_FILE, reason: 'the index cannot be read' };
    return;
  }
  const memory = free.pop() ?? new ReadMemory();
  try {
    const texts = await textsOf(groups.flat(), files, memory);
    for (const runs of groups) yield* patientsOf(runs, texts, files);
  } finally {
    memory.reuse();
    free.push(memory);
  }
}

const LARGEST_READ = 4 * 1024 * 1024;
/** Twice the text of a part, because reads do not fill their blocks. */
const MOST_BLOCKS = (2 * PART_BYTES) / LARGEST_READ;

/**
 * What a part is read into, used again for the next part: buffers that are left to the garbage collector are counted by it late, and a
 * dry run would hold some hundred megabytes of them.
 */
class ReadMemory {
  readonly #blocks: Buffer[] = [];
  #block = 0;
  #used = 0;

  /** What is larger than a block, one huge patient, is left to the garbage collector. */
  take(bytes: number): Buffer {
    if (bytes > LARGEST_READ) return Buffer.allocUnsafeSlow(bytes);
    for (; this.#block < this.#blocks.length; this.#block += 1, this.#used = 0) {
      const block = this.#blocks[this.#block];
      if (block === undefined || block.length - this.#used < bytes) continue;
      const taken = block.subarray(this.#used, this.#used + bytes);
      this.#used += bytes;
      return taken;
    }
    const block = Buffer.allocUnsafeSlow(LARGEST_READ);
    this.#blocks.push(block);
    this.#used = bytes;
    return block.subarray(0, bytes);
  }

  reuse(): void {
    this.#blocks.splice(MOST_BLOCKS);
    this.#block = 0;
    this.#used = 0;
  }
}

/** Of parts that have been read: one for each part that is read at the same time. */
const free: ReadMemory[] = [];

/** The runs of each patient. Synchronous: they are many small reads of a small file. */
function groupsOf({ folder, fromPatient, patients }: NdjsonPart): readonly (readonly Run[])[] {
  const order = rowsIn(join(folder, ORDER_FILE), ORDER_NUMBERS, [[fromPatient, patients]]);
  const places = (order[0] ?? []).map(([fromRow = 0, rows = 0]) => [fromRow, rows] as const);
  return rowsIn(join(folder, RUNS_FILE), RUN_NUMBERS, places).map((rows) =>
    rows.map(([file = 0, line = 0, offset = 0, bytes = 0]) => ({ file, line, offset, bytes })),
  );
}

/** @throws RangeError when the file is shorter. */
function rowsIn(
  path: string,
  width: number,
  places: readonly (readonly [from: number, rows: number])[],
): readonly (readonly (readonly number[])[])[] {
  const file = openSync(path, 'r');
  try {
    return places.map(([from, rows]) => {
      const numbers = new Float64Array(rows * width);
      const bytes = numbers.byteLength;
      if (readSync(file, numbers, 0, bytes, from * width * 8) < bytes)
        throw new RangeError('the index is too short');
      return Array.from({ length: rows }, (_, row) => [...numbers.subarray(row * width, (row + 1) * width)]);
    });
  } finally {
    closeSync(file);
  }
}

/** Runs that lie nearer than this are read in one go: a gap costs less than another call. */
const NEAR = 32 * 1024;

/** The bytes of each run; undefined where the file could not be read. */
type Texts = ReadonlyMap<Run, Buffer | undefined>;

async function textsOf(runs: readonly Run[], files: Files, memory: ReadMemory): Promise<Texts> {
  const texts = new Map<Run, Buffer | undefined>();
  for (const [file, own] of Map.groupBy(runs, (run) => run.file)) {
    const handle = await opened(files[file]?.path ?? '');
    const sorted = own.toSorted((one, other) => one.offset - other.offset);
    for (let from = 0; from < sorted.length;) {
      const near = nearbyFrom(sorted, from);
      await readTogether(handle, near, texts, memory);
      from += near.length;
    }
    await handle?.close();
  }
  return texts;
}

async function opened(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path);
  } catch {
    return undefined;
  }
}

function nearbyFrom(sorted: readonly Run[], from: number): readonly Run[] {
  const start = sorted[from]?.offset ?? 0;
  let end = start;
  let to = from;
  for (; to < sorted.length; to += 1) {
    const { offset, bytes } = sorted[to] ?? { offset: 0, bytes: 0 };
    if (to > from && (offset - end > NEAR || offset + bytes - start > LARGEST_READ)) break;
    end = Math.max(end, offset + bytes);
  }
  return sorted.slice(from, to);
}

async function readTogether(
  handle: FileHandle | undefined,
  runs: readonly Run[],
  texts: Map<Run, Buffer | undefined>,
  memory: ReadMemory,
): Promise<void> {
  const start = runs[0]?.offset ?? 0;
  const end = Math.max(...runs.map(({ offset, bytes }) => offset + bytes));
  const buffer = memory.take(end - start);
  let filled = 0;
  try {
    while (handle !== undefined && filled < buffer.length) {
      const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, start + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
  } catch {
    // What could not be read is told with the patient.
  }
  for (const run of runs) {
    const whole = run.offset + run.bytes - start <= filled;
    texts.set(run, whole ? buffer.subarray(run.offset - start, run.offset - start + run.bytes) : undefined);
  }
}

interface Line {
  readonly resource: Resource;
  readonly file: string;
  readonly line: number;
}

/** One group of the index: nearly always one patient. Ids that only share their hash are told apart here. */
function* patientsOf(runs: readonly Run[], texts: Texts, files: Files): Generator<SourceItem> {
  const lines: Line[] = [];
  const patients = new Map<string, Resource>();
  for (const run of runs) {
    const file = files[run.file]?.name ?? '';
    const bytes = texts.get(run);
    if (bytes === undefined) {
      yield { kind: 'problem', file, line: run.line, reason: 'cannot be read any more' };
      continue;
    }
    let line = run.line - 1;
    for (const text of bytes.toString('utf8').split('\n')) {
      line += 1;
      const resource = parsed(text);
      if (typeof resource === 'string') yield { kind: 'problem', file, line, reason: resource };
      else if (resource.resourceType !== 'Patient') lines.push({ resource, file, line });
      else if (patients.has(String(resource.id)))
        yield { kind: 'problem', file, line, reason: 'is the same Patient again; the first one is used' };
      else patients.set(String(resource.id), resource);
    }
  }
  yield* withTheirOwn(patients, lines);
}

function* withTheirOwn(
  patients: ReadonlyMap<string, Resource>,
  lines: readonly Line[],
): Generator<SourceItem> {
  const medications = lines.filter(({ resource }) => resource.resourceType === 'Medication');
  const others = lines.filter(({ resource }) => resource.resourceType !== 'Medication');
  const left = new Set(others);
  for (const [id, patient] of patients) {
    const own = others.filter(({ resource }) => belongsTo(resource, id));
    for (const line of own) left.delete(line);
    yield {
      kind: 'patient',
      id,
      resources: [patient, ...[...own, ...medications].map(({ resource }) => resource)],
    };
  }
  const [first] = left;
  if (first !== undefined) yield missingPatient(first, left.size);
}

function missingPatient({ file, line }: Line, count: number): InputProblem {
  const more = count === 1 ? '' : `, as do ${String(count - 1)} more resources`;
  return { kind: 'problem', file, line, reason: `belongs to a patient who is not in the input${more}` };
}

function parsed(text: string): Resource | string {
  let content: unknown;
  try {
    content = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch {
    return 'is not JSON';
  }
  return isResource(content) ? content : 'is not a FHIR resource';
}
