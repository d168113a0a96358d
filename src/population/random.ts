/**
 * Random numbers of one synthetic patient. Each patient has a stream of their own, seeded by the population's seed and the patient's
 * number, so that patient k is the same in a population of any size.
 */
export interface Random {
  /** From 0 up to but not 1. */
  next(): number;
  /** Standard normal. */
  normal(): number;
  chance(probability: number): boolean;
  /** Whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  pick<const T extends readonly [unknown, ...unknown[]]>(values: T): T[number];
  /** A value with a probability in proportion to its weight. */
  weighted<const T extends readonly (readonly [weight: number, value: unknown])[]>(values: T): T[number][1];
}

/**
 * sfc32 (Chris Doty-Humphrey's small fast counting generator, public domain), started from both numbers and warmed up.
 *
 * @param seed whole number of the population.
 * @param patient number of the patient, from 0.
 */
export function randomOf(seed: number, patient: number): Random {
  let a = seed | 0;
  let b = patient | 0;
  let c = Math.floor(patient / 2 ** 32) ^ Math.floor(seed / 2 ** 32) ^ 0x9e3779b9;
  let counter = 1;
  const word = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 15; round += 1) word();
  const next = (): number => word() / 2 ** 32;
  // Box and Muller: of the two values one is used, so that each call takes the same share of the stream.
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    normal,
    chance: (probability) => next() < probability,
    integer: (min, max) => min + Math.floor(next() * (max - min + 1)),
    pick: (values) => values[Math.floor(next() * values.length)],
    weighted: (values) => weightedAt(next(), values),
  };
}

function weightedAt<T extends readonly (readonly [number, unknown])[]>(at: number, values: T): T[number][1] {
  let left = at * values.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, value] of values) {
    left -= weight;
    if (left < 0) return value;
  }
  const last = values.at(-1);
  if (last === undefined) throw new RangeError('nothing to choose from');
  return last[1];
}
