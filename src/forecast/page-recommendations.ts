/** Sections of the report about recommendations: what fires, for whom, together with what, how much of it, and why not. */
import { bars } from './plots.ts';
import { details, html, table, whole, type Html } from './html.ts';
import type { RecommendationReport, Report, Share } from './report.ts';

const NUMBER = { isNumber: true } as const;

/** `12.3` with its count; a small count alone, marked. */
export function shareCell({ n, per1000, small }: Share): Html {
  if (per1000 !== null) return html`${per1000.toFixed(1)} <span class="n">${whole(n)}</span>`;
  return html`<span class="n">${whole(n)}${small ? '†' : ''}</span>`;
}

export function nameCell({
  title,
  id,
  specification,
}: Pick<RecommendationReport, 'title' | 'id' | 'specification'>): Html {
  return html`${title}<span class="id">${specification} ${id}</span>`;
}

export function badge(kind: string): Html {
  return html`<span class="badge ${kind}">${kind}</span>`;
}

const URGENCY = ['critical', 'warning', 'info'];

/** The most urgent indicator among the variants that fire. */
function indicatorOf({ variants, mode }: RecommendationReport): string {
  if (mode !== 'show') return 'silent';
  return URGENCY.find((one) => variants.some(({ indicator }) => indicator === one)) ?? 'info';
}

function byCount(report: Report): readonly RecommendationReport[] {
  return [...report.recommendations].sort((a, b) => b.all.n - a.all.n);
}

export function recommendationsSection(report: Report): Html {
  const order = byCount(report);
  const fired = order.filter(({ all }) => all.n > 0);
  const quiet = order.filter(({ all }) => all.n === 0);
  const rows = fired.map((one) => [
    nameCell(one),
    one.mode === 'show'
      ? [...new Set(one.variants.map(({ indicator }) => indicator))].map((kind) => html`${badge(kind)} `)
      : badge(one.mode),
    one.all.per1000?.toFixed(1) ?? '–',
    html`${whole(one.all.n)}${one.all.small ? '†' : ''}`,
    one.merged === 0 ? '' : whole(one.merged),
    ...(hasCut(report) ? [one.cut === 0 ? '' : whole(one.cut)] : []),
  ]);
  const variants = fired.flatMap((one) =>
    one.variants.map((variant) => [
      nameCell(one),
      variant.when,
      badge(variant.indicator),
      shareCell(variant),
    ]),
  );
  return html`<p>
      Patients in whom a recommendation holds on the day of the evaluation, after one recommendation has
      silenced another. With more than ${report.run.policy.maxCards} cards the last ones are told on one
      merged card.
    </p>
    <figure>
      ${bars(
        'Patients by recommendation',
        fired.map((one) => ({
          label: `${one.specification} ${one.title}`,
          value: one.all.n,
          shown: one.all.per1000 === null ? `${whole(one.all.n)}†` : one.all.per1000.toFixed(1),
          kind: indicatorOf(one),
        })),
      )}
      <figcaption>${colourKey()}</figcaption>
    </figure>
    ${table({
      caption: 'Recommendations, per 1,000 patients',
      columns: [
        { title: 'Recommendation' },
        { title: 'Indicator' },
        { title: 'Per 1,000', ...NUMBER },
        { title: 'Patients', ...NUMBER },
        { title: 'Only on the merged card', ...NUMBER },
        ...(hasCut(report) ? [{ title: 'Cut off by the cap', ...NUMBER }] : []),
      ],
      rows,
    })}${quiet.length === 0 ? null : html`<p>Nobody: ${quiet.map(({ specification, title }) => `${specification} ${title}`).join('; ')}.</p> `}${details(
      'By card variant',
      table({
        caption: 'Variants of the cards',
        columns: [
          { title: 'Recommendation' },
          { title: 'When' },
          { title: 'Indicator' },
          { title: 'Per 1,000, patients', ...NUMBER },
        ],
        rows: variants,
      }),
    )}`;
}

function hasCut({ recommendations }: Report): boolean {
  return recommendations.some(({ cut }) => cut > 0);
}

function colourKey(): Html {
  const kinds = [...URGENCY, 'silent'];
  return html`<ul class="key">
    ${kinds.map(
      (kind) =>
        html`<li>
          <svg width="12" height="12" aria-hidden="true">
            <rect class="${kind}" width="12" height="12" rx="2" /></svg
          >${kind}
        </li>`,
    )}
    <li>numbers: per 1,000 patients</li>
  </ul>`;
}

export function groupsSection(report: Report): Html {
  const { population, recommendations } = report;
  const fired = recommendations.filter(({ all }) => all.n > 0);
  const ages = population.byAge.filter(({ patients }) => patients > 0).map(({ name }) => name);
  const sexes = population.bySex.filter(({ patients }) => patients > 0).map(({ name }) => name);
  const cell = (groups: RecommendationReport['byAge'], name: string): Html | null => {
    const found = groups.find((group) => group.name === name);
    if (found === undefined || found.n === 0) return null;
    return html`<span${heat(found.per1000)}>${shareCell(found)}</span>`;
  };
  const count = (groups: Report['population']['byAge'], name: string): string =>
    whole(groups.find((group) => group.name === name)?.patients ?? 0);
  return html`<p>Per 1,000 patients of the group, with the count; a darker cell is a higher rate.</p>
    ${table({
      caption: 'By sex and age',
      columns: [
        { title: 'Recommendation' },
        ...sexes.map((title) => ({ title, ...NUMBER })),
        ...ages.map((title) => ({ title, ...NUMBER })),
      ],
      rows: [
        [
          'Patients evaluated',
          ...sexes.map((name) => count(population.bySex, name)),
          ...ages.map((name) => count(population.byAge, name)),
        ],
        ...fired.map((one) => [
          nameCell(one),
          ...sexes.map((name) => cell(one.bySex, name)),
          ...ages.map((name) => cell(one.byAge, name)),
        ]),
      ],
    })}`;
}

