/** How a rule asks for a recent fragility fracture and how a card names it: shared, so that all say it the same way. */
import { anyIn, test, type Fact, type Tri } from '../facts/fact.ts';
import type { Fracture } from '../facts/fractures.ts';
import { inWindow, type Window } from '../facts/results.ts';

/** Was there a fracture in the window? An undated one leaves it open (clarifications G5). */
export function fractureWithin(fractures: Fact<readonly Fracture[]>, window: Window): Tri {
  return test(fractures, (all) => anyIn(all.map((fracture) => lies(fracture, window))));
}

/** The fracture of the window that a card names: hip or vertebra before others, then the newest. */
export function mainFracture(fractures: Fact<readonly Fracture[]>, window: Window): Fracture | null {
  if (fractures.state !== 'known') return null;
  const inside = fractures.value.filter((fracture) => lies(fracture, window) === true);
  return inside.find(({ kind }) => kind !== 'other') ?? inside[0] ?? null;
}

function lies({ event }: Fracture, window: Window): Tri {
  return event === null ? undefined : inWindow(event.date, window);
}

const NAMES = { hip: 'Hip fracture', vertebral: 'Vertebral fracture', other: 'Fragility fracture' } as const;

/** `{fracture}` and, when dated, `{fractureDate}`; a date that comes from recordedDate says so (clarifications G5). */
export function fractureValues(fracture: Fracture | null): Readonly<Record<string, string>> {
  if (fracture === null) return {};
  if (fracture.event === null) return { fracture: NAMES[fracture.kind] };
  const { date, kind } = fracture.event;
  return {
    fracture: NAMES[fracture.kind],
    fractureDate: kind === 'recorded' ? `recorded on ${date.text}` : date.text,
  };
}
