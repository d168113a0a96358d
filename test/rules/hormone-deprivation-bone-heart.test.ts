import { expect, test } from '@jest/globals';
import { decide } from '../../src/decide.ts';
import type { Resource } from '../../src/facts/record.ts';
import { hormoneDeprivationBoneHeart } from '../../src/rules/hormone-deprivation-bone-heart.ts';
import {
  bloodPressure,
  clinicalStatus,
  coded,
  condition,
  contextOf,
  drug,
  guideline,
  lab,
  ldl,
  man,
  order,
  osteoporosis,
  patient,
  policyOf,
  procedure,
  recordOf,
  report,
  statement,
  TODAY,
  tScore,
  vitaminD,
} from '../build-record.ts';
import { describeRule } from './describe-rule.ts';

type Extra = Readonly<Record<string, unknown>>;

const woman = patient(60);
const elder = patient(70, man);
const breastCancer = condition('icd10cm', 'C50.911');
const prostateCancer = condition('icd10cm', 'C61');
const paget = condition('icd10cm', 'M88.9');
const letrozole = (authoredOn = '2025-03-01', extra: Extra = {}): Resource =>
  drug('Letrozole 2.5 MG Oral Tablet', { authoredOn, ...extra });
const leuprolide = (authoredOn = '2025-03-01', extra: Extra = {}): Resource =>
  drug('leuprolide acetate 22.5 MG Injection', { authoredOn, ...extra });
const bicalutamide = drug(coded('rxnorm', '83008'), { authoredOn: '2025-03-01' });
const hba1c = (date = '2025-12-01'): Resource => lab('4548-4', 6, '%', date);
const pressure = bloodPressure(124, 76);
const scan = tScore(-0.5, '2024-06-01');
const current = [ldl(110), pressure, hba1c()];

/** As an ordering screen sends it: no dates yet. */
const draftOf = (text: string, id = 'draft-1'): Resource => ({
  resourceType: 'MedicationRequest',
  id,
  status: 'draft',
  intent: 'order',
  medicationCodeableConcept: { text },
});
const anastrozole = draftOf('Anastrozole 1 MG Oral Tablet');
const degarelix = draftOf('Degarelix 80 MG Injection');
const signing = { hook: 'order-sign', drafts: [anastrozole] } as const;
const signingGnrh = { hook: 'order-sign', drafts: [degarelix] } as const;

