/**
 * R18: the 10-year risk by PREVENT in an adult with low bone density or a fragility fracture, not on a statin.
 *
 * Inputs: the inputs of the base model within their windows (rules/prevent-inputs.ts); low bone density or fragility
 * fracture; LDL with same-day triglycerides; cardiovascular disease and heart failure ever (silence for good); lipid drugs
 * (gap use); statin intolerance. One missing input and nothing is estimated; bone density is never part of the equation.
 * The class is decided by the shown value (one decimal, half up). Numbers, words and evidence:
 * cards/recommendations/prevent-risk-low-bmd.yaml; coefficients: cards/prevent.json.
 */
import { isAtLeastAge } from '../facts/demographics.ts';
import { allOf, anyOf, evidenceOf, has, not } from '../facts/fact.ts';
import type { FactName } from '../facts/index.ts';
import { isAtLeast, isBelow, showQuantity } from '../facts/quantity.ts';
import { lastMonths, latestWithin } from '../facts/results.ts';
import { prevent, shownPercent, type Outcome, type PreventResult, type Years } from '../risk/prevent.ts';
import { defineRule, lacking, notApplicable } from './define-rule.ts';
import { isUncertainCalculation } from './ldl.ts';
import {
  missingInputs,
  PREVENT_INPUTS,
  PREVENT_WINDOWS,
  preventInput,
  preventReadings,
} from './prevent-inputs.ts';
import { defaultLines, inputLines, inputValues } from './prevent-lines.ts';
import { risk, riskLines, riskValues } from './risk.ts';

