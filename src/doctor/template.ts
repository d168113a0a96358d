/**
 * Prefetch templates of any service: what is wrong with one.
 *
 * @see https://cds-hooks.hl7.org/2.0/#prefetch-template
 */
import { TODAY, tokensOf, USER_TYPES, withoutTokens } from '../client/template.ts';
import { hookOf, isPrefetchToken } from './hook-library.ts';

export interface TemplateFaults {
  /** P-1: not a token of any version. */
  readonly syntax: readonly string[];
  /** P-2: a token that no client can fill: a field that the hook does not have, or that is no token. */
  readonly unfillable: readonly string[];
  /** P-3: only clients with FHIRPath (3.0) can fill it. */
  readonly fhirpath: readonly string[];
  /** P-4: `%key` that is not a template before it. */
  readonly order: readonly string[];
  /** P-5: beyond the recommended subset of FHIR queries. */
  readonly query: readonly string[];
}

/** @param earlier keys of the templates before this one. */
export function faultsOf(template: string, hookName: string, earlier: readonly string[]): TemplateFaults {
  const tokens = tokensOf(template);
  const rest = withoutTokens(template);
  const simple = tokens.map((token) => /^context\.(\w+)$/.exec(token)?.[1]);
  const hook = hookOf(hookName);
  return {
    syntax: [
      ...(/[{}]/.test(rest) ? ['has braces that are no {{token}}'] : []),
      ...tokens.filter((token) => !isToken(token)).map((token) => `{{${token}}} is no prefetch token`),
    ],
    unfillable: simple
      .filter((field) => field !== undefined && hook !== undefined && !isPrefetchToken(hook, field))
      .map((field) => `{{context.${String(field)}}}: ${hookName} has no such prefetch token`),
    fhirpath: tokens.filter((token) => isFhirpath(token)).map((token) => `{{${token}}}`),
    order: tokens
      .flatMap((token) => [...token.matchAll(/%([\w-]+)/g)].map(([, key = '']) => key))
      .filter((key) => key !== 'context' && !earlier.includes(key))
      .map((key) => `%${key} is no template before this one`),
    query: queryFaults(template),
  };
}

/** Names of the context fields that a template needs as plain tokens. */
export function contextFields(template: string): string[] {
  return tokensOf(template).flatMap((token) => /^context\.(\w+)$/.exec(token)?.[1] ?? []);
}

function isToken(token: string): boolean {
  return /^context\.\w+$/.test(token) || Object.hasOwn(USER_TYPES, token) || isFhirpath(token);
}

/** today(), traversal, functions, alternatives and earlier keys: new in 3.0. */
function isFhirpath(token: string): boolean {
  return !/^context\.\w+$/.test(token) && (TODAY.test(token) || /^(context\.|%)\w/.test(token));
}

const PARAMETER = /^([A-Za-z_][\w-]*)(?::([A-Za-z-]+))?=(.*)$/s;

function queryFaults(template: string): string[] {
  const filled = withoutTokens(template, 'x');
  const [path = '', ...query] = filled.split('?');
  const faults = /^[A-Z][A-Za-z]*(\/[A-Za-z0-9.-]+)?$|^x$/.test(path)
    ? []
    : ['is no relative Type/id or Type?query'];
  if (query.length === 0) return faults;
  const parameters = query
    .join('?')
    .split('&')
    .map((one) => PARAMETER.exec(one));
  if (parameters.includes(null)) faults.push('has a parameter without a value');
  const names = parameters.flatMap((one) => one?.[1] ?? []);
  for (const [, name = '', modifier] of parameters.filter((one) => one !== null)) {
    if (modifier !== undefined && modifier !== 'in')
      faults.push(`${name}:${modifier} is beyond the recommended query subset`);
    if (name === '_maxresults' || name === 'sort') faults.push(`${name} is not FHIR R4`);
  }
  for (const name of new Set(names.filter((one, index) => names.indexOf(one) !== index)))
    faults.push(`${name} is given twice: some clients fold it into "or"`);
  return faults;
}
