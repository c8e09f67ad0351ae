// Matches addresses against CIDR networks, for the lists of insecure registries and of hosts without proxy.
import { BlockList, isIP } from "node:net";

const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");

/** A list of networks to look addresses up in; invalid entries are ignored. */
export function networkList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", length = "", ...rest] = entry.split("/");
    if (rest.length > 0 || isIP(address) === 0 || !/^\d{1,3}$/.test(length)) continue;
    list.addSubnet(address, Number(length), familyOf(address));
  }
  return list;
}

export function isInNetworks(list: BlockList, address: string): boolean {
  return isIP(address) !== 0 && list.check(address, familyOf(address));
}

const loopback = networkList(["127.0.0.0/8", "::1/128"]);

/** Whether a host name or address is a loopback one. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || isInNetworks(loopback, host);
}

/** Splits "host:port" and "[::1]:port". */
export function splitHost(text: string): { host: string; port: string } {
  const [, host = text, port = ""] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(text) ?? [];
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port };
}
