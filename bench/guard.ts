/**
 * The short form for CI: the work of one answer against JSON.parse of the same body, in one process and one run.
 *
 * Both are taken at the tenth percentile of many single measurements, which other load on the machine hardly moves; no absolute time
 * decides. The limits are two to three times what was measured (docs/performance.md): they catch a scan where there was a look-up.
 */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { decide } from '../src/decide.ts';
import { createGather } from '../src/gather/gather.ts';
import { hookContext } from '../src/http/hook-context.ts';
import { hookRequestOf } from '../src/http/validate.ts';
import { loadKnowledge } from '../src/knowledge/load.ts';
import { readPolicy } from '../src/knowledge/policy.ts';
import { identified } from '../src/render.ts';
import { RULES } from '../src/rules/index.ts';
import { hookRequest } from './requests.ts';
import { quantile } from './statistics.ts';

export interface GuardRow {
  readonly name: string;
  /** Time of the answer without parsing, over the time of JSON.parse. */
  readonly ratio: number;
  readonly limit: number;
  readonly answerUs: number;
  readonly parseUs: number;
}

const SERVICE = 'bone-heart-patient-view';
const TODAY = new Date().toISOString().slice(0, 10);
const CASES = [
  { name: '10 kB', size: { bytes: 10_000 }, times: 3000, limit: 16 },
  { name: '100 kB', size: { bytes: 100_000 }, times: 800, limit: 3.7 },
  { name: '1 MB', size: { bytes: 1_000_000 }, times: 120, limit: 1.8 },
  { name: '5,000 Observations', size: { observations: 5000 }, times: 40, limit: 1.8 },
] as const;

export async function measureGuard(): Promise<readonly GuardRow[]> {
  const knowledge = loadKnowledge(fileURLToPath(new URL('../cards', import.meta.url)));
  const policy = readPolicy(undefined, { knowledge, rules: RULES, production: false });
  const gather = createGather({ allowServer: () => false });
  const queries = policy.services.get(SERVICE)?.queries ?? [];
  const rows: GuardRow[] = [];
  for (const { name, size, times, limit } of CASES) {
    const text = JSON.stringify(hookRequest(size));
    const parse: number[] = [];
    const answer: number[] = [];
    for (let time = 0; time < times; time += 1) {
      const began = performance.now();
      const body = JSON.parse(text) as unknown;
      const parsed = performance.now();
      const request = hookRequestOf('patient-view', body);
      const { record } = await gather(request, queries, Infinity);
      const { cards } = decide(SERVICE, record, hookContext(request), policy, TODAY);
      const sent = JSON.stringify({ cards: identified(cards, randomUUID).cards });
      const ended = performance.now();
      if (cards.length === 0 || sent.length < 1000) throw new Error('no card');
      // The first half warms up.
      if (time < times / 2) continue;
      parse.push(parsed - began);
      answer.push(ended - parsed);
    }
    const [answerMs, parseMs] = [quantile(answer, 0.1), quantile(parse, 0.1)];
    rows.push({ name, ratio: answerMs / parseMs, limit, answerUs: answerMs * 1000, parseUs: parseMs * 1000 });
  }
  await gather.close();
  return rows;
}

export function showGuard(rows: readonly GuardRow[]): readonly (readonly string[])[] {
  return [
    ['Request', 'Answer µs', 'JSON.parse µs', 'Ratio', 'Limit'],
    ...rows.map((row) => [
      row.name,
      row.answerUs.toFixed(0),
      row.parseUs.toFixed(0),
      row.ratio.toFixed(2),
      String(row.limit),
    ]),
  ];
}
