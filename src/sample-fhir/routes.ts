/**
 * A read-only FHIR R4 endpoint with the sample patients, so that the public CDS Hooks sandbox and the curl examples need no other
 * server. Development only: service.ts does not make it in production.
 *
 * Nothing is read before the first request; the Bundles are then read once for the day, however many requests wait for it.
 *
 * @see docs/sandbox.md; https://hl7.org/fhir/R4/http.html
 */
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { isLoopbackHost } from '../auth/clients.ts';
import { ServiceError } from '../errors.ts';
import type { Resource } from '../facts/record.ts';
import { callOf } from '../http/call.ts';
import { readSamples, type SampleRecord } from './bundles.ts';
import { capabilityStatement } from './capability.ts';
import { search } from './search.ts';
import { parametersOf } from './search-parameters.ts';

export interface SampleFhirOptions {
  /** Folder of folders of Bundles. */
  readonly folder: URL;
  /** Public URL of the service, without a slash at the end. */
  readonly baseUrl: string;
  /** `YYYY-MM-DD`. */
  readonly today: () => string;
}

const FHIR_JSON = 'application/fhir+json';
const FORM = 'application/x-www-form-urlencoded';
/** A form holds one query; ours have 2 kB. */
const LARGEST_FORM = '64kb';
const ID = /^[A-Za-z0-9\-.]{1,64}$/;

export function sampleFhirRoutes(options: SampleFhirOptions): Router {
  const router = express.Router({ caseSensitive: true });
  const samples = readOnceADay(options);
  const baseOf = (req: Request): string => fhirBase(req, options.baseUrl);

  at(router, '/metadata').get(sendMetadata).all(methodNotAllowed('GET, HEAD, OPTIONS'));

  at(router, '/:type/_search')
    .post(...readForm(), async (req, res) => {
      const form = new URLSearchParams(typeof req.body === 'string' ? req.body : '');
      send(res, search(searchRequest(req, [...queryOf(req), ...form]), await resourcesOf(req, samples)));
    })
    .all(methodNotAllowed('POST, OPTIONS'));

  at(router, '/:type/:id')
    .get(async (req, res) => {
      const { type, id } = req.params;
      const found = ID.test(id) ? (await samples()).byReference.get(`${type}/${id}`) : undefined;
      if (found === undefined) throw new ServiceError('ERR_NOT_FOUND', 'no such resource');
      send(res, found);
    })
    .all(methodNotAllowed('GET, HEAD, OPTIONS'));

  at(router, '/:type')
    .get(async (req, res) => {
      send(res, search(searchRequest(req, [...queryOf(req)]), await resourcesOf(req, samples)));
    })
    .all(methodNotAllowed('GET, HEAD, OPTIONS'));

  router.use(() => {
    throw new ServiceError('ERR_NOT_FOUND', 'no route below /fhir');
  });
  // The common handler writes the OperationOutcome; here it goes out under FHIR's own media type.
  router.use(((error: unknown, _req, res, next) => {
    res.type(FHIR_JSON);
    next(error);
  }) satisfies express.ErrorRequestHandler);
  return router;

  function sendMetadata(req: Request, res: Response): void {
    send(res, capabilityStatement(baseOf(req)));
  }

  function searchRequest(req: Request, parameters: [string, string][]): Parameters<typeof search>[0] {
    return {
      type: typeOf(req),
      parameters: new URLSearchParams(parameters),
      strict: isStrict(req.headers['prefer']),
      base: baseOf(req),
    };
  }
}

/** One reading for all who wait; a new one when the day has changed, or after a failure. */
function readOnceADay({ folder, today }: SampleFhirOptions): () => Promise<SampleRecord> {
  let reading: { readonly day: string; readonly record: Promise<SampleRecord> } | undefined;
  return function samples() {
    const day = today();
    if (reading?.day !== day) {
      const record = readSamples(folder, day);
      const current = { day, record };
      reading = current;
      record.catch(() => {
        if (reading === current) reading = undefined;
      });
    }
    return reading.record;
  };
}

async function resourcesOf(req: Request, samples: () => Promise<SampleRecord>): Promise<readonly Resource[]> {
  const type = typeOf(req);
  return parametersOf(type) === undefined ? [] : ((await samples()).byType.get(type) ?? []);
}

/** A route whose pattern stands in the log: an id or a search may name a patient. */
function at<Path extends string>(router: Router, path: Path) {
  return router.route(path).all((req, _res, next) => {
    callOf(req as Request).route = `/fhir${path}`;
    next();
  });
}

function typeOf({ params }: Request): string {
  return String(params['type']);
}

function queryOf(req: Request): URLSearchParams {
  const start = req.url.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : req.url.slice(start + 1));
}

function isStrict(prefer: string | string[] | undefined): boolean {
  return String(prefer ?? '')
    .split(/[,;]/)
    .some((part) => /^handling\s*=\s*"?strict"?$/i.test(part.trim()));
}

/** The form as text: names and values are read as those of a URL are, a name that is given twice twice. */
function readForm(): RequestHandler[] {
  return [
    (req, _res, next) => {
      const [type = ''] = (req.headers['content-type'] ?? FORM).toLowerCase().split(';');
      if (type.trim() !== FORM) throw new ServiceError('ERR_MEDIA_TYPE', '_search takes a form');
      next();
    },
    express.text({ limit: LARGEST_FORM, type: () => true }),
  ];
}

function send(res: Response, resource: Resource): void {
  res.set('Cache-Control', 'no-store').type(FHIR_JSON).send(JSON.stringify(resource));
}

function methodNotAllowed(allow: string): RequestHandler {
  return function refuseMethod(_req, res) {
    res.set('Allow', allow);
    throw new ServiceError('ERR_METHOD_NOT_ALLOWED', 'the sample patients are read only');
  };
}

/**
 * The base as the client wrote it, as far as that is this machine: a link to `127.0.0.1` in the answer to `localhost` would lead out
 * of the base that the client trusts. Any other Host header says nothing.
 */
function fhirBase(req: Request, baseUrl: string): string {
  const { host = '' } = req.headers;
  const named = URL.parse(`http://${host}`);
  const isPlain = named !== null && named.host === host.toLowerCase() && isLoopbackHost(named.hostname);
  const isOwn = new URL(baseUrl).host === host;
  return isPlain && !isOwn ? `http://${host}${req.baseUrl}` : `${baseUrl}/fhir`;
}
