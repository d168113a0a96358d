/**
 * Chronic kidney disease stage 3 to 5 as R14 proves it: two low eGFRs, or a diagnosis; the stage by eGFR before codes (G18).
 */
import { mayHide, type EgfrDay, type EgfrHistory } from '../facts/egfr-history.ts';
import { anyOf, evidenceOf, has, type Evidence } from '../facts/fact.ts';
import type { Day } from '../facts/fhir-date.ts';
import type { Facts } from '../facts/index.ts';
import { inWindow, lastMonths } from '../facts/results.ts';
import { lacking, notApplicable, type Finding } from './define-rule.ts';

/** What it is read from; a rule that uses this file names them in its `inputs`. */
export const CKD_STAGE_INPUTS = ['eGfrHistory', 'ckdStage3plus', 'ckdStage4to5'] as const;
type Inputs = Pick<Facts, (typeof CKD_STAGE_INPUTS)[number]>;

export interface StageLimits {
  readonly eGfrMonths: number;
  readonly apartDays: number;
}

export type Group = 'G3' | 'G4' | 'G5';

export interface Disease {
  /** As shown: G3a to G5, or G3 and G4-G5 by diagnosis. */
  readonly stage: string;
  readonly group: Group;
  /** Null: by diagnosis only. */
  readonly latest: EgfrDay | null;
  /** The second low eGFR; null: the diagnosis stands for it. */
  readonly earlier: EgfrDay | null;
  readonly evidence: readonly Evidence[];
}
export interface Unconfirmed {
  readonly stage: 'unconfirmed';
  readonly day: EgfrDay;
}

/** The stage by the latest eGFR within 12 months, else by stage codes (G18), or why there is nothing to say. */
export function kidneyDisease(
  facts: Inputs,
  limits: StageLimits,
  today: Day,
): Disease | Unconfirmed | Finding {
  const { eGfrHistory, ckdStage3plus } = facts;
  if (eGfrHistory.state === 'unknown') return lacking('eGfrHistory');
  const history = eGfrHistory.state === 'known' ? eGfrHistory.value : null;
  const [latest] = history?.days ?? [];
  if (history === null || latest === undefined) return byDiagnosis(facts);
  const recent = inWindow(latest.date, lastMonths(limits.eGfrMonths, today));
  // What was cut off or cannot be read may be newer than the newest eGFR.
  if (!history.complete || recent === undefined || mayHide(history, latest.date))
    return lacking('eGfrHistory');
  if (!recent) return byDiagnosis(facts);
  if (latest.threeOrMore === false) return notApplicable('eGFR 60 or above');
  if (latest.threeOrMore === undefined) return lacking('eGfrHistory');

  const earlier = secondLow(history, latest, limits.apartDays);
  const confirmed = anyOf(has(ckdStage3plus), earlier === 'unknown' ? undefined : earlier !== null);
  if (confirmed === undefined) return lacking(earlier === 'unknown' ? 'eGfrHistory' : 'ckdStage3plus');
  if (!confirmed)
    return isOnlyOne(history)
      ? { stage: 'unconfirmed', day: latest }
      : notApplicable('not below 60 for 90 days');
  const group = groupOf(latest.stage);
  if (latest.stage === null || group === null) return lacking('eGfrHistory');
  const second = earlier === 'unknown' ? null : earlier;
  return {
    stage: latest.stage,
    group,
    latest,
    earlier: second,
    evidence: [...latest.evidence, ...(second === null ? evidenceOf(ckdStage3plus) : second.evidence)],
  };
}

function groupOf(stage: string | null): Group | null {
  if (stage === 'G4' || stage === 'G5') return stage;
  return stage?.startsWith('G3') === true ? 'G3' : null;
}

/** The codes do not tell stage 4 from 5: the longer intervals of stage 4 are used. */
function byDiagnosis({ ckdStage3plus, ckdStage4to5 }: Inputs): Disease | Finding {
  if (ckdStage3plus.state === 'absent') return notApplicable('no eGFR within 12 months, no stage 3 to 5');
  if (ckdStage3plus.state === 'unknown') return lacking('ckdStage3plus');
  const advanced = ckdStage4to5.state === 'known';
  return {
    stage: advanced ? 'G4-G5' : 'G3',
    group: advanced ? 'G4' : 'G3',
    latest: null,
    earlier: null,
    evidence: [...evidenceOf(ckdStage4to5), ...ckdStage3plus.evidence],
  };
}

/** Another eGFR below 60, at least 90 days before the latest, and none of 60 or above between them. */
function secondLow(history: EgfrHistory, latest: EgfrDay, apartDays: number): EgfrDay | null | 'unknown' {
  for (const day of history.days.slice(1)) {
    if (day.threeOrMore === false) return null;
    if (day.threeOrMore === undefined) return 'unknown';
    if (latest.date.first - day.date.last >= apartDays)
      return mayHide(history, day.date, latest.date) ? 'unknown' : day;
  }
  return history.hidden.length > 0 ? 'unknown' : null;
}

function isOnlyOne({ days, hidden }: EgfrHistory): boolean {
  return days.length === 1 && hidden.length === 0;
}
