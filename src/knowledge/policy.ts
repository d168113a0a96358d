/**
 * The site's policy on top of the knowledge: presets, modes, parameters, local codes; the frozen result is what `decide` uses.
 *
 * @throws ServiceError ERR_CONFIG with every problem of the file by path and line.
 */
import { readFileSync } from 'node:fs';
import { Type, type Static } from 'typebox';
import { ServiceError } from '../errors.ts';
import { buildConceptIndex, type Concept, type ConceptIndex, type ConceptRow } from '../facts/concepts.ts';
import { readFhirDate } from '../facts/fhir-date.ts';
import { needsOf } from '../facts/index.ts';
import { queriesFor, queryOfConcepts } from '../facts/queries.ts';
import type { Query, QueryKey } from '../facts/record.ts';
import { readQuantity, type Threshold } from '../facts/quantity.ts';
import { isJsonObject } from '../json.ts';
import { inputsAt, type Hook, type ParameterUnits, type Rule } from '../rules/define-rule.ts';
import { EXCLUSION_NEEDS, isOrderSafety } from '../rules/exclusions.ts';
import { deepFreeze, type Knowledge } from './load.ts';
import { escapePointer, parseYaml, problemText, type Problem, type Read } from './read-yaml.ts';
import type { Orders, Parameter, Recommendation, ServiceDefinition } from './recommendation.ts';

const closed = { additionalProperties: false } as const;
const text = Type.String({ minLength: 1 });
const uri = Type.String({ pattern: '^[A-Za-z][A-Za-z0-9+.-]*:[^\\s]+$' });
const mode = Type.Union([Type.Literal('show'), Type.Literal('silent'), Type.Literal('off')]);
const DATE_FORM = /^\d{4}-\d{2}-\d{2}$/;
const date = Type.String({ pattern: DATE_FORM.source });
const approval = Type.Object({ by: text, date, version: Type.Optional(text) }, closed);
const override = Type.Union([
  Type.Number(),
  Type.Boolean(),
  Type.Object({ value: Type.Number(), si: Type.Number() }, closed),
]);

/** POLICY_FILE (design.md 3); every key optional. */
export const policySchema = Type.Object(
  {
    preset: Type.Optional(Type.Union([Type.Literal('guideline'), Type.Literal('article')])),
    region: Type.Optional(
      Type.Union([Type.Literal('US'), Type.Literal('EU'), Type.Literal('UK'), Type.Literal('AU')]),
    ),
    maxCards: Type.Optional(Type.Integer({ minimum: 1, maximum: 50 })),
    mergeOverflow: Type.Optional(Type.Boolean()),
    observationStatuses: Type.Optional(
      Type.Array(
        Type.Union([
          Type.Literal('final'),
          Type.Literal('amended'),
          Type.Literal('corrected'),
          Type.Literal('unknown'),
        ]),
        { minItems: 1 },
      ),
    ),
    approval: Type.Optional(Type.Object({ by: text, date }, closed)),
    recommendations: Type.Optional(
      Type.Record(
        text,
        Type.Object(
          {
            mode: Type.Optional(mode),
            parameters: Type.Optional(Type.Record(text, override)),
            approval: Type.Optional(approval),
          },
          closed,
        ),
      ),
    ),
    concepts: Type.Optional(
      Type.Record(
        text,
        Type.Array(Type.Object({ system: uri, code: text, unit: Type.Optional(text) }, closed)),
      ),
    ),
    orderCodes: Type.Optional(
      Type.Record(text, Type.Object({ system: uri, code: text, display: text }, closed)),
    ),
  },
  closed,
);
export type PolicyFile = Static<typeof policySchema>;

export type Mode = Static<typeof mode>;
export type ParameterValue = number | boolean | Threshold;

export interface ActiveRecommendation {
  readonly recommendation: Recommendation;
  readonly rule: Rule;
  readonly mode: Mode;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
}

/** What the site decided about a recommendation, for those who govern it; `active` is what follows from it. */
export interface Setting {
  readonly active: ActiveRecommendation;
  /** What the policy file asks for; in production without an approval, `show` becomes `silent`. */
  readonly asked: Mode;
  /** Names of the parameters that the policy file sets. */
  readonly changed: readonly string[];
  /** The approval that counts for it, its own or the one for everything. */
  readonly approval?: Static<typeof approval>;
  readonly isApproved: boolean;
}

