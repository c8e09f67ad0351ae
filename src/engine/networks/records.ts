// What the engine knows of networks and of containers on them, as it stands in the database.
import type { EndpointRequest, PortMap } from "../../api/container-networks.ts";
import type { IpamPool } from "../../api/networks.ts";
import type { TransportProtocol } from "../../network/firewall/entries.ts";

export interface NetworkRecord {
  /** 64 hexadecimal digits. */
  id: string;
  name: string;
  /** RFC 3339. */
  created: string;
  driver: string;
  internal: boolean;
  attachable: boolean;
  ingress: boolean;
  configOnly: boolean;
  /** The name of the configuration it was made from; empty for none. */
  configFrom: string;
  enableIPv4: boolean;
  enableIPv6: boolean;
  /** Whether it has IPv6 only because the host does: nobody asked for it, and clients are shown what they asked for. */
  ipv6Unasked?: boolean;
  ipam: { driver: string; options: Record<string, string> | null; pools: IpamPool[] };
  options: Record<string, string>;
  labels: Record<string, string>;
  /** The bridge's interface name; empty for drivers without one. */
  bridge: string;
  /** Whether the interface was there before the network and so outlives it. */
  adopted: boolean;
}

/** One network a container is to be on. */
export interface Attachment {
  /** Its ID; until the first start what the user typed, where there was no such network yet. */
  networkId: string;
  request: EndpointRequest;
}

/** A container's interface on one network while it runs. Addresses are plain, without prefix length. */
export interface EndpointRecord {
  /** 64 hexadecimal digits. */
  id: string;
  networkId: string;
  /** "eth0" */
  interfaceName: string;
  hostName: string;
  mac: string;
  ipv4: string;
  ipv6: string;
}

/**
 * Published ports as they were given out: `count` of the host lead to as many of the container. Without a port of the
 * host they are reached at the container's own address.
 */
export interface PublishedPorts {
  protocol: TransportProtocol;
  port: number;
  hostAddress: string;
  /** 0 for none. */
  hostPort: number;
  count: number;
}

/** Who a container is to the network. */
export interface NetworkIdentity {
  name: string;
  hostname: string;
  domainname: string;
}

/** What exists of a container's network only while it runs. */
export interface SandboxRecord {
  /** 64 hexadecimal digits. */
  id: string;
  identity: NetworkIdentity;
  endpoints: EndpointRecord[];
  published: PublishedPorts[];
  /** Interfaces that are just being put in or taken out; an engine that finds them at its start takes them out. */
  unsettled?: string[];
}

/** A container's network: what was asked at create, and what is while it runs. */
export interface ContainerRecord {
  containerId: string;
  /** "bridge", "host", "none", "container:…" or a network's name. */
  mode: string;
  disabled: boolean;
  attachments: Attachment[];
  macAddress: string;
  exposed: string[];
  bindings: PortMap;
  publishAll: boolean;
  dns: string[];
  dnsSearch: string[];
  dnsOptions: string[];
  extraHosts: string[];
  /** "ID:alias" */
  links: string[];
  sandbox?: SandboxRecord | undefined;
}
