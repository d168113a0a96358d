/** What can go wrong for a CDS Client, as one error class and a closed list of codes; docs/ehr-client.md has a row for each. */
import { isJsonObject } from '../json.ts';

export const CLIENT_ERROR_CODES = [
  'ERR_OPTIONS',
  'ERR_UNKNOWN_SERVICE',
  'ERR_BAD_REQUEST',
  'ERR_UNAUTHENTICATED',
  'ERR_DATA_UNAVAILABLE',
  'ERR_TOO_LARGE',
  'ERR_RATE_LIMITED',
  'ERR_UNAVAILABLE',
  'ERR_SERVICE_FAILED',
  'ERR_REDIRECTED',
  'ERR_UNREACHABLE',
  'ERR_BAD_ANSWER',
  'ERR_TIMEOUT',
  'ERR_ABORTED',
] as const;

export type ClientErrorCode = (typeof CLIENT_ERROR_CODES)[number];

/** What a service answers with instead of cards. Its texts are the service's own: show them as plain text. */
export interface OperationOutcome {
  readonly resourceType: 'OperationOutcome';
  readonly issue: readonly OutcomeIssue[];
}

export interface OutcomeIssue {
  readonly severity: string;
  readonly code: string;
  readonly details?: { readonly text?: string };
  readonly diagnostics?: string;
  readonly expression?: readonly string[];
}

export interface AnswerFacts {
  readonly status?: number | undefined;
  readonly outcome?: OperationOutcome | undefined;
  /** From Retry-After, seconds. */
  readonly retryAfterSeconds?: number | undefined;
  /** The service's X-Request-Id, for its log. */
  readonly requestId?: string | undefined;
}

/** The message is ours alone: no URL, token, patient id or text of the service. */
export class ClientError extends Error implements AnswerFacts {
  readonly code: ClientErrorCode;
  readonly status: number | undefined;
  readonly outcome: OperationOutcome | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly requestId: string | undefined;

  constructor(code: ClientErrorCode, message: string, facts: AnswerFacts = {}) {
    super(`${code}: ${message}`);
    this.name = 'ClientError';
    this.code = code;
    this.status = facts.status;
    this.outcome = facts.outcome;
    this.retryAfterSeconds = facts.retryAfterSeconds;
    this.requestId = facts.requestId;
  }
}

const BY_STATUS: Readonly<Record<number, readonly [ClientErrorCode, string]>> = {
  401: ['ERR_UNAUTHENTICATED', 'the service does not accept the token'],
  403: ['ERR_UNAUTHENTICATED', 'the service does not allow this'],
  404: ['ERR_UNKNOWN_SERVICE', 'there is no such service at this URL'],
  408: ['ERR_UNAVAILABLE', 'the service did not get the request in time'],
  412: ['ERR_DATA_UNAVAILABLE', 'the service lacks data of the patient'],
  413: ['ERR_TOO_LARGE', 'the request is larger than the service takes'],
  429: ['ERR_RATE_LIMITED', 'the service is called too often'],
  502: ['ERR_UNAVAILABLE', 'the service cannot be reached behind its proxy'],
  503: ['ERR_UNAVAILABLE', 'the service cannot answer now'],
  504: ['ERR_UNAVAILABLE', 'the service did not answer its proxy in time'],
};

/** The error for an answer that is no success. @param status 0 for a redirect that a browser hides. */
export function errorOfStatus(status: number, facts: AnswerFacts): ClientError {
  const [code, message] = Object.hasOwn(BY_STATUS, status)
    ? (BY_STATUS[status] ?? unnamed(status))
    : unnamed(status);
  return new ClientError(code, `${message} (status ${status})`, { ...facts, status });
}

function unnamed(status: number): readonly [ClientErrorCode, string] {
  if (status >= 500) return ['ERR_SERVICE_FAILED', 'the service failed'];
  if (status >= 400) return ['ERR_BAD_REQUEST', 'the service refuses the request'];
  if (status === 0 || status >= 300) return ['ERR_REDIRECTED', 'redirects are not followed'];
  return ['ERR_BAD_ANSWER', 'no success that CDS Hooks knows'];
}

/** An OperationOutcome of the service, as far as it is one. */
export function outcomeIn(body: unknown): OperationOutcome | undefined {
  if (!isJsonObject(body) || body['resourceType'] !== 'OperationOutcome' || !Array.isArray(body['issue']))
    return undefined;
  return {
    resourceType: 'OperationOutcome',
    issue: body['issue'].slice(0, 100).filter(isJsonObject).map(issueOf),
  };
}

function issueOf(issue: Readonly<Record<string, unknown>>): OutcomeIssue {
  const { severity, code, details, diagnostics, expression } = issue;
  const text = isJsonObject(details) ? details['text'] : undefined;
  return {
    severity: typeof severity === 'string' ? severity : 'error',
    code: typeof code === 'string' ? code : 'unknown',
    ...(typeof text === 'string' ? { details: { text } } : {}),
    ...(typeof diagnostics === 'string' ? { diagnostics } : {}),
    ...(Array.isArray(expression) ? { expression: expression.filter((one) => typeof one === 'string') } : {}),
  };
}
