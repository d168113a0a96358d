/**
 * R07: a hip or other fragility fracture, and cardiovascular risk has not been looked at since.
 *
 * Inputs: age; fragility fractures with date; blood pressure, lipids, smoking status and HbA1c (that one without diabetes
 * only), each with its own look-back; for the warning atherosclerotic disease, haemorrhagic stroke, lipid drugs (gap use) and
 * statin intolerance. From 80 years only blood pressure is asked for. An item that cannot be checked is not called missing;
 * a warning that cannot be proved becomes information. Numbers, words and evidence:
 * cards/recommendations/hip-fracture-cv-evaluation.yaml.
 */
import { meanWithin } from '../facts/blood-pressure.ts';
import { isHaemorrhagicStroke } from '../facts/conditions.ts';
import { isAtLeastAge } from '../facts/demographics.ts';
import { allOf, anyIn, anyOf, evidenceOf, has, not, test, type Evidence, type Tri } from '../facts/fact.ts';
import type { Day } from '../facts/fhir-date.ts';
import type { Fracture } from '../facts/fractures.ts';
import type { FactName, Facts } from '../facts/index.ts';
import { newestPanelDate, panelWithin } from '../facts/lab-facts.ts';
import { showQuantity } from '../facts/quantity.ts';
import { doneWithin, inWindow, lastDays, lastMonths } from '../facts/results.ts';
import {
  defineRule,
  lacking,
  notApplicable,
  type ParameterValues,
  type Recommend,
  type Situation,
} from './define-rule.ts';
import { showEvent } from './event-date.ts';
import { fractureValues } from './fracture.ts';

const INPUTS = [
  'age',
  'fractures',
  'bloodPressure',
  'lipidPanel',
  'lipidPanelOrdered',
  'smoking',
  'hba1c',
  'hba1cOrdered',
  'diabetes',
  'atheroscleroticDisease',
  'stroke',
  'statins',
  'nonStatinLipidLowering',
  'statinIntolerance',
] as const satisfies readonly FactName[];

const PARAMETERS = {
  ageFrom: 'a',
  pressureOnlyFromAge: 'a',
  warningToAge: 'a',
  hipMonths: 'mo',
  fractureMonths: 'mo',
  dischargeDays: 'd',
  warningDays: 'd',
  acuteDays: 'd',
  pressureMonths: 'mo',
  lipidMonths: 'mo',
  smokingMonths: 'mo',
  hba1cMonths: 'mo',
} as const;

type Inputs = Pick<Facts, (typeof INPUTS)[number]>;
type Limits = ParameterValues<typeof PARAMETERS>;

export const hipFractureCvEvaluation = defineRule({
  id: 'hip-fracture-cv-evaluation',
  inputs: INPUTS,
  parameters: PARAMETERS,

  evaluate(facts, limits, at) {
    const oldEnough = isAtLeastAge(facts.age, limits.ageFrom);
    if (oldEnough === false) return notApplicable('below the age limit');
    const fractured = test(facts.fractures, (all) => anyIn(all.map((one) => counts(one, limits, at))));
    if (fractured === false) return notApplicable('no fragility fracture in the window');
    const items = itemsOf(facts, limits, at);
    const due = anyIn(items.map(({ missing }) => missing));
    if (due === false)
      return notApplicable('cardiovascular risk check current, ordered or asked for elsewhere');

    if (oldEnough === undefined) return lacking('age');
    const fracture = newestFracture(facts, limits, at);
    if (fracture === null) return lacking('fractures');
    if (due === undefined)
      return lacking(...new Set(items.flatMap(({ missing, open }) => (missing === undefined ? open : []))));
    return card(
      facts,
      limits,
      at,
      fracture,
      items.filter(({ missing }) => missing === true).map(({ name }) => name),
    );
  },
});

/**
 * Hip fractures count for longer. At discharge only a fracture of the last days counts, or one recorded for the encounter:
 * that one also without a date, unless its code means an old fracture.
 */
