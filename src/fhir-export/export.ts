/**
 * The knowledge as FHIR R4, so that other systems can read what this one does: `npm run export:fhir -- --out DIR`.
 *
 * The same knowledge and policy give the same bytes. A recommendation that the site has turned off is left out.
 *
 * @see https://hl7.org/fhir/R4/plandefinition.html
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ServiceError } from '../errors.ts';
import type { Policy } from '../knowledge/policy.ts';
import { packageVersion } from '../package-version.ts';
import type { FhirResource } from './canonical.ts';
import { library } from './library.ts';
import { activityDefinition, planDefinition, type ServedRecommendation } from './plan-definition.ts';
import { hasCodes, valueSet } from './value-set.ts';

/** Every resource of the export, ordered by type and id. */
export function fhirKnowledge(policy: Policy): readonly FhirResource[] {
  const version = packageVersion();
  const served = servedRecommendations(policy);
  const ordered = new Set(
    served.flatMap(({ active }) =>
      Object.values(active.recommendation.suggestions ?? {}).flatMap((one) =>
        'order' in one ? [one.order] : [],
      ),
    ),
  );
  const orders = Object.entries(policy.orders).filter(([key]) => ordered.has(key));
  const concepts = [...policy.concepts.concepts.values()].filter(hasCodes);
  const all = [
    ...served.map((one) => planDefinition(one, policy)),
    ...orders.map(([key, order]) => activityDefinition(key, order, policy, version)),
    ...[...policy.services.values()].map((plan) => library(plan, policy, version)),
    ...concepts.map((concept) => valueSet(concept, version)),
  ];
  return all.sort((a, b) => (fileOf(a) < fileOf(b) ? -1 : 1));
}

function servedRecommendations({ services }: Policy): readonly ServedRecommendation[] {
  const byId = new Map<string, ServedRecommendation>();
  for (const { definition, recommendations } of services.values()) {
    const { id, hook } = definition;
    for (const active of recommendations) {
      const others = byId.get(active.recommendation.id)?.services ?? [];
      byId.set(active.recommendation.id, { active, services: [...others, { id, hook }] });
    }
  }
  return [...byId.values()];
}

function fileOf({ resourceType, id }: FhirResource): string {
  return `${resourceType}-${id}.json`;
}

export interface ExportOptions {
  readonly args: readonly string[];
  readonly policy: Policy;
  readonly print: (text: string) => void;
}

export const EXPORT_FHIR_USAGE = 'export:fhir --out DIR [--format files|bundle]';

/**
 * Writes one file for each resource, or one Bundle of type collection, into a folder that is made when it is not there.
 *
 * @throws ServiceError ERR_CONFIG when the words of the command are wrong or the folder cannot be written.
 */
export function exportFhir({ args, policy, print }: ExportOptions): void {
  const { out, format } = optionsOf(args);
  const resources = fhirKnowledge(policy);
  const files =
    format === 'bundle'
      ? [{ name: 'bone-heart-cds.bundle.json', content: collection(resources) }]
      : resources.map((resource) => ({ name: fileOf(resource), content: resource }));
  try {
    mkdirSync(out, { recursive: true });
    for (const { name, content } of files)
      writeFileSync(join(out, name), `${JSON.stringify(content, null, 2)}\n`);
  } catch (error) {
    throw new ServiceError('ERR_CONFIG', `--out ${out}: cannot be written`, { cause: error });
  }
  print(`${String(resources.length)} resources in ${String(files.length)} files: ${out}`);
}

function optionsOf(args: readonly string[]): { out: string; format: string } {
  const refused = new ServiceError('ERR_CONFIG', `usage: bone-heart-cds ${EXPORT_FHIR_USAGE}`);
  try {
    const { out = '', format = 'files' } = parseArgs({
      args: [...args],
      options: { out: { type: 'string' }, format: { type: 'string' } },
    }).values;
    if (out === '' || !['files', 'bundle'].includes(format)) throw refused;
    return { out, format };
  } catch {
    throw refused;
  }
}

function collection(resources: readonly FhirResource[]): object {
  const entry = resources.map((resource) => ({ fullUrl: resource.url, resource }));
  return { resourceType: 'Bundle', type: 'collection', entry };
}
