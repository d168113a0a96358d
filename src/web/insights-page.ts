/** The insights as a page: what each number is, in a line, and the counts behind it. */
import { bar, columns, interval, legend, type Part } from './charts.ts';
import { problemList, recommendationLink } from './catalogue-links.ts';
import { html, type Html } from './html.ts';
import { searchOf, type Question } from './insights-question.ts';
import type { Duration, Insights, ReasonCount } from './insights-schema.ts';
import { MERGED_TOPIC } from '../store/contract.ts';
import { FEWEST, type Rate } from './statistics.ts';
import { grouped, pairs, table, type Cell } from './tables.ts';

const FATES = [
  { kind: 'accepted', words: 'accepted' },
  { kind: 'overridden', words: 'overridden' },
  { kind: 'unanswered', words: 'no feedback' },
] as const;

export interface FormParts {
  readonly question: Question;
  readonly clients: readonly string[];
  readonly services: readonly string[];
  readonly problems: readonly string[];
}

export function insightsPage(insights: Insights, form: FormParts): Html {
  const { totals, store } = insights;
  return html`<h1>Insights</h1>
    <p class="lead">
      What the service said and what clinicians made of it, from the store. No patient is in these numbers.
    </p>
    ${questionForm(form)} ${rangeSentence(insights)}
    ${
      store.decisions === 0
        ? nothingYet()
        : totals.calls === 0
          ? nothingInRange(insights)
          : html`${totalsSection(insights)} ${overTime(insights)} ${byRecommendation(insights)}
            ${byReason(insights)} ${withoutCard(insights)} ${byClient(insights)} ${durations(insights)}`
    }
    ${storeSection(insights)}`;
}

/** A question that cannot be answered: the form again, and why. */
export function problemPage(title: string, form: FormParts): Html {
  return html`<h1>Insights</h1>
    <h2>${title}</h2>
    ${problemList(form.problems)} ${questionForm({ ...form, problems: [] })}`;
}

function questionForm({ question, clients, services }: FormParts): Html {
  const option = (value: string, chosen: string | undefined): Html =>
    html`<option value="${value}" ${value === chosen ? html` selected` : ''}>${value}</option>`;
  const { from, to, client, service } = question;
  const named = client === undefined || clients.includes(client) ? clients : [...clients, client];
  return html`<form class="filter no-print" method="get">
    <label>From (UTC)<input type="date" name="from" value="${from}" required /></label>
    <label>To (UTC)<input type="date" name="to" value="${to}" required /></label>
    <label
      >Client
      <select name="client">
        <option value="">all</option>
        ${named.map((one) => option(one, client))}
      </select></label
    >
    <label
      >Service
      <select name="service">
        <option value="">all</option>
        ${services.map((one) => option(one, service))}
      </select></label
    >
    <button type="submit">Show</button>
  </form>`;
}

function rangeSentence({ range, filter }: Insights): Html {
  const question = { from: range.from, to: range.to, ...filter };
  const only = [
    filter.client === undefined ? 'all clients' : `client ${filter.client}`,
    filter.service === undefined ? 'all services' : filter.service,
  ].join(', ');
  return html`<p class="count">
    ${range.from} to ${range.to}, ${range.days} days, ${only}.
    <span class="no-print"
      ><a href="?${searchOf(question, 'csv')}" download="insights-${range.from}-${range.to}.csv"
        >Counts as CSV</a
      >
      <a href="?${searchOf(question, 'json')}">JSON</a></span
    >
  </p>`;
}

function nothingYet(): Html {
  return html`<section>
    <h2>Nothing to count yet</h2>
    <p>
      The store holds no decision. Each answered hook call becomes one, and each feedback on its cards is
      added to it. Send a call (the README has one to paste) and load this page again.
    </p>
  </section>`;
}

function nothingInRange({ store }: Insights): Html {
  return html`<section>
    <h2>No call in this time</h2>
    <p>
      The store holds ${grouped(store.decisions)} decisions, the oldest of
      ${(store.oldest ?? '').slice(0, 10)}; none fits these days, client and service.
      <a href="?">Show the last 28 days of all clients</a>.
    </p>
  </section>`;
}

function totalsSection({ totals }: Insights): Html {
  const { calls, cards, cardsPer100Calls, accepted, overridden, unanswered, acceptance, answered } = totals;
  const figure = (name: string, value: Cell, words: string): Html =>
    html`<div>
      <dt>${name}</dt>
      <dd><span class="value">${value}</span> <span class="soft small">${words}</span></dd>
    </div>`;
  return html`<section>
    <h2>In all</h2>
    <dl class="figures">
      ${figure('Hook calls', grouped(calls), 'answered and kept')}
      ${figure('Cards', grouped(cards), cardsPer100Calls === null ? `too few calls for a rate (fewer than ${String(FEWEST)})` : `${String(cardsPer100Calls)} for each 100 calls`)}
      ${figure('Answered', rateWords(answered), `${grouped(answered.count)} of ${grouped(cards)} cards have feedback`)}
      ${figure('Acceptance', rateWords(acceptance), `${grouped(accepted)} accepted of ${grouped(acceptance.of)} answered`)}
    </dl>
    <p class="chart">
      ${bar([part('accepted', accepted), part('overridden', overridden), part('unanswered', unanswered)], cards)}
    </p>
    ${legend(FATES.map(({ kind, words }) => ({ kind, words: `${words} ${grouped({ accepted, overridden, unanswered }[kind])}` })))}
    <p class="soft small">
      A card is accepted when any of its suggestions was taken; a card without a suggestion cannot be. It is
      overridden when a clinician said so. No feedback means that nobody told us: it may have been read, or
      not. Intervals are 95 % (Wilson) and take cards as independent, which several cards of one patient are
      not.
    </p>
  </section>`;
}