describeRule(hormoneDeprivationBoneHeart, {
  recommends: [
    {
      name: 'new anastrozole draft, no scan on file',
      record: [woman],
      ...signing,
      variant: 'aromataseInhibitorFirst',
      says: ['Aromatase inhibitor: baseline or 2-yearly DXA not on file.'],
      suggests: ['dxa', 'vitaminD'],
    },
    {
      name: 'new anastrozole draft at 32 with breast cancer',
      record: [patient(32), breastCancer],
      ...signing,
      variant: 'aromataseInhibitorFirst',
    },
    {
      name: 'new anastrozole draft, scan 24 months and a day ago, vitamin D known',
      record: [woman, tScore(-0.5, '2024-01-14'), vitaminD(34)],
      ...signing,
      variant: 'aromataseInhibitorFirst',
      suggests: ['dxa'],
    },
    {
      name: 'the draft itself is on the medication list already',
      record: [woman, { ...letrozole('2026-01-15'), id: 'draft-1' }],
      ...signing,
      variant: 'aromataseInhibitorFirst',
    },
    {
      name: 'an earlier order that was cancelled is none',
      record: [woman, letrozole('2025-12-01', { status: 'cancelled' })],
      ...signing,
      variant: 'aromataseInhibitorFirst',
    },
    {
      name: 'new degarelix draft with prostate cancer',
      record: [elder, prostateCancer],
      ...signingGnrh,
      variant: 'androgenDeprivationFirst',
      says: ['Androgen deprivation: baseline or 2-yearly DXA not on file.'],
      suggests: ['dxa', 'vitaminD'],
    },
    {
      name: 'new degarelix draft after bicalutamide alone is the first of its class',
      record: [elder, prostateCancer, bicalutamide],
      ...signingGnrh,
      variant: 'androgenDeprivationFirst',
    },
    {
      name: 'zoledronic acid of unclear product is not the oncology dose',
      record: [woman, drug('zoledronic acid')],
      ...signing,
      variant: 'aromataseInhibitorFirst',
    },
    {
      name: 'scan 25 months ago on an aromatase inhibitor',
      record: [woman, letrozole(), tScore(-0.5, '2023-12-15'), ...current],
      variant: 'aromataseInhibitorScan',
      says: ['Aromatase inhibitor: baseline or 2-yearly DXA not on file.'],
      suggests: ['dxa', 'vitaminD'],
    },
    {
      name: 'scan 24 months and a day ago, current vitamin D',
      record: [woman, letrozole(), tScore(-0.5, '2024-01-14'), vitaminD(34), ...current],
      variant: 'aromataseInhibitorScan',
      suggests: ['dxa'],
    },
    {
      name: 'first order six months ago to the day',
      record: [woman, letrozole('2025-07-15'), ...current],
      variant: 'aromataseInhibitorScan',
    },
    {
      name: 'nothing on file on an aromatase inhibitor: no HbA1c asked for',
      record: [woman, letrozole()],
      variant: 'aromataseInhibitorScan',
      suggests: ['dxa', 'lipidPanel', 'vitaminD'],
    },
    {
      name: 'nothing on file on leuprolide with prostate cancer',
      record: [elder, leuprolide(), prostateCancer],
      variant: 'androgenDeprivationScan',
      says: ['Androgen deprivation: baseline or 2-yearly DXA not on file.'],
      suggests: ['dxa', 'lipidPanel', 'hba1c', 'vitaminD'],
    },
    {
      name: 'scan on file, lipids and blood pressure not',
      record: [woman, letrozole(), scan],
      variant: 'aromataseInhibitorChecks',
      says: ['Aromatase inhibitor: lipids/BP not on file in 12 months.'],
      suggests: ['lipidPanel'],
    },
    {
      name: 'panel one day older than 12 months',
      record: [woman, letrozole(), scan, ldl(110, '2025-01-14'), pressure],
      variant: 'aromataseInhibitorChecks',
      says: ['lipids not on file'],
      suggests: ['lipidPanel'],
    },
    {
      name: 'blood pressure one day older than 12 months',
      record: [woman, letrozole(), scan, ldl(110), bloodPressure(124, 76, '2025-01-14')],
      variant: 'aromataseInhibitorChecks',
      says: ['BP not on file'],
      suggests: [],
    },
    {
      name: 'scan, lipids and blood pressure on file, HbA1c one day older than 12 months, on leuprolide',
      record: [elder, leuprolide(), prostateCancer, scan, ldl(110), pressure, hba1c('2025-01-14')],
      variant: 'androgenDeprivationChecks',
      says: ['Androgen deprivation: HbA1c not on file in 12 months.'],
      suggests: ['hba1c'],
    },
    {
      name: 'all three checks missing on leuprolide',
      record: [elder, leuprolide(), prostateCancer, scan],
      variant: 'androgenDeprivationChecks',
      says: ['lipids/BP/HbA1c not on file'],
    },
    {
      name: 'Paget disease: no scan asked for, lipids are',
      record: [woman, letrozole(), paget, pressure],
      variant: 'aromataseInhibitorChecks',
      suggests: ['lipidPanel'],
    },
    {
      name: 'scan ordered, lipids missing: vitamin D is not suggested alone',
      record: [woman, letrozole(), order(coded('loinc', '38268-9')), pressure],
      variant: 'aromataseInhibitorChecks',
      suggests: ['lipidPanel'],
    },
    {
      name: 'another recommendation suggests the scan',
      record: [woman, letrozole(), pressure],
      dropped: ['dxa'],
      variant: 'aromataseInhibitorChecks',
      suggests: ['lipidPanel'],
    },
    {
      name: 'other recommendations ask for lipids, blood pressure and vitamin D',
      record: [woman, letrozole()],
      dropped: ['lipidPanel', 'noBloodPressure', 'vitaminD'],
      variant: 'aromataseInhibitorScan',
      suggests: ['dxa'],
    },
    {
      name: 'lipid search failed: the scan is asked for all the same',
      record: [woman, letrozole(), pressure],
      unknown: { lipids: 'failed' },
      variant: 'aromataseInhibitorScan',
      suggests: ['dxa', 'vitaminD'],
    },
    {
      name: 'search for scans failed: blood pressure is asked for all the same',
      record: [woman, letrozole(), ldl(110)],
      unknown: { reports: 'failed' },
      variant: 'aromataseInhibitorChecks',
      suggests: [],
    },
    {
      name: 'vitamin D 24 months and a day ago, scan missing',
      record: [woman, letrozole(), vitaminD(34, '2024-01-14'), ...current],
      variant: 'aromataseInhibitorScan',
      suggests: ['dxa', 'vitaminD'],
    },
    {
      name: 'vitamin D 24 months ago to the day, scan missing',
      record: [woman, letrozole(), vitaminD(34, '2024-01-15'), ...current],
      variant: 'aromataseInhibitorScan',
      suggests: ['dxa'],
    },
    {
      name: 'denosumab 60 mg is osteoporosis treatment, not the oncology dose',
      record: [woman, letrozole(), drug('Prolia 60 MG/ML'), ...current],
      variant: 'aromataseInhibitorScan',
    },
    {
      name: 'last denosumab 120 mg more than six months ago, completed',
      record: [
        woman,
        letrozole(),
        drug('Xgeva 120 MG', { authoredOn: '2025-07-14', status: 'completed' }),
        ...current,
      ],
      variant: 'aromataseInhibitorScan',
    },
  ],
  doesNotApply: [
    { name: 'letrozole at 32 without cancer', record: [patient(32), letrozole()] },
    { name: 'letrozole at 44 without cancer', record: [patient(44), letrozole()] },
    { name: 'man on letrozole', record: [elder, letrozole(), breastCancer] },
    { name: 'bicalutamide alone', record: [elder, bicalutamide, prostateCancer] },
    { name: 'leuprolide without prostate cancer', record: [elder, leuprolide()] },
    {
      name: 'prostate cancer resolved',
      record: [elder, leuprolide(), condition('icd10cm', 'C61', clinicalStatus('resolved'))],
    },
    { name: 'leuprolide in a woman', record: [woman, leuprolide()] },
    { name: 'first order one day short of six months', record: [woman, letrozole('2025-07-16')] },
    { name: 'letrozole stopped', record: [woman, letrozole('2025-03-01', { status: 'stopped' })] },
    { name: 'no hormone-lowering treatment', record: [woman, breastCancer] },
    {
      name: 'scan 24 months ago to the day, all current',
      record: [woman, letrozole(), tScore(-0.5, '2024-01-15'), ...current],
    },
    {
      name: 'scan as a report only, all current',
      record: [woman, letrozole(), report(coded('loinc', '38268-9'), '2025-02-01'), ...current],
    },
    {
      name: 'scan as a procedure only, all current',
      record: [woman, letrozole(), procedure(coded('loinc', '38268-9'), '2025-02-01'), ...current],
    },
    {
      name: 'HbA1c missing on an aromatase inhibitor',
      record: [woman, letrozole(), scan, ldl(110), pressure],
    },
    {
      name: 'lipids, blood pressure and HbA1c 12 months ago to the day',
      record: [
        elder,
        leuprolide(),
        prostateCancer,
        scan,
        ldl(110, '2025-01-15'),
        bloodPressure(124, 76, '2025-01-15'),
        hba1c('2025-01-15'),
      ],
    },
    {
      name: 'everything that is missing is ordered',
      record: [
        elder,
        leuprolide(),
        prostateCancer,
        order(coded('loinc', '38268-9')),
        order(coded('loinc', '24331-1')),
        order(coded('loinc', '4548-4')),
        pressure,
      ],
    },
    {
      name: 'everything that is missing is asked for elsewhere',
      record: [woman, letrozole()],
      dropped: ['dxa', 'lipidPanel', 'noBloodPressure'],
    },
    { name: 'on denosumab 120 mg', record: [woman, letrozole(), drug('denosumab 120 MG (Xgeva)')] },
    {
      name: 'on zoledronic acid 4 mg',
      record: [woman, letrozole(), drug('Zoledronic acid 4 MG/5 ML Injection')],
    },
    {
      name: 'denosumab 120 mg completed six months ago to the day',
      record: [woman, letrozole(), drug('Xgeva 120 MG', { authoredOn: '2025-07-15', status: 'completed' })],
    },
    { name: 'Paget disease, all else current', record: [woman, letrozole(), paget, ...current] },
    {
      name: 'anastrozole draft, scan 24 months ago to the day',
      record: [woman, tScore(-0.5, '2024-01-15')],
      ...signing,
    },
    {
      name: 'anastrozole draft after an earlier order of the class',
      record: [woman, letrozole('2025-12-01')],
      ...signing,
    },
    {
      name: 'anastrozole draft after a stopped order of years ago',
      record: [woman, letrozole('2015-12-01', { status: 'stopped' })],
      ...signing,
    },
    {
      name: 'anastrozole draft, statement of earlier use',
      record: [woman, statement('anastrozole')],
      ...signing,
    },
    { name: 'anastrozole draft at 32 without cancer', record: [patient(32)], ...signing },
    {
      name: 'anastrozole draft together with a draft of the scan',
      record: [woman],
      hook: 'order-sign',
      drafts: [anastrozole, { ...order(coded('loinc', '38268-9')), status: 'draft' }],
    },
    {
      name: 'bicalutamide draft',
      record: [elder, prostateCancer],
      hook: 'order-sign',
      drafts: [draftOf('Bicalutamide 50 MG')],
    },
    { name: 'anastrozole draft, Paget disease', record: [woman, paget], ...signing },
    {
      name: 'degarelix draft on denosumab 120 mg',
      record: [elder, prostateCancer, drug('Xgeva 120 MG')],
      ...signingGnrh,
    },
    { name: 'anastrozole draft, scan suggested elsewhere', record: [woman], ...signing, dropped: ['dxa'] },
    { name: 'other draft', record: [woman], hook: 'order-sign', drafts: [draftOf('Ibuprofen 400 MG')] },
  ],
  lacksData: [
    {
      name: 'medication list not obtained',
      record: [woman],
      unknown: { medicationRequests: 'failed' },
      missing: ['hormoneDeprivation'],
    },
    {
      name: 'sex not recorded',
      record: [patient(60, { gender: 'unknown' }), letrozole()],
      missing: ['hormoneDeprivation'],
    },
    {
      name: 'age 44, problem list not obtained',
      record: [patient(44), letrozole()],
      unknown: { conditions: 'timed-out' },
      missing: ['hormoneDeprivation'],
    },
    {
      name: 'start of treatment not dated',
      record: [woman, statement('anastrozole')],
      missing: ['hormoneDeprivation'],
    },
    {
      name: 'denosumab 120 mg on hold',
      record: [woman, letrozole(), drug('Xgeva 120 MG', { status: 'on-hold', authoredOn: '2025-01-01' })],
      missing: ['oncologyBoneDrug'],
    },
    {
      name: 'search for scans cut off, old scan found, all else current',
      record: [woman, letrozole(), tScore(-0.5, '2020-01-01'), ...current],
      incomplete: { bone: 'truncated' },
      missing: ['dxaDone'],
    },
    {
      name: 'undated scan, all else current',
      record: [woman, letrozole(), procedure(coded('loinc', '38268-9')), ...current],
      missing: ['dxaDone'],
    },
    {
      name: 'orders not obtained, all else current',
      record: [woman, letrozole(), ...current],
      unknown: { serviceRequests: 'not-permitted' },
      missing: ['dxaOrdered'],
    },
    {
      name: 'lipids not obtained, all else current',
      record: [woman, letrozole(), scan, pressure],
      unknown: { lipids: 'failed' },
      missing: ['lipidPanel'],
    },
    {
      name: 'orders not obtained, only lipids missing',
      record: [woman, letrozole(), scan, pressure],
      unknown: { serviceRequests: 'failed' },
      missing: ['lipidPanelOrdered'],
    },
    {
      name: 'orders not obtained, only HbA1c missing',
      record: [elder, leuprolide(), prostateCancer, scan, ldl(110), pressure],
      unknown: { serviceRequests: 'failed' },
      missing: ['hba1cOrdered'],
    },
    {
      name: 'HbA1c 48 % cannot be read',
      record: [
        elder,
        leuprolide(),
        prostateCancer,
        scan,
        ldl(110),
        pressure,
        lab('4548-4', 48, '%', '2025-12-01'),
      ],
      missing: ['hba1c'],
    },
    {
      name: 'blood pressure not obtained, all else current',
      record: [woman, letrozole(), scan, ldl(110)],
      unknown: { bloodPressure: 'failed' },
      missing: ['bloodPressure'],
    },
    {
      name: 'draft without code and name',
      record: [woman],
      hook: 'order-sign',
      drafts: [{ resourceType: 'MedicationRequest', id: 'draft-1', status: 'draft' }],
      missing: ['hormoneDeprivationDrafts'],
    },
    {
      name: 'anastrozole draft, earlier orders not obtained',
      record: [woman],
      ...signing,
      unknown: { medicationRequests: 'failed' },
      missing: ['hormoneDeprivationDrafts'],
    },
    {
      name: 'anastrozole draft, oncology bone drug on hold',
      record: [woman, drug('Xgeva 120 MG', { status: 'on-hold', authoredOn: '2025-01-01' })],
      ...signing,
      missing: ['oncologyBoneDrug'],
    },
    {
      name: 'anastrozole draft, search for scans failed',
      record: [woman],
      ...signing,
      unknown: { procedures: 'failed' },
      missing: ['dxaDone'],
    },
  ],
});

