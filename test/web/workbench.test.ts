/** The workbench as its users meet it, in a real browser. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { FeedbackRecord, Store } from '../../src/store/contract.ts';
import { openMemory, type Memory } from '../../src/store/memory.ts';
import { openStore } from '../../src/store/open.ts';
import { startService, type TestService } from '../endpoint/ehr.ts';
import { browserTest, closeBrowser, seriousFindings, visit, type Visit } from './browser.ts';

let folder = '';
let store: Store;
let memory: Memory;
let service: TestService;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'workbench-'));
  memory = await openMemory({
    open: async () => (store = await openStore({ dataDir: folder }, randomUUID)),
    onChange: () => undefined,
    retentionDays: 400,
    now: () => new Date('2026-01-15T10:00:00Z'),
  });
  service = await startService(undefined, {}, memory);
});
afterAll(async () => {
  await closeBrowser();
  await service.close();
  await memory.close();
  rmSync(folder, { recursive: true });
});

const OPEN_ALL = `for (const row of document.querySelectorAll('.trace-row')) row.open = true`;
const ALL_INSIDE = `[...document.querySelectorAll('.card *')].every((part) =>
  part.getBoundingClientRect().right <= part.closest('.card').getBoundingClientRect().right + 1)`;

type Look = (one: Visit) => Promise<void>;

async function look(options: Parameters<typeof visit>[1], check: Look, url = service.url): Promise<void> {
  const one = await visit(`${url}/`, options);
  try {
    await one.page.waitForSelector('#result:not([hidden])');
    await check(one);
    expect(one.complaints).toEqual([]);
  } finally {
    await one.close();
  }
}

/** Chooses a sample and waits until it has been judged. */
async function choose(page: Page, id: string): Promise<void> {
  const judged = page.waitForResponse((response) => response.url().includes('/cds-services/'));
  await page.selectOption('#sample', id);
  await judged;
  await page.locator('#status', { hasText: ' from ' }).waitFor();
}

async function feedback(): Promise<FeedbackRecord[]> {
  const kept: FeedbackRecord[] = [];
  for await (const one of store.feedback()) kept.push(one);
  return kept;
}

browserTest('at load a sample is already judged: cards, trace, plot', () =>
  look({}, async ({ page }) => {
    expect(await page.locator('.card h3').first().textContent()).toMatch(/CKD G4/);
    expect(await page.locator('.trace-fired .plot svg[role=img]').first().getAttribute('aria-label')).toMatch(
      /28/,
    );
    expect(await page.locator('.trace-row').count()).toBeGreaterThan(15);
    expect(await page.evaluate('[location.search, localStorage.length, sessionStorage.length]')).toEqual([
      '',
      0,
      0,
    ]);
  }),
);

for (const colorScheme of ['light', 'dark'] as const)
  browserTest(`axe finds nothing serious: ${colorScheme}`, () =>
    look({ colorScheme }, async ({ page }) => {
      await page.getByRole('button', { name: 'Override…' }).first().click();
      await page.getByRole('button', { name: 'Paste or drop…' }).click();
      await page.evaluate(OPEN_ALL);
      expect(await seriousFindings(page)).toEqual([]);
    }),
  );

browserTest('readable at 320 px and in the side panel: nothing sticks out', () =>
  look({ viewport: { width: 320, height: 800 } }, async ({ page }) => {
    const overflow = (): Promise<unknown> =>
      page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    expect(await overflow()).toBe(0);
    expect(await seriousFindings(page)).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByText('Side panel').click();
    const box = await page.locator('.card').first().boundingBox();
    expect(box?.width).toBeLessThanOrEqual(184.5);
    const inside = await page.evaluate(ALL_INSIDE);
    expect(inside).toBe(true);
    expect(await seriousFindings(page)).toEqual([]);
  }),
);

