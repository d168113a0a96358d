/** The command line: serve (npm start) and replay. The only file that listens, prints and reads the environment. */
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino, type Logger } from 'pino';
import type { Client } from './auth/clients.ts';
import { readConfig, type Config } from './config.ts';
import { ServiceError } from './errors.ts';
import { errorFields } from './http/request-log.ts';
import { startServer, type RunningServer } from './http/server.ts';
import { loadKnowledge } from './knowledge/load.ts';
import { readPolicy, type Policy } from './knowledge/policy.ts';
import { replay, REPLAY_USAGE } from './replay.ts';
import { RULES } from './rules/index.ts';
import { createService, localDate, type Service } from './service.ts';
import { clientsOf, fileProblems } from './startup.ts';
import { backupStore, exportStore, forget, STORE_USAGE, type CommandOptions } from './store/commands.ts';
import { openMemory, type Memory } from './store/memory.ts';
import { openStore } from './store/open.ts';
import { developmentSecret, developmentSecretFile } from './store/patient-key.ts';

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

function policyOf({ policyFile, nodeEnv }: Config): Policy {
  // Beside the built main.js; there is none beside main.ts.
  const prepared = fileURLToPath(new URL('./knowledge.json', import.meta.url));
  const knowledge = loadKnowledge(fileURLToPath(new URL('../cards', import.meta.url)), prepared);
  return readPolicy(policyFile, { knowledge, rules: RULES, production: nodeEnv === 'production' });
}

/** Everything that is read at start, with every problem of environment, CLIENTS_FILE and POLICY_FILE told at once. */
function readAll(): { config: Config; clients: readonly Client[]; policy: Policy } {
  let clients: readonly Client[] = [];
  let policy: Policy | undefined;
  const config = readConfig(process.env, (read) => {
    const trusted = clientsOf(read);
    clients = trusted.clients;
    const problems = [...fileProblems(read), ...trusted.problems];
    try {
      policy = policyOf(read);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      problems.push(...error.detail.split('\n'));
    }
    return problems;
  });
  return { config, clients, policy: policy ?? policyOf(config) };
}

async function serve(): Promise<void> {
  // Whatever this process writes (the store, the secret of development) is for its user alone.
  process.umask(0o077);
  const { config, clients, policy } = readAll();
  const log = pino({ level: config.logLevel, base: null });
  const memory = await memoryOf(config, log);
  const service = createService({
    config,
    policy,
    log,
    memory,
    clients,
    patientKeySecret: secretOf(config),
    today: () => localDate(new Date()),
    newUuid: randomUUID,
  });
  const admin = await startOperatorServer(service.operatorApp, config, log);
  const { url } = await startServer(service.app, {
    host: config.host,
    port: config.port,
    log,
    onShutdown: () => void admin?.close(),
    onClosed: async () => {
      await admin?.close();
      // Not before: a call whose body was still arriving may have to ask the EHR.
      await service.close();
      await memory.close();
    },
  });
  print(welcome(url, admin?.url, config, policy));
}

/** First of the two servers, so that a start that is refused has never answered a hook. */
async function startOperatorServer(
  app: Service['operatorApp'],
  { admin }: Config,
  log: Logger,
): Promise<RunningServer | undefined> {
  if (app === undefined || admin === undefined) return undefined;
  try {
    return await startServer(app, { ...admin, log, stopsOnSignal: false });
  } catch (error) {
    throw new ServiceError('ERR_CONFIG', startError(error, 'ADMIN_PORT', 'ADMIN_PORT'), { cause: error });
  }
}

/** The store; one that is down starts degraded, one that a newer version has written refuses the start. */
function memoryOf(config: Config, log: Logger): Promise<Memory> {
  return openMemory({
    open: () => openStore(config, randomUUID),
    retentionDays: config.retentionDays,
    now: () => new Date(),
    onChange: (problem) => {
      if (problem === null) log.info('the store works again');
      else
        log.error(
          { error: errorFields(problem.cause ?? problem) },
          'the store fails: answers go on, decisions are not kept',
        );
    },
  });
}

