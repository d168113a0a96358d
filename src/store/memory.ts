/**
 * The store as the rest of the service sees it: it may be slow, hang, fail or not be there yet, and never costs a card.
 *
 * Reads for a card and the record of a decision wait a bounded time and then go without; feedback is refused when it cannot be
 * kept, so that the client sends it again. A store that failed is opened or probed again in the background.
 */
import { createHash } from 'node:crypto';
import { ServiceError } from '../errors.ts';
import { StoreError, type DecisionRecord, type FeedbackRecord, type Quiet, type Store } from './contract.ts';
import { groupCommit } from './group-commit.ts';
import type { InsightCounts, InsightFilter } from './insight-counts.ts';

export interface Memory {
  /**
   * Asks what is quiet for a patient.
   *
   * @returns waits for the answer: empty when the store cannot say in time, a card too many and never one too few. The time counts from
   *   there, so that what the caller did meanwhile is not held against the store.
   */
  quietsOf(patientKey: string, today: string): (waitMs: number) => Promise<ReadonlyMap<string, Quiet>>;
  /** Keeps a decision. True when it was durable within the time; false is counted and told by `problems`. */
  remember(decision: DecisionRecord, waitMs: number): Promise<boolean>;
  /**
   * Keeps a batch of feedback, durable when it resolves.
   *
   * @param quietsFrom the quiets that follow from it, given the cards that were found; nothing is kept when it throws.
   * @throws StoreError when it cannot be kept; the ServiceError of `quietsFrom`.
   */
  keepFeedback(
    entries: readonly Omit<FeedbackRecord, 'isKnown'>[],
    quietsFrom: QuietsFrom,
    receivedAt: string,
  ): Promise<void>;
  /**
   * Marks a token id as used: in the store, so that it holds across replicas; while the store fails, in this process.
   *
   * @returns false when this issuer has used the id before.
   */
  useToken(issuer: string, jti: string, expiresAt: Date): Promise<boolean>;
  /**
   * Counts for the insights page; one question at a time, and the same question once.
   *
   * @throws StoreError when the store is not open, has too much to do or takes too long; hook calls do not notice.
   */
  insights(filter: InsightFilter): Promise<InsightCounts>;
  /** Why the store is degraded, in our own words; empty when it works. */
  problems(): readonly string[];
  readonly counts: MemoryCounts;
  close(): Promise<void>;
}

type KnownCards = Awaited<ReturnType<Store['cardsOf']>>;
export type QuietsFrom = (cards: KnownCards) => readonly (Quiet & { readonly patientKey: string })[];

export interface MemoryCounts {
  decisionsKept: number;
  decisionsLost: number;
  quietsUnread: number;
  feedbackKept: number;
  feedbackRefused: number;
}

export interface MemoryOptions {
  /** Opens the store; called again after a failure. */
  readonly open: () => Promise<Store>;
  /** Told once for each change between working and failing. */
  readonly onChange: (problem: StoreError | null) => void;
  /** Removes what is older than this many days, once a day. */
  readonly retentionDays: number;
  readonly now: () => Date;
}

/** Longest time that one read or write may hold up an answer, ms. */
const LONGEST_WAIT_MS = 1000;
const FEEDBACK_WAIT_MS = 8000;
const RETRY_MS = 2000;
const INSIGHTS_WAIT_MS = 30_000;
const MOST_QUESTIONS = 8;
/** A client at its full rate of 50 a second for half an hour. */
const MOST_USED_IDS = 100_000;
const PRUNE_MS = 24 * 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * @throws StoreError `schema-too-new`: the service must not start. Any other failure to open starts degraded.
 */
export async function openMemory(options: MemoryOptions): Promise<Memory> {
  const memory = new StoreMemory(options);
  await memory.begin();
  return memory;
}

class StoreMemory implements Memory {
  readonly counts: MemoryCounts = {
    decisionsKept: 0,
    decisionsLost: 0,
    quietsUnread: 0,
    feedbackKept: 0,
    feedbackRefused: 0,
  };
  private readonly options: MemoryOptions;
  private readonly decisions = groupCommit<DecisionRecord>((batch) => this.ready().saveDecisions(batch));
  private readonly usedHere = new UsedIds();
  private readonly questions = new Map<string, Promise<InsightCounts>>();
  private lastQuestion: Promise<unknown> = Promise.resolve();
  private store: Store | undefined;
  private problem: StoreError | null = null;
  private closed = false;
  private retry: NodeJS.Timeout | undefined;
  private pruning: NodeJS.Timeout | undefined;

