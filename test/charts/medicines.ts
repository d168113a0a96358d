/** Arbitrary MedicationRequests and MedicationStatements. */
import fc from 'fast-check';
import type { Resource } from '../../src/facts/record.ts';
import { drug, statement } from '../build-record.ts';
import { pastDay, written } from './dates.ts';
import { codedAs, inPercent, plain, UCUM, weighted, type Entry, type Json, type Written } from './entries.ts';

const drugStatus = weighted<string>([
  [50, 'active'],
  [5, 'completed'],
  [5, 'stopped'],
  [2, 'on-hold'],
  [1, 'cancelled'],
  [1, 'unknown'],
  [1, 'entered-in-error'],
]);
const intent = weighted<string>([
  [40, 'order'],
  [2, 'plan'],
  [2, 'instance-order'],
  [1, 'original-order'],
  [1, 'proposal'],
]);

interface DrugOptions {
  readonly date?: fc.Arbitrary<string>;
  /** Daily doses in mg. */
  readonly doses?: readonly number[];
}

/** A MedicationRequest, sometimes a MedicationStatement, with one of the names or codes (`rxnorm 8640`). */
export function medicine(
  names: readonly string[],
  today: string,
  options: DrugOptions = {},
): fc.Arbitrary<Entry> {
  return fc
    .record({
      name: fc.constantFrom(...names),
      authored: inPercent(94, written(options.date ?? pastDay(today, 40))),
      status: drugStatus,
      intent,
      statement: fc.integer({ min: 0, max: 7 }).map((one) => one === 0),
      supply: inPercent(50, fc.constantFrom(30, 60, 90, 91, 180, 365)),
      dose: inPercent(
        options.doses === undefined ? 0 : 92,
        fc.record({
          mg: fc.constantFrom(...(options.doses ?? [1])),
          frequency: weighted([
            [5, 1],
            [1, 2],
          ]),
          asNeeded: weighted([
            [12, false],
            [1, true],
          ]),
        }),
      ),
      route: inPercent(4, fc.constantFrom('Oral', 'Topical', 'Ophthalmic', 'Intravenous')),
      end: inPercent(8, pastDay(today, 25)),
    })
    .map((one) => plain(medicationOf(one)));
}

interface MedicineParts {
  readonly name: string;
  readonly authored: string | undefined;
  readonly status: string;
  readonly intent: string;
  readonly statement: boolean;
  readonly supply: number | undefined;
  readonly dose: { readonly mg: number; readonly frequency: number; readonly asNeeded: boolean } | undefined;
  readonly route: string | undefined;
  readonly end: string | undefined;
}

function medicationOf(one: MedicineParts): Resource {
  const concept = /^(?:rxnorm|atc) /.test(one.name) ? codedAs(one.name as Written) : { text: one.name };
  const dosage = dosageOf(one);
  if (one.statement)
    return statement('', {
      medicationCodeableConcept: concept,
      status: one.status,
      dateAsserted: one.authored,
      ...(one.end === undefined ? {} : { effectivePeriod: { end: one.end } }),
      ...(dosage === undefined ? {} : { dosage: [dosage] }),
    });
  return drug(concept, {
    status: one.status,
    intent: one.intent,
    authoredOn: one.authored,
    ...(dosage === undefined ? {} : { dosageInstruction: [dosage] }),
    ...(one.supply === undefined
      ? {}
      : {
          dispenseRequest: {
            expectedSupplyDuration: { value: one.supply, unit: 'd', system: UCUM, code: 'd' },
          },
        }),
  });
}

function dosageOf({ dose, route, end, statement: isStatement }: MedicineParts): Json | undefined {
  if (dose === undefined && route === undefined && (end === undefined || isStatement)) return undefined;
  const repeat = {
    ...(dose === undefined ? {} : { frequency: dose.frequency, period: 1, periodUnit: 'd' }),
    ...(end === undefined || isStatement ? {} : { boundsPeriod: { end } }),
  };
  return {
    ...(dose === undefined
      ? {}
      : {
          doseAndRate: [{ doseQuantity: { value: dose.mg, unit: 'mg', system: UCUM, code: 'mg' } }],
          ...(dose.asNeeded ? { asNeededBoolean: true } : {}),
        }),
    ...(Object.keys(repeat).length === 0 ? {} : { timing: { repeat } }),
    ...(route === undefined ? {} : { route: { text: route } }),
  };
}
