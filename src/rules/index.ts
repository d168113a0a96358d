/** The list of rules, in the order of the clinical specification; test/knowledge.test.ts compares it with cards/. */
import type { Rule } from './define-rule.ts';
import { crpAcuteInflammation } from './crp-acute-inflammation.ts';
import { dxaRepeatDue } from './dxa-repeat-due.ts';
import { dxaScreeningDue } from './dxa-screening-due.ts';
import { fractureOsteoporosisTreatmentGap } from './fracture-osteoporosis-treatment-gap.ts';
import { hscrpRiskEnhancer } from './hscrp-risk-enhancer.ts';
import { lipidPanelOverdue } from './lipid-panel-overdue.ts';
import { lowBmdCvRiskCheck } from './low-bmd-cv-risk-check.ts';
import { romosozumabMiStrokeOrder } from './romosozumab-mi-stroke-order.ts';
import { severeLdlLowBmd } from './severe-ldl-low-bmd.ts';
import { vitaminDLevelMissing } from './vitamin-d-level-missing.ts';
import { vitaminDLowResult } from './vitamin-d-low-result.ts';

export const RULES: readonly Rule[] = [
  romosozumabMiStrokeOrder,
  fractureOsteoporosisTreatmentGap,
  vitaminDLevelMissing,
  vitaminDLowResult,
  lowBmdCvRiskCheck,
  severeLdlLowBmd,
  dxaScreeningDue,
  dxaRepeatDue,
  lipidPanelOverdue,
  hscrpRiskEnhancer,
  crpAcuteInflammation,
];
