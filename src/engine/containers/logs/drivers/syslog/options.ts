// Parses the options `syslog-…`. Source: Docker's syslog driver.
import { BerthError } from "../../../../../api/errors.ts";
import type { LogOptions } from "../../options.ts";
import { checkTag } from "../../tag.ts";

export const SYSLOG_OPTIONS = [
  "syslog-address",
  "syslog-facility",
  "syslog-format",
  "syslog-tls-ca-cert",
  "syslog-tls-cert",
  "syslog-tls-key",
  "syslog-tls-skip-verify",
];

export type SyslogAddress =
  /** Undefined for the local syslog daemon. */
  { protocol: "unix"; path: string | undefined } | { protocol: "udp" | "tcp" | "tls"; host: string; port: number };

export const syslogFormats = ["", "rfc3164", "rfc5424", "rfc5424micro"] as const;
export type SyslogFormat = (typeof syslogFormats)[number];

export interface SyslogSettings {
  address: SyslogAddress;
  format: SyslogFormat;
  facility: number;
  /** Paths of PEM files. */
  tls: { ca?: string; certificate?: string; key?: string; skipVerification: boolean };
}

const PORTS = { udp: 514, tcp: 514, tls: 6514 };

const facilities = [
  ...["kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"],
  // 12 to 15 have no names.
  ...["", "", "", "", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"],
];

/** @throws BerthError invalidParameter, in Docker's words */
export function readSyslogOptions(options: LogOptions): SyslogSettings {
  const format = syslogFormats.find((known) => known === (options["syslog-format"] ?? ""));
  if (format === undefined) refuse("Invalid syslog format");
  return {
    address: readAddress(options["syslog-address"] ?? ""),
    format,
    facility: readFacility(options["syslog-facility"] ?? "daemon"),
    tls: {
      ca: options["syslog-tls-ca-cert"],
      certificate: options["syslog-tls-cert"],
      key: options["syslog-tls-key"],
      skipVerification: (options["syslog-tls-skip-verify"] ?? "") !== "",
    },
  };
}

export function checkSyslogOptions(options: LogOptions): void {
  checkTag(options);
  readSyslogOptions(options);
}

function readAddress(text: string): SyslogAddress {
  if (text === "") return { protocol: "unix", path: undefined };
  const parts = /^(unix|unixgram|udp|tcp|tcp\+tls):\/\/(.+)$/.exec(text);
  if (!parts) refuse(`syslog-address should be in form proto://address, got ${text}`);
  const [, protocol = "", rest = ""] = parts;
  if (protocol === "unix" || protocol === "unixgram") return { protocol: "unix", path: rest };
  const kind = protocol === "udp" ? "udp" : protocol === "tcp" ? "tcp" : "tls";
  const endpoint = /^(?:\[([^\]]+)\]|([^:/]+))(?::(\d+))?$/.exec(rest);
  if (!endpoint) refuse(`invalid syslog-address: ${text}`);
  return { protocol: kind, host: endpoint[1] ?? endpoint[2] ?? "", port: Number(endpoint[3] ?? PORTS[kind]) };
}

function readFacility(text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : text === "" ? -1 : facilities.indexOf(text);
  if (number < 0 || number >= facilities.length) refuse("invalid syslog facility");
  return number;
}

function refuse(message: string): never {
  throw new BerthError("invalidParameter", message);
}