export interface ServicePlan {
  readonly definition: ServiceDefinition;
  /** In the order of the specification; those that are `off` left out. */
  readonly recommendations: readonly ActiveRecommendation[];
  readonly queries: readonly Query[];
}

export interface Policy {
  readonly preset: 'guideline' | 'article';
  readonly region: 'US' | 'EU' | 'UK' | 'AU';
  readonly maxCards: number;
  readonly mergeOverflow: boolean;
  readonly observationStatuses: ReadonlySet<string>;
  readonly knowledge: Knowledge;
  readonly concepts: ConceptIndex;
  readonly queryOf: ReadonlyMap<string, QueryKey>;
  readonly orders: Orders;
  readonly services: ReadonlyMap<string, ServicePlan>;
  /** By id; those that are `off` too. */
  readonly settings: ReadonlyMap<string, Setting>;
  /** Recommendations that run silent only because nobody has approved their version. */
  readonly unapproved: readonly string[];
}

export interface PolicyOptions {
  readonly knowledge: Knowledge;
  readonly rules: readonly Rule[];
  /** In production a recommendation without approval for its version runs silent. */
  readonly production: boolean;
}

/** Reads POLICY_FILE; without a path, the defaults. */
export function readPolicy(path: string | undefined, options: PolicyOptions): Policy {
  if (path === undefined) return applyPolicy({}, options);
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch {
    throw new ServiceError('ERR_CONFIG', `POLICY_FILE ${path}: cannot be read`);
  }
  return parsePolicy(source, path, options);
}

export function parsePolicy(source: string, name: string, options: PolicyOptions): Policy {
  const read = readSource(source);
  const problems = allProblems(read, options);
  if ('problems' in read || problems.length > 0) {
    throw new ServiceError(
      'ERR_CONFIG',
      `POLICY_FILE cannot be used:\n${problems.map((one) => `  ${problemText(name, one)}`).join('\n')}`,
    );
  }
  return applyPolicy(read.value, options);
}

/** A file of nothing, or of comments only, decides nothing: `{}`. */
function readSource(source: string): Read<PolicyFile> {
  const read = parseYaml(source, policySchema);
  return 'problems' in read && read.raw === null ? parseYaml('{}', policySchema) : read;
}

/** Faults of form and of content together, in the order of the lines. */
function allProblems(read: Read<PolicyFile>, { knowledge }: PolicyOptions): Problem[] {
  const file = 'value' in read ? read.value : read.raw;
  const ofForm = 'problems' in read ? read.problems : [];
  if (!isJsonObject(file)) return [...ofForm];
  const values = valueFaults(file, knowledge);
  // A value that does not suit its parameter is told once, by what the parameter needs.
  const stillTelling = ({ path }: Problem): boolean =>
    !values.some((fault) => path === fault.path || path.startsWith(`${fault.path}/`));
  const ofContent = [
    ...nameFaults(file, knowledge),
    ...values,
    ...dateFaults(file),
    ...unitFaults(file, knowledge),
  ].map((one): Problem => ({ ...one, line: read.lineOf(one.path) }));
  return [...ofForm.filter(stillTelling), ...ofContent].sort((a, b) => a.line - b.line);
}

type Fault = Omit<Problem, 'line'>;

/*
 * What a schema cannot see. These look at a file that may be wrong in form as well: a part that is malformed is passed over,
 * because the schema has told it.
 */

function nameFaults(file: unknown, { recommendations, concepts, orders }: Knowledge): Fault[] {
  const conceptIds = new Set(concepts.map(({ id }) => id));
  const unknown = (key: keyof PolicyFile, known: (name: string) => boolean, what: string): Fault[] =>
    membersAt(file, key)
      .filter(({ name }) => !known(name))
      .map(({ path }) => ({ path, message: `is not ${what}` }));
  return [
    ...unknown('recommendations', (name) => recommendations.has(name), 'a recommendation'),
    ...unknown('concepts', (name) => conceptIds.has(name), 'a concept'),
    ...unknown('orderCodes', (name) => Object.hasOwn(orders, name), 'an order of cards/orders.yaml'),
  ];
}

