/** Charts about bone: scans, fractures, vitamin D, calcium and its hormones, kidney, menopause. */
import fc from 'fast-check';
import { lab } from '../build-record.ts';
import { ago, pastDay, written } from './dates.ts';
import { maybe, some, together, weighted, type Entries, type Entry, type Topic } from './entries.ts';
import { ANALYTES } from './measures.ts';
import { medicine } from './medicines.ts';
import { result, tScoreOn, withRange } from './observations.ts';
import { done, problem, request, scanReport } from './problems.ts';

/** One scan: T-scores of a few sites within some weeks. */
function scan(day: fc.Arbitrary<string>): Entries {
  return day.chain((on) =>
    some(
      tScoreOn(
        weighted<number>([
          [6, 0],
          [2, 1],
          [2, 30],
          [1, 31],
        ]).map((days) => ago(on, 0, -days)),
      ),
      3,
      1,
    ),
  );
}

const BONE_DRUGS = [
  'Alendronic acid 70 MG Oral Tablet',
  'Risedronate 35 MG Oral Tablet',
  'Denosumab 60 MG/ML Prefilled Syringe',
  'Zoledronic acid 5 MG in 100 ML',
  'Raloxifene 60 MG Oral Tablet',
  'Teriparatide 250 MCG/ML Pen',
  'romosozumab 105 MG/1.17 ML',
  'atc M05BA04',
];

export const bone: Topic = (today) =>
  together(
    scan(pastDay(today)),
    maybe(25, scan(pastDay(today))),
    maybe(
      30,
      some(problem(['snomed 64859006', 'icd10cm M81.0', 'snomed 312894000', 'icd10cm M85.80'], today), 2, 1),
    ),
    maybe(12, some(medicine(BONE_DRUGS, today), 2, 1)),
    maybe(6, some(scanReport(today), 1, 1)),
    maybe(5, some(done(['snomed 312681000'], today), 1, 1)),
    maybe(5, some(result('fraxMajor', today), 1, 1)),
  );

const FRACTURES = [
  'icd10cm S72.001A',
  'icd10cm S72.001D',
  'snomed 5913000',
  'icd10cm M80.051A',
  'icd10cm M80.08XA',
  'icd10cm S22.080A',
  'snomed 443165006',
  'icd10cm M48.54XA',
  'icd10cm M84.48XA',
  'icd10cm Z87.310',
  'icd10cm S52.501A',
] as const;

export const fracture: Topic = (today) =>
  together(
    some(problem(FRACTURES, today, { date: pastDay(today, 37) }), 2, 1),
    maybe(
      6,
      pastDay(today, 25).chain((day) =>
        together(
          some(problem(['icd10cm S72.001A'], today, { date: fc.constant(day) }), 1, 1),
          some(problem(['icd10cm V43.52XA', 'icd10cm W13.0XXA'], today, { date: fc.constant(day) }), 1, 1),
        ),
      ),
    ),
    maybe(6, some(problem(['icd10cm M84.750A', 'icd10cm M87.180', 'icd10cm C34.90'], today), 1, 1)),
    maybe(15, some(medicine(BONE_DRUGS, today), 2, 1)),
    maybe(15, some(request(['snomed 306278007', 'Fracture liaison service', 'loinc 38268-9'], today), 1, 1)),
  );

export const vitaminD: Topic = (today) =>
  together(
    some(result('vitaminD', today, { date: pastDay(today, 25) }), 2, 0),
    maybe(8, vitaminFractions(today)),
    maybe(
      14,
      some(
        medicine(
          ['Vitamin D3 1000 UNT Oral Tablet', 'Caltrate 600+D', 'Calcitriol 0.25 MCG Oral Capsule'],
          today,
        ),
        1,
        1,
      ),
    ),
    maybe(
      25,
      some(
        problem(
          [
            'snomed 396331005',
            'icd10cm K90.9',
            'icd10cm Z98.84',
            'icd10cm E21.0',
            'snomed 66999008',
            'icd10cm D86.9',
          ],
          today,
        ),
        1,
        1,
      ),
    ),
    maybe(
      12,
      some(medicine(['Phenytoin 100 MG Oral Capsule', 'Carbamazepine 200 MG Oral Tablet'], today), 1, 1),
    ),
    maybe(6, some(request(['loinc 62292-8', 'loinc 1989-3', 'snomed 103699006'], today), 1, 1)),
  );

