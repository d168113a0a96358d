/**
 * The public CDS Hooks sandbox as a client: preflights, prefetch by POST _search and GET, the order of the fields of a request, what
 * it reads of the FHIR server. As observed by running it; nothing of its code is here.
 *
 * It behaves as a browser does with CORS: a call whose preflight is not answered as it must be is not made.
 */
import { randomUUID } from 'node:crypto';
import type { Card } from '../../src/hooks/card.ts';
import type { CdsService } from '../../src/hooks/discovery.ts';
import { expect } from '@jest/globals';

const ORIGIN = 'https://sandbox.cds-hooks.org';
/** The old media type. */
const ACCEPT_FHIR = 'application/json+fhir';

export interface SandboxOptions {
  /** As typed in: no slash at the end. */
  readonly discoveryUrl: string;
  readonly fhirServer: string;
  /** Makes the token for a URL. */
  readonly token?: (audience: string) => Promise<string>;
}

export interface SandboxPatient {
  readonly id: string;
  readonly name: readonly { readonly given: readonly string[]; readonly family: string }[];
}

export interface SandboxClient {
  /** Its services by id; a later one with the same id replaces an earlier one. */
  discover(): Promise<ReadonlyMap<string, CdsService>>;
  /** `fhirVersion` of the metadata, without which its Rx views break. */
  fhirVersion(): Promise<string>;
  patients(): Promise<readonly SandboxPatient[]>;
  /** @param draft what is typed in the Rx views; null while nothing is chosen yet. */
  fire(service: CdsService, patientId: string, options?: FireOptions): Promise<readonly Card[]>;
  feedback(service: CdsService, entry: Readonly<Record<string, unknown>>): Promise<number>;
}

export interface FireOptions {
  readonly drug?: string | null;
  /** From the start and end date of the form. */
  readonly supplyDays?: number;
  readonly prefetch?: boolean;
}

