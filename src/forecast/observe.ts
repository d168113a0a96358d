/** One decision into the tally: what fired for whom, what was in the way, which facts were there. */
import type { Decision, Judgement } from '../decide.ts';
import { stateOf } from '../explain.ts';
import { FACTS, type FactName, type Facts } from '../facts/index.ts';
import { parseDay } from '../facts/fhir-date.ts';
import type { ServicePlan } from '../knowledge/policy.ts';
import { MERGED_TOPIC } from '../store/contract.ts';
import type { Finding } from '../rules/define-rule.ts';
import { ageBand, sexGroup } from './groups.ts';
import { count, type Tally } from './tally.ts';
import { binOf, VALUES, valueOf } from './values.ts';

/** Sex and age band of an evaluated patient. */
export type Group = readonly [sex: string, band: string];

export interface Observed {
  readonly group: Group;
  readonly decision: Decision;
}

export function groupOf(facts: Pick<Facts, 'age' | 'sex'>): Group {
  return [sexGroup(facts.sex), ageBand(facts.age)];
}

/** Counts everything about one patient under one policy. */
export function observe(tally: Tally, { group, decision }: Observed, plan: ServicePlan, today: string): void {
  count(tally, 'patients', group);
  for (const judgement of decision.judgements) countFinding(tally, judgement, group);
  for (const { recommendation } of decision.faults) count(tally, 'fault', [recommendation]);
  countCards(tally, decision);
  const facts = decision.facts();
  for (const [name, value] of facts) countFact(tally, name, value);
  const day = parseDay(today);
  for (const spec of VALUES) {
    const value = valueOf(spec, facts, plan, day);
    const bin = value === null ? null : binOf(spec, value);
    if (bin !== null) count(tally, 'value', [spec.id, bin[0], String(bin[1])]);
  }
}

function countFinding(tally: Tally, { active, finding }: Judgement, [sex, band]: Group): void {
  const { id, card } = active.recommendation;
  count(tally, 'outcome', [id, finding.outcome, whyOf(finding)]);
  if (finding.outcome === 'insufficientData')
    for (const fact of finding.missing) count(tally, 'missing', [id, fact]);
  if (finding.outcome !== 'recommend') return;
  const indicator = card.variants[finding.variant]?.indicator ?? 'info';
  count(tally, 'fired', [id, finding.variant, indicator, active.mode, sex, band]);
}

/** Variant of a recommendation, reason of the others; words of rules and cards, never of a record. */
export function whyOf(finding: Finding): string {
  switch (finding.outcome) {
    case 'recommend':
      return finding.variant;
    case 'notApplicable':
      return finding.reason;
    case 'insufficientData':
      return finding.unknownExclusion === undefined
        ? [...finding.missing].sort().join(', ')
        : `could not check: ${finding.unknownExclusion}`;
  }
}

/** Ids of the recommendations that have something to show, in alphabetical order. */
export function shownIn({ judgements }: Decision): readonly string[] {
  const shown = judgements.filter(
    ({ active, finding }) => active.mode === 'show' && finding.outcome === 'recommend',
  );
  return shown.map(({ active }) => active.recommendation.id).sort();
}

function countCards(tally: Tally, decision: Decision): void {
  const shown = shownIn(decision);
  shown.forEach((a, index) => {
    for (const b of shown.slice(index + 1)) count(tally, 'overlap', [a, b]);
  });
  count(tally, 'wanted', [String(shown.length)]);
  count(tally, 'cards', [String(decision.cards.length)]);
  for (const { indicator } of decision.cards) count(tally, 'indicator', [indicator]);
  const merged = decision.cards.filter(({ source }) => source.topic?.code === MERGED_TOPIC);
  for (const { id } of merged.flatMap(({ covers }) => covers)) count(tally, 'merged', [id]);
  const covered = new Set(decision.cards.flatMap(({ covers }) => covers.map(({ id }) => id)));
  const failed = new Set(decision.faults.map(({ recommendation }) => recommendation));
  for (const id of shown) if (!covered.has(id) && !failed.has(id)) count(tally, 'cut', [id]);
}

/** Facts about drafts are left out: without an order there are none. */
function countFact(tally: Tally, name: FactName, value: Facts[FactName]): void {
  if (FACTS[name].needs.length === 0) return;
  const { state, reason = '' } = stateOf(value);
  count(tally, 'fact', [name, state, reason]);
}
