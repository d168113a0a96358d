/**
 * The floor of a service that remembers: bare Express, the same fixed answer, and one short row that is durable before the answer leaves.
 * One table, one insert, the rows that are ready at once in one commit, SQLite as ours has it. PORT, ANSWER and DATA_DIR come from the bench.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import express from 'express';

function serve({ PORT = '0', ANSWER = '', DATA_DIR = '' }: NodeJS.ProcessEnv): void {
  const answer = JSON.parse(readFileSync(ANSWER, 'utf8')) as unknown;
  const worker = new Worker(new URL(import.meta.url), { workerData: join(DATA_DIR, 'floor.sqlite') });
  let waiting: (() => void)[] = [];
  let written: (() => void)[] = [];
  const send = (): void => {
    if (written.length > 0 || waiting.length === 0) return;
    [written, waiting] = [waiting, []];
    worker.postMessage(written.length);
  };
  worker.on('message', () => {
    const done = written;
    written = [];
    for (const resolve of done) resolve();
    send();
  });

  const app = express();
  app.use(express.json({ limit: '10mb' }));
  app.get('/readyz', (_req, res) => {
    res.json({ status: 'ready' });
  });
  app.post('/cds-services/:id', async (_req, res) => {
    await new Promise<void>((resolve) => {
      if (waiting.push(resolve) === 1) setImmediate(send);
    });
    res.json(answer);
  });
  app.listen(Number(PORT), '127.0.0.1');
  process.on('SIGTERM', () => {
    void worker.terminate().then(() => process.exit(0));
  });
}

function write(path: string): void {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 8000;');
  database.exec('create table decision (id integer primary key, what text not null)');
  const insert = database.prepare('insert into decision (what) values (?)');
  const row = 'a decision of a hundred characters '.repeat(3);
  parentPort?.on('message', (count: number) => {
    database.exec('begin');
    for (let n = 0; n < count; n += 1) insert.run(row);
    database.exec('commit');
    parentPort?.postMessage(count);
  });
}

if (isMainThread) serve(process.env);
else write(workerData as string);
