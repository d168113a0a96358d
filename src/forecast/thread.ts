/** A worker thread: takes parts, returns counts. It reads cards/ and the policies once. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { workPart } from './part-work.ts';
import { setupOf } from './policies.ts';
import type { Reply, Request, ThreadData } from './threads.ts';
import { toJson } from './tally.ts';

const { terms, identify } = workerData as ThreadData;
const setup = setupOf(terms);

/**
 * V8 lets garbage grow to a share of the memory of the machine: a long run would hold ever more of it. A limit of the heap would keep it
 * small as well, but end the process at one huge line.
 */
const PARTS_BETWEEN_COLLECTIONS = 48;
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as (options: { readonly type: 'major' }) => void;
let parts = 0;

parentPort?.on('message', ({ part, index }: Request) => {
  parts += 1;
  if (parts % PARTS_BETWEEN_COLLECTIONS === 0) collectGarbage({ type: 'major' });
  void workPart(part, index, { setup, identify })
    .then(({ tally, ...rest }): Reply => ({ index, ...rest, tally: toJson(tally) }))
    .catch((error: unknown): Reply => ({
      index,
      failed: error instanceof Error ? error.name : 'unknown error',
    }))
    .then((reply) => parentPort?.postMessage(reply));
});
