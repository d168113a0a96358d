/**
 * Bone density: the lowest T-score of the newest scan, low bone density, and whether a scan was ever done.
 *
 * @see rules.md 0.1; clarifications G8-G10; design.md 4 (forearm code 38265-5)
 */
import { isJsonObject } from '../json.ts';
import { gapIn, once, sourceOf, type Chart } from './chart.ts';
import { codesIn, codingsOf, textsOf } from './concepts.ts';
import { activeCondition, performedOn } from './conditions.ts';
import { isAtLeastAge, ageAt, menopauseEvidence, sex } from './demographics.ts';
import {
  absent,
  allOf,
  anyIn,
  anyOf,
  evidenceOf,
  known,
  unknown,
  type Evidence,
  type Fact,
  type Tri,
} from './fact.ts';
import type { FhirDate } from './fhir-date.ts';
import { isOrdered } from './orders.ts';
import { isAbove, isBelow, type Quantity } from './quantity.ts';
import type { Resource } from './record.ts';
import { significant } from './ucum.ts';
import {
  collectedOn,
  inWindow,
  isNotDone,
  lastMonths,
  readSeries,
  resultEvidence,
  unusableEvidence,
  type Result,
  type Window,
} from './results.ts';
import { patternOf } from './pattern.ts';

const HIP_OR_SPINE = ['dxaTScoreHip', 'dxaTScoreFemur', 'dxaTScoreLumbarSpine'] as const;
const AS_CODED = 'forearmAsCoded';
const FOREARM = 'dxaTScoreForearm';

export interface LowestT {
  readonly quantity: Quantity;
  readonly date: FhirDate;
  readonly source: string;
  /** In words, from `tScore.siteNames` of cards/definitions.yaml. */
  readonly site: string;
  readonly range: 'osteoporosis' | 'osteopenia' | 'normal';
  /** Extreme but plausible: the card asks to confirm it. */
  readonly confirm: boolean;
}

/**
 * The lowest T-score among diagnostic sites of the newest scan (all scores within 30 days of the newest one).
 *
 * Scores taken below the age at which T-scores are valid are ignored. Unknown when a newer score cannot be read, when one
 * of the same scan cannot be read and the others do not show osteoporosis by themselves, or when a positive score carries a
 * low interpretation (lost minus sign).
 */
export function lowestT(chart: Chart): Fact<LowestT> {
  return once(chart, 'lowestT', () => {
    const series = tScores(chart);
    const newest = series.results[0];
    if (newest === undefined) {
      if (!series.complete) return unknown(series.reason);
      return series.unusable.length > 0
        ? unknown('unreadable', series.unusable.map(unusableEvidence))
        : absent;
    }
    const later = series.unusable.filter(({ date }) => date !== undefined && date.last > newest.date.last);
    if (later.length > 0) return unknown('unreadable', later.map(unusableEvidence));
    if (series.results.some(({ date }) => date.last > newest.date.last))
      return unknown('ambiguous', series.results.map(resultEvidence));
    const isOfScan = (date: FhirDate): boolean =>
      newest.date.last - date.last <= chart.definitions.tScore.sameScanDays;
    const lowest = lowestOf(
      series.results.filter(({ date }) => isOfScan(date)),
      chart,
    );
    const hidden = series.unusable.filter(({ date }) => date !== undefined && isOfScan(date));
    const isSettled =
      hidden.length === 0 || (lowest.state === 'known' && lowest.value.range === 'osteoporosis');
    return isSettled ? lowest : unknown('unreadable', hidden.map(unusableEvidence));
  });
}

function lowestOf(scan: readonly Result[], chart: Chart): Fact<LowestT> {
  const suspicious = scan.filter((result) => isSuspicious(result, chart));
  if (suspicious.length > 0)
    return unknown(
      'ambiguous',
      suspicious.map((result) => ({ ...resultEvidence(result), note: 'sign' })),
    );
  const valid = scan.map((result) => ({ result, validity: isValid(result, chart) }));
  if (valid.some(({ validity }) => validity === undefined))
    return unknown('ambiguous', scan.map(resultEvidence));
  const [lowest] = valid
    .filter(({ validity }) => validity === true)
    .map(({ result }) => result)
    .sort((a, b) => a.quantity.canonical - b.quantity.canonical);
  if (lowest === undefined) return absent;
  const { tScore } = chart.definitions;
  const range = rangeOf(lowest.quantity, chart);
  if (range === undefined) return unknown('ambiguous', [resultEvidence(lowest)]);
  const { quantity, date, source, concept } = lowest;
  const confirm = isAbove(quantity, tScore.confirmAtMost) === false;
  return known({ quantity, date, source, site: tScore.siteNames[concept] ?? concept, range, confirm }, [
    resultEvidence(lowest),
  ]);
}

