/**
 * SERMs among the draft orders, and systemic oestrogen beside them.
 *
 * @see rules.md R03; clarifications R03 (the product that combines bazedoxifene with oestrogen is no interaction with itself)
 */
import { once, type Chart } from './chart.ts';
import { absent, known, type Fact } from './fact.ts';
import { draftDrugs, drugEvidence, onDrug, type DrugEntry } from './medications.ts';
import { drafts } from './orders.ts';

export interface SermDraft {
  /** Bazedoxifene with conjugated oestrogens, which has the contraindications of an oestrogen too. */
  readonly withOestrogen: boolean;
  /** `MedicationRequest/draft-1`. */
  readonly source: string;
}

const COMBINED = 'bazedoxifeneWithOestrogen';
const OESTROGEN = 'systemicEstrogens';

/** SERMs that this call speaks about; unknown when a draft cannot be identified. */
export function sermDrafts(chart: Chart): Fact<readonly SermDraft[]> {
  return once(chart, 'serm drafts', () => {
    const facts = ['serms', COMBINED].map((concept) => drafts(chart, concept));
    const entries = [...new Set(facts.flatMap((fact) => (fact.state === 'known' ? fact.value : [])))];
    if (entries.length === 0) return facts.find((fact) => fact.state === 'unknown') ?? absent;
    return known(
      entries.map(({ matches, source }) => ({
        withOestrogen: matches.has(COMBINED) || matches.has(OESTROGEN),
        source,
      })),
      entries.map((entry) => drugEvidence(entry, 'serms')),
    );
  });
}

/** Systemic oestrogen on the medication list or among the drafts of this call, SERM products left out. */
export function otherOestrogen(chart: Chart): Fact<readonly DrugEntry[]> {
  return once(chart, 'other oestrogen', () => {
    const taken = onDrug(chart, OESTROGEN, 'hazard');
    const drafted = draftDrugs(chart).filter(({ matches }) => matches.has(OESTROGEN));
    const entries = [...(taken.state === 'known' ? taken.value : []), ...drafted].filter(
      ({ matches }) => !matches.has('serms') && !matches.has(COMBINED),
    );
    if (entries.length > 0)
      return known(
        entries,
        entries.map((entry) => drugEvidence(entry, OESTROGEN)),
      );
    return taken.state === 'unknown' ? taken : absent;
  });
}
