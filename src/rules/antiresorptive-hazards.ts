/** R02, the questions one by one: low calcium, advanced kidney disease, pregnancy, kidney function not on file. */
import type { BoneDrug } from '../facts/bone-drugs.ts';
import type { ConditionEntry } from '../facts/conditions.ts';
import { evidenceOf, type Fact } from '../facts/fact.ts';
import type { FhirDate } from '../facts/fhir-date.ts';
import type { FactName, Facts } from '../facts/index.ts';
import type { CalciumStatus } from '../facts/lab-facts.ts';
import { isBelow } from '../facts/quantity.ts';
import { lastDays } from '../facts/results.ts';
import { showCalcium } from './calcium.ts';
import type { ParameterValues, Situation } from './define-rule.ts';
import { showEvent } from './event-date.ts';
import type { Answer, Hazard } from './hazards.ts';
import { kidneyLine, kidneyValues } from './kidney-values.ts';
import { stillUseful } from './suggested-labs.ts';

export const INPUTS = [
  'antiresorptiveDrafts',
  'recentCalcium',
  'hypocalcemia',
  'filtration',
  'ckdStage4to5',
  'dialysis',
  'pregnancy',
  'vitaminD',
  'vitaminDSupplements',
  'vitaminDDrafted',
  'calciumDrafted',
  'kidneyDrafted',
  'pth',
  'phosphate',
  'calciumOrdered',
  'albuminOrdered',
  'pthOrdered',
  'vitaminDOrdered',
  'phosphateOrdered',
  'kidneyOrdered',
  'nephrologyReferral',
] as const satisfies readonly FactName[];

export const PARAMETERS = {
  egfrBelow: ['mL/min/{1.73_m2}', null],
  vitaminDBelow: ['ng/mL', 'nmol/L'],
  vitaminDMonths: 'mo',
  labDays: 'd',
  showCouldNotCheck: 'boolean',
} as const;

export type Input = Pick<Facts, (typeof INPUTS)[number]>;
export type Limits = ParameterValues<typeof PARAMETERS>;

export function isDenosumab(drug: BoneDrug): boolean {
  return drug === 'denosumab60' || drug === 'denosumab120';
}

/**
 * A: low calcium, or hypocalcaemia on the problem list. A low total that could not be corrected, and an entry that a later
 * calcium contradicts, are a step lower; an undated entry cannot be called contradicted (G17).
 */
export function lowCalcium(facts: Input, limits: Limits, at: Situation): Answer {
  const { recentCalcium, hypocalcemia } = facts;
  const status = recentCalcium.state === 'known' ? recentCalcium.value : null;
  const listed = hypocalcemia.state === 'known' ? hypocalcemia.value : null;
  const low = status?.level === 'low';
  if (!low && listed === null)
    return [recentCalcium, hypocalcemia].some(({ state }) => state === 'unknown')
      ? openOf(facts, ['recentCalcium', 'hypocalcemia'])
      : 'none';
  return {
    ...levelOf(status, listed),
    values: {
      ...(status === null ? {} : { ...showCalcium(status), calciumLimit: showLimit(status) }),
      ...(listed === null ? {} : { hypocalcemiaDate: showEvent(evidenceOf(hypocalcemia)) }),
    },
    found: [...calciumLines(status), ...(listed === null ? [] : ['hypocalcemia'])],
    suggestions: ['remove', ...labs(WORK_UP, facts, limits, at)],
    because: [
      ...(low ? (['recentCalcium'] as const) : []),
      ...(listed === null ? [] : (['hypocalcemia'] as const)),
    ],
    triggers: [...(low ? evidenceOf(recentCalcium) : []), ...evidenceOf(hypocalcemia)],
  };
}

function showLimit({ lowerLimit, result }: CalciumStatus): string {
  return `${String(lowerLimit.value)} ${result.quantity.unit}`;
}

function levelOf(
  status: CalciumStatus | null,
  listed: readonly ConditionEntry[] | null,
): Pick<Hazard, 'variant' | 'why'> {
  if (status?.level === 'low' && !status.uncertain)
    return { variant: 'lowCalcium', why: ['contraindicated'] };
  if (listed === null) return { variant: 'lowCalciumUncorrected', why: ['contraindicated', 'uncorrected'] };
  const contradicted = status !== null && status.level !== 'low' && isLater(status.result.date, listed);
  return contradicted
    ? { variant: 'hypocalcemiaContradicted', why: ['contraindicated', 'contradicted'] }
    : { variant: 'hypocalcemia', why: ['contraindicated'] };
}

/** Later than every entry; an undated entry leaves it open, which is not later. */
function isLater(date: FhirDate, entries: readonly ConditionEntry[]): boolean {
  return entries.every(({ event }) => event !== null && date.first > event.date.last);
}

function calciumLines(status: CalciumStatus | null): readonly string[] {
  if (status === null) return [];
  const { level, kind, uncertain, lowerLimit } = status;
  return [
    kind === 'lab-corrected' ? 'calciumLabCorrected' : 'calcium',
    ...(kind === 'corrected' ? ['corrected'] : []),
    ...(uncertain ? ['notCorrected'] : []),
    ...(level === 'low' ? [lowerLimit.fromReport ? 'ownLimit' : 'generalLimit'] : ['notLow']),
  ];
}

