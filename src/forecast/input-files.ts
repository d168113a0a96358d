/** Finds the files of an input folder and tells by their beginning what they are. */
import { open, readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import { ServiceError } from '../errors.ts';

export interface InputFile {
  readonly path: string;
  /** Below the input, for people. */
  readonly name: string;
  readonly bytes: number;
  readonly gzipped: boolean;
}

export interface InputFiles {
  /** Files that hold one JSON document: Bundles, or what will be told to be none. */
  readonly bundles: readonly InputFile[];
  /** Files that hold one resource a line. */
  readonly ndjson: readonly InputFile[];
}

const NAME = /\.(?:json|ndjson|jsonl)(?:\.gz)?$/i;
const BEGINNING = 8192;
const GZIP_MAGIC = 0x1f8b;

/**
 * @param input a folder, searched with all folders in it, or one file of any name.
 * @throws ServiceError ERR_BAD_REQUEST when it cannot be read or holds no JSON or NDJSON file.
 */
export async function listInput(input: string): Promise<InputFiles> {
  const paths = await pathsOf(input);
  const bundles: InputFile[] = [];
  const ndjson: InputFile[] = [];
  for (const path of paths) {
    const { file, isNdjson } = await look(path, relative(input, path) || path);
    (isNdjson ? ndjson : bundles).push(file);
  }
  if (paths.length === 0)
    throw new ServiceError(
      'ERR_BAD_REQUEST',
      `${input}: holds no .json, .ndjson or .jsonl file (.gz or not)`,
    );
  return { bundles, ndjson };
}

async function pathsOf(input: string): Promise<readonly string[]> {
  try {
    if ((await stat(input)).isFile()) return [input];
    const entries = await readdir(input, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => !entry.isDirectory() && NAME.test(entry.name));
    return files.map((entry) => join(entry.parentPath, entry.name)).sort();
  } catch (cause) {
    throw new ServiceError('ERR_BAD_REQUEST', `${input}: cannot be read`, { cause });
  }
}

async function look(path: string, name: string): Promise<{ file: InputFile; isNdjson: boolean }> {
  try {
    const handle = await open(path);
    try {
      const { size } = await handle.stat();
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(BEGINNING), 0, BEGINNING, 0);
      const head = buffer.subarray(0, bytesRead);
      const gzipped = head.length > 2 && head.readUInt16BE(0) === GZIP_MAGIC;
      return {
        file: { path, name, bytes: size, gzipped },
        isNdjson: looksLikeNdjson(name, beginning(head, gzipped)),
      };
    } finally {
      await handle.close();
    }
  } catch {
    // Whoever reads it says so, with the other problems.
    return { file: { path, name, bytes: 0, gzipped: false }, isNdjson: false };
  }
}

function beginning(head: Buffer, gzipped: boolean): string {
  if (!gzipped) return head.toString('utf8');
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH }).toString('utf8');
  } catch {
    return '';
  }
}

/** By content: a Bundle in a file called .ndjson is a Bundle, resources a line in a file called .json are NDJSON. */
export function looksLikeNdjson(name: string, text: string): boolean {
  const [, type] = /^\uFEFF?\s*\{\s*"resourceType"\s*:\s*"(\w+)"/.exec(text) ?? [];
  if (type === 'Bundle') return isWhole(firstLine(text)) && /\n\s*\{/.test(text);
  if (type !== undefined) return true;
  return /\.(?:ndjson|jsonl)(?:\.gz)?$/i.test(name) || isWhole(firstLine(text));
}

function firstLine(text: string): string {
  return text.replace(/^\uFEFF?\s*/, '').split('\n', 1)[0] ?? '';
}

function isWhole(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
