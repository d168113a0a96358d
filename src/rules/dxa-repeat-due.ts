/**
 * R16: the interval for a repeat bone density scan has passed, by T-score band and by exposure; the shortest one counts.
 *
 * Inputs: lowest T-score of the newest scan and every sign of a scan; osteoporosis drug and its start; glucocorticoid dose;
 * hormone deprivation; diabetes; primary hyperparathyroidism; fractures; open order; age and sex.
 * Numbers, words and evidence: cards/recommendations/dxa-repeat-due.yaml.
 */
import { isPrimaryHyperparathyroidism } from '../facts/conditions.ts';
import { isAtLeastAge } from '../facts/demographics.ts';
import { showSpan } from '../facts/dose-text.ts';
import { showT, type DxaStudy, type LowestT } from '../facts/dxa.ts';
import {
  allOf,
  anyIn,
  evidenceOf,
  has,
  not,
  test,
  type Evidence,
  type Fact,
  type Tri,
} from '../facts/fact.ts';
import { addMonths, type Day, type FhirDate } from '../facts/fhir-date.ts';
import type { Fracture } from '../facts/fractures.ts';
import { takesAromataseInhibitor, takesGnrhAgent } from '../facts/hormone-deprivation.ts';
import type { FactName, Facts } from '../facts/index.ts';
import type { DrugEntry } from '../facts/medications.ts';
import { isAbove } from '../facts/quantity.ts';
import { inWindow, lastMonths } from '../facts/results.ts';
import { defineRule, lacking, notApplicable, type ParameterValues } from './define-rule.ts';
import { showEvent } from './event-date.ts';

const INPUTS = [
  'age',
  'sex',
  'dxaDone',
  'dxaSearched',
  'lowestT',
  'dxaOrdered',
  'osteoporosisTherapy',
  'osteoporosisTherapyHistory',
  'glucocorticoid',
  'aromataseInhibitors',
  'androgenDeprivation',
  'diabetes',
  'hyperparathyroidism',
  'fractures',
] as const satisfies readonly FactName[];

const PARAMETERS = {
  ageFrom: 'a',
  ageTo: 'a',
  severeTo: ['{T-score}', null],
  moderateTo: ['{T-score}', null],
  severeMonths: 'mo',
  moderateMonths: 'mo',
  mildMonths: 'mo',
  normalEnabled: 'boolean',
  normalMonths: 'mo',
  therapyMonths: 'mo',
  therapySinceMonths: 'mo',
  glucocorticoidMonths: 'mo',
  highDoseFrom: ['mg/d', null],
  highDoseMonths: 'mo',
  hormoneMonths: 'mo',
  diabetesMonths: 'mo',
  parathyroidMonths: 'mo',
  fractureMonths: 'mo',
  recentFractureMonths: 'mo',
  shortestMonths: 'mo',
  sameScanDays: 'd',
} as const;

type Input = Pick<Facts, (typeof INPUTS)[number]>;
type Limits = ParameterValues<typeof PARAMETERS>;

