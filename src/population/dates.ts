/** Days before the evaluation date, as FHIR writes them. */
const DAY_MS = 86_400_000;

export interface Calendar {
  /** `YYYY-MM-DD` of a number of whole days before the evaluation date. */
  dayBefore(days: number): string;
}

/**
 * @param asOf evaluation date, `YYYY-MM-DD`.
 * @returns a calendar that writes each day once: a population names the same few thousand days again and again.
 */
export function calendarOf(asOf: string): Calendar {
  const end = Date.parse(`${asOf}T00:00:00Z`);
  const written: string[] = [];
  return {
    dayBefore(days) {
      return (written[days] ??= new Date(end - days * DAY_MS).toISOString().slice(0, 10));
    },
  };
}
