/**
 * The Express app: which steps a request takes, in which order, and what each can answer.
 *
 * It does not listen; see server.ts.
 */
import express, { type Express, type RequestHandler, type Router } from 'express';
import helmet from 'helmet';
import { isLoopbackHost } from '../auth/clients.ts';
import { ServiceError } from '../errors.ts';
import type { Discovery } from '../hooks/discovery.ts';
import { requireCaller } from './authenticate.ts';
import { readJsonBody, requireJson } from './body.ts';
import { crossOrigin } from './cors.ts';
import type { AppDeps, HookService } from './deps.ts';
import { errorResponse, operationOutcome, sendOutcome } from './error-response.ts';
import { receiveFeedback } from './feedback.ts';
import { answerHook } from './hook-call.ts';
import { clientRates, failureRates, limitLoad, limitRate } from './limits.ts';
import { sendOpenApi } from './openapi.ts';
import { operatorPages } from './operator.ts';
import { requestLog } from './request-log.ts';
import { at, methodNotAllowed } from './route.ts';
import { traceHookCall } from './trace.ts';
import { findService, validateRequest } from './validate.ts';

export type { Answer, AppDeps, HookService } from './deps.ts';

/** Express setting that the server turns off when it begins to shut down; /readyz then answers 503. */
export const ACCEPTING = 'accepting requests';

/** Builds the app. Everything it needs comes in by `deps`; it reads no environment and keeps no state. */
export function createApp(deps: AppDeps): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', false).enable('case sensitive routing');
  app.enable(ACCEPTING);

  app.use(requestLog(deps.log, deps.metrics), securityHeaders());
  const origins = deps.corsOrigins ?? deps.config.corsOrigins;
  // The knowledge first: it passes on what it does not have, the sample patients answer everything.
  for (const fhir of [deps.knowledgeFhir, deps.sampleFhir])
    if (fhir !== undefined) useFhir(app, deps.config.baseUrl, origins, fhir);
  app.use(crossOrigin(origins), requireHost);
  // One router under both paths, so that its limits count once.
  const router = routes(deps);
  for (const path of mountPaths(deps.config.baseUrl)) app.use(path, router);
  app.use(notFound, errorResponse);
  return app;
}

/** FHIR clients in a browser send more headers than CDS Clients do. */
const FHIR_HEADERS = [
  'accept',
  'authorization',
  'cache-control',
  'content-type',
  'prefer',
  'x-requested-with',
];

/** Development only. Before the CORS of the hooks, whose preflight would refuse the headers of FHIR clients. */
function useFhir(
  app: Express,
  baseUrl: string,
  origins: Parameters<typeof crossOrigin>[0],
  fhir: RequestHandler,
): void {
  for (const path of mountPaths(baseUrl))
    app.use(`${path === '/' ? '' : path}/fhir`, crossOrigin(origins, FHIR_HEADERS), requireHost, fhir);
}

/**
 * The app of ADMIN_PORT: operator pages and nothing else, so no hooks and no CORS.
 *
 * @param isLocal it listens on this machine's own addresses only: then a request that names another host is refused.
 */
export function createOperatorApp({
  log,
  metrics,
  operator,
  isLocal,
}: Pick<AppDeps, 'log' | 'metrics'> & {
  readonly operator: () => Promise<RequestHandler>;
  readonly isLocal: boolean;
}): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', false).enable('case sensitive routing');
  app.use(requestLog(log, metrics), securityHeaders(), requireHost);
  if (isLocal) app.use(requireLocalHost);
  app.use(operatorPages(operator));
  app.use(notFound, errorResponse);
  return app;
}

/** RFC 9112 section 3.2: an HTTP/1.1 request without Host, or with two, is a 400. Nothing else looks at the header. */
const requireHost: RequestHandler = (req, _res, next) => {
  const hosts = req.headersDistinct['host']?.length ?? 0;
  if (hosts > 1 || (hosts === 0 && req.httpVersion === '1.1')) {
    throw new ServiceError('ERR_BAD_REQUEST', 'not exactly one Host header');
  }
  next();
};

/**
 * DNS rebinding: a page of the world whose name has been pointed at 127.0.0.1 is same-origin to the browser, and could read the operator
 * pages of whoever opens it. Its requests still carry its name.
 */
