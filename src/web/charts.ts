/**
 * Charts as SVG made on the server: bars without text beside the numbers that they show, so that nothing shrinks on a small screen
 * and everything prints. Fills come from classes; the picture is hidden from assistive technology, which reads the numbers.
 */
import { html, type Html } from './html.ts';

/** One part of a bar; `kind` is a class of the style sheet. */
export interface Part {
  readonly kind: string;
  readonly count: number;
}

/** A bar whose full width is `of`; its parts follow each other from the left. */
export function bar(parts: readonly Part[], of: number): Html {
  let left = 0;
  const rects = parts.map(({ kind, count }) => {
    const width = of === 0 ? 0 : (count / of) * 100;
    const rect = html`<rect
      class="fill-${kind}"
      x="${rounded(left)}"
      width="${rounded(width)}"
      height="10"
    />`;
    left += width;
    return rect;
  });
  return html`<svg
    class="bar"
    viewBox="0 0 100 10"
    preserveAspectRatio="none"
    aria-hidden="true"
    focusable="false"
  >
    <rect class="fill-ground" width="100" height="10" />
    ${rects}
  </svg>`;
}

/** A rate and its interval on a line from 0 to 100. */
export function interval({
  percent,
  low,
  high,
}: {
  readonly percent: number;
  readonly low: number;
  readonly high: number;
}): Html {
  return html`<svg
    class="bar"
    viewBox="0 0 100 10"
    preserveAspectRatio="none"
    aria-hidden="true"
    focusable="false"
  >
    <rect class="fill-ground" width="100" height="10" />
    <rect
      class="fill-spread"
      x="${rounded(low)}"
      y="3"
      width="${rounded(Math.max(high - low, 0.5))}"
      height="4"
    />
    <rect class="fill-point" x="${rounded(Math.max(percent - 0.75, 0))}" width="1.5" height="10" />
  </svg>`;
}

/** Columns side by side, each of parts from the bottom up; the highest fills the height. */
export function columns(all: readonly (readonly Part[])[]): Html {
  const totals = all.map((parts) => parts.reduce((sum, { count }) => sum + count, 0));
  const most = Math.max(1, ...totals);
  const width = 1000 / Math.max(1, all.length);
  const gap = Math.min(width * 0.2, 6);
  return html`<svg
    class="columns"
    viewBox="0 0 1000 100"
    preserveAspectRatio="none"
    aria-hidden="true"
    focusable="false"
  >
    <rect class="fill-ground" width="1000" height="100" />
    ${all.map((parts, index) => {
      let top = 100;
      return parts.map(({ kind, count }) => {
        const height = (count / most) * 100;
        top -= height;
        return html`<rect
          class="fill-${kind}"
          x="${rounded(index * width + gap / 2)}"
          y="${rounded(top)}"
          width="${rounded(width - gap)}"
          height="${rounded(height)}"
        />`;
      });
    })}
  </svg>`;
}

/** What the fills mean. */
export function legend(entries: readonly { readonly kind: string; readonly words: string }[]): Html {
  return html`<ul class="legend">
    ${entries.map(
      ({ kind, words }) =>
        html`<li>
          <svg viewBox="0 0 10 10" aria-hidden="true" focusable="false">
            <rect class="fill-${kind}" width="10" height="10" />
          </svg>
          ${words}
        </li>`,
    )}
  </ul>`;
}

function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}
