/** The workbench: what is judged, the cards, the trace, and what went over the wire. Keeps nothing beyond the page. */
import {
  callHook,
  evaluate,
  Refused,
  sampleOf,
  type Evaluation,
  type Explained,
  type HookAnswer,
} from './api.ts';
import { cardsOf, turnOff } from './cards.ts';
import { byId, el } from './dom.ts';
import { trace, verdictOf, type Verdict } from './trace.ts';
import { createTries, differences } from './tries.ts';

const EXPLAIN = 'org.bone-heart-cds.explain';
const EXPLANATION = 'org.bone-heart-cds.explanation';

const root = byId('workbench', HTMLElement);
const today = root.dataset['today'] ?? '';
const baseUrl = root.dataset['base'] === '' ? location.href : (root.dataset['base'] ?? location.href);
const isLive = root.dataset['live'] === 'yes';
const sample = byId('sample', HTMLSelectElement);
const service = byId('service', HTMLSelectElement);
const asOf = byId('as-of', HTMLInputElement);
const own = byId('own', HTMLElement);
const openOwn = byId('open-own', HTMLButtonElement);
const content = byId('content', HTMLTextAreaElement);
const file = byId('file', HTMLInputElement);
const status = byId('status', HTMLElement);
const problem = byId('error', HTMLElement);
const result = byId('result', HTMLElement);
const cards = byId('cards', HTMLElement);
const whatIf = byId('what-if', HTMLElement);

/** What is being judged, and the answer with the site's own numbers. */
interface Judged {
  readonly content: unknown;
  readonly hook: string;
  readonly asOf: string;
  readonly base: Evaluation;
  readonly sent: object;
  readonly url: string;
}

let judged: Judged | undefined;
/** A file too large for the text box. */
let large: unknown;
/** The newest run wins: an answer that comes late is dropped. */
let run = 0;
let trying: AbortController | undefined;

const tries = createTries(() => void tryOut());

async function judge(read: () => Promise<unknown>): Promise<void> {
  const mine = (run += 1);
  status.textContent = 'Evaluating…';
  problem.hidden = true;
  try {
    const chart = await read();
    const question = { content: chart, hook: hookOf(chart), asOf: asOf.value };
    const base = await evaluate(question);
    const canFeed = isLive && base.asOf === today;
    const sent = canFeed ? { ...base.request, extension: { [EXPLAIN]: true } } : base.request;
    const answer: HookAnswer | undefined = canFeed ? await callHook(base.service, sent) : undefined;
    if (mine !== run) return;
    judged = { ...question, base, sent, url: new URL(`cds-services/${base.service}`, baseUrl).href };
    show(base, answer);
  } catch (error) {
    if (mine === run) refuse(error);
  }
}

/** A request names its hook; a chart takes the chosen one. */
function hookOf(chart: unknown): string {
  const hook = typeof chart === 'object' && chart !== null && 'hook' in chart ? chart.hook : undefined;
  if (typeof hook !== 'string') return service.value;
  if ([...service.options].some(({ value }) => value === hook)) service.value = hook;
  return hook;
}

function show(base: Evaluation, answer: HookAnswer | undefined): void {
  tries.clear();
  whatIf.hidden = true;
  const shown = answer?.cards ?? base.response.cards;
  const explained: readonly Explained[] =
    answer?.extension?.[EXPLANATION]?.recommendations ?? base.explanation.recommendations;
  cards.replaceChildren();
  cards.append(...(cardsOf(shown, answer === undefined ? undefined : base.service) as Node[]));
  if (answer === undefined) turnOff(cards);
  byId('mode', HTMLElement).textContent = modeWords(answer !== undefined);
  byId('trace', HTMLElement).replaceChildren(
    ...trace({ evaluation: base, explained, controls: tries.controls }),
  );
  byId('counts', HTMLElement).textContent = countWords(explained);
  showWire(base, answer);
  result.hidden = false;
  status.textContent = `${shown.length === 1 ? '1 card' : `${String(shown.length)} cards`} from ${base.service} as of ${base.asOf}.`;
}

