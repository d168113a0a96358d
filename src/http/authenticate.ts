/**
 * Who calls: the bearer token of a trusted CDS Client, before the body is read.
 *
 * One 401 for every cause; the cause is in the log.
 *
 * @see https://cds-hooks.hl7.org/2.0/#trusting-cds-clients
 */
import type { RequestHandler, Response } from 'express';
import { AuthenticationError, type Caller } from '../auth/authenticate.ts';
import { ServiceError } from '../errors.ts';
import { callOf } from './call.ts';
import type { AppDeps } from './deps.ts';
import { addressKey, type Rates } from './limits.ts';

/**
 * @param endpoint path of the called endpoint below BASE_URL: the audience is our public URL, never what the Host header says.
 * @param needed `always`, or only `when sent` for discovery, which is open by default.
 * @param failures how often an address may fail, counted over all endpoints.
 */
export function requireCaller(
  { authenticate, config }: AppDeps,
  endpoint: (id: string) => string,
  needed: 'always' | 'when sent',
  failures: Rates,
): RequestHandler<{ id?: string }> {
  return async function identify(req, res, next) {
    if (authenticate === undefined) {
      next();
      return;
    }
    // Node keeps the first of two: what a proxy before us has looked at may have been the other.
    const sent = req.headersDistinct['authorization'] ?? [];
    const authorization = sent.length > 1 ? '' : sent[0];
    if (needed === 'when sent' && authorization === undefined) {
      next();
      return;
    }
    const call = callOf(req as Parameters<RequestHandler>[0]);
    const step = call.trace?.child('authenticate');
    const url = `${config.baseUrl}${endpoint(req.params.id ?? '')}`;
    try {
      const caller = await authenticate(authorization, url);
      call.caller = caller;
      withholdFrom(config, caller, req.headers.origin, res);
    } catch (error) {
      if (!(error instanceof AuthenticationError)) {
        step?.fail(error);
        throw error;
      }
      step?.set({ 'error.type': 'ERR_UNAUTHENTICATED' });
      if (!failures.take(addressKey(req.socket.remoteAddress)))
        throw new ServiceError('ERR_RATE_LIMITED', 'failed authentications of one address');
      const who = error.client === undefined ? '' : `, client ${error.client}`;
      throw new ServiceError('ERR_UNAUTHENTICATED', `${error.refusal}${who}`);
    } finally {
      step?.end();
    }
    next();
  };
}

/** A page of one client's origin may not read an answer to another client's token, though the preflight let both ask. */
function withholdFrom(
  { corsOrigins }: AppDeps['config'],
  { client }: Caller,
  origin: string | undefined,
  res: Response,
): void {
  if (origin === undefined || corsOrigins === '*') return;
  if (corsOrigins.includes(origin) || client.origins?.includes(origin) === true) return;
  res.removeHeader('Access-Control-Allow-Origin');
}
