/**
 * Counts for the insights page, in SQL: what crosses into the process is a row for each group, never for each decision.
 *
 * The same text for SQLite and PostgreSQL. `count` and `sum` come back as numbers from one and as text from the other.
 */
import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import type { Fate, InsightCounts, InsightFilter } from './insight-counts.ts';
import type { Tables } from './schema.ts';

type Trx = Transaction<Tables>;
type Count = number | string | null;

/** @param reader is closed when the counts are there, or cannot be had. */
export async function countInsights(reader: Kysely<Tables>, filter: InsightFilter): Promise<InsightCounts> {
  try {
    // One snapshot: a card that comes while this counts must not stand in one number and lack in the next.
    return await reader
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(async (trx) => ({
        clients: await clientsIn(trx, filter),
        calls: await callsIn(trx, filter),
        ...(await cardsIn(trx, filter)),
        withoutCard: await withoutCardIn(trx, filter),
        queries: await queriesIn(trx, filter),
        durations: await durationsIn(trx, filter),
        store: await storeIn(trx),
      }));
  } finally {
    await reader.destroy();
  }
}

/** The time of the filter. */
function inTime({ from, before }: InsightFilter): RawBuilder<unknown> {
  return sql`at >= ${from} and at < ${before}`;
}

/** The time, client and service of the filter. */
function chosen(filter: InsightFilter): RawBuilder<unknown> {
  const { client, service } = filter;
  const ofClient = client === undefined ? sql`` : sql` and client = ${client}`;
  const ofService = service === undefined ? sql`` : sql` and service = ${service}`;
  return sql`${inTime(filter)}${ofClient}${ofService}`;
}

async function clientsIn(trx: Trx, filter: InsightFilter): Promise<string[]> {
  const { rows } = await sql<{ client: string }>`
    select distinct client from decision where ${inTime(filter)} order by client`.execute(trx);
  return rows.map(({ client }) => client);
}

async function callsIn(trx: Trx, filter: InsightFilter): Promise<InsightCounts['calls']> {
  const { rows } = await sql<{ day: string; count: Count }>`
    select substr(at, 1, 10) as day, count(*) as count
    from decision where ${chosen(filter)} group by 1 order by 1`.execute(trx);
  return rows.map(({ day, count }) => ({ day, count: Number(count) }));
}

/**
 * What became of each card: one row for a card that was answered. Accepted wins, because something was taken over; else the newest
 * override is what the clinician thinks.
 */
function answers(filter: InsightFilter): RawBuilder<unknown> {
  return sql`
    select card, outcome, reason_code, reason_system from (
      select feedback.card, feedback.outcome, feedback.reason_code, feedback.reason_system, row_number() over (
        partition by feedback.card
        order by case when feedback.outcome = 'accepted' then 0 else 1 end,
          feedback.outcome_timestamp desc, feedback.received_at desc, feedback.id desc
      ) as place
      from feedback where feedback.card in (select uuid from card where ${chosen(filter)})
    ) as ranked where place = 1`;
}

interface CardRow {
  readonly day: string;
  readonly topic: string;
  readonly fate: Fate;
  /** Null for what was not overridden. */
  readonly reason: string | null;
  readonly count: number;
}

/** Cards by day and reason in one pass over cards and feedback: that is most of the time. */
async function cardsIn(trx: Trx, filter: InsightFilter): Promise<Pick<InsightCounts, 'cards' | 'reasons'>> {
  const { system, codes } = filter.reasons;
  const offered = codes.length === 0 ? sql`1 = 0` : sql`answer.reason_code in (${sql.join([...codes])})`;
  const { rows } = await sql<Omit<CardRow, 'count'> & { count: Count }>`
    with answer as (${answers(filter)})
    select substr(card.at, 1, 10) as day, card.topic as topic,
      coalesce(answer.outcome, 'unanswered') as fate,
      case when coalesce(answer.outcome, 'unanswered') <> 'overridden' then null
        when answer.reason_code is null then 'none'
        when ${offered} and coalesce(answer.reason_system, ${system}) = ${system} then answer.reason_code
        else 'other' end as reason, count(*) as count
    from card left join answer on answer.card = card.uuid
    where ${chosen(filter)} group by 1, 2, 3, 4 order by 1, 2, 3, 4`.execute(trx);
  const cards = rows.map((row): CardRow => ({ ...row, count: Number(row.count) }));
  return {
    cards: added(cards, ({ day, topic, fate }) => ({ day, topic, fate })),
    reasons: added(
      cards.filter(({ reason }) => reason !== null),
      ({ topic, reason }) => ({ topic, reason: reason ?? 'none' }),
    ),
  };
}

/** Rows of one group added up, in the order in which the groups appear. */
function added<G extends object>(
  rows: readonly CardRow[],
  groupOf: (row: CardRow) => G,
): (G & { count: number })[] {
  const groups = new Map<string, G & { count: number }>();
  for (const row of rows) {
    const group = groupOf(row);
    const key = JSON.stringify(group);
    const sum = groups.get(key) ?? { ...group, count: 0 };
    sum.count += row.count;
    groups.set(key, sum);
  }
  return [...groups.values()];
}

async function withoutCardIn(trx: Trx, filter: InsightFilter): Promise<InsightCounts['withoutCard']> {
  const { rows } = await sql<{ recommendation: string; why: string; count: Count }>`
    select recommendation, why, count(*) as count
    from without_card where ${chosen(filter)} group by 1, 2 order by 1, 2`.execute(trx);
  return rows.flatMap(({ recommendation, why, count }) =>
    why === 'silent' || why === 'quiet' || why === 'merged'
      ? [{ recommendation, why, count: Number(count) }]
      : [],
  );
}

async function queriesIn(trx: Trx, filter: InsightFilter): Promise<InsightCounts['queries']> {
  const { rows } = await sql<
    Record<'calls' | 'prefetch' | 'fetched' | 'failed' | 'unsent', Count> & { client: string }
  >`
    select client, count(from_prefetch) as calls, sum(from_prefetch) as prefetch, sum(from_server) as fetched,
      sum(failed) as failed, sum(not_sent) as unsent
    from decision where ${chosen(filter)} group by client order by client`.execute(trx);
  return rows.map(({ client, calls, prefetch, fetched, failed, unsent }) => ({
    client,
    calls: Number(calls),
    prefetch: Number(prefetch),
    fetched: Number(fetched),
    failed: Number(failed),
    notSent: Number(unsent),
  }));
}

async function durationsIn(trx: Trx, filter: InsightFilter): Promise<InsightCounts['durations']> {
  const { rows } = await sql<{ service: string; ms: number; count: Count }>`
    select service, duration_ms as ms, count(*) as count
    from decision where ${chosen(filter)} group by 1, 2 order by 1, 2`.execute(trx);
  return rows.map(({ service, ms, count }) => ({ service, ms, count: Number(count) }));
}

async function storeIn(trx: Trx): Promise<InsightCounts['store']> {
  const { rows } = await sql<{ decisions: Count; oldest: string | null; feedback: Count; unknown: Count }>`
    select (select count(*) from decision) as decisions, (select min(at) from decision) as oldest,
      (select count(*) from feedback) as feedback,
      (select count(*) from feedback where is_known = 0) as unknown`.execute(trx);
  const [row] = rows;
  return {
    decisions: Number(row?.decisions ?? 0),
    feedback: Number(row?.feedback ?? 0),
    unknownFeedback: Number(row?.unknown ?? 0),
    oldest: row?.oldest ?? null,
  };
}
