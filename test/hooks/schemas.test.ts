/** Every schema of ours is valid JSON Schema: start-up saves that check, so it is made here. */
import { expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import type { TSchema } from 'typebox';
import { cdsResponseSchema } from '../../src/hooks/card.ts';
import { discoverySchema } from '../../src/hooks/discovery.ts';
import { REQUEST_SCHEMAS } from '../../src/hooks/request.ts';
import { definitionsSchema } from '../../src/knowledge/definitions.ts';
import { policySchema } from '../../src/knowledge/policy.ts';
import {
  cofiringSchema,
  ordersSchema,
  overrideReasonsSchema,
  recommendationSchema,
  servicesSchema,
} from '../../src/knowledge/recommendation.ts';

const schemas: Readonly<Record<string, TSchema>> = {
  ...REQUEST_SCHEMAS,
  cdsResponseSchema,
  cofiringSchema,
  definitionsSchema,
  discoverySchema,
  ordersSchema,
  overrideReasonsSchema,
  policySchema,
  recommendationSchema,
  servicesSchema,
};

test.each(Object.entries(schemas))('%s compiles in Ajv strict mode', (_, schema) => {
  const ajv = new Ajv({ strict: true });
  expect(ajv.validateSchema(schema)).toBe(true);
  expect(typeof ajv.compile(schema)).toBe('function');
});
