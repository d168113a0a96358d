/** One synthetic chart: what of a person has been measured, diagnosed and prescribed, and what has been left out. */
import type { JsonObject } from '../json.ts';
import { chartWriter, type Analyte, type ChartWriter } from './chart-writer.ts';
import {
  ANALYTES,
  CONDITIONS,
  DRUGS,
  ORDERS,
  OTHER_CONDITIONS,
  OTHER_DRUGS,
  PROCEDURES,
  SMOKING,
  SMOKING_VALUES,
} from './codes.ts';
import { calendarOf, type Calendar } from './dates.ts';
import { clamp, personOf, type Person } from './person.ts';
import { randomOf, type Random } from './random.ts';

export interface PopulationOptions {
  readonly seed: number;
  /** Evaluation date, `YYYY-MM-DD`: ages and dates are counted back from it. */
  readonly asOf: string;
}

export interface Population {
  /** Resources of patient `number` (from 0), the Patient first: the same for the same seed and date, whatever else is made. */
  chart(number: number): readonly JsonObject[];
}

export function populationOf({ seed, asOf }: PopulationOptions): Population {
  const calendar = calendarOf(asOf);
  return { chart: (number) => chartOf(seed, number, calendar) };
}

interface Draft {
  readonly random: Random;
  readonly person: Person;
  readonly chart: ChartWriter;
}

function chartOf(seed: number, number: number, calendar: Calendar): readonly JsonObject[] {
  const random = randomOf(seed, number);
  const person = personOf(random);
  const id = `pop-${String(seed)}-${String(number)}`;
  const chart = chartWriter(random, id, calendar, random.chance(0.35) ? 'si' : 'conventional');
  const draft = { random, person, chart };
  chart.add(patientOf(draft, id, number, calendar));
  bone(draft);
  laboratory(draft);
  visits(draft);
  heart(draft);
  others(draft);
  return chart.resources;
}

