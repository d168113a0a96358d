import { describe, expect, test } from '@jest/globals';
import { hormoneDeprivation, hormoneDeprivationDrafts } from '../../src/facts/hormone-deprivation.ts';
import type { Resource } from '../../src/facts/record.ts';
import {
  clinicalStatus,
  coded,
  condition,
  drug,
  man,
  patient,
  statement,
  verificationStatus,
} from '../build-record.ts';
import { chartOf, reading, type Setting } from './chart-of.ts';

type Extra = Readonly<Record<string, unknown>>;

const woman = patient(60);
const letrozole = (extra: Extra = {}): Resource =>
  drug('Letrozole 2.5 MG Oral Tablet', { authoredOn: '2025-03-01', ...extra });
const leuprolide = (extra: Extra = {}): Resource =>
  drug('leuprolide acetate 22.5 MG Injection', { authoredOn: '2025-03-01', ...extra });
const breastCancer = condition('icd10cm', 'C50.911');
const prostateCancer = condition('icd10cm', 'C61');
const oldMan = patient(70, man);

function read(resources: readonly Resource[], setting: Setting = {}): string {
  const fact = hormoneDeprivation(chartOf(resources, setting));
  return fact.state === 'known' ? `${fact.value.treatment} since ${fact.value.since.text}` : reading(fact);
}

describe('hormone deprivation: aromatase inhibitor (R21)', () => {
  test.each<[string, readonly Resource[], string]>([
    ['woman of 60, no cancer on record', [woman, letrozole()], 'aromataseInhibitor since 2025-03-01'],
    ['woman of 45', [patient(45), letrozole()], 'aromataseInhibitor since 2025-03-01'],
    ['woman of 44 without cancer: fertility use', [patient(44), letrozole()], 'absent'],
    ['woman of 32 without cancer', [patient(32), letrozole()], 'absent'],
    ['woman of 32, C50', [patient(32), letrozole(), breastCancer], 'aromataseInhibitor since 2025-03-01'],
    [
      'woman of 32, D05',
      [patient(32), letrozole(), condition('icd10cm', 'D05.11')],
      'aromataseInhibitor since 2025-03-01',
    ],
    [
      'woman of 32, Z85.3 inactive',
      [patient(32), letrozole(), condition('icd10cm', 'Z85.3', clinicalStatus('inactive'))],
      'aromataseInhibitor since 2025-03-01',
    ],
    [
      'woman of 32, 254837009 in remission: adjuvant treatment',
      [patient(32), letrozole(), condition('snomed', '254837009', clinicalStatus('remission'))],
      'aromataseInhibitor since 2025-03-01',
    ],
    [
      'woman of 32, breast cancer refuted',
      [patient(32), letrozole(), condition('icd10cm', 'C50.911', verificationStatus('refuted'))],
      'absent',
    ],
    ['man with breast cancer', [oldMan, letrozole(), breastCancer], 'absent'],
    ['sex not recorded', [patient(60, { gender: undefined }), letrozole()], 'unknown: ambiguous'],
    [
      'first order 6 months ago to the day',
      [woman, letrozole({ authoredOn: '2025-07-15' })],
      'aromataseInhibitor since 2025-07-15',
    ],
    ['first order one day later', [woman, letrozole({ authoredOn: '2025-07-16' })], 'absent'],
    [
      'first order in July 2025, day unknown',
      [woman, letrozole({ authoredOn: '2025-07' })],
      'unknown: ambiguous',
    ],
    [
      'renewed last month, first order stopped',
      [
        woman,
        letrozole({ authoredOn: '2025-12-01' }),
        letrozole({ authoredOn: '2021-05-01', status: 'stopped' }),
      ],
      'aromataseInhibitor since 2021-05-01',
    ],
    ['statement without dates', [woman, statement('anastrozole 1 MG')], 'unknown: ambiguous'],
    ['stopped', [woman, letrozole({ status: 'stopped' })], 'absent'],
    ['no drug', [woman, breastCancer], 'absent'],
    [
      'coded by ATC, without text',
      [woman, drug(coded('atc', 'L02BG04'), { authoredOn: '2025-03-01' })],
      'aromataseInhibitor since 2025-03-01',
    ],
  ])('%s', (_, resources, expected) => {
    expect(read(resources)).toBe(expected);
  });
  test('a cut list may hold the first order', () => {
    const gap = { incomplete: { medicationRequests: 'truncated' } } as const;
    expect(read([woman, letrozole({ authoredOn: '2025-12-01' })], gap)).toBe('unknown: ambiguous');
    expect(read([woman, letrozole()], gap)).toBe('aromataseInhibitor since 2025-03-01');
  });
  test('a list that was not obtained is unknown for women, absent for men without prostate cancer', () => {
    const gap = { unknown: { medicationRequests: 'failed' } } as const;
    expect(read([woman], gap)).toBe('unknown: failed');
    expect(read([oldMan], gap)).toBe('absent');
    expect(read([oldMan, prostateCancer], gap)).toBe('unknown: failed');
  });
  test('the problem list matters below 45 only', () => {
    const gap = { unknown: { conditions: 'timed-out' } } as const;
    expect(read([patient(44), letrozole()], gap)).toBe('unknown: timed-out');
    expect(read([woman, letrozole()], gap)).toBe('aromataseInhibitor since 2025-03-01');
  });
});

