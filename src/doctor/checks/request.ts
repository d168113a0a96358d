/** Q: requests that are wrong, and requests that look odd and are right. */
import { randomUUID } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../../json.ts';
import { answered, cardsOf, guidanceOf, isRefused, objectsIn, statusOf } from '../bench.ts';
import { notChecked, pass, problem, problems, type Check, type Problem } from '../check.ts';
import { DRAFT_FIELDS, hookOf } from '../hook-library.ts';
import { NO_CARD, type ServiceBench } from '../service-bench.ts';
import { expectAnswered, expectRefused, refusalFault, type Case } from './expect.ts';

const OWN_HOOK = "the hook is the service's own: its context is not known";

function without(member: string): Case {
  return [`without ${member}`, { members: { [member]: undefined } }];
}

function withContext({ context }: ServiceBench, changes: JsonObject): { context: JsonObject } {
  const changed = Object.entries({ ...context, ...changes }).filter(([, value]) => value !== undefined);
  return { context: Object.fromEntries(changed) };
}

/** A body that is sent as it is. */
async function rawRefused(
  service: ServiceBench,
  what: string,
  raw: string | Buffer,
  accepted: readonly number[],
  headers: Readonly<Record<string, string>> = {},
): Promise<ReturnType<typeof problem>> {
  const exchange = await service.bench.send({ path: service.path, what, raw, headers });
  const status = statusOf(exchange);
  if (status !== undefined && accepted.includes(status)) return pass();
  if (isRefused(exchange)) return pass(`answered ${String(status)}`);
  return problem(`${what}: ${answered(exchange)}, not ${accepted.join(' or ')}`, exchange);
}

function nullsFor({ prefetch }: ServiceBench): JsonObject {
  return Object.fromEntries(Object.keys(prefetch).map((key) => [key, null]));
}

const MEGABYTE = 1024 * 1024;