function rangeOf(quantity: Quantity, chart: Chart): LowestT['range'] | undefined {
  const { osteoporosisAtMost, normalAtLeast } = chart.definitions.tScore;
  if (isAbove(quantity, osteoporosisAtMost) === false) return 'osteoporosis';
  if (isBelow(quantity, normalAtLeast) === false) return 'normal';
  const between = allOf(isAbove(quantity, osteoporosisAtMost), isBelow(quantity, normalAtLeast));
  return between === true ? 'osteopenia' : undefined;
}

/** Diagnostic T-scores of the record, by the site rules, newest first. */
function tScores(chart: Chart): ReturnType<typeof readSeries> {
  const central = readSeries(chart, ...HIP_OR_SPINE);
  const centralResults = central.results.filter((result) => !isRejectedSite(result, chart));
  if (centralResults.length > 0 || central.unusable.length > 0) {
    const radius = oneThirdRadius(chart, hyperparathyroid(chart));
    return {
      ...central,
      results: [...centralResults, ...radius].sort(
        (a, b) => b.date.order - a.date.order || a.quantity.canonical - b.quantity.canonical,
      ),
    };
  }
  const asCoded = readSeries(chart, AS_CODED);
  // "Without any hip or spine T-score" can only be said after a complete search (G2, G9).
  if (!asCoded.complete) return { ...asCoded, results: [] };
  return {
    ...asCoded,
    results: [...asCoded.results, ...oneThirdRadius(chart, true)].sort(
      (a, b) => b.date.order - a.date.order || a.quantity.canonical - b.quantity.canonical,
    ),
  };
}

function hyperparathyroid(chart: Chart): boolean {
  return activeCondition(chart, 'hyperparathyroidism').state === 'known';
}

/** Forearm codes other than 38265-5 count only where the text says one-third radius (0.1). */
function oneThirdRadius(chart: Chart, allowed: boolean): readonly Result[] {
  if (!allowed) return [];
  const pattern = patternOf(chart.definitions.tScore.oneThirdRadiusPattern);
  const asCoded = new Set(readSeries(chart, AS_CODED).results.map(({ node }) => node));
  return readSeries(chart, FOREARM).results.filter(
    (result) => !asCoded.has(result.node) && siteTexts(result).some((text) => pattern.test(text)),
  );
}

function isRejectedSite(result: Result, chart: Chart): boolean {
  const pattern = patternOf(chart.definitions.tScore.rejectedSitePattern);
  return siteTexts(result).some((text) => pattern.test(text));
}

function siteTexts({ node, observation }: Result): readonly string[] {
  return [...textsOf(node['code']), ...textsOf(node['bodySite']), ...textsOf(observation['bodySite'])];
}

/** T-score above +2.5 with a low interpretation: the minus sign may be lost; never flipped, never used (units.md 2). */
function isSuspicious({ quantity, date, node, observation }: Result, chart: Chart): boolean {
  const { suspiciousAbove, lowInterpretationCodes, lowInterpretationPattern } = chart.definitions.tScore;
  if (isAbove(quantity, suspiciousAbove) === false) return false;
  const interpretations = [node, observation].flatMap(({ interpretation }): readonly unknown[] =>
    Array.isArray(interpretation) ? interpretation : [],
  );
  const codes = interpretations.flatMap((one) => codesIn(one));
  const texts = [...interpretations.flatMap((one) => textsOf(one)), ...notes(observation)];
  const pattern = patternOf(lowInterpretationPattern);
  if (lowReports(chart).some(({ first, last }) => first <= date.last && last >= date.first)) return true;
  return (
    codes.some((code) => lowInterpretationCodes.includes(code)) ||
    texts.some((text) => pattern.test(text.slice(0, 500)))
  );
}

