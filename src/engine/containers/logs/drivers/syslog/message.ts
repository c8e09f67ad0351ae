// Formats syslog messages: RFC 3164, RFC 5424, and the short form of local sockets.
import { hostname } from "node:os";
import type { LogMessage } from "../../messages.ts";
import type { SyslogFormat } from "./options.ts";

const ERROR = 3;
const INFORMATION = 6;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export interface SyslogSource {
  tag: string;
  facility: number;
  format: SyslogFormat;
}

/** Ends with a newline, the separator of messages on a stream. */
export function syslogMessage({ time, stream, content }: LogMessage, { tag, facility, format }: SyslogSource): Buffer {
  const priority = facility * 8 + (stream === "stderr" ? ERROR : INFORMATION);
  const date = new Date(Number(time / 1_000_000n));
  const text = `${headOf(format, priority, date, time, tag)}${content.toString("utf8")}`;
  return Buffer.from(text.endsWith("\n") ? text : `${text}\n`);
}

function headOf(format: SyslogFormat, priority: number, date: Date, time: bigint, tag: string): string {
  switch (format) {
    case "":
      return `<${priority}>${stamp(date)} ${tag}[${process.pid}]: `;
    case "rfc3164":
      return `<${priority}>${stamp(date)} ${hostname()} ${tag}[${process.pid}]: `;
    case "rfc5424":
      return `<${priority}>1 ${date.toISOString().slice(0, 19)}Z ${hostname()} ${tag} ${process.pid} ${tag} - `;
    case "rfc5424micro": {
      const microseconds = String((time / 1000n) % 1_000_000n).padStart(6, "0");
      const whole = date.toISOString().slice(0, 19);
      return `<${priority}>1 ${whole}.${microseconds}Z ${hostname()} ${tag} ${process.pid} ${tag} - `;
    }
  }
}

/** "Nov  5 09:03:01", local time. */
function stamp(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  const day = String(date.getDate()).padStart(2, " ");
  return `${MONTHS[date.getMonth()]} ${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
