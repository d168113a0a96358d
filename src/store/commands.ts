/**
 * Commands on the store: export, forget, backup. Each opens it, does one thing, and closes it.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import type { Config } from '../config.ts';
import { ServiceError } from '../errors.ts';
import type { Store } from './contract.ts';
import { csvOf } from './export.ts';
import { openStore, SQLITE_FILE } from './open.ts';
import { patientKey } from './patient-key.ts';

export const STORE_USAGE = {
  export: ['export --csv [--comments]'],
  forget: [
    'forget --quiet (--all | [--patient ID [--issuer ISS]] [--recommendation ID])',
    'forget --comments CARD-UUID',
    'forget --everything --patient ID [--issuer ISS]',
  ],
  backup: ['backup FILE'],
} as const;

export interface CommandOptions {
  readonly args: readonly string[];
  readonly config: Config;
  /** Made only when a patient is named. */
  readonly patientKeySecret: () => string;
  /** Writes text and resolves when it has been taken. */
  readonly write: (text: string) => Promise<void>;
}

/** Decisions and feedback as CSV to standard output. */
export async function exportStore({ args, config, write }: CommandOptions): Promise<void> {
  const { csv, comments } = optionsOf(args, { csv: { type: 'boolean' }, comments: { type: 'boolean' } });
  if (csv !== true) throw usage();
  await withStore(config, async (store) => {
    for await (const lines of csvOf(store, { comments: comments === true })) await write(lines);
  });
}

/** Ends quiets, takes the comments off a card's feedback, or erases what is kept about a patient. */
export async function forget({ args, config, patientKeySecret, write }: CommandOptions): Promise<void> {
  const options = optionsOf(args, {
    quiet: { type: 'boolean' },
    all: { type: 'boolean' },
    patient: { type: 'string' },
    issuer: { type: 'string' },
    recommendation: { type: 'string' },
    comments: { type: 'string' },
    everything: { type: 'boolean' },
  });
  const { quiet, all, patient, issuer = '', recommendation, comments, everything } = options;
  const asked = [quiet === true, typeof comments === 'string', everything === true].filter(Boolean);
  if (asked.length !== 1) throw usage();
  const key =
    typeof patient === 'string' ? patientKey(patientKeySecret(), String(issuer), patient) : undefined;
  if (typeof comments === 'string')
    return withStore(config, async (store) => {
      await write(`comments removed: ${String(await store.removeComments(comments))}\n`);
    });
  if (everything === true) {
    if (key === undefined || all === true || typeof recommendation === 'string') throw usage();
    return withStore(config, async (store) => {
      const { decisions, feedback, quiets } = await store.erasePatient(key);
      if (decisions + feedback + quiets === 0)
        throw new ServiceError(
          'ERR_CONFIG',
          'nothing is kept under this id and issuer: are both as the EHR sends them, and are the store and PATIENT_KEY_SECRET those of the service?',
        );
      await write(
        `erased: ${String(decisions)} decisions, ${String(feedback)} feedback, ${String(quiets)} quiets\n`,
      );
    });
  }
  const isNamed = key !== undefined || typeof recommendation === 'string';
  if (isNamed === (all === true)) throw usage();
  await withStore(config, async (store) => {
    const ended = await store.endQuiets({
      ...(key === undefined ? {} : { patientKey: key }),
      ...(typeof recommendation === 'string' ? { recommendation } : {}),
    });
    await write(`quiets ended: ${String(ended)}\n`);
  });
}

/** A consistent copy of the SQLite store while the service runs. PostgreSQL has pg_dump. */
export async function backupStore({ args, config, write }: CommandOptions): Promise<void> {
  const [file, ...others] = args;
  if (file === undefined || others.length > 0) throw usage();
  if (config.databaseUrl !== undefined)
    throw new ServiceError(
      'ERR_CONFIG',
      'DATABASE_URL is set: back PostgreSQL up with pg_dump (docs/reliability.md)',
    );
  const source = join(config.dataDir, SQLITE_FILE);
  if (!existsSync(source)) throw new ServiceError('ERR_CONFIG', `there is no store at ${source}`);
  if (existsSync(file)) throw new ServiceError('ERR_CONFIG', `${file} exists already`);
  const database = new DatabaseSync(source, { readOnly: true });
  try {
    await backup(database, file);
  } finally {
    database.close();
  }
  await write(`written: ${file}\n`);
}

async function withStore(config: Config, work: (store: Store) => Promise<void>): Promise<void> {
  const store = await openStore(config, randomUUID);
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

type OptionTypes = Readonly<Record<string, { readonly type: 'boolean' | 'string' }>>;

function optionsOf(
  args: readonly string[],
  options: OptionTypes,
): Record<string, string | boolean | undefined> {
  try {
    return { ...parseArgs({ args: [...args], options }).values };
  } catch {
    throw usage();
  }
}

function usage(): ServiceError {
  return new ServiceError(
    'ERR_CONFIG',
    `usage: ${Object.values(STORE_USAGE)
      .flat()
      .map((one) => `bone-heart-cds ${one}`)
      .join('\n       ')}`,
  );
}
