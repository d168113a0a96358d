/** One part of the input: read, evaluate, count. Nothing about a patient leaves it but counts, unless rows are asked for. */
import { evaluate, type Gap, type IdentifiedRow, type Place, type Setup } from './evaluate.ts';
import { readPart, type InputProblem, type Part, type SourceItem, type SourcePatient } from './source.ts';
import { emptyTally, type Problem, type Tally } from './tally.ts';

export interface PartResult {
  readonly tally: Tally;
  /** With the names of files as they are: whoever writes them down names them by number first. */
  readonly problems: readonly Problem[];
  readonly rows: readonly IdentifiedRow[];
  readonly patients: number;
}

export interface PartOptions {
  readonly setup: Setup;
  readonly identify: boolean;
}

/**
 * @param index of the part, from 0: the place of a patient in NDJSON is part and number.
 */
export async function workPart(
  part: Part,
  index: number,
  { setup, identify }: PartOptions,
): Promise<PartResult> {
  const tally = emptyTally();
  const problems: Problem[] = [];
  const rows: IdentifiedRow[] = [];
  let patients = 0;
  const note = identify ? (row: IdentifiedRow): void => void rows.push(row) : undefined;
  const one = (patient: SourcePatient, gap: Gap, place: Place): void => {
    patients += 1;
    evaluate(tally, patient, setup, gap, place, note);
  };
  for (const unit of unitsOf(part)) {
    if (unit.file === null) await readStream(readPart(unit.part), index, one, problems);
    else await readFileOfOne(readPart(unit.part), unit.file, one, problems);
  }
  // Failed evaluations are problems like the others; only here is their place still a name.
  problems.push(...tally.problems);
  tally.problems = [];
  tally.problemCounts.clear();
  return { tally, problems, rows, patients };
}

type One = (patient: SourcePatient, gap: Gap, place: Place) => void;

interface Unit {
  readonly part: Part;
  /** The one file that it reads; null when patients come from many. */
  readonly file: string | null;
}

/** Bundles one by one: what is wrong with a file concerns the patients in it and nobody else. */
function unitsOf(part: Part): readonly Unit[] {
  if (part.kind !== 'bundles') return [{ part, file: null }];
  return part.files.map((file) => ({ part: { ...part, files: [file] }, file: file.name }));
}

/** What is told beside a patient but is of somebody else. */
const OF_OTHERS = /^(?:belongs to|is the same Patient)/;

/** In NDJSON the lines of a patient that could not be read come right before the patient. */
async function readStream(
  items: AsyncIterable<SourceItem>,
  index: number,
  one: One,
  problems: Problem[],
): Promise<void> {
  let line = 0;
  let gap: Gap = null;
  for await (const item of items) {
    if (item.kind === 'problem') {
      problems.push(problemOf(item));
      if (!OF_OTHERS.test(item.reason)) gap = 'unreadable';
    } else {
      one(item, gap, { file: `part ${String(index + 1)}`, line: (line += 1) });
      gap = null;
    }
  }
}

/** Something of the file was not used: then nothing may be said to be missing from its charts. */
async function readFileOfOne(
  items: AsyncIterable<SourceItem>,
  file: string,
  one: One,
  problems: Problem[],
): Promise<void> {
  const patients: SourcePatient[] = [];
  let gap: Gap = null;
  for await (const item of items) {
    if (item.kind === 'patient') patients.push(item);
    else {
      problems.push(problemOf(item));
      gap = 'unreadable';
    }
  }
  patients.forEach((patient, at) => {
    one(patient, gap, { file, line: at + 1 });
  });
}

function problemOf({ file, line = 0, reason }: InputProblem): Problem {
  return { file, line, reason };
}
