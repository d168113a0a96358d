/**
 * Proof that an upgrade, and the way back, costs no call: two replicas on one PostgreSQL behind a balancer, under constant signed load.
 *
 *   npm run test:rolling
 *
 * Each replica in turn is stopped by SIGTERM and replaced, then once more as for a rollback. Ends with 1 when a call was not answered
 * with 200 and cards, or when an answered decision is not in the store. Loopback only, about 30 seconds.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { openStore } from '../../src/store/open.ts';
import { startServer, type ServerProcess } from '../faults/server-process.ts';
import { dropSchema, freshDatabase, postgresUrl, SKIPPED } from '../store/postgres.ts';
import { startBalancer, type Balancer } from './balancer.ts';

/** Below the 50 a second that a client may call. */
const CALLS_PER_SECOND = 30;
/** Every tenth caller sends the second half of its body this much later, so that every stop meets open calls. */
const SLOW_BODY_MS = 600;
const BETWEEN_STEPS_MS = 1500;
const ISSUER = 'https://ehr.example.org';
const PATH = '/cds-services/bone-heart-patient-view';
const SAMPLE = readFileSync(
  new URL('../../fixtures/requests/patient-view-low-bmd.json', import.meta.url),
  'utf8',
);

const { publicKey, privateKey } = await generateKeyPair('ES384', { extractable: true });

interface Tally {
  readonly cards: Set<string>;
  readonly failures: string[];
  answered: number;
}

/** A store that stalls costs records, as docs/reliability.md says: such a run proves nothing about upgrades and is repeated. */
const MOST_RUNS = 3;
let stalls = 0;

async function main(): Promise<number> {
  if (postgresUrl === undefined) {
    console.log(SKIPPED);
    return 0;
  }
  for (let run = 1; run <= MOST_RUNS; run += 1) {
    stalls = 0;
    const outcome = await upgradeAndRollBack();
    if (outcome === 'proved') return 0;
    if (outcome === 'broken' || stalls === 0) return 1;
    console.log(`the store stalled on this machine, ${String(MOST_RUNS - run)} runs left`);
  }
  return 1;
}

/** `lost` when every call was answered but a decision is missing. */
async function upgradeAndRollBack(): Promise<'proved' | 'lost' | 'broken'> {
  const folder = mkdtempSync(join(tmpdir(), 'rolling-'));
  const databaseUrl = await freshDatabase();
  const balancer = await startBalancer();
  const env = await environment(folder, databaseUrl, balancer.url);
  let replicas: ServerProcess[] = [];
  try {
    replicas = await Promise.all([startServer(env), startServer(env)]);
    for (const { url } of replicas) balancer.add(url);
    await balancer.takingPart(2);
    const { tally, stop } = load(balancer.url);
    for (const step of ['upgrade', 'rollback']) {
      for (const place of replicas.keys()) {
        await pause(BETWEEN_STEPS_MS);
        replicas = await replace(replicas, place, { env, balancer });
        console.log(
          `${step}: replica ${'AB'[place] ?? ''} replaced, ${String(tally.answered)} calls answered`,
        );
      }
    }
    await pause(BETWEEN_STEPS_MS);
    await stop();
    const kept = await cardsIn(databaseUrl);
    const lost = [...tally.cards].filter((uuid) => !kept.has(uuid)).length;
    console.log(
      `${String(tally.answered)} calls, ${String(tally.failures.length)} failed, ${String(balancer.redirected())} sent to the other replica before anything was sent; ${String(tally.cards.size)} cards, ${String(lost)} not in the store`,
    );
    for (const failure of new Set(tally.failures)) console.log(`  ${failure}`);
    const isProof = tally.answered > 200 && tally.cards.size >= tally.answered;
    if (!isProof || tally.failures.length > 0) return 'broken';
    for (const one of replicas) tellTroubles(one.output());
    return lost === 0 ? 'proved' : 'lost';
  } finally {
    for (const one of replicas) await one.kill('SIGTERM');
    await balancer.close();
    await dropSchema({ databaseUrl });
    rmSync(folder, { recursive: true });
  }
}

