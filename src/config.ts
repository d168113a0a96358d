/**
 * Configuration: reads and checks what config-table.ts lists. `readConfig` is called once, by main.ts.
 */
import { LOG_LEVELS, type CONFIG_TABLE } from './config-table.ts';
import { ServiceError } from './errors.ts';

export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Config {
  readonly port: number;
  readonly host: string;
  /** Public URL, without a slash at the end. */
  readonly baseUrl: string;
  readonly nodeEnv: 'development' | 'production';
  readonly auth: 'off' | 'required';
  readonly policyFile?: string;
  /** Trusted EHRs; set whenever `auth` is required. */
  readonly clientsFile?: string;
  /** Whether discovery is answered without a token while `auth` is required. */
  readonly discovery: 'open' | 'closed';
  readonly answerDeadlineMs: number;
  readonly maxBodyBytes: number;
  readonly corsOrigins: '*' | readonly string[];
  readonly logLevel: LogLevel;
  /** `postgres://…`; without it SQLite in `dataDir`. Holds a password: never logged. */
  readonly databaseUrl?: string;
  readonly dataDir: string;
  /** Without it, development makes one in `dataDir`. */
  readonly patientKeySecret?: string;
  readonly retentionDays: number;
  /** Where operator pages are served on a port of their own. */
  readonly admin?: { readonly host: string; readonly port: number };
  /** Sentences for the operator at start: settings that have no effect, or that need care. */
  readonly notices: readonly string[];
}

const KIB = 1024;
const BODY_UNITS: Readonly<Record<string, number>> = { b: 1, kb: KIB, mb: KIB * KIB };
/** Below the 9 s after which a shutdown cuts off what still runs. */
const LONGEST_DEADLINE_MS = 8000;
const LARGEST_BODY_BYTES = 256 * KIB * KIB;

type VariableName = (typeof CONFIG_TABLE)[number]['name'];

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads one environment: takes values out and collects every problem instead of stopping at the first. */
class Reader {
  readonly problems: string[] = [];
  private readonly env: Environment;

  constructor(env: Environment) {
    this.env = env;
  }

  /** The trimmed value. An empty one counts as unset: compose files write `NAME=`. */
  text(name: VariableName): string | undefined {
    const value = this.env[name]?.trim();
    return value === '' ? undefined : value;
  }

  /** The value read by `read`, or `fallback` when unset or wrong. Problems name the variable, never its value. */
  value<T>(name: VariableName, fallback: T, expected: string, read: (text: string) => T | undefined): T {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const value = read(text);
    if (value !== undefined) return value;
    this.problems.push(`${name} must be ${expected}`);
    return fallback;
  }

  integer(name: VariableName, fallback: number, min: number, max: number): number {
    return this.value(name, fallback, `a whole number from ${min} to ${max}`, (text) => {
      const value = /^\d{1,9}$/.test(text) ? Number(text) : -1;
      return value >= min && value <= max ? value : undefined;
    });
  }

  oneOf<const T extends string>(name: VariableName, fallback: T, allowed: readonly T[]): T {
    return this.value(name, fallback, `one of ${allowed.join(', ')}`, (text) =>
      allowed.find((item) => item === text),
    );
  }
}

/**
 * Reads the configuration of the service.
 *
 * @param env The environment; tests pass a literal.
 * @param alsoProblems further problems of what the configuration names, such as files, told together with its own.
 * @returns A frozen object. Unset and empty variables take their defaults.
 * @throws ServiceError ERR_CONFIG whose detail lists every problem, one per line.
 */
