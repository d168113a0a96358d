/**
 * Proof that what was acknowledged is kept, and that a store that fails costs the record and never the card.
 *
 *   npm run test:faults [-- --short]
 *
 * kill -9 at random moments under load, a full disk, a read-only folder, a database that is restarted, unreachable or hangs, two
 * replicas on one database. Prints the figures of docs/reliability.md; ends with 1 when a promise is broken.
 */
import { randomUUID } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { openStore, type StoreLocation } from '../../src/store/open.ts';
import type { Store } from '../../src/store/contract.ts';
import { dropSchema, freshDatabase, postgresUrl, SKIPPED } from '../store/postgres.ts';
import { proxyTo } from './proxy.ts';
import {
  eventually,
  override,
  patientView,
  readiness,
  startServer,
  type ServerProcess,
} from './server-process.ts';

const isShort = process.argv.includes('--short');
const KILLS = isShort ? 4 : 25;
const CALLERS = 6;
const LONGEST_LIFE_MS = 700;
const NOBODY = 65_534;

const scratch = mkdtempSync(join(tmpdir(), 'faults-'));
chmodSync(scratch, 0o755);
let broken = 0;

function check(holds: boolean, promise: string): void {
  if (!holds) broken += 1;
  console.log(`  ${holds ? 'ok    ' : 'BROKEN'} ${promise}`);
}

function envOf({ databaseUrl, dataDir }: StoreLocation): Record<string, string> {
  return {
    DATA_DIR: dataDir,
    PATIENT_KEY_SECRET: 'a secret of the fault tests, long enough',
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  };
}

interface Acknowledged {
  readonly cards: Set<string>;
  readonly feedback: Set<string>;
}

/** Calls until the server is gone; notes what was answered. */
async function load(url: string, seen: Acknowledged): Promise<void> {
  for (let call = 0; ; call += 1) {
    try {
      const cards = await patientView(url, `p-${randomUUID()}`);
      for (const { uuid } of cards) seen.cards.add(uuid);
      const [card] = cards;
      if (card !== undefined && call % 3 === 0 && (await override(url, card.uuid)) === 200)
        seen.feedback.add(card.uuid);
    } catch {
      return;
    }
  }
}

async function killing(name: string, location: StoreLocation): Promise<void> {
  console.log(`\n${name}: kill -9 under load, ${String(KILLS)} times`);
  const seen: Acknowledged = { cards: new Set(), feedback: new Set() };
  const starts: number[] = [];
  let degraded = 0;
  for (let round = 0; round < KILLS; round += 1) {
    const server = await startServer(envOf(location));
    starts.push(server.startMs);
    const callers = Array.from({ length: CALLERS }, () => load(server.url, seen));
    await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * LONGEST_LIFE_MS));
    await server.kill('SIGKILL');
    await Promise.all(callers);
    if (/the store fails/.test(server.output())) degraded += 1;
  }
  const store = await openStore(location, randomUUID);
  const kept = await keptIn(store);
  await store.close();
  const lost = (all: ReadonlySet<string>, found: ReadonlySet<string>): number =>
    [...all].filter((uuid) => !found.has(uuid)).length;
  const lostCards = lost(seen.cards, kept.cards);
  const lostFeedback = lost(seen.feedback, kept.feedback);
  starts.sort((a, b) => a - b);
  console.log(
    `  figures: ${String(KILLS)} kills, ${String(seen.cards.size)} cards and ${String(seen.feedback.size)} feedback acknowledged, ${String(lostCards)} and ${String(lostFeedback)} lost; start median ${starts[KILLS >> 1]?.toFixed(0) ?? ''} ms, worst ${starts.at(-1)?.toFixed(0) ?? ''} ms`,
  );
  check(seen.cards.size > KILLS && seen.feedback.size > 0, 'there was load');
  check(lostCards === 0, 'no acknowledged decision is lost');
  check(lostFeedback === 0, 'no acknowledged feedback is lost');
  check(degraded === 0, 'the store never failed while the server lived');
}

async function keptIn(store: Store): Promise<Acknowledged> {
  const cards = new Set<string>();
  const feedback = new Set<string>();
  for await (const decision of store.decisions()) for (const { uuid } of decision.cards) cards.add(uuid);
  for await (const { card, isKnown } of store.feedback()) if (isKnown) feedback.add(card);
  return { cards, feedback };
}

