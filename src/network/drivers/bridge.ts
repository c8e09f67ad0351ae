// The bridge driver: a Linux bridge on the host, and a veth pair for each container.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { isErrno } from "../../linux/errno.ts";
import {
  changeLink,
  createBridge,
  createVeth,
  deleteLinkNamed,
  disableBridgePort,
  findLink,
  type Link,
  setBridgePort,
  setLinkUp,
} from "../../linux/netlink/links.ts";
import { addAddress } from "../../linux/netlink/routes.ts";
import type { NetlinkSocket } from "../../linux/netlink/socket.ts";
import { bytesOf, type Family, parseAddress } from "../ip.ts";
import { randomMac } from "../mac.ts";
import { type DefaultNetworkDriver, type DriverNetwork, type DriverOptions, OPTION_MTU, optionFlag } from "./driver.ts";
import { gatewayMode, gatewayModeProblem } from "./gateway-mode.ts";

const OPTION_NAME = "com.docker.network.bridge.name";
const OPTION_DEFAULT = "com.docker.network.bridge.default_bridge";
const OPTION_ICC = "com.docker.network.bridge.enable_icc";
const OPTION_MASQUERADE = "com.docker.network.bridge.enable_ip_masquerade";
const OPTION_HOST_BINDING = "com.docker.network.bridge.host_binding_ipv4";
const OPTION_INHIBIT_IPV4 = "com.docker.network.bridge.inhibit_ipv4";
const OPTION_TRUSTED_INTERFACES = "com.docker.network.bridge.trusted_host_interfaces";

const DEFAULT_MTU = 1500;
/** IPv4 needs this of every link (RFC 791). */
const MIN_MTU = 68;
const SHORT_ID_LENGTH = 12;
/** IFNAMSIZ without the terminating NUL. */
const MAX_INTERFACE_NAME_LENGTH = 15;

export const bridgeDriver: DefaultNetworkDriver = {
  name: "bridge",
  hasOwnMac: true,
  hostInterfaceKind: "own",
  subnets: { maxPerFamily: 1, sharedWithHost: false, hasGateway },
  publishing: {
    hostAddress: (options) => parseAddress(options[OPTION_HOST_BINDING] ?? ""),
    isRouted: (options, family) => gatewayMode(options, family) === "routed",
  },

  check(options, internal) {
    const mtu = options[OPTION_MTU] ?? "";
    if (!/^[+-]?\d*$/.test(mtu)) {
      return `failed to parse ${OPTION_MTU} value: ${mtu} (strconv.Atoi: parsing ${JSON.stringify(mtu)}: invalid syntax)`;
    }
    if (mtu !== "" && Number(mtu) < MIN_MTU) return `invalid value for ${OPTION_MTU}: ${mtu}`;
    const binding = options[OPTION_HOST_BINDING];
    if (binding && !parseAddress(binding)) return `invalid value for ${OPTION_HOST_BINDING}: ${binding}`;
    if (options[OPTION_TRUSTED_INTERFACES]) return `Berth does not support ${OPTION_TRUSTED_INTERFACES}`;
    const name = options[OPTION_NAME] ?? "";
    if (name.length > MAX_INTERFACE_NAME_LENGTH || /[\s/]/.test(name)) return `invalid interface name: ${name}`;
    return gatewayModeProblem(options, internal);
  },

  hostInterface: ({ id, options }) => options[OPTION_NAME] || `br-${id.slice(0, SHORT_ID_LENGTH)}`,

  conflict(networkId, otherId, name) {
    return `cannot create network ${networkId} (${name}): conflicts with network ${otherId} (${name}): networks have same bridge name`;
  },

  isInternal: (_options, asked) => asked,

  routesByInterface: () => false,

  defaultNetworkOptions({ hostInterface, icc, ipMasq, ip, mtu }) {
    return {
      [OPTION_DEFAULT]: "true",
      [OPTION_ICC]: String(icc),
      [OPTION_MASQUERADE]: String(ipMasq),
      [OPTION_HOST_BINDING]: ip,
      [OPTION_NAME]: hostInterface,
      [OPTION_MTU]: String(mtu || DEFAULT_MTU),
    };
  },

  up(network, host) {
    const bridge = findLink(host, network.hostInterface) ?? createNetworkBridge(network, host);
    if (!bridge.up) setLinkUp(host, bridge.index);
    for (const gateway of network.gateways) {
      if (!hasAddress(network, gateway.address.family)) continue;
      addAddress(host, { link: bridge.index, address: bytesOf(gateway.address), prefixLength: gateway.length });
    }
    // Without it the kernel drops packets from 127.0.0.1 that were translated to a container's address.
    setInterfaceOption(4, network.hostInterface, "route_localnet", 1);
  },

  down(network, host) {
    deleteLinkNamed(host, network.hostInterface);
  },

  plug(network, plug, namespace, host) {
    const bridge = findLink(host, network.hostInterface) ?? recreateBridge(network, host);
    const mtu = network.mtu;
    createVeth(
      host,
      { name: plug.hostName, mtu, master: bridge.index },
      { name: plug.name, mtu, mac: plug.mac, namespace },
    );
    const port = findLink(host, plug.hostName);
    // If frames between ports do not pass the firewall, the bridge itself has to isolate the ports.
    const isolated = isIsolated(network) && !bridgedFramesAreFiltered();
    // Hairpin: a packet of a container to its own published port leaves by the port it came from.
    if (port) setBridgePort(host, port.index, { hairpin: true, isolated });
  },

  unplug(plug, host) {
    const port = findLink(host, plug.hostName);
    if (!port || port.master === 0) return;
    try {
      disableBridgePort(host, port.index);
    } catch (thrown) {
      // The kernel is removing the port or its link already.
      if (!isErrno(thrown, "ENODEV", "ENETDOWN", "EINVAL")) throw thrown;
    }
  },

  firewall(network) {
    const masquerade = !network.internal && optionFlag(network.options, OPTION_MASQUERADE, true);
    const [mode4, mode6] = [gatewayMode(network.options, 4), gatewayMode(network.options, 6)];
    return {
      name: network.hostInterface,
      internal: network.internal,
      apart: isIsolated(network),
      masquerade4: masquerade && network.enableIPv4 && mode4 !== "routed",
      masquerade6: masquerade && network.enableIPv6 && mode6 !== "routed",
      open4: mode4 === "nat-unprotected",
      open6: mode6 === "nat-unprotected",
      routed4: mode4 === "routed",
      routed6: mode6 === "routed",
    };
  },
};

