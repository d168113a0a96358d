/** The catalogue for clinical governance: complete, true to the site's policy, and the same as page and as JSON. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { applyPolicy, type Policy, type PolicyFile } from '../../src/knowledge/policy.ts';
import { RULES } from '../../src/rules/index.ts';
import { catalogueOf } from '../../src/web/catalogue-data.ts';
import { filtered, readFilter } from '../../src/web/catalogue-filter.ts';
import { catalogueSchema, entrySchema, type Entry } from '../../src/web/catalogue-schema.ts';
import { approvalWords, modeWords, originWords, quietWords } from '../../src/web/catalogue-words.ts';
import { guideline, knowledge, policyOf } from '../build-record.ts';
import { startService, type TestService } from '../endpoint/ehr.ts';

const ajv = new Ajv({ strict: true });
const validCatalogue = ajv.compile(catalogueSchema);
const validEntry = ajv.compile(entrySchema);
const all = catalogueOf(guideline).recommendations;

function entry(id: string, policy: Policy = guideline): Entry {
  const found = catalogueOf(policy).recommendations.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no entry ${id}`);
  return found;
}

function production(file: PolicyFile): Policy {
  return applyPolicy(file, { knowledge, rules: RULES, production: true });
}

describe('what the catalogue holds', () => {
  test('every recommendation, in the order of the specification, and it fits its published schema', () => {
    expect(all.map(({ id }) => id)).toEqual(RULES.map(({ id }) => id));
    validCatalogue(JSON.parse(JSON.stringify(catalogueOf(guideline))));
    expect(validCatalogue.errors ?? []).toEqual([]);
  });

  test('nothing of cards/ is left out: parameters, lines, suggestions, reasons, evidence', () => {
    for (const one of all) {
      const yaml = knowledge.recommendations.get(one.id);
      expect(one.parameters.map(({ name }) => name)).toEqual(Object.keys(yaml?.parameters ?? {}));
      expect(one.card.variants.map(({ name }) => name)).toEqual(Object.keys(yaml?.card.variants ?? {}));
      expect(one.card.found.map(({ name }) => name)).toEqual(Object.keys(yaml?.card.found ?? {}));
      expect(one.suggestions.map(({ name }) => name)).toEqual(Object.keys(yaml?.suggestions ?? {}));
      expect(one.overrideReasons.map(({ code }) => code)).toEqual(yaml?.card.overrideReasons);
      expect(one.evidence.map(({ name }) => name)).toEqual(Object.keys(yaml?.evidence ?? {}));
      expect(one.hooks.length).toBeGreaterThan(0);
    }
  });

  test('order-time safety has no exclusion but death and is never quieted; a reminder has both', () => {
    const safety = entry('calcium-supplement-order');
    expect(safety.exclusions.map(({ what }) => what)).toEqual(['deceased']);
    expect(safety.quiet.hooks).toEqual([]);
    expect(quietWords(safety)).toBe('Order-time safety: no feedback quiets it.');
    const reminder = entry('dxa-screening-due');
    expect(reminder.exclusions.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['deceased', 'pregnancy']),
    );
    expect(reminder.overrideReasons.find(({ code }) => code === 'patient-refuses')?.quietDays).toBe(180);
    expect(quietWords(entry('mineral-metabolism-workup'))).toContain('Never on order-sign.');
  });

  test('at discharge the patient is in hospital: that excludes on the other hooks only', () => {
    const inpatient = entry('hip-fracture-cv-evaluation').exclusions.find(({ what }) =>
      what.includes('inpatient'),
    );
    expect(inpatient?.hooks).toEqual(['patient-view']);
  });

  test('who speaks for it and whom it silences is told from both sides', () => {
    expect(entry('crp-acute-inflammation').cofiring.silences).toEqual([
      { recommendation: 'hscrp-risk-enhancer' },
    ]);
    expect(entry('hscrp-risk-enhancer').cofiring.silencedBy).toEqual([
      { recommendation: 'crp-acute-inflammation' },
    ]);
    expect(entry('mineral-metabolism-workup').cofiring.silencedBy).toContainEqual({
      recommendation: 'fracture-osteoporosis-treatment-gap',
      part: 'secondaryCauses',
    });
    const dxa = entry('dxa-screening-due').cofiring.parts.find(({ part }) => part === 'dxa');
    expect(dxa?.before.at(-1)).toBe('hormone-deprivation-bone-heart');
    expect(dxa?.after[0]).toBe('diabetes-bone-risk');
    const told = all.flatMap(({ cofiring }) => cofiring.silences).length;
    expect(all.flatMap(({ cofiring }) => cofiring.silencedBy)).toHaveLength(told);
  });

  test('every version after the first is told in the changelog, with its id', () => {
    const changelog = readFileSync(new URL('../../CHANGELOG.md', import.meta.url), 'utf8');
    const later = all.flatMap(({ id, history }) =>
      history.slice(0, -1).map(({ version }) => `\`${id}\` ${version}`),
    );
    expect(later.filter((one) => !changelog.includes(one))).toEqual([]);
  });
});

describe('what this site makes of it', () => {
  test('a parameter that the site sets says so beside the guideline, with both twins', () => {
    const policy = policyOf({
      recommendations: { 'severe-ldl-low-bmd': { parameters: { severe: { value: 180, si: 4.7 } } } },
    });
    const severe = entry('severe-ldl-low-bmd', policy).parameters.find(({ name }) => name === 'severe');
    expect(severe).toMatchObject({
      value: 180,
      si: { value: 4.7, unit: 'mmol/L' },
      guideline: { value: 190, si: { value: 4.9 } },
      from: 'site',
    });
    expect(severe === undefined ? '' : originWords(severe)).toBe(
      'set by this site; guideline: 190 mg/dL = 4.9 mmol/L',
    );
  });

  test('the article preset stands in the values in force', () => {
    const start = entry('dxa-screening-due', policyOf({ preset: 'article' })).parameters[0];
    expect(start).toMatchObject({
      name: 'womenStartAge',
      value: 50,
      guideline: { value: 65 },
      from: 'article',
    });
  });

  test('off and silent stand there too, and silent for want of approval says why', () => {
    const policy = production({
      recommendations: {
        'severe-ldl-low-bmd': { mode: 'off' },
        'lipid-panel-overdue': { mode: 'silent' },
        'hscrp-risk-enhancer': { approval: { by: 'Dr A. Name', date: '2026-11-20', version: '0.0.9' } },
        'cac-low-bmd': { approval: { by: 'Dr A. Name', date: '2026-11-20', version: '0.1.0' } },
      },
    });
    const words = (id: string): string[] => {
      const { mode, approval } = entry(id, policy);
      return [modeWords(mode), approvalWords(approval)];
    };
    expect(words('severe-ldl-low-bmd')).toEqual(['off', 'not approved by this site']);
    expect(words('lipid-panel-overdue')).toEqual(['silent', 'not approved by this site']);
    expect(words('hscrp-risk-enhancer')).toEqual([
      'silent: this version is not approved',
      'approved for version 0.0.9 (Dr A. Name, 2026-11-20), not for this one',
    ]);
    expect(words('cac-low-bmd')).toEqual(['show', 'approved by Dr A. Name, 2026-11-20 (version 0.1.0)']);
    validCatalogue(JSON.parse(JSON.stringify(catalogueOf(policy))));
    expect(validCatalogue.errors ?? []).toEqual([]);
  });

  test('an order code of the site is shown as such', () => {
    const code = { system: 'urn:example:orders', code: 'LIPIDS', display: 'Lipid panel' };
    const orders = entry('lipid-panel-overdue', policyOf({ orderCodes: { lipidPanel: code } })).suggestions;
    expect(orders.map(({ order }) => order)).toContainEqual(
      expect.objectContaining({ ...code, isSiteCode: true }),
    );
    expect(entry('lipid-panel-overdue').suggestions.some(({ order }) => order?.isSiteCode)).toBe(false);
  });
});

describe('the filter', () => {
  const ids = (search: string): string[] => filtered(all, readFilter(search).filter).map(({ id }) => id);

  test('all words must occur, in any case and anywhere in the text', () => {
    expect(ids('?q=ROMOSOZUMAB+stroke')).toContain('romosozumab-mi-stroke-order');
    expect(ids('?q=10.7326/M16-1743')).toContain('calcium-supplement-order');
    expect(ids('?q=')).toHaveLength(all.length);
    expect(ids('?q=no-such-word-anywhere')).toEqual([]);
  });

  test('by hook, mode and review', () => {
    expect(ids('?hook=encounter-discharge')).toHaveLength(3);
    expect(ids('?review=approved')).toEqual([]);
    expect(ids('?mode=show&hook=order-select')).toHaveLength(6);
  });

  test.each([
    ['a hook that does not exist', 'hook=other', 'The parameter hook must be one of'],
    ['a name of the prototype', 'mode=constructor', 'The parameter mode must be one of'],
    ['a parameter given twice', 'q=a&q=b', 'was given 2 times'],
    ['a search of 201 characters', `q=${'a'.repeat(201)}`, 'at most 200'],
  ])('%s is told in words and does not filter', (_, search, words) => {
    const { problems, filter } = readFilter(`?${search}`);
    expect(problems).toEqual([expect.stringContaining(words)]);
    expect(filter).toEqual({});
  });
});

describe('over HTTP', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.close());
  const get = (path: string, accept?: string): Promise<Response> =>
    fetch(`${service.url}${path}`, { redirect: 'manual', headers: accept === undefined ? {} : { accept } });

  test.each([
    ['text/html', 'text/html; charset=utf-8'],
    ['*/*', 'text/html; charset=utf-8'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html; charset=utf-8'],
    ['application/json', 'application/json; charset=utf-8'],
    ['application/json;q=0.9, text/html;q=0.1', 'application/json; charset=utf-8'],
    ['application/*', 'application/json; charset=utf-8'],
  ])('Accept: %s is answered with %s, and caches are told that it matters', async (accept, type) => {
    for (const path of ['/recommendations', '/recommendations/dxa-screening-due']) {
      const answer = await get(path, accept);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, type]);
      expect(answer.headers.get('vary')).toContain('Accept');
    }
  });

  test.each(['application/fhir+json', 'image/*', 'text/html;q=0', 'application/json;q=0'])(
    'Accept: %s is a 406 in words',
    async (accept) => {
      const answer = await get(
        '/recommendations',
        accept === 'application/json;q=0' ? `${accept}, image/png` : accept,
      );
      expect(answer.status).toBe(406);
      expect(await answer.text()).toContain('offered as text/html, application/json');
    },
  );

  test.each([',;=q', 'text/html;q=abc', 'a/b,'.repeat(2000), '"'])(
    'a malformed Accept (%#) is no crash',
    async (accept) => {
      expect((await get('/recommendations', accept)).status).toBeLessThan(500);
    },
  );

  test('the JSON is the catalogue, one entry is the entry, and a filter holds for it too', async () => {
    const whole: unknown = await (await get('/recommendations', 'application/json')).json();
    expect(whole).toEqual(JSON.parse(JSON.stringify(catalogueOf(guideline))));
    const one: unknown = await (await get('/recommendations/dxa-screening-due', 'application/json')).json();
    validEntry(one);
    expect(validEntry.errors ?? []).toEqual([]);
    const some = (await (await get('/recommendations?hook=encounter-discharge&format=json')).json()) as {
      recommendations: unknown[];
    };
    expect(some.recommendations).toHaveLength(3);
  });

  test('an unknown id is a 404 in words, in either form, and repeats nothing', async () => {
    const hostile = '/recommendations/%3Cscript%3Ealert(1)%3C%2Fscript%3E';
    for (const path of ['/recommendations/no-such-id', '/recommendations/__proto__', hostile]) {
      const page = await get(path, 'text/html');
      expect(page.status).toBe(404);
      const text = await page.text();
      expect(text).toContain('has no recommendation of this id');
      expect(text).not.toContain('alert(1)');
      const json = await get(path, 'application/json');
      expect([json.status, await json.json()]).toEqual([
        404,
        { problems: ['There is no recommendation of this id.'] },
      ]);
    }
    expect((await get('/recommendations/%E0%A4%A')).status).toBe(404);
    expect((await get('/recommendations/a/b')).status).toBe(404);
  });

  test('what a reader types stands in the form as text', async () => {
    const text = await (
      await get(`/recommendations?q=${encodeURIComponent('"><script>alert(1)</script>')}`)
    ).text();
    expect(text).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"');
    expect(text).not.toContain('<script>alert');
  });

  test('a problem with a parameter is a 400 with the whole list', async () => {
    const page = await get('/recommendations?hook=order-sign&hook=order-select');
    expect(page.status).toBe(400);
    expect(await page.text()).toMatch(/hook was given 2 times[\s\S]*All 26\./);
    expect((await get('/recommendations?hook=x&format=json')).status).toBe(400);
  });

  test('other methods are a 405, the slash at the end is taken off', async () => {
    const posted = await fetch(`${service.url}/recommendations`, { method: 'POST' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
    const slashed = await get('/recommendations/');
    expect([slashed.status, slashed.headers.get('location')]).toEqual([308, '../recommendations']);
  });

  test('the page of each recommendation and the one for paper hold every sentence of the cards', async () => {
    const plain = (text: string): string => text.replaceAll(/\s+/g, '');
    const decode = (markup: string): string =>
      markup
        .replaceAll(/<[^>]*>/g, '')
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&quot;', '"')
        .replaceAll('&#39;', "'")
        .replaceAll('&amp;', '&');
    const paper = plain(decode(await (await get('/recommendations?view=full')).text()));
    for (const one of all) {
      const page = plain(decode(await (await get(`/recommendations/${one.id}`)).text()));
      const sentences = [
        one.forWhom,
        one.notForWhom,
        one.whenDataIsMissing,
        ...one.card.variants.flatMap(({ when, summary }) => [when, summary]),
        ...[...one.card.found, ...one.card.why, ...one.card.notFound].map(({ text }) => text),
        ...one.card.limits,
        ...one.evidence.flatMap(({ citation, url }) => [citation, url]),
        ...one.overrideReasons.map(({ display }) => display),
      ].map(plain);
      expect(sentences.filter((sentence) => !page.includes(sentence) || !paper.includes(sentence))).toEqual(
        [],
      );
    }
  });
});
