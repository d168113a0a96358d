/**
 * Facts in words: for the explanation of an answer and for the "could not check" lines of a card.
 */
import type { Evidence, Fact, Measure } from './facts/fact.ts';
import type { FactName, Facts } from './facts/index.ts';
import type { LipidPanel } from './facts/lab-facts.ts';
import { resultEvidence, unusableEvidence, type Series } from './facts/results.ts';
import type { UnknownReason } from './facts/record.ts';
import type { Definitions } from './knowledge/definitions.ts';
import { escapeMarkdown, fill } from './render.ts';

export interface ExplainedEvidence {
  /** `Type/id` of the resource. */
  readonly resource: string;
  readonly what: string;
  readonly date?: string;
  /** Value and unit as sent. */
  readonly sent?: Measure;
  /** Value and unit as used. */
  readonly used?: Measure;
  readonly note?: string;
}

export interface ExplainedFact {
  readonly name: string;
  readonly state: 'known' | 'absent' | 'unknown';
  readonly reason?: UnknownReason;
  readonly evidence?: readonly ExplainedEvidence[];
}

/** An explanation lists the newest values, not a whole history; of one series enough that a card cites no other. */
const MOST = 10;
const MOST_OF_SERIES = 6;
const MOST_OF_PANEL = 3;

type FactValue = Facts[FactName];

export function explainFact(name: FactName, value: FactValue): ExplainedFact {
  const { state, reason, evidence } = summarise(value);
  return {
    name,
    state,
    ...(reason === undefined ? {} : { reason }),
    ...(evidence.length === 0 ? {} : { evidence: evidence.slice(0, MOST).map(explainEvidence) }),
  };
}

/** State of a fact or series without its evidence: known, absent, or unknown and why. */
export function stateOf(value: FactValue): Pick<ExplainedFact, 'state' | 'reason'> {
  const { state, reason } = summarise(value);
  return reason === undefined ? { state } : { state, reason };
}

interface Summary {
  readonly state: ExplainedFact['state'];
  readonly reason?: UnknownReason;
  readonly evidence: readonly Evidence[];
}

function summarise(value: FactValue): Summary {
  if (value === undefined) return { state: 'unknown', reason: 'failed', evidence: [] };
  if (typeof value === 'boolean') return { state: value ? 'known' : 'absent', evidence: [] };
  if (isSeries(value)) return ofSeries([value]);
  if (isPanel(value)) return ofSeries(Object.values(value) as Series[]);
  return ofFact(value);
}

function isSeries(value: object): value is Series {
  return 'results' in value;
}

function isPanel(value: object): value is LipidPanel {
  return 'triglycerides' in value;
}

function ofFact(fact: Fact<unknown>): Summary {
  if (fact.state === 'absent') return { state: 'absent', evidence: [] };
  if (fact.state === 'unknown')
    return { state: 'unknown', reason: fact.reason, evidence: fact.evidence ?? [] };
  return { state: 'known', evidence: fact.evidence };
}

function ofSeries(all: readonly Series[]): Summary {
  const most = all.length === 1 ? MOST_OF_SERIES : MOST_OF_PANEL;
  const results = all.flatMap((series) => series.results.slice(0, most)).map(resultEvidence);
  const evidence = [...results, ...all.flatMap((series) => series.unusable.map(unusableEvidence))];
  const gap = all.find(({ complete }) => !complete);
  if (results.length > 0) return { state: 'known', evidence };
  if (gap !== undefined) return { state: 'unknown', reason: gap.reason, evidence };
  return evidence.length > 0
    ? { state: 'unknown', reason: 'unreadable', evidence }
    : { state: 'absent', evidence };
}

function explainEvidence({ source, what, date, sent, used, note }: Evidence): ExplainedEvidence {
  return {
    resource: source,
    what,
    ...(date === undefined ? {} : { date: date.text }),
    ...(sent === undefined ? {} : { sent }),
    ...(used === undefined ? {} : { used }),
    ...(note === undefined ? {} : { note }),
  };
}

/** One line for each input of a rule that was unknown, and one for unreadable entries beside readable ones. */
export function uncheckedLines<Names extends FactName>(
  names: readonly Names[],
  facts: Pick<Facts, Names>,
  definitions: Definitions,
): readonly string[] {
  const lines = names.flatMap((name) => lineOf(titleOf(name, definitions), facts[name], definitions));
  return [...new Set(lines)];
}

function lineOf(what: string, value: FactValue, definitions: Definitions): readonly string[] {
  const { state, reason, evidence } = summarise(value);
  if (state === 'unknown') {
    const why = definitions.unknownReasons[reason ?? 'failed'] ?? '';
    return [fill(definitions.couldNotCheck, { what, reason: why }, escapeMarkdown)];
  }
  const notes =
    typeof value === 'object' && (isSeries(value) || isPanel(value)) ? unreadable(evidence, definitions) : [];
  if (notes.length === 0) return [];
  return [
    fill(
      definitions.couldNotRead,
      { what, n: notes.length, reasons: [...new Set(notes)].join(', ') },
      escapeMarkdown,
    ),
  ];
}

function unreadable(evidence: readonly Evidence[], { unusableReasons }: Definitions): readonly string[] {
  return evidence.flatMap(({ note }) =>
    note === undefined || !Object.hasOwn(unusableReasons, note) ? [] : [unusableReasons[note] ?? note],
  );
}

/** Title from definitions.yaml; a fact without one is named by its words: `vitaminDOrdered` -> "vitamin d ordered". */
export function titleOf(name: string, { factTitles }: Definitions): string {
  return factTitles[name] ?? name.replace(/([A-Z]+)/g, ' $1').toLowerCase();
}
