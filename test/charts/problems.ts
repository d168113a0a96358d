/** Arbitrary Conditions, Procedures, ServiceRequests and scan reports. */
import fc from 'fast-check';
import { condition, order, procedure, report, type SystemName } from '../build-record.ts';
import { pastDay, written } from './dates.ts';
import { codedAs, inPercent, plain, weighted, type Entry, type Json, type Written } from './entries.ts';

const clinical = weighted<string | undefined>([
  [50, 'active'],
  [2, 'recurrence'],
  [4, 'inactive'],
  [4, 'resolved'],
  [3, undefined],
]);
const verification = weighted<string | undefined>([
  [60, 'confirmed'],
  [4, undefined],
  [1, 'unconfirmed'],
  [1, 'provisional'],
  [2, 'refuted'],
  [1, 'entered-in-error'],
]);

interface ProblemOptions {
  readonly date?: fc.Arbitrary<string>;
}

/** A Condition with one of the codes; its dates say onset, recording, both or neither. */
export function problem(
  codes: readonly Written[],
  today: string,
  options: ProblemOptions = {},
): fc.Arbitrary<Entry> {
  const date = written(options.date ?? pastDay(today));
  return fc
    .record({
      code: fc.constantFrom(...codes),
      date,
      dated: weighted([
        [10, 'onset'],
        [6, 'recorded'],
        [2, 'none'],
        [1, 'age'],
        [2, 'encounter'],
      ] as const),
      clinicalStatus: clinical,
      verificationStatus: verification,
      abated: inPercent(4, date),
      family: inPercent(1, fc.constant({ category: [{ coding: [{ code: 'family-history' }] }] })),
    })
    .map((one) => {
      const [system, code] = one.code.split(' ');
      return plain(
        condition(system as SystemName, code ?? '', {
          ...datesOfProblem(one.dated, one.date),
          clinicalStatus: statusOf('clinical', one.clinicalStatus),
          verificationStatus: statusOf('ver-status', one.verificationStatus),
          ...(one.abated === undefined ? {} : { abatementDateTime: one.abated }),
          ...one.family,
        }),
      );
    });
}

function datesOfProblem(dated: 'onset' | 'recorded' | 'none' | 'age' | 'encounter', date: string): Json {
  switch (dated) {
    case 'onset':
      return { onsetDateTime: date };
    case 'recorded':
      return { recordedDate: date };
    case 'age':
      return { onsetAge: { value: 61, unit: 'a' }, recordedDate: date };
    case 'encounter':
      return { encounter: { reference: 'Encounter/now' } };
    case 'none':
      return {};
  }
}

function statusOf(name: string, code: string | undefined): Json | undefined {
  if (code === undefined) return undefined;
  return { coding: [{ system: `http://terminology.hl7.org/CodeSystem/condition-${name}`, code }] };
}

const orderStatus = weighted<string>([
  [10, 'active'],
  [4, 'completed'],
  [1, 'draft'],
  [1, 'on-hold'],
  [2, 'revoked'],
]);

/** A ServiceRequest with one of the codes, or words. */
export function request(codes: readonly string[], today: string): fc.Arbitrary<Entry> {
  return fc
    .record({ code: fc.constantFrom(...codes), date: written(pastDay(today, 18)), status: orderStatus })
    .map(({ code, date, status }) =>
      plain(
        order(/^(?:loinc|snomed) /.test(code) ? codedAs(code as Written) : { text: code }, {
          authoredOn: date,
          status,
        }),
      ),
    );
}

/** A Procedure with one of the codes. */
export function done(codes: readonly Written[], today: string): fc.Arbitrary<Entry> {
  const status = weighted<string>([
    [10, 'completed'],
    [1, 'not-done'],
    [1, 'in-progress'],
  ]);
  return fc
    .record({ code: fc.constantFrom(...codes), date: inPercent(94, written(pastDay(today))), status })
    .map(({ code, date, status: state }) => plain(procedure(codedAs(code), date, { status: state })));
}

/** A DiagnosticReport of a bone density scan. */
export function scanReport(today: string): fc.Arbitrary<Entry> {
  const status = weighted<string>([
    [10, 'final'],
    [1, 'preliminary'],
    [1, 'cancelled'],
  ]);
  return fc
    .record({
      code: fc.constantFrom<Written>('loinc 38269-7', 'loinc 38268-9', 'snomed 312681000'),
      date: inPercent(94, written(pastDay(today))),
      status,
      conclusion: inPercent(20, fc.constantFrom('Osteoporosis of the hip', 'Normal bone density')),
    })
    .map(({ code, date, status: state, conclusion }) =>
      plain(
        report(codedAs(code), date, { status: state, ...(conclusion === undefined ? {} : { conclusion }) }),
      ),
    );
}
