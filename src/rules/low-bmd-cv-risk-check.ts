/**
 * R11: low bone density and no current lipid panel or blood pressure.
 *
 * Inputs: age; low bone density; atherosclerotic disease ever (silences); lipids with what decides their interval; any
 * blood pressure. From 80 years only blood pressure is asked for. Numbers, words and evidence:
 * cards/recommendations/low-bmd-cv-risk-check.yaml.
 */
import { isAtLeastAge } from '../facts/demographics.ts';
import type { LowBmd } from '../facts/dxa.ts';
import { allOf, anyOf, evidenceOf, not } from '../facts/fact.ts';
import { doneWithin, lastMonths } from '../facts/results.ts';
import { defineRule, lacking, notApplicable } from './define-rule.ts';
import { LIPID_INPUTS, lipidLines, lipidStatus, lipidValues } from './lipid-interval.ts';
import { lowBmdLines, lowBmdValues } from './low-bmd.ts';

export const lowBmdCvRiskCheck = defineRule({
  id: 'low-bmd-cv-risk-check',
  inputs: ['age', 'lowBmd', 'atheroscleroticDisease', 'bloodPressure', ...LIPID_INPUTS],
  parameters: {
    ageFrom: 'a',
    pressureOnlyFromAge: 'a',
    lipidMonthsShort: 'mo',
    lipidMonths: 'mo',
    ldlRaised: ['mg/dL', 'mmol/L'],
    pressureMonths: 'mo',
  },

  evaluate(
    facts,
    { ageFrom, pressureOnlyFromAge, lipidMonthsShort, lipidMonths, ldlRaised, pressureMonths },
    { today, dropped },
  ) {
    const { age, lowBmd, atheroscleroticDisease, bloodPressure } = facts;
    const oldEnough = isAtLeastAge(age, ageFrom);
    if (oldEnough === false) return notApplicable('below the age limit');
    if (lowBmd.state === 'absent') return notApplicable('no low bone density');
    if (atheroscleroticDisease.state === 'known') return notApplicable('atherosclerotic disease on record');

    const intervals = { raised: ldlRaised, short: lipidMonthsShort, long: lipidMonths };
    const status = lipidStatus(facts, intervals, today);
    const lipidsToo = not(isAtLeastAge(age, pressureOnlyFromAge));
    const noLipids = dropped.has('lipidPanel')
      ? false
      : allOf(lipidsToo, not(facts.lipidPanelOrdered), status.overdue);
    const noPressure = dropped.has('noBloodPressure')
      ? false
      : not(doneWithin(bloodPressure, lastMonths(pressureMonths, today)));
    const due = anyOf(noLipids, noPressure);
    if (due === false)
      return notApplicable('lipids and blood pressure current, ordered or asked for elsewhere');
    if (oldEnough === undefined) return lacking('age');
    if (lowBmd.state === 'unknown') return lacking('lowBmd');
    if (atheroscleroticDisease.state === 'unknown') return lacking('atheroscleroticDisease');
    if (due === undefined)
      return lacking(
        ...(noLipids === undefined && lipidsToo === undefined ? (['age'] as const) : []),
        ...(noLipids === undefined && facts.lipidPanelOrdered === undefined
          ? (['lipidPanelOrdered'] as const)
          : []),
        ...(noLipids === undefined ? status.open : []),
        ...(noPressure === undefined ? (['bloodPressure'] as const) : []),
      );

    const lipidsDue = noLipids === true;
    const pressureDue = noPressure === true;
    const { t } = lowBmd.value;
    return {
      outcome: 'recommend',
      variant: variantOf(lowBmd.value),
      values: {
        items: itemsOf(lowBmd.value, lipidsDue, pressureDue),
        months: Math.min(...(lipidsDue ? [status.months] : []), ...(pressureDue ? [pressureMonths] : [])),
        ...(lipidsDue ? { lipidMonths: status.months, ...lipidValues(facts) } : {}),
        ...(pressureDue ? { pressureMonths } : {}),
        ...lowBmdValues(lowBmd),
      },
      found: [
        ...lowBmdLines(lowBmd),
        ...(t?.confirm === true ? ['confirm'] : []),
        ...(lipidsDue ? lipidLines(facts, status.reasons) : []),
      ],
      why: ['association', 'standard', ...(pressureDue ? ['measure'] : []), 'lifestyle'],
      notFound: [...(lipidsDue ? ['lipidPanel'] : []), ...(pressureDue ? ['bloodPressure'] : [])],
      suggestions: lipidsDue ? ['lipidPanel'] : [],
      parts: [...(lipidsDue ? ['lipidPanel'] : []), ...(pressureDue ? ['noBloodPressure'] : [])],
      because: [
        'lowBmd',
        ...(lipidsDue ? (['lipidPanel'] as const) : []),
        ...(pressureDue ? (['bloodPressure'] as const) : []),
      ],
      triggers: evidenceOf(lowBmd),
    };
  },
});

/** A T-score is the headline only where it is in the range of the label: a diagnosis may stand with a better score. */
function variantOf({ label, basis, t }: LowBmd): string {
  const byScore = t?.range === label && (basis === 'tScore' || label === 'osteoporosis');
  return `${label}${byScore ? 'T' : 'Diagnosis'}`;
}

/** Exactly what is not current. */
function itemsOf({ label }: LowBmd, lipids: boolean, pressure: boolean): string {
  if (lipids && pressure) return label === 'osteoporosis' ? 'lipid panel/BP' : 'lipid panel or BP';
  return lipids ? 'lipid panel' : 'BP';
}