/** Whether the host has the gateway's address on the bridge. */
function hasAddress({ options }: DriverNetwork, family: Family): boolean {
  return !isInhibited(options, family) && gatewayMode(options, family) !== "isolated";
}

/** No address is reserved where neither the host nor anybody else would have it. */
function hasGateway(options: DriverOptions, family: Family, internal: boolean): boolean {
  return gatewayMode(options, family) !== "isolated" && !(internal && isInhibited(options, family));
}

const isInhibited = (options: DriverOptions, family: Family): boolean =>
  family === 4 && optionFlag(options, OPTION_INHIBIT_IPV4, false);

const isIsolated = ({ options }: DriverNetwork): boolean => !optionFlag(options, OPTION_ICC, true);

function bridgedFramesAreFiltered(): boolean {
  return ["iptables", "ip6tables"].every((name) => {
    const path = `/proc/sys/net/bridge/bridge-nf-call-${name}`;
    return existsSync(path) && readFileSync(path, "utf8").trim() === "1";
  });
}

/** For a bridge deleted by others while the engine runs. */
function recreateBridge(network: DriverNetwork, host: NetlinkSocket): Link {
  bridgeDriver.up(network, host);
  const bridge = findLink(host, network.hostInterface);
  if (!bridge) throw new Error(`bridge ${network.hostInterface} of network ${network.id} was deleted`);
  return bridge;
}

function createNetworkBridge(network: DriverNetwork, host: NetlinkSocket): Link {
  // A bridge without its own MAC address uses a port's, and its containers' neighbour caches become stale.
  createBridge(host, { name: network.hostInterface, mac: randomMac() });
  const bridge = findLink(host, network.hostInterface);
  if (!bridge) throw new Error(`bridge ${network.hostInterface} vanished while it was being created`);
  if (network.mtu && network.mtu !== DEFAULT_MTU) changeLink(host, bridge.index, { mtu: network.mtu });
  setInterfaceOption(6, network.hostInterface, "accept_ra", 0);
  // Duplicate address detection would delay the gateway's address, which is unique.
  setInterfaceOption(6, network.hostInterface, "accept_dad", 0);
  return bridge;
}

function setInterfaceOption(family: 4 | 6, name: string, option: string, value: number): void {
  const path = `/proc/sys/net/ipv${family}/conf/${name}/${option}`;
  if (existsSync(path)) writeFileSync(path, String(value));
}
