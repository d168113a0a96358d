/**
 * CDS Hooks feedback: wire types and JSON Schema, one source for both (TypeBox).
 *
 * A client may send its own reasons and cards that we do not know: both are kept. Unknown members are ignored.
 *
 * @see https://cds-hooks.hl7.org/2.0/#feedback
 */
import { Type, type Static } from 'typebox';

/** What each field has to be, in constant words; see `fieldRule` in request.ts. */
export const FEEDBACK_RULES: Readonly<Record<string, string>> = {
  '/feedback': 'required, a list of 1 to 1,000 entries',
  '/feedback/*': 'an object with card, outcome and outcomeTimestamp',
  '/feedback/*/card': 'required, the uuid of the card, at most 100 characters',
  '/feedback/*/outcome': 'required, accepted or overridden',
  '/feedback/*/outcomeTimestamp': 'required, a date and time of RFC 3339 such as 2026-01-15T10:05:00Z',
  '/feedback/*/acceptedSuggestions': 'required with accepted, a list of 1 to 100 objects with id',
  '/feedback/*/acceptedSuggestions/*': 'an object with id',
  '/feedback/*/acceptedSuggestions/*/id': 'required, the uuid of the suggestion, at most 100 characters',
  '/feedback/*/overrideReason': 'an object with reason, userComment or both',
  '/feedback/*/overrideReason/reason': 'an object with code, and system and display as far as known',
  '/feedback/*/overrideReason/reason/code': 'required, at most 200 characters',
  '/feedback/*/overrideReason/reason/system': 'a string of at most 500 characters',
  '/feedback/*/overrideReason/reason/display': 'a string of at most 500 characters',
  '/feedback/*/overrideReason/userComment': 'a string of 1 to 10,000 characters',
};

const shortId = Type.String({ minLength: 1, maxLength: 100 });

/** The reason of an override: a coding, words, or both (cds-fb-3). */
const overrideReason = Type.Object(
  {
    reason: Type.Optional(
      Type.Object({
        code: Type.String({ minLength: 1, maxLength: 200 }),
        system: Type.Optional(Type.String({ maxLength: 500 })),
        display: Type.Optional(Type.String({ maxLength: 500 })),
      }),
    ),
    userComment: Type.Optional(Type.String({ minLength: 1, maxLength: 10_000 })),
  },
  { minProperties: 1 },
);

const entry = Type.Object({
  card: shortId,
  outcome: Type.Union([Type.Literal('accepted'), Type.Literal('overridden')]),
  outcomeTimestamp: Type.String({
    pattern: '^\\d{4}-\\d{2}-\\d{2}[Tt]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?([Zz]|[+-]\\d{2}:\\d{2})$',
  }),
  acceptedSuggestions: Type.Optional(Type.Array(Type.Object({ id: shortId }), { maxItems: 100 })),
  overrideReason: Type.Optional(overrideReason),
});

export const feedbackSchema = Type.Object({
  feedback: Type.Array(entry, { minItems: 1, maxItems: 1000 }),
});

export type FeedbackRequest = Static<typeof feedbackSchema>;
export type FeedbackEntry = FeedbackRequest['feedback'][number];
