/**
 * What a rule is: a pure function from facts and parameters to exactly one finding.
 *
 * Data (cards/) holds words, numbers, codes and references and never a condition; a rule holds conditions and never a
 * clinical number, a sentence for a clinician or a code.
 */
import type { Evidence } from '../facts/fact.ts';
import type { Day } from '../facts/fhir-date.ts';
import type { FactName, Facts } from '../facts/index.ts';
import type { Threshold } from '../facts/quantity.ts';

/** Part of a card that only one recommendation may own (clarifications C, cards/cofiring.yaml). */
export type Part = string;

export type Hook = 'patient-view' | 'order-select' | 'order-sign' | 'encounter-discharge';

/** Where and when a rule is asked. */
export interface Situation {
  readonly today: Day;
  readonly hook: Hook;
  readonly region: 'US' | 'EU' | 'UK' | 'AU';
  /** Parts that another recommendation owns in this call: behave as if there were nothing to say about them. */
  readonly dropped: ReadonlySet<Part>;
}

export interface Recommend {
  readonly outcome: 'recommend';
  /** Key of `variants` in the YAML: decides indicator and summary. */
  readonly variant: string;
  /** Values of the placeholders; text from the record is escaped by the renderer. */
  readonly values: Readonly<Record<string, string | number>>;
  /** Keys of the YAML's `detail` lines, in order. */
  readonly found: readonly string[];
  readonly why: readonly string[];
  readonly notFound?: readonly string[];
  /** Keys of the YAML's `suggestions`. */
  readonly suggestions?: readonly string[];
  readonly parts?: readonly Part[];
  /** The facts that decided. */
  readonly because: readonly FactName[];
  /** Resources that the suggested orders name as their reason. */
  readonly triggers?: readonly Evidence[];
  /** Day from which suggestions with `after: event` count, e.g. of a fracture; the others count from today. */
  readonly eventDay?: Day;
  /** Draft orders (`Type/id`) that the card is about: one card for each. */
  readonly targets?: readonly string[];
  /** Other drafts of the same call that deserve another card; see `perDraft`. */
  readonly others?: readonly Recommend[];
}
export interface NotApplicable {
  readonly outcome: 'notApplicable';
  /** For the explanation and the counts, not for a card. */
  readonly reason: string;
}
export interface InsufficientData {
  readonly outcome: 'insufficientData';
  readonly missing: readonly FactName[];
  /** Set by `decide` when a global exclusion could not be checked. */
  readonly unknownExclusion?: string;
}
export type Finding = Recommend | NotApplicable | InsufficientData;

export function notApplicable(reason: string): NotApplicable {
  return { outcome: 'notApplicable', reason };
}

export function lacking(...missing: readonly FactName[]): InsufficientData {
  return { outcome: 'insufficientData', missing };
}

/**
 * Findings of one rule about different drafts as one finding: one card per rule and draft, each with its own variant
 * (clarifications G25). Cards without a draft (what could not be checked) are said once; an unknown counts only when no
 * draft gets a card.
 */
export function perDraft(findings: readonly Finding[]): Finding {
  const said = new Set<string>();
  const [first, ...others] = findings.flatMap(recommendationsOf).filter(({ variant, targets }) => {
    if (targets !== undefined) return true;
    if (said.has(variant)) return false;
    said.add(variant);
    return true;
  });
  if (first !== undefined) return others.length === 0 ? first : { ...first, others };
  const missing = findings.flatMap((one) => (one.outcome === 'insufficientData' ? one.missing : []));
  if (missing.length > 0) return lacking(...new Set(missing));
  return findings.find(({ outcome }) => outcome === 'notApplicable') ?? notApplicable('no draft');
}

/** Every card that a finding asks for. */
export function recommendationsOf(finding: Finding): readonly Recommend[] {
  if (finding.outcome !== 'recommend') return [];
  const { others = [], ...first } = finding;
  return [first, ...others];
}

/**
 * Unit of each parameter, as the YAML must state it: a UCUM code (`mo`, `d`, `a`, `mg/dL`) or `boolean`. A pair of units
 * declares a threshold with its SI twin and is compared as one (facts/quantity.ts).
 */
export type ParameterUnits = Readonly<
  Record<string, string | readonly [conventional: string, si: string | null]>
>;

export type ParameterValues<P extends ParameterUnits> = {
  readonly [K in keyof P]: P[K] extends 'boolean' ? boolean : P[K] extends string ? number : Threshold;
};

export interface Rule {
  readonly id: string;
  readonly inputs: readonly FactName[];
  /** Inputs that do not matter at a hook: its service does not ask for them, and there they are unknown. */
  readonly notReadAt?: Readonly<Partial<Record<Hook, readonly FactName[]>>>;
  readonly parameters: ParameterUnits;
  readonly evaluate: (
    facts: Facts,
    parameters: Readonly<Record<string, number | boolean | Threshold>>,
    at: Situation,
  ) => Finding;
}

/** Declares a rule; ties the types of inputs and parameters to what `evaluate` receives. */
export function defineRule<const Names extends FactName, const P extends ParameterUnits>(rule: {
  readonly id: string;
  readonly inputs: readonly Names[];
  readonly notReadAt?: Readonly<Partial<Record<Hook, readonly Names[]>>>;
  readonly parameters: P;
  evaluate(facts: Pick<Facts, Names>, parameters: ParameterValues<P>, at: Situation): Finding;
}): Rule {
  return {
    id: rule.id,
    inputs: rule.inputs,
    ...(rule.notReadAt === undefined ? {} : { notReadAt: rule.notReadAt }),
    parameters: rule.parameters,
    evaluate: (facts, parameters, at) => rule.evaluate(facts, parameters as ParameterValues<P>, at),
  };
}

/** What a rule reads at a hook: what the service asks for, explains and lists as not checked. */
export function inputsAt({ inputs, notReadAt }: Rule, hook: Hook): readonly FactName[] {
  const skipped = notReadAt?.[hook];
  return skipped === undefined ? inputs : inputs.filter((name) => !skipped.includes(name));
}
