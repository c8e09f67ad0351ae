// The form that published ports have on the wire: one entry for each port of the container.
import type { PortBinding, PortMap } from "./container-networks.ts";
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

/**
 * The ports of a `PortBindings`, as the fewest ranges, in the order in which they are allocated: exact ports first, so
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
