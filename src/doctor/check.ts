/**
 * What a check is and what it can say. One check is one row of the report; ids are those of the checklist in docs/doctor.md.
 */
import type { Exchange } from './exchange.ts';

/**
 * How binding the text behind a row is: SHALL and SHOULD as written in CDS Hooks, or in the JWT standards that it builds on;
 * `implied` by its plain text; `advice` of its best-practices page, of the draft of 3.0, or ours where it is silent.
 */
export type Level = 'SHALL' | 'SHOULD' | 'implied' | 'advice';

export interface Problem {
  readonly text: string;
  /** The call that showed it. */
  readonly exchange?: Exchange;
}

export type Verdict =
  | { readonly state: 'pass'; readonly note?: string }
  | { readonly state: 'problem'; readonly problems: readonly Problem[] }
  | { readonly state: 'not checked'; readonly reason: string };

export interface Check<Subject> {
  /** `X-5.none`: the checklist's row, and after the dot which case of it. */
  readonly id: string;
  readonly level: Level;
  readonly title: string;
  run(subject: Subject): Verdict | Promise<Verdict>;
}

export function pass(note?: string): Verdict {
  return note === undefined ? { state: 'pass' } : { state: 'pass', note };
}

export function problem(text: string, exchange?: Exchange): Verdict {
  return problems([exchange === undefined ? { text } : { text, exchange }]);
}

/** Pass when there is none. */
export function problems(list: readonly Problem[], note?: string): Verdict {
  return list.length === 0 ? pass(note) : { state: 'problem', problems: list };
}

export function notChecked(reason: string): Verdict {
  return { state: 'not checked', reason };
}

/** The worst of several: a problem anywhere is a problem; otherwise what passed; not checked only when nothing was. */
export function together(verdicts: readonly Verdict[]): Verdict {
  const found = verdicts.flatMap((one) => (one.state === 'problem' ? one.problems : []));
  if (found.length > 0) return { state: 'problem', problems: found };
  return (
    verdicts.find(({ state }) => state === 'pass') ?? verdicts[0] ?? notChecked('there was nothing to check')
  );
}
