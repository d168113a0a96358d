/** Catalogue and insights in a real browser: accessible, by keyboard, dark, narrow, on paper, and without any other server. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { DecisionRecord, FeedbackRecord } from '../../src/store/contract.ts';
import { openMemory, type Memory } from '../../src/store/memory.ts';
import { openStore } from '../../src/store/open.ts';
import { guideline } from '../build-record.ts';
import { startService, type TestService } from '../endpoint/ehr.ts';
import { chromiumPath, launch, NO_BROWSER } from './chromium.ts';

const it = chromiumPath === undefined ? test.skip : test;
if (chromiumPath === undefined) console.warn(NO_BROWSER);

const HOSTILE = `<img src=x onerror="document.title='hacked'">`;
const PAGES = [
  '/recommendations',
  '/recommendations?q=nothing-like-it',
  '/recommendations/dxa-screening-due',
  '/recommendations/no-such-id',
  '/insights',
  '/insights?from=x',
];

let browser: Browser;
let memory: Memory;
let service: TestService;
const folder = mkdtempSync(join(tmpdir(), 'governance-'));

beforeAll(async () => {
  if (chromiumPath === undefined) return;
  memory = await openMemory({
    open: async () => {
      const store = await openStore({ dataDir: folder }, randomUUID);
      const decisions = Array.from({ length: 60 }, (_, index) => decision(index));
      await store.saveDecisions(decisions);
      await store.saveFeedback(decisions.flatMap(feedbackOn), [], new Date().toISOString());
      return store;
    },
    onChange: () => undefined,
    retentionDays: 400,
    now: () => new Date(),
  });
  [service, browser] = await Promise.all([startService(guideline, {}, memory), launch()]);
});
afterAll(async () => {
  if (chromiumPath === undefined) return;
  await browser.close();
  await service.close();
  await memory.close();
  rmSync(folder, { recursive: true });
});

const DAY_MS = 24 * 60 * 60 * 1000;

function decision(index: number): DecisionRecord {
  const recommendation = index % 3 === 0 ? 'lipid-panel-overdue' : 'severe-ldl-low-bmd';
  const covers = { id: recommendation, version: '0.1.0' };
  return {
    id: randomUUID(),
    at: new Date(Date.now() - (index % 20) * DAY_MS).toISOString(),
    client: index % 4 === 0 ? HOSTILE : 'North Hospital',
    service: 'bone-heart-patient-view',
    hookInstance: randomUUID(),
    patientKey: 'a'.repeat(64),
    durationMs: index,
    outcomes: [
      { recommendation: 'hscrp-risk-enhancer', version: '0.1.0', outcome: 'recommend', mode: 'silent' },
    ],
    missing: {},
    queries: { prefetch: 10, fetched: index % 3, failed: 0, notSent: 1 },
    cards: [
      {
        uuid: randomUUID(),
        recommendations: [covers],
        indicator: 'info',
        suggestions: [],
        canBeQuieted: true,
      },
    ],
  };
}

function feedbackOn({ at, client, cards: [card] }: DecisionRecord, index: number): FeedbackRecord[] {
  if (card === undefined || index % 2 === 1) return [];
  const common = { card: card.uuid, outcomeTimestamp: at, client, isKnown: true };
  return index % 4 === 0
    ? [{ ...common, outcome: 'accepted', acceptedSuggestions: ['s'] }]
    : [{ ...common, outcome: 'overridden', acceptedSuggestions: [], reason: { code: 'limited-time' } }];
}

/** A page that fails the test on any error, message of the console or request elsewhere. */
async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (!message.text().includes('the server responded with a status of 4')) faults.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(service.url)) faults.push(request.url());
  });
  await page.goto(`${service.url}${path}`);
  expect(faults).toEqual([]);
  return page;
}

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(({ id, impact, nodes }) => `${String(impact)} ${id}: ${nodes[0]?.html ?? ''}`);
}

describe('accessibility', () => {
  it.each(PAGES)('axe finds nothing on %s, light and wide, dark and narrow', async (path) => {
    for (const [colorScheme, width] of [
      ['light', 1280],
      ['dark', 360],
    ] as const) {
      const page = await open(path, { colorScheme, viewport: { width, height: 800 } });
      expect(await violations(page)).toEqual([]);
      await page.context().close();
    }
  });

  it.each(PAGES)('%s scrolls sideways on no screen, but for tables in their own frame', async (path) => {
    const page = await open(path, { viewport: { width: 320, height: 700 } });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
    await page.context().close();
  });
});

