/** Sections of the report about the run itself: what could not be read, what was run, what it cannot know. */
import { VISIT_YEARS } from './as-of.ts';
import { html, table, whole, type Html } from './html.ts';
import type { PolicyReport, Report } from './report.ts';

const NUMBER = { isNumber: true } as const;
/** The rest is in problems.csv. */
const MOST_LISTED = 50;

export function problemsSection({ problems, population }: Report): Html {
  const left =
    population.leftOut.length === 0
      ? null
      : table({
          caption: 'Patients left out',
          columns: [{ title: 'Why' }, { title: 'Patients', ...NUMBER }],
          rows: population.leftOut.map(({ name, n }) => [name, whole(n)]),
        });
  if (problems.all === 0)
    return html`<p>Every file and every line was read.</p>
      ${left}`;
  const listed = problems.first.slice(0, MOST_LISTED);
  return html`<p>
      Files are named by their number in the order of their paths where a name may tell who the patient is.
    </p>
    ${left}${table({
      caption: 'Problems by reason',
      columns: [{ title: 'Reason' }, { title: 'How often', ...NUMBER }],
      rows: problems.counts.map(({ name, n }) => [name, whole(n)]),
    })}${table({
      caption:
        listed.length < problems.all
          ? `The first ${String(listed.length)} of ${whole(problems.all)}`
          : 'Every problem',
      columns: [{ title: 'File' }, { title: 'Line', ...NUMBER }, { title: 'Reason' }],
      rows: listed.map(({ file, line, reason }) => [file, line === 0 ? '' : line, reason]),
    })}`;
}

export function runSection({ run }: Report): Html {
  const date =
    run.asOf === null
      ? `each patient on one of the days with an encounter or a result in the last ${String(VISIT_YEARS)} years of their chart, chosen by patient and seed ${run.seed ?? ''}`
      : run.asOf;
  return html`${table({
      caption: 'The run',
      columns: [{ title: 'What' }, { title: 'Value' }],
      rows: [
        ['Version', html`${run.version}, code <code>${run.code}</code>, cards <code>${run.knowledge}</code>`],
        ['Service', `${run.hook}; order hooks are about draft orders, which a chart does not hold`],
        ['Evaluation date', date],
        [
          'Input',
          `${whole(run.input.files)} files, ${size(run.input.bytes)}, ${whole(run.input.patients)} patients`,
        ],
        [
          'Mode',
          run.production
            ? 'production: what nobody has approved runs silent'
            : 'development: everything that is not silenced shows',
        ],
        ['Policy', policyWords(run.policy)],
        ...(run.compare === null ? [] : [['Compared with', policyWords(run.compare)] as const]),
      ],
    })}${[run.policy, ...(run.compare === null ? [] : [run.compare])].map(policyTable)}
    <h3>What a dry run cannot know</h3>
    <ul>
      <li>
        Statuses are those of the export: a drug stopped or a condition resolved since the evaluation date
        counts as it does today.
      </li>
      <li>What is dated after the evaluation date is left out; what has no date stays.</li>
      <li>A chart is taken as all there is: what another system holds would count as absent.</li>
      <li>
        Feedback quiets recommendations in practice; here nothing is quiet, so repeated visits would show
        fewer cards.
      </li>
      <li>Whether a card helps, is read or is followed.</li>
    </ul> `;
}

function policyWords({ name, hash, preset, region, maxCards }: PolicyReport): Html {
  return html`${name}, SHA-256 <code>${hash}</code>; preset ${preset}, region ${region}, at most ${maxCards}
    cards`;
}

function policyTable({ name, changed }: PolicyReport): Html {
  if (changed.length === 0) return html`<p>${name}: parameters and modes as shipped.</p> `;
  return table({
    caption: `${name}: changed against the defaults`,
    columns: [{ title: 'Setting' }, { title: 'Default' }, { title: 'Here' }],
    rows: changed.map(({ what, from, to }) => [what, from, to]),
  });
}

function size(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power] ?? ''}`;
}
