// Rejects requests that a browser sends for a web page of another site: browsers let any page open WebSockets and send simple
// POST requests to any address. Programs send neither of the fields looked at here.
// Sources: Fetch Metadata (Sec-Fetch-Site), RFC 6454 (Origin), and Go's net/http CrossOriginProtection.
import { BerthError } from "../api/errors.ts";

const READING_METHODS = ["GET", "HEAD"];
const OWN_SITES = ["same-origin", "none"];
/** Go's WebSocket client demands an Origin of programs, which name this one. */
const ORIGIN_OF_PROGRAMS = "http://localhost";

export interface OriginFields {
  method: string;
  headers: ReadonlyMap<string, string>;
  /** Whether the request came over TCP, where browsers can reach the engine without a proxy. */
  overTcp: boolean;
}

/** @throws BerthError forbidden */
export function refuseCrossOrigin({ method, headers, overTcp }: OriginFields): void {
  const isWebSocket = headers.get("upgrade")?.toLowerCase() === "websocket";
  if (!isWebSocket && READING_METHODS.includes(method)) return;
  const site = headers.get("sec-fetch-site");
  const origin = headers.get("origin");
  if (site !== undefined ? OWN_SITES.includes(site) : origin === undefined) return;
  // A web interface in front of a unix socket passes on its page's Origin.
  if (site === undefined && !overTcp && (!isWebSocket || origin === ORIGIN_OF_PROGRAMS)) return;
  if (site === undefined && origin !== undefined && hostOf(origin) === headers.get("host")?.toLowerCase()) return;
  throw new BerthError("forbidden", "cross-origin request refused");
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
