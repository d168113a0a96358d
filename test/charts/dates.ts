/** Dates around the windows of the recommendations, as calendar text relative to an evaluation date. */
import fc from 'fast-check';
import { addMonths, isoDay, parseDay } from '../../src/facts/fhir-date.ts';

/** Evaluation dates: an ordinary one, two month ends that clamp, and a leap day. */
export const EVALUATION_DATES = ['2026-01-15', '2026-03-31', '2025-02-28', '2024-02-29'] as const;

/** `months` months before `today`, then `days` days later (negative: earlier). */
export function ago(today: string, months: number, days = 0): string {
  return isoDay(addMonths(parseDay(today), -months) + days);
}

const MONTHS = [1, 2, 3, 6, 7, 10, 12, 15, 17, 18, 23, 24, 25, 35, 36, 37, 48, 60, 61, 119, 120, 121];
const DAYS = [0, 1, 7, 8, 13, 14, 28, 29, 30, 31, 42, 84, 89, 90, 91, 180];

/** A day in the past: next to the end of a window, some days ago, or anywhere in 12 years; rarely ahead. */
export function pastDay(today: string, most = 150): fc.Arbitrary<string> {
  const months = MONTHS.filter((one) => one <= most);
  return fc.oneof(
    {
      weight: 60,
      arbitrary: fc
        .tuple(fc.constantFrom(...months), fc.constantFrom(0, -1, 1, -9))
        .map(([month, day]) => ago(today, month, day)),
    },
    { weight: 50, arbitrary: fc.constantFrom(...DAYS).map((days) => ago(today, 0, -days)) },
    { weight: 30, arbitrary: fc.integer({ min: 0, max: 12 * 365 }).map((days) => ago(today, 0, -days)) },
    { weight: 1, arbitrary: fc.constantFrom(1, 2, 40).map((days) => ago(today, 0, days)) },
  );
}

/** A day within the last `days` days. */
export function lately(today: string, days: number): fc.Arbitrary<string> {
  return fc.integer({ min: 0, max: days }).map((count) => ago(today, 0, -count));
}

/** Mostly a day; sometimes with a time, rarely without day or month, once in a while nonsense. */
export function written(day: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return day.chain((text) =>
    fc.oneof(
      { weight: 300, arbitrary: fc.constant(text) },
      {
        weight: 50,
        arbitrary: fc
          .constantFrom('T08:30:00Z', 'T14:05:00+02:00', 'T09:10:00-05:00', 'T23:30:00-08:00')
          .map((time) => `${text}${time}`),
      },
      { weight: 10, arbitrary: fc.constant(text.slice(0, 7)) },
      { weight: 5, arbitrary: fc.constant(text.slice(0, 4)) },
      { weight: 2, arbitrary: fc.constantFrom('2025-02-30', 'yesterday', '') },
    ),
  );
}

const DATE_KEY =
  /(?:Date|DateTime|Instant)$|^(?:start|end|issued|authoredOn|dateAsserted|onsetDateTime|recordedDate|birthDate)$/;
const FHIR_DATE = /^(\d{4})(?=$|-\d\d(?:$|-\d\d(?:$|T)))/;

/**
 * The same JSON with every date `years` years later.
 *
 * 28 years: between 1901 and 2099 leap years and weekdays repeat with that period, so every distance in days, every month
 * end and every birthday (29 February included) stays as it was.
 */
export function shiftDates<T>(json: T, years: number): T {
  return JSON.parse(
    JSON.stringify(json, (key, value: unknown) =>
      typeof value === 'string' && DATE_KEY.test(key) ? shiftDate(value, years) : value,
    ),
  ) as T;
}

export function shiftDate(text: string, years: number): string {
  return text.replace(FHIR_DATE, (_, year: string) => String(Number(year) + years).padStart(4, '0'));
}
