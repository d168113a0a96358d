/**
 * CDS Hooks response: wire types and their JSON Schemas, one source for both (TypeBox).
 *
 * @see https://cds-hooks.hl7.org/2.0/#cds-service-response
 */
import { Type, type Static } from 'typebox';

const text = Type.String({ minLength: 1 });
const uri = Type.String({ minLength: 1, pattern: '^[a-z][a-z0-9+.-]*:[^\\s]+$' });
const httpUrl = Type.String({ pattern: '^https?://[^\\s]+$' });
const uuid = Type.String({ pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' });

const closed = { additionalProperties: false } as const;

export const codingSchema = Type.Object({ system: uri, code: text, display: Type.Optional(text) }, closed);
export const overrideReasonSchema = Type.Object({ system: uri, code: text, display: text }, closed);

/** An action's resource is FHIR; its own schema is checked in tests with an R4 validator. */
const resourceSchema = Type.Object({ resourceType: text }, { additionalProperties: true });

export const actionSchema = Type.Union([
  Type.Object(
    {
      type: Type.Union([Type.Literal('create'), Type.Literal('update')]),
      description: text,
      resource: resourceSchema,
    },
    closed,
  ),
  Type.Object(
    {
      type: Type.Literal('delete'),
      description: text,
      resourceId: Type.String({ pattern: '^[A-Za-z]+/[A-Za-z0-9\\-.]{1,64}$' }),
    },
    closed,
  ),
]);

export const suggestionSchema = Type.Object(
  {
    label: text,
    uuid,
    isRecommended: Type.Optional(Type.Boolean()),
    actions: Type.Optional(Type.Array(actionSchema, { minItems: 1 })),
  },
  closed,
);

export const linkSchema = Type.Object(
  {
    label: text,
    url: httpUrl,
    type: Type.Union([Type.Literal('absolute'), Type.Literal('smart')]),
    appContext: Type.Optional(text),
  },
  closed,
);

export const indicatorSchema = Type.Union([
  Type.Literal('info'),
  Type.Literal('warning'),
  Type.Literal('critical'),
]);

export const cardSchema = Type.Object(
  {
    uuid,
    // "SHALL be < 140 characters", one sentence, so no line break either.
    summary: Type.String({ minLength: 1, maxLength: 139, pattern: '^[^\\r\\n]+$' }),
    detail: Type.Optional(text),
    indicator: indicatorSchema,
    source: Type.Object(
      {
        label: text,
        url: Type.Optional(httpUrl),
        icon: Type.Optional(httpUrl),
        topic: Type.Optional(codingSchema),
      },
      closed,
    ),
    suggestions: Type.Optional(Type.Array(suggestionSchema, { minItems: 1 })),
    selectionBehavior: Type.Optional(Type.Union([Type.Literal('at-most-one'), Type.Literal('any')])),
    overrideReasons: Type.Optional(Type.Array(overrideReasonSchema, { minItems: 1 })),
    links: Type.Optional(Type.Array(linkSchema, { minItems: 1 })),
  },
  closed,
);

export const cdsResponseSchema = Type.Object(
  {
    cards: Type.Array(cardSchema),
    extension: Type.Optional(Type.Object({}, { additionalProperties: true })),
  },
  closed,
);

export type Coding = Static<typeof codingSchema>;
export type OverrideReason = Static<typeof overrideReasonSchema>;
export type Action = Static<typeof actionSchema>;
export type Suggestion = Static<typeof suggestionSchema>;
export type Link = Static<typeof linkSchema>;
export type Indicator = Static<typeof indicatorSchema>;
export type Card = Static<typeof cardSchema>;
export type CdsResponse = Static<typeof cdsResponseSchema>;
