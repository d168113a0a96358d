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

/** Does an entry belong to the encounter of this hook call? By reference: the Encounter itself need not be supplied. */
export function isOfThisEncounter(entry: Readonly<Record<string, unknown>>, chart: Chart): boolean {
  const reference = isJsonObject(entry['encounter']) ? entry['encounter']['reference'] : undefined;
  const { encounterId } = chart.context;
  return (
    typeof reference === 'string' &&
    encounterId !== undefined &&
    `/${reference}`.endsWith(`/Encounter/${encounterId}`)
  );
}

/** Is the encounter of the hook context a stay in hospital? An emergency visit is none; no readable class: no (G14). */
export function isAdmitted(chart: Chart): boolean {
  return chart.resources('encounter').some((encounter) => {
    const code = classOf(encounter);
    return code !== null && chart.definitions.globalExclusions.admittedClasses.includes(code);
  });
}

/** Inpatient or emergency by its class (rules.md 0.2); a class that cannot be read is not. */
export function isInpatientEncounter(encounter: Resource, chart: Chart): boolean {
  const code = classOf(encounter);
  return code !== null && chart.definitions.globalExclusions.inpatientClasses.includes(code);
}

function classOf({ class: kind }: Resource): string | null {
  const code = isJsonObject(kind) ? kind['code'] : undefined;
  return typeof code === 'string' ? code : null;
}
