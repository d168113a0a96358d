/**
 * The whole service as a CDS Client sees it: discovery, the cases of prefetch, the 412 matrix, faults of the FHIR server, and
 * the order hooks with drafts as the public sandbox sends them. Rows of the conformance checklist are named.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Card } from '../../src/hooks/card.ts';
import type { CdsService } from '../../src/hooks/discovery.ts';
import { condition, lab, ldl, order, coded, patient, tScore } from '../build-record.ts';
import { startFhirServer, type Fault, type LoopbackFhirServer } from '../gather/loopback-fhir-server.ts';
import { fillPrefetch, hookRequest, startService, topics, withoutUuids, type TestService } from './ehr.ts';

const VIEW = 'bone-heart-patient-view';
/** 64 years, hip T-score -2.6, no lipids and no blood pressure on file. */
const record = [patient(64), tScore(-2.6), condition('snomed', '59621000', { onsetDateTime: '2015-01-01' })];

let service: TestService;
let fhir: LoopbackFhirServer;
let services: readonly CdsService[];
beforeAll(async () => {
  service = await startService(undefined, { ANSWER_DEADLINE_MS: '1500' });
  fhir = await startFhirServer(record);
  services = await service.discovery();
});
afterAll(async () => {
  await service.close();
  await fhir.close();
});

function serviceOf(id: string): CdsService {
  const found = services.find((one) => one.id === id);
  if (found === undefined) throw new Error(`discovery does not list ${id}`);
  return found;
}

async function prefetchOf(id: string): Promise<Record<string, unknown>> {
  return fillPrefetch(serviceOf(id), { patientId: 'p1' }, fhir.url);
}

function card(cards: readonly Card[], topic: string): Card | undefined {
  return cards.find(({ source }) => source.topic?.code === topic);
}

const CV_CHECK = 'low-bmd-cv-risk-check';

describe('discovery', () => {
  test('D-3, D-9, D-10: the four services of the contract with distinct ids, each callable', async () => {
    expect(services.map(({ id, hook }) => [id, hook])).toEqual([
      ['bone-heart-patient-view', 'patient-view'],
      ['bone-heart-order-select', 'order-select'],
      ['bone-heart-order-sign', 'order-sign'],
      ['bone-heart-encounter-discharge', 'encounter-discharge'],
    ]);
    for (const { id, hook } of services) {
      const context = {
        encounterId: 'e1',
        draftOrders: { resourceType: 'Bundle' },
        selections: ['MedicationRequest/a'],
      };
      const { status } = await service.call(id, hookRequest(hook, 'p1', { context, fhirServer: fhir.url }));
      expect(status).toBe(200);
    }
  });

  test('P-1, P-2, P-5: templates stay in the widely supported subset', () => {
    for (const { prefetch = {} } of services) {
      for (const template of Object.values(prefetch)) {
        expect(template).toMatch(
          /^[A-Z][A-Za-z]+(\/\{\{context\.(patientId|encounterId)\}\}|\?[^\s{}]*\{\{context\.patientId\}\}[^\s{}]*)$/,
        );
        const [, query = ''] = template.split('?');
        const names = query.split('&').map((part) => part.split('=')[0] ?? '');
        expect(new Set(names).size).toBe(names.length);
        expect(
          names.filter((name) => name !== '' && !['patient', 'code', '_sort', '_count'].includes(name)),
        ).toEqual([]);
      }
    }
  });
});

