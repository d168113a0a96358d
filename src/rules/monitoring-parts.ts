/**
 * Checks that belong to a long-term drug: bone density scan, lipids, blood pressure, HbA1c, and 25-OH vitamin D beside the scan.
 *
 * Each part has its own answer; a part that another recommendation owns in this call has nothing to say.
 */
import { dxaWithin } from '../facts/dxa.ts';
import { allOf, has, not, type Tri } from '../facts/fact.ts';
import type { FactName, Facts } from '../facts/index.ts';
import { panelWithin } from '../facts/lab-facts.ts';
import { doneWithin, lastMonths } from '../facts/results.ts';
import type { Recommend, Situation } from './define-rule.ts';

/** What a rule that asks for these checks names in its `inputs`. */
export const SCAN_INPUTS = [
  'metabolicBoneOther',
  'dxaDone',
  'dxaSearched',
  'dxaOrdered',
  'anyVitaminD',
  'vitaminDOrdered',
] as const satisfies readonly FactName[];
export const CHECK_INPUTS = [
  'lipidPanel',
  'lipidPanelOrdered',
  'hba1c',
  'hba1cOrdered',
  'bloodPressure',
] as const satisfies readonly FactName[];

export const MONITORING_PARAMETERS = {
  scanMonths: 'mo',
  lipidMonths: 'mo',
  hba1cMonths: 'mo',
  pressureMonths: 'mo',
  vitaminDMonths: 'mo',
} as const;

type ScanFacts = Pick<Facts, (typeof SCAN_INPUTS)[number]>;
type CheckFacts = Pick<Facts, (typeof CHECK_INPUTS)[number]>;
type Months = Readonly<Record<keyof typeof MONITORING_PARAMETERS, number>>;

export interface PartState {
  /** Key of the "not found" line, and of the suggestion where there is one. */
  readonly key: 'dxa' | 'therapy' | 'lipidPanel' | 'bloodPressure' | 'hba1c';
  /** Co-firing part; HbA1c has none. */
  readonly part: string | null;
  readonly due: Tri;
  readonly fact: FactName;
  /** Inputs that leave it open. */
  readonly open: readonly FactName[];
  /** Name and months of a check, for the summary. */
  readonly item?: { readonly name: string; readonly months: number };
}

/** What a part needs; a fact that is open leaves the part open. */
type Condition = readonly [name: FactName, holds: Tri];

export function partOf(
  { key, part, fact, item }: Pick<PartState, 'key' | 'part' | 'fact' | 'item'>,
  conditions: readonly Condition[],
  { dropped }: Situation,
): PartState {
  return {
    key,
    part,
    fact,
    due: part !== null && dropped.has(part) ? false : allOf(...conditions.map(([, holds]) => holds)),
    open: conditions.filter(([, holds]) => holds === undefined).map(([name]) => name),
    ...(item === undefined ? {} : { item }),
  };
}

/** No grace period after the start: none in the window is due (clarifications R20). */
export function scanPart(facts: ScanFacts, { scanMonths }: Months, at: Situation): PartState {
  const { dxaDone, dxaSearched, dxaOrdered, metabolicBoneOther } = facts;
  const found = dxaWithin(dxaDone, lastMonths(scanMonths, at.today));
  // A search that was cut off may hide a newer scan than the one found.
  const none = found === false && dxaSearched.state !== 'known' ? undefined : not(found);
  return partOf(
    { key: 'dxa', part: 'dxa', fact: 'dxaDone' },
    [
      ['dxaDone', none],
      ['dxaOrdered', not(dxaOrdered)],
      ['metabolicBoneOther', not(has(metabolicBoneOther))],
    ],
    at,
  );
}

/** Lipids, blood pressure and HbA1c, in the order of the summary. */
export function checkParts(facts: CheckFacts, limits: Months, at: Situation): readonly PartState[] {
  const { lipidPanel, lipidPanelOrdered, hba1c, hba1cOrdered, bloodPressure } = facts;
  const { lipidMonths, hba1cMonths, pressureMonths } = limits;
  const within = (months: number): ReturnType<typeof lastMonths> => lastMonths(months, at.today);
  return [
    partOf(
      {
        key: 'lipidPanel',
        part: 'lipidPanel',
        fact: 'lipidPanel',
        item: { name: 'lipids', months: lipidMonths },
      },
      [
        ['lipidPanel', not(panelWithin(lipidPanel, within(lipidMonths)))],
        ['lipidPanelOrdered', not(lipidPanelOrdered)],
      ],
      at,
    ),
    partOf(
      {
        key: 'bloodPressure',
        part: 'noBloodPressure',
        fact: 'bloodPressure',
        item: { name: 'BP', months: pressureMonths },
      },
      [['bloodPressure', not(doneWithin(bloodPressure, within(pressureMonths)))]],
      at,
    ),
    partOf(
      { key: 'hba1c', part: null, fact: 'hba1c', item: { name: 'HbA1c', months: hba1cMonths } },
      [
        ['hba1c', not(doneWithin(hba1c, within(hba1cMonths)))],
        ['hba1cOrdered', not(hba1cOrdered)],
      ],
      at,
    ),
  ];
}

/** Exactly which checks are missing, and the time for which that is true of all. */
export function itemsOf(due: readonly PartState[]): Recommend['values'] {
  const items = due.flatMap(({ item }) => item ?? []);
  if (items.length === 0) return {};
  return {
    items: items.map(({ name }) => name).join('/'),
    months: Math.min(...items.map(({ months }) => months)),
  };
}

/** Beside the scan only: vitamin D is part of looking at the bone, not a check of its own here. */
export function isVitaminDDue(
  { anyVitaminD, vitaminDOrdered }: ScanFacts,
  { vitaminDMonths }: Months,
  { today, dropped }: Situation,
): boolean {
  const none = not(doneWithin(anyVitaminD, lastMonths(vitaminDMonths, today)));
  return !dropped.has('vitaminD') && allOf(none, not(vitaminDOrdered)) === true;
}
