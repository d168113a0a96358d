/** The installed command as a server. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface RunningCommand {
  readonly url: string;
  stop(): Promise<void>;
}

/** @throws Error with what it printed when it does not listen within 30 seconds. */
export async function startCommand(
  command: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<RunningCommand> {
  const child = spawn(process.execPath, [command, 'serve'], {
    cwd,
    env: { PORT: '0', LOG_LEVEL: 'warn', ANSWER_DEADLINE_MS: '8000', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  let text = '';
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (): void => {
      child.kill('SIGKILL');
      reject(new Error(`the installed command does not listen:\n${text}`));
    };
    const timer = setTimeout(fail, 30_000);
    const read = (chunk: Buffer): void => {
      text += chunk.toString();
      const found = /listens at (\S+)/.exec(text)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', () => {
      clearTimeout(timer);
      fail();
    });
  });
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
