/**
 * R24: CRP too high for a statement about cardiovascular risk.
 *
 * Inputs: hs-CRP; plain CRP only while an hs-CRP is being ordered. At order-select the card is about the hs-CRP that is
 * being chosen; without one it is silent there. Numbers, words and evidence: cards/recommendations/crp-acute-inflammation.yaml.
 */
import { anyOf, evidenceOf, not, test, type Fact, type Tri } from '../facts/fact.ts';
import { isAbove, type Threshold } from '../facts/quantity.ts';
import { lastDays, latestWithin, type Result } from '../facts/results.ts';
import { showCrp } from './crp-value.ts';
import { defineRule, lacking, notApplicable } from './define-rule.ts';

export const crpAcuteInflammation = defineRule({
  id: 'crp-acute-inflammation',
  inputs: ['hsCrp', 'crpPlain', 'hsCrpDraft', 'hsCrpOnOrder', 'hsCrpOrderedBefore', 'inflammatoryDisease'],
  parameters: { acute: ['mg/L', null], resultDays: 'd' },

  evaluate(
    { hsCrp, crpPlain, hsCrpDraft, hsCrpOnOrder, hsCrpOrderedBefore, inflammatoryDisease },
    { acute, resultDays },
    { today, hook },
  ) {
    if (hook === 'order-select' && !hsCrpDraft) return notApplicable('no hs-CRP is being ordered');
    const window = lastDays(resultDays, today);
    const sensitive = latestWithin(hsCrp, window);
    const plain = latestWithin(crpPlain, window);
    const bySensitive = isAcute(sensitive, acute);
    const byPlain = hsCrpDraft ? isAcute(plain, acute) : false;
    const isHigh = anyOf(bySensitive, byPlain);
    if (isHigh === false) return notApplicable('no CRP above the limit within the window');
    if (isHigh === undefined)
      return lacking(
        ...(bySensitive === undefined ? (['hsCrp'] as const) : []),
        ...(byPlain === undefined ? (['crpPlain'] as const) : []),
      );

    const used = bySensitive === true ? sensitive : plain;
    if (used.state !== 'known') return lacking('hsCrp');
    const wanted = hsCrp.results.length > 0 || hsCrpOrderedBefore === true;
    return {
      outcome: 'recommend',
      variant: 'acute',
      values: { v: showCrp(used.value.quantity), date: used.value.date.text },
      found: [
        bySensitive === true ? 'hsCrp' : 'crpPlain',
        ...(inflammatoryDisease.state === 'known' ? ['inflammatoryDisease'] : []),
      ],
      why: ['acute', ...(bySensitive === true ? [] : ['plain'])],
      suggestions: wanted && not(hsCrpOnOrder) === true ? ['recheck'] : [],
      because: bySensitive === true ? ['hsCrp'] : ['crpPlain', 'hsCrpDraft'],
      triggers: evidenceOf(used),
    };
  },
});

function isAcute(latest: Fact<Result>, acute: Threshold): Tri {
  return test(latest, ({ quantity }) => isAbove(quantity, acute));
}
