/**
 * The one function behind the endpoint, replay and every later tool: record and context in, cards and findings out.
 *
 * Pure: no clock (`today` is passed in), no network, no randomness (ids are added by `withUuids`), no logging (faults are
 * returned). The same input gives the same output.
 */
import { buildChart, type Chart } from './facts/chart.ts';
import { parseDay, type Day } from './facts/fhir-date.ts';
import { factsRead, personOf, readFacts, type FactName, type Facts } from './facts/index.ts';
import type { HookContext, PatientRecord, QuietUntil } from './facts/record.ts';
import { explainFact, uncheckedLines, type ExplainedFact } from './explain.ts';
import type { ActiveRecommendation, Policy, ServicePlan } from './knowledge/policy.ts';
import type { Cofiring, Recommendation } from './knowledge/recommendation.ts';
import {
  capped,
  ranked,
  renderCards,
  withOneUnchecked,
  withoutRepeatedOrders,
  type CardDraft,
} from './render.ts';
import {
  inputsAt,
  notApplicable,
  perDraft,
  recommendationsOf,
  type Finding,
  type Hook,
  type Part,
  type Recommend,
  type Situation,
} from './rules/define-rule.ts';
import { exclusion, isOrderSafety } from './rules/exclusions.ts';

export interface Judgement {
  readonly active: ActiveRecommendation;
  readonly finding: Finding;
  /** Parts that another recommendation owns in this call. */
  readonly dropped: ReadonlySet<Part>;
  /**
   * Feedback has quieted it: no card. In co-firing it still speaks, so that what a clinician declined does not come back under
   * another name.
   */
  readonly quieted?: QuietUntil;
}

/** What feedback has quieted for a patient: recommendation -> until when and why. */
export type Quiets = ReadonlyMap<string, QuietUntil>;

export interface Fault {
  readonly recommendation: string;
  readonly error: unknown;
}

export interface Explained {
  readonly recommendation: string;
  readonly specification: string;
  readonly version: string;
  readonly mode: string;
  readonly outcome: Finding['outcome'] | 'fault';
  readonly variant?: string;
  /** Variants of the cards about other drafts of the same call. */
  readonly otherVariants?: readonly string[];
  readonly reason?: string;
  readonly missing?: readonly string[];
  readonly because?: readonly string[];
  readonly facts?: readonly ExplainedFact[];
}

/** Findings and cards before feedback has its say. Holds nothing of the record but the evidence of the findings. */
export interface Considered {
  readonly plan: ServicePlan;
  readonly policy: Policy;
  readonly judgements: readonly Judgement[];
  /** Every card that is not quieted may be shown. */
  readonly cards: readonly CardDraft[];
  readonly faults: readonly Fault[];
}

/** What is shown, and why. */
export interface Settled {
  readonly cards: readonly CardDraft[];
  readonly judgements: readonly Judgement[];
  /** Rules that threw: our bugs, logged by the caller; the others answer. */
  readonly faults: readonly Fault[];
}

export interface Consideration {
  readonly considered: Considered;
  /** The explanation needs the whole record: who keeps this keeps that. */
  readonly chart: Chart;
}

export interface Decision extends Settled {
  /** One entry per recommendation: outcome and why, facts used, what was unknown and why. */
  explain(): readonly Explained[];
  /** The facts that the rules asked for; a rule that an exclusion silenced asked for none. */
  facts(): ReadonlyMap<FactName, Facts[FactName]>;
  /** Who it is about, whether or not a rule asked. */
  person(): Pick<Facts, 'age' | 'sex'>;
}

/**
 * `consider` and `settle` in one step; `context.quiet` says what is quiet.
 *
 * @throws RangeError as `consider` does.
 */
export function decide(
  serviceId: string,
  record: PatientRecord,
  context: HookContext,
  policy: Policy,
  today: string,
): Decision {
  const { considered, chart } = consider(serviceId, record, context, policy, today);
  const settled = settle(considered, context.quiet);
  return {
    ...settled,
    explain: () => explain(settled, considered.plan, chart),
    facts: () => factsRead(chart),
    person: () => personOf(chart),
  };
}

/**
 * Everything that needs the record. A caller who must wait for the feedback of earlier days lets the record go meanwhile.
 *
 * @param serviceId a service of the policy.
 * @param today evaluation date, `YYYY-MM-DD`.
 * @throws RangeError for an unknown service or a malformed date; never for anything in the record.
 */