function counts(
  { kind, event, entry, ofThisEncounter }: Fracture,
  limits: Limits,
  { hook, today }: Situation,
): Tri {
  const atDischarge = hook === 'encounter-discharge';
  if (event === null) return atDischarge && ofThisEncounter && !entry.isHistory ? true : undefined;
  const recent = inWindow(
    event.date,
    lastMonths(kind === 'hip' ? limits.hipMonths : limits.fractureMonths, today),
  );
  if (!atDischarge) return recent;
  return allOf(recent, anyOf(ofThisEncounter, inWindow(event.date, lastDays(limits.dischargeDays, today))));
}

/** The newest one that counts; of one day the hip or vertebra. */
function newestFracture({ fractures }: Inputs, limits: Limits, at: Situation): Fracture | null {
  if (fractures.state !== 'known') return null;
  const counted = fractures.value.filter((one) => counts(one, limits, at) === true);
  const [newest] = counted;
  const sameDay = counted.filter(({ event }) => event?.date.last === newest?.event?.date.last);
  return sameDay.find(({ kind }) => kind !== 'other') ?? newest ?? null;
}

type ItemName = 'bloodPressure' | 'lipidPanel' | 'smoking' | 'hba1c';

interface Item {
  readonly name: ItemName;
  readonly missing: Tri;
  /** Inputs to name when it cannot be told. */
  readonly open: readonly FactName[];
}

function itemsOf(facts: Inputs, limits: Limits, { today, dropped }: Situation): readonly Item[] {
  const { age, bloodPressure, lipidPanel, lipidPanelOrdered, smoking, hba1c, hba1cOrdered, diabetes } = facts;
  const younger = not(isAtLeastAge(age, limits.pressureOnlyFromAge));
  const window = (months: number): ReturnType<typeof lastMonths> => lastMonths(months, today);
  const pressure = meanWithin(bloodPressure, window(limits.pressureMonths));
  const lipids = panelWithin(lipidPanel, window(limits.lipidMonths));
  const status = hasStatusWithin(smoking, limits.smokingMonths, today);
  const glucose = doneWithin(hba1c, window(limits.hba1cMonths));
  return [
    {
      name: 'bloodPressure',
      missing: dropped.has('noBloodPressure') ? false : not(pressure),
      open: ['bloodPressure'],
    },
    {
      name: 'lipidPanel',
      missing: dropped.has('lipidPanel') ? false : allOf(younger, not(lipidPanelOrdered), not(lipids)),
      open: openOf({ age: younger, lipidPanel: lipids, lipidPanelOrdered }),
    },
    {
      name: 'smoking',
      missing: allOf(younger, not(status)),
      open: openOf({ age: younger, smoking: status }),
    },
    {
      name: 'hba1c',
      missing: allOf(younger, not(has(diabetes)), not(hba1cOrdered), not(glucose)),
      open: openOf({ age: younger, diabetes: has(diabetes), hba1cOrdered, hba1c: glucose }),
    },
  ];
}

function openOf(states: Partial<Record<FactName, Tri>>): readonly FactName[] {
  return (Object.keys(states) as FactName[]).filter((name) => states[name] === undefined);
}

/** A status that may be out of date is none; one without a date leaves it open. */
function hasStatusWithin(smoking: Inputs['smoking'], months: number, today: Day): Tri {
  return test(smoking, ({ recorded, settled }) => {
    if (recorded === null) return undefined;
    const inside = inWindow(recorded, lastMonths(months, today));
    return inside === false && !settled ? undefined : inside;
  });
}

const NAMES: Readonly<Record<ItemName, string>> = {
  bloodPressure: 'BP',
  lipidPanel: 'lipids',
  smoking: 'smoking status',
  hba1c: 'HbA1c',
};

