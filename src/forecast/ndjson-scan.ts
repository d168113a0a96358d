/**
 * Finds in NDJSON which lines belong to which patient, without parsing them.
 *
 * Most servers write `"subject":{"reference":"…"}` without white space. Those bytes cannot stand inside a JSON string (its quotes would
 * be escaped), and before a `contained` only the resource itself can hold them, so the first occurrence in a line is the subject. A line
 * in another form is parsed. A line that only looks whole is found later, by whoever parses it.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { belongingOf, hashOf, idInReference, isReadType, type Belonging } from './patient-key.ts';

/** A stretch of one file, from the beginning of a line to the end of one. */
export interface Segment {
  readonly id: number;
  /** Number of the file in the list of files. */
  readonly file: number;
  readonly path: string;
  readonly from: number;
  /** A line that begins before it belongs to the segment. */
  readonly to: number;
  /** CSV files to write: runs of lines, and which patient names which Medication. */
  readonly runs: string;
  readonly medications: string;
}

export interface LineProblem {
  /** Within the segment, from 1. */
  readonly line: number;
  readonly reason: string;
}

export interface Scanned {
  readonly id: number;
  readonly lines: number;
  readonly problems: readonly LineProblem[];
  /** Problems beyond those listed. */
  readonly moreProblems: number;
  /** Lines of types that nothing reads. */
  readonly skipped: Readonly<Record<string, number>>;
}

/** What a run of lines is: the Patient itself, a Medication, or something about the patient. */
export const RUN_KINDS = { patient: 0, other: 1, medication: 2 } as const;

const CHUNK = 1 << 18;
export const LONGEST_LINE = 64 * 1024 * 1024;
const MOST_PROBLEMS = 1000;
const NEWLINE = 10;

/** Reads a segment once and writes its runs. @throws the error of the file system. */
export function scanSegment(segment: Segment): Scanned {
  const lines = new LineScanner(segment);
  const input = openSync(segment.path, 'r');
  try {
    readLines(input, segment, lines);
  } finally {
    closeSync(input);
    lines.close();
  }
  return lines.scanned();
}

/** Hands over blocks of whole lines, each with its offset in the file. */
function readLines(input: number, { from, to }: Segment, lines: LineScanner): void {
  let buffer = Buffer.allocUnsafe(CHUNK);
  // The segment before this one ends with the line that holds the byte before `from`.
  let offset = from === 0 ? 0 : from - 1;
  let skipping = from !== 0;
  let held = 0;
  let tooLong = false;
  while (offset < to) {
    const read = readSync(input, buffer, held, buffer.length - held, offset + held);
    const filled = held + read;
    if (filled === 0) return;
    const end = read === 0 ? filled : buffer.lastIndexOf(NEWLINE, filled - 1) + 1;
    if (end === 0) {
      if (buffer.length >= LONGEST_LINE) {
        tooLong = true;
        offset += filled;
        held = 0;
      } else {
        buffer = Buffer.concat([buffer.subarray(0, filled)], Math.min(buffer.length * 4, LONGEST_LINE));
        held = filled;
      }
      continue;
    }
    let start = 0;
    if (skipping || tooLong) {
      if (tooLong && !skipping) lines.tooLong();
      start = buffer.indexOf(NEWLINE) + 1 || end;
      skipping = false;
      tooLong = false;
    }
    if (start < end) lines.block(buffer.toString('latin1', start, end), offset + start, to);
    buffer.copyWithin(0, end, filled);
    held = filled - end;
    offset += end;
    if (read === 0) return;
  }
}

// Without their first quote, which is looked at apart: a search for a text that begins with a quote stops at every quote.
const SUBJECT = 'subject":{"reference":"';
const CONTAINED = 'contained":';
const MEDICATION = '"medicationReference"';
const TYPE_FIRST = '{"resourceType":"';
const ID_NEXT = '","id":"';

/** Where a text next occurs: each search goes on where the last one ended, so that a block is searched once. */
class Finder {
  readonly #needle: string;
  #text = '';
  #next = -1;

  constructor(needle: string) {
    this.#needle = needle;
  }

  within(text: string): void {
    this.#text = text;
    this.#next = text.indexOf(this.#needle);
  }

  /** The first occurrence from `start` that begins before `end`, else -1. `start` never goes back. */
  in(start: number, end: number): number {
    if (this.#next !== -1 && this.#next < start) this.#next = this.#text.indexOf(this.#needle, start);
    return this.#next < end ? this.#next : -1;
  }
}

class LineScanner {
  readonly #segment: Segment;
  readonly #subject = new Finder(SUBJECT);
  readonly #contained = new Finder(CONTAINED);
  readonly #runs: RowWriter;
  readonly #medications: RowWriter;
  readonly #problems: LineProblem[] = [];
  readonly #skipped = new Map<string, number>();
  #moreProblems = 0;
  #line = 0;
  #lastReference = '';
  #lastHash = 0;
  #run:
    { kind: number; hash: number; line: number; offset: number; bytes: number; lines: number } | undefined;

  constructor(segment: Segment) {
    this.#segment = segment;
    this.#runs = new RowWriter(segment.runs);
    this.#medications = new RowWriter(segment.medications);
  }

  /** Lines of latin1 text, one character a byte, that begin at `offset` of the file; those that begin at `to` or later are left. */
  block(text: string, offset: number, to: number): void {
    this.#subject.within(text);
    this.#contained.within(text);
    for (let start = 0; start < text.length && offset + start < to;) {
      const newline = text.indexOf('\n', start);
      const end = newline === -1 ? text.length : newline;
      this.#line += 1;
      if (end > start) this.#one(text, start, end, offset);
      start = end + 1;
    }
  }

