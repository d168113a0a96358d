/** Parts that the pages of the catalogue and of the insights share. */
import { html, type Html } from './html.ts';

/** Class of the chip that shows a mode. */
export const MODE_CHIPS = { show: 'chip-good', silent: 'chip-warning', off: '' } as const;

/** @param isBeside whether the page that holds the link is itself a recommendation's. */
export function recommendationLink(id: string, words: string, isBeside = false): Html {
  return html`<a href="${isBeside ? '' : 'recommendations/'}${id}">${words}</a>`;
}

export function problemList(problems: readonly string[]): Html | '' {
  return problems.length === 0
    ? ''
    : html`<div class="problems" role="alert">
        <ul>
          ${problems.map((problem) => html`<li>${problem}</li>`)}
        </ul>
      </div>`;
}