/** Dates of the bone density reports whose conclusion reads low. */
function lowReports(chart: Chart): readonly FhirDate[] {
  return once(chart, 'low reports', () => {
    const pattern = patternOf(chart.definitions.tScore.lowInterpretationPattern);
    return chart.resources('reports').flatMap((report) => {
      const { conclusion } = report;
      if (typeof conclusion !== 'string' || !pattern.test(conclusion.slice(0, 500))) return [];
      const date = isDxa(report, chart) ? collectedOn(report, chart) : null;
      return date === null || date === 'outside-life' ? [] : [date];
    });
  });
}

function notes(observation: Readonly<Record<string, unknown>>): readonly string[] {
  const list = Array.isArray(observation['note']) ? observation['note'] : [];
  return list
    .map((note: unknown) => (isJsonObject(note) ? note['text'] : undefined))
    .filter((text) => typeof text === 'string');
}

/** ISCD: women from 50, or from 40 with menopause evidence; men from 50; age on the date of the scan (G8). */
function isValid({ date }: Result, chart: Chart): Tri {
  const { validFromAgeYears, validFromAgeWithMenopauseYears } = chart.definitions.tScore;
  const then = ageAt(chart, date.first);
  const fifty = isAtLeastAge(then, validFromAgeYears);
  if (fifty === true) return true;
  const who = sex(chart);
  const woman = who.state === 'known' ? who.value === 'female' : undefined;
  return anyOf(
    fifty,
    allOf(woman, isAtLeastAge(then, validFromAgeWithMenopauseYears), menopauseEvidence(chart)),
  );
}

/** `-2.4996` shows as `-2.4`: one decimal, cut toward zero, so that the text never says a threshold was met that was not. */
export function showT(quantity: Quantity): string {
  const cut = Math.trunc(significant(quantity.canonical * 10)) / 10;
  return `${quantity.comparator === undefined ? '' : `${quantity.comparator} `}${(cut === 0 ? 0 : cut).toFixed(1)}`;
}

export interface LowBmd {
  readonly label: 'osteoporosis' | 'osteopenia';
  /** What made the label: the recorded diagnosis or a T-score. */
  readonly basis: 'diagnosis' | 'tScore';
  /** The T-score, when one is valid, whichever made the label. */
  readonly t: LowestT | null;
}

/**
 * Low bone density with its label (G10): osteoporosis diagnosis, osteoporosis T-score, osteopenia T-score within 10 years,
 * osteopenia diagnosis that no later normal T-score cancels. Absent when none is true.
 */
export function lowBmd(chart: Chart): Fact<LowBmd> {
  return once(chart, 'lowBmd', () => {
    const diagnosis = activeCondition(chart, 'osteoporosis');
    const score = lowestT(chart);
    const t = score.state === 'known' ? score.value : null;
    if (diagnosis.state === 'known')
      return known({ label: 'osteoporosis', basis: 'diagnosis', t }, [
        ...diagnosis.evidence,
        ...evidenceOf(score),
      ]);
    if (t?.range === 'osteoporosis')
      return known({ label: 'osteoporosis', basis: 'tScore', t }, evidenceOf(score));
    const isRecentOsteopenia =
      t?.range === 'osteopenia' &&
      inWindow(t.date, lastMonths(chart.definitions.tScore.osteopeniaMonths, chart.today));
    // A measured low density stands even when the problem list could not be read (G2: any true is true).
    if (isRecentOsteopenia === true)
      return known({ label: 'osteopenia', basis: 'tScore', t }, evidenceOf(score));
    if (diagnosis.state === 'unknown') return diagnosis;
    if (score.state === 'unknown') return score;
    if (isRecentOsteopenia === undefined) return unknown('ambiguous', evidenceOf(score));
    return osteopeniaDiagnosis(chart, t, evidenceOf(score));
  });
}

function osteopeniaDiagnosis(
  chart: Chart,
  t: LowestT | null,
  scoreEvidence: readonly Evidence[],
): Fact<LowBmd> {
  const diagnosis = activeCondition(chart, 'osteopenia');
  if (diagnosis.state !== 'known') return diagnosis;
  const standing = diagnosis.value.filter(
    ({ event }) => !(t?.range === 'normal' && (event === null || t.date.last >= event.date.first)),
  );
  if (standing.length === 0) return absent;
  return known({ label: 'osteopenia', basis: 'diagnosis', t }, [...diagnosis.evidence, ...scoreEvidence]);
}

export interface DxaStudy {
  readonly date: FhirDate | null;
  readonly source: string;
}

