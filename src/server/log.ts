// The daemon's log on stderr: one line per message, as `time level message key=value…` or as JSON.
import type { Log, LogFields } from "../api/log.ts";

export const logLevels = ["debug", "info", "warn", "error", "fatal"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Values with control characters or quotes are written as JSON strings, so that a message stays on one line. */
function printable(text: string): string {
  return /^[^\s"=\p{Cc}]+$/u.test(text) ? text : JSON.stringify(text);
}

function fieldText(value: unknown): string {
  if (typeof value === "string") return printable(value);
  if (value instanceof Error) return printable(value.stack ?? value.message);
  if (typeof value === "bigint" || value === undefined) return String(value);
  return printable(JSON.stringify(value) ?? String(value));
}

/** One line without its newline; line breaks in the message are replaced. */
export function formatLine(time: Date, level: string, message: string, fields: LogFields = {}): string {
  const parts = [time.toISOString(), level, message.replaceAll(/[\r\n]+/g, " ")];
  for (const [key, value] of Object.entries(fields)) parts.push(`${key}=${fieldText(value)}`);
  return parts.join(" ");
}

/** One line as a JSON object, for log collectors. */
export function formatJsonLine(time: Date, level: string, message: string, fields: LogFields = {}): string {
  const values = Object.entries(fields).map(([key, value]) => [key, jsonValue(value)]);
  return JSON.stringify({ time: time.toISOString(), level, msg: message, ...Object.fromEntries(values) });
}

function jsonValue(value: unknown): unknown {
  if (value instanceof Error) return value.stack ?? value.message;
  return typeof value === "bigint" ? String(value) : value;
}

const writeToStderr = (line: string): void => {
  process.stderr.write(line);
};

/** The formats by their names in the configuration. */
export const logFormats = { text: formatLine, json: formatJsonLine } as const;

/** The daemon's logger; a reload (SIGHUP) can change its level. */
export class DaemonLog implements Log {
  level: LogLevel;
  private readonly sink: (line: string) => void;
  private readonly format: typeof formatLine;

  constructor(level: LogLevel, sink: (line: string) => void = writeToStderr, format: typeof formatLine = formatLine) {
    this.level = level;
    this.sink = sink;
    this.format = format;
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
    this.sink(`${this.format(new Date(), level, message, fields)}\n`);
  }
}
