/**
 * Yes/no inputs of a risk equation that the record seldom states: diabetes and blood pressure treatment.
 *
 * Nothing on file reads as "no" only after complete searches, and not where the record speaks against it; the card states
 * the default. @see clinical/prevent.md; note of `antihypertensives` in the code lists
 */
import type { Chart } from './chart.ts';
import { activeCondition, type ConditionEntry } from './conditions.ts';
import { evidenceOf, unknown, type Evidence, type Fact } from './fact.ts';
import { onDrug, type DrugEntry } from './medications.ts';
import { isAtLeast } from './quantity.ts';
import { ever, latestWithin, readSeries } from './results.ts';
import { patternOf } from './pattern.ts';

/**
 * On treatment for high blood pressure.
 *
 * @returns known when a drug is current by the generous reading (G6) and hypertension is on record, or by the strict one and
 * the drug has no other common use; absent when not even the generous reading finds one; unknown between the two.
 */
export function bloodPressureTreatment(chart: Chart): Fact<readonly DrugEntry[]> {
  const generous = onDrug(chart, 'antihypertensives', 'gap');
  if (generous.state !== 'known') return generous;
  if (activeCondition(chart, 'hypertension', 'any').state === 'known') return generous;
  const strict = onDrug(chart, 'antihypertensives', 'hazard');
  return strict.state === 'known' && strict.value.some((entry) => isForPressure(entry, chart))
    ? strict
    : unknown('ambiguous', generous.evidence);
}

/** Beta blockers, loop diuretics, alpha blockers and others are given for much else; these are not. */
function isForPressure({ matches, texts, codings }: DrugEntry, chart: Chart): boolean {
  const { roles, textPattern, atcPattern } = chart.definitions.riskInputs.pressureDrugs;
  const words = patternOf(textPattern);
  const atc = patternOf(atcPattern, '');
  const own = matches.get('antihypertensives')?.roles ?? [];
  return (
    own.some((role) => roles.includes(role)) ||
    texts.some((text) => words.test(text)) ||
    codings.some(({ system, code }) => system.endsWith('/atc') && atc.test(code.slice(0, 10)))
  );
}

/**
 * Diabetes as the equations ask for it.
 *
 * @returns known with an active entry; unknown when there is none but the latest HbA1c or a drug says otherwise; absent when
 * nothing speaks for it.
 */
export function diabetesForRisk(chart: Chart): Fact<readonly ConditionEntry[]> {
  const diagnosis = activeCondition(chart, 'diabetesAny');
  if (diagnosis.state !== 'absent') return diagnosis;
  const latest = latestWithin(readSeries(chart, 'hba1c'), ever(chart.today));
  const raised =
    latest.state === 'known' &&
    isAtLeast(latest.value.quantity, chart.definitions.riskInputs.diabetesHba1c) !== false;
  const against: readonly Evidence[] = [
    ...(raised ? latest.evidence : []),
    ...chart.definitions.riskInputs.diabetesDrugs.flatMap((concept) =>
      evidenceOf(onDrug(chart, concept, 'gap')),
    ),
  ];
  return against.length === 0 ? diagnosis : unknown('ambiguous', against);
}
