// The form that published ports have on the wire.
import type { PortMap } from "./container-networks.ts";
import type { PortRequest } from "./port-ranges.ts";
import { inOrder, type RequestedPort, requestedPorts, requestsOf } from "./requested-ports.ts";

/** In the order of their names, as Go writes maps. */
export function requestedPortsOf(bindings: PortMap): RequestedPort[] {
  return inOrder(
    Object.entries(bindings).map(([port, list]) => ({
      port,
      bindings: list?.map(({ HostIp = "", HostPort = "" }) => ({ hostAddress: HostIp, hostPort: HostPort })) ?? null,
    })),
  );
}

export function portMapOf(ports: readonly RequestedPort[]): PortMap {
  return Object.fromEntries(
    ports.map(({ port, bindings }) => [
      port,
      bindings?.map(({ hostAddress, hostPort }) => ({ HostIp: hostAddress, HostPort: hostPort })) ?? null,
    ]),
  );
}

/** The ports of a `PortBindings` as ranges. @throws BerthError invalidParameter */
export const portRequests = (bindings: PortMap): PortRequest[] => requestsOf(requestedPortsOf(bindings));

/** The same requests in the form of `PortBindings`. */
export const portBindings = (requests: readonly PortRequest[]): PortMap => portMapOf(requestedPorts(requests));
