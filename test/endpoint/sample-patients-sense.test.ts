/**
 * Published sample patients at every hook and with orders that they might get: no card may say what cannot be.
 *
 * What each of them is shown is in patients.test.ts; here only what must never be shown.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { decide } from '../../src/decide.ts';
import type { PatientRecord, Resource } from '../../src/facts/record.ts';
import { plainBundle, recordOfBundle, type PlainBundle } from '../../src/gather/bundle.ts';
import type { Card } from '../../src/hooks/card.ts';
import { withUuids } from '../../src/render.ts';
import { guideline, policyOf } from '../build-record.ts';
import { DRAFTS, isDeceased, nonsenseIn } from './sense.ts';
import { expectConvention, removedDrafts, topicOf } from './specification-helpers.ts';

const folder = new URL('../../fixtures/patients/public/', import.meta.url);
const days = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as Record<
  string,
  { asOf: string }
>;
const files = readdirSync(folder).filter((file) => file.endsWith('.json.gz'));
/** Every card, and every status that a chart may carry. */
const all = policyOf({ maxCards: 30, observationStatuses: ['final', 'amended', 'corrected', 'unknown'] });

function read(file: string): PlainBundle {
  return plainBundle(JSON.parse(gunzipSync(readFileSync(new URL(file, folder))).toString('utf8')));
}

interface Call {
  readonly service: string;
  readonly label: string;
  readonly drafts: readonly Resource[];
}
const CALLS: readonly Call[] = [
  { service: 'bone-heart-patient-view', label: 'patient-view', drafts: [] },
  { service: 'bone-heart-encounter-discharge', label: 'discharge', drafts: [] },
  ...Object.entries(DRAFTS).flatMap(([label, draft]) => [
    { service: 'bone-heart-order-select', label: `select ${label}`, drafts: [draft] },
    { service: 'bone-heart-order-sign', label: `sign ${label}`, drafts: [draft] },
  ]),
];

function answer(
  record: PatientRecord,
  patientId: string,
  { service, drafts }: Call,
  today: string,
): readonly Card[] {
  const selections = drafts.map(({ resourceType, id }) => `${resourceType}/${String(id)}`);
  const context = { userId: 'Practitioner/d1', patientId, draftOrders: drafts, selections };
  const { cards, faults } = decide(service, record, context, all, today);
  expect(faults).toEqual([]);
  return withUuids(cards, () => '00000000-0000-4000-8000-000000000000');
}

describe('no card of a sample patient says what cannot be', () => {
  test.each(files)('%s', (file) => {
    const bundle = read(file);
    const record = recordOfBundle(bundle);
    const today = days[file]?.asOf ?? '2026-01-15';
    for (const call of CALLS) {
      const cards = answer(record, bundle.patientId, call, today);
      expect([call.label, ...nonsenseIn(bundle.resources, cards, today)]).toEqual([call.label]);
      if (isDeceased(record.patient)) expect([call.label, ...cards.map(topicOf)]).toEqual([call.label]);
      for (const card of cards) {
        expectConvention(card, true);
        if (call.service === 'bone-heart-order-sign') expect(card.indicator).not.toBe('info');
        for (const id of removedDrafts(card)) expect(id).toBe('MedicationRequest/draft-1');
      }
    }
  });

  test('the policy of these tests differs from the default only in what it shows', () => {
    expect([...all.services.keys()]).toEqual([...guideline.services.keys()]);
  });
});
