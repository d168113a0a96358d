import { expect, test } from '@jest/globals';
import { decide } from '../../src/decide.ts';
import type { Resource } from '../../src/facts/record.ts';
import type { CardDraft } from '../../src/render.ts';
import { romosozumabMiStrokeOrder } from '../../src/rules/romosozumab-mi-stroke-order.ts';
import {
  coded,
  condition,
  contextOf,
  drug,
  guideline,
  lab,
  patient,
  policyOf,
  procedure,
  recordOf,
  statement,
  TODAY,
  verificationStatus,
  type Gaps,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

const quiet = policyOf({
  recommendations: { 'romosozumab-mi-stroke-order': { parameters: { showCouldNotCheck: false } } },
});

const woman = patient(72);
/** As the public sandbox sends it: no intent, no dates. */
const draft = {
  resourceType: 'MedicationRequest',
  id: 'draft-1',
  status: 'draft',
  medicationCodeableConcept: { text: 'Romosozumab 105 MG/1.17 ML Prefilled Syringe' },
};
const drafts = [draft];
const romosozumab = (authoredOn: string, extra = {}): ReturnType<typeof drug> =>
  drug('Evenity 105 MG/1.17 ML', { authoredOn, status: 'completed', ...extra });
const infarction = (onsetDateTime: string, extra = {}): ReturnType<typeof condition> =>
  condition('icd10cm', 'I21.4', { onsetDateTime, ...extra });
const stroke = (onsetDateTime: string): ReturnType<typeof condition> =>
  condition('icd10cm', 'I63.9', { onsetDateTime });
const undated = condition('icd10cm', 'I25.2');
const strokeOrTia = condition('icd10cm', 'Z86.73', { recordedDate: '2026-01-14' });
const tia = condition('icd10cm', 'G45.9', { onsetDateTime: '2025-11-01' });
const hypertension = condition('icd10cm', 'I10');
const dyslipidaemia = condition('icd10cm', 'E78.5');
const smoker = lab('72166-2', 0, '1', '2025-10-01', {
  valueQuantity: undefined,
  valueCodeableConcept: coded('snomed', '449868002'),
});
const all = ['remove', 'cardiology', 'endocrinology'];

describeRule(romosozumabMiStrokeOrder, {
  recommends: [
    {
      name: 'infarction 12 months ago to the day: boxed warning',
      record: [woman, infarction('2025-01-15')],
      drafts,
      variant: 'recent',
      says: ['Romosozumab: MI or stroke within 12 months. Boxed warning: do not start.'],
      suggests: all,
    },
    { name: 'stroke last month', record: [woman, stroke('2025-12-10')], drafts, variant: 'recent' },
    {
      name: 'haemorrhagic stroke counts as stroke',
      record: [woman, condition('icd10cm', 'I61.9', { onsetDateTime: '2025-12-10' })],
      drafts,
      variant: 'recent',
    },
    {
      name: 'infarction without onset, recorded in the last 12 months',
      record: [woman, condition('icd10cm', 'I21.4', { recordedDate: '2025-06-01' })],
      drafts,
      variant: 'recent',
    },
    {
      name: 'resolved infarction of last year still counts',
      record: [
        woman,
        infarction('2025-06-01', { clinicalStatus: undefined, abatementDateTime: '2025-06-20' }),
      ],
      drafts,
      variant: 'recent',
    },
    {
      name: 'infarction in 2026, day unknown: wholly inside',
      record: [woman, infarction('2026')],
      drafts,
      variant: 'recent',
    },
    {
      name: 'recent stroke beside an old infarction',
      record: [woman, infarction('2015-01-01'), stroke('2025-12-10')],
      drafts,
      variant: 'recent',
    },
    {
      name: 'infarction 12 months and a day ago: history',
      record: [woman, infarction('2025-01-14')],
      drafts,
      variant: 'history',
      says: ['Romosozumab: history of MI or stroke. Review cardiovascular risk before starting.'],
      suggests: all,
    },
    {
      name: 'infarction in 2025, month unknown: may be older',
      record: [woman, infarction('2025')],
      drafts,
      variant: 'history',
    },
    {
      name: 'old infarction code recorded yesterday without onset: date unknown',
      record: [woman, condition('icd10cm', 'I25.2', { recordedDate: '2026-01-14' })],
      drafts,
      variant: 'history',
    },
    { name: 'undated infarction history', record: [woman, undated], drafts, variant: 'history' },
    {
      name: 'old infarction, EU',
      record: [woman, undated],
      drafts,
      region: 'EU',
      variant: 'historyContraindicated',
    },
    {
      name: 'old infarction, UK',
      record: [woman, undated],
      drafts,
      region: 'UK',
      variant: 'historyContraindicated',
    },
    {
      name: 'old stroke, Australia',
      record: [woman, stroke('2010-01-01')],
      drafts,
      region: 'AU',
      variant: 'historyContraindicated',
    },
    {
      name: 'stroke or TIA by history code',
      record: [woman, strokeOrTia],
      drafts,
      variant: 'strokeOrTia',
      says: ['code does not say which'],
      suggests: all,
    },
    {
      name: 'stroke or TIA by history code with an onset last month: still not known which',
      record: [woman, condition('icd10cm', 'Z86.73', { onsetDateTime: '2025-12-10' })],
      drafts,
      variant: 'strokeOrTia',
    },
    {
      name: 'stroke or TIA by history code, EU: not critical',
      record: [woman, strokeOrTia],
      drafts,
      region: 'EU',
      variant: 'strokeOrTia',
    },
    {
      name: 'stroke or TIA beside an old infarction: history',
      record: [woman, strokeOrTia, undated],
      drafts,
      variant: 'history',
    },
    {
      name: 'infarction after the first dose, last order two months ago: discontinue',
      record: [woman, infarction('2025-10-01'), romosozumab('2025-08-01'), romosozumab('2025-11-15')],
      drafts,
      variant: 'afterStart',
      says: ['Romosozumab: MI or stroke recorded after treatment began. Label: discontinue.'],
      suggests: all,
    },
    {
      name: 'stroke the day after the first dose, order 12 months ago to the day',
      record: [woman, stroke('2025-01-16'), romosozumab('2025-01-15')],
      drafts,
      variant: 'afterStart',
    },
    {
      name: 'stroke after the start of an active statement of two years ago',
      record: [
        woman,
        stroke('2024-06-01'),
        statement('Romosozumab', { effectivePeriod: { start: '2024-01-10' } }),
      ],
      drafts,
      variant: 'afterStart',
    },
    {
      name: 'infarction on the day of the first dose is not after it',
      record: [woman, infarction('2025-08-01'), romosozumab('2025-08-01')],
      drafts,
      variant: 'recent',
    },
    {
      name: 'infarction before the first dose',
      record: [woman, infarction('2025-06-01'), romosozumab('2025-08-01')],
      drafts,
      variant: 'recent',
    },
    {
      name: 'infarction after a course that ended long ago: history',
      record: [woman, infarction('2023-01-01'), romosozumab('2021-01-01')],
      drafts,
      variant: 'history',
    },
    {
      name: 'last order 12 months and a day ago is no treatment now',
      record: [woman, stroke('2025-01-14'), romosozumab('2025-01-13')],
      drafts,
      variant: 'history',
    },
    {
      name: 'order of today is the draft, not a dose',
      record: [woman, stroke('2024-06-01'), romosozumab('2024-05-01'), romosozumab(TODAY)],
      drafts,
      variant: 'history',
    },
    {
      name: 'the draft as the server already holds it is not a dose',
      record: [woman, stroke('2024-06-01'), romosozumab('2024-05-01', { id: 'draft-1' })],
      drafts,
      variant: 'history',
    },
    {
      name: 'undated event with earlier doses: history',
      record: [woman, undated, romosozumab('2025-08-01')],
      drafts,
      variant: 'history',
    },
    {
      name: 'infarction found although the problem list is cut off',
      record: [woman, infarction('2025-06-01')],
      incomplete: { conditions: 'truncated' },
      drafts,
      variant: 'recent',
    },
    {
      name: 'infarction with the medication list not obtained: treatment cannot be shown',
      record: [woman, infarction('2025-06-01')],
      unknown: { medicationRequests: 'failed' },
      drafts,
      variant: 'recent',
    },
    {
      name: 'birth date missing does not block',
      record: [patient(72, { birthDate: undefined }), infarction('2025-06-01')],
      drafts,
      variant: 'recent',
    },
    {
      name: 'birth year that leaves 17 or 18 open does not block',
      record: [patient(18, { birthDate: '2008' }), undated],
      drafts,
      variant: 'history',
    },
    { name: 'age 18', record: [patient(18), undated], drafts, variant: 'history' },
    {
      name: 'draft without id still gets its card',
      record: [woman, undated],
      drafts: [{ ...draft, id: undefined }],
      variant: 'history',
    },
    {
      name: 'draft by ATC code',
      record: [woman, undated],
      drafts: [{ ...draft, medicationCodeableConcept: coded('atc', 'M05BX06') }],
      variant: 'history',
    },
    {
      name: 'order-select with the drug selected',
      record: [woman, undated],
      drafts,
      selections: ['MedicationRequest/draft-1'],
      hook: 'order-select',
      variant: 'history',
    },
    {
      name: 'problem list not obtained',
      record: [woman],
      unknown: { conditions: 'failed' },
      drafts,
      variant: 'couldNotCheck',
      says: ['MI/stroke history could not be checked'],
      suggests: [],
    },
    {
      name: 'problem list cut off without an event',
      record: [woman, hypertension],
      incomplete: { conditions: 'truncated' },
      drafts,
      variant: 'couldNotCheck',
    },
    {
      name: 'problem list cut off with a TIA on it, order-select',
      record: [woman, tia],
      incomplete: { conditions: 'truncated' },
      drafts,
      hook: 'order-select',
      variant: 'couldNotCheck',
    },
    {
      name: 'only a TIA, order-select',
      record: [woman, tia],
      drafts,
      hook: 'order-select',
      variant: 'tia',
      says: ['transient ischaemic attack on record. Weigh cardiovascular risk and benefit.'],
      suggests: ['cardiology', 'endocrinology'],
    },
    {
      name: 'coronary stent as a procedure, order-select',
      record: [woman, procedure(coded('snomed', '415070008'), '2019-01-01')],
      drafts,
      hook: 'order-select',
      variant: 'coronary',
    },
    {
      name: 'peripheral arterial disease, order-select',
      record: [woman, condition('icd10cm', 'I70.211', { recordedDate: '2020-01-01' })],
      drafts,
      hook: 'order-select',
      variant: 'peripheral',
    },
    {
      name: 'hypertension and dyslipidaemia, order-select',
      record: [woman, hypertension, dyslipidaemia],
      drafts,
      hook: 'order-select',
      variant: 'riskFactors',
      says: ['2 cardiovascular risk factors on record'],
    },
    {
      name: 'diabetes, chronic kidney disease and current smoking, order-select',
      record: [woman, condition('icd10cm', 'E11.9'), condition('icd10cm', 'N18.30'), smoker],
      drafts,
      hook: 'order-select',
      variant: 'riskFactors',
      says: ['3 cardiovascular risk factors'],
    },
    {
      name: 'two risk factors settle it although smoking was not obtained',
      record: [woman, hypertension, dyslipidaemia],
      unknown: { socialHistory: 'failed' },
      drafts,
      hook: 'order-select',
      variant: 'riskFactors',
    },
  ],
  doesNotApply: [
    { name: 'no draft', record: [woman, infarction('2025-06-01')] },
    { name: 'draft of another bone drug', record: [woman, undated], drafts: [drug('Denosumab 60 MG')] },
    {
      name: 'romosozumab drafted but not selected, order-select',
      record: [woman, infarction('2025-06-01')],
      drafts,
      selections: ['MedicationRequest/other'],
      hook: 'order-select',
    },
    {
      name: 'draft that says do not perform',
      record: [woman, undated],
      drafts: [{ ...draft, doNotPerform: true }],
    },
    { name: 'age 17', record: [patient(17), undated], drafts },
    { name: 'empty problem list: silent, and no clearance', record: [woman], drafts },
    { name: 'empty problem list, order-select', record: [woman], drafts, hook: 'order-select' },
    {
      name: 'refuted infarction',
      record: [woman, infarction('2025-06-01', verificationStatus('refuted'))],
      drafts,
    },
    {
      name: 'family history of infarction',
      record: [woman, infarction('2025-06-01', { category: [{ coding: [{ code: 'family-history' }] }] })],
      drafts,
    },
    { name: 'only a TIA, order-sign: information is not shown', record: [woman, tia], drafts },
    { name: 'two risk factors, order-sign', record: [woman, hypertension, dyslipidaemia], drafts },
    { name: 'hypertension alone, order-select', record: [woman, hypertension], drafts, hook: 'order-select' },
    {
      name: 'transient global amnesia is no TIA',
      record: [woman, condition('icd10cm', 'G45.4')],
      drafts,
      hook: 'order-select',
    },
    {
      name: 'history found complete although procedures failed, order-sign',
      record: [woman],
      unknown: { procedures: 'failed' },
      drafts,
    },
  ],
  lacksData: [
    {
      name: 'one risk factor and smoking not obtained, order-select',
      record: [woman, hypertension],
      unknown: { socialHistory: 'failed' },
      drafts,
      hook: 'order-select',
      missing: ['smoking'],
    },
    {
      name: 'procedures not obtained, order-select: a stent may be missing',
      record: [woman, hypertension],
      unknown: { procedures: 'failed' },
      drafts,
      hook: 'order-select',
      missing: ['ascvd'],
    },
    {
      name: 'problem list not obtained where the site has switched the information off',
      record: [woman],
      unknown: { conditions: 'failed' },
      drafts,
      policy: quiet,
      missing: ['myocardialInfarction', 'stroke'],
    },
  ],
});

/** Its own cards before signing: the same draft may have others, about calcium for example. */
function cardsAbout(
  record: readonly Resource[],
  ordered: readonly Resource[],
  gaps: Gaps = {},
): readonly CardDraft[] {
  const { cards } = decide(
    'bone-heart-order-sign',
    recordOf(record, gaps),
    contextOf(ordered),
    guideline,
    TODAY,
  );
  return cards.filter(({ source }) => source.topic?.code === romosozumabMiStrokeOrder.id);
}

test('one card for each draft, with its own delete suggestion; none for a draft without id', () => {
  const second = { ...draft, id: 'draft-2' };
  const nameless = { ...draft, id: undefined };
  const cards = cardsAbout([woman, infarction('2025-06-01')], [draft, second, nameless]);
  const deleted = cards.map(({ suggestions = [] }) =>
    suggestions.flatMap(({ actions = [] }) =>
      actions.flatMap((action) => (action.type === 'delete' ? [action.resourceId] : [])),
    ),
  );
  expect(cards.map(({ indicator }) => indicator)).toEqual(['critical', 'critical', 'critical']);
  expect(deleted).toEqual([['MedicationRequest/draft-1'], ['MedicationRequest/draft-2'], []]);
});

test('two drafts and no problem list: one card says that the history could not be checked', () => {
  const cards = cardsAbout([woman], [draft, { ...draft, id: 'draft-2' }], {
    unknown: { conditions: 'failed' },
  });
  expect(cards.map(({ indicator, summary }) => [indicator, summary])).toEqual([
    ['info', 'Romosozumab: MI/stroke history could not be checked.'],
  ]);
  expect(cards[0]?.detail).toContain('Could not check myocardial infarction: the search failed.');
});

test('a history code says that its date is unknown', () => {
  const cards = cardsAbout([woman, undated], drafts);
  expect(cards[0]?.detail).toContain('Myocardial infarction, history, date unknown.');
});

test('a deceased patient gets no card, an inpatient does', () => {
  const ask = (one: ReturnType<typeof patient>): number =>
    cardsAbout(
      [one, infarction('2025-06-01'), { resourceType: 'Encounter', id: 'e1', class: { code: 'IMP' } }],
      drafts,
    ).length;
  expect(ask(patient(72, { deceasedBoolean: true }))).toBe(0);
  expect(ask(woman)).toBe(1);
});
