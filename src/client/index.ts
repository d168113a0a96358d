/** `bone-heart-cds/client`: what a TypeScript EHR needs to call a CDS Hooks service. docs/ehr-client.md shows it. */
export {
  createCdsClient,
  type Bounds,
  type CallAnswer,
  type CallOptions,
  type CdsClient,
  type ClientOptions,
  type FhirAuthorization,
  type HookContext,
} from './client.ts';
export {
  CLIENT_ERROR_CODES,
  ClientError,
  type ClientErrorCode,
  type OperationOutcome,
  type OutcomeIssue,
} from './client-error.ts';
export type { DiscoveredService, ReceivedCard, ReceivedCards, ReceivedSuggestion } from './answer.ts';
export type { Action, Coding, Indicator, Link, OverrideReason } from '../hooks/card.ts';
export type { FeedbackEntry } from '../hooks/feedback.ts';
export { accepted, overridden, type Override } from './feedback.ts';
export type { FhirServer, FhirSource, FilledPrefetch, Omission, ReadFhir } from './prefetch.ts';
export type { Algorithm, SigningOptions } from './token.ts';
