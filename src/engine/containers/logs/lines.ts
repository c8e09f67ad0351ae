// A line of a log file, independent of its format: conmon's (monitor-lines.ts) or that of Docker's json-file driver
// (json-file/lines.ts).

export type StreamName = "stdout" | "stderr";

export interface LogLine {
  stream: StreamName;
  /** The process's output, with a newline if it ended the line. */
  content: Uint8Array;
  /** Whether the line is complete; otherwise this is a piece of one. */
  ends: boolean;
}

export interface LineFormat {
  /** Parses the line between `start` and its newline at `end`; undefined for a torn or invalid one. */
  parse(bytes: Uint8Array, start: number, end: number): LogLine | undefined;
  /** Nanoseconds since 1970. */
  timeOf(bytes: Uint8Array, start: number, end: number): bigint | undefined;
}
