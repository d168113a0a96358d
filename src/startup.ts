/**
 * What the files that the configuration names must be like before the service starts: trusted clients readable and right, secrets
 * private, nothing that strangers on the machine may rewrite.
 */
import { statSync } from 'node:fs';
import { readClients, type Client } from './auth/clients.ts';
import type { Config } from './config.ts';
import { ServiceError } from './errors.ts';
import { developmentSecretFile } from './store/patient-key.ts';

const OTHERS_WRITE = 0o002;
const OTHERS_READ = 0o044;

/**
 * Problems of access rights, in production only: a developer's machine has one user.
 *
 * A secret file is DATA_DIR/patient-key-secret: whoever reads it can tell which stored patient is which. CLIENTS_FILE and POLICY_FILE
 * hold nothing secret, but who can write them can let an EHR in or change advice.
 */
export function fileProblems({ nodeEnv, clientsFile, policyFile, dataDir }: Config): string[] {
  if (nodeEnv !== 'production' || process.platform === 'win32') return [];
  return [
    ...(modeOf(clientsFile) & OTHERS_WRITE
      ? ['CLIENTS_FILE can be written by every user of the machine']
      : []),
    ...(modeOf(policyFile) & OTHERS_WRITE ? ['POLICY_FILE can be written by every user of the machine'] : []),
    ...(modeOf(dataDir) & OTHERS_WRITE ? ['DATA_DIR can be written by every user of the machine'] : []),
    ...(modeOf(developmentSecretFile(dataDir)) & OTHERS_READ
      ? [
          'DATA_DIR holds a patient-key-secret that other users can read: make a new secret, then chmod 600 or remove it',
        ]
      : []),
  ];
}

/** Permission bits; 0 for what is not there: reading it tells that better. */
function modeOf(path: string | undefined): number {
  return path === undefined ? 0 : (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o777;
}

/** The trusted clients, or the problems of their file as lines. */
export function clientsOf({ clientsFile, nodeEnv }: Config): {
  clients: readonly Client[];
  problems: string[];
} {
  if (clientsFile === undefined) return { clients: [], problems: [] };
  try {
    return { clients: readClients(clientsFile, { production: nodeEnv === 'production' }), problems: [] };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { clients: [], problems: error.detail.split('\n') };
  }
}
