import { describe, expect, test } from '@jest/globals';
import { decide, type Decision } from '../../src/decide.ts';
import type { Resource } from '../../src/facts/record.ts';
import { sermVteStrokeOrder } from '../../src/rules/serm-vte-stroke-order.ts';
import {
  clinicalStatus,
  coded,
  condition,
  contextOf,
  drug,
  guideline,
  lab,
  man,
  order,
  patient,
  policyOf,
  procedure,
  recordOf,
  statement,
  TODAY,
  verificationStatus,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

const quiet = policyOf({
  recommendations: { 'serm-vte-stroke-order': { parameters: { showCouldNotCheck: false } } },
});

const woman = patient(66);
const draftOf = (text: string, id = 'draft-1', extra = {}): Resource => ({
  resourceType: 'MedicationRequest',
  id,
  status: 'draft',
  medicationCodeableConcept: { text },
  ...extra,
});
const drafts = [draftOf('Raloxifene 60 MG Oral Tablet')];
const duavee = [draftOf('Duavee 0.45 MG / 20 MG')];
const icd = (code: string, extra = {}): Resource => condition('icd10cm', code, extra);
const dvt = icd('I82.401', { onsetDateTime: '2025-11-01' });
const stroke = icd('I63.9', { onsetDateTime: '2018-05-01' });
const infarction = icd('I21.4', { onsetDateTime: '2018-05-01' });
const hypertension = icd('I10', { recordedDate: '2015-01-01' });
const smoker = lab('72166-2', 0, '1', '2025-10-01', {
  valueQuantity: undefined,
  valueCodeableConcept: coded('snomed', '449868002'),
});
const formerSmoker = lab('72166-2', 0, '1', '2025-10-01', {
  valueQuantity: undefined,
  valueCodeableConcept: coded('snomed', '8517006'),
});
const encounter = (code: string): Resource => ({ resourceType: 'Encounter', id: 'e1', class: { code } });
const pregnant = icd('Z33.1', { onsetDateTime: '2025-10-01' });
const both = ['remove', 'endocrinology'];

describeRule(sermVteStrokeOrder, {
  recommends: [
    // A
    {
      name: 'deep vein thrombosis last autumn',
      record: [woman, dvt],
      drafts,
      variant: 'thromboembolism',
      says: ['Raloxifene/SERM: past VTE on record. Contraindicated.'],
      suggests: both,
    },
    {
      name: 'resolved deep vein thrombosis of 2009',
      record: [
        woman,
        icd('I82.401', {
          ...clinicalStatus('resolved'),
          onsetDateTime: '2009-03-01',
          abatementDateTime: '2009-09-01',
        }),
      ],
      drafts,
      variant: 'thromboembolism',
    },
    {
      name: 'pulmonary embolism by history code',
      record: [woman, icd('Z86.711')],
      drafts,
      variant: 'thromboembolism',
    },
    {
      name: 'branch retinal vein occlusion (H34.83x)',
      record: [woman, icd('H34.8310', { recordedDate: '2020-02-02' })],
      drafts,
      variant: 'retinalVein',
      says: ['retinal vein thrombosis on record. Contraindicated.'],
    },
    {
      name: 'central retinal vein occlusion, SNOMED',
      record: [woman, condition('snomed', '68478007')],
      drafts,
      variant: 'retinalVein',
    },
    {
      name: 'thrombosis and retinal vein occlusion: both lines',
      record: [woman, dvt, icd('H34.8110')],
      drafts,
      variant: 'thromboembolism',
    },
    {
      name: 'thrombosis in a pregnant smoker with a stroke: the thrombosis speaks',
      record: [patient(38), dvt, pregnant, stroke],
      drafts,
      variant: 'thromboembolism',
    },
    {
      name: 'thrombosis found although the problem list is cut off',
      record: [woman, dvt],
      incomplete: { conditions: 'truncated' },
      drafts,
      variant: 'thromboembolism',
    },
    {
      name: 'thrombosis with the endocrinologist involved: no referral suggested',
      record: [woman, dvt, order(coded('snomed', '306278007'), { status: 'completed' })],
      drafts,
      variant: 'thromboembolism',
      suggests: ['remove'],
    },
    {
      name: 'thrombosis before bazedoxifene',
      record: [woman, dvt],
      drafts: [draftOf('Conbriza')],
      variant: 'thromboembolism',
    },
    {
      name: 'draft by ATC code',
      record: [woman, dvt],
      drafts: [draftOf('', 'draft-1', { medicationCodeableConcept: coded('atc', 'G03XC01') })],
      variant: 'thromboembolism',
    },
    // D, pregnancy
    {
      name: 'pregnancy',
      record: [patient(38), pregnant],
      drafts,
      variant: 'pregnancy',
      says: ['SERM: pregnancy on record. Contraindicated.'],
      suggests: both,
    },
    {
      name: 'pregnancy and a stroke: the contraindication speaks',
      record: [patient(38), pregnant, stroke],
      drafts,
      variant: 'pregnancy',
    },
    // B
    {
      name: 'stroke of 2018',
      record: [woman, stroke],
      drafts,
      variant: 'strokeRisk',
      says: ['SERM: stroke or coronary risk. Boxed warning for fatal stroke; weigh risk and benefit.'],
      suggests: both,
    },
    { name: 'haemorrhagic stroke', record: [woman, icd('I61.9')], drafts, variant: 'strokeRisk' },
    { name: 'stroke or TIA by history code', record: [woman, icd('Z86.73')], drafts, variant: 'strokeRisk' },
    { name: 'TIA', record: [woman, icd('G45.9')], drafts, variant: 'strokeRisk' },
    { name: 'old myocardial infarction', record: [woman, icd('I25.2')], drafts, variant: 'strokeRisk' },
    {
      name: 'coronary stent as a procedure',
      record: [woman, procedure(coded('snomed', '415070008'), '2019-01-01')],
      drafts,
      variant: 'strokeRisk',
    },
    { name: 'peripheral arterial disease', record: [woman, icd('I70.211')], drafts, variant: 'strokeRisk' },
    {
      name: 'atrial fibrillation',
      record: [woman, icd('I48.91', { recordedDate: '2022-01-01' })],
      drafts,
      variant: 'strokeRisk',
    },
    {
      name: 'current smoker with hypertension',
      record: [woman, smoker, hypertension],
      drafts,
      variant: 'strokeRisk',
    },
    {
      name: 'atrial fibrillation settles it although smoking was not obtained',
      record: [woman, icd('I48.91')],
      unknown: { socialHistory: 'failed' },
      drafts,
      variant: 'strokeRisk',
    },
    {
      name: 'bazedoxifene with oestrogen after a stroke: contraindicated',
      record: [woman, stroke],
      drafts: duavee,
      variant: 'oestrogenProduct',
      says: ['Bazedoxifene with oestrogen: stroke or MI on record. Contraindicated.'],
    },
    {
      name: 'conjugated oestrogens / bazedoxifene after a myocardial infarction',
      record: [woman, infarction],
      drafts: [draftOf('Conjugated estrogens / bazedoxifene')],
      variant: 'oestrogenProduct',
    },
    {
      name: 'the same product by ATC code after an old infarction',
      record: [woman, icd('I25.2')],
      drafts: [draftOf('', 'draft-1', { medicationCodeableConcept: coded('atc', 'G03CC07') })],
      variant: 'oestrogenProduct',
    },
    {
      name: 'bazedoxifene with oestrogen after a TIA: warning',
      record: [woman, icd('G45.9')],
      drafts: duavee,
      variant: 'strokeRisk',
    },
    {
      name: 'bazedoxifene with oestrogen and a code that may mean TIA: warning',
      record: [woman, icd('Z86.73')],
      drafts: duavee,
      variant: 'strokeRisk',
    },
    {
      name: 'bazedoxifene alone after a stroke: warning',
      record: [woman, stroke],
      drafts: [draftOf('Conbriza 20 MG')],
      variant: 'strokeRisk',
    },
    {
      name: 'raloxifene and bazedoxifene with oestrogen after a stroke: a variant for each',
      record: [woman, stroke],
      drafts: [...drafts, draftOf('Duavee', 'draft-2')],
      variant: 'strokeRisk',
      others: ['oestrogenProduct'],
    },
    // E
    {
      name: 'oestradiol tablets on the list',
      record: [woman, drug('Estradiol 1 MG Oral Tablet')],
      drafts,
      variant: 'otherOestrogen',
      says: ['SERM with systemic oestrogen on file.'],
      suggests: both,
    },
    {
      name: 'oestradiol patch among the draft orders',
      record: [woman],
      drafts: [...drafts, draftOf('Estradiol 0.05 MG/24HR transdermal patch', 'draft-2')],
      variant: 'otherOestrogen',
    },
    {
      name: 'oestradiol beside bazedoxifene with oestrogen',
      record: [woman, statement('Estradiol 1 MG Oral Tablet')],
      drafts: duavee,
      variant: 'otherOestrogen',
    },
    // C
    {
      name: 'inpatient',
      record: [woman, encounter('IMP')],
      drafts,
      variant: 'inpatient',
      says: ['SERM: inpatient, VTE risk with immobilisation.'],
      suggests: ['remove'],
    },
    {
      name: 'inpatient on oestrogen: oestrogen speaks',
      record: [woman, encounter('ACUTE'), drug('Premarin 0.625 MG tablet')],
      drafts,
      variant: 'otherOestrogen',
    },
    { name: 'inpatient man', record: [patient(66, man), encounter('NONAC')], drafts, variant: 'inpatient' },
    // D, sex and age
    {
      name: 'a man',
      record: [patient(66, man)],
      drafts,
      variant: 'man',
      says: ['SERM: outside the labelled population (man).'],
      suggests: both,
    },
    {
      name: 'a woman of 44 without evidence of menopause',
      record: [patient(44)],
      drafts,
      variant: 'premenopausal',
      says: ['outside the labelled population (premenopausal woman)'],
    },
    // could not check
    {
      name: 'problem list not obtained',
      record: [woman],
      unknown: { conditions: 'failed' },
      drafts,
      variant: 'couldNotCheck',
      says: ['history of thromboembolism and stroke could not be checked'],
      suggests: [],
    },
    {
      name: 'problem list cut off without such an entry',
      record: [woman, hypertension],
      incomplete: { conditions: 'truncated' },
      drafts: [...drafts, draftOf('Duavee', 'draft-2')],
      variant: 'couldNotCheck',
    },
    {
      name: 'problem list not obtained, inpatient: the warning speaks',
      record: [woman, encounter('IMP')],
      unknown: { conditions: 'failed' },
      drafts,
      variant: 'inpatient',
    },
    {
      name: 'order-select with the drug selected',
      record: [woman, dvt],
      drafts,
      selections: ['MedicationRequest/draft-1'],
      hook: 'order-select',
      variant: 'thromboembolism',
    },
  ],
  doesNotApply: [
    { name: 'no draft', record: [woman, dvt] },
    { name: 'tamoxifen is not in the concept', record: [woman, dvt], drafts: [draftOf('Tamoxifen 20 MG')] },
    { name: 'nothing on record', record: [woman], drafts },
    { name: 'superficial vein thrombosis only (I82.81x)', record: [woman, icd('I82.811')], drafts },
    { name: 'superficial vein thrombosis of the arm (I82.61x)', record: [woman, icd('I82.611')], drafts },
    {
      name: 'refuted deep vein thrombosis',
      record: [woman, icd('I82.401', verificationStatus('refuted'))],
      drafts,
    },
    {
      name: 'family history of pulmonary embolism',
      record: [woman, icd('I26.99', { category: [{ coding: [{ code: 'family-history' }] }] })],
      drafts,
    },
    { name: 'transient global amnesia is no TIA (G45.4)', record: [woman, icd('G45.4')], drafts },
    { name: 'hypertension without smoking', record: [woman, hypertension], drafts },
    { name: 'former smoker with hypertension', record: [woman, formerSmoker, hypertension], drafts },
    { name: 'smoker without hypertension', record: [woman, smoker], drafts },
    {
      name: 'resolved atrial fibrillation',
      record: [woman, icd('I48.91', clinicalStatus('resolved'))],
      drafts,
    },
    { name: 'woman of 50, no menopause data', record: [patient(50)], drafts },
    { name: 'woman of 45, no menopause data', record: [patient(45)], drafts },
    { name: 'woman of 40 after menopause', record: [patient(40), condition('icd10cm', 'E28.310')], drafts },
    { name: 'sex not known', record: [patient(66, { gender: 'unknown' })], drafts },
    {
      name: 'bazedoxifene with oestrogen is no interaction with itself',
      record: [woman, drug('Duavee')],
      drafts: duavee,
    },
    {
      name: 'bazedoxifene with oestrogen by its ingredients is no interaction with itself',
      record: [
        woman,
        drug('', {
          medicationCodeableConcept: undefined,
          medicationReference: { reference: '#m' },
          contained: [
            {
              resourceType: 'Medication',
              id: 'm',
              ingredient: [
                { itemCodeableConcept: coded('rxnorm', '4099') },
                { itemCodeableConcept: coded('rxnorm', '1441386') },
              ],
            },
          ],
        }),
      ],
      drafts,
    },
    { name: 'vaginal oestradiol', record: [woman, drug('Estradiol 10 MCG vaginal insert')], drafts },
    {
      name: 'oestradiol that was stopped',
      record: [woman, drug('Estradiol 1 MG', { status: 'stopped' })],
      drafts,
    },
    { name: 'emergency visit is no stay in hospital', record: [woman, encounter('EMER')], drafts },
    { name: 'outpatient visit', record: [woman, encounter('AMB')], drafts },
    {
      name: 'encounter not obtained: not inpatient',
      record: [woman],
      unknown: { encounter: 'failed' },
      drafts,
    },
    {
      name: 'pregnancy of two years ago',
      record: [patient(48), icd('Z33.1', { onsetDateTime: '2024-01-01' })],
      drafts,
    },
    {
      name: 'drafted but not selected, order-select',
      record: [woman, dvt],
      drafts,
      selections: ['MedicationRequest/other'],
      hook: 'order-select',
    },
  ],
  lacksData: [
    {
      name: 'draft that cannot be identified',
      record: [woman, dvt],
      drafts: [{ resourceType: 'MedicationRequest', id: 'draft-1', status: 'draft' }],
      missing: ['sermDrafts'],
    },
    {
      name: 'procedures not obtained: a stent may be missing',
      record: [woman],
      unknown: { procedures: 'failed' },
      drafts,
      missing: ['ascvd'],
    },
    {
      name: 'hypertension and smoking not obtained',
      record: [woman, hypertension],
      unknown: { socialHistory: 'failed' },
      drafts,
      missing: ['smoking'],
    },
    {
      name: 'medication list not obtained',
      record: [woman],
      unknown: { medicationRequests: 'failed' },
      drafts,
      missing: ['otherOestrogen'],
    },
    {
      name: 'problem list not obtained where the site has switched the information off',
      record: [woman],
      unknown: { conditions: 'failed' },
      drafts,
      policy: quiet,
      missing: [
        'venousThromboembolism',
        'retinalVeinThrombosis',
        'ascvd',
        'atrialFibrillation',
        'smoking',
        'hypertension',
      ],
    },
  ],
});

describe('before signing', () => {
  const sign = (record: readonly Resource[], own: readonly Resource[]): Decision['cards'] =>
    decide('bone-heart-order-sign', recordOf(record), contextOf(own), guideline, TODAY).cards.filter(
      ({ source }) => source.topic?.code === 'serm-vte-stroke-order',
    );

  test('the card dates each event and cites the trial', () => {
    const [card] = sign([woman, dvt, icd('Z86.73')], drafts);
    expect(card?.indicator).toBe('critical');
    expect(card?.detail).toContain('Venous thromboembolism, dated 2025-11-01.');
    expect(card?.detail).toContain('Stroke or TIA, the code does not say which, history, date unknown.');
    expect(card?.detail).toContain('fatal stroke HR 1.49 (1.00-2.24)');
  });

  test('two products after a stroke: critical for the one with oestrogen, warning for the other', () => {
    const cards = sign([woman, stroke], [...drafts, draftOf('Duavee', 'draft-2')]);
    expect(cards.map(({ indicator }) => indicator)).toEqual(['critical', 'warning']);
  });

  test('a deceased patient gets no card', () => {
    expect(sign([patient(66, { deceasedBoolean: true }), dvt], drafts)).toEqual([]);
  });
});