/** Cards come, readiness says degraded and stays 200, feedback is refused with 503. */
async function expectDegraded(server: ServerProcess, when: string): Promise<void> {
  // The first call notices.
  const cards = await patientView(server.url, 'p-degraded');
  check(cards.length > 0, `${when}: cards are answered`);
  const noticed = await eventually(async () => {
    await patientView(server.url, `p-${randomUUID()}`);
    return (await readiness(server.url)).body.status === 'degraded';
  });
  check(noticed, `${when}: /readyz says degraded`);
  check((await readiness(server.url)).status === 200, `${when}: /readyz stays 200`);
  const [card] = await patientView(server.url, 'p-degraded');
  check((await override(server.url, card?.uuid ?? '')) === 503, `${when}: feedback is refused with 503`);
}

async function expectWorking(server: ServerProcess, when: string): Promise<void> {
  const again = await eventually(async () => (await readiness(server.url)).body.status === 'ready');
  check(again, `${when}: /readyz says ready again`);
  const [card] = await patientView(server.url, `p-${randomUUID()}`);
  check((await override(server.url, card?.uuid ?? '')) === 200, `${when}: feedback is kept again`);
}

async function badFolders(): Promise<void> {
  console.log('\nSQLite: folders that cannot be written');
  const file = join(scratch, 'a-file');
  writeFileSync(file, '');
  const noFolder = await startServer({ ...envOf({ dataDir: join(file, 'data') }) });
  await expectDegraded(noFolder, 'DATA_DIR below a file');
  await noFolder.kill('SIGTERM');
  const readOnly = join(scratch, 'read-only');
  mkdirSync(readOnly);
  chmodSync(readOnly, 0o555);
  const isRoot = process.getuid?.() === 0;
  const server = await startServer(envOf({ dataDir: readOnly }), isRoot ? NOBODY : undefined).catch(
    (error: unknown) => error,
  );
  if (server instanceof Error) {
    console.log('  skipped: another user cannot run the server from this folder');
    return;
  }
  await expectDegraded(server as ServerProcess, 'read-only DATA_DIR');
  await (server as ServerProcess).kill('SIGTERM');
}

async function fullDisk(): Promise<void> {
  console.log('\nSQLite: disk full');
  const disk = join(scratch, 'small-disk');
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    console.log('  skipped: a small file system cannot be mounted here (needs root)');
    return;
  }
  try {
    const server = await startServer(envOf({ dataDir: disk }));
    const filled = await eventually(async () => {
      for (let call = 0; call < 50; call += 1) await patientView(server.url, `p-${randomUUID()}`);
      return (await readiness(server.url)).body.status === 'degraded';
    }, 60_000);
    check(filled, 'the disk is full: /readyz says degraded');
    check((await patientView(server.url, 'p-full')).length > 0, 'the disk is full: cards are answered');
    execFileSync('mount', ['-o', 'remount,size=32m', disk], { stdio: 'ignore' });
    await expectWorking(server, 'room again');
    await server.kill('SIGTERM');
  } finally {
    execFileSync('umount', [disk]);
  }
}

async function badDatabase(): Promise<void> {
  console.log('\nPostgreSQL: restarted, unreachable, hanging');
  const databaseUrl = await freshDatabase();
  const proxy = await proxyTo(databaseUrl);
  const location = { dataDir: scratch, databaseUrl: proxy.url };
  const server = await startServer(envOf(location));
  await expectWorking(server, 'at start');
  proxy.set('refuse');
  await expectDegraded(server, 'unreachable');
  proxy.set('open');
  await expectWorking(server, 'reachable again');
  proxy.set('hang');
  await expectDegraded(server, 'hanging');
  proxy.set('open');
  await expectWorking(server, 'answering again');
  proxy.set('open'); // cuts every connection: what a restart of the database looks like
  check((await patientView(server.url, 'p-restart')).length > 0, 'restarted: cards are answered');
  await expectWorking(server, 'restarted');
  await server.kill('SIGTERM');
  proxy.set('refuse');
  const late = await startServer(envOf(location));
  await expectDegraded(late, 'not there at start');
  proxy.set('open');
  await expectWorking(late, 'there after the start');
  await late.kill('SIGTERM');
  await proxy.close();
  await dropSchema({ databaseUrl });
}