export function sandboxClient({ discoveryUrl, fhirServer, token }: SandboxOptions): SandboxClient {
  async function authorized(url: string): Promise<Record<string, string>> {
    return token === undefined ? {} : { Authorization: `Bearer ${await token(url)}` };
  }

  /** The body of an answer that a page of the sandbox may read. */
  async function readable(response: Response): Promise<unknown> {
    const allowed = response.headers.get('access-control-allow-origin');
    if (allowed !== '*' && allowed !== ORIGIN) throw new TypeError('a browser would not show this answer');
    if (!response.ok) throw new TypeError(`status ${String(response.status)}`);
    const text = await response.text();
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  }

  async function get(url: string, headers: Readonly<Record<string, string>>): Promise<unknown> {
    return readable(await fetch(url, { headers: { Origin: ORIGIN, ...headers } }));
  }

  async function preflight(url: string, method: string, headers: string): Promise<void> {
    const response = await fetch(url, {
      method: 'OPTIONS',
      headers: {
        Origin: ORIGIN,
        'Access-Control-Request-Method': method,
        'Access-Control-Request-Headers': headers,
      },
    });
    const allowed = (name: string): string[] =>
      (response.headers.get(name) ?? '')
        .toLowerCase()
        .split(',')
        .map((one) => one.trim());
    expect(response.status).toBeLessThan(300);
    expect(['*', ORIGIN]).toContain(response.headers.get('access-control-allow-origin'));
    expect(allowed('access-control-allow-methods')).toContain(method.toLowerCase());
    expect(allowed('access-control-allow-headers')).toEqual(expect.arrayContaining(headers.split(',')));
  }

  /** A failure of any sort leaves the key out. */
  async function prefetchOne(template: string, context: Readonly<Record<string, unknown>>): Promise<unknown> {
    const query = template.replace(/\{\{context\.(\w+)\}\}/g, (_, name: string) => String(context[name]));
    const [path = '', parameters] = query.split('?');
    const headers = { Accept: ACCEPT_FHIR };
    if (parameters === undefined) return get(`${fhirServer}/${path}`, headers);
    const form = new URLSearchParams(parameters).toString();
    const posted = await fetch(`${fhirServer}/${path}/_search`, {
      method: 'POST',
      headers: { Origin: ORIGIN, ...headers, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: form,
    });
    return posted.ok ? readable(posted) : get(`${fhirServer}/${path}?${form}`, headers);
  }

  async function prefetchOf(
    { prefetch = {} }: CdsService,
    context: Readonly<Record<string, unknown>>,
  ): Promise<Record<string, unknown>> {
    const filled = Object.entries(prefetch).map(async ([key, template]) => {
      const names = [...template.matchAll(/\{\{context\.(\w+)\}\}/g)].map(([, name = '']) => name);
      if (names.some((name) => typeof context[name] !== 'string')) return [];
      const value = await prefetchOne(template, context).catch(() => undefined);
      return value === undefined ? [] : [[key, value] as const];
    });
    return Object.fromEntries((await Promise.all(filled)).flat());
  }

  async function post(url: string, body: unknown): Promise<Response> {
    await preflight(url, 'POST', token === undefined ? 'content-type' : 'authorization,content-type');
    return fetch(url, {
      method: 'POST',
      headers: {
        Origin: ORIGIN,
        Accept: 'application/json',
        'Content-Type': 'application/json',
        ...(await authorized(url)),
      },
      body: JSON.stringify(body),
    });
  }

  return {
    async discover() {
      await preflight(discoveryUrl, 'GET', 'authorization');
      const headers = { Accept: 'application/json', ...(await authorized(discoveryUrl)) };
      const { services } = (await get(discoveryUrl, headers)) as { services: readonly CdsService[] };
      return new Map(services.map((service) => [service.id, service]));
    },
    async fhirVersion() {
      const statement = await get(`${fhirServer}/metadata`, { Accept: ACCEPT_FHIR });
      return (statement as { fhirVersion: string }).fhirVersion;
    },
    async patients() {
      const bundle = (await get(`${fhirServer}/Patient`, { Accept: ACCEPT_FHIR })) as {
        total: number;
        entry: readonly { readonly resource: SandboxPatient }[];
      };
      if (!(bundle.total > 0)) throw new TypeError('the sandbox shows no patient list');
      return bundle.entry.map(({ resource }) => resource);
    },
    async fire(service, patientId, { drug, supplyDays, prefetch = true } = {}) {
      const context = {
        userId: 'Practitioner/COREPRACTITIONER1',
        patientId,
        ...draftContext(service.hook, patientId, drug, supplyDays),
      };
      const filled = prefetch ? await prefetchOf(service, context) : {};
      const body = {
        hookInstance: randomUUID(),
        hook: service.hook,
        fhirServer,
        context,
        ...(Object.keys(filled).length === 0 ? {} : { prefetch: filled }),
      };
      const response = await post(`${discoveryUrl}/${service.id}`, body);
      return ((await readable(response)) as { cards: readonly Card[] }).cards;
    },
    async feedback(service, entry) {
      const response = await post(`${discoveryUrl}/${service.id}/feedback`, { feedback: [entry] });
      await readable(response);
      return response.status;
    },
  };
}

/** A Bundle without type, and before a drug is chosen an order without drug and intent. */
function draftContext(
  hook: string,
  patientId: string,
  drug: string | null | undefined,
  supplyDays = 30,
): Record<string, unknown> {
  if (drug === undefined) return {};
  const order = {
    resourceType: 'MedicationRequest',
    id: 'request-123',
    status: 'draft',
    subject: { reference: `Patient/${patientId}` },
    category: { coding: [{ code: 'outpatient' }] },
    ...(drug === null
      ? {}
      : {
          intent: 'order',
          medicationCodeableConcept: {
            text: drug,
            coding: [{ system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: '1', display: drug }],
          },
          dosageInstruction: [
            {
              doseAndRate: [
                { doseQuantity: { value: 1, system: 'http://unitsofmeasure.org', code: '{pill}' } },
              ],
              timing: { repeat: { frequency: 1, period: 1, periodUnit: 'd' } },
            },
          ],
          dispenseRequest: {
            expectedSupplyDuration: {
              value: supplyDays,
              unit: 'days',
              system: 'http://unitsofmeasure.org',
              code: 'd',
            },
          },
        }),
  };
  return {
    ...(hook === 'order-select' ? { selections: ['MedicationRequest/request-123'] } : {}),
    draftOrders: { resourceType: 'Bundle', entry: [{ resource: order }] },
  };
}