function patientOf({ random, person }: Draft, id: string, number: number, calendar: Calendar): JsonObject {
  const born = calendar.dayBefore(Math.floor((person.ageYears + random.next()) * 365.25));
  const precision = random.next();
  const gender = random.chance(0.004) ? {} : { gender: person.female ? 'female' : 'male' };
  const death = random.chance(0.012)
    ? { deceasedDateTime: calendar.dayBefore(random.integer(1, 700)) }
    : random.chance(0.05)
      ? { deceasedBoolean: false }
      : {};
  return {
    resourceType: 'Patient',
    id,
    meta: { tag: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HTEST' }] },
    identifier: [{ system: 'https://ehr.example.org/synthetic', value: id }],
    active: true,
    name: [{ use: 'official', family: 'Synthetic', given: [`Patient${String(number)}`] }],
    ...gender,
    ...(precision < 0.005
      ? {}
      : { birthDate: precision < 0.02 ? born.slice(0, 4) : precision < 0.03 ? born.slice(0, 7) : born }),
    ...death,
  };
}

/** Scan, fractures, bone drugs, vitamin D. */
function bone({ random, person, chart }: Draft): void {
  const { female, ageYears, tScore } = person;
  const fractured = random.chance(
    clamp(0.012 * Math.exp(0.055 * (ageYears - 50) - 0.35 * (tScore + 1)), 0, 0.6),
  );
  const screened = ageYears >= 65 ? (female ? 0.55 : 0.14) : ageYears >= 50 ? (female ? 0.27 : 0.07) : 0.03;
  const scanned = random.chance(fractured ? 0.5 : screened);
  if (scanned) scan(random, tScore, chart);
  if (fractured) {
    const code = random.weighted([
      [0.25, CONDITIONS.hipFracture],
      [0.35, CONDITIONS.vertebralFracture],
      [0.4, CONDITIONS.wristFracture],
    ]);
    chart.problem(code, { daysAgo: random.integer(5, random.chance(0.3) ? 600 : 4500) });
  }
  const diagnosed = tScore <= -2.5 ? (scanned ? 0.8 : 0.12) : fractured ? 0.25 : 0.01;
  const osteoporosis = ageYears >= 45 && random.chance(diagnosed);
  if (osteoporosis) chart.problem(CONDITIONS.osteoporosis, { daysAgo: random.integer(30, 4000) });
  else if (scanned && tScore <= -1 && random.chance(0.4))
    chart.problem(CONDITIONS.osteopenia, { daysAgo: random.integer(30, 4000) });
  if (random.chance(osteoporosis ? 0.45 : fractured ? 0.2 : 0.004)) boneDrug(random, chart);
  vitaminD({ random, person, chart }, osteoporosis || fractured);
}

function scan(random: Random, tScore: number, chart: ChartWriter): void {
  const daysAgo = random.integer(10, 3600);
  const better = tScore + 0.25 + Math.abs(random.normal()) * 0.5;
  if (random.chance(0.06)) chart.result(ANALYTES.tScoreForearm, tScore, daysAgo);
  else {
    const [lower, higher] = random.chance(0.5)
      ? [random.chance(0.5) ? ANALYTES.tScoreHip : ANALYTES.tScoreFemur, ANALYTES.tScoreSpine]
      : [ANALYTES.tScoreSpine, random.chance(0.5) ? ANALYTES.tScoreHip : ANALYTES.tScoreFemur];
    chart.result(lower, tScore, daysAgo);
    if (random.chance(0.8)) chart.result(higher, better, daysAgo);
  }
  if (random.chance(0.3)) chart.result(ANALYTES.bmd, clamp(0.95 + 0.12 * tScore, 0.4, 1.4), daysAgo);
  if (random.chance(0.4)) chart.procedure(PROCEDURES.boneScan, daysAgo);
  // An earlier scan, a little better.
  if (random.chance(0.3)) chart.result(ANALYTES.tScoreHip, tScore + 0.3, daysAgo + random.integer(700, 1500));
}

function boneDrug(random: Random, chart: ChartWriter): void {
  const [code, text] = random.chance(0.8) ? DRUGS.alendronate : DRUGS.denosumab;
  const stopped = random.chance(0.35);
  chart.drug(code, text, {
    daysAgo: stopped ? random.integer(200, 2000) : random.integer(5, 900),
    ...(stopped ? { status: 'stopped' } : {}),
  });
}

function vitaminD({ random, person, chart }: Draft, boneDisease: boolean): void {
  if (random.chance(boneDisease ? 0.62 : 0.28)) {
    const daysAgo = random.integer(5, 1200);
    // A laboratory of conventional units reports ng/mL.
    chart.result(ANALYTES.vitaminD, person.vitaminD / 2.496, daysAgo);
    if (random.chance(0.25))
      chart.result(
        ANALYTES.vitaminD,
        (person.vitaminD / 2.496) * (0.85 + 0.3 * random.next()),
        daysAgo + 400,
      );
  }
  if (random.chance(boneDisease ? 0.4 : 0.15))
    chart.drug(...DRUGS.cholecalciferol, { daysAgo: random.integer(20, 800) });
}

/** A panel: the day and what of it is there. */
function laboratory({ random, person, chart }: Draft): void {
  const treated = person.statin ? 0.65 : 1;
  const panels = random.weighted([
    [0.22, 0],
    [0.4, 1],
    [0.25, 2],
    [0.13, 3],
  ]);
  for (
    let panel = 0, daysAgo = random.integer(5, 900);
    panel < panels;
    panel += 1, daysAgo += random.integer(250, 500)
  ) {
    const ldl = person.ldl * treated * (0.95 + 0.1 * random.next());
    if (person.triglycerides <= 400) chart.result(ANALYTES.ldl, ldl, daysAgo);
    chart.result(ANALYTES.hdl, person.hdl, daysAgo);
    chart.result(ANALYTES.triglycerides, person.triglycerides, daysAgo);
    chart.result(
      ANALYTES.totalCholesterol,
      ldl + person.hdl + Math.min(person.triglycerides, 400) / 5,
      daysAgo,
    );
  }
  if (random.chance(person.diabetes === undefined ? 0.35 : 0.9))
    chart.result(ANALYTES.hba1c, person.hba1c, random.integer(5, 700));
  kidney({ random, person, chart });
  minerals({ random, person, chart });
  inflammation({ random, person, chart });
}

function kidney({ random, person, chart }: Draft): void {
  if (!random.chance(0.72)) return;
  const analyte: Analyte = random.chance(0.8) ? ANALYTES.egfr : ANALYTES.egfrExact;
  const times = person.egfr < 60 ? random.integer(1, 4) : random.integer(1, 2);
  for (
    let time = 0, daysAgo = random.integer(5, 500);
    time < times;
    time += 1, daysAgo += random.integer(80, 220)
  ) {
    chart.result(analyte, clamp(person.egfr + 3 * random.normal(), 5, 130), daysAgo);
    // Roughly the creatinine of that eGFR; the eGFR of the laboratory stands beside it.
    chart.result(ANALYTES.creatinine, (person.female ? 70 : 88) / clamp(person.egfr, 8, 120), daysAgo);
  }
}

function minerals({ random, person, chart }: Draft): void {
  if (random.chance(0.55)) {
    const daysAgo = random.integer(5, 800);
    chart.result(ANALYTES.calcium, person.calcium, daysAgo);
    chart.result(ANALYTES.albumin, 4.2 + 0.3 * random.normal(), daysAgo);
    chart.result(ANALYTES.alkalinePhosphatase, clamp(75 + 22 * random.normal(), 25, 300), daysAgo);
    if (random.chance(0.3)) chart.result(ANALYTES.phosphate, 3.5 + 0.5 * random.normal(), daysAgo);
  }
  if (random.chance(0.35))
    chart.result(ANALYTES.tsh, Math.exp(0.5 + 0.5 * random.normal()), random.integer(5, 900));
  if (random.chance(person.calcium > 10.5 ? 0.3 : 0.03))
    chart.result(
      ANALYTES.pth,
      person.calcium > 10.5 ? 85 : 42 + 14 * random.normal(),
      random.integer(5, 700),
    );
  if (!person.female && random.chance(0.12)) testosterone({ random, person, chart });
}

function testosterone({ random, person, chart }: Draft): void {
  const level = clamp(430 - 2 * (person.ageYears - 50) + 130 * random.normal(), 60, 1100);
  const daysAgo = random.integer(5, 900);
  chart.result(ANALYTES.testosterone, level, daysAgo);
  if (level < 300 && random.chance(0.4))
    chart.result(ANALYTES.testosterone, level * (0.9 + 0.2 * random.next()), Math.max(daysAgo - 20, 1));
}

function inflammation({ random, person, chart }: Draft): void {
  if (random.chance(0.18)) {
    const [analyte, share]: readonly [Analyte, number] = random.chance(0.85)
      ? [ANALYTES.hsCrp, 1]
      : [ANALYTES.hsCrpMgDl, 0.1];
    const daysAgo = random.chance(0.2) ? random.integer(1, 30) : random.integer(1, 700);
    chart.result(analyte, person.hsCrp * share, daysAgo);
    if (random.chance(0.3))
      chart.result(
        analyte,
        person.hsCrp * share * (0.6 + 0.8 * random.next()),
        daysAgo + random.integer(14, 120),
      );
  }
  if (random.chance(0.12))
    chart.result(ANALYTES.crp, person.hsCrp * (1 + 4 * random.next()), random.integer(1, 900));
}

/** Outpatient visits: an Encounter, vital signs, often a blood count. */
function visits({ random, person, chart }: Draft): void {
  const weightKg = (person.bmi * person.heightCm ** 2) / 10_000;
  if (random.chance(0.75)) chart.result(ANALYTES.height, person.heightCm, random.integer(5, 1500));
  const count = random.integer(1, 5);
  for (
    let visit = 0, daysAgo = random.integer(3, 420);
    visit < count;
    visit += 1, daysAgo += random.integer(40, 260)
  ) {
    if (random.chance(0.85))
      chart.pressure(person.systolic + 6 * random.normal(), person.diastolic + 4 * random.normal(), daysAgo);
    if (random.chance(0.7)) {
      chart.result(ANALYTES.weight, weightKg * (0.97 + 0.06 * random.next()), daysAgo);
      chart.result(ANALYTES.bmi, person.bmi, daysAgo);
    }
    if (random.chance(0.5)) chart.result(ANALYTES.pulse, 72 + 9 * random.normal(), daysAgo);
    if (random.chance(0.3)) {
      chart.result(ANALYTES.haemoglobin, 13.8 + 1.2 * random.normal(), daysAgo);
      chart.result(ANALYTES.sodium, 140 + 2.5 * random.normal(), daysAgo);
      chart.result(ANALYTES.potassium, 4.2 + 0.35 * random.normal(), daysAgo);
    }
  }
  if (random.chance(0.78)) chart.coded(SMOKING, SMOKING_VALUES[person.smoker], random.integer(5, 1100));
}

/** Heart, kidney and metabolic diagnoses with their drugs. */
function heart({ random, person, chart }: Draft): void {
  const since = (): { readonly daysAgo: number } => ({ daysAgo: random.integer(100, 5000) });
  const { diabetes } = person;
  if (person.hypertension && random.chance(0.85)) {
    chart.problem(CONDITIONS.hypertension, since());
    if (random.chance(0.5)) chart.drug(...DRUGS.hydrochlorothiazide, since());
  }
  if (diabetes !== undefined) {
    chart.problem(CONDITIONS[diabetes], since());
    if (diabetes === 'type1' || random.chance(0.22)) chart.drug(...DRUGS.insulin, since());
    if (diabetes === 'type2' && random.chance(0.2)) chart.drug(...DRUGS.glipizide, since());
  }
  if (person.cardiovascular)
    chart.problem(
      random.pick([
        CONDITIONS.infarction,
        CONDITIONS.stroke,
        CONDITIONS.coronaryDisease,
        CONDITIONS.heartFailure,
      ]),
      since(),
    );
  if (person.egfr < 60 && random.chance(0.45)) chart.problem(CONDITIONS.kidneyDisease, since());
  if (person.egfr < 15 && random.chance(0.5)) chart.problem(CONDITIONS.dialysis, since());
  if (person.ldl > 150 && random.chance(0.5)) chart.problem(CONDITIONS.hyperlipidemia, since());
  if (person.statin) chart.drug(...DRUGS.atorvastatin, { ...since(), mgPerDay: 20 });
  else if (random.chance(0.06)) chart.drug(...DRUGS.atorvastatin, { ...since(), status: 'stopped' });
  if (random.chance(0.01)) chart.drug(...DRUGS.ezetimibe, since());
  if (person.ageYears >= 40 && random.chance(0.1))
    chart.result(ANALYTES.coronaryCalcium, person.coronaryCalcium, random.integer(10, 2400));
  if (person.smoker === 'current' && random.chance(0.12))
    if (random.chance(0.5)) chart.drug(...DRUGS.varenicline, { daysAgo: random.integer(5, 700) });
    else chart.procedure(PROCEDURES.smokingCounselling, random.integer(5, 700));
}

/** Rarer reasons for bone loss, exclusions, and what nobody asks about. */
function others({ random, person, chart }: Draft): void {
  const { female, ageYears } = person;
  if (person.glucocorticoid) {
    const daysAgo = random.integer(100, 400);
    chart.drug(...DRUGS.prednisone, {
      daysAgo,
      mgPerDay: random.pick([2.5, 5, 5, 7.5, 10, 20]),
      ...(random.chance(0.7) ? { supplyDays: random.pick([30, 90, 180, 365]) } : {}),
    });
    if (random.chance(0.4)) chart.problem(CONDITIONS.rheumatoidArthritis, { daysAgo: daysAgo + 300 });
  }
  if (female && ageYears >= 45 && random.chance(0.03)) {
    chart.problem(CONDITIONS.breastCancer, { daysAgo: random.integer(300, 2500) });
    if (random.chance(0.5)) chart.drug(...DRUGS.anastrozole, { daysAgo: random.integer(30, 900) });
  }
  if (!female && ageYears >= 55 && random.chance(0.04)) {
    chart.problem(CONDITIONS.prostateCancer, { daysAgo: random.integer(300, 2500) });
    if (random.chance(0.3)) chart.drug(...DRUGS.leuprolide, { daysAgo: random.integer(30, 600) });
  }
  if (person.calcium > 10.5 && random.chance(0.25))
    chart.problem(CONDITIONS.hyperparathyroidism, { daysAgo: random.integer(30, 1500) });
  if (random.chance(0.008)) chart.problem(CONDITIONS.celiac, { daysAgo: random.integer(300, 5000) });
  if (random.chance(0.006)) chart.drug(...DRUGS.phenytoin, { daysAgo: random.integer(100, 900) });
  if (ageYears >= 65 && random.chance(0.08))
    chart.problem(CONDITIONS.falls, { daysAgo: random.integer(5, 1500) });
  if (random.chance(0.002)) chart.problem(CONDITIONS.myeloma, { daysAgo: random.integer(50, 1500) });
  // Diagnoses that do not count: ruled out, entered in error, over.
  if (random.chance(0.02)) chart.problem(CONDITIONS.osteoporosis, { daysAgo: 500, verification: 'refuted' });
  if (random.chance(0.01)) chart.problem(CONDITIONS.infarction, { verification: 'entered-in-error' });
  for (let more = random.integer(0, 4); more > 0; more -= 1)
    chart.problem(random.pick(OTHER_CONDITIONS), {
      ...(random.chance(0.9) ? { daysAgo: random.integer(5, 6000) } : {}),
      clinical: random.chance(0.7) ? 'active' : 'resolved',
    });
  for (let more = random.integer(0, 2); more > 0; more -= 1)
    chart.drug(...random.pick(OTHER_DRUGS), {
      daysAgo: random.integer(5, 1500),
      status: random.pick(['active', 'stopped', 'completed']),
    });
  if (random.chance(0.08)) chart.order(random.pick(ORDERS), random.integer(1, 200));
}
