/**
 * How often a day: Timing as a number of times. Null and half-readable timings are told apart, because a sentence beside the
 * data may fill in what is not stated, never what is stated and cannot be read.
 *
 * @see https://hl7.org/fhir/R4/datatypes.html#Timing; cards/definitions.yaml (`dose`)
 */
import { isJsonObject } from '../json.ts';
import type { Chart } from './chart.ts';
import { codingsOf } from './concepts.ts';
import { exactly, readOften, type Span, type Stated } from './dose-text.ts';
import { daysPer } from './medications.ts';
import { significant } from './ucum.ts';

type Repeat = Readonly<Record<string, unknown>>;

/** Times a day of a Dosage's timing; code and repeat say the same thing twice, so both must agree where both are readable. */
export function timesPerDay(timing: unknown, chart: Chart): Stated<Span> {
  if (timing === undefined) return 'none';
  if (!isJsonObject(timing)) return 'unreadable';
  const byCode = fromCode(timing['code'], chart);
  const byRepeat = fromRepeat(timing['repeat'], chart);
  if (byRepeat === 'unreadable' || byCode === 'unreadable') return 'unreadable';
  if (byRepeat === 'none') return byCode === 'none' && timing['event'] !== undefined ? 'unreadable' : byCode;
  if (byCode === 'none') return byRepeat;
  return byCode.low === byRepeat.low && byCode.high === byRepeat.high ? byRepeat : 'unreadable';
}

/** A code of the list, or its text as in an instruction ("Daily"); a site's own code without such a text says nothing. */
function fromCode(code: unknown, chart: Chart): Stated<Span> {
  if (!isJsonObject(code)) return 'none';
  const { timingSystems, timingCodes } = chart.definitions.dose;
  const rates = codingsOf(code)
    .filter(({ system }) => timingSystems.includes(system))
    .map(({ code: name }) => (Object.hasOwn(timingCodes, name) ? timingCodes[name] : undefined));
  const [first] = rates;
  if (first !== undefined) return rates.length === 1 ? rate(...first) : 'unreadable';
  if (rates.length > 0) return 'unreadable';
  return readOften(code['text'], chart) ?? 'none';
}

function rate(count: number, days: number): Span {
  return exactly(significant(count / days));
}

const BOUNDS: ReadonlySet<string> = new Set(['boundsPeriod', 'boundsDuration', 'boundsRange']);

function fromRepeat(repeat: unknown, chart: Chart): Stated<Span> {
  if (repeat === undefined) return 'none';
  if (!isJsonObject(repeat)) return 'unreadable';
  // When the course starts and ends says nothing about how often.
  if (Object.keys(repeat).every((key) => BOUNDS.has(key))) return 'none';
  // A fixed number of doses is a course, not an amount a day.
  if (repeat['count'] !== undefined || repeat['countMax'] !== undefined) return 'unreadable';
  const span = inPeriod(repeat, chart);
  if (span === null) return 'unreadable';
  const { mostTimesPerDay, leastEveryDays } = chart.definitions.dose;
  const usable =
    span.low >= significant(1 / leastEveryDays) && span.high <= mostTimesPerDay && span.high >= span.low;
  return usable ? span : 'unreadable';
}

/** Frequency in a period, or the events of a day; on some days of the week only. */
function inPeriod(repeat: Repeat, chart: Chart): Span | null {
  const events = eventsPerDay(repeat, chart);
  const days = listed(repeat['dayOfWeek'], 7);
  if (events === 'unreadable' || days === 'unreadable') return null;
  const frequency = frequencyOf(repeat, events);
  const period = periodOf(repeat, days, chart);
  if (frequency === null || period === null) return null;
  // Events of a day and a frequency are the same statement twice: "2 a day" with MORN and EVE.
  if (
    events !== 'none' &&
    !(period.from === 1 && period.to === 1 && frequency.low === events && frequency.high === events)
  )
    return null;
  if (days === 'none')
    return { low: significant(frequency.low / period.to), high: significant(frequency.high / period.from) };
  return onDays(frequency, period, days);
}

interface Period {
  /** Days. */
  readonly from: number;
  readonly to: number;
}

/** Once when not stated (R4), unless the events of the day are counted. */
function frequencyOf({ frequency, frequencyMax }: Repeat, events: Stated<number>): Span | null {
  const low = frequency ?? (typeof events === 'number' ? events : 1);
  const high = frequencyMax ?? low;
  return typeof low === 'number' && typeof high === 'number' && low > 0 && high >= low ? { low, high } : null;
}

/** One day when only events or days of the week are given. */
function periodOf(repeat: Repeat, days: Stated<number>, chart: Chart): Period | null {
  const { period, periodMax, periodUnit, when, timeOfDay } = repeat;
  if (period === undefined && periodUnit === undefined && periodMax === undefined)
    return days !== 'none' || when !== undefined || timeOfDay !== undefined ? { from: 1, to: 1 } : null;
  const unit = daysPer(periodUnit, chart);
  const last = periodMax ?? period;
  if (typeof period !== 'number' || typeof last !== 'number' || unit === null) return null;
  const [from, to] = [period * unit, last * unit];
  return from > 0 && to >= from ? { from, to } : null;
}

/** "Daily on Mo, We, Fr" or "3 a week on Mo, We, Fr"; other combinations can be read in two ways. */
function onDays(frequency: Span, { from, to }: Period, days: number): Span | null {
  if (from !== to) return null;
  const week = 7;
  if (from === 1)
    return {
      low: significant((frequency.low * days) / week),
      high: significant((frequency.high * days) / week),
    };
  if (from !== week || frequency.low !== days || frequency.high !== days) return null;
  return rate(days, week);
}

/** How many of `repeat.when` or `timeOfDay` there are a day; meals in general cannot be counted. */
function eventsPerDay({ when, timeOfDay, frequency }: Repeat, chart: Chart): Stated<number> {
  const [meals, times] = [listed(when, 10), listed(timeOfDay, 24)];
  if (meals === 'unreadable' || times === 'unreadable') return 'unreadable';
  if (meals !== 'none' && times !== 'none') return 'unreadable';
  if (times !== 'none') return times;
  if (meals === 'none') return 'none';
  const once = chart.definitions.dose.oncePerDayEvents;
  const countable = Array.isArray(when) && when.every((event) => once.includes(String(event)));
  if (countable) return meals;
  // "3 a day with meals": the frequency counts them.
  return frequency === undefined ? 'unreadable' : 'none';
}

/** Length of a list of different words. */
function listed(value: unknown, most: number): Stated<number> {
  if (value === undefined) return 'none';
  if (!Array.isArray(value) || value.length === 0 || value.length > most) return 'unreadable';
  return new Set(value).size === value.length && value.every((one) => typeof one === 'string')
    ? value.length
    : 'unreadable';
}
