// Deletes files and directories in the background: moves them away at once, so that no caller waits for millions of
// files or a slow disk. Leftovers of a crash are deleted at the next start.
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
  // One deletion at a time, to keep disk bandwidth free for others.
  private readonly removals = new Mutex();

  /** `directory` must be on the same filesystem as the discarded paths. */
  constructor(directory: string, log: Log) {
    this.directory = directory;
    this.log = log;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /** Moves a file or directory to the trash, if it exists. */
  discard(path: string): void {
    const stray = join(this.directory, randomUUID());
    try {
      renameSync(path, stray);
    } catch (thrown) {
      if (isErrno(thrown, "ENOENT")) return;
      throw thrown;
    }
    this.remove(stray);
  }

  /** Resolves when everything discarded so far is deleted. */
  emptied(): Promise<void> {
    return this.removals.idle();
  }

  /** Deletes leftovers of an earlier process. */
  sweep(): void {
    for (const name of readdirSync(this.directory)) this.remove(join(this.directory, name));
  }

  private remove(path: string): void {
    this.removals
      .run(() => rm(path, { recursive: true, force: true }))
      .catch((thrown: unknown) => this.log.warn("failed to delete trashed path", { path, reason: String(thrown) }));
  }
}
