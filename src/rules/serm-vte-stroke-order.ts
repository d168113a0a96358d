/**
 * R03: a SERM is being ordered for somebody with venous thromboembolism, stroke or coronary risk, in pregnancy, or outside
 * the labelled population.
 *
 * Inputs: drafts (order-select: the selected ones); venous thromboembolism and retinal vein thrombosis ever; atherosclerotic
 * disease, stroke and TIA ever, atrial fibrillation, smoking with hypertension; pregnancy; other systemic oestrogen; class of
 * the context encounter; sex and menopause. Unverified codes count: this is a safety alert.
 * A problem list that could not be read in full becomes a could-not-check card when nothing else is to be said.
 * Numbers, words and evidence: cards/recommendations/serm-vte-stroke-order.yaml.
 */
import type { ConditionEntry } from '../facts/conditions.ts';
import { isSex } from '../facts/demographics.ts';
import { allOf, evidenceOf, has, isQueryFailure, test, type Evidence, type Fact } from '../facts/fact.ts';
import type { FactName, Facts } from '../facts/index.ts';
import type { SermDraft } from '../facts/serms.ts';
import {
  defineRule,
  lacking,
  notApplicable,
  perDraft,
  type Finding,
  type ParameterValues,
} from './define-rule.ts';
import { showEvent } from './event-date.ts';
import { combined, hazardsIn, withoutHazard, type Answer } from './hazards.ts';

const INPUTS = [
  'sermDrafts',
  'venousThromboembolism',
  'retinalVeinThrombosis',
  'pregnancy',
  'ascvd',
  'atrialFibrillation',
  'smoking',
  'hypertension',
  'otherOestrogen',
  'isAdmitted',
  'sex',
  'postmenopausal',
  'endocrinologyReferral',
] as const satisfies readonly FactName[];

const PARAMETERS = { showCouldNotCheck: 'boolean' } as const;

type Input = Pick<Facts, (typeof INPUTS)[number]>;
type Limits = ParameterValues<typeof PARAMETERS>;

/** The variant that speaks first at the front (A, D pregnancy, B, E, C, D sex and age). */
const PRECEDENCE = [
  'thromboembolism',
  'retinalVein',
  'pregnancy',
  'oestrogenProduct',
  'strokeRisk',
  'otherOestrogen',
  'inpatient',
  'man',
  'premenopausal',
];

export const sermVteStrokeOrder = defineRule({
  id: 'serm-vte-stroke-order',
  inputs: INPUTS,
  parameters: PARAMETERS,

  evaluate(facts, limits) {
    const { sermDrafts } = facts;
    if (sermDrafts.state === 'absent') return notApplicable('no SERM in the draft orders');
    if (sermDrafts.state === 'unknown') return lacking('sermDrafts');
    const byProduct = Map.groupBy(sermDrafts.value, ({ withOestrogen }) => withOestrogen);
    return perDraft(
      [...byProduct].map(([withOestrogen, drafts]) => judge(withOestrogen, drafts, facts, limits)),
    );
  },
});

function judge(withOestrogen: boolean, drafts: readonly SermDraft[], facts: Input, limits: Limits): Finding {
  const answers = [
    thromboembolism(facts),
    pregnant(facts),
    cardiovascular(withOestrogen, facts),
    otherOestrogen(facts),
    inpatient(facts),
    unlabelled(facts),
  ];
  const hazards = hazardsIn(answers);
  if (hazards.length > 0) {
    const card = combined(hazards, PRECEDENCE);
    return {
      ...card,
      found: [withOestrogen ? 'oestrogenDraft' : 'draft', ...card.found],
      suggestions: ['remove', ...card.suggestions],
      because: ['sermDrafts', ...card.because],
      targets: drafts.map(({ source }) => source),
    };
  }
  if (limits.showCouldNotCheck && isQueryFailure(facts.venousThromboembolism))
    return {
      outcome: 'recommend',
      variant: 'couldNotCheck',
      values: {},
      found: ['draft'],
      why: ['check', 'contraindicated', 'strokeBox'],
      because: ['sermDrafts', 'venousThromboembolism', 'ascvd'],
    };
  return withoutHazard(answers, 'no thromboembolism, stroke or coronary risk');
}

const VEINS = [
  { fact: 'venousThromboembolism', variant: 'thromboembolism', date: 'vteDate' },
  { fact: 'retinalVeinThrombosis', variant: 'retinalVein', date: 'retinalDate' },
] as const;

/** A: any of them ever contraindicates. Superficial vein thrombosis is not in the concept. */
function thromboembolism(facts: Input): Answer {
  const found = VEINS.filter(({ fact }) => facts[fact].state === 'known');
  const [first] = found;
  if (first === undefined)
    return VEINS.map(({ fact }) => fact).filter((fact) => facts[fact].state === 'unknown');
  return {
    variant: first.variant,
    values: Object.fromEntries(found.map(({ fact, date }) => [date, showEvent(evidenceOf(facts[fact]))])),
    found: found.map(({ variant }) => variant),
    why: ['contraindicated', 'trial'],
    suggestions: referral(facts),
    because: found.map(({ fact }) => fact),
    triggers: found.flatMap(({ fact }) => evidenceOf(facts[fact])),
  };
}

