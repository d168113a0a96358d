/** The command line of the forecast. */
import { availableParallelism } from 'node:os';
import { isAbsolute, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ServiceError } from '../errors.ts';
import { parseDay } from '../facts/fhir-date.ts';
import type { BulkServer } from './bulk-export.ts';
import { DEFAULT_PART_SIZE } from './source-item.ts';

export const DRY_RUN_USAGE = `dry-run INPUT --out DIR [--as-of YYYY-MM-DD] [--policy FILE] [--compare FILE] [--queue] [OPTION]...
       bone-heart-cds dry-run worker [--input INPUT] [--until-idle] [--threads N]

  INPUT        a folder or file of patient Bundles or Bulk Data NDJSON
  --out        folder for the report; a run that was interrupted goes on there
  --as-of      evaluation date of everybody; without it a sampled visit of each patient
  --seed       for the sampled visits, 1 by default
  --policy     the policy to forecast; POLICY_FILE, or the defaults, without it
  --compare    a second policy: who gains and who loses which card
  --hook       patient-view (default) or encounter-discharge
  --visits     visits of a day in clinic, 20 by default
  --identify   also identified.csv: patient id, recommendation, variant
  --restart    forget what --out holds of another run
  --threads    worker threads, one for each core by default
  --part-size  patients of one part, 250 by default: what an interruption may cost
  --server     FHIR base URL; with --group ID: Bulk Data $export into INPUT (which must not be there yet), then as above.
               With --client-id ID and --key FILE (private JWK) by SMART Backend Services; --token-url, --scope where needed
  --queue      cut the population into jobs in PostgreSQL (DATABASE_URL) for "dry-run worker" on any number of machines`;

export interface Arguments {
  readonly input: string;
  readonly out: string;
  readonly asOf?: string;
  readonly seed: string;
  readonly policy?: string;
  readonly compare?: string;
  readonly hook: 'patient-view' | 'encounter-discharge';
  readonly visits: number;
  readonly identify: boolean;
  readonly restart: boolean;
  readonly threads: number;
  /** Patients (NDJSON) or files (Bundles) of one part. */
  readonly partSize: number;
  readonly queue: boolean;
  /** A FHIR server whose Group is exported into `input` first. */
  readonly server?: BulkServer;
}

const OPTIONS = {
  out: { type: 'string' },
  'as-of': { type: 'string' },
  seed: { type: 'string' },
  policy: { type: 'string' },
  compare: { type: 'string' },
  hook: { type: 'string' },
  visits: { type: 'string' },
  identify: { type: 'boolean' },
  restart: { type: 'boolean' },
  threads: { type: 'string' },
  'part-size': { type: 'string' },
  queue: { type: 'boolean' },
  server: { type: 'string' },
  group: { type: 'string' },
  'client-id': { type: 'string' },
  key: { type: 'string' },
  'token-url': { type: 'string' },
  scope: { type: 'string' },
} as const;

/** @throws ServiceError ERR_BAD_REQUEST with what is wrong and the usage. */
export function readArguments(args: readonly string[]): Arguments {
  return orUsage(() => {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    const [input, ...others] = positionals;
    if (input === undefined || others.length > 0) throw new RangeError('give one INPUT');
    if (values.out === undefined) throw new RangeError('give --out DIR');
    if (isWithin(values.out, input)) throw new RangeError('--out must not lie inside INPUT');
    if (values['as-of'] !== undefined) parseDay(values['as-of']);
    if (values.identify === true && values.queue === true)
      throw new RangeError('--identify cannot go with --queue: patient ids do not go into the database');
    const server = serverOf(values);
    return {
      input,
      out: values.out,
      ...(server === undefined ? {} : { server }),
      ...(values['as-of'] === undefined ? {} : { asOf: values['as-of'] }),
      seed: values.seed ?? '1',
      ...(values.policy === undefined ? {} : { policy: values.policy }),
      ...(values.compare === undefined ? {} : { compare: values.compare }),
      hook: hookOf(values.hook ?? 'patient-view'),
      visits: wholeNumber('--visits', values.visits, 20, 200),
      identify: values.identify ?? false,
      restart: values.restart ?? false,
      threads: wholeNumber('--threads', values.threads, availableParallelism(), 256),
      partSize: wholeNumber('--part-size', values['part-size'], DEFAULT_PART_SIZE, 100_000),
      queue: values.queue ?? false,
    };
  });
}

type ServerValues = Readonly<
  Partial<Record<'server' | 'group' | 'client-id' | 'key' | 'token-url' | 'scope', string>>
>;

function serverOf(values: ServerValues): BulkServer | undefined {
  const { server, group, key, scope, 'client-id': clientId, 'token-url': tokenUrl } = values;
  if ((server === undefined) !== (group === undefined))
    throw new RangeError('--server and --group go together');
  if ((clientId === undefined) !== (key === undefined))
    throw new RangeError('--client-id and --key go together');
  if (server === undefined || group === undefined) return undefined;
  if (clientId === undefined || key === undefined) return { baseUrl: server, group };
  const client = {
    clientId,
    keyFile: key,
    ...(tokenUrl === undefined ? {} : { tokenUrl }),
    ...(scope === undefined ? {} : { scope }),
  };
  return { baseUrl: server, group, client };
}

export interface WorkerArguments {
  readonly input?: string;
  readonly untilIdle: boolean;
  readonly threads: number;
}

/** @throws ServiceError ERR_BAD_REQUEST with what is wrong and the usage. */
export function readWorkerArguments(args: readonly string[]): WorkerArguments {
  return orUsage(() => {
    const options = {
      input: { type: 'string' },
      'until-idle': { type: 'boolean' },
      threads: { type: 'string' },
    } as const;
    const { values } = parseArgs({ args: [...args], options });
    return {
      ...(values.input === undefined ? {} : { input: values.input }),
      untilIdle: values['until-idle'] ?? false,
      threads: wholeNumber('--threads', values.threads, availableParallelism(), 256),
    };
  });
}

function orUsage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    const why = error instanceof Error ? error.message : 'bad arguments';
    throw new ServiceError('ERR_BAD_REQUEST', `${why}\n\nusage: bone-heart-cds ${DRY_RUN_USAGE}`);
  }
}

/** Drafts exist only while somebody orders: a chart holds none. */
function hookOf(hook: string): Arguments['hook'] {
  if (hook === 'patient-view' || hook === 'encounter-discharge') return hook;
  throw new RangeError(
    hook === 'order-select' || hook === 'order-sign'
      ? `--hook ${hook} cannot be forecast: it is about draft orders, and a chart holds none`
      : '--hook must be patient-view or encounter-discharge',
  );
}

function wholeNumber(name: string, text: string | undefined, fallback: number, most: number): number {
  if (text === undefined) return fallback;
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > most)
    throw new RangeError(`${name} must be a whole number from 1 to ${String(most)}`);
  return value;
}

function isWithin(inner: string, outer: string): boolean {
  const path = relative(resolve(outer), resolve(inner));
  return path === '' || (!path.startsWith('..') && !isAbsolute(path));
}
