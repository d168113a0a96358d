/** Which tests of a work-up are still worth suggesting: shared by the rules about bone drugs. */
import type { Tri } from '../facts/fact.ts';
import { doneWithin, type Series, type Window } from '../facts/results.ts';

export interface LabChoice {
  /** Key of the recommendation's `suggestions`. */
  readonly key: string;
  readonly ordered: Tri;
  /** Results that make a new test needless while they are in the window; none: always worth repeating. */
  readonly results?: Series;
}

/** Not known to be ordered, and without a result in the window. An order that could not be looked for does not hide a test. */
export function stillUseful(choices: readonly LabChoice[], window: Window): readonly string[] {
  return choices
    .filter(({ ordered }) => ordered !== true)
    .filter(({ results }) => results === undefined || doneWithin(results, window) !== true)
    .map(({ key }) => key);
}
