/** The Encounter of the hook context: which entries belong to it, and whether it is a stay in hospital. */
import { isJsonObject } from '../json.ts';
import type { Chart } from './chart.ts';
import type { Resource } from './record.ts';

/** The Encounter that an entry names, when the record holds it; references may be relative or absolute. */
export function encounterOf(entry: Readonly<Record<string, unknown>>, chart: Chart): Resource | undefined {
  const reference = isJsonObject(entry['encounter']) ? entry['encounter']['reference'] : undefined;
  if (typeof reference !== 'string') return undefined;
  return chart
    .resources('encounter')
    .find(({ id }) => typeof id === 'string' && `/${reference}`.endsWith(`/Encounter/${id}`));
}

/** Inpatient or emergency by its class (rules.md 0.2); a class that cannot be read is not. */
export function isInpatientEncounter({ class: kind }: Resource, chart: Chart): boolean {
  const code = isJsonObject(kind) ? kind['code'] : undefined;
  return typeof code === 'string' && chart.definitions.globalExclusions.inpatientClasses.includes(code);
}
