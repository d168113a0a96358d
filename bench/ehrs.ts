/** EHRs that sign their calls: so many that the rate of one does not bound the measurement. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** Each may make 50 calls a second with bursts of 200 (src/http/limits.ts). */
const HOW_MANY = 200;
const BASE_URL = 'https://cds.example.org';

export interface Ehrs {
  /** Environment of a server that trusts them. */
  readonly env: Readonly<Record<string, string>>;
  /** A fresh token of EHR number `n`, for a path below BASE_URL. */
  token(path: string, alg: 'ES384' | 'RS384', n: number): Promise<string>;
  remove(): void;
}

export async function makeEhrs(): Promise<Ehrs> {
  const keys = {
    ES384: await generateKeyPair('ES384', { extractable: true }),
    RS384: await generateKeyPair('RS384', { extractable: true }),
  };
  const jwks = {
    keys: await Promise.all(
      (['ES384', 'RS384'] as const).map(async (alg) => ({
        ...(await exportJWK(keys[alg].publicKey)),
        kid: alg,
      })),
    ),
  };
  const issuer = (n: number): string => `https://ehr-${String(n % HOW_MANY)}.example.org`;
  const clients = Array.from({ length: HOW_MANY }, (_, n) => ({
    name: `ehr-${String(n)}`,
    iss: issuer(n),
    jwks,
    fhirServers: [`${issuer(n)}/fhir`],
  }));
  const folder = mkdtempSync(join(tmpdir(), 'bench-ehrs-'));
  const file = join(folder, 'clients.json');
  writeFileSync(file, JSON.stringify({ clients }), { mode: 0o600 });
  return {
    env: { AUTH: 'required', BASE_URL, CLIENTS_FILE: file },
    token: (path, alg, n) => {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({
        iss: issuer(n),
        aud: `${BASE_URL}${path}`,
        iat: now,
        exp: now + 3000,
        jti: randomUUID(),
      })
        .setProtectedHeader({ alg, typ: 'JWT', kid: alg })
        .sign(keys[alg].privateKey);
    },
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
