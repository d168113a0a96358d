/**
 * The store's contract, run against both databases, and what is particular to each.
 *
 * PostgreSQL: at TEST_DATABASE_URL, else postgres://postgres@127.0.0.1:5432/test. With CI set, its absence fails the run; elsewhere
 * this half is skipped and says so.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { MessageChannel } from 'node:worker_threads';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  StoreError,
  type DecisionRecord,
  type FeedbackRecord,
  type Store,
} from '../../src/store/contract.ts';
import { groupCommit } from '../../src/store/group-commit.ts';
import type { InsightFilter } from '../../src/store/insight-counts.ts';
import { openMemory, type Memory } from '../../src/store/memory.ts';
import { openStore, SQLITE_FILE, type StoreLocation } from '../../src/store/open.ts';
import { developmentSecret, patientKey } from '../../src/store/patient-key.ts';
import { dropSchema, freshDatabase, postgresUrl, SKIPPED } from './postgres.ts';

const decision = (extra: Partial<DecisionRecord> = {}): DecisionRecord => ({
  id: randomUUID(),
  at: '2026-01-15T10:00:00.000Z',
  client: 'unauthenticated',
  service: 'bone-heart-patient-view',
  hookInstance: randomUUID(),
  patientKey: 'a'.repeat(64),
  durationMs: 4,
  outcomes: [
    {
      recommendation: 'severe-ldl-low-bmd',
      version: '0.1.0',
      outcome: 'recommend',
      variant: 'severe',
      mode: 'show',
    },
  ],
  missing: { lipids: 'timed-out' },
  queries: { prefetch: 9, fetched: 2, failed: 1, notSent: 0 },
  cards: [
    {
      uuid: randomUUID(),
      recommendations: [{ id: 'severe-ldl-low-bmd', version: '0.1.0' }],
      indicator: 'warning',
      suggestions: [
        { uuid: randomUUID(), recommendation: 'severe-ldl-low-bmd', order: 'lipidPanel', withinDays: 14 },
      ],
      canBeQuieted: true,
    },
  ],
  ...extra,
});

const feedback = (card: string, extra: Partial<FeedbackRecord> = {}): FeedbackRecord => ({
  card,
  outcome: 'overridden',
  outcomeTimestamp: '2026-01-15T10:05:00.000Z',
  client: 'unauthenticated',
  acceptedSuggestions: [],
  reason: { system: 'urn:test', code: 'patient-refuses', display: 'Patient refuses' },
  comment: 'says no',
  isKnown: true,
  ...extra,
});

const OFFERED = { system: 'urn:reasons', codes: ['patient-refuses', 'limited-time'] };
const JANUARY: InsightFilter = {
  from: '2026-01-01T00:00:00.000Z',
  before: '2026-02-01T00:00:00.000Z',
  reasons: OFFERED,
};

const quiet = {
  patientKey: 'a'.repeat(64),
  recommendation: 'severe-ldl-low-bmd',
  until: '2026-07-14',
  because: 'patient-refuses',
  since: '2026-01-15',
};

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

describe.each(['sqlite', 'postgres'] as const)('%s', (kind) => {
  const isMissing = kind === 'postgres' && postgresUrl === undefined;
  const it = isMissing ? test.skip : test;
  if (isMissing) console.warn(SKIPPED);
  let folder = '';
  let location: StoreLocation = { dataDir: '' };
  let store: Store;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'store-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    if (isMissing) return;
    location =
      kind === 'sqlite'
        ? { dataDir: mkdtempSync(join(folder, 'd-')) }
        : { dataDir: folder, databaseUrl: await freshDatabase() };
    store = await openStore(location, randomUUID);
  });
  afterEach(async () => {
    if (isMissing) return;
    await store.close();
    if (kind === 'postgres') await dropSchema(location);
  });

  it('gives back decisions with their cards, in the order in which they were made', async () => {
    const [first, second] = [decision(), decision({ at: '2026-01-15T11:00:00.000Z', cards: [] })];
    await store.saveDecisions([second, first]);
    expect(await all(store.decisions())).toEqual([first, second]);
  });

  it('keeps decisions while transactions of feedback and pruning are under way', async () => {
    const times = async (work: () => Promise<unknown>): Promise<void> => {
      for (let time = 0; time < 60; time += 1) await work();
    };
    await Promise.all([
      times(() => store.saveDecisions([decision()])),
      times(() => store.saveFeedback([feedback(randomUUID())], [], '2026-01-15T10:00:00.000Z')),
      times(() => store.prune('2020-01-01T00:00:00.000Z', '2020-01-01T00:00:00.000Z')),
    ]);
    expect(await all(store.decisions())).toHaveLength(60);
  });

  it('pages through more decisions than one page holds', async () => {
    const many = Array.from({ length: 1201 }, (_, index) =>
      decision({ at: new Date(Date.UTC(2026, 0, 15, 10, 0, index % 7)).toISOString() }),
    );
    await store.saveDecisions(many);
    const found = await all(store.decisions());
    expect(new Set(found.map(({ id }) => id)).size).toBe(1201);
    expect(found.map(({ at }) => at)).toEqual([...found.map(({ at }) => at)].sort());
  });

  it('keeps a batch of decisions whole or not at all', async () => {
    const one = decision();
    await expect(store.saveDecisions([one, decision(), one])).rejects.toThrow(StoreError);
    expect(await all(store.decisions())).toEqual([]);
  });

  it('finds the cards of decisions and leaves out uuids that are not ours', async () => {
    const one = decision();
    await store.saveDecisions([one]);
    const [card] = one.cards;
    expect(await store.cardsOf([card?.uuid ?? '', randomUUID()])).toEqual([
      { ...card, patientKey: one.patientKey },
    ]);
    expect(await store.cardsOf([])).toEqual([]);
  });

  it('keeps feedback once, however often it is sent', async () => {
    const entry = feedback(randomUUID());
    expect(await store.saveFeedback([entry, entry], [], '2026-01-15T10:05:01.000Z')).toBe(1);
    expect(await store.saveFeedback([entry], [], '2026-01-15T10:06:00.000Z')).toBe(0);
    const later = { ...entry, outcomeTimestamp: '2026-01-16T10:05:00.000Z' };
    expect(await store.saveFeedback([later], [], '2026-01-16T10:05:01.000Z')).toBe(1);
    expect(await all(store.feedback())).toMatchObject([
      { ...entry, receivedAt: '2026-01-15T10:05:01.000Z' },
      later,
    ]);
  });

  it('keeps accepted suggestions, feedback without a reason and unknown cards', async () => {
    const accepted = feedback(randomUUID(), { outcome: 'accepted', acceptedSuggestions: [randomUUID()] });
    const { reason, comment, ...bare } = feedback(randomUUID(), { isKnown: false });
    expect([reason?.code, comment]).toEqual(['patient-refuses', 'says no']);
    await store.saveFeedback([accepted, bare], [], '2026-01-15T10:05:01.000Z');
    const found = await all(store.feedback());
    expect(found).toEqual(
      expect.arrayContaining([expect.objectContaining(accepted), expect.objectContaining(bare)]),
    );
    expect(found.find(({ card }) => card === bare.card)).not.toHaveProperty('reason');
  });

  it('quiets to the last day, the newest feedback wins, and ends on request', async () => {
    await store.saveFeedback([feedback(randomUUID())], [quiet], '2026-01-15T10:05:01.000Z');
    const { patientKey: key, ...told } = quiet;
    expect(await store.quietsOf(key, '2026-07-14')).toEqual([told]);
    expect(await store.quietsOf(key, '2026-07-15')).toEqual([]);
    expect(await store.quietsOf('b'.repeat(64), '2026-01-15')).toEqual([]);
    const shorter = { ...quiet, until: '2026-02-01', because: 'limited-time' };
    await store.saveFeedback([feedback(randomUUID())], [shorter], '2026-01-16T10:05:01.000Z');
    expect(await store.quietsOf(key, '2026-02-02')).toEqual([]);
    expect(await store.endQuiets({ patientKey: key, recommendation: 'other' })).toBe(0);
    expect(await store.endQuiets({ patientKey: key })).toBe(1);
    expect(await store.quietsOf(key, '2026-01-16')).toEqual([]);
  });

  it('erases all about one patient and nothing of another', async () => {
    const { patientKey: key, ...told } = quiet;
    const other = 'b'.repeat(64);
    const [own, foreign] = [decision({ patientKey: key }), decision({ patientKey: other })];
    await store.saveDecisions([own, foreign]);
    const uuidOf = ({ cards }: typeof own): string => cards[0]?.uuid ?? '';
    const stray = feedback(randomUUID(), { isKnown: false });
    const kept = feedback(uuidOf(foreign));
    await store.saveFeedback(
      [feedback(uuidOf(own)), kept, stray],
      [quiet, { ...quiet, patientKey: other }],
      '2026-01-15T10:05:01.000Z',
    );
    expect(await store.erasePatient(key)).toEqual({ decisions: 1, feedback: 1, quiets: 1 });
    expect(await all(store.decisions())).toEqual([foreign]);
    expect(await store.cardsOf([uuidOf(own)])).toEqual([]);
    expect((await all(store.feedback())).map(({ card }) => card).sort()).toEqual(
      [kept.card, stray.card].sort(),
    );
    expect(await store.quietsOf(key, '2026-01-16')).toEqual([]);
    expect(await store.quietsOf(other, '2026-01-16')).toEqual([told]);
    expect(await store.erasePatient(key)).toEqual({ decisions: 0, feedback: 0, quiets: 0 });
  });

  it('takes a token id once per issuer, also when many ask at the same time', async () => {
    const take = (issuer: string): Promise<boolean> =>
      store.useToken(issuer, 'jti-1', '2026-01-15T11:00:00.000Z');
    const taken = await Promise.all(Array.from({ length: 20 }, () => take('https://ehr.example')));
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect(await take('https://other.example')).toBe(true);
  });

  it('removes what is too old and nothing else', async () => {
    const [old, young] = [decision({ at: '2025-01-01T00:00:00.000Z' }), decision()];
    await store.saveDecisions([old, young]);
    await store.saveFeedback([feedback(randomUUID())], [quiet], '2025-01-01T00:00:00.000Z');
    await store.useToken('i', 'gone', '2026-01-14T00:00:00.000Z');
    await store.useToken('i', 'valid', '2026-01-16T00:00:00.000Z');
    expect(await store.prune('2025-06-01T00:00:00.000Z', '2026-01-15T00:00:00.000Z')).toBe(3);
    expect(await all(store.decisions())).toEqual([young]);
    expect(await store.cardsOf(old.cards.map(({ uuid }) => uuid))).toEqual([]);
    expect(await all(store.feedback())).toEqual([]);
    expect(await store.quietsOf(quiet.patientKey, '2026-01-15')).toHaveLength(1);
    expect(await store.useToken('i', 'gone', '2026-01-16T00:00:00.000Z')).toBe(true);
    expect(await store.useToken('i', 'valid', '2026-01-16T00:00:00.000Z')).toBe(false);
  });

  it('removes comments from the feedback on a card', async () => {
    const [one, other] = [feedback(randomUUID()), feedback(randomUUID())];
    await store.saveFeedback([one, other], [], '2026-01-15T10:05:01.000Z');
    expect(await store.removeComments(one.card)).toBe(1);
    const found = await all(store.feedback());
    expect(found.find(({ card }) => card === one.card)).not.toHaveProperty('comment');
    expect(found.find(({ card }) => card === other.card)).toHaveProperty('comment', 'says no');
  });

  it('counts nothing in an empty store', async () => {
    expect(await store.insights(JANUARY)).toEqual({
      clients: [],
      calls: [],
      cards: [],
      reasons: [],
      withoutCard: [],
      queries: [],
      durations: [],
      store: { decisions: 0, feedback: 0, unknownFeedback: 0, oldest: null },
    });
  });

  it('counts calls, queries and durations by day, client and service, from the first moment to before the last', async () => {
    const at = (moment: string, extra: Partial<DecisionRecord> = {}): DecisionRecord =>
      decision({ at: moment, cards: [], outcomes: [], ...extra });
    const { queries, ...older } = at('2026-01-20T10:00:00.000Z', { client: 'b' });
    expect(queries).toBeDefined();
    await store.saveDecisions([
      at('2025-12-31T23:59:59.999Z'),
      at('2026-01-01T00:00:00.000Z', { client: 'a', durationMs: 4.4 }),
      at('2026-01-01T23:59:59.999Z', { client: 'a', service: 'bone-heart-order-sign', durationMs: 12.5 }),
      older,
      at('2026-01-31T23:59:59.999Z', { client: `b'; drop table card --` }),
      at('2026-02-01T00:00:00.000Z'),
    ]);
    const found = await store.insights(JANUARY);
    expect(found.calls).toEqual([
      { day: '2026-01-01', count: 2 },
      { day: '2026-01-20', count: 1 },
      { day: '2026-01-31', count: 1 },
    ]);
    expect(found.clients).toEqual(['a', 'b', `b'; drop table card --`]);
    expect(found.queries).toEqual([
      { client: 'a', calls: 2, prefetch: 18, fetched: 4, failed: 2, notSent: 0 },
      { client: 'b', calls: 0, prefetch: 0, fetched: 0, failed: 0, notSent: 0 },
      { client: `b'; drop table card --`, calls: 1, prefetch: 9, fetched: 2, failed: 1, notSent: 0 },
    ]);
    expect(found.durations).toEqual([
      { service: 'bone-heart-order-sign', ms: 13, count: 1 },
      { service: 'bone-heart-patient-view', ms: 4, count: 3 },
    ]);
    expect(found.store).toMatchObject({ decisions: 6, oldest: '2025-12-31T23:59:59.999Z' });
    const ofA = await store.insights({ ...JANUARY, client: 'a', service: 'bone-heart-order-sign' });
    expect([ofA.calls, ofA.clients]).toEqual([[{ day: '2026-01-01', count: 1 }], found.clients]);
    const hostile = await store.insights({ ...JANUARY, client: `b'; drop table card --` });
    expect(hostile.calls).toEqual([{ day: '2026-01-31', count: 1 }]);
    expect(await store.insights({ ...JANUARY, client: `' or 1=1 --` })).toMatchObject({
      calls: [],
      cards: [],
    });
  });

  it('counts a card once: accepted when anything was accepted, else by its newest override, else unanswered', async () => {
    const [changed, taken, ignored] = [decision(), decision(), decision({ at: '2026-01-16T10:00:00.000Z' })];
    await store.saveDecisions([changed, taken, ignored]);
    const [first = '', second = ''] = [changed, taken].map(({ cards: [card] }) => card?.uuid);
    const at = (hour: number): string => `2026-01-15T${hour}:00:00.000Z`;
    await store.saveFeedback(
      [
        feedback(first, { outcomeTimestamp: at(12), reason: { code: 'limited-time' } }),
        feedback(first, {
          outcomeTimestamp: at(13),
          reason: { system: OFFERED.system, code: 'patient-refuses' },
        }),
        feedback(second, { outcome: 'accepted', acceptedSuggestions: ['s'], outcomeTimestamp: at(12) }),
        feedback(second, { outcomeTimestamp: at(13) }),
        feedback(randomUUID(), { isKnown: false }),
      ],
      [],
      at(14),
    );
    const found = await store.insights(JANUARY);
    const topic = 'severe-ldl-low-bmd';
    expect(found.cards).toEqual([
      { day: '2026-01-15', topic, fate: 'accepted', count: 1 },
      { day: '2026-01-15', topic, fate: 'overridden', count: 1 },
      { day: '2026-01-16', topic, fate: 'unanswered', count: 1 },
    ]);
    expect(found.reasons).toEqual([{ topic, reason: 'patient-refuses', count: 1 }]);
    expect(found.store).toMatchObject({ feedback: 5, unknownFeedback: 1 });
  });

  it('names only reasons that we offer: words of a client may tell of a patient', async () => {
    const many = Array.from({ length: 5 }, () => decision());
    await store.saveDecisions(many);
    const uuids = many.map(({ cards: [card] }) => card?.uuid ?? '');
    const reasons: FeedbackRecord['reason'][] = [
      { code: 'patient-refuses' },
      { code: 'Mrs Miller of 12 High Street says no', display: 'Mrs Miller' },
      { system: 'urn:other', code: 'patient-refuses' },
      { system: OFFERED.system, code: 'patient-refuses', display: 'Mrs Miller' },
    ];
    const entries = uuids.map((uuid, index) => {
      const { reason: _, ...bare } = feedback(uuid, { comment: 'Mrs Miller' });
      const reason = reasons[index];
      return reason === undefined ? bare : { ...bare, reason };
    });
    await store.saveFeedback(entries, [], '2026-01-15T10:05:01.000Z');
    const found = await store.insights(JANUARY);
    const topic = 'severe-ldl-low-bmd';
    expect(found.reasons).toEqual([
      { topic, reason: 'none', count: 1 },
      { topic, reason: 'other', count: 2 },
      { topic, reason: 'patient-refuses', count: 2 },
    ]);
    expect(JSON.stringify(found)).not.toContain('Miller');
  });

  it('counts what had something to say without a card of its own', async () => {
    const outcome = { version: '0.1.0', outcome: 'recommend', mode: 'show' };
    const [merged, others] = [decision(), decision()];
    await store.saveDecisions([
      {
        ...merged,
        cards: merged.cards.map((card) => ({
          ...card,
          recommendations: ['a', 'b'].map((id) => ({ id, version: '0.1.0' })),
        })),
      },
      {
        ...others,
        outcomes: [
          { ...outcome, recommendation: 'shown' },
          { ...outcome, recommendation: 'hidden', mode: 'silent' },
          { ...outcome, recommendation: 'hidden-and-without-need', mode: 'silent', outcome: 'notApplicable' },
          { ...outcome, recommendation: 'declined', outcome: 'quiet' },
        ],
      },
    ]);
    const found = await store.insights(JANUARY);
    expect(found.withoutCard).toEqual([
      { recommendation: 'a', why: 'merged', count: 1 },
      { recommendation: 'b', why: 'merged', count: 1 },
      { recommendation: 'declined', why: 'quiet', count: 1 },
      { recommendation: 'hidden', why: 'silent', count: 1 },
    ]);
    expect(found.cards.map(({ topic }) => topic)).toEqual(['more-recommendations', 'severe-ldl-low-bmd']);
    await store.prune('2026-06-01T00:00:00.000Z', '2026-06-01T00:00:00.000Z');
    expect(await store.insights(JANUARY)).toMatchObject({ cards: [], withoutCard: [] });
  });

  it('brings a store of the first version up to date with what it counts', async () => {
    const one = decision({
      outcomes: [{ recommendation: 'hidden', version: '0.1.0', outcome: 'recommend', mode: 'silent' }],
    });
    await store.saveDecisions([one]);
    await store.close();
    await undoInsights(kind, location);
    store = await openStore(location, randomUUID);
    const { queries, ...kept } = one;
    expect(queries).toBeDefined();
    expect(await all(store.decisions())).toEqual([kept]);
    const found = await store.insights({ ...JANUARY, client: one.client, service: one.service });
    expect(found.cards).toMatchObject([{ topic: 'severe-ldl-low-bmd', count: 1 }]);
    expect(found.withoutCard).toMatchObject([{ recommendation: 'hidden', why: 'silent' }]);
    expect(found.queries).toMatchObject([{ calls: 0 }]);
  });

  it('holds what was kept after it was closed and opened again', async () => {
    const one = decision();
    await store.saveDecisions([one]);
    await store.close();
    store = await openStore(location, randomUUID);
    expect(await all(store.decisions())).toEqual([one]);
  });

  it('is shared by two processes that open it at the same time for the first time', async () => {
    await store.close();
    const fresh: StoreLocation =
      kind === 'sqlite'
        ? { dataDir: mkdtempSync(join(folder, 'race-')) }
        : { ...location, databaseUrl: await freshDatabase() };
    const stores = await Promise.all(Array.from({ length: 4 }, () => openStore(fresh, randomUUID)));
    await Promise.all(stores.map((one) => one.saveDecisions([decision(), decision()])));
    expect(await all((stores[0] ?? store).decisions())).toHaveLength(8);
    await Promise.all(stores.map((one) => one.close()));
    if (kind === 'postgres') await dropSchema(fresh);
    store = await openStore(location, randomUUID);
  });

  it('refuses a schema that a newer version has written', async () => {
    await store.close();
    await writeNewerMigration(kind, location);
    await expect(openStore(location, randomUUID)).rejects.toMatchObject({ kind: 'schema-too-new' });
    // For afterEach.
    location = kind === 'sqlite' ? { dataDir: mkdtempSync(join(folder, 'd-')) } : location;
    if (kind === 'sqlite') store = await openStore(location, randomUUID);
  });
});

function writeNewerMigration(kind: Store['kind'], location: StoreLocation): Promise<void> {
  return execute(
    kind,
    location,
    `insert into kysely_migration (name, timestamp) values ('9999-from-the-future', '2030-01-01T00:00:00.000Z')`,
  );
}

/** The schema as the first version of the service left it. */
function undoInsights(kind: Store['kind'], location: StoreLocation): Promise<void> {
  const columns = [
    ...['from_prefetch', 'from_server', 'failed', 'not_sent'].map((name) => ['decision', name]),
    ...['client', 'service', 'topic'].map((name) => ['card', name]),
  ];
  return execute(
    kind,
    location,
    [
      'drop table without_card',
      'drop index decision_counted',
      'drop index card_counted',
      ...columns.map(([table = '', name = '']) => `alter table ${table} drop column ${name}`),
      `delete from kysely_migration where name = '0002-insights'`,
    ].join(';'),
  );
}

