/** What the workbench asks the service, without a browser: samples, evaluation, other numbers, refusals. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { guideline } from '../build-record.ts';
import { startService, topics, withoutUuids, type TestService } from '../endpoint/ehr.ts';
import { readSample, samples } from '../../src/web/samples.ts';
import type { Evaluation } from '../../src/web/browser/api.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

async function evaluate(body: unknown, url = service.url): Promise<{ status: number; body: Evaluation }> {
  const response = await fetch(`${url}/workbench/evaluate`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Evaluation };
}

const SILENT = ['smoking-unknown'];

describe.each(samples().map((sample) => [sample.id, sample] as const))('sample %s', (id, sample) => {
  test.each(['2026-01-15', '2026-11-28', '2027-03-01', '2028-02-29'])(
    'shows what it promises on %s, and the hook gives the same cards for the request made of it',
    async (today) => {
      service.setToday(today);
      const content = await readSample(sample, today, 'sample-1');
      expect(JSON.stringify(content)).toContain('Patient/sample-1');
      const { status, body } = await evaluate({ content, hook: sample.hook });
      expect(status).toBe(200);
      expect(body.response.cards.length > 0).toBe(!SILENT.includes(id));
      const called = await service.call(body.service, body.request);
      expect(called.status).toBe(200);
      expect(withoutUuids(called.body.cards)).toEqual(withoutUuids(body.response.cards));
      service.setToday('2026-01-15');
    },
  );
});

describe('other numbers', () => {
  const hsCrp = async (parameters?: object): Promise<Evaluation> => {
    const sample = samples().find(({ id }) => id === 'hs-crp');
    if (sample === undefined) throw new Error('no sample');
    const content = await readSample(sample, '2026-01-15', 'sample-1');
    const { status, body } = await evaluate({ content, hook: 'patient-view', parameters });
    expect(status).toBe(200);
    return body;
  };

  test('change the answer and leave the site as it was', async () => {
    const tried = await hsCrp({ 'hscrp-risk-enhancer': { parameters: { enhancer: 4 } } });
    expect(topics(tried.response.cards)).not.toHaveProperty('hscrp-risk-enhancer');
    expect(topics((await hsCrp()).response.cards)).toHaveProperty('hscrp-risk-enhancer');
    const own = guideline.services
      .get('bone-heart-patient-view')
      ?.recommendations.find(({ recommendation }) => recommendation.id === 'hscrp-risk-enhancer');
    expect(own?.parameters['enhancer']).toMatchObject({ value: 2 });
  });

  test.each([
    ['an unknown recommendation', { nothing: { parameters: { enhancer: 4 } } }],
    ['an unknown parameter', { 'hscrp-risk-enhancer': { parameters: { nothing: 4 } } }],
    ['a value of another kind', { 'hscrp-risk-enhancer': { parameters: { enhancer: true } } }],
    ['half of a twin', { 'vitamin-d-low-result': { parameters: { severeBelow: 12 } } }],
    ['a list', []],
    ['a recommendation that is no object', { 'hscrp-risk-enhancer': 4 }],
    ['__proto__', JSON.parse('{"__proto__":{"parameters":{"a":1}}}') as unknown],
  ])('are refused: %s', async (_, parameters) => {
    const content = { resourceType: 'Bundle', entry: [{ resource: { resourceType: 'Patient', id: 'p' } }] };
    expect((await evaluate({ content, parameters })).status).toBe(400);
  });
});

test.each([
  ['not JSON', '{', 400],
  ['no content', {}, 400],
  ['a list as content', { content: [] }, 400],
  ['a resource that is no Bundle', { content: { resourceType: 'Patient' } }, 400],
  ['a Bundle without a Patient', { content: { resourceType: 'Bundle' } }, 400],
  ['an unknown hook', { content: { hook: 'nothing' } }, 400],
  ['a day that is none', { content: { resourceType: 'Bundle' }, asOf: '2026-02-30' }, 400],
  [
    'a request without its Patient',
    {
      content: {
        hook: 'patient-view',
        hookInstance: '6f6b6ac3-3a41-4f0e-9e0b-5f9f5d4a1f00',
        context: { userId: 'Practitioner/a', patientId: 'b' },
      },
    },
    412,
  ],
])('%s is refused in the words of the service', async (_, body, status) => {
  const answer = await evaluate(body);
  expect(answer.status).toBe(status);
  expect(answer.body).toMatchObject({ resourceType: 'OperationOutcome' });
});

test('JSON only, and no page of another origin may read an answer', async () => {
  const response = await fetch(`${service.url}/workbench/evaluate`, {
    method: 'POST',
    headers: { 'Content-Type': 'text/plain', Origin: 'https://evil.example' },
    body: '{}',
  });
  expect(response.status).toBe(415);
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
  expect((await fetch(`${service.url}/`)).headers.get('content-security-policy')).toContain(
    "script-src 'self';",
  );
});

test('files: ours with their type, nothing else', async () => {
  for (const path of ['workbench.js', 'operator.css', 'icon.svg'])
    expect((await fetch(`${service.url}/assets/${path}`)).status).toBe(200);
  for (const path of [
    'page.js',
    'tsconfig.json',
    '..%2fpage.ts',
    '%2e%2e%2foperator.js',
    'constructor',
    '__proto__',
  ])
    expect((await fetch(`${service.url}/assets/${path}`)).status).toBe(404);
  const script = await (await fetch(`${service.url}/assets/workbench.js`)).text();
  expect(script).toContain("from './api.js'");
  expect(script).not.toMatch(/from '.*\.ts'/);
});
