/**
 * Laboratory values in two unit families.
 *
 * A value is a grid point: a conventional and an SI number for the same finding. The specification compares a value with the
 * limit of the family in which it was reported, and rounded limits are not exact conversions of each other (20 ng/mL is
 * 49.92 nmol/L, the twin limit is 50). So a point is kept only when both of its numbers lie on the same side of every twin
 * limit of the analyte (below, at or above both); the twins themselves are points. What is left out are the slivers between
 * a limit and its converted twin, where the two families differ on purpose (units.md, boundary rule).
 */
import fc from 'fast-check';

/** Conventional and SI number. */
export type Point = readonly [conventional: number, si: number];

export interface Analyte {
  readonly codes: readonly string[];
  readonly units: readonly [conventional: string, si: string];
  /** Values that generated charts hold: limits, their neighbours, ordinary, extreme and implausible ones. */
  readonly points: readonly Point[];
}

interface Definition {
  readonly codes: readonly string[];
  readonly units: readonly [conventional: string, si: string];
  readonly toSi: (value: number) => number;
  readonly decimals: number;
  readonly twins?: readonly Point[];
  readonly values: readonly number[];
}

function analyte({ codes, units, toSi, decimals, twins = [], values }: Definition): Analyte {
  const others = values.map((value): Point => [value, Number(toSi(value).toFixed(decimals))]);
  return { codes, units, points: [...twins, ...others.filter((point) => isOnOneSide(point, twins))] };
}

function isOnOneSide([conventional, si]: Point, twins: readonly Point[]): boolean {
  return twins.every((twin) => Math.sign(conventional - twin[0]) === Math.sign(si - twin[1]));
}

/** An analyte with one unit everywhere. */
function same(codes: readonly string[], unit: string, values: readonly number[]): Analyte {
  return { codes, units: [unit, unit], points: values.map((value): Point => [value, value]) };
}

const over =
  (factor: number) =>
  (value: number): number =>
    value / factor;
const times =
  (factor: number) =>
  (value: number): number =>
    value * factor;

const MG_DL_TO_MMOL_L = ['mg/dL', 'mmol/L'] as const;

/** Fractions of a gram below 4.0 g/dL that a calcium value can be corrected for. */
const ALBUMIN = [2, 2.5, 3, 3.5, 4, 4.5] as const;
const CALCIUM_TWINS: readonly Point[] = [
  [8.5, 2.12],
  [10.5, 2.62],
  [11.5, 2.87],
  [14, 3.5],
  [8.4, 2.1], // the reference range that some results carry
  [10.2, 2.55],
];

const calciumTotal = analyte({
  codes: ['17861-6', '2000-8'],
  units: MG_DL_TO_MMOL_L,
  toSi: over(4.008),
  decimals: 3,
  twins: CALCIUM_TWINS,
  values: [
    6.4, 7.2, 7.7, 8, 8.3, 8.45, 8.6, 9.1, 9.6, 10, 10.3, 10.6, 10.9, 11.2, 11.6, 12.5, 13.9, 14.1, 30,
  ],
});

