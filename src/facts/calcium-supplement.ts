/**
 * Calcium supplements: which drafts and orders there are, and which of them count together.
 *
 * @see clarifications R05
 */
import { gapIn, once, type Chart } from './chart.ts';
import { readElemental } from './calcium-elemental.ts';
import { codesIn, textsOf } from './concepts.ts';
import { sum, type Span } from './dose-text.ts';
import { courseDays, isAsNeeded, isSameDrug } from './dose.ts';
import { absent, known, unknown, type Fact } from './fact.ts';
import { drugEntries, drugEvidence, isOn, type DrugEntry } from './medications.ts';
import { drafts } from './orders.ts';
import { patternOf } from './pattern.ts';

const CONCEPT = 'calciumSalts';

export interface CalciumOrder {
  readonly entry: DrugEntry;
  /** Elemental calcium, mg/d; null when it is not computable. */
  readonly elemental: Span | null;
  /** The arithmetic in figures, for a card: `2 × 1250 × 0.4 = 1000`. */
  readonly shown: string | null;
  /** The range comes from a name that can be read as salt or as calcium. */
  readonly ambiguous: boolean;
  readonly parenteral: boolean;
  readonly asNeeded: boolean;
  /** Days of supply or of the stated course; null when not stated. */
  readonly courseDays: number | null;
  readonly withVitaminD: boolean;
}

/** Nobody has so many; a record that holds more is read as far as this, which can only lower the total. */
const MOST_ORDERS = 50;

/** Calcium among the draft orders that this call speaks about. */
export function calciumDrafts(chart: Chart): Fact<readonly CalciumOrder[]> {
  const found = drafts(chart, CONCEPT);
  return found.state === 'known'
    ? known(
        found.value.map((entry) => readOrder(entry, chart)),
        found.evidence,
      )
    : found;
}

export interface ActiveCalcium {
  /** Orders that add to the drafts. */
  readonly orders: readonly CalciumOrder[];
  /** How many were left out because a draft renews them. */
  readonly renewed: number;
}

/**
 * Active calcium orders beside the drafts of this call. Of several orders for the same drug the newest counts: old ones are
 * often left active.
 *
 * @returns the orders found even when the list was cut off: what they hold is the least that is taken.
 */
export function calciumOrders(chart: Chart): Fact<ActiveCalcium> {
  return once(chart, 'calciumOrders', () => {
    const active = activeOrders(chart);
    const current = active.filter(
      (entry, index) => !active.slice(0, index).some((newer) => renews(newer, entry, chart)),
    );
    const own = drafts(chart, CONCEPT);
    const renewing = own.state === 'known' ? own.value.slice(0, MOST_ORDERS) : [];
    const added = current.filter((entry) => !renewing.some((draft) => renews(draft, entry, chart)));
    if (current.length > 0)
      return known(
        {
          orders: added.map((entry) => readOrder(entry, chart)),
          renewed: current.length - added.length,
        },
        current.map((entry) => drugEvidence(entry, CONCEPT)),
      );
    const gap = gapIn(chart, 'medicationRequests');
    return gap === undefined ? absent : unknown(gap.reason);
  });
}

function activeOrders(chart: Chart): readonly DrugEntry[] {
  return drugEntries(chart)
    .filter(
      (entry) =>
        entry.resource.resourceType === 'MedicationRequest' &&
        entry.matches.has(CONCEPT) &&
        isOn(entry, 'hazard', chart) === true,
    )
    .sort(newestFirst)
    .slice(0, MOST_ORDERS);
}

function newestFirst(a: DrugEntry, b: DrugEntry): number {
  return (
    (b.authored?.order ?? -Infinity) - (a.authored?.order ?? -Infinity) || (a.source < b.source ? -1 : 1)
  );
}

/** Does an order take the place of another: the same drug by code or name, the order itself, or named as the prior one? */
function renews(order: DrugEntry, earlier: DrugEntry, chart: Chart): boolean {
  const { priorPrescription } = order.resource;
  const prior =
    typeof priorPrescription === 'object' && priorPrescription !== null && 'reference' in priorPrescription
      ? priorPrescription.reference
      : undefined;
  return (
    isSameDrug(order, earlier, chart) ||
    (typeof order.resource.id === 'string' && order.resource.id === earlier.resource.id) ||
    (typeof prior === 'string' && `/${prior.replace(/\/_history\/.*$/, '')}`.endsWith(`/${earlier.source}`))
  );
}

function readOrder(entry: DrugEntry, chart: Chart): CalciumOrder {
  const reading = readElemental(entry, chart);
  return {
    entry,
    elemental: reading?.elemental ?? null,
    shown: reading?.shown ?? null,
    ambiguous: reading?.ambiguous ?? false,
    parenteral: isParenteral(entry, chart),
    asNeeded: isAsNeeded(entry, chart),
    courseDays: courseDays(entry, null, chart),
    withVitaminD: entry.matches.has('vitaminDSupplements'),
  };
}

function isParenteral({ dosages, texts }: DrugEntry, chart: Chart): boolean {
  const { parenteralRouteCodes, parenteralRoutePattern } = chart.definitions.calciumSupplement;
  const words = patternOf(parenteralRoutePattern);
  const routes = dosages.map((dosage) => dosage['route']);
  return (
    routes.some((route) => codesIn(route).some((code) => parenteralRouteCodes.includes(code))) ||
    [...texts, ...routes.flatMap(textsOf)].some((text) => words.test(text))
  );
}

export function totalOf(orders: readonly CalciumOrder[]): Span {
  return sum(orders.map(({ elemental }) => elemental).filter((span) => span !== null));
}
