// Keeps the logs of running containers within their bounds: a file that is full is renamed, the monitor goes on in
// a new one, and the oldest is deleted. Readers follow, because they hold the files open.
import { createReadStream, createWriteStream, existsSync, renameSync, rmSync, statSync } from "node:fs";
import { rename } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { messageOf } from "../../../api/errors.ts";
import type { Log } from "../../../api/log.ts";
import { reopenLog } from "../../../runtime/terminal-control.ts";
import type { LogLimits } from "./options.ts";

const CHECK_INTERVAL_MILLISECONDS = 1_000;

export interface RotatedLog {
  path: string;
  bundle: string;
  limits: LogLimits;
}

export class LogRotation {
  private readonly timer: Timer;
  private readonly log: Log;

  /** @param running the logs that are being written now. */
  constructor(running: () => Iterable<RotatedLog>, log: Log) {
    this.log = log;
    this.timer = setInterval(() => {
      for (const rotated of running()) this.check(rotated);
    }, CHECK_INTERVAL_MILLISECONDS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private check(rotated: RotatedLog): void {
    const size = statSync(rotated.path, { throwIfNoEntry: false })?.size ?? 0;
    if (size < rotated.limits.maxSize) return;
    try {
      this.rotate(rotated);
    } catch (thrown) {
      this.log.warn("a log could not be rotated", { path: rotated.path, reason: messageOf(thrown) });
    }
  }

  private rotate({ path, bundle, limits }: RotatedLog): void {
    const kept = limits.maxFiles - 1;
    for (const suffix of ["", ".gz"]) rmSync(`${path}.${Math.max(kept, 1)}${suffix}`, { force: true });
    for (let number = kept - 1; number >= 1; number--) {
      for (const suffix of ["", ".gz"]) {
        if (existsSync(`${path}.${number}${suffix}`)) {
          renameSync(`${path}.${number}${suffix}`, `${path}.${number + 1}${suffix}`);
        }
      }
    }
    renameSync(path, `${path}.1`);
    reopenLog(bundle);
    if (kept === 0) rmSync(`${path}.1`);
    // The newest rotated file stays as it is: the monitor may still be writing its last lines there.
    else if (limits.compress && kept >= 2) void this.compress(`${path}.2`);
  }

  private async compress(path: string): Promise<void> {
    if (!existsSync(path)) return;
    const partial = `${path}.partial`;
    try {
      await pipeline(createReadStream(path), createGzip(), createWriteStream(partial, { mode: 0o600 }));
      await rename(partial, `${path}.gz`);
      rmSync(path, { force: true });
    } catch (thrown) {
      rmSync(partial, { force: true });
      this.log.warn("a rotated log could not be compressed", { path, reason: messageOf(thrown) });
    }
  }
}
