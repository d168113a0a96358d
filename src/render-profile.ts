/**
 * What each kind of EHR changes on a card: CLIENTS_FILE `profile`. Pure, after the decision and before ids are given, so that what is
 * recorded is what is sent.
 *
 * @see docs/clients.md for what is known of each EHR and what must be asked of the site; docs/decisions/0025-client-profiles.md
 */
import type { Policy } from './knowledge/policy.ts';
import { asPlainText } from './plain-text.ts';
import { fill, type CardDraft, type SuggestionDraft } from './render.ts';

export const PROFILE_NAMES = ['default', 'epic', 'oracle', 'athena', 'sandbox'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

export interface RenderProfile {
  /** Single cards where reminders are capped, when the site's own `maxCards` is not lower. The rest is merged as ever. */
  readonly maxCards?: number;
  /** GitHub-flavoured Markdown as the standard says, or text that reads well without it. */
  readonly detail: 'markdown' | 'text';
  /** Whether addresses stand in the detail; those of `source` and `links` always stay. */
  readonly urlsInDetail: boolean;
  /** Whether links may carry `appContext`. */
  readonly appContext: boolean;
  /** `one`: the EHR lets a clinician choose one suggestion, so several orders are also offered as one. */
  readonly choose: 'as written' | 'one';
}

const AS_WRITTEN: RenderProfile = {
  detail: 'markdown',
  urlsInDetail: true,
  appContext: true,
  choose: 'as written',
};
const TEXT: RenderProfile = { ...AS_WRITTEN, detail: 'text' };

/** One row for each; what none of the sources says is left as the standard has it. */
export const PROFILES: Readonly<Record<ProfileName, RenderProfile>> = {
  default: AS_WRITTEN,
  // The card is the whole UI, and sites differ.
  epic: TEXT,
  // A side panel an eighth of the screen wide; links that are not registered are stripped; no appContext.
  oracle: { ...TEXT, maxCards: 2, urlsInDetail: false, appContext: false },
  // Suggestions exclude each other, the actions of one are applied together.
  athena: { ...TEXT, choose: 'one' },
  // Renders Markdown and checks nothing: it shows all that a card holds.
  sandbox: AS_WRITTEN,
};

/** The policy under which a client's calls are decided: the same object where the profile changes nothing. */
export function policyFor(policy: Policy, profile: RenderProfile): Policy {
  const { maxCards = policy.maxCards } = profile;
  return maxCards < policy.maxCards ? { ...policy, maxCards } : policy;
}

/** The cards as this client can show them; the same list where the profile changes nothing. */
export function cardsFor(
  cards: readonly CardDraft[],
  profile: RenderProfile,
  policy: Policy,
): readonly CardDraft[] {
  return profile === AS_WRITTEN ? cards : cards.map((card) => cardFor(card, profile, policy));
}

function cardFor(card: CardDraft, profile: RenderProfile, policy: Policy): CardDraft {
  const { detail, links } = card;
  return {
    ...(profile.choose === 'one' ? oneChoice(card, policy) : card),
    ...(detail === undefined || profile.detail === 'markdown'
      ? {}
      : { detail: asPlainText(detail, { urls: profile.urlsInDetail }) }),
    ...(links === undefined || profile.appContext
      ? {}
      : { links: links.map(({ label, url, type }) => ({ label, url, type })) }),
  };
}

/**
 * Where one suggestion only can be taken, a card that asks for several orders would lose the others: they are offered together as the
 * last choice. Never with the deletion of a draft, and never across recommendations, because accepting quiets one of them.
 */
function oneChoice(card: CardDraft, policy: Policy): CardDraft {
  const { suggestions = [], selectionBehavior } = card;
  if (suggestions.length === 0 || selectionBehavior === 'at-most-one') return card;
  const all = allOf(suggestions, policy);
  return {
    ...card,
    suggestions: all === undefined ? suggestions : [...suggestions, all],
    selectionBehavior: 'at-most-one',
  };
}

function allOf(suggestions: readonly SuggestionDraft[], policy: Policy): SuggestionDraft | undefined {
  const orders = suggestions.filter(({ order }) => order !== undefined);
  const [first, ...others] = orders;
  if (first === undefined || others.length === 0) return undefined;
  if (others.some(({ recommendation }) => recommendation !== first.recommendation)) return undefined;
  const label = fill(policy.knowledge.definitions.allOrders, { n: orders.length }, (text) => text);
  return {
    label,
    recommendation: first.recommendation,
    withinDays: Math.max(...orders.map(({ withinDays = 0 }) => withinDays)),
    actions: orders.flatMap(({ actions = [] }) => actions),
  };
}
