/** A real browser for the tests of the pages: Debian's chromium, driven by playwright-core. */
import { existsSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { test } from '@jest/globals';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = CANDIDATES.find((path) => existsSync(path));

/** `test` where there is a browser or in CI, where it must be there; else the test is skipped and says so by its name. */
export const browserTest =
  executablePath !== undefined || process.env['CI'] === 'true'
    ? test
    : (name: string, run: () => Promise<void>): void => {
        test.skip(`${name} (skipped: no chromium on this machine)`, run);
      };

let browser: Browser | undefined;

async function launched(): Promise<Browser> {
  if (executablePath === undefined) throw new Error('no chromium: apt-get install chromium');
  browser ??= await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return browser;
}

export async function closeBrowser(): Promise<void> {
  await browser?.close();
  browser = undefined;
}

export interface Visit {
  readonly page: Page;
  /** What went wrong in the page: errors, and requests that the policy refused or that left the service. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Opens a page in a fresh context; requests to any other origin are stopped and noted. */
export async function visit(url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await (await launched()).newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(45_000);
  const complaints: string[] = [];
  const { origin } = new URL(url);
  await page.route(
    (target) => target.origin !== origin,
    (route) => {
      complaints.push(`request to ${route.request().url()}`);
      return route.abort();
    },
  );
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text()))
      complaints.push(message.text());
  });
  page.on('dialog', (dialog) => {
    complaints.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

/** What axe finds serious or critical, one line each. */
export async function seriousFindings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}
