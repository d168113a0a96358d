/**
 * Concepts: which codes and drug texts mean what. Data from cards/concepts.json and the site's policy; look-up here.
 *
 * A code's verification decides what it may do (`_meta.rules` of the code list): one from memory (`none`) is never
 * matched; a `single-source` or `component-only` one may widen an exclusion or a safety alert, so its match says
 * `verified: false` and whatever makes a recommendation fire must not use it.
 */
import { isJsonObject } from '../json.ts';

export type Verification =
  'authoritative' | 'corroborated' | 'component-only' | 'single-source' | 'none' | 'site';

export interface ConceptRow {
  readonly system: string;
  readonly code: string;
  readonly display?: string;
  readonly verification: Verification;
  readonly match?: 'prefix';
  /** Comma-separated, as in the code list: `haemorrhagic, history`. */
  readonly role?: string;
  /** The row counts only while this concept is active in the patient. */
  readonly requires?: string;
  /** A site's local code may state the unit in which it reports (policy `concepts`). */
  readonly unit?: string;
}

export interface ConceptExclusion {
  readonly system: string;
  readonly code: string;
  readonly match?: 'prefix';
  /** The exclusion is lifted while this concept is active in the patient. */
  readonly unless?: string;
}

export type UnitScale = number | { readonly slope: number; readonly intercept: number };

export interface Concept {
  readonly id: string;
  readonly title: string;
  readonly codes: readonly ConceptRow[];
  readonly units?: {
    readonly canonical: string;
    readonly accepted: Readonly<Record<string, UnitScale>>;
    readonly molarMass?: number;
  };
  /** In the canonical unit; a value outside is unknown. */
  readonly plausibleRange?: readonly [number, number];
  readonly exclude?: readonly ConceptExclusion[];
  readonly includes?: readonly string[];
  readonly textPatterns?: readonly string[];
  readonly textExclude?: readonly string[];
  readonly textRoles?: readonly { readonly role: string; readonly pattern: string }[];
  readonly textConditional?: readonly {
    readonly pattern: string;
    readonly role: string;
    readonly requires: string;
  }[];
  readonly site?: string;
  readonly siteClass?: string;
  readonly orderDefault?: { readonly system: string; readonly code: string };
  readonly valueCodes?: Readonly<Record<string, readonly ConceptRow[]>>;
  readonly prednisoneEquivalentMg?: Readonly<Record<string, number | string>>;
  /** Share of the salt's mass that is calcium, by the name of the salt. */
  readonly elementalFraction?: Readonly<Record<string, number>>;
}

export interface ConceptMatch {
  readonly concept: string;
  readonly roles: readonly string[];
  /** False when only unverified codes matched. */
  readonly verified: boolean;
  /** Concepts of which one must be active in the patient for the match to count; undefined = counts by itself. */
  readonly requires?: string;
  /** Unit that the site declared for its local code. */
  readonly unit?: string;
}

export interface Coding {
  readonly system: string;
  readonly code: string;
}

interface Hit {
  readonly concept: string;
  readonly row: ConceptRow | ConceptExclusion;
}

interface SystemIndex {
  readonly exact: Map<string, Hit[]>;
  readonly prefix: Map<string, Hit[]>;
  /** Length of the longest prefix, so that a long code costs no more than a short one. */
  longest: number;
}

interface TextRule {
  readonly concept: string;
  readonly patterns: readonly RegExp[];
  readonly exclude: readonly RegExp[];
  readonly roles: readonly { role: string; pattern: RegExp }[];
  readonly conditional: readonly { pattern: RegExp; role: string; requires: string }[];
}

export interface ConceptIndex {
  readonly concepts: ReadonlyMap<string, Concept>;
  /** Concepts of a code, found in any coding; an excluding row wins over a match, whichever coding it is on. */
  match(codings: readonly Coding[], isActive?: (concept: string) => boolean): readonly ConceptMatch[];
  /**
   * Concepts of a result by code. Where a concept also has texts, its `textExclude` forbids, code or no code, and its
   * `textPatterns` stand in when no code says what was measured: some results have no public code.
   */
  matchResult(codings: readonly Coding[], texts: () => readonly string[]): readonly ConceptMatch[];
  /** Concepts of a drug by code and text (`_meta.text`); roles by text are added to matches by code as well. */
  matchDrug(
    codings: readonly Coding[],
    texts: readonly string[],
    isActive?: (concept: string) => boolean,
  ): readonly ConceptMatch[];
}

