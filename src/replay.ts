/**
 * `replay FILE`: the cards for a saved hook request or patient Bundle, on the terminal. No network: what a request does not
 * carry in its prefetch is unknown.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parseArgs, styleText } from 'node:util';
import { decide, type Decision, type Explained } from './decide.ts';
import { ServiceError } from './errors.ts';
import type { Measure } from './facts/fact.ts';
import { parseDay } from './facts/fhir-date.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import type { Policy } from './knowledge/policy.ts';
import type { CardDraft } from './render.ts';
import { caseOfBundle, caseOfRequest, isBundle, printable } from './saved-case.ts';

export const REPLAY_USAGE = `replay FILE [--hook HOOK] [--as-of YYYY-MM-DD] [--patient ID] [--explain] [--json]

  FILE       a hook request or a FHIR Bundle of one patient, JSON, may be gzipped
  --hook     for a Bundle: patient-view (default) or encounter-discharge; for a request its own hook decides
  --as-of    evaluation date, today by default
  --patient  for a Bundle with several patients: the id of the one to judge
  --explain  also every recommendation that did not fire, and why
  --json     the decision as JSON`;

export interface ReplayOptions {
  readonly args: readonly string[];
  readonly policy: Policy;
  readonly today: string;
  readonly print: (text: string) => void;
  /** Colour and bold: on a terminal. */
  readonly colour: boolean;
}

/** @throws ServiceError ERR_BAD_REQUEST when the arguments or the file cannot be used. */
export async function replay({ args, policy, today, print, colour }: ReplayOptions): Promise<void> {
  const { file, hook, asOf, patientId, explain, json } = readArguments(args, today);
  const content = readJson(file);
  const { plan, record, context } = isBundle(content)
    ? caseOfBundle(content, chartHook(hook), policy, patientId)
    : await caseOfRequest(requestIn(content, file, patientId), policy);
  const decision = decide(plan.definition.id, record, context, policy, asOf);
  print(
    json
      ? asJson(decision, explain)
      : asText(decision, { explain, colour, heading: `${plan.definition.hook} on ${asOf}` }),
  );
}

interface Arguments {
  readonly file: string;
  readonly hook: string | undefined;
  readonly asOf: string;
  readonly patientId: string | undefined;
  readonly explain: boolean;
  readonly json: boolean;
}

function readArguments(args: readonly string[], today: string): Arguments {
  const options = {
    hook: { type: 'string' },
    'as-of': { type: 'string' },
    patient: { type: 'string' },
    explain: { type: 'boolean' },
    json: { type: 'boolean' },
  } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [file, ...others] = positionals;
    if (file === undefined || others.length > 0) throw new RangeError('give one FILE');
    const asOf = values['as-of'] ?? today;
    parseDay(asOf);
    return {
      file,
      hook: values.hook,
      asOf,
      patientId: values.patient,
      explain: values.explain ?? false,
      json: values.json ?? false,
    };
  } catch (error) {
    throw new ServiceError(
      'ERR_BAD_REQUEST',
      `${error instanceof Error ? error.message : 'bad arguments'}\n\n${REPLAY_USAGE}`,
    );
  }
}

const GZIP_MAGIC = 0x1f8b;

function readJson(file: string): unknown {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    throw new ServiceError('ERR_BAD_REQUEST', `${file}: cannot be read`);
  }
  try {
    const plain = bytes.length > 2 && bytes.readUInt16BE(0) === GZIP_MAGIC ? gunzipSync(bytes) : bytes;
    return JSON.parse(plain.toString('utf8').replace(/^\uFEFF/, ''));
  } catch {
    throw new ServiceError('ERR_BAD_REQUEST', `${file}: is not JSON`);
  }
}

/** What a hook request cannot do without; one of them is enough to take the file for a request and name what is wrong. */
const REQUEST_MEMBERS = ['hook', 'hookInstance', 'context'];

function requestIn(content: unknown, file: string, patientId: string | undefined): JsonObject {
  if (!isJsonObject(content) || !REQUEST_MEMBERS.some((name) => Object.hasOwn(content, name)))
    throw new ServiceError('ERR_BAD_REQUEST', `${file}: is neither a hook request nor a Bundle`);
  if (patientId !== undefined) {
    throw new ServiceError(
      'ERR_BAD_REQUEST',
      '--patient is for a Bundle: a hook request names its patient in context.patientId',
    );
  }
  return content;
}

function chartHook(hook: string | undefined): string {
  if (hook === 'order-select' || hook === 'order-sign') {
    throw new ServiceError(
      'ERR_BAD_REQUEST',
      `--hook ${hook} needs a hook request: a Bundle holds no draft orders`,
    );
  }
  return hook ?? 'patient-view';
}

function asJson(decision: Decision, explain: boolean): string {
  const content = { cards: decision.cards, ...(explain ? { explanation: decision.explain() } : {}) };
  return JSON.stringify(content, null, 2).split('\n').map(printable).join('\n');
}

interface Look {
  readonly explain: boolean;
  readonly colour: boolean;
  readonly heading: string;
}

const COLOURS = { critical: 'red', warning: 'yellow', info: 'cyan' } as const;

function asText(decision: Decision, { explain, colour, heading }: Look): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const cards = decision.cards.map((card) => cardText(card, paint));
  const none = decision.cards.length === 0 ? ['No cards.'] : [];
  const findings = explain
    ? [['', paint('bold', 'Every recommendation'), ...decision.explain().map(explainLine)].join('\n')]
    : [];
  return [paint('bold', heading), ...none, ...cards, ...findings].join('\n\n');
}

type Paint = (style: 'bold' | 'red' | 'yellow' | 'cyan' | 'dim', text: string) => string;

function cardText(card: CardDraft, paint: Paint): string {
  const title = `${paint(COLOURS[card.indicator], `[${card.indicator}]`)} ${paint('bold', printable(card.summary))}`;
  const suggestions = (card.suggestions ?? []).map(({ label }) => `  + ${printable(label)}`);
  const topic = paint('dim', `  ${card.source.topic?.code ?? ''} · ${card.source.label}`);
  return [
    title,
    topic,
    ...(card.detail ?? '')
      .replaceAll('**', '')
      .split('\n')
      .map((line) => `  ${printable(line)}`.trimEnd()),
    ...suggestions,
  ].join('\n');
}

function explainLine({
  specification,
  recommendation,
  outcome,
  variant,
  reason,
  missing,
  facts = [],
}: Explained): string {
  const why = variant ?? reason ?? (missing === undefined ? '' : `missing: ${missing.join(', ')}`);
  const lines = facts
    .filter(({ state }) => state !== 'absent')
    .map(({ name, state, reason: gap, evidence = [] }) => {
      const shown = evidence.map(({ date, sent, used, note, resource }) =>
        [showMeasure(sent ?? used), date, resource, note].filter((part) => part !== undefined).join(' '),
      );
      return `      ${name}: ${[gap ?? state, ...shown].join('; ')}`;
    });
  return [`  ${specification} ${recommendation}: ${outcome}${why === '' ? '' : ` (${why})`}`, ...lines]
    .map(printable)
    .join('\n');
}

function showMeasure(measure: Measure | undefined): string | undefined {
  if (measure === undefined) return undefined;
  const { comparator, value, unit } = measure;
  return [comparator, value, unit].filter((part) => part !== undefined).join(' ');
}
