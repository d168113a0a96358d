/** Patient Bundles, a number of files at a time. */
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import type { Resource } from '../facts/record.ts';
import { plainBundle } from '../gather/bundle.ts';
import { belongsTo } from '../gather/subject.ts';
import { isJsonObject } from '../json.ts';
import type { InputFile } from './input-files.ts';
import { DEFAULT_PART_SIZE, type InputProblem, type SourceItem, type SourceOptions } from './source-item.ts';

export interface BundlePart {
  readonly kind: 'bundles';
  readonly files: readonly Pick<InputFile, 'path' | 'name' | 'gzipped'>[];
}

/** A decompressed file beyond this is refused: one patient does not need it, and a gzip bomb does. */
const MAX_BUNDLE_BYTES = 256 * 1024 * 1024;

export function bundleParts(
  files: readonly InputFile[],
  { partSize = DEFAULT_PART_SIZE }: SourceOptions,
): BundlePart[] {
  const parts: BundlePart[] = [];
  for (let from = 0; from < files.length; from += partSize) {
    const some = files.slice(from, from + partSize);
    parts.push({ kind: 'bundles', files: some.map(({ path, name, gzipped }) => ({ path, name, gzipped })) });
  }
  return parts;
}

export async function* readBundlePart({ files }: BundlePart): AsyncGenerator<SourceItem> {
  for (const file of files) {
    const read = await contentOf(file);
    if ('reason' in read) yield { kind: 'problem', file: file.name, ...read };
    else yield* patientsOf(read.content, file.name);
  }
}

type Failure = Pick<InputProblem, 'line' | 'reason'>;

async function contentOf({
  path,
  gzipped,
}: BundlePart['files'][number]): Promise<{ readonly content: unknown } | Failure> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
    if (gzipped) bytes = gunzipSync(bytes, { maxOutputLength: MAX_BUNDLE_BYTES });
  } catch (error) {
    const tooLarge = isJsonObject(error) && error['code'] === 'ERR_BUFFER_TOO_LARGE';
    return { reason: tooLarge ? 'is larger than 256 MB' : gzipped ? 'is not whole gzip' : 'cannot be read' };
  }
  if (bytes.length > MAX_BUNDLE_BYTES) return { reason: 'is larger than 256 MB' };
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  try {
    return { content: JSON.parse(text) };
  } catch (error) {
    return { reason: text.trim() === '' ? 'is empty' : 'is not JSON', ...lineOf(error, text) };
  }
}

/** The line of the fault. Only the position of the parser's message is used: its words quote the file. */
function lineOf(error: unknown, text: string): { readonly line?: number } {
  const message = error instanceof Error ? error.message : '';
  const [, at] = /at position (\d+)/.exec(message) ?? [];
  if (at !== undefined) return { line: linesIn(text.slice(0, Number(at))) };
  if (!isTokenFault(message)) return { line: linesIn(text.trimEnd()) };
  return text.length > LONGEST_SEARCHED ? {} : { line: lineOfTokenFault(text.split('\n')) };
}

/** A text beyond this is not searched for its faulty line: each step of the search parses half of it. */
const LONGEST_SEARCHED = 16 * 1024 * 1024;

function linesIn(text: string): number {
  return text.split('\n').length;
}

function isTokenFault(message: string): boolean {
  return message.startsWith('Unexpected token');
}

/** An unexpected token is told without its position: the first line up to which the text already has that fault, by halving. */
function lineOfTokenFault(lines: readonly string[]): number {
  let good = 0;
  let bad = lines.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isTokenFault(faultOf(lines.slice(0, middle).join('\n')))) bad = middle;
    else good = middle;
  }
  return bad;
}

function faultOf(text: string): string {
  try {
    JSON.parse(text);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
}

/** Each Patient of the Bundle with what is theirs; a Bundle of several patients is several patients. */
function* patientsOf(content: unknown, file: string): Generator<SourceItem> {
  const problem = (reason: string): InputProblem => ({ kind: 'problem', file, reason });
  const resources = resourcesOf(content);
  if (typeof resources === 'string') {
    yield problem(resources);
    return;
  }
  const patients = new Map<string, Resource>();
  for (const one of resources) {
    if (one.resourceType !== 'Patient') continue;
    if (patients.has(String(one.id))) yield problem('holds a Patient twice; the first one is used');
    else patients.set(String(one.id), one);
  }
  const others = resources.filter(({ resourceType }) => resourceType !== 'Patient');
  const taken = new Set<Resource>();
  for (const [id, patient] of patients) {
    const own = others.filter((one) => belongsTo(one, id) && (patients.size === 1 || isNamedOrShared(one)));
    for (const one of own) taken.add(one);
    yield { kind: 'patient', id, resources: [patient, ...own] };
  }
  const left = others.length - taken.size;
  if (left > 0)
    yield problem(
      `holds ${String(left)} resource${left === 1 ? '' : 's'} that cannot be given to a Patient in it`,
    );
}

/** In a Bundle of several patients, a resource without subject could be anybody's; a Medication is meant for all. */
function isNamedOrShared({ resourceType, subject, patient }: Resource): boolean {
  return resourceType === 'Medication' || isJsonObject(subject) || isJsonObject(patient);
}

/** @returns why it cannot be read, else its resources with plain references. */
function resourcesOf(content: unknown): readonly Resource[] | string {
  if (!isJsonObject(content) || content['resourceType'] !== 'Bundle') return 'is not a FHIR Bundle';
  try {
    return plainBundle(content).resources;
  } catch {
    return 'holds no Patient';
  }
}
