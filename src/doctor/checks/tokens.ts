/** X: tokens, right ones and wrong ones, at one service; S-5: what a refusal gives away. */
import { setTimeout as pause } from 'node:timers/promises';
import { answered, CannotCheck, isRefused, statusOf, type Bench, type Outgoing } from '../bench.ts';
import {
  notChecked,
  pass,
  problem,
  problems,
  together,
  type Check,
  type Problem,
  type Verdict,
} from '../check.ts';
import type { Exchange } from '../exchange.ts';
import type { ServiceBench } from '../service-bench.ts';
import { forgeToken, newKey, signToken, type Changes, type Identity } from '../signer.ts';

type Token = NonNullable<Outgoing['token']>;

export const OPEN = 'service accepts calls without token';
const GIVEN = 'every call carries the Authorization of --header';
export const NO_IDENTITY =
  'the service wants a token and the doctor has none (give --iss, and --key or --jwks-port)';

function identityOf({ bench, valid }: ServiceBench): Identity {
  if (bench.options.headers['authorization'] !== undefined) throw new CannotCheck(GIVEN);
  if (bench.auth === 'open') throw new CannotCheck(OPEN);
  if (bench.identity === undefined) throw new CannotCheck(NO_IDENTITY);
  if (valid?.received?.status === 401 || valid?.received?.status === 403)
    throw new CannotCheck(
      "the service refuses the doctor's right token (X-3.valid): of wrong ones nothing could be said",
    );
  return bench.identity;
}

function send(service: ServiceBench, what: string, token: Token): Promise<Exchange> {
  return service.call(what, { send: { token } });
}

function bearer(token: string): Token {
  return { authorization: `Bearer ${token}` };
}

/** Nothing but a refusal will do: a service that fails at a wrong token does not protect anything. */
function isRefusal(exchange: Exchange): boolean {
  return isRefused(exchange) && statusOf(exchange) !== 412;
}

async function refusesEach(
  service: ServiceBench,
  cases: readonly (readonly [string, Token])[],
): Promise<Verdict> {
  const found: Problem[] = [];
  for (const [what, token] of cases) {
    const exchange = await send(service, what, token);
    if (!isRefusal(exchange)) found.push({ text: `${what}: ${answered(exchange)}, not 401`, exchange });
  }
  return problems(found);
}

function refuses(
  id: string,
  level: Check<never>['level'],
  title: string,
  cases: (identity: Identity, service: ServiceBench) => readonly (readonly [string, Token])[],
): Check<ServiceBench> {
  return { id, level, title, run: (service) => refusesEach(service, cases(identityOf(service), service)) };
}

async function accepts(service: ServiceBench, what: string, token: Token): Promise<Verdict> {
  const exchange = await send(service, what, token);
  return statusOf(exchange) === 200 ? pass() : problem(`${what}: ${answered(exchange)}, not 200`, exchange);
}

const without = (claim: string): Changes => ({ claims: { [claim]: undefined } });
const now = (): number => Math.floor(Date.now() / 1000);
const MINUTE = 60;
const HOUR = 3600;

/** The doctor's own keys are changed only where it serves them. */
function requireKeyServer({ bench }: ServiceBench): void {
  if (bench.options.jwksPort === undefined && bench.options.keyFile !== undefined)
    throw new CannotCheck('the service has the key given by hand (--key): the doctor cannot change it');
}

/** The key server, once the service has asked it. */
function askedKeyServer(service: ServiceBench): ServiceBench['bench']['keyServer'] {
  requireKeyServer(service);
  const { keyServer } = service.bench;
  if (keyServer.count() === 0) throw new CannotCheck(NEVER_ASKED);
  return keyServer;
}

const NEVER_ASKED =
  "the service has not asked the doctor's key server: it has the keys given by hand, or cannot reach it";

