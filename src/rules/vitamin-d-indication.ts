/** Established reasons to test 25-OH vitamin D (R09), for rules that suggest the test beside something else. */
import { anyOf, has, test, type Tri } from '../facts/fact.ts';
import type { Facts } from '../facts/index.ts';
import type { Window } from '../facts/results.ts';
import { fractureWithin } from './fracture.ts';

type Inputs = Pick<
  Facts,
  | 'osteoporosis'
  | 'lowestT'
  | 'fractures'
  | 'hyperparathyroidism'
  | 'malabsorption'
  | 'glucocorticoid'
  | 'anticonvulsants'
>;

/** @param window in which a fragility fracture is a reason. */
export function isVitaminDTestIndicated(facts: Inputs, window: Window): Tri {
  return anyOf(
    has(facts.osteoporosis),
    test(facts.lowestT, ({ range }) => range === 'osteoporosis'),
    fractureWithin(facts.fractures, window),
    has(facts.hyperparathyroidism),
    has(facts.malabsorption),
    has(facts.glucocorticoid),
    onEnzymeInducer(facts),
  );
}

const NOT_A_REASON = 'bone-losing only';

/** Valproate loses bone without inducing the enzymes (clarifications R09). */
export function onEnzymeInducer({ anticonvulsants }: Pick<Facts, 'anticonvulsants'>): Tri {
  return test(anticonvulsants, (entries) =>
    entries.some(
      ({ matches }) => matches.get('enzymeInducingAnticonvulsants')?.roles.includes(NOT_A_REASON) !== true,
    ),
  );
}
