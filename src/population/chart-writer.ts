/** Writes the resources of one synthetic patient: FHIR R4, with the dirt of real charts. */
import type { JsonObject } from '../json.ts';
import type { Calendar } from './dates.ts';
import {
  effectiveOf,
  NOT_MEASURED,
  quantityOf,
  referenceForm,
  RESULT_STATUS,
  UCUM,
  writtenDate,
  type Unit,
} from './dirt.ts';
import type { Random } from './random.ts';

const SYSTEMS = {
  loinc: 'http://loinc.org',
  snomed: 'http://snomed.info/sct',
  icd10cm: 'http://hl7.org/fhir/sid/icd-10-cm',
  rxnorm: 'http://www.nlm.nih.gov/research/umls/rxnorm',
} as const;

/** System and code, as `loinc 2089-1`, and the display. */
export type Coded = readonly [code: `${keyof typeof SYSTEMS} ${string}`, display: string];

/** One analyte: code and unit, in conventional and in SI units where laboratories differ. */
export interface Analyte {
  readonly code: Coded;
  readonly unit: Unit;
  readonly decimals: number;
  readonly si?: {
    readonly code?: Coded;
    readonly unit: Unit;
    readonly decimals: number;
    readonly from: (value: number) => number;
  };
  /** Above or below these the laboratory reports a comparator and the limit, in the conventional unit. */
  readonly reportable?: { readonly low?: number; readonly high?: number };
  readonly category?: 'laboratory' | 'vital-signs' | 'social-history' | 'imaging';
}

export interface DrugOptions {
  readonly status?: string;
  /** Days before the evaluation date. */
  readonly daysAgo: number;
  readonly mgPerDay?: number;
  readonly supplyDays?: number;
}

export interface ProblemOptions {
  /** Onset, days before the evaluation date; none says only when it was recorded, if at all. */
  readonly daysAgo?: number;
  readonly clinical?: string;
  readonly verification?: string;
}

/** Collects the resources of one patient, with references, ids and laboratory in that patient's own form. */
export interface ChartWriter {
  readonly resources: readonly JsonObject[];
  add(resource: JsonObject): void;
  /** One result; sometimes of another status, twice, without a value or without a date. */
  result(analyte: Analyte, value: number, daysAgo: number): void;
  pressure(systolic: number, diastolic: number, daysAgo: number): void;
  coded(code: Coded, value: Coded, daysAgo: number): void;
  problem(code: Coded, options: ProblemOptions): void;
  drug(drug: Coded, text: string, options: DrugOptions): void;
  procedure(code: Coded, daysAgo: number): void;
  order(code: Coded, daysAgo: number): void;
}

