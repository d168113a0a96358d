/**
 * The thread that owns the SQLite file. `node:sqlite` is synchronous: here a slow disk, a full one or a lock held by another
 * process stops this thread and never the one that answers hooks.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

export interface Request {
  readonly id: number;
  readonly sql: string;
  readonly parameters: readonly SQLInputValue[];
}
export type Reply =
  | { readonly id: number; readonly rows: readonly unknown[]; readonly changes: number }
  | { readonly id: number; readonly error: string; readonly code: string };

/** How long a statement waits for another process that holds the file. */
const BUSY_TIMEOUT_MS = 2000;
const CACHED_STATEMENTS = 200;

const { path } = workerData as { readonly path: string };
const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
const statements = new Map<string, StatementSync>();

parentPort?.on('message', (request: Request) => {
  parentPort?.postMessage(answer(request));
});
parentPort?.postMessage('open');

function answer({ id, sql, parameters }: Request): Reply {
  try {
    const statement = prepared(sql);
    if (statement.columns().length > 0) return { id, rows: statement.all(...parameters), changes: 0 };
    return { id, rows: [], changes: Number(statement.run(...parameters).changes) };
  } catch (error) {
    const { message, code } = error as Error & { code?: string };
    return { id, error: message, code: code ?? '' };
  }
}

function prepared(sql: string): StatementSync {
  const known = statements.get(sql);
  if (known !== undefined) return known;
  if (statements.size >= CACHED_STATEMENTS) statements.clear();
  const statement = database.prepare(sql);
  statements.set(sql, statement);
  return statement;
}
