/**
 * Where the time of a call goes: CPU profiles of the warm servers (`node --cpu-prof`), summed by part.
 *
 * A sample belongs to the part of the innermost frame that is not Node's own; what native code does counts for the JavaScript that called it.
 * Samples are taken by the clock, while other threads of the server wait for the same core: their shares are scaled to the CPU time that
 * the same calls took.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hookRequest } from './requests.ts';
import { answerOf, expectedAnswer, measure, plainCall, topicsOf } from './measure.ts';
import { BARE_DURABLE, BARE_EXPRESS, OURS, startMeasured, type ServerOptions } from './servers.ts';

export interface ProfileOptions {
  readonly sizes: readonly number[];
  readonly warmUp: number;
  readonly requests: number;
}

/** Microseconds of one request by part, for each server. */
export interface ProfileRow {
  readonly bytes: number;
  readonly server: string;
  readonly parts: Readonly<Record<string, number>>;
}

const CONCURRENCY = 32;
const SAMPLE_US = 500;

/** The first that fits. */
const PARTS: readonly (readonly [part: string, files: RegExp])[] = [
  ['cards: words, orders', /dist\/(render|explain)\.js/],
  ['chart, facts, rules', /dist\/(decide\.js|rules\/|facts\/|risk\/)/],
  ['prefetch to record', /dist\/gather\//],
  ['read and parse the body', /dist\/http\/body\.js|dist\/json\.js|\/(body-parser|raw-body|iconv-lite)\//],
  ['store: rows, messages', /dist\/store\/|\/kysely\/|bare-durable|sqlite/],
  ['log line, metrics', /request-log\.js|metrics\.js|\/(pino|sonic-boom|prom-client|thread-stream)\//],
  [
    'answer: ids, JSON, headers',
    /dist\/(http\/hook-call|service|hooks)|express\/lib\/response\.js|bench\/servers/,
  ],
  ['headers, checks, limits', /dist\/http\/|\/(helmet|cors|ajv|limiter)\//],
  ['Express, router', /node_modules\//],
  ['node:http, node:net', /^node:/],
];
const GARBAGE = 'garbage collection';
const NATIVE = 'native code outside JavaScript';
const STORE_THREAD = 'store thread';
const IN_ORDER = [...PARTS.map(([part]) => part), GARBAGE, NATIVE, STORE_THREAD];

export async function measureProfile(
  { sizes, warmUp, requests }: ProfileOptions,
  tell: (line: string) => void,
): Promise<readonly ProfileRow[]> {
  const rows: ProfileRow[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'bench-profile-'));
  try {
    for (const bytes of sizes) {
      const body = JSON.stringify(hookRequest({ bytes }));
      const answer = join(folder, 'answer.json');
      writeFileSync(answer, await expectedAnswer(body));
      const env = { ANSWER: answer };
      const contenders: readonly ServerOptions[] = [
        { ...BARE_EXPRESS, env },
        { ...BARE_DURABLE, env },
        { name: 'ours', ...OURS },
      ];
      for (const contender of contenders) {
        tell(`${contender.name}, ${String(bytes / 1000)} kB`);
        const parts = await profileOf(contender, { body, warmUp, requests });
        rows.push({ bytes, server: contender.name, parts });
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return rows;
}

async function profileOf(
  contender: ServerOptions,
  { body, warmUp, requests }: { readonly body: string; readonly warmUp: number; readonly requests: number },
): Promise<Readonly<Record<string, number>>> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-profile-'));
  const flags = ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-interval=${String(SAMPLE_US)}`];
  try {
    const server = await startMeasured({
      ...contender,
      env: { ...contender.env, NODE_OPTIONS: flags.join(' ') },
    });
    const topics = topicsOf(await answerOf(server, body));
    const next = plainCall(body);
    await measure(server, { requests: warmUp, concurrency: CONCURRENCY, next, topics });
    const began = performance.now();
    const { cpuUs } = await measure(server, { requests, concurrency: CONCURRENCY, next, topics });
    const ended = performance.now();
    await server.stop();
    // Profiles end with the process: what was measured lies that far from their end.
    const since = { fromEndUs: (performance.now() - began) * 1000, lengthUs: (ended - began) * 1000 };
    return scaled(timesOfThreads(folder, since), cpuUs);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface CpuProfile {
  readonly endTime: number;
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
  readonly nodes: readonly {
    readonly id: number;
    readonly children?: readonly number[];
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
}

function timesOfThreads(
  folder: string,
  when: { readonly fromEndUs: number; readonly lengthUs: number },
): ReadonlyMap<string, number> {
  const totals = new Map<string, number>();
  for (const name of readdirSync(folder)) {
    // CPU.<date>.<time>.<pid>.<thread>.<number>.cpuprofile
    const isMain = name.split('.').at(-3) === '0';
    const profile = JSON.parse(readFileSync(join(folder, name), 'utf8')) as CpuProfile;
    const from = profile.endTime - when.fromEndUs;
    for (const [part, us] of timesIn(profile, from, from + when.lengthUs)) {
      const into = isMain ? part : STORE_THREAD;
      totals.set(into, (totals.get(into) ?? 0) + us);
    }
  }
  return totals;
}

function scaled(times: ReadonlyMap<string, number>, sum: number): Readonly<Record<string, number>> {
  const all = [...times.values()].reduce((total, us) => total + us, 0);
  if (all === 0) throw new Error('no profile was written');
  return Object.fromEntries(
    IN_ORDER.flatMap((part) => {
      const us = times.get(part);
      return us === undefined ? [] : [[part, (us / all) * sum]];
    }),
  );
}

function timesIn(profile: CpuProfile, from: number, to: number): ReadonlyMap<string, number> {
  const parts = partOfNodes(profile);
  const times = new Map<string, number>();
  let at = profile.startTime;
  for (const [index, node] of profile.samples.entries()) {
    const delta = profile.timeDeltas[index] ?? 0;
    at += delta;
    const part = parts.get(node);
    if (part === undefined || at < from || at > to) continue;
    times.set(part, (times.get(part) ?? 0) + delta);
  }
  return times;
}

/** The part of every node of the call tree; idle time is in none. */
function partOfNodes({ nodes }: CpuProfile): ReadonlyMap<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parts = new Map<number, string>();
  const visit = (id: number, inherited: string): void => {
    const node = byId.get(id);
    if (node === undefined) return;
    const { functionName, url } = node.callFrame;
    const own = PARTS.find(([, files]) => files.test(url))?.[0];
    // Node's own code works for whoever called it.
    const part = own === undefined || (url.startsWith('node:') && inherited !== NATIVE) ? inherited : own;
    if (functionName === '(garbage collector)') parts.set(id, GARBAGE);
    else if (functionName !== '(idle)') parts.set(id, part);
    for (const child of node.children ?? []) visit(child, part);
  };
  const [root] = nodes;
  if (root !== undefined) visit(root.id, NATIVE);
  return parts;
}

export function showProfile(rows: readonly ProfileRow[]): readonly (readonly string[])[] {
  const columns = rows.map(({ server, bytes }) => `${server}, ${String(bytes / 1000)} kB`);
  const sum = ({ parts }: ProfileRow): number => Object.values(parts).reduce((all, us) => all + us, 0);
  const cell = (us: number | undefined): string => (us === undefined ? '' : us.toFixed(0));
  return [
    ['µs of a request', ...columns],
    ...IN_ORDER.map((part) => [part, ...rows.map(({ parts }) => cell(parts[part]))]),
    ['all', ...rows.map((row) => cell(sum(row)))],
  ];
}
