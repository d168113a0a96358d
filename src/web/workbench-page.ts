/** The markup of the workbench before its script fills it. */
import type { ServiceDefinition } from '../knowledge/recommendation.ts';
import { html, type Html } from './html.ts';
import type { Sample } from './samples.ts';

export interface WorkbenchContent {
  readonly samples: readonly Sample[];
  readonly services: readonly ServiceDefinition[];
  readonly today: string;
  readonly canCallHooks: boolean;
  /** Where the hooks are, for the curl command of a page that cannot call them. */
  readonly baseUrl: string;
}

export function workbenchMain({ samples, services, today, canCallHooks, baseUrl }: WorkbenchContent): Html {
  return html`<div
    id="workbench"
    data-today="${today}"
    data-base="${canCallHooks ? '' : `${baseUrl}/`}"
    data-live="${canCallHooks ? 'yes' : 'no'}"
  >
    <h1 class="visually-hidden">Workbench</h1>
    <form id="case" class="panel case" aria-label="What is judged">
      <div class="field field-wide">
        <label for="sample">Sample patient</label>
        <select id="sample">
          ${services.map((service) => sampleGroup(service, samples))}
          <option value="">Your own chart or request</option>
        </select>
      </div>
      <div class="field">
        <label for="service">Service</label>
        <select id="service">
          ${services.map(({ hook, title }) => html`<option value="${hook}" title="${title}">${hook}</option>`)}
        </select>
      </div>
      <div class="field">
        <label for="as-of">As of</label>
        <input id="as-of" type="date" value="${today}" required />
      </div>
      <div class="case-buttons">
        <button type="submit" class="button-primary">Evaluate</button>
        <button type="button" id="open-own" aria-expanded="false" aria-controls="own">Paste or drop…</button>
      </div>
      <p id="shows" class="soft shows"></p>
      <div id="own" class="own" hidden>
        <label for="content">A CDS Hooks request or a FHIR R4 Bundle of one patient, as JSON</label>
        <textarea
          id="content"
          rows="7"
          spellcheck="false"
          autocomplete="off"
          aria-describedby="own-note"
        ></textarea>
        <div class="own-foot">
          <p id="own-note" class="soft small">
            Or drop a file anywhere on this page, plain or .gz. It is judged in memory and forgotten.
          </p>
          <label class="button file"
            >Choose a file<input id="file" type="file" class="visually-hidden"
          /></label>
        </div>
      </div>
    </form>
    <p id="status" class="status" role="status"></p>
    <div id="error" class="panel error" role="alert" hidden></div>
    <div id="result" class="result" hidden>
      <section class="cards-side" aria-labelledby="cards-title">
        <div class="side-head">
          <h2 id="cards-title">Cards</h2>
          <fieldset class="segments">
            <legend class="visually-hidden">Width of the cards</legend>
            <label><input type="radio" name="width" value="wide" checked /><span>Wide</span></label>
            <label><input type="radio" name="width" value="narrow" /><span>Side panel</span></label>
          </fieldset>
        </div>
        <p id="mode" class="soft small"></p>
        <div id="cards" class="cards"></div>
      </section>
      <section class="trace-side" aria-labelledby="trace-title">
        <div class="side-head">
          <h2 id="trace-title">Trace</h2>
          <span id="counts" class="soft small"></span>
        </div>
        <div id="what-if" class="what-if" aria-live="polite" hidden></div>
        <div id="trace" class="trace"></div>
      </section>
      <section class="wire" aria-labelledby="wire-title">
        <div class="side-head">
          <h2 id="wire-title">On the wire</h2>
          <button type="button" id="curl">Copy as curl</button>
        </div>
        <div id="wire" class="wire-parts"></div>
      </section>
    </div>
    <noscript
      ><p class="panel">
        The workbench needs JavaScript; <code>npm run replay</code> does the same in a terminal.
      </p></noscript
    >
  </div>`;
}

function sampleGroup({ hook, title }: ServiceDefinition, samples: readonly Sample[]): Html | null {
  const own = samples.filter((sample) => sample.hook === hook);
  if (own.length === 0) return null;
  const options = own.map(
    (sample) =>
      html`<option value="${sample.id}" data-hook="${hook}" data-shows="${sample.shows}">
        ${sample.title}
      </option>`,
  );
  return html`<optgroup label="${title}">${options}</optgroup>`;
}
