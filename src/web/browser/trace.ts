/** Every recommendation of the call: fired or not and why, with its facts, their course, and the numbers that can be tried. */
import type {
  Evaluation,
  Explained,
  ExplainedFact,
  SiteParameter,
  SiteRecommendation,
  Words,
} from './api.ts';
import { el, type Child } from './dom.ts';
import { plot, type Limit, type Point } from './plot.ts';

type Evidence = NonNullable<ExplainedFact['evidence']>[number];

/** Event of a slider that has moved or gone back; `detail` is its parameter with the value that is tried. */
export const TRIED = 'tried';

export interface TraceInput {
  readonly evaluation: Evaluation;
  readonly explained: readonly Explained[];
  readonly controls: (recommendation: SiteRecommendation) => Child;
}

export type Verdict = 'fired' | 'silent' | 'unknown' | 'no' | 'fault';

const VERDICTS: Readonly<Record<Verdict, { readonly label: string; readonly chip: string }>> = {
  fired: { label: 'Fired', chip: 'chip-accent' },
  silent: { label: 'Silent', chip: '' },
  unknown: { label: 'Not enough data', chip: 'chip-warning' },
  no: { label: 'Does not apply', chip: '' },
  fault: { label: 'Fault', chip: 'chip-critical' },
};

export function verdictOf({ outcome, mode }: Explained): Verdict {
  if (outcome === 'recommend') return mode === 'silent' ? 'silent' : 'fired';
  return outcome === 'insufficientData' ? 'unknown' : outcome === 'fault' ? 'fault' : 'no';
}

const ORDER: readonly Verdict[] = ['fault', 'fired', 'silent', 'unknown', 'no'];

/** Those that fired first, then those that lacked data; within each the order of the specification. */
export function trace({ evaluation, explained, controls }: TraceInput): HTMLElement[] {
  const byId = new Map(evaluation.recommendations.map((one) => [one.id, one]));
  return [...explained]
    .sort((a, b) => ORDER.indexOf(verdictOf(a)) - ORDER.indexOf(verdictOf(b)))
    .map((one) => rowOf(one, byId.get(one.recommendation), evaluation.words, controls));
}

function rowOf(
  one: Explained,
  site: SiteRecommendation | undefined,
  words: Words,
  controls: TraceInput['controls'],
): HTMLElement {
  const verdict = verdictOf(one);
  const { label, chip } = VERDICTS[verdict];
  const why = whyOf(one, words);
  // Its parts are made when it is opened: a chart has hundreds of facts.
  const details = el(
    'details',
    { class: `trace-row trace-${verdict}`, 'data-recommendation': one.recommendation },
    el(
      'summary',
      {},
      el('span', { class: `chip ${chip}` }, label),
      el('span', { class: 'trace-title' }, site?.title ?? one.recommendation),
      el('span', { class: 'trace-why soft' }, why),
    ),
  );
  function fill(): void {
    if (details.childElementCount > 1) return;
    details.append(bodyOf(one, site, words, controls));
  }
  details.addEventListener('toggle', fill);
  if (verdict === 'fired') {
    details.open = true;
    fill();
  }
  return details;
}

function whyOf(
  { reason, missing = [], variant, otherVariants = [], because = [] }: Explained,
  words: Words,
): string {
  const titles = (names: readonly string[]): string => names.map((name) => titleOf(name, words)).join(', ');
  if (variant !== undefined)
    return [
      `card “${[variant, ...otherVariants].join('”, “')}”`,
      because.length > 0 ? `because of ${titles(because)}` : '',
    ]
      .filter((part) => part !== '')
      .join(', ');
  if (reason !== undefined) return reason;
  return missing.length > 0 ? `missing: ${titles(missing)}` : '';
}

export function titleOf(name: string, { factTitles, conceptTitles }: Words): string {
  return factTitles[name] ?? conceptTitles[name] ?? name.replace(/([A-Z]+)/g, ' $1').toLowerCase();
}

