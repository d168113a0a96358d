/**
 * What the service remembers, and the promises about it. Two implementations share one set of queries: embedded SQLite and
 * PostgreSQL (src/store/sql-store.ts). Nothing here knows rules, cards or HTTP.
 *
 * Never stored: names, resource content, values, tokens, the patient id. The patient is a keyed hash (patient-key.ts).
 */
import type { InsightCounts, InsightFilter } from './insight-counts.ts';

/**
 * How many queries of a call were answered from where; one that could not be asked, such as the encounter of a call that names none,
 * is in none of them.
 */
export interface QueryCounts {
  /** Came with the call. */
  readonly prefetch: number;
  /** Asked from the client's FHIR server. */
  readonly fetched: number;
  /** Came unusable, or could not be fetched. */
  readonly failed: number;
  /** Neither sent nor to be asked for. */
  readonly notSent: number;
}

/** One answered hook call: which recommendation said what, and the ids by which feedback will come. */
export interface DecisionRecord {
  readonly id: string;
  /** When it was answered, ISO 8601 UTC. */
  readonly at: string;
  /** Name of the calling client; `unauthenticated` without authentication. */
  readonly client: string;
  readonly service: string;
  readonly hookInstance: string;
  readonly patientKey: string;
  readonly durationMs: number;
  readonly outcomes: readonly OutcomeRecord[];
  /** Queries that were not answered in full, by key, with the reason. */
  readonly missing: Readonly<Record<string, string>>;
  /** Absent in decisions that were kept before this was. */
  readonly queries?: QueryCounts;
  readonly cards: readonly CardRecord[];
}

export interface OutcomeRecord {
  readonly recommendation: string;
  readonly version: string;
  readonly outcome: string;
  readonly variant?: string;
  /** `silent` when the site evaluates it without showing it. */
  readonly mode: string;
}

export interface CardRecord {
  readonly uuid: string;
  /** What the card speaks for: one recommendation, or several for a merged card. */
  readonly recommendations: readonly { readonly id: string; readonly version: string }[];
  readonly indicator: string;
  readonly suggestions: readonly SuggestionRecord[];
  /** False for order-time safety, which feedback never quiets. */
  readonly canBeQuieted: boolean;
}

/** What a card's feedback is counted under: its recommendation, or the one topic of all cards that merge several. */
export function topicOf({ recommendations }: Pick<CardRecord, 'recommendations'>): string {
  const [first, ...others] = recommendations;
  return first === undefined || others.length > 0 ? MERGED_TOPIC : first.id;
}

export const MERGED_TOPIC = 'more-recommendations';

export interface SuggestionRecord {
  readonly uuid: string;
  readonly recommendation: string;
  /** Key of cards/orders.yaml; absent for the deletion of a draft and for several orders in one. */
  readonly order?: string;
  /** Days until what is ordered should have been done. */
  readonly withinDays?: number;
}

/** A card as feedback finds it again. */
export interface KnownCard extends CardRecord {
  readonly patientKey: string;
}

export interface FeedbackRecord {
  readonly card: string;
  readonly outcome: 'accepted' | 'overridden';
  /** When the clinician acted, ISO 8601 UTC. */
  readonly outcomeTimestamp: string;
  readonly client: string;
  readonly acceptedSuggestions: readonly string[];
  readonly reason?: { readonly system?: string; readonly code: string; readonly display?: string };
  /** Free text of a clinician: stored, never logged or echoed, removable. */
  readonly comment?: string;
  /** False when no decision of ours has this card: kept and flagged. */
  readonly isKnown: boolean;
}

/** A recommendation that says nothing for a patient for a time. */
export interface Quiet {
  readonly recommendation: string;
  /** Last day of it, `YYYY-MM-DD`. */
  readonly until: string;
  /** Code of the override reason, `accepted`, or `no-reason`. */
  readonly because: string;
  /** Day of the feedback, `YYYY-MM-DD`. */
  readonly since: string;
}

export interface StoredFeedback extends FeedbackRecord {
  readonly id: string;
  readonly receivedAt: string;
}

/** How many rows of each kind were removed. */
export interface Erased {
  readonly decisions: number;
  readonly feedback: number;
  readonly quiets: number;
}

/**
 * Every method rejects with a StoreError when the store cannot do it; what resolved is durable.
 */
export interface Store {
  readonly kind: 'sqlite' | 'postgres';
  /** One transaction for the whole batch: all of it is durable, or none is. */
  saveDecisions(batch: readonly DecisionRecord[]): Promise<void>;
  quietsOf(patientKey: string, today: string): Promise<readonly Quiet[]>;
  /** Cards of ours with these uuids; those that are not ours are left out. */
  cardsOf(uuids: readonly string[]): Promise<readonly KnownCard[]>;
  /**
   * Keeps a batch of feedback and the quiets that follow from it in one transaction. A repeat of the same entry is kept once.
   *
   * @returns how many entries were new.
   */
  saveFeedback(
    entries: readonly FeedbackRecord[],
    quiets: readonly (Quiet & { readonly patientKey: string })[],
    receivedAt: string,
  ): Promise<number>;
  /**
   * Marks a token id as used, atomically across all replicas.
   *
   * @returns false when this issuer has used the id before.
   */
  useToken(issuer: string, jti: string, expiresAt: string): Promise<boolean>;
  /** Removes decisions and feedback older than `before`, quiets and token ids that have ended. */
  prune(before: string, now: string): Promise<number>;
  /** Ends quiets: of one patient, of one recommendation, or all. */
  endQuiets(which: { readonly patientKey?: string; readonly recommendation?: string }): Promise<number>;
  /**
   * Removes all that is kept about a patient: decisions with their cards, feedback on those cards, quiets. A thousand decisions in a
   * transaction; feedback that is being kept at that moment may stay.
   */
  erasePatient(patientKey: string): Promise<Erased>;
  /** Takes the comments off the feedback on a card. */
  removeComments(card: string): Promise<number>;
  /** Oldest first, in pages: for the export. */
  decisions(): AsyncIterable<DecisionRecord>;
  feedback(): AsyncIterable<StoredFeedback>;
  /** Counts over a time, from a connection of its own: hook calls do not wait for it. */
  insights(filter: InsightFilter): Promise<InsightCounts>;
  /** Resolves when the store answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The store could not do what was asked; `cause` is for the log. */
export class StoreError extends Error {
  readonly kind: 'unavailable' | 'schema-too-new';

  constructor(kind: 'unavailable' | 'schema-too-new', message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'StoreError';
    this.kind = kind;
  }
}
