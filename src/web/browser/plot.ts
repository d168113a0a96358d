/** A small course of one value: its points over time, and the limits that the recommendation compares it with. */
import { el, svg } from './dom.ts';

export interface Point {
  /** Epoch day. */
  readonly day: number;
  readonly label: string;
  readonly value: number;
  readonly comparator?: string;
}

export interface Limit {
  readonly name: string;
  readonly value: number;
}

const WIDTH = 340;
const HEIGHT = 108;
const LEFT = 8;
const RIGHT = 132;
const TOP = 12;
const BOTTOM = 24;

/**
 * @param points oldest first, at least one.
 * @param limits values in the unit of the points; those far off the scale are listed in the caption only.
 */
export function plot(
  what: string,
  unit: string,
  points: readonly Point[],
  limits: readonly Limit[],
): HTMLElement {
  const values = points.map(({ value }) => value);
  const near = limits.filter(({ value }) => isNear(value, values));
  const [low, high] = rangeOf([...values, ...near.map(({ value }) => value)]);
  const days = points.map(({ day }) => day);
  const first = Math.min(...days);
  const span = Math.max(...days) - first;
  const x = (day: number): number =>
    LEFT + 4 + (span === 0 ? 0.5 : (day - first) / span) * (WIDTH - LEFT - RIGHT - 8);
  const y = (value: number): number => TOP + ((high - value) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const path = points.map(
    ({ day, value }, index) => `${index === 0 ? 'M' : 'L'}${x(day).toFixed(1)} ${y(value).toFixed(1)}`,
  );
  const words = points.map(({ label, value, comparator = '' }) => `${label}: ${comparator}${value} ${unit}`);
  return el(
    'figure',
    { class: 'plot' },
    svg(
      'svg',
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        role: 'img',
        'aria-label': `${what} over time. ${words.join('; ')}. Limits: ${limits.map(limitWords(unit)).join(', ') || 'none'}.`,
      },
      ...apart(near.map((limit) => ({ ...limit, at: y(limit.value) }))).map(({ name, value, at, text }) =>
        svg(
          'g',
          { class: 'plot-limit' },
          svg('line', { x1: LEFT, x2: WIDTH - RIGHT, y1: at, y2: at }),
          svg('text', { x: WIDTH - RIGHT + 6, y: text + 3.5 }, `${name} ${value}`),
        ),
      ),
      points.length > 1 && svg('path', { class: 'plot-line', d: path.join(' ') }),
      ...points.map(({ day, value }) =>
        svg('circle', { class: 'plot-point', cx: x(day), cy: y(value), r: 3.5 }),
      ),
      ...valueLabels(points, x, y),
      svg('text', { class: 'plot-axis', x: LEFT, y: HEIGHT - 6 }, points[0]?.label ?? ''),
      points.length > 1 &&
        svg(
          'text',
          { class: 'plot-axis', x: WIDTH - RIGHT, y: HEIGHT - 6, 'text-anchor': 'end' },
          points.at(-1)?.label ?? '',
        ),
    ),
    el(
      'figcaption',
      {},
      unit === '' ? what : `${what}, ${unit}`,
      points.length > 1 ? `, ${points.length} newest values` : '',
    ),
  );
}

function limitWords(unit: string): (limit: Limit) => string {
  return ({ name, value }) => `${name} ${value} ${unit}`;
}

/** The newest value, and the one before when it does not touch. */
function valueLabels(
  points: readonly Point[],
  x: (day: number) => number,
  y: (value: number) => number,
): SVGTextElement[] {
  return points.slice(-1).map(({ day, value, comparator = '' }) => {
    const below = y(value) < TOP + 8;
    return svg(
      'text',
      {
        class: 'plot-value',
        x: x(day),
        y: y(value) + (below ? 15 : -7),
        'text-anchor': points.length > 1 ? 'end' : 'middle',
      },
      `${comparator}${value}`,
    );
  });
}

/** A limit more than three times the spread away would flatten the course. */
function isNear(limit: number, values: readonly number[]): boolean {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const reach = Math.max(high - low, Math.abs(high) * 0.6, 1) * 3;
  return limit >= low - reach && limit <= high + reach;
}

function rangeOf(values: readonly number[]): readonly [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const room = (high - low) * 0.12 || Math.abs(high) * 0.2 || 1;
  return [low - room, high + room];
}

/** Texts of limits that are close together move apart, so that each can be read. */
function apart<T extends { readonly at: number }>(limits: readonly T[]): (T & { readonly text: number })[] {
  let last = -Infinity;
  return [...limits]
    .sort((a, b) => a.at - b.at)
    .map((limit) => {
      last = Math.max(limit.at, last + 12);
      return { ...limit, text: last };
    });
}
