/**
 * Facts in words: for the explanation of an answer and for the "could not check" lines of a card.
 */
import type { Evidence, Fact, Measure } from './facts/fact.ts';
import type { FactName, Facts } from './facts/index.ts';
import type { LipidPanel } from './facts/lab-facts.ts';
import { resultEvidence, unusableEvidence, type Series, type Unusable } from './facts/results.ts';
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
  const pieces = evidence();
  return {
    name,
    state,
    ...(reason === undefined ? {} : { reason }),
    ...(pieces.length === 0 ? {} : { evidence: pieces.slice(0, MOST).map(explainEvidence) }),
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
  /** Made when it is asked for: most facts are only asked for their state. */
  readonly evidence: () => readonly Evidence[];
}

const NO_EVIDENCE = (): readonly Evidence[] => [];

function summarise(value: FactValue): Summary {
  if (value === undefined) return { state: 'unknown', reason: 'failed', evidence: NO_EVIDENCE };
  if (typeof value === 'boolean') return { state: value ? 'known' : 'absent', evidence: NO_EVIDENCE };
  const series = seriesIn(value);
  return series.length > 0 ? ofSeries(series) : ofFact(value as Fact<unknown>);
}

function isSeries(value: object): value is Series {
  return 'results' in value;
}

function isPanel(value: object): value is LipidPanel {
  return 'triglycerides' in value;
}

function ofFact(fact: Fact<unknown>): Summary {
  if (fact.state === 'absent') return { state: 'absent', evidence: NO_EVIDENCE };
  const { evidence = [] } = fact;
  return fact.state === 'unknown'
    ? { state: 'unknown', reason: fact.reason, evidence: () => evidence }
    : { state: 'known', evidence: () => evidence };
}

function ofSeries(all: readonly Series[]): Summary {
  const evidence = (): readonly Evidence[] => {
    const most = all.length === 1 ? MOST_OF_SERIES : MOST_OF_PANEL;
    return [
      ...all.flatMap((series) => series.results.slice(0, most)).map(resultEvidence),
      ...all.flatMap((series) => series.unusable.map(unusableEvidence)),
    ];
  };
  if (all.some(({ results }) => results.length > 0)) return { state: 'known', evidence };
  const gap = all.find(({ complete }) => !complete);
  if (gap !== undefined) return { state: 'unknown', reason: gap.reason, evidence };
  return all.some(({ unusable }) => unusable.length > 0)
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
  return [...new Set(names.flatMap((name) => lineOf(name, facts[name], definitions)))];
}

function lineOf(name: FactName, value: FactValue, definitions: Definitions): readonly string[] {
  const { state, reason } = summarise(value);
  if (state === 'unknown') {
    const why = definitions.unknownReasons[reason ?? 'failed'] ?? '';
    return [
      fill(definitions.couldNotCheck, { what: titleOf(name, definitions), reason: why }, escapeMarkdown),
    ];
  }
  const notes = seriesIn(value).flatMap(({ unusable }) => unreadable(unusable, definitions));
  if (notes.length === 0) return [];
  return [
    fill(
      definitions.couldNotRead,
      { what: titleOf(name, definitions), n: notes.length, reasons: [...new Set(notes)].join(', ') },
      escapeMarkdown,
    ),
  ];
}

function seriesIn(value: FactValue): readonly Series[] {
  if (typeof value !== 'object') return [];
  if (isSeries(value)) return [value];
  return isPanel(value) ? (Object.values(value) as Series[]) : [];
}

function unreadable(unusable: readonly Unusable[], { unusableReasons }: Definitions): readonly string[] {
  return unusable.flatMap(({ why }) =>
    Object.hasOwn(unusableReasons, why) ? (unusableReasons[why] ?? why) : [],
  );
}

/** Title from definitions.yaml; a fact without one is named by its words: `vitaminDOrdered` -> "vitamin d ordered". */
export function titleOf(name: string, { factTitles }: Definitions): string {
  return factTitles[name] ?? name.replace(/([A-Z]+)/g, ' $1').toLowerCase();
}
