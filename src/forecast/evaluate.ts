/** One patient of the input through `decide`, under one policy or two. */
import { decide, type Decision } from '../decide.ts';
import { isoDay, parseDay } from '../facts/fhir-date.ts';
import type { HookContext, PatientRecord, QueryResult, UnknownReason } from '../facts/record.ts';
import { recordOfBundle } from '../gather/bundle.ts';
import type { Policy, ServicePlan } from '../knowledge/policy.ts';
import { chartOn, visitDay } from './as-of.ts';
import { observeChange } from './compare.ts';
import { groupOf, observe, shownIn } from './observe.ts';
import type { SourcePatient } from './source-item.ts';
import { addProblem, count, type Tally } from './tally.ts';

/** A service under one policy. */
export interface Side {
  readonly policy: Policy;
  readonly plan: ServicePlan;
}

export interface Setup {
  readonly base: Side;
  readonly compare?: Side;
  /** `YYYY-MM-DD`; a sampled visit of each patient without it. */
  readonly asOf?: string;
  readonly seed: string;
}

/** A row for the file of `--identify`. */
export interface IdentifiedRow {
  readonly patient: string;
  readonly asOf: string;
  readonly policy: 'policy' | 'compare';
  readonly recommendation: string;
  readonly variant: string;
  readonly change: string;
}

/** Where a patient stands in the input, in words that say nothing about them. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** Why something about the patient may be missing from the chart; null when it was read whole. */
export type Gap = UnknownReason | null;

/**
 * Evaluates and counts one patient.
 *
 * @param gap makes every query incomplete: what is there is used, nothing is said to be missing.
 * @param identify receives a row for each card that would be shown; left out without `--identify`.
 */
export function evaluate(
  tally: Tally,
  patient: SourcePatient,
  setup: Setup,
  gap: Gap,
  place: Place,
  identify?: (row: IdentifiedRow) => void,
): void {
  const { base, compare } = setup;
  const day =
    setup.asOf === undefined ? visitDay(patient.resources, patient.id, setup.seed) : parseDay(setup.asOf);
  if (day === null) {
    count(tally, 'leftOut', ['no dated encounter or result']);
    return;
  }
  const today = isoDay(day);
  let decisions: readonly [Decision, Decision | undefined];
  try {
    const record = withGap(
      recordOfBundle({ patientId: patient.id, resources: chartOn(patient.resources, day) }),
      gap,
    );
    const decideBy = ({ policy, plan }: Side): Decision =>
      decide(plan.definition.id, record, contextOf(patient), policy, today);
    decisions = [decideBy(base), compare === undefined ? undefined : decideBy(compare)];
  } catch (error) {
    // The name only: a message may quote the record.
    const reason = `evaluation failed: ${error instanceof Error ? error.name : 'unknown error'}`;
    count(tally, 'leftOut', ['evaluation failed']);
    addProblem(tally, { ...place, reason });
    return;
  }
  const [decision, after] = decisions;
  if (gap !== null) count(tally, 'incomplete', [gap]);
  const observed = { group: groupOf(decision.person()), decision };
  observe(tally, observed, base.plan, today);
  const changes = after === undefined ? [] : observeChange(tally, observed, after);
  if (identify === undefined) return;
  const changeOf = new Map(changes.map(({ recommendation, direction }) => [recommendation, direction]));
  const rows = (side: IdentifiedRow['policy'], one: Decision): void => {
    const variants = new Map(
      one.judgements.map(({ active, finding }) => [
        active.recommendation.id,
        finding.outcome === 'recommend' ? finding.variant : '',
      ]),
    );
    for (const recommendation of shownIn(one))
      identify({
        patient: patient.id,
        asOf: today,
        policy: side,
        recommendation,
        variant: variants.get(recommendation) ?? '',
        change: changeOf.get(recommendation) ?? '',
      });
  };
  rows('policy', decision);
  if (after !== undefined) rows('compare', after);
}

function contextOf({ id }: SourcePatient): HookContext {
  return { userId: 'Practitioner/forecast', patientId: id, draftOrders: [] };
}

function withGap(record: PatientRecord, gap: Gap): PatientRecord {
  if (gap === null) return record;
  const queries = [...record.queries].map(([key, result]) => {
    const incomplete: QueryResult =
      result.state === 'complete' && key !== 'patient'
        ? { state: 'incomplete', resources: result.resources, reason: gap }
        : result;
    return [key, incomplete] as const;
  });
  return { patient: record.patient, queries: new Map(queries) };
}
