/**
 * A Group of a FHIR server into a folder of NDJSON: Bulk Data `$export` from kick-off to deletion.
 *
 * @see https://hl7.org/fhir/uv/bulkdata/export.html
 */
import { randomUUID } from 'node:crypto';
import { readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ServiceError } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { readSigningKey, tokenSource, type TokenSource } from './backend-services.ts';
import {
  BULK_LIMITS,
  bulkRequests,
  checkedUrl,
  unavailable,
  type Answer,
  type BulkLimits,
  type BulkRequests,
} from './bulk-requests.ts';
import type { SourceOptions } from './source-item.ts';

export interface BulkServer {
  /** FHIR base URL. */
  readonly baseUrl: string;
  readonly group: string;
  /** SMART Backend Services; without it requests carry no token. */
  readonly client?: {
    readonly clientId: string;
    /** A private JWK or JWK Set. */
    readonly keyFile: string;
    /** From `.well-known/smart-configuration` when it is on the server's own origin and not given. */
    readonly tokenUrl?: string;
    readonly scope?: string;
  };
  readonly limits?: Partial<BulkLimits>;
}

const TYPES =
  'Patient,Condition,Observation,MedicationRequest,MedicationStatement,Medication,Procedure,DiagnosticReport,ServiceRequest,Encounter';
const FHIR_JSON = { accept: 'application/fhir+json' };
const MOST_FILES = 20_000;

/**
 * @param folder where the files go; they are named by type and number.
 * @throws ServiceError ERR_BAD_REQUEST for a server or Group that cannot be asked, ERR_CONFIG for a key file that cannot be used,
 *   ERR_DATA_UNAVAILABLE when the export fails. What the server could not export itself is told as a problem.
 */
export async function exportGroup(server: BulkServer, folder: string, options: SourceOptions): Promise<void> {
  const base = checkedUrl(server.baseUrl, 'the FHIR server').replace(/(?<!\/)\/+$/, '');
  if (!/^[A-Za-z0-9\-.]{1,64}$/.test(server.group))
    throw new ServiceError('ERR_BAD_REQUEST', 'the Group must be a FHIR id');
  const limits = { ...BULK_LIMITS, ...server.limits };
  const timeout = AbortSignal.timeout(limits.totalMs);
  let tokens: TokenSource | undefined;
  const requests = bulkRequests({
    base,
    limits,
    tokens: () => tokens,
    signal: options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]),
  });
  try {
    if (server.client !== undefined) tokens = await tokensOf(server.client, base, requests);
    await run(requests, base, server.group, folder, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (timeout.aborted) throw unavailable('the export took longer than allowed');
    throw error;
  } finally {
    await requests.close();
  }
}

async function tokensOf(
  client: NonNullable<BulkServer['client']>,
  base: string,
  requests: BulkRequests,
): Promise<TokenSource> {
  const key = await readSigningKey(client.keyFile);
  const tokenUrl =
    client.tokenUrl === undefined
      ? await discovered(base, requests)
      : checkedUrl(client.tokenUrl, 'the token URL');
  return tokenSource({
    tokenUrl,
    clientId: client.clientId,
    key,
    scope: client.scope ?? 'system/*.read',
    post: (url, form) => requests.post(url, form),
    newUuid: randomUUID,
    now: Date.now,
  });
}

async function discovered(base: string, requests: BulkRequests): Promise<string> {
  const answer = await requests.ask(`${base}/.well-known/smart-configuration`, {
    headers: { accept: 'application/json' },
    withToken: false,
  });
  const content = await requests.json(answer);
  const url = isJsonObject(content) ? content['token_endpoint'] : undefined;
  if (answer.status !== 200 || typeof url !== 'string')
    throw unavailable('the server names no token endpoint; give the token URL');
  try {
    return requests.inside(url, 'token endpoint');
  } catch {
    throw unavailable('the token endpoint is on another host; give the token URL if you trust it');
  }
}

