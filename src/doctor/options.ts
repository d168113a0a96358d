/** The command line of the doctor. */
import { parseArgs } from 'node:util';
import { isLoopbackHost } from '../auth/clients.ts';
import { isJsonObject } from '../json.ts';

export const DOCTOR_USAGE = `doctor URL [options]    plays an EHR against the CDS service at URL and reports by checklist row

  URL                  base URL of the service, with or without /cds-services
  --service ID         only this CDS service (may be repeated)
  --only ROW           only rows that begin so: X, X-5, X-5.none (may be repeated)
  --request FILE       a hook request that gets cards, used in place of the synthetic one for its hook (may be repeated)
  --json               the report as JSON
  --timeout SECONDS    for one call, 10 by default
  --max-requests N     2,000 by default
  --header 'NAME: V'   sent with every call, e.g. for a gateway; never shown (may be repeated)
  --origin URL         web origin for the CORS rows, https://ehr.example.org by default

Who the doctor is, for a service that wants tokens (what to register there is in docs/doctor.md):
  --iss ISS            issuer, as registered
  --key FILE           private key, PEM or JWK; without it the doctor makes keys and offers the public ones
  --kid KID            key id, when the file has none
  --jwks-port PORT     where the doctor offers its public keys: http://127.0.0.1:PORT/jwks.json
  --jku URL            another URL under which the service finds them
  --tenant NAME        claim tenant
  --public-url URL     base URL that the service calls itself by, for aud, when it is not URL
  --make-key FILE      writes a new private key, prints the public one to register, and ends

The doctor's FHIR server:
  --fhir-port PORT     http://127.0.0.1:PORT/fhir, a free port by default
  --fhir-url URL       another URL under which the service reaches it

Exit status: 0 no SHALL row failed, 1 one did, 2 wrong use, unreachable, or tokens wanted and none given.`;

export interface DoctorOptions {
  /** Without /cds-services and slash at the end. */
  readonly base: string;
  readonly isLoopback: boolean;
  readonly services: readonly string[];
  readonly only: readonly string[];
  readonly requestFiles: readonly string[];
  readonly json: boolean;
  readonly timeoutMs: number;
  readonly maxRequests: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly origin: string;
  readonly iss: string | undefined;
  readonly keyFile: string | undefined;
  readonly kid: string | undefined;
  readonly jwksPort: number | undefined;
  readonly jku: string | undefined;
  readonly tenant: string | undefined;
  readonly publicUrl: string | undefined;
  readonly fhirPort: number;
  readonly fhirUrl: string | undefined;
}

export interface MakeKey {
  readonly makeKey: string;
  readonly kid: string;
}

/** A sentence for the user; the command ends with status 2. */
export class UsageError extends Error {}

const OPTIONS = {
  service: { type: 'string', multiple: true },
  only: { type: 'string', multiple: true },
  request: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  timeout: { type: 'string' },
  'max-requests': { type: 'string' },
  header: { type: 'string', multiple: true },
  origin: { type: 'string' },
  iss: { type: 'string' },
  key: { type: 'string' },
  kid: { type: 'string' },
  'jwks-port': { type: 'string' },
  jku: { type: 'string' },
  tenant: { type: 'string' },
  'public-url': { type: 'string' },
  'make-key': { type: 'string' },
  'fhir-port': { type: 'string' },
  'fhir-url': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** @throws UsageError */
export function readOptions(args: readonly string[]): DoctorOptions | MakeKey | 'help' {
  const { values, positionals } = parse(args);
  if (values.help === true) return 'help';
  if (values['make-key'] !== undefined) return { makeKey: values['make-key'], kid: values.kid ?? 'doctor' };
  const [url, ...others] = positionals;
  if (url === undefined || others.length > 0) throw new UsageError('give one URL; --help lists the options');
  const base = baseOf(url);
  const [alone] = (['key', 'kid', 'jwks-port', 'jku', 'tenant'] as const).filter(
    (name) => values[name] !== undefined,
  );
  if (alone !== undefined && values.iss === undefined) throw new UsageError(`--${alone} needs --iss`);
  return {
    base,
    isLoopback: isLoopbackHost(new URL(base).hostname),
    services: values.service ?? [],
    only: values.only ?? [],
    requestFiles: values.request ?? [],
    json: values.json ?? false,
    timeoutMs: Math.round(number('--timeout', values.timeout, 10, 0.1, 120) * 1000),
    maxRequests: number('--max-requests', values['max-requests'], 2000, 1, 100_000),
    headers: Object.fromEntries((values.header ?? []).map(headerOf)),
    origin: values.origin ?? 'https://ehr.example.org',
    iss: values.iss,
    keyFile: values.key,
    kid: values.kid,
    jwksPort:
      values['jwks-port'] === undefined
        ? undefined
        : number('--jwks-port', values['jwks-port'], 0, 0, 65_535),
    jku: values.jku,
    tenant: values.tenant,
    publicUrl: values['public-url'] === undefined ? undefined : baseOf(values['public-url']),
    fhirPort: number('--fhir-port', values['fhir-port'], 0, 0, 65_535),
    fhirUrl: values['fhir-url']?.replace(/(?<!\/)\/+$/, ''),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

/** Of parseArgs: names the option. */
function messageOf(error: unknown): string {
  const message = isJsonObject(error) ? error['message'] : undefined;
  return typeof message === 'string' ? message : 'the options cannot be read';
}

function baseOf(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new UsageError(`${text} is no http or https URL`);
  if (url.username !== '' || url.password !== '')
    throw new UsageError('put credentials into --header, not into the URL');
  const path = url.pathname.replace(/(?<!\/)\/+$/, '').replace(/\/cds-services$/, '');
  return `${url.origin}${path}`;
}

function number(
  name: string,
  text: string | undefined,
  standard: number,
  least: number,
  most: number,
): number {
  if (text === undefined) return standard;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < least || value > most)
    throw new UsageError(`${name} must be a number from ${String(least)} to ${String(most)}`);
  return value;
}

function headerOf(text: string): [string, string] {
  const [, name, value = ''] = /^([!#$%&'*+.^_`|~\w-]+):\s*([\x20-\x7e]*)$/.exec(text) ?? [];
  if (name === undefined) throw new UsageError("--header must look like 'Name: value'");
  return [name.toLowerCase(), value];
}
