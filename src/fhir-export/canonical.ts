/** Names and addresses of what is exported. */

/** A conformance resource of the export. */
export interface FhirResource {
  readonly resourceType: 'PlanDefinition' | 'ActivityDefinition' | 'Library' | 'ValueSet';
  readonly id: string;
  readonly url: string;
  readonly version: string;
  readonly name: string;
  readonly title: string;
  readonly status: 'draft' | 'active';
  readonly [element: string]: unknown;
}

export const CANONICAL_BASE = 'https://bone-heart-cds.org';
export const PUBLISHER = 'bone-heart-cds contributors';

/** Canonical URL of a resource, as references inside the export name it. */
export function canonical(type: FhirResource['resourceType'], id: string): string {
  return `${CANONICAL_BASE}/${type}/${id}`;
}

/** `vitaminD25OH` → `vitamin-d25-oh`: a FHIR id that differs for each key. */
export function idOf(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();
}

/** `lipid-panel-overdue` → `LipidPanelOverdue`: a name that a program can use. */
export function nameOf(id: string): string {
  return id.replace(/(^|-)([a-z0-9])/g, (_, _dash: string, letter: string) => letter.toUpperCase());
}

/** Members whose value is undefined or an empty list, which FHIR does not allow, left out. */
export function filled<T extends object>(resource: T): T {
  const members = Object.entries(resource).filter(
    ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(members) as T;
}
