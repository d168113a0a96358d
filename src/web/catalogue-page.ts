/** The catalogue as pages: the list with its filter, one recommendation, and all of them for paper. */
import { entryArticle } from './catalogue-entry.ts';
import {
  HOOK_CHOICES,
  MODE_CHOICES,
  REVIEW_CHOICES,
  searchOf,
  type CatalogueFilter,
} from './catalogue-filter.ts';
import { MODE_CHIPS, problemList, recommendationLink } from './catalogue-links.ts';
import type { Catalogue, Entry } from './catalogue-schema.ts';
import { approvalWords, modeWords, reviewWords } from './catalogue-words.ts';
import { html, type Html } from './html.ts';
import { table } from './tables.ts';

export interface ListParts {
  readonly catalogue: Catalogue;
  readonly found: readonly Entry[];
  readonly filter: CatalogueFilter;
  readonly problems: readonly string[];
}

export function listPage(parts: ListParts): Html {
  const { catalogue, found, filter, problems } = parts;
  return html`<h1>Recommendations</h1>
    <p class="lead">What this service may say, to whom, and on what evidence. ${statusSentence(catalogue)}</p>
    ${filterForm(filter)}
    <div id="results" aria-live="polite">
      ${problemList(problems)}
      <p class="count">
        ${countWords(found.length, catalogue.recommendations.length)}
        ${
          found.length === 0
            ? ''
            : html`<a href="?${searchOf(filter, 'full')}"
                >Read ${found.length === 1 ? 'it' : 'them'} in full on one page, for paper</a
              >`
        }
      </p>
      ${found.length === 0 ? html`<p>Nothing fits. Take a word away, or <a href="?">show all</a>.</p>` : listTable(found)}
    </div>`;
}

function listTable(found: readonly Entry[]): Html {
  return table({
    caption: 'Recommendations in the order of the specification',
    head: ['Recommendation', 'Asks', 'Speaks on', 'Version', 'Mode here', 'Review', 'Approval here'],
    prose: [1],
    rows: found.map((one) => [
      html`<span id="${one.id}" class="specification">${one.specification}</span>
        ${recommendationLink(one.id, one.title)}`,
      one.question,
      one.hooks.map(({ hook }) => hook).join(', '),
      one.version,
      html`<span class="chip ${MODE_CHIPS[one.mode.effective]}">${modeWords(one.mode)}</span>`,
      reviewWords(one.review),
      approvalWords(one.approval),
    ]),
  });
}

/** All that were asked for, whole, one after the other. */
export function fullPage({ catalogue, found, filter, problems }: ListParts): Html {
  return html`<h1>Recommendations in full</h1>
    <p class="lead">${statusSentence(catalogue)} ${siteSentence(catalogue)}</p>
    <p class="count no-print">
      ${countWords(found.length, catalogue.recommendations.length)}
      <a href="?${searchOf(filter)}">Back to the list</a>
    </p>
    ${problemList(problems)}
    <nav aria-label="On this page">
      <ol class="contents">
        ${found.map((one) => html`<li><a href="#${one.id}">${one.specification} ${one.title}</a></li>`)}
      </ol>
    </nav>
    ${found.map((one) => entryArticle(one, catalogue, 2))}`;
}

export function entryPage(entry: Entry, catalogue: Catalogue): Html {
  const all = catalogue.recommendations;
  const index = all.findIndex(({ id }) => id === entry.id);
  const [before, after] = [all[index - 1], all[index + 1]];
  return html`<nav class="trail no-print" aria-label="Recommendations">
      <a href="../recommendations">All recommendations</a>
      ${before === undefined ? '' : html`<a rel="prev" href="${before.id}">Before: ${before.specification}</a>`}
      ${after === undefined ? '' : html`<a rel="next" href="${after.id}">Next: ${after.specification}</a>`}
    </nav>
    ${entryArticle(entry, catalogue, 1)}
    <p class="soft small">${siteSentence(catalogue)}</p>`;
}

export function unknownPage(all: readonly Entry[]): Html {
  return html`<h1>No such recommendation</h1>
    <p>
      This version of the service has no recommendation of this id. It may have been renamed or taken back.
    </p>
    <ul>
      ${all.map((one) => html`<li><a href="${one.id}">${one.specification} ${one.title}</a></li>`)}
    </ul>`;
}

function filterForm({ q = '', hook, mode, review }: CatalogueFilter): Html {
  const choice = (
    name: string,
    label: string,
    choices: readonly string[],
    chosen: string | undefined,
  ): Html =>
    html`<label
      >${label}
      <select name="${name}">
        <option value="">any</option>
        ${choices.map((value) => html`<option${value === chosen ? html` selected` : ''}>${value}</option>`)}
      </select></label
    >`;
  return html`<form id="filter" class="filter no-print" method="get" role="search">
    <label class="wide"
      >Words<input type="search" name="q" value="${q}" maxlength="200" autocomplete="off"
    /></label>
    ${choice('hook', 'Hook', HOOK_CHOICES, hook)} ${choice('mode', 'Mode here', MODE_CHOICES, mode)}
    ${choice('review', 'Review', REVIEW_CHOICES, review)}
    <button type="submit">Filter</button>
  </form>`;
}

function countWords(found: number, all: number): string {
  return found === all ? `All ${String(all)}.` : `${String(found)} of ${String(all)}.`;
}

function statusSentence({ recommendations }: Catalogue): string {
  const count = (test: (one: Entry) => boolean): string => String(recommendations.filter(test).length);
  return [
    `Here ${count(({ mode }) => mode.effective === 'show')} are shown, ${count(({ mode }) => mode.effective === 'silent')} run silent and ${count(({ mode }) => mode.effective === 'off')} are off.`,
    `${count(({ review }) => review.status === 'approved')} of ${String(recommendations.length)} are signed off by a physician of the project, ${count(({ approval }) => approval.state === 'approved')} approved by this site.`,
  ].join(' ');
}

function siteSentence({ site }: Catalogue): string {
  const overflow = site.mergeOverflow ? 'the rest is merged into one more card' : 'the rest is not shown';
  return `Thresholds: ${site.preset} preset. Region: ${site.region}. At most ${String(site.maxCards)} cards on patient-view, ${overflow}.`;
}
