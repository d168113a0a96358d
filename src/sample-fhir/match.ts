/**
 * Whether a resource has one of the values that a search parameter asks for, and what it sorts by.
 *
 * @see https://hl7.org/fhir/R4/search.html
 */
import type { Resource } from '../facts/record.ts';
import { isJsonObject } from '../json.ts';
import { COMPARISONS, spanOf, spanOfElement, type Comparison, type Span } from './dates.ts';
import type { SearchParameter } from './search-parameters.ts';

export type Matcher = (resource: Resource) => boolean;

/**
 * @param values alternatives, unescaped: one of them must match.
 * @returns undefined when a value cannot be read, such as a date that is none.
 */
export function matcherOf(parameter: SearchParameter, values: readonly string[]): Matcher | undefined {
  switch (parameter.kind) {
    case 'token':
      return byToken(parameter, values);
    case 'reference':
      return byReference(parameter, values);
    case 'date':
      return byDate(parameter, values);
    case 'string':
      return byString(parameter, values);
  }
}

/** `code`, `system|code`, `|code` (no system), `system|` (any code of it). */
function byToken({ elements }: SearchParameter, values: readonly string[]): Matcher {
  const asked = new Set(values);
  const codes = new Set(values.map((value) => value.slice(value.lastIndexOf('|') + 1)));
  return (resource) =>
    elementsOf(resource, elements)
      .flatMap(tokensOf)
      .some(({ system, code }) =>
        system === undefined
          ? codes.has(code)
          : asked.has(code) || asked.has(`${system}|${code}`) || (system !== '' && asked.has(`${system}|`)),
      );
}

interface Token {
  /** Empty without one; undefined where the element itself implies it, as `status` does. */
  readonly system: string | undefined;
  readonly code: string;
}

/** Of a code, boolean, Coding, CodeableConcept or Identifier. */
function tokensOf(element: unknown): readonly Token[] {
  if (typeof element === 'string' || typeof element === 'boolean')
    return [{ system: undefined, code: String(element) }];
  if (!isJsonObject(element)) return [];
  if (Array.isArray(element['coding'])) return element['coding'].flatMap(tokensOf);
  const { system, code = element['value'] } = element;
  return typeof code === 'string' ? [{ system: typeof system === 'string' ? system : '', code }] : [];
}

/** `id`, `Type/id`, or an absolute URL that ends so. */
function byReference({ elements, target }: SearchParameter, values: readonly string[]): Matcher {
  const asked = new Set(
    values.map((value) => {
      const [, plain = value] = /^https?:\/\/[^?#]*\/([A-Za-z]+\/[^/]+)$/.exec(value) ?? [];
      return plain.includes('/') || target === undefined ? plain : `${target}/${plain}`;
    }),
  );
  return (resource) =>
    elementsOf(resource, elements).some((element) => {
      const found = isJsonObject(element) ? element['reference'] : undefined;
      if (typeof found !== 'string') return false;
      return asked.has(found) || (target === undefined && asked.has(found.slice(found.indexOf('/') + 1)));
    });
}

function byDate({ elements }: SearchParameter, values: readonly string[]): Matcher | undefined {
  const asked = values.map(readAsked);
  if (asked.includes(undefined)) return undefined;
  return (resource) =>
    elementsOf(resource, elements)
      .map(spanOfElement)
      .some((found) => found !== undefined && asked.some((one) => one?.compare(found, one.span)));
}

function readAsked(value: string): { readonly compare: Comparison; readonly span: Span } | undefined {
  const [, prefix = 'eq', date = ''] = /^([a-z]{2})?(.*)$/s.exec(value) ?? [];
  const compare = Object.hasOwn(COMPARISONS, prefix) ? COMPARISONS[prefix] : undefined;
  const span = spanOf(date);
  return compare === undefined || span === undefined ? undefined : { compare, span };
}

/** The beginning of any part, whatever the case and the accents. */
function byString({ elements }: SearchParameter, values: readonly string[]): Matcher {
  const asked = values.map(folded);
  return (resource) =>
    elementsOf(resource, elements)
      .filter((element) => typeof element === 'string')
      .map(folded)
      .some((found) => asked.some((one) => found.startsWith(one)));
}

function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** What a resource sorts by; undefined sorts last. */
export function sortKeyOf(
  { kind, elements }: SearchParameter,
  resource: Resource,
): string | number | undefined {
  const [first] = elementsOf(resource, elements);
  if (kind === 'date') return spanOfElement(first)?.from;
  if (kind === 'token') return tokensOf(first)[0]?.code;
  if (kind === 'string') return typeof first === 'string' ? folded(first) : undefined;
  return isJsonObject(first) && typeof first['reference'] === 'string' ? first['reference'] : undefined;
}

function elementsOf(resource: Resource, elements: readonly string[]): readonly unknown[] {
  const [only] = elements;
  // Most parameters look at one element, and every resource of the type is looked at.
  if (elements.length === 1 && only !== undefined && !only.includes('.')) return membersOf(resource, only);
  return elements.flatMap((element) =>
    element
      .split('.')
      .reduce<readonly unknown[]>((found, name) => found.flatMap((one) => membersOf(one, name)), [resource]),
  );
}

function membersOf(value: unknown, name: string): readonly unknown[] {
  if (!isJsonObject(value) || !Object.hasOwn(value, name)) return [];
  const member = value[name];
  return Array.isArray(member) ? member : [member];
}
