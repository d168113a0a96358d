/** Reads and parses one stretch of every file, and does nothing with it: what a dry run is measured against. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

export interface ParseData {
  readonly files: readonly string[];
  readonly share: number;
  readonly shares: number;
}

const CHUNK = 4 * 1024 * 1024;
const NEWLINE = 10;

function parseStretch(file: string, share: number, shares: number): number {
  const { size } = statSync(file);
  const [from, to] = [Math.floor((size * share) / shares), Math.floor((size * (share + 1)) / shares)];
  const descriptor = openSync(file, 'r');
  let rest = Buffer.alloc(0);
  let lines = 0;
  // A line belongs to the stretch in which it begins.
  let skip = from > 0;
  for (let at = Math.max(from - 1, 0); at - rest.length < to;) {
    const chunk = Buffer.allocUnsafe(CHUNK);
    const read = readSync(descriptor, chunk, 0, CHUNK, at);
    const bytes = Buffer.concat([rest, chunk.subarray(0, read)]);
    const first = at - rest.length;
    let begin = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, begin)) {
      if (!skip && first + begin < to && end > begin) {
        JSON.parse(bytes.toString('utf8', begin, end));
        lines += 1;
      }
      skip = false;
      begin = end + 1;
    }
    rest = bytes.subarray(begin);
    at += read;
    if (read === 0) break;
  }
  closeSync(descriptor);
  return lines;
}

const { files, share, shares } = workerData as ParseData;
const lines = files.reduce((sum, file) => sum + parseStretch(file, share, shares), 0);
parentPort?.postMessage(lines);
