/**
 * `npm run test:package`: the tarball as somebody else gets it. Packs, looks at every file, installs it into a clean folder with nothing
 * but the npm registry, compiles the examples of docs/ehr-client.md there, and runs them against servers started from its own command.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCommand } from './command.ts';
import { faultsOfFiles, faultsOfNames } from './contents.ts';
import { freePort } from '../../scripts/free-port.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'package-'));
const ehr = join(work, 'ehr');
const installed = join(ehr, 'node_modules', 'bone-heart-cds');
const command = join(installed, 'bin', 'bone-heart-cds.cjs');
const page = readFileSync(join(root, 'docs', 'ehr-client.md'), 'utf8');
const [fiveLines = '', inAnEhr = ''] = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(
  ([, code = '']) => code,
);

function say(text: string): void {
  console.log(text);
}

/** @throws Error with what it printed when it fails or takes longer than a minute. */
function run(what: string, file: string, args: readonly string[], cwd: string): string {
  const began = performance.now();
  const { status, stdout, stderr, error } = spawnSync(file, args, { cwd, encoding: 'utf8', timeout: 60_000 });
  if (status !== 0)
    throw new Error(`${what}: status ${String(status)}\n${stdout}${stderr}${error?.message ?? ''}`);
  say(`ok  ${what} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  return stdout;
}

/** The npm that runs us, whatever its version and place. */
function npm(what: string, args: readonly string[], cwd: string): string {
  const cli = process.env['npm_execpath'];
  return cli === undefined ? run(what, 'npm', args, cwd) : run(what, process.execPath, [cli, ...args], cwd);
}

function check(what: string, faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(`${what}:\n  ${faults.slice(0, 20).join('\n  ')}`);
  say(`ok  ${what}`);
}

function pack(): string {
  const args = ['pack', '--json', '--pack-destination', work];
  const printed = npm('npm pack', args, root);
  // Newer versions of npm answer with an object by name, older ones with a list; a build may have printed before it.
  const parsed = JSON.parse(printed.slice(printed.search(/^[[{]/m))) as object;
  const [packed] = Object.values(parsed) as { filename: string; size: number; files: { path: string }[] }[];
  if (packed === undefined) throw new Error('npm pack says nothing');
  check(
    `${packed.files.length} files, ${Math.round(packed.size / 1000)} kB: each may be there, none is missing`,
    [
      ...faultsOfNames(packed.files.map(({ path }) => path)),
      ...(packed.size > 3_000_000 ? ['larger than 3 MB'] : []),
    ],
  );
  return join(work, packed.filename);
}

function install(tarball: string): void {
  mkdirSync(ehr);
  writeFileSync(join(ehr, 'package.json'), '{"name":"ehr","version":"1.0.0","private":true,"type":"module"}');
  npm('npm install', ['install', '--omit=optional', '--no-audit', '--no-fund', tarball], ehr);
  check(
    'no file holds a path of this machine, a secret or a TypeScript source',
    faultsOfFiles(installed, [root, work]),
  );
}

const STRICT = {
  target: 'es2022',
  module: 'nodenext',
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  outDir: 'out',
  rootDir: '.',
};

/** Types of the examples are real: a member that is not there does not compile. */
const WRONG = `${fiveLines}
// @ts-expect-error a card has no such member
console.log(cards[0]?.nothing);
// @ts-expect-error a hook call needs a context
await cds.call('patient-view');
`;

function compile(name: string, files: Readonly<Record<string, string>>, options: object): void {
  for (const [file, text] of Object.entries(files)) writeFileSync(join(ehr, file), text);
  const config = { compilerOptions: { ...STRICT, ...options }, files: Object.keys(files) };
  writeFileSync(join(ehr, `${name}.json`), JSON.stringify(config));
  const tsc = join(root, 'node_modules', '@typescript', 'native', 'bin', 'tsc');
  run(`tsc, strict, nodenext: ${name}`, process.execPath, [tsc, '-p', `${name}.json`], ehr);
}

async function useFiveLines(): Promise<void> {
  const server = await startCommand(command, ehr, { DATA_DIR: join(work, 'open') });
  try {
    compile(
      'browser',
      { 'five.ts': fiveLines.replaceAll('http://127.0.0.1:3000', server.url), 'wrong.ts': WRONG },
      {
        lib: ['es2022', 'dom'],
        types: [],
      },
    );
    const printed = run('the five lines', process.execPath, ['out/five.js'], ehr);
    check('they print cards', /^(info|warning|critical): \S/m.test(printed) ? [] : [printed]);
    const faults: string[] = [];
    for (const path of [
      '/',
      '/assets/workbench.css',
      '/assets/workbench.js',
      '/openapi.json',
      '/fhir/Patient',
    ]) {
      const { status } = await fetch(server.url + path);
      if (status !== 200) faults.push(`${path}: ${status}`);
    }
    check('the installed service shows its pages and patients', faults);
  } finally {
    await server.stop();
  }
}

/** The longer example with a key of the doctor's, as the page says, against a server that asks for tokens. */
async function useInAnEhr(): Promise<void> {
  const made = [command, 'doctor', '--make-key', 'ehr-key.json', '--kid', 'ehr'];
  const key = run('doctor --make-key', process.execPath, made, ehr);
  const printed = JSON.parse(/\{[\s\S]*\}/.exec(key)?.[0] ?? '') as { keys?: unknown[] };
  const keys = printed.keys ?? [printed];
  const url = `http://127.0.0.1:${await freePort()}`;
  const client = {
    name: 'EHR',
    iss: 'https://ehr.example.org',
    jwks: { keys },
    fhirServers: [`${url}/fhir`],
  };
  writeFileSync(join(ehr, 'clients.json'), JSON.stringify({ clients: [client] }), { mode: 0o600 });
  const server = await startCommand(command, ehr, {
    DATA_DIR: join(work, 'closed'),
    PORT: new URL(url).port,
    AUTH: 'required',
    CLIENTS_FILE: join(ehr, 'clients.json'),
  });
  try {
    const example = inAnEhr
      .replace("'https://cds.example.org'", `'${url}'`)
      .replace("'https://ehr.example.org/fhir'", `'${url}/fhir'`)
      .replace('timeoutMs: 2000', 'timeoutMs: 20000');
    const use = `import { cardsUsed, chartOpened } from './ehr.js';
const answer = await chartOpened('Practitioner/1', 'sandbox-osteoporosis', 'none', new AbortController().signal);
if (answer === undefined || answer.cards.length < 2) throw new Error('two cards');
await cardsUsed(answer);
`;
    const types = { lib: ['es2022'], types: ['node'], typeRoots: [join(root, 'node_modules', '@types')] };
    compile('node', { 'ehr.ts': example, 'use.ts': use }, types);
    run('the longer example', process.execPath, ['out/use.js'], ehr);
  } finally {
    await server.stop();
  }
  const exported = [command, 'export', '--csv'];
  const { stdout } = spawnSync(process.execPath, exported, {
    encoding: 'utf8',
    env: { DATA_DIR: join(work, 'closed') },
    timeout: 60_000,
  });
  const lines = stdout.split('\n').filter((line) => line.startsWith('feedback,'));
  check('its feedback is stored', lines.length === 2 ? [] : [`${lines.length} entries`]);
}

try {
  install(pack());
  await useFiveLines();
  await useInAnEhr();
  say('The package works where it is installed.');
} catch (error) {
  console.error(`not ok  ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
