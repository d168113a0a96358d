/**
 * Global exclusions of every reminder (rules.md 0.2); order-time safety rules have none but death.
 *
 * Any exclusion that holds silences; else any that is unknown blocks (clarifications G2).
 */
import { onceFor, type Chart } from '../facts/chart.ts';
import { codingsOf } from '../facts/concepts.ts';
import { activeCondition, performedOn } from '../facts/conditions.ts';
import { age, isAtLeastAge, isDeceased } from '../facts/demographics.ts';
import { isInpatientEncounter } from '../facts/encounter.ts';
import { anyIn, has, not, type Tri } from '../facts/fact.ts';
import { hasOrder } from '../facts/orders.ts';
import { pregnancy } from '../facts/pregnancy.ts';
import type { QueryKey } from '../facts/record.ts';
import { inWindow, lastMonths } from '../facts/results.ts';
import type { Recommendation } from '../knowledge/recommendation.ts';
import type { Hook } from './define-rule.ts';

type Kind = Recommendation['kind'];

/** Queries that the exclusions read; every service with reminders asks for them. */
export const EXCLUSION_NEEDS: readonly QueryKey[] = [
  'patient',
  'encounter',
  'conditions',
  'procedures',
  'serviceRequests',
  'socialHistory',
];

export interface Exclusion {
  readonly name: string;
  readonly holds: (chart: Chart) => Tri;
}

const DECEASED: Exclusion = { name: 'deceased', holds: isDeceased };
const INPATIENT: Exclusion = { name: 'inpatient or emergency encounter', holds: isInpatient };
const REMINDERS: readonly Exclusion[] = [
  DECEASED,
  { name: 'age below 18 or birth date missing', holds: isNotAdult },
  INPATIENT,
  { name: 'hospice or palliative care', holds: isInHospice },
  { name: 'pregnancy', holds: (chart) => has(pregnancy(chart)) },
];
const ORDER_SAFETY: readonly Exclusion[] = [DECEASED];
/** A discharge happens in hospital: the encounter does not exclude there. */
const AT_DISCHARGE: readonly Exclusion[] = REMINDERS.filter((one) => one !== INPATIENT);

/**
 * The first exclusion that holds, or the first unknown one.
 *
 * @param extra concepts that the recommendation names as exclusions of its own (`metabolicBoneOther`).
 */
export function exclusion(
  chart: Chart,
  kind: Kind,
  hook: Hook,
  extra: readonly string[],
): { name: string; holds: true | undefined } | null {
  const list = exclusionsAt(kind, hook);
  const common = onceFor(chart, 'exclusions', list, () => firstOf(list, chart));
  if (common?.holds === true || extra.length === 0) return common;
  const own = firstOf(
    extra.map((name) => ({ name, holds: () => isActive(chart, name) })),
    chart,
  );
  return own?.holds === true ? own : (common ?? own);
}

/** The first that holds, else the first that is unknown. */
function firstOf(all: readonly Exclusion[], chart: Chart): { name: string; holds: true | undefined } | null {
  let open: string | undefined;
  for (const { name, holds } of all) {
    const state = holds(chart);
    if (state === true) return { name, holds: state };
    if (state === undefined) open ??= name;
  }
  return open === undefined ? null : { name: open, holds: undefined };
}

/** Exclusions that every recommendation of this kind has at a hook, beside those of its own. */
export function exclusionsAt(kind: Kind, hook: Hook): readonly Exclusion[] {
  if (isOrderSafety(kind, hook)) return ORDER_SAFETY;
  return hook === 'encounter-discharge' ? AT_DISCHARGE : REMINDERS;
}

/** `both` is a reminder that also has an order-time hazard to tell: on the order hooks only the hazard is asked for. */
export function isOrderSafety(kind: Kind, hook: Hook): boolean {
  return kind === 'order-safety' || (kind === 'both' && (hook === 'order-select' || hook === 'order-sign'));
}

function isActive(chart: Chart, concept: string): Tri {
  const fact = activeCondition(chart, concept, 'any');
  return fact.state === 'unknown' ? undefined : fact.state === 'known';
}

/** No birth date, or one that cannot be read, excludes like childhood: nothing is assumed about age. */
function isNotAdult(chart: Chart): Tri {
  const fact = age(chart);
  return fact.state === 'known'
    ? not(isAtLeastAge(fact, chart.definitions.globalExclusions.adultAgeYears))
    : true;
}

/** Class of the context encounter only; none, or an unreadable one, is not inpatient (G14). */
function isInpatient(chart: Chart): boolean {
  return chart.resources('encounter').some((encounter) => isInpatientEncounter(encounter, chart));
}

/** Active Condition, or Procedure or ServiceRequest within 12 months (G13). */
function isInHospice(chart: Chart): Tri {
  const window = lastMonths(chart.definitions.globalExclusions.hospiceMonths, chart.today);
  const procedures = chart
    .resources('procedures')
    .filter((one) => one['status'] === 'completed' || one['status'] === 'in-progress')
    .filter((one) =>
      chart.concepts.match(codingsOf(one['code'])).some(({ concept }) => concept === 'hospiceOrPalliative'),
    )
    .map((one) => {
      const performed = performedOn(one, chart);
      return performed === null ? true : inWindow(performed.date, window) !== false;
    });
  const covered = chart.coverage('procedures').complete ? false : undefined;
  return anyIn([
    isActive(chart, 'hospiceOrPalliative'),
    ...procedures,
    covered,
    hasOrder(chart, 'hospiceOrPalliative', chart.definitions.globalExclusions.hospiceMonths),
  ]);
}
