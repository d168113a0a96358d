/**
 * `npm run bench [-- WHAT] [--json FILE] [--quick]`: measures, prints tables, checks every answer while measuring.
 *
 * WHAT is all (the default), http, profile, fhir, start, stores, curve, guard or dry-run. docs/performance.md says what the figures mean.
 */
import { writeFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { dryRunFailures, measureDryRun, showDryRun } from './dry-run.ts';
import { measureFhir, showFhir } from './fhir.ts';
import { measureGuard, showGuard } from './guard.ts';
import { FULL, measureHttp, showHttp, type HttpOptions } from './http.ts';
import { measureProfile, showProfile } from './profile.ts';
import { table } from './report.ts';
import { isPinned } from './servers.ts';
import { measureStart, showStart } from './start.ts';
import { measureCurve, measureStores, showVariants } from './variants.ts';

interface Section {
  readonly title: string;
  readonly rows: unknown;
  readonly cells: readonly (readonly string[])[];
  /** What is out of bounds; makes the exit status 1. */
  readonly failures?: readonly string[];
}

const QUICK: HttpOptions = { ...FULL, sizes: [10_000, 100_000], rounds: 3, requests: 1000, warmUp: 4000 };
const OBSERVATIONS = [100, 500, 1000, 2000, 5000];
/** Where tests find PostgreSQL; without it those rows are left out. */
const POSTGRES = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test';

const tell = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const SECTIONS: Readonly<Record<string, (quick: boolean) => Promise<Section>>> = {
  async http(quick) {
    const rows = await measureHttp(quick ? QUICK : FULL, tell);
    return { title: 'Hook calls', rows, cells: showHttp(rows) };
  },
  async profile(quick) {
    const options = {
      sizes: [10_000, 100_000],
      warmUp: quick ? 4000 : 20_000,
      requests: quick ? 2000 : 8000,
    };
    const rows = await measureProfile(options, tell);
    return { title: 'Where the time goes, 32 at a time', rows, cells: showProfile(rows) };
  },
  async fhir() {
    const rows = [await measureFhir(50), await measureFhir(200)];
    return { title: 'Data fetched from the EHR', rows, cells: showFhir(rows) };
  },
  async start(quick) {
    const rows = await measureStart(quick ? 5 : 15);
    return { title: 'Start', rows, cells: showStart(rows) };
  },
  async stores() {
    const rows = await measureStores(POSTGRES);
    return { title: 'Stores, 10 kB, 32 at a time', rows, cells: showVariants(rows, 'Store') };
  },
  async curve() {
    const rows = await measureCurve(OBSERVATIONS);
    return { title: 'Charts that grow', rows, cells: showVariants(rows, 'Observations') };
  },
  async guard() {
    const rows = await measureGuard();
    const failures = rows
      .filter(({ ratio, limit }) => ratio > limit)
      .map(
        ({ name, ratio, limit }) => `${name}: ${ratio.toFixed(2)} times JSON.parse, at most ${String(limit)}`,
      );
    return { title: 'The work of an answer against JSON.parse', rows, cells: showGuard(rows), failures };
  },
  async 'dry-run'(quick) {
    const rows = await measureDryRun(quick, tell);
    const failures = dryRunFailures(rows);
    return { title: 'Dry run against parsing the same files', rows, cells: showDryRun(rows), failures };
  },
};

function machine(): string {
  const [cpu] = cpus();
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  const pinned = isPinned ? 'servers pinned to one core' : 'not pinned';
  return `Node ${process.version}, ${String(availableParallelism())} × ${cpu?.model ?? 'unknown CPU'}, ${memory}, ${arch()} ${release()}, ${pinned}`;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { json: { type: 'string' }, quick: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [what = 'all'] = positionals;
  const names = what === 'all' ? Object.keys(SECTIONS) : [what];
  if (!names.every((name) => Object.hasOwn(SECTIONS, name)))
    throw new RangeError(`what to measure is one of all, ${Object.keys(SECTIONS).join(', ')}`);
  process.stdout.write(`${machine()}\n`);
  const sections: Record<string, Section> = {};
  for (const name of names) {
    const section = await SECTIONS[name]?.(values.quick);
    if (section === undefined) continue;
    sections[name] = section;
    process.stdout.write(`\n## ${section.title}\n\n${table(section.cells)}\n`);
  }
  if (values.json !== undefined) {
    const content = Object.fromEntries(Object.entries(sections).map(([name, { rows }]) => [name, rows]));
    writeFileSync(values.json, `${JSON.stringify({ machine: machine(), ...content }, null, 2)}\n`);
  }
  const failures = Object.values(sections).flatMap((section) => section.failures ?? []);
  for (const failure of failures) tell(failure);
  if (failures.length > 0) process.exitCode = 1;
}

await main();
