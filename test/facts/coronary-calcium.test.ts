/** Coronary calcium scores that come without a known code: recognised by the words of their code, when they are sent at all. */
import { describe, expect, test } from '@jest/globals';
import { buildChart } from '../../src/facts/chart.ts';
import { coronaryCalcium } from '../../src/facts/coronary-calcium.ts';
import type { PatientRecord, Resource } from '../../src/facts/record.ts';
import { decide } from '../../src/decide.ts';
import { contextOf, guideline, lab, patient, recordOf, TODAY, tScore } from '../build-record.ts';
import { today } from './chart-of.ts';

type Extra = Readonly<Record<string, unknown>>;

/** What a client yields that sends the observation in its bone Bundle although no code asks for it. */
function sent(...unasked: readonly Resource[]): PatientRecord {
  const record = recordOf([patient(66), tScore(-1.8)]);
  const own = [tScore(-1.8), ...unasked];
  return {
    ...record,
    queries: new Map([...record.queries, ['bone', { state: 'complete', resources: own }]]),
  };
}

/** An observation whose code has words only. */
function named(text: string, extra: Extra = {}): Resource {
  return lab('none', 150, '1', '2025-06-01', { code: { text }, ...extra });
}

function scores(...unasked: readonly Resource[]): readonly number[] {
  const chart = buildChart(sent(...unasked), contextOf(), today, {
    concepts: guideline.concepts,
    definitions: guideline.knowledge.definitions,
    observationStatuses: guideline.observationStatuses,
    queryOf: guideline.queryOf,
  });
  return coronaryCalcium(chart).results.map(({ quantity }) => quantity.canonical);
}

describe('a score is recognised by the words of its code', () => {
  test.each([
    'Agatston score',
    'Coronary artery calcium score',
    'Coronary calcium score, total',
    'CAC',
    'CAC score (Agatston)',
    'CT heart: AGATSTON SCORE TOTAL',
  ])('%s', (text) => {
    expect(scores(named(text))).toEqual([150]);
  });

  test('by the display of a local code', () => {
    const code = { coding: [{ system: 'urn:example', code: '4711', display: 'Agatston score' }] };
    expect(scores(named('', { code }))).toEqual([150]);
  });

  test('as a component of the report', () => {
    const report: Resource = {
      ...named('CT heart'),
      component: [
        { code: { text: 'Agatston score' }, valueQuantity: { value: 210 } },
        { code: { text: 'Agatston score LAD' }, valueQuantity: { value: 180 } },
        { code: { text: 'CAC percentile' }, valueQuantity: { value: 82, unit: '%' } },
      ],
    };
    expect(scores(report)).toEqual([210]);
  });

  test('an answer of the service rests on it', () => {
    const { cards } = decide(
      'bone-heart-patient-view',
      sent(named('Agatston score')),
      contextOf(),
      guideline,
      TODAY,
    );
    expect(cards.map(({ source }) => source.topic?.code)).toContain('cac-low-bmd');
  });
});

describe('what is not the total score is left out', () => {
  test.each([
    'CAC percentile',
    'Agatston score percentile for age and sex',
    'Agatston score LAD',
    'Agatston score RCA',
    'Agatston score left main',
    'Agatston score, left anterior descending coronary artery',
    'Agatston score, right coronary artery',
    'Agatston score, circumflex',
    'Agatston score, aortic valve',
    'Agatston score, thoracic aorta',
    'Coronary calcium score, volume',
    'Coronary calcium score, mass',
    'Calcium',
    'CACHE',
  ])('%s', (text) => {
    expect(scores(named(text))).toEqual([]);
  });

  test('a component of a valve report', () => {
    const report: Resource = {
      ...named('Aortic valve calcification'),
      component: [{ code: { text: 'Agatston score' }, valueQuantity: { value: 900 } }],
    };
    expect(scores(report)).toEqual([]);
  });

  test('words do not overrule the code of another result', () => {
    const code = { coding: [{ system: 'http://loinc.org', code: '17861-6' }], text: 'CAC' };
    expect(scores(named('', { code }))).toEqual([]);
  });

  test('a display of any length and number costs little and is read only so far', () => {
    const coding = Array.from({ length: 5000 }, (_, index) => ({
      system: 'urn:example',
      code: String(index),
      display: 'x'.repeat(5000),
    }));
    expect(scores(named('', { code: { coding: [...coding, { display: 'Agatston score' }] } }))).toEqual([]);
  });
});
