/** One recommendation, whole, as a committee reads it. */
import { MODE_CHIPS, recommendationLink } from './catalogue-links.ts';
import type { Catalogue, Entry } from './catalogue-schema.ts';
import {
  approvalWords,
  daysWords,
  dueWords,
  exclusionWords,
  modeWords,
  originWords,
  partWords,
  quietWords,
  reviewWords,
  valueWords,
} from './catalogue-words.ts';
import { html, type Html } from './html.ts';
import { pairs, table } from './tables.ts';

/** @param level of its heading; 1 on a page of its own. */
export function entryArticle(one: Entry, catalogue: Catalogue, level: 1 | 2): Html {
  const titles = new Map(catalogue.recommendations.map(({ id, title }) => [id, title]));
  const link = (id: string): Html => recommendationLink(id, titles.get(id) ?? id, level === 1);
  const name = html`<span class="specification">${one.specification}</span> ${one.title}`;
  const section = (title: string, content: Html | ''): Html | '' =>
    content === ''
      ? ''
      : html`<section>${level === 1 ? html`<h2>${title}</h2>` : html`<h3>${title}</h3>`}${content}</section>`;
  return html`<article class="recommendation" id="${one.id}">
    ${level === 1 ? html`<h1>${name}</h1>` : html`<h2>${name}</h2>`}
    <p class="lead">${one.question}</p>
    ${statusOf(one)} ${section('For whom', html`<p>${one.forWhom}</p>`)}
    ${section('Not for whom', notForWhom(one))}
    ${section(
      'When data is missing',
      html`<p>${one.whenDataIsMissing}</p>
        <p class="soft small">It reads: ${one.reads.join(', ')}.</p>`,
    )}
    ${section('Criteria and cards', variantsOf(one))} ${section('Numbers', parametersOf(one))}
    ${section('Words of the card', wordsOf(one))} ${section('Suggestions', suggestionsOf(one))}
    ${section('Override reasons', reasonsOf(one))}
    ${section('When several could speak', cofiringOf(one, link))} ${section('Evidence', evidenceOf(one))}
    ${section('Version history', historyOf(one))}
  </article>`;
}

const KINDS: Readonly<Record<Entry['kind'], string>> = {
  reminder: 'reminder: has exclusions, and feedback can quiet it',
  'order-safety': 'order-time safety: warns whoever orders, and is never quieted',
  both: 'reminder, and order-time safety on the order hooks',
};

function statusOf(one: Entry): Html {
  return pairs([
    ['Id', html`<code>${one.id}</code>`],
    ['Version', one.version],
    ['Kind', KINDS[one.kind]],
    ['Speaks on', one.hooks.map(({ hook }) => hook).join(', ')],
    ['Mode here', html`<span class="chip ${MODE_CHIPS[one.mode.effective]}">${modeWords(one.mode)}</span>`],
    ['Review', reviewWords(one.review)],
    ['Approval here', approvalWords(one.approval)],
    [
      'Source on the card',
      html`<a href="${one.card.source.url}" rel="noreferrer">${one.card.source.label}</a>`,
    ],
  ]);
}

function notForWhom(one: Entry): Html {
  return html`<p>${one.notForWhom}</p>
    <p>Silent for: ${one.exclusions.map((exclusion) => exclusionWords(exclusion, one)).join('; ')}.</p>`;
}

function variantsOf({ card }: Entry): Html {
  return table({
    caption: 'A card is one of these; order-time safety sends one for each draft order that it is about',
    head: ['Variant', 'When', 'Indicator', 'Summary'],
    prose: [1, 3],
    rows: card.variants.map(({ name, when, indicator, summary, couldNotCheck }) => [
      html`<code>${name}</code>`,
      when,
      html`<span class="chip chip-${indicator}">${indicator}</span>`,
      couldNotCheck === undefined
        ? withPlaces(summary)
        : html`${withPlaces(summary)}
            <span class="soft small"
              >In the list of what could not be checked: ${withPlaces(couldNotCheck)}</span
            >`,
    ]),
  });
}

function parametersOf({ id, parameters }: Entry): Html | '' {
  if (parameters.length === 0) return '';
  return table({
    caption: 'Limits and times in force here; units are UCUM, the second value is the SI twin',
    head: ['Parameter', 'In force', 'From', 'Article preset', 'Evidence', 'Why'],
    prose: [5],
    rows: parameters.map((one) => [
      html`<code>${one.name}</code>`,
      one.from === 'site' ? html`<strong>${valueWords(one, one.unit)}</strong>` : valueWords(one, one.unit),
      originWords(one),
      one.article === undefined ? '–' : valueWords(one.article, one.unit),
      html`<a href="#${evidenceId(id, one.evidence)}">${one.evidence}</a>`,
      one.why ?? '',
    ]),
  });
}

