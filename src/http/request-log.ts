/**
 * One log line per request, from an allow-list of fields.
 *
 * What may pass is named here; bodies, tokens, patient ids, query strings and URLs have no way in.
 */
import type { RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { ServiceError } from '../errors.ts';
import { beginCall, clientName, msSince, type Call } from './call.ts';
import type { Metrics } from './metrics.ts';

/** First step of every request: gives it an id and writes its line when the answer has left or the client has gone. */
export function requestLog(log: Logger, metrics: Metrics): RequestHandler {
  return function logRequest(req, res, next) {
    const call = beginCall(req);
    res.setHeader('X-Request-Id', call.requestId);
    res.once('close', () => {
      writeLine(log, call, req.method, res);
      if (res.writableFinished)
        metrics.answered(call, clientName(call), res.statusCode, msSince(call.startedTick));
    });
    next();
  };
}

function writeLine(log: Logger, call: Call, method: string, res: Response): void {
  const line = {
    requestId: call.requestId,
    method,
    route: call.route,
    client: clientName(call),
    ...tenantField(call),
    ...hookFields(call),
    ...(res.writableFinished ? { status: res.statusCode } : { aborted: true }),
    ...(call.outcomes === undefined ? {} : { outcomes: call.outcomes }),
    ...(call.sources === undefined ? {} : { queries: countValues(call.sources) }),
    ...(call.missing === undefined ? {} : { missing: call.missing }),
    durations: { ...call.durations, totalMs: msSince(call.startedTick) },
    ...(call.error === undefined ? {} : { error: errorFields(call.error) }),
  };
  if (res.writableFinished && res.statusCode >= 500) log.error(line, 'request');
  else if (isFlood(call)) log.debug(line, 'request');
  else if (call.service !== undefined || call.error !== undefined) log.info(line, 'request');
  else log.debug(line, 'request');
}

/** An address that goes on failing must not be able to fill the log: its first failures stand there. */
function isFlood({ error, caller }: Call): boolean {
  return error instanceof ServiceError && error.code === 'ERR_RATE_LIMITED' && caller === undefined;
}

/** A claim of the client's token: logged when it looks like a name of a tenant. */
function tenantField({ caller }: Call): Record<string, string> {
  const tenant = caller?.tenant;
  return tenant !== undefined && /^[\w.:/-]{1,100}$/.test(tenant) ? { tenant } : {};
}

/** `hookInstance` only after validation: before that it is any text. */
function hookFields(call: Call): Record<string, string> {
  return {
    ...(call.service && { service: call.service.discovery.id, hook: call.service.discovery.hook }),
    ...(call.hookInstance !== undefined && { hookInstance: call.hookInstance }),
  };
}

/**
 * What may be logged about an error: code and detail of our own errors, else name and stack frames.
 *
 * The message of a foreign error stays out, because it may hold a piece of the record that was being read.
 */
export function errorFields(error: unknown): Record<string, unknown> {
  if (!(error instanceof ServiceError)) return { name: nameOf(error), frames: framesOf(error) };
  const own = { code: error.code, detail: error.detail };
  return error.cause instanceof Error
    ? { ...own, cause: nameOf(error.cause), frames: framesOf(error.cause) }
    : own;
}

function nameOf(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  return /^[A-Za-z]{1,40}$/.test(name) ? name : 'Error';
}

function framesOf(error: unknown): string[] {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return [];
  const message = error.stack.indexOf(error.message);
  const afterMessage = message === -1 ? error.stack : error.stack.slice(message + error.message.length);
  return afterMessage
    .split('\n')
    .filter((line) => /^ {4}at /.test(line))
    .slice(0, 8)
    .map((line) => line.trim());
}

function countValues(values: Readonly<Record<string, string>>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of Object.values(values)) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
