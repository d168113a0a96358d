/** What feedback quiets and for how long, as a clinician would expect it. */
import { describe, expect, test } from '@jest/globals';
import { quietsFromFeedback, type SnoozeTable } from '../src/quiet.ts';
import type { FeedbackRecord, KnownCard } from '../src/store/contract.ts';
import { knowledge } from './build-record.ts';

const table: SnoozeTable = {
  reasons: { 'patient-refuses': 180, 'patient-ineligible': 365, 'limited-time': 1, never: 0 },
  otherReasonDays: 30,
  noReasonDays: 2,
  acceptedGraceDays: 30,
  acceptedDays: 90,
};
const TODAY = '2026-01-15';

const card = (extra: Partial<KnownCard> = {}): KnownCard => ({
  uuid: 'c1',
  patientKey: 'k1',
  recommendations: [{ id: 'dxa-screening-due', version: '0.1.0' }],
  indicator: 'info',
  suggestions: [
    { uuid: 's1', recommendation: 'dxa-screening-due', order: 'dxaStudy', withinDays: 90 },
    { uuid: 's2', recommendation: 'dxa-screening-due', order: 'lipidPanel', withinDays: 10 },
    { uuid: 's3', recommendation: 'dxa-screening-due' },
  ],
  canBeQuieted: true,
  ...extra,
});

type Entry = Omit<FeedbackRecord, 'isKnown'>;
const override = (code?: string, extra: Partial<Entry> = {}): Entry => ({
  card: 'c1',
  outcome: 'overridden',
  outcomeTimestamp: '2026-01-15T10:00:00.000Z',
  client: 'unauthenticated',
  acceptedSuggestions: [],
  ...(code === undefined ? {} : { reason: { code } }),
  ...extra,
});
const accept = (...ids: string[]): Entry =>
  override(undefined, { outcome: 'accepted', acceptedSuggestions: ids });

function until(entries: readonly Entry[], cards = [card()], own: Record<string, number> = {}): string[] {
  return quietsFromFeedback(entries, cards, table, () => own, TODAY).map(
    (quiet) => `${quiet.patientKey} ${quiet.recommendation} ${quiet.until} ${quiet.because}`,
  );
}

describe('an override', () => {
  test.each([
    ['a refusal for 180 days', 'patient-refuses', '2026-07-14'],
    ['not applicable for a year', 'patient-ineligible', '2027-01-15'],
    ['no time until tomorrow', 'limited-time', '2026-01-16'],
    ["a site's own reason for 30 days", 'site-own', '2026-02-14'],
  ])('%s', (_, code, day) => {
    expect(until([override(code)])).toEqual([`k1 dxa-screening-due ${day} ${code}`]);
  });

  test('without a reason: for the shortest time', () => {
    expect(until([override()])).toEqual(['k1 dxa-screening-due 2026-01-17 no-reason']);
  });

  test('a reason of zero days quiets nothing', () => {
    expect(until([override('never')])).toEqual([]);
  });

  test("a recommendation's own days win", () => {
    expect(until([override('patient-refuses')], [card()], { 'patient-refuses': 10 })).toEqual([
      'k1 dxa-screening-due 2026-01-25 patient-refuses',
    ]);
  });

  test('words of a client are not kept as a reason code', () => {
    expect(until([override('Mrs Example said no')])).toEqual(['k1 dxa-screening-due 2026-02-14 no-reason']);
  });

  test('of a merged card quiets all that it lists', () => {
    const merged = card({
      recommendations: [
        { id: 'a', version: '1.0.0' },
        { id: 'b', version: '1.0.0' },
      ],
    });
    expect(until([override('patient-refuses')], [merged])).toHaveLength(2);
  });
});

describe('an accepted suggestion', () => {
  test('quiets until what was ordered should have arrived', () => {
    expect(until([accept('s1')])).toEqual(['k1 dxa-screening-due 2026-05-15 accepted']);
  });

  test('of several the longest counts; one without a time has the standard one', () => {
    expect(until([accept('s2', 's1')])).toEqual(['k1 dxa-screening-due 2026-05-15 accepted']);
    expect(until([accept('s3')])).toEqual(['k1 dxa-screening-due 2026-05-15 accepted']);
  });

  test('that is not on the card quiets nothing', () => {
    expect(until([accept('other')])).toEqual([]);
  });
});

test('order-time safety is never quieted', () => {
  expect(until([override('patient-refuses'), accept('s1')], [card({ canBeQuieted: false })])).toEqual([]);
});

test('an unknown card quiets nothing', () => {
  expect(until([override('patient-refuses', { card: 'unknown' })])).toEqual([]);
});

test('the last entry of a batch wins', () => {
  expect(until([override('patient-refuses'), override('limited-time')])).toEqual([
    'k1 dxa-screening-due 2026-01-16 limited-time',
  ]);
});

test('the table of cards/ has days for every reason that a card offers', () => {
  const { reasons } = knowledge.definitions.snooze;
  const offered = [...knowledge.recommendations.values()]
    .filter(({ kind }) => kind !== 'order-safety')
    .flatMap(({ card: { overrideReasons } }) => overrideReasons);
  expect([...new Set(offered)].filter((code) => !(code in reasons))).toEqual([]);
});