async function environment(
  folder: string,
  databaseUrl: string,
  baseUrl: string,
): Promise<Record<string, string>> {
  const clients = join(folder, 'clients.json');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k' }] };
  writeFileSync(clients, JSON.stringify({ clients: [{ name: 'ehr', iss: ISSUER, jwks, fhirServers: [] }] }));
  return {
    AUTH: 'required',
    BASE_URL: baseUrl,
    CLIENTS_FILE: clients,
    DATABASE_URL: databaseUrl,
    DATA_DIR: folder,
    PATIENT_KEY_SECRET: 'a secret of the rolling test, long enough',
  };
}

/** Stops one replica as a supervisor does and starts another one in its place. */
async function replace(
  replicas: readonly ServerProcess[],
  place: number,
  { env, balancer }: { readonly env: Record<string, string>; readonly balancer: Balancer },
): Promise<ServerProcess[]> {
  const [old] = replicas.slice(place);
  if (old === undefined) throw new Error('no such replica');
  await old.kill('SIGTERM');
  tellTroubles(old.output());
  balancer.remove(old.url);
  const fresh = await startServer(env);
  balancer.add(fresh.url);
  await balancer.takingPart(2);
  return replicas.map((one) => (one === old ? fresh : one));
}

/** Warnings and errors of its log: a store that stalls, for instance. */
function tellTroubles(output: string): void {
  for (const line of output.split('\n').filter((one) => one.startsWith('{'))) {
    if (line.includes('the store fails')) stalls += 1;
    console.log(`  ${line}`);
  }
}

/** Calls at a constant rate until `stop`, which waits for the last answers. */
function load(url: string): { tally: Tally; stop: () => Promise<void> } {
  const tally: Tally = { cards: new Set(), failures: [], answered: 0 };
  const running = new Set<Promise<void>>();
  let count = 0;
  const timer = setInterval(() => {
    count += 1;
    const one = call(url, count % 10 === 0).then(
      (cards) => {
        tally.answered += 1;
        for (const uuid of cards) tally.cards.add(uuid);
      },
      (error: unknown) => {
        tally.failures.push(String(error));
      },
    );
    running.add(one);
    void one.finally(() => running.delete(one));
  }, 1000 / CALLS_PER_SECOND);
  return {
    tally,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(running);
    },
  };
}

/** One signed call of a new patient. @returns uuids of its cards. @throws Error with what went wrong. */
async function call(url: string, isSlow: boolean): Promise<readonly string[]> {
  const { patientId } = (JSON.parse(SAMPLE) as { context: { patientId: string } }).context;
  const body = Buffer.from(SAMPLE.replaceAll(patientId, `p-${randomUUID()}`));
  const token = await new SignJWT({ jti: randomUUID() })
    .setIssuer(ISSUER)
    .setAudience(`${url}${PATH}`)
    .setIssuedAt()
    .setExpirationTime('5m')
    .setProtectedHeader({ alg: 'ES384', typ: 'JWT', kid: 'k' })
    .sign(privateKey);
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': body.length,
  };
  const sent = request(`${url}${PATH}`, { method: 'POST', headers, agent: false });
  const answer = new Promise<{ status: number; content: string }>((resolve, reject) => {
    sent.once('error', reject);
    sent.once('response', (response) => {
      text(response).then((content) => {
        resolve({ status: response.statusCode ?? 0, content });
      }, reject);
    });
  });
  const half = body.length >> 1;
  sent.write(body.subarray(0, half));
  if (isSlow) await pause(SLOW_BODY_MS);
  sent.end(body.subarray(half));
  const { status, content } = await answer;
  if (status !== 200) throw new Error(`status ${String(status)} ${content.slice(0, 200)}`);
  const { cards } = JSON.parse(content) as { cards: readonly { uuid: string }[] };
  if (cards.length === 0) throw new Error('no cards');
  return cards.map(({ uuid }) => uuid);
}

async function cardsIn(databaseUrl: string): Promise<ReadonlySet<string>> {
  const store = await openStore({ databaseUrl, dataDir: '' }, randomUUID);
  const kept = new Set<string>();
  for await (const { cards } of store.decisions()) for (const { uuid } of cards) kept.add(uuid);
  await store.close();
  return kept;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

process.exitCode = await main();
