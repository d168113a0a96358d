/** When a lipid panel is due: shared by the rules that ask for one, so that all use the same interval (rules.md 0.5). */
import { anyOf, has, not, test, type Tri } from '../facts/fact.ts';
import type { Day } from '../facts/fhir-date.ts';
import type { FactName, Facts } from '../facts/index.ts';
import { newestPanelDate, panelWithin } from '../facts/lab-facts.ts';
import { isAtLeast, showQuantity, type Threshold } from '../facts/quantity.ts';
import { ever, lastMonths, latestWithin } from '../facts/results.ts';

/** What the interval depends on; a rule that uses this file names them in its `inputs`. */
export const LIPID_INPUTS = [
  'lipidPanel',
  'lipidPanelOrdered',
  'ldl',
  'diabetes',
  'ckd',
  'kidney',
  'statins',
  'nonStatinLipidLowering',
] as const;
export type LipidFacts = Pick<Facts, (typeof LIPID_INPUTS)[number]>;

/** Why the short interval applies; undefined is unknown. */
interface ShortInterval {
  readonly diabetes: Tri;
  readonly ckd: Tri;
  readonly lipidTherapy: Tri;
  readonly ldlRaised: Tri;
}

/** @param raised latest LDL at or above this limit, of any date, asks for the short interval. */
function shortInterval(facts: LipidFacts, raised: Threshold, today: Day): ShortInterval {
  const latestLdl = latestWithin(facts.ldl, ever(today));
  return {
    diabetes: has(facts.diabetes),
    ckd: anyOf(
      has(facts.ckd),
      test(facts.kidney, ({ threeOrMore }) => threeOrMore),
    ),
    lipidTherapy: anyOf(has(facts.statins), has(facts.nonStatinLipidLowering)),
    ldlRaised: test(latestLdl, ({ quantity }) => isAtLeast(quantity, raised)),
  };
}

export interface LipidStatus {
  readonly reasons: ShortInterval;
  /** Months of the interval that applies, or that is certain to have passed. */
  readonly months: number;
  readonly overdue: Tri;
  /** Inputs that leave `overdue` open. */
  readonly open: readonly FactName[];
}

/**
 * Is a panel overdue: none in the interval that applies?
 *
 * Where it is not known which interval applies, only what holds for both settles it.
 */
export function lipidStatus(
  facts: LipidFacts,
  limits: { readonly raised: Threshold; readonly short: number; readonly long: number },
  today: Day,
): LipidStatus {
  const reasons = shortInterval(facts, limits.raised, today);
  const short = anyOf(reasons.diabetes, reasons.ckd, reasons.lipidTherapy, reasons.ldlRaised);
  const noneIn = (months: number): Tri => not(panelWithin(facts.lipidPanel, lastMonths(months, today)));
  const [inShort, inLong] = [noneIn(limits.short), noneIn(limits.long)];
  const either = inShort === inLong ? inShort : undefined;
  const overdue = short === undefined ? either : short ? inShort : inLong;
  return {
    reasons,
    months: short === true ? limits.short : limits.long,
    overdue,
    open:
      overdue === undefined ? openInputs(facts, short, inShort === undefined || inLong === undefined) : [],
  };
}

function openInputs(facts: LipidFacts, short: Tri, isPanelOpen: boolean): readonly FactName[] {
  const names = ['diabetes', 'ckd', 'kidney', 'statins', 'nonStatinLipidLowering'] as const;
  const open = short === undefined ? names.filter((name) => facts[name].state === 'unknown') : [];
  return isPanelOpen || open.length === 0 ? ['lipidPanel', ...open] : open;
}

/** Lines `newestPanel`, `diabetes`, `ckd`, `lipidTherapy`, `ldlRaised`, `eGfr` of a card's Found block. */
export function lipidLines(facts: LipidFacts, reasons: ShortInterval): readonly string[] {
  const names = ['diabetes', 'ckd', 'lipidTherapy', 'ldlRaised'] as const;
  return [
    ...(newestPanelDate(facts.lipidPanel) === null ? [] : ['newestPanel']),
    ...names.filter((name) => reasons[name] === true),
    ...(lowEgfr(facts) === null ? [] : ['eGfr']),
  ];
}

/** eGFR in the range of stage 3 or worse, cut to a whole number so that 59.9 does not read as 60. */
function lowEgfr({ kidney }: LipidFacts): { readonly eGfr: number; readonly eGfrDate: string } | null {
  if (kidney.state !== 'known' || !kidney.value.threeOrMore) return null;
  const { eGfr, date } = kidney.value;
  return eGfr === null || date === null ? null : { eGfr: Math.trunc(eGfr), eGfrDate: date.text };
}

/** Placeholders `{panelDate}`, `{ldl}`, `{ldlDate}`, `{eGfr}`, `{eGfrDate}`, where there is something to show. */
export function lipidValues(facts: LipidFacts): Readonly<Record<string, string | number>> {
  const panel = newestPanelDate(facts.lipidPanel);
  const [ldl] = facts.ldl.results;
  return {
    ...(panel === null ? {} : { panelDate: panel.text }),
    ...(ldl === undefined ? {} : { ldl: showQuantity(ldl.quantity), ldlDate: ldl.date.text }),
    ...lowEgfr(facts),
  };
}