function part(kind: string, count: number): Part {
  return { kind, count };
}

/** `30 % (10.8 to 60.3)`, or that the cases are too few. */
function rateWords({ percent, low, high, of }: Rate): Html {
  if (percent === null || low === null || high === null)
    return html`<span class="few"
      >too few${of === 0 ? '' : html` <span class="soft small">(${of})</span>`}</span
    >`;
  return html`${percent} % <span class="soft small">(${low} to ${high})</span>`;
}

function overTime({ periods, unit }: Insights): Html {
  const most = Math.max(...periods.map(({ cards }) => cards));
  const first = periods[0];
  const last = periods.at(-1);
  return html`<section>
    <h2>Over time</h2>
    <p>
      Cards by the ${unit} on which they were shown, and what became of them since. The youngest have had the
      least time to be answered.
    </p>
    <figure class="chart">
      <figcaption class="soft small">Highest column: ${grouped(most)} cards in a ${unit}.</figcaption>
      ${columns(periods.map((one) => FATES.map(({ kind }) => part(kind, one[kind]))))}
      <div class="axis"><span>${first?.from ?? ''}</span><span>${last?.to ?? ''}</span></div>
      ${legend(FATES)}
    </figure>
    <details>
      <summary>Table by ${unit}</summary>
      ${table({
        caption: `Calls and cards by ${unit} (UTC)`,
        head: [
          unit === 'day' ? 'Day' : 'Week',
          'Calls',
          'Cards',
          'Accepted',
          'Overridden',
          'No feedback',
          'Acceptance, %',
        ],
        numbers: [1, 2, 3, 4, 5, 6],
        rows: periods.map(({ from, to, calls, cards, accepted, overridden, unanswered, acceptance }) => [
          from === to ? from : `${from} to ${to}`,
          calls,
          cards,
          accepted,
          overridden,
          unanswered,
          rateWords(acceptance),
        ]),
      })}
    </details>
  </section>`;
}

function byRecommendation({ recommendations }: Insights): Html {
  return html`<section>
    <h2>By recommendation</h2>
    <p>
      Acceptance is of the cards that were answered. The band is its 95 % interval from 0 to 100 %; below
      ${FEWEST} answers there is none.
    </p>
    ${table({
      caption: 'Cards by recommendation, most cards first',
      head: [
        'Recommendation',
        'Cards',
        'per 100 calls',
        'Accepted',
        'Overridden',
        'No feedback',
        'Acceptance, %',
        '0 to 100 %',
      ],
      bars: [7],
      numbers: [1, 2, 3, 4, 5, 6],
      rows: recommendations.map((one) => [
        nameOf(one),
        one.cards,
        one.cardsPer100Calls ?? few(),
        one.accepted,
        one.overridden,
        one.unanswered,
        rateWords(one.acceptance),
        intervalOf(one.acceptance),
      ]),
    })}
  </section>`;
}

/** Of this version's recommendations there is a page; of merged cards and of what is gone there is none. */
function nameOf({ id, title }: { readonly id: string; readonly title: string }): Cell {
  return title === id || id === MERGED_TOPIC ? title : recommendationLink(id, title);
}

function few(): Html {
  return html`<span class="few">too few</span>`;
}

function intervalOf({ percent, low, high }: Rate): Cell {
  return percent === null || low === null || high === null ? '' : interval({ percent, low, high });
}

function byReason({ reasons, recommendations }: Insights): Html {
  const all = reasons.reduce((sum, { count }) => sum + count, 0);
  if (all === 0)
    return html`<section>
      <h2>Why cards were overridden</h2>
      <p>No card of this time was overridden.</p>
    </section>`;
  return html`<section>
    <h2>Why cards were overridden</h2>
    <p>
      Only reasons that the service offers are named. A client's own reason is “another reason”, and comments
      are never shown: both may hold words about a patient.
    </p>
    ${table({
      caption: `${grouped(all)} overridden cards by the reason of the newest override`,
      head: ['Reason', 'Cards', `of ${grouped(all)}`, 'Most often for'],
      bars: [2],
      prose: [3],
      numbers: [1],
      rows: reasons.map((one) => [
        one.display,
        one.count,
        bar([part('overridden', one.count)], all),
        mostOften(one, recommendations),
      ]),
    })}
    <details>
      <summary>Reasons by recommendation</summary>
      ${table({
        caption: 'Overridden cards by recommendation and reason',
        head: ['Recommendation', 'Reason', 'Cards'],
        numbers: [2],
        rows: recommendations.flatMap(({ title, reasons: own }) =>
          own.map(({ display, count }) => [title, display, count]),
        ),
      })}
    </details>
  </section>`;
}

