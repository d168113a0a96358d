/**
 * The thread that owns the SQLite file. `node:sqlite` is synchronous: here a slow disk, a full one or a lock held by another
 * process stops this thread and never the one that answers hooks.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

export interface DatabaseFile {
  readonly path: string;
  readonly readOnly?: boolean;
}

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly SQLInputValue[];
}
/** A statement that is run once for each row of parameters. */
export interface RowStatement {
  readonly sql: string;
  readonly rows: readonly (readonly SQLInputValue[])[];
}
/** One statement, or several as one transaction. */
export type Request = { readonly id: number } & (Statement | { readonly write: readonly RowStatement[] });
export type Reply =
  | { readonly id: number; readonly rows: readonly unknown[]; readonly changes: number }
  | { readonly id: number; readonly error: string; readonly code: string };

/** How long a statement waits for another process that holds the file. */
const BUSY_TIMEOUT_MS = 2000;
const CACHED_STATEMENTS = 200;

const { path, readOnly = false } = workerData as DatabaseFile;
const database = new DatabaseSync(path, {
  readOnly,
  timeout: BUSY_TIMEOUT_MS,
  enableForeignKeyConstraints: true,
});
if (!readOnly)
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA secure_delete = ON;',
  );
interface Prepared {
  readonly statement: StatementSync;
  /** Gives rows back. */
  readonly isQuery: boolean;
}
const statements = new Map<string, Prepared>();

parentPort?.on('message', (requests: readonly Request[]) => {
  parentPort?.postMessage(requests.map(answer));
});
parentPort?.postMessage('open');

function answer(request: Request): Reply {
  const { id } = request;
  try {
    if ('write' in request) return { id, rows: [], changes: write(request.write) };
    const { statement, isQuery } = prepared(request.sql);
    if (isQuery) return { id, rows: statement.all(...request.parameters), changes: 0 };
    return { id, rows: [], changes: Number(statement.run(...request.parameters).changes) };
  } catch (error) {
    const { message, code } = error as Error & { code?: string };
    return { id, error: message, code: code ?? '' };
  }
}

/** All of it is written, or nothing. */
function write(statements: readonly RowStatement[]): number {
  let changes = 0;
  prepared('begin immediate').statement.run();
  try {
    for (const { sql, rows } of statements) {
      const { statement } = prepared(sql);
      for (const row of rows) changes += Number(statement.run(...row).changes);
    }
    prepared('commit').statement.run();
  } catch (error) {
    // A full disk may have rolled back already.
    if (database.isTransaction) database.exec('rollback');
    throw error;
  }
  return changes;
}

function prepared(sql: string): Prepared {
  const known = statements.get(sql);
  if (known !== undefined) return known;
  if (statements.size >= CACHED_STATEMENTS) statements.clear();
  const statement = database.prepare(sql);
  const fresh = { statement, isQuery: statement.columns().length > 0 };
  statements.set(sql, fresh);
  return fresh;
}
