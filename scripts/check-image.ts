/**
 * `node scripts/check-image.ts`: what `docker build` and `docker run` would do, without a container engine.
 *
 * Lints the Dockerfile, then carries out each stage in a clean folder of its own: COPY under the rules of .dockerignore, RUN, and of the
 * last stage HEALTHCHECK, ENTRYPOINT and CMD, as another user where this one is root. Paths of the image are moved below that folder, and
 * the Node of `FROM node:…` is the one that runs this. Prints the size of what the image would hold.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DockerfileParser, From, JSONInstruction, type Copy, type Instruction } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { exportJWK, generateKeyPair } from 'jose';
import { freePort } from './free-port.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const text = readFileSync(join(root, 'Dockerfile'), 'utf8');
const work = mkdtempSync(join(tmpdir(), 'image-'));
chmodSync(work, 0o755);
/** A user that owns nothing here; only root can become another one. */
const OTHER_USER = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

interface Stage {
  readonly name: string;
  /** Stands for `/` of the image. */
  readonly folder: string;
  workdir: string;
  env: Record<string, string>;
  healthcheck?: readonly string[];
  entrypoint?: readonly string[];
  command?: readonly string[];
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

function lint(): void {
  const problems = validate(text);
  for (const { range, message } of problems)
    say(`Dockerfile:${String(range.start.line + 1)} ${JSON.stringify(message)}`);
  if (problems.length > 0) throw new Error('the Dockerfile has problems');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  if (!text.includes(`ARG VERSION=${version}\n`)) throw new Error('VERSION is not that of package.json');
}

/** Names at the start of a path that .dockerignore lets in: our file shuts everything out and names what comes in. */
function allowed(): readonly string[] {
  const lines = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => /^[^#\s]/.test(line));
  if (lines[0] !== '*') throw new Error('.dockerignore must begin by leaving everything out');
  return lines.slice(1).map((line) => line.slice(1));
}

function build(): ReadonlyMap<string, Stage> {
  const stages = new Map<string, Stage>();
  const names = allowed();
  let stage: Stage | undefined;
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    if (instruction instanceof From) {
      stage = begin(instruction, stages);
      continue;
    }
    if (stage !== undefined) carryOut(instruction, stage, stages, names);
  }
  return stages;
}

function begin(from: From, stages: Map<string, Stage>): Stage {
  const base = stages.get(from.getImage() ?? '');
  const name = from.getBuildStage() ?? '';
  const folder = join(work, name);
  mkdirSync(folder, { recursive: true });
  if (base !== undefined) cpSync(base.folder, folder, { recursive: true });
  const stage: Stage = { workdir: '/', ...base, name, folder, env: { ...base?.env } };
  stages.set(name, stage);
  say(`stage ${name}`);
  return stage;
}

function carryOut(
  one: Instruction,
  stage: Stage,
  stages: ReadonlyMap<string, Stage>,
  names: readonly string[],
): void {
  const content = one.getArgumentsContent() ?? '';
  switch (one.getKeyword()) {
    case 'WORKDIR':
      stage.workdir = content;
      mkdirSync(join(stage.folder, content), { recursive: true });
      break;
    case 'ENV':
      for (const [, key = '', value = ''] of content.matchAll(/(\w+)=(\S+)/g)) stage.env[key] = value;
      break;
    case 'COPY':
      if (isCopy(one)) copy(one, stage, stages, names);
      break;
    case 'RUN':
      run(content, stage);
      break;
    case 'HEALTHCHECK':
      stage.healthcheck =
        content === 'NONE' ? [] : (JSON.parse(content.slice(content.indexOf('['))) as string[]);
      break;
    case 'ENTRYPOINT':
      stage.entrypoint = words(one);
      break;
    case 'CMD':
      stage.command = words(one);
      break;
    default:
  }
}

function isCopy(one: Instruction): one is Copy {
  return one.getKeyword() === 'COPY';
}

function words(one: Instruction): readonly string[] {
  if (!(one instanceof JSONInstruction)) throw new Error('not in exec form');
  return JSON.parse(one.getArgumentsContent() ?? '[]') as string[];
}

function copy(one: Copy, stage: Stage, stages: ReadonlyMap<string, Stage>, names: readonly string[]): void {
  const from = one.getFromFlag()?.getValue();
  const paths = one.getArguments().map((argument) => argument.getValue());
  const target = join(stage.folder, stage.workdir, paths.at(-1) ?? '');
  for (const path of paths.slice(0, -1)) {
    const other = from == null ? undefined : stages.get(from);
    if (other === undefined && !names.some((name) => path === name || path.startsWith(`${name}/`)))
      throw new Error(`.dockerignore leaves ${path} out`);
    const source = join(other?.folder ?? root, path);
    if (!existsSync(source)) throw new Error(`nothing at ${path}`);
    cpSync(source, (paths.at(-1) ?? '').endsWith('/') ? join(target, basename(path)) : target, {
      recursive: true,
    });
  }
}

/** Absolute paths of the image, moved; its user does not exist here. */
function run(command: string, stage: Stage): void {
  const moved = command
    .replaceAll(/(?<=\s)\/(?=\w)/g, `${stage.folder}/`)
    .replace(/chown node:node/, `chown ${userName()}`);
  const began = performance.now();
  const { status } = spawnSync('sh', ['-ec', moved], {
    cwd: join(stage.folder, stage.workdir),
    // What the machine needs to reach the registry is in its own environment.
    env: { ...process.env, PATH: path(), npm_config_prefer_offline: 'true', ...stage.env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  say(`  RUN ${command} (${((performance.now() - began) / 1000).toFixed(0)} s)`);
  if (status !== 0) throw new Error(`RUN ${command} ended with ${String(status)}`);
}

function userName(): string {
  const { uid, gid }: { uid?: number; gid?: number } = OTHER_USER;
  return uid === undefined ? `$(id -u):$(id -g)` : `${String(uid)}:${String(gid)}`;
}

function path(): string {
  return `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
}

/** The forecast's packages are complete, and its command says what it needs instead of falling over. */
function checkForecast(stage: Stage): void {
  const options = {
    cwd: join(stage.folder, stage.workdir),
    env: { PATH: path(), ...stage.env },
    encoding: 'utf8',
    ...OTHER_USER,
  } as const;
  const engine = "import('@duckdb/node-api').then(({ version }) => console.log(version()))";
  const loaded = spawnSync('node', ['--eval', engine], options);
  if (loaded.status !== 0) throw new Error(`the engine of the forecast does not load: ${loaded.stderr}`);
  const [program = '', ...args] = stage.entrypoint ?? [];
  const [command = ''] = stage.command ?? [];
  const usage = spawnSync(program, args, options).stderr;
  if (!usage.includes(`bone-heart-cds ${command} `)) {
    say(`  ${command} is not a command of this version: not tried`);
    return;
  }
  const refused = spawnSync(program, [...args, command], options);
  if (refused.status !== 1 || !refused.stderr.includes('usage:'))
    throw new Error(`${command} without arguments: ${refused.stderr}`);
  say(`  engine ${loaded.stdout.trim()} loads, ${command} tells its usage`);
}

/** Starts the last stage as production would, asks for its health, and stops it. */
async function start(stage: Stage): Promise<void> {
  const port = await freePort();
  const env = {
    PATH: path(),
    ...stage.env,
    PORT: String(port),
    DATA_DIR: join(stage.folder, stage.env['DATA_DIR'] ?? '/data'),
    BASE_URL: 'https://cds.example.org',
    PATIENT_KEY_SECRET: 'only-for-this-check-0123456789abcdef-0123456789',
    CLIENTS_FILE: await clientsFile(),
  };
  const before = filesOf(join(stage.folder, stage.workdir));
  const [program = '', ...args] = [...(stage.entrypoint ?? []), ...(stage.command ?? [])];
  say(`  ${[program, ...args].join(' ')}`);
  const options = { cwd: join(stage.folder, stage.workdir), env, ...OTHER_USER };
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    await healthy(child, stage.healthcheck ?? [], options);
    const ready = await fetch(`http://127.0.0.1:${String(port)}/readyz`);
    if (ready.status !== 200)
      throw new Error(`/readyz answers ${String(ready.status)}: ${await ready.text()}`);
    const unsigned = await fetch(`http://127.0.0.1:${String(port)}/cds-services/bone-heart-patient-view`, {
      method: 'POST',
    });
    if (unsigned.status !== 401) throw new Error(`without a token: ${String(unsigned.status)}`);
  } finally {
    child.kill('SIGTERM');
  }
  const [status] = (await once(child, 'exit')) as [number | null];
  if (status !== 0) throw new Error(`after SIGTERM: status ${String(status)}`);
  const written = filesOf(join(stage.folder, stage.workdir)).filter((file) => !before.includes(file));
  if (written.length > 0) throw new Error(`writes to the root file system: ${written.join(', ')}`);
  say('  healthy, ready, refuses calls without a token, stops with status 0, writes only below /data');
}

async function healthy(child: ChildProcess, check: readonly string[], options: object): Promise<void> {
  const [program = '', ...args] = check;
  for (let time = 0; time < 100; time += 1) {
    if (child.exitCode !== null) throw new Error(`ended with ${String(child.exitCode)}`);
    if (spawnSync(program, args, options).status === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('never healthy');
}

async function clientsFile(): Promise<string> {
  const { publicKey } = await generateKeyPair('ES384', { extractable: true });
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' }] };
  const client = {
    name: 'ehr',
    iss: 'https://ehr.example.org',
    jwks,
    fhirServers: ['https://ehr.example.org/fhir'],
  };
  const file = join(work, 'clients.json');
  writeFileSync(file, JSON.stringify({ clients: [client] }), { mode: 0o644 });
  return file;
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' });
}

function sizeOf(folder: string): string {
  return spawnSync('du', ['-sm', folder], { encoding: 'utf8' }).stdout.split('\t')[0] ?? '?';
}

try {
  lint();
  const stages = [...build().values()];
  for (const name of ['forecast', 'service']) {
    const stage = stages.find((one) => one.name === name);
    if (stage === undefined) throw new Error(`no stage ${name}`);
    say(`${name}: ${sizeOf(join(stage.folder, stage.workdir))} MB above the base image`);
    if (name === 'forecast') checkForecast(stage);
  }
  const last = stages.at(-1);
  if (last === undefined) throw new Error('no stage');
  await start(last);
} finally {
  rmSync(work, { recursive: true, force: true });
}
