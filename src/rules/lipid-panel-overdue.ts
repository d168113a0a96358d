/**
 * R17: lipid panel overdue in people with a reason for one, outside low bone density (low-bmd-cv-risk-check owns that).
 *
 * Inputs: age; low bone density (silences); the reasons; lipids with what decides their interval; first lipid drug order.
 * Numbers, words and evidence: cards/recommendations/lipid-panel-overdue.yaml.
 */
import type { ConditionEntry } from '../facts/conditions.ts';
import { isAtLeastAge, type Sex } from '../facts/demographics.ts';
import {
  allOf,
  anyIn,
  anyOf,
  evidenceOf,
  has,
  not,
  test,
  type Evidence,
  type Fact,
  type Tri,
} from '../facts/fact.ts';
import { addMonths, isWithin, type Day, type FhirDate } from '../facts/fhir-date.ts';
import type { Fracture } from '../facts/fractures.ts';
import { takesAromataseInhibitor, takesGnrhAgent } from '../facts/hormone-deprivation.ts';
import type { FactName } from '../facts/index.ts';
import { panelWithin, type LipidPanel } from '../facts/lab-facts.ts';
import type { DrugEntry } from '../facts/medications.ts';
import { defineRule, lacking, notApplicable } from './define-rule.ts';
import { showEvent } from './event-date.ts';
import { LIPID_INPUTS, lipidLines, lipidStatus, lipidValues } from './lipid-interval.ts';

export const lipidPanelOverdue = defineRule({
  id: 'lipid-panel-overdue',
  inputs: [
    'age',
    'sex',
    'lowBmd',
    'aromataseInhibitors',
    'androgenDeprivation',
    'glucocorticoid',
    'prematureMenopause',
    'fractures',
    'lipidTherapyStart',
    ...LIPID_INPUTS,
  ],
  parameters: {
    ageFrom: 'a',
    ageTo: 'a',
    lipidMonthsShort: 'mo',
    lipidMonths: 'mo',
    ldlRaised: ['mg/dL', 'mmol/L'],
    fractureMonths: 'mo',
    startFromMonths: 'mo',
    startToMonths: 'mo',
  },

  evaluate(facts, limits, { today, dropped }) {
    const ofAge = allOf(
      isAtLeastAge(facts.age, limits.ageFrom),
      not(isAtLeastAge(facts.age, limits.ageTo + 1)),
    );
    if (ofAge === false) return notApplicable('outside the age range');
    if (facts.lowBmd.state === 'known') return notApplicable('low bone density: low-bmd-cv-risk-check');
    if (dropped.has('lipidPanel')) return notApplicable('lipid panel asked for elsewhere');
    if (facts.lipidPanelOrdered === true) return notApplicable('lipid panel already ordered');

    const fracturesBefore = addMonths(today, -limits.fractureMonths);
    const risks = risksOf(facts, fracturesBefore);
    const atRisk = anyIn(risks.map(({ holds }) => holds));
    if (atRisk === false) return notApplicable('no reason for a lipid panel');
    const intervals = { raised: limits.ldlRaised, short: limits.lipidMonthsShort, long: limits.lipidMonths };
    const status = lipidStatus(facts, intervals, today);
    const started = {
      from: addMonths(today, -limits.startToMonths),
      to: addMonths(today, -limits.startFromMonths),
    };
    const noneSinceStart = allOf(
      status.reasons.lipidTherapy,
      isStartUnchecked(facts.lipidTherapyStart, facts.lipidPanel, started, today),
    );
    const due = anyOf(status.overdue, noneSinceStart);
    if (due === false) return notApplicable('lipid panel current');

    if (ofAge === undefined) return lacking('age');
    if (facts.lowBmd.state === 'unknown') return lacking('lowBmd');
    if (facts.lipidPanelOrdered === undefined) return lacking('lipidPanelOrdered');
    if (atRisk === undefined)
      return lacking(...new Set(risks.flatMap(({ holds, open }) => (holds === undefined ? open : []))));
    if (due === undefined)
      return lacking(...(status.overdue === undefined ? status.open : (['lipidTherapyStart'] as const)));

    const held = risks.filter(({ holds }) => holds === true);
    const byStart = status.overdue !== true;
    const { lipidTherapyStart } = facts;
    return {
      outcome: 'recommend',
      variant: byStart ? 'sinceStart' : (held[0]?.name ?? 'sinceStart'),
      values: {
        ...(byStart ? {} : { months: status.months }),
        ...(byStart && lipidTherapyStart.state === 'known'
          ? { startDate: lipidTherapyStart.value.text }
          : {}),
        ...lipidValues(facts),
        ...fractureValues(facts.fractures, fracturesBefore),
      },
      found: [
        ...held.map(({ name }) => name),
        ...mechanismLine(facts.fractures, fracturesBefore),
        ...lipidLines(facts, status.reasons).filter(isNotARisk),
      ],
      why: byStart ? ['afterStart'] : ['interval'],
      notFound: [byStart ? 'sinceStart' : 'lipidPanel'],
      suggestions: ['lipidPanel'],
      parts: ['lipidPanel'],
      because: ['lipidPanel', ...new Set(held.flatMap(({ because }) => because))],
      triggers: held.flatMap(({ evidence }) => evidence),
    };
  },
});

