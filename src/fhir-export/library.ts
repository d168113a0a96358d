/** A CDS Service as a Library: the recommendations that it evaluates and the data that they need. */
import type { Policy, ServicePlan } from '../knowledge/policy.ts';
import { planOf } from '../facts/queries.ts';
import { canonical, filled, idOf, nameOf, PUBLISHER, type FhirResource } from './canonical.ts';
import { hasCodes } from './value-set.ts';

export function library(plan: ServicePlan, policy: Policy, version: string): FhirResource {
  const { id, title, description, usageRequirements } = plan.definition;
  return filled({
    resourceType: 'Library' as const,
    id,
    url: canonical('Library', id),
    version,
    name: nameOf(id),
    title,
    status: 'draft' as const,
    type: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/library-type', code: 'asset-collection' }],
    },
    publisher: PUBLISHER,
    description,
    usage: usageRequirements,
    relatedArtifact: plan.recommendations.map(({ recommendation }) => ({
      type: 'composed-of',
      resource: canonical('PlanDefinition', recommendation.id),
    })),
    dataRequirement: plan.queries.flatMap((query) => requirementsOf(query, policy)),
  });
}

/** One requirement for each concept: filters of one requirement would all have to hold at once. */
function requirementsOf(
  { key, resourceType }: ServicePlan['queries'][number],
  { concepts }: Policy,
): object[] {
  const listed = planOf(key).concepts.filter((id) => {
    const concept = concepts.concepts.get(id);
    return concept !== undefined && hasCodes(concept);
  });
  const base = { type: resourceType, profile: [`http://hl7.org/fhir/StructureDefinition/${resourceType}`] };
  if (listed.length === 0) return [base];
  return listed.map((id) => ({
    ...base,
    codeFilter: [{ path: 'code', valueSet: canonical('ValueSet', idOf(id)) }],
  }));
}
