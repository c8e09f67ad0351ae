// Bytes from a callback, read as an async iterable, with back-pressure.

const HIGH_WATER_MARK = 1 << 20;

export class ByteQueue implements AsyncIterable<Uint8Array> {
  #chunks: Uint8Array[] = [];
  #size = 0;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;
  readonly #flow: (wanted: boolean) => void;

  /** `flow` is called with false when too much waits, and with true when it has been read. */
  constructor(flow: (wanted: boolean) => void) {
    this.#flow = flow;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size > HIGH_WATER_MARK) this.#flow(false);
    this.#wake?.();
  }

  /** Ends the iteration after what waits; with an error, by throwing it. */
  end(failure?: Error): void {
    this.#ended = true;
    this.#failure ??= failure;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    while (true) {
      const waiting = this.#chunks;
      this.#chunks = [];
      if (this.#size > HIGH_WATER_MARK) this.#flow(true);
      this.#size = 0;
      yield* waiting;
      if (this.#chunks.length > 0) continue;
      if (this.#failure) throw this.#failure;
      if (this.#ended) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }
}