/** The configured secret; in development the one in DATA_DIR, or one for this process where that cannot be written. */
function secretOf({ patientKeySecret, dataDir }: Config): string {
  if (patientKeySecret !== undefined) return patientKeySecret;
  try {
    return developmentSecret(dataDir);
  } catch {
    return randomBytes(32).toString('hex');
  }
}

/** For a command about one patient: with any other secret it would find nobody, and say so as if there were nobody. */
function keptSecretOf({ patientKeySecret, dataDir }: Config): string {
  if (patientKeySecret !== undefined) return patientKeySecret;
  if (!existsSync(developmentSecretFile(dataDir)))
    throw new ServiceError('ERR_CONFIG', 'PATIENT_KEY_SECRET is not set, and DATA_DIR holds no secret');
  return developmentSecret(dataDir);
}

/** What a stranger needs first: the URLs and one call that returns cards. */
function welcome(url: string, adminUrl: string | undefined, config: Config, policy: Policy): string {
  const sample = fileURLToPath(new URL('../fixtures/requests/patient-view-low-bmd.json', import.meta.url));
  const call = existsSync(sample)
    ? [
        '',
        'Try it:',
        `  curl -s ${url}/cds-services/bone-heart-patient-view -H 'Content-Type: application/json' -d @${relative(process.cwd(), sample)}`,
      ]
    : [];
  const notices = [
    ...(config.auth === 'off'
      ? [
          'Development mode: clients are not authenticated and any FHIR server that a client names is asked. Test data only.',
        ]
      : []),
    'Not a medical device. The recommendations are drafts that no physician has signed off.',
    ...(policy.preset === 'article' ? [policy.knowledge.definitions.articleBanner] : []),
    ...awaitingApproval(policy),
    ...config.notices,
  ];
  const pages = config.nodeEnv === 'production' ? adminUrl : url;
  return [
    `bone-heart-cds listens at ${url}`,
    `  discovery  ${url}/cds-services`,
    ...[...policy.services.keys()].map((id) => `  service    ${url}/cds-services/${id}`),
    ...(config.nodeEnv === 'production'
      ? []
      : [`  patients   ${url}/fhir  (for trying, FHIR R4; docs/sandbox.md)`]),
    `  health     ${url}/healthz  ${url}/readyz`,
    ...(pages === undefined
      ? []
      : [`  pages      ${pages}/  ${pages}/recommendations  ${pages}/insights  ${pages}/metrics`]),
    ...call,
    '',
    ...notices,
  ].join('\n');
}

function awaitingApproval({ unapproved }: Policy): readonly string[] {
  return unapproved.length === 0
    ? []
    : [`Silent until POLICY_FILE approves their version (docs/go-live.md): ${unapproved.join(', ')}.`];
}

interface Command {
  /** Words after the command's name, a line each. */
  readonly usage: readonly string[];
  run(args: readonly string[]): Promise<void>;
}

/**
 * What the command line offers. A command that `serve` does not need imports its code when it is called, so that start stays fast.
 */
const COMMANDS: Readonly<Record<string, Command>> = {
  serve: { usage: ['serve'], run: (args) => (args.length === 0 ? serve() : refuseUse()) },
  replay: { usage: [REPLAY_USAGE], run: (args) => (args.length === 0 ? refuseUse() : replayFile(args)) },
  links: { usage: ['links [--json] [--profile NAME]'], run: links },
  'dry-run': { usage: ['dry-run INPUT --out DIR [OPTION]...', 'dry-run worker [OPTION]...'], run: forecast },
  export: { usage: STORE_USAGE.export, run: onStore(exportStore) },
  forget: { usage: STORE_USAGE.forget, run: onStore(forget) },
  'export:fhir': { usage: ['export:fhir --out DIR [--format files|bundle]'], run: exportKnowledge },
  backup: { usage: STORE_USAGE.backup, run: onStore(backupStore) },
  doctor: { usage: ['doctor URL [options], see doctor --help'], run: examineService },
  'make-population': {
    usage: ['make-population --patients N --seed S --out DIR [--as-of YYYY-MM-DD] [--patients-per-file M]'],
    run: async (args) =>
      (await import('./population/make.ts')).makePopulation({ args, today: localDate(new Date()), print }),
  },
};

