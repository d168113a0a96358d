/** Which recommendations a reader of the catalogue asks for, from the query string. Pure. */
import type { Entry } from './catalogue-schema.ts';
import { onceEach } from './query-string.ts';

export const HOOK_CHOICES = ['patient-view', 'order-select', 'order-sign', 'encounter-discharge'] as const;
export const MODE_CHOICES = ['show', 'silent', 'off'] as const;
export const REVIEW_CHOICES = ['draft', 'approved'] as const;
const LONGEST_TEXT = 200;

export interface CatalogueFilter {
  /** Words that all must occur, anywhere in what a reader sees of it. */
  readonly q?: string;
  readonly hook?: string;
  readonly mode?: string;
  readonly review?: string;
}

/** Problems are told in words and repeat nothing that was sent; what is wrong does not filter. */
export function readFilter(search: string): {
  readonly filter: CatalogueFilter;
  readonly isFull: boolean;
  readonly problems: readonly string[];
} {
  const { values, problems: twice } = onceEach(search, ['q', 'hook', 'mode', 'review', 'view']);
  const { q, view } = values;
  const problems = [...twice];
  const choice = (name: 'hook' | 'mode' | 'review', choices: readonly string[]): Record<string, string> => {
    const value = values[name];
    if (value === undefined) return {};
    if (choices.includes(value)) return { [name]: value };
    problems.push(`The parameter ${name} must be one of ${choices.join(', ')}.`);
    return {};
  };
  if (q !== undefined && q.length > LONGEST_TEXT)
    problems.push(`A search has at most ${String(LONGEST_TEXT)} characters.`);
  return {
    filter: {
      ...(q === undefined || q.length > LONGEST_TEXT ? {} : { q }),
      ...choice('hook', HOOK_CHOICES),
      ...choice('mode', MODE_CHOICES),
      ...choice('review', REVIEW_CHOICES),
    },
    isFull: view === 'full',
    problems,
  };
}

export function filtered(
  entries: readonly Entry[],
  { q, hook, mode, review }: CatalogueFilter,
): readonly Entry[] {
  const words = (q ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return entries.filter(
    (one) =>
      (hook === undefined || one.hooks.some((at) => at.hook === hook)) &&
      (mode === undefined || one.mode.effective === mode) &&
      (review === undefined || one.review.status === review) &&
      (words.length === 0 || hasAll(textOf(one), words)),
  );
}

function hasAll(text: string, words: readonly string[]): boolean {
  return words.every((word) => text.includes(word));
}

const texts = new WeakMap<Entry, string>();

/** Everything of an entry that is words, in small letters; made once. */
function textOf(entry: Entry): string {
  const known = texts.get(entry);
  if (known !== undefined) return known;
  const text = wordsIn(entry).join('\n').toLowerCase();
  texts.set(entry, text);
  return text;
}

function wordsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(wordsIn) : [];
}

/** The filter as a query string, for links. */
export function searchOf(filter: CatalogueFilter, view?: 'full'): string {
  const parts = new URLSearchParams(
    Object.entries(filter).filter(([, value]) => value !== undefined) as [string, string][],
  );
  if (view !== undefined) parts.set('view', view);
  return parts.toString();
}
