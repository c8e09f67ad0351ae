// A log stored in the monitor's own files: nothing is copied, the daemon only rotates full files.
import { existsSync, rmSync } from "node:fs";
import { Mutex } from "../../../async/mutex.ts";
import type { LogLimits } from "./limits.ts";
import type { LineFormat } from "./lines.ts";
import { reopenMonitorFile, sizeOf } from "./monitor-file.ts";
import { monitorLines } from "./monitor-lines.ts";
import { compressRotated, rotate, splitNewest } from "./rotation.ts";
import type { LogPressure, StoredLog } from "./stored-log.ts";

/** Bytes that may be written beyond the limit while an earlier file is compressed. */
const MAX_EXCESS = 1 << 20;

export class MonitorLog implements StoredLog {
  readonly path: string;
  readonly limits: LogLimits;
  readonly format: LineFormat = monitorLines;
  private readonly bundle: string;
  private readonly isRunning: () => boolean;
  private readonly turns = new Mutex();
  /** Called when a blocked monitor must be unblocked. */
  private readonly resume: () => void;
  /** An earlier file is being split or compressed, which must end before the next rotation. */
  private settling = false;
  private reopening = false;
  private rotatedBytes = 0;

  constructor(path: string, limits: LogLimits, bundle: string, isRunning: () => boolean, resume: () => void) {
    this.resume = resume;
    this.path = path;
    this.limits = limits;
    this.bundle = bundle;
    this.isRunning = isRunning;
  }

  monitorSize(): number {
    return sizeOf(this.path);
  }

  written(): number {
    return this.rotatedBytes + this.monitorSize();
  }

  size(): number {
    return this.written();
  }

  isDue(): boolean {
    return this.monitorSize() >= this.limits.maxSize;
  }

  pressure(): LogPressure {
    const size = this.monitorSize();
    if (this.settling && size > this.limits.maxSize + MAX_EXCESS) return "full";
    return size >= this.limits.maxSize ? "urgent" : "low";
  }

  needsMonitor(): boolean {
    return this.reopening;
  }

  async store(): Promise<void> {}

  async catchUp(): Promise<void> {}

  trim(): Promise<void> {
    return this.turns.run(async () => {
      if (!this.isDue()) return;
      await this.rotate(this.limits);
    });
  }

  async tidy(): Promise<void> {}

  end(): Promise<void> {
    return this.trim();
  }

  storePieces(): () => void {
    return () => {};
  }

  discard(file: string): Promise<void> {
    return this.turns.run(async () => {
      if (file !== this.path || !this.isRunning()) rmSync(file, { force: true });
      else await this.rotate({ ...this.limits, maxFiles: 1 });
    });
  }

  async close(): Promise<void> {}

  private async rotate(limits: LogLimits): Promise<void> {
    await rotate(this.path, limits, async () => {
      this.rotatedBytes += sizeOf(`${this.path}.1`);
      if (this.isRunning()) await this.reopen();
    });
    if (!existsSync(`${this.path}.1`) || limits.maxFiles === 1) return;
    this.settling = true;
    try {
      const parts = await splitNewest(this.path, limits);
      if (limits.compress)
        for (let number = parts; number >= 1; number--) await compressRotated(`${this.path}.${number}`);
    } finally {
      this.settling = false;
    }
  }

  private async reopen(): Promise<void> {
    this.reopening = true;
    this.resume();
    try {
      await reopenMonitorFile(this.path, this.bundle, this.isRunning);
    } finally {
      this.reopening = false;
    }
  }
}
