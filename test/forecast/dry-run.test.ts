/** `dry-run` as an informaticist meets it: a folder in, a report out, stopped and gone on with, broken input, names kept out. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config.ts';
import { ServiceError } from '../../src/errors.ts';
import { dryRun } from '../../src/forecast/dry-run.ts';
import type { Resource } from '../../src/facts/record.ts';
import { ldl, man, patient } from '../build-record.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const command = join(root, 'bin/bone-heart-cds.cjs');
const scratch = mkdtempSync(join(tmpdir(), 'forecast-'));
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

interface Ended {
  readonly status: number;
  readonly stderr: string;
}

/** In this process, as main.ts calls it. */
async function run(args: readonly string[]): Promise<Ended> {
  let stderr = '';
  const tell = (text: string): void => void (stderr += text);
  const { signal } = new AbortController();
  try {
    return {
      status: await dryRun({ args, config: readConfig({}), tell, isTerminal: false, signal }),
      stderr,
    };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { status: 1, stderr: `${stderr}${error.detail}` };
  }
}

/** As the command line, for what ends with a signal. */
function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [command, 'dry-run', ...args], {
    cwd: root,
    env: {},
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

const SECRETS = ['Wolkenstein', 'pat-77-', '1981-01-15', 'Anna'];

/** A chart with everything that must not come out: names in the file name, in the id, in texts, and a birth date. */
function bundleOf(id: string, resources: readonly Resource[]): unknown {
  const entry = resources.map((one) => ({
    resource:
      one.resourceType === 'Patient' ? { ...one, id } : { ...one, subject: { reference: `Patient/${id}` } },
  }));
  return { resourceType: 'Bundle', type: 'collection', entry };
}

function writePopulation(folder: string, charts: number): void {
  mkdirSync(folder, { recursive: true });
  for (let number = 0; number < charts; number++) {
    const id = `pat-77-${String(number)}`;
    const person = patient(45, { ...man, name: [{ family: 'Wolkenstein', given: ['Anna'] }] });
    const results = Array.from({ length: 40 }, (_, index) =>
      ldl(number % 2 === 0 ? 195 : 100, '2025-12-01', 'mg/dL', { id: `o${String(index)}` }),
    );
    writeFileSync(
      join(folder, `Anna_Wolkenstein_${String(number).padStart(4, '0')}.json`),
      JSON.stringify(bundleOf(id, [person, ...results])),
    );
  }
}

/** Every file of a folder as one text. */
function everything(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.name}\n${readFileSync(join(entry.parentPath, entry.name), 'utf8')}`)
    .sort()
    .join('\n');
}

const input = join(scratch, 'in');
const whole = join(scratch, 'whole');
const AS_OF = ['--as-of', '2026-01-15'];
const CHARTS = 600;
const REPORT = [
  'report.html',
  'report.json',
  'recommendations.csv',
  'findings.csv',
  'completeness.csv',
  'values.csv',
];

beforeAll(() => {
  writePopulation(input, CHARTS);
});

describe('a run', () => {
  test('evaluates everybody, ends with 0 and says where the report is', async () => {
    const { status, stderr } = await run([input, '--out', whole, ...AS_OF, '--part-size', '10']);
    expect(stderr).toContain(`${String(CHARTS)} of ${String(CHARTS)} patients evaluated.`);
    expect(stderr).toContain(join(whole, 'report.html'));
    expect(status).toBe(0);
    const report = JSON.parse(readFileSync(join(whole, 'report.json'), 'utf8')) as {
      recommendations: { id: string; all: unknown }[];
    };
    expect(report.recommendations.find(({ id }) => id === 'severe-ldl-low-bmd')?.all).toEqual({
      n: 300,
      per1000: 500,
      small: false,
    });
  });

  test('writes nothing about a single patient', () => {
    const written = everything(whole);
    for (const secret of SECRETS) expect(written).not.toContain(secret);
  });

  test('with other threads and other parts is the same to the byte', async () => {
    const other = join(scratch, 'other');
    await run([input, '--out', other, ...AS_OF, '--part-size', '7', '--threads', '1']);
    for (const name of REPORT)
      expect(readFileSync(join(other, name), 'utf8')).toBe(readFileSync(join(whole, name), 'utf8'));
  });

  test('that is finished is finished at once, also with other visits a day', async () => {
    const before = readFileSync(join(whole, 'report.json'), 'utf8');
    expect((await run([input, '--out', whole, ...AS_OF, '--part-size', '10', '--visits', '5'])).status).toBe(
      0,
    );
    expect(JSON.parse(readFileSync(join(whole, 'report.json'), 'utf8'))).toMatchObject({
      cards: { clinicDay: { visits: 5 } },
    });
    await run([input, '--out', whole, ...AS_OF, '--part-size', '10']);
    expect(readFileSync(join(whole, 'report.json'), 'utf8')).toBe(before);
  });

  test('names patients with --identify, in a file of its own and nowhere else', async () => {
    const out = join(scratch, 'identified');
    expect((await run([input, '--out', out, ...AS_OF, '--identify'])).status).toBe(0);
    const rows = readFileSync(join(out, 'identified.csv'), 'utf8').trimEnd().split('\r\n');
    expect(rows[0]).toBe('patient,as_of,policy,recommendation,variant,change');
    expect(rows.filter((row) => row.includes('severe-ldl-low-bmd'))).toHaveLength(300);
    expect(rows[1]).toBe('pat-77-0,2026-01-15,policy,severe-ldl-low-bmd,severe,');
    rmSync(join(out, 'identified.csv'));
    for (const secret of SECRETS) expect(everything(out)).not.toContain(secret);
  });
});

describe('a run that is broken off', () => {
  const args = [input, '--part-size', '1', '--threads', '1', ...AS_OF];

  async function broken(
    out: string,
    signal: NodeJS.Signals,
  ): Promise<{ code: unknown; done: number; stderr: string }> {
    const child = start([...args, '--out', out]);
    let stderr = '';
    child.stderr?.on('data', (text) => (stderr += String(text)));
    const ended = once(child, 'exit');
    const progress = join(out, 'progress.json');
    const doneIn = (): number =>
      existsSync(progress)
        ? (JSON.parse(readFileSync(progress, 'utf8')) as { done: unknown[] }).done.length
        : 0;
    while (doneIn() < 1 && child.exitCode === null) await wait(10);
    child.kill(signal);
    const [code, by] = (await ended) as [number | null, string | null];
    return { code: code ?? by, done: doneIn(), stderr };
  }

  test.each(['SIGKILL', 'SIGINT'] as const)(
    'by %s goes on where it stood and ends the same to the byte',
    async (signal) => {
      const out = join(scratch, `broken-${signal}`);
      const { code, done, stderr } = await broken(out, signal);
      expect(code).toBe(signal === 'SIGINT' ? 130 : 'SIGKILL');
      expect(done).toBeGreaterThanOrEqual(1);
      expect(done).toBeLessThan(CHARTS);
      expect(existsSync(join(out, 'report.html'))).toBe(false);
      if (signal === 'SIGINT') expect(stderr).toContain('The same command goes on from there');
      for (const secret of SECRETS) expect(everything(out)).not.toContain(secret);
      expect((await run([...args, '--out', out])).status).toBe(0);
      for (const name of REPORT)
        expect(readFileSync(join(out, name), 'utf8')).toBe(readFileSync(join(whole, name), 'utf8'));
    },
  );

  test('does not go on with another date, policy or input, and begins anew when told to', async () => {
    const out = join(scratch, 'changed');
    const small = join(scratch, 'small');
    writePopulation(small, 12);
    expect((await run([small, '--out', out, ...AS_OF])).status).toBe(0);
    const refused = await run([small, '--out', out, '--as-of', '2026-02-01']);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('the date or seed');
    const policy = join(scratch, 'policy.yaml');
    writeFileSync(policy, 'maxCards: 2\n');
    expect((await run([small, '--out', out, ...AS_OF, '--policy', policy])).stderr).toContain('the policy');
    writePopulation(small, 13);
    expect((await run([small, '--out', out, ...AS_OF])).stderr).toContain('the input');
    expect((await run([small, '--out', out, ...AS_OF, '--restart'])).stderr).toContain(
      '13 of 13 patients evaluated',
    );
  });
});

describe('input that is broken', () => {
  test('is told by file and line without names, the rest is done, and the status says so', async () => {
    const folder = join(scratch, 'broken-input');
    writePopulation(folder, 11);
    writeFileSync(join(folder, 'Zita_Wolkenstein.json'), '{ "resourceType": "Bundle",\n "entry": [ Anna');
    writeFileSync(join(folder, 'Zoe_Wolkenstein.json'), '[]');
    const out = join(scratch, 'broken-out');
    const { status, stderr } = await run([folder, '--out', out, ...AS_OF]);
    expect(status).toBe(2);
    expect(stderr).toContain('11 of 11 patients evaluated');
    const problems = readFileSync(join(out, 'problems.csv'), 'utf8');
    expect(problems).toContain('file 12,2,is not JSON');
    expect(problems).toContain('file 13,');
    for (const secret of SECRETS) expect(everything(out)).not.toContain(secret);
  });

  test('with hostile texts in records stays text', async () => {
    const folder = join(scratch, 'hostile');
    mkdirSync(folder);
    const id = '=HYPERLINK("http://evil")';
    const person = patient(45, { ...man, gender: '<script>alert(1)</script>' });
    const hostile = ldl(195, '2025-12-01', '<img src=x onerror=alert(1)>');
    writeFileSync(join(folder, 'a.json'), JSON.stringify(bundleOf(id, [person, ldl(195), hostile])));
    const out = join(scratch, 'hostile-out');
    await run([folder, '--out', out, ...AS_OF, '--identify']);
    const identified = readFileSync(join(out, 'identified.csv'), 'utf8');
    for (const row of identified.split('\r\n').slice(1)) expect(row).toMatch(/^(?:$|"?')/);
    rmSync(join(out, 'identified.csv'));
    expect(everything(out)).not.toMatch(/<script|<img|HYPERLINK|onerror/);
  });

  test.each([
    ['an empty folder', (folder: string) => [folder], /holds no \.json/],
    ['a folder that is not there', (folder: string) => [join(folder, 'none')], /cannot be read/],
    ['a report inside the input', (folder: string) => [folder, '--out', join(folder, 'out')], /inside INPUT/],
    ['an order hook', (folder: string) => [folder, '--hook', 'order-sign'], /a chart holds none/],
    ['a date that is none', (folder: string) => [folder, '--as-of', '2026-02-30'], /not a date/],
    ['names in the queue', (folder: string) => [folder, '--identify', '--queue'], /patient ids do not go/],
    ['a queue without a database', () => [input, '--queue'], /needs DATABASE_URL/],
  ])('%s is refused with the reason', async (name, args, reason) => {
    const folder = join(scratch, name.replaceAll(' ', '-'));
    mkdirSync(folder);
    const given = args(folder);
    const out = given.includes('--out') ? [] : ['--out', `${folder}-out`];
    const { status, stderr } = await run([...given, ...out]);
    expect(stderr).toMatch(reason);
    expect(status).toBe(1);
  });
});