const DXA_OBSERVATIONS = [
  ...HIP_OR_SPINE,
  FOREARM,
  'dxaTScorePeripheral',
  'dxaZScore',
  'dxaBmd',
  'dxaStudy',
] as const;

/**
 * Any sign that a bone density scan was done: T-, Z-score or BMD, study observation, completed Procedure, final report.
 *
 * Unverified codes count: they can only keep a card away. Undated studies are listed with a null date.
 */
export function dxaDone(chart: Chart): Fact<readonly DxaStudy[]> {
  return once(chart, 'dxaDone', () => {
    const studies = [...observedStudies(chart), ...procedures(chart), ...reports(chart)];
    if (studies.length > 0) return known(studies.sort(newestStudyFirst), studies.map(studyEvidence));
    const searched = dxaSearched(chart);
    return searched.state === 'unknown' ? searched : absent;
  });
}

/** Known when every search that could hold a scan was complete: only then is the newest one found the newest there is. */
export function dxaSearched(chart: Chart): Fact<true> {
  const gap = gapIn(chart, 'bone', 'procedures', 'reports');
  return gap === undefined ? known(true, []) : unknown(gap.reason);
}

function studyEvidence({ source, date }: DxaStudy): Evidence {
  return { source, what: 'dxaDone', ...(date === null ? { note: 'date unknown' } : { date }) };
}

function newestStudyFirst(a: DxaStudy, b: DxaStudy): number {
  return (b.date?.order ?? -Infinity) - (a.date?.order ?? -Infinity) || (a.source < b.source ? -1 : 1);
}

/** Statuses that do not say that a scan was done: void, or not finished (that one counts as ordered). */
const NO_SCAN: ReadonlySet<unknown> = new Set([
  'cancelled',
  'entered-in-error',
  'preliminary',
  'registered',
  undefined,
]);

function observedStudies(chart: Chart): DxaStudy[] {
  return DXA_OBSERVATIONS.flatMap((concept) => chart.observations.get(concept) ?? []).flatMap(
    ({ node, observation, source }) => {
      // A status that the site does not read (`unknown`) makes the value unusable; a scan there was all the same.
      if (NO_SCAN.has(observation['status']) || isNotDone(node, chart)) return [];
      const date = collectedOn(observation, chart);
      return date === 'outside-life' ? [] : [{ date, source }];
    },
  );
}

function procedures(chart: Chart): DxaStudy[] {
  return chart
    .resources('procedures')
    .filter((resource) => resource['status'] === 'completed' && isDxa(resource, chart))
    .map((resource) => ({ date: performedOn(resource, chart)?.date ?? null, source: sourceOf(resource) }));
}

const REPORT_DONE: ReadonlySet<unknown> = new Set(['final', 'amended', 'corrected', 'appended']);

function reports(chart: Chart): DxaStudy[] {
  return chart.resources('reports').flatMap((resource) => {
    if (!REPORT_DONE.has(resource['status']) || !isDxa(resource, chart)) return [];
    const date = collectedOn(resource, chart);
    return date === 'outside-life' ? [] : [{ date, source: sourceOf(resource) }];
  });
}

function isDxa(resource: Resource, chart: Chart): boolean {
  return chart.concepts.match(codingsOf(resource['code'])).some(({ concept }) => concept.startsWith('dxa'));
}

/** Was a scan done in the window? Undated ones leave it open. */
export function dxaWithin(studies: Fact<readonly DxaStudy[]>, window: Window): Tri {
  if (studies.state !== 'known') return studies.state === 'absent' ? false : undefined;
  return anyIn(studies.value.map(({ date }) => (date === null ? undefined : inWindow(date, window))));
}

/** Is a scan ordered, drafted, or done with its result or report still pending (rules.md 0.1; units.md 2, status)? */
export function dxaOrdered(chart: Chart): Tri {
  const { studyMonths } = chart.definitions.orders;
  const window = lastMonths(studyMonths, chart.today);
  const pendingReports = chart
    .resources('reports')
    .filter((resource) => REPORT_PENDING.has(resource['status']) && isDxa(resource, chart))
    .map((resource) => {
      const date = collectedOn(resource, chart);
      return date !== 'outside-life' && (date === null || inWindow(date, window) !== false);
    });
  return anyIn([isOrdered(chart, DXA_OBSERVATIONS, studyMonths), ...pendingReports]);
}

const REPORT_PENDING: ReadonlySet<unknown> = new Set(['registered', 'partial', 'preliminary']);
