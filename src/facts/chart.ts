/**
 * The chart: a patient record indexed once by concept, before any fact is read from it. Pure; no clock.
 */
import { isJsonObject } from '../json.ts';
import { isNew, isResource, type Seen } from './record.ts';
import { codingsOf, textsOf, type ConceptIndex, type ConceptMatch } from './concepts.ts';
import type { Definitions } from '../knowledge/definitions.ts';
import { OBSERVATION_KEYS } from './queries.ts';
import { readFhirDate, type Day, type FhirDate } from './fhir-date.ts';
import type { HookContext, PatientRecord, QueryKey, QueryResult, Resource, UnknownReason } from './record.ts';

export interface ChartOptions {
  readonly concepts: ConceptIndex;
  readonly definitions: Definitions;
  /** Observation statuses that count as a result (policy `observationStatuses`). */
  readonly observationStatuses: ReadonlySet<string>;
  /** Where each concept is asked for. */
  readonly queryOf: ReadonlyMap<string, QueryKey>;
}

/** One Observation, component or contained member, under the concepts that its own code means. */
export interface ObservationEntry {
  /** The Observation or the component: holds code, value[x], dataAbsentReason. */
  readonly node: Readonly<Record<string, unknown>>;
  /** The whole Observation: status, effective, issued. */
  readonly observation: Resource;
  readonly match: ConceptMatch;
  readonly source: string;
}

export interface Coverage {
  readonly complete: boolean;
  readonly reason: UnknownReason;
}

export interface Chart extends ChartOptions {
  readonly today: Day;
  readonly patient: Resource;
  readonly birth: FhirDate | null;
  readonly context: HookContext;
  readonly observations: ReadonlyMap<string, readonly ObservationEntry[]>;
  /** Resources of a query, empty when it was not answered; see `coverage`. */
  resources(key: QueryKey): readonly Resource[];
  /** Whether a query's answer is complete, so that nothing found means nothing there. */
  coverage(key: QueryKey): Coverage;
  /** Memo for facts that several rules read; see `once` and `onceFor`. */
  readonly memo: Map<string, unknown>;
}

/** Indexes a record. Malformed resources are passed over; nothing here throws on any input. */
export function buildChart(
  record: PatientRecord,
  context: HookContext,
  today: Day,
  options: ChartOptions,
): Chart {
  const resources = resourcesByKey(record);
  return {
    ...options,
    today,
    patient: record.patient,
    birth: readFhirDate(record.patient['birthDate']),
    context,
    observations: indexObservations(
      OBSERVATION_KEYS.flatMap((key) => resourcesOf(record.queries.get(key))),
      options.concepts,
    ),
    resources,
    coverage: (key) => coverageOf(record.queries.get(key)),
    memo: new Map(),
  };
}

/** The first of these queries whose answer is not complete; undefined when all are, so that nothing found means nothing there. */
export function gapIn(chart: Chart, ...keys: readonly QueryKey[]): Coverage | undefined {
  for (const key of keys) {
    const coverage = chart.coverage(key);
    if (!coverage.complete) return coverage;
  }
  return undefined;
}

/**
 * The memoised value of a fact for this chart.
 *
 * @param key a constant: a text that is put together anew costs more to look up than many facts cost to read; see `onceFor`.
 */
export function once<T>(chart: Chart, key: string, read: () => T): T {
  const { memo } = chart;
  const kept = memo.get(key);
  if (kept !== undefined || memo.has(key)) return kept as T;
  const value = read();
  memo.set(key, value);
  return value;
}

/** The memoised value of one of a family of facts, such as the series of a concept. */
export function onceFor<T>(chart: Chart, family: string, key: string | object | number, read: () => T): T {
  const members = once(chart, family, () => new Map<string | object | number, unknown>());
  const kept = members.get(key);
  if (kept !== undefined || members.has(key)) return kept as T;
  const value = read();
  members.set(key, value);
  return value;
}

/** Resources of each query, a repeated resource once; looked at when they are asked for. */
function resourcesByKey({ queries }: PatientRecord): (key: QueryKey) => readonly Resource[] {
  const unique = new Map<QueryKey, readonly Resource[]>();
  return (key) => {
    const known = unique.get(key);
    if (known !== undefined) return known;
    const seen: Seen = new Map();
    const resources = resourcesOf(queries.get(key)).filter((resource) => isNew(resource, seen));
    unique.set(key, resources);
    return resources;
  };
}

