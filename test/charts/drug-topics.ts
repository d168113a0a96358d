/** Charts about courses of drugs: glucocorticoids, hormone treatment, testosterone, earlier courses. */
import fc from 'fast-check';
import { lately, pastDay } from './dates.ts';
import { maybe, some, together, weighted, type Topic } from './entries.ts';
import { medicine } from './medicines.ts';
import { result } from './observations.ts';
import { problem } from './problems.ts';

export const glucocorticoid: Topic = (today) =>
  together(
    some(
      medicine(
        [
          'Prednisone 5 MG Oral Tablet',
          'rxnorm 8640',
          'Methylprednisolone 4 MG Oral Tablet',
          'Hydrocortisone 20 MG Oral Tablet',
          'Prednisolone 1 % Ophthalmic Suspension',
        ],
        today,
        { date: pastDay(today, 12), doses: [2, 2.4, 2.5, 5, 7.4, 7.5, 20] },
      ),
      3,
      1,
    ),
    maybe(8, some(problem(['icd10cm E27.1', 'icd10cm M05.79'], today), 1, 1)),
  );

export const hormones: Topic = (today) =>
  together(
    some(
      medicine(
        [
          'Letrozole 2.5 MG Oral Tablet',
          'Anastrozole 1 MG Oral Tablet',
          'Leuprolide 22.5 MG Injection',
          'Bicalutamide 50 MG Oral Tablet',
        ],
        today,
      ),
      2,
      1,
    ),
    maybe(
      70,
      some(problem(['icd10cm C50.911', 'snomed 254837009', 'icd10cm C61', 'icd10cm Z85.3'], today), 2, 1),
    ),
  );

const TIMES = ['T08:00:00', 'T10:59:00-05:00', 'T14:00:00+01:00', 'T08:00:00Z'] as const;

export const testosterone: Topic = (today) =>
  together(
    some(
      result('testosterone', today, {
        date: fc
          .tuple(pastDay(today, 25), weighted<string>([[4, ''], ...TIMES.map((time) => [1, time] as const)]))
          .map(([day, time]) => `${day}${time}`),
      }),
      3,
      1,
    ),
    maybe(20, some(problem(['icd10cm E29.1'], today), 1, 1)),
    maybe(20, some(result('hematocrit', today), 1, 1)),
    maybe(
      12,
      some(
        medicine(['Testosterone 1 % Transdermal Gel', 'testosterone cypionate 200 MG/ML Injection'], today),
        1,
        1,
      ),
    ),
  );

/** Events and entries beside a course of one drug: what its label warns of. */
export const earlierCourse: Topic = (today) =>
  together(
    some(medicine(['romosozumab 105 MG/1.17 ML', 'Testosterone 1 % Transdermal Gel'], today), 1, 1),
    some(
      problem(['icd10cm I21.9', 'icd10cm I63.9', 'icd10cm C61'], today, { date: lately(today, 200) }),
      1,
      1,
    ),
  );
