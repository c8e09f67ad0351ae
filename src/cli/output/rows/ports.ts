// The PORTS column: merges consecutive ports into a range when host and container ports are equal.
import type { PortSummary } from "../../../api/container-networks.ts";

/** "127.0.0.1:80", "[::1]:80" */
export function hostAndPort(address: string, port: string | number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function compare(a: PortSummary, b: PortSummary): number {
  const [addressA = "", addressB = ""] = [a.IP, b.IP];
  return (
    a.PrivatePort - b.PrivatePort ||
    (addressA < addressB ? -1 : addressA > addressB ? 1 : 0) ||
    (a.PublicPort ?? 0) - (b.PublicPort ?? 0) ||
    (a.Type < b.Type ? -1 : a.Type > b.Type ? 1 : 0)
  );
}

interface Group {
  address: string;
  type: string;
  first: number;
  last: number;
}

function groupText({ address, type, first, last }: Group): string {
  const range = first === last ? String(first) : `${first}-${last}`;
  return address === "" ? `${range}/${type}` : `${hostAndPort(address, range)}->${range}/${type}`;
}

/** "0.0.0.0:8080->80/tcp, 9000-9002/udp": completed ranges, then open ones, then mapped ports. */
export function displayedPorts(ports: readonly PortSummary[]): string {
  const finished: string[] = [];
  const mapped: string[] = [];
  const open = new Map<string, Group>();
  for (const { IP: address = "", PrivatePort: port, PublicPort, Type: type } of ports.toSorted(compare)) {
    if (address !== "" && PublicPort !== port) {
      mapped.push(`${hostAndPort(address, PublicPort ?? 0)}->${port}/${type}`);
      continue;
    }
    const key = `${address}/${type}`;
    const group = open.get(key);
    if (group && port === group.last + 1) {
      group.last = port;
      continue;
    }
    if (group) finished.push(groupText(group));
    open.set(key, { address, type, first: port, last: port });
  }
  return [...finished, ...[...open.values()].map(groupText), ...mapped].join(", ");
}

/** Short form for a narrow terminal: omits the unspecified address, and its IPv6 duplicate. */
export function briefPorts(ports: readonly PortSummary[]): string {
  const key = ({ PrivatePort, PublicPort, Type }: PortSummary): string => `${PublicPort} ${PrivatePort} ${Type}`;
  const everywhere = new Set(ports.filter(({ IP }) => IP === "0.0.0.0").map(key));
  const needed = ports.filter((port) => port.IP !== "::" || !everywhere.has(key(port)));
  return displayedPorts(needed).replace(/(^| )0\.0\.0\.0:/g, "$1");
}