browserTest(
  'keyboard alone: choose, override with a reason and a comment, Escape closes; the store has it',
  () =>
    look({}, async ({ page }) => {
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
      const button = page.getByRole('button', { name: 'Override…' }).first();
      await button.focus();
      await page.keyboard.press('Enter');
      expect(await page.evaluate('document.activeElement.tagName')).toBe('SELECT');
      await page.keyboard.press('Escape');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Override…');
      expect(await button.getAttribute('aria-expanded')).toBe('false');
      await page.keyboard.press('Enter');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Tab');
      await page.keyboard.type('seen in clinic');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.getByText(/Feedback sent, the service answered 200/).waitFor();
      const [kept] = await feedback();
      expect(kept).toMatchObject({ outcome: 'overridden', comment: 'seen in clinic', isKnown: true });
      expect(kept?.reason?.code).toBeTruthy();
      await page.getByRole('button', { name: 'Evaluate' }).click();
    }),
);

browserTest('an accepted order is feedback on its suggestion', () =>
  look({}, async ({ page }) => {
    await choose(page, 'diabetes-osteopenia');
    // In haste: two clicks are one decision.
    await page.getByRole('button', { name: 'Order lipid panel' }).dblclick();
    await page.getByText(/Accepted: Order lipid panel/).waitFor();
    const accepted = (await feedback()).filter(({ outcome }) => outcome === 'accepted');
    expect(accepted).toMatchObject([{ isKnown: true, acceptedSuggestions: [expect.any(String)] }]);
  }),
);

browserTest('a slider says at once what would change, and the way back', () =>
  look({}, async ({ page }) => {
    await choose(page, 'hs-crp');
    const slider = page.locator('#try-hscrp-risk-enhancer-enhancer');
    await slider.fill('4');
    const told = page.locator('#what-if');
    await told.getByText('This would change').waitFor();
    expect(await told.textContent()).toMatch(/hs-CRP/i);
    await told.getByRole('button').click();
    expect(await slider.inputValue()).toBe('2');
    expect(await told.isHidden()).toBe(true);
  }),
);

browserTest(
  'the limit in the plot and the twin in SI units follow the slider, before and after the way back',
  () =>
    look({}, async ({ page }) => {
      await choose(page, 'vitamin-d');
      const slider = page.locator('#try-vitamin-d-low-result-deficientBelow');
      const told = page.locator('#what-if');
      for (const value of ['15', '16']) {
        await slider.fill(value);
        await told.getByText(/would change/).waitFor();
        expect(await page.locator('.try', { has: slider }).textContent()).toMatch(
          /site: 20; .* in proportion/,
        );
        expect(await page.locator('.plot-limit text', { hasText: `deficient below ${value}` }).count()).toBe(
          1,
        );
        await told.getByRole('button').click();
        expect(await slider.inputValue()).toBe('20');
        expect(await page.locator('.plot-limit text', { hasText: 'deficient below 20' }).count()).toBe(1);
      }
    }),
);

browserTest('another day is judged without the hook, and feedback is off', () =>
  look({}, async ({ page }) => {
    await page.locator('#as-of').fill('2026-01-20');
    await page.getByText(/Judged as of another day/).waitFor();
    expect(await page.getByRole('button', { name: 'Override…' }).first().isDisabled()).toBe(true);
  }),
);

const WITHOUT_PREFETCH = {
  hook: 'patient-view',
  hookInstance: '6f6b6ac3-3a41-4f0e-9e0b-5f9f5d4a1f00',
  fhirServer: 'http://127.0.0.1:9/fhir',
  context: { userId: 'Practitioner/a', patientId: 'b' },
};

browserTest('garbage is answered in words, and the page goes on', () =>
  look({}, async ({ page }) => {
    await page.getByRole('button', { name: 'Paste or drop…' }).click();
    const told = page.locator('#error');
    for (const [text, words] of [
      ['', 'nothing to judge yet'],
      ['Sehr geehrte Kollegin', 'This is not JSON'],
      ['[1]', 'neither'],
      ['{}', 'neither'],
      ['{"hook":"patient-view"}', '/hookInstance: required'],
      ['{"hook":"nothing"}', '/hook: required'],
      ['{"resourceType":"Bundle"}', 'holds no Patient'],
      [JSON.stringify(WITHOUT_PREFETCH), 'asks no FHIR server'],
    ] as const) {
      await page.locator('#content').fill(text);
      await page.getByRole('button', { name: 'Evaluate' }).click();
      await told.getByText(words).first().waitFor();
      expect(await page.locator('#result').isHidden()).toBe(true);
    }
    await choose(page, 'vitamin-d');
    await page.waitForSelector('#result:not([hidden])');
  }),
);

