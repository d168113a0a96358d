/** A real browser for tests of pages: Debian's chromium, or what CHROMIUM_PATH names. Without one, CI fails and others skip. */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const PLACES = [
  process.env['CHROMIUM_PATH'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

export const chromiumPath = PLACES.find((path) => path !== '' && existsSync(path));
if (chromiumPath === undefined && (process.env['CI'] ?? '') !== '')
  throw new Error('no browser: install chromium, or name one in CHROMIUM_PATH');

export const NO_BROWSER =
  'Tests in a browser skipped: no chromium here; name one in CHROMIUM_PATH to run them.';

/** Never speaks to anybody but the page's own server. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
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
}