  constructor(options: MemoryOptions) {
    this.options = options;
  }

  async begin(): Promise<void> {
    try {
      this.store = await this.options.open();
    } catch (error) {
      const failure = asStoreError(error);
      if (failure.kind === 'schema-too-new') throw failure;
      this.failed(failure);
    }
    this.pruning = setInterval(() => void this.prune(), PRUNE_MS).unref();
    void this.prune();
  }

  quietsOf(patientKey: string, today: string): (waitMs: number) => Promise<ReadonlyMap<string, Quiet>> {
    // While the store is failing it is not asked either.
    const asked =
      this.problem === null
        ? Promise.resolve().then(() => this.ready().quietsOf(patientKey, today))
        : Promise.resolve(undefined);
    // Nobody may come back for it: a call that ends otherwise.
    asked.catch(() => undefined);
    return async (waitMs) => {
      const quiets = await this.attempt(() => asked, waitMs);
      if (quiets === undefined) this.counts.quietsUnread += 1;
      return new Map((quiets ?? []).map((quiet) => [quiet.recommendation, quiet]));
    };
  }

  async remember(decision: DecisionRecord, waitMs: number): Promise<boolean> {
    const kept = await this.attempt(() => this.decisions.add(decision).then(() => true), waitMs);
    if (kept === true) this.counts.decisionsKept += 1;
    else this.counts.decisionsLost += 1;
    return kept === true;
  }

  async keepFeedback(
    entries: readonly Omit<FeedbackRecord, 'isKnown'>[],
    quietsFrom: QuietsFrom,
    receivedAt: string,
  ): Promise<void> {
    try {
      await inTime(this.writeFeedback(entries, quietsFrom, receivedAt), FEEDBACK_WAIT_MS);
      this.counts.feedbackKept += entries.length;
      this.worked();
    } catch (error) {
      this.counts.feedbackRefused += entries.length;
      // Refused by us, not by the store.
      if (error instanceof ServiceError) throw error;
      throw this.failed(asStoreError(error));
    }
  }

  private async writeFeedback(
    entries: readonly Omit<FeedbackRecord, 'isKnown'>[],
    quietsFrom: QuietsFrom,
    receivedAt: string,
  ): Promise<void> {
    // A decision whose answer has just left may still be waiting for its write.
    await this.decisions.drained();
    const store = this.ready();
    const cards = await store.cardsOf([...new Set(entries.map(({ card }) => card))]);
    const known = new Set(cards.map(({ uuid }) => uuid));
    await store.saveFeedback(
      entries.map((entry) => ({ ...entry, isKnown: known.has(entry.card) })),
      quietsFrom(cards),
      receivedAt,
    );
  }

  async useToken(issuer: string, jti: string, expiresAt: Date): Promise<boolean> {
    // The hash, because an id is a client's text of any length; in both places, because the store may fail at any time.
    const id = createHash('sha256').update(jti).digest('hex');
    if (!this.usedHere.take(`${issuer} ${id}`, expiresAt, this.options.now())) return false;
    const isFirst = await this.attempt(
      () => this.ready().useToken(issuer, id, expiresAt.toISOString()),
      LONGEST_WAIT_MS,
    );
    return isFirst !== false;
  }

  insights(filter: InsightFilter): Promise<InsightCounts> {
    const key = JSON.stringify(filter);
    const running = this.questions.get(key);
    if (running !== undefined) return running;
    if (this.questions.size >= MOST_QUESTIONS)
      return Promise.reject(new StoreError('unavailable', 'too many questions are waiting'));
    const counts = this.lastQuestion.then(() => this.ready().insights(filter));
    const answer = inTime(counts, INSIGHTS_WAIT_MS, false)
      .catch((error: unknown) => {
        throw asStoreError(error);
      })
      .finally(() => this.questions.delete(key));
    this.questions.set(key, answer);
    // The next one starts when the store has finished, not when somebody has given up.
    this.lastQuestion = counts.catch(() => undefined);
    return answer;
  }

