/** Every environment variable with name, type, unit, default and meaning: docs/configuration.md is generated from it. */

export interface ConfigRow {
  readonly name: string;
  /** Type and unit. */
  readonly type: string;
  readonly default: string;
  readonly meaning: string;
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

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
      'production refuses to start with what is unsafe (SECURITY.md): AUTH=off, plain http beyond this machine, no PATIENT_KEY_SECRET, demo keys, files that others can change. test is development.',
  },
  {
    name: 'AUTH',
    type: 'off or required',
    default: 'off in development, required in production',
    meaning: 'Whether CDS Clients must authenticate by signed tokens; required needs CLIENTS_FILE.',
  },
  {
    name: 'CLIENTS_FILE',
    type: 'path of a YAML or JSON file',
    default: 'none',
    meaning: 'Trusted EHRs: issuer, keys, FHIR servers (docs/clients.md). Needed when AUTH=required.',
  },
  {
    name: 'DISCOVERY',
    type: 'open or closed',
    default: 'open',
    meaning:
      'Whether GET /cds-services is answered without a token while AUTH=required. A token that is sent is always checked.',
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
    name: 'ADMIN_PORT',
    type: 'integer, 0–65535, or ADDRESS:PORT',
    default: 'none',
    meaning:
      'Operator pages (workbench, recommendations, insights, metrics) on a port of their own; in production only there. Nobody is authenticated on it, so a port alone listens on 127.0.0.1; ADDRESS:PORT opens it to an inside network.',
  },
  {
    name: 'LOG_LEVEL',
    type: LOG_LEVELS.join(', '),
    default: 'info',
    meaning: 'Least severe log line that is written.',
  },
] as const satisfies readonly ConfigRow[];
