/**
 * Basic tests for secondary causes of bone loss: the list of R06-B, which R08 suggests as well.
 *
 * Calcium, creatinine or eGFR, 25-OH vitamin D, alkaline phosphatase and TSH for everybody; PTH where the rule wants it;
 * total testosterone in men below an age.
 */
import { isAtLeastAge, isSex } from '../facts/demographics.ts';
import { allOf, not, type Tri } from '../facts/fact.ts';
import type { FactName, Facts } from '../facts/index.ts';
import { doneWithin, type Window } from '../facts/results.ts';
import type { LabName } from './lab-names.ts';

/** What the list is read from; a rule that uses this file names them in its `inputs`. */
export const SECONDARY_CAUSE_INPUTS = [
  'age',
  'sex',
  'anyVitaminD',
  'vitaminDOrdered',
  'calciumResults',
  'calciumOrdered',
  'kidneyResults',
  'kidneyOrdered',
  'alkalinePhosphatase',
  'alkalinePhosphataseOrdered',
  'tsh',
  'tshOrdered',
  'pth',
  'pthOrdered',
  'testosterone',
  'testosteroneOrdered',
] as const satisfies readonly FactName[];
type Inputs = Pick<Facts, (typeof SECONDARY_CAUSE_INPUTS)[number]>;

export interface SecondaryCauseLab {
  /** Name in the list of missing tests, and key of the YAML's suggestions. */
  readonly name: LabName;
  /** A complete search found none in the window. */
  readonly missing: Tri;
  readonly ordered: Tri;
  /** Inputs of `missing` and `ordered`. */
  readonly inputs: readonly [FactName, FactName];
}

export interface SecondaryCauseOptions {
  readonly window: Window;
  readonly pthWanted: Tri;
  readonly testosteroneBelowAge: number;
}

/** The tests that are wanted for this person; one whose reason is not certain is not wanted. */
export function secondaryCauseLabs(
  facts: Inputs,
  { window, pthWanted, testosteroneBelowAge }: SecondaryCauseOptions,
): readonly SecondaryCauseLab[] {
  const youngMan = allOf(isSex(facts.sex, 'male'), not(isAtLeastAge(facts.age, testosteroneBelowAge)));
  const wanted = (name: LabName): Tri =>
    name === 'pth' ? pthWanted : name === 'testosterone' ? youngMan : true;
  return LABS.filter(({ name }) => wanted(name) === true).map(({ name, inputs }) => ({
    name,
    missing: not(doneWithin(facts[inputs[0]], window)),
    ordered: facts[inputs[1]],
    inputs,
  }));
}

const LABS = [
  { name: 'vitaminD', inputs: ['anyVitaminD', 'vitaminDOrdered'] },
  { name: 'calcium', inputs: ['calciumResults', 'calciumOrdered'] },
  { name: 'creatinine', inputs: ['kidneyResults', 'kidneyOrdered'] },
  { name: 'alkalinePhosphatase', inputs: ['alkalinePhosphatase', 'alkalinePhosphataseOrdered'] },
  { name: 'tsh', inputs: ['tsh', 'tshOrdered'] },
  { name: 'pth', inputs: ['pth', 'pthOrdered'] },
  { name: 'testosterone', inputs: ['testosterone', 'testosteroneOrdered'] },
] as const;
