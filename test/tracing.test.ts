/** Spans: the tree, the attributes, and that nothing of a patient or a token is in them. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  INVALID_SPAN_CONTEXT,
  propagation,
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanContext,
  type SpanOptions,
} from '@opentelemetry/api';
import { AuthenticationError } from '../src/auth/authenticate.ts';
import { createGather } from '../src/gather/gather.ts';
import { beginTrace } from '../src/tracing.ts';
import {
  fhirAuthorization,
  answersWith,
  goodAnswer,
  post,
  runService,
  validRequest,
  type Fakes,
} from './http/running-service.ts';

interface Recorded {
  readonly name: string;
  readonly kind: number | undefined;
  readonly parent: string | undefined;
  readonly context: SpanContext;
  readonly attributes: Attributes;
  status: number | undefined;
  ended: number;
}

const spans: Recorded[] = [];
let serial = 0;

/** As much of an SDK as the API asks for. */
function startSpan(name: string, options: SpanOptions = {}, context?: Context): Span {
  serial += 1;
  const parent = context === undefined ? undefined : trace.getSpanContext(context);
  const own: Recorded = {
    name,
    kind: options.kind,
    parent: parent?.spanId,
    context: {
      traceId: parent?.traceId ?? 'f'.repeat(32),
      spanId: String(serial).padStart(16, '0'),
      traceFlags: 1,
    },
    attributes: { ...options.attributes },
    status: undefined,
    ended: 0,
  };
  spans.push(own);
  const span: Span = {
    spanContext: () => own.context,
    setAttribute: (key, value) => span.setAttributes({ [key]: value }),
    setAttributes: (attributes) => {
      Object.assign(own.attributes, attributes);
      return span;
    },
    addEvent: () => span,
    addLink: () => span,
    addLinks: () => span,
    setStatus: ({ code }) => {
      own.status = code;
      return span;
    },
    updateName: () => span,
    end: () => {
      own.ended += 1;
    },
    isRecording: () => true,
    recordException: () => {
      throw new Error('an exception holds a message, and a message may hold anything');
    },
  };
  return span;
}

test('without an SDK nothing is made', async () => {
  expect(beginTrace('POST', { traceparent: 'x' }, {})).toBeUndefined();
  await callWith({});
  expect(spans).toEqual([]);
});

describe('with an SDK', () => {
  beforeAll(() => {
    trace.setGlobalTracerProvider({
      getTracer: () => ({
        startSpan,
        startActiveSpan: () => {
          throw new Error('not used');
        },
      }),
    });
    propagation.setGlobalPropagator({
      inject: () => undefined,
      extract: (context, carrier: Record<string, unknown>) => {
        const [, traceId, spanId] =
          /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/.exec(String(carrier['traceparent'])) ?? [];
        return traceId === undefined || spanId === undefined
          ? context
          : trace.setSpanContext(context, { ...INVALID_SPAN_CONTEXT, traceId, spanId, traceFlags: 1 });
      },
      fields: () => ['traceparent'],
    });
  });
  afterEach(() => {
    spans.length = 0;
  });

  test('a hook call is one tree below the trace of the client', async () => {
    const ehr = await fhirServer();
    const gather = createGather({ allowServer: () => true, allowOpenServer: true });
    await callWith(
      { gather, accessOf: () => ({ allowServer: () => true, allowOpenServer: true }), authenticate: trusted },
      {
        ...validRequest(),
        fhirServer: ehr.url,
        fhirAuthorization: { ...fhirAuthorization, scope: 'patient/*.rs' },
        prefetch: {},
      },
    );
    await gather.close();
    ehr.server.close();
    const tree = spans.map(({ name, parent }) => [
      name,
      spans.find(({ context }) => context.spanId === parent)?.name,
    ]);
    expect(tree).toEqual([
      ['POST /cds-services/:id', undefined],
      ['authenticate', 'POST /cds-services/:id'],
      ['gather', 'POST /cds-services/:id'],
      ['fetch', 'gather'],
      ['decide', 'POST /cds-services/:id'],
      ['store', 'POST /cds-services/:id'],
    ]);
    expect(spans[0]).toMatchObject({ kind: 1, parent: 'b'.repeat(16), context: { traceId: 'a'.repeat(32) } });
    expect(spans[0]?.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/cds-services/:id',
      'http.response.status_code': 200,
      'cds.client.name': 'ehr',
      'cds.service.id': 'bone-heart-patient-view',
      'cds.hook': 'patient-view',
      'cds.cards': 1,
      'cds.recommended': 1,
    });
    expect(spans[3]?.attributes).toEqual({ 'cds.query.key': 'patient', 'cds.query.outcome': 'ok' });
    expect(spans.map(({ ended }) => ended)).toEqual(spans.map(() => 1));
  });

  test('a refused token is told by its code, without the token', async () => {
    await callWith({ authenticate: () => Promise.reject(new AuthenticationError('unknown key')) });
    expect(spans.map(({ name, attributes }) => [name, attributes['error.type']])).toEqual([
      ['POST /cds-services/:id', 'ERR_UNAUTHENTICATED'],
      ['authenticate', 'ERR_UNAUTHENTICATED'],
    ]);
    expect(spans[0]?.status).toBeUndefined();
  });

  test('hostile text of a record, a URL, an id, a header or an error is in no span', async () => {
    const evil = 'evil-7f3a';
    const request = validRequest();
    await callWith(
      { gather: () => Promise.reject(new Error(evil)) },
      {
        ...request,
        fhirServer: `https://${evil}.example.org/fhir`,
        context: { ...request.context, patientId: evil, userId: `Practitioner/${evil}` },
        prefetch: { [evil]: { resourceType: 'Patient', id: evil } },
        extension: { [evil]: evil },
      },
      { traceparent: evil, tracestate: evil, authorization: `Bearer ${evil}`, 'user-agent': evil },
    );
    expect(spans.map(({ name }) => name)).toEqual(['POST /cds-services/:id', 'gather']);
    expect(JSON.stringify(spans)).not.toContain(evil);
    expect(spans[0]).toMatchObject({ status: 2, attributes: { 'error.type': 'exception' } });
    expect(spans.every(({ ended }) => ended === 1)).toBe(true);
  });
});

const trusted: NonNullable<Fakes['authenticate']> = () =>
  Promise.resolve({ client: { name: 'ehr', iss: 'https://ehr.example.org', fhirServers: [] } as never });

const PARENT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

async function callWith(
  fakes: Fakes,
  body: unknown = validRequest(),
  headers: Record<string, string> = { traceparent: PARENT },
): Promise<void> {
  const running = await runService({ answer: answersWith(goodAnswer), ...fakes });
  await (await post(running, body, { headers: { 'content-type': 'application/json', ...headers } })).text();
  await running.stop();
}

async function fhirServer(): Promise<{ url: string; server: Server }> {
  const server = createServer((_req, res) => {
    res.setHeader('content-type', 'application/fhir+json');
    res.end(JSON.stringify({ resourceType: 'Patient', id: 'p1' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/fhir`, server };
}
