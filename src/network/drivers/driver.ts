// The interface of network drivers: how a network exists on the host, how a container is connected to it, and what the
// engine needs of both.
import type { NetlinkSocket } from "../../linux/netlink/socket.ts";
import type { BridgeTraits } from "../firewall/entries.ts";
import type { Family, IpAddress, IpPrefix } from "../ip.ts";

/** Docker's driver options, by their full names. */
export type DriverOptions = Readonly<Record<string, string>>;

/** What is known of a network before it has addresses. */
export interface NetworkDesign {
  /** 64 hexadecimal digits. */
  id: string;
  internal: boolean;
  options: DriverOptions;
}

/** A network as its driver sees it. */
export interface DriverNetwork extends NetworkDesign {
  /** The gateways' addresses with their prefix lengths; none for a family the network does not have. */
  gateways: IpPrefix[];
  enableIPv4: boolean;
  enableIPv6: boolean;
  /** See {@link NetworkDriver.hostInterface}. */
  hostInterface: string;
  /** Bytes; 0 leaves it to the kernel. */
  mtu: number;
}

/** The interface in a container and its counterpart on the host. */
export interface Plug {
  /** Name in the container: "eth0". */
  name: string;
  /** Name on the host, for drivers that create an interface there. */
  hostName: string;
  mac: string;
}

/** Which subnets a driver's networks may have. */
export interface SubnetPolicy {
  maxPerFamily: number;
  /** Whether a subnet is that of a network the host is on, so that the host should have a route to it. */
  sharedWithHost: boolean;
  /** Whether an address of each subnet is reserved for a gateway. */
  hasGateway(options: DriverOptions, family: Family, internal: boolean): boolean;
}

/** How ports of a driver's networks are published. */
export interface PublishingPolicy {
  /** The address of the host for ports published without one; undefined for all addresses. */
  hostAddress(options: DriverOptions): IpAddress | undefined;
  /** Whether published ports are reached at the containers' own addresses, and take no port of the host. */
  isRouted(options: DriverOptions, family: Family): boolean;
}

export interface NetworkDriver {
  readonly name: string;
  /** Whether a container's interface has its own MAC address, which the user may choose. */
  readonly hasOwnMac: boolean;
  /** Whether the host's interface is created for the network, or is one of the host's that networks are on. */
  readonly hostInterfaceKind: "own" | "parent";
  readonly subnets: SubnetPolicy;
  /** Undefined when ports cannot be published. */
  readonly publishing: PublishingPolicy | undefined;

  /** What is wrong with the options a user gave; undefined when nothing is. */
  check(options: DriverOptions, internal: boolean): string | undefined;
  /** The name of the host's interface that the network uses; it need not exist. */
  hostInterface(network: NetworkDesign): string;
  /** What to tell the user when another network has the same interface of the same kind. */
  conflict(networkId: string, otherId: string, hostInterface: string): string;
  /** Whether a network with the user's setting `asked` has no external connectivity. */
  isInternal(options: DriverOptions, asked: boolean): boolean;
  /** Whether containers send everything out of their interface, without the address of a gateway. */
  routesByInterface(options: DriverOptions): boolean;

  /** Creates what the network needs on the host unless it exists. */
  up(network: DriverNetwork, host: NetlinkSocket): void;
  /** Removes it. */
  down(network: DriverNetwork, host: NetlinkSocket): void;
  /** Puts an interface into the namespace open as the descriptor `namespace`, still down. */
  plug(network: DriverNetwork, plug: Plug, namespace: number, host: NetlinkSocket): void;
  /** Stops the traffic of an interface at once; the kernel removes it with the container's namespace. */
  unplug(plug: Pick<Plug, "hostName">, host: NetlinkSocket): void;
  /** The network's properties for the firewall; undefined when its packets do not pass the host's firewall. */
  firewall(network: DriverNetwork): BridgeTraits | undefined;
}

/** The daemon's settings for the default network. */
export interface DefaultNetworkSettings {
  hostInterface: string;
  icc: boolean;
  ipMasq: boolean;
  /** The host's address for ports published without one. */
  ip: string;
  /** Bytes; 0 for the driver's default. */
  mtu: number;
}

/** A driver that can have the default network. */
export interface DefaultNetworkDriver extends NetworkDriver {
  /** The options of the default network. */
  defaultNetworkOptions(settings: DefaultNetworkSettings): Record<string, string>;
}

/** The host's interface that a network is on, for drivers that need one. */
export const OPTION_PARENT = "parent";

/** What the names of containers' interfaces begin with. */
export const OPTION_INTERFACE_PREFIX = "com.docker.network.container_iface_prefix";

export const OPTION_MTU = "com.docker.network.driver.mtu";

/** Reads a boolean driver option in Go's spelling. */
export function optionFlag(options: DriverOptions, name: string, absent: boolean): boolean {
  const value = options[name];
  if (value === undefined || value === "") return absent;
  return ["1", "t", "true"].includes(value.toLowerCase());
}