export const preventRiskLowBmd = defineRule({
  id: 'prevent-risk-low-bmd',
  inputs: [
    ...PREVENT_INPUTS,
    'preventModels',
    'lowBmd',
    'fractures',
    'ascvd',
    'heartFailure',
    'ldl',
    'directLdl',
    'triglycerides',
    'nonStatinLipidLowering',
    'statinIntolerance',
  ],
  parameters: {
    ...PREVENT_WINDOWS,
    ageFrom: 'a',
    ageTo: 'a',
    ldlFrom: ['mg/dL', 'mmol/L'],
    ldlSevere: ['mg/dL', 'mmol/L'],
    triglyceridesMax: ['mg/dL', 'mmol/L'],
    borderline: ['%', null],
    intermediate: ['%', null],
    high: ['%', null],
  },

  evaluate(facts, limits, { today, dropped }) {
    const { age, lowBmd, fractures, ascvd, heartFailure, statins, preventModels } = facts;
    const ofAge = allOf(isAtLeastAge(age, limits.ageFrom), not(isAtLeastAge(age, limits.ageTo + 1)));
    if (ofAge === false) return notApplicable('outside the ages of the equations');
    const inPopulation = anyOf(has(lowBmd), has(fractures));
    if (inPopulation === false) return notApplicable('no low bone density, no fragility fracture');
    if (ascvd.state === 'known') return notApplicable('cardiovascular disease on record');
    if (heartFailure.state === 'known') return notApplicable('heart failure on record');
    if (statins.state === 'known') return notApplicable('on a statin');
    const ldl = latestWithin(facts.ldl, lastMonths(limits.lipidMonths, today));
    const exactLdl = ldl.state === 'known' ? ldl.value : null;
    const ldlTooLow = exactLdl === null ? undefined : isBelow(exactLdl.quantity, limits.ldlFrom);
    const ldlSevere = exactLdl === null ? undefined : isAtLeast(exactLdl.quantity, limits.ldlSevere);
    if (ldlTooLow === true) return notApplicable('LDL below 70 mg/dL');
    if (ldlSevere === true) return notApplicable('LDL in the severe range: the equations do not apply');

    const readings = preventReadings(facts, limits, today);
    const isLdlOpen =
      exactLdl === null ||
      anyOf(ldlTooLow, ldlSevere) === undefined ||
      isUncertainCalculation(exactLdl, facts.directLdl, facts.triglycerides, limits.triglyceridesMax);
    const missing: readonly FactName[] = [
      ...missingInputs(facts, readings),
      ...(isLdlOpen ? (['ldl'] as const) : []),
      ...(inPopulation === true
        ? []
        : (['lowBmd', 'fractures'] as const).filter((name) => facts[name].state === 'unknown')),
      ...(['ascvd', 'heartFailure'] as const).filter((name) => facts[name].state === 'unknown'),
    ];
    if (missing.length > 0 || exactLdl === null) return lacking(...missing);

    const result = prevent(preventModels.value, preventInput(facts, readings));
    const ascvdRisk = shown(result, 'ascvd', 10);
    const totalRisk = shown(result, 'total_cvd', 10);
    if (ascvdRisk === null || totalRisk === null)
      return notApplicable(`outside the range of the equations: ${refusedInputs(result)}`);
    if (ascvdRisk < limits.borderline.value) return notApplicable('low risk is not shown');
    const isHigh = ascvdRisk >= limits.high.value;
    const onOther = has(facts.nonStatinLipidLowering);
    if (isHigh && onOther === undefined) return lacking('nonStatinLipidLowering');
    const intolerant = facts.statinIntolerance.state !== 'absent';
    const warns = isHigh && onOther === false && !intolerant && !dropped.has('lipidTherapy');

    const bone = [risk('lowBmd', lowBmd), risk('fractures', fractures)];
    const hfShown = shown(result, 'hf', 10) !== null;
    return {
      outcome: 'recommend',
      variant: isHigh
        ? warns
          ? 'high'
          : 'highInformation'
        : ascvdRisk >= limits.intermediate.value
          ? 'intermediate'
          : 'borderline',
      values: {
        ...riskShown(result),
        ...inputValues(facts, readings),
        ...riskValues({ lowBmd, fractures }),
        ldl: showQuantity(exactLdl.quantity),
        ldlDate: exactLdl.date.text,
        context: lowBmd.state === 'known' ? 'Low bone density' : 'The fracture',
        borderline: limits.borderline.value,
        intermediate: limits.intermediate.value,
        high: limits.high.value,
        ...(hfShown ? {} : { bodyMonths: limits.bodyMonths }),
      },
      found: [
        'tenYears',
        ...(hfShown ? ['tenYearsHeartFailure'] : []),
        ...(shown(result, 'ascvd', 30) === null ? [] : ['thirtyYears']),
        ...(shown(result, 'hf', 30) === null ? [] : ['thirtyYearsHeartFailure']),
        ...inputLines(facts, readings),
        ...riskLines(bone, { lowBmd, fractures }),
        ...(onOther === true ? ['otherLipidDrug'] : []),
        ...(facts.statinIntolerance.state === 'known' ? ['intolerance'] : []),
      ],
      why: ['equations', 'classes', ...(isHigh ? ['discussion'] : [])],
      notFound: [
        ...defaultLines(facts),
        ...(hfShown ? [] : [readings.body.state === 'known' ? 'bodyOutOfRange' : 'noBody']),
      ],
      parts: warns ? ['lipidTherapy'] : [],
      because: ['totalCholesterol', 'hdlCholesterol', 'bloodPressure', 'kidneyResults', 'smoking', 'statins'],
      triggers: lowBmd.state === 'known' ? evidenceOf(lowBmd) : evidenceOf(fractures),
    };
  },
});

function shown({ risk: risks }: PreventResult, outcome: Outcome, years: Years): number | null {
  const value = risks[outcome][years];
  return value === null ? null : shownPercent(value);
}

/** `{cvd10}`, `{ascvd10}`, `{hf10}` and the same for 30 years, where computed. */
function riskShown(result: PreventResult): Readonly<Record<string, string>> {
  const names = [
    ['cvd', 'total_cvd'],
    ['ascvd', 'ascvd'],
    ['hf', 'hf'],
  ] as const;
  const pairs = names.flatMap(([name, outcome]) =>
    ([10, 30] as const).map((years) => [`${name}${String(years)}`, shown(result, outcome, years)] as const),
  );
  return Object.fromEntries(
    pairs.flatMap(([key, value]) => (value === null ? [] : [[key, value.toFixed(1)]])),
  );
}

/** Inputs for which the main outcomes are not computed; heart failure alone may lack its BMI. */
function refusedInputs({ refusals }: PreventResult): string {
  return refusals
    .filter(({ outcomes, years }) => outcomes.includes('ascvd') && years.includes(10))
    .map(({ input }) => input)
    .join(', ');
}
