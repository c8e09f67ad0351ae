// The ports that a container is asked to publish: as the client names them, and as ranges.
import { BerthError } from "./errors.ts";
import {
  compareRequests,
  containerPorts,
  formatContainerPort,
  isExact,
  MAX_PORT,
  type PortRequest,
  parseContainerPort,
} from "./port-ranges.ts";

/** As the client has asked, so that it is shown the same. */
export interface RequestedPort {
  /** A port of the container, such as "80/tcp". */
  port: string;
  /** Without one, the port is only exposed. */
  bindings: HostBinding[] | null;
}

export interface HostBinding {
  /** "" for every address. */
  hostAddress: string;
  /** "" for any, "8080" or "8000-8010". */
  hostPort: string;
}

/**
 * The requests as the fewest ranges, in the order in which they are allocated: exact ports first, so that the others leave them
 * free. @throws BerthError invalidParameter
 */
export function requestsOf(ports: readonly RequestedPort[]): PortRequest[] {
  const single = ports.flatMap(({ port, bindings }) => (bindings ?? []).map((binding) => read(port, binding)));
  // Those without an address come first, so that those with one are neighbours.
  const sorted = single.sort(
    (one, other) => compareRequests(one, other) || one.hostAddresses.length - other.hostAddresses.length,
  );
  return mergePorts(mergeAddresses(sorted));
}

/** Ports of the container that are named without one of the host. @throws BerthError invalidParameter */
export function onlyExposed(ports: readonly RequestedPort[]): string[] {
  return ports.flatMap(({ port, bindings }) =>
    bindings?.length ? [] : [formatContainerPort(parseContainerPort(port))],
  );
}

/** Ranges, port by port. */
export function requestedPorts(requests: readonly PortRequest[]): RequestedPort[] {
  const bindings = new Map<string, HostBinding[]>();
  for (const request of requests) {
    for (const [index, port] of containerPorts(request).entries()) {
      const key = formatContainerPort(port);
      const hostPort = hostPortText(request, index);
      const addresses = request.hostAddresses.length > 0 ? request.hostAddresses : [""];
      const known = bindings.get(key) ?? [];
      bindings.set(key, [...known, ...addresses.map((hostAddress) => ({ hostAddress, hostPort }))]);
    }
  }
  return [...bindings].map(([port, list]) => ({ port, bindings: list }));
}

/** These ports with other requests; those that are only exposed stay. */
export function withRequests(ports: readonly RequestedPort[], requests: readonly PortRequest[]): RequestedPort[] {
  const published = requestedPorts(requests);
  const isPublished = new Set(published.map(({ port }) => port));
  const exposed = ports.filter(({ port, bindings }) => !bindings?.length && !isPublished.has(port));
  return inOrder([...published, ...exposed]);
}

/** In the order of their names, as clients see them. */
export function inOrder(ports: RequestedPort[]): RequestedPort[] {
  return ports.sort((one, other) => (one.port < other.port ? -1 : 1));
}

function hostPortText(request: PortRequest, index: number): string {
  if (request.hostPort === 0) return "";
  return isExact(request) ? String(request.hostPort + index) : `${request.hostPort}-${request.lastHostPort}`;
}

function read(text: string, { hostAddress, hostPort }: HostBinding): PortRequest {
  const { protocol, port } = parseContainerPort(text);
  const hostAddresses = hostAddress === "" ? [] : [hostAddress];
  return { protocol, containerPort: port, hostAddresses, count: 1, ...parseHostPort(hostPort) };
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
