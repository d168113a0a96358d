/** The insights: numbers that are honest with few cases, hostile questions, and the three ways of an answer. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { insightsCsv } from '../../src/web/insights-csv.ts';
import { filterOf, insightsOf } from '../../src/web/insights-data.ts';
import { readQuestion, searchOf, type Question } from '../../src/web/insights-question.ts';
import { insightsSchema, type Insights } from '../../src/web/insights-schema.ts';
import { per100, percentile, rateOf } from '../../src/web/statistics.ts';
import type { InsightCounts } from '../../src/store/insight-counts.ts';
import { NO_MEMORY, openMemory, type Memory } from '../../src/store/memory.ts';
import { openStore } from '../../src/store/open.ts';
import { guideline } from '../build-record.ts';
import { startService, type TestService } from '../endpoint/ehr.ts';

const SERVICES = ['bone-heart-patient-view', 'bone-heart-order-sign'];
const EMPTY: InsightCounts = {
  clients: [],
  calls: [],
  cards: [],
  reasons: [],
  withoutCard: [],
  queries: [],
  durations: [],
  store: { decisions: 0, feedback: 0, unknownFeedback: 0, oldest: null },
};

function insights(counts: Partial<InsightCounts>, question: Partial<Question> = {}): Insights {
  return insightsOf({
    question: { from: '2026-01-01', to: '2026-01-28', ...question },
    counts: { ...EMPTY, ...counts },
    policy: guideline,
    retentionDays: 400,
    process: { ...NO_MEMORY.counts },
  });
}

const cards = (
  fate: 'accepted' | 'overridden' | 'unanswered',
  count: number,
  topic = 'lipid-panel-overdue',
) => ({
  day: '2026-01-05',
  topic,
  fate,
  count,
});

describe('rates', () => {
  test('of 9 cases there is no rate, of 10 there is one with its interval', () => {
    expect(rateOf(3, 9)).toEqual({ count: 3, of: 9, percent: null, low: null, high: null });
    expect(rateOf(3, 10)).toEqual({ count: 3, of: 10, percent: 30, low: 10.8, high: 60.3 });
    expect([per100(12, 9), per100(12, 10)]).toEqual([null, 120]);
  });

  // Values of Newcombe RG, Stat Med 1998;17:857-872, table I, method 3.
  test.each([
    [81, 263, 25.53, 36.62],
    [15, 148, 6.24, 16.05],
    [0, 20, 0, 16.11],
    [1, 29, 0.61, 17.18],
  ])('the interval of %i in %i is the published Wilson interval', (count, of, low, high) => {
    const rate = rateOf(count, of);
    expect(Math.abs((rate.low ?? -1) - low)).toBeLessThan(0.06);
    expect(Math.abs((rate.high ?? -1) - high)).toBeLessThan(0.06);
  });

  test('the interval holds the rate and stays within 0 and 100, whatever the counts', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(100_000), (some, others) => {
        const { percent, low, high, of } = rateOf(some, some + others);
        if (of < 10) return percent === null && low === null && high === null;
        return (
          percent !== null &&
          low !== null &&
          high !== null &&
          0 <= low &&
          low <= percent &&
          percent <= high &&
          high <= 100
        );
      }),
    );
  });

  test('a percentile needs cases beyond it: 10 for the median and the 90th, 20 for the 95th, 100 for the 99th', () => {
    const of = (count: number): readonly (number | null)[] =>
      [50, 90, 95, 99].map((percent) =>
        percentile(
          [
            { ms: 5, count: count - 1 },
            { ms: 900, count: 1 },
          ],
          percent,
        ),
      );
    expect(of(9)).toEqual([null, null, null, null]);
    expect(of(10)).toEqual([5, 5, null, null]);
    expect(of(20)).toEqual([5, 5, 5, null]);
    expect(of(100)).toEqual([5, 5, 5, 5]);
    expect(
      percentile(
        Array.from({ length: 100 }, (_, ms) => ({ ms, count: 1 })),
        99,
      ),
    ).toBe(98);
    expect(percentile([], 50)).toBeNull();
  });
});

describe('the question', () => {
  const ask = (search: string) => readQuestion(search, SERVICES, '2026-01-28');

  test('without parameters the last 28 days, today among them', () => {
    expect(ask('')).toEqual({ problems: [], question: { from: '2026-01-01', to: '2026-01-28' } });
    expect(ask('?from=&to=&client=&service=')).toEqual(ask(''));
  });

  test('From alone goes until today, To alone has 28 days before it', () => {
    expect(ask('?from=2025-12-01').question).toEqual({ from: '2025-12-01', to: '2026-01-28' });
    expect(ask('?to=2025-03-01').question).toEqual({ from: '2025-02-02', to: '2025-03-01' });
  });

  test('a link made from a question asks the same again', () => {
    const question = {
      from: '2026-01-02',
      to: '2026-01-03',
      client: 'Höhe & Tal="<x>"',
      service: SERVICES[0] ?? '',
    };
    expect(ask(`?${searchOf(question)}`)).toEqual({ problems: [], question });
    expect(ask(`?${searchOf(question, 'csv')}`).question).toEqual(question);
  });

  test.each([
    ['a day that does not exist', 'from=2026-02-30'],
    ['a month only', 'from=2026-01'],
    ['a time', 'to=2026-01-01T00:00:00Z'],
    ['words', "from=1' or '1'='1"],
    ['a year before the service', 'from=1999-12-31'],
    ['a year after it', 'to=2100-01-01'],
    ['a year of five digits', 'to=20260-01-01'],
    ['from after to', 'from=2026-01-02&to=2026-01-01'],
    ['more days than are counted at once', 'from=2021-01-01&to=2026-01-01'],
    ['an unknown service', 'service=other'],
    ['a name of the prototype', 'service=__proto__'],
    ['a client with a line break', 'client=a%0Ab'],
    ['a client with NUL', 'client=a%00b'],
    ['a client of 201 characters', `client=${'a'.repeat(201)}`],
    ['a parameter given twice', 'from=2026-01-01&from=2026-01-01'],
    ['a client given twice', 'client=a&client=b'],
  ])('%s is told in words that repeat nothing, and the default is asked', (_, search) => {
    const { problems, question } = ask(`?${search}`);
    expect(problems).toHaveLength(1);
    expect(problems.join()).not.toMatch(/or '1'|other"|aaaa/);
    expect(question).toEqual({ from: '2026-01-01', to: '2026-01-28' });
  });

  test('the longest range is taken, one day more is not', () => {
    expect(ask('?from=2023-01-25&to=2026-01-28').problems).toEqual([]);
    expect(ask('?from=2023-01-24&to=2026-01-28').problems).toHaveLength(1);
  });

  test('the last day is counted to its end', () => {
    expect(filterOf({ from: '2026-01-01', to: '2026-02-28' }, guideline)).toMatchObject({
      from: '2026-01-01T00:00:00.000Z',
      before: '2026-03-01T00:00:00.000Z',
    });
  });
});

describe('the numbers', () => {
  test('a card that nobody answered is no override, and acceptance is of the answered', () => {
    const { totals } = insights({
      calls: [{ day: '2026-01-05', count: 200 }],
      cards: [cards('accepted', 6), cards('overridden', 14), cards('unanswered', 80)],
    });
    expect(totals).toMatchObject({
      cards: 100,
      cardsPer100Calls: 50,
      accepted: 6,
      overridden: 14,
      unanswered: 80,
    });
    expect(totals.acceptance).toMatchObject({ count: 6, of: 20, percent: 30 });
    expect(totals.answered).toMatchObject({ count: 20, of: 100, percent: 20 });
  });

  test('nine answers are too few for a rate, however many cards there were', () => {
    const { totals, recommendations } = insights({ cards: [cards('accepted', 9), cards('unanswered', 991)] });
    expect(totals.acceptance).toMatchObject({ count: 9, of: 9, percent: null });
    expect(recommendations[0]?.acceptance.percent).toBeNull();
  });

  test('silent, quiet and merged findings are counted apart from cards', () => {
    const { totals, withoutCard } = insights({
      withoutCard: [
        { recommendation: 'lipid-panel-overdue', why: 'silent', count: 3 },
        { recommendation: 'lipid-panel-overdue', why: 'quiet', count: 2 },
        { recommendation: 'gone-since', why: 'merged', count: 1 },
      ],
    });
    expect(totals).toMatchObject({ cards: 0, silent: 3, quiet: 2, merged: 1 });
    expect(withoutCard).toMatchObject([
      { id: 'lipid-panel-overdue', silent: 3, quiet: 2, merged: 0 },
      { id: 'gone-since', title: 'gone-since', merged: 1 },
    ]);
  });

  test('days without a call stand there with 0; above 31 days weeks from Monday, cut by the range', () => {
    const days = insights({ calls: [{ day: '2026-01-03', count: 5 }] }, { to: '2026-01-04' });
    expect(days.periods.map(({ from, calls }) => [from, calls])).toEqual([
      ['2026-01-01', 0],
      ['2026-01-02', 0],
      ['2026-01-03', 5],
      ['2026-01-04', 0],
    ]);
    const month = insights({}, { to: '2026-01-31' });
    expect([month.unit, month.periods.length]).toEqual(['day', 31]);
    const weeks = insights(
      {
        calls: [
          { day: '2026-01-05', count: 1 },
          { day: '2026-01-11', count: 2 },
          { day: '2026-02-01', count: 4 },
        ],
      },
      { to: '2026-02-03' },
    );
    expect(weeks.unit).toBe('week');
    expect(weeks.periods.map(({ from, to, calls }) => [from, to, calls])).toEqual([
      ['2026-01-01', '2026-01-04', 0],
      ['2026-01-05', '2026-01-11', 3],
      ['2026-01-12', '2026-01-18', 0],
      ['2026-01-19', '2026-01-25', 0],
      ['2026-01-26', '2026-02-01', 4],
      ['2026-02-02', '2026-02-03', 0],
    ]);
  });

  test('each call stands in exactly one bar of the durations', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ ms: fc.nat(20_000), count: fc.integer({ min: 1, max: 9 }) })),
        (tallies) => {
          const { all } = insights({ durations: tallies.map((one) => ({ ...one, service: 'a' })) }).durations;
          return all.buckets.reduce((total, { count }) => total + count, 0) === all.calls;
        },
      ),
    );
  });

  test('the share of queries that came with the call is of all that could be asked', () => {
    const client = { client: 'a', calls: 1, prefetch: 6, fetched: 2, failed: 1, notSent: 1 };
    expect(
      insights({ queries: [client, { ...client, prefetch: 5 }] }).clients.map((one) => one.hitPercent),
    ).toEqual([60, null]);
  });

  test('what is answered fits its published schema, empty or full', () => {
    const valid = new Ajv({ strict: true }).compile(insightsSchema);
    for (const one of [insights({}), insights(FULL)]) {
      valid(JSON.parse(JSON.stringify(one)));
      expect(valid.errors ?? []).toEqual([]);
    }
  });
});

const FULL: Partial<InsightCounts> = {
  clients: ['=HYPERLINK("http://evil")'],
  calls: [{ day: '2026-01-05', count: 200 }],
  cards: [cards('accepted', 6), cards('overridden', 14), cards('unanswered', 80)],
  reasons: [
    { topic: 'lipid-panel-overdue', reason: 'patient-refuses', count: 10 },
    { topic: 'lipid-panel-overdue', reason: 'other', count: 4 },
  ],
  withoutCard: [{ recommendation: 'lipid-panel-overdue', why: 'silent', count: 3 }],
  queries: [
    { client: '=HYPERLINK("http://evil")', calls: 9, prefetch: 90, fetched: 10, failed: 0, notSent: 0 },
  ],
  durations: [{ service: 'bone-heart-patient-view', ms: 12, count: 200 }],
  store: { decisions: 200, feedback: 20, unknownFeedback: 0, oldest: '2026-01-05T10:00:00.000Z' },
};

describe('the CSV', () => {
  test('has one count in each row, CRLF, and as many cells as the header', () => {
    const text = insightsCsv(insights(FULL));
    expect(text.endsWith('\r\n')).toBe(true);
    const lines = text.slice(0, -2).split('\r\n');
    expect(lines[0]).toBe('table,from,to,client,service,recommendation,reason,measure,value');
    expect(lines).toContain('total,2026-01-01,2026-01-28,,,,,cards,100');
    expect(lines).toContain('day,2026-01-05,2026-01-05,,,,,calls,200');
    expect(lines).toContain(
      'override reason,2026-01-01,2026-01-28,,,lipid-panel-overdue,patient-refuses,overridden,10',
    );
    expect(text).not.toMatch(/percent|NaN|null/);
  });

  test('a client whose name is a formula is text in a spreadsheet', () => {
    expect(insightsCsv(insights(FULL))).toContain(`,"'=HYPERLINK(""http://evil"")",`);
  });
});

describe('over HTTP, from hook calls and feedback', () => {
  const folder = mkdtempSync(join(tmpdir(), 'insights-'));
  const request = JSON.parse(
    readFileSync(new URL('../../fixtures/requests/patient-view-low-bmd.json', import.meta.url), 'utf8'),
  ) as Record<string, unknown>;
  let memory: Memory;
  let service: TestService;
  beforeAll(async () => {
    memory = await openMemory({
      open: () => openStore({ dataDir: folder }, randomUUID),
      onChange: () => undefined,
      retentionDays: 400,
      now: () => new Date(),
    });
    service = await startService(guideline, {}, memory);
  });
  afterAll(async () => {
    await service.close();
    await memory.close();
    rmSync(folder, { recursive: true });
  });
  const get = (search = '', accept = 'text/html'): Promise<Response> =>
    fetch(`${service.url}/insights${search}`, { headers: { accept } });

  test('an empty store is explained, not shown as zeros per cent', async () => {
    const answer = await get();
    expect(answer.status).toBe(200);
    const text = await answer.text();
    expect(text).toContain('Nothing to count yet');
    expect(text).not.toMatch(/NaN|null|undefined|0 %/);
  });

  test('a call with feedback is counted; words of a client and comments appear in no form', async () => {
    const { body } = await service.call('bone-heart-patient-view', request);
    const [first, second] = body.cards;
    const answer = await fetch(`${service.url}/cds-services/bone-heart-patient-view/feedback`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        feedback: [
          {
            card: first?.uuid,
            outcome: 'overridden',
            outcomeTimestamp: new Date().toISOString(),
            overrideReason: {
              reason: { code: 'Mrs-Miller', system: 'urn:x', display: 'Mrs Miller refuses' },
              userComment: 'Mrs Miller is afraid',
            },
          },
          {
            card: second?.uuid,
            outcome: 'accepted',
            outcomeTimestamp: new Date().toISOString(),
            acceptedSuggestions: [{ id: second?.suggestions?.[0]?.uuid }],
          },
        ],
      }),
    });
    expect(answer.status).toBe(200);
    const json = await get('', 'application/json');
    const text = await json.text();
    const found = JSON.parse(text) as Insights;
    expect(found.totals).toMatchObject({
      calls: 1,
      cards: body.cards.length,
      accepted: 1,
      overridden: 1,
      cardsPer100Calls: null,
      acceptance: { count: 1, of: 2, percent: null },
    });
    expect(found.reasons).toEqual([expect.objectContaining({ reason: 'other', count: 1 })]);
    expect(found.clients).toEqual([
      expect.objectContaining({ client: 'unauthenticated', calls: 1, fetched: 0, hitPercent: 100 }),
    ]);
    const [page, csv] = [await (await get()).text(), await (await get('?format=csv')).text()];
    expect(page).toContain('too few');
    for (const form of [text, page, csv]) expect(form).not.toContain('Miller');
  });

  test('each form has its type, and caches are told that Accept matters', async () => {
    const csv = await get('', 'text/csv');
    expect([csv.headers.get('content-type'), csv.headers.get('content-disposition')]).toEqual([
      'text/csv; charset=utf-8',
      expect.stringMatching(/^attachment; filename="insights-\d{4}-\d{2}-\d{2}-\d{4}-\d{2}-\d{2}\.csv"$/),
    ]);
    for (const [accept, type] of [
      ['*/*', 'text/html'],
      ['application/json', 'application/json'],
    ] as const) {
      const answer = await get('', accept);
      expect(answer.headers.get('content-type')).toContain(type);
      expect(answer.headers.get('vary')).toContain('Accept');
    }
    expect((await get('', 'image/png')).status).toBe(406);
    expect((await get('?format=xlsx')).status).toBe(406);
    expect((await fetch(`${service.url}/insights`, { method: 'DELETE' })).status).toBe(405);
  });

  test('a wrong question is a 400 in words, in each form, and nothing of it comes back', async () => {
    for (const accept of ['text/html', 'application/json', 'text/csv']) {
      const answer = await get('?from=%3Cscript%3Ealert(1)', accept);
      expect(answer.status).toBe(400);
      const text = await answer.text();
      expect(text).toContain('From must be a day of the calendar');
      expect(text).not.toContain('alert(1)');
    }
    expect((await get('?client=a&client=b')).status).toBe(400);
  });

  test('a client without calls here is said to have none, and its name is text', async () => {
    const text = await (await get(`?client=${encodeURIComponent('"><img src=x>')}`)).text();
    expect(text).toContain('No call in this time');
    expect(text).toContain('&quot;&gt;&lt;img src=x&gt;');
    expect(text).not.toContain('<img src=x>');
  });

  test('a time without calls says what there is', async () => {
    expect(await (await get('?from=2020-01-01&to=2020-02-01')).text()).toContain('No call in this time');
  });
});

describe('a store that is down', () => {
  test.each(['text/html', 'application/json', 'text/csv'])('is a 503 in words as %s', async (accept) => {
    const service = await startService();
    const answer = await fetch(`${service.url}/insights`, { headers: { accept } });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '30']);
    expect(await answer.text()).toMatch(
      /The store does not answer[\s\S]*Hook calls are answered all the same/,
    );
    await service.close();
  });
});
