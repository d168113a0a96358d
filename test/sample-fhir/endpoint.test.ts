/** /fhir as a FHIR client meets it: read, search, paging, errors, CORS, hostile requests; and every sample patient through it. */
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Resource } from '../../src/facts/record.ts';
import { readSamples } from '../../src/sample-fhir/bundles.ts';
import { guideline } from '../build-record.ts';
import { fillPrefetch, hookRequest, startService, topics, type TestService } from '../endpoint/ehr.ts';
import { expectValidResource } from '../endpoint/valid-r4.ts';

const folder = new URL('../../fixtures/patients/', import.meta.url);

/** A busy machine may need its time for the first reading. */
const PATIENT = { ANSWER_DEADLINE_MS: '8000' };

let running: TestService;
beforeAll(async () => {
  running = await startService(guideline, PATIENT);
});
afterAll(() => running.close());

interface Found {
  readonly resourceType: string;
  readonly total: number;
  readonly link: readonly { readonly relation: string; readonly url: string }[];
  readonly entry?: readonly { readonly resource: Resource; readonly fullUrl: string }[];
}

async function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${running.url}/fhir/${path}`, { headers });
}
async function found(path: string, headers: Record<string, string> = {}): Promise<Found> {
  const response = await get(path, headers);
  expect(response.status).toBe(200);
  return (await response.json()) as Found;
}
const idsOf = ({ entry = [] }: Found): string[] => entry.map(({ resource }) => String(resource.id));
const linkOf = ({ link }: Found, relation: string): string | undefined =>
  link.find((one) => one.relation === relation)?.url;

describe('read and metadata', () => {
  test('a Patient, under FHIR media type, with where it comes from', async () => {
    const response = await get('Patient/sandbox-osteoporosis', { Accept: 'application/json+fhir' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
    expect(await response.json()).toMatchObject({
      resourceType: 'Patient',
      id: 'sandbox-osteoporosis',
      name: [{ family: 'Sandbox', given: ['Osteoporosis'] }],
      meta: {
        source:
          'https://bone-heart-cds.org/fixtures/patients/sandbox/sandbox-osteoporosis.json#sandbox-osteoporosis',
      },
    });
  });

  test('the CapabilityStatement is valid R4 and names what the prefetch templates ask for', async () => {
    const statement = (await (await get('metadata')).json()) as Resource & {
      rest: [{ resource: { type: string; searchParam: { name: string }[] }[] }];
    };
    expectValidResource(statement);
    expect(statement['fhirVersion']).toBe('4.0.1');
    const offered = new Map(
      statement.rest[0].resource.map(({ type, searchParam }) => [type, searchParam.map(({ name }) => name)]),
    );
    for (const { prefetch = {} } of await running.discovery())
      for (const template of Object.values(prefetch)) {
        const [, type = '', query = ''] = /^(\w+)(?:\/[^?]*)?(?:\?(.*))?$/.exec(template) ?? [];
        const names = [...new URLSearchParams(query).keys()].filter((name) => !name.startsWith('_'));
        expect(offered.get(type)).toEqual(expect.arrayContaining(names));
      }
  });
});

describe('search', () => {
  const patient = 'patient=sandbox-kidney-disease';

  test.each([
    ['an id', patient, 4],
    ['a reference', 'patient=Patient/sandbox-kidney-disease', 4],
    ['an absolute reference', 'patient=http://x/fhir/Patient/sandbox-kidney-disease', 4],
    ['subject', 'subject=Patient/sandbox-kidney-disease', 4],
    ['subject by id', 'subject=sandbox-kidney-disease', 4],
    ['another type of the same id', 'subject=Group/sandbox-kidney-disease', 0],
    ['a patient who is not there', 'patient=nobody', 0],
    ['a code', `${patient}&code=98979-8`, 2],
    ['a code with its system', `${patient}&code=http://loinc.org|98979-8`, 2],
    ['a code with another system', `${patient}&code=http://snomed.info/sct|98979-8`, 0],
    ['a code without system', `${patient}&code=|98979-8`, 0],
    ['any code of a system', `${patient}&code=http://loinc.org|`, 4],
    ['alternatives', `${patient}&code=http://loinc.org|98979-8,http://loinc.org|17861-6,x|y`, 3],
    ['encoded as URLs are', `${patient}&code=http%3A%2F%2Floinc.org%7C98979-8%2Cx`, 2],
    ['an escaped comma is no separator', `${patient}&code=98979-8\\,17861-6`, 0],
    ['two conditions', `${patient}&code=98979-8&status=final`, 2],
    ['two conditions that exclude each other', `${patient}&code=98979-8&code=17861-6`, 0],
    [
      'a status with the system that it implies',
      `${patient}&status=http://hl7.org/fhir/observation-status|final`,
      4,
    ],
    ['a category', `${patient}&category=laboratory`, 4],
    ['ids', '_id=sandbox-kidney-disease-egfr-1,sandbox-kidney-disease-calcium', 2],
    ['from a day on', `${patient}&date=ge2026-01-02`, 3],
    ['before a day', `${patient}&date=lt2026-01-02`, 1],
    ['between two days', `${patient}&date=ge2025-08-20&date=le2025-08-20`, 1],
    ['in a month', `${patient}&date=2025-08`, 1],
    ['not in a year', `${patient}&date=ne2026`, 1],
    ['after an instant', `${patient}&date=gt2026-01-02T10:00:00Z`, 3],
    ['after the whole day', `${patient}&date=sa2026-01-02`, 0],
    ['or', `${patient}&date=lt2025,gt2026`, 0],
    ['what is not known is passed over', `${patient}&colour=red`, 4],
    ['an empty value says nothing', `${patient}&code=`, 4],
    ['presentation', `${patient}&_format=json&_pretty=true`, 4],
    ['any capitals and accents in a name', 'x=1', 0, 'Patient?family=sandb&given=OSTEÓ'],
  ])('%s', async (_, query, total, path = `Observation?${query}`) => {
    running.setToday('2026-01-15');
    if (total > 0 || path.startsWith('Obs')) expect((await found(path)).total).toBe(total);
    else expect(idsOf(await found(path))).toEqual(['sandbox-osteoporosis']);
  });

  test('newest first, without a date last in both directions, ties in their order', async () => {
    running.setToday('2026-01-15');
    const dates = async (sort: string): Promise<unknown[]> =>
      ((await found(`Observation?${patient}&_sort=${sort}`)).entry ?? []).map(
        ({ resource }) => resource['effectiveDateTime'],
      );
    const newest = ['2026-01-02', '2026-01-02', '2026-01-02', '2025-08-20'];
    expect(await dates('-date')).toEqual(newest);
    expect(await dates('date')).toEqual([...newest].reverse());
    expect(idsOf(await found(`Observation?${patient}&_sort=-date,_id`))).toEqual([
      'sandbox-kidney-disease-albumin',
      'sandbox-kidney-disease-calcium',
      'sandbox-kidney-disease-egfr-2',
      'sandbox-kidney-disease-egfr-1',
    ]);
    const births = ((await found('Patient?_sort=birthdate')).entry ?? []).map(
      ({ resource }) => resource['birthDate'],
    );
    expect(births.findIndex((one) => one === undefined)).toBeGreaterThan(100);
  });

  test('pages joined are the whole, whatever the page size; total stays; the last has no next link', async () => {
    const whole = idsOf(await found('Observation?patient=smart-1137192&_sort=-date'));
    expect(whole.length).toBeGreaterThan(20);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: whole.length + 2 }), async (size) => {
        const pages: string[] = [];
        let url: string | undefined =
          `${running.url}/fhir/Observation?patient=smart-1137192&_sort=-date&_count=${String(size)}`;
        while (url !== undefined) {
          const page = (await (await fetch(url)).json()) as Found;
          expect(page.total).toBe(whole.length);
          expect(page.entry?.length ?? 0).toBeLessThanOrEqual(size);
          pages.push(...idsOf(page));
          url = linkOf(page, 'next');
        }
        expect(pages).toEqual(whole);
      }),
      { numRuns: 8 },
    );
  });

  test('a huge _count gives at most 1000, with a next link; 0 and _summary=count give the number alone', async () => {
    const huge = await found('Observation?_count=999999999999999');
    expect(huge.entry?.length).toBe(1000);
    expect(linkOf(huge, 'next')).toContain('_offset=1000');
    for (const query of ['_count=0', '_summary=count']) {
      const counted = await found(`Observation?${query}`);
      expectValidResource(counted);
      const { total, entry, link } = counted;
      expect([total > 1000, entry, link.map(({ relation }) => relation)]).toEqual([
        true,
        undefined,
        ['self'],
      ]);
    }
    expect((await found('Observation?_offset=999999999999999')).entry).toBeUndefined();
  });

  test('by POST the same as by GET, from the URL and the form together', async () => {
    const byGet = await found(`Observation?${patient}&code=98979-8,17861-6&_sort=-date&_count=2`);
    expectValidResource(byGet);
    expect(linkOf(byGet, 'next')).toBeDefined();
    const post = async (url: string, form: string): Promise<unknown> => {
      const response = await fetch(`${running.url}/fhir/${url}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' },
        body: form,
      });
      return response.json();
    };
    const form = `${patient}&code=98979-8%2C17861-6&_sort=-date&_count=2`;
    expect(await post('Observation/_search', form)).toEqual(byGet);
    expect(await post(`Observation/_search?${patient}`, form.replace(`${patient}&`, ''))).toEqual(byGet);
  });

  test('the self link holds what counted; strict refuses what is not known, and names it', async () => {
    const lenient = await found(`Condition?${patient}&colour=red&_sort=colour`);
    expect(linkOf(lenient, 'self')).not.toContain('red');
    for (const prefer of [
      'handling=strict',
      'return=minimal; handling="strict"',
      'respond-async, Handling=strict',
    ]) {
      const strict = await get(`Condition?${patient}&colour=red`, { Prefer: prefer });
      expect(strict.status).toBe(400);
      expect(await strict.json()).toMatchObject({
        resourceType: 'OperationOutcome',
        issue: [{ severity: 'error', expression: ['colour'] }],
      });
    }
  });
});

describe('errors and hostile requests', () => {
  const outcome = async (response: Response): Promise<number> => {
    expect(response.headers.get('content-type')).toContain('application/fhir+json');
    const body = (await response.json()) as Resource;
    expect(body.resourceType).toBe('OperationOutcome');
    expectValidResource(body);
    return response.status;
  };

  test.each([
    ['an unknown resource', 'Patient/nobody', 404],
    ['a type that is not served', 'Coverage?patient=1', 404],
    ['no type at all', '', 404],
    ['a name of JavaScript as type', '__proto__', 404],
    ['a name of JavaScript as id', 'Patient/constructor', 404],
    ['a path that leads out', 'Patient/..%2F..%2Fpackage.json', 404],
    ['dots as id', 'Patient/%2E%2E', 404],
    ['an id that does not decode', 'Patient/%E0%A4%A', 404],
    ['an id that is too long', `Patient/${'a'.repeat(65)}`, 404],
    ['a history', 'Patient/sandbox-all-well/_history', 404],
    ['a negative _count', 'Patient?_count=-1', 400],
    ['a _count that is no number', 'Patient?_count=1e9', 400],
    ['an offset that is no number', 'Patient?_offset=0x10', 400],
    ['a date that is none', 'Observation?date=ge2026-02-30', 400],
    ['a prefix that is none', 'Observation?date=xx2026-01-01', 400],
    ['a prefix that is a name of JavaScript', 'Observation?date=__proto__', 400],
    ['a modifier', 'Observation?code:in=http://x', 400],
    ['too many values', `Observation?date=${'1900,'.repeat(2001)}`, 400],
    ['too many parameters', `Observation?${'code=1&'.repeat(31)}`, 400],
  ])('%s', async (_, path, status) => {
    expect(await outcome(await get(path))).toBe(status);
  });

  test('parameters named like members of every object are unknown, not found', async () => {
    const everything = (await found('Condition')).total;
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      expect((await found(`Condition?${name}=1&_sort=${name}`)).total).toBe(everything);
  });

  test('any text as a value is compared and never runs', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('patient', 'code', 'status', 'category', 'encounter', '_id', '_sort'),
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 40 }),
          fc.constantFrom("' OR 1=1 --", '.*', '${7*7}', '{"$ne":1}', '|', ',', '\\', '\\,', 'a|b|c', '*'),
        ),
        async (name, value) => {
          const response = await get(
            `Observation?${new URLSearchParams([
              [name, value],
              ['_count', '1'],
            ]).toString()}`,
          );
          expect(response.status).toBe(200);
          const { total } = (await response.json()) as Found;
          if (value !== '' && name !== '_sort') expect([0, 1]).toContain(Math.min(total, 1));
          if (value === '.*' && name !== '_sort') expect(total).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each([
    ['PUT', 'Patient/sandbox-all-well', 'GET, HEAD, OPTIONS'],
    ['PATCH', 'Patient/sandbox-all-well', 'GET, HEAD, OPTIONS'],
    ['DELETE', 'Patient/sandbox-all-well', 'GET, HEAD, OPTIONS'],
    ['POST', 'Patient', 'GET, HEAD, OPTIONS'],
    ['PUT', 'Patient/_search', 'POST, OPTIONS'],
    ['POST', 'metadata', 'GET, HEAD, OPTIONS'],
  ])('%s %s writes nothing', async (method, path, allow) => {
    const response = await fetch(`${running.url}/fhir/${path}`, {
      method,
      headers: { 'Content-Type': 'application/fhir+json' },
      body: '{"resourceType":"Patient"}',
    });
    expect(response.headers.get('allow')).toBe(allow);
    expect(await outcome(response)).toBe(405);
  });

  test('a form that is too large, or is none', async () => {
    const post = (type: string, body: string): Promise<Response> =>
      fetch(`${running.url}/fhir/Patient/_search`, {
        method: 'POST',
        headers: { 'Content-Type': type },
        body,
      });
    expect(await outcome(await post('application/x-www-form-urlencoded', `_id=${'a'.repeat(70_000)}`))).toBe(
      413,
    );
    expect(await outcome(await post('application/json', '{}'))).toBe(415);
  });

  test('HEAD has the headers of GET and no body', async () => {
    const response = await fetch(`${running.url}/fhir/Patient?_count=1`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(100);
  });

  /** `fetch` does not let a test choose the Host header. */
  function selfLink(headers: Record<string, string>): Promise<string | undefined> {
    const { port } = new URL(running.url);
    return new Promise((resolve, reject) => {
      const sent = request(
        { port, host: '127.0.0.1', path: '/fhir/Patient?_count=1', headers },
        (response) => {
          let text = '';
          response.on('data', (chunk) => (text += String(chunk)));
          response.on('end', () => {
            resolve(linkOf(JSON.parse(text) as Found, 'self'));
          });
        },
      );
      sent.on('error', reject).end();
    });
  }

  test('links stay in the base that the client used, on this machine; any other Host says nothing', async () => {
    const { port } = new URL(running.url);
    const linked = `/fhir/Patient?_count=1`;
    expect(await selfLink({ Host: `localhost:${port}` })).toBe(`http://localhost:${port}${linked}`);
    for (const Host of [
      'evil.example',
      'localhost@evil.example',
      '127.0.0.1.evil.example',
      'localhost/../x',
      'a b',
    ])
      expect(await selfLink({ Host })).toBe(`http://127.0.0.1:3000${linked}`);
    expect(
      await selfLink({
        Host: `127.0.0.1:${port}`,
        'X-Forwarded-Host': 'evil.example',
        'X-Forwarded-Proto': 'https',
      }),
    ).toBe(`http://127.0.0.1:${port}${linked}`);
  });

  test('origins that are not listed may not read, here as at the hooks', async () => {
    const listed = await startService(guideline, { CORS_ORIGINS: 'https://sandbox.cds-hooks.org' });
    try {
      const asked = async (Origin: string, method: string): Promise<string | null> =>
        (
          await fetch(`${listed.url}/fhir/Patient?_count=1`, {
            method,
            headers: { Origin, 'Access-Control-Request-Method': 'GET' },
          })
        ).headers.get('access-control-allow-origin');
      for (const method of ['GET', 'OPTIONS']) {
        expect(await asked('https://sandbox.cds-hooks.org', method)).toBe('https://sandbox.cds-hooks.org');
        for (const origin of ['https://evil.example', 'null', 'https://sandbox.cds-hooks.org.evil.example'])
          expect(await asked(origin, method)).toBeNull();
      }
    } finally {
      await listed.close();
    }
  });
});

