/**
 * FHIR dates as whole days, without a clock and without a time zone database.
 *
 * A day is a number: days since 1970-01-01 in the proleptic Gregorian calendar. A partial date (`2024`, `2024-05`) is an
 * interval of days; code that needs one day must decide what the interval proves (clinical/units.md, section 4).
 *
 * @see https://hl7.org/fhir/R4/datatypes.html#dateTime
 */

/** Days since 1970-01-01. */
export type Day = number;

export interface FhirDate {
  /** The calendar date as written, precision as received: `2024`, `2024-05` or `2024-05-17`. */
  readonly text: string;
  readonly first: Day;
  readonly last: Day;
  /** Seconds since 1970-01-01T00:00 for ordering only; date-only values sort at the start of their day. */
  readonly order: number;
}

const DATE_TIME =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,12})?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/;

const SECONDS_PER_DAY = 86_400;

/** The results of one visit share their date, so most texts have been read before; bounded, and made anew when full. */
const MOST_KEPT = 2000;
let kept = new Map<string, FhirDate | null>();

/**
 * Reads a FHIR date, dateTime or instant.
 *
 * The calendar date is the one written, which is the local date of collection (units.md 4). A local time without zone
 * occurs in real data and is accepted.
 *
 * @returns null for anything that is not a possible date: wrong type, wrong form, 30 February, hour 25.
 */
export function readFhirDate(value: unknown): FhirDate | null {
  if (typeof value !== 'string' || value.length > 40) return null;
  let date = kept.get(value);
  if (date === undefined) {
    date = parseFhirDate(value);
    if (kept.size >= MOST_KEPT) kept = new Map();
    kept.set(value, date);
  }
  return date;
}

function parseFhirDate(value: string): FhirDate | null {
  const match = DATE_TIME.exec(value);
  if (!match) return null;
  const [, yearText, monthText, dayText, hour, minute, second, zone] = match;
  const year = Number(yearText);
  if (year < 1) return null;
  if (monthText === undefined) return interval(String(yearText), dayOf(year, 1, 1), dayOf(year, 12, 31));
  const month = Number(monthText);
  if (month < 1 || month > 12) return null;
  const length = daysInMonth(year, month);
  if (dayText === undefined) return interval(value, dayOf(year, month, 1), dayOf(year, month, length));
  const date = Number(dayText);
  if (date < 1 || date > length) return null;
  const day = dayOf(year, month, date);
  const seconds = secondsOfDay(hour, minute, second, zone);
  if (seconds === null) return null;
  return Object.freeze({
    text: value.slice(0, 10),
    first: day,
    last: day,
    order: day * SECONDS_PER_DAY + seconds,
  });
}

function interval(text: string, first: Day, last: Day): FhirDate {
  return Object.freeze({ text, first, last, order: first * SECONDS_PER_DAY });
}

function secondsOfDay(hour?: string, minute?: string, second?: string, zone?: string): number | null {
  if (hour === undefined) return 0;
  const [h, m, s] = [Number(hour), Number(minute), Number(second ?? 0)];
  const offset = offsetSeconds(zone);
  if (h > 23 || m > 59 || s > 60 || offset === null) return null;
  return h * 3600 + m * 60 + s - offset;
}

/** FHIR allows offsets up to 14:00; more is an error of the sender, like hour 25. */
function offsetSeconds(zone?: string): number | null {
  if (zone === undefined || zone === 'Z') return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4, 6))];
  return hours > 14 || minutes > 59 ? null : sign * (hours * 3600 + minutes * 60);
}

/** Day number of a calendar date (days-from-civil; exact for every year). */
export function dayOf(year: number, month: number, date: number): Day {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + date - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** Calendar date of a day number, as [year, month, date]. */
export function civil(day: Day): readonly [number, number, number] {
  const z = day + 719_468;
  const era = Math.floor(z / 146_097);
  const doe = z - era * 146_097;
  const yoe = Math.floor(
    (doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365,
  );
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const date = doy - Math.floor((153 * mp + 2) / 5) + 1;
  const month = mp < 10 ? mp + 3 : mp - 9;
  return [yoe + era * 400 + (month <= 2 ? 1 : 0), month, date];
}

/** `YYYY-MM-DD` of a day number. */
export function isoDay(day: Day): string {
  const [year, month, date] = civil(day);
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(date, 2)}`;
}

/**
 * Day number of an ISO date with day precision, for `today` and `--as-of`.
 *
 * @throws RangeError when the text is not `YYYY-MM-DD` or not a possible date.
 */
export function parseDay(text: string): Day {
  const date = readFhirDate(text);
  if (!date || text.length !== 10)
    throw new RangeError(`not a date of the form YYYY-MM-DD: ${text.slice(0, 20)}`);
  return date.first;
}

/** The same date `months` later (negative: earlier), cut to the end of the month (units.md 4). */
export function addMonths(day: Day, months: number): Day {
  const [year, month, date] = civil(day);
  const index = year * 12 + (month - 1) + months;
  const y = Math.floor(index / 12);
  const m = index - y * 12 + 1;
  return dayOf(y, m, Math.min(date, daysInMonth(y, m)));
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

/** Whether a date lies in [from, to]: true or false when the whole date does or does not, undefined when it straddles. */
export function isWithin(date: Pick<FhirDate, 'first' | 'last'>, from: Day, to: Day): boolean | undefined {
  if (date.first >= from && date.last <= to) return true;
  if (date.last < from || date.first > to) return false;
  return undefined;
}

/** Completed years between birth and a day, as the youngest and oldest possible age. */
export interface Age {
  readonly min: number;
  readonly max: number;
}

/**
 * Age in completed years on a day. A partial birth date gives a range (units.md 4).
 */
export function ageOn(birth: FhirDate, day: Day): Age {
  return { min: completedYears(birth.last, day), max: completedYears(birth.first, day) };
}

function completedYears(birth: Day, day: Day): number {
  const [by, bm, bd] = civil(birth);
  const [y, m, d] = civil(day);
  return y - by - (m < bm || (m === bm && d < bd) ? 1 : 0);
}
