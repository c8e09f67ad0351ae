// Reads the addresses the daemon listens on, in Docker's forms.
import { BerthError } from "../../api/errors.ts";

export type HostAddress =
  | { type: "unix"; path: string }
  | { type: "tcp"; host: string; port: number }
  /** Sockets inherited from the service manager: all of them, or one. */
  | { type: "inherited"; descriptor: number | undefined };

export interface HostDefaults {
  defaultSocket: string;
  tls: boolean;
}

/** "unix:///path", "unix://", "tcp://", "tcp://:2375", "tcp://[::1]:2376", "fd://", "/path" or "address:port". */
export function parseHost(text: string, defaults: HostDefaults): HostAddress {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed === "unix://") return parseHost(defaults.defaultSocket, defaults);
  const [, scheme = trimmed.startsWith("/") ? "unix" : "tcp", rest = trimmed] =
    /^([a-z]+):\/\/(.*)$/.exec(trimmed) ?? [];
  switch (scheme) {
    case "unix":
      if (!rest.startsWith("/")) throw invalid(text, "the socket's path must be absolute");
      return { type: "unix", path: rest };
    case "tcp":
      return parseTcp(text, rest, defaults);
    case "fd":
      return { type: "inherited", descriptor: parseDescriptor(text, rest) };
    default:
      throw invalid(text, "the protocol must be unix, tcp or fd");
  }
}

function parseTcp(text: string, rest: string, { tls }: HostDefaults): HostAddress {
  const parts = /^(\[[0-9a-fA-F:.%]+\]|[^:[\]/]*)(?::(\d*))?\/?$/.exec(rest);
  if (!parts) throw invalid(text, "expected tcp://address:port");
  const host = parts[1]?.replaceAll(/[[\]]/g, "") || (rest === "" ? "localhost" : "0.0.0.0");
  const port = parts[2] ? Number(parts[2]) : tls ? 2376 : 2375;
  if (port > 65535) throw invalid(text, "the port must be below 65536");
  return { type: "tcp", host, port };
}

function parseDescriptor(text: string, rest: string): number | undefined {
  if (rest === "" || rest === "*") return undefined;
  if (!/^\d{1,6}$/.test(rest)) throw invalid(text, "expected fd:// or fd://NUMBER");
  return Number(rest);
}

function invalid(text: string, why: string): BerthError {
  return new BerthError("invalidParameter", `invalid host ${JSON.stringify(text)}: ${why}`);
}
