/** The store's queries, once for SQLite and PostgreSQL. */
import { createHash } from 'node:crypto';
import { Kysely, sql, type Dialect, type Selectable } from 'kysely';
import {
  StoreError,
  type CardRecord,
  type DecisionRecord,
  type Erased,
  type FeedbackRecord,
  type KnownCard,
  type OutcomeRecord,
  type Quiet,
  type Store,
  type StoredFeedback,
} from './contract.ts';
import { countInsights } from './insights.ts';
import { migrate } from './migrations.ts';
import { cardRows, chunks, decisionRow, withoutCardRows } from './rows.ts';
import type { Tables } from './schema.ts';

const EXPORT_PAGE = 500;

/** A statement that is run once for each row of parameters. */
export interface RowStatement {
  readonly sql: string;
  readonly rows: readonly (readonly unknown[])[];
}

/** A dialect of kysely; one whose database is in this process also takes a whole transaction at once. */
export interface StoreDialect extends Dialect {
  readonly write?: (statements: readonly RowStatement[]) => Promise<void>;
}

export interface Dialects {
  readonly dialect: StoreDialect;
  /** A connection beside the others, for questions that take long. */
  readonly reader: () => Dialect;
}

/**
 * Opens the store and brings its schema up to date.
 *
 * @param newId makes the ids of feedback rows.
 * @throws StoreError `schema-too-new` or `unavailable`; nothing is left open then.
 */
export async function openSqlStore(
  kind: Store['kind'],
  { dialect, reader }: Dialects,
  newId: () => string,
): Promise<Store> {
  const db = new Kysely<Tables>({ dialect });
  try {
    await migrate(kind, db);
  } catch (error) {
    await db.destroy().catch(() => undefined);
    throw error instanceof StoreError
      ? error
      : new StoreError('unavailable', 'the store cannot be opened', error);
  }
  return storeOf(kind, db, { reader, newId, write: dialect.write });
}

function storeOf(
  kind: Store['kind'],
  db: Kysely<Tables>,
  {
    reader,
    newId,
    write,
  }: Pick<Dialects, 'reader'> & {
    readonly newId: () => string;
    readonly write: StoreDialect['write'];
  },
): Store {
  const quiets = quietsQuery(db);
  return {
    kind,
    saveDecisions: (batch) =>
      guarded(() =>
        write === undefined
          ? saveDecisions(db, batch)
          : // In turn with the transactions that take several messages: kysely gives the one connection to one at a time.
            db.connection().execute(() => write(decisionStatements(db, batch))),
      ),
    quietsOf: (patientKey, today) => guarded(() => quiets(patientKey, today)),
    cardsOf: (uuids) => guarded(() => cardsOf(db, uuids)),
    saveFeedback: (entries, quiets, receivedAt) =>
      guarded(() => saveFeedback(db, { entries, quiets, receivedAt, newId })),
    useToken: (issuer, jti, expiresAt) =>
      guarded(async () => {
        const inserted = await db
          .insertInto('used_token')
          .values({ issuer, jti, expires_at: expiresAt })
          .onConflict((conflict) => conflict.doNothing())
          .returning('jti')
          .execute();
        return inserted.length === 1;
      }),
    prune: (before, now) => guarded(() => prune(db, before, now)),
    endQuiets: ({ patientKey, recommendation }) =>
      guarded(async () => {
        let query = db.deleteFrom('quiet');
        if (patientKey !== undefined) query = query.where('patient_key', '=', patientKey);
        if (recommendation !== undefined) query = query.where('recommendation', '=', recommendation);
        return Number((await query.executeTakeFirst()).numDeletedRows);
      }),
    erasePatient: (patientKey) => guarded(() => erasePatient(kind, db, patientKey)),
    removeComments: (card) =>
      guarded(async () => {
        const result = await db
          .updateTable('feedback')
          .set({ comment: null })
          .where('card', '=', card)
          .where('comment', 'is not', null)
          .executeTakeFirst();
        return Number(result.numUpdatedRows);
      }),
    decisions: () => decisions(db),
    feedback: () => feedback(db),
    insights: (filter) => guarded(() => countInsights(new Kysely<Tables>({ dialect: reader() }), filter)),
    ping: () =>
      guarded(async () => {
        await sql`select 1`.execute(db);
      }),
    close: () => db.destroy(),
  };
}

