/**
 * The input side of the forecast: where patients come from, cut into parts that workers read alone.
 *
 * Three sources: a folder or file of patient Bundles, a folder or file of FHIR Bulk Data NDJSON (one folder may hold both), and a FHIR
 * server with a Group. What cannot be read is told with file, line and reason, and the rest is done.
 */
import { readBundlePart, bundleParts, type BundlePart } from './bundle-part.ts';
import { listInput } from './input-files.ts';
import type { SourceItem, SourceOptions } from './source-item.ts';

export type { InputProblem, SourceItem, SourceOptions, SourcePatient } from './source-item.ts';

/** A part of the input that one worker reads alone; plain JSON, so that it crosses to threads and through a job queue. */
export type Part = BundlePart;

export interface Source {
  /** In a stable order: the same input gives the same parts. */
  readonly parts: readonly Part[];
  /** Known for NDJSON; how many are in a folder of Bundles shows only when they are read. */
  readonly patients?: number;
  /** Bytes on disk, compressed where they are: for progress. */
  readonly bytes: number;
  /** Removes the temporary files. Parts cannot be read after it. */
  close(): Promise<void>;
}

/**
 * @param input path of a folder (nested ones too) or of one file.
 * @throws ServiceError ERR_BAD_REQUEST when there is nothing there to read.
 */
export async function openSource(input: string, options: SourceOptions = {}): Promise<Source> {
  const { bundles } = await listInput(input);
  return {
    parts: bundleParts(bundles, options),
    bytes: bundles.reduce((sum, { bytes }) => sum + bytes, 0),
    close: () => Promise.resolve(),
  };
}

/**
 * Patients and problems of one part, in a stable order: whoever has done the first n items may go on with the next.
 *
 * Never throws for what a file holds; a file that has vanished is a problem too.
 */
export function readPart(part: Part): AsyncIterable<SourceItem> {
  return readBundlePart(part);
}
