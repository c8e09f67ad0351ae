// Docker's `PortBindings`, to and from ranges.
import type { PortMap } from "../api/container-networks.ts";
import { portBindings, portRequests } from "../api/port-bindings.ts";
import { formatContainerPort, parseContainerPort } from "../api/port-ranges.ts";
import type { PublishedPorts } from "../engine/containers/configuration/published-ports.ts";

/** @throws BerthError invalidParameter */
export function publishedPortsOf(bindings: PortMap): PublishedPorts {
  const unbound = Object.keys(bindings).filter((key) => !bindings[key]?.length);
  return {
    requests: portRequests(bindings),
    exposed: unbound.map((key) => formatContainerPort(parseContainerPort(key))),
  };
}

/** In the order of the keys, as Go writes maps. */
export function dockerPortBindings({ requests, exposed }: PublishedPorts): PortMap {
  const map = { ...Object.fromEntries(exposed.map((port) => [port, null])), ...portBindings(requests) };
  return Object.fromEntries(Object.entries(map).sort(([one], [other]) => (one < other ? -1 : 1)));
}