/** D2 and D3 of one specimen, whose sums lie on one side in both unit families. */
function vitaminFractions(today: string): Entries {
  return fc
    .record({
      date: written(pastDay(today, 25)),
      d3: fc.constantFrom([8, 20] as const, [15, 37.4] as const),
      d2: fc.constantFrom([2, 5] as const, [9, 22.5] as const),
    })
    .map(({ date, d3, d2 }) =>
      (
        [
          ['1989-3', d3],
          ['49054-0', d2],
        ] as const
      ).map(([code, value]): Entry => ({
        conventional: lab(code, value[0], 'ng/mL', date),
        si: lab(code, value[1], 'nmol/L', date),
      })),
    );
}

export const minerals: Topic = (today) => {
  const { calciumTotal, pth } = ANALYTES;
  const calciumRange = withRange(calciumTotal, [8.4, 2.1], [10.2, 2.55]);
  const pthRange = withRange(pth, [15, 1.6], [65, 6.9]);
  return together(
    pastDay(today, 25).chain((day) =>
      together(
        some(result('calciumTotal', today, { date: fc.constant(day), extra: calciumRange }), 1, 1),
        maybe(
          40,
          some(
            result('albumin', today, { date: fc.constantFrom(0, 14, 15).map((days) => ago(day, 0, -days)) }),
            1,
            1,
          ),
        ),
      ),
    ),
    maybe(12, some(result('calciumIonized', today), 1, 1)),
    maybe(12, some(result('calciumCorrected', today), 1, 1)),
    maybe(40, some(result('pth', today, { date: pastDay(today, 25), extra: pthRange }), 2, 1)),
    maybe(20, some(result('phosphate', today), 1, 1)),
    maybe(20, some(result('alkalinePhosphatase', today), 1, 1)),
    maybe(20, some(result('tsh', today), 1, 1)),
    maybe(
      10,
      some(
        problem(
          [
            'icd10cm E83.52',
            'icd10cm E83.51',
            'icd10cm E21.0',
            'icd10cm E89.2',
            'icd10cm N20.0',
            'icd10cm D86.9',
          ],
          today,
        ),
        1,
        1,
      ),
    ),
    maybe(
      8,
      some(
        medicine(
          ['Calcium carbonate 1250 MG Oral Tablet', 'Caltrate 600+D', 'Calcitriol 0.25 MCG Oral Capsule'],
          today,
          { doses: [1250, 2500] },
        ),
        1,
        1,
      ),
    ),
  );
};

export const kidney: Topic = (today) =>
  together(
    some(result('eGfr', today, { date: pastDay(today, 25) }), 3, 0),
    maybe(35, some(result('creatinine', today, { date: pastDay(today, 15) }), 1, 1)),
    maybe(35, some(result('weight', today), 1, 1)),
    maybe(
      35,
      some(problem(['icd10cm N18.31', 'icd10cm N18.4', 'snomed 433144002', 'snomed 709044004'], today), 1, 1),
    ),
    maybe(
      6,
      some(problem(['icd10cm Z99.2', 'icd10cm Z94.0', 'icd10cm N17.9', 'icd10cm N18.6'], today), 1, 1),
    ),
    maybe(4, some(done(['snomed 265764009'], today), 1, 1)),
    maybe(8, some(request(['snomed 306286007', 'loinc 98979-8'], today), 1, 1)),
  );

export const body: Topic = (today) =>
  together(
    some(result('weight', today), 2, 1),
    some(result('height', today), 1, 0),
    maybe(30, some(result('bodyMassIndex', today), 1, 1)),
  );

export const women: Topic = (today) =>
  together(
    some(
      problem(
        [
          'snomed 76498008',
          'icd10cm N95.1',
          'icd10cm Z78.0',
          'snomed 373717006',
          'icd10cm E28.310',
          'icd10cm Z90.722',
        ],
        today,
      ),
      1,
      1,
    ),
    maybe(15, some(medicine(['Estradiol 1 MG Oral Tablet', 'Estradiol vaginal cream'], today), 1, 1)),
  );

export const otherBone: Topic = (today) =>
  some(
    problem(
      [
        'icd10cm M05.79',
        'snomed 69896004',
        'icd10cm E05.90',
        'icd10cm M88.9',
        'icd10cm Z79.83',
        'icd10cm Z79.811',
      ],
      today,
    ),
    2,
    1,
  );
