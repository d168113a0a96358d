/**
 * One type-level search: parameters, filters, order, one page of a searchset Bundle.
 *
 * Unknown parameters are passed over, and the self link shows which ones counted; with `Prefer: handling=strict` they are refused.
 *
 * @see https://hl7.org/fhir/R4/search.html
 */
import { ServiceError } from '../errors.ts';
import type { Resource } from '../facts/record.ts';
import { matcherOf, sortKeyOf, type Matcher } from './match.ts';
import { parametersOf, type SearchParameter } from './search-parameters.ts';

export interface SearchRequest {
  readonly type: string;
  /** Of the URL and of the form, in this order. */
  readonly parameters: URLSearchParams;
  readonly strict: boolean;
  /** FHIR base for links and fullUrls. */
  readonly base: string;
}

/** A page is never longer, whatever `_count` says. */
export const LARGEST_PAGE = 1000;
/** Each parameter given is one more condition on every resource. */
const MOST_PARAMETERS = 30;
/** In all parameters together; our own templates have a few dozen. */
const MOST_VALUES = 2000;
/** Say how the answer is written, not what is in it: JSON is all there is. */
const PRESENTATION: ReadonlySet<string> = new Set(['_format', '_pretty']);
const OFFSET = '_offset';

/**
 * @param resources all of the type, in their natural order.
 * @throws ServiceError ERR_NOT_FOUND for a type that is not served; ERR_BAD_REQUEST, with the parameter, for a value that cannot be
 *   read, a modifier, too many parameters, or (strict) a parameter that is not known.
 */
export function search(request: SearchRequest, resources: readonly Resource[]): Resource {
  const known = parametersOf(request.type);
  if (known === undefined) throw new ServiceError('ERR_NOT_FOUND', 'resource type is not served');
  const plan = planOf(request, known);
  const found = inOrder(
    resources.filter((resource) => plan.filters.every((matches) => matches(resource))),
    plan.sort,
  );
  return bundleOf(request, plan, found);
}

interface SortKey {
  readonly parameter: SearchParameter;
  readonly sign: 1 | -1;
}

interface Plan {
  readonly filters: readonly Matcher[];
  readonly sort: readonly SortKey[];
  readonly count: number;
  readonly offset: number;
  readonly countOnly: boolean;
  /** What counted, for the links. */
  readonly used: readonly (readonly [string, string])[];
}

function planOf(
  { parameters, strict }: SearchRequest,
  known: Readonly<Record<string, SearchParameter>>,
): Plan {
  const given = [...parameters].filter(([, value]) => value !== '');
  const values = given.reduce((sum, [, value]) => sum + value.split(',').length, 0);
  if (given.length > MOST_PARAMETERS || values > MOST_VALUES)
    throw new ServiceError('ERR_BAD_REQUEST', 'too many search parameters or values');
  const filters: Matcher[] = [];
  const used: [string, string][] = [];
  let sort: readonly SortKey[] = [];
  let count = LARGEST_PAGE;
  let offset = 0;
  let countOnly = false;
  for (const [name, value] of given) {
    if (name === '_count') {
      count = Math.min(wholeNumber(name, value), LARGEST_PAGE);
      countOnly ||= count === 0;
    } else if (name === OFFSET) offset = wholeNumber(name, value);
    else if (name === '_sort') sort = sortOf(value, known, strict);
    else if (name === '_summary' && value === 'count') countOnly = true;
    else if (PRESENTATION.has(name)) continue;
    else {
      const filter = filterOf(name, value, known, strict);
      if (filter === undefined) continue;
      filters.push(filter);
    }
    if (name !== OFFSET) used.push([name, value]);
  }
  return { filters, sort, count, offset, countOnly, used };
}

function wholeNumber(name: string, value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw badParameter(name, 'not a whole number');
  return Number(value);
}

/** Undefined when the parameter is not known and that is allowed. */
function filterOf(
  name: string,
  value: string,
  known: Readonly<Record<string, SearchParameter>>,
  strict: boolean,
): Matcher | undefined {
  const [plain = '', modifier] = name.split(':');
  const parameter = Object.hasOwn(known, plain) ? known[plain] : undefined;
  if (parameter === undefined) {
    if (strict) throw badParameter(name, 'unknown search parameter');
    return undefined;
  }
  // R4: a modifier that the server does not support is refused in any case, because it changes what is asked.
  if (modifier !== undefined) throw badParameter(name, 'search modifier');
  const matcher = matcherOf(parameter, alternativesIn(value));
  if (matcher === undefined) throw badParameter(name, 'unreadable value');
  return matcher;
}

/** A comma separates alternatives, unless a backslash stands before it; so with `$`, `|` and `\`. */
function alternativesIn(value: string): readonly string[] {
  return (value.match(/(?:\\.|[^,\\]|\\$)+/gs) ?? []).map((one) => one.replace(/\\([\\,$|])/g, '$1'));
}

function sortOf(
  value: string,
  known: Readonly<Record<string, SearchParameter>>,
  strict: boolean,
): readonly SortKey[] {
  return value.split(',').flatMap((one): SortKey[] => {
    const name = one.replace(/^-/, '');
    const parameter = Object.hasOwn(known, name) ? known[name] : undefined;
    if (parameter !== undefined) return [{ parameter, sign: one.startsWith('-') ? -1 : 1 }];
    if (strict) throw badParameter('_sort', 'unknown sort parameter');
    return [];
  });
}

/** What has no value comes last, up or down; what is equal keeps its order. */
function inOrder(resources: readonly Resource[], sort: readonly SortKey[]): readonly Resource[] {
  if (sort.length === 0) return resources;
  const keyed = resources.map((resource) => ({
    resource,
    keys: sort.map(({ parameter }) => sortKeyOf(parameter, resource)),
  }));
  keyed.sort((a, b) => {
    const differences = sort.map(({ sign }, index) => compare(a.keys[index], b.keys[index], sign));
    return differences.find((difference) => difference !== 0) ?? 0;
  });
  return keyed.map(({ resource }) => resource);
}

function compare(a: string | number | undefined, b: string | number | undefined, sign: 1 | -1): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return a < b ? -sign : sign;
}

function bundleOf({ type, base }: SearchRequest, plan: Plan, found: readonly Resource[]): Resource {
  const { count, offset, countOnly, used } = plan;
  const page = countOnly ? [] : found.slice(offset, offset + count);
  const link = (relation: string, at: number): unknown => {
    const query = new URLSearchParams(used.map(([name, value]) => [name, value]));
    if (at > 0) query.set(OFFSET, String(at));
    return { relation, url: `${base}/${type}${query.size === 0 ? '' : `?${query.toString()}`}` };
  };
  const hasNext = !countOnly && offset + page.length < found.length && page.length > 0;
  const entry = page.map((resource) => ({
    fullUrl: `${base}/${type}/${String(resource.id)}`,
    resource,
    search: { mode: 'match' },
  }));
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: found.length,
    link: [
      link('self', offset),
      ...(offset > 0 && !countOnly ? [link('previous', Math.max(0, offset - count))] : []),
      ...(hasNext ? [link('next', offset + count)] : []),
    ],
    ...(entry.length === 0 ? {} : { entry }),
  };
}

/** The name is told only when it looks like one. */
function badParameter(name: string, what: string): ServiceError {
  const isName = /^[A-Za-z_][A-Za-z_:-]{0,40}$/.test(name);
  return new ServiceError('ERR_BAD_REQUEST', what, isName ? { pointers: [`/${name}`] } : {});
}