test('nothing of it is there in production, with or without a path in BASE_URL', async () => {
  for (const base of ['https://cds.example.org', 'https://cds.example.org/api']) {
    const env = {
      NODE_ENV: 'production',
      BASE_URL: base,
      CLIENTS_FILE: 'given.yaml',
      PATIENT_KEY_SECRET: '3f1c0a5be7d2948860c1f7a2b95e4d13',
    };
    const production = await startService(guideline, env);
    try {
      for (const path of [
        '/fhir',
        '/fhir/metadata',
        '/fhir/Patient',
        '/fhir/Patient/sandbox-all-well',
        '/api/fhir/metadata',
      ])
        expect((await fetch(production.url + path)).status).toBe(404);
    } finally {
      await production.close();
    }
  }
});

test('below the path of BASE_URL it is served too', async () => {
  const below = await startService(guideline, { BASE_URL: 'http://127.0.0.1:1/api' });
  try {
    for (const path of ['/api/fhir', '/fhir']) {
      const bundle = (await (await fetch(`${below.url}${path}/Patient?_count=1`)).json()) as Found;
      expect(linkOf(bundle, 'self')).toBe(`${below.url}${path}/Patient?_count=1`);
    }
  } finally {
    await below.close();
  }
});

test('the first requests, all at once, share one reading, and a hook call is answered meanwhile', async () => {
  const fresh = await startService(guideline, PATIENT);
  try {
    const [counts, cards] = await Promise.all([
      Promise.all(
        Array.from({ length: 20 }, async () => {
          const response = await fetch(`${fresh.url}/fhir/Patient?_summary=count`);
          return ((await response.json()) as Found).total;
        }),
      ),
      fresh.call(
        'bone-heart-patient-view',
        hookRequest('patient-view', 'sandbox-osteoporosis', { fhirServer: `${fresh.url}/fhir` }),
      ),
    ]);
    expect(new Set(counts).size).toBe(1);
    expect(cards.body.cards.length).toBe(2);
  } finally {
    await fresh.close();
  }
});

