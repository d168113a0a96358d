/** A worker thread that scans segments, one at a time, as it is told. */
import { parentPort } from 'node:worker_threads';
import { scanSegment, type Segment } from './ndjson-scan.ts';

parentPort?.on('message', (segment: Segment) => {
  parentPort?.postMessage(scanSegment(segment));
});
