// The network service: networks, and the networking of containers.
import { BerthError } from "../../api/errors.ts";
import type { PortRequest } from "../../api/port-ranges.ts";
import { startCollectorThreads } from "../../linux/namespaces.ts";
import { NETLINK_ROUTE, NetlinkSocket } from "../../linux/netlink/socket.ts";
import { Upstream } from "../../network/dns/upstream.ts";
import { networkDrivers } from "../../network/drivers/registry.ts";
import { bridgeEntries } from "../../network/firewall/entries.ts";
import { Firewall } from "../../network/firewall/firewall.ts";
import { enableForwarding } from "../../network/forwarding.ts";
import { HostPorts } from "../../network/host-ports.ts";
import { HostResolvers } from "../../network/host-resolvers.ts";
import { type FilterFields, Filters } from "../filters.ts";
import { pruneFilterKeys } from "../prune-filters.ts";
import { acceptingFilters, type Pruner } from "../pruner.ts";
import { Catalogue } from "./catalogue.ts";
import { Connections } from "./connections.ts";
import { type ContainerNetworking, containerNetworking } from "./container-networking.ts";
import { ContainerRecords } from "./container-records.ts";
import type { ContainerView, NetworkContext, NetworksDependencies } from "./context.ts";
import { designNetwork, type NetworkRequest } from "./creation.ts";
import { designDefaultBridge } from "./default-bridge.ts";
import { DnsNames } from "./dns-names.ts";
import { shortId } from "./ids.ts";
import { type InspectedNetwork, inspectNetwork, listFilterKeys, matches } from "./inspection.ts";
import type { Network } from "./network.ts";
import { disconnectedRecord, kindOfMode, type NetworkingConfig, newRecord } from "./networking-config.ts";
import { isPredefined, placeholderNetwork } from "./predefined.ts";
import { NetworkPruner } from "./prune.ts";
import type { EndpointRequest, NetworkIdentity, NetworkRecord } from "./records.ts";
import { changePublished, type PublishChange } from "./republishing.ts";
import { type Sandbox, Sandboxes } from "./sandboxes.ts";
import { NetworkStore } from "./store.ts";
import { sweep } from "./sweep.ts";

export class Networks {
  readonly pruner: Pruner<string>;
  private readonly context: NetworkContext;
  private readonly sandboxes: Sandboxes;
  private readonly connections: Connections;

  constructor({ database, events, config, log, containers }: NetworksDependencies) {
    const store = new NetworkStore(database, log);
    const catalogue = new Catalogue(store, networkDrivers, config.mtu);
    const records = new ContainerRecords(store);
    this.context = {
      config,
      events,
      log,
      containers,
      store,
      catalogue,
      records,
      drivers: networkDrivers,
      firewall: new Firewall(config.bridge, log),
      ports: new HostPorts(),
      resolvers: new HostResolvers(),
      names: new DnsNames(catalogue, records),
      upstream: new Upstream(),
      host: new NetlinkSocket(NETLINK_ROUTE),
    };
    this.sandboxes = new Sandboxes(this.context);
    this.connections = new Connections(this.context, this.sandboxes);
    const pruner = new NetworkPruner({ context: this.context, remove: (id) => this.remove(id) });
    this.pruner = acceptingFilters(pruner, pruneFilterKeys);
    this.addPlaceholders();
  }

  /** Called at create. @throws BerthError invalidParameter; an unknown network is an error only at start */
  configure(containerId: string, networking: NetworkingConfig): void {
    this.context.records.save(newRecord(containerId, networking, this.context.catalogue));
  }

  /** Called when a container is removed. */
  forget(containerId: string): void {
    this.sandboxes.close(containerId);
    this.context.records.delete(containerId);
  }

  /** Called at start. See {@link Sandboxes.open}. */
  open(containerId: string, identity: NetworkIdentity): Sandbox {
    return this.sandboxes.open(containerId, identity);
  }

  /** Called at exit. */
  close(containerId: string): void {
    this.sandboxes.close(containerId);
  }

  networking(containerId: string): ContainerNetworking {
    const record = this.context.records.find(containerId) ?? disconnectedRecord(containerId);
    const view = this.context.containers.find(containerId);
    return containerNetworking(record, {
      network: (id) => this.context.catalogue.get(id),
      identity: { name: view?.name ?? "", hostname: view?.hostname ?? "" },
      namespacePath: kindOfMode(record) === "host" ? "" : this.sandboxes.path(containerId),
    });
  }

  /** @throws BerthError with the reason; the network is rolled back then */
  create(request: NetworkRequest): { id: string; warning: string } {
    const { record, warning } = designNetwork(request, this.context);
    const network = this.context.catalogue.add(record);
    try {
      this.bringUp(network);
    } catch (thrown) {
      this.delete(network);
      throw thrown;
    }
    this.publishEvent("create", network);
    return { id: network.id, warning };
  }

  /** Without the containers on them. @throws BerthError invalidParameter for an unknown filter */
  list(fields: FilterFields): NetworkRecord[] {
    const { catalogue, records } = this.context;
    const filters = Filters.of(fields, listFilterKeys);
    return catalogue
      .all()
      .filter((network) => matches(network, filters, records))
      .map(({ record }) => record);
  }

  /** @throws BerthError notFound, or invalidParameter when the reference is ambiguous. */
  inspect(reference: string): InspectedNetwork {
    return inspectNetwork(this.context.catalogue.find(reference), this.context.records);
  }

