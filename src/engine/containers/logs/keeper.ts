// Keeps logs within their bounds. A file that is full is renamed, the monitor goes on in a new one, and the oldest is
// deleted; readers go on, because they hold the files open. All logs together keep within the engine's budget, and give
// way where the disk fills up.
import { createReadStream, createWriteStream, existsSync, renameSync, rmSync, statSync } from "node:fs";
import { rename } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { messageOf } from "../../../api/errors.ts";
import type { Log } from "../../../api/log.ts";
import { reopenLog } from "../../../runtime/terminal-control.ts";
import { filesOver, freeSpace, type LogOnDisk, logReserve, logsOnDisk } from "./budget.ts";
import type { LogLimits } from "./limits.ts";

const LONGEST_PAUSE_MILLISECONDS = 1_000;
/** A log that fills up quickly is looked at this often. */
const SHORTEST_PAUSE_MILLISECONDS = 50;
const BUDGET_INTERVAL_MILLISECONDS = 10_000;
const LEFT_ALONE_SHARE = 0.1;

export interface KeptLog {
  path: string;
  /** Of a container that runs and writes it. */
  bundle?: string;
  limits: LogLimits;
}

export class LogKeeper {
  private readonly logs: () => Iterable<KeptLog>;
  private readonly budget: number;
  private readonly dataRoot: string;
  private readonly reserve: number;
  private readonly log: Log;
  /** The sizes at the last look, by path. */
  private sizes = new Map<string, number>();
  private timer: Timer | undefined;
  private budgetDue = 0;
  /** The free space at the last look. */
  private free = 0;

  /** @param budget bytes for all logs together; Infinity is no bound, not even that of the disk */
  constructor(logs: () => Iterable<KeptLog>, budget: number, dataRoot: string, log: Log) {
    this.logs = logs;
    this.budget = budget;
    this.dataRoot = dataRoot;
    this.reserve = logReserve(dataRoot);
    this.log = log;
    this.schedule(LONGEST_PAUSE_MILLISECONDS);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private schedule(milliseconds: number): void {
    this.timer = setTimeout(() => this.look(milliseconds), milliseconds);
  }

  private look(elapsed: number): void {
    const sizes = new Map<string, number>();
    let pause = LONGEST_PAUSE_MILLISECONDS;
    for (const kept of this.logs()) {
      if (kept.bundle === undefined) continue;
      const size = statSync(kept.path, { throwIfNoEntry: false })?.size ?? 0;
      if (size >= kept.limits.maxSize) {
        void this.attempt(kept.path, () => this.rotate(kept));
        continue;
      }
      sizes.set(kept.path, size);
      const growth = (size - (this.sizes.get(kept.path) ?? size)) / elapsed;
      // Half the time until it would be full, should it go on like this.
      if (growth > 0) pause = Math.min(pause, (kept.limits.maxSize - size) / growth / 2);
    }
    this.sizes = sizes;
    const free = freeSpace(this.dataRoot);
    const shrinkage = (this.free - free) / elapsed;
    if (shrinkage > 0) pause = Math.min(pause, (free - this.reserve) / shrinkage / 2);
    this.free = free;
    this.budgetDue -= elapsed;
    if (this.budgetDue <= 0 || free < this.reserve) this.keepBudget();
    this.schedule(Math.max(SHORTEST_PAUSE_MILLISECONDS, pause));
  }

  private keepBudget(): void {
    this.budgetDue = BUDGET_INTERVAL_MILLISECONDS;
    if (this.budget === Number.POSITIVE_INFINITY) return;
    const kept = [...this.logs()];
    const files = logsOnDisk(kept.map(({ path }) => path));
    const total = files.reduce((sum, { size }) => sum + size, 0);
    // What is little is left alone: giving it up would not help a disk that others have filled.
    const room = Math.max(this.reserve * LEFT_ALONE_SHARE, total + this.free - this.reserve);
    for (const file of filesOver(files, Math.min(this.budget, room))) {
      this.log.warn("the logs of all containers take too much room: a file of one is given up", {
        path: file.path,
        bytes: file.size,
        budget: this.budget,
        free: this.free,
      });
      void this.attempt(file.path, () => this.giveUp(file, kept));
    }
  }

  /** What a running container writes is renamed first, so that its monitor goes on in a new file. */
  private async giveUp(file: LogOnDisk, kept: readonly KeptLog[]): Promise<void> {
    const running = kept.find(({ path, bundle }) => path === file.path && bundle !== undefined);
    if (running) await this.rotate({ ...running, limits: { ...running.limits, maxFiles: 1 } });
    else rmSync(file.path, { force: true });
  }

  private async attempt(path: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      this.log.warn("a log could not be rotated", { path, reason: messageOf(thrown) });
    }
  }

  private async rotate({ path, bundle = "", limits }: KeptLog): Promise<void> {
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
    await reopenLog(bundle);
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
