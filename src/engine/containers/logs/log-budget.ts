// Keeps all logs together within the engine's budget, and deletes log files when the disk fills up.
import { messageOf } from "../../../api/errors.ts";
import type { Log } from "../../../api/log.ts";
import { filesOver, freeSpace, type LogOnDisk, logReserve, logsOnDisk } from "./budget.ts";
import { sizeOf } from "./monitor-file.ts";

const INTERVAL_MILLISECONDS = 1_000;
/** Interval of full checks without growth of a log, because other processes may change files. */
const FULL_CHECK_INTERVALS = 10;
/** Bytes that may be written over the budget while files are deleted. */
const MAX_EXCESS = 2 << 20;
/** Smaller logs are kept: deleting them would not help on a disk filled by other data. */
const LEFT_ALONE_SHARE = 0.1;

export interface LogBudgetOptions {
  /** Paths of all logs' live files. */
  paths(): string[];
  /** Paths of journals, which count but cannot be deleted. */
  journals(): string[];
  /** Deletes a file of the log at `log`. */
  discard(file: LogOnDisk): Promise<void>;
  /** Unblocks writers that were blocked because of {@link LogBudget.mustHold}. */
  resume(): void;
  /** Bytes for all logs together; Infinity disables every check, including that of the disk. */
  budget: number;
  dataRoot: string;
  log: Log;
}

export class LogBudget {
  private readonly options: LogBudgetOptions;
  private readonly reserve: number;
  private readonly timer: Timer | undefined;
  /** Bytes of all logs at the last check, and their growth since. */
  private total = 0;
  private grown = 0;
  private intervals = 0;
  private checking = false;
  /** A check was requested during another one. */
  private checksAgain = false;

  constructor(options: LogBudgetOptions) {
    this.options = options;
    this.reserve = logReserve(options.dataRoot);
    if (options.budget === Number.POSITIVE_INFINITY) return;
    this.timer = setInterval(() => this.onInterval(), INTERVAL_MILLISECONDS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Adjusts a log's size; negative when it shrinks. */
  grew(bytes: number): void {
    if (this.timer === undefined) return;
    this.grown += bytes;
    if (this.total + this.grown > this.options.budget) void this.check();
  }

  /** Whether writers must wait until files are deleted. */
  mustHold(): boolean {
    return this.checking && this.total + this.grown > this.options.budget + MAX_EXCESS;
  }

  private onInterval(): void {
    this.intervals++;
    if (this.intervals % FULL_CHECK_INTERVALS === 0 || freeSpace(this.options.dataRoot) < this.reserve) {
      void this.check();
    }
  }

  /** Never rejects. */
  private async check(): Promise<void> {
    this.checksAgain = this.checking;
    if (this.checking) return;
    this.checking = true;
    try {
      do {
        this.checksAgain = false;
        await this.deleteExcess();
      } while (this.checksAgain);
    } catch (thrown) {
      this.options.log.warn("failed to check the log budget", { reason: messageOf(thrown) });
    }
    this.checking = false;
    this.options.resume();
  }

  private async deleteExcess(): Promise<void> {
    const { dataRoot, budget, log } = this.options;
    const files = logsOnDisk(this.options.paths());
    const journals = this.options.journals().reduce((sum, path) => sum + sizeOf(path), 0);
    this.total = journals + files.reduce((sum, { size }) => sum + size, 0);
    this.grown = 0;
    const free = freeSpace(dataRoot);
    const room = Math.max(this.reserve * LEFT_ALONE_SHARE, this.total + free - this.reserve);
    for (const file of filesOver(files, Math.min(budget, room) - journals)) {
      log.warn("log budget exceeded, deleting file", { path: file.path, bytes: file.size, budget, free });
      try {
        await this.options.discard(file);
        this.total -= file.size;
      } catch (thrown) {
        log.warn("failed to delete a log file", { path: file.path, reason: messageOf(thrown) });
      }
    }
  }
}
