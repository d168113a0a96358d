/**
 * `npm run pictures`: the workbench and one card as PNGs in docs/images/, taken from the real page by a real browser. Debian's chromium, or
 * another one by its path as argument. Samples move with the calendar; a fixed day keeps the pictures the same.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { chromium } from 'playwright-core';
import { readConfig } from '../src/config.ts';
import { loadKnowledge } from '../src/knowledge/load.ts';
import { readPolicy } from '../src/knowledge/policy.ts';
import { RULES } from '../src/rules/index.ts';
import { createService } from '../src/service.ts';
import { NO_MEMORY } from '../src/store/memory.ts';

const DAY = '2026-01-15';
const PICTURES = [
  { sample: 'hs-crp', selector: 'body', file: 'docs/images/workbench.png' },
  { sample: 'diabetes-osteopenia', selector: '.card', file: 'docs/images/card.png' },
] as const;
const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

async function takePictures(executablePath: string): Promise<void> {
  const service = createService({
    config: readConfig({}),
    policy: readPolicy(undefined, {
      knowledge: loadKnowledge(path('cards')),
      rules: RULES,
      production: false,
    }),
    log: pino({ level: 'silent' }),
    memory: NO_MEMORY,
    patientKeySecret: randomUUID(),
    today: () => DAY,
    newUuid: randomUUID,
  });
  const server = createServer(service.app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 960 }, colorScheme: 'light' });
    await page.goto(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`);
    await page.getByText(/cards? from bone-heart/).waitFor();
    for (const { sample, selector, file } of PICTURES) {
      const answered = page.waitForResponse((response) => response.url().includes('/cds-services/'));
      await page.selectOption('#sample', sample);
      await answered;
      await page.getByText(/cards? from bone-heart/).waitFor();
      const whole = selector === 'body';
      await (whole ? page : page.locator(selector).first()).screenshot({ path: path(file) });
    }
  } finally {
    await browser.close();
    await service.close();
    server.closeAllConnections();
    server.close();
  }
}

const browserPath = process.argv[2] ?? '/usr/bin/chromium';
if (existsSync(browserPath)) await takePictures(browserPath);
else {
  process.stderr.write(`no browser at ${browserPath}\n`);
  process.exitCode = 1;
}
