/**
 * R13: LDL cholesterol in the severe range without lipid therapy; 160-189 mg/dL when bone density is low.
 *
 * Inputs: latest LDL within 24 months with same-day triglycerides; lipid drugs (gap use); low bone density; statin
 * intolerance; age. Numbers, words and evidence: cards/recommendations/severe-ldl-low-bmd.yaml.
 */
import { isAtLeastAge } from '../facts/demographics.ts';
import { evidenceOf, has } from '../facts/fact.ts';
import { isAtLeast, showQuantity } from '../facts/quantity.ts';
import { lastMonths, latestWithin } from '../facts/results.ts';
import { defineRule, lacking, notApplicable } from './define-rule.ts';
import { isUncertainCalculation } from './ldl.ts';
import { lowBmdLines, lowBmdValues } from './low-bmd.ts';

export const severeLdlLowBmd = defineRule({
  id: 'severe-ldl-low-bmd',
  inputs: [
    'age',
    'ldl',
    'directLdl',
    'triglycerides',
    'statins',
    'nonStatinLipidLowering',
    'lowBmd',
    'statinIntolerance',
    'lipidPanelOrdered',
  ],
  parameters: {
    severe: ['mg/dL', 'mmol/L'],
    raised: ['mg/dL', 'mmol/L'],
    triglyceridesMax: ['mg/dL', 'mmol/L'],
    confirmFrom: ['mg/dL', 'mmol/L'],
    resultMonths: 'mo',
    ageFrom: 'a',
    ageWarningTo: 'a',
  },

  evaluate(
    {
      age,
      ldl,
      directLdl,
      triglycerides,
      statins,
      nonStatinLipidLowering,
      lowBmd,
      statinIntolerance,
      lipidPanelOrdered,
    },
    limits,
    { today },
  ) {
    const oldEnough = isAtLeastAge(age, limits.ageFrom);
    if (oldEnough === false) return notApplicable('below 20 years');
    const latest = latestWithin(ldl, lastMonths(limits.resultMonths, today));
    if (latest.state === 'absent') return notApplicable('no LDL within the window');
    if (latest.state === 'unknown') return lacking('ldl');
    const { quantity, date } = latest.value;

    const isRaised = isAtLeast(quantity, limits.raised);
    if (isRaised === false) return notApplicable('LDL below 160 mg/dL');
    if (statins.state === 'known' || nonStatinLipidLowering.state === 'known')
      return notApplicable('on lipid therapy');
    const isSevere = isAtLeast(quantity, limits.severe);
    if (isSevere === undefined) return lacking('ldl');
    if (!isSevere && has(lowBmd) === false)
      return notApplicable('LDL 160 to 189 mg/dL without low bone density');
    // An upper bound such as "< 175" excludes the severe range and leaves the lower branch open.
    if (isRaised === undefined) return lacking('ldl');
    if (isUncertainCalculation(latest.value, directLdl, triglycerides, limits.triglyceridesMax))
      return lacking('ldl', 'triglycerides');
    if (statins.state === 'unknown') return lacking('statins');
    if (nonStatinLipidLowering.state === 'unknown') return lacking('nonStatinLipidLowering');
    if (oldEnough === undefined) return lacking('age');
    if (!isSevere && lowBmd.state === 'unknown') return lacking('lowBmd');

    const old = isAtLeastAge(age, limits.ageWarningTo + 1) !== false;
    const intolerant = statinIntolerance.state !== 'absent';
    const variant = !isSevere ? 'raisedWithLowBmd' : old || intolerant ? 'severeInformation' : 'severe';
    return {
      outcome: 'recommend',
      variant,
      values: { v: showQuantity(quantity), date: date.text, ...lowBmdValues(lowBmd) },
      found: [
        'ldl',
        ...(isAtLeast(quantity, limits.confirmFrom) === true ? ['confirm'] : []),
        ...lowBmdLines(lowBmd),
        ...(statinIntolerance.state === 'known' ? ['intolerance'] : []),
      ],
      why: isSevere ? ['severe', 'familial', 'secondary', 'notBone'] : ['raised', 'notBone'],
      notFound: ['therapy'],
      suggestions: [
        ...(lipidPanelOrdered === true ? [] : ['lipidPanel']),
        ...(isSevere ? ['tsh', 'lipoproteinA', 'lipidClinic'] : []),
      ],
      parts: ['lipidPanel', 'lipidTherapy'],
      because: isSevere
        ? ['ldl', 'statins', 'nonStatinLipidLowering']
        : ['ldl', 'statins', 'nonStatinLipidLowering', 'lowBmd'],
      triggers: evidenceOf(latest),
    };
  },
});
