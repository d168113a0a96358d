/** The one set of migrations for both databases: forward only, each in a transaction under a lock. */
import { sql, type Kysely } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import { StoreError, topicOf, type CardRecord, type OutcomeRecord, type Store } from './contract.ts';
import { chunks, withoutCardRows } from './rows.ts';
import type { Tables } from './schema.ts';

/** Decisions that a migration reads at once. */
const PAGE = 500;

/** Any constant: the same for all versions of this service. */
const ADVISORY_LOCK = 7_264_001;

const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-decisions-and-feedback': {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable('decision')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('at', 'text', (column) => column.notNull())
        .addColumn('client', 'text', (column) => column.notNull())
        .addColumn('service', 'text', (column) => column.notNull())
        .addColumn('hook_instance', 'text', (column) => column.notNull())
        .addColumn('patient_key', 'text', (column) => column.notNull())
        .addColumn('duration_ms', 'integer', (column) => column.notNull())
        .addColumn('outcomes', 'text', (column) => column.notNull())
        .addColumn('missing', 'text', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('decision_at').on('decision').columns(['at', 'id']).execute();
      await db.schema
        .createTable('card')
        .addColumn('uuid', 'text', (column) => column.primaryKey())
        .addColumn('decision_id', 'text', (column) =>
          column.notNull().references('decision.id').onDelete('cascade'),
        )
        .addColumn('at', 'text', (column) => column.notNull())
        .addColumn('patient_key', 'text', (column) => column.notNull())
        .addColumn('indicator', 'text', (column) => column.notNull())
        .addColumn('recommendations', 'text', (column) => column.notNull())
        .addColumn('suggestions', 'text', (column) => column.notNull())
        .addColumn('can_be_quieted', 'integer', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('card_decision').on('card').column('decision_id').execute();
      await db.schema
        .createTable('feedback')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('digest', 'text', (column) => column.notNull().unique())
        .addColumn('card', 'text', (column) => column.notNull())
        .addColumn('outcome', 'text', (column) => column.notNull())
        .addColumn('outcome_timestamp', 'text', (column) => column.notNull())
        .addColumn('received_at', 'text', (column) => column.notNull())
        .addColumn('client', 'text', (column) => column.notNull())
        .addColumn('accepted_suggestions', 'text', (column) => column.notNull())
        .addColumn('reason_system', 'text')
        .addColumn('reason_code', 'text')
        .addColumn('reason_display', 'text')
        .addColumn('comment', 'text')
        .addColumn('is_known', 'integer', (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex('feedback_received')
        .on('feedback')
        .columns(['received_at', 'id'])
        .execute();
      await db.schema.createIndex('feedback_card').on('feedback').column('card').execute();
      await db.schema
        .createTable('quiet')
        .addColumn('patient_key', 'text', (column) => column.notNull())
        .addColumn('recommendation', 'text', (column) => column.notNull())
        .addColumn('until', 'text', (column) => column.notNull())
        .addColumn('because', 'text', (column) => column.notNull())
        .addColumn('since', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('quiet_key', ['patient_key', 'recommendation'])
        .execute();
      await db.schema
        .createTable('used_token')
        .addColumn('issuer', 'text', (column) => column.notNull())
        .addColumn('jti', 'text', (column) => column.notNull())
        .addColumn('expires_at', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('used_token_key', ['issuer', 'jti'])
        .execute();
      await db.schema.createIndex('used_token_expires').on('used_token').column('expires_at').execute();
    },
  },
  '0002-insights': {
    async up(db: Kysely<Tables>) {
      for (const name of ['from_prefetch', 'from_server', 'failed', 'not_sent'])
        await db.schema.alterTable('decision').addColumn(name, 'integer').execute();
      for (const name of ['client', 'service', 'topic'])
        await db.schema
          .alterTable('card')
          .addColumn(name, 'text', (column) => column.notNull().defaultTo(''))
          .execute();
      await db.schema
        .createTable('without_card')
        .addColumn('decision_id', 'text', (column) =>
          column.notNull().references('decision.id').onDelete('cascade'),
        )
        .addColumn('at', 'text', (column) => column.notNull())
        .addColumn('client', 'text', (column) => column.notNull())
        .addColumn('service', 'text', (column) => column.notNull())
        .addColumn('recommendation', 'text', (column) => column.notNull())
        .addColumn('why', 'text', (column) => column.notNull())
        .execute();
      await describeOldCards(db);
      await addOldFindings(db);
      // These hold every column that counting reads: the rows themselves, which are long, are not touched.
      await db.schema
        .createIndex('decision_counted')
        .on('decision')
        .columns([
          'at',
          'client',
          'service',
          'duration_ms',
          'from_prefetch',
          'from_server',
          'failed',
          'not_sent',
        ])
        .execute();
      await db.schema
        .createIndex('card_counted')
        .on('card')
        .columns(['at', 'client', 'service', 'topic', 'uuid'])
        .execute();
      await db.schema
        .createIndex('without_card_counted')
        .on('without_card')
        .columns(['at', 'client', 'service', 'recommendation', 'why'])
        .execute();
      await db.schema.createIndex('without_card_decision').on('without_card').column('decision_id').execute();
    },
  },
};

async function describeOldCards(db: Kysely<Tables>): Promise<void> {
  await sql`update card set
    client = (select client from decision where decision.id = card.decision_id),
    service = (select service from decision where decision.id = card.decision_id)`.execute(db);
  const kinds = await db.selectFrom('card').select('recommendations').distinct().execute();
  for (const { recommendations } of kinds) {
    const topic = topicOf({ recommendations: JSON.parse(recommendations) as CardRecord['recommendations'] });
    await db.updateTable('card').set({ topic }).where('recommendations', '=', recommendations).execute();
  }
}

async function addOldFindings(db: Kysely<Tables>): Promise<void> {
  for (let after = ''; ;) {
    const page = await db
      .selectFrom('decision')
      .select(['id', 'at', 'client', 'service', 'outcomes'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(PAGE)
      .execute();
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.id;
    const cards = await db
      .selectFrom('card')
      .select(['decision_id', 'recommendations'])
      .where(
        'decision_id',
        'in',
        page.map(({ id }) => id),
      )
      .execute();
    const byDecision = Map.groupBy(cards, ({ decision_id }) => decision_id);
    const rows = page.flatMap(({ id, at, client, service, outcomes }) =>
      withoutCardRows({
        id,
        at,
        client,
        service,
        outcomes: JSON.parse(outcomes) as OutcomeRecord[],
        cards: (byDecision.get(id) ?? []).map(({ recommendations }) => ({
          recommendations: JSON.parse(recommendations) as CardRecord['recommendations'],
        })),
      }),
    );
    for (const some of chunks(rows)) await db.insertInto('without_card').values(some).execute();
  }
}

/**
 * Brings the schema up to date.
 *
 * @throws StoreError `schema-too-new` when a newer version of this service has written here; `unavailable` for all else.
 */
export async function migrate(kind: Store['kind'], db: Kysely<Tables>): Promise<void> {
  if (kind === 'sqlite') return migrateToLatest(db, {});
  // Kysely locks the migrations, but not the making of its own tables: replicas that start together for the first time would
  // trip over each other there.
  await db.connection().execute(async (connection) => {
    await sql`select pg_advisory_lock(${ADVISORY_LOCK})`.execute(connection);
    try {
      const { rows } = await sql<{ schema: string }>`select current_schema() as schema`.execute(connection);
      // Without it, kysely takes the tables of any other schema of the database for its own.
      await migrateToLatest(db, { migrationTableSchema: rows[0]?.schema ?? 'public' });
    } finally {
      await sql`select pg_advisory_unlock(${ADVISORY_LOCK})`.execute(connection);
    }
  });
}

async function migrateToLatest(
  db: Kysely<Tables>,
  where: { readonly migrationTableSchema?: string },
): Promise<void> {
  const migrator = new Migrator({
    db,
    ...where,
    provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  if (isUnknownMigration(error))
    throw new StoreError('schema-too-new', 'the store was written by a newer version of this service', error);
  throw new StoreError('unavailable', 'the store could not be brought up to date', error);
}

/** Kysely calls a migration that was applied and is not in the list a corruption. */
function isUnknownMigration(error: unknown): boolean {
  return (
    error instanceof Error &&
    /corrupted migrations: previously executed migration .* is missing/.test(error.message)
  );
}
