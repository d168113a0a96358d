/** The queue on PostgreSQL: three workers, one killed in mid-job, and the same report as without a queue. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { readConfig } from '../../src/config.ts';
import { dryRun } from '../../src/forecast/dry-run.ts';
import { setupOf, type Terms } from '../../src/forecast/policies.ts';
import { inputKey, runKey } from '../../src/forecast/run-key.ts';
import { openRunStore, runId, type RunStore, type StoredRun } from '../../src/forecast/run-store.ts';
import { count, emptyTally, totalOf, type Tally } from '../../src/forecast/tally.ts';
import { knowledge, ldl, man, patient } from '../build-record.ts';
import { postgresUrl, SKIPPED } from '../store/postgres.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const command = join(root, 'bin/bone-heart-cds.cjs');
const scratch = mkdtempSync(join(tmpdir(), 'forecast-queue-'));
const input = join(scratch, 'in');
const CHARTS = 300;
const PARTS = 30;
const AS_OF = '2026-01-15';

const TERMS: Terms = {
  policy: { name: 'defaults', text: '' },
  production: false,
  hook: 'patient-view',
  asOf: AS_OF,
  seed: '1',
  partSize: 10,
};

/** pg-boss has a schema of its own, so these tests have a database of their own. */
const name = `t_${randomUUID().replaceAll('-', '')}`;
const databaseUrl = ((): string => {
  const url = new URL(postgresUrl ?? 'postgres://127.0.0.1/none');
  url.pathname = `/${name}`;
  return url.href;
})();

async function admin(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
}

beforeAll(async () => {
  if (postgresUrl === undefined) {
    process.stderr.write(`${SKIPPED}\n`);
    return;
  }
  await admin(`create database ${name}`);
  mkdirSync(input);
  for (let number = 0; number < CHARTS; number++) {
    const resources = [patient(45, man), ...Array.from({ length: 40 }, () => ldl(195))];
    const entry = resources.map((resource) => ({ resource }));
    writeFileSync(join(input, `${String(number)}.json`), JSON.stringify({ resourceType: 'Bundle', entry }));
  }
});
afterAll(async () => {
  rmSync(scratch, { recursive: true });
  if (postgresUrl !== undefined) await admin(`drop database ${name} with (force)`);
});

function worker(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [command, 'dry-run', 'worker', '--threads', '1', ...args], {
    cwd: root,
    env: { DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

async function told(child: ChildProcess, words: RegExp): Promise<void> {
  let text = '';
  for await (const chunk of child.stderr ?? []) {
    text += String(chunk);
    if (words.test(text)) return;
  }
  throw new Error(`a worker ended: ${text}`);
}

function coordinate(out: string, ...args: readonly string[]): Promise<number> {
  return dryRun({
    args: [input, '--out', out, '--as-of', AS_OF, '--part-size', '10', ...args],
    config: readConfig({ DATABASE_URL: databaseUrl }),
    tell: () => undefined,
    isTerminal: false,
    signal: new AbortController().signal,
  });
}

const onPostgres = postgresUrl === undefined ? describe.skip : describe;

onPostgres('three workers', () => {
  test('of which one is killed in mid-job count everybody once and write the same report', async () => {
    const [queued, alone] = [join(scratch, 'queued'), join(scratch, 'alone')];
    const workers = [worker(), worker(), worker()];
    const [victim, ...others] = workers;
    const run = coordinate(queued, '--queue');
    if (victim === undefined) throw new Error('no worker');
    await told(victim, /working with/);
    await wait(30);
    victim.kill('SIGKILL');
    expect(await run).toBe(0);
    const ended = others.map((one) => once(one, 'exit'));
    for (const one of others) one.kill('SIGTERM');
    for (const exit of await Promise.all(ended)) expect(exit).toEqual([0, null]);
    expect(await coordinate(alone)).toBe(0);
    for (const file of ['report.html', 'report.json', 'recommendations.csv', 'progress.json'])
      expect(readFileSync(join(queued, file), 'utf8')).toBe(readFileSync(join(alone, file), 'utf8'));
    expect(readFileSync(join(queued, 'report.json'), 'utf8')).toContain('"evaluated": 300');
  }, 120_000);

  test('leave nothing in the database', async () => {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    const { rows } = await client.query('select count(*)::int as n from forecast_run');
    await client.end();
    expect(rows).toEqual([{ n: 0 }]);
  });
});

onPostgres('a part whose worker is silent', () => {
  let store: RunStore;
  let run: StoredRun;
  const tally = (): Tally => {
    const one = emptyTally();
    count(one, 'patients', ['female', '60-69'], 7);
    return one;
  };

  beforeAll(async () => {
    store = await openRunStore(databaseUrl, () => undefined);
    setupOf(TERMS, knowledge);
    const key = runKey({
      terms: { ...TERMS, seed: 'silent' },
      input: await inputKey(input),
      parts: 2,
      identify: false,
    });
    run = { id: runId(key), key, terms: TERMS, input };
    await store.open(run);
    await store.open(run);
  });
  afterAll(async () => {
    await store.remove(run);
    await store.close();
  });

  test('goes to another after the heartbeat, and is counted once though both finish it', async () => {
    const [first, second] = [await store.claim(run), await store.claim(run)];
    expect([first?.part, second?.part].sort()).toEqual([0, 1]);
    expect(await store.claim(run)).toBeUndefined();
    await second?.keep(tally(), 7);
    let again = await store.claim(run);
    for (let seconds = 0; again === undefined && seconds < 60; seconds++) {
      await wait(1000);
      again = await store.claim(run);
    }
    expect(again?.part).toBe(first?.part);
    await again?.keep(tally(), 7);
    await first?.keep(tally(), 7);
    expect(await store.state(run)).toMatchObject({ parts: 2, patients: 14, failed: 0 });
    const kept: number[] = [];
    for await (const part of store.parts(run)) kept.push(totalOf(part.tally, 'patients'));
    expect(kept).toEqual([7, 7]);
    expect(await store.unfinished()).toEqual([]);
  }, 90_000);
});

onPostgres('a worker that would count otherwise', () => {
  test('refuses a run of other files', async () => {
    const store = await openRunStore(databaseUrl, () => undefined);
    const key = runKey({
      terms: TERMS,
      input: { ...(await inputKey(input)), hash: 'other' },
      parts: PARTS,
      identify: false,
    });
    const run: StoredRun = { id: runId(key), key, terms: TERMS, input };
    await store.open(run);
    const child = worker('--until-idle');
    const exit = once(child, 'exit');
    await told(child, /other data than this worker has .*the input/);
    expect(await exit).toEqual([1, null]);
    expect(await store.state(run)).toMatchObject({ parts: 0 });
    await store.remove(run);
    await store.close();
  }, 60_000);
});
