/** Charts about the heart: lipids, inflammation, blood pressure, events, smoking, diabetes, risk inputs. */
import fc from 'fast-check';
import { lab } from '../build-record.ts';
import { ago, lately, pastDay, written } from './dates.ts';
import { codedAs, maybe, plain, some, together, type Entries, type Entry, type Topic } from './entries.ts';
import { medicine } from './medicines.ts';
import { pressure, result } from './observations.ts';
import { done, problem, request } from './problems.ts';

/** A lipid panel of one day. */
function lipidPanel(today: string): Entries {
  return pastDay(today, 61).chain((day) => {
    const date = fc.constant(day);
    return together(
      some(result('ldl', today, { date }), 1, 1),
      maybe(60, some(result('triglycerides', today, { date }), 1, 1)),
      maybe(60, some(result('hdl', today, { date }), 1, 1)),
      maybe(60, some(result('totalCholesterol', today, { date }), 1, 1)),
    );
  });
}

const STATINS = ['Atorvastatin 20 MG Oral Tablet', 'rxnorm 83367', 'Rosuvastatin 10 MG Oral Tablet'];

const LIPID_DRUGS = ['Ezetimibe 10 MG Oral Tablet', 'Evolocumab 140 MG/ML Pen'];

export const lipids: Topic = (today) =>
  together(
    lipidPanel(today),
    maybe(30, lipidPanel(today)),
    maybe(18, some(medicine([...STATINS, ...LIPID_DRUGS], today), 2, 1)),
    maybe(6, some(problem(['icd10cm G72.0', 'icd10cm T46.6X5A'], today), 1, 1)),
    maybe(6, some(problem(['icd10cm E78.5', 'snomed 55822004'], today), 1, 1)),
    maybe(8, some(request(['loinc 24331-1', 'loinc 57698-3'], today), 1, 1)),
  );

export const inflammation: Topic = (today) =>
  together(
    some(result('hsCrp', today, { date: fc.oneof(lately(today, 45), pastDay(today, 13)) }), 2, 0),
    // One about four weeks after a fracture.
    maybe(
      12,
      fc.tuple(lately(today, 60), fc.constantFrom(27, 28, 29)).chain(([day, days]) =>
        together(
          some(result('hsCrp', today, { date: fc.constant(day) }), 1, 1),
          some(
            problem(['icd10cm S72.001A', 'icd10cm M80.051A'], today, {
              date: fc.constant(ago(day, 0, -days)),
            }),
            1,
            1,
          ),
        ),
      ),
    ),
    // Two about two weeks apart.
    maybe(
      40,
      fc
        .tuple(lately(today, 300), fc.constantFrom(13, 14, 15))
        .chain(([day, days]) =>
          together(
            some(result('hsCrp', today, { date: fc.constant(day) }), 1, 1),
            some(result('hsCrp', today, { date: fc.constant(ago(day, 0, -days)) }), 1, 1),
          ),
        ),
    ),
    maybe(25, some(result('crpPlain', today, { date: lately(today, 40) }), 1, 1)),
    maybe(6, some(problem(['icd10cm K50.90', 'icd10cm M05.79'], today), 1, 1)),
    maybe(6, some(medicine(STATINS, today), 1, 1)),
    maybe(6, some(request(['loinc 30522-7'], today), 1, 1)),
  );

export const circulation: Topic = (today) =>
  together(
    some(pressure(pastDay(today, 13)), 4, 1),
    maybe(30, some(problem(['icd10cm I10', 'snomed 59621000', 'icd10cm I12.9'], today), 1, 1)),
    maybe(
      10,
      some(medicine(['Lisinopril 10 MG Oral Tablet', 'Hydrochlorothiazide 25 MG Oral Tablet'], today), 1, 1),
    ),
    maybe(6, some(problem(['icd10cm R29.6', 'icd10cm Z91.81'], today), 1, 1)),
  );

export const events: Topic = (today) =>
  together(
    some(
      problem(
        [
          'icd10cm I21.9',
          'icd10cm I25.2',
          'snomed 22298006',
          'icd10cm I63.9',
          'snomed 230690007',
          'icd10cm Z86.73',
          'icd10cm I61.9',
        ],
        today,
        { date: pastDay(today, 37) },
      ),
      2,
      0,
    ),
    some(
      problem(
        [
          'icd10cm G45.9',
          'icd10cm I25.10',
          'icd10cm I73.9',
          'icd10cm I50.9',
          'icd10cm I48.91',
          'icd10cm I82.401',
          'icd10cm I26.99',
          'icd10cm H34.8110',
          'icd10cm Z95.5',
          'snomed 128053003',
        ],
        today,
      ),
      2,
      0,
    ),
    maybe(6, some(done(['snomed 232717009', 'snomed 415070008'], today), 1, 1)),
  );

const SMOKING = ['449868002', '77176002', '8517006', '266919005'] as const;

function smokingStatus(day: fc.Arbitrary<string>): fc.Arbitrary<Entry> {
  return fc.record({ code: fc.constantFrom(...SMOKING), date: written(day) }).map(({ code, date }) =>
    plain(
      lab('72166-2', 0, '1', date, {
        valueQuantity: undefined,
        valueCodeableConcept: codedAs(`snomed ${code}`),
      }),
    ),
  );
}

export const smoking: Topic = (today) =>
  together(
    some(smokingStatus(pastDay(today, 37)), 2, 1),
    maybe(25, some(problem(['icd10cm F17.210', 'icd10cm F17.211', 'icd10cm Z72.0'], today), 1, 1)),
    maybe(8, some(done(['snomed 225323000', 'snomed 710081004'], today), 1, 1)),
    maybe(8, some(request(['snomed 225323000', 'snomed 395700008'], today), 1, 1)),
    maybe(
      6,
      some(medicine(['Varenicline 1 MG Oral Tablet', 'Nicotine 21 MG/24HR Transdermal Patch'], today), 1, 1),
    ),
  );

export const diabetes: Topic = (today) =>
  together(
    some(problem(['icd10cm E11.9', 'snomed 44054006', 'icd10cm E10.9', 'icd10cm E11.42'], today), 1, 1),
    some(result('hba1c', today), 2, 0),
    maybe(
      35,
      some(
        medicine(
          ['Insulin glargine 100 UNT/ML Pen', 'Glipizide 5 MG Oral Tablet', 'Pioglitazone 30 MG Oral Tablet'],
          today,
        ),
        2,
        1,
      ),
    ),
    maybe(20, some(problem(['icd10cm G62.9', 'icd10cm R29.6', 'icd10cm Z91.81'], today), 1, 1)),
  );

export const coronaryCalcium: Topic = (today) =>
  some(result('coronaryCalcium', today, { date: pastDay(today, 61) }), 2, 1);

/** Everything that the risk equation takes, of the last year. */
export const riskInputs: Topic = (today) => {
  const date = lately(today, 360);
  return together(
    some(result('totalCholesterol', today, { date }), 1, 1),
    some(result('hdl', today, { date }), 1, 1),
    some(result('ldl', today, { date }), 1, 1),
    some(pressure(date), 2, 1),
    some(result('eGfr', today, { date }), 1, 1),
    some(result('weight', today, { date }), 1, 1),
    some(result('height', today, { date }), 1, 1),
    some(smokingStatus(date), 1, 1),
    some(problem(['snomed 64859006', 'snomed 312894000'], today), 1, 1),
    maybe(20, some(problem(['icd10cm E11.9'], today), 1, 1)),
    maybe(10, some(medicine([...STATINS, 'Lisinopril 10 MG Oral Tablet'], today), 1, 1)),
  );
};