function modeWords(isReal: boolean): string {
  if (isReal) return 'From the real hook: what you press is sent as feedback and kept.';
  return isLive
    ? 'Judged as of another day, not by the hook: nothing is kept, so feedback is off.'
    : 'Judged without the hook, which needs a token here: nothing is kept, so feedback is off.';
}

const COUNTED: Readonly<Record<Verdict, string>> = {
  fired: 'fired',
  silent: 'run silent',
  unknown: 'lack data',
  no: 'do not apply',
  fault: 'failed',
};

function countWords(explained: readonly Explained[]): string {
  const counts = Object.entries(COUNTED).map(([verdict, words]) => ({
    words,
    count: explained.filter((one) => verdictOf(one) === verdict).length,
  }));
  const told = counts.filter(({ count, words }) => count > 0 || words === COUNTED.fired);
  return told.map(({ count, words }) => `${String(count)} ${words}`).join(' · ');
}

function showWire({ service: name, response, request }: Evaluation, answer: HookAnswer | undefined): void {
  const parts: readonly (readonly [string, object])[] = [
    [`Request: POST /cds-services/${name}`, answer === undefined ? request : (judged?.sent ?? request)],
    [answer === undefined ? 'Response (ids are of this page only)' : 'Response', answer ?? response],
  ];
  byId('wire', HTMLElement).replaceChildren(
    ...parts.map(([title, value]) => {
      const details = el(
        'details',
        { class: 'panel' },
        el('summary', {}, title, el('span', { class: 'soft small' }, ` ${sizeOf(value)}`)),
      );
      // Written when opened: a request can be megabytes of text.
      details.addEventListener('toggle', () => {
        if (details.childElementCount === 1)
          details.append(el('pre', { tabindex: '0', 'aria-label': title }, JSON.stringify(value, null, 2)));
      });
      return details;
    }),
  );
}

function sizeOf(value: object): string {
  return `${(JSON.stringify(value).length / 1000).toFixed(1)} kB`;
}

/** Asks for the same chart with the tried numbers, and tells what would change. */
async function tryOut(): Promise<void> {
  if (judged === undefined) return;
  trying?.abort();
  if (tries.count() === 0) {
    whatIf.hidden = true;
    return;
  }
  trying = new AbortController();
  const { content: chart, hook, asOf: day, base } = judged;
  try {
    const question = { content: chart, hook, asOf: day, parameters: tries.changes() };
    const lines = differences(base, await evaluate(question, trying.signal));
    const count = tries.count();
    whatIf.replaceChildren(
      el(
        'p',
        {},
        el('strong', {}, lines.length === 0 ? 'Nothing would change' : 'This would change'),
        ` with ${count === 1 ? 'this number' : `these ${String(count)} numbers`}.`,
      ),
      el('ul', {}, ...lines.map((line) => el('li', {}, line))),
      el(
        'button',
        { type: 'button', class: 'button-quiet', click: resetTries },
        'Back to the numbers of the site',
      ),
    );
    whatIf.hidden = false;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return;
    whatIf.replaceChildren(el('p', {}, wordsOf(error).join(' ')));
    whatIf.hidden = false;
  }
}

function resetTries(): void {
  trying?.abort();
  tries.reset();
  whatIf.hidden = true;
  byId('trace-title', HTMLElement).scrollIntoView({ block: 'nearest' });
}

function refuse(error: unknown): void {
  result.hidden = true;
  status.textContent = '';
  const [first = '', ...others] = wordsOf(error);
  problem.replaceChildren(el('p', {}, el('strong', {}, first)), ...others.map((line) => el('p', {}, line)));
  problem.hidden = false;
}

/** The service's own words would speak of a FHIR server, which is not asked here. */
const NO_PATIENT: readonly string[] = [
  'The request does not carry its patient.',
  'The workbench judges what a request carries in its prefetch and asks no FHIR server. Add the prefetch, or give a Bundle.',
];

function wordsOf(error: unknown): readonly string[] {
  if (error instanceof Refused) return error.status === 412 ? NO_PATIENT : error.lines;
  if (error instanceof SyntaxError)
    return ['This is not JSON.', 'Give a CDS Hooks request or a FHIR Bundle.'];
  return error instanceof RangeError ? [error.message] : ['The service could not be reached.'];
}