function valueFaults(file: unknown, { recommendations }: Knowledge): Fault[] {
  return membersAt(file, 'recommendations').flatMap(({ name, path, part }) => {
    const recommendation = recommendations.get(name);
    return recommendation === undefined ? [] : overrideFaults(part, path, recommendation);
  });
}

function dateFaults(file: unknown): Fault[] {
  const own = membersAt(file, 'recommendations').flatMap(({ path, part }) =>
    membersAt(part, 'approval', path),
  );
  return [...membersAt(file, 'approval'), ...own].flatMap(({ name, path, part }) => {
    const isDate = name === 'date' && typeof part === 'string' && DATE_FORM.test(part);
    return isDate && readFhirDate(part) === null ? [{ path, message: 'is not a day of the calendar' }] : [];
  });
}

/** The unit of a local code is tried on its concept the way a result is read. */
function unitFaults(file: unknown, { concepts, definitions }: Knowledge): Fault[] {
  const byId = new Map(concepts.map((concept) => [concept.id, concept]));
  return membersAt(file, 'concepts').flatMap(({ name, path, part }) => {
    const concept = byId.get(name);
    if (concept === undefined || !Array.isArray(part)) return [];
    return part.flatMap((row: unknown, index): Fault[] => {
      const unit = isJsonObject(row) ? row['unit'] : undefined;
      if (typeof unit !== 'string' || unit === '') return [];
      const read = readQuantity({ valueQuantity: { value: 1 } }, concept, definitions.units, unit);
      if (read !== 'unit') return [];
      const canonical = concept.units?.canonical;
      const message =
        canonical === undefined
          ? `is of no use: ${name} has no unit`
          : `cannot be read for ${name} (${canonical})`;
      return [{ path: `${path}/${String(index)}/unit`, message }];
    });
  });
}

interface Part {
  readonly name: string;
  /** JSON pointer into the file. */
  readonly path: string;
  readonly part: unknown;
}

/** The members of what stands under `key`; none when that is no object. */
function membersAt(parent: unknown, key: string, base = ''): Part[] {
  const found = isJsonObject(parent) ? parent[key] : undefined;
  const pathOf = (name: string): string => `${base}/${key}/${escapePointer(name)}`;
  return isJsonObject(found)
    ? Object.entries(found).map(([name, part]) => ({ name, path: pathOf(name), part }))
    : [];
}

function overrideFaults(own: unknown, base: string, recommendation: Recommendation): Fault[] {
  return membersAt(own, 'parameters', base).flatMap(({ name, path, part }) => {
    const parameter = Object.hasOwn(recommendation.parameters, name)
      ? recommendation.parameters[name]
      : undefined;
    if (parameter === undefined) return [{ path, message: `is not a parameter of ${recommendation.id}` }];
    return fits(part, parameter) ? [] : [{ path, message: expected(parameter) }];
  });
}

function fits(value: unknown, { value: own, unit, si }: Parameter): boolean {
  if (typeof own === 'boolean') return typeof value === 'boolean';
  if (si !== undefined) return isJsonObject(value) && isNumber(value['value']) && isNumber(value['si']);
  return TIME_UNITS.has(unit) ? Number.isSafeInteger(value) && Number(value) >= 0 : isNumber(value);
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value);
}

function expected({ value, unit, si }: Parameter): string {
  if (typeof value === 'boolean') return 'must be true or false';
  if (TIME_UNITS.has(unit)) return `must be a whole number (${unit}), 0 or more`;
  return si === undefined
    ? `must be a number (${unit})`
    : `must be { value: (${unit}), si: (${si.unit}) }: the twin is compared with molar reports and is not derived`;
}

