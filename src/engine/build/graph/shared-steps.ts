// Steps that several builds need at the same time run once: all builds follow the same run, which is cancelled when the
// last of them has left.
import type { VertexEvent } from "./step-execution.ts";

/** Number of log events replayed to a build that joins late. */
const MAX_REPLAYED_EVENTS = 10_000;

export interface Follower {
  onEvent(event: VertexEvent): void;
  ready(): Promise<void>;
  signal: AbortSignal;
}

interface RunContext {
  emit(event: VertexEvent): void;
  ready(): Promise<void>;
  signal: AbortSignal;
}

class SharedStep<T> {
  readonly result: Promise<T>;
  private readonly controller = new AbortController();
  private readonly followers = new Set<Follower>();
  private readonly events: VertexEvent[] = [];

  constructor(run: (context: RunContext) => Promise<T>) {
    this.result = run({
      emit: (event) => this.emit(event),
      // A client that does not read must not block a step that others wait for.
      ready: () => Promise.race([...this.followers].map((follower) => follower.ready())),
      signal: this.controller.signal,
    });
    // Each follower gets the failure; without followers it is ignored.
    this.result.catch(() => {});
  }

  get isCanceled(): boolean {
    return this.controller.signal.aborted;
  }

  /** Resolves with the result; rejects with the follower's own reason when its signal is aborted first. */
  async follow(follower: Follower): Promise<T> {
    const { signal } = follower;
    signal.throwIfAborted();
    for (const event of this.events) follower.onEvent(event);
    this.followers.add(follower);
    const { promise: canceled, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([this.result, canceled]);
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.followers.delete(follower);
      if (this.followers.size === 0 && signal.aborted) this.controller.abort(signal.reason);
    }
  }

  private emit(event: VertexEvent): void {
    this.events.push(event);
    if (this.events.length > MAX_REPLAYED_EVENTS) this.events.shift();
    for (const follower of [...this.followers]) follower.onEvent(event);
  }
}

export class SharedSteps<T> {
  private readonly running = new Map<string, SharedStep<T>>();

  /** Follows the run of this key, starting it if necessary. `onStart` gets a promise of a new run's end. */
  async join(
    key: string,
    follower: Follower,
    run: (context: RunContext) => Promise<T>,
    onStart: (ended: Promise<unknown>) => void,
  ): Promise<T> {
    for (let present = this.running.get(key); present; present = this.running.get(key)) {
      if (present.isCanceled) {
        // It still releases its resources.
        await present.result.catch(() => {});
        continue;
      }
      try {
        return await present.follow(follower);
      } catch (thrown) {
        // Cancelled by the build that started it, just when this one joined.
        if (!present.isCanceled || follower.signal.aborted) throw thrown;
      }
    }
    const step = new SharedStep<T>(async (context) => {
      try {
        return await run(context);
      } finally {
        this.running.delete(key);
      }
    });
    this.running.set(key, step);
    onStart(step.result.catch(() => {}));
    return step.follow(follower);
  }
}
