/**
 * Checks of a hook call before any data is read: the service exists, the hook is its own, the fields are right.
 *
 * @see https://cds-hooks.hl7.org/2.0/#http-request_1
 */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { Request, RequestHandler } from 'express';
import { ServiceError } from '../errors.ts';
import { REQUEST_SCHEMAS, type HookName, type HookRequest } from '../hooks/request.ts';
import { callOf, required } from './call.ts';
import type { HookService } from './deps.ts';

// The first fault is enough: collecting all of them would let a large body make a large answer.
// The schemas are our own and are checked against their meta-schema by a test, not at every start.
const ajv = new Ajv({ strict: true, allErrors: false, validateSchema: false });

const compiled = new Map<HookName, ValidateFunction<HookRequest>>();

/** Compiled by the first call of its hook: a service that never hears of a hook need not pay for it at start. */
function validatorOf(hook: HookName): ValidateFunction<HookRequest> {
  const known = compiled.get(hook);
  if (known !== undefined) return known;
  const validate = ajv.compile<HookRequest>(REQUEST_SCHEMAS[hook]);
  compiled.set(hook, validate);
  return validate;
}

/** Finds the service of the URL before its body is read. ERR_UNKNOWN_SERVICE when there is none. */
export function findService(services: readonly HookService[]): RequestHandler<{ id: string }> {
  const byId = new Map(services.map((service) => [service.discovery.id, service]));
  return function findServiceById(req, _res, next) {
    const service = byId.get(req.params.id);
    if (service === undefined)
      throw new ServiceError('ERR_UNKNOWN_SERVICE', 'no service with the id of the URL');
    callOf(req as Request).service = service;
    next();
  };
}

/** Narrows the parsed body to the request of the service's hook. ERR_WRONG_HOOK, ERR_BAD_REQUEST. */
export const validateRequest: RequestHandler = (req, _res, next) => {
  const call = callOf(req);
  call.request = hookRequestOf(required(call.service, 'service').discovery.hook, req.body);
  call.hookInstance = call.request.hookInstance;
  next();
};

/**
 * The body as a request of `hook`.
 *
 * @throws ServiceError ERR_WRONG_HOOK when it names another hook; ERR_BAD_REQUEST with the pointer of the first field
 *   that is missing or wrong.
 */
export function hookRequestOf(hook: HookName, body: unknown): HookRequest {
  const sent = typeof body === 'object' && body !== null && 'hook' in body ? body.hook : undefined;
  if (typeof sent === 'string' && sent !== hook) {
    throw new ServiceError('ERR_WRONG_HOOK', `this service answers ${hook}`, { pointers: ['/hook'] });
  }
  const validate = validatorOf(hook);
  if (!validate(body)) throw badField(pointerOf(validate.errors?.[0]));
  if (body.fhirServer !== undefined && !isBaseUrl(body.fhirServer)) throw badField('/fhirServer');
  return body;
}

function badField(pointer: string): ServiceError {
  return new ServiceError('ERR_BAD_REQUEST', `field ${pointer}`, { pointers: [pointer] });
}

/** Only names of the schema and list indexes: the schemas look at no member whose name the caller chooses. */
export function pointerOf(error: ErrorObject | undefined): string {
  const missing: unknown = error?.params.missingProperty;
  return `${error?.instancePath ?? ''}${typeof missing === 'string' ? `/${missing}` : ''}`;
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}
