/** A real browser for the tests of the pages: Debian's chromium, driven by playwright-core. */
import { AxeBuilder } from '@axe-core/playwright';
import { test } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { chromiumPath, launch } from './chromium.ts';

/** `test` where there is a browser; else the test is skipped and says so by its name. In CI there must be one (chromium.ts). */
export const browserTest =
  chromiumPath !== undefined
    ? test
    : (name: string, run: () => Promise<void>): void => {
        test.skip(`${name} (skipped: no chromium on this machine)`, run);
      };

let browser: Browser | undefined;

async function launched(): Promise<Browser> {
  browser ??= await launch();
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
