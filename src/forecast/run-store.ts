/**
 * Runs of the queue in PostgreSQL: what is to be done (pg-boss jobs, one for each part) and the counts of the parts that are done.
 *
 * The counts of a part and the end of its job are one transaction, and a part is kept once: a worker that is killed in mid-job loses
 * nothing, and one that finishes a part which another has taken over counts nothing twice. No patient, id or file name is
 * written.
 */
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { ServiceError } from '../errors.ts';
import { shortHash, type Terms } from './policies.ts';
import type { RunKey } from './run-key.ts';
import { fromJson, toJson, type Tally } from './tally.ts';

export interface StoredRun {
  readonly id: string;
  readonly key: RunKey;
  readonly terms: Terms;
  /** Path of the input as the coordinator sees it. */
  readonly input: string;
}

export interface Claim {
  readonly part: number;
  /** Tells that somebody is still at work; without it the part goes to another worker. */
  touch(): Promise<void>;
  /** Keeps the counts and ends the job, both or neither. */
  keep(tally: Tally, patients: number): Promise<void>;
  /** Gives the part back; after some tries it counts as failed. */
  giveBack(why: string): Promise<void>;
}

export interface RunStore {
  /** Begins a run, or finds the same one again. */
  open(run: StoredRun): Promise<void>;
  /** Runs with parts that nobody has finished. */
  unfinished(): Promise<readonly StoredRun[]>;
  claim(run: StoredRun): Promise<Claim | undefined>;
  state(
    run: StoredRun,
  ): Promise<{ readonly parts: number; readonly patients: number; readonly failed: number }>;
  /** Counts of finished parts, in order. */
  parts(
    run: StoredRun,
  ): AsyncGenerator<{ readonly index: number; readonly patients: number; readonly tally: Tally }>;
  /** Removes everything about a run. */
  remove(run: StoredRun): Promise<void>;
  close(): Promise<void>;
}

/** A worker that says nothing for so long is taken for dead. Ten seconds are the least that pg-boss allows. */
const HEARTBEAT_SECONDS = 10;
export const TOUCH_EVERY_MS = 3000;
const LONGEST_PART_SECONDS = 3600;
const TRIES = 5;
const SCHEMA = 'bone_heart_jobs';

const TABLES = `
create table if not exists forecast_run (id text primary key, content jsonb not null, opened timestamptz not null default now());
create table if not exists forecast_part (
  run text not null references forecast_run (id) on delete cascade, part integer not null, patients integer not null,
  tally jsonb not null, primary key (run, part));`;
/** Any number: two processes that make the tables at once would meet. */
const LOCK = 728_114_001;

export function runId(key: RunKey): string {
  return shortHash(JSON.stringify(key));
}

/**
 * @param url `postgres://…`
 * @throws ServiceError ERR_STORE_UNAVAILABLE when there is no database.
 */
export async function openRunStore(url: string, onError: (error: Error) => void): Promise<RunStore> {
  const pool = new pg.Pool({ connectionString: url, max: 4, connectionTimeoutMillis: 5000, keepAlive: true });
  pool.on('error', onError);
  pool.on('connect', (client) => client.on('error', onError));
  const boss = new PgBoss({
    connectionString: url,
    schema: SCHEMA,
    max: 3,
    schedule: false,
    superviseIntervalSeconds: 2,
    monitorIntervalSeconds: 2,
    registerInstance: false,
  });
  boss.on('error', onError);
  try {
    await withLock(pool, (client) => client.query(TABLES));
    await boss.start();
  } catch (cause) {
    await pool.end();
    throw new ServiceError('ERR_STORE_UNAVAILABLE', 'the database of DATABASE_URL cannot be used', { cause });
  }
  return {
    open: (run) => open(pool, boss, run),
    unfinished: () => unfinished(pool),
    claim: (run) => claim(pool, boss, run),
    state: (run) => state(pool, boss, run),
    parts: (run) => parts(pool, run),
    remove: async (run) => {
      await pool.query('delete from forecast_run where id = $1', [run.id]);
      await boss.deleteQueue(queueOf(run));
    },
    close: async () => {
      await boss.stop({ graceful: false });
      await pool.end();
    },
  };
}