describe('hormone deprivation: GnRH agents (R21)', () => {
  const since = 'androgenDeprivation since 2025-03-01';
  test.each<[string, readonly Resource[], string]>([
    ['leuprolide with prostate cancer', [oldMan, leuprolide(), prostateCancer], since],
    [
      'degarelix by ATC',
      [oldMan, drug(coded('atc', 'L02BX02'), { authoredOn: '2025-03-01' }), prostateCancer],
      since,
    ],
    [
      'goserelin implant by product code without text',
      [oldMan, drug(coded('rxnorm', '314008'), { authoredOn: '2025-03-01' }), prostateCancer],
      since,
    ],
    [
      'bicalutamide alone',
      [oldMan, drug(coded('rxnorm', '83008'), { authoredOn: '2025-03-01' }), prostateCancer],
      'absent',
    ],
    [
      'abiraterone alone',
      [oldMan, drug(coded('atc', 'L02BX03'), { authoredOn: '2025-03-01' }), prostateCancer],
      'absent',
    ],
    [
      'bicalutamide and leuprolide',
      [oldMan, drug(coded('rxnorm', '83008'), { authoredOn: '2020-03-01' }), leuprolide(), prostateCancer],
      since,
    ],
    ['no prostate cancer', [oldMan, leuprolide()], 'absent'],
    [
      'prostate cancer resolved',
      [oldMan, leuprolide(), condition('icd10cm', 'C61', clinicalStatus('resolved'))],
      'absent',
    ],
    ['woman (endometriosis)', [woman, leuprolide(), prostateCancer], 'absent'],
    [
      'first order 5 months ago',
      [oldMan, leuprolide({ authoredOn: '2025-08-15' }), prostateCancer],
      'absent',
    ],
  ])('%s', (_, resources, expected) => {
    expect(read(resources)).toBe(expected);
  });
  test('an antiandrogen on a cut list does not prove that no GnRH agent is given', () => {
    const bicalutamide = drug(coded('rxnorm', '83008'), { authoredOn: '2025-03-01' });
    expect(
      read([oldMan, bicalutamide, prostateCancer], { incomplete: { medicationRequests: 'truncated' } }),
    ).toBe('unknown: truncated');
  });
});

describe('hormone deprivation among the drafts', () => {
  const draft = { ...letrozole(), id: 'draft-1', status: 'draft' };
  const first = (resources: readonly Resource[], setting: Setting = {}): unknown => {
    const fact = hormoneDeprivationDrafts(chartOf(resources, { drafts: [draft], ...setting }));
    return fact.state === 'known' ? fact.value.first : reading(fact);
  };
  test('first order: nothing of the class before, the draft itself not counted', () => {
    expect(first([woman])).toBe(true);
    expect(first([woman, { ...letrozole(), id: 'draft-1' }])).toBe(true);
    expect(first([woman, drug('Anastrozole 1 MG', { status: 'stopped', authoredOn: '2019-01-01' })])).toBe(
      false,
    );
    expect(first([woman, drug('Letrozole 2.5 MG', { status: 'cancelled' })])).toBe(true);
  });
  test('a list that was not obtained leaves it open', () => {
    expect(first([woman], { unknown: { medicationStatements: 'failed' } })).toBeUndefined();
  });
  test('without the indication there is no draft to speak of', () => {
    expect(first([patient(32)])).toBe('absent');
    expect(first([oldMan])).toBe('absent');
    expect(first([patient(32)], { unknown: { conditions: 'failed' } })).toBe('unknown: failed');
  });
  test('an antiandrogen draft is none', () => {
    const bicalutamide = { ...drug(coded('rxnorm', '83008')), id: 'draft-2' };
    expect(first([oldMan, prostateCancer], { drafts: [bicalutamide] })).toBe('absent');
  });
});
