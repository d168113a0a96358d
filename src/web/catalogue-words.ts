/** Words for parts of the catalogue, the same on the pages and in docs/recommendations.md. */
import type { Entry, ParameterEntry, SuggestionEntry } from './catalogue-schema.ts';

interface Value {
  readonly value: number | boolean;
  readonly si?: { readonly value: number; readonly unit: string };
}

/** `20 ng/mL = 50 nmol/L`; `yes` and `no` for a switch. */
export function valueWords({ value, si }: Value, unit: string): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  const twin = si === undefined ? '' : ` = ${String(si.value)} ${si.unit}`;
  return `${String(value)} ${unit}${twin}`;
}

/** Where the value in force comes from, and what the guideline says when that differs. */
export function originWords({ from, guideline, unit, value, si }: ParameterEntry): string {
  if (from === 'guideline') return 'guideline';
  const said = valueWords(guideline, unit);
  const isSame = valueWords({ value, ...(si === undefined ? {} : { si }) }, unit) === said;
  const who = from === 'site' ? 'set by this site' : 'article preset';
  return isSame ? `${who}, same as the guideline` : `${who}; guideline: ${said}`;
}

export function modeWords({ effective, asked, isForWantOfApproval }: Entry['mode']): string {
  if (isForWantOfApproval) return 'silent: this version is not approved';
  return effective === asked ? effective : `${effective} (asked: ${asked})`;
}

export function approvalWords({ state, by, date, version }: Entry['approval']): string {
  const who = [by, date].filter((part) => part !== undefined).join(', ');
  if (state === 'none') return 'not approved by this site';
  if (state === 'other-version') return `approved for version ${version ?? ''} (${who}), not for this one`;
  return `approved by ${who}${version === undefined ? '' : ` (version ${version})`}`;
}

export function reviewWords({ status, by, date }: Entry['review']): string {
  const who = [by, date].filter((part) => part !== undefined).join(', ');
  return who === '' ? status : `${status} (${who})`;
}

/** What a suggestion does when it is accepted. */
export function orderWords({ order, text }: SuggestionEntry): string {
  if (order === undefined) return 'deletes the draft order';
  return text === undefined ? order.title : `${order.title} (${text})`;
}

export function dueWords({ occurrence }: SuggestionEntry): string {
  if (occurrence === undefined) return '';
  const { fromDays, toDays, from } = occurrence;
  const range =
    fromDays === 0 ? `within ${String(toDays)} days` : `${String(fromDays)} to ${String(toDays)} days`;
  return from === 'event' ? `${range} after the event` : fromDays === 0 ? range : `${range} from now`;
}

/** How long feedback quiets it for a patient. */
export function quietWords({ quiet, hooks }: Entry): string {
  const never = hooks.map(({ hook }) => hook).filter((hook) => !quiet.hooks.includes(hook));
  if (quiet.hooks.length === 0) return 'Order-time safety: no feedback quiets it.';
  const days = `Without a reason: ${daysWords(quiet.noReasonDays)}; with a reason of the site's own: ${daysWords(quiet.otherReasonDays)}; after an accepted suggestion: until it should be done, and ${daysWords(quiet.acceptedGraceDays)} more.`;
  return never.length === 0 ? days : `${days} Never on ${never.join(', ')}.`;
}

export function daysWords(days: number): string {
  return days === 1 ? '1 day' : `${String(days)} days`;
}

export function partWords({
  recommendation,
  part,
}: {
  readonly recommendation: string;
  readonly part?: string;
}): {
  readonly before: string;
  readonly id: string;
} {
  return { before: part === undefined ? '' : `the part ${part} of `, id: recommendation };
}

/** An exclusion, with the hooks where it holds when that is not everywhere. */
export function exclusionWords({ what, hooks }: Entry['exclusions'][number], one: Entry): string {
  return hooks.length === one.hooks.length ? what : `${what} (${hooks.join(', ')})`;
}
