/** Numbers that are honest with few cases. Pure. */

/** Below this no rate is given: with few cases a percentage says more than is known. */
export const FEWEST = 10;

/** A share of cases. `percent` and its 95 % interval are null below `FEWEST` cases. */
export interface Rate {
  readonly count: number;
  readonly of: number;
  readonly percent: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** Normal quantile for 95 %, two-sided. */
const Z = 1.959964;

/**
 * The share with its Wilson score interval, in percent to one decimal.
 *
 * @see Wilson EB, J Am Stat Assoc 1927;22:209-212.
 */
export function rateOf(count: number, of: number): Rate {
  if (of < FEWEST) return { count, of, percent: null, low: null, high: null };
  const share = count / of;
  const weight = 1 + Z ** 2 / of;
  const centre = (share + Z ** 2 / (2 * of)) / weight;
  const half = (Z / weight) * Math.sqrt((share * (1 - share)) / of + Z ** 2 / (4 * of ** 2));
  return {
    count,
    of,
    percent: tenth(share * 100),
    // The bounds are 0 and 100 exactly where nothing or everything counted; rounding noise must not say otherwise.
    low: tenth(Math.max(0, count === 0 ? 0 : centre - half) * 100),
    high: tenth(Math.min(1, count === of ? 1 : centre + half) * 100),
  };
}

/** How many of something there were for each 100 calls; null below `FEWEST` calls. It may exceed 100. */
export function per100(count: number, calls: number): number | null {
  return calls < FEWEST ? null : tenth((count / calls) * 100);
}

export interface Tally {
  readonly ms: number;
  readonly count: number;
}

/**
 * The value that so many percent of the cases do not exceed (nearest rank), or null when the cases are too few to have one beyond
 * it: 10 for the median and the 90th, 20 for the 95th, 100 for the 99th.
 *
 * @param tallies cases by value, in rising order of the value.
 */
export function percentile(tallies: readonly Tally[], percent: number): number | null {
  const total = tallies.reduce((sum, { count }) => sum + count, 0);
  if (total < Math.max(FEWEST, Math.round(100 / (100 - percent)))) return null;
  const rank = Math.ceil((percent / 100) * total);
  let seen = 0;
  for (const { ms, count } of tallies) {
    seen += count;
    if (seen >= rank) return ms;
  }
  return null;
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
