/**
 * Coronary calcium scores: total Agatston scores only (R25).
 *
 * The code lists know no LOINC code for the number: results come under a site's local code (policy `concepts`), under the
 * SNOMED CT code, or are recognised by the words of their code. Percentile, volume and mass are left out with the concept
 * (`textExclude`); here the scores of single vessels, of valves and of the aorta are.
 */
import { once, type Chart } from './chart.ts';
import { textsOf } from './concepts.ts';
import { readSeries, type Series } from './results.ts';
import { patternOf } from './pattern.ts';

export function coronaryCalcium(chart: Chart): Series {
  return once(chart, 'coronary calcium', () => {
    const series = readSeries(chart, 'coronaryCalciumScore');
    const part = patternOf(chart.definitions.coronaryCalcium.partPattern);
    const isTotal = ({ node, observation }: Series['results'][number]): boolean =>
      ![node['code'], node['bodySite'], observation['code'], observation['bodySite']]
        .flatMap(textsOf)
        .some((text) => part.test(text));
    return { ...series, results: series.results.filter(isTotal) };
  });
}
