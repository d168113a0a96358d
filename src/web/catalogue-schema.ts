/**
 * The catalogue of recommendations as JSON: types and JSON Schema, one source for both (TypeBox). The pages, the JSON answer and
 * docs/recommendations.md are made from it, so that they cannot disagree.
 */
import { Type, type Static } from 'typebox';

const closed = { additionalProperties: false } as const;
const text = Type.String({ minLength: 1 });
const url = Type.String({ pattern: '^https://' });
const date = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
const mode = Type.Union([Type.Literal('show'), Type.Literal('silent'), Type.Literal('off')]);
const hook = Type.Union([
  Type.Literal('patient-view'),
  Type.Literal('order-select'),
  Type.Literal('order-sign'),
  Type.Literal('encounter-discharge'),
]);
/** A line of a card; `{placeholders}` are filled from the record. */
const line = Type.Object({ name: text, text }, closed);
const twin = Type.Object({ value: Type.Number(), unit: text }, closed);
const numberOrYesNo = Type.Union([Type.Number(), Type.Boolean()]);

export const parameterEntrySchema = Type.Object(
  {
    name: text,
    /** In force here; `unit` is UCUM, or `boolean`. */
    value: numberOrYesNo,
    unit: text,
    /** The same limit for molar reports; it is compared as it is, never derived. */
    si: Type.Optional(twin),
    guideline: Type.Object({ value: numberOrYesNo, si: Type.Optional(twin) }, closed),
    /** Value of the article preset, where it has one. */
    article: Type.Optional(Type.Object({ value: numberOrYesNo, si: Type.Optional(twin) }, closed)),
    /** Where the value in force comes from. */
    from: Type.Union([Type.Literal('guideline'), Type.Literal('article'), Type.Literal('site')]),
    /** Key of `evidence`. */
    evidence: text,
    why: Type.Optional(text),
  },
  closed,
);

const orderSchema = Type.Object(
  {
    key: text,
    title: text,
    category: text,
    system: text,
    code: text,
    display: text,
    /** The site's policy replaced the code. */
    isSiteCode: Type.Boolean(),
  },
  closed,
);

export const suggestionEntrySchema = Type.Object(
  {
    name: text,
    label: text,
    /** Absent when the suggestion deletes the draft order that the card is about. */
    order: Type.Optional(orderSchema),
    /** When it should be done: days from today, or from the event that the card is about. */
    occurrence: Type.Optional(
      Type.Object(
        {
          fromDays: Type.Integer(),
          toDays: Type.Integer(),
          from: Type.Union([Type.Literal('today'), Type.Literal('event')]),
        },
        closed,
      ),
    ),
    text: Type.Optional(text),
  },
  closed,
);

const partOf = Type.Object({ recommendation: text, part: Type.Optional(text) }, closed);

export const entrySchema = Type.Object(
  {
    id: text,
    specification: text,
    title: text,
    version: text,
    kind: Type.Union([Type.Literal('reminder'), Type.Literal('order-safety'), Type.Literal('both')]),
    question: text,
    hooks: Type.Array(
      Type.Object(
        {
          hook,
          service: text,
          /** Order-time safety: no exclusion but death, never quieted. */
          isOrderSafety: Type.Boolean(),
        },
        closed,
      ),
    ),
    mode: Type.Object(
      {
        effective: mode,
        /** What the site's policy asks for. */
        asked: mode,
        /** Silent only because nobody has approved this version. */
        isForWantOfApproval: Type.Boolean(),
      },
      closed,
    ),
    review: Type.Object(
      {
        status: Type.Union([Type.Literal('draft'), Type.Literal('approved')]),
        by: Type.Optional(text),
        date: Type.Optional(date),
      },
      closed,
    ),
    /** Of the site, by its policy. */
    approval: Type.Object(
      {
        state: Type.Union([Type.Literal('approved'), Type.Literal('other-version'), Type.Literal('none')]),
        by: Type.Optional(text),
        date: Type.Optional(date),
        version: Type.Optional(text),
      },
      closed,
    ),
    forWhom: text,
    notForWhom: text,
    whenDataIsMissing: text,
    exclusions: Type.Array(Type.Object({ what: text, hooks: Type.Array(hook) }, closed)),
    /** What it reads of a record, in words. */
    reads: Type.Array(text),
    parameters: Type.Array(parameterEntrySchema),
    card: Type.Object(
      {
        source: Type.Object({ label: text, url }, closed),
        variants: Type.Array(
          Type.Object(
            {
              name: text,
              when: text,
              indicator: Type.Union([
                Type.Literal('info'),
                Type.Literal('warning'),
                Type.Literal('critical'),
              ]),
              summary: text,
              couldNotCheck: Type.Optional(text),
            },
            closed,
          ),
        ),
        found: Type.Array(line),
        why: Type.Array(line),
        notFound: Type.Array(line),
        limits: Type.Array(text),
        /** Keys of `evidence` that the card cites. */
        sources: Type.Array(text),
        links: Type.Array(Type.Object({ label: text, url }, closed)),
        selectionBehavior: Type.Union([Type.Literal('any'), Type.Literal('at-most-one')]),
      },
      closed,
    ),
    suggestions: Type.Array(suggestionEntrySchema),
    /** `quietDays`: how long this reason quiets the recommendation for the patient, where feedback may quiet it at all. */
    overrideReasons: Type.Array(
      Type.Object({ system: text, code: text, display: text, quietDays: Type.Integer() }, closed),
    ),
    quiet: Type.Object(
      {
        /** Hooks on which feedback quiets it; on the others it always speaks. */
        hooks: Type.Array(hook),
        noReasonDays: Type.Integer(),
        otherReasonDays: Type.Integer(),
        /** After an accepted suggestion: until it should be done, and so many days more. */
        acceptedGraceDays: Type.Integer(),
      },
      closed,
    ),
    cofiring: Type.Object(
      {
        /** Parts of a card that only one may speak about: who keeps it before this one, and who loses it to this one. */
        parts: Type.Array(
          Type.Object({ part: text, before: Type.Array(text), after: Type.Array(text) }, closed),
        ),
        silences: Type.Array(partOf),
        silencedBy: Type.Array(partOf),
      },
      closed,
    ),
    evidence: Type.Array(
      Type.Object({ name: text, citation: text, url, checked: date, note: Type.Optional(text) }, closed),
    ),
    history: Type.Array(Type.Object({ version: text, date, change: text }, closed)),
  },
  closed,
);

export const catalogueSchema = Type.Object(
  {
    site: Type.Object(
      {
        preset: Type.Union([Type.Literal('guideline'), Type.Literal('article')]),
        region: text,
        maxCards: Type.Integer(),
        mergeOverflow: Type.Boolean(),
      },
      closed,
    ),
    /** In the order of the specification. */
    recommendations: Type.Array(entrySchema),
  },
  { ...closed, title: 'Catalogue of recommendations' },
);

export type Catalogue = Static<typeof catalogueSchema>;
export type Entry = Static<typeof entrySchema>;
export type ParameterEntry = Static<typeof parameterEntrySchema>;
export type SuggestionEntry = Static<typeof suggestionEntrySchema>;
