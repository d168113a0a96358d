/**
 * R21: aromatase inhibitor or GnRH treatment without the bone and cardiovascular checks that go with it.
 *
 * Patient-view: on it for six months or more. Order-sign: a first order of the class is taken as long term; there only the
 * scan is asked about.
 *
 * Inputs: the treatment or its draft; bone drugs in oncology dose (silence); Paget disease, myeloma or bone metastases
 * (silence the scan); scans, lipids, blood pressure and, with GnRH treatment, HbA1c; 25-OH vitamin D for a suggestion beside
 * the scan. A part that cannot be judged is left out; with no part left, lacking data. Numbers, words and evidence:
 * cards/recommendations/hormone-deprivation-bone-heart.yaml.
 */
import { dxaWithin } from '../facts/dxa.ts';
import { allOf, anyIn, evidenceOf, has, not, type Evidence, type Tri } from '../facts/fact.ts';
import type { HormoneTreatment } from '../facts/hormone-deprivation.ts';
import type { FactName, Facts } from '../facts/index.ts';
import { newestPanelDate, panelWithin } from '../facts/lab-facts.ts';
import { doneWithin, lastMonths } from '../facts/results.ts';
import {
  defineRule,
  lacking,
  notApplicable,
  type Finding,
  type ParameterValues,
  type Recommend,
  type Situation,
} from './define-rule.ts';

const CHECK_INPUTS = [
  'lipidPanel',
  'lipidPanelOrdered',
  'hba1c',
  'hba1cOrdered',
  'bloodPressure',
] as const satisfies readonly FactName[];

const INPUTS = [
  'hormoneDeprivation',
  'hormoneDeprivationDrafts',
  'oncologyBoneDrug',
  'metabolicBoneOther',
  'dxaDone',
  'dxaSearched',
  'dxaOrdered',
  'anyVitaminD',
  'vitaminDOrdered',
  ...CHECK_INPUTS,
] as const satisfies readonly FactName[];

const PARAMETERS = {
  scanMonths: 'mo',
  lipidMonths: 'mo',
  hba1cMonths: 'mo',
  pressureMonths: 'mo',
  vitaminDMonths: 'mo',
} as const;

type Input = Pick<Facts, (typeof INPUTS)[number]>;
type Limits = ParameterValues<typeof PARAMETERS>;

export const hormoneDeprivationBoneHeart = defineRule({
  id: 'hormone-deprivation-bone-heart',
  inputs: INPUTS,
  notReadAt: {
    'patient-view': ['hormoneDeprivationDrafts'],
    'order-sign': ['hormoneDeprivation', ...CHECK_INPUTS],
  },
  parameters: PARAMETERS,

  evaluate(facts, limits, at) {
    if (facts.oncologyBoneDrug.state === 'known') return notApplicable('bone drug in oncology dose');
    return at.hook === 'order-sign' ? beforeSigning(facts, limits, at) : inTheChart(facts, limits, at);
  },
});

/** Before signing only the missing scan of a first order interrupts; all else is information (clarifications R21, G25). */
function beforeSigning(facts: Input, limits: Limits, { today, dropped }: Situation): Finding {
  const { hormoneDeprivationDrafts: drafts, oncologyBoneDrug } = facts;
  if (drafts.state === 'absent') return notApplicable('no hormone-lowering treatment in the draft orders');
  if (drafts.state === 'unknown') return lacking('hormoneDeprivationDrafts');
  const { treatment, first, entries } = drafts.value;
  if (first === false) return notApplicable('not the first order');
  const scan = scanCheck(facts, limits, { today, dropped });
  if (scan.due === false) return notApplicable('scan current, ordered or asked for elsewhere');
  if (first === undefined) return lacking('hormoneDeprivationDrafts');
  if (oncologyBoneDrug.state === 'unknown') return lacking('oncologyBoneDrug');
  if (scan.due === undefined) return lacking(...scan.open);
  const card = cardOf(facts, limits, { today, dropped }, treatment, [scan]);
  return {
    ...card,
    variant: `${treatment}First`,
    found: [`${treatment}Draft`, ...card.found],
    notFound: ['earlierOrder', ...(card.notFound ?? [])],
    because: ['hormoneDeprivationDrafts', ...card.because],
    triggers: triggersOf(treatment, evidenceOf(drafts)),
    targets: entries.map(({ source }) => source),
  };
}

