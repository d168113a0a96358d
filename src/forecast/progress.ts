/** Progress on standard error: one line that is written over on a terminal, a plain line now and then elsewhere. */

export interface ProgressLine {
  /** @param patients done in this run and earlier ones; parts likewise. */
  show(patients: number, doneParts: number, allParts: number): void;
  end(): void;
}

export interface ProgressOptions {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  /** Milliseconds. */
  readonly now: () => number;
}

const TERMINAL_EVERY_MS = 250;
const PLAIN_EVERY_MS = 10_000;

export function progressLine({ write, isTerminal, now }: ProgressOptions): ProgressLine {
  const every = isTerminal ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS;
  let first: { at: number; patients: number; parts: number } | undefined;
  let shown = now();
  let open = false;
  return {
    show: (patients, doneParts, allParts) => {
      const at = now();
      // What an earlier run has done says nothing about the rate of this one.
      first ??= { at, patients, parts: doneParts };
      if (at - shown < every && doneParts < allParts) return;
      shown = at;
      const seconds = (at - first.at) / 1000;
      const rate = seconds > 0 ? (patients - first.patients) / seconds : 0;
      const done = doneParts - first.parts;
      const left = done > 0 ? (seconds / done) * (allParts - doneParts) : null;
      const text = [
        `${String(patients)} patients`,
        `part ${String(doneParts)} of ${String(allParts)}`,
        ...(rate > 0 ? [`${String(Math.round(rate))} patients/s`] : []),
        ...(left === null || doneParts === allParts ? [] : [`${duration(left)} left`]),
      ].join(', ');
      write(isTerminal ? `\r${text}\u001B[K` : `${text}\n`);
      open = isTerminal;
    },
    end: () => {
      if (open) write('\n');
      open = false;
    },
  };
}

/** `42 s`, `3 min`, `2 h 10 min`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${String(Math.ceil(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90
    ? `${String(minutes)} min`
    : `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min`;
}