describe('the catalogue', () => {
  it('filters while one types, keeps the address in step, and by keyboard opens what was found', async () => {
    const page = await open('/recommendations');
    await page.getByRole('searchbox', { name: 'Words' }).focus();
    await page.keyboard.type('tga medicines safety');
    await page.getByText('1 of 26.').waitFor();
    expect(new URL(page.url()).searchParams.get('q')).toBe('tga medicines safety');
    await page.reload();
    await page.getByText('1 of 26.').waitFor();
    await page.getByRole('searchbox', { name: 'Words' }).focus();
    for (let tabs = 0; tabs < 12; tabs += 1) {
      await page.keyboard.press('Tab');
      if (
        (await page.evaluate('document.activeElement?.textContent')) ===
        'Romosozumab after myocardial infarction or stroke'
      )
        break;
    }
    await page.keyboard.press('Enter');
    await page.waitForURL('**/recommendations/romosozumab-mi-stroke-order');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain(
      'Romosozumab after myocardial',
    );
    await page.context().close();
  });

  it('filters without JavaScript by its button', async () => {
    const page = await open('/recommendations', { javaScriptEnabled: false });
    await page.getByRole('combobox', { name: 'Hook' }).selectOption('encounter-discharge');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByText('3 of 26.').waitFor();
    await page.context().close();
  });

  it('prints every recommendation from a page of its own, without navigation', async () => {
    const page = await open('/recommendations?view=full');
    expect(await page.getByRole('article').count()).toBe(26);
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByRole('navigation', { name: 'Pages' }).isVisible()).toBe(false);
    const pdf = await page.pdf({ format: 'A4' });
    const sheets = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g) ?? [];
    expect(sheets.length).toBeGreaterThanOrEqual(27);
    await page.context().close();
  });

  it('each link on a recommendation leads somewhere', async () => {
    const page = await open('/recommendations/mineral-metabolism-workup');
    const hrefs = await page
      .locator('main a')
      .evaluateAll((links) => links.map((link) => (link as unknown as { href: string }).href));
    const own = [...new Set(hrefs.filter((href) => href.startsWith(service.url)))];
    expect(own.length).toBeGreaterThan(5);
    for (const href of own.filter((one) => !one.includes('#')))
      expect([href, (await fetch(href)).status]).toEqual([href, 200]);
    for (const hash of own.flatMap((href) => new URL(href).hash.slice(1) || []))
      expect(await page.locator(`[id="${hash}"]`).count()).toBe(1);
    await page.context().close();
  });
});

describe('the insights', () => {
  it('a hostile client name is text, in the page and in the form', async () => {
    const page = await open('/insights');
    expect(await page.title()).toBe('Insights · bone-heart-cds');
    await page.getByRole('combobox', { name: 'Client' }).selectOption(HOSTILE);
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText(`client ${HOSTILE}`, { exact: false }).first().waitFor();
    expect(await page.locator('main img').count()).toBe(0);
    await page.context().close();
  });

  it('shows counts beside each rate, and no rate below ten', async () => {
    const page = await open('/insights');
    const row = page.getByRole('row', { name: /^Severe LDL/ });
    expect(await row.textContent()).toContain('40');
    expect(await page.getByText('too few').count()).toBeGreaterThan(0);
    expect(await page.getByRole('row', { name: /^hs-CRP/ }).textContent()).toContain('60');
    await page.context().close();
  });

  it('folded tables open with the keyboard, and on paper all are open', async () => {
    const page = await open('/insights');
    await page.getByText('Table by day').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Calls and cards by day (UTC)' }).waitFor();
    await page.keyboard.press('Enter');
    await page.evaluate('dispatchEvent(new Event("beforeprint"))');
    expect(await page.locator('details:not([open])').count()).toBe(0);
    await page.evaluate('dispatchEvent(new Event("afterprint"))');
    expect(await page.locator('details[open]').count()).toBe(0);
    await page.context().close();
  });

  it('gives the counts as a file', async () => {
    const page = await open('/insights');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Counts as CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^insights-[\d-]+\.csv$/);
    await page.context().close();
  });
});