function inTheChart(facts: Input, limits: Limits, { today, dropped }: Situation): Finding {
  const { hormoneDeprivation, oncologyBoneDrug } = facts;
  if (hormoneDeprivation.state === 'absent')
    return notApplicable('no hormone-lowering treatment of six months or more');
  const treatment = hormoneDeprivation.state === 'known' ? hormoneDeprivation.value.treatment : null;
  const scan = scanCheck(facts, limits, { today, dropped });
  const checks = [scan, ...cardiovascularChecks(facts, limits, { today, dropped }, treatment)];
  const due = anyIn(checks.map((check) => check.due));
  if (due === false) return notApplicable('checks current, ordered or asked for elsewhere');
  if (hormoneDeprivation.state === 'unknown') return lacking('hormoneDeprivation');
  if (oncologyBoneDrug.state === 'unknown') return lacking('oncologyBoneDrug');
  if (due === undefined)
    return lacking(...new Set(checks.flatMap(({ due: one, open }) => (one === undefined ? open : []))));
  const { value } = hormoneDeprivation;
  const card = cardOf(facts, limits, { today, dropped }, value.treatment, checks);
  return {
    ...card,
    variant: `${value.treatment}${scan.due === true ? 'Scan' : 'Checks'}`,
    values: { ...card.values, since: value.since.text },
    found: [value.treatment, ...card.found],
    because: ['hormoneDeprivation', ...card.because],
    triggers: triggersOf(value.treatment, evidenceOf(hormoneDeprivation)),
  };
}

type Call = Pick<Situation, 'today' | 'dropped'>;

/** One thing that should be on file; its key is that of the suggestion and of the "not found" line. */
interface Check {
  readonly key: 'dxa' | 'lipidPanel' | 'hba1c' | 'bloodPressure';
  readonly due: Tri;
  readonly fact: FactName;
  /** Inputs that leave it open. */
  readonly open: readonly FactName[];
  /** Its name in the summary. */
  readonly item: string;
  readonly months: number;
}

function scanCheck(facts: Input, { scanMonths }: Limits, { today, dropped }: Call): Check {
  const { dxaDone, dxaSearched, dxaOrdered, metabolicBoneOther } = facts;
  const found = dxaWithin(dxaDone, lastMonths(scanMonths, today));
  // A search that was cut off may hide a newer scan than the one found.
  const none = found === false && dxaSearched.state !== 'known' ? undefined : not(found);
  const names: readonly (readonly [FactName, Tri])[] = [
    ['dxaDone', none],
    ['dxaOrdered', not(dxaOrdered)],
    ['metabolicBoneOther', not(has(metabolicBoneOther))],
  ];
  return {
    key: 'dxa',
    due: dropped.has('dxa') ? false : allOf(...names.map(([, holds]) => holds)),
    fact: 'dxaDone',
    open: names.filter(([, holds]) => holds === undefined).map(([name]) => name),
    item: 'DXA',
    months: scanMonths,
  };
}

/** Lipids and blood pressure for both; HbA1c with GnRH treatment only. */
function cardiovascularChecks(
  facts: Input,
  limits: Limits,
  { today, dropped }: Call,
  treatment: HormoneTreatment | null,
): readonly Check[] {
  const { lipidPanel, lipidPanelOrdered, hba1c, hba1cOrdered, bloodPressure } = facts;
  const noPanel = not(panelWithin(lipidPanel, lastMonths(limits.lipidMonths, today)));
  const noHba1c = not(doneWithin(hba1c, lastMonths(limits.hba1cMonths, today)));
  const noPressure = not(doneWithin(bloodPressure, lastMonths(limits.pressureMonths, today)));
  const withHba1c = treatment === null ? undefined : treatment === 'androgenDeprivation';
  return [
    {
      key: 'lipidPanel',
      due: dropped.has('lipidPanel') ? false : allOf(noPanel, not(lipidPanelOrdered)),
      fact: 'lipidPanel',
      open: noPanel === undefined ? ['lipidPanel'] : ['lipidPanelOrdered'],
      item: 'lipids',
      months: limits.lipidMonths,
    },
    {
      key: 'bloodPressure',
      due: dropped.has('noBloodPressure') ? false : noPressure,
      fact: 'bloodPressure',
      open: ['bloodPressure'],
      item: 'BP',
      months: limits.pressureMonths,
    },
    {
      key: 'hba1c',
      due: allOf(withHba1c, noHba1c, not(hba1cOrdered)),
      fact: 'hba1c',
      open: noHba1c === undefined ? ['hba1c'] : ['hba1cOrdered'],
      item: 'HbA1c',
      months: limits.hba1cMonths,
    },
  ];
}

