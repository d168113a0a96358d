/** The list of rules, in the order of the clinical specification; test/knowledge.test.ts compares it with cards/. */
import type { Rule } from './define-rule.ts';
import { antiresorptiveHypocalcemiaOrder } from './antiresorptive-hypocalcemia-order.ts';
import { bisphosphonateRenalOrder } from './bisphosphonate-renal-order.ts';
import { bloodPressureBoneHeart } from './blood-pressure-bone-heart.ts';
import { cacLowBmd } from './cac-low-bmd.ts';
import { calciumSupplementOrder } from './calcium-supplement-order.ts';
import { ckdMbdMonitoring } from './ckd-mbd-monitoring.ts';
import { crpAcuteInflammation } from './crp-acute-inflammation.ts';
import { diabetesBoneRisk } from './diabetes-bone-risk.ts';
import { dxaRepeatDue } from './dxa-repeat-due.ts';
import { dxaScreeningDue } from './dxa-screening-due.ts';
import { fractureOsteoporosisTreatmentGap } from './fracture-osteoporosis-treatment-gap.ts';
import { glucocorticoidBoneHeart } from './glucocorticoid-bone-heart.ts';
import { hormoneDeprivationBoneHeart } from './hormone-deprivation-bone-heart.ts';
import { hipFractureCvEvaluation } from './hip-fracture-cv-evaluation.ts';
import { hscrpRiskEnhancer } from './hscrp-risk-enhancer.ts';
import { lipidPanelOverdue } from './lipid-panel-overdue.ts';
import { lowBmdCvRiskCheck } from './low-bmd-cv-risk-check.ts';
import { mineralMetabolismWorkup } from './mineral-metabolism-workup.ts';
import { lowTestosteroneBoneHeart } from './low-testosterone-bone-heart.ts';
import { preventRiskLowBmd } from './prevent-risk-low-bmd.ts';
import { romosozumabMiStrokeOrder } from './romosozumab-mi-stroke-order.ts';
import { sermVteStrokeOrder } from './serm-vte-stroke-order.ts';
import { severeLdlLowBmd } from './severe-ldl-low-bmd.ts';
import { smokingCessationBoneHeart } from './smoking-cessation-bone-heart.ts';
import { vitaminDLevelMissing } from './vitamin-d-level-missing.ts';
import { vitaminDLowResult } from './vitamin-d-low-result.ts';

export const RULES: readonly Rule[] = [
  romosozumabMiStrokeOrder,
  antiresorptiveHypocalcemiaOrder,
  sermVteStrokeOrder,
  bisphosphonateRenalOrder,
  calciumSupplementOrder,
  mineralMetabolismWorkup,
  hipFractureCvEvaluation,
  fractureOsteoporosisTreatmentGap,
  vitaminDLevelMissing,
  vitaminDLowResult,
  lowBmdCvRiskCheck,
  bloodPressureBoneHeart,
  severeLdlLowBmd,
  ckdMbdMonitoring,
  dxaScreeningDue,
  dxaRepeatDue,
  lipidPanelOverdue,
  preventRiskLowBmd,
  diabetesBoneRisk,
  glucocorticoidBoneHeart,
  hormoneDeprivationBoneHeart,
  lowTestosteroneBoneHeart,
  hscrpRiskEnhancer,
  crpAcuteInflammation,
  cacLowBmd,
  smokingCessationBoneHeart,
];