const cardsAt = (
  service: string,
  resources: readonly Resource[],
  drafts: readonly Resource[] = [],
): ReturnType<typeof decide>['cards'] =>
  decide(service, recordOf(resources), contextOf(drafts), guideline, TODAY).cards.filter(
    ({ source }) => source.topic?.code === 'hormone-deprivation-bone-heart',
  );

function reasons(cards: ReturnType<typeof cardsAt>): unknown[] {
  return cards.flatMap(({ suggestions = [] }) =>
    suggestions.flatMap(({ actions = [] }) =>
      actions.map((action) => {
        const resource: Extra = 'resource' in action ? action.resource : {};
        return (resource['reasonCode'] as { coding: { code: string }[] }[])[0]?.coding[0]?.code;
      }),
    ),
  );
}

test('long-term use of the aromatase inhibitor is the reason of its orders, the cancer that of GnRH treatment', () => {
  expect(new Set(reasons(cardsAt('bone-heart-patient-view', [woman, breastCancer, letrozole()])))).toEqual(
    new Set(['Z79.811']),
  );
  const ofMen = cardsAt('bone-heart-patient-view', [elder, prostateCancer, leuprolide()]);
  expect(new Set(reasons(ofMen))).toEqual(new Set(['C61']));
  expect(JSON.stringify(ofMen)).not.toContain('Z79.811');
});