export function consider(
  serviceId: string,
  record: PatientRecord,
  context: HookContext,
  policy: Policy,
  today: string,
): Consideration {
  const plan = policy.services.get(serviceId);
  if (plan === undefined) throw new RangeError(`no service ${serviceId}`);
  const day = parseDay(today);
  const chart = buildChart(record, context, day, {
    concepts: policy.concepts,
    definitions: policy.knowledge.definitions,
    observationStatuses: policy.observationStatuses,
    queryOf: policy.queryOf,
  });
  const faults: Fault[] = [];
  const hook = plan.definition.hook;
  const ask: Ask = (active, dropped) => judge({ active, chart, hook, policy, dropped }, faults);
  const first = plan.recommendations.flatMap((active) => ask(active, NOTHING));
  const judgements = cofire(first, policy, ask);
  const cards = judgements.flatMap((judgement) =>
    cardsOf(judgement, { chart, hook, policy, today: day }, faults),
  );
  return { considered: { plan, policy, judgements, cards, faults }, chart };
}

/** What is shown when feedback has quieted these; nothing is quiet without. */
export function settle({ plan, policy, cards, faults, ...considered }: Considered, quiets?: Quiets): Settled {
  const { hook } = plan.definition;
  const judgements = considered.judgements.map((one) => quietedBy(quiets, one, hook));
  const quiet = new Set(
    judgements.flatMap(({ quieted, active }) => (quieted === undefined ? [] : active.recommendation.id)),
  );
  const open = cards.filter(({ covers }) => !covers.some(({ id }) => quiet.has(id)));
  const asked = hook === 'order-sign' ? withOneUnchecked(open, policy) : open;
  const unique = withoutRepeatedOrders(ranked(asked));
  return { cards: plan.definition.capped ? capped(unique, policy) : unique, judgements, faults };
}

/** Order-time safety is never quieted. */
function quietedBy(quiets: Quiets | undefined, judgement: Judgement, hook: Hook): Judgement {
  const { id, kind } = judgement.active.recommendation;
  const quieted = quiets?.get(id);
  if (quieted === undefined || judgement.finding.outcome !== 'recommend' || isOrderSafety(kind, hook))
    return judgement;
  return { ...judgement, quieted };
}

/** One entry per recommendation of the service. */
export function explain(
  { judgements, faults }: Settled,
  { definition, recommendations }: ServicePlan,
  chart: Chart,
): readonly Explained[] {
  return [
    ...judgements.map((judgement) => explainJudgement(judgement, chart, definition.hook)),
    ...faults.map(explainFault(recommendations)),
  ];
}

const NOTHING: ReadonlySet<Part> = new Set();

interface Question {
  readonly active: ActiveRecommendation;
  readonly chart: Chart;
  readonly hook: Hook;
  readonly policy: Policy;
  readonly dropped: ReadonlySet<Part>;
}

/** One finding, or none and a fault when the rule threw. */
function judge(question: Question, faults: Fault[]): readonly Judgement[] {
  const { active, dropped } = question;
  try {
    return [{ active, dropped, finding: evaluate(question) }];
  } catch (error) {
    faults.push({ recommendation: active.recommendation.id, error });
    return [];
  }
}

function evaluate({ active, chart, hook, policy, dropped }: Question): Finding {
  const { recommendation, rule, parameters } = active;
  const excluded = exclusion(chart, recommendation.kind, hook, recommendation.exclusions ?? []);
  if (excluded?.holds === true) return notApplicable(excluded.name);
  const at: Situation = { today: chart.today, hook, region: policy.region, dropped };
  const judged = rule.evaluate(readFacts(chart, rule.inputs), parameters, at);
  const finding = hook === 'order-sign' ? withoutInformation(recommendation, judged) : judged;
  // An unknown exclusion blocks a reminder, but a rule that does not apply anyway says so (clarifications G2).
  if (excluded !== null && finding.outcome === 'recommend')
    return { outcome: 'insufficientData', missing: [], unknownExclusion: excluded.name };
  return finding;
}

function withoutInformation(recommendation: Recommendation, finding: Finding): Finding {
  if (finding.outcome !== 'recommend') return finding;
  const kept = recommendationsOf(finding).filter((one) => !isInformation(recommendation, one));
  return kept.length === 0 ? notApplicable('information is not shown before signing') : perDraft(kept);
}

/** Before signing only warnings and hazards interrupt (G25), and what a failed search left unchecked. */
function isInformation({ card }: Recommendation, { variant }: Recommend): boolean {
  const shown = card.variants[variant];
  return shown?.indicator === 'info' && shown.couldNotCheck === undefined;
}

type Ask = (active: ActiveRecommendation, dropped: ReadonlySet<Part>) => readonly Judgement[];

/**
 * Co-firing (clarifications C): silences first, then one owner for each part. Only recommendations that are shown take
 * part: one that runs silent must not quiet another.
 */
function cofire(first: readonly Judgement[], policy: Policy, again: Ask): readonly Judgement[] {
  const { silences, owners } = policy.knowledge.cofiring;
  const spoken = withoutSilenced(first, silences, again);
  const claims = spoken.filter(isShown).map(({ active, finding }) => ({
    id: active.recommendation.id,
    parts: partsOf(finding),
  }));
  const ownerOf = (part: Part): string | undefined =>
    owners[part]?.find((id) => claims.some((claim) => claim.id === id && claim.parts.includes(part)));
  return spoken.flatMap((one) => {
    if (!isShown(one)) return [one];
    const lost = partsOf(one.finding).filter(
      (part) => (ownerOf(part) ?? one.active.recommendation.id) !== one.active.recommendation.id,
    );
    return lost.length === 0 ? [one] : again(one.active, new Set([...one.dropped, ...lost]));
  });
}

