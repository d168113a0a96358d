/** The client's own modules in a real browser, on a page of another origin than the service: CORS, Web Crypto and fetch as they are there. */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import { afterAll, expect } from '@jest/globals';
import type * as Client from '../../src/client/index.ts';
import { startService } from '../endpoint/ehr.ts';
import { browserTest, closeBrowser, visit } from '../web/browser.ts';
import { serve } from './loopback.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const JOSE = 'node_modules/jose/dist/webapi/';
const PAGE = `<!doctype html><link rel="icon" href="data:,"><script type="importmap">{"imports":{"jose":"/${JOSE}index.js"}}</script>`;

afterAll(closeBrowser);

browserTest('a page of an EHR signs, fills prefetch, calls and reads cards', async () => {
  const service = await startService(undefined, { ANSWER_DEADLINE_MS: '8000' });
  const ehr = await serve((req, res) => {
    const [, path = ''] = /^\/((?:src|node_modules\/jose)\/[\w./-]+\.(?:js|ts))$/.exec(req.url ?? '') ?? [];
    res.setHeader('content-type', path === '' ? 'text/html' : 'text/javascript');
    const text = path === '' ? PAGE : readFileSync(root + path, 'utf8');
    res.end(path.endsWith('.ts') ? stripTypeScriptTypes(text) : text);
  });
  const ehrPage = await visit(ehr);
  const { page, complaints } = ehrPage;
  try {
    // This page may reach the service, which is another origin.
    await page.unrouteAll();
    const told = await page.evaluate(async (url) => {
      const from = (path: string): Promise<unknown> => import(path);
      const { createCdsClient } = (await from('/src/client/index.ts')) as typeof Client;
      const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, false, [
        'sign',
        'verify',
      ]);
      const signing = { iss: 'https://ehr.example.org', kid: 'k', key: privateKey };
      const cds = createCdsClient({ url, signing, fhir: { url: `${url}/fhir` }, timeoutMs: 30_000 });
      const context = { userId: 'Practitioner/1', patientId: 'sandbox-osteoporosis' };
      const { cards, omitted } = await cds.call('patient-view', context);
      const wrong = await cds
        .call('patient-view', { userId: 'x', patientId: '1' })
        .catch((error: unknown) => error);
      return {
        topics: cards.map(({ source }) => source.topic?.code),
        omitted,
        code: (wrong as { code?: string }).code,
      };
    }, service.url);
    expect(told).toEqual({
      topics: ['fracture-osteoporosis-treatment-gap', 'low-bmd-cv-risk-check'],
      omitted: { encounter: 'no-value' },
      code: 'ERR_BAD_REQUEST',
    });
    expect(complaints).toEqual([]);
  } finally {
    await ehrPage.close();
    await service.close();
  }
});
