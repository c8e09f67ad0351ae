// A line of a log file, whatever the file's format. The two formats are conmon's (monitor-lines.ts) and that of Docker's
// json-file driver (json-file/lines.ts).

export type StreamName = "stdout" | "stderr";

export interface LogLine {
  stream: StreamName;
  /** What the process wrote, with its newline if it ended the line. */
  content: Uint8Array;
  /** Whether the process ended the line; otherwise this is a piece of one. */
  ends: boolean;
}

export interface LineFormat {
  /** The line between `start` and its newline at `end`; undefined for a torn or foreign one. */
  parse(bytes: Uint8Array, start: number, end: number): LogLine | undefined;
  /** Nanoseconds since 1970. */
  timeOf(bytes: Uint8Array, start: number, end: number): bigint | undefined;
}