describe('the cases of one prefetch key, by what the answer may say', () => {
  const lipidsDue = (cards: readonly Card[]): boolean =>
    /lipid panel/.test(card(cards, CV_CHECK)?.summary ?? '');

  test('P-8, P-10: null and an empty Bundle are "none on record": the lipid panel is due', async () => {
    const prefetch = await prefetchOf(VIEW);
    for (const lipids of [
      null,
      { resourceType: 'Bundle', type: 'searchset' },
      { resourceType: 'Bundle', type: 'searchset', entry: [] },
    ]) {
      const { status, body } = await service.call(
        VIEW,
        hookRequest('patient-view', 'p1', { prefetch: { ...prefetch, lipids } }),
      );
      expect(status).toBe(200);
      expect(lipidsDue(body.cards)).toBe(true);
    }
  });

  const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'exception' }] };
  const foreign = { ...ldl(195), subject: { reference: 'Patient/somebody-else' } };
  test.each([
    ['P-7 missing', undefined],
    ['P-9 an OperationOutcome', outcome],
    [
      'P-9 an OperationOutcome in the Bundle',
      { resourceType: 'Bundle', entry: [{ resource: outcome, search: { mode: 'outcome' } }] },
    ],
    [
      'P-11 a page with a next link and no server',
      {
        resourceType: 'Bundle',
        entry: [],
        link: [{ relation: 'next', url: 'https://ehr.example.org/fhir?page=2' }],
      },
    ],
    ['P-12 another patient', { resourceType: 'Bundle', entry: [{ resource: foreign }] }],
    ['P-13 a Patient instead of a Bundle', patient(64)],
    ['a string', 'none'],
    ['a number', 42],
    ['an array', [1, 2]],
  ])('%s: nothing is said to be missing, the blood pressure part stays', async (_, lipids) => {
    const { lipids: __, ...prefetch } = await prefetchOf(VIEW);
    const sent = lipids === undefined ? prefetch : { ...prefetch, lipids };
    const { status, body } = await service.call(VIEW, hookRequest('patient-view', 'p1', { prefetch: sent }));
    expect(status).toBe(200);
    expect(lipidsDue(body.cards)).toBe(false);
    expect(card(body.cards, CV_CHECK)?.summary).toContain('BP');
    expect(card(body.cards, CV_CHECK)?.detail).toMatch(/Could not check lipid panel/i);
    expect(card(body.cards, 'severe-ldl-low-bmd')).toBeUndefined();
  });

  test('unrequested and prototype keys are harmless', async () => {
    const prefetch = { ...(await prefetchOf(VIEW)), other: { resourceType: 'Bundle' } };
    const text = JSON.stringify(hookRequest('patient-view', 'p1', { prefetch })).replace(
      '"other"',
      '"__proto__":{"lipids":null},"constructor"',
    );
    const { status } = await service.call(VIEW, JSON.parse(text));
    expect(status).toBe(200);
  });
});

describe('S-3: the 412 matrix', () => {
  const key = (fault: Fault): Promise<LoopbackFhirServer> =>
    startFhirServer(record, { faults: { Patient: fault } });

  test.each(['patient-view', 'order-select', 'order-sign', 'encounter-discharge'] as const)(
    '%s without prefetch and without server: 412',
    async (hook) => {
      const context = {
        encounterId: 'e1',
        draftOrders: { resourceType: 'Bundle', entry: [] },
        selections: ['MedicationRequest/a'],
      };
      const { status, body } = await service.call(`bone-heart-${hook}`, hookRequest(hook, 'p1', { context }));
      expect(status).toBe(412);
      expect(body).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ severity: 'error' }] });
    },
  );

  test('only optional keys missing: 200', async () => {
    const prefetch = await prefetchOf(VIEW);
    for (const missing of Object.keys(prefetch).filter((name) => name !== 'patient')) {
      const rest = Object.fromEntries(Object.entries(prefetch).filter(([name]) => name !== missing));
      const { status } = await service.call(VIEW, hookRequest('patient-view', 'p1', { prefetch: rest }));
      expect([missing, status]).toEqual([missing, 200]);
    }
  });

  test('the Patient as OperationOutcome without a server: 412; null: 200 and silence', async () => {
    const prefetch = await prefetchOf(VIEW);
    const failed = { ...prefetch, patient: { resourceType: 'OperationOutcome', issue: [] } };
    expect((await service.call(VIEW, hookRequest('patient-view', 'p1', { prefetch: failed }))).status).toBe(
      412,
    );
    const none = await service.call(
      VIEW,
      hookRequest('patient-view', 'p1', { prefetch: { ...prefetch, patient: null } }),
    );
    expect(none).toEqual({ status: 200, body: { cards: [] } });
  });

  test('Q-12: the Patient of somebody else: 412', async () => {
    const prefetch = { ...(await prefetchOf(VIEW)), patient: patient(64, { id: 'p2' }) };
    expect((await service.call(VIEW, hookRequest('patient-view', 'p1', { prefetch }))).status).toBe(412);
  });

  test.each([401, 403, 404, 500, 'html', 'hang', 'redirect', 'oversize'] as const)(
    'the server answers %s for the Patient: 412',
    async (fault) => {
      const broken = await key(fault);
      const { status } = await service.call(
        VIEW,
        hookRequest('patient-view', 'p1', { fhirServer: broken.url }),
      );
      await broken.close();
      expect(status).toBe(412);
    },
  );

  test.each([401, 403, 500, 'html', 'hang', 'redirect', 'oversize', 'outcome'] as const)(
    'the server answers %s for Observations: 200, the rest is used',
    async (fault) => {
      const broken = await startFhirServer(record, { faults: { Observation: fault } });
      const { status, body } = await service.call(
        VIEW,
        hookRequest('patient-view', 'p1', { fhirServer: broken.url }),
      );
      await broken.close();
      expect(status).toBe(200);
      expect(body.cards.map(({ source }) => source.topic?.code)).not.toContain(CV_CHECK);
    },
  );

  test('a server that nobody listens at: 412, no hang', async () => {
    expect(
      (await service.call(VIEW, hookRequest('patient-view', 'p1', { fhirServer: 'http://127.0.0.1:1/fhir' })))
        .status,
    ).toBe(412);
  });
});