  tooLong(): void {
    this.#line += 1;
    this.#problem('is longer than 64 MB');
  }

  scanned(): Scanned {
    return {
      id: this.#segment.id,
      lines: this.#line,
      problems: this.#problems,
      moreProblems: this.#moreProblems,
      skipped: Object.fromEntries(this.#skipped),
    };
  }

  close(): void {
    this.#endRun();
    this.#runs.close();
    this.#medications.close();
  }

  #one(text: string, start: number, end: number, offset: number): void {
    if (!this.#byBytes(text, start, end, offset)) this.#byParsing(text, start, end, offset);
  }

  /** @returns false when the line has to be parsed. */
  #byBytes(text: string, start: number, end: number, offset: number): boolean {
    if (!text.startsWith(TYPE_FIRST, start) || text[end - 1] !== '}') return false;
    const typeEnd = text.indexOf('"', start + TYPE_FIRST.length);
    const type = text.slice(start + TYPE_FIRST.length, typeEnd);
    if (type === 'Patient' || type === 'Medication') {
      if (!text.startsWith(ID_NEXT, typeEnd)) return false;
      const idEnd = text.indexOf('"', typeEnd + ID_NEXT.length);
      const id = text.slice(typeEnd + ID_NEXT.length, idEnd);
      if (id === '' || id.includes('\\') || idEnd > end) return false;
      this.#add(
        type === 'Patient' ? RUN_KINDS.patient : RUN_KINDS.medication,
        hashOf(id),
        start,
        end,
        offset,
      );
      return true;
    }
    if (!isReadType(type)) {
      // Words that are no type are for the parser to judge.
      if (!/^[A-Z][A-Za-z]{1,40}$/.test(type) || type === 'Bundle') return false;
      this.#skip(type);
      return true;
    }
    const subject = this.#subject.in(start, end);
    if (subject === -1 || text[subject - 1] !== '"' || this.#contained.in(start, subject) !== -1)
      return false;
    if (type.startsWith('Medication') && text.slice(start, end).includes(MEDICATION)) return false;
    const hash = this.#hashAt(text, subject + SUBJECT.length);
    if (hash === undefined) return false;
    this.#add(RUN_KINDS.other, hash, start, end, offset);
    return true;
  }

  #hashAt(text: string, at: number): number | undefined {
    const last = this.#lastReference;
    if (last !== '' && text.startsWith(last, at)) return this.#lastHash;
    const reference = text.slice(at, text.indexOf('"', at) + 1);
    if (reference.includes('\\')) return undefined;
    const id = idInReference(reference.slice(0, -1), 'Patient');
    if (id === undefined) return undefined;
    this.#lastReference = reference;
    this.#lastHash = hashOf(id);
    return this.#lastHash;
  }

  #byParsing(text: string, start: number, end: number, offset: number): void {
    const line = Buffer.from(text.slice(start, end), 'latin1')
      .toString('utf8')
      .replace(/^\uFEFF/, '');
    if (line.trim() === '') return;
    const belonging = parsedBelonging(line);
    if (typeof belonging === 'string') this.#problem(belonging);
    else if (!isReadType(belonging.resourceType)) this.#skip(belonging.resourceType);
    else {
      const { resourceType, key, medication } = belonging;
      const hash = hashOf(key);
      this.#add(kindOf(resourceType), hash, start, end, offset);
      if (medication !== undefined) this.#medications.write([hash, hashOf(medication)]);
    }
  }

  #add(kind: number, hash: number, start: number, end: number, offset: number): void {
    const run = this.#run;
    const at = offset + start;
    const bytes = end - start;
    // Lines of one patient that follow each other are one run; a blank line between them ends it.
    if (run !== undefined && run.hash === hash && run.kind === kind && run.offset + run.bytes + 1 === at) {
      run.bytes += bytes + 1;
      run.lines += 1;
      return;
    }
    this.#endRun();
    this.#run = { kind, hash, line: this.#line, offset: at, bytes, lines: 1 };
  }

  #endRun(): void {
    const run = this.#run;
    if (run === undefined) return;
    const { id, file } = this.#segment;
    this.#runs.write([run.kind, run.hash, file, id, run.line, run.offset, run.bytes, run.lines]);
    this.#run = undefined;
  }

  #problem(reason: string): void {
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push({ line: this.#line, reason });
    else this.#moreProblems += 1;
  }

  #skip(type: string): void {
    this.#skipped.set(type, (this.#skipped.get(type) ?? 0) + 1);
  }
}

function parsedBelonging(line: string): Belonging | string {
  try {
    return belongingOf(JSON.parse(line));
  } catch {
    return 'is not JSON';
  }
}

function kindOf(resourceType: string): number {
  if (resourceType === 'Patient') return RUN_KINDS.patient;
  return resourceType === 'Medication' ? RUN_KINDS.medication : RUN_KINDS.other;
}

/** Rows of numbers as CSV, written in blocks. */
class RowWriter {
  readonly #file: number;
  #text = '';

  constructor(path: string) {
    this.#file = openSync(path, 'wx');
  }

  write(numbers: readonly number[]): void {
    this.#text += `${numbers.join(',')}\n`;
    if (this.#text.length > CHUNK) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #flush(): void {
    const bytes = Buffer.from(this.#text, 'latin1');
    for (let at = 0; at < bytes.length; at += writeSync(this.#file, bytes, at));
    this.#text = '';
  }
}
