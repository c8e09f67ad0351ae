// The text of a container's /etc/hosts.

export interface HostsRecord {
  address: string;
  names: string;
}

const ipv4Defaults: HostsRecord[] = [{ address: "127.0.0.1", names: "localhost" }];

const ipv6Defaults: HostsRecord[] = [
  { address: "::1", names: "localhost ip6-localhost ip6-loopback" },
  { address: "fe00::", names: "ip6-localnet" },
  { address: "ff00::", names: "ip6-mcastprefix" },
  { address: "ff02::1", names: "ip6-allnodes" },
  { address: "ff02::2", names: "ip6-allrouters" },
];

/** The whole file: the loopback's names, then what the user added, then the container's own. */
export function hostsFile(content: { ipv6: boolean; extra: HostsRecord[]; own: HostsRecord[] }): string {
  const { ipv6, extra, own } = content;
  const reachable = extra.filter(({ address }) => ipv6 || !address.includes(":"));
  return [...ipv4Defaults, ...(ipv6 ? ipv6Defaults : []), ...reachable, ...own]
    .map(({ address, names }) => `${address}\t${names}\n`)
    .join("");
}

/** The names a container has for itself: the qualified one first when it has a domain. */
export function ownNames(hostname: string, domainname: string): string {
  const full = domainname === "" ? hostname : `${hostname}.${domainname}`;
  const dot = full.indexOf(".");
  return dot < 0 ? full : `${full} ${full.slice(0, dot)}`;
}
