/**
 * Bytes that no client would send, against the real process with AUTH=required.
 *
 *   npm run fuzz [-- --seconds 300] [-- --seed 1]
 *
 * Headers, bodies and tokens are changed byte by byte. Whatever comes: the process does not end or hang, answers nothing from 500 on
 * but the 503 of docs/errors.md, never 200 to a changed token, and repeats nothing of what was sent. A failure prints its smallest
 * case and the seed that finds it again.
 */
import fc from 'fast-check';
import { SAMPLE, startTrusted, statusesOf, VIEW, type TrustedEhr } from '../endpoint/trusted-ehr.ts';

const option = (name: string): number | undefined => {
  const at = process.argv.indexOf(name);
  return at === -1 ? undefined : Number(process.argv[at + 1]);
};
const SECONDS = option('--seconds') ?? 120;
const SEED = option('--seed') ?? Math.floor(Math.random() * 2 ** 31);
/** No constant text holds it: where it shows up, the caller was echoed. */
const CANARY = 'zqxj';
const SILENT_MS = 400;

/** One change of some bytes: written over, put in, taken out, or repeated. */
const change = fc.record({
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  kind: fc.constantFrom('over', 'in', 'out', 'twice'),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 8 }),
    fc
      .constantFrom(
        ...['\r\n', '\r\n\r\n', '\0', ' ', ':', '"', '{', '}', '[', '__proto__', '..', '%2e', '//', CANARY],
      )
      .map((text) => Buffer.from(text)),
    fc
      .constantFrom(
        ...[
          'Transfer-Encoding: chunked\r\n',
          'Content-Length: 0\r\n',
          'Expect: x\r\n',
          `X-${CANARY}: ${CANARY}\r\n`,
        ],
        ...['Authorization: Bearer a.b.c\r\n', 'Host: evil.example\r\n', 'Content-Encoding: gzip\r\n'],
      )
      .map((text) => Buffer.from(text)),
  ),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function changed(original: Buffer, changes: readonly Change[]): Buffer {
  return changes.reduce((bytes, { at, kind, bytes: own }) => {
    const start = Math.floor(at * bytes.length);
    const before = bytes.subarray(0, start);
    const after = bytes.subarray(kind === 'over' || kind === 'out' ? start + own.length : start);
    if (kind === 'out') return Buffer.concat([before, after]);
    return Buffer.concat([before, kind === 'twice' ? bytes.subarray(start, start + 40) : own, after]);
  }, original);
}

async function requestBytes(ehr: TrustedEhr, path: string, token?: string): Promise<Buffer> {
  const authorization = `Bearer ${token ?? (await ehr.token(path))}`;
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: cds.example.org',
    'Connection: close',
    'Content-Type: application/json',
    `Authorization: ${authorization}`,
    `Content-Length: ${String(Buffer.byteLength(SAMPLE))}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${SAMPLE}`);
}

const seen = new Map<number, number>();

function isAllowed(received: string): boolean {
  const statuses = statusesOf(received);
  for (const status of statuses) seen.set(status, (seen.get(status) ?? 0) + 1);
  return statuses.every((status) => status < 500 || status === 503) && !received.includes(CANARY);
}

async function isAlive(ehr: TrustedEhr): Promise<boolean> {
  const response = await fetch(`${ehr.url}/healthz`, { signal: AbortSignal.timeout(5000) });
  return response.status === 200;
}

async function bounded(name: string, seconds: number, property: fc.IAsyncProperty<unknown>): Promise<void> {
  const details = await fc.check(property, {
    seed: SEED,
    numRuns: 1_000_000,
    interruptAfterTimeLimit: seconds * 1000,
    markInterruptAsFailure: false,
  });
  if (details.failed) throw new Error(`${name}: ${fc.defaultReportMessage(details)}`);
  process.stdout.write(`  ok     ${name}: ${String(details.numRuns)} requests\n`);
}

const ehr = await startTrusted({ LOG_LEVEL: 'warn' });
process.stdout.write(`seed ${String(SEED)}\n`);
try {
  await bounded(
    'a request with bytes changed anywhere',
    SECONDS / 2,
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
      const bytes = changed(await requestBytes(ehr, VIEW), changes);
      return isAllowed(await ehr.raw(bytes, SILENT_MS)) && (await isAlive(ehr));
    }),
  );
  await bounded(
    'a token with bytes changed',
    SECONDS / 2,
    fc.asyncProperty(change, async (one) => {
      const token = await ehr.token(VIEW);
      const other = changed(Buffer.from(token), [one])
        .toString('latin1')
        .replaceAll(/[\r\n]/g, 'A');
      // Spaces around it are not part of it.
      if (other.trim() === token) return true;
      const received = await ehr.raw(await requestBytes(ehr, VIEW, other), SILENT_MS);
      return isAllowed(received) && !statusesOf(received).includes(200) && (await isAlive(ehr));
    }),
  );
} catch (error) {
  process.stdout.write(`  BROKEN ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  process.stdout.write(
    `  statuses ${[...seen].map(([status, count]) => `${String(status)}: ${String(count)}`).join(', ')}\n`,
  );
  await ehr.stop();
}
