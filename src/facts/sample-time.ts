/** Time of day of a sample, for results that depend on it (units.md 2, testosterone). */
import { isJsonObject } from '../json.ts';
import type { Result } from './results.ts';

const TIME = /^\d{4}-\d{2}-\d{2}T(\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?([+-]\d{2}:\d{2})?$/;

/**
 * Local hour of collection as written, 9.5 for 09:30.
 *
 * @returns null when it is not stated: a date only, a time in UTC (`Z`, which is a place's local time only by chance), only
 * the time of issue, or exactly midnight, which is how many systems write a date.
 */
export function localHour({ observation }: Result): number | null {
  const period = isJsonObject(observation['effectivePeriod']) ? observation['effectivePeriod'] : {};
  const written =
    observation['effectiveDateTime'] ?? period['end'] ?? period['start'] ?? observation['effectiveInstant'];
  const match = typeof written === 'string' && written.length <= 40 ? TIME.exec(written) : null;
  if (match === null) return null;
  const hour = Number(match[1]) + Number(match[2]) / 60;
  return hour === 0 ? null : hour;
}

const SECONDS_PER_HOUR = 3600;
const HOURS_PER_DAY = 24;

/** Hours between two samples; by whole days when one of them has no time of day. */
export function hoursBetween(a: Result, b: Result): number {
  const timed = [a, b].every((one) => localHour(one) !== null || hasInstant(one));
  if (timed) return Math.abs(a.date.order - b.date.order) / SECONDS_PER_HOUR;
  const [earlier, later] = a.date.first <= b.date.first ? [a, b] : [b, a];
  return Math.max(0, later.date.first - earlier.date.last) * HOURS_PER_DAY;
}

/** A time in UTC has no local hour but is an instant all the same. */
function hasInstant({ observation }: Result): boolean {
  const written = observation['effectiveDateTime'] ?? observation['effectiveInstant'];
  return typeof written === 'string' && written.endsWith('Z');
}
