/**
 * What a synthetic person is like: numbers that hang together, before any of it is measured or written down.
 *
 * Where each distribution comes from: docs/population.md. The numbers here and there agree; a test measures them.
 */
import type { Random } from './random.ts';

export interface Person {
  readonly female: boolean;
  readonly ageYears: number;
  readonly heightCm: number;
  /** kg/m2 */
  readonly bmi: number;
  readonly smoker: 'current' | 'former' | 'never';
  readonly diabetes: 'type1' | 'type2' | undefined;
  readonly hypertension: boolean;
  /** The lower T-score of hip and lumbar spine. */
  readonly tScore: number;
  /** nmol/L */
  readonly vitaminD: number;
  /** mg/L */
  readonly hsCrp: number;
  /** mg/dL, without treatment. */
  readonly ldl: number;
  readonly hdl: number;
  readonly triglycerides: number;
  readonly systolic: number;
  readonly diastolic: number;
  /** % */
  readonly hba1c: number;
  /** mL/min/1.73 m2 */
  readonly egfr: number;
  /** mg/dL */
  readonly calcium: number;
  readonly cardiovascular: boolean;
  readonly glucocorticoid: boolean;
  readonly statin: boolean;
  /** Coronary calcium, Agatston units. */
  readonly coronaryCalcium: number;
}

/** Adults as a clinic for bone and heart sees them: mostly from 50 years, more women. */
const AGE_BANDS: readonly (readonly [number, readonly [number, number]])[] = [
  [6, [18, 39]],
  [12, [40, 49]],
  [26, [50, 59]],
  [28, [60, 69]],
  [20, [70, 79]],
  [8, [80, 94]],
];

/** Mean and deviation at 65 years, and change a year: NCHS Data Brief 405 (docs/population.md). */
const T_SCORE = {
  female: { mean: -1.59, deviation: 1.0, yearly: -0.032 },
  male: { mean: -0.67, deviation: 1.06, yearly: -0.016 },
} as const;

/** 25-OH vitamin D is normal in the square root of nmol/L: NHANES 2011-2014 (docs/population.md). */
const VITAMIN_D = [
  { from: 60, mean: 8.958, deviation: 1.836 },
  { from: 40, mean: 8.329, deviation: 1.805 },
  { from: 0, mean: 7.886, deviation: 1.681 },
] as const;

export function personOf(random: Random): Person {
  const female = random.chance(0.62);
  const [low, high] = random.weighted(AGE_BANDS);
  const ageYears = random.integer(low, high);
  // Two things that many values share: adiposity and inflammation.
  const adiposity = random.normal();
  const inflammation = 0.4 * adiposity + 0.92 * random.normal();
  const body = bodyOf(random, female, adiposity);
  const smoker = random.weighted([
    [ageYears < 70 ? 0.15 : 0.08, 'current'],
    [0.3, 'former'],
    [0.55, 'never'],
  ] as const);
  const diabetes = diabetesOf(random, ageYears, adiposity);
  const bone = boneOf(random, { female, ageYears, adiposity, inflammation });
  const heart = heartOf(random, { female, ageYears, adiposity, diabetes: diabetes !== undefined });
  const lipids = lipidsOf(random, female, adiposity);
  const hsCrp = Math.exp(Math.log(2.1) + 1.05 * inflammation);
  const cardiovascular = random.chance(
    logistic(-4.6 + 0.055 * (ageYears - 50) + (smoker === 'current' ? 0.6 : 0)),
  );
  return {
    female,
    ageYears,
    ...body,
    smoker,
    diabetes,
    ...bone,
    ...heart,
    ...lipids,
    hsCrp,
    cardiovascular,
    hba1c: hba1cOf(random, diabetes !== undefined, adiposity),
    // Two parathyroid adenomas in three hundred: 0.7 % have a calcium above the range.
    calcium: random.chance(0.007) ? 10.9 + Math.abs(random.normal()) * 0.4 : 9.5 + 0.3 * random.normal(),
    glucocorticoid: random.chance(0.03),
    statin: random.chance(
      statinShare({ cardiovascular, diabetes: diabetes !== undefined, ageYears, ldl: lipids.ldl }),
    ),
    coronaryCalcium: coronaryCalciumOf(random, female, ageYears),
  };
}

