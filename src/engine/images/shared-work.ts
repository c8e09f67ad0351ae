// Work that several callers share: each follows its events, and it is aborted when the last of them has gone.

export interface Follower<E> {
  onEvent(event: E): void;
  signal?: AbortSignal | undefined;
}

export class SharedWork<T, E> {
  private readonly controller = new AbortController();
  private readonly followers = new Set<Follower<E>>();
  /** The last event of each key, in order of the keys' first events: replayed to followers that join later. */
  private readonly latest = new Map<string, E>();
  private readonly keyOf: (event: E) => string;
  private readonly result: Promise<T>;

  constructor(keyOf: (event: E) => string, run: (emit: (event: E) => void, signal: AbortSignal) => Promise<T>) {
    this.keyOf = keyOf;
    this.result = run((event) => this.emit(event), this.controller.signal);
    // Failures are reported to each follower; without followers they are ignored.
    this.result.catch(() => {});
  }

  /** Whether followers can still join. */
  get isOpen(): boolean {
    return !this.controller.signal.aborted;
  }

  /** Resolves when the work has ended, successfully or not. */
  async ended(): Promise<void> {
    await this.result.catch(() => {});
  }

  /** The result, or the reason of the follower's own signal if that is aborted first. */
  async follow(follower: Follower<E>): Promise<T> {
    const { signal } = follower;
    signal?.throwIfAborted();
    for (const event of this.latest.values()) follower.onEvent(event);
    this.followers.add(follower);
    const { promise: cancelled, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([this.result, cancelled]);
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.followers.delete(follower);
      if (this.followers.size === 0 && signal?.aborted) this.controller.abort(signal.reason);
    }
  }

  private emit(event: E): void {
    this.latest.set(this.keyOf(event), event);
    for (const follower of [...this.followers]) follower.onEvent(event);
  }
}

/** Shared work by name: a caller joins work that is already running. */
export class SharedWorks<T, E> {
  private readonly works = new Map<string, SharedWork<T, E>>();
  private readonly keyOf: (event: E) => string;

  constructor(keyOf: (event: E) => string) {
    this.keyOf = keyOf;
  }

  async join(
    name: string,
    follower: Follower<E>,
    run: (emit: (event: E) => void, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    for (let present = this.works.get(name); present; present = this.works.get(name)) {
      if (present.isOpen) return present.follow(follower);
      // Abandoned by all followers: it must release its resources before it can start again.
      await present.ended();
    }
    const work = new SharedWork(this.keyOf, async (emit: (event: E) => void, signal) => {
      try {
        return await run(emit, signal);
      } finally {
        if (this.works.get(name) === work) this.works.delete(name);
      }
    });
    this.works.set(name, work);
    return work.follow(follower);
  }
}
