/**
 * R25: coronary calcium in a person with low bone density and no lipid therapy on file.
 *
 * Inputs: total Agatston scores of any date (the highest counts); low bone density; lipid drugs (gap use) and statin
 * intolerance; lipid panel and cardiology referral for what to suggest; age. Numbers, words and evidence:
 * cards/recommendations/cac-low-bmd.yaml.
 */
import { isAtLeastAge } from '../facts/demographics.ts';
import { allOf, anyIn, not, type Fact, type Tri } from '../facts/fact.ts';
import { panelWithin, type CalciumStatus } from '../facts/lab-facts.ts';
import { isAtLeast, type Threshold, showNumber } from '../facts/quantity.ts';
import { lastMonths, resultEvidence, type Result, type Series } from '../facts/results.ts';
import { defineRule, lacking, notApplicable } from './define-rule.ts';
import { lowBmdLines, lowBmdValues } from './low-bmd.ts';

export const cacLowBmd = defineRule({
  id: 'cac-low-bmd',
  inputs: [
    'age',
    'coronaryCalcium',
    'lowBmd',
    'statins',
    'nonStatinLipidLowering',
    'statinIntolerance',
    'atheroscleroticDisease',
    'lipidPanel',
    'lipidPanelOrdered',
    'cardiologyReferral',
    'calcium',
  ],
  parameters: {
    ageFrom: 'a',
    ageTo: 'a',
    present: '{score}',
    high: '{score}',
    veryHigh: '{score}',
    lipidMonths: 'mo',
  },

  evaluate(facts, limits, { today, dropped }) {
    const { age, coronaryCalcium, lowBmd, statins, nonStatinLipidLowering } = facts;
    const ofAge = allOf(isAtLeastAge(age, limits.ageFrom), not(isAtLeastAge(age, limits.ageTo + 1)));
    if (ofAge === false) return notApplicable('outside the age range');
    const isPresent = reaches(coronaryCalcium, limits.present);
    if (isPresent === false) return notApplicable('no coronary calcium score above zero');
    if (lowBmd.state === 'absent') return notApplicable('no low bone density');
    if (statins.state === 'known' || nonStatinLipidLowering.state === 'known')
      return notApplicable('on lipid therapy');
    const isHigh = reaches(coronaryCalcium, limits.high);
    const highest = highestOf(coronaryCalcium);
    if (highest === null || isPresent === undefined || isHigh === undefined)
      return lacking('coronaryCalcium');
    if (lowBmd.state === 'unknown') return lacking('lowBmd');
    if (statins.state === 'unknown') return lacking('statins');
    if (nonStatinLipidLowering.state === 'unknown') return lacking('nonStatinLipidLowering');
    if (ofAge === undefined) return lacking('age');

    const isVeryHigh = isHigh && reaches(coronaryCalcium, limits.veryHigh) === true;
    const panelDue =
      !dropped.has('lipidPanel') &&
      panelWithin(facts.lipidPanel, lastMonths(limits.lipidMonths, today)) === false &&
      facts.lipidPanelOrdered === false;
    const refer = isVeryHigh && facts.cardiologyReferral === false;
    // Another card speaks of lipid therapy: a high score has nothing to add but what can be ordered.
    const isTold = isHigh && dropped.has('lipidTherapy');
    if (isTold && !panelDue && !refer) return notApplicable('another recommendation speaks of lipid therapy');
    const intolerant = facts.statinIntolerance.state !== 'absent';
    const warns = isHigh && !isTold && !intolerant;
    const n = coronaryCalcium.results.length;

    return {
      outcome: 'recommend',
      variant: !warns ? 'review' : isVeryHigh ? 'veryHigh' : 'high',
      values: {
        v: showScore(highest),
        date: highest.date.text,
        present: limits.present,
        high: limits.high,
        veryHigh: limits.veryHigh,
        ...(n > 1 ? { n } : {}),
        ...(panelDue ? { lipidMonths: limits.lipidMonths } : {}),
        ...lowBmdValues(lowBmd),
      },
      found: [
        'score',
        ...(n > 1 ? ['highest'] : []),
        ...lowBmdLines(lowBmd),
        ...(facts.atheroscleroticDisease.state === 'known' ? ['atheroscleroticDisease'] : []),
        ...(facts.statinIntolerance.state === 'known' ? ['intolerance'] : []),
      ],
      why: [
        isVeryHigh ? 'veryHigh' : isHigh ? 'high' : 'present',
        'keepBoneTreatment',
        ...(mayAdviseCalcium(facts.calcium) ? ['keepCalcium'] : []),
        'minerals',
        'bisphosphonates',
      ],
      notFound: [...(isHigh && !isTold ? ['therapy'] : []), ...(panelDue ? ['lipidPanel'] : [])],
      suggestions: [...(panelDue ? ['lipidPanel'] : []), ...(refer ? ['cardiology'] : [])],
      parts: [...(isHigh ? ['lipidTherapy'] : []), ...(panelDue ? ['lipidPanel'] : [])],
      because: ['coronaryCalcium', 'lowBmd', 'statins', 'nonStatinLipidLowering'],
      triggers: [resultEvidence(highest)],
    };
  },
});

/** With high calcium, or one that nobody can read, no card speaks of calcium intake (clarifications C, high calcium). */
function mayAdviseCalcium(calcium: Fact<CalciumStatus>): boolean {
  return calcium.state === 'absent' || (calcium.state === 'known' && calcium.value.level !== 'high');
}

/**
 * Does the highest total score reach the limit? A score that does settles it; that none does needs a complete search in
 * which every score can be read.
 */
function reaches({ results, unusable, complete }: Series, limit: number): Tri {
  const threshold: Threshold = { value: limit, unit: '{score}' };
  const hidden = complete && unusable.length === 0 ? false : undefined;
  return anyIn([...results.map(({ quantity }) => isAtLeast(quantity, threshold)), hidden]);
}

/** The first in the order of results (newest first) among equals; a lower bound counts as its bound. */
function highestOf({ results }: Series): Result | null {
  return results.reduce<Result | null>(
    (highest, one) =>
      highest === null || one.quantity.canonical > highest.quantity.canonical ? one : highest,
    null,
  );
}

/** The number alone: sites write the unit of a score in many ways that say nothing. */
function showScore({ quantity: { value, comparator } }: Result): string {
  return [comparator, showNumber(value)].filter((part) => part !== undefined).join(' ');
}
