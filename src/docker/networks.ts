// Networks of the Docker API, to and from the engine's.
import type { CreateNetworkRequest, IpamPool as DockerPool, NetworkInspect } from "../api/networks.ts";
import type { InspectedNetwork, IpamPool, NetworkRecord, NetworkRequest } from "../engine/index.ts";
import { withoutUndefined } from "./options.ts";

export function networkRequestOf(asked: CreateNetworkRequest): NetworkRequest {
  const { IPAM } = asked;
  return withoutUndefined({
    name: asked.Name,
    driver: asked.Driver,
    isForSwarm: asked.Ingress || asked.Scope === "swarm",
    internal: asked.Internal,
    attachable: asked.Attachable,
    configOnly: asked.ConfigOnly,
    configFrom: asked.ConfigFrom?.Network,
    ipam: { driver: IPAM?.Driver, options: IPAM?.Options, pools: IPAM?.Config?.map(poolOf) },
    enableIPv4: asked.EnableIPv4,
    enableIPv6: asked.EnableIPv6,
    options: asked.Options,
    labels: asked.Labels,
  });
}

function poolOf({ Subnet, IPRange, Gateway, AuxiliaryAddresses }: DockerPool): IpamPool {
  return withoutUndefined({
    subnet: Subnet,
    ipRange: IPRange,
    gateway: Gateway,
    auxiliaryAddresses: AuxiliaryAddresses,
  });
}

function dockerPool({ subnet, ipRange, gateway, auxiliaryAddresses }: IpamPool): DockerPool {
  return withoutUndefined({
    Subnet: subnet,
    IPRange: ipRange,
    Gateway: gateway,
    AuxiliaryAddresses: auxiliaryAddresses,
  });
}

/** A network without its containers, as in lists. */
export function dockerNetworkSummary(record: NetworkRecord): NetworkInspect {
  const { ipam } = record;
  return {
    Name: record.name,
    Id: record.id,
    Created: record.created,
    Scope: "local",
    Driver: record.driver,
    EnableIPv4: record.enableIPv4,
    // The client's value: docker-compose rejects a network that differs from its file.
    EnableIPv6: record.enableIPv6 && !record.ipv6Unasked,
    IPAM: { Driver: ipam.driver, Options: ipam.options, Config: ipam.pools.map(dockerPool) },
    Internal: record.internal,
    Attachable: record.attachable,
    Ingress: record.ingress,
    ConfigFrom: { Network: record.configFrom },
    ConfigOnly: record.configOnly,
    Containers: {},
    Options: record.options,
    Labels: record.labels,
  };
}

export function dockerNetwork({ record, members }: InspectedNetwork): NetworkInspect {
  const Containers = members.map(({ containerId, name, endpointId, macAddress, ipv4, ipv6 }) => [
    containerId,
    { Name: name, EndpointID: endpointId, MacAddress: macAddress, IPv4Address: ipv4, IPv6Address: ipv6 },
  ]);
  return { ...dockerNetworkSummary(record), Containers: Object.fromEntries(Containers) };
}
