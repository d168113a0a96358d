/** What-if: who gains and who loses which card when the policy changes, and through which finding. */
import type { Decision } from '../decide.ts';
import { shownIn, whyOf, type Observed } from './observe.ts';
import { count, type Tally } from './tally.ts';

export interface Change {
  readonly recommendation: string;
  /** `changes`: shown under both policies, as another variant. */
  readonly direction: 'gains' | 'loses' | 'changes';
  /** Outcome and reason, e.g. `recommend: severe`; `off` when the policy does not evaluate it. */
  readonly before: string;
  readonly after: string;
}

/** Counts the differences of one patient's decisions, and the cards under the second policy. */
export function observeChange(
  tally: Tally,
  { group, decision }: Observed,
  after: Decision,
): readonly Change[] {
  count(tally, 'cardsAfter', [String(after.cards.length)]);
  for (const id of shownIn(after)) count(tally, 'firedAfter', [id]);
  const changes = changesOf(decision, after);
  for (const { recommendation, direction, before, after: now } of changes) {
    count(tally, 'change', [recommendation, direction, before, now]);
    count(tally, 'changedFor', [recommendation, direction, ...group]);
  }
  return changes;
}

/** One entry for each recommendation that is shown under either policy and not in the same way under both. */
export function changesOf(before: Decision, after: Decision): readonly Change[] {
  const [was, is] = [findingsOf(before), findingsOf(after)];
  const shown = [new Set(shownIn(before)), new Set(shownIn(after))] as const;
  return [...new Set([...shown[0], ...shown[1]])].sort().flatMap((recommendation): Change[] => {
    const [old, now] = [was.get(recommendation) ?? OFF, is.get(recommendation) ?? OFF];
    const [gained, lost] = [!shown[0].has(recommendation), !shown[1].has(recommendation)];
    if (!gained && !lost && old === now) return [];
    return [
      { recommendation, direction: gained ? 'gains' : lost ? 'loses' : 'changes', before: old, after: now },
    ];
  });
}

/** The second policy does not evaluate it, or its rule threw. */
const OFF = 'not evaluated';

function findingsOf({ judgements }: Decision): ReadonlyMap<string, string> {
  return new Map(
    judgements.map(({ active, finding }) => {
      const silent = active.mode === 'silent' && finding.outcome === 'recommend' ? ' (silent)' : '';
      return [active.recommendation.id, `${finding.outcome}${silent}: ${whyOf(finding)}`];
    }),
  );
}