export const TOKEN_CHECKS: readonly Check<ServiceBench>[] = [
  {
    id: 'X-1',
    level: 'SHOULD',
    title: 'a call without a token, with Basic or with an empty bearer is refused',
    run(service) {
      const { auth, options } = service.bench;
      if (options.headers['authorization'] !== undefined) return notChecked(GIVEN);
      if (auth === 'open') return notChecked(OPEN);
      return refusesEach(service, [
        ['no Authorization', 'none'],
        ['Authorization: Basic', { authorization: 'Basic ZG9jdG9yOmRvY3Rvcg==' }],
        ['an empty bearer', { authorization: 'Bearer ' }],
        ['a bearer that is no JWT', { authorization: 'Bearer doctor' }],
      ]);
    },
  },
  {
    id: 'X-3.valid',
    level: 'SHALL',
    title: 'a right token of a registered client is accepted',
    run({ bench, valid }) {
      if (bench.auth === 'open') return notChecked(OPEN);
      if (bench.identity === undefined) return notChecked(NO_IDENTITY);
      if (valid?.received?.status !== 401 && valid?.received?.status !== 403) return pass();
      const { iss, key, jku } = bench.identity;
      return problem(
        `${answered(valid)}. Is there at the service a client with iss ${iss}, ${jku === undefined ? `key ${key.kid}` : `jku ${jku}`}, and does it call itself ${bench.audience('')} (--public-url)?`,
        valid,
      );
    },
  },
  refuses('X-2.kid', 'SHOULD', 'a token without kid is refused', () => [
    ['no kid', { header: { kid: undefined } }],
    ['a kid of nobody', { header: { kid: 'doctor-kid-of-nobody' } }],
  ]),
  refuses('X-2.typ', 'advice', 'a token whose typ is not JWT is refused', () => [
    ['no typ', { header: { typ: undefined } }],
    ['typ "at+jwt"', { header: { typ: 'at+jwt' } }],
  ]),
  refuses('X-3.claims', 'SHOULD', 'a token without iss, aud, exp, iat or jti is refused', () =>
    ['iss', 'aud', 'exp', 'iat', 'jti'].map((claim) => [`no ${claim}`, without(claim)]),
  ),
  refuses('X-3.types', 'advice', 'exp and iat as text, and a jti that is a number, are refused', () => [
    ['exp as text', { claims: { exp: String(now() + 5 * MINUTE) } }],
    ['iat as text', { claims: { iat: String(now()) } }],
    ['jti as a number', { claims: { jti: 7 } }],
  ]),
  refuses('X-3.issuer', 'SHALL', 'a token of an issuer that is not registered is refused', () => [
    ['another iss', { claims: { iss: 'https://doctor-unknown.example.org' } }],
  ]),
  refuses('X-4.other', 'SHALL', 'a token for another audience is refused', (_, { bench }) => [
    ['aud of another service', { claims: { aud: `${bench.audience('/cds-services')}/doctor-other` } }],
    ['aud of another host', { claims: { aud: 'https://doctor-other.example.org/cds-services' } }],
    ['aud of the discovery endpoint', { claims: { aud: bench.audience('/cds-services') } }],
  ]),
  {
    id: 'X-4.list',
    level: 'SHALL',
    title: 'a token whose aud is a list with the right one is accepted',
    run(service) {
      identityOf(service);
      const aud = ['https://doctor-other.example.org', service.bench.audience(service.path)];
      return accepts(service, 'aud as a list', { claims: { aud } });
    },
  },
  refuses('X-5', 'SHALL', 'alg none and symmetric algorithms are refused', (identity, { bench, path }) =>
    ['none', 'None', 'HS256', 'HS384', 'HS512'].map((alg) => [
      alg.startsWith('HS') ? `${alg} with the public key as secret` : `alg ${alg}, no signature`,
      bearer(forgeToken(identity, bench.audience(path), alg)),
    ]),
  ),
  {
    id: 'X-6',
    level: 'SHOULD',
    title: 'ES384 and RS384 are both accepted',
    async run(service) {
      identityOf(service);
      const [other] = service.bench.otherKeys;
      if (other === undefined) return notChecked('there is only the key of --key');
      return accepts(service, other.alg, { key: other });
    },
  },
  {
    id: 'X-4.key',
    level: 'SHALL',
    title: 'a token that is signed with another key is refused',
    async run(service) {
      const { key } = identityOf(service);
      const stranger = await newKey(key.alg, key.kid);
      return refusesEach(service, [["another key under the registered key's kid", { key: stranger }]]);
    },
  },
  {
    id: 'X-4.changed',
    level: 'SHALL',
    title: 'a token that was changed after signing is refused',
    async run(service) {
      const identity = identityOf(service);
      const [head = '', claims = '', signature = ''] = (
        await signToken(identity, service.bench.audience(service.path))
      ).split('.');
      const content = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
      const later = Buffer.from(JSON.stringify({ ...content, exp: now() + 4 * MINUTE })).toString(
        'base64url',
      );
      return refusesEach(service, [
        ['claims changed after signing', bearer([head, later, signature].join('.'))],
      ]);
    },
  },
  {
    id: 'X-7',
    level: 'SHOULD',
    title: 'a jku that is not registered is refused and never fetched',
    async run(service) {
      const { key } = identityOf(service);
      const { bench } = service;
      const stranger = await newKey(key.alg, 'doctor-stranger');
      const jku = `${bench.elsewhere.url}/jwks.json`;
      strangers.set(bench, stranger.publicJwk);
      const before = bench.elsewhere.requests.length;
      const what = "a stranger's key at a jku that is not registered";
      const exchange = await send(service, what, { key: stranger, header: { jku } });
      const verdicts = [
        isRefusal(exchange) ? pass() : problem(`${what}: ${answered(exchange)}, not 401`, exchange),
      ];
      if (bench.options.isLoopback && bench.elsewhere.requests.length > before)
        verdicts.push(problem(`${what}: the service fetched it`, exchange));
      return together(verdicts);
    },
  },
  {
    id: 'X-8',
    level: 'SHALL',
    title: 'a key that the token itself brings (jwk, x5u) is not used',
    async run(service) {
      const { key } = identityOf(service);
      const { bench } = service;
      const stranger = await newKey(key.alg, key.kid);
      const before = bench.elsewhere.requests.length;
      const verdict = await refusesEach(service, [
        ["a stranger's key in the header jwk", { key: stranger, header: { jwk: stranger.publicJwk } }],
        ['a header x5u', { key: stranger, header: { x5u: `${bench.elsewhere.url}/x5u.pem` } }],
      ]);
      const fetched = bench.options.isLoopback && bench.elsewhere.requests.length > before;
      return together([verdict, fetched ? problem('the service fetched x5u') : pass()]);
    },
  },
  refuses('X-11.expired', 'SHALL', 'an expired token is refused (RFC 7519)', () => [
    ['expired ten minutes ago', { claims: { iat: now() - 15 * MINUTE, exp: now() - 10 * MINUTE } }],
  ]),
  refuses('X-11.future', 'SHALL', 'a token that is not valid yet is refused (RFC 7519)', () => [
    ['nbf in an hour', { claims: { nbf: now() + HOUR, exp: now() + HOUR + 5 * MINUTE } }],
  ]),
  refuses('X-11.issued', 'advice', 'a token issued in the future is refused', () => [
    ['iat in an hour', { claims: { iat: now() + HOUR, exp: now() + HOUR + 5 * MINUTE } }],
  ]),
  refuses('X-11.long', 'advice', 'a token with a life of a year is refused', () => [
    ['exp in a year', { claims: { exp: now() + 365 * 24 * HOUR } }],
  ]),
  {
    id: 'X-10.replay',
    level: 'advice',
    title: 'a token that comes a second time is refused',
    async run(service) {
      const identity = identityOf(service);
      const token = bearer(await signToken(identity, service.bench.audience(service.path)));
      const first = await send(service, 'a token for the first time', token);
      if (statusOf(first) !== 200) return problem(`the first time ${answered(first)}, not 200`, first);
      return refusesEach(service, [['the same token a second time', token]]);
    },
  },
  {
    id: 'X-10.race',
    level: 'advice',
    title: 'of two calls at once with one token, one is answered',
    async run(service) {
      const identity = identityOf(service);
      const token = bearer(await signToken(identity, service.bench.audience(service.path)));
      const both = await Promise.all(
        [1, 2].map(() => send(service, 'one token in two calls at once', token)),
      );
      const taken = both.filter((exchange) => statusOf(exchange) === 200).length;
      return taken === 1 ? pass() : problem(`${String(taken)} of 2 were answered with 200`, both[1]);
    },
  },
  {
    id: 'X-12',
    level: 'advice',
    title: 'a tenant that is not registered is refused',
    async run(service) {
      identityOf(service);
      if (service.bench.options.tenant === undefined) return notChecked('no tenant is in use (--tenant)');
      return refusesEach(service, [['an unknown tenant', { claims: { tenant: 'doctor-unknown' } }]]);
    },
  },
  {
    id: 'X-9.rotation',
    level: 'implied',
    title: 'a new key on the key server is used within seconds',
    async run(service) {
      const { key, jku } = identityOf(service);
      const keyServer = askedKeyServer(service);
      if (jku === undefined) return notChecked(NEVER_ASKED);
      const fresh = await newKey(key.alg, `doctor-rotated-${String(now())}`);
      keyServer.keys = [...keyServer.keys, fresh.publicJwk];
      const atOnce = await accepts(service, 'a key that was added a moment ago', { key: fresh });
      if (atOnce.state === 'pass') return atOnce;
      // A service may ask its key servers only so often.
      await pause(COOL_DOWN_MS);
      return accepts(service, 'a key that was added 11 seconds ago', { key: fresh });
    },
  },
  {
    id: 'X-9.flood',
    level: 'implied',
    title: 'invented kids do not make the service ask the key server each time',
    async run(service) {
      identityOf(service);
      const keyServer = askedKeyServer(service);
      const before = keyServer.count();
      for (let number = 0; number < FLOOD; number += 1)
        await send(service, `an invented kid, ${String(number)}`, {
          header: { kid: `doctor-invented-${String(number)}` },
        });
      const asked = keyServer.count() - before;
      return asked <= FLOOD / 2
        ? pass(`${String(asked)} requests for ${String(FLOOD)} tokens`)
        : problem(`${String(asked)} requests for ${String(FLOOD)} tokens`);
    },
  },
  {
    id: 'X-9.down',
    level: 'implied',
    title: 'a key that the service knows works while the key server is down',
    async run(service) {
      identityOf(service);
      const keyServer = askedKeyServer(service);
      keyServer.isDown = true;
      const verdict = await accepts(service, 'the key server answers 503', 'right');
      keyServer.isDown = false;
      return verdict;
    },
  },
  {
    id: 'B-1.token',
    level: 'SHALL',
    title: 'feedback needs a token too, for its own URL',
    async run(service) {
      identityOf(service);
      const { bench, path } = service;
      const feedback = (what: string, token: Token): Promise<Exchange> =>
        bench.send({ path: `${path}/feedback`, what, body: { feedback: [] }, token });
      const right = await feedback('feedback with a right token', 'right');
      if ([404, 405, 501].includes(statusOf(right) ?? 0))
        return notChecked('the service has no feedback endpoint (optional)');
      const cases: readonly (readonly [string, Token])[] = [
        ['feedback without a token', 'none'],
        ["feedback with a token for the service's own URL", { claims: { aud: bench.audience(path) } }],
      ];
      const verdicts: Verdict[] = [
        [401, 403].includes(statusOf(right) ?? 0)
          ? problem(`a right token: ${answered(right)}`, right)
          : pass(),
      ];
      for (const [what, token] of cases) {
        const exchange = await feedback(what, token);
        verdicts.push(
          [401, 403].includes(statusOf(exchange) ?? 0)
            ? pass()
            : problem(`${what}: ${answered(exchange)}, not 401`, exchange),
        );
      }
      return together(verdicts);
    },
  },
  {
    id: 'S-5',
    level: 'advice',
    title: 'every refusal of a token looks the same, and names the scheme (WWW-Authenticate)',
    async run(service) {
      identityOf(service);
      const wrong: readonly (readonly [string, Token])[] = [
        ['no token', 'none'],
        ['an expired token', { claims: { iat: now() - 15 * MINUTE, exp: now() - 10 * MINUTE } }],
        ['a token of a stranger', { claims: { iss: 'https://doctor-unknown.example.org' } }],
        ['a token for another audience', { claims: { aud: 'https://doctor-other.example.org' } }],
      ];
      const refusals: Exchange[] = [];
      for (const [what, token] of wrong) refusals.push(await send(service, what, token));
      const seen = refusals.filter(({ received }) => received?.status === 401);
      if (seen.length === 0) return notChecked('no token was refused with 401');
      const bodies = new Set(seen.map(({ received }) => received?.text));
      const silent = seen.find(({ received }) => received?.headers['www-authenticate'] === undefined);
      return together([
        bodies.size === 1 ? pass() : problem('the answers differ by what was wrong', seen.at(-1)),
        silent === undefined ? pass() : problem('a 401 has no WWW-Authenticate', silent),
      ]);
    },
  },
];

const FLOOD = 12;
const COOL_DOWN_MS = 11_000;

/** What the address that nobody may call offers to a service that comes for keys. */
const strangers = new WeakMap<Bench, unknown>();

export function strangerKeySet(bench: Bench | undefined): unknown {
  const key = bench === undefined ? undefined : strangers.get(bench);
  return { keys: key === undefined ? [] : [key] };
}
