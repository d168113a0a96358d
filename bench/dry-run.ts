/** The dry run against only reading and JSON-parsing the same files on the same cores, and its memory as the input grows. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { ParseData } from './parse-worker.ts';

export interface DryRunRow {
  readonly patients: number;
  readonly megabytes: number;
  readonly parseSeconds: number;
  readonly drySeconds: number;
  /** Throughput of the dry run in parts of that of parsing. */
  readonly ratio: number;
  readonly patientsPerSecond: number;
  /** Peak resident memory, all threads; null where the system does not tell it. */
  readonly peakMegabytes: number | null;
}

const FULL = [10_000, 100_000] as const;
const QUICK = [1000, 10_000] as const;
const COMMAND = fileURLToPath(new URL('../bin/bone-heart-cds.cjs', import.meta.url));
const POLL_MS = 100;

/** What design.md asks for. */
export const LEAST_RATIO = 0.6;
export const MOST_GROWTH = 1.3;

export async function measureDryRun(
  quick: boolean,
  tell: (line: string) => void,
): Promise<readonly DryRunRow[]> {
  const rows: DryRunRow[] = [];
  for (const patients of quick ? QUICK : FULL) rows.push(await measure(patients, tell));
  return rows;
}

async function measure(patients: number, tell: (line: string) => void): Promise<DryRunRow> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-dry-run-'));
  try {
    tell(`making ${String(patients)} patients`);
    const input = join(folder, 'in');
    await command(['make-population', '--patients', String(patients), '--seed', '1', '--out', input]);
    const files = readdirSync(input)
      .map((name) => join(input, name))
      .filter((name) => /\.ndjson$/.test(name));
    const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
    tell('parsing');
    const parseSeconds = await timed(() => parseAll(files));
    tell('dry run');
    let peak: number | null = null;
    const drySeconds = await timed(async () => {
      peak = await command(['dry-run', input, '--out', join(folder, 'out'), '--as-of', '2026-01-15']);
    });
    return {
      patients,
      megabytes: bytes / 1e6,
      parseSeconds,
      drySeconds,
      ratio: parseSeconds / drySeconds,
      patientsPerSecond: patients / drySeconds,
      peakMegabytes: peak,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/** Runs the command line; its peak resident memory in MB. */
async function command(args: readonly string[]): Promise<number | null> {
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ['ignore', 'ignore', 'pipe'], env: {} });
  let told = '';
  child.stderr.on('data', (text) => (told += String(text)));
  let peak: number | null = null;
  const watch = setInterval(() => {
    peak = Math.max(peak ?? 0, peakOf(child.pid) ?? 0) || null;
  }, POLL_MS);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearInterval(watch);
  if (code !== 0 && code !== 2) throw new Error(`${args[0] ?? ''} ended with ${String(code)}: ${told}`);
  return peak;
}

/** Linux keeps the highest resident size of a process. */
function peakOf(pid: number | undefined): number | null {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) / 1000;
  } catch {
    return null;
  }
}

async function parseAll(files: readonly string[]): Promise<void> {
  const shares = availableParallelism();
  await Promise.all(
    Array.from({ length: shares }, async (_, share) => {
      const workerData: ParseData = { files, share, shares };
      await once(new Worker(new URL('./parse-worker.ts', import.meta.url), { workerData }), 'message');
    }),
  );
}

export function showDryRun(rows: readonly DryRunRow[]): readonly (readonly string[])[] {
  return [
    ['Patients', 'MB', 'Parse only, s', 'Dry run, s', 'Throughput', 'Patients/s', 'Peak memory, MB'],
    ...rows.map((row) => [
      String(row.patients),
      row.megabytes.toFixed(0),
      row.parseSeconds.toFixed(1),
      row.drySeconds.toFixed(1),
      `${(row.ratio * 100).toFixed(0)} %`,
      row.patientsPerSecond.toFixed(0),
      row.peakMegabytes?.toFixed(0) ?? 'unknown',
    ]),
  ];
}

/** What is beyond the budget, in words. */
export function dryRunFailures(rows: readonly DryRunRow[]): readonly string[] {
  const slow = rows
    .filter(({ ratio }) => ratio < LEAST_RATIO)
    .map(
      ({ patients, ratio }) =>
        `dry run of ${String(patients)}: ${(ratio * 100).toFixed(0)} % of parsing, at least ${String(LEAST_RATIO * 100)} %`,
    );
  const [first, last] = [rows[0]?.peakMegabytes ?? null, rows.at(-1)?.peakMegabytes ?? null];
  const grows = first !== null && last !== null && last > first * MOST_GROWTH;
  return [
    ...slow,
    ...(grows ? [`dry run: memory grows from ${first.toFixed(0)} to ${last.toFixed(0)} MB`] : []),
  ];
}
