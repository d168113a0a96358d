/** The section of the report about a second policy: who gains and who loses which card, and why. */
import { details, html, table, whole, type Html } from './html.ts';
import { swings } from './plots.ts';
import type { Comparison, Report } from './report.ts';

const NUMBER = { isNumber: true } as const;

export function comparisonSection(report: Report, comparison: Comparison): Html {
  const { run } = report;
  const changed = comparison.recommendations.filter(
    ({ gains, loses, changes }) => gains + loses + changes > 0,
  );
  const titles = new Map(comparison.recommendations.map(({ id, title }) => [id, title]));
  const total = (key: 'gains' | 'loses' | 'changes'): number =>
    changed.reduce((sum, one) => sum + one[key], 0);
  const intro = html`<p>
      From <strong>${run.policy.name}</strong> to <strong>${comparison.name}</strong>, in the same patients on
      the same days. A recommendation is gained or lost where it holds and is shown under one policy only; it
      changes where another variant of the card is shown.
    </p>
    ${changes(report)}`;
  if (changed.length === 0)
    return html`${intro}
      <p>Nobody gains or loses a card.</p> `;
  return html`${intro}
    <p>
      <strong
        >${whole(total('gains'))} gained, ${whole(total('loses'))} lost, ${whole(total('changes'))}
        changed.</strong
      >
      ${dayWords(report, comparison)}
    </p>
    <figure>
      ${swings(
        'Patients who lose (left) and gain (right) each recommendation',
        changed
          .filter(({ gains, loses }) => gains + loses > 0)
          .map(({ title, gains, loses }) => ({ label: title, gains, loses })),
      )}
    </figure>
    ${table({
      caption: 'Gains and losses',
      columns: [
        { title: 'Recommendation' },
        { title: 'Before', ...NUMBER },
        { title: 'After', ...NUMBER },
        { title: 'Gain', ...NUMBER },
        { title: 'Lose', ...NUMBER },
        { title: 'Other variant', ...NUMBER },
      ],
      rows: changed.map(({ id, title, before, after, gains, loses, changes: other }) => [
        html`${title}<span class="id">${id}</span>`,
        whole(before),
        whole(after),
        marked(gains),
        marked(loses),
        marked(other),
      ]),
    })}${table({
      caption: 'Why: the finding before and after',
      columns: [
        { title: 'Recommendation' },
        { title: 'Change' },
        { title: 'Before' },
        { title: 'After' },
        { title: 'Patients', ...NUMBER },
      ],
      rows: comparison.findings.map(({ recommendation, direction, before, after, n }) => [
        titles.get(recommendation) ?? recommendation,
        direction,
        findingWords(before),
        findingWords(after),
        marked(n),
      ]),
    })}${details(
      'By sex and age',
      table({
        caption: 'Who gains and loses',
        columns: [
          { title: 'Recommendation' },
          { title: 'Change' },
          { title: 'Sex' },
          { title: 'Age' },
          { title: 'Patients', ...NUMBER },
        ],
        rows: comparison.groups.map(({ recommendation, direction, sex, age, n }) => [
          titles.get(recommendation) ?? recommendation,
          direction,
          sex,
          age,
          marked(n),
        ]),
      }),
    )}`;
}

function marked(n: number): string {
  return n > 0 && n < 10 ? `${whole(n)}†` : whole(n);
}

const OUTCOMES: Readonly<Record<string, string>> = {
  recommend: 'holds',
  notApplicable: 'does not apply',
  insufficientData: 'lacks data',
};

/** `notApplicable: LDL below 160 mg/dL` -> `does not apply: LDL below 160 mg/dL`. */
function findingWords(finding: string): string {
  return finding.replace(/^\w+/, (outcome) => OUTCOMES[outcome] ?? outcome);
}

function dayWords({ cards }: Report, comparison: Comparison): string {
  const [before, after] = [cards.clinicDay, comparison.cards.clinicDay];
  if (before === null || after === null) return '';
  return `A day of ${String(before.visits)} visits goes from ${before.mean.toFixed(1)} to ${after.mean.toFixed(1)} cards.`;
}

function changes({ run }: Report): Html | null {
  if (run.compare === null) return null;
  const values = (side: typeof run.policy): Map<string, { from: string; to: string }> =>
    new Map(side.changed.map(({ what, from, to }) => [what, { from, to }]));
  const [before, after] = [values(run.policy), values(run.compare)];
  const rows = [...new Set([...before.keys(), ...after.keys()])].flatMap((what) => {
    const usual = before.get(what)?.from ?? after.get(what)?.from ?? '';
    const [was, is] = [before.get(what)?.to ?? usual, after.get(what)?.to ?? usual];
    return was === is ? [] : [[what, was, is]];
  });
  return rows.length === 0
    ? html`<p>Both policies set the same parameters and modes.</p> `
    : table({
        caption: 'What is set otherwise',
        columns: [{ title: 'Setting' }, { title: run.policy.name }, { title: run.compare.name }],
        rows,
      });
}
