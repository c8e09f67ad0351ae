// Local storage of a container's output, of two kinds: the monitor's own file, and the file of Docker's json-file
// driver.
import type { LogLimits } from "./limits.ts";
import type { LineFormat } from "./lines.ts";

/**
 * How far storing is behind the process: the rest may wait, must be stored immediately, or is so large that the process
 * must be blocked.
 */
export type LogPressure = "low" | "urgent" | "full";

export interface StoredLog {
  /** The log file; rotated ones are next to it. */
  readonly path: string;
  readonly format: LineFormat;
  readonly limits: LogLimits;
  /** Current size in bytes of the file that the monitor writes. */
  monitorSize(): number;
  /** Total bytes that the monitor has written, across rotations. */
  written(): number;
  /** Bytes of all its files, counting those that rotation has deleted or compressed in full. */
  size(): number;
  /** Whether {@link store} or {@link trim} has something to do. */
  isDue(): boolean;
  pressure(): LogPressure;
  /** Whether a request to the monitor is pending that it cannot process while blocked. */
  needsMonitor(): boolean;
  /** Stores some of the monitor's output. The monitor may be blocked meanwhile. */
  store(): Promise<void>;
  /** Stores everything that the monitor had written when this was called. */
  catchUp(): Promise<void>;
  /** Reduces the files to their limits. */
  trim(): Promise<void>;
  /** Called when the log is idle: does the deferred trimming. */
  tidy(): Promise<void>;
  /** Called when the monitor has exited: resolves when everything is stored and within the limits. */
  end(): Promise<void>;
  /** Until the returned function is called, pieces of lines are stored immediately, not when their line is complete. */
  storePieces(): () => void;
  /** Deletes a file of the log; a live file is replaced by a new one. */
  discard(file: string): Promise<void>;
  close(): Promise<void>;
}
