/** CDS Hooks "Feedback": the whole batch is right and kept, or nothing of it is. */
import { describe, expect, test } from '@jest/globals';
import { ServiceError } from '../../src/errors.ts';
import type { AppDeps } from '../../src/http/deps.ts';
import { jsonOf, pointersOf, runService, type Fakes } from './running-service.ts';

type Kept = Parameters<AppDeps['keepFeedback']>[0];

const overridden = {
  card: '2f1c3c1e-6f0b-4a3e-9d6c-0a1b2c3d4e5f',
  outcome: 'overridden',
  outcomeTimestamp: '2026-01-15T10:05:00Z',
};
const accepted = { ...overridden, outcome: 'accepted', acceptedSuggestions: [{ id: 's-1' }] };
const reason = { code: 'patient-refuses', system: 'urn:test' };

interface Sent {
  readonly status: number;
  readonly response: Response;
  readonly kept: Kept;
  readonly logged: string;
}

async function send(body: unknown, fakes: Fakes = {}, service = 'bone-heart-patient-view'): Promise<Sent> {
  const kept: Kept[number][] = [];
  const running = await runService({
    keepFeedback: (entries) => {
      kept.push(...entries);
      return Promise.resolve();
    },
    ...fakes,
  });
  try {
    const response = await fetch(`${running.url}/cds-services/${service}/feedback`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    // Read here: the connection closes with the service.
    const text = await response.text();
    const copy = new Response(text === '' ? null : text, response);
    return { status: response.status, response: copy, kept, logged: running.logged() };
  } finally {
    await running.stop();
  }
}

describe('kept', () => {
  test.each([
    ['an override without a reason', overridden, {}],
    [
      'a reason with a code alone, as the sandbox sends it',
      { ...overridden, overrideReason: { reason } },
      { reason },
    ],
    [
      'a reason with display, of a code system of the client',
      { ...overridden, overrideReason: { reason: { ...reason, system: 'urn:site', display: 'No' } } },
      { reason: { code: 'patient-refuses', system: 'urn:site', display: 'No' } },
    ],
    ['a comment alone', { ...overridden, overrideReason: { userComment: 'seen' } }, { comment: 'seen' }],
    ['an accepted suggestion', accepted, { acceptedSuggestions: ['s-1'], outcome: 'accepted' }],
    [
      'a suggestion named twice, once',
      { ...accepted, acceptedSuggestions: [{ id: 's-1' }, { id: 's-1' }] },
      { acceptedSuggestions: ['s-1'] },
    ],
    [
      'fractions of a second',
      { ...overridden, outcomeTimestamp: '2026-01-15T10:05:00.52Z' },
      { outcomeTimestamp: '2026-01-15T10:05:00.520Z' },
    ],
    [
      'another offset, as UTC',
      { ...overridden, outcomeTimestamp: '2026-01-15T00:05:00+02:00' },
      { outcomeTimestamp: '2026-01-14T22:05:00.000Z' },
    ],
    ['members that nobody knows', { ...overridden, extension: { a: 1 } }, {}],
  ])('%s', async (_, entry, expected) => {
    const { status, kept, response } = await send({ feedback: [entry] });
    expect([status, await response.text()]).toEqual([200, '']);
    expect(kept).toMatchObject([{ card: overridden.card, ...expected }]);
  });

  test('several entries of several cards in one call', async () => {
    const { status, kept } = await send({
      feedback: [overridden, accepted, { ...overridden, card: 'other' }],
    });
    expect([status, kept.length]).toEqual([200, 3]);
  });
});

describe('refused, and nothing of the batch is kept', () => {
  const { card, outcome, outcomeTimestamp, ...none } = overridden;
  test.each([
    ['no list', {}, '/feedback'],
    ['a list at the top', [overridden], undefined],
    ['an empty list', { feedback: [] }, '/feedback'],
    ['not a list', { feedback: overridden }, '/feedback'],
    ['an entry that is no object', { feedback: [overridden, 'x'] }, '/feedback/1'],
    ['no card', { feedback: [{ ...none, outcome, outcomeTimestamp }] }, '/feedback/0/card'],
    ['no outcome', { feedback: [{ ...none, card, outcomeTimestamp }] }, '/feedback/0/outcome'],
    ['another outcome', { feedback: [{ ...overridden, outcome: 'ignored' }] }, '/feedback/0/outcome'],
    ['no time', { feedback: [{ ...none, card, outcome }] }, '/feedback/0/outcomeTimestamp'],
    [
      'a date without time',
      { feedback: [{ ...overridden, outcomeTimestamp: '2026-01-15' }] },
      '/feedback/0/outcomeTimestamp',
    ],
    [
      'a time without zone',
      { feedback: [{ ...overridden, outcomeTimestamp: '2026-01-15T10:05:00' }] },
      '/feedback/0/outcomeTimestamp',
    ],
    [
      '30 February',
      { feedback: [{ ...overridden, outcomeTimestamp: '2026-02-30T10:05:00Z' }] },
      '/feedback/0/outcomeTimestamp',
    ],
    [
      'accepted without a suggestion',
      { feedback: [overridden, { ...overridden, outcome: 'accepted' }] },
      '/feedback/1/acceptedSuggestions',
    ],
    [
      'accepted with no suggestion in the list',
      { feedback: [{ ...accepted, acceptedSuggestions: [] }] },
      '/feedback/0/acceptedSuggestions',
    ],
    [
      'an empty reason object',
      { feedback: [{ ...overridden, overrideReason: {} }] },
      '/feedback/0/overrideReason',
    ],
    [
      'a reason object with nothing of ours',
      { feedback: [{ ...overridden, overrideReason: { extension: [] } }] },
      '/feedback/0/overrideReason',
    ],
    [
      'a reason without code',
      { feedback: [{ ...overridden, overrideReason: { reason: { display: 'No' } } }] },
      '/feedback/0/overrideReason/reason/code',
    ],
    [
      'a comment of a megabyte',
      { feedback: [{ ...overridden, overrideReason: { userComment: 'x'.repeat(1_000_000) } }] },
      '/feedback/0/overrideReason/userComment',
    ],
  ])('%s', async (_, body, pointer) => {
    const { status, kept, response } = await send(body);
    expect([status, kept]).toEqual([400, []]);
    const outcomeOfAll = await jsonOf(response);
    if (pointer !== undefined) expect(pointersOf(outcomeOfAll)).toEqual([pointer]);
  });

  test('a body that is not JSON', async () => {
    expect((await send('{')).status).toBe(400);
  });

  test('a service that does not exist', async () => {
    expect((await send({ feedback: [overridden] }, {}, 'other')).status).toBe(404);
  });
});

test('a store that cannot keep it answers 503 with an OperationOutcome, so that the client sends it again', async () => {
  const { status, response } = await send(
    { feedback: [overridden] },
    { keepFeedback: () => Promise.reject(new ServiceError('ERR_STORE_UNAVAILABLE', 'no store')) },
  );
  expect(status).toBe(503);
  expect(await response.json()).toMatchObject({
    resourceType: 'OperationOutcome',
    issue: [{ code: 'transient' }],
  });
});

test('comments, reasons and card ids are neither logged nor echoed', async () => {
  const words = { userComment: 'Mrs Example says no', reason: { code: 'own-code', display: 'Own words' } };
  const good = await send({ feedback: [{ ...overridden, overrideReason: words }] });
  const bad = await send({ feedback: [{ ...overridden, overrideReason: words, outcome: 'x' }] });
  for (const { logged, response } of [good, bad]) {
    expect(`${logged} ${await response.text()}`).not.toMatch(/Example|own-code|Own words|2f1c3c1e/);
  }
});

test('only POST', async () => {
  const running = await runService();
  const response = await fetch(`${running.url}/cds-services/bone-heart-patient-view/feedback`);
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
  await running.stop();
});
