/** kysely over PostgreSQL; the only file that imports `pg`. */
import { PostgresDialect, type Dialect } from 'kysely';
import pg from 'pg';

const CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 2000;
const QUERY_TIMEOUT_MS = 5000;
const LONG_QUERY_TIMEOUT_MS = 30_000;

/**
 * @param url `postgres://…`
 * @param onError told when an idle connection breaks; the pool opens another when one is needed.
 */
export function postgresDialect(url: string, onError: (error: Error) => void): Dialect {
  return pooled(url, { connections: CONNECTIONS, timeoutMs: QUERY_TIMEOUT_MS, onError });
}

/** One connection beside the pool that hook calls use, with more time. */
export function postgresReader(url: string): Dialect {
  return pooled(url, { connections: 1, timeoutMs: LONG_QUERY_TIMEOUT_MS, onError: () => undefined });
}

interface PoolOptions {
  readonly connections: number;
  readonly timeoutMs: number;
  readonly onError: (error: Error) => void;
}

function pooled(url: string, { connections, timeoutMs, onError }: PoolOptions): Dialect {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: timeoutMs,
    statement_timeout: timeoutMs,
    idle_in_transaction_session_timeout: timeoutMs,
    keepAlive: true,
    application_name: 'bone-heart-cds',
  });
  pool.on('error', onError);
  // A client in the middle of a transaction is not watched by the pool: without a listener its broken connection would end the
  // process.
  pool.on('connect', (client) => client.on('error', onError));
  return new PostgresDialect({ pool });
}
