/** Which LDL cholesterol may be used: shared by the rules that compare it with a limit. */
import type { FhirDate } from '../facts/fhir-date.ts';
import { isAbove, type Threshold } from '../facts/quantity.ts';
import type { Result, Series } from '../facts/results.ts';

/** A calculated LDL is not usable with high triglycerides of the same day (clarifications R13, units.md 2). */
export function isUncertainCalculation(
  ldl: Result,
  direct: Series,
  triglycerides: Series,
  max: Threshold,
): boolean {
  if (direct.results.some(({ source, date }) => source === ldl.source && date.order === ldl.date.order))
    return false;
  // The same local day: drawn together, though the two may carry different times.
  const sameDay = ({ date }: { readonly date?: FhirDate }): boolean =>
    date !== undefined && date.first <= ldl.date.last && date.last >= ldl.date.first;
  return (
    triglycerides.results.some((one) => sameDay(one) && isAbove(one.quantity, max) !== false) ||
    triglycerides.unusable.some(sameDay)
  );
}
