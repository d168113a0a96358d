import { isNew, type QueryResult, type Resource, type Seen, type UnknownReason } from '../facts/record.ts';
import type { Answer, Page } from './prefetch.ts';

export interface PageLimits {
  /** Pages of one query, the first included. */
  readonly pages: number;
  /** Entries of one query after which no further page is asked for. */
  readonly entries: number;
}

/** How the pages after the first are had. */
export interface PageSource {
  /** The link as an absolute URL that may be requested, or undefined when it may not. */
  resolve(link: string): string | undefined;
  get(url: string): Promise<Answer>;
}

/**
 * All pages of one answer, in the order received, each resource once.
 *
 * What cannot be followed (no access, a link out of the base, a link that repeats, the caps) leaves the answer incomplete: what was
 * read stays usable, but nothing may be called missing.
 *
 * @param source absent when the FHIR server may not be asked.
 * @see https://hl7.org/fhir/R4/http.html#paging
 */
export async function collectPages(
  first: Page,
  source: PageSource | undefined,
  limits: PageLimits,
): Promise<QueryResult> {
  const pages = [first];
  const visited = new Set<string>();
  let reason: UnknownReason | undefined;
  let next = first.next;
  while (next !== undefined && reason === undefined) {
    const url = isFull(pages, limits) ? undefined : source?.resolve(next);
    const answer = url === undefined || visited.has(url) ? TRUNCATED : await source?.get(url);
    if (url !== undefined) visited.add(url);
    if (answer?.usable) pages.push(answer.page);
    else reason = answer?.reason ?? 'truncated';
    next = answer?.usable ? answer.page.next : undefined;
  }
  return asResult(pages, reason);
}

const TRUNCATED: Answer = { usable: false, reason: 'truncated' };

function isFull(pages: readonly Page[], limits: PageLimits): boolean {
  return (
    pages.length >= limits.pages || sum(pages.map(({ resources }) => resources.length)) >= limits.entries
  );
}

function asResult(pages: readonly Page[], pagingReason: UnknownReason | undefined): QueryResult {
  const resources = withoutRepeats(pages.flatMap((page) => page.resources));
  const reason =
    pages.find((page) => page.reason !== undefined)?.reason ?? pagingReason ?? shortOfTotal(pages);
  return reason === undefined ? { state: 'complete', resources } : { state: 'incomplete', resources, reason };
}

/** Bundle.total counts all matches: fewer entries without a next link means that the client cut the list. */
function shortOfTotal(pages: readonly Page[]): UnknownReason | undefined {
  const total = Math.max(0, ...pages.map((page) => page.total ?? 0));
  return total > sum(pages.map(({ matches }) => matches)) ? 'truncated' : undefined;
}

/** A Bundle joined from several searches, and pages that shift while they are read, hold a resource twice. */
function withoutRepeats(resources: readonly Resource[]): readonly Resource[] {
  const seen: Seen = new Map();
  return resources.filter((resource) => isNew(resource, seen));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