export function chartWriter(
  random: Random,
  patientId: string,
  calendar: Calendar,
  units: 'conventional' | 'si',
): ChartWriter {
  const resources: JsonObject[] = [];
  const reference = referenceForm(random, patientId);
  const add = (resource: JsonObject): void => {
    resources.push(resource);
  };
  const head = (resourceType: string): JsonObject => ({
    resourceType,
    id: `${patientId}-${String(resources.length)}`,
  });
  const subject = (): JsonObject => ({ subject: { reference: reference() } });

  const observation = (category: string, code: JsonObject, daysAgo: number): JsonObject => ({
    ...head('Observation'),
    status: random.weighted(RESULT_STATUS),
    ...(random.chance(0.05) ? {} : { category: [categoryOf(category)] }),
    code,
    ...subject(),
    ...effectiveOf(random, calendar.dayBefore(daysAgo)),
  });

  return {
    resources,
    add,
    result({ code, unit, decimals, si, reportable, category = 'laboratory' }, value, daysAgo) {
      const asSi = units === 'si' && si !== undefined;
      const base = observation(category, conceptOf(asSi ? (si.code ?? code) : code), daysAgo);
      if (random.chance(0.008)) {
        add({ ...base, dataAbsentReason: NOT_MEASURED });
        return;
      }
      const [comparator, shown] = within(value, reportable);
      const converted = asSi ? rounded(si.from(shown), si.decimals) : rounded(shown, decimals);
      const quantity = quantityOf(random, converted, asSi ? si.unit : unit);
      const whole = {
        ...base,
        valueQuantity: comparator === undefined ? quantity : { ...quantity, comparator },
      };
      add(whole);
      if (random.chance(0.007)) add({ ...whole, id: `${patientId}-${String(resources.length)}` });
    },
    pressure(systolic, diastolic, daysAgo) {
      const component = (code: Coded, value: number): JsonObject => ({
        code: conceptOf(code),
        ...(random.chance(0.006)
          ? { dataAbsentReason: NOT_MEASURED }
          : { valueQuantity: quantityOf(random, Math.round(value), MMHG) }),
      });
      const panel = random.chance(0.7) ? PRESSURE_PANEL : OLD_PRESSURE_PANEL;
      add({
        ...observation('vital-signs', conceptOf(panel), daysAgo),
        component: [component(DIASTOLIC, diastolic), component(SYSTOLIC, systolic)],
      });
    },
    coded(code, value, daysAgo) {
      add({
        ...observation('social-history', conceptOf(code), daysAgo),
        valueCodeableConcept: conceptOf(value),
      });
    },
    problem(code, { daysAgo, clinical = 'active', verification = 'confirmed' }) {
      const date = daysAgo === undefined ? undefined : writtenDate(random, calendar.dayBefore(daysAgo));
      const uncoded = random.chance(0.01);
      add({
        ...head('Condition'),
        ...(random.chance(0.03) || verification === 'entered-in-error'
          ? {}
          : { clinicalStatus: statusOf('clinical', clinical) }),
        ...(random.chance(0.03) && verification === 'confirmed'
          ? {}
          : { verificationStatus: statusOf('ver-status', verification) }),
        category: [PROBLEM_LIST],
        code: uncoded ? { text: code[1] } : conceptOf(code),
        ...subject(),
        ...(date === undefined ? {} : random.chance(0.75) ? { onsetDateTime: date } : { recordedDate: date }),
      });
    },
    drug([code, display], text, { status = 'active', daysAgo, mgPerDay, supplyDays }) {
      const shape = random.next();
      const medication =
        shape < 0.6
          ? { ...conceptOf([code, display]), text }
          : shape < 0.9
            ? { text }
            : conceptOf([code, display]);
      const contained = random.chance(0.03);
      add({
        ...head('MedicationRequest'),
        ...(contained ? { contained: [{ resourceType: 'Medication', id: 'med', code: medication }] } : {}),
        status,
        intent: 'order',
        ...(contained
          ? { medicationReference: { reference: '#med' } }
          : { medicationCodeableConcept: medication }),
        ...subject(),
        ...(random.chance(0.04) ? {} : { authoredOn: writtenDate(random, calendar.dayBefore(daysAgo)) }),
        ...(mgPerDay === undefined ? {} : { dosageInstruction: [daily(mgPerDay)] }),
        ...(supplyDays === undefined
          ? {}
          : {
              dispenseRequest: {
                expectedSupplyDuration: { value: supplyDays, unit: 'days', system: UCUM, code: 'd' },
              },
            }),
      });
    },
    procedure(code, daysAgo) {
      const day = calendar.dayBefore(daysAgo);
      add({
        ...head('Procedure'),
        status: random.chance(0.95) ? 'completed' : 'not-done',
        code: conceptOf(code),
        ...subject(),
        performedPeriod: { start: `${day}T09:00:00Z`, end: `${day}T09:40:00Z` },
      });
    },
    order(code, daysAgo) {
      add({
        ...head('ServiceRequest'),
        status: random.chance(0.7) ? 'active' : 'completed',
        intent: 'order',
        code: conceptOf(code),
        ...subject(),
        authoredOn: calendar.dayBefore(daysAgo),
      });
    },
  };
}

const MMHG: Unit = { unit: 'mmHg', code: 'mm[Hg]' };
const PRESSURE_PANEL: Coded = ['loinc 85354-9', 'Blood pressure panel with all children optional'];
const OLD_PRESSURE_PANEL: Coded = ['loinc 55284-4', 'Blood pressure systolic and diastolic'];
const SYSTOLIC: Coded = ['loinc 8480-6', 'Systolic blood pressure'];
const DIASTOLIC: Coded = ['loinc 8462-4', 'Diastolic blood pressure'];

const concepts = new Map<string, JsonObject>();

/** The same object for the same code: charts name a few dozen. */
export function conceptOf([written, display]: Coded): JsonObject {
  const known = concepts.get(written);
  if (known !== undefined) return known;
  const [system, code] = written.split(' ') as [keyof typeof SYSTEMS, string];
  const concept = { coding: [{ system: SYSTEMS[system], code, display }] };
  concepts.set(written, concept);
  return concept;
}

const PROBLEM_LIST = {
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-category', code: 'problem-list-item' }],
};

function categoryOf(code: string): JsonObject {
  return { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code }] };
}

function statusOf(kind: 'clinical' | 'ver-status', code: string): JsonObject {
  return { coding: [{ system: `http://terminology.hl7.org/CodeSystem/condition-${kind}`, code }] };
}

function daily(mg: number): JsonObject {
  return {
    timing: { repeat: { frequency: 1, period: 1, periodUnit: 'd' } },
    route: { coding: [{ system: SYSTEMS.snomed, code: '26643006', display: 'Oral route' }] },
    doseAndRate: [{ doseQuantity: { value: mg, unit: 'mg', system: UCUM, code: 'mg' } }],
  };
}

function within(
  value: number,
  limits: Analyte['reportable'],
): readonly [comparator: '<' | '>' | undefined, value: number] {
  if (limits?.low !== undefined && value < limits.low) return ['<', limits.low];
  if (limits?.high !== undefined && value > limits.high) return ['>', limits.high];
  return [undefined, value];
}

function rounded(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}
