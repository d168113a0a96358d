/** Schema and type of cards/recommendations/<id>.yaml, cards/services.yaml, cards/orders.yaml, cards/cofiring.yaml. */
import { Type, type Static } from 'typebox';

const closed = { additionalProperties: false } as const;
const text = Type.String({ minLength: 1 });
const id = Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$' });
const key = Type.String({ pattern: '^[a-z][A-Za-z0-9]*$' });
const url = Type.String({ pattern: '^https://[^\\s]+$' });
const date = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
const keyed = <T extends Parameters<typeof Type.Record>[1]>(schema: T) => Type.Record(key, schema);

const VERSION = '^\\d+\\.\\d+\\.\\d+$';

const twin = Type.Object({ value: Type.Number(), unit: text }, closed);

/** A number with its unit and where it comes from; `article` is the value of the article preset. */
export const parameterSchema = Type.Object(
  {
    value: Type.Union([Type.Number(), Type.Boolean()]),
    unit: text,
    si: Type.Optional(twin),
    article: Type.Optional(Type.Union([Type.Number(), Type.Boolean()])),
    articleSi: Type.Optional(twin),
    evidence: text,
    why: Type.Optional(text),
  },
  closed,
);

export const recommendationSchema = Type.Object(
  {
    id,
    /** Number in the clinical specification; also the order among cards of one indicator. */
    specification: Type.String({ pattern: '^R\\d{2}$' }),
    version: Type.String({ pattern: VERSION }),
    title: text,
    review: Type.Object(
      {
        status: Type.Union([Type.Literal('draft'), Type.Literal('approved')]),
        by: Type.Optional(text),
        date: Type.Optional(date),
      },
      closed,
    ),
    /** Newest first; the first is the `version` above. What changed in words, as a physician would be told. */
    history: Type.Array(
      Type.Object({ version: Type.String({ pattern: VERSION }), date, change: text }, closed),
      { minItems: 1 },
    ),
    /** Order-safety has no screening exclusions and is never quieted; `both`: so on the order hooks, a reminder elsewhere. */
    kind: Type.Union([Type.Literal('reminder'), Type.Literal('order-safety'), Type.Literal('both')]),
    question: text,
    forWhom: text,
    notForWhom: text,
    whenDataIsMissing: text,
    /** Concepts that silence this recommendation while active, beyond the global exclusions. */
    exclusions: Type.Optional(Type.Array(key)),
    parameters: keyed(parameterSchema),
    evidence: keyed(Type.Object({ citation: text, url, checked: date, note: Type.Optional(text) }, closed)),
    /** Days of quiet by override reason, where they differ from cards/definitions.yaml. */
    snooze: Type.Optional(Type.Record(Type.String({ pattern: '^[a-z-]+$' }), Type.Integer({ minimum: 0 }))),
    card: Type.Object(
      {
        /** `source.label`: guideline organisation and year. */
        source: Type.Object({ label: text, evidence: key }, closed),
        variants: keyed(
          Type.Object(
            {
              indicator: Type.Union([
                Type.Literal('info'),
                Type.Literal('warning'),
                Type.Literal('critical'),
              ]),
              summary: text,
              when: text,
              /** Words for what a failed search left unchecked; at order-sign all such cards become one (G25). */
              couldNotCheck: Type.Optional(text),
            },
            closed,
          ),
        ),
        found: keyed(text),
        why: keyed(text),
        notFound: Type.Optional(keyed(text)),
        limits: Type.Optional(Type.Array(text)),
        sources: Type.Array(key, { minItems: 1 }),
        overrideReasons: Type.Array(text, { minItems: 1 }),
        links: Type.Array(Type.Object({ label: text, evidence: key }, closed)),
        selectionBehavior: Type.Optional(Type.Union([Type.Literal('any'), Type.Literal('at-most-one')])),
      },
      closed,
    ),
    suggestions: Type.Optional(
      keyed(
        Type.Union([
          Type.Object(
            {
              label: text,
              /** Key of cards/orders.yaml. */
              order: key,
              /** Part of cards/cofiring.yaml that this suggestion belongs to. */
              part: Type.Optional(key),
              /** Days from today, or after the event that the card is about. */
              occurrence: Type.Object(
                {
                  fromDays: Type.Integer({ minimum: 0 }),
                  toDays: Type.Integer({ minimum: 1 }),
                  after: Type.Optional(Type.Literal('event')),
                },
                closed,
              ),
              /** Added to the order's text, e.g. "same scanner". */
              text: Type.Optional(text),
              /** Used when no triggering Condition has a coding. */
              reasonCode: Type.Optional(Type.Object({ system: text, code: text, display: text }, closed)),
            },
            closed,
          ),
          Type.Object({ label: text, delete: Type.Literal('draft') }, closed),
        ]),
      ),
    ),
  },
  closed,
);

export const servicesSchema = Type.Array(
  Type.Object(
    {
      id,
      hook: Type.Union([
        Type.Literal('patient-view'),
        Type.Literal('order-select'),
        Type.Literal('order-sign'),
        Type.Literal('encounter-discharge'),
      ]),
      title: text,
      description: text,
      usageRequirements: text,
      /** Whether `maxCards` applies: reminders are capped, order-time safety never is. */
      capped: Type.Boolean(),
      recommendations: Type.Array(id),
    },
    closed,
  ),
);

const orderCode = Type.Object({ system: text, code: text, display: text }, closed);
export const ordersSchema = keyed(
  Type.Object(
    {
      title: text,
      category: Type.Union([
        Type.Literal('lab'),
        Type.Literal('imaging'),
        Type.Literal('counselling'),
        Type.Literal('referral'),
      ]),
      code: orderCode,
      text: Type.Optional(text),
    },
    closed,
  ),
);

export const cofiringSchema = Type.Object(
  {
    /** Part -> recommendations in order of ownership. */
    owners: keyed(Type.Array(id)),
    /** A recommendation that speaks -> recommendations, or a part of one, that then say nothing. */
    silences: Type.Record(
      id,
      Type.Array(Type.Union([id, Type.Object({ recommendation: id, part: key }, closed)])),
    ),
  },
  closed,
);

export const overrideReasonsSchema = Type.Object(
  { system: text, reasons: Type.Array(Type.Object({ code: text, display: text }, closed), { minItems: 1 }) },
  closed,
);

export type Recommendation = Static<typeof recommendationSchema>;
export type Parameter = Static<typeof parameterSchema>;
export type ServiceDefinition = Static<typeof servicesSchema>[number];
export type Orders = Static<typeof ordersSchema>;
export type Cofiring = Static<typeof cofiringSchema>;
export type OverrideReasons = Static<typeof overrideReasonsSchema>;
