/**
 * R14: chronic kidney disease stage 3 to 5 and overdue tests of bone and mineral metabolism; or one low eGFR that nobody
 * has repeated.
 *
 * Inputs: eGFR of each day, reported or computed from creatinine; stage codes (they decide the stage only without an eGFR
 * within 12 months); dialysis and transplant (silence); calcium, phosphate, PTH, alkaline phosphatase and 25-OH vitamin D
 * with their orders; nephrology contact. A search of eGFR and creatinine that is not complete, or an entry that gives no
 * eGFR where it would matter: lacking data. Numbers, words and evidence: cards/recommendations/ckd-mbd-monitoring.yaml.
 */
import type { EgfrDay } from '../facts/egfr-history.ts';
import { allOf, not, type Tri } from '../facts/fact.ts';
import type { Day } from '../facts/fhir-date.ts';
import type { FactName, Facts } from '../facts/index.ts';
import { doneWithin, ever, lastMonths, type Window } from '../facts/results.ts';
import { CKD_STAGE_INPUTS, kidneyDisease, type Disease } from './ckd-stage.ts';
import {
  defineRule,
  lacking,
  notApplicable,
  type Finding,
  type ParameterValues,
  type Recommend,
} from './define-rule.ts';
import { labList, type LabName } from './lab-names.ts';

const INPUTS = [
  ...CKD_STAGE_INPUTS,
  'ckd',
  'dialysis',
  'kidneyTransplant',
  'calciumResults',
  'calciumOrdered',
  'phosphate',
  'phosphateOrdered',
  'pth',
  'pthOrdered',
  'alkalinePhosphatase',
  'alkalinePhosphataseOrdered',
  'anyVitaminD',
  'vitaminDOrdered',
  'kidneyOrdered',
  'nephrologyReferral',
] as const satisfies readonly FactName[];
/** Months are KDIGO's longest intervals, by stage. */
const PARAMETERS = {
  eGfrMonths: 'mo',
  apartDays: 'd',
  confirmAfterDays: 'd',
  calciumMonthsG3: 'mo',
  calciumMonthsG4: 'mo',
  calciumMonthsG5: 'mo',
  pthMonthsG4: 'mo',
  pthMonthsG5: 'mo',
  alkalinePhosphataseMonths: 'mo',
  vitaminDMonths: 'mo',
  noneMonths: 'mo',
} as const;

type Inputs = Pick<Facts, (typeof INPUTS)[number]>;
type Limits = ParameterValues<typeof PARAMETERS>;

export const ckdMbdMonitoring = defineRule({
  id: 'ckd-mbd-monitoring',
  inputs: INPUTS,
  parameters: PARAMETERS,

  evaluate(facts, limits, { today, dropped }) {
    const { dialysis, kidneyTransplant } = facts;
    if (dialysis.state === 'known') return notApplicable('on dialysis');
    if (kidneyTransplant.state === 'known') return notApplicable('kidney transplant');
    const kidney = kidneyDisease(facts, limits, today);
    if ('outcome' in kidney) return kidney;
    const finding =
      'day' in kidney
        ? confirm(facts, limits, kidney.day, today)
        : monitor({ facts, limits, today, kidney, withVitaminD: !dropped.has('vitaminD') });
    if (finding.outcome !== 'recommend') return finding;
    if (dialysis.state === 'unknown') return lacking('dialysis');
    return kidneyTransplant.state === 'unknown' ? lacking('kidneyTransplant') : finding;
  },
});

/** One eGFR below 60, old enough to be repeated, and nobody has done or ordered that. */
function confirm({ ckd, kidneyOrdered }: Inputs, limits: Limits, day: EgfrDay, today: Day): Finding {
  if (today - day.date.last <= limits.confirmAfterDays)
    return notApplicable('eGFR too recent to be repeated');
  if (ckd.state === 'known') return notApplicable('chronic kidney disease on the problem list');
  if (kidneyOrdered === true) return notApplicable('kidney function ordered');
  if (ckd.state === 'unknown') return lacking('ckd');
  if (kidneyOrdered === undefined) return lacking('kidneyOrdered');
  return {
    outcome: 'recommend',
    variant: 'confirm',
    values: { eGfr: showEgfr(day), eGfrDate: day.date.text },
    found: eGfrLines(day, 'eGfr'),
    why: ['confirm'],
    notFound: ['second'],
    suggestions: ['creatinine'],
    because: ['eGfrHistory', 'kidneyOrdered'],
    triggers: day.evidence,
  };
}

interface Case {
  readonly facts: Inputs;
  readonly limits: Limits;
  readonly today: Day;
  readonly kidney: Disease;
  readonly withVitaminD: boolean;
}

interface Lab {
  readonly name: LabName;
  readonly result: ResultName;
  readonly order: OrderName;
  readonly window: Window;
  /** Line of the Found block with the date of an older result. */
  readonly last: string;
}
type ResultName = 'calciumResults' | 'phosphate' | 'pth' | 'alkalinePhosphatase' | 'anyVitaminD';
type OrderName =
  'calciumOrdered' | 'phosphateOrdered' | 'pthOrdered' | 'alkalinePhosphataseOrdered' | 'vitaminDOrdered';

