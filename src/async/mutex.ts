// Mutual exclusion of asynchronous work: each task waits until all earlier ones have settled.

export class Mutex {
  private last: Promise<unknown> = Promise.resolve();

  /** Runs `work` after all earlier tasks have settled. */
  run<T>(work: () => T | Promise<T>): Promise<T> {
    const turn = this.last.then(work);
    this.last = turn.catch(() => {});
    return turn;
  }

  /** Resolves when all tasks so far have settled. */
  async idle(): Promise<void> {
    await this.last;
  }
}

/** A mutex for each key: work with different keys does not wait for each other. */
export class KeyedMutex {
  private readonly entries = new Map<string, { mutex: Mutex; users: number }>();

  async run<T>(key: string, work: () => T | Promise<T>): Promise<T> {
    const entry = this.entries.get(key) ?? { mutex: new Mutex(), users: 0 };
    this.entries.set(key, entry);
    entry.users++;
    try {
      return await entry.mutex.run(work);
    } finally {
      entry.users--;
      if (entry.users === 0) this.entries.delete(key);
    }
  }
}
