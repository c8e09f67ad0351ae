// Parses the addresses of engines that Docker's clients accept.
import { EndpointError } from "./errors.ts";

/** PEM texts. Without `ca` the system's authorities are trusted. */
export interface TlsMaterial {
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
  /** Accept any certificate. */
  skipVerify?: boolean | undefined;
}

export type Endpoint =
  | { kind: "unix"; host: string; path: string }
  | { kind: "tcp"; host: string; hostname: string; port: number; basePath: string; tls: TlsMaterial | undefined }
  | { kind: "ssh"; host: string; user: string | undefined; hostname: string; port: string | undefined; path: string };

export const DEFAULT_HOST = "unix:///run/berth.sock";

const PLAIN_PORT = 2375;
const TLS_PORT = 2376;

/**
 * Reads "unix:///path", "tcp://host[:port][/path]", "ssh://[user@]host[:port][/socket]" or a bare "host[:port]".
 * @throws EndpointError for any other scheme or a malformed address, in Docker's words.
 */
export function parseEndpoint(host: string, tls?: TlsMaterial): Endpoint {
  const address = host.trim();
  if (address === "" || address === "unix://") return parseEndpoint(DEFAULT_HOST);
  const [, scheme = "tcp", rest = ""] = /^(?:([a-z0-9+.-]+):\/\/)?(.*)$/i.exec(address) ?? [];
  switch (scheme) {
    case "unix":
      return { kind: "unix", host: address, path: rest };
    case "tcp":
      return parseTcp(rest, tls);
    case "ssh":
      return parseSsh(address);
    case "npipe":
      throw new EndpointError("protocol not available");
    default:
      throw new EndpointError(`unable to resolve docker endpoint: invalid bind address format: ${host}`);
  }
}

function parseTcp(rest: string, tls: TlsMaterial | undefined): Endpoint {
  const invalid = () =>
    new EndpointError(`unable to resolve docker endpoint: invalid bind address format: tcp://${rest}`);
  const parts = /^(\[[^\]]+\]|[^:/[\]]*)(?::(\d+))?(\/.*)?$/.exec(rest);
  if (!parts) throw invalid();
  const [, hostname = "", port, basePath = ""] = parts;
  const number = port === undefined ? (tls ? TLS_PORT : PLAIN_PORT) : Number(port);
  if (number > 65535) throw invalid();
  const name = hostname === "" ? "localhost" : hostname;
  return {
    kind: "tcp",
    host: `tcp://${name}:${number}${basePath}`,
    hostname: name,
    port: number,
    basePath: basePath.replace(/\/$/, ""),
    tls,
  };
}

function parseSsh(address: string): Endpoint {
  const url = URL.parse(address);
  const refuse = (reason: string) => new EndpointError(`unable to resolve docker endpoint: invalid SSH URL: ${reason}`);
  if (!url || url.hostname === "") throw refuse("no host specified");
  if (url.password !== "") throw refuse("plain-text password is not supported");
  if (url.search !== "") throw refuse(`query parameters are not allowed: "${url.search.slice(1)}"`);
  if (url.hash !== "") throw refuse(`fragments are not allowed: "${url.hash.slice(1)}"`);
  return {
    kind: "ssh",
    host: address,
    user: url.username === "" ? undefined : decodeURIComponent(url.username),
    hostname: url.hostname,
    port: url.port === "" ? undefined : url.port,
    path: url.pathname === "/" ? "" : url.pathname,
  };
}
