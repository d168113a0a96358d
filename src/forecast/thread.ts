/** A worker thread: takes parts, returns counts. It reads cards/ and the policies once. */
import { parentPort, workerData } from 'node:worker_threads';
import { workPart } from './part-work.ts';
import { setupOf } from './policies.ts';
import type { Reply, Request, ThreadData } from './threads.ts';
import { toJson } from './tally.ts';

const { terms, identify } = workerData as ThreadData;
const setup = setupOf(terms);

parentPort?.on('message', ({ part, index }: Request) => {
  void workPart(part, index, { setup, identify })
    .then(({ tally, ...rest }): Reply => ({ index, ...rest, tally: toJson(tally) }))
    .catch((error: unknown): Reply => ({
      index,
      failed: error instanceof Error ? error.name : 'unknown error',
    }))
    .then((reply) => parentPort?.postMessage(reply));
});
