/** Client profiles: what each EHR sees, and that what is recorded is what was sent (docs/clients.md). */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { cdsResponseSchema, type Card, type CdsResponse } from '../src/hooks/card.ts';
import { urlsIn } from '../src/links.ts';
import { asPlainText } from '../src/plain-text.ts';
import { quietsFromFeedback } from '../src/quiet.ts';
import { capped, escapeMarkdown, identified, type CardDraft } from '../src/render.ts';
import { cardsFor, policyFor, PROFILE_NAMES, PROFILES, type ProfileName } from '../src/render-profile.ts';
import type { DecisionRecord } from '../src/store/contract.ts';
import { guideline, knowledge, policyOf } from './build-record.ts';
import { charts } from './charts.ts';
import { answers, POLICIES } from './charts/answers.ts';
import { startService, topics } from './endpoint/ehr.ts';
import { expectValidR4 } from './endpoint/valid-r4.ts';
import { everyCard } from './every-card.ts';
import { startTrusted } from './endpoint/trusted-ehr.ts';
import { NO_MEMORY, type Memory } from '../src/store/memory.ts';

const validate = new Ajv({ strict: true }).compile(cdsResponseSchema);
const every = everyCard(guideline);
const variants = every.map(({ id, variant, card }) => [`${id} ${variant}`, card] as const);
const shown = (card: CardDraft, name: ProfileName): CardDraft => {
  const [one] = cardsFor([card], PROFILES[name], guideline);
  if (one === undefined) throw new Error('no card');
  return one;
};

describe('the text of every card without Markdown', () => {
  /** The words alone: what must survive the change of form. */
  const words = (text: string): string[] =>
    text
      .replace(/\\([\\`*_[\]|~])/g, '$1')
      .replace(/\*\*/g, '')
      .match(/[\p{L}\p{N}][\p{L}\p{N}.,%/-]*/gu) ?? [];

  test.each(variants)('%s', (_, { detail = '' }) => {
    const text = asPlainText(detail, { urls: true });
    expect(text).not.toMatch(/\*\*|\\|&lt;|&amp;|\]\(/);
    // Four headings, each with its items below it and a line between the blocks.
    expect(text.split('\n\n').length).toBe(4);
    for (const block of text.split('\n\n')) expect(block).toMatch(/^[^-\n][^\n]*:\n- /);
    for (const line of text.split('\n')) expect(line).toMatch(/^(?:- \S.*|[A-Z][^\n]*:|)$/);
    expect(words(text)).toEqual(words(detail));
    const bare = asPlainText(detail, { urls: false });
    expect(urlsIn(bare)).toEqual([]);
    // Each source is still named: no item is left empty or ends in the middle.
    for (const line of bare.split('\n')) expect(line).not.toMatch(/^-\s*$|\s$| \.$|[(<[]$/);
    expect(bare.split('\n').length).toBe(text.split('\n').length);
  });

  test('reads like this in a narrow column', () => {
    const detail = [
      '**Found**\n\n- LDL 195 mg/dL \\[a\\_b\\] on 2025-12-01.\n- Noted \\*twice\\*: A&amp;B &lt;img.',
      '**Sources and limits**\n\n- A guideline, 2026. https://doi.org/10.1/x\n- See [the label](https://example.org/l). Judge.',
    ].join('\n\n');
    expect(asPlainText(detail, { urls: true })).toBe(
      [
        'Found:\n- LDL 195 mg/dL [a_b] on 2025-12-01.\n- Noted *twice*: A&B < img.',
        'Sources and limits:\n- A guideline, 2026. https://doi.org/10.1/x\n- See the label (https://example.org/l). Judge.',
      ].join('\n\n'),
    );
    expect(asPlainText(detail, { urls: false })).toContain('- A guideline, 2026.\n- See the label. Judge.');
  });

  test('text of the record is the same text, and inert where it is rendered as Markdown or HTML after all', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc
        .array(
          fc.constantFrom(
            '[',
            ']',
            '(',
            ')',
            '<',
            '>',
            '!',
            '&',
            'lt;',
            '#60;',
            'img src=x',
            'script',
            ' ',
            '\\',
            '*',
            '_',
            '`',
            '|',
            '~',
            'javascript:x',
            'https://evil.example',
            'www.evil.example',
            'a@b',
            '"',
            'x',
            '\n',
            '- ',
          ),
          { maxLength: 14 },
        )
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(hostile, fc.boolean(), (value, urls) => {
        const line = asPlainText(`- ${escapeMarkdown(value)} end`, { urls });
        expect(line.split('\n').length).toBe(1);
        expect(line).not.toMatch(/<[A-Za-z/!?]|\]\(|\]\[|\]:|https?:\/\/|www\.|@\w/i);
        const compact = (text: string): string =>
          text.replace(/&(?:amp|lt);/g, (one) => one).replace(/[\p{Cc}\p{Cf}\s]/gu, '');
        const plain = value
          .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
          .trim()
          .slice(0, 120)
          .replace(/[\uD800-\uDBFF]$/, '');
        expect(compact(line)).toBe(compact(`- ${plain} end`));
      }),
      { numRuns: 2000, seed: 20260115 },
    );
  });

  test('hostile length costs no time', () => {
    for (const piece of ['[', '\\', '](', '&lt;', ' ', '**', 'https://', '[a](https:'])
      for (const urls of [true, false]) {
        const start = performance.now();
        asPlainText(`- ${piece.repeat(20_000)}`, { urls });
        expect(performance.now() - start).toBeLessThan(1000);
      }
  });
});

