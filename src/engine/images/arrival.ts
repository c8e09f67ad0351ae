// A blob that is being downloaded, as seen by the one unpacking that runs at the same time.
import { closeSync } from "node:fs";
import { WakeUp } from "../../async/wake-up.ts";
import type { ContentStore } from "../../storage/content.ts";
import type { GrowingArchive } from "../../storage/layers.ts";

export class Arrival {
  isWhole = false;
  /** The download was restarted from the first byte, so the files unpacked so far are invalid. */
  restarted = false;
  private written = 0;
  private hasStarted = false;
  private failure: unknown;
  private readonly changed = new WakeUp();

  /** The file has `written` bytes now. */
  grow(written: number): void {
    this.hasStarted = true;
    if (written < this.written) this.restart();
    this.written = written;
    this.changed.wake();
  }

  /** The file is complete and verified. */
  complete(size: number): void {
    this.isWhole = true;
    this.grow(size);
  }

  fail(reason: unknown): void {
    this.failure ??= reason;
    this.changed.wake();
  }

  /** Runs `work` with the growing file as soon as it has bytes. */
  async during<T>(content: ContentStore, digest: string, work: (archive: GrowingArchive) => Promise<T>): Promise<T> {
    while (!this.hasStarted && this.failure === undefined) await this.changed.wait();
    if (this.failure !== undefined) throw this.failure;
    const descriptor = content.openGrowing(digest);
    if (descriptor === undefined) throw this.restart();
    try {
      return await work({ descriptor, growth: this.growth() });
    } finally {
      closeSync(descriptor);
    }
  }

  private restart(): Error {
    this.restarted = true;
    const failure = new Error("the download was restarted");
    this.failure ??= failure;
    return failure;
  }

  /** The file's length each time it grows, until it is complete. @throws the download's failure */
  async *growth(): AsyncGenerator<number, void, void> {
    for (let reported = 0; ; ) {
      if (this.failure !== undefined) throw this.failure;
      if (this.written > reported) {
        reported = this.written;
        yield reported;
      } else if (this.isWhole) return;
      else await this.changed.wait();
    }
  }
}
