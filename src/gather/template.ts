import { isJsonObject } from '../json.ts';

/** `no-value`: the hook call has nothing for a token, so the question does not arise; `refused`: the value is no FHIR id. */
export type FilledTemplate =
  | { readonly state: 'filled'; readonly path: string }
  | { readonly state: 'no-value' }
  | { readonly state: 'refused' };

const TOKEN = /\{\{\s*([^{}]*?)\s*\}\}/g;

/**
 * Fills the context tokens of a prefetch template and encodes its query.
 *
 * `|` becomes `%7C`; the commas that separate the values of one parameter stay, since some servers split before they decode.
 *
 * @param template written plain, not percent-encoded; only tokens `{{context.<field>}}`.
 * @returns a path relative to the FHIR base.
 * @see https://cds-hooks.hl7.org/2.0/#prefetch-tokens
 */
export function fillTemplate(template: string, context: unknown): FilledTemplate {
  const values = [...template.matchAll(TOKEN)].map(([, token = '']) => contextValue(token, context));
  if (values.includes(undefined)) return { state: 'no-value' };
  if (!values.every(isFhirId)) return { state: 'refused' };
  let next = 0;
  return { state: 'filled', path: encodePath(template.replace(TOKEN, () => values[next++] ?? '')) };
}

function contextValue(token: string, context: unknown): string | undefined {
  const [, field] = /^context\.([A-Za-z]+)$/.exec(token) ?? [];
  if (field === undefined || !isJsonObject(context) || !Object.hasOwn(context, field)) return undefined;
  const value = context[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** R4 allows dots in ids; an id that is nothing but a dot segment would leave the resource type's path. */
function isFhirId(value: string | undefined): value is string {
  return value !== undefined && /^[A-Za-z0-9\-.]{1,64}$/.test(value) && !/^\.{1,2}$/.test(value);
}

function encodePath(path: string): string {
  const [instance = '', ...query] = path.split('?');
  if (query.length === 0) return instance;
  return `${instance}?${query.join('?').split('&').map(encodeParameter).join('&')}`;
}

function encodeParameter(parameter: string): string {
  const [name = '', ...value] = parameter.split('=');
  const values = value.join('=').split(',').map(encodeURIComponent);
  return `${encodeURIComponent(name)}=${values.join(',')}`;
}
