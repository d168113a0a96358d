/**
 * CLIENTS_FILE: the EHRs that may call, their keys, and what they may make us call.
 *
 * @see design.md 3; https://cds-hooks.hl7.org/2.0/#trusting-cds-clients
 */
import { Type, type Static } from 'typebox';
import { ServiceError } from '../errors.ts';
import { isMetadataHost, normalizeBase } from '../gather/outbound.ts';
import { PROFILE_NAMES } from '../render-profile.ts';
import { isDemoClient, isDemoKey } from './demo-keys.ts';
import { parseYaml, problemText, readYaml, type Problem, type Read } from '../knowledge/read-yaml.ts';

const closed = { additionalProperties: false } as const;
const url = Type.String({ pattern: '^https?://[^\\s]+$', maxLength: 2048 });
const jwk = Type.Object(
  { kty: Type.Union([Type.Literal('EC'), Type.Literal('RSA')]), kid: Type.String({ minLength: 1 }) },
  { additionalProperties: true },
);

export const clientsSchema = Type.Object(
  {
    clients: Type.Array(
      Type.Object(
        {
          /** Stands in logs, numbers and the store. */
          name: Type.String({ pattern: '^(?!unauthenticated$)[A-Za-z0-9][A-Za-z0-9._ -]{0,62}$' }),
          /** `iss` of its tokens, exactly. */
          iss: Type.String({ minLength: 1, maxLength: 2048 }),
          jku: Type.Optional(url),
          jwks: Type.Optional(Type.Object({ keys: Type.Array(jwk, { minItems: 1 }) }, closed)),
          /** Beside the URL of the endpoint that is called: what a site has typed in by hand. */
          audiences: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 2048 }))),
          tenants: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })),
          fhirServers: Type.Array(url),
          /** Web origins whose pages may read answers, beside CORS_ORIGINS. */
          origins: Type.Optional(Type.Array(Type.String({ pattern: '^https?://[^\\s/]+$' }))),
          /** How its cards are rendered. */
          profile: Type.Optional(Type.Union(PROFILE_NAMES.map((name) => Type.Literal(name)))),
        },
        closed,
      ),
      { minItems: 1 },
    ),
  },
  closed,
);

export type Client = Readonly<Static<typeof clientsSchema>['clients'][number]>;

/**
 * Reads the trusted clients.
 *
 * @throws ServiceError ERR_CONFIG with every problem by path and line: the schema, an iss or name given twice, both or neither of
 *   jku and jwks, keys that could never verify, private key material, plain http beyond this machine, a FHIR server that is no base
 *   URL; with `production` also keys whose private half is published.
 */
export function readClients(file: string, options: ClientRules): readonly Client[] {
  return checked(readYaml(file, clientsSchema), options);
}

/** The same from text; for tests. */
export function parseClients(
  source: string,
  options: ClientRules = { production: false },
): readonly Client[] {
  return checked(parseYaml(source, clientsSchema), options);
}

export interface ClientRules {
  readonly production: boolean;
}

function checked(read: Read<Static<typeof clientsSchema>>, { production }: ClientRules): readonly Client[] {
  const problems =
    'problems' in read
      ? read.problems
      : problemsOf(read.value.clients, production, (path) => read.lineOf(path));
  if ('problems' in read || problems.length > 0)
    throw new ServiceError('ERR_CONFIG', problems.map((one) => problemText('CLIENTS_FILE', one)).join('\n'));
  return Object.freeze(read.value.clients);
}

type LineOf = (path: string) => number;

function problemsOf(clients: readonly Client[], production: boolean, lineOf: LineOf): Problem[] {
  return clients.flatMap((client, index) => {
    const at = (key: string, message: string): Problem => {
      const path = `/clients/${String(index)}/${key}`;
      return { path, line: lineOf(path), message };
    };
    const others = clients.slice(0, index);
    return [
      ...(others.some(({ iss }) => iss === client.iss) ? [at('iss', 'is given twice')] : []),
      ...(others.some(({ name }) => name === client.name) ? [at('name', 'is given twice')] : []),
      ...((client.jku === undefined) === (client.jwks === undefined)
        ? [at('jku', 'give either jku or jwks')]
        : []),
      ...(client.jku !== undefined && !isSafeUrl(client.jku) ? [at('jku', SAFE_URL)] : []),
      ...(client.jwks?.keys ?? []).flatMap((key, number, keys) =>
        keyProblems(key, keys.slice(0, number)).map((message) => at(`jwks/keys/${String(number)}`, message)),
      ),
      ...(production && isDemoClient(client) ? [at('iss', DEMO)] : []),
      ...(production && (client.jwks?.keys ?? []).some(isDemoKey) ? [at('jwks', DEMO)] : []),
      ...(client.origins ?? []).flatMap((origin, number) =>
        URL.parse(origin)?.origin === origin
          ? []
          : [at(`origins/${String(number)}`, 'must be an origin as a browser sends it')],
      ),
      ...client.fhirServers.flatMap((server, number) =>
        normalizeBase(server) === undefined || !isSafeUrl(server)
          ? [at(`fhirServers/${String(number)}`, SAFE_URL)]
          : [],
      ),
    ];
  });
}

type GivenKey = NonNullable<Client['jwks']>['keys'][number];

/** A key that can never verify would let nobody in, and nobody would know why. */
function keyProblems(key: GivenKey, others: readonly GivenKey[]): string[] {
  const { kty, kid, crv, n } = { crv: undefined, n: undefined, ...key } as GivenKey & Record<string, unknown>;
  const fits =
    kty === 'EC'
      ? crv === 'P-384'
      : typeof n === 'string' && Buffer.from(n, 'base64url').length >= SHORTEST_RSA_BYTES;
  return [
    ...(PRIVATE_MEMBERS.some((member) => member in key)
      ? ['holds a private key: give the public one, and change this one']
      : []),
    ...(fits ? [] : ['must be an EC key on P-384 (ES384) or an RSA key of at least 2048 bits (RS384)']),
    ...(others.some((other) => other.kid === kid) ? ['kid is given twice'] : []),
  ];
}

const SHORTEST_RSA_BYTES = 256;
const DEMO = 'is published with its private key, for tests only: refused in production';
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'] as const;
const SAFE_URL = 'must be an https URL without user info, dot segments or query; http only on this machine';

/** https, or http on a loopback host. */
function isSafeUrl(text: string): boolean {
  const parsed = URL.parse(text);
  if (parsed === null || parsed.username !== '' || parsed.password !== '' || parsed.hash !== '') return false;
  if (isMetadataHost(parsed.hostname)) return false;
  return parsed.protocol === 'https:' || isLoopbackHost(parsed.hostname);
}

export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
