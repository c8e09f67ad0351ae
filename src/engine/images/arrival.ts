// A blob on its way in, as whoever unpacks it meanwhile sees it.
import { closeSync } from "node:fs";
import type { ContentStore } from "../../storage/content.ts";
import type { GrowingArchive } from "../../storage/layers.ts";

export class Arrival {
  isWhole = false;
  /** What came first was no use and came again from its start: so must everything that was made of it. */
  beganAnew = false;
  private written = 0;
  private hasBegun = false;
  private failure: unknown;
  private readonly waiting = new Set<() => void>();

  /** More of it is in its file: `written` bytes from the start. */
  grow(written: number): void {
    this.hasBegun = true;
    if (written < this.written) this.beginAnew();
    this.written = written;
    this.wake();
  }

  /** All of it is in its file, and is what it should be. */
  complete(size: number): void {
    this.isWhole = true;
    this.grow(size);
  }

  fail(reason: unknown): void {
    this.failure ??= reason;
    this.wake();
  }

  /** Runs `work` with what there is of the blob as soon as there is something. */
  async during<T>(content: ContentStore, digest: string, work: (archive: GrowingArchive) => Promise<T>): Promise<T> {
    while (!this.hasBegun && this.failure === undefined) await this.change();
    if (this.failure !== undefined) throw this.failure;
    const descriptor = content.openGrowing(digest);
    if (descriptor === undefined) throw this.beginAnew();
    try {
      return await work({ descriptor, growth: this.growth() });
    } finally {
      closeSync(descriptor);
    }
  }

  private beginAnew(): Error {
    this.beganAnew = true;
    const failure = new Error("the download began anew");
    this.failure ??= failure;
    return failure;
  }

  /** How many bytes are there, again and again until it is whole. @throws what it failed with */
  async *growth(): AsyncGenerator<number, void, void> {
    for (let told = 0; ; ) {
      if (this.failure !== undefined) throw this.failure;
      if (this.written > told) {
        told = this.written;
        yield told;
      } else if (this.isWhole) return;
      else await this.change();
    }
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.waiting.add(resolve));
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}
