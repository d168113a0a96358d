/** The same calls with other stores, with two replicas, and with charts that grow. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { again, hookRequest } from './requests.ts';
import { answerOf, measure, plainCall, topicsOf, type Measured } from './measure.ts';
import { OURS, startMeasured, type MeasuredServer } from './servers.ts';
import { quantile, showSpread, spreadOf, type Spread } from './statistics.ts';

export interface VariantRow {
  readonly name: string;
  readonly cpuUsPerRequest: Spread;
  readonly requestsPerSecond: Spread;
  readonly p99Ms: Spread;
}

const ROUNDS = 3;
/** Rounds before the first one that counts, for the compiler of Node. */
const WARM_UP = 8;
const CONCURRENCY = 32;
/** Nothing listens there: the store is degraded from the start, and no call waits for it. */
const NO_DATABASE = 'postgres://127.0.0.1:1/none';

/** SQLite, PostgreSQL with one and two replicas, and without a store that answers; 10 kB, 32 at a time. */
export async function measureStores(postgres: string | undefined): Promise<readonly VariantRow[]> {
  const sqlite = await measureServers('SQLite', [{}]);
  const none = await measureServers('no store', [{ DATABASE_URL: NO_DATABASE }]);
  if (postgres === undefined) return [sqlite, none];
  return withDatabase(postgres, async (url) => [
    sqlite,
    await measureServers('PostgreSQL', [{ DATABASE_URL: url }]),
    await measureServers('PostgreSQL, two replicas', [{ DATABASE_URL: url }, { DATABASE_URL: url }]),
    none,
  ]);
}

/** CPU per request by number of Observations: does it grow in proportion? */
export async function measureCurve(
  counts: readonly number[],
): Promise<readonly (VariantRow & { readonly count: number })[]> {
  const rows = [];
  for (const count of counts) {
    const row = await measureServers(
      String(count),
      [{}],
      { observations: count },
      1,
      Math.max(60, Math.round(100_000 / count)),
    );
    rows.push({ ...row, count });
  }
  return rows;
}

async function measureServers(
  name: string,
  environments: readonly Readonly<Record<string, string>>[],
  size: Parameters<typeof hookRequest>[0] = { bytes: 10_000 },
  concurrency = CONCURRENCY,
  requests = 1500,
): Promise<VariantRow> {
  const servers: MeasuredServer[] = [];
  try {
    for (const env of environments) servers.push(await startMeasured({ name, ...OURS, env }));
    const request = hookRequest(size);
    const topics = topicsOf(await answerOf(servers[0] as MeasuredServer, JSON.stringify(request)));
    const rounds: Measured[][] = [];
    for (let round = -WARM_UP; round < ROUNDS; round += 1) {
      const body = JSON.stringify(again(request));
      const next = plainCall(body);
      const share = {
        requests: Math.round(requests / servers.length),
        concurrency: Math.ceil(concurrency / servers.length),
      };
      const measured = await Promise.all(
        servers.map((server) => measure(server, { ...share, next, topics })),
      );
      if (round >= 0) rounds.push(measured);
    }
    const each = rounds.flat();
    return {
      name,
      cpuUsPerRequest: spreadOf(each.map(({ cpuUs }) => cpuUs)),
      requestsPerSecond: spreadOf(
        rounds.map((round) => round.reduce((sum, one) => sum + one.requestsPerSecond, 0)),
      ),
      p99Ms: spreadOf(each.map(({ latencies }) => quantile(latencies, 0.99))),
    };
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

/** A database of its own, dropped afterwards. */
async function withDatabase<T>(server: string, work: (url: string) => Promise<T>): Promise<T> {
  const name = `bench_${randomUUID().replaceAll('-', '')}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  try {
    await admin.query(`create database ${name}`);
    return await work(new URL(name, server.endsWith('/') ? server : server.replace(/[^/]*$/, '')).href);
  } finally {
    await admin.query(`drop database if exists ${name} with (force)`);
    await admin.end();
  }
}

export function showVariants(rows: readonly VariantRow[], first: string): readonly (readonly string[])[] {
  return [
    [first, 'CPU µs per request', 'Requests/s', 'p99 ms'],
    ...rows.map((row) => [
      row.name,
      showSpread(row.cpuUsPerRequest, 0),
      showSpread(row.requestsPerSecond, 0),
      showSpread(row.p99Ms, 1),
    ]),
  ];
}