/** Steps of shading, per 1,000. */
const STEPS = [10, 50, 150, 300];

function heat(per1000: number | null): Html | null {
  const step = per1000 === null ? 0 : STEPS.filter((from) => per1000 >= from).length;
  return step === 0 ? null : html` class="h${step}"`;
}

export function overlapSection(report: Report): Html {
  const { overlap, population } = report;
  const names = new Set(overlap.flatMap(({ a, b }) => [a, b]));
  const shown = report.recommendations.filter(({ id }) => names.has(id));
  if (shown.length === 0) return html`<p>No two recommendations were shown to one patient.</p>`;
  const counts = new Map(
    overlap.flatMap(
      ({ a, b, n }) =>
        [
          [`${a} ${b}`, n],
          [`${b} ${a}`, n],
        ] as const,
    ),
  );
  return html`<p>
      Patients in whom both are shown. On the diagonal: patients in whom the recommendation holds at all.
    </p>
    ${table({
      caption: 'Patients by pair of recommendations',
      columns: [
        { title: 'Recommendation' },
        ...shown.map(({ specification }) => ({ title: specification, ...NUMBER })),
      ],
      rows: shown.map((one) => [
        html`${one.specification} ${one.title}`,
        ...shown.map((other) => {
          if (other.id === one.id) return html`<strong>${whole(one.all.n)}</strong>`;
          const n = counts.get(`${one.id} ${other.id}`) ?? 0;
          return n === 0
            ? null
            : html`<span${heat((n / population.evaluated) * 1000)}>${whole(n)}${n < 10 ? '†' : ''}</span>`;
        }),
      ]),
    })}`;
}

export function burdenSection(report: Report): Html {
  const { cards, wanted, indicators, run } = report;
  const { clinicDay } = cards;
  const all = report.population.evaluated;
  const day =
    clinicDay === null
      ? null
      : html`<p>
          A clinician with ${clinicDay.visits} visits a day would see
          <strong>${clinicDay.mean.toFixed(1)} cards a day</strong> on average: ${clinicDay.p10} or fewer on
          one day in ten, ${clinicDay.median} on the median day, ${clinicDay.p90} or more on one day in ten.
          This assumes that every visit is of a patient drawn from this population, each as likely as any
          other, that the chart is opened once a visit, and that no feedback has quieted anything (the number
          of visits: <code>--visits</code>).
        </p> `;
  const rows = cards.patients.map((n, count) => ({ count, n, percent: all === 0 ? 0 : (n / all) * 100 }));
  const most = Math.max(cards.patients.length, wanted.length);
  return html`${day}
    <figure>
      ${bars(
        'Patients by number of cards',
        rows.map(({ count, n, percent }) => ({
          label: count === 0 ? 'no card' : count === 1 ? '1 card' : `${String(count)} cards`,
          value: n,
          shown: `${percent.toFixed(1)} %`,
          kind: 'info',
        })),
      )}
    </figure>
    ${table({
      caption: 'Cards in one answer',
      columns: [
        { title: 'Number' },
        { title: `Patients, after the cap of ${String(run.policy.maxCards)} and one merged card`, ...NUMBER },
        { title: 'Patients, by recommendations that hold', ...NUMBER },
      ],
      rows: Array.from({ length: most }, (_, count) => [
        count,
        whole(cards.patients[count] ?? 0),
        whole(wanted[count] ?? 0),
      ]),
    })}${table({
      caption: 'Cards by indicator, after the cap',
      columns: [
        { title: 'Indicator' },
        { title: 'Cards', ...NUMBER },
        { title: 'Cards per 1,000 visits', ...NUMBER },
      ],
      rows: indicators.map(({ name, n, per1000 }) => [badge(name), whole(n), per1000?.toFixed(1) ?? '–']),
    })}`;
}

const OUTCOMES: Readonly<Record<string, string>> = {
  notApplicable: 'does not apply',
  insufficientData: 'lacks data',
};

export function reasonsSection(report: Report): Html {
  const rows = report.recommendations.map((one) => [
    nameCell(one),
    whole(one.all.n),
    whole(one.notApplicable),
    whole(one.insufficientData),
    one.missing
      .slice(0, 3)
      .map(({ title, n }) => `${title} (${whole(n)})`)
      .join(', '),
  ]);
  return html`<p>
      Every patient gets exactly one finding for each recommendation. "Lacks data" is where better data would
      decide.
    </p>
    ${table({
      caption: 'Findings',
      columns: [
        { title: 'Recommendation' },
        { title: 'Holds', ...NUMBER },
        { title: 'Does not apply', ...NUMBER },
        { title: 'Lacks data', ...NUMBER },
        { title: 'Most often lacking' },
      ],
      rows,
    })}${report.recommendations.map((one) =>
      one.reasons.length === 0
        ? null
        : details(
            `${one.specification} ${one.title}: every reason`,
            table({
              caption: `${one.specification} ${one.title}`,
              columns: [{ title: 'Reason' }, { title: 'Finding' }, { title: 'Patients', ...NUMBER }],
              rows: one.reasons.map(({ outcome, reason, n }) => [
                reason,
                OUTCOMES[outcome] ?? outcome,
                whole(n),
              ]),
            }),
          ),
    )}`;
}