describe('what each profile changes', () => {
  test('default and sandbox change nothing, and cost nothing: the same list, the same policy', () => {
    const cards = every.map(({ card }) => card);
    for (const name of ['default', 'sandbox'] as const) {
      expect(cardsFor(cards, PROFILES[name], guideline)).toBe(cards);
      expect(policyFor(guideline, PROFILES[name])).toBe(guideline);
    }
  });

  test.each(PROFILE_NAMES)(
    '%s: every card fits the standard and keeps its message, source, topic and reasons',
    (name) => {
      for (const { card } of every) {
        const { detail: _, suggestions: __, selectionBehavior: ___, ...kept } = card;
        expect(shown(card, name)).toMatchObject(kept);
      }
      const { cards } = identified(
        every.map(({ card }) => shown(card, name)),
        randomUUID,
      );
      expect(validate({ cards })).toBe(true);
      for (const card of cards) expectValidR4(card);
    },
  );

  test('epic: text instead of Markdown, addresses in it', () => {
    for (const { card } of every) {
      const { detail, ...rest } = shown(card, 'epic');
      expect(detail).toBe(asPlainText(card.detail ?? '', { urls: true }));
      expect(rest).toEqual({ ...card, detail: undefined });
    }
  });

  test('oracle: no address in the text, links as they are but never with appContext', () => {
    for (const { card } of every) {
      const one = shown(card, 'oracle');
      expect(urlsIn(one.detail ?? '')).toEqual([]);
      expect(one.links).toEqual(card.links);
      expect(one.suggestions).toEqual(card.suggestions);
    }
    const [first] = every;
    const links = [{ label: 'App', url: 'https://app.example.org', type: 'smart' as const, appContext: 'x' }];
    expect(shown({ ...(first?.card as CardDraft), links }, 'oracle').links).toEqual([
      { label: 'App', url: 'https://app.example.org', type: 'smart' },
    ]);
    expect(shown({ ...(first?.card as CardDraft), links }, 'epic').links).toEqual(links);
  });

  test('oracle: two cards and a merged one at most, never more than the site wants, and every recommendation is still covered', () => {
    expect(policyFor(guideline, PROFILES.oracle).maxCards).toBe(2);
    const one = policyOf({ maxCards: 1 });
    expect(policyFor(one, PROFILES.oracle)).toBe(one);
    const cards = every.slice(0, 6).map(({ card }) => card);
    const few = capped(cards, policyFor(guideline, PROFILES.oracle));
    expect(few.length).toBe(3);
    expect(few.flatMap(({ covers }) => covers)).toEqual(cards.flatMap(({ covers }) => covers));
  });

  test('athena: one suggestion can be chosen, and all orders of a recommendation are offered as one', () => {
    for (const { card } of every) {
      const { suggestions = [], selectionBehavior } = shown(card, 'athena');
      const asked = card.suggestions ?? [];
      expect(selectionBehavior).toBe(asked.length === 0 ? undefined : 'at-most-one');
      expect(suggestions.slice(0, asked.length)).toEqual(asked);
      const orders = asked.filter(({ order }) => order !== undefined);
      const together = suggestions.slice(asked.length);
      if (card.selectionBehavior === 'at-most-one' || orders.length < 2) expect(together).toEqual([]);
      else
        expect(together).toEqual([
          {
            label: `All ${String(orders.length)} orders`,
            recommendation: orders[0]?.recommendation,
            withinDays: Math.max(...orders.map(({ withinDays = 0 }) => withinDays)),
            actions: orders.flatMap(({ actions = [] }) => actions),
          },
        ]);
      expect(JSON.stringify(together)).not.toContain('"delete"');
    }
  });

  test('athena: orders of several recommendations in a merged card are not joined, because accepting quiets one', () => {
    const two = every.filter(({ card }) => (card.suggestions?.length ?? 0) > 0).slice(0, 12);
    const merged = capped(
      two.map(({ card }) => card),
      policyOf({ maxCards: 0 }),
    )[0];
    if (merged === undefined) throw new Error('no merged card');
    const { suggestions = [], selectionBehavior } = shown(merged, 'athena');
    expect(suggestions).toEqual(merged.suggestions);
    expect(selectionBehavior).toBe('at-most-one');
  });

  test('accepting all orders quiets the recommendation until the last of them should be done', () => {
    const card = every
      .map((one) => shown(one.card, 'athena'))
      .find(({ canBeQuieted, suggestions = [] }) => canBeQuieted && suggestions.length > 2);
    if (card === undefined) throw new Error('no card with several orders');
    const { records } = identified([card], randomUUID);
    const [record] = records;
    if (record === undefined) throw new Error('no record');
    const entry = {
      card: record.uuid,
      client: 'x',
      outcome: 'accepted' as const,
      outcomeTimestamp: '2026-01-15T00:00:00Z',
      acceptedSuggestions: [record.suggestions.at(-1)?.uuid ?? ''],
    };
    const days = Math.max(...record.suggestions.map(({ withinDays = 0 }) => withinDays));
    const quiets = quietsFromFeedback(
      [entry],
      [{ ...record, patientKey: 'p' }],
      knowledge.definitions.snooze,
      () => ({}),
      '2026-01-15',
    );
    expect(quiets).toHaveLength(1);
    expect(quiets[0]?.recommendation).toBe(card.covers[0]?.id);
    expect(Date.parse(quiets[0]?.until ?? '') - Date.parse('2026-01-15')).toBeGreaterThanOrEqual(
      days * 86_400_000,
    );
  });

  test('over any chart: the same recommendations are said to every client, in cards and record alike', () => {
    fc.assert(
      fc.property(charts, fc.constantFrom(...PROFILE_NAMES), (chart, name) => {
        const profile = PROFILES[name];
        const theirs = answers(chart, { policy: policyFor(POLICIES.default, profile) });
        const ours = answers(chart, { policy: POLICIES.default });
        theirs.forEach(({ decision }, index) => {
          const drafts = cardsFor(decision.cards, profile, guideline);
          const covered = (cards: readonly CardDraft[]): string[] =>
            cards.flatMap(({ covers }) => covers.map(({ id }) => id)).sort();
          expect(covered(drafts)).toEqual(covered(ours[index]?.decision.cards ?? []));
          expect(decision.judgements.map(({ finding }) => finding.outcome)).toEqual(
            ours[index]?.decision.judgements.map(({ finding }) => finding.outcome),
          );
          const { cards, records } = identified(drafts, randomUUID);
          expect(validate({ cards })).toBe(true);
          expect(agree(cards, records)).toBe(true);
        });
      }),
      { numRuns: 60, seed: 20260115 },
    );
  });
});