  problems(): readonly string[] {
    return this.problem === null ? [] : ['decisions cannot be stored'];
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    clearInterval(this.pruning);
    await inTime(this.decisions.drained(), LONGEST_WAIT_MS).catch(() => undefined);
    await this.store?.close().catch(() => undefined);
  }

  /** The store, or a StoreError when it is not open. */
  private ready(): Store {
    if (this.store === undefined)
      throw this.problem ?? new StoreError('unavailable', 'the store is not open');
    return this.store;
  }

  /** The result, or undefined when it failed or took too long. While the store is failing nobody waits for it. */
  private async attempt<T>(work: () => Promise<T>, waitMs: number): Promise<T | undefined> {
    if (this.problem !== null || waitMs <= 0) return undefined;
    try {
      const result = await inTime(Promise.resolve().then(work), Math.min(waitMs, LONGEST_WAIT_MS));
      return result;
    } catch (error) {
      this.failed(asStoreError(error));
      return undefined;
    }
  }

  private failed(error: StoreError): StoreError {
    if (this.problem === null && !this.closed) this.options.onChange(error);
    this.problem = error;
    if (!this.closed) this.retry ??= setTimeout(() => void this.recover(), RETRY_MS).unref();
    return error;
  }

  private worked(): void {
    if (this.problem !== null) this.options.onChange(null);
    this.problem = null;
  }

  /** Opens the store when it never was, else asks whether it answers; again later when not. */
  private async recover(): Promise<void> {
    this.retry = undefined;
    try {
      if (this.store === undefined) this.store = await this.options.open();
      await inTime(this.store.ping(), LONGEST_WAIT_MS);
      this.worked();
    } catch (error) {
      // A worker or file that has gone does not come back: the next attempt opens anew.
      const gone = this.store;
      this.store = undefined;
      void gone?.close().catch(() => undefined);
      this.failed(asStoreError(error));
    }
  }

  private async prune(): Promise<void> {
    const now = this.options.now();
    const before = new Date(now.getTime() - this.options.retentionDays * DAY_MS).toISOString();
    await this.store?.prune(before, now.toISOString()).catch((error: unknown) => {
      this.failed(asStoreError(error));
    });
  }
}

/** Ids of tokens that this process has seen, until they end; bounded, the oldest go first. */
class UsedIds {
  private readonly until = new Map<string, number>();

  /** False when the id was taken before. */
  take(id: string, expiresAt: Date, now: Date): boolean {
    if (this.until.has(id)) return false;
    if (this.until.size >= MOST_USED_IDS) this.makeRoom(now);
    this.until.set(id, expiresAt.getTime());
    return true;
  }

  /** A tenth at a time, so that it seldom runs. */
  private makeRoom(now: Date): void {
    let spare = MOST_USED_IDS / 10;
    for (const [id, end] of this.until) {
      if (end >= now.getTime() && spare <= 0) continue;
      this.until.delete(id);
      spare -= 1;
    }
  }
}

function asStoreError(error: unknown): StoreError {
  return error instanceof StoreError
    ? error
    : new StoreError('unavailable', 'the store did not do it', error);
}

/** @param holdsProcess false where nothing is lost when the process ends before the time is over. */
function inTime<T>(work: Promise<T>, ms: number, holdsProcess = true): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      // What arrived while this thread was busy is read before it is called late.
      setImmediate(() => {
        reject(new StoreError('unavailable', 'the store took too long'));
      });
    }, ms);
    if (!holdsProcess) timer.unref();
  });
  return Promise.race([work, late]).finally(() => {
    clearTimeout(timer);
  });
}

/** Remembers nothing: for tools that answer without a store, such as tests of other things. */
export const NO_MEMORY: Memory = Object.freeze({
  quietsOf: () => () => Promise.resolve(new Map()),
  remember: () => Promise.resolve(false),
  keepFeedback: () => Promise.reject(new StoreError('unavailable', 'there is no store')),
  useToken: () => Promise.resolve(true),
  insights: () => Promise.reject(new StoreError('unavailable', 'there is no store')),
  problems: () => [],
  counts: Object.freeze({
    decisionsKept: 0,
    decisionsLost: 0,
    quietsUnread: 0,
    feedbackKept: 0,
    feedbackRefused: 0,
  }),
  close: () => Promise.resolve(),
});
