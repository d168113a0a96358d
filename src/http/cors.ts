/**
 * Cross-origin access for CDS Clients that run in a browser.
 *
 * Headers are named, because `*` does not cover Authorization by the Fetch standard. Preflights carry no token, so this
 * step comes before anything that could ask for one, and before the errors, so that a client can read those too.
 *
 * @see https://cds-hooks.hl7.org/2.0/#cross-origin-resource-sharing
 */
import cors from 'cors';
import type { RequestHandler } from 'express';
import type { Config } from '../config.ts';

export function crossOrigin(
  origins: Config['corsOrigins'],
  allowedHeaders: readonly string[] = ['authorization', 'content-type'],
): RequestHandler {
  return cors({
    origin: origins === '*' ? '*' : [...origins],
    methods: ['GET', 'POST'],
    allowedHeaders: [...allowedHeaders],
    exposedHeaders: ['X-Request-Id'],
    credentials: false,
    maxAge: 600,
    optionsSuccessStatus: 204,
  });
}