/** Every failure of a driver is a StoreError; its words stay in `cause`. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof StoreError
      ? error
      : new StoreError('unavailable', 'the store did not do it', error);
  }
}

async function saveDecisions(db: Kysely<Tables>, batch: readonly DecisionRecord[]): Promise<void> {
  await db.transaction().execute(async (trx) => {
    for (const rows of chunks(batch.map(decisionRow)))
      await trx.insertInto('decision').values(rows).execute();
    for (const rows of chunks(batch.flatMap(cardRows))) await trx.insertInto('card').values(rows).execute();
    for (const rows of chunks(batch.flatMap(withoutCardRows)))
      await trx.insertInto('without_card').values(rows).execute();
  });
}

/** The same rows as single-row inserts, whose texts are made once. */
function decisionStatements(db: Kysely<Tables>, batch: readonly DecisionRecord[]): readonly RowStatement[] {
  const rows = {
    decision: batch.map(decisionRow),
    card: batch.flatMap(cardRows),
    without_card: batch.flatMap(withoutCardRows),
  };
  return (['decision', 'card', 'without_card'] as const).flatMap((table) => {
    const [first] = rows[table];
    if (first === undefined) return [];
    const sql = insertText(db, table, first);
    return [{ sql, rows: rows[table].map((row) => Object.values(row)) }];
  });
}

const insertTexts = new Map<string, string>();

function insertText<Table extends 'decision' | 'card' | 'without_card'>(
  db: Kysely<Tables>,
  table: Table,
  row: Tables[Table],
): string {
  const known = insertTexts.get(table);
  if (known !== undefined) return known;
  const { sql: text } = db
    .insertInto(table)
    .values(row as never)
    .compile();
  insertTexts.set(table, text);
  return text;
}

/** Asked in every hook call, so its text is made once. */
function quietsQuery(db: Kysely<Tables>): (patientKey: string, today: string) => Promise<readonly Quiet[]> {
  const compiled = db
    .selectFrom('quiet')
    .select(['recommendation', 'until', 'because', 'since'])
    .where('patient_key', '=', '')
    .where('until', '>=', '')
    .orderBy('recommendation')
    .compile();
  return async (patientKey, today) =>
    (await db.executeQuery<Quiet>({ ...compiled, parameters: [patientKey, today] })).rows;
}

async function cardsOf(db: Kysely<Tables>, uuids: readonly string[]): Promise<readonly KnownCard[]> {
  if (uuids.length === 0) return [];
  const rows = await db
    .selectFrom('card')
    .selectAll()
    .where('uuid', 'in', [...uuids])
    .execute();
  return rows.map((row) => ({ ...cardOf(row), patientKey: row.patient_key }));
}

function cardOf(row: Selectable<Tables['card']>): CardRecord {
  return {
    uuid: row.uuid,
    recommendations: JSON.parse(row.recommendations) as CardRecord['recommendations'],
    indicator: row.indicator,
    suggestions: JSON.parse(row.suggestions) as CardRecord['suggestions'],
    canBeQuieted: row.can_be_quieted === 1,
  };
}

interface FeedbackBatch {
  readonly entries: readonly FeedbackRecord[];
  readonly quiets: readonly (Quiet & { readonly patientKey: string })[];
  readonly receivedAt: string;
  readonly newId: () => string;
}

