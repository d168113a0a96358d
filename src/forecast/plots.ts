/** Plots as SVG without scripts: bars, histograms with limits, gains and losses. Each stands beside a table with its numbers. */
import { html, whole, type Html } from './html.ts';

const WIDTH = 900;
const NARROW = 680;
/** Room for labels at the left, and how many letters fit into it. */
const LABELS = 380;
const MOST_LETTERS = 50;

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly shown: string;
  /** Class of the colour. */
  readonly kind: string;
}

/** Horizontal bars from nought; labels in full at the left. */
export function bars(title: string, rows: readonly Bar[]): Html {
  const [row, left, right] = [22, LABELS, 90];
  const most = Math.max(1, ...rows.map(({ value }) => value));
  const height = rows.length * row + 8;
  const lines = rows.map(({ label, value, shown, kind }, index) => {
    const y = index * row + 4;
    const length = (value / most) * (WIDTH - left - right);
    return html`<text x="${left - 8}" y="${y + 14}" text-anchor="end">${cut(label)}</text
      ><rect
        class="${kind}"
        x="${left}"
        y="${y + 2}"
        width="${round(Math.max(length, value > 0 ? 1 : 0))}"
        height="${row - 6}"
        rx="2"
      /><text class="value" x="${round(left + length + 6)}" y="${y + 14}">${shown}</text>`;
  });
  return svg(
    title,
    WIDTH,
    height,
    html`<line class="axis" x1="${left}" x2="${left}" y1="0" y2="${height}" />${lines}`,
  );
}

function cut(text: string): string {
  return text.length <= MOST_LETTERS ? text : `${text.slice(0, MOST_LETTERS - 1)}…`;
}

export interface Mark {
  readonly at: number;
  readonly label: string;
}

export interface HistogramPlot {
  readonly title: string;
  readonly unit: string;
  readonly from: number;
  readonly to: number;
  readonly bins: readonly number[];
  readonly marks: readonly Mark[];
}

/** Upright bins with an axis below and a dashed line at each limit, numbered where lines lie close together. */
export function histogram({ title, unit, from, to, bins, marks }: HistogramPlot): Html {
  const [left, top, plot, bottom] = [56, 14 + 14 * marks.length, 150, 40];
  const width = NARROW - left - 16;
  const most = Math.max(1, ...bins);
  const x = (value: number): number => round(left + ((value - from) / (to - from)) * width);
  const base = top + plot;
  const columns = bins.map((n, index) => {
    const height = (n / most) * plot;
    const at = left + (index / bins.length) * width;
    return n === 0
      ? null
      : html`<rect
          class="bin"
          x="${round(at + 0.5)}"
          y="${round(base - Math.max(height, 1))}"
          width="${round(width / bins.length - 1)}"
          height="${round(Math.max(height, 1))}"
        />`;
  });
  const ticks = ticksOf(from, to).map(
    (value) =>
      html`<line class="axis" x1="${x(value)}" x2="${x(value)}" y1="${base}" y2="${base + 4}" /><text
          class="tick"
          x="${x(value)}"
          y="${base + 17}"
          text-anchor="middle"
          >${value}</text
        >`,
  );
  const limits = marks.map(({ at, label }, index) => {
    const y = 12 + index * 14;
    const end = at > (from + to) / 2;
    return html`<line class="limit" x1="${x(at)}" x2="${x(at)}" y1="${y + 3}" y2="${base}" /><text
        class="mark"
        x="${x(at) + (end ? -4 : 4)}"
        y="${y + 6}"
        text-anchor="${end ? 'end' : 'start'}"
        >${label}</text
      >`;
  });
  return svg(
    title,
    NARROW,
    base + bottom,
    html`<text class="tick" x="${left - 8}" y="${top + 6}" text-anchor="end">${whole(most)}</text
      ><text class="tick" x="${left - 8}" y="${base}" text-anchor="end">0</text>${columns}<line
        class="axis"
        x1="${left}"
        x2="${left + width}"
        y1="${base}"
        y2="${base}"
      />${ticks}<text class="tick" x="${left + width / 2}" y="${base + 34}" text-anchor="middle">${unit}</text
      >${limits}`,
  );
}

/** Five to nine round numbers. */
function ticksOf(from: number, to: number): readonly number[] {
  const rough = (to - from) / 8;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((one) => one * power >= rough) ?? 10) * power;
  const first = Math.ceil(from / step);
  const last = Math.floor(to / step);
  return Array.from({ length: last - first + 1 }, (_, index) => round((first + index) * step));
}

export interface Swing {
  readonly label: string;
  readonly gains: number;
  readonly loses: number;
}

/** Losses to the left, gains to the right. */
export function swings(title: string, rows: readonly Swing[]): Html {
  const [row, left] = [22, LABELS];
  const half = (WIDTH - left) / 2;
  const middle = left + half;
  const most = Math.max(1, ...rows.map(({ gains, loses }) => Math.max(gains, loses)));
  const height = rows.length * row + 8;
  const lines = rows.map(({ label, gains, loses }, index) => {
    const y = index * row + 4;
    const length = (n: number): number => round((n / most) * (half - 60));
    const side = (n: number, sign: 1 | -1, kind: string): Html | null =>
      n === 0
        ? null
        : html`<rect
              class="${kind}"
              x="${sign === 1 ? middle : round(middle - length(n))}"
              y="${y + 2}"
              width="${Math.max(length(n), 1)}"
              height="${row - 6}"
              rx="2"
            /><text
              class="value"
              x="${round(middle + sign * (length(n) + 6))}"
              y="${y + 14}"
              text-anchor="${sign === 1 ? 'start' : 'end'}"
              >${sign === 1 ? '+' : '\u2212'}${whole(n)}</text
            >`;
    return html`<text x="${left - 8}" y="${y + 14}" text-anchor="end">${cut(label)}</text
      >${side(loses, -1, 'loses')}${side(gains, 1, 'gains')}`;
  });
  return svg(
    title,
    WIDTH,
    height,
    html`<line class="axis" x1="${middle}" x2="${middle}" y1="0" y2="${height}" />${lines}`,
  );
}

/** Shares of one whole as a bar for a table cell. */
export function shares(title: string, parts: readonly { readonly n: number; readonly kind: string }[]): Html {
  const all = parts.reduce((sum, { n }) => sum + n, 0);
  let at = 0;
  const pieces = parts.map(({ n, kind }) => {
    const width = all === 0 ? 0 : (n / all) * 160;
    const piece = html`<rect class="${kind}" x="${round(at)}" y="0" width="${round(width)}" height="12" />`;
    at += width;
    return piece;
  });
  return html`<svg
    class="shares"
    viewBox="0 0 160 12"
    width="160"
    height="12"
    role="img"
    aria-label="${title}"
  >
    ${pieces}
  </svg>`;
}

function svg(title: string, width: number, height: number, content: Html): Html {
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Plot: ${title}">
    <svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">${content}</svg>
  </div> `;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
