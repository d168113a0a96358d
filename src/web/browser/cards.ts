/** Cards as an EHR shows them, with buttons that send feedback. */
import { Refused, sendFeedback, type Card } from './api.ts';
import { el, type Child } from './dom.ts';
import { link, markdown, unbroken } from './markdown.ts';

type Suggestion = NonNullable<Card['suggestions']>[number];

const INDICATORS = { info: 'Information', warning: 'Warning', critical: 'Critical' } as const;

/** @param service where feedback goes; undefined when these cards are not known to any store. */
export function cardsOf(cards: readonly Card[], service: string | undefined): Child[] {
  if (cards.length === 0) {
    return [
      el(
        'div',
        { class: 'panel nothing' },
        el('p', {}, el('strong', {}, 'No cards.')),
        el('p', { class: 'soft' }, 'Silence is an answer too: the trace says why for each recommendation.'),
      ),
    ];
  }
  return cards.map((card) => cardOf(card, service));
}

function cardOf(card: Card, service: string | undefined): HTMLElement {
  const told = el('p', { class: 'card-told', role: 'status' });
  const send = sender(service, told);
  const head = el(
    'header',
    {},
    el('span', { class: `chip chip-${card.indicator}` }, INDICATORS[card.indicator]),
    el('h3', {}, unbroken(card.summary)),
  );
  const article = el(
    'article',
    { class: `card card-${card.indicator}` },
    head,
    card.detail !== undefined &&
      el(
        'details',
        { class: 'card-detail', open: true },
        el('summary', {}, 'Evidence'),
        markdown(card.detail),
      ),
    ...(card.suggestions ?? []).map((suggestion) => suggestionOf(card, suggestion, send)),
    el(
      'div',
      { class: 'card-actions' },
      ...(card.links ?? []).map(({ url, label }) => link(url, `${label} ↗`)),
      ...overrideOf(card, send, markDone),
    ),
    told,
    el('footer', { class: 'soft small' }, 'Source: ', sourceOf(card)),
  );
  function markDone(): void {
    article.classList.add('card-overridden');
  }
  return article;
}

function sourceOf({ source }: Card): Child {
  return source.url === undefined ? source.label : link(source.url, source.label);
}

/** Sends one entry and tells what came back; true when it was kept. */
type Send = (entry: Readonly<Record<string, unknown>>, words: string) => Promise<boolean>;

function sender(service: string | undefined, told: HTMLElement): Send {
  return async (entry, words) => {
    if (service === undefined) return false;
    const full = { ...entry, outcomeTimestamp: new Date().toISOString() };
    try {
      const status = await sendFeedback(service, full);
      told.replaceChildren(
        `${words} Feedback sent, the service answered ${String(status)}.`,
        el(
          'details',
          {},
          el('summary', {}, 'What was sent'),
          el('pre', {}, JSON.stringify({ feedback: [full] }, null, 2)),
        ),
      );
      return true;
    } catch (error) {
      told.textContent =
        error instanceof Refused
          ? `Not kept: ${error.lines.join(' ')} (${String(error.status)})`
          : 'Not kept: the service could not be reached.';
      return false;
    }
  };
}

function suggestionOf(
  { uuid }: Card,
  { label, uuid: id, actions = [] }: Suggestion,
  send: Send,
): HTMLElement {
  const button = el('button', { type: 'button', class: 'button-primary', click: () => void accept() }, label);
  async function accept(): Promise<void> {
    const entry = { card: uuid, outcome: 'accepted', acceptedSuggestions: [{ id }] };
    // Off while it is under way: a double click is one decision.
    button.disabled = true;
    if (await send(entry, `Accepted: ${label}.`)) button.textContent = `✓ ${label}`;
    else button.disabled = false;
  }
  return el(
    'div',
    { class: 'suggestion' },
    button,
    el(
      'details',
      {},
      el(
        'summary',
        {},
        actions.some(({ type }) => type === 'delete') ? 'What it takes away' : 'The draft order',
      ),
      el('pre', { tabindex: '0' }, JSON.stringify(actions, null, 2)),
    ),
  );
}

let menus = 0;

function overrideOf(card: Card, send: Send, done: () => void): Child[] {
  const id = `override-${String((menus += 1))}`;
  const reasons = card.overrideReasons ?? [];
  const button = el('button', { type: 'button', 'aria-expanded': 'false', 'aria-controls': id }, 'Override…');
  const first = el('option', { value: '' }, 'No reason');
  const reason = el(
    'select',
    { id: `${id}-reason` },
    first,
    ...reasons.map(({ code, display }) => el('option', { value: code }, display)),
  );
  const submit = el('button', { type: 'submit', class: 'button-primary' }, 'Send override');
  const comment = el('textarea', { id: `${id}-comment`, rows: 2, maxlength: 10_000 });
  const form = el(
    'form',
    { id, class: 'override', hidden: true, 'aria-label': 'Override this card' },
    el('label', { for: `${id}-reason` }, 'Reason'),
    reason,
    el('label', { for: `${id}-comment` }, 'Comment (optional)'),
    comment,
    el(
      'div',
      { class: 'override-buttons' },
      submit,
      el(
        'button',
        {
          type: 'button',
          class: 'button-quiet',
          click: () => {
            show(false);
          },
        },
        'Cancel',
      ),
    ),
  );
  function show(open: boolean): void {
    form.hidden = !open;
    button.setAttribute('aria-expanded', String(open));
    if (open) reason.focus();
    else button.focus();
  }
  async function override(): Promise<void> {
    const chosen = reasons.find(({ code }) => code === reason.value);
    const userComment = comment.value.trim();
    const given = {
      ...(chosen === undefined ? {} : { reason: chosen }),
      ...(userComment === '' ? {} : { userComment }),
    };
    const entry = {
      card: card.uuid,
      outcome: 'overridden',
      ...(Object.keys(given).length === 0 ? {} : { overrideReason: given }),
    };
    submit.disabled = true;
    const isKept = await send(entry, `Overridden: ${chosen?.display ?? 'no reason'}.`);
    submit.disabled = false;
    if (!isKept) return;
    show(false);
    button.disabled = true;
    done();
  }
  button.addEventListener('click', () => {
    show(form.hasAttribute('hidden'));
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void override();
  });
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') show(false);
  });
  return [button, form];
}

/** Without a store behind the cards, their buttons say so by being off. */
export function turnOff(cards: HTMLElement): void {
  for (const button of cards.querySelectorAll('button')) button.disabled = true;
}
