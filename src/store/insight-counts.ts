/** What the store counts for the insights page: shapes only. Nothing here is about a patient. */

export interface InsightFilter {
  /** First moment, ISO 8601 UTC with milliseconds. */
  readonly from: string;
  /** First moment that is too late. */
  readonly before: string;
  readonly client?: string;
  readonly service?: string;
  /** The override reasons that we offer. Any other is counted as `other`: a client's own words may tell of a patient. */
  readonly reasons: { readonly system: string; readonly codes: readonly string[] };
}

/** What became of a card: accepted when any suggestion was, else overridden when any feedback says so. */
export type Fate = 'accepted' | 'overridden' | 'unanswered';

export interface InsightCounts {
  /** Clients with calls in this time, whatever the filter on client and service. */
  readonly clients: readonly string[];
  /** Answered hook calls by UTC day. */
  readonly calls: readonly { readonly day: string; readonly count: number }[];
  /** Cards by the UTC day on which they were shown, topic (`topicOf`) and fate. */
  readonly cards: readonly {
    readonly day: string;
    readonly topic: string;
    readonly fate: Fate;
    readonly count: number;
  }[];
  /** Overridden cards by the reason of the newest override: a code that we offer, `other`, or `none`. */
  readonly reasons: readonly { readonly topic: string; readonly reason: string; readonly count: number }[];
  /** Findings without a card of their own: silent, quiet, or merged into a card of several. */
  readonly withoutCard: readonly {
    readonly recommendation: string;
    readonly why: 'silent' | 'quiet' | 'merged';
    readonly count: number;
  }[];
  /** Queries by client. `calls` are those whose queries were counted. */
  readonly queries: readonly {
    readonly client: string;
    readonly calls: number;
    readonly prefetch: number;
    readonly fetched: number;
    readonly failed: number;
    readonly notSent: number;
  }[];
  /** Calls by service and duration in whole milliseconds. */
  readonly durations: readonly { readonly service: string; readonly ms: number; readonly count: number }[];
  /** The store as a whole, whatever the filter. */
  readonly store: {
    readonly decisions: number;
    readonly feedback: number;
    /** Feedback on cards that no decision here has. */
    readonly unknownFeedback: number;
    /** Time of the oldest decision; null in an empty store. */
    readonly oldest: string | null;
  };
}