export const dxaRepeatDue = defineRule({
  id: 'dxa-repeat-due',
  inputs: INPUTS,
  parameters: PARAMETERS,

  evaluate(facts, limits, { today, dropped }) {
    const { age, dxaDone, lowestT, dxaOrdered, osteoporosisTherapy, dxaSearched } = facts;
    const oldEnough = isAtLeastAge(age, limits.ageFrom);
    const tooOld = isAtLeastAge(age, limits.ageTo + 1);
    if (oldEnough === false || tooOld === true) return notApplicable('outside the age limits');
    if (dxaDone.state === 'absent') return notApplicable('no scan in this record');
    if (dxaOrdered === true) return notApplicable('a scan is ordered');
    if (dropped.has('dxa')) return notApplicable('another recommendation suggests the scan');
    if (dxaDone.state === 'unknown') return lacking('dxaDone');
    if (lowestT.state !== 'known') return lacking('lowestT');

    const t = lowestT.value;
    const last = newestScan(dxaDone.value) ?? t.date;
    const untreated = not(has(osteoporosisTherapy));
    const leftToTreatment = allOf(t.range === 'osteoporosis', untreated);
    if (leftToTreatment === true) return notApplicable('osteoporosis T-score without therapy');
    const fractureLeftToTreatment = allOf(hasRecentFracture(facts, last, limits, today), untreated);
    if (fractureLeftToTreatment === true) return notApplicable('recent fracture without therapy');

    const rows = rowsOf(facts, t, last, limits, today);
    const due = anyIn(rows.map((row) => isDue(row, last, limits, today)));
    if (due === false) return notApplicable('the interval has not passed');
    if (last.last - t.date.last > limits.sameScanDays) return lacking('lowestT');
    const missing: readonly FactName[] = [
      ...(oldEnough === undefined || tooOld === undefined ? (['age'] as const) : []),
      ...(dxaSearched.state === 'known' ? [] : (['dxaSearched'] as const)),
      ...(dxaDone.value.some(({ date }) => date === null) ? (['dxaDone'] as const) : []),
      ...(dxaOrdered === undefined ? (['dxaOrdered'] as const) : []),
      ...(leftToTreatment === undefined || fractureLeftToTreatment === undefined
        ? (['osteoporosisTherapy'] as const)
        : []),
      ...(due === undefined ? openRows(rows, last, limits, today) : []),
    ];
    if (missing.length > 0) return lacking(...new Set(missing));

    const held = rows.filter((row) => isDue(row, last, limits, today) === true);
    return {
      outcome: 'recommend',
      variant: 'due',
      values: {
        date: last.text,
        t: showT(t.quantity),
        site: t.site,
        tDate: t.date.text,
        ...Object.fromEntries(held.flatMap(({ values }) => Object.entries(values))),
      },
      found: [
        'tScore',
        ...(t.confirm ? ['confirm'] : []),
        ...held.flatMap(({ key, more = [] }) => [key, ...more]),
      ],
      why: ['interval', ...new Set(held.map(({ why }) => why))],
      notFound: ['newer'],
      suggestions: ['dxa'],
      parts: ['dxa'],
      because: ['lowestT', 'dxaDone', ...new Set(held.map(({ fact }) => fact))],
      triggers: evidenceOf(lowestT),
    };
  },
});

/** One reason for a repeat with its interval. */
interface Row {
  /** Key of the card's Found line. */
  readonly key: string;
  readonly why: string;
  readonly fact: FactName;
  readonly applies: Tri;
  readonly months: number;
  /** May be shorter than what payers usually cover. */
  readonly early?: true;
  readonly more?: readonly string[];
  readonly values: Readonly<Record<string, string | number>>;
}

function rowsOf(facts: Input, t: LowestT, last: FhirDate, limits: Limits, today: Day): readonly Row[] {
  return [
    ...bandRows(t, limits),
    therapyRow(facts, limits, today),
    ...glucocorticoidRows(facts, limits),
    ...hormoneRows(facts, limits),
    ...conditionRows(facts, limits),
    fractureRow(facts.fractures, last, limits),
  ];
}

