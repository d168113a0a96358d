/**
 * CDS Hooks discovery: wire types and their JSON Schemas, one source for both (TypeBox).
 *
 * @see https://cds-hooks.hl7.org/2.0/#discovery
 */
import { Type, type Static } from 'typebox';
import { REQUEST_SCHEMAS, type HookName } from './request.ts';

const text = Type.String({ minLength: 1 });
const closed = { additionalProperties: false } as const;

/** The version of the CDS Hooks specification that is claimed: the newest one that is formally published. */
export const CDS_HOOKS_VERSION = '2.0.1';
/** The version of all four hooks in the hook library. */
export const HOOK_VERSION = '1.0';

export const cdsServiceSchema = Type.Object(
  {
    hook: Type.Unsafe<HookName>({ type: 'string', enum: Object.keys(REQUEST_SCHEMAS) }),
    title: text,
    description: text,
    // Part of the service's URL.
    id: Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$' }),
    // "SHALL NOT be empty": a service without templates leaves it out.
    prefetch: Type.Optional(
      Type.Unsafe<Readonly<Record<string, string>>>({
        type: 'object',
        minProperties: 1,
        additionalProperties: { type: 'string', minLength: 1 },
      }),
    ),
    usageRequirements: Type.Optional(text),
    version: Type.Literal(CDS_HOOKS_VERSION),
    hookVersion: Type.Literal(HOOK_VERSION),
  },
  closed,
);

export const discoverySchema = Type.Object({ services: Type.Array(cdsServiceSchema) }, closed);

export type CdsService = Static<typeof cdsServiceSchema>;
export type Discovery = Static<typeof discoverySchema>;
