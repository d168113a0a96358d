/**
 * Group commit: what arrives while one write is on its way is written together by the next one.
 *
 * Each item costs one round trip at low load and a share of one at high load; nobody waits for a timer.
 */
export interface GroupCommit<T> {
  /** Resolves when the item is durable; rejects when its batch could not be written, or too many are waiting. */
  add(item: T): Promise<void>;
  /** Resolves when nothing is waiting any more. */
  drained(): Promise<void>;
}

export interface GroupCommitLimits {
  /** Items in one write. */
  readonly batch: number;
  /** Items that may wait; more are refused, so that a store that hangs does not fill the memory. */
  readonly waiting: number;
}

interface Waiting<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export function groupCommit<T>(
  write: (batch: readonly T[]) => Promise<void>,
  limits: GroupCommitLimits = { batch: 500, waiting: 5000 },
): GroupCommit<T> {
  let waiting: Waiting<T>[] = [];
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, limits.batch);
      waiting = waiting.slice(limits.batch);
      try {
        await write(batch.map(({ item }) => item));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    running = undefined;
  }

  return {
    add(item) {
      if (waiting.length >= limits.waiting) return Promise.reject(new Error('too many writes are waiting'));
      return new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        running ??= run();
      });
    },
    drained: async () => {
      await running;
    },
  };
}
