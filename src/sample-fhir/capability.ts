/** What /fhir can do, as FHIR clients ask for it. */
import type { Resource } from '../facts/record.ts';
import { parametersOf, SERVED_TYPES } from './search-parameters.ts';

/** @param base URL at which the statement is served, without `/metadata`. */
export function capabilityStatement(base: string): Resource {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    experimental: true,
    date: '2026-11-28',
    kind: 'instance',
    software: { name: 'bone-heart-cds sample patients' },
    implementation: {
      description:
        'Synthetic and published sample patients, read only, for trying CDS Hooks. Our own patients are moved in time: they look as they did on the day that they were written for. Development only.',
      url: base,
    },
    fhirVersion: '4.0.1',
    format: ['json', 'application/fhir+json'],
    rest: [
      {
        mode: 'server',
        documentation:
          'No authorization. Unknown search parameters are passed over (the self link shows those that counted) unless Prefer: handling=strict.',
        resource: SERVED_TYPES.map((type) => ({
          type,
          interaction: [{ code: 'read' }, { code: 'search-type' }],
          searchParam: Object.entries(parametersOf(type) ?? {}).map(([name, { kind }]) => ({
            name,
            type: kind,
          })),
        })),
      },
    ],
  };
}