async function replicas(): Promise<void> {
  console.log('\nPostgreSQL: two replicas');
  const location = { dataDir: scratch, databaseUrl: await freshDatabase() };
  const [one, two] = await Promise.all([startServer(envOf(location)), startServer(envOf(location))]);
  check(true, 'both start on an empty database at the same time');
  const patient = `p-${randomUUID()}`;
  const [card] = await patientView(one.url, patient);
  const topic = card?.source.topic.code ?? '';
  check((await override(one.url, card?.uuid ?? '')) === 200, 'feedback is given to one');
  const onTwo = await patientView(two.url, patient);
  check(
    !onTwo.some(({ source }) => source.topic.code === topic),
    `it quiets ${topic} for the patient on the other`,
  );
  const others = await patientView(two.url, `p-${randomUUID()}`);
  check(
    others.some(({ source }) => source.topic.code === topic),
    'and for no other patient',
  );
  await Promise.all([one.kill('SIGTERM'), two.kill('SIGTERM')]);
  await oneToken(location);
  await dropSchema(location);
}

/** A signed token is taken by one of two replicas, and by that one once. */
async function oneToken(location: StoreLocation): Promise<void> {
  const { privateKey, publicKey } = await generateKeyPair('ES384', { extractable: true });
  const clientsFile = join(scratch, 'clients.json');
  const key = { ...(await exportJWK(publicKey)), kid: 'k1' };
  const client = { name: 'ehr', iss: 'https://ehr.example', jwks: { keys: [key] }, fhirServers: [] };
  writeFileSync(clientsFile, JSON.stringify({ clients: [client] }));
  const env = {
    ...envOf(location),
    AUTH: 'required',
    CLIENTS_FILE: clientsFile,
    BASE_URL: 'https://cds.example',
  };
  const servers = await Promise.all([startServer(env), startServer(env)]);
  const path = '/cds-services/bone-heart-patient-view';
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    iss: client.iss,
    aud: `https://cds.example${path}`,
    iat,
    exp: iat + 300,
    jti: randomUUID(),
  };
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES384', typ: 'JWT', kid: 'k1' })
    .sign(privateKey);
  const statuses = await Promise.all(
    [...servers, ...servers].map(async ({ url }) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
      return (await fetch(`${url}${path}`, { method: 'POST', headers, body: '{}' })).status;
    }),
  );
  // 400: the token was taken, the empty body is not a hook call.
  check(
    statuses.sort().join() === '400,401,401,401',
    `a token used on one replica is refused on the other (${statuses.join()})`,
  );
  await Promise.all(servers.map((server) => server.kill('SIGTERM')));
}

/** pg_dump and pg_restore as docs/reliability.md has them: what was kept is there again. */
async function restored(location: StoreLocation): Promise<void> {
  console.log('\nPostgreSQL: backup and restore');
  const { databaseUrl = '' } = location;
  const file = join(scratch, 'store.dump');
  const url = new URL(databaseUrl);
  const schema = /search_path=(\w+)/.exec(url.searchParams.get('options') ?? '')?.[1] ?? '';
  url.searchParams.delete('options');
  const count = async (): Promise<string> => {
    const store = await openStore(location, randomUUID);
    const { cards, feedback } = await keptIn(store);
    await store.close();
    return `${String(cards.size)} cards, ${String(feedback.size)} feedback`;
  };
  const before = await count();
  try {
    execFileSync('pg_dump', ['--format=custom', `--schema=${schema}`, `--file=${file}`, url.href]);
  } catch {
    console.log('  skipped: no pg_dump that fits the server');
    return;
  }
  await dropSchema(location);
  execFileSync('pg_restore', ['--clean', '--if-exists', `--dbname=${url.href}`, file], { stdio: 'ignore' });
  check((await count()) === before, `restored: ${before}`);
}

await killing('SQLite', { dataDir: join(scratch, 'sqlite') });
await badFolders();
await fullDisk();
if (postgresUrl === undefined) console.log(`\n${SKIPPED}`);
else {
  const location = { dataDir: scratch, databaseUrl: await freshDatabase() };
  await killing('PostgreSQL', location);
  await restored(location);
  await dropSchema(location);
  await badDatabase();
  await replicas();
}
rmSync(scratch, { recursive: true, force: true });
console.log(broken === 0 ? '\nevery promise holds' : `\n${String(broken)} promises are BROKEN`);
process.exit(broken === 0 ? 0 : 1);
