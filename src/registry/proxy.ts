// Chooses the proxy of a request, by the rules of Go's net/http.
import { isInNetworks, isLoopback, networkList, splitHost } from "./networks.ts";

export interface ProxySettings {
  /** Proxies for http: and https: URLs; "" for none. */
  http: string;
  https: string;
  /** Hosts, domains (".example.com", "*.example.com"), addresses and networks reached directly, separated by commas. */
  no: string;
}

/** The proxy's URL, or undefined for a direct connection. Loopback addresses are always reached directly. */
export function proxyFor(url: URL, { http, https, no }: ProxySettings): string | undefined {
  const proxy = url.protocol === "https:" ? https : http;
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (proxy === "" || isLoopback(host)) return undefined;
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const exceptions = no
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .filter(Boolean);
  if (exceptions.some((entry) => isException(entry, host.toLowerCase(), port))) return undefined;
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

function isException(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return isInNetworks(networkList([entry]), host);
  const { host: name, port: onlyPort } = splitHost(entry);
  if (onlyPort !== "" && onlyPort !== port) return false;
  const domain = name.replace(/^\*?\./, "");
  const isDomainOnly = name.startsWith(".") || name.startsWith("*.");
  return (!isDomainOnly && host === domain) || host.endsWith(`.${domain}`);
}
