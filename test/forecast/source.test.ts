/** The input side of the forecast: Bundles, NDJSON in every form, a Bulk Data server; what is broken is told and the rest is read. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { retryAfterMs } from '../../src/forecast/bulk-requests.ts';
import { idInReference } from '../../src/forecast/patient-key.ts';
import {
  openSource,
  readPart,
  type BulkServer,
  type SourceItem,
  type SourceOptions,
} from '../../src/forecast/source.ts';
import { populationOf } from '../../src/population/chart.ts';
import { startBulkServer, type BulkServerOptions, type LoopbackBulkServer } from './loopback-bulk-server.ts';

const root = mkdtempSync(join(tmpdir(), 'forecast-source-'));
const work = join(root, 'work');
mkdirSync(work);
afterAll(() => {
  rmSync(root, { recursive: true });
});

let serial = 0;
/** A new folder with these files. */
function folderOf(files: Readonly<Record<string, string | Buffer>>): string {
  serial += 1;
  const folder = join(root, `input-${String(serial)}`);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

interface Read {
  readonly patients: ReadonlyMap<string, readonly string[]>;
  readonly problems: readonly string[];
  readonly skipped: unknown;
}

/** Everything of a source; ids by patient, problems as `file:line reason`. Nothing temporary may be left. */
async function read(input: string | BulkServer, options: SourceOptions = {}): Promise<Read> {
  const problems: string[] = [];
  const tell = (item: SourceItem): void => {
    if (item.kind === 'problem') problems.push(`${item.file}:${String(item.line ?? '')} ${item.reason}`);
  };
  const source = await openSource(input, { workDir: work, onProblem: tell, ...options });
  const patients = new Map<string, string[]>();
  for (const part of source.parts)
    for await (const item of readPart(JSON.parse(JSON.stringify(part)) as typeof part)) {
      tell(item);
      if (item.kind === 'patient')
        patients.set(
          item.id,
          item.resources.map(({ id }) => String(id)),
        );
    }
  await source.close();
  expect(readdirSync(work)).toEqual([]);
  return { patients, problems, skipped: source.skipped };
}

const line = (resource: object): string => `${JSON.stringify(resource)}\n`;
const patient = (id: string): string => line({ resourceType: 'Patient', id });
const observation = (id: string, reference: string, extra: object = {}): string =>
  line({ resourceType: 'Observation', id, subject: { reference }, ...extra });

describe('references', () => {
  it.each([
    ['Patient/1', '1'],
    ['/Patient/1', '1'],
    ['https://ehr.example/fhir/Patient/1', '1'],
    ['https://ehr.example/fhir/Patient/1/_history/2', '1'],
    ['Patient/1/_history/2', '1'],
    ['urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0', '0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0'],
    ['Group/1', undefined],
    ['https://ehr.example/fhir/Device/1', undefined],
    ['Patient?identifier=1', undefined],
    ['#p', undefined],
    ['Patient/', undefined],
    ['', undefined],
  ])('%s', (reference, id) => {
    expect(idInReference(reference, 'Patient')).toBe(id);
  });
});

describe('NDJSON', () => {
  it('groups by patient across files, folders, gzip, names and every form of reference', async () => {
    const uuid = '0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0';
    const folder = folderOf({
      'Patient.ndjson': patient('1') + patient('2') + patient(uuid),
      'Observation.000.ndjson':
        observation('a', 'Patient/2') + observation('b', 'https://x.example/fhir/Patient/1'),
      'deep/Observation.001.ndjson.gz': gzipSync(
        observation('c', 'Patient/1/_history/2') + observation('d', `urn:uuid:${uuid.toUpperCase()}`),
      ),
      'misnamed.json': line({ subject: { reference: 'Patient/1' }, id: 'e', resourceType: 'Condition' }),
      'spaced.ndjson':
        '{ "resourceType": "Procedure", "id": "f", "subject": { "reference": "Patient\\/2" } }\r\n\n',
      'contained.ndjson': observation('g', 'Patient/1', {}).replace(
        '"subject"',
        '"contained":[{"resourceType":"Observation","subject":{"reference":"Patient/2"}}],"subject"',
      ),
    });
    const { patients, problems } = await read(folder);
    expect(problems).toEqual([]);
    expect([...patients.keys()]).toEqual(['1', '2', uuid]);
    expect(new Set(patients.get('1'))).toEqual(new Set(['1', 'b', 'c', 'e', 'g']));
    expect(new Set(patients.get('2'))).toEqual(new Set(['2', 'a', 'f']));
    expect(patients.get(uuid)).toEqual([uuid, 'd']);
  });

  it('gives a Medication to every patient who names it, and to no other', async () => {
    const order = (id: string, who: string): string =>
      line({
        resourceType: 'MedicationRequest',
        id,
        medicationReference: { reference: 'Medication/m' },
        subject: { reference: `Patient/${who}` },
      });
    const folder = folderOf({
      'Patient.ndjson': patient('1') + patient('2') + patient('3'),
      'Medication.ndjson':
        line({ resourceType: 'Medication', id: 'm' }) + line({ resourceType: 'Medication', id: 'n' }),
      'MedicationRequest.ndjson': order('r1', '1') + order('r2', '2') + order('r3', '2'),
    });
    const { patients } = await read(folder);
    expect(patients.get('1')).toEqual(['1', 'r1', 'm']);
    expect(patients.get('2')).toEqual(['2', 'r2', 'r3', 'm']);
    expect(patients.get('3')).toEqual(['3']);
  });

  it('tells each bad line by file, line and reason, in our words, and reads the rest', async () => {
    const folder = folderOf({
      'Observation.ndjson':
        observation('a', 'Patient/1') +
        '{"resourceType":"Observation","subject":{"reference":"Patient/1"},"note":"Secret\n' +
        'not json Secret\n' +
        '[1]\n' +
        line({ resourceType: 'Observation', id: 'x' }) +
        observation('y', 'Group/1') +
        observation('z', '#p') +
        observation('q', 'Patient/404') +
        line({ resourceType: 'Bundle', entry: [] }) +
        '{"resourceType":"Observation","subject":{"reference":"Patient/1"},"bad":tru}\n' +
        line({ resourceType: 'Claim', id: 'k', patient: { reference: 'Patient/1' } }) +
        observation('b', 'Patient/1').trimEnd(),
      'Patient.ndjson': `\uFEFF${patient('1')}${patient('1')}${line({ resourceType: 'Patient' })}`,
      'cut.ndjson.gz': gzipSync(observation('c', 'Patient/1').repeat(3)).subarray(0, 30),
    });
    const { patients, problems, skipped } = await read(folder);
    expect(patients.get('1')?.slice(0, 3)).toEqual(['1', 'a', 'b']);
    expect(skipped).toEqual({ Claim: 1 });
    expect(problems.filter((one) => !one.startsWith('cut'))).toEqual(
      expect.arrayContaining([
        'Observation.ndjson:2 is not JSON',
        'Observation.ndjson:3 is not JSON',
        'Observation.ndjson:4 is not a FHIR resource',
        'Observation.ndjson:5 names no patient',
        'Observation.ndjson:6 names something other than a patient',
        'Observation.ndjson:7 names a contained patient',
        'Observation.ndjson:8 belongs to a patient who is not in the input',
        'Observation.ndjson:9 is a Bundle among resources; give each Bundle as a file',
        'Observation.ndjson:10 is not JSON',
        'Patient.ndjson:2 is the same Patient again; the first one is used',
        'Patient.ndjson:3 is a Patient without id',
      ]),
    );
    expect(problems).toContain('cut.ndjson.gz: is not whole gzip; what could be unpacked is read');
    expect(problems.join()).not.toContain('Secret');
  });

  it('reads a made population completely, in parts that stay the same, also with long lines', async () => {
    const population = populationOf({ seed: 5, asOf: '2026-01-15' });
    const charts = Array.from({ length: 120 }, (_, number) => population.chart(number));
    const byType = Map.groupBy(charts.flat(), (resource) => String(resource['resourceType']));
    const files = Object.fromEntries(
      [...byType].map(([type, all]) => [`${type}.ndjson`, all.map(line).join('')]),
    );
    const long = observation('long', 'Patient/pop-5-0', { note: [{ text: 'ö'.repeat(3_000_000) }] });
    const folder = folderOf({ ...files, 'Long.ndjson': long + observation('after', 'Patient/pop-5-1') });
    const { patients, problems } = await read(folder, { partSize: 7, threads: 2 });
    expect(problems).toEqual([]);
    for (const [number, chart] of charts.entries()) {
      const extra = number === 0 ? ['long'] : number === 1 ? ['after'] : [];
      expect(patients.get(`pop-5-${String(number)}`)?.toSorted()).toEqual(
        [...chart.map(({ id }) => String(id)), ...extra].sort(),
      );
    }
  });

  it('refuses a folder without data', async () => {
    await expect(read(folderOf({ 'readme.txt': 'x' }))).rejects.toMatchObject({ code: 'ERR_BAD_REQUEST' });
    await expect(read(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'ERR_BAD_REQUEST' });
  });
});

describe('Bundles', () => {
  it('reads each patient and tells what is broken, with the line', async () => {
    const bundle = JSON.stringify({
      resourceType: 'Bundle',
      entry: [
        { fullUrl: 'urn:uuid:p', resource: { resourceType: 'Patient' } },
        { resource: { resourceType: 'Observation', id: 'o', subject: { reference: 'urn:uuid:p' } } },
        { resource: { resourceType: 'Observation', id: 'other', subject: { reference: 'Patient/else' } } },
      ],
    });
    const folder = folderOf({
      'a.json': bundle,
      'b.json.gz': gzipSync('{"resourceType":"Bundle",\n"entry":[\n{"x": oops}]}'),
      'c.json': '{"resourceType":"Bundle","entry":[]}',
    });
    const { patients, problems } = await read(folder);
    expect([...patients]).toEqual([['p', ['p', 'o']]]);
    expect(problems).toEqual([
      'a.json: holds 1 resource that cannot be given to a Patient in it',
      'b.json.gz:3 is not JSON',
      'c.json: holds no Patient',
    ]);
  });
});

describe('a Bulk Data server', () => {
  let publicKey: JWK;
  let keyFile: string;
  let server: LoopbackBulkServer;
  beforeAll(async () => {
    const pair = await generateKeyPair('ES384', { extractable: true });
    publicKey = { ...(await exportJWK(pair.publicKey)), kid: 'k', alg: 'ES384' };
    keyFile = join(
      folderOf({
        'key.json': JSON.stringify({ keys: [{ ...(await exportJWK(pair.privateKey)), kid: 'k' }] }),
      }),
      'key.json',
    );
  });
  afterEach(() => server.close());

  const files = [
    ['Patient', patient('1') + patient('2')],
    ['Observation', observation('o', 'Patient/2')],
  ] as const;
  async function start(options: Partial<BulkServerOptions> = {}): Promise<BulkServer> {
    server = await startBulkServer({ files, ...options });
    return {
      baseUrl: server.url,
      group: 'g1',
      limits: { firstPauseMs: 1, longestPauseMs: 5, attempts: 3, totalMs: 20_000 },
      ...(options.publicKey === undefined ? {} : { client: { clientId: 'forecast', keyFile } }),
    };
  }

  it.each([
    ['at once', {}],
    ['after some polls', { pollsBefore: 4 }],
    [
      'busy at kick-off, status and file',
      { busyOnce: { '/fhir/Group': 429, '/status': 503, '/files/1': 503 } },
    ],
    ['gzipped', { gzip: true }],
  ])('exports %s, and deletes the export', async (_, options) => {
    const { patients, problems } = await read(await start(options));
    expect([...patients]).toEqual([
      ['1', ['1']],
      ['2', ['2', 'o']],
    ]);
    expect(problems).toEqual([]);
    expect(server.requests.at(-1)).toBe('DELETE /status/1');
  });

  it('authorises by a signed assertion, and again when the token ends early', async () => {
    const { patients } = await read(await start({ publicKey, usesOfToken: 2 }));
    expect(patients.size).toBe(2);
    expect(server.tokens()).toBeGreaterThan(1);
    expect(server.requests).toContain('GET /files/0 token');
  });

  it('sends no token for files that need none', async () => {
    await read(await start({ publicKey, requiresAccessToken: false }));
    expect(server.requests).toContain('GET /files/0');
  });

  it('tells of errors that the server lists, without their words', async () => {
    const { problems } = await read(
      await start({ errors: line({ resourceType: 'OperationOutcome', text: 'Secret' }) }),
    );
    expect(problems).toEqual(['manifest: the server reports 1 error in its export']);
  });

  it.each([
    ['a manifest that leads elsewhere', { manifestUrl: () => 'http://127.0.0.1:9/x' }],
    ['a manifest that leads to cloud credentials', { manifestUrl: () => 'http://169.254.169.254/latest' }],
    ['a status URL that leads elsewhere', { statusUrl: () => 'http://localhost:9/status' }],
    ['a failed export', { failExport: 422 }],
    ['a server that stays busy', { failExport: 500 }],
  ])('fails for %s, says no word of the answer, and downloads nothing', async (_, options) => {
    const failure = await read(await start(options)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'ERR_DATA_UNAVAILABLE' });
    expect(String(failure)).not.toContain('Synthetic');
    expect(server.requests.some((one) => one.includes('/files'))).toBe(false);
    expect(readdirSync(work)).toEqual([]);
  });

  it('fails for a token endpoint on another host', async () => {
    const failure = await read(
      await start({ publicKey, tokenEndpoint: 'https://elsewhere.example/token' }),
    ).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'ERR_DATA_UNAVAILABLE' });
  });

  it('bounds size and time', async () => {
    const small = await start();
    await expect(read({ ...small, limits: { ...small.limits, totalBytes: 10 } })).rejects.toMatchObject({
      code: 'ERR_DATA_UNAVAILABLE',
    });
    await server.close();
    const slow = await start({ pollsBefore: 1e9 });
    await expect(read({ ...slow, limits: { ...slow.limits, totalMs: 300 } })).rejects.toMatchObject({
      code: 'ERR_DATA_UNAVAILABLE',
    });
  });

  it.each([
    ['http://ehr.example/fhir'],
    ['ftp://x'],
    ['https://user:pw@ehr.example/fhir'],
    ['https://169.254.169.254/fhir'],
  ])('refuses %s', async (baseUrl) => {
    await expect(read({ ...(await start()), baseUrl })).rejects.toMatchObject({ code: 'ERR_BAD_REQUEST' });
  });

  it('reads Retry-After as seconds and as a date', () => {
    expect(retryAfterMs('3')).toBe(3000);
    expect(retryAfterMs('Thu, 01 Jan 2026 00:00:10 GMT', Date.parse('2026-01-01T00:00:00Z'))).toBe(10_000);
    expect(retryAfterMs('soon')).toBeUndefined();
  });
});
