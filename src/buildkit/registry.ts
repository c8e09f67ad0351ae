// Sessions and builds by id; lookups wait briefly for ones that do not exist yet.

import { Changes } from "./changes.ts";

/** A client's call may arrive before the one it depends on. */
const WAIT_MILLISECONDS = 5_000;

export class Registry<T> {
  private readonly items = new Map<string, T>();
  private readonly changes = new Changes();

  has(id: string): boolean {
    return this.items.has(id);
  }

  add(id: string, item: T): void {
    this.items.set(id, item);
    this.changes.tell();
  }

  remove(id: string): void {
    this.items.delete(id);
    this.changes.tell();
  }

  values(): IterableIterator<T> {
    return this.items.values();
  }

  /** Returns an existing entry, or one added within a few seconds. */
  async find(id: string, signal: AbortSignal): Promise<T | undefined> {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(WAIT_MILLISECONDS)]);
    for (;;) {
      const item = this.items.get(id);
      if (item !== undefined || deadline.aborted) return item;
      await this.changes.next(deadline);
    }
  }

  /** Resolves when an entry is added or removed, or the signal is aborted. */
  async change(signal: AbortSignal): Promise<void> {
    await this.changes.next(signal);
  }
}
