/** The real server as a process with AUTH=required, the EHR that it trusts, and requests to it down to the byte. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompactSign, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { startServer } from '../faults/server-process.ts';

export const BASE = 'https://cds.example.org';
export const VIEW = '/cds-services/bone-heart-patient-view';
export const SAMPLE = readFileSync(
  new URL('../../fixtures/requests/patient-view-low-bmd.json', import.meta.url),
  'utf8',
);

export interface TrustedEhr {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  /** Everything that the process has printed. */
  output(): string;
  /** A token of the EHR for an endpoint; `undefined` takes a claim out. */
  token(
    endpoint: string,
    claims?: Record<string, unknown>,
    header?: Record<string, unknown>,
  ): Promise<string>;
  /** A token whose claims are this text. */
  tokenOf(claims: string): Promise<string>;
  /** POST with a fresh token, unless the headers say otherwise. */
  post(endpoint: string, body?: string, headers?: Record<string, string>): Promise<Response>;
  /** Sends bytes as they are, and gives back what came until the connection ended or fell silent. */
  raw(bytes: string | Buffer, silentMs?: number): Promise<string>;
  stop(): Promise<void>;
}

/** @param client more members of the EHR's entry in CLIENTS_FILE. */
export async function startTrusted(
  env: Readonly<Record<string, string>> = {},
  client: Readonly<Record<string, unknown>> = {},
): Promise<TrustedEhr> {
  const { publicKey, privateKey } = await generateKeyPair('ES384', { extractable: true });
  const folder = mkdtempSync(join(tmpdir(), 'trusted-'));
  const clients = ['ehr', 'other'].map((name) => ({
    name,
    iss: `https://${name}.example.org`,
    jwks: { keys: [] as unknown[] },
    fhirServers: [`https://${name}.example.org/fhir`],
    ...(name === 'ehr' ? client : {}),
  }));
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1' };
  for (const one of clients) one.jwks.keys.push(jwk);
  const file = join(folder, 'clients.json');
  writeFileSync(file, JSON.stringify({ clients }), { mode: 0o600 });
  const server = await startServer({
    AUTH: 'required',
    BASE_URL: BASE,
    CLIENTS_FILE: file,
    CORS_ORIGINS: 'https://app.example.org',
    DATA_DIR: join(folder, 'data'),
    LOG_LEVEL: 'trace',
    ...env,
  });
  const port = Number(new URL(server.url).port);

  function token(
    endpoint: string,
    claims: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: 'https://ehr.example.org', aud: `${BASE}${endpoint}`, iat: now, exp: now + 300 };
    return new SignJWT({ ...all, jti: randomUUID(), ...claims })
      .setProtectedHeader({ alg: 'ES384', typ: 'JWT', kid: 'k1', ...header })
      .sign(privateKey);
  }

  function tokenOf(claims: string): Promise<string> {
    return new CompactSign(Buffer.from(claims))
      .setProtectedHeader({ alg: 'ES384', typ: 'JWT', kid: 'k1' })
      .sign(privateKey);
  }

  return {
    url: server.url,
    tokenOf,
    port,
    folder,
    output: () => server.output(),
    token,
    async post(endpoint, body = SAMPLE, headers = {}) {
      const authorization = headers['authorization'] ?? `Bearer ${await token(endpoint)}`;
      return fetch(`${server.url}${endpoint}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers, authorization },
        body,
      });
    },
    raw: (bytes, silentMs = 2000) => exchange(port, bytes, silentMs),
    async stop() {
      await server.kill('SIGTERM');
      rmSync(folder, { recursive: true });
    },
  };
}

function exchange(port: number, bytes: string | Buffer, silentMs: number): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(bytes);
    });
    socket.setTimeout(silentMs, () => socket.destroy());
    socket.on('data', (data) => {
      received += data.toString('latin1');
      // The answer has begun: what follows comes at once.
      socket.setTimeout(Math.min(silentMs, 150));
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(received);
    });
  });
}

/** Status codes in the order in which answers came. */
export function statusesOf(received: string): number[] {
  return [...received.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
}
