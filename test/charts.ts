/**
 * Arbitrary charts for the properties and for the independent check: a person, a few subjects in full and a little of the
 * others, drafts of bone and heart drugs, an encounter, an evaluation date.
 *
 * Every chart is plain JSON: the same seed gives the same charts, and ids are numbered by place.
 */
import fc from 'fast-check';
import type { Resource } from '../src/facts/record.ts';
import { condition, drug, lab, order, PATIENT_ID, procedure, report } from './build-record.ts';
import { ago, EVALUATION_DATES, lately, pastDay } from './charts/dates.ts';
import {
  codedAs,
  inPercent,
  maybe,
  together,
  weighted,
  type Entries,
  type Entry,
  type Json,
} from './charts/entries.ts';
import { draftsOf } from './charts/drafts.ts';
import { exclusions, TOPICS, type TopicName } from './charts/topics.ts';

export type Family = 'conventional' | 'si';

export interface GeneratedChart {
  /** Evaluation date. */
  readonly today: string;
  readonly person: Resource;
  /** Everything else of the record, the context encounter included. */
  readonly entries: readonly Entry[];
  readonly drafts: readonly Resource[];
  /** What order-select has just chosen, `Type/id` of drafts. */
  readonly selections: readonly string[];
}

/** The record in one unit family, the person first. */
export function resourcesOf(
  { person, entries }: Pick<GeneratedChart, 'person' | 'entries'>,
  family: Family = 'conventional',
): readonly Resource[] {
  return [person, ...entries.map((entry) => entry[family])];
}

const AGES = [
  16, 17, 18, 19, 20, 30, 39, 40, 44, 45, 49, 50, 52, 54, 55, 58, 60, 62, 64, 65, 66, 68, 69, 70, 72, 74, 75,
  76, 78, 79, 80, 81, 84, 85, 86, 93,
];

function personOf(today: string): fc.Arbitrary<Resource> {
  return fc
    .record({
      age: fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom(...AGES.filter((age) => age >= 49 && age <= 80)) },
        { weight: 2, arbitrary: fc.constantFrom(...AGES) },
      ),
      birthday: weighted<number>([
        [6, -100],
        [2, 0],
        [1, 1],
        [2, -364],
      ]),
      gender: weighted<string | undefined>([
        [12, 'female'],
        [9, 'male'],
        [0.3, 'other'],
        [0.2, undefined],
      ]),
      partial: weighted<number>([
        [60, 10],
        [1, 7],
        [1, 4],
        [0.4, 0],
      ]),
      deceased: inPercent(
        0.5,
        fc.constantFrom({ deceasedBoolean: true }, { deceasedDateTime: ago(today, 1) }),
      ),
    })
    .map(({ age, birthday, gender, partial, deceased }) => ({
      resourceType: 'Patient',
      id: PATIENT_ID,
      ...(gender === undefined ? {} : { gender }),
      ...(partial === 0 ? {} : { birthDate: ago(today, 12 * age, birthday).slice(0, partial) }),
      ...deceased,
    }));
}

const TOPIC_NAMES = Object.keys(TOPICS) as TopicName[];

/** The named subjects and a few of `names` in full; of the rest something now and then. */
function subjectsOf(today: string, named: readonly TopicName[], names: readonly TopicName[]): Entries {
  return fc
    .record({
      inFull: fc.uniqueArray(fc.constantFrom(...names), {
        minLength: named.length === 0 ? 1 : 0,
        maxLength: 4,
      }),
      aLittle: fc.uniqueArray(fc.constantFrom(...TOPIC_NAMES), { maxLength: 2 }),
    })
    .chain(({ inFull, aLittle }) => {
      const whole = new Set([...named, ...inFull]);
      return together(
        ...[...whole].map((name) => TOPICS[name](today)),
        ...aLittle
          .filter((name) => !whole.has(name))
          .map((name) => TOPICS[name](today).map((entries) => entries.slice(0, 1))),
        maybe(3, exclusions(today)),
      );
    });
}

/** The encounter of the hook context. */
function encounterOf(today: string): fc.Arbitrary<Resource | undefined> {
  const classes = weighted<string>([
    [10, 'AMB'],
    [1, 'IMP'],
    [0.5, 'EMER'],
  ]);
  return inPercent(
    40,
    fc.record({ code: classes, start: lately(today, 40) }).map(({ code, start }) => ({
      resourceType: 'Encounter',
      id: 'now',
      status: 'in-progress',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code },
      period: { start },
    })),
  );
}

/** JSON has no undefined: what a builder left open is left out, as in a real record. */
function numbered(resource: Resource, id: string): Resource {
  return JSON.parse(JSON.stringify({ ...resource, id })) as Resource;
}

function chartOn(today: string, names: readonly TopicName[]): fc.Arbitrary<GeneratedChart> {
  return draftsOf(today)
    .chain(({ resources, topics }) =>
      fc.record({
        drafts: fc.constant(resources.map((draft, index) => numbered(draft, `draft-${String(index + 1)}`))),
        person: personOf(today),
        subjects: subjectsOf(today, topics, names),
        encounter: encounterOf(today),
        chosen: fc.nat({ max: 3 }),
      }),
    )
    .map(({ drafts, person, subjects, encounter, chosen }) => {
      const entries = subjects.map(({ conventional, si }, index): Entry => {
        const id = `e${String(index + 1)}`;
        return { conventional: numbered(conventional, id), si: numbered(si, id) };
      });
      const visit = encounter === undefined ? [] : [{ conventional: encounter, si: encounter }];
      return {
        today,
        person,
        entries: [...entries, ...visit],
        drafts,
        selections: drafts
          .filter((_, index) => chosen === 3 || index === chosen || drafts.length === 1)
          .map(({ resourceType, id }) => `${resourceType}/${String(id)}`),
      };
    });
}

/** Charts about some subjects and what their drafts touch; the simplest evaluation date first. */
export function chartsAbout(names: readonly TopicName[]): fc.Arbitrary<GeneratedChart> {
  return fc
    .constantFrom(...EVALUATION_DATES)
    .chain((today) => chartOn(today, names))
    .map((chart) => ({ ...chart, [fc.toStringMethod]: () => printed(chart) }));
}

/** Any chart. The risk equation needs everything at once, so it is tried more often. */
export const charts = chartsAbout([...TOPIC_NAMES, 'riskInputs', 'riskInputs']);

/** A failing chart as one JSON text, in conventional units. */
function printed({ today, drafts, selections, ...chart }: GeneratedChart): string {
  return JSON.stringify({ today, resources: resourcesOf(chart), drafts, selections });
}

/** Resources that no recommendation reads. */
export function unrelated(today: string): fc.Arbitrary<readonly Resource[]> {
  const one = fc
    .record({ kind: fc.nat({ max: 6 }), date: pastDay(today) })
    .map(({ kind, date }): Resource => {
      const extra: Json = { onsetDateTime: date };
      return (
        [
          lab('718-7', 14, 'g/dL', date),
          condition('snomed', '195967001', extra),
          condition('icd10cm', 'J45.909', extra),
          drug('Paracetamol 500 MG Oral Tablet', { authoredOn: date }),
          procedure(codedAs('snomed 80146002'), date),
          report(codedAs('loinc 30746-2'), date),
          order(codedAs('loinc 718-7'), { authoredOn: date }),
        ][kind] ?? lab('718-7', 14, 'g/dL', date)
      );
    });
  return fc
    .array(one, { minLength: 1, maxLength: 4 })
    .map((resources) => resources.map((resource, index) => numbered(resource, `u${String(index + 1)}`)));
}