/** Patterns with `.*` are at worst quadratic, so a text is cut before matching (`_meta.text.limit`). */
const TEXT_LIMIT = 500;
/** No code has so many displays; the rest of a hostile one is not read. */
const TEXTS_LIMIT = 20;

const DOTLESS = /\/(icd-10|icd-10-cm)$/;

/**
 * Builds the look-up once at start.
 *
 * @param aliases code system URI as some senders write it (OIDs) -> the URI used in the concepts.
 */
export function buildConceptIndex(
  concepts: readonly Concept[],
  aliases: Readonly<Record<string, string>>,
): ConceptIndex {
  const byId = new Map(concepts.map((concept) => [concept.id, concept]));
  const parents = parentsOf(concepts);
  const included = new Map<string, SystemIndex>();
  const excluded = new Map<string, SystemIndex>();
  for (const concept of concepts) {
    for (const row of concept.codes) if (row.verification !== 'none') insert(included, concept.id, row);
    for (const row of concept.exclude ?? []) insert(excluded, concept.id, row);
  }
  const textRules = concepts.filter(isDrug).map(textRule);
  const resultRules = concepts.filter(isTextResult).map(textRule);
  const canonical = (coding: Coding): Coding => {
    const alias = Object.hasOwn(aliases, coding.system) ? aliases[coding.system] : undefined;
    return alias === undefined ? coding : { system: alias, code: coding.code };
  };
  const textResults: ReadonlySet<string> = new Set(resultRules.map(({ concept }) => concept));
  const keptMatches = new Map<string, Map<string, readonly ConceptMatch[]>>();
  let keptTexts = new Map<string, readonly ConceptMatch[]>();

  /** One code alone, from what was found before; codes of no concept are not kept, because there is no end of them. */
  function matchOne(sent: Coding): readonly ConceptMatch[] | undefined {
    const known = keptMatches.get(sent.system)?.get(sent.code);
    if (known !== undefined) return known;
    const coding = canonical(sent);
    // Whether an exclusion holds may depend on the patient.
    if (lookUp(excluded, coding).length > 0) return undefined;
    const hits = lookUp(included, coding);
    if (hits.length === 0) return NO_MATCHES;
    const found = merge(withParents(hits.map(toMatch), parents));
    const ofSystem = keptMatches.get(sent.system) ?? new Map<string, readonly ConceptMatch[]>();
    if (ofSystem.size < MOST_KEPT_CODES && keptMatches.size < MOST_KEPT_SYSTEMS) {
      ofSystem.set(sent.code, found);
      keptMatches.set(sent.system, ofSystem);
    }
    return found;
  }

  function match(
    codings: readonly Coding[],
    isActive: (concept: string) => boolean = never,
  ): readonly ConceptMatch[] {
    const [first] = codings;
    if (first === undefined) return NO_MATCHES;
    const alone = codings.length === 1 ? matchOne(first) : undefined;
    if (alone !== undefined) return alone;
    const own = codings.map(canonical);
    const hits = own.flatMap((coding) => lookUp(included, coding));
    if (hits.length === 0) return [];
    const out = exclusionsOf(own, excluded, isActive);
    const stays = (found: ConceptMatch): boolean => !out.has(found.concept);
    // Before the unions are added: a code that is no coronary disease is no ASCVD by way of it either.
    return merge(withParents(hits.map(toMatch).filter(stays), parents).filter(stays));
  }

  function matchResult(codings: readonly Coding[], texts: () => readonly string[]): readonly ConceptMatch[] {
    const byCode = match(codings);
    // Measured, and no word can change it: nearly every result.
    if (
      byCode.some(({ concept }) => byId.get(concept)?.units !== undefined) &&
      !byCode.some(({ concept }) => textResults.has(concept))
    )
      return byCode;
    const words = [...new Set(texts().slice(0, TEXTS_LIMIT).map(cleanText))];
    const allowed = resultRules.filter(
      ({ exclude }) => !exclude.some((no) => words.some((one) => no.test(one))),
    );
    const isForbidden = ({ concept }: ConceptMatch): boolean =>
      resultRules.some((rule) => rule.concept === concept && !allowed.includes(rule));
    const kept = byCode.filter((found) => !isForbidden(found));
    if (byCode.some(({ concept }) => byId.get(concept)?.units !== undefined)) return kept;
    const byText = allowed.filter(({ patterns }) =>
      patterns.some((yes) => words.some((one) => yes.test(one))),
    );
    return merge([...kept, ...byText.map(({ concept }) => ({ concept, roles: [], verified: true }))]);
  }

  /** Hundreds of patterns over one text: what a drug list says, it says again. */
  function matchDrugText(text: string): readonly ConceptMatch[] {
    const known = keptTexts.get(text);
    if (known !== undefined) return known;
    const found = textRules.flatMap((rule) => matchText(rule, text));
    if (keptTexts.size >= MOST_KEPT_TEXTS) keptTexts = new Map();
    keptTexts.set(text, found);
    return found;
  }

  function matchDrug(
    codings: readonly Coding[],
    texts: readonly string[],
    isActive: (concept: string) => boolean = never,
  ): ConceptMatch[] {
    const cut = [...new Set(texts.map(cleanText).filter((text) => text !== ''))];
    // `textExclude` governs text matches, `exclude` rows govern code matches: a text match survives an excluded code.
    const byText = cut.flatMap(matchDrugText);
    const found = merge([...match(codings, isActive), ...withParents(byText, parents)]);
    return found.map((one) => addTextRoles(one, textRules, cut));
  }

  return { concepts: byId, match, matchResult, matchDrug };
}

