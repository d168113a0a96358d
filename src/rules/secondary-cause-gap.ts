/**
 * R06-B: osteoporosis or a fragility fracture, and basic tests for secondary causes that are neither on file nor ordered.
 */
import { allOf, anyIn, anyOf, has, not, test, type Tri } from '../facts/fact.ts';
import type { FactName, Facts } from '../facts/index.ts';
import type { Fracture } from '../facts/fractures.ts';
import { ever, lastMonths } from '../facts/results.ts';
import type { Situation } from './define-rule.ts';
import { mainFracture } from './fracture.ts';
import { THERAPY_INPUTS, therapyState } from './osteoporosis-therapy.ts';
import { SECONDARY_CAUSE_INPUTS, secondaryCauseLabs, type SecondaryCauseLab } from './secondary-causes.ts';

export const CAUSE_INPUTS = [
  ...SECONDARY_CAUSE_INPUTS,
  ...THERAPY_INPUTS,
  'osteoporosis',
  'lowestT',
  'fractures',
  'metabolicBoneOther',
  'calcium',
  'kidney',
] as const satisfies readonly FactName[];
type Inputs = Pick<Facts, (typeof CAUSE_INPUTS)[number]>;

/** Part of cards/cofiring.yaml: what a silence of this branch names. */
export const CAUSES_PART = 'secondaryCauses';

export interface CauseLimits {
  readonly labMonths: number;
  readonly testosteroneBelowAge: number;
  readonly zoledronateMonths: number;
  readonly denosumabMonths: number;
}

export interface SecondaryCauseGap {
  readonly due: Tri;
  /** Neither on file nor ordered. */
  readonly labs: readonly SecondaryCauseLab['name'][];
  /** By T-score or diagnosis; without it a fracture is the reason. */
  readonly osteoporosis: boolean;
  readonly fracture: Fracture | null;
  /** The inputs that leave `due` open. */
  readonly open: readonly FactName[];
}

export const NO_GAP: SecondaryCauseGap = {
  due: false,
  labs: [],
  osteoporosis: false,
  fracture: null,
  open: [],
};

export function readSecondaryCauses(
  facts: Inputs,
  limits: CauseLimits,
  { today, dropped }: Pick<Situation, 'today' | 'dropped'>,
): SecondaryCauseGap {
  if (dropped.has(CAUSES_PART)) return NO_GAP;
  const osteoporosis = anyOf(
    test(facts.lowestT, ({ range }) => range === 'osteoporosis'),
    has(facts.osteoporosis),
  );
  const bone = anyOf(osteoporosis, has(facts.fractures));
  if (bone === false || facts.metabolicBoneOther.state === 'known') return NO_GAP;
  const labs = secondaryCauseLabs(facts, {
    window: lastMonths(limits.labMonths, today),
    pthWanted: pthWanted(facts, osteoporosis, limits, today),
    testosteroneBelowAge: limits.testosteroneBelowAge,
  })
    .filter(({ name }) => !dropped.has(name === 'vitaminD' ? 'vitaminD' : 'secondaryLabs'))
    .map((lab) => ({ ...lab, due: allOf(lab.missing, not(lab.ordered)) }));
  const spared = not(has(facts.metabolicBoneOther));
  const anyDue = anyIn(labs.map(({ due }) => due));
  const due = allOf(bone, spared, anyDue);
  const openLabs = labs.filter((lab) => anyDue === undefined && lab.due === undefined);
  return {
    due,
    labs: labs.filter(({ due }) => due === true).map(({ name }) => name),
    osteoporosis: osteoporosis === true,
    fracture: mainFracture(facts.fractures, ever(today)),
    open:
      due === undefined
        ? [
            ...(bone === undefined ? BONE_INPUTS.filter((name) => facts[name].state === 'unknown') : []),
            ...(spared === undefined ? (['metabolicBoneOther'] as const) : []),
            ...openLabs.map(({ missing, inputs }) => inputs[missing === undefined ? 0 : 1]),
          ]
        : [],
  };
}

const BONE_INPUTS = ['osteoporosis', 'lowestT', 'fractures'] as const;

/** PTH only with abnormal calcium, eGFR below 60 or untreated osteoporosis (rules.md R06-B). */
function pthWanted(facts: Inputs, osteoporosis: Tri, limits: CauseLimits, today: number): Tri {
  const abnormal = anyOf(
    test(facts.calcium, ({ level }) => level !== 'normal'),
    test(facts.kidney, ({ threeOrMore }) => threeOrMore),
  );
  return abnormal === true ? true : anyOf(abnormal, untreated(facts, osteoporosis, limits, today));
}

function untreated(facts: Inputs, osteoporosis: Tri, limits: CauseLimits, today: number): Tri {
  if (osteoporosis === false) return false;
  const windows = {
    zoledronate: lastMonths(limits.zoledronateMonths, today),
    denosumab: lastMonths(limits.denosumabMonths, today),
  };
  return allOf(osteoporosis, not(therapyState(facts, windows, today).treated));
}
