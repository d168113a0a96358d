/** Pregnancy (clarifications G12): a recent entry on the problem list, or the latest pregnancy status. */
import { once, type Chart } from './chart.ts';
import { codingsOf } from './concepts.ts';
import { activeCondition } from './conditions.ts';
import { age, isAtLeastAge, sex } from './demographics.ts';
import { absent, allOf, known, not, unknown, type Evidence, type Fact } from './fact.ts';
import { collectedOn, inWindow, lastMonths, type Window } from './results.ts';

/**
 * Known when pregnant; absent for men, outside 12-55 years, and without a recent entry after complete searches. An undated
 * active entry cannot be called old: it counts.
 */
export function pregnancy(chart: Chart): Fact<readonly Evidence[]> {
  return once(chart, 'pregnancy', () => {
    const { ageFrom, ageTo, months } = chart.definitions.globalExclusions.pregnancy;
    const who = sex(chart);
    if (who.state === 'known' && who.value === 'male') return absent;
    const years = age(chart);
    const ofAge = allOf(isAtLeastAge(years, ageFrom), not(isAtLeastAge(years, ageTo + 1)));
    if (ofAge === false) return absent;
    const window = lastMonths(months, chart.today);
    const [entry, status] = [fromProblemList(chart, window), fromStatus(chart, window)];
    const found = [entry, status].find((fact) => fact.state === 'known');
    if (found !== undefined) return ofAge === true ? found : unknown('ambiguous', found.value);
    return [entry, status].find((fact) => fact.state === 'unknown') ?? absent;
  });
}

function fromProblemList(chart: Chart, window: Window): Fact<readonly Evidence[]> {
  const fact = activeCondition(chart, 'pregnancy', 'any');
  if (fact.state !== 'known') return fact;
  const recent = fact.evidence.filter((_, index) => {
    const event = fact.value[index]?.event ?? null;
    return event === null || inWindow(event.date, window) !== false;
  });
  return recent.length > 0 ? known(recent, recent) : absent;
}

function fromStatus(chart: Chart, window: Window): Fact<readonly Evidence[]> {
  const statuses = (chart.observations.get('pregnancy') ?? []).flatMap(({ node, observation, source }) => {
    const date = collectedOn(observation, chart);
    if (date === 'outside-life' || !chart.observationStatuses.has(String(observation['status']))) return [];
    if (date !== null && inWindow(date, window) === false) return [];
    const positive = chart.concepts
      .match(codingsOf(node['valueCodeableConcept']))
      .some(({ concept }) => concept === 'pregnancyPositive');
    const evidence: Evidence = { source, what: 'pregnancy', ...(date === null ? {} : { date }) };
    return [{ positive, order: date?.order ?? Infinity, evidence }];
  });
  const [latest] = statuses.sort((a, b) => b.order - a.order);
  if (latest?.positive === true) return known([latest.evidence], [latest.evidence]);
  if (latest !== undefined) return absent;
  const { complete, reason } = chart.coverage('socialHistory');
  return complete ? absent : unknown(reason);
}
