// A transfer shared by several callers: each watches its events, and it is aborted when the last watcher leaves.

export interface Watcher<E> {
  onEvent(event: E): void;
  signal?: AbortSignal | undefined;
}

export class Transfer<T, E> {
  private readonly controller = new AbortController();
  private readonly watchers = new Set<Watcher<E>>();
  /** The last event of each key, in order of the keys' first events: replayed to watchers that join later. */
  private readonly latest = new Map<string, E>();
  private readonly keyOf: (event: E) => string;
  private readonly result: Promise<T>;

  constructor(keyOf: (event: E) => string, run: (emit: (event: E) => void, signal: AbortSignal) => Promise<T>) {
    this.keyOf = keyOf;
    this.result = run((event) => this.emit(event), this.controller.signal);
    // Failures are reported to each watcher; without watchers they are ignored.
    this.result.catch(() => {});
  }

  /** Whether watchers can still join. */
  get isOpen(): boolean {
    return !this.controller.signal.aborted;
  }

  /** Resolves when the transfer has ended, successfully or not. */
  async ended(): Promise<void> {
    await this.result.catch(() => {});
  }

  /** The result, or the reason of the watcher's own signal if that is aborted first. */
  async watch(watcher: Watcher<E>): Promise<T> {
    const { signal } = watcher;
    signal?.throwIfAborted();
    for (const event of this.latest.values()) watcher.onEvent(event);
    this.watchers.add(watcher);
    const { promise: cancelled, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([this.result, cancelled]);
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.watchers.delete(watcher);
      if (this.watchers.size === 0 && signal?.aborted) this.controller.abort(signal.reason);
    }
  }

  private emit(event: E): void {
    this.latest.set(this.keyOf(event), event);
    for (const watcher of [...this.watchers]) watcher.onEvent(event);
  }
}

/** Transfers by name: a caller joins a running transfer instead of starting another. */
export class TransferManager<T, E> {
  private readonly transfers = new Map<string, Transfer<T, E>>();
  private readonly keyOf: (event: E) => string;

  constructor(keyOf: (event: E) => string) {
    this.keyOf = keyOf;
  }

  async join(
    name: string,
    watcher: Watcher<E>,
    run: (emit: (event: E) => void, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    for (let present = this.transfers.get(name); present; present = this.transfers.get(name)) {
      if (present.isOpen) return present.watch(watcher);
      // Abandoned by all watchers: it must release its resources before it can start again.
      await present.ended();
    }
    const transfer = new Transfer(this.keyOf, async (emit: (event: E) => void, signal) => {
      try {
        return await run(emit, signal);
      } finally {
        if (this.transfers.get(name) === transfer) this.transfers.delete(name);
      }
    });
    this.transfers.set(name, transfer);
    return transfer.watch(watcher);
  }
}