function parsed(text: string): unknown {
  if (text.trim() === '')
    throw new RangeError('There is nothing to judge yet: paste a request or a Bundle, or drop a file.');
  const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
  const isBundle = has(value, 'resourceType') && value.resourceType === 'Bundle';
  if (!isBundle && !has(value, 'hook'))
    throw new RangeError('This is JSON, but neither a CDS Hooks request nor a FHIR Bundle.');
  if (isBundle && !/"resourceType"\s*:\s*"Patient"/.test(text))
    throw new RangeError('The Bundle holds no Patient.');
  return value;
}

function has<Name extends string>(value: unknown, name: Name): value is Readonly<Record<Name, unknown>> {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name);
}

function start(): void {
  const { value } = sample;
  void judge(() => (value === '' ? Promise.resolve().then(ownContent) : sampleOf(value)));
}

function ownContent(): unknown {
  return large !== undefined && content.value === '' ? large : parsed(content.value);
}

function choose(): void {
  const option = sample.selectedOptions[0];
  byId('shows', HTMLElement).textContent = option?.dataset['shows'] ?? '';
  if (sample.value === '') {
    showOwn(true);
    return;
  }
  service.value = option?.dataset['hook'] ?? service.value;
  start();
}

function showOwn(open: boolean): void {
  own.hidden = !open;
  openOwn.setAttribute('aria-expanded', String(open));
  if (!open) return;
  sample.value = '';
  byId('shows', HTMLElement).textContent = '';
  content.focus();
}

async function readFile(blob: Blob): Promise<void> {
  own.hidden = false;
  openOwn.setAttribute('aria-expanded', 'true');
  sample.value = '';
  await judge(async () => {
    const text = await textOf(blob);
    // A large file stays out of the text box, which would be slow with it.
    const isLarge = text.length > 200_000;
    content.value = isLarge ? '' : text;
    const chart = parsed(text);
    large = isLarge ? chart : undefined;
    return chart;
  });
}

async function textOf(blob: Blob): Promise<string> {
  const magic = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  if (magic[0] !== 0x1f || magic[1] !== 0x8b) return blob.text();
  const plain = blob.stream().pipeThrough(new DecompressionStream('gzip'));
  try {
    return await new Response(plain).text();
  } catch {
    throw new RangeError('The file does not decompress.');
  }
}

async function copyCurl(): Promise<void> {
  if (judged === undefined) return;
  const body = JSON.stringify(judged.sent).replaceAll("'", String.raw`'\''`);
  const command = `curl -s '${judged.url}' -H 'Content-Type: application/json' --data-binary '${body}'`;
  try {
    await navigator.clipboard.writeText(command);
    status.textContent = 'The curl command is on the clipboard.';
  } catch {
    status.textContent = 'The browser did not allow copying.';
  }
}

function listen(): void {
  byId('case', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    start();
  });
  sample.addEventListener('change', choose);
  service.addEventListener('change', () => {
    if (sample.value !== '') start();
  });
  asOf.addEventListener('change', () => {
    if (asOf.value !== '') start();
  });
  openOwn.addEventListener('click', () => {
    showOwn(own.hasAttribute('hidden'));
  });
  content.addEventListener('input', () => {
    sample.value = '';
    large = undefined;
  });
  own.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    showOwn(false);
    openOwn.focus();
  });
  file.addEventListener('change', () => {
    const [first] = file.files ?? [];
    if (first !== undefined) void readFile(first);
    file.value = '';
  });
  document.addEventListener('dragover', (event) => {
    if (event.dataTransfer?.types.includes('Files') === true) event.preventDefault();
  });
  document.addEventListener('drop', (event) => {
    const [first] = event.dataTransfer?.files ?? [];
    // Text that is dragged into the text box goes there.
    if (first === undefined) return;
    event.preventDefault();
    void readFile(first);
  });
  for (const radio of document.querySelectorAll<HTMLInputElement>('input[name="width"]'))
    radio.addEventListener('change', () => {
      cards.classList.toggle('cards-narrow', radio.value === 'narrow' && radio.checked);
    });
  byId('curl', HTMLButtonElement).addEventListener('click', () => void copyCurl());
}

listen();
choose();
