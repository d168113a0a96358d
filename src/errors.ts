/**
 * The one error class and its closed list of codes.
 *
 * `http/` maps each code to a status and a constant public text; `detail` is for our own log and never leaves it.
 * docs/errors.md has a row for each code; a test compares the two.
 */
export const ERROR_CODES = [
  'ERR_UNAUTHENTICATED',
  'ERR_RATE_LIMITED',
  'ERR_BUSY',
  'ERR_BAD_JSON',
  'ERR_BAD_REQUEST',
  'ERR_WRONG_HOOK',
  'ERR_UNKNOWN_SERVICE',
  'ERR_NOT_FOUND',
  'ERR_METHOD_NOT_ALLOWED',
  'ERR_TOO_LARGE',
  'ERR_MEDIA_TYPE',
  'ERR_DATA_UNAVAILABLE',
  'ERR_SHUTTING_DOWN',
  'ERR_STORE_UNAVAILABLE',
  'ERR_INTERNAL',
  'ERR_CONFIG',
  'ERR_KNOWLEDGE',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export class ServiceError extends Error {
  readonly code: ErrorCode;
  /** For the log only: may name a query or a field, never a patient, a value or a token. */
  readonly detail: string;
  /** Where in the caller's own request the fault lies, as JSON pointers. Safe to answer: the caller wrote it. */
  readonly pointers: readonly string[];

  constructor(
    code: ErrorCode,
    detail: string,
    options: { cause?: unknown; pointers?: readonly string[] } = {},
  ) {
    super(`${code}: ${detail}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ServiceError';
    this.code = code;
    this.detail = detail;
    this.pointers = options.pointers ?? [];
  }
}
