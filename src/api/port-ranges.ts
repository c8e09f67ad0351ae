// Published ports as ranges. Their form on the wire is in port-bindings.ts.
import { BerthError } from "./errors.ts";

/** In the order in which ports are allocated. */
export const transportProtocols = ["tcp", "udp", "sctp"] as const;
export type TransportProtocol = (typeof transportProtocols)[number];

export const MAX_PORT = 65535;

/** Consecutive ports of a container, published on as many consecutive ports of the host. */
export interface PortRange {
  protocol: TransportProtocol;
  /** The container's first port. */
  containerPort: number;
  /** Addresses of the host; none where the request names none. */
  hostAddresses: string[];
  /** The host's first port. 0 in a request: any free one. 0 for what is published: the container's own address. */
  hostPort: number;
  count: number;
}

/** A client's request. A host range for a single container port means any free port of it. */
export interface PortRequest extends PortRange {
  /** The last port of the host. */
  lastHostPort: number;
}

/** A port of a container, "80/tcp". */
export interface ContainerPort {
  protocol: TransportProtocol;
  port: number;
}

/** Reads "80/tcp" or "80". @throws BerthError invalidParameter */
export function parseContainerPort(text: string): ContainerPort {
  const [number = "", name = "tcp"] = text.split("/");
  const port = Number(number);
  if (!/^\d+$/.test(number) || port > MAX_PORT) {
    throw new BerthError("invalidParameter", `invalid port specification: "${text}"`);
  }
  const protocol = transportProtocols.find((known) => known === name.toLowerCase());
  if (!protocol) throw new BerthError("invalidParameter", `invalid protocol: ${name}`);
  return { protocol, port };
}

export const formatContainerPort = ({ port, protocol }: ContainerPort): string => `${port}/${protocol}`;

/** The ports of a range, as its container names them. */
export function containerPorts({ protocol, containerPort, count }: Omit<PortRange, "hostAddresses" | "hostPort">) {
  return Array.from({ length: count }, (_, index): ContainerPort => ({ protocol, port: containerPort + index }));
}

/** Whether each port of the container has one port of the host that it must get. */
export function isExact({ hostPort, lastHostPort, count }: PortRequest): boolean {
  return hostPort !== 0 && lastHostPort - hostPort === count - 1;
}

/** A request for any port of the host. */
export const anyHostPort = ({ protocol, port }: ContainerPort): PortRequest => ({
  protocol,
  containerPort: port,
  hostAddresses: [],
  hostPort: 0,
  lastHostPort: 0,
  count: 1,
});

/** The order in which ports are allocated: exact ones first, so that the others leave them free. */
export function compareRequests(one: PortRequest, other: PortRequest): number {
  return (
    Number(isExact(other)) - Number(isExact(one)) ||
    transportProtocols.indexOf(one.protocol) - transportProtocols.indexOf(other.protocol) ||
    one.containerPort - other.containerPort ||
    one.hostPort - other.hostPort ||
    one.lastHostPort - other.lastHostPort
  );
}

/** A range without some of its ports, as ranges. */
export function withoutPorts<Range extends PortRange>(range: Range, isGone: (port: ContainerPort) => boolean): Range[] {
  const ports = containerPorts(range);
  const left: Range[] = [];
  for (let start = 0; start < range.count; ) {
    const length = ports.slice(start).findIndex(isGone);
    const count = length < 0 ? range.count - start : length;
    if (count > 0) left.push(part(range, start, count));
    start += count + 1;
  }
  return left;
}

function part<Range extends PortRange>(range: Range, start: number, count: number): Range {
  if (count === range.count) return range;
  const hostPort = range.hostPort === 0 ? 0 : range.hostPort + start;
  const last = "lastHostPort" in range ? { lastHostPort: hostPort + count - 1 } : {};
  return { ...range, ...last, containerPort: range.containerPort + start, hostPort, count };
}
