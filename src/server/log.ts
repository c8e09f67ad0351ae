// The daemon's log: one line an event on stderr, `time level message key=value…`, so that people and grep can read it.
import type { Log, LogFields } from "../api/log.ts";

export const logLevels = ["debug", "info", "warn", "error", "fatal"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Control characters and quotes would break the one-line form, so such values are quoted as JSON strings. */
function printable(text: string): string {
  return /^[^\s"=\p{Cc}]+$/u.test(text) ? text : JSON.stringify(text);
}

function fieldText(value: unknown): string {
  if (typeof value === "string") return printable(value);
  if (value instanceof Error) return printable(value.stack ?? value.message);
  if (typeof value === "bigint" || value === undefined) return String(value);
  return printable(JSON.stringify(value) ?? String(value));
}

/** One line without its newline. The message is kept as it is apart from line breaks. */
export function formatLine(time: Date, level: string, message: string, fields: LogFields = {}): string {
  const parts = [time.toISOString(), level, message.replaceAll(/[\r\n]+/g, " ")];
  for (const [key, value] of Object.entries(fields)) parts.push(`${key}=${fieldText(value)}`);
  return parts.join(" ");
}

/** The logger of a daemon; its level can change while it runs (SIGHUP). */
export class DaemonLog implements Log {
  level: LogLevel;
  private readonly sink: (line: string) => void;

  constructor(level: LogLevel, sink: (line: string) => void = (line) => process.stderr.write(line)) {
    this.level = level;
    this.sink = sink;
  }

  debug(message: string, fields?: LogFields): void {
    this.line("debug", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.line("info", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.line("warn", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.line("error", message, fields);
  }

  private line(level: LogLevel, message: string, fields?: LogFields): void {
    if (logLevels.indexOf(level) < logLevels.indexOf(this.level)) return;
    this.sink(`${formatLine(new Date(), level, message, fields)}\n`);
  }
}
