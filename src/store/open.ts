/** Which store: PostgreSQL by URL, else SQLite in the data folder. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError, type Store } from './contract.ts';
import { openSqlStore } from './sql-store.ts';

export interface StoreLocation {
  /** `postgres://…`; undefined for SQLite. */
  readonly databaseUrl?: string;
  readonly dataDir: string;
}

export const SQLITE_FILE = 'bone-heart-cds.sqlite';

/** @throws StoreError as `openSqlStore` does. */
export async function openStore(
  { databaseUrl, dataDir }: StoreLocation,
  newId: () => string,
): Promise<Store> {
  if (databaseUrl !== undefined) {
    const { postgresDialect, postgresReader } = await import('./postgres-dialect.ts');
    const dialect = postgresDialect(databaseUrl, () => undefined);
    return openSqlStore('postgres', { dialect, reader: () => postgresReader(databaseUrl) }, newId);
  }
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StoreError('unavailable', 'DATA_DIR cannot be made', error);
  }
  const { sqliteDialect } = await import('./sqlite-dialect.ts');
  const path = join(dataDir, SQLITE_FILE);
  return openSqlStore(
    'sqlite',
    { dialect: sqliteDialect({ path }), reader: () => sqliteDialect({ path, readOnly: true }) },
    newId,
  );
}