interface Expected {
  readonly service: string;
  readonly asOf: string;
  readonly cards: Readonly<Record<string, string>>;
}

describe('the record as it is served', () => {
  const files = readdirSync(folder).flatMap((name) =>
    Object.entries(
      JSON.parse(readFileSync(new URL(`${name}/expected.json`, folder), 'utf8')) as Record<string, Expected>,
    ).map(([file, expected]) => ({ path: `${name}/${file}`, ...expected })),
  );
  /** That of our own files, and one in six of those of published ones: for each the whole folder is read again. */
  const days = [...new Set(files.map(({ asOf }) => asOf))]
    .sort()
    .reverse()
    .filter((_, index) => index % 6 === 0);

  test('ids are unique and valid, every patient has its file, references of our own lead somewhere', async () => {
    const { byReference } = await readSamples(folder, '2026-01-15');
    const sources = [...byReference.values()].map(({ meta }) => (meta as { source: string }).source);
    const served = new Set(sources.map((source) => source.replace(/^.*fixtures\/patients\/|#.*$/g, '')));
    expect([...served].sort()).toEqual(files.map(({ path }) => path).sort());
    for (const [reference, { resourceType, id, meta, ...rest }] of byReference) {
      expect(reference).toBe(`${resourceType}/${String(id)}`);
      expect(id).toMatch(/^[A-Za-z0-9\-.]{1,64}$/);
      const { source } = meta as { source: string };
      if (source.includes('/public/')) continue;
      const named = [...JSON.stringify(rest).matchAll(/"reference":"((?:Patient|Observation)\/[^"]+)"/g)];
      for (const [, target = ''] of named) expect(byReference.has(target)).toBe(true);
    }
  });

  test('what is changed on the way leaves our own resources valid R4', async () => {
    const { byReference } = await readSamples(folder, '2028-02-29');
    const own = [...byReference.values()].filter(
      ({ meta }) => !(meta as { source: string }).source.includes('/public/'),
    );
    expect(own.length).toBeGreaterThan(400);
    for (const resource of own) expectValidResource(resource);
  });

  test('nobody else is in the record of a patient, though their ids were the same in the files', async () => {
    const { byReference, byType } = await readSamples(folder, '2026-01-15');
    const fileOf = (resource: Resource | undefined): string =>
      ((resource?.['meta'] ?? { source: '' }) as { source: string }).source.replace(/#.*$/, '');
    for (const observation of byType.get('Observation') ?? []) {
      const { reference } = (observation['subject'] ?? {}) as { reference?: string };
      expect(fileOf(byReference.get(reference ?? ''))).toBe(fileOf(observation));
    }
  });

  test('dates of our own move by days and keep their precision; those of published patients stay', async () => {
    const [then, later] = await Promise.all([
      readSamples(folder, '2026-01-15'),
      readSamples(folder, '2027-01-15'),
    ]);
    const born = (record: typeof then, id: string): unknown =>
      record.byReference.get(`Patient/${id}`)?.['birthDate'];
    expect(born(then, 'sandbox-osteoporosis')).toBe('1961-08-14');
    expect(born(later, 'sandbox-osteoporosis')).toBe('1962-08-14');
    expect(born(later, 'smart-1137192')).toBe(born(then, 'smart-1137192'));
    for (const [reference, resource] of later.byReference) {
      const shape = (one: unknown): string =>
        JSON.stringify(one).replace(/\d{4}(-\d\d)?(-\d\d)?/g, (date) => String(date.length));
      expect(shape(resource)).toBe(shape(then.byReference.get(reference)));
    }
  });

  test.each(days)('every patient shows through /fhir what expected.json says for %s', async (day) => {
    running.setToday(day);
    const { byType } = await readSamples(folder, day);
    const services = await running.discovery();
    for (const { path, service, cards } of files.filter(({ asOf }) => asOf === day)) {
      const patientId = (byType.get('Patient') ?? []).find(({ meta }) =>
        (meta as { source: string }).source.includes(`/${path}#`),
      )?.id;
      const listed = services.find(({ id }) => id === service);
      // Order hooks need the drafts, which are not on record: sandbox.test.ts types them.
      if (listed === undefined || listed.hook.startsWith('order')) continue;
      const context = listed.hook === 'encounter-discharge' ? { encounterId: 'discharge' } : {};
      const prefetch = await fillPrefetch(listed, { patientId: String(patientId) }, `${running.url}/fhir`);
      const { body } = await running.call(
        service,
        hookRequest(listed.hook, String(patientId), {
          context,
          prefetch,
          fhirServer: `${running.url}/fhir`,
        }),
      );
      expect([path, topics(body.cards)]).toEqual([path, cards]);
    }
  });
});
