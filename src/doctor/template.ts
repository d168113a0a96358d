/**
 * Prefetch templates of any service: what is wrong with one, and how a client without FHIRPath fills it.
 *
 * @see https://cds-hooks.hl7.org/2.0/#prefetch-template
 */
import { isJsonObject, type JsonObject } from '../json.ts';
import { hookOf, isPrefetchToken } from './hook-library.ts';

const TOKEN = /\{\{\s*(.*?)\s*\}\}/g;
const USER_TYPES: Readonly<Record<string, string>> = {
  userPractitionerId: 'Practitioner',
  userPractitionerRoleId: 'PractitionerRole',
  userPatientId: 'Patient',
  userRelatedPersonId: 'RelatedPerson',
};
const TODAY = /^today\(\)(?:\s*([+-])\s*(\d+)\s*days?)?$/;
const DAY_MS = 86_400_000;

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
  const rest = template.replace(TOKEN, '');
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

export function tokensOf(template: string): string[] {
  return [...template.matchAll(TOKEN)].map(([, token = '']) => token);
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
  const filled = template.replace(TOKEN, 'x');
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

/**
 * The template as a query, or undefined when the context has nothing for a token: the client then leaves the key out.
 *
 * @param context the hook's context.
 */
export function fill(template: string, context: JsonObject, today: Date): string | undefined {
  const values = tokensOf(template).map((token) => valueOf(token, context, today));
  if (values.includes(undefined)) return undefined;
  let next = 0;
  return template.replace(TOKEN, () => values[next++] ?? '');
}

function valueOf(token: string, context: JsonObject, today: Date): string | undefined {
  const [, field] = /^context\.(\w+)$/.exec(token) ?? [];
  if (field !== undefined) return plain(context[field]);
  const type = Object.hasOwn(USER_TYPES, token) ? USER_TYPES[token] : undefined;
  if (type !== undefined) {
    const { userId } = context;
    return typeof userId === 'string' && userId.startsWith(`${type}/`)
      ? userId.slice(type.length + 1)
      : undefined;
  }
  const [isToday, sign = '+', days = '0'] = TODAY.exec(token) ?? [];
  if (isToday === undefined) return undefined;
  const shift = Math.min(Number(days), 100_000) * DAY_MS * (sign === '-' ? -1 : 1);
  return new Date(today.getTime() + shift).toISOString().slice(0, 10);
}

function plain(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  const isList = Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string');
  return isList ? value.join(',') : undefined;
}

/** The templates of a discovery entry; anything that is not text is left out (D-6 tells). */
export function templatesOf(prefetch: unknown): [key: string, template: string][] {
  if (!isJsonObject(prefetch)) return [];
  return Object.entries(prefetch).flatMap(([key, template]) =>
    typeof template === 'string' ? [[key, template] as [string, string]] : [],
  );
}