/** Applies a checked policy file. Exported for tests; production goes through readPolicy. */
export function applyPolicy(file: PolicyFile, { knowledge, rules, production }: PolicyOptions): Policy {
  const preset = file.preset ?? 'guideline';
  const orders = { ...knowledge.orders, ...siteOrders(file, knowledge.orders) };
  const concepts = buildConceptIndex(
    withLocalCodes(knowledge.concepts, file, knowledge.orders),
    knowledge.definitions.codeSystemAliases,
  );
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const served = new Set(knowledge.services.flatMap(({ recommendations }) => recommendations));
  const settings = new Map(
    [...served].map((id) => [id, settingOf(id, file, { knowledge, byId, preset, production })]),
  );
  const services = knowledge.services.map((definition): ServicePlan => {
    const recommendations = definition.recommendations
      .flatMap((id) => settings.get(id)?.active ?? [])
      .filter((one) => one.mode !== 'off')
      .sort(bySpecification);
    return deepFreeze({
      definition,
      recommendations,
      queries: queriesFor(keysOf(recommendations, definition.hook), concepts),
    });
  });
  return Object.freeze({
    preset,
    region: file.region ?? 'US',
    maxCards: file.maxCards ?? 3,
    mergeOverflow: file.mergeOverflow ?? true,
    observationStatuses: new Set<string>(file.observationStatuses ?? ['final', 'amended', 'corrected']),
    knowledge,
    concepts,
    queryOf: queryOfConcepts(),
    orders,
    services: new Map(services.map((plan) => [plan.definition.id, plan])),
    settings,
    unapproved: production
      ? [...knowledge.recommendations.values()].filter((one) => !isApproved(one, file)).map(({ id }) => id)
      : [],
  });
}

/** Parameter values to try, by recommendation and name. */
export type ParameterChanges = Readonly<
  Record<string, { readonly parameters?: Readonly<Record<string, Static<typeof override>>> }>
>;

/**
 * The policy with other parameter values, everything else as the site has it: for trying a value, never for service.
 *
 * @param changes as `recommendations` of POLICY_FILE, of which only `parameters` is looked at.
 * @throws ServiceError ERR_BAD_REQUEST with the pointer of every value that does not suit its parameter.
 */
export function withParameters(policy: Policy, changes: unknown): Policy {
  const file = { recommendations: changes };
  const faults = [...nameFaults(file, policy.knowledge), ...valueFaults(file, policy.knowledge)];
  if (faults.length > 0 || !areChanges(changes))
    throw new ServiceError('ERR_BAD_REQUEST', 'parameters to try', {
      pointers: faults.map(({ path }) => path),
    });
  const services = [...policy.services].map(([id, plan]): [string, ServicePlan] => {
    const recommendations = plan.recommendations.map((active) => tried(active, policy, changes));
    return [id, { ...plan, recommendations }];
  });
  return { ...policy, services: new Map(services) };
}

/** The form; that every value suits its parameter is told by `valueFaults`. */
function areChanges(changes: unknown): changes is ParameterChanges {
  return (
    isJsonObject(changes) &&
    Object.values(changes).every((own) => isJsonObject(own) && isJsonObject(own['parameters'] ?? {}))
  );
}

function tried(
  active: ActiveRecommendation,
  { preset }: Policy,
  changes: ParameterChanges,
): ActiveRecommendation {
  const { id, parameters } = active.recommendation;
  const given = Object.entries(changes[id]?.parameters ?? {});
  const values = given.flatMap(([name, value]) => {
    const parameter = parameters[name];
    return parameter === undefined ? [] : [[name, valueOf(parameter, preset, value)] as const];
  });
  return values.length === 0
    ? active
    : { ...active, parameters: { ...active.parameters, ...Object.fromEntries(values) } };
}

function bySpecification(a: ActiveRecommendation, b: ActiveRecommendation): number {
  return a.recommendation.specification < b.recommendation.specification ? -1 : 1;
}

/** Reminders need what the exclusions need; order-time safety needs the patient (death) and its own facts. */
function keysOf(recommendations: readonly ActiveRecommendation[], hook: Hook): ReadonlySet<QueryKey> {
  const facts = recommendations.flatMap(({ rule }) => inputsAt(rule, hook));
  const exclusions = recommendations.some(({ recommendation: { kind } }) => !isOrderSafety(kind, hook))
    ? EXCLUSION_NEEDS
    : [];
  return new Set<QueryKey>(['patient', ...needsOf(facts), ...exclusions]);
}

interface Binding {
  readonly knowledge: Knowledge;
  readonly byId: ReadonlyMap<string, Rule>;
  readonly preset: 'guideline' | 'article';
  readonly production: boolean;
}

