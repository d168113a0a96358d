/**
 * Hook calls against what Node and Express can do at all: the same bodies, the same answer, the same core, in turn and repeatedly.
 *
 * CPU time per request is the figure to trust on a noisy machine; each ratio is of two measurements of one round.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { again, hookRequest } from './requests.ts';
import type { PreparedRequest } from './load.ts';
import {
  expectedAnswer,
  JSON_HEADERS,
  measure,
  plainCall,
  topicsOf,
  VIEW,
  type Measured,
} from './measure.ts';
import { BARE_DURABLE, BARE_EXPRESS, OURS, startMeasured, type MeasuredServer } from './servers.ts';
import { quantile, showSpread, spreadOf, type Spread } from './statistics.ts';
import { makeEhrs, type Ehrs } from './ehrs.ts';

export interface HttpOptions {
  readonly sizes: readonly number[];
  readonly concurrencies: readonly number[];
  readonly rounds: number;
  /** Requests of 10 kB in a round; larger ones are fewer, so that each size takes about as long. */
  readonly requests: number;
  /** Requests of 10 kB before the first round: V8 goes on compiling for tens of thousands of calls, a service lives for weeks. */
  readonly warmUp: number;
  /** Also with AUTH=required. */
  readonly signed: boolean;
}

export const FULL: HttpOptions = {
  sizes: [10_000, 100_000, 1_000_000],
  concurrencies: [1, 32],
  rounds: 5,
  requests: 2000,
  warmUp: 20_000,
  signed: true,
};

export interface HttpRow {
  readonly server: string;
  readonly bytes: number;
  readonly concurrency: number;
  readonly requestsPerSecond: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  readonly cpuUsPerRequest: Spread;
  /** CPU per request against bare Express and bare node:http in the same round. */
  readonly cpuToExpress: Spread;
  readonly cpuToHttp: Spread;
  readonly p99ToExpress: Spread;
  readonly peakRssMb: number;
}

const HTTP = 'bare node:http';

interface Contender {
  readonly server: MeasuredServer;
  /** The request number n of a round; tokens are made before the round. */
  readonly prepare: (body: string, count: number) => Promise<(n: number) => PreparedRequest>;
}

