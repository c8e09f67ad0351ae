// Docker's request for an endpoint on a network, to and from the engine's.
import type { EndpointRequest as DockerEndpointRequest, EndpointSettings } from "../api/container-networks.ts";
import type { EndpointRequest } from "../engine/index.ts";
import { withoutUndefined } from "./options.ts";

/** Absent fields stay absent. */
export function endpointRequestOf(asked: DockerEndpointRequest): EndpointRequest {
  const { IPAMConfig } = asked;
  return withoutUndefined({
    addresses:
      IPAMConfig &&
      withoutUndefined({
        ipv4: IPAMConfig.IPv4Address,
        ipv6: IPAMConfig.IPv6Address,
        linkLocal: IPAMConfig.LinkLocalIPs,
      }),
    links: asked.Links,
    aliases: asked.Aliases,
    macAddress: asked.MacAddress,
    driverOptions: asked.DriverOpts,
    gatewayPriority: asked.GwPriority,
  });
}

/** By name or ID of the network. Clients name that of a container which asks for none "default". */
export function endpointRequestsOf(
  asked: Record<string, DockerEndpointRequest | undefined>,
): Record<string, EndpointRequest> {
  const entries = Object.entries(asked);
  return Object.fromEntries(
    entries.map(([name, request = {}]) => [name === "default" ? "bridge" : name, endpointRequestOf(request)]),
  );
}

/** The form of answers: unset fields are null. */
export function dockerEndpointRequest(
  request: EndpointRequest,
): Pick<EndpointSettings, "IPAMConfig" | "Links" | "Aliases" | "MacAddress" | "DriverOpts" | "GwPriority"> {
  const { addresses, links, aliases, macAddress = "", driverOptions, gatewayPriority = 0 } = request;
  return {
    IPAMConfig: addresses
      ? withoutUndefined({
          IPv4Address: addresses.ipv4,
          IPv6Address: addresses.ipv6,
          LinkLocalIPs: addresses.linkLocal,
        })
      : null,
    Links: links ?? null,
    Aliases: aliases ?? null,
    MacAddress: macAddress,
    DriverOpts: driverOptions ?? null,
    GwPriority: gatewayPriority,
  };
}
