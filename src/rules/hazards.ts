/**
 * Several hazards of one order on one card: the first in precedence gives indicator and summary, the others become lines in
 * its detail, suggestions are the union, each once (clarifications G21).
 */
import type { Evidence } from '../facts/fact.ts';
import type { FactName } from '../facts/index.ts';
import { lacking, notApplicable, type Finding, type Recommend } from './define-rule.ts';

export interface Hazard {
  readonly variant: string;
  readonly values?: Recommend['values'];
  readonly found: readonly string[];
  readonly why: readonly string[];
  readonly notFound?: readonly string[];
  readonly suggestions?: readonly string[];
  readonly because: readonly FactName[];
  readonly triggers?: readonly Evidence[];
}

/** What one question about an order has for an answer: a hazard, none, or the facts that leave it open. */
export type Answer = Hazard | 'none' | readonly FactName[];

export function hazardsIn(answers: readonly Answer[]): readonly Hazard[] {
  return answers.filter((one) => one !== 'none').filter((one) => 'variant' in one);
}

/** Nothing found: some facts left it open, or the order has none of these hazards. */
export function withoutHazard(answers: readonly Answer[], reason: string): Finding {
  const open = answers.flatMap((one) => (one === 'none' || 'variant' in one ? [] : one));
  return open.length > 0 ? lacking(...new Set(open)) : notApplicable(reason);
}

/** @param precedence all variants, the one that speaks first at the front: what is critical before what warns. */
export function combined(
  hazards: readonly Hazard[],
  precedence: readonly string[],
): Omit<Recommend, 'targets'> & { readonly suggestions: readonly string[] } {
  const sorted = [...hazards].sort((a, b) => precedence.indexOf(a.variant) - precedence.indexOf(b.variant));
  const union = <T>(pick: (hazard: Hazard) => readonly T[] | undefined): readonly T[] => [
    ...new Set(sorted.flatMap((hazard) => pick(hazard) ?? [])),
  ];
  return {
    outcome: 'recommend',
    variant: sorted[0]?.variant ?? '',
    values: Object.assign({}, ...sorted.map(({ values }) => values)) as Recommend['values'],
    found: union(({ found }) => found),
    why: union(({ why }) => why),
    notFound: union(({ notFound }) => notFound),
    suggestions: union(({ suggestions }) => suggestions),
    because: union(({ because }) => because),
    triggers: union(({ triggers }) => triggers),
  };
}
