/**
 * Bone drugs among the draft orders, told apart as far as their labels differ: ingredient, strength, route.
 *
 * @see clarifications R02 (denosumab 60 and 120 mg, intravenous ibandronate), R04 (zoledronic acid 4 and 5 mg)
 */
import type { Definitions } from '../knowledge/definitions.ts';
import { once, type Chart } from './chart.ts';
import { codingsOf, textsOf } from './concepts.ts';
import { absent, known, type Fact } from './fact.ts';
import { drugEvidence, type DrugEntry } from './medications.ts';
import { drafts } from './orders.ts';
import { patternOf } from './pattern.ts';

export type BoneDrug = keyof Definitions['boneDrugs']['names'];

export interface BoneDrugDraft {
  readonly drug: BoneDrug;
  /** For a card. */
  readonly name: string;
  /** `MedicationRequest/draft-1`. */
  readonly source: string;
}

const CONCEPTS = ['denosumab', 'romosozumab', 'bisphosphonates'] as const;

/** Denosumab, romosozumab and bisphosphonates that this call speaks about; unknown when a draft cannot be identified. */
export function antiresorptiveDrafts(chart: Chart): Fact<readonly BoneDrugDraft[]> {
  return once(chart, 'antiresorptive drafts', () => draftsOf(chart, CONCEPTS));
}

export function bisphosphonateDrafts(chart: Chart): Fact<readonly BoneDrugDraft[]> {
  return once(chart, 'bisphosphonate drafts', () => draftsOf(chart, ['bisphosphonates']));
}

function draftsOf(
  chart: Chart,
  concepts: readonly (typeof CONCEPTS)[number][],
): Fact<readonly BoneDrugDraft[]> {
  const facts = concepts.map((concept) => drafts(chart, concept));
  const found = facts.flatMap((fact) => (fact.state === 'known' ? fact.value : []));
  // A draft that names two of them (a text with both) is read once.
  const entries = [...new Set(found)];
  if (entries.length === 0) return facts.find((fact) => fact.state === 'unknown') ?? absent;
  return known(
    entries.map((entry) => readDraft(entry, chart)),
    entries.map((entry) => drugEvidence(entry, concepts.find((one) => entry.matches.has(one)) ?? '')),
  );
}

function readDraft(entry: DrugEntry, chart: Chart): BoneDrugDraft {
  const drug = drugOf(entry, chart);
  return { drug, name: chart.definitions.boneDrugs.names[drug], source: entry.source };
}

/** Strength not readable: denosumab as 60 mg, zoledronic acid as 5 mg, the stricter readings. */
function drugOf(entry: DrugEntry, chart: Chart): BoneDrug {
  const { matches } = entry;
  const has = (concept: string, role: string): boolean => matches.get(concept)?.roles.includes(role) === true;
  if (matches.has('denosumab')) return has('denosumab', 'oncology120') ? 'denosumab120' : 'denosumab60';
  if (matches.has('romosozumab')) return 'romosozumab';
  if (matches.has('zoledronicAcid')) {
    const isFour = has('bisphosphonates', 'zol4') && !has('bisphosphonates', 'zol5');
    return isFour ? 'zoledronate4' : 'zoledronate5';
  }
  if (matches.has('ibandronicAcid'))
    return isIntravenous(entry, chart) ? 'ibandronateIntravenous' : 'ibandronate';
  if (matches.has('alendronicAcid')) return 'alendronate';
  return matches.has('risedronicAcid') ? 'risedronate' : 'otherBisphosphonate';
}

/** A stated route decides; else the words of drug, dose form and instruction. Both or neither: not called intravenous. */
function isIntravenous({ texts, forms, dosages }: DrugEntry, chart: Chart): boolean {
  const { intravenousPattern, oralPattern } = chart.definitions.boneDrugs;
  const routes = dosages.map(({ route }) => route);
  const codes = new Set(
    chart.concepts.match(routes.flatMap((route) => codingsOf(route))).map(({ concept }) => concept),
  );
  const routeTexts = routes.flatMap((route) => textsOf(route));
  const instructions = dosages.map(({ text }) => text).filter((text) => typeof text === 'string');
  const words = codes.size > 0 || routeTexts.length > 0 ? routeTexts : [...texts, ...forms, ...instructions];
  const says = (pattern: string): boolean =>
    words.some((text) => patternOf(pattern).test(text.slice(0, 500)));
  const intravenous = codes.has('intravenousRoute') || says(intravenousPattern);
  return intravenous && !codes.has('oralRoute') && !says(oralPattern);
}
