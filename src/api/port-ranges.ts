// Published ports as ranges, and the form they have on the wire: one entry for each port of the container.
import type { PortBinding, PortMap } from "./container-networks.ts";
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

/** What a client asks for. A host range for a single container port means any free port of it. */
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

/**
 * What a `PortBindings` asks for, as the fewest ranges, in the order in which they are allocated: exact ports first, so
 * that the others leave them free. @throws BerthError invalidParameter
 */
export function portRequests(bindings: PortMap): PortRequest[] {
  const single = Object.entries(bindings).flatMap(([key, list]) => (list ?? []).map((binding) => read(key, binding)));
  // Those without an address come first, so that those with one are neighbours.
  const sorted = single.sort(
    (one, other) => compareRequests(one, other) || one.hostAddresses.length - other.hostAddresses.length,
  );
  return mergePorts(mergeAddresses(sorted));
}

/** The same requests in the form of `PortBindings`. */
export function portBindings(requests: readonly PortRequest[]): PortMap {
  const bindings: PortMap = {};
  for (const request of requests) {
    for (const [index, port] of containerPorts(request).entries()) {
      const key = formatContainerPort(port);
      const HostPort = hostPortText(request, index);
      const addresses = request.hostAddresses.length > 0 ? request.hostAddresses : [""];
      bindings[key] = [...(bindings[key] ?? []), ...addresses.map((HostIp) => ({ HostIp, HostPort }))];
    }
  }
  return bindings;
}

function hostPortText(request: PortRequest, index: number): string {
  if (request.hostPort === 0) return "";
  return isExact(request) ? String(request.hostPort + index) : `${request.hostPort}-${request.lastHostPort}`;
}

function read(key: string, { HostIp = "", HostPort = "" }: PortBinding): PortRequest {
  const { protocol, port } = parseContainerPort(key);
  const hostAddresses = HostIp === "" ? [] : [HostIp];
  return { protocol, containerPort: port, hostAddresses, count: 1, ...parseHostPort(HostPort) };
}

/** Reads "", "8080" or "8000-8010". */
function parseHostPort(text: string): Pick<PortRequest, "hostPort" | "lastHostPort"> {
  if (text === "") return { hostPort: 0, lastHostPort: 0 };
  const [, first = "", last = first] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  const [hostPort, lastHostPort] = [Number(first), Number(last)];
  if (first === "" || lastHostPort > MAX_PORT || lastHostPort < hostPort) {
    throw new BerthError("invalidParameter", `invalid port specification: "${text}"`);
  }
  return { hostPort, lastHostPort };
}

function compareRequests(one: PortRequest, other: PortRequest): number {
  return (
    Number(isExact(other)) - Number(isExact(one)) ||
    transportProtocols.indexOf(one.protocol) - transportProtocols.indexOf(other.protocol) ||
    one.containerPort - other.containerPort ||
    one.hostPort - other.hostPort ||
    one.lastHostPort - other.lastHostPort
  );
}

/** Requests that differ only in the host's address get the same port of the host; the same request twice is one. */
function mergeAddresses(requests: readonly PortRequest[]): PortRequest[] {
  const merged: PortRequest[] = [];
  for (const request of requests) {
    const last = merged.at(-1);
    const isSame =
      last !== undefined &&
      compareRequests(last, request) === 0 &&
      (last.hostAddresses.length === 0) === (request.hostAddresses.length === 0);
    if (isSame) last.hostAddresses = [...new Set([...last.hostAddresses, ...request.hostAddresses])];
    else merged.push(request);
  }
  return merged;
}

/** Exact ports that follow each other on both sides become one range. */
function mergePorts(requests: readonly PortRequest[]): PortRequest[] {
  const merged: PortRequest[] = [];
  for (const request of requests) {
    const last = merged.at(-1);
    const continues =
      last !== undefined &&
      isExact(last) &&
      isExact(request) &&
      last.protocol === request.protocol &&
      last.containerPort + last.count === request.containerPort &&
      last.hostPort + last.count === request.hostPort &&
      last.hostAddresses.join() === request.hostAddresses.join();
    if (continues) {
      last.count++;
      last.lastHostPort++;
    } else {
      merged.push(request);
    }
  }
  return merged;
}

/** What is left of a range without some of its ports, as ranges. */
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