function queueOf({ id }: Pick<StoredRun, 'id'>): string {
  return `forecast-${id}`;
}

type Client = pg.PoolClient;

async function inTransaction<T>(pool: pg.Pool, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    client.release();
    return result;
  } catch (error) {
    // A connection in an unknown state is thrown away.
    client.release(true);
    throw error;
  }
}

function withLock<T>(pool: pg.Pool, work: (client: Client) => Promise<T>): Promise<T> {
  return inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
    return work(client);
  });
}

/** pg-boss inside a transaction of ours. */
function within(client: Client): {
  executeSql: (text: string, values?: unknown[]) => Promise<{ rows: unknown[] }>;
} {
  return { executeSql: (text, values) => client.query(text, values) };
}

async function open(pool: pg.Pool, boss: PgBoss, run: StoredRun): Promise<void> {
  await withLock(pool, async (client) => {
    const { rowCount } = await client.query(
      'insert into forecast_run (id, content) values ($1, $2) on conflict do nothing',
      [run.id, JSON.stringify(run)],
    );
    if (rowCount !== 1) return;
    // Outside of the transaction and so before it is visible; a queue without a run is taken up by the next try.
    await boss.createQueue(queueOf(run), {
      heartbeatSeconds: HEARTBEAT_SECONDS,
      expireInSeconds: LONGEST_PART_SECONDS,
      retryLimit: TRIES,
      deleteAfterSeconds: 0,
    });
    const jobs = Array.from({ length: run.key.parts }, (_, part) => ({ data: { part } }));
    await boss.insert(queueOf(run), jobs, { db: within(client) });
  });
}

async function unfinished(pool: pg.Pool): Promise<readonly StoredRun[]> {
  const { rows } = await pool.query<{ content: StoredRun }>(
    `select content from forecast_run r where (content->'key'->>'parts')::int > (select count(*) from forecast_part p where p.run = r.id)
     order by opened, id`,
  );
  return rows.map(({ content }) => content);
}

async function claim(pool: pg.Pool, boss: PgBoss, run: StoredRun): Promise<Claim | undefined> {
  const queue = queueOf(run);
  const [job] = await boss.fetch<{ part: number }>(queue);
  if (job === undefined) return undefined;
  const { part } = job.data;
  return {
    part,
    touch: async () => {
      await boss.touch(queue, job);
    },
    keep: (tally, patients) =>
      inTransaction(pool, async (client) => {
        await client.query(
          'insert into forecast_part (run, part, patients, tally) values ($1, $2, $3, $4) on conflict do nothing',
          [run.id, part, patients, JSON.stringify(toJson(tally))],
        );
        await boss.complete(queue, job.id, null, { db: within(client) });
      }),
    giveBack: async (why) => {
      await boss.fail(queue, job, { why });
    },
  };
}

async function state(
  pool: pg.Pool,
  boss: PgBoss,
  run: StoredRun,
): Promise<{ parts: number; patients: number; failed: number }> {
  const { rows } = await pool.query<{ parts: string; patients: string }>(
    'select count(*) as parts, coalesce(sum(patients), 0) as patients from forecast_part where run = $1',
    [run.id],
  );
  const [stats] = await boss.getQueueStats(queueOf(run));
  return {
    parts: Number(rows[0]?.parts ?? 0),
    patients: Number(rows[0]?.patients ?? 0),
    failed: stats?.failedCount ?? 0,
  };
}

async function* parts(
  pool: pg.Pool,
  run: StoredRun,
): AsyncGenerator<{ index: number; patients: number; tally: Tally }> {
  // One at a time: the counts of all parts of a nation would not fit.
  for (let index = 0; index < run.key.parts; index++) {
    const { rows } = await pool.query<{ patients: number; tally: unknown }>(
      'select patients, tally from forecast_part where run = $1 and part = $2',
      [run.id, index],
    );
    const [row] = rows;
    if (row !== undefined) yield { index, patients: row.patients, tally: fromJson(row.tally) };
  }
}
