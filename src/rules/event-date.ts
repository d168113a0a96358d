/** How a card dates a condition: shared, so that "recorded on" and a missing date read the same everywhere. */
import type { Evidence } from '../facts/fact.ts';

/** `dated 2025-03-01`, `recorded on 2025-03-01`, `history, date unknown` (clarifications G5), `date not stated`: newest entry. */
export function showEvent(evidence: readonly Evidence[]): string {
  const [newest] = [...evidence].sort(newestFirst);
  if (newest?.date === undefined)
    return newest?.note?.startsWith('history') === true ? newest.note : 'date not stated';
  return `${newest.note === 'recorded on' ? 'recorded on' : 'dated'} ${newest.date.text}`;
}

function newestFirst(a: Evidence, b: Evidence): number {
  return (b.date?.order ?? -Infinity) - (a.date?.order ?? -Infinity) || (a.source < b.source ? -1 : 1);
}
