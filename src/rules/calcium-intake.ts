/** The elemental calcium of an order call: what is added up, whether it passes a limit, and how a card shows it (R05). */
import { totalOf, type ActiveCalcium, type CalciumOrder } from '../facts/calcium-supplement.ts';
import { showSpan, type Span } from '../facts/dose-text.ts';
import type { Fact, Tri } from '../facts/fact.ts';

export interface Intake {
  /** Drafts taken every day for longer than a short course. */
  readonly drafts: readonly CalciumOrder[];
  /** Active orders of that kind that no draft renews. */
  readonly orders: readonly CalciumOrder[];
  readonly renewed: number;
  /** Elemental calcium, mg/d, of those that can be computed: the least that is ordered. */
  readonly total: Span;
  /** Something is not in the total that may belong to it. */
  readonly open: boolean;
}

/** As needed, or for less than a short course, is no daily intake. */
export function isRegular({ asNeeded, courseDays }: CalciumOrder, shortSupplyDays: number): boolean {
  return !asNeeded && (courseDays === null || courseDays >= shortSupplyDays);
}

/** All drafts of one call are signed together, so they add up, and so do the active orders. */
export function intakeOf(
  drafts: readonly CalciumOrder[],
  active: Fact<ActiveCalcium>,
  shortSupplyDays: number,
): Intake {
  const regular = (orders: readonly CalciumOrder[]): readonly CalciumOrder[] =>
    orders.filter((order) => !order.parenteral && isRegular(order, shortSupplyDays));
  const own = regular(drafts);
  const orders = active.state === 'known' ? regular(active.value.orders) : [];
  return {
    drafts: own,
    orders,
    renewed: active.state === 'known' ? active.value.renewed : 0,
    total: totalOf([...own, ...orders]),
    open: active.state === 'unknown' || [...own, ...orders].some(({ elemental }) => elemental === null),
  };
}

/**
 * Over the limit by every reading; open when one reading, or what could not be computed, may pass it. The orders alone do not
 * settle it: a draft that cannot be read may take the place of one.
 */
export function isOver({ drafts, total, open }: Intake, limit: number): Tri {
  if (drafts.length === 0) return false;
  if (!drafts.some(isReadable)) return undefined;
  if (total.low > limit) return true;
  return open || total.high > limit ? undefined : false;
}

/** Lines `draft`, `draftUnread`, `occasional`, `ambiguous`, `orders`, `ordersUnread`, `renewed`, `total` of a Found block. */
export function intakeLines({ drafts, orders, renewed }: Intake): readonly string[] {
  if (drafts.length === 0) return ['occasional'];
  const readable = [...drafts, ...orders].filter(isReadable);
  const some = (list: readonly CalciumOrder[], line: string): readonly string[] =>
    list.length > 0 ? [line] : [];
  return [
    ...some(drafts.filter(isReadable), 'draft'),
    ...some(
      drafts.filter((one) => !isReadable(one)),
      'draftUnread',
    ),
    ...some(orders.filter(isReadable), 'orders'),
    ...some(
      orders.filter((one) => !isReadable(one)),
      'ordersUnread',
    ),
    ...(renewed > 0 ? ['renewed'] : []),
    ...(readable.length > 1 ? ['total'] : []),
    ...some(
      readable.filter(({ ambiguous }) => ambiguous),
      'ambiguous',
    ),
  ];
}

/** `{draftDose}` and `{orderDose}` with their arithmetic, and `{total}`, where there is something to show. */
export function intakeValues({ drafts, orders, total }: Intake): Readonly<Record<string, string>> {
  const shown = (list: readonly CalciumOrder[]): string =>
    list.flatMap(({ shown: own }) => (own === null ? [] : [own])).join('; ');
  const [draftDose, orderDose] = [shown(drafts), shown(orders)];
  return {
    ...(draftDose === '' ? {} : { draftDose }),
    ...(orderDose === '' ? {} : { orderDose }),
    ...(total.high > 0 ? { total: showSpan(total) } : {}),
  };
}

function isReadable({ elemental }: CalciumOrder): boolean {
  return elemental !== null;
}
