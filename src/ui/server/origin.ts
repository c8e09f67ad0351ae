// Accepts only requests from this page: the Host must be ours (against DNS rebinding), and the Origin must match it.
import { isIP } from "node:net";

export interface Address {
  /** "http:" or "https:" */
  protocol: string;
  port: number;
  /** Accepted names besides IP addresses and localhost, in lower case: those of the certificate. */
  names: readonly string[];
}

/**
 * The reason for rejecting a request, or undefined. Rebinding needs a host name of the attacker's: IP addresses and
 * localhost cannot be rebound, so they are accepted on any listening address.
 */
export function originObjection(request: Request, address: Address): string | undefined {
  const host = request.headers.get("host") ?? "";
  const { hostname, port } = splitHost(host, address.protocol);
  const known = hostname === "localhost" || isIP(hostname) !== 0 || address.names.includes(hostname);
  if (!known || port !== address.port) return "this server does not answer to that host name";
  const origin = request.headers.get("origin");
  if (origin !== null && origin !== `${address.protocol}//${host}`) return "the request comes from another site";
  // Browsers send Origin with every WebSocket and every request that is not read-only.
  const needsOrigin = request.headers.has("upgrade") || !["GET", "HEAD"].includes(request.method);
  if (origin === null && needsOrigin) return "the request has no Origin header";
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") {
    // Another site may link to the page itself, which shows nothing without the session's cookie.
    const isNavigation = request.method === "GET" && request.headers.get("sec-fetch-mode") === "navigate";
    if (!isNavigation || new URL(request.url).pathname !== "/") return "the request comes from another site";
  }
  return undefined;
}

function splitHost(host: string, protocol: string): { hostname: string; port: number } {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::(\d+))?$/i.exec(host);
  const hostname = (match?.[1] ?? match?.[2] ?? "").toLowerCase();
  return { hostname, port: Number(match?.[3] ?? (protocol === "https:" ? 443 : 80)) };
}