function mostOften({ reason }: ReasonCount, recommendations: Insights['recommendations']): string {
  const [first] = recommendations
    .flatMap(({ title, reasons }) =>
      reasons.filter((one) => one.reason === reason).map(({ count }) => ({ title, count })),
    )
    .sort((a, b) => b.count - a.count);
  return first === undefined ? '' : `${first.title} (${grouped(first.count)})`;
}

function withoutCard({ withoutCard: rows }: Insights): Html {
  return html`<section>
    <h2>Said nothing on a card of its own</h2>
    <p>
      Silent: the site evaluates it without showing it. Quiet: earlier feedback quiets it for the patient.
      Merged: a line of a card that holds several. None of these is in the numbers above, but for the merged
      cards themselves.
    </p>
    ${
      rows.length === 0
        ? html`<p>There was none.</p>`
        : table({
            caption: 'Findings without a card of their own',
            head: ['Recommendation', 'Silent', 'Quiet', 'Merged'],
            numbers: [1, 2, 3],
            rows: rows.map((one) => [nameOf(one), one.silent, one.quiet, one.merged]),
          })
    }
  </section>`;
}

const SOURCES = [
  { kind: 'prefetch', words: 'came with the call' },
  { kind: 'fetched', words: 'fetched from the FHIR server' },
  { kind: 'failed', words: 'unusable or failed' },
  { kind: 'notSent', words: 'neither sent nor to be fetched' },
] as const;

function byClient({ clients }: Insights): Html {
  const uncounted = clients.every(({ calls }) => calls === 0);
  return html`<section>
    <h2>Prefetch by client</h2>
    <p>
      Of all queries that could be asked, how many came with the call. What does not come is fetched, which is
      slower, or is unknown. Queries of one call go together, so there is no interval.
    </p>
    ${
      uncounted
        ? html`<p>The calls of this time were kept before queries were counted.</p>`
        : html`${table({
            caption: 'Queries by client',
            head: [
              'Client',
              'Calls',
              'Queries',
              'Sent',
              'Fetched',
              'Failed',
              'Not sent',
              'Hit rate, %',
              'Share',
            ],
            numbers: [1, 2, 3, 4, 5, 6, 7],
            bars: [8],
            rows: clients.map((one) => {
              const all = one.prefetch + one.fetched + one.failed + one.notSent;
              return [
                one.client,
                one.calls,
                all,
                one.prefetch,
                one.fetched,
                one.failed,
                one.notSent,
                one.hitPercent ?? few(),
                bar(
                  SOURCES.map(({ kind }) => part(kind, one[kind])),
                  all,
                ),
              ];
            }),
          })}
          ${legend(SOURCES)}`
    }
  </section>`;
}

function durations({ durations: { all, services } }: Insights): Html {
  const row = (name: string, { calls, median, p90, p95, p99, longest }: Duration): Cell[] => [
    name,
    calls,
    ...[median, p90, p95, p99, longest].map((value) => value ?? few()),
  ];
  return html`<section>
    <h2>Response times</h2>
    <p>
      Milliseconds from the first byte of a call to its decision, in whole numbers; storing and sending come
      on top. So many percent of the calls took no longer. The bars are not of equal width in time.
    </p>
    ${table({
      caption: 'Response times in ms',
      head: ['Service', 'Calls', 'Median', '90 %', '95 %', '99 %', 'Longest'],
      numbers: [1, 2, 3, 4, 5, 6],
      rows: [
        row('all', all),
        ...(services.length < 2 ? [] : services.map((one) => row(one.service ?? '', one))),
      ],
    })}
    ${table({
      caption: 'Calls by response time',
      head: ['Time', 'Calls', 'Share'],
      bars: [2],
      numbers: [1],
      rows: all.buckets.map(({ fromMs, belowMs, count }, index) => [
        index === all.buckets.length - 1
          ? `${String(fromMs)} ms and more`
          : `${String(fromMs)} to below ${String(belowMs)} ms`,
        count,
        bar([part('calls', count)], all.calls),
      ]),
    })}
  </section>`;
}

function storeSection({ store }: Insights): Html {
  const { process: own } = store;
  return html`<section>
    <h2>The store</h2>
    <p>
      What is kept in all, and what this process kept or lost since it started. A store that fails costs the
      record, never the card.
    </p>
    ${pairs([
      ['Decisions kept', store.decisions],
      ['Oldest decision', store.oldest === null ? 'none' : store.oldest.slice(0, 10)],
      ['Removed after', `${String(store.retentionDays)} days`],
      ['Feedback kept', store.feedback],
      ['Feedback on cards unknown here', store.unknownFeedback],
      ['Decisions kept, this process', own.decisionsKept],
      ['Decisions lost, this process', own.decisionsLost],
      ['Feedback refused, this process', own.feedbackRefused],
      ['Quiets not read in time, this process', own.quietsUnread],
    ])}
  </section>`;
}
