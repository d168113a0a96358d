/**
 * The Markdown of our own cards as plain text for a narrow column: headings with a colon, items with a dash, no marks. Pure.
 *
 * Only the subset that render.ts writes is known: bold headings, lists, links, backslash escapes and the two entities of
 * `escapeMarkdown`. What came from the record stays inert also where a client renders the text as Markdown or HTML after all.
 */

/** An escape, an entity, a bold mark, or a link. A link ends at the first bracket: its address holds none. */
const MARKS = /\\([\\`*_[\]|~])|&(amp|lt);|\*\*|\[((?:[^[\]\\]|\\.)*)\]\((https?:[^()\s]+)\)/g;
const BARE_URL = / ?<?https?:\/\/[^\s<>]*[^\s<>.,;:)]>?/g;

/**
 * @param detail Markdown as render.ts writes it.
 * @param urls false takes addresses out: they stand in the card's own links, and an EHR may strip them from text.
 */
export function asPlainText(detail: string, { urls }: { readonly urls: boolean }): string {
  return detail
    .split('\n')
    .map((line) => plainLine(urls ? line : withoutUrls(line)))
    .join('\n')
    .replace(/^(.+:)\n\n(?=- )/gm, '$1\n')
    .trim();
}

function withoutUrls(line: string): string {
  return line
    .replace(/\]\(https?:[^()\s]+\)/g, '](https:x)')
    .replace(BARE_URL, '')
    .trimEnd();
}

function plainLine(line: string): string {
  const [, heading] = /^\*\*([^*]+)\*\*$/.exec(line) ?? [];
  if (heading !== undefined) return `${inert(heading)}:`;
  return inert(
    line.replace(MARKS, (_, escaped?: string, entity?: string, label?: string, url?: string) => {
      if (escaped !== undefined) return escaped;
      if (entity !== undefined) return entity === 'lt' ? '< ' : '&';
      if (label === undefined || url === undefined) return '';
      return url === 'https:x' ? label : `${label} (${url})`;
    }),
  );
}

/** A link of Markdown needs its brackets side by side, a tag its name at the bracket. */
function inert(text: string): string {
  return text.replace(/\](?=[([:])/g, '] ').replace(/<(?=[A-Za-z/!?])/g, '< ');
}
