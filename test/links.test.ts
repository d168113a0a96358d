/** `links`: every address that a card can carry, and no other. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Policy } from '../src/knowledge/policy.ts';
import { cardLinks, urlsIn, type CardLink } from '../src/links.ts';
import type { CardDraft } from '../src/render.ts';
import { cardsFor, PROFILE_NAMES, PROFILES, type ProfileName } from '../src/render-profile.ts';
import { guideline, policyOf } from './build-record.ts';
import { charts } from './charts.ts';
import { answers, POLICIES, type PolicyName } from './charts/answers.ts';
import { everyCard } from './every-card.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

/** Found without the code under test: everything in the card that a reader or an EHR could follow. Code systems of drafts are names. */
function addressesIn({
  suggestions: _,
  source: { topic: __, ...source },
  overrideReasons: ___,
  ...card
}: CardDraft): string[] {
  const text = JSON.stringify({ ...card, source });
  return [...text.matchAll(/(?:https?|ftp|mailto|javascript|data):[^\s"\\<>()]*/g)].map(([url]) =>
    url.replace(/[.,;:]$/, ''),
  );
}

const urls = (links: readonly CardLink[]): string[] => links.map(({ url }) => url);

describe.each(PROFILE_NAMES)('%s', (name: ProfileName) => {
  test.each([
    ['guideline', guideline],
    ['article, EU', POLICIES['article, EU']],
  ])(
    'every variant of every card, with all its lines (%s): what they carry is what is listed',
    (_, policy: Policy) => {
      const cards = cardsFor(
        everyCard(policy).map(({ card }) => card),
        PROFILES[name],
        policy,
      );
      expect([...new Set(cards.flatMap(addressesIn))].sort()).toEqual(urls(cardLinks(policy, name)));
    },
  );

  test('who uses an address, and where, is true', () => {
    const byId = Map.groupBy(everyCard(guideline), ({ id }) => id);
    const shown = new Map(
      [...byId].map(([id, own]) => [
        id,
        cardsFor(
          own.map(({ card }) => card),
          PROFILES[name],
          guideline,
        ),
      ]),
    );
    for (const { url, usedBy } of cardLinks(guideline, name)) {
      for (const { recommendation, place } of usedBy) {
        const own = shown.get(recommendation) ?? [];
        const at = {
          source: own.some(({ source }) => source.url === url),
          link: own.some(({ links = [] }) => links.some((link) => link.url === url)),
          detail: own.some(({ detail = '' }) => urlsIn(detail).includes(url)),
        };
        expect([url, place, at[place]]).toEqual([url, place, true]);
      }
    }
  });
});

test('no chart makes a card carry anything else', () => {
  const listed = new Map(
    Object.entries(POLICIES).map(([name, policy]) => [name, new Set(urls(cardLinks(policy, 'default')))]),
  );
  fc.assert(
    fc.property(charts, fc.constantFrom(...(Object.keys(POLICIES) as PolicyName[])), (chart, policy) => {
      for (const { decision } of answers(chart, { policy }))
        for (const card of decision.cards)
          for (const url of addressesIn(card)) expect(listed.get(policy)?.has(url)).toBe(true);
    }),
    { numRuns: 150, seed: 20260115 },
  );
});

test('text of the record adds no address', () => {
  const hostile =
    'see https://evil.example/x or [me](https://evil.example) <https://evil.example> www.evil.example';
  const cards = everyCard(guideline, hostile).map(({ card }) => card);
  expect(cards.flatMap(addressesIn).filter((url) => url.includes('evil'))).toEqual([]);
});

describe('the policy of the site', () => {
  const only = (mode: 'show' | 'silent' | 'off'): Policy =>
    policyOf({
      recommendations: Object.fromEntries(
        [...guideline.knowledge.recommendations.keys()].map((id) => [
          id,
          { mode: id === 'hscrp-risk-enhancer' ? mode : 'off' },
        ]),
      ),
    });

  test('what is off is not listed; what is silent is, and says so', () => {
    expect(cardLinks(only('off'), 'default')).toEqual([]);
    const shown = cardLinks(only('show'), 'default');
    expect(shown.length).toBeGreaterThan(0);
    const silent = cardLinks(only('silent'), 'default');
    expect(urls(silent)).toEqual(urls(shown));
    expect(new Set(silent.flatMap(({ usedBy }) => usedBy.map(({ mode }) => mode)))).toEqual(
      new Set(['silent']),
    );
  });
});

describe('on the command line', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'links-'));
  afterAll(() => {
    rmSync(scratch, { recursive: true });
  });
  const links = (args: readonly string[], env: Record<string, string> = {}): string =>
    execFileSync(process.execPath, ['bin/bone-heart-cds.cjs', 'links', ...args], {
      cwd: root,
      env,
      encoding: 'utf8',
    });

  test('sorted, each once, an address a line, and nothing else', () => {
    const lines = links([]).trimEnd().split('\n');
    expect(lines).toEqual(urls(cardLinks(guideline, 'default')));
    expect(lines).toEqual([...new Set(lines)].sort());
    for (const line of lines) expect(URL.canParse(line) && line.startsWith('https://')).toBe(true);
  });

  test('--json says who uses it; --profile oracle lists sources and links only', () => {
    expect(JSON.parse(links(['--json']))).toEqual(cardLinks(guideline, 'default'));
    const oracle = JSON.parse(links(['--json', '--profile', 'oracle'])) as CardLink[];
    expect(oracle.length).toBeLessThan(cardLinks(guideline, 'default').length);
    expect(new Set(oracle.flatMap(({ usedBy }) => usedBy.map(({ place }) => place)))).toEqual(
      new Set(['source', 'link']),
    );
  });

  test('POLICY_FILE is respected', () => {
    const file = join(scratch, 'policy.yaml');
    writeFileSync(file, 'recommendations:\n  romosozumab-mi-stroke-order: { mode: off }\n');
    const policy = policyOf({ recommendations: { 'romosozumab-mi-stroke-order': { mode: 'off' } } });
    const lines = links([], { POLICY_FILE: file }).trimEnd().split('\n');
    expect(lines).toEqual(urls(cardLinks(policy, 'default')));
    expect(lines.length).toBeLessThan(cardLinks(guideline, 'default').length);
  });

  test.each([
    [['--profile', 'cerner'], /--profile must be one of default, epic, oracle, athena, sandbox/],
    [['--fast'], /usage: bone-heart-cds links/],
    [['more'], /usage: bone-heart-cds links/],
  ])('%j is refused in words', (args, reason) => {
    const { status, stderr } = spawnSync(process.execPath, ['bin/bone-heart-cds.cjs', 'links', ...args], {
      cwd: root,
      env: {},
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(reason);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
