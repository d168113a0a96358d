/**
 * `links`: every address that a card can ever carry, for the forms on which an EHR's site allows them.
 *
 * A recommendation that runs silent is listed too: a site fills in the form before it switches on. One that is off is not.
 */
import { parseArgs } from 'node:util';
import { ServiceError } from './errors.ts';
import type { ActiveRecommendation, Policy } from './knowledge/policy.ts';
import { PROFILE_NAMES, PROFILES, type ProfileName } from './render-profile.ts';

export const LINKS_USAGE = 'links [--json] [--profile NAME]';

/** `source`: the card's source; `link`: a link of the card; `detail`: within its text. */
export type LinkPlace = 'source' | 'link' | 'detail';

export interface CardLink {
  readonly url: string;
  readonly usedBy: readonly {
    readonly recommendation: string;
    readonly place: LinkPlace;
    /** `silent` until the site shows it. */
    readonly mode: string;
  }[];
}

/** Sorted by address; each once. */
export function cardLinks(policy: Policy, profile: ProfileName): readonly CardLink[] {
  const active = new Map(
    [...policy.services.values()]
      .flatMap(({ recommendations }) => recommendations)
      .map((one) => [one.recommendation.id, one] as const),
  );
  const uses = [...active.values()].flatMap((one) => usesOf(one, policy, PROFILES[profile].urlsInDetail));
  return [...Map.groupBy(uses, ({ url }) => url)]
    .map(([url, usedBy]) => ({ url, usedBy: usedBy.map(({ url: _, ...use }) => use) }))
    .sort((a, b) => (a.url < b.url ? -1 : 1));
}

type Use = CardLink['usedBy'][number] & { readonly url: string };

function usesOf({ recommendation, mode }: ActiveRecommendation, policy: Policy, inDetail: boolean): Use[] {
  const { id, card, evidence } = recommendation;
  const urlOf = (key: string): string[] => [evidence[key]?.url ?? ''].filter((url) => url !== '');
  const at = (place: LinkPlace, urls: readonly string[]): Use[] =>
    [...new Set(urls)].map((url) => ({ url, recommendation: id, place, mode }));
  const { definitions } = policy.knowledge;
  const texts = [
    ...[card.found, card.why, card.notFound ?? {}].flatMap((lines) => Object.values(lines)),
    ...(card.limits ?? []),
    ...card.sources.map((key) => evidence[key]?.citation ?? ''),
    definitions.closing,
    definitions.nothingMissing,
    ...(policy.preset === 'article' ? [definitions.articleBanner] : []),
  ];
  return [
    ...at('source', urlOf(card.source.evidence)),
    ...at(
      'link',
      card.links.flatMap((link) => urlOf(link.evidence)),
    ),
    ...(inDetail ? at('detail', [...card.sources.flatMap(urlOf), ...texts.flatMap(urlsIn)]) : []),
  ];
}

/** Bare, in angle brackets, or of a Markdown link; without the punctuation of the sentence. */
export function urlsIn(text: string): readonly string[] {
  return text.match(/https?:\/\/[^\s<>()[\]"]*[^\s<>()[\]".,;:]/g) ?? [];
}

/**
 * Prints the list, an address a line; with `--json` also who uses it and where.
 *
 * @throws ServiceError ERR_CONFIG for an unknown option or profile.
 */
export function printLinks(args: readonly string[], policy: Policy, print: (text: string) => void): void {
  const { json, profile } = optionsOf(args);
  const links = cardLinks(policy, profile);
  print(json ? JSON.stringify(links, null, 2) : links.map(({ url }) => url).join('\n'));
}

function optionsOf(args: readonly string[]): { readonly json: boolean; readonly profile: ProfileName } {
  let values: { json?: boolean; profile?: string };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: { json: { type: 'boolean' }, profile: { type: 'string' } },
    }));
  } catch (error) {
    throw new ServiceError(
      'ERR_CONFIG',
      `${error instanceof Error ? error.message : ''}\nusage: bone-heart-cds ${LINKS_USAGE}`,
    );
  }
  const { json = false, profile: asked = 'default' } = values;
  const profile = PROFILE_NAMES.find((name) => name === asked);
  if (profile === undefined)
    throw new ServiceError('ERR_CONFIG', `--profile must be one of ${PROFILE_NAMES.join(', ')}`);
  return { json, profile };
}
