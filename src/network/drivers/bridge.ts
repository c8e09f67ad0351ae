// The bridge driver: a Linux bridge on the host, a veth pair for every container.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { errorCode } from "../../linux/libc.ts";
import {
  changeLink,
  createBridge,
  createVeth,
  deleteLink,
  findLink,
  type Link,
  setBridgePort,
  setLinkUp,
  silenceBridgePort,
} from "../../linux/netlink/links.ts";
import { addAddress } from "../../linux/netlink/routes.ts";
import type { NetlinkSocket } from "../../linux/netlink/socket.ts";
import { bytesOf, type Family, parseAddress } from "../ip.ts";
import { randomMac } from "../mac.ts";
import { type DriverNetwork, type NetworkDriver, optionFlag } from "./driver.ts";
import { gatewayMode, gatewayModeProblem } from "./gateway-mode.ts";

export const OPTION_BRIDGE_NAME = "com.docker.network.bridge.name";
export const OPTION_ICC = "com.docker.network.bridge.enable_icc";
export const OPTION_MASQUERADE = "com.docker.network.bridge.enable_ip_masquerade";
export const OPTION_HOST_BINDING = "com.docker.network.bridge.host_binding_ipv4";
export const OPTION_MTU = "com.docker.network.driver.mtu";

const OPTION_INHIBIT_IPV4 = "com.docker.network.bridge.inhibit_ipv4";
const OPTION_TRUSTED_INTERFACES = "com.docker.network.bridge.trusted_host_interfaces";

const DEFAULT_MTU = 1500;
/** What IPv4 demands of every link. */
const SMALLEST_MTU = 68;

export const bridgeDriver: NetworkDriver = {
  name: "bridge",

  check(options, internal) {
    const mtu = options[OPTION_MTU] ?? "";
    if (!/^[+-]?\d*$/.test(mtu)) {
      return `failed to parse ${OPTION_MTU} value: ${mtu} (strconv.Atoi: parsing ${JSON.stringify(mtu)}: invalid syntax)`;
    }
    if (mtu !== "" && Number(mtu) < SMALLEST_MTU) return `invalid value for ${OPTION_MTU}: ${mtu}`;
    const binding = options[OPTION_HOST_BINDING];
    if (binding && !parseAddress(binding)) return `invalid value for ${OPTION_HOST_BINDING}: ${binding}`;
    if (options[OPTION_TRUSTED_INTERFACES]) return `Berth does not support ${OPTION_TRUSTED_INTERFACES}`;
    return gatewayModeProblem(options, internal);
  },

  up(network, host) {
    const bridge = findLink(host, network.bridge) ?? makeBridge(network, host);
    if (!bridge.up) setLinkUp(host, bridge.index);
    for (const gateway of network.gateways) {
      if (!hasAddress(network, gateway.address.family)) continue;
      addAddress(host, { link: bridge.index, address: bytesOf(gateway.address), prefixLength: gateway.length });
    }
    // 127.0.0.1 reaches published ports only when the bridge may carry what comes from it.
    setInterfaceOption(4, network.bridge, "route_localnet", 1);
  },

  down(network, host) {
    const bridge = findLink(host, network.bridge);
    if (bridge) deleteLink(host, bridge.index);
  },

  plug(network, plug, namespace, host) {
    const bridge = findLink(host, network.bridge) ?? remadeBridge(network, host);
    const mtu = network.mtu;
    createVeth(
      host,
      { name: plug.hostName, mtu, master: bridge.index },
      { name: plug.name, mtu, mac: plug.mac, namespace },
    );
    const port = findLink(host, plug.hostName);
    // Where frames between ports do not pass the firewall, the bridge itself keeps the ports apart.
    const isolated = isApart(network) && !bridgedFramesAreFiltered();
    // Hairpin: what a container sends to its own published port comes back by the port it came from.
    if (port) setBridgePort(host, port.index, { hairpin: true, isolated });
  },

  unplug(plug, host) {
    const port = findLink(host, plug.hostName);
    if (!port || port.master === 0) return;
    try {
      silenceBridgePort(host, port.index);
    } catch (thrown) {
      // The kernel was faster: the port or its link is going already.
      if (!["ENODEV", "ENETDOWN", "EINVAL"].includes(errorCode(thrown) ?? "")) throw thrown;
    }
  },

  firewall(network) {
    const masquerade = !network.internal && optionFlag(network.options, OPTION_MASQUERADE, true);
    const [mode4, mode6] = [gatewayMode(network.options, 4), gatewayMode(network.options, 6)];
    return {
      name: network.bridge,
      internal: network.internal,
      apart: isApart(network),
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

/** Whether an address of a network's subnet is set aside for a gateway: not where nobody would have it or ask for it. */
export function wantsGateway(options: Record<string, string>, family: Family, internal: boolean): boolean {
  return gatewayMode(options, family) !== "isolated" && !(internal && isInhibited(options, family));
}

const isInhibited = (options: Record<string, string>, family: Family): boolean =>
  family === 4 && optionFlag(options, OPTION_INHIBIT_IPV4, false);

const isApart = ({ options }: DriverNetwork): boolean => !optionFlag(options, OPTION_ICC, true);

function bridgedFramesAreFiltered(): boolean {
  return ["iptables", "ip6tables"].every((name) => {
    const path = `/proc/sys/net/bridge/bridge-nf-call-${name}`;
    return existsSync(path) && readFileSync(path, "utf8").trim() === "1";
  });
}

/** Someone took the bridge away behind the engine's back. */
function remadeBridge(network: DriverNetwork, host: NetlinkSocket): Link {
  bridgeDriver.up(network, host);
  const bridge = findLink(host, network.bridge);
  if (!bridge) throw new Error(`bridge ${network.bridge} of network ${network.id} is gone`);
  return bridge;
}

function makeBridge(network: DriverNetwork, host: NetlinkSocket): Link {
  // A bridge without an address of its own takes those of its ports, and its containers' caches would be wrong each time.
  createBridge(host, { name: network.bridge, mac: randomMac() });
  const bridge = findLink(host, network.bridge);
  if (!bridge) throw new Error(`bridge ${network.bridge} vanished while it was made`);
  if (network.mtu && network.mtu !== DEFAULT_MTU) changeLink(host, bridge.index, { mtu: network.mtu });
  setInterfaceOption(6, network.bridge, "accept_ra", 0);
  // Nobody else has the bridge's address, and until that is asked and unanswered it leads nobody to a container.
  setInterfaceOption(6, network.bridge, "accept_dad", 0);
  return bridge;
}

function setInterfaceOption(family: 4 | 6, name: string, option: string, value: number): void {
  const path = `/proc/sys/net/ipv${family}/conf/${name}/${option}`;
  if (existsSync(path)) writeFileSync(path, String(value));
}