function card(
  facts: Inputs,
  limits: Limits,
  at: Situation,
  fracture: Fracture,
  items: readonly ItemName[],
): Recommend {
  const { today } = at;
  const untreated = lacksSecondaryPrevention(facts, limits, at, fracture);
  const labs = items.filter((name) => name === 'lipidPanel' || name === 'hba1c');
  const isAcute = fracture.event === null || today < fracture.event.date.last + limits.acuteDays;
  return {
    outcome: 'recommend',
    variant: fracture.event === null ? 'thisEncounter' : untreated ? 'secondaryPrevention' : 'incomplete',
    values: valuesOf(facts, limits, fracture, items),
    found: [
      fracture.event === null ? 'fractureUndated' : 'fracture',
      ...(fracture.mechanismUnknown ? ['mechanismUnknown'] : []),
      ...items.filter((name) => shownValues(facts)[name] !== undefined),
      ...(untreated ? ['ascvd'] : []),
    ],
    why: [
      ...(untreated ? ['secondaryPrevention'] : []),
      ...(fracture.kind === 'hip' ? ['early'] : ['earlyAfterHip']),
      'later',
      ...(isAtLeastAge(facts.age, limits.pressureOnlyFromAge) === true ? ['pressureOnly'] : ['standard']),
      ...(labs.length > 0 && isAcute ? ['timing'] : []),
    ],
    notFound: [...items, ...(untreated ? ['lipidTherapy'] : [])],
    suggestions: labs.map((name) => (isAcute ? `${name}Later` : name)),
    parts: [
      ...(items.includes('bloodPressure') ? ['noBloodPressure'] : []),
      ...(items.includes('lipidPanel') ? ['lipidPanel'] : []),
      ...(untreated ? ['lipidTherapy'] : []),
    ],
    because: ['fractures', ...items, ...(untreated ? (['atheroscleroticDisease', 'statins'] as const) : [])],
    triggers: fractureEvidence(facts, fracture),
    eventDay: fracture.event?.date.last ?? today,
  };
}

/**
 * A fracture of the last weeks in somebody with atherosclerotic disease and no lipid drug. Anything that cannot be proved, an
 * unverified code among it, makes no warning; neither does a haemorrhagic stroke ever, after which a statin is weighed anew.
 */
function lacksSecondaryPrevention(
  { age, atheroscleroticDisease, stroke, statins, nonStatinLipidLowering, statinIntolerance }: Inputs,
  { warningDays, warningToAge }: Limits,
  { today, dropped }: Situation,
  { event }: Fracture,
): boolean {
  const proved = allOf(
    event !== null && inWindow(event.date, lastDays(warningDays, today)),
    not(isAtLeastAge(age, warningToAge + 1)),
    test(atheroscleroticDisease, (all) => all.some(({ matches }) => matches.get('ascvd')?.verified === true)),
    not(test(stroke, (all) => all.some(isHaemorrhagicStroke))),
    not(has(statins)),
    not(has(nonStatinLipidLowering)),
    not(has(statinIntolerance)),
  );
  return proved === true && !dropped.has('lipidTherapy');
}

function fractureEvidence({ fractures }: Inputs, { source }: Fracture): readonly Evidence[] {
  return evidenceOf(fractures).filter((one) => one.source === source);
}

type Values = Readonly<Record<string, string | number>>;

/** Older values of the items, to show beside what is missing. */
function shownValues({
  bloodPressure,
  lipidPanel,
  smoking,
  hba1c,
}: Inputs): Partial<Record<ItemName, Values>> {
  const [pressure] = bloodPressure.pairs;
  const panel = newestPanelDate(lipidPanel);
  const [glucose] = hba1c.results;
  const status = smoking.state === 'known' ? smoking.value.recorded : null;
  return {
    ...(pressure === undefined
      ? {}
      : {
          bloodPressure: {
            pressure: `${Math.round(pressure.systolic)}/${Math.round(pressure.diastolic)}`,
            pressureDate: pressure.date.text,
          },
        }),
    ...(panel === null ? {} : { lipidPanel: { panelDate: panel.text } }),
    ...(status === null ? {} : { smoking: { smokingDate: status.text } }),
    ...(glucose === undefined
      ? {}
      : { hba1c: { hba1c: showQuantity(glucose.quantity), hba1cDate: glucose.date.text } }),
  };
}

function valuesOf(facts: Inputs, limits: Limits, fracture: Fracture, items: readonly ItemName[]): Values {
  const shown = shownValues(facts);
  return {
    ...fractureValues(fracture),
    items: items.map((name) => NAMES[name]).join(', '),
    ...Object.fromEntries(items.flatMap((name) => Object.entries(shown[name] ?? {}))),
    ascvdEvent: showEvent(evidenceOf(facts.atheroscleroticDisease)),
    pressureMonths: limits.pressureMonths,
    lipidMonths: limits.lipidMonths,
    smokingMonths: limits.smokingMonths,
    hba1cMonths: limits.hba1cMonths,
  };
}
