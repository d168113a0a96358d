/**
 * What a service answers, read without trust: what the types promise is there, what they do not name is kept.
 *
 * A card, suggestion or link that cannot be shown is left out and counted; one bad card costs no other.
 */
import type { Action, Card, Link, OverrideReason, Suggestion } from '../hooks/card.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { ClientError } from './client-error.ts';
import { templatesOf } from './template.ts';

/** A service as discovery lists it. */
export interface DiscoveredService {
  readonly id: string;
  readonly hook: string;
  readonly title?: string;
  readonly description?: string;
  readonly usageRequirements?: string;
  readonly version?: string;
  readonly hookVersion?: string;
  /** Key to template. */
  readonly prefetch?: Readonly<Record<string, string>>;
}

/** A suggestion of any service: `uuid` is needed only for feedback. */
export type ReceivedSuggestion = Omit<Suggestion, 'uuid'> & { readonly uuid?: string };
/** A card of any service: `uuid` is needed only for feedback. */
export type ReceivedCard = Omit<Card, 'uuid' | 'suggestions'> & {
  readonly uuid?: string;
  readonly suggestions?: readonly ReceivedSuggestion[];
};

export interface ReceivedCards {
  readonly cards: readonly ReceivedCard[];
  readonly systemActions?: readonly Action[];
  readonly extension?: JsonObject;
  /** Cards, suggestions, links, reasons and addresses that were left out, because they lack what CDS Hooks requires. */
  readonly unreadable: number;
}

const MOST_SERVICES = 1000;
const MOST_CARDS = 1000;
/** Part of a URL: nothing that climbs or needs escaping. */
const SERVICE_ID = /^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,200}$/;

/**
 * The services that can be called; others are left out.
 *
 * @throws ClientError `ERR_BAD_ANSWER` when it is no discovery document.
 */
export function readDiscovery(body: unknown): readonly DiscoveredService[] {
  const services = isJsonObject(body) ? body['services'] : undefined;
  if (!Array.isArray(services) || services.length > MOST_SERVICES)
    throw new ClientError('ERR_BAD_ANSWER', 'discovery is no list of services');
  return services.filter(isJsonObject).flatMap((one) => {
    const { id, hook } = one;
    if (typeof id !== 'string' || !SERVICE_ID.test(id) || !isText(hook)) return [];
    const prefetch = Object.fromEntries(templatesOf(one['prefetch']));
    return [{ id, hook, ...textsOf(one), ...(Object.keys(prefetch).length === 0 ? {} : { prefetch }) }];
  });
}

function textsOf(one: JsonObject): JsonObject {
  const names = ['title', 'description', 'usageRequirements', 'version', 'hookVersion'];
  return Object.fromEntries(names.flatMap((name) => (isText(one[name]) ? [[name, one[name]]] : [])));
}

/** Whether a text may be part of the service's URL. */
export function isServiceId(id: unknown): id is string {
  return typeof id === 'string' && SERVICE_ID.test(id);
}

/** @throws ClientError `ERR_BAD_ANSWER` when it is no CDS Hooks response. */
export function readCards(body: unknown): ReceivedCards {
  if (!isJsonObject(body) || !Array.isArray(body['cards']) || body['cards'].length > MOST_CARDS)
    throw new ClientError('ERR_BAD_ANSWER', 'the answer has no list of cards');
  const { systemActions, extension } = body;
  const parts = new Parts();
  const cards = parts.of(body['cards'], isCard).map((card) => withReadableParts(card, parts));
  return {
    cards,
    ...(Array.isArray(systemActions) ? { systemActions: parts.of(systemActions, isAction) } : {}),
    ...(isJsonObject(extension) ? { extension } : {}),
    unreadable: parts.unreadable,
  };
}

/** Keeps what can be read of a list and counts the rest. */
class Parts {
  unreadable = 0;

  of<T>(list: readonly unknown[], isReadable: (value: unknown) => value is T): readonly T[] {
    const kept = list.filter(isReadable);
    this.unreadable += list.length - kept.length;
    return kept;
  }
}

function withReadableParts(card: ReceivedCard, parts: Parts): ReceivedCard {
  const { source, suggestions, links, overrideReasons, ...rest } = card as ReceivedCard & JsonObject;
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
  const readable = {
    suggestions: parts.of(list(suggestions), isSuggestion),
    links: parts.of(list(links), isLink),
    overrideReasons: parts.of(list(overrideReasons), isCoding),
  };
  const present = Object.entries(readable).filter(([, one]) => one.length > 0);
  return { ...rest, source: sourceOf(source, parts), ...Object.fromEntries(present) };
}

function sourceOf({ url, icon, ...rest }: ReceivedCard['source'], parts: Parts): ReceivedCard['source'] {
  const addresses = Object.entries({ url, icon }).filter(([, address]) => address !== undefined);
  const kept = addresses.filter(([, address]) => isHttpUrl(address));
  parts.unreadable += addresses.length - kept.length;
  return { ...rest, ...Object.fromEntries(kept) };
}

function isCard(value: unknown): value is ReceivedCard {
  if (!isJsonObject(value)) return false;
  const { uuid, summary, detail, indicator, source, selectionBehavior } = value;
  return (
    isText(summary) &&
    ['info', 'warning', 'critical'].includes(String(indicator)) &&
    typeof indicator === 'string' &&
    isJsonObject(source) &&
    isText(source['label']) &&
    [uuid, detail, selectionBehavior].every((one) => one === undefined || isText(one))
  );
}

function isSuggestion(value: unknown): value is ReceivedSuggestion {
  if (!isJsonObject(value)) return false;
  const { label, uuid, actions = [] } = value;
  // The actions of a suggestion belong together: one that cannot be read takes the whole suggestion with it.
  return (
    isText(label) && (uuid === undefined || isText(uuid)) && Array.isArray(actions) && actions.every(isAction)
  );
}

function isAction(value: unknown): value is Action {
  if (!isJsonObject(value)) return false;
  const { type, resource, resourceId } = value;
  if (type === 'delete') return isText(resourceId);
  return (
    (type === 'create' || type === 'update') && isJsonObject(resource) && isText(resource['resourceType'])
  );
}

function isLink(value: unknown): value is Link {
  return (
    isJsonObject(value) &&
    isText(value['label']) &&
    isHttpUrl(value['url']) &&
    (value['type'] === 'absolute' || value['type'] === 'smart')
  );
}

function isCoding(value: unknown): value is OverrideReason {
  return isJsonObject(value) && isText(value['code']) && isText(value['display']);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** What may be put into a page as a link: no `javascript:`, no `data:`. */
function isHttpUrl(value: unknown): value is string {
  return typeof value === 'string' && /^https?:\/\/[^\s]+$/i.test(value);
}
