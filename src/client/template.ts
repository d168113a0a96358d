/**
 * Prefetch templates as a client without FHIRPath fills them.
 *
 * A context value is put into a query only when it is a FHIR id, `Type/id`, or a list of these: anything else could change
 * what the query asks for.
 *
 * @see https://cds-hooks.hl7.org/2.0/#prefetch-template
 */
import { isJsonObject, type JsonObject } from '../json.ts';

/** No brace inside, so that no text makes the search slow. */
const TOKEN = /\{\{([^{}]*)\}\}/g;
/** The tokens for the current user, and the type of `context.userId` for which each has a value. */
export const USER_TYPES: Readonly<Record<string, string>> = {
  userPractitionerId: 'Practitioner',
  userPractitionerRoleId: 'PractitionerRole',
  userPatientId: 'Patient',
  userRelatedPersonId: 'RelatedPerson',
};
export const TODAY = /^today\(\)(?:\s*([+-])\s*(\d+)\s*days?)?$/;
const DAY_MS = 86_400_000;
const ID_OR_REFERENCE = /^(?:[A-Z][A-Za-z]{0,60}\/)?[A-Za-z0-9\-.]{1,64}$/;

export function tokensOf(template: string): string[] {
  return [...template.matchAll(TOKEN)].map(([, token = '']) => token.trim());
}

export function withoutTokens(template: string, replacement = ''): string {
  return template.replace(TOKEN, replacement);
}

/**
 * The template as a query, or undefined when the context has nothing usable for a token: the client then leaves the key out.
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
  if (field !== undefined) return Object.hasOwn(context, field) ? plain(context[field]) : undefined;
  const type = Object.hasOwn(USER_TYPES, token) ? USER_TYPES[token] : undefined;
  if (type !== undefined) {
    const userId = plain(context['userId']);
    return userId?.startsWith(`${type}/`) === true ? userId.slice(type.length + 1) : undefined;
  }
  const [isToday, sign = '+', days = '0'] = TODAY.exec(token) ?? [];
  if (isToday === undefined) return undefined;
  const shift = Math.min(Number(days), 100_000) * DAY_MS * (sign === '-' ? -1 : 1);
  return new Date(today.getTime() + shift).toISOString().slice(0, 10);
}

function plain(value: unknown): string | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const isUsable = list.length > 0 && list.every((one) => typeof one === 'string' && isIdOrReference(one));
  return isUsable ? list.join(',') : undefined;
}

/** "." and ".." would be FHIR ids by the letter of the standard, but they climb in a URL. */
function isIdOrReference(text: string): boolean {
  return ID_OR_REFERENCE.test(text) && !/(?:^|\/)\.{1,2}$/.test(text);
}

/** The templates of a discovery entry; anything that is not text is left out. */
export function templatesOf(prefetch: unknown): [key: string, template: string][] {
  if (!isJsonObject(prefetch)) return [];
  return Object.entries(prefetch).flatMap(([key, template]) =>
    typeof template === 'string' ? [[key, template] as [string, string]] : [],
  );
}