describe('F-7: prefetch and FHIR API give the same cards', () => {
  test('and a complete prefetch makes no call', async () => {
    const prefetch = await prefetchOf(VIEW);
    const before = fhir.requests.length;
    const prefetched = await service.call(
      VIEW,
      hookRequest('patient-view', 'p1', { prefetch, fhirServer: fhir.url }),
    );
    expect(fhir.requests.length).toBe(before);
    const fetched = await service.call(VIEW, hookRequest('patient-view', 'p1', { fhirServer: fhir.url }));
    expect(withoutUuids(fetched.body.cards)).toEqual(withoutUuids(prefetched.body.cards));
    expect(card(fetched.body.cards, CV_CHECK)).toBeDefined();
  });

  test('F-4: every call carries the token and goes to the given server', async () => {
    const before = fhir.requests.length;
    const fhirAuthorization = {
      access_token: 'opaque',
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'patient/*.rs',
      subject: 's',
      patient: 'p1',
    };
    await service.call(VIEW, hookRequest('patient-view', 'p1', { fhirServer: fhir.url, fhirAuthorization }));
    const calls = fhir.requests.slice(before);
    expect(calls.length).toBeGreaterThan(10);
    expect(new Set(calls.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer opaque']));
  });
});

describe('Q-11: drafts as the public sandbox sends them', () => {
  const draft = (medication: object = {}): object => ({
    resourceType: 'Bundle',
    entry: [
      {
        resource: {
          resourceType: 'MedicationRequest',
          id: 'request-123',
          status: 'draft',
          category: { coding: [] },
          subject: { reference: 'Patient/p1' },
          ...medication,
        },
      },
    ],
  });
  const romosozumab = draft({
    medicationCodeableConcept: { text: 'romosozumab 105 MG/1.17 ML Prefilled Syringe [Evenity]' },
  });
  const infarction = condition('icd10cm', 'I21.9', { onsetDateTime: '2025-06-01' });
  // A calcium of the last 90 days: nothing else is to be said about this order.
  const calcium = lab('17861-6', 9.4, 'mg/dL', '2025-12-10');

  test('order-select before a drug is chosen: 200 and silence', async () => {
    const context = { draftOrders: draft(), selections: ['MedicationRequest/request-123'] };
    expect(
      await service.call(
        'bone-heart-order-select',
        hookRequest('order-select', 'p1', { context, fhirServer: fhir.url }),
      ),
    ).toEqual({ status: 200, body: { cards: [] } });
  });

  test.each(['order-select', 'order-sign'] as const)(
    '%s of romosozumab half a year after a heart attack: critical, with deletion of the draft',
    async (hook) => {
      const server = await startFhirServer([patient(70), infarction, calcium]);
      const context = {
        draftOrders: romosozumab,
        ...(hook === 'order-select' ? { selections: ['MedicationRequest/request-123'] } : {}),
      };
      const { body } = await service.call(
        `bone-heart-${hook}`,
        hookRequest(hook, 'p1', { context, fhirServer: server.url }),
      );
      await server.close();
      expect(topics(body.cards)).toEqual({ 'romosozumab-mi-stroke-order': 'critical' });
      expect(JSON.stringify(body.cards[0]?.suggestions)).toContain(
        '"resourceId":"MedicationRequest/request-123"',
      );
    },
  );

  test('order-select speaks only about what is selected', async () => {
    const server = await startFhirServer([patient(70), infarction, calcium]);
    const context = { draftOrders: romosozumab, selections: ['MedicationRequest/other'] };
    const { body } = await service.call(
      'bone-heart-order-select',
      hookRequest('order-select', 'p1', { context, fhirServer: server.url }),
    );
    await server.close();
    expect(body.cards).toEqual([]);
  });

  test('the conditions could not be had: "could not check", never silence', async () => {
    const server = await startFhirServer([patient(70), calcium], { faults: { Condition: 500 } });
    const { status, body } = await service.call(
      'bone-heart-order-sign',
      hookRequest('order-sign', 'p1', { context: { draftOrders: romosozumab }, fhirServer: server.url }),
    );
    await server.close();
    expect(status).toBe(200);
    expect(topics(body.cards)).toEqual({ 'romosozumab-mi-stroke-order': 'info' });
    // One line for all that the failed search left open: the history, and hypocalcaemia on the problem list.
    expect(body.cards[0]?.summary).toBe(
      'Could not check before signing: history of MI and stroke, problem list.',
    );
    expect(body.cards[0]?.detail).toContain('MI/stroke history could not be checked');
  });

  test('a lipid panel among the drafts is "already ordered" for nobody else', async () => {
    const context = {
      draftOrders: { resourceType: 'Bundle', entry: [{ resource: order(coded('loinc', '24331-1')) }] },
    };
    expect(
      (
        await service.call(
          'bone-heart-order-sign',
          hookRequest('order-sign', 'p1', { context, fhirServer: fhir.url }),
        )
      ).body.cards,
    ).toEqual([]);
  });
});

describe('answers', () => {
  function empties(value: unknown, path = ''): string[] {
    if (value === null || value === '') return [path];
    if (typeof value !== 'object') return [];
    const entries = Object.entries(value);
    if (entries.length === 0) return path === '/cards' ? [] : [path];
    return entries.flatMap(([name, member]) => empties(member, `${path}/${name}`));
  }

  test('J-3: nothing empty, also with the explanation', async () => {
    const { body } = await service.call(
      VIEW,
      hookRequest('patient-view', 'p1', {
        fhirServer: fhir.url,
        extension: { 'org.bone-heart-cds.explain': true },
      }),
    );
    expect(empties(body)).toEqual([]);
    expect(empties(await service.discovery())).toEqual([]);
    expect(body.extension).toMatchObject({
      'org.bone-heart-cds.explanation': {
        recommendations: expect.arrayContaining([
          expect.objectContaining({ recommendation: CV_CHECK, outcome: 'recommend' }),
        ]),
      },
    });
  });

  test('R-7, R-9, R-10, R-11: topic, fresh uuids, selectionBehavior with suggestions, displays', async () => {
    const once = await service.call(VIEW, hookRequest('patient-view', 'p1', { fhirServer: fhir.url }));
    const again = await service.call(VIEW, hookRequest('patient-view', 'p1', { fhirServer: fhir.url }));
    const uuids = [...once.body.cards, ...again.body.cards].flatMap(({ uuid, suggestions = [] }) => [
      uuid,
      ...suggestions.map((one) => one.uuid),
    ]);
    expect(new Set(uuids).size).toBe(uuids.length);
    for (const { source, suggestions, selectionBehavior, overrideReasons = [] } of once.body.cards) {
      expect(source.topic?.system).toBe('https://bone-heart-cds.org/CodeSystem/recommendation');
      expect(selectionBehavior === undefined).toBe(suggestions === undefined);
      expect(overrideReasons.every(({ display }) => display.length > 0)).toBe(true);
    }
  });
});