/** Its exit status is the verdict, so it does not end by an exception. */
async function examineService(args: readonly string[]): Promise<void> {
  const { doctor } = await import('./doctor/command.ts');
  const tell = (text: string): void => {
    process.stderr.write(text);
  };
  const isWatched = process.stderr.isTTY && process.stdout.isTTY;
  process.exitCode = await doctor({
    args,
    print,
    printError: (text) => {
      tell(`${text}\n`);
    },
    colour: process.stdout.isTTY,
    ...(isWatched
      ? {
          onProgress: (text: string) => {
            tell(`\r\u001b[K${text}`);
          },
        }
      : {}),
  });
}

function replayFile(args: readonly string[]): Promise<void> {
  const policy = policyOf(readConfig(process.env));
  return replay({ args, policy, today: localDate(new Date()), print, colour: process.stdout.isTTY });
}

async function links(args: readonly string[]): Promise<void> {
  const { printLinks } = await import('./links.ts');
  printLinks(args, policyOf(readConfig(process.env)), print);
}

async function exportKnowledge(args: readonly string[]): Promise<void> {
  const { exportFhir } = await import('./fhir-export/export.ts');
  exportFhir({ args, policy: policyOf(readConfig(process.env)), print });
}

/** Stops at the first SIGINT or SIGTERM with what is done written down, at the second one at once. */
async function forecast(args: readonly string[]): Promise<void> {
  const { dryRun } = await import('./forecast/dry-run.ts');
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(STOPPED);
      stop.abort();
    });
  const tell = (text: string): void => void process.stderr.write(text);
  const isTerminal = process.stderr.isTTY;
  process.exitCode = await dryRun({
    args,
    config: readConfig(process.env),
    tell,
    isTerminal,
    signal: stop.signal,
  });
}

/** What a shell gives a command that SIGINT has ended. */
const STOPPED = 130;

function onStore(command: (options: CommandOptions) => Promise<void>): Command['run'] {
  return (args) => {
    const config = readConfig(process.env);
    // A reader that has seen enough, such as `head`, is no error.
    process.stdout.once('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 1));
    return command({ args, config, patientKeySecret: () => keptSecretOf(config), write });
  };
}

async function main([name = '', ...args]: readonly string[]): Promise<void> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return command === undefined ? refuseUse() : command.run(args);
}

/** @throws ServiceError ERR_CONFIG with the usage of every command. */
function refuseUse(): never {
  const [first = '', ...others] = Object.values(COMMANDS).flatMap(({ usage }) => usage);
  const lines = [`usage: bone-heart-cds ${first}`, ...others.map((one) => `       bone-heart-cds ${one}`)];
  throw new ServiceError('ERR_CONFIG', lines.join('\n'));
}

/** Waits for a reader that is slower than we are, such as a pipe. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** What listening fails with when the address is unknown, another machine's, or of a family that is switched off. */
const NOT_OUR_ADDRESS: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
  'EINVAL',
]);

// A start that is refused ends with status 1 and the reasons, not with a stack.
main(process.argv.slice(2)).catch((error: unknown) => {
  const told = error instanceof ServiceError ? error.detail : startError(error);
  process.stderr.write(`${told}\n`);
  process.exit(1);
});

function startError(error: unknown, port = 'PORT', host = 'HOST'): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'EADDRINUSE') return `${port} is in use by another process; set another ${port}.`;
  if (code === 'EACCES') return `${port} may not be used by this user; set another ${port}.`;
  if (NOT_OUR_ADDRESS.has(code)) return `${host} is not an address of this machine; set another ${host}.`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