interface Risk {
  /** Key of the variant and of the Found line. */
  readonly name: string;
  readonly holds: Tri;
  readonly because: readonly FactName[];
  /** Inputs to name when it cannot be told. */
  readonly open: readonly FactName[];
  readonly evidence: readonly Evidence[];
}

interface RiskFacts {
  readonly sex: Fact<Sex>;
  readonly diabetes: Fact<readonly ConditionEntry[]>;
  readonly kidney: Fact<{ readonly threeOrMore: boolean }>;
  readonly statins: Fact<readonly DrugEntry[]>;
  readonly nonStatinLipidLowering: Fact<readonly DrugEntry[]>;
  readonly aromataseInhibitors: Fact<readonly DrugEntry[]>;
  readonly androgenDeprivation: Fact<readonly DrugEntry[]>;
  readonly glucocorticoid: Fact<unknown>;
  readonly prematureMenopause: Fact<unknown>;
  readonly fractures: Fact<readonly Fracture[]>;
}

/** The reasons, those with the short interval first: the first that holds is named in the summary. */
function risksOf(facts: RiskFacts, fracturesBefore: Day): readonly Risk[] {
  const { diabetes, kidney, statins, nonStatinLipidLowering: others, aromataseInhibitors, sex } = facts;
  const { androgenDeprivation, glucocorticoid, prematureMenopause, fractures } = facts;
  const therapy = anyOf(has(statins), has(others));
  return [
    risk('diabetes', has(diabetes), { diabetes }),
    risk(
      'ckd',
      test(kidney, ({ threeOrMore }) => threeOrMore),
      { kidney },
    ),
    risk('lipidTherapy', therapy, { statins, nonStatinLipidLowering: others }),
    risk('aromataseInhibitor', takesAromataseInhibitor(facts), { aromataseInhibitors, sex }),
    risk('androgenDeprivation', takesGnrhAgent(facts), { androgenDeprivation, sex }),
    risk('glucocorticoid', has(glucocorticoid), { glucocorticoid }),
    risk('prematureMenopause', has(prematureMenopause), { prematureMenopause }),
    {
      ...risk(
        'fracture',
        test(fractures, (all) => anyIn(all.map(({ event }) => isBefore(event?.date, fracturesBefore)))),
        { fractures },
      ),
      evidence: oldFractureEvidence(fractures, fracturesBefore),
    },
  ];
}

function risk(name: string, holds: Tri, facts: Partial<Record<FactName, Fact<unknown>>>): Risk {
  const inputs = Object.keys(facts) as FactName[];
  const unknown = inputs.filter((input) => facts[input]?.state === 'unknown');
  return {
    name,
    holds,
    because: inputs.filter((input) => facts[input]?.state === 'known'),
    open: unknown.length > 0 ? unknown : inputs.slice(0, 1),
    evidence: Object.values(facts).flatMap(evidenceOf),
  };
}

function isBefore(date: FhirDate | undefined, day: Day): Tri {
  return date === undefined ? undefined : isWithin(date, -Infinity, day - 1);
}

/** The newest fracture that is a reason here. */
function oldFracture(fractures: Fact<readonly Fracture[]>, before: Day): Fracture | undefined {
  if (fractures.state !== 'known') return undefined;
  return fractures.value.find(({ event }) => isBefore(event?.date, before) === true);
}

function oldFractureEvidence(fractures: Fact<readonly Fracture[]>, before: Day): readonly Evidence[] {
  const fracture = oldFracture(fractures, before);
  return evidenceOf(fractures).filter(({ source }) => source === fracture?.source);
}

function fractureValues(fractures: Fact<readonly Fracture[]>, before: Day): { readonly fracture?: string } {
  const evidence = oldFractureEvidence(fractures, before);
  return evidence.length === 0 ? {} : { fracture: showEvent(evidence) };
}

function mechanismLine(fractures: Fact<readonly Fracture[]>, before: Day): readonly string[] {
  return oldFracture(fractures, before)?.mechanismUnknown === true ? ['mechanismUnknown'] : [];
}

/** First lipid drug order inside the window, and no panel after its day. */
function isStartUnchecked(
  start: Fact<FhirDate>,
  panel: LipidPanel,
  started: { readonly from: Day; readonly to: Day },
  today: Day,
): Tri {
  return test(start, (date) =>
    allOf(
      isWithin(date, started.from, started.to),
      not(panelWithin(panel, { from: date.last + 1, to: today + 1 })),
    ),
  );
}

/** Diabetes, kidney disease and therapy are already listed as reasons. */
function isNotARisk(line: string): boolean {
  return line === 'newestPanel' || line === 'ldlRaised' || line === 'eGfr';
}
