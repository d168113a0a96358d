/** What the page exchanges with the service. Answers are our own service's; patient data travels in bodies only. */
import type { ExplainedFact } from '../../explain.ts';
import type { Explained } from '../../decide.ts';
import type { Card } from '../../hooks/card.ts';

export interface SiteParameter {
  readonly name: string;
  readonly unit: string;
  readonly why?: string;
  readonly value: number | boolean;
  readonly si?: { readonly value: number; readonly unit: string };
}

export interface SiteRecommendation {
  readonly id: string;
  readonly specification: string;
  readonly title: string;
  readonly question: string;
  readonly mode: string;
  readonly parameters: readonly SiteParameter[];
}

export interface Words {
  readonly factTitles: Readonly<Record<string, string>>;
  readonly conceptTitles: Readonly<Record<string, string>>;
  readonly unknownReasons: Readonly<Record<string, string>>;
  readonly unusableReasons: Readonly<Record<string, string>>;
}

export interface Evaluation {
  readonly service: string;
  readonly title: string;
  readonly hook: string;
  readonly asOf: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly response: { readonly cards: readonly Card[] };
  readonly explanation: { readonly recommendations: readonly Explained[] };
  readonly recommendations: readonly SiteRecommendation[];
  readonly words: Words;
}

export type { Card, Explained, ExplainedFact };

/** Recommendation -> parameter -> value to try. */
export type Changes = Readonly<
  Record<
    string,
    { readonly parameters: Readonly<Record<string, number | boolean | { value: number; si: number }>> }
  >
>;

export interface Question {
  readonly content: unknown;
  readonly hook: string;
  readonly asOf: string;
  readonly parameters?: Changes;
}

/** An answer that is no success, in the words of the service. */
export class Refused extends Error {
  readonly status: number;
  readonly lines: readonly string[];

  constructor(status: number, lines: readonly string[]) {
    super(lines.join(' '));
    this.status = status;
    this.lines = lines;
  }
}

export async function sampleOf(id: string): Promise<unknown> {
  return (await answered(await fetch(`workbench/samples/${encodeURIComponent(id)}`))).json();
}

export async function evaluate(question: Question, signal?: AbortSignal): Promise<Evaluation> {
  const response = await post('workbench/evaluate', question, signal);
  return (await response.json()) as Evaluation;
}

export interface HookAnswer {
  readonly cards: readonly Card[];
  readonly extension?: Readonly<
    Record<string, { readonly recommendations?: readonly Explained[] } | undefined>
  >;
}

/** Calls the real hook, asking for the explanation too. */
export async function callHook(service: string, request: object): Promise<HookAnswer> {
  const response = await post(`cds-services/${service}`, request);
  return (await response.json()) as HookAnswer;
}

/** Sends feedback to the service of the card; gives the HTTP status. */
export async function sendFeedback(service: string, entry: object): Promise<number> {
  return (await post(`cds-services/${service}/feedback`, { feedback: [entry] })).status;
}

async function post(url: string, body: object, signal?: AbortSignal): Promise<Response> {
  const init = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
  return answered(await fetch(url, signal === undefined ? init : { ...init, signal }));
}

interface Outcome {
  readonly issue?: readonly {
    readonly details?: { readonly text?: string };
    readonly diagnostics?: string;
  }[];
}

async function answered(response: Response): Promise<Response> {
  if (response.ok) return response;
  const outcome = (await response.json().catch(() => ({}))) as Outcome;
  const lines = (outcome.issue ?? []).flatMap(({ details, diagnostics }) =>
    [details?.text, diagnostics].filter((line) => line !== undefined),
  );
  throw new Refused(response.status, lines.length > 0 ? [...new Set(lines)] : [`HTTP ${response.status}`]);
}
