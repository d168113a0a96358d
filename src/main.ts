/** The command line: serve (npm start) and replay. The only file that listens, prints and reads the environment. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { readConfig, type Config } from './config.ts';
import { ServiceError } from './errors.ts';
import { startServer } from './http/server.ts';
import { loadKnowledge } from './knowledge/load.ts';
import { readPolicy, type Policy } from './knowledge/policy.ts';
import { replay, REPLAY_USAGE } from './replay.ts';
import { RULES } from './rules/index.ts';
import { createService, localDate } from './service.ts';

const USAGE = `usage: bone-heart-cds serve
       bone-heart-cds ${REPLAY_USAGE}`;

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

function policyOf({ policyFile, nodeEnv }: Config): Policy {
  const knowledge = loadKnowledge(fileURLToPath(new URL('../cards', import.meta.url)));
  return readPolicy(policyFile, { knowledge, rules: RULES, production: nodeEnv === 'production' });
}

async function serve(): Promise<void> {
  const config = readConfig(process.env);
  const policy = policyOf(config);
  const log = pino({ level: config.logLevel, base: null });
  const service = createService({
    config,
    policy,
    log,
    today: () => localDate(new Date()),
    newUuid: randomUUID,
  });
  const { url } = await startServer(service.app, {
    host: config.host,
    port: config.port,
    log,
    onShutdown: () => void service.close(),
  });
  print(welcome(url, config, policy));
}

/** What a stranger needs first: the URLs and one call that returns cards. */
function welcome(url: string, config: Config, policy: Policy): string {
  const sample = fileURLToPath(new URL('../fixtures/requests/patient-view-low-bmd.json', import.meta.url));
  const call = existsSync(sample)
    ? [
        '',
        'Try it:',
        `  curl -s ${url}/cds-services/bone-heart-patient-view -H 'Content-Type: application/json' -d @${relative(process.cwd(), sample)}`,
      ]
    : [];
  const notices = [
    'Development mode: clients are not authenticated and any FHIR server that a client names is asked. Test data only.',
    'Not a medical device. The recommendations are drafts that no physician has signed off.',
    ...(policy.preset === 'article' ? [policy.knowledge.definitions.articleBanner] : []),
    ...config.notices,
  ];
  return [
    `bone-heart-cds listens at ${url}`,
    `  discovery  ${url}/cds-services`,
    ...[...policy.services.keys()].map((id) => `  service    ${url}/cds-services/${id}`),
    `  health     ${url}/healthz  ${url}/readyz`,
    ...call,
    '',
    ...notices,
  ].join('\n');
}

async function main([command, ...args]: readonly string[]): Promise<void> {
  if (command === 'serve' && args.length === 0) return serve();
  if (command === 'replay' && args.length > 0) {
    const policy = policyOf(readConfig(process.env));
    return replay({ args, policy, today: localDate(new Date()), print, colour: process.stdout.isTTY });
  }
  throw new ServiceError('ERR_CONFIG', USAGE);
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

function startError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'EADDRINUSE') return 'PORT is in use by another process; set another PORT.';
  if (code === 'EACCES') return 'PORT may not be used by this user; set another PORT.';
  if (NOT_OUR_ADDRESS.has(code)) return 'HOST is not an address of this machine; set another HOST.';
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