/** Bands of Gourlay; a T-score of osteoporosis has none: with a drug the therapy row counts, without it this rule is silent. */
function bandRows({ quantity, range }: LowestT, limits: Limits): readonly Row[] {
  const low = range === 'osteopenia';
  const severe = not(isAbove(quantity, limits.severeTo));
  const moderate = not(isAbove(quantity, limits.moderateTo));
  const { severeTo, moderateTo, severeMonths, moderateMonths, mildMonths, normalMonths } = limits;
  const band = { why: 'gourlay', fact: 'lowestT' } as const;
  return [
    {
      ...band,
      key: 'severe',
      applies: allOf(low, severe),
      months: severeMonths,
      values: { severeMonths, severeTo: severeTo.value.toFixed(1) },
    },
    {
      ...band,
      key: 'moderate',
      applies: allOf(low, moderate, not(severe)),
      months: moderateMonths,
      values: { moderateMonths, moderateTo: moderateTo.value.toFixed(1) },
    },
    {
      ...band,
      key: 'mild',
      applies: allOf(low, not(moderate)),
      months: mildMonths,
      values: { mildMonths },
    },
    {
      ...band,
      key: 'normal',
      why: 'normal',
      applies: allOf(limits.normalEnabled, range === 'normal'),
      months: normalMonths,
      values: { normalMonths },
    },
  ];
}

function therapyRow(facts: Input, limits: Limits, today: Day): Row {
  const { osteoporosisTherapy, osteoporosisTherapyHistory } = facts;
  const limit = addMonths(today, -limits.therapySinceMonths);
  const starts = courseStarts(osteoporosisTherapy, osteoporosisTherapyHistory);
  const [first] = starts.filter((date) => date !== null).sort((a, b) => a.order - b.order);
  const longEnough = anyIn(starts.map((date) => (date === null ? undefined : isOnOrBefore(date, limit))));
  const { therapyMonths } = limits;
  return {
    key: 'therapy',
    why: 'therapy',
    fact: 'osteoporosisTherapy',
    applies: test(osteoporosisTherapy, () => longEnough),
    months: therapyMonths,
    values: { therapyMonths, therapyStart: first?.text ?? '' },
  };
}

/** Starts of all entries, old ones too, of the drug groups that the patient takes now: a change of group starts anew. */
function courseStarts(
  current: Fact<readonly DrugEntry[]>,
  history: Fact<readonly DrugEntry[]>,
): readonly (FhirDate | null)[] {
  if (current.state !== 'known') return [];
  const groups = new Set(current.value.flatMap(groupsOf));
  const earlier = history.state === 'known' ? history.value : [];
  return [
    ...current.value,
    ...earlier.filter((entry) => groupsOf(entry).some((group) => groups.has(group))),
  ].map(({ start, authored }) => start ?? authored);
}

const THERAPY_GROUPS = [
  'bisphosphonates',
  'denosumab',
  'romosozumab',
  'parathyroidAnalogs',
  'serms',
] as const;

function groupsOf({ matches }: DrugEntry): readonly string[] {
  return THERAPY_GROUPS.filter((group) => matches.has(group));
}

function glucocorticoidRows({ glucocorticoid }: Input, limits: Limits): readonly Row[] {
  const { glucocorticoidMonths, highDoseMonths, highDoseFrom } = limits;
  const dose = glucocorticoid.state === 'known' ? glucocorticoid.value.mgPerDay : null;
  const row = { why: 'glucocorticoid', fact: 'glucocorticoid' } as const;
  return [
    {
      ...row,
      key: 'glucocorticoid',
      applies: has(glucocorticoid),
      months: glucocorticoidMonths,
      values: { glucocorticoidMonths },
    },
    {
      ...row,
      key: 'highDose',
      applies: test(glucocorticoid, () => (dose === null ? undefined : dose >= highDoseFrom.value)),
      months: highDoseMonths,
      early: true,
      values: { highDoseMonths, mgPerDay: dose === null ? '' : showSpan({ low: dose, high: dose }, 1) },
    },
  ];
}

/** Aromatase inhibitor in women, GnRH treatment in men; an antiandrogen alone does not count (clarifications R21). */
function hormoneRows(facts: Input, { hormoneMonths }: Limits): readonly Row[] {
  const row = { why: 'hormone', months: hormoneMonths, values: { hormoneMonths } } as const;
  return [
    {
      ...row,
      key: 'aromataseInhibitor',
      fact: 'aromataseInhibitors',
      applies: takesAromataseInhibitor(facts),
    },
    {
      ...row,
      key: 'androgenDeprivation',
      fact: 'androgenDeprivation',
      applies: takesGnrhAgent(facts),
    },
  ];
}