const HOSTILE = `<img src=x onerror=alert(1)> **bold** [x](javascript:alert(1)) <script>alert(2)</script> https://evil.example/ "'`;

function bundle(observations: number): object {
  const subject = { reference: 'Patient/p1' };
  const observation = (index: number): object => ({
    resource: {
      resourceType: 'Observation',
      id: index === 0 ? HOSTILE : `o${String(index)}`,
      status: 'final',
      code: { text: HOSTILE, coding: [{ system: 'http://loinc.org', code: '33914-3', display: HOSTILE }] },
      subject,
      effectiveDateTime: `20${String(10 + (index % 15))}-0${String(1 + (index % 9))}-11`,
      valueQuantity: {
        value: 50 + (index % 9),
        unit: HOSTILE,
        code: 'mL/min/{1.73_m2}',
        system: 'http://unitsofmeasure.org',
      },
    },
  });
  const tScore = {
    resource: {
      resourceType: 'Observation',
      id: 't',
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '38263-0' }] },
      subject,
      effectiveDateTime: '2025-06-01',
      valueQuantity: { value: -2.8 },
    },
  };
  const patient = {
    resource: {
      resourceType: 'Patient',
      id: 'p1',
      gender: 'female',
      birthDate: '1950-01-01',
      name: [{ family: HOSTILE }],
    },
  };
  const condition = {
    resource: {
      resourceType: 'Condition',
      id: HOSTILE,
      subject,
      code: {
        text: HOSTILE,
        coding: [{ system: 'http://snomed.info/sct', code: '73211009', display: HOSTILE }],
      },
    },
  };
  return {
    resourceType: 'Bundle',
    type: 'collection',
    entry: [
      patient,
      condition,
      tScore,
      ...Array.from({ length: observations }, (_, index) => observation(index)),
    ],
  };
}

async function drop(page: Page, name: string, bytes: Buffer): Promise<void> {
  await page.locator('#file').setInputFiles({ name, mimeType: 'application/json', buffer: bytes });
  await page.getByText(/cards? from bone-heart-patient-view/).waitFor();
  expect(await page.locator('#sample').inputValue()).toBe('');
}

browserTest(
  '5,000 Observations in a compressed file, with hostile text everywhere: judged, shown as text, nothing runs',
  () =>
    look({}, async ({ page, complaints }) => {
      await drop(page, 'chart.json.gz', gzipSync(JSON.stringify(bundle(5000))));
      await page.locator('.trace-row summary').first().waitFor();
      // Too large for the text box, and still there for another day.
      await page.locator('#as-of').fill('2026-01-20');
      await page.getByText(/as of 2026-01-20/).waitFor();
      await page.evaluate(OPEN_ALL);
      await page.locator('.wire details summary').first().click();
      expect(await page.locator('main img, main script, main iframe').count()).toBe(0);
      expect(await page.locator('a[href*="evil"], a[href^="javascript"]').count()).toBe(0);
      expect(complaints).toEqual([]);
    }),
);

browserTest('copy as curl gives the call that was made', () =>
  look({ permissions: ['clipboard-read', 'clipboard-write'] }, async ({ page }) => {
    await page.getByRole('button', { name: 'Copy as curl' }).click();
    await page.getByText('on the clipboard').waitFor();
    const command = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(command).toContain(`curl -s '${service.url}/cds-services/bone-heart-patient-view'`);
    const [, body = ''] = /--data-binary '(.*)'$/s.exec(command) ?? [];
    expect(
      (await service.call('bone-heart-patient-view', JSON.parse(body.replaceAll(`'\\''`, "'")))).status,
    ).toBe(200);
  }),
);

browserTest('below a path of BASE_URL everything is found', async () => {
  const below = await startService(undefined, { BASE_URL: 'http://127.0.0.1:3000/cds' });
  try {
    await look(
      {},
      async ({ page }) => {
        expect(new URL(page.url()).pathname).toBe('/cds/');
        expect(await page.locator('.card').count()).toBeGreaterThan(0);
      },
      `${below.url}/cds`.replace(/\/$/, ''),
    );
    expect((await fetch(`${below.url}/cds`, { redirect: 'manual' })).headers.get('location')).toBe('cds/');
  } finally {
    await below.close();
  }
});