/** @throws Error when any answer in a measurement is not the expected one. */
export async function measureHttp(
  options: HttpOptions,
  tell: (line: string) => void,
): Promise<readonly HttpRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-http-'));
  const rows: HttpRow[] = [];
  try {
    for (const bytes of options.sizes) {
      const request = hookRequest({ bytes });
      const expected = await expectedAnswer(JSON.stringify(request));
      const answerFile = join(folder, `${String(bytes)}.json`);
      writeFileSync(answerFile, expected);
      for (const concurrency of options.concurrencies) {
        tell(`${String(bytes / 1000)} kB, ${String(concurrency)} at a time`);
        rows.push(
          ...(await measureOne({
            options,
            request,
            topics: topicsOf(expected),
            answerFile,
            concurrency,
            bytes,
          })),
        );
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return rows;
}

interface Case {
  readonly options: HttpOptions;
  readonly request: Readonly<Record<string, unknown>>;
  readonly topics: string;
  readonly answerFile: string;
  readonly concurrency: number;
  readonly bytes: number;
}

async function measureOne(one: Case): Promise<HttpRow[]> {
  const { options, concurrency, bytes } = one;
  const ehrs = await makeEhrs();
  const contenders = await startAll(one, ehrs);
  try {
    // Fewer of the larger ones, but enough for a p99 to mean something.
    const scaled = (requests: number): number =>
      Math.max(200, Math.round(requests / Math.sqrt(bytes / 10_000)));
    for (const contender of contenders) await runRound(contender, one, scaled(options.warmUp));
    const rounds: Round[] = [];
    for (let round = 0; round < options.rounds; round += 1) {
      const measured: Round = new Map();
      for (const contender of contenders)
        measured.set(contender.server.name, await runRound(contender, one, scaled(options.requests)));
      rounds.push(measured);
    }
    return await Promise.all(contenders.map(async ({ server }) => rowOf(server, one, rounds, concurrency)));
  } finally {
    await Promise.all(contenders.map(({ server }) => server.stop()));
    ehrs.remove();
  }
}

async function startAll({ answerFile, options }: Case, ehrs: Ehrs): Promise<Contender[]> {
  const plain = { prepare: preparePlain };
  const bare = { ANSWER: answerFile };
  const contenders: Contender[] = [
    { ...plain, server: await startMeasured({ name: HTTP, entry: 'bench/servers/bare-http.ts', env: bare }) },
    { ...plain, server: await startMeasured({ ...BARE_EXPRESS, env: bare }) },
    { ...plain, server: await startMeasured({ ...BARE_DURABLE, env: bare }) },
    { ...plain, server: await startMeasured({ name: 'ours', ...OURS }) },
  ];
  if (!options.signed) return contenders;
  const server = await startMeasured({ name: 'ours, signed', ...OURS, env: ehrs.env });
  for (const alg of ['ES384', 'RS384'] as const) {
    contenders.push({
      server: {
        ...server,
        name: `ours, ${alg}`,
        stop: () => (alg === 'ES384' ? server.stop() : Promise.resolve()),
      },
      prepare: (body, count) => prepareSigned(body, count, ehrs, alg),
    });
  }
  return contenders;
}

function preparePlain(body: string): Promise<(n: number) => PreparedRequest> {
  return Promise.resolve(plainCall(body));
}

/** Signing is the EHR's cost and is done before the round. */
async function prepareSigned(body: string, count: number, ehrs: Ehrs, alg: 'ES384' | 'RS384') {
  const tokens: string[] = [];
  for (let n = 0; n < count; n += 1) tokens.push(await ehrs.token(VIEW, alg, n));
  return (n: number): PreparedRequest => ({
    path: VIEW,
    headers: { ...JSON_HEADERS, authorization: `Bearer ${tokens[n] ?? ''}` },
    body,
  });
}

type Round = Map<string, Measured>;

async function runRound({ server, prepare }: Contender, one: Case, requests: number): Promise<Measured> {
  const next = await prepare(JSON.stringify(again(one.request)), requests);
  return measure(server, { requests, concurrency: one.concurrency, next, topics: one.topics });
}

async function rowOf(
  server: MeasuredServer,
  { bytes }: Case,
  rounds: readonly Round[],
  concurrency: number,
): Promise<HttpRow> {
  const of = (pick: (one: Measured) => number, name = server.name): number[] =>
    rounds.flatMap((round) => {
      const one = round.get(name);
      return one === undefined ? [] : [pick(one)];
    });
  const cpu = of(({ cpuUs }) => cpuUs);
  const p99 = of(({ latencies }) => quantile(latencies, 0.99));
  const against = (own: readonly number[], base: readonly number[]): Spread =>
    spreadOf(own.map((value, round) => value / (base[round] ?? NaN)));
  const { peakRss } = await server.usage();
  return {
    server: server.name,
    bytes,
    concurrency,
    requestsPerSecond: spreadOf(of((one) => one.requestsPerSecond)),
    p50Ms: spreadOf(of(({ latencies }) => quantile(latencies, 0.5))),
    p99Ms: spreadOf(p99),
    cpuUsPerRequest: spreadOf(cpu),
    cpuToExpress: against(
      cpu,
      of(({ cpuUs }) => cpuUs, BARE_EXPRESS.name),
    ),
    cpuToHttp: against(
      cpu,
      of(({ cpuUs }) => cpuUs, HTTP),
    ),
    p99ToExpress: against(
      p99,
      of(({ latencies }) => quantile(latencies, 0.99), BARE_EXPRESS.name),
    ),
    peakRssMb: peakRss / 1e6,
  };
}

export function showHttp(rows: readonly HttpRow[]): readonly (readonly string[])[] {
  return [
    [
      'Server',
      'Body',
      'At a time',
      'CPU µs per request',
      '× Express',
      '× node:http',
      'Requests/s',
      'p50 ms',
      'p99 ms',
      'p99 × Express',
      'Peak MB',
    ],
    ...rows.map((row) => [
      row.server,
      `${String(row.bytes / 1000)} kB`,
      String(row.concurrency),
      showSpread(row.cpuUsPerRequest, 0),
      showSpread(row.cpuToExpress),
      showSpread(row.cpuToHttp),
      row.requestsPerSecond.median.toFixed(0),
      row.p50Ms.median.toFixed(2),
      row.p99Ms.median.toFixed(2),
      showSpread(row.p99ToExpress),
      row.peakRssMb.toFixed(0),
    ]),
  ];
}
