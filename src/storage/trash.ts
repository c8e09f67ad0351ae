// Where what is removed goes: out of its place at once, off the disk a little later, so that nobody waits for either
// millions of files or a slow disk. What a crash leaves here goes at the next start.
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, renameSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../api/log.ts";
import { Mutex } from "../async/mutex.ts";
import { isErrno } from "../linux/errno.ts";

export class Trash {
  private readonly directory: string;
  private readonly log: Log;
  // One removal after the other: the disk has others to serve.
  private readonly removals = new Mutex();

  /** `directory` must be on the same file system as what is thrown away. */
  constructor(directory: string, log: Log) {
    this.directory = directory;
    this.log = log;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /** Takes a file or directory out of its place; nothing there is no error. */
  throwAway(path: string): void {
    const stray = join(this.directory, randomUUID());
    try {
      renameSync(path, stray);
    } catch (thrown) {
      if (isErrno(thrown, "ENOENT")) return;
      throw thrown;
    }
    this.remove(stray);
  }

  /** Resolves when all that was thrown away so far is off the disk. */
  emptied(): Promise<void> {
    return this.removals.idle();
  }

  /** Removes what an earlier process left. */
  sweep(): void {
    for (const name of readdirSync(this.directory)) this.remove(join(this.directory, name));
  }

  private remove(path: string): void {
    this.removals
      .run(() => rm(path, { recursive: true, force: true }))
      .catch((thrown: unknown) => this.log.warn("failed to delete trashed path", { path, reason: String(thrown) }));
  }
}