function bodyOf(
  one: Explained,
  site: SiteRecommendation | undefined,
  words: Words,
  controls: TraceInput['controls'],
): HTMLElement {
  const { facts = [], because = [] } = one;
  const shown = facts.filter(({ state }) => state !== 'absent');
  const absent = facts.filter(({ state }) => state === 'absent').map(({ name }) => titleOf(name, words));
  const plots = el('div', { class: 'plots' }, ...plotsOf(shown, because, site, words));
  const tried = new Map<string, SiteParameter>();
  // Limits follow the sliders.
  function redraw(event: Event): void {
    if (!(event instanceof CustomEvent) || site === undefined) return;
    const moved = event.detail as SiteParameter;
    tried.set(moved.name, moved);
    const parameters = site.parameters.map((own) => tried.get(own.name) ?? own);
    plots.replaceChildren(...plotsOf(shown, because, { ...site, parameters }, words));
  }
  return el(
    'div',
    { class: 'trace-body', [TRIED]: redraw },
    el(
      'p',
      { class: 'soft small' },
      site?.question ?? '',
      ' ',
      el('code', {}, `${one.specification} ${one.recommendation} ${one.version}`),
    ),
    plots,
    shown.length > 0 && factTable(shown, words),
    absent.length > 0 &&
      el('p', { class: 'small' }, el('strong', {}, 'None on record: '), [...new Set(absent)].join(', '), '.'),
    site !== undefined && controls(site),
  );
}

