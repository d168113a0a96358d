/** What the insights page is asked: range and filter from the query string, every problem told in words. Pure. */
import { isoDay, parseDay, readFhirDate } from '../facts/fhir-date.ts';
import { onceEach } from './query-string.ts';

export interface Question {
  /** UTC days, both counted. */
  readonly from: string;
  readonly to: string;
  readonly client?: string;
  readonly service?: string;
}

export const DEFAULT_DAYS = 28;
export const MOST_DAYS = 1100;
const LONGEST_CLIENT = 200;
const DATE_FORM = /^\d{4}-\d{2}-\d{2}$/;
const EARLIEST = '2000-01-01';
const LATEST = '2100-01-01';

export interface Asked {
  /** The default where something is wrong. */
  readonly question: Question;
  /** For the reader; empty when all is well. Never repeats what was sent. */
  readonly problems: readonly string[];
}

/**
 * @param services ids that may be asked for.
 * @param today UTC day, `YYYY-MM-DD`.
 */
export function readQuestion(search: string, services: readonly string[], today: string): Asked {
  const { values, problems: twice } = onceEach(search, ['from', 'to', 'client', 'service', 'format']);
  const problems = [...twice];
  const dateOf = (name: 'from' | 'to'): string | undefined => {
    const value = values[name];
    if (value === undefined || isDay(value)) return value;
    problems.push(`${name === 'from' ? 'From' : 'To'} must be a day of the calendar such as ${today}.`);
    return undefined;
  };
  const to = dateOf('to') ?? today;
  const from = dateOf('from') ?? isoDay(parseDay(to) - DEFAULT_DAYS + 1);
  const { client, service } = values;
  if (from > to) problems.push('From must not be after To.');
  else if (parseDay(to) - parseDay(from) >= MOST_DAYS)
    problems.push(`At most ${String(MOST_DAYS)} days can be counted at once.`);
  if (client !== undefined && (client.length > LONGEST_CLIENT || /\p{Cc}/u.test(client)))
    problems.push('There is no client of this name.');
  if (service !== undefined && !services.includes(service)) problems.push('There is no such service.');
  if (problems.length > 0)
    return { problems, question: { from: isoDay(parseDay(today) - DEFAULT_DAYS + 1), to: today } };
  return {
    problems,
    question: {
      from,
      to,
      ...(client === undefined ? {} : { client }),
      ...(service === undefined ? {} : { service }),
    },
  };
}

function isDay(value: string): boolean {
  return DATE_FORM.test(value) && value >= EARLIEST && value < LATEST && readFhirDate(value) !== null;
}

/** The question as a query string, for links. */
export function searchOf({ from, to, client, service }: Question, format?: string): string {
  const parts = new URLSearchParams({ from, to });
  if (client !== undefined) parts.set('client', client);
  if (service !== undefined) parts.set('service', service);
  if (format !== undefined) parts.set('format', format);
  return parts.toString();
}
