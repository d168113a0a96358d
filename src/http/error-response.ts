/**
 * The one place that knows HTTP statuses: error code → status and constant public text, as a FHIR OperationOutcome.
 *
 * @see https://build.fhir.org/ig/HL7/cds-hooks/ "HTTP status codes": a body other than 2xx is an OperationOutcome.
 */
import type { ErrorRequestHandler, Response } from 'express';
import { ServiceError, type ErrorCode } from '../errors.ts';
import { fieldRule } from '../hooks/request.ts';
import { callOf } from './call.ts';

interface PublicError {
  readonly status: number;
  /** http://hl7.org/fhir/issue-type */
  readonly issue: string;
  readonly text: string;
}

const internal: PublicError = {
  status: 500,
  issue: 'exception',
  text: 'The service failed. The fault is logged.',
};

/** A new code does not compile until it has a line here. */
export const PUBLIC_ERRORS: Readonly<Record<ErrorCode, PublicError>> = {
  ERR_UNAUTHENTICATED: {
    status: 401,
    issue: 'login',
    text: 'A valid token of a trusted CDS Client is required.',
  },
  ERR_BUSY: {
    status: 503,
    issue: 'throttled',
    text: 'The service has too much to do; send this again later.',
  },
  ERR_RATE_LIMITED: {
    status: 429,
    issue: 'throttled',
    text: 'Too many requests; send this one again later.',
  },
  ERR_BAD_JSON: {
    status: 400,
    issue: 'structure',
    text: 'The body must be one JSON object in UTF-8 without byte order mark, nested at most 200 levels deep.',
  },
  ERR_BAD_REQUEST: {
    status: 400,
    issue: 'invalid',
    text: 'A field of the request is missing or has a wrong value.',
  },
  ERR_WRONG_HOOK: { status: 400, issue: 'value', text: 'This service does not answer this hook.' },
  ERR_UNKNOWN_SERVICE: { status: 404, issue: 'not-found', text: 'There is no CDS Service with this id.' },
  ERR_NOT_FOUND: { status: 404, issue: 'not-found', text: 'There is nothing at this URL.' },
  ERR_METHOD_NOT_ALLOWED: {
    status: 405,
    issue: 'not-supported',
    text: 'This method is not allowed here; the Allow header names those that are.',
  },
  ERR_TOO_LARGE: { status: 413, issue: 'too-long', text: 'The body is too large.' },
  ERR_MEDIA_TYPE: {
    status: 415,
    issue: 'not-supported',
    text: 'The body must be application/json in UTF-8, plain or compressed with gzip, deflate, br or zstd.',
  },
  ERR_DATA_UNAVAILABLE: {
    status: 412,
    issue: 'incomplete',
    text: 'Required patient data was not in prefetch and could not be obtained from the FHIR server.',
  },
  ERR_SHUTTING_DOWN: { status: 503, issue: 'transient', text: 'The service cannot answer hooks now.' },
  ERR_STORE_UNAVAILABLE: {
    status: 503,
    issue: 'transient',
    text: 'The feedback could not be stored. Nothing of it was kept; send it again later.',
  },
  ERR_INTERNAL: internal,
  ERR_CONFIG: internal,
  ERR_KNOWLEDGE: internal,
};

export interface OperationOutcome {
  readonly resourceType: 'OperationOutcome';
  readonly issue: readonly {
    readonly severity: 'error';
    readonly code: string;
    readonly details: { readonly text: string };
    readonly diagnostics?: string;
    readonly expression?: readonly [string];
  }[];
}

/**
 * The OperationOutcome for an error: one issue, or one per field at fault.
 *
 * @param pointers JSON pointers of known fields of the request; nothing else of the caller's is in the answer.
 */
export function operationOutcome(code: ErrorCode, pointers: readonly string[] = []): OperationOutcome {
  const { issue, text } = PUBLIC_ERRORS[code];
  const base = { severity: 'error', code: issue, details: { text } } as const;
  const issues = pointers.map((pointer) => ({
    ...base,
    diagnostics: [pointer, fieldRule(pointer)].filter((part) => part !== undefined).join(': '),
    expression: [expressionOf(pointer)] as const,
  }));
  return { resourceType: 'OperationOutcome', issue: issues.length > 0 ? issues : [base] };
}

/** `/context/selections/1` → `context.selections[1]`. */
function expressionOf(pointer: string): string {
  return pointer
    .replace(/\/(\d+)(?=\/|$)/g, '[$1]')
    .replace(/\//g, '.')
    .replace(/^\./, '');
}

/** The last handler: answers every error with the status and text of its code. */
export const errorResponse: ErrorRequestHandler = (error: unknown, req, res, next) => {
  const call = callOf(req);
  const known = toServiceError(error);
  call.error = known.code === 'ERR_INTERNAL' && known.cause !== undefined ? known.cause : known;
  // The client has gone, or half an answer is out: nothing more can be said.
  if (res.destroyed || req.socket.destroyed) return;
  if (res.headersSent) {
    next(error);
    return;
  }
  sendOutcome(res, known.code, operationOutcome(known.code, known.pointers));
};

/** When it makes sense to try again. */
const RETRY_SECONDS: Partial<Readonly<Record<ErrorCode, number>>> = {
  ERR_RATE_LIMITED: 1,
  ERR_BUSY: 1,
  ERR_STORE_UNAVAILABLE: 30,
};

export function sendOutcome(res: Response, code: ErrorCode, outcome: OperationOutcome): void {
  // RFC 6750 section 3; without error or description: they would tell a caller what to try next.
  if (code === 'ERR_UNAUTHENTICATED') res.set('WWW-Authenticate', 'Bearer');
  if (RETRY_SECONDS[code] !== undefined) res.set('Retry-After', String(RETRY_SECONDS[code]));
  res.status(PUBLIC_ERRORS[code].status).set('Cache-Control', 'no-store').json(outcome);
}

/** What the body reader and the router of Express throw, by their documented `type`; branching never reads a message. */
const FOREIGN_TYPES: Readonly<Record<string, ErrorCode>> = {
  'entity.too.large': 'ERR_TOO_LARGE',
  'encoding.unsupported': 'ERR_MEDIA_TYPE',
  'charset.unsupported': 'ERR_MEDIA_TYPE',
  'request.aborted': 'ERR_BAD_JSON',
  'request.size.invalid': 'ERR_BAD_JSON',
};

function toServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  const { type, status, code } = foreignFields(error);
  const known = typeof type === 'string' ? FOREIGN_TYPES[type] : undefined;
  if (known !== undefined) return new ServiceError(known, `body reader: ${String(type)}`);
  // A path that does not decode names nothing.
  if (error instanceof URIError) return new ServiceError('ERR_NOT_FOUND', 'the path does not decode');
  // zlib: the body is not what Content-Encoding says.
  const fromZlib = typeof code === 'string' && /^(Z_|ERR_|ZSTD_)/.test(code);
  if (status === 400 && fromZlib) return new ServiceError('ERR_BAD_JSON', 'the body does not decompress');
  return new ServiceError('ERR_INTERNAL', 'unexpected error', { cause: error });
}

function foreignFields(error: unknown): { type?: unknown; status?: unknown; code?: unknown } {
  return typeof error === 'object' && error !== null ? error : {};
}
