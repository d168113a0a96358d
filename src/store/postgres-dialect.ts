/** kysely over PostgreSQL; the only file that imports `pg`. */
import { PostgresDialect, type Dialect } from 'kysely';
import pg from 'pg';

const CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 2000;
const QUERY_TIMEOUT_MS = 5000;

/**
 * @param url `postgres://…`
 * @param onError told when an idle connection breaks; the pool opens another when one is needed.
 */
export function postgresDialect(url: string, onError: (error: Error) => void): Dialect {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    statement_timeout: QUERY_TIMEOUT_MS,
    idle_in_transaction_session_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'bone-heart-cds',
  });
  pool.on('error', onError);
  // A client in the middle of a transaction is not watched by the pool: without a listener its broken connection would end the
  // process.
  pool.on('connect', (client) => client.on('error', onError));
  return new PostgresDialect({ pool });
}
