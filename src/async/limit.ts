// A semaphore with a first-in, first-out queue, whose limit may change at any time.

export class Limit {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly most: () => number;

  constructor(most: () => number) {
    this.most = most;
  }

  /** Runs `work` when a slot is free. */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    while (this.running >= Math.max(this.most(), 1)) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    this.running += 1;
    try {
      signal?.throwIfAborted();
      return await work();
    } finally {
      this.running -= 1;
      this.waiting.shift()?.();
    }
  }
}