function conditionRows({ diabetes, hyperparathyroidism }: Input, limits: Limits): readonly Row[] {
  const { diabetesMonths, parathyroidMonths } = limits;
  const primary = primarySources(hyperparathyroidism);
  return [
    {
      key: 'diabetes',
      why: 'diabetes',
      fact: 'diabetes',
      applies: has(diabetes),
      months: diabetesMonths,
      values: { diabetesMonths, diabetesDate: showEvent(evidenceOf(diabetes)) },
    },
    {
      key: 'hyperparathyroidism',
      why: 'parathyroid',
      fact: 'hyperparathyroidism',
      applies: test(hyperparathyroidism, () => primary.length > 0),
      months: parathyroidMonths,
      early: true,
      values: { parathyroidMonths, hyperparathyroidismDate: showEvent(primary) },
    },
  ];
}

function primarySources(fact: Input['hyperparathyroidism']): readonly Evidence[] {
  if (fact.state !== 'known') return [];
  const sources = fact.value.filter(isPrimaryHyperparathyroidism).map(({ source }) => source);
  return fact.evidence.filter(({ source }) => sources.includes(source));
}

function fractureRow(fact: Fact<readonly Fracture[]>, last: FhirDate, limits: Limits): Row {
  const fractures = fact.state === 'known' ? fact.value : [];
  const after = fractures.filter((one) => isAfter(one, last) === true);
  const { fractureMonths } = limits;
  const evidence = evidenceOf(fact).filter(({ source }) => after.some((one) => one.source === source));
  return {
    key: 'fracture',
    why: 'fracture',
    fact: 'fractures',
    applies: test(fact, () => anyIn(fractures.map((one) => isAfter(one, last)))),
    months: fractureMonths,
    early: true,
    more: after.some(({ mechanismUnknown }) => mechanismUnknown) ? ['mechanism'] : [],
    values: { fractureMonths, fractureDate: showEvent(evidence) },
  };
}

/** Did it happen after the last scan? Undated fractures leave it open. */
function isAfter({ event }: Fracture, last: FhirDate): Tri {
  if (event === null) return undefined;
  if (event.date.first > last.last) return true;
  return event.date.last <= last.first ? false : undefined;
}

function hasRecentFracture({ fractures }: Input, last: FhirDate, limits: Limits, today: Day): boolean {
  const window = lastMonths(limits.recentFractureMonths, today);
  return (
    fractures.state === 'known' &&
    fractures.value.some(
      (one) => one.event !== null && isAfter(one, last) === true && inWindow(one.event.date, window) === true,
    )
  );
}

function newestScan(studies: readonly DxaStudy[]): FhirDate | null {
  return studies.find(({ date }) => date !== null)?.date ?? null;
}

/** The interval has passed when the scan lies at least that many months back: the same day counts. */
function isDue(row: Row, last: FhirDate, limits: Limits, today: Day): Tri {
  return allOf(row.applies, hasPassed(row, last, limits, today));
}

function hasPassed({ months, early }: Row, last: FhirDate, limits: Limits, today: Day): Tri {
  const interval = early === true ? months : Math.max(months, limits.shortestMonths);
  return isOnOrBefore(last, addMonths(today, -interval));
}

function isOnOrBefore(date: FhirDate, day: Day): Tri {
  if (date.last <= day) return true;
  return date.first > day ? false : undefined;
}

/** The facts that keep a row open: its own when it may not apply, the scan's date when that straddles the interval. */
function openRows(rows: readonly Row[], last: FhirDate, limits: Limits, today: Day): readonly FactName[] {
  return rows
    .filter((row) => isDue(row, last, limits, today) === undefined)
    .map(({ applies, fact }) => (applies === undefined ? fact : 'dxaDone'));
}
