/** A FHIR server over https, as hospitals have it; nock stands in, and nothing else may be reached. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import nock from 'nock';
import { createGather } from '../../src/gather/gather.ts';
import type { HookRequest } from '../../src/hooks/request.ts';
import { guideline, patient } from '../build-record.ts';

const BASE = 'https://ehr.example.org/fhir/r4';
const queries = (guideline.services.get('bone-heart-order-sign')?.queries ?? []).filter(
  ({ key }) => key === 'patient' || key === 'conditions',
);
const request = {
  hook: 'order-sign',
  hookInstance: 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea',
  fhirServer: BASE,
  fhirAuthorization: {
    access_token: 'opaque-token',
    token_type: 'Bearer',
    expires_in: 300,
    scope: 'patient/*.rs',
    subject: 'client',
  },
  context: { userId: 'Practitioner/d1', patientId: 'p1', draftOrders: {} },
} as HookRequest;

const gather = createGather({ allowServer: () => true });
beforeAll(() => {
  nock.disableNetConnect();
});
afterEach(() => {
  nock.abortPendingRequests();
  nock.cleanAll();
});
afterAll(async () => {
  await gather.close();
  nock.enableNetConnect();
  nock.restore();
});

const authorized = { reqheaders: { authorization: 'Bearer opaque-token' } };

test('F-4: reads and searches carry the token to exactly this base', async () => {
  const scope = nock(BASE, authorized)
    .get('/Patient/p1')
    .reply(200, patient(70))
    .get('/Condition')
    .query({ patient: 'p1' })
    .reply(200, { resourceType: 'Bundle', type: 'searchset', entry: [] });
  const { record, sources } = await gather(request, queries, Date.now() + 5000);
  expect(scope.isDone()).toBe(true);
  expect(sources).toEqual({ patient: 'fetched', conditions: 'fetched' });
  expect(record.queries.get('conditions')).toEqual({ state: 'complete', resources: [] });
});

test('P-11: a next link to another host is never asked; the list counts as cut off', async () => {
  const stranger = nock('https://elsewhere.example.org').get('/page2').reply(200, {});
  nock(BASE, authorized)
    .get('/Patient/p1')
    .reply(200, patient(70))
    .get('/Condition')
    .query({ patient: 'p1' })
    .reply(200, {
      resourceType: 'Bundle',
      type: 'searchset',
      entry: [],
      link: [{ relation: 'next', url: 'https://elsewhere.example.org/page2' }],
    });
  const { record } = await gather(request, queries, Date.now() + 5000);
  expect(stranger.isDone()).toBe(false);
  expect(record.queries.get('conditions')).toMatchObject({ state: 'incomplete', reason: 'truncated' });
});

test('a server that answers late: the rest is used', async () => {
  nock(BASE, authorized)
    .get('/Patient/p1')
    .reply(200, patient(70))
    .get('/Condition')
    .query(true)
    .delay(60_000)
    .reply(200, {});
  const { record } = await gather(request, queries, Date.now() + 400);
  expect(record.patient).toMatchObject({ id: 'p1' });
  expect(record.queries.get('conditions')).toEqual({ state: 'unknown', reason: 'timed-out' });
});
