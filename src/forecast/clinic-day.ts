/** How many cards a day in clinic would show, from how many one visit shows. */

export interface ClinicDay {
  readonly visits: number;
  readonly mean: number;
  /** One day in ten shows at most this many. */
  readonly p10: number;
  readonly median: number;
  readonly p90: number;
  /** Share of visits without a card. */
  readonly silent: number;
}

/**
 * Exact for independent visits: every visit is of a patient drawn from the population, each as likely as any other, and opens the
 * chart once. Null without patients.
 *
 * @param patients how many patients would see `index` cards.
 */
export function clinicDay(patients: readonly number[], visits: number): ClinicDay | null {
  const all = patients.reduce((sum, n) => sum + n, 0);
  if (all === 0) return null;
  const visit = Array.from(patients, (n) => n / all);
  let day: readonly number[] = [1];
  for (let seen = 0; seen < visits; seen++) day = convolved(day, visit);
  const quantile = (share: number): number => {
    let sum = 0;
    // The sum of all shares may end a hair below one.
    const found = day.findIndex((chance) => (sum += chance) >= share - 1e-9);
    return found === -1 ? day.length - 1 : found;
  };
  return {
    visits,
    mean: visits * visit.reduce((sum, chance, cards) => sum + chance * cards, 0),
    p10: quantile(0.1),
    median: quantile(0.5),
    p90: quantile(0.9),
    silent: visit[0] ?? 0,
  };
}

function convolved(a: readonly number[], b: readonly number[]): readonly number[] {
  const sum = new Array<number>(a.length + b.length - 1).fill(0);
  a.forEach((chance, i) => {
    b.forEach((other, j) => {
      sum[i + j] = (sum[i + j] ?? 0) + chance * other;
    });
  });
  return sum;
}
