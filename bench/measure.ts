/** What all measurements of a running server share. */
import { load, type PreparedRequest } from './load.ts';
import { OURS, startMeasured, type MeasuredServer } from './servers.ts';

export const VIEW = '/cds-services/bone-heart-patient-view';
export const JSON_HEADERS = { 'content-type': 'application/json' };

/** The same unsigned call each time. */
export function plainCall(body: string): (n: number) => PreparedRequest {
  return () => ({ path: VIEW, headers: JSON_HEADERS, body });
}

export interface Measured {
  /** Milliseconds, ascending. */
  readonly latencies: readonly number[];
  readonly requestsPerSecond: number;
  /** CPU time of all threads for one request, microseconds. */
  readonly cpuUs: number;
}

/** Topics of the cards in an answer, in order: what makes two answers the same here, because uuids are fresh. */
export function topicsOf(text: string): string {
  const { cards = [] } = JSON.parse(text) as { cards?: { source: { topic?: { code: string } } }[] };
  return cards.map(({ source }) => source.topic?.code ?? '').join(' ');
}

/**
 * Sends `requests` calls and measures what they cost the server.
 *
 * @throws Error when an answer is not a 200 with the expected cards.
 */
export async function measure(
  server: MeasuredServer,
  options: {
    readonly requests: number;
    readonly concurrency: number;
    readonly next: (n: number) => PreparedRequest;
    readonly topics: string;
  },
): Promise<Measured> {
  const { requests, concurrency, next, topics } = options;
  const before = await server.usage();
  const { latencies, seconds } = await load(server.url, {
    requests,
    concurrency,
    next,
    check: (text) => {
      if (topicsOf(text) !== topics)
        throw new Error(`${server.name} answers other cards: ${text.slice(0, 300)}`);
    },
  });
  const { cpuUs } = await server.usage();
  return { latencies, requestsPerSecond: requests / seconds, cpuUs: (cpuUs - before.cpuUs) / requests };
}

/** One answer, asked once before anything is measured. */
export async function answerOf(server: MeasuredServer, body: string): Promise<string> {
  const answer = await fetch(`${server.url}${VIEW}`, { method: 'POST', headers: JSON_HEADERS, body });
  const text = await answer.text();
  if (answer.status !== 200 || topicsOf(text) === '')
    throw new Error(`no card to expect: ${String(answer.status)} ${text.slice(0, 300)}`);
  return text;
}

/** What ours answers, and with it the bare servers. */
export async function expectedAnswer(body: string): Promise<string> {
  const server = await startMeasured({ name: 'ours', ...OURS });
  try {
    return await answerOf(server, body);
  } finally {
    await server.stop();
  }
}
