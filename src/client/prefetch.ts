/**
 * Fills the prefetch templates of a service from the EHR's own FHIR server, all at once.
 *
 * Unknown is not absent: a key is null only when the server looked and has nothing; what failed, was late or cannot be asked is left
 * out, and the reason is told. Templates come from the service and are not trusted: they reach nothing but `Type/id` and
 * `Type?query` below the FHIR server's base URL.
 *
 * @see https://cds-hooks.hl7.org/2.0/#prefetch-template
 */
import { isJsonObject, type JsonObject } from '../json.ts';
import { baseUrl } from './base-url.ts';
import { exchange, orAborted } from './exchange.ts';
import { fill, templatesOf } from './template.ts';

/**
 * Reads one query, such as `Patient/1` or `Observation?patient=1`, from a FHIR server.
 *
 * @returns the resource or Bundle; null when the server looked and has nothing; undefined when it is not known. A rejection counts as not known.
 */
export type ReadFhir = (query: string, signal: AbortSignal) => Promise<unknown>;

export interface FhirServer {
  readonly url: string;
  /** Goes to this server alone, never to the service. */
  readonly accessToken?: string | (() => string | Promise<string>);
}

export type FhirSource = ReadFhir | FhirServer;

/** `no-value`: the context lacks what the template needs. `refused`: no query below the FHIR server. `failed`: no usable answer. `late`. */
export type Omission = 'no-value' | 'refused' | 'failed' | 'late';

export interface FilledPrefetch {
  readonly prefetch: Readonly<Record<string, unknown>>;
  /** Why a key of the service is not in `prefetch`. */
  readonly omitted: Readonly<Record<string, Omission>>;
}

const MOST_KEYS = 100;
const MOST_QUERY = 8000;
const MOST_BYTES = 10 * 1024 * 1024;
/** A read or a search of one type. No other operation, host, path or fragment. */
const QUERY = /^([A-Z][A-Za-z]{1,60})(?:\/(?!\.{1,2}$)[A-Za-z0-9\-.]{1,64}|\?[^#\s\\{}]+)$/;

/** The reader for a source; a bad address is told at once. @throws ClientError `ERR_OPTIONS`. */
export function readerOf(source: FhirSource, allowPlainHttp: boolean): ReadFhir {
  if (typeof source === 'function') return source;
  const base = baseUrl(source.url, 'fhir.url', allowPlainHttp);
  const { accessToken } = source;
  return async (query, signal) => {
    const token = typeof accessToken === 'function' ? await accessToken() : accessToken;
    const { status, json } = await exchange({
      method: 'GET',
      url: `${base}/${query}`,
      accept: 'application/fhir+json',
      token,
      mostBytes: MOST_BYTES,
      signal,
    });
    // Deleted. A 404 may as well mean a wrong address or a type that the server does not have.
    if (status === 410) return null;
    return status === 200 ? json : undefined;
  };
}

/**
 * @param templates the `prefetch` of a discovery entry.
 * @param today for `{{today()}}`.
 */
export async function fillPrefetch(
  templates: Readonly<Record<string, string>> | undefined,
  context: JsonObject,
  read: ReadFhir,
  { signal, today = new Date() }: { readonly signal: AbortSignal; readonly today?: Date },
): Promise<FilledPrefetch> {
  const all = templatesOf(templates).map(async ([key, template], index) => {
    const query = index < MOST_KEYS ? queryOf(template, context, today) : ({ omission: 'refused' } as const);
    return { key, ...('omission' in query ? query : await ask(query.query, read, signal)) };
  });
  const answers = await Promise.all(all);
  return {
    prefetch: Object.fromEntries(answers.flatMap((one) => ('value' in one ? [[one.key, one.value]] : []))),
    omitted: Object.fromEntries(
      answers.flatMap((one) => ('omission' in one ? [[one.key, one.omission]] : [])),
    ),
  };
}

type Asked = { readonly value: unknown } | { readonly omission: Omission };

function queryOf(
  template: string,
  context: JsonObject,
  today: Date,
): { readonly query: string } | { readonly omission: Omission } {
  if (template.length > MOST_QUERY) return { omission: 'refused' };
  const query = fill(template, context, today);
  if (query === undefined) return { omission: 'no-value' };
  return query.length <= MOST_QUERY && QUERY.test(query) ? { query } : { omission: 'refused' };
}

async function ask(query: string, read: ReadFhir, signal: AbortSignal): Promise<Asked> {
  try {
    const value = await orAborted(read(query, signal), signal);
    if (value === null || isEmptySearch(value)) return { value: null };
    return isAnswer(value, query) ? { value } : { omission: 'failed' };
  } catch {
    return { omission: signal.aborted ? 'late' : 'failed' };
  }
}

/** A search gives a Bundle, a read the resource that was asked for. */
function isAnswer(value: unknown, query: string): boolean {
  if (!isJsonObject(value)) return false;
  const [type = '', id] = query.split('?', 1)[0]?.split('/') ?? [];
  return id === undefined
    ? value['resourceType'] === 'Bundle'
    : value['resourceType'] === type && value['id'] === id;
}

/** No entry, no further page, and no total that says otherwise. */
function isEmptySearch(value: unknown): boolean {
  if (!isJsonObject(value) || value['resourceType'] !== 'Bundle') return false;
  const { entry = [], link = [], total = 0 } = value;
  const hasNext = Array.isArray(link) && link.some((one) => isJsonObject(one) && one['relation'] === 'next');
  return Array.isArray(entry) && entry.length === 0 && total === 0 && !hasNext;
}