/** In the order of cards/cofiring.yaml: a recommendation that an earlier line quieted quiets nobody. */
function withoutSilenced(
  first: readonly Judgement[],
  silences: Cofiring['silences'],
  again: Ask,
): readonly Judgement[] {
  return Object.entries(silences).reduce((spoken, [by, targets]) => {
    const speaks = spoken.some((one) => one.active.recommendation.id === by && isShown(one));
    return speaks ? spoken.flatMap((one) => silenced(one, by, targets, again)) : spoken;
  }, first);
}

/** Silent altogether, or asked again without the part that is named: then it speaks only if something else is left. */
function silenced(
  one: Judgement,
  by: string,
  targets: Cofiring['silences'][string],
  again: Ask,
): readonly Judgement[] {
  const { active, dropped, finding } = one;
  if (finding.outcome !== 'recommend') return [one];
  const { id } = active.recommendation;
  if (targets.includes(id)) return [{ ...one, finding: notApplicable(`${by} speaks for it`) }];
  const parts = targets
    .filter((target) => typeof target !== 'string')
    .filter((target) => target.recommendation === id && partsOf(finding).includes(target.part))
    .map(({ part }) => part);
  return parts.length === 0 ? [one] : again(active, new Set([...dropped, ...parts]));
}

function partsOf(finding: Finding): readonly Part[] {
  return recommendationsOf(finding).flatMap(({ parts = [] }) => parts);
}

function isShown({ active, finding }: Judgement): boolean {
  return active.mode === 'show' && finding.outcome === 'recommend';
}

function cardsOf(
  judgement: Judgement,
  call: { readonly chart: Chart; readonly hook: Hook; readonly policy: Policy; readonly today: Day },
  faults: Fault[],
): readonly CardDraft[] {
  const { chart, hook, policy, today } = call;
  const { active, finding, dropped } = judgement;
  if (!isShown(judgement)) return [];
  try {
    const inputs = inputsAt(active.rule, hook);
    const unchecked = uncheckedLines(inputs, readFacts(chart, inputs), policy.knowledge.definitions);
    return recommendationsOf(finding).flatMap((one) =>
      renderCards({ active, finding: one, hook, dropped, unchecked, context: chart.context, policy, today }),
    );
  } catch (error) {
    faults.push({ recommendation: active.recommendation.id, error });
    return [];
  }
}

function explainJudgement(judgement: Judgement, chart: Chart, hook: Hook): Explained {
  const { active, quieted } = judgement;
  const finding = quieted === undefined ? judgement.finding : notApplicable(quietWords(quieted));
  const { recommendation, rule, mode } = active;
  const asked = inputsAt(rule, hook);
  const facts = readFacts(chart, rule.inputs);
  // What the hook does not ask for may be there all the same, when another recommendation asks: then a card may cite it.
  const inputs = rule.inputs
    .map((name) => explainFact(name, facts[name]))
    .filter(({ name, state }) => state === 'known' || asked.some((one) => one === name));
  return {
    recommendation: recommendation.id,
    specification: recommendation.specification,
    version: recommendation.version,
    mode,
    outcome: finding.outcome,
    ...explainCards(recommendationsOf(finding)),
    ...(finding.outcome === 'notApplicable' ? { reason: finding.reason } : {}),
    ...(finding.outcome === 'insufficientData'
      ? {
          ...(finding.missing.length === 0 ? {} : { missing: finding.missing }),
          ...(finding.unknownExclusion === undefined
            ? {}
            : { reason: `could not check: ${finding.unknownExclusion}` }),
        }
      : {}),
    ...(inputs.length === 0 ? {} : { facts: inputs }),
  };
}

function explainCards([first, ...others]: readonly Recommend[]): Partial<Explained> {
  if (first === undefined) return {};
  return {
    variant: first.variant,
    ...(others.length === 0 ? {} : { otherVariants: others.map(({ variant }) => variant) }),
    because: [...new Set([first, ...others].flatMap(({ because }) => because))],
  };
}

function quietWords({ until, because, since }: QuietUntil): string {
  return `quiet until ${until} because ${because} (feedback of ${since})`;
}

function explainFault(plan: readonly ActiveRecommendation[]) {
  return ({ recommendation }: Fault): Explained => {
    const active = plan.find((one) => one.recommendation.id === recommendation);
    return {
      recommendation,
      specification: active?.recommendation.specification ?? '',
      version: active?.recommendation.version ?? '',
      mode: active?.mode ?? 'show',
      outcome: 'fault',
    };
  };
}
