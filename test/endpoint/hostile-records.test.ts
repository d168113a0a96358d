/**
 * Records made to keep the process busy: each of these once cost seconds to minutes. A hang is a failure by Jest's own limit;
 * no absolute time is measured.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { QUERY_KEYS } from '../../src/facts/record.ts';
import {
  condition,
  drug,
  lab,
  patient,
  procedure,
  report,
  coded,
  tScore,
  vitaminD,
} from '../build-record.ts';
import { hookRequest, startService, type TestService } from './ehr.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.close();
});

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const bundle = (resources: readonly object[]): object => ({
  resourceType: 'Bundle',
  type: 'searchset',
  entry: resources.map((resource) => ({ resource })),
});
const icd = (code: string): { system: string; code: string } => ({
  system: 'http://hl7.org/fhir/sid/icd-10-cm',
  code,
});

/** What a case does not fill is "none on record". */
const EMPTY = QUERY_KEYS.filter((key) => key !== 'patient');

const cases: readonly (readonly [string, Readonly<Record<string, readonly object[]>>])[] = [
  [
    'a drug text of 1 MB of digits',
    {
      medicationRequests: [
        drug(
          {},
          {
            medicationCodeableConcept: undefined,
            medicationReference: { display: `prednisone oral tablet ${'1'.repeat(1_000_000)}` },
            dosageInstruction: [
              {
                timing: { repeat: { frequency: 1, period: 1, periodUnit: 'd' } },
                doseAndRate: [{ doseQuantity: { value: 1, unit: 'tablet' } }],
              },
            ],
            dispenseRequest: { expectedSupplyDuration: { value: 300, code: 'd' } },
          },
        ),
      ],
    },
  ],
  [
    '4,000 T-scores and 4,000 reports of one day',
    {
      bone: many(4000, (index) => tScore(2.6 + (index % 100) / 1000)),
      reports: many(4000, () =>
        report(coded('loinc', '38269-7'), '2025-06-01', { conclusion: 'x'.repeat(300) }),
      ),
    },
  ],
  [
    '5,000 furosemide and 5,000 hypertension',
    {
      medicationRequests: many(5000, () => drug('furosemide 40 MG')),
      conditions: many(5000, () => condition('icd10cm', 'I10')),
    },
  ],
  [
    '10,000 collapsed vertebrae',
    {
      conditions: many(10_000, (index) =>
        condition('icd10cm', 'M48.50XA', { onsetDateTime: `2025-0${String(1 + (index % 9))}-01` }),
      ),
    },
  ],
  [
    'a Procedure with 20,000 codings',
    {
      procedures: [
        procedure(
          { coding: many(20_000, (index) => ({ system: 'http://snomed.info/sct', code: String(index) })) },
          '2025-01-01',
        ),
      ],
    },
  ],
  [
    '20,000 long codes on a Condition',
    {
      conditions: [
        condition('icd10cm', 'I10', {
          code: { coding: many(20_000, (index) => icd(`S72.0${String(index).padStart(34, '0')}`)) },
        }),
      ],
    },
  ],
  [
    '6,000 units that are products of ten',
    {
      bone: many(6000, (index) => vitaminD(20, '2025-11-01', `mg.mg.mg.mg.mg.mg.mg.mg.mg.m${String(index)}`)),
    },
  ],
  [
    '140,000 components of one Observation',
    {
      bone: [
        lab('38265-5', 0, '1', '2025-06-01', {
          component: many(140_000, () => ({
            code: { coding: [{ system: 'http://loinc.org', code: '38265-5' }] },
          })),
        }),
      ],
    },
  ],
];

test.each(cases)('%s: answered with 200, and no card is lost to a fault', async (_, filled) => {
  const prefetch = {
    ...Object.fromEntries(EMPTY.map((key) => [key, null])),
    patient: patient(66),
    ...Object.fromEntries(Object.entries(filled).map(([key, list]) => [key, bundle(list)])),
  };
  const request = hookRequest('patient-view', 'p1', {
    prefetch,
    extension: { 'org.bone-heart-cds.explain': true },
  });
  const { status, body } = await service.call('bone-heart-patient-view', request);
  expect(status).toBe(200);
  expect(JSON.stringify(body.extension)).not.toContain('"outcome":"fault"');
});
