/** `partial`: granted for some of the resources of the type only, e.g. `patient/Observation.rs?category=laboratory`. */
export type Grant = 'full' | 'partial' | 'none';

/**
 * What a SMART scope string grants for one FHIR interaction.
 *
 * Reads SMART 1 (`patient/Observation.read`, `user/*.*`) and SMART 2 (`user/Observation.rs?category=...`): CDS Hooks 3.0 asks for the
 * second, and clients of 2.x send the first.
 *
 * @param scope space-separated scopes as in `fhirAuthorization.scope`.
 * @returns `full` as well when the string names no resource scope at all: it then says nothing about resources, and the server, which
 *   knows the token, decides.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
 */
export function grantFor(scope: string, resourceType: string, interaction: 'read' | 'search'): Grant {
  const scopes = scope.split(/\s+/).filter((part) => /^(patient|user|system)\//.test(part));
  if (scopes.length === 0) return 'full';
  const grants = scopes.map((part) => grantOf(part, resourceType, interaction));
  if (grants.includes('full')) return 'full';
  return grants.includes('partial') ? 'partial' : 'none';
}

function grantOf(scope: string, resourceType: string, interaction: 'read' | 'search'): Grant {
  const [, type, permission = '', constraint] =
    /^[a-z]+\/([A-Za-z]+|\*)\.([a-z]+|\*)(\?.+)?$/.exec(scope) ?? [];
  if (type !== '*' && type !== resourceType) return 'none';
  if (!permits(permission, interaction)) return 'none';
  return constraint === undefined ? 'full' : 'partial';
}

/** SMART 1 `read` covers reading and searching; SMART 2 has one letter for each. */
function permits(permission: string, interaction: 'read' | 'search'): boolean {
  if (permission === '*' || permission === 'read') return true;
  return /^[cruds]+$/.test(permission) && permission.includes(interaction === 'read' ? 'r' : 's');
}
