// What of a container's output is kept on this host, by the two kinds of storage: the monitor's own file, and the file
// of Docker's json-file driver.
import type { LogLimits } from "./limits.ts";
import type { LineFormat } from "./lines.ts";

/**
 * How far storing is behind the process: what was written may wait for more, must be stored at once, or is so much that
 * the process must not write for the moment.
 */
export type LogPressure = "low" | "urgent" | "full";

export interface StoredLog {
  /** The log file; rotated ones are next to it. */
  readonly path: string;
  readonly format: LineFormat;
  readonly limits: LogLimits;
  /** Bytes of the file that the monitor writes, as it is now. */
  monitorSize(): number;
  /** Bytes that the monitor has written, counted on over rotations. */
  written(): number;
  /** Bytes of all its files, counting those that rotation has deleted or compressed in full. */
  size(): number;
  /** Whether {@link store} or {@link trim} have something to do. */
  isDue(): boolean;
  pressure(): LogPressure;
  /** Whether the monitor is asked for something that it can do only while it is not held. */
  needsMonitor(): boolean;
  /** Brings something of what the monitor has written to where it is kept. The monitor may be held meanwhile. */
  store(): Promise<void>;
  /** Stores all that the monitor had written when it was called. */
  catchUp(): Promise<void>;
  /** Brings the files back within their limits. */
  trim(): Promise<void>;
  /** Nothing was written for a while: gives back what was left for the next trim. */
  tidy(): Promise<void>;
  /** A run has ended and the monitor is gone: everything is stored and within the limits when it resolves. */
  end(): Promise<void>;
  /** Until the returned function is called, pieces of lines are stored as they come, not when their line ends. */
  storePieces(): () => void;
  /** Deletes a file of the log; the one that is written is replaced by a new one. */
  discard(file: string): Promise<void>;
  close(): Promise<void>;
}
