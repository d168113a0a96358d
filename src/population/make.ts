/** `make-population`: synthetic bone-heart charts as FHIR Bulk Data NDJSON, one file per resource type. */
import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { BlockFile } from '../block-file.ts';
import { ServiceError } from '../errors.ts';
import { parseDay } from '../facts/fhir-date.ts';
import { isJsonObject } from '../json.ts';
import { populationOf } from './chart.ts';

export const MAKE_POPULATION_USAGE = `make-population --patients N --seed S --out DIR [--as-of YYYY-MM-DD] [--patients-per-file M]

  --patients           how many
  --seed               a whole number: the same seed and date give the same patients, whatever their number
  --out                a folder that is new or empty
  --as-of              the day from which ages and dates are counted back, today by default
  --patients-per-file  starts new files after so many patients (Observation.000.ndjson), by default one file per type`;

export interface MakePopulationOptions {
  readonly args: readonly string[];
  readonly today: string;
  readonly print: (text: string) => void;
}

interface Arguments {
  readonly patients: number;
  readonly seed: number;
  readonly out: string;
  readonly asOf: string;
  readonly patientsPerFile: number | undefined;
}

/** @throws ServiceError ERR_BAD_REQUEST for arguments that cannot be used or a folder that is not empty. */
export async function makePopulation({ args, today, print }: MakePopulationOptions): Promise<void> {
  const options = readArguments(args, today);
  await emptyFolder(options.out);
  const started = performance.now();
  const progress = progressOf(options.patients, started, print);
  const { resources, bytes } = await writePopulation(options, progress);
  const seconds = (performance.now() - started) / 1000;
  print(
    `${String(options.patients)} synthetic patients, ${String(resources)} resources, ${(bytes / 1e6).toFixed(1)} MB in ${options.out}\n` +
      `seed ${String(options.seed)}, as of ${options.asOf}; ${seconds.toFixed(1)} s, ${rate(options.patients, seconds)} patients/s`,
  );
}

function readArguments(args: readonly string[], today: string): Arguments {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { patients: text, seed: text, out: text, 'as-of': text, 'patients-per-file': text },
    });
    const perFile = values['patients-per-file'];
    if (values.out === undefined || values.out === '') throw new RangeError('give --out DIR');
    const asOf = values['as-of'] ?? today;
    parseDay(asOf);
    return {
      patients: wholeNumber('--patients', values.patients, 1),
      seed: wholeNumber('--seed', values.seed, 0),
      out: values.out,
      asOf,
      patientsPerFile: perFile === undefined ? undefined : wholeNumber('--patients-per-file', perFile, 1),
    };
  } catch (error) {
    throw new ServiceError(
      'ERR_BAD_REQUEST',
      `${error instanceof Error ? error.message : 'bad arguments'}\n\nusage: ${MAKE_POPULATION_USAGE}`,
    );
  }
}

function wholeNumber(name: string, text: string | undefined, least: number): number {
  const value = Number(text);
  if (text === undefined || !/^\d{1,12}$/.test(text) || value < least)
    throw new RangeError(`${name} must be a whole number from ${String(least)}`);
  return value;
}

async function emptyFolder(out: string): Promise<void> {
  let names: readonly string[];
  try {
    // Where the parent is there, not recursively: under /proc that never ends (Node 26).
    await mkdir(out, { recursive: !existsSync(dirname(out)) }).catch(unlessThere);
    names = await readdir(out);
  } catch (cause) {
    throw new ServiceError('ERR_BAD_REQUEST', `--out ${out}: is no folder that can be written`, { cause });
  }
  if (names.length > 0)
    throw new ServiceError('ERR_BAD_REQUEST', `--out ${out}: is not empty; name a new folder`);
}

function unlessThere(error: unknown): void {
  if (!isJsonObject(error) || error['code'] !== 'EEXIST') throw error;
}

/** Lines of one type that wait to be written. */
interface Pending {
  lines: string;
  readonly file: BlockFile;
}

/** Characters after which lines are handed to the file system. */
const CHUNK = 1 << 18;

/** Writes all charts; waits wherever the disk is slower, so that memory stays flat. */
async function writePopulation(
  { patients, seed, out, asOf, patientsPerFile }: Arguments,
  progress: (done: number) => void,
): Promise<{ readonly resources: number; readonly bytes: number }> {
  const population = populationOf({ seed, asOf });
  const files = new Map<string, Pending>();
  let resources = 0;
  let bytes = 0;
  for (let number = 0; number < patients; number += 1) {
    if (patientsPerFile !== undefined && number > 0 && number % patientsPerFile === 0)
      bytes += await closeAll(files);
    for (const resource of population.chart(number)) {
      const type = String(resource['resourceType']);
      const suffix =
        patientsPerFile === undefined
          ? ''
          : `.${String(Math.floor(number / patientsPerFile)).padStart(3, '0')}`;
      const file = files.get(type) ?? opened(files, type, join(out, `${type}${suffix}.ndjson`));
      file.lines += `${JSON.stringify(resource)}\n`;
      resources += 1;
      if (file.lines.length > CHUNK) await flush(file);
    }
    progress(number + 1);
  }
  bytes += await closeAll(files);
  return { resources, bytes };
}

function opened(files: Map<string, Pending>, type: string, path: string): Pending {
  const file = { lines: '', file: new BlockFile(path) };
  files.set(type, file);
  return file;
}

async function flush(pending: Pending): Promise<void> {
  const { lines } = pending;
  pending.lines = '';
  await pending.file.write(lines);
}

/** @returns the bytes written. */
async function closeAll(files: Map<string, Pending>): Promise<number> {
  let bytes = 0;
  for (const pending of files.values()) {
    await flush(pending);
    await pending.file.end();
    bytes += pending.file.bytesWritten;
  }
  files.clear();
  return bytes;
}

const PROGRESS_EVERY_MS = 2000;

function progressOf(
  patients: number,
  started: number,
  print: (text: string) => void,
): (done: number) => void {
  let next = started + PROGRESS_EVERY_MS;
  return (done) => {
    if (done % 64 !== 0) return;
    const now = performance.now();
    if (now < next) return;
    next = now + PROGRESS_EVERY_MS;
    const seconds = (now - started) / 1000;
    const left = ((patients - done) * seconds) / done;
    print(
      `${String(done)} of ${String(patients)} patients, ${rate(done, seconds)}/s, ${left.toFixed(0)} s left`,
    );
  };
}

function rate(count: number, seconds: number): string {
  return Math.round(count / Math.max(seconds, 0.001)).toString();
}
