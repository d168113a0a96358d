/** Sends prepared requests over a fixed number of connections, checks every answer, and measures each. */
import { Pool } from 'undici';

export interface PreparedRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds, ascending. */
  readonly latencies: readonly number[];
}

/**
 * @param next gives the request number `n`; called once for each.
 * @param check looks at an answer; throws when it is not the right one.
 * @throws what `check` throws, and Error for any status but 200.
 */
export async function load(
  url: string,
  options: {
    readonly requests: number;
    readonly concurrency: number;
    readonly next: (n: number) => PreparedRequest;
    readonly check: (body: string) => void;
  },
): Promise<LoadResult> {
  const pool = new Pool(url, { connections: options.concurrency, pipelining: 1 });
  const latencies: number[] = [];
  let sent = 0;
  async function work(): Promise<void> {
    while (sent < options.requests) {
      const { path, headers, body } = options.next(sent);
      sent += 1;
      const began = performance.now();
      const answer = await pool.request({ path, method: 'POST', headers, body });
      const text = await answer.body.text();
      latencies.push(performance.now() - began);
      if (answer.statusCode !== 200)
        throw new Error(`status ${String(answer.statusCode)}: ${text.slice(0, 300)}`);
      options.check(text);
    }
  }
  const began = performance.now();
  await Promise.all(Array.from({ length: options.concurrency }, work));
  const seconds = (performance.now() - began) / 1000;
  await pool.close();
  return { requests: latencies.length, seconds, latencies: latencies.sort((a, b) => a - b) };
}