export const REQUEST_CHECKS: readonly Check<ServiceBench>[] = [
  {
    id: 'Q-1',
    level: 'SHALL',
    title: 'hook, hookInstance and context are required',
    run: (service) => expectRefused(service, ['hook', 'hookInstance', 'context'].map(without)),
  },
  {
    id: 'Q-2',
    level: 'advice',
    title: 'a call for another hook is refused',
    run: (service) =>
      expectRefused(service, [['hook of another name', { members: { hook: 'org.example.other' } }]]),
  },
  {
    id: 'Q-3',
    level: 'advice',
    title: 'a hookInstance that is no UUID is refused',
    run: (service) =>
      expectRefused(service, [['hookInstance "1234"', { members: { hookInstance: '1234' } }]]),
  },
  {
    id: 'Q-4',
    level: 'advice',
    title: 'a call that is sent again is answered again, and alike',
    async run(service) {
      const members = { hookInstance: randomUUID() };
      const first = await service.call('a hookInstance for the first time', { members });
      const again = await service.call('the same hookInstance again', { members });
      if (statusOf(first) !== 200) return problem(answered(first), first);
      if (statusOf(again) !== 200) return problem(`the second time ${answered(again)}, not 200`, again);
      return guidanceOf(first) === guidanceOf(again)
        ? pass()
        : problem('the second time with other cards', again);
    },
  },
  {
    id: 'Q-5',
    level: 'advice',
    title: 'fhirAuthorization without fhirServer is refused',
    run: (service) =>
      expectRefused(service, [
        [
          'fhirAuthorization without fhirServer',
          {
            members: {
              fhirServer: undefined,
              fhirAuthorization: {
                access_token: 'doctor-access-0',
                token_type: 'Bearer',
                expires_in: 300,
                scope: 'patient/*.rs',
                subject: 'cds-service',
              },
            },
          },
        ],
      ]),
  },
  {
    id: 'Q-6',
    level: 'advice',
    title: 'a fhirServer that is no http(s) URL is refused',
    run: (service) =>
      expectRefused(
        service,
        ['ftp://127.0.0.1/fhir', 'fhir'].map((url): Case => [
          `fhirServer "${url}"`,
          { members: { fhirServer: url } },
        ]),
      ),
  },
  {
    id: 'Q-7.required',
    level: 'SHALL',
    title: 'each required context field of the hook is required',
    run(service) {
      const hook = hookOf(service.hook);
      if (hook === undefined) return notChecked(OWN_HOOK);
      return expectRefused(
        service,
        hook.required.map((field) => [
          `context without ${field}`,
          withContext(service, { [field]: undefined }),
        ]),
      );
    },
  },
  {
    id: 'Q-7.type',
    level: 'SHALL',
    title: 'a context field that is no text where the hook has text is refused',
    run(service) {
      const hook = hookOf(service.hook);
      if (hook === undefined) return notChecked(OWN_HOOK);
      const texts = hook.required.filter((field) => typeof service.context[field] === 'string');
      return expectRefused(
        service,
        texts.map((field) => [`context.${field} is the number 7`, withContext(service, { [field]: 7 })]),
      );
    },
  },
  {
    id: 'Q-7.optional',
    level: 'SHALL',
    title: 'optional context fields may be left out',
    run(service) {
      const hook = hookOf(service.hook);
      if (hook === undefined) return notChecked(OWN_HOOK);
      const given = hook.optional.filter((field) => Object.hasOwn(service.context, field));
      if (given.length === 0) return notChecked('the call has no optional field');
      return expectAnswered(
        service,
        given.map((field) => [`context without ${field}`, withContext(service, { [field]: undefined })]),
      );
    },
  },
  {
    id: 'Q-8',
    level: 'advice',
    title: 'patientId "Patient/1" and userId "123" are refused: an id is an id, a user has a type',
    run(service) {
      const fields = { patientId: 'Patient/1', userId: '123' };
      return expectRefused(
        service,
        Object.entries(fields)
          .filter(([field]) => Object.hasOwn(service.context, field))
          .map(([field, value]) => [`context.${field} "${value}"`, withContext(service, { [field]: value })]),
      );
    },
  },
  {
    id: 'Q-9',
    level: 'implied',
    title: 'members that the service does not know are ignored',
    run: (service) =>
      expectAnswered(service, [
        ['an unknown member', { members: { doctorUnknown: { a: [1] } } }],
        ['an unknown extension', { members: { extension: { 'org.example.doctor': 1 } } }],
        ['an unknown context field', withContext(service, { doctorUnknown: 'x' })],
        ['an unknown prefetch key', { prefetch: { ...service.prefetch, doctorUnknown: null } }],
      ]),
  },
  {
    id: 'Q-10.json',
    level: 'advice',
    title: 'a body that is no JSON is a 400',
    run: (service) => rawRefused(service, 'a body cut off in the middle', '{"hook": "patient-vi', [400]),
  },
  {
    id: 'Q-10.object',
    level: 'advice',
    title: 'a body that is no object, or is empty, is a 400',
    async run(service) {
      const found: Problem[] = [];
      for (const raw of ['[]', 'null', '"text"', '']) {
        const what = raw === '' ? 'an empty body' : `the body ${raw}`;
        const exchange = await service.bench.send({ path: service.path, what, raw });
        const text = refusalFault(exchange);
        if (text !== undefined) found.push({ text: `${what}: ${text}`, exchange });
      }
      return problems(found);
    },
  },
  {
    id: 'Q-10.media-type',
    level: 'advice',
    title: 'a body that is not called JSON is a 415',
    run: (service) =>
      rawRefused(service, 'Content-Type: text/plain', JSON.stringify(service.body()), [415, 400], {
        'content-type': 'text/plain',
      }),
  },
  {
    id: 'Q-10.large',
    level: 'advice',
    title: 'a body of 300 kB is answered, one of 12 MB is answered or refused',
    async run(service) {
      const filler = (bytes: number): JsonObject => ({
        members: { extension: { 'org.example.doctor-filler': { text: 'x'.repeat(bytes) } } },
      });
      const usual = await service.call('a body of 300 kB', filler(300 * 1024));
      if (statusOf(usual) !== 200) return problem(`300 kB: ${answered(usual)}, not 200`, usual);
      const huge = await service.call('a body of 12 MB', filler(12 * MEGABYTE));
      // A server may close the connection while it is still being sent to.
      const isFine = statusOf(huge) === 200 || isRefused(huge) || huge.failure?.includes('closed') === true;
      return isFine ? pass(`12 MB: ${answered(huge)}`) : problem(`12 MB: ${answered(huge)}`, huge);
    },
  },
  {
    id: 'Q-10.deep',
    level: 'advice',
    title: 'a body nested 100,000 levels deep does not break the service',
    async run(service) {
      const levels = 100_000;
      const raw = `{"hook":${'['.repeat(levels)}${']'.repeat(levels)}}`;
      const exchange = await service.bench.send({ path: service.path, what: 'a deeply nested body', raw });
      const text = refusalFault(exchange);
      return text === undefined ? pass() : problem(text, exchange);
    },
  },
  {
    id: 'Q-10.unknown-service',
    level: 'advice',
    title: 'a service that is not listed is a 404',
    async run(service) {
      const path = '/cds-services/doctor-no-such-service';
      const what = 'a call to a service that is not listed';
      const exchange = await service.bench.send({ path, what, body: service.body() });
      return statusOf(exchange) === 404 ? pass() : problem(`${answered(exchange)}, not 404`, exchange);
    },
  },
  {
    id: 'Q-10.method',
    level: 'advice',
    title: 'GET and DELETE on a service are refused (405)',
    async run({ bench, path }) {
      const found: Problem[] = [];
      for (const method of ['GET', 'DELETE'] as const) {
        const exchange = await bench.send({ path, method, what: `${method} in place of POST` });
        const text = refusalFault(exchange);
        if (text !== undefined) found.push({ text: `${method}: ${text}`, exchange });
      }
      return problems(found);
    },
  },
  {
    id: 'Q-11',
    level: 'implied',
    title: 'drafts may be incomplete: a Bundle without type, an order without intent or drug',
    run(service) {
      const field = DRAFT_FIELDS.find((one) => isJsonObject(service.context[one]));
      if (field === undefined) return notChecked('the hook has no draft orders');
      const bundle = service.context[field] as JsonObject;
      const { type: _type, ...rest } = bundle;
      const bare = objectsIn(bundle['entry']).map(({ resource }) => {
        const { resourceType, id } = isJsonObject(resource) ? resource : {};
        return { resource: { resourceType, id, status: 'draft' } };
      });
      return expectAnswered(service, [
        [
          `${field} without type, orders with id and status only`,
          withContext(service, { [field]: { ...rest, entry: bare } }),
        ],
      ]);
    },
  },
  {
    id: 'Q-12',
    level: 'advice',
    title: 'data of another patient is not used',
    async run(service) {
      if (service.valid === undefined || (cardsOf(service.valid) ?? []).length === 0)
        return notChecked(NO_CARD);
      if (service.isFromFile) return notChecked('the data is that of a file');
      if (service.templates.length === 0) return notChecked('the service asks for no prefetch');
      const empty = await service.call('a prefetch of null values', { prefetch: nullsFor(service) });
      if (guidanceOf(empty) === guidanceOf(service.valid))
        return notChecked('the cards do not depend on prefetch');
      const other = service.chartOf(service.bench.patientId, { subjectId: 'doctor-other' });
      // The read of the patient finds nothing in the other's chart; the client sends the other patient by mistake.
      const wrong = Object.fromEntries(
        Object.entries(service.prefetchFrom(other)).map(([key, value]) => [
          key,
          value ?? other.answer('Patient/doctor-other'),
        ]),
      );
      const exchange = await service.call('a prefetch about another patient', { prefetch: wrong });
      const isSame = statusOf(exchange) === 200 && guidanceOf(exchange) === guidanceOf(service.valid);
      return isSame ? problem('the same cards as for the right patient', exchange) : pass(answered(exchange));
    },
  },
];