function logistic(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

function bodyOf(random: Random, female: boolean, adiposity: number): Pick<Person, 'heightCm' | 'bmi'> {
  return {
    heightCm: (female ? 161 : 175) + 6.5 * random.normal(),
    bmi: Math.exp(Math.log(28.5) + 0.2 * adiposity),
  };
}

function diabetesOf(random: Random, ageYears: number, adiposity: number): Person['diabetes'] {
  if (random.chance(0.005)) return 'type1';
  return random.chance(logistic(-2.1 + 0.03 * (ageYears - 60) + 0.6 * adiposity)) ? 'type2' : undefined;
}

interface Body {
  readonly female: boolean;
  readonly ageYears: number;
  readonly adiposity: number;
}

function boneOf(
  random: Random,
  { female, ageYears, adiposity, inflammation }: Body & { readonly inflammation: number },
): Pick<Person, 'tScore' | 'vitaminD'> {
  const sunshine = -0.2 * adiposity + 0.98 * random.normal();
  const density = 0.25 * adiposity - 0.15 * inflammation + 0.12 * sunshine;
  // The shared parts have this variance; the rest makes up a deviation of 1.
  const own = Math.sqrt(1 - 0.07);
  const { mean, deviation, yearly } = T_SCORE[female ? 'female' : 'male'];
  const level = VITAMIN_D.find(({ from }) => ageYears >= from) ?? VITAMIN_D[0];
  const root = Math.max(level.mean + level.deviation * sunshine, 2.5);
  return {
    tScore: mean + yearly * (ageYears - 65) + deviation * (density + own * random.normal()),
    // A few take far too much of it.
    vitaminD: random.chance(0.004) ? 260 + 60 * random.next() : root * root,
  };
}

function heartOf(
  random: Random,
  { ageYears, adiposity, diabetes }: Body & { readonly diabetes: boolean },
): Pick<Person, 'hypertension' | 'systolic' | 'diastolic' | 'egfr'> {
  const hypertension = random.chance(logistic(-0.4 + 0.06 * (ageYears - 60) + 0.5 * adiposity));
  const systolic = 118 + 0.25 * (ageYears - 50) + (hypertension ? 13 : 0) + 12 * random.normal();
  const egfr =
    98 - 0.85 * (ageYears - 45) - (diabetes ? 6 : 0) - (hypertension ? 3 : 0) + 13 * random.normal();
  return {
    hypertension,
    systolic: clamp(systolic, 84, 230),
    diastolic: clamp(0.45 * systolic + 20 + 7 * random.normal(), 44, 128),
    egfr: clamp(random.chance(0.02) ? egfr - 45 : egfr, 7, 125),
  };
}

function lipidsOf(
  random: Random,
  female: boolean,
  adiposity: number,
): Pick<Person, 'ldl' | 'hdl' | 'triglycerides'> {
  const shared = random.normal();
  return {
    // One in 250 has a heterozygous familial hypercholesterolaemia.
    ldl: clamp((random.chance(0.004) ? 225 : 121) + 34 * shared, 35, 420),
    hdl: clamp(
      Math.exp(Math.log(female ? 58.3 : 48.7) + 0.25 * (-0.4 * adiposity + 0.92 * random.normal())),
      18,
      120,
    ),
    triglycerides: clamp(
      Math.exp(Math.log(118) + 0.5 * (0.4 * adiposity + 0.92 * random.normal())),
      32,
      1400,
    ),
  };
}

function hba1cOf(random: Random, diabetes: boolean, adiposity: number): number {
  if (!diabetes) return clamp(5.5 + 0.1 * adiposity + 0.28 * random.normal(), 4.3, 6.4);
  return clamp(Math.exp(Math.log(7.1) + 0.17 * random.normal()), 5.6, 15);
}

function statinShare(person: {
  readonly cardiovascular: boolean;
  readonly diabetes: boolean;
  readonly ageYears: number;
  readonly ldl: number;
}): number {
  if (person.cardiovascular) return 0.7;
  if (person.ldl >= 190) return 0.5;
  if (person.ageYears < 40) return 0.02;
  return person.diabetes ? 0.5 : 0.2;
}

function coronaryCalciumOf(random: Random, female: boolean, ageYears: number): number {
  if (random.chance(logistic(2 - 0.07 * (ageYears - (female ? 50 : 38))))) return 0;
  return Math.round(Math.exp(Math.log(70) + 1.5 * random.normal()));
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