const never = (): boolean => false;

const NO_MATCHES: readonly ConceptMatch[] = [];
/** Far more than the codes of the concepts in one system; endless spellings below a prefix must not fill the memory. */
const MOST_KEPT_CODES = 5000;
const MOST_KEPT_SYSTEMS = 50;
/** Of 500 characters at the most (TEXT_LIMIT). */
const MOST_KEPT_TEXTS = 2000;

function isDrug(concept: Concept): boolean {
  return (
    (concept.textPatterns !== undefined || concept.textConditional !== undefined) &&
    concept.codes.some((row) => row.system.endsWith('/rxnorm') || row.system.endsWith('/atc'))
  );
}

/** Measured, and known to some senders by name only. */
function isTextResult(concept: Concept): boolean {
  return concept.textPatterns !== undefined && concept.units !== undefined && !isDrug(concept);
}

function textRule(concept: Concept): TextRule {
  const compile = (source: string): RegExp => new RegExp(source, 'i');
  return {
    concept: concept.id,
    patterns: (concept.textPatterns ?? []).map(compile),
    exclude: (concept.textExclude ?? []).map(compile),
    roles: (concept.textRoles ?? []).map(({ role, pattern }) => ({ role, pattern: compile(pattern) })),
    conditional: (concept.textConditional ?? []).map((row) => ({ ...row, pattern: compile(row.pattern) })),
  };
}

function matchText(rule: TextRule, text: string): ConceptMatch[] {
  const plain = rule.patterns.some((pattern) => pattern.test(text));
  const conditional = plain ? [] : rule.conditional.filter(({ pattern }) => pattern.test(text));
  if ((!plain && conditional.length === 0) || rule.exclude.some((pattern) => pattern.test(text))) return [];
  if (plain) return [{ concept: rule.concept, roles: [], verified: true }];
  return conditional.map(({ role, requires }) => ({
    concept: rule.concept,
    roles: [role],
    verified: true,
    requires,
  }));
}

function addTextRoles(
  found: ConceptMatch,
  rules: readonly TextRule[],
  texts: readonly string[],
): ConceptMatch {
  const rule = rules.find(({ concept }) => concept === found.concept);
  const added =
    rule?.roles.filter(({ pattern }) => texts.some((text) => pattern.test(text))).map(({ role }) => role) ??
    [];
  return added.length === 0 ? found : { ...found, roles: [...new Set([...found.roles, ...added])] };
}

/** Displays in real data hold zero-width spaces that break every text match. */
export function cleanText(text: string): string {
  return text
    .slice(0, TEXT_LIMIT)
    .replace(/[\u200B-\u200D\uFEFF]/g, '')
    .trim();
}

function insert(index: Map<string, SystemIndex>, concept: string, row: ConceptRow | ConceptExclusion): void {
  const system = index.get(row.system) ?? {
    exact: new Map<string, Hit[]>(),
    prefix: new Map<string, Hit[]>(),
    longest: 0,
  };
  index.set(row.system, system);
  const map = row.match === 'prefix' ? system.prefix : system.exact;
  const key = normalise(row.system, row.code);
  if (row.match === 'prefix') system.longest = Math.max(system.longest, key.length);
  map.set(key, [...(map.get(key) ?? []), { concept, row }]);
}