  /** @throws BerthError notFound; forbidden when it is predefined or in use. */
  remove(reference: string): void {
    const network = this.context.catalogue.find(reference);
    if (isPredefined(network.name)) {
      throw new BerthError("forbidden", `${network.name} is a pre-defined network and cannot be removed`);
    }
    const users = this.context.records.endpointsOn(network.id);
    if (users.length > 0) {
      const names = users.map(
        ({ sandbox, endpoint }) => `name:"${sandbox.identity.name}" id:"${shortId(endpoint.id)}"`,
      );
      const reason = `network ${network.name} has active endpoints (${names.join(", ")})`;
      throw new BerthError("forbidden", `error while removing network: ${reason}`);
    }
    this.delete(network);
    this.publishEvent("destroy", network);
  }

  /** Connects a container, running or not, to a network. @throws BerthError */
  async connect(network: string, container: string, request: EndpointRequest): Promise<void> {
    await this.sandboxes.settled(this.view(container).id);
    this.connections.connect(this.context.catalogue.find(network), this.view(container), request);
  }

  /** @throws BerthError if the container is not on the network; with `force`, in other words, if there is no container */
  async disconnect(network: string, container: string, force = false): Promise<void> {
    if (force && !this.context.containers.find(container)) {
      this.context.catalogue.find(network);
      throw new BerthError("notFound", `endpoint ${container} not found`);
    }
    await this.sandboxes.settled(this.view(container).id);
    this.connections.disconnect(this.context.catalogue.find(network), this.view(container));
  }

  /** Publishes and unpublishes ports of a container, running or not. See {@link changePublished}. */
  changePublished(containerId: string, change: PublishChange): PortRequest[] {
    return changePublished(this.context, this.sandboxes, containerId, change);
  }

  /** Changes the container's links from its next start on. */
  relink(containerId: string, links: string[]): void {
    this.sandboxes.save({ ...this.context.records.get(containerId), links });
  }

  /** Changes the container's name in DNS. */
  renamed(containerId: string, name: string): void {
    const record = this.context.records.find(containerId);
    const sandbox = record?.sandbox;
    if (!record || !sandbox) return;
    this.sandboxes.save({ ...record, sandbox: { ...sandbox, identity: { ...sandbox.identity, name } } });
  }

  /**
   * Called when the daemon stops. If containers are running, everything in the kernel stays; otherwise it is removed, so
   * that a stopped daemon leaves nothing on the host.
   */
  async stop(): Promise<void> {
    const { records, catalogue, firewall } = this.context;
    this.sandboxes.wiring.stop();
    if (records.all().some(({ sandbox }) => sandbox !== undefined)) return firewall.close();
    await firewall.uninstall();
    for (const network of catalogue.all()) this.deleteInterface(network);
  }

  private view(reference: string): ContainerView {
    const found = this.context.containers.find(reference);
    if (!found) throw new BerthError("notFound", `No such container: ${reference}`);
    return found;
  }

  /**
   * At the engine's start: makes what networks need on the host, takes the addresses and ports of running containers, and
   * sweeps the rest. Each of those containers is then given to {@link reattach}.
   */
  async restore(runningIds: readonly string[]): Promise<void> {
    const running = new Set(runningIds);
    startCollectorThreads();
    const { records, firewall, catalogue, config, log } = this.context;
    if (config.ipForward) enableForwarding(log);
    for (const { containerId } of records.all()) if (!running.has(containerId)) this.sandboxes.close(containerId);
    this.addDefaultBridge();
    for (const network of catalogue.all()) this.bringUp(network);
    sweep(this.context);
    for (const record of records.all()) {
      try {
        this.sandboxes.restore(record);
      } catch (thrown) {
        log.error("failed to restore container network", { container: record.containerId, reason: String(thrown) });
      }
    }
    // Containers without networking can run; starting the others reports the error again.
    await firewall.install().catch((thrown: unknown) => {
      log.error("failed to create firewall table, containers have no network", { reason: String(thrown) });
    });
  }

  /** Restores what a running container's own network namespace needs of the engine. */
  reattach(containerId: string): Promise<void> {
    return this.sandboxes.reattach(containerId);
  }

  private bringUp(network: Network): void {
    const { driver } = network;
    if (!driver) return;
    driver.up(network.driverNetwork, this.context.host);
    const traits = driver.firewall(network.driverNetwork);
    if (traits) this.context.firewall.add(bridgeEntries(traits));
  }

  private delete(network: Network): void {
    const { catalogue, firewall } = this.context;
    const traits = network.driver?.firewall(network.driverNetwork);
    if (traits) firewall.remove(bridgeEntries(traits));
    this.deleteInterface(network);
    catalogue.delete(network.id);
  }

  private deleteInterface({ record, driver, driverNetwork }: Network): void {
    if (!record.adopted) driver?.down(driverNetwork, this.context.host);
  }

  private publishEvent(action: "create" | "destroy", { id, name, record }: Network): void {
    this.context.events.publish("network", action, id, { name, type: record.driver });
  }

  private addPlaceholders(): void {
    const { catalogue } = this.context;
    for (const [name, driver] of [
      ["host", "host"],
      ["none", "null"],
    ] as const) {
      if (!catalogue.byName(name)) catalogue.add(placeholderNetwork(name, driver));
    }
  }

  private addDefaultBridge(): void {
    const { catalogue, records } = this.context;
    const previous = catalogue.byName("bridge");
    const isInUse = previous !== undefined && records.endpointsOn(previous.id).length > 0;
    const record = designDefaultBridge(this.context, previous?.record, isInUse);
    // The interface is recreated if its addresses or its name changed.
    const stays =
      previous?.record.hostInterface === record.hostInterface && Bun.deepEquals(previous.record.ipam, record.ipam);
    if (previous && !stays) this.deleteInterface(previous);
    catalogue.add(record);
  }
}
