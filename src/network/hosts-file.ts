// The content of a container's /etc/hosts.

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

/** The whole file: localhost, then the user's entries, then the container's own names. */
export function hostsFile(content: { ipv6: boolean; extra: HostsRecord[]; own: HostsRecord[] }): string {
  const { ipv6, extra, own } = content;
  const reachable = extra.filter(({ address }) => ipv6 || !address.includes(":"));
  return withRecords("", [...ipv4Defaults, ...(ipv6 ? ipv6Defaults : []), ...reachable, ...own]);
}

const lineOf = ({ address, names }: HostsRecord): string => `${address}\t${names}`;

/** Appends records. */
export function withRecords(text: string, records: HostsRecord[]): string {
  const separator = text === "" || text.endsWith("\n") ? "" : "\n";
  return `${text}${separator}${records.map((record) => `${lineOf(record)}\n`).join("")}`;
}

/** Removes records; lines that a user changed stay. */
export function withoutRecords(text: string, records: HostsRecord[]): string {
  const gone = new Set(records.map(lineOf));
  return text
    .split("\n")
    .filter((line) => !gone.has(line))
    .join("\n");
}

/** Removes the lines whose first name this is. */
export function withoutFirstName(text: string, name: string): string {
  return text
    .split("\n")
    .filter((line) => line.split(/\s+/)[1] !== name)
    .join("\n");
}

/** The container's own names, the fully qualified one first if it has a domain. */
export function ownNames(hostname: string, domainname: string): string {
  const full = domainname === "" ? hostname : `${hostname}.${domainname}`;
  const dot = full.indexOf(".");
  return dot < 0 ? full : `${full} ${full.slice(0, dot)}`;
}
