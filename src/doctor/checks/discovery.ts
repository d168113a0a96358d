/** D: what GET /cds-services says. H: names of hooks. */
import { isJsonObject, type JsonObject } from '../../json.ts';
import { answered, isSuccess, objectsIn, statusOf, type Bench } from '../bench.ts';
import { notChecked, pass, problem, problems, type Check, type Problem } from '../check.ts';
import type { Exchange } from '../exchange.ts';
import { hookOf } from '../hook-library.ts';

/** The answer to discovery, and to the same without a token when one was needed. */
export interface Discovered {
  readonly bench: Bench;
  readonly exchange: Exchange;
  readonly withoutToken: Exchange;
}

const SEMVER = /^\d+\.\d+(\.\d+)?(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/** A fault of one member of each listed service. */
function eachService(
  { exchange }: Discovered,
  fault: (entry: JsonObject, index: number, all: readonly JsonObject[]) => string | undefined,
): ReturnType<typeof problems> {
  const listed = servicesIn(exchange);
  if (listed === undefined) return notChecked('there is no list of services (D-2)');
  if (listed.length === 0) return notChecked('the list of services is empty');
  const entries = listed.map((one) => (isJsonObject(one) ? one : {}));
  const found = entries.flatMap((entry, index): Problem[] => {
    const text = fault(entry, index, entries);
    return text === undefined ? [] : [{ text: `services[${String(index)}]${nameOf(entry)} ${text}` }];
  });
  return problems(found);
}

function nameOf({ id }: JsonObject): string {
  return typeof id === 'string' ? ` (${id})` : '';
}

export function servicesIn({ received }: Exchange): readonly unknown[] | undefined {
  const body = received?.json;
  return isJsonObject(body) && Array.isArray(body['services']) ? (body['services'] as unknown[]) : undefined;
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

export const DISCOVERY_CHECKS: readonly Check<Discovered>[] = [
  {
    id: 'D-1',
    level: 'SHALL',
    title: 'GET /cds-services answers 200',
    run({ exchange }) {
      const status = statusOf(exchange);
      if (status === 200) return pass();
      const isRedirect = status !== undefined && status >= 300 && status < 400;
      return problem(
        `${answered(exchange)}${isRedirect ? ': a redirect, which clients need not follow' : ''}`,
        exchange,
      );
    },
  },
  {
    id: 'D-2',
    level: 'SHALL',
    title: 'the answer is an object with the list `services`',
    run: ({ exchange }) =>
      servicesIn(exchange) === undefined ? problem('there is no list `services`', exchange) : pass(),
  },
  {
    id: 'D-3',
    level: 'SHALL',
    title: 'each service has hook, description and id',
    run: (discovered) =>
      eachService(discovered, (entry) => {
        const missing = ['hook', 'description', 'id'].filter((member) => !isText(entry[member]));
        return missing.length === 0 ? undefined : `lacks ${missing.join(', ')} as text that is not empty`;
      }),
  },
  {
    id: 'D-4',
    level: 'SHOULD',
    title: 'each service has a title',
    run: (discovered) => eachService(discovered, ({ title }) => (isText(title) ? undefined : 'has no title')),
  },
  {
    id: 'D-5',
    level: 'SHALL',
    title: 'usageRequirements, where given, is text',
    run: (discovered) =>
      eachService(discovered, ({ usageRequirements }) =>
        usageRequirements === undefined || isText(usageRequirements)
          ? undefined
          : 'has usageRequirements that is no text, or empty',
      ),
  },
  {
    id: 'D-6',
    level: 'SHALL',
    title: 'prefetch, where given, is an object from key to template text, not empty',
    run: (discovered) =>
      eachService(discovered, ({ prefetch }) => {
        if (prefetch === undefined) return undefined;
        if (!isJsonObject(prefetch)) return 'has a prefetch that is no object';
        if (Object.keys(prefetch).length === 0) return 'has an empty prefetch: leave it out';
        const [wrong] = Object.entries(prefetch).filter(([, template]) => !isText(template));
        return wrong === undefined ? undefined : `has the prefetch key ${wrong[0]} without a template text`;
      }),
  },
  {
    id: 'D-7',
    level: 'advice',
    title: 'version, where given, is a version of CDS Hooks such as 2.0.1 (draft 3.0)',
    run: (discovered) =>
      eachService(discovered, ({ version }) =>
        version === undefined || (typeof version === 'string' && SEMVER.test(version))
          ? undefined
          : 'has a version that is none',
      ),
  },
  {
    id: 'D-8',
    level: 'advice',
    title: 'hookVersion, where given, is that of the hook library (draft 3.0)',
    run: (discovered) =>
      eachService(discovered, ({ hook, hookVersion }) => {
        const known = typeof hook === 'string' ? hookOf(hook) : undefined;
        return known === undefined || hookVersion === undefined || hookVersion === known.version
          ? undefined
          : `has another hookVersion than ${known.version}`;
      }),
  },
  {
    id: 'D-9',
    level: 'implied',
    title: 'no service is listed twice for one hook',
    run: (discovered) =>
      eachService(discovered, ({ id, hook }, index, all) =>
        all.slice(0, index).some((other) => other['id'] === id && other['hook'] === hook)
          ? 'is there before with the same id and hook'
          : undefined,
      ),
  },
  {
    id: 'D-10.id',
    level: 'advice',
    title: 'each id can stand in a URL as it is',
    run: (discovered) =>
      eachService(discovered, ({ id }) =>
        typeof id !== 'string' || /^(?!\.{1,2}$)[A-Za-z0-9._~-]+$/.test(id)
          ? undefined
          : 'has an id that a URL must encode',
      ),
  },
  {
    id: 'D-11',
    level: 'implied',
    title: 'no invented member for the FHIR version',
    run: (discovered) =>
      eachService(discovered, (entry) =>
        Object.hasOwn(entry, 'fhirVersion') ? 'has fhirVersion, which CDS Hooks does not define' : undefined,
      ),
  },
  {
    id: 'D-13',
    level: 'advice',
    title: 'discovery needs no token, or takes one',
    run({ exchange, withoutToken }) {
      if (isSuccess(withoutToken)) return pass('answered without a token');
      return isSuccess(exchange) ? pass('needs a token') : problem(answered(exchange), exchange);
    },
  },
  {
    id: 'H-1',
    level: 'SHALL',
    title: 'a hook of its own has a name in reverse domain form, such as org.example.my-hook',
    run: (discovered) =>
      eachService(discovered, ({ hook }) =>
        typeof hook !== 'string' || hookOf(hook) !== undefined || /^[\w-]+(\.[\w-]+)+$/.test(hook)
          ? undefined
          : 'has a hook that is neither in the hook library nor in reverse domain form',
      ),
  },
];

/** The services to be called: listed ones with a usable id and hook. */
export function callable(exchange: Exchange): { id: string; hook: string; entry: JsonObject }[] {
  return objectsIn(servicesIn(exchange)).flatMap((entry) => {
    const { id, hook } = entry;
    // A dot segment would leave /cds-services.
    return isText(id) && isText(hook) && !/^\.{1,2}$/.test(id) ? [{ id, hook, entry }] : [];
  });
}
