/**
 * The pages for people around the service: workbench, catalogue, insights; the numbers for Prometheus; the knowledge as FHIR.
 *
 * Loaded at the first request for one of them (src/http/operator.ts): neither start nor hooks wait for it. Nobody is authenticated here
 * (SECURITY.md, "Operator pages").
 */
import express, { type RequestHandler, type Router } from 'express';
import { knowledgeFhirRoutes } from '../fhir-export/routes.ts';
import { ServiceError } from '../errors.ts';
import { at, methodNotAllowed } from '../http/route.ts';
import { serveAssets } from './assets.ts';
import { catalogueRoutes } from './catalogue.ts';
import { insightsRoutes } from './insights.ts';
import type { OperatorDeps } from './operator-deps.ts';
import { operatorHeaders } from './page.ts';
import { workbenchRoutes } from './workbench.ts';

export function operatorRouter(deps: OperatorDeps): Router {
  const router = express.Router({ caseSensitive: true });
  const pages: readonly Router[] = [
    workbenchRoutes(deps),
    catalogueRoutes({ policy: deps.policy }),
    insightsRoutes({
      memory: deps.memory,
      policy: deps.policy,
      retentionDays: deps.config.retentionDays,
      now: () => new Date(),
    }),
  ];
  router.use(operatorHeaders, refuseForeignPages);
  at(router, '/metrics').get(numbers(deps)).all(methodNotAllowed('GET, HEAD, OPTIONS'));
  at(router, '/assets/:name').get(serveAssets());
  for (const one of pages) router.use(one);
  router.use('/fhir', knowledgeFhirRoutes({ policy: deps.policy }));
  return router;
}

/** A page of another site cannot make a browser inside the network do anything here but look, whatever CORS_ORIGINS says. */
const refuseForeignPages: RequestHandler = (req, _res, next) => {
  const site = req.headers['sec-fetch-site'];
  const isForeign = site === 'cross-site' || site === 'same-site';
  if (isForeign && req.method !== 'GET' && req.method !== 'HEAD')
    throw new ServiceError('ERR_NOT_FOUND', 'sent by a page of another origin');
  next();
};

/** For Prometheus. */
function numbers({ metrics }: OperatorDeps): RequestHandler {
  return async function sendNumbers(_req, res) {
    res.type(metrics.contentType).send(await metrics.text());
  };
}
