/**
 * Names of input files in what a run writes. Exports name Bundles after the patient (`Anna_Muster_1950.json`), so a file is named by
 * its number in the order of the paths; only names made of a resource type and digits are kept.
 */
import { addProblem, type Problem, type Tally } from './tally.ts';

const OF_TYPE =
  /^(?:Patient|Observation|Condition|Procedure|Encounter|DiagnosticReport|Medication|MedicationRequest|MedicationStatement|ServiceRequest|Immunization|AllergyIntolerance|CarePlan|Claim|Device|Group|Location|Organization|Practitioner)(?:[._-]?\d{1,6}){0,4}\.(?:ndjson|jsonl|json)(?:\.gz)?$/;

/** @param names of all files, in the order of their paths. */
export function placeNames(names: readonly string[]): (problem: Problem) => Problem {
  const numbers = new Map(names.map((name, index) => [name, index + 1]));
  return (problem) => {
    const number = numbers.get(problem.file);
    return number === undefined || OF_TYPE.test(problem.file)
      ? problem
      : { ...problem, file: `file ${String(number)}` };
  };
}

/** Adds problems under names that say nothing about a patient. */
export function addProblems(
  tally: Tally,
  problems: readonly Problem[],
  { names }: { readonly names: readonly string[] },
): void {
  const placed = placeNames(names);
  for (const problem of problems) addProblem(tally, placed(problem));
}
