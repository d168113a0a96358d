/**
 * The patient as the store knows one: a keyed hash, so that feedback of one patient finds its cards again and nobody who
 * reads the store learns who it is.
 */
import { createHmac, randomBytes, type KeyObject } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `HMAC-SHA-256(secret, issuer | patient id)`, hex.
 *
 * @param issuer of the calling client, so that equal ids of two EHRs are two patients; '' without authentication.
 */
export function patientKey(secret: string | KeyObject, issuer: string, patientId: string): string {
  // Length first: no issuer can be made to end where an id begins.
  return createHmac('sha256', secret)
    .update(`${String(issuer.length)}|${issuer}|${patientId}`)
    .digest('hex');
}

const SECRET_FILE = 'patient-key-secret';
const SECRET_BYTES = 32;

export function developmentSecretFile(dataDir: string): string {
  return join(dataDir, SECRET_FILE);
}

/**
 * The development secret in `dataDir`, made at first start. A second process that starts at the same time reads what the first
 * one wrote.
 *
 * @throws the error of the file system, for instance EACCES.
 */
export function developmentSecret(dataDir: string): string {
  const path = developmentSecretFile(dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (!existsSync(path)) {
    // Written aside and linked in one step: a process that starts at the same time never reads half a secret.
    const draft = `${path}.${String(process.pid)}`;
    writeFileSync(draft, `${randomBytes(SECRET_BYTES).toString('hex')}\n`, { mode: 0o600 });
    linkNew(draft, path);
    unlinkSync(draft);
  }
  return readFileSync(path, 'utf8').trim();
}

function linkNew(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
