/** Sections of the report about data: values beside their limits, and how complete the charts are. */
import { details, html, table, whole, type Html } from './html.ts';
import { histogram, shares } from './plots.ts';
import type { FactReport, Histogram, Report } from './report.ts';

const NUMBER = { isNumber: true } as const;

export function valuesSection({ values }: Report): Html {
  if (values.length === 0) return html`<p>No value that a rule asked for is on record.</p>`;
  return html`<p>
      The newest value of each patient in whom a rule asked for it, in the unit family that the laboratory
      reported, with the limits of the policy as dashed lines. The outermost bins hold what lies beyond the
      axis.
    </p>
    <div class="plots">${values.map(valuePlot)}</div> `;
}

function valuePlot({ title, axis, bins, limits, patients }: Histogram): Html {
  const unit = shownUnit(axis.unit);
  const marks = limits.map(({ name, value }) => ({ at: value, label: `${words(name)} ${String(value)}` }));
  const { from, to, step } = axis;
  const caption = `${title}, ${unit} (${whole(patients)} patients)`;
  return html`<div>
    <h3>${title}, ${unit}</h3>
    <figure>
      ${histogram({ title: caption, unit: `${unit}; ${whole(patients)} patients`, from, to, bins, marks })}
    </figure>
    ${limits.length === 0 ? null : html`<p class="n">Limits: ${limits.map(({ name, recommendation, value }) => `${words(name)} ${String(value)} (${recommendation ?? 'T-score ranges'})`).join('; ')}.</p>`}
    ${details(
      'Table',
      table({
        caption,
        columns: [
          { title: `From, ${unit}` },
          { title: 'To below', ...NUMBER },
          { title: 'Patients', ...NUMBER },
        ],
        rows: bins.flatMap((n, bin) =>
          n === 0
            ? []
            : [
                [
                  bin === 0 ? `${edge(from, step, 0)} or less` : edge(from, step, bin),
                  bin === bins.length - 1 ? 'and more' : edge(from, step, bin + 1),
                  whole(n),
                ],
              ],
        ),
      }),
    )}
  </div>`;
}

function edge(from: number, step: number, bin: number): string {
  return String(Math.round((from + step * bin) * 1000) / 1000);
}

/** `{T-score}` -> `T-score`. */
function shownUnit(unit: string): string {
  return unit.replace(/^\{(.*)\}$/, '$1');
}

/** `severeBelow` -> `severe below`. */
function words(name: string): string {
  return name.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
}

export function completenessSection({ facts }: Report): Html {
  const needed = facts
    .filter(({ asked }) => asked > 0)
    .sort((a, b) => b.unknown / b.asked - a.unknown / a.asked);
  return html`<p>
      What the rules asked for. <strong>Known</strong>: on record and readable. <strong>Absent</strong>:
      looked for, none on record; for a diagnosis or a drug that is usually the truth.
      <strong>Unknown</strong>: something is there that cannot be used, or the search was not complete;
      nothing is concluded from it. A patient whom an exclusion silences is asked nothing.
    </p>
    <ul class="key">
      ${['known', 'absent', 'unknown'].map(
        (kind) =>
          html`<li>
            <svg width="12" height="12" aria-hidden="true">
              <rect class="${kind}" width="12" height="12" rx="2" /></svg
            >${kind}
          </li>`,
      )}
    </ul>
    ${table({
      caption: 'Facts, most often unknown first',
      columns: [
        { title: 'Fact' },
        { title: 'Share' },
        { title: 'Asked', ...NUMBER },
        { title: 'Known', ...NUMBER },
        { title: 'Absent', ...NUMBER },
        { title: 'Unknown', ...NUMBER },
        { title: 'Why unknown' },
      ],
      rows: needed.map(factRow),
    })}`;
}

function factRow({
  name,
  title,
  asked,
  known,
  absent,
  unknown,
  reasons,
}: FactReport): readonly (Html | string)[] {
  const parts = [
    { n: known, kind: 'known' },
    { n: absent, kind: 'absent' },
    { n: unknown, kind: 'unknown' },
  ];
  const said = `known ${whole(known)}, absent ${whole(absent)}, unknown ${whole(unknown)}`;
  return [
    html`${title}<span class="id">${name}</span>`,
    shares(said, parts),
    whole(asked),
    whole(known),
    whole(absent),
    whole(unknown),
    reasons.map(({ name: reason, n }) => `${reason} (${whole(n)})`).join(', '),
  ];
}
