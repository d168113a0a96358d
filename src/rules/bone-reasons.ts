/**
 * Why the bone speaks against a drug that is being ordered: osteoporosis by diagnosis or T-score, a fragility fracture ever.
 * Shared by the rules that warn before such a drug is signed, so that all read and say it the same way.
 */
import { evidenceOf, has, isQueryFailure, test, type Evidence, type Tri } from '../facts/fact.ts';
import type { FactName, Facts } from '../facts/index.ts';
import type { Recommend } from './define-rule.ts';
import { showEvent } from './event-date.ts';
import { lowBmdValues } from './low-bmd.ts';

/** What it is read from; a rule that uses this file names them in its `inputs`. */
export const BONE_REASON_INPUTS = ['lowBmd', 'fractures'] as const satisfies readonly FactName[];
type Inputs = Pick<Facts, (typeof BONE_REASON_INPUTS)[number]>;

export interface BoneReason {
  readonly variant: 'osteoporosis' | 'fracture';
  readonly holds: Tri;
  /** Not known because a search failed. */
  readonly failed: boolean;
  readonly fact: (typeof BONE_REASON_INPUTS)[number];
  /** Lines `osteoporosis`, `osteoporosisT`, `fracture`, `mechanismUnknown` of the Found block. */
  readonly found: readonly string[];
  readonly values: Recommend['values'];
  readonly evidence: readonly Evidence[];
}

/** Osteoporosis first: it gives the summary when both hold. */
export function boneReasons({ lowBmd, fractures }: Inputs): readonly BoneReason[] {
  const isOsteoporosis = test(lowBmd, ({ label }) => label === 'osteoporosis');
  const byDiagnosis = lowBmd.state === 'known' && lowBmd.value.basis === 'diagnosis';
  const { label, ...tScore } = lowBmdValues(lowBmd);
  const mechanismUnknown =
    fractures.state === 'known' && fractures.value.every((one) => one.mechanismUnknown);
  return [
    {
      variant: 'osteoporosis',
      holds: isOsteoporosis,
      failed: isQueryFailure(lowBmd),
      fact: 'lowBmd',
      found: [byDiagnosis ? 'osteoporosis' : 'osteoporosisT'],
      values: byDiagnosis ? {} : tScore,
      evidence: evidenceOf(lowBmd),
    },
    {
      variant: 'fracture',
      holds: has(fractures),
      failed: isQueryFailure(fractures),
      fact: 'fractures',
      found: ['fracture', ...(mechanismUnknown ? ['mechanismUnknown'] : [])],
      values: fractures.state === 'known' ? { fractureDate: showEvent(fractures.evidence) } : {},
      evidence: evidenceOf(fractures),
    },
  ];
}
