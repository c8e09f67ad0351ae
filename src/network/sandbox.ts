// A container's network namespace and the interfaces in it.
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { createNetworkNamespace, inNetworkNamespace, releaseNetworkNamespace } from "../linux/namespaces.ts";
import { deleteLinkNamed, findLink, setLinkUp } from "../linux/netlink/links.ts";
import { addAddress, replaceRoute } from "../linux/netlink/routes.ts";
import { NETLINK_ROUTE, NetlinkSocket } from "../linux/netlink/socket.ts";
import type { DriverNetwork, NetworkDriver, Plug } from "./drivers/driver.ts";
import { bytesOf, type IpAddress, type IpPrefix } from "./ip.ts";

const LOOPBACK_INDEX = 1;

/** The configuration of a container's interface. */
export interface InterfaceConfig {
  plug: Plug;
  addresses: IpPrefix[];
  /** Further addresses from the link-local ranges. */
  linkLocal: IpPrefix[];
  /** Sysctls of the interface, by their paths below /proc/sys: "net/ipv4/conf/eth0/log_martians". */
  options: Record<string, string>;
}

/** A default route of a container, at most one for each family. */
export interface DefaultRoute {
  interfaceName: string;
  gateway: IpAddress | undefined;
  family: 4 | 6;
}

/** Creates the namespace at `path` with its loopback up. Without `ipv6` its interfaces get no IPv6 addresses. */
export function createSandbox(path: string, ipv6: boolean): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  releaseSandbox(path);
  createNetworkNamespace(path, () => {
    using inside = new NetlinkSocket(NETLINK_ROUTE);
    setLinkUp(inside, LOOPBACK_INDEX);
    if (!ipv6) setIpv6("default", false);
  });
}

/** Unpins the namespace; its interfaces are deleted when the last process has left it. */
export function releaseSandbox(path: string): void {
  if (existsSync(path)) releaseNetworkNamespace(path);
}

/** Adds an interface on `network` to the namespace and configures it. */
export function addInterface(
  path: string,
  config: InterfaceConfig,
  network: DriverNetwork,
  driver: NetworkDriver,
  host: NetlinkSocket,
): void {
  const namespace = openSync(path, "r");
  try {
    driver.plug(network, config.plug, namespace, host);
  } finally {
    closeSync(namespace);
  }
  insideSandbox(path, (inside) => {
    const { name } = config.plug;
    const link = findLink(inside, name);
    if (!link) throw new Error(`interface ${name} is missing in the namespace`);
    if (network.enableIPv6) setIpv6(name, true);
    for (const { address, length } of [...config.addresses, ...config.linkLocal]) {
      addAddress(inside, { link: link.index, address: bytesOf(address), prefixLength: length });
    }
    for (const [option, value] of Object.entries(config.options)) writeFileSync(`/proc/sys/${option}`, value);
    setLinkUp(inside, link.index);
  });
}

/** Deletes an interface of a running container. */
export function removeInterface(path: string, name: string): void {
  insideSandbox(path, (inside) => deleteLinkNamed(inside, name));
}

/** Sets the default routes. Routes of deleted interfaces disappear with them. */
export function setDefaultRoutes(path: string, routes: DefaultRoute[]): void {
  if (routes.length === 0) return;
  insideSandbox(path, (inside) => {
    for (const { interfaceName, gateway, family } of routes) {
      const link = findLink(inside, interfaceName);
      if (!link) continue;
      replaceRoute(inside, {
        destination: new Uint8Array(family === 4 ? 4 : 16),
        prefixLength: 0,
        link: link.index,
        ...(gateway ? { gateway: bytesOf(gateway) } : {}),
      });
    }
  });
}

/** Runs `work`, which must be synchronous, in the namespace and with a route socket of it. */
export function insideSandbox<T>(path: string, work: (inside: NetlinkSocket) => T): T {
  return inNetworkNamespace(path, () => {
    using inside = new NetlinkSocket(NETLINK_ROUTE);
    return work(inside);
  });
}

function setIpv6(scope: string, enabled: boolean): void {
  const path = `/proc/sys/net/ipv6/conf/${scope}/disable_ipv6`;
  if (existsSync(path)) writeFileSync(path, enabled ? "0" : "1");
}
