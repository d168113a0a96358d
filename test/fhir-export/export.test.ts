/** The knowledge as FHIR: valid R4, whole, the same bytes each time, and as the site's policy has it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import express from 'express';
import { ServiceError } from '../../src/errors.ts';
import type { FhirResource } from '../../src/fhir-export/canonical.ts';
import { exportFhir, fhirKnowledge } from '../../src/fhir-export/export.ts';
import { knowledgeFhirRoutes } from '../../src/fhir-export/routes.ts';
import { RULES } from '../../src/rules/index.ts';
import { guideline, policyOf } from '../build-record.ts';
import { expectValidResource } from '../endpoint/valid-r4.ts';

const all = fhirKnowledge(guideline);
const ofType = (type: string): FhirResource[] => all.filter(({ resourceType }) => resourceType === type);
const textOf = (value: unknown): string => JSON.stringify(value);

describe('the export', () => {
  test('holds every recommendation and service, each resource valid R4 with an id of its own', () => {
    expect(
      ofType('PlanDefinition')
        .map(({ id }) => id)
        .sort(),
    ).toEqual(RULES.map(({ id }) => id).sort());
    expect(ofType('Library')).toHaveLength(guideline.services.size);
    for (const resource of all) {
      expectValidResource(resource);
      expect(resource.id).toMatch(/^[A-Za-z0-9.-]{1,64}$/);
      expect(resource.name).toMatch(/^[A-Z][A-Za-z0-9_]{0,254}$/);
      // ele-1: no element is empty.
      expect(textOf(resource)).not.toMatch(/:(\[\]|\{\}|""|null)[,}]/);
    }
    expect(new Set(all.map(({ url }) => url)).size).toBe(all.length);
  });

  test('every canonical reference of its own leads to a resource of it', () => {
    const known = new Set(all.map(({ url }) => url));
    const named = [
      ...textOf(all).matchAll(
        /"(https:\/\/bone-heart-cds\.org\/(?:PlanDefinition|ActivityDefinition|Library|ValueSet)\/[^"]+)"/g,
      ),
    ].map(([, url]) => String(url));
    expect(named.filter((url) => !known.has(url))).toEqual([]);
  });

  test('calls nothing active that nobody has signed off, and makes up no CQL', () => {
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set(['draft']));
    expect(textOf(all)).not.toMatch(/text\/(cql|fhirpath)/);
    expect(textOf(ofType('PlanDefinition'))).toContain('"language":"text/plain"');
  });

  test('ships no CPT, and no names of code systems that allow only codes', () => {
    expect(textOf(all)).not.toContain('http://www.ama-assn.org/go/cpt');
    type Part = { system?: string; concept?: { display?: string }[] };
    for (const { compose, copyright } of ofType('ValueSet') as {
      compose?: { include: Part[] };
      copyright?: string;
    }[]) {
      for (const { system, concept = [] } of compose?.include ?? []) {
        if (/atc|icd-10$/.test(system ?? '')) expect(concept.filter(({ display }) => display)).toEqual([]);
        if (system === 'http://loinc.org') expect(copyright).toContain('Regenstrief');
      }
    }
  });

  test('lists exactly the codes that are matched: none from memory, prefixes as filters, exclusions kept', () => {
    const osteoporosis = textOf(all.find(({ url }) => url.endsWith('/ValueSet/osteoporosis')));
    expect(osteoporosis).toContain('{"system":"http://snomed.info/sct","concept":[{"code":"1515008"}');
    expect(textOf(ofType('ValueSet'))).toMatch(/"property":"code","op":"regex","value":"M80\.\*"/);
    for (const { id, codes } of guideline.concepts.concepts.values()) {
      const memory = codes.filter(({ verification }) => verification === 'none');
      for (const { system, code } of memory) {
        const include = ofType('ValueSet')
          .filter(({ title }) => title === guideline.concepts.concepts.get(id)?.title)
          .map((one) => (one as unknown as { compose: { include: { system: string }[] } }).compose.include);
        expect(textOf(include.flat().filter((part) => part.system === system))).not.toContain(`"${code}"`);
      }
    }
  });

  test('shows the policy of the site: off is left out, silent and numbers are told, local codes are added', () => {
    const site = policyOf({
      recommendations: {
        'hscrp-risk-enhancer': { mode: 'off' },
        'romosozumab-mi-stroke-order': { mode: 'silent', parameters: { recentMonths: 18 } },
      },
      orderCodes: { lipidPanel: { system: 'urn:site', code: 'LIP', display: 'Lipids' } },
    });
    const own = fhirKnowledge(site);
    const find = (url: string): string => textOf(own.find((one) => one.url.endsWith(url)) ?? null);
    expect(find('/PlanDefinition/hscrp-risk-enhancer')).toBe('null');
    expect(find('/PlanDefinition/romosozumab-mi-stroke-order')).toMatch(/not shown.*recentMonths 18 mo/);
    expect(find('/ActivityDefinition/order-lipid-panel')).toContain('"system":"urn:site","code":"LIP"');
    own.forEach(expectValidResource);
  });
});

describe('the command', () => {
  test('writes the same bytes twice, as files and as one Bundle', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fhir-'));
    const write = (name: string, ...more: string[]): Record<string, string> => {
      const out = join(folder, name);
      exportFhir({ args: ['--out', out, ...more], policy: policyOf(), print: () => undefined });
      return Object.fromEntries(
        readdirSync(out).map((file) => [file, readFileSync(join(out, file), 'utf8')]),
      );
    };
    const files = write('a');
    expect(write('b')).toEqual(files);
    expect(Object.keys(files)).toHaveLength(all.length);
    const [bundle = ''] = Object.values(write('c', '--format', 'bundle'));
    const read = JSON.parse(bundle) as { resourceType: string; entry: { resource: unknown }[] };
    expectValidResource(read);
    expect(read.entry.map(({ resource }) => resource)).toEqual(JSON.parse(textOf(all)));
    rmSync(folder, { recursive: true });
  });

  test.each([[[]], [['--out']], [['--out', '/tmp/x', '--format', 'xml']], [['--out', '/dev/null/x']]])(
    'refuses %j in words',
    (args) => {
      const run = (): void => {
        exportFhir({ args, policy: guideline, print: () => undefined });
      };
      expect(run).toThrow(ServiceError);
    },
  );
});

describe('over HTTP', () => {
  test('reads, searches, ignores what it does not know, and passes on what it does not have', async () => {
    const app = express().use('/fhir', knowledgeFhirRoutes({ policy: guideline }));
    const server = createServer(app).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const base = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/fhir`;
    const total = async (query: string): Promise<unknown> => {
      const response = await fetch(`${base}/${query}`);
      expect(response.headers.get('content-type')).toMatch(/^application\/fhir\+json/);
      const bundle = (await response.json()) as { total: number };
      expectValidResource(bundle);
      return bundle.total;
    };
    const read = await fetch(`${base}/PlanDefinition/romosozumab-mi-stroke-order`);
    expect(await read.json()).toMatchObject({ id: 'romosozumab-mi-stroke-order' });
    expect(await total('PlanDefinition')).toBe(26);
    expect(await total('PlanDefinition?title=romoSOZ')).toBe(1);
    expect(await total('PlanDefinition?name=Dxa,Lipid')).toBe(3);
    expect(await total('PlanDefinition?status=active')).toBe(0);
    expect(await total('PlanDefinition?version=0.1.0&status=draft,active')).toBeGreaterThan(0);
    expect(await total('PlanDefinition?url=https://bone-heart-cds.org/PlanDefinition/cac-low-bmd')).toBe(1);
    expect(await total('PlanDefinition?__proto__=x&unknown=%00')).toBe(26);
    expect((await fetch(`${base}/PlanDefinition/..%2f..%2fetc`)).status).toBe(404);
    expect((await fetch(`${base}/Patient/1`)).status).toBe(404);
    await new Promise((resolve) => server.close(resolve));
  });
});
