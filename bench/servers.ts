/** The measured servers as processes of their own, pinned to the same core, with a probe for what they use. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../scripts/free-port.ts';

export interface Usage {
  /** CPU time of all threads since the start, microseconds. */
  readonly cpuUs: number;
  /** Resident memory now, and the most so far, bytes. */
  readonly rss: number;
  readonly peakRss: number;
}

export interface MeasuredServer {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  /** Milliseconds from spawn to the first 200 of /readyz. */
  readonly readyMs: number;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly name: string;
  /** File below the root, run with Node. */
  readonly entry: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Its own folder is made, passed as DATA_DIR and removed. */
  readonly dataDir?: boolean;
}

const root = fileURLToPath(new URL('../', import.meta.url));
const probe = fileURLToPath(new URL('./servers/probe.cjs', import.meta.url));
/** Of util-linux; where there is none, servers are not pinned and the report says so. */
const TASKSET = '/usr/bin/taskset';
export const isPinned = existsSync(TASKSET);
const SERVER_CORE = '0';
const READY_WITHIN_MS = 30_000;

/** Ours, as `npm start` runs it. */
export const OURS = { entry: 'bin/bone-heart-cds.cjs', args: ['serve'], dataDir: true } as const;

/** Baselines; each gets its answer by the variable ANSWER, a file. */
export const BARE_EXPRESS = { name: 'bare Express', entry: 'bench/servers/bare-express.ts' } as const;
export const BARE_DURABLE = {
  name: 'Express, one durable row',
  entry: 'bench/servers/bare-durable.ts',
  dataDir: true,
} as const;

/** @throws Error when it does not become ready, or ends. */
export async function startMeasured(options: ServerOptions): Promise<MeasuredServer> {
  const { name, entry, args = [], env = {}, dataDir = false } = options;
  const port = await freePort();
  const url = `http://127.0.0.1:${String(port)}`;
  const folder = dataDir ? mkdtempSync(join(tmpdir(), 'bench-')) : undefined;
  const began = performance.now();
  const child = fork(join(root, entry), args, {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      PORT: String(port),
      LOG_LEVEL: 'info',
      ...(folder && { DATA_DIR: folder }),
      ...env,
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    ...(isPinned
      ? { execPath: TASKSET, execArgv: ['-c', SERVER_CORE, process.execPath, '--require', probe] }
      : { execArgv: ['--require', probe] }),
  });
  await untilReady(child, `${url}/readyz`);
  return {
    name,
    url,
    pid: child.pid ?? 0,
    readyMs: performance.now() - began,
    usage: async () => {
      child.send('usage');
      const [usage] = (await once(child, 'message')) as [Usage];
      return usage;
    },
    stop: async () => {
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  const until = performance.now() + READY_WITHIN_MS;
  while (performance.now() < until) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${String(child.exitCode)}`);
    const status = await fetch(url).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  child.kill('SIGKILL');
  throw new Error(`${url} was not ready in time`);
}
