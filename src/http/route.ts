/** Routes as both apps register them: by a pattern that stands in the log, with 405 for other methods. */
import type { Request, RequestHandler, Router } from 'express';
import { ServiceError } from '../errors.ts';
import { callOf } from './call.ts';

/** A route whose pattern stands in the log in place of the URL. */
export function at<Path extends string>(router: Router, path: Path) {
  return router.route(path).all((req, _res, next) => {
    callOf(req as Request).route = path;
    next();
  });
}

export function methodNotAllowed(allow: string): RequestHandler {
  return function refuseMethod(_req, res) {
    res.set('Allow', allow);
    throw new ServiceError('ERR_METHOD_NOT_ALLOWED', 'method not allowed on this route');
  };
}
