/**
 * Configuration: every environment variable with name, type, unit, default and meaning in one table.
 *
 * `readConfig` is called once, by main.ts. docs/configuration.md is generated from `CONFIG_TABLE`.
 */
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
  /** Sentences for the operator at start: settings that have no effect, or that need care. */
  readonly notices: readonly string[];
}

export interface ConfigRow {
  readonly name: string;
  /** Type and unit. */
  readonly type: string;
  readonly default: string;
  readonly meaning: string;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const KIB = 1024;
const BODY_UNITS: Readonly<Record<string, number>> = { b: 1, kb: KIB, mb: KIB * KIB };
/** Below the 9 s after which a shutdown cuts off what still runs. */
const LONGEST_DEADLINE_MS = 8000;
const LARGEST_BODY_BYTES = 256 * KIB * KIB;

export const CONFIG_TABLE = [
  {
    name: 'PORT',
    type: 'integer, 0–65535',
    default: '3000',
    meaning: 'TCP port to listen on; 0 takes any free one.',
  },
  {
    name: 'HOST',
    type: 'host name or IP address',
    default: '127.0.0.1',
    meaning: 'Address to listen on. Only this machine by default.',
  },
  {
    name: 'BASE_URL',
    type: 'http(s) URL without a slash at the end',
    default: 'http://HOST:PORT',
    meaning: 'Public URL of the service. With a path, everything is served under that path too.',
  },
  {
    name: 'NODE_ENV',
    type: 'development, test or production',
    default: 'development',
    meaning:
      'production needs client authentication, which is not built yet: the start is refused. test is development.',
  },
  {
    name: 'AUTH',
    type: 'off or required',
    default: 'off in development, required in production',
    meaning: 'Whether CDS Clients must authenticate. required is refused until authentication is built.',
  },
  {
    name: 'POLICY_FILE',
    type: 'path of a YAML or JSON file',
    default: 'none',
    meaning: 'Site policy: preset, modes, parameters, local codes, order codes.',
  },
  {
    name: 'ANSWER_DEADLINE_MS',
    type: 'integer, ms, 1–8000',
    default: '2500',
    meaning:
      'One deadline for the answer, from the start of the request. Data that is not there by then is unknown.',
  },
  {
    name: 'MAX_BODY',
    type: 'size in b, kb or mb (1 kb = 1024 bytes), 1b–256mb',
    default: '10mb',
    meaning: 'Largest request body, measured after decompression. A larger one is answered with 413.',
  },
  {
    name: 'CORS_ORIGINS',
    type: '* or a comma-separated list of origins',
    default: '* in development, none in production',
    meaning: 'Web origins whose pages may read answers.',
  },
  {
    name: 'DATABASE_URL',
    type: 'postgres:// or postgresql:// URL',
    default: 'none',
    meaning: 'PostgreSQL for decisions and feedback, shared by all replicas. Without it SQLite in DATA_DIR.',
  },
  {
    name: 'DATA_DIR',
    type: 'path of a folder',
    default: './data',
    meaning: 'Embedded store and generated development secrets. Made when it is not there.',
  },
  {
    name: 'PATIENT_KEY_SECRET',
    type: 'text of at least 32 characters',
    default: 'generated into DATA_DIR in development',
    meaning:
      'Keys the hash by which the store knows a patient. The same for all replicas; a new one forgets what is quiet.',
  },
  {
    name: 'RETENTION_DAYS',
    type: 'integer, days, 1–36500',
    default: '400',
    meaning: 'Decisions and feedback older than this are removed, once a day and at start.',
  },
  {
    name: 'LOG_LEVEL',
    type: LOG_LEVELS.join(', '),
    default: 'info',
    meaning: 'Least severe log line that is written.',
  },
] as const satisfies readonly ConfigRow[];

type VariableName = (typeof CONFIG_TABLE)[number]['name'];

/** Variables of the design whose feature does not exist yet, and what that feature is. */
const NOT_YET: Readonly<Record<string, string>> = {
  ADMIN_PORT: 'operator pages',
  CLIENTS_FILE: 'client authentication',
};

const NO_AUTHENTICATION =
  'authentication is not built yet: this version only runs with NODE_ENV=development and AUTH=off';

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
 * @returns A frozen object. Unset and empty variables take their defaults.
 * @throws ServiceError ERR_CONFIG whose detail lists every problem, one per line. It is also thrown when client
 *   authentication is asked for or NODE_ENV is production, because this version has none: it never starts
 *   unauthenticated where somebody expects authentication.
 */
export function readConfig(env: Environment): Config {
  const reader = new Reader(env);
  const nodeEnv =
    reader.oneOf('NODE_ENV', 'development', ['development', 'test', 'production']) === 'production'
      ? 'production'
      : 'development';
  const auth = reader.oneOf('AUTH', nodeEnv === 'production' ? 'required' : 'off', ['off', 'required']);
  if (nodeEnv === 'production' || auth === 'required') reader.problems.push(NO_AUTHENTICATION);

  const host = reader.value('HOST', '127.0.0.1', 'a host name or an IP address', readHost);
  const port = reader.integer('PORT', 3000, 0, 65535);
  const policyFile = reader.text('POLICY_FILE');
  const databaseUrl = reader.value('DATABASE_URL', undefined, 'a postgres:// URL', readDatabaseUrl);
  const patientKeySecret = reader.value('PATIENT_KEY_SECRET', undefined, secretForm, readSecret);
  const config: Config = {
    port,
    host,
    baseUrl: reader.value('BASE_URL', defaultBaseUrl(host, port), baseUrlForm, readBaseUrl),
    nodeEnv,
    auth,
    ...(policyFile === undefined ? {} : { policyFile }),
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
    notices: notices(env, host),
  };
  if (reader.problems.length > 0) throw new ServiceError('ERR_CONFIG', reader.problems.join('\n'));
  return Object.freeze(config);
}

function notices(env: Environment, host: string): readonly string[] {
  const unused = Object.entries(NOT_YET)
    .filter(([name]) => (env[name] ?? '').trim() !== '')
    .map(([name, feature]) => `${name} is set, but this version has no ${feature} yet`);
  const open = `HOST=${host} may be reached from other machines, and this version does not authenticate clients: test data only`;
  return Object.freeze(isLoopback(host) ? unused : [...unused, open]);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function readHost(text: string): string | undefined {
  const host = text.replace(/^\[(.*)\]$/, '$1');
  return /^[A-Za-z0-9.:_-]+$/.test(host) ? host : undefined;
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