/**
 * B: eGFR below the limit, dialysis, or a stage 4-5 code where no eGFR tells (G18). A code against an eGFR that is not older
 * than the code warns only, and both are shown.
 */
export function advancedKidney(drug: BoneDrug, facts: Input, limits: Limits, at: Situation): Answer {
  const { filtration, ckdStage4to5, dialysis } = facts;
  const kidney = filtration.state === 'known' ? filtration.value : null;
  const below = kidney === null ? undefined : isBelow(kidney.quantity, limits.egfrBelow);
  const listed = ckdStage4to5.state === 'known' ? ckdStage4to5.value : null;
  if (below !== true && dialysis.state !== 'known' && listed === null) {
    const open = openOf(facts, ['filtration', 'ckdStage4to5', 'dialysis']);
    if (kidney !== null && below === undefined) return ['filtration', ...open];
    return open.length > 0 ? open : 'none';
  }
  const conflict =
    below === false &&
    dialysis.state !== 'known' &&
    !(listed ?? []).some(({ event }) => event !== null && event.date.first > (kidney?.date.last ?? Infinity));
  const variant = conflict ? 'kidneyConflict' : below === true ? 'advancedKidney' : 'advancedKidneyCode';
  const oncology = drug === 'denosumab120';
  return {
    variant: oncology ? 'oncologyKidney' : variant,
    values: {
      ...(kidney === null ? {} : kidneyValues(kidney)),
      ...(listed === null ? {} : { ckdDate: showEvent(evidenceOf(ckdStage4to5)) }),
      ...(dialysis.state === 'known' ? { dialysisDate: showEvent(dialysis.evidence) } : {}),
    },
    found: [
      ...(kidney === null ? [] : [kidneyLine(kidney)]),
      ...(listed === null ? [] : ['ckdStage']),
      ...(dialysis.state === 'known' ? ['dialysis'] : []),
    ],
    why: [oncology ? 'oncology' : 'boxed', ...(conflict ? ['conflict'] : []), 'steps'],
    notFound: filtration.state === 'absent' ? ['kidney'] : [],
    suggestions: [
      ...(oncology ? [] : ['remove']),
      ...labs(WORK_UP, facts, limits, at),
      ...(facts.nephrologyReferral === true ? [] : ['nephrology']),
    ],
    because: [
      ...(kidney === null ? [] : (['filtration'] as const)),
      ...(listed === null ? [] : (['ckdStage4to5'] as const)),
      ...(dialysis.state === 'known' ? (['dialysis'] as const) : []),
    ],
    triggers: [...evidenceOf(dialysis), ...evidenceOf(ckdStage4to5), ...evidenceOf(filtration)],
  };
}

/** E: pregnancy contraindicates denosumab. */
export function pregnant({ pregnancy }: Input): Answer {
  if (pregnancy.state === 'unknown') return ['pregnancy'];
  if (pregnancy.state === 'absent') return 'none';
  return {
    variant: 'pregnancy',
    values: { pregnancyDate: showEvent(pregnancy.evidence) },
    found: ['pregnancy'],
    why: ['pregnancy'],
    suggestions: ['remove'],
    because: ['pregnancy'],
    triggers: pregnancy.evidence,
  };
}

/** Neither eGFR nor creatinine, and no entry that says enough by itself. */
export function missingKidney(drug: BoneDrug, facts: Input): Answer {
  const { filtration, ckdStage4to5, dialysis, kidneyDrafted } = facts;
  if (filtration.state === 'unknown') return ['filtration'];
  const told = filtration.state === 'known' || ckdStage4to5.state === 'known' || dialysis.state === 'known';
  if (told) return 'none';
  const { variant, why, remove } =
    drug === 'denosumab120'
      ? { variant: 'oncologyNoKidney', why: ['oncology'], remove: [] }
      : { variant: 'noKidney', why: ['missingKidney'], remove: ['remove'] };
  return {
    variant: kidneyDrafted ? 'kidneyAwaited' : variant,
    found: kidneyDrafted ? ['kidneyDrafted'] : [],
    why,
    notFound: ['kidney'],
    suggestions: kidneyDrafted ? [] : [...remove, ...(facts.kidneyOrdered === true ? [] : ['creatinine'])],
    because: ['filtration'],
  };
}

const WORK_UP = ['calcium', 'albumin', 'pth', 'vitaminD', 'phosphate'] as const;

/** Tests worth suggesting; calcium and albumin are always repeated, they decide about the next dose. */
export function labs(
  wanted: readonly (typeof WORK_UP)[number][],
  facts: Input,
  { labDays }: Limits,
  { today }: Situation,
): readonly string[] {
  const choices = {
    calcium: { ordered: facts.calciumOrdered },
    albumin: { ordered: facts.albuminOrdered },
    pth: { ordered: facts.pthOrdered, results: facts.pth },
    vitaminD: { ordered: facts.vitaminDOrdered, results: facts.vitaminD },
    phosphate: { ordered: facts.phosphateOrdered, results: facts.phosphate },
  };
  return stillUseful(
    wanted.map((key) => ({ key, ...choices[key] })),
    lastDays(labDays, today),
  );
}

function openOf<Name extends keyof Input & FactName>(facts: Input, names: readonly Name[]): readonly Name[] {
  return names.filter((name) => (facts[name] as Fact<unknown>).state === 'unknown');
}
