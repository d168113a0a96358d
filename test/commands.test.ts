/**
 * Every command that the documents for sites show is run, in a shell, against a service with a store of its own.
 *
 * A block with `<!-- not run: … -->` before it needs what no test has: a container engine, a cluster, another machine.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { override, patientView, startServer } from './faults/server-process.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const PAGES = [
  'README.md',
  'clinical-governance.md',
  'deployment.md',
  'go-live.md',
  'integrate.md',
  'intended-use.md',
  'operations.md',
  'privacy.md',
];
const NOT_RUN = ['docker', 'kubectl', 'changes the machine'];

const blocks = PAGES.flatMap((page) => {
  const content = readFileSync(join(root, 'docs', page), 'utf8');
  const found = content.matchAll(/(?:<!-- not run: ([\w ]+) -->\s+)?^ *```sh\n([\s\S]*?)^ *```/gm);
  return [...found].map(([, why, commands = '']) => ({ page, why, commands }));
});
const run = blocks.filter(({ why }) => why === undefined);

const scratch = mkdtempSync(join(tmpdir(), 'commands-'));
const env = { DATA_DIR: join(scratch, 'data'), TMPDIR: scratch };
// Tests that run at the same time do not wait for beforeAll.
const server = await startServer(env);
const [card] = await patientView(server.url, 'patient-of-the-documents');
await override(server.url, card?.uuid ?? '');
// Only somebody of whom something is kept can be erased. Without authentication there is no issuer.
await patientView(server.url, 'patient-to-erase');
const SOMEBODY = /(?<=--everything )--patient \S+ --issuer \S+/g;
afterAll(async () => {
  await server.kill('SIGTERM');
  rmSync(scratch, { recursive: true });
});

test('commands are found, and those that are not run say why', () => {
  expect(run.length).toBeGreaterThan(10);
  expect(blocks.flatMap(({ why }) => why ?? []).filter((why) => !NOT_RUN.includes(why))).toEqual([]);
});

describe('commands of the documents', () => {
  test.concurrent.each(run.map(({ page, commands }) => [page, commands.trim()]))(
    '%s: %s',
    async (_, commands) => {
      const { status, output, errors } = await shell(
        commands
          .replaceAll('http://127.0.0.1:3000', server.url)
          .replaceAll(SOMEBODY, '--patient patient-to-erase'),
      );
      expect({ status, errors }).toEqual({ status: 0, errors: expect.not.stringMatching(/error|ERR_/i) });
      // A command that shows nothing shows nothing to the reader either, except where it writes a file.
      if (!commands.includes('TMPDIR')) expect(output.trim()).not.toBe('');
    },
    90_000,
  );
});

async function shell(commands: string): Promise<{ status: number | null; output: string; errors: string }> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', commands], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [output, errors, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, output, errors };
}
