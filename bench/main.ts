/**
 * `npm run bench [-- WHAT] [options]`: measures, prints tables, checks every answer while measuring.
 */
import { writeFileSync } from 'node:fs';
import { arch, cpus, release, totalmem } from 'node:os';
import { FULL, measureHttp, showHttp } from './http.ts';
import { table } from './report.ts';
import { isPinned } from './servers.ts';

const tell = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const rows = await measureHttp(
  {
    ...FULL,
    sizes: (process.env['SIZES'] ?? '10000,100000').split(',').map(Number),
    concurrencies: (process.env['CONC'] ?? '1,32').split(',').map(Number),
    signed: process.env['SIGNED'] === '1',
    rounds: Number(process.env['ROUNDS'] ?? 3),
    requests: Number(process.env['REQUESTS'] ?? 1000),
  },
  tell,
);
process.stdout.write(`${table(showHttp(rows))}\n`);
