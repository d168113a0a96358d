/**
 * Reading the JSON body of a request, by our own rules: strict UTF-8, no byte order mark, one object, bounded size and
 * depth. Express' JSON reader would turn an empty body into `{}`, replace bad UTF-8 and quote the body in its errors.
 *
 * @see https://cds-hooks.hl7.org/2.0/ "all data exchanged SHALL be sent and received as JSON"
 * @see https://www.rfc-editor.org/rfc/rfc8259#section-8.1
 */
import express, { type Request, type RequestHandler } from 'express';
import { ServiceError } from '../errors.ts';
import { isDeeperThan } from '../json.ts';
import { callOf } from './call.ts';

/** Far deeper than any FHIR resource; what walks the body recursively stays far from the end of the stack. */
const MAX_DEPTH = 200;

const JSON_TYPES = ['application/json', 'application/fhir+json'];

/** Answers ERR_MEDIA_TYPE for a body that is not JSON in UTF-8. No body at all is left to the reader. */
export const requireJson: RequestHandler = (req, _res, next) => {
  const header = req.headers['content-type'];
  if (header === undefined ? hasBody(req) : !isUtf8Json(header)) {
    throw new ServiceError('ERR_MEDIA_TYPE', 'content type is not JSON in UTF-8');
  }
  next();
};

function hasBody(req: Request): boolean {
  return req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
}

function isUtf8Json(header: string): boolean {
  const [type = '', ...parameters] = header.toLowerCase().split(';');
  return JSON_TYPES.includes(type.trim()) && parameters.every(isAllowedParameter);
}

function isAllowedParameter(parameter: string): boolean {
  const [name = '', value = ''] = parameter.split('=');
  return name.trim() !== 'charset' || /^"?utf-?8"?$/.test(value.trim());
}

/**
 * Reads, decompresses and parses the body into `req.body`, a JSON object.
 *
 * @param maxBytes Limit after decompression; more gives ERR_TOO_LARGE.
 */
export function readJsonBody(maxBytes: number): RequestHandler[] {
  return [refuseDeclared(maxBytes), express.raw({ limit: maxBytes, type: () => true }), parseBody];
}

/** Said at once: Express would take in the whole body before it answers. */
function refuseDeclared(maxBytes: number): RequestHandler {
  return function refuseTooLarge(req, _res, next) {
    if (Number(req.headers['content-length'] ?? 0) > maxBytes)
      throw new ServiceError('ERR_TOO_LARGE', 'declared length');
    next();
  };
}

const parseBody: RequestHandler = (req, _res, next) => {
  const bytes: unknown = req.body;
  const body = Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0);
  callOf(req).bodyRead?.(body.length);
  req.body = parseJsonObject(body);
  next();
};

/** @throws ServiceError ERR_BAD_JSON when the bytes are not one JSON object, or are nested too deep. */
export function parseJsonObject(bytes: Uint8Array): object {
  if (isDeeperThan(MAX_DEPTH, bytes)) throw new ServiceError('ERR_BAD_JSON', 'the body is nested too deep');
  let value: unknown;
  try {
    // A byte order mark is kept, so that JSON.parse refuses it.
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    // Without cause: the message of JSON.parse quotes the body.
    throw new ServiceError('ERR_BAD_JSON', 'the body is not JSON in UTF-8');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new ServiceError('ERR_BAD_JSON', 'the body is not a JSON object');
}
