/** Dialysis (clarifications G18): a status or end-stage code on the problem list, or a dialysis procedure of the last 90 days. */
import { gapIn, once, sourceOf, type Chart } from './chart.ts';
import { codingsOf } from './concepts.ts';
import { activeCondition, performedOn } from './conditions.ts';
import { absent, known, unknown, type Evidence, type Fact } from './fact.ts';
import { inWindow, lastDays } from './results.ts';

/** Known with what says so; absent after complete searches of Conditions and Procedures. */
export function dialysis(chart: Chart): Fact<readonly Evidence[]> {
  return once(chart, 'dialysis', () => {
    const status = activeCondition(chart, 'dialysis', 'any');
    const endStage = activeCondition(chart, 'endStageRenalDisease', 'any');
    const found = [status, endStage].flatMap((fact) => (fact.state === 'known' ? fact.evidence : []));
    const all = [...found, ...recentProcedures(chart)];
    if (all.length > 0) return known(all, all);
    const gap = gapIn(chart, 'conditions', 'procedures');
    return gap === undefined ? absent : unknown(gap.reason);
  });
}

/** Done or going on; one without a date cannot be called old. */
function recentProcedures(chart: Chart): readonly Evidence[] {
  const window = lastDays(chart.definitions.kidney.dialysisDays, chart.today);
  return chart.resources('procedures').flatMap((procedure) => {
    if (procedure['status'] !== 'completed' && procedure['status'] !== 'in-progress') return [];
    const isDialysis = chart.concepts
      .match(codingsOf(procedure['code']))
      .some(({ concept }) => concept === 'dialysis');
    const performed = performedOn(procedure, chart);
    if (!isDialysis || (performed !== null && inWindow(performed.date, window) === false)) return [];
    return [
      {
        source: sourceOf(procedure),
        what: 'dialysis',
        ...(performed === null ? {} : { date: performed.date }),
      },
    ];
  });
}
