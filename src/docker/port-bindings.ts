// Docker's `PortBindings`, to the ports that a container is asked to publish.
import type { PortMap } from "../api/container-networks.ts";
import { requestedPortsOf } from "../api/port-bindings.ts";
import { onlyExposed, type RequestedPort, requestsOf } from "../api/requested-ports.ts";

/** @throws BerthError invalidParameter */
export function publishedPortsOf(bindings: PortMap): RequestedPort[] {
  const ports = requestedPortsOf(bindings);
  requestsOf(ports);
  onlyExposed(ports);
  return ports;
}
