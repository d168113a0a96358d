/**
 * The input side of the forecast: where patients come from, cut into parts that workers read alone.
 *
 * A folder or file of patient Bundles, or of FHIR Bulk Data NDJSON; one folder may hold both. A FHIR server is first exported into a
 * folder (bulk-export.ts). What cannot be read is told with file, line and reason, and the rest is done.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundleParts, readBundlePart, type BundlePart } from './bundle-part.ts';
import { exportGroup, type BulkServer } from './bulk-export.ts';
import { listInput } from './input-files.ts';
import { indexNdjson, type NdjsonIndex } from './ndjson-index.ts';
import { readNdjsonPart } from './ndjson-part.ts';
import type { NdjsonPart } from './ndjson-sort.ts';
import type { SourceItem, SourceOptions } from './source-item.ts';

export type { BulkServer } from './bulk-export.ts';
export type { InputProblem, SourceItem, SourceOptions, SourcePatient } from './source-item.ts';

/** A part of the input that one worker reads alone; plain JSON, so that it crosses to threads and through a job queue. */
export type Part = BundlePart | NdjsonPart;

export interface Source {
  /** In a stable order: the same input gives the same parts. */
  readonly parts: readonly Part[];
  /** Known for NDJSON; how many are in a folder of Bundles shows only when they are read. */
  readonly patients?: number;
  /** Lines of types that nothing reads, by type: counted, not parsed. */
  readonly skipped?: Readonly<Record<string, number>>;
  /** Bytes on disk, compressed where they are: for progress. */
  readonly bytes: number;
  /** Removes the temporary files. Parts of NDJSON cannot be read after it. */
  close(): Promise<void>;
}

const NOTHING: NdjsonIndex = { parts: [], patients: 0, skipped: {} };

/**
 * @param input path of a folder (nested ones too) or of one file, or a FHIR server whose Group is exported first.
 * @throws ServiceError ERR_BAD_REQUEST when there is nothing there to read; for a server see `exportGroup`.
 */
export async function openSource(input: string | BulkServer, options: SourceOptions = {}): Promise<Source> {
  const folder = await mkdtemp(join(resolve(options.workDir ?? tmpdir()), 'bone-heart-forecast-'));
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const path = typeof input === 'string' ? resolve(input) : await exported(input, folder, options);
    return { ...(await opened(path, folder, options)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function exported(server: BulkServer, folder: string, options: SourceOptions): Promise<string> {
  const path = join(folder, 'export');
  await mkdir(path);
  await exportGroup(server, path, options);
  return path;
}

/** @param path absolute, so that a worker that was started elsewhere finds the files too. */
async function opened(path: string, folder: string, options: SourceOptions): Promise<Omit<Source, 'close'>> {
  const { bundles, ndjson } = await listInput(path);
  const index = ndjson.length === 0 ? NOTHING : await indexNdjson(ndjson, folder, options);
  return {
    parts: [...bundleParts(bundles, options), ...index.parts],
    ...(bundles.length > 0 ? {} : { patients: index.patients }),
    skipped: index.skipped,
    bytes: [...bundles, ...ndjson].reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/**
 * Patients and problems of one part, in a stable order: whoever has done the first n items may go on with the next.
 *
 * Never throws for what a file holds; a file that has vanished is a problem too.
 */
export function readPart(part: Part): AsyncIterable<SourceItem> {
  return part.kind === 'bundles' ? readBundlePart(part) : readNdjsonPart(part);
}
