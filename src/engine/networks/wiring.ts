// The networking of running containers in the kernel: interfaces, routes, resolvers and published ports.
import type { PortRange } from "../../api/port-ranges.ts";
import { deleteLinkNamed } from "../../linux/netlink/links.ts";
import { Resolver } from "../../network/dns/resolver.ts";
import { portEntries } from "../../network/firewall/entries.ts";
import { deleteUdpFlowsFrom, deleteUdpFlowsToPorts } from "../../network/flows.ts";
import type { HeldPorts } from "../../network/host-ports.ts";
import { type IpAddress, parseAddress } from "../../network/ip.ts";
import { upstreamNameservers } from "../../network/resolv-conf.ts";
import {
  addInterface,
  type DefaultRoute,
  releaseSandbox,
  removeInterface,
  setDefaultRoutes,
} from "../../network/sandbox.ts";
import type { NetworkContext } from "./context.ts";
import { interfaceOptions } from "./endpoint-options.ts";
import { gatewayJoin, interfaceAddresses, type Join, linkLocalAddresses } from "./endpoints.ts";
import { resolvConfOverrides } from "./files.ts";
import type { ContainerRecord, EndpointRecord } from "./records.ts";

/** How long an interface may outlive its container before its port is deleted. */
const PORT_DEADLINE_MILLISECONDS = 1_000;

export class Wiring {
  private readonly context: NetworkContext;
  private readonly deletions = new Set<Timer>();
  private readonly held = new Map<string, HeldPorts[]>();
  private readonly resolvers = new Map<string, Resolver>();

  constructor(context: NetworkContext) {
    this.context = context;
  }

  /** Adds an interface to the namespace at `path`. */
  plug(path: string, { network, endpoint, attachment }: Join): void {
    const { driver } = network;
    if (!driver) return;
    const plan = {
      plug: { name: endpoint.interfaceName, hostName: endpoint.hostName, mac: endpoint.mac },
      addresses: interfaceAddresses(network, endpoint),
      linkLocal: linkLocalAddresses(attachment),
      options: interfaceOptions(attachment, endpoint.interfaceName),
    };
    addInterface(path, plan, network.driverNetwork, driver, this.context.host);
  }

  /**
   * Stops the traffic of an endpoint; with a path, also deletes its interface there, which takes a while. Otherwise the
   * interface is deleted with its namespace, or a little later if a process outside the container still uses that.
   */
  unplug(endpoint: EndpointRecord, path?: string): void {
    const { catalogue, host } = this.context;
    catalogue.get(endpoint.networkId)?.driver?.unplug(endpoint, host);
    if (path !== undefined) removeInterface(path, endpoint.interfaceName);
    else this.deletePortLater(endpoint.hostName);
  }

  private deletePortLater(hostName: string): void {
    const timer = setTimeout(() => {
      this.deletions.delete(timer);
      deleteLinkNamed(this.context.host, hostName);
    }, PORT_DEADLINE_MILLISECONDS);
    this.deletions.add(timer);
  }

  setRoutes(path: string, joins: readonly Join[]): void {
    setDefaultRoutes(path, defaultRoutes(joins));
  }

  /** Keeps the ports of the host that were allocated for a container. */
  hold(containerId: string, ports: HeldPorts[]): void {
    this.held.set(containerId, [...(this.held.get(containerId) ?? []), ...ports]);
  }

  releasePorts(containerId: string): void {
    for (const { release } of this.held.get(containerId) ?? []) release();
    this.held.delete(containerId);
  }

  /** Releases the ports of the host that overlap a range. */
  releaseRange(containerId: string, { protocol, hostPort, count }: PortRange): void {
    if (hostPort === 0) return;
    const held = this.held.get(containerId) ?? [];
    const overlaps = ({ range }: HeldPorts): boolean =>
      range.protocol === protocol && range.hostPort < hostPort + count && hostPort < range.hostPort + range.count;
    for (const { release } of held.filter(overlaps)) release();
    this.held.set(
      containerId,
      held.filter((run) => !overlaps(run)),
    );
  }

  /** Maps published ports to an endpoint. */
  publish(published: readonly PortRange[], endpoint: EndpointRecord): void {
    this.context.firewall.add(portEntries(published, addressesOf(endpoint)));
    deleteUdpFlowsToPorts(new Set(published.filter(isUdp).flatMap(hostPortsOf)));
  }

  unpublish(published: readonly PortRange[], endpoint: EndpointRecord): void {
    this.context.firewall.remove(portEntries(published, addressesOf(endpoint)));
    if (!published.some(isUdp)) return;
    // In the background, because the kernel walks its whole connection tracking table.
    setImmediate(() => deleteUdpFlowsFrom(addressesOf(endpoint)));
  }

  /** Starts the resolver in the namespace at `path`. */
  async listen(path: string, record: ContainerRecord): Promise<void> {
    const { containerId } = record;
    const { names, upstream } = this.context;
    const resolver = new Resolver(
      names.viewOf(containerId),
      { nameservers: () => this.nameservers(containerId) },
      upstream,
    );
    this.resolvers.set(containerId, resolver);
    await resolver.listen(path);
  }

  /** Stops the resolver, and releases the ports and the namespace. */
  release(containerId: string, path: string): void {
    this.resolvers.get(containerId)?.close();
    this.resolvers.delete(containerId);
    this.releasePorts(containerId);
    releaseSandbox(path);
  }

  /** Closes resolvers and sockets; everything in the kernel stays for the next engine. */
  stop(): void {
    for (const timer of this.deletions) clearTimeout(timer);
    for (const resolver of this.resolvers.values()) resolver.close();
    this.resolvers.clear();
    for (const containerId of [...this.held.keys()]) this.releasePorts(containerId);
  }

  /** The nameservers for a container; none if all of its networks are internal. */
  private nameservers(containerId: string): string[] {
    const { records, catalogue, resolvers } = this.context;
    const record = records.find(containerId);
    const networks = record?.sandbox?.endpoints.map(({ networkId }) => catalogue.get(networkId)) ?? [];
    if (!record || networks.every((network) => network?.record.internal ?? true)) return [];
    const { nameservers } = resolvConfOverrides(this.context, record);
    return nameservers.length > 0 ? nameservers : upstreamNameservers(resolvers.forHost());
  }
}

const addressesOf = ({ ipv4, ipv6 }: EndpointRecord): IpAddress[] =>
  [ipv4, ipv6].flatMap((text) => parseAddress(text) ?? []);

const isUdp = ({ protocol }: PortRange): boolean => protocol === "udp";

const hostPortsOf = ({ hostPort, count }: PortRange): number[] =>
  Array.from({ length: hostPort === 0 ? 0 : count }, (_, index) => hostPort + index);

function defaultRoutes(joins: readonly Join[]): DefaultRoute[] {
  return ([4, 6] as const).flatMap((family) => {
    const join = gatewayJoin(joins, family);
    if (!join) return [];
    const { network } = join;
    const gateway = network.driver?.routesByInterface(network.record.options) ? undefined : network.gateway(family);
    return [{ family, interfaceName: join.endpoint.interfaceName, gateway }];
  });
}
