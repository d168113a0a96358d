/** HTML as text that cannot be broken out of: everything that is put in is escaped, unless it is HTML already. */

export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Content = Html | string | number | null | undefined | readonly Content[];

export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Html {
  return new Html(parts.map((part, index) => part + show(contents[index])).join(''));
}

function show(content: Content): string {
  if (content === null || content === undefined) return '';
  if (content instanceof Html) return content.text;
  if (typeof content === 'object') return content.map(show).join('');
  return escapeHtml(String(content));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

export interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
}

export interface TableOptions {
  readonly caption: string;
  readonly columns: readonly Column[];
  /** The first cell of a row is its header. */
  readonly rows: readonly (readonly Content[])[];
}

/** A table that scrolls by itself where it is too wide, also by keyboard. */
export function table({ caption, columns, rows }: TableOptions): Html {
  const kind = (index: number): Html => new Html(columns[index]?.isNumber === true ? ' class="number"' : '');
  const head = columns.map(({ title }, index) => html`<th scope="col" ${kind(index)}>${title}</th>`);
  const body = rows.map(
    ([first, ...others]) =>
      html`<tr>
        <th scope="row">${first}</th>
        ${others.map((cell, index) => html`<td${kind(index + 1)}>${cell}</td>`)}
      </tr> `,
  );
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div> `;
}

export function details(summary: string, content: Html): Html {
  return html`<details>
    <summary>${summary}</summary>
    ${content}
  </details> `;
}

/** `12,345`. */
export function whole(n: number): string {
  return n.toLocaleString('en-US');
}
