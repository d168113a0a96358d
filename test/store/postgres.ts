/** PostgreSQL for tests: a schema of its own for each test, so that runs do not meet. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';

const URL_OF_TESTS = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test';

export const SKIPPED =
  'PostgreSQL half skipped: no server at TEST_DATABASE_URL (default postgres://postgres@127.0.0.1:5432/test); start one to run it.';

/** The URL when a server answers there; undefined when none does and this is not CI. */
export const postgresUrl = await reachable();

async function reachable(): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: URL_OF_TESTS, connectionTimeoutMillis: 3000 });
  try {
    await client.connect();
    await client.end();
    return URL_OF_TESTS;
  } catch (error) {
    if ((process.env['CI'] ?? '') !== '') throw error;
    return undefined;
  }
}

async function run(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: URL_OF_TESTS });
  await client.connect();
  await client.query(statement);
  await client.end();
}

/** URL of a new empty schema. */
export async function freshDatabase(): Promise<string> {
  const schema = `t_${randomUUID().replaceAll('-', '')}`;
  await run(`create schema ${schema}`);
  const url = new URL(URL_OF_TESTS);
  url.searchParams.set('options', `-c search_path=${schema}`);
  return url.href;
}

export async function dropSchema({ databaseUrl = '' }: { readonly databaseUrl?: string }): Promise<void> {
  const schema = /search_path=(\w+)/.exec(decodeURIComponent(databaseUrl.replaceAll('+', ' ')))?.[1];
  if (schema !== undefined) await run(`drop schema ${schema} cascade`);
}
