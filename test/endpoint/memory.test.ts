/** From card to feedback to quiet, through the endpoint, with the embedded store. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Card } from '../../src/hooks/card.ts';
import { openMemory, type Memory } from '../../src/store/memory.ts';
import { openStore, SQLITE_FILE } from '../../src/store/open.ts';
import { startService, type TestService } from './ehr.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const SAMPLE = readFileSync(join(root, 'fixtures/requests/patient-view-low-bmd.json'), 'utf8');
const PATIENT = (JSON.parse(SAMPLE) as { context: { patientId: string } }).context.patientId;
const GAP = 'fracture-osteoporosis-treatment-gap';
const LIPIDS = 'low-bmd-cv-risk-check';

let folder = '';
let memory: Memory;
let service: TestService;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'memory-'));
  memory = await openMemory({
    open: () => openStore({ dataDir: folder }, randomUUID),
    onChange: () => undefined,
    retentionDays: 400,
    now: () => new Date('2026-01-15T10:00:00Z'),
  });
  service = await startService(undefined, {}, memory);
});
afterEach(async () => {
  await service.close();
  await memory.close();
  rmSync(folder, { recursive: true });
});

async function cards(patient = PATIENT, extension?: object): Promise<Map<string, Card>> {
  const { body } = await answer(patient, extension);
  return new Map(body.cards.map((card) => [card.source.topic?.code ?? '', card]));
}

function answer(patient = PATIENT, extension?: object): ReturnType<TestService['call']> {
  const request = JSON.parse(SAMPLE.replaceAll(PATIENT, patient)) as object;
  return service.call('bone-heart-patient-view', {
    ...request,
    ...(extension === undefined ? {} : { extension }),
  });
}

async function send(...feedback: object[]): Promise<number> {
  const response = await fetch(`${service.url}/cds-services/bone-heart-patient-view/feedback`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      feedback: feedback.map((entry) => ({ outcomeTimestamp: '2026-01-15T10:05:00Z', ...entry })),
    }),
  });
  await response.text();
  return response.status;
}

const refusal = (card: Card | undefined): object => ({
  card: card?.uuid,
  outcome: 'overridden',
  overrideReason: { reason: { code: 'patient-refuses' }, userComment: 'Mrs Example does not want it' },
});

describe('feedback quiets', () => {
  test('a refusal for 180 days, for this patient and this recommendation only', async () => {
    const first = await cards();
    expect([...first.keys()]).toEqual(expect.arrayContaining([GAP, LIPIDS]));
    expect(await send(refusal(first.get(GAP)))).toBe(200);
    const after = await cards();
    expect(after.has(GAP)).toBe(false);
    expect(after.has(LIPIDS)).toBe(true);
    expect((await cards('another-patient')).has(GAP)).toBe(true);
    service.setToday('2026-07-14');
    expect((await cards()).has(GAP)).toBe(false);
    service.setToday('2026-07-15');
    expect((await cards()).has(GAP)).toBe(true);
  });

  test('what was refused does not come back under another name', async () => {
    const before = await cards();
    await send(refusal(before.get(GAP)));
    const after = await cards();
    expect([...after.keys()].filter((topic) => !before.has(topic))).toEqual([]);
  });

  test('the explanation says until when and why', async () => {
    await send(refusal((await cards()).get(GAP)));
    const { body } = await answer(PATIENT, { 'org.bone-heart-cds.explain': true });
    const extension = body.extension as Record<string, unknown> | undefined;
    const explanation = extension?.['org.bone-heart-cds.explanation'] as {
      recommendations: { recommendation: string; outcome: string; reason: string }[];
    };
    expect(explanation.recommendations.find(({ recommendation }) => recommendation === GAP)).toMatchObject({
      outcome: 'notApplicable',
      reason: 'quiet until 2026-07-14 because patient-refuses (feedback of 2026-01-15)',
    });
  });

  test('an accepted suggestion quiets until what was ordered should have arrived', async () => {
    const card = (await cards()).get(LIPIDS);
    const id = card?.suggestions?.[0]?.uuid ?? '';
    expect(await send({ card: card?.uuid, outcome: 'accepted', acceptedSuggestions: [{ id }] })).toBe(200);
    expect((await cards()).has(LIPIDS)).toBe(false);
    // 90 days to do it, and 30 of grace.
    service.setToday('2026-05-15');
    expect((await cards()).has(LIPIDS)).toBe(false);
    service.setToday('2026-05-16');
    expect((await cards()).has(LIPIDS)).toBe(true);
  });

  test('later feedback on the same card replaces the earlier', async () => {
    const card = (await cards()).get(GAP);
    await send(refusal(card));
    await send({
      card: card?.uuid,
      outcome: 'overridden',
      overrideReason: { reason: { code: 'limited-time' } },
    });
    service.setToday('2026-01-17');
    expect((await cards()).has(GAP)).toBe(true);
  });

  test('an unknown card is stored and flagged, and quiets nothing', async () => {
    expect(await send(refusal({ uuid: randomUUID() } as Card))).toBe(200);
    expect((await cards()).has(GAP)).toBe(true);
    expect(exported()).toMatch(/^feedback,.*,patient-refuses,,no,/m);
  });
});

function command(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'bin/bone-heart-cds.cjs'), ...args],
    {
      cwd: root,
      env: { DATA_DIR: folder, PATIENT_KEY_SECRET: 'a secret of the tests, thirty-two characters' },
      encoding: 'utf8',
    },
  );
  return { status, stdout, stderr };
}

async function count(rows: AsyncIterable<unknown>): Promise<number> {
  let found = 0;
  for await (const row of rows) found += row === undefined ? 0 : 1;
  return found;
}

const exported = (...args: string[]): string => command('export', '--csv', ...args).stdout;

describe('what is kept', () => {
  test('decisions with their cards, suggestions and feedback by uuid, as CSV', async () => {
    const card = (await cards()).get(GAP);
    await send(refusal(card));
    const lines = exported().trimEnd().split('\r\n');
    expect(lines[0]).toContain('record,at,decision,card,suggestion');
    expect(lines.filter((line) => line.startsWith('finding,')).length).toBeGreaterThan(5);
    expect(lines.some((line) => line.startsWith('card,') && line.includes(card?.uuid ?? ''))).toBe(true);
    const suggestion = card?.suggestions?.[0]?.uuid ?? '';
    expect(lines.some((line) => line.startsWith('suggestion,') && line.includes(suggestion))).toBe(true);
    expect(lines.filter((line) => line.startsWith('feedback,'))).toHaveLength(1);
  });

  test('no patient id, name, value, code or text of the record; comments only on request', async () => {
    const { body } = await answer('patient-with-a-telling-id');
    await send(refusal(body.cards[0]));
    const everything = readdirSync(folder)
      .map((file) => readFileSync(join(folder, file), 'latin1'))
      .join('');
    const resources = JSON.stringify((JSON.parse(SAMPLE) as { prefetch: object }).prefetch);
    const values = [...resources.matchAll(/"(?:display|text|family|birthDate|id|value)":"?([^",}]{4,})/g)];
    expect(values.length).toBeGreaterThan(3);
    for (const [, value = ''] of values) expect(everything).not.toContain(value);
    expect(everything).not.toContain('patient-with-a-telling-id');
    for (const card of body.cards) expect(everything).not.toContain(card.summary);
    expect(exported()).not.toContain('Mrs Example');
    expect(exported('--comments')).toContain('Mrs Example');
  });

  test('comments are removable, and a quiet can be ended', async () => {
    const card = (await cards()).get(GAP);
    await send(refusal(card));
    expect(command('forget', '--comments', card?.uuid ?? '').stdout).toBe('comments removed: 1\n');
    expect(exported('--comments')).not.toContain('Mrs Example');
    expect(command('forget', '--quiet', '--patient', 'somebody-else').stdout).toBe('quiets ended: 0\n');
    expect(command('forget', '--quiet', '--patient', PATIENT).stdout).toBe('quiets ended: 1\n');
    expect((await cards()).has(GAP)).toBe(true);
    expect(command('forget', '--quiet')).toMatchObject({ status: 1 });
  });

  test('one patient can be erased: decisions, cards, feedback and quiets, and nothing of another', async () => {
    await send(refusal((await cards()).get(GAP)));
    const other = (await answer('another-patient')).body.cards.find(
      ({ source }) => source.topic?.code === GAP,
    );
    await send(refusal(other));
    for (const wrong of [['somebody-else'], [PATIENT, '--issuer', 'https://ehr.example']])
      expect(command('forget', '--everything', '--patient', ...wrong)).toMatchObject({
        status: 1,
        stdout: '',
        stderr: expect.stringContaining('nothing is kept under this id and issuer'),
      });
    expect(command('forget', '--everything', '--patient', PATIENT).stdout).toBe(
      'erased: 1 decisions, 1 feedback, 1 quiets\n',
    );
    const left = exported();
    expect(left.match(/^feedback,/gm)).toHaveLength(1);
    // Both comments are the same words.
    const bytes = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'latin1'));
    expect(bytes.join('').split('Mrs Example')).toHaveLength(2);
    expect(left).toContain(other?.uuid);
    expect((await cards()).has(GAP)).toBe(true);
    expect(
      (await answer('another-patient')).body.cards.map(({ source }) => source.topic?.code),
    ).not.toContain(GAP);
  });

  test.each([
    ['nobody', ['--everything']],
    ['everybody', ['--everything', '--all']],
    ['one recommendation', ['--everything', '--patient', PATIENT, '--recommendation', GAP]],
    ['two things', ['--everything', '--quiet', '--patient', PATIENT]],
  ])('erasing %s is refused with the usage', (_who, args) => {
    expect(command('forget', ...args)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('forget --everything'),
    });
  });

  test('a backup of the running store can be restored', async () => {
    await send(refusal((await cards()).get(GAP)));
    const copy = join(folder, 'copy.sqlite');
    expect(command('backup', copy)).toMatchObject({ status: 0 });
    expect(command('backup', copy)).toMatchObject({ status: 1 });
    const restored = mkdtempSync(join(tmpdir(), 'restored-'));
    copyFileSync(copy, join(restored, SQLITE_FILE));
    const store = await openStore({ dataDir: restored }, randomUUID);
    expect([await count(store.feedback()), await count(store.decisions())]).toEqual([1, 1]);
    await store.close();
    rmSync(restored, { recursive: true });
  });
});

test('the numbers count calls, findings, cards and feedback, and hold nothing of a patient', async () => {
  const card = (await cards('patient-with-a-telling-id')).get(GAP);
  await send(refusal(card), { ...refusal(card), overrideReason: { reason: { code: 'Mrs Example' } } });
  const text = await (await fetch(`${service.url}/metrics`)).text();
  expect(text).toMatch(
    /cds_calls_total\{route="\/cds-services\/:id",service="bone-heart-patient-view",client="unauthenticated",status="200"\} 1/,
  );
  expect(text).toMatch(new RegExp(`cds_cards_total\\{recommendation="${GAP}",indicator="info"\\} 1`));
  expect(text).toMatch(
    new RegExp(`cds_findings_total\\{recommendation="${GAP}",outcome="recommend",mode="show"\\} 1`),
  );
  expect(text).toMatch(
    new RegExp(
      `cds_feedback_total\\{recommendation="${GAP}",outcome="overridden",reason="patient-refuses"\\} 1`,
    ),
  );
  expect(text).toMatch(
    new RegExp(`cds_feedback_total\\{recommendation="${GAP}",outcome="overridden",reason="other"\\} 1`),
  );
  expect(text).toMatch(/cds_store\{what="up"\} 1/);
  expect(text).toMatch(/cds_call_seconds_count\{service="bone-heart-patient-view",stage="store"\} 1/);
  expect(text).not.toMatch(/telling|Example|D1577C69/);
});