const PARTS = {
  dxa: 'dxa',
  lipidPanel: 'lipidPanel',
  bloodPressure: 'noBloodPressure',
  hba1c: null,
} as const satisfies Readonly<Record<Check['key'], string | null>>;

type Card = Omit<Recommend, 'variant'>;

/** What both hooks say about the missing checks; the caller adds the treatment. */
function cardOf(
  facts: Input,
  limits: Limits,
  call: Call,
  treatment: HormoneTreatment,
  checks: readonly Check[],
): Card {
  const missing = checks.filter(({ due }) => due === true);
  const keys = missing.map(({ key }) => key);
  const withScan = keys.includes('dxa');
  const withVitaminD = withScan && isVitaminDDue(facts, limits, call);
  const scan = facts.dxaDone.state === 'known' ? (facts.dxaDone.value[0]?.date ?? null) : null;
  const panel = keys.includes('lipidPanel') ? newestPanelDate(facts.lipidPanel) : null;
  const others = missing.filter(({ key }) => key !== 'dxa');
  return {
    outcome: 'recommend',
    values: {
      ...Object.fromEntries(Object.keys(PARAMETERS).map((name) => [name, limits[name as keyof Limits]])),
      ...(withScan && scan !== null ? { scanDate: scan.text } : {}),
      ...(panel === null ? {} : { panelDate: panel.text }),
      ...(others.length === 0 ? {} : itemsOf(others)),
    },
    found: [...(withScan && scan !== null ? ['lastScan'] : []), ...(panel === null ? [] : ['newestPanel'])],
    why: [
      ...(withScan ? [treatment === 'aromataseInhibitor' ? 'boneOestrogen' : 'boneTestosterone'] : []),
      ...(withScan ? ['scan'] : []),
      ...(others.some(({ key }) => key !== 'hba1c') ? ['checks'] : []),
      ...(keys.includes('hba1c') ? ['glucose'] : []),
      ...(keys.includes('bloodPressure') ? ['measure'] : []),
    ],
    notFound: [...keys, ...(withVitaminD ? ['vitaminD'] : [])],
    suggestions: [...keys.filter((key) => key !== 'bloodPressure'), ...(withVitaminD ? ['vitaminD'] : [])],
    parts: [
      ...keys.map((key) => PARTS[key]).filter((part) => part !== null),
      ...(withVitaminD ? ['vitaminD'] : []),
    ],
    because: missing.map(({ fact }) => fact),
  };
}

/** Exactly what is missing, and the time for which that is true of all. */
function itemsOf(missing: readonly Check[]): Recommend['values'] {
  return {
    items: missing.map(({ item }) => item).join('/'),
    months: Math.min(...missing.map(({ months }) => months)),
  };
}

/** Only beside the scan: vitamin D is part of looking at the bone, not a check of its own here. */
function isVitaminDDue(
  { anyVitaminD, vitaminDOrdered }: Input,
  { vitaminDMonths }: Limits,
  { today, dropped }: Call,
): boolean {
  const none = not(doneWithin(anyVitaminD, lastMonths(vitaminDMonths, today)));
  return !dropped.has('vitaminD') && allOf(none, not(vitaminDOrdered)) === true;
}

/** The cancer's code is the reason for the orders with GnRH treatment; with an aromatase inhibitor it is the long-term use. */
function triggersOf(treatment: HormoneTreatment, evidence: readonly Evidence[]): readonly Evidence[] {
  return treatment === 'androgenDeprivation' ? evidence.filter(({ coding }) => coding !== undefined) : [];
}