const requireLocalHost: RequestHandler = (req, _res, next) => {
  const { host } = req.headers;
  const name = URL.parse(`http://${host ?? 'localhost'}`)?.hostname ?? '';
  if (!isLoopbackHost(name)) throw new ServiceError('ERR_BAD_REQUEST', 'Host is not this machine');
  next();
};

/** A public URL with a path is served there too, whether or not the proxy before us takes the path off. */
function mountPaths(baseUrl: string): string[] {
  const { pathname } = new URL(baseUrl);
  return pathname === '/' ? ['/'] : [pathname, '/'];
}

function routes(deps: AppDeps): Router {
  const { services, config } = deps;
  const router = express.Router({ caseSensitive: true });
  const inTurn = limitLoad(config.maxBodyBytes);
  const atRate = limitRate(clientRates());
  const failures = failureRates();
  const discoveryNeeds = config.discovery === 'open' ? 'when sent' : 'always';

  // CDS Hooks "Discovery".
  at(router, '/cds-services')
    .get(
      requireCaller(deps, () => '/cds-services', discoveryNeeds, failures),
      discovery(services),
    )
    .all(methodNotAllowed('GET, HEAD, OPTIONS'));

  // CDS Hooks "Calling a CDS Service".
  at(router, '/cds-services/:id')
    .post(
      traceHookCall as RequestHandler<{ id: string }>,
      requireCaller(deps, (id) => `/cds-services/${id}`, 'always', failures), // 401, 429
      atRate, //                                   429
      inTurn, //                                   503
    )
    .all(findService(services)) //                 404
    .post(
      requireJson, //                              415
      ...readJsonBody(config.maxBodyBytes), //     400, 413
      validateRequest, //                          400
      answerHook(deps), //                         200, 412, 500
    )
    .all(methodNotAllowed('POST, OPTIONS'));

  // CDS Hooks "Feedback".
  at(router, '/cds-services/:id/feedback')
    .post(
      requireCaller(deps, (id) => `/cds-services/${id}/feedback`, 'always', failures), // 401, 429
      atRate, //                                   429
      inTurn, //                                   503
    )
    .all(findService(services)) //                 404
    .post(
      requireJson, //                              415
      ...readJsonBody(config.maxBodyBytes), //     400, 413
      receiveFeedback(deps), //                    200, 400, 503
    )
    .all(methodNotAllowed('POST, OPTIONS'));

  at(router, '/openapi.json').get(sendOpenApi(deps)).all(methodNotAllowed('GET, HEAD, OPTIONS'));
  at(router, '/healthz').get(alive).all(methodNotAllowed('GET, HEAD, OPTIONS'));
  at(router, '/readyz').get(readiness(deps)).all(methodNotAllowed('GET, HEAD, OPTIONS'));
  if (deps.operator !== undefined) router.use(operatorPages(deps.operator));
  return router;
}

/** Nothing here is a page. Browsers of other origins may read answers as far as CORS allows it. */
function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    // These speak to pages, plug-ins and browsers that have gone; an answer in JSON has no use for them.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
}

function discovery(services: readonly HookService[]): RequestHandler {
  const content: Discovery = { services: services.map((service) => service.discovery) };
  const body = JSON.stringify(content);
  return function sendDiscovery(_req, res) {
    res.set('Cache-Control', 'no-cache').type('application/json').send(body);
  };
}

const alive: RequestHandler = (_req, res) => {
  res.set('Cache-Control', 'no-store').json({ status: 'alive' });
};

/**
 * 503 when hooks cannot be answered. A store that is down is `degraded` with 200: cards are still right, and a balancer that took
 * every replica out for it would cost all of them.
 */
function readiness({ ready, degraded }: AppDeps): RequestHandler {
  return function sendReadiness(req, res) {
    const reasons = [...(req.app.enabled(ACCEPTING) ? [] : ['shutting down']), ...(ready?.() ?? [])];
    if (reasons.length === 0) {
      const problems = degraded?.() ?? [];
      const status = problems.length === 0 ? { status: 'ready' } : { status: 'degraded', reasons: problems };
      res.set('Cache-Control', 'no-store').json(status);
      return;
    }
    const { resourceType, issue } = operationOutcome('ERR_SHUTTING_DOWN');
    const issues = reasons.flatMap((diagnostics) => issue.map((item) => ({ ...item, diagnostics })));
    sendOutcome(res, 'ERR_SHUTTING_DOWN', { resourceType, issue: issues });
  };
}

const notFound: RequestHandler = () => {
  throw new ServiceError('ERR_NOT_FOUND', 'no route');
};
