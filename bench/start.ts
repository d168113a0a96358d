/** From spawn to the first 200 of /readyz, and the memory then. */
import { OURS, startMeasured } from './servers.ts';
import { showSpread, spreadOf, type Spread } from './statistics.ts';

export interface StartRow {
  readonly readyMs: Spread;
  readonly rssMb: Spread;
}

export async function measureStart(times: number): Promise<StartRow> {
  const ready: number[] = [];
  const rss: number[] = [];
  for (let time = -1; time < times; time += 1) {
    const server = await startMeasured({ name: 'ours', ...OURS });
    const usage = await server.usage();
    await server.stop();
    // The first one fills the compile cache.
    if (time < 0) continue;
    ready.push(server.readyMs);
    rss.push(usage.rss / 1e6);
  }
  return { readyMs: spreadOf(ready), rssMb: spreadOf(rss) };
}

export function showStart({ readyMs, rssMb }: StartRow): readonly (readonly string[])[] {
  return [
    ['Start to ready ms', 'Memory then MB'],
    [showSpread(readyMs, 0), showSpread(rssMb, 0)],
  ];
}
