/**
 * Data fetched from the EHR: a loopback FHIR server that takes a fixed time for every query. One wave of parallel queries should take
 * little longer than the slowest single one.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hookRequest } from './requests.ts';
import { JSON_HEADERS, topicsOf, VIEW } from './measure.ts';
import { OURS, startMeasured } from './servers.ts';
import { quantile } from './statistics.ts';

export interface FhirRow {
  readonly queryMs: number;
  readonly queries: number;
  /** Median of one query asked alone, and of a whole hook call. */
  readonly singleMs: number;
  readonly callMs: number;
  readonly ratio: number;
  /** Groups of queries that went out before any of them was answered. */
  readonly waves: number;
}

const WARM_UP = 200;
const CALLS = 100;

export async function measureFhir(queryMs: number): Promise<FhirRow> {
  const request = hookRequest({ bytes: 10_000 });
  const fhir = await startFhir(request['prefetch'] as Readonly<Record<string, unknown>>, queryMs);
  const server = await startMeasured({ name: 'ours', ...OURS });
  const body = JSON.stringify({ ...request, prefetch: {}, fhirServer: fhir.url });
  const calls: number[] = [];
  const singles: number[] = [];
  let waves = 0;
  let queries = 0;
  try {
    for (let call = -WARM_UP; call < CALLS; call += 1) {
      const single = await timed(async () => (await fetch(`${fhir.url}/Condition?patient=x`)).text());
      fhir.asked.length = 0;
      const took = await timed(async () => {
        const answer = await fetch(`${server.url}${VIEW}`, { method: 'POST', headers: JSON_HEADERS, body });
        if (topicsOf(await answer.text()) === '') throw new Error('no card from fetched data');
      });
      // The first ones open connections and let the compiler see the path; a service lives for weeks.
      if (call < 0) continue;
      calls.push(took);
      singles.push(single);
      waves = Math.max(waves, wavesIn(fhir.asked));
      queries = fhir.asked.length;
    }
  } finally {
    await server.stop();
    fhir.server.close();
    fhir.server.closeAllConnections();
  }
  const [callMs, singleMs] = [quantile(calls, 0.5), quantile(singles, 0.5)];
  return { queryMs, queries, singleMs, callMs, ratio: callMs / singleMs, waves };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

interface Asked {
  readonly at: number;
  answeredAt: number;
}

/** A query belongs to the wave of the one before unless an answer had left by then. */
function wavesIn(asked: readonly Asked[]): number {
  let waves = 0;
  let firstAnswer = -Infinity;
  for (const { at, answeredAt } of [...asked].sort((a, b) => a.at - b.at)) {
    if (at >= firstAnswer) {
      waves += 1;
      firstAnswer = answeredAt;
    } else firstAnswer = Math.min(firstAnswer, answeredAt);
  }
  return waves;
}

/** Serves the resources of a prefetch by type, each query after `queryMs`. */
async function startFhir(
  prefetch: Readonly<Record<string, unknown>>,
  queryMs: number,
): Promise<{ readonly url: string; readonly server: Server; readonly asked: Asked[] }> {
  const asked: Asked[] = [];
  const bundles = Object.values(prefetch).filter((one) => one !== null) as Readonly<
    Record<string, unknown>
  >[];
  const entries = bundles.flatMap((one) => (one['entry'] ?? []) as { resource: { resourceType: string } }[]);
  const server = createServer((req, res) => {
    const query: Asked = { at: performance.now(), answeredAt: Infinity };
    asked.push(query);
    const type = /^\/([A-Za-z]+)/.exec(req.url ?? '')?.[1] ?? '';
    const found = entries.filter(({ resource }) => resource.resourceType === type);
    const content =
      type === 'Patient'
        ? prefetch['patient']
        : { resourceType: 'Bundle', type: 'searchset', total: found.length, entry: found };
    setTimeout(() => {
      query.answeredAt = performance.now();
      res.writeHead(200, { 'Content-Type': 'application/fhir+json' }).end(JSON.stringify(content));
    }, queryMs);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, server, asked };
}

export function showFhir(rows: readonly FhirRow[]): readonly (readonly string[])[] {
  return [
    ['Each query takes', 'Queries', 'Waves', 'One query ms', 'Hook call ms', 'Ratio'],
    ...rows.map((row) => [
      `${String(row.queryMs)} ms`,
      String(row.queries),
      String(row.waves),
      row.singleMs.toFixed(1),
      row.callMs.toFixed(1),
      row.ratio.toFixed(3),
    ]),
  ];
}
