import type { HookRequest } from '../hooks/request.ts';
import { normalizeBase } from './outbound.ts';

export interface AccessRules {
  /** Whether calls may go to this FHIR server at all (the calling client's list). */
  allowServer(url: string): boolean;
  /** Whether a server may be asked without a token. For development only. */
  readonly allowOpenServer?: boolean;
}

/** What the hook call lets us ask of its FHIR server, before any scope is looked at. */
export type Access =
  | { readonly open: true; readonly base: string; readonly token: string | undefined; readonly scope: string }
  | { readonly open: false; readonly reason: 'not-provided' | 'not-permitted' };

/**
 * Decides whether the FHIR server of a hook call may be asked.
 *
 * @returns closed with `not-provided` when the call brings no server, or no server and token that we may use; with `not-permitted` when
 *   the token has expired or is for another patient.
 * @see https://cds-hooks.hl7.org/2.0/#passing-the-access-token-to-the-cds-service
 */
export function accessFor(request: HookRequest, rules: AccessRules): Access {
  const { fhirServer, fhirAuthorization: authorization } = request;
  const base = fhirServer === undefined ? undefined : normalizeBase(fhirServer);
  if (fhirServer === undefined || base === undefined || !rules.allowServer(fhirServer))
    return closed('not-provided');
  if (authorization === undefined) {
    return rules.allowOpenServer === true
      ? { open: true, base, token: undefined, scope: '' }
      : closed('not-provided');
  }
  if (authorization.expires_in <= 0) return closed('not-permitted');
  const { patient = request.context.patientId } = authorization;
  if (patient !== request.context.patientId) return closed('not-permitted');
  return { open: true, base, token: authorization.access_token, scope: authorization.scope };
}

function closed(reason: 'not-provided' | 'not-permitted'): Access {
  return { open: false, reason };
}
