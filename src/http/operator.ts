/** Where the operator pages lie, and the door to them: their code is loaded at the first request for one of them. */
import type { RequestHandler } from 'express';

/** Paths of operator pages and of what they load. Everything else never reaches their code. */
const OPERATOR_PATHS = /^\/(?:$|metrics$|(?:assets|workbench|recommendations|insights|fhir)(?:$|\/|\.))/;

/** A handler whose code is loaded by the first request that it gets. */
export function whenAsked(load: () => Promise<RequestHandler>): RequestHandler {
  let loading: Promise<RequestHandler> | undefined;
  return async function loadAndHandle(req, res, next) {
    loading ??= load();
    const handle = await loading;
    await handle(req, res, next);
  };
}

/** Passes requests for operator pages to the router that `load` gives, once loaded; other requests go on. */
export function operatorPages(load: () => Promise<RequestHandler>): RequestHandler {
  const pages = whenAsked(load);
  return async function openPages(req, res, next) {
    if (OPERATOR_PATHS.test(req.path)) await pages(req, res, next);
    else next();
  };
}