async function saveFeedback(
  db: Kysely<Tables>,
  { entries, quiets, receivedAt, newId }: FeedbackBatch,
): Promise<number> {
  return db.transaction().execute(async (trx) => {
    let added = 0;
    for (const rows of chunks(entries.map((entry) => feedbackRow(entry, newId(), receivedAt)))) {
      const inserted = await trx
        .insertInto('feedback')
        .values(rows)
        .onConflict((conflict) => conflict.column('digest').doNothing())
        .returning('id')
        .execute();
      added += inserted.length;
    }
    for (const { patientKey, ...quiet } of quiets)
      await trx
        .insertInto('quiet')
        .values({ patient_key: patientKey, ...quiet })
        .onConflict((conflict) => conflict.columns(['patient_key', 'recommendation']).doUpdateSet(quiet))
        .execute();
    return added;
  });
}

function feedbackRow(entry: FeedbackRecord, id: string, receivedAt: string): Tables['feedback'] {
  return {
    id,
    digest: digestOf(entry),
    card: entry.card,
    outcome: entry.outcome,
    outcome_timestamp: entry.outcomeTimestamp,
    received_at: receivedAt,
    client: entry.client,
    accepted_suggestions: JSON.stringify(entry.acceptedSuggestions),
    reason_system: entry.reason?.system ?? null,
    reason_code: entry.reason?.code ?? null,
    reason_display: entry.reason?.display ?? null,
    comment: entry.comment ?? null,
    is_known: entry.isKnown ? 1 : 0,
  };
}

/** Client and content in a fixed order; whether the card was known is not part of it. */
function digestOf(entry: FeedbackRecord): string {
  const content = [
    entry.client,
    entry.card,
    entry.outcome,
    entry.outcomeTimestamp,
    [...entry.acceptedSuggestions].sort(),
    entry.reason?.system ?? '',
    entry.reason?.code ?? '',
    entry.comment ?? '',
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

/** A service that is running may write a decision while the others are erased. */
const MOST_ROUNDS = 10;

async function erasePatient(kind: Store['kind'], db: Kysely<Tables>, patientKey: string): Promise<Erased> {
  let [decisions, feedback] = [0, 0];
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const ids = await decisionsOf(kind, db, patientKey);
    if (ids.length === 0) break;
    for (const some of chunks(ids)) {
      const erased = await eraseDecisions(db, some);
      decisions += erased.decisions;
      feedback += erased.feedback;
    }
  }
  const quiets = await db.deleteFrom('quiet').where('patient_key', '=', patientKey).executeTakeFirst();
  // The pages that the write-ahead log still holds; what another connection reads stays for a later checkpoint.
  if (kind === 'sqlite') await sql`pragma wal_checkpoint(truncate)`.execute(db);
  return { decisions, feedback, quiets: Number(quiets.numDeletedRows) };
}

/** Outside of the transaction: there is no index by patient, and a long search must not hold up what the service writes. */
async function decisionsOf(
  kind: Store['kind'],
  db: Kysely<Tables>,
  patientKey: string,
): Promise<readonly string[]> {
  const find = (from: Kysely<Tables>): Promise<{ id: string }[]> =>
    from.selectFrom('decision').select('id').where('patient_key', '=', patientKey).execute();
  const rows =
    kind === 'sqlite'
      ? await find(db)
      : await db.transaction().execute(async (trx) => {
          await sql`set local statement_timeout = 0`.execute(trx);
          return find(trx);
        });
  return rows.map(({ id }) => id);
}

/** In the order in which pruning deletes, so that the two never wait for each other. */
async function eraseDecisions(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<Pick<Erased, 'decisions' | 'feedback'>> {
  return db.transaction().execute(async (trx) => {
    const cards = await trx.selectFrom('card').select('uuid').where('decision_id', 'in', ids).execute();
    const decisions = await trx.deleteFrom('decision').where('id', 'in', ids).executeTakeFirst();
    let feedback = 0;
    for (const some of chunks(cards.map(({ uuid }) => uuid)))
      feedback += Number(
        (await trx.deleteFrom('feedback').where('card', 'in', some).executeTakeFirst()).numDeletedRows,
      );
    return { decisions: Number(decisions.numDeletedRows), feedback };
  });
}

async function prune(db: Kysely<Tables>, before: string, now: string): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const results = [
      await trx.deleteFrom('decision').where('at', '<', before).executeTakeFirst(),
      await trx.deleteFrom('feedback').where('received_at', '<', before).executeTakeFirst(),
      await trx.deleteFrom('quiet').where('until', '<', now.slice(0, 10)).executeTakeFirst(),
      await trx.deleteFrom('used_token').where('expires_at', '<', now).executeTakeFirst(),
    ];
    return results.reduce((sum, { numDeletedRows }) => sum + Number(numDeletedRows), 0);
  });
}

