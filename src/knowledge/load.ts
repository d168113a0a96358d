/**
 * Reads cards/ once at start, checks every file against its schema and against each other, and freezes the result.
 *
 * @throws ServiceError ERR_KNOWLEDGE with every problem by file, line and path.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Static, TSchema } from 'typebox';
import { ServiceError } from '../errors.ts';
import type { Concept } from '../facts/concepts.ts';
import type { PreventModels } from '../risk/prevent.ts';
import { definitionsSchema, type Definitions } from './definitions.ts';
import { problemText, readYaml } from './read-yaml.ts';
import {
  cofiringSchema,
  ordersSchema,
  overrideReasonsSchema,
  recommendationSchema,
  servicesSchema,
  type Cofiring,
  type Orders,
  type OverrideReasons,
  type Recommendation,
  type ServiceDefinition,
} from './recommendation.ts';

export interface Knowledge {
  readonly concepts: readonly Concept[];
  readonly definitions: Definitions;
  readonly services: readonly ServiceDefinition[];
  readonly recommendations: ReadonlyMap<string, Recommendation>;
  readonly orders: Orders;
  readonly cofiring: Cofiring;
  readonly overrideReasons: OverrideReasons;
}

/**
 * @param folder the `cards/` folder.
 * @param prepared what `prepareKnowledge` gave at the build, in a file: taken when it was made from just these files, so that start
 *   need not parse YAML. With another content, or without the file, cards/ is read.
 */
export function loadKnowledge(folder: string, prepared?: string): Knowledge {
  return deepFreeze(readPrepared(folder, prepared) ?? readKnowledge(folder));
}

/** A Knowledge that has been checked, with the fingerprint of the files that it came from. */
interface Prepared {
  readonly fingerprint: string;
  readonly knowledge: Omit<Knowledge, 'recommendations'> & {
    readonly recommendations: readonly Recommendation[];
  };
}

/** The text of a file from which `loadKnowledge` starts faster. */
export function prepareKnowledge(folder: string): string {
  const { recommendations, ...others } = readKnowledge(folder);
  const knowledge = { ...others, recommendations: [...recommendations.values()] };
  return JSON.stringify({ fingerprint: fingerprintOf(folder), knowledge } satisfies Prepared);
}

function readPrepared(folder: string, file: string | undefined): Knowledge | undefined {
  if (file === undefined || !existsSync(file)) return undefined;
  const { fingerprint, knowledge } = JSON.parse(readFileSync(file, 'utf8')) as Prepared;
  if (fingerprint !== fingerprintOf(folder)) return undefined;
  return { ...knowledge, recommendations: new Map(knowledge.recommendations.map((one) => [one.id, one])) };
}

/** SHA-256 of every file below the folder with its name. */
function fingerprintOf(folder: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!/\.(yaml|json)$/.test(file)) continue;
    const content = readFileSync(join(folder, file));
    hash.update(`${file} ${String(content.length)}\n`).update(content);
  }
  return hash.digest('hex');
}

function readKnowledge(folder: string): Knowledge {
  const problems: string[] = [];
  const read = <S extends TSchema, F>(file: string, schema: S, fallback: F): Static<S> | F => {
    const result = readYaml(join(folder, file), schema);
    if ('value' in result) return result.value;
    problems.push(...result.problems.map((problem) => problemText(`cards/${file}`, problem)));
    return fallback;
  };
  const definitions = read('definitions.yaml', definitionsSchema, null);
  const files = readdirSync(join(folder, 'recommendations'))
    .filter((file) => file.endsWith('.yaml'))
    .sort();
  const recommendations = files.map((file) => ({
    file,
    one: read(`recommendations/${file}`, recommendationSchema, null),
  }));
  const knowledge = {
    services: read('services.yaml', servicesSchema, []),
    orders: read('orders.yaml', ordersSchema, {}),
    cofiring: read('cofiring.yaml', cofiringSchema, { owners: {}, silences: {} }),
    overrideReasons: read('override-reasons.yaml', overrideReasonsSchema, { system: '', reasons: [] }),
    recommendations: new Map(
      recommendations.flatMap(({ one }) => (one === null ? [] : [[one.id, one] as const])),
    ),
  };
  if (definitions === null || problems.length > 0) throw refuse(problems);
  const concepts = readConcepts(join(folder, 'concepts.json'), definitions);
  const prevent = readPrevent(join(folder, 'prevent.json'));
  const whole = { ...knowledge, definitions: { ...definitions, prevent }, concepts };
  const wrong = [
    ...recommendations.flatMap(({ file, one }) => (one === null ? [] : nameProblems(file, one))),
    ...crossProblems(whole),
  ];
  if (wrong.length > 0) throw refuse(wrong);
  return whole;
}

function refuse(problems: readonly string[]): ServiceError {
  return new ServiceError(
    'ERR_KNOWLEDGE',
    `cards/ cannot be used:\n${problems.map((line) => `  ${line}`).join('\n')}`,
  );
}

/**
 * Start-up reads 2,600 codes, so the code lists are JSON. Concepts that the specification names in words only come from
 * definitions.yaml; `like` gives such a subset the units and the plausible range of the concept it narrows.
 */