/** KDIGO 2017 3.1.2: what is followed in a stage, and how long a result counts. */
function monitoredLabs({ limits, today, kidney: { group }, withVitaminD }: Case): readonly Lab[] {
  const calcium = lastMonths(limits[`calciumMonths${group}`], today);
  // In stage 3 once: a baseline, then by its level and course.
  const pth = group === 'G3' ? ever(today) : lastMonths(limits[`pthMonths${group}`], today);
  const enzyme = lastMonths(limits.alkalinePhosphataseMonths, today);
  const level = lastMonths(limits.vitaminDMonths, today);
  const all: readonly Lab[] = [
    {
      name: 'calcium',
      result: 'calciumResults',
      order: 'calciumOrdered',
      window: calcium,
      last: 'lastCalcium',
    },
    {
      name: 'phosphate',
      result: 'phosphate',
      order: 'phosphateOrdered',
      window: calcium,
      last: 'lastPhosphate',
    },
    { name: 'pth', result: 'pth', order: 'pthOrdered', window: pth, last: 'lastPth' },
    {
      name: 'alkalinePhosphatase',
      result: 'alkalinePhosphatase',
      order: 'alkalinePhosphataseOrdered',
      window: enzyme,
      last: 'lastAlkalinePhosphatase',
    },
    {
      name: 'vitaminD',
      result: 'anyVitaminD',
      order: 'vitaminDOrdered',
      window: level,
      last: 'lastVitaminD',
    },
  ];
  return all
    .filter(({ name }) => name !== 'alkalinePhosphatase' || group !== 'G3')
    .filter(({ name }) => name !== 'vitaminD' || withVitaminD);
}

function isDue({ result, order, window }: Lab, facts: Inputs): Tri {
  return allOf(isMissing({ result, window }, facts), not(facts[order]));
}

function isMissing({ result, window }: Pick<Lab, 'result' | 'window'>, facts: Inputs): Tri {
  return not(doneWithin(facts[result], window));
}

function monitor(one: Case): Finding {
  const { facts } = one;
  const labs = monitoredLabs(one);
  const due = labs.filter((lab) => isDue(lab, facts) === true);
  if (due.length > 0) return overdue(one, due);
  const open = labs.filter((lab) => isDue(lab, facts) === undefined);
  return open.length === 0
    ? notApplicable('tests of bone and mineral metabolism are current or ordered')
    : lacking(...open.map((lab) => (isMissing(lab, facts) === undefined ? lab.result : lab.order)));
}

function overdue(one: Case, due: readonly Lab[]): Recommend {
  const { facts, kidney } = one;
  const names = due.map(({ name }) => name);
  const refers = kidney.group !== 'G3' && facts.nephrologyReferral === false;
  const none = hasNone(one, names);
  return {
    outcome: 'recommend',
    variant: none ? 'noneInYear' : 'overdue',
    values: valuesOf(one, due),
    found: [
      ...kidneyLines(kidney),
      ...due.filter(({ result }) => facts[result].results.length > 0).map(({ last }) => last),
    ],
    why: [
      `intervals${kidney.group}`,
      ...(none ? ['none'] : []),
      'trends',
      ...(names.includes('vitaminD') ? ['vitaminD'] : []),
      'scan',
    ],
    notFound: [
      ...due.map(({ name }) => (name === 'pth' && kidney.group === 'G3' ? 'pthEver' : name)),
      ...(refers ? ['nephrology'] : []),
    ],
    suggestions: [...names, ...(refers ? ['nephrology'] : [])],
    parts: names.includes('vitaminD') ? ['vitaminD'] : [],
    because: [
      ...(kidney.latest === null || kidney.earlier === null ? (['ckdStage3plus'] as const) : []),
      ...(kidney.latest === null ? [] : (['eGfrHistory'] as const)),
      ...due.map(({ result }) => result),
    ],
    triggers: kidney.evidence,
  };
}

/** Stage 4 or 5 with neither calcium nor PTH in the window, and one of them still to be ordered. */
function hasNone({ facts, limits, today, kidney }: Case, due: readonly LabName[]): boolean {
  const window = lastMonths(limits.noneMonths, today);
  return (
    kidney.group !== 'G3' &&
    (due.includes('calcium') || due.includes('pth')) &&
    isMissing({ result: 'calciumResults', window }, facts) === true &&
    isMissing({ result: 'pth', window }, facts) === true
  );
}

function kidneyLines({ group, latest, earlier }: Disease): readonly string[] {
  if (latest === null) return [group === 'G3' ? 'diagnosis3' : 'diagnosis4to5'];
  return [...eGfrLines(latest, 'stage'), earlier === null ? 'diagnosis' : 'earlier'];
}

function eGfrLines({ basis, raceSpecific }: EgfrDay, first: 'stage' | 'eGfr'): readonly string[] {
  return [first, ...(basis === 'creatinine' ? ['computed'] : []), ...(raceSpecific ? ['raceSpecific'] : [])];
}

/** Cut to one decimal, so that the text never rounds up to a limit. */
function showEgfr({ eGfr, comparator }: EgfrDay): string {
  return `${comparator === undefined ? '' : `${comparator} `}${String(Math.floor(eGfr * 10) / 10)}`;
}

function valuesOf(
  { facts, limits, kidney }: Case,
  due: readonly Lab[],
): Readonly<Record<string, string | number>> {
  const { stage, group, latest, earlier } = kidney;
  const dates = due.flatMap(({ name, result }) => {
    const [last] = facts[result].results;
    return last === undefined ? [] : [[`${name}Date`, last.date.text] as const];
  });
  return {
    stage,
    labs: labList(due.map(({ name }) => name)),
    ...(latest === null ? {} : { eGfr: showEgfr(latest), eGfrDate: latest.date.text }),
    ...(earlier === null ? {} : { earlierEgfr: showEgfr(earlier), earlierDate: earlier.date.text }),
    ...Object.fromEntries(dates),
    calciumMonths: limits[`calciumMonths${group}`],
    ...(group === 'G3' ? {} : { pthMonths: limits[`pthMonths${group}`] }),
    alkalinePhosphataseMonths: limits.alkalinePhosphataseMonths,
    vitaminDMonths: limits.vitaminDMonths,
    noneMonths: limits.noneMonths,
  };
}