function resourcesOf(result: QueryResult | undefined): readonly Resource[] {
  return result === undefined || result.state === 'unknown' ? [] : result.resources;
}

const COMPLETE: Coverage = { complete: true, reason: 'not-asked' };
const NOT_ASKED: Coverage = { complete: false, reason: 'not-asked' };

function coverageOf(result: QueryResult | undefined): Coverage {
  if (result === undefined) return NOT_ASKED;
  return result.state === 'complete' ? COMPLETE : { complete: false, reason: result.reason };
}

function indexObservations(
  resources: readonly Resource[],
  concepts: ConceptIndex,
): ReadonlyMap<string, ObservationEntry[]> {
  const index = new Map<string, ObservationEntry[]>();
  const seen: Seen = new Map();
  // The first of a repeated resource counts, also as a panel.
  const unique = resources.filter((one) => isNew(one, seen));
  const panels = panelsByMember(unique);
  for (const resource of unique) {
    if (resource.resourceType !== 'Observation') continue;
    const source = sourceOf(resource);
    const panel = panels.size === 0 ? undefined : panels.get(source);
    const observation = panel === undefined ? resource : { ...resource, ...inheritedTime(resource, panel) };
    for (const { node, owner } of nodesOf(observation)) {
      for (const match of matchesOf(node, concepts)) {
        const entry = { node, observation: owner, match, source };
        const list = index.get(match.concept);
        if (list) list.push(entry);
        else index.set(match.concept, [entry]);
      }
    }
  }
  return index;
}

/** Panels by the separate Observations that they name in hasMember; a member without a time of its own has its panel's. */
function panelsByMember(resources: readonly Resource[]): ReadonlyMap<string, Resource> {
  const panels = new Map<string, Resource>();
  const disputed = new Set<string>();
  for (const panel of resources) {
    if (panel['hasMember'] === undefined) continue;
    for (const { reference } of list(panel['hasMember'])) {
      if (typeof reference !== 'string') continue;
      // Two panels may disagree about the time: then the member has none.
      if (panels.has(reference) && panels.get(reference)?.id !== panel.id) disputed.add(reference);
      panels.set(reference, panel);
    }
  }
  return new Map([...panels].filter(([reference]) => !disputed.has(reference)));
}

function matchesOf(
  { code }: Readonly<Record<string, unknown>>,
  concepts: ConceptIndex,
): readonly ConceptMatch[] {
  return concepts.matchResult(codingsOf(code), () => textsOf(code));
}

/** The Observation, its components, and contained members named in hasMember, which inherit status and time. */
function nodesOf(observation: Resource): { node: Readonly<Record<string, unknown>>; owner: Resource }[] {
  if (observation['component'] === undefined && observation['contained'] === undefined)
    return [{ node: observation, owner: observation }];
  const components = list(observation['component']).map((node) => ({ node, owner: observation }));
  const members = containedMembers(observation).flatMap((member) => {
    const owner = {
      ...member,
      status: member['status'] ?? observation['status'],
      ...inheritedTime(member, observation),
    } as Resource;
    return [{ node: member, owner }, ...list(member['component']).map((node) => ({ node, owner }))];
  });
  return [{ node: observation, owner: observation }, ...components, ...members];
}

function containedMembers(observation: Resource): readonly Resource[] {
  const references = new Set(list(observation['hasMember']).map((member) => member['reference']));
  return list(observation['contained']).filter(
    (one): one is Resource =>
      isResource(one) && one.resourceType === 'Observation' && references.has(`#${String(one.id)}`),
  );
}

const TIMES = ['effectiveDateTime', 'effectivePeriod', 'effectiveInstant', 'issued'] as const;

function inheritedTime(member: Resource, parent: Resource): Record<string, unknown> {
  if (TIMES.some((key) => member[key] !== undefined)) return {};
  return Object.fromEntries(
    TIMES.filter((key) => parent[key] !== undefined).map((key) => [key, parent[key]]),
  );
}

function list(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

const FHIR_ID = /^[A-Za-z0-9\-.]{1,64}$/;

/** `Type/id` of a resource, for evidence; an id that is not a FHIR id is record text and is not repeated. */
export function sourceOf(resource: Resource): string {
  const { id, resourceType } = resource;
  return typeof id === 'string' && FHIR_ID.test(id) ? `${resourceType}/${id}` : `${resourceType} (no id)`;
}