async function* decisions(db: Kysely<Tables>): AsyncGenerator<DecisionRecord> {
  let after = { at: '', id: '' };
  for (;;) {
    const page = await guarded(() => decisionPage(db, after));
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last;
  }
}

async function decisionPage(
  db: Kysely<Tables>,
  after: { readonly at: string; readonly id: string },
): Promise<readonly DecisionRecord[]> {
  const rows = await db
    .selectFrom('decision')
    .selectAll()
    .where((where) =>
      where.or([
        where('at', '>', after.at),
        where.and([where('at', '=', after.at), where('id', '>', after.id)]),
      ]),
    )
    .orderBy('at')
    .orderBy('id')
    .limit(EXPORT_PAGE)
    .execute();
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const cards = await db
    .selectFrom('card')
    .selectAll()
    .where('decision_id', 'in', ids)
    .orderBy('uuid')
    .execute();
  const byDecision = Map.groupBy(cards, ({ decision_id }) => decision_id);
  return rows.map((row) => ({
    id: row.id,
    at: row.at,
    client: row.client,
    service: row.service,
    hookInstance: row.hook_instance,
    patientKey: row.patient_key,
    durationMs: row.duration_ms,
    outcomes: JSON.parse(row.outcomes) as OutcomeRecord[],
    missing: JSON.parse(row.missing) as DecisionRecord['missing'],
    ...queriesOf(row),
    cards: (byDecision.get(row.id) ?? []).map(cardOf),
  }));
}

function queriesOf(row: Selectable<Tables['decision']>): Pick<DecisionRecord, 'queries'> {
  const { from_prefetch: prefetch, from_server: fetched, failed, not_sent: notSent } = row;
  return prefetch === null || fetched === null || failed === null || notSent === null
    ? {}
    : { queries: { prefetch, fetched, failed, notSent } };
}

async function* feedback(db: Kysely<Tables>): AsyncGenerator<StoredFeedback> {
  let after = { received_at: '', id: '' };
  for (;;) {
    const { received_at: at, id } = after;
    const rows = await guarded(() =>
      db
        .selectFrom('feedback')
        .selectAll()
        .where((where) =>
          where.or([
            where('received_at', '>', at),
            where.and([where('received_at', '=', at), where('id', '>', id)]),
          ]),
        )
        .orderBy('received_at')
        .orderBy('id')
        .limit(EXPORT_PAGE)
        .execute(),
    );
    yield* rows.map(storedFeedback);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last;
  }
}

function storedFeedback(row: Selectable<Tables['feedback']>): StoredFeedback {
  const { reason_system: system, reason_code: code, reason_display: display } = row;
  return {
    id: row.id,
    receivedAt: row.received_at,
    card: row.card,
    outcome: row.outcome === 'accepted' ? 'accepted' : 'overridden',
    outcomeTimestamp: row.outcome_timestamp,
    client: row.client,
    acceptedSuggestions: JSON.parse(row.accepted_suggestions) as string[],
    ...(code === null
      ? {}
      : {
          reason: {
            code,
            ...(system === null ? {} : { system }),
            ...(display === null ? {} : { display }),
          },
        }),
    ...(row.comment === null ? {} : { comment: row.comment }),
    isKnown: row.is_known === 1,
  };
}
