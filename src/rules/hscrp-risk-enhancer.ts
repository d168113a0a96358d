/**
 * R23: hs-CRP in the risk-enhancing range, once (repeat) or on two occasions (include in the risk discussion).
 *
 * Inputs: hs-CRP only, never plain CRP; fractures, which discard a sample of the following weeks; cardiovascular disease
 * and statins (silence). Numbers, words and evidence: cards/recommendations/hscrp-risk-enhancer.yaml.
 */
import type { ConditionEntry } from '../facts/conditions.ts';
import { isAtLeastAge } from '../facts/demographics.ts';
import { allOf, not, type Fact, type Tri } from '../facts/fact.ts';
import { isWithin } from '../facts/fhir-date.ts';
import { panelWithin } from '../facts/lab-facts.ts';
import { isAbove, isAtLeast, type Threshold } from '../facts/quantity.ts';
import {
  inWindow,
  lastMonths,
  latestWithin,
  noneWithin,
  resultEvidence,
  type Result,
  type Series,
  type Window,
} from '../facts/results.ts';
import { showCrp, showCrpPair } from './crp-value.ts';
import { defineRule, lacking, notApplicable, type Finding } from './define-rule.ts';
import { lowBmdLines, lowBmdValues } from './low-bmd.ts';

export const hscrpRiskEnhancer = defineRule({
  id: 'hscrp-risk-enhancer',
  inputs: [
    'age',
    'hsCrp',
    'ascvd',
    'statins',
    'fractureEvents',
    'inflammatoryDisease',
    'systemicEstrogens',
    'lowBmd',
    'hsCrpOrdered',
    'lipidPanel',
    'lipidPanelOrdered',
  ],
  parameters: {
    ageFrom: 'a',
    ageTo: 'a',
    enhancer: ['mg/L', null],
    high: ['mg/L', null],
    acute: ['mg/L', null],
    resultMonths: 'mo',
    pairDays: 'd',
    fractureDays: 'd',
    lipidMonths: 'mo',
  },

  evaluate(facts, limits, { today }) {
    const { age, hsCrp, ascvd, statins, fractureEvents } = facts;
    const ofAge = allOf(isAtLeastAge(age, limits.ageFrom), not(isAtLeastAge(age, limits.ageTo + 1)));
    if (ofAge === false) return notApplicable('outside the age range');
    if (ascvd.state === 'known') return notApplicable('cardiovascular disease on record');
    if (statins.state === 'known') return notApplicable('on a statin');

    const window = lastMonths(limits.resultMonths, today);
    const usable = withoutAcutePhase(hsCrp, fractureEvents, limits.fractureDays);
    const latest = latestWithin(usable, window);
    if (latest.state === 'absent') return notApplicable('no usable hs-CRP within the window');
    if (latest.state === 'unknown') return lacking('hsCrp');
    const inBand = isInBand(latest.value, limits);
    if (inBand === false) return notApplicable('latest hs-CRP outside the range');

    const others = usable.results.filter((one) => one !== latest.value);
    const pairs = others.map((other) => ({
      other,
      separate: isSeparate(latest.value, other, window, limits.pairDays),
      inBand: isInBand(other, limits),
    }));
    const partner = pairs.find((pair) => allOf(pair.separate, pair.inBand) === true)?.other;
    // A second value that may or may not lie in the window forbids "no second value", whatever it says.
    const open = pairs.some(
      (pair) => pair.separate === undefined || allOf(pair.separate, pair.inBand) === undefined,
    );
    const isHidden = noneWithin({ ...usable, results: [] }, window).state === 'unknown';
    if (partner === undefined && !open && !isHidden) {
      // The lower of two values decides: one below the range settles it; one above it (acute) is no partner.
      if (
        pairs.some(
          (pair) => pair.separate === true && isAtLeast(pair.other.quantity, limits.enhancer) === false,
        )
      )
        return notApplicable('raised once, below the range on another occasion');
      if (facts.hsCrpOrdered === true) return notApplicable('repeat hs-CRP already ordered');
    }
    if (ofAge === undefined) return lacking('age');
    if (ascvd.state === 'unknown') return lacking('ascvd');
    if (statins.state === 'unknown') return lacking('statins');
    if (fractureEvents.state === 'unknown') return lacking('fractureEvents');
    if (inBand === undefined || (partner === undefined && (open || isHidden))) return lacking('hsCrp');
    if (partner === undefined && facts.hsCrpOrdered === undefined) return lacking('hsCrpOrdered');

    const lipidsDue = allOf(
      not(panelWithin(facts.lipidPanel, lastMonths(limits.lipidMonths, today))),
      not(facts.lipidPanelOrdered),
    );
    const notes = [
      ...(usable.results.length < hsCrp.results.length ? ['discarded'] : []),
      ...(facts.inflammatoryDisease.state === 'known' ? ['inflammatoryDisease'] : []),
      ...(facts.systemicEstrogens.state === 'known' ? ['oestrogen'] : []),
      ...lowBmdLines(facts.lowBmd),
    ];
    const card = partner === undefined ? single(latest.value) : pair(latest.value, partner, limits.high);
    return {
      ...card,
      values: {
        ...card.values,
        pairDays: limits.pairDays,
        fractureDays: limits.fractureDays,
        resultMonths: limits.resultMonths,
        lipidMonths: limits.lipidMonths,
        ...lowBmdValues(facts.lowBmd),
      },
      found: [...card.found, ...notes],
      notFound: [...(card.notFound ?? []), ...(lipidsDue === true ? ['lipidPanel'] : [])],
      suggestions: [...(card.suggestions ?? []), ...(lipidsDue === true ? ['lipidPanel'] : [])],
    };
  },
});

