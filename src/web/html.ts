/** HTML by tagged template: whatever is not itself `Html` is escaped, so that no text of a record or a policy becomes markup. */

/** Markup that `html` has made. A class, because nothing that comes in as JSON can be an instance of it. */
export class Html {
  readonly markup: string;
  // Makes the type nominal: an object with the same members is not one.
  readonly #made = true;

  constructor(markup: string) {
    this.markup = markup;
  }

  /** Whether it is one by construction, not by shape. */
  static is(value: unknown): value is Html {
    return typeof value === 'object' && value !== null && #made in value && value.#made;
  }
}

/** `false`, `null` and `undefined` give nothing, so that `condition && html` reads well; lists are joined. */
export type HtmlValue = Html | string | number | false | null | undefined | readonly HtmlValue[];

/**
 * Markup with its values escaped for text and for quoted attributes.
 *
 * Attributes must be quoted, and values do not belong inside `<script>` or `<style>`: the pages have neither inline.
 */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const markup = parts.map((part, index) => part + markupOf(values[index]));
  return new Html(markup.join(''));
}

function markupOf(value: HtmlValue): string {
  if (Html.is(value)) return value.markup;
  if (value === false || value === null || value === undefined) return '';
  if (typeof value === 'object') return value.map(markupOf).join('');
  return escapeHtml(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
