/**
 * What a run has finished, on disk: its key, the numbers of the parts that are done and the sum of their counts, written whole or
 * not at all. Only the sum is kept: counts of one small part would say too much about its patients.
 *
 * With --identify each part has a file of rows as well; they are joined and removed at the end.
 */
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { ServiceError } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import { csvLine } from '../csv.ts';
import type { IdentifiedRow } from './evaluate.ts';
import { differences, type RunKey } from './run-key.ts';
import { emptyTally, fromJson, mergeInto, toJson, type Tally } from './tally.ts';

const RUN = 'run.json';
const PROGRESS = 'progress.json';
const ROWS = 'identified-parts';
const IDENTIFIED = 'identified.csv';

/** Writing costs some milliseconds, and a part may take no longer. */
const WRITE_EVERY_MS = 1000;

/** Counts so far. */
export interface Progress {
  readonly done: Set<number>;
  readonly tally: Tally;
  patients: number;
}

export interface Checkpoint {
  readonly progress: Progress;
  /** Adds a part; the sum is written with the first one and then at most once a second. A part that is done already changes nothing. */
  save(index: number, part: { tally: Tally; patients: number; rows: readonly IdentifiedRow[] }): void;
  /** Writes the sum now. */
  flush(): void;
  /** Joins the rows of --identify, in the order of the parts. */
  joinRows(): Promise<void>;
}

/**
 * Opens the folder of a run, or begins one.
 *
 * @param restart forget what the folder holds.
 * @throws ServiceError ERR_CONFIG when the folder holds another run.
 */
export function openCheckpoint(folder: string, key: RunKey, restart: boolean): Checkpoint {
  mkdirSync(folder, { recursive: true });
  if (restart || !existsSync(join(folder, RUN))) {
    for (const name of [RUN, PROGRESS, ROWS, IDENTIFIED])
      rmSync(join(folder, name), { recursive: true, force: true });
    writeWhole(join(folder, RUN), `${JSON.stringify(key, null, 2)}\n`);
  } else refuseOther(folder, differences(readJson(join(folder, RUN)), key));
  const progress = readProgress(join(folder, PROGRESS)) ?? {
    done: new Set(),
    tally: emptyTally(),
    patients: 0,
  };
  let written = -Infinity;
  const flush = (): void => {
    writeWhole(join(folder, PROGRESS), JSON.stringify(progressJson(progress)));
    written = performance.now();
  };
  return {
    progress,
    flush,
    save: (index, { tally, patients, rows }) => {
      if (progress.done.has(index)) return;
      if (key.identify) writeRows(folder, index, rows);
      mergeInto(progress.tally, tally);
      progress.done.add(index);
      progress.patients += patients;
      if (performance.now() - written > WRITE_EVERY_MS) flush();
    },
    joinRows: () => joinRows(folder, key.parts),
  };
}

function refuseOther(folder: string, differs: readonly string[]): void {
  if (differs.length === 0) return;
  throw new ServiceError(
    'ERR_CONFIG',
    `${folder} holds another run (changed: ${differs.join(', ')}). Use another --out, or --restart to begin anew there.`,
  );
}

/** A file that is there under its name is whole: the rename is the last step. */
export function writeWhole(file: string, content: string): void {
  writeFileSync(`${file}.tmp`, content, { mode: 0o600, flush: true });
  renameSync(`${file}.tmp`, file);
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

function progressJson({ done, tally, patients }: Progress): Record<string, unknown> {
  return { patients, done: [...done].sort((a, b) => a - b), tally: toJson(tally) };
}

/** Undefined when there is none, or one that cannot be read: the parts are done again. */
function readProgress(file: string): Progress | undefined {
  const json = readJson(file);
  if (!isJsonObject(json) || !Array.isArray(json['done'])) return undefined;
  try {
    const done = new Set(json['done'].map(Number));
    return { done, tally: fromJson(json['tally']), patients: Number(json['patients']) };
  } catch {
    return undefined;
  }
}

const COLUMNS = ['patient', 'as_of', 'policy', 'recommendation', 'variant', 'change'];

function rowsFile(folder: string, index: number): string {
  return join(folder, ROWS, `${String(index)}.csv`);
}

function writeRows(folder: string, index: number, rows: readonly IdentifiedRow[]): void {
  mkdirSync(join(folder, ROWS), { recursive: true, mode: 0o700 });
  const lines = rows.map(({ patient, asOf, policy, recommendation, variant, change }) =>
    csvLine([patient, asOf, policy, recommendation, variant, change]),
  );
  writeWhole(rowsFile(folder, index), lines.join(''));
}

async function joinRows(folder: string, parts: number): Promise<void> {
  if (!existsSync(join(folder, ROWS))) return;
  const target = join(folder, IDENTIFIED);
  const out = createWriteStream(`${target}.tmp`, { mode: 0o600 });
  out.write(csvLine(COLUMNS));
  for (let index = 0; index < parts; index++) {
    const file = rowsFile(folder, index);
    if (existsSync(file) && !out.write(readFileSync(file)))
      await new Promise((done) => out.once('drain', done));
  }
  out.end();
  await finished(out);
  renameSync(`${target}.tmp`, target);
  rmSync(join(folder, ROWS), { recursive: true, force: true });
}
