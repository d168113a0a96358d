/** Sliders for the numbers of a recommendation, and what would change with them. */
import type { Card, Changes, Evaluation, Explained, SiteParameter, SiteRecommendation } from './api.ts';
import { el, type Child } from './dom.ts';
import { readable, TRIED, verdictOf, wordsOfName } from './trace.ts';

export interface Tries {
  readonly controls: (recommendation: SiteRecommendation) => Child;
  changes(): Changes;
  count(): number;
  /** Back to the numbers of the site. */
  reset(): void;
  /** Forgets the controls too: another case has its own. */
  clear(): void;
}

/** @param onChange called at every move of a slider. */
export function createTries(onChange: () => void): Tries {
  let tried = new Map<string, Map<string, number | boolean>>();
  const sites = new Map<string, SiteRecommendation>();
  let resets: (() => void)[] = [];

  function set(id: string, { name, value: own }: SiteParameter, value: number | boolean): void {
    const values = tried.get(id) ?? new Map<string, number | boolean>();
    if (value === own) values.delete(name);
    else values.set(name, value);
    tried.set(id, values);
    onChange();
  }

  return {
    controls(site) {
      sites.set(site.id, site);
      if (site.parameters.length === 0) return null;
      return el(
        'fieldset',
        { class: 'tries' },
        el('legend', {}, 'Try other numbers'),
        ...site.parameters.map((parameter) => {
          const current = tried.get(site.id)?.get(parameter.name);
          const { row, reset } = controlOf(site.id, parameter, current, (value) => {
            set(site.id, parameter, value);
          });
          resets.push(reset);
          return row;
        }),
      );
    },
    changes() {
      const entries = [...tried].filter(([, values]) => values.size > 0);
      return Object.fromEntries(
        entries.map(([id, values]) => {
          const parameters = sites.get(id)?.parameters ?? [];
          const given = [...values].map(([name, value]) => [
            name,
            withTwin(
              parameters.find((one) => one.name === name),
              value,
            ),
          ]);
          return [id, { parameters: Object.fromEntries(given) as Changes[string]['parameters'] }];
        }),
      );
    },
    count: () => [...tried.values()].reduce((sum, values) => sum + values.size, 0),
    reset() {
      tried = new Map();
      for (const reset of resets) reset();
    },
    clear() {
      tried = new Map();
      resets = [];
      sites.clear();
    },
  };
}

/** The SI twin moves in proportion: nearly right, and said so beside the slider. */
function withTwin(
  parameter: SiteParameter | undefined,
  value: number | boolean,
): number | boolean | { value: number; si: number } {
  if (parameter?.si === undefined || typeof value === 'boolean' || typeof parameter.value === 'boolean')
    return value;
  const { value: own, si } = parameter;
  return { value, si: own === 0 ? si.value : Number(((si.value * value) / own).toPrecision(4)) };
}

function controlOf(
  id: string,
  parameter: SiteParameter,
  current: number | boolean | undefined,
  set: (value: number | boolean) => void,
): { row: HTMLElement; reset: () => void } {
  const { name, unit, why, value: own, si } = parameter;
  const field = `try-${id}-${name}`;
  const label = el('label', { for: field }, wordsOfName(name));
  if (typeof own === 'boolean') {
    const box = el('input', {
      id: field,
      type: 'checkbox',
      change: () => {
        set(box.checked);
      },
    });
    const reset = (): void => {
      box.checked = own;
    };
    box.checked = current === undefined ? own : current === true;
    return { row: el('div', { class: 'try', title: why }, label, box, el('output', {}, '')), reset };
  }
  const [min, max, step] = scaleOf(own, unit);
  const shown = (value: number): string =>
    `${String(value)} ${readable(unit)}${value === own ? '' : ` (site: ${String(own)}${twinWords(value)})`}`;
  const twinWords = (value: number): string => {
    const given = withTwin(parameter, value);
    return typeof given === 'object' ? `; ${String(given.si)} ${readable(si?.unit ?? '')} in proportion` : '';
  };
  const triedAs = (value: number): SiteParameter => {
    const given = withTwin(parameter, value);
    const twin = typeof given === 'object' && si !== undefined ? { si: { ...si, value: given.si } } : {};
    return { ...parameter, value, ...twin };
  };
  const output = el('output', { for: field });
  const slider = el('input', {
    id: field,
    type: 'range',
    min,
    max,
    step,
    input: () => {
      move(slider.valueAsNumber);
    },
  });
  function move(value: number): void {
    show(value);
    set(value);
  }
  function show(value: number): void {
    slider.value = String(value);
    slider.setAttribute('aria-valuetext', shown(value));
    output.textContent = shown(value);
    slider.dispatchEvent(new CustomEvent(TRIED, { bubbles: true, detail: triedAs(value) }));
  }
  show(typeof current === 'number' ? current : own);
  return {
    row: el('div', { class: 'try', title: why }, label, slider, output),
    reset: () => {
      show(own);
    },
  };
}

/** Counted in whole numbers. */
const WHOLE: ReadonlySet<string> = new Set(['d', 'wk', 'mo', 'a', 'h', '{count}', '{points}']);

/** From nothing to about double, in steps that hit the site's value and are as fine as a laboratory reports. */
function scaleOf(own: number, unit: string): readonly [min: number, max: number, step: number] {
  const decimals = /\.(\d+)$/.exec(String(own))?.[1]?.length ?? 0;
  const size = Math.max(Math.abs(own), 1);
  const whole = size >= 1000 ? 10 : 1;
  const step = decimals > 0 ? 10 ** -decimals : WHOLE.has(unit) || size >= 10 ? whole : 0.1;
  const reach = Math.ceil(size / step) * step;
  const round = (value: number): number => Number(value.toFixed(6));
  return own < 0
    ? [round(own - reach), round(own + reach), step]
    : [round(own - Math.min(reach, own)), round(own + reach), step];
}

/** What the tried numbers would change, in lines; none when nothing would. */
export function differences(before: Evaluation, after: Evaluation): string[] {
  const titles = new Map(before.recommendations.map(({ id, title }) => [id, title]));
  const old = new Map(before.explanation.recommendations.map((one) => [one.recommendation, one]));
  const verdicts = after.explanation.recommendations.flatMap((one) => {
    const was = old.get(one.recommendation);
    if (was === undefined || said(was) === said(one)) return [];
    return [`${titles.get(one.recommendation) ?? one.recommendation}: ${said(was)} → ${said(one)}`];
  });
  return [...verdicts, ...cardChanges(before.response.cards, after.response.cards)];
}

const SAID = {
  fired: 'fires',
  silent: 'silent',
  unknown: 'not enough data',
  no: 'does not apply',
  fault: 'fault',
} as const;

function said(one: Explained): string {
  return `${SAID[verdictOf(one)]}${one.variant === undefined ? '' : ` (${one.variant})`}`;
}

function cardChanges(before: readonly Card[], after: readonly Card[]): string[] {
  const textOf = ({ summary, indicator }: Card): string => `${indicator}: ${summary}`;
  const old = new Set(before.map(textOf));
  const now = new Set(after.map(textOf));
  return [
    ...[...old].filter((text) => !now.has(text)).map((text) => `− ${text}`),
    ...[...now].filter((text) => !old.has(text)).map((text) => `+ ${text}`),
  ];
}
