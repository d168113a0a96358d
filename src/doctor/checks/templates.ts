/** P-1 to P-5: whether EHRs can fill the prefetch templates. No call is made. */
import { notChecked, problems, type Check } from '../check.ts';
import type { Listed } from '../service-bench.ts';
import { templatesOf } from '../../client/template.ts';
import { faultsOf, type TemplateFaults } from '../template.ts';

function lint(
  id: string,
  level: Check<Listed>['level'],
  title: string,
  fault: keyof TemplateFaults,
): Check<Listed> {
  return {
    id,
    level,
    title,
    run({ entry, hook }) {
      const templates = templatesOf(entry['prefetch']);
      if (templates.length === 0) return notChecked('the service asks for no prefetch');
      const keys = templates.map(([key]) => key);
      return problems(
        templates.flatMap(([key, template], index) =>
          faultsOf(template, hook, keys.slice(0, index))[fault].map((text) => ({
            text: `prefetch ${key}: ${text}`,
          })),
        ),
      );
    },
  };
}

export const TEMPLATE_CHECKS: readonly Check<Listed>[] = [
  lint('P-1', 'SHALL', 'every {{token}} of the prefetch templates is one that CDS Hooks knows', 'syntax'),
  lint('P-2', 'SHALL', 'every plain token is a prefetch token of the hook', 'unfillable'),
  lint(
    'P-3',
    'advice',
    'no template needs FHIRPath: most clients leave such keys out (3.0 only)',
    'fhirpath',
  ),
  lint('P-4', 'advice', 'a template that uses %key comes after that key (draft 3.0)', 'order'),
  lint('P-5', 'SHOULD', 'templates keep to the recommended subset of FHIR queries', 'query'),
];
