import { describe, expect, test } from '@jest/globals';
import type { Resource } from '../../src/facts/record.ts';
import { decide } from '../../src/decide.ts';
import { cacLowBmd } from '../../src/rules/cac-low-bmd.ts';
import {
  clinicalStatus,
  coded,
  condition,
  contextOf,
  drug,
  guideline,
  lab,
  ldl,
  order,
  osteopenia,
  osteoporosis,
  patient,
  policyOf,
  recordOf,
  statement,
  TODAY,
  tScore,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

type Extra = Readonly<Record<string, unknown>>;

const SNOMED_SCORE = coded('snomed', '450360000');

/** A total Agatston score; by the SNOMED CT code unless said otherwise. */
function score(value: number, date = '2025-06-01', extra: Extra = {}): Resource {
  return lab('none', value, '{score}', date, { code: SNOMED_SCORE, ...extra });
}
/** The same with words beside the code. */
const named = (text: string): Extra => ({ code: { ...SNOMED_SCORE, text } });
const unit = (value: number, ucum: string): Extra => ({ valueQuantity: { value, unit: ucum } });
const bound = (comparator: string, value: number): Extra => ({
  valueQuantity: { value, comparator, unit: '1' },
});

const woman = [patient(66), tScore(-1.8), ldl(120)];
const site = policyOf({
  concepts: { coronaryCalciumScore: [{ system: 'urn:example:radiology', code: 'CACS' }] },
});
const intolerance = condition('icd10cm', 'T46.6X5A');

describeRule(cacLowBmd, {
  recommends: [
    {
      name: 'score 99 is for information',
      record: [...woman, score(99)],
      variant: 'review',
      says: ['CAC 99 and low bone density: review CV prevention.'],
      suggests: [],
    },
    {
      name: 'score 100 is a warning',
      record: [...woman, score(100)],
      variant: 'high',
      says: ['CAC 100 and low bone density: lipid therapy not on file. Review CV prevention.'],
      suggests: [],
    },
    { name: 'score 299', record: [...woman, score(299)], variant: 'high', suggests: [] },
    {
      name: 'score 300 is very high and asks for cardiology',
      record: [...woman, score(300)],
      variant: 'veryHigh',
      says: ['CAC 300 (very high) and low bone density'],
      suggests: ['cardiology'],
    },
    { name: 'score 1', record: [...woman, score(1)], variant: 'review' },
    {
      name: 'score ">= 300"',
      record: [...woman, score(0, '2025-06-01', bound('>=', 300))],
      variant: 'veryHigh',
    },
    {
      name: 'score "> 200" proves 100, not 300',
      record: [...woman, score(0, '2025-06-01', bound('>', 200))],
      variant: 'high',
      suggests: [],
    },
    { name: 'score of ten years ago', record: [...woman, score(150, '2016-03-01')], variant: 'high' },
    {
      name: 'the highest score counts, not the latest',
      record: [...woman, score(120, '2022-01-01'), score(90, '2025-06-01')],
      variant: 'high',
      says: ['CAC 120'],
    },
    {
      name: 'a high score is told although another cannot be read',
      record: [
        ...woman,
        score(150),
        score(0, '2025-09-01', { valueQuantity: undefined, valueString: 'moderate' }),
      ],
      variant: 'high',
    },
    {
      name: 'a high score is told although the search was cut off',
      record: [...woman, score(150)],
      incomplete: { bone: 'truncated' },
      variant: 'high',
    },
    // units and codes
    { name: 'unit AU', record: [...woman, score(0, '2025-06-01', unit(150, 'AU'))], variant: 'high' },
    {
      name: 'unit {Agatston}',
      record: [...woman, score(0, '2025-06-01', unit(150, '{Agatston}'))],
      variant: 'high',
    },
    {
      name: 'without unit: a score has none',
      record: [...woman, score(0, '2025-06-01', { valueQuantity: { value: 150 } })],
      variant: 'high',
    },
    {
      name: 'as a whole number',
      record: [...woman, score(0, '2025-06-01', { valueQuantity: undefined, valueInteger: 150 })],
      variant: 'high',
    },
    {
      name: 'the local code of the site',
      record: [
        ...woman,
        score(150, '2025-06-01', { code: { coding: [{ system: 'urn:example:radiology', code: 'CACS' }] } }),
      ],
      policy: site,
      variant: 'high',
    },
    {
      name: 'exam code, the words name the score',
      record: [
        ...woman,
        score(150, '2025-06-01', { code: { ...coded('loinc', '79087-3'), text: 'Agatston score' } }),
      ],
      variant: 'high',
    },
    {
      name: 'percentile and vessel scores beside the total are not used',
      record: [
        ...woman,
        score(60),
        score(95, '2025-06-01', named('Coronary calcium score percentile')),
        score(350, '2025-06-01', named('Coronary calcium volume score')),
      ],
      variant: 'review',
      says: ['CAC 60'],
    },
    // population
    {
      name: 'osteoporosis on the problem list',
      record: [patient(66), osteoporosis(), ldl(120), score(150)],
      variant: 'high',
    },
    { name: 'age 40', record: [patient(40), osteopenia(), ldl(120), score(150)], variant: 'high' },
    { name: 'age 80', record: [patient(80), tScore(-1.8), ldl(120), score(150)], variant: 'high' },
    // therapy
    {
      name: 'statin that was stopped',
      record: [...woman, score(150), drug('Simvastatin 20 MG', { status: 'stopped' })],
      variant: 'high',
    },
    {
      name: 'statin intolerance: for information',
      record: [...woman, score(150), intolerance],
      variant: 'review',
    },
    {
      name: 'statin intolerance at 300: for information, cardiology all the same',
      record: [...woman, score(300), intolerance],
      variant: 'review',
      suggests: ['cardiology'],
    },
    {
      name: 'atherosclerotic disease on record is said, not excluded',
      record: [...woman, score(150), condition('icd10cm', 'I25.10')],
      variant: 'high',
    },
    // suggestions
    {
      name: 'lipid panel 12 months ago to the day',
      record: [patient(66), tScore(-1.8), ldl(120, '2025-01-15'), score(150)],
      variant: 'high',
      suggests: [],
    },
    {
      name: 'lipid panel 12 months and a day ago',
      record: [patient(66), tScore(-1.8), ldl(120, '2025-01-14'), score(150)],
      variant: 'high',
      suggests: ['lipidPanel'],
    },
    {
      name: 'no lipid panel, but one is ordered',
      record: [patient(66), tScore(-1.8), score(150), order(coded('loinc', '24331-1'))],
      variant: 'high',
      suggests: [],
    },
    {
      name: 'lipids not obtained: none is said to be missing',
      record: [...woman, score(150)],
      unknown: { lipids: 'failed' },
      variant: 'high',
      suggests: [],
    },
    {
      name: 'cardiology referral within 12 months',
      record: [...woman, score(300), order(coded('snomed', '308471005'))],
      variant: 'veryHigh',
      suggests: [],
    },
    {
      name: 'cardiology referral by its words',
      record: [...woman, score(300), order({ text: 'Cardiology clinic' })],
      variant: 'veryHigh',
      suggests: [],
    },
    {
      name: 'orders not obtained: no referral is suggested',
      record: [...woman, score(300)],
      unknown: { serviceRequests: 'failed' },
      variant: 'veryHigh',
      suggests: [],
    },
    {
      name: 'another recommendation asks for the lipid panel',
      record: [patient(66), tScore(-1.8), score(150)],
      dropped: ['lipidPanel'],
      variant: 'high',
      suggests: [],
    },
    {
      name: 'another recommendation speaks of lipid therapy: cardiology is left',
      record: [...woman, score(300)],
      dropped: ['lipidTherapy'],
      variant: 'review',
      suggests: ['cardiology'],
    },
    {
      name: 'another recommendation speaks of lipid therapy: the lipid panel is left',
      record: [patient(66), tScore(-1.8), score(150)],
      dropped: ['lipidTherapy'],
      variant: 'review',
      suggests: ['lipidPanel'],
    },
  ],
  doesNotApply: [
    { name: 'score 0', record: [...woman, score(0)] },
    { name: 'score "< 1"', record: [...woman, score(0, '2025-06-01', bound('<', 1))] },
    { name: 'no score', record: woman },
    { name: 'PCSK9 antibody', record: [...woman, score(150), drug('Evolocumab 140 MG/ML')] },
    { name: 'ezetimibe as a statement', record: [...woman, score(150), statement('ezetimibe 10 mg')] },
    { name: 'on a statin', record: [...woman, score(350), drug('Atorvastatin 40 MG Oral Tablet')] },
    {
      name: 'statin active for years without an end date',
      record: [...woman, score(350), drug('Rosuvastatin 10 MG', { authoredOn: '2019-03-01' })],
    },
    { name: 'no low bone density', record: [patient(66), tScore(-0.5), score(350)] },
    { name: 'age 39', record: [patient(39), osteopenia(), score(350)] },
    { name: 'age 81', record: [patient(81), tScore(-1.8), score(350)] },
    { name: 'percentile only', record: [...woman, score(95, '2025-06-01', named('CAC score percentile'))] },
    {
      name: 'score of one artery only',
      record: [...woman, score(350, '2025-06-01', named('Agatston score LAD'))],
    },
    {
      name: 'score of one artery, written out',
      record: [...woman, score(350, '2025-06-01', named('Agatston score, left anterior descending artery'))],
    },
    {
      name: 'score of one artery by its site',
      record: [...woman, score(350, '2025-06-01', { bodySite: { text: 'Right coronary artery' } })],
    },
    {
      name: 'score of the aortic valve',
      record: [...woman, score(350, '2025-06-01', named('Agatston score, aortic valve'))],
    },
    {
      name: 'calcium volume',
      record: [...woman, score(350, '2025-06-01', named('Coronary artery calcium score, volume'))],
    },
    {
      name: 'calcium mass',
      record: [...woman, score(350, '2025-06-01', named('Coronary calcium score mass'))],
    },
    {
      name: 'entered in error',
      record: [...woman, score(350, '2025-06-01', { status: 'entered-in-error' })],
    },
    {
      name: 'another recommendation speaks of lipid therapy and nothing else is left',
      record: [...woman, score(150)],
      dropped: ['lipidTherapy'],
    },
    {
      name: 'another recommendation owns lipid therapy and the lipid panel',
      record: [patient(66), tScore(-1.8), score(150)],
      dropped: ['lipidTherapy', 'lipidPanel'],
    },
  ],
  lacksData: [
    {
      name: 'scores not obtained',
      record: [patient(66), osteoporosis()],
      unknown: { bone: 'failed' },
      missing: ['coronaryCalcium'],
    },
    {
      name: 'score 50, search cut off: a higher one could be there',
      record: [...woman, score(50)],
      incomplete: { bone: 'truncated' },
      missing: ['coronaryCalcium'],
    },
    {
      name: 'score 50 and another that cannot be read',
      record: [
        ...woman,
        score(50),
        score(0, '2025-09-01', { valueQuantity: undefined, valueString: 'moderate' }),
      ],
      missing: ['coronaryCalcium'],
    },
    {
      name: 'score 0 and another in percent',
      record: [...woman, score(0), score(0, '2025-09-01', unit(90, '%'))],
      missing: ['coronaryCalcium'],
    },
    {
      name: 'score in mm3 is a volume',
      record: [...woman, score(0, '2025-06-01', unit(150, 'mm3'))],
      missing: ['coronaryCalcium'],
    },
    {
      name: 'score "< 100" may be 0 or 99',
      record: [...woman, score(0, '2025-06-01', bound('<', 100))],
      missing: ['coronaryCalcium'],
    },
    {
      name: 'score "> 50" may reach 100',
      record: [...woman, score(0, '2025-06-01', bound('>', 50))],
      missing: ['coronaryCalcium'],
    },
    {
      name: 'no T-score, problem list not obtained',
      record: [patient(66), score(150)],
      unknown: { conditions: 'failed' },
      missing: ['lowBmd'],
    },
    {
      name: 'statin on hold',
      record: [...woman, score(150), drug('Atorvastatin 40 MG', { status: 'on-hold' })],
      missing: ['statins'],
    },
    {
      name: 'ezetimibe of unknown status',
      record: [...woman, score(150), drug('Ezetimibe 10 MG', { status: 'unknown' })],
      missing: ['nonStatinLipidLowering'],
    },
    {
      name: 'medication list cut off',
      record: [...woman, score(150)],
      incomplete: { medicationStatements: 'truncated' },
      missing: ['statins'],
    },
    {
      name: 'age between 39 and 40 by a birth year',
      record: [patient(40, { birthDate: '1986' }), osteopenia(), score(150)],
      missing: ['age'],
    },
  ],
});

describe('beside other recommendations', () => {
  const answer = (record: readonly Resource[]): Record<string, unknown> => {
    const { judgements } = decide('bone-heart-patient-view', recordOf(record), contextOf(), guideline, TODAY);
    return Object.fromEntries(
      judgements.map(({ active, finding }) => [
        active.recommendation.id,
        finding.outcome === 'recommend' ? [finding.variant, ...(finding.suggestions ?? [])] : finding.outcome,
      ]),
    );
  };

  test('LDL 195: severe-ldl-low-bmd speaks of lipid therapy, a score of 150 has nothing to add', () => {
    const said = answer([patient(66), tScore(-1.8), ldl(195), score(150)]);
    expect(said['severe-ldl-low-bmd']).toContain('severe');
    expect(said['cac-low-bmd']).toBe('notApplicable');
  });

  test('LDL 195 and a score of 300: the referral is left, for information', () => {
    const said = answer([patient(66), tScore(-1.8), ldl(195), score(300)]);
    expect(said['cac-low-bmd']).toEqual(['review', 'cardiology']);
  });

  test('bone metastases silence; resolved Paget disease does not', () => {
    expect(answer([...woman, score(150), condition('icd10cm', 'C79.51')])['cac-low-bmd']).toBe(
      'notApplicable',
    );
    const resolved = condition('icd10cm', 'M88.9', clinicalStatus('resolved'));
    expect(answer([...woman, score(150), resolved])['cac-low-bmd']).toContain('high');
  });

  test('above 85 years silent, as every reminder of this kind', () => {
    expect(answer([patient(86), tScore(-1.8), ldl(120), score(350)])['cac-low-bmd']).toBe('notApplicable');
  });

  test('the prefetch template asks for the codes of the score, the site’s own included', () => {
    const template = (policy = guideline): string =>
      policy.services.get('bone-heart-patient-view')?.queries.find(({ key }) => key === 'bone')?.template ??
      '';
    expect(template()).toContain('http://snomed.info/sct|450360000');
    expect(template(site)).toContain('urn:example:radiology|CACS');
  });
});

describe('calcium intake', () => {
  const advice = (...calcium: Resource[]): boolean =>
    decide(
      'bone-heart-patient-view',
      recordOf([...woman, score(150), ...calcium]),
      contextOf(),
      policyOf({ recommendations: { 'mineral-metabolism-workup': { mode: 'off' } } }),
      TODAY,
    ).cards.some(({ detail = '' }) => detail.includes('calcium from food'));

  test.each([
    ['no calcium on file', [], true],
    ['a normal calcium', [lab('17861-6', 9.6, 'mg/dL', '2025-12-01')], true],
    ['a high calcium', [lab('17861-6', 11.2, 'mg/dL', '2025-12-01')], false],
    ['a calcium that cannot be read', [lab('17861-6', 9.6, 'furlong', '2025-12-01')], false],
  ])('%s', (_, calcium, expected) => {
    expect(advice(...calcium)).toBe(expected);
  });
});
