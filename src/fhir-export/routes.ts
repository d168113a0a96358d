/**
 * The knowledge to read and search over HTTP: `/PlanDefinition`, `/ActivityDefinition`, `/Library`, `/ValueSet`.
 *
 * What is not found here is passed on, so that the router can lie beside others under one path.
 */
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import type { Policy } from '../knowledge/policy.ts';
import type { FhirResource } from './canonical.ts';
import { fhirKnowledge } from './export.ts';

const TYPES = ['PlanDefinition', 'ActivityDefinition', 'Library', 'ValueSet'];

/** Tokens and URIs are equal or not; strings match from their beginning, in any case, as FHIR searches them. */
const PARAMETERS: Readonly<Record<string, 'exact' | 'starts'>> = {
  _id: 'exact',
  url: 'exact',
  status: 'exact',
  version: 'exact',
  name: 'starts',
  title: 'starts',
};

/** Mount it under `/fhir`. Resources are made by the first request. */
export function knowledgeFhirRoutes({ policy }: { readonly policy: Policy }): Router {
  let made: readonly FhirResource[] | undefined;
  const all = (): readonly FhirResource[] => (made ??= fhirKnowledge(policy));
  const router = express.Router({ caseSensitive: true });
  for (const type of TYPES) {
    router.get(`/${type}`, search(type, all));
    router.get(`/${type}/:id`, read(type, all));
  }
  return router;
}

function read(type: string, all: () => readonly FhirResource[]): RequestHandler<{ id: string }> {
  return function readResource(req, res, next) {
    const found = all().find(({ resourceType, id }) => resourceType === type && id === req.params.id);
    if (found === undefined) next();
    else send(res, found);
  };
}

function search(type: string, all: () => readonly FhirResource[]): RequestHandler {
  return function searchResources(req, res) {
    const asked = askedBy(req);
    const found = all().filter(
      (one) => one.resourceType === type && asked.every(([name, values]) => matches(one, name, values)),
    );
    const query = new URLSearchParams(asked.map(([name, values]) => [name, values.join(',')])).toString();
    const self = query === '' ? type : `${type}?${query}`;
    send(res, {
      resourceType: 'Bundle',
      type: 'searchset',
      total: found.length,
      link: [{ relation: 'self', url: self }],
      ...(found.length === 0
        ? {}
        : {
            entry: found.map((resource) => ({
              fullUrl: resource.url,
              resource,
              search: { mode: 'match' },
            })),
          }),
    });
  };
}

/** Parameters that are known; others are ignored, and the self link says so by leaving them out. */
function askedBy({ url }: Request): (readonly [string, readonly string[]])[] {
  const query = new URLSearchParams(url.split('?').slice(1).join('?'));
  return [...query]
    .filter(([name, value]) => Object.hasOwn(PARAMETERS, name) && value !== '')
    .map(([name, value]) => [name, value.split(',')] as const);
}

function matches(resource: FhirResource, name: string, values: readonly string[]): boolean {
  const own = String(resource[name === '_id' ? 'id' : name]);
  return PARAMETERS[name] === 'exact'
    ? values.includes(own)
    : values.some((value) => own.toLowerCase().startsWith(value.toLowerCase()));
}

function send(res: Response, body: object): void {
  res.set('Cache-Control', 'no-cache').type('application/fhir+json').send(JSON.stringify(body));
}