function wordsOf({ card }: Entry): Html {
  const block = (title: string, lines: Entry['card']['found']): Html | '' =>
    lines.length === 0
      ? ''
      : html`<p class="block">${title}</p>
          <ul>
            ${lines.map(({ text }) => html`<li>${withPlaces(text)}</li>`)}
          </ul>`;
  return html`<p>
      A card has those of these lines that fit the patient. <var>{Names}</var> stand for values of the record.
    </p>
    ${block('Found', card.found)} ${block('Why', card.why)}
    ${block('Not found or could not check', card.notFound)}
    ${block(
      'Limits',
      card.limits.map((text) => ({ name: '', text })),
    )}`;
}

function suggestionsOf({ suggestions, card }: Entry): Html {
  if (suggestions.length === 0) return html`<p>None: the card informs.</p>`;
  return html`${table({
      caption: 'What one press of a button drafts; the clinician signs it',
      head: ['Button', 'Order', 'Code', 'When'],
      prose: [2],
      rows: suggestions.map((one) => [
        one.label,
        one.order === undefined
          ? 'deletes the draft order'
          : [one.order.title, one.text].filter((part) => part !== undefined).join(', '),
        one.order === undefined
          ? '–'
          : html`<code>${one.order.code}</code> ${one.order.display}
              <span class="soft small"
                >${one.order.system}${one.order.isSiteCode ? ', set by this site' : ''}</span
              >`,
        dueWords(one) || '–',
      ]),
    })}
    <p class="soft small">
      ${card.selectionBehavior === 'any' ? 'Any number of them may be taken.' : 'At most one of them may be taken.'}
    </p>`;
}

function reasonsOf(one: Entry): Html {
  const isQuieted = one.quiet.hooks.length > 0;
  return html`${table({
      caption: 'Reasons that the card offers',
      head: isQuieted ? ['Reason', 'Code', 'Quiet for this patient'] : ['Reason', 'Code'],
      rows: one.overrideReasons.map(({ display, code, quietDays }) => [
        display,
        html`<code>${code}</code>`,
        ...(isQuieted ? [daysWords(quietDays)] : []),
      ]),
    })}
    <p>${quietWords(one)}</p>`;
}

function cofiringOf({ cofiring }: Entry, link: (id: string) => Html): Html {
  const { parts, silences, silencedBy } = cofiring;
  const list = (ids: readonly string[]): Html =>
    html`${ids.map((id, index) => html`${index === 0 ? '' : ', '}${link(id)}`)}`;
  const items = [
    ...silences.map(
      (target) =>
        html`<li>While it speaks, ${partWords(target).before}${link(target.recommendation)} is silent.</li>`,
    ),
    ...silencedBy.map(
      ({ recommendation, part }) =>
        html`<li>
          While ${link(recommendation)} speaks,
          ${part === undefined ? 'this one' : `the part ${part} of this one`} is silent.
        </li>`,
    ),
    ...parts.map(
      ({ part, before, after }) =>
        html`<li>
          The part <code>${part}</code> is said by one only.
          ${before.length === 0 ? 'This one comes first.' : html`Before it: ${list(before)}.`}
          ${after.length === 0 ? '' : html`After it: ${list(after)}.`}
        </li>`,
    ),
  ];
  return items.length === 0
    ? html`<p>It speaks for itself and silences nobody.</p>`
    : html`<ul>
        ${items}
      </ul>`;
}

function evidenceId(id: string, name: string): string {
  return `${id}.${name}`;
}

function evidenceOf({ id, evidence, card }: Entry): Html {
  return html`<dl class="evidence">
    ${evidence.map(
      ({ name, citation, url, checked, note }) =>
        html`<div>
          <dt id="${evidenceId(id, name)}"><code>${name}</code></dt>
          <dd>
            ${citation} <a href="${url}" rel="noreferrer">${url}</a>
            <span class="soft small"
              >Read
              ${checked}.${card.sources.includes(name) ? ' Cited on the card.' : ''}${note === undefined ? '' : ` ${note}`}</span
            >
          </dd>
        </div>`,
    )}
  </dl>`;
}

function historyOf({ history }: Entry): Html {
  return html`<ul>
    ${history.map(({ version, date, change }) => html`<li><strong>${version}</strong>, ${date}: ${change}</li>`)}
  </ul>`;
}

/** `{name}` in a card's text is where a value of the record goes. */
function withPlaces(text: string): Html {
  return html`${text.split(/(\{\w+\})/).map((part, index) => (index % 2 === 1 ? html`<var>${part}</var>` : part))}`;
}
