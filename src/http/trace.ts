import type { RequestHandler } from 'express';
import { ServiceError } from '../errors.ts';
import { beginTrace } from '../tracing.ts';
import { callOf, clientName } from './call.ts';

/** First step of a hook call: its span, which ends when the answer has left or the client has gone. */
export const traceHookCall: RequestHandler = (req, res, next) => {
  const call = callOf(req);
  const { route } = call;
  const span = beginTrace(`POST ${route}`, req.headers, {
    'http.request.method': 'POST',
    'http.route': route,
  });
  if (span !== undefined) {
    call.trace = span;
    res.once('close', () => {
      span.set({
        'http.response.status_code': res.statusCode,
        'cds.client.name': clientName(call),
        ...(call.service && {
          'cds.service.id': call.service.discovery.id,
          'cds.hook': call.service.discovery.hook,
        }),
        ...(call.cards && { 'cds.cards': call.cards.length }),
        ...(call.outcomes && { 'cds.recommended': call.outcomes['recommend'] ?? 0 }),
      });
      // A refused request is no fault of the service (semantic conventions for servers); its code is told all the same.
      if (res.statusCode >= 500) span.fail(call.error);
      else if (call.error instanceof ServiceError) span.set({ 'error.type': call.error.code });
      span.end();
    });
  }
  next();
};