function lookUp(index: ReadonlyMap<string, SystemIndex>, coding: Coding): Hit[] {
  const system = index.get(coding.system);
  if (!system || coding.code.length > 40) return [];
  const code = normalise(coding.system, coding.code);
  const hits = [...(system.exact.get(code) ?? [])];
  if (system.prefix.size > 0) {
    for (let length = 1; length <= Math.min(code.length, system.longest); length++)
      hits.push(...(system.prefix.get(code.slice(0, length)) ?? []));
  }
  return hits;
}

/** ICD codes travel with and without the dot. */
function normalise(system: string, code: string): string {
  return DOTLESS.test(system) ? code.replaceAll('.', '').toUpperCase() : code;
}

function toMatch({ concept, row }: Hit): ConceptMatch {
  const { role, requires, unit, verification } = row as ConceptRow;
  return {
    concept,
    roles: role === undefined ? [] : role.split(/,\s*/),
    verified: verification !== 'single-source' && verification !== 'component-only',
    ...(requires === undefined ? {} : { requires }),
    ...(unit === undefined ? {} : { unit }),
  };
}

function exclusionsOf(
  codings: readonly Coding[],
  index: ReadonlyMap<string, SystemIndex>,
  isActive: (concept: string) => boolean,
): ReadonlySet<string> {
  const out = new Set<string>();
  for (const coding of codings) {
    for (const { concept, row } of lookUp(index, coding)) {
      const { unless } = row as ConceptExclusion;
      if (unless === undefined || !isActive(unless)) out.add(concept);
    }
  }
  return out;
}

function parentsOf(concepts: readonly Concept[]): ReadonlyMap<string, readonly string[]> {
  const parents = new Map<string, string[]>();
  for (const concept of concepts) {
    for (const child of concept.includes ?? [])
      parents.set(child, [...(parents.get(child) ?? []), concept.id]);
  }
  return parents;
}

function withParents(
  matches: readonly ConceptMatch[],
  parents: ReadonlyMap<string, readonly string[]>,
): ConceptMatch[] {
  return matches.flatMap((found) => [
    found,
    ...withParents(
      (parents.get(found.concept) ?? []).map((concept) => ({ ...found, concept })),
      parents,
    ),
  ]);
}

function merge(matches: readonly ConceptMatch[]): ConceptMatch[] {
  const merged = new Map<string, ConceptMatch>();
  for (const found of matches) {
    const before = merged.get(found.concept);
    merged.set(found.concept, before ? mergeTwo(before, found) : found);
  }
  return [...merged.values()];
}

function mergeTwo(a: ConceptMatch, b: ConceptMatch): ConceptMatch {
  const { requires, unit, ...rest } = a;
  const needs = requires !== undefined && b.requires !== undefined ? { requires } : {};
  const declared = unit ?? b.unit;
  return {
    ...rest,
    roles: [...new Set([...a.roles, ...b.roles])],
    verified: a.verified || b.verified,
    ...needs,
    ...(declared === undefined ? {} : { unit: declared }),
  };
}

/** Codings of a CodeableConcept that have both system and code; anything malformed is passed over. */
export function codingsOf(codeableConcept: unknown): readonly Coding[] {
  const list = isJsonObject(codeableConcept) ? codeableConcept['coding'] : undefined;
  if (!Array.isArray(list)) return NO_CODINGS;
  return list.every(isCoding) ? list : list.filter(isCoding);
}

const NO_CODINGS: readonly Coding[] = [];

function isCoding(one: unknown): one is Coding {
  return isJsonObject(one) && typeof one['system'] === 'string' && typeof one['code'] === 'string';
}

/** Codes of a CodeableConcept whatever their system; older servers send a bare string. */
export function codesIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  const codings = isJsonObject(value) && Array.isArray(value['coding']) ? value['coding'] : [];
  return codings
    .map((coding: unknown) => (isJsonObject(coding) ? coding['code'] : undefined))
    .filter((code) => typeof code === 'string');
}

/** `text` and every `coding.display` of a CodeableConcept, cut and cleaned for matching. */
export function textsOf(codeableConcept: unknown): readonly string[] {
  if (!isJsonObject(codeableConcept)) return [];
  const { text, coding } = codeableConcept;
  const displays = Array.isArray(coding)
    ? coding.map((one: unknown) => (isJsonObject(one) ? one['display'] : undefined))
    : [];
  return [text, ...displays].filter((one): one is string => typeof one === 'string').map(cleanText);
}
