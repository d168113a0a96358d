/** What answers say was not found, and whether a failed search may have added to it. */
import type { QueryKey } from '../../src/facts/record.ts';
import { recommendationsOf } from '../../src/rules/define-rule.ts';
import type { Answer } from './answers.ts';

/** Lines of that block that say why something is not computed, not that it is missing. */
const SAYS_WHY: Readonly<Record<string, readonly string[]>> = {
  'bisphosphonate-renal-order': ['clearance'],
  'prevent-risk-low-bmd': ['noBody', 'bodyOutOfRange'],
};

/** Service and recommendation -> the things that it says were not found, one by one; could-not-check cards left out. */
export type Claims = ReadonlyMap<string, readonly string[]>;

export function claimsOf(all: readonly Answer[]): Claims {
  return new Map(
    all.flatMap(({ service, decision }) =>
      decision.judgements.flatMap(({ active, finding }) => {
        const { card } = active.recommendation;
        const said = recommendationsOf(finding).filter(
          ({ variant }) => card.variants[variant]?.couldNotCheck === undefined,
        );
        const claims = said.flatMap(({ notFound = [], values }) =>
          notFound
            .filter((key) => SAYS_WHY[active.rule.id]?.includes(key) !== true)
            .flatMap((key) => itemsOf(key, card.notFound?.[key] ?? '', values)),
        );
        return said.length === 0 ? [] : [[`${service} ${active.rule.id}`, claims] as const];
      }),
    ),
  );
}

/** A line that lists things ("Not found: calcium, TSH") claims each of them. */
function itemsOf(
  key: string,
  template: string,
  values: Readonly<Record<string, string | number>>,
): readonly string[] {
  const listed = [...template.matchAll(/\{([a-z]\w*)\}/gi)].flatMap(([, name = '']) => {
    const value = values[name];
    return typeof value === 'string' ? value.split(', ') : [];
  });
  return listed.length === 0 ? [key] : listed.map((item) => `${key}: ${item}`);
}

/**
 * Hazards at order time and the searches that each of their "not found" lines rests on.
 *
 * An exclusion that cannot be checked never blocks order-time safety (G2), and when the search behind a graver branch fails
 * the next one speaks. So a hazard may be added by a failed search, but never a claim that rests on that search.
 */
const RESTS_ON: Readonly<Record<string, Readonly<Record<string, readonly QueryKey[]>>>> = {
  'antiresorptive-hypocalcemia-order': {
    calcium: ['calcium'],
    kidney: ['kidney'],
    supplement: ['medicationRequests', 'medicationStatements'],
  },
  'bisphosphonate-renal-order': { kidney: ['kidney'], recentKidney: ['kidney'] },
  'calcium-supplement-order': {
    calcium: ['calcium'],
    level: ['bone'],
    supplement: ['medicationRequests', 'medicationStatements'],
  },
};

/** What is claimed after a failure and was not before: recommendations that are new (`new`), or new lines of old ones. */
export function added(before: Claims, after: Claims, lost: readonly QueryKey[]): readonly string[] {
  return [...after].flatMap(([name, claims]) => {
    const earlier = before.get(name);
    const known = RESTS_ON[name.split(' ')[1] ?? ''];
    const isFalse = (claim: string): boolean =>
      known === undefined || (known[claim] ?? lost).some((key) => lost.includes(key));
    const more = claims.filter((claim) => !(earlier ?? []).includes(claim)).filter(isFalse);
    const isNew = earlier === undefined && known === undefined;
    return [...(isNew ? [`${name}: new`] : []), ...more.map((claim) => `${name}: ${claim}`)];
  });
}
