/** What puts a person into the population of a recommendation: shared by the rules whose card names the reason. */
import type { LowBmd } from '../facts/dxa.ts';
import { evidenceOf, has, type Evidence, type Fact, type Tri } from '../facts/fact.ts';
import type { Fracture } from '../facts/fractures.ts';
import type { FactName } from '../facts/index.ts';
import { showEvent } from './event-date.ts';
import { lowBmdLines, lowBmdValues } from './low-bmd.ts';

export interface Risk {
  /** The fact that says so; also the key of the variant and of the Found line. */
  readonly name: FactName;
  readonly holds: Tri;
  readonly evidence: readonly Evidence[];
}

/** A risk that is known as soon as its fact is, or by a stricter reading of it. */
export function risk(name: FactName, fact: Fact<unknown>, holds: Tri = has(fact)): Risk {
  return { name, holds, evidence: evidenceOf(fact) };
}

interface BoneFacts {
  readonly lowBmd: Fact<LowBmd>;
  readonly fractures: Fact<readonly Fracture[]>;
}

/** Lines of the Found block: low bone density by its T-score and diagnosis, every other risk by its name. */
export function riskLines(risks: readonly Risk[], { lowBmd, fractures }: BoneFacts): readonly string[] {
  return risks
    .filter(({ holds }) => holds === true)
    .flatMap(({ name }) => {
      if (name === 'lowBmd') return lowBmdLines(lowBmd);
      return name === 'fractures' && isMechanismUnknown(fractures) ? [name, 'mechanismUnknown'] : [name];
    });
}

/** Placeholders of `riskLines`: those of low bone density, and `{fractureEvent}` of the newest fracture. */
export function riskValues({ lowBmd, fractures }: BoneFacts): Readonly<Record<string, string>> {
  return {
    ...lowBmdValues(lowBmd),
    ...(fractures.state === 'known' ? { fractureEvent: showEvent(evidenceOf(fractures)) } : {}),
  };
}

/** Nothing says of any of these fractures that it was a fragility fracture. */
function isMechanismUnknown(fractures: Fact<readonly Fracture[]>): boolean {
  return fractures.state === 'known' && fractures.value.every(({ mechanismUnknown }) => mechanismUnknown);
}
