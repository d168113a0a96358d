/** Tables of the store, for kysely. Portable subset: text, integer and JSON as text; times as ISO 8601 UTC text. */

export interface Tables {
  decision: {
    id: string;
    at: string;
    client: string;
    service: string;
    hook_instance: string;
    patient_key: string;
    duration_ms: number;
    /** JSON: OutcomeRecord[] */
    outcomes: string;
    /** JSON: query key -> reason */
    missing: string;
    /** Queries by where they were answered from; null where that was not kept yet. */
    from_prefetch: number | null;
    from_server: number | null;
    failed: number | null;
    not_sent: number | null;
  };
  card: {
    uuid: string;
    decision_id: string;
    at: string;
    patient_key: string;
    indicator: string;
    /** JSON: { id, version }[] */
    recommendations: string;
    /** JSON: SuggestionRecord[] */
    suggestions: string;
    can_be_quieted: number;
    /** As of the decision, so that counting needs no join. */
    client: string;
    service: string;
    /** `topicOf` the card. */
    topic: string;
  };
  /** Findings that would have spoken and have no card of their own. */
  without_card: {
    decision_id: string;
    at: string;
    client: string;
    service: string;
    recommendation: string;
    /** `silent`, `quiet` or `merged` */
    why: string;
  };
  feedback: {
    id: string;
    /** Digest of client and content: the same entry sent again is the same feedback. */
    digest: string;
    card: string;
    outcome: string;
    outcome_timestamp: string;
    received_at: string;
    client: string;
    /** JSON: uuids */
    accepted_suggestions: string;
    reason_system: string | null;
    reason_code: string | null;
    reason_display: string | null;
    comment: string | null;
    is_known: number;
  };
  quiet: {
    patient_key: string;
    recommendation: string;
    until: string;
    because: string;
    since: string;
  };
  used_token: {
    issuer: string;
    jti: string;
    expires_at: string;
  };
}