export function readConfig(
  env: Environment,
  alsoProblems: (config: Config) => readonly string[] = () => [],
): Config {
  const reader = new Reader(env);
  const nodeEnv =
    reader.oneOf('NODE_ENV', 'development', ['development', 'test', 'production']) === 'production'
      ? 'production'
      : 'development';
  const auth = reader.oneOf('AUTH', nodeEnv === 'production' ? 'required' : 'off', ['off', 'required']);

  const host = reader.value('HOST', '127.0.0.1', 'a host name or an IP address', readHost);
  const port = reader.integer('PORT', 3000, 0, 65535);
  const policyFile = reader.text('POLICY_FILE');
  const clientsFile = reader.text('CLIENTS_FILE');
  const databaseUrl = reader.value('DATABASE_URL', undefined, 'a postgres:// URL', readDatabaseUrl);
  const patientKeySecret = reader.value('PATIENT_KEY_SECRET', undefined, secretForm, readSecret);
  const admin = reader.value('ADMIN_PORT', undefined, adminForm, readAdmin);
  const config: Config = {
    port,
    host,
    baseUrl: reader.value('BASE_URL', defaultBaseUrl(host, port), baseUrlForm, readBaseUrl),
    nodeEnv,
    auth,
    ...(policyFile === undefined ? {} : { policyFile }),
    ...(clientsFile === undefined ? {} : { clientsFile }),
    discovery: reader.oneOf('DISCOVERY', 'open', ['open', 'closed']),
    answerDeadlineMs: reader.integer('ANSWER_DEADLINE_MS', 2500, 1, LONGEST_DEADLINE_MS),
    maxBodyBytes: reader.value(
      'MAX_BODY',
      10 * KIB * KIB,
      'a size such as 512kb or 10mb, at most 256mb',
      readSize,
    ),
    corsOrigins: reader.value('CORS_ORIGINS', nodeEnv === 'production' ? [] : '*', originsForm, readOrigins),
    logLevel: reader.oneOf('LOG_LEVEL', 'info', LOG_LEVELS),
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    dataDir: reader.text('DATA_DIR') ?? './data',
    ...(patientKeySecret === undefined ? {} : { patientKeySecret }),
    retentionDays: reader.integer('RETENTION_DAYS', 400, 1, 36_500),
    ...(admin === undefined ? {} : { admin }),
    notices: [],
  };
  reader.problems.push(...unsafe(config), ...unsafeProcess(config, env), ...alsoProblems(config));
  if (reader.problems.length > 0) throw new ServiceError('ERR_CONFIG', reader.problems.join('\n'));
  return Object.freeze({ ...config, notices: notices(config) });
}

/** What must not start: everything at once, so that an operator mends it in one go. */
function unsafe({ nodeEnv, auth, clientsFile, baseUrl, patientKeySecret, corsOrigins }: Config): string[] {
  const missingClients =
    auth === 'required' && clientsFile === undefined ? ['CLIENTS_FILE is needed with AUTH=required'] : [];
  if (nodeEnv !== 'production') return missingClients;
  return [
    ...missingClients,
    ...(auth === 'off' ? ['AUTH=off is refused in production'] : []),
    ...(isPlainHttp(baseUrl) ? ['BASE_URL must be https in production, or a loopback address'] : []),
    ...(patientKeySecret === undefined ? ['PATIENT_KEY_SECRET is needed in production'] : []),
    ...(corsOrigins === '*' ? ['CORS_ORIGINS=* is refused in production: name the origins'] : []),
    ...(DEMO_SECRETS.test(patientKeySecret ?? '') ? ['PATIENT_KEY_SECRET is a demo secret'] : []),
  ];
}

/** Settings of Node and of libraries that undo what this service promises. */
function unsafeProcess({ nodeEnv }: Config, env: Environment): string[] {
  if (nodeEnv !== 'production') return [];
  const isSet = (name: string): boolean => (env[name] ?? '').trim() !== '';
  return [
    ...((env['NODE_TLS_REJECT_UNAUTHORIZED'] ?? '').trim() === '0'
      ? [
          'NODE_TLS_REJECT_UNAUTHORIZED=0 is refused in production: key servers and FHIR servers could be anybody',
        ]
      : []),
    ...['DEBUG', 'NODE_DEBUG']
      .filter(isSet)
      .map((name) => `${name} is refused in production: libraries would print tokens and patient ids`),
  ];
}

