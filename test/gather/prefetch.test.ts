import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ServiceError } from '../../src/errors.ts';
import type { Query, Resource } from '../../src/facts/record.ts';
import {
  BONE,
  bundle,
  call,
  condition,
  CONDITIONS,
  ENCOUNTER,
  gatherOnce,
  observation,
  ORDERS,
  PATIENT,
  QUERIES,
  summary,
  woman,
} from './patients.ts';

const someoneElse = { subject: { reference: 'Patient/p2' } };
const noBone = { patient: woman, bone: bundle([]) };

/** Gathers the conditions from one prefetch value; the patient and an empty bone search are there. */
async function conditionsFrom(conditions: unknown): Promise<unknown> {
  return summary(await gatherOnce(call({ prefetch: { ...noBone, conditions } })), CONDITIONS);
}

async function unavailable(members: object, queries: readonly Query[] = QUERIES): Promise<unknown> {
  return gatherOnce(call(members), queries).then(
    () => 'gathered',
    (error: unknown) => (error instanceof ServiceError ? `${error.code} ${error.detail}` : error),
  );
}

describe('CDS Hooks 2.0 "Prefetch template": what a value means (P-6 to P-13)', () => {
  test('a searchset of the patient is complete, in the order received', async () => {
    expect(await conditionsFrom(bundle([condition('c2'), condition('c1')]))).toEqual(['c2', 'c1']);
  });

  test.each<[string, unknown, unknown]>([
    ['P-8: null means looked and found nothing', null, []],
    ['P-10: a Bundle with zero entries means none', bundle([]), []],
    ['P-10: a Bundle without entry means none', { resourceType: 'Bundle', type: 'searchset', total: 0 }, []],
    [
      'P-9: an OperationOutcome is no data',
      { resourceType: 'OperationOutcome', issue: [] },
      'error-reported',
    ],
    ['P-13: a single resource in place of a Bundle', condition('c1'), 'wrong-type'],
    ['P-13: a Patient in place of a Bundle', woman, 'wrong-type'],
    ['junk: a string', 'Condition', 'wrong-type'],
    ['junk: a list', [condition('c1')], 'wrong-type'],
    ['junk: an object without resourceType', {}, 'wrong-type'],
    [
      'junk: entry is no list',
      { resourceType: 'Bundle', entry: { resource: condition('c1') } },
      'wrong-type',
    ],
  ])('%s', async (_, value, expected) => {
    expect(await conditionsFrom(value)).toEqual(expected);
  });

  test('P-7: a missing key without a FHIR server is not provided, and not absent', async () => {
    const result = await gatherOnce(call({ prefetch: noBone }));
    expect(summary(result, CONDITIONS)).toBe('not-provided');
    expect(result.sources).toEqual({ patient: 'prefetch', bone: 'prefetch', conditions: 'absent' });
    expect(result.fetchMs).toBe(0);
  });

  test('P-12: unrequested keys, and keys named like prototype members, mean nothing', async () => {
    const prefetch: unknown = JSON.parse(
      '{"__proto__": {"conditions": null}, "constructor": 1, "toString": null, "lipids": "x"}',
    );
    const result = await gatherOnce(call({ prefetch: { ...(prefetch as object), ...noBone } }));
    expect(summary(result, CONDITIONS)).toBe('not-provided');
    expect([...result.record.queries.keys()]).toEqual(['patient', 'conditions', 'bone']);
    const polluted = call({ prefetch: JSON.parse('{"__proto__": {"patient": null}}') as object });
    await expect(gatherOnce(polluted)).rejects.toMatchObject({ code: 'ERR_DATA_UNAVAILABLE' });
  });
});

