/** kysely over a SQLite file in a worker thread. */
import { Worker } from 'node:worker_threads';
import {
  CompiledQuery,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryCompiler,
  type QueryResult,
} from 'kysely';
import { StoreError } from './contract.ts';
import type { StoreDialect } from './sql-store.ts';
import type { DatabaseFile, Reply, Request, RowStatement, Statement } from './sqlite-worker.ts';

/** The folder of the file must exist. A read-only connection sees what is committed and holds up no writer. */
export function sqliteDialect(file: DatabaseFile): StoreDialect {
  const driver = new WorkerDriver(file);
  return {
    write: (statements) => driver.write(statements as readonly RowStatement[]),
    createDriver: (): Driver => driver,
    createQueryCompiler: (): QueryCompiler => new SqliteQueryCompiler(),
    createAdapter: (): DialectAdapter => new FileAdapter(),
    createIntrospector: (db: Kysely<unknown>): DatabaseIntrospector => new SqliteIntrospector(db),
  };
}

/** Migrations run in one transaction that holds the write lock from its start: two processes cannot both migrate. */
class FileAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class WorkerDriver implements Driver {
  private readonly file: DatabaseFile;
  private connection: WorkerConnection | undefined;

  constructor(file: DatabaseFile) {
    this.file = file;
  }

  async init(): Promise<void> {
    this.connection = await WorkerConnection.open(this.file);
  }

  acquireConnection(): Promise<DatabaseConnection> {
    return Promise.resolve(this.open());
  }

  /** A transaction of its own in one message. The caller holds the connection, so that no other transaction is open. */
  write(statements: readonly RowStatement[]): Promise<void> {
    return this.open().write(statements);
  }

  private open(): WorkerConnection {
    if (this.connection === undefined) throw new StoreError('unavailable', 'the store is not open');
    return this.connection;
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(
      CompiledQuery.raw(this.file.readOnly === true ? 'begin' : 'begin immediate'),
    );
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'));
  }

  releaseConnection(): Promise<void> {
    return Promise.resolve();
  }

  async destroy(): Promise<void> {
    await this.connection?.close();
  }
}

type Answered = Extract<Reply, { rows: unknown }>;

interface Waiting {
  readonly resolve: (reply: Answered) => void;
  readonly reject: (error: Error) => void;
}

class WorkerConnection implements DatabaseConnection {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 0;
  /** What has been asked for since the last message: calls that run at once share one. */
  private outbox: Request[] = [];
  private gone: Error | undefined;

  private constructor(worker: Worker) {
    this.worker = worker;
    // A worker that idles must not keep the process alive.
    worker.unref();
    worker.on('message', (replies: readonly Reply[]) => {
      for (const reply of replies) this.settle(reply);
    });
    worker.on('error', (error) => {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    });
    worker.on('exit', () => {
      this.fail(new Error('the store thread has ended'));
    });
  }

  /** Resolves when the file is open; rejects with what SQLite says. */
  static open(file: DatabaseFile): Promise<WorkerConnection> {
    const worker = new Worker(
      new URL(import.meta.url.endsWith('.ts') ? './sqlite-worker.ts' : './sqlite-worker.js', import.meta.url),
      { workerData: file },
    );
    return new Promise((resolve, reject) => {
      worker.once('error', reject);
      worker.once('message', () => {
        worker.off('error', reject);
        resolve(new WorkerConnection(worker));
      });
    });
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, changes } = await this.ask({ sql, parameters: parameters as Statement['parameters'] });
    return { rows: rows as R[], numAffectedRows: BigInt(changes) };
  }

  // eslint-disable-next-line require-yield -- the contract of kysely; nothing here streams
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    await Promise.resolve();
    throw new StoreError('unavailable', 'streaming is not supported');
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  async write(statements: readonly RowStatement[]): Promise<void> {
    await this.ask({ write: statements });
  }

  private ask(what: Statement | { readonly write: readonly RowStatement[] }): Promise<Answered> {
    if (this.gone !== undefined) return Promise.reject(this.gone);
    const id = (this.nextId += 1);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      // While something is asked for, the process stays alive until it is answered.
      this.worker.ref();
      if (this.outbox.length === 0)
        setImmediate(() => {
          this.send();
        });
      this.outbox.push({ id, ...what });
    });
  }

  private send(): void {
    const requests = this.outbox;
    this.outbox = [];
    try {
      this.worker.postMessage(requests satisfies readonly Request[]);
    } catch (error) {
      // A value that cannot be sent: our mistake, and nobody may wait for it for ever.
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private settle(reply: Reply): void {
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if (this.waiting.size === 0) this.worker.unref();
    if ('error' in reply) waiting?.reject(Object.assign(new Error(reply.error), { code: reply.code }));
    else waiting?.resolve(reply);
  }

  private fail(error: Error): void {
    this.gone ??= error;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