async function run(
  requests: BulkRequests,
  base: string,
  group: string,
  folder: string,
  options: SourceOptions,
): Promise<void> {
  const statusUrl = await kickOff(
    requests,
    `${base}/Group/${group}/$export?_type=${encodeURIComponent(TYPES)}`,
  );
  try {
    await downloadAll(requests, await manifestOf(requests, statusUrl), folder, options);
  } finally {
    // Politeness: the server may forget the files. Whether it does is its own affair.
    await requests.ask(statusUrl, { method: 'DELETE' }).then(
      ({ body }) => body.dump(),
      () => undefined,
    );
  }
}

async function kickOff(requests: BulkRequests, url: string): Promise<string> {
  const answer = await requests.ask(url, { headers: { ...FHIR_JSON, prefer: 'respond-async' } });
  await answer.body.dump();
  const location = answer.headers['content-location'];
  if (answer.status !== 202 || typeof location !== 'string')
    throw unavailable(`the server does not start the export (status ${String(answer.status)})`);
  return requests.inside(location, 'status URL');
}

/** Polls until the export is done. */
async function manifestOf(requests: BulkRequests, statusUrl: string): Promise<JsonObject> {
  for (let attempt = 1; ; attempt += 1) {
    const answer: Answer = await requests.ask(statusUrl, { headers: { accept: 'application/json' } });
    if (answer.status === 202) {
      await answer.body.dump();
      await requests.pause(answer, attempt);
      continue;
    }
    const manifest = await requests.json(answer);
    if (answer.status !== 200 || !isJsonObject(manifest))
      throw unavailable(`the export failed (status ${String(answer.status)})`);
    return manifest;
  }
}

async function downloadAll(
  requests: BulkRequests,
  manifest: JsonObject,
  folder: string,
  options: SourceOptions,
): Promise<void> {
  const withToken = manifest['requiresAccessToken'] !== false;
  const files = filesOf(manifest['output']);
  const errors = filesOf(manifest['error']);
  // All links first: a manifest with one that leads away is not trusted at all.
  const urls = [...files, ...errors].map(({ url }) => requests.inside(url, 'link of the manifest'));
  if (Array.isArray(manifest['link']) && manifest['link'].length > 0)
    options.onProblem?.({
      kind: 'problem',
      file: 'manifest',
      reason: 'has further pages, which are not read',
    });
  for (const [number, { type }] of files.entries()) {
    const path = join(folder, `${type}.${String(number).padStart(3, '0')}.ndjson`);
    if (await requests.download(urls[number] ?? '', withToken, path)) await rename(path, `${path}.gz`);
    options.onProgress?.(number + 1, files.length);
  }
  for (const url of urls.slice(files.length)) await tellErrors(requests, url, withToken, folder, options);
}

function filesOf(list: unknown): readonly { readonly type: string; readonly url: string }[] {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list) || list.length > MOST_FILES) throw unavailable('the manifest cannot be read');
  return list.map((entry: unknown) => {
    if (!isJsonObject(entry) || typeof entry['url'] !== 'string')
      throw unavailable('the manifest cannot be read');
    const type = entry['type'];
    return {
      type: typeof type === 'string' && /^[A-Z][A-Za-z]{1,40}$/.test(type) ? type : 'Resource',
      url: entry['url'],
    };
  });
}

/** How many things the server says it could not export; its words stay out, they may name patients. */
async function tellErrors(
  requests: BulkRequests,
  url: string,
  withToken: boolean,
  folder: string,
  { onProblem }: SourceOptions,
): Promise<void> {
  const path = join(folder, 'errors');
  const gzipped = await requests.download(url, withToken, path);
  const lines = gzipped
    ? undefined
    : (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '').length;
  await unlink(path);
  const count = lines === undefined ? 'errors' : `${String(lines)} error${lines === 1 ? '' : 's'}`;
  onProblem?.({ kind: 'problem', file: 'manifest', reason: `the server reports ${count} in its export` });
}
