/**
 * One CDS Service under test: the valid call that everything else is a change of.
 */
import { fill, templatesOf } from '../client/template.ts';
import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../json.ts';
import { cardsOf, CannotCheck, type Bench, type Outgoing } from './bench.ts';
import { createChart, type Chart } from './chart.ts';
import type { Exchange } from './exchange.ts';
import { queryKey, type Behaviour, type FhirSession } from './fhir-server.ts';
import { contextFor } from './hook-library.ts';
import { contextFields } from './template.ts';

export interface Listed {
  readonly id: string;
  readonly hook: string;
  readonly entry: JsonObject;
}

export interface CallOptions {
  /** Replaces the whole prefetch; `undefined` leaves it out. */
  readonly prefetch?: JsonObject | undefined;
  readonly context?: JsonObject;
  /** Members set at the top; `undefined` takes one out. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly session?: FhirSession;
  readonly authorization?: Readonly<Record<string, unknown>>;
  readonly send?: Pick<Outgoing, 'token' | 'headers'>;
}

export interface ServiceBench extends Listed {
  readonly bench: Bench;
  readonly path: string;
  readonly templates: readonly (readonly [key: string, template: string])[];
  readonly chart: Chart;
  readonly context: JsonObject;
  /** Every key that a client without FHIRPath can fill. */
  readonly prefetch: JsonObject;
  /** Whether the data is that of a file of the user's. */
  readonly isFromFile: boolean;
  /** The answer to the valid call; set by `tryValidCall`. */
  valid: Exchange | undefined;
  /** Whether the valid call needs the FHIR server, because prefetch alone is not enough. */
  needsServer: boolean;
  /** The same call without prefetch, with the FHIR server; set by `tryValidCall`. */
  fetched: { readonly exchange: Exchange; readonly queries: number } | undefined;
  body(options?: CallOptions): JsonObject;
  /** With FHIR access where the valid call needs it. */
  call(what: string, options?: CallOptions): Promise<Exchange>;
  /** Without FHIR access, whatever the valid call needs. */
  callAlone(what: string, options?: CallOptions): Promise<Exchange>;
  /** A call with access to the doctor's FHIR server, and what the service asked there. */
  callWithServer(
    what: string,
    behaviour: Behaviour,
    options?: CallOptions,
  ): Promise<{ exchange: Exchange; session: FhirSession }>;
  /** The same service with another patient's chart. */
  chartOf(patientId: string, more?: { readonly hostileText?: string; readonly subjectId?: string }): Chart;
  prefetchFrom(chart: Chart): JsonObject;
}

