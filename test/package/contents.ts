/** What may be in the packed tarball, what must, and what no file of it may hold. */
import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';

const ALLOWED: readonly RegExp[] = [
  /^(?:CHANGELOG|README|SECURITY)\.md$/,
  /^(?:LICENSE|NOTICE|package\.json)$/,
  /^bin\/[\w-]+\.cjs$/,
  /^cards\/(?:[\w-]+\/)?[\w-]+\.(?:yaml|json)$/,
  /^dist\/(?:[\w-]+\/)*[\w.-]+\.(?:js|d\.ts)$/,
  /^dist\/(?:built|knowledge\.json)$/,
  /^dist\/web\/assets\/[\w.-]+\.(?:css|svg)$/,
  /^docs\/(?:decisions\/)?[\w-]+\.md$/,
  /^fixtures\/requests\/[\w-]+\.json$/,
  /^fixtures\/patients\/(?!public\/)[\w-]+\/[\w-]+\.json$/,
  /^fixtures\/patients\/public\/(?:ccare--[\w-]+\.json\.gz|expected\.json|README\.md|licences\/[\w.-]+)$/,
];

const NEEDED: readonly string[] = [
  'LICENSE',
  'NOTICE',
  'README.md',
  'bin/bone-heart-cds.cjs',
  'dist/built',
  'dist/main.js',
  'dist/knowledge.json',
  'dist/client/index.js',
  'dist/client/index.d.ts',
  'fixtures/requests/patient-view-low-bmd.json',
];

/** @param names of the files in the tarball. */
export function faultsOfNames(names: readonly string[]): string[] {
  return [
    ...names
      .filter((name) => !ALLOWED.some((allowed) => allowed.test(name)))
      .map((name) => `${name} may not be there`),
    ...NEEDED.filter((name) => !names.includes(name)).map((name) => `${name} is missing`),
  ];
}

const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{20}/, 'a private key'],
  [/\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/, 'a token'],
  [/"d"\s*:\s*"[\w-]{40,}"/, 'a private JWK'],
  [/\b(?:npm_[A-Za-z0-9]{36}|gh[pousr]_[A-Za-z0-9]{36}|AKIA[A-Z0-9]{16})\b/, 'a credential'],
];
/** Node does not strip types below node_modules: whatever a module loads has to be JavaScript. */
const LOADS_TYPESCRIPT = /(?:\bfrom\s+|\bimport\s*\(\s*|new URL\(\s*)['"`][^'"`]+(?<!\.d)\.ts['"`]/;

/**
 * @param folder where the package is installed.
 * @param places of the machine that built it.
 */
export function faultsOfFiles(folder: string, places: readonly string[]): string[] {
  const hidden = [...places, homedir()]
    .map((place) => `${place.replace(/\/+$/, '')}/`)
    .filter((place) => place.length > 2);
  return filesBelow(folder).flatMap((file) => {
    const bytes = readFileSync(file);
    const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
    const loads = file.endsWith('.js') && LOADS_TYPESCRIPT.test(withoutComments(text));
    const faults = [
      ...hidden.filter((place) => text.includes(place)).map((place) => `the path ${place}`),
      ...SECRETS.filter(([pattern]) => pattern.test(text)).map(([, what]) => what),
      ...(loads ? ['an import of a TypeScript file'] : []),
    ];
    return faults.map((fault) => `${relative(folder, file)} holds ${fault}`);
  });
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes(join(folder, 'node_modules')))
    .map((entry) => join(entry.parentPath, entry.name));
}
