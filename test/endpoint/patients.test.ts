/**
 * Sample patients through the whole endpoint: our own minimal ones for each recommendation, and published ones.
 *
 * Each patient is served by a FHIR server; the EHR fills the templates and fires the hook, then fires it again without
 * prefetch, and the answers must be the same.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { decide } from '../../src/decide.ts';
import { plainBundle, recordOfBundle } from '../../src/gather/bundle.ts';
import { cdsResponseSchema } from '../../src/hooks/card.ts';
import type { Resource } from '../../src/facts/record.ts';
import { withUuids } from '../../src/render.ts';
import { guideline, policyOf } from '../build-record.ts';
import { startFhirServer } from '../gather/loopback-fhir-server.ts';
import { expectValidR4, expectValidResource } from './valid-r4.ts';
import { fillPrefetch, hookRequest, startService, topics, withoutUuids, type TestService } from './ehr.ts';

interface Expected {
  readonly service: string;
  readonly asOf: string;
  /** Recommendation id -> indicator: all cards of the answer. */
  readonly cards: Readonly<Record<string, string>>;
  /** The same with policy `observationStatuses` extended by `unknown`, where that differs. */
  readonly withUnknownStatus?: Readonly<Record<string, string>>;
  /** Why a surprising answer is right. */
  readonly why?: string;
}
interface Case extends Expected {
  readonly file: string;
  readonly folder: string;
}

const folder = new URL('../../fixtures/patients/', import.meta.url);
const cases = readdirSync(folder).flatMap((name): Case[] => {
  const expected = JSON.parse(readFileSync(new URL(`${name}/expected.json`, folder), 'utf8')) as Record<
    string,
    Expected
  >;
  return Object.entries(expected).map(([file, one]) => ({ ...one, file, folder: name }));
});

const statuses = policyOf({ observationStatuses: ['final', 'amended', 'corrected', 'unknown'] });
const validate = new Ajv({ strict: true }).compile(cdsResponseSchema);

let service: TestService;
let tolerant: TestService;
beforeAll(async () => {
  service = await startService(guideline);
  tolerant = await startService(statuses);
});
afterAll(async () => {
  await service.close();
  await tolerant.close();
});

function read({ folder: name, file }: Case): ReturnType<typeof plainBundle> {
  const bytes = readFileSync(new URL(`${name}/${file}`, folder));
  return plainBundle(JSON.parse((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')));
}

test('every fixture file has its expectation', () => {
  const files = readdirSync(folder).flatMap((name) =>
    readdirSync(new URL(`${name}/`, folder))
      .filter((file) => /\.json(\.gz)?$/.test(file) && file !== 'expected.json')
      .map((file) => `${name}/${file}`),
  );
  expect(cases.map((one) => `${one.folder}/${one.file}`).sort()).toEqual(files.sort());
});

/** Drafts of an order hook are in the call, not in the record. */
function isDraft({ resourceType, ...rest }: Resource): boolean {
  return resourceType === 'MedicationRequest' && rest['status'] === 'draft';
}

/** What the hook's context holds beyond the patient. */
function contextFor(hook: string, resources: readonly Resource[]): Record<string, unknown> {
  const drafts = resources.filter(isDraft);
  const draftOrders = { resourceType: 'Bundle', entry: drafts.map((resource) => ({ resource })) };
  const selections = drafts.map(({ id }) => `MedicationRequest/${String(id)}`);
  // The sample records do not hold the encounter, which is not an error.
  if (hook === 'encounter-discharge') return { encounterId: 'discharge' };
  if (hook === 'order-sign') return { draftOrders };
  return hook === 'order-select' ? { draftOrders, selections } : {};
}

describe('the cards of each sample patient', () => {
  test.each(cases)('$folder/$file', async (one) => {
    const { patientId, resources } = read(one);
    const fhir = await startFhirServer(resources.filter((resource) => !isDraft(resource)));
    try {
      const listed = (await service.discovery()).find(({ id }) => id === one.service);
      if (listed === undefined) throw new Error(`no service ${one.service}`);
      const context = contextFor(listed.hook, resources);
      const prefetch = await fillPrefetch(listed, { patientId }, fhir.url);
      const asked = fhir.requests.length;
      for (const running of [service, tolerant]) {
        running.setToday(one.asOf);
        const call = (more: object) =>
          running.call(
            one.service,
            hookRequest(listed.hook, patientId, { context, fhirServer: fhir.url, ...more }),
          );
        // The server is named so that a page that was cut off can be followed; nothing that was sent may be asked again.
        const prefetched = await call({ prefetch });
        const again = fhir.requests.slice(asked).filter(({ url }) => !/_page|\/Encounter\//.test(url));
        if (running === service) expect(again).toEqual([]);
        expect(prefetched.status).toBe(200);
        expect(validate(prefetched.body)).toBe(true);
        const fetched = await call({});
        expect(withoutUuids(fetched.body.cards)).toEqual(withoutUuids(prefetched.body.cards));
        const expected = running === tolerant ? (one.withUnknownStatus ?? one.cards) : one.cards;
        expect(topics(prefetched.body.cards)).toEqual(expected);
        for (const card of prefetched.body.cards) expectValidR4(card);
      }
    } finally {
      await fhir.close();
    }
  });

  const views = cases.filter(({ service: id }) => id === 'bone-heart-patient-view');
  test.each(views)('$folder/$file by replay of the Bundle', (one) => {
    const bundle = read(one);
    const context = { userId: 'Practitioner/d1', patientId: bundle.patientId, draftOrders: [] };
    const { cards, faults } = decide(one.service, recordOfBundle(bundle), context, guideline, one.asOf);
    expect(faults).toEqual([]);
    expect(topics(withUuids(cards, () => ''))).toEqual(one.cards);
  });

  const own = cases.filter(({ folder: name }) => name !== 'public');
  test.each(own)('$folder/$file is valid R4', (one) => {
    for (const resource of read(one).resources) expectValidResource(resource);
  });
});
