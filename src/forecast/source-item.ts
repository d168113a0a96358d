/** What a source yields, and how it is opened. */
import type { Resource } from '../facts/record.ts';

/** One patient as the forecast evaluates it. */
export interface SourcePatient {
  readonly kind: 'patient';
  /** Plain id of the Patient. It is a patient identifier: never print it without `--identify`. */
  readonly id: string;
  /**
   * The Patient first, once; then this patient's resources, and the Medications they name. Ready for `recordOfBundle`. References of a
   * Bundle are made plain; those of NDJSON are as they came, in a form that `belongsTo` understands.
   */
  readonly resources: readonly Resource[];
}

/** Something that was not read. */
export interface InputProblem {
  readonly kind: 'problem';
  /** Path below the input. A file name may itself name a patient (Synthea's do): show it to the operator only. */
  readonly file: string;
  /** From 1. */
  readonly line?: number;
  /** Our words; never content of the file. */
  readonly reason: string;
}

export type SourceItem = SourcePatient | InputProblem;

export interface SourceOptions {
  /** Where temporary files go: a folder of our own is made below it and removed by `close`. The system's temporary folder by default. */
  readonly workDir?: string;
  /** Worker threads for indexing NDJSON; the cores of the machine by default. */
  readonly threads?: number;
  /** Patients (NDJSON) or files (Bundles) of one part, 250 by default. */
  readonly partSize?: number;
  /** Problems found while opening; those inside a part come with the part. */
  readonly onProblem?: (problem: InputProblem) => void;
  /** Bytes of the input that have been looked at while opening, of all bytes. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export const DEFAULT_PART_SIZE = 250;
