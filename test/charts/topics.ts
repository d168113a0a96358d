/**
 * What a chart can be about: for each subject the entries that recommendations read, with values and dates around their
 * limits. A chart takes a few subjects in full and a little of the others.
 */
import fc from 'fast-check';
import { lab } from '../build-record.ts';
import { pastDay, written } from './dates.ts';
import { codedAs, plain, some, type Topic } from './entries.ts';
import { done, problem, request } from './problems.ts';
import { bone, fracture, vitaminD, minerals, kidney, body, women, otherBone } from './bone-topics.ts';
import {
  lipids,
  inflammation,
  circulation,
  events,
  smoking,
  diabetes,
  coronaryCalcium,
  riskInputs,
} from './heart-topics.ts';
import { glucocorticoid, hormones, testosterone, earlierCourse } from './drug-topics.ts';

/** What keeps every reminder away; rare, so that the rest is not silenced. */
export const exclusions: Topic = (today) =>
  fc.oneof(
    some(problem(['snomed 385763009', 'icd10cm Z51.5'], today), 1, 1),
    some(problem(['snomed 77386006', 'icd10cm Z33.1'], today, { date: pastDay(today, 12) }), 1, 1),
    some(
      fc
        .record({ code: fc.constantFrom('77386006', '60001007'), date: written(pastDay(today, 12)) })
        .map(({ code, date }) =>
          plain(
            lab('82810-3', 0, '1', date, {
              valueQuantity: undefined,
              valueCodeableConcept: codedAs(`snomed ${code}`),
            }),
          ),
        ),
      2,
      1,
    ),
    some(done(['snomed 385763009', 'snomed 305336008'], today), 1, 1),
    some(request(['snomed 385763009'], today), 1, 1),
  );

export const TOPICS = {
  bone,
  fracture,
  lipids,
  inflammation,
  vitaminD,
  minerals,
  kidney,
  circulation,
  events,
  smoking,
  diabetes,
  glucocorticoid,
  hormones,
  testosterone,
  coronaryCalcium,
  body,
  women,
  otherBone,
  riskInputs,
  earlierCourse,
} as const satisfies Readonly<Record<string, Topic>>;
export type TopicName = keyof typeof TOPICS;
