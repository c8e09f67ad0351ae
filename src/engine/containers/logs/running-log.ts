// The log of a container while it runs. It is looked at when something was written to it, not at intervals. A process
// that writes fast is paced: the daemon takes part in its output (see Stdio), so that the monitor cannot get further
// ahead than what fits into a socket, and holds it while the log is behind. This ends with the daemon, so that no process hangs.
import { type FSWatcher, watch } from "node:fs";
import type { OutputObserver } from "../streams/stdio.ts";
import type { StoredLog } from "./stored-log.ts";

/** What is written within this time is handled together. */
const GATHERING_MILLISECONDS = 8;
const RETRY_MILLISECONDS = 1_000;
/** Without output for this long a log is quiet. */
const QUIET_MILLISECONDS = 1_000;
/** Where the kernel gives no watches any more. */
const POLL_MILLISECONDS = 250;
/** Bytes per second at which a log is paced, and how long it is after that. */
const FAST = 8 << 20;
const FAST_PIECE = 64 << 10;
const PACED_MILLISECONDS = 1_000;

export interface PacedOutput {
  observe(observer: OutputObserver | undefined): void;
  resume(): void;
}

export interface RunningLogHost {
  /** The file that the monitor writes; missing until it starts. */
  file: string;
  output: PacedOutput;
  /** Whether it must not write more for the sake of others. */
  mustHold(): boolean;
  /** Bytes were written. */
  grew(bytes: number): void;
  failed(reason: unknown): void;
}

export class RunningLog {
  private readonly log: StoredLog;
  private readonly host: RunningLogHost;
  private watcher: FSWatcher | undefined;
  private timer: Timer | undefined;
  private paceTimer: Timer | undefined;
  private quietTimer: Timer | undefined;
  private tending = false;
  private begun = false;
  private stopped = false;
  private failing = false;
  private paced = false;
  private seen = { written: 0, at: 0 };
  private lastFast = 0;

  constructor(log: StoredLog, host: RunningLogHost) {
    this.log = log;
    this.host = host;
  }

  /** Paces the output from its first byte on; called before the process starts. */
  pace(): void {
    this.lastFast = performance.now();
    if (this.paced || this.stopped) return;
    this.paced = true;
    this.host.output.observe(() => this.onOutput());
    this.paceTimer = setTimeout(() => this.judgePace(), PACED_MILLISECONDS);
  }

  /** The process runs: handles what is there and what comes. */
  begin(): void {
    this.begun = true;
    this.seen = { written: this.log.written(), at: performance.now() };
    void this.tend();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    clearTimeout(this.paceTimer);
    clearTimeout(this.quietTimer);
    this.watcher?.close();
    if (this.paced) this.host.output.observe(undefined);
    this.paced = false;
  }

  resume(): void {
    this.host.output.resume();
  }

  private onOutput(): boolean {
    if (this.log.isDue()) this.wake();
    // What cannot be stored must not stop the process.
    return !this.failing && !this.log.needsMonitor() && (this.log.mustHold() || this.host.mustHold());
  }

  private wake(isQuiet = false): void {
    this.watcher?.close();
    this.watcher = undefined;
    if (this.begun && !this.tending && !this.stopped) void this.tend(isQuiet);
  }

  private async tend(isQuiet = false): Promise<void> {
    this.tending = true;
    clearTimeout(this.timer);
    clearTimeout(this.quietTimer);
    try {
      do {
        this.measure();
        await this.log.store();
        this.host.output.resume();
        await (isQuiet ? this.log.tidy() : this.log.trim());
        this.host.output.resume();
      } while (this.log.isDue() && !this.stopped);
      this.failing = false;
    } catch (thrown) {
      if (!this.failing) this.host.failed(thrown);
      this.failing = true;
      this.host.output.resume();
    }
    this.tending = false;
    if (this.stopped) return;
    if (this.failing) this.timer = setTimeout(() => this.wake(), RETRY_MILLISECONDS);
    else this.waitForMore();
    if (!isQuiet) this.quietTimer = setTimeout(() => this.wake(true), QUIET_MILLISECONDS);
  }

  private waitForMore(): void {
    try {
      this.watcher = watch(this.host.file, () => this.gather());
      this.watcher.on("error", () => this.gather());
    } catch {
      // The monitor has not made the file yet, or there are no watches left.
      this.timer = setTimeout(() => this.wake(), POLL_MILLISECONDS);
      return;
    }
    // What came before the watch was there.
    if (this.log.isDue() || this.log.written() !== this.seen.written) this.gather();
  }

  private gather(): void {
    this.watcher?.close();
    this.watcher = undefined;
    clearTimeout(this.timer);
    this.seen.at = performance.now();
    this.timer = setTimeout(() => this.wake(), GATHERING_MILLISECONDS);
  }

  private measure(): void {
    const now = performance.now();
    const written = this.log.written();
    const growth = Math.max(0, written - this.seen.written);
    const elapsed = Math.max(1, now - this.seen.at);
    this.seen = { written, at: now };
    if (growth === 0) return;
    this.host.grew(growth);
    if (growth >= FAST_PIECE && (growth / elapsed) * 1000 >= FAST) this.pace();
  }

  private judgePace(): void {
    const left = this.lastFast + PACED_MILLISECONDS - performance.now();
    if (left > 0) {
      this.paceTimer = setTimeout(() => this.judgePace(), left);
      return;
    }
    this.paced = false;
    this.host.output.observe(undefined);
  }
}
