/**
 * The report as one HTML page: no script, nothing loaded from anywhere, readable on paper, in the dark and by a screen reader (each plot
 * stands beside its table). Everything in it is a count or one of our own words, and is escaped all the same.
 */
import { createHash } from 'node:crypto';
import { html, whole, type Html } from './html.ts';
import { comparisonSection } from './page-comparison.ts';
import { completenessSection, valuesSection } from './page-data.ts';
import {
  groupsSection,
  overlapSection,
  recommendationsSection,
  burdenSection,
  reasonsSection,
} from './page-recommendations.ts';
import { problemsSection, runSection } from './page-run.ts';
import { STYLE } from './page-style.ts';
import { SMALL, type Report } from './report.ts';

interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: Html;
}

export function page(report: Report): string {
  const sections: readonly Section[] = [
    { id: 'recommendations', title: 'What would fire', content: recommendationsSection(report) },
    ...(report.comparison === null
      ? []
      : [{ id: 'what-if', title: 'What if', content: comparisonSection(report, report.comparison) }]),
    { id: 'burden', title: 'A day in clinic', content: burdenSection(report) },
    { id: 'groups', title: 'For whom', content: groupsSection(report) },
    { id: 'overlap', title: 'Which come together', content: overlapSection(report) },
    { id: 'values', title: 'Values and limits', content: valuesSection(report) },
    { id: 'completeness', title: 'What the charts hold', content: completenessSection(report) },
    { id: 'reasons', title: 'Why not', content: reasonsSection(report) },
    { id: 'problems', title: 'What could not be read', content: problemsSection(report) },
    { id: 'run', title: 'What was run', content: runSection(report) },
  ];
  const title = `Dry run of bone-heart-cds, ${report.run.hook}`;
  const hash = createHash('sha256').update(STYLE).digest('base64');
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
      </head>
    </html> `.text.concat(
    `<style>${STYLE}</style>\n</head>\n`,
    html`<body>
<header>
<h1>${title}</h1>
<p class="lead">${lead(report)}</p>
${notices(report)}${figures(report)}<nav aria-label="Sections"><ul>${sections.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
</header>
<main>
${sections.map(
  ({ id, title: name, content }) =>
    html`<section id="${id}" aria-labelledby="${id}-title">
      <h2 id="${id}-title">${name}</h2>
      ${content}
    </section> `,
)}</main>
<footer>
<p>A forecast from charts, not a measurement of practice. Rates are per 1,000 evaluated patients; a count below ${SMALL} has no rate and is marked ${smallMark()}. Small counts may still say something about a person: share this page as your rules for such tables allow.</p>
<p>Not a medical device. The recommendations are drafts that no physician has signed off, unless your policy says otherwise.</p>
</footer>
</body>
</html>
`.text,
  );
}

function lead({ run, population }: Report): string {
  const when =
    run.asOf === null
      ? `Each patient on one sampled day on which they were seen (seed ${run.seed ?? ''})`
      : `Each patient as of ${run.asOf}`;
  return `${when}: ${whole(population.evaluated)} of ${whole(run.input.patients)} patients in ${whole(run.input.files)} files, policy ${run.policy.name}${run.compare === null ? '' : ` compared with ${run.compare.name}`}.`;
}

export function smallMark(): Html {
  return html`<span title="fewer than ${SMALL} patients">†</span>`;
}

function notices({ population, problems, recommendations, run }: Report): readonly Html[] {
  const silent = recommendations.filter(({ mode }) => mode === 'silent').length;
  const faults = recommendations.reduce((sum, one) => sum + one.faults, 0);
  const lines = [
    ...(problems.all === 0
      ? []
      : [
          `${whole(problems.all)} problems in the input. A line that cannot be read belongs to nobody: in up to as many charts "none on record" may be wrong.`,
        ]),
    ...(population.incomplete === 0
      ? []
      : [
          `${whole(population.incomplete)} charts were read in part: nothing was said to be missing from them.`,
        ]),
    ...(faults === 0
      ? []
      : [`A rule failed ${whole(faults)} times. That is a fault of ours: please report it.`]),
    ...(silent === 0
      ? []
      : [
          `${whole(silent)} recommendations run silent under this policy: they are evaluated and counted here, and show no card${run.production ? ' (in production one without approval runs silent)' : ''}.`,
        ]),
  ];
  return lines.length === 0
    ? []
    : [html`<div class="notice">${lines.map((line) => html`<p>${line}</p>`)}</div> `];
}

function figures({ population, anyCard, cards, run }: Report): Html {
  const { clinicDay } = cards;
  const tiles: readonly (readonly [string, string, string])[] = [
    ['Patients evaluated', whole(population.evaluated), `of ${whole(run.input.patients)} in the input`],
    [
      'Would see a card',
      anyCard.per1000 === null ? whole(anyCard.n) : whole(Math.round(anyCard.per1000)),
      anyCard.per1000 === null ? 'patients; too few for a rate' : `per 1,000 (${whole(anyCard.n)} patients)`,
    ],
    ...(clinicDay === null
      ? []
      : ([
          [
            `Cards on a day of ${String(clinicDay.visits)} visits`,
            String(clinicDay.median),
            `median; ${String(clinicDay.p10)} to ${String(clinicDay.p90)} on 8 of 10 days`,
          ],
          ['Visits without a card', `${(clinicDay.silent * 100).toFixed(0)} %`, 'silence is a good answer'],
        ] as const)),
  ];
  return html`<dl class="figures">
    ${tiles.map(
      ([name, big, small]) =>
        html`<div>
          <dt>${name}</dt>
          <dd class="big">${big}</dd>
          <dd>${small}</dd>
        </div>`,
    )}
  </dl> `;
}