function settingOf(id: string, file: PolicyFile, { knowledge, byId, preset, production }: Binding): Setting {
  const recommendation = knowledge.recommendations.get(id);
  const rule = byId.get(id);
  if (recommendation === undefined || rule === undefined)
    throw new ServiceError('ERR_KNOWLEDGE', `${id}: no rule in src/rules/index.ts`);
  checkUnits(recommendation, rule);
  const own = file.recommendations?.[id];
  const asked = own?.mode ?? 'show';
  const approved = isApproved(recommendation, file);
  const effective = production && asked === 'show' && !approved ? 'silent' : asked;
  const approval = own?.approval ?? file.approval;
  const parameters = Object.entries(recommendation.parameters).map(([name, parameter]) => [
    name,
    valueOf(parameter, preset, own?.parameters?.[name]),
  ]);
  return deepFreeze({
    active: {
      recommendation,
      rule,
      mode: effective,
      parameters: Object.fromEntries(parameters) as Record<string, ParameterValue>,
    },
    asked,
    changed: Object.keys(own?.parameters ?? {}),
    ...(approval === undefined ? {} : { approval }),
    isApproved: approved,
  });
}

function isApproved({ id, version }: Recommendation, file: PolicyFile): boolean {
  const own = file.recommendations?.[id]?.approval;
  return own === undefined
    ? file.approval !== undefined
    : own.version === undefined || own.version === version;
}

function valueOf(
  parameter: Parameter,
  preset: 'guideline' | 'article',
  site: Static<typeof override> | undefined,
): ParameterValue {
  const { unit, si } = parameter;
  const value = preset === 'article' && parameter.article !== undefined ? parameter.article : parameter.value;
  const twin = preset === 'article' ? (parameter.articleSi ?? si) : si;
  if (typeof site === 'object')
    return {
      value: site.value,
      unit,
      ...(si === undefined ? {} : { si: { value: site.si, unit: si.unit } }),
    };
  const number = site ?? value;
  if (typeof number === 'boolean' || isPlain(unit)) return number;
  return { value: number, unit, ...(twin === undefined ? {} : { si: twin }) };
}

/** Times and ages are counted in whole days, weeks, months or years. */
const TIME_UNITS: ReadonlySet<string> = new Set(['d', 'wk', 'mo', 'a']);

/** Times and ages are plain numbers; everything with a laboratory unit is a threshold. */
const PLAIN_UNITS: ReadonlySet<string> = new Set([
  ...TIME_UNITS,
  'boolean',
  '1',
  'kg',
  '{points}',
  '{score}',
  '{count}',
]);

export function isPlain(unit: string): boolean {
  return PLAIN_UNITS.has(unit);
}

/** Start-up stops when the YAML and the rule disagree about a parameter or its unit. */
function checkUnits(
  { id, parameters }: Recommendation,
  { parameters: declared }: { readonly parameters: ParameterUnits },
): void {
  const names = new Set([...Object.keys(parameters), ...Object.keys(declared)]);
  for (const name of names) {
    const inYaml = parameters[name];
    const inRule = declared[name];
    const units =
      inYaml === undefined
        ? undefined
        : isPlain(inYaml.unit)
          ? inYaml.unit
          : [inYaml.unit, inYaml.si?.unit ?? null];
    if (JSON.stringify(units) !== JSON.stringify(inRule)) {
      throw new ServiceError(
        'ERR_KNOWLEDGE',
        `${id}: parameter ${name} is ${JSON.stringify(units)} in the YAML and ${JSON.stringify(inRule)} in the rule`,
      );
    }
  }
}

function siteOrders({ orderCodes = {} }: PolicyFile, orders: Orders): Orders {
  return Object.fromEntries(
    Object.entries(orderCodes).flatMap(([key, code]) => {
      const order = orders[key];
      return order === undefined ? [] : [[key, { ...order, code }]];
    }),
  );
}

/** Local result codes join their concept; a site's order code joins the concept of the same name, so that it counts as ordered. */
function withLocalCodes(
  concepts: readonly Concept[],
  { concepts: local = {}, orderCodes = {} }: PolicyFile,
  orders: Orders,
): readonly Concept[] {
  return concepts.map((concept) => {
    const added: ConceptRow[] = (local[concept.id] ?? []).map((row) => ({ ...row, verification: 'site' }));
    const order = Object.hasOwn(orders, concept.id) ? orderCodes[concept.id] : undefined;
    const ordered: ConceptRow[] = order === undefined ? [] : [{ ...order, verification: 'site' }];
    return added.length + ordered.length === 0
      ? concept
      : { ...concept, codes: [...concept.codes, ...added, ...ordered] };
  });
}
