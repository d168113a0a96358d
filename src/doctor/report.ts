/** The report: text for a terminal, and JSON for machines. Everything in it goes through the mask. */
import { styleText } from 'node:util';
import type { Level, Problem } from './check.ts';
import type { Examination, Row } from './examine.ts';
import { seconds } from './exchange.ts';
import { printable, type Mask } from './mask.ts';

export type Result = 'pass' | 'fail' | 'warning' | 'not checked';

export interface ReportOptions {
  readonly url: string;
  readonly mask: Mask;
  readonly requests: number;
  readonly durationMs: number;
  /** Whether answers of 200 may be shown: not when the data is that of a file. */
  readonly showsAnswers: boolean;
  /** Colour and bold: on a terminal. */
  readonly colour: boolean;
}

/** SHALL fails; everything else warns. A row is as bad as its worst service. */
export function resultOf({ level, verdicts }: Row): Result {
  const states = verdicts.map(({ verdict }) => verdict.state);
  if (states.includes('problem')) return level === 'SHALL' ? 'fail' : 'warning';
  return states.includes('pass') ? 'pass' : 'not checked';
}

interface ProblemReport {
  readonly services: readonly string[];
  readonly text: string;
  readonly sent?: { readonly method: string; readonly url: string; readonly what: string };
  readonly received?: {
    readonly status: number;
    readonly contentType: string;
    readonly ms: number;
    readonly bytes: number;
    readonly body?: string;
  };
  readonly failure?: string;
}

export interface RowReport {
  readonly id: string;
  readonly level: Level;
  readonly group: string;
  readonly title: string;
  readonly result: Result;
  readonly notes?: readonly string[];
  readonly problems?: readonly ProblemReport[];
  /** Of what was not checked, the reason and, unless it is all of them, where. */
  readonly notChecked?: readonly { readonly reason: string; readonly services: readonly string[] }[];
}

/** The stable shape of `--json`, described in docs/doctor.md. */
export interface Report {
  readonly format: 'cds-hooks-doctor/1';
  readonly url: string;
  readonly requests: number;
  readonly durationMs: number;
  readonly services: readonly { readonly id: string; readonly hook: string }[];
  /** Whose data was sent: nobody's, or also that of the user's request files. */
  readonly patients: 'synthetic' | 'synthetic and from files';
  readonly summary: Readonly<Record<'pass' | 'fail' | 'warning' | 'notChecked', number>>;
  readonly notes: readonly string[];
  readonly rows: readonly RowReport[];
}

export function reportOf(examination: Examination, options: ReportOptions): Report {
  const { url, mask, requests, durationMs } = options;
  const rows = examination.rows.map((row) => rowReport(row, options));
  const count = (result: Result): number => rows.filter((row) => row.result === result).length;
  return {
    format: 'cds-hooks-doctor/1',
    url: mask(url),
    requests,
    durationMs: Math.round(durationMs),
    services: examination.services.map(({ id, hook }) => ({ id: shown(id, mask), hook: shown(hook, mask) })),
    patients: options.showsAnswers ? 'synthetic' : 'synthetic and from files',
    summary: {
      pass: count('pass'),
      fail: count('fail'),
      warning: count('warning'),
      notChecked: count('not checked'),
    },
    notes: examination.notes.map((note) => shown(note, mask)),
    rows,
  };
}

function shown(text: string, mask: Mask): string {
  return printable(mask(text));
}

function rowReport(row: Row, options: ReportOptions): RowReport {
  const { id, level, title, group, verdicts } = row;
  const { mask } = options;
  const notes = verdicts.flatMap(({ verdict }) =>
    verdict.state === 'pass' && verdict.note !== undefined ? [shown(verdict.note, mask)] : [],
  );
  const found = grouped(
    verdicts.flatMap(({ service, verdict }) =>
      verdict.state === 'problem'
        ? verdict.problems.map((one) => ({ service, key: shown(one.text, mask), one }))
        : [],
    ),
  ).map(([text, services, one]) => ({ services, text, ...exchangeReport(one, options) }));
  const skipped = grouped(
    verdicts.flatMap(({ service, verdict }) =>
      verdict.state === 'not checked' ? [{ service, key: shown(verdict.reason, mask), one: undefined }] : [],
    ),
  ).map(([reason, services]) => ({ reason, services }));
  return {
    id,
    level,
    group,
    title,
    result: resultOf(row),
    ...(notes.length === 0 ? {} : { notes: [...new Set(notes)] }),
    ...(found.length === 0 ? {} : { problems: found }),
    ...(skipped.length === 0 ? {} : { notChecked: skipped }),
  };
}

/** Equal texts of several services are told once. */
function grouped<T>(
  items: readonly { service: string | undefined; key: string; one: T }[],
): [text: string, services: string[], first: T][] {
  const groups = new Map<string, [string, string[], T]>();
  for (const { service, key, one } of items) {
    const group = groups.get(key) ?? [key, [], one];
    if (service !== undefined && !group[1].includes(service)) group[1].push(printable(service));
    groups.set(key, group);
  }
  return [...groups.values()];
}

const LONGEST_BODY = 200;

function exchangeReport(
  { exchange }: Problem,
  { mask, showsAnswers }: ReportOptions,
): Pick<ProblemReport, 'sent' | 'received' | 'failure'> {
  if (exchange === undefined) return {};
  const { sent, received, failure } = exchange;
  const content = { sent: { ...sent, url: shown(sent.url, mask), what: shown(sent.what, mask) } };
  if (received === undefined) return { ...content, failure: failure ?? 'no answer' };
  const body = received.status >= 400 || showsAnswers ? printable(mask(received.text), LONGEST_BODY) : '';
  return {
    ...content,
    received: {
      status: received.status,
      contentType: shown(received.headers['content-type'] ?? '', mask),
      ms: Math.round(received.ms),
      bytes: Buffer.byteLength(received.text),
      ...(body === '' ? {} : { body }),
    },
  };
}