async function execute(kind: Store['kind'], location: StoreLocation, statement: string): Promise<void> {
  if (kind === 'sqlite') {
    const database = new DatabaseSync(join(location.dataDir, SQLITE_FILE));
    database.exec(statement);
    database.close();
    return;
  }
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: location.databaseUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
}

describe('group commit', () => {
  test('what arrives while a write runs is written together', async () => {
    const batches: number[][] = [];
    const first = Promise.withResolvers<undefined>();
    const commit = groupCommit<number>(async (batch) => {
      batches.push([...batch]);
      if (batches.length === 1) await first.promise;
    });
    const added = [1, 2, 3, 4].map((item) => commit.add(item));
    first.resolve(undefined);
    await Promise.all(added);
    expect(batches).toEqual([[1], [2, 3, 4]]);
    await commit.drained();
  });

  test('a batch that fails fails for each of its items and for no other', async () => {
    let fails = true;
    const commit = groupCommit<number>(() => (fails ? Promise.reject(new Error('no')) : Promise.resolve()));
    await expect(commit.add(1)).rejects.toThrow('no');
    fails = false;
    await expect(commit.add(2)).resolves.toBeUndefined();
  });

  test('a store that hangs does not fill the memory', async () => {
    const commit = groupCommit<number>(() => new Promise(() => undefined), { batch: 2, waiting: 3 });
    const added = Array.from({ length: 10 }, (_, item) => commit.add(item));
    const refused = await Promise.all(
      added.map((one) => Promise.race([one.catch(() => 'refused'), Promise.resolve('waiting')])),
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(refused).toHaveLength(10);
    await expect(commit.add(99)).rejects.toThrow('too many');
  });
});

describe('a store that fails costs the record, never the card', () => {
  /** A store whose methods do what the test says. */
  function fake(methods: Partial<Store>): Store {
    const nothing = (): Promise<never> => Promise.reject(new StoreError('unavailable', 'not in this test'));
    return {
      kind: 'sqlite',
      saveDecisions: nothing,
      quietsOf: nothing,
      cardsOf: nothing,
      saveFeedback: nothing,
      useToken: nothing,
      prune: () => Promise.resolve(0),
      endQuiets: nothing,
      erasePatient: nothing,
      removeComments: nothing,
      decisions: () => (async function* none() {})(),
      feedback: () => (async function* none() {})(),
      insights: nothing,
      ping: () => Promise.resolve(),
      close: () => Promise.resolve(),
      ...methods,
    };
  }

  async function memoryWith(
    open: () => Promise<Store>,
  ): Promise<{ memory: Memory; told: (string | null)[] }> {
    const told: (string | null)[] = [];
    const memory = await openMemory({
      open,
      onChange: (problem) => told.push(problem?.message ?? null),
      retentionDays: 400,
      now: () => new Date('2026-01-15T10:00:00Z'),
    });
    return { memory, told };
  }

  test('working: kept, read, and no problem', async () => {
    const saved: DecisionRecord[] = [];
    const { patientKey: key, ...told } = quiet;
    const { memory } = await memoryWith(() =>
      Promise.resolve(
        fake({
          saveDecisions: (batch) => {
            saved.push(...batch);
            return Promise.resolve();
          },
          quietsOf: () => Promise.resolve([told]),
        }),
      ),
    );
    expect(await memory.remember(decision(), 500)).toBe(true);
    expect(saved).toHaveLength(1);
    expect(await memory.quietsOf(key, '2026-01-15')(500)).toEqual(new Map([[told.recommendation, told]]));
    expect([memory.problems(), memory.counts.decisionsKept]).toEqual([[], 1]);
    await memory.close();
  });

  test.each([
    ['fails', () => Promise.reject(new Error('disk full'))],
    ['hangs', () => new Promise<never>(() => undefined)],
  ])('a write that %s is counted and told once, and nobody waits for the next', async (_, saveDecisions) => {
    const { memory, told } = await memoryWith(() => Promise.resolve(fake({ saveDecisions })));
    expect(await memory.remember(decision(), 50)).toBe(false);
    expect(memory.problems()).toEqual(['decisions cannot be stored']);
    expect(await memory.remember(decision(), 50)).toBe(false);
    expect(await memory.quietsOf('k', '2026-01-15')(50)).toEqual(new Map());
    expect(memory.counts).toMatchObject({ decisionsKept: 0, decisionsLost: 2, quietsUnread: 1 });
    expect(told).toHaveLength(1);
    await memory.close();
  });

  test('what the caller did meanwhile is not held against the store: the time counts from the wait', async () => {
    const { patientKey: key, ...told } = quiet;
    const { memory } = await memoryWith(() =>
      Promise.resolve(fake({ quietsOf: () => Promise.resolve([told]) })),
    );
    const quiets = memory.quietsOf(key, '2026-01-15');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(await quiets(1)).toEqual(new Map([[told.recommendation, told]]));
    expect(memory.problems()).toEqual([]);
    await memory.close();
  });

  test('an answer that lay there while this thread was busy is not late', async () => {
    const { patientKey: key, ...told } = quiet;
    const answered = new MessageChannel();
    const { memory } = await memoryWith(() =>
      Promise.resolve(
        fake({
          quietsOf: () =>
            new Promise((resolve) => {
              answered.port1.once('message', () => {
                resolve([told]);
              });
            }),
        }),
      ),
    );
    const waiting = memory.quietsOf(key, '2026-01-15')(20);
    await new Promise((resolve) => setImmediate(resolve));
    answered.port2.postMessage('from another thread');
    for (const until = performance.now() + 60; performance.now() < until;);
    expect(await waiting).toEqual(new Map([[told.recommendation, told]]));
    expect(memory.problems()).toEqual([]);
    answered.port1.close();
    await memory.close();
  });

  test('a store that is not there at start is opened later', async () => {
    let isThere = false;
    const { memory, told } = await memoryWith(() =>
      isThere
        ? Promise.resolve(fake({ saveDecisions: () => Promise.resolve() }))
        : Promise.reject(new StoreError('unavailable', 'no server')),
    );
    expect(memory.problems()).toHaveLength(1);
    isThere = true;
    while (memory.problems().length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(told).toEqual(['no server', null]);
    expect(await memory.remember(decision(), 500)).toBe(true);
    await memory.close();
  });

  test('counting that hangs is asked once, holds up no card, and is refused when too much waits', async () => {
    let asked = 0;
    const { memory, told } = await memoryWith(() =>
      Promise.resolve(
        fake({
          saveDecisions: () => Promise.resolve(),
          insights: () => {
            asked += 1;
            return new Promise<never>(() => undefined);
          },
        }),
      ),
    );
    void memory.insights(JANUARY).catch(() => undefined);
    void memory.insights({ ...JANUARY }).catch(() => undefined);
    for (let one = 0; one < 7; one += 1)
      void memory.insights({ ...JANUARY, client: String(one) }).catch(() => undefined);
    await expect(memory.insights({ ...JANUARY, client: 'one more' })).rejects.toThrow('too many questions');
    expect(await memory.remember(decision(), 500)).toBe(true);
    expect([asked, memory.problems(), told]).toEqual([1, [], []]);
    await memory.close();
  });

  test('counting that fails is told to who asked and to nobody else', async () => {
    const { memory, told } = await memoryWith(() => Promise.resolve(fake({})));
    await expect(memory.insights(JANUARY)).rejects.toThrow(StoreError);
    expect([memory.problems(), told]).toEqual([[], []]);
    await memory.close();
  });

  test('a newer schema refuses the start', async () => {
    await expect(
      memoryWith(() => Promise.reject(new StoreError('schema-too-new', 'newer'))),
    ).rejects.toMatchObject({ kind: 'schema-too-new' });
  });

  test('feedback that cannot be kept is refused', async () => {
    const { memory } = await memoryWith(() => Promise.resolve(fake({})));
    await expect(memory.keepFeedback([feedback('c')], () => [], 'now')).rejects.toThrow(StoreError);
    expect(memory.counts.feedbackRefused).toBe(1);
    await memory.close();
  });
});

describe('the embedded store on a bad disk', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'store-'));
  });
  afterEach(() => {
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true });
  });

  test('a file where the folder should be, and a file that is no database, are unavailable, not a crash', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'x');
    await expect(openStore({ dataDir: join(file, 'data') }, randomUUID)).rejects.toMatchObject({
      kind: 'unavailable',
    });
    writeFileSync(join(folder, SQLITE_FILE), 'this is no database, only text that is long enough'.repeat(50));
    await expect(openStore({ dataDir: folder }, randomUUID)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test('the file can be read by its owner only', async () => {
    const store = await openStore({ dataDir: join(folder, 'data') }, randomUUID);
    await store.close();
    expect(statSync(join(folder, 'data')).mode & 0o077).toBe(0);
  });
});

describe('the patient key', () => {
  test('is the same for the same patient and secret, and different for any other', () => {
    const keys = [
      patientKey('s1', 'https://ehr.example', 'p1'),
      patientKey('s2', 'https://ehr.example', 'p1'),
      patientKey('s1', 'https://other.example', 'p1'),
      patientKey('s1', 'https://ehr.example', 'p2'),
      patientKey('s1', 'https://ehr.example|p', '1'),
      patientKey('s1', 'https://ehr.example', 'p|1'),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(patientKey('s1', 'https://ehr.example', 'p1')).toBe(keys[0]);
    expect(keys.every((key) => /^[0-9a-f]{64}$/.test(key))).toBe(true);
  });

  test('the development secret is made once, for its owner only', () => {
    const folder = mkdtempSync(join(tmpdir(), 'secret-'));
    const secret = developmentSecret(folder);
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(developmentSecret(folder)).toBe(secret);
    const path = join(folder, 'patient-key-secret');
    expect([readFileSync(path, 'utf8').trim(), statSync(path).mode & 0o077]).toEqual([secret, 0]);
    rmSync(folder, { recursive: true });
  });
});
