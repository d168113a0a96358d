/**
 * R26: a current smoker with a bone or heart risk and no support to stop on file; or a status that is out of date.
 *
 * Inputs: newest smoking status; support to stop smoking (procedures, orders, drugs); the risks. Silent unless nothing newer
 * can be hidden behind the status. A problem-list entry without any date counts as current. Numbers, words and evidence:
 * cards/recommendations/smoking-cessation-bone-heart.yaml.
 */
import { anyIn, evidenceOf, test, type Fact, type Tri } from '../facts/fact.ts';
import type { ConditionEntry } from '../facts/conditions.ts';
import type { Day } from '../facts/fhir-date.ts';
import type { FactName, Facts } from '../facts/index.ts';
import { inWindow, lastMonths } from '../facts/results.ts';
import { supportedWithin } from '../facts/smoking-cessation.ts';
import type { SmokingStatus } from '../facts/smoking.ts';
import { defineRule, lacking, notApplicable, type Recommend } from './define-rule.ts';
import { showEvent } from './event-date.ts';
import { risk, riskLines, riskValues, type Risk } from './risk.ts';

const RISKS = ['lowBmd', 'fractures', 'ascvd', 'diabetes', 'ckd', 'hypertension'] as const;
const INPUTS = ['smoking', 'cessationSupport', ...RISKS] as const satisfies readonly FactName[];
type Inputs = Pick<Facts, (typeof INPUTS)[number]>;

export const smokingCessationBoneHeart = defineRule({
  id: 'smoking-cessation-bone-heart',
  inputs: INPUTS,
  parameters: { statusMonths: 'mo', supportMonths: 'mo' },

  evaluate(facts, { statusMonths, supportMonths }, { today }) {
    const { smoking, cessationSupport } = facts;
    const smokes = test(smoking, ({ current, settled }) => (settled ? current : undefined));
    if (smokes === false) return notApplicable('no current smoking on record');
    const risks = RISKS.map((name) => risk(name, facts[name], holds(facts, name)));
    const atRisk = anyIn(risks.map((one) => one.holds));
    if (atRisk === false) return notApplicable('no bone or heart risk on record');
    const supported = supportedWithin(cessationSupport, lastMonths(supportMonths, today));
    if (supported === true) return notApplicable('support to stop smoking on file');

    if (smokes === undefined || smoking.state !== 'known') return lacking('smoking');
    if (atRisk === undefined)
      return lacking(...risks.filter((one) => one.holds === undefined).map(({ name }) => name));
    const recent = isRecent(smoking.value, statusMonths, today);
    if (recent === undefined) return lacking('smoking');
    const held = risks.filter((one) => one.holds === true);
    if (!recent) return card(facts, held, { variant: 'update', statusMonths, supportMonths });
    if (supported === undefined) return lacking('cessationSupport');
    return card(facts, held, { variant: held[0]?.name ?? 'update', statusMonths, supportMonths });
  },
});

/** The 24 months need a date: an active problem without one stands, an observation without one leaves it open. */
function isRecent({ recorded, isObserved }: SmokingStatus, months: number, today: Day): Tri {
  if (recorded === null) return isObserved ? undefined : true;
  return inWindow(recorded, lastMonths(months, today));
}

/** Unverified codes of cardiovascular disease and hypertension may not make this card. */
function holds(facts: Inputs, name: (typeof RISKS)[number]): Tri {
  const verified = (fact: Fact<readonly ConditionEntry[]>): Tri =>
    test(fact, (all) => all.some(({ matches }) => matches.get(name)?.verified === true));
  if (name === 'ascvd' || name === 'hypertension') return verified(facts[name]);
  return test<unknown>(facts[name], () => true);
}

interface Shown {
  readonly variant: string;
  readonly statusMonths: number;
  readonly supportMonths: number;
}

function card(
  facts: Inputs,
  held: readonly Risk[],
  { variant, statusMonths, supportMonths }: Shown,
): Recommend {
  const { smoking, ascvd } = facts;
  const isUpdate = variant === 'update';
  const status = smoking.state === 'known' ? smoking.value : null;
  const statusLine =
    status?.isObserved === true ? 'observed' : status?.recorded == null ? 'listed' : 'listedDated';
  return {
    outcome: 'recommend',
    variant,
    values: {
      ...(status?.recorded == null ? {} : { date: status.recorded.text }),
      ...(ascvd.state === 'known' ? { ascvdEvent: showEvent(ascvd.evidence) } : {}),
      ...riskValues(facts),
      months: supportMonths,
      statusMonths,
    },
    found: [statusLine, ...riskLines(held, facts)],
    why: isUpdate ? ['update', 'advice'] : ['advice'],
    notFound: isUpdate ? ['status'] : ['support'],
    suggestions: isUpdate ? [] : ['referral', 'education'],
    because: [
      'smoking',
      ...(isUpdate ? [] : (['cessationSupport'] as const)),
      ...held.map(({ name }) => name),
    ],
    triggers: evidenceOf(smoking),
  };
}