describe('entries of a Bundle', () => {
  const outcome = (severity: string, mode?: string) => ({
    resource: { resourceType: 'OperationOutcome', issue: [{ severity, code: 'incomplete' }] },
    ...(mode !== undefined && { search: { mode } }),
  });
  const withEntry = (...entries: unknown[]) => ({
    resourceType: 'Bundle',
    entry: [{ resource: condition('c1') }, ...entries],
  });

  test.each<[string, unknown, unknown]>([
    ['P-9: an outcome entry with an error', outcome('error', 'outcome'), 'error-reported'],
    ['P-9: an outcome entry with a warning', outcome('warning', 'outcome'), 'error-reported'],
    ['P-9: an OperationOutcome without search mode', outcome('fatal'), 'error-reported'],
    [
      'an outcome entry that says nothing readable',
      { resource: {}, search: { mode: 'outcome' } },
      'error-reported',
    ],
    ['P-12: another resource type', { resource: observation('o1') }, 'wrong-type'],
    ['Q-12: another patient', { resource: condition('c9', someoneElse) }, 'other-patient'],
    ['an entry without resource', { fullUrl: 'urn:uuid:1' }, 'unreadable'],
    ['an entry that is no object', 'c9', 'unreadable'],
    ['an entry whose resource has no type', { resource: { id: 'c9' } }, 'unreadable'],
  ])('%s makes the rest usable but incomplete', async (_, entry, reason) => {
    expect(await conditionsFrom(withEntry(entry))).toEqual({ ids: ['c1'], reason });
  });

  test.each<[string, unknown]>([
    ['P-9: an informational outcome', outcome('information', 'outcome')],
    ['an included Practitioner', { resource: { resourceType: 'Practitioner' }, search: { mode: 'include' } }],
    ['the same resource once more', { resource: condition('c1') }],
  ])('%s changes nothing', async (_, entry) => {
    expect(await conditionsFrom(withEntry(entry))).toEqual(['c1']);
  });

  test('an included Medication stays with its order', async () => {
    const order = { resourceType: 'MedicationRequest', id: 'r1', subject: { reference: 'Patient/p1' } };
    const medicationRequests = bundle([order, { resourceType: 'Medication', id: 'm1' }]);
    const result = await gatherOnce(call({ prefetch: { patient: woman, medicationRequests } }), [
      PATIENT,
      ORDERS,
    ]);
    expect(summary(result, ORDERS)).toEqual(['r1', 'm1']);
  });

  test('resources without id are all kept (public Synthea bundles have none)', async () => {
    expect(
      await conditionsFrom(bundle([condition('c1', { id: undefined }), condition('c2', { id: undefined })])),
    ).toEqual([undefined, undefined]);
  });
});

describe('P-11: a Bundle that is not the whole answer', () => {
  const next = (url: unknown) => ({
    link: [
      { relation: 'self', url: 'x' },
      { relation: 'next', url },
    ],
  });

  test.each<[string, unknown, unknown]>([
    [
      'a next link without FHIR access',
      bundle([condition('c1')], next('https://ehr.example/fhir?p=2')),
      ['c1'],
    ],
    ['an empty page with a next link', bundle([], next('https://ehr.example/fhir?p=2')), []],
    ['a next link that cannot be read', bundle([condition('c1')], next(7)), ['c1']],
    ['a total above the entries received', bundle([condition('c1')], { total: 2 }), ['c1']],
    ['a count without entries', bundle([], { total: 3 }), []],
  ])('%s is truncated', async (_, value, ids) => {
    expect(await conditionsFrom(value)).toEqual({ ids, reason: 'truncated' });
  });

  test('a total equal to the matches is complete: included entries do not count', async () => {
    const entry = [{ resource: condition('c1') }, { resource: condition('c2'), search: { mode: 'include' } }];
    expect(await conditionsFrom({ resourceType: 'Bundle', total: 1, entry })).toEqual(['c1', 'c2']);
    expect(await conditionsFrom({ resourceType: 'Bundle', total: 2, entry })).toMatchObject({
      reason: 'truncated',
    });
  });
});