export const ANALYTES = {
  ldl: analyte({
    codes: ['2089-1', '13457-7', '18262-6'],
    units: MG_DL_TO_MMOL_L,
    toSi: over(38.67),
    decimals: 2,
    twins: [
      [70, 1.8],
      [160, 4.1],
      [190, 4.9],
    ],
    values: [55, 69, 71, 100, 130, 158, 161, 175, 188, 189, 191, 195, 250, 620, 950],
  }),
  triglycerides: analyte({
    codes: ['2571-8'],
    units: MG_DL_TO_MMOL_L,
    toSi: over(88.57),
    decimals: 2,
    twins: [[400, 4.5]],
    values: [90, 150, 395, 401, 450, 800],
  }),
  hdl: analyte({
    codes: ['2085-9'],
    units: MG_DL_TO_MMOL_L,
    toSi: over(38.67),
    decimals: 4,
    values: [18, 35, 48, 65, 101],
  }),
  totalCholesterol: analyte({
    codes: ['2093-3'],
    units: MG_DL_TO_MMOL_L,
    toSi: over(38.67),
    decimals: 4,
    values: [125, 180, 205, 240, 321],
  }),
  hba1c: analyte({
    codes: ['4548-4', '17856-6'],
    units: ['%', 'mmol/mol'],
    toSi: (value) => (value - 2.152) / 0.09148,
    decimals: 0,
    twins: [[8, 64]],
    values: [5.4, 6.5, 7.1, 7.9, 8.1, 9.5],
  }),
  vitaminD: analyte({
    codes: ['62292-8', '62292-8', '62292-8', '1989-3', '68438-1'],
    units: ['ng/mL', 'nmol/L'],
    toSi: times(2.496),
    decimals: 1,
    twins: [
      [12, 30],
      [20, 50],
      [30, 75],
      [100, 250],
    ],
    values: [4, 8, 11.9, 12.1, 15, 19.9, 20.1, 25, 29.9, 30.1, 42, 99, 101, 150, 260],
  }),
  hsCrp: analyte({
    codes: ['30522-7', '71426-1'],
    units: ['mg/L', 'mg/dL'],
    toSi: over(10),
    decimals: 3,
    twins: [
      [2, 0.2],
      [3, 0.3],
      [10, 1],
    ],
    values: [0.4, 1.9, 2.1, 2.4, 2.9, 3.1, 3.5, 4, 9.9, 10.1, 12, 45, 700],
  }),
  crpPlain: analyte({
    codes: ['1988-5'],
    units: ['mg/L', 'mg/dL'],
    toSi: over(10),
    decimals: 3,
    twins: [[10, 1]],
    values: [2, 5, 9.9, 10.1, 45],
  }),
  calciumTotal: {
    ...calciumTotal,
    // Corrected by 0.8 mg/dL or 0.2 mmol/L for each missing g/dL of albumin, the sum must lie on one side as well.
    points: calciumTotal.points.filter(([conventional, si]) =>
      ALBUMIN.every((albumin) => {
        const missing = Math.max(0, 4 - albumin);
        const corrected: Point = [
          Number((conventional + 0.8 * missing).toFixed(6)),
          Number((si + 0.2 * missing).toFixed(6)),
        ];
        return isOnOneSide(corrected, CALCIUM_TWINS);
      }),
    ),
  },
  calciumCorrected: analyte({
    codes: ['29265-6'],
    units: MG_DL_TO_MMOL_L,
    toSi: over(4.008),
    decimals: 3,
    twins: CALCIUM_TWINS,
    values: [7.9, 8.3, 9.4, 10.3, 10.7, 12, 14.2],
  }),
  calciumIonized: analyte({
    codes: ['1995-0'],
    units: ['mg/dL', 'mmol/L'],
    toSi: times(0.2495),
    decimals: 4,
    values: [4.1, 4.4, 4.6, 5, 5.2, 5.4, 6.9, 7.1],
  }),
  albumin: analyte({
    codes: ['1751-7'],
    units: ['g/dL', 'g/L'],
    toSi: times(10),
    decimals: 1,
    values: ALBUMIN,
  }),
  pth: analyte({
    codes: ['2731-8'],
    units: ['pg/mL', 'pmol/L'],
    toSi: over(9.43),
    decimals: 2,
    twins: [
      [20, 2.1],
      [65, 6.9],
      [40, 4.25],
      [15, 1.6], // lower end of the reference range that some results carry
    ],
    values: [6, 12, 18, 22, 30, 37, 43, 60, 64, 66, 72, 140],
  }),
  phosphate: analyte({
    codes: ['2777-1'],
    units: MG_DL_TO_MMOL_L,
    toSi: over(3.097),
    decimals: 3,
    values: [2.1, 3.4, 5.6],
  }),
  creatinine: analyte({
    codes: ['2160-0'],
    units: ['mg/dL', 'umol/L'],
    // Unrounded, so that a computed clearance or eGFR cannot land on the two sides of a limit.
    toSi: over(0.01131),
    decimals: 6,
    values: [0.61, 0.83, 1.07, 1.39, 1.86, 2.53, 4.1, 7.3],
  }),
  eGfr: same(
    ['98979-8', '98979-8', '62238-1'],
    'mL/min/{1.73_m2}',
    [9, 14, 15, 25, 29, 30, 33, 34, 35, 39, 40, 44, 45, 52, 58, 59, 60, 61, 75, 95],
  ),
  alkalinePhosphatase: same(['6768-6'], 'U/L', [45, 95, 240]),
  tsh: same(['3016-3'], 'm[IU]/L', [0.1, 2.2, 7]),
  testosterone: analyte({
    codes: ['2986-8'],
    units: ['ng/dL', 'nmol/L'],
    toSi: over(28.84),
    decimals: 2,
    twins: [[300, 10.4]],
    values: [60, 180, 264, 290, 299, 301, 350, 520],
  }),
  hematocrit: analyte({
    codes: ['4544-3'],
    units: ['%', 'L/L'],
    toSi: over(100),
    decimals: 4,
    twins: [
      [50, 0.5],
      [54, 0.54],
    ],
    values: [41, 46, 49.9, 50.1, 52, 53.9, 54.1, 56],
  }),
  weight: same(['29463-7'], 'kg', [45, 52.3, 58.9, 63.9, 64, 69.9, 70, 73.9, 74, 75, 81.3, 97, 140]),
  height: same(['8302-2'], 'cm', [148, 160, 163, 171, 185]),
  bodyMassIndex: same(['39156-5'], 'kg/m2', [17, 22.4, 27, 31, 38]),
  coronaryCalcium: same(['450360000'], '{score}', [0, 1, 99, 100, 299, 300, 400]),
  fraxMajor: same(['90265-0'], '%', [8.3, 8.4, 12, 21]),
} as const satisfies Readonly<Record<string, Analyte>>;

export type AnalyteName = keyof typeof ANALYTES;

/** A point of the analyte: a limit or one of its neighbours more often than the rest would give. */
export function point({ points }: Analyte): fc.Arbitrary<Point> {
  return fc.constantFrom(...points);
}
