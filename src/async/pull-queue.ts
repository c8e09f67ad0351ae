// The consumer's end of a queue. Its producer stores the items (in an array, a file) and says when there
// is something new; the consumer pulls. Unlike a generator, whose `return()` does nothing before the first `next()`, it
// releases what it holds even if it was never read.
import { WakeUp } from "./wake-up.ts";

export interface PullSource<T> {
  /** The next item; undefined when there is none at the moment. */
  take(): T | undefined;
  /** Releases what the queue holds. Called once: at the end, or when the consumer stops reading. */
  release?(): void;
}

export class PullQueue<T> implements AsyncIterableIterator<T> {
  private readonly source: PullSource<T>;
  private readonly changed = new WakeUp();
  private ended = false;
  private released = false;

  constructor(source: PullSource<T>) {
    this.source = source;
  }

  /** Whether no more items are accepted. */
  get isEnded(): boolean {
    return this.ended;
  }

  /** The producer has something new. */
  wake(): void {
    this.changed.wake();
  }

  /** No more will come; what is queued is still delivered. */
  end(): void {
    this.ended = true;
    this.changed.wake();
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    while (!this.released) {
      const value = this.source.take();
      if (value !== undefined) return { done: false, value };
      if (this.ended) break;
      await this.changed.wait();
    }
    this.release();
    return { done: true, value: undefined };
  }

  /** The consumer reads no further. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.end();
    this.release();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private release(): void {
    if (this.released) return;
    this.released = true;
    this.source.release?.();
  }
}

/** `items` with a cleanup that runs once: at their end, when the consumer stops, or when never started. */
export function withCleanup<T>(items: AsyncIterator<T>, cleanup: () => void): AsyncIterableIterator<T> {
  let cleaned = false;
  const clean = (): void => {
    if (cleaned) return;
    cleaned = true;
    cleanup();
  };
  return {
    async next() {
      try {
        const result = await items.next();
        if (result.done) clean();
        return result;
      } catch (thrown) {
        clean();
        throw thrown;
      }
    },
    async return() {
      clean();
      await items.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