describe('Q-12: whose data it is', () => {
  test.each([
    ['relative', { reference: 'Patient/p1' }],
    ['with a leading slash', { reference: '/Patient/p1' }],
    ['of one version', { reference: 'Patient/p1/_history/3' }],
    ['absolute', { reference: 'https://ehr.example/fhir/r4/Patient/p1' }],
    ['absolute, of one version', { reference: 'https://ehr.example/Patient/p1/_history/3' }],
    ['a URN', { reference: 'urn:uuid:p1' }],
    ['by display only', { display: 'Jane' }],
    ['missing', undefined],
    ['null', null],
  ])('a subject %s is the patient', async (_, subject) => {
    expect(await conditionsFrom(bundle([condition('c1', { subject })]))).toEqual(['c1']);
    expect(await conditionsFrom(bundle([condition('c1', { subject: undefined, patient: subject })]))).toEqual(
      ['c1'],
    );
  });

  test.each([
    ['another patient', { reference: 'Patient/p2' }],
    ['a longer id', { reference: 'Patient/p11' }],
    ['a longer type', { reference: 'XPatient/p1' }],
    ['another patient, absolute', { reference: 'https://ehr.example/fhir/Patient/p2' }],
    ['the patient as query of another URL', { reference: 'https://ehr.example/x?y=/Patient/p1' }],
    ['another URN', { reference: 'urn:uuid:2' }],
    ['a contained resource', { reference: '#p1' }],
    ['a group', { reference: 'Group/p1' }],
    ['a number', { reference: 1 }],
    ['a plain string', 'Patient/p1'],
    ['a list', [{ reference: 'Patient/p1' }]],
  ])('a subject that is %s is dropped', async (_, subject) => {
    const expected = { ids: [], reason: 'other-patient' };
    expect(await conditionsFrom(bundle([condition('c1', { subject })]))).toEqual(expected);
  });

  test('a Patient without id answers the read of that id', async () => {
    const patient = { resourceType: 'Patient', birthDate: '1955-03-02' };
    const result = await gatherOnce(call({ prefetch: { ...noBone, patient } }));
    expect(result.record.patient).toBe(patient);
  });

  test.each<[string, Resource | null, unknown]>([
    ['of the call', { resourceType: 'Encounter', id: 'e1', subject: { reference: 'Patient/p1' } }, ['e1']],
    ['of another patient', { resourceType: 'Encounter', id: 'e1', ...someoneElse }, 'other-patient'],
    ['with another id', { resourceType: 'Encounter', id: 'e2' }, 'wrong-type'],
    ['given as null', null, []],
  ])('an encounter %s', async (_, encounter, expected) => {
    const request = call({ prefetch: { ...noBone, encounter } }, { encounterId: 'e1' });
    expect(summary(await gatherOnce(request, [...QUERIES, ENCOUNTER]), ENCOUNTER)).toEqual(expected);
  });

  test('a call without encounter has none to read: absent, and not unknown', async () => {
    const result = await gatherOnce(call({ prefetch: noBone }), [...QUERIES, ENCOUNTER]);
    expect(summary(result, ENCOUNTER)).toEqual([]);
    expect(result.sources.encounter).toBe('absent');
  });
});

describe('S-2, S-3: 412 without a FHIR server', () => {
  const conditions = bundle([]);

  test.each<[string, object, string]>([
    ['no prefetch', {}, 'patient: not-provided'],
    ['no patient key', { prefetch: { conditions } }, 'patient: not-provided'],
    [
      'another patient',
      { prefetch: { conditions, patient: { ...woman, id: 'p2' } } },
      'patient: other-patient',
    ],
    [
      'an OperationOutcome as patient',
      { prefetch: { conditions, patient: { resourceType: 'OperationOutcome' } } },
      'patient: error-reported',
    ],
    ['a Bundle as patient', { prefetch: { conditions, patient: bundle([woman]) } }, 'patient: wrong-type'],
    [
      'nothing but the patient',
      { prefetch: { patient: woman } },
      'conditions: not-provided, bone: not-provided',
    ],
    [
      'nothing but the patient when an encounter ends',
      { hook: 'encounter-discharge', prefetch: { patient: woman } },
      'conditions: not-provided, bone: not-provided',
    ],
  ])('%s', async (_, members, detail) => {
    expect(await unavailable(members)).toBe(`ERR_DATA_UNAVAILABLE ${detail}`);
  });

  test('an encounter that does not exist is no data', async () => {
    const queries = [...QUERIES, ENCOUNTER];
    const detail = 'conditions: not-provided, bone: not-provided';
    expect(await unavailable({ prefetch: { patient: woman } }, queries)).toBe(
      `ERR_DATA_UNAVAILABLE ${detail}`,
    );
  });

  test.each<[string, object, readonly Query[]]>([
    ['one optional key missing', { prefetch: { patient: woman, conditions } }, QUERIES],
    ['a null patient: looked, none', { prefetch: { patient: null, conditions } }, QUERIES],
    ['the patient alone is asked for', { prefetch: { patient: woman } }, [PATIENT]],
    ['order-select with the patient only', { hook: 'order-select', prefetch: { patient: woman } }, QUERIES],
    ['order-sign with the patient only', { hook: 'order-sign', prefetch: { patient: woman } }, QUERIES],
  ])('none for %s', async (_, members, queries) => {
    expect(await unavailable(members, queries)).toBe('gathered');
  });

  test('a null patient is an empty Patient, complete', async () => {
    const result = await gatherOnce(call({ prefetch: { patient: null, conditions } }));
    expect(result.record.patient).toEqual({ resourceType: 'Patient' });
    expect(summary(result, PATIENT)).toEqual([]);
  });
});

