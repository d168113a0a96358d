/** Tables of the governance pages: a caption, column heads, and rows whose first cell is their head. */
import { html, type Html } from './html.ts';

export type Cell = Html | string | number;

export interface TableParts {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Columns, from 0, that hold numbers, sentences and bars. */
  readonly numbers?: readonly number[];
  readonly prose?: readonly number[];
  readonly bars?: readonly number[];
}

/** 12,345 */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

function shown(cell: Cell): Html | string {
  return typeof cell === 'number' ? grouped(cell) : cell;
}

/** A wide table scrolls in its own frame, which the keyboard can reach, and never the page. */
export function table({ caption, head, rows, numbers = [], prose = [], bars = [] }: TableParts): Html {
  const kind = (column: number): string =>
    numbers.includes(column)
      ? 'number'
      : prose.includes(column)
        ? 'prose'
        : bars.includes(column)
          ? 'bar-cell'
          : '';
  return html`<div class="table-scroll" role="region" aria-label="${caption}" tabindex="0">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head.map((name, column) => html`<th scope="col" class="${kind(column)}">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([first = '', ...others]) =>
            html`<tr>
              <th scope="row" class="${kind(0)}">${shown(first)}</th>
              ${others.map((cell, index) => html`<td class="${kind(index + 1)}">${shown(cell)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Words and numbers in pairs. */
export function pairs(rows: readonly (readonly [string, Cell])[]): Html {
  return html`<dl class="pairs">
    ${rows.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${shown(value)}</dd>
        </div>`,
    )}
  </dl>`;
}