type Card = Extract<Finding, { outcome: 'recommend' }>;

function single(latest: Result): Card {
  return {
    outcome: 'recommend',
    variant: 'repeat',
    values: { v: showCrp(latest.quantity), date: latest.date.text },
    found: ['latest'],
    why: ['twice', 'notBone'],
    notFound: ['second'],
    suggestions: ['repeat'],
    because: ['hsCrp'],
    triggers: [resultEvidence(latest)],
  };
}

function pair(latest: Result, earlier: Result, high: Threshold): Card {
  const isHigh = [latest, earlier].every(({ quantity }) => isAtLeast(quantity, high) === true);
  return {
    outcome: 'recommend',
    variant: isHigh ? 'highBand' : 'enhancer',
    values: {
      v: showCrp(latest.quantity),
      date: latest.date.text,
      earlier: showCrp(earlier.quantity),
      earlierDate: earlier.date.text,
      pair: showCrpPair(earlier.quantity, latest.quantity),
    },
    found: ['earlier', 'latest'],
    why: ['enhancer', ...(isHigh ? ['highBand'] : []), 'notBone'],
    because: ['hsCrp'],
    triggers: [resultEvidence(latest), resultEvidence(earlier)],
  };
}

interface Band {
  readonly enhancer: Threshold;
  readonly acute: Threshold;
}

function isInBand({ quantity }: Result, { enhancer, acute }: Band): Tri {
  return allOf(isAtLeast(quantity, enhancer), not(isAbove(quantity, acute)));
}

/** In the window and far enough before the latest one; partial dates may leave it open. */
function isSeparate(latest: Result, other: Result, window: Window, days: number): Tri {
  return allOf(inWindow(other.date, window), isWithin(other.date, -Infinity, latest.date.first - days));
}

/** Leaves out samples taken on the day of a fracture or in the days after it; a partial date that might be so counts. */
function withoutAcutePhase(series: Series, events: Fact<readonly ConditionEntry[]>, days: number): Series {
  if (events.state !== 'known') return series;
  const results = series.results.filter(
    ({ date }) =>
      !events.value.some(
        ({ event }) => event !== null && isWithin(event.date, date.first - days, date.last) !== false,
      ),
  );
  return { ...series, results };
}