/** @param sample a hook request of the user's for this hook, in place of the synthetic one. */
export function createServiceBench(
  bench: Bench,
  listed: Listed,
  sample: JsonObject | undefined,
): ServiceBench {
  const templates = templatesOf(listed.entry['prefetch']);
  const tokenFields = templates.flatMap(([, template]) => contextFields(template));
  const chartOf: ServiceBench['chartOf'] = (patientId, more = {}) =>
    createChart({ patientId, today: bench.today, ...more });
  const chart = chartOf(bench.patientId);
  const context =
    (sample?.['context'] as JsonObject | undefined) ?? contextFor(listed.hook, chart, tokenFields);

  /** A read that finds nothing is `null`, as a client sends it. */
  function prefetchFrom(from: Chart): JsonObject {
    const own = from === chart ? context : { ...context, patientId: from.ids.patient };
    return Object.fromEntries(
      templates.flatMap(([key, template]) => {
        const query = fill(template, own, bench.today);
        return query === undefined ? [] : [[key, from.answer(query)]];
      }),
    );
  }

  const prefetch = (sample?.['prefetch'] as JsonObject | undefined) ?? prefetchFrom(chart);
  const answers = new Map(
    sample === undefined
      ? []
      : templates.flatMap(([key, template]) => {
          const query = fill(template, context, bench.today);
          const value = Object.hasOwn(prefetch, key) ? prefetch[key] : undefined;
          if (query === undefined || value === undefined) return [];
          const isSearch = query.includes('?');
          return [
            [
              queryKey(query),
              value ?? (isSearch ? { resourceType: 'Bundle', type: 'searchset', total: 0 } : null),
            ] as const,
          ];
        }),
  );

  function body({ session, authorization = {}, members = {}, ...given }: CallOptions = {}): JsonObject {
    const sent: JsonObject = {
      hook: listed.hook,
      hookInstance: randomUUID(),
      ...(sample?.['extension'] === undefined ? {} : { extension: sample['extension'] }),
      context: given.context ?? context,
      ...(session === undefined ? {} : accessTo(session, authorization)),
      prefetch: 'prefetch' in given ? given.prefetch : prefetch,
      ...members,
    };
    return Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined));
  }

  function accessTo(session: FhirSession, changes: Readonly<Record<string, unknown>>): JsonObject {
    return {
      fhirServer: bench.fhir.base,
      fhirAuthorization: {
        access_token: session.accessToken,
        token_type: 'Bearer',
        expires_in: 300,
        scope: 'patient/*.rs user/*.rs',
        subject: 'cds-service',
        patient: context['patientId'],
        ...changes,
      },
    };
  }

  const path = `/cds-services/${encodeURIComponent(listed.id)}`;
  const service: ServiceBench = {
    ...listed,
    bench,
    path,
    templates,
    chart,
    context,
    prefetch,
    isFromFile: sample !== undefined,
    valid: undefined,
    needsServer: false,
    fetched: undefined,
    body,
    chartOf,
    prefetchFrom,
    async call(what, options = {}) {
      if (service.needsServer && options.session === undefined)
        return (await service.callWithServer(what, 'good', options)).exchange;
      return callAlone(what, options);
    },
    callAlone,
    async callWithServer(what, behaviour, options = {}) {
      const session = bench.fhir.begin(behaviour, chart, answers);
      const exchange = await callAlone(what, { ...options, session });
      // A call that the doctor gave up is still under way for the service.
      if (exchange.received !== undefined) session.end();
      return { exchange, session };
    },
  };

  async function callAlone(what: string, options: CallOptions = {}): Promise<Exchange> {
    const exchange = await bench.send({ path, what, body: body(options), ...options.send });
    if (exchange.received?.status === 200) bench.keep({ service: listed.id, exchange });
    return exchange;
  }

  return service;
}

/** The valid call, with the FHIR server when prefetch alone gives 412; and the same by fetching. */
export async function tryValidCall(service: ServiceBench): Promise<void> {
  service.valid = await service.call('a valid call with prefetch');
  if (service.valid.received?.status === 412 && isReachable(service.bench)) {
    service.needsServer = true;
    service.valid = await service.call('a valid call with prefetch and FHIR access');
  }
  if (service.valid.received?.status !== 200 || !isReachable(service.bench)) return;
  const { exchange, session } = await service.callWithServer('no prefetch, with FHIR access', 'good', {
    prefetch: undefined,
  });
  service.fetched = { exchange, queries: session.requests.length };
}

/** A service on another machine cannot reach 127.0.0.1 of this one. */
export function isReachable({ options }: Bench): boolean {
  return options.isLoopback || options.fhirUrl !== undefined;
}

/** @throws CannotCheck when the service does not fetch, so that how it fetches cannot be seen. */
export function requireFetching({ bench, fetched, needsServer }: ServiceBench): void {
  if (!isReachable(bench))
    throw new CannotCheck(
      "the service is on another machine and cannot reach the doctor's FHIR server (give --fhir-url with a tunnel to --fhir-port)",
    );
  if (!needsServer && (fetched === undefined || fetched.queries === 0))
    throw new CannotCheck(
      "the service made no request to the doctor's FHIR server: it does not fetch, does not trust it, or cannot reach it",
    );
}

/** @throws CannotCheck when no card came, so that there is none to look at. */
export function requireCards(service: ServiceBench): void {
  if ((service.valid === undefined ? [] : (cardsOf(service.valid) ?? [])).length === 0)
    throw new CannotCheck(NO_CARD);
}

export const NO_CARD =
  'no card came for the synthetic patient (give a hook request that gets one with --request FILE)';
