// The kernel's side of a running container's network: its interfaces, routes, resolver and published ports.
import type { PortRange } from "../../api/port-ranges.ts";
import { Resolver } from "../../network/dns/resolver.ts";
import { portEntries } from "../../network/firewall/entries.ts";
import { deleteFlowsFrom, deleteFlowsToPorts } from "../../network/flows.ts";
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

export class Wiring {
  private readonly context: NetworkContext;
  private readonly held = new Map<string, HeldPorts[]>();
  private readonly resolvers = new Map<string, Resolver>();

  constructor(context: NetworkContext) {
    this.context = context;
  }

  /** Puts an interface for the join into the namespace at `path`. */
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

  /** Makes an endpoint deaf; with a path its interface is also taken out of that namespace, which takes a while. */
  unplug(endpoint: EndpointRecord, path?: string): void {
    const { catalogue, host } = this.context;
    catalogue.get(endpoint.networkId)?.driver?.unplug(endpoint, host);
    if (path !== undefined) removeInterface(path, endpoint.interfaceName);
  }

  setRoutes(path: string, joins: readonly Join[]): void {
    setDefaultRoutes(path, defaultRoutes(joins));
  }

  /** Keeps the ports of the host that a container was given. */
  hold(containerId: string, ports: HeldPorts[]): void {
    this.held.set(containerId, [...(this.held.get(containerId) ?? []), ...ports]);
  }

  letGoOfPorts(containerId: string): void {
    for (const { release } of this.held.get(containerId) ?? []) release();
    this.held.delete(containerId);
  }

  /** Lets go of those held ports that overlap with the published ones. */
  letGoOf(containerId: string, { protocol, hostPort, count }: PortRange): void {
    if (hostPort === 0) return;
    const held = this.held.get(containerId) ?? [];
    const isMeant = ({ range }: HeldPorts): boolean =>
      range.protocol === protocol && range.hostPort < hostPort + count && hostPort < range.hostPort + range.count;
    for (const { release } of held.filter(isMeant)) release();
    this.held.set(
      containerId,
      held.filter((run) => !isMeant(run)),
    );
  }

  /** Leads published ports to an endpoint. */
  lead(published: readonly PortRange[], endpoint: EndpointRecord): void {
    this.context.firewall.add(portEntries(published, addressesOf(endpoint)));
    deleteFlowsToPorts(new Set(published.filter(isUdp).flatMap(hostPortsOf)));
  }

  stopLeading(published: readonly PortRange[], endpoint: EndpointRecord): void {
    this.context.firewall.remove(portEntries(published, addressesOf(endpoint)));
    if (!published.some(isUdp)) return;
    // The kernel walks every flow it knows for this; nobody has to wait for that.
    setImmediate(() => deleteFlowsFrom(addressesOf(endpoint)));
  }

  /** Answers names in the namespace at `path`. */
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

  /** Lets go of the namespace and of everything that served it. */
  release(containerId: string, path: string): void {
    this.resolvers.get(containerId)?.close();
    this.resolvers.delete(containerId);
    this.letGoOfPorts(containerId);
    releaseSandbox(path);
  }

  /** Stops serving; what is in the kernel stays for the next engine. */
  stop(): void {
    for (const resolver of this.resolvers.values()) resolver.close();
    this.resolvers.clear();
    for (const containerId of [...this.held.keys()]) this.letGoOfPorts(containerId);
  }

  /** Where a container's questions go; nowhere when all of its networks are internal. */
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
