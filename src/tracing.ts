/**
 * Spans of hook calls, against the OpenTelemetry API only: the operator loads an SDK, or nothing happens (docs/tracing.md).
 *
 * Attributes are an allow-list, as for the log: no patient data, ids, tokens or URLs have a way in.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
import {
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import { ServiceError } from './errors.ts';

const NAME = 'bone-heart-cds';

/** What a span may say. Values are our own words, names of configuration, or numbers. */
export interface SpanFields {
  readonly 'http.request.method'?: 'POST';
  readonly 'http.route'?: string;
  readonly 'http.response.status_code'?: number;
  /** A code of ours, or `exception`. */
  readonly 'error.type'?: string;
  readonly 'cds.service.id'?: string;
  readonly 'cds.hook'?: string;
  readonly 'cds.client.name'?: string;
  readonly 'cds.query.key'?: string;
  /** `ok`, or why the query was not answered. */
  readonly 'cds.query.outcome'?: string;
  readonly 'cds.queries.fetched'?: number;
  readonly 'cds.cards'?: number;
  readonly 'cds.recommended'?: number;
}

/** One step that goes on. */
export interface Step {
  child(name: string, fields?: SpanFields): Step;
  set(fields: SpanFields): void;
  /** Marks the step as failed with the code of the error, never with its message. */
  fail(error: unknown): void;
  end(): void;
}

/**
 * The span of a call that a client makes, under the trace that it names in `traceparent`.
 *
 * @returns undefined when no SDK is loaded: then nothing is made, here or in the steps.
 */
export function beginTrace(
  name: string,
  headers: Readonly<Record<string, unknown>>,
  fields: SpanFields,
): Step | undefined {
  const tracer = tracerOf();
  if (tracer === undefined) return undefined;
  const carrier = { traceparent: headers['traceparent'], tracestate: headers['tracestate'] };
  const parent = propagation.extract(ROOT_CONTEXT, carrier);
  return stepOf(tracer, name, parent, SpanKind.SERVER, fields);
}

/** Asked for at each call: an SDK may come after this module. */
function tracerOf(): Tracer | undefined {
  // Until an SDK registers, the API answers with a stand-in that knows that it has nothing behind it.
  const provider: TracerProvider & { getDelegateTracer?(name: string): Tracer | undefined } =
    trace.getTracerProvider();
  return provider.getDelegateTracer === undefined
    ? provider.getTracer(NAME)
    : provider.getDelegateTracer(NAME);
}

function stepOf(tracer: Tracer, name: string, parent: Context, kind: SpanKind, fields: SpanFields): Step {
  const span = tracer.startSpan(name, { kind, attributes: attributesOf(fields) }, parent);
  const context = trace.setSpan(parent, span);
  return {
    child: (childName, childFields = {}) =>
      stepOf(tracer, childName, context, SpanKind.INTERNAL, childFields),
    set: (more) => span.setAttributes(attributesOf(more)),
    fail: (error) => {
      failed(span, error);
    },
    end: () => {
      span.end();
    },
  };
}

function attributesOf(fields: SpanFields): Attributes {
  return { ...fields };
}

function failed(span: Span, error: unknown): void {
  span.setAttribute('error.type', error instanceof ServiceError ? error.code : 'exception');
  span.setStatus({ code: SpanStatusCode.ERROR });
}