/** A failed call in two lines. */
function exchangeLines({ sent, received, failure }: ProblemReport): string[] {
  if (sent === undefined) return [];
  const answer =
    received === undefined
      ? (failure ?? '')
      : [
          `${String(received.status)} ${received.contentType === '' ? 'without Content-Type' : received.contentType}`,
          `in ${String(received.ms)} ms, ${String(received.bytes)} bytes`,
        ].join(' ') + (received.body === undefined ? '' : `: ${received.body}`);
  return [`sent      ${sent.method} ${sent.url} (${sent.what})`, `received  ${answer}`];
}

const MOST_PROBLEMS = 4;
const WORDS: Readonly<Record<Result, string>> = {
  pass: 'pass',
  fail: 'FAIL',
  warning: 'warning',
  'not checked': '-',
};
const COLOURS = { pass: 'green', fail: 'red', warning: 'yellow', 'not checked': 'gray' } as const;

export function asText(report: Report, { colour }: Pick<ReportOptions, 'colour'>): string {
  const paint = (format: Parameters<typeof styleText>[0], text: string): string =>
    colour ? styleText(format, text, { validateStream: false }) : text;
  const groups = [...new Set(report.rows.map(({ group }) => group))];
  const { summary, requests, durationMs, services, rows } = report;
  const lines = groups.flatMap((group) => [
    '',
    paint('bold', group),
    ...groupLines(
      rows.filter((row) => row.group === group),
      services.length,
      paint,
    ),
  ]);
  const bad = rows.filter(({ result }) => result === 'fail' || result === 'warning');
  return [
    paint('bold', `CDS Hooks doctor: ${report.url}`),
    `${plural(services.length, 'service')} called, ${plural(requests, 'request')} in ${seconds(durationMs)}. Patients sent: ${report.patients}.`,
    ...services.map(({ id, hook }) => `  ${id} (${hook})`),
    ...lines,
    '',
    `${String(summary.pass)} passed, ${String(summary.fail)} failed, ${plural(summary.warning, 'warning')}, ${String(summary.notChecked)} not checked.`,
    ...(bad.length === 0 ? [] : [`Look at ${bad.map(({ id }) => id).join(', ')}.`]),
    ...report.notes.map((note) => `Note: ${note}.`),
    'FAIL: a SHALL is broken. warning: SHOULD, implied or advice. What each row means: docs/doctor.md.',
  ].join('\n');
}

function plural(count: number, word: string): string {
  return `${String(count)} ${word}${count === 1 ? '' : 's'}`;
}

type Paint = (format: Parameters<typeof styleText>[0], text: string) => string;

/** Rows in their order; a run of rows that were not checked for one reason is told as one. */
function groupLines(rows: readonly RowReport[], services: number, paint: Paint): string[] {
  const runs: RowReport[][] = [];
  for (const row of rows) {
    const last = runs.at(-1);
    const isSame = reasonOf(row) !== undefined && reasonOf(row) === reasonOf(last?.[0]);
    if (last !== undefined && isSame) last.push(row);
    else runs.push([row]);
  }
  return runs.flatMap((run) => {
    const reason = reasonOf(run[0]);
    return reason !== undefined && run.length >= MANY
      ? [
          `  ${paint('gray', WORDS['not checked'].padEnd(8))} ${String(run.length)} rows not checked: ${reason}`,
          ...wrapped(run.map(({ id }) => id)).map((line) => paint('gray', `${INDENT}${line}`)),
        ]
      : run.flatMap((row) => rowLines(row, services, paint));
  });
}

/** So many unchecked rows in a run are told by id alone. */
const MANY = 3;

function rowLines(row: RowReport, services: number, paint: Paint): string[] {
  const word = paint(COLOURS[row.result], WORDS[row.result].padEnd(8));
  const unchecked = (row.notChecked ?? []).flatMap((one) => one.services).length;
  const notes =
    row.result !== 'pass'
      ? []
      : [
          ...(row.notes ?? []).slice(0, 2),
          ...(unchecked === 0
            ? []
            : [`not checked at ${String(unchecked)} of ${plural(services, 'service')}`]),
        ];
  const problems = (row.problems ?? []).slice(0, MOST_PROBLEMS);
  const more = (row.problems?.length ?? 0) - problems.length;
  const reason = reasonOf(row);
  return [
    `  ${word} ${row.id.padEnd(21)} ${row.level.padEnd(8)} ${row.title}${notes.length === 0 ? '' : `  (${notes.join('; ')})`}`,
    ...problems.flatMap((one) => [
      `${INDENT}${where(one.services, services)}${one.text}`,
      ...exchangeLines(one).map((line) => `${INDENT}  ${line}`),
    ]),
    ...(more > 0 ? [`${INDENT}and ${String(more)} more (--json has all)`] : []),
    ...(reason === undefined ? [] : [paint('gray', `${INDENT}not checked: ${reason}`)]),
  ];
}

const LINE = 100;

function wrapped(words: readonly string[]): string[] {
  return words.reduce<string[]>((lines, word) => {
    const last = lines.at(-1);
    return last === undefined || last.length + word.length + 2 > LINE
      ? [...lines, word]
      : [...lines.slice(0, -1), `${last}, ${word}`];
  }, []);
}

const INDENT = '           ';

function reasonOf(row: RowReport | undefined): string | undefined {
  return row?.result === 'not checked' ? row.notChecked?.[0]?.reason : undefined;
}

function where(names: readonly string[], services: number): string {
  if (names.length === 0 || services === 1) return '';
  return names.length === services ? 'every service: ' : `${names.join(', ')}: `;
}
