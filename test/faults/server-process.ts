/** The real server as a process of its own, and calls to it as an EHR makes them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** The README's sample request; its patient is replaced by one of the test everywhere. */
const SAMPLE = readFileSync(
  new URL('../../fixtures/requests/patient-view-low-bmd.json', import.meta.url),
  'utf8',
);
const { patientId: SAMPLE_PATIENT } = (JSON.parse(SAMPLE) as { context: { patientId: string } }).context;

export interface ServerProcess {
  readonly url: string;
  /** Milliseconds from spawn to "listens". */
  readonly startMs: number;
  output(): string;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** @throws Error with what it printed when it ends before it listens. */
export async function startServer(
  env: Readonly<Record<string, string>>,
  user?: number,
): Promise<ServerProcess> {
  const began = performance.now();
  const child = spawn(process.execPath, ['bin/bone-heart-cds.cjs', 'serve'], {
    cwd: root,
    env: { PORT: '0', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(user === undefined ? {} : { uid: user }),
  });
  let text = '';
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      text += chunk.toString();
      const found = /listens at (\S+)/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => {
      reject(new Error(`the server ended with ${String(code)}:\n${text}`));
    });
  });
  return {
    url,
    startMs: performance.now() - began,
    output: () => text,
    kill: (signal) => ended(child, signal),
  };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}

export interface Card {
  readonly uuid: string;
  readonly summary: string;
  readonly source: { readonly topic: { readonly code: string } };
}

/** One patient-view call for the patient of the README's sample, under another id. */
export async function patientView(url: string, patientId: string): Promise<readonly Card[]> {
  const response = await fetch(`${url}/cds-services/bone-heart-patient-view`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: SAMPLE.replaceAll(SAMPLE_PATIENT, patientId),
  });
  if (response.status !== 200) throw new Error(`status ${String(response.status)}`);
  return ((await response.json()) as { cards: readonly Card[] }).cards;
}

export async function override(url: string, card: string, code = 'patient-refuses'): Promise<number> {
  const entry = {
    card,
    outcome: 'overridden',
    outcomeTimestamp: new Date().toISOString(),
    overrideReason: { reason: { code } },
  };
  const response = await fetch(`${url}/cds-services/bone-heart-patient-view/feedback`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ feedback: [entry] }),
  });
  await response.text();
  return response.status;
}

export async function readiness(url: string): Promise<{ status: number; body: { status?: string } }> {
  const response = await fetch(`${url}/readyz`);
  return { status: response.status, body: (await response.json()) as { status?: string } };
}

/** Waits until `holds`, at most for `ms`. */
export async function eventually(holds: () => Promise<boolean>, ms = 20_000): Promise<boolean> {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    if (await holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}
