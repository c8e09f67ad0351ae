// What clients name before or after it exists: sessions and builds, by their ids.

/** One call of a client may overtake the one that it depends on. */
const WAIT_MILLISECONDS = 5_000;

export class Registry<T> {
  private readonly items = new Map<string, T>();
  private readonly waiting = new Set<() => void>();

  has(id: string): boolean {
    return this.items.has(id);
  }

  add(id: string, item: T): void {
    this.items.set(id, item);
    this.wakeAll();
  }

  remove(id: string): void {
    this.items.delete(id);
    this.wakeAll();
  }

  values(): IterableIterator<T> {
    return this.items.values();
  }

  /** What is there, or is added within a few seconds. */
  async find(id: string, signal: AbortSignal): Promise<T | undefined> {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(WAIT_MILLISECONDS)]);
    for (;;) {
      const item = this.items.get(id);
      if (item !== undefined || deadline.aborted) return item;
      await this.change(deadline);
    }
  }

  /** Resolves when something is added or removed, or the signal is aborted. */
  async change(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        this.waiting.delete(settle);
        signal.removeEventListener("abort", settle);
        resolve();
      };
      this.waiting.add(settle);
      signal.addEventListener("abort", settle, { once: true });
    });
  }

  private wakeAll(): void {
    for (const wake of this.waiting) wake();
  }
}
