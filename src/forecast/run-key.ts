/**
 * What a run is: everything that decides its result, as hashes. Two runs with the same key have the same result, so one goes on where
 * the other stopped, and a worker on another machine may take its parts.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isJsonObject } from '../json.ts';
import { listInput } from './input-files.ts';
import { CARDS, shortHash, type Terms } from './policies.ts';

export interface RunKey {
  readonly version: string;
  /** The code and cards/ of this installation. */
  readonly code: string;
  readonly knowledge: string;
  readonly policy: string;
  readonly compare: string | null;
  readonly production: boolean;
  readonly hook: string;
  /** Evaluation date, or the seed of sampled visits. */
  readonly date: string;
  readonly input: string;
  readonly parts: number;
  readonly identify: boolean;
}

export interface InputKey {
  /** Names, sizes and times of change of all files. */
  readonly hash: string;
  /** Names below the input, in the order of their paths. */
  readonly names: readonly string[];
  readonly bytes: number;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Looks at every file of the input, not into it.
 *
 * @throws ServiceError ERR_BAD_REQUEST when it cannot be read or holds nothing.
 */
export async function inputKey(input: string): Promise<InputKey> {
  const { bundles, ndjson } = await listInput(input);
  const files = [...bundles, ...ndjson].sort((a, b) => (a.path < b.path ? -1 : 1));
  const lines = files.map(({ path, name, bytes }) => `${name}\t${String(bytes)}\t${changedAt(path)}`);
  return {
    hash: shortHash(lines.join('\n')),
    names: files.map(({ name }) => name),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function changedAt(path: string): string {
  try {
    return String(statSync(path).mtimeMs);
  } catch {
    return 'unreadable';
  }
}

export interface KeyOptions {
  readonly terms: Terms;
  readonly input: InputKey;
  readonly parts: number;
  readonly identify: boolean;
}

export function runKey({ terms, input, parts, identify }: KeyOptions): RunKey {
  const { policy, compare, production, hook, asOf, seed } = terms;
  return {
    version: packageVersion(),
    code: codeHash(),
    knowledge: hashOfFolder(CARDS, /\.(?:yaml|json)$/),
    policy: shortHash(policy.text),
    compare: compare === undefined ? null : shortHash(compare.text),
    production,
    hook,
    date: asOf ?? `seed ${seed}`,
    input: input.hash,
    parts,
    identify,
  };
}

export function packageVersion(): string {
  const json: unknown = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return isJsonObject(json) ? String(json['version']) : '';
}

/** Of src/, where it is: dist/ is made from it. An installed package has dist/ alone. */
function codeHash(): string {
  const sources = join(ROOT, 'src');
  return existsSync(sources) ? hashOfFolder(sources, /\.ts$/) : hashOfFolder(join(ROOT, 'dist'), /\.js$/);
}

function hashOfFolder(folder: string, name: RegExp): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && name.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return shortHash(
    files.map((file) => `${file.slice(folder.length)} ${shortHash(readFileSync(file))}`).join('\n'),
  );
}

/** What each member is called when it differs. */
const NAMES: Readonly<Record<keyof RunKey, string>> = {
  version: 'the version',
  code: 'the code',
  knowledge: 'cards/',
  policy: 'the policy',
  compare: 'the compared policy',
  production: 'NODE_ENV',
  hook: 'the hook',
  date: 'the date or seed',
  input: 'the input',
  parts: 'the number of parts',
  identify: '--identify',
};

/** What differs between two keys, in words; nothing when one run may go on with the other. */
export function differences(before: unknown, now: RunKey): readonly string[] {
  if (!isJsonObject(before)) return ['the record of the run cannot be read'];
  return (Object.keys(NAMES) as (keyof RunKey)[])
    .filter((name) => before[name] !== now[name])
    .map((name) => NAMES[name]);
}
