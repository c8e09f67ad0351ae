// What a network driver is: how a network exists on the host, and how a container's interface is plugged into it.
import type { NetlinkSocket } from "../../linux/netlink/socket.ts";
import type { BridgeTraits } from "../firewall/entries.ts";
import type { IpPrefix } from "../ip.ts";

/** A network as a driver needs to know it. */
export interface DriverNetwork {
  id: string;
  internal: boolean;
  /** The gateways' addresses with their prefix lengths; none for a family the network does not have. */
  gateways: IpPrefix[];
  enableIPv4: boolean;
  enableIPv6: boolean;
  /** Docker's driver options, by their full names. */
  options: Record<string, string>;
  /** The name its bridge has, for drivers that make one. */
  bridge: string;
  /** Bytes; 0 leaves it to the kernel. */
  mtu: number;
}

/** One end of a wire: the interface in the container and its counterpart on the host. */
export interface Plug {
  /** Name in the container: "eth0". */
  name: string;
  /** Name on the host, where the driver makes one there. */
  hostName: string;
  mac: string;
}

export interface NetworkDriver {
  readonly name: string;
  /** What is wrong with the options a user gave; undefined when nothing is. */
  check(options: Record<string, string>, internal: boolean): string | undefined;
  /** Makes what the network needs on the host, or leaves it as it is; cheap when it is there. */
  up(network: DriverNetwork, host: NetlinkSocket): void;
  /** Takes it away again. */
  down(network: DriverNetwork, host: NetlinkSocket): void;
  /** Puts an interface into the namespace open as `namespace`, still down. */
  plug(network: DriverNetwork, plug: Plug, namespace: number, host: NetlinkSocket): void;
  /** Makes an interface deaf at once; its removal is the kernel's. */
  unplug(plug: Pick<Plug, "hostName">, host: NetlinkSocket): void;
  /** What the firewall must know of the network's interface; undefined when no packet of it passes there. */
  firewall(network: DriverNetwork): BridgeTraits | undefined;
}

/** The driver option that names the host's interface a network is on, for drivers that need one. */
export const OPTION_PARENT = "parent";

/** What the names of containers' interfaces begin with on a network. */
export const OPTION_INTERFACE_PREFIX = "com.docker.network.container_iface_prefix";

/** Reads a driver option that is a boolean in Go's spelling. */
export function optionFlag(options: Record<string, string>, name: string, absent: boolean): boolean {
  const value = options[name];
  if (value === undefined || value === "") return absent;
  return ["1", "t", "true"].includes(value.toLowerCase());
}