function pregnant({ pregnancy }: Input): Answer {
  if (pregnancy.state === 'unknown') return ['pregnancy'];
  if (pregnancy.state === 'absent') return 'none';
  return {
    variant: 'pregnancy',
    values: { pregnancyDate: showEvent(pregnancy.evidence) },
    found: ['pregnancy'],
    why: ['pregnancy'],
    because: ['pregnancy'],
    triggers: pregnancy.evidence,
  };
}

/** A code that means stroke or TIA is not called a stroke (as in R01). */
const DISEASES = [
  { key: 'infarction', is: matching('myocardialInfarction') },
  { key: 'strokeOrTia', is: matching('strokeOrTia') },
  { key: 'stroke', is: matching('stroke') },
  { key: 'tia', is: matching('transientIschemicAttack') },
  { key: 'coronary', is: matching('coronaryArteryDisease') },
  { key: 'peripheral', is: matching('peripheralArterialDisease') },
] as const;

function matching(concept: string): (entry: ConditionEntry) => boolean {
  return ({ matches }) => matches.has(concept);
}

interface Risk {
  readonly key: string;
  readonly because: readonly FactName[];
  readonly evidence: readonly Evidence[];
}

/**
 * B: stroke, TIA, atherosclerotic disease, atrial fibrillation, or smoking with hypertension. After a stroke or infarction
 * the product that holds an oestrogen too is contraindicated.
 */
function cardiovascular(withOestrogen: boolean, facts: Input): Answer {
  const { ascvd, atrialFibrillation, smoking, hypertension } = facts;
  const smoker = allOf(
    test(smoking, ({ current }) => current),
    has(hypertension),
  );
  const risks: readonly Risk[] = [
    ...diseases(ascvd),
    ...(atrialFibrillation.state === 'known'
      ? [
          {
            key: 'atrialFibrillation',
            because: ['atrialFibrillation'],
            evidence: atrialFibrillation.evidence,
          } as const,
        ]
      : []),
    ...(smoker === true
      ? [
          { key: 'smoking', because: ['smoking'], evidence: evidenceOf(smoking) } as const,
          { key: 'hypertension', because: ['hypertension'], evidence: evidenceOf(hypertension) } as const,
        ]
      : []),
  ];
  if (risks.length === 0)
    return [
      ...(ascvd.state === 'unknown' ? (['ascvd'] as const) : []),
      ...(atrialFibrillation.state === 'unknown' ? (['atrialFibrillation'] as const) : []),
      ...(smoker === undefined
        ? (['smoking', 'hypertension'] as const).filter((name) => facts[name].state === 'unknown')
        : []),
    ];
  const contraindicated = withOestrogen && risks.some(({ key }) => key === 'stroke' || key === 'infarction');
  return {
    variant: contraindicated ? 'oestrogenProduct' : 'strokeRisk',
    values: Object.fromEntries(risks.map(({ key, evidence }) => [`${key}Date`, showEvent(evidence)])),
    found: risks.map(({ key }) => key),
    why: [...(contraindicated ? ['oestrogenProduct'] : []), 'strokeBox', 'trial'],
    suggestions: referral(facts),
    because: [...new Set(risks.flatMap(({ because }) => because))],
    triggers: risks.flatMap(({ evidence }) => evidence),
  };
}

function diseases(ascvd: Fact<readonly ConditionEntry[]>): readonly Risk[] {
  if (ascvd.state !== 'known') return [];
  const keyOf = (entry: ConditionEntry): string | undefined => DISEASES.find(({ is }) => is(entry))?.key;
  return DISEASES.flatMap(({ key }) => {
    const evidence = ascvd.evidence.filter((_, index) => {
      const entry = ascvd.value[index];
      return entry !== undefined && keyOf(entry) === key;
    });
    return evidence.length === 0 ? [] : [{ key, because: ['ascvd'] as const, evidence }];
  });
}

/** E: the SERM product itself is not counted. */
function otherOestrogen(facts: Input): Answer {
  const { otherOestrogen: oestrogen } = facts;
  if (oestrogen.state === 'unknown') return ['otherOestrogen'];
  if (oestrogen.state === 'absent') return 'none';
  return {
    variant: 'otherOestrogen',
    found: ['otherOestrogen'],
    why: ['otherOestrogen'],
    suggestions: referral(facts),
    because: ['otherOestrogen'],
  };
}

/** C: only a stay in hospital; planned surgery is not read. */
function inpatient({ isAdmitted }: Input): Answer {
  if (!isAdmitted) return 'none';
  return { variant: 'inpatient', found: ['inpatient'], why: ['immobilisation'], because: ['isAdmitted'] };
}

/** D: a man, or a woman known to be premenopausal. An unknown sex or menopause says nothing. */
function unlabelled(facts: Input): Answer {
  const { sex, postmenopausal } = facts;
  const isMan = isSex(sex, 'male') === true;
  const isPremenopausal = isSex(sex, 'female') === true && postmenopausal.state === 'absent';
  if (!isMan && !isPremenopausal) return 'none';
  return {
    variant: isMan ? 'man' : 'premenopausal',
    found: [isMan ? 'man' : 'premenopausal'],
    why: ['labelled'],
    suggestions: referral(facts),
    because: isMan ? ['sex'] : ['sex', 'postmenopausal'],
  };
}

function referral({ endocrinologyReferral }: Input): readonly string[] {
  return endocrinologyReferral === true ? [] : ['endocrinology'];
}
