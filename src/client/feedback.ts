/**
 * What the user did with a card, as a feedback entry.
 *
 * @see https://cds-hooks.hl7.org/2.0/#feedback
 */
import type { FeedbackEntry } from '../hooks/feedback.ts';
import { ClientError } from './client-error.ts';

interface WithUuid {
  readonly uuid?: string;
}

/** Why a card was overridden: one of its `overrideReasons`, words, or both. Words may hold patient data: the service stores them. */
export interface Override {
  readonly reason?: { readonly code: string; readonly system?: string; readonly display?: string };
  readonly userComment?: string;
}

/**
 * The user took one or more suggestions of the card.
 *
 * @throws ClientError `ERR_OPTIONS` when no suggestion is given, or the card or a suggestion has no uuid: the service then takes no feedback.
 */
export function accepted(card: WithUuid, suggestions: readonly WithUuid[], at = new Date()): FeedbackEntry {
  if (suggestions.length === 0)
    throw new ClientError('ERR_OPTIONS', 'accepted needs at least one suggestion');
  return {
    card: uuidOf(card),
    outcome: 'accepted',
    outcomeTimestamp: at.toISOString(),
    acceptedSuggestions: suggestions.map((one) => ({ id: uuidOf(one) })),
  };
}

/** The user dismissed the card. @throws ClientError `ERR_OPTIONS` when the card has no uuid. */
export function overridden(
  card: WithUuid,
  { reason, userComment }: Override = {},
  at = new Date(),
): FeedbackEntry {
  const overrideReason = {
    ...(reason === undefined ? {} : { reason }),
    ...(userComment === undefined || userComment === '' ? {} : { userComment }),
  };
  return {
    card: uuidOf(card),
    outcome: 'overridden',
    outcomeTimestamp: at.toISOString(),
    ...(Object.keys(overrideReason).length === 0 ? {} : { overrideReason }),
  };
}

function uuidOf({ uuid }: WithUuid): string {
  if (uuid === undefined)
    throw new ClientError('ERR_OPTIONS', 'it has no uuid, so the service takes no feedback on it');
  return uuid;
}