/** Cards and suggestions that were sent are those that were recorded, one for one. */
function agree(cards: readonly Card[], records: DecisionRecord['cards']): boolean {
  const sent = cards.map(({ uuid, indicator, suggestions = [] }) => [
    uuid,
    indicator,
    suggestions.map((one) => one.uuid),
  ]);
  const kept = records.map(({ uuid, indicator, suggestions }) => [
    uuid,
    indicator,
    suggestions.map((one) => one.uuid),
  ]);
  return JSON.stringify(sent) === JSON.stringify(kept);
}

describe('through the endpoint', () => {
  const bundle = 'fixtures/requests/patient-view-low-bmd.json';
  const request = readFileSync(new URL(`../${bundle}`, import.meta.url), 'utf8');

  test('the profile is that of the calling client', async () => {
    const ehr = await startTrusted({}, { profile: 'oracle' });
    try {
      const path = '/cds-services/bone-heart-patient-view';
      const oracle = (await (await ehr.post(path, request)).json()) as CdsResponse;
      const plain = (await (
        await ehr.post(path, request, {
          authorization: `Bearer ${await ehr.token(path, { iss: 'https://other.example.org' })}`,
        })
      ).json()) as CdsResponse;
      expect(plain.cards[0]?.detail).toContain('**Found**');
      expect(plain.cards[0]?.detail).toMatch(/https:\/\//);
      expect(oracle.cards[0]?.detail).toMatch(/^Found:\n- /);
      expect(oracle.cards[0]?.detail).not.toMatch(/https?:\/\//);
      expect(topics(oracle.cards)).toEqual(topics(plain.cards));
    } finally {
      await ehr.stop();
    }
  });

  test('athena: all orders of a card accepted as one, and the card stays away', async () => {
    const ehr = await startTrusted({}, { profile: 'athena' });
    try {
      const path = '/cds-services/bone-heart-patient-view';
      const call = async (): Promise<readonly Card[]> =>
        ((await (await ehr.post(path, request)).json()) as CdsResponse).cards;
      const before = await call();
      const card = before.find(({ suggestions = [] }) =>
        /^All \d orders$/.test(suggestions.at(-1)?.label ?? ''),
      );
      const all = card?.suggestions?.at(-1);
      expect(all?.actions?.length).toBe((card?.suggestions?.length ?? 0) - 1);
      const entry = {
        card: card?.uuid,
        outcome: 'accepted',
        outcomeTimestamp: new Date().toISOString(),
        acceptedSuggestions: [{ id: all?.uuid }],
      };
      expect((await ehr.post(`${path}/feedback`, JSON.stringify({ feedback: [entry] }))).status).toBe(200);
      const topic = card?.source.topic?.code;
      expect(Object.keys(topics(await call()))).toEqual(
        Object.keys(topics(before)).filter((one) => one !== topic),
      );
    } finally {
      await ehr.stop();
    }
  });

  test('without authentication the profile is default', async () => {
    const kept: DecisionRecord[] = [];
    const memory: Memory = {
      ...NO_MEMORY,
      remember: (decision) => {
        kept.push(decision);
        return Promise.resolve(true);
      },
    };
    const service = await startService(guideline, {}, memory);
    try {
      const { body } = await service.call('bone-heart-patient-view', JSON.parse(request));
      expect(body.cards[0]?.detail).toContain('**Found**');
      expect(agree(body.cards, kept[0]?.cards ?? [])).toBe(true);
    } finally {
      await service.close();
    }
  });
});

test('docs/clients.md has a row for each profile, as the table of the code has it', () => {
  const page = readFileSync(new URL('../docs/clients.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` +\| (\w+) +\| (\w+) +\| ([\w ]+?) +\| ([\w ]+?) +\|/gm)].map(
    ([, ...cells]) => cells,
  );
  expect(rows).toEqual(
    PROFILE_NAMES.map((name) => {
      const { detail, maxCards, urlsInDetail, choose } = PROFILES[name];
      return [
        name,
        detail === 'text' ? 'text' : 'Markdown',
        maxCards === undefined ? 'site' : String(maxCards),
        urlsInDetail ? 'yes' : 'no',
        choose === 'one' ? 'one at a time' : 'as written',
      ];
    }),
  );
});
