// The kinds of health probes: a command run in the container, as in Docker, or a connection to one of its ports, which
// needs no process.

import { BerthError } from "../../../api/errors.ts";
import { formatDuration } from "../../../api/time.ts";
import { bytesOf, parseAddress } from "../../../network/ip.ts";
import type { HealthCheck } from "../configuration/container-configuration.ts";

export type Probe =
  | { kind: "command"; words: readonly string[] }
  | { kind: "tcp"; endpoint: ProbedEndpoint }
  | { kind: "http"; endpoint: ProbedEndpoint; url: URL };

export interface ProbedEndpoint {
  /** 4 or 16 bytes. */
  address: Uint8Array;
  port: number;
}

/** The result of a probe: exit code 0 is healthy, -1 means that it took too long or could not be run. */
export interface ProbeOutcome {
  exitCode: number;
  output: string;
}

const DEFAULT_SHELL = ["/bin/sh", "-c"];
const LOOPBACK = "127.0.0.1";
const MAX_PORT = 65_535;
const DEFAULT_HTTP_PORT = 80;

/**
 * The probe of a configuration; undefined without a health check.
 * @throws BerthError invalidParameter for a malformed address
 */
export function readProbe(config: HealthCheck | undefined, shell: readonly string[] | undefined): Probe | undefined {
  const [kind, ...rest] = config?.test ?? [];
  const [first = ""] = rest;
  switch (kind) {
    case "CMD":
      return rest.length > 0 ? { kind: "command", words: rest } : undefined;
    case "CMD-SHELL":
      return { kind: "command", words: [...(shell ?? DEFAULT_SHELL), ...rest] };
    case "TCP":
      return tcpProbe(first);
    case "HTTP":
      return httpProbe(first);
    default:
      return undefined;
  }
}

export function hasHealthCheck(config: HealthCheck | undefined): boolean {
  return readProbe(config, undefined) !== undefined;
}

/** The outcome of a probe that took too long; `said` is its output until then. */
export function tooLate(timeoutMilliseconds: number, said = ""): ProbeOutcome {
  const timeout = formatDuration(timeoutMilliseconds);
  return { exitCode: -1, output: `Health check exceeded timeout (${timeout})${said === "" ? "" : `: ${said}`}` };
}

/** Reads "8080", "host:8080" or "[::1]:8080". */
function tcpProbe(text: string): Probe {
  const parts = /^(?:(?:\[([^[\]]+)\]|([^:[\]]+)):)?(\d+)$/.exec(text);
  const port = Number(parts?.[3]);
  if (!parts || port < 1 || port > MAX_PORT) {
    throw new BerthError("invalidParameter", `invalid TCP health check "${text}": want "port" or "host:port"`);
  }
  return { kind: "tcp", endpoint: { address: addressOf(parts[1] ?? parts[2] ?? LOOPBACK), port } };
}

/** Reads "http://host[:port]/path", or ":8080/path" for the container's own loopback. */
function httpProbe(text: string): Probe {
  const url = URL.parse(/^:\d/.test(text) ? `http://${LOOPBACK}${text}` : text);
  if (url?.protocol !== "http:") {
    throw new BerthError("invalidParameter", `invalid HTTP health check "${text}": want "http://host[:port]/path"`);
  }
  const port = Number(url.port) || DEFAULT_HTTP_PORT;
  return { kind: "http", endpoint: { address: addressOf(url.hostname.replace(/^\[|\]$/g, "")), port }, url };
}

/** Probes do not run in the container's file system, so "localhost" is the only name they know. */
function addressOf(host: string): Uint8Array {
  const address = parseAddress(host === "localhost" ? LOOPBACK : host);
  if (address) return bytesOf(address);
  throw new BerthError("invalidParameter", `invalid health check host "${host}": want an address or "localhost"`);
}
