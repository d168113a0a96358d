/** How a card names low bone density: shared by the rules that cite it, so that all say it the same way. */
import { showT, type LowBmd } from '../facts/dxa.ts';
import type { Fact } from '../facts/fact.ts';

/** Placeholders `{label}`, and with a T-score `{t}`, `{site}`, `{tDate}`; empty unless low bone density is known. */
export function lowBmdValues(fact: Fact<LowBmd>): Readonly<Record<string, string>> {
  if (fact.state !== 'known') return {};
  const { label, t } = fact.value;
  const name = { label: label === 'osteoporosis' ? 'Osteoporosis' : 'Low bone mass (osteopenia)' };
  return t === null ? name : { ...name, t: showT(t.quantity), site: t.site, tDate: t.date.text };
}

/** Lines `tScore` and `diagnosis` of a card's Found block. */
export function lowBmdLines(fact: Fact<LowBmd>): readonly string[] {
  if (fact.state !== 'known') return [];
  const { basis, t } = fact.value;
  return [...(basis === 'diagnosis' ? ['diagnosis'] : []), ...(t === null ? [] : ['tScore'])];
}
