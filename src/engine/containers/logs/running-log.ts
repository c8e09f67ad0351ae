// The log of a running container, processed when something was written to it, not at intervals. A process that writes
// faster than its log is processed is paced: the daemon reads its output too (see Stdio), so that the monitor cannot
// get further ahead than a socket buffer, and blocks while the log is behind. Pacing ends with the daemon, so no
// process hangs.
import { type FSWatcher, watch } from "node:fs";
import type { OutputObserver } from "../streams/stdio.ts";
import type { StoredLog } from "./stored-log.ts";

/** Output within this time is processed together. */
const GATHERING_MILLISECONDS = 8;
const RETRY_MILLISECONDS = 1_000;
/** Without output for this long a log counts as quiet. */
const QUIET_MILLISECONDS = 1_000;
/** Polling interval when the kernel provides no more watches. */
const POLL_MILLISECONDS = 250;
/**
 * Bytes by which the monitor may get ahead between two checks before it is paced. Not a rate: on a busy machine the
 * daemon checks less often, and then slower writers get ahead, too.
 */
const MAX_UNPACED_GROWTH = 64 << 10;
/** How long a log is paced after that. */
const PACED_MILLISECONDS = 10_000;

export interface PacedOutput {
  observe(observer: OutputObserver | undefined): void;
  resume(): void;
}

export interface RunningLogHost {
  /** The file that the monitor writes; missing until it starts. */
  file: string;
  output: PacedOutput;
  /** Whether it must be blocked because of the budget shared with other logs. */
  mustHold(): boolean;
  /** Reports a change of the log's size; negative when it shrinks. */
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
  /** The timer that ends the batching of output is running. */
  private gathering = false;
  private begun = false;
  private stopped = false;
  private failing = false;
  private paced = false;
  /** {@link StoredLog.written} and {@link StoredLog.size} at the last check. */
  private written = 0;
  private size = 0;
  /** When the log was last too fast. */
  private lastFast = 0;

  constructor(log: StoredLog, host: RunningLogHost) {
    this.log = log;
    this.host = host;
    this.size = log.size();
  }

  /** Paces the output from its first byte on; called before the process starts. */
  pace(): void {
    this.lastFast = performance.now();
    if (this.paced || this.stopped) return;
    this.paced = true;
    this.host.output.observe(() => this.onOutput());
    this.paceTimer = setTimeout(() => this.judgePace(), PACED_MILLISECONDS);
  }

  /** Called when the process runs: processes existing and new output. */
  begin(): void {
    this.begun = true;
    this.written = this.log.written();
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
    // A storage failure must not stop the process.
    if (this.failing) return false;
    const pressure = this.log.pressure();
    if (pressure !== "low") this.wake();
    else if (this.begun && !this.tending && !this.gathering) this.gather();
    const holds = !this.log.needsMonitor() && (pressure === "full" || this.host.mustHold());
    if (holds) this.lastFast = performance.now();
    return holds;
  }

  private wake(isQuiet = false): void {
    this.watcher?.close();
    this.watcher = undefined;
    if (this.begun && !this.tending && !this.stopped) void this.tend(isQuiet);
  }

  private async tend(isQuiet = false): Promise<void> {
    this.tending = true;
    this.gathering = false;
    clearTimeout(this.timer);
    clearTimeout(this.quietTimer);
    try {
      do {
        this.measure();
        await this.log.store();
        this.account();
        this.host.output.resume();
        await (isQuiet ? this.log.tidy() : this.log.trim());
        this.account();
        this.host.output.resume();
      } while (this.log.pressure() !== "low" && !this.stopped);
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
      // The monitor has not created the file yet, or there are no watches left.
      this.timer = setTimeout(() => this.wake(), POLL_MILLISECONDS);
      return;
    }
    // Processes lines written before the watch existed.
    if (this.log.isDue() || this.log.written() !== this.written) this.gather();
  }

  private gather(): void {
    this.watcher?.close();
    this.watcher = undefined;
    clearTimeout(this.timer);
    this.gathering = true;
    this.timer = setTimeout(() => this.wake(), GATHERING_MILLISECONDS);
  }

  private measure(): void {
    const written = this.log.written();
    if (written - this.written >= MAX_UNPACED_GROWTH) this.pace();
    this.written = written;
    this.account();
  }

  private account(): void {
    const size = this.log.size();
    if (size !== this.size) this.host.grew(size - this.size);
    this.size = size;
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
