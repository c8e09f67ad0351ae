// The engine's view of a container's network for front ends.
import {
  type ContainerPort,
  containerPorts,
  formatContainerPort,
  type PortRange,
  parseContainerPort,
} from "../../api/port-ranges.ts";
import { formatAddress } from "../../network/ip.ts";
import { shortId } from "./ids.ts";
import type { Network } from "./network.ts";
import { isUserDefined } from "./networking-config.ts";
import type { Attachment, ContainerRecord, EndpointRecord, EndpointRequest } from "./records.ts";

/** An address of a container in one family; "" and 0 for none. */
export interface InterfaceAddress {
  address: string;
  prefixLength: number;
  gateway: string;
}

/** A network that a container is connected to. */
export interface JoinedNetwork {
  id: string;
  name: string;
  request: EndpointRequest;
  /** Absent while the container does not run. */
  endpoint: { id: string; macAddress: string; ipv4: InterfaceAddress; ipv6: InterfaceAddress } | undefined;
  /** All names by which DNS knows the container on it; absent on the predefined networks. */
  dnsNames: string[] | undefined;
}

export interface ContainerNetworking {
  networks: JoinedNetwork[];
  /** Absent while the container does not run. */
  sandbox:
    | {
        id: string;
        namespacePath: string;
        published: readonly PortRange[];
        /** All ports of the container that are exposed or asked to be published, whether they are or not. */
        ports: ContainerPort[];
      }
    | undefined;
}

/** Values that are not in the record. */
export interface NetworkingSource {
  network(id: string): Network | undefined;
  /** The container's current names. */
  identity: { name: string; hostname: string };
  namespacePath: string;
}

export function containerNetworking(record: ContainerRecord, source: NetworkingSource): ContainerNetworking {
  const { sandbox } = record;
  const networks = record.attachments.flatMap((attachment): JoinedNetwork[] => {
    const network = source.network(attachment.networkId);
    if (!network) return [];
    const endpoint = sandbox?.endpoints.find(({ networkId }) => networkId === network.id);
    return [joinedNetwork(record, attachment, network, endpoint, source)];
  });
  if (!sandbox) return { networks, sandbox };
  const { id, published } = sandbox;
  return { networks, sandbox: { id, namespacePath: source.namespacePath, published, ports: knownPorts(record) } };
}

function joinedNetwork(
  record: ContainerRecord,
  { request }: Attachment,
  network: Network,
  endpoint: EndpointRecord | undefined,
  { identity }: NetworkingSource,
): JoinedNetwork {
  return {
    id: network.id,
    name: network.name,
    request,
    endpoint: endpoint && {
      id: endpoint.id,
      macAddress: endpoint.mac,
      ipv4: interfaceAddress(network, 4, endpoint.ipv4),
      ipv6: interfaceAddress(network, 6, endpoint.ipv6),
    },
    dnsNames: isUserDefined(network) ? dnsNames(record, request.aliases ?? [], identity) : undefined,
  };
}

function interfaceAddress(network: Network, family: 4 | 6, address: string): InterfaceAddress {
  const gateway = network.record.internal ? undefined : network.gateway(family);
  return { address, prefixLength: network.prefixLengthOf(address), gateway: gateway ? formatAddress(gateway) : "" };
}

/** The names by which DNS knows a container on a user-defined network. */
export function dnsNames(
  { containerId }: ContainerRecord,
  aliases: readonly string[],
  { name, hostname }: NetworkingSource["identity"],
): string[] {
  return [...new Set([name, ...aliases, shortId(containerId), hostname])].filter((text) => text !== "");
}

function knownPorts({ exposed, requests }: ContainerRecord): ContainerPort[] {
  const names = new Set([...exposed, ...requests.flatMap(containerPorts).map(formatContainerPort)]);
  return [...names].map(parseContainerPort);
}