test('before signing, information is not shown, and each draft has its own warning', () => {
  expect(cardsAt('bone-heart-order-sign', [woman, scan], [anastrozole])).toEqual([]);
  const both = cardsAt(
    'bone-heart-order-sign',
    [woman],
    [anastrozole, draftOf('Letrozole 2.5 MG', 'draft-2')],
  );
  expect(both.map(({ indicator }) => indicator)).toEqual(['warning', 'warning']);
});

test('an inpatient gets no card before signing: the screening exclusions hold there too', () => {
  const inHospital: Resource = {
    resourceType: 'Encounter',
    id: 'e1',
    status: 'in-progress',
    class: { code: 'IMP' },
  };
  const context = { ...contextOf([anastrozole]), encounterId: 'e1' };
  const { cards } = decide(
    'bone-heart-order-sign',
    recordOf([woman, inHospital]),
    context,
    policyOf(),
    TODAY,
  );
  expect(cards).toEqual([]);
});

test('it quiets the lipid reminder and leaves the scan to the treatment gap', () => {
  const { judgements } = decide(
    'bone-heart-patient-view',
    recordOf([patient(66), letrozole(), osteoporosis()]),
    contextOf(),
    guideline,
    TODAY,
  );
  const outcome = (id: string): unknown =>
    judgements.find(({ active }) => active.recommendation.id === id)?.finding;
  expect(outcome('hormone-deprivation-bone-heart')).not.toMatchObject({
    parts: expect.arrayContaining(['dxa']) as unknown,
  });
  expect(outcome('lipid-panel-overdue')).toMatchObject({ outcome: 'notApplicable' });
});