function factTable(facts: readonly ExplainedFact[], words: Words): HTMLElement {
  const heads = ['Fact', 'Value', 'As sent', 'Date', 'Source'];
  return el(
    'div',
    { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': 'Facts' },
    el(
      'table',
      { class: 'facts' },
      el('thead', {}, el('tr', {}, ...heads.map((head) => el('th', { scope: 'col' }, head)))),
      el('tbody', {}, ...withoutRepeated(facts, words).flatMap((fact) => factRows(fact, words))),
    ),
  );
}

/** Several facts may be read from the same results, under one title: shown once. */
function withoutRepeated(facts: readonly ExplainedFact[], words: Words): ExplainedFact[] {
  const shown = facts.map(
    (fact) => [JSON.stringify({ ...fact, name: titleOf(fact.name, words) }), fact] as const,
  );
  return [...new Map(shown.reverse()).values()].reverse();
}

function factRows({ name, state, reason, evidence = [] }: ExplainedFact, words: Words): HTMLElement[] {
  const title = titleOf(name, words);
  const head = (): HTMLElement => el('th', { scope: 'row' }, title);
  const gap =
    state === 'unknown'
      ? [
          el(
            'tr',
            { class: 'fact-unknown' },
            head(),
            el(
              'td',
              { colspan: 4 },
              el('strong', {}, 'unknown'),
              `: ${words.unknownReasons[reason ?? ''] ?? reason ?? ''}`,
            ),
          ),
        ]
      : [];
  const rows = evidence.map((item, index) =>
    evidenceRow(item, index === 0 && gap.length === 0 ? title : '', words),
  );
  return gap.length + rows.length > 0
    ? [...gap, ...rows]
    : [el('tr', {}, head(), el('td', { colspan: 4 }, 'yes'))];
}

function evidenceRow(
  { what, used, sent, date, resource, note }: Evidence,
  title: string,
  words: Words,
): HTMLElement {
  const value = used === undefined ? titleOf(what, words) : measure(used);
  return el(
    'tr',
    {},
    title === '' ? el('td') : el('th', { scope: 'row' }, title),
    el(
      'td',
      {},
      value,
      note !== undefined && el('span', { class: 'soft' }, ` ${words.unusableReasons[note] ?? note}`),
    ),
    el('td', {}, sent === undefined ? '' : measure(sent)),
    el('td', { class: 'date' }, date ?? ''),
    el('td', {}, el('code', {}, resource)),
  );
}

function measure({ comparator = '', value, unit = '' }: NonNullable<Evidence['used']>): string {
  return `${comparator}${String(value)} ${readable(unit)}`.trim();
}

interface Course {
  readonly what: string;
  readonly unit: string;
  readonly points: Map<string, Point>;
}

/** One plot for each value that has a course or a limit. */
function plotsOf(
  facts: readonly ExplainedFact[],
  because: readonly string[],
  site: SiteRecommendation | undefined,
  words: Words,
): HTMLElement[] {
  const courses = coursesOf(facts);
  const deciding =
    because.length === 0 ? courses : coursesOf(facts.filter(({ name }) => because.includes(name)));
  return courses.flatMap((course) => {
    const limits = limitsOf(course, deciding, site);
    const sorted = [...course.points.values()].sort((a, b) => a.day - b.day);
    return sorted.length > 1 || limits.length > 0
      ? [plot(titleOf(course.what, words), readable(course.unit), sorted, limits)]
      : [];
  });
}

function coursesOf(facts: readonly ExplainedFact[]): Course[] {
  const courses = new Map<string, Course>();
  for (const { what, used, date, resource } of facts.flatMap(({ evidence = [] }) => evidence)) {
    const day = date === undefined ? NaN : Date.parse(date.slice(0, 10)) / DAY_MS;
    if (typeof used?.value !== 'number' || date === undefined || Number.isNaN(day)) continue;
    const { value, unit = '', comparator } = used;
    const key = `${what} ${unit}`;
    const course = courses.get(key) ?? { what, unit, points: new Map<string, Point>() };
    const more = comparator === undefined ? {} : { comparator };
    course.points.set(`${resource} ${date}`, { day, label: date.slice(0, 10), value, ...more });
    courses.set(key, course);
  }
  return [...courses.values()];
}

const DAY_MS = 86_400_000;

/** Words by which a parameter says which value it is a limit of. */
const MEASURED =
  /ldl|hdl|total|triglycerides|systolic|diastolic|egfr|creatinine|clearance|calcium|phosph|pth|albumin|crp|score|hba1c|hematocrit|haematocrit|testosterone|weight|bmi|risk|dose/gi;

/**
 * Limits of the same unit that are about this value: by name, or, when the name says no value, because no other value that
 * decides has the unit. A line at somebody else's limit would mislead, so the rest is left out.
 */
function limitsOf(
  { what, unit }: Course,
  deciding: readonly Course[],
  site: SiteRecommendation | undefined,
): Limit[] {
  const sameUnit = deciding.filter((other) => other.unit === unit);
  const isAlone = sameUnit.length === 1 && sameUnit[0]?.what === what;
  return (site?.parameters ?? []).flatMap(({ name, value, unit: own, si }) => {
    const limit = own === unit ? value : si?.unit === unit ? si.value : undefined;
    if (typeof limit !== 'number' || /margin|within/i.test(name)) return [];
    const named = name.match(MEASURED) ?? [];
    const isMine =
      named.length === 0 ? isAlone : named.some((word) => what.toLowerCase().includes(word.toLowerCase()));
    return isMine ? [{ name: wordsOfName(name), value: limit }] : [];
  });
}

const READABLE: Readonly<Record<string, string>> = {
  a: 'years',
  mo: 'months',
  wk: 'weeks',
  d: 'days',
  '1': '',
  'mm[Hg]': 'mmHg',
  '{T-score}': '',
  '{count}': '',
};

/** A UCUM unit as clinicians write it. */
export function readable(unit: string): string {
  return READABLE[unit] ?? unit.replace(/\{1\.73_m2\}/, '1.73 m²').replace(/[{}]/g, '');
}

const ABBREVIATIONS: Readonly<Record<string, string>> = {
  egfr: 'eGFR',
  ldl: 'LDL',
  hdl: 'HDL',
  pth: 'PTH',
  d: 'D',
  crp: 'CRP',
  ost: 'OST',
  orai: 'ORAI',
  frax: 'FRAX',
  bmi: 'BMI',
  g3: 'G3',
  g4: 'G4',
  g5: 'G5',
};

/** `pthMonthsG4` → `PTH months G4`. */
export function wordsOfName(name: string): string {
  return name
    .replace(/^eGfr/, 'egfr')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(' ')
    .map((word) => ABBREVIATIONS[word] ?? word)
    .join(' ');
}