/** Secrets of examples and tutorials. */
const DEMO_SECRETS = /change.?me|secret.of.the.tests/i;

function isPlainHttp(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed?.protocol === 'http:' && !isLoopback(parsed.hostname.replace(/^\[(.*)\]$/, '$1'));
}

function notices(config: Config): readonly string[] {
  const { host, auth, nodeEnv, databaseUrl, admin } = config;
  return Object.freeze([
    ...(isLoopback(host) || auth === 'required'
      ? []
      : [
          `HOST=${host} may be reached from other machines, and clients are not authenticated: test data only`,
        ]),
    ...(admin === undefined || isLoopback(admin.host)
      ? []
      : [`ADMIN_PORT listens on ${admin.host}, and operator pages authenticate nobody: keep it inside`]),
    ...(nodeEnv === 'development' && auth === 'required'
      ? ['Development mode: clients are authenticated, but the checks of NODE_ENV=production are off.']
      : []),
    ...(nodeEnv === 'production' && isPlainDatabase(databaseUrl)
      ? ['DATABASE_URL names another machine without sslmode: what is stored travels unencrypted']
      : []),
  ]);
}

function isPlainDatabase(databaseUrl: string | undefined): boolean {
  const url = URL.parse(databaseUrl ?? '');
  const mode = url?.searchParams.get('sslmode') ?? 'disable';
  return url !== null && mode === 'disable' && url.hostname !== '' && !isLoopback(url.hostname);
}

/** A name or address, without brackets, that means this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function readHost(text: string): string | undefined {
  const host = text.replace(/^\[(.*)\]$/, '$1');
  return /^[A-Za-z0-9.:_-]+$/.test(host) ? host : undefined;
}

const adminForm = 'a port from 0 to 65535, or ADDRESS:PORT';

/** A port alone listens on this machine only: nobody is authenticated there, and HOST may be open to all. */
function readAdmin(text: string): Config['admin'] | undefined {
  const [, address = '127.0.0.1', digits = ''] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
  const host = readHost(address);
  const port = Number(digits);
  return digits === '' || host === undefined || port > 65_535 ? undefined : { host, port };
}

function defaultBaseUrl(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

const baseUrlForm =
  'an http or https URL without credentials, query, fragment or a slash at the end; a path of letters, digits and . _ ~ - /';

/** The path becomes a route of Express, in which other characters would be a pattern. */
const BASE_URL = /^https?:\/\/[^\s?#@/\\]+(?:\/[A-Za-z0-9._~/-]*[A-Za-z0-9._~-])?$/;

function readBaseUrl(text: string): string | undefined {
  return BASE_URL.test(text) && URL.canParse(text) ? text : undefined;
}

function readSize(text: string): number | undefined {
  const [, digits, unit = 'b'] = /^(\d{1,9})\s*(b|kb|mb)?$/.exec(text.toLowerCase()) ?? [];
  const bytes = Number(digits) * (BODY_UNITS[unit] ?? NaN);
  return bytes >= 1 && bytes <= LARGEST_BODY_BYTES ? bytes : undefined;
}

const originsForm = '* or a comma-separated list of origins such as https://ehr.example.org, without a path';

function readOrigins(text: string): '*' | readonly string[] | undefined {
  if (text === '*') return '*';
  const origins = text.split(',').map((origin) => origin.trim());
  return origins.every(isOrigin) ? Object.freeze(origins) : undefined;
}

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

function readDatabaseUrl(text: string): string | undefined {
  return /^postgres(?:ql)?:\/\//.test(text) && URL.canParse(text) ? text : undefined;
}

const SECRET_LENGTH = 32;
const secretForm = `text of at least ${String(SECRET_LENGTH)} characters`;

function readSecret(text: string): string | undefined {
  return text.length >= SECRET_LENGTH ? text : undefined;
}