describe('any JSON at all', () => {
  const reference = fc.constantFrom(
    'Patient/p1',
    'Patient/p2',
    '#x',
    'Group/p1',
    'urn:uuid:p1',
    '',
    'x/Patient/p2',
  );
  const resource = fc.record(
    {
      resourceType: fc.constantFrom('Condition', 'Observation', 'Patient', 'OperationOutcome', 'Bundle'),
      id: fc.oneof(fc.constantFrom('p1', 'p2', 'c1'), fc.jsonValue()),
      subject: fc.oneof(fc.record({ reference }), fc.jsonValue()),
      patient: fc.option(fc.record({ reference }), { nil: undefined }),
    },
    { requiredKeys: ['resourceType'] },
  );
  const entry = fc.oneof(
    fc.record({ resource }),
    fc.record({ search: fc.jsonValue(), resource }),
    fc.jsonValue(),
  );
  const link = fc.oneof(fc.jsonValue(), fc.constant([{ relation: 'next', url: '..' }]));
  const search = fc.record(
    { resourceType: fc.constant('Bundle'), entry: fc.array(entry), link, total: fc.jsonValue() },
    { requiredKeys: ['resourceType'] },
  );
  const value = fc.oneof(search, resource, fc.jsonValue());
  const prefetch = fc.oneof(
    fc.record({ patient: value, conditions: value, bone: value }, { requiredKeys: [] }),
    fc.record({ patient: fc.constant(woman), conditions: value, bone: value }),
  );

  const isForeign = ({ resourceType, id, subject, patient }: Resource): boolean =>
    resourceType === 'Patient'
      ? id === 'p2'
      : /"(x\/)?Patient\/p2"|"#x"|"Group/.test(JSON.stringify([subject, patient]));

  test('gives a record or a 412, and nothing of another patient', async () => {
    await fc.assert(
      fc.asyncProperty(prefetch, async (any) => {
        const result = await gatherOnce(call({ prefetch: any })).catch((error: unknown) => error);
        if (result instanceof ServiceError) return result.code === 'ERR_DATA_UNAVAILABLE';
        const { queries } = (result as Awaited<ReturnType<typeof gatherOnce>>).record;
        return [...queries.values()].every(
          (query) => query.state === 'unknown' || !query.resources.some(isForeign),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('dropped entries are never called complete', async () => {
    const foreign = fc.record({ resource: fc.constant(condition('c9', someoneElse)) });
    await fc.assert(
      fc.asyncProperty(fc.array(entry), foreign, fc.array(entry), async (before, one, after) => {
        const conditions = { resourceType: 'Bundle', entry: [...before, one, ...after] };
        const result = await gatherOnce(call({ prefetch: { ...noBone, conditions } }));
        return result.record.queries.get('conditions')?.state === 'incomplete';
      }),
      { numRuns: 200 },
    );
  });
});

test('a resource is passed on as it came, not copied', async () => {
  const one = observation('o1');
  const result = await gatherOnce(call({ prefetch: { patient: woman, bone: bundle([one]) } }));
  const bone = result.record.queries.get(BONE.key);
  expect(bone?.state === 'complete' && bone.resources[0]).toBe(one);
});