function readConcepts(file: string, { concepts: named }: Pick<Definitions, 'concepts'>): readonly Concept[] {
  const { _meta: meta, ...listed } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Concept>;
  const own = Object.entries(named as Readonly<Record<string, Concept & { like?: string }>>).map(
    ([id, { like, ...concept }]) => {
      const model = like === undefined ? undefined : listed[like];
      return {
        ...(model?.units && { units: model.units }),
        ...(model?.plausibleRange && { plausibleRange: model.plausibleRange }),
        ...concept,
        id,
      };
    },
  );
  return [...Object.entries(listed).map(([id, concept]) => ({ ...concept, id })), ...own];
}

/** Built by scripts/build-prevent.ts, like the code lists; test/risk/prevent.test.ts compares it with published values. */
function readPrevent(file: string): PreventModels {
  const { ranges, terms, models } = JSON.parse(readFileSync(file, 'utf8')) as PreventModels;
  return { ranges, terms, models };
}

function nameProblems(file: string, one: Recommendation): string[] {
  return file === `${one.id}.yaml`
    ? []
    : [`cards/recommendations/${file}: id is ${one.id}, not the file's name`];
}

function crossProblems(knowledge: Knowledge): string[] {
  const { services, recommendations, cofiring } = knowledge;
  const served = new Set(services.flatMap((service) => service.recommendations));
  const named = [
    ...served,
    ...Object.values(cofiring.owners).flat(),
    ...Object.entries(cofiring.silences).flatMap(([by, others]) => [
      by,
      ...others.map((other) => (typeof other === 'string' ? other : other.recommendation)),
    ]),
  ];
  return [
    ...[...new Set(named)]
      .filter((id) => !recommendations.has(id))
      .map((id) => `cards/: ${id} is named, but has no file in cards/recommendations`),
    ...[...recommendations.keys()]
      .filter((id) => !served.has(id))
      .map((id) => `cards/services.yaml: no service lists ${id}`),
    ...[...recommendations.values()].flatMap((one) => referenceProblems(one, knowledge)),
    ...[...recommendations.values()].flatMap(historyProblems),
  ];
}

/** A version that is raised without a word about it stops the start: the history is kept true. */
function historyProblems({ id, version, history }: Recommendation): string[] {
  const told = (message: string): string => `cards/recommendations/${id}.yaml: history: ${message}`;
  const [newest] = history;
  const places = history.map((one) => one.version.split('.').map(Number));
  const isOrdered = places.every(
    (one, index) => index === 0 || compareVersions(places[index - 1] ?? [], one) > 0,
  );
  return [
    ...(newest?.version === version ? [] : [told(`the first entry must be version ${version}`)]),
    ...(isOrdered ? [] : [told('must go from the newest version to the oldest, each once')]),
  ];
}

function compareVersions(a: readonly number[], b: readonly number[]): number {
  const place = a.findIndex((part, index) => part !== b[index]);
  return place === -1 ? 0 : (a[place] ?? 0) - (b[place] ?? 0);
}

function referenceProblems(
  one: Recommendation,
  { orders, overrideReasons, concepts, cofiring }: Knowledge,
): string[] {
  const evidence = new Set(Object.keys(one.evidence));
  const parts = partsIn(cofiring);
  const reasons = new Set(overrideReasons.reasons.map(({ code }) => code));
  const conceptIds = new Set(concepts.map(({ id }) => id));
  const cited = [
    one.card.source.evidence,
    ...one.card.sources,
    ...one.card.links.map((link) => link.evidence),
    ...Object.values(one.parameters).map((parameter) => parameter.evidence),
  ];
  const asked = Object.values(one.suggestions ?? {});
  const missing = [
    ...cited.filter((key) => !evidence.has(key)).map((key) => `evidence ${key} is cited, but not listed`),
    ...one.card.overrideReasons
      .filter((code) => !reasons.has(code))
      .map((code) => `override reason ${code} is not in override-reasons.yaml`),
    ...(one.exclusions ?? [])
      .filter((concept) => !conceptIds.has(concept))
      .map((concept) => `exclusion ${concept} is not a concept`),
    ...asked.flatMap((suggestion) =>
      'order' in suggestion && !Object.hasOwn(orders, suggestion.order)
        ? [`order ${suggestion.order} is not in orders.yaml`]
        : [],
    ),
    ...asked.flatMap((suggestion) =>
      'order' in suggestion && suggestion.part !== undefined && !parts.has(suggestion.part)
        ? [`part ${suggestion.part} is not in cofiring.yaml`]
        : [],
    ),
  ];
  return missing.map((message) => `cards/recommendations/${one.id}.yaml: ${message}`);
}

/** Parts that somebody owns or that a silence names. */
function partsIn({ owners, silences }: Cofiring): ReadonlySet<string> {
  const silenced = Object.values(silences)
    .flat()
    .filter((target) => typeof target !== 'string');
  return new Set([...Object.keys(owners), ...silenced.map(({ part }) => part)]);
}

/** Nothing that a request carries may change what the next one is judged by. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  if (value instanceof Map) value.forEach(deepFreeze);
  Object.values(value).forEach(deepFreeze);
  return value;
}
